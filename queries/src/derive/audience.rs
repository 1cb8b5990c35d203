//! Whom a route answers: everybody, a small closed set of callers, or nobody.
//!
//! Callers are principals; where fewer than [`LEAST`] of them are ever answered, applications; where those are too few as
//! well, client addresses. A route is closed when those whom it ever answered with success are no more than one in a
//! hundred of all, but [`FEW`] (in small worlds one in ten) count as few whatever the hundredth is, and more than [`MANY`]
//! never do. It is open to `nobody` when it answered without ever succeeding.

use crate::measure::spread::Distinct;
use crate::requests::Answer;
use breachline_parsers::schema::Text;
use breachline_parsers::table::{ABSENT, Dictionary, FactTable};
use fixedbitset::FixedBitSet;

/// Callers that it takes to tell a closed set from a small world.
const LEAST: usize = 30;
/// So few are a closed set in a world ten times as large.
const FEW: usize = 6;
/// More are none.
const MANY: usize = 30;

/// `route` code -> code of its audience, and the audiences; empty when too few callers are known.
/// `client_of_row` is empty where addresses cannot be told.
pub fn audiences(
    facts: &FactTable,
    route_of_target: &[u32],
    answer: &[Answer],
    client_of_row: &[u32],
    routes: usize,
) -> (Vec<u32>, Dictionary) {
    let mut audiences = Dictionary::default();
    let callers = [facts.text(Text::Principal).codes(), facts.text(Text::ClientApp).codes(), client_of_row];
    let targets = facts.text(Text::Target).codes();
    let route = |row: usize| targets.get(row).map_or(ABSENT, |&target| route_of_target[target as usize]);
    let Some((known, answered)) = callers.iter().find_map(|callers| answered(callers, answer, route, routes)) else {
        return (Vec::new(), audiences);
    };
    let (open, closed, nobody) = (audiences.intern(b"open"), audiences.intern(b"closed"), audiences.intern(b"nobody"));
    let few = (known / 100).clamp(FEW.min(known / 10), MANY);
    let mut of_route = vec![nobody; routes];
    of_route[ABSENT as usize] = ABSENT;
    // An answer to somebody unknown, or without a body, is an answer.
    for row in (0..answer.len()).filter(|&row| matches!(answer[row], Answer::Hit | Answer::Other)) {
        let of = &mut of_route[route(row) as usize];
        *of = if *of == ABSENT { ABSENT } else { open };
    }
    for (of, callers) in of_route.iter_mut().zip(answered) {
        if *of != ABSENT && (1..=few).contains(&callers) {
            *of = closed;
        }
    }
    (of_route, audiences)
}

/// How many callers were ever answered with success, and how many on each route. `None` where the callers are too few.
fn answered(
    callers: &[u32],
    answer: &[Answer],
    route: impl Fn(usize) -> u32,
    routes: usize,
) -> Option<(usize, Vec<usize>)> {
    let hits = || {
        let rows = callers.iter().zip(answer).enumerate();
        rows.filter(|(_, (caller, answer))| **caller != ABSENT && **answer == Answer::Hit)
    };
    let known: FixedBitSet = hits().map(|(_, (&caller, _))| caller as usize).collect();
    let known = known.count_ones(..);
    if known < LEAST {
        return None;
    }
    // Callers beside each other by route: a counting sort.
    let mut next = vec![0_usize; routes + 2];
    hits().for_each(|(row, _)| next[route(row) as usize + 1] += 1);
    for route in 1..next.len() {
        next[route] += next[route - 1];
    }
    let starts = next.clone();
    let mut sorted = vec![ABSENT; starts.last().copied().unwrap_or(0)];
    for (row, (&caller, _)) in hits() {
        let slot = &mut next[route(row) as usize];
        sorted[*slot] = caller;
        *slot += 1;
    }
    let mut distinct = Distinct::default();
    let mut of = |callers: &[u32]| distinct.n_unique(callers.iter().copied(), callers.len()) as usize;
    Some((known, (0..routes).map(|route| of(&sorted[starts[route]..starts[route + 1]])).collect()))
}
