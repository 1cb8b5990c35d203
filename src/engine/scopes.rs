//! Which rows a scope means: evidence of findings, filters, windows.

use super::answer::{Filter, Scope, Subject};
use super::extent::{Families, families};
use super::sorting::{Sort, rests_on_findings};
use crate::session::Session;
use breachline_parsers::table::NO_NUMBER;
use breachline_queries::expr::vector::{Atoms, evaluate_rows};
use breachline_queries::finding::{Hunt, Level};
use breachline_queries::requests::Requests;
use breachline_queries::selection::condition;
use std::ops::Deref;
use std::sync::Arc;

/// Scopes whose rows are kept, so that going back costs nothing.
const KEPT: usize = 8;

/// Orders that are kept: four bytes a request each.
const KEPT_SORTED: usize = 3;

/// What was found, with what follows from it for rows.
pub struct Verdicts {
    /// What was found.
    pub hunt: Hunt,
    /// Rows of each incident's evidence, in total order.
    incidents: Vec<Vec<u32>>,
    /// Row and position of a finding it is evidence of, sorted.
    marks: Vec<(u32, u32)>,
}

impl Verdicts {
    /// Takes verdicts over requests over.
    pub fn new(requests: &Requests, hunt: Hunt) -> Self {
        let findings = || hunt.findings.iter().zip(0..);
        let mut marks: Vec<(u32, u32)> =
            findings().flat_map(|(finding, at)| finding.evidence.iter().map(move |&row| (row, at))).collect();
        marks.sort_unstable();
        let rows_of = |ids: &[String]| {
            let cited = findings().filter(|(finding, _)| ids.contains(&finding.id));
            let mut rows: Vec<u32> = cited.flat_map(|(finding, _)| finding.evidence.iter().copied()).collect();
            // Rows stand in order of source and place, so (ts, row) is the total order.
            rows.sort_unstable_by_key(|&row| (ts(requests, row), row));
            rows.dedup();
            rows
        };
        let incidents = hunt.incidents.iter().map(|incident| rows_of(&incident.findings)).collect();
        Self { hunt, incidents, marks }
    }

    /// A number for the worst level of the findings whose evidence each row is; 0 where it is none's.
    pub fn levels(&self, rows: usize, rank: impl Fn(Level) -> u8) -> Vec<u8> {
        let mut levels = vec![0; rows];
        for &(row, at) in &self.marks {
            if let (Some(slot), Some(finding)) = (levels.get_mut(row as usize), self.hunt.findings.get(at as usize)) {
                *slot = rank(finding.level).max(*slot);
            }
        }
        levels
    }

    /// The positions of the findings whose evidence a row is.
    pub fn findings_of(&self, row: u32) -> impl Iterator<Item = usize> {
        let start = self.marks.partition_point(|&(other, _)| other < row);
        let own = self.marks.iter().skip(start).take_while(move |&&(other, _)| other == row);
        own.map(|&(_, finding)| finding as usize)
    }

    /// The worst level of the findings with evidence in a time.
    pub fn worst(&self, requests: &Requests, from: i64, until: i64) -> Option<Level> {
        let has = |rows: &[u32]| {
            let first = rows.partition_point(|&row| ts(requests, row) < from);
            rows.get(first).is_some_and(|&row| ts(requests, row) < until)
        };
        let hit = self.hunt.findings.iter().filter(|finding| has(&finding.evidence));
        hit.map(|finding| finding.level).max()
    }
}

/// The time of a row; rows without one come before all others.
pub(super) fn ts(requests: &Requests, row: u32) -> i64 {
    requests.facts.ts_values().get(row as usize).copied().unwrap_or(NO_NUMBER)
}

/// Rows, in total order unless they were sorted, without a copy where all of a subject are meant.
pub(super) enum Rows {
    /// All requests that are reported.
    All(Arc<Session>),
    /// The evidence of a finding.
    Finding(Arc<Verdicts>, usize),
    /// The evidence of an incident.
    Incident(Arc<Verdicts>, usize),
    /// Some.
    Some(Arc<Vec<u32>>),
}

impl Deref for Rows {
    type Target = [u32];

    fn deref(&self) -> &[u32] {
        match self {
            Self::All(session) => session.requests.selected(),
            Self::Finding(verdicts, at) => verdicts.hunt.findings.get(*at).map_or(&[], |finding| &finding.evidence),
            Self::Incident(verdicts, at) => verdicts.incidents.get(*at).map_or(&[], Vec::as_slice),
            Self::Some(rows) => rows,
        }
    }
}

/// The rows of scopes, those looked at last at hand.
pub(super) struct Scopes {
    pub(super) session: Arc<Session>,
    verdicts: Option<Arc<Verdicts>>,
    /// What was filtered last, newest last.
    filtered: Vec<(Subject, Vec<Filter>, Arc<Vec<u32>>)>,
    /// What was parted by vantages last, newest last.
    parted: Vec<(Subject, Vec<Filter>, Arc<Families>)>,
    /// What was sorted last, newest last.
    sorted: Vec<(Scope, Arc<Vec<u32>>)>,
}

impl Scopes {
    pub(super) fn new(session: Arc<Session>) -> Self {
        Self { session, verdicts: None, filtered: Vec::new(), parted: Vec::new(), sorted: Vec::new() }
    }

    pub(super) fn requests(&self) -> &Requests {
        &self.session.requests
    }

    pub(super) fn take(&mut self, verdicts: Arc<Verdicts>) {
        self.verdicts = Some(verdicts);
        self.filtered.clear();
        self.parted.retain(|(subject, ..)| *subject == Subject::All);
        self.sorted.retain(|(scope, _)| !rests_on_findings(scope));
    }

