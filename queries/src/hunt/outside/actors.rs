//! Who went where: the answered rows of each actor, for measures that compare ways and habits.
//!
//! An actor is what the level names beside the route: of `[principal, route]` the principal. Only answered rows (a status
//! under 400) with a time and an actor make a habit; sources that are counted apart are never mixed. What an address did
//! without an actor, before somebody signed in there or beside it, was that actor's as well, if the address is of three actors
//! or fewer: such rows are where he was, but nothing that he is judged by.

use super::Around;
use crate::hunt::columns::Codes;
use breachline_parsers::table::NO_NUMBER;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Actors up to which an address is theirs.
const SHARED: usize = 3;

/// A row of an actor.
#[derive(Clone, Copy, Debug)]
pub struct Visit {
    /// When.
    pub ts: i64,
    /// Where.
    pub route: u32,
    /// The row.
    pub row: u32,
    /// Whether it was answered; rows that were not are judged, but make no habit.
    pub answered: bool,
    /// Whether the row names the actor; others are of nobody, at an address of his.
    pub named: bool,
}

/// The rows of one actor, in order of time.
#[derive(Debug)]
pub struct Actor {
    /// The key of its groups, the place of the route left at 0.
    pub key: Vec<u32>,
    /// Its rows.
    pub visits: Vec<Visit>,
}

impl Actor {
    /// The family its rows are counted with.
    pub fn family(&self) -> u32 {
        self.key.first().copied().unwrap_or(0)
    }
}

/// All actors of the level in order of key, or none where it names no route.
pub fn actors(around: &Around<'_, '_>) -> Vec<Actor> {
    let Some(at) = around.level.iter().position(|column| column == "route") else { return Vec::new() };
    let (requests, mask) = (around.shelf.requests, around.masks.get(&around.rule.condition));
    let routes = around.shelf.column("route");
    // The calendar is no part of who somebody is.
    let columns: &[Arc<Codes<'_>>] = &around.keys[..=around.level.len()];
    let addresses = around.shelf.column("client_ip");
    let mut of: HashMap<Vec<u32>, Vec<Visit>, FixedState> = HashMap::default();
    let mut nobodys: HashMap<(u32, u32), Vec<Visit>, FixedState> = HashMap::default();
    for row in requests.counted() {
        let answered = requests.facts.status(row as usize).is_some_and(|status| status < 400);
        let ts = requests.facts.ts_values()[row as usize];
        if ts == NO_NUMBER || (!answered && !mask.contains(row as usize)) {
            continue;
        }
        let mut key: Vec<u32> = columns.iter().map(|column| column.at(row)).collect();
        let visit = Visit { ts, route: routes.at(row), row, answered, named: true };
        if key.iter().all(|&code| code != 0) {
            key[at + 1] = 0;
            of.entry(key).or_default().push(visit);
        } else if visit.route != 0 && answered {
            nobodys.entry((key[0], addresses.at(row))).or_default().push(Visit { named: false, ..visit });
        }
    }
    let mut actors: Vec<Actor> = of.into_iter().map(|(key, visits)| Actor { key, visits }).collect();
    actors.sort_unstable_by(|a, b| a.key.cmp(&b.key));
    share_out(&mut actors, &nobodys, |row| addresses.at(row));
    for actor in &mut actors {
        actor.visits.sort_unstable_by_key(|visit| (visit.ts, visit.row));
    }
    actors
}

/// Gives each actor what nobody did at its addresses; addresses that many have are nobody's.
fn share_out(
    actors: &mut [Actor],
    nobodys: &HashMap<(u32, u32), Vec<Visit>, FixedState>,
    address: impl Fn(u32) -> u32,
) {
    if nobodys.is_empty() {
        return;
    }
    let of = |actor: &Actor| -> BTreeSet<(u32, u32)> {
        let all = actor.visits.iter().map(|visit| (actor.family(), address(visit.row)));
        all.filter(|place| place.1 != 0 && nobodys.contains_key(place)).collect()
    };
    let places: Vec<BTreeSet<(u32, u32)>> = actors.iter().map(of).collect();
    let mut users: HashMap<(u32, u32), usize, FixedState> = HashMap::default();
    for place in places.iter().flatten() {
        *users.entry(*place).or_default() += 1;
    }
    for (actor, places) in actors.iter_mut().zip(&places) {
        for place in places.iter().filter(|place| users[*place] <= SHARED) {
            actor.visits.extend(&nobodys[place]);
        }
    }
}
