//! A case: what was ingested of logs, so that work goes on without reading them again, and after they have left.
//!
//! ```text
//! DIR/case.json           format version, who made it, when
//! DIR/key                 key of the fingerprints that stand in for secrets; it leaves the case by no export
//! DIR/lock                held while somebody works on it
//! DIR/ingests/000001/     one ingest, there as a whole or not at all
//!     ingest.json             sources as reported, segments with hashes, what was asked
//!     0001-0001.parquet ...   facts, by source and part
//! DIR/lines/000001.parquet  raw lines that were kept
//! DIR/derived/*.pack      what follows from the facts, by facts, flags and version: made again when it is not there
//! DIR/notes.json          marks, notes and scope of the terminal view ([`crate::notes`])
//! DIR/custody.jsonl       who did what, when; each entry holds the hash of the one before
//! ```
//!
//! Facts are written once. Everything else (routes, objects, findings) is derived when a case is opened, by the flags
//! given then; what was derived once is kept beside them.

mod acquisition;
mod derived;
mod ingest;
mod lines;
mod lock;
mod log;
mod open;

pub use acquisition::{Acquisition, Expected};
pub use ingest::{Ingest, Ingested, KeepRaw};
pub use lock::Lock;
pub use log::Log;
pub use open::Opened;

use crate::export::Contents;
use crate::export::custody::Deed;
use crate::export::manifest::Taken;
use crate::export::rule_set::RuleSet;
use crate::render::rfc3339;
use anyhow::{Context, anyhow, bail};
use breachline_parsers::report::StoredReport;
use breachline_parsers::value::hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

/// The version of the format, as `case.json` names it.
pub const SCHEMA: &str = "breachline.case/1";

/// Whose a case is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The version of the format.
    pub schema: String,
    /// When it was made, RFC 3339 in UTC.
    pub created: String,
    /// Who made it, as they call themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// With what.
    pub tool: String,
    /// Names the key without giving it away.
    pub key_id: String,
}

/// A file of facts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// Its name in the ingest.
    pub file: String,
    /// Position of its source in the ingest.
    pub source: u32,
    /// Its rows.
    pub rows: u64,
    /// Earliest time of its rows, microseconds UTC.
    #[serde(default)]
    pub first: Option<i64>,
    /// Latest time of its rows, microseconds UTC.
    #[serde(default)]
    pub last: Option<i64>,
    /// SHA-256 of the file, in hex.
    pub sha256: String,
}

/// A record that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredReject {
    /// Position of the source in the ingest.
    pub source: u32,
    /// Line, from 1.
    pub line_no: u32,
    /// Offset in the source as decompressed.
    pub byte_offset: u64,
    /// Its bytes.
    pub byte_len: u64,
    /// Why.
    pub reason: String,
    /// The record, secrets masked.
    pub raw: String,
}

/// What an ingest was and gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// When, RFC 3339 in UTC.
    pub at: String,
    /// Who, as they call themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The paths, as typed.
    pub paths: Vec<String>,
    /// The options, as typed.
    pub options: Vec<String>,
    /// Who collected the logs, where, how and when.
    #[serde(default, skip_serializing_if = "Acquisition::is_empty")]
    pub acquisition: Acquisition,
    /// Which raw lines are kept.
    pub keep_raw: KeepRaw,
    /// The sources, in the order of their names.
    pub sources: Vec<StoredReport>,
    /// When the file of each source had been changed last, in nanoseconds since 1970.
    pub modified: Vec<Option<u64>>,
    /// Paths that gave no source, and why.
    pub problems: Vec<(String, String)>,
    /// The facts.
    pub segments: Vec<Segment>,
    /// Records that could not be read: the first of each source.
    pub rejects: Vec<StoredReject>,
    /// The rules that said which lines are cited, and so are kept.
    #[serde(default)]
    pub rule_set: RuleSet,
    /// Whether its facts say where raw lines have secrets that only their columns or directives name.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub places_of_secrets: bool,
}

/// What of a case was there before it was opened or made.
#[derive(Clone, Copy, Debug)]
pub struct Before {
    is_there: bool,
    is_case: bool,
    has_key: bool,
}

