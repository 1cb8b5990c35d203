//! From the pieces of a directive to a plan.

use super::{DirectiveError, Language, Meaning, Mode, Piece, nearest, one_line};
use crate::decode::field::Field;
use crate::decode::text::{Escape, Logs, Plan, Reach, Step};
use crate::time::Clock;
use crate::time::pattern::Pattern;

/// A directive's piece, understood.
#[derive(Clone, Debug)]
pub(super) enum Item {
    Literal(String),
    Variable(Variable),
}

/// A variable of a directive.
#[derive(Clone, Debug)]
pub(super) struct Variable {
    pub meaning: Meaning,
    /// As written.
    pub text: String,
    /// The name under which it is kept where no column fits.
    pub label: String,
    /// How eagerly its column wants it, 0 first.
    pub rank: u8,
    /// Where it stands, in bytes.
    pub byte: usize,
}

/// Points at a byte of a directive.
pub(super) fn error(directive: &str, sentence: impl Into<String>, byte: usize) -> DirectiveError {
    DirectiveError {
        sentence: sentence.into(),
        directive: one_line(directive),
        place: directive.get(..byte).map_or(0, |before| before.chars().count()),
    }
}

/// Takes a directive apart; times with only literals between become one.
pub(super) fn items(language: &Language, directive: &str, mode: &mut Mode) -> Result<Vec<Item>, DirectiveError> {
    let mut items: Vec<Item> = Vec::new();
    let mut byte = 0;
    for piece in (language.split)(directive) {
        match piece {
            Piece::Literal(text) => {
                push(&mut items, text);
                let doubled = text == "%" && directive.get(byte..).is_some_and(|rest| rest.starts_with("%%"));
                byte += text.len() + usize::from(doubled);
            }
            Piece::Broken(text) => {
                let sentence = format!("`{text}` is no {} variable: is it cut short?", language.name);
                return Err(error(directive, sentence, byte));
            }
            Piece::Variable(text) => {
                let judged = (language.judge)(text, mode).map_err(|sentence| error(directive, sentence, byte))?;
                if let Meaning::Extra = judged.meaning
                    && let Some(close) = nearest(text, &(language.known)())
                {
                    let sentence = format!("`{text}` is no {} variable; did you mean `{close}`?", language.name);
                    return Err(error(directive, sentence, byte));
                }
                let (open, close) = judged.wrap;
                push(&mut items, open);
                if judged.meaning != Meaning::Nothing {
                    let label = (language.label)(text);
                    let rank = (language.rank)(text);
                    let variable = Variable { meaning: judged.meaning, text: text.to_owned(), label, rank, byte };
                    items.push(Item::Variable(variable));
                }
                push(&mut items, close);
                byte += text.len();
            }
        }
    }
    if language.is_haproxy {
        join_spaces(&mut items);
    }
    Ok(join_servers(join_times(items)))
}

/// Adds literal text, to the literal before it if there is one.
pub(super) fn push(items: &mut Vec<Item>, text: &str) {
    match items.last_mut() {
        _ if text.is_empty() => {}
        Some(Item::Literal(before)) => before.push_str(text),
        _ => items.push(Item::Literal(text.to_owned())),
    }
}

/// Makes one time of the parts that a directive writes one by one (`%{%F}t %{%T}t`).
fn join_times(items: Vec<Item>) -> Vec<Item> {
    let mut joined: Vec<Item> = Vec::new();
    for item in items {
        if let Item::Variable(Variable { meaning: Meaning::Time(pattern), text, .. }) = &item {
            let (between, at) = match joined.as_slice() {
                [.., Item::Variable(_), Item::Literal(literal)] => (literal.replace('%', "%%"), joined.len() - 2),
                [.., Item::Variable(_)] => (String::new(), joined.len() - 1),
                _ => (String::new(), joined.len()),
            };
            if let Some(Item::Variable(Variable { meaning: Meaning::Time(before), text: name, .. })) =
                joined.get_mut(at)
                && !(Pattern::parse(before).is_some() && Pattern::parse(pattern).is_some())
            {
                before.push_str(&between);
                before.push_str(pattern);
                name.push_str(text);
                joined.truncate(at + 1);
                continue;
            }
        }
        joined.push(item);
    }
    joined
}

