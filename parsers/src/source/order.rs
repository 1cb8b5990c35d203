//! The order of names: runs of digits compare as numbers, everything else by bytes.
//!
//! So `access.log.2` comes before `access.log.10`. A rotation set is read from its oldest file on: `access.log.10.gz`,
//! …, `access.log.1`, `access.log`, or `access.log-20240311`, `access.log-20240312`, `access.log`.
//! Only numbering and ties depend on it: rows are put in order by their time.

use std::cmp::{Ordering, Reverse};
use std::collections::HashSet;

/// Puts things into the order of their names, rotation sets from the oldest file on.
pub fn oldest_first<T>(all: &mut [T], name: impl Fn(&T) -> &str) {
    let names: HashSet<String> = all.iter().map(|one| name(one).to_owned()).collect();
    all.sort_by_cached_key(|one| Place::of(name(one), &names));
}

/// Where a name stands: with the live file that it was rotated from, if that is there too.
#[derive(PartialEq, Eq)]
struct Place {
    live: String,
    /// Dated files come first, then numbered ones, then the live one.
    age: (u8, Reverse<u64>),
    name: String,
}

impl Place {
    fn of(name: &str, names: &HashSet<String>) -> Self {
        let (live, age) = rotated(name, names).unwrap_or((name, (2, Reverse(0))));
        Self { live: live.to_owned(), age, name: name.to_owned() }
    }
}

impl Ord for Place {
    fn cmp(&self, other: &Self) -> Ordering {
        natural(&self.live, &other.live).then(self.age.cmp(&other.age)).then_with(|| natural(&self.name, &other.name))
    }
}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The live file of a rotated one, and how old the latter is: `live.N`, higher numbers older, or `live` with a date.
fn rotated<'n>(name: &'n str, names: &HashSet<String>) -> Option<(&'n str, (u8, Reverse<u64>))> {
    const COMPRESSED: [&str; 7] = [".gz", ".bz2", ".xz", ".zst", ".lz4", ".Z", ".zip"];
    let file = name.rfind(['/', '!']).map_or(0, |at| at + 1);
    let separators = name[file..].match_indices(['.', '-', '_']).map(|(at, _)| file + at).filter(|&at| at > file);
    let at = separators
        .into_iter()
        .find(|&at| name[at + 1..].starts_with(|c: char| c.is_ascii_digit()) && names.contains(&name[..at]))?;
    let suffix = &name[at + 1..];
    let suffix = COMPRESSED.iter().find_map(|end| suffix.strip_suffix(end)).unwrap_or(suffix);
    let is_number = name[at..].starts_with('.') && suffix.len() <= 4 && suffix.bytes().all(|b| b.is_ascii_digit());
    let age = if is_number { (1, Reverse(suffix.parse().ok()?)) } else { (0, Reverse(0)) };
    Some((&name[..at], age))
}

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
    fn rotation_sets_begin_with_their_oldest_file() {
        let expected = [
            "a/access.log-20240311.gz",
            "a/access.log-20240312",
            "a/access.log.10.gz",
            "a/access.log.9.gz",
            "a/access.log.1",
            "a/access.log",
            "a/error.log.1",
            "a/error.log",
            // Without the live file numbers may count either way.
            "a/part.1",
            "a/part.2",
            "b.tar!logs/x.log.2",
            "b.tar!logs/x.log.1",
            "b.tar!logs/x.log",
        ];
        let mut names = expected;
        names.reverse();
        oldest_first(&mut names, |name| name);
        assert_eq!(names, expected);
    }

    #[test]
    fn numbers_stand_in_order() {
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
