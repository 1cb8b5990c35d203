//! Tables whose columns a header line names: the extended log format of W3C (IIS, `CloudFront`) and Zeek's.
//!
//! The header may come again with other columns in the middle of a file, and is missing in extracts: what holds
//! is the last one before a record, or else the list that the format file gives for so many columns.

use super::facts::Facts;
use super::field::Field;
use super::keyed::proxied;
use super::paths::Paths;
use super::{Decode, Verdict};
use crate::format::DecodeContext;
use crate::mask::{Places, percent_decode};
use crate::table::{FactTable, Place};
use crate::time::Clock;
use crate::value;
use serde::Deserialize;
use std::borrow::Cow;
use std::sync::Arc;

/// More columns than any product writes.
const MOST: usize = 128;

/// How a table is laid out, as the format file says.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Layout {
    /// Names of which a header must have each.
    #[serde(default)]
    requires: Vec<String>,
    /// Names of which a header must have none: they are another format's.
    #[serde(default)]
    forbids: Vec<String>,
    /// Columns of records without a header, best known first; a record may end early.
    #[serde(default)]
    headerless: Vec<String>,
    /// How few values a record without a header must have.
    #[serde(default)]
    at_least: usize,
    /// Whether `+` stands for a space in what the client sent.
    #[serde(default)]
    plus: bool,
    /// Whether what the client sent is percent-escaped by the writer.
    #[serde(default)]
    percent: bool,
    /// Whether the writer escapes bytes as `\xHH`, and lists proxies' headers as `HEADER -> value`.
    #[serde(default)]
    backslash: bool,
}

/// Columns by name, and how they are laid out.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub layout: Layout,
    pub paths: Paths,
}

/// Which value of a record becomes which fact.
#[derive(Debug, Default)]
struct Columns {
    /// Positions with their meaning, a fact each, best first.
    facts: Vec<Vec<(usize, Field)>>,
    /// Where day and time of day stand, and whether they are local.
    day: Option<usize>,
    time: Option<usize>,
    local: bool,
    count: usize,
}

/// Decodes one record a line.
pub(crate) struct TableDecoder {
    table: Arc<Table>,
    context: DecodeContext,
    /// What the last header says, if there was one.
    columns: Option<Arc<Columns>>,
    /// Whether there was a header, of this format or of another.
    headed: bool,
    /// Which of its columns are secrets.
    places: Option<Arc<Places>>,
    /// The day of the last `#Date`, for records with a time of day only.
    day: Arc<[u8]>,
    /// Columns of records without a header.
    headerless: Arc<Columns>,
}

impl TableDecoder {
    pub(crate) fn new(table: &Arc<Table>, context: DecodeContext) -> Self {
        let names: Vec<&str> = table.layout.headerless.iter().map(String::as_str).collect();
        let headerless = Arc::new(table.columns(&names));
        let places = Places::named(names.iter().copied(), None).map(Arc::new);
        Self { table: Arc::clone(table), context, columns: None, headed: false, places, day: Arc::from([]), headerless }
    }

    /// The decoder of the records that follow a header line.
    fn next(&self) -> Self {
        Self {
            table: Arc::clone(&self.table),
            context: self.context.clone(),
            columns: self.columns.clone(),
            headed: self.headed,
            places: self.places.clone(),
            day: Arc::clone(&self.day),
            headerless: Arc::clone(&self.headerless),
        }
    }

    /// The columns of a record with so many values.
    fn columns(&self, values: usize) -> Result<&Columns, String> {
        match &self.columns {
            Some(columns) if values < columns.count => {
                Err(format!("{values} values, where the header names {} columns", columns.count))
            }
            Some(columns) => Ok(columns),
            None if self.headed => Err("the header above it is of another format".to_owned()),
            None if self.headerless.count > 0
                && (self.table.layout.at_least..=self.headerless.count).contains(&values) =>
            {
                Ok(&self.headerless)
            }
            None => Err("no header line names its columns".to_owned()),
        }
    }

