//! Times as logs write them, to microseconds UTC.

use crate::value::{decimal, integer};
use chrono::{Duration, LocalResult, NaiveDate, NaiveDateTime, TimeZone};
use chrono_tz::Tz;

/// How a time is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// `02/Jan/2006:15:04:05 -0700`, with or without a fraction and an offset.
    Clf,
    /// `2006-01-02T15:04:05.999999Z`: any fraction, any offset, `T` or a space.
    Iso,
    /// A count since 1970 that is `10^n` times a second (0 seconds, 3 milliseconds, 6, 9), fractions allowed.
    Epoch(u8),
    /// Any of these, told apart by the look; counts by their size.
    Any,
}

/// Reads a time. Times that carry no zone are taken to be of `zone`; in the hour that occurs
/// twice the earlier is meant, in the hour that is skipped the offset before the change.
pub fn read(bytes: &[u8], clock: Clock, zone: Tz) -> Option<i64> {
    read_stated(bytes, clock, zone).map(|(micros, _)| micros)
}

/// The same, and whether the time carries its zone (counts since 1970 do).
pub(crate) fn read_stated(bytes: &[u8], clock: Clock, zone: Tz) -> Option<(i64, bool)> {
    match clock {
        Clock::Clf => clf(bytes, zone),
        Clock::Iso => iso(bytes, zone),
        Clock::Epoch(scale) => Some((decimal(bytes, 6 - i32::from(scale))?, true)),
        Clock::Any => any(bytes, zone),
    }
}

fn any(bytes: &[u8], zone: Tz) -> Option<(i64, bool)> {
    let bytes = bytes.trim_ascii();
    let bytes = bytes.strip_prefix(b"[").and_then(|inner| inner.strip_suffix(b"]")).unwrap_or(bytes);
    if bytes.get(2) == Some(&b'/') {
        return clf(bytes, zone);
    }
    if matches!(bytes.get(4), Some(b'-' | b'/')) {
        return iso(bytes, zone);
    }
    let whole = memchr::memchr(b'.', bytes).unwrap_or(bytes.len());
    let scale = match whole {
        1..=11 => 0,
        12..=14 => 3,
        15..=17 => 6,
        _ => 9,
    };
    Some((decimal(bytes, 6 - scale)?, true))
}

fn two(bytes: &[u8], at: usize) -> Option<i64> {
    let (high, low) = (bytes.get(at)?.wrapping_sub(b'0'), bytes.get(at + 1)?.wrapping_sub(b'0'));
    if high > 9 || low > 9 { None } else { Some(i64::from(high) * 10 + i64::from(low)) }
}

fn four(bytes: &[u8], at: usize) -> Option<i64> {
    Some(two(bytes, at)? * 100 + two(bytes, at + 2)?)
}

fn month(name: &[u8]) -> Option<i64> {
    Some(match name {
        b"Jan" => 1,
        b"Feb" => 2,
        b"Mar" => 3,
        b"Apr" => 4,
        b"May" => 5,
        b"Jun" => 6,
        b"Jul" => 7,
        b"Aug" => 8,
        b"Sep" => 9,
        b"Oct" => 10,
        b"Nov" => 11,
        b"Dec" => 12,
        _ => return None,
    })
}

/// Days since 1970 of a date of the Gregorian calendar; `None` for dates that do not exist.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let length = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if day < 1 || day > length {
        return None;
    }
    // Years begin in March, so that the leap day is the last of a year; eras are of 400 years.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

fn clf(bytes: &[u8], zone: Tz) -> Option<(i64, bool)> {
    if bytes.len() < 20 || bytes[2] != b'/' || bytes[6] != b'/' || bytes[11] != b':' {
        return None;
    }
    let date = days(four(bytes, 7)?, month(&bytes[3..6])?, two(bytes, 0)?)?;
    clock_time(date, bytes, 12, zone)
}

fn iso(bytes: &[u8], zone: Tz) -> Option<(i64, bool)> {
    // Go's console writers part the date by slashes.
    if bytes.len() < 19
        || !matches!((bytes[4], bytes[7]), (b'-', b'-') | (b'/', b'/'))
        || !matches!(bytes[10], b'T' | b't' | b' ' | b'_')
    {
        return None;
    }
    let date = days(four(bytes, 0)?, two(bytes, 5)?, two(bytes, 8)?)?;
    clock_time(date, bytes, 11, zone)
}

/// Reads `15:04:05[.999][ ][zone]` from `at` to the end.
fn clock_time(date: i64, bytes: &[u8], at: usize, zone: Tz) -> Option<(i64, bool)> {
    let (hour, minute, second) = (two(bytes, at)?, two(bytes, at + 3)?, two(bytes, at + 6)?);
    if bytes[at + 2] != b':' || bytes[at + 5] != b':' || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let mut rest = &bytes[at + 8..];
    let mut micros = 0;
    if let [b'.' | b',', fraction @ ..] = rest {
        let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let mut weight = 100_000;
        for &byte in &fraction[..digits] {
            micros += i64::from(byte - b'0') * weight;
            weight /= 10;
        }
        rest = &fraction[digits..];
    }
    // A leap second counts as the second before it: instants stay in order.
    let local = ((date * 24 + hour) * 60 + minute) * 60 + second.min(59);
    let stated = offset(rest.trim_ascii())?;
    let utc = match stated {
        Some(offset) => local - offset,
        None => local_to_utc(local, zone)?,
    };
    Some((utc.checked_mul(1_000_000)?.checked_add(micros)?, stated.is_some()))
}

