//! The reference meaning of expressions: one value at a time, three-valued.

use super::like::like;
use super::{Expr, Op};
use std::borrow::Cow;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// NULL.
    Null,
    /// TRUE or FALSE.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A text.
    Text(Cow<'a, str>),
}

impl Value<'_> {
    /// The truth value: `None` for NULL and for values that are no conditions.
    pub fn truth(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The number, if it is one.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Number(value) => Some(*value),
            _ => None,
        }
    }

    fn from_truth(value: Option<bool>) -> Self {
        value.map_or(Self::Null, Self::Bool)
    }

    fn from_number(value: Option<f64>) -> Self {
        value.filter(|value| value.is_finite()).map_or(Self::Null, Self::Number)
    }
}

/// Where names and calls get their values from.
pub trait Scope {
    /// The value of a name.
    fn name(&self, name: &str) -> Value<'_>;

    /// The value of a call that is no plain function (population statistics and the like).
    fn call(&self, _name: &str, _arguments: &[Expr]) -> Value<'_> {
        Value::Null
    }
}

/// Plain functions that work in any scope: name, usage and what they give.
pub const FUNCTIONS: &[(&str, &str, &str)] = &[
    ("lower", "lower(text)", "The text in lower case."),
    ("catches_all", "catches_all(target)", "TRUE when a parameter of the target is made of wildcards alone."),
    (
        "catches_many",
        "catches_many(target)",
        "TRUE when a parameter of the target is a wildcard with two other characters at most.",
    ),
    ("is_private", "is_private(address)", "TRUE for loopback, private, link-local and carrier-grade NAT addresses."),
    (
        "names_itself",
        "names_itself(object_id, principal)",
        "TRUE when the object is the one that the account is named after, as /users/4711 for u4711; NULL without one of them.",
    ),
    (
        "page_of",
        "page_of(target)",
        "Which page of a list the target asks for (an offset counts as pages of its size), or NULL.",
    ),
    (
        "odd_spelling",
        "odd_spelling(target)",
        "TRUE when the path is spelt as no client spells it: //, /./, ;x, %61, %2f.",
    ),
    (
        "points_to",
        "points_to(target)",
        "own when a parameter of the target is a path, elsewhere when one is a URL with a host, else NULL.",
    ),
    (
        "overrides_method",
        "overrides_method(target)",
        "The method that a parameter puts in place of the request's (_method=DELETE and the like), or NULL.",
    ),
    (
        "hides_inside",
        "hides_inside(target)",
        "TRUE when a parameter names a metadata service, a private address in an odd spelling, or a scheme that is no web.",
    ),
    ("doubled", "doubled(target)", "TRUE when the target has a parameter twice with different values."),
    (
        "passes_check",
        "passes_check(object_id)",
        "Whether an identity or card number passes its check digit; NULL for forms without a known one.",
    ),
    ("length", "length(text)", "Bytes of the text."),
    (
        "attack_class",
        "attack_class(text)",
        "The class of the attack in a text (sqli, nosqli, jndi, template, command, traversal, ssrf, xss), or NULL.",
    ),
    ("coalesce", "coalesce(a, b, ...)", "The first value that is not NULL."),
    ("least", "least(a, b, ...)", "The smallest of the numbers that are not NULL."),
    ("greatest", "greatest(a, b, ...)", "The largest of the numbers that are not NULL."),
    ("ln", "ln(x)", "The natural logarithm; NULL at and below zero."),
    ("at_least", "at_least(k, a, b, ...)", "TRUE when at least k of the conditions are TRUE."),
    ("true_count", "true_count(a, b, ...)", "How many of the conditions are TRUE."),
];

