//! What a hunt finds depends neither on memory, nor on threads, nor on the order of lines within a second.

use super::*;
use crate::finding::Finding;
use crate::testing::{Log, Row};
use proptest::prelude::*;

/// Everything of a request that a reader sees.
type Line = (u64, String, &'static str, String, u16);

/// A parts register: forty shops look up a few parts each, some addresses count through it, and one address reads
/// tills that others open with a name.
fn world(walkers: u64, length: u64, misses: u64, bare: u64) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for at in 0..320 {
        let shop = at % 40;
        let part = 1_000 + shop * 97 + at / 40 % 3;
        lines.push((at * 30, format!("192.0.2.{}", shop + 1), "shop", format!("/stock/parts/{part}"), 200));
    }
    for walker in 0..walkers {
        for at in 0..length {
            let status = if at % 10 < misses { 404 } else { 200 };
            let part = 5_000 + walker * 1_000 + at;
            lines.push((at * 7, format!("198.51.100.{}", walker + 1), "", format!("/stock/parts/{part}"), status));
        }
    }
    for at in 0..90 {
        lines.push((at * 60, format!("203.0.113.{}", at % 12 + 1), "desk", format!("/till/{}/total", at % 12), 200));
    }
    for at in 0..bare {
        lines.push((3_000 + at, "203.0.113.99".to_owned(), "", format!("/till/{}/total", 100 + at), 200));
    }
    lines
}

fn load(lines: &[Line]) -> Requests {
    let fill = |row: Row, at: usize| {
        let (second, ip, user, target, status) = &lines[at];
        let row = row.at(*second as f64).ip(ip).get(target).status(*status).bytes(400 + (second % 9) as i64).ua("kit");
        if user.is_empty() { row } else { row.user(&format!("{user}-{ip}")) }
    };
    Log::new().rows(lines.len(), fill).build()
}

/// A finding with its rows as what stands in them, since row numbers change with the order of lines.
fn seen(requests: &Requests, lines: &[Line], options: &HuntOptions) -> Vec<String> {
    let hunt = hunt(requests, &crate::rule::builtin(), options);
    let text = |finding: &Finding| {
        let mut evidence: Vec<&Line> = finding.evidence.iter().map(|&row| &lines[row as usize]).collect();
        evidence.sort();
        let Finding { id, rule, title, level, confidence, entities, measures, why, .. } = finding;
        format!("{id} {rule} {title} {level:?} {confidence} {entities:?} {measures:?} {why:?} {evidence:?}")
    };
    hunt.findings.iter().map(text).collect()
}

#[test]
fn small_memory_means_several_passes() {
    assert_eq!(run::passes(1_000, 24_000), 1);
    assert_eq!(run::passes(1_000, 23_999), 2);
    assert_eq!(run::passes(0, 0), 1);
    assert_eq!(run::passes(u64::MAX as usize, 0), run::MOST_PASSES);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]
    #[test]
    fn the_same_findings(
        (walkers, length, misses, bare) in (0_u64..4, 40_u64..160, 0_u64..5, 0_u64..6),
        keys in prop::collection::vec(any::<u32>(), 1_000),
    ) {
        let lines = world(walkers, length, misses, bare);
        let requests = load(&lines);
        let plain = HuntOptions { threads: 1, ..HuntOptions::default() };
        let expected = seen(&requests, &lines, &plain);
        for memory in [1_500, 12_000] {
            for threads in [1, 4] {
                let options = HuntOptions { memory, threads, ..HuntOptions::default() };
                prop_assert_eq!(&seen(&requests, &lines, &options), &expected, "{} bytes, {} threads", memory, threads);
            }
        }
        let mut order: Vec<usize> = (0..lines.len()).collect();
        order.sort_by_key(|&at| (lines[at].0, keys[at % keys.len()]));
        let shuffled: Vec<Line> = order.into_iter().map(|at| lines[at].clone()).collect();
        prop_assert_eq!(&seen(&load(&shuffled), &shuffled, &plain), &expected, "rows shuffled within seconds");
    }
}

#[test]
fn the_world_of_the_test_has_findings() {
    let lines = world(3, 150, 3, 5);
    let found = seen(&load(&lines), &lines, &HuntOptions::default());
    assert!(found.len() >= 2, "{found:#?}");
}
