//! Where secrets stand that a decoder came upon: what it took for one because of its column, variable or key must be
//! hidden in the raw line too, which may show none of these.
//!
//! A secret is a part of a value. Where the value is a piece of the record, that is its place; where it was unescaped on
//! the way, its place is where the record spells it.

use super::is_masked;
use crate::value::hex_digit;
use std::ops::Range;

/// Secrets as they are found in one record.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spots {
    /// The values, one after the other.
    bytes: Vec<u8>,
    at: Vec<Spot>,
}

#[derive(Clone, Debug)]
struct Spot {
    /// Where the value lay in memory when it was seen.
    address: usize,
    value: Range<usize>,
    /// The secret, within the value.
    part: Range<usize>,
}

impl Spots {
    /// Notes a part of a value, of which it is a slice.
    pub(crate) fn note(&mut self, value: &[u8], part: &[u8]) {
        if part == b"-" || part.is_empty() || is_masked(part) {
            return;
        }
        let part = offset(value, part).map_or(0..value.len(), |start| start..start + part.len());
        let address = value.as_ptr() as usize;
        // A header of many cookies is kept once.
        let again = self.at.last().filter(|last| last.address == address && self.bytes[last.value.clone()] == *value);
        let kept = again.map_or_else(
            || {
                let from = self.bytes.len();
                self.bytes.extend_from_slice(value);
                from..self.bytes.len()
            },
            |last| last.value.clone(),
        );
        self.at.push(Spot { address, value: kept, part });
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.at.is_empty()
    }

    /// Where in the record that was read they stand.
    pub(crate) fn places(&self, record: &[u8]) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let mut search = Search::over(record);
        for spots in self.at.chunk_by(|a, b| a.value == b.value) {
            let parts: Vec<Range<usize>> = spots.iter().map(|spot| spot.part.clone()).collect();
            let (address, value) = (spots[0].address, spots[0].value.clone());
            let start = address.wrapping_sub(record.as_ptr() as usize);
            if start.checked_add(value.len()).is_some_and(|end| end <= record.len()) {
                found.extend(parts.iter().map(|part| start + part.start..start + part.end));
                continue;
            }
            search.from = 0;
            if !search.add(&self.bytes[value], &parts, &mut found) {
                return std::iter::once(0..record.len()).collect();
            }
        }
        found
    }
}

/// Where parts of what stood in a wrapper are in the whole record.
pub(crate) struct Within<'r> {
    search: Search<'r>,
    found: Vec<Range<usize>>,
}

/// How far behind an item of several the same may be said again.
const AGAIN: usize = 2 << 10;

impl<'r> Within<'r> {
    /// Of a record that holds one, or several in the order in which they are added.
    pub(crate) fn of(record: &'r [u8], several: bool) -> Self {
        let further = if several { AGAIN } else { record.len() };
        Self { search: Search { further, ..Search::over(record) }, found: Vec::new() }
    }

    /// Adds parts of what stood in the record, at `at` where that is known. All of the record is meant where it cannot
    /// be told where they are.
    pub(crate) fn add(&mut self, inner: &[u8], at: Option<usize>, parts: &[Range<usize>]) {
        if parts.is_empty() {
            return;
        }
        if let Some(at) = at {
            self.found.extend(parts.iter().map(|part| at + part.start..at + part.end));
            return;
        }
        let from = self.search.from;
        let whole = self.search.add(inner, parts, &mut self.found);
        // The wrapper may have left something out in between.
        let told = whole
            || parts.iter().all(|part| {
                self.search.from = from;
                let value = &inner[part.clone()];
                self.search.add(value, std::slice::from_ref(&(0..value.len())), &mut self.found)
            });
        if !told {
            self.found.push(0..self.search.record.len());
        }
    }

    /// All of them, in order.
    pub(crate) fn finish(self) -> Vec<Range<usize>> {
        super::line::joined(self.found)
    }
}

/// Where a slice of a record begins, if it is one.
pub(crate) fn offset(record: &[u8], part: &[u8]) -> Option<usize> {
    let start = (part.as_ptr() as usize).wrapping_sub(record.as_ptr() as usize);
    start.checked_add(part.len()).filter(|&end| end <= record.len()).map(|_| start)
}

/// A search for values in a record in whatever way it spells them.
struct Search<'r> {
    record: &'r [u8],
    /// Where it begins.
    from: usize,
    /// How far it goes on behind what it found.
    further: usize,
    /// Steps that it may still take: nobody makes it slow by what they write.
    left: usize,
    /// Where each byte of the value at hand is spelt.
    marks: Vec<usize>,
}

impl<'r> Search<'r> {
    fn over(record: &'r [u8]) -> Self {
        let left = 64 * record.len() + (1 << 16);
        Self { record, from: 0, further: record.len(), left, marks: Vec::new() }
    }

