//! What a report is limited to: times and conditions leave rows out of answers, never out of comparisons.

use crate::logs::{self, WALKER, arg, put};
use crate::run;
use serde_json::Value;
use std::path::{Path, PathBuf};

fn walked(folder: &Path) -> PathBuf {
    put(folder, "gw.log", logs::text(&logs::walked()))
}

fn hunted(log: &Path, options: &[&str]) -> Value {
    let run = run([&["hunt", "--format", "json", "-q", arg(log)], options].concat());
    run.expect_end(0, &[]);
    run.json()
}

fn lines(value: &Value) -> Vec<u64> {
    let ranges = value["evidence"]["lines"].as_array().unwrap().iter().flat_map(|of| of["ranges"].as_array().unwrap());
    ranges.flat_map(|range| range[0].as_u64().unwrap()..=range[1].as_u64().unwrap()).collect()
}

fn by_id<'a>(hunt: &'a Value, id: &Value) -> Option<&'a Value> {
    hunt["findings"].as_array().unwrap().iter().find(|finding| finding["id"] == *id)
}

#[test]
fn a_window_keeps_what_a_finding_is_and_shows_a_part_of_its_lines() {
    let folder = tempfile::tempdir().unwrap();
    let log = walked(folder.path());
    let whole = hunted(&log, &[]);
    let before = &whole["findings"][0];
    let rows = run(["parse", arg(&log), "-q"]).json_lines();
    let of_line = |line: u64| rows[line as usize - 1]["ts"].as_str().unwrap().to_owned();
    let middle = of_line(lines(before)[lines(before).len() / 2]);
    let limited = hunted(&log, &["--since", &middle]);
    let after = by_id(&limited, &before["id"]).expect("the finding keeps its id");
    for same in ["level", "confidence", "measures", "title", "rule"] {
        assert_eq!(before[same], after[same], "{same}");
    }
    let wanted: Vec<u64> = lines(before).into_iter().filter(|&line| of_line(line) >= middle).collect();
    assert!(!wanted.is_empty() && wanted.len() < lines(before).len());
    assert_eq!(lines(after), wanted);
    assert_eq!(after["evidence"]["rows"], wanted.len());
    assert_eq!(after["evidence"]["exchanges_unlimited"], before["evidence"]["exchanges"]);
    assert!(after["first"].as_str().unwrap() >= middle.as_str());
    assert!(after["why"].to_string().contains("Limited by --since"), "{after}");
    let notes = limited["coverage"]["notes"].to_string();
    assert!(notes.contains("--since") && notes.contains("measured and compared all"), "{notes}");
    let role = |finding: &Value| {
        let entities = finding["entities"].as_array().unwrap().clone();
        entities.into_iter().find(|entity| entity["value"] == WALKER).map(|entity| entity["role"].clone())
    };
    assert_eq!(role(before), role(after));
    let basis = |finding: &Value| {
        let entities = finding["entities"].as_array().unwrap().clone();
        let walker = entities.into_iter().find(|entity| entity["value"] == WALKER).unwrap();
        walker["basis"].as_str().unwrap().to_owned()
    };
    let told = format!("{}; reported here: {} of that evidence", basis(before), wanted.len());
    assert_eq!(basis(after), told, "counts of all say so, and how many of them are shown");
}

#[test]
fn a_rule_without_evidence_inside_says_that_it_has_some_outside() {
    let folder = tempfile::tempdir().unwrap();
    let log = walked(folder.path());
    let whole = hunted(&log, &[]);
    let limited = hunted(&log, &["--where", &format!("client_ip <> '{WALKER}'")]);
    let rule = &whole["findings"][0]["rule"];
    assert!(by_id(&limited, &whole["findings"][0]["id"]).is_none());
    let verdict = limited["rules"].as_array().unwrap().iter().find(|verdict| verdict["id"] == *rule).unwrap();
    assert_eq!(verdict["state"], "silent");
    assert!(verdict["why"].as_str().unwrap().contains("none with evidence in what the report is limited to"));
}

