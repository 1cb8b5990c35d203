//! Things opened out of nothing: rows before which their actor was nowhere that leads there.
//!
//! A route usually leads to another one where the other actors who come to the latter from somewhere were on it within the
//! window before, in 85 of 100 of their requests on average, every actor having one voice. Who comes from nowhere in most of
//! his requests says nothing of the way, and may be one of many who do the same; but five others must come from somewhere,
//! and as many as come from nowhere. Routes on which sessions begin lead nowhere, since a session may be older than the
//! window. A row is cold when, within the window,
//!
//! - its actor was on none of the routes that usually lead to its own,
//! - it did nothing else since its last request to the route, but for what the route itself leads to: whoever searches for
//!   each thing in a way of his own comes from somewhere too,
//! - and nobody named the object elsewhere: neither the actor, nor anybody within a third of the window (a short number may
//!   be anything's, and counts only where the actor named it).

use super::actors::{Actor, Visit, actors};
use super::{Around, share, skips};
use fixedbitset::FixedBitSet;
use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashSet};
use std::collections::BTreeMap;

/// Other actors that it takes to learn what leads to a route.
const ENOUGH: f64 = 5.0;
/// Share of their requests before which they were on it.
const USUAL: f64 = 0.85;
/// What adding up shares may lose.
const ROUNDING: f64 = 1e-9;
/// Routes of one actor that are told apart; an actor with more is a program that goes everywhere.
const PLACES: usize = 256;
/// Digits from which a number is one thing's alone.
const LONG: usize = 9;

/// Rows that can be judged, and those of them that are cold.
#[derive(Default)]
pub struct Leads {
    known: FixedBitSet,
    cold: FixedBitSet,
}

impl Leads {
    fn tell(&mut self, row: u32, is_cold: bool) {
        let row = row as usize;
        for set in [&mut self.known, &mut self.cold] {
            set.grow(row + 1);
        }
        self.known.insert(row);
        self.cold.set(row, is_cold);
    }

    /// Cold rows of all that can be judged.
    pub fn share(&self, rows: &[u32]) -> Option<f64> {
        let count = |set: &FixedBitSet| rows.iter().filter(|&&row| set.contains(row as usize)).count();
        share(count(&self.cold), count(&self.known))
    }
}

/// What was before the requests of one route: by route, the shares of all actors who come from somewhere, added up.
#[derive(Default)]
struct Before {
    actors: f64,
    /// Those who come from somewhere.
    coming: f64,
    shares: BTreeMap<u32, f64>,
}

/// The same for every family and route.
type Habits = HashMap<(u32, u32), Before, FixedState>;

/// Finds the cold rows of all actors.
pub fn leads(around: &Around<'_, '_>, window: i64) -> Leads {
    let actors = actors(around);
    let named = named(around, &actors, window);
    judge(&actors, window, &skips::beginnings(around), &named)
}

/// Judges all rows that can be judged; objects of `named` rows were named elsewhere before.
fn judge(actors: &[Actor], window: i64, beginnings: &HashSet<u32, FixedState>, named: &FixedBitSet) -> Leads {
    let habits = habits(actors, window, beginnings);
    let mut leads = Leads::default();
    for actor in actors {
        let ways = Trail::of(&actor.visits, window, beginnings).ways(actor.family(), &habits);
        let follows = |other: u32, route: u32| ways.get(&other).is_some_and(|leads| leads.contains(&route));
        let leads_nowhere = |other: u32, route: u32| beginnings.contains(&other) || follows(other, route);
        each(&actor.visits, window, |visit, paths| {
            if let Some(usual) = ways.get(&visit.route) {
                let own = || paths.between(visit).any(|other| !leads_nowhere(other, visit.route));
                let led = paths.on_one_of(visit, usual) || own() || named.contains(visit.row as usize);
                leads.tell(visit.row, !led);
            }
        });
    }
    leads
}

/// What was before the requests of every route, over all actors.
fn habits(actors: &[Actor], window: i64, beginnings: &HashSet<u32, FixedState>) -> Habits {
    let mut habits = Habits::default();
    for actor in actors {
        let trail = Trail::of(&actor.visits, window, beginnings);
        for &route in trail.visits.keys() {
            let before = habits.entry((actor.family(), route)).or_default();
            before.actors += 1.0;
            before.coming += f64::from(u8::from(trail.comes(route)));
        }
        for &(route, from) in trail.before.keys().filter(|(route, _)| trail.comes(*route)) {
            let before = habits.entry((actor.family(), route)).or_default();
            *before.shares.entry(from).or_default() += trail.share(route, from);
        }
    }
    habits
}