/// Seconds east of UTC; `Some(None)` where nothing is stated.
#[allow(clippy::option_option)] // "unreadable" and "not stated" are different answers
fn offset(bytes: &[u8]) -> Option<Option<i64>> {
    let (sign, digits) = match bytes {
        b"" => return Some(None),
        b"Z" | b"z" | b"UTC" | b"GMT" => return Some(Some(0)),
        [b'+', digits @ ..] => (1, digits),
        [b'-', digits @ ..] => (-1, digits),
        _ => return None,
    };
    let minutes = match digits.len() {
        2 => 0,
        4 => two(digits, 2)?,
        5 if digits[2] == b':' => two(digits, 3)?,
        _ => return None,
    };
    Some(Some(sign * (two(digits, 0)? * 3600 + minutes * 60)))
}

fn local_to_utc(local: i64, zone: Tz) -> Option<i64> {
    if zone == Tz::UTC {
        return Some(local);
    }
    let naive: NaiveDateTime =
        NaiveDate::from_ymd_opt(1970, 1, 1)?.and_hms_opt(0, 0, 0)?.checked_add_signed(Duration::try_seconds(local)?)?;
    match zone.from_local_datetime(&naive) {
        LocalResult::Single(time) | LocalResult::Ambiguous(time, _) => Some(time.timestamp()),
        LocalResult::None => {
            let before = naive.checked_sub_signed(Duration::try_hours(3)?)?;
            Some(zone.from_local_datetime(&before).earliest()?.timestamp() + 3 * 3600)
        }
    }
}

/// Whether a time as written carries its zone (counts since 1970 do).
pub fn states_zone(bytes: &[u8]) -> bool {
    let bytes = bytes.trim_ascii();
    let clock = if bytes.get(2) == Some(&b'/') {
        12
    } else if matches!(bytes.get(4), Some(b'-' | b'/')) {
        11
    } else {
        return integer(bytes).is_some() || decimal(bytes, 0).is_some();
    };
    let Some(rest) = bytes.get(clock + 8..) else {
        return false;
    };
    rest.iter().any(|byte| !matches!(byte, b'0'..=b'9' | b'.' | b',' | b' '))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn utc(text: &str) -> Option<i64> {
        read(text.as_bytes(), Clock::Any, Tz::UTC)
    }

    #[test]
    fn one_instant_in_many_spellings() {
        let instant = 1_709_251_199_123_000;
        for text in [
            "2024-02-29T23:59:59.123Z",
            "2024-03-01T00:59:59.123+01:00",
            "2024-02-29 18:59:59,123-0500",
            "2024/02/29 23:59:59.123",
            "2024-02-29T23:59:59.123000999+00",
            "01/Mar/2024:05:29:59.123 +0530",
            "1709251199.123",
            "1709251199123",
            "1709251199123000",
            "1709251199123000999",
        ] {
            assert_eq!(utc(text), Some(instant), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "-",
            "30/Feb/2024:00:00:00 +0000",
            "2024-13-01T00:00:00Z",
            "2024-01-01T24:00:00Z",
            "today",
            "01/Mar/2024:05:29:59 PST",
        ] {
            assert_eq!(utc(text), None, "{text}");
        }
    }

    #[test]
    fn local_times_follow_their_zone() {
        let read = |text: &str| read(text.as_bytes(), Clock::Any, Tz::Europe__Berlin).unwrap();
        assert_eq!(read("2024-07-01T12:00:00"), utc("2024-07-01T10:00:00Z").unwrap());
        // Twice: the earlier. Skipped: the offset before the change.
        assert_eq!(read("2024-10-27T02:30:00"), utc("2024-10-27T00:30:00Z").unwrap());
        assert_eq!(read("2024-03-31T02:30:00"), utc("2024-03-31T01:30:00Z").unwrap());
        assert!(states_zone(b"2024-07-01T12:00:00.5Z") && !states_zone(b"2024-07-01 12:00:00"));
    }

    proptest! {
        #[test]
        fn dates_agree_with_chrono(seconds in -2_000_000_000_i64..20_000_000_000) {
            let time = chrono::DateTime::from_timestamp(seconds, 0).unwrap();
            prop_assert_eq!(utc(&time.format("%Y-%m-%dT%H:%M:%SZ").to_string()), Some(seconds * 1_000_000));
            prop_assert_eq!(utc(&time.format("%d/%b/%Y:%H:%M:%S +0000").to_string()), Some(seconds * 1_000_000));
        }

        #[test]
        fn no_bytes_break_it(bytes: Vec<u8>) {
            for clock in [Clock::Clf, Clock::Iso, Clock::Epoch(9), Clock::Any] {
                let _ = read(&bytes, clock, Tz::Asia__Kolkata);
            }
            states_zone(&bytes);
        }
    }
}
