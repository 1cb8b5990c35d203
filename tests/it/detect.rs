//! `formats detect` explains itself, and what was decided about sources is said wherever sources are listed.

use crate::logs::{self, arg, put};
use crate::run;
use std::fmt::Write;

/// A combined line; `end` stands behind it.
fn combined(n: usize, end: &str) -> String {
    format!(
        "192.0.2.{} - - [02/Jan/2024:03:{:02}:04 +0000] \"GET /a/{n} HTTP/1.1\" 200 17 \"-\" \"curl/8\"{end}\n",
        n % 200,
        n % 60
    )
}

fn kong(n: usize) -> String {
    format!(
        "{{\"request\":{{\"method\":\"GET\",\"uri\":\"/k/{n}\",\"headers\":{{\"host\":\"a.example\"}}}},\"response\":{{\"status\":200,\"size\":\"8\"}},\"latencies\":{{\"request\":3,\"kong\":1,\"proxy\":2}},\"client_ip\":\"192.0.2.9\",\"started_at\":{}}}\n",
        1_710_238_532_000_u64 + n as u64
    )
}

#[test]
fn the_place_where_a_line_stops_fitting_is_under_the_caret() {
    let folder = tempfile::tempdir().unwrap();
    let mut text: String = (0..40).map(|n| combined(n, "")).collect();
    text.push_str(
        "192.0.2.7 - - [02/Jan/2024:03:04:05 +0000] \"GET /a?token=hunter22\u{1b}[31m HTTP/1.1\" OK 5 \"-\" \"x\"\n",
    );
    let log = put(folder.path(), "cut.log", text);
    let table = run(["formats", "detect", arg(&log)]);
    table.expect_end(0, &[]);
    assert!(!table.out.contains('\u{1b}') && !table.out.contains("hunter22"), "{}", table.out);
    let lines: Vec<&str> = table.out.lines().collect();
    let caret = lines.iter().position(|line| line.trim() == "^").unwrap();
    let at = lines[caret].find('^').unwrap();
    assert!(lines[caret - 1].chars().skip(at).collect::<String>().starts_with("OK 5 "), "{}", table.out);
    assert!(table.out.contains("line 41, byte 82: no status: `OK`"), "{}", table.out);
    assert!(lines[caret - 1].contains("\"GET /a?token=~"), "{}", table.out);

    let json = run(["formats", "detect", arg(&log), "--format", "json"]);
    assert_eq!(json.out, run(["formats", "detect", arg(&log), "--format", "json", "--threads", "1"]).out);
    let document = json.json();
    assert_eq!(document["schema"], "breachline.detect/1");
    let source = &document["sources"][0];
    assert_eq!((&source["format"], &source["read"]["rejects"]), (&"nginx-combined".into(), &1.into()));
    assert_eq!((&source["refused"]["line"], &source["refused"]["byte"]), (&41.into(), &82.into()));
    let chosen: Vec<_> = source["candidates"].as_array().unwrap().iter().filter(|one| one["chosen"] == true).collect();
    assert_eq!((chosen.len(), &chosen[0]["accepts"], &chosen[0]["of"]), (1, &40.into(), &41.into()));
}

#[test]
fn an_unlabelled_duration_is_named_with_the_option_that_settles_it() {
    let folder = tempfile::tempdir().unwrap();
    let log = put(folder.path(), "timed.log", (0..40).map(|n| combined(n, " 15250")).collect::<String>());
    let open = run(["formats", "detect", arg(&log)]);
    open.expect_end(0, &[]);
    for words in ["duration_us", "combined-us is likely", "--input-format combined-us"] {
        assert!(open.out.contains(words), "{words}: {}", open.out);
    }
    let settled = run(["formats", "detect", arg(&log), "--input-format", "combined-us"]);
    assert!(!settled.out.contains("open:") && settled.out.contains("named by the options"), "{}", settled.out);
    // What the option says is what a load then reads.
    let rows = run(["parse", arg(&log), "--input-format", "combined-us"]);
    assert_eq!(rows.json_lines()[0]["duration_us"], 15250);
}

