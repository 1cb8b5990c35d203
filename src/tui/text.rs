//! Words for the screen: what a hostile byte looks like, numbers, times, cutting and wrapping by width.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use std::borrow::Cow;
use std::fmt::Write as _;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Combining marks and the joining forms of Hangul: no width of their own, and part of honest text.
const fn joins(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{1160}'..='\u{11ff}' | '\u{302a}'..='\u{302f}')
}

/// Text in which nothing hides: control characters as `\x1b`, invisible and reordering ones as `\u{202e}`.
///
/// A terminal library that drops them would be safe and would also hide the evidence.
pub fn visible(text: &str) -> Cow<'_, str> {
    let hidden = |c: char| c.is_control() || (c.width().unwrap_or(0) == 0 && !joins(c));
    if !text.contains(hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        // Writing to a String cannot fail.
        let _ = match c {
            c if !hidden(c) => write!(shown, "{c}"),
            c if u32::from(c) < 0x100 => write!(shown, "\\x{:02x}", u32::from(c)),
            c => write!(shown, "\\u{{{:x}}}", u32::from(c)),
        };
    }
    Cow::Owned(shown)
}

/// How many cells a text takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// Cuts a text to `cells`; `ellipsis` stands in for what was cut.
pub fn cut<'a>(text: &'a str, cells: usize, ellipsis: &str) -> Cow<'a, str> {
    if text.width() <= cells {
        return Cow::Borrowed(text);
    }
    let room = cells.saturating_sub(ellipsis.width());
    let mut taken = 0;
    let end = text
        .char_indices()
        .find(|(_, c)| {
            taken += c.width().unwrap_or(0);
            taken > room
        })
        .map_or(text.len(), |(at, _)| at);
    let tail = if ellipsis.width() <= cells {
        ellipsis
    } else {
        ""
    };
    Cow::Owned(format!("{}{tail}", text.get(..end).unwrap_or_default()))
}

/// Cut or filled to exactly `cells`, text to the left.
pub fn left(text: &str, cells: usize, ellipsis: &str) -> String {
    let text = cut(text, cells, ellipsis);
    let fill = cells.saturating_sub(text.width());
    format!("{text}{:fill$}", "")
}

/// Cut or filled to exactly `cells`, text to the right.
pub fn right(text: &str, cells: usize, ellipsis: &str) -> String {
    let text = cut(text, cells, ellipsis);
    let fill = cells.saturating_sub(text.width());
    format!("{:fill$}{text}", "")
}

