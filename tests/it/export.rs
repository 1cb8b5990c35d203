//! The evidence bundle: hashes that hold, bytes that repeat, cells that do not run, people who are not named.

use crate::logs::{self, WALKER, arg, put};
use crate::run;
use breachline::export::{self, Export};
use breachline::session::{Session, SessionOptions};
use breachline_parsers::load::LoadOptions;
use breachline_queries::derive::DeriveOptions;
use breachline_queries::finding::{BlastRadius, Finding, Hunt, Level, Outcome, Subjects};
use breachline_queries::hunt::HuntOptions;
use breachline_queries::selection::Selection;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;

fn sha256(bytes: &[u8]) -> String {
    export::hex(&Sha256::digest(bytes))
}

/// Rows of a CSV file as name and value.
fn rows(path: &Path) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let names: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    reader
        .records()
        .map(|record| names.iter().cloned().zip(record.unwrap().iter().map(str::to_owned)).collect())
        .collect()
}

fn files(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read(&path).unwrap())
        })
        .collect()
}

fn assert_manifest_holds(directory: &Path) -> Value {
    let manifest: Value = serde_json::from_slice(&std::fs::read(directory.join("manifest.json")).unwrap()).unwrap();
    assert_eq!(manifest["schema"], "breachline.manifest/1");
    assert_eq!(manifest["masked"], true);
    for source in manifest["sources"].as_array().unwrap() {
        let bytes = std::fs::read(source["path"].as_str().unwrap()).unwrap();
        assert_eq!(source["sha256"], sha256(&bytes));
        assert_eq!(source["bytes"], bytes.len());
    }
    let listed: Vec<&str> =
        manifest["outputs"].as_array().unwrap().iter().map(|o| o["path"].as_str().unwrap()).collect();
    let mut there: Vec<String> = files(directory).into_keys().filter(|name| name != "manifest.json").collect();
    there.sort();
    let mut sorted = listed.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, there);
    for output in manifest["outputs"].as_array().unwrap() {
        let path = directory.join(output["path"].as_str().unwrap());
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!(output["sha256"], sha256(&bytes));
        assert_eq!(output["bytes"], bytes.len());
        assert_eq!(output["rows"], rows(&path).len());
    }
    manifest
}

#[test]
fn a_bundle_repeats_byte_for_byte_and_its_hashes_hold() {
    let folder = tempfile::tempdir().unwrap();
    let text = logs::text(&logs::walked());
    for (name, bytes) in [("gw.log", text.as_bytes().to_vec()), ("gw.log.gz", logs::gzip(text.as_bytes()))] {
        let log = put(folder.path(), name, bytes);
        let bundles = [1, 2].map(|n| folder.path().join(format!("{name}-{n}")));
        for bundle in &bundles {
            run(["export", arg(&log), "--out", arg(bundle)]).expect_end(0, &["1 finding, ", "evidence rows"]);
        }
        assert!(files(&bundles[0]) == files(&bundles[1]), "{name}");
        let manifest = assert_manifest_holds(&bundles[0]);
        assert_eq!(manifest["version"], env!("CARGO_PKG_VERSION"));
        let evidence = rows(&bundles[0].join("evidence.csv"));
        assert!(evidence.len() > 1000);
        assert!(evidence.iter().filter(|row| row["client_ip"] == WALKER).count() > 1000);
        for row in &evidence {
            let start: usize = row["byte_offset"].parse().unwrap();
            let length: usize = row["byte_len"].parse().unwrap();
            let line = &text.as_bytes()[start..start + length];
            assert_eq!(row["line_sha256"], sha256(line));
            assert_eq!(text.lines().nth(row["line_no"].parse::<usize>().unwrap() - 1).unwrap().as_bytes(), line);
        }
        let findings = rows(&bundles[0].join("findings.csv"));
        for finding in &findings {
            let lines = evidence.iter().filter(|row| row["finding"] == finding["id"]).count();
            assert_eq!(finding["rows"], lines.to_string());
        }
    }
}

#[test]
fn a_directory_with_something_in_it_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let log = put(folder.path(), "gw.log", logs::text(&logs::quiet()[..100]));
    let out = folder.path().join("out");
    std::fs::create_dir(&out).unwrap();
    put(&out, "older.txt", "evidence of last week");
    run(["export", arg(&log), "--out", arg(&out)]).expect_end(2, &["out", "not empty"]);
    assert_eq!(files(&out).len(), 1);
    run(["export", arg(&log), "--out", arg(&log)]).expect_end(2, &["gw.log", "new directory"]);
    let fresh = folder.path().join("deep/fresh");
    run(["export", arg(&log), "--out", arg(&fresh)]).expect_end(0, &[]);
    assert_manifest_holds(&fresh);
}

#[test]
fn an_unknown_finding_is_refused_and_one_can_be_chosen() {
    let folder = tempfile::tempdir().unwrap();
    let log = put(folder.path(), "gw.log", logs::text(&logs::walked()));
    let hunt = run(["hunt", arg(&log), "--format", "json", "-q"]).json();
    let id = hunt["findings"][0]["id"].as_str().unwrap();
    let out = folder.path().join("one");
    run(["export", arg(&log), "--out", arg(&out), "--finding", id]).expect_end(0, &[]);
    let findings = rows(&out.join("findings.csv"));
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0]["id"], id);
    assert!(rows(&out.join("evidence.csv")).iter().all(|row| row["finding"] == id));
    let other = folder.path().join("none");
    run(["export", arg(&log), "--out", arg(&other), "--finding", "nonsense"]).expect_end(2, &["nonsense"]);
    assert!(!other.exists());
}

