//! The answer that several operations of one address share: `{"data":null}`, the body of an error in a 200.
//!
//! In: the 2xx of the operations of one path. Out: sizes that carry nothing on any of them.
//!
//! What two operations give differs in size; what neither gives does not. A size is shared where it is the least that
//! [`OPERATIONS`] operations answer, [`ROWS`] times each at least, while each of them answers otherwise as well, and no two
//! of them alike (a tenth apart).

use std::collections::BTreeMap;

/// Operations whose least answer it must be.
const OPERATIONS: usize = 3;
/// Times that each answers so.
const ROWS: usize = 5;

/// The 2xx of one operation.
pub struct Operation {
    /// The least size, and how often it is answered.
    least: (i64, usize),
    /// The median of the other sizes.
    other: i64,
}

impl Operation {
    /// What an operation answers; `None` where all its answers are of one size. Sizes of nothing are no body.
    pub fn of(sizes: impl Iterator<Item = i64>) -> Option<Self> {
        let mut sizes: Vec<i64> = sizes.filter(|&size| size > 0).collect();
        sizes.sort_unstable();
        let least = *sizes.first()?;
        let count = sizes.partition_point(|&size| size == least);
        let others = &sizes[count..];
        let other = *others.get(others.len() / 2)?;
        Some(Self { least: (least, count), other })
    }
}

/// The sizes that operations of one path share.
pub fn shared(operations: &[Operation]) -> Vec<i64> {
    let mut by_size: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for operation in operations.iter().filter(|operation| operation.least.1 >= ROWS) {
        by_size.entry(operation.least.0).or_default().push(operation.other);
    }
    let apart = |others: &mut Vec<i64>| {
        others.sort_unstable();
        others.dedup_by(|next, before| *next * 10 <= *before * 11);
        others.len() >= OPERATIONS
    };
    by_size.into_iter().filter_map(|(size, mut others)| apart(&mut others).then_some(size)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operation(least: i64, count: usize, other: i64) -> Option<Operation> {
        Operation::of(std::iter::repeat_n(least, count).chain([other, other + 1, other + 2, 0]))
    }

    #[test]
    fn what_three_operations_answer_least_is_nothing() {
        let of = |all: &[(i64, usize, i64)]| {
            let operations: Vec<Operation> = all.iter().filter_map(|&(a, b, c)| operation(a, b, c)).collect();
            shared(&operations)
        };
        assert_eq!(of(&[(71, 5, 212), (71, 9, 640), (71, 6, 5_000), (64, 50, 900)]), [71]);
        assert!(of(&[(71, 5, 212), (71, 9, 640), (71, 4, 5_000)]).is_empty(), "four times is too few");
        assert!(of(&[(71, 5, 212), (71, 9, 215), (71, 6, 220)]).is_empty(), "they all answer alike");
        assert!(of(&[(71, 5, 212), (71, 9, 640), (64, 6, 5_000)]).is_empty());
        assert!(Operation::of([64, 64, 0].into_iter()).is_none());
    }
}
