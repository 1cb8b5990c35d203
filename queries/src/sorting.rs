//! Requests in the order of a column.
//!
//! In: rows in total order, and what to sort by. Out: the same row numbers, sorted; rows that are alike stay in total
//! order, and those without a value come last whichever way it goes.
//!
//! Distinct texts are sorted once and stand for their rows by rank. Rows are then dealt out by the digits of their
//! rank or number, least significant first, so that a sort takes a few passes and two lists of row numbers, whatever the
//! table holds.

use crate::frame::{TextValues, Values, values};
use crate::requests::Requests;

/// What to sort by.
pub enum Key<'a> {
    /// The first of these columns in which a row has a value; several have to be text.
    Columns(&'a [&'a str]),
    /// A number of each row; 0 is none.
    Numbers(&'a [u8]),
}

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// The least, the earliest, or what comes first by its bytes, first.
    Up,
    /// The other way round.
    Down,
}

/// Digits that rows are dealt out by.
const BITS: u32 = 16;
const DIGITS: usize = 1 << BITS;

/// Rows, or texts, that are worked on between two looks at whether to stop.
const STRIDE: usize = 1 << 16;

/// Sorts rows that stand in total order; `None` where `stopped` says so meanwhile.
pub fn sort(
    requests: &Requests,
    rows: &[u32],
    key: &Key<'_>,
    way: Way,
    stopped: &dyn Fn() -> bool,
) -> Option<Vec<u32>> {
    match key {
        Key::Numbers(numbers) => {
            let number = |row: u32| numbers.get(row as usize).map(|&n| i64::from(n)).filter(|&n| n > 0);
            by_number(rows, &number, way, stopped)
        }
        Key::Columns(names) => {
            let mut texts = Vec::new();
            for name in *names {
                match values(requests, name) {
                    Some(Values::Text(column)) => texts.push(column),
                    Some(Values::Number(number) | Values::Time(number)) => {
                        return by_number(rows, &|row| number(row as usize), way, stopped);
                    }
                    None => {}
                }
            }
            let ranks = Ranks::new(&texts, rows, stopped)?;
            by_number(rows, &|row| ranks.of(&texts, row), way, stopped)
        }
    }
}

/// Whether a row has a value to be sorted by.
pub fn has_value(requests: &Requests, row: u32, key: &Key<'_>) -> bool {
    match key {
        Key::Numbers(numbers) => numbers.get(row as usize).is_some_and(|&n| n > 0),
        Key::Columns(names) => names.iter().any(|name| match values(requests, name) {
            Some(Values::Text(column)) => column.value(column.code(row as usize)).is_some(),
            Some(Values::Number(number) | Values::Time(number)) => number(row as usize).is_some(),
            None => false,
        }),
    }
}

/// The ranks of the distinct values of text columns.
struct Ranks(Vec<Vec<u32>>);

