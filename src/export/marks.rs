//! `marks.csv` and `marks.jsonl`: what the analyst marked and wrote, with the line of every marked request.
//!
//! They are the analyst's word and follow from no log; the lines that they name can be read back like those of the
//! evidence.

use super::evidence::{Cited, Line, line_of};
use super::file::{HashedFile, Lines, Parts};
use super::manifest::Output;
use super::veil::Veil;
use super::{Export, MARKS, affected};
use crate::notes::{About, Note};
use crate::output::fields::Field;
use breachline_parsers::schema::column;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

/// The columns.
pub const COLUMNS: [&str; 18] = [
    "n",
    "about",
    "value",
    "text",
    "tags",
    "at",
    "by",
    "source",
    "line_no",
    "byte_offset",
    "byte_len",
    "line_sha256",
    "ts",
    "client_ip",
    "method",
    "target",
    "status",
    "line",
];

/// Columns of `requests` among them.
const OF_REQUEST: [&str; 5] = ["ts", "client_ip", "method", "target", "status"];

/// A mark as JSON.
#[derive(Serialize)]
struct Marked<'a> {
    n: usize,
    about: &'a str,
    #[serde(skip_serializing_if = "String::is_empty")]
    value: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    text: &'a str,
    tags: &'a [String],
    at: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<&'a str>,
    #[serde(flatten)]
    cited: Option<Cited<'a>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    columns: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<String>,
}

/// Writes both files. Gives them.
pub fn write(export: Export<'_>, notes: &[Note], directory: &Path) -> anyhow::Result<Vec<Output>> {
    let mut sheet = Parts::new(directory, "marks", &COLUMNS)?;
    let mut lines = Lines::new(HashedFile::create(directory, MARKS)?);
    for (note, n) in notes.iter().zip(1..) {
        let line = match &note.about {
            About::Row(place) => place.find(&export.session.requests).map(|row| line_of(export, row)).transpose()?,
            _ => None,
        };
        let marked = marked(export, n, note, line.as_ref());
        sheet.row(&cells(&marked))?;
        lines.write(&marked)?;
    }
    let mut outputs = sheet.finish()?;
    outputs.push(lines.finish()?);
    Ok(outputs)
}

fn marked<'a>(export: Export<'_>, n: usize, note: &'a Note, line: Option<&'a Line<'_>>) -> Marked<'a> {
    let veil = Veil { lifted: export.contents.unmask };
    let (about, value) = match &note.about {
        About::Case => ("case", String::new()),
        About::Finding(id) => ("finding", id.clone()),
        About::Entity { kind, value } => {
            (kind.as_str(), veil.object(value, affected::kind_of_account(value)).into_owned())
        }
        // Where the source is not among those read, the mark still says where it is.
        About::Row(place) if line.is_none() => {
            ("request", format!("{}:{} at byte {}", place.source_sha256, place.line_no, place.byte_offset))
        }
        About::Row(_) => ("request", String::new()),
    };
    let mut columns = BTreeMap::new();
    let mut shown = None;
    if let Some(line) = line {
        let requests = &export.session.requests;
        let hidden = veil.of(requests, line.row);
        for column in OF_REQUEST.into_iter().filter_map(column) {
            let cell = Field::new(requests, column).map(|field| hidden.cell(field.get(line.row)));
            columns.extend(cell.filter(|cell| !cell.is_empty()).map(|cell| (column.name, cell)));
        }
        shown = Some(hidden.hide(&requests.facts.mask(line.row, &line.bytes, &export.contents.key)).into_owned());
    }
    Marked {
        n,
        about,
        value,
        text: &note.text,
        tags: &note.tags,
        at: &note.at,
        by: note.by.as_deref(),
        cited: line.map(Cited::new),
        columns,
        line: shown,
    }
}

fn cells(marked: &Marked<'_>) -> Vec<String> {
    let place = marked.cited.as_ref().map_or_else(|| vec![String::new(); 5], Cited::cells);
    let columns = OF_REQUEST.iter().map(|name| marked.columns.get(name).cloned().unwrap_or_default());
    [
        marked.n.to_string(),
        marked.about.to_owned(),
        marked.value.clone(),
        marked.text.to_owned(),
        marked.tags.join(" "),
        marked.at.to_owned(),
        marked.by.unwrap_or_default().to_owned(),
    ]
    .into_iter()
    .chain(place)
    .chain(columns)
    .chain([marked.line.clone().unwrap_or_default()])
    .collect()
}
