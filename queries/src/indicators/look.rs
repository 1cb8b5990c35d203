//! What a value looks like, and the form in which spellings of the same thing are equal.

use super::Kind;
use crate::derive::address;
use crate::requests::Requests;
use breachline_parsers::mask;
use std::borrow::Cow;

/// What a value looks like by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Look {
    /// An address, or a network in CIDR notation.
    Address,
    /// A secret by its scheme or shape, or a fingerprint as this program writes it.
    Secret,
    /// It begins with a slash.
    Path,
    /// Digits, with what people put between them in telephone and identity numbers.
    Number,
    /// A UUID.
    Uuid,
    /// An e-mail address.
    Email,
    /// Hexadecimal digits only, too many for a word.
    Hex,
    /// Anything else.
    Text,
}

impl Look {
    /// What such a value may be, likeliest first.
    pub const fn kinds(self) -> &'static [Kind] {
        match self {
            Self::Address => &[Kind::Ip],
            Self::Secret => &[Kind::Credential],
            Self::Path => &[Kind::Path, Kind::Route],
            Self::Number | Self::Uuid => {
                &[Kind::Object, Kind::Principal, Kind::ClientApp, Kind::Credential, Kind::Session]
            }
            Self::Email => &[Kind::Object, Kind::Principal, Kind::ClientApp],
            Self::Hex | Self::Text => &[
                Kind::Object,
                Kind::Principal,
                Kind::ClientApp,
                Kind::Credential,
                Kind::Session,
                Kind::TlsFingerprint,
                Kind::Host,
                Kind::UserAgent,
            ],
        }
    }
}

/// The value as it may be shown although the logs do not know it; `None` where a secret may look like this.
pub fn harmless<'a>(text: &'a str, key: &[u8; 32]) -> Option<Cow<'a, str>> {
    match look(text) {
        Look::Address | Look::Email => Some(Cow::Borrowed(text)),
        Look::Number if text.len() <= 20 => Some(Cow::Borrowed(text)),
        Look::Path => Some(masked_path(text, key)),
        _ => None,
    }
}

/// A path as logs are read: secrets in it as fingerprints.
pub fn masked_path<'a>(text: &'a str, key: &[u8; 32]) -> Cow<'a, str> {
    let masked = mask::mask_target(text.as_bytes(), key).text.map(String::from_utf8);
    masked.and_then(Result::ok).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// Tells what a value looks like.
pub fn look(text: &str) -> Look {
    let bytes = text.as_bytes();
    let all = |holds: fn(&u8) -> bool| bytes.iter().all(holds);
    if network(text).is_some() {
        Look::Address
    } else if is_print(text) || is_shaped_secret(text) {
        Look::Secret
    } else if text.starts_with('/') {
        Look::Path
    } else if is_number(text) {
        Look::Number
    } else if is_uuid(text) {
        Look::Uuid
    } else if text.contains('@') && !text.contains(char::is_whitespace) && !text.contains(':') {
        Look::Email
    } else if bytes.len() >= 16 && all(u8::is_ascii_hexdigit) {
        Look::Hex
    } else {
        Look::Text
    }
}

/// Whether a text gives itself away as a secret in clear, by its scheme or shape.
pub fn is_shaped_secret(text: &str) -> bool {
    mask::is_shaped_secret(text.as_bytes())
}

