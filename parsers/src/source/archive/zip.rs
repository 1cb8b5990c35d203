//! zip: its directory. The members are read elsewhere, as what they are.
//!
//! The directory is read here and not by a crate because all that is wanted are places: also of members that stand
//! twice under one name, or that cannot be read.

use super::{Found, Inflated, Packing, Unpacking, name_of};
use crate::source::extent::{Extent, Window};
use crate::source::layers::Compression;
use crate::source::why;
use chrono::NaiveDate;
use std::io::{self, BufRead, BufReader, Read};

const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
const END_64: u32 = 0x0606_4b50;
const LOCATOR_64: u32 = 0x0706_4b50;

/// Bytes of the last record without its comment, and of the longest comment.
const END_LEN: u64 = 22;
const COMMENT: u64 = 0xffff;

/// One entry of the directory.
struct Entry {
    name: Vec<u8>,
    flags: u16,
    method: u16,
    modified: Option<i64>,
    crc: u32,
    packed: u64,
    bytes: u64,
    at: u64,
    is_link: bool,
}

/// Where the directory stands, and what must be added to the offsets in it (bytes may stand before the archive).
struct Directory {
    start: u64,
    len: u64,
    shift: u64,
}

impl Unpacking<'_> {
    /// Lists the members by the directory at the end. An archive that cannot be read at a place is copied first.
    pub(super) fn list_zip(&mut self, from: &mut Inflated) -> Result<(), String> {
        let name = self.name;
        let extent = if let Some(extent) = self.extent.clone() {
            extent
        } else {
            let (extent, cut) = self.keep(from)?;
            if let Some(error) = cut {
                return Err(self.cut(&error));
            }
            if self.stopped {
                return Err(format!("{name} was not looked into: its directory stands at its end; a hunt reads it"));
            }
            extent
        };
        let damaged = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => {
                format!("{name} is a zip archive without its directory, which stands at its end; copy it anew")
            }
            _ => format!("the directory of the zip archive {name} is damaged ({}); copy it anew", why(&error)),
        };
        let directory = find(&extent).map_err(damaged)?;
        let mut entries = BufReader::new(extent.part(directory.start, directory.len).open().map_err(damaged)?);
        let mut local = extent.open().map_err(damaged)?;
        let mut packed = 0u64;
        while !entries.fill_buf().map_err(damaged)?.is_empty() {
            let entry = next(&mut entries).map_err(damaged)?;
            packed = packed.saturating_add(entry.packed);
            if packed > extent.len() {
                return Err(format!(
                    "the files in {name} overlap, as made to exhaust its reader (a decompression bomb); extract it by hand"
                ));
            }
            let Some(member) = name_of(&entry.name) else { continue };
            if entry.name.ends_with(b"/") || entry.is_link {
                continue;
            }
            let start = data(&mut local, entry.at.saturating_add(directory.shift)).map_err(damaged)?;
            self.add(entry.found(member, extent.part(start, entry.packed)))?;
        }
        Ok(())
    }
}

impl Entry {
    fn found(&self, name: String, extent: Extent) -> Found {
        let (packing, barred) = match (self.flags & 1, self.method) {
            (1, _) => (Packing::None, Some("is encrypted; extract it with its password first".to_owned())),
            (_, 0) => (Packing::None, None),
            (_, 8) => (Packing::Deflate, None),
            (_, 12) => (Packing::Alone(Compression::Bzip2), None),
            (_, 93) => (Packing::Alone(Compression::Zstd), None),
            (_, 95) => (Packing::Alone(Compression::Xz), None),
            (_, method) => {
                let why = format!("is packed by method {method} of zip, which is not read; extract it first");
                (Packing::None, Some(why))
            }
        };
        Found { name, extent, packing, crc: Some(self.crc), bytes: self.bytes, modified: self.modified, barred }
    }
}

