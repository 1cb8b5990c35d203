#![allow(clippy::unwrap_used)]

use super::*;
use crate::engine::answer::{Filter, Sorting};
use crate::session::Session;
use breachline_parsers::report::Reject;
use breachline_parsers::schema::Text;
use breachline_parsers::table::{FactTable, Place};
use breachline_queries::finding::{Coverage, Gap, Hunt};
use breachline_queries::requests::Derived;
use proptest::prelude::*;

/// Requests at the given seconds, `None` without a time.
fn desk(times: &[Option<i64>]) -> Desk {
    let mut facts = FactTable::default();
    for (at, time) in times.iter().enumerate() {
        facts.push(0, Place { line_no: at as u32 + 1, byte_offset: at as u64 * 9, byte_len: 8 });
        facts.set_text(Text::PeerIp, format!("203.0.113.{}", at % 7).as_bytes());
        facts.set_text(Text::Method, b"GET");
        if let Some(time) = time {
            facts.set_ts(time * SECOND);
        }
    }
    facts.finish();
    let mut order: Vec<u32> = (0..times.len() as u32).collect();
    order.sort_by_key(|&row| (facts.ts_values()[row as usize], row));
    let requests = Requests { facts, sources: Vec::new(), derived: Derived::default(), order };
    let reject = |source, reason: &str| Reject {
        source,
        line_no: 1,
        byte_offset: 0,
        byte_len: 1,
        reason: reason.to_owned(),
        raw: "x".to_owned(),
    };
    let rejects = vec![reject(0, "a"), reject(1, "b"), reject(0, "b"), reject(0, "b")];
    Desk::new(Session::of_parts(requests, rejects, Vec::new()), [0; 32])
}

proptest! {
    #[test]
    fn a_sorted_page_is_a_stretch_of_the_sorted_window(
        times in prop::collection::vec(prop::option::weighted(0.9, -50..50_i64), 1..60),
        window in prop::option::of((-60..50_i64, 1..90_i64)),
        (down, first, keep) in (any::<bool>(), 0..60_usize, 0..60_u32),
    ) {
        let mut desk = desk(&times);
        let window = window.map(|(from, span)| (from * SECOND, (from + span) * SECOND));
        let scope = Scope { window, order: Sorting::new("peer_ip", Some(down)), ..Scope::default() };
        let requests = desk.requests();
        let inside = |&row: &u32| window.is_none_or(|(from, until)| (from..until).contains(&ts(requests, row)));
        let mut wanted: Vec<u32> = requests.order.iter().copied().filter(inside).collect();
        let peer = |row: u32| requests.facts.text(Text::PeerIp).get(row as usize).map(str::to_owned);
        wanted.sort_by(|&one, &other| if down { peer(other).cmp(&peer(one)) } else { peer(one).cmp(&peer(other)) });
        let rows = |page: &Page| page.rows.iter().map(|row| row.row).collect::<Vec<_>>();
        let all = page(&mut desk, &scope, 0, 60, None);
        prop_assert_eq!((rows(&all), all.total), (wanted.clone(), wanted.len()));
        let part = page(&mut desk, &scope, first, 9, None);
        let first = first.min(wanted.len().saturating_sub(1));
        prop_assert_eq!(rows(&part), wanted.iter().copied().skip(first).take(9).collect::<Vec<_>>());
        let kept = page(&mut desk, &scope, 0, 9, Some(keep));
        prop_assert_eq!(kept.at, wanted.iter().position(|&row| row == keep));
    }

    #[test]
    fn a_histogram_counts_what_a_scan_counts(
        times in prop::collection::vec(prop::option::weighted(0.9, -5_000..5_000_000_i64), 0..60),
        columns in 1..120_usize,
        window in prop::option::of((-6_000..5_000_000_i64, 1..900_000_i64)),
    ) {
        let mut desk = desk(&times);
        let window = window.map(|(from, span)| (from * SECOND, (from + span) * SECOND));
        let scope = Scope { window, ..Scope::default() };
        let buckets = buckets(&mut desk, &scope, columns);
        prop_assert!(buckets.counts.len() <= columns);
        let inside = |time: i64| window.is_none_or(|(from, until)| from <= time && time < until);
        for (at, &count) in buckets.counts.iter().enumerate() {
            let from = buckets.from + buckets.step * at as i64;
            let scan = times.iter().flatten().map(|time| time * SECOND)
                .filter(|&time| inside(time) && from <= time && time < from + buckets.step).count();
            prop_assert_eq!(count, scan as u64);
        }
        let all = times.iter().flatten().filter(|&&time| inside(time * SECOND)).count();
        prop_assert_eq!(buckets.counts.iter().sum::<u64>(), all as u64);
    }

    #[test]
    fn pages_put_together_are_the_scope(
        times in prop::collection::vec(prop::option::weighted(0.9, 0..50_i64), 0..60),
        count in 1..9_usize,
    ) {
        let mut desk = desk(&times);
        let mut rows = Vec::new();
        loop {
            let page = page(&mut desk, &Scope::default(), rows.len(), count, None);
            prop_assert_eq!(page.total, times.len());
            rows.extend(page.rows.iter().map(|row| row.row));
            if rows.len() >= page.total {
                break;
            }
        }
        prop_assert_eq!(&rows, &desk.requests().order);
        for (at, &row) in rows.iter().enumerate() {
            let found = page(&mut desk, &Scope::default(), 0, count, Some(row));
            prop_assert_eq!(found.at, Some(at));
            prop_assert!(found.rows.iter().any(|shown| shown.row == row));
        }
    }
}

