//! Steps without the step that everybody else takes before: the way to a route, learnt from who goes it.
//!
//! A step is a row for which the measure's condition holds. Its way is every route on which nearly all other groups that
//! take the step were within the window before: of the other groups, 30 or more, 95 in 100 were there before each of their
//! steps. skips(group) = its steps before which it was not on a route of the way. What begins before the log does is not
//! known: steps within a window of the log's first row count nowhere. Routes on which sessions and accounts begin are on
//! nobody's way, since a session may be older than the window.

use super::{Around, Pointed};
use crate::measure::Measure;
use breachline_parsers::table::NO_NUMBER;
use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashSet};
use std::collections::{BTreeMap, BTreeSet};

/// Other groups that it takes to learn a way.
const ENOUGH: u32 = 30;
/// Of a hundred of them, how many must go it.
const NEARLY_ALL: u32 = 95;
/// Routes from which it cannot be told how old a session is.
const BEGINNINGS: [&str; 5] = ["sign_in", "sign_out", "renewal", "recovery", "sign_up"];

/// A row of a group.
#[derive(Clone, Copy, Debug)]
struct Visit {
    ts: i64,
    route: u32,
    is_step: bool,
    row: u32,
}

/// Routes of the way to each step's route.
type Ways = HashMap<u32, Vec<u32>, FixedState>;

/// The steps that groups skipped something before; groups without a step whose way is known have no value. What is usual
/// is learnt for each vantage, or what is counted together with it, by itself.
pub fn skips(around: &Around<'_, '_>, measure: &Measure) -> Pointed {
    let mut pointed = Pointed::default();
    let window = measure.parameter.unwrap_or(0.0) as i64;
    let groups = around.groups(around.masks.get(&around.rule.condition));
    let beginnings = beginnings(around);
    let family = |group: usize| groups.key(group)[0];
    let families: BTreeSet<u32> = (0..groups.len()).map(family).collect();
    // Steps within the first window of a log count nowhere.
    let known_from = |family: u32| (family, around.shelf.start_of(family).saturating_add(window));
    let known_from: BTreeMap<u32, i64> = families.into_iter().map(known_from).collect();
    let visits = |group: usize| visits(around, measure, groups.rows(group), known_from[&family(group)]);
    let mut habits: BTreeMap<u32, Habits> = BTreeMap::new();
    for group in 0..groups.len() {
        habits.entry(family(group)).or_default().add(&visits(group), window);
    }
    let ways: BTreeMap<u32, Ways> =
        habits.into_iter().map(|(family, habits)| (family, habits.ways(&beginnings))).collect();
    if ways.values().all(Ways::is_empty) {
        return pointed;
    }
    pointed.rows.grow(around.shelf.requests.rows());
    for group in 0..groups.len() {
        let mut count = None;
        let ways = &ways[&family(group)];
        each_step(&visits(group), window, |step, before| {
            if let Some(way) = ways.get(&step.route) {
                let skipped = way.iter().any(|&route| !before.contains(route));
                *count.get_or_insert(0_u32) += u32::from(skipped);
                pointed.rows.set(step.row as usize, skipped);
            }
        });
        if let Some(count) = count {
            pointed.counts.insert(groups.key(group).to_vec(), f64::from(count));
        }
    }
    pointed
}

/// Routes that are on nobody's way.
pub(super) fn beginnings(around: &Around<'_, '_>) -> HashSet<u32, FixedState> {
    let derived = &around.shelf.requests.derived;
    let is_one = |kind: &u32| BEGINNINGS.contains(&derived.route_kinds.text(*kind));
    (0..).zip(&derived.kind_of_route).filter(|(_, kind)| is_one(kind)).map(|(route, _)| route).collect()
}

/// Those of some rows that have a time, in order of time; steps before a time are none.
fn visits(around: &Around<'_, '_>, measure: &Measure, rows: &[u32], known_from: i64) -> Vec<Visit> {
    let requests = around.shelf.requests;
    let steps = measure.condition.as_ref().map(|condition| around.masks.get(condition));
    let Some(routes) = around.columns.get("route") else { return Vec::new() };
    let visit = |&row: &u32| {
        let ts = requests.facts.ts_values()[row as usize];
        let is_step = steps.is_none_or(|steps| steps.contains(row as usize)) && ts >= known_from;
        (ts != NO_NUMBER).then(|| Visit { ts, route: routes.at(row), is_step, row })
    };
    rows.iter().filter_map(visit).collect()
}

/// The routes, other than a step's own, that its group was on within the window before it: looked up, never listed twice.
struct Before<'a> {
    /// When the group was last on each route, up to the step.
    seen: &'a HashMap<u32, i64, FixedState>,
    since: i64,
    own: u32,
}

impl Before<'_> {
    fn contains(&self, route: u32) -> bool {
        route != self.own && self.seen.get(&route).is_some_and(|&ts| ts >= self.since)
    }

    fn routes(&self) -> impl Iterator<Item = u32> {
        self.seen.keys().copied().filter(|&route| self.contains(route))
    }
}

