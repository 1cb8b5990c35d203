//! `evidence.csv` and `rows.jsonl`, and on demand `ecs.jsonl` and `sealed/rows.jsonl`: the lines of the evidence.
//!
//! Lines are read back in the order in which they stand in their sources, so that a compressed source is
//! read through once; a line that is evidence of several findings is read once.

use super::ecs;
use super::file::{HashedFile, Lines, Parts};
use super::manifest::Output;
use super::veil::{Columns, Veil};
use super::{Contents, Export};
use crate::output::fields::Field;
use anyhow::Context;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use breachline_parsers::schema::{Origin, column};
use breachline_parsers::table::Place;
use breachline_parsers::value::hex;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::path::Path;

/// Columns that stand in front of every row of `evidence.csv`.
pub const LEADING: [&str; 7] = ["finding", "rule", "source", "line_no", "byte_offset", "byte_len", "line_sha256"];

/// Columns of `requests` that are shown whatever the rule asks for.
const STANDARD: [&str; 19] = [
    "ts",
    "client_ip",
    "peer_ip",
    "principal",
    "client_app",
    "credential",
    "session",
    "auth",
    "method",
    "host",
    "target",
    "route",
    "object_id",
    "status",
    "bytes_out",
    "duration_us",
    "answer",
    "user_agent",
    "request_id",
];

/// Columns that say where a record stands on its line; in JSON only, where they cost nothing when absent.
const WITHIN_LINE: [&str; 2] = ["line_span", "item"];

/// One line of the evidence.
pub(super) struct Line<'a> {
    /// The row of `requests`.
    pub(super) row: usize,
    /// Its source's path as given.
    pub(super) path: &'a str,
    /// Source, counted from 1.
    pub(super) source: u32,
    /// Where it stands.
    pub(super) place: Place,
    /// SHA-256 of its bytes, in hex.
    pub(super) digest: String,
    /// Its bytes.
    pub(super) bytes: Vec<u8>,
    /// Positions of the findings that cite it.
    pub(super) findings: Vec<u32>,
}

/// Writes the evidence of all findings. Gives the files.
pub fn write(export: Export<'_>, marks: &[(u32, u32)], directory: &Path) -> anyhow::Result<Vec<Output>> {
    let mut files = Files::new(export, directory)?;
    for of_row in marks.chunk_by(|left, right| left.0 == right.0) {
        files.write(&line(export, of_row)?)?;
    }
    files.finish()
}

/// Reads a line back.
fn line<'a>(export: Export<'a>, marks: &[(u32, u32)]) -> anyhow::Result<Line<'a>> {
    let row = marks.first().map_or(0, |&(row, _)| row);
    let findings = marks.iter().map(|&(_, finding)| finding).collect();
    Ok(Line { findings, ..line_of(export, row)? })
}

/// Reads the line of a row back, whoever cites it.
pub(super) fn line_of(export: Export<'_>, row: u32) -> anyhow::Result<Line<'_>> {
    let row = row as usize;
    let facts = &export.session.requests.facts;
    let (source, place) = (facts.source(row), facts.place(row));
    let path = export.session.path(source);
    let bytes = export.session.raw.read(source, place).with_context(|| {
        format!(
            "{path}:{}: the line cannot be read back (the source must stay as it was while exporting)",
            place.line_no
        )
    })?;
    let digest = hex(&Sha256::digest(&bytes));
    Ok(Line { row, path, source: source + 1, place, digest, bytes, findings: Vec::new() })
}

struct Files<'a> {
    export: Export<'a>,
    veil: Veil,
    columns: Vec<Field<'a>>,
    fields: Vec<Field<'a>>,
    sheet: Parts<'a>,
    rows: Lines,
    sealed: Option<Lines>,
    ecs: Option<(Lines, ecs::Events<'a>)>,
}

impl<'a> Files<'a> {
    fn new(export: Export<'a>, directory: &'a Path) -> anyhow::Result<Self> {
        let Contents { unmask, raw, ecs, .. } = *export.contents;
        let columns = columns(export);
        let names: Vec<&str> = LEADING.into_iter().chain(columns.iter().map(|field| field.column.name)).collect();
        let within_line = WITHIN_LINE.into_iter().filter_map(column);
        let within_line = within_line.filter_map(|column| Field::new(&export.session.requests, column));
        let fields = columns.iter().copied().chain(within_line).collect();
        let lines = |name: &str| anyhow::Ok(Lines::new(HashedFile::create(directory, name)?));
        let sealed = || anyhow::Ok(Lines::new(HashedFile::create_private(directory, "sealed", "rows.jsonl")?));
        Ok(Self {
            export,
            veil: Veil { lifted: unmask },
            fields,
            columns,
            sheet: Parts::new(directory, "evidence", &names)?,
            rows: lines("rows.jsonl")?,
            sealed: raw.then(sealed).transpose()?,
            ecs: if ecs { Some((lines("ecs.jsonl")?, ecs::Events::new(export))) } else { None },
        })
    }

    fn write(&mut self, line: &Line<'_>) -> anyhow::Result<()> {
        let hidden = self.veil.of(&self.export.session.requests, line.row);
        let tail: Vec<String> = self.columns.iter().map(|field| hidden.cell(field.get(line.row))).collect();
        for &finding in &line.findings {
            let finding = self.export.finding(finding);
            let mut cells = leading(line, [&finding.id, &finding.rule]);
            cells.extend(tail.iter().cloned());
            self.sheet.row(&cells)?;
        }
        let shown = self.export.session.requests.facts.mask(line.row, &line.bytes, &self.export.contents.key);
        let shown = hidden.hide(&shown);
        self.rows.write(&Record {
            cited: Cited::new(line),
            findings: line.findings.iter().map(|&at| self.export.finding(at).id.as_str()).collect(),
            line: &shown,
            columns: Columns { fields: &self.fields, row: line.row, hidden: &hidden },
        })?;
        if let Some(sealed) = &mut self.sealed {
            sealed.write(&Sealed::new(line))?;
        }
        if let Some((lines, events)) = &mut self.ecs {
            lines.write(&events.event(line, &shown, &hidden))?;
        }
        Ok(())
    }

    fn finish(self) -> anyhow::Result<Vec<Output>> {
        let mut outputs = self.sheet.finish()?;
        outputs.push(self.rows.finish()?);
        if let Some(sealed) = self.sealed {
            outputs.push(sealed.finish()?);
        }
        if let Some((lines, _)) = self.ecs {
            outputs.push(lines.finish()?);
        }
        Ok(outputs)
    }
}

/// Where a line stands and what it hashes to.
#[derive(Serialize)]
pub(super) struct Cited<'a> {
    source: u32,
    path: &'a str,
    line_no: u32,
    byte_offset: u64,
    byte_len: u32,
    line_sha256: &'a str,
}

