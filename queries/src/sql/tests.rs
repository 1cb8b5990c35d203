#![allow(clippy::unwrap_used, clippy::panic)]

mod answers;
mod mistakes;
mod views;

use super::*;
use crate::frame::sample::{TEN, six};
use breachline_parsers::schema::COLUMNS;

/// An answer as text: columns, then rows, cells with a bar between them; times are seconds after ten.
fn shown(sql: &str) -> String {
    let answer = query(&six(), sql, None).unwrap_or_else(|error| panic!("{sql}\n{error}"));
    let cell = |cell: &Cell| match cell {
        Cell::Null => "-".to_owned(),
        Cell::Bool(value) => value.to_string(),
        Cell::Int(value) => value.to_string(),
        Cell::Float(value) => format!("{value:.2}"),
        Cell::Text(value) => value.clone(),
        Cell::Time(value) => format!("@{}", (value - TEN) / 1_000_000),
    };
    let rows = answer.rows.iter().map(|row| row.iter().map(cell).collect::<Vec<_>>().join("|"));
    std::iter::once(answer.columns.join("|")).chain(rows).collect::<Vec<_>>().join("\n")
}
