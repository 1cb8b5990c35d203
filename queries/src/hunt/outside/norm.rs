//! What is usual for the answers of a route, and which rows are not.
//!
//! The norm of a route is the median and the median absolute deviation (MAD) of a number over its successful answers to
//! clients none of whose requests on the route are in the rule's `where`, in clean time where one is marked and has
//! enough of them. A value x is odd when |x - median| > k · max(1.4826 · MAD, 5 % of the median, 1): the factor makes the
//! MAD comparable with a standard deviation of a normal distribution, the floors keep a route whose answers hardly differ
//! from making every byte a surprise.

use super::Around;
use crate::hunt::measuring::Bench;
use crate::measure::spread::median;
use crate::measure::{Measure, number_at};
use fixedbitset::FixedBitSet;
use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashSet};

/// Answers of a route that it takes to have a norm.
const LEAST: usize = 20;

/// Median and scale by (family, route).
pub type Norms = HashMap<(u32, u32), (f64, f64), FixedState>;

/// The norms of the routes that the rule's rows are on.
pub fn norms(around: &Around<'_, '_>, measure: &Measure) -> Norms {
    let requests = around.shelf.requests;
    let (Some(routes), Some(name)) = (around.columns.get("route"), measure.columns.first()) else {
        return Norms::default();
    };
    let place = |row: u32| (requests.family_of(row), routes.at(row));
    let mask = around.masks.get(&around.rule.condition);
    let mut wanted: HashSet<(u32, u32), FixedState> = HashSet::default();
    let mut on = FixedBitSet::with_capacity(routes.widest(requests.rows()) as usize + 1);
    for row in mask.ones().map(|row| row as u32) {
        wanted.insert(place(row));
        on.insert(routes.at(row) as usize);
    }
    // Who does what the rule looks for sets no standard with the rest of what it asks there.
    let client = |row: u32| requests.derived.client_ip.get(row as usize).copied().unwrap_or(0);
    let callers: HashSet<((u32, u32), u32), FixedState> = mask
        .ones()
        .map(|row| row as u32)
        .filter(|&row| client(row) != 0)
        .map(|row| (place(row), client(row)))
        .collect();
    let mut values: HashMap<(u32, u32), Vec<i64>, FixedState> = HashMap::default();
    let mut clean: HashMap<(u32, u32), Vec<i64>, FixedState> = HashMap::default();
    around.shelf.each_row_with("route", &on, |row| {
        let place = place(row);
        if !mask.contains(row as usize)
            && requests.is_hit(row)
            && wanted.contains(&place)
            && !callers.contains(&(place, client(row)))
            && let Some(value) = number_at(requests, name, row)
        {
            values.entry(place).or_default().push(value);
            if around.shelf.is_clean(row) {
                clean.entry(place).or_default().push(value);
            }
        }
    });
    let norm = |(place, mut values): ((u32, u32), Vec<i64>)| norm_of(&mut values).map(|norm| (place, norm));
    let mut norms: Norms = values.into_iter().filter_map(norm).collect();
    norms.extend(clean.into_iter().filter_map(norm));
    norms
}

/// Median and scale of some values; `None` where they are too few.
fn norm_of(values: &mut [i64]) -> Option<(f64, f64)> {
    if values.len() < LEAST {
        return None;
    }
    let center = median(values)?;
    let mut far: Vec<i64> = values.iter().map(|value| (value - center).abs()).collect();
    let deviation = median(&mut far)? as f64;
    let center = center as f64;
    Some((center, (1.4826 * deviation).max(0.05 * center.abs()).max(1.0)))
}

/// Of the rows whose route has a norm, the share that is odd.
pub fn odd_share(norms: &Norms, bench: &Bench<'_, '_>, measure: &Measure, rows: &[u32]) -> Option<f64> {
    let routes = bench.columns.get("route")?;
    let name = measure.columns.first()?;
    let k = measure.parameter.unwrap_or(3.0);
    let (mut odd, mut known) = (0_u32, 0_u32);
    for &row in rows {
        let place = (bench.requests.family_of(row), routes.at(row));
        if let (Some((median, scale)), Some(value)) = (norms.get(&place), number_at(bench.requests, name, row)) {
            known += 1;
            odd += u32::from((value as f64 - median).abs() > k * scale);
        }
    }
    (known > 0).then(|| f64::from(odd) / f64::from(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_few_answers_make_no_norm_and_constant_ones_a_wide_one() {
        assert_eq!(norm_of(&mut [5; 19]), None);
        assert_eq!(norm_of(&mut [1_000; 20]), Some((1_000.0, 50.0)));
        assert_eq!(norm_of(&mut [0; 20]), Some((0.0, 1.0)));
    }

    proptest::proptest! {
        #[test]
        fn like_the_definition(values in proptest::collection::vec(0_i64..500, 20..60)) {
            let mut sorted = values.clone();
            sorted.sort_unstable();
            let rank = |sorted: &[i64]| sorted[sorted.len().div_ceil(2) - 1];
            let median = rank(&sorted);
            let mut far: Vec<i64> = values.iter().map(|value| (value - median).abs()).collect();
            far.sort_unstable();
            let scale = (1.4826 * rank(&far) as f64).max(0.05 * median as f64).max(1.0);
            proptest::prop_assert_eq!(norm_of(&mut values.clone()), Some((median as f64, scale)));
        }
    }
}
