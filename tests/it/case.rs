//! Cases: what was ingested is what was read, whatever happens to the process or to the logs.

mod options;

use crate::logs::{self, arg, put};
use crate::{program, run, skipped};
use breachline::case::Lock;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// A key that tests share, so that cases can be compared.
const KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

/// A folder with a log in two files, the later one first by name, and a key.
struct World {
    folder: tempfile::TempDir,
    logs: [PathBuf; 2],
    key: PathBuf,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let lines = logs::walked();
        let half = lines.len() / 2;
        let logs = [("b.log", &lines[..half]), ("a.log.gz", &lines[half..])].map(|(name, lines)| {
            let text = logs::text(lines) + "this is no request\n";
            let bytes = if Path::new(name).extension().is_some_and(|end| end == "gz") {
                logs::gzip(text.as_bytes())
            } else {
                text.into_bytes()
            };
            put(folder.path(), name, bytes)
        });
        let key = put(folder.path(), "key.hex", KEY);
        Self { folder, logs, key }
    }

    fn case(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn ingest(&self, case: &Path, logs: &[&Path], options: &[&str]) -> crate::Run {
        run(["ingest", "--case", arg(case), "--key", arg(&self.key), "--at", "2026-03-06T09:00:00Z"]
            .into_iter()
            .chain(options.iter().copied())
            .chain(logs.iter().map(|log| arg(log))))
    }
}

/// Every file of a case but the lock, by name.
fn files(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = crate::logs::files(directory);
    all.retain(|name, _| name != "lock");
    all
}

fn hunted(arguments: &[&str]) -> Value {
    let run = run(["hunt", "--format", "json", "-q"].iter().chain(arguments));
    run.expect_end(0, &[]);
    run.json()
}

#[test]
fn an_ingest_that_takes_nothing_in_leaves_no_case_and_changes_none() {
    let world = World::new();
    let [b, _] = &world.logs;
    let typo = world.case("nowhere.log");
    let case = world.case("case");
    for named in [&typo, &put(world.folder.path(), "empty.log", ""), &put(world.folder.path(), "nul.log", [0; 99])] {
        let ingest = world.ingest(&case, &[named], &[]);
        ingest.expect_end(2, &["nothing was taken in, so no case was made", arg(named)]);
        assert!(!case.exists(), "{}", ingest.err);
    }
    // A directory that was there stays, with the key that was.
    std::fs::create_dir(&case).unwrap();
    let key = put(&case, "key", KEY);
    run(["ingest", "--case", arg(&case), arg(&typo)]).expect_end(2, &[]);
    assert_eq!(std::fs::read_dir(&case).unwrap().flatten().map(|entry| entry.path()).collect::<Vec<_>>(), [key]);
    world.ingest(&case, &[b], &[]).expect_end(0, &["1 source added"]);
    let before = files(&case);
    world.ingest(&case, &[&typo], &[]).expect_end(2, &[]);
    assert!(files(&case) == before);
}

#[test]
fn an_empty_log_in_a_case_is_told_and_is_no_fault() {
    let world = World::new();
    let [b, _] = &world.logs;
    let empty = put(world.folder.path(), "empty.log", "");
    let case = world.case("case");
    run(["hunt", arg(b), arg(&empty)]).expect_end(0, &["note: empty", "empty.log"]);
    world.ingest(&case, &[b, &empty], &[]).expect_end(0, &["note: empty", "2 sources added"]);
    run(["hunt", "--case", arg(&case)]).expect_end(0, &["note: empty", "empty.log"]);
}

#[test]
fn a_log_that_was_missing_and_was_brought_later_is_missed_no_more() {
    let world = World::new();
    let [b, a] = &world.logs;
    let case = world.case("case");
    let away = world.case("away");
    std::fs::rename(a, &away).unwrap();
    world.ingest(&case, &[b, a], &[]).expect_end(3, &["does not exist"]);
    let adds = format!("`breachline ingest {} --case {}` adds it", arg(a), arg(&case));
    run(["hunt", "--case", arg(&case)]).expect_end(3, &["did not find", "does not exist", &adds, "into a new case"]);
    std::fs::rename(&away, a).unwrap();
    world.ingest(&case, &[a], &[]).expect_end(0, &[]);
    run(["hunt", "--case", arg(&case)]).expect_end(0, &[]);
}

