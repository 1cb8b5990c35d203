//! Findings, evidence, routes and actors as tables.

use super::*;
use crate::finding::{Hunt, Level};
use crate::hunt::HuntOptions;
use crate::testing::Log;
use proptest::prelude::*;
use std::cell::Cell as Counter;

/// Readers of their own orders, one address that walks over many, and a key on a route of its own.
fn walked() -> Requests {
    Log::new()
        .rows(400, |row, at| {
            let own = row.at(at as f64 * 20.0).ip(&format!("198.51.100.{}", at % 80)).ua("app/1");
            own.get(&format!("/v1/orders/{}", 1000 + at % 80 * 7)).status(200).bytes(500)
        })
        .rows(900, |row, at| {
            let walk = row.at(3000.0 + at as f64).ip("203.0.113.7").ua("py/3");
            walk.get(&format!("/v1/orders/{}", 5000 + at)).status(if at % 3 == 0 { 404 } else { 200 }).bytes(500)
        })
        .rows(2, |row, at| row.at(9000.0 + at as f64).ip("192.0.2.1").get("/v1/keys").status(403).credential("k1"))
        .build()
}

/// The answer as lines of cells with a bar between them, and how often rules were judged.
fn asked(requests: &Requests, sql: &str) -> (Vec<String>, usize) {
    let hunts = Counter::new(0);
    let hunt = || {
        hunts.set(hunts.get() + 1);
        crate::hunt::hunt(requests, &crate::rule::builtin(), &HuntOptions::default())
    };
    let answer =
        query_tables(&Tables::new(requests, &hunt), sql, None).unwrap_or_else(|error| panic!("{sql}\n{error}"));
    let cell = |cell: &Cell| match cell {
        Cell::Null => "-".to_owned(),
        Cell::Bool(value) => value.to_string(),
        Cell::Int(value) | Cell::Time(value) => value.to_string(),
        Cell::Float(value) => format!("{value:.2}"),
        Cell::Text(value) => value.clone(),
    };
    (answer.rows.iter().map(|row| row.iter().map(cell).collect::<Vec<_>>().join("|")).collect(), hunts.get())
}

#[test]
fn routes_and_actors_add_up_to_the_requests_and_judge_no_rule() {
    let requests = walked();
    let rows = |sql: &str| {
        let (rows, hunts) = asked(&requests, sql);
        assert_eq!(hunts, 0, "{sql}");
        rows
    };
    assert_eq!(
        rows("SELECT route, requests, hit, miss, denied, clients, objects, objects_answered, bytes FROM routes"),
        ["/v1/keys|2|0|0|2|1|0|0|0", "/v1/orders/{id}|1300|1000|300|0|81|980|680|500000"]
    );
    assert_eq!(
        rows(
            "SELECT kind, value, requests, hit, objects, routes, last - first AS span FROM actors WHERE requests > 500 OR kind = 'credential'"
        ),
        ["client_ip|203.0.113.7|900|600|900|1|899.00", "credential|k1|2|0|0|1|1.00"]
    );
    for table in ["routes", "actors WHERE kind = 'client_ip'"] {
        assert_eq!(rows(&format!("SELECT sum(requests) FROM {table}")), ["1302"]);
    }
    assert_eq!(rows("SELECT count(*) FROM actors"), ["83"]);
    assert_eq!(rows("SELECT count(*) FROM requests"), ["1302"]);
    // Only the keys record a credential, and nobody was answered without one there.
    assert_eq!(rows("SELECT route, bare_hits, bare_since FROM routes ORDER BY route")[0], "/v1/keys|0|-");
}

