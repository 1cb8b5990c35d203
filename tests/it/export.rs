//! The evidence bundle: hashes that hold, bytes that repeat, cells that do not run, people who are not named.

use crate::logs::{self, WALKER, arg, files, put};
use crate::{finished, program, run, skipped};
use breachline::export::{self, Contents, Export};
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
use std::process::Command;

/// Options that put all there is into a bundle.
const EVERYTHING: [&str; 6] = ["--raw", "--ecs", "--containment", "--unmask", "--by", "k. lee"];

fn sha256(bytes: &[u8]) -> String {
    breachline_parsers::value::hex(&Sha256::digest(bytes))
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

fn json_lines(path: &Path) -> Vec<Value> {
    std::fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Every file but the sums stands in the sums, with its hash, in the form that `sha256sum -c` reads.
fn assert_sums_hold(directory: &Path) {
    let mut there = files(directory);
    let sums = String::from_utf8(there.remove("SHA256SUMS").unwrap()).unwrap();
    let listed: BTreeMap<&str, &str> = sums
        .lines()
        .map(|line| {
            let (hash, name) = line.split_once("  ").unwrap();
            (name, hash)
        })
        .collect();
    assert_eq!(listed.len(), sums.lines().count());
    assert_eq!(listed.keys().copied().collect::<Vec<_>>(), there.keys().map(String::as_str).collect::<Vec<_>>());
    for (name, bytes) in &there {
        assert_eq!(listed[name.as_str()], sha256(bytes), "{name}");
    }
    if let Ok(checked) =
        Command::new("sha256sum").args(["-c", "--strict", "--quiet", "SHA256SUMS"]).current_dir(directory).output()
    {
        assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
    } else {
        skipped("there is no sha256sum to check the bundle with");
    }
}

/// Files of a bundle that the manifest cannot name, since they name it.
const AFTER_THE_MANIFEST: [&str; 3] = ["SHA256SUMS", "custody.jsonl", "manifest.json"];

fn assert_manifest_holds(directory: &Path) -> Value {
    let manifest = logs::manifest(directory);
    assert_eq!(manifest["schema"], "breachline.manifest/1");
    for source in manifest["sources"].as_array().unwrap() {
        let bytes = std::fs::read(source["path"].as_str().unwrap()).unwrap();
        assert_eq!(source["sha256"], sha256(&bytes));
        assert_eq!(source["bytes"], bytes.len());
    }
    let listed: Vec<&str> =
        manifest["outputs"].as_array().unwrap().iter().map(|o| o["path"].as_str().unwrap()).collect();
    let names = files(directory).into_keys();
    let mut there: Vec<String> = names.filter(|name| !AFTER_THE_MANIFEST.contains(&name.as_str())).collect();
    there.sort();
    let mut sorted = listed.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, there);
    for output in manifest["outputs"].as_array().unwrap() {
        let path = directory.join(output["path"].as_str().unwrap());
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!(output["sha256"], sha256(&bytes));
        assert_eq!(output["bytes"], bytes.len());
        let is_csv = path.extension().is_some_and(|extension| extension == "csv");
        let count = if is_csv { rows(&path).len() } else { json_lines(&path).len() };
        assert_eq!(output["rows"], count, "{}", path.display());
    }
    assert_sums_hold(directory);
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
            let run = program()
                .env("SOURCE_DATE_EPOCH", "1772590300")
                .args(["export", arg(&log)])
                .args(EVERYTHING)
                .args(["--out", arg(bundle)])
                .output()
                .unwrap();
            finished(run).expect_end(0, &["1 finding, ", "evidence rows", "root "]);
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
        case: None,
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
        ruled_out: Vec::new(),
        not_ruled_out: Vec::new(),
        innocent_if: String::new(),
        next_steps: String::new(),
    };
    Hunt { findings: vec![finding], ..Hunt::default() }
}

/// Writes a bundle of everything but what is in clear.
fn write_all(session: &Session, hunt: &Hunt, options: &[String], out: &Path) {
    let contents = Contents { ecs: true, containment: true, ..Contents::default() };
    export::write(Export { session, hunt, rules: &[], options, contents: &contents }, out).unwrap();
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
    write_all(&session, &hunt, &given, &out);
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
    write_all(&session, &hunt, &[], &out);
    let evidence = rows(&out.join("evidence.csv"));
    assert_eq!(evidence.len(), 200);
    for (number, row) in numbers.iter().zip(&evidence) {
        let masked = format!("…{}", &number[8..]);
        assert_eq!(row["object_id"], masked);
        assert_eq!(row["target"], format!("/kyc/{masked}?src=app"));
        assert!(row.values().all(|cell| !cell.contains(number)), "{row:?}");
    }
    for (name, bytes) in files(&out) {
        let text = String::from_utf8(bytes).unwrap();
        for number in &numbers {
            assert!(!text.contains(number), "{name} names {number}");
        }
    }
    let affected = rows(&out.join("affected.csv"));
    assert_eq!(affected.len(), 200);
    assert!(affected.iter().all(|row| row["value"].starts_with('…') && row["requests"] == "1" && row["bytes"] == "12"));
    let lines = json_lines(&out.join("rows.jsonl"));
    assert!(lines[0]["line"].as_str().unwrap().contains("/kyc/…"));
}

