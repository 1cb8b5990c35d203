//! What each response amounts to, with the empty answers that routes give as 2xx.

use crate::exchanges::Exchanges;
use crate::requests::Answer;
use breachline_parsers::schema::{Number, Text};
use breachline_parsers::table::{ABSENT, FactTable, NO_NUMBER};
use foldhash::fast::FixedState;
use hashbrown::HashMap;

/// Rows of one exact size from which it can be a route's empty answer.
const ENOUGH_ROWS: usize = 20;
/// Other sizes a route must show, so that a constant size is not taken for an empty one.
const ENOUGH_SIZES: usize = 20;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verb {
    Reads,
    /// Changes something: a constant answer is the rule there, and says nothing of what was found.
    Writes,
    Silent,
}

/// Answer class of all rows. `route_of_target` and `client_of_row` may be empty.
pub fn answers(
    facts: &FactTable,
    exchanges: &Exchanges,
    route_of_target: &[u32],
    routes: usize,
    client_of_row: &[u32],
) -> Vec<Answer> {
    let methods = facts.text(Text::Method);
    let verbs: Vec<Verb> = (0..methods.dictionary.len() as u32)
        .map(|code| match methods.dictionary.text(code).to_ascii_uppercase().as_str() {
            "HEAD" | "OPTIONS" => Verb::Silent,
            "PUT" | "PATCH" | "DELETE" => Verb::Writes,
            _ => Verb::Reads,
        })
        .collect();
    let actions = facts.text(Text::WafAction);
    let blocked: Vec<bool> =
        (0..actions.dictionary.len() as u32).map(|code| is_block(actions.dictionary.text(code))).collect();
    let mut answers: Vec<Answer> = (0..facts.rows())
        .map(|row| {
            if blocked[actions.code(row) as usize] {
                return Answer::Denied;
            }
            of_status(facts.status_values()[row], verbs[methods.code(row) as usize])
        })
        .collect();
    let writes = |row: usize| verbs[methods.code(row) as usize] == Verb::Writes;
    mark_empty(facts, exchanges, route_of_target, (routes, client_of_row), &writes, &mut answers);
    answers
}

fn is_block(action: &str) -> bool {
    action
        .split([',', ' ', ';', '|'])
        .any(|word| matches!(word.to_ascii_lowercase().as_str(), "block" | "blocked" | "deny" | "denied" | "drop"))
}

fn of_status(status: u16, verb: Verb) -> Answer {
    match status {
        401 | 403 | 405 | 407 | 429 | 451 => Answer::Denied,
        _ if verb == Verb::Silent => Answer::Other,
        204 | 499 => Answer::Other,
        200..=299 => Answer::Hit,
        404 | 410 => Answer::Miss,
        400..=599 => Answer::Error,
        _ => Answer::Other,
    }
}

/// Turns hits that carry their route's empty answer into misses.
///
/// Only rows that count are looked at: sizes of several vantages are of different things.
fn mark_empty(
    facts: &FactTable,
    exchanges: &Exchanges,
    route_of_target: &[u32],
    (routes, clients): (usize, &[u32]),
    writes: &dyn Fn(usize) -> bool,
    answers: &mut [Answer],
) {
    let sizes = facts.number(Number::BytesOut).values();
    let targets = facts.text(Text::Target).codes();
    if sizes.is_empty() || targets.is_empty() || routes == 0 {
        return;
    }
    let route = |row: usize| route_of_target[targets[row] as usize] as usize;
    let counts = |row: usize| {
        exchanges.counts(row as u32)
            && answers[row] == Answer::Hit
            && !writes(row)
            && sizes[row] != NO_NUMBER
            && route(row) != ABSENT as usize
    };
    // Rows of each route beside each other: a counting sort by route.
    let mut starts = vec![0usize; routes + 1];
    for row in (0..answers.len()).filter(|&row| counts(row)) {
        starts[route(row) + 1] += 1;
    }
    for index in 0..routes {
        starts[index + 1] += starts[index];
    }
    let mut next = starts.clone();
    let mut rows = vec![0u32; starts[routes]];
    for row in (0..answers.len()).filter(|&row| counts(row)) {
        rows[next[route(row)]] = row as u32;
        next[route(row)] += 1;
    }
    for index in 0..routes {
        let rows = &rows[starts[index]..starts[index + 1]];
        if rows.len() < ENOUGH_ROWS + ENOUGH_SIZES {
            continue;
        }
        if let Some(empty) = empty_size(rows, sizes, clients) {
            for &row in rows.iter().filter(|&&row| sizes[row as usize] == empty) {
                answers[row as usize] = Answer::Miss;
            }
        }
    }
}

/// The size of a route's empty answer, if its answers show one.
fn empty_size(rows: &[u32], sizes: &[i64], clients: &[u32]) -> Option<i64> {
    let mut counts: HashMap<i64, usize, FixedState> = HashMap::default();
    for &row in rows {
        *counts.entry(sizes[row as usize]).or_default() += 1;
    }
    if counts.len() <= ENOUGH_SIZES {
        return None;
    }
    let mut ranked: Vec<(usize, i64)> = counts.into_iter().map(|(size, count)| (count, size)).collect();
    ranked.sort_unstable_by(|a, b| b.cmp(a));
    let (count, size) = ranked[0];
    if count < ENOUGH_ROWS || count * 20 < rows.len() || count < ranked[1].0 * 2 {
        return None;
    }
    let mut rest: Vec<i64> = rows.iter().map(|&row| sizes[row as usize]).filter(|&other| other != size).collect();
    rest.sort_unstable();
    // One vote a client, over all its answers: a sweep of misses must not outvote the others.
    let mut by_client: Vec<(u32, i64)> =
        rows.iter().map(|&row| (clients.get(row as usize).copied().unwrap_or(ABSENT), sizes[row as usize])).collect();
    by_client.sort_unstable();
    let mut votes: Vec<i64> = by_client.chunk_by(|a, b| a.0 == b.0).map(|votes| votes[votes.len() / 2].1).collect();
    votes.sort_unstable();
    let usual = votes[votes.len() / 2];
    // Where one client asks alone, its own misses are the median; then the other answers decide.
    let usual = if usual == size { rest[rest.len() / 2] } else { usual };
    (size * 2 < usual && size < rest[rest.len() / 10]).then_some(size)
}
