//! Loaded logs with their findings, and the answers that can be read from them.

use super::answer::{Card, Filter, Findings, RuleText, Scope, Sources, Subject};
use super::{Reply, Request, read};
use crate::session::Session;
use breachline_parsers::load::{Problem, RawLines};
use breachline_parsers::report::Reject;
use breachline_queries::expr::vector::{Atoms, evaluate_rows};
use breachline_queries::finding::{Gap, Hunt, Level};
use breachline_queries::requests::Requests;
use breachline_queries::rule::Rule;
use breachline_queries::selection::condition;
use std::ops::Deref;
use std::sync::Arc;

/// Everything the engine answers from. Has no thread of its own, so that tests can use it directly.
pub struct Desk {
    pub(super) requests: Arc<Requests>,
    pub(super) raw: RawLines,
    pub(super) rejects: Vec<Reject>,
    problems: Vec<Problem>,
    passed_over: Vec<u32>,
    pub(super) key: [u8; 32],
    /// Rows of each finding's evidence, in total order.
    pub(super) evidence: Vec<Arc<Vec<u32>>>,
    /// Level and title of each finding.
    pub(super) titles: Vec<(Level, String)>,
    /// Rows of each incident's evidence, in total order.
    incidents: Vec<Arc<Vec<u32>>>,
    /// Row and position of a finding it is evidence of, sorted.
    pub(super) marks: Vec<(u32, u32)>,
    pub(super) gaps: Vec<Gap>,
    /// What was filtered last, newest last.
    filtered: Vec<(Subject, Vec<Filter>, Arc<Vec<u32>>)>,
}

/// Scopes whose rows are kept, so that going back costs nothing.
const KEPT: usize = 8;

/// Rows in total order, without a copy where all of a subject are meant.
pub(super) enum Rows {
    /// All requests that are reported.
    All(Arc<Requests>),
    /// Some.
    Some(Arc<Vec<u32>>),
}

impl Deref for Rows {
    type Target = [u32];

    fn deref(&self) -> &[u32] {
        match self {
            Self::All(requests) => requests.selected(),
            Self::Some(rows) => rows,
        }
    }
}

impl Desk {
    /// Takes loaded logs over; `key` makes the fingerprints that stand in for secrets.
    pub fn new(session: Session, key: [u8; 32]) -> Self {
        let passed_over =
            session.sources().iter().filter(|source| session.is_passed_over(source)).map(|source| source.id).collect();
        let Session { requests, rejects, problems, raw, .. } = session;
        Self { passed_over, ..Self::of_parts(requests, rejects, problems, raw, key) }
    }

    pub(crate) fn of_parts(
        requests: Requests,
        rejects: Vec<Reject>,
        problems: Vec<Problem>,
        raw: RawLines,
        key: [u8; 32],
    ) -> Self {
        Self {
            requests: Arc::new(requests),
            raw,
            rejects,
            problems,
            passed_over: Vec::new(),
            key,
            evidence: Vec::new(),
            titles: Vec::new(),
            incidents: Vec::new(),
            marks: Vec::new(),
            gaps: Vec::new(),
            filtered: Vec::new(),
        }
    }

    /// The table, for others to read.
    pub fn requests(&self) -> Arc<Requests> {
        Arc::clone(&self.requests)
    }

    /// What was read.
    pub fn sources(&self) -> Sources {
        let requests = &self.requests;
        let first = requests.sources.iter().filter_map(|source| source.first).min();
        let last = requests.sources.iter().filter_map(|source| source.last).max();
        let mut reports = requests.sources.clone();
        // What is no log comes after the logs.
        reports.sort_by_key(|report| (self.passed_over.contains(&report.id), report.id));
        Sources {
            reports,
            problems: self.problems.clone(),
            passed_over: self.passed_over.clone(),
            requests: requests.rows(),
            notes: requests.derived.notes.clone(),
            range: first.zip(last),
        }
    }

