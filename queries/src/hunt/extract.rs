//! What a selection of the logs (`--extract`) cannot answer.

use crate::expr::{Expr, Op};
use crate::measure::Measure;
use crate::rule::Rule;
use std::collections::BTreeSet;

/// Why a rule needs all of the logs, in a few words each; empty when counting what is there is enough for it.
pub fn needs_all(rule: &Rule) -> Vec<String> {
    let mut why = Vec::new();
    if rule.among.is_some() {
        why.push("it compares with peers, who may have been left out".to_owned());
    }
    let joint = rule.join.iter().flat_map(|join| &join.measures);
    let measures: Vec<&Measure> = rule.measures.iter().chain(joint).collect();
    if rule.absent.is_some() || measures.iter().any(|measure| measure.function == "absences") {
        why.push("it looks for a step that is missing".to_owned());
    }
    let needed = needed_by(rule);
    let open = |measure: &&&Measure| is_open(measure) && needed.contains(measure.name.as_str());
    let mut said: Vec<&str> = Vec::new();
    for measure in measures.iter().filter(open) {
        let sentence = lost(measure.function);
        if !said.contains(&sentence) {
            said.push(sentence);
            why.push(format!("{sentence} ({})", measure.text));
        }
    }
    if reads(rule, "audience") {
        why.push("who may use a route (audience) is learnt from all its users".to_owned());
    }
    if reads(rule, "auth") {
        why.push("that a request showed no credential (auth) is learnt from how others did".to_owned());
    }
    why
}

/// Why a selection cannot give a measure that is open.
fn lost(function: &str) -> &'static str {
    match function {
        "new_share" => "what is seen first here may have been seen before",
        "pauses" => "a pause may be what was left out",
        "skips" => "the step that seems to be missing may have been left out",
        "strays" => "what others keep to, and where this one was before, may have been left out",
        "alternates" => "what came in between may have been left out",
        "foreign_share" | "foreign_owners" => "whose home an object is may have been left out",
        _ => "a share of what was selected is no share of what there was",
    }
}

/// Whether a selection cannot give a measure: it is NULL then.
pub fn is_open(measure: &Measure) -> bool {
    measure.looks_outside() || matches!(measure.function, "share" | "top_share" | "repeat_share" | "meanwhile_share")
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

/// Whether a condition reads a column.
fn reads(rule: &Rule, column: &str) -> bool {
    super::measuring::conditions(rule).iter().any(|condition| condition.names().contains(&column))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn built_in_rules_that_compare_say_what_they_need() {
        let rules = crate::rule::builtin();
        let of = |id: &str| needs_all(rules.iter().find(|rule| rule.id == id).unwrap()).join("; ");
        assert!(of("object-walk").contains("compares with peers"), "{}", of("object-walk"));
        assert!(of("unauthenticated-answers").contains("auth"), "{}", of("unauthenticated-answers"));
        assert_eq!(of("sql-injection"), "", "attack content is what it is, however few lines were selected");
        assert!(of("foreign-administration").contains("audience"), "{}", of("foreign-administration"));
        assert!(of("stranger-with-a-key").contains("new_share(user_agent)"), "{}", of("stranger-with-a-key"));
    }
}
