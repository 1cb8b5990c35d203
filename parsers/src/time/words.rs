//! Times that are read word by word: syslog, RFC 1123, asctime, .NET, Korean.

use super::zone::{Zone, offset};
use super::{Assumed, Instant, Unread, days, fraction, instant, month, seconds_of_day};
use crate::value::integer;
use chrono::{Datelike, NaiveDate};

/// What the words of a time have said so far.
#[derive(Default)]
struct Parts {
    year: Option<i64>,
    month: Option<i64>,
    day: Option<i64>,
    /// Hour, minute, second, microseconds.
    clock: Option<(i64, i64, i64, i64)>,
    /// Whether it is after noon, where the clock counts to twelve.
    afternoon: Option<bool>,
    /// What stands after the clock, but for the year: the zone, in one or two words.
    zone: Vec<u8>,
}

/// Reads a time of words in any order that is in use; a word that means nothing makes it none.
pub(super) fn read(bytes: &[u8], assumed: Assumed) -> Result<Instant, Unread> {
    if bytes.len() > 64 {
        return Err(Unread::NoTime);
    }
    let mut parts = Parts::default();
    for word in bytes.split(|&byte| byte == b' ' || byte == b'\t') {
        let word = word.strip_suffix(b",").unwrap_or(word);
        // A dash alone stands between a day and its time.
        let is_filler = matches!(word, b"" | b"@" | b"at") || (word == b"-" && parts.clock.is_none());
        if !is_filler {
            parts.take(word).ok_or(Unread::NoTime)?;
        }
    }
    parts.finish(assumed)
}

impl Parts {
    fn take(&mut self, word: &[u8]) -> Option<()> {
        if let Some(afternoon) = half(word) {
            return put(&mut self.afternoon, afternoon);
        }
        if self.clock.is_none() && word[0].is_ascii_digit() && memchr::memchr(b':', word).is_some() {
            return self.take_clock(word);
        }
        if word[0].is_ascii_digit() {
            return self.take_numbers(word);
        }
        if let Some(month) = month_of(word).filter(|_| self.month.is_none()) {
            return put(&mut self.month, month);
        }
        if self.clock.is_none() {
            return is_weekday(word).then_some(());
        }
        if !self.zone.is_empty() {
            self.zone.push(b' ');
        }
        self.zone.extend_from_slice(word);
        Some(())
    }

    /// `9:41:00`, with a fraction, with AM or a zone behind it.
    fn take_clock(&mut self, word: &[u8]) -> Option<()> {
        let hour_end = memchr::memchr(b':', word).filter(|&end| end <= 2)?;
        let hour = integer(&word[..hour_end])?;
        let minute = integer(word.get(hour_end + 1..hour_end + 3)?)?;
        if word.get(hour_end + 3) != Some(&b':') {
            return None;
        }
        let second = integer(word.get(hour_end + 4..hour_end + 6)?)?;
        let (micros, rest) = fraction(word.get(hour_end + 6..)?);
        let rest = rest.strip_suffix(b":").unwrap_or(rest);
        self.clock = Some((hour, minute, second, micros));
        if let Some(afternoon) = half(rest) {
            return put(&mut self.afternoon, afternoon);
        }
        self.zone.extend_from_slice(rest);
        Some(())
    }

    /// A date in numbers (`1/9/2007`, `2024-3-12`, `06-Nov-94`), or one number of it (`2024.`, `12`).
    fn take_numbers(&mut self, word: &[u8]) -> Option<()> {
        let separator = word.iter().copied().find(|byte| matches!(byte, b'/' | b'-'));
        // `2024.3.12` as JEUS writes it; a dot at the end is that of a single number.
        let dotted = !word.ends_with(b".") && memchr::memchr_iter(b'.', word).count() == 2;
        let separator = separator.or(dotted.then_some(b'.'));
        let Some(separator) = separator else {
            return self.take_number(word.strip_suffix(b".").unwrap_or(word));
        };
        let mut parts = word.split(|&byte| byte == separator);
        let (one, two, three) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() || self.month.is_some() {
            return None;
        }
        if one.len() == 4 {
            put(&mut self.year, integer(one)?)?;
            put(&mut self.month, integer(two)?)?;
            return put(&mut self.day, integer(three)?);
        }
        if let Some(month) = month_of(two) {
            put(&mut self.day, integer(one)?)?;
            self.month = Some(month);
        } else if separator == b'.' {
            // With dots the day comes first, wherever dots are in use.
            put(&mut self.day, integer(one)?)?;
            put(&mut self.month, integer(two)?)?;
        } else {
            // As .NET and the United States write it. Were the first a day, days up to twelve would pass for
            // months without a word: months over twelve are no time.
            put(&mut self.month, integer(one)?)?;
            put(&mut self.day, integer(two)?)?;
        }
        let year = integer(three)?;
        put(
            &mut self.year,
            match three.len() {
                4 => year,
                2 if year < 70 => 2000 + year,
                2 => 1900 + year,
                _ => return None,
            },
        )
    }

