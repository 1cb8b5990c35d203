//! How like the others: of a group's rows, those whose value is the most frequent one in everybody else's rows on the route.
//!
//! share(group) = rows of the group with the value of most of the other rows on its route (within the rule's `where`),
//! over the group's rows that have a value. Of values equally frequent the one with the smaller code counts, codes being
//! in order of first appearance.

use super::Around;
use crate::hunt::measuring::Bench;
use foldhash::fast::FixedState;
use hashbrown::HashMap;

/// Values on each (family, route) with their rows, the most frequent first.
pub type Usual = HashMap<(u32, u32), Vec<(u32, u32)>, FixedState>;

/// Counts the values of a column on every route, in rows that the rule looks at.
pub fn usual(around: &Around<'_, '_>, column: &str) -> Usual {
    let (Some(routes), Some(codes)) = (around.columns.get("route"), around.columns.get(column)) else {
        return Usual::default();
    };
    let requests = around.shelf.requests;
    let mut counts: HashMap<(u32, u32), HashMap<u32, u32, FixedState>, FixedState> = HashMap::default();
    for row in around.masks.get(&around.rule.condition).ones().map(|row| row as u32) {
        if codes.at(row) != 0 {
            let place = (requests.family_of(row), routes.at(row));
            *counts.entry(place).or_default().entry(codes.at(row)).or_default() += 1;
        }
    }
    let ranked = |of: HashMap<u32, u32, FixedState>| {
        let mut of: Vec<(u32, u32)> = of.into_iter().collect();
        of.sort_unstable_by_key(|&(code, count)| (std::cmp::Reverse(count), code));
        of
    };
    counts.into_iter().map(|(place, of)| (place, ranked(of))).collect()
}

/// The share of some rows of one route; `None` where they have no values, or nobody else has.
pub fn share(usual: &Usual, bench: &Bench<'_, '_>, column: &str, rows: &[u32]) -> Option<f64> {
    let (routes, codes) = (bench.columns.get("route")?, bench.columns.get(column)?);
    let first = *rows.first()?;
    let all = usual.get(&(bench.requests.family_of(first), routes.at(first)))?;
    let own: Vec<u32> = rows.iter().map(|&row| codes.at(row)).filter(|&code| code != 0).collect();
    share_of(all, own)
}

/// `all` are values with their rows, the most frequent first; `own` are the group's values, one a row.
fn share_of(all: &[(u32, u32)], mut own: Vec<u32>) -> Option<f64> {
    own.sort_unstable();
    let count = |code: u32| {
        let from = own.partition_point(|&other| other < code);
        (own[from..].partition_point(|&other| other == code)) as u32
    };
    let (mut most, mut of) = (0, 0);
    for &(code, rows) in all {
        // What follows is no more frequent, even with the group's own rows.
        if rows < most || (rows == most && code > of) {
            break;
        }
        let others = rows.saturating_sub(count(code));
        if others > most || (others == most && others > 0 && code < of) {
            (most, of) = (others, code);
        }
    }
    (most > 0 && !own.is_empty()).then(|| f64::from(count(of)) / own.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::share_of;
    use std::collections::BTreeMap;

    proptest::proptest! {
        #[test]
        fn like_brute_force(others in proptest::collection::vec(1_u32..6, 0..20), own in proptest::collection::vec(1_u32..6, 0..12)) {
            let mut counts: BTreeMap<u32, u32> = BTreeMap::new();
            others.iter().chain(&own).for_each(|&value| *counts.entry(value).or_default() += 1);
            let mut all: Vec<(u32, u32)> = counts.into_iter().collect();
            all.sort_by_key(|&(code, count)| (std::cmp::Reverse(count), code));
            let rows = |of: &[u32], value: u32| of.iter().filter(|&&other| other == value).count();
            let usual = (1..6).max_by_key(|&value| (rows(&others, value), std::cmp::Reverse(value)));
            let expected = usual
                .filter(|&value| rows(&others, value) > 0 && !own.is_empty())
                .map(|value| rows(&own, value) as f64 / own.len() as f64);
            proptest::prop_assert_eq!(share_of(&all, own), expected);
        }
    }
}
