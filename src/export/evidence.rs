//! `evidence.csv`: one row an evidence line, with the hash of the original line.
//!
//! Lines are read back in the order in which they stand in their sources, so that a compressed source is
//! read through once; a line that is evidence of several findings is read once.

use super::manifest::Output;
use super::{Export, HashedFile, hex};
use crate::output::fields::{Field, personal_object};
use crate::output::sheet::Sheet;
use crate::render;
use anyhow::Context;
use breachline_parsers::schema::{Origin, column};
use breachline_queries::requests::{ObjectKind, Requests};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

/// Rows of a file, header not counted: what a spreadsheet can hold.
pub const ROWS_A_FILE: u64 = 1_048_575;

/// Columns that stand in front of every row.
const LEADING: [&str; 7] = ["finding", "rule", "source", "line_no", "byte_offset", "byte_len", "line_sha256"];

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

/// Columns whose text holds the object id.
const HOLDS_OBJECT: [&str; 5] = ["object_id", "target", "path", "query", "referer"];

/// Writes the evidence of all findings. Gives the files.
pub fn write(export: Export<'_>, directory: &Path) -> anyhow::Result<Vec<Output>> {
    write_split(export, directory, ROWS_A_FILE)
}

fn write_split(export: Export<'_>, directory: &Path, rows_a_file: u64) -> anyhow::Result<Vec<Output>> {
    let requests = &export.session.requests;
    let fields = columns(export);
    let names: Vec<&str> = LEADING.into_iter().chain(fields.iter().map(|field| field.column.name)).collect();
    let mut outputs = Vec::new();
    let mut sheet = Sheet::new(HashedFile::create(directory, &file_name(0))?, &names)?;
    let mut rows = 0;
    for (row, findings) in by_place(export) {
        let row = row as usize;
        let digest = line_digest(export, row)?;
        for finding in findings {
            if rows == rows_a_file {
                outputs.push(sheet.finish()?.finish(rows)?);
                sheet = Sheet::new(HashedFile::create(directory, &file_name(outputs.len()))?, &names)?;
                rows = 0;
            }
            let finding = &export.hunt.findings[finding];
            sheet.row(&cells(requests, &fields, row, [&finding.id, &finding.rule], &digest))?;
            rows += 1;
        }
    }
    outputs.push(sheet.finish()?.finish(rows)?);
    Ok(outputs)
}

fn file_name(index: usize) -> String {
    if index == 0 { "evidence.csv".to_owned() } else { format!("evidence-{:04}.csv", index + 1) }
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

/// Rows of all evidence in order of source and place, each with the positions of its findings.
fn by_place(export: Export<'_>) -> Vec<(u32, Vec<usize>)> {
    let mut findings_of: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (at, finding) in export.hunt.findings.iter().enumerate() {
        for &row in &finding.evidence {
            findings_of.entry(row).or_default().push(at);
        }
    }
    let facts = &export.session.requests.facts;
    let mut rows: Vec<(u32, Vec<usize>)> = findings_of.into_iter().collect();
    rows.sort_by_key(|(row, _)| (facts.source(*row as usize), facts.place(*row as usize).byte_offset, *row));
    rows
}

/// SHA-256 of the bytes of a line as they stand in the source.
fn line_digest(export: Export<'_>, row: usize) -> anyhow::Result<String> {
    let facts = &export.session.requests.facts;
    let (source, place) = (facts.source(row), facts.place(row));
    let bytes = export.session.raw.read(source, place).with_context(|| {
        let path = export.session.path(source);
        format!(
            "{path}:{}: the line cannot be read back; the source must stay as it was while exporting",
            place.line_no
        )
    })?;
    Ok(hex(&Sha256::digest(&bytes)))
}

fn cells(requests: &Requests, fields: &[Field<'_>], row: usize, finding: [&String; 2], digest: &str) -> Vec<String> {
    let facts = &requests.facts;
    let place = facts.place(row);
    let path = requests.sources.get(facts.source(row) as usize).map_or("?", |source| source.path.as_str());
    let mut cells = vec![
        finding[0].clone(),
        finding[1].clone(),
        path.to_owned(),
        place.line_no.to_string(),
        place.byte_offset.to_string(),
        place.byte_len.to_string(),
        digest.to_owned(),
    ];
    let person = personal_object(requests, row);
    cells.extend(fields.iter().map(|field| {
        let cell = field.get(row).cell();
        match person {
            Some((object, kind)) if HOLDS_OBJECT.contains(&field.column.name) => mask(&cell, object, kind),
            _ => cell,
        }
    }));
    cells
}

/// The text with every occurrence of a personal object id masked, however it is encoded in a target.
fn mask(text: &str, object: &str, kind: ObjectKind) -> String {
    let masked: Cow<'_, str> = render::mask_object(object, kind);
    let mut forms = vec![object.to_owned(), percent_encoded(object, true), percent_encoded(object, false)];
    forms.push(object.trim_start_matches('+').to_owned());
    // The longest first: the shorter ones are parts of it.
    forms.sort_by_key(|form| (std::cmp::Reverse(form.len()), form.clone()));
    forms.dedup();
    forms
        .iter()
        .filter(|form| !form.is_empty())
        .fold(text.to_owned(), |text, form| text.replace(form.as_str(), &masked))
}

fn percent_encoded(text: &str, capitals: bool) -> String {
    use std::fmt::Write;
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = if capitals { write!(encoded, "%{byte:02X}") } else { write!(encoded, "%{byte:02x}") };
        }
        encoded
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_masked_wherever_the_target_names_them() {
        let email = ObjectKind::Email;
        assert_eq!(mask("/users/kim%40example.com?q=1", "kim@example.com", email), "/users/….com?q=1");
        assert_eq!(mask("kim@example.com", "kim@example.com", email), "….com");
        assert_eq!(mask("/p?n=%2B821012345678", "+821012345678", ObjectKind::Phone), "/p?n=…5678");
        assert_eq!(mask("/p/821012345678", "+821012345678", ObjectKind::Phone), "/p/…5678");
    }

    #[test]
    fn every_standard_column_exists() {
        for name in STANDARD.iter().chain(&HOLDS_OBJECT) {
            assert!(column(name).is_some(), "{name}");
        }
    }
}