    fn take_number(&mut self, word: &[u8]) -> Option<()> {
        let number = integer(word)?;
        match word.len() {
            4 => put(&mut self.year, number),
            1 | 2 if self.month.is_some() => put(&mut self.day, number),
            // `2024. 3. 12.`, or `11 Oct 2023`.
            1 | 2 if self.year.is_some() => put(&mut self.month, number),
            1 | 2 => put(&mut self.day, number),
            _ => None,
        }
    }

    fn finish(self, assumed: Assumed) -> Result<Instant, Unread> {
        self.seconds(assumed)?
            .and_then(|(seconds, micros, zone)| instant(seconds, micros, zone, assumed.zone))
            .ok_or(Unread::NoTime)
    }

    /// Local seconds since 1970, microseconds and zone.
    fn seconds(&self, assumed: Assumed) -> Result<Option<(i64, i64, Zone)>, Unread> {
        let (Some(month), Some(day), Some((hour, minute, second, micros))) = (self.month, self.day, self.clock) else {
            return Ok(None);
        };
        let hour = match self.afternoon {
            None => Some(hour),
            Some(afternoon) => (1..=12).contains(&hour).then_some(hour % 12 + 12 * i64::from(afternoon)),
        };
        let (Some(hour), Some(zone)) = (hour, offset(&self.zone)) else { return Ok(None) };
        let Some(of_day) = seconds_of_day(hour, minute, second) else { return Ok(None) };
        let date = match self.year {
            Some(year) => days(year, month, day),
            None if days(2000, month, day).is_none() => None,
            None => last_before(assumed.latest.ok_or(Unread::NoYear)?, month, day),
        };
        Ok(date.map(|date| (date * 86_400 + of_day, micros, zone)))
    }
}

/// The last such day that is not after `latest`, as days since 1970. One day more is granted: the log's zone may be
/// ahead of the one that `latest` is in.
fn last_before(latest: NaiveDate, month: i64, day: i64) -> Option<i64> {
    let latest = latest.succ_opt().unwrap_or(latest);
    let limit = days(i64::from(latest.year()), i64::from(latest.month()), i64::from(latest.day()))?;
    // Between two leap days lie eight years at most.
    (0..=8).filter_map(|back| days(i64::from(latest.year()) - back, month, day)).find(|&date| date <= limit)
}

/// Says something once; twice is a contradiction.
fn put<T>(place: &mut Option<T>, value: T) -> Option<()> {
    place.replace(value).is_none().then_some(())
}

/// Whether a word says before or after noon; `None` if neither.
fn half(word: &[u8]) -> Option<bool> {
    match word {
        b"AM" | b"am" | b"a.m." => Some(false),
        b"PM" | b"pm" | b"p.m." => Some(true),
        _ if word == "오전".as_bytes() => Some(false),
        _ if word == "오후".as_bytes() => Some(true),
        _ => None,
    }
}

/// The month of `Jan` or `January`, in any case.
fn month_of(word: &[u8]) -> Option<i64> {
    const NAMES: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let name =
        [word.first()?.to_ascii_uppercase(), word.get(1)?.to_ascii_lowercase(), word.get(2)?.to_ascii_lowercase()];
    let month = month(&name)?;
    let full = NAMES[month as usize - 1].as_bytes();
    let word = word.strip_suffix(b".").unwrap_or(word);
    (word.len() == 3 || word.eq_ignore_ascii_case(full) || word.eq_ignore_ascii_case(b"sept")).then_some(month)
}

fn is_weekday(word: &[u8]) -> bool {
    const NAMES: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    NAMES
        .iter()
        .any(|name| word.eq_ignore_ascii_case(name.as_bytes()) || word.eq_ignore_ascii_case(&name.as_bytes()[..3]))
}
