//! What was read, as what, and what became of every record.

mod stored;

use crate::value::thousands;
use serde::Serialize;
pub use stored::StoredReport;

/// Where a source stands in front of the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Vantage {
    /// A content delivery network or web firewall.
    Edge,
    /// A load balancer.
    Balancer,
    /// An API gateway or reverse proxy.
    Gateway,
    /// The application's own server.
    Application,
}

impl Vantage {
    /// The name in output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Edge => "edge",
            Self::Balancer => "balancer",
            Self::Gateway => "gateway",
            Self::Application => "application",
        }
    }
}

impl Vantage {
    /// All of them, from the client inwards.
    pub const ALL: [Self; 4] = [Self::Edge, Self::Balancer, Self::Gateway, Self::Application];
}

impl std::str::FromStr for Vantage {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|vantage| vantage.name() == text)
            .ok_or_else(|| format!("unknown vantage `{text}`; vantages are edge, balancer, gateway and application"))
    }
}

/// What the analyst says about where sources stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VantageRule {
    /// Which sources, by glob over the path; `None` means all.
    pub glob: Option<String>,
    /// Where they stand.
    pub vantage: Vantage,
}

/// Whether a pattern means a source: it is its path, or a glob that fits it.
#[must_use]
pub fn glob_fits(pattern: &str, path: &str) -> bool {
    pattern == path || glob::Pattern::new(pattern).is_ok_and(|pattern| pattern.matches(path))
}

impl VantageRule {
    /// What the last rule that fits a source says, if one does.
    pub fn of(rules: &[Self], path: &str) -> Option<Vantage> {
        let fits = |rule: &&Self| rule.glob.as_ref().is_none_or(|pattern| glob_fits(pattern, path));
        rules.iter().rev().find(fits).map(|rule| rule.vantage)
    }
}

/// Whether a source was read to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Completeness {
    /// To its end.
    Whole,
    /// Some of it; the sentence says why and what to do.
    Cut(String),
    /// None of it; the sentence says why and what to do.
    Unreadable(String),
    /// Read, but no known format fits; every record of it is a reject.
    Unknown(String),
    /// It holds the same bytes as another source, which was read; the sentence names it. It has no records.
    Duplicate(String),
}

/// The file on disk that a source lies in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct Container {
    /// Its path as given; `-` is standard input.
    pub path: String,
    /// SHA-256 of its bytes as stored, in hex.
    pub sha256: String,
    /// Its bytes as stored.
    pub bytes: u64,
}

/// A further format of a source, or the same in other wrappers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MixedIn {
    /// Its id.
    pub format: String,
    /// What stands around its records, outermost first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub wrappers: Vec<&'static str>,
    /// Rows read of it.
    pub rows: u64,
}

impl MixedIn {
    /// The format and what stands around it, in words.
    pub fn named(&self) -> String {
        match self.wrappers.as_slice() {
            [] => self.format.clone(),
            wrappers => format!("{} in {}", self.format, wrappers.join(", in it ")),
        }
    }
}

/// One source after reading: `rows + rejects + skips = records`.
#[derive(Clone, Debug)]
pub struct SourceReport {
    /// Index in the load, in order of name; rows refer to it. Output counts from 1.
    pub id: u32,
    /// Path as given (or found below the directory given); `-` is standard input, `a.tar.gz!b.log` a file in an archive.
    pub path: String,
    /// The archive on disk that it lies in, however deeply.
    pub container: Option<Container>,
    /// SHA-256 of the bytes as stored, in hex; of a file in an archive as extracted.
    pub sha256: String,
    /// SHA-256 of the bytes as decompressed, in hex, of a compressed source that was read to its end, where
    /// [`crate::load::LoadOptions::hash_text`] asks for it.
    pub sha256_decompressed: Option<String>,
    /// Bytes as stored; of a file in an archive as extracted.
    pub bytes: u64,
    /// Bytes after decompression, as UTF-8.
    pub bytes_decompressed: u64,
    /// Lines after decompression.
    pub lines: u64,
    /// Records framed.
    pub records: u64,
    /// Records that became rows.
    pub rows: u64,
    /// Records that could not be read.
    pub rejects: u64,
    /// Records that are no requests by design (blank lines, headers).
    pub skips: u64,
    /// Format id, if one was recognised or given.
    pub format: Option<String>,
    /// What stands around its records, outermost first (`syslog`).
    pub wrappers: Vec<&'static str>,
    /// Formats that some of its rows are in instead; `format` is that of the others.
    pub others: Vec<MixedIn>,
    /// Which key was taken for which column, by column, where the format is of no vendor.
    pub mapped: Vec<Mapped>,
    /// Where the source stands.
    pub vantage: Option<Vantage>,
    /// Whether times carry their zone, or which zone was assumed.
    pub zone: String,
    /// Times without a zone that occur twice in the assumed one (the clock was set back) where the order of lines does
    /// not tell which is meant; the earlier was taken.
    pub folded: u64,
    /// Times without a zone that never occur in the assumed one (the clock was set forward): the zone is doubtful.
    pub gaps: u64,
    /// Earliest time, microseconds UTC.
    pub first: Option<i64>,
    /// Latest time, microseconds UTC.
    pub last: Option<i64>,
    /// Outermost compression, if any (`gzip`, `zstd`, `bzip2`, `xz`, `lz4`).
    pub compression: Option<&'static str>,
    /// Encoding, where it is not UTF-8 (`UTF-16LE`, `UTF-16BE`, `EUC-KR`): places count bytes of the text in UTF-8.
    pub encoding: Option<&'static str>,
    /// Whether the format has a field that would show a credential or principal if there was one.
    pub records_identity: bool,
    /// Share of the requests that the source logs by design (0.01: one in a hundred), where its records say so.
    pub sampling: Option<f64>,
    /// NUL bytes in its text, if there are any.
    pub nuls: Option<Nuls>,
    /// Whether it was read to its end.
    pub completeness: Completeness,
}

