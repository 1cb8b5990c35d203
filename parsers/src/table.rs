//! Facts in columns: narrow rows, wide dictionaries.
//!
//! In: facts of one record at a time ([`FactTable::push`]), or whole batches ([`FactTable::append`]).
//! Out: fixed-width columns; text is a `u32` code into a [`Dictionary`] of distinct values, code 0 is "absent".
//! A column that no record had costs nothing. Codes follow first appearance, so they depend on
//! the order of records and on nothing else (not on threads, not on block sizes).

mod dictionary;
pub mod packed;
mod stored;

pub use dictionary::Dictionary;

use crate::mask::{Spots, mask_hiding};
use crate::schema::{COLUMNS, Number, Text};
use crate::time::{FoldClock, Local};
use dictionary::Recent;
use std::fmt::Write;
use std::ops::Range;
use std::sync::Arc;

/// The code that means "this record has no value here".
pub const ABSENT: u32 = 0;

/// The number that means "this record has no value here".
pub const NO_NUMBER: i64 = i64::MIN;

/// What separates `name=value` pairs in the column `extra`; values never hold it.
pub(crate) const EXTRA_SEPARATOR: u8 = b'\x1f';

/// The pairs that a value of the column `extra` holds.
pub fn extra_pairs(extra: &str) -> impl Iterator<Item = (&str, &str)> {
    extra.split(char::from(EXTRA_SEPARATOR)).filter_map(|pair| pair.split_once('='))
}

/// A text column: codes (empty while no record had a value) and their dictionary.
#[derive(Clone, Default)]
pub struct TextColumn {
    codes: Vec<u32>,
    /// The distinct values.
    pub dictionary: Dictionary,
    recent: Recent,
}

impl TextColumn {
    /// The code at a row.
    #[inline]
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
    #[inline]
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
    /// When, as the wrapper of the record being read says it; empty where none does.
    carried: Vec<u8>,
    ts: Vec<i64>,
    status: Vec<u16>,
    source: Vec<u32>,
    line_no: Vec<u32>,
    byte_offset: Vec<u64>,
    byte_len: Vec<u32>,
    numbers: [NumberColumn; Number::ALL.len()],
    texts: [TextColumn; Text::ALL.len()],
    /// Where in its raw line each row has secrets that only their field tells, as `from-until,…` in bytes of the line.
    hidden: TextColumn,
    /// Secrets of the last row, before it is known where in the whole record they are.
    spots: Spots,
    notes: Notes,
    /// Rows whose times occur twice in the assumed zone, read as the earlier.
    twice: Vec<u32>,
    /// Columns of a table that comes from a file; it only is read.
    later: Option<Arc<stored::Later>>,
}

/// What had to be assumed about the times of the rows, and what they say of requests that were not logged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Notes {
    /// Times written without their zone.
    pub zoneless: u64,
    /// Of these, such as occur twice in the assumed zone.
    pub folded: u64,
    /// Of these, such as do not occur in the assumed zone.
    pub gaps: u64,
    /// Requests that rows stand for beside their own, in thousandths.
    pub unlogged: u64,
}

