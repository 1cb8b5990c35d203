//! Whom a route answers: everybody, or a small closed set of principals.
//!
//! A route is closed when at least [`LEAST`] principals are known and those that it ever answered with success are no
//! more than one in a hundred of them, but at least [`FEW`] and at most [`MANY`] count as few whatever the hundredth is.

use crate::requests::Answer;
use breachline_parsers::schema::Text;
use breachline_parsers::table::{ABSENT, Dictionary, FactTable};

/// Principals that it takes to tell a closed set from a small world.
const LEAST: usize = 50;
/// So few are a closed set in any world.
const FEW: usize = 4;
/// More are none.
const MANY: usize = 30;

/// `route` code -> code of its audience, and the audiences; empty when too few principals are known.
pub fn audiences(
    facts: &FactTable,
    route_of_target: &[u32],
    answer: &[Answer],
    routes: usize,
) -> (Vec<u32>, Dictionary) {
    let principals = facts.text(Text::Principal).codes();
    let targets = facts.text(Text::Target).codes();
    let mut answered: Vec<u64> = Vec::new();
    for ((&principal, &target), &answer) in principals.iter().zip(targets).zip(answer) {
        if principal != ABSENT && answer == Answer::Hit {
            answered.push(u64::from(route_of_target[target as usize]) << 32 | u64::from(principal));
        }
    }
    answered.sort_unstable();
    answered.dedup();
    let mut known: Vec<u32> = answered.iter().map(|pair| *pair as u32).collect();
    known.sort_unstable();
    known.dedup();
    let mut audiences = Dictionary::default();
    if known.len() < LEAST {
        return (Vec::new(), audiences);
    }
    let (open, closed) = (audiences.intern(b"open"), audiences.intern(b"closed"));
    let few = (known.len() / 100).clamp(FEW, MANY);
    let mut of_route = vec![open; routes];
    of_route[ABSENT as usize] = ABSENT;
    for route in answered.chunk_by(|a, b| a >> 32 == b >> 32) {
        if route.len() <= few {
            of_route[(route[0] >> 32) as usize] = closed;
        }
    }
    (of_route, audiences)
}
