//! Pictures of some requests: counts over time, distinct objects growing, numeric ids against time.

use super::scopes::ts;
use breachline_parsers::table::{ABSENT, NO_NUMBER};
use breachline_queries::requests::{Answer, Requests};
use std::collections::BTreeSet;

/// Points of ids at most.
const POINTS: usize = 3000;

/// What pictures are drawn from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sketch {
    /// The first time, microseconds UTC.
    pub from: i64,
    /// The width of a bar, microseconds.
    pub step: i64,
    /// Requests answered with data, by bar.
    pub hits: Vec<u64>,
    /// Requests that found nothing.
    pub misses: Vec<u64>,
    /// Requests that were refused.
    pub denied: Vec<u64>,
    /// All others.
    pub others: Vec<u64>,
    /// Different objects (route and id) asked for until the end of each bar.
    pub growth: Vec<u64>,
    /// Times (microseconds UTC) and numeric object ids, in order of time; of many requests a sample at equal distances.
    pub ids: Vec<(i64, f64)>,
}

impl Sketch {
    /// Requests of each bar.
    pub fn totals(&self) -> impl Iterator<Item = u64> {
        let parts = self.hits.iter().zip(&self.misses).zip(self.denied.iter().zip(&self.others));
        parts.map(|((hit, miss), (denied, other))| hit + miss + denied + other)
    }
}

/// Makes pictures of rows in total order, with that many bars at most.
pub(super) fn sketch(requests: &Requests, rows: &[u32], bars: usize) -> Sketch {
    let untimed = rows.partition_point(|&row| ts(requests, row) == NO_NUMBER);
    let rows = rows.get(untimed..).unwrap_or_default();
    let (Some(&first), Some(&last)) = (rows.first(), rows.last()) else { return Sketch::default() };
    let (from, until) = (ts(requests, first), ts(requests, last));
    let span = until.saturating_sub(from).saturating_add(1).max(1);
    let step = (span as u64).div_ceil(bars.max(1) as u64).max(1) as i64;
    let count = (span as u64).div_ceil(step as u64) as usize;
    let empty = || vec![0_u64; count];
    let mut drawn = Sketch {
        from,
        step,
        hits: empty(),
        misses: empty(),
        denied: empty(),
        others: empty(),
        growth: empty(),
        ids: Vec::new(),
    };
    let (routes, ids) = (requests.text("route"), requests.text("object_id"));
    let mut known: BTreeSet<(u32, u32)> = BTreeSet::new();
    let every = rows.len().div_ceil(POINTS).max(1);
    for (n, &row) in rows.iter().enumerate() {
        let (at, time) = (row as usize, ts(requests, row));
        let bar = ((time.saturating_sub(from)) / step) as usize;
        let of = match requests.derived.answer.get(at).copied().unwrap_or(Answer::Other) {
            Answer::Hit => &mut drawn.hits,
            Answer::Miss => &mut drawn.misses,
            Answer::Denied => &mut drawn.denied,
            Answer::Other | Answer::Error => &mut drawn.others,
        };
        if let Some(bar) = of.get_mut(bar) {
            *bar += 1;
        }
        let (Some(routes), Some(ids)) = (&routes, &ids) else { continue };
        let code = ids.code(at);
        if code == ABSENT {
            continue;
        }
        if known.insert((routes.code(at), code))
            && let Some(new) = drawn.growth.get_mut(bar)
        {
            *new += 1;
        }
        if n % every == 0
            && let Ok(id) = ids.dictionary.text(code).parse::<u64>()
        {
            drawn.ids.push((time, id as f64));
        }
    }
    let mut sum = 0;
    for new in &mut drawn.growth {
        sum += *new;
        *new = sum;
    }
    drawn
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use breachline_queries::testing::Log;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_request_is_in_a_bar_and_every_object_grows_once(
            lines in prop::collection::vec((0_u32..5000, 0_u32..30, 0_usize..3), 1..80),
            bars in 1..50_usize,
        ) {
            let log = lines.iter().fold(Log::new(), |log, &(second, id, status)| {
                log.row(|row| row.at(f64::from(second)).ip("192.0.2.1").get(&format!("/v1/items/{}", 1000 + id)).status([200, 404, 403][status]))
            });
            let requests = log.build();
            let drawn = sketch(&requests, &requests.order, bars);
            prop_assert!(drawn.hits.len() <= bars);
            prop_assert_eq!(drawn.totals().sum::<u64>(), lines.len() as u64);
            prop_assert_eq!(drawn.denied.iter().sum::<u64>(), lines.iter().filter(|line| line.2 == 2).count() as u64);
            let ids = requests.text("object_id").unwrap();
            let distinct: BTreeSet<u32> = (0..requests.rows()).map(|row| ids.code(row)).filter(|&code| code != ABSENT).collect();
            prop_assert_eq!(drawn.growth.last().copied().unwrap_or(0), distinct.len() as u64);
            prop_assert!(drawn.growth.is_sorted());
            prop_assert!(drawn.ids.is_sorted_by_key(|point| point.0));
        }
    }
}
