//! The bytes of a source as stored, hashed on the way.

use super::bound::Growth;
use super::{Origin, Source};
use crate::value::hex;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, BufRead, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Stored bytes are read in pieces of this size.
pub(crate) const CHUNK: usize = 1 << 20;

/// Reads the bytes of a source once, counting and hashing them.
pub struct Stored {
    from: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    hash: Option<Sha256>,
    bytes: u64,
    /// Bytes of all sources, for progress.
    total: Arc<AtomicU64>,
    ended: bool,
    /// Bytes worth making room for: a small file costs a small buffer.
    room: usize,
    growth: Arc<Growth>,
    /// Whether these are bytes of a file on disk, which decompression may grow in proportion to.
    outermost: bool,
}

impl Stored {
    /// Opens a source. `total` is increased by the bytes read, unless they lie in an archive that was counted before.
    pub fn open(source: &Source, total: Arc<AtomicU64>) -> io::Result<Self> {
        match &source.origin {
            Origin::Stdin => Ok(Self::new(Box::new(io::stdin()), total)),
            Origin::Stream(path) => Ok(Self::new(Box::new(File::open(path)?), total)),
            Origin::File(path, len) => {
                let mut stored = Self::new(Box::new(File::open(path)?), total);
                stored.limit_room(*len);
                Ok(stored)
            }
            Origin::Member(member) => {
                let mut stored = Self::new(member.open(member.growth())?, Arc::default());
                stored.limit_room(member.bytes());
                stored.belongs_to(member.growth());
                Ok(stored)
            }
        }
    }

    /// Opens a source again, without counting or hashing.
    pub(crate) fn again(source: &Source) -> io::Result<Self> {
        let Origin::Member(member) = &source.origin else {
            return Self::open(source, Arc::default()).map(Self::unhashed);
        };
        let mut stored = Self::new(member.open(member.fresh_growth())?, Arc::default()).unhashed();
        stored.belongs_to(member.fresh_growth());
        Ok(stored)
    }

    /// Reads from anything.
    pub fn new(from: Box<dyn Read + Send>, total: Arc<AtomicU64>) -> Self {
        Self {
            from,
            buffer: Vec::new(),
            start: 0,
            end: 0,
            hash: Some(Sha256::new()),
            bytes: 0,
            total,
            ended: false,
            room: CHUNK,
            growth: Arc::default(),
            outermost: true,
        }
    }

    /// One byte more than expected shows the end, and whether the file has grown.
    fn limit_room(&mut self, expected: u64) {
        self.room = usize::try_from(expected).unwrap_or(CHUNK).saturating_add(1).clamp(4 << 10, CHUNK);
    }

    /// Counts growth against a file around this one.
    pub(super) fn belongs_to(&mut self, growth: Arc<Growth>) {
        self.growth = growth;
        self.outermost = false;
    }

    pub(super) fn growth(&self) -> Arc<Growth> {
        Arc::clone(&self.growth)
    }

    /// Leaves the hash out (for reading again what was hashed before).
    #[must_use]
    pub fn unhashed(mut self) -> Self {
        self.hash = None;
        self
    }

    /// The next bytes (at least so many, fewer only at the end), left in place.
    pub fn peek(&mut self, at_least: usize) -> io::Result<&[u8]> {
        if self.start > 0 && self.buffer.len() - self.start < at_least {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        if self.buffer.len() < self.room.max(at_least) {
            self.buffer.resize(self.room.max(at_least), 0);
        }
        while self.end - self.start < at_least && !self.ended {
            let end = self.end;
            let mut buffer = std::mem::take(&mut self.buffer);
            let got = self.fetch(&mut buffer[end..]);
            self.buffer = buffer;
            self.end += got?;
        }
        Ok(&self.buffer[self.start..self.end])
    }

    /// Bytes read so far.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Bytes read so far and taken: what is only looked at ahead is left out.
    pub(super) fn taken(&self) -> u64 {
        self.bytes - (self.end - self.start) as u64
    }

    /// Reads what is left, and returns the SHA-256 of everything in hex.
    pub fn finish(mut self, mut go_on: impl FnMut() -> bool) -> io::Result<(u64, String)> {
        let mut rest = std::mem::take(&mut self.buffer);
        if !self.ended {
            rest.resize(CHUNK.min(self.room), 0);
        }
        while !self.ended {
            if !go_on() {
                return Ok((self.bytes, String::new()));
            }
            self.fetch(&mut rest)?;
        }
        let hex = hex(&self.hash.take().unwrap_or_default().finalize());
        Ok((self.bytes, hex))
    }

    /// One read from below, hashed and counted.
    fn fetch(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.ended || into.is_empty() {
            return Ok(0);
        }
        let got = loop {
            match self.from.read(into) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        self.ended = got == 0;
        if let Some(hash) = &mut self.hash {
            hash.update(&into[..got]);
        }
        self.bytes += got as u64;
        if self.outermost {
            self.growth.stored(got as u64);
        }
        self.total.fetch_add(got as u64, Ordering::Relaxed);
        Ok(got)
    }
}

impl Read for Stored {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.start < self.end {
            let got = into.len().min(self.end - self.start);
            into[..got].copy_from_slice(&self.buffer[self.start..self.start + got]);
            self.start += got;
            return Ok(got);
        }
        // Straight into the caller's buffer: plain files are not copied.
        let wanted = into.len().min(CHUNK);
        self.fetch(&mut into[..wanted])
    }
}

impl BufRead for Stored {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
            self.peek(1)?;
        }
        Ok(&self.buffer[self.start..self.end])
    }

    fn consume(&mut self, amount: usize) {
        self.start = (self.start + amount).min(self.end);
    }
}
