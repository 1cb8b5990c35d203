//! Which requests touched which values of the list.

use super::decide::Decided;
use super::space::Space;
use crate::reach::rows;
use crate::requests::Requests;

/// Items of the list by the values of one space.
pub struct Owners {
    starts: Vec<u32>,
    items: Vec<u32>,
}

impl Owners {
    /// The owners of the values of a space.
    pub fn new(space: usize, values: usize, decided: &[Decided]) -> Self {
        let mut pairs: Vec<(u32, u32)> = (0..)
            .zip(decided)
            .filter(|(_, decided)| decided.space == space)
            .flat_map(|(item, decided)| decided.values.iter().map(move |&value| (value, item)))
            .collect();
        pairs.sort_unstable();
        let starts = (0..=values as u32).map(|value| pairs.partition_point(|pair| pair.0 < value) as u32).collect();
        Self { starts, items: pairs.into_iter().map(|(_, item)| item).collect() }
    }

    /// Items that mean a value.
    #[inline]
    pub fn of(&self, value: u32) -> &[u32] {
        let value = value as usize;
        &self.items[self.starts[value] as usize..self.starts[value + 1] as usize]
    }
}

/// For each item of the list the requests that touch it, in total order.
pub fn by_item(requests: &Requests, spaces: &[Space<'_>], decided: &[Decided]) -> Vec<Vec<u32>> {
    let owners: Vec<Owners> =
        spaces.iter().enumerate().map(|(at, space)| Owners::new(at, space.len(), decided)).collect();
    let mut by_item = vec![Vec::new(); decided.len()];
    for row in rows(requests) {
        for (space, owners) in spaces.iter().zip(&owners) {
            space.each(row as usize, |value| {
                for &item in owners.of(value) {
                    let rows: &mut Vec<u32> = &mut by_item[item as usize];
                    if rows.last() != Some(&row) {
                        rows.push(row);
                    }
                }
            });
        }
    }
    by_item
}
