//! A table as a file that is quick to open: columns in few bytes, by name, each with a sum of its bytes.
//!
//! ```text
//! section ... section · index (JSON: name, offset, bytes, sum of each) · its length (8) · its sum (8) · MAGIC (8)
//! ```
//!
//! Numbers stand as multiples of a unit above a base, in as many bytes as nearly all of them need; the few others are
//! listed apart. What is damaged is noticed by its sum and by its lengths: it is given as nothing, never as another value.
//! Nothing in here is evidence: whoever has the records can make it again.

use super::NO_NUMBER;
use foldhash::fast::FixedState;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::File;
use std::hash::BuildHasher;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// The end of a file.
const MAGIC: [u8; 8] = *b"BLpack\x01\n";
/// Length and sum of the index, and what a file ends in.
const TAIL: usize = 24;
/// One in so many numbers may need more bytes than the others.
const RARE: u64 = 64;

/// Where a section stands.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Place {
    name: String,
    at: u64,
    bytes: u64,
    sum: u64,
}

/// Sections being written.
pub struct PackWriter<W: Write> {
    out: W,
    at: u64,
    places: Vec<Place>,
}

impl<W: Write> PackWriter<W> {
    /// Begins a file.
    pub fn new(out: W) -> Self {
        Self { out, at: 0, places: Vec::new() }
    }

    /// Adds bytes under a name. Fails when the output does.
    pub fn bytes(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let length = bytes.len() as u64;
        self.places.push(Place { name: name.to_owned(), at: self.at, bytes: length, sum: sum(bytes) });
        self.at += length;
        self.out.write_all(bytes)
    }

    /// Adds numbers under a name.
    pub fn numbers(&mut self, name: &str, values: impl Iterator<Item = i64> + Clone) -> io::Result<()> {
        self.bytes(name, &pack(values))
    }

    /// Adds what serialises under a name.
    pub fn value(&mut self, name: &str, value: &impl Serialize) -> io::Result<()> {
        self.bytes(name, &serde_json::to_vec(value)?)
    }

    /// Writes the end of the file. Gives the output back.
    pub fn finish(mut self) -> io::Result<W> {
        let index = serde_json::to_vec(&self.places)?;
        self.out.write_all(&index)?;
        self.out.write_all(&(index.len() as u64).to_le_bytes())?;
        self.out.write_all(&sum(&index).to_le_bytes())?;
        self.out.write_all(&MAGIC)?;
        self.out.flush()?;
        Ok(self.out)
    }
}

/// Sections that were read, by name.
#[derive(Default)]
pub struct Pack {
    sections: BTreeMap<String, Vec<u8>>,
}

impl Pack {
    /// Reads a file, by two threads. Fails when it cannot be read or is not whole.
    pub fn read(path: &Path) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let end = file.metadata()?.len();
        let mut tail = [0; TAIL];
        file.seek(SeekFrom::Start(end.checked_sub(TAIL as u64).ok_or_else(damaged)?))?;
        file.read_exact(&mut tail)?;
        let length = word(&tail, 0).ok_or_else(damaged)?;
        let is_ours = |_: &u64| tail[16..] == MAGIC;
        let start = (end - TAIL as u64).checked_sub(length).filter(is_ours).ok_or_else(damaged)?;
        file.seek(SeekFrom::Start(start))?;
        let mut index = vec![0; length as usize];
        file.read_exact(&mut index)?;
        if word(&tail, 8) != Some(sum(&index)) {
            return Err(damaged());
        }
        let places: Vec<Place> = serde_json::from_slice(&index).map_err(|_| damaged())?;
        if places.iter().any(|place| place.at.checked_add(place.bytes).is_none_or(|end| end > start)) {
            return Err(damaged());
        }
        let half = places.partition_point(|place| place.at < start / 2);
        let (first, second) = places.split_at(half);
        let (first, second) = std::thread::scope(|scope| {
            let other = scope.spawn(|| sections(path, second));
            (sections(path, first), other.join().unwrap_or_else(|_| Err(damaged())))
        });
        Ok(Self { sections: first?.into_iter().chain(second?).collect() })
    }

    /// Takes a section.
    pub fn bytes(&mut self, name: &str) -> Option<Vec<u8>> {
        self.sections.remove(name)
    }

    /// Takes numbers. `None` where they are not there or are not as many as they should be.
    pub fn numbers<T: Copy>(&mut self, name: &str, count: usize, make: impl Fn(i64) -> T) -> Option<Vec<T>> {
        unpack(&self.bytes(name)?, count, make)
    }

    /// Takes what was serialised.
    pub fn value<T: for<'a> Deserialize<'a>>(&mut self, name: &str) -> Option<T> {
        serde_json::from_slice(&self.bytes(name)?).ok()
    }

    /// How many numbers a section holds.
    pub fn count(&self, name: &str) -> Option<usize> {
        let count = self.sections.get(name)?.get(18..26)?.try_into().ok()?;
        usize::try_from(u64::from_le_bytes(count)).ok()
    }

    /// Whether a section holds so many numbers and nothing in it keeps them from being taken.
    pub fn fits(&self, name: &str, count: usize) -> bool {
        self.sections.get(name).is_some_and(|bytes| parts(bytes, count).is_some())
    }

    /// Whether there is a section of that name.
    pub fn has(&self, name: &str) -> bool {
        self.sections.contains_key(name)
    }
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "is damaged")
}