#[test]
fn lines_come_byte_for_byte_only_when_asked_and_then_it_is_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let mut lines = logs::walked();
    for line in &mut lines {
        *line = line.replace("?page=1", "?page=1&access_token=s3cr3t-Zx81-Qm77-value");
    }
    // The walk carries a secret as well, and a byte that is no UTF-8.
    for line in lines.iter_mut().filter(|line| line.starts_with(WALKER)) {
        *line = line.replace(" HTTP/1.1", "?access_token=s3cr3t-Zx81-Qm77-value HTTP/1.1");
    }
    let mut bytes = logs::text(&lines).into_bytes();
    let at = bytes.windows(20).position(|window| window.starts_with(b"python-requests/2.31")).unwrap();
    bytes[at + 19] = 0xff;
    let log = put(folder.path(), "gw.log", &bytes);
    let (plain, full) = (folder.path().join("plain"), folder.path().join("full"));
    run(["export", arg(&log), "--out", arg(&plain)]).expect_end(0, &[]);
    assert!(!plain.join("sealed").exists());
    for (name, bytes) in files(&plain) {
        assert!(!String::from_utf8(bytes).unwrap().contains("s3cr3t"), "{name}");
    }
    run(["export", arg(&log), "--out", arg(&full), "--raw", "--by", "k. lee"]).expect_end(0, &[]);
    let manifest = assert_manifest_holds(&full);
    assert_eq!((manifest["sealed"].clone(), manifest["masked"].clone()), (Value::Bool(true), Value::Bool(true)));
    let sealed = json_lines(&full.join("sealed/rows.jsonl"));
    let shown = json_lines(&full.join("rows.jsonl"));
    assert!(sealed.len() > 1000);
    assert_eq!(sealed.len(), shown.len());
    let mut odd = 0;
    for (row, shown) in sealed.iter().zip(&shown) {
        let (start, length) =
            (row["byte_offset"].as_u64().unwrap() as usize, row["byte_len"].as_u64().unwrap() as usize);
        let line = &bytes[start..start + length];
        match (row["text"].as_str(), row["base64"].as_str()) {
            (Some(text), None) => assert_eq!(text.as_bytes(), line),
            (None, Some(_)) => odd += 1,
            _ => panic!("{row}"),
        }
        assert_eq!(row["line_sha256"], sha256(line));
        assert_eq!(row["line_sha256"], shown["line_sha256"]);
    }
    assert_eq!(odd, 1);
    for (name, bytes) in files(&full).into_iter().filter(|(name, _)| !name.starts_with("sealed/")) {
        assert!(!String::from_utf8(bytes).unwrap().contains("s3cr3t"), "{name}");
    }
    let custody = json_lines(&full.join("custody.jsonl"));
    let acts: Vec<&str> = custody.iter().map(|entry| entry["act"].as_str().unwrap()).collect();
    assert_eq!(acts, ["read", "judged", "raw lines given out", "exported"]);
    assert!(custody.iter().all(|entry| entry["by"] == "k. lee"));
    export::custody::check(&files(&full)["custody.jsonl"]).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |name: &str| std::fs::metadata(full.join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode("sealed"), mode("sealed/rows.jsonl")), (0o700, 0o600));
    }
}

/// Timesketch's rules for what it imports: three columns that must be there and filled, a date with an offset that agrees
/// with the microseconds.
#[test]
fn the_timeline_is_what_timesketch_imports() {
    let folder = tempfile::tempdir().unwrap();
    let log = put(folder.path(), "gw.log", logs::text(&logs::walked()));
    let out = folder.path().join("out");
    run(["export", arg(&log), "--out", arg(&out)]).expect_end(0, &[]);
    let evidence = rows(&out.join("evidence.csv"));
    let events = rows(&out.join("timeline.csv"));
    let lines = json_lines(&out.join("timeline.jsonl"));
    assert_eq!(events.len(), evidence.len() + 2, "a line is an event, and the finding begins and ends");
    assert_eq!(events.len(), lines.len());
    let mut before = i64::MIN;
    for (event, line) in events.iter().zip(&lines) {
        for name in ["message", "datetime", "timestamp_desc"] {
            assert!(!event[name].is_empty(), "{name}: {event:?}");
            assert_eq!(event[name], line[name].as_str().unwrap());
        }
        let time = chrono::DateTime::parse_from_rfc3339(&event["datetime"]).unwrap();
        assert_eq!(time.timestamp_micros().to_string(), event["timestamp"]);
        assert_eq!(line["timestamp"], time.timestamp_micros());
        assert!(line["tag"].as_array().unwrap().iter().all(Value::is_string));
        assert!(time.timestamp_micros() >= before);
        before = time.timestamp_micros();
    }
    assert_eq!(events[0]["timestamp_desc"], "First evidence of a finding");
    assert!(events[1]["message"].contains("answered 200 from 203.0.113.77"), "{}", events[1]["message"]);
}

