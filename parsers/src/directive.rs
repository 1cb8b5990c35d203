//! Vendors' own format directives, compiled into plans.
//!
//! ```text
//! directive ─► tokens (literals and variables, with their place) ─► fields ─► plan
//! ```

mod apache;
mod envoy;
pub(crate) mod fields;
mod nginx;

use crate::decode::field::Field;
use crate::decode::text::{Plan, Reach, Step};
use crate::load::DirectiveKind;
use crate::time::Clock;

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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    Known(Field),
    /// Not in the table of columns; kept under its name.
    Extra,
    /// Adds nothing to the field before it (`$is_args$args`, `%q`).
    Continues,
    /// A time whose zone is not written.
    Zoneless,
    /// A time that stands in square brackets of its own.
    Bracketed,
}

/// A vendor's language.
pub(crate) struct Language {
    pub name: &'static str,
    pub split: fn(&str) -> Vec<Piece<'_>>,
    pub judge: fn(&str) -> Result<Meaning, String>,
    /// Names to suggest for a misspelt variable.
    pub known: fn() -> Vec<String>,
    pub escapes: bool,
}

/// Compiles a directive; the language is guessed where `kind` is absent.
pub(crate) fn plan(kind: Option<DirectiveKind>, directive: &str) -> Result<Plan, DirectiveError> {
    let kind = kind.unwrap_or_else(|| guess(directive));
    match kind {
        DirectiveKind::Nginx => build(&nginx::LANGUAGE, &nginx::unwrap(directive)),
        DirectiveKind::Apache => build(&apache::LANGUAGE, &apache::unwrap(directive)),
        DirectiveKind::Envoy => build(&envoy::LANGUAGE, directive.trim_end_matches(['\n', '\r'])),
        DirectiveKind::Haproxy => Err(DirectiveError {
            sentence: "HAProxy's log-format is not supported yet; convert it to JSON or name an nginx, Apache or Envoy directive.".into(),
            directive: one_line(directive),
            place: 0,
        }),
    }
}

/// Compiles our own layout of named columns, used by format files of vendors without a directive.
pub(crate) fn plan_of_fields(layout: &str) -> Result<Plan, DirectiveError> {
    build(&fields::LANGUAGE, layout)
}

fn guess(directive: &str) -> DirectiveKind {
    let is_operator = |piece: &Piece<'_>| matches!(piece, Piece::Variable(_));
    if directive.contains('$') {
        DirectiveKind::Nginx
    } else if (envoy::LANGUAGE.split)(directive).iter().any(is_operator) {
        DirectiveKind::Envoy
    } else if directive.contains("%ci") || directive.contains("%ST") {
        DirectiveKind::Haproxy
    } else {
        DirectiveKind::Apache
    }
}

