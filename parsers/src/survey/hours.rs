//! Which hours the files cover at each vantage, and which none of them does.
//!
//! A file covers its first to its last time; nothing is said of its inside. Where only the beginning of a file was
//! read, it covers up to the beginning of the next one with a like name; of the last of those nothing is known, and
//! what it may fill is no gap.

use super::{Group, Reach, Survey, Surveyed, is_unusable};
use crate::report::{Vantage, VantageRule};
use crate::source::Window;

/// Stretches shorter than this are no gaps: quiet hours and files that are written late look the same (an hour).
const LEAST_GAP: i64 = 3_600_000_000;

/// A stretch of time, microseconds UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// Its begin.
    pub from: i64,
    /// Its end.
    pub until: i64,
}

impl Span {
    /// The part of it that is to be loaded, if any is.
    fn within(self, window: Window) -> Option<Self> {
        let from = window.since.map_or(self.from, |since| self.from.max(since));
        let until = window.until.map_or(self.until, |until| self.until.min(until));
        (from <= until).then_some(Self { from, until })
    }

    /// The least stretch that holds both.
    pub(super) fn hull(self, other: Self) -> Self {
        Self { from: self.from.min(other.from), until: self.until.max(other.until) }
    }
}

/// How the hours of files are known, in files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Basis {
    /// From their first and last record.
    pub read: usize,
    /// Their first record and the first one of the next file with a like name.
    pub begun: usize,
    /// Their first record; where they end is not known.
    pub open: usize,
    /// From their names alone.
    pub named: usize,
    /// From the opened files before and after them in order of name.
    pub between: usize,
    /// Not at all: no record looked at has a time.
    pub none: usize,
}

/// The hours of one vantage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hours {
    /// Where the files stand; `None` where neither format nor flag says.
    pub vantage: Option<Vantage>,
    /// First to last; `until` is the last time known, later ones may come where files are [`Basis::open`].
    pub span: Option<Span>,
    /// Stretches of an hour or more between, which no file covers.
    pub gaps: Vec<Span>,
    /// How that is known.
    pub basis: Basis,
}

/// Times of one vantage while they are gathered.
#[derive(Default)]
struct Gathered {
    spans: Vec<Span>,
    /// Begins of files whose end is not known.
    open: Vec<i64>,
    basis: Basis,
}

impl Survey {
    /// The hours covered, by vantage from the client inwards, sources of unknown vantage last. `rules` say where
    /// sources stand, whatever their format says. With a time to be loaded, only what lies in it is looked at.
    pub fn hours(&self, rules: &[VantageRule]) -> Vec<Hours> {
        let mut gathered: Vec<Gathered> = Vec::new();
        gathered.resize_with(VANTAGES, Gathered::default);
        for group in &self.groups {
            let mut by_vantage: [Vec<&Surveyed>; VANTAGES] = Default::default();
            let opened = group.opened.iter().filter_map(|&id| self.sources.get(id as usize));
            for source in opened.filter(|source| !is_unusable(&source.report)) {
                let vantage = VantageRule::of(rules, &source.report.path).or(source.report.vantage);
                by_vantage[number(vantage)].push(source);
            }
            // Files that were not opened stand where most of their like do; of as many, the outermost.
            let most = (0..VANTAGES).rev().max_by_key(|&at| by_vantage[at].len());
            if let Some(most) = most.filter(|&at| !by_vantage[at].is_empty()) {
                gathered[most].add_unopened(group);
            }
            gathered.iter_mut().zip(by_vantage).for_each(|(gathered, sources)| gathered.add_opened(&sources));
        }
        let known = gathered.into_iter().enumerate().filter(|(_, gathered)| gathered.basis != Basis::default());
        known.map(|(at, gathered)| gathered.hours(Vantage::ALL.get(at).copied(), self.window)).collect()
    }
}

/// All vantages, and none.
const VANTAGES: usize = Vantage::ALL.len() + 1;

