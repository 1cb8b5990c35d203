//! Sigma rules judged beside our own: matched by column, grouped by client address, correlations over their matches.

mod correlate;
mod report;
mod windows;

use super::HuntOptions;
use super::shelf::Shelf;
use crate::finding::{Finding, RuleState, RuleVerdict, Suppressed};
use crate::sigma::matching::{Bench, Plan};
use crate::sigma::pack::Pack;
use crate::sigma::term::Term;
use crate::sigma::{Body, Filter, Scope, SigmaRule};
use std::collections::BTreeMap;

/// What the rules of a pack gave.
#[derive(Default)]
pub struct Judged {
    /// One a rule.
    pub verdicts: Vec<RuleVerdict>,
    /// Their findings, in no particular order.
    pub findings: Vec<Finding>,
    /// What filters took away.
    pub suppressed: Vec<Suppressed>,
}

/// Why a rule cannot be judged.
pub struct Unable {
    /// Columns or fields that are missing.
    pub missing: Vec<String>,
    /// In a sentence.
    pub why: String,
}

/// A rule that can be judged.
struct Runnable<'p> {
    rule: &'p SigmaRule,
    plan: Plan,
    /// What of it stays open.
    open: Vec<String>,
    /// The rule without its filters, and their names; `None` where it has none.
    bare: Option<(Plan, String)>,
}

/// Matches of a rule, or why there are none to be had.
pub type Matches = Result<Vec<u32>, Unable>;

/// Rules of a pack that are not judged, and why, in a sentence.
pub fn unjudged(pack: &Pack, why: &str) -> Vec<RuleVerdict> {
    let verdict = |rule: &SigmaRule| RuleVerdict {
        id: rule.id.clone(),
        level: rule.level,
        state: RuleState::NotEvaluable,
        missing: Vec::new(),
        why: why.to_owned(),
        open: None,
    };
    pack.rules.iter().map(verdict).collect()
}

/// Judges every rule of a pack.
pub fn judge(shelf: &Shelf<'_>, pack: &Pack, options: &HuntOptions) -> Judged {
    let mut judged = Judged::default();
    if pack.is_empty() {
        return judged;
    }
    let mut bench = Bench::new(shelf.requests);
    let mut matches: BTreeMap<&str, Matches> = BTreeMap::new();
    let mut runnable = Vec::new();
    for rule in &pack.rules {
        if let Body::Detection(term) = &rule.body {
            match prepare(&mut bench, pack, rule, term) {
                Ok(ready) => runnable.push(ready),
                Err(unable) => drop(matches.insert(&rule.id, Err(unable))),
            }
        }
    }
    bench.scan(options.threads());
    for ready in &runnable {
        let rows = shelf.rows(&bench.rows(&ready.plan));
        if pack.reports(ready.rule) {
            let reporter = report::Reporter { shelf, bench: &bench };
            let findings = reporter.of_matches(ready.rule, &ready.plan, &rows);
            judged.verdicts.push(verdict(shelf, ready.rule, (&findings, rows.len()), &ready.open));
            judged.suppressed.extend(filtered(&reporter, ready, &rows, &findings));
            judged.findings.extend(findings);
        } else {
            judged.verdicts.push(counted_elsewhere(pack, ready.rule, rows.len()));
        }
        matches.insert(&ready.rule.id, Ok(rows));
    }
    correlate::judge(shelf, pack, &mut bench, &mut matches, &mut judged);
    for rule in &pack.rules {
        if let Some(Err(unable)) = matches.get(rule.id.as_str()) {
            judged.verdicts.push(RuleVerdict {
                id: rule.id.clone(),
                level: rule.level,
                state: RuleState::NotEvaluable,
                missing: unable.missing.clone(),
                why: format!("not evaluable: {}", unable.why),
                open: None,
            });
        }
    }
    judged
}

