//! Sources of one vantage that tell of the same requests: two gateways in a row, or one server that writes two logs.
//!
//! Nothing is linked within a vantage, for nodes that share the work see requests that are alike. So such requests
//! count twice, and all that can be done is to say so and to name the flag that settles it. Found
//!
//! - by ids;
//! - by what was asked for once at either source (method, path and status): the difference of the times is the same,
//!   that of the clocks, for nearly all such requests, and would be any if they were different ones;
//! - by method, path and status at the same moment, far more often than at another moment (the control: clients that
//!   poll, health checks, and busy paths meet by chance).
//!
//! Looked at: requests whose id or path falls into a sample of the hash, the same at every source.

use super::{id, rank, rank_name};
use crate::exchanges::Exchanges;
use breachline_parsers::report::SourceReport;
use breachline_parsers::schema::Text;
use breachline_parsers::table::{ABSENT, FactTable, NO_NUMBER};
use foldhash::fast::FixedState;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::BuildHasher;

/// Requests that are looked at, about.
const SAMPLE: usize = 1 << 16;
/// Shared requests that a verdict needs.
const LEAST_SHARED: usize = 20;
/// Part of the requests of the smaller source that both must name by the same id.
const LEAST_BY_ID: f64 = 0.3;
/// The same where time and path are all that agrees.
const LEAST_BY_TIME: f64 = 0.8;
/// Part that may agree at another moment.
const MOST_BY_CHANCE: f64 = 0.4;
/// The same moment, in microseconds.
const MOMENT: i64 = 2_000_000;
/// The other moment: so much later. No period that people set.
const LATER: i64 = 97_000_000;
/// Rows of one path and moment that are looked through.
const MOST_ALIKE: usize = 64;
/// Pairs that are named.
const NAMED: usize = 5;

/// How much later a request of one source began than one of another, and the rows.
type Apart = (i64, u32, u32);

/// How requests are known to be the same.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Id,
    Once,
    Moment,
}

impl Way {
    const fn name(self) -> &'static str {
        match self {
            Self::Id => "by id",
            Self::Once => "by paths that were asked for once",
            Self::Moment => "by time, path and status",
        }
    }

    const fn least(self) -> f64 {
        if matches!(self, Self::Id) { LEAST_BY_ID } else { LEAST_BY_TIME }
    }
}

/// A request in the sample.
struct Sampled {
    /// What must agree.
    key: u64,
    start: i64,
    source: usize,
    row: u32,
}

/// What two sources share.
#[derive(Default)]
struct Shared {
    rows: [BTreeSet<u32>; 2],
    by_chance: BTreeSet<u32>,
    /// Pairs that began earlier at the first source less those that began earlier at the second.
    first_leads: i64,
}

/// A sentence for each pair of sources of one vantage that tell of the same requests. `starts` is when requests began,
/// where that has been worked out.
pub fn notes(
    facts: &FactTable,
    sources: &[SourceReport],
    path_of_target: &[u32],
    known: &Exchanges,
    starts: Option<&[i64]>,
) -> Vec<String> {
    if !has_pair(sources) {
        return Vec::new();
    }
    let may_share = |a: &SourceReport, b: &SourceReport| {
        a.vantage == b.vantage && hours(a).zip(hours(b)).is_some_and(|(a, b)| a.0 <= b.1 && b.0 <= a.1)
    };
    let starts = starts.map_or_else(|| Cow::Owned(super::starts(facts, sources)), Cow::Borrowed);
    let world = Looked { facts, starts: &starts, path_of_target, known, every: every(facts.rows()) };
    let mut found: BTreeMap<(usize, usize), String> = BTreeMap::new();
    let may = |a: usize, b: usize| may_share(&sources[a], &sources[b]);
    let (by_id, by_time) = (world.by_id(), world.by_time());
    for way in [Way::Id, Way::Once, Way::Moment] {
        let (pairs, all) = match way {
            Way::Id => (world.shared(&by_id, true, &may), count(&by_id, sources.len())),
            Way::Once => world.once(&by_time, sources.len(), &may),
            Way::Moment => (world.shared(&by_time, false, &may), count(&by_time, sources.len())),
        };
        for (pair, shared) in pairs {
            let (a, b) = pair;
            let side = usize::from(all[b] < all[a]);
            let of = all[[a, b][side]].max(1) as f64;
            let (share, chance) = (shared.rows[side].len() as f64 / of, shared.by_chance.len() as f64 / of);
            let is_enough = shared.rows[side].len() >= LEAST_SHARED && share >= way.least();
            if is_enough && (way == Way::Id || chance <= MOST_BY_CHANCE) {
                found.entry(pair).or_insert_with(|| sentence(sources, pair, side, share, way, shared.first_leads));
            }
        }
    }
    let more = found.len().saturating_sub(NAMED);
    let mut notes: Vec<String> = found.into_values().take(NAMED).collect();
    if more > 0 {
        notes.push(format!("{more} more pairs of sources tell of the same requests and count them twice."));
    }
    notes
}

