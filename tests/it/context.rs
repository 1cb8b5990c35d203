//! What the analyst declares: it is checked, hashed, used and counted, and never silently.

use crate::logs::{self, WALKER, arg, put};
use crate::run;
use serde_json::Value;
use std::path::Path;

fn hunted(log: &Path, options: &[&str]) -> Value {
    let run = run([&["hunt", "--format", "json", "-q", arg(log)], options].concat());
    run.expect_end(0, &[]);
    run.json()
}

#[test]
fn what_a_scanner_did_is_left_out_counted_and_said() {
    let folder = tempfile::tempdir().unwrap();
    let log = put(folder.path(), "gw.log", logs::text(&logs::walked()));
    let text = format!("[[scanner]]\nname = \"pentest 12\"\nnetworks = [\"{WALKER}\"]\n");
    let context = put(folder.path(), "context.toml", &text);
    let (plain, known) = (hunted(&log, &[]), hunted(&log, &["--context", arg(&context)]));
    let rule = plain["findings"][0]["rule"].as_str().unwrap();
    assert_eq!(plain["coverage"]["suppressed"], serde_json::json!([]));
    assert!(plain["context"].is_null() && plain["coverage"]["notes"].to_string().contains("without --context"));
    assert_eq!(known["findings"], serde_json::json!([]));
    let walk = logs::walked().iter().filter(|line| line.starts_with(WALKER)).count();
    let left_out = known["coverage"]["suppressed"].as_array().unwrap();
    let entry = left_out.iter().find(|entry| entry["rule"] == rule).unwrap();
    assert_eq!((&entry["kind"], &entry["entry"]), (&"scanner".into(), &"pentest 12".into()));
    assert!(entry["rows"].as_u64().unwrap() as f64 >= 0.9 * walk as f64 && entry["findings"] == 1, "{entry}");
    let path = arg(&context);
    assert_eq!(known["context"]["path"], path);
    assert_eq!(known["context"]["sha256"].as_str().unwrap().len(), 64);
    let table = run(["hunt", arg(&log), "--context", path, "-q"]).out;
    let words = table.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("requests of the scanner pentest 12 were left out"), "{table}");
    let out = folder.path().join("out");
    run(["export", arg(&log), "--context", path, "--out", arg(&out)]).expect_end(0, &[]);
    let manifest = logs::manifest(&out);
    assert_eq!(manifest["context"], known["context"]);
    assert_eq!(manifest["suppressed"], known["coverage"]["suppressed"]);
}

#[test]
fn declared_routes_are_a_column() {
    let folder = tempfile::tempdir().unwrap();
    let log = put(folder.path(), "gw.log", logs::text(&logs::quiet()));
    let text = "[[route]]\npath = \"/shop/v2/orders/{id}\"\naccess = \"protected\"\n[[route]]\npath = \"/nowhere\"\nbulk = true\n";
    let context = put(folder.path(), "context.toml", text);
    let sql = "SELECT DISTINCT access FROM requests WHERE route LIKE '/shop/v2/orders/%'";
    let found = run(["query", arg(&log), "--context", arg(&context), "--sql", sql, "--format", "jsonl", "-q"]);
    found.expect_end(0, &[]);
    assert_eq!(found.json_lines(), [serde_json::json!({"access": "protected"})]);
    let notes = hunted(&log, &["--context", arg(&context)])["coverage"]["notes"].to_string();
    assert!(notes.contains("context.toml:5: route /nowhere fits no request of these logs"), "{notes}");
}

#[test]
fn mistakes_stop_before_anything_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let log = put(folder.path(), "gw.log", logs::text(&logs::quiet()));
    let wrong = put(folder.path(), "context.toml", "[[route]]\npath = \"/a\"\nacess = \"public\"\n");
    let run = |path: &Path| run(["hunt", arg(&log), "--context", arg(path)]);
    run(&wrong).expect_end(2, &["context.toml:3: ", "did you mean `access`?", "acess = \"public\"", "^^^^^"]);
    run(&folder.path().join("none.toml")).expect_end(2, &["--context", "none.toml cannot be read"]);
}

#[test]
fn an_openapi_document_gives_routes_and_what_is_not_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let log = put(folder.path(), "gw.log", logs::text(&logs::walked()));
    let text = "openapi: 3.0.3\nservers: [{url: 'https://shop.example/shop/v2'}]\npaths:\n  /catalogue: {get: {security: []}}\n";
    let openapi = put(folder.path(), "api.yml", text);
    let sql = "SELECT route, documented, access, count(*) AS n FROM requests GROUP BY route, documented, access";
    let rows = run(["query", arg(&log), "--openapi", arg(&openapi), "--sql", sql, "--format", "jsonl", "-q"]);
    rows.expect_end(0, &[]);
    let of = |route: &str| rows.json_lines().into_iter().find(|row| row["route"] == route).unwrap();
    assert_eq!(of("/shop/v2/catalogue")["documented"], "documented");
    assert_eq!(of("/shop/v2/catalogue")["access"], "public");
    assert_eq!(of("/shop/v2/orders/{id}")["documented"], "undocumented");
    let hunt = hunted(&log, &["--openapi", arg(&openapi), "--rule", "shadow-operations"]);
    let finding = &hunt["findings"][0];
    assert!(finding["why"].to_string().contains("does not list or calls deprecated"), "{finding}");
    assert_eq!(hunt["openapi"]["sha256"].as_str().unwrap().len(), 64);
    let plain = hunted(&log, &["--rule", "shadow-operations"]);
    assert_eq!(plain["findings"], serde_json::json!([]));
    // Whoever uses a deprecated operation day by day, a few things of their own each, is nobody's suspect.
    let quiet = put(folder.path(), "quiet.log", logs::text(&logs::quiet()));
    let deprecated = format!("{text}  '/orders/{{id}}': {{get: {{deprecated: true}}}}\n");
    let deprecated = put(folder.path(), "deprecated.yml", deprecated);
    let hunt = hunted(&quiet, &["--openapi", arg(&deprecated), "--rule", "shadow-operations"]);
    assert_eq!(hunt["findings"], serde_json::json!([]));
    let wrong = put(folder.path(), "wrong.json", "{\"openapi\": 3,}");
    run(["hunt", arg(&log), "--openapi", arg(&wrong)]).expect_end(2, &["wrong.json:1: not readable JSON", "^"]);
}