impl Before {
    /// Looks at a directory.
    #[must_use]
    pub fn look(directory: &Path) -> Self {
        let has = |name: &str| directory.join(name).exists();
        Self { is_there: directory.exists(), is_case: has("case.json"), has_key: has("key") }
    }
}

/// A case directory.
#[derive(Clone, Debug)]
pub struct Case {
    directory: PathBuf,
    identity: Identity,
    key: [u8; 32],
}

impl Case {
    /// Opens a case that is there.
    pub fn open(directory: &Path) -> anyhow::Result<Self> {
        let shown = directory.display();
        let path = directory.join("case.json");
        let text = match std::fs::read(&path) {
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                let is_there = if directory.exists() { "this is no case" } else { "there is no such case" };
                bail!("{shown}: {is_there}; `breachline ingest LOGS --case {shown}` makes one")
            }
            read => read.with_context(|| format!("{}: cannot be read", path.display()))?,
        };
        let identity: Identity =
            serde_json::from_slice(&text).map_err(|error| anyhow!("{}: cannot be read: {error}", path.display()))?;
        if identity.schema != SCHEMA {
            bail!(
                "{}: the case has the format `{}`, and this version ({}) reads {SCHEMA}; use the version that made it ({})",
                path.display(),
                identity.schema,
                env!("CARGO_PKG_VERSION"),
                identity.tool
            );
        }
        let key = read_key(&directory.join("key"))?;
        Ok(Self { directory: directory.to_owned(), identity, key })
    }

    /// Opens a case, or makes it where there is none. The directory must be empty then, or not exist.
    pub fn open_or_make(directory: &Path, at: &str, by: Option<&str>, key: Option<[u8; 32]>) -> anyhow::Result<Self> {
        let shown = directory.display();
        if directory.join("case.json").exists() {
            return Self::open(directory);
        }
        let strange = |name: &std::ffi::OsStr| !["key", "lock"].iter().any(|ours| name == *ours);
        if let Ok(entries) = std::fs::read_dir(directory) {
            // What a run left that was killed here: the key and the lock, and a file half written.
            let others = entries.flatten().map(|entry| entry.file_name());
            if others.into_iter().any(|name| strange(&name) && !name.to_string_lossy().starts_with(".new-")) {
                bail!("{shown}: the directory is neither a case nor empty; give --case a new one");
            }
        }
        make_private(directory).with_context(|| format!("{shown}: the directory cannot be made"))?;
        let key_path = directory.join("key");
        let key = match key {
            Some(key) => key,
            None if key_path.exists() => read_key(&key_path)?,
            None => fresh_key()?,
        };
        write_whole(&key_path, format!("{}\n", hex(&key)).as_bytes())?;
        let identity = Identity {
            schema: SCHEMA.to_owned(),
            created: at.to_owned(),
            by: by.map(str::to_owned),
            tool: concat!("breachline ", env!("CARGO_PKG_VERSION")).to_owned(),
            key_id: key_id(&key),
        };
        write_whole(&directory.join("case.json"), &pretty(&identity)?)?;
        Ok(Self { directory: directory.to_owned(), identity, key })
    }

    /// Takes a case that was just made away again where nothing came into it, by whoever holds it: a mistyped path leaves
    /// no empty case behind. Says whether it did.
    pub fn unmake(&self, before: &Before) -> bool {
        if before.is_case || !self.ingests().is_ok_and(|ingests| ingests.is_empty()) {
            return false;
        }
        // What cannot be removed holds nothing and is in nobody's way: the next ingest takes it over.
        for folder in ["ingests", "derived", "lines"] {
            let _ = std::fs::remove_dir(self.directory.join(folder));
        }
        for file in ["case.json", "lock"].into_iter().chain((!before.has_key).then_some("key")) {
            let _ = std::fs::remove_file(self.directory.join(file));
        }
        if !before.is_there {
            let _ = std::fs::remove_dir(&self.directory);
        }
        true
    }

    /// Where it lies.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Whose it is.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The key of its fingerprints.
    #[must_use]
    pub fn key(&self) -> [u8; 32] {
        self.key
    }

    /// The ingests, in order.
    pub fn ingests(&self) -> anyhow::Result<Vec<(PathBuf, Manifest)>> {
        let directory = self.directory.join("ingests");
        let mut names = Vec::new();
        if let Ok(entries) = std::fs::read_dir(&directory) {
            for entry in entries {
                let name = entry?.file_name().to_string_lossy().into_owned();
                if name.len() == 6 && name.bytes().all(|byte| byte.is_ascii_digit()) {
                    names.push(name);
                }
            }
        }
        names.sort();
        let read = |name: &String| {
            let path = directory.join(name);
            let file = path.join("ingest.json");
            let text = std::fs::read(&file).with_context(|| format!("{}: cannot be read", file.display()))?;
            let manifest = serde_json::from_slice(&text)
                .map_err(|error| anyhow!("{}: cannot be read: {error}", file.display()))?;
            Ok((path, manifest))
        };
        names.iter().map(read).collect()
    }
}

