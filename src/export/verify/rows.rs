//! `evidence.csv` beside `rows.jsonl`: both say the same of every line, so that a change in one is found by the other.

use super::bundle::Bundle;
use super::{Fault, MOST, differ};
use crate::export::evidence::LEADING;
use crate::output::sheet::NEUTRALISED;
use crate::render;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use breachline_parsers::value::hex;
use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{BufRead, BufReader};

/// A line of `rows.jsonl`, and what `sealed/rows.jsonl` has beside.
#[derive(Clone, Debug, Deserialize)]
#[allow(clippy::struct_field_names)] // the keys of the file
pub(super) struct Line {
    pub(super) source: u32,
    pub(super) path: String,
    pub(super) line_no: u32,
    pub(super) byte_offset: u64,
    pub(super) byte_len: u32,
    pub(super) line_sha256: String,
    #[serde(default)]
    findings: Vec<String>,
    #[serde(default)]
    columns: Map<String, Value>,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    base64: Option<String>,
}

/// Lines of a file of JSON with their numbers; an error is one of the line, or ends the file.
pub(super) fn rows(file: BufReader<File>) -> impl Iterator<Item = (u64, Result<Line, String>)> {
    let lines = file.split(b'\n').zip(1..);
    lines.map(|(line, number)| {
        let row = line.map_err(|error| error.to_string());
        (number, row.and_then(|line| serde_json::from_slice(&line).map_err(|error| error.to_string())))
    })
}

/// Compares both files, and the sealed lines with their hashes.
pub(super) fn compare(bundle: &mut Bundle) {
    let faults = tables(bundle);
    bundle.faults.extend(faults);
    let faults = sealed(bundle);
    bundle.faults.extend(faults);
}

fn tables(bundle: &mut Bundle) -> Vec<Fault> {
    let Ok(file) = bundle.open("rows.jsonl") else { return Vec::new() };
    let rows_intact = bundle.is_intact("rows.jsonl");
    let mut faults = Vec::new();
    let mut cells = Cells::new(bundle);
    let mut lost = false;
    for (number, row) in rows(file) {
        if faults.len() >= MOST {
            break;
        }
        bundle.checked.lines += 1;
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                faults.push(Fault::at("rows.jsonl", number, format!("cannot be read: {error}")));
                lost = true;
                continue;
            }
        };
        // After a line that cannot be read: go on where this one is.
        while lost && cells.peek().is_some_and(|cells| !cells.is_of(&row)) {
            cells.next();
        }
        lost = false;
        for finding in &row.findings {
            let Some(cells) = cells.next() else {
                let what = "evidence.csv has no row for it: rows are missing at the end".to_owned();
                faults.push(Fault::at("rows.jsonl", number, what));
                return faults;
            };
            let different = cells.differences(&row, finding);
            let blamed = if rows_intact { (cells.file.as_str(), cells.line) } else { ("rows.jsonl", number) };
            let other = if rows_intact { "rows.jsonl" } else { "evidence.csv" };
            // A row that shares nothing with its line: rows were taken out or put in, and all after it would differ.
            let shifted = different.len() > 4;
            if shifted {
                let line = if rows_intact { number } else { cells.line };
                let what = format!("is not the row of line {line} of {other}: rows are missing or were added");
                faults.push(Fault::at(blamed.0, blamed.1, what));
                return faults;
            }
            for (field, in_table, in_rows) in different {
                let (here, there) = if rows_intact { (in_table, in_rows) } else { (in_rows, in_table) };
                let (here, there) = differ(&here, &there);
                faults.push(Fault::field(blamed.0, blamed.1, &field, format!("is {here}, and {there} in {other}")));
            }
        }
    }
    if !lost
        && faults.is_empty()
        && let Some(cells) = cells.next()
    {
        faults.push(Fault::at(&cells.file, cells.line, "rows.jsonl has no line for it: rows were added".to_owned()));
    }
    faults
}

/// Rows of `evidence.csv` over all its parts.
struct Cells {
    parts: std::vec::IntoIter<(String, csv::Reader<BufReader<File>>)>,
    now: Option<(String, Vec<String>, csv::Reader<BufReader<File>>)>,
    peeked: Option<TableRow>,
}

/// One row by column.
#[derive(Clone)]
struct TableRow {
    file: String,
    line: u64,
    cells: Vec<(String, String)>,
}