/// Where an actor was last, and when it last asked for each route, up to a moment.
struct Paths {
    window: i64,
    /// Answered requests up to the moment, those at it included.
    last: HashMap<u32, i64, FixedState>,
    /// Requests before the moment, answered or not.
    asked: HashMap<u32, i64, FixedState>,
}

impl Paths {
    /// Whether it was on one of some routes within the window before a visit.
    fn on_one_of(&self, visit: &Visit, routes: &[u32]) -> bool {
        let since = visit.ts.saturating_sub(self.window);
        routes.iter().any(|route| *route != visit.route && self.last.get(route).is_some_and(|&ts| ts >= since))
    }

    /// The other routes that it was on within the window and since it last asked for the visit's.
    fn between(&self, visit: &Visit) -> impl Iterator<Item = u32> + '_ {
        let (own, since) = (visit.route, visit.ts.saturating_sub(self.window));
        let asked = self.asked.get(&own).copied().unwrap_or(i64::MIN);
        let after = move |&(&route, &ts): &(&u32, &i64)| route != own && ts >= since && ts > asked;
        self.last.iter().filter(after).map(|(&route, _)| route)
    }
}

/// Tells each request with where the actor was before. Requests at one time are before each other.
fn each(visits: &[Visit], window: i64, mut tell: impl FnMut(&Visit, &Paths)) {
    let mut paths = Paths { window, last: HashMap::default(), asked: HashMap::default() };
    for moment in visits.chunk_by(|a, b| a.ts == b.ts) {
        paths.last.extend(moment.iter().filter(|visit| visit.answered).map(|visit| (visit.route, visit.ts)));
        for visit in moment.iter().filter(|visit| visit.named) {
            tell(visit, &paths);
        }
        paths.asked.extend(moment.iter().filter(|visit| visit.named).map(|visit| (visit.route, visit.ts)));
    }
}

/// Where one actor was before its answered requests.
#[derive(Default)]
struct Trail {
    /// Answered requests by route.
    visits: BTreeMap<u32, u32>,
    /// Those before which it was anywhere.
    coming: BTreeMap<u32, u32>,
    /// Those of the first route before which it was on the second.
    before: BTreeMap<(u32, u32), u32>,
}

impl Trail {
    fn of(visits: &[Visit], window: i64, beginnings: &HashSet<u32, FixedState>) -> Self {
        let mut routes: Vec<u32> = visits.iter().filter(|visit| visit.answered).map(|visit| visit.route).collect();
        routes.sort_unstable();
        routes.dedup();
        routes.truncate(PLACES);
        let place = |route: u32| routes.binary_search(&route).ok();
        let (mut count, mut before) = (vec![0_u32; routes.len()], vec![0_u32; routes.len() * routes.len()]);
        let (mut last, mut coming) = (vec![i64::MIN; routes.len()], vec![0_u32; routes.len()]);
        let leads: Vec<usize> = (0..routes.len()).filter(|&from| !beginnings.contains(&routes[from])).collect();
        for moment in visits.chunk_by(|a, b| a.ts == b.ts) {
            let answered = || moment.iter().filter(|visit| visit.answered);
            for at in answered().filter_map(|visit| place(visit.route)) {
                last[at] = moment[0].ts;
            }
            let since = moment[0].ts.saturating_sub(window);
            for at in answered().filter(|visit| visit.named).filter_map(|visit| place(visit.route)) {
                count[at] += 1;
                let recent = || leads.iter().filter(|&&from| from != at && last[from] >= since);
                for &from in recent() {
                    before[at * routes.len() + from] += 1;
                }
                coming[at] += u32::from(recent().next().is_some());
            }
        }
        let pairs = before.iter().enumerate().filter(|&(_, &count)| count > 0);
        let width = routes.len().max(1);
        Self {
            coming: routes.iter().copied().zip(coming).collect(),
            before: pairs.map(|(at, &count)| ((routes[at / width], routes[at % width]), count)).collect(),
            visits: routes.iter().copied().zip(count).filter(|&(_, count)| count > 0).collect(),
        }
    }

    /// Whether it comes to a route from somewhere, in half of its requests or more.
    fn comes(&self, route: u32) -> bool {
        let count = |counts: &BTreeMap<u32, u32>| counts.get(&route).copied().unwrap_or(0);
        count(&self.coming) > 0 && count(&self.coming) * 2 >= count(&self.visits)
    }

