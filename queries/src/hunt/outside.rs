//! Measures that look beyond their own group: at the rest of the log, at the population, at owners.

use super::columns::{Codes, Columns, Key, Masks};
use super::group::Groups;
use super::measuring::{Bench, Scratch};
use super::population::Population;
use super::run::grouped;
use super::shelf::{KeyedShares, Shelf, Totals};
use crate::measure::Measure;
use crate::rule::{Absent, Rule};
use fixedbitset::FixedBitSet;
use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashSet};
use parts::{Known, Parts};
use std::cell::OnceCell;
use std::sync::{Arc, PoisonError};

pub use actors::Habits;

mod actors;
mod company;
mod crowd;
mod fellows;
mod integrity;
mod leads;
mod norm;
mod parts;
mod pauses;
mod skips;
mod strays;
mod turns;
mod usual;

const MIXED: u32 = u32::MAX;
const DAY: i64 = 86_400_000_000;

/// `part` of `all`, if there is anything.
fn share(part: usize, all: usize) -> Option<f64> {
    (all > 0).then(|| part as f64 / all as f64)
}

/// The owner that each (route, object) is at home with.
pub type Homes = HashMap<u64, u32, FixedState>;

/// A count for each group, and the rows that were counted.
#[derive(Default)]
pub struct Pointed {
    counts: HashMap<Key, f64, FixedState>,
    /// The rows that make up the counts.
    pub rows: FixedBitSet,
}

impl Pointed {
    /// Bytes of memory held.
    pub fn bytes(&self) -> usize {
        self.counts.capacity() * (size_of::<(Key, f64)>() + 4 * size_of::<u32>()) + self.rows.len() / 8
    }
}

/// What the groups under test need to know of everything else.
#[derive(Default)]
pub struct Outside {
    /// Columns of the level, in key order after the vantage.
    level: Vec<String>,
    /// How many columns of the key the population has in common, by position.
    partition: Vec<usize>,
    /// Rows per vantage and code, by column.
    totals: HashMap<String, Arc<Vec<Totals>>, FixedState>,
    /// Share of a route's rows whose object is common, by (vantage, route), per measure text.
    common: HashMap<String, HashMap<(u32, u32), f64, FixedState>, FixedState>,
    /// Share of a route's successful answers that went to requests with a credential, by (vantage, route).
    keyed: Arc<KeyedShares>,
    /// Values that only one group of its part has, by group key, per column.
    owned: HashMap<String, Known, FixedState>,
    /// Values of the group of each part that was seen first, per column; of parts seen in clean time, the values there.
    firsts: HashMap<String, Known, FixedState>,
    /// The only `b` that goes with each `a` (`MIXED` when several do), per measure text.
    partners: HashMap<String, Arc<Vec<u32>>, FixedState>,
    /// Home of each (route, object), per measure text.
    homes: HashMap<String, Arc<Homes>, FixedState>,
    /// How usual the rule's rows are among the callers of each (family, route), by column.
    crowds: HashMap<String, crowd::Crowds, FixedState>,
    /// Usual size of an ordinary answer of each (family, route), per measure text.
    norms: HashMap<String, norm::Norms, FixedState>,
    /// Returns of each group although others of its part came in between, per measure text.
    turns: HashMap<String, turns::Turns, FixedState>,
    /// Who was at the places that are asked about, per measure text.
    fellows: HashMap<String, fellows::Fellows, FixedState>,
    /// Rows per value on each (family, route), by column.
    usual: HashMap<String, usual::Usual, FixedState>,
    /// Rows that are cold, per measure text.
    leads: HashMap<String, leads::Leads, FixedState>,
    /// What sort of caller each group's actor is, per measure text.
    company: HashMap<String, company::Company, FixedState>,
    /// Counts that point at rows, per measure text.
    pointed: HashMap<String, Arc<Pointed>, FixedState>,
    /// Group keys for which the step that should come first was found.
    preceded: HashSet<Key, FixedState>,
}