impl Notes {
    /// Adds those of other rows.
    pub(crate) fn add(&mut self, other: Self) {
        self.zoneless += other.zoneless;
        self.folded += other.folded;
        self.gaps += other.gaps;
        self.unlogged = self.unlogged.saturating_add(other.unlogged);
    }
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
        while self.twice.last().is_some_and(|&row| row as usize >= rows) {
            self.twice.pop();
        }
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
        self.hidden.codes.truncate(rows);
    }

    /// Sets the time of the last row, in microseconds UTC.
    pub fn set_ts(&mut self, micros: i64) {
        if let Some(last) = self.ts.last_mut() {
            *last = micros;
        }
    }

    /// Holds the time that stands around the next record, for one that states none itself.
    pub(crate) fn carry(&mut self, time: Option<&[u8]>) {
        self.carried.clear();
        self.carried.extend_from_slice(time.unwrap_or_default());
    }

    /// The time that stands around the record being read.
    pub(crate) fn carried(&self) -> Option<&[u8]> {
        (!self.carried.is_empty()).then_some(self.carried.as_slice())
    }

    /// Notes how the time of a row stands in its zone.
    pub(crate) fn note(&mut self, local: Local) {
        self.notes.zoneless += u64::from(local != Local::Stated);
        self.notes.folded += u64::from(local == Local::Twice);
        self.notes.gaps += u64::from(local == Local::Never);
        if local == Local::Twice {
            self.twice.push(self.ts.len().saturating_sub(1) as u32);
        }
    }

    /// Settles by the order of rows which of the times that occur twice are meant.
    pub(crate) fn settle_twice(&mut self, clock: &mut FoldClock, zone: chrono_tz::Tz) {
        let mut twice = std::mem::take(&mut self.twice).into_iter().peekable();
        for (row, ts) in self.ts.iter_mut().enumerate().filter(|(_, ts)| **ts != NO_NUMBER) {
            if twice.next_if(|&at| at as usize == row).is_some() {
                *ts = clock.choose(*ts, zone);
            } else {
                clock.pass(*ts);
            }
        }
    }

    /// Notes that a row stands for more requests than its own, in thousandths.
    pub(crate) fn note_unlogged(&mut self, requests: u64) {
        self.notes.unlogged = self.notes.unlogged.saturating_add(requests);
    }

    /// What had to be assumed about the times of the rows.
    pub(crate) fn notes(&self) -> Notes {
        self.notes
    }

    /// Takes notes back, of rows that are taken back.
    pub(crate) fn set_notes(&mut self, notes: Notes) {
        self.notes = notes;
    }

    /// Sets the status of the last row; 0 means absent.
    pub fn set_status(&mut self, status: u16) {
        if let Some(last) = self.status.last_mut() {
            *last = status;
        }
    }

    /// Sets a number of the last row.
    pub fn set_number(&mut self, which: Number, value: i64) {
        set_last(&mut self.numbers[which as usize].values, self.ts.len(), NO_NUMBER, value);
    }

    /// Sets a text of the last row. The bytes must be valid UTF-8 ([`crate::value::clean`] makes them so).
    pub fn set_text(&mut self, which: Text, value: &[u8]) {
        self.set_seen_text(which, value, false);
    }

    /// The same; `quiet` says that the value is as it came in, and that nothing is to be seen in it whichever
    /// record it stands in: it need not be looked at again ([`FactTable::quiet_code`]).
    pub(crate) fn set_seen_text(&mut self, which: Text, value: &[u8], quiet: bool) {
        let TextColumn { codes, dictionary, recent } = &mut self.texts[which as usize];
        let code = if which.mostly_distinct() {
            dictionary.push(value)
        } else if which.varies() {
            dictionary.intern(value)
        } else {
            recent.intern(value, quiet, dictionary)
        };
        set_last(codes, self.ts.len(), ABSENT, code);
    }

    /// The code of a text that was quiet a short while ago, in a column whose values recur.
    pub(crate) fn quiet_code(&self, which: Text, value: &[u8]) -> Option<u32> {
        if which.varies() || which.mostly_distinct() {
            return None;
        }
        let TextColumn { dictionary, recent, .. } = &self.texts[which as usize];
        recent.quiet(value, dictionary)
    }

    /// Sets a text of the last row by its code.
    pub(crate) fn set_code(&mut self, which: Text, code: u32) {
        set_last(&mut self.texts[which as usize].codes, self.ts.len(), ABSENT, code);
    }

    /// Fills columns up to the last row; call once a table is complete and before reading whole columns.
    pub fn finish(&mut self) {
        let rows = self.ts.len();
        for column in &mut self.numbers {
            if !column.values.is_empty() {
                column.values.resize(rows, NO_NUMBER);
            }
        }
        for column in self.texts.iter_mut().chain([&mut self.hidden]) {
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
        self.notes = Notes::default();
        self.twice.clear();
        for column in &mut self.numbers {
            column.values.clear();
        }
        for column in self.texts.iter_mut().chain([&mut self.hidden]) {
            column.codes.clear();
            column.dictionary.clear();
            column.recent.clear();
        }
    }

    /// Appends a finished batch, translating its codes into this table's.
    pub fn append(&mut self, batch: &Self) {
        let before = self.ts.len();
        self.notes.add(batch.notes);
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
            let codes = if which.mostly_distinct() {
                mine.dictionary.push_all(&theirs.dictionary)
            } else {
                mine.dictionary.intern_all(&theirs.dictionary)
            };
            mine.codes.resize(before, ABSENT);
            mine.codes.extend(theirs.codes.iter().map(|&code| codes[code as usize]));
        }
        if !batch.hidden.codes.is_empty() {
            let codes = self.hidden.dictionary.intern_all(&batch.hidden.dictionary);
            self.hidden.codes.resize(before, ABSENT);
            self.hidden.codes.extend(batch.hidden.codes.iter().map(|&code| codes[code as usize]));
        }
    }

    /// Takes secrets of the last row, whose place in the record is to be told yet.
    pub(crate) fn spot(&mut self, spots: Spots) {
        self.spots = spots;
    }

    /// Gives them out, at most once.
    pub(crate) fn take_spots(&mut self) -> Spots {
        std::mem::take(&mut self.spots)
    }

    /// Says that the raw line of all rows from this one on has secrets at these places, which are in order.
    pub(crate) fn hide(&mut self, from: usize, places: &[Range<usize>]) {
        let rows = self.ts.len();
        if places.is_empty() || from >= rows {
            return;
        }
        let mut text = String::new();
        for place in places {
            let comma = if text.is_empty() { "" } else { "," };
            let _ = write!(text, "{comma}{}-{}", place.start, place.end); // writing to a String cannot fail
        }
        let TextColumn { codes, dictionary, .. } = &mut self.hidden;
        codes.resize(from, ABSENT);
        codes.resize(rows, dictionary.intern(text.as_bytes()));
    }

    /// Where the raw line of a row has secrets that only their field tells, as [`FactTable::set_hidden`] takes it.
    pub fn hidden(&self, row: usize) -> Option<&str> {
        self.hidden_column().get(row)
    }

    fn hidden_column(&self) -> &TextColumn {
        self.later.as_ref().map_or(&self.hidden, |later| later.hidden())
    }

    /// The same for the last row, as it was kept somewhere.
    pub fn set_hidden(&mut self, places: &str) {
        let TextColumn { codes, dictionary, .. } = &mut self.hidden;
        codes.resize(self.ts.len().saturating_sub(1), ABSENT);
        codes.push(dictionary.intern(places.as_bytes()));
    }

    /// The raw line of a row as it may be shown: secrets are `~` and a fingerprint, and everything unprintable is escaped.
    /// Bytes alone do not show every secret; what the columns and variables of its format told is known of the row.
    pub fn mask(&self, row: usize, line: &[u8], key: &[u8; 32]) -> String {
        let place = |place: &str| {
            let (from, until) = place.split_once('-')?;
            Some(from.parse().ok()?..until.parse().ok()?)
        };
        let places = self.hidden(row).map(|places| places.split(',').map(place).collect::<Option<Vec<Range<usize>>>>());
        // Where places cannot be read they may be anywhere.
        let places = places.map(|places| places.unwrap_or_else(|| std::iter::once(0..line.len()).collect()));
        mask_hiding(line, key, &places.unwrap_or_default())
    }

    /// Says that all rows are of this source.
    pub fn relabel(&mut self, source: u32) {
        self.source.fill(source);
    }

    /// Names of the facts that some row has, in the order of the schema; where a record stands is not among them.
    pub fn present(&self) -> Vec<&'static str> {
        let is_there = |name: &str| match name {
            "ts" => self.ts.iter().any(|&ts| ts != NO_NUMBER),
            "status" => self.status.iter().any(|&status| status != 0),
            _ => {
                let text = |text: &&Text| self.text(**text).codes.iter().any(|&code| code != ABSENT);
                let number = |which: &&Number| self.number(**which).values.iter().any(|&value| value != NO_NUMBER);
                Text::ALL.iter().filter(|text| text.name() == name).any(|which| text(&which))
                    || Number::ALL.iter().filter(|which| which.name() == name).any(|which| number(&which))
            }
        };
        let names = COLUMNS.iter().map(|column| column.name);
        names.filter(|name| !matches!(*name, "line_span" | "item") && is_there(name)).collect()
    }

    /// Time in microseconds UTC at a row, if it has one.
    #[inline]
    pub fn ts(&self, row: usize) -> Option<i64> {
        Some(self.ts[row]).filter(|&ts| ts != NO_NUMBER)
    }

    /// Times of all rows; [`NO_NUMBER`] where absent.
    #[inline]
    pub fn ts_values(&self) -> &[i64] {
        &self.ts
    }

    /// Status at a row, if it has one.
    #[inline]
    pub fn status(&self, row: usize) -> Option<u16> {
        Some(self.status[row]).filter(|&status| status != 0)
    }

    /// Statuses of all rows; 0 where absent.
    #[inline]
    pub fn status_values(&self) -> &[u16] {
        &self.status
    }

    /// Source id at a row: index into the sources of the load.
    #[inline]
    pub fn source(&self, row: usize) -> u32 {
        self.source[row]
    }

    /// Source ids of all rows.
    #[inline]
    pub fn source_values(&self) -> &[u32] {
        &self.source
    }

    /// Where the record of a row stands.
    pub fn place(&self, row: usize) -> Place {
        match &self.later {
            Some(later) => later.place(row),
            None => {
                Place { line_no: self.line_no[row], byte_offset: self.byte_offset[row], byte_len: self.byte_len[row] }
            }
        }
    }

    /// A numeric column.
    pub fn number(&self, which: Number) -> &NumberColumn {
        self.later.as_ref().map_or(&self.numbers[which as usize], |later| later.number(which))
    }

    /// A text column.
    pub fn text(&self, which: Text) -> &TextColumn {
        self.later.as_ref().map_or(&self.texts[which as usize], |later| later.text(which))
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
            + self.later.as_ref().map_or(0, |later| later.memory())
            + self.numbers.iter().map(|column| column.values.capacity() * 8).sum::<usize>()
            + self
                .texts
                .iter()
                .chain([&self.hidden])
                .map(|column| column.codes.capacity() * 4 + column.dictionary.memory())
                .sum::<usize>()
    }
}

