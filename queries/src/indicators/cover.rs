//! Who accounts for the list: the share of it that an entity got, beside the share that chance would give.
//!
//! Of a list with `m` values that somebody got an answer with data for, an entity got `k`: its share is `k / m`.
//! Chance: had the list been drawn at random from the `D` different values that stood at the same places of the same
//! routes (or in the same column) and got an answer, an entity that got `d` of those would account for `d / D` of it; a
//! value that stands for `s` of them (a network) counts `1 - (1 - d/D)^s`. Where nobody got an answer at all, the same
//! is said of asking. Entities are ranked by share minus chance: who read everything (a backup, a crawler) has both
//! near 1, who read one record has both near 0.

use super::decide::Decided;
use super::space::Space;
use super::touches::owners;
use super::{Options, Seen};
use crate::postings::Postings;
use crate::reach::rows;
use crate::requests::{Requests, TextView};
use crate::summary::{Summary, summarise};
use breachline_parsers::table::ABSENT;
use fixedbitset::FixedBitSet;
use std::collections::BTreeMap;

/// The columns whose values are asked about, in the order in which they are shown.
pub const WHO: [&str; 4] = ["client_ip", "principal", "credential", "client_app"];

/// What shares are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// Values that got an answer with data.
    Answered,
    /// Values that were asked for: nobody got an answer, or these logs do not say.
    Asked,
}

impl Basis {
    /// The name in output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Asked => "asked",
        }
    }
}

/// An entity and its part of the list.
#[derive(Clone, Debug)]
pub struct Covering {
    /// The column it is a value of.
    pub column: &'static str,
    /// Its value.
    pub value: String,
    /// Values of the list that it asked for.
    pub asked: u64,
    /// Values of the list that it got an answer with data for.
    pub answered: u64,
    /// Its share of what anybody got (or asked for, see [`Basis`]), from 0 to 1.
    pub share: f64,
    /// The share that chance would give; `None` where these logs are a selection.
    pub chance: Option<f64>,
    /// Different comparable values that it got (or asked for).
    pub own: u64,
    /// Different comparable values that anybody got (or asked for).
    pub of: u64,
    /// The share that it and all entities of its kind ranked before it account for together.
    pub together: f64,
    /// Rows that touch the list, in total order.
    pub rows: Vec<u32>,
    /// What became of them.
    pub summary: Summary,
}

/// Ranks entities.
pub fn cover(
    requests: &Requests,
    spaces: &[Space<'_>],
    seen: &[Seen],
    decided: &[Decided],
    options: &Options,
) -> (Basis, Vec<Covering>) {
    let basis = if seen.iter().any(Seen::answered) { Basis::Answered } else { Basis::Asked };
    let had = seen.iter().map(|seen| basis == Basis::Asked && !seen.rows.is_empty() || seen.answered()).collect();
    let work = Work { requests, spaces, seen, decided, options, basis, had };
    let mut all: Vec<Covering> = WHO.into_iter().flat_map(|column| work.of_column(column)).collect();
    all.sort_by(|a, b| {
        let excess = |entity: &Covering| entity.share - entity.chance.unwrap_or(0.0);
        let key = |entity: &Covering| (entity.answered, entity.asked);
        let place = |entity: &Covering| WHO.iter().position(|column| *column == entity.column);
        excess(b)
            .total_cmp(&excess(a))
            .then_with(|| key(b).cmp(&key(a)))
            .then_with(|| (place(a), &a.value).cmp(&(place(b), &b.value)))
    });
    work.add_up(&mut all);
    (basis, all)
}

struct Work<'a> {
    requests: &'a Requests,
    spaces: &'a [Space<'a>],
    seen: &'a [Seen],
    decided: &'a [Decided],
    options: &'a Options,
    basis: Basis,
    /// Whether somebody had it (got it, or asked for it), by item of the list.
    had: Vec<bool>,
}

/// The part of the list that a kind of entities is measured by: items that are not of that kind and that somebody had,
/// by space and by the number of values that they stand for.
type Whole = BTreeMap<(usize, usize), u64>;

/// How many different comparable values were had: of each entity by space, and by anybody.
#[derive(Default)]
struct Population {
    of_entity: BTreeMap<(u32, usize), u64>,
    of_all: Vec<u64>,
}