    /// Adds where these parts of a value stand, everywhere where the value does. Says whether it is there. The next
    /// search begins behind the first of them.
    fn add(&mut self, value: &[u8], parts: &[Range<usize>], found: &mut Vec<Range<usize>>) -> bool {
        if value.is_empty() {
            return false;
        }
        // A short value may be a piece of another by chance: where it stands by itself, only that counts.
        for alone in [true, false] {
            let mut first = None;
            let (mut at, mut last) = (self.from, self.record.len());
            while at < last {
                let Some(end) = self.spells(at, value) else {
                    if self.left == 0 {
                        return false;
                    }
                    at += 1;
                    continue;
                };
                if !alone || self.stands_alone(at, end) {
                    let mark = |at: usize| self.marks.get(at).copied().unwrap_or(end);
                    found.extend(parts.iter().map(|part| mark(part.start)..mark(part.end)));
                    first = first.or(Some(end));
                    last = last.min(end + self.further);
                }
                at = end.max(at + 1);
            }
            if let Some(end) = first {
                self.from = end;
                return true;
            }
        }
        false
    }

    fn stands_alone(&self, at: usize, end: usize) -> bool {
        let is_word = |byte: Option<&u8>| byte.is_some_and(|&byte| byte.is_ascii_alphanumeric() || byte >= 0x80);
        let before = at.checked_sub(1).and_then(|at| self.record.get(at));
        let begins = !(is_word(before) && is_word(self.record.get(at)));
        begins && !is_word(self.record.get(end))
    }

    /// Where the value ends, if it is spelt at a place.
    fn spells(&mut self, at: usize, value: &[u8]) -> Option<usize> {
        self.marks.clear();
        let mut end = at;
        let mut rest = value;
        while !rest.is_empty() {
            self.left = self.left.saturating_sub(1);
            let (taken, length) = step(self.record.get(end..)?, rest).filter(|_| self.left > 0)?;
            self.marks.extend(std::iter::repeat_n(end, taken));
            rest = &rest[taken..];
            end += length;
        }
        Some(end)
    }
}

/// How many bytes of a value the beginning of a text spells, and in how many of its own.
fn step(text: &[u8], value: &[u8]) -> Option<(usize, usize)> {
    let (&first, &wanted) = (text.first()?, value.first()?);
    if first == b'\\'
        && let Some(found) = backslash(text, value)
    {
        return Some(found);
    }
    if first == b'"' && wanted == b'"' && text.get(1) == Some(&b'"') {
        return Some((1, 2));
    }
    if first == wanted {
        return Some((1, 1));
    }
    let hex = |at: usize| Some((hex_digit(*text.get(at)?)? << 4) | hex_digit(*text.get(at + 1)?)?);
    match first {
        b'+' if wanted == b' ' => Some((1, 1)),
        b'#' => (hex(1)? == wanted).then_some((1, 3)),
        b'%' => {
            let more = text[1..].chunks_exact(2).take_while(|pair| *pair == b"25").count() * 2;
            (hex(1 + more)? == wanted).then_some((1, 3 + more))
        }
        _ => None,
    }
}