/// HAProxy writes one space where two would meet, and none at the begin.
fn join_spaces(items: &mut [Item]) {
    for (index, item) in items.iter_mut().enumerate() {
        if let Item::Literal(text) = item {
            while text.contains("  ") {
                *text = text.replace("  ", " ");
            }
            if index == 0 {
                *text = text.trim_start_matches(' ').to_owned();
            }
        }
    }
}

/// Makes one variable of HAProxy's `%b/%s`: a server is named within its backend.
fn join_servers(items: Vec<Item>) -> Vec<Item> {
    let mut joined: Vec<Item> = Vec::new();
    for mut item in items {
        if let Item::Variable(variable) = &mut item
            && variable.meaning == Meaning::Known(Field::Server)
            && let [.., Item::Variable(backend), Item::Literal(slash)] = joined.as_slice()
            && backend.text == "%b"
            && slash == "/"
        {
            variable.text = format!("%b/{}", variable.text);
            variable.byte = backend.byte;
            joined.truncate(joined.len() - 2);
        }
        joined.push(item);
    }
    joined
}

/// Makes a plan of a directive's pieces.
pub(super) fn plan(language: &Language, directive: &str, items: &[Item], mode: &Mode) -> Result<Plan, DirectiveError> {
    let mut plan = Plan {
        escapes: mode.escapes.unwrap_or(language.escapes),
        states_zone: true,
        is_haproxy: language.is_haproxy,
        ..Plan::default()
    };
    let mut ranks = Vec::new();
    let mut literal = String::new();
    for item in items {
        match item {
            Item::Literal(text) => literal.push_str(text),
            Item::Variable(variable) => {
                let added = add(&mut plan, variable, &mut literal);
                if added.map_err(|sentence| error(directive, sentence, variable.byte))? {
                    ranks.push((variable.rank, variable.label.clone()));
                }
            }
        }
    }
    let Some(last) = plan.steps.last_mut() else {
        let sentence = format!("there is no {} variable in this directive", language.name);
        return Err(error(directive, sentence, 0));
    };
    last.until = literal.into_bytes();
    finish(&mut plan);
    if plan.tail && mode.escapes == Some(Escape::None) {
        // Nothing follows the last value, whose quotes are its own.
        plan.tail = false;
        plan.steps.iter_mut().last().into_iter().for_each(|last| last.reach = Reach::LastQuote);
    }
    settle(&mut plan, &ranks);
    Ok(plan)
}

