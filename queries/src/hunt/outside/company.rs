//! What sort of caller somebody is on a route, told by where else he goes.
//!
//! kinship(group) = the largest share of routes that another caller of the route has in common with the group's actor, of all
//! routes that either is answered on, the route itself left out: those whose work it is go the same ways. Who goes nowhere
//! else is like whoever goes nowhere else either. NULL where the route has no other caller, or more than twenty.
//!
//! everyday(group) = of the other routes that the actor is answered on, those that a tenth of all other actors use. NULL where
//! it goes nowhere else, or where there are under twenty actors.

use super::actors::{Actor, actors};
use super::{Around, share};
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use std::collections::BTreeSet;

/// Other callers of a route up to which it can be somebody's work.
const CALLERS: usize = 20;
/// Actors from which it can be told what is everyday.
const LEAST: usize = 20;

/// Routes that one actor is answered on.
type Places = BTreeSet<u32>;

/// A value by key of the group.
pub type Company = HashMap<Vec<u32>, f64, FixedState>;

/// All actors, where they go, and who is on each route.
pub struct World {
    actors: Vec<(Actor, Places)>,
    callers: HashMap<(u32, u32), Vec<usize>, FixedState>,
    families: HashMap<u32, usize, FixedState>,
}

impl World {
    fn of(actors: Vec<Actor>) -> Self {
        let mut world = Self { actors: Vec::new(), callers: HashMap::default(), families: HashMap::default() };
        for actor in actors {
            let answered = actor.visits.iter().filter(|visit| visit.answered && visit.named);
            let places: Places = answered.map(|visit| visit.route).collect();
            let number = world.actors.len();
            for &route in &places {
                world.callers.entry((actor.family(), route)).or_default().push(number);
            }
            *world.families.entry(actor.family()).or_default() += 1;
            world.actors.push((actor, places));
        }
        world
    }

    /// A value for each actor and route of its own.
    fn each(&self, at: usize, value: impl Fn(usize, u32) -> Option<f64>) -> Company {
        let mut company = Company::default();
        for (number, (actor, places)) in self.actors.iter().enumerate() {
            for &route in places {
                if let Some(value) = value(number, route) {
                    let mut key = actor.key.clone();
                    key[at + 1] = route;
                    company.insert(key, value);
                }
            }
        }
        company
    }

    fn others(&self, number: usize, route: u32) -> Option<&Vec<usize>> {
        self.callers.get(&(self.actors[number].0.family(), route))
    }

    fn kinship(&self, number: usize, route: u32) -> Option<f64> {
        let callers = self.others(number, route).filter(|callers| callers.len() <= CALLERS + 1)?;
        let others = callers.iter().filter(|&&other| other != number);
        others.map(|&other| likeness(&self.actors[number].1, &self.actors[other].1, route)).max_by(f64::total_cmp)
    }

    fn everyday(&self, number: usize, route: u32) -> Option<f64> {
        let (actor, places) = &self.actors[number];
        let all = self.families.get(&actor.family()).copied().filter(|&all| all >= LEAST)?;
        let is_everyday = |route: u32| {
            let callers = self.others(number, route).map_or(0, Vec::len);
            (callers - 1) * 10 >= all - 1
        };
        let elsewhere = || places.iter().copied().filter(|&other| other != route);
        share(elsewhere().filter(|&other| is_everyday(other)).count(), elsewhere().count())
    }
}

/// Routes in common, of all routes of either, one left out.
fn likeness(a: &Places, b: &Places, but: u32) -> f64 {
    let common = a.iter().filter(|&&route| route != but && b.contains(&route)).count();
    let all = |places: &Places| places.iter().filter(|&&route| route != but).count();
    let either = all(a) + all(b) - common;
    if either == 0 { 1.0 } else { common as f64 / either as f64 }
}

/// The world that a level's rows show.
pub fn world(around: &Around<'_, '_>) -> World {
    World::of(actors(around))
}

/// The values of `kinship` or `everyday` for all groups.
pub fn company(world: &World, level: &[String], function: &str) -> Company {
    let Some(at) = level.iter().position(|column| column == "route") else { return Company::default() };
    world.each(at, |number, route| match function {
        "kinship" => world.kinship(number, route),
        _ => world.everyday(number, route),
    })
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
        let places = |routes: &[u32]| routes.iter().copied().collect::<Places>();
        let near = |a: f64, b: f64| (a - b).abs() < 1e-12;
        assert!(near(likeness(&places(&[1, 2, 3]), &places(&[1, 3, 4]), 1), 1.0 / 3.0));
        assert!(near(likeness(&places(&[1, 2]), &places(&[1, 3]), 1), 0.0));
        assert!(near(likeness(&places(&[1]), &places(&[1]), 1), 1.0));
        assert!(near(likeness(&places(&[1]), &places(&[1, 2]), 1), 0.0));
    }

    /// Twenty-four who go to 1 and 2, two whose work is at 3 and 4, and one of the many who is at 3 as well.
    fn world() -> World {
        let actor = |number: u32, routes: &[u32]| {
            let visit = |&route: &u32| Visit { ts: 1, route, row: 0, answered: true, named: true };
            Actor { key: vec![1, number, 0], visits: routes.iter().map(visit).collect() }
        };
        let mut actors: Vec<Actor> = (1..=24).map(|number| actor(number, &[1, 2])).collect();
        actors.extend([actor(25, &[3, 4]), actor(26, &[3, 4]), actor(27, &[1, 2, 3])]);
        World::of(actors)
    }

    #[test]
    fn the_stranger_is_told_by_where_else_he_goes() {
        let world = world();
        assert_eq!((world.kinship(24, 3), world.kinship(26, 3)), (Some(1.0), Some(0.0)));
        assert_eq!((world.everyday(24, 3), world.everyday(26, 3)), (Some(0.0), Some(1.0)));
        // Where everybody goes is nobody's work.
        assert_eq!(world.kinship(0, 1), None);
        let few = World::of(world.actors.into_iter().take(19).map(|(actor, _)| actor).collect());
        assert_eq!(few.everyday(0, 1), None);
    }
}
