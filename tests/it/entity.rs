//! `entity` and `timeline`: one actor told whole, and what happened step by step.

use crate::logs::{self, WALKER, arg, put};
use crate::{run, run_with_input};
use serde_json::Value;
use std::collections::BTreeSet;

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("no number: {value}"))
}

fn named(of: &Value) -> BTreeSet<u64> {
    let sources = of["lines"].as_array().unwrap().iter();
    let ranges = sources.flat_map(|source| source["ranges"].as_array().unwrap());
    ranges.flat_map(|range| number(&range[0])..=number(&range[1])).collect()
}

#[test]
fn an_actor_is_told_with_its_lines_and_findings() {
    let folder = tempfile::tempdir().unwrap();
    let lines = logs::walked();
    let log = put(folder.path(), "gw.log", logs::text(&lines));
    let run_json = run(["entity", "ip", WALKER, arg(&log), "--format", "json", "-q"]);
    run_json.expect_end(0, &[]);
    let found = run_json.json();
    assert_eq!(found["schema"], "breachline.entity/1");
    let walked: BTreeSet<u64> =
        (1..).zip(&lines).filter(|(_, line)| line.starts_with(WALKER)).map(|(at, _)| at).collect();
    assert_eq!(named(&found["total"]), walked);
    assert_eq!((number(&found["total"]["requests"]), number(&found["days"])), (walked.len() as u64, 1));
    let blast = &found["blast_radius"];
    assert_eq!(blast["objects"], found["total"]["objects_answered"]);
    assert_eq!(blast["subjects"]["at_least"], blast["objects"]);
    assert!(blast["subjects"]["basis"].as_str().unwrap().contains("distinct object ids"), "{blast}");
    let hours: u64 =
        found["rhythm"]["hours"].as_array().unwrap().iter().flat_map(|day| day.as_array().unwrap()).map(number).sum();
    assert_eq!(hours, walked.len() as u64);
    assert_eq!(found["routes"]["top"][0]["value"], "/shop/v2/orders/{id}");
    let finding = &found["findings"][0];
    assert_eq!((&finding["rule"], &finding["role"]), (&"object-walk".into(), &"suspected_source".into()));
    assert!(named(finding).is_subset(&walked) && number(&finding["evidence_rows"]) > 1000);
    let agent = found["shared"].as_array().unwrap().iter().find(|shared| shared["column"] == "user_agent").unwrap();
    assert_eq!(
        (&agent["top"][0]["value"], &agent["others"]),
        (&"python-requests/2.31".into(), &serde_json::json!([0]))
    );
    let table = run(["entity", "ip", WALKER, arg(&log)]).out;
    for words in ["ENTITY", "by hour", "FINDINGS", "object-walk", "SEEN WITH", "ROUTES"] {
        assert!(table.contains(words), "`{words}` is not in:\n{table}");
    }
    let csv = run(["entity", "ip", WALKER, arg(&log), "--format", "csv", "--no-hunt"]).out;
    assert_eq!(csv.lines().count(), walked.len() + 1);
}

#[test]
fn who_is_not_there_is_said_with_bounds_and_secrets_stay_off_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let log = put(folder.path(), "gw.log", logs::text(&logs::quiet()));
    let absent = run(["entity", "ip", "192.0.2.254", arg(&log), "--no-hunt"]);
    absent.expect_end(0, &[]);
    assert!(absent.out.contains("no request of ip 192.0.2.254 was seen between 2026-03-04"), "{}", absent.out);
    // A value of another kind is pointed out.
    let other = run(["entity", "principal", "198.51.100.10", arg(&log), "--no-hunt", "--format", "json"]).json();
    assert_eq!((&other["seen"], &other["entity"]["known_as"]), (&false.into(), &serde_json::json!(["ip"])));
    let token = "Bearer abc.def.ghi-0123456789";
    let refused = run(["entity", "credential", token, arg(&log)]);
    refused.expect_end(2, &["does not belong on the command line"]);
    assert!(!refused.err.contains("abc.def"));
    let piped = run_with_input(&["entity", "credential", "-", arg(&log), "--no-hunt"], token.as_bytes());
    piped.expect_end(0, &[]);
    assert!(piped.out.contains("no request of credential ~") && !piped.out.contains("abc.def"), "{}", piped.out);
    run(["entity", "adress", "x", arg(&log)]).expect_end(2, &["unknown kind `adress`"]);
}

#[test]
fn steps_of_time_hold_every_request_once() {
    let folder = tempfile::tempdir().unwrap();
    let lines = logs::walked();
    let log = put(folder.path(), "gw.log", logs::text(&lines));
    let run_json = run(["timeline", arg(&log), "--bucket", "15m", "--format", "json", "-q"]);
    run_json.expect_end(0, &[]);
    let found = run_json.json();
    assert_eq!((&found["schema"], &found["bucket_us"]), (&"breachline.timeline/1".into(), &900_000_000_u64.into()));
    let steps = found["steps"].as_array().unwrap();
    assert_eq!(steps.iter().map(|step| number(&step["requests"])).sum::<u64>(), lines.len() as u64);
    let all: BTreeSet<u64> = steps.iter().flat_map(named).collect();
    assert_eq!(all, (1..=lines.len() as u64).collect());
    // Ten o'clock is when the walk begins.
    let ten = steps.iter().find(|step| step["from"] == "2026-03-04T10:00:00.000000Z").unwrap();
    let at_ten = lines.iter().filter(|line| (0..15).any(|minute| line.contains(&format!(":10:{minute:02}:")))).count();
    assert_eq!(number(&ten["requests"]), at_ten as u64);
    let csv = run(["timeline", arg(&log), "--bucket", "15m", "--format", "csv"]).out;
    assert_eq!(csv.lines().count(), steps.len() + 1);
    let told = run(["timeline", arg(&log), "--findings", "--format", "jsonl"]).json_lines();
    let with: Vec<&Value> = told.iter().filter(|step| step["findings"] != serde_json::json!([])).collect();
    assert!(!with.is_empty() && with.len() < told.len(), "{} of {}", with.len(), told.len());
    let table = run(["timeline", arg(&log), "--since", "2026-03-04T09:00:00Z", "--until", "2026-03-04T12:00:00Z"]).out;
    assert!(table.contains("TIMELINE") && table.contains('█'), "{table}");
    run(["timeline", arg(&log), "--bucket", "soon"]).expect_end(2, &["is no span"]);
    run(["entity", "ip", "192.0.2.400", arg(&log)]).expect_end(2, &["`192.0.2.400` is no address"]);
}
