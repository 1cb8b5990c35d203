//! Sigma's rules beside ours: read from folders, judged, shown, and tested.

use crate::logs::{self, arg, put};
use crate::run;
use serde_json::Value;
use std::path::Path;

const RULES: &str = "
title: Backup Of A Database Asked For
id: 5f0d8c1e-3c40-4a4e-9f34-7d5f0a3a1b11
name: dump_asked
status: test
level: medium
tags: [attack.reconnaissance, attack.t1595]
logsource: {category: webserver}
detection:
  file: {cs-uri-stem|endswith: [.sql, .sql.gz]}
  got: {sc-status: 200}
  condition: file and got
falsepositives: [A page that documents SQL]
breachline:
  tests:
    - name: a dump that was there
      format: nginx-combined
      log: |
        @each i=1..3: 192.0.2.9 - - [$(clf 1772582400+i)] \"GET /dump%2Esql?n=$(i) HTTP/1.1\" 200 90 \"-\" \"x\"
        192.0.2.9 - - [04/Mar/2026:01:00:00 +0000] \"GET /dump.sql HTTP/1.1\" 404 90 \"-\" \"x\"
      fires: [3]
    - name: a dump that was not
      format: nginx-combined
      log: |
        192.0.2.9 - - [04/Mar/2026:01:00:00 +0000] \"GET /dump.sql HTTP/1.1\" 404 90 \"-\" \"x\"
      silent: true
---
title: Names Tried For A Dump
id: tried
level: high
correlation: {type: value_count, rules: [dump_asked], group-by: [c-ip], timespan: 10m, condition: {field: cs-uri-stem, gte: 3}}
";

const COOKIE: &str = "
title: A Cookie
id: cookie
logsource: {category: proxy}
detection: {s: {cs-cookie|contains: x}, condition: s}
";

fn rules(folder: &Path) {
    std::fs::create_dir_all(folder.join("deep/er")).unwrap();
    put(&folder.join("deep/er"), "dumps.yml", RULES);
    put(&folder.join("deep"), "cookie.yaml", COOKIE);
    put(
        folder,
        "broken.yml",
        "title: B\nlogsource: {category: webserver}\ndetection: {s: {cs-method: X}, condition: t}\n",
    );
}

fn of<'a>(hunt: &'a Value, id: &str) -> &'a Value {
    let rules = hunt["rules"].as_array().unwrap();
    rules.iter().find(|rule| rule["id"] == id).unwrap_or_else(|| panic!("{id} in {hunt}"))
}

#[test]
fn sigma_rules_are_judged_beside_ours() {
    let folder = tempfile::tempdir().unwrap();
    rules(folder.path());
    let mut lines = logs::quiet()[..200].to_vec();
    for (at, name) in ["a.sql", "b.sql.gz", "c%2esql"].iter().enumerate() {
        lines.insert(
            50 * (at + 1),
            format!(
                "203.0.113.5 - - [04/Mar/2026:01:0{at}:00 +0000] \"GET /old/{name} HTTP/1.1\" 200 5000 \"-\" \"x\""
            ),
        );
    }
    let log = put(folder.path(), "gw.log", logs::text(&lines));
    let hunt = |options: &[&str]| {
        let rules = arg(folder.path());
        let run = run([&["hunt", "--format", "json", "--rules", rules, arg(&log)], options].concat());
        run.expect_end(0, &["broken.yml:3:", "there is no search `t`", "goes on without 1 broken"]);
        run.json()
    };
    let all = hunt(&[]);
    assert!(of(&all, "object-walk")["state"].is_string(), "ours are there, too");
    assert_eq!(of(&all, "cookie")["state"], "not_evaluable");
    assert_eq!(of(&all, "cookie")["missing"][0], "cs-cookie");
    assert_eq!(of(&all, "tried")["state"], "fired");
    let finding = all["findings"].as_array().unwrap().iter().find(|finding| finding["rule"] == "tried").unwrap();
    assert_eq!(finding["evidence"]["lines"][0]["ranges"], serde_json::json!([[51, 51], [101, 101], [151, 151]]));
    assert_eq!((&finding["level"], &finding["measures"]["value_count"]["value"]), (&"high".into(), &3.into()));
    assert_eq!(finding["entities"][0]["value"], "203.0.113.5");
    // By name, alone: then it reports its own matches.
    let one = hunt(&["--rule", "dump_asked", "--threads", "1"]);
    assert_eq!(one["rules"].as_array().unwrap().len(), 1);
    assert_eq!(one["findings"][0]["tags"][1], "attack.t1595");
    assert_eq!(one["findings"][0]["evidence"]["rows"], 3);
    run(["hunt", arg(&log), "--rules", arg(folder.path()), "--strict"]).expect_end(2, &["--strict"]);
}

#[test]
fn sigma_rules_are_listed_shown_and_tested() {
    let folder = tempfile::tempdir().unwrap();
    rules(folder.path());
    std::fs::remove_file(folder.path().join("broken.yml")).unwrap();
    let with = |arguments: &[&str]| run([arguments, &["--rules", arg(folder.path())]].concat());
    let list = with(&["rules", "list"]);
    list.expect_end(0, &[]);
    for words in ["Names Tried For A Dump", "Sigma", "never runs: cs-cookie: cookies are secrets"] {
        assert!(list.out.contains(words), "{words}: {}", list.out);
    }
    let shown = with(&["rules", "show", "dump_asked"]);
    shown.expect_end(0, &[]);
    for words in
        ["dumps.yml:2", "path ~ '*.sql'", "status", "counted   by the correlation tried", "A page that documents SQL"]
    {
        assert!(shown.out.contains(words), "{words}: {}", shown.out);
    }
    assert!(with(&["rules", "show", "tried"]).out.contains("value_count(cs-uri-stem) >= 3"));
    with(&["rules", "show", "cooky"]).expect_end(2, &["did you mean `cookie`?"]);
    let tested = run(["rules", "test", arg(folder.path())]);
    tested.expect_end(0, &[]);
    for words in ["a dump that was there", "2 rules of Sigma read, without samples", "2 samples of 3 rules, 0 failed"] {
        assert!(tested.out.contains(words), "{words}: {}", tested.out);
    }
    put(&folder.path().join("deep/er"), "dumps.yml", RULES.replace("fires: [3]", "fires: [4]"));
    let failed = run(["rules", "test", arg(folder.path())]);
    failed.expect_end(2, &[]);
    assert!(failed.out.contains("expected Fires([4]), got Fires([3])"), "{}", failed.out);
}
