//! Times written by a pattern of the owner's choice, as `strftime` knows them.

use super::{Instant, Local, Tz, Zone, days, instant, month, offset, two};

/// A pattern, ready to read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pattern {
    parts: Vec<Part>,
}

/// What stands at one place of a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Literal(u8),
    Year,
    /// Two digits; 69 and later are of the last century.
    ShortYear,
    Month,
    MonthName,
    /// One or two digits, perhaps after a space.
    Day,
    Hour,
    /// Of twelve; `AfterNoon` says which half.
    HalfHour,
    AfterNoon,
    Minute,
    Second,
    /// Digits behind the decimal point.
    Fraction,
    /// Day of the year.
    YearDay,
    Offset,
    /// `UTC`, `CET`: only the names of UTC are understood.
    ZoneName,
    /// Units since 1970, of which a second has `10^n`.
    Epoch(u8),
    /// A name that the rest of the time implies.
    Weekday,
}

/// What was read so far.
#[derive(Default)]
struct Read {
    year: Option<i64>,
    month: Option<i64>,
    day: Option<i64>,
    year_day: Option<i64>,
    hour: i64,
    after_noon: Option<bool>,
    minute: i64,
    second: i64,
    micros: i64,
    epoch: Option<i64>,
    zone: Option<Zone>,
}

impl Pattern {
    /// Reads a pattern; `None` where a letter is not known or nothing in it fixes a day.
    pub(crate) fn parse(pattern: &str) -> Option<Self> {
        let mut parts = Vec::new();
        expand(pattern, &mut parts)?;
        let has = |wanted: &[Part]| wanted.iter().all(|part| parts.contains(part));
        let of_year = has(&[Part::Year]) || has(&[Part::ShortYear]);
        let dated = of_year
            && (has(&[Part::Month, Part::Day]) || has(&[Part::MonthName, Part::Day]) || has(&[Part::YearDay]))
            || parts.iter().any(|part| matches!(part, Part::Epoch(_)));
        dated.then_some(Self { parts })
    }

    /// Whether its times carry their zone.
    pub(crate) fn states_zone(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Offset | Part::Epoch(_))) || self.ends_in_utc()
    }

    /// Whether a `Z` is written at the end, which says UTC.
    fn ends_in_utc(&self) -> bool {
        matches!(self.parts.as_slice(), [.., Part::Second | Part::Fraction, Part::Literal(b'Z')])
    }

    /// Whether its times are finer than a second.
    pub(crate) fn is_fine(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Fraction | Part::Epoch(1..)))
    }

    /// The time, and how many bytes it has.
    pub(crate) fn read(&self, bytes: &[u8], zone: Tz) -> Option<(Instant, usize)> {
        let mut read = Read { zone: self.ends_in_utc().then_some(Zone::Offset(0)), ..Read::default() };
        let mut at = 0;
        for part in &self.parts {
            at += part.read(bytes.get(at..)?, &mut read)?;
        }
        Some((read.instant(zone)?, at))
    }
}

/// Adds the parts of a pattern; short forms are written out.
fn expand(pattern: &str, parts: &mut Vec<Part>) -> Option<()> {
    let mut bytes = pattern.bytes().peekable();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            parts.push(Part::Literal(byte));
            continue;
        }
        // Flags and widths change nothing about what is read, except how a fraction is written.
        while bytes
            .next_if(|byte| matches!(byte, b'-' | b'_' | b'^' | b'#' | b'E' | b'O' | b':' | b'0'..=b'9'))
            .is_some()
        {}
        parts.push(match bytes.next()? {
            b'Y' | b'G' => Part::Year,
            b'y' | b'g' => Part::ShortYear,
            b'm' => Part::Month,
            b'b' | b'B' | b'h' => Part::MonthName,
            b'd' | b'e' => Part::Day,
            b'H' | b'k' => Part::Hour,
            b'I' | b'l' => Part::HalfHour,
            b'p' | b'P' => Part::AfterNoon,
            b'M' => Part::Minute,
            b'S' => Part::Second,
            b'f' | b'L' | b'N' => Part::Fraction,
            b'j' => Part::YearDay,
            b'z' => Part::Offset,
            b'Z' => Part::ZoneName,
            b's' => Part::Epoch(0),
            b'Q' => Part::Epoch(3),
            b'q' => Part::Epoch(6),
            b'a' | b'A' => Part::Weekday,
            b'%' => Part::Literal(b'%'),
            b'n' => Part::Literal(b'\n'),
            b't' => Part::Literal(b'\t'),
            short @ (b'F' | b'T' | b'R' | b'D' | b'r' | b'c' | b'x' | b'X') => {
                expand(
                    match short {
                        b'F' => "%Y-%m-%d",
                        b'T' | b'X' => "%H:%M:%S",
                        b'R' => "%H:%M",
                        b'D' | b'x' => "%m/%d/%y",
                        b'r' => "%I:%M:%S %p",
                        _ => "%a %b %e %H:%M:%S %Y",
                    },
                    parts,
                )?;
                continue;
            }
            _ => return None,
        });
    }
    Some(())
}

