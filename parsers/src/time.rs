//! Times as logs write them, to microseconds UTC.
//!
//! The two shapes of nearly every log, CLF and ISO 8601, are read here on bytes; all others word by word
//! ([`words`]). What a time does not say (zone, year) is taken from the [`Assumed`] and reported back.

mod fold;
pub(crate) mod pattern;
mod words;
mod zone;

use crate::value::decimal;
use chrono::NaiveDate;
use chrono_tz::Tz;
pub(crate) use fold::FoldClock;
pub(crate) use zone::Local;
use zone::{Zone, local_to_utc, offset};
pub use zone::{given as given_zone, meant as zones_meant, said as zone_said};

/// How a time is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// `02/Jan/2006:15:04:05 -0700`, with or without a fraction and an offset.
    Clf,
    /// `2006-01-02T15:04:05.999999Z`: any fraction, any offset, `T` or a space.
    Iso,
    /// A count since 1970 that is `10^n` times a second (0 seconds, 3 milliseconds, 6, 9), fractions allowed.
    Epoch(u8),
    /// Any of these and all that syslog, RFC 1123, asctime, .NET and Korean writers make, told apart by the
    /// look; counts by their size.
    Any,
}

/// What a time that does not say it is taken to be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Assumed {
    /// The zone of times that carry none.
    pub zone: Tz,
    /// The last day that times without a year can be of.
    pub latest: Option<NaiveDate>,
}

impl Assumed {
    pub(crate) const fn zone(zone: Tz) -> Self {
        Self { zone, latest: None }
    }
}

/// A time that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Instant {
    /// Microseconds since 1970, UTC.
    pub micros: i64,
    /// Whether the time carries its zone (counts since 1970 do); if not, how it stands in the assumed one.
    pub local: Local,
}

/// Why a time is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unread {
    /// It is none.
    NoTime,
    /// It has no year, and nothing tells which.
    NoYear,
}

/// Reads a time. Times that carry no zone are taken to be of `zone`; in the hour that occurs
/// twice the earlier is meant, in the hour that is skipped the offset before the change.
pub fn read(bytes: &[u8], clock: Clock, zone: Tz) -> Option<i64> {
    read_stated(bytes, clock, Assumed::zone(zone)).ok().map(|instant| instant.micros)
}

/// The same, and what had to be assumed.
pub(crate) fn read_stated(bytes: &[u8], clock: Clock, assumed: Assumed) -> Result<Instant, Unread> {
    match clock {
        Clock::Clf => clf(bytes, assumed.zone).ok_or(Unread::NoTime),
        Clock::Iso => iso(bytes, assumed.zone).ok_or(Unread::NoTime),
        Clock::Epoch(scale) => epoch(bytes, scale).ok_or(Unread::NoTime),
        Clock::Any => any(bytes, assumed),
    }
}

fn any(bytes: &[u8], assumed: Assumed) -> Result<Instant, Unread> {
    let bytes = bare(bytes);
    let common = match (bytes.get(2), bytes.get(4)) {
        (Some(b'/' | b'-'), _) => clf(bytes, assumed.zone),
        (_, Some(b'-' | b'/')) => iso(bytes, assumed.zone),
        _ => None,
    };
    if let Some(instant) = common {
        return Ok(instant);
    }
    if bytes.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.') {
        return count(bytes, assumed.zone).ok_or(Unread::NoTime);
    }
    match compact(bytes, assumed.zone) {
        Some(instant) => Ok(instant),
        None => words::read(bytes, assumed),
    }
}

/// A time without the brackets or quotes around it.
fn bare(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.trim_ascii();
    match bytes {
        [b'[', inner @ .., b']'] | [b'"', inner @ .., b'"'] | [b'\'', inner @ .., b'\''] => inner.trim_ascii(),
        _ => bytes,
    }
}

/// A count since 1970 by its size, or `20060102150405`. Less than nine digits are some other number.
fn count(bytes: &[u8], zone: Tz) -> Option<Instant> {
    let whole = memchr::memchr(b'.', bytes).unwrap_or(bytes.len());
    let scale = match whole {
        9..=11 => 0,
        14 if matches!(bytes, [b'1', b'9', ..] | [b'2', b'0', ..]) => return compact(bytes, zone),
        12..=14 => 3,
        15..=17 => 6,
        18..=19 => 9,
        _ => return None,
    };
    epoch(bytes, scale)
}

