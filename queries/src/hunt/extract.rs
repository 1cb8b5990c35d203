//! What a selection of the logs (`--extract`) cannot answer.

use crate::expr::{Expr, Op};
use crate::measure::Measure;
use crate::rule::{Among, Rule, is_of_population};
use std::collections::BTreeSet;

/// How a rule is judged over a selection.
pub enum Form {
    /// As it is: what it looks at is all there.
    Whole,
    /// By its own floors alone ([`floors`]), one level lower.
    Floors(Box<Rule>),
    /// Not at all; why, in a few words each.
    None(Vec<String>),
}

/// How a rule is judged over a selection.
pub fn form(rule: &Rule) -> Form {
    let floors = rule.when_alone.as_ref().filter(|_| rule.among.is_some()).and_then(|alone| floors(rule, alone));
    let why = needs_all(rule, floors.is_some());
    match floors {
        _ if !why.is_empty() => Form::None(why),
        Some(floors) => Form::Floors(Box::new(floors)),
        // Its shares are of what was selected.
        None if by_shares(rule) => Form::Floors(Box::new(alone(rule, rule.when.clone()))),
        None => Form::Whole,
    }
}

/// Why a rule needs all of the logs; empty when counting what is there is enough for it.
pub fn why_not(rule: &Rule) -> Vec<String> {
    match form(rule) {
        Form::None(why) => why,
        Form::Whole | Form::Floors(_) => Vec::new(),
    }
}

/// The rule by its own floors: what it says for groups without peers, less what only all of the logs could tell. `None`
/// where no floor is left.
fn floors(rule: &Rule, when: &Expr) -> Option<Rule> {
    let kept: Vec<&Expr> = when.conjuncts().into_iter().filter(|part| !is_left_open(part, rule)).collect();
    kept.iter().any(|part| is_floor(part, rule)).then(|| {
        let mut rule = alone(rule, all_of(&kept));
        if let Some(join) = &mut rule.join {
            let parts = join.when.take();
            let kept: Vec<&Expr> =
                parts.iter().flat_map(Expr::conjuncts).filter(|part| !is_open_in(part, &join.measures)).collect();
            join.when = (!kept.is_empty()).then(|| all_of(&kept));
        }
        rule
    })
}

/// The rule with nobody to be compared with, which lowers its level.
fn alone(rule: &Rule, when: Expr) -> Rule {
    let nobody = Among {
        peers_on: Vec::new(),
        at_least: ALONE,
        enough: ALONE,
        only: Some(Expr::Bool(false)),
        ordinary: rule.among.as_ref().and_then(|among| among.ordinary.clone()),
    };
    let mut rule = Rule { among: Some(nobody), when_alone: Some(when.clone()), when, ..rule.clone() };
    if let Some(join) = &mut rule.join {
        join.alongside = None;
    }
    rule
}

/// As many peers as nobody has: what a rule asks for that is judged by its floors.
pub const ALONE: usize = usize::MAX;

fn all_of(parts: &[&Expr]) -> Expr {
    let and = |left: Expr, right: Expr| Expr::Binary(Op::And, Box::new(left), Box::new(right));
    parts.iter().map(|part| (*part).clone()).reduce(and).unwrap_or(Expr::Bool(true))
}

/// A number that the group itself must reach.
fn is_floor(part: &Expr, rule: &Rule) -> bool {
    let Expr::Binary(Op::Ge | Op::Gt, left, right) = part else { return false };
    let Expr::Name(name, _) = left.as_ref() else { return false };
    let counts = |measure: &&Measure| measure.name == *name && !is_open(measure) && !is_share(measure);
    matches!(right.as_ref(), Expr::Number(least) if *least > 1.0)
        && rule.measures.iter().any(|measure| counts(&measure))
}

