//! Evidence that another person can check: findings, their lines with hashes, and a manifest.
//!
//! ```text
//! out/findings.csv   one row a finding
//! out/evidence.csv   one row an evidence line (evidence-0002.csv ... where a spreadsheet would be full)
//! out/manifest.json  hashes of every source and output, the options, the key that masks secrets
//! ```
//!
//! The same input gives the same bytes: nothing here looks at a clock.

pub mod evidence;
pub mod findings;
pub mod manifest;

use crate::session::Session;
use anyhow::{Context, bail};
use breachline_queries::finding::{Finding, Hunt};
use breachline_queries::rule::Rule;
use manifest::{Manifest, Output};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

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
}

/// Writes the bundle into a directory, which must be empty or not exist yet. Gives the number of evidence rows.
pub fn write(export: Export<'_>, directory: &Path) -> anyhow::Result<u64> {
    check_directory(directory)?;
    std::fs::create_dir_all(directory)
        .with_context(|| format!("{}: the directory cannot be made", directory.display()))?;
    let findings: Vec<&Finding> = export.hunt.findings.iter().collect();
    let mut outputs = Vec::new();
    let mut file = HashedFile::create(directory, "findings.csv")?;
    findings::write(&mut file, &findings)?;
    outputs.push(file.finish(findings.len() as u64)?);
    let evidence = evidence::write(export, directory)?;
    let rows = evidence.iter().map(|output| output.rows).sum();
    outputs.extend(evidence);
    let mut file = HashedFile::create(directory, "manifest.json")?;
    Manifest { export, outputs: &outputs }.write(&mut file)?;
    file.finish(0)?;
    Ok(rows)
}

/// Makes sure that nothing in the directory could be mistaken for ours.
pub fn check_directory(directory: &Path) -> anyhow::Result<()> {
    let shown = directory.display();
    match std::fs::read_dir(directory) {
        Ok(mut entries) => {
            if entries.next().is_some() {
                bail!(
                    "{shown}: the directory is not empty; give --out a new one, so that old and new evidence stay apart"
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

/// A file that is hashed while it is written.
pub struct HashedFile {
    name: String,
    path: std::path::PathBuf,
    out: BufWriter<File>,
    hash: Sha256,
    bytes: u64,
}

impl HashedFile {
    /// Makes a new file; one that exists is an error.
    pub fn create(directory: &Path, name: &str) -> anyhow::Result<Self> {
        let path = directory.join(name);
        let file = File::create_new(&path).with_context(|| format!("{}: the file cannot be made", path.display()))?;
        Ok(Self { name: name.to_owned(), path, out: BufWriter::new(file), hash: Sha256::new(), bytes: 0 })
    }

    /// Writes what is held back and gives name, hash and size.
    pub fn finish(mut self, rows: u64) -> anyhow::Result<Output> {
        self.out.flush().with_context(|| format!("{}: the file cannot be written", self.path.display()))?;
        Ok(Output { path: self.name, sha256: hex(&self.hash.finalize()), bytes: self.bytes, rows })
    }
}

impl Write for HashedFile {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let written = self.out.write(buffer)?;
        self.hash.update(&buffer[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Bytes in hexadecimal, small letters.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
