//! Pauses of a group in time in which requests were to be expected: a log that was off, cut, or changed.
//!
//! pauses(group) = stretches between successive rows of at least the given length that are gaps ([`coverage::pauses`]) and
//! in which other groups had [`BUSY`] rows, or the group itself at the same hours of every other day, three of them or
//! more, while it went on at half its usual pace or more on either side. Requests come in bunches, and weekends are quiet:
//! what is usual on most days is not enough. Where nothing else was logged either, nobody can tell a gap from quiet. NULL
//! under [`RHYTHM`] rows.

use super::{Around, Pointed};
use crate::hunt::coverage::{self, BUSY, RHYTHM, other_days, within};
use crate::measure::Measure;
use breachline_parsers::table::NO_NUMBER;

/// How far around a pause the usual pace is looked for (six hours).
const AROUND: i64 = 21_600_000_000;

/// The pauses of all groups, pointing at the rows on either side.
pub fn pauses(around: &Around<'_, '_>, measure: &Measure) -> Pointed {
    let least = measure.parameter.unwrap_or(0.0) as i64;
    let groups = around.groups(around.masks.get(&around.rule.condition));
    let times = around.shelf.requests.facts.ts_values();
    let timed = |group: usize| -> Vec<(i64, u32)> {
        let rows = groups.rows(group).iter().map(|&row| (times[row as usize], row));
        rows.filter(|&(ts, _)| ts != NO_NUMBER).collect()
    };
    let mut all: Vec<i64> = (0..groups.len()).flat_map(timed).map(|(ts, _)| ts).collect();
    all.sort_unstable();
    let mut pointed = Pointed::default();
    pointed.rows.grow(around.shelf.requests.rows());
    for group in 0..groups.len() {
        let rows = timed(group);
        let own: Vec<i64> = rows.iter().map(|&(ts, _)| ts).collect();
        if own.len() < RHYTHM {
            continue;
        }
        let found = found(&own, &all, least);
        for &(from, until) in &found {
            let beside = |ts: i64| {
                let start = rows.partition_point(|&(at, _)| at < ts);
                rows[start..].iter().take_while(move |&&(at, _)| at == ts)
            };
            pointed.rows.extend(beside(from).chain(beside(until)).map(|&(_, row)| row as usize));
        }
        pointed.counts.insert(groups.key(group).to_vec(), found.len() as f64);
    }
    pointed
}

/// The pauses among the times of a group, given those of all groups; both ascending.
fn found(own: &[i64], all: &[i64], least: i64) -> Vec<(i64, i64)> {
    let mut found = coverage::pauses(own);
    found.retain(|&(from, until)| {
        until - from >= least && (within(all, from, until) >= BUSY || is_missed(from, until, own))
    });
    found
}

/// Whether every other day has [`BUSY`] rows at the same hours, three days or more, and the rows around the pause are half
/// as many as around those hours of other days.
fn is_missed(from: i64, until: i64, times: &[i64]) -> bool {
    let around = |by: i64| within(times, from - AROUND + by, until + AROUND + by);
    let days = other_days(from, until, times);
    let mut usual: Vec<usize> = days.clone().map(around).collect();
    usual.sort_unstable();
    usual.len() >= 3
        && days.clone().all(|by| within(times, from + by, until + by) >= BUSY)
        && 2 * around(0) >= usual[usual.len() / 2]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MINUTE: i64 = 60_000_000;

    #[test]
    fn a_pause_is_missed_where_every_day_is_busy_and_this_one_was_as_well() {
        // Five days, a record a minute, without 70 minutes at noon of the third.
        let log = |keep: &dyn Fn(i64) -> bool| -> Vec<i64> {
            let noon = 2 * 1_440 + 720;
            (0..5 * 1_440).filter(|&at| keep(at) && !(noon..noon + 70).contains(&at)).map(|at| at * MINUTE).collect()
        };
        let (from, until) = ((2 * 1_440 + 719) * MINUTE, (2 * 1_440 + 790) * MINUTE);
        let missed = |keep: &dyn Fn(i64) -> bool| {
            let times = log(keep);
            found(&times, &times, 10 * MINUTE).contains(&(from, until))
        };
        assert!(missed(&|_| true));
        // One other day is quiet at noon, too; or this whole day is.
        assert!(!missed(&|at| at / 1_440 != 3 || !(700..800).contains(&(at % 1_440))));
        assert!(!missed(&|at| at / 1_440 != 2 || at % 40 == 39 || at % 1_440 == 719 || at % 1_440 == 790));
    }

    proptest! {
        /// A record a minute, with a hole; another source with or without records in it.
        #[test]
        fn like_brute_force(
            from in 10_i64..300,
            length in 1_i64..60,
            others in prop::collection::vec(0_i64..400, 0..120),
            least in 5_i64..40,
        ) {
            let own: Vec<i64> = (0..400).filter(|&at| at <= from || at >= from + length).map(|at| at * MINUTE).collect();
            let mut all: Vec<i64> = own.iter().copied().chain(others.iter().map(|&at| at * MINUTE + 1)).collect();
            all.sort_unstable();
            // Twenty times the usual minute: shorter ones are no gap unless other days are busy, and there are none.
            let is_gap = length >= 20.max(least) && own.iter().any(|&ts| ts > from * MINUTE);
            let busy = others.iter().filter(|&&at| at >= from && at < from + length).count() >= 30;
            let expected = if is_gap && busy { vec![(from * MINUTE, (from + length) * MINUTE)] } else { Vec::new() };
            prop_assert_eq!(found(&own, &all, least * MINUTE), expected);
        }
    }
}
