//! Where JSON values begin and end, found on the bytes without reading them.
//!
//! Framing and wrappers need the extent of values only; what is in them is the decoders' business. The scan is
//! as strict as it must be to tell a value that is cut short from the begin of the next one: strings hold no
//! raw line ends, members begin with a key.

use memchr::memchr2;
use std::ops::Range;

/// Deeper nesting is no log record.
const MAX_DEPTH: usize = 128;

/// How the look for the end of a value went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// It ends before this position.
    End(usize),
    /// The bytes end before it does.
    Open,
    /// This is no JSON value.
    Broken,
}

/// The extent of the value at `at`, where an object, array, string or word begins.
pub(crate) fn value(bytes: &[u8], at: usize) -> Extent {
    match bytes.get(at) {
        Some(b'{' | b'[') => nested(bytes, at),
        Some(b'"') => string(bytes, at),
        Some(b'-' | b'0'..=b'9' | b'a'..=b'z') => {
            let length = bytes[at..].iter().take_while(|byte| is_word(**byte)).count();
            if at + length == bytes.len() { Extent::Open } else { Extent::End(at + length) }
        }
        Some(_) => Extent::Broken,
        None => Extent::Open,
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.')
}

/// The extent of a string whose opening quote stands at `at`.
pub(crate) fn string(bytes: &[u8], at: usize) -> Extent {
    let mut from = at + 1;
    loop {
        // Escapes are skipped in pairs, so that an escaped quote ends nothing.
        let Some(step) = memchr2(b'"', b'\\', bytes.get(from..).unwrap_or_default()) else {
            let rest = bytes.get(at + 1..).unwrap_or_default();
            return if memchr::memchr(b'\n', rest).is_some() { Extent::Broken } else { Extent::Open };
        };
        let found = from + step;
        if memchr::memchr(b'\n', &bytes[from..found]).is_some() {
            return Extent::Broken;
        }
        if bytes[found] == b'"' {
            return Extent::End(found + 1);
        }
        from = found + 2;
    }
}

/// Walks over nested objects and arrays with one bit a level: object or array.
fn nested(bytes: &[u8], start: usize) -> Extent {
    let mut levels: u128 = 0;
    let mut depth = 0_usize;
    let mut at = start;
    let mut due = Due::Value;
    while let Some(&byte) = bytes.get(at) {
        match (byte, due) {
            (b' ' | b'\t' | b'\n' | b'\r', _) => {}
            (b'{' | b'[', Due::Value) if depth < MAX_DEPTH => {
                levels = (levels << 1) | u128::from(byte == b'{');
                depth += 1;
                due = if byte == b'{' { Due::Key } else { Due::Value };
            }
            (b'}' | b']', _) if (levels & 1 == 1) == (byte == b'}') => {
                levels >>= 1;
                depth -= 1;
                due = Due::Separator;
                if depth == 0 {
                    return Extent::End(at + 1);
                }
            }
            (b'"', Due::Key | Due::Value) => match string(bytes, at) {
                Extent::End(end) => {
                    at = end;
                    due = Due::Separator;
                    continue;
                }
                other => return other,
            },
            // A colon is due after a key only; where it is missing, the decoder says so.
            (b':', Due::Separator) => due = Due::Value,
            (b',', _) if depth > 0 => due = if levels & 1 == 1 { Due::Key } else { Due::Value },
            (byte, Due::Value) if is_word(byte) => {
                at += bytes[at..].iter().take_while(|byte| is_word(**byte)).count();
                due = Due::Separator;
                continue;
            }
            _ => return Extent::Broken,
        }
        at += 1;
    }
    Extent::Open
}

/// What may come next in an object or array.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Due {
    Key,
    Value,
    Separator,
}

/// The position of the first byte at or after `at` that is no white space.
pub(crate) fn skip_space(bytes: &[u8], at: usize) -> usize {
    let space = bytes.get(at..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    at + space
}

/// The members of an object: key (without quotes, escapes as they are) and the extent of its value.
pub(crate) struct Members<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// The members of the object that begins at `at`; ends early where the object is damaged.
pub(crate) fn members(bytes: &[u8], at: usize) -> Members<'_> {
    let at = if bytes.get(at) == Some(&b'{') { at + 1 } else { bytes.len() };
    Members { bytes, at }
}

impl<'a> Iterator for Members<'a> {
    type Item = (&'a [u8], Range<usize>);

    fn next(&mut self) -> Option<Self::Item> {
        let quote = self.after(b',');
        if self.bytes.get(quote) != Some(&b'"') {
            return None;
        }
        let Extent::End(key_end) = string(self.bytes, quote) else { return None };
        let colon = skip_space(self.bytes, key_end);
        if self.bytes.get(colon) != Some(&b':') {
            return None;
        }
        let start = skip_space(self.bytes, colon + 1);
        let Extent::End(end) = value(self.bytes, start) else { return None };
        self.at = end;
        Some((&self.bytes[quote + 1..key_end - 1], start..end))
    }
}

impl Members<'_> {
    fn after(&self, separator: u8) -> usize {
        let at = skip_space(self.bytes, self.at);
        if self.bytes.get(at) == Some(&separator) { skip_space(self.bytes, at + 1) } else { at }
    }
}