#[test]
fn a_hunt_in_a_case_is_the_hunt_over_its_logs_however_they_came_in() {
    let world = World::new();
    let [b, a] = &world.logs;
    let expected = hunted(&[arg(a), arg(b)]);
    assert_eq!(expected["findings"].as_array().unwrap().len(), 1);
    let (once, twice) = (world.case("once"), world.case("twice"));
    world.ingest(&once, &[a, b], &[]).expect_end(0, &["2 sources added", "raw lines kept"]);
    world.ingest(&twice, &[b], &[]).expect_end(0, &["1 source added"]);
    world.ingest(&twice, &[a], &[]).expect_end(0, &["1 source added"]);
    for case in [&once, &twice] {
        assert_eq!(hunted(&["--case", arg(case)]), expected);
    }
    assert_eq!(derived(&once).len(), 1);
    let rows = |arguments: &[&str]| run(["parse", "--derived", "-q"].iter().chain(arguments)).out;
    assert!(rows(&["--case", arg(&twice)]) == rows(&[arg(a), arg(b)]));
    let sql = ["--sql", "SELECT status, count(*) AS n FROM requests GROUP BY status ORDER BY n DESC"];
    let query = |arguments: &[&str]| run(["query", "-q"].iter().chain(&sql).chain(arguments)).out;
    assert_eq!(query(&["--case", arg(&once)]), query(&[arg(a), arg(b)]));
}

/// Files of derivations that a case keeps.
fn derived(case: &Path) -> BTreeMap<String, Vec<u8>> {
    crate::logs::files(&case.join("derived"))
}

/// What a case keeps of derivations is by facts and flags, is made again when it is damaged, and no fact is written for it.
#[test]
fn derivations_stand_beside_the_facts_and_can_be_lost() {
    let world = World::new();
    let [b, a] = &world.logs;
    let case = world.case("case");
    world.ingest(&case, &[b], &[]).expect_end(0, &[]);
    let (first, facts) = (derived(&case), files(&case.join("ingests")));
    assert_eq!(first.len(), 1);
    let expected = hunted(&[arg(b)]);
    let (name, whole) = first.first_key_value().unwrap();
    let path = case.join("derived").join(name);
    let mut dice = logs::Dice::new(23);
    for _ in 0..6 {
        let mut damaged = whole.clone();
        damaged[dice.roll(whole.len() as u32) as usize] ^= 1 << dice.roll(8);
        std::fs::write(&path, damaged).unwrap();
        assert_eq!(hunted(&["--case", arg(&case)]), expected);
        assert!(derived(&case) == first, "made again");
    }
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    assert_eq!(hunted(&["--case", arg(&case)]), expected);
    // Other flags, other derivations.
    let flags = ["--trusted-proxy", "198.51.0.0/16"];
    let with_flags = |rest: &[&str]| hunted(&flags.iter().chain(rest).copied().collect::<Vec<&str>>());
    assert_eq!(with_flags(&["--case", arg(&case)]), with_flags(&[arg(b)]));
    assert_eq!(derived(&case).len(), 2);
    // Other facts: what belongs to the former is gone, and these are as they were.
    world.ingest(&case, &[a], &[]).expect_end(0, &[]);
    assert_eq!(derived(&case).len(), 1);
    assert!(!derived(&case).contains_key(name));
    let now = files(&case.join("ingests"));
    assert!(facts.iter().all(|(name, bytes)| now[name] == *bytes));
    std::fs::remove_dir_all(case.join("derived")).unwrap();
    std::fs::write(case.join("derived"), "in the way").unwrap();
    assert_eq!(hunted(&["--case", arg(&case)]), hunted(&[arg(a), arg(b)]));
}

/// A fact that was changed is noticed before anything is derived from it.
#[test]
fn a_changed_segment_is_named() {
    let world = World::new();
    let case = world.case("case");
    world.ingest(&case, &[&world.logs[0]], &[]).expect_end(0, &[]);
    std::fs::remove_dir_all(case.join("derived")).unwrap();
    let segment = case.join("ingests/000001/0001-0001.parquet");
    let mut bytes = std::fs::read(&segment).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 4;
    std::fs::write(&segment, bytes).unwrap();
    run(["hunt", "--case", arg(&case)]).expect_end(2, &["0001-0001.parquet", "not what was ingested"]);
}