/// Finds the directory from the record at the end.
fn find(extent: &Extent) -> io::Result<Directory> {
    let len = extent.len();
    let tail_start = len.saturating_sub(END_LEN + COMMENT + 20);
    let tail = extent.read(tail_start, (len - tail_start) as usize)?;
    let is_end = |at: &usize| {
        let comment = u64::from(u16_at(&tail, at + 20));
        u32_at(&tail, *at) == END && *at as u64 + END_LEN + comment <= tail.len() as u64
    };
    let last = tail.len().checked_sub(END_LEN as usize).ok_or(io::ErrorKind::NotFound)?;
    let at = (0..=last).rev().find(is_end).ok_or(io::ErrorKind::NotFound)?;
    let (mut end, mut size, mut offset) =
        (tail_start + at as u64, u64::from(u32_at(&tail, at + 12)), u64::from(u32_at(&tail, at + 16)));
    if let Some(locator) = at.checked_sub(20)
        && u32_at(&tail, locator) == LOCATOR_64
    {
        // Where the locator says, or right before the locator if bytes were put in front of the archive.
        let places = [u64_at(&tail, locator + 8), (tail_start + locator as u64).saturating_sub(56)];
        for place in places {
            let Ok(record) = extent.read(place, 56) else { continue };
            if u32_at(&record, 0) == END_64 {
                (end, size, offset) = (place, u64_at(&record, 40), u64_at(&record, 48));
                break;
            }
        }
    }
    let start = end.checked_sub(size).ok_or_else(|| io::Error::other("it is longer than the file"))?;
    let shift = start.checked_sub(offset).ok_or_else(|| io::Error::other("it lies beyond the end of the file"))?;
    Ok(Directory { start, len: size, shift })
}

/// The next entry of the directory.
fn next(from: &mut impl Read) -> io::Result<Entry> {
    let mut fixed = [0; 46];
    from.read_exact(&mut fixed)?;
    if u32_at(&fixed, 0) != CENTRAL {
        return Err(io::Error::other("an entry does not begin as one"));
    }
    let mut take = |len: usize| {
        let mut bytes = vec![0; len];
        from.read_exact(&mut bytes).map(|()| bytes)
    };
    let name = take(usize::from(u16_at(&fixed, 28)))?;
    let extra = take(usize::from(u16_at(&fixed, 30)))?;
    take(usize::from(u16_at(&fixed, 32)))?;
    let mut sizes = [24, 20, 42].map(|at| u64::from(u32_at(&fixed, at)));
    widen(&mut sizes, &extra);
    let [bytes, packed, at] = sizes;
    Ok(Entry {
        name,
        flags: u16_at(&fixed, 8),
        method: u16_at(&fixed, 10),
        modified: dos_time(u16_at(&fixed, 14), u16_at(&fixed, 12)),
        crc: u32_at(&fixed, 16),
        packed,
        bytes,
        at,
        is_link: (u32_at(&fixed, 38) >> 16) & 0o170_000 == 0o120_000,
    })
}

/// Sizes that do not fit 32 bits stand in an extra field, in this order and only those.
fn widen(sizes: &mut [u64; 3], mut extra: &[u8]) {
    while extra.len() >= 4 {
        let (id, len) = (u16_at(extra, 0), usize::from(u16_at(extra, 2)));
        let field = extra.get(4..4 + len).unwrap_or_default();
        if id == 1 {
            let mut wide = field.chunks_exact(8);
            for size in sizes.iter_mut().filter(|size| **size == u64::from(u32::MAX)) {
                if let Some(bytes) = wide.next() {
                    *size = u64_at(bytes, 0);
                }
            }
            return;
        }
        extra = extra.get(4 + len..).unwrap_or_default();
    }
}

/// Where the bytes of the member begin whose own header stands at `at`.
fn data(local: &mut Window, at: u64) -> io::Result<u64> {
    let mut header = [0; 30];
    local.go_to(at)?;
    local.read_exact(&mut header)?;
    if u32_at(&header, 0) != LOCAL {
        return Err(io::Error::other("a file does not stand where it says"));
    }
    Ok(at + 30 + u64::from(u16_at(&header, 26)) + u64::from(u16_at(&header, 28)))
}

/// Seconds of a time in DOS form; the zone is not stated, and only the year is looked at.
fn dos_time(date: u16, time: u16) -> Option<i64> {
    let day = NaiveDate::from_ymd_opt(1980 + i32::from(date >> 9), u32::from(date >> 5) & 15, u32::from(date) & 31)?;
    let time = day.and_hms_opt(u32::from(time >> 11), u32::from(time >> 5) & 63, (u32::from(time) & 31) * 2)?;
    Some(time.and_utc().timestamp())
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..at + 2).map_or(0, |two| u16::from_le_bytes([two[0], two[1]]))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from(u16_at(bytes, at)) | u32::from(u16_at(bytes, at + 2)) << 16
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}
