//! The shape of a walk through numeric ids.
//!
//! All take `(ts, id)` pairs in order of time. Ids with equal times are put in order of the id first, so that
//! logs with whole seconds give one answer whatever the order of lines within a second.

/// A request for a numeric object: time in microseconds and the id.
pub type Visit = (i64, i128);

/// Puts visits into the order in which shapes are measured.
pub fn settle(visits: &mut [Visit]) {
    visits.sort_unstable();
}

fn steps(visits: &[Visit]) -> impl Iterator<Item = i128> + '_ {
    visits.windows(2).map(|pair| pair[1].1 - pair[0].1)
}

/// Steps between successive ids that are 1 to `width` wide in either direction, of all steps.
///
/// `NULL` under two visits.
pub fn step_share(visits: &[Visit], width: i128) -> Option<f64> {
    let all = visits.len().checked_sub(1).filter(|&all| all > 0)?;
    let small = steps(visits).filter(|step| (1..=width).contains(&step.abs())).count();
    Some(small as f64 / all as f64)
}

/// Steps in the prevailing direction, of all steps that move: 0.5 for a random order, 1 for a steady climb.
///
/// `NULL` when nothing moves.
pub fn ascending_share(visits: &[Visit]) -> Option<f64> {
    let (mut up, mut down) = (0_u64, 0_u64);
    for step in steps(visits) {
        up += u64::from(step > 0);
        down += u64::from(step < 0);
    }
    (up + down > 0).then(|| up.max(down) as f64 / (up + down) as f64)
}

/// Longest run of successive ids with one constant step other than zero, counted in ids.
pub fn longest_run(visits: &[Visit]) -> Option<f64> {
    if visits.is_empty() {
        return None;
    }
    let (mut best, mut length, mut last) = (1_u64, 1_u64, 0_i128);
    for step in steps(visits) {
        length = if step != 0 && step == last { length + 1 } else { 1 + u64::from(step != 0) };
        last = step;
        best = best.max(length);
    }
    Some(best as f64)
}

/// Distinct ids over the width of their range (`max - min + 1`): 1 when every id in the range was asked for.
pub fn density(visits: &[Visit]) -> Option<f64> {
    let mut ids: Vec<i128> = visits.iter().map(|visit| visit.1).collect();
    ids.sort_unstable();
    ids.dedup();
    let width = ids.last()?.checked_sub(*ids.first()?)?.checked_add(1)?;
    Some(ids.len() as f64 / width as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visits(ids: &[i128]) -> Vec<Visit> {
        ids.iter().enumerate().map(|(ts, &id)| (ts as i64, id)).collect()
    }

    #[test]
    fn shapes_of_known_walks() {
        let climb = visits(&[10, 11, 12, 13]);
        assert_eq!((step_share(&climb, 5), ascending_share(&climb)), (Some(1.0), Some(1.0)));
        assert_eq!((longest_run(&climb), density(&climb)), (Some(4.0), Some(1.0)));
        let one_object = visits(&[7, 7, 7]);
        assert_eq!((step_share(&one_object, 5), ascending_share(&one_object)), (Some(0.0), None));
        assert_eq!(longest_run(&one_object), Some(1.0));
        let back_and_forth = visits(&[1, 900, 2, 800]);
        assert_eq!(step_share(&back_and_forth, 5), Some(0.0));
        assert_eq!(step_share(&visits(&[1]), 5), None);
        assert_eq!(density(&visits(&[i128::MIN, i128::MAX])), None);
    }

    proptest::proptest! {
        #[test]
        fn ties_do_not_matter(mut walk in proptest::collection::vec((0_i64..4, 0_i128..50), 0..40)) {
            let mut other = walk.clone();
            other.reverse();
            settle(&mut walk);
            settle(&mut other);
            proptest::prop_assert_eq!(&walk, &other);
        }

        #[test]
        fn like_brute_force(ids in proptest::collection::vec(0_i128..30, 1..60)) {
            let walk = visits(&ids);
            let mut best = 1;
            for start in 0..ids.len() {
                for end in start + 1..ids.len() {
                    let step = ids[start + 1] - ids[start];
                    if step != 0 && ids[start..=end].windows(2).all(|pair| pair[1] - pair[0] == step) {
                        best = best.max(end - start + 1);
                    }
                }
            }
            proptest::prop_assert_eq!(longest_run(&walk), Some(best as f64));
            let (low, high) = (ids.iter().min().copied().unwrap_or(0), ids.iter().max().copied().unwrap_or(0));
            let seen = (low..=high).filter(|id| ids.contains(id)).count();
            proptest::prop_assert_eq!(density(&walk), Some(seen as f64 / (high - low + 1) as f64));
            let small = (1..ids.len()).filter(|&i| matches!((ids[i] - ids[i - 1]).abs(), 1..=5)).count();
            if ids.len() > 1 {
                proptest::prop_assert_eq!(step_share(&walk, 5), Some(small as f64 / (ids.len() - 1) as f64));
            }
        }
    }
}
