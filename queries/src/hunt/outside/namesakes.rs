//! Objects that are named after accounts: `/users/{id}` where the id is what the account is logged as.
//!
//! In: the texts of objects and of accounts. Out: for each object the account of that name.

use super::Around;
use crate::measure::Measure;
use foldhash::fast::FixedState;
use hashbrown::HashMap;

/// `object` code -> code of the account of that name, 0 where there is none.
pub fn namesakes(around: &Around<'_, '_>, measure: &Measure) -> Vec<u32> {
    let requests = around.shelf.requests;
    let (Some(objects), Some(accounts)) = (requests.text(&measure.columns[0]), requests.text(&measure.columns[1]))
    else {
        return Vec::new();
    };
    let named: HashMap<&[u8], u32, FixedState> = accounts.dictionary.iter().map(|(code, name)| (name, code)).collect();
    let mut of = vec![0; objects.dictionary.len()];
    for (code, name) in objects.dictionary.iter() {
        of[code as usize] = named.get(name).copied().unwrap_or(0);
    }
    of
}
