//! Text that came out of logs, made safe and readable for people.
//!
//! In: any text. Out: text in which nothing can move the cursor, change direction or hide ([`visible`]),
//! cut to columns ([`cut`]), and numbers, durations and times as people write them.

mod error;
pub mod finding;
mod number;
mod time;

pub use error::sentence;
pub use number::{bytes, count, counted, duration, float, share};
pub use time::{Micros, in_zone, rfc3339};

use breachline_queries::requests::ObjectKind;
use std::borrow::Cow;
use std::fmt::Write;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Whether a character shows nothing of itself, or changes how its neighbours are shown.
///
/// Controls (C0, DEL, C1), direction marks, zero-width and other invisible characters, line and paragraph
/// separators, interlinear annotations, tags, and code points that are for private use or for nothing.
#[must_use]
pub fn is_hidden(c: char) -> bool {
    if matches!(c, ' '..='~') {
        return false;
    }
    let separates_or_turns =
        matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let is_invisible = matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
    );
    let means_nothing =
        matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{fdd0}'..='\u{fdef}' | '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..);
    c.is_control() || separates_or_turns || is_invisible || means_nothing
}

/// Makes hidden characters visible: `\t`, `\n`, `\r`, `\x1b`, `\u{202e}`. All else stays as it is.
///
/// A backslash is not doubled: logs are full of `\x22` written by the server, and people must be able to
/// search for what they see. So this is for reading, not for reading back.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    let Some(first) = text.find(is_hidden) else { return Cow::Borrowed(text) };
    let mut shown = String::with_capacity(text.len() + 16);
    shown.push_str(&text[..first]);
    for c in text[first..].chars() {
        if is_hidden(c) { push_escaped(&mut shown, c) } else { shown.push(c) }
    }
    Cow::Owned(shown)
}

/// Bytes as [`visible`] text; what is no UTF-8 as `\xff`.
#[must_use]
pub fn visible_bytes(bytes: &[u8]) -> String {
    let mut shown = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        shown.push_str(&visible(chunk.valid()));
        for byte in chunk.invalid() {
            // Writing to a String cannot fail.
            let _ = write!(shown, "\\x{byte:02x}");
        }
    }
    shown
}

fn push_escaped(out: &mut String, c: char) {
    let _ = match c {
        '\t' => write!(out, "\\t"),
        '\n' => write!(out, "\\n"),
        '\r' => write!(out, "\\r"),
        _ if u32::from(c) < 0x100 => write!(out, "\\x{:02x}", u32::from(c)),
        _ => write!(out, "\\u{{{:x}}}", u32::from(c)),
    };
}

/// Columns that a text takes on a terminal.
#[must_use]
pub fn width(text: &str) -> usize {
    text.width()
}

/// Cuts a text to `columns`, ending in `…` when something was left out.
#[must_use]
pub fn cut(text: &str, columns: usize) -> Cow<'_, str> {
    cut_with(text, columns, "…")
}

/// Cuts a text to `columns`; `ellipsis` stands in for what was cut, where there is room for it.
#[must_use]
pub fn cut_with<'a>(text: &'a str, columns: usize, ellipsis: &str) -> Cow<'a, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    let room = columns.saturating_sub(width(ellipsis));
    let mut used = 0;
    let end = text
        .char_indices()
        .find(|(_, c)| {
            used += c.width().unwrap_or(0);
            used > room
        })
        .map_or(text.len(), |(at, _)| at);
    let tail = if width(ellipsis) <= columns { ellipsis } else { "" };
    Cow::Owned(format!("{}{tail}", text.get(..end).unwrap_or_default()))
}

/// The first few of some names, and how many more there are.
#[must_use]
pub fn names(all: &[&str]) -> String {
    const SHOWN: usize = 3;
    let shown = all[..all.len().min(SHOWN)].join(", ");
    if all.len() > SHOWN { format!("{shown} and {} more", count(all.len() - SHOWN)) } else { shown }
}

