//! Compression, and compression inside compression.

use super::bound::Growth;
use super::stored::Stored;
use std::io::{self, BufRead, Read};
use std::sync::Arc;

/// Compression inside compression is followed so deep.
pub(super) const MAX_LAYERS: usize = 4;

/// Decompressed bytes looked ahead at least, once any are.
const AHEAD: usize = 16 << 10;

/// Dictionaries of xz may be this large (the highest preset takes 64 MiB).
const XZ_MEMORY_KIB: u32 = 256 << 10;

/// Bytes that tell every compression and archive but tar.
pub(super) const MAGIC: usize = 10;

/// How bytes are compressed; told by the first of them, never by a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// gzip members.
    Gzip,
    /// zstd frames.
    Zstd,
    /// bzip2 streams.
    Bzip2,
    /// xz streams.
    Xz,
    /// lz4 frames.
    Lz4,
}

impl Compression {
    /// The name in output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Bzip2 => "bzip2",
            Self::Xz => "xz",
            Self::Lz4 => "lz4",
        }
    }

    /// Recognises it by magic bytes.
    pub fn of(head: &[u8]) -> Option<Self> {
        match head {
            [0x1f, 0x8b, 8, ..] => Some(Self::Gzip),
            // A data frame, or a skippable one.
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Self::Zstd),
            // The first block, or the end of a stream without one.
            [b'B', b'Z', b'h', b'1'..=b'9', b'1', b'A', b'Y', ..]
            | [b'B', b'Z', b'h', b'1'..=b'9', 0x17, 0x72, 0x45, ..] => Some(Self::Bzip2),
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some(Self::Xz),
            [4, 0x22, 0x4d, 0x18, ..] => Some(Self::Lz4),
            _ => None,
        }
    }

    /// The name of a compression or archive that is recognised but not read.
    pub fn foreign(head: &[u8]) -> Option<&'static str> {
        match head {
            [b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c, ..] => Some("7z"),
            [b'R', b'a', b'r', b'!', 0x1a, 7, ..] => Some("rar"),
            [b'L', b'Z', b'I', b'P', 1, ..] => Some("lzip"),
            [0x1f, 0x9d, ..] => Some("compress (.Z)"),
            [0x02, 0x21, 0x4c, 0x18, ..] => Some("lz4 of the legacy kind"),
            // What is left after all layers that are followed.
            _ => Self::of(head).map(Self::name),
        }
    }
}

/// Stored bytes, or bytes decompressed from another layer. Bytes can be looked at ahead of reading them.
pub(super) enum Layer {
    Stored(Box<Stored>),
    Frames(Box<Frames>),
}

impl Layer {
    /// Decompresses as long as the first bytes say so.
    pub(super) fn new(stored: Stored) -> Self {
        let growth = stored.growth();
        let mut layer = Self::Stored(Box::new(stored));
        for _ in 0..MAX_LAYERS {
            let Some(compression) = Compression::of(layer.peek(MAGIC)) else { break };
            layer = Self::Frames(Box::new(Frames::new(layer, compression, Arc::clone(&growth))));
        }
        layer
    }

    /// One layer of the compression given (a member of a zip archive says how it is packed).
    pub(super) fn packed(stored: Stored, compression: Compression) -> Self {
        let growth = stored.growth();
        Self::Frames(Box::new(Frames::new(Self::Stored(Box::new(stored)), compression, growth)))
    }

    /// The next bytes (at least so many, fewer only at the end or before an error, which the next read gives).
    pub(super) fn peek(&mut self, at_least: usize) -> &[u8] {
        match self {
            Self::Stored(stored) => {
                // An error comes again when the bytes are read.
                if stored.peek(at_least).is_err() {
                    return stored.peek(0).unwrap_or_default();
                }
                stored.peek(0).unwrap_or_default()
            }
            Self::Frames(frames) => frames.peek(at_least),
        }
    }

    /// Whether nothing went wrong in the bytes looked at so far.
    pub(super) fn is_sound(&self) -> bool {
        match self {
            Self::Stored(_) => true,
            Self::Frames(frames) => frames.failed.is_none(),
        }
    }

