//! Which of many like files are opened: the first, the last, and others evenly between them.

/// At most `most` of the numbers below `count`, in order; the first and the last are among them where two may be.
pub(super) fn spread(count: usize, most: usize) -> Vec<usize> {
    if count <= most {
        return (0..count).collect();
    }
    match most {
        0 => Vec::new(),
        1 => vec![0],
        _ => (0..most).map(|at| at * (count - 1) / (most - 1)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_is_bounded_sorted_and_holds_both_ends(count in 0usize..5_000, most in 2usize..300) {
            let chosen = spread(count, most);
            prop_assert_eq!(chosen.len(), count.min(most));
            prop_assert!(chosen.windows(2).all(|pair| pair[0] < pair[1]));
            if count > 0 {
                prop_assert_eq!(chosen.first(), Some(&0));
                prop_assert_eq!(chosen.last(), Some(&(count - 1)));
            }
        }
    }

    #[test]
    fn one_or_none_may_be_asked_for() {
        assert_eq!(spread(9, 0), Vec::<usize>::new());
        assert_eq!(spread(9, 1), [0]);
        assert_eq!(spread(1, 1), [0]);
    }
}