impl Part {
    /// Reads one part and says how many bytes it has.
    fn read(self, bytes: &[u8], read: &mut Read) -> Option<usize> {
        match self {
            Self::Literal(byte) => return (bytes.first() == Some(&byte)).then_some(1),
            Self::Year => {
                read.year = Some(two(bytes, 0)? * 100 + two(bytes, 2)?);
                return Some(4);
            }
            Self::ShortYear => {
                let year = two(bytes, 0)?;
                read.year = Some(if year < 69 { 2000 + year } else { 1900 + year });
            }
            Self::Month => read.month = Some(two(bytes, 0)?),
            Self::MonthName => {
                read.month = Some(month(bytes.get(..3)?)?);
                return Some(letters(bytes));
            }
            Self::Day => {
                return short(bytes).map(|(day, length)| {
                    read.day = Some(day);
                    length
                });
            }
            Self::Hour | Self::HalfHour => {
                return short(bytes).filter(|(hour, _)| *hour < 24).map(|(hour, length)| {
                    read.hour = hour;
                    length
                });
            }
            Self::AfterNoon => {
                read.after_noon = Some(bytes.first()?.eq_ignore_ascii_case(&b'p'));
                return (bytes.get(1)?.eq_ignore_ascii_case(&b'm')).then_some(2);
            }
            Self::Minute => read.minute = two(bytes, 0).filter(|minute| *minute < 60)?,
            // A leap second counts as the second before it: instants stay in order.
            Self::Second => read.second = two(bytes, 0).filter(|second| *second <= 60)?.min(59),
            Self::Fraction => {
                let length = digits(bytes);
                let mut weight = 100_000;
                for byte in &bytes[..length.min(6)] {
                    read.micros += i64::from(byte - b'0') * weight;
                    weight /= 10;
                }
                return (length > 0).then_some(length);
            }
            Self::YearDay => {
                read.year_day = Some(i64::from(bytes.first()?.wrapping_sub(b'0')) * 100 + two(bytes, 1)?);
                return (digits(bytes) >= 3).then_some(3);
            }
            Self::Offset => {
                let length = match bytes {
                    [b'Z' | b'z', ..] => 1,
                    [b'+' | b'-', rest @ ..] => {
                        1 + rest.iter().take(5).take_while(|b| b.is_ascii_digit() || **b == b':').count()
                    }
                    _ => return None,
                };
                read.zone = Some(offset(&bytes[..length])?);
                return Some(length);
            }
            Self::ZoneName => {
                let length = letters(bytes);
                // A name that means several zones, or none that is known, leaves it open.
                read.zone = read.zone.or_else(|| offset(&bytes[..length]));
                return (length > 0).then_some(length);
            }
            Self::Epoch(scale) => {
                let length = digits(bytes);
                read.epoch = Some(crate::value::decimal(&bytes[..length], 6 - i32::from(scale))?);
                return Some(length);
            }
            Self::Weekday => return Some(letters(bytes)).filter(|length| *length > 0),
        }
        Some(2)
    }
}

fn digits(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

fn letters(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| byte.is_ascii_alphabetic()).count()
}

