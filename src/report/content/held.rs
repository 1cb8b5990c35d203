//! How the logs came into a case, and what was done with it since.

use super::{Writer, or_dash, text};
use crate::case::Acquisition;
use crate::export::custody::{self, Entry};
use crate::export::manifest::Taken;
use crate::render;
use crate::report::Report;
use crate::report::paper::Cell;
use crate::report::words::Word;
use crate::when;

impl Writer<'_, '_> {
    /// Who took the logs in, and who collected them before.
    pub(super) fn acquisitions(&mut self) {
        let report = self.report;
        let row = |taken: &Taken| {
            vec![
                Cell::Time(moment(report, &taken.at)),
                or_dash(taken.by.as_deref()),
                Cell::Lines(collected(report, &taken.acquisition)),
                Cell::Number(render::count(taken.sources.len())),
                Cell::Text(taken.options.join(" ")),
            ]
        };
        let rows: Vec<Vec<Cell>> = report.export.contents.ingests.iter().map(row).collect();
        let head = [Word::Time, Word::Person, Word::Collected, Word::Custody, Word::Options];
        self.section(3, Word::TakenIn, &head, &rows);
    }

    /// What was done with the case so far.
    pub(super) fn chain(&mut self) {
        let report = self.report;
        let entries = &report.export.contents.custody;
        if entries.is_empty() {
            return;
        }
        self.heading(3, Word::Chain);
        self.paper.paragraph(self.word(Word::ChainNote));
        let row = |entry: &Entry| {
            let act = match entry.act.as_str() {
                custody::INGESTED => report.word(Word::ActIngested),
                custody::EXPORTED => report.word(Word::ActExported),
                custody::REPORTED => report.word(Word::ActReported),
                other => other,
            };
            let act = match entry.given_out() {
                hashes if hashes.is_empty() => text(act),
                hashes => Cell::Hashed(act.to_owned(), hashes.join(" ")),
            };
            vec![
                Cell::Number(entry.n.to_string()),
                Cell::Time(moment(report, &entry.at)),
                act,
                or_dash(entry.by.as_deref()),
            ]
        };
        let rows: Vec<Vec<Cell>> = entries.iter().map(row).collect();
        self.table(&[Word::Entry, Word::Time, Word::Act, Word::Person], &rows);
    }
}

/// A time that a case states, as the report tells times.
fn moment(report: &Report<'_>, stated: &str) -> String {
    when::time(stated, chrono_tz::UTC).map_or_else(|_| stated.to_owned(), |at| report.time(Some(at)))
}

/// What is stated of how logs were collected.
fn collected(report: &Report<'_>, acquisition: &Acquisition) -> Vec<String> {
    let Acquisition { by, from, how, at, expected } = acquisition;
    let at = at.as_ref().map(|at| moment(report, at));
    let mut lines: Vec<String> = [by, from, how, &at].into_iter().flatten().cloned().collect();
    if let Some(expected) = expected {
        lines.push(report.fill(Word::HashesFit, &[&expected.list, &render::count(expected.compared)]));
        if !expected.absent.is_empty() {
            lines.push(report.fill(Word::HashesAbsent, &[&render::count(expected.absent.len())]));
        }
    }
    if lines.is_empty() { vec!["–".to_owned()] } else { lines }
}
