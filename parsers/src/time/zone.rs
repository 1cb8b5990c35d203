//! Zones: as times state them, and as they are assumed.

use super::two;
use chrono::{Duration, LocalResult, NaiveDate, NaiveDateTime, TimeZone};
use chrono_tz::Tz;

/// What a time says of its zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Zone {
    /// Seconds east of UTC.
    Offset(i64),
    /// Nothing, or an abbreviation that means several zones.
    Unstated,
}

/// How a time stands in its zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Local {
    /// It states its zone: there is one instant.
    Stated,
    /// In the assumed zone it occurs once.
    Once,
    /// In the assumed zone it occurs twice, for the clock was set back; the earlier is taken.
    Twice,
    /// In the assumed zone it does not occur, for the clock was set forward; the offset before is taken.
    Never,
}

/// Abbreviations that mean one offset wherever logs are written, in minutes.
const ABBREVIATIONS: &[(&[u8], i64)] = &[
    (b"ACDT", 630),
    (b"ACST", 570),
    (b"AEDT", 660),
    (b"AEST", 600),
    (b"AKDT", -480),
    (b"AKST", -540),
    (b"AWST", 480),
    (b"BRT", -180),
    (b"CDT", -300),
    (b"CEST", 120),
    (b"CET", 60),
    (b"EDT", -240),
    (b"EEST", 180),
    (b"EET", 120),
    (b"EST", -300),
    (b"GMT", 0),
    (b"HKT", 480),
    (b"HST", -600),
    (b"ICT", 420),
    (b"JST", 540),
    (b"KST", 540),
    (b"MDT", -360),
    (b"MSK", 180),
    (b"MST", -420),
    (b"NZDT", 780),
    (b"NZST", 720),
    (b"PDT", -420),
    (b"PHT", 480),
    (b"PKT", 300),
    (b"PST", -480),
    (b"SGT", 480),
    (b"UCT", 0),
    (b"UTC", 0),
    (b"WEST", 60),
    (b"WET", 0),
    (b"WIB", 420),
    (b"Z", 0),
];

/// Abbreviations that mean several zones (CST: Chicago, Shanghai, Havana). Guessing would shift a whole log
/// by hours without a word; as zoneless times they are read in the zone that the analyst gives, and this is said.
const AMBIGUOUS: &[&[u8]] = &[b"AMT", b"AST", b"BST", b"CST", b"ECT", b"GST", b"IST", b"LMT", b"SST"];

/// Reads what follows the clock: nothing, `Z`, `+0900`, `+09:00`, `+09`, `KST`, `UTC+9`, `+0900 KST`,
/// `+09:00[Asia/Seoul]`.
pub(super) fn offset(bytes: &[u8]) -> Option<Zone> {
    match bytes {
        b"" => return Some(Zone::Unstated),
        b"Z" | b"z" => return Some(Zone::Offset(0)),
        [b'+' | b'-', rest @ ..] if matches!(rest.len(), 4 | 5) => {
            if let Some(seconds) = hours(bytes) {
                return Some(Zone::Offset(seconds));
            }
        }
        _ => {}
    }
    let bytes = match memchr::memchr(b'[', bytes) {
        Some(name) if name > 0 && bytes.ends_with(b"]") => &bytes[..name],
        _ => bytes,
    };
    let (first, second) = match memchr::memchr(b' ', bytes) {
        Some(space) => (&bytes[..space], Some(bytes[space + 1..].trim_ascii())),
        None => (bytes, None),
    };
    if matches!(first, [b'+' | b'-', ..]) {
        let named = second.is_none_or(|name| is_abbreviation(name) || matches!(name, [b'+' | b'-', ..]));
        return hours(first).filter(|_| named).map(Zone::Offset);
    }
    if second.is_some() {
        return None;
    }
    if let Some(rest) = first.strip_prefix(b"UTC").or_else(|| first.strip_prefix(b"GMT"))
        && !rest.is_empty()
    {
        return hours(rest).map(Zone::Offset);
    }
    if AMBIGUOUS.contains(&first) {
        return Some(Zone::Unstated);
    }
    ABBREVIATIONS.iter().find(|(name, _)| *name == first).map(|&(_, minutes)| Zone::Offset(minutes * 60))
}