/// What is needed to look around.
pub struct Around<'a, 'r> {
    /// What other rules made already.
    pub shelf: &'a Shelf<'r>,
    /// The rule.
    pub rule: &'a Rule,
    /// Row conditions.
    pub masks: &'a Masks,
    /// Columns that measures read.
    pub columns: &'a Columns<'r>,
    /// Columns of the key: vantage, level, calendar.
    pub keys: &'a [Arc<Codes<'r>>],
    /// Names of the level's columns.
    pub level: &'a [String],
}

impl Around<'_, '_> {
    /// The groups of the rows of a mask, in order of their first row.
    fn groups(&self, mask: &FixedBitSet) -> Arc<Groups> {
        grouped(self.shelf, self.rule, self.level, self.keys, mask)
    }
}

impl Outside {
    /// Looks at everything that the measures ask for, for the candidates' keys (with the time of their first row).
    pub fn look(around: &Around<'_, '_>, measures: &[&Measure], candidates: &[(Key, i64)]) -> Self {
        let partition = Population::partition(around.rule, around.level);
        let mut outside = Self { level: around.level.to_vec(), partition, ..Self::default() };
        let parts: OnceCell<Parts> = OnceCell::new();
        let parts_of = |partition: &[usize]| Parts::new(around, partition, candidates);
        for measure in measures {
            let text = measure.text.clone();
            let parts = || parts.get_or_init(|| parts_of(&outside.partition));
            match measure.function {
                "focus" => {
                    let column = measure.columns[0].clone();
                    let counts = around.shelf.totals(&column);
                    outside.totals.insert(column, counts);
                }
                "common_share" => {
                    let shares = common(around, measure, candidates);
                    outside.common.insert(text, shares);
                }
                "keyed_share" => outside.keyed = around.shelf.keyed(),
                "exclusive_share" => {
                    let column = &measure.columns[0];
                    if let Some(codes) = around.columns.get(column) {
                        outside.owned.insert(column.clone(), parts().owned(codes, candidates));
                    }
                }
                "new_share" => {
                    let column = &measure.columns[0];
                    if let Some(codes) = around.columns.get(column) {
                        outside.firsts.insert(column.clone(), parts().known_first(around, codes));
                    }
                }
                "fellow_share" => {
                    let at = around.level.iter().position(|column| *column == measure.columns[0]);
                    let places = at.iter().flat_map(|at| candidates.iter().map(|(key, _)| key[*at + 1]));
                    outside.fellows.insert(text, fellows::fellows(around, parts(), measure, places));
                }
                "elsewhere_share" => {
                    let asked = measure.columns.join(" ");
                    outside.partners.insert(text, around.shelf.partners(&asked, || partners(around, measure)));
                }
                "foreign_share" | "foreign_owners" => {
                    let asked = measure.columns.join(" ");
                    outside.homes.insert(text, around.shelf.homes(&asked, || homes(around, measure)));
                }
                "crowd_share" => {
                    let column = measure.columns[0].clone();
                    let crowds = crowd::crowds(around, &column);
                    outside.crowds.insert(column, crowds);
                }
                "usual_share" => {
                    let column = measure.columns[0].clone();
                    let usual = usual::usual(around, &column);
                    outside.usual.insert(column, usual);
                }
                "odd_share" => {
                    outside.norms.insert(text, norm::norms(around, measure));
                }
                "alternates" => {
                    let window = measure.parameter.unwrap_or(0.0) as i64;
                    let turns = turns::turns(around, parts(), window);
                    outside.turns.insert(text, turns);
                }
                "cold_share" => {
                    let window = measure.parameter.unwrap_or(0.0) as i64;
                    outside.leads.insert(text, leads::leads(around, window, candidates));
                }
                "kinship" | "everyday" => {
                    let habits = Habits::of(around);
                    let company = company::company(&habits, around.level, measure.function, candidates);
                    outside.company.insert(text, company);
                }
                "skips" | "pauses" | "strays" | "copies" | "holes" => {
                    outside.pointed.insert(text, pointed(around, measure));
                }
                "absences" => {
                    if let Some(absent) = &around.rule.absent {
                        outside.preceded = preceded(around, absent, candidates);
                    }
                }
                _ => {}
            }
        }
        outside
    }

