//! `custody.jsonl`: what was done with the logs, by whom, when, in a chain of hashes.
//!
//! Every entry is one line of JSON and names, in `prev`, the SHA-256 of the line before it (line end included); the
//! first names 64 zeros. So `sed -n 3p custody.jsonl | sha256sum` gives what entry 4 must name, and no entry can be
//! changed, left out or put in between without all after it being written anew.

use super::Export;
use super::manifest::Output;
use super::rule_set::RuleSet;
use super::verify::sha256;
use crate::case::Manifest;
use crate::notes::Note;
use crate::output::json;
use crate::render::rfc3339;
use anyhow::Context;
use breachline_parsers::report::{SourceReport, StoredReport};
use breachline_parsers::value::hex;
use breachline_queries::finding::Hunt;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::io::{self, Write};
use std::path::Path;

/// What the first entry names as the one before it.
pub const START: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The act of taking logs into a case.
pub const INGESTED: &str = "ingested";

/// The act of reading a source.
pub const READ: &str = "read";

/// The act of making a bundle.
pub const EXPORTED: &str = "exported";

/// The act of making a report.
pub const REPORTED: &str = "reported";

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number, from 1.
    pub n: u64,
    /// When, RFC 3339 in UTC.
    pub at: String,
    /// What was done, in a word.
    pub act: String,
    /// Who did it, as they call themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// With what.
    pub tool: String,
    /// With which result.
    pub detail: Value,
    /// SHA-256 of the line before.
    pub prev: String,
}

impl Entry {
    /// Hashes of what was given out: the root of a bundle, the files of a report.
    #[must_use]
    pub fn given_out(&self) -> Vec<&str> {
        let files = self.detail["files"].as_array().into_iter().flatten().map(|file| &file["sha256"]);
        let all = std::iter::once(&self.detail["root"]).chain(files);
        all.filter_map(Value::as_str).collect()
    }
}

/// Something that was done: the word for it, and its particulars.
pub struct Deed(&'static str, Value);

/// A log being written.
pub struct Chain {
    at: String,
    by: Option<String>,
    entries: u64,
    previous: String,
}

impl Chain {
    /// Begins a log whose entries are all of one time (microseconds UTC).
    #[must_use]
    pub fn begin(at: i64, by: Option<&str>) -> Self {
        Self { at: rfc3339(at), by: by.map(str::to_owned), entries: 0, previous: START.to_owned() }
    }

    /// Goes on after the entries of a log.
    #[must_use]
    pub fn after(at: &str, by: Option<&str>, log: &[u8]) -> Self {
        let lines: Vec<&[u8]> = log.split_inclusive(|&byte| byte == b'\n').collect();
        let previous = lines.last().map_or_else(|| START.to_owned(), |line| hex(&Sha256::digest(line)));
        Self { at: at.to_owned(), by: by.map(str::to_owned), entries: lines.len() as u64, previous }
    }

    /// Writes an entry.
    pub fn add(&mut self, out: &mut impl Write, deed: Deed) -> io::Result<()> {
        self.entries += 1;
        let entry = Entry {
            n: self.entries,
            at: self.at.clone(),
            act: deed.0.to_owned(),
            by: self.by.clone(),
            tool: concat!("breachline ", env!("CARGO_PKG_VERSION")).to_owned(),
            detail: deed.1,
            prev: self.previous.clone(),
        };
        let mut line = Vec::new();
        json::write_line(&mut line, &entry)?;
        self.previous = hex(&Sha256::digest(&line));
        out.write_all(&line)
    }

    /// How many were written.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.entries
    }
}

/// Checks a log. Gives its entries, or what does not hold: the line (from 1) and a sentence.
pub fn check(text: &[u8]) -> Result<Vec<Entry>, (usize, String)> {
    let mut previous = START.to_owned();
    let mut entries = Vec::new();
    for (line, number) in text.split_inclusive(|&byte| byte == b'\n').zip(1..) {
        let entry: Entry =
            serde_json::from_slice(line).map_err(|error| (number, format!("is no entry of a custody log: {error}")))?;
        if entry.n != number as u64 {
            return Err((
                number,
                format!("n: is {} and should be {number}: an entry is missing or out of place", entry.n),
            ));
        }
        if entry.prev != previous {
            return Err((
                number,
                format!("prev: names {} and the line before is {previous}: one of the two was changed", entry.prev),
            ));
        }
        previous = hex(&Sha256::digest(line));
        entries.push(entry);
    }
    Ok(entries)
}

/// Logs were taken into a case.
pub fn ingested(number: usize, manifest: &Manifest) -> Deed {
    let source = |source: &StoredReport| json!({ "path": source.path, "sha256": source.sha256, "bytes": source.bytes, "rows": source.rows });
    let sources: Vec<Value> = manifest.sources.iter().map(source).collect();
    let segments: Vec<&str> = manifest.segments.iter().map(|segment| segment.sha256.as_str()).collect();
    let mut detail = json!({
        "ingest": number, "options": manifest.options, "sources": sources, "segments": segments,
        "rule_set": manifest.rule_set.sha256,
    });
    if !manifest.acquisition.is_empty() {
        detail["acquisition"] = json!(manifest.acquisition);
    }
    Deed(INGESTED, detail)
}

