//! How usual what a rule looks for is on a route: what many callers do is how the API works, not an attack.
//!
//! share(route) = of the distinct values of a column whom the route serves, those with a row that the rule's `where` lets in;
//! told only where the route serves 20 or more. Who is refused, sent away or finds nothing there each time, as scanners
//! are, says nothing of how it is used.

use super::Around;
use crate::hunt::measuring::Bench;
use crate::requests::{Answer, Requests};
use fixedbitset::FixedBitSet;
use foldhash::fast::FixedState;
use hashbrown::HashMap;

/// Values of a column whom a route serves that it takes to tell what is usual.
const LEAST: usize = 20;

/// The share, by (family, route).
pub type Crowds = HashMap<(u32, u32), f64, FixedState>;

/// Codes in rows of the rule, and in rows that the route served.
type Codes = (Vec<u32>, Vec<u32>);

/// The shares of the routes that the rule's rows are on.
pub fn crowds(around: &Around<'_, '_>, column: &str) -> Crowds {
    let requests = around.shelf.requests;
    let (Some(routes), Some(codes)) = (around.columns.get("route"), around.columns.get(column)) else {
        return Crowds::default();
    };
    let place = |row: u32| (requests.family_of(row), routes.at(row));
    let mask = around.masks.get(&around.rule.condition);
    let mut values: HashMap<(u32, u32), Codes, FixedState> = HashMap::default();
    let mut on = FixedBitSet::with_capacity(routes.widest(requests.rows()) as usize + 1);
    for row in mask.ones().map(|row| row as u32) {
        values.entry(place(row)).or_default().0.push(codes.at(row));
        on.insert(routes.at(row) as usize);
    }
    around.shelf.each_row_with("route", &on, |row| {
        if is_served(requests, row)
            && let Some((_, all)) = values.get_mut(&place(row))
        {
            all.push(codes.at(row));
        }
    });
    values.into_iter().filter_map(|(place, (some, all))| Some((place, share_of(some, all)?))).collect()
}

/// Of the values that are served, the share that does it.
fn share_of(mut some: Vec<u32>, mut served: Vec<u32>) -> Option<f64> {
    for values in [&mut some, &mut served] {
        values.retain(|&value| value != 0);
        values.sort_unstable();
        values.dedup();
    }
    some.retain(|value| served.binary_search(value).is_ok());
    (served.len() >= LEAST).then(|| some.len() as f64 / served.len() as f64)
}

fn is_served(requests: &Requests, row: u32) -> bool {
    match requests.derived.answer[row as usize] {
        Answer::Hit => true,
        Answer::Denied | Answer::Miss => false,
        // What the server fails at it had taken up.
        Answer::Error => requests.facts.status(row as usize).is_some_and(|status| status >= 500),
        // A page that has not changed is one; a redirect sends away.
        Answer::Other => !matches!(requests.facts.status(row as usize), Some(300..=303 | 305..=399)),
    }
}

/// The smallest share over the routes of some rows: who is rare on one of its routes is no part of the crowd.
pub fn share(crowds: &Crowds, bench: &Bench<'_, '_>, rows: &[u32]) -> Option<f64> {
    let routes = bench.columns.get("route")?;
    let place = |row: u32| (bench.requests.family_of(row), routes.at(row));
    rows.iter().filter_map(|&row| crowds.get(&place(row)).copied()).min_by(f64::total_cmp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whom_the_route_never_serves_is_no_crowd() {
        let served: Vec<u32> = (1..=40).flat_map(|code| [code, code]).collect();
        assert_eq!(share_of(vec![7, 7, 101, 102, 103, 0], served.clone()), Some(1.0 / 40.0));
        assert_eq!(share_of(vec![101], served), Some(0.0));
        assert_eq!(share_of(vec![1], (1..20).collect()), None);
    }
}