    fn part(&self, key: &[u32]) -> Key {
        self.partition.iter().map(|&at| key[at]).collect()
    }

    /// The value of a measure that looks outside; `None` is NULL.
    pub fn value(
        &self,
        bench: &Bench<'_, '_>,
        measure: &Measure,
        key: &[u32],
        rows: &[u32],
        scratch: &mut Scratch,
    ) -> Option<f64> {
        let column =
            |index: usize| measure.columns.get(index).and_then(|name| bench.columns.get(name)).map(Arc::as_ref);
        let of_key = |name: &str| self.level.iter().position(|column| column == name).and_then(|at| key.get(at + 1));
        // Of the distinct values, the share that is such.
        let mut share_of = |codes: &Codes<'_>, is_such: &dyn Fn(u32) -> bool| {
            let (mut such, mut all) = (0_usize, 0_usize);
            scratch.distinct.each(rows.iter().map(|&row| codes.at(row)), rows.len(), |code| {
                all += 1;
                such += usize::from(is_such(code));
            });
            share(such, all)
        };
        match measure.function {
            "focus" => {
                let name = &measure.columns[0];
                let total = *self.totals.get(name)?.get(key[0] as usize)?.get(*of_key(name)? as usize)?;
                Some(rows.len() as f64 / f64::from(total))
            }
            "common_share" => self.common.get(&measure.text)?.get(&(key[0], *of_key("route")?)).copied(),
            "keyed_share" => self.keyed.get(&(key[0], *of_key("route")?)).copied(),
            "exclusive_share" => {
                let own = self.owned.get(&measure.columns[0])?.get(key)?;
                share_of(column(0)?, &|code| own.binary_search(&code).is_ok())
            }
            "new_share" => {
                let known = self.firsts.get(&measure.columns[0])?.get(&self.part(key));
                share_of(column(0)?, &|code| known.is_none_or(|known| known.binary_search(&code).is_err()))
            }
            "fellow_share" => self.fellows.get(&measure.text)?.share(&self.part(key), *of_key(&measure.columns[0])?),
            "elsewhere_share" => {
                let partners = self.partners.get(&measure.text)?;
                let own = *of_key(&measure.columns[1])?;
                share_of(column(0)?, &|code| partners.get(code as usize).is_some_and(|&b| b != own))
            }
            "foreign_share" | "foreign_owners" => {
                let (homes, routes) = (self.homes.get(&measure.text)?, bench.columns.get("route")?);
                let own = *of_key(&measure.columns[1])?;
                let objects = column(0)?;
                let mut seen: Vec<u64> =
                    rows.iter().map(|&row| u64::from(routes.at(row)) << 32 | u64::from(objects.at(row))).collect();
                seen.sort_unstable();
                seen.dedup();
                let mut foreign: Vec<u32> =
                    seen.iter().filter_map(|object| homes.get(object)).copied().filter(|&home| home != own).collect();
                if measure.function == "foreign_share" {
                    return share(foreign.len(), seen.len());
                }
                foreign.sort_unstable();
                foreign.dedup();
                Some(foreign.len() as f64)
            }
            "crowd_share" => crowd::share(self.crowds.get(&measure.columns[0])?, bench, rows),
            "usual_share" => {
                let column = &measure.columns[0];
                usual::share(self.usual.get(column)?, bench, column, rows)
            }
            "odd_share" => norm::odd_share(self.norms.get(&measure.text)?, bench, measure, rows),
            "alternates" => Some(self.turns.get(&measure.text)?.get(key).copied().unwrap_or(0) as f64),
            "cold_share" => self.leads.get(&measure.text)?.share(rows),
            "kinship" | "everyday" => company::value(self.company.get(&measure.text)?, key, self.level.len()),
            "skips" | "pauses" | "strays" | "copies" | "holes" => {
                self.pointed.get(&measure.text)?.counts.get(key).copied()
            }
            "absences" => Some(f64::from(u8::from(!self.preceded.contains(key)))),
            _ => None,
        }
    }
}

