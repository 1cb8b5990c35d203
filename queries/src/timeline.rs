//! Counts over time and counts of values, for the views that look at a selection of rows.
//!
//! In: rows of [`Requests`]. Out: [`Buckets`] of a width that people use, and [`Facet`]s in a fixed order.

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
/// `None` when no row has a time or `buckets` is 0. Rows without a time are not counted.
pub fn histogram(requests: &Requests, rows: &[u32], buckets: usize) -> Option<Buckets> {
    let times = || rows.iter().filter_map(|&row| requests.facts.ts(row as usize));
    let (first, last) = (times().min()?, times().max()?);
    let width = width(first, last, buckets)?;
    let from = floor(first, width);
    let mut counts = vec![0; steps(first, last, width) as usize];
    for ts in times() {
        if let Some(count) = counts.get_mut((i128::from(ts) - i128::from(from)).div_euclid(i128::from(width)) as usize) {
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
