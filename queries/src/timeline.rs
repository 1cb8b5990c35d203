//! Counts over time and counts of values, for the views that look at a selection of rows.
//!
//! In: rows of [`Requests`]. Out: [`Buckets`] of a width that people use, and [`Facet`]s in a fixed order.

mod course;

pub use course::{Course, MOST_STEPS, Step, course};

use crate::frame::{Values, floor, values};
use crate::requests::Requests;
use chrono::DateTime;
use hashbrown::HashMap;

/// Requests per step of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Buckets {
    /// Where the first bucket starts, microseconds UTC; a whole multiple of the width.
    pub from: i64,
    /// Width of a bucket in microseconds.
    pub width_us: i64,
    /// Requests in each bucket; the first and the last have some.
    pub counts: Vec<u64>,
}

/// What a column holds in a selection of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facet {
    /// The column.
    pub column: String,
    /// How many different values there are.
    pub distinct: u64,
    /// Rows that have a value.
    pub rows_with_value: u64,
    /// The commonest values with their counts: higher counts first, then by value.
    pub top: Vec<(String, u64)>,
}

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;

/// Widths in seconds; beyond the last, whole days are doubled.
const WIDTHS: [i64; 20] = [
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800,
];

/// Counts rows in steps of time: the narrowest customary width that gives at most `buckets` steps.
///
/// `None` when no row has a time or `buckets` is 0, or 1 with times on both sides of 1970, where steps of every
/// width meet. Rows without a time are not counted.
pub fn histogram(requests: &Requests, rows: &[u32], buckets: usize) -> Option<Buckets> {
    let times = || rows.iter().filter_map(|&row| requests.facts.ts(row as usize));
    let (first, last) = (times().min()?, times().max()?);
    let width = width(first, last, buckets)?;
    let from = floor(first, width);
    let mut counts = vec![0; steps(first, last, width) as usize];
    for ts in times() {
        if let Some(count) = counts.get_mut((i128::from(ts) - i128::from(from)).div_euclid(i128::from(width)) as usize)
        {
            *count += 1;
        }
    }
    Some(Buckets { from, width_us: width, counts })
}

fn width(first: i64, last: i64, buckets: usize) -> Option<i64> {
    let fits = |&width: &i64| steps(first, last, width) <= buckets as i128;
    let doubled = std::iter::successors(Some(14 * DAY), |days| days.checked_mul(2));
    WIDTHS.iter().map(|seconds| seconds * SECOND).chain(doubled).find(fits)
}

/// Buckets from the one of `first` to the one of `last`.
fn steps(first: i64, last: i64, width: i64) -> i128 {
    (i128::from(last) - i128::from(floor(first, width))).div_euclid(i128::from(width)) + 1
}

/// Counts the values of a column in the given rows and keeps the `top` commonest.
///
/// A column that does not exist has no values. Times are written as RFC 3339 in UTC.
pub fn facet(requests: &Requests, rows: &[u32], column: &str, top: usize) -> Facet {
    match values(requests, column) {
        Some(Values::Text(texts)) => {
            let mut by_code = vec![0u64; texts.codes()];
            for &row in rows {
                if let Some(count) = by_code.get_mut(texts.code(row as usize) as usize) {
                    *count += 1;
                }
            }
            // Codes are not values: a text may have several codes where looking for equals was not worth it.
            let mut by_value: HashMap<&str, u64> = HashMap::new();
            for (code, &count) in by_code.iter().enumerate().filter(|&(_, &count)| count > 0) {
                if let Some(value) = texts.value(code as u32) {
                    *by_value.entry(value).or_default() += count;
                }
            }
            select(column, by_value.into_iter().collect(), top, ToString::to_string)
        }
        Some(Values::Number(at)) => select(column, count(rows, at), top, ToString::to_string),
        Some(Values::Time(at)) => select(column, count(rows, at), top, |&ts| written(ts)),
        None => select(column, Vec::<(i64, u64)>::new(), top, ToString::to_string),
    }
}

fn count(rows: &[u32], at: impl Fn(usize) -> Option<i64>) -> Vec<(i64, u64)> {
    let mut counts: HashMap<i64, u64> = HashMap::new();
    for value in rows.iter().filter_map(|&row| at(row as usize)) {
        *counts.entry(value).or_default() += 1;
    }
    counts.into_iter().collect()
}

fn select<T: Ord>(column: &str, mut counts: Vec<(T, u64)>, top: usize, show: impl Fn(&T) -> String) -> Facet {
    let order = |a: &(T, u64), b: &(T, u64)| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0));
    let (distinct, rows_with_value) = (counts.len() as u64, counts.iter().map(|&(_, count)| count).sum());
    if top < counts.len() {
        counts.select_nth_unstable_by(top, order);
        counts.truncate(top);
    }
    counts.sort_unstable_by(order);
    let top = counts.iter().map(|(value, count)| (show(value), *count)).collect();
    Facet { column: column.to_owned(), distinct, rows_with_value, top }
}

