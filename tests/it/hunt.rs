//! Hunting: what is found, the shape of the answer, and that nothing but the logs decides it.

use crate::logs::{self, WALKER, arg, put};
use crate::run;
use serde_json::Value;
use std::path::Path;

fn hunted(paths: &[&Path], options: &[&str]) -> Value {
    let mut arguments = vec!["hunt", "--format", "json", "-q"];
    arguments.extend(options);
    arguments.extend(paths.iter().map(|path| arg(path)));
    let run = run(arguments);
    run.expect_end(0, &[]);
    run.json()
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap_or_else(|| panic!("no list: {value}"))
}

fn names(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

/// The finding that names the walker as its suspected source.
fn of_walker(hunt: &Value) -> &Value {
    list(&hunt["findings"])
        .iter()
        .find(|finding| {
            list(&finding["entities"])
                .iter()
                .any(|entity| entity["value"] == WALKER && entity["role"] == "suspected_source")
        })
        .unwrap_or_else(|| panic!("the walk is not found: {hunt}"))
}

/// Lines that a finding names, as (source, line).
fn evidence(finding: &Value) -> Vec<(u64, u64)> {
    let number = |value: &Value| value.as_u64().unwrap();
    list(&finding["evidence"]["lines"])
        .iter()
        .flat_map(|of| {
            let source = number(&of["source"]);
            list(&of["ranges"])
                .iter()
                .flat_map(move |range| (number(&range[0])..=number(&range[1])).map(move |line| (source, line)))
        })
        .collect()
}

#[test]
fn a_walk_over_ids_is_found_with_its_exact_lines() {
    let folder = tempfile::tempdir().unwrap();
    let lines = logs::walked();
    let log = put(folder.path(), "gw.log", logs::text(&lines));
    let hunt = hunted(&[&log], &[]);
    let finding = of_walker(&hunt);
    let named = evidence(finding);
    let walked: Vec<(u64, u64)> =
        (1..).zip(&lines).filter(|(_, line)| line.starts_with(WALKER)).map(|(at, _)| (1, at)).collect();
    let right = named.iter().filter(|line| walked.contains(line)).count();
    assert!(right as f64 >= 0.9 * walked.len() as f64, "recall: {right} of {}", walked.len());
    assert!(right as f64 >= 0.9 * named.len() as f64, "precision: {right} of {}", named.len());
    assert_eq!(finding["evidence"]["rows"].as_u64().unwrap(), named.len() as u64);
}

#[test]
fn a_quiet_day_gives_nothing_at_medium_or_above() {
    let folder = tempfile::tempdir().unwrap();
    let log = put(folder.path(), "gw.log", logs::text(&logs::quiet()));
    let run = run(["hunt", arg(&log), "--min-level", "medium", "--fail-on", "medium", "--format", "json"]);
    run.expect_end(0, &[]);
    assert_eq!(run.json()["findings"], serde_json::json!([]));
}

#[test]
fn the_document_has_the_settled_shape() {
    let folder = tempfile::tempdir().unwrap();
    let log = put(folder.path(), "gw.log", logs::text(&logs::walked()));
    let hunt = hunted(&[&log], &[]);
    assert_eq!(hunt["schema"], "breachline.hunt/1");
    assert_eq!(hunt["tool"]["name"], "breachline");
    assert_eq!(hunt["tool"]["version"], env!("CARGO_PKG_VERSION"));
    for name in ["sources", "coverage", "rules", "findings", "incidents"] {
        assert!(names(&hunt).contains(&name), "{name}");
    }
    let source = &hunt["sources"][0];
    assert_eq!((&source["id"], &source["path"]), (&1.into(), &arg(&log).into()));
    assert_eq!(source["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(source["bytes"], std::fs::metadata(&log).unwrap().len());
    let wanted = "bytes first format id last lines path records rejects rows sha256 skips vantage zone";
    assert_eq!(names(source).join(" "), wanted);
    assert!(source["zone"].as_str().unwrap().starts_with("stated"));
    let coverage = &hunt["coverage"];
    assert!(coverage["from"].as_str().unwrap() < coverage["until"].as_str().unwrap());
    assert_eq!(coverage["rules_total"], list(&hunt["rules"]).len());
    for rule in list(&hunt["rules"]) {
        assert_eq!(names(rule).join(" "), "id level missing state why");
        assert!(["fired", "silent", "not_evaluable"].contains(&rule["state"].as_str().unwrap()));
    }
    let finding = of_walker(&hunt);
    let wanted = "blast_radius confidence entities evidence first id incident innocent_if last level measures \
                  modelled_on next_steps not_ruled_out outcome rule ruled_out supersedes tags title why";
    assert_eq!(names(finding).join(" "), wanted);
    assert_eq!(names(&finding["evidence"]).join(" "), "digest exchanges lines rows");
    assert_eq!(names(&finding["blast_radius"]).join(" "), "bytes objects subjects");
    assert_eq!(names(&finding["entities"][0]).join(" "), "basis kind role value");
    let confidence = finding["confidence"].as_f64().unwrap();
    assert!((0.0..=1.0).contains(&confidence));
    for measured in finding["measures"].as_object().unwrap().values() {
        assert!(measured["value"].is_number(), "{measured}");
    }
    if let Some(incident) = finding["incident"].as_str() {
        let found = list(&hunt["incidents"]).iter().find(|other| other["id"] == incident).unwrap();
        assert!(list(&found["findings"]).contains(&finding["id"]));
    }
}

#[test]
fn evidence_can_be_left_out_and_its_digest_stays() {
    let folder = tempfile::tempdir().unwrap();
    let log = put(folder.path(), "gw.log", logs::text(&logs::walked()));
    let (full, summary) = (hunted(&[&log], &[]), hunted(&[&log], &["--evidence", "summary"]));
    let (full, summary) = (of_walker(&full), of_walker(&summary));
    assert_eq!(names(&summary["evidence"]).join(" "), "digest exchanges rows");
    assert_eq!(full["evidence"]["digest"], summary["evidence"]["digest"]);
    assert_eq!(full["evidence"]["rows"], summary["evidence"]["rows"]);
}

#[test]
fn each_line_of_jsonl_and_csv_is_a_finding() {
    let folder = tempfile::tempdir().unwrap();
    let log = put(folder.path(), "gw.log", logs::text(&logs::walked()));
    let hunt = hunted(&[&log], &[]);
    let ids: Vec<&Value> = list(&hunt["findings"]).iter().map(|finding| &finding["id"]).collect();
    let lines = run(["hunt", arg(&log), "--format", "jsonl", "-q"]).json_lines();
    assert_eq!(lines.iter().map(|line| &line["id"]).collect::<Vec<_>>(), ids);
    assert!(lines.iter().all(|line| line["schema"] == "breachline.finding/1"));
    assert_eq!(lines[0]["evidence"]["lines"][0]["path"], arg(&log));
    let text = run(["hunt", arg(&log), "--format", "csv", "-q"]).out;
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let column = reader.headers().unwrap().iter().position(|name| name == "id").unwrap();
    let in_csv: Vec<String> = reader.records().map(|record| record.unwrap()[column].to_owned()).collect();
    assert_eq!(in_csv, ids.iter().map(|id| id.as_str().unwrap()).collect::<Vec<_>>());
}

#[test]
fn exit_codes_tell_findings_and_coverage_apart() {
    let folder = tempfile::tempdir().unwrap();
    let log = put(folder.path(), "gw.log", logs::text(&logs::walked()));
    let level = of_walker(&hunted(&[&log], &[]))["level"].as_str().unwrap().to_owned();
    run(["hunt", arg(&log), "--fail-on", &level]).expect_end(1, &[]);
    run(["hunt", arg(&log)]).expect_end(0, &[]);
    let missing = folder.path().join("missing.log");
    run(["hunt", arg(&log), arg(&missing), "--fail-on", &level]).expect_end(3, &["missing.log"]);
    let partial = run(["hunt", "--format", "json", arg(&log), arg(&missing)]);
    assert!(partial.json()["coverage"]["notes"].to_string().contains("missing.log"));
    // This format has no place for a credential worth the name: some rule must say that it cannot be judged.
    let hunt = hunted(&[&log], &[]);
    let unjudged = list(&hunt["rules"]).iter().any(|rule| rule["state"] == "not_evaluable");
    let code = if unjudged { 4 } else { 0 };
    run(["hunt", arg(&log), "--require-coverage"]).expect_end(code, &[]);
    run(["hunt", arg(&log), "--require-coverage", "--fail-on", &level]).expect_end(code.max(1), &[]);
}

#[test]
fn the_table_speaks_of_coverage_first_and_hides_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut lines = logs::walked();
    for line in &mut lines {
        if line.starts_with(WALKER) {
            *line = line.replace("python-requests/2.31", "evil\u{202e}\u{9b}31m");
        }
    }
    let log = put(folder.path(), "gw.log", logs::text(&lines));
    let run = run(["hunt", arg(&log)]);
    run.expect_end(0, &[]);
    let at = |word: &str| run.out.find(word).unwrap_or_else(|| panic!("{word} in {}", run.out));
    assert!(at("COVERAGE") < at("gw.log"));
    assert!(at("gw.log") < at("FINDINGS"));
    assert!(at("FINDINGS") < run.out.rfind(WALKER).unwrap());
    assert!(!run.out.contains(['\u{202e}', '\u{9b}', '\u{1b}']));
    let coloured = crate::run(["hunt", arg(&log), "--color", "always"]).out;
    assert!(coloured.contains("\u{1b}["));
}

/// The answer without what names sources and lines.
fn without_places(mut hunt: Value) -> Value {
    let top = hunt.as_object_mut().unwrap();
    top.remove("sources");
    for finding in top["findings"].as_array_mut().unwrap() {
        let evidence = finding["evidence"].as_object_mut().unwrap();
        evidence.remove("lines");
        evidence.remove("digest");
    }
    for gap in top["coverage"]["gaps"].as_array_mut().unwrap() {
        gap.as_object_mut().unwrap().remove("source");
    }
    // Some notes are about one source each; what they say must be the same.
    let notes = top["coverage"]["notes"].as_array().unwrap();
    let mut said: Vec<String> = notes
        .iter()
        .map(|note| note.as_str().unwrap())
        .map(|note| note.split_once(": ").filter(|(path, _)| path.contains(".log")).map_or(note, |(_, rest)| rest))
        .map(str::to_owned)
        .collect();
    said.sort();
    said.dedup();
    top["coverage"]["notes"] = said.into();
    hunt
}

#[test]
fn threads_order_splits_and_compression_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let lines = logs::walked();
    let half = lines.len() / 2;
    let whole = put(folder.path(), "whole.log", logs::text(&lines));
    let text = std::fs::read(&whole).unwrap();
    let gz = put(folder.path(), "whole.log.gz", logs::gzip(&text));
    let zst = put(folder.path(), "whole.log.zst", zstd::encode_all(text.as_slice(), 3).unwrap());
    let first = put(folder.path(), "part-1.log", logs::text(&lines[..half]));
    let second = put(folder.path(), "part-2.log", logs::text(&lines[half..]));

    let bytes = |arguments: &[&str]| {
        let run = run([&["hunt", "--format", "json", "-q"], arguments].concat());
        run.expect_end(0, &[]);
        run.out
    };
    let one_thread = bytes(&["--threads", "1", arg(&whole)]);
    assert_eq!(one_thread, bytes(&["--threads", "2", arg(&whole)]));
    assert_eq!(one_thread, bytes(&["--threads", "2", arg(&whole)]), "twice the same");
    let parts = bytes(&[arg(&first), arg(&second)]);
    assert_eq!(parts, bytes(&[arg(&second), arg(&first)]));
    assert_eq!(parts, bytes(&["--threads", "1", arg(&second), arg(&first)]));

    let reference: Value = serde_json::from_str(&one_thread).unwrap();
    let reference_lines = evidence(of_walker(&reference));
    for other in [&gz, &zst] {
        let hunt = hunted(&[other], &[]);
        assert_eq!(evidence(of_walker(&hunt)), reference_lines);
        assert_eq!(without_places(hunt), without_places(reference.clone()), "{}", other.display());
    }
    let parts: Value = serde_json::from_str(&parts).unwrap();
    let of_parts: Vec<(u64, u64)> = evidence(of_walker(&parts))
        .into_iter()
        .map(|(source, line)| (1, line + if source == 2 { half as u64 } else { 0 }))
        .collect();
    assert_eq!(of_parts, reference_lines);
    assert_eq!(without_places(parts), without_places(reference));
}

/// Findings without what names sources, each with its lines in one log of these parts, given by their lengths.
fn findings_of(hunt: &Value, parts: &[usize]) -> Vec<(Value, Vec<u64>)> {
    let before = |source: u64| parts[..source as usize - 1].iter().sum::<usize>() as u64;
    let told = without_places(hunt.clone());
    let lines = |finding| evidence(finding).into_iter().map(|(source, line)| before(source) + line).collect();
    list(&told["findings"]).iter().cloned().zip(list(&hunt["findings"]).iter().map(lines)).collect()
}

#[test]
fn a_sample_in_pieces_packed_and_out_of_order_gives_the_same_findings() {
    let folder = tempfile::tempdir().unwrap();
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-logs/justdial/access.log");
    let text = std::fs::read_to_string(&sample).unwrap();
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let (one, two) = (lines.len() / 5, lines.len() / 2);
    let first = put(folder.path(), "part-1.log", logs::text(&lines[..one]));
    let second = put(folder.path(), "part-2.log.gz", logs::gzip(logs::text(&lines[one..two]).as_bytes()));
    let third = logs::text(&lines[two..]);
    let third = put(folder.path(), "part-3.log.zst", zstd::encode_all(third.as_bytes(), 3).unwrap());
    let whole = hunted(&[&sample], &["--threads", "1"]);
    let pieces = hunted(&[&third, &first, &second], &["--threads", "3"]);
    let expected = findings_of(&whole, &[lines.len()]);
    assert!(!expected.is_empty());
    assert_eq!(findings_of(&pieces, &[one, two - one, lines.len() - two]), expected);
    assert_eq!(pieces["incidents"], whole["incidents"]);
}

#[test]
fn a_rule_with_an_unknown_column_or_measure_is_named_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let log = put(folder.path(), "gw.log", logs::text(&logs::quiet()[..200]));
    let built_in = Path::new(env!("CARGO_MANIFEST_DIR")).join("queries/rules/object-walk.yml");
    let built_in = std::fs::read_to_string(built_in).unwrap();
    let rules = folder.path().join("rules");
    std::fs::create_dir(&rules).unwrap();
    for (right, wrong) in
        [("n_unique(object_id)", "n_uniqe(object_id)"), ("n_unique(object_id)", "n_unique(objekt_id)")]
    {
        assert!(built_in.contains(right));
        put(&rules, "own.yml", built_in.replacen(right, wrong, 1));
        let line = 1 + built_in[..built_in.find(right).unwrap()].matches('\n').count();
        let place = format!("own.yml:{line}:");
        let words = [place.as_str(), "did you mean", "^"];
        run(["hunt", arg(&log), "--rules", arg(&rules)]).expect_end(0, &words);
        let strict = run(["hunt", arg(&log), "--rules", arg(&rules), "--strict"]);
        strict.expect_end(2, &words);
        assert_eq!(strict.out, "");
    }
}

