//! tar: old, POSIX and GNU, in any compression.

use super::{Found, Inflated, Packing, Unpacking, name_of};
use std::cell::Cell;
use std::io::{self, Read};

/// Bytes of a header.
const BLOCK: usize = 512;

/// Bytes that may stand between two members: names and attributes, which the tar crate holds in memory, and padding.
const BETWEEN: u64 = 64 << 20;

/// Whether this is the header of a member: the sum it states is that of its bytes.
pub(super) fn is_header(head: &[u8]) -> bool {
    let Some(header) = head.get(..BLOCK) else { return false };
    let (name, stated) = (header[0], &header[148..156]);
    let digits: Vec<u8> = stated.iter().copied().filter(u8::is_ascii_digit).collect();
    let Some(stated) = std::str::from_utf8(&digits).ok().and_then(|digits| u64::from_str_radix(digits, 8).ok()) else {
        return false;
    };
    let sum: u64 = header.iter().map(|&byte| u64::from(byte)).sum();
    let field: u64 = header[148..156].iter().map(|&byte| u64::from(byte)).sum();
    name != 0 && sum - field + 8 * u64::from(b' ') == stated
}

/// Stops reading where a header pretends to be longer than any is.
struct Leashed<'a> {
    from: &'a mut Inflated,
    left: &'a Cell<u64>,
}

impl Read for Leashed<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let got = self.from.read(into)?;
        let left = self.left.get().checked_sub(got as u64);
        self.left.set(left.ok_or_else(|| io::Error::other("a header in it is larger than 64 MiB"))?);
        Ok(got)
    }
}

impl Unpacking<'_> {
    /// Lists the members in one pass; those of a compressed tape are copied on the way.
    pub(super) fn list_tape(&mut self, from: &mut Inflated) -> Result<(), String> {
        let left = Cell::new(BETWEEN);
        let mut tape = tar::Archive::new(Leashed { from, left: &left });
        // Tapes that were joined go on after the end of the first.
        tape.set_ignore_zeros(true);
        let entries = tape.entries().map_err(|error| self.cut(&error))?;
        for entry in entries {
            if !(self.go_on)() {
                return Err(self.cut(&std::io::ErrorKind::Interrupted.into()));
            }
            let mut entry = entry.map_err(|error| self.cut(&error))?;
            // What the member holds is read or passed over before the next header.
            left.set(entry.size().saturating_add(BETWEEN));
            let kind = entry.header().entry_type();
            let Some(name) = name_of(&entry.path_bytes()) else { continue };
            if !(kind.is_file() || kind.is_contiguous() || kind.is_gnu_sparse()) || entry.path_bytes().ends_with(b"/") {
                continue;
            }
            let bytes = entry.size();
            let modified = entry.header().mtime().ok().and_then(|time| i64::try_from(time).ok());
            let (extent, cut) = match &self.extent {
                Some(extent) if !kind.is_gnu_sparse() => {
                    self.stopped = self.left < bytes;
                    self.left = self.left.saturating_sub(bytes);
                    (extent.part(entry.raw_file_position(), bytes), None)
                }
                _ => self.keep(&mut entry)?,
            };
            let found = Found { name, extent, packing: Packing::None, crc: None, bytes, modified, barred: None };
            self.add(found)?;
            if let Some(error) = cut {
                return Err(self.cut(&error));
            }
            if self.stopped {
                return Ok(());
            }
        }
        Ok(())
    }
}