fn number(vantage: Option<Vantage>) -> usize {
    Vantage::ALL.into_iter().position(|other| Some(other) == vantage).unwrap_or(VANTAGES - 1)
}

impl Gathered {
    fn add_opened(&mut self, sources: &[&Surveyed]) {
        let mut begun = Vec::new();
        let mut begins = Vec::new();
        for source in sources {
            let Some((from, until)) = source.report.first.zip(source.report.last) else {
                self.basis.none += 1;
                continue;
            };
            begins.push(from);
            if source.reach == Reach::Head {
                begun.push(Span { from, until });
            } else {
                self.basis.read += 1;
                self.spans.push(Span { from, until });
            }
        }
        begins.sort_unstable();
        for span in begun {
            if let Some(&next) = begins.get(begins.partition_point(|&begin| begin <= span.until)) {
                self.basis.begun += 1;
                self.spans.push(Span { until: next, ..span });
            } else {
                self.basis.open += 1;
                self.spans.push(span);
                self.open.push(span.from);
            }
        }
    }

    fn add_unopened(&mut self, group: &Group) {
        self.basis.named += group.by_name.0;
        self.basis.between += group.by_neighbours.0;
        self.spans.extend(group.by_name.1.iter().chain(&group.by_neighbours.1));
    }

    fn hours(self, vantage: Option<Vantage>, window: Window) -> Hours {
        let loaded = self.spans.into_iter().filter_map(|span| span.within(window));
        let spans = union(loaded.collect());
        let span = spans.first().zip(spans.last()).map(|(first, last)| first.hull(*last));
        let between = spans.windows(2).map(|pair| Span { from: pair[0].until, until: pair[1].from });
        let may_be_filled = |gap: &Span| self.open.iter().any(|&begin| begin < gap.until);
        let gaps = between.filter(|gap| gap.until - gap.from >= LEAST_GAP && !may_be_filled(gap)).collect();
        Hours { vantage, span, gaps, basis: self.basis }
    }
}

/// The same stretches, in order, with those that touch joined.
pub(super) fn union(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable();
    let mut joined: Vec<Span> = Vec::new();
    for span in spans {
        match joined.last_mut() {
            Some(last) if span.from <= last.until => last.until = last.until.max(span.until),
            _ => joined.push(span),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HOUR: i64 = 3_600_000_000;

    fn span(from: i64, until: i64) -> Span {
        Span { from: from * HOUR, until: until * HOUR }
    }

    #[test]
    fn gaps_lie_between_what_is_covered() {
        let spans = vec![span(5, 7), span(0, 2), span(1, 3), span(7, 9)];
        let hours = Gathered { spans, ..Gathered::default() }.hours(None, Window::default());
        assert_eq!((hours.span, hours.gaps), (Some(span(0, 9)), vec![span(3, 5)]));
    }

    #[test]
    fn a_file_whose_end_is_unknown_may_fill_a_gap() {
        let spans = vec![span(0, 1), span(3, 4), span(6, 7), span(9, 10)];
        let open = vec![4 * HOUR];
        let hours = Gathered { spans, open, ..Gathered::default() }.hours(None, Window::default());
        assert_eq!(hours.gaps, [span(1, 3)]);
    }

    proptest! {
        #[test]
        fn a_union_is_in_order_apart_and_covers_the_same(pairs in proptest::collection::vec((0i64..60, 0i64..9), 0..20)) {
            let spans: Vec<Span> = pairs.iter().map(|&(from, length)| Span { from, until: from + length }).collect();
            let joined = union(spans.clone());
            prop_assert!(joined.windows(2).all(|pair| pair[0].until < pair[1].from));
            let covers = |spans: &[Span], at: i64| spans.iter().any(|span| (span.from..=span.until).contains(&at));
            prop_assert!((0..70).all(|at| covers(&spans, at) == covers(&joined, at)));
        }
    }
}
