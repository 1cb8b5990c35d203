//! Secrets that only their place shows: values in a column whose name, in a header line far above, is that of a secret.
//!
//! In records that could not be read values may have moved by as many columns as there are too many or too few: every
//! value that may be the one counts. In those that were read it is the value that was read.

use super::{Named, bare_name, is_card, is_grouped_card, judge_variable, looks_mixed, split_scheme, values_of_cookies};
use crate::decode::csv;
use std::ops::Range;

/// Columns of a table that hold secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Places {
    /// What stands between values; blanks, or tabs where there are any, where the header began with `#`.
    separator: Option<u8>,
    columns: usize,
    secret: Vec<Column>,
}

/// A column of secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Column {
    at: usize,
    /// What its name says of its values.
    named: Named,
    /// Whether it holds headers of cookies.
    cookies: bool,
}

impl Places {
    /// The places that a header line tells, if it is one and names a secret: `#Fields: …`, `#fields\t…`, or names with
    /// commas and the like between.
    pub(crate) fn of(line: &[u8]) -> Option<Self> {
        if let Some(names) = fields(line) {
            let names = String::from_utf8_lossy(names);
            return Self::named(names.split_ascii_whitespace(), None);
        }
        let (separator, names) = csv::names(line)?;
        let names: Vec<_> = names.iter().map(|name| String::from_utf8_lossy(name)).collect();
        Self::named(names.iter().map(AsRef::as_ref), Some(separator))
    }

    /// The places of columns of these names.
    pub(crate) fn named<'n>(names: impl Iterator<Item = &'n str>, separator: Option<u8>) -> Option<Self> {
        let mut places = Self { separator, columns: 0, secret: Vec::new() };
        for (at, name) in names.enumerate() {
            places.columns = at + 1;
            let named = judge_variable(name).0;
            if named.may_be_secret() {
                let cookies = bare_name(name).0.eq_ignore_ascii_case("cookie");
                places.secret.push(Column { at, named, cookies });
            }
        }
        (!places.secret.is_empty()).then_some(places)
    }

    /// Where in a record secrets may stand, in order.
    pub(crate) fn secrets(&self, record: &[u8]) -> Vec<Range<usize>> {
        let values = self.cut(record);
        let moved = values.len().abs_diff(self.columns);
        let mut found: Vec<Range<usize>> = Vec::new();
        for &Column { at, named, .. } in &self.secret {
            let perhaps = named == Named::Perhaps;
            let places =
                if values.len() < self.columns { at.saturating_sub(moved)..at + 1 } else { at..at + moved + 1 };
            let here = values.iter().take(places.end).skip(places.start);
            found.extend(here.filter(|value| !perhaps || looks_mixed(&record[(*value).clone()])).cloned());
        }
        // What moved may be a status or a method's place: nothing so short is worth hiding.
        let is_small = |value: &[u8]| value.len() <= 3 && value.iter().all(u8::is_ascii_digit);
        found.retain(|value| {
            let value = &record[value.clone()];
            !value.is_empty() && value != b"-" && !(moved > 0 && is_small(value))
        });
        found.sort_by_key(|value| value.start);
        found.dedup();
        found
    }

    /// The secrets among the values of a record that was read, each within its value: `value` gives that of a column.
    pub(crate) fn known<'v>(
        &self,
        value: impl Fn(usize) -> Option<&'v [u8]>,
        mut each: impl FnMut(&'v [u8], &'v [u8]),
    ) {
        for column in &self.secret {
            let Some(value) = value(column.at) else { continue };
            match column.named {
                Named::Perhaps if !looks_mixed(value) => {}
                Named::Card if !is_card(value) && !is_grouped_card(value) => {}
                _ if column.cookies => values_of_cookies(value, |part| each(value, part)),
                _ => each(value, split_scheme(value).1),
            }
        }
    }

    /// The values of a record; what begins with a quote that nothing closes reaches to the end.
    fn cut(&self, record: &[u8]) -> Vec<Range<usize>> {
        let tabs = memchr::memchr(b'\t', record).is_some();
        let separator = self.separator.unwrap_or(if tabs { b'\t' } else { b' ' });
        let mut values = Vec::new();
        let mut at = 0;
        while at <= record.len() {
            if self.separator.is_none() && separator == b' ' {
                at += record[at..].iter().take_while(|&&byte| byte == b' ').count();
                if at == record.len() {
                    break;
                }
            }
            let (value, next) = if record.get(at) == Some(&b'"') {
                let end = closing(record, at + 1, separator);
                (at + 1..end, end + 1)
            } else {
                let end = memchr::memchr(separator, &record[at..]).map_or(record.len(), |step| at + step);
                (at..end, end)
            };
            values.push(value);
            at = next + 1;
        }
        values
    }
}

