//! Requests as data, one a line.

use super::fields::{Field, Value};
use super::{json, sheet::Sheet};
use breachline_parsers::report::Reject;
use breachline_parsers::schema::Column;
use breachline_queries::parquet::ParquetRows;
use breachline_queries::requests::Requests;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use std::io::{self, Write};

/// One request: the columns that have a value.
struct Row<'a, 'b> {
    fields: &'b [Field<'a>],
    row: usize,
}

impl Serialize for Row<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for field in self.fields {
            let value = field.get(self.row);
            if value != Value::Absent {
                map.serialize_entry(field.column.name, &value)?;
            }
        }
        map.end()
    }
}

/// The shapes that rows can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// JSON, one object a line, absent values left out.
    Jsonl,
    /// CSV, a column for each one asked for.
    Csv,
    /// Parquet, likewise.
    Parquet,
}

/// Requests being written, some at a time.
pub struct Rows<W: Write> {
    columns: Vec<&'static Column>,
    into: Target<W>,
}

enum Target<W: Write> {
    Jsonl(W),
    Csv(Box<Sheet<W>>),
    Parquet(Box<ParquetRows<W>>),
}

impl<W: Write> Rows<W> {
    /// Begins an output of these columns. Fails when the output does, as all that follows.
    pub fn new(out: W, shape: Shape, columns: Vec<&'static Column>) -> io::Result<Self> {
        let into = match shape {
            Shape::Jsonl => Target::Jsonl(out),
            Shape::Csv => {
                let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
                Target::Csv(Box::new(Sheet::new(out, &names)?))
            }
            Shape::Parquet => Target::Parquet(Box::new(ParquetRows::new(out, &columns)?)),
        };
        Ok(Self { columns, into })
    }

    /// Writes requests; in Parquet in their order of time, else in the order of the records.
    pub fn write(&mut self, requests: &Requests) -> io::Result<()> {
        let fields = Field::of(requests, &self.columns);
        let mut rows = (0..requests.rows()).filter(|&row| requests.is_selected(row as u32));
        match &mut self.into {
            Target::Jsonl(out) => rows.try_for_each(|row| json::write_line(out, &Row { fields: &fields, row })),
            Target::Csv(sheet) => rows.try_for_each(|row| {
                let cells: Vec<String> = fields.iter().map(|field| field.get(row).cell()).collect();
                sheet.row(&cells)
            }),
            Target::Parquet(file) => file.write(requests),
        }
    }

    /// Writes what is still held back.
    pub fn finish(self) -> io::Result<()> {
        match self.into {
            Target::Jsonl(mut out) => out.flush(),
            Target::Csv(sheet) => sheet.finish()?.flush(),
            Target::Parquet(file) => file.finish(),
        }
    }
}

/// Writes rejected records as JSON, one object a line.
pub fn write_rejects<'p>(out: &mut impl Write, rejects: &[Reject], path_of: impl Fn(u32) -> &'p str) -> io::Result<()> {
    #[derive(Serialize)]
    struct Record<'a> {
        source: &'a str,
        line_no: u32,
        byte_offset: u64,
        reason: &'a str,
        raw: &'a str,
    }
    rejects.iter().try_for_each(|reject| {
        json::write_line(
            out,
            &Record {
                source: path_of(reject.source),
                line_no: reject.line_no,
                byte_offset: reject.byte_offset,
                reason: &reject.reason,
                raw: &reject.raw,
            },
        )
    })
}