fn sections(path: &Path, places: &[Place]) -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut file = File::open(path)?;
    let mut read = |place: &Place| {
        file.seek(SeekFrom::Start(place.at))?;
        let mut bytes = Vec::with_capacity(place.bytes as usize);
        (&mut file).take(place.bytes).read_to_end(&mut bytes)?;
        if sum(&bytes) == place.sum { Ok((place.name.clone(), bytes)) } else { Err(damaged()) }
    };
    places.iter().map(&mut read).collect()
}

/// A sum that notices accidents, not people.
fn sum(bytes: &[u8]) -> u64 {
    FixedState::with_seed(0x7061_636b).hash_one(bytes)
}

/// How the numbers of a column stand.
struct Plan {
    /// The least number.
    base: i64,
    /// What all their differences are multiples of.
    unit: u64,
    /// Whether some are [`NO_NUMBER`]: then 0 stands for these, and all others are one more.
    absent: bool,
    /// Bytes of nearly all.
    width: u8,
}

impl Plan {
    fn of(values: impl Iterator<Item = i64> + Clone) -> Self {
        let there = || values.clone().filter(|&value| value != NO_NUMBER);
        let absent = values.clone().any(|value| value == NO_NUMBER);
        let base = there().min().unwrap_or(0);
        let unit = there().try_fold(0, |unit, value| match divisor(unit, value.abs_diff(base)) {
            1 => Err(1),
            unit => Ok(unit),
        });
        let unit = unit.unwrap_or_else(|one| one).max(1);
        let plan = Self { base, unit, absent, width: 8 };
        let mut count = 0u64;
        let mut over = [0u64; 4];
        for code in values.map(|value| plan.code(value)) {
            count += 1;
            for (over, width) in over.iter_mut().zip([0, 8, 16, 32]) {
                *over += u64::from(code >> width != 0);
            }
        }
        let width = [0, 1, 2, 4].into_iter().zip(over).find(|(_, over)| over * RARE <= count);
        Self { width: width.map_or(8, |(width, _)| width), ..plan }
    }

    fn code(&self, value: i64) -> u64 {
        if value == NO_NUMBER { 0 } else { value.abs_diff(self.base) / self.unit + u64::from(self.absent) }
    }

    fn value(&self, code: u64) -> i64 {
        if self.absent && code == 0 {
            return NO_NUMBER;
        }
        let above = (code - u64::from(self.absent)).wrapping_mul(self.unit);
        self.base.wrapping_add(above as i64)
    }

    fn fits(&self, code: u64) -> bool {
        self.width == 8 || code >> (8 * self.width) == 0
    }
}

fn divisor(a: u64, b: u64) -> u64 {
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// base (8) · unit (8) · absent (1) · width (1) · count (8) · exceptions (8) · each of them (row 8, code 8) · codes
const HEAD: usize = 34;

fn pack(values: impl Iterator<Item = i64> + Clone) -> Vec<u8> {
    let plan = Plan::of(values.clone());
    let codes = values.clone().map(|value| plan.code(value));
    let apart: Vec<(u64, u64)> = (0..).zip(codes).filter(|(_, code)| !plan.fits(*code)).collect();
    let mut out = Vec::new();
    out.extend(plan.base.to_le_bytes());
    out.extend(plan.unit.to_le_bytes());
    out.extend([u8::from(plan.absent), plan.width]);
    let count_at = out.len();
    out.extend(0u64.to_le_bytes());
    out.extend((apart.len() as u64).to_le_bytes());
    for (row, code) in &apart {
        out.extend(row.to_le_bytes());
        out.extend(code.to_le_bytes());
    }
    let mut count = 0u64;
    let width = usize::from(plan.width);
    for code in values.map(|value| plan.code(value)) {
        count += 1;
        let code = if plan.fits(code) { code } else { 0 };
        out.extend_from_slice(&code.to_le_bytes()[..width]);
    }
    out[count_at..count_at + 8].copy_from_slice(&count.to_le_bytes());
    out
}

/// Packed numbers taken apart.
struct Parts<'a> {
    plan: Plan,
    /// Row and code of those listed apart.
    apart: &'a [[u8; 16]],
    codes: &'a [u8],
}

