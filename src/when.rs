//! Times and spans of time as people type them, in options and in the terminal view.

use breachline_parsers::time::given_zone;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeZone};
use chrono_tz::Tz;

/// A time zone by its IANA name in whatever case, its offset (`+09:00`, `UTC+9`), or an abbreviation that means one zone
/// all year (`KST`).
pub fn zone(text: &str) -> Option<Tz> {
    if text.eq_ignore_ascii_case("utc") || text == "Z" {
        return Some(Tz::UTC);
    }
    let named = chrono_tz::TZ_VARIANTS.iter().find(|zone| zone.name().eq_ignore_ascii_case(text));
    named.copied().or_else(|| given_zone(text))
}

/// A span of time in microseconds: `30s`, `15m`, `1h`, `1d`.
pub fn span(text: &str) -> Result<i64, String> {
    let wrong = || format!("`{text}` is no span; write a whole number and s, m, h or d, such as 30s or 15m");
    let split = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
    let (number, unit) = text.split_at(split);
    let seconds = match unit {
        "s" => 1,
        "m" | "min" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return Err(wrong()),
    };
    let number: i64 = number.parse().map_err(|_| wrong())?;
    number.checked_mul(seconds * 1_000_000).filter(|&span| span > 0).ok_or_else(wrong)
}

/// A time in microseconds UTC: RFC 3339, or `YYYY-MM-DD[ T]HH:MM[:SS]`, or `YYYY-MM-DD`, in `zone`.
pub fn time(text: &str, zone: Tz) -> Result<i64, String> {
    let text = text.trim();
    if let Ok(stated) = DateTime::parse_from_rfc3339(text) {
        return Ok(stated.timestamp_micros());
    }
    // Without seconds it is no RFC 3339, and people write it.
    let (bare, zone) = text.strip_suffix('Z').map_or((text, zone), |bare| (bare, Tz::UTC));
    let naive = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(bare, format).ok())
        .or_else(|| NaiveDate::parse_from_str(bare, "%Y-%m-%d").ok().map(|day| day.and_time(NaiveTime::MIN)));
    let Some(naive) = naive else {
        return Err(format!(
            "`{text}` is no time; write 2026-03-04T02:11:40Z, or 2026-03-04 02:11 for the zone {}",
            zone.name()
        ));
    };
    // Where clocks are set back an hour exists twice: the first one, so that nothing is missed.
    zone.from_local_datetime(&naive)
        .earliest()
        .map(|time| time.timestamp_micros())
        .ok_or_else(|| format!("`{text}` does not exist in {}: clocks are set forward there", zone.name()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn times_are_in_the_display_zone_unless_they_state_one() {
        let seoul = Tz::Asia__Seoul;
        let at = 1_772_590_300_000_000;
        assert_eq!(time("2026-03-04T02:11:40Z", seoul), Ok(at));
        assert_eq!(time("2026-03-04T11:11:40+09:00", Tz::UTC), Ok(at));
        assert_eq!(time("2026-03-04 11:11:40", seoul), Ok(at));
        assert_eq!(time("2026-03-04 02:11", Tz::UTC), Ok(at - 40_000_000));
        assert_eq!(time("2026-03-04T02:11Z", seoul), Ok(at - 40_000_000));
        assert_eq!(time("2026-03-04 02:11:40Z", seoul), Ok(at), "as tables write it");
        assert_eq!(time("1970-01-02", Tz::UTC), Ok(86_400_000_000));
        assert!(time("yesterday", seoul).unwrap_err().contains("Asia/Seoul"));
        assert!(time("2026-03-29 02:30", Tz::Europe__Berlin).unwrap_err().contains("set forward"));
    }

    #[test]
    fn spans_have_units() {
        assert_eq!((span("30s"), span("15m"), span("1d")), (Ok(30_000_000), Ok(900_000_000), Ok(86_400_000_000)));
        for wrong in ["", "15", "m", "0s", "1w", "-1m", "99999999999999d"] {
            assert!(span(wrong).unwrap_err().contains("is no span"), "{wrong}");
        }
    }
}
