//! A private, compressed copy of bytes that cannot be read again at a place: members of compressed archives, and on
//! request the text of compressed sources and pipes.
//!
//! One file a load, readable by this user only, without a name, gone with the process. Bytes are kept in pieces of
//! 1 MiB, each compressed by itself, so that any place is reached by decompressing one piece.

use crate::source::why;
use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Bytes that are compressed together.
const BLOCK: usize = 1 << 20;

/// One compressed piece.
#[derive(Clone, Copy, Debug)]
struct Piece {
    /// Where it starts in what was kept.
    start: u64,
    /// Bytes as kept.
    len: usize,
    /// Where it stands in the file.
    at: u64,
    /// Bytes there.
    stored: usize,
}

/// The file.
pub struct Store {
    open: Mutex<Open>,
}

struct Open {
    file: File,
    written: u64,
    compressor: zstd::bulk::Compressor<'static>,
    /// The piece decompressed last, by its place in the file: neighbours are often read one after the other.
    last: Option<(u64, Vec<u8>)>,
}

impl fmt::Debug for Store {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Store").finish_non_exhaustive()
    }
}

impl Store {
    /// Makes the file.
    pub fn new() -> io::Result<Arc<Self>> {
        let (file, compressor) = (tempfile::tempfile()?, zstd::bulk::Compressor::new(1)?);
        Ok(Arc::new(Self { open: Mutex::new(Open { file, written: 0, compressor, last: None }) }))
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    /// Adds a piece; returns where it stands and how long it is there.
    fn add(&mut self, bytes: &[u8]) -> io::Result<(u64, usize)> {
        let compressed = self.compressor.compress(bytes)?;
        let at = self.written;
        self.file.seek(SeekFrom::Start(at))?;
        self.file.write_all(&compressed)?;
        self.written += compressed.len() as u64;
        Ok((at, compressed.len()))
    }

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

/// Writes one run of bytes into a store.
pub struct Keeping {
    store: Arc<Store>,
    pieces: Vec<Piece>,
    start: u64,
    pending: Vec<u8>,
}

impl Keeping {
    /// Starts a run. Several may be written at the same time.
    pub fn new(store: &Arc<Store>) -> Self {
        Self { store: Arc::clone(store), pieces: Vec::new(), start: 0, pending: Vec::new() }
    }

    /// Ends the run.
    pub fn finish(mut self) -> io::Result<Kept> {
        self.flush()?;
        Ok(Kept { store: self.store, pieces: self.pieces.into(), len: self.start })
    }
}

impl Write for Keeping {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let now = bytes.len().min(BLOCK - self.pending.len());
        self.pending.extend_from_slice(&bytes[..now]);
        if self.pending.len() == BLOCK {
            self.flush()?;
        }
        Ok(now)
    }

    fn flush(&mut self) -> io::Result<()> {
        if !self.pending.is_empty() {
            let (at, stored) = self.store.open().add(&self.pending)?;
            self.pieces.push(Piece { start: self.start, len: self.pending.len(), at, stored });
            self.start += self.pending.len() as u64;
            self.pending.clear();
        }
        Ok(())
    }
}

/// One run of bytes in a store.
#[derive(Clone, Debug)]
pub struct Kept {
    store: Arc<Store>,
    pieces: Arc<[Piece]>,
    len: u64,
}

impl Kept {
    /// Bytes kept.
    pub fn bytes(&self) -> u64 {
        self.len
    }

    /// Reads from `offset` on, at most to the end of a piece; 0 bytes only at the end.
    pub fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        let index = self.pieces.partition_point(|piece| piece.start + piece.len as u64 <= offset);
        let Some(piece) = self.pieces.get(index) else { return Ok(0) };
        let mut open = self.store.open();
        let text = &open.text(*piece)?[(offset - piece.start) as usize..];
        let got = text.len().min(into.len());
        into[..got].copy_from_slice(&text[..got]);
        Ok(got)
    }

    /// `len` bytes from `offset` on.
    pub fn read(&self, offset: u64, len: usize) -> io::Result<Vec<u8>> {
        let missing = || io::Error::other("these bytes are not in the copy that was kept");
        if offset.checked_add(len as u64).is_none_or(|end| end > self.len) {
            return Err(missing());
        }
        let mut bytes = vec![0; len];
        let mut filled = 0;
        while filled < len {
            match self.read_at(offset + filled as u64, &mut bytes[filled..])? {
                0 => return Err(missing()),
                got => filled += got,
            }
        }
        Ok(bytes)
    }
}

/// Keeps the text of sources one after the other; a failure is remembered and said at the end of the source.
pub struct Spooling {
    store: Arc<Store>,
    current: Option<io::Result<Keeping>>,
}

impl Spooling {
    /// Keeps in `store`.
    pub fn new(store: &Arc<Store>) -> Self {
        Self { store: Arc::clone(store), current: None }
    }

    /// Starts a source; what follows belongs to it.
    pub fn begin(&mut self) {
        self.current = Some(Ok(Keeping::new(&self.store)));
    }

    /// Adds bytes of the current source.
    pub fn write(&mut self, bytes: &[u8]) {
        if let Some(Ok(keeping)) = &mut self.current
            && let Err(error) = keeping.write_all(bytes)
        {
            self.current = Some(Err(error));
        }
    }

    /// Ends the current source; a sentence says why if there is no complete copy.
    pub fn end(&mut self) -> Result<Kept, String> {
        let ended = self.current.take().unwrap_or_else(|| Err(io::ErrorKind::NotFound.into()));
        ended.and_then(Keeping::finish).map_err(|error| unkept(&error))
    }
}

/// The sentence for a copy that could not be made.
pub(crate) fn unkept(error: &io::Error) -> String {
    format!("the lines could not be kept in the directory for temporary files ({})", why(error))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn any_range_is_read_back_across_pieces_and_runs() {
        let text: Vec<u8> = (0..600_000u32).flat_map(|n| format!("{n} ").into_bytes()).collect();
        let store = Store::new().unwrap();
        let mut first = Keeping::new(&store);
        let mut second = Keeping::new(&store);
        // Both are written at the same time, and the first is read while the second is written.
        for (early, late) in text[..3_000_000].chunks(77_777).zip(text[500..].chunks(77_777)) {
            first.write_all(early).unwrap();
            second.write_all(late).unwrap();
        }
        let first = first.finish().unwrap();
        let cases =
            [(0, 0), (0, 10), (BLOCK - 5, 10), (BLOCK, 1), (2 * BLOCK - 1, 2), (100, 2 * BLOCK), (2_999_999, 1)];
        for (offset, len) in cases {
            assert_eq!(first.read(offset as u64, len).unwrap(), text[offset..offset + len]);
        }
        let second = second.finish().unwrap();
        for (offset, len) in cases {
            assert_eq!(second.read(offset as u64, len).unwrap(), text[offset + 500..offset + 500 + len]);
            assert_eq!(first.read(offset as u64, len).unwrap(), text[offset..offset + len]);
        }
        assert_eq!(first.bytes(), 3_000_000);
        assert!(first.read(2_999_999, 2).is_err());
        assert!(first.read(u64::MAX, 2).is_err());
    }
}
