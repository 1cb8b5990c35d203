//! What went on meanwhile: everybody else's requests on the same routes in the same ten minutes.

use super::columns::Codes;
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
///
/// This looks at all of the log; for many groups there is [`Everybody`].
pub fn share(bench: &Bench<'_, '_>, condition: Option<&FixedBitSet>, rows: &[u32]) -> Option<f64> {
    let requests = bench.requests;
    let routes = routes(bench)?;
    let place = |row: u32| place(bench, routes, row);
    let mut places: HashMap<Place, Counts, FixedState> = HashMap::default();
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
    mean(places.into_values())
}

/// Which sources are counted together, route, number of the ten minutes.
type Place = (u32, u32, i64);

fn place(bench: &Bench<'_, '_>, routes: &Codes<'_>, row: u32) -> Option<Place> {
    let ts = bench.requests.facts.ts(row as usize)?;
    Some((bench.requests.family_of(row), routes.at(row), ts.div_euclid(SPAN)))
}

fn routes<'b>(bench: &'b Bench<'_, '_>) -> Option<&'b Codes<'b>> {
    bench.columns.get("route").map(AsRef::as_ref)
}

/// Everybody's requests by place, and those of them for which a condition holds: what groups are taken from, each its own.
pub struct Everybody(HashMap<Place, (u64, u64), FixedState>);

impl Everybody {
    /// Counts all rows that count.
    pub fn new(bench: &Bench<'_, '_>, condition: Option<&FixedBitSet>) -> Self {
        Self(counted(bench, condition, bench.requests.counted()))
    }

    /// What [`share`] gives for a group.
    pub fn share(&self, bench: &Bench<'_, '_>, condition: Option<&FixedBitSet>, rows: &[u32]) -> Option<f64> {
        mean(counted(bench, condition, rows.iter().copied()).into_iter().map(|(place, (own, own_held))| {
            let (all, held) = self.0.get(&place).copied().unwrap_or((own, own_held));
            Counts { own, others: all.saturating_sub(own), held: held.saturating_sub(own_held) }
        }))
    }
}

/// Rows by place, and those of them for which a condition holds.
fn counted(
    bench: &Bench<'_, '_>,
    condition: Option<&FixedBitSet>,
    rows: impl Iterator<Item = u32>,
) -> HashMap<Place, (u64, u64), FixedState> {
    let mut places: HashMap<Place, (u64, u64), FixedState> = HashMap::default();
    let Some(routes) = routes(bench) else { return places };
    for row in rows {
        if let Some(place) = place(bench, routes, row) {
            let (all, held) = places.entry(place).or_default();
            *all += 1;
            *held += u64::from(condition.is_none_or(|mask| mask.contains(row as usize)));
        }
    }
    places
}

/// The share of others for whom the condition held, averaged over one's own rows.
fn mean(places: impl Iterator<Item = Counts>) -> Option<f64> {
    let mut shared: Vec<Counts> = places.filter(|counts| counts.others > 0).collect();
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