#[test]
fn what_is_there_is_not_taken_twice_and_what_changed_is_refused() {
    let world = World::new();
    let [b, a] = &world.logs;
    let case = world.case("case");
    world.ingest(&case, &[a, b], &[]).expect_end(0, &[]);
    let before = files(&case);
    world.ingest(&case, &[b], &[]).expect_end(0, &["is in the case already", "0 sources added"]);
    assert!(files(&case) == before);
    let mut text = std::fs::read_to_string(b).unwrap();
    text.push_str(&logs::text(&logs::quiet()[..3]));
    std::fs::write(b, text).unwrap();
    world.ingest(&case, &[b], &[]).expect_end(2, &["with other content", "another name"]);
    assert!(files(&case).keys().all(|name| !name.contains("000002")));
}

#[test]
fn the_second_process_is_told_and_other_formats_are_named() {
    let world = World::new();
    let case = world.case("case");
    world.ingest(&case, &[&world.logs[0]], &[]).expect_end(0, &[]);
    let held = Lock::exclusive(&case).unwrap();
    world.ingest(&case, &[&world.logs[1]], &[]).expect_end(2, &["is working on this case"]);
    run(["hunt", "--case", arg(&case)]).expect_end(2, &["is working on this case"]);
    drop(held);
    let path = case.join("case.json");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("breachline.case/1", "breachline.case/2")).unwrap();
    run(["hunt", "--case", arg(&case)]).expect_end(2, &["breachline.case/2", "breachline.case/1"]);
    run(["hunt", "--case", arg(world.folder.path())]).expect_end(2, &["this is no case", "breachline ingest"]);
    run(["ingest", arg(&world.logs[0])]).expect_end(2, &["--case DIR"]);
}

#[test]
fn what_an_ingest_settled_cannot_be_said_again() {
    let world = World::new();
    let case = world.case("case");
    world.ingest(&case, &[&world.logs[0]], &[]).expect_end(0, &[]);
    run(["hunt", "--case", arg(&case), "--assume-tz", "Asia/Seoul"]).expect_end(2, &["--assume-tz", "settled"]);
    run(["hunt", "--case", arg(&case), arg(&world.logs[0])]).expect_end(2, &["in place of paths"]);
}

#[test]
fn a_case_stands_on_its_own_when_the_logs_have_left() {
    let world = World::new();
    let [b, a] = &world.logs;
    let (cited, none, all) = (world.case("cited"), world.case("none"), world.case("all"));
    for (case, keep) in [(&cited, "cited"), (&none, "none"), (&all, "all")] {
        world.ingest(case, &[a, b], &["--keep-raw", keep]).expect_end(0, &[]);
    }
    assert!(!none.join("lines").exists());
    let out = |name: &str| world.folder.path().join(name);
    let export = |case: &Path, name: &str| {
        run(["export", "--case", arg(case), "--raw", "--out", arg(&out(name)), "--at", "2026-03-06T10:00:00Z"])
    };
    export(&none, "with-logs").expect_end(0, &[]);
    run(["verify", arg(&out("with-logs")), "--against", arg(a), arg(b), "--key", arg(&world.key)]).expect_end(0, &[]);
    let gone = world.folder.path().join("gone");
    std::fs::create_dir(&gone).unwrap();
    for log in [a, b] {
        std::fs::rename(log, gone.join(log.file_name().unwrap())).unwrap();
    }
    export(&none, "without").expect_end(2, &["cannot be read back"]);
    for (case, name) in [(&cited, "cited-out"), (&all, "all-out")] {
        export(case, name).expect_end(0, &["1 finding"]);
        for file in ["evidence.csv", "sealed/rows.jsonl", "SHA256SUMS"] {
            assert!(
                std::fs::read(out(name).join(file)).unwrap() == std::fs::read(out("with-logs").join(file)).unwrap(),
                "{name}: {file}"
            );
        }
    }
    let log = breachline::case::Log::of(&cited).entries().unwrap();
    let acts: Vec<&str> = log.iter().map(|entry| entry.act.as_str()).collect();
    assert_eq!(acts, ["ingested", "exported"]);
    assert_eq!((log[1].detail["raw_lines"].clone(), log[1].detail["unmasked"].clone()), (true.into(), false.into()));
    run(["verify", arg(&out("cited-out")), "--against", arg(&gone), "--key", arg(&world.key)]).expect_end(0, &[]);
    let manifest: Value =
        serde_json::from_slice(&std::fs::read(out("cited-out").join("manifest.json")).unwrap()).unwrap();
    assert!(manifest["key_id"].as_str().unwrap().starts_with("case-"));
    for (name, bytes) in self::files(&out("cited-out")) {
        assert!(!bytes.windows(KEY.len()).any(|window| window == KEY.as_bytes()), "{name} holds the key");
    }
}

