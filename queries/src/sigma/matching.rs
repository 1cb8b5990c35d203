//! Conditions of many rules over all requests at once.
//!
//! All checks of a column are made in one pass over its distinct values: one automaton looks for a literal of every
//! pattern, one set for every regular expression, and what they point at is looked at in full. What fits is kept as
//! codes; rows are found from codes, so that a check which nothing fits costs nothing a row.

mod column;
mod scan;

use super::check::{Check, texts};
use super::field::{self, Field};
use super::term::{Fit, Term};
use super::{Scope, pattern};
use crate::requests::Requests;
use column::Column;
use fixedbitset::FixedBitSet;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use std::sync::Arc;

/// A condition with every check numbered.
#[derive(Clone, Debug)]
pub enum Plan {
    /// All of these.
    All(Vec<Plan>),
    /// One of these.
    Any(Vec<Plan>),
    /// Not this.
    Not(Box<Plan>),
    /// A check.
    Check(usize),
    /// A field beside another one.
    Beside(Field, Field, Fit, bool),
    /// What cannot be told: neither it nor its contrary counts as holding.
    Unknown,
}

/// One check of one field, and which values it holds for.
struct Slot {
    field: Field,
    check: Arc<Check>,
    /// Codes of values, ascending.
    hits: Vec<u32>,
    /// Whether it holds where there is no value.
    absent: bool,
}

/// Rows; the frequent ends need no bits.
enum Rows {
    None,
    Every,
    Some(FixedBitSet),
}

/// The columns and checks of one hunt.
pub struct Bench<'a> {
    requests: &'a Requests,
    columns: HashMap<&'static str, Option<Column<'a>>, FixedState>,
    slots: Vec<Slot>,
    known: HashMap<(Field, String), usize, FixedState>,
    scanned: usize,
}

impl<'a> Bench<'a> {
    /// A bench with nothing on it.
    pub fn new(requests: &'a Requests) -> Self {
        Self { requests, columns: HashMap::default(), slots: Vec::new(), known: HashMap::default(), scanned: 0 }
    }

