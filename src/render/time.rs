//! Times: microseconds UTC in, text out.

use chrono::{DateTime, Datelike, TimeZone, Timelike};
use chrono_tz::Tz;
use std::fmt::{self, Write};

/// A time that prints as RFC 3339 in UTC with microseconds: `2026-03-04T02:11:40.000000Z`.
///
/// Written by hand because every row of `parse` goes through here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Micros(pub i64);

impl serde::Serialize for Micros {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Display for Micros {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, of_day) = (self.0.div_euclid(86_400_000_000), self.0.rem_euclid(86_400_000_000));
        let (year, month, day) = civil(days);
        if (0..=9999).contains(&year) {
            write!(out, "{year:04}")?;
        } else {
            // RFC 3339 ends here; ISO 8601 goes on with a sign.
            write!(out, "{year:+07}")?;
        }
        let seconds = of_day / 1_000_000;
        write!(
            out,
            "-{month:02}-{day:02}T{:02}:{:02}:{:02}.{:06}Z",
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60,
            of_day % 1_000_000
        )
    }
}

/// Year, month and day of a number of days since 1970-01-01 in the Gregorian calendar.
///
/// Counts in eras of 400 years from 0000-03-01, so that the leap day is the last of a year.
fn civil(days: i64) -> (i64, i64, i64) {
    let since_era = days + 719_468;
    let era = since_era.div_euclid(146_097);
    let day_of_era = since_era.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// RFC 3339 in UTC with microseconds.
#[must_use]
pub fn rfc3339(micros: i64) -> String {
    Micros(micros).to_string()
}

/// A time in a zone, to the second, with its offset: `2026-03-04 11:11:40+09:00`; `Z` for UTC.
#[must_use]
pub fn in_zone(micros: i64, zone: Tz) -> String {
    let Some(utc) = DateTime::from_timestamp_micros(micros) else { return rfc3339(micros) };
    let local = zone.from_utc_datetime(&utc.naive_utc());
    let offset = chrono::Offset::fix(local.offset()).local_minus_utc();
    let mut shown = format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
        local.year(),
        local.month(),
        local.day(),
        local.hour(),
        local.minute(),
        local.second()
    );
    if offset == 0 {
        shown.push('Z');
    } else {
        let sign = if offset < 0 { '-' } else { '+' };
        let minutes = offset.unsigned_abs() / 60;
        // Writing to a String cannot fail.
        let _ = write!(shown, "{sign}{:02}:{:02}", minutes / 60, minutes % 60);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn zones_shift_and_say_so() {
        let ts = 1_772_590_300_000_000;
        assert_eq!(rfc3339(ts), "2026-03-04T02:11:40.000000Z");
        assert_eq!(in_zone(ts, Tz::UTC), "2026-03-04 02:11:40Z");
        assert_eq!(in_zone(ts, Tz::Asia__Seoul), "2026-03-04 11:11:40+09:00");
        assert_eq!(in_zone(ts, Tz::America__St_Johns), "2026-03-03 22:41:40-03:30");
        assert!(rfc3339(i64::MAX).ends_with('Z'));
        assert!(rfc3339(i64::MIN).ends_with('Z'));
    }

    proptest! {
        #[test]
        fn agrees_with_chrono(micros in -62_000_000_000_000_000_i64..253_000_000_000_000_000) {
            let theirs = DateTime::from_timestamp_micros(micros)
                .map(|time| time.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string());
            prop_assert_eq!(Some(rfc3339(micros)), theirs);
        }
    }
}
