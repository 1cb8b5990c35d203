//! Options of ingests: what a case keeps of them, and what is derived again from a bundle that leaves it.

use super::{World, hunted};
use crate::logs::{self, arg, manifest, put};
use crate::run;
use serde_json::Value;
use std::path::Path;

/// How every ingest read its logs stands in the bundle, and the bundle is derived again from the logs so read.
#[test]
fn options_of_every_ingest_are_recorded() {
    let world = World::new();
    let [b, a] = &world.logs;
    let case = world.case("case");
    let out = |name: &str| world.folder.path().join(name);
    let export = |name: &str| {
        run(["export", "--case", arg(&case), "--out", arg(&out(name)), "--at", "2026-03-06T10:00:00Z"])
            .expect_end(0, &[]);
        manifest(&out(name))
    };
    let verify = |name: &str, logs: &[&str]| {
        run(["verify", arg(&out(name)), "--key", arg(&world.key), "--against"].iter().chain(logs))
    };
    world.ingest(&case, &[b], &["--input-format", "nginx-combined", "--by", "k. lee"]).expect_end(0, &[]);
    let manifest = export("one");
    assert_eq!(manifest["ingests"][0]["options"], serde_json::json!(["--input-format=nginx-combined"]));
    assert_eq!(manifest["ingests"][0]["by"], "k. lee");
    assert_eq!(manifest["ingests"][0]["sources"][0], arg(b));
    assert_eq!(manifest["rule_set"]["rules"].as_array().unwrap().len(), breachline_queries::rule::builtin().len());
    let ingest: Value =
        serde_json::from_slice(&std::fs::read(case.join("ingests/000001/ingest.json")).unwrap()).unwrap();
    assert_eq!(ingest["rule_set"]["sha256"], manifest["rule_set"]["sha256"]);
    let one = verify("one", &[arg(b)]);
    one.expect_end(0, &[]);
    assert!(one.out.contains("1 finding derived again"), "{}", one.out);
    world.ingest(&case, &[a], &[]).expect_end(0, &[]);
    assert_eq!(export("two")["ingests"][1]["options"], serde_json::json!([]));
    // Ingests that read by different options: the case is made again, an ingest for each.
    let two = verify("two", &[arg(a), arg(b)]);
    two.expect_end(0, &[]);
    assert!(two.out.contains("1 finding derived again") && !two.err.contains("not derived"), "{}{}", two.out, two.err);
    // A finding that was changed does not follow from the logs.
    let findings = out("two").join("findings.csv");
    let changed = std::fs::read_to_string(&findings).unwrap().replacen("object-walk", "object-talk", 1);
    std::fs::write(&findings, changed).unwrap();
    let found = verify("two", &[arg(a), arg(b)]);
    assert!(found.code == 1 && found.out.contains("from the logs follows"), "{}", found.out);
    // Under other names the evidence is compared.
    let moved = tempfile::tempdir().unwrap();
    let logs = ["b.log", "a.log.gz"].map(|name| {
        let from = world.folder.path().join(name);
        put(moved.path(), name, std::fs::read(from).unwrap())
    });
    let other = run(["verify", arg(&out("one")), "--key", arg(&world.key), "--against", arg(&logs[0])]);
    other.expect_end(0, &[]);
    assert_eq!(export("three")["ingests"].as_array().unwrap().len(), 2);
    verify("three", &[arg(&logs[1]), arg(&logs[0])]).expect_end(0, &["have other names here"]);
}

