//! Conditions that hold measures against numbers, made ready to be asked of group after group.

use super::population::Table;
use crate::expr::scalar::{Value, compare};
use crate::expr::{Expr, Op};
use crate::rule::Rule;

/// A condition over the measures of one group.
pub enum Bounds {
    /// A measure, how it is compared, and with what.
    One(usize, Op, f64),
    /// Both.
    Both(Box<[Self; 2]>),
    /// Either.
    Either(Box<[Self; 2]>),
}

impl Bounds {
    /// A condition as bounds; `None` where it is more than that.
    pub fn of(rule: &Rule, condition: &Expr) -> Option<Self> {
        let Expr::Binary(op, left, right) = condition else { return None };
        let both = || Some(Box::new([Self::of(rule, left)?, Self::of(rule, right)?]));
        match op {
            Op::And => both().map(Self::Both),
            Op::Or => both().map(Self::Either),
            Op::Eq | Op::Ne | Op::Lt | Op::Le | Op::Gt | Op::Ge => {
                let (Expr::Name(name, _), Expr::Number(bound)) = (left.as_ref(), right.as_ref()) else { return None };
                let at = rule.measures.iter().position(|measure| measure.name == *name)?;
                Some(Self::One(at, *op, *bound))
            }
            _ => None,
        }
    }

    /// Its truth for a group; `None` is NULL.
    pub fn truth(&self, table: &Table, group: usize) -> Option<bool> {
        match self {
            Self::One(at, op, bound) => {
                let value = table.value(*at, group);
                if value.is_nan() { None } else { compare(*op, &Value::Number(value), &Value::Number(*bound)) }
            }
            Self::Both(parts) => match parts.each_ref().map(|part| part.truth(table, group)) {
                [Some(false), _] | [_, Some(false)] => Some(false),
                [Some(true), Some(true)] => Some(true),
                _ => None,
            },
            Self::Either(parts) => match parts.each_ref().map(|part| part.truth(table, group)) {
                [Some(true), _] | [_, Some(true)] => Some(true),
                [Some(false), Some(false)] => Some(false),
                _ => None,
            },
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::expr::scalar::evaluate;
    use crate::hunt::population::GroupScope;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn like_the_reference(
            values in prop::collection::vec(prop::sample::select(vec![f64::NAN, 0.0, 1.0, 2.0]), 2),
            condition in prop::sample::select(vec![
                "a >= 1", "a < 1 OR b = 2", "a <= 0 AND b > 1", "a = 1 AND (b >= 1 OR a != 1)", "b != 0 OR a > 1 AND b < 2",
            ]),
        ) {
            let yaml = format!(
                "title: t\nid: t\nstatus: test\nlevel: low\nfalsepositives: [x]\nbreachline:\n  what: w\n  why: w\n  \
                 innocent_if: i\n  next_steps: n\n  headline: h\n  per: [route]\n  measure: {{a: count(), b: count()}}\n  \
                 when: {condition}\n  roles: {{}}\n"
            );
            let rule = Rule::parse(&yaml, "t.yml").unwrap();
            let bounds = Bounds::of(&rule, &rule.when).unwrap();
            let table = Table {
                width: 0,
                sizes: vec![1],
                measures: values.iter().map(|&value| vec![value]).collect(),
                ..Table::default()
            };
            let scope = GroupScope { rule: &rule, table: &table, group: 0, population: None };
            prop_assert_eq!(bounds.truth(&table, 0), evaluate(&rule.when, &scope).truth(), "{} of {:?}", condition, values);
        }
    }
}