    pub(super) fn verdicts(&self) -> Option<&Arc<Verdicts>> {
        self.verdicts.as_ref()
    }

    /// All rows of a subject; none of one that does not exist.
    fn rows_of(&self, subject: Subject) -> Rows {
        match (subject, &self.verdicts) {
            (Subject::All, _) => Rows::All(Arc::clone(&self.session)),
            (Subject::Finding(at), Some(verdicts)) => Rows::Finding(Arc::clone(verdicts), at),
            (Subject::Incident(at), Some(verdicts)) => Rows::Incident(Arc::clone(verdicts), at),
            (_, None) => Rows::Some(Arc::default()),
        }
    }

    /// The rows of a scope in total order, whatever its window.
    pub(super) fn rows(&mut self, scope: &Scope) -> Rows {
        let filters: Vec<Filter> = scope.filters.iter().filter(|filter| filter.on).cloned().collect();
        if filters.is_empty() {
            return self.rows_of(scope.subject);
        }
        let known = self.filtered.iter().position(|(of, by, _)| *of == scope.subject && *by == filters);
        let kept = if let Some(at) = known {
            self.filtered.remove(at)
        } else {
            let rows = self.filter(&self.rows_of(scope.subject), &filters);
            (scope.subject, filters, Arc::new(rows))
        };
        let rows = Arc::clone(&kept.2);
        if self.filtered.len() >= KEPT {
            self.filtered.remove(0);
        }
        self.filtered.push(kept);
        Rows::Some(rows)
    }

    /// The rows of a scope as they are listed, and the window that they are yet to be cut to: those that are sorted
    /// have been. An order that is not at hand is made here and now.
    pub(super) fn listed(&mut self, scope: &Scope) -> (Rows, Option<(i64, i64)>) {
        if let Some(rows) = self.at_hand(scope) {
            return (Rows::Some(rows), None);
        }
        if let Some(sort) = self.sort(scope) {
            let rows = Arc::new(sort.run().unwrap_or_default());
            self.keep(&sort, Arc::clone(&rows));
            return (Rows::Some(rows), None);
        }
        (self.rows(scope), scope.window)
    }

    /// The rows of a scope in its order, where they were sorted lately.
    fn at_hand(&mut self, scope: &Scope) -> Option<Arc<Vec<u32>>> {
        let scope = applied(scope);
        let at = self.sorted.iter().position(|(of, _)| *of == scope)?;
        let kept = self.sorted.remove(at);
        let rows = Arc::clone(&kept.1);
        self.sorted.push(kept);
        Some(rows)
    }

    /// The work of sorting a scope; `None` where it is in order of time, or sorted already.
    pub(super) fn sort(&mut self, scope: &Scope) -> Option<Sort> {
        let by = scope.order?;
        if self.at_hand(scope).is_some() {
            return None;
        }
        let rows = self.rows(scope);
        Some(Sort::new(applied(scope), by, rows, Arc::clone(&self.session), self.verdicts.clone()))
    }

    /// Keeps what was sorted, unless findings changed meanwhile.
    pub(super) fn keep(&mut self, sort: &Sort, rows: Arc<Vec<u32>>) {
        if !sort.rests_on(self.verdicts.as_ref()) {
            return;
        }
        if self.sorted.len() >= KEPT_SORTED {
            self.sorted.remove(0);
        }
        self.sorted.push((sort.scope.clone(), rows));
    }

    /// The rows of a scope that stand for requests, by vantages, whatever its window.
    pub(super) fn families(&mut self, scope: &Scope, rows: &[u32]) -> Arc<Families> {
        let filters: Vec<Filter> = scope.filters.iter().filter(|filter| filter.on).cloned().collect();
        let known = self.parted.iter().position(|(of, by, _)| *of == scope.subject && *by == filters);
        let kept = match known {
            Some(at) => self.parted.remove(at),
            None => (scope.subject, filters, Arc::new(families(self.requests(), rows))),
        };
        let families = Arc::clone(&kept.2);
        if self.parted.len() >= KEPT {
            self.parted.remove(0);
        }
        self.parted.push(kept);
        families
    }

    /// The rows that pass every filter. NULL is no: it is neither kept by a filter nor left out by one.
    fn filter(&self, rows: &[u32], filters: &[Filter]) -> Vec<u32> {
        let mut atoms = Atoms::default();
        let tests: Vec<_> = filters
            .iter()
            // Filters are read when they are typed, so none fails here.
            .filter_map(|filter| Some((condition(filter.text()).ok()?, filter.out)))
            .map(|(condition, out)| (evaluate_rows(&condition, self.requests(), &mut atoms).yes, out))
            .collect();
        let passes = |&row: &u32| tests.iter().all(|(yes, out)| yes.contains(row as usize) != *out);
        rows.iter().copied().filter(passes).collect()
    }
}

/// A scope without the filters that are off.
fn applied(scope: &Scope) -> Scope {
    Scope { filters: scope.filters.iter().filter(|filter| filter.on).cloned().collect(), ..scope.clone() }
}

/// The part of rows in total order that lies in a window.
pub(super) fn within<'a>(requests: &Requests, rows: &'a [u32], window: Option<(i64, i64)>) -> &'a [u32] {
    let Some((from, until)) = window else {
        return rows;
    };
    let start = rows.partition_point(|&row| ts(requests, row) < from);
    let end = rows.partition_point(|&row| ts(requests, row) < until);
    rows.get(start..end).unwrap_or_default()
}
