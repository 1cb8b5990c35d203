//! Runs rules over requests: measure groups, compare them with their peers, collect the evidence.
//!
//! In: [`Requests`] and rules. Out: [`Hunt`]. Rules run in an order in which whatever a rule yields to has run
//! before it. What vantages that could be linked log counts once an exchange; vantages that could not are never
//! counted together: which sources belong together is part of every key. Everything is measured and compared, and
//! rules yield to one another, whatever the report is limited to; only then is evidence outside of it left out.

mod alike;
mod blast;
mod bounds;
mod collect;
mod columns;
mod coverage;
mod extract;
mod group;
mod incident;
mod kept;
mod lookalikes;
mod meanwhile;
mod measuring;
mod missing_files;
mod open;
mod outside;
mod overlap;
mod parts;
mod population;
mod report;
mod run;
mod sequence;
mod shelf;
mod sigma;
mod suppress;
mod turns;

pub use coverage::gaps;
pub(crate) use extract::needed;
pub use report::UNDECIDED;

use crate::finding::{BlastRadius, Finding, Hunt, Level, RuleState, RuleVerdict, Suppressed};
use crate::requests::Requests;
use crate::rule::Rule;
use crate::sigma::pack::Pack;
use crate::summary::families;
use fixedbitset::FixedBitSet;
use std::cmp::Reverse;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What to report and how much memory to use.
#[derive(Clone, Debug)]
pub struct HuntOptions {
    /// Findings below this level are left out (the rules still run).
    pub min_level: Level,
    /// Bytes that the index of groups may use at a time; measuring runs in as many passes as it takes (4,096 at most).
    pub memory: u64,
    /// These logs are a selection: comparison with others, absences and first-seen claims are off.
    pub extract: bool,
    /// Time known to be clean (from, until; microseconds UTC, until not included): populations are drawn from it.
    pub baseline: Option<(i64, i64)>,
    /// Threads to use; 0 means one per core.
    pub threads: usize,
    /// Sigma rules, judged beside the others.
    pub sigma: Arc<Pack>,
    /// Rule files that the hunt goes on without, a sentence each; they stand in the coverage's notes.
    pub broken: Vec<String>,
    /// Each finding by itself, however many of a rule are alike.
    pub each: bool,
    /// Set from another thread to stop early: rules that were judged keep what they found, the others are not evaluable.
    pub stop: Option<Arc<AtomicBool>>,
}

impl Default for HuntOptions {
    fn default() -> Self {
        Self {
            min_level: Level::Informational,
            memory: 1 << 30,
            extract: false,
            baseline: None,
            threads: 0,
            sigma: Arc::default(),
            broken: Vec::new(),
            each: false,
            stop: None,
        }
    }
}

impl HuntOptions {
    fn stopped(&self) -> bool {
        self.stop.as_ref().is_some_and(|stop| stop.load(Ordering::Relaxed))
    }

    fn threads(&self) -> usize {
        match self.threads {
            0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            threads => threads,
        }
    }
}

/// Why a rule was not judged that came after the hunt was stopped.
const STOPPED: &str = "not judged: the hunt was stopped before it";

/// What one rule came to.
struct Judged {
    verdict: RuleVerdict,
    findings: Vec<Finding>,
    /// What it could not judge for want of peers.
    undecided: Option<String>,
    suppressed: Vec<Suppressed>,
}

/// Judges every rule and collects findings and incidents.
pub fn hunt(requests: &Requests, rules: &[Rule], options: &HuntOptions) -> Hunt {
    let mut shelf = shelf::Shelf::new(requests, options.memory, options.extract);
    if let Some(clean) = options.baseline {
        shelf.mark_clean(clean);
    }
    let workers = options.threads().min(rules.len()).max(1);
    // What one rule uses at a time is shared out among those that are judged at a time.
    let each = HuntOptions {
        threads: options.threads().div_ceil(workers),
        memory: options.memory / workers as u64,
        ..options.clone()
    };
    let judged = turns::each_in_turn(&turns::in_order(rules), workers, |rule, claims| {
        let claimed = run::claimed(requests.rows(), claims);
        judge(&shelf, rule, claimed, &each)
    });
    let mut verdicts = Vec::new();
    let mut findings = Vec::new();
    let mut undecided = Vec::new();
    let mut suppressed = Vec::new();
    for rule in judged {
        undecided.extend(rule.undecided.map(|undecided| format!("{}: {undecided}", rule.verdict.id)));
        verdicts.push(rule.verdict);
        findings.extend(rule.findings);
        suppressed.extend(rule.suppressed);
    }
    let sigma = if options.stopped() {
        sigma::Judged { verdicts: sigma::unjudged(&options.sigma, STOPPED), ..sigma::Judged::default() }
    } else {
        sigma::judge(&shelf, &options.sigma, options)
    };
    verdicts.extend(sigma.verdicts);
    findings.extend(sigma.findings);
    suppressed.extend(sigma.suppressed);
    findings.retain(|finding| finding.level >= options.min_level);
    findings.sort_by(|a, b| (b.level, a.first, &a.id).cmp(&(a.level, b.first, &b.id)));
    let incidents = incident::link(&shelf, &mut findings);
    verdicts.sort_by(|a, b| a.id.cmp(&b.id));
    let mut coverage = coverage::cover(&shelf, &verdicts, &findings, options);
    coverage.notes.extend(undecided);
    coverage.notes.sort();
    suppressed.sort_by(|a, b| (&a.rule, a.kind, &a.entry).cmp(&(&b.rule, b.kind, &b.entry)));
    coverage.suppressed = suppressed;
    Hunt { coverage, rules: verdicts, findings, incidents }
}

