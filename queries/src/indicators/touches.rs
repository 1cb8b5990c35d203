//! Which requests touched which values of the list.

use super::decide::Decided;
use super::space::Space;
use crate::postings::Postings;
use crate::reach::rows;
use crate::requests::Requests;

/// Items of the list by the values of one space that they mean.
pub fn owners(space: usize, values: usize, decided: &[Decided]) -> Postings {
    let of_space = || (0..).zip(decided).filter(move |(_, decided)| decided.space == space);
    Postings::new(values, || {
        of_space().flat_map(|(item, decided)| decided.values.iter().map(move |&value| (value, item)))
    })
}

/// For each item of the list the requests that touch it, in total order.
pub fn by_item(requests: &Requests, spaces: &[Space<'_>], decided: &[Decided]) -> Vec<Vec<u32>> {
    let owners: Vec<Postings> =
        spaces.iter().enumerate().map(|(at, space)| self::owners(at, space.len(), decided)).collect();
    let mut by_item = vec![Vec::new(); decided.len()];
    for row in rows(requests) {
        for (space, owners) in spaces.iter().zip(&owners) {
            space.each(row as usize, |value| {
                for &item in owners.of(value as usize) {
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
