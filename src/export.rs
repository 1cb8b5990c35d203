//! Evidence that another person can check: findings, their lines with hashes, and what ties them together.
//!
//! ```text
//! out/findings.csv     one row a finding
//! out/evidence.csv     one row an evidence line of a finding (evidence-0002.csv ... where a spreadsheet would be full)
//! out/rows.jsonl       one object an evidence line: place, hash, the line with secrets masked, its columns
//! out/timeline.csv     findings and evidence lines in order of time; timeline.jsonl holds the same
//! out/affected.csv     objects and accounts that the evidence touched, with first and last access and bytes
//! out/marks.csv        what the analyst marked and wrote (--marks); marks.jsonl holds the same
//! out/containment.csv  accounts, credentials and addresses to act on (--containment)
//! out/ecs.jsonl        evidence lines in the Elastic Common Schema (--ecs)
//! out/sealed/          exact bytes of the evidence lines (--raw)
//! out/manifest.json    hashes of every source and output, the options, the key that masks secrets
//! out/custody.jsonl    who made this of what, when: each entry holds the hash of the one before
//! out/SHA256SUMS       hashes of all of the above; its own hash is the root of the bundle
//! ```
//!
//! The same input gives the same bytes. Only custody entries carry a time, which is handed in.

pub mod affected;
pub mod containment;
pub mod custody;
pub mod ecs;
pub mod evidence;
mod file;
pub mod findings;
pub mod manifest;
pub mod marks;
pub mod rule_set;
pub mod timeline;
mod veil;
pub mod verify;

pub use file::{HashedFile, ROWS_A_FILE};
pub(crate) use veil::Veil;

use crate::notes::Note;
use crate::session::Session;
use anyhow::{Context, bail};
use breachline_parsers::load::LoadOptions;
use breachline_queries::finding::{Finding, Hunt};
use breachline_queries::rule::Rule;
use custody::{Chain, Entry};
use manifest::{Manifest, Output, Taken};
use rule_set::{RuleHash, RuleSet};
use std::io::{self, Write};
use std::path::Path;

/// File of the hashes of all others.
pub const SUMS: &str = "SHA256SUMS";
/// File of what went in and what came out.
pub const MANIFEST: &str = "manifest.json";
/// File of who made it, when.
pub const CUSTODY: &str = "custody.jsonl";

/// File of what the analyst marked and wrote.
pub const MARKS: &str = "marks.jsonl";

/// What goes into a bundle beside what always does.
#[derive(Clone, Debug, Default)]
#[allow(clippy::struct_excessive_bools)] // files that are there or not, each for itself
pub struct Contents {
    /// Object ids that name people are written out.
    pub unmask: bool,
    /// The exact bytes of evidence lines, in `sealed/`.
    pub raw: bool,
    /// Evidence in the Elastic Common Schema.
    pub ecs: bool,
    /// What to reset, revoke and block.
    pub containment: bool,
    /// Who exports, as they call themselves.
    pub by: Option<String>,
    /// When, microseconds UTC.
    pub at: i64,
    /// Key of the fingerprints that stand in for secrets.
    pub key: [u8; 32],
    /// What the analyst marked and wrote, where it goes with the bundle.
    pub marks: Option<Vec<Note>>,
    /// Rules that were judged beside the others, by their hashes.
    pub sigma: Vec<RuleHash>,
    /// How the logs came into the case, where they did.
    pub ingests: Vec<Taken>,
    /// What was done with the case so far, for a report.
    pub custody: Vec<Entry>,
}

impl Contents {
    /// Names the key of a case; `None` for the one that comes with the program.
    #[must_use]
    pub fn key_id(&self) -> Option<String> {
        (self.key != LoadOptions::default().key).then(|| crate::case::key_id(&self.key))
    }
}

/// What is exported.
#[derive(Clone, Copy)]
pub struct Export<'a> {
    /// The logs.
    pub session: &'a Session,
    /// The verdicts; all findings in it are exported.
    pub hunt: &'a Hunt,
    /// The rules, for the columns that each wants to show.
    pub rules: &'a [Rule],
    /// The options that were given, for the manifest.
    pub options: &'a [String],
    /// What goes in.
    pub contents: &'a Contents,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Rows of evidence: a line counts once for each finding that cites it.
    pub evidence_rows: u64,
    /// Events of the timeline left out, since their lines state no time.
    pub undated: u64,
    /// SHA-256 of the file of hashes, in hex: who has it can tell whether anything was changed.
    pub root: String,
}

