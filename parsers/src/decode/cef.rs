//! Common Event Format, as web application firewalls write it: seven values between bars, then `key=value` whose
//! values may hold spaces.

use memchr::{memchr, memchr_iter};
use std::borrow::Cow;

/// A key and its value.
type Pair<'a> = (Cow<'a, [u8]>, Cow<'a, [u8]>);

/// The values of an event by key. A value that has a label (`cn1=200 cn1Label=response_code`) stands under both.
pub(crate) fn pairs(record: &[u8]) -> Result<Vec<Pair<'_>>, &'static str> {
    let start = memchr::memmem::find(record, b"CEF:").ok_or("no `CEF:`")?;
    let mut rest = &record[start + 4..];
    for _ in 0..7 {
        let bar = unescaped(rest, b'|').ok_or("fewer than seven values between bars")?;
        rest = &rest[bar + 1..];
    }
    let mut pairs: Vec<Pair<'_>> = Vec::new();
    let marks: Vec<(usize, usize)> = keys(rest).collect();
    for (number, (begin, equals)) in marks.iter().enumerate() {
        let end = marks.get(number + 1).map_or(rest.len(), |(next, _)| *next);
        pairs.push((Cow::Borrowed(&rest[*begin..*equals]), plain(rest[equals + 1..end].trim_ascii())));
    }
    let labelled: Vec<Pair<'_>> = pairs
        .iter()
        .filter_map(|(key, label)| {
            let of = key.strip_suffix(b"Label")?;
            let value = pairs.iter().find(|(key, _)| **key == *of).map(|(_, value)| value.clone())?;
            Some((label.clone(), value))
        })
        .collect();
    pairs.extend(labelled);
    Ok(pairs)
}

/// Where each key begins, and where its `=` stands.
fn keys(rest: &[u8]) -> impl Iterator<Item = (usize, usize)> + '_ {
    memchr_iter(b'=', rest).filter_map(|equals| {
        let name = rest[..equals].iter().rev().take_while(|byte| is_key(**byte)).count();
        let begin = equals - name;
        let stands_alone = begin == 0 || rest[begin - 1] == b' ';
        (name > 0 && stands_alone).then_some((begin, equals))
    })
}

fn is_key(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-')
}

fn unescaped(bytes: &[u8], wanted: u8) -> Option<usize> {
    memchr_iter(wanted, bytes).find(|&at| bytes[..at].iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 0)
}

/// `\=`, `\|` and `\\` to what they mean; line ends stay as they are written.
fn plain(value: &[u8]) -> Cow<'_, [u8]> {
    if memchr(b'\\', value).is_none() {
        return Cow::Borrowed(value);
    }
    let mut out = Vec::with_capacity(value.len());
    let mut rest = value;
    while let Some(at) = memchr(b'\\', rest) {
        out.extend_from_slice(&rest[..at]);
        if let Some(&byte @ (b'=' | b'|' | b'\\')) = rest.get(at + 1) {
            out.push(byte);
            rest = &rest[at + 2..];
        } else {
            out.push(b'\\');
            rest = &rest[at + 1..];
        }
    }
    out.extend_from_slice(rest);
    Cow::Owned(out)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn values_hold_spaces_and_labels_name_them() {
        let record = br"<134>Nov 26 gw CEF:0|V\|x|P|1|sig|Name|5|src=198.51.100.4 msg=a b c request=/a?b\=c cn1=200 cn1Label=response_code";
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let pairs: Vec<(String, String)> =
            pairs(record).unwrap().iter().map(|(key, value)| (text(key), text(value))).collect();
        let expected = [
            ("src", "198.51.100.4"),
            ("msg", "a b c"),
            ("request", "/a?b=c"),
            ("cn1", "200"),
            ("cn1Label", "response_code"),
            ("response_code", "200"),
        ];
        assert_eq!(pairs, expected.map(|(key, value)| (key.to_owned(), value.to_owned())));
        assert!(super::pairs(b"CEF:0|a|b").is_err());
    }

    proptest! {
        #[test]
        fn any_record_is_taken(record: Vec<u8>, text in "CEF:0[|]a[|]b[|]c[|]d[|]e[|]f[|][a-z=\\\\| ]{0,40}") {
            let _ = pairs(&record);
            let _ = pairs(text.as_bytes());
        }
    }
}