fn one_line(directive: &str) -> String {
    directive.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn build(language: &Language, directive: &str) -> Result<Plan, DirectiveError> {
    let error = |sentence: String, byte: usize| DirectiveError {
        sentence,
        directive: one_line(directive),
        place: directive.get(..byte).map_or(0, |before| before.chars().count()),
    };
    let mut plan = Plan { escapes: language.escapes, states_zone: true, ..Plan::default() };
    let mut byte = 0;
    let mut literal = String::new();
    for piece in (language.split)(directive) {
        match piece {
            Piece::Literal(text) => {
                literal.push_str(text);
                byte += text.len();
            }
            Piece::Broken(text) => {
                return Err(error(format!("`{text}` is no {} variable: is it cut short?", language.name), byte));
            }
            Piece::Variable(text) => {
                let meaning = (language.judge)(text).map_err(|sentence| error(sentence, byte))?;
                if let Meaning::Extra = meaning
                    && let Some(close) = nearest(text, &(language.known)())
                {
                    return Err(error(
                        format!("`{text}` is no {} variable; did you mean `{close}`?", language.name),
                        byte,
                    ));
                }
                if meaning == Meaning::Bracketed {
                    literal.push('[');
                }
                add(&mut plan, meaning, text, &mut literal).map_err(|sentence| error(sentence, byte))?;
                if meaning == Meaning::Bracketed {
                    literal.push(']');
                }
                byte += text.len();
            }
        }
    }
    match plan.steps.last_mut() {
        Some(last) => last.until = literal.into_bytes(),
        None => {
            return Err(error(format!("there is no {} variable in this directive", language.name), 0));
        }
    }
    finish(&mut plan);
    check(&plan).map_err(|sentence| error(sentence, 0))?;
    Ok(plan)
}

fn add(plan: &mut Plan, meaning: Meaning, text: &str, literal: &mut String) -> Result<(), String> {
    let field = match meaning {
        Meaning::Continues if literal.is_empty() && !plan.steps.is_empty() => {
            if let Some(last) = plan.steps.last_mut().filter(|last| last.field == Field::Path) {
                last.field = Field::Target;
            }
            return Ok(());
        }
        Meaning::Continues => Field::Query,
        Meaning::Bracketed => Field::Time(Clock::Clf),
        Meaning::Zoneless => {
            plan.states_zone = false;
            Field::Time(Clock::Any)
        }
        Meaning::Extra => {
            plan.names.push(text.trim_matches(['$', '%', '{', '}']).trim_start_matches("extra:").to_owned());
            Field::Extra(plan.names.len() as u16 - 1)
        }
        Meaning::Known(field) => field,
    };
    let before = std::mem::take(literal);
    if let Some(last) = plan.steps.last_mut() {
        if before.is_empty() {
            let splits_at_slash = matches!(field, Field::Target | Field::Path | Field::Url);
            if !splits_at_slash {
                return Err(format!(
                    "nothing stands between `{}` and `{text}`, so a log cannot be split there",
                    last.name
                ));
            }
            last.reach = Reach::BeforeSlash;
        }
        last.until = before.into_bytes();
    } else {
        plan.lead = before.into_bytes();
    }
    plan.steps.push(Step { field, reach: Reach::Bare, until: Vec::new(), name: text.to_owned() });
    Ok(())
}

/// Decides how far each field reaches, now that all literals are known.
fn finish(plan: &mut Plan) {
    // Without a peer, the right end of the chain is the nearest address that there is.
    if !plan.steps.iter().any(|step| step.field == Field::Peer) {
        for step in plan.steps.iter_mut().filter(|step| step.field == Field::Forwarded) {
            step.field = Field::ForwardedPeer;
        }
    }
    let mut before = plan.lead.clone();
    for index in 0..plan.steps.len() {
        let next_is_time = plan.steps.get(index + 1).is_some_and(|next| matches!(next.field, Field::Time(Clock::Clf)));
        let step = &mut plan.steps[index];
        if step.reach == Reach::Bare {
            if before.ends_with(b"\"") && step.until.starts_with(b"\"") {
                step.reach = Reach::Quoted;
            } else if step.until.ends_with(b" [") && next_is_time {
                step.reach = Reach::BeforeDay;
            }
        }
        before.clone_from(&step.until);
    }
    plan.required = plan.steps.len();
    plan.tail = plan.steps.last().is_some_and(|last| last.reach == Reach::Quoted && last.until == b"\"");
}

fn check(plan: &Plan) -> Result<(), String> {
    let has = |wanted: fn(Field) -> bool| plan.steps.iter().any(|step| wanted(step.field));
    if !has(|field| matches!(field, Field::Time(_))) {
        return Err("there is no time in this directive, so nothing can be placed in time".into());
    }
    if !has(|field| matches!(field, Field::Status | Field::Request | Field::Target | Field::Path)) {
        return Err("there is neither a request nor a status in this directive".into());
    }
    Ok(())
}

/// A known name so close to a misspelt one that it must be meant.
fn nearest(name: &str, known: &[String]) -> Option<String> {
    let limit = if name.len() >= 10 { 2 } else { 1 };
    let (distance, close) = known.iter().map(|other| (distance(name, other), other)).min()?;
    // One that is known and has no column is no mistake.
    (name.len() >= 6 && (1..=limit).contains(&distance)).then(|| close.clone())
}

/// Letters to insert, drop, change or swap until one word is the other.
pub(crate) fn distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let mut rows = vec![vec![0_usize; other.len() + 1]; one.len() + 1];
    for i in 0..=one.len() {
        for j in 0..=other.len() {
            rows[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let change = rows[i - 1][j - 1] + usize::from(one[i - 1] != other[j - 1]);
                let mut least = change.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
                if i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1] {
                    least = least.min(rows[i - 2][j - 2] + 1);
                }
                least
            };
        }
    }
    rows[one.len()][other.len()]
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_pointed_at() {
        let error = plan(None, r#"$remote_adr - [$time_local] "$request" $status"#).unwrap_err();
        assert_eq!(error.place, 0);
        assert!(error.sentence.contains("did you mean `$remote_addr`?"), "{error}");
        let error = plan(None, r#"$remote_addr [$time_local] "$request" $staus"#).unwrap_err();
        assert!(error.to_string().ends_with(&format!("\n  {:>39}", "^")), "{error}");
        assert!(
            plan(None, "$remote_addr$status [$time_local]").unwrap_err().sentence.contains("nothing stands between")
        );
        assert!(plan(None, "%h %u").unwrap_err().sentence.contains("no time"));
        assert!(plan(None, "hello").is_err());
        assert!(plan(Some(DirectiveKind::Haproxy), "%ci").unwrap_err().sentence.contains("not supported yet"));
    }

    #[test]
    fn own_variables_are_kept() {
        let plan = plan(None, r#"$remote_addr [$time_local] "$request" $status $tenant_shard"#).unwrap();
        assert_eq!(plan.names, ["tenant_shard"]);
    }

    #[test]
    fn distances() {
        assert_eq!(distance("status", "status"), 0);
        assert_eq!(distance("staus", "status"), 1);
        assert_eq!(distance("sattus", "status"), 1);
        assert_eq!(distance("", "abc"), 3);
    }
}