/// How logs came into a case, as a bundle states it.
#[must_use]
pub fn taken(ingests: &[(PathBuf, Manifest)]) -> Vec<Taken> {
    let one = |(_, manifest): &(PathBuf, Manifest)| Taken {
        at: manifest.at.clone(),
        by: manifest.by.clone(),
        options: manifest.options.clone(),
        acquisition: manifest.acquisition.clone(),
        sources: manifest.sources.iter().map(|source| source.path.clone()).collect(),
    };
    ingests.iter().map(one).collect()
}

/// The name of an option that is written with its value.
#[must_use]
pub fn option_name(option: &str) -> &str {
    option.split('=').next().unwrap_or_default()
}

/// How what leaves was read: the options given, those that a case's ingests settled before them, and its ingests.
pub fn read_by(case: Option<&Path>, mut given: Vec<String>) -> anyhow::Result<(Vec<String>, Vec<Taken>)> {
    let Some(directory) = case else { return Ok((given, Vec::new())) };
    let ingests = taken(&Case::open(directory)?.ingests()?);
    // Of rules for vantages the last that fits counts, so these stand before those given.
    let again = |option: &String| {
        option_name(option) != "--vantage" && given.iter().any(|other| option_name(other) == option_name(option))
    };
    let settled: Vec<String> = settled(&ingests).into_iter().filter(|option| !again(option)).collect();
    given.splice(0..0, settled);
    Ok((given, ingests))
}

/// How an ingest keeps that its logs are a selection, and the time known to be clean.
pub const EXTRACT: &str = "--extract";
/// The same, before the time.
pub const BASELINE: &str = "--baseline=";
/// How it keeps which proxies are trusted, before their network or number.
const TRUSTED: &str = "--trusted-proxy=";

/// What the ingests of a case, by their options, say of what kind of logs theirs are: one that is a selection makes the
/// case one, and of several clean times the last counts.
pub fn kinds<'o>(options: impl Iterator<Item = &'o String> + Clone) -> impl Iterator<Item = &'o String> {
    let clean = options.clone().filter(|option| option.starts_with(BASELINE)).last();
    clean.into_iter().chain(options.filter(|option| *option == EXTRACT).last())
}

/// The proxies that the ingests of a case, by their options, say are trusted: what one says of the network holds for all.
#[must_use]
pub fn trusted<'o>(options: impl Iterator<Item = &'o String>) -> Vec<String> {
    let mut proxies: Vec<String> = Vec::new();
    for proxy in options.filter_map(|option| option.strip_prefix(TRUSTED)) {
        if !proxies.iter().any(|known| known == proxy) {
            proxies.push(proxy.to_owned());
        }
    }
    proxies
}

/// The options of ingests that hold for whatever is made of their case: how the first read, and what all say of the network
/// and of what kind theirs are.
#[must_use]
pub fn settled(ingests: &[Taken]) -> Vec<String> {
    // The zone of times is of cases whose times are not written as instants.
    const READING: [&str; 11] = [
        "--input-format",
        "--log-format",
        "--log-format-kind",
        "--nginx-conf",
        "--apache-conf",
        "--captures",
        "--assume-tz",
        "--load-since",
        "--load-until",
        "--display-tz",
        "--vantage",
    ];
    let reads = |option: &&String| READING.contains(&option_name(option));
    let reading = ingests.first().into_iter().flat_map(|taken| &taken.options).filter(reads);
    let all = || ingests.iter().flat_map(|taken| &taken.options);
    let trusted = trusted(all()).into_iter().map(|proxy| format!("{TRUSTED}{proxy}"));
    reading.cloned().chain(trusted).chain(kinds(all()).cloned()).collect()
}