/// Whether it is written as zones are abbreviated.
fn is_abbreviation(bytes: &[u8]) -> bool {
    (1..=5).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_uppercase)
}

/// Seconds east of UTC of `+0900`, `+09:00`, `+09` and `+9`.
fn hours(bytes: &[u8]) -> Option<i64> {
    let (sign, digits) = match bytes {
        [b'+', digits @ ..] => (1, digits),
        [b'-', digits @ ..] => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = match digits.len() {
        1 => (two(&[b'0', digits[0]], 0)?, 0),
        2 => (two(digits, 0)?, 0),
        4 => (two(digits, 0)?, two(digits, 2)?),
        5 if digits[2] == b':' => (two(digits, 0)?, two(digits, 3)?),
        _ => return None,
    };
    (hours <= 23 && minutes <= 59).then_some(sign * (hours * 3600 + minutes * 60))
}

/// The later instant at which a clock shows what it shows at this one, in microseconds; none where it shows it once.
pub(super) fn second_reading(micros: i64, zone: Tz) -> Option<i64> {
    let seconds = micros.div_euclid(1_000_000);
    let shown = zone.timestamp_opt(seconds, 0).single()?.naive_local();
    match zone.from_local_datetime(&shown) {
        LocalResult::Ambiguous(one, other) => {
            let later = one.timestamp().max(other.timestamp());
            Some(micros + (later - seconds) * 1_000_000)
        }
        _ => None,
    }
}

/// The zone that an offset or an abbreviation means, as an analyst gives it: `+09:00`, `UTC+9`, `KST`. None where it
/// means several, or only a half of the year.
pub fn given(text: &str) -> Option<Tz> {
    const FIXED: [(&str, Tz); 13] = [
        ("KST", Tz::Asia__Seoul),
        ("JST", Tz::Asia__Tokyo),
        ("SGT", Tz::Asia__Singapore),
        ("HKT", Tz::Asia__Hong_Kong),
        ("PHT", Tz::Asia__Manila),
        ("ICT", Tz::Asia__Bangkok),
        ("WIB", Tz::Asia__Jakarta),
        ("PKT", Tz::Asia__Karachi),
        // These places have been elsewhere, and in summer time, since logs are kept.
        ("MSK", Tz::Etc__GMTMinus3),
        ("BRT", Tz::Etc__GMTPlus3),
        ("AWST", Tz::Australia__Perth),
        ("UCT", Tz::UTC),
        ("Z", Tz::UTC),
    ];
    if let Some((_, zone)) = FIXED.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)) {
        return Some(*zone);
    }
    match offset(text.to_ascii_uppercase().as_bytes())? {
        Zone::Offset(seconds) if text.contains(['+', '-']) => at_offset(seconds),
        _ => None,
    }
}

/// A zone that is always so many seconds east of UTC.
fn at_offset(seconds: i64) -> Option<Tz> {
    // Whole hours are named the other way round; the rest is where it has been the same since 2010. There is no such
    // place for +03:30.
    const PARTS: [(i64, Tz); 8] = [
        (330, Tz::Asia__Kolkata),
        (345, Tz::Asia__Kathmandu),
        (390, Tz::Asia__Yangon),
        (270, Tz::Asia__Kabul),
        (525, Tz::Australia__Eucla),
        (570, Tz::Australia__Darwin),
        (-570, Tz::Pacific__Marquesas),
        (0, Tz::UTC),
    ];
    let minutes = seconds / 60;
    if let Some((_, zone)) = PARTS.iter().find(|(known, _)| *known == minutes) {
        return Some(*zone);
    }
    let (hours, sign) = (minutes / 60, if minutes < 0 { '+' } else { '-' });
    (minutes % 60 == 0).then(|| format!("Etc/GMT{sign}{}", hours.abs()).parse().ok()).flatten()
}

