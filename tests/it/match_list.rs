//! `match`: who touched the values of a list, what nobody explains, and that secrets of a list come out nowhere.

use crate::logs::{self, WALKER, arg, put};
use crate::{run, run_with_input};
use serde_json::Value;
use std::collections::BTreeSet;

/// Orders 500200 to 500249, of which the walk asks for all, and two that no log knows.
fn sample() -> String {
    let orders: Vec<String> = (500_200..500_250).map(|order| order.to_string()).collect();
    format!("\u{feff}# leaked\r\n{}\r\n\r\n7777777\r\n8888888\r\n500200\r\n", orders.join("\r\n"))
}

/// Lines of a log by number that ask for an order of the sample.
fn asking(lines: &[String]) -> BTreeSet<u64> {
    let asks = |line: &str| (500_200..500_250).any(|order| line.contains(&format!("/orders/{order} ")));
    (1..).zip(lines).filter(|(_, line)| asks(line)).map(|(at, _)| at).collect()
}

fn named(of: &Value) -> BTreeSet<u64> {
    let number = |value: &Value| value.as_u64().unwrap();
    let sources = of["lines"].as_array().unwrap().iter();
    let ranges = sources.flat_map(|source| source["ranges"].as_array().unwrap());
    ranges.flat_map(|range| number(&range[0])..=number(&range[1])).collect()
}

#[test]
fn who_took_the_sample_is_ranked_first_with_exact_lines() {
    let folder = tempfile::tempdir().unwrap();
    let lines = logs::walked();
    let log = put(folder.path(), "gw.log", logs::text(&lines));
    let list = put(folder.path(), "leak.txt", sample());
    let run = run(["match", arg(&log), "--list", arg(&list), "--format", "json", "-q"]);
    run.expect_end(0, &[]);
    let found = run.json();
    assert_eq!(found["schema"], "breachline.match/1");
    assert_eq!(found["list"]["values"], 52);
    assert_eq!(found["list"]["repeated"], 1);
    assert_eq!(found["list"]["kinds"]["object"], serde_json::json!({"list": 2, "logs": 50}));
    let values = found["values"].as_array().unwrap();
    let all: BTreeSet<u64> = values.iter().flat_map(named).collect();
    assert_eq!(all, asking(&lines));
    let first = &found["entities"][0];
    assert_eq!((&first["kind"], &first["value"]), (&"client_ip".into(), &WALKER.into()));
    let walked: BTreeSet<u64> =
        (1..).zip(&lines).filter(|(_, line)| line.starts_with(WALKER)).map(|(at, _)| at).collect();
    assert_eq!(named(first), asking(&lines).intersection(&walked).copied().collect());
    let (share, chance) = (first["share"].as_f64().unwrap(), first["chance"].as_f64().unwrap());
    assert!(share > 0.75 && share > chance, "{share} {chance}");
    assert_eq!(found["unexplained"]["not_in_logs"], serde_json::json!([53, 54]));
    // A value that only the walk asked for, and was refused, is explained by nobody.
    let unanswered = values.iter().filter(|value| value["requests"] != 0 && value["answers"]["hit"] == 0).count();
    assert_eq!(found["unexplained"]["never_answered"].as_array().unwrap().len(), unanswered);
}

#[test]
fn every_shape_says_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let lines = logs::walked();
    let log = put(folder.path(), "gw.log", logs::text(&lines));
    let list = put(folder.path(), "leak.txt", sample());
    let ask = |more: &[&str]| {
        let run = run(["match", arg(&log), "-q", "--list", arg(&list)].iter().chain(more));
        run.expect_end(0, &[]);
        run
    };
    assert_eq!(ask(&["--format", "jsonl"]).json_lines().len(), 52);
    let requests = ask(&["--format", "jsonl", "--rows", "requests"]).json_lines();
    let told: BTreeSet<u64> = requests.iter().map(|line| line["line_no"].as_u64().unwrap()).collect();
    assert_eq!(told, asking(&lines));
    let csv = ask(&["--format", "csv", "--rows", "requests"]).out;
    assert_eq!(csv.lines().count(), requests.len() + 1);
    let entities = ask(&["--format", "csv", "--rows", "entities"]).out;
    assert!(entities.lines().nth(1).unwrap().starts_with("client_ip,203.0.113.77,50,"), "{entities}");
    let table = ask(&[]).out;
    for words in ["LIST", "52 values", "client_ip  203.0.113.77", "in no request", "2 values: lines 53-54 of the list"]
    {
        assert!(table.contains(words), "`{words}` is not in:\n{table}");
    }
    // In a window only what lies in it counts.
    let early = ask(&["--format", "json", "--until", "2026-03-04T09:00:00Z"]).json();
    assert!(early["entities"].as_array().unwrap().iter().all(|entity| entity["value"] != WALKER));
}

#[test]
fn a_stolen_key_is_found_and_never_printed() {
    let folder = tempfile::tempdir().unwrap();
    let key = "pK-51a9f0c2e77b4d61";
    let unknown = "pK-00000000ffff9999";
    let mut lines = logs::quiet();
    for second in 0..3 {
        lines.push(format!(
            "203.0.113.9 - - [04/Mar/2026:22:00:0{second} +0000] \"GET /shop/v2/export?api_key={key} HTTP/1.1\" 200 9000 \"-\" \"curl/8.5\""
        ));
    }
    let log = put(folder.path(), "gw.log", logs::text(&lines));
    for (format, kind) in [("table", None), ("json", Some("credential")), ("jsonl", None), ("csv", None)] {
        let mut arguments = vec!["match", arg(&log), "--list", "-", "--format", format];
        arguments.extend(kind.iter().flat_map(|kind| ["--kind", kind]));
        let run = run_with_input(&arguments, format!("{key}\n{unknown}\n").as_bytes());
        run.expect_end(0, &["fingerprints"]);
        for secret in [key, unknown] {
            assert!(!run.out.contains(secret) && !run.err.contains(secret), "{}\n{}", run.out, run.err);
        }
    }
    let run = run_with_input(&["match", arg(&log), "--list", "-", "--format", "json"], key.as_bytes());
    let found = run.json();
    assert_eq!((&found["values"][0]["kind"], &found["values"][0]["requests"]), (&"credential".into(), &3.into()));
    assert_eq!(found["entities"][0]["value"], "203.0.113.9");
}

#[test]
fn bad_lists_are_refused_in_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let log = put(folder.path(), "gw.log", logs::text(&logs::quiet()));
    let empty = put(folder.path(), "empty.txt", "# nothing\n\n");
    let bytes = put(folder.path(), "bytes.txt", b"a\n\xff\xfe\n");
    run(["match", arg(&log)]).expect_end(2, &["--list"]);
    run(["match", arg(&log), "--list", arg(&empty)]).expect_end(2, &["holds no value", "empty.txt"]);
    run(["match", arg(&log), "--list", arg(&bytes)]).expect_end(2, &["line 2 is no UTF-8 text"]);
    run(["match", arg(&log), "--list", arg(&empty), "--kind", "objekt"]).expect_end(2, &["did you mean `object`?"]);
    run(["match", "-", "--list", "-"]).expect_end(2, &["both want standard input"]);
    let secret = "hunter2-is-not-a-file";
    let refused = run(["match", arg(&log), "--list", secret]);
    refused.expect_end(2, &["--list", "one value a line"]);
    assert!(!refused.err.contains(secret), "{}", refused.err);
}
