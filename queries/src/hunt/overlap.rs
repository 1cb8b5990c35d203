//! How much those of a group have in common, against what they would have if each had drawn from what everybody else asks
//! for.
//!
//! Per route: with d the distinct values of a member and m the members that have a value, the pairs of members that share a
//! value are sum m (m - 1) / 2. If members drew alone, each pair would share a value with the chance that two of everybody
//! else's choices agree, sum c (c - 1) / (C (C - 1)), where c counts the others that chose a value and C is the sum of c (the
//! unbiased estimate of the sum of squared shares, Simpson's index); so sum over pairs of d d' of that is expected. Readers of
//! a catalogue come out near 1, workers who share out a list near 0.

use super::columns::Codes;
use super::measuring::Bench;
use fixedbitset::FixedBitSet;
use foldhash::fast::FixedState;
use hashbrown::HashMap;

/// Pairs in common that must be expected for their absence to tell anything: with five, chance leaves none in one case of
/// 150.
const EXPECTED: f64 = 5.0;

/// Which sources are counted together, and the route.
type Place = (u32, u32);

/// Who chose what on a route: pairs of value and member, counted both ways once they are settled.
#[derive(Default)]
struct Choices(Vec<(u32, u32)>);

impl Choices {
    fn add(&mut self, value: u32, member: u32) {
        self.0.push((value, member));
    }

    /// Leaves each pair once, those of a value side by side. Sorting takes a third of the time of a set of pairs.
    fn settle(&mut self) {
        self.0.sort_unstable();
        self.0.dedup();
    }

    /// Pairs of members that share a value, once for each value.
    fn in_common(&self) -> u128 {
        self.0.chunk_by(|a, b| a.0 == b.0).map(|members| twos(members.len() as u64)).sum()
    }

    /// Sum over the pairs of members of the products of how many values they have.
    fn products(&self) -> u128 {
        let mut members: Vec<u32> = self.0.iter().map(|&(_, member)| member).collect();
        members.sort_unstable();
        let all = members.len() as u128;
        let squares: u128 =
            members.chunk_by(|a, b| a == b).map(|values| values.len() as u128 * values.len() as u128).sum();
        (all * all - squares) / 2
    }

    /// The chance that two choices agree.
    fn agreement(&self) -> f64 {
        let all = self.0.len() as u64;
        if all < 2 { 0.0 } else { self.in_common() as f64 / twos(all) as f64 }
    }
}

fn twos(count: u64) -> u128 {
    u128::from(count) * u128::from(count.saturating_sub(1)) / 2
}

/// Pairs of the group's members in common over those expected; `None` where under five are expected.
pub fn ratio(
    bench: &Bench<'_, '_>,
    (values, members): (&Codes<'_>, &Codes<'_>),
    mask: Option<&FixedBitSet>,
    rows: &[u32],
) -> Option<f64> {
    let routes = bench.columns.get("route")?;
    let place = |row: u32| -> Place { (bench.requests.family_of(row), routes.at(row)) };
    let choice =
        |row: u32| Some((values.at(row), members.at(row))).filter(|&(value, member)| value != 0 && member != 0);
    let looks = |row: u32| mask.is_none_or(|mask| mask.contains(row as usize));
    let mut own: HashMap<Place, (Choices, Choices), FixedState> = HashMap::default();
    for &row in rows.iter().filter(|&&row| looks(row)) {
        if let Some((value, member)) = choice(row) {
            own.entry(place(row)).or_default().0.add(value, member);
        }
    }
    let mine: FixedBitSet = rows.iter().map(|&row| row as usize).collect();
    for row in bench.masks.get(&bench.rule.condition).ones().filter(|&row| !mine.contains(row)) {
        let row = row as u32;
        if let (true, Some((value, member)), Some(of)) = (looks(row), choice(row), own.get_mut(&place(row))) {
            of.1.add(value, member);
        }
    }
    // Sums of fractions depend on their order.
    let mut places: Vec<_> = own.into_iter().collect();
    places.sort_unstable_by_key(|(place, _)| *place);
    let (mut common, mut expected) = (0_u128, 0.0);
    for (_, (mut own, mut others)) in places {
        own.settle();
        others.settle();
        common += own.in_common();
        expected += own.products() as f64 * others.agreement();
    }
    (expected >= EXPECTED).then(|| common as f64 / expected)
}
