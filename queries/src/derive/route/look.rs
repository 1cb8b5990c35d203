//! What one segment of a path looks like by itself.

use crate::derive::purpose::is_mark;
use std::borrow::Cow;

/// Longest segment that is read as a word.
const LONGEST_WORD: usize = 64;

/// What a segment looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// A word of the API, as far as it can be told from the segment alone.
    Word,
    /// Letters with digits: an id if there are more of its like beside it.
    Mixed,
    /// An id of this placeholder.
    Hole(&'static [u8]),
    /// An id with an extension kept (`17.pdf`): placeholder, then where the extension starts.
    Named(&'static [u8], usize),
}

/// A whole number or telephone number.
pub const ID: &[u8] = b"{id}";
/// A UUID.
pub const UUID: &[u8] = b"{uuid}";
/// An e-mail address.
pub const EMAIL: &[u8] = b"{email}";
/// A calendar date.
pub const DATE: &[u8] = b"{date}";
/// A long hexadecimal string.
pub const HEX: &[u8] = b"{hex}";
/// The name of a static file.
pub const FILE: &[u8] = b"{file}";
/// Anything else that varies.
pub const SLUG: &[u8] = b"{slug}";

const STATIC: &[&[u8]] = &[
    b"js", b"mjs", b"css", b"map", b"png", b"jpg", b"jpeg", b"gif", b"svg", b"webp", b"avif", b"ico", b"bmp", b"woff",
    b"woff2", b"ttf", b"otf", b"eot", b"mp3", b"mp4", b"webm", b"wasm",
];

const DOCUMENT: &[&[u8]] = &[
    b"json", b"xml", b"pdf", b"csv", b"tsv", b"txt", b"xls", b"xlsx", b"doc", b"docx", b"zip", b"gz", b"html", b"htm",
    b"php", b"asp", b"aspx", b"jsp", b"do", b"vcf", b"ics",
];

/// A segment as routes compare it: matrix parameters cut, percent-encoding of plain characters and of letters of any
/// script undone.
///
/// `None` for what no API names a part with: then it is read as varying.
pub fn plain(segment: &[u8]) -> Option<Cow<'_, [u8]>> {
    let segment = match memchr::memchr(b';', segment) {
        Some(at) if at > 0 => &segment[..at],
        _ => segment,
    };
    if segment.len() > LONGEST_WORD * 4 {
        return None;
    }
    let plain = if memchr::memchr(b'%', segment).is_some() {
        Cow::Owned(breachline_parsers::mask::percent_decode(segment))
    } else {
        Cow::Borrowed(segment)
    };
    (plain.iter().all(|&byte| PLAIN[byte as usize]) || is_text(&plain)).then_some(plain)
}

/// Words of other scripts: UTF-8 whose characters beyond ASCII are all letters and what is written on them, as APIs
/// outside of English have them.
fn is_text(segment: &[u8]) -> bool {
    let is_plain = |c: char| if c.is_ascii() { PLAIN[c as usize] } else { c.is_alphabetic() || is_mark(c) };
    std::str::from_utf8(segment).is_ok_and(|text| text.chars().all(is_plain))
}

/// Characters of segments that are read at all. Braces are not among them, so no client can write a placeholder.
const PLAIN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        let char = byte as u8;
        table[byte] = char.is_ascii_alphanumeric()
            || matches!(char, b'-' | b'.' | b'_' | b'~' | b'@' | b'+' | b':' | b'$' | b'!' | b',' | b'=' | b'*' | b'&');
        byte += 1;
    }
    table
};

/// Where a segment stands, as far as it may name a version there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// At the front, or behind `api`: a bare number with a point or a date may.
    Front,
    /// Between the first two names, as in `/mobile/2.1/subscriber`: a number with a point may.
    Between,
    /// Only what says so itself (`v2`).
    Elsewhere,
}

impl Place {
    /// The place at a depth from 0, between the segments before and after.
    pub fn of(depth: usize, before: Option<&[u8]>, after: Option<&[u8]>) -> Self {
        let is_word = |segment: &[u8]| segment.first().is_some_and(u8::is_ascii_alphabetic);
        if depth == 0 || before.is_some_and(|before| before.eq_ignore_ascii_case(b"api")) {
            Self::Front
        } else if depth == 1 && before.is_some_and(is_word) && after.is_some_and(is_word) {
            Self::Between
        } else {
            Self::Elsewhere
        }
    }
}

/// Whether a segment names a version of the API where it stands.
pub fn is_version(segment: &[u8], place: Place) -> bool {
    if let [b'v' | b'V', rest @ ..] = segment {
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let tail = &rest[digits..];
        return (1..=3).contains(&digits)
            && (tail.is_empty()
                || (tail[0] == b'.'
                    && tail.len() <= 6
                    && tail[1..].iter().all(|byte| byte.is_ascii_digit() || *byte == b'.'))
                || [&b"alpha"[..], b"beta", b"rc", b"p"].iter().any(|stage| {
                    tail.strip_prefix(*stage).is_some_and(|rest| rest.len() <= 2 && rest.iter().all(u8::is_ascii_digit))
                }));
    }
    match place {
        Place::Front => is_date(segment) && segment.len() == 10 || is_decimal(segment),
        Place::Between => is_decimal(segment),
        Place::Elsewhere => false,
    }
}