/// Zones that are meant by abbreviations which are those of a half of the year, or of several zones.
pub fn meant(abbreviation: &str) -> &'static [&'static str] {
    match abbreviation.to_ascii_uppercase().as_str() {
        "PST" | "PDT" => &["America/Los_Angeles"],
        "MDT" => &["America/Denver"],
        "CDT" => &["America/Chicago"],
        "EDT" => &["America/New_York"],
        "AKST" | "AKDT" => &["America/Anchorage"],
        "CEST" => &["Europe/Berlin"],
        "WEST" => &["Europe/Lisbon"],
        "EEST" => &["Europe/Athens"],
        "AEST" | "AEDT" => &["Australia/Sydney", "Australia/Brisbane"],
        "ACST" | "ACDT" => &["Australia/Adelaide", "Australia/Darwin"],
        "NZST" | "NZDT" => &["Pacific/Auckland"],
        "CST" => &["America/Chicago", "Asia/Shanghai"],
        "IST" => &["Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem"],
        "BST" => &["Europe/London", "Asia/Dhaka"],
        "AST" => &["America/Halifax", "Asia/Riyadh"],
        "GST" => &["Asia/Dubai"],
        "SST" => &["Asia/Singapore", "Pacific/Pago_Pago"],
        "AMT" => &["America/Manaus", "Asia/Yerevan"],
        "ECT" => &["America/Guayaquil"],
        _ => &[],
    }
}

/// How a zone is said to people: those named by their offset alone are named the other way round (`Etc/GMT-9` is
/// `+09:00`).
pub fn said(zone: Tz) -> String {
    let name = zone.name();
    let hours =
        name.strip_prefix("Etc/GMT").filter(|hours| hours.starts_with(['+', '-'])).and_then(|h| h.parse::<i32>().ok());
    hours.map_or_else(|| name.to_owned(), |hours| format!("{}{:02}:00", if hours > 0 { '-' } else { '+' }, hours.abs()))
}

/// Seconds UTC of a local time, and whether there is doubt.
pub(super) fn local_to_utc(local: i64, zone: Tz) -> Option<(i64, Local)> {
    if zone == Tz::UTC {
        return Some((local, Local::Once));
    }
    let naive: NaiveDateTime =
        NaiveDate::from_ymd_opt(1970, 1, 1)?.and_hms_opt(0, 0, 0)?.checked_add_signed(Duration::try_seconds(local)?)?;
    match zone.from_local_datetime(&naive) {
        LocalResult::Single(time) => Some((time.timestamp(), Local::Once)),
        LocalResult::Ambiguous(one, other) => Some((one.timestamp().min(other.timestamp()), Local::Twice)),
        LocalResult::None => {
            // Whole days are skipped too, where a country changes sides of the date line.
            let gap = [3, 25].into_iter().find_map(|hours| {
                let before = naive.checked_sub_signed(Duration::try_hours(hours)?)?;
                Some(zone.from_local_datetime(&before).latest()?.timestamp() + hours * 3600)
            });
            gap.map(|seconds| (seconds, Local::Never))
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_as_an_offset_is_that_offset_all_year() {
        for (text, minutes) in [
            ("KST", 540),
            ("JST", 540),
            ("SGT", 480),
            ("HKT", 480),
            ("PHT", 480),
            ("ICT", 420),
            ("WIB", 420),
            ("PKT", 300),
            ("MSK", 180),
            ("BRT", -180),
            ("AWST", 480),
            ("+05:30", 330),
            ("+05:45", 345),
            ("+06:30", 390),
            ("+04:30", 270),
            ("+08:45", 525),
            ("+09:30", 570),
            ("-09:30", -570),
            ("-03:00", -180),
            ("+09:00", 540),
        ] {
            let zone = given(text).unwrap();
            for (year, month) in (2010..=2030).flat_map(|year| [(year, 1), (year, 7)]) {
                let noon = NaiveDate::from_ymd_opt(year, month, 1).unwrap().and_hms_opt(12, 0, 0).unwrap();
                let read = local_to_utc(noon.and_utc().timestamp(), zone).unwrap().0;
                assert_eq!((noon.and_utc().timestamp() - read) / 60, minutes, "{text} in {year}-{month}");
            }
        }
        assert_eq!(given("+03:30"), None);
    }
}