/// Past the members that follow a comma at `at`, in an object whose begin is not there.
pub(crate) fn members_after(bytes: &[u8], at: usize) -> usize {
    let mut members = Members { bytes, at };
    while members.next().is_some() {}
    members.at
}

/// How the member that begins at `at`, perhaps after a comma, ends.
pub(crate) fn value_after_key(bytes: &[u8], at: usize) -> Extent {
    let mut at = skip_space(bytes, at);
    if bytes.get(at) == Some(&b',') {
        at = skip_space(bytes, at + 1);
    }
    match bytes.get(at) {
        Some(b'"') => {}
        Some(_) => return Extent::Broken,
        None => return Extent::Open,
    }
    let Extent::End(end) = string(bytes, at) else { return string(bytes, at) };
    match bytes.get(skip_space(bytes, end)) {
        Some(b':') => value(bytes, skip_space(bytes, skip_space(bytes, end) + 1)),
        Some(_) => Extent::Broken,
        None => Extent::Open,
    }
}

/// The extents of the elements of the array that begins at `at`.
pub(crate) fn elements(bytes: &[u8], at: usize) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut at = if bytes.get(at) == Some(&b'[') { at + 1 } else { bytes.len() };
    std::iter::from_fn(move || {
        at = skip_space(bytes, at);
        if bytes.get(at) == Some(&b',') {
            at = skip_space(bytes, at + 1);
        }
        let Extent::End(end) = value(bytes, at) else { return None };
        let found = at..end;
        at = end;
        Some(found)
    })
}

/// The value of a member, by key.
pub(crate) fn member<'a>(bytes: &'a [u8], key: &[u8]) -> Option<&'a [u8]> {
    members(bytes, skip_space(bytes, 0)).find(|(found, _)| *found == key).map(|(_, range)| &bytes[range])
}

/// The text of a JSON string, escapes undone.
pub(crate) fn text(value: &[u8]) -> Option<std::borrow::Cow<'_, [u8]>> {
    let inner = value.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    if memchr::memchr(b'\\', inner).is_none() {
        return Some(std::borrow::Cow::Borrowed(inner));
    }
    let clean = crate::value::clean(value);
    let text: String = serde_json::from_slice(&clean).ok()?;
    Some(std::borrow::Cow::Owned(text.into_bytes()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn values_end_where_they_end() {
        for (text, end) in [
            (r#"{"a":[1,{"b":"}\""}],"c":-1.5e3} x"#, 32),
            ("[] ", 2),
            (r#""a\\" "#, 5),
            ("-12.5,", 5),
            ("{\n \"a\": {\n}\n}{", 13),
        ] {
            assert_eq!(value(text.as_bytes(), 0), Extent::End(end), "{text}");
        }
        for open in [r#"{"a":"#, r#"{"a":"b"#, "[1,", "12", r#"{"a":{"b":1}"#] {
            assert_eq!(value(open.as_bytes(), 0), Extent::Open, "{open}");
        }
        for broken in [
            "{\"a\":\"b\n{\"a\":1}",
            "{\"a\":{\n{\"a\":1}",
            "{\"a\":1\n{\"b\":2}",
            "{\"a\":\"x\" y\"}",
            "{]",
            "{1:2}",
            "{\"a\":[1}",
        ] {
            assert_eq!(value(broken.as_bytes(), 0), Extent::Broken, "{broken}");
        }
        assert_eq!(value("[".repeat(200).as_bytes(), 0), Extent::Broken);
    }

    #[test]
    fn members_and_elements() {
        let text = br#"{ "a" : 1 , "b":{"c":[2]}, "d":"x\ny" }"#;
        let found: Vec<(&[u8], &[u8])> = members(text, 0).map(|(key, range)| (key, &text[range])).collect();
        assert_eq!(found, [(&b"a"[..], &b"1"[..]), (b"b", br#"{"c":[2]}"#), (b"d", br#""x\ny""#)]);
        assert_eq!(self::text(member(text, b"d").unwrap()).unwrap(), &b"x\ny"[..]);
        let array = b"[ 1, {\"a\":[]} ,\"x\" ]";
        assert_eq!(
            elements(array, 0).map(|range| &array[range]).collect::<Vec<_>>(),
            [&b"1"[..], b"{\"a\":[]}", b"\"x\""]
        );
    }

    proptest! {
        /// Whatever serde_json reads, ends where it ends.
        #[test]
        fn extents_agree_with_serde_json(value in json(), tail in "[ \n,{x]{0,3}") {
            let text = value.to_string();
            let whole = format!("{text}{tail} ");
            prop_assert_eq!(super::value(whole.as_bytes(), 0), Extent::End(text.len()));
        }

        #[test]
        fn any_bytes_are_taken(bytes: Vec<u8>) {
            value(&bytes, 0);
            members(&bytes, 0).count();
            elements(&bytes, 0).count();
        }
    }

    fn json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            any::<String>().prop_map(serde_json::Value::String),
            Just(serde_json::json!({})),
            Just(serde_json::json!([])),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(serde_json::Value::Array),
                proptest::collection::vec((any::<String>(), inner), 0..4)
                    .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
            ]
        })
    }
}
