//! Sources that are likely the same: as large, and equal at both ends. A hunt compares all of their bytes.

use crate::load::sample::{Reach, Sample};
use std::collections::HashMap;

/// What copies have in common.
#[derive(PartialEq, Eq, Hash)]
struct Likeness {
    /// Bytes as decompressed if they were counted, else as stored; whether it is the former.
    bytes: (u64, bool),
    begin: u64,
    end: Option<u64>,
}

/// The sources so far.
#[derive(Default)]
pub(super) struct Copies(HashMap<Likeness, u32>);

impl Copies {
    /// The first source that this one is likely a copy of. A packed and an unpacked copy are told as such only where
    /// the packed one was read to its end.
    pub(super) fn earlier(&mut self, id: u32, sample: &Sample) -> Option<u32> {
        // Small files of something else are alike too easily.
        if sample.report.rows == 0 {
            return None;
        }
        let (begin, end) = sample.prints;
        let bytes = match (sample.text, sample.stored) {
            (Some(text), _) => (text, true),
            (None, Some(stored)) => (stored, false),
            (None, None) => return None,
        };
        // Whole and half-known ends would never be equal; the former say more.
        let end = end.filter(|_| sample.reach != Reach::Head);
        let first = *self.0.entry(Likeness { bytes, begin, end }).or_insert(id);
        (first != id).then_some(first)
    }
}