#[test]
fn only_the_beginning_of_a_source_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let mut bytes: Vec<u8> = (0..40_000).flat_map(|n| combined(n, "").into_bytes()).collect();
    bytes.extend(vec![0xff; 3 << 20]);
    let log = put(folder.path(), "long.log", &bytes);
    // Cut in the middle: a load would complain.
    let zipped = logs::gzip(&bytes);
    let cut = put(folder.path(), "long.log.gz", &zipped[..zipped.len() / 2]);
    let document = run(["formats", "detect", arg(&log), arg(&cut), "--format", "json"]);
    let document = document.expect_end(0, &[]).json();
    for source in document["sources"].as_array().unwrap() {
        assert_eq!(source["sampled"]["whole"], false);
        assert_eq!((&source["sampled"]["bytes"], &source["read"]["rejects"]), (&(1 << 20).into(), &0.into()));
    }
    assert_eq!(document["sources"][1]["compression"], "gzip");
}

#[test]
fn what_cannot_be_recognised_ends_as_other_commands_do() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "letter.txt", "Dear all,\nthe meeting is moved.\n");
    let log = put(folder.path(), "good.log", combined(1, ""));
    let walked = run(["formats", "detect", arg(folder.path())]);
    walked.expect_end(0, &[]);
    assert!(walked.out.contains("none that is known") && !walked.out.contains("Dear all"), "{}", walked.out);
    let letter = folder.path().join("letter.txt");
    let named = run(["formats", "detect", arg(&letter), arg(&log)]);
    named.expect_end(3, &[]);
    assert!(named.out.contains("Dear all"), "{}", named.out);
    run(["formats", "detect", arg(&letter)]).expect_end(2, &[]);
    run(["formats", "detect", arg(&folder.path().join("nowhere.log"))]).expect_end(2, &["nowhere.log"]);
}

#[test]
fn what_was_decided_about_a_source_is_said_where_sources_are_listed() {
    let folder = tempfile::tempdir().unwrap();
    let mut mixed = String::new();
    for n in 0..60 {
        let _ = match n % 6 {
            0 | 1 => write!(mixed, "{}", kong(n)),
            2 => write!(mixed, "Jan  2 03:04:05 gw nginx: {}", combined(n, "")),
            _ => write!(mixed, "{}", combined(n, "")),
        };
    }
    put(folder.path(), "a.log", &mixed);
    put(folder.path(), "b.log", &mixed);
    put(folder.path(), "access.log-20200101", combined(1, ""));
    let time = |time: &str| format!("{{\"time\":\"{time}\",\"method\":\"GET\",\"path\":\"/a\",\"status\":200}}\n");
    put(
        folder.path(),
        "zone.log",
        ["2023-10-29T02:30:00", "2024-03-31T02:30:00", "2024-04-01T02:30:00"].map(time).concat(),
    );
    let options = ["--assume-tz", "Europe/Berlin", "--load-since", "2023-01-01T00:00:00Z"];
    let stats = run(["parse", arg(folder.path()), "--stats"].into_iter().chain(options));
    let stats: serde_json::Value = serde_json::from_str(stats.err.lines().last().unwrap()).unwrap();
    assert_eq!(stats["pruned"]["files"], 1);
    let report = run(["hunt", arg(folder.path()), "--format", "json"].into_iter().chain(options)).json();
    for sources in [&stats["sources"], &report["sources"]] {
        assert_eq!(sources[0]["format"], "nginx-combined");
        assert_eq!(
            sources[0]["others"],
            serde_json::json!([
                {"format": "kong", "rows": 20},
                {"format": "nginx-combined", "wrappers": ["syslog"], "rows": 10}
            ])
        );
        assert_eq!(sources[1]["read"], "copy");
        assert!(sources[1]["why"].as_str().unwrap().contains("a.log"));
        assert_eq!((&sources[2]["folded"], &sources[2]["gaps"]), (&1.into(), &1.into()));
        assert!(sources[2].get("others").is_none() && sources[2].get("read").is_none());
    }
    let table = run(["hunt", arg(folder.path())].into_iter().chain(options))
        .out
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    for words in [
        "1 time occurs twice in Europe/Berlin (the clock was set back), and the order of lines does not tell which is meant; the earlier was taken",
        "1 time never occurs in Europe/Berlin (the clock was set forward): the zone is doubtful, try --assume-tz",
        "of its 60 rows are 20 in kong and 10 in nginx-combined in syslog",
        "it was read once, under that name",
        "access.log-20200101",
    ] {
        assert!(table.contains(words), "{words}: {table}");
    }
}
