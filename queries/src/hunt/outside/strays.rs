//! Going through other people's ids where everybody keeps to one: the tenant, account or user that a path begins with.
//!
//! The root of a row is the first id in its path (`/tenants/7/bills/9`: 7), its resource the route up to there. On a resource
//! that belongs to somebody, nearly all groups keep to one root: of the other groups there, 30 or more, 98 in 100 never saw
//! more than two. A group is at home at its first root. One that kept to it for the length of a window, and then went to
//! where others are at home, strays: strays(group) = the most distinct homes of others that it was at in any window of that
//! length. Who works for many people goes to others from the first hour on, and has no home to stray from; what nobody else
//! is at home at may be its own; where more than a few do it, it is how the resource works, and has no value.

use super::{Around, Pointed};
use crate::derive::{cut_matrix, decoded, segments, without_origin};
use crate::measure::Measure;
use crate::requests::{Requests, TextView};
use breachline_parsers::table::{ABSENT, NO_NUMBER};
use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashSet};

/// Other groups that it takes to learn what is usual.
const ENOUGH: usize = 30;
/// So many roots are still usual: whoever moves has two.
const FEW: usize = 2;
/// Of a hundred others, how many may have more.
const EXCEPTIONS: usize = 2;

/// A path whose root nobody has asked for.
const UNSEEN: u32 = u32::MAX;

/// A row of a group: time, root, row.
type Visit = (i64, u32, u32);

/// The strays of all groups, pointing at the rows away from home.
pub fn strays(around: &Around<'_, '_>, measure: &Measure) -> Pointed {
    let mut pointed = Pointed::default();
    let window = measure.parameter.unwrap_or(0.0) as i64;
    let Some(at) = around.level.iter().position(|column| column == "resource") else { return pointed };
    let groups = around.groups(around.masks.get(&around.rule.condition));
    let mut roots = Roots::new(around.shelf.requests);
    let place = |group: usize| (groups.key(group)[0], groups.key(group)[at + 1]);
    // How many roots each group has; of each resource: groups, those that have more than a few, and where they are at home.
    let mut widths: Vec<usize> = Vec::with_capacity(groups.len());
    let mut habits: HashMap<(u32, u32), Habit, FixedState> = HashMap::default();
    for group in 0..groups.len() {
        let (width, home) = roots.width(groups.rows(group));
        widths.push(width);
        if width > 0 {
            let habit = habits.entry(place(group)).or_default();
            habit.groups += 1;
            habit.wide += usize::from(width > FEW);
            habit.homes.insert(home);
        }
    }
    pointed.rows.grow(around.shelf.requests.rows());
    for (group, &width) in widths.iter().enumerate() {
        let Some(habit) = habits.get(&place(group)).filter(|_| width > 0) else { continue };
        let (others, exceptions) = (habit.groups - 1, habit.wide - usize::from(width > FEW));
        if others < ENOUGH || exceptions * 100 > others * EXCEPTIONS {
            continue;
        }
        let mut abroad = if width > 1 { abroad(&roots.visits(groups.rows(group)), window) } else { Vec::new() };
        abroad.retain(|(_, root, _)| habit.homes.contains(root));
        pointed.rows.extend(abroad.iter().map(|&(_, _, row)| row as usize));
        pointed.counts.insert(groups.key(group).to_vec(), most_within(&abroad, window) as f64);
    }
    pointed
}

/// What is usual on a resource.
#[derive(Default)]
struct Habit {
    groups: usize,
    /// Groups with more than a few roots.
    wide: usize,
    /// Roots that some group was at first.
    homes: HashSet<u32, FixedState>,
}

/// The visits to other roots than the first, in order; none unless the first was kept to for the window.
fn abroad(visits: &[Visit], window: i64) -> Vec<Visit> {
    let Some(&(start, home, _)) = visits.first() else { return Vec::new() };
    let abroad: Vec<Visit> = visits.iter().copied().filter(|&(_, root, _)| root != home).collect();
    match abroad.first() {
        Some(&(left, ..)) if left - start >= window => abroad,
        _ => Vec::new(),
    }
}

