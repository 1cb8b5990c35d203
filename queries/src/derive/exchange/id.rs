//! Exact links: rows that name the same request or trace, at the same time.
//!
//! A request id is the client's own word where a hop passes on what it was sent, and a trace covers every call that
//! one request caused. So an id links only rows that it names once at each source, or once for a method and path; and
//! once clocks are compared, only rows whose times agree: who sends an id again later hides nothing with it.

use super::World;
use super::links::Links;
use crate::exchanges::Basis;
use breachline_parsers::decode::hop_id;
use breachline_parsers::schema::Text;
use breachline_parsers::table::ABSENT;
use foldhash::fast::FixedState;
use std::hash::BuildHasher;

/// What a source says more often than this names no request.
const MOST_ROWS: usize = 64;
/// How far the times of one request may lie apart beside its durations, by compared clocks (one minute).
const FARTHEST: i64 = 60_000_000;

/// An id named by a row.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Named {
    hash: u64,
    row: u32,
    /// Whether it is a trace or the id of one request.
    kind: Text,
    /// The column in which it stands, and its code there.
    column: Text,
    code: u32,
}

/// Ids that rows name, sorted.
pub struct Ids(Vec<Named>);

impl Ids {
    /// Collects what the rows name.
    pub fn of(world: &World<'_>) -> Self {
        let mut named = Vec::new();
        for column in [Text::RequestId, Text::TraceId, Text::Extra] {
            let texts = world.facts.text(column);
            // Most values occur once, so they are looked at row by row.
            for (row, &code) in texts.codes().iter().enumerate().filter(|&(_, &code)| code != ABSENT) {
                let row = row as u32;
                each_id(texts.dictionary.text(code), column, |kind, id| {
                    named.push(Named { hash: hash(id), row, kind, column, code });
                });
            }
        }
        named.sort_unstable();
        named.dedup();
        Self(named)
    }

    /// Links by request ids first, then by whatever ids there are. `by_time` asks for times that agree as well.
    pub fn link(&self, world: &World<'_>, links: &mut Links, by_time: bool) {
        for request_ids in [true, false] {
            for same in self.0.chunk_by(|a, b| a.hash == b.hash) {
                let linking = Linking { world, by_time };
                linking.same(links, same, request_ids);
            }
        }
    }
}

fn hash(id: &str) -> u64 {
    FixedState::with_seed(7).hash_one(id)
}

/// Calls with every id that a text of a column holds, and with what it is.
fn each_id(text: &str, column: Text, mut each: impl FnMut(Text, &str)) {
    let mut take = |kind: Text, id: &str| {
        if let Some(id) = telling(id) {
            each(kind, &id);
        }
    };
    if column == Text::Extra {
        hop_id::in_extra(text).for_each(|(kind, id)| take(kind, id));
    } else {
        take(column, text);
    }
}

/// Whether the ids of any two rows that are linked tell of requests at different times.
pub fn disagree(world: &World<'_>, links: &Links) -> bool {
    (0..world.facts.rows() as u32)
        .filter(|&row| links.leader(row) == row)
        .any(|row| links.ring(row).any(|member| !agree(world, row, member)))
}

/// Whether the times of two rows are those of one request. A row without a time tells nothing.
fn agree(world: &World<'_>, one: u32, other: u32) -> bool {
    let (Some(a), Some(b)) = (world.time(one), world.time(other)) else { return one == other };
    a.abs_diff(b) <= FARTHEST.saturating_add(world.duration(one)).saturating_add(world.duration(other)) as u64
}

/// The hash of what hops pass on of an id; `None` where it is too short or too plain to name a request.
pub fn hashed(text: &str) -> Option<u64> {
    telling(text).map(|id| hash(&id))
}

/// What hops pass on of an id, where it names a request.
fn telling(text: &str) -> Option<String> {
    let id = canonical(text);
    let names = id.len() >= hop_id::LEAST_LENGTH && id.bytes().any(|byte| byte != id.as_bytes()[0]);
    names.then_some(id)
}

