//! Two modes of a number: one where nearly all values are the same, and one far from it.
//!
//! A page that says "nothing found" or "error" with 200 has one size, give or take what it repeats of the question; records
//! have many. The values are cut at the widest gap between neighbours, by ratio: (next + 1) / (value + 1), the first of
//! equals. There are two modes where that is 2 or more and one of the sides is tight: it spans 32 at most, or a twentieth of
//! its smallest value. The share is that of the tight side; of two tight sides, of the lower one. Where the gap is narrower,
//! or neither side is tight, all is one mode, and the share is 0.

/// Values under which a shape cannot be told.
const LEAST: usize = 20;

/// The share of the values in the tight mode, 0 where there are not two modes; `None` under 20 values. Sorts them.
pub fn two_mode_share(values: &mut [i64]) -> Option<f64> {
    if values.len() < LEAST {
        return None;
    }
    values.sort_unstable();
    let Some(cut) = widest_gap(values) else { return Some(0.0) };
    let (low, high) = values.split_at(cut);
    let part = [low, high].into_iter().find(|side| is_tight(side)).map_or(0, <[i64]>::len);
    Some(part as f64 / values.len() as f64)
}

/// Where the upper side begins, if the widest gap doubles the value.
fn widest_gap(sorted: &[i64]) -> Option<usize> {
    let one_more = |value: i64| i128::from(value.max(0)) + 1;
    let mut widest: Option<(i128, i128, usize)> = None;
    for (at, pair) in sorted.windows(2).enumerate() {
        let (below, above) = (one_more(pair[0]), one_more(pair[1]));
        // Ratios are compared by their products: whole numbers are exact.
        if above >= 2 * below && widest.is_none_or(|(low, high, _)| above * low > high * below) {
            widest = Some((below, above, at + 1));
        }
    }
    widest.map(|(.., cut)| cut)
}

fn is_tight(sorted: &[i64]) -> bool {
    let (first, last) = (sorted.first().copied().unwrap_or(0), sorted.last().copied().unwrap_or(0));
    last.saturating_sub(first) <= (first / 20).max(32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_page_among_records() {
        let empty = |n: i64| (0..n).map(|i| 52 + i % 9);
        let records = |n: i64| (0..n).map(|i| 900 + i * 37 % 700);
        let share = |values: Vec<i64>| two_mode_share(&mut values.clone());
        assert_eq!(share(empty(15).chain(records(15)).collect()), Some(0.5));
        assert_eq!(share(records(40).collect()), Some(0.0), "records alone");
        assert_eq!(share(empty(40).collect()), Some(0.0), "one page for everything");
        assert_eq!(share(empty(9).chain(records(10)).collect()), None, "nineteen tell nothing");
        // The page of an error may be larger than what is asked for.
        assert_eq!(share((0..30).map(|i| 60 + i * 3).chain([9_000; 10]).collect()), Some(0.25));
        assert_eq!(share([40; 10].into_iter().chain([200; 30]).collect()), Some(0.25), "of two tight sides the lower");
        assert_eq!(share((0..40).map(|i| 100 + i * i * i).collect()), Some(0.0), "neither side is tight");
    }

    proptest::proptest! {
        #[test]
        fn like_brute_force(values in proptest::collection::vec(proptest::prop_oneof![0_i64..20, 200_i64..300, 500_i64..4_000], 0..50)) {
            let mut sorted = values.clone();
            sorted.sort_unstable();
            let ratio = |cut: usize| (sorted[cut] + 1) as f64 / (sorted[cut - 1] + 1) as f64;
            let widest = (1..sorted.len()).map(ratio).fold(0.0_f64, f64::max);
            let cut = (1..sorted.len()).find(|&cut| ratio(cut) >= widest).filter(|_| widest >= 2.0);
            let tight = |side: &[i64]| side[side.len() - 1] - side[0] <= 32.max(side[0] / 20);
            let part = cut.map_or(0, |cut| match (tight(&sorted[..cut]), tight(&sorted[cut..])) {
                (true, _) => cut,
                (false, true) => sorted.len() - cut,
                (false, false) => 0,
            });
            let expected = (values.len() >= 20).then(|| part as f64 / values.len() as f64);
            proptest::prop_assert_eq!(two_mode_share(&mut values.clone()), expected);
        }
    }
}
