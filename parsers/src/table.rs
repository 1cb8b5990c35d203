//! Facts in columns: narrow rows, wide dictionaries.
//!
//! In: facts of one record at a time ([`FactTable::push`]), or whole batches ([`FactTable::append`]).
//! Out: fixed-width columns; text is a `u32` code into a [`Dictionary`] of distinct values, code 0 is "absent".
//! A column that no record had costs nothing. Codes follow first appearance, so they depend on
//! the order of records and on nothing else (not on threads, not on block sizes).

use crate::schema::{Number, Text};
use foldhash::fast::FixedState;
use hashbrown::HashTable;
use std::hash::BuildHasher;

/// The code that means "this record has no value here".
pub const ABSENT: u32 = 0;

/// The number that means "this record has no value here".
pub const NO_NUMBER: i64 = i64::MIN;

/// Distinct byte strings, numbered from 1 in order of first appearance; 0 is "absent".
#[derive(Clone)]
pub struct Dictionary {
    bytes: Vec<u8>,
    /// `ends[code]` is where the value of `code` ends in `bytes`; `ends[0]` is 0.
    ends: Vec<u64>,
    /// `hashes[code]`, so that neither growing nor merging reads the values again; 0 for those added by `push`.
    hashes: Vec<u64>,
    index: HashTable<u32>,
    hasher: FixedState,
}

impl Default for Dictionary {
    fn default() -> Self {
        Self {
            bytes: Vec::new(),
            ends: vec![0],
            hashes: vec![0],
            index: HashTable::new(),
            hasher: FixedState::with_seed(0x6272_6561),
        }
    }
}

impl Dictionary {
    /// Returns the code of a value, adding it when it is new.
    ///
    /// An empty value is a value (it is "present but empty"), not absence.
    pub fn intern(&mut self, value: &[u8]) -> u32 {
        self.intern_hashed(value, self.hasher.hash_one(value))
    }

    /// The same, for a value whose hash is known.
    fn intern_hashed(&mut self, value: &[u8], hash: u64) -> u32 {
        let Self { bytes, ends, hashes, index, .. } = self;
        let found = index.find(hash, |&code| hashes[code as usize] == hash && slice(bytes, ends, code) == value);
        if let Some(&code) = found {
            return code;
        }
        let code = ends.len() as u32;
        bytes.extend_from_slice(value);
        ends.push(bytes.len() as u64);
        hashes.push(hash);
        index.insert_unique(hash, code, |&code| hashes[code as usize]);
        code
    }

    /// Forgets all values, and keeps the memory.
    fn clear(&mut self) {
        self.bytes.clear();
        self.ends.truncate(1);
        self.hashes.truncate(1);
        self.index.clear();
    }

    /// Adds a value without looking whether it is there already (for columns that hardly repeat).
    pub fn push(&mut self, value: &[u8]) -> u32 {
        let code = self.ends.len() as u32;
        self.bytes.extend_from_slice(value);
        self.ends.push(self.bytes.len() as u64);
        self.hashes.push(0);
        code
    }

    /// The code of a value that is there. Values added by [`Dictionary::push`] are not found.
    pub fn code(&self, value: &[u8]) -> Option<u32> {
        let hash = self.hasher.hash_one(value);
        self.index.find(hash, |&code| slice(&self.bytes, &self.ends, code) == value).copied()
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
        self.bytes.capacity() + (self.ends.capacity() + self.hashes.capacity()) * 8 + self.index.capacity() * 5
    }
}

fn slice<'a>(bytes: &'a [u8], ends: &[u64], code: u32) -> &'a [u8] {
    if code == 0 {
        return &[];
    }
    let code = code as usize;
    &bytes[ends[code - 1] as usize..ends[code] as usize]
}

/// A text column: codes (empty while no record had a value) and their dictionary.
#[derive(Clone, Default)]
pub struct TextColumn {
    codes: Vec<u32>,
    /// The distinct values.
    pub dictionary: Dictionary,
}

impl TextColumn {
    /// The code at a row.
    pub fn code(&self, row: usize) -> u32 {
        self.codes.get(row).copied().unwrap_or(ABSENT)
    }

    /// The codes of all rows, or an empty slice when no row has a value.
    pub fn codes(&self) -> &[u32] {
        &self.codes
    }

    /// Whether no row has a value.
    pub fn is_absent(&self) -> bool {
        self.codes.is_empty()
    }

    /// The value at a row, if it has one.
    pub fn get(&self, row: usize) -> Option<&str> {
        match self.code(row) {
            ABSENT => None,
            code => Some(self.dictionary.text(code)),
        }
    }
}

/// A numeric column: empty while no record had a value, [`NO_NUMBER`] where one had none.
#[derive(Clone, Default)]
pub struct NumberColumn {
    values: Vec<i64>,
}

impl NumberColumn {
    /// The value at a row, if it has one.
    pub fn get(&self, row: usize) -> Option<i64> {
        self.values.get(row).copied().filter(|&value| value != NO_NUMBER)
    }