/// The plan of a rule with its filters, or why these logs cannot answer it.
fn prepare<'p>(bench: &mut Bench<'_>, pack: &Pack, rule: &'p SigmaRule, term: &Term) -> Result<Runnable<'p>, Unable> {
    let scope = match &rule.scope {
        Ok(scope) => *scope,
        Err(why) => return Err(Unable { missing: Vec::new(), why: why.clone() }),
    };
    let filters: Vec<&Filter> = pack.filters.iter().filter(|filter| filter.is_for(rule)).collect();
    let terms = filters.iter().map(|filter| filter.term.clone());
    let whole = Term::All(std::iter::once(term.clone()).chain(terms).collect());
    let settled = bench.settled(&whole, scope);
    let names = filters.iter().map(|filter| filter.title.as_str()).collect::<Vec<_>>().join(", ");
    let bare = (!filters.is_empty()).then(|| {
        let settled = bench.settled(term, scope);
        (bench.plan(&settled), names)
    });
    let open = settled.unknowns();
    let lacking = settled.missing();
    if settled.can_be(true) {
        let lacking = lacking.iter().map(|column| format!("{column}: not in these logs"));
        let open = open.into_iter().chain(lacking).collect();
        return Ok(Runnable { rule, plan: bench.plan(&settled), open, bare });
    }
    // A sentence about a field begins with its name.
    let fields = open.iter().filter_map(|why| why.split_once(": ").map(|(field, _)| field));
    let mut missing: Vec<String> =
        fields.filter(|field| !field.contains(' ')).map(str::to_owned).chain(lacking.iter().cloned()).collect();
    missing.sort();
    missing.dedup();
    let lacking = (!lacking.is_empty()).then(|| format!("{} not in these logs", super::words(&lacking)));
    let why: Vec<String> = open.into_iter().chain(lacking).collect();
    Err(Unable { missing, why: why.join("; ") })
}

/// What the filters of a rule took out of its matches, and how many findings with it; `None` where that is nothing.
fn filtered(
    reporter: &report::Reporter<'_, '_>,
    ready: &Runnable<'_>,
    rows: &[u32],
    findings: &[Finding],
) -> Option<Suppressed> {
    let (plan, names) = ready.bare.as_ref()?;
    let all = reporter.shelf.rows(&reporter.bench.rows(plan));
    let gone = all.len().checked_sub(rows.len()).filter(|gone| *gone > 0)?;
    let open = reporter.of_matches(ready.rule, plan, &all);
    let lost = open.iter().filter(|finding| findings.iter().all(|left| left.id != finding.id)).count();
    Some(Suppressed {
        rule: ready.rule.id.clone(),
        kind: "filter",
        entry: names.clone(),
        rows: gone as u64,
        findings: lost as u64,
    })
}

/// The verdict on a rule with its findings and how much matched.
fn verdict(
    shelf: &Shelf<'_>,
    rule: &SigmaRule,
    (findings, matched): (&[Finding], usize),
    open: &[String],
) -> RuleVerdict {
    let limit = shelf.requests.derived.selected.as_ref().filter(|_| matched > 0);
    let (state, said) = match (findings.len(), limit) {
        (0, Some(limit)) => {
            (RuleState::Silent, format!("judged; {matched} matches, none of them within {}", limit.words))
        }
        (0, None) => (RuleState::Silent, "judged, nothing found".to_owned()),
        (some, _) => (RuleState::Fired, format!("{some} finding(s)")),
    };
    let open = if open.is_empty() { String::new() } else { format!("; left open: {}", open.join("; ")) };
    RuleVerdict {
        id: rule.id.clone(),
        level: rule.level,
        state,
        missing: Vec::new(),
        why: format!("{said}{open}"),
        open: None,
    }
}

/// The verdict on a rule whose matches are for correlations.
fn counted_elsewhere(pack: &Pack, rule: &SigmaRule, rows: usize) -> RuleVerdict {
    let by: Vec<&str> = pack.correlations_of(rule).map(|other| other.id.as_str()).collect();
    RuleVerdict {
        id: rule.id.clone(),
        level: rule.level,
        state: RuleState::Silent,
        missing: Vec::new(),
        why: format!("judged, {rows} matches, which are for the correlation {}", by.join(", ")),
        open: None,
    }
}

/// Whether addresses may be taken for clients.
fn affects(scope: &Result<Scope, String>) -> bool {
    matches!(scope, Ok(Scope::Proxy))
}

#[cfg(test)]
#[path = "sigma/tests.rs"]
mod tests;