/// `~` and 16 hex digits: a fingerprint as this program writes it.
pub fn is_print(text: &str) -> bool {
    text.strip_prefix('~').is_some_and(|rest| rest.len() == 16 && rest.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// A network or address as base and number of leading bits (an address has 128; IPv4 counts from 96).
pub fn network(text: &str) -> Option<(u128, u32)> {
    let (base, bits) = match text.split_once('/') {
        Some((base, bits)) => (base.parse().ok()?, Some(bits.parse::<u32>().ok()?)),
        None => (address(text)?, None),
    };
    let (key, width) = (address_key(base), if base.is_ipv4() { 32 } else { 128 });
    let bits = bits.unwrap_or(width);
    (bits <= width).then(|| (leading(key, 128 - width + bits), 128 - width + bits))
}

/// An address as a number; IPv4 is mapped.
pub fn address_key(address: std::net::IpAddr) -> u128 {
    match address {
        std::net::IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        std::net::IpAddr::V6(v6) => v6.to_bits(),
    }
}

/// The leading bits of a number.
pub fn leading(key: u128, bits: u32) -> u128 {
    if bits == 0 { 0 } else { key & (u128::MAX << (128 - bits.min(128))) }
}

/// Digits, or at least seven of them with blanks, dashes, brackets and a plus sign between them.
fn is_number(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let is_plain = digits > 0 && digits == text.strip_prefix('-').unwrap_or(text).len();
    is_plain || (digits >= 7 && text.bytes().all(|byte| byte.is_ascii_digit() || b" +-()".contains(&byte)))
}

fn is_uuid(text: &str) -> bool {
    let dash = |at: usize| matches!(at, 8 | 13 | 18 | 23);
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| if dash(at) { byte == b'-' } else { byte.is_ascii_hexdigit() })
}

/// The form in which spellings of the same thing are equal: addresses as the standard has them, numbers without what
/// people put between digits, UUIDs and hexadecimal digits in small letters without dashes, mail addresses in small
/// letters. All else stays as it is.
pub fn form(text: &str) -> Cow<'_, str> {
    let is_hex = |text: &str| text.len() >= 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_number(text) {
        if text.bytes().filter(u8::is_ascii_digit).count() < 7 || text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Cow::Borrowed(text);
        }
        return Cow::Owned(text.chars().filter(char::is_ascii_digit).collect());
    }
    if is_uuid(text) {
        return Cow::Owned(text.replace('-', "").to_ascii_lowercase());
    }
    if text.contains('@') || is_hex(text) {
        return if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            Cow::Owned(text.to_lowercase())
        } else {
            Cow::Borrowed(text)
        };
    }
    if text.bytes().all(|byte| byte.is_ascii_hexdigit() || b".:[]".contains(&byte))
        && let Some(address) = address(text)
    {
        return Cow::Owned(address.to_string());
    }
    Cow::Borrowed(text)
}

/// Whether a value names a person by itself: as these logs have it, or, where they do not, by its look.
pub fn is_personal(requests: &Requests, text: &str) -> bool {
    let known = requests.derived.objects.code(text.as_bytes());
    if let Some(kind) = known.and_then(|code| requests.derived.kind_of_object.get(code as usize)) {
        return kind.is_personal();
    }
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    match look(text) {
        Look::Email => true,
        Look::Number => digits >= 9 && (text.len() > digits || digits >= 10),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_are_told() {
        for (text, expected) in [
            ("192.0.2.9", Look::Address),
            ("192.0.2.0/24", Look::Address),
            ("2001:db8::/32", Look::Address),
            ("192.0.2.0/33", Look::Text),
            ("Bearer abc", Look::Secret),
            ("~0123456789abcdef", Look::Secret),
            ("/v1/orders/{id}", Look::Path),
            ("48211", Look::Number),
            ("-5", Look::Number),
            ("+82 10-1234-5678", Look::Number),
            ("1-2", Look::Text),
            ("550e8400-e29b-41d4-a716-446655440000", Look::Uuid),
            ("kim@example.com", Look::Email),
            ("joe:pw@1", Look::Text),
            ("00112233445566778899aabbccddeeff", Look::Hex),
            ("alice", Look::Text),
        ] {
            assert_eq!(look(text), expected, "{text}");
        }
    }

    #[test]
    fn spellings_of_one_thing_are_equal() {
        for (one, other) in [
            ("+82 10-1234-5678", "821012345678"),
            ("Kim@Example.com", "kim@example.com"),
            ("550E8400-E29B-41D4-A716-446655440000", "550e8400e29b41d4a716446655440000"),
            ("2001:DB8:0::1", "2001:db8::1"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
        ] {
            assert_eq!(form(one), form(other), "{one}");
        }
        for (one, other) in [("192.0.2.10", "192021"), ("alice", "Alice"), ("12-3", "123"), ("-5", "5")] {
            assert_ne!(form(one), form(other), "{one}");
        }
    }

    #[test]
    fn networks_hold_their_addresses_only() {
        let holds = |net: &str, ip: &str| {
            let ((base, bits), (key, all)) = (network(net)?, network(ip)?);
            Some(all == 128 && leading(key, bits) == base)
        };
        assert_eq!(holds("192.0.2.0/24", "192.0.2.200"), Some(true));
        assert_eq!(holds("192.0.2.0/24", "192.0.3.200"), Some(false));
        assert_eq!(holds("0.0.0.0/0", "2001:db8::1"), Some(false));
        assert_eq!(holds("2001:db8::/32", "2001:db8:1::1"), Some(true));
        assert_eq!(holds("192.0.2.9", "192.0.2.9"), Some(true));
    }
}
