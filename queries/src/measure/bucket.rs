//! Leaky buckets: how full a bucket gets into which each row adds one and from which one leaks every so often.
//!
//! The recursion is `level = max(level - pause / leak, 0) + 1` (`CrowdSec`'s `leaky` scenarios, without an end of the bucket).
//! Its closed form needs no state: with i the number of the row from 0, x = i - t / leak, and the level is
//! x - min(x so far) + 1. Here x is held in microseconds, i · leak - t, so that the level is exact up to one division.
//!
//! A window of fixed length sees a burst that fits; a bucket also sees what goes on faster than it leaks, however long.

/// The highest level of a bucket from which one leaks every `leak` microseconds; `times` are in order.
///
/// Rows of equal time add up, so their order does not matter.
pub fn leaky(times: impl Iterator<Item = i64>, leak: i64) -> Option<f64> {
    let leak = i128::from(leak.max(1));
    let (mut least, mut highest) = (i128::MAX, None);
    for (number, time) in times.enumerate() {
        let x = number as i128 * leak - i128::from(time);
        least = least.min(x);
        highest = highest.max(Some(x - least + leak));
    }
    highest.map(|highest| highest as f64 / leak as f64)
}

/// The same for a bucket into which each value goes once, when it is first seen; `visits` are `(time, code)` in order of
/// time, without rows that have no value.
pub fn leaky_unique(visits: &[(i64, u32)], leak: i64) -> Option<f64> {
    let mut seen: hashbrown::HashSet<u32, foldhash::fast::FixedState> = hashbrown::HashSet::default();
    leaky(visits.iter().filter(|visit| seen.insert(visit.1)).map(|visit| visit.0), leak)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The recursion, in microseconds.
    fn recursion(times: &[i64], leak: i64) -> Option<f64> {
        let (mut level, mut before, mut highest) = (0_i64, i64::MIN, None);
        for &time in times {
            level = (level - time.saturating_sub(before)).max(0) + leak;
            before = time;
            highest = highest.max(Some(level));
        }
        highest.map(|level| level as f64 / leak as f64)
    }

    #[test]
    fn what_leaks_as_fast_as_it_fills_never_rises() {
        assert_eq!(leaky([0, 10, 20, 30].into_iter(), 10), Some(1.0));
        assert_eq!(leaky([0, 5, 10, 15].into_iter(), 10), Some(2.5));
        assert_eq!(leaky([7; 4].into_iter(), 10), Some(4.0));
        assert_eq!(leaky([].into_iter(), 10), None);
        assert_eq!(leaky_unique(&[(0, 1), (1, 1), (2, 2)], 10), Some(1.8));
    }

    proptest::proptest! {
        #[test]
        fn the_closed_form_is_the_recursion(mut visits in proptest::collection::vec((0_i64..200, 1_u32..9), 0..60), leak in 1_i64..30) {
            visits.sort_unstable_by_key(|visit| visit.0);
            let times: Vec<i64> = visits.iter().map(|visit| visit.0).collect();
            proptest::prop_assert_eq!(leaky(times.iter().copied(), leak), recursion(&times, leak));
            let first = |code: u32| visits.iter().find(|visit| visit.1 == code).map(|visit| visit.0);
            let mut firsts: Vec<i64> = (1..9).filter_map(first).collect();
            firsts.sort_unstable();
            proptest::prop_assert_eq!(leaky_unique(&visits, leak), recursion(&firsts, leak));
        }
    }
}