/// What kind of logs they are is said once, when they come in.
#[test]
fn a_case_remembers_that_its_logs_are_an_extract_and_which_time_was_clean() {
    let world = World::new();
    let [b, a] = &world.logs;
    let case = world.case("case");
    let clean = "2026-03-04T09:00..2026-03-04T12:00";
    world.ingest(&case, &[b], &["--extract"]).expect_end(0, &[]);
    assert_eq!(hunted(&["--case", arg(&case)]), hunted(&["--extract", arg(b)]));
    world.ingest(&case, &[a], &["--baseline", clean, "--display-tz", "Asia/Seoul"]).expect_end(0, &[]);
    let expected = |options: &[&str]| {
        let logs = ["--extract", arg(a), arg(b)];
        hunted(&options.iter().copied().chain(logs).collect::<Vec<_>>())
    };
    let of_case = hunted(&["--case", arg(&case)]);
    assert_eq!(of_case, expected(&["--baseline", "2026-03-04T00:00..2026-03-04T03:00"]));
    assert!(of_case["coverage"]["notes"].to_string().contains("--extract: these logs are a selection"));
    // What is given now counts instead.
    let other = ["--baseline", "2026-03-04T01:00..2026-03-04T02:00"];
    assert_eq!(hunted(&["--case", arg(&case), other[0], other[1]]), expected(&other));
    // The bundle says it, so that it can be made again: whichever ingest said it.
    let both = world.folder.path().join("bundle-of-both");
    run(["export", "--case", arg(&case), "--out", arg(&both)]).expect_end(0, &[]);
    run(["verify", arg(&both), "--key", arg(&world.key), "--against", arg(a), arg(b)]).expect_end(0, &[]);
    let alone = world.case("alone");
    let options = ["--extract", "--baseline", clean, "--trusted-proxy", "1"];
    world.ingest(&alone, &[b], &options).expect_end(0, &[]);
    for more in [&[][..], &["--extract", "--baseline", "2026-03-04T10:00..2026-03-04T12:00"]] {
        let out = world.folder.path().join(format!("bundle-{}", more.len()));
        run(["export", "--case", arg(&alone), "--out", arg(&out)].iter().chain(more)).expect_end(0, &[]);
        run(["verify", arg(&out), "--key", arg(&world.key), "--against", arg(b)]).expect_end(0, &[]);
    }
}

/// How logs were collected is recorded, and goes wherever what is made of them goes.
#[test]
fn an_acquisition_is_recorded() {
    let world = World::new();
    let [b, a] = &world.logs;
    let hash = |path: &Path| breachline::export::verify::sha256(path).unwrap();
    let list = format!("{}  usb/b.log\n{}  usb/a.log.gz\n{}  usb/c.log\n", hash(b), hash(a), "0".repeat(64));
    let list = put(world.folder.path(), "SHA256SUMS", list);
    let case = world.case("case");
    let said = ["--collected-by", "p. shin", "--collected-from", "gw-1 <rack 7>", "--collected-how", "dd of /dev/sdb1"];
    let more = ["--collected-at", "2026-03-05 18:00", "--display-tz", "Asia/Seoul", "--expect", arg(&list)];
    world.ingest(&case, &[a, b], &[said, more].concat()).expect_end(0, &["were not given: usb/c.log"]);
    let custody = std::fs::read_to_string(case.join("custody.jsonl")).unwrap();
    let entry: Value = serde_json::from_str(custody.lines().next().unwrap()).unwrap();
    let expected = serde_json::json!({
        "by": "p. shin", "from": "gw-1 <rack 7>", "how": "dd of /dev/sdb1", "at": "2026-03-05T09:00:00.000000Z",
        "expected": {"list": arg(&list), "sha256": hash(&list), "compared": 2, "absent": ["usb/c.log"]},
    });
    assert_eq!(entry["detail"]["acquisition"], expected);
    let out = world.folder.path().join("out");
    run(["export", "--case", arg(&case), "--out", arg(&out), "--by", "k. lee"]).expect_end(0, &[]);
    assert_eq!(manifest(&out)["ingests"][0]["acquisition"], expected);
    run(["verify", arg(&out), "--key", arg(&world.key), "--against", arg(a), arg(b)]).expect_end(0, &[]);
    let root = hash(&out.join("SHA256SUMS"));
    for (lang, words) in [
        ("en", ["gw-1 &lt;rack 7&gt;", "2 files have the SHA-256 of", "an evidence bundle was made"]),
        ("ko", ["(18:00:00 KST)", "파일 2개의 SHA-256이", "증거 묶음을 만듦"]),
    ] {
        let page = world.folder.path().join(format!("{lang}.html"));
        run(["report", "--case", arg(&case), "--lang", lang, "--out", arg(&page)]).expect_end(0, &[]);
        let text = std::fs::read_to_string(&page).unwrap();
        for word in words.iter().copied().chain(["p. shin", "dd of /dev/sdb1", root.as_str()]) {
            assert!(text.contains(word), "{lang}: {word}");
        }
    }
}