/// Fills a text with spaces up to `columns`; longer text is cut.
#[must_use]
pub fn pad(text: &str, columns: usize) -> String {
    let mut shown = cut(text, columns).into_owned();
    let used = width(&shown);
    shown.extend(std::iter::repeat_n(' ', columns.saturating_sub(used)));
    shown
}

/// Breaks a text at spaces into lines of at most `columns`; a longer word is broken inside.
#[must_use]
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in text.split(' ') {
        let word_width = width(word);
        if used > 0 && used + 1 + word_width > columns {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        if used > 0 {
            line.push(' ');
            used += 1;
        }
        for c in word.chars() {
            let c_width = c.width().unwrap_or(0);
            if used + c_width > columns && used > 0 {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            line.push(c);
            used += c_width;
        }
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

/// An object id as people get to see it: one that names a person keeps its last characters only (`…1234`).
#[must_use]
pub fn mask_object(value: &str, kind: ObjectKind) -> Cow<'_, str> {
    if !kind.is_personal() {
        return Cow::Borrowed(value);
    }
    let length = value.chars().count();
    // Four of a telephone number, three of a short address; never more than a third.
    let kept = 4.min(length / 3);
    let tail: String = value.chars().skip(length - kept).collect();
    Cow::Owned(format!("…{tail}"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_hides_is_spelt_out() {
        assert_eq!(visible("/admin\u{1b}[2J"), "/admin\\x1b[2J");
        assert_eq!(visible("a\u{202e}b\u{200b}c"), "a\\u{202e}b\\u{200b}c");
        assert_eq!(visible("a\tb\r\n"), "a\\tb\\r\\n");
        assert_eq!(visible("\u{9b}31m"), "\\x9b31m");
        assert_eq!(visible_bytes(b"a\xff\x00"), "a\\xff\\x00");
        assert!(matches!(visible("/주문/é?q=\\x22"), Cow::Borrowed(_)));
    }

    #[test]
    fn cutting_counts_columns_not_characters() {
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("abcdef", 4), "abc…");
        assert_eq!(cut("주문내역", 5), "주문…");
        assert_eq!(cut("주문내역", 4), "주…");
        assert_eq!(cut("abc", 0), "");
        assert_eq!(pad("주", 4), "주  ");
    }

    #[test]
    fn a_person_is_not_named() {
        assert_eq!(mask_object("+821012345678", ObjectKind::Phone), "…5678");
        assert_eq!(mask_object("kim@example.com", ObjectKind::Email), "….com");
        assert_eq!(mask_object("a@b.c", ObjectKind::Email), "…c");
        assert_eq!(mask_object("48211", ObjectKind::Int), "48211");
    }

    proptest! {
        #[test]
        fn visible_text_hides_nothing(bytes in proptest::collection::vec(any::<u8>(), 0..200), text in ".*") {
            prop_assert!(!visible_bytes(&bytes).contains(is_hidden));
            let shown = visible(&text);
            prop_assert!(!shown.contains(is_hidden));
            prop_assert!(!shown.chars().any(char::is_control));
            prop_assert_eq!(visible(&shown), shown.clone());
        }

        #[test]
        fn cut_text_fits(text in ".*", columns in 0usize..40) {
            let shown = visible(&text);
            let short = cut(&shown, columns);
            prop_assert!(width(&short) <= columns);
            prop_assert!(short == shown || short.ends_with('…') || columns == 0);
            prop_assert!(width(&pad(&shown, columns)) == columns);
        }

        #[test]
        fn wrapping_keeps_every_word(text in "[a-z가-힣 ]{0,80}", columns in 2usize..30) {
            let lines = wrap(&text, columns);
            for line in &lines {
                prop_assert!(width(line) <= columns);
            }
            let squeeze = |text: &str| text.chars().filter(|c| *c != ' ').collect::<String>();
            prop_assert_eq!(squeeze(&lines.concat()), squeeze(&text));
        }
    }
}
