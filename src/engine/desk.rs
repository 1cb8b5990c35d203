//! Loaded logs with their findings, and the answers that can be read from them.

use super::answer::{Card, Findings, RuleText, Sources, Subject};
use super::{Reply, Request, read};
use crate::session::Session;
use breachline_parsers::load::{Problem, RawLines};
use breachline_parsers::report::Reject;
use breachline_queries::finding::{Gap, Hunt, Level};
use breachline_queries::requests::Requests;
use breachline_queries::rule::Rule;
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
    pub(super) evidence: Vec<Vec<u32>>,
    /// Level and title of each finding.
    pub(super) titles: Vec<(Level, String)>,
    /// Rows of each incident's evidence, in total order.
    incidents: Vec<Vec<u32>>,
    /// Row and position of a finding it is evidence of, sorted.
    pub(super) marks: Vec<(u32, u32)>,
    pub(super) gaps: Vec<Gap>,
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
        self.evidence = hunt.findings.iter_mut().map(|finding| std::mem::take(&mut finding.evidence)).collect();
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
                self.union(incident.findings.iter().filter_map(of))
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

    /// All rows of a subject in total order; empty for one that does not exist.
    pub(super) fn rows_of(&self, subject: Subject) -> &[u32] {
        match subject {
            Subject::All => &self.requests.order,
            Subject::Finding(finding) => self.evidence.get(finding).map_or(&[], Vec::as_slice),
            Subject::Incident(incident) => self.incidents.get(incident).map_or(&[], Vec::as_slice),
        }
    }

    /// Answers a request.
    pub fn answer(&mut self, request: &Request) -> Reply {
        match request {
            Request::Page { scope, first, count, keep } => Reply::Page(read::page(self, *scope, *first, *count, *keep)),
            Request::Buckets { scope, columns } => Reply::Buckets(read::buckets(self, *scope, *columns)),
            Request::Detail { row } => Reply::Detail(Box::new(read::detail(self, *row))),
            Request::Rejects { source, first, count } => Reply::Rejects(read::rejects(self, *source, *first, *count)),
            Request::Search { scope, needle, from, forward } => {
                Reply::Search(read::search(self, *scope, needle, *from, *forward))
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
