//! How often the values of a request occur: every column is counted once, then a request costs a look-up a column.

use breachline_parsers::schema::COLUMNS;
use breachline_queries::requests::{Requests, TextView};
use std::collections::BTreeMap;

/// A column with more distinct values than this is counted anew for each request, which costs time instead of memory.
const MOST: usize = 1 << 22;

/// Counts of the columns that were asked for.
#[derive(Debug, Default)]
pub(super) struct Rarity {
    columns: BTreeMap<&'static str, Vec<u32>>,
    statuses: Vec<u32>,
}

impl Rarity {
    /// Columns that have a value in a row, with the number of records that have the same one there.
    pub fn of(&mut self, requests: &Requests, row: u32) -> Vec<(&'static str, u64)> {
        let row = row as usize;
        if row >= requests.rows() {
            return Vec::new();
        }
        let mut found: Vec<(&'static str, u64)> = Vec::new();
        for column in COLUMNS {
            let Some(view) = requests.text(column.name).filter(|view| view.get(row).is_some()) else { continue };
            found.push((column.name, self.text(requests, column.name, &view, row)));
        }
        if let Some(status) = requests.facts.status(row) {
            found.push(("status", self.status(requests, status)));
        }
        found
    }

    fn text(&mut self, requests: &Requests, name: &'static str, view: &TextView<'_>, row: usize) -> u64 {
        let (code, rows) = (view.code(row), requests.rows());
        if view.dictionary.len() > MOST {
            return (0..rows).filter(|&other| view.code(other) == code).count() as u64;
        }
        let counts = self.columns.entry(name).or_insert_with(|| {
            let mut counts = vec![0_u32; view.dictionary.len() + 1];
            for row in 0..rows {
                if let Some(count) = counts.get_mut(view.code(row) as usize) {
                    *count += 1;
                }
            }
            counts
        });
        counts.get(code as usize).copied().map_or(0, u64::from)
    }

    fn status(&mut self, requests: &Requests, status: u16) -> u64 {
        if self.statuses.is_empty() {
            self.statuses = vec![0; usize::from(u16::MAX) + 1];
            for &status in requests.facts.status_values() {
                self.statuses[usize::from(status)] += 1;
            }
        }
        u64::from(self.statuses[usize::from(status)])
    }
}
