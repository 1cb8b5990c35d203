//! JSON that its writer did not escape, made readable.

/// Rewrites what gateways are known to get wrong: `\xHH` in strings, control bytes in strings,
/// quotes inside strings, missing or `-` values. The result may still be no JSON.
pub(crate) fn repair(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 16);
    let mut at = 0;
    let mut in_string = false;
    while at < bytes.len() {
        let byte = bytes[at];
        if in_string {
            at = repair_in_string(bytes, at, &mut out, &mut in_string);
            continue;
        }
        match byte {
            b'"' => in_string = true,
            // `"x":,` and `"x":}`
            b',' | b'}' | b']' if out.last() == Some(&b':') => out.extend_from_slice(b"null"),
            b'-' if !bytes.get(at + 1).is_some_and(u8::is_ascii_digit) => {
                out.extend_from_slice(b"null");
                at += 1;
                continue;
            }
            b' ' | b'\t' => {
                at += 1;
                continue;
            }
            _ => {}
        }
        out.push(byte);
        at += 1;
    }
    out
}

fn repair_in_string(bytes: &[u8], at: usize, out: &mut Vec<u8>, in_string: &mut bool) -> usize {
    match bytes[at] {
        b'\\' => repair_escape(bytes, at, out),
        b'"' => {
            if closes(&bytes[at + 1..]) {
                *in_string = false;
                out.push(b'"');
            } else {
                out.extend_from_slice(b"\\\"");
            }
            at + 1
        }
        byte if byte < 0x20 => {
            out.extend_from_slice(format!("\\u{byte:04x}").as_bytes());
            at + 1
        }
        byte => {
            out.push(byte);
            at + 1
        }
    }
}

fn repair_escape(bytes: &[u8], at: usize, out: &mut Vec<u8>) -> usize {
    match bytes.get(at + 1) {
        Some(&escaped @ (b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' | b'u')) => {
            out.extend_from_slice(&[b'\\', escaped]);
            at + 2
        }
        Some(b'x') => {
            let end = (at..bytes.len()).step_by(4).find(|&from| !is_hex_escape(&bytes[from..])).unwrap_or(bytes.len());
            if end == at {
                out.extend_from_slice(b"\\\\");
                return at + 1;
            }
            // Text becomes text; what is none keeps its escapes, as characters.
            for &byte in crate::value::unescape(&bytes[at..end]).iter() {
                if matches!(byte, b'"' | b'\\') {
                    out.push(b'\\');
                }
                out.push(byte);
            }
            end
        }
        _ => {
            out.extend_from_slice(b"\\\\");
            at + 1
        }
    }
}

fn is_hex_escape(bytes: &[u8]) -> bool {
    matches!(bytes, [b'\\', b'x', high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit())
}

/// Whether a quote ends a string, judged by what follows it.
fn closes(after: &[u8]) -> bool {
    match after.trim_ascii_start() {
        [] | [b'}' | b']' | b':', ..] => true,
        [b',', rest @ ..] => {
            matches!(rest.trim_ascii_start(), [b'"' | b'{' | b'[' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n', ..])
        }
        _ => false,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_mistakes_become_json() {
        for (broken, fixed) in [
            (r#"{"a":"x\x22y","b":1}"#, r#"{"a":"x\"y","b":1}"#),
            (r#"{"a":"\xD0\x92"}"#, r#"{"a":"В"}"#),
            (r#"{"a":"\x16\x03"}"#, r#"{"a":"\\x16\\x03"}"#),
            (r#"{"a":,"b":-,"c":-1,"d": }"#, r#"{"a":null,"b":null,"c":-1,"d":null}"#),
            (r#"{"e":"bad "quoted" word","f":2}"#, r#"{"e":"bad \"quoted\" word","f":2}"#),
            (r#"{"e":"a\qb"}"#, r#"{"e":"a\\qb"}"#),
        ] {
            let repaired = repair(broken.as_bytes());
            let read: serde_json::Value = serde_json::from_slice(&repaired).unwrap();
            assert_eq!(read, serde_json::from_str::<serde_json::Value>(fixed).unwrap(), "{broken}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_taken(bytes: Vec<u8>) {
            repair(&bytes);
        }
    }
}