/// Says in the custody log of a case what left it.
pub fn record(directory: &Path, contents: &Contents, deed: Deed) -> anyhow::Result<()> {
    let (_lock, at) = (Lock::exclusive(directory)?, rfc3339(contents.at));
    Log::of(directory).add(&at, contents.by.as_deref(), deed).context("it was written, but not recorded")
}

/// The name of a key: a hash of it, cut.
#[must_use]
pub fn key_id(key: &[u8; 32]) -> String {
    let hash = Sha256::digest([b"breachline key id ".as_slice(), key].concat());
    format!("case-{}", &hex(&hash)[..16])
}

/// Reads a key: 64 hexadecimal digits.
pub fn read_key(path: &Path) -> anyhow::Result<[u8; 32]> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).with_context(|| format!("{shown}: the key cannot be read"))?;
    let text = text.trim();
    let digit = |at: usize| text.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    let bytes: Option<Vec<u8>> = (text.len() == 64).then(|| (0..32).map(|at| digit(at * 2)).collect()).flatten();
    bytes
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| anyhow!("{shown}: this is no key; a key is 64 hexadecimal digits"))
}

/// A key that nobody knows.
fn fresh_key() -> anyhow::Result<[u8; 32]> {
    let mut key = [0; 32];
    let source = "/dev/urandom";
    File::open(source).and_then(|mut file| file.read_exact(&mut key)).with_context(|| {
        format!("{source} gives no random bytes (a key of 64 hexadecimal digits can be given: --key FILE)")
    })?;
    Ok(key)
}

/// Writes a file so that it is there whole or not at all, readable by its owner only.
fn write_whole(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let wrong = || format!("{}: the file cannot be written", path.display());
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else { bail!(wrong()) };
    let new = parent.join(format!(".new-{}", name.to_string_lossy()));
    let mut file = private().create(true).truncate(true).open(&new).with_context(wrong)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).with_context(wrong)?;
    std::fs::rename(&new, path).with_context(wrong)?;
    sync_directory(parent).with_context(wrong)
}

/// How files of a case are opened for writing.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn make_private(directory: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

/// Makes names in a directory last.
fn sync_directory(directory: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    File::open(directory)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = directory;
    Ok(())
}

fn pretty(value: &impl Serialize) -> anyhow::Result<Vec<u8>> {
    let mut text = Vec::new();
    crate::output::json::write_document(&mut text, value, 2)?;
    Ok(text)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const AT: &str = "2026-03-06T09:00:00.000000Z";

    #[test]
    fn a_case_keeps_its_key_and_a_strange_directory_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("case");
        let made = Case::open_or_make(&path, AT, Some("k. lee"), None).unwrap();
        let again = Case::open(&path).unwrap();
        assert_eq!((made.key(), made.identity()), (again.key(), again.identity()));
        assert_eq!(again.identity().key_id, key_id(&again.key()));
        assert_ne!(Case::open_or_make(&folder.path().join("other"), AT, None, None).unwrap().key(), made.key());
        let strange = folder.path().join("strange");
        std::fs::create_dir(&strange).unwrap();
        std::fs::write(strange.join("diary.txt"), "x").unwrap();
        assert!(
            Case::open_or_make(&strange, AT, None, None).unwrap_err().to_string().contains("neither a case nor empty")
        );
        assert!(Case::open(&strange).unwrap_err().to_string().contains("no case"));
    }

    #[test]
    fn a_format_of_another_version_is_named() {
        let folder = tempfile::tempdir().unwrap();
        Case::open_or_make(folder.path(), AT, None, None).unwrap();
        let path = folder.path().join("case.json");
        let text = std::fs::read_to_string(&path).unwrap().replace("breachline.case/1", "breachline.case/7");
        std::fs::write(&path, text).unwrap();
        let error = Case::open(folder.path()).unwrap_err().to_string();
        assert!(error.contains("breachline.case/7") && error.contains("breachline.case/1"), "{error}");
    }
}
