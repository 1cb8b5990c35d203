//! What sort of caller somebody is on a route, told by where else he goes.
//!
//! kinship(group) = the largest share of routes that another caller of the route has in common with the group's actor, of all
//! routes that either is answered on, the route itself left out: those whose work it is go the same ways. Who goes nowhere
//! else is like whoever goes nowhere else either. NULL where the route has no other caller, or more than twenty.
//!
//! everyday(group) = of the other routes that the actor is answered on, those that a tenth of all other actors use. NULL where
//! it goes nowhere else, or where there are under twenty actors.

use super::actors::{Actors, Habits};
use super::share;
use crate::hunt::columns::Key;
use foldhash::fast::FixedState;
use hashbrown::HashMap;

/// Other callers of a route up to which it can be somebody's work.
const CALLERS: usize = 20;
/// Actors from which it can be told what is everyday.
const LEAST: usize = 20;

/// Routes that one actor is answered on, ascending.
type Places = [u32];

/// A value by key of the group.
pub type Company = HashMap<Vec<u32>, f64, FixedState>;

/// Where all actors go, and who is on each route.
pub struct World {
    /// Where the routes of each actor begin; one more than there are actors.
    starts: Vec<u32>,
    places: Vec<u32>,
    callers: HashMap<(u32, u32), Vec<u32>, FixedState>,
    families: HashMap<u32, usize, FixedState>,
}

impl World {
    fn of(actors: &Actors) -> Self {
        let (mut starts, mut places) = (vec![0], Vec::new());
        let mut callers: HashMap<(u32, u32), Vec<u32>, FixedState> = HashMap::default();
        let mut families: HashMap<u32, usize, FixedState> = HashMap::default();
        let mut own: Vec<u32> = Vec::new();
        for (number, actor) in (0..).zip(actors.iter()) {
            own.clear();
            own.extend(actor.visits.iter().filter(|visit| visit.answered && visit.named).map(|visit| visit.route));
            own.sort_unstable();
            own.dedup();
            for &route in &own {
                callers.entry((actor.family(), route)).or_default().push(number);
            }
            // Who was never answered is nobody.
            *families.entry(actor.family()).or_default() +=
                usize::from(actor.visits.iter().any(|visit| visit.answered));
            places.extend_from_slice(&own);
            starts.push(places.len() as u32);
        }
        Self { starts, places, callers, families }
    }

    fn places(&self, number: usize) -> &Places {
        &self.places[self.starts[number] as usize..self.starts[number + 1] as usize]
    }

    fn callers(&self, family: u32, route: u32) -> &[u32] {
        self.callers.get(&(family, route)).map_or(&[], Vec::as_slice)
    }

    fn kinship(&self, family: u32, number: usize, route: u32) -> Option<f64> {
        let callers = self.callers(family, route);
        let others = callers.iter().map(|&other| other as usize).filter(|&other| other != number);
        let likeness = |other| likeness(self.places(number), self.places(other), route);
        if callers.len() > CALLERS + 1 { None } else { others.map(likeness).max_by(f64::total_cmp) }
    }

    fn everyday(&self, family: u32, number: usize, route: u32) -> Option<f64> {
        let all = self.families.get(&family).copied().filter(|&all| all >= LEAST)?;
        let is_everyday = |route: u32| (self.callers(family, route).len() - 1) * 10 >= all - 1;
        let elsewhere = || self.places(number).iter().copied().filter(|&other| other != route);
        share(elsewhere().filter(|&other| is_everyday(other)).count(), elsewhere().count())
    }
}

/// Routes in common, of all routes of either, one left out.
fn likeness(a: &Places, b: &Places, but: u32) -> f64 {
    let common = a.iter().filter(|&&route| route != but && b.binary_search(&route).is_ok()).count();
    let all = |places: &Places| places.iter().filter(|&&route| route != but).count();
    let either = all(a) + all(b) - common;
    if either == 0 { 1.0 } else { common as f64 / either as f64 }
}

/// The values of `kinship` or `everyday` for some groups, whatever day their keys are of.
pub fn company(habits: &Habits, level: &[String], function: &str, candidates: &[(Key, i64)]) -> Company {
    let world = habits.world.get_or_init(|| World::of(&habits.actors));
    let mut company = Company::default();
    let Some(at) = level.iter().position(|column| column == "route") else { return company };
    for (key, _) in candidates {
        let key = &key[..=level.len()];
        let mut actor = key.to_vec();
        let route = std::mem::take(&mut actor[at + 1]);
        let Some(number) = habits.actors.number(&actor) else { continue };
        if world.places(number).binary_search(&route).is_err() || company.contains_key(key) {
            continue;
        }
        let value = match function {
            "kinship" => world.kinship(key[0], number, route),
            _ => world.everyday(key[0], number, route),
        };
        company.extend(value.map(|value| (key.to_vec(), value)));
    }
    company
}

/// The value of a group, whatever day its key is of.
pub fn value(company: &Company, key: &[u32], level: usize) -> Option<f64> {
    company.get(key.get(..=level)?).copied()
}

#[cfg(test)]
mod tests {
    use super::super::actors::Visit;
    use super::*;

    #[test]
    fn likeness_leaves_the_route_itself_out() {
        let near = |a: f64, b: f64| (a - b).abs() < 1e-12;
        assert!(near(likeness(&[1, 2, 3], &[1, 3, 4], 1), 1.0 / 3.0));
        assert!(near(likeness(&[1, 2], &[1, 3], 1), 0.0));
        assert!(near(likeness(&[1], &[1], 1), 1.0));
        assert!(near(likeness(&[1], &[1, 2], 1), 0.0));
    }

    /// Twenty-four who go to 1 and 2, two whose work is at 3 and 4, and one of the many who is at 3 as well.
    fn actors() -> Vec<(Vec<u32>, Vec<Visit>)> {
        let actor = |number: u32, routes: &[u32]| {
            let visit = |&route: &u32| Visit { ts: 1, route, row: 0, answered: true, named: true };
            (vec![1, number, 0], routes.iter().map(visit).collect())
        };
        let mut actors: Vec<_> = (1..=24).map(|number| actor(number, &[1, 2])).collect();
        actors.extend([actor(25, &[3, 4]), actor(26, &[3, 4]), actor(27, &[1, 2, 3])]);
        actors
    }

    #[test]
    fn the_stranger_is_told_by_where_else_he_goes() {
        let world = World::of(&Actors::of(&actors()));
        assert_eq!((world.kinship(1, 24, 3), world.kinship(1, 26, 3)), (Some(1.0), Some(0.0)));
        assert_eq!((world.everyday(1, 24, 3), world.everyday(1, 26, 3)), (Some(0.0), Some(1.0)));
        // Where everybody goes is nobody's work.
        assert_eq!(world.kinship(1, 0, 1), None);
        let few = World::of(&Actors::of(&actors()[..19]));
        assert_eq!(few.everyday(1, 0, 1), None);
    }

    #[test]
    fn groups_that_are_asked_about_have_a_value_whatever_their_day() {
        let level = ["principal".to_owned(), "route".to_owned()];
        let habits = Habits::new(Actors::of(&actors()));
        let asked = [vec![1, 25, 3, 7], vec![1, 27, 3, 7], vec![1, 27, 4, 7], vec![1, 99, 3, 7]].map(|key| (key, 0));
        let kin = company(&habits, &level, "kinship", &asked);
        let values = asked.each_ref().map(|(key, _)| value(&kin, key, 2));
        assert_eq!(values, [Some(1.0), Some(0.0), None, None]);
    }
}