/// Opens a log as the commands do.
fn open(path: &Path) -> Session {
    let options = SessionOptions {
        paths: vec![arg(path).to_owned()],
        load: LoadOptions { keep_raw: true, ..LoadOptions::default() },
        report: Selection::default(),
        derive: DeriveOptions::default(),
        hunt: HuntOptions::default(),
        display_tz: chrono_tz::Tz::UTC,
    };
    Session::open(&options, &mut |_| {}).unwrap()
}

/// A hunt whose only finding has all requests as evidence.
fn all_requests(session: &Session) -> Hunt {
    let finding = Finding {
        id: "f1".to_owned(),
        supersedes: Vec::new(),
        rule: "made-up".to_owned(),
        title: "=HYPERLINK(\"http://example.test\")".to_owned(),
        tags: Vec::new(),
        modelled_on: None,
        level: Level::High,
        confidence: 0.5,
        outcome: Outcome::Answered,
        entities: Vec::new(),
        first: None,
        last: None,
        measures: BTreeMap::new(),
        evidence: (0..session.requests.rows() as u32).collect(),
        exchanges: session.requests.rows() as u64,
        exchanges_unlimited: None,
        digest: "d".to_owned(),
        blast_radius: BlastRadius {
            objects: 0,
            subjects: Subjects { at_least: 0, at_most: None, basis: String::new() },
            bytes: 0,
        },
        incident: None,
        why: Vec::new(),
        innocent_if: String::new(),
        next_steps: String::new(),
    };
    Hunt { findings: vec![finding], ..Hunt::default() }
}

#[test]
fn cells_that_would_run_are_neutralised_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let agents = ["=cmd|' /C calc'!A0", "@SUM(1)", "plain", "+1\\x22", "＝1+1", "-2"];
    let lines: Vec<String> = agents
        .iter()
        .enumerate()
        .map(|(n, agent)| {
            format!("198.51.100.7 - - [04/Mar/2026:02:29:{n:02} +0000] \"GET /a HTTP/1.1\" 200 12 \"-\" \"{agent}\"")
        })
        .collect();
    let log = put(folder.path(), "gw.log", logs::text(&lines));
    let session = open(&log);
    assert_eq!(session.requests.rows(), agents.len());
    let hunt = all_requests(&session);
    let out = folder.path().join("out");
    let given = ["--rule=made-up".to_owned()];
    export::write(Export { session: &session, hunt: &hunt, rules: &[], options: &given }, &out).unwrap();
    assert_manifest_holds(&out);
    let evidence = rows(&out.join("evidence.csv"));
    for (row, agent) in evidence.iter().zip(agents) {
        let cell = &row["user_agent"];
        if agent == "plain" {
            assert_eq!((cell.as_str(), row["neutralised"].as_str()), ("plain", ""));
        } else {
            assert!(cell.starts_with('\''), "{cell}");
            assert_eq!(row["neutralised"], "user_agent");
        }
        assert!(row.values().all(|cell| !cell.starts_with(['=', '+', '-', '@', '＝'])));
    }
    let findings = rows(&out.join("findings.csv"));
    assert_eq!(findings[0]["neutralised"], "title");
}

#[test]
fn people_are_not_named_in_evidence() {
    let folder = tempfile::tempdir().unwrap();
    let mut dice = logs::Dice::new(5);
    let numbers: Vec<String> = (0..200).map(|_| format!("010{:08}", dice.roll(100_000_000))).collect();
    let lines: Vec<String> = numbers
        .iter()
        .enumerate()
        .map(|(n, number)| {
            let (minute, second) = (n / 60, n % 60);
            format!(
                "198.51.100.7 - - [04/Mar/2026:02:{minute:02}:{second:02} +0000] \
                 \"GET /kyc/{number}?src=app HTTP/1.1\" 200 12 \"http://x.test/kyc/{number}\" \"x\""
            )
        })
        .collect();
    let log = put(folder.path(), "gw.log", logs::text(&lines));
    let session = open(&log);
    let kinds: Vec<_> = session.requests.derived.kind_of_object.iter().filter(|kind| kind.is_personal()).collect();
    assert!(!kinds.is_empty(), "the derivation knows such ids");
    let hunt = all_requests(&session);
    let out = folder.path().join("out");
    export::write(Export { session: &session, hunt: &hunt, rules: &[], options: &[] }, &out).unwrap();
    let evidence = rows(&out.join("evidence.csv"));
    assert_eq!(evidence.len(), 200);
    for (number, row) in numbers.iter().zip(&evidence) {
        let masked = format!("…{}", &number[8..]);
        assert_eq!(row["object_id"], masked);
        assert_eq!(row["target"], format!("/kyc/{masked}?src=app"));
        assert!(row.values().all(|cell| !cell.contains(number)), "{row:?}");
    }
}