/// The hours of a source that has enough requests to share.
fn hours(source: &SourceReport) -> Option<(i64, i64)> {
    source.first.zip(source.last).filter(|_| source.rows >= LEAST_SHARED as u64)
}

/// Whether any two sources of one vantage have hours in common; there may be very many sources.
fn has_pair(sources: &[SourceReport]) -> bool {
    let mut all: Vec<_> =
        sources.iter().filter_map(|source| hours(source).map(|hours| (source.vantage, hours))).collect();
    all.sort_unstable();
    // Until one is found, each ends before the next of its vantage begins.
    all.windows(2).any(|pair| pair[0].0 == pair[1].0 && pair[1].1.0 <= pair[0].1.1)
}

/// Sampled requests by source.
fn count(sampled: &[Sampled], sources: usize) -> Vec<usize> {
    let mut all = vec![0; sources];
    for request in sampled {
        all[request.source] += 1;
    }
    all
}

/// Of sorted differences, the range of those that lie within a moment of one another, where most do.
fn densest(differences: &[Apart]) -> std::ops::Range<usize> {
    let (mut from, mut best) = (0, 0..0);
    for (until, difference) in differences.iter().enumerate() {
        while difference.0 - differences[from].0 > 2 * MOMENT {
            from += 1;
        }
        if until + 1 - from > best.len() {
            best = from..until + 1;
        }
    }
    best
}

/// One in so many is looked at.
fn every(rows: usize) -> u64 {
    (rows / SAMPLE).next_power_of_two() as u64
}

/// What is looked at.
struct Looked<'a> {
    facts: &'a FactTable,
    starts: &'a [i64],
    path_of_target: &'a [u32],
    known: &'a Exchanges,
    every: u64,
}

