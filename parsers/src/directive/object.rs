//! Directives that write a JSON object: each variable is read from where the object has it.

use super::build::{self, Item};
use super::{Compiled, DirectiveError, Language, Meaning, Mode};
use crate::decode::field::Field;
use crate::decode::paths::{Alias, Paths};
use crate::decode::text::{Escape, Logs};
use crate::time::Clock;
use crate::time::pattern::Pattern;
use serde_json::Value;

/// What stands for a variable while the object is read: a private character, its number, another one.
const BEGIN: char = '\u{e000}';
const END: char = '\u{e001}';

/// Paths and fields of an object, as they are put together.
#[derive(Default)]
struct Object {
    /// Path, field, and how eagerly its column wants it.
    found: Vec<(String, Field, u8)>,
    paths: Paths,
}

/// Compiles a directive that writes an object; `None` where it writes none.
///
/// # Errors
/// A sentence and a caret under the place.
pub(super) fn compile(
    language: &Language,
    directive: &str,
    mode: &mut Mode,
) -> Result<Option<Compiled>, DirectiveError> {
    if !directive.trim_start().starts_with('{') {
        return Ok(None);
    }
    let items = build::items(language, directive, mode)?;
    // Not every brace begins an object.
    let Ok(Value::Object(object)) = serde_json::from_str(&skeleton(&items)) else {
        return Ok(None);
    };
    let mut made = Object::default();
    for (key, value) in &object {
        made.walk(language, directive, &items, key, value);
    }
    made.finish(directive).map(Some)
}

/// Makes paths of variables that have names, as HAProxy's `%{+json}o` does.
///
/// # Errors
/// A sentence and a caret under the place.
pub(super) fn of_names(language: &Language, directive: &str, items: &[Item]) -> Result<Compiled, DirectiveError> {
    let mut made = Object::default();
    for item in items {
        if let Item::Variable(variable) = item {
            made.walk(language, directive, items, &variable.label.clone(), &Value::String(marker(items, item)));
        }
    }
    made.finish(directive)
}

/// The directive with a marker for each variable, in quotes where the directive has none.
fn skeleton(items: &[Item]) -> String {
    let mut out = String::new();
    let mut quoted = false;
    for item in items {
        match item {
            Item::Literal(text) => {
                let mut escaped = false;
                for character in text.chars() {
                    quoted ^= character == '"' && !escaped;
                    escaped = character == '\\' && !escaped;
                }
                out.push_str(text);
            }
            Item::Variable(_) if quoted => out.push_str(&marker(items, item)),
            Item::Variable(_) => {
                out.push('"');
                out.push_str(&marker(items, item));
                out.push('"');
            }
        }
    }
    out
}

fn marker(items: &[Item], item: &Item) -> String {
    let number = items.iter().position(|other| std::ptr::eq(other, item)).unwrap_or_default();
    format!("{BEGIN}{number}{END}")
}

/// The items of a value that holds markers.
fn parts(items: &[Item], value: &str) -> Vec<Item> {
    let mut parts = Vec::new();
    let mut rest = value;
    while let Some((before, (number, after))) = rest.split_once(BEGIN).and_then(|(b, a)| Some((b, a.split_once(END)?)))
    {
        build::push(&mut parts, before);
        parts.extend(number.parse().ok().and_then(|number: usize| items.get(number)).cloned());
        rest = after;
    }
    build::push(&mut parts, rest);
    parts
}

impl Object {
    fn walk(&mut self, language: &Language, directive: &str, items: &[Item], path: &str, value: &Value) {
        match value {
            Value::Object(object) => {
                for (key, value) in object {
                    self.walk(language, directive, items, &format!("{path}.{key}"), value);
                }
            }
            Value::Array(values) => values.iter().for_each(|value| self.walk(language, directive, items, path, value)),
            Value::String(text) => self.leaf(language, directive, path, &parts(items, text)),
            _ => {}
        }
    }

