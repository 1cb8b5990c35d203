//! The original bytes of records, read back from where they came.
//!
//! Text that lies as it is (a plain file, a member of an uncompressed archive, a copied member) is read at the place.
//! Compressed or transcoded sources, and pipes, are read from a copy when the load kept one; without it they are
//! decompressed again, forwards from the last place read. Text in another encoding than UTF-8 comes back as UTF-8:
//! places count its bytes as decoded.

mod later;
mod spool;

pub use later::{Earlier, Keeper, Lines};
pub(crate) use spool::unkept;
pub use spool::{Keeping, Kept, Spooling, Store};

use crate::source::{Encoding, Extent, Inflated, Origin, Source, Stamp, Stored};
use crate::table::Place;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

/// Access to the bytes of one source.
#[derive(Debug)]
pub(crate) enum Access {
    /// Stored as it is, somewhere.
    Plain(Extent),
    /// To be decompressed or decoded again.
    Again(Again),
    /// A copy.
    Kept(Kept),
    /// No way back; why, in a sentence.
    Gone(String),
}

/// A source that can be read again from its start.
#[derive(Debug)]
pub(crate) struct Again {
    source: Arc<Source>,
    /// Of a file; what lies in an archive is watched over by the place it lies at.
    stamp: Option<Stamp>,
    encoding: Option<Encoding>,
}

impl Again {
    fn open(&self) -> io::Result<Inflated> {
        let Some(stamp) = &self.stamp else { return Inflated::again(&self.source, self.encoding) };
        let mut from = Inflated::new(Stored::new(Box::new(stamp.open()?), Arc::default()).unhashed());
        from.transcode(self.encoding);
        Ok(from)
    }

    fn changed(&self) -> io::Error {
        io::Error::other(format!("{} has changed since it was read; load it again", self.source.name))
    }
}

/// Original bytes of records, read back from where they came.
#[derive(Default)]
pub struct RawLines {
    sources: Vec<Access>,
    /// The source that was decompressed last, and how far.
    cursor: Mutex<Option<Cursor>>,
    /// Lines that were kept by an earlier run.
    shelf: Option<later::Shelf>,
}

struct Cursor {
    source: u32,
    at: u64,
    from: Inflated,
}

impl RawLines {
    pub(crate) fn new(sources: Vec<Access>) -> Self {
        Self { sources, cursor: Mutex::new(None), shelf: None }
    }

    /// The bytes of a record as they stand in its source (line end excluded).
    ///
    /// Fails when the file has changed since it was read, and for pipes of a load without
    /// [`crate::load::LoadOptions::keep_raw`]; the error is a sentence.
    pub fn read(&self, source: u32, place: Place) -> io::Result<Vec<u8>> {
        if let Some(line) = self.shelf.as_ref().map(|shelf| shelf.line(source, place)).transpose()?.flatten() {
            return Ok(line);
        }
        match self.sources.get(source as usize) {
            Some(Access::Plain(extent)) => extent.read(place.byte_offset, place.byte_len as usize),
            Some(Access::Again(again)) => self.inflate(source, again, place),
            Some(Access::Kept(kept)) => kept.read(place.byte_offset, place.byte_len as usize),
            Some(Access::Gone(why)) => Err(io::Error::other(why.clone())),
            None => Err(io::Error::other(format!("there is no source number {}", u64::from(source) + 1))),
        }
    }

    /// Decompresses up to the place, from the last place read if that lies before it.
    fn inflate(&self, source: u32, again: &Again, place: Place) -> io::Result<Vec<u8>> {
        let mut slot = self.cursor.lock().unwrap_or_else(PoisonError::into_inner);
        let usable = slot.take().filter(|cursor| cursor.source == source && cursor.at <= place.byte_offset);
        let mut cursor = if let Some(cursor) = usable { cursor } else { Cursor { source, at: 0, from: again.open()? } };
        let distance = place.byte_offset - cursor.at;
        let passed = io::copy(&mut (&mut cursor.from).take(distance), &mut io::sink())?;
        let mut bytes = vec![0; place.byte_len as usize];
        if passed < distance || cursor.from.read_exact(&mut bytes).is_err() {
            return Err(again.changed());
        }
        cursor.at = place.byte_offset + bytes.len() as u64;
        *slot = Some(cursor);
        Ok(bytes)
    }
}

/// Whether the text of a source can be read at any place without a copy.
pub(crate) fn lies_as_it_is(source: &Source, compressed: bool, encoding: Option<Encoding>) -> bool {
    if compressed || encoding.is_some() {
        return false;
    }
    match &source.origin {
        Origin::File(..) => true,
        Origin::Member(member) => member.extent().is_some(),
        Origin::Stdin | Origin::Stream(_) => false,
    }
}

/// The way back to a source that has been read, of which so many bytes were `stored`.
pub(crate) fn access(
    source: &Arc<Source>,
    stored: u64,
    compressed: bool,
    encoding: Option<Encoding>,
    kept: Result<Kept, String>,
) -> Access {
    let plain = lies_as_it_is(source, compressed, encoding);
    let stamp = || Stamp::new(source, stored);
    match (&source.origin, kept) {
        (Origin::File(..), _) if plain && let Some(stamp) = stamp() => Access::Plain(Extent::file(stamp)),
        (Origin::Member(member), _) if plain && let Some(extent) = member.extent() => Access::Plain(extent.clone()),
        (_, Ok(kept)) => Access::Kept(kept),
        (Origin::File(..) | Origin::Member(_), Err(_)) => {
            Access::Again(Again { source: Arc::clone(source), stamp: stamp(), encoding })
        }
        (_, Err(why)) if !why.is_empty() => Access::Gone(why),
        _ => Access::Gone(format!(
            "the lines of {} were not kept, and it can be read only once; save it to a file first",
            source.name
        )),
    }
}
