//! Comma-separated values whose first line names the columns, as databases, spreadsheets and log stores export them.

use super::keyed::{Keyed, Slots};
use super::{Decode, Verdict};
use crate::decode::paths::Paths;
use crate::format::DecodeContext;
use crate::mask::Places;
use crate::table::{FactTable, Place};
use crate::value::clean;
use memchr::memchr;
use std::borrow::Cow;
use std::sync::Arc;

/// What may stand between values; the one that the header has most of is meant.
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// So many columns of a header must be known, lest a line of prose be one.
const KNOWN: usize = 3;

/// The names of the columns.
#[derive(Debug)]
struct Header {
    line: Vec<u8>,
    separator: u8,
    names: Vec<Vec<u8>>,
    /// Which of them are secrets.
    places: Option<Places>,
}

/// How columns are laid out that no line names: they are called by number, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unnamed {
    pub columns: usize,
    pub separator: u8,
}

/// Decodes one record a line.
pub(crate) struct CsvDecoder {
    keyed: Keyed,
    header: Option<Arc<Header>>,
}

impl CsvDecoder {
    pub(crate) fn new(paths: &Arc<Paths>, unnamed: Option<Unnamed>, context: DecodeContext) -> Self {
        let header = unnamed.map(|Unnamed { columns, separator }| {
            let names = (1..=columns).map(|number| number.to_string().into_bytes()).collect();
            Arc::new(Header { line: Vec::new(), separator, names, places: None })
        });
        Self { keyed: Keyed { paths: Arc::clone(paths), context, strict: true }, header }
    }

    fn read<'a>(&self, header: &Header, record: &'a [u8]) -> Result<Slots<'_, 'a>, String> {
        let mut slots = self.keyed.slots().unchecked();
        let mut names = header.names.iter();
        let mut count = 0;
        let mut secrets = header.places.as_ref().map(|places| (places, Vec::with_capacity(header.names.len())));
        for value in cells(record, header.separator) {
            count += 1;
            if let Some(name) = names.next() {
                let value = value?;
                if let Some((_, values)) = &mut secrets {
                    values.push(value.clone());
                }
                slots.offer(name, value);
            }
        }
        if let Some((places, values)) = secrets {
            places.known(|at| values.get(at).map(|value| &**value), |value, part| slots.hide(value, part));
        }
        if count == header.names.len() {
            Ok(slots)
        } else {
            Err(if header.line.is_empty() {
                format!("{count} values, where most records have {}", header.names.len())
            } else {
                format!("{count} values, where the header names {} columns", header.names.len())
            })
        }
    }
}

impl Decode for CsvDecoder {
    fn decode(&self, record: &[u8], source: u32, place: Place, table: &mut FactTable) -> Verdict {
        let record = record.trim_ascii_end();
        if record.is_empty() {
            return Verdict::Skip("blank");
        }
        let Some(header) = &self.header else {
            let is_header = header_of(record, &self.keyed.paths).is_some();
            return if is_header {
                Verdict::Skip("header")
            } else {
                Verdict::Reject("no header line names its columns".into())
            };
        };
        if record == header.line {
            return Verdict::Skip("header");
        }
        match self.read(header, record) {
            Ok(slots) => self.keyed.row(slots, source, place, table),
            Err(reason) => Verdict::Reject(reason.into()),
        }
    }

    fn is_header_driven(&self) -> bool {
        true
    }

    fn secrets(&self, record: &[u8]) -> Vec<std::ops::Range<usize>> {
        let places = self.header.as_ref().and_then(|header| header.places.as_ref());
        places.map(|places| places.secrets(record.trim_ascii_end())).unwrap_or_default()
    }

    /// Only the first header counts: what may come later could not be told from a record everywhere.
    fn heed(&self, record: &[u8]) -> Option<Box<dyn Decode>> {
        if self.header.is_some() {
            return None;
        }
        let header = header_of(record.trim_ascii_end(), &self.keyed.paths)?;
        let keyed = Keyed { paths: Arc::clone(&self.keyed.paths), context: self.keyed.context.clone(), strict: true };
        Some(Box::new(Self { keyed, header: Some(Arc::new(header)) }))
    }
}

/// The header that a line is, if enough of its names are known.
fn header_of(line: &[u8], paths: &Paths) -> Option<Header> {
    let (separator, names) = names(line)?;
    let known = names.iter().filter(|name| paths.knows(name)).count();
    (known >= KNOWN).then(|| Header { line: line.to_vec(), separator, names, places: Places::of(line) })
}

