//! One request logged by several hops: counted once, cited everywhere, never added up where it cannot be linked.

use crate::logs::{self, arg, put};
use crate::run;
use serde_json::Value;
use std::io::Read;
use std::path::{Path, PathBuf};

const EDGE: [&str; 2] = ["--vantage", "*edge*=edge"];
const FILES: [&str; 3] = ["balancer.log.gz", "edge.json.gz", "gateway.json.gz"];

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-logs/three-hops")
}

fn paths() -> Vec<PathBuf> {
    FILES.iter().map(|file| sample().join(file)).collect()
}

fn hunted(paths: &[PathBuf], options: &[&str]) -> Value {
    let paths = paths.iter().map(|path| arg(path));
    let run = run(["hunt", "--format", "json", "-q"].into_iter().chain(options.iter().copied()).chain(paths));
    run.expect_end(0, &[]);
    run.json()
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap_or_else(|| panic!("no list: {value}"))
}

fn only_finding(hunt: &Value) -> &Value {
    match list(&hunt["findings"]).as_slice() {
        [one] => one,
        others => panic!("{} findings: {others:#?}", others.len()),
    }
}

fn notes(hunt: &Value) -> String {
    list(&hunt["coverage"]["notes"]).iter().map(|note| note.as_str().unwrap()).collect::<Vec<_>>().join("\n")
}

/// Lines that a finding cites in each source, by the source's id.
fn lines_by_source(finding: &Value) -> Vec<(u64, u64)> {
    let number = |value: &Value| value.as_u64().unwrap();
    let of = |of: &Value| list(&of["ranges"]).iter().map(|range| number(&range[1]) - number(&range[0]) + 1).sum();
    list(&finding["evidence"]["lines"]).iter().map(|source| (number(&source["source"]), of(source))).collect()
}

/// The text with what follows a name, up to the next quote, replaced by a dash.
fn without_value(text: &str, name: &str) -> String {
    let mut parts = text.split(name);
    let mut out = parts.next().unwrap().to_owned();
    let kept = if name.ends_with('=') { "\"" } else { name };
    for part in parts {
        out.push_str(kept);
        out.push('-');
        out.push_str(&part[part.find('"').unwrap()..]);
    }
    out
}

/// The three logs without a single id in them.
fn without_ids(folder: &Path) -> Vec<PathBuf> {
    let strip = |file: &&str| {
        let mut text = String::new();
        let log = std::fs::File::open(sample().join(file)).unwrap();
        flate2::read::GzDecoder::new(log).read_to_string(&mut text).unwrap();
        for name in ["\"request_id\":\"", "\"x-request-id\":\"", "\"trace_id\":\"", "\"Root="] {
            text = without_value(&text, name);
        }
        assert!(!text.contains("Root="));
        put(folder, file.trim_end_matches(".gz"), text)
    };
    FILES.iter().map(strip).collect()
}

#[test]
fn three_hops_tell_of_one_finding_with_the_counts_of_the_gateway() {
    let three = hunted(&paths(), &EDGE);
    let alone = hunted(&[sample().join("gateway.json.gz")], &["--trusted-proxy", "203.0.113.0/24"]);
    let (finding, expected) = (only_finding(&three), only_finding(&alone));
    for same in ["id", "title", "measures", "blast_radius", "outcome", "confidence", "first", "last"] {
        assert_eq!(finding[same], expected[same], "{same}");
    }
    let exchanges = finding["evidence"]["exchanges"].as_u64().unwrap();
    assert_eq!(finding["evidence"]["exchanges"], expected["evidence"]["rows"]);
    assert_eq!(finding["evidence"]["rows"].as_u64(), Some(3 * exchanges));
    assert_eq!(lines_by_source(finding), [(1, exchanges), (2, exchanges), (3, exchanges)]);
    let notes = notes(&three);
    assert!(notes.contains("1,224 requests were seen at 2 or more vantages (edge, balancer, gateway)"), "{notes}");
    assert!(notes.contains("share of gateway rows linked to the edge 100.0 %"), "{notes}");
    assert!(notes.contains("balancer.log.gz is 2 s ahead of that of the gateway, from 1,224 linked"), "{notes}");
    let clock = &list(&three["sources"])[0]["clock"];
    assert!((clock["offset_us"].as_i64().unwrap() - 2_000_000).abs() < 10_000, "{clock}");
    assert_eq!(clock["basis"], "ids");
}

