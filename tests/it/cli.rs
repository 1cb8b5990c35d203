//! The command line: help, and one clear sentence with the right exit code for every bad input.

use crate::logs::{self, arg, put};
use crate::{program, run};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// A good log, to show that other sources are still read.
fn good(folder: &Path) -> PathBuf {
    put(folder, "good.log", logs::text(&logs::quiet()[..100]))
}

/// A bad path alone ends with 2; beside a good one the good one is read and it ends with 3. Either way it is named.
#[track_caller]
fn refuses(folder: &Path, bad: &Path, words: &[&str]) {
    let name = bad.file_name().unwrap().to_str().unwrap();
    let words: Vec<&str> = words.iter().copied().chain([name]).collect();
    let alone = run(["parse", arg(bad)]);
    alone.expect_end(2, &words);
    assert_eq!(alone.out, "");
    let beside = run(["parse", arg(bad), arg(&good(folder))]);
    beside.expect_end(3, &words);
    assert_eq!(beside.out.lines().filter(|line| line.contains("good.log")).count(), 100);
}

#[test]
fn a_missing_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    refuses(folder.path(), &folder.path().join("nowhere.log"), &["error: "]);
}

#[test]
fn a_directory_without_logs_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("hollow");
    std::fs::create_dir(&empty).unwrap();
    refuses(folder.path(), &empty, &["error: "]);
}

#[test]
fn binary_empty_and_prose_files_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let mut dice = logs::Dice::new(3);
    let noise: Vec<u8> = (0..50_000).map(|_| dice.roll(256) as u8).collect();
    refuses(folder.path(), &put(folder.path(), "picture.bin", noise), &["error: "]);
    let nothing = put(folder.path(), "nothing.log", "");
    run(["parse", arg(&nothing)]).expect_end(2, &["error: ", "nothing.log is empty"]);
    // Beside others it is no fault: a log is empty when it was just rotated.
    let blank = put(folder.path(), "blank.log", "\n\n \n");
    run(["parse", arg(&nothing), arg(&blank), arg(&good(folder.path()))])
        .expect_end(0, &["note: empty", "blank.log, ", "nothing.log"]);
    let hunt = run(["hunt", arg(&nothing), arg(&good(folder.path()))]);
    let listed = hunt.out.lines().find(|line| line.contains("nothing.log")).unwrap_or_default();
    assert!(listed.trim_end().ends_with("empty") && !listed.contains("unknown"), "{}", hunt.out);
    let hunt = run(["hunt", arg(&nothing), arg(&blank), arg(&good(folder.path()))]);
    assert!(hunt.out.contains("and 2 empty files") && !hunt.out.contains("no known format"), "{}", hunt.out);
    refuses(folder.path(), &put(folder.path(), "hole.log", [0; 5000]), &["5,000 NUL bytes and nothing else"]);
    let prose = "Dear all,\nthe meeting is moved to Thursday.\nBring the minutes.\n".repeat(20);
    refuses(folder.path(), &put(folder.path(), "letter.txt", prose), &["error: "]);
}

#[test]
fn a_line_without_end_and_records_of_another_format_are_told_as_what_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let line = format!("203.0.113.7 - - [04/Mar/2026:02:11:40 +0000] \"GET /a?{}", "x".repeat(3 << 20));
    let endless = put(folder.path(), "endless.log", &line);
    refuses(folder.path(), &endless, &["the first line does not end where records do"]);
    let prose = put(folder.path(), "letter.txt", "Dear all,\nthe meeting is moved.\n");
    run(["parse", "--input-format", "nginx-combined", arg(&prose)])
        .expect_end(2, &["error: no record could be read as a request", "formats detect"]);
    run(["parse", "-"]).expect_end(2, &["error: -: standard input is empty; pipe a log into it"]);
}

#[test]
#[cfg(unix)]
fn a_name_of_two_lines_makes_no_second_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let name = folder.path().join("a\nerror: b\u{1b}[31m.log");
    let said = run(["parse", arg(&name)]).err;
    assert!(said.contains("a\\nerror: b\\x1b[31m.log"), "{said}");
    assert_eq!(said.lines().filter(|line| line.starts_with("error:")).count(), 1, "{said}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_file_that_cannot_be_read_is_named() {
    let folder = tempfile::tempdir().unwrap();
    // Opens for everybody, and gives an error when read from its start.
    refuses(folder.path(), Path::new("/proc/self/mem"), &["error: "]);
}