impl Cells {
    fn new(bundle: &Bundle) -> Self {
        let open = |name: String| {
            let file = bundle.open(&name).ok()?;
            Some((name, csv::ReaderBuilder::new().flexible(true).from_reader(file)))
        };
        let parts: Vec<_> = bundle.parts("evidence").into_iter().filter_map(open).collect();
        Self { parts: parts.into_iter(), now: None, peeked: None }
    }

    fn peek(&mut self) -> Option<&TableRow> {
        if self.peeked.is_none() {
            self.peeked = self.read();
        }
        self.peeked.as_ref()
    }

    fn next(&mut self) -> Option<TableRow> {
        self.peeked.take().or_else(|| self.read())
    }

    fn read(&mut self) -> Option<TableRow> {
        loop {
            if let Some((file, names, reader)) = &mut self.now {
                let mut record = csv::ByteRecord::new();
                let line = reader.position().line();
                if reader.read_byte_record(&mut record).ok()? {
                    let text = |cell: &[u8]| String::from_utf8_lossy(cell).into_owned();
                    let cells = names.iter().cloned().zip(record.iter().map(text)).collect();
                    return Some(TableRow { file: file.clone(), line, cells });
                }
            }
            let (file, mut reader) = self.parts.next()?;
            let names = reader.byte_headers().ok()?.iter();
            let names = names.map(|name| String::from_utf8_lossy(name).into_owned()).collect();
            self.now = Some((file, names, reader));
        }
    }
}

impl TableRow {
    fn get(&self, name: &str) -> Option<&str> {
        self.cells.iter().find(|(column, _)| column == name).map(|(_, cell)| cell.as_str())
    }

    fn is_of(&self, row: &Line) -> bool {
        self.get("byte_offset") == Some(&row.byte_offset.to_string()) && self.get("source") == Some(&row.path)
    }

    /// Columns in which the row differs from the line: name, cell here, value there.
    fn differences(&self, row: &Line, finding: &str) -> Vec<(String, String, String)> {
        let changed: Vec<&str> = self.get(NEUTRALISED).unwrap_or_default().split(' ').collect();
        let mut different = Vec::new();
        for (name, cell) in &self.cells {
            let there = match name.as_str() {
                NEUTRALISED | "rule" => continue,
                "finding" => finding.to_owned(),
                "source" => row.path.clone(),
                "line_no" => row.line_no.to_string(),
                "byte_offset" => row.byte_offset.to_string(),
                "byte_len" => row.byte_len.to_string(),
                "line_sha256" => row.line_sha256.clone(),
                name => match row.columns.get(name) {
                    None => String::new(),
                    Some(Value::String(text)) => text.clone(),
                    Some(other) => other.to_string(),
                },
            };
            let there = render::visible(&there).into_owned();
            let here = if changed.contains(&name.as_str()) { cell.strip_prefix('\'').unwrap_or(cell) } else { cell };
            if here != there {
                different.push((name.clone(), here.to_owned(), there));
            }
        }
        let missing = LEADING.iter().copied().chain(row.columns.keys().map(String::as_str));
        let missing = missing.filter(|name| !matches!(*name, "line_span" | "item") && self.get(name).is_none());
        different.extend(missing.map(|name| (name.to_owned(), String::new(), "there".to_owned())));
        different
    }
}

/// Checks that the lines given out byte for byte are those that the hashes are of.
fn sealed(bundle: &Bundle) -> Vec<Fault> {
    const NAME: &str = "sealed/rows.jsonl";
    let Ok(file) = bundle.open(NAME) else { return Vec::new() };
    let mut faults = Vec::new();
    for (number, row) in rows(file) {
        let wrong = match row {
            Err(error) => Some(format!("cannot be read: {error}")),
            Ok(row) => {
                let bytes = match (&row.text, &row.base64) {
                    (Some(text), _) => Some(text.clone().into_bytes()),
                    (_, Some(coded)) => BASE64.decode(coded).ok(),
                    _ => None,
                };
                match bytes.map(|bytes| hex(&Sha256::digest(bytes))) {
                    None => Some("holds no line".to_owned()),
                    Some(hash) if hash != row.line_sha256 => {
                        Some(format!("the SHA-256 of its line is {hash}, and line_sha256 is {}", row.line_sha256))
                    }
                    Some(_) => None,
                }
            }
        };
        faults.extend(wrong.map(|what| Fault::at(NAME, number, what)));
        if faults.len() >= MOST {
            break;
        }
    }
    faults
}
