//! Ordered steps within a group.

use super::measuring::Bench;
use crate::rule::Sequence;

/// Completed, non-overlapping runs through the steps, each within the allowed time of its first step.
///
/// Steps at one and the same time count as in order only when the log has them in that order of lines; logs with
/// whole seconds can therefore miss a sequence, never invent one across different seconds.
pub fn count(bench: &Bench<'_, '_>, sequence: &Sequence, rows: &[u32]) -> u64 {
    let mut completed = 0;
    let mut from = 0;
    while from < rows.len() {
        match run(bench, sequence, &rows[from..]) {
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
fn run(bench: &Bench<'_, '_>, sequence: &Sequence, rows: &[u32]) -> Option<usize> {
    let holds = |step: usize, row: u32| bench.masks.get(&sequence.steps[step]).contains(row as usize);
    let code = |column: &String, row: u32| bench.columns.get(column).map_or(0, |codes| codes.at(row));
    let &first = rows.first()?;
    if !holds(0, first) {
        return None;
    }
    let start = bench.requests.facts.ts(first as usize)?;
    let mut step = 1;
    for (at, &row) in rows.iter().enumerate().skip(1) {
        if bench.requests.facts.ts(row as usize)? - start > sequence.within {
            return None;
        }
        let same = sequence.same.iter().all(|column| code(column, row) == code(column, first));
        if !same || !holds(step, row) {
            continue;
        }
        let last = step + 1 == sequence.steps.len();
        let differs = sequence.differs.is_empty()
            || sequence.differs.iter().any(|column| code(column, row) != code(column, first));
        if last && differs {
            return Some(at + 1);
        }
        if !last {
            step += 1;
        }
    }
    None
}
