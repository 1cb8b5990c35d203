//! What an analyst marked and wrote, in a file that is written whole on every change.
//!
//! In: a path. Out: [`Notes`]. A mark is on a request by its place (SHA-256 of the source, offset), not by its row
//! number, which changes when sources are added; so it is found again in whatever holds the same source.

use anyhow::{Context, anyhow, bail};
use breachline_queries::requests::Requests;
use serde::{Deserialize, Serialize};
use std::fs::{File, TryLockError};
use std::io::Write;
use std::path::Path;

/// The version of the format.
pub const SCHEMA: &str = "breachline.notes/1";

/// Where a row stands, whatever its number is.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RowPlace {
    /// SHA-256 of the source, in hex.
    pub source_sha256: String,
    /// Line, from 1; for people.
    pub line_no: u32,
    /// Where the record begins in the source as decompressed.
    pub byte_offset: u64,
    /// Which of several records at that place.
    #[serde(default)]
    pub item: u32,
}

impl RowPlace {
    /// The row that stands there, where the source is among those read.
    pub fn find(&self, requests: &Requests) -> Option<u32> {
        let facts = &requests.facts;
        let source = requests.sources.iter().find(|report| report.sha256 == self.source_sha256)?.id;
        let wanted = (source, self.byte_offset);
        let at = |row: u32| (facts.source(row as usize), facts.place(row as usize).byte_offset);
        // Rows stand in order of source and place.
        let (mut low, mut high) = (0, requests.rows() as u32);
        while low < high {
            let middle = low + (high - low) / 2;
            if at(middle) < wanted { low = middle + 1 } else { high = middle }
        }
        let row = low.checked_add(self.item)?;
        ((row as usize) < requests.rows() && at(row) == wanted).then_some(row)
    }
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
        /// The kind of value, as the command `entity` names it.
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

impl Note {
    /// Text and labels as they are typed: labels stand at the end, each with `#`.
    pub fn typed(&self) -> String {
        let tags = self.tags.iter().map(|tag| format!("#{tag}"));
        let words = (!self.text.is_empty()).then(|| self.text.clone());
        words.into_iter().chain(tags).collect::<Vec<_>>().join(" ")
    }

    /// Takes what was typed: words that begin with `#` are labels.
    pub fn take_typed(&mut self, typed: &str) {
        let is_tag = |word: &&str| word.len() > 1 && word.starts_with('#');
        let (tags, words): (Vec<&str>, Vec<&str>) = typed.split_whitespace().partition(is_tag);
        self.text = words.join(" ");
        self.tags = tags.into_iter().map(|tag| tag.trim_start_matches('#').to_owned()).collect();
        self.tags.sort();
        self.tags.dedup();
    }
}

/// All notes.
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

/// A file of notes that is held until this is dropped or the process ends, however it does.
#[derive(Debug, Default)]
pub struct Held(Option<File>);

impl Held {
    /// Holds a file; nothing where there is none yet. Fails when another view holds it.
    fn take(path: &Path) -> anyhow::Result<Self> {
        // What cannot be opened is told by whoever reads it.
        let Ok(file) = File::open(path) else { return Ok(Self::default()) };
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => {
                bail!(
                    "{}: another view keeps its notes in this file; what is noted here is kept nowhere until another file is named",
                    path.display()
                )
            }
            // Where files cannot be locked, nobody is kept out.
            Ok(()) | Err(TryLockError::Error(_)) => Ok(Self(Some(file))),
        }
    }
}