#[test]
#[cfg(unix)]
fn a_file_that_is_gone_when_it_is_read_is_named() {
    let folder = tempfile::tempdir().unwrap();
    good(folder.path());
    // Listed with its directory, and not there: as after a rotation in between.
    std::os::unix::fs::symlink("nowhere", folder.path().join("rotated.log")).unwrap();
    let run = run(["parse", arg(folder.path())]);
    run.expect_end(3, &["error: ", "rotated.log is a link to nowhere, which is not there"]);
    assert_eq!(run.out.lines().count(), 100);
}

#[test]
fn nul_bytes_spoil_their_own_line_only() {
    let folder = tempfile::tempdir().unwrap();
    let mut bytes = b"a\0b\0\n".to_vec();
    bytes.extend(logs::text(&logs::quiet()[..100]).into_bytes());
    let log = put(folder.path(), "nul.log", bytes);
    let run = run(["parse", arg(&log)]);
    run.expect_end(0, &["nul.log:1:", "100 rows + 1 reject +"]);
}

#[test]
fn unknown_files_found_in_a_directory_are_a_note_only() {
    let folder = tempfile::tempdir().unwrap();
    good(folder.path());
    put(folder.path(), "letter.txt", "Dear all,\nthe meeting is moved.\n".repeat(20));
    let run = run(["parse", arg(folder.path())]);
    run.expect_end(0, &["letter.txt"]);
    assert_eq!(run.out.lines().count(), 100);
}

#[test]
fn a_cut_archive_gives_what_is_in_it_and_3() {
    let folder = tempfile::tempdir().unwrap();
    let whole = logs::gzip(logs::text(&logs::quiet()).as_bytes());
    let cut = put(folder.path(), "cut.log.gz", &whole[..whole.len() / 2]);
    let run = run(["parse", arg(&cut)]);
    run.expect_end(3, &["cut.log.gz"]);
    let rows = run.out.lines().count();
    assert!(rows > 100 && rows < logs::quiet().len(), "{rows}");
}

#[test]
fn an_endless_line_is_a_reject() {
    let folder = tempfile::tempdir().unwrap();
    let mut bytes = logs::text(&logs::quiet()[..100]).into_bytes();
    bytes.resize(bytes.len() + 100_000_000, b'x');
    bytes.push(b'\n');
    bytes.extend(logs::text(&logs::quiet()[..1]).into_bytes());
    let log = put(folder.path(), "endless.log", bytes);
    let run = run(["parse", arg(&log)]);
    run.expect_end(0, &["endless.log:101:", "101 rows + 1 reject +"]);
}

#[test]
fn a_wrong_directive_is_shown_with_a_caret() {
    let folder = tempfile::tempdir().unwrap();
    let log = good(folder.path());
    let directive = "$remote_addr [$time_local] \"$reqest\" $status";
    let run = run(["parse", arg(&log), "--log-format", directive, "--log-format-kind", "nginx"]);
    run.expect_end(2, &["reqest", "^"]);
    assert_eq!(run.out, "");
}

#[test]
fn a_pasted_directive_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let lines: Vec<String> = (0..50)
        .map(|n| format!("[04/Mar/2026:02:29:{n:02} +0000] 198.51.100.7 | GET /a/{n} HTTP/1.1 | 200 | 12"))
        .collect();
    let log = put(folder.path(), "own.log", logs::text(&lines));
    let directive = "[$time_local] $remote_addr | $request | $status | $body_bytes_sent";
    let run = run(["parse", arg(&log), "--log-format", directive, "-q"]);
    run.expect_end(0, &[]);
    let rows = run.json_lines();
    assert_eq!(rows.len(), 50);
    assert_eq!(rows[7]["target"], "/a/7");
    assert_eq!(rows[7]["peer_ip"], "198.51.100.7");
    assert_eq!(rows[7]["bytes_out"], 12);
}

#[test]
fn wrong_sql_is_shown_with_a_caret_and_a_suggestion() {
    let folder = tempfile::tempdir().unwrap();
    let log = good(folder.path());
    let run = run(["query", arg(&log), "--sql", "SELECT stauts FROM requests"]);
    run.expect_end(2, &["stauts", "^", "status"]);
    assert_eq!(run.out, "");
}

#[test]
fn sql_answers_in_every_shape() {
    let folder = tempfile::tempdir().unwrap();
    let log = good(folder.path());
    let query = |format: &str| {
        let sql = "SELECT status, count(*) AS n FROM requests GROUP BY status ORDER BY n DESC LIMIT 1";
        let run = run(["query", arg(&log), "--sql", sql, "--format", format, "-q"]);
        run.expect_end(0, &[]);
        run
    };
    let rows = query("json").json();
    assert_eq!(rows[0]["status"], 200);
    let n = rows[0]["n"].as_u64().unwrap();
    assert_eq!(query("jsonl").json_lines()[0], rows[0]);
    assert_eq!(query("csv").out, format!("status,n,neutralised\r\n200,{n},\r\n"));
    assert_eq!(query("table").out, format!("status   n\n   200  {n}\n"));
    let many = run(["query", arg(&log), "--sql", "SELECT target FROM requests", "--limit", "7"]);
    many.expect_end(0, &["first 7 rows"]);
    assert_eq!(many.out.lines().count(), 8);
}

