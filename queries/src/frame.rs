//! Columns of `requests` as a polars data frame.
//!
//! In: [`Requests`], the columns that are needed, optionally which rows. Out: a frame in total order with
//! times as microseconds UTC, numbers as 64-bit integers and text as strings. A distinct text is copied once:
//! the strings of a column are views into the buffer of its dictionary.

mod values;

pub(crate) use values::{TextValues, Values, floor, values};

use crate::requests::Requests;
use polars::prelude::{
    Column, DataFrame, DataType, IdxCa, Int64Chunked, IntoColumn, IntoSeries, NewChunkedArray, PolarsResult,
    StringChunked, TimeUnit,
};
use values::NumberAt;

/// Builds the named columns for the given rows (all that answers are limited to, in total order, when `None`). Unknown names are left out.
pub(crate) fn frame(requests: &Requests, columns: &[&str], rows: Option<&[u32]>) -> PolarsResult<DataFrame> {
    let rows = rows.unwrap_or_else(|| requests.selected());
    let columns = columns
        .iter()
        .filter_map(|&name| values(requests, name).map(|values| (name, values)))
        .map(|(name, values)| build(name, &values, rows))
        .collect::<PolarsResult<Vec<_>>>()?;
    DataFrame::new(rows.len(), columns)
}

fn build(name: &str, values: &Values<'_>, rows: &[u32]) -> PolarsResult<Column> {
    match values {
        Values::Text(texts) => text(name, texts, rows),
        Values::Number(at) => Ok(number(name, at, rows).into_column()),
        Values::Time(at) => {
            number(name, at, rows).into_column().cast(&DataType::Datetime(TimeUnit::Microseconds, None))
        }
    }
}

fn number(name: &str, at: &NumberAt<'_>, rows: &[u32]) -> Int64Chunked {
    Int64Chunked::from_iter_options(name.into(), rows.iter().map(|&row| at(row as usize)))
}

/// Strings of the distinct values once, then gathered by code; or directly when there are fewer rows than codes.
fn text(name: &str, texts: &TextValues<'_>, rows: &[u32]) -> PolarsResult<Column> {
    if rows.len() < texts.codes() {
        let values = rows.iter().map(|&row| texts.value(texts.code(row as usize)));
        return Ok(StringChunked::from_iter_options(name.into(), values).into_column());
    }
    let distinct =
        StringChunked::from_iter_options(name.into(), (0..texts.codes() as u32).map(|code| texts.value(code)));
    let codes = IdxCa::from_vec(name.into(), rows.iter().map(|&row| texts.code(row as usize)).collect());
    Ok(distinct.into_series().take(&codes)?.into_column())
}

#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod tests;