/// The most distinct roots of visits, in order of time, in any window of a length.
fn most_within(visits: &[Visit], window: i64) -> usize {
    let mut within: HashMap<u32, usize, FixedState> = HashMap::default();
    let (mut from, mut most) = (0, 0);
    for &(ts, root, _) in visits {
        *within.entry(root).or_default() += 1;
        while ts - visits[from].0 > window {
            let left = visits[from].1;
            from += 1;
            if let Some(count) = within.get_mut(&left) {
                *count -= 1;
                if *count == 0 {
                    within.remove(&left);
                }
            }
        }
        most = most.max(within.len());
    }
    most
}

/// The first ids of paths, as far as anybody has asked.
struct Roots<'r> {
    requests: &'r Requests,
    paths: Option<TextView<'r>>,
    routes: Option<TextView<'r>>,
    /// Number of the segment in which paths of a route have their first id.
    place_of_route: Vec<Option<usize>>,
    /// By code of the path the number of its root, 0 where it has none; `UNSEEN` where nobody has asked.
    of_path: Vec<u32>,
    numbers: HashMap<Vec<u8>, u32, FixedState>,
}

impl<'r> Roots<'r> {
    fn new(requests: &'r Requests) -> Self {
        let routes = &requests.derived.routes;
        let place = |route: u32| segments(routes.get(route)).position(|segment| segment.contains(&b'{'));
        let place_of_route = (0..routes.len() as u32).map(place).collect();
        let paths = requests.text("path").filter(|paths| !paths.is_absent());
        Self {
            requests,
            paths,
            routes: requests.text("route"),
            place_of_route,
            of_path: vec![UNSEEN; paths.map_or(0, |paths| paths.dictionary.len())],
            numbers: HashMap::default(),
        }
    }

    /// The root of a row; 0 where its path has none.
    fn at(&mut self, row: u32) -> u32 {
        let Some(paths) = self.paths else { return 0 };
        let path = paths.code(row as usize);
        if path == ABSENT {
            return 0;
        }
        let known = self.of_path[path as usize];
        if known != UNSEEN {
            return known;
        }
        // Routes that differ by their operation alone vary at the same place of the path.
        let route = self.routes.map_or(ABSENT, |routes| routes.code(row as usize));
        let place = self.place_of_route.get(route as usize).copied().flatten();
        let segment = place.and_then(|place| segments(without_origin(paths.dictionary.get(path))).nth(place));
        let next = self.numbers.len() as u32 + 1;
        let root =
            segment.map_or(0, |segment| *self.numbers.entry(decoded(cut_matrix(segment)).into_owned()).or_insert(next));
        self.of_path[path as usize] = root;
        root
    }

    /// How many distinct roots some rows have, and the first.
    fn width(&mut self, rows: &[u32]) -> (usize, u32) {
        let visits = self.visits(rows);
        let mut roots: Vec<u32> = visits.iter().map(|&(_, root, _)| root).collect();
        roots.sort_unstable();
        roots.dedup();
        (roots.len(), visits.first().map_or(0, |&(_, root, _)| root))
    }

    /// The rows that have a time and a root, in order of time.
    fn visits(&mut self, rows: &[u32]) -> Vec<Visit> {
        let times = self.requests.facts.ts_values();
        let mut visits: Vec<Visit> = rows.iter().map(|&row| (times[row as usize], self.at(row), row)).collect();
        visits.retain(|&(ts, root, _)| ts != NO_NUMBER && root != 0);
        visits.sort_unstable();
        visits
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn like_brute_force(moves in prop::collection::vec((0_i64..40, 1_u32..6), 0..24), window in 1_i64..12) {
            let mut visits: Vec<Visit> = (0..).zip(&moves).map(|(row, &(ts, root))| (ts, root, row)).collect();
            visits.sort_unstable();
            let home = visits.first().map(|visit| visit.1);
            let others: Vec<Visit> = visits.iter().copied().filter(|visit| Some(visit.1) != home).collect();
            let kept = others.first().is_some_and(|visit| visit.0 - visits[0].0 >= window);
            let expected = if kept { others } else { Vec::new() };
            let found = abroad(&visits, window);
            prop_assert_eq!(&found, &expected);
            let most = expected.iter().map(|last| {
                let near = expected.iter().filter(|visit| (0..=window).contains(&(last.0 - visit.0)));
                near.map(|visit| visit.1).collect::<BTreeSet<u32>>().len()
            });
            prop_assert_eq!(most_within(&found, window), most.max().unwrap_or(0));
        }
    }
}