#[test]
fn rows_and_answers_can_be_parquet() {
    let folder = tempfile::tempdir().unwrap();
    let log = good(folder.path());
    for arguments in [vec!["parse"], vec!["query", "--sql", "SELECT ts, target FROM requests"]] {
        let output = program().args(arguments).args(["--format", "parquet", "-q", arg(&log)]).output().unwrap();
        assert!(output.status.success());
        assert!(output.stdout.starts_with(b"PAR1") && output.stdout.ends_with(b"PAR1"));
    }
}

#[test]
fn wrong_values_say_what_is_expected() {
    let folder = tempfile::tempdir().unwrap();
    let log = good(folder.path());
    let log = arg(&log);
    for (arguments, words) in [
        (vec!["--memory", "lots"], vec!["`lots` is no size", "512M"]),
        (vec!["--display-tz", "Asia/Soul"], vec!["did you mean `Asia/Seoul`?"]),
        (vec!["--since", "yesterday"], vec!["--since", "`yesterday` is no time"]),
        (vec!["--since", "2026-03-05", "--until", "2026-03-04"], vec!["--since is not before --until"]),
        (vec!["--min-level", "bad"], vec!["unknown level `bad`", "critical"]),
        (vec!["--input-format", "kongg"], vec!["--input-format", "unknown format `kongg`", "did you mean `kong`?"]),
        (vec!["--log-format", "plain words"], vec!["--log-format", "  plain words", "^"]),
        (vec!["--trusted-proxy", "10.0.0.0/99"], vec!["10.0.0.0/99"]),
        (vec!["--openapi", "spec.yml"], vec!["--openapi", "spec.yml cannot be read"]),
    ] {
        let run = run([&["hunt", log], arguments.as_slice()].concat());
        run.expect_end(2, &words);
        assert_eq!(run.out, "");
    }
}

#[test]
fn times_without_a_zone_are_in_the_display_zone() {
    let folder = tempfile::tempdir().unwrap();
    let log = good(folder.path());
    let rows = |options: &[&str]| {
        let run = run([&["parse", arg(&log), "-q"], options].concat());
        run.expect_end(0, &[]);
        run.json_lines()
    };
    let all = rows(&[]);
    let middle = all[50]["ts"].as_str().unwrap();
    let later = all.iter().filter(|row| row["ts"].as_str().unwrap() >= middle).count();
    assert!(later > 10 && later < 100);
    assert_eq!(rows(&["--load-since", middle]).len(), later);
    // Seoul is nine hours ahead.
    let hour: u32 = middle[11..13].parse().unwrap();
    let in_seoul = format!("2026-03-04 {:02}{}", hour + 9, &middle[13..19]);
    assert_eq!(rows(&["--display-tz", "Asia/Seoul", "--load-since", &in_seoul]).len(), later);
}

#[test]
fn a_closed_pipe_is_no_fault() {
    let folder = tempfile::tempdir().unwrap();
    let log = put(folder.path(), "gw.log", logs::text(&logs::walked()));
    for arguments in [
        vec!["parse"],
        vec!["parse", "--format", "csv"],
        vec!["query", "--sql", "SELECT * FROM requests", "--format", "json"],
    ] {
        let mut child =
            program().args(&arguments).arg(&log).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut pipe = child.stdout.take().unwrap();
        pipe.read_exact(&mut [0; 10]).unwrap();
        drop(pipe);
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {said}");
        assert!(!said.contains("error"), "{said}");
    }
}

#[test]
fn the_view_needs_a_terminal_and_words_need_meaning() {
    let folder = tempfile::tempdir().unwrap();
    let log = good(folder.path());
    run([arg(&log)]).expect_end(2, &["needs a terminal", "breachline hunt"]);
    run(["view", arg(&log)]).expect_end(2, &["needs a terminal"]);
    run(["hnut", arg(&log)]).expect_end(2, &["neither a file nor a command", "did you mean `hunt`?"]);
    run(["quarterly", arg(&log)])
        .expect_end(2, &["neither a file nor a command", "survey, hunt, match, route, entity, timeline, query"]);
    run(Vec::<&str>::new()).expect_end(2, &["Usage"]);
}