impl Export<'_> {
    /// Rows of all evidence with the positions of their findings, in order of source and place.
    pub(crate) fn marks(&self) -> Vec<(u32, u32)> {
        let findings = self.hunt.findings.iter().zip(0u32..);
        // Rows stand in order of source and place.
        let mut marks: Vec<(u32, u32)> =
            findings.flat_map(|(finding, at)| finding.evidence.iter().map(move |&row| (row, at))).collect();
        marks.sort_unstable();
        marks.dedup();
        marks
    }

    /// The rules by their hashes.
    pub(crate) fn rule_set(&self) -> RuleSet {
        RuleSet::of(self.rules, &self.contents.sigma)
    }

    /// The finding at a position.
    pub(crate) fn finding(&self, at: u32) -> &Finding {
        &self.hunt.findings[at as usize]
    }
}

/// Writes the bundle into a directory, which must be empty or not exist yet.
pub fn write(export: Export<'_>, directory: &Path) -> anyhow::Result<Written> {
    check_directory(directory)?;
    std::fs::create_dir_all(directory)
        .with_context(|| format!("{}: the directory cannot be made", directory.display()))?;
    let marks = export.marks();
    let findings: Vec<&Finding> = export.hunt.findings.iter().collect();
    let mut outputs = Vec::new();
    let mut file = HashedFile::create(directory, "findings.csv")?;
    findings::write(&mut file, &findings)?;
    outputs.push(file.finish(findings.len() as u64)?);
    outputs.extend(evidence::write(export, &marks, directory)?);
    let (timeline, undated) = timeline::write(export, &marks, directory)?;
    outputs.extend(timeline);
    let (affected, totals) = affected::write(export, &marks, directory)?;
    outputs.extend(affected);
    if export.contents.containment {
        outputs.extend(containment::write(export, &marks, directory)?);
    }
    if let Some(notes) = &export.contents.marks {
        outputs.extend(marks::write(export, notes, directory)?);
    }
    let mut file = HashedFile::create(directory, MANIFEST)?;
    Manifest { export, outputs: &outputs, undated, totals: &totals }.write(&mut file)?;
    outputs.push(file.finish(0)?);
    outputs.push(record(export, &outputs, directory)?);
    Ok(Written { evidence_rows: marks.len() as u64, undated, root: seal(&outputs, directory)? })
}

/// Writes the custody log: what was read, what was judged, what was shown in clear, what came out.
fn record(export: Export<'_>, outputs: &[Output], directory: &Path) -> anyhow::Result<Output> {
    let contents = export.contents;
    let mut file = HashedFile::create(directory, CUSTODY)?;
    let mut chain = Chain::begin(contents.at, contents.by.as_deref());
    for source in export.session.sources() {
        chain.add(&mut file, custody::read(source))?;
    }
    chain.add(&mut file, custody::judged(export.hunt, &export.rule_set()))?;
    if contents.unmask {
        chain.add(&mut file, custody::unmasked())?;
    }
    if contents.raw {
        chain.add(&mut file, custody::unsealed())?;
    }
    if let Some(notes) = &contents.marks {
        chain.add(&mut file, custody::marked(notes))?;
    }
    if contents.containment {
        chain.add(&mut file, custody::containment())?;
    }
    chain.add(&mut file, custody::exported(outputs))?;
    let entries = chain.entries();
    file.finish(entries)
}

/// Writes the hashes of all files as `sha256sum -c` reads them. Gives the hash of that file.
fn seal(outputs: &[Output], directory: &Path) -> anyhow::Result<String> {
    let mut named: Vec<&Output> = outputs.iter().collect();
    named.sort_by(|left, right| left.path.cmp(&right.path));
    let mut file = HashedFile::create(directory, SUMS)?;
    for output in named {
        writeln!(file, "{}  {}", output.sha256, output.path)?;
    }
    Ok(file.finish(outputs.len() as u64)?.sha256)
}

/// Makes sure that nothing in the directory could be mistaken for ours.
pub fn check_directory(directory: &Path) -> anyhow::Result<()> {
    let shown = directory.display();
    match std::fs::read_dir(directory) {
        Ok(mut entries) => {
            if entries.next().is_some() {
                bail!(
                    "{shown}: the directory is not empty; write into a new one (--out), so that old and new evidence stay apart"
                );
            }
            Ok(())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            bail!("{shown}: there is a file of that name; give --out a new directory")
        }
        Err(error) => Err(error).with_context(|| format!("{shown}: the directory cannot be read")),
    }
}