/// What was marked and written in the view goes along when it is asked for, and cannot be changed unseen.
#[test]
fn marks_go_along_and_are_checked() {
    let world = World::new();
    let [b, a] = &world.logs;
    let case = world.case("case");
    world.ingest(&case, &[a, b], &[]).expect_end(0, &[]);
    let out = |name: &str| world.folder.path().join(name);
    let export = |name: &str, options: &[&str]| {
        run(["export", "--case", arg(&case), "--out", arg(&out(name)), "--at", "2026-03-06T10:00:00Z"]
            .iter()
            .chain(options))
    };
    export("plain", &[]).expect_end(0, &[]);
    let rows = std::fs::read_to_string(out("plain").join("rows.jsonl")).unwrap();
    let row: Value = serde_json::from_str(rows.lines().next().unwrap()).unwrap();
    let log = if row["path"].as_str().unwrap().ends_with("b.log") { b } else { a };
    let place = serde_json::json!({
        "source_sha256": breachline::export::verify::sha256(log).unwrap(), "line_no": row["line_no"],
        "byte_offset": row["byte_offset"], "item": 0,
    });
    let gone = serde_json::json!({ "source_sha256": "00", "line_no": 7, "byte_offset": 9, "item": 0 });
    let at = "2026-03-06T09:30:00.000000Z";
    let notes = serde_json::json!({ "schema": "breachline.notes/1", "notes": [
        { "about": { "row": place }, "text": "=first", "tags": ["exfil", "key"], "at": at, "by": "k. lee" },
        { "about": { "row": gone }, "at": at },
        { "about": { "finding": row["findings"][0] }, "text": "이 주소", "at": at },
        { "about": { "entity": { "kind": "principal", "value": "kim@example.com" } }, "at": at },
        { "about": "case", "text": "called the partner", "at": at },
    ]});
    std::fs::write(case.join("notes.json"), notes.to_string()).unwrap();
    export("marked", &["--marks", "--by", "k. lee"]).expect_end(0, &[]);
    let text = std::fs::read_to_string(out("marked").join("marks.jsonl")).unwrap();
    let marks: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let about: Vec<&str> = marks.iter().map(|mark| mark["about"].as_str().unwrap()).collect();
    assert_eq!(about, ["request", "request", "finding", "principal", "case"]);
    assert_eq!((&marks[0]["line_sha256"], &marks[0]["line"]), (&row["line_sha256"], &row["line"]));
    assert_eq!((marks[0]["text"].clone(), marks[0]["columns"]["status"].clone()), ("=first".into(), "200".into()));
    assert_eq!(marks[1]["value"], "00:7 at byte 9");
    assert!(!text.contains("kim@example.com"), "who names a person is masked");
    let table = std::fs::read_to_string(out("marked").join("marks.csv")).unwrap();
    assert!(table.contains(",'=first,exfil key,") && table.contains("k. lee"), "{table}");
    let custody = std::fs::read_to_string(out("marked").join("custody.jsonl")).unwrap();
    assert!(custody.contains("\"act\":\"marks added\""));
    let verify = || run(["verify", arg(&out("marked")), "--against", arg(a), arg(b), "--key", arg(&world.key)]);
    verify().expect_end(0, &[]);
    std::fs::write(out("marked").join("marks.jsonl"), text.replace("called", "caught")).unwrap();
    let changed = verify();
    assert!(changed.code == 1 && changed.out.contains("marks.jsonl: was changed"), "{}", changed.out);
    run(["export", arg(a), "--marks", "--out", arg(&out("none"))]).expect_end(2, &["--marks", "--notes FILE"]);
    run(["export", arg(a), "--marks", "--notes", "nowhere.json", "--out", arg(&out("none"))])
        .expect_end(2, &["nowhere.json", "no such file"]);
}

/// A report leaves a case as a bundle does: the custody log says so, and the report how the logs came in.
#[test]
fn a_report_of_a_case_is_recorded() {
    let world = World::new();
    let case = world.case("case");
    world.ingest(&case, &[&world.logs[0]], &["--input-format", "nginx-combined", "--by", "k. lee"]).expect_end(0, &[]);
    let page = world.folder.path().join("report.md");
    let at = "2026-03-06T10:00:00Z";
    run(["report", "--case", arg(&case), "--out", arg(&page), "--by", "j. park", "--at", at]).expect_end(0, &[]);
    let text = std::fs::read_to_string(&page).unwrap();
    assert!(text.contains("--input-format=nginx-combined") && text.contains("k. lee"), "{text}");
    let custody = std::fs::read_to_string(case.join("custody.jsonl")).unwrap();
    let last: Value = serde_json::from_str(custody.lines().last().unwrap()).unwrap();
    assert_eq!((&last["act"], &last["by"]), (&"reported".into(), &"j. park".into()));
    let hash = breachline::export::verify::sha256(&page).unwrap();
    assert_eq!(last["detail"]["files"][0]["sha256"], Value::from(hash));
}