/// Adds a variable; false where it only continues the one before.
fn add(plan: &mut Plan, variable: &Variable, literal: &mut String) -> Result<bool, String> {
    let mut reach = Reach::Bare;
    let field = match &variable.meaning {
        Meaning::Continues if literal.is_empty() && !plan.steps.is_empty() => {
            if let Some(last) = plan.steps.last_mut().filter(|last| last.field == Field::Path) {
                last.field = Field::Target;
            }
            return Ok(false);
        }
        Meaning::Continues => Field::Query,
        Meaning::Zoneless(clock) => {
            plan.states_zone = false;
            Field::Time(*clock)
        }
        Meaning::Time(pattern) => match (Pattern::parse(pattern), pattern.as_str()) {
            (Some(pattern), _) => {
                plan.states_zone &= pattern.states_zone();
                reach = Reach::Pattern(plan.patterns.len() as u16);
                plan.patterns.push(pattern);
                Field::Time(Clock::Any)
            }
            (None, "%3f") => Field::TimeFraction(3),
            (None, "%6f") => Field::TimeFraction(6),
            (None, pattern) if is_without_year(pattern) => {
                plan.states_zone &= pattern.contains("%z");
                Field::Time(Clock::Any)
            }
            (None, _) => extra(plan, &variable.label),
        },
        Meaning::Extra | Meaning::Nothing => extra(plan, &variable.label),
        Meaning::Captures => {
            reach = Reach::Braces;
            Field::Captures
        }
        Meaning::Captured(nth) => {
            let Field::Extra(name) = extra(plan, &variable.label) else { return Ok(false) };
            Field::Captured(*nth, name)
        }
        Meaning::CapturedOfResponse(nth) => {
            let Field::Extra(name) = extra(plan, &variable.label) else { return Ok(false) };
            Field::CapturedOfResponse(*nth, name)
        }
        Meaning::Known(field) => *field,
    };
    let before = std::mem::take(literal);
    if let Some(last) = plan.steps.last_mut() {
        if before.is_empty() {
            last.reach = beside(last, field).ok_or_else(|| {
                format!(
                    "nothing stands between `{}` and `{}`, so a log cannot be split there",
                    last.name, variable.text
                )
            })?;
        }
        last.until = before.into_bytes();
    } else {
        plan.lead = before.into_bytes();
    }
    plan.steps.push(Step { field, reach, until: Vec::new(), before_number: false, name: variable.text.clone() });
    Ok(true)
}

/// Whether a pattern has all of a time but the year, which the last change of the log tells.
pub(super) fn is_without_year(pattern: &str) -> bool {
    let has = |letters: &[&str]| letters.iter().any(|letter| pattern.contains(letter));
    has(&["%b", "%h", "%m", "%B"]) && has(&["%d", "%e"]) && has(&["%H", "%T", "%k"])
}

fn extra(plan: &mut Plan, label: &str) -> Field {
    plan.names.push(label.to_owned());
    Field::Extra(plan.names.len() as u16 - 1)
}

/// How far a field reaches that has the next one right behind it.
fn beside(last: &Step, next: Field) -> Option<Reach> {
    match (last.reach, last.field) {
        (Reach::Pattern(_) | Reach::Braces, _) => Some(last.reach),
        _ if matches!(next, Field::Target | Field::Path | Field::Url) => Some(Reach::BeforeSlash),
        (_, Field::Status) => Some(Reach::Width(3)),
        (_, Field::Ignore) if last.name == "$pipe" => Some(Reach::Width(1)),
        (_, field) if field.is_number() && !next.is_number() => Some(Reach::Digits),
        _ => None,
    }
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
        let next = plan.steps.get(index + 1).map(|next| (next.field, next.name.clone()));
        let step = &mut plan.steps[index];
        if step.reach == Reach::Bare {
            let spaced = step.until.ends_with(b" [") || step.until == b" ";
            if before.ends_with(b"\"") && step.until.starts_with(b"\"") {
                step.reach = Reach::Quoted;
            } else if step.until == b":"
                && matches!(step.field, Field::Peer | Field::Host)
                && matches!(next, Some((Field::ClientPort | Field::Ignore, _)))
            {
                step.reach = Reach::BeforePort;
            } else if spaced && matches!(next, Some((Field::Time(Clock::Clf), _))) {
                step.reach = Reach::BeforeDay;
            } else if step.until == b" "
                && matches!(step.field, Field::Target | Field::Path)
                && next.as_ref().is_some_and(|(field, name)| is_version(*field, name))
            {
                step.reach = Reach::BeforeVersion;
            } else if step.field == Field::Time(Clock::Clf) && step.until.starts_with(b" ") {
                // The space before the zone is none after the time.
                let written = if plan.states_zone { "%d/%b/%Y:%H:%M:%S %z" } else { "%d/%b/%Y:%H:%M:%S.%f" };
                if let Some(pattern) = Pattern::parse(written) {
                    step.reach = Reach::Pattern(plan.patterns.len() as u16);
                    plan.patterns.push(pattern);
                }
            }
        }
        step.before_number = next.is_some_and(|(field, _)| field.is_number());
        before.clone_from(&step.until);
    }
    plan.required = plan.steps.len();
    let last = plan.steps.last();
    plan.tail = last.is_some_and(|last| last.reach == Reach::Quoted && last.until == b"\"");
}