/// Sets the value of the last row of a column that may lag behind, or have it already.
fn set_last<T: Copy>(column: &mut Vec<T>, rows: usize, absent: T, value: T) {
    if column.len() + 1 != rows {
        column.resize(rows - 1, absent);
    }
    column.push(value);
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
    fn places_of_secrets_go_with_their_rows() {
        let line = b"one two three";
        let masked = |table: &FactTable, row| table.mask(row, line, &[0; 32]);
        let mut batch = FactTable::default();
        row(&mut batch, None, None);
        row(&mut batch, None, None);
        batch.hide(1, std::slice::from_ref(&(4..7)));
        row(&mut batch, None, None);
        batch.hide(1, std::slice::from_ref(&(0..3)));
        batch.pop();
        row(&mut batch, None, None);
        batch.finish();
        let mut table = FactTable::default();
        row(&mut table, None, None);
        table.append(&batch);
        table.append(&batch);
        table.finish();
        for (at, hidden) in [None, None, Some("0-3"), None, None, Some("0-3"), None].into_iter().enumerate() {
            assert_eq!(table.hidden(at), hidden, "{at}");
            assert_eq!(masked(&table, at).starts_with('~'), hidden.is_some(), "{at}");
        }
        table.clear();
        row(&mut table, None, None);
        table.finish();
        assert_eq!(masked(&table, 0), "one two three");
        // What nobody wrote, which may mean anything.
        table.set_hidden("4-x");
        assert_eq!(masked(&table, 0).len(), 17);
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
