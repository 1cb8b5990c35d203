//! The engine's columns to cells.

use super::{Answer, Cell};
use chrono::{DateTime, NaiveDate};
use polars::prelude::{AnyValue, DataFrame, PolarsResult, TimeUnit};

/// At most `limit` rows of a frame as an answer.
pub(super) fn answer(frame: &DataFrame, limit: Option<usize>) -> PolarsResult<Answer> {
    let shown = limit.map_or(frame.height(), |limit| limit.min(frame.height()));
    let columns = frame.columns();
    let rows = (0..shown)
        .map(|row| columns.iter().map(|column| Ok(cell(&column.get(row)?))).collect::<PolarsResult<Vec<_>>>())
        .collect::<PolarsResult<Vec<_>>>()?;
    let columns = columns.iter().map(|column| column.name().to_string()).collect();
    Ok(Answer { columns, rows, cut: shown < frame.height() })
}

fn cell(value: &AnyValue<'_>) -> Cell {
    match value {
        AnyValue::Null => Cell::Null,
        AnyValue::Boolean(value) => Cell::Bool(*value),
        AnyValue::String(value) => Cell::Text((*value).to_owned()),
        AnyValue::StringOwned(value) => Cell::Text(value.to_string()),
        AnyValue::Float32(value) => Cell::Float(f64::from(*value)),
        AnyValue::Float64(value) => Cell::Float(*value),
        AnyValue::Datetime(value, unit, _) | AnyValue::DatetimeOwned(value, unit, _) => {
            Cell::Time(micros(*value, *unit))
        }
        AnyValue::Duration(value, unit) => Cell::Float(micros(*value, *unit) as f64 / 1e6),
        AnyValue::Date(days) => Cell::Text(date(*days)),
        AnyValue::List(values) => {
            let values: Vec<String> = values.iter().map(|value| text(&cell(&value))).collect();
            Cell::Text(format!("[{}]", values.join(", ")))
        }
        // Whole numbers of any width; what is no number at all is shown as the engine shows it.
        other => other.extract::<i64>().map_or_else(|| Cell::Text(other.to_string()), Cell::Int),
    }
}

fn micros(value: i64, unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Nanoseconds => value.div_euclid(1_000),
        TimeUnit::Microseconds => value,
        TimeUnit::Milliseconds => value.saturating_mul(1_000),
    }
}

fn date(days: i32) -> String {
    let date = NaiveDate::from_epoch_days(days);
    date.map_or_else(|| days.to_string(), |date| date.to_string())
}

/// A cell inside a list.
fn text(cell: &Cell) -> String {
    match cell {
        Cell::Null => "NULL".to_owned(),
        Cell::Bool(value) => value.to_string(),
        Cell::Int(value) => value.to_string(),
        Cell::Float(value) => value.to_string(),
        Cell::Text(value) => value.clone(),
        Cell::Time(value) => DateTime::from_timestamp_micros(*value)
            .map_or_else(|| value.to_string(), |time| time.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)),
    }
}
