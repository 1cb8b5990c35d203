//! Who went where: the answered rows of each actor, for measures that compare ways and habits.
//!
//! An actor is what the level names beside the route: of `[principal, route]` the principal. Only answered rows (a status
//! under 400) with a time and an actor make a habit; sources that are counted apart are never mixed. Nothing here depends on
//! what a rule looks at, so rules with the same level share it. What an address did
//! without an actor, before somebody signed in there or beside it, was that actor's as well, if the address is of three actors
//! or fewer: such rows are where he was, but nothing that he is judged by.

use super::Around;
use super::company::World;
use super::leads::Ways;
use crate::hunt::columns::Codes;
use crate::hunt::group::key_index;
use crate::hunt::kept::Kept;
use crate::hunt::run::names;
use breachline_parsers::table::{ABSENT, NO_NUMBER};
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use std::sync::{Arc, OnceLock};

/// Actors up to which an address is theirs.
const SHARED: u32 = 3;

/// A row of an actor.
#[derive(Clone, Copy, Debug)]
pub struct Visit {
    /// When.
    pub ts: i64,
    /// Where.
    pub route: u32,
    /// The row.
    pub row: u32,
    /// Whether it was answered; rows that were not may be judged, but make no habit.
    pub answered: bool,
    /// Whether the row names the actor; others are of nobody, at an address of his.
    pub named: bool,
}

/// The rows of one actor, in order of time.
#[derive(Clone, Copy, Debug)]
pub struct Actor<'a> {
    /// The key of its groups, the place of the route left at 0.
    pub key: &'a [u32],
    /// Its rows.
    pub visits: &'a [Visit],
}

impl Actor<'_> {
    /// The family its rows are counted with.
    pub fn family(&self) -> u32 {
        self.key.first().copied().unwrap_or(0)
    }
}

/// All actors of a level in order of key, with their rows one after another.
#[derive(Default)]
pub struct Actors {
    width: usize,
    keys: Vec<u32>,
    /// Where the rows of each begin; one more than there are actors.
    starts: Vec<u32>,
    visits: Vec<Visit>,
}

impl Actors {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// One of them.
    pub fn get(&self, number: usize) -> Actor<'_> {
        Actor {
            key: &self.keys[number * self.width..(number + 1) * self.width],
            visits: &self.visits[self.starts[number] as usize..self.starts[number + 1] as usize],
        }
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = Actor<'_>> {
        (0..self.len()).map(|number| self.get(number))
    }

    /// The number of the actor with a key.
    pub fn number(&self, key: &[u32]) -> Option<usize> {
        let (mut from, mut until) = (0, self.len());
        while from < until {
            let middle = usize::midpoint(from, until);
            match self.get(middle).key.cmp(key) {
                std::cmp::Ordering::Equal => return Some(middle),
                std::cmp::Ordering::Less => from = middle + 1,
                std::cmp::Ordering::Greater => until = middle,
            }
        }
        None
    }

    #[cfg(test)]
    pub fn of(actors: &[(Vec<u32>, Vec<Visit>)]) -> Self {
        let mut all = Self { starts: vec![0], ..Self::default() };
        for (key, visits) in actors {
            all.width = key.len();
            all.keys.extend(key);
            all.visits.extend(visits);
            all.starts.push(all.visits.len() as u32);
        }
        all
    }
}

/// The actors of a level, and what all of them together show.
pub struct Habits {
    /// All of them.
    pub actors: Actors,
    /// Where each goes, and who is on each route.
    pub world: OnceLock<World>,
    /// What leads to which route, by the window.
    pub ways: Kept<i64, Ways>,
}

impl Habits {
    /// Of a level, from the shelf if a rule asked for them before.
    pub fn of(around: &Around<'_, '_>) -> Arc<Self> {
        around.shelf.habits(&around.level.join(", "), || Self::new(actors(around)))
    }

    /// Of some actors.
    pub fn new(actors: Actors) -> Self {
        Self { actors, world: OnceLock::new(), ways: Kept::all() }
    }

    /// Bytes that the rows of the actors take, which is most of it.
    pub fn bytes(&self) -> usize {
        self.actors.visits.len() * size_of::<Visit>() + self.actors.keys.len() * size_of::<u32>()
    }
}