/// The separator and the names of a line that could be a header: no value in it is a number.
pub(crate) fn names(line: &[u8]) -> Option<(u8, Vec<Vec<u8>>)> {
    let count = |separator: &u8| memchr::memchr_iter(*separator, line).count();
    let separator = SEPARATORS.into_iter().rev().max_by_key(count).filter(|separator| count(separator) > 0)?;
    let names: Result<Vec<Vec<u8>>, _> =
        cells(line, separator).map(|cell| cell.map(|cell| clean(cell.trim_ascii()).into_owned())).collect();
    let names = names.ok()?;
    let is_name =
        |name: &Vec<u8>| !name.is_empty() && name.len() <= 64 && name.iter().any(|byte| !byte.is_ascii_digit());
    let distinct: std::collections::BTreeSet<&Vec<u8>> = names.iter().collect();
    (names.len() >= KNOWN && names.iter().all(is_name) && distinct.len() == names.len()).then_some((separator, names))
}

/// How most lines are laid out, whatever is in them; `None` where they have less than four columns.
pub(crate) fn layout(lines: &[&[u8]]) -> Option<Unnamed> {
    let lines = || lines.iter().map(|line| line.trim_ascii_end()).filter(|line| !line.is_empty());
    let mut best: Option<(usize, Unnamed)> = None;
    for separator in SEPARATORS {
        let mut counts = std::collections::BTreeMap::<usize, usize>::new();
        for line in lines() {
            *counts.entry(cells(line, separator).count()).or_default() += 1;
        }
        let Some((columns, times)) = counts.into_iter().max_by_key(|(_, times)| *times) else { continue };
        let is_most = times * 10 >= lines().count() * 9;
        if columns >= 4 && is_most && best.is_none_or(|(_, best)| columns > best.columns) {
            best = Some((times, Unnamed { columns, separator }));
        }
    }
    best.map(|(_, layout)| layout)
}

/// The values of a line: bare, or in quotes with quotes doubled (RFC 4180).
pub(crate) fn cells(line: &[u8], separator: u8) -> impl Iterator<Item = Result<Cow<'_, [u8]>, String>> {
    let mut rest = Some(line);
    std::iter::from_fn(move || {
        let now = rest.take()?;
        if now.first() != Some(&b'"') {
            let end = memchr(separator, now).unwrap_or(now.len());
            rest = now.get(end + 1..);
            return Some(Ok(Cow::Borrowed(&now[..end])));
        }
        let Some((value, after)) = quoted(&now[1..]) else {
            return Some(Err("no closing quote after a value".to_owned()));
        };
        match after.first() {
            None => {}
            Some(next) if *next == separator => rest = Some(&after[1..]),
            Some(_) => return Some(Err("text after the closing quote of a value".to_owned())),
        }
        Some(Ok(value))
    })
}

/// The value that ends at the first quote which is not doubled, and what follows it.
fn quoted(inner: &[u8]) -> Option<(Cow<'_, [u8]>, &[u8])> {
    let mut value: Cow<'_, [u8]> = Cow::Borrowed(b"");
    let mut from = 0;
    loop {
        let end = from + memchr(b'"', &inner[from..])?;
        let piece = &inner[from..end];
        if inner.get(end + 1) != Some(&b'"') {
            let whole = if value.is_empty() {
                Cow::Borrowed(piece)
            } else {
                let mut owned = value.into_owned();
                owned.extend_from_slice(piece);
                Cow::Owned(owned)
            };
            return Some((whole, &inner[end + 1..]));
        }
        let owned = value.to_mut();
        owned.extend_from_slice(piece);
        owned.push(b'"');
        from = end + 2;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cut(line: &str, separator: u8) -> Vec<String> {
        cells(line.as_bytes(), separator).map(|cell| String::from_utf8(cell.unwrap().into_owned()).unwrap()).collect()
    }

    #[test]
    fn values_bare_and_in_quotes() {
        assert_eq!(cut(r#"a,"b ""x"", c",,"#, b','), ["a", r#"b "x", c"#, "", ""]);
        assert_eq!(cut("a;b", b';'), ["a", "b"]);
        assert!(cells(b"\"a", b',').next().unwrap().is_err());
        assert!(cells(b"\"a\"b,c", b',').next().unwrap().is_err());
    }

    #[test]
    fn names_are_told_from_values() {
        assert_eq!(names(b"time;ip;url").map(|(separator, names)| (separator, names.len())), Some((b';', 3)));
        assert!(names(b"2024,1,2").is_none());
        assert!(names(b"a,a,b").is_none());
        assert!(names(b"hello world").is_none());
    }

    proptest! {
        /// What is written by the rules is read back.
        #[test]
        fn written_values_come_back(values in proptest::collection::vec("[a\",; \u{e9}]{0,6}", 1..6)) {
            let line: Vec<String> = values.iter().map(|value| format!("\"{}\"", value.replace('"', "\"\""))).collect();
            prop_assert_eq!(cut(&line.join(","), b','), values);
        }

        #[test]
        fn any_line_is_taken(line: Vec<u8>) {
            for separator in SEPARATORS {
                cells(&line, separator).for_each(drop);
            }
            names(&line);
        }
    }
}
