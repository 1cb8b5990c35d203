//! Records of labelled values on one line: LTSV (`label:value`, tabs between) and logfmt (`key=value`, spaces between).

use super::facts::Value;
use super::keyed::{Keyed, Slots};
use super::{Decode, Verdict};
use crate::table::{FactTable, Place};
use crate::value;
use memchr::{memchr, memchr2};
use serde::Deserialize;
use std::borrow::Cow;

/// How labels and values are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Syntax {
    /// `label:value`, separated by tabs (<http://ltsv.org>).
    Ltsv,
    /// `key=value` or `key="quoted value"`, separated by spaces.
    Logfmt,
    /// One element a line: attributes, and the text of the elements in it, by name.
    Xml,
}

/// Fewer labelled values are prose that happens to hold some.
const AT_LEAST: usize = 3;

/// Decodes one record a line.
pub(crate) struct PairsDecoder {
    pub syntax: Syntax,
    pub keyed: Keyed,
}

/// A label, its value, and what follows them; none at the end of the record.
type Step<'a> = Result<Option<(&'a [u8], Value<'a>, &'a [u8])>, &'static str>;

/// A label and its value.
type Pair<'a> = (&'a [u8], Cow<'a, [u8]>);

/// The labels and values of a record, if it has some and nothing else.
pub(crate) fn pairs(record: &[u8], syntax: Syntax) -> Option<Vec<Pair<'_>>> {
    let (mut rest, mut pairs) = (record.trim_ascii(), Vec::new());
    while let Some((label, value, after)) = next(syntax, rest).ok()? {
        pairs.push((label, value));
        rest = after;
    }
    (pairs.len() >= AT_LEAST).then_some(pairs)
}

/// The next label and value, and what follows them.
fn next(syntax: Syntax, rest: &[u8]) -> Step<'_> {
    match syntax {
        Syntax::Ltsv => ltsv(rest),
        Syntax::Logfmt | Syntax::Xml => logfmt(rest),
    }
}

impl PairsDecoder {
    /// Offers the values by their labels.
    fn read<'a>(&self, record: &'a [u8]) -> Result<Slots<'_, 'a>, &'static str> {
        // An escaped byte may be any.
        let mut slots = self.keyed.slots().unchecked();
        if self.syntax == Syntax::Xml {
            return super::xml::offer(record, slots);
        }
        let mut rest = record;
        let mut count = 0;
        while let Some((label, value, after)) = next(self.syntax, rest)? {
            rest = after;
            count += 1;
            slots.offer(label, value);
        }
        if count < AT_LEAST { Err("no labelled values") } else { Ok(slots) }
    }
}

fn ltsv(rest: &[u8]) -> Step<'_> {
    if rest.is_empty() {
        return Ok(None);
    }
    let end = memchr(b'\t', rest).unwrap_or(rest.len());
    let (pair, after) = (&rest[..end], rest.get(end + 1..).unwrap_or_default());
    let colon = memchr(b':', pair).filter(|&colon| is_label(&pair[..colon])).ok_or("a value without a label")?;
    let value = &pair[colon + 1..];
    let value = value.strip_prefix(b"[").and_then(|inner| inner.strip_suffix(b"]")).unwrap_or(value);
    Ok(Some((&pair[..colon], value::unescape(value), after)))
}

fn logfmt(rest: &[u8]) -> Step<'_> {
    let mut rest = rest.trim_ascii_start();
    loop {
        if rest.is_empty() {
            return Ok(None);
        }
        let end = memchr2(b' ', b'=', rest).unwrap_or(rest.len());
        let label = &rest[..end];
        if rest.get(end) != Some(&b'=') {
            // A bare word is a flag.
            if !is_label(label) {
                return Err("a word that is no label");
            }
            rest = rest[end..].trim_ascii_start();
            continue;
        }
        if !is_label(label) {
            return Err("a value without a label");
        }
        let value = &rest[end + 1..];
        if value.first() != Some(&b'"') {
            let stop = memchr(b' ', value).unwrap_or(value.len());
            return Ok(Some((label, Cow::Borrowed(&value[..stop]), &value[stop..])));
        }
        let close = closing(&value[1..]).ok_or("no closing quote")?;
        return Ok(Some((label, value::unescape(&value[1..=close]), &value[close + 2..])));
    }
}

/// Where the quote that is not escaped stands.
fn closing(inner: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + memchr2(b'"', b'\\', &inner[from..])?;
        if inner[at] == b'"' {
            return Some(at);
        }
        from = at + 2;
        if from > inner.len() {
            return None;
        }
    }
}

fn is_label(bytes: &[u8]) -> bool {
    (1..=64).contains(&bytes.len())
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'@' | b'%'))
}

impl Decode for PairsDecoder {
    fn decode(&self, record: &[u8], source: u32, place: Place, table: &mut FactTable) -> Verdict {
        let record = record.trim_ascii();
        if record.is_empty() {
            return Verdict::Skip("blank");
        }
        match self.read(record) {
            Ok(slots) => self.keyed.row(slots, source, place, table),
            Err(reason) => Verdict::Reject(reason.into()),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pairs(syntax: Syntax, text: &str) -> Vec<(String, String)> {
        let (mut rest, mut found) = (text.as_bytes(), Vec::new());
        while let Some((label, value, after)) = next(syntax, rest).unwrap() {
            let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
            found.push((text(label), text(&value)));
            rest = after;
        }
        found
    }

    #[test]
    fn labels_and_values() {
        let owned = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs.iter().map(|(label, value)| ((*label).to_owned(), (*value).to_owned())).collect()
        };
        let found = pairs(Syntax::Ltsv, "time:[a:b]\tua:x \\x22y\\x22\tempty:");
        assert_eq!(found, owned(&[("time", "a:b"), ("ua", "x \"y\""), ("empty", "")]));
        let found = pairs(Syntax::Logfmt, r#"a=1 flag  b="c \"d\" e" f="" g="#);
        assert_eq!(found, owned(&[("a", "1"), ("b", "c \"d\" e"), ("f", ""), ("g", "")]));
    }

    proptest! {
        #[test]
        fn any_record_is_taken(record: Vec<u8>, text in r#"[a-c="\\: \t]{0,24}"#) {
            for bytes in [record.as_slice(), text.as_bytes()] {
                for step in [ltsv, logfmt] {
                    let mut rest = bytes;
                    while let Ok(Some((_, _, after))) = step(rest) {
                        prop_assert!(after.len() < rest.len());
                        rest = after;
                    }
                }
            }
        }
    }
}