    /// Of its requests of a route: those before which it was on the other one.
    fn share(&self, route: u32, from: u32) -> f64 {
        let count = |count: Option<&u32>| count.copied().map_or(0.0, f64::from);
        count(self.before.get(&(route, from))) / count(self.visits.get(&route)).max(1.0)
    }

    /// What leads to each route by what the others do, this one left out; routes are left out to which nothing does.
    fn ways(&self, family: u32, habits: &Habits) -> HashMap<u32, Vec<u32>, FixedState> {
        let mut ways = HashMap::default();
        for &route in self.visits.keys() {
            let Some(all) = habits.get(&(family, route)) else { continue };
            let comes = self.comes(route);
            let coming = all.coming - f64::from(u8::from(comes));
            let own = |from: u32| if comes { self.share(route, from) } else { 0.0 };
            let usual = |&(&from, &sum): &(&u32, &f64)| sum - own(from) >= USUAL * coming - ROUNDING;
            if coming >= ENOUGH && coming * 2.0 >= all.actors - 1.0 {
                let leads: Vec<u32> = all.shares.iter().filter(usual).map(|(&from, _)| from).collect();
                if !leads.is_empty() {
                    ways.insert(route, leads);
                }
            }
        }
        ways
    }
}

/// When an object was last named, and when it was on another route than that.
#[derive(Clone, Copy, Default)]
struct Named {
    latest: Option<(u32, i64)>,
    other: Option<(u32, i64)>,
}

impl Named {
    fn note(&mut self, route: u32, ts: i64) {
        if self.latest.is_some_and(|(known, _)| known != route) {
            self.other = self.latest;
        }
        self.latest = Some((route, ts));
    }

    /// Whether another route named it since a time.
    fn elsewhere(&self, route: u32, since: i64) -> bool {
        let is_other = |named: &(u32, i64)| named.0 != route && named.1 >= since;
        self.latest.as_ref().is_some_and(is_other) || self.other.as_ref().is_some_and(is_other)
    }
}