fn epoch(bytes: &[u8], scale: u8) -> Option<Instant> {
    Some(Instant { micros: decimal(bytes, 6 - i32::from(scale))?, local: Local::Stated })
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

/// `02/Jan/2006:15:04:05`, dashes for slashes and a space for the colon allowed, and ISO 8601 in its place.
fn clf(bytes: &[u8], zone: Tz) -> Option<Instant> {
    if bytes.get(4) == Some(&b'-') {
        return iso(bytes, zone);
    }
    if bytes.len() < 20
        || !matches!(bytes[2], b'/' | b'-')
        || bytes[6] != bytes[2]
        || !matches!(bytes[11], b':' | b' ' | b'T')
    {
        return None;
    }
    let date = days(four(bytes, 7)?, month(&bytes[3..6])?, two(bytes, 0)?)?;
    clock_time(date, bytes, 12, zone)
}

/// `2006-01-02T15:04:05`, slashes for dashes and a space for the `T` allowed.
fn iso(bytes: &[u8], zone: Tz) -> Option<Instant> {
    if bytes.len() < 19
        || !matches!(bytes[4], b'-' | b'/')
        || bytes[7] != bytes[4]
        || !matches!(bytes[10], b'T' | b't' | b' ' | b'_')
    {
        return None;
    }
    let date = days(four(bytes, 0)?, two(bytes, 5)?, two(bytes, 8)?)?;
    clock_time(date, bytes, 11, zone)
}

/// `20060102T150405Z`, and the same without its letters.
fn compact(bytes: &[u8], zone: Tz) -> Option<Instant> {
    let at = 8 + usize::from(matches!(bytes.get(8), Some(b'T' | b't')));
    let (hour, minute, second) = (two(bytes, at)?, two(bytes, at + 2)?, two(bytes, at + 4)?);
    let date = days(four(bytes, 0)?, two(bytes, 4)?, two(bytes, 6)?)?;
    let seconds = seconds_of_day(hour, minute, second)?;
    let (micros, rest) = fraction(&bytes[at + 6..]);
    instant(date * 86_400 + seconds, micros, offset(rest.trim_ascii())?, zone)
}

/// Reads `15:04:05[.999][ ][zone]` from `at` to the end.
fn clock_time(date: i64, bytes: &[u8], at: usize, zone: Tz) -> Option<Instant> {
    let (hour, minute, second) = (two(bytes, at)?, two(bytes, at + 3)?, two(bytes, at + 6)?);
    if bytes[at + 2] != b':' || bytes[at + 5] != b':' {
        return None;
    }
    let seconds = seconds_of_day(hour, minute, second)?;
    let (micros, rest) = fraction(&bytes[at + 8..]);
    instant(date * 86_400 + seconds, micros, offset(rest.trim_ascii())?, zone)
}

/// A leap second counts as the second before it: instants stay in order.
fn seconds_of_day(hour: i64, minute: i64, second: i64) -> Option<i64> {
    (hour <= 23 && minute <= 59 && second <= 60).then(|| (hour * 60 + minute) * 60 + second.min(59))
}

/// The microseconds of `.999` or `,999` at the start, and what follows.
fn fraction(bytes: &[u8]) -> (i64, &[u8]) {
    let [b'.' | b',', fraction @ ..] = bytes else { return (0, bytes) };
    let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut micros = 0;
    let mut weight = 100_000;
    for &byte in &fraction[..digits] {
        micros += i64::from(byte - b'0') * weight;
        weight /= 10;
    }
    (micros, &fraction[digits..])
}

fn instant(local: i64, micros: i64, stated: Zone, zone: Tz) -> Option<Instant> {
    let (utc, local) = match stated {
        Zone::Offset(offset) => (local - offset, Local::Stated),
        Zone::Unstated => local_to_utc(local, zone)?,
    };
    Some(Instant { micros: utc.checked_mul(1_000_000)?.checked_add(micros)?, local })
}

#[cfg(test)]
#[path = "time/tests.rs"]
mod tests;