/// What a header line that begins with `#` names, perhaps behind what it is wrapped in.
fn fields(line: &[u8]) -> Option<&[u8]> {
    let mark = |at: &usize| {
        let word = line.get(*at + 1..*at + 8).map(<[u8]>::to_ascii_lowercase);
        matches!(word.as_deref(), Some([word @ .., b':' | b' ' | b'\t']) if word == b"fields")
    };
    let at = memchr::memchr_iter(b'#', line).find(mark)?;
    Some(&line[at + 8..])
}

/// Where the quote is that closes a value: one that is not doubled and that a separator or the end follows.
fn closing(record: &[u8], from: usize, separator: u8) -> usize {
    let mut at = from;
    while let Some(step) = memchr::memchr(b'"', &record[at..]) {
        at += step;
        match record.get(at + 1) {
            None => return at,
            Some(&next) if next == separator => return at,
            Some(b'"') => at += 2,
            Some(_) => at += 1,
        }
    }
    record.len()
}

/// Where secrets may stand in a record by what the header lines among the records before it say.
pub(crate) fn hidden_by_headers(before: &[&[u8]], record: &[u8]) -> Vec<Range<usize>> {
    let headers = before.iter().enumerate().filter(|(at, line)| *at == 0 || fields(line).is_some());
    headers.filter_map(|(_, line)| Places::of(line)).flat_map(|places| places.secrets(record)).collect()
}

/// Whether the name of a column or variable says that its values are secrets, or may be.
pub(crate) fn is_secret(name: &str) -> bool {
    judge_variable(name).0.may_be_secret()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found<'r>(header: &str, record: &'r str) -> Vec<&'r str> {
        let places = Places::of(header.as_bytes()).unwrap();
        places.secrets(record.as_bytes()).into_iter().map(|range| &record[range]).collect()
    }

    #[test]
    fn columns_of_secrets_are_found_though_values_moved() {
        let w3c = "#Fields: date time c-ip cs-uri-stem sc-status cs(Authorization) cs(Cookie)";
        let day = "2026-01-02 22:04:05 203.0.113.9";
        assert_eq!(found(w3c, &format!("{day} /a 200 Basic+x a=b")), ["Basic+x", "a=b"]);
        assert_eq!(found(w3c, &format!("{day} /a /b 200 Basic+x a=b")), ["Basic+x", "a=b"]);
        assert_eq!(found(w3c, &format!("{day} 200 Basic+x -")), ["Basic+x"]);
        let csv = "time,ip,method,path,status,password,state";
        assert_eq!(found(csv, "2026-01-02T22:04:05Z,BAD,hunter2"), ["BAD", "hunter2"]);
        assert_eq!(found(csv, "t,i,GET,/,200,\"a,\"\"b\",idle"), ["a,\"\"b"]);
        assert_eq!(found(csv, "t,i,GET,/,200,\"open and on,abcdef0123456789"), ["open and on,abcdef0123456789"]);
        assert_eq!(found("#fields\tts\tuid\tpassword", "1\thunter2"), ["hunter2"]);
    }

    #[test]
    fn lines_that_name_no_secret_tell_no_places() {
        for line in ["#Fields: date time c-ip", "#Version: 1.0", "time,ip,path", "hello", "", "#", "1,2,3"] {
            assert_eq!(Places::of(line.as_bytes()), None, "{line}");
        }
    }

    proptest! {
        #[test]
        fn ranges_are_in_order_and_within_the_record(record: Vec<u8>, text in "[a\", \t-]{0,40}") {
            for header in ["#Fields: a cookie b password", "a,token,b,c", "a;b;pwd;c"] {
                for record in [record.as_slice(), text.as_bytes()] {
                    let places = Places::of(header.as_bytes()).unwrap();
                    let mut end = 0;
                    for range in places.secrets(record) {
                        prop_assert!(end <= range.start && range.start < range.end && range.end <= record.len());
                        end = range.end;
                    }
                }
            }
        }
    }
}
