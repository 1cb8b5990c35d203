//! Which 2xx carry no data: answers of the size that the route's empty answer or its errors have.
//!
//! In: rows with statuses and sizes, by route. Out: rows that carry nothing, and rows that may carry nothing.
//!
//! No single size proves anything, since data may have any size by chance. How often a size is answered is therefore held
//! against the sizes around it, each counted by the distinct requests that got it. Where those make it no more frequent
//! than chance would, it is data; where it stands out clearly, it is none; between the two it may be either.

use super::shared::{Operation, shared};
use crate::exchanges::Exchanges;
use crate::requests::Answer;
use breachline_parsers::schema::{Number, Text};
use breachline_parsers::table::{ABSENT, FactTable, NO_NUMBER};
use fixedbitset::FixedBitSet;
use foldhash::fast::FixedState;
use hashbrown::HashMap;

/// Rows of one exact size from which it can be a route's empty answer.
const ENOUGH_ROWS: usize = 20;
/// Other sizes a route must show, so that a constant size is not taken for an empty one.
const ENOUGH_SIZES: usize = 20;
/// Errors of one status and size from which it is the size of that error.
const ENOUGH_ERRORS: usize = 5;
/// How many times more frequent than by chance a size stands out.
const CLEARLY: f64 = 10.0;
/// How many times more frequent than any size near it a size stands out.
const ABOVE: u32 = 5;

/// The rows of 2xx that carry no data.
#[derive(Default)]
pub struct Bare {
    /// They carry the route's empty answer or the body of one of its errors.
    pub nothing: Vec<u32>,
    /// They may: their size is that of such an answer, and data of that size is as likely.
    pub doubtful: FixedBitSet,
}

/// What sizes are told by.
pub struct Sized<'a> {
    /// The facts.
    pub facts: &'a FactTable,
    /// Which rows count: sizes of several vantages are of different things.
    pub exchanges: &'a Exchanges,
    /// `target` code -> route.
    pub route_of_target: &'a [u32],
    /// Of each route the one that it is an operation of, or `ABSENT`.
    pub bases: &'a [u32],
    /// Client of each row; may be empty.
    pub clients: &'a [u32],
    /// Whether a row's method changes something: a constant answer is the rule there, and says nothing of what was found.
    pub writes: &'a dyn Fn(usize) -> bool,
    /// Whether a row asks for something in its body, so that equal targets are not the same request.
    pub posts: &'a dyn Fn(usize) -> bool,
    /// Whether the size of a row's answer is that of a whole body: not of a part (206), of one cut off, or of none (HEAD).
    pub whole: &'a dyn Fn(usize) -> bool,
}