/// All actors of the level, or none where it names no route.
fn actors(around: &Around<'_, '_>) -> Actors {
    let Some(at) = around.level.iter().position(|column| column == "route") else { return Actors::default() };
    let (shelf, requests) = (around.shelf, around.shelf.requests);
    let routes = shelf.column("route");
    let addresses = shelf.column("client_ip");
    // The calendar is no part of who somebody is.
    let but_route = |place: &usize| *place != at + 1;
    let columns: Vec<Arc<Codes<'_>>> =
        (0..=around.level.len()).filter(but_route).map(|place| Arc::clone(&around.keys[place])).collect();
    let level: Vec<String> = around.level.iter().filter(|name| *name != "route").cloned().collect();
    let index =
        shelf.index(&names(&level), &columns).unwrap_or_else(|| Arc::new(key_index(None, &columns, requests.rows())));
    let mut sorted: Vec<u32> = (1..=index.len() as u32).collect();
    sorted.sort_unstable_by(|&a, &b| index.key(a).cmp(index.key(b)));
    let mut place_of = vec![0_u32; index.len() + 1];
    (0..).zip(&sorted).for_each(|(place, &number)| place_of[number as usize] = place);
    let mut all = Actors { width: around.level.len() + 1, starts: vec![0; index.len() + 1], ..Actors::default() };
    for &number in &sorted {
        let key = index.key(number);
        all.keys.extend_from_slice(&key[..=at]);
        all.keys.push(0);
        all.keys.extend_from_slice(&key[at + 1..]);
    }
    let rows = Rows { around, routes: &routes, of_row: &index.of_row };
    rows.each(|number, _| {
        if number != 0 {
            all.starts[place_of[number as usize] as usize + 1] += 1;
        }
    });
    for place in 1..all.starts.len() {
        all.starts[place] += all.starts[place - 1];
    }
    let mut next = all.starts.clone();
    let unset = Visit { ts: 0, route: 0, row: 0, answered: false, named: true };
    all.visits = vec![unset; all.starts.last().map_or(0, |&count| count as usize)];
    let mut nobodys: Nobodys = HashMap::default();
    rows.each(|number, visit| {
        if number != 0 {
            let slot = &mut next[place_of[number as usize] as usize];
            all.visits[*slot as usize] = visit;
            *slot += 1;
        } else if visit.route != 0 && visit.answered && addresses.at(visit.row) != ABSENT {
            let place = (requests.family_of(visit.row), addresses.at(visit.row));
            nobodys.entry(place).or_default().push(Visit { named: false, ..visit });
        }
    });
    if !nobodys.is_empty() {
        all = share_out(&all, &nobodys, |row| addresses.at(row));
    }
    all
}

/// The rows that have a time.
struct Rows<'a, 'r> {
    around: &'a Around<'a, 'r>,
    routes: &'a Codes<'r>,
    /// The number of the actor that a row names; 0 for none.
    of_row: &'a [u32],
}

impl Rows<'_, '_> {
    /// Hands on each in order of time, with the number of its actor.
    fn each(&self, mut take: impl FnMut(u32, Visit)) {
        let requests = self.around.shelf.requests;
        let (times, statuses) = (requests.facts.ts_values(), requests.facts.status_values());
        for row in requests.order.iter().copied().filter(|&row| requests.counts(row)) {
            let at = row as usize;
            if times[at] == NO_NUMBER {
                continue;
            }
            let answered = (1..400).contains(&statuses[at]);
            let route = self.routes.at(row);
            let number = if route == ABSENT { 0 } else { self.of_row[at] };
            take(number, Visit { ts: times[at], route, row, answered, named: true });
        }
    }
}

/// What was done at each address, by family, without anybody's being named.
type Nobodys = HashMap<(u32, u32), Vec<Visit>, FixedState>;

/// Gives each actor what nobody did at its addresses; addresses that many have are nobody's.
fn share_out(actors: &Actors, nobodys: &Nobodys, address: impl Fn(u32) -> u32) -> Actors {
    let mut users: HashMap<(u32, u32), u32, FixedState> = HashMap::default();
    let mut places: Vec<Vec<(u32, u32)>> = Vec::with_capacity(actors.len());
    for actor in actors.iter() {
        let answered = actor.visits.iter().filter(|visit| visit.answered);
        let mut own: Vec<u32> = answered.map(|visit| address(visit.row)).collect();
        own.sort_unstable();
        own.dedup();
        let own: Vec<(u32, u32)> = own
            .into_iter()
            .map(|address| (actor.family(), address))
            .filter(|place| nobodys.contains_key(place))
            .collect();
        for &place in &own {
            *users.entry(place).or_default() += 1;
        }
        places.push(own);
    }
    let mut shared = Actors { width: actors.width, keys: actors.keys.clone(), starts: vec![0], visits: Vec::new() };
    shared.visits.reserve(actors.visits.len());
    for (actor, places) in actors.iter().zip(&places) {
        let from = shared.visits.len();
        shared.visits.extend_from_slice(actor.visits);
        for place in places.iter().filter(|place| users[*place] <= SHARED) {
            shared.visits.extend(&nobodys[place]);
        }
        shared.visits[from..].sort_unstable_by_key(|visit| (visit.ts, visit.row));
        shared.starts.push(shared.visits.len() as u32);
    }
    shared
}
