//! Where in a query something is wrong, shown under the query's own line.

use super::SqlError;
use breachline_parsers::near::distance;
use sqlparser::tokenizer::{Location, Span};
use std::fmt::Write as _;

/// A sentence and the place it is about.
#[derive(Debug)]
pub(super) struct Fault {
    sentence: String,
    span: Span,
}

impl Fault {
    /// A fault at a place; [`Span::empty`] when the place is unknown.
    pub(super) fn new(span: Span, sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), span }
    }

    /// A fault of the query as a whole.
    pub(super) fn whole(sentence: impl Into<String>) -> Self {
        Self::new(Span::empty(), sentence)
    }

    /// The sentence, then the line of the query with a mark under the place.
    pub(super) fn show(&self, sql: &str) -> SqlError {
        let mut text = self.sentence.clone();
        let Location { line, column } = self.span.start;
        if let Some(content) = (line > 0).then(|| sql.lines().nth(line as usize - 1)).flatten() {
            let number = line.to_string();
            let margin = " ".repeat(number.len());
            let start = (column as usize).saturating_sub(1);
            let end = if self.span.end.line == line { self.span.end.column as usize - 1 } else { usize::MAX };
            let before: String = content.chars().take(start).map(blank).collect();
            let under = content.chars().skip(start).take(end.saturating_sub(start).max(1)).map(columns).sum::<usize>();
            let shown: String =
                content.chars().map(|c| if c.is_control() && c != '\t' { '\u{fffd}' } else { c }).collect();
            // Writing to a String cannot fail.
            let _ = write!(text, "\n{margin} |\n{number} | {shown}\n{margin} | {before}{}", "^".repeat(under.max(1)));
        }
        SqlError(text)
    }
}

/// What takes the room of a character in the line of marks.
fn blank(c: char) -> &'static str {
    match (c, columns(c)) {
        ('\t', _) => "\t",
        (_, 2) => "  ",
        _ => " ",
    }
}

/// Columns that a character takes on a terminal: two for the East Asian wide ranges.
fn columns(c: char) -> usize {
    let wide = matches!(c as u32,
        0x1100..=0x115F | 0x2E80..=0xA4CF | 0xA960..=0xA97F | 0xAC00..=0xD7A3 | 0xF900..=0xFAFF
        | 0xFE30..=0xFE6F | 0xFF00..=0xFF60 | 0xFFE0..=0xFFE6 | 0x1F300..=0x1FAFF | 0x20000..=0x3FFFD);
    if wide { 2 } else { 1 }
}

/// "; did you mean `x`?" for the nearest of the names, if one is near.
pub(super) fn suggestion<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    let wanted = wanted.to_lowercase();
    // A short name is near to everything.
    let allowed = match wanted.chars().count() {
        0..=3 => 0,
        4..=5 => 1,
        6..=8 => 2,
        _ => 3,
    };
    names
        .into_iter()
        .map(|name| (nearness(&wanted, name), name))
        .filter(|&(far, _)| far <= allowed)
        .min()
        .map_or_else(String::new, |(_, name)| format!("; did you mean `{name}`?"))
}

/// Edits between two names; underscores do not count, so that `clientip` is `client_ip`.
fn nearness(wanted: &str, name: &str) -> usize {
    let letters = |text: &str| text.replace('_', "");
    distance(&letters(wanted), &letters(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_counted() {
        let far = |a: &str, b: &str| nearness(a, b);
        assert_eq!(far("status", "status"), 0);
        assert_eq!(far("statsu", "status"), 1);
        assert_eq!(far("clientip", "client_ip"), 0);
        assert_eq!(far("stat", "status"), 2);
        assert_eq!(far("", "ts"), 2);
    }

    #[test]
    fn the_mark_stands_under_the_place_in_wide_text() {
        let span = Span::new(Location::new(2, 3), Location::new(2, 5));
        let shown = Fault::new(span, "wrong").show("first\n경로ab\u{7}").0;
        assert_eq!(shown, "wrong\n  |\n2 | 경로ab\u{fffd}\n  |     ^^");
    }

    #[test]
    fn far_names_are_not_suggested() {
        assert_eq!(suggestion("zzzz", ["status", "host"]), "");
        assert_eq!(suggestion("USERAGENT", ["user_agent"]), "; did you mean `user_agent`?");
    }
}
