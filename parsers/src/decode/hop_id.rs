//! Ids that hops pass on in headers, so that the next one can say which request it speaks of.
//!
//! Several may stand in one record: the trace of a balancer, the ray of a CDN, the request id of a proxy. The column
//! whose meaning fits takes the first, `extra` keeps the others under the names of their headers.

use super::field::Field;
use super::paths::{Alias, Paths, normal_path, same_path};
use crate::schema::Text;
use crate::table::extra_pairs;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// Headers that hold such an id and the column that it belongs into, the most telling first.
const HEADERS: [(&str, Text); 14] = [
    ("traceparent", Text::TraceId),
    ("b3", Text::TraceId),
    ("x-b3-traceid", Text::TraceId),
    ("x-amzn-trace-id", Text::TraceId),
    (CLOUD_TRACE, Text::TraceId),
    ("uber-trace-id", Text::TraceId),
    ("x-datadog-trace-id", Text::TraceId),
    ("x-request-id", Text::RequestId),
    ("x-correlation-id", Text::RequestId),
    ("kong-request-id", Text::RequestId),
    ("cf-ray", Text::RequestId),
    ("x-amz-cf-id", Text::RequestId),
    ("x-azure-ref", Text::RequestId),
    ("x-vercel-id", Text::RequestId),
];

/// `TRACE/SPAN;o=1`: only the trace is passed on.
const CLOUD_TRACE: &str = "x-cloud-trace-context";

/// Shorter ones are counters and flags, which agree by chance.
pub const LEAST_LENGTH: usize = 8;

/// Headers that tell a place where a format has headers: keys of these names stand nowhere else.
const MARKS: [&str; 6] =
    ["x-forwarded-for", "x-api-key", "x-request-id", "traceparent", "x-amzn-trace-id", "x-b3-traceid"];

/// The ids that a value of `extra` holds, each with the column that it would belong into.
pub fn in_extra(extra: &str) -> impl Iterator<Item = (Text, &str)> {
    extra_pairs(extra).filter_map(|(name, id)| Some((column(name)?, id)))
}

/// The column that an id belongs into which is kept under this name, as headers or directives spell it.
fn column(name: &str) -> Option<Text> {
    let (bare, is_cookie) = crate::mask::bare_name(name);
    let known = HEADERS.iter().find(|(header, _)| spelt_alike(header, bare));
    known.filter(|_| !is_cookie).map(|(_, column)| *column)
}

/// Case and dashes are the owner's choice.
fn spelt_alike(header: &str, name: &str) -> bool {
    let same = |(a, b): (u8, u8)| a.eq_ignore_ascii_case(&b) || (a == b'-' && b == b'_');
    header.len() == name.len() && header.bytes().zip(name.bytes()).all(same)
}

/// The part of a header's value that is passed on.
pub(crate) fn passed_on<'v>(name: &str, value: &'v [u8]) -> &'v [u8] {
    let end = if name == CLOUD_TRACE { memchr::memchr2(b'/', b';', value) } else { None };
    &value[..end.unwrap_or(value.len())]
}

/// Whether one id is the other with something around it: a trace in a `traceparent`, a number without its name.
pub(crate) fn says_the_same(one: &[u8], other: &[u8]) -> bool {
    let within = |part: &[u8], whole: &[u8]| part.len() >= LEAST_LENGTH && memchr::memmem::find(whole, part).is_some();
    within(one, other) || within(other, one)
}

/// The headers of one format, wherever it keeps them.
pub(crate) struct HopIds {
    /// What precedes the name of a header, best first.
    stems: Vec<String>,
    /// Every header at every place, as keys compare.
    places: BTreeSet<String>,
    /// Paths that the format names itself, as keys compare.
    known: BTreeSet<String>,
}

impl HopIds {
    /// Looks through the paths of a format, by column, for places where it has headers.
    pub(crate) fn of(columns: &BTreeMap<String, Vec<String>>) -> Self {
        let mut ids = Self { stems: Vec::new(), places: BTreeSet::new(), known: BTreeSet::new() };
        for alias in columns.values().flatten() {
            let path = alias.split([' ']).next().unwrap_or(alias);
            if let Some(stem) = stem(path).filter(|stem| !ids.stems.iter().any(|known| known == stem)) {
                ids.stems.push(stem.to_owned());
            }
        }
        ids.places = HEADERS.iter().flat_map(|(header, _)| ids.paths(header)).map(|path| normal_path(&path)).collect();
        let named = columns.iter().flat_map(|(column, aliases)| {
            aliases.iter().enumerate().filter(|(rank, alias)| !ids.takes(column, *rank, alias)).map(|(_, alias)| alias)
        });
        let known = named.map(|alias| normal_path(alias.split(' ').next().unwrap_or(alias))).collect();
        Self { known, ..ids }
    }

    /// Whether a path that a format names for a column is one of these headers and no more than its second choice: it
    /// is then kept beside the first one.
    pub(crate) fn takes(&self, column: &str, rank: usize, alias: &str) -> bool {
        rank > 0 && matches!(column, "request_id" | "trace_id") && self.places.contains(&normal_path(alias))
    }

