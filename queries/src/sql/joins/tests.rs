#![allow(clippy::unwrap_used)]

use super::super::stop::Stop;
use super::*;
use polars::prelude::{LazyFrame, SortMultipleOptions};
use proptest::prelude::*;

fn frame(name: &str, rows: &[(Option<i64>, i64)]) -> LazyFrame {
    let keys: Vec<Option<i64>> = rows.iter().map(|(key, _)| *key).collect();
    let values: Vec<i64> = rows.iter().map(|(_, value)| *value).collect();
    let columns = vec![Column::new("k".into(), keys), Column::new(name.into(), values)];
    DataFrame::new(rows.len(), columns).unwrap().lazy()
}

fn sorted(frame: &DataFrame) -> DataFrame {
    let names: Vec<_> = frame.get_column_names().into_iter().cloned().collect();
    frame.sort(names, SortMultipleOptions::default().with_nulls_last(true)).unwrap()
}

fn rows() -> impl Strategy<Value = Vec<(Option<i64>, i64)>> {
    prop::collection::vec((prop::option::weighted(0.9, 0_i64..4), 0_i64..9), 0..14)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_join_in_portions_is_the_join(left in rows(), right in rows(), how in 0_usize..9, portion in 1_u64..9) {
        let (one, other) = (frame("a", &left), frame("b", &right));
        let join = |how| one.clone().join(other.clone(), [col("k")], [col("k")], JoinArgs::new(how));
        let plan = match how {
            0 => join(JoinType::Inner),
            1 => join(JoinType::Left),
            2 => join(JoinType::Right),
            3 => join(JoinType::Full),
            4 => one.clone().cross_join(other.clone(), None),
            5 => one.clone().cross_join(other.clone(), None).filter((col("a") + col("b")).gt(lit(7))),
            // Which the engine makes a join by comparisons of.
            6 => one.clone().cross_join(other.clone(), None).filter(col("a").gt_eq(col("b"))),
            7 => one.clone().cross_join(other.clone(), None).filter(col("a").lt(col("b")).and(col("k").gt(col("b")))),
            _ => {
                let window = col("a").gt(col("b") - lit(2)).and(col("a").lt_eq(col("b") + lit(1)));
                one.clone().cross_join(other.clone(), None).filter(window)
            }
        };
        let whole = plan.clone().collect().unwrap();
        let bounds = Bounds { portion, cells: 10_000 };
        let made = Stop::default().collect_within(plan, bounds).unwrap();
        prop_assert!(sorted(&made).equals_missing(&sorted(&whole)), "{made:?} {whole:?}");
    }
}

#[test]
fn a_join_that_gives_too_much_is_refused_before_it_is_made() {
    let rows: Vec<(Option<i64>, i64)> = (0..3000).map(|n| (Some(0), n)).collect();
    let (one, other) = (frame("a", &rows), frame("b", &rows));
    let plan = one.join(other, [col("k")], [col("k")], JoinArgs::new(JoinType::Inner));
    let bounds = Bounds { portion: 1000, cells: 300_000 };
    let refused = Stop::default().collect_within(plan, bounds).unwrap_err().to_string();
    assert!(refused.contains("gives 9,000,000 rows, and 100,000 of its width can be held"), "{refused}");
}

proptest! {
    #[test]
    fn comparisons_find_what_a_scan_finds(left in rows(), right in rows(), window in any::<bool>()) {
        use polars::prelude::InequalityOperator::{Gt, GtEq, LtEq};
        let pair = |rows: &[(Option<i64>, i64)], shift: i64| {
            let second: Vec<i64> = rows.iter().map(|(_, value)| value + shift).collect();
            let first: Vec<Option<i64>> = if window {
                rows.iter().map(|(_, value)| Some(*value)).collect()
            } else {
                rows.iter().map(|(key, _)| *key).collect()
            };
            DataFrame::new(rows.len(), vec![Column::new("0".into(), first), Column::new("1".into(), second)]).unwrap()
        };
        let (of, among) = (pair(&left, 0), pair(&right, 3));
        let found = super::ranges::found(&of, &among, &[GtEq, LtEq]).unwrap();
        let numbers = |frame: &DataFrame, row: usize| {
            let number = |at: usize| frame.columns()[at].i64().unwrap().get(row);
            Some((number(0)?, number(1)?))
        };
        for (row, &found_here) in found.each.iter().enumerate() {
            let pairs = (0..right.len()).filter(|&other| {
                let both = numbers(&of, row).zip(numbers(&among, other));
                both.is_some_and(|(one, other)| one.0 >= other.0 && one.1 <= other.1)
            });
            let scan = pairs.count() as u64;
            prop_assert!(if found.is_exact { found_here == scan } else { found_here >= scan }, "{found_here} {scan}");
        }
        // The same values, shifted, are in the same order.
        prop_assert!(!window || right.is_empty() || found.is_exact);
        let single = super::ranges::found(&of, &among, &[Gt]).unwrap();
        prop_assert_eq!(single.each.len(), left.len());
    }
}

#[test]
fn a_join_by_comparison_that_gives_too_much_is_refused() {
    let rows: Vec<(Option<i64>, i64)> = (0..3000).map(|n| (Some(0), n)).collect();
    let joined = || frame("a", &rows).cross_join(frame("b", &rows), None);
    let bounds = Bounds { portion: 1000, cells: 300_000 };
    let refused = Stop::default().collect_within(joined().filter(col("a").gt(col("b"))), bounds);
    assert!(refused.unwrap_err().to_string().contains("gives 4,498,500 rows"));
    let window = col("a").gt_eq(col("b")).and(col("a").lt(col("b") + lit(9)));
    assert_eq!(Stop::default().collect_within(joined().filter(window), bounds).unwrap().height(), 9 * 3000 - 36);
}

#[test]
fn a_join_is_ended_between_its_portions() {
    // Four hundred million pairs, none of which passes: that is not done by the time it is told to end.
    let rows: Vec<(Option<i64>, i64)> = (0..20_000).map(|n| (Some(0), n)).collect();
    let plan = frame("a", &rows).cross_join(frame("b", &rows), None).filter((col("a") + col("b")).lt(lit(-1)));
    let stop = Stop::default();
    let hand = stop.clone();
    let ended = std::thread::scope(|scope| {
        let work = scope.spawn(|| stop.collect_within(plan, Bounds { portion: 1, cells: 300_000 }));
        std::thread::sleep(std::time::Duration::from_millis(50));
        hand.stop();
        work.join().unwrap()
    });
    assert!(ended.is_err());
}

#[test]
fn slices_cover_every_row_once() {
    assert_eq!(sliced(&[], 3), [(0, 0)]);
    assert_eq!(sliced(&[1, 1, 1, 5, 0, 0, 3], 3), [(0, 3), (3, 1), (4, 3)]);
    assert_eq!(sliced(&[9, 9], 3), [(0, 1), (1, 1)]);
}