#[test]
fn ids_in_headers_that_the_gateway_logs_link_exactly() {
    // Kong writes an id of its own; those of the balancer and the CDN stand among the headers of the request.
    let sql =
        "SELECT vantage, exchange_basis AS basis, count(*) AS lines FROM requests GROUP BY vantage, exchange_basis";
    let arguments = ["query", "-q", "--format", "csv", "--sql", sql].into_iter().chain(EDGE);
    let paths = paths();
    let answer = run(arguments.chain(paths.iter().map(|path| arg(path))));
    answer.expect_end(0, &[]);
    for line in ["balancer,trace_id,1224,", "edge,request_id,1224,"] {
        assert!(answer.out.contains(line), "{line}: {}", answer.out);
    }
    let sql = "SELECT count(*) AS n FROM requests WHERE trace_id LIKE 'Root=1-%' AND extra LIKE 'x-request-id=%'";
    let answer = run(["query", "-q", "--format", "csv", "--sql", sql, arg(&paths[2])]);
    assert!(answer.out.contains("1224"), "{} {}", answer.out, answer.err);
}

#[test]
fn without_ids_the_same_is_inferred() {
    let folder = tempfile::tempdir().unwrap();
    let (exact, inferred) = (hunted(&paths(), &EDGE), hunted(&without_ids(folder.path()), &EDGE));
    let (expected, finding) = (only_finding(&exact), only_finding(&inferred));
    for same in ["id", "measures", "blast_radius", "entities"] {
        assert_eq!(finding[same], expected[same], "{same}");
    }
    assert_eq!(finding["evidence"]["lines"], expected["evidence"]["lines"]);
    let notes = notes(&inferred);
    assert!(notes.contains("basis: 1,224 by inference"), "{notes}");
    assert!(notes.contains("balancer.log is 2 s ahead of that of the gateway"), "{notes}");
    let sql = "SELECT exchange_basis AS basis, count(*) AS lines, count(DISTINCT exchange) AS requests FROM requests \
               WHERE vantage = 'gateway' GROUP BY exchange_basis";
    let paths = without_ids(folder.path());
    let arguments = ["query", "-q", "--format", "csv", "--sql", sql].into_iter().chain(EDGE);
    let answer = run(arguments.chain(paths.iter().map(|path| arg(path))));
    assert!(answer.out.contains("\ninferred,1224,1224,\r\n"), "{} {}", answer.out, answer.err);
}

#[test]
fn the_order_of_arguments_changes_nothing() {
    let text = |paths: &[PathBuf]| {
        let arguments = ["hunt", "--format", "json", "-q"].into_iter().chain(EDGE);
        run(arguments.chain(paths.iter().map(|path| arg(path)))).out
    };
    let mut paths = paths();
    let first = text(&paths);
    paths.reverse();
    assert!(first == text(&paths));
    paths.swap(0, 1);
    assert!(first == text(&paths));
}

#[test]
fn vantages_are_given_by_flag_and_the_last_that_fits_counts() {
    let hunt =
        hunted(&paths(), &["--vantage", "application", "--vantage", "*edge*=edge", "--vantage", "*gate*=gateway"]);
    let vantages: Vec<&str> = list(&hunt["sources"]).iter().map(|source| source["vantage"].as_str().unwrap()).collect();
    assert_eq!(vantages, ["application", "edge", "gateway"]);
    let wrong = run(["hunt", arg(&paths()[0]), "--vantage", "middle"]);
    wrong.expect_end(2, &["edge, balancer, gateway and application"]);
}

#[test]
fn two_sites_are_not_added_up() {
    // A day at one site, seen by its gateway, and the hops of another: nothing of one is found at the other.
    let folder = tempfile::tempdir().unwrap();
    let shop = put(folder.path(), "shop.log", logs::text(&logs::walked()));
    let other = sample().join("balancer.log.gz");
    let alone = hunted(std::slice::from_ref(&shop), &[]);
    let both = hunted(&[shop, other], &["--vantage", "*balancer*=edge"]);
    let counts = |hunt: &Value| -> Vec<Value> {
        list(&hunt["findings"])
            .iter()
            .map(|finding| serde_json::json!([finding["id"], finding["measures"], finding["evidence"]["exchanges"]]))
            .collect()
    };
    let both = counts(&both);
    assert!(!counts(&alone).is_empty());
    assert!(counts(&alone).iter().all(|finding| both.contains(finding)), "{both:#?}");
}

#[test]
fn a_selection_of_the_logs_is_judged_by_plain_counts_only() {
    let hunt = hunted(&paths(), &["--extract"]);
    assert_eq!(hunt["findings"], serde_json::json!([]));
    let of = |id: &str| list(&hunt["rules"]).iter().find(|rule| rule["id"] == id).unwrap();
    assert_eq!(of("account-harvest")["state"], "not_evaluable");
    let why = of("account-harvest")["why"].as_str().unwrap();
    assert!(why.contains("--extract") && why.contains("compares with peers"), "{why}");
    assert!(notes(&hunt).contains("--extract: these logs are a selection"), "{}", notes(&hunt));
}
