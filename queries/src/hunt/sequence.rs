//! Ordered steps within a group.

use super::columns::Codes;
use super::measuring::Bench;
use crate::requests::Requests;
use crate::rule::Sequence;
use fixedbitset::FixedBitSet;
use std::sync::Arc;

/// A rule's sequence with its masks and columns looked up.
pub struct Steps<'a> {
    requests: &'a Requests,
    masks: Vec<&'a FixedBitSet>,
    same: Vec<&'a Codes<'a>>,
    differs: Vec<&'a Codes<'a>>,
    /// The time that the last step may come after the first, microseconds.
    within: i64,
}

impl<'a> Steps<'a> {
    /// Looks everything up.
    pub fn new(bench: &Bench<'a, 'a>, sequence: &Sequence) -> Self {
        let column = |name: &String| bench.columns.get(name).map(Arc::as_ref);
        Self {
            requests: bench.requests,
            masks: sequence.steps.iter().map(|step| bench.masks.get(step)).collect(),
            same: sequence.same.iter().filter_map(column).collect(),
            differs: sequence.differs.iter().filter_map(column).collect(),
            within: sequence.within,
        }
    }
}

/// Completed, non-overlapping runs through the steps, each within the allowed time of its first step.
///
/// Steps at one and the same time count as in order only when the log has them in that order of lines; logs with
/// whole seconds can therefore miss a sequence, never invent one across different seconds.
pub fn count(steps: &Steps<'_>, rows: &[u32]) -> u64 {
    let mut completed = 0;
    let mut from = 0;
    while from < rows.len() {
        match run(steps, &rows[from..]) {
            Some(used) => {
                completed += 1;
                from += used;
            }
            None => from += 1,
        }
    }
    completed
}

/// How many rows a run that starts at the first row takes up to its last step, if it gets there.
fn run(steps: &Steps<'_>, rows: &[u32]) -> Option<usize> {
    let holds = |step: usize, row: u32| steps.masks[step].contains(row as usize);
    let ts = |row: u32| steps.requests.facts.ts(row as usize);
    let &first = rows.first()?;
    if !holds(0, first) {
        return None;
    }
    let start = ts(first)?;
    let mut step = 1;
    for (at, &row) in rows.iter().enumerate().skip(1) {
        if ts(row)? - start > steps.within {
            return None;
        }
        let same = steps.same.iter().all(|column| column.at(row) == column.at(first));
        if !same || !holds(step, row) {
            continue;
        }
        let last = step + 1 == steps.masks.len();
        let differs = steps.differs.is_empty() || steps.differs.iter().any(|column| column.at(row) != column.at(first));
        if last && differs {
            return Some(at + 1);
        }
        if !last {
            step += 1;
        }
    }
    None
}