/// NUL bytes in a log: nothing was written where they are, or it was lost (a crash, a copy made while the log was
/// written, a log emptied under its writer, room set aside ahead).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct Nuls {
    /// How many.
    pub bytes: u64,
    /// Line of the first, in the source as decompressed, counted from 1.
    pub line_no: u64,
    /// Offset of the first in the source as decompressed.
    pub byte_offset: u64,
    /// Records that are rejects because of them.
    pub spoiled: u64,
}

impl SourceReport {
    /// Says where NUL bytes are in a log and what they spoil.
    #[must_use]
    pub fn holes(&self) -> Option<String> {
        // What is no log may hold any bytes.
        let Nuls { bytes, line_no, byte_offset, spoiled } = self.nuls.filter(|_| self.format.is_some())?;
        let place = format!("line {line_no} (byte offset {byte_offset})");
        let bytes = if bytes == 1 {
            format!("1 NUL byte, in {place}")
        } else {
            format!("{} NUL bytes, the first in {place}", thousands(bytes))
        };
        let path = &self.path;
        let spoils = match spoiled {
            0 => "no record was rejected for it".to_owned(),
            1 => "1 record was rejected for it".to_owned(),
            _ => format!("{} records were rejected for it", thousands(spoiled)),
        };
        Some(format!(
            "{path}: {bytes}: nothing was written there or it was lost, as after a crash or in a copy of a log in use; {spoils}"
        ))
    }

    /// Whether there is nothing in it but blank lines, which is no fault: a log is empty when it was just rotated.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let is_blank = self.records > 0 && self.records == self.skips;
        (self.bytes_decompressed == 0 || is_blank) && matches!(self.completeness, Completeness::Unknown(_))
    }

    /// The share of the requests that is logged, where that is a part of them.
    pub fn sampled(&self) -> Option<f64> {
        self.sampling.filter(|&rate| rate > 0.0 && rate < 1.0)
    }

    /// Says how many rows are in each of the other formats, and forgets those that none is in. `rows` has those of the
    /// first format in front.
    pub(crate) fn count_others(&mut self, rows: &[u64]) {
        self.others.iter_mut().zip(rows.iter().skip(1)).for_each(|(other, rows)| other.rows = *rows);
        self.others.retain(|other| other.rows > 0);
    }
}

/// Why a key is taken for a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Basis {
    /// It is called so.
    Name,
    /// Its values look so.
    Look,
    /// Nothing is known of it; it is kept in `extra`.
    Kept,
}

/// A key of the records of a source in no vendor's format, and the column that it is taken for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mapped {
    /// The column of `requests`.
    pub column: String,
    /// The key, with dots where it lies in other objects; `a + b` for a day and a time of day.
    pub key: String,
    /// Why.
    pub basis: Basis,
}

/// One record that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    /// Index of the source.
    pub source: u32,
    /// Line in the source as decompressed, counted from 1.
    pub line_no: u32,
    /// Offset in the source as decompressed.
    pub byte_offset: u64,
    /// Bytes of the record.
    pub byte_len: u64,
    /// Why, in a few words.
    pub reason: String,
    /// The record, secrets masked, invalid UTF-8 and control bytes escaped, cut to a few KiB.
    pub raw: String,
}
