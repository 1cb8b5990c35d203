//! Sources that hold the same bytes: the later one by name is not read.
//!
//! Whole contents are compared (SHA-256 of the bytes as decompressed), but only of sources whose first 16 KiB agree,
//! so files are read twice only where they are duplicates or look so. Not found: copies of which one was cut, goes on
//! or has another line end, and copies of a pipe larger than those 16 KiB.

use super::encoding::Encoding;
use super::inflated::Inflated;
use super::stored::{CHUNK, Stored};
use super::{Origin, Source};
use crate::report::SourceReport;
use crate::value::hex;
use foldhash::fast::FixedState;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::hash::BuildHasher;
use std::io::{self, Read};
use std::sync::Arc;

/// Bytes that must agree before more is looked at.
const HEAD: usize = 16 << 10;

/// The sources read so far.
#[derive(Default)]
pub struct Seen {
    by_head: HashMap<u64, Vec<Entry>, FixedState>,
}

struct Entry {
    source: Arc<Source>,
    compressed: bool,
    stored: u64,
    /// Bytes as decompressed, where they were counted as such.
    bytes: Option<u64>,
    sha256: String,
    /// SHA-256 as decompressed, once it was needed.
    content: Option<String>,
}

/// The beginning of a source, to remember it by.
#[derive(Clone, Copy, Debug)]
pub struct Head(u64);

impl Seen {
    /// Looks at the beginning of a source and, if need be, at all of it; returns the source read before that is the same.
    pub fn earlier(
        &mut self,
        source: &Source,
        from: &mut Inflated,
        go_on: &dyn Fn() -> bool,
    ) -> (Option<Head>, Option<Arc<Source>>) {
        let compressed = from.compression().is_some();
        from.peek(HEAD);
        // A damaged file is never taken for a copy.
        let is_sound = from.is_sound();
        let head = from.peek(0);
        if head.is_empty() || !is_sound {
            return (None, None);
        }
        let whole = (head.len() < HEAD).then(|| hex(&Sha256::digest(head)));
        let head = Head(FixedState::default().hash_one(&head[..head.len().min(HEAD)]));
        let Some(entries) = self.by_head.get_mut(&head.0) else { return (Some(head), None) };
        let mut mine = Candidate { source, compressed, whole, stored_hash: None, go_on };
        let same = entries.iter_mut().find_map(|entry| mine.is(entry).then(|| Arc::clone(&entry.source)));
        (Some(head), same)
    }

    /// Remembers a source that was read to its end.
    pub fn remember(&mut self, head: Head, source: &Arc<Source>, report: &SourceReport, encoding: Option<Encoding>) {
        let compressed = report.compression.is_some();
        let bytes = match (compressed, encoding) {
            (false, _) => Some(report.bytes),
            (true, None) => Some(report.bytes_decompressed),
            (true, Some(_)) => None,
        };
        self.by_head.entry(head.0).or_default().push(Entry {
            source: Arc::clone(source),
            compressed,
            stored: report.bytes,
            bytes,
            sha256: report.sha256.clone(),
            content: report.sha256_decompressed.clone(),
        });
    }
}

/// A source that may be the same as one read before.
struct Candidate<'a> {
    source: &'a Source,
    compressed: bool,
    /// SHA-256 as decompressed, once known.
    whole: Option<String>,
    /// SHA-256 as stored, once known.
    stored_hash: Option<String>,
    go_on: &'a dyn Fn() -> bool,
}

impl Candidate<'_> {
    fn is(&mut self, entry: &mut Entry) -> bool {
        let stored = match &self.source.origin {
            Origin::File(_, len) => Some(*len),
            Origin::Member(member) => Some(member.bytes()),
            Origin::Stdin | Origin::Stream(_) if self.whole.is_none() => return false,
            Origin::Stdin | Origin::Stream(_) => None,
        };
        // Byte by byte the same, as stored: nothing needs decompressing.
        if self.compressed && entry.compressed && stored == Some(entry.stored) {
            if self.stored_hash.is_none() {
                self.stored_hash = Stored::again(self.source).and_then(|from| self.hash(from)).ok();
            }
            if self.stored_hash.as_ref() == Some(&entry.sha256) {
                return true;
            }
        }
        if !self.compressed && entry.bytes.is_some() && stored.is_some() && stored != entry.bytes {
            return false;
        }
        if self.whole.is_none() {
            self.whole = Inflated::again(self.source, None).and_then(|from| self.hash(from)).ok();
        }
        if self.whole.is_none() {
            return false;
        }
        if !entry.compressed {
            return self.whole.as_ref() == Some(&entry.sha256);
        }
        if entry.content.is_none() && !matches!(entry.source.origin, Origin::Stdin | Origin::Stream(_)) {
            entry.content = Inflated::again(&entry.source, None).and_then(|from| self.hash(from)).ok();
        }
        self.whole == entry.content
    }

    fn hash(&self, mut from: impl Read) -> io::Result<String> {
        let mut hash = Sha256::new();
        let mut buffer = vec![0; CHUNK / 8];
        while (self.go_on)() {
            match from.read(&mut buffer) {
                Ok(0) => return Ok(hex(&hash.finalize())),
                Ok(got) => hash.update(&buffer[..got]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::ErrorKind::Interrupted.into())
    }
}
