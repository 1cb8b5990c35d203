//! What was done to a log: records that stand in it twice, and numbers that are missing among those it gives its records.
//!
//! copies(group) = rows whose time, request id, client, target, status and size are all those of an earlier row of the
//! group, of rows that have a time and a request id: a server that serves a request once logs its id once at one moment.
//!
//! holes(group, column) = the most numbers that are missing in a row, where the column counts: the group has [`LEAST`]
//! different numbers or more, and of the numbers between its smallest and its largest nine in ten occur somewhere in the
//! logs (servers may share a counter). NULL where the column does not count, as where logs are a sample.

use super::{Around, Pointed};
use crate::measure::Measure;
use breachline_parsers::schema::Number;
use breachline_parsers::table::{ABSENT, NO_NUMBER};
use foldhash::fast::FixedState;
use hashbrown::HashMap;

/// Different numbers from which a counter can be told.
const LEAST: usize = 100;

/// Copies of all groups, pointing at them and at what they are copies of.
pub fn copies(around: &Around<'_, '_>) -> Pointed {
    let requests = around.shelf.requests;
    let groups = around.groups(around.masks.get(&around.rule.condition));
    let mut pointed = Pointed::default();
    pointed.rows.grow(requests.rows());
    let Some(names) = requests.told("request_id") else { return pointed };
    // Ids are hardly ever said twice, so equal ones need not have equal codes.
    let mut known: HashMap<&str, u32, FixedState> = HashMap::default();
    let same: Vec<u32> = (0..names.dictionary.len() as u32)
        .map(|code| if code == ABSENT { ABSENT } else { *known.entry(names.dictionary.text(code)).or_insert(code) })
        .collect();
    let ids = around.shelf.column("request_id");
    let columns = ["target", "client_ip", "method"].map(|name| around.shelf.column(name));
    let (times, statuses) = (requests.facts.ts_values(), requests.facts.status_values());
    let sizes = requests.facts.number(Number::BytesOut);
    let says = |row: u32| {
        let at = row as usize;
        let told = columns.each_ref().map(|column| column.at(row));
        (times[at], same[ids.at(row) as usize], told, statuses.get(at).copied(), sizes.get(at))
    };
    for group in 0..groups.len() {
        let mut first: HashMap<_, u32, FixedState> = HashMap::default();
        let (mut named, mut copies) = (0_usize, 0_usize);
        for &row in groups.rows(group).iter().filter(|&&row| ids.at(row) != 0 && times[row as usize] != NO_NUMBER) {
            named += 1;
            let before = *first.entry(says(row)).or_insert(row);
            if before != row {
                copies += 1;
                pointed.rows.extend([before as usize, row as usize]);
            }
        }
        if named > 0 {
            pointed.counts.insert(groups.key(group).to_vec(), copies as f64);
        }
    }
    pointed
}

/// The longest run of missing numbers of all groups, pointing at the rows on either side.
pub fn holes(around: &Around<'_, '_>, measure: &Measure) -> Pointed {
    let requests = around.shelf.requests;
    let mut pointed = Pointed::default();
    pointed.rows.grow(requests.rows());
    let Some((name, view)) = measure.columns.first().and_then(|name| Some((name, requests.told(name)?))) else {
        return pointed;
    };
    let column = around.shelf.column(name);
    let of_code: Vec<Option<u64>> =
        (0..view.dictionary.len() as u32).map(|code| number_of(view.dictionary.text(code))).collect();
    let mut all: Vec<u64> = of_code.iter().flatten().copied().collect();
    all.sort_unstable();
    all.dedup();
    let groups = around.groups(around.masks.get(&around.rule.condition));
    for group in 0..groups.len() {
        let number = |row: &u32| Some((of_code.get(column.at(*row) as usize).copied().flatten()?, *row));
        let mut own: Vec<(u64, u32)> = groups.rows(group).iter().filter_map(number).collect();
        own.sort_unstable();
        own.dedup_by_key(|(number, _)| *number);
        let numbers: Vec<u64> = own.iter().map(|&(number, _)| number).collect();
        let Some((before, after)) = hole(&numbers, &all) else { continue };
        pointed.counts.insert(groups.key(group).to_vec(), after.saturating_sub(before).saturating_sub(1) as f64);
        let beside = own.iter().rev().find(|(number, _)| *number <= before).into_iter();
        let beside = beside.chain(own.iter().find(|(number, _)| *number >= after));
        pointed.rows.extend(beside.map(|&(_, row)| row as usize));
    }
    pointed
}

/// A request id that is a whole number.
fn number_of(text: &str) -> Option<u64> {
    (text.len() <= 18 && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

/// The numbers on either side of the longest run that is missing (the first of equals; next to each other where none is),
/// of what a source's own numbers span; `None` where these do not count. Both ascending, each number once.
fn hole(own: &[u64], all: &[u64]) -> Option<(u64, u64)> {
    let (&first, &last) = (own.first()?, own.last()?);
    if own.len() < LEAST {
        return None;
    }
    let seen = &all[all.partition_point(|&number| number < first)..all.partition_point(|&number| number <= last)];
    if (seen.len() as u128) * 10 < u128::from(last - first + 1) * 9 {
        return None;
    }
    let mut widest = (first, first + 1);
    for pair in seen.windows(2) {
        if pair[1] - pair[0] > widest.1 - widest.0 {
            widest = (pair[0], pair[1]);
        }
    }
    Some(widest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_counter_is_told_from_numbers_that_do_not_count() {
        let counted = |keep: &dyn Fn(u64) -> bool| -> Vec<u64> { (1_000..1_300).filter(|&at| keep(at)).collect() };
        let gap = counted(&|at| !(1_100..1_120).contains(&at));
        assert_eq!(hole(&gap, &gap), Some((1_099, 1_120)));
        assert_eq!(hole(&gap, &counted(&|_| true)), Some((1_000, 1_001)), "another source has them");
        let sample = counted(&|at| at % 2 == 0);
        assert_eq!(hole(&sample, &sample), None, "a sample has holes everywhere");
        assert_eq!(hole(&sample, &counted(&|_| true)), Some((1_000, 1_001)), "two servers share a counter");
        assert_eq!(hole(&gap[..99], &gap[..99]), None, "too few to tell");
        assert_eq!((number_of("0012"), number_of("a1"), number_of(""), number_of("-1")), (Some(12), None, None, None));
    }

    proptest::proptest! {
        #[test]
        fn holes_like_brute_force(missing in proptest::collection::btree_set(0_u64..400, 0..60), others in proptest::collection::btree_set(0_u64..400, 0..60)) {
            let own: Vec<u64> = (0..400).filter(|at| !missing.contains(at)).collect();
            let all: BTreeSet<u64> = own.iter().copied().chain(others).collect();
            let (first, last) = (own[0], own[own.len() - 1]);
            let inside: Vec<u64> = all.iter().copied().filter(|at| (first..=last).contains(at)).collect();
            let counts = inside.len() * 10 >= (last - first + 1) as usize * 9;
            let run = |from: u64| (from..=last).take_while(|at| !all.contains(at)).count();
            let longest = (first..=last).map(run).max().unwrap_or(0);
            let all: Vec<u64> = all.into_iter().collect();
            let found = hole(&own, &all).map(|(before, after)| (after - before - 1) as usize);
            proptest::prop_assert_eq!(found, counts.then_some(longest));
        }
    }
}
