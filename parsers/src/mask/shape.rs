//! Secrets that are known by their shape, wherever they stand: JSON Web Tokens, keys of vendors, private keys.

use aho_corasick::packed::{MatchKind, Searcher};
use std::ops::Range;
use std::sync::LazyLock;

/// What follows the mark of a key.
#[derive(Clone, Copy)]
enum Tail {
    /// Letters and digits.
    Alphanumeric,
    /// Letters, digits, `-` and `_`.
    Url,
    /// Capitals and digits.
    Upper,
    /// As for URLs, and dots.
    Dotted,
}

impl Tail {
    fn holds(self, byte: u8) -> bool {
        match self {
            Self::Alphanumeric => byte.is_ascii_alphanumeric(),
            Self::Url => is_base64url(byte),
            Self::Upper => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
            Self::Dotted => is_base64url(byte) || byte == b'.',
        }
    }
}

/// Marks of keys, what follows, and how much of it there is at least: 20 bytes with the mark, so that texts without
/// so long a part need no look ([`super::path::SHORTEST`]).
const KEYS: &[(&str, Tail, usize)] = &[
    ("AKIA", Tail::Upper, 16),
    ("ASIA", Tail::Upper, 16),
    ("AIza", Tail::Url, 30),
    ("ghp_", Tail::Alphanumeric, 20),
    ("gho_", Tail::Alphanumeric, 20),
    ("ghu_", Tail::Alphanumeric, 20),
    ("ghs_", Tail::Alphanumeric, 20),
    ("ghr_", Tail::Alphanumeric, 20),
    ("github_pat_", Tail::Url, 20),
    ("glpat-", Tail::Url, 16),
    ("sk_live_", Tail::Alphanumeric, 12),
    ("sk_test_", Tail::Alphanumeric, 12),
    ("rk_live_", Tail::Alphanumeric, 12),
    ("rk_test_", Tail::Alphanumeric, 12),
    ("sk-ant-", Tail::Url, 16),
    ("sk-proj-", Tail::Url, 16),
    ("whsec_", Tail::Alphanumeric, 16),
    ("shpat_", Tail::Alphanumeric, 24),
    ("xox", Tail::Url, 17),
    ("xapp-", Tail::Url, 16),
    ("npm_", Tail::Alphanumeric, 30),
    ("pypi-AgE", Tail::Url, 20),
    ("dop_v1_", Tail::Alphanumeric, 32),
    ("hvs.", Tail::Url, 20),
    ("ya29.", Tail::Url, 20),
    ("SG.", Tail::Dotted, 32),
];

/// The other marks, after those of the keys.
const TOKEN: &str = "eyJ";
const PRIVATE: &str = "-----BEGIN";

/// All marks, or none where the machine has no such instructions.
static MARKS: LazyLock<Option<Searcher>> = LazyLock::new(|| {
    let marks = KEYS.iter().map(|(mark, ..)| *mark).chain([TOKEN, PRIVATE]);
    aho_corasick::packed::Config::new().match_kind(MatchKind::LeftmostFirst).builder().extend(marks).build()
});

/// The next mark at or after `from`: its number and where it stands.
fn next_mark(bytes: &[u8], from: usize) -> Option<(usize, usize)> {
    if let Some(marks) = MARKS.as_ref() {
        return marks
            .find_in(bytes, aho_corasick::Span { start: from, end: bytes.len() })
            .map(|found| (found.pattern().as_usize(), found.start()));
    }
    let marks = KEYS.iter().map(|(mark, ..)| *mark).chain([TOKEN, PRIVATE]);
    marks
        .enumerate()
        .filter_map(|(number, mark)| {
            memchr::memmem::find(&bytes[from..], mark.as_bytes()).map(|step| (number, from + step))
        })
        .min_by_key(|&(number, at)| (at, number))
}

/// The first secret of a known shape, and whether it is a JSON Web Token. Costs a few steps over a text of words.
pub(crate) fn first(text: &[u8]) -> Option<(Range<usize>, bool)> {
    // The body of a private key is long too.
    if super::query::has_long_part(text) { next(text, 0) } else { None }
}

/// The next secret of a known shape at or after `from`, and whether it is a JSON Web Token.
pub(crate) fn next(bytes: &[u8], from: usize) -> Option<(Range<usize>, bool)> {
    next_of(bytes, from, false)
}

/// The same in a text that may have been cut off, and with it the secret at its end.
pub(super) fn next_or_cut(bytes: &[u8], from: usize) -> Option<(Range<usize>, bool)> {
    next_of(bytes, from, true)
}

