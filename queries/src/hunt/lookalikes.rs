//! Which benign look-alikes a finding is not, each by its figure, and which it may still be: what the rule says of them
//! (`ruled_out`, `open`), or, where it says nothing at all, what can be read off the comparisons that let it fire.
//!
//! A comparison counts when it holds (or, under a NOT, does not) in the direction that speaks against the look-alike. What
//! is said is the figure; that it suffices is the rule's judgement.

use super::population::{GroupScope, Table};
use super::report::{Words, number};
use super::run::Stage;
use crate::expr::scalar::evaluate;
use crate::expr::{Expr, Op};
use crate::measure::Measure;
use crate::rule::{RuledOut, figures};
use std::collections::BTreeSet;

/// On which side of its bound a measure must lie.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Low,
    High,
}

/// Measure, side, and the sentence; `{}` is the figure, `{%}` the same as per cent.
const LOOKALIKES: &[(&str, Side, &str)] = &[
    ("scheduled", Side::Low, "Not a job that recurs: its days and hours follow no schedule."),
    (
        "repeat_share",
        Side::Low,
        "Not a poller or a reader who returns: {%} of its requests asked for what it had already.",
    ),
    (
        "common_share",
        Side::Low,
        "Not what everybody reads: {%} of ordinary requests there are for objects that many ask for.",
    ),
    ("crowd_share", Side::Low, "Not how the interface is used: {%} of the route's callers do this."),
    ("meanwhile_share", Side::Low, "Not an outage: {%} of everybody else's requests went the same way meanwhile."),
    ("focus", Side::High, "Not a user of the whole application: {%} of its requests in these logs are these."),
    ("exclusive_share", Side::High, "Not readers of the same things: {%} of what it asked for nobody else asked for."),
    ("new_share", Side::High, "Not the usual work: {%} of this was not seen where it was at home before."),
    (
        "keyed_share",
        Side::High,
        "Not a public route: {%} of its successful answers went to requests with a credential.",
    ),
    ("foreign_share", Side::High, "Not its own things: {%} of them are at home with others."),
    ("elsewhere_share", Side::High, "Not its own things: {%} of them go with somebody else."),
    (
        "fellow_share",
        Side::Low,
        "Not two ways out of one network: {%} of the others at the first place were seen at the second too.",
    ),
    (
        "evenness",
        Side::High,
        "Not somebody who sleeps: its requests are spread over the hours of the day (evenness {}).",
    ),
    ("usual_share", Side::Low, "Not the usual answer: {%} of its answers are those that most others get."),
];

/// What became of the look-alikes that a rule names.
#[derive(Default)]
pub struct LookAlikes {
    /// Those that the finding is told from, with the figures.
    pub ruled_out: Vec<String>,
    /// Those that it may still be, with whom to ask.
    pub open: Vec<String>,
}

/// The look-alikes of a group: what the rule says itself, in its order, or what its comparisons tell, sorted.
pub fn look_alikes(stage: &Stage<'_, '_>, table: &Table, scope: &GroupScope<'_>, words: &Words<'_, '_>) -> LookAlikes {
    let rule = stage.rule;
    if rule.ruled_out.is_empty() && rule.open.is_empty() {
        return LookAlikes { ruled_out: derived(stage, table, scope), open: Vec::new() };
    }
    let mut out = LookAlikes::default();
    for number in 1..=rule.falsepositives.len() {
        let mut ways = rule.ruled_out.get(&number).into_iter().flatten();
        match ways.find(|way| tells(way, words)) {
            Some(way) => out.ruled_out.push(words.fill(&way.say)),
            None => out.open.push(rule.not_ruled_out(number)),
        }
    }
    out
}

/// Whether a way to rule a look-alike out has its values, without which there is nothing to tell by, and holds.
fn tells(way: &RuledOut, words: &Words<'_, '_>) -> bool {
    figures(&way.say).all(|name| words.knows(name))
        && way.when.as_ref().is_none_or(|when| evaluate(when, words).truth() == Some(true))
}

/// What the comparisons tell that let a group fire, sorted.
fn derived(stage: &Stage<'_, '_>, table: &Table, scope: &GroupScope<'_>) -> Vec<String> {
    let mut said: BTreeSet<String> = BTreeSet::new();
    let mut look = |measure: usize, side: Side| {
        let Measure { function, columns, .. } = &stage.rule.measures[measure];
        let value = table.value(measure, scope.group);
        let known = LOOKALIKES.iter().find(|(name, of, _)| name == function && *of == side);
        if let Some((_, _, sentence)) = known.filter(|_| !value.is_nan()) {
            said.insert(filled(sentence, value));
        } else if *function == "n_unique" && side == Side::Low && columns.iter().any(|column| column == "user_agent") {
            said.insert(format!("Not many people behind one address: {} user agent(s).", number(value)));
        }
    };
    let conditions = std::iter::once(&stage.rule.when).chain(
        stage.rule.signs.iter().map(|sign| &sign.when).filter(|when| evaluate(when, scope).truth() == Some(true)),
    );
    for condition in conditions {
        compare(condition, false, stage, scope, &mut look);
    }
    said.into_iter().collect()
}

fn filled(sentence: &str, value: f64) -> String {
    let percent = format!("{} %", number((value * 1000.0).round() / 10.0));
    sentence.replace("{%}", &percent).replace("{}", &number((value * 1000.0).round() / 1000.0))
}

/// Calls `look` with the measure and side of each comparison that holds.
fn compare(
    expr: &Expr,
    negated: bool,
    stage: &Stage<'_, '_>,
    scope: &GroupScope<'_>,
    look: &mut dyn FnMut(usize, Side),
) {
    match expr {
        Expr::Not(inner) => compare(inner, !negated, stage, scope, look),
        Expr::Binary(Op::And | Op::Or, left, right) => {
            compare(left, negated, stage, scope, look);
            compare(right, negated, stage, scope, look);
        }
        Expr::Call(_, arguments, _) => {
            for argument in arguments {
                compare(argument, negated, stage, scope, look);
            }
        }
        Expr::Binary(op, left, _) => {
            let Expr::Name(name, _) = left.as_ref() else { return };
            let Some(measure) = stage.rule.measures.iter().position(|measure| measure.name == *name) else { return };
            if evaluate(expr, scope).truth() != Some(!negated) {
                return;
            }
            let side = match (op, negated) {
                (Op::Le | Op::Lt | Op::Eq, false) | (Op::Ge | Op::Gt | Op::Ne, true) => Side::Low,
                (Op::Ge | Op::Gt | Op::Ne, false) | (Op::Le | Op::Lt | Op::Eq, true) => Side::High,
                _ => return,
            };
            look(measure, side);
        }
        _ => {}
    }
}