/// The part of an id that hops pass on, in lower case: the root of `Root=1-…;Self=…`, the trace of a traceparent or
/// of `TRACE/SPAN;o=1`, the digits of a UUID.
fn canonical(text: &str) -> String {
    let text = text.trim();
    let root = text.split([';', ',']).map(str::trim).find_map(|part| part.strip_prefix("Root="));
    let id = root.unwrap_or_else(|| text.split([';', ',', '/']).next().unwrap_or_default()).trim();
    let parts: Vec<&str> = id.split('-').collect();
    match parts.as_slice() {
        [version, trace, span, flags] if [version.len(), trace.len(), span.len(), flags.len()] == [2, 32, 16, 2] => {
            trace.to_ascii_lowercase()
        }
        // A ray and the place where it came in.
        [ray, place] if ray.len() == 16 && place.len() == 3 => ray.to_ascii_lowercase(),
        // A b3 header in one line: trace, span, and whether it is sampled.
        [trace, span] | [trace, span, ..] if matches!(trace.len(), 16 | 32) && span.len() == 16 => {
            trace.to_ascii_lowercase()
        }
        _ if parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12]) => parts.concat().to_ascii_lowercase(),
        _ => id.to_ascii_lowercase(),
    }
}

struct Linking<'a, 'w> {
    world: &'a World<'w>,
    by_time: bool,
}

impl Linking<'_, '_> {
    fn same(&self, links: &mut Links, same: &[Named], request_ids: bool) {
        let world = self.world;
        let mut rows: Vec<(u32, bool)> = same
            .iter()
            .map(|named| (named.row, named.kind == Text::RequestId))
            .filter(|row| !request_ids || row.1)
            .collect();
        // The same id in both columns of a row is one row; the request id is the stronger word.
        rows.sort_unstable_by_key(|&(row, request)| (row, !request));
        rows.dedup_by_key(|row| row.0);
        if rows.len() < 2 || rows.iter().all(|row| world.source_of(row.0) == world.source_of(rows[0].0)) {
            return;
        }
        // Equal hashes of different ids: forget them, they would be next to none.
        let first = spelt(world, &same[0]);
        if same.iter().any(|named| spelt(world, named) != first) {
            return;
        }
        rows.sort_unstable_by_key(|&(row, _)| (world.rank_of(row), row));
        if once_each(world, &rows) {
            return self.join_all(links, &rows);
        }
        if rows.len() > MOST_ROWS {
            return;
        }
        // Fan-out, retries, or an id that the client chose: only what one method and path name once is one request.
        rows.sort_by_key(|&(row, _)| world.key(row));
        for alike in rows.chunk_by(|a, b| world.key(a.0) == world.key(b.0)) {
            if world.key(alike[0].0).is_some() && once_each(world, alike) {
                self.join_all(links, alike);
            }
        }
    }

    /// Links each row to the first that it can be one request with: outermost first, so neighbours.
    fn join_all(&self, links: &mut Links, rows: &[(u32, bool)]) {
        let world = self.world;
        let method = |row: u32| world.facts.text(Text::Method).code(row as usize);
        for (at, &(row, request)) in rows.iter().enumerate().skip(1) {
            for &(other, other_request) in rows[..at].iter().rev() {
                let (a, b) = (method(row), method(other));
                if (a != b && a != ABSENT && b != ABSENT) || (self.by_time && !agree(world, row, other)) {
                    continue;
                }
                let basis = if request && other_request { Basis::RequestId } else { Basis::TraceId };
                if links.join(world, other, row, basis) {
                    break;
                }
            }
        }
    }
}

/// The id behind a hash, as ids compare.
fn spelt(world: &World<'_>, named: &Named) -> Option<String> {
    let mut found = None;
    each_id(world.facts.text(named.column).dictionary.text(named.code), named.column, |_, id| {
        found = found.take().or_else(|| (hash(id) == named.hash).then(|| id.to_owned()));
    });
    found
}

/// Whether no source names the id twice and, unless request ids prove it, no vantage either.
fn once_each(world: &World<'_>, rows: &[(u32, bool)]) -> bool {
    rows.iter().enumerate().all(|(at, &(row, request))| {
        rows[..at].iter().all(|&(other, other_request)| {
            world.source_of(row) != world.source_of(other)
                && ((request && other_request) || world.rank_of(row) != world.rank_of(other))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn what_hops_pass_on_of_an_id() {
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        for (text, expected) in [
            ("Root=1-58337281-1d84f3d73c47ec4e58577259", "1-58337281-1d84f3d73c47ec4e58577259"),
            ("Self=1-1-2;Root=1-58337281-1d84f3d73c47ec4e58577259", "1-58337281-1d84f3d73c47ec4e58577259"),
            ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", trace),
            ("4BF92F3577B34DA6A3CE929D0E0E4736/67667974448284343;o=1", trace),
            ("4bf92f35-77b3-4da6-a3ce-929d0e0e4736", trace),
            ("4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1", trace),
            ("abc", "abc"),
            ("", ""),
        ] {
            assert_eq!(canonical(text), expected, "{text}");
        }
    }
}
