//! How often a group of the population comes back although another group of its part came in between: one credential in
//! two places at once.
//!
//! In: rows that the rule's `where` lets in, in total order. Out: by group key, its returns ([`rhythm::each_return`]) among
//! the groups that share the columns of `peers_on` with it.

use super::{Around, Key, key_of};
use crate::measure::rhythm;
use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashSet};

/// Returns of each group, by its key.
pub type Turns = HashMap<Key, u64, FixedState>;

/// Visits of one part of the population: `(time, number of the group)`.
type Visits = Vec<(i64, u32)>;

/// The returns within `window` (microseconds) of all groups in the parts that are asked about.
pub fn turns(
    around: &Around<'_, '_>,
    part_of: &dyn Fn(&[u32]) -> Key,
    wanted: &HashSet<Key, FixedState>,
    window: i64,
) -> Turns {
    let requests = around.shelf.requests;
    let mask = around.masks.get(&around.rule.condition);
    let mut numbers: HashMap<Key, u32, FixedState> = HashMap::default();
    let mut keys: Vec<Key> = Vec::new();
    let mut parts: HashMap<Key, Visits, FixedState> = HashMap::default();
    for &row in requests.order.iter().filter(|&&row| mask.contains(row as usize)) {
        let (Some(key), Some(ts)) = (key_of(around.keys, row), requests.facts.ts(row as usize)) else { continue };
        let part = part_of(&key);
        if !wanted.contains(&part) {
            continue;
        }
        let next = keys.len() as u32;
        let number = *numbers.entry(key).or_insert_with_key(|key| {
            keys.push(key.clone());
            next
        });
        parts.entry(part).or_default().push((ts, number));
    }
    let returns = parts.into_values().flat_map(|visits| rhythm::each_return(&visits, window));
    returns.map(|(number, count)| (keys[number as usize].clone(), count)).collect()
}