impl Sized<'_> {
    /// Looks through the answers of all routes.
    pub fn bare(&self, answers: &[Answer]) -> Bare {
        let mut bare = Bare::default();
        let sizes = self.facts.number(Number::BytesOut).values();
        if sizes.is_empty() || self.facts.text(Text::Target).codes().is_empty() || self.bases.is_empty() {
            return bare;
        }
        let is_sized =
            |row: usize| self.exchanges.counts(row as u32) && sizes[row] != NO_NUMBER && self.route(row) != ABSENT;
        let is_sized = |row: usize| is_sized(row) && (self.whole)(row);
        let hits = self.by_route(|row| answers[row] == Answer::Hit && is_sized(row) && !(self.writes)(row));
        let status = |row: usize| self.facts.status_values()[row];
        let errors = self.by_route(|row| matches!(status(row), 400..=599) && sizes[row] > 0 && is_sized(row));
        let shared = self.shared(&hits, sizes);
        for route in 0..self.bases.len() {
            let rows = hits.of(route);
            if !rows.is_empty() {
                let errors =
                    error_sizes(errors.of(route).iter().map(|&row| (status(row as usize), sizes[row as usize])));
                let shared = shared.get(&self.bases[route]).map_or(&[][..], Vec::as_slice);
                self.judge(rows, sizes, &errors, shared, &mut bare);
            }
        }
        bare
    }

    /// Sizes that the operations of a path share when they give nothing, by the route of the path.
    fn shared(&self, hits: &ByRoute, sizes: &[i64]) -> HashMap<u32, Vec<i64>, FixedState> {
        let mut operations: HashMap<u32, Vec<Operation>, FixedState> = HashMap::default();
        for (route, &base) in self.bases.iter().enumerate().filter(|(_, base)| **base != ABSENT) {
            let operation = Operation::of(hits.of(route).iter().map(|&row| sizes[row as usize]));
            operations.entry(base).or_default().extend(operation);
        }
        operations.into_iter().map(|(base, operations)| (base, shared(&operations))).collect()
    }

    fn route(&self, row: usize) -> u32 {
        self.route_of_target[self.facts.text(Text::Target).codes()[row] as usize]
    }

    /// Rows of each route beside each other: a counting sort by route.
    fn by_route(&self, is_in: impl Fn(usize) -> bool) -> ByRoute {
        let rows: Vec<u32> = (0..self.facts.rows()).filter(|&row| is_in(row)).map(|row| row as u32).collect();
        let mut starts = vec![0usize; self.bases.len() + 1];
        for &row in &rows {
            starts[self.route(row as usize) as usize + 1] += 1;
        }
        for index in 0..self.bases.len() {
            starts[index + 1] += starts[index];
        }
        let mut next = starts.clone();
        let mut sorted = vec![0u32; rows.len()];
        for row in rows {
            let at = &mut next[self.route(row as usize) as usize];
            sorted[*at] = row;
            *at += 1;
        }
        ByRoute { starts, rows: sorted }
    }

    /// Judges the 2xx of one route. `errors` are the sizes of its errors, ascending; `shared` those of operations that give
    /// nothing.
    fn judge(&self, rows: &[u32], sizes: &[i64], errors: &[i64], shared: &[i64], bare: &mut Bare) {
        let size_of = |row: &u32| sizes[*row as usize];
        let empty = if rows.len() < ENOUGH_ROWS + ENOUGH_SIZES { None } else { empty_size(rows, sizes, self.clients) };
        let mut asked: Vec<i64> = if errors.is_empty() {
            Vec::new()
        } else {
            rows.iter().map(size_of).filter(|size| errors.binary_search(size).is_ok()).collect()
        };
        asked.sort_unstable();
        asked.dedup();
        let mut nothing: Vec<i64> = empty.into_iter().collect();
        // Where nothing else is answered, it is the answer.
        let varies = rows.iter().any(|row| size_of(row) != size_of(&rows[0]));
        nothing.extend(shared.iter().filter(|_| varies));
        let mut doubtful = Vec::new();
        if !asked.is_empty() {
            let spread = Spread::new(rows.iter().map(|&row| (size_of(&row), self.request(row))));
            let usual = usual_size(rows, sizes, self.clients);
            for size in asked.into_iter().filter(|size| !nothing.contains(size)).collect::<Vec<_>>() {
                match spread.verdict(size, usual) {
                    Verdict::Nothing => nothing.push(size),
                    Verdict::Either => doubtful.push(size),
                    Verdict::Data => {}
                }
            }
        }
        bare.nothing.extend(rows.iter().filter(|row| nothing.contains(&size_of(row))));
        if !doubtful.is_empty() {
            bare.doubtful.grow(self.facts.rows());
            bare.doubtful.extend(rows.iter().filter(|row| doubtful.contains(&size_of(row))).map(|&row| row as usize));
        }
    }

    /// What tells one request from another that asks for the same.
    fn request(&self, row: u32) -> u64 {
        if (self.posts)(row as usize) {
            return 1 << 32 | u64::from(row);
        }
        u64::from(self.facts.text(Text::Target).codes()[row as usize])
    }
}

struct ByRoute {
    starts: Vec<usize>,
    rows: Vec<u32>,
}

impl ByRoute {
    fn of(&self, route: usize) -> &[u32] {
        &self.rows[self.starts[route]..self.starts[route + 1]]
    }
}

/// The sizes that errors have, ascending: of each status those that at least [`ENOUGH_ERRORS`], and one in five, of its
/// answers have. Bodies that repeat what was asked for come in a few sizes.
fn error_sizes(errors: impl Iterator<Item = (u16, i64)>) -> Vec<i64> {
    let mut errors: Vec<(u16, i64)> = errors.collect();
    errors.sort_unstable();
    let mut sizes = Vec::new();
    for of_status in errors.chunk_by(|a, b| a.0 == b.0) {
        let same = of_status.chunk_by(|a, b| a.1 == b.1);
        let usual = same.filter(|same| same.len() >= ENOUGH_ERRORS && same.len() * 5 >= of_status.len());
        sizes.extend(usual.map(|same| same[0].1));
    }
    sizes.sort_unstable();
    sizes.dedup();
    sizes
}

