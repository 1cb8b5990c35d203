//! Every record is accounted for, whatever the bytes: `rows + rejects + skips = records`.

use crate::logs::{self, Dice, arg, put};
use crate::{Run, run, run_with_input};
use serde_json::Value;
use std::path::Path;

fn stats(run: &Run) -> Value {
    let last = run.err.lines().last().unwrap();
    serde_json::from_str(last).unwrap_or_else(|error| panic!("{error}: {}", run.err))
}

fn number(value: &Value, name: &str) -> u64 {
    value[name].as_u64().unwrap_or_else(|| panic!("{name} in {value}"))
}

fn assert_conserved(counts: &Value) {
    assert_eq!(
        number(counts, "rows") + number(counts, "rejects") + number(counts, "skips"),
        number(counts, "records"),
        "{counts}"
    );
}

fn assert_all_conserved(run: &Run) -> Value {
    let stats = stats(run);
    assert_conserved(&stats);
    let sources = stats["sources"].as_array().unwrap();
    for name in ["rows", "rejects", "skips", "records", "lines"] {
        let sum: u64 = sources.iter().map(|source| number(source, name)).sum();
        assert_eq!(sum, number(&stats, name), "{name}");
    }
    for source in sources {
        assert_conserved(source);
        assert_eq!(number(source, "records"), number(source, "lines"), "{source}");
    }
    assert_eq!(run.out.lines().count() as u64, number(&stats, "rows"));
    stats
}

#[test]
fn damaged_lines_are_rejects_and_are_listed() {
    let folder = tempfile::tempdir().unwrap();
    let mut lines = logs::quiet();
    let whole = lines.len() as u64;
    lines.insert(40, "198.51.100.10 - - [04/Mar/2026:02:29".to_owned());
    lines.insert(90, String::new());
    lines.insert(91, "\u{1b}[2J password=hunter2hunter2 is not a request".to_owned());
    let log = put(folder.path(), "gw.log", logs::text(&lines));
    let rejects = folder.path().join("rejects.jsonl");
    let run = run(["parse", arg(&log), "--stats", "--rejects", arg(&rejects)]);
    run.expect_end(0, &["gw.log:41:"]);
    let stats = assert_all_conserved(&run);
    assert_eq!(number(&stats, "rows"), whole);
    assert_eq!(number(&stats, "rejects"), 2);
    assert_eq!(number(&stats, "skips"), 1);
    let listed: Vec<Value> =
        std::fs::read_to_string(&rejects).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(listed.iter().map(|reject| number(reject, "line_no")).collect::<Vec<_>>(), [41, 92]);
    for reject in &listed {
        assert_eq!(reject["source"], arg(&log));
        assert!(!reject["reason"].as_str().unwrap().is_empty());
        assert!(reject["byte_offset"].is_u64());
    }
    let text = std::fs::read_to_string(&rejects).unwrap();
    assert!(!text.contains('\u{1b}'), "control bytes are escaped: {text}");
}

#[test]
fn rows_say_where_they_stand() {
    let folder = tempfile::tempdir().unwrap();
    let lines = logs::quiet();
    let log = put(folder.path(), "gw.log", logs::text(&lines));
    let run = run(["parse", arg(&log), "--quiet"]);
    run.expect_end(0, &[]);
    let bytes = std::fs::read(&log).unwrap();
    for (index, row) in run.json_lines().iter().enumerate() {
        assert_eq!(row["source"], arg(&log));
        assert_eq!(number(row, "line_no"), index as u64 + 1);
        let start = number(row, "byte_offset") as usize;
        let line = &bytes[start..start + number(row, "byte_len") as usize];
        assert_eq!(line, lines[index].as_bytes());
        assert!(lines[index].starts_with(row["peer_ip"].as_str().unwrap()));
        assert!(row["ts"].as_str().unwrap().starts_with("2026-03-04T"));
        assert!(row["ts"].as_str().unwrap().ends_with(".000000Z"));
    }
}

#[test]
fn compressed_sources_and_standard_input_give_the_same_rows() {
    let folder = tempfile::tempdir().unwrap();
    let text = logs::text(&logs::quiet());
    let plain = put(folder.path(), "gw.log", &text);
    let gz = put(folder.path(), "gw.log.gz", logs::gzip(text.as_bytes()));
    let zst = put(folder.path(), "gw.log.zst", zstd::encode_all(text.as_bytes(), 1).unwrap());
    let rows = |run: Run| -> Vec<Value> {
        run.expect_end(0, &[]);
        assert_all_conserved(&run);
        let mut rows = run.json_lines();
        for row in &mut rows {
            row.as_object_mut().unwrap().remove("source");
        }
        rows
    };
    let expected = rows(run(["parse", arg(&plain), "--stats"]));
    assert!(expected.len() > 1000);
    for other in [arg(&gz), arg(&zst)] {
        assert!(rows(run(["parse", other, "--stats"])) == expected, "{other}");
    }
    assert!(rows(run_with_input(&["parse", "-", "--stats"], text.as_bytes())) == expected, "standard input");
}

