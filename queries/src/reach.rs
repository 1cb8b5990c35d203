//! What a negative answer rests on: the hours that these logs cover, and what may be missing within them.
//!
//! In: [`Requests`], with what answers are limited to. Out: [`Reach`], with which "no request was seen" can be bounded.

use crate::finding::Gap;
use crate::hunt::gaps;
use crate::requests::Requests;
use breachline_parsers::report::Completeness;
use fixedbitset::FixedBitSet;

/// Shorter stretches between sources are no holes: one log ends and the next begins (ten minutes).
const LEAST_HOLE: i64 = 600_000_000;

/// What these logs cover of what answers are limited to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// The first time covered, microseconds UTC.
    pub from: Option<i64>,
    /// The last time covered, microseconds UTC.
    pub until: Option<i64>,
    /// Stretches without records in a source that otherwise has them.
    pub gaps: Vec<Gap>,
    /// Stretches that lie between the hours of all sources, as (last record before, first record after).
    pub holes: Vec<(i64, i64)>,
    /// Records that could not be read and may be anything.
    pub unread: u64,
    /// Requests without a time: in a window they are not looked at.
    pub untimed: u64,
    /// Sources that keep only some of their requests.
    pub sampled: Vec<String>,
    /// Sources that were not read to their end.
    pub cut: Vec<String>,
    /// Which vantages could not be linked, and which sources tell of the same requests, in sentences.
    pub apart: Vec<String>,
    /// The options that limit what was looked at, as they would be typed.
    pub limited: Option<String>,
}

/// The requests that answers are limited to, in total order: of each exchange of which a line is among them, the row
/// that counts.
pub fn rows(requests: &Requests) -> Vec<u32> {
    let exchanges = &requests.derived.exchanges;
    if exchanges.is_empty() {
        return requests.selected().to_vec();
    }
    let mut counted = FixedBitSet::with_capacity(requests.rows());
    for &row in requests.selected() {
        let lines = std::iter::once(row).chain(exchanges.siblings(row, requests.facts.source_values()));
        counted.extend(lines.filter(|&row| requests.counts(row)).map(|row| row as usize));
    }
    requests.order.iter().copied().filter(|&row| counted.contains(row as usize)).collect()
}

/// Looks what these logs cover of what answers are limited to.
pub fn reach(requests: &Requests) -> Reach {
    let selected = requests.derived.selected.as_ref();
    let (since, until) = selected.map_or((None, None), |selected| selected.window);
    let is_touched =
        |from: i64, to: i64| since.is_none_or(|since| to > since) && until.is_none_or(|until| from < until);
    let mut hours: Vec<(i64, i64)> =
        requests.sources.iter().filter_map(|source| Some((source.first?, source.last?))).collect();
    hours.retain(|&(first, last)| is_touched(first, last.saturating_add(1)));
    let first = hours.iter().map(|hours| hours.0).min().map(|first| since.map_or(first, |since| since.max(first)));
    let last = hours.iter().map(|hours| hours.1).max().map(|last| until.map_or(last, |until| until.min(last)));
    let named = |holds: &dyn Fn(&breachline_parsers::report::SourceReport) -> bool| {
        requests.sources.iter().filter(|source| holds(source)).map(|source| source.path.clone()).collect()
    };
    Reach {
        from: first,
        until: last,
        gaps: gaps(requests).into_iter().filter(|gap| is_touched(gap.from, gap.until)).collect(),
        holes: holes_between(hours),
        unread: requests.sources.iter().filter(|source| source.format.is_some()).map(|source| source.rejects).sum(),
        untimed: (0..requests.rows()).filter(|&row| requests.facts.ts(row).is_none()).count() as u64,
        sampled: named(&|source| source.sampled().is_some()),
        apart: requests.derived.exchanges.apart.clone(),
        limited: selected.map(|selected| selected.words.clone()),
        cut: named(&|source| matches!(source.completeness, Completeness::Cut(_) | Completeness::Unreadable(_))),
    }
}

/// Stretches between the hours of sources (first and last record) that none of them covers, ten minutes at least.
pub(crate) fn holes_between(mut hours: Vec<(i64, i64)>) -> Vec<(i64, i64)> {
    hours.sort_unstable();
    let mut holes = Vec::new();
    let mut covered = hours.first().map_or(0, |hours| hours.1);
    for (first, last) in hours {
        if first.saturating_sub(covered) >= LEAST_HOLE {
            holes.push((covered, first));
        }
        covered = covered.max(last);
    }
    holes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::selection::Selection;
    use crate::testing::Log;

    const DAY: i64 = 86_400_000_000;

    #[test]
    fn hours_between_sources_are_not_covered() {
        assert_eq!(holes_between(vec![(12 * DAY, 13 * DAY), (0, 10 * DAY), (DAY, 2 * DAY)]), [(10 * DAY, 12 * DAY)]);
        assert_eq!(holes_between(vec![(0, 10), (11, 20)]), []);
        assert_eq!(holes_between(Vec::new()), []);
    }

    #[test]
    fn a_window_bounds_what_is_covered() {
        let mut requests = Log::new()
            .row(|row| row.at(0.0).get("/a").status(200))
            .row(|row| row.at(100.0).get("/a").status(200))
            .row(|row| row.get("/a").status(200))
            .report(|source| source.rejects = 3)
            .source("b.log")
            .row(|row| row.at(86_400.0).get("/a").status(200))
            .build();
        let start = 1_772_582_400_000_000;
        let all = reach(&requests);
        assert_eq!((all.from, all.until), (Some(start), Some(start + DAY)));
        assert_eq!(all.holes, [(start + 100_000_000, start + DAY)]);
        assert_eq!((all.unread, all.untimed), (3, 1));
        let limit = |requests: &mut Requests, since: i64, until: Option<i64>| {
            requests.limit(&Selection {
                since: Some(start + since),
                until: until.map(|until| start + until),
                condition: None,
            });
        };
        limit(&mut requests, 50_000_000, Some(90_000_000));
        let early = reach(&requests);
        assert_eq!((early.from, early.until), (Some(start + 50_000_000), Some(start + 90_000_000)));
        assert_eq!(early.holes, []);
        assert!(early.limited.is_some_and(|words| words.starts_with("--since 2026-03-04T00:00:50Z")));
        limit(&mut requests, 2 * DAY, None);
        assert_eq!(reach(&requests).from, None);
    }
}