impl<'a> Cited<'a> {
    pub(super) fn new(line: &'a Line<'_>) -> Self {
        Self {
            source: line.source,
            path: line.path,
            line_no: line.place.line_no,
            byte_offset: line.place.byte_offset,
            byte_len: line.place.byte_len,
            line_sha256: &line.digest,
        }
    }

    /// As cells: path, line, offset, length, hash.
    pub(super) fn cells(&self) -> Vec<String> {
        let Self { source: _, path, line_no, byte_offset, byte_len, line_sha256 } = self;
        vec![
            (*path).to_owned(),
            line_no.to_string(),
            byte_offset.to_string(),
            byte_len.to_string(),
            (*line_sha256).to_owned(),
        ]
    }
}

/// A line of `rows.jsonl`.
#[derive(Serialize)]
struct Record<'a> {
    #[serde(flatten)]
    cited: Cited<'a>,
    findings: Vec<&'a str>,
    line: &'a str,
    columns: Columns<'a, 'a>,
}

/// A line of `sealed/rows.jsonl`: the bytes as they are.
#[derive(Serialize)]
struct Sealed<'a> {
    #[serde(flatten)]
    cited: Cited<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    /// Where they are no UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    base64: Option<String>,
}

impl<'a> Sealed<'a> {
    fn new(line: &'a Line<'_>) -> Self {
        let text = std::str::from_utf8(&line.bytes).ok();
        Self { cited: Cited::new(line), text, base64: text.is_none().then(|| BASE64.encode(&line.bytes)) }
    }
}

/// The columns after the leading ones: the standard ones, then what the rules of these findings ask for.
fn columns<'a>(export: Export<'a>) -> Vec<Field<'a>> {
    let fired = |id: &str| export.hunt.findings.iter().any(|finding| finding.rule == id);
    let asked = export.rules.iter().filter(|rule| fired(&rule.id)).flat_map(|rule| &rule.fields);
    let mut names: Vec<&str> = STANDARD.to_vec();
    let mut more: Vec<&str> =
        asked.map(String::as_str).filter(|name| !names.contains(name) && !LEADING.contains(name)).collect();
    more.sort_unstable();
    more.dedup();
    names.extend(more);
    // Facts first: what the record says, then what follows from it.
    let mut fields: Vec<Field<'a>> = names
        .into_iter()
        .filter_map(column)
        .filter_map(|column| Field::new(&export.session.requests, column))
        .collect();
    fields.sort_by_key(|field| field.column.origin == Origin::Derivation);
    fields
}

fn leading(line: &Line<'_>, finding: [&String; 2]) -> Vec<String> {
    finding.into_iter().cloned().chain(Cited::new(line).cells()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_standard_column_exists() {
        for name in STANDARD.iter().chain(&WITHIN_LINE) {
            assert!(column(name).is_some(), "{name}");
        }
    }
}
