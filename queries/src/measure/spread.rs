//! How values spread: distinct values, the top one, medians.

/// Distinct values, 0 (absent) not counted. Sorts `codes`.
pub fn n_unique(codes: &mut Vec<u32>) -> u64 {
    codes.sort_unstable();
    codes.dedup();
    (codes.len() - usize::from(codes.first() == Some(&0))) as u64
}

/// Distinct pairs, pairs with an absent half not counted. Sorts `pairs`.
pub fn pairs(pairs: &mut Vec<u64>) -> u64 {
    pairs.retain(|pair| pair >> 32 != 0 && *pair as u32 != 0);
    pairs.sort_unstable();
    pairs.dedup();
    pairs.len() as u64
}

/// Rows with the most frequent value, of all rows that have one. Sorts `codes`.
pub fn top_share(codes: &mut Vec<u32>) -> Option<f64> {
    codes.retain(|&code| code != 0);
    codes.sort_unstable();
    let top = codes.chunk_by(|a, b| a == b).map(<[u32]>::len).max()?;
    Some(top as f64 / codes.len() as f64)
}

/// 1 minus distinct values over rows that have one. Sorts `codes`.
pub fn repeat_share(codes: &mut Vec<u32>) -> Option<f64> {
    codes.retain(|&code| code != 0);
    let all = codes.len();
    (all > 0).then(|| 1.0 - n_unique(codes) as f64 / all as f64)
}

/// The median; the lower one of two. Sorts `values`.
pub fn median(values: &mut [i64]) -> Option<i64> {
    values.sort_unstable();
    values.get(values.len().checked_sub(1)? / 2).copied()
}

/// The value at a quantile by nearest rank (`ceil(q * n)`), over sorted values.
pub fn quantile(sorted: &[f64], q: f64) -> Option<f64> {
    let rank = (q * sorted.len() as f64).ceil().max(1.0) as usize;
    sorted.get(rank.min(sorted.len()).checked_sub(1)?).copied()
}

/// The same over the values without some of them (`own`, sorted, each one of the values).
pub fn quantile_without(sorted: &[f64], own: &[f64], q: f64) -> Option<f64> {
    let left = sorted.len().checked_sub(own.len())?;
    let rank = (q * left as f64).ceil().max(1.0) as usize;
    let mut at = rank.min(left).checked_sub(1)?;
    // Each value left out that stands before the place moves it on by one; of equal values, any may be the one.
    for (before, value) in own.iter().enumerate() {
        let stands = sorted.partition_point(|other| other.total_cmp(value).is_lt());
        let equal = own[..before].iter().rev().take_while(|other| other.total_cmp(value).is_eq()).count();
        at += usize::from(stands + equal <= at);
    }
    sorted.get(at).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn like_brute_force(codes in proptest::collection::vec(0_u32..6, 0..40)) {
            let present: Vec<u32> = codes.iter().copied().filter(|&code| code != 0).collect();
            let set: std::collections::BTreeSet<u32> = present.iter().copied().collect();
            proptest::prop_assert_eq!(n_unique(&mut codes.clone()), set.len() as u64);
            let top = set.iter().map(|value| present.iter().filter(|&code| code == value).count()).max();
            proptest::prop_assert_eq!(top_share(&mut codes.clone()), top.map(|top| top as f64 / present.len() as f64));
            let repeat = (!present.is_empty()).then(|| 1.0 - set.len() as f64 / present.len() as f64);
            proptest::prop_assert_eq!(repeat_share(&mut codes.clone()), repeat);
            let mut twos: Vec<u64> = codes.windows(2).map(|pair| u64::from(pair[0]) << 32 | u64::from(pair[1])).collect();
            let expected: std::collections::BTreeSet<(u32, u32)> =
                codes.windows(2).filter(|pair| pair[0] != 0 && pair[1] != 0).map(|pair| (pair[0], pair[1])).collect();
            proptest::prop_assert_eq!(pairs(&mut twos), expected.len() as u64);
        }

        #[test]
        fn what_is_left_out_is_as_if_it_was_never_there(
            values in proptest::collection::vec((0_i8..9, proptest::bool::weighted(0.2)), 1..40),
            q in 0.0_f64..=1.0,
        ) {
            let sorted = |keep: &dyn Fn(bool) -> bool| {
                let mut kept: Vec<f64> =
                    values.iter().filter(|(_, own)| keep(*own)).map(|&(value, _)| f64::from(value)).collect();
                kept.sort_by(f64::total_cmp);
                kept
            };
            let (all, own, rest) = (sorted(&|_| true), sorted(&|own| own), sorted(&|own| !own));
            proptest::prop_assert_eq!(quantile_without(&all, &own, q), quantile(&rest, q));
        }

        #[test]
        fn middle_values(values in proptest::collection::vec(-50_i64..50, 1..40)) {
            let middle = median(&mut values.clone()).unwrap_or(0);
            let below = values.iter().filter(|&&value| value < middle).count();
            let above = values.iter().filter(|&&value| value > middle).count();
            proptest::prop_assert!(below < values.len().div_ceil(2) && above * 2 <= values.len());
            let mut sorted: Vec<f64> = values.iter().map(|&value| value as f64).collect();
            sorted.sort_by(f64::total_cmp);
            proptest::prop_assert_eq!(quantile(&sorted, 1.0), sorted.last().copied());
            proptest::prop_assert_eq!(quantile(&sorted, 0.0), sorted.first().copied());
        }
    }
}