/// Recognising formats needs the text: that of the logs, as long as they are there.
#[test]
fn formats_of_a_case_are_recognised_from_its_logs() {
    let world = World::new();
    let [b, a] = &world.logs;
    let case = world.case("case");
    world.ingest(&case, &[a, b], &[]).expect_end(0, &[]);
    let detect = |arguments: &[&str]| run(["formats", "detect"].iter().chain(arguments));
    let (of_case, of_logs) = (detect(&["--case", arg(&case)]), detect(&[arg(a), arg(b)]));
    of_logs.expect_end(0, &[]);
    of_case.expect_end(0, &[]);
    assert_eq!(of_case.out, of_logs.out);
    for log in [a, b] {
        std::fs::remove_file(log).unwrap();
    }
    detect(&["--case", arg(&case)]).expect_end(2, &["not where they were", "b.log: nginx-combined"]);
}

#[test]
fn hashes_that_were_expected_are_compared_first() {
    let world = World::new();
    let [b, a] = &world.logs;
    let hash = |path: &Path| breachline::export::verify::sha256(path).unwrap();
    let list = put(world.folder.path(), "SHA256SUMS", format!("{}  b.log\n{}  a.log.gz\n", hash(b), hash(a)));
    let case = world.case("case");
    world.ingest(&case, &[a, b], &["--expect", arg(&list)]).expect_end(0, &[]);
    std::fs::write(&list, format!("{}  b.log\n", "0".repeat(64))).unwrap();
    let other = world.case("other");
    world.ingest(&other, &[b], &["--expect", arg(&list)]).expect_end(2, &["its SHA-256 is", "nothing was ingested"]);
    world.ingest(&other, &[a], &["--expect", arg(&list)]).expect_end(2, &["has no hash for"]);
    assert!(!other.join("ingests").exists());
}

/// Starts an ingest and kills it after so long.
fn kill_after(world: &World, case: &Path, logs: &[&Path], more: &[&str], pause: Duration) {
    let mut child = program()
        .args(["ingest", "-q", "--case", arg(case), "--key", arg(&world.key), "--at", "2026-03-06T09:00:00Z"])
        .args(more)
        .args(logs)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(pause);
    child.kill().ok();
    child.wait().unwrap();
}

/// Kills ingests at moments all over their duration, each in a case of its own and some twice, and starts them again.
fn kills(world: &World, logs: &[&Path], more: &[&str], times: u32) {
    let whole = world.case("whole");
    let start = std::time::Instant::now();
    world.ingest(&whole, logs, more).expect_end(0, &[]);
    let took = start.elapsed();
    let expected = files(&whole);
    assert!(expected.keys().any(|name| name.starts_with("lines/")));
    let mut dice = logs::Dice::new(17);
    for n in 0..times {
        let case = world.case(&format!("killed-{n}"));
        for _ in 0..=n % 2 {
            kill_after(world, &case, logs, more, took.mul_f64(f64::from(dice.roll(1000)) / 1000.0));
        }
        world.ingest(&case, logs, more).expect_end(0, &[]);
        let there = files(&case);
        assert_eq!(there.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>(), "kill {n}");
        for (name, bytes) in &expected {
            assert!(there[name] == *bytes, "kill {n}: {name}");
        }
        std::fs::remove_dir_all(&case).unwrap();
    }
}

#[test]
fn an_ingest_killed_at_any_moment_and_started_again_gives_the_same_case() {
    let world = World::new();
    let [b, a] = &world.logs;
    kills(&world, &[a, b], &[], 8);
}

/// `cargo test --test it -- --ignored a_hundred_kills`: a million lines, a hundred kills.
#[test]
#[ignore = "takes many minutes"]
fn a_hundred_kills_of_a_million_lines() {
    let world = World::new();
    let lines = logs::walked();
    let mut text = String::new();
    while text.matches('\n').count() < 1_000_000 {
        text.push_str(&logs::text(&lines));
    }
    let log = put(world.folder.path(), "million.log", text);
    // The same requests a hundred times over are no finding that cites lines.
    kills(&world, &[&log], &["--keep-raw", "all"], 100);
}

