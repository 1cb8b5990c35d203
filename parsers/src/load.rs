//! From paths to one fact table: discover, read, hash, decompress, frame, detect, decode, merge.

use crate::report::{Reject, SourceReport};
use crate::table::{FactTable, Place};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// The vendor whose directive language a `--log-format` is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum DirectiveKind {
    Nginx,
    Apache,
    Haproxy,
    Envoy,
}

/// The zone of logs that carry none.
#[derive(Clone, Debug)]
pub struct ZoneRule {
    /// Which sources, by glob over the path; `None` means all.
    pub glob: Option<String>,
    /// The zone to assume.
    pub zone: chrono_tz::Tz,
}

/// How to read.
#[derive(Clone)]
pub struct LoadOptions {
    /// Read every source as this format instead of recognising it.
    pub input_format: Option<String>,
    /// A vendor's directive that produced the logs.
    pub log_format: Option<String>,
    /// Whose directive it is; guessed from its look when absent.
    pub log_format_kind: Option<DirectiveKind>,
    /// Zones of logs that carry none, last match wins; UTC where none matches.
    pub assume_tz: Vec<ZoneRule>,
    /// Decoding threads; 0 means one per core.
    pub threads: usize,
    /// Rows before this time (microseconds UTC) are named skips.
    pub load_since: Option<i64>,
    /// Rows at or after this time (microseconds UTC) are named skips.
    pub load_until: Option<i64>,
    /// Key of the fingerprints that stand in for secrets.
    pub key: [u8; 32],
    /// Keep the raw text of compressed sources and of standard input readable (spooled, private, removed on drop).
    pub keep_raw: bool,
    /// Longest record in bytes; a longer one is a reject.
    pub max_record: usize,
    /// Set from another thread to stop early: what was read is kept, the sources say they were cut.
    pub stop: Option<Arc<AtomicBool>>,
    /// Keep every reject, not only the first 1,000 of each source (for `--rejects FILE`).
    pub keep_all_rejects: bool,
}

/// How far a load is.
#[derive(Clone, Debug)]
pub struct Progress {
    /// Source being read.
    pub source: String,
    /// Its number, from 1, and how many there are.
    pub nth: usize,
    /// How many sources there are.
    pub of: usize,
    /// Bytes read of all sources, as stored.
    pub bytes: u64,
    /// Bytes of all sources, as stored; 0 when not known (standard input).
    pub total: u64,
    /// Records read so far.
    pub records: u64,
}

/// A path that gave no source at all: missing, not readable, a directory without logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The path as given.
    pub path: String,
    /// One sentence: what is wrong and what to do.
    pub message: String,
}

/// Everything that was read.
pub struct Load {
    /// The facts, finished.
    pub facts: FactTable,
    /// One report a source, by id.
    pub sources: Vec<SourceReport>,
    /// Rejected records in order; of each source at least the first 1,000, all are counted in the report.
    pub rejects: Vec<Reject>,
    /// Paths that gave no source.
    pub problems: Vec<Problem>,
    /// Access to the original bytes of records.
    pub raw: RawLines,
}

/// What stops a load before it starts: bad options. Bad sources never do.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// No such format id.
    #[error("{0}")]
    UnknownFormat(String),
    /// A directive that does not compile, with a caret under the place.
    #[error("{0}")]
    Directive(String),
}

/// Original bytes of records, read back from where they came.
#[derive(Default)]
pub struct RawLines {}

impl RawLines {
    /// The bytes of a record as they stand in its source (line end excluded).
    pub fn read(&self, _source: u32, _place: Place) -> std::io::Result<Vec<u8>> {
        Err(std::io::ErrorKind::Unsupported.into())
    }
}

impl Default for LoadOptions {
    fn default() -> Self {
        Self {
            input_format: None,
            log_format: None,
            log_format_kind: None,
            assume_tz: Vec::new(),
            threads: 0,
            load_since: None,
            load_until: None,
            key: *b"breachline public fingerprint k1",
            keep_raw: false,
            max_record: 16 << 20,
            stop: None,
            keep_all_rejects: false,
        }
    }
}

/// Reads every path (files, directories, globs, `-`) into one table.
pub fn load(
    _paths: &[String],
    _options: &LoadOptions,
    _progress: &mut dyn FnMut(&Progress),
) -> Result<Load, LoadError> {
    Ok(Load {
        facts: FactTable::default(),
        sources: Vec::new(),
        rejects: Vec::new(),
        problems: Vec::new(),
        raw: RawLines::default(),
    })
}
