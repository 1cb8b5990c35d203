//! Rows put together by key, each group's rows in total order.

use super::columns::Codes;
use crate::requests::Requests;
use crate::rule::Within;
use foldhash::fast::FixedState;
use hashbrown::HashMap;

/// Groups of rows. Group `g` has the key `keys[g * width..]` and the rows `rows[starts[g]..starts[g + 1]]`.
#[derive(Default)]
pub struct Groups {
    /// Columns in a key.
    pub width: usize,
    /// Keys, one after another.
    pub keys: Vec<u32>,
    /// Where the rows of each group start; one more than there are groups.
    pub starts: Vec<u32>,
    /// Row numbers.
    pub rows: Vec<u32>,
}

impl Groups {
    /// How many groups there are.
    pub fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// The rows of a group, in total order.
    pub fn rows(&self, group: usize) -> &[u32] {
        &self.rows[self.starts[group] as usize..self.starts[group + 1] as usize]
    }

    /// The key of a group.
    pub fn key(&self, group: usize) -> &[u32] {
        &self.keys[group * self.width..(group + 1) * self.width]
    }
}

/// Groups `rows` (in total order) by `columns`; rows without a value in one of them are left out.
pub fn group(columns: &[Codes<'_>], rows: impl Iterator<Item = u32>) -> Groups {
    let width = columns.len();
    let mut index: HashMap<u64, u32, FixedState> = HashMap::default();
    // Keys of more than two columns are folded two by two; each fold has a table of its own.
    let mut folds: Vec<HashMap<u64, u32, FixedState>> = vec![HashMap::default(); width.saturating_sub(2)];
    let mut groups = Groups { width, ..Groups::default() };
    let mut members: Vec<(u32, u32)> = Vec::new();
    let mut counts: Vec<u32> = Vec::new();
    let mut codes = vec![0_u32; width];
    'rows: for row in rows {
        for (code, column) in codes.iter_mut().zip(columns) {
            *code = column.at(row);
            if *code == 0 {
                continue 'rows;
            }
        }
        let mut folded = codes.first().copied().unwrap_or(0);
        let last = codes.last().copied().unwrap_or(0);
        for (fold, &code) in folds.iter_mut().zip(codes.iter().skip(1)) {
            let next = fold.len() as u32;
            folded = *fold.entry(u64::from(folded) << 32 | u64::from(code)).or_insert(next);
        }
        let next = counts.len() as u32;
        let group = *index.entry(u64::from(folded) << 32 | u64::from(last)).or_insert(next);
        if group == next {
            counts.push(0);
            groups.keys.extend_from_slice(&codes);
        }
        counts[group as usize] += 1;
        members.push((group, row));
    }
    let mut start = 0;
    groups.starts = std::iter::once(0)
        .chain(counts.iter().map(|&count| {
            start += count;
            start
        }))
        .collect();
    let mut next: Vec<u32> = groups.starts.clone();
    groups.rows = vec![0; members.len()];
    for (group, row) in members {
        let slot = &mut next[group as usize];
        groups.rows[*slot as usize] = row;
        *slot += 1;
    }
    groups
}

/// Gives the pieces of a group's rows, as ranges.
type Cutter<'a> = Box<dyn Fn(&[u32]) -> Vec<(usize, usize)> + 'a>;

/// Cuts groups into the windows that a rule asks for.
pub fn cut(groups: Groups, within: Within, requests: &Requests) -> Groups {
    let ts = |row: u32| requests.facts.ts(row as usize).unwrap_or(i64::MIN);
    let pieces: Cutter<'_> = match within {
        Within::WholeLog | Within::Calendar(_) => return groups,
        Within::Session(gap) => Box::new(move |rows| sessions(rows, gap, &ts)),
        Within::Sliding(length) => Box::new(move |rows| vec![busiest_window(rows, length, &ts)]),
    };
    let mut out = Groups { width: groups.width, starts: vec![0], ..Groups::default() };
    for group in 0..groups.len() {
        let rows = groups.rows(group);
        for (from, until) in pieces(rows) {
            out.keys.extend_from_slice(groups.key(group));
            out.rows.extend_from_slice(&rows[from..until]);
            out.starts.push(out.rows.len() as u32);
        }
    }
    out
}

/// Runs of rows with no pause longer than `gap`.
fn sessions(rows: &[u32], gap: i64, ts: &dyn Fn(u32) -> i64) -> Vec<(usize, usize)> {
    let mut pieces = Vec::new();
    let mut from = 0;
    for at in 1..=rows.len() {
        if at == rows.len() || ts(rows[at]).saturating_sub(ts(rows[at - 1])) > gap {
            pieces.push((from, at));
            from = at;
        }
    }
    pieces
}

/// The half-open window of `length` that holds the most rows; the earliest of equals.
fn busiest_window(rows: &[u32], length: i64, ts: &dyn Fn(u32) -> i64) -> (usize, usize) {
    let (mut best, mut from) = ((0, 0), 0);
    for at in 0..rows.len() {
        while ts(rows[at]).saturating_sub(ts(rows[from])) >= length {
            from += 1;
        }
        if at + 1 - from > best.1 - best.0 {
            best = (from, at + 1);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_are_cut_at_pauses_and_windows_hold_the_most() {
        let times = [0_i64, 1, 2, 10, 11, 30];
        let ts = |row: u32| times[row as usize];
        let rows: Vec<u32> = (0..6).collect();
        assert_eq!(sessions(&rows, 5, &ts), vec![(0, 3), (3, 5), (5, 6)]);
        assert_eq!(busiest_window(&rows, 3, &ts), (0, 3));
        assert_eq!(busiest_window(&rows, 12, &ts), (0, 5));
        assert_eq!(sessions(&[], 5, &ts), vec![]);
    }

    proptest::proptest! {
        #[test]
        fn like_a_sorted_map(rows in proptest::collection::vec((0_u32..4, 0_u32..4, 0_u32..4), 0..60)) {
            let column = |pick: fn(&(u32, u32, u32)) -> u32| Codes::Made(rows.iter().map(pick).collect());
            let columns = [column(|row| row.0), column(|row| row.1), column(|row| row.2)];
            let groups = group(&columns, 0..rows.len() as u32);
            let mut expected: std::collections::BTreeMap<Vec<u32>, Vec<u32>> = std::collections::BTreeMap::new();
            for (row, &(a, b, c)) in rows.iter().enumerate().filter(|(_, row)| row.0 * row.1 * row.2 != 0) {
                expected.entry(vec![a, b, c]).or_default().push(row as u32);
            }
            let got: std::collections::BTreeMap<Vec<u32>, Vec<u32>> =
                (0..groups.len()).map(|g| (groups.key(g).to_vec(), groups.rows(g).to_vec())).collect();
            proptest::prop_assert_eq!(got, expected);
        }
    }
}