/// A number of one or two digits, perhaps after a space.
fn short(bytes: &[u8]) -> Option<(i64, usize)> {
    let space = usize::from(bytes.first() == Some(&b' '));
    let length = digits(bytes.get(space..)?).min(2);
    let value = crate::value::integer(&bytes[space..space + length])?;
    Some((value, space + length))
}

impl Read {
    fn instant(&self, zone: Tz) -> Option<Instant> {
        if let Some(epoch) = self.epoch {
            return Some(Instant { micros: epoch.checked_add(self.micros)?, local: Local::Stated });
        }
        let day = match (self.month, self.day, self.year_day) {
            (Some(month), Some(day), _) => days(self.year?, month, day)?,
            (_, _, Some(of_year)) => {
                days(self.year?, 1, 1)? + of_year.checked_sub(1).filter(|day| (0..366).contains(day))?
            }
            _ => return None,
        };
        let hour = match self.after_noon {
            Some(after) => self.hour % 12 + if after { 12 } else { 0 },
            None => self.hour,
        };
        let local = ((day * 24 + hour) * 60 + self.minute) * 60 + self.second;
        instant(local, self.micros, self.zone.unwrap_or(Zone::Unstated), zone)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::time::{Clock, read};
    use proptest::prelude::*;

    #[test]
    fn one_instant_by_many_patterns() {
        let instant = read(b"2024-02-29T23:05:09.25Z", Clock::Iso, Tz::UTC).unwrap();
        for (pattern, text) in [
            ("%Y-%m-%dT%H:%M:%S.%3fZ", "2024-02-29T23:05:09.250Z"),
            ("%d/%b/%Y:%T.%f %z", "01/Mar/2024:00:05:09.250000 +0100"),
            ("%a, %e %B %y %I:%M:%S %p [%L] %Z", "Thu, 29 February 24 11:05:09 PM [250] GMT"),
            ("%s.%3f", "1709247909.250"),
            ("%Y%j %H%M%S,%f%z", "2024060 230509,25+00:00"),
            ("%Q", "1709247909250"),
        ] {
            let (read, length) = Pattern::parse(pattern).unwrap().read(text.as_bytes(), Tz::Asia__Seoul).unwrap();
            assert_eq!((read, length), (Instant { micros: instant, local: Local::Stated }, text.len()), "{pattern}");
        }
        let local = Pattern::parse("%F %T").unwrap();
        assert!(!local.states_zone() && !local.is_fine());
        let (seoul, length) = local.read(b"2024-03-01 08:05:09 and more", Tz::Asia__Seoul).unwrap();
        assert_eq!((seoul.micros + 250_000, seoul.local, length), (instant, Local::Once, 19));
    }

    #[test]
    fn what_fixes_no_day_is_no_pattern() {
        for pattern in ["%H:%M:%S", "%d/%b", "%", "%Y-%m-%J", "", "%3f"] {
            assert_eq!(Pattern::parse(pattern), None, "{pattern}");
        }
    }

    proptest! {
        #[test]
        fn nothing_breaks_it(pattern in "(%[a-zA-Z%]|[ :/T.-]){0,12}", text in "[0-9A-Za-z :/.+-]{0,40}", bytes: Vec<u8>) {
            if let Some(pattern) = Pattern::parse(&format!("%s{pattern}")) {
                let _ = pattern.read(text.as_bytes(), Tz::Asia__Kolkata);
                let _ = pattern.read(&bytes, Tz::UTC);
            }
        }

        #[test]
        fn what_chrono_writes_is_read(seconds in 0_i64..4_000_000_000, which in 0_usize..4) {
            let time = chrono::DateTime::from_timestamp(seconds, 0).unwrap();
            let pattern = ["%Y-%m-%d %H:%M:%S %z", "%d/%b/%Y:%H:%M:%S %z", "%c %z", "%Y%m%dT%I%M%S%p%z"][which];
            let text = time.format(pattern).to_string();
            let read = Pattern::parse(pattern).unwrap().read(text.as_bytes(), Tz::Asia__Seoul);
            prop_assert_eq!(read, Some((Instant { micros: seconds * 1_000_000, local: Local::Stated }, text.len())));
        }
    }
}
