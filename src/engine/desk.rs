//! Loaded logs with their findings, and the answers that can be read from them at once.

use super::answer::{Card, Findings, RuleText, Scope, Sources};
use super::extent::{Extent, Families, extent};
use super::scopes::{Rows, Scopes, Verdicts, within};
use super::sorting::{Sort, is_sortable};
use super::{Reply, Request, read};
use crate::korean::{Korean, in_language};
use crate::session::Session;
use crate::words::Lang;
use breachline_queries::finding::{Finding, Hunt};
use breachline_queries::requests::Requests;
use breachline_queries::rule::Rule;
use std::collections::BTreeMap;
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
    pub fn sources(&mut self) -> Sources {
        let extent = self.extent(&Scope::default());
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
            extent,
            notes: requests.derived.notes.clone(),
            range: first.zip(last),
            condition: self.scopes.session.condition(),
            complaints: self.scopes.session.complaints(),
        }
    }

    /// Takes the verdicts over; the evidence stays here, the rest is handed on.
    pub fn take_hunt(&mut self, hunt: Hunt, rules: &[Rule]) -> Findings {
        let verdicts = Arc::new(Verdicts::new(self.requests(), hunt));
        let hunt = &verdicts.hunt;
        // What is exported stays as the engine words it.
        let told = |lang: Lang| {
            let told = Hunt {
                coverage: hunt.coverage.clone(),
                rules: hunt.rules.clone(),
                incidents: hunt.incidents.clone(),
                findings: hunt.findings.iter().map(without_evidence).collect(),
            };
            let told = in_language(told, rules, lang);
            Findings {
                coverage: told.coverage,
                rules: told.rules,
                incidents: told.incidents,
                cards: told.findings.into_iter().map(card).collect(),
                texts: texts(rules, lang),
                korean: None,
            }
        };
        let findings = Findings { korean: Some(Arc::new(told(Lang::Ko))), ..told(Lang::En) };
        self.scopes.take(verdicts);
        findings
    }

    /// The rows of a scope in total order, whatever its window.
    pub(super) fn rows(&mut self, scope: &Scope) -> Rows {
        self.scopes.rows(scope)
    }

    /// The rows of a scope as they are listed, and the window that they are yet to be cut to.
    pub(super) fn listed(&mut self, scope: &Scope) -> (Rows, Option<(i64, i64)>) {
        self.scopes.listed(scope)
    }

    /// The work of putting a scope into its order, for another thread; `None` where the order is at hand.
    pub fn sort(&mut self, scope: &Scope) -> Option<Sort> {
        self.scopes.sort(scope)
    }

    /// Takes rows that were sorted elsewhere.
    pub fn take_sorted(&mut self, sort: &Sort, rows: Vec<u32>) {
        self.scopes.keep(sort, Arc::new(rows));
    }

    /// Word that a scope is in its order, and whether that differs from the order of time at all.
    pub(super) fn sorted(&mut self, scope: &Scope) -> Reply {
        let (rows, window) = self.listed(scope);
        // Rows without a value come last: where the first has none, none has.
        let first = within(self.requests(), &rows, window).first().copied();
        let has_values =
            first.zip(scope.order).is_none_or(|(row, by)| is_sortable(self.requests(), self.found(), by, row));
        Reply::Sort { scope: scope.clone(), has_values }
    }

    /// The rows of a scope that stand for requests, by vantages.
    pub(super) fn families(&mut self, scope: &Scope, rows: &[u32]) -> Arc<Families> {
        self.scopes.families(scope, rows)
    }

    /// How many requests a scope holds.
    pub(super) fn extent(&mut self, scope: &Scope) -> Extent {
        let rows = self.rows(scope);
        let families = self.families(scope, &rows);
        extent(self.requests(), &rows, &families, scope.window)
    }

    /// What was found, once it is.
    pub(super) fn found(&self) -> Option<&Verdicts> {
        self.scopes.verdicts().map(AsRef::as_ref)
    }

    /// Answers a request; `None` for one that is not answered at once.
    pub fn answer(&mut self, request: &Request) -> Option<Reply> {
        Some(match request {
            Request::Page { scope, first, count, keep } => Reply::Page(read::page(self, scope, *first, *count, *keep)),
            Request::Sort { scope } => self.sorted(scope),
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

/// A finding without its evidence, which stays here.
fn without_evidence(finding: &Finding) -> Finding {
    // The rows may be very many, so they are not cloned to be thrown away.
    Finding {
        id: finding.id.clone(),
        supersedes: finding.supersedes.clone(),
        rule: finding.rule.clone(),
        title: finding.title.clone(),
        tags: finding.tags.clone(),
        modelled_on: finding.modelled_on.clone(),
        entities: finding.entities.clone(),
        measures: finding.measures.clone(),
        evidence: Vec::new(),
        digest: finding.digest.clone(),
        blast_radius: finding.blast_radius.clone(),
        incident: finding.incident.clone(),
        why: finding.why.clone(),
        ruled_out: finding.ruled_out.clone(),
        not_ruled_out: finding.not_ruled_out.clone(),
        innocent_if: finding.innocent_if.clone(),
        next_steps: finding.next_steps.clone(),
        level: finding.level,
        confidence: finding.confidence,
        outcome: finding.outcome,
        first: finding.first,
        last: finding.last,
        exchanges: finding.exchanges,
        exchanges_unlimited: finding.exchanges_unlimited,
    }
}

fn card(finding: Finding) -> Card {
    Card { requests: finding.exchanges as usize, finding }
}

/// What the rules say of themselves, by id; what is not translated stays as the rule has it.
fn texts(rules: &[Rule], lang: Lang) -> BTreeMap<String, RuleText> {
    let korean = (lang == Lang::Ko).then(Korean::get);
    let told = |rule: &Rule| {
        let mut text = RuleText {
            title: rule.title.clone(),
            what: rule.what.clone(),
            why: rule.why.clone(),
            falsepositives: rule.falsepositives.clone(),
            next_steps: rule.next_steps.clone(),
        };
        if let Some(korean) = korean {
            korean.put(&rule.id, &mut text);
        }
        (rule.id.clone(), text)
    };
    rules.iter().map(told).collect()
}