/// A source was read.
pub(super) fn read(source: &SourceReport) -> Deed {
    Deed(READ, json!({ "source": source.id + 1, "path": source.path, "sha256": source.sha256, "bytes": source.bytes }))
}

/// Rules were judged.
pub(super) fn judged(hunt: &Hunt, rules: &RuleSet) -> Deed {
    let ids: Vec<&str> = hunt.findings.iter().map(|finding| finding.id.as_str()).collect();
    let detail = json!({
        "rules_judged": hunt.coverage.rules_judged, "rules_total": hunt.coverage.rules_total, "findings": ids,
        "rule_set": rules.sha256,
    });
    Deed("judged", detail)
}

/// People are named.
pub fn unmasked() -> Deed {
    Deed("unmasked", json!({ "what": "object ids that name people are written out in every file of this bundle" }))
}

/// Exact lines are given out.
pub(super) fn unsealed() -> Deed {
    let what = "sealed/rows.jsonl holds evidence lines byte for byte, secrets and people included";
    Deed("raw lines given out", json!({ "what": what }))
}

/// What the analyst marked and wrote goes with the bundle.
pub(super) fn marked(notes: &[Note]) -> Deed {
    Deed("marks added", json!({ "marks": notes.len(), "what": "marks.csv and marks.jsonl are the analyst's word" }))
}

/// Accounts are named.
pub(super) fn containment() -> Deed {
    Deed("containment", json!({ "what": "containment.csv names accounts in clear, for those who act on them" }))
}

/// A bundle was made from a case: what left it, and what of it in clear.
pub fn left(export: Export<'_>, root: &str) -> Deed {
    let ids: Vec<&str> = export.hunt.findings.iter().map(|finding| finding.id.as_str()).collect();
    let contents = export.contents;
    let detail = json!({
        "root": root, "findings": ids, "options": export.options, "unmasked": contents.unmask, "raw_lines": contents.raw,
        "containment": contents.containment, "marks": contents.marks.as_ref().map_or(0, Vec::len),
        "rule_set": export.rule_set().sha256,
    });
    Deed(EXPORTED, detail)
}

/// A report was made from a case: what it tells of, and the hashes of its files.
pub fn reported(export: Export<'_>, files: &[&Path]) -> anyhow::Result<Deed> {
    let ids: Vec<&str> = export.hunt.findings.iter().map(|finding| finding.id.as_str()).collect();
    let hashed = |file: &&Path| -> anyhow::Result<Value> {
        let path = file.display().to_string();
        let sha256 = sha256(file).with_context(|| format!("{path}: cannot be read back"))?;
        Ok(json!({ "path": path, "sha256": sha256 }))
    };
    let files: Vec<Value> = files.iter().map(hashed).collect::<anyhow::Result<_>>()?;
    let detail = json!({
        "files": files, "findings": ids, "options": export.options, "unmasked": export.contents.unmask,
        "rule_set": export.rule_set().sha256,
    });
    Ok(Deed(REPORTED, detail))
}

/// The bundle was made.
pub(super) fn exported(outputs: &[Output]) -> Deed {
    let files: Vec<Value> =
        outputs.iter().map(|output| json!({ "path": output.path, "sha256": output.sha256 })).collect();
    Deed(EXPORTED, json!({ "files": files }))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn log() -> Vec<u8> {
        let mut text = Vec::new();
        let mut chain = Chain::begin(1_772_590_300_000_000, Some("k. lee"));
        chain.add(&mut text, unmasked()).unwrap();
        chain.add(&mut text, unsealed()).unwrap();
        chain.add(&mut text, exported(&[])).unwrap();
        text
    }

    #[test]
    fn a_log_as_written_holds() {
        let entries = check(&log()).unwrap();
        let acts: Vec<&str> = entries.iter().map(|entry| entry.act.as_str()).collect();
        assert_eq!(acts, ["unmasked", "raw lines given out", "exported"]);
        assert_eq!(entries[0].at, "2026-03-04T02:11:40.000000Z");
        assert_eq!(entries[0].prev, START);
    }

    #[test]
    fn every_changed_byte_but_those_of_the_last_entry_is_found() {
        let whole = log();
        let last = whole[..whole.len() - 1].iter().rposition(|&byte| byte == b'\n').unwrap() + 1;
        for at in 0..last {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            assert!(check(&changed).is_err(), "byte {at}");
        }
    }

    #[test]
    fn an_entry_left_out_is_named() {
        let whole = log();
        let lines: Vec<&[u8]> = whole.split_inclusive(|&byte| byte == b'\n').collect();
        let (line, why) = check(&[lines[0], lines[2]].concat()).unwrap_err();
        assert_eq!(line, 2);
        assert!(why.contains("missing"), "{why}");
    }
}
