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
use hashbrown::{HashMap, HashSet};

/// Pairs in common that must be expected for their absence to tell anything: with five, chance leaves none in one case of
/// 150.
const EXPECTED: f64 = 5.0;

/// Which sources are counted together, and the route.
type Place = (u32, u32);

/// Who chose what on a route: distinct pairs, counted both ways.
#[derive(Default)]
struct Choices {
    seen: HashSet<(u32, u32), FixedState>,
    by_value: HashMap<u32, u64, FixedState>,
    by_member: HashMap<u32, u64, FixedState>,
}

impl Choices {
    fn add(&mut self, value: u32, member: u32) {
        if self.seen.insert((value, member)) {
            *self.by_value.entry(value).or_default() += 1;
            *self.by_member.entry(member).or_default() += 1;
        }
    }

    /// Pairs of members that share a value, once for each value.
    fn in_common(&self) -> u128 {
        self.by_value.values().map(|&count| twos(count)).sum()
    }

    /// Sum over the pairs of members of the products of how many values they have.
    fn products(&self) -> u128 {
        let all: u128 = self.by_member.values().map(|&count| u128::from(count)).sum();
        let squares: u128 = self.by_member.values().map(|&count| u128::from(count) * u128::from(count)).sum();
        (all * all - squares) / 2
    }

    /// The chance that two choices agree.
    fn agreement(&self) -> f64 {
        let all: u64 = self.by_value.values().sum();
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
    for (_, (own, others)) in places {
        common += own.in_common();
        expected += own.products() as f64 * others.agreement();
    }
    (expected >= EXPECTED).then(|| common as f64 / expected)
}