/// Whether a selection leaves an expression without a value, since it needs what others do or a measure that is open.
fn is_left_open(expr: &Expr, rule: &Rule) -> bool {
    let of = |expr: &Expr| is_left_open(expr, rule);
    match expr {
        Expr::Name(name, _) => match rule.signs.iter().find(|sign| sign.name == *name) {
            Some(sign) => of(&sign.when),
            None => name.starts_with("peers.") || is_open_in(expr, &rule.measures),
        },
        Expr::Call(name, ..) if NULL_SAFE.contains(&name.as_str()) => false,
        Expr::Call(name, arguments, _) => is_of_population(name) || arguments.iter().any(of),
        Expr::Binary(Op::Or, left, right) => of(left) && of(right),
        Expr::Binary(_, left, right) => of(left) || of(right),
        Expr::Not(inner) | Expr::Neg(inner) | Expr::In(inner, ..) | Expr::Like(inner, ..) => of(inner),
        Expr::Between(inner, low, high, _) => [inner, low, high].into_iter().any(|part| of(part)),
        Expr::IsNull(..) | Expr::Null | Expr::Bool(_) | Expr::Number(_) | Expr::Text(_) => false,
    }
}

/// Whether an expression names one of some measures that is open.
fn is_open_in(expr: &Expr, measures: &[Measure]) -> bool {
    let names = expr.names();
    measures.iter().any(|measure| is_open(measure) && names.contains(&measure.name.as_str()))
}

/// Whether a rule cannot fire without the share of its rows that are of one sort.
fn by_shares(rule: &Rule) -> bool {
    let needed = needed_by(rule);
    let joint = rule.join.iter().flat_map(|join| &join.measures);
    rule.measures.iter().chain(joint).any(|measure| is_share(measure) && needed.contains(measure.name.as_str()))
}

/// Why a rule needs all of the logs, in a few words each. `floors`: it has floors of its own.
fn needs_all(rule: &Rule, floors: bool) -> Vec<String> {
    let mut why = Vec::new();
    if rule.among.is_some() && !floors {
        why.push("it compares with peers, who may have been left out".to_owned());
    }
    let joint = rule.join.iter().flat_map(|join| &join.measures);
    let measures: Vec<&Measure> = rule.measures.iter().chain(joint).collect();
    if rule.absent.is_some() || measures.iter().any(|measure| measure.function == "absences") {
        why.push("it looks for a step that is missing".to_owned());
    }
    let needed = if floors { BTreeSet::new() } else { needed_by(rule) };
    let open = |measure: &&&Measure| is_open(measure) && needed.contains(measure.name.as_str());
    let mut said: Vec<&str> = Vec::new();
    for measure in measures.iter().filter(open) {
        let sentence = lost(measure);
        if !said.contains(&sentence) {
            said.push(sentence);
            why.push(format!("{sentence} ({})", measure.text));
        }
    }
    let rows = [&rule.condition, &rule.evidence];
    let steps = rule.sequence.iter().flat_map(|sequence| &sequence.steps).chain(rows);
    let read: Vec<&str> = steps.flat_map(Expr::names).collect();
    for (column, sentence) in LEARNT.iter().filter(|(column, _)| read.contains(column)) {
        why.push(format!("{sentence} ({column})"));
    }
    why
}

/// Columns that are learnt from all that others do.
const LEARNT: [(&str, &str); 2] = [
    ("audience", "who may use a route is learnt from all its users"),
    ("auth", "that a request showed no credential is learnt from how others did"),
];

/// Why a selection cannot give a measure that is open.
fn lost(measure: &Measure) -> &'static str {
    if let Some((_, sentence)) = LEARNT.iter().find(|(column, _)| reads(measure, column)) {
        return sentence;
    }
    match measure.function {
        "new_share" => "what is seen first here may have been seen before",
        "holes" => "what is missing may have been left out",
        "pauses" => "a pause may be what was left out",
        "skips" => "the step that seems to be missing may have been left out",
        "strays" => "what others keep to, and where this one was before, may have been left out",
        "alternates" => "what came in between may have been left out",
        "fellow_share" => "who else was at both places may have been left out",
        "foreign_share" | "foreign_owners" => "whose home an object is may have been left out",
        _ => "a share of what was selected is no share of what there was",
    }
}

