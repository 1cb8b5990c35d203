//! The expressions of rules, in SQL spelling: what they are, print as and mean.
//!
//! Meaning, in one table (the scalar interpreter in [`scalar`] is the reference, [`vector`] must agree):
//!
//! | case | result |
//! | --- | --- |
//! | a comparison or arithmetic with NULL | NULL |
//! | `NULL AND FALSE`, `NULL OR TRUE` | FALSE, TRUE (Kleene); otherwise NULL |
//! | `x IN (...)` | NULL when x is NULL, else TRUE or FALSE |
//! | division by zero | NULL |
//! | numbers | 64-bit floats; counts are exact below 2^53 |
//! | text comparison | by bytes, case-sensitive; `LIKE` knows `%` and `_` and is case-sensitive |
//! | text against a number | an error when the rule is read, NULL when evaluated |
//! | a condition at the end (`where`, `when`, `evidence`) | NULL counts as FALSE |

mod like;
pub mod parse;
pub mod scalar;
pub mod vector;

use std::fmt;

/// A place in the text of an expression, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// An operator between two expressions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // each is the operator of its name
pub enum Op {
    Or,
    And,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    Add,
    Sub,
    Mul,
    Div,
}

impl Op {
    /// The spelling.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Or => "OR",
            Self::And => "AND",
            Self::Eq => "=",
            Self::Ne => "<>",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
            Self::Add => "+",
            Self::Sub => "-",
            Self::Mul => "*",
            Self::Div => "/",
        }
    }

    /// How tightly it binds; higher binds tighter.
    pub const fn precedence(self) -> u8 {
        match self {
            Self::Or => 1,
            Self::And => 2,
            Self::Eq | Self::Ne | Self::Lt | Self::Le | Self::Gt | Self::Ge => 4,
            Self::Add | Self::Sub => 5,
            Self::Mul | Self::Div => 6,
        }
    }
}

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// NULL.
    Null,
    /// TRUE or FALSE.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
    /// A column, a measure or a population value such as `peers.n`.
    Name(String, Span),
    /// A call: `lower(host)`, `peers.median(distinct)`.
    Call(String, Vec<Expr>, Span),
    /// NOT.
    Not(Box<Expr>),
    /// Minus.
    Neg(Box<Expr>),
    /// Two operands.
    Binary(Op, Box<Expr>, Box<Expr>),
    /// `x [NOT] IN (a, b)`; the list holds literals.
    In(Box<Expr>, Vec<Expr>, bool),
    /// `x [NOT] BETWEEN a AND b`.
    Between(Box<Expr>, Box<Expr>, Box<Expr>, bool),
    /// `x [NOT] LIKE 'a%'`.
    Like(Box<Expr>, String, bool),
    /// `x IS [NOT] NULL`.
    IsNull(Box<Expr>, bool),
}

impl Expr {
    /// Calls `visit` on this expression and everything below it.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Self)) {
        visit(self);
        match self {
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) | Self::Name(..) => {}
            Self::Call(_, arguments, _) => arguments.iter().for_each(|argument| argument.walk(visit)),
            Self::Not(inner) | Self::Neg(inner) | Self::Like(inner, ..) | Self::IsNull(inner, _) => inner.walk(visit),
            Self::Binary(_, left, right) => {
                left.walk(visit);
                right.walk(visit);
            }
            Self::In(inner, list, _) => {
                inner.walk(visit);
                for item in list {
                    item.walk(visit);
                }
            }
            Self::Between(inner, low, high, _) => {
                inner.walk(visit);
                low.walk(visit);
                high.walk(visit);
            }
        }
    }

    /// Puts other expressions in the place of names.
    pub fn replace_names(&mut self, by: &dyn Fn(&str) -> Option<Self>) {
        match self {
            Self::Name(name, _) => {
                if let Some(expr) = by(name) {
                    *self = expr;
                }
            }
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) => {}
            Self::Call(_, arguments, _) => arguments.iter_mut().for_each(|argument| argument.replace_names(by)),
            Self::Not(inner)
            | Self::Neg(inner)
            | Self::Like(inner, ..)
            | Self::IsNull(inner, _)
            | Self::In(inner, ..) => {
                inner.replace_names(by);
            }
            Self::Binary(_, left, right) => {
                left.replace_names(by);
                right.replace_names(by);
            }
            Self::Between(inner, low, high, _) => {
                inner.replace_names(by);
                low.replace_names(by);
                high.replace_names(by);
            }
        }
    }

    /// The names that occur, each once, in order of first occurrence.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        self.walk(&mut |expr| {
            if let Self::Name(name, _) = expr
                && !names.contains(&name.as_str())
            {
                names.push(name);
            }
        });
        names
    }

    /// The parts that must all hold: operands of the ANDs at the top.
    pub fn conjuncts(&self) -> Vec<&Self> {
        match self {
            Self::Binary(Op::And, left, right) => {
                let mut parts = left.conjuncts();
                parts.extend(right.conjuncts());
                parts
            }
            other => vec![other],
        }
    }

    fn precedence(&self) -> u8 {
        match self {
            Self::Binary(op, ..) => op.precedence(),
            Self::Not(_) => 3,
            Self::In(..) | Self::Between(..) | Self::Like(..) | Self::IsNull(..) => 4,
            _ => 7,
        }
    }

    fn write_at(&self, precedence: u8, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.precedence() < precedence { write!(out, "({self})") } else { write!(out, "{self}") }
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

impl fmt::Display for Expr {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let not = |negated: &bool| if *negated { "NOT " } else { "" };
        match self {
            Self::Null => out.write_str("NULL"),
            Self::Bool(value) => out.write_str(if *value { "TRUE" } else { "FALSE" }),
            Self::Number(value) => write!(out, "{value}"),
            Self::Text(value) => out.write_str(&quoted(value)),
            Self::Name(name, _) => out.write_str(name),
            Self::Call(name, arguments, _) => {
                write!(out, "{name}(")?;
                for (index, argument) in arguments.iter().enumerate() {
                    if index > 0 {
                        out.write_str(", ")?;
                    }
                    write!(out, "{argument}")?;
                }
                out.write_str(")")
            }
            Self::Not(inner) => {
                out.write_str("NOT ")?;
                inner.write_at(3, out)
            }
            Self::Neg(inner) => {
                out.write_str("-")?;
                inner.write_at(7, out)
            }
            Self::Binary(op, left, right) => {
                // Comparisons do not chain, so both sides must bind tighter.
                let own = op.precedence();
                left.write_at(if own == 4 { 5 } else { own }, out)?;
                write!(out, " {} ", op.text())?;
                right.write_at(own + 1, out)
            }
            Self::In(inner, list, negated) => {
                inner.write_at(5, out)?;
                write!(out, " {}IN (", not(negated))?;
                for (index, item) in list.iter().enumerate() {
                    write!(out, "{}{item}", if index > 0 { ", " } else { "" })?;
                }
                out.write_str(")")
            }
            Self::Between(inner, low, high, negated) => {
                inner.write_at(5, out)?;
                write!(out, " {}BETWEEN ", not(negated))?;
                low.write_at(5, out)?;
                out.write_str(" AND ")?;
                high.write_at(5, out)
            }
            Self::Like(inner, pattern, negated) => {
                inner.write_at(5, out)?;
                write!(out, " {}LIKE {}", not(negated), quoted(pattern))
            }
            Self::IsNull(inner, negated) => {
                inner.write_at(5, out)?;
                write!(out, " IS {}NULL", not(negated))
            }
        }
    }
}