    /// Takes the verdicts over; the evidence stays here, the rest is handed on.
    pub fn take_hunt(&mut self, mut hunt: Hunt, rules: &[Rule]) -> Findings {
        self.filtered.clear();
        self.evidence =
            hunt.findings.iter_mut().map(|finding| Arc::new(std::mem::take(&mut finding.evidence))).collect();
        self.titles = hunt.findings.iter().map(|finding| (finding.level, finding.title.clone())).collect();
        self.gaps.clone_from(&hunt.coverage.gaps);
        self.marks = self
            .evidence
            .iter()
            .zip(0..)
            .flat_map(|(rows, finding)| rows.iter().map(move |&row| (row, finding)))
            .collect();
        self.marks.sort_unstable();
        self.incidents = hunt
            .incidents
            .iter()
            .map(|incident| {
                let of = |id: &String| hunt.findings.iter().position(|finding| finding.id == *id);
                Arc::new(self.union(incident.findings.iter().filter_map(of)))
            })
            .collect();
        let texts = rules.iter().map(|rule| (rule.id.clone(), words(rule))).collect();
        let cards =
            hunt.findings.into_iter().map(|finding| Card { requests: finding.exchanges as usize, finding }).collect();
        Findings { coverage: hunt.coverage, rules: hunt.rules, incidents: hunt.incidents, cards, texts }
    }

    /// Rows of several findings, each once, in total order.
    fn union(&self, findings: impl Iterator<Item = usize>) -> Vec<u32> {
        let facts = &self.requests.facts;
        let mut rows: Vec<u32> = findings.flat_map(|finding| self.evidence[finding].iter().copied()).collect();
        // Rows stand in order of source and place, so (ts, row) is the total order.
        rows.sort_unstable_by_key(|&row| (facts.ts_values()[row as usize], row));
        rows.dedup();
        rows
    }

    /// All rows of a subject in total order; none of one that does not exist.
    fn rows_of(&self, subject: Subject) -> Rows {
        let of = |lists: &[Arc<Vec<u32>>], at: usize| Rows::Some(lists.get(at).cloned().unwrap_or_default());
        match subject {
            Subject::All => Rows::All(self.requests()),
            Subject::Finding(finding) => of(&self.evidence, finding),
            Subject::Incident(incident) => of(&self.incidents, incident),
        }
    }

    /// The rows of a scope in total order, whatever its window. Those of the scopes looked at last are kept.
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

    /// The rows that pass every filter. NULL is no: it is neither kept by a filter nor left out by one.
    fn filter(&self, rows: &[u32], filters: &[Filter]) -> Vec<u32> {
        let mut atoms = Atoms::default();
        let tests: Vec<_> = filters
            .iter()
            // Filters are read when they are typed, so none fails here.
            .filter_map(|filter| Some((condition(filter.text()).ok()?, filter.out)))
            .map(|(condition, out)| (evaluate_rows(&condition, &self.requests, &mut atoms).yes, out))
            .collect();
        let passes = |&row: &u32| tests.iter().all(|(yes, out)| yes.contains(row as usize) != *out);
        rows.iter().copied().filter(passes).collect()
    }

    /// Answers a request.
    pub fn answer(&mut self, request: &Request) -> Reply {
        match request {
            Request::Page { scope, first, count, keep } => Reply::Page(read::page(self, scope, *first, *count, *keep)),
            Request::Buckets { scope, columns } => Reply::Buckets(read::buckets(self, scope, *columns)),
            Request::Detail { row } => Reply::Detail(Box::new(read::detail(self, *row))),
            Request::Rejects { source, first, count } => Reply::Rejects(read::rejects(self, *source, *first, *count)),
            Request::Search { scope, needle, from, forward } => {
                Reply::Search(read::search(self, scope, needle, *from, *forward))
            }
        }
    }
}

fn words(rule: &Rule) -> RuleText {
    RuleText {
        title: rule.title.clone(),
        what: rule.what.clone(),
        why: rule.why.clone(),
        falsepositives: rule.falsepositives.clone(),
        next_steps: rule.next_steps.clone(),
    }
}
