//! Groups that nothing decided: what their rule compares has no value for them.

use super::population::GroupScope;
use crate::expr::Expr;
use crate::expr::scalar::{Value, evaluate};
use crate::rule::{Rule, is_of_population};
use breachline_parsers::value::thousands;
use std::collections::{BTreeMap, BTreeSet};

/// Groups whose condition was neither TRUE nor FALSE, since what it reads has no value for them.
#[derive(Default)]
pub struct Open {
    /// How many they are.
    pub groups: usize,
    /// Groups whose condition was decided.
    pub decided: usize,
    /// What had no value, as the rule has it, and of how many groups.
    pub parts: BTreeMap<String, usize>,
}

impl Open {
    /// Which part was without a value, of how many groups, and why.
    pub fn told(&self, rule: &Rule) -> Option<String> {
        let (part, groups) = self.parts.iter().max_by_key(|&(part, groups)| (groups, std::cmp::Reverse(part)))?;
        let measure = rule.measures.iter().find(|measure| measure.name == *part);
        let what = match measure {
            Some(measure) => format!("`{part}` = {} has no value ({})", measure.text, measure.null_when()),
            None => format!("`{part}` has no value"),
        };
        let (all, groups) = (thousands(self.groups as u64), thousands(*groups as u64));
        Some(format!("{all} group(s) could not be decided: for {groups} of them {what}"))
    }

    /// Counts a group whose condition has no truth.
    pub fn count(&mut self, rule: &Rule, when: &Expr, scope: &GroupScope<'_>) {
        self.groups += 1;
        let mut parts = BTreeSet::new();
        without_value(rule, when, scope, &mut parts);
        for part in parts {
            *self.parts.entry(part).or_default() += 1;
        }
    }

    /// Counts the groups of another level, too.
    pub fn add(&mut self, other: Self) {
        self.groups += other.groups;
        self.decided += other.decided;
        other.parts.into_iter().for_each(|(part, groups)| *self.parts.entry(part).or_default() += groups);
    }
}

/// The measures and comparisons with peers that keep a condition from being TRUE or FALSE: they have no value.
fn without_value(rule: &Rule, expr: &Expr, scope: &GroupScope<'_>, parts: &mut BTreeSet<String>) {
    if evaluate(expr, scope) != Value::Null {
        return;
    }
    let mut of = |expr: &Expr| without_value(rule, expr, scope, parts);
    match expr {
        Expr::Name(name, _) => match rule.signs.iter().find(|sign| sign.name == *name) {
            Some(sign) => of(&sign.when),
            None => {
                parts.insert(name.clone());
            }
        },
        // A comparison with peers has no parts: its arguments are names of measures.
        Expr::Call(name, ..) if is_of_population(name) => {
            parts.insert(expr.to_string());
        }
        Expr::Call(_, arguments, _) => arguments.iter().for_each(of),
        Expr::Binary(_, left, right) => [left, right].into_iter().for_each(|part| of(part)),
        Expr::Not(inner) | Expr::Neg(inner) | Expr::In(inner, ..) | Expr::Like(inner, ..) | Expr::IsNull(inner, ..) => {
            of(inner);
        }
        Expr::Between(inner, low, high, _) => [inner, low, high].into_iter().for_each(|part| of(part)),
        Expr::Null | Expr::Bool(_) | Expr::Number(_) | Expr::Text(_) => {}
    }
}
