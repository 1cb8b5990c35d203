//! How like the others: of a group's rows, those whose value is the one that most other addresses got on the route.
//!
//! share(group) = rows of the group with that value, over the group's rows that have a value, within the rule's `where`.
//! Every address has one voice for every value it got, so that a few loud ones do not make what is usual; the group's own
//! addresses have none. Of values with as many voices the one with the smaller code counts, codes being in order of first
//! appearance.

use super::Around;
use crate::hunt::measuring::Bench;
use crate::requests::Requests;
use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashSet};

/// Values on each (family, route) with the addresses that got them, the most frequent first.
pub type Usual = HashMap<(u32, u32), Vec<(u32, u32)>, FixedState>;

/// Counts the addresses per value on every route, in rows that the rule looks at.
pub fn usual(around: &Around<'_, '_>, column: &str) -> Usual {
    let (Some(routes), Some(codes)) = (around.columns.get("route"), around.columns.get(column)) else {
        return Usual::default();
    };
    let requests = around.shelf.requests;
    let mut seen: HashSet<((u32, u32), u32, u32), FixedState> = HashSet::default();
    let mut counts: HashMap<(u32, u32), HashMap<u32, u32, FixedState>, FixedState> = HashMap::default();
    for row in around.masks.get(&around.rule.condition).ones().map(|row| row as u32) {
        let (place, code) = ((requests.family_of(row), routes.at(row)), codes.at(row));
        if code != 0 && seen.insert((place, code, client(requests, row))) {
            *counts.entry(place).or_default().entry(code).or_default() += 1;
        }
    }
    let ranked = |of: HashMap<u32, u32, FixedState>| {
        let mut of: Vec<(u32, u32)> = of.into_iter().collect();
        of.sort_unstable_by_key(|&(code, count)| (std::cmp::Reverse(count), code));
        of
    };
    counts.into_iter().map(|(place, of)| (place, ranked(of))).collect()
}

fn client(requests: &Requests, row: u32) -> u32 {
    requests.derived.client_ip.get(row as usize).copied().unwrap_or(0)
}

/// The share of some rows of one route; `None` where they have no values, or nobody else has.
pub fn share(usual: &Usual, bench: &Bench<'_, '_>, column: &str, rows: &[u32]) -> Option<f64> {
    let (routes, codes) = (bench.columns.get("route")?, bench.columns.get(column)?);
    let first = *rows.first()?;
    let all = usual.get(&(bench.requests.family_of(first), routes.at(first)))?;
    let own: Vec<(u32, u32)> =
        rows.iter().map(|&row| (codes.at(row), client(bench.requests, row))).filter(|pair| pair.0 != 0).collect();
    share_of(all, own)
}

/// `all` are values with the number of their addresses, the most frequent first; `own` are the group's, one a row.
fn share_of(all: &[(u32, u32)], mut own: Vec<(u32, u32)>) -> Option<f64> {
    own.sort_unstable();
    let mut voices = own.clone();
    voices.dedup();
    let count = |of: &[(u32, u32)], code: u32| {
        let from = of.partition_point(|other| other.0 < code);
        of[from..].partition_point(|other| other.0 == code) as u32
    };
    let (mut most, mut of) = (0, 0);
    for &(code, addresses) in all {
        // What follows is no more frequent, even with the group's own voices.
        if addresses < most || (addresses == most && code > of) {
            break;
        }
        let others = addresses.saturating_sub(count(&voices, code));
        if others > most || (others == most && others > 0 && code < of) {
            (most, of) = (others, code);
        }
    }
    (most > 0 && !own.is_empty()).then(|| f64::from(count(&own, of)) / own.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::share_of;
    use std::collections::{BTreeMap, BTreeSet};

    proptest::proptest! {
        /// Addresses under 10 are others', the rest the group's own.
        #[test]
        fn like_brute_force(
            others in proptest::collection::vec((1_u32..6, 0_u32..4), 0..20),
            own in proptest::collection::vec((1_u32..6, 10_u32..12), 0..12),
        ) {
            let pairs: BTreeSet<(u32, u32)> = others.iter().chain(&own).copied().collect();
            let mut counts: BTreeMap<u32, u32> = BTreeMap::new();
            for pair in &pairs {
                *counts.entry(pair.0).or_default() += 1;
            }
            let mut all: Vec<(u32, u32)> = counts.into_iter().collect();
            all.sort_by_key(|&(code, count)| (std::cmp::Reverse(count), code));
            let voices = |value: u32| pairs.iter().filter(|pair| pair.0 == value && pair.1 < 10).count();
            let usual = (1..6).max_by_key(|&value| (voices(value), std::cmp::Reverse(value)));
            let expected = usual
                .filter(|&value| voices(value) > 0 && !own.is_empty())
                .map(|value| own.iter().filter(|pair| pair.0 == value).count() as f64 / own.len() as f64);
            proptest::prop_assert_eq!(share_of(&all, own), expected);
        }
    }
}
