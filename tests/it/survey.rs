//! `breachline survey`: what is here, from samples.

use crate::logs::{self, arg, put};
use crate::run;
use serde_json::Value;
use std::fmt::Write as _;
use std::path::Path;

/// Lines of the combined format, one a minute from an hour of 4 March 2026 on.
fn minutes(from_hour: u32, lines: u32) -> String {
    (0..lines).fold(String::new(), |mut text, at| {
        let minute = from_hour * 60 + at;
        writeln!(
            text,
            "192.0.2.{} - - [04/Mar/2026:{:02}:{:02}:00 +0000] \"GET /v1/items/{at} HTTP/1.1\" 200 {} \"-\" \"app/1\"",
            at % 9 + 1,
            minute / 60 % 24,
            minute % 60,
            500 + at
        )
        .unwrap();
        text
    })
}

fn source<'d>(document: &'d Value, name: &str) -> &'d Value {
    let sources = document["sources"].as_array().unwrap();
    sources.iter().find(|source| source["path"].as_str().unwrap().ends_with(name)).unwrap()
}

#[track_caller]
fn survey(paths: &[&str]) -> Value {
    let run = run([&["survey", "--format", "json"], paths].concat());
    run.expect_end(0, &[]);
    run.json()
}

#[test]
fn the_sample_logs_are_told_as_a_hunt_tells_them() {
    let surveyed = survey(&["sample-logs"]);
    let hunt = run(["hunt", "sample-logs", "--format", "json", "--evidence", "summary", "-q"]).json();
    assert_eq!(surveyed["schema"], "breachline.survey/1");
    let known = |document: &Value| -> Vec<Value> {
        let sources = document["sources"].as_array().unwrap().iter().filter(|source| !source["format"].is_null());
        sources.cloned().collect()
    };
    let (seen, read) = (known(&surveyed), known(&hunt));
    assert_eq!(seen.len(), read.len());
    for (seen, read) in seen.iter().zip(&read) {
        for key in ["path", "format", "vantage", "zone", "first", "last", "bytes"] {
            assert_eq!(seen[key], read[key], "{key} of {}", read["path"]);
        }
        let (estimated, counted) = (seen["records"].as_f64().unwrap(), read["records"].as_f64().unwrap());
        assert!((estimated / counted - 1.0).abs() < 0.15, "{}: {estimated} for {counted}", read["path"]);
        assert!(seen["exact"] == false || seen["records"] == read["records"], "{}", read["path"]);
    }
    assert_eq!(surveyed["coverage"]["rules_judged"], hunt["coverage"]["rules_judged"]);
    assert_eq!(surveyed["coverage"]["from"], hunt["coverage"]["from"]);
    assert_eq!(surveyed["coverage"]["until"], hunt["coverage"]["until"]);
}

/// A folder as customers send them.
fn mixed() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let text = logs::text(&logs::quiet());
    put(folder.path(), "gateway.log", &text);
    put(folder.path(), "gateway-copy.log.gz", logs::gzip(text.as_bytes()));
    put(folder.path(), "kong.json", "{\"nothing\": \"of a gateway\"}\n".repeat(9));
    put(
        folder.path(),
        "iis.log",
        "#Version: 1.0\n#Fields: date time cs-method cs-uri-stem sc-status c-ip\n2026-03-04 07:00:00 GET /a 200 192.0.2.1\n",
    );
    put(folder.path(), "letter\u{1b}[2J.txt", "Dear all,\nthe meeting is moved.\n".repeat(20));
    folder
}

#[test]
fn a_mixed_folder_is_told_apart() {
    let folder = mixed();
    let document = survey(&[arg(folder.path())]);
    let (plain, packed) = (source(&document, "gateway.log"), source(&document, "gateway-copy.log.gz"));
    assert_eq!((&plain["reach"], &plain["exact"]), (&"whole".into(), &true.into()));
    assert_eq!(plain["records"], logs::quiet().len());
    assert_eq!(packed["compression"], "gzip");
    let copies = [plain, packed].map(|source| source["copy_of"].clone());
    assert_eq!(copies.iter().filter(|copy| !copy.is_null()).count(), 1, "{copies:?}");
    // Neither a copy nor what fits no format is counted.
    assert_eq!(document["estimate"]["records"], logs::quiet().len() + 3);
    let windows = source(&document, "iis.log");
    assert_eq!((&windows["format"], &windows["zone"]), (&"w3c".into(), &"stated".into()));
    assert!(!windows["columns"].as_array().unwrap().contains(&"user_agent".into()));
    assert_eq!(source(&document, ".txt")["state"], "unknown");
    assert!(source(&document, ".txt")["why"].as_str().unwrap().contains("No known format fits"));
    let rules = document["rules"].as_array().unwrap();
    assert!(rules.iter().any(|rule| rule["state"] == "not_evaluable" && rule["missing"][0] == "client_app"));
    assert!(rules.iter().any(|rule| rule["state"] == "judgeable"));
}

