//! SQL for analysts, on polars, in a fresh context per query.
//!
//! In: the text of one query over the tables that [`tables`] lists. Out: an [`Answer`] or a Parquet file.
//!
//! ```text
//! text ─► parse ─► scope (tables, names) ─► names (columns, functions) ─► rewrite ─► order ─► engine ─► cells
//! ```
//!
//! Only tables and columns that the query names are built; what needs a hunt runs one only when it is named. What the engine lacks and analysts use daily is either written
//! in other words (`rewrite`) or called as a function of ours (`functions`). Files cannot be read by SQL.
//!
//! **Order of rows.** A plain SELECT keeps the total order of `requests`. Where the engine gives rows in no
//! particular order (GROUP BY, DISTINCT, joins, UNION), the answer is sorted by its columns from left to right;
//! where ORDER BY leaves ties in such a query, the columns of the answer decide.

mod cells;
mod compare;
mod failure;
mod functions;
mod joins;
mod names;
mod order;
mod parse;
mod place;
mod rewrite;
mod scope;
mod stop;
mod tables;
mod views;

use crate::requests::Requests;
use place::Fault;
use polars::prelude::{DataFrame, IntoLazy, PolarsResult};
use polars::sql::SQLContext;
use polars_io::prelude::{ParquetCompression, ParquetWriter};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

pub use functions::functions;
pub use stop::Stop;
pub use tables::{Table, TableColumn, tables};
pub use views::Tables;

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
    /// A fraction; also the difference of two times, in seconds.
    Float(f64),
    /// Text; also dates (`2026-11-23`), times of day and lists.
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

/// The name of the table of all requests.
const TABLE: &str = "requests";

/// Runs a query, giving at most `limit` rows. Findings are those of the built-in rules.
pub fn query(requests: &Requests, sql: &str, limit: Option<usize>) -> Result<Answer, SqlError> {
    let hunt = || crate::hunt::hunt(requests, &crate::rule::builtin(), &crate::hunt::HuntOptions::default());
    query_tables(&Tables::new(requests, &hunt), sql, limit)
}

/// Runs a query over tables, giving at most `limit` rows.
pub fn query_tables(tables: &Tables<'_>, sql: &str, limit: Option<usize>) -> Result<Answer, SqlError> {
    // One row more than asked for tells whether there are more.
    let answer = run(tables, sql, limit.map(|limit| limit.saturating_add(1)))?;
    cells::answer(&answer, limit).map_err(|error| failure::explain(&error, &[]).show(sql))
}

/// Runs a query and writes the whole answer as Parquet. Returns the number of rows.
pub fn query_to_parquet(tables: &Tables<'_>, sql: &str, out: &mut dyn std::io::Write) -> Result<u64, SqlError> {
    let mut answer = run(tables, sql, None)?;
    write_parquet(&mut answer, out)
}

fn write_parquet(frame: &mut DataFrame, out: &mut dyn std::io::Write) -> Result<u64, SqlError> {
    let rows = frame.height() as u64;
    ParquetWriter::new(out).with_compression(ParquetCompression::Zstd(None)).finish(frame).map_err(|error| {
        SqlError(format!("the Parquet file could not be written: {error}; look for room on the disk"))
    })?;
    Ok(rows)
}

fn run(tables: &Tables<'_>, sql: &str, limit: Option<usize>) -> Result<DataFrame, SqlError> {
    let prepared = prepare(sql).map_err(|fault| fault.show(sql))?;
    // The engine panics on some combinations that it has not thought of. What it works on is built for this query
    // and dropped with it, so nothing is left behind half done.
    let answer = catch_unwind(AssertUnwindSafe(|| evaluate(tables, &prepared, limit)));
    if tables.stop().is_asked() {
        return Err(SqlError("the query was stopped".to_owned()));
    }
    match answer {
        Ok(answer) => answer.map_err(|error| failure::explain(&error, &prepared.places).show(sql)),
        Err(_) => Err(failure::last_resort().show(sql)),
    }
}

/// A query as the engine gets it.
struct Prepared {
    text: String,
    /// The tables that it reads, with the columns that it names.
    reads: Vec<(&'static Table, Vec<&'static str>)>,
    places: Vec<names::Named>,
}

fn prepare(sql: &str) -> Result<Prepared, Fault> {
    let mut query = parse::parse(sql)?;
    let scope = scope::scope(&query)?;
    let places = names::resolve(&mut query, &scope)?;
    let reads = scope.reads().map(|table| (table, columns(table, &scope, &places))).collect();
    rewrite::rewrite(&mut query, &scope)?;
    order::settle(&mut query);
    Ok(Prepared { text: query.to_string(), reads, places })
}

/// The columns of a table that a query names.
fn columns(table: &Table, scope: &scope::Scope, places: &[names::Named]) -> Vec<&'static str> {
    let everything = scope.everything.contains(table.name);
    let mut columns: Vec<&'static str> = table
        .columns()
        .map(|column| column.name)
        .filter(|&name| everything || places.iter().any(|named| named.name == name))
        .collect();
    if columns.is_empty() {
        // COUNT(*) names no column; the rows have to come from somewhere.
        let plain =
            if table.name == TABLE { Some("line_no") } else { table.columns().next().map(|column| column.name) };
        columns.extend(plain);
    }
    columns
}

fn evaluate(tables: &Tables<'_>, prepared: &Prepared, limit: Option<usize>) -> PolarsResult<DataFrame> {
    let mut context = SQLContext::new().with_function_registry(Arc::new(functions::Registry::new()));
    for (table, columns) in &prepared.reads {
        context.register(table.name, tables.frame(table, columns)?.lazy());
    }
    let answer = context.execute(&prepared.text)?;
    match limit.and_then(|limit| u32::try_from(limit).ok()) {
        Some(limit) => tables.stop().collect(answer.limit(limit)),
        None => tables.stop().collect(answer),
    }
}

#[cfg(test)]
mod tests;
