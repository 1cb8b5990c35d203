//! What the loader reads: the text of a source, decompressed and in UTF-8.

use super::Source;
use super::archive::{self, Archive};
use super::encoding::{Encoding, HEAD, Transcoder};
use super::layers::{Compression, Layer, MAGIC};
use super::stored::Stored;
use crate::value::hex;
use sha2::{Digest, Sha256};
use std::io::{self, BufRead, Read};

/// Bytes decoded at a time.
const DECODED: usize = 64 << 10;

/// The bytes of a source as decompressed and, where it is written in another encoding, as UTF-8.
pub struct Inflated {
    layer: Layer,
    transcoder: Option<(Encoding, Transcoder)>,
    /// Text decoded and not yet taken; used only with a transcoder.
    decoded: Vec<u8>,
    start: usize,
    /// What went wrong after the text decoded.
    failed: Option<io::Error>,
    /// Of the bytes as decompressed, before they are decoded.
    hash: Option<Sha256>,
}

impl Inflated {
    /// Decompresses as the first bytes say; whether the text is in another encoding is not looked at.
    pub fn new(stored: Stored) -> Self {
        Self { layer: Layer::new(stored), transcoder: None, decoded: Vec::new(), start: 0, failed: None, hash: None }
    }

    /// Opens a source that was read before, in the encoding that was found then.
    pub(crate) fn again(source: &Source, encoding: Option<Encoding>) -> io::Result<Self> {
        let mut from = Self::new(Stored::again(source)?);
        from.transcode(encoding);
        Ok(from)
    }

    /// Looks at the first text to recognise another encoding; `go_on` ends the wait for a slow pipe.
    pub fn recognise(&mut self, go_on: &dyn Fn() -> bool) {
        self.recognise_within(HEAD, go_on);
    }

    /// The same by so many bytes at most.
    pub(crate) fn recognise_within(&mut self, most: usize, go_on: &dyn Fn() -> bool) {
        let most = most.min(HEAD);
        let mut seen = 0;
        while go_on() {
            let head = self.layer.peek(if seen == 0 { MAGIC } else { (2 * seen).min(most) });
            if head.len() >= most || head.len() <= seen {
                break;
            }
            seen = head.len();
        }
        let encoding = Encoding::of(self.layer.peek(0));
        self.transcode(encoding);
    }

    /// Reads the text in this encoding; to be called before anything is read.
    pub fn transcode(&mut self, encoding: Option<Encoding>) {
        self.transcoder = encoding.map(|encoding| (encoding, Transcoder::new(encoding)));
    }

    /// The outermost compression.
    pub fn compression(&self) -> Option<Compression> {
        self.layer.compression()
    }

    /// The encoding, where it is not UTF-8.
    pub fn encoding(&self) -> Option<Encoding> {
        self.transcoder.as_ref().map(|(encoding, _)| *encoding)
    }

    /// The name of a compression or archive that is recognised but not read.
    pub fn foreign(&mut self) -> Option<&'static str> {
        Compression::foreign(self.layer.peek(MAGIC))
    }

    /// The next bytes before decoding, left in place.
    pub(super) fn peek(&mut self, at_least: usize) -> &[u8] {
        self.layer.peek(at_least)
    }

    /// Whether nothing went wrong in the bytes looked at so far.
    pub(super) fn is_sound(&self) -> bool {
        self.layer.is_sound()
    }

    /// What the source is, if it is an archive.
    pub fn archive(&mut self) -> Option<Archive> {
        Archive::of(self.layer.peek(archive::HEAD))
    }

    /// Stored bytes that were taken to make the text so far.
    pub(crate) fn taken(&self) -> u64 {
        self.layer.taken()
    }

    /// Hashes what is read from now on, as decompressed.
    pub fn hash(&mut self) {
        self.hash = Some(Sha256::new());
    }

    /// The SHA-256 of what was read since then, in hex.
    pub fn hashed(&mut self) -> Option<String> {
        self.hash.take().map(|hash| hex(&hash.finalize()))
    }

    /// The stored bytes below; what was decompressed and not read is dropped.
    pub fn into_stored(self) -> Option<Stored> {
        self.layer.into_stored()
    }

    fn decode_more(&mut self, transcoder: &mut Transcoder) {
        self.decoded.clear();
        self.start = 0;
        while self.decoded.is_empty() && !transcoder.ended() && self.failed.is_none() {
            match self.layer.fill_buf() {
                Ok(input) => {
                    let input = &input[..input.len().min(DECODED)];
                    let taken = transcoder.decode(input, &mut self.decoded, input.is_empty());
                    if let Some(hash) = &mut self.hash {
                        hash.update(&input[..taken]);
                    }
                    self.layer.consume(taken);
                }
                Err(error) => self.failed = Some(error),
            }
        }
    }
}

impl Read for Inflated {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let Some((encoding, mut transcoder)) = self.transcoder.take() else {
            let got = self.layer.read(into)?;
            if let Some(hash) = &mut self.hash {
                hash.update(&into[..got]);
            }
            return Ok(got);
        };
        if self.start == self.decoded.len() {
            self.decode_more(&mut transcoder);
        }
        self.transcoder = Some((encoding, transcoder));
        let text = &self.decoded[self.start..];
        if text.is_empty() {
            return self.failed.take().map_or(Ok(0), Err);
        }
        let got = into.len().min(text.len());
        into[..got].copy_from_slice(&text[..got]);
        self.start += got;
        Ok(got)
    }
}

#[cfg(test)]
#[path = "inflated/tests.rs"]
mod tests;
