//! Vendors' own format directives, compiled into plans.
//!
//! ```text
//! directive ─► pieces (literals and variables, with their place) ─► items (what they mean) ─► plan of a text
//!                                                                                       └──► paths of a JSON object
//! ```

mod apache;
mod build;
pub mod config;
mod envoy;
pub(crate) mod fields;
mod haproxy;
mod headers;
mod nginx;
mod object;

use crate::decode::field::Field;
use crate::decode::haproxy::Captures;
use crate::decode::paths::Paths;
use crate::decode::right::Free;
use crate::decode::text::{Escape, Logs, Plan, Reach, Step};
use crate::load::DirectiveKind;
use crate::near::distance;
use crate::schema::Text;
use crate::time::Clock;
use std::borrow::Cow;
use std::sync::Arc;

/// Why a directive does not compile: a sentence, then the directive with a caret under the place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{sentence}\n  {directive}\n  {caret:>width$}", caret = "^", width = place + 1)]
pub struct DirectiveError {
    /// What is wrong and what to do.
    pub sentence: String,
    /// The directive, on one line.
    pub directive: String,
    /// Where in it, in characters from 0.
    pub place: usize,
}

/// A directive's piece: text that stands in the log as it is, or a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    Literal(&'a str),
    /// The variable as written, such as `$status` or `%{Host}i`.
    Variable(&'a str),
    /// Something that begins like a variable and is none.
    Broken(&'a str),
}

/// A variable understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    Known(Field),
    /// Not in the table of columns; kept under its name.
    Extra,
    /// Adds nothing to the field before it (`$is_args$args`, `%q`).
    Continues,
    /// A time whose zone is not written.
    Zoneless(Clock),
    /// A time, or a part of one, written by this pattern.
    Time(String),
    /// A block of captured headers in braces, which may be missing.
    Captures,
    /// The request header that is captured as the one of this number.
    Captured(u16),
    /// The response header likewise.
    CapturedOfResponse(u16),
    /// Writes nothing.
    Nothing,
}

/// A variable understood, and what its vendor writes around its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Judged {
    pub meaning: Meaning,
    pub wrap: (&'static str, &'static str),
}

impl From<Meaning> for Judged {
    fn from(meaning: Meaning) -> Self {
        Self { meaning, wrap: ("", "") }
    }
}

/// What a directive says for all that follows in it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mode {
    /// How values are escaped, where that is not as the vendor usually does.
    pub escapes: Option<Escape>,
    /// Whether values are quoted.
    pub quotes: bool,
    /// Whether numbers are hexadecimal.
    pub hex: bool,
    /// Whether the record is a JSON object made of the variables that have names.
    pub json: bool,
}

/// A vendor's language.
pub(crate) struct Language {
    pub name: &'static str,
    pub split: fn(&str) -> Vec<Piece<'_>>,
    /// What a variable means, or why it cannot stand there.
    pub judge: fn(&str, &mut Mode) -> Result<Judged, String>,
    /// The name under which a variable is kept.
    pub label: fn(&str) -> String,
    /// How eagerly a column wants a variable, 0 first.
    pub rank: fn(&str) -> u8,
    /// Names to suggest for a misspelt variable.
    pub known: fn() -> Vec<String>,
    pub escapes: Escape,
    pub is_haproxy: bool,
}

/// A compiled directive.
#[derive(Clone, Debug)]
pub(crate) enum Compiled {
    Text(Plan),
    Json(Box<Paths>, Vec<Field>),
}

/// Compiles a directive; the language is guessed where `kind` is absent.
///
/// # Errors
/// A sentence and a caret under the place.
pub(crate) fn compile(kind: Option<DirectiveKind>, directive: &str) -> Result<Compiled, DirectiveError> {
    let kind = kind.unwrap_or_else(|| guess(directive));
    let mut mode = Mode::default();
    let (language, text): (&Language, Cow<'_, str>) = match kind {
        DirectiveKind::Nginx => (&nginx::LANGUAGE, nginx::unwrap(directive, &mut mode)),
        DirectiveKind::Apache => (&apache::LANGUAGE, apache::unwrap(directive)),
        DirectiveKind::Envoy => (&envoy::LANGUAGE, Cow::Borrowed(directive.trim_end_matches(['\n', '\r']))),
        DirectiveKind::Haproxy => (&haproxy::LANGUAGE, haproxy::unwrap(directive)),
    };
    // Where nothing is escaped a quote in a value breaks the object, and only the text around it can be relied on.
    if mode.escapes != Some(Escape::None)
        && let Some(compiled) = object::compile(language, &text, &mut mode)?
    {
        return Ok(compiled);
    }
    let items = build::items(language, &text, &mut mode)?;
    if mode.json {
        return object::of_names(language, &text, &items);
    }
    let mut plan = build::plan(language, &text, &items, &mode)?;
    if kind == DirectiveKind::Envoy {
        plan.free = free(&plan);
    }
    checked(plan, &text).map(Compiled::Text)
}

