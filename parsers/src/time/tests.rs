#![allow(clippy::unwrap_used)]
use super::*;
use chrono::{DateTime, Duration, NaiveDateTime, TimeZone, Utc};
use proptest::prelude::*;

fn utc(text: &str) -> Option<i64> {
    read(text.as_bytes(), Clock::Any, Tz::UTC)
}

fn full(text: &str, zone: Tz, latest: Option<(i32, u32, u32)>) -> Result<Instant, Unread> {
    let latest = latest.and_then(|(year, month, day)| NaiveDate::from_ymd_opt(year, month, day));
    read_stated(text.as_bytes(), Clock::Any, Assumed { zone, latest })
}

#[test]
fn one_instant_in_many_spellings() {
    let instant = 1_709_251_199_123_000;
    for text in [
        "2024-02-29T23:59:59.123Z",
        "2024-03-01T00:59:59.123+01:00",
        "2024-02-29 18:59:59,123-0500",
        "2024-02-29T23:59:59.123000999+00",
        "2024/02/29 23:59:59.123",
        "2024/02/29 - 23:59:59.123",
        "29.02.2024 23:59:59.123",
        "2024-03-01 08:59:59.123 +0900 KST",
        "2024-03-01T08:59:59.123+09:00[Asia/Seoul]",
        "2024-03-01 08:59:59.123 KST",
        "2024-03-01 08:59:59.123 UTC+9",
        "01/Mar/2024:05:29:59.123 +0530",
        "29/Feb/2024:23:59:59.123",
        "[29/Feb/2024:23:59:59.123]",
        "29-Feb-2024 23:59:59.123 UTC",
        "\"2024-02-29T23:59:59.123Z\"",
        "20240229T235959.123Z",
        "Thu Feb 29 23:59:59.123 2024",
        "Thu Feb 29 18:59:59.123 EST 2024",
        "Thu, 29 Feb 2024 23:59:59.123 GMT",
        "Feb 29 2024 23:59:59.123",
        "Feb 29, 2024 @ 23:59:59.123",
        "2/29/2024 11:59:59.123 PM",
        "3/1/2024 12:59:59.123 AM +01:00",
        "2024-02-29 오후 11:59:59.123",
        "2024. 2. 29. 오후 11:59:59.123",
        "1709251199.123",
        "1709251199123",
        "1709251199123000",
        "1709251199123000999",
    ] {
        assert_eq!(utc(text), Some(instant), "{text}");
    }
    assert_eq!(utc("2024. 3. 12. 오전 12:02:03"), utc("2024-03-12T00:02:03Z"));
    assert_eq!(utc("20240229235959"), utc("2024-02-29T23:59:59Z"));
    assert_eq!(utc("Sunday, 06-Nov-94 08:49:37 GMT"), utc("1994-11-06T08:49:37Z"));
}

#[test]
fn what_is_no_time_is_none() {
    for text in [
        "",
        "-",
        "-1",
        "200",
        "12345678",
        "30/Feb/2024:00:00:00 +0000",
        "2024-13-01T00:00:00Z",
        "2024-01-01T24:00:00Z",
        "2024-01-01T10:00:00+2500",
        "2024-01-01 13:00:00 PM",
        "13/1/2024 9:41:00",
        "today",
        "Oct 11",
        "01/Mar/2024:05:29:59 XYZ",
        "Wed Oct 11 14:32:52 2023 2024",
        "10.0.0.1",
    ] {
        assert_eq!(utc(text), None, "{text}");
    }
}

#[test]
fn local_times_follow_their_zone() {
    let berlin = |text: &str| full(text, Tz::Europe__Berlin, None).unwrap();
    let is = |text: &str| utc(text).unwrap();
    let once = berlin("2024-07-01T12:00:00");
    assert_eq!((once.micros, once.local), (is("2024-07-01T10:00:00Z"), Local::Once));
    let twice = berlin("2024-10-27T02:30:00");
    assert_eq!((twice.micros, twice.local), (is("2024-10-27T00:30:00Z"), Local::Twice));
    let never = berlin("2024-03-31T02:30:00");
    assert_eq!((never.micros, never.local), (is("2024-03-31T01:30:00Z"), Local::Never));
    assert_eq!(berlin("2024-10-27T02:30:00+01:00").local, Local::Stated);
    let samoa = full("2011-12-30T10:00:00", Tz::Pacific__Apia, None).unwrap();
    assert_eq!(samoa.local, Local::Never);
}

