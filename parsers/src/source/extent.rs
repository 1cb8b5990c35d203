//! Bytes that can be read again at any place: a file, part of one, or what a store keeps.

use super::{Origin, Source};
use crate::raw::Kept;
use std::fs::{self, File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

/// What tells that a file is still the one that was read.
#[derive(Clone, Debug)]
pub(crate) struct Stamp {
    source: Arc<Source>,
    len: u64,
    inode: u64,
}

impl Stamp {
    /// Remembers a file of which `len` bytes were read; `None` for what is no file.
    pub(crate) fn new(source: &Arc<Source>, len: u64) -> Option<Self> {
        let Origin::File(path, _) = &source.origin else { return None };
        let inode = fs::metadata(path).map_or(0, |metadata| inode(&metadata));
        Some(Self { source: Arc::clone(source), len, inode })
    }

    /// Opens the file if it still holds what was read. It may have grown: logs do.
    pub(crate) fn open(&self) -> io::Result<File> {
        let Origin::File(path, _) = &self.source.origin else { return Err(io::ErrorKind::Unsupported.into()) };
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        if metadata.len() < self.len || inode(&metadata) != self.inode { Err(self.changed()) } else { Ok(file) }
    }

    pub(crate) fn changed(&self) -> io::Error {
        io::Error::other(format!("{} has changed since it was read; load it again", self.source.name))
    }
}

#[cfg(unix)]
fn inode(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
fn inode(_: &Metadata) -> u64 {
    0
}

/// Where bytes lie.
#[derive(Clone, Debug)]
pub(crate) struct Extent {
    base: Base,
    start: u64,
    len: u64,
}

#[derive(Clone, Debug)]
enum Base {
    File(Stamp),
    Kept(Kept),
}

impl Extent {
    /// A whole file.
    pub(crate) fn file(stamp: Stamp) -> Self {
        let len = stamp.len;
        Self { base: Base::File(stamp), start: 0, len }
    }

    /// A whole run of a store.
    pub(crate) fn kept(kept: Kept) -> Self {
        let len = kept.bytes();
        Self { base: Base::Kept(kept), start: 0, len }
    }

    /// Part of it; what lies beyond its end is left out.
    pub(crate) fn part(&self, start: u64, len: u64) -> Self {
        let start = start.min(self.len);
        Self { base: self.base.clone(), start: self.start + start, len: len.min(self.len - start) }
    }

    /// Bytes in it.
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// Opens it at its start.
    pub(crate) fn open(&self) -> io::Result<Window> {
        let from = match &self.base {
            Base::File(stamp) => {
                let mut file = stamp.open()?;
                file.seek(SeekFrom::Start(self.start))?;
                Open::File(file)
            }
            Base::Kept(kept) => Open::Kept(kept.clone()),
        };
        Ok(Window { from, start: self.start, len: self.len, at: 0 })
    }

    /// `len` bytes from `offset` on.
    pub(crate) fn read(&self, offset: u64, len: usize) -> io::Result<Vec<u8>> {
        match &self.base {
            // No bound at the end: a file may have grown since.
            Base::File(stamp) => {
                let mut file = stamp.open()?;
                file.seek(SeekFrom::Start(self.start + offset))?;
                let mut bytes = vec![0; len];
                file.read_exact(&mut bytes).map_err(|_| stamp.changed())?;
                Ok(bytes)
            }
            Base::Kept(kept) => kept.read(self.start + offset, len),
        }
    }
}

/// An extent being read.
pub(crate) struct Window {
    from: Open,
    start: u64,
    len: u64,
    at: u64,
}

enum Open {
    File(File),
    Kept(Kept),
}

impl Window {
    /// Goes to a place; reading beyond the end gives nothing.
    pub(crate) fn go_to(&mut self, at: u64) -> io::Result<()> {
        self.at = at.min(self.len);
        if let Open::File(file) = &mut self.from {
            file.seek(SeekFrom::Start(self.start + self.at))?;
        }
        Ok(())
    }
}

impl Read for Window {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.len - self.at).unwrap_or(usize::MAX);
        let wanted = into.len().min(left);
        let into = &mut into[..wanted];
        let got = match &mut self.from {
            Open::File(file) => file.read(into)?,
            Open::Kept(kept) => kept.read_at(self.start + self.at, into)?,
        };
        self.at += got as u64;
        Ok(got)
    }
}