    fn read<'a>(&self, record: &'a [u8], facts: &mut Facts<'a>) -> Result<(), String> {
        let mut values: [&[u8]; MOST] = [b""; MOST];
        let count = split(record, &mut values)?;
        let columns = self.columns(count)?;
        // A tab ends a value for sure; with spaces, one too many means that values hold some.
        if self.columns.is_some() && count > columns.count && memchr::memchr(b'\t', record).is_none() {
            return Err(format!("{count} values, where the header names {} columns", columns.count));
        }
        let values = &values[..count];
        if let Some(places) = &self.places {
            places.known(|at| values.get(at).copied(), |value, part| facts.hide(value, part));
        }
        self.take_time(columns, values, facts)?;
        for alternatives in &columns.facts {
            let found = alternatives.iter().find_map(|&(at, field)| {
                values.get(at).filter(|value| !self.table.is_missing(value)).map(|value| (*value, field))
            });
            let Some((value, field)) = found else { continue };
            let plain = self.plain(field, value);
            // Other proxies' headers, and no chain among them.
            if plain.is_empty() && !value.is_empty() {
                continue;
            }
            if let Err(reason) = facts.take(field, plain, &self.table.paths.names)
                // The header says that it is one: a time made unreadable costs the time, not the record.
                && (!matches!(field, Field::Time(_)) || self.columns.is_none())
            {
                return Err(reason);
            }
        }
        Ok(())
    }

    /// Puts day and time of day together.
    fn take_time<'a>(&self, columns: &Columns, values: &[&'a [u8]], facts: &mut Facts<'a>) -> Result<(), String> {
        let Some(time) = columns.time.and_then(|at| values.get(at)) else { return Ok(()) };
        let day = match columns.day {
            Some(at) => values.get(at).copied().unwrap_or_default(),
            None => &self.day,
        };
        if day.is_empty() {
            return Err("a time of day, and no `#Date` line says the day".to_owned());
        }
        let zone: &[u8] = if columns.local { b"" } else { b"Z" };
        facts.take(Field::Time(Clock::Iso), Cow::Owned([day, b"T", time, zone].concat()), &[])
    }

    /// Undoes what the writer did to what the client sent. Targets stay as they were sent.
    fn plain<'a>(&self, field: Field, value: &'a [u8]) -> Cow<'a, [u8]> {
        let Layout { plus, percent, backslash, .. } = self.table.layout;
        if backslash {
            // Commas within a value are escaped, those between values are not.
            return match field {
                Field::Forwarded => Cow::Owned(value::unescape(&proxied(value)).into_owned()),
                _ => value::unescape(value),
            };
        }
        if !matches!(field, Field::Plain(_) | Field::Cookies | Field::Authorization | Field::Forwarded) {
            return Cow::Borrowed(value);
        }
        let mut value = Cow::Borrowed(value);
        if plus && memchr::memchr(b'+', &value).is_some() {
            value = Cow::Owned(value.iter().map(|&byte| if byte == b'+' { b' ' } else { byte }).collect());
        }
        // Some writers escape twice.
        for _ in 0..2 {
            if percent && memchr::memchr(b'%', &value).is_some() {
                value = Cow::Owned(percent_decode(&value));
            }
        }
        value
    }
}

impl Table {
    fn is_missing(&self, value: &[u8]) -> bool {
        value == b"(empty)" || self.paths.is_missing(value)
    }

    fn columns(&self, names: &[&str]) -> Columns {
        let mut slots: Vec<Vec<(u8, usize, Field)>> = vec![Vec::new(); self.paths.slots];
        let mut columns = Columns { count: names.len(), ..Columns::default() };
        for (at, name) in names.iter().enumerate().take(MOST) {
            match *name {
                "date" | "date-local" | "date-UTC" => columns.day = Some(at),
                "time" | "time-local" | "time-UTC" => columns.time = Some(at),
                _ => {}
            }
            columns.local |= name.ends_with("-local");
            if let Some(node) = self.paths.root.child(name.as_bytes()) {
                for wanted in &node.wanted {
                    slots[wanted.slot].push((wanted.rank, at, wanted.field));
                }
            }
        }
        for mut slot in slots {
            slot.sort_by_key(|&(rank, at, _)| (rank, at));
            if !slot.is_empty() {
                columns.facts.push(slot.into_iter().map(|(_, at, field)| (at, field)).collect());
            }
        }
        columns
    }

