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

use super::actors::{Actor, Actors, Habits, Visit};
use super::{Around, share, skips};
use crate::hunt::columns::{Codes, Key};
use fixedbitset::FixedBitSet;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use trail::{Local, Trail};

mod trail;

/// Other actors that it takes to learn what leads to a route.
const ENOUGH: f64 = 5.0;
/// Share of their requests before which they were on it.
const USUAL: f64 = 0.85;
/// What adding up shares may lose.
const ROUNDING: f64 = 1e-9;
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

/// What was before the requests of one route, over all actors.
#[derive(Default)]
struct Before {
    actors: f64,
    /// Those who come from somewhere.
    coming: f64,
    /// Where these were, by route, their shares added up.
    shares: HashMap<u32, f64, FixedState>,
}

/// What may lead to one route.
pub struct Way {
    actors: f64,
    coming: f64,
    /// Routes on which enough of those who come were, one actor more or less, with the sum of their shares.
    from: Vec<(u32, f64)>,
}

/// The routes of each family to which something may lead.
pub type Ways = HashMap<(u32, u32), Way, FixedState>;

/// Finds the cold rows of all actors among those that the rule looks at on the routes of some groups.
pub fn leads(around: &Around<'_, '_>, window: i64, candidates: &[(Key, i64)]) -> Leads {
    let Some(at) = around.level.iter().position(|column| column == "route") else { return Leads::default() };
    let habits = Habits::of(around);
    let on: FixedBitSet = candidates.iter().map(|(key, _)| key[at + 1] as usize).collect();
    let mask = around.masks.get(&around.rule.condition);
    let looked_at = |visit: &Visit| mask.contains(visit.row as usize);
    let mut trail = Trail::new(window, skips::beginnings(around));
    let ways = habits.ways.get(|known| *known == window, || window, || ways(&habits.actors, &mut trail), |_| 0);
    let mut leads = judge(&habits.actors, &ways, &mut trail, &on, &looked_at);
    let named = named(around, &habits.actors, window, &leads.cold);
    leads.cold.difference_with(&named);
    leads
}

/// Judges the rows that are looked at on some routes, as far as they can be judged, by where their actor was.
fn judge(
    actors: &Actors,
    ways: &Ways,
    trail: &mut Trail,
    on: &FixedBitSet,
    looked_at: &dyn Fn(&Visit) -> bool,
) -> Leads {
    let wanted = |visit: &Visit| on.contains(visit.route as usize) && looked_at(visit);
    let mut leads = Leads::default();
    for actor in actors.iter() {
        let is_open =
            |visit: &&Visit| visit.named && wanted(visit) && ways.contains_key(&(actor.family(), visit.route));
        if !actor.visits.iter().any(|visit| is_open(&visit)) {
            continue;
        }
        trail.follow(actor.visits);
        let own = own_ways(&actor, ways, trail);
        let leads_nowhere = |other: u32, to: u32| trail.is_beginning(other) || own[other as usize].contains(&to);
        let counts = |visit: &Visit| visit.answered || looked_at(visit);
        trail.each(actor.visits, counts, |visit, paths| {
            let to = paths.own();
            let usual = &own[to as usize];
            if !usual.is_empty() && wanted(visit) {
                let led = paths.on_one_of(usual) || paths.between().any(|other| !leads_nowhere(other, to));
                leads.tell(visit.row, !led);
            }
        });
    }
    leads
}

/// What may lead to which route, over all actors.
fn ways(actors: &Actors, trail: &mut Trail) -> Ways {
    let mut habits: HashMap<(u32, u32), Before, FixedState> = HashMap::default();
    for actor in actors.iter() {
        trail.follow(actor.visits);
        for route in trail.visited() {
            let before = habits.entry((actor.family(), trail.route(route))).or_default();
            before.actors += 1.0;
            if trail.comes(route) {
                before.coming += 1.0;
                for (from, share) in trail.shares(route) {
                    *before.shares.entry(trail.route(from)).or_default() += share;
                }
            }
        }
    }
    let way = |(place, before): ((u32, u32), Before)| {
        let Before { actors, coming, shares } = before;
        let mut from: Vec<(u32, f64)> =
            shares.into_iter().filter(|(_, sum)| *sum >= USUAL * (coming - 1.0) - ROUNDING).collect();
        from.sort_unstable_by_key(|(route, _)| *route);
        let may_be = coming >= ENOUGH && coming * 2.0 >= actors - 1.0 && !from.is_empty();
        may_be.then_some((place, Way { actors, coming, from }))
    };
    habits.into_iter().filter_map(way).collect()
}

