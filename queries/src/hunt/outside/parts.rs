//! The rows a rule looks at, by group and by part of the population: which values only one group of a part has, and
//! which were known to the group that was seen first.

use super::{Around, Key};
use crate::hunt::columns::Codes;
use crate::hunt::group::Groups;
use crate::measure::spread::Distinct;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use std::sync::Arc;

/// Sorted codes by a key: of a group, or of a part.
pub type Known = HashMap<Key, Vec<u32>, FixedState>;

/// Every group of the rule's rows, those of other rules' findings too, and the parts that are asked about.
pub struct Parts {
    /// Groups in order of their first row.
    groups: Arc<Groups>,
    /// The parts that candidates are in.
    parts: Vec<Part>,
}

/// Groups that share the columns their peers are told by.
struct Part {
    key: Key,
    /// Numbers of its groups, ascending: the first is the one that was seen first.
    groups: Vec<u32>,
}

impl Parts {
    /// Groups all rows that the rule's `where` lets in, and sorts the groups into the parts of the candidates.
    pub fn new(around: &Around<'_, '_>, partition: &[usize], candidates: &[(Key, i64)]) -> Self {
        let groups = around.groups(around.masks.get(&around.rule.condition));
        let mut numbers: HashMap<Key, usize, FixedState> = HashMap::default();
        let mut parts: Vec<Part> = Vec::new();
        for (key, _) in candidates {
            let key: Key = partition.iter().map(|&at| key[at]).collect();
            numbers.entry(key).or_insert_with_key(|key| {
                parts.push(Part { key: key.clone(), groups: Vec::new() });
                parts.len() - 1
            });
        }
        let mut key = Key::new();
        for group in 0..groups.len() {
            key.clear();
            key.extend(partition.iter().map(|&at| groups.key(group)[at]));
            if let Some(&part) = numbers.get(&key) {
                parts[part].groups.push(group as u32);
            }
        }
        Self { groups, parts }
    }

    fn rows(&self, group: u32) -> &[u32] {
        self.groups.rows(group as usize)
    }

    /// For each candidate the values that no other group of its part has.
    pub fn owned(&self, codes: &Codes<'_>, candidates: &[(Key, i64)]) -> Known {
        const NOBODY: u32 = u32::MAX;
        const SEVERAL: u32 = u32::MAX - 1;
        let mut owned: Known = candidates.iter().map(|(key, _)| (key.clone(), Vec::new())).collect();
        let mut owners: Vec<u32> = Vec::new();
        let mut touched: Vec<u32> = Vec::new();
        for part in &self.parts {
            for &group in &part.groups {
                for code in self.rows(group).iter().map(|&row| codes.at(row)).filter(|&code| code != 0) {
                    if owners.len() <= code as usize {
                        owners.resize((code as usize + 1).max(owners.len() * 2), NOBODY);
                    }
                    let owner = &mut owners[code as usize];
                    if *owner == NOBODY {
                        *owner = group;
                        touched.push(code);
                    } else if *owner != group {
                        *owner = SEVERAL;
                    }
                }
            }
            for code in touched.drain(..) {
                let owner = std::mem::replace(&mut owners[code as usize], NOBODY);
                if owner != SEVERAL
                    && let Some(values) = owned.get_mut(self.groups.key(owner as usize))
                {
                    values.push(code);
                }
            }
        }
        owned.values_mut().for_each(|values| values.sort_unstable());
        owned
    }

    /// For each part the values of the group that was seen first of all; of parts seen in clean time, the values there.
    pub fn known_first(&self, around: &Around<'_, '_>, codes: &Codes<'_>) -> Known {
        let mut distinct = Distinct::default();
        let mut values_of = |rows: &mut dyn Iterator<Item = u32>, at_most: usize| {
            let mut values: Vec<u32> = Vec::new();
            distinct.each(rows.map(|row| codes.at(row)), at_most, |code| values.push(code));
            values.sort_unstable();
            values
        };
        let has_clean = around.shelf.clean.is_some();
        let of_part = |part: &Part| {
            let rows = part.groups.iter().filter(|_| has_clean).flat_map(|&group| self.rows(group)).copied();
            let mut clean = rows.filter(|&row| around.shelf.is_clean(row)).peekable();
            let values = if clean.peek().is_some() {
                values_of(&mut clean, usize::MAX)
            } else {
                let first = part.groups.first().map_or(&[][..], |&group| self.rows(group));
                values_of(&mut first.iter().copied(), first.len())
            };
            (part.key.clone(), values)
        };
        self.parts.iter().map(of_part).collect()
    }

    /// The rows of each part that has several groups, in total order, each with the number of its group.
    pub fn contested(&self, around: &Around<'_, '_>) -> impl Iterator<Item = Vec<(u32, u32)>> {
        let ranks = around.shelf.ranks();
        self.parts.iter().filter(|part| part.groups.len() > 1).map(move |part| {
            let of = |&group: &u32| self.rows(group).iter().map(move |&row| (row, group));
            let mut rows: Vec<(u32, u32)> = part.groups.iter().flat_map(of).collect();
            rows.sort_unstable_by_key(|&(row, _)| ranks.as_ref().map_or(row, |ranks| ranks[row as usize]));
            rows
        })
    }

    /// The key of a group.
    pub fn key(&self, group: u32) -> &[u32] {
        self.groups.key(group as usize)
    }
}
