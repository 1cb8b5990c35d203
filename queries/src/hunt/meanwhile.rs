//! What went on meanwhile: everybody else's requests on the same routes in the same ten minutes.

use super::measuring::Bench;
use fixedbitset::FixedBitSet;
use foldhash::fast::FixedState;
use hashbrown::HashMap;

/// Length of the spans that are compared (microseconds).
const SPAN: i64 = 600_000_000;

/// Of everybody else's requests on the route in the ten minutes of a row: the share for which the condition holds, averaged
/// over the rows of which there is anybody else. `None` where nobody else was there in any.
///
/// The average is over one's own rows, so that a few of them in somebody else's outage weigh as the few they are.
pub fn share(bench: &Bench<'_, '_>, condition: Option<&FixedBitSet>, rows: &[u32]) -> Option<f64> {
    let requests = bench.requests;
    let routes = bench.columns.get("route")?;
    let place = |row: u32| {
        let ts = requests.facts.ts(row as usize)?;
        Some((requests.family_of(row), routes.at(row), ts.div_euclid(SPAN)))
    };
    let mut places: HashMap<_, Counts, FixedState> = HashMap::default();
    for place in rows.iter().filter_map(|&row| place(row)) {
        places.entry(place).or_default().own += 1;
    }
    let mut own = FixedBitSet::with_capacity(requests.rows());
    own.extend(rows.iter().map(|&row| row as usize));
    for row in requests.counted().filter(|&row| !own.contains(row as usize)) {
        if let Some(counts) = place(row).and_then(|place| places.get_mut(&place)) {
            counts.others += 1;
            counts.held += u64::from(condition.is_none_or(|mask| mask.contains(row as usize)));
        }
    }
    let mut shared: Vec<Counts> = places.into_values().filter(|counts| counts.others > 0).collect();
    // Sums of fractions depend on their order.
    shared.sort_unstable();
    let weight: u64 = shared.iter().map(|counts| counts.own).sum();
    let sum: f64 = shared.iter().map(|counts| counts.own as f64 * counts.held as f64 / counts.others as f64).sum();
    (weight > 0).then(|| sum / weight as f64)
}

/// Requests on one route in one span.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Counts {
    own: u64,
    others: u64,
    held: u64,
}