    /// A column, opened when it is first asked for; `None` when no request has a value.
    fn column(&mut self, name: &'static str) -> Option<&Column<'a>> {
        let requests = self.requests;
        self.columns.entry(name).or_insert_with(|| Column::open(requests, name)).as_ref()
    }

    /// Whether a column has any value.
    pub fn is_there(&mut self, name: &'static str) -> bool {
        self.column(name).is_some()
    }

    /// The condition with keywords spread over the columns that are there, and columns that are not marked.
    pub fn settled(&mut self, term: &Term, scope: Scope) -> Term {
        let mut list = |parts: &[Term]| parts.iter().map(|part| self.settled(part, scope)).collect();
        match term {
            Term::All(parts) => Term::All(list(parts)),
            Term::Any(parts) => Term::Any(list(parts)),
            Term::Not(inner) => Term::Not(Box::new(self.settled(inner, scope))),
            Term::Field(field, _) if !self.is_there(field.column) => Term::Missing(field.column),
            Term::Beside { left, .. } if !self.is_there(left.column) => Term::Missing(left.column),
            Term::Beside { right, .. } if !self.is_there(right.column) => Term::Missing(right.column),
            Term::Keyword(check) => {
                let searched: &[&'static str] = if scope == Scope::Errors { &["error"] } else { &field::KEYWORDS };
                let there: Vec<&'static str> = searched.iter().copied().filter(|name| self.is_there(name)).collect();
                if there.is_empty() {
                    return Term::Missing(searched[0]);
                }
                let in_column = |column| {
                    let facet = field::own_facet(column);
                    Term::Field(Field { column, facet }, Arc::clone(check))
                };
                Term::Any(there.into_iter().map(in_column).collect())
            }
            Term::Field(..) | Term::Beside { .. } | Term::Unknown(_) | Term::Missing(_) => term.clone(),
        }
    }

    /// Numbers the checks of a settled condition.
    pub fn plan(&mut self, term: &Term) -> Plan {
        let mut list = |parts: &[Term]| parts.iter().map(|part| self.plan(part)).collect();
        match term {
            Term::All(parts) => Plan::All(list(parts)),
            Term::Any(parts) => Plan::Any(list(parts)),
            Term::Not(inner) => Plan::Not(Box::new(self.plan(inner))),
            Term::Field(field, check) => {
                let next = self.slots.len();
                let slot = *self.known.entry((field.clone(), check.to_string())).or_insert(next);
                if slot == next {
                    let absent = check.holds_for(field, None);
                    self.slots.push(Slot { field: field.clone(), check: Arc::clone(check), hits: Vec::new(), absent });
                }
                Plan::Check(slot)
            }
            Term::Beside { left, right, fit, cased } => Plan::Beside(left.clone(), right.clone(), *fit, *cased),
            Term::Keyword(_) | Term::Unknown(_) | Term::Missing(_) => Plan::Unknown,
        }
    }

    /// Makes all checks that were numbered since the last time.
    pub fn scan(&mut self, threads: usize) {
        let fresh = &mut self.slots[self.scanned..];
        let mut by_column: Vec<(&'static str, Vec<usize>)> = Vec::new();
        for (at, slot) in fresh.iter().enumerate() {
            match by_column.iter_mut().find(|(name, _)| *name == slot.field.column) {
                Some((_, slots)) => slots.push(at),
                None => by_column.push((slot.field.column, vec![at])),
            }
        }
        for (name, slots) in by_column {
            let Some(Some(column)) = self.columns.get(name) else { continue };
            let checks: Vec<(&Field, &Check)> =
                slots.iter().map(|&at| (&fresh[at].field, fresh[at].check.as_ref())).collect();
            let hits = scan::scan(column, name == "target", &checks, threads);
            for (at, hits) in slots.into_iter().zip(hits) {
                fresh[at].hits = hits;
            }
        }
        self.scanned = self.slots.len();
    }

    /// The rows that count and for which a plan can be told to hold.
    pub fn rows(&self, plan: &Plan) -> FixedBitSet {
        let mut rows = match self.evaluate(plan, false) {
            Rows::None => return FixedBitSet::with_capacity(self.requests.rows()),
            Rows::Every => every(self.requests.rows()),
            Rows::Some(rows) => rows,
        };
        if !self.requests.derived.exchanges.is_empty() {
            rows.intersect_with(&self.requests.counted().map(|row| row as usize).collect());
        }
        rows
    }

    /// The plan, or with `negated` its contrary: what is unknown is neither.
    fn evaluate(&self, plan: &Plan, negated: bool) -> Rows {
        match plan {
            Plan::Unknown => Rows::None,
            Plan::Not(inner) => self.evaluate(inner, !negated),
            Plan::All(parts) if !negated => self.joined(parts, negated, true),
            Plan::Any(parts) if negated => self.joined(parts, negated, true),
            Plan::All(parts) | Plan::Any(parts) => self.joined(parts, negated, false),
            Plan::Check(slot) => contrary(self.held(&self.slots[*slot]), negated, self.requests.rows()),
            Plan::Beside(left, right, fit, cased) => {
                contrary(Rows::Some(self.beside(left, right, *fit, *cased)), negated, self.requests.rows())
            }
        }
    }

    fn joined(&self, parts: &[Plan], negated: bool, all: bool) -> Rows {
        let mut joint = if all { Rows::Every } else { Rows::None };
        for part in parts {
            let rows = self.evaluate(part, negated);
            joint = match (joint, rows, all) {
                (Rows::None, _, true) | (_, Rows::None, true) => return Rows::None,
                (Rows::Every, _, false) | (_, Rows::Every, false) => return Rows::Every,
                (Rows::Every | Rows::None, rows, _) => rows,
                (joint, Rows::Every | Rows::None, _) => joint,
                (Rows::Some(mut joint), Rows::Some(rows), true) => {
                    joint.intersect_with(&rows);
                    Rows::Some(joint)
                }
                (Rows::Some(mut joint), Rows::Some(rows), false) => {
                    joint.union_with(&rows);
                    Rows::Some(joint)
                }
            };
        }
        joint
    }

    fn held(&self, slot: &Slot) -> Rows {
        if slot.hits.is_empty() && !slot.absent {
            return Rows::None;
        }
        let Some(Some(column)) = self.columns.get(slot.field.column) else { return Rows::None };
        let absent = slot.absent.then_some(0);
        let mut rows = FixedBitSet::with_capacity(self.requests.rows());
        for code in absent.into_iter().chain(slot.hits.iter().copied()) {
            rows.extend(column.rows_of(code).iter().map(|&row| row as usize));
        }
        Rows::Some(rows)
    }

    fn beside(&self, left: &Field, right: &Field, fit: Fit, cased: bool) -> FixedBitSet {
        let mut rows = FixedBitSet::with_capacity(self.requests.rows());
        let column = |field: &Field| self.columns.get(field.column).and_then(Option::as_ref);
        let (Some(one), Some(other)) = (column(left), column(right)) else { return rows };
        let mut known: HashMap<(u32, u32), bool, FixedState> = HashMap::default();
        for row in 0..self.requests.rows() {
            let (a, b) = (one.code(row), other.code(row));
            if a == 0 || b == 0 {
                continue;
            }
            let fits = || fit_together(&one.text(a), left, &other.text(b), right, fit, cased);
            if *known.entry((a, b)).or_insert_with(fits) {
                rows.insert(row);
            }
        }
        rows
    }

    /// The checks of a plan that hold for a row, in words: what a finding says about why.
    pub fn told(&self, plan: &Plan, row: u32, words: &mut Vec<String>) {
        match plan {
            Plan::All(parts) | Plan::Any(parts) => parts.iter().for_each(|part| self.told(part, row, words)),
            Plan::Check(slot) => {
                let slot = &self.slots[*slot];
                let Some(Some(column)) = self.columns.get(slot.field.column) else { return };
                let code = column.code(row as usize);
                let holds = if code == 0 { slot.absent } else { slot.hits.binary_search(&code).is_ok() };
                let said = format!("{} {}", slot.field, slot.check);
                if holds && !words.contains(&said) {
                    words.push(said);
                }
            }
            Plan::Not(_) | Plan::Beside(..) | Plan::Unknown => {}
        }
    }

    /// The value of a field at a row, as it is grouped and counted by.
    pub fn value(&self, field: &Field, row: u32) -> Option<String> {
        let column = self.columns.get(field.column)?.as_ref()?;
        let code = column.code(row as usize);
        if code == 0 {
            return None;
        }
        let text = column.text(code);
        field
            .facet
            .is_in(&text)
            .then(|| field.facet.texts(&text).into_iter().next().map(std::borrow::Cow::into_owned))?
    }
}

fn fit_together(one: &str, left: &Field, other: &str, right: &Field, fit: Fit, cased: bool) -> bool {
    if !left.facet.is_in(one) || !right.facet.is_in(other) {
        return false;
    }
    let fits = |a: &str, b: &str| match fit {
        Fit::Equals => a == b,
        Fit::Contains => a.contains(b),
        Fit::StartsWith => a.starts_with(b),
        Fit::EndsWith => a.ends_with(b),
    };
    let others = texts(&right.facet, other);
    texts(&left.facet, one).iter().any(|(text, folded)| {
        others.iter().any(|(other, other_folded)| if cased { fits(text, other) } else { fits(folded, other_folded) })
    })
}

fn every(rows: usize) -> FixedBitSet {
    let mut every = FixedBitSet::with_capacity(rows);
    every.insert_range(..);
    every
}

fn contrary(rows: Rows, negated: bool, count: usize) -> Rows {
    match rows {
        rows if !negated => rows,
        Rows::None => Rows::Every,
        Rows::Every => Rows::None,
        Rows::Some(mut rows) => {
            debug_assert_eq!(rows.len(), count);
            rows.toggle_range(..);
            Rows::Some(rows)
        }
    }
}

/// Folds for the automaton what patterns hold.
fn literal(pattern: &pattern::Pattern) -> Option<String> {
    pattern.longest().map(|text| pattern::fold(text).into_owned())
}

#[cfg(test)]
mod tests;