/// Takes so many packed numbers apart.
fn parts(bytes: &[u8], count: usize) -> Option<Parts<'_>> {
    let (head, rest) = bytes.split_at_checked(HEAD)?;
    let plan = Plan { base: word(head, 0)? as i64, unit: word(head, 8)?, absent: head[16] != 0, width: head[17] };
    let (apart, codes) = rest.split_at_checked(usize::try_from(word(head, 26)?).ok()?.checked_mul(16)?)?;
    let (apart, _) = apart.as_chunks();
    let in_range = apart.iter().all(|pair| word(pair, 0).is_some_and(|row| row < count as u64));
    let whole = word(head, 18)? == count as u64 && codes.len() == count.checked_mul(usize::from(plan.width))?;
    (in_range && whole && matches!(plan.width, 0 | 1 | 2 | 4 | 8)).then_some(Parts { plan, apart, codes })
}

fn word(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

fn unpack<T: Copy>(bytes: &[u8], count: usize, make: impl Fn(i64) -> T) -> Option<Vec<T>> {
    let Parts { plan, apart, codes } = parts(bytes, count)?;
    let of = |code: u64| make(plan.value(code));
    let mut values: Vec<T> = match plan.width {
        0 => vec![of(0); count],
        1 => codes.iter().map(|&code| of(u64::from(code))).collect(),
        2 => codes.as_chunks().0.iter().map(|&code| of(u64::from(u16::from_le_bytes(code)))).collect(),
        4 => codes.as_chunks().0.iter().map(|&code| of(u64::from(u32::from_le_bytes(code)))).collect(),
        _ => codes.as_chunks().0.iter().map(|&code| of(u64::from_le_bytes(code))).collect(),
    };
    for pair in apart {
        *values.get_mut(word(pair, 0)? as usize)? = of(word(pair, 8)?);
    }
    Some(values)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn back(values: &[i64]) -> Vec<i64> {
        unpack(&pack(values.iter().copied()), values.len(), |value| value).unwrap()
    }

    #[test]
    fn numbers_take_as_few_bytes_as_nearly_all_need() {
        let size = |values: &[i64]| pack(values.iter().copied()).len() - HEAD;
        assert_eq!(size(&[7; 1000]), 0);
        let seconds: Vec<i64> = (0..1000).map(|second| 1_772_590_300_000_000 + second % 200 * 1_000_000).collect();
        assert_eq!(size(&seconds), 1000, "whole seconds");
        let mut one_far: Vec<i64> = (0..1000).map(|n| n % 100).collect();
        one_far[500] = i64::MAX;
        assert_eq!(size(&one_far), 1000 + 16);
        assert_eq!(back(&one_far), one_far);
    }

    proptest! {
        #[test]
        fn numbers_come_back(
            values in prop::collection::vec(
                prop_oneof![Just(NO_NUMBER), -3i64..300, any::<i64>(), (0i64..9).prop_map(|n| n * 1_000_000)], 0..300)
        ) {
            prop_assert_eq!(back(&values), values);
        }

        #[test]
        fn any_bytes_give_numbers_or_nothing(bytes in prop::collection::vec(any::<u8>(), 0..120), count in 0usize..40) {
            if let Some(values) = unpack(&bytes, count, |value| value) {
                prop_assert_eq!(values.len(), count);
            }
        }
    }

    #[test]
    fn what_is_damaged_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let mut writer = PackWriter::new(Vec::new());
        writer.bytes("text", b"hello").unwrap();
        writer.numbers("numbers", (0..100).map(|n| n * n)).unwrap();
        writer.value("names", &["a", "b"]).unwrap();
        let whole = writer.finish().unwrap();
        std::fs::write(&path, &whole).unwrap();
        let mut pack = Pack::read(&path).unwrap();
        assert_eq!(pack.bytes("text").unwrap(), b"hello");
        assert_eq!(pack.numbers("numbers", 100, |value| value).unwrap()[9], 81);
        assert_eq!(pack.value::<Vec<String>>("names").unwrap(), ["a", "b"]);
        assert!(!pack.has("text") && pack.bytes("other").is_none());
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 0x10;
            std::fs::write(&path, changed).unwrap();
            assert!(Pack::read(&path).is_err(), "byte {at}");
        }
        for length in [0, 3, 15, 16, whole.len() - 1] {
            std::fs::write(&path, &whole[..length]).unwrap();
            assert!(Pack::read(&path).is_err(), "{length} bytes");
        }
    }
}
