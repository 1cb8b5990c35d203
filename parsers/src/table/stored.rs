//! A finished table in a file ([`super::packed`]) and back. Of a table that comes back, a column is unpacked when
//! somebody first looks at it, so that what needs few columns waits for few.

use super::packed::{Pack, PackWriter};
use super::{Dictionary, FactTable, NumberColumn, Place, TextColumn};
use crate::schema::{Number, Text};
use std::io::{self, Write};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Columns that are unpacked when they are asked for.
pub(super) struct Later {
    pack: Mutex<Pack>,
    rows: usize,
    numbers: [OnceLock<NumberColumn>; Number::ALL.len()],
    texts: [OnceLock<TextColumn>; Text::ALL.len()],
    hidden: OnceLock<TextColumn>,
    places: OnceLock<Places>,
}

/// Where the records of all rows stand.
#[derive(Default)]
struct Places {
    line_no: Vec<u32>,
    byte_offset: Vec<u64>,
    byte_len: Vec<u32>,
}

impl Later {
    pub(super) fn number(&self, which: Number) -> &NumberColumn {
        self.numbers[which as usize].get_or_init(|| {
            let values = self.pack().numbers(&number_name(which), self.rows, |value| value);
            NumberColumn { values: values.unwrap_or_default() }
        })
    }

    pub(super) fn text(&self, which: Text) -> &TextColumn {
        self.texts[which as usize].get_or_init(|| self.unpack(&text_name(which), !which.mostly_distinct()))
    }

    pub(super) fn hidden(&self) -> &TextColumn {
        self.hidden.get_or_init(|| self.unpack(HIDDEN, true))
    }

    fn unpack(&self, name: &str, indexed: bool) -> TextColumn {
        let mut pack = self.pack();
        let codes = pack.numbers(name, self.rows, |code| code as u32);
        let dictionary = Dictionary::restore(&mut pack, name, indexed);
        match (codes, dictionary) {
            (Some(codes), Some(dictionary)) => TextColumn { codes, dictionary, ..TextColumn::default() },
            _ => TextColumn::default(),
        }
    }

    pub(super) fn place(&self, row: usize) -> Place {
        let places = self.places.get_or_init(|| self.unpack_places());
        Place { line_no: places.line_no[row], byte_offset: places.byte_offset[row], byte_len: places.byte_len[row] }
    }

    fn unpack_places(&self) -> Places {
        let mut pack = self.pack();
        let rows = self.rows;
        let absent = || vec![0; rows];
        let mut line_no = pack.numbers("line_no", rows, |step| unzigzag(step) as u32).unwrap_or_else(absent);
        let mut line = 0u32;
        for step in &mut line_no {
            line = line.wrapping_add(*step);
            *step = line;
        }
        let byte_len = pack.numbers("byte_len", rows, |value| value as u32).unwrap_or_else(absent);
        let gaps = pack.numbers("byte_offset", rows, |gap| unzigzag(gap) as u64);
        let mut byte_offset = gaps.unwrap_or_else(|| vec![0; rows]);
        let mut end = 0u64;
        for (gap, &length) in byte_offset.iter_mut().zip(&byte_len) {
            let start = end.wrapping_add(*gap);
            *gap = start;
            end = start.wrapping_add(u64::from(length));
        }
        Places { line_no, byte_offset, byte_len }
    }

    fn pack(&self) -> std::sync::MutexGuard<'_, Pack> {
        self.pack.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Bytes of memory held by what was unpacked, roughly.
    pub(super) fn memory(&self) -> usize {
        let numbers = self.numbers.iter().filter_map(OnceLock::get).map(|column| column.values.capacity() * 8);
        let texts = self.texts.iter().chain([&self.hidden]).filter_map(OnceLock::get);
        let texts = texts.map(|column| column.codes.capacity() * 4 + column.dictionary.memory());
        numbers.chain(texts).sum::<usize>() + self.places.get().map_or(0, |places| places.line_no.capacity() * 16)
    }
}

