//! Looks at many bytes of a record at a time.

/// Strings that are longer are looked through with wider instructions.
const SHORT: usize = 48;

/// What kinds of bytes a text holds, seen in one pass over many bytes at a time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Survey {
    /// Whether it is ASCII only, and so is UTF-8.
    pub(super) ascii: bool,
    /// Whether there are bytes below the space, which strings must not hold.
    pub(super) controls: bool,
    pub(super) escapes: bool,
}

impl Survey {
    pub(super) fn of(text: &[u8]) -> Self {
        let (mut all, mut least, mut escapes) = (0, u8::MAX, 0);
        for &byte in text {
            all |= byte;
            least = least.min(byte);
            escapes |= u8::from(byte == b'\\');
        }
        Self { ascii: all < 0x80, controls: least < 0x20, escapes: escapes != 0 }
    }
}

const ONES: u64 = u64::from_le_bytes([1; 8]);
const HIGHS: u64 = ONES << 7;

/// Marks the bytes of a word that are equal to this one. The lowest mark is right; those above may be wrong.
#[inline]
const fn equal(word: u64, byte: u8) -> u64 {
    let difference = word ^ (ONES * byte as u64);
    difference.wrapping_sub(ONES) & !difference & HIGHS
}

/// Where the next quote is, eight bytes at a time while the string is short.
#[inline(always)]
#[allow(clippy::inline_always)] // a call and a result in memory cost as much as a short string
pub(super) fn next_quote(text: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    while let Some(word) = text.get(at..).and_then(|rest| rest.first_chunk()) {
        let found = equal(u64::from_le_bytes(*word), b'"');
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize / 8);
        }
        at += 8;
        if at - from >= SHORT {
            return memchr::memchr(b'"', &text[at..]).map(|step| at + step);
        }
    }
    text.get(at..)?.iter().position(|&byte| byte == b'"').map(|step| at + step)
}

/// Where the next quote or backslash is.
pub(super) fn quote_or_backslash(text: &[u8], from: usize) -> Option<usize> {
    memchr::memchr2(b'"', b'\\', text.get(from..)?).map(|step| from + step)
}