/// A log is the same whether it is compressed or not: a case takes it once, and states the hash of both.
#[test]
fn a_log_is_not_taken_twice_for_being_compressed() {
    let world = World::new();
    let [b, a] = &world.logs;
    let text = logs::text(&logs::walked()[logs::walked().len() / 2..]) + "this is no request\n";
    let plain = put(world.folder.path(), "plain.log", text);
    let case = world.case("case");
    world.ingest(&case, &[a, b], &[]).expect_end(0, &[]);
    world.ingest(&case, &[&plain], &[]).expect_end(0, &["plain.log: is in the case already", "0 sources added"]);
    let out = world.folder.path().join("out");
    run(["export", "--case", arg(&case), "--out", arg(&out)]).expect_end(0, &[]);
    let hash = breachline::export::verify::sha256(&plain).unwrap();
    let sources = &manifest(&out)["sources"];
    assert_eq!((&sources[0]["sha256_decompressed"], &sources[1]["sha256_decompressed"]), (&hash.into(), &Value::Null));
    run(["verify", arg(&out), "--key", arg(&world.key), "--against", arg(a), arg(b)]).expect_end(0, &[]);
}

/// Times are kept as instants: the zone of an ingest moves none that is given later.
#[test]
fn the_zone_on_screen_of_an_ingest_moves_no_time_of_an_export() {
    let world = World::new();
    let [b, a] = &world.logs;
    let case = world.case("case");
    let loaded = ["--display-tz", "Asia/Seoul", "--load-since", "2026-03-04 09:00"];
    world.ingest(&case, &[a, b], &loaded).expect_end(0, &[]);
    let out = world.folder.path().join("out");
    run(["export", "--case", arg(&case), "--since", "2026-03-04 10:05", "--out", arg(&out)]).expect_end(0, &[]);
    let since = ["--load-since=2026-03-04T00:00:00.000000Z", "--since=2026-03-04T10:05:00.000000Z"];
    assert_eq!(manifest(&out)["options"], serde_json::json!(since));
    let verified = run(["verify", arg(&out), "--key", arg(&world.key), "--against", arg(a), arg(b)]);
    verified.expect_end(0, &[]);
    assert!(verified.out.contains("1 finding derived again"), "{}", verified.out);
}

/// A log as a gateway writes it behind a proxy that names the client.
fn behind_a_proxy(world: &World, name: &str, lines: &[String]) -> std::path::PathBuf {
    let behind = |line: &String| {
        let (client, rest) = line.split_once(' ').unwrap();
        format!("192.0.2.9 {rest} \"{client}\"\n")
    };
    put(world.folder.path(), name, lines.iter().map(behind).collect::<String>())
}

/// What an ingest says of the network and of where its logs were written stays with the case and goes into its bundles.
#[test]
fn a_case_remembers_its_proxies_and_its_vantages() {
    let world = World::new();
    let lines = logs::walked();
    let (early, late) = lines.split_at(lines.len() / 2);
    let (early, late) = (behind_a_proxy(&world, "early.log", early), behind_a_proxy(&world, "late.log", late));
    let network = ["--trusted-proxy", "192.0.2.0/24", "--vantage", "*early*=application"];
    let of_logs = |more: &[&str]| hunted(&network.iter().chain(more).copied().collect::<Vec<_>>());
    let case = world.case("case");
    world.ingest(&case, &[&early], &network).expect_end(0, &[]);
    let first = hunted(&["--case", arg(&case)]);
    assert_eq!(first, of_logs(&[arg(&early)]));
    assert_eq!(first["sources"][0]["vantage"], "application");
    // What a later ingest does not say holds all the same, and only for the logs it was said of.
    world.ingest(&case, &[&late], &[]).expect_end(0, &[]);
    let both = hunted(&["--case", arg(&case)]);
    assert_eq!(both, of_logs(&[arg(&early), arg(&late)]));
    assert_eq!(both["findings"].as_array().unwrap().len(), 2, "vantages that are not linked are apart");
    // What is given now counts instead.
    let other = ["--trusted-proxy", "10.0.0.0/8", "--vantage", "edge"];
    let now = |rest: &[&str]| hunted(&other.iter().chain(rest).copied().collect::<Vec<_>>());
    assert_eq!(now(&["--case", arg(&case)]), now(&[arg(&early), arg(&late)]));
    let out = world.folder.path().join("mixed-out");
    run(["export", "--case", arg(&case), "--out", arg(&out)]).expect_end(0, &[]);
    let verify = |out: &Path| {
        let verified = run(["verify", arg(out), "--key", arg(&world.key), "--against", arg(&early), arg(&late)]);
        verified.expect_end(0, &[]);
        assert!(verified.out.contains("2 findings derived again"), "{}{}", verified.out, verified.err);
    };
    verify(&out);
    let alike = world.case("alike");
    world.ingest(&alike, &[&early], &network).expect_end(0, &[]);
    world.ingest(&alike, &[&late], &network).expect_end(0, &[]);
    let out = world.folder.path().join("alike-out");
    run(["export", "--case", arg(&alike), "--vantage", "*late*=edge", "--out", arg(&out)]).expect_end(0, &[]);
    let options = ["--vantage=*early*=application", "--trusted-proxy=192.0.2.0/24", "--vantage=*late*=edge"];
    assert_eq!(manifest(&out)["options"], serde_json::json!(options));
    verify(&out);
}