/// Compiles our own layout of named columns, used by format files of vendors without a directive.
/// Some logs tell of connections, which ask for nothing.
pub(crate) fn plan_of_fields(layout: &str, logs: Logs) -> Result<Plan, DirectiveError> {
    let mut mode = Mode::default();
    let items = build::items(&fields::LANGUAGE, layout, &mut mode)?;
    checked(Plan { logs, ..build::plan(&fields::LANGUAGE, layout, &items, &mode)? }, layout)
}

fn checked(mut plan: Plan, directive: &str) -> Result<Plan, DirectiveError> {
    let fields: Vec<Field> = plan.steps.iter().map(|step| step.field).collect();
    let asks =
        |field: &Field| matches!(field, Field::Status | Field::Request | Field::Target | Field::Path | Field::Url);
    if plan.is_haproxy && !fields.iter().any(asks) {
        plan.logs = Logs::Connections;
    }
    plan.captured = count_captured(&mut plan.steps);
    build::check(&fields, plan.logs).map_err(|sentence| build::error(directive, sentence, 0))?;
    Ok(plan)
}

/// Numbers captured headers of the response after those of the request, as their names come. How many there are of the
/// request, and of both; `None` where the response has none.
fn count_captured(steps: &mut [Step]) -> Option<(usize, usize)> {
    let count = |nth: u16| usize::from(nth) + 1;
    let requests = steps.iter().filter_map(|step| match step.field {
        Field::Captured(nth, _) => Some(count(nth)),
        _ => None,
    });
    let requests = requests.max().unwrap_or(0);
    let mut all = None;
    for step in steps {
        if let Field::CapturedOfResponse(nth, name) = step.field {
            let number = requests + usize::from(nth);
            step.field = u16::try_from(number).map_or(Field::Extra(name), |number| Field::Captured(number, name));
            all = all.max(Some(number + 1));
        }
    }
    all.map(|all| (requests, all))
}

/// The user agent, which Envoy writes as it came.
fn free(plan: &Plan) -> Option<Arc<Free>> {
    let is_free = |step: &Step| step.field == Field::Plain(Text::UserAgent) && step.reach == Reach::Quoted;
    let step = plan.steps.iter().position(is_free)?;
    Free::of_quoted(plan, step).map(Arc::new)
}

/// What names given to captured headers mean.
pub(crate) fn captures(names: &[String]) -> Captures {
    let mut captures = Captures::default();
    for name in names {
        let field = if let Meaning::Known(field) = headers::request(name.trim()) {
            field
        } else {
            captures.names.push(name.trim().to_owned());
            Field::Extra(captures.names.len() as u16 - 1)
        };
        captures.fields.push(field);
    }
    captures
}

fn guess(directive: &str) -> DirectiveKind {
    let is_operator = |piece: &Piece<'_>| matches!(piece, Piece::Variable(_));
    let begins = |word: &str| directive.trim_start().starts_with(word);
    if begins("LogFormat") || begins("CustomLog") {
        DirectiveKind::Apache
    } else if begins("log-format") || begins("option ") || begins("error-log-format") {
        DirectiveKind::Haproxy
    } else if directive.contains('$') && !directive.contains("%h ") {
        DirectiveKind::Nginx
    } else if (envoy::LANGUAGE.split)(directive).iter().any(is_operator) {
        DirectiveKind::Envoy
    } else if ["%ci", "%ST", "%ft", "%hr", "%[", "%{+"].iter().any(|alias| directive.contains(alias)) {
        DirectiveKind::Haproxy
    } else {
        DirectiveKind::Apache
    }
}

fn one_line(directive: &str) -> String {
    directive.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A known name so close to a misspelt one that it must be meant.
fn nearest(name: &str, known: &[String]) -> Option<String> {
    if known.iter().any(|other| other == name) {
        return None;
    }
    let limit = if name.len() >= 10 { 2 } else { 1 };
    let (distance, close) = known.iter().map(|other| (distance(name, other), other)).min()?;
    // One that is known and has no column is no mistake.
    (name.len() >= 6 && (1..=limit).contains(&distance)).then(|| close.clone())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, clippy::format_push_string)]
#[path = "directive/tests.rs"]
mod tests;
