//! Words for the screen: cells of a fixed width, lengths of time, times in the zone shown.

use crate::words::Lang;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use std::borrow::Cow;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

pub use crate::render::{bytes, count, counted, cut_with as cut, visible, width, wrap};

/// Cuts a text to `cells` at its front, for paths.
pub fn cut_front<'a>(text: &'a str, cells: usize, ellipsis: &str) -> Cow<'a, str> {
    if text.width() <= cells {
        return Cow::Borrowed(text);
    }
    let room = cells.saturating_sub(ellipsis.width());
    let mut taken = 0;
    let start = text
        .char_indices()
        .rev()
        .take_while(|(_, c)| {
            taken += c.width().unwrap_or(0);
            taken <= room
        })
        .last()
        .map_or(text.len(), |(at, _)| at);
    let head = if ellipsis.width() <= cells { ellipsis } else { "" };
    Cow::Owned(format!("{head}{}", text.get(start..).unwrap_or_default()))
}

/// Breaks a text into pieces of at most `cells`, wherever that falls: for lines that must be read letter by letter.
pub fn chop(text: &str, cells: usize) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut used = 0;
    for c in text.chars() {
        let wide = c.width().unwrap_or(0);
        if used > 0 && used + wide > cells.max(1) {
            pieces.push(String::new());
            used = 0;
        }
        used += wide;
        if let Some(last) = pieces.last_mut() {
            last.push(c);
        }
    }
    pieces
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

/// A length of time in its two largest units.
pub fn span(lang: Lang, micros: i64) -> String {
    let seconds = micros.max(0) / 1_000_000;
    let [d, h, m, s] = match lang {
        Lang::En => [" d", " h", " m", " s"],
        Lang::Ko => ["일", "시간", "분", "초"],
    };
    let parts = [(seconds / 86400, d), (seconds / 3600 % 24, h), (seconds / 60 % 60, m), (seconds % 60, s)];
    let start = parts.iter().position(|(amount, _)| *amount > 0).unwrap_or(3);
    parts
        .iter()
        .skip(start)
        .take(2)
        .filter(|(amount, _)| *amount > 0 || start == 3)
        .map(|(amount, unit)| format!("{amount}{unit}"))
        .collect::<Vec<_>>()
        .join(" ")
}

/// The zone that times are shown in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// Its zone.
    pub zone: Tz,
}

impl Clock {
    /// Its name, for the frame.
    pub fn name(self) -> &'static str {
        self.zone.name()
    }

    fn write(self, micros: i64, pattern: &str) -> String {
        let Some(time) = DateTime::<Utc>::from_timestamp_micros(micros) else {
            return "?".to_owned();
        };
        time.with_timezone(&self.zone).format(pattern).to_string()
    }

    /// `2026-03-04 02:11:40`.
    pub fn second(self, micros: i64) -> String {
        self.write(micros, "%Y-%m-%d %H:%M:%S")
    }

    /// `2026-03-04 02:11:40 .. 02:40:00`, with both days where they differ.
    pub fn stretch(self, from: i64, until: i64) -> String {
        let end = if self.day(from) == self.day(until) { self.time(until) } else { self.second(until) };
        format!("{} .. {end}", self.second(from))
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

    /// `03-04`.
    pub fn month_day(self, micros: i64) -> String {
        self.write(micros, "%m-%d")
    }

    /// `2026-03-04`.
    pub fn day(self, micros: i64) -> String {
        self.write(micros, "%Y-%m-%d")
    }

    /// `02:11:40.118`.
    pub fn time_milli(self, micros: i64) -> String {
        self.write(micros, "%H:%M:%S%.3f")
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
    fn lengths_of_time_have_two_units_at_most() {
        assert_eq!([0, 61, 3600, 90_061].map(|s| span(Lang::En, s * 1_000_000)), ["0 s", "1 m 1 s", "1 h", "1 d 1 h"]);
        assert_eq!([61, 90_061].map(|s| span(Lang::Ko, s * 1_000_000)), ["1분 1초", "1일 1시간"]);
    }

    #[test]
    fn times_follow_the_zone() {
        let clock = Clock { zone: Tz::Asia__Seoul };
        assert_eq!(Clock { zone: Tz::UTC }.second(1_772_590_300_000_000), "2026-03-04 02:11:40");
        assert_eq!(clock.full(1_772_590_300_118_000), "2026-03-04T11:11:40.118000+09:00");
        assert_eq!(Clock { zone: Tz::UTC }.second(i64::MAX), "?");
    }

    proptest! {
        #[test]
        fn a_cell_is_exactly_as_wide_as_asked(text in "\\PC*", cells in 0..40_usize) {
            let text = visible(&text);
            prop_assert_eq!(width(&left(&text, cells, "…")), cells);
            prop_assert_eq!(width(&right(&text, cells, "…")), cells);
            prop_assert!(width(&cut_front(&text, cells, "…")) <= cells);
            prop_assert!(cells < 2 || chop(&text, cells).iter().all(|piece| width(piece) <= cells));
            prop_assert_eq!(chop(&text, cells).concat(), text);
        }
    }
}