/// The value of an expression.
pub fn evaluate<'a>(expr: &'a Expr, scope: &'a dyn Scope) -> Value<'a> {
    match expr {
        Expr::Null => Value::Null,
        Expr::Bool(value) => Value::Bool(*value),
        Expr::Number(value) => Value::Number(*value),
        Expr::Text(value) => Value::Text(Cow::Borrowed(value)),
        Expr::Name(name, _) => scope.name(name),
        Expr::Call(name, arguments, _) => call(name, arguments, scope),
        Expr::Not(inner) => Value::from_truth(evaluate(inner, scope).truth().map(|value| !value)),
        Expr::Neg(inner) => Value::from_number(evaluate(inner, scope).number().map(|value| -value)),
        Expr::Binary(op, left, right) => binary(*op, left, right, scope),
        Expr::In(inner, list, negated) => {
            let value = evaluate(inner, scope);
            let found = match value {
                Value::Null => None,
                value => Some(list.iter().any(|item| compare(Op::Eq, &value, &evaluate(item, scope)) == Some(true))),
            };
            Value::from_truth(found.map(|found| found != *negated))
        }
        Expr::Between(inner, low, high, negated) => {
            let value = evaluate(inner, scope);
            let inside =
                and(compare(Op::Ge, &value, &evaluate(low, scope)), compare(Op::Le, &value, &evaluate(high, scope)));
            Value::from_truth(inside.map(|inside| inside != *negated))
        }
        Expr::Like(inner, pattern, negated) => Value::from_truth(match evaluate(inner, scope) {
            Value::Text(text) => Some(like(&text, pattern) != *negated),
            _ => None,
        }),
        Expr::IsNull(inner, negated) => Value::Bool((evaluate(inner, scope) == Value::Null) != *negated),
    }
}

fn binary<'a>(op: Op, left: &'a Expr, right: &'a Expr, scope: &'a dyn Scope) -> Value<'a> {
    let left = evaluate(left, scope);
    if op == Op::And && left.truth() == Some(false) {
        return Value::Bool(false);
    }
    if op == Op::Or && left.truth() == Some(true) {
        return Value::Bool(true);
    }
    let right = evaluate(right, scope);
    match op {
        Op::And => Value::from_truth(and(left.truth(), right.truth())),
        Op::Or => Value::from_truth(or(left.truth(), right.truth())),
        Op::Eq | Op::Ne | Op::Lt | Op::Le | Op::Gt | Op::Ge => Value::from_truth(compare(op, &left, &right)),
        Op::Add | Op::Sub | Op::Mul | Op::Div => match (left.number(), right.number()) {
            (Some(left), Some(right)) => Value::from_number(match op {
                Op::Add => Some(left + right),
                Op::Sub => Some(left - right),
                Op::Mul => Some(left * right),
                _ => (right != 0.0).then(|| left / right),
            }),
            _ => Value::Null,
        },
    }
}

/// Kleene AND.
pub fn and(left: Option<bool>, right: Option<bool>) -> Option<bool> {
    match (left, right) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

/// Kleene OR.
pub fn or(left: Option<bool>, right: Option<bool>) -> Option<bool> {
    match (left, right) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    }
}

/// A comparison; `None` with NULL and between values of different kinds.
pub fn compare(op: Op, left: &Value<'_>, right: &Value<'_>) -> Option<bool> {
    let order = match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.partial_cmp(right)?,
        (Value::Text(left), Value::Text(right)) => left.as_bytes().cmp(right.as_bytes()),
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        _ => return None,
    };
    Some(match op {
        Op::Eq => order.is_eq(),
        Op::Ne => order.is_ne(),
        Op::Lt => order.is_lt(),
        Op::Le => order.is_le(),
        Op::Gt => order.is_gt(),
        Op::Ge => order.is_ge(),
        _ => return None,
    })
}

