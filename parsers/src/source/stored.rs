//! The bytes of a source as stored, hashed on the way, and as decompressed.

use super::{Origin, Source};
use flate2::bufread::MultiGzDecoder;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufRead, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Stored bytes are read in pieces of this size.
pub(crate) const CHUNK: usize = 1 << 20;

/// How a source is compressed; told by its first bytes, never by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// One or more gzip members.
    Gzip,
    /// One or more zstd frames.
    Zstd,
}

impl Compression {
    /// The name in output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }

    /// Recognises it by magic bytes.
    pub fn of(head: &[u8]) -> Option<Self> {
        match head {
            [0x1f, 0x8b, 8, ..] => Some(Self::Gzip),
            // A data frame, or a skippable one.
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Self::Zstd),
            _ => None,
        }
    }

    /// The name of a compression or archive that is recognised but not read.
    pub fn foreign(head: &[u8]) -> Option<&'static str> {
        match head {
            [b'B', b'Z', b'h', b'1'..=b'9', b'1', b'A', b'Y', ..] => Some("bzip2"),
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some("xz"),
            [4, 0x22, 0x4d, 0x18, ..] => Some("lz4"),
            [b'P', b'K', 3, 4, ..] => Some("zip"),
            [b'7', b'z', 0xbc, 0xaf, ..] => Some("7z"),
            _ => None,
        }
    }
}

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
}

impl Stored {
    /// Opens a source. `total` is increased by the bytes read.
    pub fn open(source: &Source, total: Arc<AtomicU64>) -> io::Result<Self> {
        let from: Box<dyn Read + Send> = match &source.origin {
            Origin::Stdin => Box::new(io::stdin()),
            Origin::File(path, _) | Origin::Stream(path) => Box::new(File::open(path)?),
        };
        Ok(Self::new(from, total))
    }

    /// Reads from anything.
    pub fn new(from: Box<dyn Read + Send>, total: Arc<AtomicU64>) -> Self {
        let (buffer, hash) = (Vec::new(), Some(Sha256::new()));
        Self { from, buffer, start: 0, end: 0, hash, bytes: 0, total, ended: false }
    }

    /// Leaves the hash out (for reading again what was hashed before).
    #[must_use]
    pub fn unhashed(mut self) -> Self {
        self.hash = None;
        self
    }

    /// The first bytes (up to `at_least`, fewer only at the end), left in place.
    pub fn peek(&mut self, at_least: usize) -> io::Result<&[u8]> {
        self.buffer.resize(CHUNK, 0);
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

    /// Reads what is left, and returns the SHA-256 of everything in hex.
    pub fn finish(mut self, mut go_on: impl FnMut() -> bool) -> io::Result<(u64, String)> {
        let mut rest = std::mem::take(&mut self.buffer);
        rest.resize(CHUNK, 0);
        while !self.ended {
            if !go_on() {
                return Ok((self.bytes, String::new()));
            }
            self.fetch(&mut rest)?;
        }
        let mut hex = String::with_capacity(64);
        for byte in self.hash.take().unwrap_or_default().finalize() {
            // Writing to a String cannot fail.
            let _ = write!(hex, "{byte:02x}");
        }
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

/// The bytes of a source as decompressed.
pub enum Inflated {
    /// Stored as they are.
    Plain(Box<Stored>),
    /// Through gzip.
    Gzip(Box<MultiGzDecoder<Stored>>),
    /// Through zstd.
    Zstd(Box<zstd::stream::read::Decoder<'static, Stored>>),
}

impl Inflated {
    /// Decompresses, if the first bytes say so.
    pub fn new(mut stored: Stored) -> io::Result<Self> {
        let compression = Compression::of(stored.peek(8)?);
        Ok(match compression {
            None => Self::Plain(Box::new(stored)),
            Some(Compression::Gzip) => Self::Gzip(Box::new(MultiGzDecoder::new(stored))),
            Some(Compression::Zstd) => Self::Zstd(Box::new(zstd::stream::read::Decoder::with_buffer(stored)?)),
        })
    }

    /// How the source is compressed.
    pub fn compression(&self) -> Option<Compression> {
        match self {
            Self::Plain(_) => None,
            Self::Gzip(_) => Some(Compression::Gzip),
            Self::Zstd(_) => Some(Compression::Zstd),
        }
    }

    /// The reader below.
    pub fn into_stored(self) -> Stored {
        match self {
            Self::Plain(stored) => *stored,
            Self::Gzip(gzip) => gzip.into_inner(),
            Self::Zstd(zstd) => zstd.finish(),
        }
    }
}

impl Read for Inflated {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stored) => stored.read(into),
            Self::Gzip(gzip) => gzip.read(into),
            Self::Zstd(zstd) => zstd.read(into),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::io::Write;

    fn stored(bytes: Vec<u8>) -> Stored {
        Stored::new(Box::new(io::Cursor::new(bytes)), Arc::default())
    }

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn members_and_frames_are_joined_and_the_stored_bytes_hashed() {
        let zstd = |text: &[u8]| zstd::encode_all(text, 1).unwrap();
        for (stored_bytes, name) in [
            ([gzip(b"one "), gzip(b"two")].concat(), Some("gzip")),
            ([zstd(b"one "), zstd(b"two")].concat(), Some("zstd")),
            (b"one two".to_vec(), None),
        ] {
            let mut inflated = Inflated::new(stored(stored_bytes.clone())).unwrap();
            assert_eq!(inflated.compression().map(Compression::name), name);
            let mut text = Vec::new();
            inflated.read_to_end(&mut text).unwrap();
            assert_eq!(text, b"one two");
            let (bytes, sha256) = inflated.into_stored().finish(|| true).unwrap();
            assert_eq!(bytes, stored_bytes.len() as u64);
            let expected: Vec<String> =
                Sha256::digest(&stored_bytes).iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(sha256, expected.concat());
        }
    }

    #[test]
    fn a_cut_stream_gives_what_it_held_and_then_an_error() {
        let text: Vec<u8> = (0..20_000u32).flat_map(|n| format!("{n}\n").into_bytes()).collect();
        let mut bytes = gzip(&text);
        bytes.truncate(bytes.len() / 2);
        let mut inflated = Inflated::new(stored(bytes.clone())).unwrap();
        let mut got = Vec::new();
        assert!(inflated.read_to_end(&mut got).is_err());
        assert!(got.len() > 1000 && text.starts_with(&got));
        assert_eq!(inflated.into_stored().finish(|| true).unwrap().0, bytes.len() as u64);
    }
}
