//! What a detection asks of a request, and how values under modifiers come to mean it.

mod modifier;

use super::check::Check;
use super::condition::{self, Condition};
use super::field::{self, Field};
use super::yaml::{Entry, Fault, Node, Place, Value};
use crate::expr::parse::nearest;
use modifier::Modifiers;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// Values of placeholders, by name.
pub type Placeholders = BTreeMap<String, Vec<String>>;

/// Which part of a field another field must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // each is the modifier of its name
pub enum Fit {
    Equals,
    Contains,
    StartsWith,
    EndsWith,
}

/// A condition over one request.
#[derive(Clone, Debug)]
pub enum Term {
    /// All of these.
    All(Vec<Term>),
    /// One of these.
    Any(Vec<Term>),
    /// Not this.
    Not(Box<Term>),
    /// A field's value.
    Field(Field, Arc<Check>),
    /// A field beside another one.
    Beside {
        /// The field that is looked at.
        left: Field,
        /// The field that it is compared with.
        right: Field,
        /// How.
        fit: Fit,
        /// Whether letter case counts.
        cased: bool,
    },
    /// A value anywhere in the request.
    Keyword(Arc<Check>),
    /// Something that requests do not hold or this program does not do, and why.
    Unknown(String),
    /// Something that these logs do not have: the column.
    Missing(&'static str),
}

impl Term {
    fn joined(mut parts: Vec<Self>, all: bool) -> Self {
        if parts.len() == 1 {
            return parts.remove(0);
        }
        if all { Self::All(parts) } else { Self::Any(parts) }
    }

    /// What it cannot tell and why, each once.
    pub fn unknowns(&self) -> Vec<String> {
        let mut found = Vec::new();
        self.walk(&mut |term| {
            if let Self::Unknown(why) = term
                && !found.contains(why)
            {
                found.push(why.clone());
            }
        });
        found
    }

    /// Columns that these logs lack, each once, in order of name.
    pub fn missing(&self) -> Vec<String> {
        let mut found = Vec::new();
        self.walk(&mut |term| {
            if let Self::Missing(column) = term {
                found.push((*column).to_owned());
            }
        });
        found.sort();
        found.dedup();
        found
    }

    /// Whether it can be told to hold (`true`) or not to hold (`false`) for some request, its unknown parts left open.
    pub fn can_be(&self, what: bool) -> bool {
        match self {
            Self::Unknown(_) | Self::Missing(_) => false,
            Self::Not(inner) => inner.can_be(!what),
            Self::All(parts) if what => parts.iter().all(|part| part.can_be(true)),
            Self::All(parts) => parts.iter().any(|part| part.can_be(false)),
            Self::Any(parts) if what => parts.iter().any(|part| part.can_be(true)),
            Self::Any(parts) => parts.iter().all(|part| part.can_be(false)),
            Self::Field(..) | Self::Beside { .. } | Self::Keyword(_) => true,
        }
    }

    /// Calls `visit` on this and everything below it.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Self)) {
        visit(self);
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.walk(visit)),
            Self::Not(inner) => inner.walk(visit),
            Self::Field(..) | Self::Beside { .. } | Self::Keyword(_) | Self::Unknown(_) | Self::Missing(_) => {}
        }
    }
}

impl fmt::Display for Term {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |out: &mut fmt::Formatter<'_>, parts: &[Self], word: &str| {
            out.write_str("(")?;
            for (at, part) in parts.iter().enumerate() {
                write!(out, "{}{part}", if at > 0 { word } else { "" })?;
            }
            out.write_str(")")
        };
        match self {
            Self::All(parts) => list(out, parts, " and "),
            Self::Any(parts) => list(out, parts, " or "),
            Self::Not(inner) => write!(out, "not {inner}"),
            Self::Field(field, check) => write!(out, "{field} {check}"),
            Self::Beside { left, right, fit, .. } => write!(out, "{left} {fit:?} {right}"),
            Self::Keyword(check) => write!(out, "any column {check}"),
            Self::Unknown(why) => write!(out, "unknown [{why}]"),
            Self::Missing(column) => write!(out, "missing [{column}]"),
        }
    }
}