impl Ranks {
    /// Only values that rows have are sorted: a scope may hold few of very many.
    fn new(texts: &[TextValues<'_>], rows: &[u32], stopped: &dyn Fn() -> bool) -> Option<Self> {
        let mut ranks: Vec<Vec<u32>> = texts.iter().map(|column| vec![0; column.codes()]).collect();
        let mut distinct: Vec<(u32, u32)> = Vec::new();
        for part in rows.chunks(STRIDE) {
            if stopped() {
                return None;
            }
            for &row in part {
                for ((column, ranks), at) in texts.iter().zip(&mut ranks).zip(0..) {
                    let code = column.code(row as usize);
                    let Some(rank) = ranks.get_mut(code as usize) else { continue };
                    // Any number but 0 says that the value is known already.
                    if *rank == 0 && column.value(code).is_some() {
                        *rank = 1;
                        distinct.push((at, code));
                    }
                    if *rank > 0 {
                        break;
                    }
                }
            }
        }
        let value = |&(at, code): &(u32, u32)| texts.get(at as usize).and_then(|column| column.value(code));
        let distinct = merged(distinct, &|one, other| value(one).cmp(&value(other)), stopped)?;
        let mut rank = 0;
        let mut before = None;
        for of in &distinct {
            let here = value(of);
            if here != before {
                rank += 1;
                before = here;
            }
            let (at, code) = *of;
            if let Some(slot) = ranks.get_mut(at as usize).and_then(|ranks| ranks.get_mut(code as usize)) {
                *slot = rank;
            }
        }
        Some(Self(ranks))
    }

    fn of(&self, texts: &[TextValues<'_>], row: u32) -> Option<i64> {
        let rank = |(column, ranks): (&TextValues<'_>, &Vec<u32>)| {
            ranks.get(column.code(row as usize) as usize).copied().filter(|&rank| rank > 0)
        };
        texts.iter().zip(&self.0).find_map(rank).map(i64::from)
    }
}

/// Sorts by runs that are merged, with a look at whether to stop after each.
fn merged<T: Copy>(
    mut items: Vec<T>,
    compare: &dyn Fn(&T, &T) -> std::cmp::Ordering,
    stopped: &dyn Fn() -> bool,
) -> Option<Vec<T>> {
    for run in items.chunks_mut(STRIDE) {
        if stopped() {
            return None;
        }
        run.sort_by(compare);
    }
    let mut width = STRIDE;
    let mut other = Vec::with_capacity(items.len());
    while width < items.len() {
        other.clear();
        for pair in items.chunks(width * 2) {
            let (mut left, mut right) = pair.split_at(width.min(pair.len()));
            while let ([one, rest @ ..], [two, others @ ..]) = (left, right) {
                if compare(two, one).is_lt() {
                    other.push(*two);
                    right = others;
                } else {
                    other.push(*one);
                    left = rest;
                }
                if other.len() % STRIDE == 0 && stopped() {
                    return None;
                }
            }
            other.extend_from_slice(left);
            other.extend_from_slice(right);
        }
        std::mem::swap(&mut items, &mut other);
        width *= 2;
    }
    Some(items)
}

/// Deals rows out by the digits of a number, least significant first; those without one come last.
fn by_number(
    rows: &[u32],
    number: &dyn Fn(u32) -> Option<i64>,
    way: Way,
    stopped: &dyn Fn() -> bool,
) -> Option<Vec<u32>> {
    let mut sorted = Vec::with_capacity(rows.len());
    let mut without = Vec::new();
    let (mut least, mut most) = (i64::MAX, i64::MIN);
    for part in rows.chunks(STRIDE) {
        if stopped() {
            return None;
        }
        for &row in part {
            match number(row) {
                Some(number) => {
                    (least, most) = (least.min(number), most.max(number));
                    sorted.push(row);
                }
                None => without.push(row),
            }
        }
    }
    // The difference of two i64 fits a u64, whatever their signs.
    let place = |row: u32| match (number(row), way) {
        (Some(number), Way::Up) => number.wrapping_sub(least) as u64,
        (Some(number), Way::Down) => most.wrapping_sub(number) as u64,
        (None, _) => 0,
    };
    let span = if sorted.is_empty() { 0 } else { most.wrapping_sub(least) as u64 };
    let mut dealt = vec![0; sorted.len()];
    let mut shift = 0;
    while shift < u64::BITS && span >> shift > 0 {
        let digit = |row: u32| (place(row) >> shift) as usize & (DIGITS - 1);
        deal(&sorted, &mut dealt, &digit, stopped)?;
        std::mem::swap(&mut sorted, &mut dealt);
        shift += BITS;
    }
    sorted.append(&mut without);
    Some(sorted)
}

/// Deals rows out by one digit, in their order.
fn deal(from: &[u32], to: &mut [u32], digit: &dyn Fn(u32) -> usize, stopped: &dyn Fn() -> bool) -> Option<()> {
    let mut next = vec![0_usize; DIGITS];
    for part in from.chunks(STRIDE) {
        if stopped() {
            return None;
        }
        for &row in part {
            next[digit(row)] += 1;
        }
    }
    let mut start = 0;
    for count in &mut next {
        start += std::mem::replace(count, start);
    }
    for part in from.chunks(STRIDE) {
        if stopped() {
            return None;
        }
        for &row in part {
            let place = &mut next[digit(row)];
            to[*place] = row;
            *place += 1;
        }
    }
    Some(())
}

#[cfg(test)]
mod tests;