/// What answers of a size hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Data,
    Nothing,
    Either,
}

/// Distinct requests by the size of what they were answered with, ascending by size.
struct Spread(Vec<(i64, u32)>);

impl Spread {
    fn new(answers: impl Iterator<Item = (i64, u64)>) -> Self {
        let mut answers: Vec<(i64, u64)> = answers.collect();
        answers.sort_unstable();
        answers.dedup();
        Self(answers.chunk_by(|a, b| a.0 == b.0).map(|same| (same[0].0, same.len() as u32)).collect())
    }

    /// What a 2xx holds whose size is that of an error.
    ///
    /// With `own` requests of that size, and `near` of the other sizes within an eighth of it (16 bytes at least):
    ///
    /// - `own < 2 * chance`, where chance = `near` over the number of those sizes: data, which happens to be as large
    /// - `own >= 10 * chance`, `own >= 5 *` the most frequent of the sizes near, [`ENOUGH_ROWS`] requests of other sizes,
    ///   and the size is not the `usual` one: the body of an error
    /// - else either
    fn verdict(&self, size: i64, usual: Option<i64>) -> Verdict {
        let reach = (size / 8).max(16);
        let (least, most) = (size.saturating_sub(reach).max(0), size.saturating_add(reach));
        let (mut own, mut near, mut highest, mut others) = (0_u32, 0_u32, 0_u32, 0_usize);
        for &(other, count) in &self.0 {
            if other == size {
                own = count;
                continue;
            }
            others += count as usize;
            if (least..=most).contains(&other) {
                near += count;
                highest = highest.max(count);
            }
        }
        let chance = f64::from(near) / (most - least).max(1) as f64;
        let own_count = f64::from(own);
        if own_count < 2.0 * chance {
            Verdict::Data
        } else if others >= ENOUGH_ROWS
            && usual != Some(size)
            && own_count >= CLEARLY * chance
            && own >= highest.saturating_mul(ABOVE)
        {
            Verdict::Nothing
        } else {
            Verdict::Either
        }
    }
}

/// The size that most requests get: the median of clients' own medians, so that a sweep does not outvote the others.
fn usual_size(rows: &[u32], sizes: &[i64], clients: &[u32]) -> Option<i64> {
    let mut by_client: Vec<(u32, i64)> =
        rows.iter().map(|&row| (clients.get(row as usize).copied().unwrap_or(ABSENT), sizes[row as usize])).collect();
    by_client.sort_unstable();
    let mut votes: Vec<i64> = by_client.chunk_by(|a, b| a.0 == b.0).map(|votes| votes[votes.len() / 2].1).collect();
    votes.sort_unstable();
    votes.get(votes.len() / 2).copied()
}

/// The size of a route's empty answer, if its answers show one.
fn empty_size(rows: &[u32], sizes: &[i64], clients: &[u32]) -> Option<i64> {
    let mut counts: HashMap<i64, usize, FixedState> = HashMap::default();
    for &row in rows {
        *counts.entry(sizes[row as usize]).or_default() += 1;
    }
    if counts.len() <= ENOUGH_SIZES {
        return None;
    }
    let mut ranked: Vec<(usize, i64)> = counts.into_iter().map(|(size, count)| (count, size)).collect();
    ranked.sort_unstable_by(|a, b| b.cmp(a));
    let (count, size) = ranked[0];
    if count < ENOUGH_ROWS || count * 20 < rows.len() || count < ranked[1].0 * 2 {
        return None;
    }
    let mut rest: Vec<i64> = rows.iter().map(|&row| sizes[row as usize]).filter(|&other| other != size).collect();
    rest.sort_unstable();
    let usual = usual_size(rows, sizes, clients)?;
    // Where one client asks alone, its own misses are the median; then the other answers decide.
    let usual = if usual == size { rest[rest.len() / 2] } else { usual };
    (size * 2 < usual && size < rest[rest.len() / 10]).then_some(size)
}
