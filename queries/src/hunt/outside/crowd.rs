//! How usual what a rule looks for is on a route: what many callers do is how the API works, not an attack.
//!
//! share(route) = distinct values of a column in the route's rows that the rule's `where` lets in, over distinct values
//! in all of the route's rows; told only where the latter are 20 or more.

use super::Around;
use crate::hunt::measuring::Bench;
use crate::measure::spread::Distinct;
use fixedbitset::FixedBitSet;
use foldhash::fast::FixedState;
use hashbrown::HashMap;

/// Values of a column on a route that it takes to tell what is usual.
const LEAST: u64 = 20;

/// The share, by (family, route).
pub type Crowds = HashMap<(u32, u32), f64, FixedState>;

/// Codes in rows of the rule, and in all rows.
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
        if let Some((_, all)) = values.get_mut(&place(row)) {
            all.push(codes.at(row));
        }
    });
    let mut distinct = Distinct::default();
    let mut unique = |codes: Vec<u32>| distinct.n_unique(codes.iter().copied(), codes.len());
    let share = |(place, (some, all)): ((u32, u32), Codes)| {
        let all = unique(all);
        (all >= LEAST).then(|| (place, unique(some) as f64 / all as f64))
    };
    values.into_iter().filter_map(share).collect()
}

/// The smallest share over the routes of some rows: who is rare on one of its routes is no part of the crowd.
pub fn share(crowds: &Crowds, bench: &Bench<'_, '_>, rows: &[u32]) -> Option<f64> {
    let routes = bench.columns.get("route")?;
    let place = |row: u32| (bench.requests.family_of(row), routes.at(row));
    rows.iter().filter_map(|&row| crowds.get(&place(row)).copied()).min_by(f64::total_cmp)
}
