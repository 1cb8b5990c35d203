//! Whether a place is another way out of the first one: those who were at the first are at both.
//!
//! In: the place of each group, and that of the group of its part that was seen first. share(group) = of the other people
//! seen at the first place anywhere in the log, those seen at the group's place as well; NULL where that is the first
//! place itself, or where it has under [`ENOUGH`] others. A pair of proxies, a pool behind a balancer and the two ends of
//! a tunnel send out the same people; where a stolen token is used, only those are whose tokens were stolen. A home has
//! too few people to tell.

use super::parts::{Known, Parts};
use super::{Around, share};
use crate::measure::Measure;
use foldhash::fast::FixedState;
use hashbrown::HashMap;

/// Others that the first place must have.
const ENOUGH: usize = 5;

/// Who was where.
pub struct Fellows {
    /// First places, by part.
    firsts: Known,
    /// Sorted people of each place that is asked about.
    at: HashMap<u32, Vec<u32>, FixedState>,
}

/// Looks up who was at the places of the candidates and at the first places of their parts; `places` are the candidates'.
pub fn fellows(
    around: &Around<'_, '_>,
    parts: &Parts,
    measure: &Measure,
    places: impl Iterator<Item = u32>,
) -> Fellows {
    let (Some(place), Some(people)) =
        (around.columns.get(&measure.columns[0]), around.columns.get(&measure.columns[1]))
    else {
        return Fellows { firsts: Known::default(), at: HashMap::default() };
    };
    let firsts = parts.known_first(around, place);
    let asked = firsts.values().flatten().copied().chain(places);
    let mut at: HashMap<u32, Vec<u32>, FixedState> = asked.map(|place| (place, Vec::new())).collect();
    for row in around.shelf.requests.counted() {
        let who = people.at(row);
        if who != 0
            && let Some(of) = at.get_mut(&place.at(row))
            && of.last() != Some(&who)
        {
            of.push(who);
        }
    }
    for of in at.values_mut() {
        of.sort_unstable();
        of.dedup();
    }
    Fellows { firsts, at }
}

impl Fellows {
    /// The share of a group at a place.
    pub fn share(&self, part: &[u32], place: u32) -> Option<f64> {
        let firsts = self.firsts.get(part)?;
        if firsts.binary_search(&place).is_ok() {
            return None;
        }
        let mut first: Vec<u32> = firsts.iter().filter_map(|first| self.at.get(first)).flatten().copied().collect();
        first.sort_unstable();
        first.dedup();
        both(&first, self.at.get(&place)?)
    }
}

/// Of the people at `first`, sorted, the share that is `here`, sorted, without the one who is asked about.
fn both(first: &[u32], here: &[u32]) -> Option<f64> {
    let both = first.iter().filter(|who| here.binary_search(who).is_ok()).count();
    let own = usize::from(both > 0);
    (first.len() >= own + ENOUGH).then(|| share(both - own, first.len() - own)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_asked_about_counts_for_nothing() {
        assert_eq!(both(&[1], &[1]), None, "a home");
        assert_eq!(both(&[1, 2, 3, 4, 5], &[1, 2, 3, 4, 5]), None, "four others are too few");
        assert_eq!(both(&[1, 2, 3, 4, 5, 6], &[1]), Some(0.0), "only the stolen one is at both");
        assert_eq!(both(&[1, 2, 3, 4, 5, 6], &[2, 3, 4, 5, 6, 9]), Some(0.8));
    }
}