fn next_of(bytes: &[u8], mut from: usize, may_be_cut: bool) -> Option<(Range<usize>, bool)> {
    while let Some((number, at)) = next_mark(bytes, from) {
        let found = match KEYS.get(number) {
            Some(&(mark, tail, least)) => key(bytes, at + mark.len(), tail)
                .filter(|&end| {
                    let tail = &bytes[at + mark.len()..end];
                    let is_cut = may_be_cut && end == bytes.len() && tail.len() >= 4;
                    (tail.len() >= least || (is_cut && tail.iter().any(u8::is_ascii_digit)))
                        && begins_word(&bytes[..at])
                })
                .map(|end| (end, false)),
            None if bytes[at] == b'e' => token(&bytes[at..]).map(|length| (at + length, true)),
            None => private_key(&bytes[at..]).map(|length| (at + length, false)),
        };
        if let Some((end, is_token)) = found {
            return Some((at..end, is_token));
        }
        from = at + 1;
    }
    None
}

/// Where a key ends whose mark ends at `from`.
fn key(bytes: &[u8], from: usize, tail: Tail) -> Option<usize> {
    let length = bytes[from..].iter().take_while(|&&byte| tail.holds(byte)).count();
    (length > 0).then_some(from + length)
}

/// Whether what follows `before` begins a word: nothing, a separator, or an escaped byte (`%3D`, `\x22`, `#22`,
/// `\n`) precedes.
fn begins_word(before: &[u8]) -> bool {
    let escaped = match before {
        [.., b'%' | b'#', high, low] | [.., b'\\', b'x', high, low] => {
            high.is_ascii_hexdigit() && low.is_ascii_hexdigit()
        }
        [.., b'\\', letter] => matches!(letter, b'n' | b'r' | b't'),
        _ => false,
    };
    escaped || before.last().is_none_or(|last| !last.is_ascii_alphanumeric() && *last != b'_')
}

/// The length of the JSON Web Token at the start of `bytes`: two parts at least. The first begins as `{"` does in
/// base64; of two parts both do. Signatures may be missing, and encrypted tokens have five parts.
pub(super) fn token(bytes: &[u8]) -> Option<usize> {
    // Names are asked too, and the first letters spare most of them the rest.
    if !bytes.starts_with(TOKEN.as_bytes()) {
        return None;
    }
    let header = part(bytes);
    if header < 16 || bytes.get(header) != Some(&b'.') {
        return None;
    }
    let payload = part(&bytes[header + 1..]);
    let mut end = header + 1 + payload;
    let is_whole = bytes.get(end) == Some(&b'.');
    let is_pair = payload >= 4 && bytes[header + 1..].starts_with(TOKEN.as_bytes());
    if !is_whole && !is_pair {
        return None;
    }
    for _ in 0..3 {
        if bytes.get(end) == Some(&b'.') {
            end += 1 + part(&bytes[end + 1..]);
        }
    }
    Some(end)
}

/// How many bytes are of one part of a token, padding included.
fn part(bytes: &[u8]) -> usize {
    let letters = bytes.iter().take_while(|&&byte| is_base64url(byte)).count();
    letters + bytes[letters..].iter().take(2).take_while(|&&byte| byte == b'=').count()
}

fn is_base64url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

/// The length of a private key in PEM: to its end mark, or to the end where that is cut off.
fn private_key(bytes: &[u8]) -> Option<usize> {
    memchr::memmem::find(&bytes[..bytes.len().min(64)], b"PRIVATE")?;
    let Some(end) = memchr::memmem::find(bytes, b"-----END") else { return Some(bytes.len()) };
    let rest = end + b"-----END".len();
    let dashes = memchr::memmem::find(&bytes[rest..bytes.len().min(rest + 64)], b"-----");
    Some(dashes.map_or(rest, |step| rest + step + 5))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<&str> {
        next(text.as_bytes(), 0).map(|(range, _)| &text[range])
    }

    #[test]
    fn shapes_are_found_wherever_they_stand() {
        let secrets = [
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
            "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.",
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0",
            "eyJhbGciOiJSU0EtT0FFUCJ9.OKOawDo13gRp.48V1_ALb6US0.5eym8TW_c8Su.XFBoMYUZodet",
            "AKIAIOSFODNN7EXAMPLE",
            "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
            "sk_live_4eC39HqLyjWDarjtT1zdp7dc",
            "xoxb-17653672481-19874698323-pdFZKVeTuE8sk7oOHcbrzqgy",
            "AIzaSyDaGmWKa4JsXZ-HjGw7ISLn_3namBGewQe",
            "-----BEGIN RSA PRIVATE KEY----- MIIEow -----END RSA PRIVATE KEY-----",
        ];
        for secret in secrets {
            for (before, after) in
                [("", ""), ("/a/", "/b"), ("x=", "&y"), ("%3D", "%26"), ("\\x22", "\\x22"), ("#22", "|")]
            {
                let text = format!("{before}{secret}{after}");
                assert_eq!(found(&text), Some(secret), "{text}");
            }
        }
    }

    #[test]
    fn what_only_looks_alike_is_none() {
        for text in [
            "/desk_live_view_of_everything_there_is",
            "eyJpZCI6MTIzNDU2Nzg5fQ==",
            "MAKIAIOSFODNN7EXAMPLE",
            "AKIA-1",
            "xoxo-",
            "-----BEGIN CERTIFICATE----- MIIB",
            "SG.1",
            "550e8400-e29b-41d4-a716-446655440000",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }
}