#[test]
fn abbreviations_of_several_zones_are_not_guessed() {
    let india = full("2024-07-01 12:00:00 IST", Tz::Asia__Kolkata, None).unwrap();
    assert_eq!((Some(india.micros), india.local), (utc("2024-07-01T06:30:00Z"), Local::Once));
    assert_eq!(full("Mon Jul 1 12:00:00 CST 2024", Tz::UTC, None).unwrap().local, Local::Once);
    assert_eq!(full("Mon Jul 1 12:00:00 JST 2024", Tz::UTC, None).unwrap().local, Local::Stated);
}

#[test]
fn the_year_comes_from_the_last_change() {
    let at = |text: &str, latest| full(text, Tz::UTC, latest).map(|instant| instant.micros);
    let is = |text: &str| Ok(utc(text).unwrap());
    assert_eq!(at("Dec 31 23:59:58", Some((2024, 1, 2))), is("2023-12-31T23:59:58Z"));
    assert_eq!(at("Jan  2 00:00:01", Some((2024, 1, 2))), is("2024-01-02T00:00:01Z"));
    // The log's zone may be ahead of UTC, in which the change is dated.
    assert_eq!(at("Jan  3 00:00:01", Some((2024, 1, 2))), is("2024-01-03T00:00:01Z"));
    assert_eq!(at("Jan  1 00:00:01", Some((2023, 12, 31))), is("2024-01-01T00:00:01Z"));
    assert_eq!(at("Jan  4 00:00:01", Some((2024, 1, 2))), is("2023-01-04T00:00:01Z"));
    assert_eq!(at("Feb 29 12:00:00", Some((2026, 6, 1))), is("2024-02-29T12:00:00Z"));
    assert_eq!(at("Mar  9 14:32:52.123", Some((2024, 5, 1))), is("2024-03-09T14:32:52.123Z"));
    assert_eq!(at("Mar  9 14:32:52", None), Err(Unread::NoYear));
    assert_eq!(at("Feb 30 14:32:52", None), Err(Unread::NoTime));
}

/// A local time with its instant, in a zone with changes of the clock.
fn times() -> impl Strategy<Value = DateTime<Utc>> {
    (0_i64..4_000_000_000, 0_u32..1_000_000)
        .prop_map(|(seconds, micros)| DateTime::from_timestamp(seconds, micros * 1000).unwrap())
}