fn call<'a>(name: &str, arguments: &'a [Expr], scope: &'a dyn Scope) -> Value<'a> {
    let numbers = || arguments.iter().filter_map(|argument| evaluate(argument, scope).number());
    let first = || arguments.first().map_or(Value::Null, |argument| evaluate(argument, scope));
    let trues = |conditions: &'a [Expr]| {
        conditions.iter().filter(|condition| evaluate(condition, scope).truth() == Some(true)).count() as f64
    };
    match name {
        "lower" => match first() {
            Value::Text(text) => Value::Text(Cow::Owned(text.to_lowercase())),
            _ => Value::Null,
        },
        "is_private" => match first() {
            Value::Text(text) => crate::derive::is_private(&text).map_or(Value::Null, Value::Bool),
            _ => Value::Null,
        },
        _ if is_of_text(name) => match first() {
            Value::Text(text) => of_text(name, &text),
            _ => Value::Null,
        },
        "names_itself" => match (first(), arguments.get(1).map_or(Value::Null, |account| evaluate(account, scope))) {
            (Value::Text(object), Value::Text(account)) => Value::Bool(crate::pattern::names_itself(&object, &account)),
            _ => Value::Null,
        },
        "length" => match first() {
            Value::Text(text) => Value::Number(text.len() as f64),
            _ => Value::Null,
        },
        "coalesce" => arguments
            .iter()
            .map(|argument| evaluate(argument, scope))
            .find(|value| *value != Value::Null)
            .unwrap_or(Value::Null),
        "least" => Value::from_number(numbers().reduce(f64::min)),
        "greatest" => Value::from_number(numbers().reduce(f64::max)),
        "ln" => Value::from_number(first().number().filter(|value| *value > 0.0).map(f64::ln)),
        "at_least" => match first().number() {
            Some(least) => Value::Bool(trues(&arguments[1..]) >= least),
            None => Value::Null,
        },
        "true_count" => Value::Number(trues(arguments)),
        _ => scope.call(name, arguments),
    }
}

/// Whether a function looks into one text, with few different results; of NULL it gives NULL.
pub fn is_of_text(name: &str) -> bool {
    matches!(
        name,
        "catches_all"
            | "catches_many"
            | "odd_spelling"
            | "hides_inside"
            | "doubled"
            | "passes_check"
            | "attack_class"
            | "points_to"
            | "overrides_method"
            | "page_of"
    )
}

/// What such a function gives for a text.
pub fn of_text(name: &str, text: &str) -> Value<'static> {
    use crate::pattern;
    let word = |word: Option<&'static str>| word.map_or(Value::Null, |word| Value::Text(word.into()));
    match name {
        "catches_all" => Value::Bool(pattern::catches_all(text)),
        "catches_many" => Value::Bool(pattern::catches_many(text)),
        "odd_spelling" => Value::Bool(pattern::odd_spelling(text)),
        "hides_inside" => Value::Bool(pattern::hides_inside(text)),
        "doubled" => Value::Bool(pattern::doubled(text)),
        "passes_check" => Value::from_truth(pattern::passes_check(text)),
        "attack_class" => word(pattern::attack_class(text)),
        "points_to" => word(pattern::points_to(text)),
        "overrides_method" => word(pattern::overrides_method(text)),
        _ => Value::from_number(pattern::page_of(text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::parse::parse;

    struct Row;

    impl Scope for Row {
        fn name(&self, name: &str) -> Value<'_> {
            match name {
                "five" => Value::Number(5.0),
                "get" => Value::Text(Cow::Borrowed("GET")),
                _ => Value::Null,
            }
        }
    }

    #[allow(clippy::unwrap_used)]
    fn value(text: &str) -> String {
        format!("{:?}", evaluate(&parse(text).unwrap(), &Row))
    }

    #[test]
    fn the_table_of_meaning() {
        for (text, expected) in [
            ("absent = 1", "Null"),
            ("absent = 1 AND FALSE", "Bool(false)"),
            ("FALSE AND absent = 1", "Bool(false)"),
            ("absent = 1 OR TRUE", "Bool(true)"),
            ("NOT absent = 1", "Null"),
            ("absent IN (1, 2)", "Null"),
            ("five NOT IN (1, 2)", "Bool(true)"),
            ("five / 0", "Null"),
            ("five + absent", "Null"),
            ("get = 5", "Null"),
            ("get LIKE 'G_T' AND get NOT LIKE 'g%'", "Bool(true)"),
            ("five BETWEEN absent AND 4", "Bool(false)"),
            ("five BETWEEN absent AND 6", "Null"),
            ("absent IS NULL AND five IS NOT NULL", "Bool(true)"),
            ("at_least(2, five = 5, absent = 1, get = 'GET')", "Bool(true)"),
            ("greatest(absent, 3, five)", "Number(5.0)"),
            ("five - 2 * 3", "Number(-1.0)"),
        ] {
            assert_eq!(value(text), expected, "{text}");
        }
    }
}