/// Reads the searches and the condition of `detection` or `filter`; `skip` names keys that are neither.
pub fn detection(node: &Node, what: &str, skip: &[&str], placeholders: &Placeholders) -> Result<Term, Fault> {
    let entries = node.map().ok_or_else(|| Fault::new(node.at, format!("`{what}` must be a mapping of searches")))?;
    let mut searches: Vec<(&str, Term)> = Vec::new();
    for entry in entries.iter().filter(|entry| entry.key != "condition" && !skip.contains(&entry.key.as_str())) {
        searches.push((&entry.key, search(&entry.value, entry.at, placeholders)?));
    }
    let Some(condition) = node.get("condition") else {
        let near = nearest("condition", entries.iter().map(|entry| entry.key.as_str()));
        let hint = near.map_or_else(String::new, |near| format!("; did you mean it by `{near}`?"));
        return Err(Fault::new(node.at, format!("`{what}` has no `condition`{hint}")));
    };
    let mut parts = Vec::new();
    for item in condition.items() {
        let text = item.text().ok_or_else(|| Fault::new(item.at, "a condition must be a text"))?;
        // The place in the text is the place in the file where the text stands unfolded, as it nearly always does.
        let place = |span: Place| {
            let quote = usize::from(item.at.end - item.at.start == text.len() + 2);
            let start = item.at.start + quote;
            Place { start: start + span.start, end: start + span.end.max(span.start + 1) }
        };
        let fault = |error: crate::expr::parse::ExprError| Fault::new(place(error.span), error.message);
        let condition = condition::parse(&text).map_err(fault)?;
        parts.push(resolve(&condition, &searches).map_err(fault)?);
    }
    if parts.is_empty() {
        return Err(Fault::new(condition.at, "the condition is empty"));
    }
    Ok(Term::joined(parts, false))
}

fn resolve(condition: &Condition, searches: &[(&str, Term)]) -> Result<Term, crate::expr::parse::ExprError> {
    let names: Vec<&str> = searches.iter().map(|(name, _)| *name).collect();
    let list = |parts: &[Condition]| parts.iter().map(|part| resolve(part, searches)).collect::<Result<Vec<_>, _>>();
    let of = |pattern: &Option<String>, span, all| {
        let chosen = condition::chosen(pattern.as_deref(), &names);
        if chosen.is_empty() {
            return Err(condition::unknown(pattern.as_deref().unwrap_or("them"), span, &names));
        }
        let parts = searches.iter().filter(|(name, _)| chosen.contains(name)).map(|(_, term)| term.clone()).collect();
        Ok(Term::joined(parts, all))
    };
    match condition {
        Condition::And(parts) => Ok(Term::joined(list(parts)?, true)),
        Condition::Or(parts) => Ok(Term::joined(list(parts)?, false)),
        Condition::Not(inner) => Ok(Term::Not(Box::new(resolve(inner, searches)?))),
        Condition::All(pattern, span) => of(pattern, *span, true),
        Condition::One(pattern, span) => of(pattern, *span, false),
        Condition::Name(name, span) => searches
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, term)| term.clone())
            .ok_or_else(|| condition::unknown(name, *span, &names)),
    }
}

/// A search: a mapping (all of its fields), or a list of mappings and keywords (one of them).
fn search(node: &Node, at: Place, placeholders: &Placeholders) -> Result<Term, Fault> {
    match &node.value {
        Value::Map(entries) => fields(entries, node.at, placeholders),
        Value::List(items) if items.is_empty() => Err(Fault::new(at, "this search is empty")),
        Value::List(items) => {
            let part = |item: &Node| match &item.value {
                Value::Map(entries) => fields(entries, item.at, placeholders),
                _ => Modifiers::default().value(None, item, placeholders),
            };
            Ok(Term::joined(items.iter().map(part).collect::<Result<_, _>>()?, false))
        }
        Value::Null => Err(Fault::new(at, "this search is empty")),
        _ => Modifiers::default().value(None, node, placeholders),
    }
}

fn fields(entries: &[Entry], at: Place, placeholders: &Placeholders) -> Result<Term, Fault> {
    if entries.is_empty() {
        return Err(Fault::new(at, "this search is empty"));
    }
    let item = |entry: &Entry| {
        let mut words = entry.key.split('|');
        let name = words.next().unwrap_or_default();
        let modifiers = Modifiers::read(words, entry.at, &entry.key)?;
        let field = match name {
            "" => None,
            name => Some(field::resolve(name)),
        };
        modifiers.item(field.as_ref(), entry, placeholders)
    };
    Ok(Term::joined(entries.iter().map(item).collect::<Result<_, _>>()?, true))
}

#[cfg(test)]
mod tests;