#[test]
fn findings_and_evidence_are_those_of_one_hunt() {
    let requests = walked();
    let hunt: Hunt = crate::hunt::hunt(&requests, &crate::rule::builtin(), &HuntOptions::default());
    let walk = hunt.findings.first().unwrap();
    let rule = walk.rule.as_str();
    assert!(walk.level >= Level::Medium);
    let (rows, hunts) =
        asked(&requests, &format!("SELECT finding, rule, evidence_rows, objects FROM findings WHERE rule = '{rule}'"));
    assert_eq!(hunts, 1);
    let evidence = walk.evidence.len();
    assert_eq!(rows, [format!("{}|{rule}|{evidence}|{}", walk.id, walk.blast_radius.objects)]);
    let sql = format!(
        "SELECT f.rule, e.client_ip, count(*) AS n, min(e.line_no) AS first_line FROM findings f \
         JOIN evidence e ON f.finding = e.finding WHERE f.rule = '{rule}' GROUP BY f.rule, e.client_ip"
    );
    let (rows, hunts) = asked(&requests, &sql);
    let first = walk.evidence.iter().map(|&row| requests.facts.place(row as usize).line_no).min().unwrap();
    assert_eq!((rows, hunts), (vec![format!("{rule}|203.0.113.7|{evidence}|{first}")], 1));
    let all: usize = hunt.findings.iter().map(|finding| finding.evidence.len()).sum();
    assert_eq!(asked(&requests, "SELECT count(*) FROM evidence").0, [all.to_string()]);
    assert_eq!(asked(&requests, &format!("SELECT confidence > 0.1 FROM FINDINGS WHERE rule = '{rule}'")).0, ["true"]);
}

#[test]
fn tables_without_rows_have_their_columns() {
    let requests = Log::new().row(|row| row.at(0.0).get("/a").status(200)).build();
    for table in tables() {
        let (_, hunts) = asked(&requests, &format!("SELECT * FROM {}", table.name));
        assert_eq!(hunts, usize::from(matches!(table.name, "findings" | "evidence")), "{}", table.name);
    }
    let none =
        "SELECT count(*), max(confidence), max(last) FROM findings WHERE first > '2026-01-01' AND level LIKE 'h%'";
    assert_eq!(asked(&requests, none).0, ["0|-|-"]);
    let names: Vec<&str> = tables().iter().map(|table| table.name).collect();
    assert_eq!(names, ["requests", "findings", "evidence", "routes", "actors"]);
    for table in tables() {
        let mut columns: Vec<&str> = table.columns().map(|column| column.name).collect();
        assert!(table.columns().all(|column| column.doc.ends_with('.')), "{}", table.name);
        let before = columns.len();
        columns.sort_unstable();
        columns.dedup();
        assert_eq!(columns.len(), before, "{}", table.name);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Routes and actors are what GROUP BY over requests gives.
    #[test]
    fn views_agree_with_groups_of_requests(
        log in proptest::collection::vec((0_usize..5, 0_usize..4, 0_usize..3, 0_i64..90), 1..50),
    ) {
        let requests = Log::new()
            .rows(log.len(), |row, at| {
                let (who, what, status, bytes) = log[at];
                let row = row.at(at as f64).ip(&format!("192.0.2.{who}")).user(&format!("u{}", who % 3));
                row.get(["/a", "/b", "/c/7", "/c/8"][what]).status([200, 403, 500][status]).bytes(bytes)
            })
            .build();
        for (column, kind) in [("client_ip", "client_ip"), ("principal", "principal")] {
            let groups = format!(
                "SELECT {column}, count(*) AS n, count_if(answer = 'hit') AS hit, count_if(answer = 'denied') AS denied, \
                 count(DISTINCT route) AS routes, count(DISTINCT client_ip) AS clients, min(ts) AS first, max(ts) AS last \
                 FROM requests GROUP BY {column} ORDER BY {column}"
            );
            let view = format!(
                "SELECT value, requests, hit, denied, routes, clients, first, last FROM actors WHERE kind = '{kind}' ORDER BY value"
            );
            prop_assert_eq!(asked(&requests, &groups), asked(&requests, &view));
        }
        let groups = "SELECT route, count(*) AS n, count_if(answer = 'error') AS error, count(DISTINCT principal) AS principals, \
                      min(ts) AS first FROM requests GROUP BY route ORDER BY route";
        let view = "SELECT route, requests, error, principals, first FROM routes ORDER BY route";
        prop_assert_eq!(asked(&requests, groups), asked(&requests, view));
    }
}
