//! One rule over all requests, level by level.

mod alongside;
mod settle;

use super::HuntOptions;
use super::collect::{self, Collected, Fired};
use super::columns::{Codes, Columns, Key, Masks, key_of};
use super::extract;
use super::group::{Groups, KeyIndex, cut, group, group_by_index};
use super::measuring::{Bench, NULL, conditions, conditions_within, measure};
use super::open::Open;
use super::outside::{self, Around, Outside, Pointed};
use super::population::{Clean, GroupScope, Population, Table};
use super::shelf::Shelf;
use crate::derive::number_of_object;
use crate::expr::scalar::evaluate;
use crate::expr::{Expr, Op};
use crate::finding::Finding;
use crate::measure::Measure;
use crate::requests::Requests;
use crate::rule::{Rule, Within, is_of_population};
use breachline_parsers::value::counted;
use fixedbitset::FixedBitSet;
use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashSet};
use settle::Plan;
use std::sync::Arc;

/// What a rule gave.
#[derive(Default)]
pub struct Outcome {
    /// Its findings.
    pub findings: Vec<Finding>,
    /// Rows of their evidence.
    pub claimed: Vec<u32>,
    /// Levels that could not be judged, by their columns.
    pub without: Vec<String>,
    /// Findings without evidence among the rows that the report is limited to.
    pub outside: usize,
    /// Groups that only a comparison could decide, and that have too few peers.
    pub undecided: usize,
    /// Peers that a comparison takes.
    pub at_least: usize,
    /// Groups that a measure without a value left open.
    pub open: Open,
}

impl Outcome {
    /// Why there is no finding.
    pub fn silence(&self, rule: &Rule) -> String {
        match (self.outside, self.undecided().or_else(|| self.open.told(rule))) {
            (0, None) => match self.without.as_slice() {
                [] => "judged, nothing found".to_owned(),
                [one] => format!("judged without the level {one}: not in these logs"),
                many => format!("judged without the levels {}: not in these logs", many.join("; ")),
            },
            (0, Some(undecided)) => format!("judged, nothing found; {undecided}"),
            (outside, _) => {
                format!("judged; {outside} finding(s), none with evidence in what the report is limited to")
            }
        }
    }

    /// What could not be judged for want of peers.
    pub fn undecided(&self) -> Option<String> {
        (self.undecided > 0).then(|| {
            let groups = counted(self.undecided as u64, "group");
            match self.at_least {
                1 => format!("not evaluable for {groups} over its own floors, with no peer to be compared with"),
                least => format!(
                    "not evaluable for {groups} over its own floors, with fewer than the {least} peers to be compared with"
                ),
            }
        })
    }
}

/// Columns that a rule needs and these logs have not. A rule with several levels needs one of them.
pub fn missing(shelf: &Shelf<'_>, rule: &Rule) -> Vec<String> {
    let mut missing: Vec<String> = rule.needs.iter().filter(|name| !shelf.is_there(name)).cloned().collect();
    let absent =
        |level: &Vec<String>| -> Vec<String> { level.iter().filter(|name| !shelf.is_there(name)).cloned().collect() };
    if !rule.levels.iter().any(|level| absent(level).is_empty())
        && let Some(nearest) = rule.levels.iter().map(absent).min_by_key(Vec::len)
    {
        missing.extend(nearest);
    }
    missing.sort();
    missing.dedup();
    missing
}

/// Rows that belong to findings of the rules this one yields to.
pub fn claimed(rows: usize, claims: &[Arc<Vec<u32>>]) -> FixedBitSet {
    let mut mask = FixedBitSet::with_capacity(rows);
    for claim in claims {
        mask.extend(claim.iter().map(|&row| row as usize));
    }
    mask
}

/// Columns that a rule's measures, sequence and outside looks read.
fn columns_of<'a>(shelf: &Shelf<'a>, rule: &Rule) -> Columns<'a> {
    let joint = rule.join.iter().flat_map(|join| &join.measures);
    let measured = rule.measures.iter().chain(joint).flat_map(|measure| measure.columns.iter());
    let sequence = rule.sequence.iter().flat_map(|sequence| sequence.same.iter().chain(&sequence.differs));
    let route = "route".to_owned();
    let mut columns = HashMap::default();
    for name in measured.chain(sequence).chain([&route]) {
        if !columns.contains_key(name) {
            columns.insert(name.clone(), shelf.column(name));
        }
    }
    columns
}