#[test]
fn no_bytes_make_it_panic_or_lose_count() {
    let folder = tempfile::tempdir().unwrap();
    let lines = logs::quiet();
    let mut dice = Dice::new(11);
    let mut read = 0;
    for case in 0..12 {
        let mut bytes = logs::text(&lines[..200]).into_bytes();
        // Bits flipped, stretches cut out, and noise put in.
        for _ in 0..60 {
            let at = dice.roll(bytes.len() as u32) as usize;
            match dice.roll(3) {
                0 => bytes[at] ^= 1 << dice.roll(8),
                1 => drop(bytes.drain(at..(at + dice.roll(30) as usize).min(bytes.len()))),
                _ => drop(bytes.splice(at..at, (0..dice.roll(20)).map(|_| dice.roll(256) as u8).collect::<Vec<_>>())),
            }
        }
        let log = put(folder.path(), &format!("noise-{case}.log"), &bytes);
        let run = run(["parse", arg(&log), "--stats"]);
        assert!([0, 2, 3].contains(&run.code), "{}: {}", run.code, run.err);
        if run.code != 2 {
            let stats = assert_all_conserved(&run);
            assert!(number(&stats, "rejects") > 0);
            run.json_lines();
            read += 1;
        }
        assert!(!run.err.contains('\u{1b}') && !run.out.contains('\u{1b}'));
    }
    assert!(read > 6, "most are still recognised: {read}");
}

#[test]
fn the_summary_counts_what_was_read() {
    let folder = tempfile::tempdir().unwrap();
    let log = put(folder.path(), "gw.log", logs::text(&logs::quiet()[..300]));
    let said = run(["parse", arg(&log)]).err;
    assert!(said.contains("300 rows + 0 rejects + 0 skips = 300 records in 300 lines of 1 source"), "{said}");
    assert_eq!(run(["parse", arg(&log), "-q"]).err, "");
}

/// A folder of several sources, one of them compressed, one with records that cannot be read.
fn several(folder: &Path) {
    let lines = logs::quiet();
    put(folder, "a.log.gz", logs::gzip(logs::text(&lines[..700]).as_bytes()));
    put(folder, "b.log", logs::text(&lines[700..]));
    let behind_a_proxy = (0..300).map(|number| {
        let line = &lines[number * 3];
        let rest = line.split_once(' ').unwrap().1;
        format!("10.0.0.{} {rest} \"198.51.100.{}, 10.9.9.9\"", number % 3, number % 40)
    });
    put(folder, "c.log", behind_a_proxy.collect::<Vec<_>>().join("\nnot a request\n"));
}

#[test]
fn rows_written_as_they_are_read_are_those_of_the_whole_table() {
    let folder = tempfile::tempdir().unwrap();
    several(folder.path());
    let of_schema = run(["schema", "--format", "json"]).json();
    let by_record: Vec<&str> = of_schema["columns"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|column| column["by_record"].as_bool().unwrap())
        .map(|column| column["name"].as_str().unwrap())
        .collect();
    let parsed = |options: &[&str]| {
        let rejects = folder.path().join("rejects.out");
        let run =
            run([&["parse", arg(&folder.path().join("*.log*")), "--stats", "--rejects", arg(&rejects)], options]
                .concat());
        run.expect_end(0, &[]);
        let rejects = std::fs::read_to_string(rejects).unwrap();
        (run, rejects)
    };
    let (whole, rejects) = parsed(&["--derived"]);
    let (passing, same_rejects) = parsed(&[]);
    assert_eq!(rejects, same_rejects);
    assert_eq!(rejects.lines().count(), 299);
    let counts = assert_all_conserved(&passing);
    assert_eq!(counts, assert_all_conserved(&whole));
    let expected: Vec<Value> = whole
        .json_lines()
        .into_iter()
        .map(|mut row| {
            let fields = row.as_object_mut().unwrap();
            assert!(fields.contains_key("route") && fields.contains_key("answer"));
            fields.retain(|name, _| by_record.contains(&name.as_str()));
            row
        })
        .collect();
    assert!(passing.json_lines() == expected);
    assert!(expected.last().unwrap()["client_ip"].as_str().unwrap().starts_with("198.51.100."));
    let (csv, _) = parsed(&["--format", "csv"]);
    for threads in ["1", "3"] {
        assert_eq!(parsed(&["--threads", threads]).0.out, passing.out);
        assert_eq!(parsed(&["--threads", threads, "--format", "csv"]).0.out, csv.out);
    }
    assert_eq!(csv.out.lines().next().unwrap(), format!("{},neutralised", by_record.join(",")));
}

#[test]
fn what_is_not_written_is_said_and_nothing_usable_prints_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let log = put(folder.path(), "gw.log", logs::text(&logs::quiet()[..300]));
    run(["parse", arg(&log)]).expect_end(0, &["note: without auth, route", "object_id", "--derived adds them"]);
    assert!(!run(["parse", arg(&log), "--derived"]).err.contains("note: without"));
    let noise = put(folder.path(), "noise.log", "neither\nthis\nnor that\n");
    for format in ["jsonl", "csv", "parquet"] {
        let run = run(["parse", arg(&noise), "--format", format]);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{format}");
    }
}