#[test]
fn what_was_affected_adds_up_to_the_blast_radius() {
    let folder = tempfile::tempdir().unwrap();
    let log = put(folder.path(), "gw.log", logs::text(&logs::walked()));
    let out = folder.path().join("out");
    run(["export", arg(&log), "--out", arg(&out)]).expect_end(0, &[]);
    let finding = &rows(&out.join("findings.csv"))[0];
    let affected = rows(&out.join("affected.csv"));
    let objects: Vec<_> = affected.iter().filter(|row| row["kind"] == "object").collect();
    assert_eq!(objects.len().to_string(), finding["objects"]);
    let sum: u64 = objects.iter().map(|row| row["bytes"].parse::<u64>().unwrap()).sum();
    assert_eq!(sum.to_string(), finding["bytes"]);
    for row in objects {
        assert!(row["first"] <= row["last"] && row["first"] >= finding["first"] && row["last"] <= finding["last"]);
        assert_eq!(row["findings"], finding["id"]);
    }
}

#[test]
fn requests_that_a_condition_chooses_have_a_blast_radius_without_a_finding() {
    let folder = tempfile::tempdir().unwrap();
    let log = put(folder.path(), "gw.log", logs::text(&logs::quiet()));
    let condition = "route = '/shop/v2/orders/{id}' AND answer = 'hit'";
    let [out, plain] = ["out", "plain"].map(|name| folder.path().join(name));
    run(["export", arg(&log), "--out", arg(&out), "--where", condition]).expect_end(0, &[]);
    assert_eq!(rows(&out.join("findings.csv")), []);
    let affected = rows(&out.join("affected.csv"));
    let sql = format!("SELECT count(DISTINCT object_id) AS n FROM requests WHERE {condition}");
    let counted = run(["query", arg(&log), "--sql", &sql, "--format", "jsonl", "-q"]).json_lines();
    assert_eq!(counted[0]["n"], affected.len());
    assert!(affected.iter().all(|row| row["kind"] == "object" && row["findings"].is_empty()));
    assert!(affected.iter().all(|row| row["subjects_at_most"] == "1"), "{:?}", affected[0]);
    // Without a condition nobody asked about anything.
    run(["export", arg(&log), "--out", arg(&plain)]).expect_end(0, &[]);
    assert_eq!(rows(&plain.join("affected.csv")), []);
}

#[test]
fn containment_says_what_else_an_address_did() {
    let folder = tempfile::tempdir().unwrap();
    let mut lines = logs::walked();
    let alone = put(folder.path(), "alone.log", logs::text(&lines));
    // Others stand behind the same address, on another endpoint.
    let walk_ends = lines.iter().rposition(|line| line.starts_with(WALKER)).unwrap();
    for n in 0..40 {
        let line = lines[walk_ends].clone();
        let agent = format!("Browser/{n}");
        let start = line.find("/shop").unwrap();
        let other = format!("{}/shop/v2/catalogue?page=1 HTTP/1.1\" 200 5300 \"-\" \"{agent}\"", &line[..start]);
        lines.insert(walk_ends + 1, other);
    }
    let shared = put(folder.path(), "shared.log", logs::text(&lines));
    for (log, is_shared) in [(alone, "no"), (shared, "yes")] {
        let out = folder.path().join(is_shared);
        run(["export", arg(&log), "--out", arg(&out), "--containment"]).expect_end(0, &[]);
        let list = rows(&out.join("containment.csv"));
        let address = list.iter().find(|row| row["value"] == WALKER).unwrap();
        assert_eq!((address["action"].as_str(), address["shared"].as_str()), ("block address", is_shared));
        assert_eq!(address["evidence_requests"], rows(&out.join("evidence.csv")).len().to_string());
        let warned =
            address["warning"].contains("shared: 40 requests") && address["warning"].contains("40 user agents");
        assert_eq!(warned, is_shared == "yes", "{}", address["warning"]);
    }
}

#[test]
fn events_for_a_siem_carry_the_schemas_names_and_types() {
    let folder = tempfile::tempdir().unwrap();
    let log = put(folder.path(), "gw.log", logs::text(&logs::walked()));
    let out = folder.path().join("out");
    run(["export", arg(&log), "--out", arg(&out), "--ecs"]).expect_end(0, &[]);
    let evidence = rows(&out.join("evidence.csv"));
    let events = json_lines(&out.join("ecs.jsonl"));
    assert_eq!(events.len(), evidence.len());
    for (event, row) in events.iter().zip(&evidence) {
        assert_eq!(event["@timestamp"], row["ts"].as_str());
        assert_eq!(event["client"]["ip"], row["client_ip"].as_str());
        assert_eq!(event["http"]["response"]["status_code"].to_string(), row["status"]);
        assert_eq!(event["url"]["original"], row["target"].as_str());
        assert_eq!(event["log"]["offset"].to_string(), row["byte_offset"]);
        assert_eq!(event["event"]["hash"], row["line_sha256"].as_str());
        assert_eq!(event["rule"]["id"][0], row["rule"].as_str());
        assert!(["success", "failure"].contains(&event["event"]["outcome"].as_str().unwrap()));
    }
}