impl FactTable {
    /// Writes a finished table. Fails when the output does.
    pub fn store<W: Write>(&self, out: &mut PackWriter<W>) -> io::Result<()> {
        out.value("rows", &self.rows())?;
        out.numbers("ts", self.ts.iter().copied())?;
        out.numbers("status", self.status.iter().map(|&status| i64::from(status)))?;
        out.numbers("source", self.source.iter().map(|&source| i64::from(source)))?;
        let places = || (0..self.rows()).map(|row| self.place(row));
        let before = || std::iter::once(Place::default()).chain(places());
        let steps = places().zip(before()).map(|(place, before)| {
            // As lines are counted in u32, so are steps between them.
            zigzag(i64::from(place.line_no.wrapping_sub(before.line_no) as i32))
        });
        out.numbers("line_no", steps.collect::<Vec<i64>>().into_iter())?;
        let gaps = places().zip(before()).map(|(place, before)| {
            let end = before.byte_offset.wrapping_add(u64::from(before.byte_len));
            zigzag(place.byte_offset.wrapping_sub(end) as i64)
        });
        out.numbers("byte_offset", gaps.collect::<Vec<i64>>().into_iter())?;
        out.numbers("byte_len", places().map(|place| i64::from(place.byte_len)).collect::<Vec<i64>>().into_iter())?;
        for which in Number::ALL {
            let column = self.number(which);
            if !column.is_absent() {
                out.numbers(&number_name(which), column.values.iter().copied())?;
            }
        }
        for which in Text::ALL {
            let column = self.text(which);
            if !column.is_absent() {
                out.numbers(&text_name(which), column.codes.iter().map(|&code| i64::from(code)))?;
                column.dictionary.store(out, &text_name(which))?;
            }
        }
        let hidden = self.hidden_column();
        if !hidden.is_absent() {
            out.numbers(HIDDEN, hidden.codes.iter().map(|&code| i64::from(code)))?;
            hidden.dictionary.store(out, HIDDEN)?;
        }
        Ok(())
    }

    /// A table as it was written. `None` where something that it needs is not there.
    pub fn restore(mut pack: Pack) -> Option<Self> {
        let rows: usize = pack.value("rows")?;
        let ts = pack.numbers("ts", rows, |value| value)?;
        let status = pack.numbers("status", rows, |value| value as u16)?;
        let source = pack.numbers("source", rows, |value| value as u32)?;
        let texts = Text::ALL.into_iter().map(text_name).chain([HIDDEN.to_owned()]).filter(|name| pack.has(name));
        let codes: Vec<String> = texts.clone().collect();
        let lengths = codes.iter().map(|name| lengths_name(name));
        let numbers = Number::ALL.into_iter().map(number_name).filter(|name| pack.has(name));
        let places = ["line_no", "byte_offset", "byte_len"].map(str::to_owned);
        let of_rows = places.into_iter().chain(numbers).chain(codes.iter().cloned()).all(|name| pack.fits(&name, rows));
        let whole = of_rows && lengths.into_iter().all(|name| pack.has(&name));
        let later = Later {
            pack: Mutex::new(pack),
            rows,
            numbers: std::array::from_fn(|_| OnceLock::new()),
            texts: std::array::from_fn(|_| OnceLock::new()),
            hidden: OnceLock::new(),
            places: OnceLock::new(),
        };
        whole.then(|| Self { ts, status, source, later: Some(Arc::new(later)), ..Self::default() })
    }
}

impl Dictionary {
    /// Writes the values under a name. Fails when the output does.
    pub fn store<W: Write>(&self, out: &mut PackWriter<W>, name: &str) -> io::Result<()> {
        out.bytes(&bytes_name(name), &self.bytes)?;
        let lengths = self.ends.windows(2).map(|ends| (ends[1] - ends[0]) as i64);
        out.numbers(&lengths_name(name), lengths)
    }

    /// The values as they were written; `indexed` where they were interned.
    pub fn restore(pack: &mut Pack, name: &str, indexed: bool) -> Option<Self> {
        let bytes = pack.bytes(&bytes_name(name))?;
        let lengths = lengths_name(name);
        let count = pack.count(&lengths)?;
        let mut ends = Vec::with_capacity(count + 1);
        ends.push(0);
        let mut end = 0u64;
        // A sum as they are unpacked: lengths themselves are not wanted.
        for length in pack.numbers(&lengths, count, |length| length as u32)? {
            end += u64::from(length);
            ends.push(end);
        }
        (end == bytes.len() as u64).then(|| Self::of_parts(bytes, ends, indexed))
    }
}