/// Tells each step with the routes, other than its own, that the group was on within the window before it. Visits stand in
/// order of time; those at one time are before each other.
fn each_step(visits: &[Visit], window: i64, mut tell: impl FnMut(&Visit, &Before<'_>)) {
    // What comes after the last step is before none.
    let Some(last) = visits.iter().rposition(|visit| visit.is_step) else { return };
    let mut seen: HashMap<u32, i64, FixedState> = HashMap::default();
    for moment in visits.chunk_by(|a, b| a.ts == b.ts) {
        if moment[0].ts > visits[last].ts {
            return;
        }
        seen.extend(moment.iter().map(|visit| (visit.route, visit.ts)));
        for step in moment.iter().filter(|visit| visit.is_step) {
            tell(step, &Before { seen: &seen, since: step.ts.saturating_sub(window), own: step.route });
        }
    }
}

/// Who takes which steps, and where they always were before.
#[derive(Default)]
struct Habits {
    /// Groups that take the step, by its route.
    groups: HashMap<u32, u32, FixedState>,
    /// Those of them that were on a route before each of theirs, by the step's route and that one.
    always: HashMap<(u32, u32), u32, FixedState>,
}

impl Habits {
    fn add(&mut self, visits: &[Visit], window: i64) {
        let mut always: HashMap<u32, Vec<u32>, FixedState> = HashMap::default();
        each_step(visits, window, |step, before| match always.get_mut(&step.route) {
            Some(known) => known.retain(|&route| before.contains(route)),
            None => drop(always.insert(step.route, before.routes().collect())),
        });
        for (step, routes) in always {
            *self.groups.entry(step).or_default() += 1;
            for route in routes {
                *self.always.entry((step, route)).or_default() += 1;
            }
        }
    }

    /// The way to each route. Who skips is none of those who always go it, so the other groups are one fewer than all.
    fn ways(&self, beginnings: &HashSet<u32, FixedState>) -> Ways {
        let mut ways = Ways::default();
        for (&(step, route), &faithful) in &self.always {
            let others = self.groups.get(&step).map_or(0, |groups| groups - 1);
            if others >= ENOUGH && faithful * 100 >= others * NEARLY_ALL && !beginnings.contains(&route) {
                ways.entry(step).or_default().push(route);
            }
        }
        ways.values_mut().for_each(|way| way.sort_unstable());
        ways
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const WINDOW: i64 = 5;

    /// Whether a group was on a route within the window before a time, and not with the step's own route.
    fn was_there(visits: &[Visit], step: &Visit, route: u32) -> bool {
        route != step.route
            && visits.iter().any(|visit| visit.route == route && (0..=WINDOW).contains(&(step.ts - visit.ts)))
    }

    proptest! {
        #[test]
        fn like_brute_force(
            groups in prop::collection::vec(prop::collection::vec((0_i64..20, 1_u32..5, any::<bool>()), 0..9), 28..40),
            faithful in 0_usize..4,
        ) {
            let mut all: Vec<Vec<Visit>> = groups
                .iter()
                .map(|group| group.iter().map(|&(ts, route, is_step)| Visit { ts, route, is_step, row: 0 }).collect())
                .collect();
            // Enough who go from 1 to 2, so that there is a way.
            let visit = |ts, route, is_step| Visit { ts, route, is_step, row: 0 };
            all.extend((0..faithful * 15).map(|_| vec![visit(1, 1, false), visit(3, 2, true)]));
            for visits in &mut all {
                visits.sort_by_key(|visit| visit.ts);
            }
            let mut habits = Habits::default();
            for visits in &all {
                habits.add(visits, WINDOW);
            }
            let ways = habits.ways(&HashSet::from_iter([4]));
            for step in 1..5_u32 {
                let steps = |visits: &[Visit]| -> Vec<Visit> {
                    visits.iter().copied().filter(|visit| visit.is_step && visit.route == step).collect()
                };
                let takers: Vec<&Vec<Visit>> = all.iter().filter(|visits| !steps(visits).is_empty()).collect();
                let expected: BTreeSet<u32> = (1..4)
                    .filter(|&route| {
                        let always = |visits: &&&Vec<Visit>| steps(visits).iter().all(|step| was_there(visits, step, route));
                        let count = takers.iter().filter(always).count();
                        takers.len() > 30 && count * 100 >= (takers.len() - 1) * 95
                    })
                    .collect();
                let known: BTreeSet<u32> = ways.get(&step).into_iter().flatten().copied().collect();
                prop_assert_eq!(known, expected, "to {}", step);
            }
            for visits in &all {
                let mut told = Vec::new();
                each_step(visits, WINDOW, |step, before| told.push((step.ts, step.route, before.routes().collect::<BTreeSet<u32>>())));
                let expected: Vec<(i64, u32, BTreeSet<u32>)> = visits
                    .iter()
                    .filter(|visit| visit.is_step)
                    .map(|step| (step.ts, step.route, (1..5).filter(|&route| was_there(visits, step, route)).collect()))
                    .collect();
                prop_assert_eq!(told, expected);
            }
        }
    }
}
