//! Exact links: rows that name the same request or trace.
//!
//! A request id is the client's own word where a hop passes on what it was sent, and a trace covers every call that
//! one request caused. So an id links only rows that it names once at each source, or once for a method and path.

use super::World;
use super::links::Links;
use crate::exchanges::Basis;
use breachline_parsers::schema::Text;
use breachline_parsers::table::{ABSENT, Dictionary};
use foldhash::fast::FixedState;
use std::hash::BuildHasher;

/// Shorter ones are counters, which agree by chance.
const LEAST_LENGTH: usize = 8;
/// What a source says more often than this names no request.
const MOST_ROWS: usize = 64;

/// An id named by a row: hash, row, the text column and its code.
type Named = (u64, u32, Text, u32);

/// Links by request ids first, then by whatever ids there are.
pub fn link(world: &World<'_>, links: &mut Links) {
    let mut named = named(world);
    named.sort_unstable();
    for request_ids in [true, false] {
        for same in named.chunk_by(|a, b| a.0 == b.0) {
            link_same(world, links, same, request_ids);
        }
    }
}

fn named(world: &World<'_>) -> Vec<Named> {
    let mut named = Vec::new();
    for text in [Text::RequestId, Text::TraceId] {
        let column = world.facts.text(text);
        // Most values occur once, so they are looked at row by row.
        for (row, &code) in column.codes().iter().enumerate().filter(|&(_, &code)| code != ABSENT) {
            if let Some(hash) = hashed(column.dictionary.text(code)) {
                named.push((hash, row as u32, text, code));
            }
        }
    }
    named
}

/// The hash of what hops pass on of an id; `None` where it is too short or too plain to name a request.
pub fn hashed(text: &str) -> Option<u64> {
    let id = canonical(text);
    let names = id.len() >= LEAST_LENGTH && id.bytes().any(|byte| byte != id.as_bytes()[0]);
    names.then(|| FixedState::with_seed(7).hash_one(id.as_str()))
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
        // A b3 header in one line: trace, span, and whether it is sampled.
        [trace, span] | [trace, span, ..] if matches!(trace.len(), 16 | 32) && span.len() == 16 => {
            trace.to_ascii_lowercase()
        }
        _ if parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12]) => parts.concat().to_ascii_lowercase(),
        _ => id.to_ascii_lowercase(),
    }
}

fn link_same(world: &World<'_>, links: &mut Links, same: &[Named], request_ids: bool) {
    let mut rows: Vec<(u32, bool)> =
        same.iter().map(|named| (named.1, named.2 == Text::RequestId)).filter(|row| !request_ids || row.1).collect();
    // The same id in both columns of a row is one row; the request id is the stronger word.
    rows.sort_unstable_by_key(|&(row, request)| (row, !request));
    rows.dedup_by_key(|row| row.0);
    if rows.len() < 2 || rows.iter().all(|row| world.source_of(row.0) == world.source_of(rows[0].0)) {
        return;
    }
    let dictionary = |text: Text| -> &Dictionary { &world.facts.text(text).dictionary };
    let text = |named: &Named| canonical(dictionary(named.2).text(named.3));
    let first = text(&same[0]);
    // Equal hashes of different ids: forget them, they would be next to none.
    if same.iter().any(|named| text(named) != first) {
        return;
    }
    rows.sort_unstable_by_key(|&(row, _)| (world.rank_of(row), row));
    if once_each(world, &rows) {
        return join_all(world, links, &rows);
    }
    if rows.len() > MOST_ROWS {
        return;
    }
    // Fan-out, retries, or an id that the client chose: only what one method and path name once is one request.
    rows.sort_by_key(|&(row, _)| world.key(row));
    for alike in rows.chunk_by(|a, b| world.key(a.0) == world.key(b.0)) {
        if world.key(alike[0].0).is_some() && once_each(world, alike) {
            join_all(world, links, alike);
        }
    }
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

/// Links each row to the first that it can be one request with: outermost first, so neighbours.
fn join_all(world: &World<'_>, links: &mut Links, rows: &[(u32, bool)]) {
    let method = |row: u32| world.facts.text(Text::Method).code(row as usize);
    for (at, &(row, request)) in rows.iter().enumerate().skip(1) {
        for &(other, other_request) in rows[..at].iter().rev() {
            let (a, b) = (method(row), method(other));
            if a != b && a != ABSENT && b != ABSENT {
                continue;
            }
            let basis = if request && other_request { Basis::RequestId } else { Basis::TraceId };
            if links.join(world, other, row, basis) {
                break;
            }
        }
    }
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