fn is_decimal(segment: &[u8]) -> bool {
    segment.len() <= 5
        && memchr::memchr_iter(b'.', segment).count() == 1
        && segment.first() != Some(&b'.')
        && segment.last() != Some(&b'.')
        && segment.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.')
}

/// What a plain segment looks like.
pub fn look(segment: &[u8]) -> Look {
    let mut digits = 0usize;
    let mut special = false;
    for &byte in segment {
        digits += usize::from(byte.is_ascii_digit());
        special |= matches!(byte, b'@' | b'.' | b'+');
    }
    let len = segment.len();
    if digits == len && len > 0 {
        return Look::Hole(ID);
    }
    if !special && digits == 0 {
        return if len > LONGEST_WORD { Look::Hole(SLUG) } else { Look::Word };
    }
    if special {
        if let Some(found) = special_look(segment, digits) {
            return found;
        }
        if digits == 0 {
            return if len > LONGEST_WORD { Look::Hole(SLUG) } else { Look::Word };
        }
    }
    if is_uuid(segment) {
        return Look::Hole(UUID);
    }
    if is_date(segment) {
        return Look::Hole(DATE);
    }
    if len >= 12 && segment.iter().all(u8::is_ascii_hexdigit) {
        return Look::Hole(HEX);
    }
    if digits + 1 == len && segment[0] == b'-' {
        return Look::Hole(ID);
    }
    if len > LONGEST_WORD || is_token(segment, digits) || is_ulid(segment) || is_numbers(segment, digits) {
        return Look::Hole(SLUG);
    }
    if is_version(segment, Place::Elsewhere) { Look::Word } else { Look::Mixed }
}

fn special_look(segment: &[u8], digits: usize) -> Option<Look> {
    let len = segment.len();
    if let Some(at) = memchr::memchr(b'@', segment) {
        return (at > 0 && memchr::memchr(b'.', &segment[at..]).is_some() && segment.last() != Some(&b'.'))
            .then_some(Look::Hole(EMAIL));
    }
    if segment[0] == b'+' && digits + 1 == len && (7..=15).contains(&digits) {
        return Some(Look::Hole(ID));
    }
    let dot = memchr::memrchr(b'.', segment)?;
    let (stem, extension) = (&segment[..dot], &segment[dot + 1..]);
    if stem.is_empty() || extension.len() > 5 {
        return None;
    }
    let mut lower = [0u8; 5];
    let lower = &mut lower[..extension.len()];
    lower.copy_from_slice(extension);
    lower.make_ascii_lowercase();
    let lower = &*lower;
    if STATIC.contains(&lower) {
        return Some(Look::Hole(FILE));
    }
    if DOCUMENT.contains(&lower) {
        return match look(stem) {
            Look::Hole(hole) if hole != FILE => Some(Look::Named(hole, dot)),
            _ => None,
        };
    }
    None
}

fn is_uuid(segment: &[u8]) -> bool {
    segment.len() == 36
        && segment.iter().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// `2026-03-04`, with or without a time after it.
fn is_date(segment: &[u8]) -> bool {
    let [a, b, c, d, b'-', m1, m2, b'-', d1, d2, rest @ ..] = segment else {
        return false;
    };
    let digits = [a, b, c, d, m1, m2, d1, d2].iter().all(|byte| byte.is_ascii_digit());
    digits
        && matches!((m1, m2), (b'0', b'1'..=b'9') | (b'1', b'0'..=b'2'))
        && *d1 <= b'3'
        && (rest.is_empty() || (rest[0] == b'T' && rest.len() <= 22))
}

/// Random letters and digits, as keys and base64 have them.
fn is_token(segment: &[u8], digits: usize) -> bool {
    if segment.len() < 16 || digits < 3 {
        return false;
    }
    let class = |byte: u8| match byte {
        b'0'..=b'9' => 0,
        b'A'..=b'Z' => 1,
        b'a'..=b'z' => 2,
        _ => 3,
    };
    let changes = segment.windows(2).filter(|pair| class(pair[0]) != class(pair[1])).count();
    changes * 4 >= segment.len() && segment.iter().filter(|&&byte| class(byte) == 3).count() * 5 <= segment.len()
}

/// A ULID: 26 digits of base 32 without the letters that are mistaken for digits, in one case; a time of 48 bits first.
fn is_ulid(segment: &[u8]) -> bool {
    let of = |case: fn(&u8) -> bool| {
        let mut digits = segment.iter().map(|byte| (byte.is_ascii_digit() || case(byte), byte.to_ascii_uppercase()));
        digits.all(|(fits, byte)| fits && !matches!(byte, b'I' | b'L' | b'O' | b'U'))
    };
    segment.len() == 26
        && matches!(segment[0], b'0'..=b'7')
        && (of(u8::is_ascii_uppercase) || of(u8::is_ascii_lowercase))
}

/// Numbers with separators: `17-2`, `10.0.0.1`, `900101-1234567`, `41,2`.
fn is_numbers(segment: &[u8], digits: usize) -> bool {
    segment[0].is_ascii_digit()
        && digits >= 2
        && segment.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'.' | b',' | b':' | b'_'))
}