/// What a measure that points at rows counts, looked for once: for the groups first, then for what fired.
pub fn pointed(around: &Around<'_, '_>, measure: &Measure) -> Arc<Pointed> {
    let rule = around.rule;
    let asked = format!("{} per {} {:?}: {}", measure.text, around.level.join(" "), rule.within, rule.condition);
    around.shelf.pointed(&asked, || match measure.function {
        "skips" => skips::skips(around, measure),
        "strays" => strays::strays(around, measure),
        "copies" => integrity::copies(around),
        "holes" => integrity::holes(around, measure),
        _ => pauses::pauses(around, measure),
    })
}

/// Of the rows on a route by ordinary clients (under 50 objects each): the share whose object `k` clients or more ask for.
fn common(
    around: &Around<'_, '_>,
    measure: &Measure,
    candidates: &[(Key, i64)],
) -> HashMap<(u32, u32), f64, FixedState> {
    let mut shares = HashMap::default();
    let (Some(objects), Some(others), Some(routes), Some(vantage)) = (
        around.columns.get(&measure.columns[0]),
        around.columns.get(&measure.columns[1]),
        around.columns.get("route"),
        around.keys.first(),
    ) else {
        return shares;
    };
    let Some(at) = around.level.iter().position(|column| column == "route") else { return shares };
    let asked: HashSet<(u32, u32), FixedState> = candidates.iter().map(|(key, _)| (key[0], key[at + 1])).collect();
    // Rules ask for the same routes.
    let known = around.shelf.common(&measure.text);
    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
    shares.extend(asked.iter().filter_map(|place| Some((*place, (*known.get(place)?)?))));
    let wanted: HashSet<(u32, u32), FixedState> =
        asked.into_iter().filter(|place| !known.contains_key(place)).collect();
    if wanted.is_empty() {
        return shares;
    }
    known.extend(wanted.iter().map(|place| (*place, None)));
    let on: FixedBitSet = wanted.iter().map(|place| place.1 as usize).collect();
    let mut visits: HashMap<(u32, u32), Vec<(u32, u32)>, FixedState> = HashMap::default();
    around.shelf.each_row_with("route", &on, |row| {
        let place = (vantage.at(row), routes.at(row));
        let (object, other) = (objects.at(row), others.at(row));
        if object != 0 && other != 0 && wanted.contains(&place) {
            visits.entry(place).or_default().push((other, object));
        }
    });
    let least = measure.parameter.unwrap_or(5.0) as usize;
    for (place, mut pairs) in visits {
        pairs.sort_unstable();
        let mut ordinary: Vec<(u32, u32, u32)> = Vec::new();
        let mut clients_of: HashMap<u32, usize, FixedState> = HashMap::default();
        for client in pairs.chunk_by(|a, b| a.0 == b.0) {
            let before = ordinary.len();
            for same in client.chunk_by(|a, b| a.1 == b.1) {
                ordinary.push((same[0].1, same[0].0, same.len() as u32));
            }
            if ordinary.len() - before >= 50 {
                ordinary.truncate(before);
                continue;
            }
            for &(object, ..) in &ordinary[before..] {
                *clients_of.entry(object).or_insert(0) += 1;
            }
        }
        let all: u64 = ordinary.iter().map(|visit| u64::from(visit.2)).sum();
        let common: u64 = ordinary
            .iter()
            .filter(|visit| clients_of.get(&visit.0).is_some_and(|&clients| clients >= least))
            .map(|visit| u64::from(visit.2))
            .sum();
        if let Some(share) = (all > 0).then(|| common as f64 / all as f64) {
            shares.insert(place, share);
            known.insert(place, Some(share));
        }
    }
    shares
}

