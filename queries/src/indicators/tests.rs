//! Lists against small logs, and against a count by brute force.

use super::*;
use crate::selection::Selection;
use crate::testing::Log;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const KEY: [u8; 32] = *b"breachline public fingerprint k1";

fn options(kind: Option<Kind>) -> Options {
    Options { kind, key: KEY, extract: false }
}

fn list(lines: &str) -> List {
    List::parse(lines.as_bytes()).unwrap()
}

/// Twenty readers of their own order, and one who read the first eight.
fn orders() -> Log {
    Log::new()
        .rows(20, |row, at| {
            let own = row.at(at as f64).ip(&format!("198.51.100.{at}")).user(&format!("u{at}"));
            own.get(&format!("/v1/orders/{}", 1000 + at)).status(200).bytes(100)
        })
        .rows(8, |row, at| {
            let thief = row.at(100.0 + at as f64).ip("203.0.113.7").user("eve");
            thief.get(&format!("/v1/orders/{}", 1000 + at)).status(if at == 7 { 403 } else { 200 }).bytes(100)
        })
}

#[test]
fn lists_are_read_as_people_write_them() {
    let list =
        List::parse(b"\xef\xbb\xbf# leaked\r\n 1001 \r\n\r\n+82 10-1234-5678\r\n821012345678\r\n1001\n").unwrap();
    assert_eq!(list.items().collect::<Vec<_>>(), [(2, "1001"), (4, "+82 10-1234-5678")]);
    assert_eq!(list.repeated, 2);
    assert_eq!(List::parse(b"# nothing\n").err(), Some(ListError::Empty));
    assert_eq!(List::parse(b"a\n\xff\n").err(), Some(ListError::NotText(2)));
}

#[test]
fn who_read_the_sample_ranks_before_who_read_one_of_it() {
    let requests = orders().build();
    let found = sightings(&requests, &list("1000\n1001\n1002\n1003\n1004\n1005\n1006\n1007\n9999"), &options(None));
    assert!(found.seen.iter().all(|seen| seen.kind == Kind::Object));
    let why: Vec<Why> = found.seen.iter().map(|seen| seen.why).collect();
    assert_eq!((why[0], why[8]), (Why::Logs, Why::List));
    assert_eq!(found.seen[7].summary.answers[Answer::Hit as usize], 1);
    assert_eq!(found.seen[7].rows.len(), 2);
    assert!(found.seen[8].rows.is_empty());
    let first = &found.entities[0];
    assert_eq!((first.column, first.value.as_str()), ("client_ip", "203.0.113.7"));
    assert_eq!((first.asked, first.answered, first.own, first.of), (8, 7, 7, 20));
    assert!((first.share - 7.0 / 8.0).abs() < 1e-12);
    assert!((first.chance.unwrap() - 7.0 / 20.0).abs() < 1e-12);
    assert_eq!((found.entities[1].column, found.entities[1].value.as_str()), ("principal", "eve"));
    // The owner of order 1007 is the only other one to have been answered it.
    let clients: Vec<_> = found.entities.iter().filter(|entity| entity.column == "client_ip").collect();
    assert_eq!(clients.len(), 9);
    assert!((clients[8].together - 1.0).abs() < 1e-12);
}

#[test]
fn what_is_found_in_a_window_only_counts_there() {
    let mut requests = orders().build();
    requests.limit(&Selection { until: requests.facts.ts(20), ..Selection::default() });
    let found = sightings(&requests, &list("1000\n1001"), &options(None));
    assert_eq!(found.seen.iter().map(|seen| seen.rows.len()).collect::<Vec<_>>(), [1, 1]);
    assert!(found.entities.iter().all(|entity| entity.value != "eve"));
}

#[test]
fn kinds_follow_from_looks_and_logs() {
    let requests = orders().build();
    let found =
        sightings(&requests, &list("u3\nu99\n198.51.100.0/30\n/v1/orders/1002\n/v1/orders/{id}\n1004"), &options(None));
    let told: Vec<(Kind, Why, usize)> = found.seen.iter().map(|seen| (seen.kind, seen.why, seen.rows.len())).collect();
    assert_eq!(
        told,
        [
            (Kind::Principal, Why::Logs, 1),
            (Kind::Principal, Why::List, 0),
            (Kind::Ip, Why::Look, 4),
            (Kind::Path, Why::Logs, 2),
            (Kind::Route, Why::Logs, 28),
            (Kind::Object, Why::Logs, 2),
        ]
    );
    // Addresses do not account for addresses.
    let client = found.entities.iter().find(|entity| entity.value == "198.51.100.1").unwrap();
    assert_eq!(client.asked, 1, "{client:?}");
}

