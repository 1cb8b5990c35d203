//! Cases: what was ingested is what was read, whatever happens to the process or to the logs.

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
    let rows = |arguments: &[&str]| run(["parse", "--derived", "-q"].iter().chain(arguments)).out;
    assert!(rows(&["--case", arg(&twice)]) == rows(&[arg(a), arg(b)]));
    let sql = ["--sql", "SELECT status, count(*) AS n FROM requests GROUP BY status ORDER BY n DESC"];
    let query = |arguments: &[&str]| run(["query", "-q"].iter().chain(&sql).chain(arguments)).out;
    assert_eq!(query(&["--case", arg(&once)]), query(&[arg(a), arg(b)]));
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
fn kill_after(world: &World, case: &Path, logs: &[&Path], pause: Duration) {
    let mut child = program()
        .args(["ingest", "-q", "--case", arg(case), "--key", arg(&world.key), "--at", "2026-03-06T09:00:00Z"])
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
fn kills(world: &World, logs: &[&Path], times: u32) {
    let whole = world.case("whole");
    let start = std::time::Instant::now();
    world.ingest(&whole, logs, &[]).expect_end(0, &[]);
    let took = start.elapsed();
    let expected = files(&whole);
    assert!(expected.keys().any(|name| name.starts_with("lines/")));
    let mut dice = logs::Dice::new(17);
    for n in 0..times {
        let case = world.case(&format!("killed-{n}"));
        for _ in 0..=n % 2 {
            kill_after(world, &case, logs, took.mul_f64(f64::from(dice.roll(1000)) / 1000.0));
        }
        world.ingest(&case, logs, &[]).expect_end(0, &[]);
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
    kills(&world, &[a, b], 8);
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
    kills(&world, &[&log], 100);
}

/// Another engine reads the segments: same rows, same sums.
#[test]
fn segments_are_parquet_that_others_read() {
    let world = World::new();
    let [b, a] = &world.logs;
    let case = world.case("case");
    world.ingest(&case, &[a, b], &[]).expect_end(0, &[]);
    let script = "import sys\nimport pyarrow.parquet as p\nt = [p.read_table(f) for f in sys.argv[1:]]\n\
                  print(sum(x.num_rows for x in t), sum(sum(v for v in x['bytes_out'].to_pylist() if v) for x in t), \
                  sum(x['target'].to_pylist().count('/shop/v2/catalogue?page=1') for x in t))\n";
    let segments: Vec<PathBuf> = files(&case.join("ingests"))
        .into_keys()
        .filter(|name| name.ends_with(".parquet"))
        .map(|name| case.join("ingests").join(name))
        .collect();
    assert_eq!(segments.len(), 2);
    let output = Command::new("python3").args(["-c", script]).args(&segments).output();
    let Some(output) = output.ok().filter(|output| output.status.success()) else {
        skipped("there is no python3 with pyarrow to read the segments with");
        return;
    };
    let sql = "SELECT count(*) AS n, sum(bytes_out) AS bytes, sum(CASE WHEN target = '/shop/v2/catalogue?page=1' THEN 1 ELSE 0 END) AS c FROM requests";
    let mine = run(["query", "-q", arg(a), arg(b), "--format", "csv", "--sql", sql]);
    let mine: Vec<&str> = mine.out.lines().nth(1).unwrap().split(',').take(3).collect();
    assert_eq!(String::from_utf8(output.stdout).unwrap().trim(), mine.join(" "));
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
    assert_eq!(respond(&world, &world.case("nowhere.log"), "nowhere").0, 2);
    let cut = std::fs::read(&world.logs[1]).unwrap();
    let cut = put(world.folder.path(), "cut.log.gz", &cut[..cut.len() / 2]);
    assert_eq!(respond(&world, &cut, "cut").0, 3);
}
