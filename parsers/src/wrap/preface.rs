//! Words in front of a record that no other wrapper explains: a logger's time and level, a file's name and a line's
//! number (`grep`), a pod's name, labels.
//!
//! Where the record begins is told by what it begins with: a JSON object up to the end of the line, an address before
//! a quoted request, or the first of many `key=value`.

use super::Peeled;
use crate::time::{self, Clock};
use crate::value;
use memchr::memchr;
use std::borrow::Cow;

/// Longer prefaces are text of their own.
const LONGEST: usize = 320;

/// The longest time looked for in a preface.
const LONGEST_TIME: usize = 40;

pub(super) fn peel(record: &[u8]) -> Option<Peeled<'_>> {
    let at = object(record).or_else(|| address(record)).or_else(|| pairs(record)).filter(|&at| at > 0)?;
    let time = time_in(&record[..at]);
    Some(Peeled::one(Cow::Borrowed(&record[at..]), time.map(Cow::Borrowed)))
}

/// Where an object begins that ends with the line.
fn object(record: &[u8]) -> Option<usize> {
    if record.trim_ascii_end().last() != Some(&b'}') {
        return None;
    }
    let head = &record[..record.len().min(LONGEST)];
    memchr::memchr_iter(b'{', head).find(|&at| {
        let opens = matches!(record[at + 1..].trim_ascii_start().first(), Some(b'"'));
        opens
            && (at == 0
                || matches!(record[at - 1], b' ' | b'\t' | b':' | b'|' | b';' | b',')
                || ends_in_line_number(&record[..at]))
    })
}

/// Where the last address begins before the first quote.
fn address(record: &[u8]) -> Option<usize> {
    // Quotes without a space before them belong to labels.
    let quote = memchr::memchr_iter(b'"', record).find(|&at| at == 0 || matches!(record[at - 1], b' ' | b'\t'))?;
    let head = &record[..quote.min(LONGEST)];
    let mut at = 0;
    let mut last = None;
    for word in head.split(|byte| matches!(byte, b' ' | b'\t' | b'|')) {
        if let Some(within) = address_in(word) {
            last = Some(at + within);
        }
        at += word.len() + 1;
    }
    last
}

/// Where an address begins that ends with the word; `file:7:` may stand before it, or `file-7-`.
fn address_in(word: &[u8]) -> Option<usize> {
    let after_dash = |at: &usize| ends_in_line_number(&word[..*at]);
    let starts = std::iter::once(0).chain(memchr::memchr2_iter(b':', b'-', word).map(|at| at + 1));
    starts.filter(|at| *at == 0 || word[at - 1] == b':' || after_dash(at)).find(|&at| is_address(&word[at..]))
}

/// Whether the number of a line ends the text, between dashes: the context of a match, as `grep` writes it.
fn ends_in_line_number(text: &[u8]) -> bool {
    let Some(numbered) = text.strip_suffix(b"-") else { return false };
    let digits = numbered.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    digits > 0 && (digits == numbered.len() || numbered[numbered.len() - digits - 1] == b'-')
}

fn is_address(bytes: &[u8]) -> bool {
    // A time of day is none, though it could be the end of one.
    if bytes.len() < 7 && !bytes.starts_with(b"::") {
        return false;
    }
    value::is_address(bytes)
}

/// Where the first of several `key=value` begins.
fn pairs(record: &[u8]) -> Option<usize> {
    let head = &record[..record.len().min(LONGEST)];
    let equals = memchr(b'=', head)?;
    let label = head[..equals].iter().rev().take_while(|byte| is_label(**byte)).count();
    let at = equals - label;
    let begins = label > 0 && (at == 0 || matches!(record[at - 1], b' ' | b'\t'));
    begins.then_some(at)
}

fn is_label(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'@')
}

