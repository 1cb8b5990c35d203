//! The bundle by itself: its sums, its manifest and its custody log speak of the same files.

use super::{Checked, Fault, rows};
use crate::export::custody;
use crate::export::manifest::{Output, Taken};
use crate::export::{CUSTODY, MANIFEST, SUMS};
use anyhow::{Context, bail};
use breachline_parsers::value::hex;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Component, Path, PathBuf};

/// Ends of names under which a signature or a time stamp of the sums may lie beside them.
const DETACHED: [&str; 6] = ["asc", "sig", "minisig", "p7s", "tsr", "tsq"];

/// What the manifest states, as far as it can be read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Stated {
    /// Version of the tool that made the bundle.
    pub version: String,
    /// Options of the export, as typed.
    pub options: Vec<String>,
    /// The logs.
    pub sources: Vec<StatedSource>,
    /// Findings and what they stand on.
    pub findings: Vec<StatedFinding>,
    /// The files, but those that came after the manifest.
    pub outputs: Vec<Output>,
    /// Which key made the fingerprints.
    pub key_id: String,
    /// How the logs came into the case that it was made of.
    pub ingests: Vec<Taken>,
}

/// A source as the manifest states it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct StatedSource {
    /// Its number, from 1.
    #[serde(alias = "source")]
    pub id: u32,
    /// Its path as it was given.
    pub path: String,
    /// SHA-256 of its bytes as stored.
    pub sha256: String,
}

/// A finding as the manifest states it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct StatedFinding {
    /// Its id.
    pub id: String,
    /// Lines of its evidence.
    pub rows: u64,
    /// Hash over what they are.
    pub digest: String,
}

/// A bundle and what was found out about it.
pub struct Bundle {
    /// Where it lies.
    pub directory: PathBuf,
    /// What its manifest states.
    pub stated: Stated,
    /// SHA-256 of the file of sums: the root.
    pub root: String,
    /// What does not hold.
    pub faults: Vec<Fault>,
    /// What is good to know.
    pub notes: Vec<String>,
    /// What was looked at.
    pub checked: Checked,
    /// SHA-256 of every file, but that of the sums.
    hashes: BTreeMap<String, String>,
    /// Sources that the custody log says were read.
    read: Vec<StatedSource>,
}

/// Who says what the hash of a file is.
struct Witness {
    file: &'static str,
    line: Option<u64>,
    field: String,
    hash: String,
}

impl Bundle {
    /// Reads and checks a bundle. Fails where there is none.
    pub fn check(directory: &Path) -> anyhow::Result<Self> {
        let shown = directory.display();
        let mut names = Vec::new();
        list(directory, "", &mut names).with_context(|| format!("{shown}: the directory cannot be read"))?;
        if !names.iter().any(|name| name == SUMS || name == MANIFEST) {
            bail!("{shown}: this is no evidence bundle; it has neither {SUMS} nor {MANIFEST}");
        }
        let mut bundle = Self {
            directory: directory.to_owned(),
            stated: Stated::default(),
            root: String::new(),
            faults: Vec::new(),
            notes: Vec::new(),
            checked: Checked::default(),
            hashes: BTreeMap::new(),
            read: Vec::new(),
        };
        bundle.hash(&names)?;
        let mut witnesses: BTreeMap<String, Vec<Witness>> = BTreeMap::new();
        bundle.read_sums(&mut witnesses);
        bundle.read_manifest(&mut witnesses);
        bundle.read_custody(&mut witnesses);
        bundle.weigh(&witnesses);
        if !bundle.is_intact(MANIFEST) {
            // The custody log knows the sources as well.
            if !bundle.read.is_empty() && bundle.is_intact(CUSTODY) {
                bundle.stated.sources = std::mem::take(&mut bundle.read);
            }
            bundle
                .notes
                .push("the manifest was changed: against logs, only it and the cited lines are compared".to_owned());
        }
        rows::compare(&mut bundle);
        Ok(bundle)
    }

    /// Whether all who know the hash of a file agree with it.
    #[must_use]
    pub fn is_intact(&self, name: &str) -> bool {
        !self.faults.iter().any(|fault| fault.file == name)
    }

    /// Names of the parts of a table, in order.
    pub(super) fn parts(&self, stem: &str) -> Vec<String> {
        let first = format!("{stem}.csv");
        let further = format!("{stem}-");
        let is_part = |name: &&String| **name == first || name.starts_with(&further) && is_csv(name);
        let mut parts: Vec<String> = self.hashes.keys().filter(is_part).cloned().collect();
        parts.sort_by_key(|name| (name.len(), name.clone()));
        parts
    }

    /// Names of all files, but that of the sums.
    pub(super) fn names(&self) -> impl Iterator<Item = &String> {
        self.hashes.keys()
    }

    pub(super) fn open(&self, name: &str) -> io::Result<BufReader<File>> {
        Ok(BufReader::with_capacity(1 << 16, File::open(self.directory.join(name))?))
    }

    fn hash(&mut self, names: &[String]) -> anyhow::Result<()> {
        for name in names {
            let detached = name.strip_prefix(SUMS).and_then(|rest| rest.strip_prefix('.'));
            if detached.is_some_and(|end| DETACHED.contains(&end)) {
                self.notes.push(format!("{name} lies beside the sums: check it with the program that made it"));
                continue;
            }
            let path = self.directory.join(name);
            let hash = sha256(&path).with_context(|| format!("{}: the file cannot be read", path.display()))?;
            if name == SUMS {
                self.root = hash;
            } else {
                self.hashes.insert(name.clone(), hash);
            }
        }
        self.checked.files = self.hashes.len() as u64;
        Ok(())
    }

