//! Columns as codes, and row conditions as masks, made once per rule.

use crate::expr::{Expr, vector};
use crate::measure::codes_of;
use crate::requests::{Requests, TextView};
use breachline_parsers::table::NO_NUMBER;

/// A column of codes; 0 is absent.
pub enum Codes<'a> {
    /// Read through dictionaries.
    View(TextView<'a>),
    /// Made for a column that has none.
    Made(Vec<u32>),
    /// Which sources are counted together: those of one vantage, and of vantages that could be linked.
    Family(&'a Requests),
    /// Calendar spans of a length, from an origin.
    Calendar(&'a Requests, i64, i64),
}

impl<'a> Codes<'a> {
    /// Opens a column by name.
    pub fn open(requests: &'a Requests, name: &str) -> Self {
        match requests.told(name) {
            Some(view) => Self::View(view),
            None => Self::Made(codes_of(requests, name)),
        }
    }

    /// Calendar spans as a column.
    pub fn calendar(requests: &'a Requests, length: i64) -> Self {
        let times = requests.facts.ts_values().iter();
        let origin = times.copied().filter(|&ts| ts != NO_NUMBER).min().unwrap_or(0).div_euclid(length);
        Self::Calendar(requests, length, origin)
    }

    /// The code at a row.
    #[inline]
    pub fn at(&self, row: u32) -> u32 {
        let index = row as usize;
        match self {
            Self::View(view) => view.code(index),
            Self::Made(codes) => codes[index],
            Self::Family(requests) => requests.family(requests.facts.source(index)),
            Self::Calendar(requests, length, origin) => {
                requests.facts.ts(index).map_or(0, |ts| (ts.div_euclid(*length) - origin) as u32 + 1)
            }
        }
    }
}

/// Row conditions evaluated once, however often a rule uses them.
#[derive(Default)]
pub struct Masks {
    known: Vec<(Expr, Vec<bool>)>,
}

impl Masks {
    /// Evaluates a condition unless it is known. It holds only at rows that count, one an exchange.
    pub fn add(&mut self, expr: &Expr, requests: &Requests) {
        if !self.known.iter().any(|(known, _)| known.to_string() == expr.to_string()) {
            let mut holds = vector::holds(expr, requests);
            if !requests.derived.exchanges.is_empty() {
                (0..).zip(&mut holds).for_each(|(row, holds)| *holds &= requests.counts(row));
            }
            self.known.push((expr.clone(), holds));
        }
    }

    /// The rows where a condition holds; empty when it was never added.
    pub fn get(&self, expr: &Expr) -> &[bool] {
        let text = expr.to_string();
        self.known.iter().find(|(known, _)| known.to_string() == text).map_or(&[], |(_, mask)| mask)
    }
}

/// A key of a group: one code a column.
pub type Key = Vec<u32>;

/// The key of a row, or `None` when a column is absent there.
pub fn key_of(columns: &[Codes<'_>], row: u32) -> Option<Key> {
    let key: Key = columns.iter().map(|column| column.at(row)).collect();
    key.iter().all(|&code| code != 0).then_some(key)
}