/// Breaks a text into lines of at most `cells`, at spaces where there are any.
pub fn wrap(text: &str, cells: usize) -> Vec<String> {
    let cells = cells.max(1);
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in text.split_inclusive(' ') {
        let word_width = word.trim_end().width();
        if used > 0 && used + word_width > cells {
            lines.push(std::mem::take(&mut line).trim_end().to_owned());
            used = 0;
        }
        for c in word.chars() {
            let wide = c.width().unwrap_or(0);
            if used + wide > cells {
                if c == ' ' {
                    continue;
                }
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            line.push(c);
            used += wide;
        }
    }
    let rest = line.trim_end();
    if !rest.is_empty() || lines.is_empty() {
        lines.push(rest.to_owned());
    }
    lines
}

/// A whole number with thousands separators.
pub fn count(number: impl TryInto<i128>) -> String {
    let Ok(number) = number.try_into() else {
        return "?".to_owned();
    };
    let digits = number.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if number < 0 {
        text.push('-');
    }
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number and its noun: `1 request`, `2 requests`.
pub fn counted(number: usize, noun: &str) -> String {
    format!(
        "{} {noun}{}",
        count(number as u64),
        if number == 1 { "" } else { "s" }
    )
}

/// A measured value: whole numbers with separators, others with three digits after the point at most.
pub fn value(number: f64) -> String {
    if !number.is_finite() {
        return "-".to_owned();
    }
    if number.fract() == 0.0 && number.abs() < 9e15 {
        return count(number as i64);
    }
    let text = format!("{number:.3}");
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    let part = part.trim_end_matches('0');
    let sign = if whole.starts_with('-') { "-" } else { "" };
    let whole = count(whole.trim_start_matches('-').parse::<i128>().unwrap_or(0));
    if part.is_empty() {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{part}")
    }
}

/// Bytes in k, M, G, T of 1,000 with one decimal.
pub fn bytes(number: u64) -> String {
    let mut amount = number as f64;
    if number < 1000 {
        return format!("{number} B");
    }
    for unit in ["kB", "MB", "GB", "TB"] {
        amount /= 1000.0;
        if amount < 999.95 || unit == "TB" {
            return format!("{amount:.1} {unit}");
        }
    }
    String::new()
}

/// A length of time in its two largest units.
pub fn span(micros: i64) -> String {
    let seconds = micros.max(0) / 1_000_000;
    let parts = [
        (seconds / 86400, "d"),
        (seconds / 3600 % 24, "h"),
        (seconds / 60 % 60, "m"),
        (seconds % 60, "s"),
    ];
    let start = parts
        .iter()
        .position(|(amount, _)| *amount > 0)
        .unwrap_or(3);
    parts
        .iter()
        .skip(start)
        .take(2)
        .filter(|(amount, _)| *amount > 0 || start == 3)
        .map(|(amount, unit)| format!("{amount} {unit}"))
        .collect::<Vec<_>>()
        .join(" ")
}

/// The zone that times are shown in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clock {
    /// UTC if absent.
    pub zone: Option<Tz>,
}

impl Clock {
    /// Its name, for the frame.
    pub fn name(self) -> &'static str {
        self.zone.map_or("UTC", Tz::name)
    }

    fn write(self, micros: i64, pattern: &str) -> String {
        let Some(time) = DateTime::<Utc>::from_timestamp_micros(micros) else {
            return "?".to_owned();
        };
        match self.zone {
            Some(zone) => time.with_timezone(&zone).format(pattern).to_string(),
            None => time.format(pattern).to_string(),
        }
    }

    /// `2026-03-04 02:11:40`.
    pub fn second(self, micros: i64) -> String {
        self.write(micros, "%Y-%m-%d %H:%M:%S")
    }

    /// `2026-03-04 02:11:40.118`.
    pub fn milli(self, micros: i64) -> String {
        self.write(micros, "%Y-%m-%d %H:%M:%S%.3f")
    }

    /// `2026-03-04 02:11`.
    pub fn minute(self, micros: i64) -> String {
        self.write(micros, "%Y-%m-%d %H:%M")
    }

    /// `03-04 02:11`.
    pub fn short(self, micros: i64) -> String {
        self.write(micros, "%m-%d %H:%M")
    }

    /// `02:11:40`.
    pub fn time(self, micros: i64) -> String {
        self.write(micros, "%H:%M:%S")
    }

    /// `2026-03-04T02:11:40.118000+00:00`, with the zone's offset.
    pub fn full(self, micros: i64) -> String {
        self.write(micros, "%Y-%m-%dT%H:%M:%S%.6f%:z")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hidden_characters_are_spelt_out_and_honest_ones_stay() {
        assert_eq!(
            visible("/a\x1b[2J\r\n\t\u{7f}\u{9b}"),
            "/a\\x1b[2J\\x0d\\x0a\\x09\\x7f\\x9b"
        );
        assert_eq!(
            visible("a\u{202e}b\u{200b}\u{feff}c\u{2066}"),
            "a\\u{202e}b\\u{200b}\\u{feff}c\\u{2066}"
        );
        assert!(matches!(
            visible("/é/e\u{301}/한/\u{1112}\u{1161}\u{11ab}/日"),
            Cow::Borrowed(_)
        ));
    }

    #[test]
    fn numbers_read_as_people_write_them() {
        assert_eq!(
            [0_i64, 999, 1000, -4_812_331].map(count),
            ["0", "999", "1,000", "-4,812,331"]
        );
        assert_eq!(
            [0.95, 4117.0, 1234.5, -0.25, f64::NAN].map(value),
            ["0.95", "4,117", "1,234.5", "-0.25", "-"]
        );
        assert_eq!(
            [7, 1000, 999_949, 999_960, 8_912_000_000].map(bytes),
            ["7 B", "1.0 kB", "999.9 kB", "1.0 MB", "8.9 GB"]
        );
        assert_eq!(
            [0, 61, 3600, 90_061].map(|s| span(s * 1_000_000)),
            ["0 s", "1 m 1 s", "1 h", "1 d 1 h"]
        );
        assert_eq!([counted(1, "gap"), counted(0, "gap")], ["1 gap", "0 gaps"]);
    }

    #[test]
    fn times_follow_the_zone() {
        let clock = Clock {
            zone: Some(Tz::Asia__Seoul),
        };
        assert_eq!(
            Clock::default().second(1_772_590_300_000_000),
            "2026-03-04 02:11:40"
        );
        assert_eq!(
            clock.full(1_772_590_300_118_000),
            "2026-03-04T11:11:40.118000+09:00"
        );
        assert_eq!(Clock::default().second(i64::MAX), "?");
    }

    proptest! {
        #[test]
        fn a_cell_is_exactly_as_wide_as_asked(text in "\\PC*", cells in 0..40_usize) {
            let text = visible(&text);
            prop_assert_eq!(width(&left(&text, cells, "…")), cells);
            prop_assert_eq!(width(&right(&text, cells, "…")), cells);
        }

        #[test]
        fn wrapped_lines_fit_and_lose_only_spaces(text in "[a-z 한/]{0,80}", cells in 2..30_usize) {
            let lines = wrap(&text, cells);
            prop_assert!(lines.iter().all(|line| width(line) <= cells));
            let squeeze = |text: &str| text.replace(' ', "");
            prop_assert_eq!(squeeze(&lines.concat()), squeeze(&text));
        }

        #[test]
        fn nothing_visible_is_a_control_character(text in any::<String>()) {
            prop_assert!(!visible(&text).contains(|c: char| c.is_control() || c == '\u{202e}'));
        }
    }
}
