//! Files of a bundle: hashed while they are written, and CSV in parts that a spreadsheet can hold.

use super::manifest::Output;
use crate::output::json;
use crate::output::sheet::Sheet;
use anyhow::Context;
use breachline_parsers::value::hex;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Rows of a CSV file, header not counted: what a spreadsheet can hold.
pub const ROWS_A_FILE: u64 = 1_048_575;

/// A file that is hashed while it is written.
pub struct HashedFile {
    name: String,
    path: PathBuf,
    out: BufWriter<File>,
    hash: Sha256,
    bytes: u64,
}

impl HashedFile {
    /// Makes a new file; one that exists is an error.
    pub fn create(directory: &Path, name: &str) -> anyhow::Result<Self> {
        Self::open(directory, name, OpenOptions::new().write(true).create_new(true))
    }

    /// The same, in a directory of its own and readable by its owner only, where the system knows owners.
    pub fn create_private(directory: &Path, within: &str, name: &str) -> anyhow::Result<Self> {
        let mut folder = DirBuilder::new();
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
            folder.mode(0o700);
            options.mode(0o600);
        }
        let path = directory.join(within);
        folder
            .recursive(true)
            .create(&path)
            .with_context(|| format!("{}: the directory cannot be made", path.display()))?;
        Self::open(directory, &format!("{within}/{name}"), &options)
    }

    fn open(directory: &Path, name: &str, options: &OpenOptions) -> anyhow::Result<Self> {
        let path = directory.join(name);
        let file = options.open(&path).with_context(|| format!("{}: the file cannot be made", path.display()))?;
        let out = BufWriter::with_capacity(1 << 16, file);
        Ok(Self { name: name.to_owned(), path, out, hash: Sha256::new(), bytes: 0 })
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

/// JSON, one value a line, counted.
pub(super) struct Lines {
    file: BufWriter<HashedFile>,
    rows: u64,
}

impl Lines {
    pub(super) fn new(file: HashedFile) -> Self {
        Self { file: BufWriter::with_capacity(1 << 16, file), rows: 0 }
    }

    pub(super) fn write(&mut self, value: &impl Serialize) -> io::Result<()> {
        self.rows += 1;
        json::write_line(&mut self.file, value)
    }

    pub(super) fn finish(self) -> anyhow::Result<Output> {
        self.file.into_inner().map_err(io::IntoInnerError::into_error)?.finish(self.rows)
    }
}

/// A table in as many CSV files as a spreadsheet needs: `evidence.csv`, `evidence-0002.csv`, ...
pub(super) struct Parts<'a> {
    directory: &'a Path,
    stem: &'static str,
    columns: Vec<String>,
    most: u64,
    sheet: Sheet<HashedFile>,
    rows: u64,
    done: Vec<Output>,
}

impl<'a> Parts<'a> {
    pub(super) fn new(directory: &'a Path, stem: &'static str, columns: &[&str]) -> anyhow::Result<Self> {
        let columns: Vec<String> = columns.iter().map(|&name| name.to_owned()).collect();
        let sheet = Sheet::new(HashedFile::create(directory, &format!("{stem}.csv"))?, &columns)?;
        Ok(Self { directory, stem, columns, most: ROWS_A_FILE, sheet, rows: 0, done: Vec::new() })
    }

    /// Writes a row; there must be as many cells as columns.
    pub(super) fn row(&mut self, cells: &[impl AsRef<str>]) -> anyhow::Result<()> {
        if self.rows == self.most {
            let name = format!("{}-{:04}.csv", self.stem, self.done.len() + 2);
            let next = Sheet::new(HashedFile::create(self.directory, &name)?, &self.columns)?;
            let full = std::mem::replace(&mut self.sheet, next);
            self.done.push(full.finish()?.finish(self.rows)?);
            self.rows = 0;
        }
        self.rows += 1;
        Ok(self.sheet.row(cells)?)
    }

    pub(super) fn finish(mut self) -> anyhow::Result<Vec<Output>> {
        self.done.push(self.sheet.finish()?.finish(self.rows)?);
        Ok(self.done)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_full_file_is_followed_by_another_with_the_same_header() {
        let folder = tempfile::tempdir().unwrap();
        let mut parts = Parts::new(folder.path(), "evidence", &["n"]).unwrap();
        parts.most = 3;
        (0..7).for_each(|n| parts.row(&[n.to_string()]).unwrap());
        let files = parts.finish().unwrap();
        let named: Vec<(&str, u64)> = files.iter().map(|file| (file.path.as_str(), file.rows)).collect();
        assert_eq!(named, [("evidence.csv", 3), ("evidence-0002.csv", 3), ("evidence-0003.csv", 1)]);
        for file in &files {
            let text = std::fs::read(folder.path().join(&file.path)).unwrap();
            assert!(text.starts_with(b"n,neutralised\r\n"));
            assert_eq!((file.sha256.clone(), file.bytes), (hex(&Sha256::digest(&text)), text.len() as u64));
        }
    }
}