/// Rows whose object was named on another route shortly before: by their actor, or a long one by anybody.
fn named(around: &Around<'_, '_>, actors: &[Actor], window: i64) -> FixedBitSet {
    let requests = around.shelf.requests;
    let (objects, routes) = (around.shelf.column("object_id"), around.shelf.column("route"));
    let mut named = FixedBitSet::with_capacity(requests.rows());
    let mut own: HashMap<u32, Named, FixedState> = HashMap::default();
    for actor in actors {
        own.clear();
        for visit in &actor.visits {
            let object = objects.at(visit.row);
            if object != 0 {
                let known = own.entry(object).or_default();
                if known.elsewhere(visit.route, visit.ts.saturating_sub(window)) {
                    named.insert(visit.row as usize);
                }
                known.note(visit.route, visit.ts);
            }
        }
    }
    let is_short = |code: u32| {
        let text = requests.derived.objects.text(code);
        text.len() < LONG && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    let timed = |row: u32| requests.facts.ts(row as usize).map(|ts| (ts, row));
    let mut all: Vec<(i64, u32)> = requests.counted().filter(|&row| objects.at(row) != 0).filter_map(timed).collect();
    all.sort_unstable();
    let mut anybody: HashMap<(u32, u32), Named, FixedState> = HashMap::default();
    for (ts, row) in all {
        let (object, route) = (objects.at(row), routes.at(row));
        if !is_short(object) {
            let known = anybody.entry((requests.family_of(row), object)).or_default();
            if known.elsewhere(route, ts.saturating_sub(window / 3)) {
                named.insert(row as usize);
            }
            known.note(route, ts);
        }
    }
    named
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const WINDOW: i64 = 6;

    fn actor(number: u32, visits: &[(i64, u32, bool, bool)], first_row: u32) -> Actor {
        let rows = (first_row..).zip(visits);
        let visit = |(row, &(ts, route, answered, named))| Visit { ts, route, row, answered, named };
        let mut visits: Vec<Visit> = rows.map(visit).collect();
        visits.sort_by_key(|visit| (visit.ts, visit.row));
        Actor { key: vec![1, number + 1, 0], visits }
    }

    /// Other routes that an actor was on within the window before a time.
    fn before(actor: &Actor, route: u32, ts: i64) -> Vec<u32> {
        let is_before =
            |visit: &&Visit| visit.answered && visit.route != route && (ts - WINDOW..=ts).contains(&visit.ts);
        actor.visits.iter().filter(is_before).map(|visit| visit.route).collect()
    }

    /// Of its answered requests of a route: those before which it was on another one, and before which anywhere.
    fn habit(actor: &Actor, route: u32, beginning: u32) -> Option<(HashMap<u32, f64>, f64)> {
        let own: Vec<&Visit> =
            actor.visits.iter().filter(|visit| visit.answered && visit.named && visit.route == route).collect();
        let places: Vec<Vec<u32>> = own
            .iter()
            .map(|visit| before(actor, route, visit.ts).into_iter().filter(|&from| from != beginning).collect())
            .collect();
        let share =
            |of: &dyn Fn(&Vec<u32>) -> bool| places.iter().filter(|place| of(place)).count() as f64 / own.len() as f64;
        let shares = (1..6).map(|from| (from, share(&|place| place.contains(&from)))).collect();
        (!own.is_empty()).then(|| (shares, share(&|place| !place.is_empty())))
    }

    fn usual(actors: &[Actor], but: usize, route: u32, beginning: u32) -> Vec<u32> {
        let others: Vec<_> = (0..actors.len())
            .filter(|&other| other != but)
            .filter_map(|other| habit(&actors[other], route, beginning))
            .collect();
        let coming: Vec<_> = others.iter().filter(|(_, coming)| *coming >= 0.5).collect();
        if (coming.len() as f64) < ENOUGH || coming.len() * 2 < others.len() {
            return Vec::new();
        }
        let share = |from: &u32| coming.iter().map(|(shares, _)| shares[from]).sum::<f64>();
        (1..6).filter(|from| *from != beginning && share(from) >= USUAL * coming.len() as f64 - ROUNDING).collect()
    }

    proptest! {
        #[test]
        fn like_brute_force(
            some in prop::collection::vec(prop::collection::vec((0_i64..30, 1_u32..6, any::<bool>(), prop::bool::weighted(0.8)), 1..9), 1..5),
            faithful in 4_usize..9,
        ) {
            let mut all = some;
            // Enough who go from 1 to 2 and from 2 to 3, so that there are ways.
            all.extend((0..faithful).map(|_| vec![(1, 1, true, true), (3, 2, true, true), (5, 3, true, true)]));
            let mut rows = 0;
            let mut actors = Vec::new();
            for (number, visits) in all.iter().enumerate() {
                actors.push(actor(number as u32, visits, rows));
                rows += visits.len() as u32;
            }
            let named = FixedBitSet::with_capacity(rows as usize);
            let told = judge(&actors, WINDOW, &HashSet::from_iter([5]), &named);
            for (number, actor) in actors.iter().enumerate() {
                let own_routes: Vec<u32> =
                    (1..6).filter(|&route| habit(actor, route, 5).is_some()).collect();
                for visit in actor.visits.iter().filter(|visit| visit.named) {
                    let leads = usual(&actors, number, visit.route, 5);
                    let is_known = own_routes.contains(&visit.route) && !leads.is_empty();
                    prop_assert_eq!(told.known.contains(visit.row as usize), is_known, "{:?}", visit);
                    let asked = actor.visits.iter().filter(|other| other.named && other.route == visit.route && other.ts < visit.ts);
                    let asked = asked.map(|other| other.ts).max().unwrap_or(i64::MIN);
                    let between = (1..6).filter(|&other| {
                        let last = actor.visits.iter().filter(|one| one.answered && one.route == other && one.ts <= visit.ts).map(|one| one.ts).max();
                        other != visit.route && last.is_some_and(|last| last >= visit.ts - WINDOW && last > asked)
                    });
                    let leads_here = |&other: &u32| {
                        let follows = own_routes.contains(&other) && usual(&actors, number, other, 5).contains(&visit.route);
                        other != 5 && !follows
                    };
                    let led = before(actor, visit.route, visit.ts).iter().any(|from| leads.contains(from));
                    let is_cold = is_known && !led && between.filter(leads_here).count() == 0;
                    prop_assert_eq!(told.cold.contains(visit.row as usize), is_cold, "{:?}", visit);
                }
            }
        }
    }

    #[test]
    fn an_object_was_named_elsewhere_or_not() {
        let mut named = Named::default();
        named.note(1, 10);
        assert!(!named.elsewhere(1, 0) && named.elsewhere(2, 10) && !named.elsewhere(2, 11));
        named.note(1, 20);
        named.note(2, 30);
        assert!(named.elsewhere(2, 20) && !named.elsewhere(2, 21) && named.elsewhere(1, 30));
    }
}