impl Looked<'_> {
    fn sampled(&self, row: usize, key: u64, chosen_by: u64) -> Option<Sampled> {
        let start = self.starts[row];
        let is_chosen = (chosen_by >> 20).is_multiple_of(self.every) && start != NO_NUMBER;
        is_chosen.then(|| Sampled { key, start, source: self.facts.source(row) as usize, row: row as u32 })
    }

    /// Method, path and status of a row as one hash, with the hash of the path; `None` where there is no path.
    fn likeness(&self, row: usize) -> Option<(u64, u64)> {
        let path = *self.path_of_target.get(self.facts.text(Text::Target).code(row) as usize)?;
        let method = self.facts.text(Text::Method).code(row);
        let hash = |value: &(u32, u32, Option<u16>)| FixedState::with_seed(11).hash_one(value);
        (path != ABSENT).then(|| (hash(&(path, method, self.facts.status(row))), hash(&(path, 0, None))))
    }

    fn by_time(&self) -> Vec<Sampled> {
        let of = |row: usize| self.likeness(row).and_then(|(key, path)| self.sampled(row, key, path));
        let mut sampled: Vec<Sampled> = (0..self.facts.rows()).filter_map(of).collect();
        sampled.sort_unstable_by_key(|request| (request.key, request.start, request.row));
        sampled
    }

    fn by_id(&self) -> Vec<Sampled> {
        let mut sampled = Vec::new();
        for text in [Text::RequestId, Text::TraceId] {
            let column = self.facts.text(text);
            for (row, &code) in column.codes().iter().enumerate().filter(|&(_, &code)| code != ABSENT) {
                let Some(id) = id::hashed(column.dictionary.text(code)) else { continue };
                // A trace covers every call that one request caused: the path must agree as well.
                let Some((likeness, _)) = self.likeness(row) else { continue };
                sampled.extend(self.sampled(row, id ^ likeness, id));
            }
            if !sampled.is_empty() {
                break;
            }
        }
        sampled.sort_unstable_by_key(|request| (request.key, request.start, request.row));
        sampled
    }

    fn is_known(&self, a: u32, b: u32) -> bool {
        self.known.of_row.get(a as usize).is_some_and(|of| *of == self.known.of_row[b as usize])
    }

    /// What each pair of sources shares of what either was asked once, and how much each was asked once.
    fn once(
        &self,
        sampled: &[Sampled],
        sources: usize,
        may_share: &dyn Fn(usize, usize) -> bool,
    ) -> (BTreeMap<(usize, usize), Shared>, Vec<usize>) {
        let mut all = vec![0; sources];
        let mut differences: BTreeMap<(usize, usize), Vec<Apart>> = BTreeMap::new();
        for alike in sampled.chunk_by(|a, b| a.key == b.key).filter(|alike| alike.len() <= MOST_ALIKE) {
            let is_single = |one: &&Sampled| alike.iter().filter(|other| other.source == one.source).count() == 1;
            let mut single: Vec<&Sampled> = alike.iter().filter(is_single).collect();
            single.sort_unstable_by_key(|request| request.source);
            for (at, first) in single.iter().enumerate() {
                all[first.source] += 1;
                for second in &single[at + 1..] {
                    if may_share(first.source, second.source) && !self.is_known(first.row, second.row) {
                        let of = differences.entry((first.source, second.source)).or_default();
                        of.push((second.start - first.start, first.row, second.row));
                    }
                }
            }
        }
        let shared = |mut of: Vec<Apart>| {
            of.sort_unstable();
            let mut shared = Shared::default();
            for &(difference, first, second) in &of[densest(&of)] {
                shared.rows[0].insert(first);
                shared.rows[1].insert(second);
                shared.first_leads += difference.signum();
            }
            shared
        };
        (differences.into_iter().map(|(pair, of)| (pair, shared(of))).collect(), all)
    }

    /// What each pair of sources shares; ids agree at any time, likenesses at the same moment.
    fn shared(
        &self,
        sampled: &[Sampled],
        by_id: bool,
        may_share: &dyn Fn(usize, usize) -> bool,
    ) -> BTreeMap<(usize, usize), Shared> {
        let mut pairs: BTreeMap<(usize, usize), Shared> = BTreeMap::new();
        for alike in sampled.chunk_by(|a, b| a.key == b.key) {
            for (at, request) in alike.iter().enumerate() {
                let within = |from: i64, other: &Sampled| by_id || (other.start - from - request.start).abs() <= MOMENT;
                let others = alike[at + 1..].iter().take_while(|other| within(0, other)).take(MOST_ALIKE);
                for other in others.filter(|other| other.source != request.source) {
                    if may_share(request.source, other.source) && !self.is_known(request.row, other.row) {
                        let (first, second) =
                            if request.source < other.source { (request, other) } else { (other, request) };
                        let shared = pairs.entry((first.source, second.source)).or_default();
                        shared.rows[0].insert(first.row);
                        shared.rows[1].insert(second.row);
                        shared.first_leads += (second.start - first.start).signum();
                    }
                }
                let from = alike.partition_point(|other| other.start < request.start + LATER - MOMENT);
                let later = alike[from..].iter().take_while(|other| !by_id && within(LATER, other)).take(MOST_ALIKE);
                for other in later.filter(|other| other.source != request.source) {
                    let pair = (request.source.min(other.source), request.source.max(other.source));
                    pairs.entry(pair).or_default().by_chance.insert(request.row);
                }
            }
        }
        pairs
    }
}

