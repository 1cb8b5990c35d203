//! Answers of SQL as text and as data.

use super::{json, sheet, table};
use crate::render::{self, Micros};
use breachline_queries::sql::{Answer, Cell};
use chrono_tz::Tz;
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};
use std::borrow::Cow;
use std::io::{self, Write};

/// One row with the names of its columns. A name that occurs twice stands twice, as the query asked for.
struct Row<'a>(&'a [String], &'a [Cell]);

struct Shown<'a>(&'a Cell);

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Cell::Null => serializer.serialize_none(),
            Cell::Bool(value) => serializer.serialize_bool(*value),
            Cell::Int(value) => serializer.serialize_i64(*value),
            Cell::Float(value) => json::stable(*value).serialize(serializer),
            Cell::Text(value) => serializer.serialize_str(value),
            Cell::Time(value) => serializer.collect_str(&Micros(*value)),
        }
    }
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, cell) in self.0.iter().zip(self.1) {
            map.serialize_entry(name, &Shown(cell))?;
        }
        map.end()
    }
}

struct Rows<'a>(&'a Answer);

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut rows = serializer.serialize_seq(Some(self.0.rows.len()))?;
        for row in &self.0.rows {
            rows.serialize_element(&Row(&self.0.columns, row))?;
        }
        rows.end()
    }
}

/// Writes an answer as one JSON array of objects.
pub fn write_json(out: &mut impl Write, answer: &Answer) -> io::Result<()> {
    json::write_document(out, &Rows(answer), 1)
}

/// Writes an answer as JSON, one object a line.
pub fn write_jsonl(out: &mut impl Write, answer: &Answer) -> io::Result<()> {
    answer.rows.iter().try_for_each(|row| json::write_line(out, &Row(&answer.columns, row)))
}

fn cell_text(cell: &Cell) -> Cow<'_, str> {
    match cell {
        Cell::Null => "".into(),
        Cell::Bool(value) => value.to_string().into(),
        Cell::Int(value) => value.to_string().into(),
        Cell::Float(value) => json::stable(*value).to_string().into(),
        Cell::Text(value) => value.into(),
        Cell::Time(value) => Micros(*value).to_string().into(),
    }
}

/// Writes an answer as CSV (see [`sheet`]).
pub fn write_csv(out: &mut impl Write, answer: &Answer) -> io::Result<()> {
    let mut sheet = sheet::Sheet::new(out, &answer.columns)?;
    for row in &answer.rows {
        sheet.row(&row.iter().map(cell_text).collect::<Vec<_>>())?;
    }
    sheet.finish()?.flush()
}

/// Writes an answer as a table for people: times in `zone`, at most `columns` wide (0: as wide as needed).
pub fn write_table(out: &mut impl Write, answer: &Answer, zone: Tz, columns: usize) -> io::Result<()> {
    let shown = |cell: &Cell| match cell {
        Cell::Null => "-".to_owned(),
        Cell::Int(value) => value.to_string(),
        Cell::Time(value) => render::in_zone(*value, zone),
        _ => cell_text(cell).into_owned(),
    };
    let rows: Vec<Vec<String>> = answer.rows.iter().map(|row| row.iter().map(shown).collect()).collect();
    let right: Vec<bool> = (0..answer.columns.len())
        .map(|at| {
            let cells = || answer.rows.iter().filter_map(move |row| row.get(at));
            cells().any(|cell| *cell != Cell::Null)
                && cells().all(|cell| matches!(cell, Cell::Int(_) | Cell::Float(_) | Cell::Null))
        })
        .collect();
    table::write_table(out, &answer.columns, &rows, &right, columns)
}