/// The first time that a preface states, if it does.
fn time_in(preface: &[u8]) -> Option<&[u8]> {
    let starts = (0..preface.len()).filter(|&at| {
        let after_word = at == 0 || !preface[at - 1].is_ascii_alphanumeric();
        let after_point = at > 0 && matches!(preface[at - 1], b'.' | b':');
        after_word && !after_point && preface[at].is_ascii_alphanumeric()
    });
    starts.filter(|&at| preface.get(at..at + 4).is_some_and(|year| is_year_or_month(year, &preface[at..]))).find_map(
        |at| {
            let text = &preface[at..];
            let ends = (10..=text.len().min(LONGEST_TIME)).rev().filter(|&end| {
                let next = text.get(end);
                next.is_none_or(|byte| matches!(byte, b' ' | b'\t' | b']' | b'|' | b',' | b':'))
                    && text[end - 1] != b' '
            });
            let mut ends = ends.map(|end| &text[..end]);
            ends.find(|text| memchr(b':', text).is_some() && time::read(text, Clock::Any, chrono_tz::UTC).is_some())
        },
    )
}

/// `2024`, or the day of a time that begins with one (`12/Mar/2024`).
fn is_year_or_month(start: &[u8], rest: &[u8]) -> bool {
    start.iter().all(u8::is_ascii_digit) && matches!(start[0], b'1' | b'2')
        || (start[..2].iter().all(u8::is_ascii_digit)
            && start[2] == b'/'
            && rest.get(3).is_some_and(u8::is_ascii_alphanumeric))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(record: &str, inner: &str, time: Option<&str>) {
        let peeled = peel(record.as_bytes()).map(|peeled| {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            let first = &peeled.records[0];
            (text(&first.bytes), first.time.as_deref().map(text))
        });
        assert_eq!(peeled, Some((inner.to_owned(), time.map(str::to_owned))), "{record}");
    }

    #[test]
    fn records_behind_words() {
        let line = r#"198.51.100.4 - - [26/Nov/2024:10:15:32 +0000] "GET / HTTP/1.1" 200 1"#;
        for (preface, time) in [
            ("access.log.3:", None),
            ("gw/access.log:17:", None),
            ("gw/access.log-17-", None),
            ("17-", None),
            ("17:", None),
            ("kong-7d9 proxy ", None),
            ("2024-11-26T10:15:32Z {app=\"x\",pod=\"y\"} ", Some("2024-11-26T10:15:32Z")),
            ("2024-11-26 10:15:32.123  INFO 1 --- [t-1] a.b.C  : ", Some("2024-11-26 10:15:32.123")),
            ("0|app  | 2024-11-26T10:15:32: ", Some("2024-11-26T10:15:32")),
            ("7\t2024-11-26T10:15:32\tweb1\t203.0.113.9\tInfo\tnginx\t", Some("2024-11-26T10:15:32")),
        ] {
            check(&format!("{preface}{line}"), line, time);
        }
        check(
            "f.log:2001:db8::1 - - [x] \"GET / HTTP/1.1\" 200 1",
            "2001:db8::1 - - [x] \"GET / HTTP/1.1\" 200 1",
            None,
        );
    }

    #[test]
    fn objects_and_labels_behind_words() {
        check("2024-11-26T10:15:32+00:00\tnginx.access\t{\"a\":1}", "{\"a\":1}", Some("2024-11-26T10:15:32+00:00"));
        check(
            "2024-11-26 10:15:32.000000000 +0000 a.b: {\"a\":1}",
            "{\"a\":1}",
            Some("2024-11-26 10:15:32.000000000 +0000"),
        );
        check("f.log:{\"a\":{\"b\":1}}", "{\"a\":{\"b\":1}}", None);
        check("f.log-17-{\"a\":1}", "{\"a\":1}", None);
        check(
            "I, [2024-11-26T10:15:32.123456 #47]  INFO -- : [x] a=GET b=2",
            "a=GET b=2",
            Some("2024-11-26T10:15:32.123456"),
        );
        check(
            "2024-11-26T10:15:32.1+00:00 heroku[router]: at=info m=GET",
            "at=info m=GET",
            Some("2024-11-26T10:15:32.1+00:00"),
        );
    }

    #[test]
    fn what_begins_with_its_record_has_no_preface() {
        for record in
            ["{\"a\":1}", "198.51.100.4 - - [x] \"GET /\"", "a=1 b=2", "words only", "", "a {b}", "10:15:32 \"x\""]
        {
            assert_eq!(peel(record.as_bytes()), None, "{record}");
        }
    }

    proptest! {
        #[test]
        fn any_record_is_taken(record: Vec<u8>, text in "[0-9a-f:.=\" {}T/-]{0,60}") {
            peel(&record);
            peel(text.as_bytes());
        }
    }
}
