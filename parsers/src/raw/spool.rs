//! A private, compressed copy of what was read from sources that cannot be read again at a place.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::{Mutex, PoisonError};

/// Bytes of a source that are compressed together.
const BLOCK: usize = 1 << 20;

/// One compressed piece of a source.
#[derive(Clone, Copy, Debug)]
struct Piece {
    /// Where it starts in the source as decompressed.
    start: u64,
    /// Bytes as decompressed.
    len: usize,
    /// Where it stands in the spool file.
    at: u64,
    /// Bytes there.
    stored: usize,
}

/// Writes the copy.
pub struct Spooling {
    file: File,
    written: u64,
    /// Pieces of each source, by number.
    pieces: Vec<Vec<Piece>>,
    pending: Vec<u8>,
    start: u64,
    failed: Option<String>,
}

impl Spooling {
    /// Makes the file: readable by this user only, without a name, gone with the process.
    pub fn new() -> io::Result<Self> {
        let file = tempfile::tempfile()?;
        Ok(Self { file, written: 0, pieces: Vec::new(), pending: Vec::with_capacity(BLOCK), start: 0, failed: None })
    }

    /// Starts a source; what follows belongs to it.
    pub fn begin(&mut self, source: u32) {
        self.pieces.resize_with(source as usize + 1, Vec::new);
        self.pending.clear();
        self.start = 0;
    }

    /// Adds bytes of the current source.
    pub fn write(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() && self.failed.is_none() {
            let (now, rest) = bytes.split_at(bytes.len().min(BLOCK - self.pending.len()));
            self.pending.extend_from_slice(now);
            bytes = rest;
            if self.pending.len() == BLOCK {
                self.flush();
            }
        }
    }

    /// Ends the current source; says why if its copy is not complete.
    pub fn end(&mut self) -> Result<(), String> {
        self.flush();
        self.failed.clone().map_or(Ok(()), Err)
    }

    fn flush(&mut self) {
        if self.pending.is_empty() || self.failed.is_some() {
            return;
        }
        let written = zstd::bulk::compress(&self.pending, 1)
            .and_then(|compressed| self.file.write_all(&compressed).map(|()| compressed.len()));
        match (written, self.pieces.last_mut()) {
            (Ok(stored), Some(pieces)) => {
                pieces.push(Piece { start: self.start, len: self.pending.len(), at: self.written, stored });
                self.written += stored as u64;
                self.start += self.pending.len() as u64;
                self.pending.clear();
            }
            (Err(error), _) => {
                self.failed =
                    Some(format!("the lines could not be kept in the directory for temporary files ({error})"));
            }
            (Ok(_), None) => {}
        }
    }

    /// Ends writing.
    pub fn finish(self) -> Spool {
        Spool { pieces: self.pieces, open: Mutex::new(Open { file: self.file, last: None }) }
    }
}

/// The finished copy.
pub struct Spool {
    pieces: Vec<Vec<Piece>>,
    open: Mutex<Open>,
}

struct Open {
    file: File,
    /// The piece decompressed last, by its place in the file: neighbours are often read one after the other.
    last: Option<(u64, Vec<u8>)>,
}

impl fmt::Debug for Spool {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Spool").field("sources", &self.pieces.len()).finish_non_exhaustive()
    }
}

impl Spool {
    /// `len` bytes of a source from `offset` on.
    pub fn read(&self, source: u32, offset: u64, len: usize) -> io::Result<Vec<u8>> {
        let missing = || io::Error::other("these bytes are not in the copy that was kept");
        let pieces = self.pieces.get(source as usize).ok_or_else(missing)?;
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let mut bytes = Vec::new();
        let first = pieces.partition_point(|piece| piece.start + piece.len as u64 <= offset);
        for piece in &pieces[first.min(pieces.len())..] {
            if bytes.len() == len {
                break;
            }
            let text = open.text(*piece)?;
            let from = (offset + bytes.len() as u64 - piece.start) as usize;
            bytes.extend_from_slice(&text[from..text.len().min(from + len - bytes.len())]);
        }
        if bytes.len() == len { Ok(bytes) } else { Err(missing()) }
    }
}

impl Open {
    fn text(&mut self, piece: Piece) -> io::Result<&[u8]> {
        if self.last.as_ref().is_none_or(|(at, _)| *at != piece.at) {
            let mut stored = vec![0; piece.stored];
            self.file.seek(SeekFrom::Start(piece.at))?;
            self.file.read_exact(&mut stored)?;
            self.last = Some((piece.at, zstd::bulk::decompress(&stored, piece.len)?));
        }
        Ok(self.last.as_ref().map_or(&[], |(_, text)| text.as_slice()))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn any_range_is_read_back_across_pieces_and_sources() {
        let text: Vec<u8> = (0..600_000u32).flat_map(|n| format!("{n} ").into_bytes()).collect();
        let mut spooling = Spooling::new().unwrap();
        for (source, text) in [(0, &text[..3_000_000]), (2, &text[500..])] {
            spooling.begin(source);
            for part in text.chunks(77_777) {
                spooling.write(part);
            }
            spooling.end().unwrap();
        }
        let spool = spooling.finish();
        let cases =
            [(0, 0), (0, 10), (BLOCK - 5, 10), (BLOCK, 1), (2 * BLOCK - 1, 2), (100, 2 * BLOCK), (2_999_999, 1)];
        for (offset, len) in cases {
            assert_eq!(spool.read(0, offset as u64, len).unwrap(), text[offset..offset + len]);
            assert_eq!(spool.read(2, offset as u64, len).unwrap(), text[offset + 500..offset + 500 + len]);
        }
        assert!(spool.read(0, 2_999_999, 2).is_err());
        assert!(spool.read(1, 0, 1).is_err());
        assert!(spool.read(9, 0, 1).is_err());
    }
}
