//! SQL for analysts, on polars, in a fresh context per query.

use crate::requests::Requests;

/// A query that cannot be run: a caret under the place, the nearest column or function, never an engine's type name.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SqlError(pub String);

/// One cell of an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// NULL.
    Null,
    /// TRUE or FALSE.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A fraction.
    Float(f64),
    /// Text.
    Text(String),
    /// Microseconds UTC.
    Time(i64),
}

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// Column names.
    pub columns: Vec<String>,
    /// Rows of cells.
    pub rows: Vec<Vec<Cell>>,
    /// Whether rows beyond the limit were left out.
    pub cut: bool,
}

/// Runs a query over `requests`, giving at most `limit` rows.
pub fn query(_requests: &Requests, _sql: &str, _limit: Option<usize>) -> Result<Answer, SqlError> {
    Err(SqlError("not built".to_owned()))
}

/// Runs a query and writes the whole answer as Parquet.
pub fn query_to_parquet(_requests: &Requests, _sql: &str, _out: &mut dyn std::io::Write) -> Result<u64, SqlError> {
    Err(SqlError("not built".to_owned()))
}
