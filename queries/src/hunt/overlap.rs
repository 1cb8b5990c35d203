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
use crate::measure::Measure;
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
}

/// What the members of a group chose on one route, and what of that is in all rows that the rule looks at.
type Mine = (Choices, Vec<(u32, u32)>);

/// Who chose what on one route in all rows that a rule looks at: value, member, in how many rows, sorted.
pub struct Everyone(Vec<(u32, u32, u32)>);

impl Everyone {
    fn new(mut pairs: Vec<(u32, u32)>) -> Self {
        pairs.sort_unstable();
        Self(pairs.chunk_by(|a, b| a == b).map(|rows| (rows[0].0, rows[0].1, rows.len() as u32)).collect())
    }

    /// Bytes of memory held.
    pub fn bytes(&self) -> usize {
        self.0.len() * size_of::<(u32, u32, u32)>()
    }

    /// The chance that two choices agree, of those that are left without some rows (sorted pairs of value and member).
    fn agreement_without(&self, rows: &[(u32, u32)]) -> f64 {
        let mut taken = rows.chunk_by(|a, b| a == b).peekable();
        let (mut all, mut in_common) = (0_u64, 0_u128);
        for of_value in self.0.chunk_by(|a, b| a.0 == b.0) {
            let mut members = 0;
            for &(value, member, count) in of_value {
                while taken.next_if(|rows| rows[0] < (value, member)).is_some() {}
                let gone = taken.next_if(|rows| rows[0] == (value, member)).map_or(0, <[_]>::len);
                members += u64::from(gone < count as usize);
            }
            all += members;
            in_common += twos(members);
        }
        if all < 2 { 0.0 } else { in_common as f64 / twos(all) as f64 }
    }
}

fn twos(count: u64) -> u128 {
    u128::from(count) * u128::from(count.saturating_sub(1)) / 2
}

/// Pairs of the group's members in common over those expected; `None` where under five are expected.
pub fn ratio(
    bench: &Bench<'_, '_>,
    measure: &Measure,
    (values, members): (&Codes<'_>, &Codes<'_>),
    mask: Option<&FixedBitSet>,
    rows: &[u32],
) -> Option<f64> {
    let routes = bench.columns.get("route")?;
    let place = |row: u32| -> Place { (bench.requests.family_of(row), routes.at(row)) };
    let choice =
        |row: u32| Some((values.at(row), members.at(row))).filter(|&(value, member)| value != 0 && member != 0);
    let looks = |row: u32| mask.is_none_or(|mask| mask.contains(row as usize));
    let all = bench.masks.get(&bench.rule.condition);
    let mut own: HashMap<Place, Mine, FixedState> = HashMap::default();
    for &row in rows.iter().filter(|&&row| looks(row)) {
        if let Some((value, member)) = choice(row) {
            let (own, taken) = own.entry(place(row)).or_default();
            own.add(value, member);
            taken.extend(all.contains(row as usize).then_some((value, member)));
        }
    }
    let everyone = |of: Place| {
        let asked = format!("{} {} {} {}", of.0, of.1, measure.text, bench.rule.condition);
        let make = || {
            let mine = all.ones().map(|row| row as u32).filter(|&row| looks(row) && place(row) == of);
            Everyone::new(mine.filter_map(choice).collect())
        };
        bench.everyone.weighed(&asked, make, Everyone::bytes)
    };
    // Sums of fractions depend on their order.
    let mut places: Vec<_> = own.into_iter().collect();
    places.sort_unstable_by_key(|(place, _)| *place);
    let (mut common, mut expected) = (0_u128, 0.0);
    for (place, (mut own, mut taken)) in places {
        own.settle();
        taken.sort_unstable();
        common += own.in_common();
        expected += own.products() as f64 * everyone(place).agreement_without(&taken);
    }
    (expected >= EXPECTED).then(|| common as f64 / expected)
}