#[test]
fn of_what_is_no_log_only_that_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let empty = put(folder.path(), "empty.log", "");
    let noise: Vec<u8> = (0..5000_u32).map(|at| ((at * at) >> 3) as u8).collect();
    let binary = put(folder.path(), "picture.bin", noise);
    for (file, why) in [(&empty, "empty.log is empty"), (&binary, "binary data")] {
        let run = run(["survey", arg(file)]);
        run.expect_end(2, &[why]);
        assert!(run.out.contains("NOT READ") && !run.out.contains("lacks"), "{}", run.out);
        assert!(run.out.len() < 1000, "{}", run.out);
    }
}

#[test]
fn the_table_says_what_to_do_and_hides_nothing() {
    let folder = mixed();
    let run = run(["survey", arg(folder.path())]);
    run.expect_end(0, &["letter"]);
    for heading in ["FILES", "HOURS", "ZONES", "FIELDS", "RULES", "LIKELY COPIES", "NOT READ", "NEXT"] {
        assert!(run.out.lines().any(|line| line == heading), "{heading} is not in: {}", run.out);
    }
    assert!(!run.out.contains('\u{1b}') && run.out.contains("letter\\x1b[2J.txt"), "{}", run.out);
    assert!(run.out.contains("breachline hunt"), "{}", run.out);
}

#[test]
fn an_assumed_zone_comes_with_its_flag() {
    let folder = tempfile::tempdir().unwrap();
    let request = r#""remote_addr":"192.0.2.1","request":"GET /a HTTP/1.1","status":200"#;
    let lines = format!("{{\"time_iso8601\":\"2026-03-04T07:00:00\",{request}}}\n").repeat(5);
    let log = put(folder.path(), "app.json", lines);
    let assumed = run(["survey", arg(&log)]);
    assumed.expect_end(0, &[]);
    assert!(assumed.out.contains("assumed UTC") && assumed.out.contains("--assume-tz"), "{}", assumed.out);
    let settled = run(["survey", arg(&log), "--assume-tz", "Asia/Seoul", "--format", "json"]).json();
    assert_eq!(settled["sources"][0]["first"], "2026-03-03T22:00:00.000000Z");
}

#[test]
fn the_same_files_give_the_same_bytes() {
    let folder = mixed();
    let threads =
        |count| run(["survey", arg(folder.path()), "sample-logs", "--format", "json", "--threads", count]).out;
    assert_eq!(threads("1"), threads("2"));
    assert_eq!(threads("7"), threads("2"));
}

#[test]
fn files_outside_the_loaded_time_are_not_opened() {
    let folder = tempfile::tempdir().unwrap();
    for day in 1..=9 {
        let lines = minutes(7, 30).replace("04/Mar", &format!("{day:02}/Mar"));
        let name = format!("1_elasticloadbalancing_eu_2026030{day}T0730Z_x.log.gz");
        put(folder.path(), &name, logs::gzip(lines.as_bytes()));
    }
    let run = run([
        "survey",
        arg(folder.path()),
        "--load-since",
        "2026-03-04",
        "--load-until",
        "2026-03-05",
        "--format",
        "json",
    ]);
    run.expect_end(0, &["8 files outside the loaded time"]);
    let document = run.json();
    assert_eq!((&document["files"]["found"], &document["files"]["pruned"]["files"]), (&1.into(), &8.into()));
    assert_eq!(document["coverage"]["from"], "2026-03-04T07:00:00.000000Z");
}