#[test]
fn the_schema_is_told_in_both_shapes() {
    let document = run(["schema", "--format", "json"]).json();
    let columns = document["columns"].as_array().unwrap();
    let names: Vec<&str> = columns.iter().map(|column| column["name"].as_str().unwrap()).collect();
    assert!(names.starts_with(&["ts", "hour", "day"]), "{names:?}");
    for column in columns {
        assert!(["fact", "derivation"].contains(&column["origin"].as_str().unwrap()));
        assert!(["time", "number", "text"].contains(&column["type"].as_str().unwrap()));
    }
    let table = run(["schema"]).out;
    assert!(names.iter().all(|name| table.contains(name)));
    assert!(!document["functions"].as_array().unwrap().is_empty());
    let tables = document["tables"].as_array().unwrap();
    let told: Vec<&str> = tables.iter().map(|table| table["name"].as_str().unwrap()).collect();
    assert_eq!(told, ["requests", "findings", "evidence", "routes", "actors"]);
    for of in tables {
        assert!(of["columns"].as_array().unwrap().len() > 10 && of["doc"].as_str().unwrap().ends_with('.'), "{of}");
    }
    assert!(["TABLE findings", "subjects_at_most", "bare_since"].iter().all(|words| table.contains(words)), "{table}");
}

#[test]
fn findings_and_evidence_can_be_asked_with_sql() {
    let folder = tempfile::tempdir().unwrap();
    let log = put(folder.path(), "gw.log", logs::text(&logs::walked()));
    let ask = |sql: &str| {
        let run = run(["query", arg(&log), "-q", "--format", "json", "--sql", sql]);
        run.expect_end(0, &[]);
        run.json()
    };
    let sql = "SELECT f.rule, e.client_ip, count(*) AS n FROM findings f JOIN evidence e ON e.finding = f.finding \
               WHERE f.rule = 'object-walk' GROUP BY f.rule, e.client_ip";
    let rows = ask(sql);
    assert_eq!((&rows[0]["rule"], &rows[0]["client_ip"]), (&"object-walk".into(), &logs::WALKER.into()));
    let hunt = run(["hunt", arg(&log), "-q", "--format", "json", "--rule", "object-walk"]).json();
    assert_eq!(rows[0]["n"], hunt["findings"][0]["evidence"]["rows"]);
    let busiest = ask("SELECT value, requests FROM actors WHERE kind = 'client_ip' ORDER BY requests DESC LIMIT 1");
    assert_eq!(busiest, serde_json::json!([{"value": logs::WALKER, "requests": 1500}]));
    let wrong = run(["query", arg(&log), "--sql", "SELECT lvel FROM findings"]);
    wrong.expect_end(2, &["there is no column `lvel`; did you mean `level`?", "^^^^"]);
}

#[test]
fn formats_are_listed_shown_recognised_and_tested() {
    let folder = tempfile::tempdir().unwrap();
    let list = run(["formats", "list"]);
    list.expect_end(0, &[]);
    let id = list.out.lines().nth(1).unwrap().split(' ').next().unwrap().to_owned();
    assert!(!run(["formats", "show", &id]).expect_end(0, &[]).out.trim().is_empty());
    run(["formats", "show", &format!("{id}x")]).expect_end(2, &["unknown format", "did you mean", &id]);
    run(["formats", "test"]).expect_end(0, &[]);
    let detected = run(["formats", "detect", arg(&good(folder.path())), "-q"]);
    detected.expect_end(0, &[]);
    assert!(detected.out.contains("good.log") && detected.out.contains("chosen"), "{}", detected.out);
}

#[test]
fn rules_are_listed_shown_and_tested() {
    let list = run(["rules"]);
    list.expect_end(0, &[]);
    let id = list.out.lines().nth(1).unwrap().split(' ').next().unwrap().to_owned();
    assert!(!run(["rules", "show", &id]).expect_end(0, &[]).out.trim().is_empty());
    run(["rules", "show", &format!("{id}x")]).expect_end(2, &["unknown rule", "did you mean", &id]);
    let tested = run(["rules", "test"]);
    tested.expect_end(0, &[]);
    assert!(tested.out.contains(" 0 failed"), "{}", tested.out);
}

#[test]
fn completions_and_the_manual_name_the_commands() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = run(["completions", shell]);
        script.expect_end(0, &[]);
        assert!(script.out.contains("fail-on"), "{shell}");
    }
    let manual = run(["man"]);
    manual.expect_end(0, &[]);
    for word in [".TH", "BREACHLINE HUNT", "fail\\-on", "Exit codes"] {
        assert!(manual.out.contains(word), "{word}");
    }
}

#[test]
fn help_is_as_settled() {
    insta::assert_snapshot!("help", run(["--help"]).out);
    insta::assert_snapshot!("help-hunt", run(["hunt", "--help"]).out);
    insta::assert_snapshot!("help-short", run(["-h"]).out);
}