/// Another engine reads the segments: same rows, same sums.
#[test]
fn segments_are_parquet_that_others_read() {
    let world = World::new();
    let [b, a] = &world.logs;
    let case = world.case("case");
    world.ingest(&case, &[a, b], &[]).expect_end(0, &[]);
    let scripts = [
        "import sys\nimport pyarrow.parquet as p\nt = [p.read_table(f) for f in sys.argv[1:]]\n\
         print(sum(x.num_rows for x in t), sum(sum(v for v in x['bytes_out'].to_pylist() if v) for x in t), \
         sum(x['target'].to_pylist().count('/shop/v2/catalogue?page=1') for x in t))\n",
        "import sys\nimport duckdb\nprint(*duckdb.sql(\"SELECT count(*), sum(bytes_out)::BIGINT, \
         count(*) FILTER (target = '/shop/v2/catalogue?page=1') FROM read_parquet({})\".format(sys.argv[1:])).fetchall()[0])\n",
    ];
    let segments: Vec<PathBuf> = files(&case.join("ingests"))
        .into_keys()
        .filter(|name| name.ends_with(".parquet"))
        .map(|name| case.join("ingests").join(name))
        .collect();
    assert_eq!(segments.len(), 2);
    let theirs: Vec<String> = scripts
        .iter()
        .filter_map(|script| Command::new("python3").args(["-c", script]).args(&segments).output().ok())
        .filter(|output| output.status.success())
        .map(|output| String::from_utf8(output.stdout).unwrap().trim().to_owned())
        .collect();
    if theirs.is_empty() {
        skipped("there is no python3 with pyarrow or duckdb to read the segments with");
        return;
    }
    let sql = "SELECT count(*) AS n, sum(bytes_out) AS bytes, sum(CASE WHEN target = '/shop/v2/catalogue?page=1' THEN 1 ELSE 0 END) AS c FROM requests";
    let mine = run(["query", "-q", arg(a), arg(b), "--format", "csv", "--sql", sql]);
    let mine: Vec<&str> = mine.out.lines().nth(1).unwrap().split(',').take(3).collect();
    assert!(theirs.iter().all(|theirs| *theirs == mine.join(" ")), "{theirs:?} and {mine:?}");
}

/// `examples/respond.sh` over a log, as a script would call it.
fn respond(world: &World, log: &Path, name: &str) -> (i32, PathBuf, String) {
    let out = world.case(name);
    let output = Command::new("bash")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/respond.sh"))
        .args([&out, log])
        .env("BREACHLINE", env!("CARGO_BIN_EXE_breachline"))
        .env("ANALYST", "k. lee")
        .output()
        .unwrap();
    (output.status.code().unwrap(), out, String::from_utf8(output.stderr).unwrap())
}

#[cfg(unix)]
#[test]
fn the_script_of_the_readme_ends_as_it_says() {
    let world = World::new();
    let (code, out, said) = respond(&world, &world.logs[0], "walked");
    assert_eq!(code, 1, "{said}");
    for name in [
        "hunt.json",
        "evidence/SHA256SUMS",
        "evidence/containment.csv",
        "report.html",
        "notification.json",
        "ROOT",
        "case/case.json",
    ] {
        assert!(out.join(name).exists(), "{name}");
    }
    let root = std::fs::read_to_string(out.join("ROOT")).unwrap();
    run(["verify", arg(&out.join("evidence")), "--root", root.trim()]).expect_end(0, &[]);
    let custody = std::fs::read_to_string(out.join("evidence/custody.jsonl")).unwrap();
    assert!(custody.contains("\"by\":\"k. lee\""));
    let (code, _, said) = respond(&world, &world.logs[0], "walked");
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("is there already"));
    let quiet = put(world.folder.path(), "quiet.log", logs::text(&logs::quiet()));
    assert_eq!(respond(&world, &quiet, "quiet").0, 0);
    let (code, out, said) = respond(&world, &world.case("nowhere.log"), "nowhere");
    assert_eq!((code, out.exists()), (2, false), "{said}");
    let cut = std::fs::read(&world.logs[1]).unwrap();
    let cut = put(world.folder.path(), "cut.log.gz", &cut[..cut.len() / 2]);
    assert_eq!(respond(&world, &cut, "cut").0, 3);
}