/// What leads to each route of an actor by what the others do, this one left out: none to those to which nothing does.
fn own_ways(actor: &Actor<'_>, ways: &Ways, trail: &Trail) -> Vec<Vec<Local>> {
    let mut own = vec![Vec::new(); trail.len()];
    for route in trail.visited() {
        let Some(all) = ways.get(&(actor.family(), trail.route(route))) else { continue };
        let comes = trail.comes(route);
        let coming = all.coming - f64::from(u8::from(comes));
        if coming < ENOUGH || coming * 2.0 < all.actors - 1.0 {
            continue;
        }
        let usual = |&&(from, sum): &&(u32, f64)| {
            let own = if comes { trail.local(from).map_or(0.0, |from| trail.share(route, from)) } else { 0.0 };
            sum - own >= USUAL * coming - ROUNDING
        };
        let local = |&(from, _): &(u32, f64)| trail.local(from).unwrap_or(trail::ELSEWHERE);
        own[route as usize] = all.from.iter().filter(usual).map(local).collect();
    }
    own
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

/// Those of some rows whose object was named on another route shortly before: by their actor, or a long one by anybody.
fn named(around: &Around<'_, '_>, actors: &Actors, window: i64, asked: &FixedBitSet) -> FixedBitSet {
    let mut named = FixedBitSet::with_capacity(asked.len());
    let objects = around.shelf.column("object_id");
    let wanted: FixedBitSet =
        asked.ones().map(|row| objects.at(row as u32) as usize).filter(|&code| code != 0).collect();
    if wanted.is_clear() {
        return named;
    }
    let mask = around.masks.get(&around.rule.condition);
    let is_wanted = |visit: &&Visit| {
        wanted.contains(objects.at(visit.row) as usize) && (visit.answered || mask.contains(visit.row as usize))
    };
    let mut own: HashMap<u32, Named, FixedState> = HashMap::default();
    for actor in actors.iter() {
        if !actor.visits.iter().any(|visit| asked.contains(visit.row as usize)) {
            continue;
        }
        own.clear();
        for visit in actor.visits.iter().filter(is_wanted) {
            let known = own.entry(objects.at(visit.row)).or_default();
            if known.elsewhere(visit.route, visit.ts.saturating_sub(window)) {
                named.grow_and_insert(visit.row as usize);
            }
            known.note(visit.route, visit.ts);
        }
    }
    by_anybody(around, &objects, window / 3, wanted, &mut named);
    named
}

/// Adds the rows whose object somebody named, of objects that are long enough to be one thing's alone.
fn by_anybody(
    around: &Around<'_, '_>,
    objects: &Codes<'_>,
    window: i64,
    mut wanted: FixedBitSet,
    named: &mut FixedBitSet,
) {
    let requests = around.shelf.requests;
    let routes = around.shelf.column("route");
    let short: Vec<usize> = wanted
        .ones()
        .filter(|&code| {
            let text = requests.derived.objects.text(code as u32);
            text.len() < LONG && text.bytes().all(|byte| byte.is_ascii_digit())
        })
        .collect();
    for code in short {
        wanted.set(code, false);
    }
    let mut anybody: HashMap<(u32, u32), Named, FixedState> = HashMap::default();
    // Rows with a time stand in order of it.
    for row in requests.order.iter().copied().filter(|&row| requests.counts(row)) {
        let object = objects.at(row);
        if let Some(ts) = requests.facts.ts(row as usize).filter(|_| wanted.contains(object as usize)) {
            let known = anybody.entry((requests.family_of(row), object)).or_default();
            if known.elsewhere(routes.at(row), ts.saturating_sub(window)) {
                named.grow_and_insert(row as usize);
            }
            known.note(routes.at(row), ts);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hashbrown::HashSet;
    use proptest::prelude::*;

    const WINDOW: i64 = 6;

    type Actor = (Vec<u32>, Vec<Visit>);

    fn actor(number: u32, visits: &[(i64, u32, bool, bool)], first_row: u32) -> Actor {
        let rows = (first_row..).zip(visits);
        let visit = |(row, &(ts, route, answered, named))| Visit { ts, route, row, answered, named };
        let mut visits: Vec<Visit> = rows.map(visit).collect();
        visits.sort_by_key(|visit| (visit.ts, visit.row));
        (vec![1, number + 1, 0], visits)
    }

    /// Other routes that an actor was on within the window before a time.
    fn before(actor: &Actor, route: u32, ts: i64) -> Vec<u32> {
        let is_before =
            |visit: &&Visit| visit.answered && visit.route != route && (ts - WINDOW..=ts).contains(&visit.ts);
        actor.1.iter().filter(is_before).map(|visit| visit.route).collect()
    }

    /// Of its answered requests of a route: those before which it was on another one, and before which anywhere.
    fn habit(actor: &Actor, route: u32, beginning: u32) -> Option<(HashMap<u32, f64>, f64)> {
        let own: Vec<&Visit> =
            actor.1.iter().filter(|visit| visit.answered && visit.named && visit.route == route).collect();
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
            let told = {
                let (all, mut trail) = (Actors::of(&actors), Trail::new(WINDOW, HashSet::from_iter([5])));
                let ways = ways(&all, &mut trail);
                judge(&all, &ways, &mut trail, &(0..6).collect(), &|_| true)
            };
            for (number, actor) in actors.iter().enumerate() {
                let own_routes: Vec<u32> =
                    (1..6).filter(|&route| habit(actor, route, 5).is_some()).collect();
                for visit in actor.1.iter().filter(|visit| visit.named) {
                    let leads = usual(&actors, number, visit.route, 5);
                    let is_known = own_routes.contains(&visit.route) && !leads.is_empty();
                    prop_assert_eq!(told.known.contains(visit.row as usize), is_known, "{:?}", visit);
                    let asked = actor.1.iter().filter(|other| other.named && other.route == visit.route && other.ts < visit.ts);
                    let asked = asked.map(|other| other.ts).max().unwrap_or(i64::MIN);
                    let between = (1..6).filter(|&other| {
                        let last = actor.1.iter().filter(|one| one.answered && one.route == other && one.ts <= visit.ts).map(|one| one.ts).max();
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
