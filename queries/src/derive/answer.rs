//! What each response amounts to, with the empty answers and the error bodies that routes give as 2xx, and the 204 of
//! look-ups.

mod empty;
mod shared;
mod sizes;

use crate::exchanges::Exchanges;
use crate::requests::Answer;
use breachline_parsers::schema::{Number, Text};
use breachline_parsers::table::{ABSENT, FactTable};
use fixedbitset::FixedBitSet;
use sizes::Sized;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verb {
    Reads,
    /// Reads or changes something, as its body says.
    Posts,
    /// Changes something: a constant answer is the rule there, and says nothing of what was found.
    Writes,
    /// Asks whether something is there: its answers say so and hold nothing.
    Asks,
    Silent,
}

/// Answer class of all rows, and the hits among them that may carry no data. `route_of_target` and `client_of_row` may be
/// empty; `bases` are the routes that operations are of, `object_of_target` what targets name.
pub fn answers(
    facts: &FactTable,
    exchanges: &Exchanges,
    route_of_target: &[u32],
    bases: &[u32],
    client_of_row: &[u32],
    object_of_target: &[u32],
) -> (Vec<Answer>, FixedBitSet) {
    let methods = facts.text(Text::Method);
    let verbs: Vec<Verb> = (0..methods.dictionary.len() as u32)
        .map(|code| match methods.dictionary.text(code).to_ascii_uppercase().as_str() {
            "HEAD" => Verb::Asks,
            "OPTIONS" => Verb::Silent,
            "PUT" | "PATCH" | "DELETE" => Verb::Writes,
            "POST" => Verb::Posts,
            _ => Verb::Reads,
        })
        .collect();
    let actions = facts.text(Text::WafAction);
    let blocked: Vec<bool> =
        (0..actions.dictionary.len() as u32).map(|code| is_block(actions.dictionary.text(code))).collect();
    let is = |row: usize, verb: Verb| verbs[methods.code(row) as usize] == verb;
    let sent = facts.number(Number::BytesOut);
    let mut answers: Vec<Answer> = (0..facts.rows())
        .map(|row| match facts.status_values()[row] {
            _ if blocked[actions.code(row) as usize] => Answer::Denied,
            GONE if !is(row, Verb::Asks) && sent.get(row).is_some_and(|bytes| bytes > 0) => Answer::Hit,
            status => of_status(status, verbs[methods.code(row) as usize]),
        })
        .collect();
    let sized = Sized {
        facts,
        exchanges,
        route_of_target,
        bases,
        clients: client_of_row,
        writes: &|row| is(row, Verb::Writes),
        posts: &|row| is(row, Verb::Posts),
        whole: &|row| !is(row, Verb::Asks) && !matches!(facts.status_values()[row], 206 | GONE),
    };
    let bare = sized.bare(&answers);
    for row in bare.nothing {
        answers[row as usize] = Answer::Miss;
    }
    let reads = |row: usize| is(row, Verb::Reads) && exchanges.counts(row as u32);
    let asked = looked_up(facts, &answers, &reads, route_of_target, object_of_target);
    for row in empty::nothing_there(asked) {
        answers[row as usize] = Answer::Miss;
    }
    (answers, bare.doubtful)
}

/// The requests for one object that were answered with data or with 204.
fn looked_up(
    facts: &FactTable,
    answers: &[Answer],
    reads: &dyn Fn(usize) -> bool,
    route_of_target: &[u32],
    object_of_target: &[u32],
) -> Vec<empty::Asked> {
    let targets = facts.text(Text::Target).codes();
    let statuses = facts.status_values();
    let asked = (0..targets.len()).filter(|&row| reads(row)).filter_map(|row| {
        let found = answers[row] == Answer::Hit;
        let is_empty = statuses[row] == 204 && answers[row] == Answer::Other;
        let target = targets[row] as usize;
        let (route, object) = (*route_of_target.get(target)?, *object_of_target.get(target)?);
        (object != ABSENT && (found || is_empty)).then_some(empty::Asked { row: row as u32, route, object, found })
    });
    asked.collect()
}

/// The client went away. What had been sent by then is of an answer that nobody knows.
pub const GONE: u16 = 499;

fn is_block(action: &str) -> bool {
    action
        .split([',', ' ', ';', '|'])
        .any(|word| matches!(word.to_ascii_lowercase().as_str(), "block" | "blocked" | "deny" | "denied" | "drop"))
}

fn of_status(status: u16, verb: Verb) -> Answer {
    match status {
        // Somebody who is told not to ask in this way has neither been refused nor found anything missing.
        405 | 501 if verb == Verb::Asks => Answer::Other,
        401 | 403 | 405 | 407 | 429 | 451 => Answer::Denied,
        _ if verb == Verb::Silent => Answer::Other,
        204 | GONE => Answer::Other,
        200..=299 => Answer::Hit,
        404 | 410 => Answer::Miss,
        400..=599 => Answer::Error,
        _ => Answer::Other,
    }
}