/// Whether a selection cannot give a measure: it is NULL then.
pub fn is_open(measure: &Measure) -> bool {
    measure.looks_outside()
        || matches!(measure.function, "meanwhile_share" | "overlap_ratio" | "presence")
        || LEARNT.iter().any(|(column, _)| reads(measure, column))
}

/// Whether a measure is a share of the group's own rows: what it is depends on how they were selected.
fn is_share(measure: &Measure) -> bool {
    matches!(measure.function, "share" | "top_share" | "repeat_share")
}

/// Whether a measure looks at rows by a column.
fn reads(measure: &Measure, column: &str) -> bool {
    measure.condition.iter().any(|condition| condition.names().contains(&column))
}

/// Measures without which the rule cannot fire.
fn needed_by(rule: &Rule) -> BTreeSet<&str> {
    let mut needed = needed(&rule.when, rule);
    needed.extend(rule.join.iter().filter_map(|join| join.when.as_ref()).flat_map(|when| self::needed(when, rule)));
    needed
}

/// Measures whose being NULL keeps an expression from being TRUE.
pub(crate) fn needed<'r>(expr: &'r Expr, rule: &'r Rule) -> BTreeSet<&'r str> {
    let of = |expr: &'r Expr| needed(expr, rule);
    match expr {
        Expr::Name(name, _) => match rule.signs.iter().find(|sign| sign.name == *name) {
            Some(sign) => of(&sign.when),
            None => BTreeSet::from([name.as_str()]),
        },
        // What is NULL is left out by these.
        Expr::Call(name, ..) if NULL_SAFE.contains(&name.as_str()) => BTreeSet::new(),
        Expr::Call(_, arguments, _) => arguments.iter().flat_map(of).collect(),
        Expr::Binary(Op::Or, left, right) => &of(left) & &of(right),
        Expr::Binary(_, left, right) => &of(left) | &of(right),
        Expr::Not(inner) | Expr::Neg(inner) | Expr::In(inner, ..) | Expr::Like(inner, ..) => of(inner),
        Expr::Between(inner, low, high, _) => [inner, low, high].into_iter().flat_map(|part| of(part)).collect(),
        Expr::IsNull(..) | Expr::Null | Expr::Bool(_) | Expr::Number(_) | Expr::Text(_) => BTreeSet::new(),
    }
}

/// Functions that give a value although an argument is NULL.
const NULL_SAFE: [&str; 5] = ["coalesce", "at_least", "true_count", "least", "greatest"];

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn built_in_rules_that_compare_say_what_they_need() {
        let rules = crate::rule::builtin();
        let of = |id: &str| why_not(rules.iter().find(|rule| rule.id == id).unwrap()).join("; ");
        assert!(of("account-harvest").contains("compares with peers"), "{}", of("account-harvest"));
        assert!(of("unauthenticated-answers").contains("auth"), "{}", of("unauthenticated-answers"));
        assert_eq!(of("sql-injection"), "", "attack content is what it is, however few lines were selected");
        assert!(of("foreign-administration").contains("audience"), "{}", of("foreign-administration"));
        assert!(of("stranger-with-a-key").contains("new_share(user_agent)"), "{}", of("stranger-with-a-key"));
    }

    #[test]
    fn floors_are_what_a_rule_says_of_groups_without_peers_less_what_others_would_tell() {
        let rules = crate::rule::builtin();
        let Form::Floors(walk) = form(rules.iter().find(|rule| rule.id == "object-walk").unwrap()) else {
            unreachable!("it has floors of its own")
        };
        let when = walk.when.to_string();
        assert!(when.contains("distinct >= 100") && when.contains("miss_share >= 0.1"), "{when}");
        assert!(!when.contains("focus"), "its share of all its requests: {when}");
        assert!(walk.among.is_some_and(|among| among.at_least == ALONE));
    }
}