#[test]
fn sql_rows_and_exports_are_limited_too() {
    let folder = tempfile::tempdir().unwrap();
    let log = walked(folder.path());
    let walk = logs::walked().iter().filter(|line| line.starts_with(WALKER)).count();
    let condition = format!("client_ip = '{WALKER}'");
    let sql = "SELECT count(*) AS n, count(DISTINCT client_ip) AS clients FROM requests";
    let count = run(["query", arg(&log), "--where", &condition, "--sql", sql, "--format", "jsonl"]);
    count.expect_end(0, &["limited to", "rows by --where"]);
    assert_eq!(count.json_lines()[0], serde_json::json!({"n": walk, "clients": 1}));
    let rows = run(["parse", arg(&log), "--where", &condition, "-q"]).json_lines();
    assert_eq!(rows.len(), walk);
    assert!(rows.iter().all(|row| row["client_ip"] == WALKER));
    let out = folder.path().join("out");
    run(["export", arg(&log), "--where", &condition, "--out", arg(&out)]).expect_end(0, &[]);
    let manifest = logs::manifest(&out);
    assert_eq!(manifest["options"][0], format!("--where={condition}"));
    let table = run(["hunt", arg(&log), "--where", "status = 404", "-q"]).out;
    assert!(table.contains(" of ") && table.contains("--where"), "{table}");
}

#[test]
fn a_condition_that_cannot_be_read_is_pointed_at() {
    let folder = tempfile::tempdir().unwrap();
    let log = walked(folder.path());
    for verb in [vec!["hunt"], vec!["parse"], vec!["query", "--sql", "SELECT 1"]] {
        let wrong = run([verb.as_slice(), &[arg(&log), "--where", "client = '1'"]].concat());
        wrong.expect_end(2, &["--where", "there is no column `client`", "    client = '1'", "^^^^^^"]);
    }
    run(["hunt", arg(&log), "--where", "statuss = 200"]).expect_end(2, &["did you mean `status`?"]);
    run(["hunt", arg(&log), "--where", "status ="]).expect_end(2, &["ends too early"]);
}

#[test]
fn clean_time_is_told_in_coverage_and_where_evidence_lies_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let log = walked(folder.path());
    let hunt = hunted(&log, &["--baseline", "2026-03-01..2026-04-01"]);
    assert!(hunt["coverage"]["notes"].to_string().contains("--baseline 2026-03-01T00:00:00Z..2026-04-01T00:00:00Z"));
    assert!(hunt["findings"][0]["why"].to_string().contains("lie in the time that --baseline marks as clean"));
    let plain = hunted(&log, &[]);
    assert_eq!(plain["findings"][0]["evidence"], hunt["findings"][0]["evidence"]);
    for wrong in ["2026-03-01", "..2026-03-01", "2026-03-01.."] {
        run(["hunt", arg(&log), "--baseline", wrong]).expect_end(2, &["--baseline", "is no stretch of time"]);
    }
    run(["hunt", arg(&log), "--baseline", "2026-03-02..2026-03-01"]).expect_end(2, &["--baseline is not before"]);
    run(["hunt", arg(&log), "--baseline", "soon..2026-03-01"]).expect_end(2, &["--baseline", "`soon` is no time"]);
}

#[test]
fn rules_that_need_everything_are_not_judged_on_a_selection() {
    let folder = tempfile::tempdir().unwrap();
    let log = walked(folder.path());
    let hunt = hunted(&log, &["--extract"]);
    let why = |id: &str| {
        let rules = hunt["rules"].as_array().unwrap();
        let verdict = rules.iter().find(|verdict| verdict["id"] == id).unwrap();
        assert_eq!(verdict["state"], "not_evaluable", "{id}");
        verdict["why"].as_str().unwrap().to_owned()
    };
    assert!(why("distributed-harvest").contains("it compares with peers, who may have been left out"));
    assert!(hunt["coverage"]["notes"].to_string().contains("--extract: these logs are a selection"));
    let judged = hunt["rules"].as_array().unwrap().iter().filter(|verdict| verdict["state"] != "not_evaluable");
    assert!(judged.map(|verdict| &verdict["id"]).any(|id| id == "sql-injection"), "content is judged in any selection");
}