/// Whether a variable holds `HTTP/1.1`.
fn is_version(field: Field, name: &str) -> bool {
    let names = ["$server_protocol", "%H", "%HV", "%PROTOCOL%", "$protocol"];
    matches!(field, Field::Ignore | Field::Extra(_)) && names.contains(&name)
}

/// Where several variables are good for one column the best is taken, and the others are kept under their names.
fn settle(plan: &mut Plan, ranks: &[(u8, String)]) {
    for index in 0..plan.steps.len() {
        let Some(claim) = claim(plan.steps[index].field) else { continue };
        let (rank, label) = &ranks[index];
        let rank = (exactness(plan, index), *rank);
        let beaten = (0..plan.steps.len()).any(|other| {
            let theirs = (exactness(plan, other), ranks[other].0);
            other != index
                && self::claim(plan.steps[other].field) == Some(claim)
                && (theirs < rank || theirs == rank && other < index)
        });
        if !beaten {
            continue;
        }
        let better_before = (0..index).any(|other| self::claim(plan.steps[other].field) == Some(claim));
        plan.steps[index].field = match claim {
            Field::Time(_) => Field::Ignore,
            // Names of who asks are often missing: one may stand in for the other.
            Field::Plain(_) if !better_before => continue,
            Field::Plain(text) => {
                plan.names.push(label.clone());
                Field::Otherwise(text, plan.names.len() as u16 - 1)
            }
            _ => extra(plan, label),
        };
    }
}

/// How exact a time is, the best first; 0 for all else.
fn exactness(plan: &Plan, index: usize) -> u8 {
    match (plan.steps[index].field, plan.steps[index].reach) {
        (Field::Time(Clock::Epoch(_)), _) => 0,
        (Field::Time(_), Reach::Pattern(number)) => {
            1 + u8::from(!plan.patterns.get(usize::from(number)).is_some_and(Pattern::is_fine))
        }
        (Field::Time(Clock::Any), _) => 1,
        (Field::Time(Clock::Iso), _) => 3,
        (Field::Time(Clock::Clf), _) => 4,
        _ => 0,
    }
}

/// The column that a field would fill alone; fields of one claim compete.
pub(super) fn claim(field: Field) -> Option<Field> {
    Some(match field {
        Field::Time(_) => Field::Time(Clock::Any),
        Field::Duration(_) => Field::Duration(0),
        Field::Forwarded | Field::ForwardedPeer => Field::Forwarded,
        Field::Session | Field::SessionUnlessNumber => Field::Session,
        Field::Count(number) | Field::CountIfNumber(number) => Field::Count(number),
        Field::Ignore
        | Field::Extra(_)
        | Field::DurationPart(_)
        | Field::TimeFraction(_)
        | Field::Captures
        | Field::Part(_)
        | Field::Patterned(_)
        | Field::Authorization
        | Field::ApiKey
        | Field::Cookies => return None,
        field => field,
    })
}

/// What every directive must have.
pub(super) fn check(fields: &[Field], logs: Logs) -> Result<(), &'static str> {
    let has = |wanted: fn(Field) -> bool| fields.iter().any(|field| wanted(*field));
    if !has(|field| matches!(field, Field::Time(_))) {
        return Err("there is no time in this directive, so nothing can be placed in time");
    }
    let asks = |field| matches!(field, Field::Status | Field::Request | Field::Target | Field::Path | Field::Url);
    if logs == Logs::Requests && !has(asks) {
        return Err("there is neither a request nor a status in this directive");
    }
    Ok(())
}

/// The escapes that nginx is told to use.
pub(super) fn nginx_escapes(word: &str) -> Option<Escape> {
    match word {
        "default" | "json" => Some(Escape::Backslash),
        "none" => Some(Escape::None),
        _ => None,
    }
}
