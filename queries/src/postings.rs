//! Items by a code of theirs: a counting sort.

/// Items beside each other that have the same code, in the order in which they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Postings {
    /// Where the items of each code begin; one more than there are codes.
    pub starts: Vec<u32>,
    /// The items.
    pub items: Vec<u32>,
}

impl Postings {
    /// Of items with codes below a number; `pairs` gives them, each with its code in front, twice the same.
    pub fn new<I: Iterator<Item = (u32, u32)>>(codes: usize, pairs: impl Fn() -> I) -> Self {
        let mut counts = vec![0_u32; codes];
        pairs().for_each(|(code, _)| counts[code as usize] += 1);
        Self::of_counts(&counts, pairs())
    }

    /// The same where it is known how many items each code has.
    pub fn of_counts(counts: &[u32], pairs: impl Iterator<Item = (u32, u32)>) -> Self {
        let mut starts = Vec::with_capacity(counts.len() + 1);
        starts.push(0);
        let mut all = 0;
        starts.extend(counts.iter().map(|&count| {
            all += count;
            all
        }));
        let mut next = starts.clone();
        let mut items = vec![0; all as usize];
        for (code, item) in pairs {
            let slot = &mut next[code as usize];
            items[*slot as usize] = item;
            *slot += 1;
        }
        Self { starts, items }
    }

    /// How many codes there are.
    pub fn codes(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// The items of a code; none where there is no such code.
    #[inline]
    pub fn of(&self, code: usize) -> &[u32] {
        match self.starts.get(code..code + 2) {
            Some(&[from, until]) => &self.items[from as usize..until as usize],
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn items_are_found_by_code_in_order(codes in proptest::collection::vec(0_u32..7, 0..40)) {
            let postings = Postings::new(7, || codes.iter().copied().zip(0..));
            proptest::prop_assert_eq!(postings.codes(), 7);
            for code in 0..9 {
                let wanted: Vec<u32> = (0..).zip(&codes).filter(|(_, of)| **of == code).map(|(at, _)| at).collect();
                proptest::prop_assert_eq!(postings.of(code as usize), wanted);
            }
        }
    }
}