#[test]
fn a_missing_hour_is_a_gap_and_a_quiet_one_is_none() {
    let folder = tempfile::tempdir().unwrap();
    // Hours 1 to 3 in pieces with minutes between, nothing of 4 to 6, and all of 7.
    put(folder.path(), "access.log.2", minutes(1, 59));
    put(folder.path(), "access.log.1", minutes(2, 110));
    put(folder.path(), "access.log", minutes(7, 60));
    let document = survey(&[arg(folder.path())]);
    let vantage = &document["coverage"]["vantages"][0];
    let expected = serde_json::json!([{"from": "2026-03-04T03:49:00.000000Z", "until": "2026-03-04T07:00:00.000000Z"}]);
    assert_eq!(vantage["gaps"], expected);
    assert_eq!(vantage["basis"]["first_and_last_record"], 3);
    let table = run(["survey", arg(folder.path()), "--display-tz", "Asia/Seoul"]).out;
    assert!(table.contains("2026-03-04 12:49:00+09:00 .. 2026-03-04 16:00:00+09:00"), "{table}");
}

/// Many small objects of a bucket, one an hour, without those of one day.
fn bucket(folder: &Path, objects: u32) {
    let mut dice = logs::Dice::new(5);
    for at in (0..objects).filter(|at| at / 24 != 10) {
        let (day, hour) = (1 + at / 24, at % 24);
        let lines = minutes(hour, 5).replace("04/Mar", &format!("{day:02}/Mar"));
        // Some have no digit in them.
        let random: String = (0..8).filter_map(|_| char::from_digit(dice.roll(36), 36)).collect();
        let name = format!("web_202603{day:02}T{hour:02}05Z_192.0.2.{}_{random}.log.gz", at % 9);
        put(folder, &name, logs::gzip(lines.as_bytes()));
    }
}

#[test]
fn many_objects_are_one_group_of_which_some_are_opened() {
    let folder = tempfile::tempdir().unwrap();
    bucket(folder.path(), 524);
    let document = survey(&[arg(folder.path())]);
    let groups = document["groups"].as_array().unwrap();
    assert_eq!(groups.len(), 1, "{groups:?}");
    assert_eq!((&groups[0]["files"], groups[0]["opened"].as_array().unwrap().len()), (&500.into(), 200));
    assert!(groups[0]["pattern"].as_str().unwrap().ends_with("/web_*.log.gz"));
    assert_eq!(document["files"]["opened"], 200);
    let records = document["estimate"]["records"].as_f64().unwrap();
    assert!((records / 2_500.0 - 1.0).abs() < 0.05, "{records}");
    assert_eq!(document["estimate"]["exact"], false);
    let vantage = &document["coverage"]["vantages"][0];
    assert_eq!(vantage["basis"]["name"], 300);
    // One day is missing; hours of which one object was not opened are covered by its name.
    let gaps = vantage["gaps"].as_array().unwrap();
    assert_eq!(gaps.len(), 1, "{gaps:?}");
    assert!(
        gaps[0]["from"].as_str().unwrap() >= "2026-03-10T23"
            && gaps[0]["until"].as_str().unwrap() <= "2026-03-12T00:05"
    );
    let table = run(["survey", arg(folder.path())]).out;
    assert!(table.contains("200 of 500 files") && table.contains("300 files were listed and not opened"), "{table}");
}

#[test]
fn large_files_are_known_by_their_ends() {
    let folder = tempfile::tempdir().unwrap();
    let day = minutes(0, 1_400).repeat(12);
    put(folder.path(), "large.log", &day);
    put(folder.path(), "packed.log.gz", logs::gzip(day.as_bytes()));
    let document = survey(&[arg(folder.path())]);
    for name in ["large.log", "packed.log.gz"] {
        let source = source(&document, name);
        assert_eq!((&source["reach"], &source["exact"]), (&"ends".into(), &false.into()), "{name}");
        assert_eq!(source["last"], "2026-03-04T23:19:00.000000Z", "{name}");
        assert_eq!(source["bytes_decompressed"], day.len(), "{name}");
        let records = source["records"].as_f64().unwrap();
        assert!((records / 16_800.0 - 1.0).abs() < 0.02, "{name}: {records}");
        assert!(source["sample"]["records"].as_u64().unwrap() < 16_000);
    }
}