/// The same for what a backslash begins, or several of them, as each writer on the way put one in front.
fn backslash(text: &[u8], value: &[u8]) -> Option<(usize, usize)> {
    let wanted = *value.first()?;
    if wanted == b'\\' {
        return (text.get(1) == Some(&b'\\')).then_some((1, 2));
    }
    let run = text.iter().take_while(|&&byte| byte == b'\\').count();
    let digits = |from: usize, count: usize| {
        text.get(from..from + count)?.iter().try_fold(0, |sum, &digit| Some((sum << 4) | u32::from(hex_digit(digit)?)))
    };
    let letter = *text.get(run)?;
    let spelt = match letter {
        b'n' => b'\n',
        b't' => b'\t',
        b'r' => b'\r',
        b'b' => 8,
        b'f' => 12,
        b'v' => 11,
        b'x' => return (digits(run + 1, 2)? == u32::from(wanted)).then_some((1, run + 3)),
        b'u' => {
            let (mut code, mut length) = (digits(run + 1, 4)?, run + 5);
            if (0xd800..0xdc00).contains(&code) {
                let low = length + text[length..].iter().take_while(|&&byte| byte == b'\\').count() + 1;
                code = 0x1_0000 + ((code - 0xd800) << 10) + digits(low, 4)?.checked_sub(0xdc00)?;
                length = low + 4;
            }
            let mut buffer = [0; 4];
            let spelt = char::from_u32(code)?.encode_utf8(&mut buffer);
            return value.starts_with(spelt.as_bytes()).then_some((spelt.len(), length));
        }
        other => other,
    };
    (spelt == wanted).then_some((1, run + 1))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn spelt(record: &str, value: &str) -> Vec<String> {
        let mut spots = Spots::default();
        let value = value.to_owned();
        spots.note(value.as_bytes(), value.as_bytes());
        spots.places(record.as_bytes()).into_iter().map(|range| record[range].to_owned()).collect()
    }

    #[test]
    fn pieces_of_the_record_are_where_they_are() {
        let record = b"a secret and a secret".as_slice();
        let mut spots = Spots::default();
        spots.note(&record[15..], &record[15..]);
        spots.note(&record[2..12], &record[9..12]);
        assert_eq!(spots.places(record), [15..21, 9..12]);
        for nothing in [b"-".as_slice(), b"", b"****", b"~0123456789abcdef"] {
            let mut spots = Spots::default();
            spots.note(nothing, nothing);
            assert!(spots.is_empty());
        }
    }

    #[test]
    fn what_was_unescaped_is_found_as_it_is_spelt() {
        for (record, value, found) in [
            (r#"x "ab\x22c" y"#, r#"ab"c"#, r"ab\x22c"),
            (r#"{"k":"ab\\\"c"}"#, r#"ab"c"#, r#"ab\\\"c"#),
            (r#"{"k":"\u00e9\ud83d\ude00\/\n"}"#, "é😀/\n", r"\u00e9\ud83d\ude00\/\n"),
            (r"k=a\\b", r"a\b", r"a\\b"),
            (r#""ab""c","#, r#"ab"c"#, r#"ab""c"#),
            ("x a%20b%2520c+d y", "a b c d", "a%20b%2520c+d"),
            ("{a#22b}", "a\"b", "a#22b"),
        ] {
            assert_eq!(spelt(record, value), [found], "{record}");
        }
        assert_eq!(spelt("21 1 2026-01-01", "1"), ["1"]);
        assert_eq!(spelt("2026x11", "11"), ["11"]);
        assert_eq!(spelt("nothing of it", "else"), ["nothing of it"]);
    }

    #[test]
    fn a_part_of_an_unescaped_value_is_found_with_the_value() {
        let record = "1 a=1;+b=2 1";
        let value = b"a=1; b=2".to_vec();
        let mut spots = Spots::default();
        spots.note(&value, &value[2..3]);
        spots.note(&value, &value[7..]);
        assert_eq!(spots.places(record.as_bytes()), [4..5, 9..10]);
    }

    fn within(record: &[u8], inner: &[u8], part: Range<usize>) -> Vec<(usize, usize)> {
        let mut within = Within::of(record, false);
        within.add(inner, offset(record, inner), std::slice::from_ref(&part));
        within.finish().into_iter().map(|range| (range.start, range.end)).collect()
    }

    #[test]
    fn what_is_in_a_wrapper_is_found_in_the_record() {
        let (record, inner) = (br#"{"log":"a \"b\" b"}"#.as_slice(), b"a \"b\" b".as_slice());
        assert_eq!(within(record, inner, 3..4), [(12, 13)]);
        assert_eq!(within(record, &record[8..15], 2..3), [(10, 11)]);
        // Joined by the wrapper.
        assert_eq!(within(b"one two|three", b"one three", 4..9), [(8, 13)]);
        assert_eq!(within(b"one thr|ee", b"one three", 4..9), [(0, 10)]);
    }

    #[test]
    fn each_of_several_is_found_in_its_place() {
        let record = br#"["k \"a\"","k \"a\"","k \"b\""]"#;
        let mut within = Within::of(record, true);
        for item in [b"k \"a\"", b"k \"a\"", b"k \"b\""] {
            within.add(item, None, std::slice::from_ref(&(3..4)));
        }
        assert_eq!(within.finish(), [6..7, 16..17, 26..27]);
    }

    proptest! {
        #[test]
        fn ranges_are_within_the_record(record: Vec<u8>, text in r#"[\\"a%2x0u#+]{0,40}"#, value in "[\"a ]{1,3}") {
            for record in [record.as_slice(), text.as_bytes()] {
                let mut spots = Spots::default();
                spots.note(value.as_bytes(), value.as_bytes());
                for range in spots.places(record) {
                    prop_assert!(range.start <= range.end && range.end <= record.len());
                }
                for (start, end) in within(record, value.as_bytes(), 0..1) {
                    prop_assert!(start <= end && end <= record.len());
                }
            }
        }

        /// What JSON escapes is found where JSON has it.
        #[test]
        fn texts_are_found_in_json(before in "[a-z\"\\\\ ]{0,9}", secret in "\\PC{1,9}") {
            let inner = format!("{before}|{secret}");
            let record = serde_json::to_string(&serde_json::json!({ "log": inner })).unwrap();
            let places = within(record.as_bytes(), inner.as_bytes(), before.len() + 1..inner.len());
            let spelt = serde_json::to_string(&secret).unwrap();
            let at = record.rfind('|').filter(|_| !secret.contains('|'));
            if let Some(at) = at {
                prop_assert_eq!(places, [(at + 1, at + 1 + spelt.len() - 2)]);
            }
        }
    }
}
