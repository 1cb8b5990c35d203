//! Secrets out of sight: keyed fingerprints that stand in for them, and masked lines.
//!
//! A fingerprint is written `~` and 16 hex digits, so that equal secrets stay recognisably equal.

mod header;
mod jwt;
mod line;
mod name;
mod number;
mod path;
mod place;
mod query;
mod shape;
mod spot;

pub(crate) use header::{authorization, cookies, split_scheme, values_of_cookies};
pub use jwt::decode_base64;
pub(crate) use jwt::{Claims, claims, is_jwt};
pub(crate) use line::{mask_around, mask_hiding, mask_line};
pub(crate) use line::{mask_text, may_hold_scheme};
pub(crate) use name::{Named, bare_name, judge_cookie, judge_name, judge_variable};
pub(crate) use number::{is_card, is_grouped_card};
pub(crate) use place::{Places, hidden_by_headers, is_secret as names_secret};
pub use query::percent_decode;
pub use query::{Masked, mask_target};
pub(crate) use query::{look, shows_secret};
pub(crate) use shape::first as first_shape;
pub(crate) use spot::{Spots, Within, offset};

use crate::value::hex;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Keyed fingerprint of a secret: 16 hex digits of HMAC-SHA256.
pub fn fingerprint(key: &[u8; 32], secret: &[u8]) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return String::new();
    };
    mac.update(secret);
    hex(&mac.finalize().into_bytes()[..8])
}

/// Every fingerprint under which a secret in clear may stand in a table: by itself, without its scheme, by what its
/// scheme says stays the same, and, for a user and a password, as Basic sends them.
pub fn fingerprints(key: &[u8; 32], secret: &[u8]) -> Vec<String> {
    let mut prints = vec![
        fingerprint_decoded(key, secret),
        fingerprint_decoded(key, split_scheme(secret).1),
        fingerprint_decoded(key, &authorization(secret).secret),
    ];
    if secret.contains(&b':') {
        prints.push(fingerprint_decoded(key, BASE64.encode(secret).as_bytes()));
    }
    prints.sort();
    prints.dedup();
    prints
}

/// Whether a text gives itself away as a secret: by the scheme in front of it, or by a shape that vendors give theirs.
pub fn is_shaped_secret(text: &[u8]) -> bool {
    let (scheme, _) = split_scheme(text);
    let known = ["bearer", "basic", "digest", "token", "apikey", "jwt", "negotiate", "oauth"];
    known.iter().any(|name| scheme.eq_ignore_ascii_case(name.as_bytes())) || shape::next(text, 0).is_some()
}

/// The fingerprint of a secret that may be escaped as URLs do, so that it is the same wherever the secret stands.
pub(crate) fn fingerprint_decoded(key: &[u8; 32], secret: &[u8]) -> String {
    fingerprint(key, &query::decoded(secret))
}

/// Whether a value looks random enough to be a secret: long, letters and digits.
pub(crate) fn looks_random(value: &[u8]) -> bool {
    value.len() >= 16
        && value.iter().any(u8::is_ascii_digit)
        && value.iter().any(u8::is_ascii_alphabetic)
        && value.iter().all(|&byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'=' | b'+' | b'/' | b'%' | b'~')
        })
}

/// Whether a value mixes letters and digits and is too long for a word of a language or a small number.
pub(crate) fn looks_mixed(value: &[u8]) -> bool {
    value.len() >= 8 && value.iter().any(u8::is_ascii_digit) && value.iter().any(u8::is_ascii_alphabetic)
}

/// Whether somebody has masked the value already, so that it tells nobody apart.
pub(crate) fn is_masked(value: &[u8]) -> bool {
    value.iter().all(|&byte| matches!(byte, b'*' | b'x' | b'X' | b'.' | b'-'))
        // A few letters are left at either end to tell keys apart.
        || (value.contains(&b'*') && memchr::memmem::find(value, b"****").is_some())
        || [
            b"redacted".as_slice(),
            b"[redacted]",
            b"<redacted>",
            b"[filtered]",
            b"filtered",
            b"hidden",
            b"null",
            b"undefined",
        ]
        .iter()
        .any(|word| value.eq_ignore_ascii_case(word))
        || (value.len() == 17 && value[0] == b'~' && value[1..].iter().all(u8::is_ascii_hexdigit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_depend_on_key_and_secret() {
        let (one, other) = ([1; 32], [2; 32]);
        assert_eq!(fingerprint(&one, b"s"), fingerprint(&one, b"s"));
        assert_ne!(fingerprint(&one, b"s"), fingerprint(&other, b"s"));
        assert_ne!(fingerprint(&one, b"s"), fingerprint(&one, b"t"));
        assert_eq!(fingerprint(&one, b"s").len(), 16);
    }

    #[test]
    fn a_secret_is_known_in_whatever_way_it_was_shown() {
        let key = [7; 32];
        let kept = |header: &str| fingerprint_decoded(&key, &authorization(header.as_bytes()).secret);
        for (typed, shown) in [
            ("abc.def", "Bearer abc.def"),
            ("Bearer abc.def", "bearer abc.def"),
            ("joe:pw1", "Basic am9lOnB3MQ=="),
            ("AWS4-HMAC-SHA256 Credential=AKIA1/2024/x, Signature=y", "AWS4-HMAC-SHA256 Credential=AKIA1/2025/z"),
        ] {
            assert!(fingerprints(&key, typed.as_bytes()).contains(&kept(shown)), "{typed}");
        }
        assert!(!fingerprints(&key, b"abc.def").contains(&kept("Bearer abc.deg")));
        assert!(is_shaped_secret(b"Bearer x") && is_shaped_secret(b"AKIAIOSFODNN7EXAMPLE"));
        assert!(!is_shaped_secret(b"John Smith") && !is_shaped_secret(b"550e8400-e29b-41d4-a716-446655440000"));
    }
}
