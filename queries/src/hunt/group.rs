//! Rows put together by key, each group's rows in total order.

use super::columns::Codes;
use crate::postings::Postings;
use crate::requests::Requests;
use crate::rule::Within;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use std::sync::Arc;

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

    /// Bytes of memory held.
    pub fn bytes(&self) -> usize {
        (self.keys.len() + self.starts.len() + self.rows.len()) * size_of::<u32>()
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

/// Which group of equal values in some columns each row falls into.
pub struct KeyIndex {
    /// Columns in a key.
    pub width: usize,
    /// Number of each row's group, from 1; 0 where one of the columns has no value.
    pub of_row: Vec<u32>,
    /// Keys by number less one, one after another.
    pub keys: Vec<u32>,
}

impl KeyIndex {
    /// How many groups there are.
    pub fn len(&self) -> usize {
        self.keys.len() / self.width.max(1)
    }

    /// Bytes of memory held.
    pub fn bytes(&self) -> usize {
        (self.of_row.len() + self.keys.len()) * size_of::<u32>()
    }

    /// Tells the groups apart by another column.
    fn fold(&mut self, column: &Codes<'_>) {
        let (done, keys) = (self.width, std::mem::take(&mut self.keys));
        self.width += 1;
        let mut next_keys: Vec<u32> = Vec::new();
        let mut numbers: u32 = 0;
        let mut fresh = |before: u32, code: u32| {
            let at = (before as usize - 1) * done;
            next_keys.extend_from_slice(&keys[at..at + done]);
            next_keys.push(code);
            numbers += 1;
            numbers
        };
        let rows = self.of_row.len();
        if let (Codes::Same(code @ 1..), 0) = (column, done) {
            // All rows are of one group already.
            if rows > 0 {
                fresh(1, *code);
            }
            self.keys = next_keys;
            return;
        }
        let known = keys.len().checked_div(done).unwrap_or(1);
        let widest = column.widest(rows) as usize + 1;
        if known.saturating_mul(widest) <= rows.saturating_mul(4).max(1 << 16) {
            let mut table = vec![0_u32; known * widest];
            self.renumber(column, |number, code| {
                let slot = &mut table[(number as usize - 1) * widest + code as usize];
                if *slot == 0 {
                    *slot = fresh(number, code);
                }
                *slot
            });
        } else {
            let mut table: HashMap<u64, u32, FixedState> = HashMap::default();
            self.renumber(column, |number, code| {
                let pair = u64::from(number) << 32 | u64::from(code);
                *table.entry(pair).or_insert_with(|| fresh(number, code))
            });
        }
        // Indices are kept: what growing left over goes back.
        next_keys.shrink_to_fit();
        self.keys = next_keys;
    }

    /// Gives every row that has a number and a code the number of both together; the others lose theirs.
    fn renumber(&mut self, column: &Codes<'_>, mut of_both: impl FnMut(u32, u32) -> u32) {
        let mut one = |number: &mut u32, code: u32| {
            *number = if *number == 0 || code == 0 { 0 } else { of_both(*number, code) };
        };
        match column {
            Codes::Table(codes) => self.of_row.iter_mut().zip(*codes).for_each(|(number, &code)| one(number, code)),
            Codes::Made(codes) => self.of_row.iter_mut().zip(codes).for_each(|(number, &code)| one(number, code)),
            _ => self.of_row.iter_mut().zip(0..).for_each(|(number, row)| one(number, column.at(row))),
        }
    }

    /// The key of the group with a number, from 1.
    pub fn key(&self, number: u32) -> &[u32] {
        let at = number as usize - 1;
        &self.keys[at * self.width..(at + 1) * self.width]
    }
}

/// Numbers the groups of equal values in `columns` over all rows, by first appearance.
///
/// Columns are folded in one after another. Where the pairs of numbers so far and codes are few enough a plain table
/// finds them, else a hash table. `begun` has the groups by the first of the columns.
pub fn key_index(begun: Option<&KeyIndex>, columns: &[Arc<Codes<'_>>], rows: usize) -> KeyIndex {
    let mut index = match begun {
        Some(begun) => KeyIndex { of_row: begun.of_row.clone(), keys: begun.keys.clone(), ..*begun },
        None => KeyIndex { width: 0, of_row: vec![1; rows], keys: Vec::new() },
    };
    for column in &columns[index.width..] {
        index.fold(column);
    }
    index
}

/// Groups `rows` (in total order) by their numbers; rows without one are left out.
pub fn group_by_index(index: &KeyIndex, rows: &[u32]) -> Groups {
    let mut groups = Groups { width: index.width, ..Groups::default() };
    let mut counts: Vec<u32> = Vec::new();
    let mut numbers = vec![0_u32; index.len() + 1];
    for &row in rows {
        let number = index.of_row[row as usize];
        if number == 0 {
            continue;
        }
        let group = &mut numbers[number as usize];
        if *group == 0 {
            counts.push(0);
            *group = counts.len() as u32;
            groups.keys.extend_from_slice(index.key(number));
        }
        counts[*group as usize - 1] += 1;
    }
    lay_out(
        &mut groups,
        &counts,
        rows.iter().filter_map(|&row| {
            let number = index.of_row[row as usize];
            (number != 0).then(|| (numbers[number as usize] - 1, row))
        }),
    );
    groups
}

/// Puts rows, each with its group, behind one another group by group.
fn lay_out(groups: &mut Groups, counts: &[u32], members: impl Iterator<Item = (u32, u32)>) {
    let Postings { starts, items } = Postings::of_counts(counts, members);
    (groups.starts, groups.rows) = (starts, items);
}

/// Groups `rows` (in total order) by `columns`; rows without a value in one of them are left out.
pub fn group(columns: &[Arc<Codes<'_>>], rows: impl Iterator<Item = u32>) -> Groups {
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
    lay_out(&mut groups, &counts, members.into_iter());
    groups
}

/// Gives the pieces of a group's rows, as ranges.
type Cutter<'a> = Box<dyn Fn(&[u32]) -> Vec<(usize, usize)> + 'a>;

/// Cuts groups into the windows that a rule asks for; `None` where they stay as they are.
pub fn cut(groups: &Groups, within: Within, requests: &Requests) -> Option<Groups> {
    let ts = |row: u32| requests.facts.ts(row as usize).unwrap_or(i64::MIN);
    let pieces: Cutter<'_> = match within {
        Within::WholeLog | Within::Calendar(_) => return None,
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
    Some(out)
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
        fn like_a_sorted_map(
            rows in proptest::collection::vec((0_u32..4, 0_u32..4, 0_u32..4), 0..60),
            begun in 0_usize..4,
        ) {
            let column = |pick: fn(&(u32, u32, u32)) -> u32| Arc::new(Codes::Made(rows.iter().map(pick).collect()));
            let columns = [column(|row| row.0), column(|row| row.1), column(|row| row.2)];
            let groups = group(&columns, 0..rows.len() as u32);
            let mut expected: std::collections::BTreeMap<Vec<u32>, Vec<u32>> = std::collections::BTreeMap::new();
            for (row, &(a, b, c)) in rows.iter().enumerate().filter(|(_, row)| row.0 * row.1 * row.2 != 0) {
                expected.entry(vec![a, b, c]).or_default().push(row as u32);
            }
            let got: std::collections::BTreeMap<Vec<u32>, Vec<u32>> =
                (0..groups.len()).map(|g| (groups.key(g).to_vec(), groups.rows(g).to_vec())).collect();
            proptest::prop_assert_eq!(&got, &expected);
            let all: Vec<u32> = (0..rows.len() as u32).collect();
            let begun = key_index(None, &columns[..begun], rows.len());
            let numbered = group_by_index(&key_index(Some(&begun), &columns, rows.len()), &all);
            proptest::prop_assert_eq!((numbered.keys, numbered.starts, numbered.rows), (groups.keys, groups.starts, groups.rows));
        }
    }
}