proptest! {
    #[test]
    fn filters_keep_and_leave_out_what_a_scan_does(
        times in prop::collection::vec(0..50_i64, 0..40),
        chosen in prop::collection::vec((0..8_u8, any::<bool>(), any::<bool>()), 0..4),
    ) {
        let times: Vec<Option<i64>> = times.into_iter().map(Some).collect();
        let mut desk = desk(&times);
        let filters: Vec<Filter> = chosen.iter().map(|&(last, out, on)| {
            let mut filter = Filter::new(&format!("peer_ip = '203.0.113.{last}'"), out).unwrap();
            filter.on = on;
            filter
        }).collect();
        let scope = Scope { filters, ..Scope::default() };
        // Asked twice: the second answer is the one that was kept.
        for _ in 0..2 {
            let rows: Vec<u32> = page(&mut desk, &scope, 0, 99, None).rows.iter().map(|row| row.row).collect();
            let scan: Vec<u32> = desk.requests().order.iter().copied().filter(|row| {
                chosen.iter().filter(|(_, _, on)| *on).all(|&(last, out, _)| (row % 7 == u32::from(last)) != out)
            }).collect();
            prop_assert_eq!(rows, scan);
        }
    }
}

#[test]
fn a_filter_leaves_out_only_what_it_says() {
    let mut desk = desk(&[Some(0), None, Some(2)]);
    // No row has a status: the condition is NULL everywhere, which is no.
    let rows = |desk: &mut Desk, out| {
        let filters = vec![Filter::new("status = 404", out).unwrap()];
        page(desk, &Scope { filters, ..Scope::default() }, 0, 9, None).total
    };
    assert_eq!((rows(&mut desk, false), rows(&mut desk, true)), (0, 3));
    assert!(Filter::new("statsu = 404", false).unwrap_err().contains("did you mean `status`?"));
    let quoted = Filter::value("target", &crate::engine::answer::Value::Text("/o'neil".to_owned()), false);
    assert_eq!(quoted.text(), "target = '/o''neil'");
    assert_eq!(Filter::new(quoted.text(), false).unwrap(), quoted);
}

#[test]
fn a_search_goes_round_the_end_in_both_directions() {
    let mut desk = desk(&[Some(0); 20]);
    let mut next = |from, forward| search(&mut desk, &Scope::default(), "113.3", from, forward);
    assert_eq!(next(0, true).at, Some(3));
    assert_eq!(next(3, true).at, Some(10));
    assert_eq!(next(17, true).at, Some(3));
    assert_eq!(next(3, false).at, Some(17));
    assert_eq!(next(0, true).hits, 3);
    assert_eq!(search(&mut desk, &Scope::default(), "get", 0, true).hits, 20);
    assert_eq!(search(&mut desk, &Scope::default(), "Get", 0, true).at, None);
}

#[test]
fn a_gap_is_marked_only_where_it_fills_the_bucket() {
    let mut desk = desk(&[Some(0), Some(10), Some(40), Some(60)]);
    let gap = Gap { source: 0, from: 10 * SECOND, until: 40 * SECOND };
    let coverage = Coverage { gaps: vec![gap], ..Coverage::default() };
    desk.take_hunt(Hunt { coverage, ..Hunt::default() }, &[]);
    let buckets = buckets(&mut desk, &Scope::default(), 7);
    assert_eq!((buckets.step, buckets.counts.as_slice()), (10 * SECOND, &[1, 1, 0, 0, 1, 0, 1][..]));
    assert_eq!(buckets.gaps, [false, true, true, true, false, false, false]);
}

#[test]
fn rejects_are_those_of_the_source_with_reasons_by_count() {
    let desk = desk(&[]);
    let answer = rejects(&desk, 0, 1, 1);
    assert_eq!((answer.held, answer.rejects.len()), (3, 1));
    assert_eq!(answer.rejects[0].reason, "b");
    assert_eq!(answer.reasons, [("b".to_owned(), 2), ("a".to_owned(), 1)]);
}

#[test]
fn an_edge_in_the_middle_of_one_column_loses_nothing() {
    let mut desk = desk(&[Some(4_838_400)]);
    let window = Some((4_368_151 * SECOND, 4_838_401 * SECOND));
    let buckets = buckets(&mut desk, &Scope { window, ..Scope::default() }, 1);
    assert_eq!(buckets.counts, [1]);
}

/// A secret that only its column names is not in the line of a request either.
#[test]
fn the_line_of_a_request_hides_what_its_columns_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.log");
    let log = "#Fields: date time c-ip cs-method cs-uri-stem sc-status cs(X-Api-Key)\n\
               2024-03-12 10:15:32 203.0.113.9 GET /plain/a 200 qzwxplmkjh\n";
    std::fs::write(&path, log).unwrap();
    let options = crate::session::SessionOptions {
        case: None,
        paths: vec![path.display().to_string()],
        load: breachline_parsers::load::LoadOptions::default(),
        report: breachline_queries::selection::Selection::default(),
        derive: breachline_queries::derive::DeriveOptions::default(),
        hunt: breachline_queries::hunt::HuntOptions::default(),
        display_tz: chrono_tz::Tz::UTC,
    };
    let desk = Desk::new(Session::open(&options, &mut |_| {}).unwrap(), options.load.key);
    let raw = detail(&desk, 0).raw.unwrap();
    assert!(raw.contains("/plain/a 200 ~") && !raw.contains("qzwxplmkjh"), "{raw}");
}