    /// The values of all rows ([`NO_NUMBER`] where absent), or an empty slice when no row has one.
    pub fn values(&self) -> &[i64] {
        &self.values
    }

    /// Whether no row has a value.
    pub fn is_absent(&self) -> bool {
        self.values.is_empty()
    }
}

/// Where a record stands: enough to read it back and to hash it again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Line in the source as decompressed, counted from 1.
    pub line_no: u32,
    /// Byte offset in the source as decompressed.
    pub byte_offset: u64,
    /// Bytes, line end excluded.
    pub byte_len: u32,
}

/// Facts of many records, in columns.
///
/// A batch of one block and the table of all sources are the same type, so that merging is appending.
#[derive(Clone, Default)]
pub struct FactTable {
    ts: Vec<i64>,
    status: Vec<u16>,
    source: Vec<u32>,
    line_no: Vec<u32>,
    byte_offset: Vec<u64>,
    byte_len: Vec<u32>,
    numbers: [NumberColumn; Number::ALL.len()],
    texts: [TextColumn; Text::ALL.len()],
}

impl FactTable {
    /// Rows held.
    pub fn rows(&self) -> usize {
        self.ts.len()
    }

    /// Starts a new row and returns its number. Facts that are not set afterwards are absent.
    pub fn push(&mut self, source: u32, place: Place) -> usize {
        self.ts.push(NO_NUMBER);
        self.status.push(0);
        self.source.push(source);
        self.line_no.push(place.line_no);
        self.byte_offset.push(place.byte_offset);
        self.byte_len.push(place.byte_len);
        self.ts.len() - 1
    }

    /// Takes the last row back (a record that turned out to be a reject half way through).
    pub fn pop(&mut self) {
        let rows = self.ts.len().saturating_sub(1);
        self.ts.truncate(rows);
        self.status.truncate(rows);
        self.source.truncate(rows);
        self.line_no.truncate(rows);
        self.byte_offset.truncate(rows);
        self.byte_len.truncate(rows);
        for column in &mut self.numbers {
            column.values.truncate(rows);
        }
        for column in &mut self.texts {
            column.codes.truncate(rows);
        }
    }

    /// Sets the time of the last row, in microseconds UTC.
    pub fn set_ts(&mut self, micros: i64) {
        if let Some(last) = self.ts.last_mut() {
            *last = micros;
        }
    }

    /// Sets the status of the last row; 0 means absent.
    pub fn set_status(&mut self, status: u16) {
        if let Some(last) = self.status.last_mut() {
            *last = status;
        }
    }

    /// Sets a number of the last row.
    pub fn set_number(&mut self, which: Number, value: i64) {
        let rows = self.ts.len();
        let values = &mut self.numbers[which as usize].values;
        if values.len() + 1 < rows {
            values.resize(rows - 1, NO_NUMBER);
        }
        values.truncate(rows - 1);
        values.push(value);
    }

    /// Sets a text of the last row. The bytes must be valid UTF-8 ([`crate::value::clean`] makes them so).
    pub fn set_text(&mut self, which: Text, value: &[u8]) {
        let column = &mut self.texts[which as usize];
        let code =
            if which.mostly_distinct() { column.dictionary.push(value) } else { column.dictionary.intern(value) };
        let rows = self.ts.len();
        if column.codes.len() + 1 < rows {
            column.codes.resize(rows - 1, ABSENT);
        }
        column.codes.truncate(rows - 1);
        column.codes.push(code);
    }

    /// Fills columns up to the last row; call once a table is complete and before reading whole columns.
    pub fn finish(&mut self) {
        let rows = self.ts.len();
        for column in &mut self.numbers {
            if !column.values.is_empty() {
                column.values.resize(rows, NO_NUMBER);
            }
        }
        for column in &mut self.texts {
            if !column.codes.is_empty() {
                column.codes.resize(rows, ABSENT);
            }
        }
    }

    /// Forgets all rows, and keeps the memory for the next batch.
    pub fn clear(&mut self) {
        self.ts.clear();
        self.status.clear();
        self.source.clear();
        self.line_no.clear();
        self.byte_offset.clear();
        self.byte_len.clear();
        for column in &mut self.numbers {
            column.values.clear();
        }
        for column in &mut self.texts {
            column.codes.clear();
            column.dictionary.clear();
        }
    }

