//! The custody log of a case: appended to, never changed. Its entries are those of a bundle's, with a time each.

use super::private;
use crate::export::custody::{self, Chain, Deed, Entry};
use anyhow::{Context, bail};
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A custody log.
#[derive(Clone, Debug)]
pub struct Log(PathBuf);

impl Log {
    /// The log of a case.
    #[must_use]
    pub fn of(directory: &Path) -> Self {
        Self(directory.join("custody.jsonl"))
    }

    /// Its entries. Fails where the chain does not hold, with the line.
    pub fn entries(&self) -> anyhow::Result<Vec<Entry>> {
        let text = match std::fs::read(&self.0) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error).with_context(|| format!("{}: cannot be read", self.0.display())),
        };
        self.check(&text[..whole(&text)])
    }

    /// The entries of its text, which hold.
    fn check(&self, text: &[u8]) -> anyhow::Result<Vec<Entry>> {
        match custody::check(text) {
            Ok(entries) => Ok(entries),
            Err((line, why)) => bail!("{}:{line}: {why}", self.0.display()),
        }
    }

    /// Adds an entry, unless those before were changed. What a process wrote only half before it was killed is no entry
    /// and is cut off.
    pub fn add(&self, at: &str, by: Option<&str>, deed: Deed) -> anyhow::Result<()> {
        let wrong = || format!("{}: the custody log cannot be written", self.0.display());
        let text = std::fs::read(&self.0).or_else(|error| match error.kind() {
            io::ErrorKind::NotFound => Ok(Vec::new()),
            _ => Err(error),
        });
        let text = text.with_context(wrong)?;
        let end = whole(&text);
        self.check(&text[..end])?;
        let mut chain = Chain::after(at, by, &text[..end]);
        let mut line = Vec::new();
        chain.add(&mut line, deed)?;
        let mut file = private().create(true).truncate(false).open(&self.0).with_context(wrong)?;
        append(&mut file, end as u64, &line).with_context(wrong)
    }
}

/// Where the last whole line ends.
fn whole(text: &[u8]) -> usize {
    text.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1)
}

fn append(file: &mut File, end: u64, line: &[u8]) -> io::Result<()> {
    use std::io::Seek;
    file.set_len(end)?;
    file.seek(io::SeekFrom::Start(end))?;
    file.write_all(line)?;
    file.sync_all()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn entries_chain_over_runs_and_half_an_entry_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let log = Log::of(folder.path());
        assert!(log.entries().unwrap().is_empty());
        for n in 0..3 {
            log.add(&format!("2026-03-0{}T00:00:00.000000Z", n + 1), None, custody::unmasked()).unwrap();
            // A run that was killed while writing.
            let path = folder.path().join("custody.jsonl");
            let mut text = std::fs::read(&path).unwrap();
            text.extend(b"{\"n\":9,\"at\":\"20");
            std::fs::write(&path, text).unwrap();
        }
        let entries = log.entries().unwrap();
        assert_eq!(entries.iter().map(|entry| entry.n).collect::<Vec<_>>(), [1, 2, 3]);
        let path = folder.path().join("custody.jsonl");
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replacen("03-01", "03-09", 1)).unwrap();
        assert!(log.entries().unwrap_err().to_string().contains("custody.jsonl:2"));
        // Nothing is added that would seem to follow from it.
        assert!(log.add("2026-03-05", None, custody::unmasked()).unwrap_err().to_string().contains("custody.jsonl:2"));
    }
}