/// Object ids as numbers, by code, as far as they are such or pack one.
fn numeric_ids(requests: &Requests, rule: &Rule) -> Vec<i128> {
    const SHAPES: [&str; 4] = ["step_share", "ascending_share", "longest_run", "density"];
    let joint = rule.join.iter().flat_map(|join| &join.measures);
    if !rule.measures.iter().chain(joint).any(|measure| SHAPES.contains(&measure.function)) {
        return Vec::new();
    }
    let objects = &requests.derived.objects;
    let number = |code: u32| number_of_object(objects.text(code)).unwrap_or(i128::MIN);
    (0..objects.len() as u32).map(number).collect()
}

/// Stands among the names of a key's columns for which sources are counted together.
const FAMILY: &str = "family";

/// What groups are told apart by: which sources are counted together, and a level's columns.
pub fn names(level: &[String]) -> Vec<String> {
    std::iter::once(FAMILY.to_owned()).chain(level.iter().cloned()).collect()
}

/// The same with the calendar where a rule cuts by it.
fn all_names(rule: &Rule, level: &[String]) -> Vec<String> {
    let calendar = if let Within::Calendar(length) = rule.within { Some(length.to_string()) } else { None };
    names(level).into_iter().chain(calendar).collect()
}

/// The groups of all rows by a key's columns, for somebody who looks at `rows` of them. `None` where the groups are too
/// many to keep, and where the rows are few: they are grouped faster than all rows are numbered.
fn index<'r>(
    shelf: &Shelf<'r>,
    rule: &Rule,
    level: &[String],
    keys: &[Arc<Codes<'r>>],
    rows: usize,
) -> Option<Arc<KeyIndex>> {
    if rows < shelf.requests.rows() / 8 {
        return None;
    }
    shelf.index(&all_names(rule, level), keys)
}

/// The rows of a mask by a key's columns; the groups stand in order of their first row.
pub fn grouped<'r>(
    shelf: &Shelf<'r>,
    rule: &Rule,
    level: &[String],
    keys: &[Arc<Codes<'r>>],
    mask: &FixedBitSet,
) -> Arc<Groups> {
    shelf.groups(&all_names(rule, level), mask, || {
        let rows = shelf.rows(mask);
        match index(shelf, rule, level, keys, rows.len()) {
            Some(index) => group_by_index(&index, &rows),
            None => group(keys, rows.iter().copied()),
        }
    })
}

/// Judges one rule. `taken` marks rows that other rules' findings hold; empty means none.
pub fn run(shelf: &Shelf<'_>, rule: &Rule, mut taken: FixedBitSet, options: &HuntOptions) -> Outcome {
    let requests = shelf.requests;
    let mut masks = Masks::default();
    let looked_at = masks.add(&rule.condition, shelf);
    for condition in conditions(rule) {
        masks.add(condition, shelf);
    }
    for condition in conditions_within(rule) {
        masks.add_within(condition, shelf, &looked_at);
    }
    let columns = columns_of(shelf, rule);
    let ids = numeric_ids(requests, rule);
    let mut outcome = Outcome { at_least: rule.among.as_ref().map_or(0, |among| among.at_least), ..Outcome::default() };
    for level in &rule.levels {
        if !level.iter().all(|name| shelf.is_there(name)) {
            outcome.without.push(level.join(", "));
            continue;
        }
        let stage = Stage { shelf, rule, masks: &masks, columns: &columns, ids: &ids, level, options };
        let collected = stage.judge(&taken);
        taken.extend(collected.claimed.iter().map(|&row| row as usize));
        outcome.claimed.extend(collected.claimed);
        outcome.outside += collected.outside;
        outcome.undecided += collected.undecided;
        outcome.open.add(collected.open);
        outcome.findings.extend(collected.findings);
    }
    outcome.claimed.sort_unstable();
    outcome.claimed.dedup();
    outcome
}

/// One level of one rule.
pub struct Stage<'a, 'r> {
    /// What other rules made already.
    pub shelf: &'a Shelf<'r>,
    /// The rule.
    pub rule: &'a Rule,
    /// Row conditions.
    pub masks: &'a Masks,
    /// Columns that measures read.
    pub columns: &'a Columns<'r>,
    /// Numeric object ids.
    pub ids: &'a [i128],
    /// Columns that rows are grouped by.
    pub level: &'a [String],
    /// Memory, threads.
    pub options: &'a HuntOptions,
}

