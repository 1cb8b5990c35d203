#![allow(clippy::unwrap_used)]

use super::*;
use crate::testing::Log;
use breachline_parsers::schema::{Number, Text};
use proptest::prelude::*;
use std::cell::Cell;

/// A request with or without each of its values.
type Made = (u8, Option<u8>, Option<u8>, Option<i64>);

fn log(made: &[Made]) -> Requests {
    let row = |log: Log, &(ip, principal, app, bytes): &Made| {
        log.row(|mut row| {
            row = row.ts("2026-03-04T02:00:00Z").ip(&format!("192.0.2.{}", ip % 7)).get("/a").status(200);
            if let Some(principal) = principal {
                row = row.user(&format!("u{}", principal % 5));
            }
            if let Some(app) = app {
                // Some are called as principals are: equal texts of two columns are alike.
                row = row.text(Text::ClientApp, &format!("u{}", app % 9));
            }
            if let Some(bytes) = bytes {
                row = row.bytes(bytes);
            }
            row
        })
    };
    made.iter().fold(Log::new(), row).build()
}

/// By brute force: a value, its place in the order given, and what has none behind all that has.
fn expected<T: Ord>(rows: &[u32], way: Way, value: impl Fn(u32) -> Option<T>) -> Vec<u32> {
    let mut there: Vec<(T, u32)> = rows.iter().filter_map(|&row| Some((value(row)?, row))).collect();
    // Both are stable.
    match way {
        Way::Up => there.sort_by(|(one, _), (other, _)| one.cmp(other)),
        Way::Down => there.sort_by(|(one, _), (other, _)| other.cmp(one)),
    }
    let without = rows.iter().copied().filter(|&row| value(row).is_none());
    there.into_iter().map(|(_, row)| row).chain(without).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_sort_is_that_of_brute_force(
        made in prop::collection::vec(any::<(u8, Option<u8>, Option<u8>, Option<i64>)>(), 1..60),
        down in any::<bool>(),
        every in 1_usize..4,
    ) {
        // No column holds the number that stands for none.
        let made: Vec<Made> = made.into_iter().map(|(ip, user, app, bytes)| (ip, user, app, bytes.map(|n| n.max(-1 << 62)))).collect();
        let requests = log(&made);
        let way = if down { Way::Down } else { Way::Up };
        // A scope holds some of the rows.
        let rows: Vec<u32> = requests.order.iter().copied().step_by(every).collect();
        let sorted = |names: &[&str]| sort(&requests, &rows, &Key::Columns(names), way, &|| false).unwrap();
        let text = |name: &'static str, row: u32| requests.text(name).and_then(|column| column.get(row as usize));
        prop_assert_eq!(sorted(&["client_ip"]), expected(&rows, way, |row| text("client_ip", row)));
        prop_assert_eq!(
            sorted(&["principal", "client_app"]),
            expected(&rows, way, |row| text("principal", row).or(text("client_app", row)))
        );
        let bytes = requests.facts.number(Number::BytesOut);
        prop_assert_eq!(sorted(&["bytes_out"]), expected(&rows, way, |row| bytes.get(row as usize)));
        let levels: Vec<u8> = made.iter().map(|made| made.0 % 4).collect();
        prop_assert_eq!(
            sort(&requests, &rows, &Key::Numbers(&levels), way, &|| false).unwrap(),
            expected(&rows, way, |row| levels.get(row as usize).copied().filter(|&level| level > 0))
        );
    }

    #[test]
    fn runs_are_merged_as_one_sort_would(items in prop::collection::vec(0_u32..1000, 0..40), times in 1_usize..9) {
        // Longer than several runs, which small logs never are.
        let long: Vec<(u32, u32)> =
            items.iter().copied().cycle().take(items.len() * times * 900).zip(0..).collect();
        let mut wanted = long.clone();
        wanted.sort_by_key(|&(item, _)| item);
        prop_assert_eq!(merged(long, &|one, other| one.0.cmp(&other.0), &|| false).unwrap(), wanted);
    }
}

#[test]
fn numbers_of_any_size_are_in_order() {
    let numbers = [i64::MIN + 1, -1 << 40, -7, 0, 5, 5, 1 << 20, 1 << 47, i64::MAX];
    let rows: Vec<u32> = [4, 8, 0, 5, 2, 7, 1, 6, 3].to_vec();
    let number = |row: u32| numbers.get(row as usize).copied();
    assert_eq!(by_number(&rows, &number, Way::Up, &|| false).unwrap(), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
    // Those that are alike keep their order either way.
    assert_eq!(by_number(&rows, &number, Way::Down, &|| false).unwrap(), [8, 7, 6, 4, 5, 3, 2, 1, 0]);
}

#[test]
fn a_sort_ends_when_it_is_told_to() {
    let requests = log(&[(1, Some(1), None, Some(4)), (2, None, Some(2), None)]);
    for after in 0..3 {
        let looks = Cell::new(0);
        let stopped = || looks.replace(looks.get() + 1) >= after;
        assert!(sort(&requests, &requests.order, &Key::Columns(&["principal"]), Way::Up, &stopped).is_none());
    }
}

#[test]
fn a_column_that_does_not_exist_leaves_the_order() {
    let requests = log(&[(3, None, None, None), (1, None, None, None)]);
    assert_eq!(sort(&requests, &[1, 0], &Key::Columns(&["nothing"]), Way::Down, &|| false).unwrap(), [1, 0]);
}