fn written(ts: i64) -> String {
    DateTime::from_timestamp_micros(ts)
        .map_or_else(|| ts.to_string(), |time| time.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::frame::sample::{self, TEN, six};
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    #[test]
    fn steps_are_those_that_people_use() {
        let at = |seconds: &[i64], buckets| {
            let rows: Vec<_> = seconds.iter().map(|&second| (Some(second), None, None, 200, None)).collect();
            let requests = sample::requests(&rows);
            let found = histogram(&requests, &requests.order, buckets).unwrap();
            ((found.from - TEN) / SECOND, found.width_us / SECOND, found.counts)
        };
        assert_eq!(at(&[5], 10), (5, 1, vec![1]));
        assert_eq!(at(&[0, 0, 9], 10), (0, 1, vec![2, 0, 0, 0, 0, 0, 0, 0, 0, 1]));
        assert_eq!(at(&[0, 10], 10), (0, 2, vec![1, 0, 0, 0, 0, 1]));
        assert_eq!(at(&[59, 61], 2), (58, 2, vec![1, 1]));
        assert_eq!(at(&[59, 61], 1), (0, 120, vec![2]));
        assert_eq!(at(&[0, 3_601], 100), (0, 60, [vec![1], vec![0; 59], vec![1]].concat()));
        // A hundred years in ten steps.
        let (_, width, counts) = at(&[0, 36_500 * 86_400], 10);
        assert_eq!((width / 86_400 % 7, counts.iter().sum::<u64>()), (0, 2));
        assert!(counts.len() <= 10);
    }

    #[test]
    fn nothing_gives_no_steps() {
        let requests = six();
        assert_eq!(histogram(&requests, &[], 10), None);
        assert_eq!(histogram(&requests, &[5], 10), None, "a row without a time");
        assert_eq!(histogram(&requests, &[0], 0), None);
        let row = |seconds| (Some(seconds), None, None, 200, None);
        let both = sample::requests(&[row(-TEN / SECOND - 1), row(0)]);
        assert_eq!(histogram(&both, &both.order, 1), None);
        assert_eq!(histogram(&both, &both.order, 2).unwrap().counts, [1, 1]);
    }

    #[test]
    fn facets_count_every_kind_of_column() {
        let requests = six();
        let found = |column: &str| facet(&requests, &requests.order, column, 2);
        let top =
            |column: &str| found(column).top.iter().map(|(v, n)| format!("{v} {n}")).collect::<Vec<_>>().join(", ");
        assert_eq!(top("client_ip"), "10.0.0.1 3, 192.0.2.9 1");
        assert_eq!((found("client_ip").distinct, found("client_ip").rows_with_value), (3, 5));
        assert_eq!(top("status"), "200 2, 401 1");
        assert_eq!(top("hour"), "2026-11-23T10:00:00Z 3, 2026-11-23T11:00:00Z 2");
        assert_eq!(top("answer"), "hit 2, denied 1");
        assert_eq!(top("source"), "edge.log 3, kong.log 3");
        // Six codes, one value.
        assert_eq!((top("request_id"), found("request_id").distinct), ("same 6".to_owned(), 1));
        assert_eq!(found("principal").rows_with_value, 0);
        assert_eq!(found("no_such_column").distinct, 0);
    }

    proptest! {
        #[test]
        fn every_timed_row_is_in_its_step(
            times in proptest::collection::vec(proptest::option::of(-1_700_000_000_i64..4_000_000_000), 1..60),
            buckets in 1_usize..80,
        ) {
            let rows: Vec<_> = times.iter().map(|&time| (time, None, None, 200, None)).collect();
            let requests = sample::requests(&rows);
            let timed: Vec<i64> = times.iter().flatten().map(|second| TEN + second * SECOND).collect();
            let Some(found) = histogram(&requests, &requests.order, buckets) else {
                prop_assert!(timed.is_empty());
                return Ok(());
            };
            prop_assert!(found.counts.len() <= buckets);
            prop_assert_eq!(found.from.rem_euclid(found.width_us), 0);
            for (index, &count) in found.counts.iter().enumerate() {
                let start = found.from + index as i64 * found.width_us;
                let inside = timed.iter().filter(|&&ts| ts >= start && ts < start + found.width_us).count();
                prop_assert_eq!(count, inside as u64);
            }
            prop_assert_eq!(found.counts.iter().sum::<u64>(), timed.len() as u64);
            // The next narrower width would not have fitted.
            if let Some(narrower) = WIDTHS.iter().rev().map(|width| width * SECOND).find(|&width| width < found.width_us) {
                let (first, last) = (timed.iter().min().unwrap(), timed.iter().max().unwrap());
                let steps = last.div_euclid(narrower) - first.div_euclid(narrower) + 1;
                prop_assert!(steps > buckets as i64);
            }
        }

        #[test]
        fn facets_agree_with_counting(
            values in proptest::collection::vec((proptest::option::of("[ab]{1,2}"), 0_u16..4), 0..50),
            top in 0_usize..8,
        ) {
            let rows: Vec<_> = values.iter().map(|(ip, status)| (None, ip.as_deref(), None, *status, None)).collect();
            let requests = sample::requests(&rows);
            let mut texts: BTreeMap<String, u64> = BTreeMap::new();
            let mut numbers: BTreeMap<u16, u64> = BTreeMap::new();
            for (ip, status) in &values {
                if let Some(ip) = ip {
                    *texts.entry(ip.clone()).or_default() += 1;
                }
                if *status != 0 {
                    *numbers.entry(*status).or_default() += 1;
                }
            }
            let numbers = numbers.into_iter().map(|(number, count)| (number.to_string(), count)).collect();
            for (column, expected) in [("client_ip", texts), ("status", numbers)] {
                let found = facet(&requests, &requests.order, column, top);
                let ordered: BTreeSet<_> = expected.iter().map(|(value, count)| (std::cmp::Reverse(*count), value.clone())).collect();
                let ordered: Vec<_> = ordered.into_iter().map(|(count, value)| (value, count.0)).take(top).collect();
                prop_assert_eq!(found.distinct, expected.len() as u64);
                prop_assert_eq!(found.rows_with_value, expected.values().sum::<u64>());
                prop_assert_eq!(found.top, ordered);
            }
        }
    }
}