    /// The outermost compression.
    pub(super) fn compression(&self) -> Option<Compression> {
        match self {
            Self::Stored(_) => None,
            Self::Frames(frames) => {
                frames.from.as_ref().and_then(|from| from.below().compression()).or(Some(frames.compression))
            }
        }
    }

    /// Stored bytes that decompression has taken.
    pub(super) fn taken(&self) -> u64 {
        match self {
            Self::Stored(stored) => stored.taken(),
            Self::Frames(frames) => frames.from.as_ref().map_or(0, |from| from.below().taken()),
        }
    }

    /// The stored bytes below.
    pub(super) fn into_stored(self) -> Option<Stored> {
        match self {
            Self::Stored(stored) => Some(*stored),
            Self::Frames(frames) => frames.from?.into_below().into_stored(),
        }
    }
}

impl Read for Layer {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Stored(stored) => stored.read(into),
            Self::Frames(frames) => frames.read(into),
        }
    }
}

impl BufRead for Layer {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        match self {
            Self::Stored(stored) => stored.fill_buf(),
            Self::Frames(frames) => frames.fill_buf(),
        }
    }

    fn consume(&mut self, amount: usize) {
        match self {
            Self::Stored(stored) => stored.consume(amount),
            Self::Frames(frames) => frames.start = (frames.start + amount).min(frames.ahead.len()),
        }
    }
}

/// Tells whether the layer below ran out while a frame was being read: `lz4_flex` takes that for the end of the frame.
pub(super) struct Watched {
    below: Layer,
    dry: bool,
}

impl Read for Watched {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let got = self.below.read(into)?;
        self.dry |= got == 0 && !into.is_empty();
        Ok(got)
    }
}

/// What a layer is decompressed from: between two members, or inside one.
enum Decoding {
    Between(Layer),
    Gzip(Box<flate2::bufread::GzDecoder<Layer>>),
    Zstd(zstd::stream::read::Decoder<'static, Layer>),
    Bzip2(bzip2::bufread::BzDecoder<Layer>),
    Xz(Box<lzma_rust2::XzReader<Layer>>),
    Lz4(Box<lz4_flex::frame::FrameDecoder<Watched>>),
}

impl Decoding {
    fn open(below: Layer, compression: Compression) -> io::Result<Self> {
        Ok(match compression {
            Compression::Gzip => Self::Gzip(Box::new(flate2::bufread::GzDecoder::new(below))),
            Compression::Zstd => Self::Zstd(zstd::stream::read::Decoder::with_buffer(below)?.single_frame()),
            Compression::Bzip2 => Self::Bzip2(bzip2::bufread::BzDecoder::new(below)),
            Compression::Xz => Self::Xz(Box::new(lzma_rust2::XzReader::new_mem_limit(below, false, XZ_MEMORY_KIB))),
            Compression::Lz4 => Self::Lz4(Box::new(lz4_flex::frame::FrameDecoder::new(Watched { below, dry: false }))),
        })
    }

    fn below(&self) -> &Layer {
        match self {
            Self::Between(below) => below,
            Self::Gzip(decoder) => decoder.get_ref(),
            Self::Zstd(decoder) => decoder.get_ref(),
            Self::Bzip2(decoder) => decoder.get_ref(),
            Self::Xz(decoder) => decoder.inner(),
            Self::Lz4(decoder) => &decoder.get_ref().below,
        }
    }

    fn into_below(self) -> Layer {
        match self {
            Self::Between(below) => below,
            Self::Gzip(decoder) => decoder.into_inner(),
            Self::Zstd(decoder) => decoder.finish(),
            Self::Bzip2(decoder) => decoder.into_inner(),
            Self::Xz(decoder) => decoder.into_inner(),
            Self::Lz4(decoder) => decoder.into_inner().below,
        }
    }

