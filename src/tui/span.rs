//! Windows of time as analysts type them.
//!
//! In: `02:10..02:40`, `2026-03-04 02:10 .. 2026-03-05`, `last 2h`, `+-10m`, an open end (`02:10..`). Out: from and
//! until in microseconds UTC, or a sentence that says what can be written.

use super::words::Word;
use crate::when;
use crate::words::Lang;
use chrono::{DateTime, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;

/// What a window is told by.
#[derive(Clone, Copy, Debug)]
pub struct Around {
    /// The zone that times are written in.
    pub zone: Tz,
    /// The time under the cursor, or else the first.
    pub cursor: i64,
    /// The whole time.
    pub range: (i64, i64),
    /// The language of what is wrong.
    pub lang: Lang,
}

/// Reads a window.
///
/// # Errors
/// A sentence for the analyst.
pub fn parse(text: &str, around: Around) -> Result<(i64, i64), String> {
    let text = text.trim();
    if let Some(length) = text.strip_prefix("last ") {
        let length = span(length, around.lang)?;
        let until = around.range.1.saturating_add(1);
        return Ok((until.saturating_sub(length), until));
    }
    if let Some(length) = text.strip_prefix("+-").or_else(|| text.strip_prefix("±")) {
        let length = span(length, around.lang)?;
        return Ok((around.cursor.saturating_sub(length), around.cursor.saturating_add(length)));
    }
    let Some((from, until)) = text.split_once("..") else {
        return Err(Word::NoWindow.fill(around.lang, &[text]));
    };
    let (from, until) = (from.trim(), until.trim());
    let from = if from.is_empty() { around.range.0 } else { time(from, around, around.cursor)? };
    // A time of day without a date is of the day on which the window begins.
    let until = if until.is_empty() { around.range.1.saturating_add(1) } else { time(until, around, from)? };
    if until <= from {
        return Err(Word::EndsBefore.text(around.lang).to_owned());
    }
    Ok((from, until))
}

fn span(text: &str, lang: Lang) -> Result<i64, String> {
    let text = text.trim();
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    when::span(&format!("{number}{}", unit.trim())).map_err(|_| Word::NoLength.fill(lang, &[text]))
}

/// A time; without a date it is of the day of `near`.
fn time(text: &str, around: Around, near: i64) -> Result<i64, String> {
    let zone = around.zone;
    let of_day = ["%H:%M:%S%.f", "%H:%M"].iter().find_map(|format| NaiveTime::parse_from_str(text, format).ok());
    let day = || DateTime::<Utc>::from_timestamp_micros(near).map(|near| near.with_timezone(&zone).date_naive());
    let told = match of_day {
        Some(time) => day()
            .and_then(|day| zone.from_local_datetime(&day.and_time(time)).earliest())
            .map(|time| time.timestamp_micros()),
        None => when::time(text, zone).ok(),
    };
    told.ok_or_else(|| Word::NoTimeIn.fill(around.lang, &[text, zone.name()]))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000;

    #[test]
    fn windows_are_read_as_they_are_said() {
        // 2026-03-04T02:11:40Z.
        let cursor = 1_772_590_300 * SECOND;
        let around =
            Around { zone: Tz::UTC, cursor, range: (cursor - 7200 * SECOND, cursor + 7200 * SECOND), lang: Lang::En };
        let told =
            |text: &str| parse(text, around).map(|(from, until)| ((from - cursor) / SECOND, (until - cursor) / SECOND));
        assert_eq!(told("02:10..02:40"), Ok((-100, 1700)));
        assert_eq!(told("2026-03-04 02:00 .. 2026-03-05"), Ok((-700, 78_500)));
        assert_eq!(told("+-10m"), Ok((-600, 600)));
        assert_eq!(told("..02:11"), Ok((-7200, -40)));
        assert_eq!(parse("last 2h", around).unwrap().1, around.range.1 + 1);
        assert_eq!(parse("11:10..11:40", Around { zone: Tz::Asia__Seoul, ..around }), parse("02:10..02:40", around));
        for wrong in ["", "yesterday", "25:00..26:00", "02:40..02:10", "last week", "+-m"] {
            assert!(parse(wrong, around).is_err(), "{wrong}");
        }
    }
}