#[test]
fn archives_are_looked_into() {
    let folder = tempfile::tempdir().unwrap();
    let archive =
        logs::tar(&[("var/log/a.log", minutes(1, 30).as_bytes()), ("var/log/b.log", minutes(9, 30).as_bytes())]);
    put(folder.path(), "sent.tar", &archive);
    put(folder.path(), "again.tar.gz", logs::gzip(&archive));
    let document = survey(&[arg(folder.path())]);
    let paths: Vec<&str> =
        document["sources"].as_array().unwrap().iter().map(|s| s["path"].as_str().unwrap()).collect();
    assert_eq!(paths.len(), 4, "{paths:?}");
    assert!(paths[0].ends_with("again.tar.gz!var/log/a.log") && paths[3].ends_with("sent.tar!var/log/b.log"));
    assert!(source(&document, "sent.tar!var/log/b.log")["container"].as_str().unwrap().ends_with("sent.tar"));
    assert_eq!(document["estimate"]["records"], 60);
    assert_eq!(document["coverage"]["vantages"][0]["gaps"].as_array().unwrap().len(), 1);
}

#[test]
fn the_exit_code_says_how_far_the_logs_can_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let good = put(folder.path(), "good.log", minutes(1, 20));
    run(["survey", arg(&good)]).expect_end(0, &[]);
    run(["survey", arg(&good), arg(&folder.path().join("nowhere.log"))]).expect_end(3, &["nowhere.log"]);
    run(["survey", arg(&folder.path().join("nowhere.log"))]).expect_end(2, &["nowhere.log"]);
    let letter = put(folder.path(), "letter.txt", "Dear all,\nthe meeting is moved.\n".repeat(20));
    run(["survey", arg(&letter)]).expect_end(2, &["letter.txt"]);
    let whole = logs::gzip(logs::text(&logs::quiet()).as_bytes());
    let cut = put(folder.path(), "cut.log.gz", &whole[..whole.len() / 2]);
    run(["survey", arg(&cut)]).expect_end(3, &["cut.log.gz", "copy it anew"]);
    // Behind the beginning that is looked at.
    let whole = logs::gzip(minutes(0, 40_000).as_bytes());
    let cut = put(folder.path(), "later.log.gz", &whole[..whole.len() * 9 / 10]);
    run(["survey", arg(&cut)]).expect_end(3, &["later.log.gz ends in the middle of its gzip data; copy it anew"]);
    run(["survey", arg(&good), "--input-format", "nothing"]).expect_end(2, &["unknown format"]);
}

#[test]
fn standard_input_is_looked_at() {
    let run = crate::run_with_input(&["survey", "-", "--format", "json"], minutes(3, 40).as_bytes());
    run.expect_end(0, &[]);
    assert_eq!(run.json()["sources"][0]["records"], 40);
}

#[test]
fn a_line_longer_than_what_is_looked_at_is_not_taken_for_the_rule() {
    let folder = tempfile::tempdir().unwrap();
    let long = format!("{}\n", "x".repeat(20 << 20));
    let alone = put(folder.path(), "alone.log", &long);
    run(["survey", arg(&alone)]).expect_end(2, &["the first line does not end where records do"]);
    for (name, text) in [
        ("first.log", format!("{long}{}", minutes(2, 60))),
        ("last.log", format!("{}{long}", minutes(2, 60))),
        ("cut.log", format!("{}{}", minutes(2, 60), long.trim_end())),
        ("between.log", format!("{}{long}{}", minutes(2, 60), minutes(3, 60))),
    ] {
        let log = put(folder.path(), name, text);
        let surveyed = run(["survey", arg(&log), "--format", "json"]);
        let told = source(&surveyed.json(), name)["records"].clone();
        assert!(told.as_u64().is_none_or(|records| records < 1000), "{name}: {told}");
    }
    let said =
        run(["survey", arg(&folder.path().join("last.log"))]).out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("~0 records without those of 1 file with a line so long"), "{said}");
}

#[test]
fn an_empty_file_is_named_and_stops_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let empty = put(folder.path(), "empty.log", "");
    let packed = put(folder.path(), "empty.log.gz", logs::gzip(b""));
    for path in [&empty, &packed] {
        run(["survey", arg(path)]).expect_end(2, &["is empty"]);
    }
    put(folder.path(), "full.log", minutes(2, 60));
    let surveyed = run(["survey", arg(folder.path()), "--format", "json"]).json();
    assert_eq!(source(&surveyed, "full.log")["records"], 60);
    assert_eq!(source(&surveyed, "empty.log")["records"], 0);
}