    /// Appends a finished batch, translating its codes into this table's.
    pub fn append(&mut self, batch: &Self) {
        let before = self.ts.len();
        self.ts.extend_from_slice(&batch.ts);
        self.status.extend_from_slice(&batch.status);
        self.source.extend_from_slice(&batch.source);
        self.line_no.extend_from_slice(&batch.line_no);
        self.byte_offset.extend_from_slice(&batch.byte_offset);
        self.byte_len.extend_from_slice(&batch.byte_len);
        for (mine, theirs) in self.numbers.iter_mut().zip(&batch.numbers) {
            if !theirs.values.is_empty() {
                mine.values.resize(before, NO_NUMBER);
                mine.values.extend_from_slice(&theirs.values);
            }
        }
        for (which, (mine, theirs)) in Text::ALL.iter().zip(self.texts.iter_mut().zip(&batch.texts)) {
            if theirs.codes.is_empty() {
                continue;
            }
            let codes: Vec<u32> = std::iter::once(ABSENT)
                .chain(theirs.dictionary.iter().map(|(code, value)| {
                    if which.mostly_distinct() {
                        mine.dictionary.push(value)
                    } else {
                        mine.dictionary.intern_hashed(value, theirs.dictionary.hashes[code as usize])
                    }
                }))
                .collect();
            mine.codes.resize(before, ABSENT);
            mine.codes.extend(theirs.codes.iter().map(|&code| codes[code as usize]));
        }
    }

    /// Time in microseconds UTC at a row, if it has one.
    pub fn ts(&self, row: usize) -> Option<i64> {
        Some(self.ts[row]).filter(|&ts| ts != NO_NUMBER)
    }

    /// Times of all rows; [`NO_NUMBER`] where absent.
    pub fn ts_values(&self) -> &[i64] {
        &self.ts
    }

    /// Status at a row, if it has one.
    pub fn status(&self, row: usize) -> Option<u16> {
        Some(self.status[row]).filter(|&status| status != 0)
    }

    /// Statuses of all rows; 0 where absent.
    pub fn status_values(&self) -> &[u16] {
        &self.status
    }

    /// Source id at a row: index into the sources of the load.
    pub fn source(&self, row: usize) -> u32 {
        self.source[row]
    }

    /// Source ids of all rows.
    pub fn source_values(&self) -> &[u32] {
        &self.source
    }

    /// Where the record of a row stands.
    pub fn place(&self, row: usize) -> Place {
        Place { line_no: self.line_no[row], byte_offset: self.byte_offset[row], byte_len: self.byte_len[row] }
    }

    /// A numeric column.
    pub fn number(&self, which: Number) -> &NumberColumn {
        &self.numbers[which as usize]
    }

    /// A text column.
    pub fn text(&self, which: Text) -> &TextColumn {
        &self.texts[which as usize]
    }

    /// Bytes of memory held, roughly.
    pub fn memory(&self) -> usize {
        let fixed = self.ts.capacity() * 8
            + self.status.capacity() * 2
            + self.source.capacity() * 4
            + self.line_no.capacity() * 4
            + self.byte_offset.capacity() * 8
            + self.byte_len.capacity() * 4;
        fixed
            + self.numbers.iter().map(|column| column.values.capacity() * 8).sum::<usize>()
            + self.texts.iter().map(|column| column.codes.capacity() * 4 + column.dictionary.memory()).sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(table: &mut FactTable, ip: Option<&str>, bytes: Option<i64>) {
        table.push(0, Place::default());
        if let Some(ip) = ip {
            table.set_text(Text::PeerIp, ip.as_bytes());
        }
        if let Some(bytes) = bytes {
            table.set_number(Number::BytesOut, bytes);
        }
    }

    #[test]
    fn appending_batches_equals_one_table() {
        let rows = [(Some("a"), None), (None, Some(3)), (Some("b"), Some(4)), (Some("a"), None), (None, None)];
        let mut whole = FactTable::default();
        for (ip, bytes) in &rows {
            row(&mut whole, *ip, *bytes);
        }
        whole.finish();
        for cut in 0..=rows.len() {
            let mut merged = FactTable::default();
            for part in [&rows[..cut], &rows[cut..]] {
                let mut batch = FactTable::default();
                for (ip, bytes) in part {
                    row(&mut batch, *ip, *bytes);
                }
                batch.finish();
                merged.append(&batch);
            }
            merged.finish();
            for index in 0..rows.len() {
                assert_eq!(merged.text(Text::PeerIp).code(index), whole.text(Text::PeerIp).code(index));
                assert_eq!(merged.number(Number::BytesOut).get(index), whole.number(Number::BytesOut).get(index));
            }
        }
    }

    #[test]
    fn a_row_taken_back_leaves_no_trace() {
        let mut table = FactTable::default();
        row(&mut table, Some("a"), Some(1));
        row(&mut table, Some("b"), Some(2));
        table.pop();
        row(&mut table, None, None);
        table.finish();
        assert_eq!(table.rows(), 2);
        assert_eq!(table.text(Text::PeerIp).get(1), None);
        assert_eq!(table.number(Number::BytesOut).get(1), None);
    }

    #[test]
    fn empty_is_a_value_and_absent_is_not() {
        let mut dictionary = Dictionary::default();
        let empty = dictionary.intern(b"");
        assert_ne!(empty, ABSENT);
        assert_eq!(dictionary.intern(b""), empty);
        assert_eq!(dictionary.code(b""), Some(empty));
        assert_eq!(dictionary.text(empty), "");
    }
}
