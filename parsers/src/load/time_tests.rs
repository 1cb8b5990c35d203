#![allow(clippy::unwrap_used)]
use super::*;
use std::fs;
use std::time::{Duration, SystemTime};

fn read(lines: &str, directive: &str, zone: chrono_tz::Tz, changed: u64) -> Load {
    read_both(lines, directive, zone, changed).0
}

/// Read as a whole, and surveyed: of a source that small the survey sees all.
fn read_both(lines: &str, directive: &str, zone: chrono_tz::Tz, changed: u64) -> (Load, crate::survey::Survey) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.log");
    fs::write(&path, lines).unwrap();
    let file = fs::File::options().write(true).open(&path).unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(changed)).unwrap();
    let options = LoadOptions {
        log_format: Some(directive.to_owned()),
        assume_tz: vec![ZoneRule { glob: None, zone }],
        threads: 1,
        ..LoadOptions::default()
    };
    let paths = [path.display().to_string()];
    let survey = crate::survey::survey(&paths, &options, &mut |_| {}).unwrap();
    (load(&paths, &options, &mut |_| {}).unwrap(), survey)
}

#[test]
fn times_that_occur_twice_or_never_are_counted() {
    let directive = r#"%DOWNSTREAM_REMOTE_ADDRESS% [%START_TIME(%Y-%m-%d %H:%M:%S)%] "%REQ(:PATH)%" %RESPONSE_CODE%"#;
    let line = |time: &str| format!("10.0.0.1 [{time}] \"/a\" 200\n");
    let times = ["2024-10-27 01:59:59", "2024-10-27 02:00:00", "2024-10-27 02:59:59", "2024-03-31 02:30:00"];
    let lines: String = times.iter().map(|time| line(time)).collect();
    let loaded = read(&lines, directive, chrono_tz::Europe::Berlin, 0);
    let source = &loaded.sources[0];
    // The second follows on the first; an hour lies before the third, on either reading of it.
    assert_eq!((source.rows, source.folded, source.gaps), (4, 1, 1));
    assert_eq!(source.zone, "assumed Europe/Berlin");
    let stated: String = times.iter().map(|time| line(&format!("{time} +0100"))).collect();
    let loaded = read(&stated, directive, chrono_tz::Europe::Berlin, 0);
    assert_eq!((loaded.sources[0].folded, loaded.sources[0].zone.as_str()), (0, "stated"));
}

#[test]
fn rows_that_are_not_loaded_are_not_counted() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.log");
    fs::write(&path, "10.0.0.1 [2024-10-27 02:30:00] \"/a\" 200\n").unwrap();
    let directive = r#"%DOWNSTREAM_REMOTE_ADDRESS% [%START_TIME(%Y-%m-%d %H:%M:%S)%] "%REQ(:PATH)%" %RESPONSE_CODE%"#;
    let options = LoadOptions {
        log_format: Some(directive.to_owned()),
        assume_tz: vec![ZoneRule { glob: None, zone: chrono_tz::Europe::Berlin }],
        load_since: Some(i64::MAX),
        ..LoadOptions::default()
    };
    let loaded = load(&[path.display().to_string()], &options, &mut |_| {}).unwrap();
    assert_eq!((loaded.sources[0].skips, loaded.sources[0].folded), (1, 0));
}

#[test]
fn a_december_line_of_a_log_changed_in_january_is_of_last_year() {
    let directive = r#"%START_TIME(%b %e %H:%M:%S)% host "%REQ(:METHOD)% %REQ(:PATH)% %PROTOCOL%" %RESPONSE_CODE%"#;
    let lines = "Dec 31 23:59:59 host \"GET /a HTTP/1.1\" 200\nJan  1 00:00:01 host \"GET /b HTTP/1.1\" 200\n";
    // 2024-01-02
    let loaded = read(lines, directive, chrono_tz::UTC, 1_704_153_600);
    let source = &loaded.sources[0];
    assert_eq!((source.first, source.last), (Some(1_704_067_199_000_000), Some(1_704_067_201_000_000)));
    assert_eq!(source.zone, "assumed UTC");
}

#[test]
fn the_order_of_lines_settles_the_hour_that_comes_twice() {
    use chrono::TimeZone;
    let zone = chrono_tz::America::New_York;
    let directive = r#"%DOWNSTREAM_REMOTE_ADDRESS% [%START_TIME(%Y-%m-%d %H:%M:%S)%] "%REQ(:PATH)%" %RESPONSE_CODE%"#;
    // One a minute, from half past midnight to half past two.
    let instants: Vec<i64> = (0..180).map(|minute| 1_730_608_200 + minute * 60).collect();
    let shown = |&at: &i64| {
        let local = zone.timestamp_opt(at, 0).unwrap().format("%Y-%m-%d %H:%M:%S");
        format!("10.0.0.1 [{local}] \"/a\" 200\n")
    };
    let lines: String = instants.iter().map(shown).collect();
    let (loaded, survey) = read_both(&lines, directive, zone, 0);
    let micros: Vec<i64> = instants.iter().map(|at| at * 1_000_000).collect();
    assert_eq!(loaded.facts.ts_values(), micros);
    let source = &loaded.sources[0];
    assert_eq!((source.folded, source.first, source.last), (0, micros.first().copied(), micros.last().copied()));
    let surveyed = &survey.sources[0].report;
    assert_eq!((surveyed.folded, surveyed.first, surveyed.last), (0, source.first, source.last));
    assert_eq!(survey.facts.ts_values(), micros);
}
