//! Distinct values and their codes.

use super::ABSENT;
use foldhash::fast::FixedState;
use hashbrown::HashTable;
use std::hash::BuildHasher;
use std::sync::OnceLock;

/// Distinct byte strings, numbered from 1 in order of first appearance; 0 is "absent".
#[derive(Clone)]
pub struct Dictionary {
    pub(super) bytes: Vec<u8>,
    /// `ends[code]` is where the value of `code` ends in `bytes`; `ends[0]` is 0.
    pub(super) ends: Vec<u64>,
    /// `hashes[code]`, so that merging reads no value of the batch to hash it; 0 for those added by `push`.
    hashes: Vec<u32>,
    index: HashTable<Entry>,
    /// The index of values that came from a file, made when it is first needed; they have no `hashes` until then.
    late: Option<OnceLock<HashTable<Entry>>>,
    hasher: FixedState,
}

/// An entry of the index. The hash stands beside the code, so that neither growing nor a look that ends in
/// nothing reads the values.
#[derive(Clone, Copy)]
struct Entry {
    hash: u32,
    code: u32,
}

impl Entry {
    fn spread(self) -> u64 {
        spread(self.hash)
    }
}

/// The table wants its bits at both ends of a wide number.
const fn spread(hash: u32) -> u64 {
    (hash as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Values merged at a time: their reads of far memory overlap.
const TOGETHER: usize = 64;

impl Default for Dictionary {
    fn default() -> Self {
        Self {
            bytes: Vec::new(),
            ends: vec![0],
            hashes: vec![0],
            index: HashTable::new(),
            late: None,
            hasher: FixedState::with_seed(0x6272_6561),
        }
    }
}

impl Dictionary {
    /// Returns the code of a value, adding it when it is new.
    ///
    /// An empty value is a value (it is "present but empty"), not absence.
    pub fn intern(&mut self, value: &[u8]) -> u32 {
        self.intern_hashed(value, self.hash(value))
    }

    fn hash(&self, value: &[u8]) -> u32 {
        self.hasher.hash_one(value) as u32
    }

    /// Values from a file, by where each ends; `indexed` where they were interned.
    pub(super) fn of_parts(bytes: Vec<u8>, ends: Vec<u64>, indexed: bool) -> Self {
        if indexed {
            return Self { bytes, ends, late: Some(OnceLock::new()), ..Self::default() };
        }
        let hashes = vec![0; ends.len()];
        Self { bytes, ends, hashes, ..Self::default() }
    }

    /// Every value of a dictionary from a file by its hash.
    fn indexed(&self) -> HashTable<Entry> {
        let mut index = HashTable::with_capacity(self.len());
        for (code, value) in self.iter() {
            let hash = self.hash(value);
            index.insert_unique(spread(hash), Entry { hash, code }, |entry| entry.spread());
        }
        index
    }

    /// Makes a dictionary from a file one like any other.
    #[cold]
    fn settle(&mut self) {
        if let Some(late) = self.late.take() {
            self.index = late.into_inner().unwrap_or_else(|| self.indexed());
            self.hashes = std::iter::once(0).chain(self.iter().map(|(_, value)| self.hash(value))).collect();
        }
    }

    /// The same, for a value whose hash is known.
    fn intern_hashed(&mut self, value: &[u8], hash: u32) -> u32 {
        if self.late.is_some() {
            self.settle();
        }
        let Self { bytes, ends, index, .. } = self;
        let found = index.find(spread(hash), |entry| entry.hash == hash && slice(bytes, ends, entry.code) == value);
        if let Some(entry) = found { entry.code } else { self.add(value, hash) }
    }

    /// Adds a value that is known not to be there.
    fn add(&mut self, value: &[u8], hash: u32) -> u32 {
        let code = self.append(value, hash);
        self.index.insert_unique(spread(hash), Entry { hash, code }, |entry| entry.spread());
        code
    }

    fn append(&mut self, value: &[u8], hash: u32) -> u32 {
        let code = self.ends.len() as u32;
        self.bytes.extend_from_slice(value);
        self.ends.push(self.bytes.len() as u64);
        self.hashes.push(hash);
        code
    }

    /// Interns every value of another dictionary. Returns the codes here by the codes there, [`ABSENT`] included.
    pub(super) fn intern_all(&mut self, other: &Self) -> Vec<u32> {
        self.settle();
        if other.late.is_some() {
            return std::iter::once(ABSENT).chain(other.iter().map(|(_, value)| self.intern(value))).collect();
        }
        let mut codes = Vec::with_capacity(other.len());
        codes.push(ABSENT);
        let last = other.len() as u32;
        let mut first = 1;
        let mut places = [(0, 0); TOGETHER];
        let mut found = [ABSENT; TOGETHER];
        while first < last {
            let some = (last - first).min(TOGETHER as u32);
            let hashes = &other.hashes[first as usize..(first + some) as usize];
            // Each loop waits for memory once, not once a value.
            for (found, &hash) in found.iter_mut().zip(hashes) {
                *found = self.index.find(spread(hash), |entry| entry.hash == hash).map_or(ABSENT, |entry| entry.code);
            }
            for (place, &code) in places.iter_mut().zip(&found[..some as usize]) {
                let before = self.ends[(code as usize).saturating_sub(1)];
                *place = (before as usize, self.ends[code as usize] as usize);
            }
            // The values are compared one after the other; a byte of each fetches them together.
            let bytes = places[..some as usize].iter().map(|&(start, _)| self.bytes.get(start).copied().unwrap_or(0));
            std::hint::black_box(bytes.fold(0, |all, byte| all ^ byte));
            for ((code, &hash), (found, &(start, end))) in (first..).zip(hashes).zip(found.iter().zip(&places)) {
                let value = slice(&other.bytes, &other.ends, code);
                codes.push(match *found {
                    // The values of a dictionary are distinct: none of this round has added this one.
                    ABSENT => self.add(value, hash),
                    found if self.bytes[start..end] == *value => found,
                    _ => self.intern_hashed(value, hash),
                });
            }
            first += some;
        }
        codes
    }

    /// Adds every value of another dictionary as [`Dictionary::push`] does.
    pub(super) fn push_all(&mut self, other: &Self) -> Vec<u32> {
        self.settle();
        let (bytes, first) = (self.bytes.len() as u64, self.ends.len() as u32);
        self.bytes.extend_from_slice(&other.bytes);
        self.ends.extend(other.ends[1..].iter().map(|end| bytes + end));
        self.hashes.resize(self.ends.len(), 0);
        std::iter::once(ABSENT).chain(first..self.ends.len() as u32).collect()
    }

    /// Forgets all values, and keeps the memory.
    pub(super) fn clear(&mut self) {
        self.late = None;
        self.bytes.clear();
        self.ends.truncate(1);
        self.hashes.truncate(1);
        self.index.clear();
    }

    /// Adds a value without looking whether it is there already (for columns that hardly repeat).
    pub fn push(&mut self, value: &[u8]) -> u32 {
        if self.late.is_some() {
            self.settle();
        }
        self.append(value, 0)
    }

    /// The code of a value that is there. Values added by [`Dictionary::push`] are not found.
    pub fn code(&self, value: &[u8]) -> Option<u32> {
        let hash = self.hash(value);
        let same = |entry: &Entry| entry.hash == hash && slice(&self.bytes, &self.ends, entry.code) == value;
        let index = self.late.as_ref().map_or(&self.index, |late| late.get_or_init(|| self.indexed()));
        index.find(spread(hash), same).map(|entry| entry.code)
    }

    /// The value of a code; empty for [`ABSENT`] and for codes out of range.
    pub fn get(&self, code: u32) -> &[u8] {
        if (code as usize) < self.ends.len() { slice(&self.bytes, &self.ends, code) } else { &[] }
    }

    /// The value as text. Dictionaries hold valid UTF-8 (decoders see to it); anything else reads as "".
    pub fn text(&self, code: u32) -> &str {
        std::str::from_utf8(self.get(code)).unwrap_or_default()
    }

    /// How many codes there are, [`ABSENT`] included: valid codes are `0..len()`.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether it holds no value.
    pub fn is_empty(&self) -> bool {
        self.ends.len() == 1
    }

    /// The values with their codes, from code 1 on.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &[u8])> {
        (1..self.ends.len() as u32).map(|code| (code, slice(&self.bytes, &self.ends, code)))
    }

    /// Bytes of memory held, roughly.
    pub fn memory(&self) -> usize {
        self.bytes.capacity() + self.ends.capacity() * 8 + self.hashes.capacity() * 4 + self.index.capacity() * 9
    }
}

fn slice<'a>(bytes: &'a [u8], ends: &[u64], code: u32) -> &'a [u8] {
    if code == 0 {
        return &[];
    }
    let code = code as usize;
    &bytes[ends[code - 1] as usize..ends[code] as usize]
}

