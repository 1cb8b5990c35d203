//! One file in an archive.

use super::bound::Growth;
use super::extent::Extent;
use super::layers::{Compression, Layer};
use super::stored::Stored;
use crate::report::Container;
use std::io::{self, Read};
use std::sync::Arc;

/// How an archive packs one of its members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    /// As it is.
    None,
    /// Deflate without a header (zip only).
    Deflate,
    /// One of the compressions that stand by themselves.
    Alone(Compression),
}

/// One file in an archive, which can be opened again and again.
#[derive(Debug)]
pub struct Member {
    pub(super) container: Container,
    pub(super) extent: Extent,
    pub(super) packing: Packing,
    /// CRC-32 of its bytes, where the archive states one.
    pub(super) crc: Option<u32>,
    /// Bytes as extracted, as the archive states it.
    pub(super) bytes: u64,
    /// Seconds UTC of its last change, where the archive states one.
    pub(super) modified: Option<i64>,
    /// Archives around it.
    pub(super) depth: usize,
    pub(super) growth: Arc<Growth>,
    /// Why it cannot be read, in a sentence.
    pub(super) barred: Option<String>,
}

impl Member {
    /// The file on disk that it lies in, however deeply.
    pub fn container(&self) -> &Container {
        &self.container
    }

    /// Why it cannot be read, if it cannot.
    pub fn barred(&self) -> Option<&str> {
        self.barred.as_deref()
    }

    /// Bytes as extracted, as the archive states it.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Archives around it.
    pub(crate) fn depth(&self) -> usize {
        self.depth
    }

    pub(super) fn growth(&self) -> Arc<Growth> {
        Arc::clone(&self.growth)
    }

    /// For reading it once more: what was made before does not count again.
    pub(super) fn fresh_growth(&self) -> Arc<Growth> {
        let growth = Growth::default();
        growth.stored(self.container.bytes);
        Arc::new(growth)
    }

    /// Its bytes as extracted, where they lie as they are.
    pub(crate) fn extent(&self) -> Option<&Extent> {
        (self.packing == Packing::None).then_some(&self.extent)
    }

    /// Its bytes as extracted; what unpacking makes of them is counted in `growth`.
    pub(super) fn open(&self, growth: Arc<Growth>) -> io::Result<Box<dyn Read + Send>> {
        let window = self.extent.open()?;
        let packed: Box<dyn Read + Send> = match self.packing {
            Packing::None => Box::new(window),
            Packing::Deflate => Box::new(Counted {
                from: flate2::bufread::DeflateDecoder::new(io::BufReader::with_capacity(64 << 10, window)),
                growth,
            }),
            Packing::Alone(compression) => {
                // What it grows to is counted against the archive around it, not against itself.
                let mut stored = Stored::new(Box::new(window), Arc::default()).unhashed();
                stored.belongs_to(growth);
                Box::new(Layer::packed(stored, compression))
            }
        };
        Ok(match self.crc {
            Some(crc) => Box::new(Checked { from: packed, crc, seen: flate2::Crc::new() }),
            None => packed,
        })
    }
}

/// Counts what decompression makes.
struct Counted<R> {
    from: R,
    growth: Arc<Growth>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let got = self.from.read(into)?;
        self.growth.made(got as u64)?;
        Ok(got)
    }
}

/// Checks the sum at the end.
struct Checked {
    from: Box<dyn Read + Send>,
    crc: u32,
    seen: flate2::Crc,
}

impl Read for Checked {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let got = self.from.read(into)?;
        self.seen.update(&into[..got]);
        if got == 0 && !into.is_empty() && self.seen.sum() != self.crc {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "its checksum does not fit"));
        }
        Ok(got)
    }
}
