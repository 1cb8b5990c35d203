//! Times cut to steps.

use super::{TIME, constant, refusal};
use crate::frame::floor;
use chrono::{DateTime, Datelike, NaiveDate};
use polars::prelude::{Column, Int64Chunked, IntoColumn, PolarsResult};

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;
/// 1970-01-01 was a Thursday: weeks that begin on a Monday are three days ahead of the epoch's.
const TO_MONDAY: i64 = 3 * DAY;

/// `date_trunc(unit, time)`.
pub(super) fn date_trunc(columns: &[Column]) -> PolarsResult<Column> {
    let unit = constant(columns, 0, "date_trunc", "a unit such as 'hour'")?.to_lowercase();
    match unit.trim().trim_end_matches('s') {
        "microsecond" => map(columns, "date_trunc", Some),
        "millisecond" => map(columns, "date_trunc", |ts| Some(floor(ts, 1_000))),
        "second" => map(columns, "date_trunc", |ts| Some(floor(ts, SECOND))),
        "minute" => map(columns, "date_trunc", |ts| Some(floor(ts, 60 * SECOND))),
        "hour" => map(columns, "date_trunc", |ts| Some(floor(ts, 3_600 * SECOND))),
        "day" => map(columns, "date_trunc", |ts| Some(floor(ts, DAY))),
        "week" => map(columns, "date_trunc", |ts| Some(week(ts, 7 * DAY))),
        "month" => map(columns, "date_trunc", |ts| calendar(ts, |month| month)),
        "quarter" => map(columns, "date_trunc", |ts| calendar(ts, |month| (month - 1) / 3 * 3 + 1)),
        "year" => map(columns, "date_trunc", |ts| calendar(ts, |_| 1)),
        other => Err(refusal(format!(
            "date_trunc does not know the unit '{other}'; it knows second, minute, hour, day, week, month, quarter and year"
        ))),
    }
}

/// `time_bucket(width, time)`.
pub(super) fn time_bucket(columns: &[Column]) -> PolarsResult<Column> {
    let written = constant(columns, 0, "time_bucket", "a width such as '5m'")?;
    let width = width(&written).ok_or_else(|| {
        refusal(format!(
            "time_bucket does not understand the width '{written}'; write for example '30s', '5m', '1h' or '1d'"
        ))
    })?;
    if width % (7 * DAY) == 0 {
        return map(columns, "time_bucket", |ts| Some(week(ts, width)));
    }
    map(columns, "time_bucket", |ts| Some(floor(ts, width)))
}

fn week(ts: i64, width: i64) -> i64 {
    floor(ts.saturating_add(TO_MONDAY), width).saturating_sub(TO_MONDAY)
}

fn calendar(ts: i64, month: impl Fn(u32) -> u32) -> Option<i64> {
    let date = DateTime::from_timestamp_micros(ts)?.date_naive();
    let first = NaiveDate::from_ymd_opt(date.year(), month(date.month()), 1)?;
    Some(first.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_micros())
}

/// Microseconds of "5m", "5 minutes", "1h30m".
pub(super) fn width(written: &str) -> Option<i64> {
    let mut rest = written.trim();
    let mut total: i64 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let count: i64 = rest[..digits].parse().ok()?;
        rest = rest[digits..].trim_start();
        let letters = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let unit = match rest[..letters].to_lowercase().as_str() {
            "ms" => 1_000,
            "s" | "sec" | "secs" | "second" | "seconds" => SECOND,
            "m" | "min" | "mins" | "minute" | "minutes" => 60 * SECOND,
            "h" | "hr" | "hrs" | "hour" | "hours" => 3_600 * SECOND,
            "d" | "day" | "days" => DAY,
            "w" | "week" | "weeks" => 7 * DAY,
            _ => return None,
        };
        total = total.checked_add(count.checked_mul(unit)?)?;
        rest = rest[letters..].trim_start();
    }
    Some(total).filter(|&total| total > 0)
}

fn map(columns: &[Column], function: &str, step: impl Fn(i64) -> Option<i64>) -> PolarsResult<Column> {
    let times = columns.get(1).filter(|times| times.dtype().is_temporal() || times.dtype().is_null());
    let times = times.ok_or_else(|| refusal(format!("{function} takes a time such as `ts` as its second argument")))?;
    let times = times.cast(&TIME)?.cast(&polars::prelude::DataType::Int64)?;
    let cut: Int64Chunked = times.i64()?.iter().map(|ts| ts.and_then(&step)).collect();
    cut.into_column().cast(&TIME).map(|column| column.with_name(columns[1].name().clone()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_read() {
        assert_eq!(width("5m"), Some(300 * SECOND));
        assert_eq!(width(" 5 Minutes "), Some(300 * SECOND));
        assert_eq!(width("1h30m"), Some(5_400 * SECOND));
        for wrong in ["", "5", "m", "0s", "5 fortnights", "-5m", "99999999999999d"] {
            assert_eq!(width(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn weeks_begin_on_monday() {
        // 2026-11-23 is a Monday.
        let monday = DateTime::parse_from_rfc3339("2026-11-23T00:00:00Z").unwrap().timestamp_micros();
        assert_eq!(week(monday, 7 * DAY), monday);
        assert_eq!(week(monday + 7 * DAY - 1, 7 * DAY), monday);
        assert_eq!(week(monday - 1, 7 * DAY), monday - 7 * DAY);
    }
}
