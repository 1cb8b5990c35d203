//! Requests as data, one a line.

use super::fields::{Field, Value};
use super::{json, sheet::Sheet};
use breachline_parsers::report::Reject;
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

/// Writes requests as JSON, one object a line, absent values left out.
pub fn write_jsonl(out: &mut impl Write, requests: &Requests) -> io::Result<()> {
    let fields = Field::all(requests);
    (0..requests.rows()).try_for_each(|row| json::write_line(out, &Row { fields: &fields, row }))
}

/// Writes requests as CSV, a column for each of the schema.
pub fn write_csv(out: &mut impl Write, requests: &Requests) -> io::Result<()> {
    let fields = Field::all(requests);
    let names: Vec<&str> = fields.iter().map(|field| field.column.name).collect();
    let mut sheet = Sheet::new(out, &names)?;
    for row in 0..requests.rows() {
        let cells: Vec<String> = fields.iter().map(|field| field.get(row).cell()).collect();
        sheet.row(&cells)?;
    }
    sheet.finish()?.flush()
}

/// Writes rejected records as JSON, one object a line.
pub fn write_rejects(out: &mut impl Write, rejects: &[Reject], path_of: impl Fn(u32) -> String) -> io::Result<()> {
    #[derive(Serialize)]
    struct Record<'a> {
        source: String,
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