/// Codes of values seen a short while ago, for columns of few distinct values: found without hashing.
#[derive(Clone)]
pub(super) struct Recent {
    codes: [u32; Self::SLOTS],
    /// Which slots hold values that were stored as they came in, with nothing in them to see, one bit each.
    quiet: u64,
}

impl Default for Recent {
    fn default() -> Self {
        Self { codes: [ABSENT; Self::SLOTS], quiet: 0 }
    }
}

impl Recent {
    const SLOTS: usize = 64;

    /// Interns by way of the slot of the value. `quiet` says that there was nothing to see in it.
    pub(super) fn intern(&mut self, value: &[u8], quiet: bool, dictionary: &mut Dictionary) -> u32 {
        let slot = Self::slot(value);
        let known = &mut self.codes[slot];
        if *known == ABSENT || dictionary.get(*known) != value {
            *known = dictionary.intern(value);
            self.quiet &= !(1 << slot);
        }
        self.quiet |= u64::from(quiet) << slot;
        *known
    }

    /// The code of a value that was here a short while ago, with nothing to see in it.
    #[inline]
    pub(super) fn quiet(&self, value: &[u8], dictionary: &Dictionary) -> Option<u32> {
        let slot = Self::slot(value);
        let known = self.codes[slot];
        (self.quiet & (1 << slot) != 0 && dictionary.get(known) == value).then_some(known)
    }

    /// Forgets everything, as the dictionary does.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Length, begin, middle and end of a value tell most apart.
    fn slot(value: &[u8]) -> usize {
        let word =
            |at: usize| value.get(at..at + 8).and_then(|word| word.try_into().ok()).map_or(0, u64::from_le_bytes);
        let length = value.len();
        let parts = if length < 8 {
            value.iter().fold(0, |sum, &byte| (sum << 8) | u64::from(byte))
        } else {
            word(0) ^ word(length / 2 - 4).rotate_left(21) ^ word(length - 8).rotate_left(42)
        };
        ((parts ^ length as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 58) as usize
    }
}
