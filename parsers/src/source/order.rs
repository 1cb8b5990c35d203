//! The order of names: runs of digits compare as numbers, everything else by bytes.
//!
//! So `access.log.2` comes before `access.log.10`, and a rotation set is `access.log`, `.1`, `.2`, …, newest first.
//! Only numbering and ties depend on it: rows are put in order by their time.

use std::cmp::Ordering;

/// Compares two names. Names that differ are never equal: `a01` and `a1` fall back to bytes.
pub fn natural(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let Some(differ) = a.iter().zip(b).position(|(a, b)| a != b) else { return a.len().cmp(&b.len()) };
    // The number in which they differ may have begun before.
    let before = a[..differ].iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let (mut rest_a, mut rest_b) = (&a[differ - before..], &b[differ - before..]);
    loop {
        let (number_a, number_b) = (digits(rest_a), digits(rest_b));
        if number_a.is_empty() || number_b.is_empty() {
            match (rest_a.split_first(), rest_b.split_first()) {
                (Some((first_a, after_a)), Some((first_b, after_b))) if first_a == first_b => {
                    (rest_a, rest_b) = (after_a, after_b);
                    continue;
                }
                (Some((first_a, _)), Some((first_b, _))) => return first_a.cmp(first_b),
                (None, None) => return a.cmp(b),
                (first, _) => return if first.is_none() { Ordering::Less } else { Ordering::Greater },
            }
        }
        (rest_a, rest_b) = (&rest_a[number_a.len()..], &rest_b[number_b.len()..]);
        let (number_a, number_b) = (unpadded(number_a), unpadded(number_b));
        match number_a.len().cmp(&number_b.len()).then_with(|| number_a.cmp(number_b)) {
            Ordering::Equal => {}
            other => return other,
        }
    }
}

fn digits(text: &[u8]) -> &[u8] {
    &text[..text.iter().take_while(|byte| byte.is_ascii_digit()).count()]
}

fn unpadded(number: &[u8]) -> &[u8] {
    &number[number.iter().take_while(|&&digit| digit == b'0').count()..]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rotation_sets_stand_in_order() {
        let expected = [
            "access.log",
            "access.log.1",
            "access.log.2.gz",
            "access.log.9",
            "access.log.10",
            "access.log.0100",
            "access.log-20240311",
            "access.log-20240312",
        ];
        let mut names = expected;
        names.reverse();
        names.sort_by(|a, b| natural(a, b));
        // By bytes `-` comes before `.`.
        assert_eq!(names[..2], ["access.log", "access.log-20240311"]);
        assert_eq!(names[3..], expected[1..6]);
    }

    #[test]
    fn a_number_counts_from_its_first_digit() {
        assert_eq!(natural("a12", "a13"), Ordering::Less);
        assert_eq!(natural("a19", "a2"), Ordering::Greater);
        assert_eq!(natural("a1", "a01"), Ordering::Greater);
        assert_eq!(natural("a01b", "a1a"), Ordering::Greater);
    }

    proptest! {
        #[test]
        fn it_is_an_order(a in "[a.0-2]{0,6}", b in "[a.0-2]{0,6}", c in "[a.0-2]{0,6}") {
            prop_assert_eq!(natural(&a, &b), natural(&b, &a).reverse());
            prop_assert_eq!(natural(&a, &b) == Ordering::Equal, a == b);
            if natural(&a, &b) != Ordering::Greater && natural(&b, &c) != Ordering::Greater {
                prop_assert_ne!(natural(&a, &c), Ordering::Greater);
            }
        }
    }
}
