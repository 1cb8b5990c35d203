//! Secrets in lines of which no more is known than their bytes.

use super::{fingerprint, is_masked, looks_random};
use regex::bytes::Regex;
use std::fmt::Write;
use std::sync::LazyLock;

/// Every shape of secret in a raw line; the groups named `s…` are the secrets.
static SECRETS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        // JSON keys, whatever precedes the last word of them.
        r#"(?i-u)"[\w.-]*(?:authorization|api[_-]?key|cookie|password|passwd|pwd|secret|token|signature|session[_-]?id)"\s*:\s*\[?\s*"(?P<s1>(?:[^"\\]|\\.)+)"?"#,
        // Authorization values.
        r#"|\b(?:bearer|basic|token)\s+(?P<s2>[A-Za-z0-9._~+/=-]{8,})"#,
        // Headers and parameters.
        r#"|\b(?:proxy-authorization|authorization|x-api-key|apikey|api[_-]key|set-cookie|cookie|access_token|refresh_token|id_token|auth_token|token|passwd|password|pwd|pass|client_secret|secret|sig|signature|sessionid|session_id|session|sid|jsessionid|phpsessid)(?:=|:\s?)(?:(?:basic|bearer|token|apikey)\s+)?(?P<s3>[^\s&"'#,\\]+)"#,
        r#"|[?&](?:key|code|auth|otp|jwt)=(?P<s4>[^\s&"'#\\]{8,})"#,
        // Shapes that need no name: JSON Web Tokens, access key ids, user info of URLs.
        r#"|(?P<s5>\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*)"#,
        r#"|(?P<s6>\b(?-i:(?:AKIA|ASIA)[A-Z0-9]{16})\b)"#,
        r#"|://(?P<s7>[^\s/@:"]+:[^\s/@"]+)@"#,
    ))
    .ok()
});

/// A raw line with its secrets masked and everything unprintable escaped.
///
/// Secrets become `~` and a fingerprint, control and invisible characters `\x1b` and `\u{202e}`,
/// bytes that are no UTF-8 `\xff`: the result is one line of printable text.
pub fn mask_line(line: &[u8], key: &[u8; 32]) -> String {
    let mut out = String::with_capacity(line.len());
    let mut copied = 0;
    if let Some(secrets) = SECRETS.as_ref() {
        for found in secrets.captures_iter(line) {
            let Some(secret) = found.iter().skip(1).flatten().next() else {
                continue;
            };
            let named_only_by_scheme = found.name("s2").is_some() || found.name("s4").is_some();
            if is_masked(secret.as_bytes())
                || (named_only_by_scheme
                    && !looks_random(secret.as_bytes())
                    && secret.len() < 16
                    && !is_user_and_password(secret.as_bytes()))
            {
                continue;
            }
            escape(&line[copied..secret.start()], &mut out);
            out.push('~');
            out.push_str(&fingerprint(key, secret.as_bytes()));
            copied = secret.end();
        }
    }
    escape(&line[copied..], &mut out);
    out
}

/// Whether a value is base64 of `user:password`, as it follows `Basic`.
fn is_user_and_password(value: &[u8]) -> bool {
    let digits: Option<Vec<u32>> = value.iter().filter(|&&byte| byte != b'=').map(|&byte| base64_digit(byte)).collect();
    let Some(digits) = digits.filter(|digits| digits.len() % 4 != 1) else { return false };
    let bytes = digits.chunks(4).flat_map(|four| {
        let bits = four.iter().fold(0, |bits, digit| (bits << 6) | digit) << (6 * (4 - four.len()));
        bits.to_be_bytes().into_iter().skip(1).take(four.len() - 1)
    });
    let bytes: Vec<u8> = bytes.collect();
    memchr::memchr(b':', &bytes).is_some()
        && std::str::from_utf8(&bytes).is_ok_and(|text| !text.contains(char::is_control))
}

fn base64_digit(byte: u8) -> Option<u32> {
    let digit = match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    };
    Some(u32::from(digit))
}

fn escape(bytes: &[u8], out: &mut String) {
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\t' => out.push('\t'),
                c if (c as u32) < 0x20 || c as u32 == 0x7f => {
                    let _ = write!(out, "\\x{:02x}", c as u32);
                }
                c if is_invisible(c) => {
                    let _ = write!(out, "\\u{{{:x}}}", c as u32);
                }
                c => out.push(c),
            }
        }
        for byte in chunk.invalid() {
            let _ = write!(out, "\\x{byte:02x}"); // writing to a String cannot fail
        }
    }
}

/// Characters that change how a line looks without being seen: C1 controls, marks of direction,
/// zero-width characters, line separators, tags.
fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{80}'..='\u{9f}' | '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KEY: [u8; 32] = [3; 32];

    #[test]
    fn secrets_of_any_shape_are_gone() {
        let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl";
        for (line, secret) in [
            (r#"{"authorization":"Bearer abcdefgh12345678"}"#, "abcdefgh12345678"),
            (r#"{"headers":{"x-api-key": ["k-5fe1"]}}"#, "k-5fe1"),
            (r#"{"cookie":"sid=1\"2; b=3","#, "sid="),
            ("GET /a?token=abc123&b=2", "abc123"),
            ("Authorization: Basic dXNlcjpwYXNzd29yZA==", "dXNlcjpwYXNzd29yZA"),
            (r#"junk "Basic am9lOnB3MQ==" junk"#, "am9lOnB3MQ"),
            (r#""proxy-authorization: basic YTpi""#, "YTpi"),
            ("AKIAIOSFODNN7EXAMPLE used", "AKIAIOSFODNN7EXAMPLE"),
            ("https://joe:hunter2@host/", "hunter2"),
            ("password=hunter2 x", "hunter2"),
            (&format!("junk {jwt} junk"), jwt),
        ] {
            let masked = mask_line(line.as_bytes(), &KEY);
            assert!(!masked.contains(secret) && masked.contains('~'), "{line} -> {masked}");
        }
    }

    #[test]
    fn plain_lines_stay() {
        let line = r#"10.0.0.1 - - [x] "GET /tokens/7?page=2 HTTP/1.1" 200 5 "-" "basic agent""#;
        assert_eq!(mask_line(line.as_bytes(), &KEY), line);
    }

    #[test]
    fn what_cannot_be_seen_is_spelt_out() {
        assert_eq!(mask_line(b"a\x1b[2Jb\xff\xe2\x80\xaec\0", &KEY), r"a\x1b[2Jb\xff\u{202e}c\x00");
    }

    proptest! {
        #[test]
        fn any_bytes_give_one_printable_line(bytes: Vec<u8>) {
            let masked = mask_line(&bytes, &KEY);
            prop_assert!(masked.chars().all(|c| c == '\t' || (!c.is_control() && !is_invisible(c))));
        }
    }
}