impl Notes {
    /// Reads notes; none where there is no such file.
    ///
    /// # Errors
    /// When the file cannot be read, or holds something else.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let shown = path.display();
        let text = match std::fs::read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(error).with_context(|| format!("{shown}: cannot be read")),
        };
        let notes: Self = serde_json::from_slice(&text)
            .map_err(|error| anyhow!("{shown}: these are no notes ({error}); give another file to --notes"))?;
        if notes.schema != SCHEMA {
            bail!("{shown}: the notes have the format `{}`, and this version reads {SCHEMA}", notes.schema);
        }
        Ok(notes)
    }

    /// Reads notes and holds their file, so that no other view overwrites what is noted from now on.
    ///
    /// # Errors
    /// As [`Notes::read`], and when another view holds the file.
    pub fn open(path: &Path) -> anyhow::Result<(Self, Held)> {
        let held = Held::take(path)?;
        Ok((Self::read(path)?, held))
    }

    /// Writes them beside and puts them in place, so that the file is as before or as now, whatever happens.
    ///
    /// # Errors
    /// When the file cannot be written, or when another view keeps its notes there.
    pub fn write(&self, path: &Path, held: &mut Held) -> anyhow::Result<()> {
        let shown = path.display();
        if held.0.is_none() && path.exists() {
            // Nobody had it when the notes were opened.
            Held::take(path)?;
            bail!("{shown}: somebody else has made this file meanwhile; keep the notes in another one");
        }
        let mut beside = path.as_os_str().to_owned();
        beside.push(".new");
        let beside = Path::new(&beside);
        let put = || -> std::io::Result<File> {
            let mut file = File::create(beside)?;
            // Held before it is in place, so that there is no moment in which nobody holds it.
            file.try_lock().ok();
            serde_json::to_writer_pretty(&mut file, self)?;
            file.write_all(b"\n")?;
            file.sync_all()?;
            std::fs::rename(beside, path)?;
            Ok(file)
        };
        held.0 = Some(put().with_context(|| format!("{shown}: the notes cannot be written"))?);
        Ok(())
    }

    /// The place of the note about something.
    pub fn position(&self, about: &About) -> Option<usize> {
        self.notes.iter().position(|note| note.about == *about)
    }

    /// Adds what another file holds and this one has not.
    pub fn merge(&mut self, other: Self) {
        for note in other.notes {
            if self.position(&note.about).is_none() {
                self.notes.push(note);
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn note(about: About) -> Note {
        Note {
            about,
            text: "\u{1b}[2J 왜?".to_owned(),
            tags: Vec::new(),
            at: "2026-03-06T09:00:00.000000Z".to_owned(),
            by: None,
        }
    }

    #[test]
    fn two_views_do_not_overwrite_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("n.json");
        let (mut one, mut held) = Notes::open(&path).unwrap();
        let (two, mut late) = Notes::open(&path).unwrap();
        one.notes.push(note(About::Case));
        one.write(&path, &mut held).unwrap();
        let told = two.write(&path, &mut late).unwrap_err().to_string();
        assert!(told.contains("another view keeps its notes"), "{told}");
        one.write(&path, &mut held).unwrap();
        assert!(Notes::open(&path).is_err(), "held on after every writing");
        drop(held);
        let told = two.write(&path, &mut late).unwrap_err().to_string();
        assert!(told.contains("somebody else has made this file meanwhile"), "{told}");
        assert_eq!(Notes::open(&path).unwrap().0, one);
    }

    #[test]
    fn notes_come_back_as_they_were() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("n.json");
        assert_eq!(Notes::read(&path).unwrap(), Notes::default());
        let place = RowPlace { source_sha256: "ab".to_owned(), line_no: 3, byte_offset: 120, item: 0 };
        let entity = About::Entity { kind: "ip".to_owned(), value: "203.0.113.7".to_owned() };
        let about = [About::Case, About::Row(place), About::Finding("f1".to_owned()), entity];
        let mut notes = Notes { notes: about.into_iter().map(note).collect(), ..Notes::default() };
        notes.write(&path, &mut Held::default()).unwrap();
        assert_eq!(Notes::read(&path).unwrap(), notes);
        notes.merge(Notes::read(&path).unwrap());
        assert_eq!(notes.notes.len(), 4, "nothing is there twice");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside");
        std::fs::write(&path, "{\"schema\":\"breachline.notes/9\"}").unwrap();
        assert!(Notes::read(&path).unwrap_err().to_string().contains("breachline.notes/9"));
        std::fs::write(&path, "a log line").unwrap();
        assert!(Notes::read(&path).unwrap_err().to_string().contains("another file"));
    }

    #[test]
    fn labels_are_words_with_a_sign() {
        let mut one = note(About::Case);
        one.take_typed("key moved #exfil to a second address #key #key #");
        assert_eq!(one.text, "key moved to a second address #");
        assert_eq!(one.tags, ["exfil", "key"]);
        assert_eq!(one.typed(), "key moved to a second address # #exfil #key");
        let typed = one.typed();
        one.take_typed(&typed);
        assert_eq!(one.typed(), typed);
    }
}