    /// A header at every place.
    fn paths<'i>(&'i self, header: &'i str) -> impl Iterator<Item = String> + 'i {
        // A bare `b3` may be anything.
        let stems = self.stems.iter().filter(move |stem| header.len() > 2 || !stem.is_empty());
        stems.map(move |stem| format!("{stem}{header}"))
    }

    /// Adds what the format does not name itself; the text is for those who ask what is read.
    pub(crate) fn add(&self, paths: &mut Paths) -> String {
        let mut written = String::new();
        for (header, column) in HEADERS {
            let name = paths.name(header);
            let own = self.paths(header).filter(|path| !self.known.contains(&normal_path(path)));
            let aliases: Vec<Alias> = own.map(|path| Alias::of(&path, Field::HopId(column, name))).collect();
            if !aliases.is_empty() {
                let all: Vec<&str> = aliases.iter().map(|alias| alias.path.as_str()).collect();
                let _ = writeln!(written, "  {}, else extra: {}", column.name(), all.join(" | ")); // no error in memory
            }
            paths.add(&aliases);
        }
        written
    }
}

/// What precedes the name of a header at the end of a path, where one stands there that is a request's.
fn stem(path: &str) -> Option<&str> {
    let last = path.rfind('.').map_or(0, |dot| dot + 1);
    let starts = || path[last..].char_indices().map(|(at, _)| last + at);
    let names = |at: &usize| MARKS.iter().any(|mark| same_path(mark, &path[*at..]));
    // The last place: a separator before the name is of the stem.
    let stem = &path[..starts().rfind(names)?];
    let words = stem.to_ascii_lowercase();
    (!["response", "resp", "add_", "upstream"].iter().any(|other| words.contains(other))).then_some(stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_known_however_they_are_spelt() {
        for (name, expected) in [
            ("x-amzn-trace-id", Some(Text::TraceId)),
            ("http_x_amzn_trace_id", Some(Text::TraceId)),
            ("{X-Amzn-Trace-Id}i", Some(Text::TraceId)),
            ("CF-RAY", Some(Text::RequestId)),
            ("cookie_cf_ray", None),
            ("captures", None),
        ] {
            assert_eq!(column(name), expected, "{name}");
        }
        let extra = "captures=a|b\u{1f}cf-ray=8a7b6c5d4e3f2a1b-ICN\u{1f}x-amzn-trace-id=Root=1-2-3";
        let ids: Vec<_> = in_extra(extra).collect();
        assert_eq!(ids, [(Text::RequestId, "8a7b6c5d4e3f2a1b-ICN"), (Text::TraceId, "Root=1-2-3")]);
    }

    #[test]
    fn places_of_headers_are_told_by_the_headers_of_a_format() {
        for (path, expected) in [
            ("request.headers.x-forwarded-for", Some("request.headers.")),
            ("httpRequest.headers[].X-Forwarded-For", Some("httpRequest.headers[].")),
            ("request_X-Forwarded-For", Some("request_")),
            ("http_x_forwarded_for", Some("http_")),
            ("x-forwarded-for", Some("")),
            ("proxy_add_x_forwarded_for", None),
            ("response.headers.x-request-id", None),
            ("x_forwarded_for_ip", None),
            ("request.headers.host", None),
        ] {
            assert_eq!(stem(path), expected, "{path}");
        }
    }

    #[test]
    fn a_second_choice_is_kept_beside_the_first() {
        let columns = BTreeMap::from([
            ("forwarded".to_owned(), vec!["req.headers.x-forwarded-for".to_owned()]),
            ("request_id".to_owned(), vec!["req.id".to_owned(), "req.headers.x-request-id".to_owned()]),
            ("trace_id".to_owned(), vec!["req.headers.traceparent".to_owned()]),
        ]);
        let ids = HopIds::of(&columns);
        assert!(ids.takes("request_id", 1, "req.headers.x-request-id"));
        assert!(!ids.takes("trace_id", 0, "req.headers.traceparent") && !ids.takes("request_id", 0, "req.id"));
        let mut paths = Paths::default();
        let written = ids.add(&mut paths);
        assert!(written.contains("request_id, else extra: req.headers.x-request-id\n"), "{written}");
        assert!(!written.contains("traceparent"), "{written}");
        assert!(paths.child_at("req.headers.cf-ray") && !paths.child_at("req.headers.traceparent"));
    }

    #[test]
    fn ids_are_compared_by_what_is_passed_on() {
        assert_eq!(passed_on(CLOUD_TRACE, b"4bf92f3577b34da6/123;o=1"), b"4bf92f3577b34da6");
        assert_eq!(passed_on("x-request-id", b"a/b"), b"a/b");
        assert!(says_the_same(b"4bf92f3577b34da6", b"00-4bf92f3577b34da6-00f067aa0ba902b7-01"));
        assert!(!says_the_same(b"1", b"100001") && !says_the_same(b"4bf92f3577b34da6", b"4bf92f3577b34da7"));
    }
}