/// Words that name an operation or a view beside ids, in lower case and sorted.
const ACTIONS: &[&str] = &[
    "activate",
    "add",
    "admin",
    "all",
    "api",
    "approve",
    "archive",
    "assign",
    "auth",
    "authorize",
    "batch",
    "bulk",
    "callback",
    "cancel",
    "check",
    "close",
    "confirm",
    "count",
    "create",
    "current",
    "debug",
    "delete",
    "detail",
    "details",
    "disable",
    "download",
    "edit",
    "enable",
    "events",
    "exists",
    "export",
    "feed",
    "fetch",
    "filter",
    "find",
    "get",
    "graphql",
    "health",
    "healthz",
    "history",
    "import",
    "index",
    "info",
    "internal",
    "invite",
    "items",
    "latest",
    "list",
    "livez",
    "login",
    "logout",
    "lookup",
    "me",
    "metrics",
    "mine",
    "my",
    "new",
    "notify",
    "oauth",
    "open",
    "otp",
    "password",
    "pay",
    "ping",
    "preview",
    "profile",
    "public",
    "query",
    "readyz",
    "recent",
    "refresh",
    "refund",
    "register",
    "reject",
    "remove",
    "report",
    "resend",
    "reset",
    "resolve",
    "save",
    "search",
    "self",
    "send",
    "session",
    "set",
    "settings",
    "signin",
    "signout",
    "signup",
    "start",
    "stats",
    "status",
    "stop",
    "submit",
    "suggest",
    "summary",
    "sync",
    "test",
    "token",
    "transfer",
    "update",
    "upload",
    "user",
    "users",
    "validate",
    "verify",
    "version",
    "view",
    "webhook",
    "whoami",
];

/// Whether a segment is a word that APIs put beside ids (`me`, `search`, `export`).
pub fn is_action(segment: &[u8]) -> bool {
    let mut lower = [0u8; 12];
    let Some(lower) = lower.get_mut(..segment.len()) else {
        return false;
    };
    lower.copy_from_slice(segment);
    lower.make_ascii_lowercase();
    ACTIONS.binary_search_by(|action| action.as_bytes().cmp(lower)).is_ok()
}

/// Whether a segment reads like the name of an operation (`getOrders`, `list-items`, `reset_password`).
pub fn is_operation(segment: &[u8]) -> bool {
    let first = segment
        .iter()
        .skip(1)
        .position(|byte| byte.is_ascii_uppercase() || matches!(byte, b'-' | b'_' | b'.' | b':'))
        .map_or(segment.len(), |at| at + 1);
    is_action(&segment[..first])
        || segment.rsplit(|byte| matches!(byte, b'-' | b'_' | b'.' | b':')).next().is_some_and(is_action)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_is_found() {
        assert!(ACTIONS.is_sorted());
        assert!(ACTIONS.iter().all(|action| is_action(action.to_uppercase().as_bytes())));
        assert!(!is_action(b"boats") && !is_action(b"") && !is_action(b"authorizations"));
    }

    #[test]
    fn a_ulid_is_an_id_however_its_digits_lie() {
        for id in ["01DTQHPJFMERM1063MZ4EQCVPC", "01dtqhpjfmerm1063mz4eqcvpc", "7ZZZZZZZZZZZZZZZZZZZZZZZZZ"] {
            assert_eq!(look(id.as_bytes()), Look::Hole(SLUG), "{id}");
        }
        for other in [
            "01DTQHPJFMERM1063MZ4EQCVP",
            "01DTQHPJFMERmzzzmz4EQCVPCA",
            "91DTQHPJFMERM1063MZ4EQCVPC",
            "1ANNUALREPORTOFTHEHOUSEPDF",
        ] {
            assert_ne!(look(other.as_bytes()), Look::Hole(SLUG), "{other}");
        }
    }

    #[test]
    fn operations_are_told_from_names() {
        for operation in ["getBoat", "list-boats", "boat_search", "reset_password", "BoatLookup.verify"] {
            assert!(is_operation(operation.as_bytes()), "{operation}");
        }
        for name in ["ann", "black-pearl", "ann_smith", "getaway"] {
            assert!(!is_operation(name.as_bytes()), "{name}");
        }
    }
}
