//! What went on meanwhile: everybody else's requests on the same routes in the same ten minutes.

use super::measuring::Bench;
use fixedbitset::FixedBitSet;
use foldhash::fast::FixedState;
use hashbrown::HashSet;

/// Length of the spans that are compared (microseconds).
const SPAN: i64 = 600_000_000;

/// Of the requests that are not among `rows`, but on one of their routes in a span of ten minutes in which one of them
/// was on that route: the share for which the condition holds. `None` where there are no such requests.
pub fn share(bench: &Bench<'_, '_>, condition: Option<&FixedBitSet>, rows: &[u32]) -> Option<f64> {
    let requests = bench.requests;
    let routes = bench.columns.get("route")?;
    let place = |row: u32| {
        let ts = requests.facts.ts(row as usize)?;
        Some((requests.family_of(row), routes.at(row), ts.div_euclid(SPAN)))
    };
    let places: HashSet<_, FixedState> = rows.iter().filter_map(|&row| place(row)).collect();
    let mut own = FixedBitSet::with_capacity(requests.rows());
    own.extend(rows.iter().map(|&row| row as usize));
    let (mut all, mut held) = (0_u64, 0_u64);
    for row in requests.counted().filter(|&row| !own.contains(row as usize)) {
        if place(row).is_some_and(|place| places.contains(&place)) {
            all += 1;
            held += u64::from(condition.is_none_or(|mask| mask.contains(row as usize)));
        }
    }
    (all > 0).then(|| held as f64 / all as f64)
}