/// For each value of the first column the only value of the second that goes with it in the log, or `MIXED`.
fn partners(around: &Around<'_, '_>, measure: &Measure) -> Vec<u32> {
    const UNSEEN: u32 = u32::MAX - 1;
    let mut partners: Vec<u32> = Vec::new();
    let (Some(a), Some(b)) = (around.columns.get(&measure.columns[0]), around.columns.get(&measure.columns[1])) else {
        return partners;
    };
    if matches!(**b, Codes::Absent) {
        return partners;
    }
    // A source that never names a `b` says nothing of which `b` goes with what.
    let mut names = vec![false; around.shelf.requests.sources.len()];
    for row in around.shelf.requests.counted().filter(|&row| b.at(row) != 0) {
        names[around.shelf.requests.facts.source(row as usize) as usize] = true;
    }
    let says = |row: &u32| names[around.shelf.requests.facts.source(*row as usize) as usize];
    for row in around.shelf.requests.counted().filter(says) {
        let (a, b) = (a.at(row) as usize, b.at(row));
        if partners.len() <= a {
            partners.resize(a + 1, UNSEEN);
        }
        let known = &mut partners[a];
        *known = if *known == UNSEEN || *known == b { b } else { MIXED };
    }
    partners
}

/// The home of each object: the owner with most successful visits, on two days or more; objects with four or more
/// such regulars are shared and have no home.
fn homes(around: &Around<'_, '_>, measure: &Measure) -> Homes {
    let mut homes = Homes::default();
    let (Some(objects), Some(owners), Some(routes)) =
        (around.columns.get(&measure.columns[0]), around.columns.get(&measure.columns[1]), around.columns.get("route"))
    else {
        return homes;
    };
    let requests = around.shelf.requests;
    let mut visits: Vec<(u64, u32, i64)> = requests
        .counted()
        .filter(|&row| requests.is_hit(row))
        .filter_map(|row| {
            let (object, owner) = (objects.at(row), owners.at(row));
            let day = requests.facts.ts(row as usize)?.div_euclid(DAY);
            (object != 0 && owner != 0).then(|| (u64::from(routes.at(row)) << 32 | u64::from(object), owner, day))
        })
        .collect();
    visits.sort_unstable();
    for object in visits.chunk_by(|a, b| a.0 == b.0) {
        let mut regulars: Vec<(usize, u32)> = Vec::new();
        for owner in object.chunk_by(|a, b| a.1 == b.1) {
            if owner.len() >= 2 && owner.first().map(|v| v.2) != owner.last().map(|v| v.2) {
                regulars.push((owner.len(), owner[0].1));
            }
        }
        regulars.sort_unstable();
        if regulars.len() < 4
            && let Some(&(visits, owner)) = regulars.last()
            && regulars.iter().filter(|regular| regular.0 == visits).count() == 1
        {
            homes.insert(object[0].0, owner);
        }
    }
    homes
}

/// Keys whose group has the step that should come first, within the allowed time before its first row.
fn preceded(around: &Around<'_, '_>, absent: &Absent, candidates: &[(Key, i64)]) -> HashSet<Key, FixedState> {
    let groups = around.groups(around.masks.get(&absent.step));
    let numbers: HashMap<&[u32], usize, FixedState> =
        (0..groups.len()).map(|number| (groups.key(number), number)).collect();
    let facts = &around.shelf.requests.facts;
    let mut found = HashSet::default();
    for (key, start) in candidates {
        let Some(&number) = numbers.get(key.as_slice()) else { continue };
        let steps = groups.rows(number).iter().filter_map(|&row| facts.ts(row as usize));
        if steps.into_iter().any(|ts| ts <= *start && start - ts <= absent.before) {
            found.insert(key.clone());
        }
    }
    found
}
