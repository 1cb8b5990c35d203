//! Checks a bundle: by itself, and against the logs that it was made from.
//!
//! ```text
//! SHA256SUMS ─┐
//! manifest ───┼─► hashes of every file ─► who disagrees ─► custody chain ─► evidence.csv beside rows.jsonl   bundle, rows
//! custody ────┘
//! logs ─► every cited line read back and hashed ─► the bundle made again and compared                 against, again
//! ```
//!
//! Everything that does not hold is a [`Fault`] with the file, the line and the field. What holds proves that nothing
//! was changed since the root was written down somewhere else, and no more: whoever can write to the bundle can write
//! new sums.

mod again;
mod against;
mod bundle;
mod rows;

pub use against::{Origin, match_sources};
pub use bundle::{Bundle, Stated, StatedSource, sha256};

use crate::render;
use serde::Serialize;
use std::fmt;

/// Faults named of one file; more of the same would hide the others.
const MOST: usize = 10;

/// Something that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The file, as named in the bundle, or the source.
    pub file: String,
    /// The line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// The column, or the keys down to the value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What is wrong, in a sentence.
    pub what: String,
}

impl Fault {
    fn of(file: &str, what: String) -> Self {
        Self { file: file.to_owned(), line: None, field: None, what }
    }

    fn at(file: &str, line: u64, what: String) -> Self {
        Self { line: Some(line), ..Self::of(file, what) }
    }

    fn field(file: &str, line: u64, field: &str, what: String) -> Self {
        Self { field: Some(field.to_owned()), ..Self::at(file, line, what) }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", render::visible(&self.file))?;
        if let Some(line) = self.line {
            write!(out, ":{line}")?;
        }
        if let Some(field) = &self.field {
            write!(out, ": {}", render::visible(field))?;
        }
        write!(out, ": {}", render::visible(&self.what))
    }
}

/// What was looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// Files of the bundle whose hashes were taken.
    pub files: u64,
    /// Entries of the custody log.
    pub custody_entries: u64,
    /// Lines of the evidence, compared between `evidence.csv` and `rows.jsonl`.
    pub lines: u64,
    /// Lines read back from the sources.
    pub lines_read_back: u64,
    /// Sources of the bundle that were given, with the same content.
    pub sources: u64,
    /// Findings that were found again.
    pub findings: u64,
}

/// Two values side by side, short enough to read.
fn differ(here: &str, there: &str) -> (String, String) {
    let shown = |text: &str| format!("`{}`", render::cut(&render::visible(text), 80));
    (shown(here), shown(there))
}