#[test]
fn rules_can_be_chosen_and_broken_ones_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let log = put(folder.path(), "gw.log", logs::text(&logs::walked()));
    let id = of_walker(&hunted(&[&log], &[]))["rule"].as_str().unwrap().to_owned();
    let only = hunted(&[&log], &["--rule", &id]);
    assert_eq!(list(&only["rules"]).len(), 1);
    of_walker(&only);
    let mistyped = format!("{}x", &id[..id.len() - 1]);
    run(["hunt", arg(&log), "--rule", &mistyped]).expect_end(2, &["unknown rule", "did you mean", &id]);
    let rules = folder.path().join("rules");
    std::fs::create_dir(&rules).unwrap();
    put(&rules, "broken.yml", "title: Broken\nlevel: [high\n");
    run(["hunt", arg(&log), "--rules", arg(&rules)]).expect_end(0, &["broken.yml:", "^"]);
    let notes = hunted(&[&log], &["--rules", arg(&rules)])["coverage"]["notes"].to_string();
    assert!(notes.contains("a rule file was left out: ") && notes.contains("broken.yml:2:"), "{notes}");
    run(["hunt", arg(&log), "--rules", arg(&rules), "--strict"]).expect_end(2, &["broken.yml:"]);
    run(["rules", "test", arg(&rules)]).expect_end(2, &["broken.yml:"]);
}
