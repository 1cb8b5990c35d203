//! Columns as codes, and the row conditions of a rule as masks.

use super::shelf::Shelf;
use crate::expr::Expr;
use crate::measure::codes_of;
use crate::requests::{Requests, TextView};
use breachline_parsers::table::NO_NUMBER;
use fixedbitset::FixedBitSet;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use std::sync::Arc;

/// A column of codes; 0 is absent.
pub enum Codes<'a> {
    /// No row has a value.
    Absent,
    /// As the table has it.
    Table(&'a [u32]),
    /// Made for a column that has none.
    Made(Vec<u32>),
    /// The same at every row.
    Same(u32),
    /// By the source of the row.
    BySource(&'a [u32], Vec<u32>),
    /// Calendar spans of a length, from an origin.
    Calendar(&'a Requests, i64, i64),
}

impl<'a> Codes<'a> {
    /// Opens a column by name.
    ///
    /// What hangs off another column is laid out row by row: rules read it again and again.
    pub fn open(requests: &'a Requests, name: &str) -> Self {
        let view = requests.told(name);
        match view.and_then(TextView::direct) {
            Some(codes) => Self::Table(codes),
            None if view.is_some_and(|view| view.is_absent()) => Self::Absent,
            None => Self::Made(codes_of(requests, name)),
        }
    }

    /// Which sources are counted together: those of one vantage, and of vantages that could be linked.
    pub fn family(requests: &'a Requests) -> Self {
        let of: Vec<u32> = (0..requests.sources.len() as u32).map(|source| requests.family(source)).collect();
        match of.as_slice() {
            [first, others @ ..] if others.iter().all(|other| other == first) => Self::Same(*first),
            _ => Self::BySource(requests.facts.source_values(), of),
        }
    }

    /// Calendar spans as a column.
    pub fn calendar(requests: &'a Requests, length: i64) -> Self {
        let times = requests.facts.ts_values().iter();
        let origin = times.copied().filter(|&ts| ts != NO_NUMBER).min().unwrap_or(0).div_euclid(length);
        Self::Calendar(requests, length, origin)
    }

    /// The greatest code of so many rows.
    pub fn widest(&self, rows: usize) -> u32 {
        match self {
            Self::Table(codes) => codes.iter().copied().max(),
            Self::Made(codes) => codes.iter().copied().max(),
            Self::Absent | Self::Same(_) => Some(self.at(0)),
            Self::BySource(_, of) => of.iter().copied().max(),
            Self::Calendar(..) => (0..rows as u32).map(|row| self.at(row)).max(),
        }
        .unwrap_or(0)
    }

    /// The code at a row.
    // Left to the compiler it is called in some of the loops over all rows.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    pub fn at(&self, row: u32) -> u32 {
        let index = row as usize;
        match self {
            Self::Absent => 0,
            Self::Table(codes) => codes[index],
            Self::Made(codes) => codes[index],
            Self::Same(code) => *code,
            Self::BySource(sources, of) => of[sources[index] as usize],
            Self::Calendar(requests, length, origin) => span_of(requests, *length, *origin, index),
        }
    }
}

/// The calendar span of a row; kept apart, so that reading any other column is small enough to stand in a loop.
#[inline(never)]
fn span_of(requests: &Requests, length: i64, origin: i64, row: usize) -> u32 {
    requests.facts.ts(row).map_or(0, |ts| (ts.div_euclid(length) - origin) as u32 + 1)
}

/// The row conditions of a rule.
#[derive(Default)]
pub struct Masks {
    known: Vec<(Expr, Arc<FixedBitSet>)>,
    none: FixedBitSet,
}

impl Masks {
    /// Takes a condition from the shelf unless it is known. It holds only at rows that count, one an exchange.
    pub fn add(&mut self, expr: &Expr, shelf: &Shelf<'_>) -> Arc<FixedBitSet> {
        if let Some((_, mask)) = self.known.iter().find(|(known, _)| known == expr) {
            return Arc::clone(mask);
        }
        let mask = shelf.mask(expr);
        self.known.push((expr.clone(), Arc::clone(&mask)));
        mask
    }

    /// Takes a condition that is asked of some rows only.
    pub fn add_within(&mut self, expr: &Expr, shelf: &Shelf<'_>, rows: &FixedBitSet) {
        if !self.known.iter().any(|(known, _)| known == expr) {
            self.known.push((expr.clone(), shelf.mask_within(expr, rows)));
        }
    }

    /// The rows where a condition holds; empty when it was never added. Outside of the rows that it was added for it says
    /// nothing.
    pub fn get(&self, expr: &Expr) -> &FixedBitSet {
        self.known.iter().find(|(known, _)| known == expr).map_or(&self.none, |(_, mask)| mask)
    }
}

/// The columns that a rule's measures read, by name.
pub type Columns<'a> = HashMap<String, Arc<Codes<'a>>, FixedState>;

/// A key of a group: one code a column.
pub type Key = Vec<u32>;

/// The key of a row, or `None` when a column is absent there.
pub fn key_of(columns: &[Arc<Codes<'_>>], row: u32) -> Option<Key> {
    let key: Key = columns.iter().map(|column| column.at(row)).collect();
    key.iter().all(|&code| code != 0).then_some(key)
}