    /// The columns that a header names, if it is one of this format.
    fn header(&self, names: &str) -> Option<Columns> {
        let names: Vec<&str> = names.split_ascii_whitespace().collect();
        let has = |name: &String| names.iter().any(|other| other.eq_ignore_ascii_case(name));
        let Layout { requires, forbids, .. } = &self.layout;
        (requires.iter().all(has) && !forbids.iter().any(has)).then(|| self.columns(&names))
    }
}

impl Decode for TableDecoder {
    fn decode(&self, record: &[u8], source: u32, place: Place, table: &mut FactTable) -> Verdict {
        if record.trim_ascii().is_empty() {
            return Verdict::Skip("blank");
        }
        if record.first() == Some(&b'#') {
            return Verdict::Skip("header");
        }
        let mut facts = Facts::new(&self.context, simdutf8::basic::from_utf8(record).is_ok());
        match self.read(record, &mut facts) {
            Ok(()) => facts.finish(source, place, table),
            Err(reason) => Verdict::Reject(reason.into()),
        }
    }

    fn is_header_driven(&self) -> bool {
        true
    }

    fn secrets(&self, record: &[u8]) -> Vec<std::ops::Range<usize>> {
        self.places.as_ref().map(|places| places.secrets(record)).unwrap_or_default()
    }

    fn heed(&self, record: &[u8]) -> Option<Box<dyn Decode>> {
        let line = std::str::from_utf8(record.strip_prefix(b"#")?).ok()?.trim_start();
        let (word, rest) = line.split_once([' ', ':', '\t'])?;
        match word.to_ascii_lowercase().as_str() {
            "fields" => {
                let columns = self.table.header(rest.trim_start_matches([':', ' ', '\t']));
                let places = Places::of(record).map(Arc::new);
                Some(Box::new(Self { columns: columns.map(Arc::new), headed: true, places, ..self.next() }))
            }
            "date" => {
                let day = rest.trim_start_matches([':', ' ', '\t']).get(..10)?;
                Some(Box::new(Self { day: Arc::from(day.as_bytes()), ..self.next() }))
            }
            _ => None,
        }
    }
}

/// Cuts a record at its tabs, or at its spaces where it has no tab; a value in quotes may hold spaces.
fn split<'a>(record: &'a [u8], values: &mut [&'a [u8]; MOST]) -> Result<usize, String> {
    let separator = if memchr::memchr(b'\t', record).is_some() { b'\t' } else { b' ' };
    let mut rest = record;
    let mut count = 0;
    loop {
        if separator == b' ' {
            rest = rest.trim_ascii_start();
        }
        if rest.is_empty() && separator == b' ' {
            return Ok(count);
        }
        if count == MOST {
            return Err(format!("more than {MOST} values"));
        }
        let quoted = rest.strip_prefix(b"\"").and_then(|inner| {
            let end = memchr::memchr(b'"', inner)?;
            inner.get(end + 1).is_none_or(|&next| next == separator).then_some((&inner[..end], end + 2))
        });
        let (value, end) = quoted.unwrap_or_else(|| {
            let end = memchr::memchr(separator, rest).unwrap_or(rest.len());
            (&rest[..end], end)
        });
        values[count] = value;
        count += 1;
        if end >= rest.len() {
            return Ok(count);
        }
        rest = &rest[end + 1..];
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cut(record: &str) -> Vec<&str> {
        let mut values: [&[u8]; MOST] = [b""; MOST];
        let count = split(record.as_bytes(), &mut values).unwrap();
        values[..count].iter().map(|value| std::str::from_utf8(value).unwrap()).collect()
    }

    #[test]
    fn values_are_cut_at_tabs_or_else_at_spaces() {
        assert_eq!(cut("a  b \"c d\" e\"f"), ["a", "b", "c d", "e\"f"]);
        assert_eq!(cut("a b\t\tc\t"), ["a b", "", "c", ""]);
        assert_eq!(cut("\"open and on"), ["\"open", "and", "on"]);
    }

    proptest! {
        #[test]
        fn any_record_is_cut(record: Vec<u8>) {
            let mut values: [&[u8]; MOST] = [b""; MOST];
            let _ = split(&record, &mut values);
        }
    }
}