/// The name of the places of secrets in raw lines.
const HIDDEN: &str = "hidden";

fn number_name(which: Number) -> String {
    format!("number.{}", which.name())
}

fn text_name(which: Text) -> String {
    format!("text.{}", which.name())
}

fn bytes_name(name: &str) -> String {
    format!("{name}.bytes")
}

fn lengths_name(name: &str) -> String {
    format!("{name}.lengths")
}

/// Small numbers of either sign as small numbers.
fn zigzag(value: i64) -> i64 {
    (value << 1) ^ (value >> 63)
}

fn unzigzag(value: i64) -> i64 {
    ((value as u64) >> 1) as i64 ^ -(value & 1)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A row: source, place, time, status, a text that recurs, one that does not, a number.
    type Row = (u32, Place, Option<i64>, u16, Option<u8>, Option<u8>, Option<i64>);

    fn table(rows: &[Row]) -> FactTable {
        let mut table = FactTable::default();
        for (source, place, ts, status, host, id, bytes) in rows {
            table.push(*source, *place);
            if let Some(ts) = ts {
                table.set_ts(*ts);
            }
            table.set_status(*status);
            if let Some(host) = host {
                table.set_text(Text::Host, &vec![b'h'; usize::from(*host % 5)]);
            }
            if let Some(id) = id {
                table.set_text(Text::RequestId, &[b'0' + id % 10]);
            }
            if let Some(bytes) = bytes {
                table.set_number(Number::BytesOut, *bytes);
            }
            if *status < 9999 {
                table.set_hidden(&format!("0-{status}"));
            }
        }
        table.finish();
        table
    }

    fn there_and_back(table: &FactTable) -> FactTable {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("table");
        let mut out = PackWriter::new(std::fs::File::create(&path).unwrap());
        table.store(&mut out).unwrap();
        out.finish().unwrap();
        FactTable::restore(Pack::read(&path).unwrap()).unwrap()
    }

    fn place() -> impl Strategy<Value = Place> {
        let number = || prop_oneof![0u32..9, any::<u32>()];
        (number(), prop_oneof![0u64..99, any::<u64>()], number()).prop_map(|(line_no, byte_offset, byte_len)| Place {
            line_no,
            byte_offset,
            byte_len,
        })
    }

    proptest! {
        #[test]
        fn a_table_comes_back(rows in prop::collection::vec(
            (0u32..3, place(), any::<Option<i64>>(), any::<u16>(), any::<Option<u8>>(), any::<Option<u8>>(), any::<Option<i64>>()),
            0..40,
        )) {
            let before = table(&rows);
            let after = there_and_back(&before);
            prop_assert_eq!(after.rows(), before.rows());
            prop_assert_eq!(after.present(), before.present());
            for row in 0..before.rows() {
                prop_assert_eq!(after.ts(row), before.ts(row));
                prop_assert_eq!(after.status(row), before.status(row));
                prop_assert_eq!(after.source(row), before.source(row));
                prop_assert_eq!(after.place(row), before.place(row));
                prop_assert_eq!(after.hidden(row), before.hidden(row));
            }
            for which in Text::ALL {
                prop_assert_eq!(after.text(which).codes(), before.text(which).codes());
                let values = |table: &FactTable| -> Vec<Vec<u8>> {
                    table.text(which).dictionary.iter().map(|(_, value)| value.to_vec()).collect()
                };
                prop_assert_eq!(values(&after), values(&before));
                for value in values(&before) {
                    prop_assert_eq!(after.text(which).dictionary.code(&value), before.text(which).dictionary.code(&value));
                }
            }
            for which in Number::ALL {
                prop_assert_eq!(after.number(which).values(), before.number(which).values());
            }
        }
    }

    #[test]
    fn values_go_on_being_interned_into_a_dictionary_that_came_back() {
        let after = there_and_back(&table(&[(0, Place::default(), None, 200, Some(3), None, None)]));
        let mut dictionary = after.text(Text::Host).dictionary.clone();
        assert_eq!(dictionary.code(b"none"), None);
        let (old, new) = (dictionary.intern(b"hhh"), dictionary.intern(b"none"));
        assert_eq!((old, new), (1, 2));
        assert_eq!(dictionary.code(b"none"), Some(2));
        assert_eq!(dictionary.push(b"again"), 3);
    }
}