/// Judges one rule, and says which rows its findings hold; `claimed` are those of the rules it yields to.
fn judge(shelf: &shelf::Shelf<'_>, rule: &Rule, claimed: FixedBitSet, options: &HuntOptions) -> (Judged, Vec<u32>) {
    let missing = run::missing(shelf, rule);
    let verdict = |state, why: String| RuleVerdict {
        id: rule.id.clone(),
        level: rule.level,
        state,
        missing: missing.clone(),
        why,
        open: None,
    };
    let not_evaluable = |why: String| {
        let verdict = verdict(RuleState::NotEvaluable, why);
        (Judged { verdict, findings: Vec::new(), undecided: None, suppressed: Vec::new() }, Vec::new())
    };
    if options.stopped() {
        // Rules yield only to those before them, so what was found so far stands.
        return not_evaluable(STOPPED.to_owned());
    }
    if !missing.is_empty() {
        return not_evaluable(format!("not evaluable: {} not in these logs", words(&missing)));
    }
    let form = if options.extract { extract::form(rule) } else { extract::Form::Whole };
    if let extract::Form::None(needs_all) = &form {
        return not_evaluable(format!(
            "not evaluable: --extract says these logs are a selection, and this rule needs all of them: {}",
            needs_all.join("; ")
        ));
    }
    let form = if let extract::Form::Floors(floors) = &form { floors } else { rule };
    let mut suppressed = Vec::new();
    let outcome = suppress::run(shelf, form, claimed, options, &mut suppressed);
    let verdict = if outcome.findings.is_empty() {
        let open = outcome.open.told(rule).filter(|_| outcome.open.decided == 0);
        RuleVerdict { open, ..verdict(RuleState::Silent, outcome.silence(rule)) }
    } else {
        verdict(RuleState::Fired, format!("{} finding(s)", outcome.findings.len()))
    };
    let undecided = outcome.undecided();
    (Judged { verdict, findings: outcome.findings, undecided, suppressed }, outcome.claimed)
}

/// Of how much the successful answers of some rows tell: objects, subjects at least and at most, bytes. Rows of vantages
/// that are not counted together are never added up: that of most rows is told. `extract`: these logs are a selection.
pub fn radius(requests: &Requests, rows: &[u32], extract: bool) -> BlastRadius {
    let counted: Vec<u32> = rows.iter().copied().filter(|&row| requests.counts(row)).collect();
    let most = families(requests, &counted).into_iter().min_by_key(|(family, rows)| (Reverse(rows.len()), *family));
    let backdrop = blast::Backdrop::new(requests, extract, gaps(requests));
    blast::radius(requests, &backdrop, most.as_ref().map_or(&counted, |(_, rows)| rows))
}

/// Whether a rule could be judged, as far as these requests show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prospect {
    /// The rule's id.
    pub id: String,
    /// The rule's level.
    pub level: Level,
    /// Columns that it needs and that none of these requests has; a rule that can be judged misses none.
    pub missing: Vec<String>,
    /// Why it needs all of the logs, where these are a selection.
    pub needs_all: Vec<String>,
}

impl Prospect {
    /// Whether the rule can be judged.
    pub const fn is_judgeable(&self) -> bool {
        self.missing.is_empty() && self.needs_all.is_empty()
    }
}

/// Looks which rules could be judged, by id, without judging any; of logs that are a selection with `extract`.
pub fn prospects(requests: &Requests, rules: &[Rule], extract: bool) -> Vec<Prospect> {
    let shelf = shelf::Shelf::new(requests, HuntOptions::default().memory, extract);
    let prospect = |rule: &Rule| Prospect {
        id: rule.id.clone(),
        level: rule.level,
        missing: run::missing(&shelf, rule),
        needs_all: if extract { extract::why_not(rule) } else { Vec::new() },
    };
    let mut prospects: Vec<Prospect> = rules.iter().map(prospect).collect();
    prospects.sort_by(|a, b| a.id.cmp(&b.id));
    prospects
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn words(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => format!("{one} is"),
        [most @ .., last] => format!("{} and {last} are", most.join(", ")),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
