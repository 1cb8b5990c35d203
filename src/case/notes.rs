//! `notes.json`: what an analyst marked and wrote, and where they stopped looking.
//!
//! A mark is on a row by its place, not by its number, which changes when sources are added. The file is written whole on
//! every change; `scope` is the view's own and kept as it is.

use super::write_whole;
use anyhow::{Context, anyhow, bail};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The version of the format.
pub const SCHEMA: &str = "breachline.notes/1";

/// Where a row stands, whatever its number is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RowPlace {
    /// SHA-256 of the source, in hex.
    pub source_sha256: String,
    /// Line, from 1; for people.
    pub line_no: u32,
    /// Where the record begins in the source as decompressed.
    pub byte_offset: u64,
    /// Which of several records on the line.
    #[serde(default)]
    pub item: u32,
}

/// What a note is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// The case as a whole.
    Case,
    /// A request.
    Row(RowPlace),
    /// A finding, by its id.
    Finding(String),
    /// A value of a column.
    Entity {
        /// The column.
        kind: String,
        /// The value.
        value: String,
    },
}

/// A mark, with or without words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// What it is about.
    pub about: About,
    /// What was written; empty for a mere mark.
    #[serde(default)]
    pub text: String,
    /// Labels.
    #[serde(default)]
    pub tags: Vec<String>,
    /// When, RFC 3339 in UTC.
    pub at: String,
    /// Who, as they call themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// All notes of a case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notes {
    /// The version of the format.
    pub schema: String,
    /// The notes, in the order in which they were made.
    #[serde(default)]
    pub notes: Vec<Note>,
    /// Where the view was, in its own words.
    #[serde(default)]
    pub scope: serde_json::Value,
}

impl Default for Notes {
    fn default() -> Self {
        Self { schema: SCHEMA.to_owned(), notes: Vec::new(), scope: serde_json::Value::Null }
    }
}

impl Notes {
    /// Reads the notes of a case; none where none were written.
    pub fn read(directory: &Path) -> anyhow::Result<Self> {
        let path = directory.join("notes.json");
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(error).with_context(|| format!("{}: cannot be read", path.display())),
        };
        let notes: Self =
            serde_json::from_slice(&text).map_err(|error| anyhow!("{}: cannot be read: {error}", path.display()))?;
        if notes.schema != SCHEMA {
            bail!("{}: the notes have the format `{}`, and this version reads {SCHEMA}", path.display(), notes.schema);
        }
        Ok(notes)
    }

    /// Writes them, so that they are there as before or as now, whatever happens.
    pub fn write(&self, directory: &Path) -> anyhow::Result<()> {
        write_whole(&directory.join("notes.json"), &super::pretty(self)?)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn notes_come_back_as_they_were() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Notes::read(folder.path()).unwrap(), Notes::default());
        let place = RowPlace { source_sha256: "ab".to_owned(), line_no: 3, byte_offset: 120, item: 0 };
        let note = |about: About| Note {
            about,
            text: "\u{1b}[2J 왜?".to_owned(),
            tags: vec!["key".to_owned()],
            at: "2026-03-06T09:00:00.000000Z".to_owned(),
            by: Some("k. lee".to_owned()),
        };
        let entity = About::Entity { kind: "client_ip".to_owned(), value: "203.0.113.7".to_owned() };
        let about = [About::Case, About::Row(place), About::Finding("f1".to_owned()), entity];
        let notes = Notes {
            notes: about.into_iter().map(note).collect(),
            scope: serde_json::json!({"where": "status = 200"}),
            ..Notes::default()
        };
        notes.write(folder.path()).unwrap();
        assert_eq!(Notes::read(folder.path()).unwrap(), notes);
        std::fs::write(folder.path().join("notes.json"), "{\"schema\":\"breachline.notes/2\"}").unwrap();
        assert!(Notes::read(folder.path()).unwrap_err().to_string().contains("breachline.notes/2"));
    }
}