proptest! {
    #[test]
    fn every_shape_agrees_with_chrono(time in times(), offset in -14 * 4..=14 * 4_i32) {
        let zone = chrono::FixedOffset::east_opt(offset * 900).unwrap();
        let there = time.with_timezone(&zone);
        for shape in [
            "%Y-%m-%dT%H:%M:%S%.6f%:z", "%Y-%m-%d %H:%M:%S%.9f%z", "%Y/%m/%d %H:%M:%S%.6f %z",
            "%d/%b/%Y:%H:%M:%S%.6f %z", "%d-%b-%Y %H:%M:%S%.6f %z", "%Y%m%dT%H%M%S%.6f%z",
            "%a, %d %b %Y %H:%M:%S%.6f %z", "%a %b %e %H:%M:%S%.6f %z %Y", "%b %e %Y %H:%M:%S%.6f %z",
            "%A, %d-%b-%Y %H:%M:%S%.6f %z", "%-m/%-d/%Y %-I:%M:%S%.6f %p %:z",
        ] {
            let text = there.format(shape).to_string();
            let read = full(&text, Tz::Asia__Kolkata, None);
            prop_assert_eq!(read, Ok(Instant { micros: time.timestamp_micros(), local: Local::Stated }), "{}", text);
        }
        let whole = time.timestamp() * 1_000_000;
        for shape in ["%d/%b/%Y:%H:%M:%S %z", "%a, %d %b %Y %H:%M:%S %z", "%Y-%m-%dT%H:%M:%S%:z"] {
            prop_assert_eq!(utc(&there.format(shape).to_string()), Some(whole));
        }
    }

    #[test]
    fn zoneless_shapes_agree_with_chrono_in_any_zone(time in times(), zone in prop::sample::select(vec![
        Tz::UTC, Tz::Asia__Seoul, Tz::Europe__Berlin, Tz::America__New_York, Tz::Australia__Lord_Howe,
    ])) {
        let local: NaiveDateTime = time.naive_utc();
        let (micros, how) = match zone.from_local_datetime(&local) {
            chrono::LocalResult::Single(one) => (one.timestamp_micros(), Local::Once),
            chrono::LocalResult::Ambiguous(one, other) => {
                (one.timestamp_micros().min(other.timestamp_micros()), Local::Twice)
            }
            chrono::LocalResult::None => {
                let before = zone.from_local_datetime(&(local - Duration::hours(3))).unwrap();
                (before.timestamp_micros() + 3 * 3_600_000_000, Local::Never)
            }
        };
        let korean = |shape: &str| {
            local.format(shape).to_string().replace("AM", "오전").replace("PM", "오후")
        };
        let latest = (local + Duration::days(300)).date();
        for text in [
            local.format("%Y-%m-%dT%H:%M:%S%.6f").to_string(),
            local.format("%Y-%m-%d %H:%M:%S,%6f").to_string(),
            local.format("%d/%b/%Y:%H:%M:%S%.6f").to_string(),
            local.format("%a %b %e %H:%M:%S%.6f %Y").to_string(),
            local.format("%-m/%-d/%Y %-I:%M:%S%.6f %p").to_string(),
            local.format("%b %e %H:%M:%S%.6f").to_string(),
            korean("%Y-%m-%d %p %-I:%M:%S%.6f"),
            korean("%Y. %-m. %-d. %p %-I:%M:%S%.6f"),
        ] {
            let read = read_stated(text.as_bytes(), Clock::Any, Assumed { zone, latest: Some(latest) });
            prop_assert_eq!(read, Ok(Instant { micros, local: how }), "{}", text);
        }
    }

    #[test]
    fn counts_are_told_apart_by_size(seconds in 100_000_000_i64..9_000_000_000, micros in 0_i64..1_000_000) {
        let expected = Some(seconds * 1_000_000 + micros);
        let digits = format!("{seconds}{micros:06}");
        prop_assert_eq!(utc(&format!("{seconds}.{micros:06}")), expected);
        if seconds >= 1_000_000_000 {
            prop_assert_eq!(utc(&digits), expected);
            prop_assert_eq!(utc(&format!("{digits}999")), expected);
            prop_assert_eq!(utc(&format!("{seconds}{:03}", micros / 1000)), expected.map(|e| e / 1000 * 1000));
        }
    }

    #[test]
    fn no_bytes_break_it(bytes: Vec<u8>, text in "[A-Za-z0-9:/. ,+-]{0,40}") {
        for clock in [Clock::Clf, Clock::Iso, Clock::Epoch(9), Clock::Any] {
            for bytes in [&bytes, text.as_bytes()] {
                let _ = read_stated(bytes, clock, Assumed { zone: Tz::Asia__Kolkata, latest: NaiveDate::from_ymd_opt(2024, 1, 1) });
            }
        }
    }
}

#[test]
fn zones_are_said_as_they_are_meant() {
    assert_eq!(zone_said(Tz::Etc__GMTMinus9), "+09:00");
    assert_eq!(zone_said(Tz::Etc__GMTPlus5), "-05:00");
    assert_eq!(zone_said(Tz::Asia__Seoul), "Asia/Seoul");
    assert_eq!(zone_said(Tz::UTC), "UTC");
    for name in ["CST", "IST", "EST5", "+", "UTC", "", "+25:00", "K"] {
        assert_eq!(given_zone(name), None, "{name}");
    }
    // What is meant is a zone.
    for name in ["PST", "cst", "BST", "AEDT", "SST"] {
        assert!(!zones_meant(name).is_empty() && zones_meant(name).iter().all(|name| name.parse::<Tz>().is_ok()));
    }
}