impl<'r> Stage<'_, 'r> {
    /// The columns of a key: which sources are counted together, level, calendar.
    pub fn keys(&self) -> Vec<Arc<Codes<'r>>> {
        let mut keys = vec![Arc::new(Codes::family(self.shelf.requests))];
        keys.extend(self.level.iter().map(|name| self.shelf.column(name)));
        if let Within::Calendar(length) = self.rule.within {
            keys.push(Arc::new(Codes::calendar(self.shelf.requests, length)));
        }
        keys
    }

    /// The groups of all rows by the key's columns ([`index`]).
    pub fn index(&self, keys: &[Arc<Codes<'r>>], rows: usize) -> Option<Arc<KeyIndex>> {
        index(self.shelf, self.rule, self.level, keys, rows)
    }

    fn judge(&self, taken: &FixedBitSet) -> Collected {
        let keys = self.keys();
        let mut rows = self.masks.get(&self.rule.condition).clone();
        rows.difference_with(taken);
        let plan = Plan::of(self);
        let mut table = self.measure(&keys, &rows, &plan, false);
        let mut clean = None;
        if !table.candidates.is_empty() {
            clean = self.clean(&keys, &rows, &plan);
            self.settle(&plan, &mut table, clean.as_ref());
            let candidates = table.candidates.clone();
            self.measure_late(&keys, &rows, &plan.late, &candidates, &mut table);
        }
        let mut open = Open { decided: table.settled.len(), ..Open::default() };
        if table.candidates.is_empty() {
            return Collected { open, ..Collected::default() };
        }
        let population = Population::new(self.rule, &table, self.level, clean.as_ref());
        let (mut fired, mut undecided) = (Vec::new(), 0);
        for group in table.candidates.iter().map(|&group| group as usize) {
            let scope = GroupScope { rule: self.rule, table: &table, group, population: Some(&population) };
            let suffices = population.suffices(group);
            let when = match &self.rule.when_alone {
                Some(alone) if !suffices => alone,
                _ => &self.rule.when,
            };
            let truth = evaluate(when, &scope).truth();
            let alone = !suffices && self.rule.when_alone.is_none();
            undecided += usize::from(alone && truth.is_none());
            open.decided += usize::from(truth.is_some());
            if truth.is_none() && !alone {
                open.count(self.rule, when, &scope);
            }
            if truth == Some(true) {
                fired.push(self.fired(group, &table, &population));
            }
        }
        let mut collected = Collected::default();
        if !fired.is_empty() {
            drop(population);
            self.complete(&keys, &rows, &plan, &fired, &mut table);
            let measured = self.measure_alongside(&keys, &rows, &fired, &mut table);
            if let (Some(clean), Some(time)) = (&mut clean, &self.shelf.clean) {
                let mut rows = rows.clone();
                rows.intersect_with(&time.rows);
                self.complete(&keys, &rows, &plan, &[], &mut clean.table);
            }
            let population = Population::new(self.rule, &table, self.level, clean.as_ref());
            let along = self.that_go_along(&measured, &table, &population);
            collected = collect::findings(self, &keys, &table, &population, (fired, along), taken);
        }
        (collected.undecided, collected.open) = (undecided, open);
        collected
    }

    /// A group as one of those that a finding is made of.
    fn fired(&self, group: usize, table: &Table, population: &Population<'_>) -> Fired {
        let scope = GroupScope { rule: self.rule, table, group, population: Some(population) };
        let after = self.rule.evidence_after.as_ref().and_then(|after| evaluate(after, &scope).number());
        Fired {
            group,
            key: table.key(group).to_vec(),
            span: table.spans[group],
            basis: population.basis(group),
            after: after.map_or(i64::MIN, |seconds| (seconds * 1e6).round() as i64),
        }
    }

    /// The groups of a rule that compares, as they are in time known to be clean.
    fn clean(&self, keys: &[Arc<Codes<'r>>], rows: &FixedBitSet, plan: &Plan<'_>) -> Option<Clean> {
        let time = self.shelf.clean.as_ref()?;
        self.rule.among.as_ref()?;
        let mut rows = rows.clone();
        rows.intersect_with(&time.rows);
        let scale = if matches!(self.rule.within, Within::WholeLog) { time.scale } else { 1.0 };
        Some(Clean { table: self.measure(keys, &rows, plan, true), scale })
    }

    /// The first phase: all groups with the measures that peers need, and candidates (unless only peers are wanted).
    fn measure(&self, keys: &[Arc<Codes<'r>>], rows: &FixedBitSet, plan: &Plan<'_>, only_peers: bool) -> Table {
        let mut table =
            Table { width: keys.len(), measures: vec![Vec::new(); self.rule.measures.len()], ..Table::default() };
        let whole = passes(rows.count_ones(..), self.options.memory) == 1;
        self.each_pass(keys, rows, |groups| self.measure_pass(keys, groups, plan, (only_peers, whole), &mut table));
        table
    }

    /// Groups the rows in as many passes as memory asks for.
    fn each_pass(&self, keys: &[Arc<Codes<'r>>], rows: &FixedBitSet, mut take: impl FnMut(&Groups)) {
        let mut cut_to_windows = |groups: &Groups| match cut(groups, self.rule.within, self.shelf.requests) {
            Some(windows) => take(&windows),
            None => take(groups),
        };
        let passes = passes(rows.count_ones(..), self.options.memory);
        if passes == 1 {
            cut_to_windows(&grouped(self.shelf, self.rule, self.level, keys, rows));
            return;
        }
        let rows = self.shelf.rows(rows);
        for pass in 0..passes {
            let mine = |row: &u32| keys.get(1).is_none_or(|key| spread(key.at(*row)) % passes == pass);
            cut_to_windows(&group(keys, rows.iter().copied().filter(mine)));
        }
    }

    /// Takes the measures of plain floors of all groups, where something fired, for it is told beside its peers; and all
    /// measures of those of its peers that were decided by some of them.
    fn complete(
        &self,
        keys: &[Arc<Codes<'r>>],
        rows: &FixedBitSet,
        plan: &Plan<'_>,
        fired: &[Fired],
        table: &mut Table,
    ) {
        if self.rule.among.is_none() {
            return;
        }
        if !plan.floored.is_empty() {
            let mut base = 0;
            self.each_pass(keys, rows, |groups| {
                let all: Vec<u32> = (0..groups.len() as u32).collect();
                self.fill(&self.bench(None), &plan.floored, groups, &all, base, table);
                base += groups.len();
            });
        }
        let at = Population::partition(self.rule, self.level);
        let part = |key: &[u32]| -> Key { at.iter().map(|&at| key[at]).collect() };
        let parts: HashSet<Key, FixedState> = fired.iter().map(|member| part(&member.key)).collect();
        let mut settled = table.settled.clone();
        settled.retain(|&group| parts.contains(&part(table.key(group as usize))));
        let rest: Vec<usize> = plan.early.iter().chain(&plan.late).copied().collect();
        self.measure_late(keys, rows, &rest, &settled, table);
    }

    /// Which measures all groups need, candidates or not: those that peers are compared by.
    fn compared(&self) -> Vec<bool> {
        let mut names: HashSet<String, FixedState> = HashSet::default();
        let mut compared = |expr: &Expr| {
            expr.walk(&mut |part| {
                if let Expr::Call(name, arguments, _) = part
                    && is_of_population(name)
                {
                    names.extend(arguments.iter().flat_map(Expr::names).map(str::to_owned));
                }
            });
        };
        let signs = self.rule.signs.iter().chain(&self.rule.undecided).map(|sign| &sign.when);
        let joint = self.rule.join.iter().filter_map(|join| join.when.as_ref()).chain(&self.rule.evidence_after);
        let conditions = [&self.rule.when, &self.rule.confidence].into_iter().chain(self.alongside());
        conditions.chain(signs).chain(joint).for_each(&mut compared);
        if let Some(among) = &self.rule.among {
            names.extend(among.only.iter().flat_map(Expr::names).map(str::to_owned));
            names.extend(among.ordinary.iter().cloned());
        }
        self.rule.measures.iter().map(|measure| names.contains(&measure.name)).collect()
    }

    /// Plain floors that `when` (and `when_alone`) cannot do without: `measure >= number`.
    fn floors(&self) -> Vec<(usize, f64)> {
        let floors = self.floors_of(&self.rule.when);
        let Some(alone) = &self.rule.when_alone else { return floors };
        let other = self.floors_of(alone);
        let both = |(at, least): (usize, f64)| {
            other.iter().find(|(known, _)| *known == at).map(|(_, alone)| (at, least.min(*alone)))
        };
        floors.into_iter().filter_map(both).collect()
    }

    /// Plain floors that a condition over measures cannot do without, of measures that look at the group alone.
    fn floors_of(&self, condition: &Expr) -> Vec<(usize, f64)> {
        let parts = condition.conjuncts().into_iter().filter_map(|part| settle::plain(self, part));
        parts
            .filter(|&(at, op, _)| matches!(op, Op::Ge | Op::Gt) && !self.rule.measures[at].looks_outside())
            .map(|(at, _, least)| (at, least))
            .collect()
    }

    fn bench<'b>(&'b self, outside: Option<&'b Outside>) -> Bench<'b, 'r> {
        Bench {
            requests: self.shelf.requests,
            rule: self.rule,
            masks: self.masks,
            columns: self.columns,
            ids: self.ids,
            outside,
            spare: &self.shelf.spare,
            inside: &self.shelf.inside,
            everyone: &self.shelf.everyone,
        }
    }

    /// Groups with as many rows as the floors of measures ask for that cannot exceed a group's rows.
    fn large_enough(&self, groups: &Groups, floors: &[(usize, f64)]) -> Vec<u32> {
        let counts = floors.iter().filter(|(at, _)| self.rule.measures[*at].counts_rows());
        let least = counts.map(|&(_, least)| least).fold(0.0, f64::max);
        (0..groups.len() as u32).filter(|&group| groups.rows(group as usize).len() as f64 >= least).collect()
    }

    /// The rows that a measure points at.
    pub fn pointed(&self, keys: &[Arc<Codes<'r>>], measure: usize) -> Option<Arc<Pointed>> {
        self.rule.measures.get(measure).map(|measure| outside::pointed(&self.around(keys), measure))
    }

    fn around<'b>(&'b self, keys: &'b [Arc<Codes<'r>>]) -> Around<'b, 'r> {
        Around { shelf: self.shelf, rule: self.rule, masks: self.masks, columns: self.columns, keys, level: self.level }
    }

    /// Takes some measures of the chosen groups.
    fn fill(
        &self,
        bench: &Bench<'_, '_>,
        which: &[usize],
        groups: &Groups,
        chosen: &[u32],
        base: usize,
        table: &mut Table,
    ) {
        if which.is_empty() || chosen.is_empty() {
            return;
        }
        let threads = self.options.threads();
        let measures: Vec<&Measure> = which.iter().map(|&at| &self.rule.measures[at]).collect();
        let columns = measure(bench, &measures, groups, chosen, threads);
        for (&at, values) in which.iter().zip(columns) {
            for (&group, value) in chosen.iter().zip(values) {
                table.set(at, base + group as usize, value);
            }
        }
    }

    /// Measures over one set of rows, as for a joint look at several groups.
    pub fn measure_rows(&self, measures: &[Measure], rows: &[u32]) -> Vec<f64> {
        let keys = self.keys();
        let key = rows.first().and_then(|&row| key_of(&keys, row)).unwrap_or_else(|| vec![0; keys.len()]);
        let groups = Groups { width: key.len(), keys: key, starts: vec![0, rows.len() as u32], rows: rows.to_vec() };
        let taken: Vec<&Measure> = measures.iter().collect();
        measure(&self.bench(None), &taken, &groups, &[0], 1)
            .into_iter()
            .zip(measures)
            .map(|(column, measure)| match column.first() {
                Some(value) if !(self.options.extract && extract::is_open(measure)) => *value,
                _ => NULL,
            })
            .collect()
    }
}

/// Most passes over the rows; with as many, each pass is cheap to hold whatever the table.
pub const MOST_PASSES: u32 = 4_096;

/// In how many passes `rows` are grouped so that the index of each (24 bytes a row) fits into `memory` bytes.
pub fn passes(rows: usize, memory: u64) -> u32 {
    let passes = (rows as u64).saturating_mul(24).div_ceil(memory.max(1));
    passes.clamp(1, u64::from(MOST_PASSES)) as u32
}

/// Mixes a code so that passes get about equal shares of the keys.
fn spread(code: u32) -> u32 {
    (u64::from(code).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as u32
}

/// Leaves the groups that are not under the floors of some measures.
fn keep_above(floors: &[(usize, f64)], of: &[usize], chosen: &mut Vec<u32>, base: usize, table: &Table) {
    for (at, least) in floors.iter().filter(|(at, _)| of.contains(at)) {
        chosen.retain(|&group| table.value(*at, base + group as usize) >= *least);
    }
}