    fn leaf(&mut self, language: &Language, directive: &str, path: &str, parts: &[Item]) {
        let variables = parts.iter().filter(|part| matches!(part, Item::Variable(_))).count();
        if variables == 0 {
            return;
        }
        let mut rank = 0;
        let field = match parts {
            [Item::Variable(variable)] => {
                rank = variable.rank;
                self.single(&variable.meaning, path)
            }
            // Times in brackets are read with them.
            [Item::Literal(open), Item::Variable(variable), Item::Literal(close)]
                if open == "[" && close == "]" && matches!(variable.meaning, Meaning::Known(Field::Time(_))) =>
            {
                Field::Time(Clock::Any)
            }
            _ => {
                // Escapes of JSON are gone when the value is read.
                let mode = Mode { escapes: Some(Escape::None), ..Mode::default() };
                let Ok(mut plan) = build::plan(language, directive, parts, &mode) else {
                    let field = self.extra(path);
                    self.found.push((path.to_owned(), field, 0));
                    return;
                };
                plan.tail = false;
                self.paths.parts.push((plan, path.to_owned()));
                Field::Part(self.paths.parts.len() as u16 - 1)
            }
        };
        self.found.push((path.to_owned(), field, rank));
    }

    fn single(&mut self, meaning: &Meaning, path: &str) -> Field {
        match meaning {
            Meaning::Known(Field::Time(Clock::Clf)) | Meaning::Zoneless(_) => Field::Time(Clock::Any),
            Meaning::Known(Field::Extra(_))
            | Meaning::Captured(_)
            | Meaning::CapturedOfResponse(_)
            | Meaning::Extra
            | Meaning::Nothing => self.extra(path),
            Meaning::Known(field) => *field,
            Meaning::Continues => Field::Query,
            Meaning::Captures => Field::Captures,
            Meaning::Time(pattern) => match Pattern::parse(pattern) {
                Some(_) if pattern == "%Q" => Field::Time(Clock::Epoch(3)),
                Some(_) if pattern == "%q" => Field::Time(Clock::Epoch(6)),
                Some(_) if pattern.starts_with("%s") => Field::Time(Clock::Epoch(0)),
                Some(parsed) => {
                    self.paths.patterns.push(parsed);
                    Field::Patterned(self.paths.patterns.len() as u16 - 1)
                }
                None if build::is_without_year(pattern) => Field::Time(Clock::Any),
                None if pattern == "%3f" => Field::TimeFraction(3),
                None => self.extra(path),
            },
        }
    }

    fn extra(&mut self, path: &str) -> Field {
        Field::Extra(self.paths.name(path))
    }

    fn finish(mut self, directive: &str) -> Result<Compiled, DirectiveError> {
        let mut fields: Vec<Field> = self.found.iter().map(|(_, field, _)| *field).collect();
        for (plan, _) in &self.paths.parts {
            fields.extend(plan.steps.iter().map(|step| step.field));
        }
        if fields.iter().any(|field| matches!(field, Field::Patterned(_))) {
            fields.push(Field::Time(Clock::Any));
        }
        build::check(&fields, Logs::Requests).map_err(|sentence| build::error(directive, sentence, 0))?;
        let has_peer = fields.contains(&Field::Peer);
        let found = std::mem::take(&mut self.found);
        for (index, (path, field, rank)) in found.iter().enumerate() {
            let field = match field {
                Field::Forwarded if !has_peer => Field::ForwardedPeer,
                field => *field,
            };
            // The best of several for one column is taken, and the others are kept under their paths.
            let claim = build::claim(field);
            let best = |(other, (_, theirs, their_rank)): (usize, &(String, Field, u8))| {
                claim.is_some() && build::claim(*theirs) == claim && (their_rank, other) < (rank, index)
            };
            if found.iter().enumerate().any(best) {
                let extra = if matches!(field, Field::Time(_)) { Field::Ignore } else { self.extra(path) };
                self.paths.add(&[Alias::of(path, extra)]);
            } else {
                self.paths.add(&[Alias::of(path, field)]);
            }
        }
        Ok(Compiled::Json(Box::new(self.paths), fields))
    }
}
