//! How often a group of the population comes back although another group of its part came in between: one credential in
//! two places at once.
//!
//! In: rows that the rule's `where` lets in, in total order. Out: by group key, its returns ([`rhythm::each_return`]) among
//! the groups that share the columns of `peers_on` with it.

use super::parts::Parts;
use super::{Around, Key};
use crate::measure::rhythm;
use foldhash::fast::FixedState;
use hashbrown::HashMap;

/// Returns of each group, by its key; who has none is left out.
pub type Turns = HashMap<Key, u64, FixedState>;

/// The returns within `window` (microseconds) of all groups in the parts that are asked about.
pub fn turns(around: &Around<'_, '_>, parts: &Parts, window: i64) -> Turns {
    let facts = &around.shelf.requests.facts;
    let mut turns = Turns::default();
    // Who is alone in a part has nobody to alternate with.
    for rows in parts.contested(around) {
        let timed = |&(row, group): &(u32, u32)| facts.ts(row as usize).map(|ts| (ts, group));
        let visits: Vec<(i64, u32)> = rows.iter().filter_map(timed).collect();
        for (group, count) in rhythm::each_return(&visits, window) {
            turns.insert(parts.key(group).to_vec(), count);
        }
    }
    turns
}