fn sentence(
    sources: &[SourceReport],
    (a, b): (usize, usize),
    side: usize,
    share: f64,
    way: Way,
    first_leads: i64,
) -> String {
    let [first, second] = [a, b].map(|source| sources[source].path.as_str());
    let smaller = [first, second][side];
    let own = rank(sources[a].vantage);
    let both =
        if sources[a].vantage.is_some() { format!("both {}", rank_name(own)) } else { "both unplaced".to_owned() };
    let how = way.name();
    let outer = if first_leads >= 0 { first } else { second };
    let place = match own {
        0 => format!("{}=balancer", if outer == first { second } else { first }),
        1 => format!("{outer}=edge"),
        2 => format!("{outer}=balancer"),
        _ => format!("{outer}=gateway"),
    };
    format!(
        "{first} and {second}, {both}, tell of the same requests ({:.0} % of those of {smaller} are in both, {how}), \
         and each of these counts twice: say where they stand, for instance --vantage '{place}', or leave one out.",
        share * 100.0
    )
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, Row};
    use breachline_parsers::report::Vantage;
    use breachline_parsers::schema::Text;

    /// Two gateways, the second with the given delay in seconds.
    fn two(count: usize, first: impl Fn(Row, usize) -> Row, second: impl Fn(Row, usize) -> Row) -> Vec<String> {
        let gateway = |log: Log| log.report(|source| source.vantage = Some(Vantage::Gateway));
        let log = gateway(Log::new().source("envoy.log")).rows(count, first);
        let requests = gateway(log.source("kong.log")).rows(count, second).build();
        requests.derived.notes.iter().filter(|note| note.contains("counts twice")).cloned().collect()
    }

    #[test]
    fn two_gateways_in_a_row_are_named_with_the_flag() {
        let at = |row: Row, at: usize, by: f64| {
            row.at(at as f64 * 7.0 + by).get(&format!("/v1/orders/{}", at * 37 % 41)).status(200)
        };
        let found = two(120, |row, n| at(row, n, 0.0), |row, n| at(row, n, 0.2));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains("by time, path and status"), "{found:?}");
        assert!(found[0].contains("--vantage 'envoy.log=balancer'"), "{found:?}");
        // Clocks that are apart, and every path once.
        let once = |row: Row, at: usize, by: f64| {
            row.at((at * at % 977) as f64 * 5.0 + by).get(&format!("/v1/orders/{at}")).status(200)
        };
        let found = two(120, |row, n| once(row, n, 0.0), |row, n| once(row, n, 37.2));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains("by paths that were asked for once"), "{found:?}");
        let other = |row: Row, n: usize| once(row, n, (n * 7919 % 3_601) as f64);
        assert_eq!(two(120, |row, n| once(row, n, 0.0), other), Vec::<String>::new());
        let named = |row: Row, n: usize| row.text(Text::RequestId, &format!("rid-{:08}", n * 7919));
        let found = two(120, |row, n| named(at(row, n, 0.3), n), |row, n| named(at(row, n, 0.0), n));
        assert!(found[0].contains("100 % of those of envoy.log are in both, by id"), "{found:?}");
        assert!(found[0].contains("--vantage 'kong.log=balancer'"), "{found:?}");
    }

    #[test]
    fn nodes_that_share_the_work_are_no_pair() {
        // Every request goes to one node only; one path is asked all the time at both.
        let at = |row: Row, at: usize, node: usize| {
            let path = if at.is_multiple_of(3) {
                "/v1/me".to_owned()
            } else {
                format!("/v1/orders/{}", at * 37 % 101 + node * 500)
            };
            row.at(at as f64 * 2.0).get(&path).status(200)
        };
        assert_eq!(two(300, |row, n| at(row, n, 0), |row, n| at(row, n, 1)), Vec::<String>::new());
        // Both are asked the same few paths, all the time.
        let busy = |row: Row, at: usize, by: f64| row.at(at as f64 + by).get(["/a", "/b"][at % 2]).status(200);
        assert_eq!(two(400, |row, n| busy(row, n, 0.0), |row, n| busy(row, n, 0.4)), Vec::<String>::new());
        // One trace, two calls of different paths.
        let call = |row: Row, n: usize, path: &str| {
            row.at(n as f64 * 9.0).get(path).status(200).text(Text::TraceId, &format!("trace-{:08}", n * 7919))
        };
        assert_eq!(two(100, |row, n| call(row, n, "/a"), |row, n| call(row, n, "/b")), Vec::<String>::new());
    }
}
