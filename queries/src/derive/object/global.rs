//! Ids that pack a kind and an id into base64, as GraphQL has them: `T3JkZXI6MTIz` is `Order:123`.
//!
//! The id stays as it was sent wherever it is shown; what is inside tells its kind, and its place among others.

use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Lengths of ids that are looked at.
const LENGTHS: std::ops::RangeInclusive<usize> = 6..=96;

const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const BASE64: GeneralPurpose = GeneralPurpose::new(&STANDARD, LENIENT);
const BASE64_URL: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, LENIENT);

/// The id inside a packed one: what follows the last separator behind the name of a kind. `None` for what is no packed id.
pub fn unpacked(id: &str) -> Option<String> {
    // Letters of a kind's name begin so; most ids of other sorts end here.
    let first = *id.as_bytes().first()?;
    if !LENGTHS.contains(&id.len()) || !matches!(first, b'Q'..=b'Z' | b'a'..=b'e') {
        return None;
    }
    let bytes = BASE64.decode(id).or_else(|_| BASE64_URL.decode(id)).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let text = text.strip_prefix("[\"").map_or(text.as_str(), |rest| rest.trim_end_matches(']'));
    let at = text.rfind([':', '/', '|', ','])?;
    let (kind, inner) = (&text[..at], text[at + 1..].trim_matches(['"', ' ']));
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ':' | '/' | '"');
    let named = kind.starts_with(|c: char| c.is_ascii_alphabetic()) && kind.chars().all(is_name);
    (named && !inner.is_empty() && inner.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')))
        .then(|| inner.to_owned())
}

/// An id as a whole number, packed or not: digits only, at most 38 of them.
pub fn number(id: &str) -> Option<i128> {
    let digits = |text: &str| {
        let is_number = !text.is_empty() && text.len() <= 38 && text.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| text.parse().ok()).flatten()
    };
    digits(id.trim_start_matches('+')).or_else(|| digits(&unpacked(id)?)).or_else(|| digits(&in_groups(id)?))
}

/// The digits of an id that is written in groups, as `25-0153008`; not of what is short behind its last dash, which counts
/// parts of something.
fn in_groups(id: &str) -> Option<String> {
    let last = id.rsplit_once('-')?.1;
    let is_digits = |group: &str| !group.is_empty() && group.bytes().all(|byte| byte.is_ascii_digit());
    (last.len() >= 4 && id.split('-').all(is_digits)).then(|| id.replace('-', ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_ids_are_read() {
        for (id, inner) in [
            ("T3JkZXI6ODE0MDAwNw", Some(8_140_007)),
            ("T3JkZXI6ODE0MDAwNw==", Some(8_140_007)),
            ("Z2lkOi8vc2hvcC9PcmRlci8xMjM", Some(123)),
            ("WyJPcmRlciIsMTIzXQ==", Some(123)),
            ("42", Some(42)),
            ("+42", Some(42)),
            ("25-0153008", Some(250_153_008)),
            ("17-2", None),
            ("a-0153008", None),
            ("VXNlcjo2YmE3YjgxMA", None),
            ("Transfer", None),
            ("aGVsbG8gd29ybGQ", None),
            ("T3JkZXI6", None),
            ("", None),
        ] {
            assert_eq!(number(id), inner, "{id}");
        }
        assert_eq!(unpacked("VXNlcjo2YmE3YjgxMA").as_deref(), Some("6ba7b810"));
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_packed_comes_back(kind in "[A-Z][a-z]{2,9}", number_in in 0_u64..9_999_999_999) {
            let id = BASE64_URL.encode(format!("{kind}:{number_in}"));
            proptest::prop_assert_eq!(number(&id), Some(i128::from(number_in)));
        }
    }
}