    fn read_sums(&mut self, witnesses: &mut BTreeMap<String, Vec<Witness>>) {
        let Ok(text) = std::fs::read(self.directory.join(SUMS)) else {
            self.faults.push(Fault::of(SUMS, "is missing; without it no root can be compared".to_owned()));
            return;
        };
        for (line, number) in text.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()).zip(1..) {
            let parts = std::str::from_utf8(line).ok().and_then(|line| line.split_once("  "));
            match parts.filter(|(hash, name)| is_hash(hash) && is_inside(name)) {
                Some((hash, name)) => witnesses.entry(name.to_owned()).or_default().push(Witness {
                    file: SUMS,
                    line: Some(number),
                    field: String::new(),
                    hash: hash.to_owned(),
                }),
                None => self.faults.push(Fault::at(
                    SUMS,
                    number,
                    "is no line of sums: a hash, two blanks, a name".to_owned(),
                )),
            }
        }
        let unlisted: Vec<String> = self.hashes.keys().filter(|name| !witnesses.contains_key(*name)).cloned().collect();
        for name in unlisted {
            self.faults
                .push(Fault::of(&name, format!("is not listed in {SUMS}: it was added, or its line was changed")));
        }
        for (name, known) in witnesses.iter().filter(|(name, _)| !self.hashes.contains_key(*name)) {
            let line = known.first().and_then(|witness| witness.line);
            let what = format!("is missing, and {SUMS} lists it in line {}", line.unwrap_or(0));
            self.faults.push(Fault::of(name, what));
        }
    }

    fn read_manifest(&mut self, witnesses: &mut BTreeMap<String, Vec<Witness>>) {
        let Ok(text) = std::fs::read(self.directory.join(MANIFEST)) else { return };
        match serde_json::from_slice(&text) {
            Ok(stated) => self.stated = stated,
            Err(error) => {
                self.faults.push(Fault::at(MANIFEST, error.line() as u64, format!("cannot be read: {error}")));
                return;
            }
        }
        for (output, at) in self.stated.outputs.iter().zip(0..) {
            let field = format!("outputs.{at}.sha256");
            let witness = Witness { file: MANIFEST, line: None, field, hash: output.sha256.clone() };
            witnesses.entry(output.path.clone()).or_default().push(witness);
        }
    }

    fn read_custody(&mut self, witnesses: &mut BTreeMap<String, Vec<Witness>>) {
        let Ok(text) = std::fs::read(self.directory.join(CUSTODY)) else { return };
        let entries = match custody::check(&text) {
            Ok(entries) => entries,
            Err((line, what)) => {
                self.faults.push(Fault::at(CUSTODY, line as u64, what));
                return;
            }
        };
        self.checked.custody_entries = entries.len() as u64;
        for entry in entries.iter().filter(|entry| entry.act == custody::READ) {
            self.read.extend(StatedSource::deserialize(&entry.detail));
        }
        for entry in entries.iter().filter(|entry| entry.act == custody::EXPORTED) {
            for file in entry.detail["files"].as_array().into_iter().flatten() {
                let (Some(name), Some(hash)) = (file["path"].as_str(), file["sha256"].as_str()) else { continue };
                witnesses.entry(name.to_owned()).or_default().push(Witness {
                    file: CUSTODY,
                    line: Some(entry.n),
                    field: format!("detail.files.{name}.sha256"),
                    hash: hash.to_owned(),
                });
            }
        }
    }

    /// Finds out who is wrong where a file and those who know its hash disagree.
    fn weigh(&mut self, witnesses: &BTreeMap<String, Vec<Witness>>) {
        let mut faults = Vec::new();
        for (name, actual) in &self.hashes {
            let Some(known) = witnesses.get(name) else { continue };
            let (agree, differ): (Vec<&Witness>, Vec<&Witness>) = known.iter().partition(|known| known.hash == *actual);
            let said = differ.iter().map(|witness| witness.file).collect::<Vec<_>>().join(" and ");
            if differ.is_empty() {
                continue;
            }
            if agree.is_empty() {
                let stated = &differ[0].hash;
                let or = match differ.as_slice() {
                    [only] => {
                        format!(" (or line {} there was changed: nothing else knows this file)", only.line.unwrap_or(0))
                    }
                    _ => String::new(),
                };
                let what = format!("was changed: its SHA-256 is {actual}, and {said} says {stated}{or}");
                faults.push(Fault::of(name, what));
                continue;
            }
            for witness in differ {
                let others = agree.iter().map(|other| other.file).collect::<Vec<_>>().join(" and ");
                let what = format!(
                    "says that the SHA-256 of {name} is {}, and it is {actual}, as {others} says",
                    witness.hash
                );
                let field = (!witness.field.is_empty()).then(|| witness.field.clone());
                faults.push(Fault { file: witness.file.to_owned(), line: witness.line, field, what });
            }
        }
        self.faults.extend(faults);
    }
}

/// SHA-256 of a file, in hex.
pub fn sha256(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(hex(&hash.finalize()));
        }
        hash.update(&buffer[..read]);
    }
}

/// Names of all files below a directory, sorted.
fn list(directory: &Path, within: &str, names: &mut Vec<String>) -> io::Result<()> {
    let mut entries = std::fs::read_dir(directory.join(within))?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        let name = if within.is_empty() { name } else { format!("{within}/{name}") };
        if entry.file_type()?.is_dir() { list(directory, &name, names)? } else { names.push(name) }
    }
    Ok(())
}

/// Whether a name is that of a table.
pub(super) fn is_csv(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension == "csv")
}

fn is_hash(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Whether a name stays inside the bundle.
fn is_inside(name: &str) -> bool {
    !name.is_empty() && Path::new(name).components().all(|part| matches!(part, Component::Normal(_)))
}
