//! Lines of evidence: what a number can be opened to.
//!
//! Nothing is copied: ranges are made while they are being written.

use breachline_parsers::schema::Number;
use breachline_queries::requests::Requests;
use serde::ser::SerializeSeq;
use serde::{Serialize, Serializer};

/// Every line of some rows, by source, as inclusive ranges.
pub struct Lines<'a> {
    /// The rows.
    pub rows: &'a [u32],
    /// What they are rows of.
    pub requests: &'a Requests,
    /// Whether sources are named by path as well.
    pub with_path: bool,
}

impl Serialize for Lines<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let spans = spans(self.requests, self.rows);
        let mut sources = serializer.serialize_seq(None)?;
        for of_source in spans.chunk_by(|left, right| left.source == right.source) {
            let Some(first) = of_source.first() else { continue };
            let path = self.requests.sources.get(first.source as usize).map(|source| source.path.as_str());
            sources.serialize_element(&SourceLines {
                source: first.source + 1,
                path: path.filter(|_| self.with_path),
                ranges: Ranges(of_source),
            })?;
        }
        sources.end()
    }
}

#[derive(Serialize)]
struct SourceLines<'a> {
    source: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<&'a str>,
    ranges: Ranges<'a>,
}

/// Lines that one record takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Span {
    source: u32,
    first: u32,
    last: u32,
}

/// The lines of some rows, sorted.
fn spans(requests: &Requests, rows: &[u32]) -> Vec<Span> {
    let facts = &requests.facts;
    let line_span = facts.number(Number::LineSpan);
    let mut spans: Vec<Span> = rows
        .iter()
        .map(|&row| {
            let row = row as usize;
            let first = facts.place(row).line_no;
            let more = line_span.get(row).unwrap_or(1).max(1) - 1;
            Span { source: facts.source(row), first, last: first.saturating_add(more as u32) }
        })
        .collect();
    spans.sort_unstable();
    spans
}

/// Sorted spans of one source, neighbours joined.
fn joined(spans: &[Span]) -> impl Iterator<Item = (u32, u32)> + '_ {
    let mut rest = spans.iter().peekable();
    std::iter::from_fn(move || {
        let first = rest.next()?;
        let mut last = first.last;
        while let Some(next) = rest.next_if(|next| next.first <= last.saturating_add(1)) {
            last = last.max(next.last);
        }
        Some((first.first, last))
    })
}

/// The same, while writing.
struct Ranges<'a>(&'a [Span]);

impl Serialize for Ranges<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut ranges = serializer.serialize_seq(None)?;
        for range in joined(self.0) {
            ranges.serialize_element(&range)?;
        }
        ranges.end()
    }
}

/// Lines in short, for people: `1:3-9,12` (source, lines), at most `most` ranges.
#[must_use]
pub fn short(requests: &Requests, rows: &[u32], most: usize) -> String {
    let spans = spans(requests, rows);
    let mut shown = Vec::new();
    for of_source in spans.chunk_by(|left, right| left.source == right.source) {
        let Some(first) = of_source.first() else { continue };
        let ranges =
            joined(of_source).map(|(from, to)| if from == to { from.to_string() } else { format!("{from}-{to}") });
        shown.push((first.source + 1, ranges.collect::<Vec<_>>()));
    }
    let all: usize = shown.iter().map(|(_, ranges)| ranges.len()).sum();
    let mut left = most;
    let mut parts = Vec::new();
    for (source, ranges) in shown {
        let taken = ranges.len().min(left);
        left -= taken;
        if taken > 0 {
            parts.push(format!("{source}:{}", ranges[..taken].join(",")));
        }
    }
    let more = if all > most { format!(" +{}", all - most) } else { String::new() };
    format!("{}{more}", parts.join(" "))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn ranges_name_exactly_the_lines(lines in proptest::collection::vec((1u32..60, 1u32..4), 0..40)) {
            let mut spans: Vec<Span> =
                lines.iter().map(|&(first, count)| Span { source: 0, first, last: first + count - 1 }).collect();
            spans.sort_unstable();
            let text = serde_json::to_string(&Ranges(&spans)).unwrap();
            let ranges: Vec<(u32, u32)> = serde_json::from_str(&text).unwrap();
            let named: Vec<u32> = ranges.iter().flat_map(|&(first, last)| first..=last).collect();
            let wanted: BTreeSet<u32> = spans.iter().flat_map(|span| span.first..=span.last).collect();
            prop_assert_eq!(named, wanted.into_iter().collect::<Vec<_>>());
            prop_assert!(ranges.windows(2).all(|pair| pair[0].1 + 1 < pair[1].0));
        }
    }
}