#[test]
fn secrets_are_matched_and_never_shown() {
    let secret = "s3cr3t-Key-of-the-partner-001";
    let print = breachline_parsers::mask::fingerprint(&KEY, secret.as_bytes());
    let requests = Log::new()
        .rows(3, |row, at| row.at(at as f64).ip("192.0.2.1").get("/a").status(200).credential(&print))
        .row(|row| row.at(9.0).ip("192.0.2.2").get(&format!("/a?token=~{print}")).status(200))
        .build();
    for (typed, kind) in
        [(secret, None), (secret, Some(Kind::Credential)), ("Bearer s3cr3t-Key-of-the-partner-001", None)]
    {
        let found = sightings(&requests, &list(&format!("{typed}\nn0t-In-These-Logs-at-All-77")), &options(kind));
        assert_eq!(found.seen[0].kind, Kind::Credential);
        assert_eq!(found.seen[0].rows.len(), 4, "{typed}");
        assert_eq!(found.seen[0].shown, print, "as the column has it");
        let unknown = &found.seen[1].shown;
        assert!(unknown.starts_with('~') && unknown.len() == 17, "{unknown}");
    }
    // Who used the key is asked of addresses and applications, not of the key.
    let found = sightings(&requests, &list(secret), &options(None));
    assert!(found.entities.iter().any(|entity| entity.column == "client_ip"));
    assert!(found.entities.iter().all(|entity| entity.column != "credential"));
    let found = sightings(&requests, &list(&format!("~{print}")), &options(None));
    assert_eq!((found.seen[0].rows.len(), found.seen[0].shown.as_str()), (4, print.as_str()));
}

#[test]
fn the_id_that_a_gateway_logs_for_a_credential_is_written_as_everywhere() {
    let id = "6e071d38-d389-412c-981f-e043fa1731fe";
    let requests = Log::new().rows(3, |row, at| row.at(at as f64).ip("192.0.2.1").get("/a").credential(id)).build();
    for kind in [None, Some(Kind::Credential)] {
        let found = sightings(&requests, &list(id), &options(kind));
        let seen = &found.seen[0];
        assert_eq!((seen.kind, seen.rows.len(), seen.shown.as_str(), seen.personal), (Kind::Credential, 3, id, false));
    }
}

#[test]
fn ids_stand_in_any_open_part_of_a_path_and_in_lists() {
    let requests = Log::new()
        .rows(30, |row, at| {
            row.at(at as f64).ip("192.0.2.1").get(&format!("/u/{}/orders/{}", 70_000 + at, at)).status(200)
        })
        .row(|row| row.at(40.0).ip("192.0.2.2").get("/batch?user_ids=70001,70002&page=70003").status(200))
        .build();
    let rows = |text: &str| sightings(&requests, &list(text), &options(None)).seen[0].rows.len();
    assert_eq!([rows("70001"), rows("70002"), rows("70003"), rows("70099")], [2, 2, 1, 0]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Rows, coverage and chance agree with counting sets, whatever the order of the list.
    #[test]
    fn counts_agree_with_sets(
        log in proptest::collection::vec((0_usize..5, 0_usize..12, proptest::bool::weighted(0.7)), 1..60),
        wanted in proptest::collection::btree_set(0_usize..16, 1..8),
        backwards: bool,
    ) {
        let requests = Log::new()
            .rows(log.len(), |row, at| {
                let (who, what, hit) = log[at];
                let row = row.at(at as f64).ip(&format!("192.0.2.{who}")).user(&format!("user{who}"));
                row.get(&format!("/v1/items/{}", 5000 + what)).status(if hit { 200 } else { 403 }).bytes(9)
            })
            .build();
        let mut lines: Vec<String> = wanted.iter().map(|what| (5000 + what).to_string()).collect();
        if backwards {
            lines.reverse();
        }
        let found = sightings(&requests, &list(&lines.join("\n")), &options(Some(Kind::Object)));
        for (seen, line) in found.seen.iter().zip(&lines) {
            let what: usize = line.parse::<usize>().unwrap() - 5000;
            let rows: Vec<u32> = (0..).zip(&log).filter(|(_, (_, of, _))| *of == what).map(|(row, _)| row).collect();
            prop_assert_eq!(&seen.rows, &rows);
        }
        let any_hit = log.iter().any(|(_, what, hit)| *hit && wanted.contains(what));
        prop_assert_eq!(found.basis, if any_hit { Basis::Answered } else { Basis::Asked });
        let had: Vec<(usize, usize)> =
            log.iter().filter(|(_, _, hit)| *hit || !any_hit).map(|&(who, what, _)| (who, what)).collect();
        let touched = log.iter().any(|(_, what, _)| wanted.contains(what));
        let all: BTreeSet<usize> = had.iter().map(|&(_, what)| what).collect();
        let whole = all.intersection(&wanted).count();
        let mut of: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
        for &(who, what) in &had {
            of.entry(format!("user{who}")).or_default().insert(what);
        }
        for entity in found.entities.iter().filter(|entity| entity.column == "principal") {
            let own = of.get(&entity.value).cloned().unwrap_or_default();
            let part = own.intersection(&wanted).count();
            prop_assert!((entity.share - part as f64 / whole as f64).abs() < 1e-9);
            prop_assert!((entity.chance.unwrap() - own.len() as f64 / all.len() as f64).abs() < 1e-9);
            prop_assert!(entity.together >= entity.share - 1e-9);
        }
        let entities: BTreeSet<&str> =
            found.entities.iter().filter(|entity| entity.column == "principal").map(|entity| entity.value.as_str()).collect();
        let expected: BTreeSet<String> =
            log.iter().filter(|(_, what, _)| wanted.contains(what)).map(|(who, ..)| format!("user{who}")).collect();
        prop_assert_eq!(touched, !entities.is_empty());
        prop_assert_eq!(entities, expected.iter().map(String::as_str).collect());
    }
}