    /// Bytes of the current member; 0 at its end.
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Between(_) => Ok(0),
            Self::Gzip(decoder) => decoder.read(into),
            Self::Zstd(decoder) => decoder.read(into),
            Self::Bzip2(decoder) => decoder.read(into),
            Self::Xz(decoder) => decoder.read(into),
            Self::Lz4(decoder) => match decoder.read(into)? {
                0 if decoder.get_ref().dry => Err(io::ErrorKind::UnexpectedEof.into()),
                got => Ok(got),
            },
        }
    }
}

/// Members or frames one after the other, each told by its own magic bytes.
pub(super) struct Frames {
    /// `None` only after zstd could not be set up.
    from: Option<Decoding>,
    compression: Compression,
    growth: Arc<Growth>,
    /// Decompressed bytes that were looked at, and how many of them are taken.
    ahead: Vec<u8>,
    start: usize,
    /// What went wrong after the bytes ahead.
    failed: Option<io::Error>,
    members: u64,
}

impl Frames {
    fn new(below: Layer, compression: Compression, growth: Arc<Growth>) -> Self {
        let from = Some(Decoding::Between(below));
        Self { from, compression, growth, ahead: Vec::new(), start: 0, failed: None, members: 0 }
    }

    fn peek(&mut self, at_least: usize) -> &[u8] {
        if self.ahead.len() - self.start < at_least && self.failed.is_none() {
            self.ahead.drain(..self.start);
            self.start = 0;
            let mut filled = self.ahead.len();
            while filled < at_least {
                // Grows with what there is: a small source costs little.
                self.ahead.resize(at_least.min((2 * filled).max(AHEAD)).max(filled + 1), 0);
                let mut ahead = std::mem::take(&mut self.ahead);
                let got = self.next(&mut ahead[filled..]);
                self.ahead = ahead;
                match got {
                    Ok(0) => break,
                    Ok(got) => filled += got,
                    Err(error) => {
                        self.failed = Some(error);
                        break;
                    }
                }
            }
            self.ahead.truncate(filled);
        }
        &self.ahead[self.start..]
    }

    /// Decompresses some bytes, over the ends of members.
    fn next(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        loop {
            let from = self.from.as_mut().ok_or_else(|| io::Error::other("its decompression could not be set up"))?;
            if let Decoding::Between(below) = from {
                let Some(compression) = following(below, self.members, self.compression)? else { return Ok(0) };
                self.members += 1;
                if let Some(below) = self.from.take().map(Decoding::into_below) {
                    self.from = Some(Decoding::open(below, compression)?);
                }
                continue;
            }
            match from.read(into)? {
                0 => self.from = self.from.take().map(|from| Decoding::Between(from.into_below())),
                got => {
                    self.growth.made(got as u64)?;
                    return Ok(got);
                }
            }
        }
    }
}

/// How the next member is compressed; `None` at the end, which tapes pad with NUL bytes.
fn following(below: &mut Layer, members: u64, first: Compression) -> io::Result<Option<Compression>> {
    if members == 0 {
        return Ok(Some(first));
    }
    let head = below.peek(MAGIC);
    if let Some(compression) = Compression::of(head) {
        return Ok(Some(compression));
    }
    loop {
        let rest = below.fill_buf()?;
        if rest.is_empty() {
            return Ok(None);
        }
        if rest.iter().any(|&byte| byte != 0) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "bytes follow that belong to no member of it"));
        }
        let padding = rest.len();
        below.consume(padding);
    }
}

impl Read for Frames {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.start < self.ahead.len() {
            let got = into.len().min(self.ahead.len() - self.start);
            into[..got].copy_from_slice(&self.ahead[self.start..self.start + got]);
            self.start += got;
            return Ok(got);
        }
        match self.failed.take() {
            Some(error) => Err(error),
            None => self.next(into),
        }
    }
}

impl Frames {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.start == self.ahead.len() {
            if let Some(error) = self.failed.take() {
                return Err(error);
            }
            self.peek(AHEAD);
            if self.start == self.ahead.len()
                && let Some(error) = self.failed.take()
            {
                return Err(error);
            }
        }
        Ok(&self.ahead[self.start..])
    }
}
