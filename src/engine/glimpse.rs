//! What came so far while logs are read: counts over time, the rows that came last, and what could not be read.
//!
//! Nothing is derived yet: addresses are those of the peers, and nothing is judged.

use super::answer::{Row, Told};
use crate::notes::RowPlace;
use breachline_parsers::report::{Reject, SourceReport};
use breachline_parsers::schema::{Number, Text};
use breachline_parsers::table::{ABSENT, FactTable};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Rows that are kept.
const ROWS: usize = 100;

/// Rejects that are kept.
const REJECTS: usize = 20;

/// Time between two glimpses.
const TICK: Duration = Duration::from_millis(250);

/// Microseconds of the steps that are counted.
const STEP: i64 = 60_000_000;

/// Steps that are kept apart; a clock that is wrong by centuries must not fill the memory.
const STEPS: usize = 100_000;

/// What came so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Glimpse {
    /// Requests by the minute in which they were, microseconds UTC.
    pub minutes: Vec<(i64, u64)>,
    /// Requests so far.
    pub requests: u64,
    /// The rows that came last, oldest first.
    pub rows: Vec<Row>,
    /// The first records that could not be read of the source that came last.
    pub rejects: Vec<Reject>,
}

impl Glimpse {
    /// Counts in equal parts of the time that has come, no more than `columns`: from, step, counts.
    pub fn bars(&self, columns: usize) -> Option<(i64, i64, Vec<u64>)> {
        let (first, last) = (self.minutes.first()?.0, self.minutes.last()?.0);
        let minutes = (last.saturating_sub(first) / STEP).saturating_add(1);
        let minutes_a_bar = minutes.unsigned_abs().div_ceil(columns.max(1) as u64).max(1);
        let step = STEP.saturating_mul(minutes_a_bar as i64);
        let mut counts = vec![0; minutes.unsigned_abs().div_ceil(minutes_a_bar) as usize];
        for (minute, n) in &self.minutes {
            let bar = (minute.saturating_sub(first) / step) as usize;
            if let Some(count) = counts.get_mut(bar) {
                *count += n;
            }
        }
        Some((first, step, counts))
    }
}

/// Adds up what is read.
#[derive(Debug, Default)]
pub struct Watched {
    minutes: BTreeMap<i64, u64>,
    requests: u64,
    rows: Vec<Row>,
    rejects: Vec<Reject>,
    source: Option<u32>,
    told: Option<Instant>,
}

impl Watched {
    /// Takes the rows and the rejects of a block.
    pub fn take(&mut self, source: &SourceReport, facts: &FactTable, rejects: &[Reject]) {
        if self.source != Some(source.id) {
            self.source = Some(source.id);
            self.rejects.clear();
        }
        self.rejects.extend(rejects.iter().take(REJECTS.saturating_sub(self.rejects.len())).cloned());
        let rows = facts.rows();
        self.requests += rows as u64;
        // Requests of a minute mostly stand together.
        let mut run: Option<(i64, u64)> = None;
        for ts in (0..rows).filter_map(|row| facts.ts(row)) {
            let minute = ts.div_euclid(STEP).saturating_mul(STEP);
            match &mut run {
                Some((of, n)) if *of == minute => *n += 1,
                _ => {
                    self.add(run.replace((minute, 1)));
                }
            }
        }
        self.add(run);
        if rows > 0 && self.is_due() {
            self.rows = (rows.saturating_sub(ROWS)..rows).map(|row| row_of(source, facts, row)).collect();
        }
    }

    fn add(&mut self, run: Option<(i64, u64)>) {
        let Some((minute, n)) = run else { return };
        if self.minutes.len() < STEPS || self.minutes.contains_key(&minute) {
            *self.minutes.entry(minute).or_default() += n;
        }
    }

    fn is_due(&self) -> bool {
        self.told.is_none_or(|told| told.elapsed() >= TICK)
    }

    /// A glimpse, when the last one is old enough.
    pub fn due(&mut self) -> Option<Glimpse> {
        let is_there = self.requests > 0 || !self.rejects.is_empty();
        (is_there && self.is_due()).then(|| {
            self.told = Some(Instant::now());
            self.glimpse()
        })
    }

    /// What came so far.
    pub fn glimpse(&self) -> Glimpse {
        let minutes = self.minutes.iter().map(|(minute, n)| (*minute, *n)).collect();
        Glimpse { minutes, requests: self.requests, rows: self.rows.clone(), rejects: self.rejects.clone() }
    }
}

/// A row as its block has it.
fn row_of(source: &SourceReport, facts: &FactTable, row: usize) -> Row {
    let text = |column: Text| {
        let column = facts.text(column);
        let code = column.code(row);
        (code != ABSENT).then(|| column.dictionary.text(code).to_owned())
    };
    let told = |name: &'static str, column: Text| text(column).map(|value| Told { column: name, value });
    Row {
        row: row as u32,
        place: RowPlace::default(),
        ts: facts.ts(row),
        level: None,
        source: source.id + 1,
        client: told("peer_ip", Text::PeerIp),
        identity: told("principal", Text::Principal),
        method: text(Text::Method),
        status: facts.status(row),
        bytes: facts.number(Number::BytesOut).get(row),
        target: text(Text::Target),
    }
}
