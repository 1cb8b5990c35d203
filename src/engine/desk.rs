//! Loaded logs with their findings, and the answers that can be read from them at once.

use super::answer::{Card, Findings, RuleText, Scope, Sources};
use super::scopes::{Rows, Scopes, Verdicts};
use super::{Reply, Request, read};
use crate::session::Session;
use breachline_queries::finding::{Finding, Hunt};
use breachline_queries::requests::Requests;
use breachline_queries::rule::Rule;
use std::sync::Arc;

/// Everything the engine answers from. Has no thread of its own, so that tests can use it directly.
pub struct Desk {
    passed_over: Vec<u32>,
    pub(super) key: [u8; 32],
    scopes: Scopes,
}

impl Desk {
    /// Takes loaded logs over; `key` makes the fingerprints that stand in for secrets.
    pub fn new(session: Session, key: [u8; 32]) -> Self {
        let passed_over =
            session.sources().iter().filter(|source| session.is_passed_over(source)).map(|source| source.id).collect();
        Self { passed_over, key, scopes: Scopes::new(Arc::new(session)) }
    }

    /// The logs, for others to read.
    pub fn session(&self) -> Arc<Session> {
        Arc::clone(&self.scopes.session)
    }

    /// All requests.
    pub(super) fn requests(&self) -> &Requests {
        self.scopes.requests()
    }

    /// What was found, for others to read.
    pub fn verdicts(&self) -> Option<Arc<Verdicts>> {
        self.scopes.verdicts().cloned()
    }

    /// What was read.
    pub fn sources(&self) -> Sources {
        let requests = self.requests();
        let first = requests.sources.iter().filter_map(|source| source.first).min();
        let last = requests.sources.iter().filter_map(|source| source.last).max();
        let mut reports = requests.sources.clone();
        // What is no log comes after the logs.
        reports.sort_by_key(|report| (self.passed_over.contains(&report.id), report.id));
        Sources {
            reports,
            problems: self.scopes.session.problems.clone(),
            passed_over: self.passed_over.clone(),
            requests: requests.selected().len(),
            notes: requests.derived.notes.clone(),
            range: first.zip(last),
        }
    }

    /// Takes the verdicts over; the evidence stays here, the rest is handed on.
    pub fn take_hunt(&mut self, hunt: Hunt, rules: &[Rule]) -> Findings {
        let verdicts = Arc::new(Verdicts::new(self.requests(), hunt));
        let hunt = &verdicts.hunt;
        let findings = Findings {
            coverage: hunt.coverage.clone(),
            rules: hunt.rules.clone(),
            incidents: hunt.incidents.clone(),
            cards: hunt.findings.iter().map(card).collect(),
            texts: rules.iter().map(|rule| (rule.id.clone(), words(rule))).collect(),
        };
        self.scopes.take(verdicts);
        findings
    }

    /// The rows of a scope in total order, whatever its window.
    pub(super) fn rows(&mut self, scope: &Scope) -> Rows {
        self.scopes.rows(scope)
    }

    /// What was found, once it is.
    pub(super) fn found(&self) -> Option<&Verdicts> {
        self.scopes.verdicts().map(AsRef::as_ref)
    }

    /// Answers a request; `None` for one that is not answered at once.
    pub fn answer(&mut self, request: &Request) -> Option<Reply> {
        Some(match request {
            Request::Page { scope, first, count, keep } => Reply::Page(read::page(self, scope, *first, *count, *keep)),
            Request::Buckets { scope, columns } => Reply::Buckets(read::buckets(self, scope, *columns)),
            Request::Detail { row } => Reply::Detail(Box::new(read::detail(self, *row))),
            Request::Rejects { source, first, count } => Reply::Rejects(read::rejects(self, *source, *first, *count)),
            Request::Search { scope, needle, from, forward } => {
                Reply::Search(read::search(self, scope, needle, *from, *forward))
            }
            Request::Marked { places } => Reply::Marked(read::marked(self, places)),
            _ => return None,
        })
    }
}

/// A finding without its evidence.
fn card(finding: &Finding) -> Card {
    let mut finding = finding.clone();
    finding.evidence = Vec::new();
    Card { requests: finding.exchanges as usize, finding }
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