/// Ingests that read by different options are made again from archives too, unless these hold more than the case does.
#[test]
fn a_bundle_of_different_ingests_is_derived_again_from_archives() {
    let world = World::new();
    let [b, a] = &world.logs;
    let (first, second) = (std::fs::read(b).unwrap(), std::fs::read(a).unwrap());
    let set = put(world.folder.path(), "set.tar", logs::tar(&[("gw/a.log.gz", &second)]));
    let case = world.case("case");
    world.ingest(&case, &[b], &["--input-format", "nginx-combined"]).expect_end(0, &[]);
    world.ingest(&case, &[&set], &[]).expect_end(0, &[]);
    let out = world.folder.path().join("out");
    run(["export", "--case", arg(&case), "--out", arg(&out)]).expect_end(0, &[]);
    let verify = |logs: &[&Path]| {
        let logs = logs.iter().map(|log| arg(log));
        run(["verify", arg(&out), "--key", arg(&world.key), "--against"].into_iter().chain(logs))
    };
    let whole = verify(&[b, &set]);
    whole.expect_end(0, &[]);
    assert!(whole.out.contains("1 finding derived again") && !whole.err.contains("not derived"), "{}", whole.err);
    let others: [(&str, &[u8]); 3] = [("b.log", &first), ("gw/a.log.gz", &second), ("gw/other.log", &first[..9_000])];
    let more = put(world.folder.path(), "more.tar", logs::tar(&others));
    verify(&[&more]).expect_end(0, &["not derived again"]);
}

/// Zones that were given for paths hold for the same logs when they lie elsewhere.
#[test]
fn zones_follow_logs_that_moved() {
    let world = World::new();
    let local = |line: &String| {
        let (client, rest) = line.split_once(" - - [04/Mar/2026:").unwrap();
        let (time, rest) = rest.split_once(" +0000] ").unwrap();
        format!("{client} 2026-03-04 {time} {}\n", rest.split(" \"-\"").next().unwrap())
    };
    let lines = logs::walked();
    let (seoul, other) = lines.split_at(lines.len() / 2);
    let folder = |name: &str| {
        let folder = world.folder.path().join(name);
        std::fs::create_dir(&folder).unwrap();
        folder
    };
    let (usb, lab) = (folder("usb"), folder("lab"));
    let (one, two) = (usb.join("seoul.log"), usb.join("other.log"));
    std::fs::write(&one, seoul.iter().map(local).collect::<String>()).unwrap();
    std::fs::write(&two, other.iter().map(local).collect::<String>()).unwrap();
    let directive = ["--log-format-kind", "apache", "--log-format", "%h %{%Y-%m-%d %H:%M:%S}t \"%r\" %>s %b"];
    let zone = format!("{}=Asia/Seoul", arg(&one));
    let out = world.folder.path().join("out");
    let export = ["export", "--out", arg(&out), "--assume-tz", &zone, arg(&one), arg(&two)];
    run(export.iter().chain(&directive)).expect_end(0, &["1 finding"]);
    std::fs::rename(&one, lab.join("copy-1.log")).unwrap();
    std::fs::rename(&two, lab.join("copy-2.log")).unwrap();
    let verified = run(["verify", arg(&out), "--against", arg(&lab)]);
    verified.expect_end(0, &[]);
    assert!(verified.out.contains("1 finding derived again"), "{}{}", verified.out, verified.err);
}
