//! How values spread: distinct values, the top one, medians.

/// Rows up to which sorting their codes is cheaper than looking each up.
const FEW: usize = 24;

/// Tells the distinct codes of one group of rows after another, without sorting those of large groups: what a code was seen
/// for last stands in a table by code.
#[derive(Default)]
pub struct Distinct {
    /// The number of the group that each code was seen in last; 0 for none.
    seen_in: Vec<u32>,
    group: u32,
    few: Vec<u32>,
    /// How often each code was seen in the group, where that is asked for.
    times: Vec<u32>,
}

impl Distinct {
    /// Calls `take` once with each distinct code other than 0 (absent), in no order that means anything. Gives how many of
    /// the codes are not 0; `at_most` is a bound of how many there are.
    pub fn each(&mut self, codes: impl Iterator<Item = u32>, at_most: usize, mut take: impl FnMut(u32)) -> u64 {
        let codes = codes.filter(|&code| code != 0);
        if at_most <= FEW {
            self.sort(codes);
            self.few.chunk_by(|a, b| a == b).for_each(|same| take(same[0]));
            return self.few.len() as u64;
        }
        self.begin();
        let mut all = 0;
        for code in codes {
            all += 1;
            if self.is_new(code) {
                take(code);
            }
        }
        all
    }

    /// Begins with another group.
    fn begin(&mut self) {
        if self.group == u32::MAX {
            self.seen_in.fill(0);
            self.group = 0;
        }
        self.group += 1;
    }

    /// Whether a code is seen in the group for the first time.
    fn is_new(&mut self, code: u32) -> bool {
        let at = code as usize;
        if self.seen_in.len() <= at {
            self.seen_in.resize((at + 1).max(self.seen_in.len() * 2), 0);
        }
        std::mem::replace(&mut self.seen_in[at], self.group) != self.group
    }

    /// The codes of a small group in order.
    fn sort(&mut self, codes: impl Iterator<Item = u32>) {
        self.few.clear();
        self.few.extend(codes);
        self.few.sort_unstable();
    }

    /// Rows with the most frequent value, of all rows that have one.
    pub fn top_share(&mut self, codes: impl Iterator<Item = u32>, at_most: usize) -> Option<f64> {
        let codes = codes.filter(|&code| code != 0);
        let (mut top, mut all) = (0, 0);
        if at_most <= FEW {
            self.sort(codes);
            top = self.few.chunk_by(|a, b| a == b).map(<[u32]>::len).max().unwrap_or(0);
            all = self.few.len();
        } else {
            self.begin();
            for code in codes {
                all += 1;
                let (is_new, at) = (self.is_new(code), code as usize);
                if self.times.len() <= at {
                    self.times.resize(at + 1, 0);
                }
                let times = &mut self.times[at];
                *times = if is_new { 1 } else { *times + 1 };
                top = top.max(*times as usize);
            }
        }
        (all > 0).then(|| top as f64 / all as f64)
    }

    /// Distinct values and all values, 0 (absent) not counted.
    pub fn count(&mut self, codes: impl Iterator<Item = u32>, at_most: usize) -> (u64, u64) {
        let mut distinct = 0;
        let all = self.each(codes, at_most, |_| distinct += 1);
        (distinct, all)
    }

    /// Distinct values, 0 (absent) not counted.
    pub fn n_unique(&mut self, codes: impl Iterator<Item = u32>, at_most: usize) -> u64 {
        self.count(codes, at_most).0
    }

    /// 1 minus distinct values over rows that have one.
    pub fn repeat_share(&mut self, codes: impl Iterator<Item = u32>, at_most: usize) -> Option<f64> {
        let (distinct, all) = self.count(codes, at_most);
        (all > 0).then(|| 1.0 - distinct as f64 / all as f64)
    }
}

/// Distinct pairs, pairs with an absent half not counted. Sorts `pairs`.
pub fn pairs(pairs: &mut Vec<u64>) -> u64 {
    pairs.retain(|pair| pair >> 32 != 0 && *pair as u32 != 0);
    pairs.sort_unstable();
    pairs.dedup();
    pairs.len() as u64
}

/// The median; the lower one of two. Reorders `values`.
pub fn median(values: &mut [i64]) -> Option<i64> {
    let middle = values.len().checked_sub(1)? / 2;
    Some(*values.select_nth_unstable(middle).1)
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
        fn like_brute_force(codes in proptest::collection::vec(0_u32..6, 0..60), before in proptest::collection::vec(0_u32..9, 0..40)) {
            let present: Vec<u32> = codes.iter().copied().filter(|&code| code != 0).collect();
            let set: std::collections::BTreeSet<u32> = present.iter().copied().collect();
            let mut distinct = Distinct::default();
            distinct.n_unique(before.iter().copied(), before.len());
            let mut each = Vec::new();
            let all = distinct.each(codes.iter().copied(), codes.len(), |code| each.push(code));
            each.sort_unstable();
            proptest::prop_assert_eq!((&each, all), (&set.iter().copied().collect::<Vec<u32>>(), present.len() as u64));
            distinct.group = u32::MAX;
            proptest::prop_assert_eq!(distinct.n_unique(codes.iter().copied(), codes.len()), set.len() as u64);
            let top = set.iter().map(|value| present.iter().filter(|&code| code == value).count()).max();
            proptest::prop_assert_eq!(distinct.top_share(codes.iter().copied(), codes.len()), top.map(|top| top as f64 / present.len() as f64));
            let repeat = (!present.is_empty()).then(|| 1.0 - set.len() as f64 / present.len() as f64);
            proptest::prop_assert_eq!(distinct.repeat_share(codes.iter().copied(), codes.len()), repeat);
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