impl Work<'_> {
    fn is_basis(&self, row: u32) -> bool {
        self.basis == Basis::Asked || self.requests.is_hit(row)
    }

    /// Whether a value of the list is asked about by other things than itself.
    fn is_other(&self, item: usize, column: &str) -> bool {
        !self.seen[item].kind.is_itself(column)
    }

    fn whole(&self, column: &str) -> Whole {
        let mut whole = Whole::new();
        for (item, decided) in self.decided.iter().enumerate() {
            if self.had[item] && self.is_other(item, column) {
                *whole.entry((decided.space, decided.values.len())).or_default() += 1;
            }
        }
        whole
    }

    fn of_column(&self, column: &'static str) -> Vec<Covering> {
        let Some(view) = self.requests.told(column).filter(|view| !view.is_absent()) else { return Vec::new() };
        let mut touches: Vec<(u32, u32, u32)> = Vec::new();
        let whole = self.whole(column);
        for (item, seen) in self.seen.iter().enumerate().filter(|(item, _)| self.is_other(*item, column)) {
            let entity = |row: u32| view.code(row as usize);
            touches
                .extend(seen.rows.iter().map(|&row| (entity(row), item as u32, row)).filter(|touch| touch.0 != ABSENT));
        }
        touches.sort_unstable();
        let population = self.population(view, column, &touches);
        touches
            .chunk_by(|a, b| a.0 == b.0)
            .map(|touches| self.entity(column, view.dictionary.text(touches[0].0), touches, &whole, &population))
            .collect()
    }

    /// Counts what every entity of `touches` had, and what anybody had.
    fn population(&self, view: TextView<'_>, column: &str, touches: &[(u32, u32, u32)]) -> Population {
        let mut asked = FixedBitSet::with_capacity(view.dictionary.len());
        asked.extend(touches.iter().map(|touch| touch.0 as usize));
        let mut population = Population { of_all: vec![0; self.spaces.len()], ..Population::default() };
        if self.options.extract {
            return population;
        }
        for (at, space) in self.spaces.iter().enumerate().filter(|(_, space)| !space.kind.is_itself(column)) {
            let mut had = FixedBitSet::with_capacity(space.len());
            let mut pairs: Vec<u64> = Vec::new();
            for row in rows(self.requests).into_iter().filter(|&row| self.is_basis(row)) {
                let entity = view.code(row as usize);
                let is_asked = asked.contains(entity as usize);
                space.each(row as usize, |value| {
                    had.insert(value as usize);
                    if is_asked {
                        pairs.push(u64::from(entity) << 32 | u64::from(value));
                    }
                });
            }
            pairs.sort_unstable();
            pairs.dedup();
            for of_entity in pairs.chunk_by(|a, b| a >> 32 == b >> 32) {
                population.of_entity.insert(((of_entity[0] >> 32) as u32, at), of_entity.len() as u64);
            }
            population.of_all[at] = had.count_ones(..) as u64;
        }
        population
    }

    fn entity(
        &self,
        column: &'static str,
        value: &str,
        touches: &[(u32, u32, u32)],
        whole: &Whole,
        population: &Population,
    ) -> Covering {
        let all: u64 = whole.values().sum();
        let distinct = |holds: &dyn Fn(u32) -> bool| {
            touches.chunk_by(|a, b| a.1 == b.1).filter(|of_item| of_item.iter().any(|touch| holds(touch.2))).count()
                as u64
        };
        let (asked, answered) = (distinct(&|_| true), distinct(&|row| self.requests.is_hit(row)));
        let part = if self.basis == Basis::Answered { answered } else { asked };
        let share = if all == 0 { 0.0 } else { part as f64 / all as f64 };
        let entity = touches[0].0;
        let own = |space: usize| population.of_entity.get(&(entity, space)).copied().unwrap_or(0);
        let mut rows: Vec<u32> = touches.iter().map(|touch| touch.2).collect();
        self.requests.put_in_order(&mut rows);
        let summary = summarise(self.requests, &rows);
        let chance = (!self.options.extract && all > 0).then(|| {
            let of_one = |(&(space, values), &items): (&(usize, usize), &u64)| {
                let missed = 1.0 - own(space) as f64 / population.of_all[space].max(1) as f64;
                items as f64 * (1.0 - missed.powi(values.min(i32::MAX as usize) as i32))
            };
            whole.iter().map(of_one).sum::<f64>() / all as f64
        });
        let (own, of) = ((0..self.spaces.len()).map(own).sum(), population.of_all.iter().sum());
        Covering {
            column,
            value: value.to_owned(),
            asked,
            answered,
            share,
            chance,
            own,
            of,
            together: 0.0,
            rows,
            summary,
        }
    }

    /// Adds up what entities of one kind account for together, in order of rank.
    fn add_up(&self, all: &mut [Covering]) {
        let mut got: BTreeMap<&str, FixedBitSet> = BTreeMap::new();
        let owners: Vec<Postings> =
            (0..self.spaces.len()).map(|at| owners(at, self.spaces[at].len(), self.decided)).collect();
        let wholes: BTreeMap<&str, u64> =
            WHO.into_iter().map(|column| (column, self.whole(column).values().sum())).collect();
        for entity in all {
            let whole = wholes[entity.column];
            let items = got.entry(entity.column).or_insert_with(|| FixedBitSet::with_capacity(self.seen.len()));
            for &row in entity.rows.iter().filter(|&&row| self.is_basis(row)) {
                for (space, owners) in self.spaces.iter().zip(&owners) {
                    space.each(row as usize, |value| {
                        let of = owners.of(value as usize).iter().map(|&item| item as usize);
                        of.filter(|&item| self.is_other(item, entity.column)).for_each(|item| items.insert(item));
                    });
                }
            }
            entity.together = if whole == 0 { 0.0 } else { items.count_ones(..) as f64 / whole as f64 };
        }
    }
}
