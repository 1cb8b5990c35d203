//! The original bytes of records, read back from where they came.
//!
//! Plain files are read at the place. Compressed sources and pipes are read from a [`Spool`] when the load
//! kept one; without it compressed files are decompressed again, forwards from the last place read.

mod spool;

pub use spool::{Spool, Spooling};

use crate::source::{Inflated, Origin, Source, Stored};
use crate::table::Place;
use std::fs::{self, File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Access to the bytes of one source.
#[derive(Debug)]
pub(crate) enum Access {
    /// A file stored as it is.
    Plain(Stamp),
    /// A compressed file.
    Compressed(Stamp),
    /// In the spool, under the source's number.
    Spooled,
    /// No way back; why, in a sentence.
    Gone(String),
}

/// What tells that a file is still the one that was read.
#[derive(Debug)]
pub(crate) struct Stamp {
    name: String,
    path: PathBuf,
    len: u64,
    inode: u64,
}

impl Stamp {
    /// Remembers a file of which `len` bytes were read.
    pub(crate) fn new(name: &str, path: &Path, len: u64) -> Self {
        let inode = fs::metadata(path).map_or(0, |metadata| inode(&metadata));
        Self { name: name.to_owned(), path: path.to_owned(), len, inode }
    }

    /// Opens the file if it still holds what was read. It may have grown: logs do.
    fn open(&self) -> io::Result<File> {
        let file = File::open(&self.path)?;
        let metadata = file.metadata()?;
        if metadata.len() < self.len || inode(&metadata) != self.inode { Err(self.changed()) } else { Ok(file) }
    }

    fn changed(&self) -> io::Error {
        io::Error::other(format!("{} has changed since it was read; load it again", self.name))
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

/// Original bytes of records, read back from where they came.
#[derive(Default)]
pub struct RawLines {
    sources: Vec<Access>,
    spool: Option<Spool>,
    /// The source that was decompressed last, and how far.
    cursor: Mutex<Option<Cursor>>,
}

struct Cursor {
    source: u32,
    at: u64,
    from: Inflated,
}

impl RawLines {
    pub(crate) fn new(sources: Vec<Access>, spool: Option<Spool>) -> Self {
        Self { sources, spool, cursor: Mutex::new(None) }
    }

    /// The bytes of a record as they stand in its source (line end excluded).
    ///
    /// Fails when the file has changed since it was read, and for pipes of a load without
    /// [`crate::load::LoadOptions::keep_raw`]; the error is a sentence.
    pub fn read(&self, source: u32, place: Place) -> io::Result<Vec<u8>> {
        match self.sources.get(source as usize) {
            Some(Access::Plain(stamp)) => {
                let mut file = stamp.open()?;
                file.seek(SeekFrom::Start(place.byte_offset))?;
                let mut bytes = vec![0; place.byte_len as usize];
                file.read_exact(&mut bytes).map_err(|_| stamp.changed())?;
                Ok(bytes)
            }
            Some(Access::Compressed(stamp)) => self.inflate(source, stamp, place),
            Some(Access::Spooled) => match &self.spool {
                Some(spool) => spool.read(source, place.byte_offset, place.byte_len as usize),
                None => Err(io::ErrorKind::NotFound.into()),
            },
            Some(Access::Gone(why)) => Err(io::Error::other(why.clone())),
            None => Err(io::Error::other(format!("there is no source number {}", u64::from(source) + 1))),
        }
    }

    /// Decompresses up to the place, from the last place read if that lies before it.
    fn inflate(&self, source: u32, stamp: &Stamp, place: Place) -> io::Result<Vec<u8>> {
        let mut slot = self.cursor.lock().unwrap_or_else(PoisonError::into_inner);
        let usable = slot.take().filter(|cursor| cursor.source == source && cursor.at <= place.byte_offset);
        let mut cursor = if let Some(cursor) = usable {
            cursor
        } else {
            let stored = Stored::new(Box::new(stamp.open()?), Arc::default()).unhashed();
            Cursor { source, at: 0, from: Inflated::new(stored)? }
        };
        let distance = place.byte_offset - cursor.at;
        let passed = io::copy(&mut (&mut cursor.from).take(distance), &mut io::sink())?;
        let mut bytes = vec![0; place.byte_len as usize];
        if passed < distance || cursor.from.read_exact(&mut bytes).is_err() {
            return Err(stamp.changed());
        }
        cursor.at = place.byte_offset + bytes.len() as u64;
        *slot = Some(cursor);
        Ok(bytes)
    }
}

/// The way back to a source that has been read.
pub(crate) fn access(source: &Source, stored: u64, compressed: bool, spooled: Result<(), String>) -> Access {
    match (&source.origin, compressed) {
        (Origin::File(path, _), false) => Access::Plain(Stamp::new(&source.name, path, stored)),
        (_, _) if spooled.is_ok() => Access::Spooled,
        (Origin::File(path, _), true) => Access::Compressed(Stamp::new(&source.name, path, stored)),
        _ => Access::Gone(match spooled {
            Err(why) if !why.is_empty() => why,
            _ => format!(
                "the lines of {} were not kept, and it can be read only once; save it to a file first",
                source.name
            ),
        }),
    }
}
