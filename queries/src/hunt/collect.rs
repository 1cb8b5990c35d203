//! The third phase: the exact rows of what fired, put together into findings.

use super::alike;
use super::columns::{Codes, Key, key_of};
use super::open::Open;
use super::population::{Basis, GroupScope, Population, Table};
use super::report;
use super::run::Stage;
use crate::expr::Expr;
use crate::expr::scalar::{Scope, Value, evaluate};
use crate::finding::Finding;
use crate::rule::Within;
use fixedbitset::FixedBitSet;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use std::sync::Arc;

/// A group that fired.
#[derive(Clone)]
pub struct Fired {
    /// Its number in the table.
    pub group: usize,
    /// Its key.
    pub key: Key,
    /// Times of its first and last row.
    pub span: (i64, i64),
    /// What it was told from.
    pub basis: Basis,
    /// Only rows later than this are evidence.
    pub after: i64,
}

/// Groups that make one finding, with their rows.
#[derive(Default)]
pub struct Union {
    /// The groups, in order of their keys' text.
    pub members: Vec<Fired>,
    /// Groups that would not fire by themselves and go with them.
    pub along: Vec<Fired>,
    /// Rows of the groups that the rule's `where` let in.
    pub rows: Vec<u32>,
    /// Rows of the evidence.
    pub evidence: Vec<u32>,
    /// Those of them that the report is limited to.
    pub reported: Vec<u32>,
    /// Joint measures, by name.
    pub joint: Vec<(String, f64)>,
    /// All groups that have in common what these have, fired or not.
    pub groups: usize,
}

impl Union {
    /// The joint measures, over those of one of its groups.
    pub fn scope<'a>(&'a self, group: GroupScope<'a>) -> JointScope<'a> {
        JointScope { joint: &self.joint, members: self.members.len(), groups: self.groups, group }
    }
}

/// Findings of a level of a rule.
#[derive(Default)]
pub struct Collected {
    /// Findings with evidence in what the report is limited to.
    pub findings: Vec<Finding>,
    /// Rows of the evidence of all findings, limited or not: what one rule explains the next leaves alone.
    pub claimed: Vec<u32>,
    /// Findings without evidence in what the report is limited to.
    pub outside: usize,
    /// Groups that only a comparison could decide, and that have too few peers.
    pub undecided: usize,
    /// Groups that a measure without a value left open.
    pub open: Open,
}

/// Collects rows and builds findings.
pub fn findings<'a>(
    stage: &Stage<'_, 'a>,
    keys: &[Arc<Codes<'a>>],
    table: &Table,
    population: &Population<'_>,
    (fired, along): (Vec<Fired>, Vec<Fired>),
    taken: &FixedBitSet,
) -> Collected {
    let mut unions = join(stage, table, fired);
    gather(stage, keys, &mut unions, taken);
    unions.retain_mut(|union| {
        let Some(join) = &stage.rule.join else { return true };
        measure_jointly(stage, union);
        let Some(first) = union.members.first() else { return false };
        let scope =
            union.scope(GroupScope { rule: stage.rule, table, group: first.group, population: Some(population) });
        join.when.as_ref().is_none_or(|when| evaluate(when, &scope).truth() == Some(true))
    });
    if let Some(parts) = taken_apart(stage, table, &mut unions) {
        unions = parts;
        gather(stage, keys, &mut unions, taken);
        for union in &mut unions {
            measure_jointly(stage, union);
        }
    }
    if accompany(stage, table, &mut unions, along) {
        gather(stage, keys, &mut unions, taken);
        // What is said of all counts those that go along, too; that there is a finding was judged without them.
        for union in unions.iter_mut().filter(|union| !union.along.is_empty()) {
            measure_jointly(stage, union);
        }
    }
    let requests = stage.shelf.requests;
    let mut collected = Collected::default();
    let mut told = Vec::new();
    for mut union in unions {
        collected.claimed.extend(requests.cited(&union.evidence));
        union.reported = union.evidence.iter().copied().filter(|&row| requests.is_selected(row)).collect();
        if !union.reported.is_empty() {
            let finding = report::finding(stage, table, population, &union);
            told.push((union, finding));
        } else if !union.evidence.is_empty() {
            collected.outside += 1;
        }
    }
    collected.findings = if stage.options.each {
        told.into_iter().map(|(_, finding)| finding).collect()
    } else {
        alike::told_once(stage, table, population, told)
    };
    collected
}

/// Each union as those that the rule tells apart, if it tells any.
fn taken_apart(stage: &Stage<'_, '_>, table: &Table, unions: &mut Vec<Union>) -> Option<Vec<Union>> {
    stage.rule.join.as_ref().filter(|join| !join.apart.is_empty())?;
    let on = parts_on(stage, table.width)?;
    let parts = |union: Union| {
        let (parts, _) = put_together(union.members, Some(&on));
        parts.into_iter().map(move |part| Union { groups: union.groups, ..part })
    };
    Some(std::mem::take(unions).into_iter().flat_map(parts).collect())
}

/// Takes the joint measures of a union over its rows.
fn measure_jointly(stage: &Stage<'_, '_>, union: &mut Union) {
    let Some(join) = &stage.rule.join else { return };
    let values = stage.measure_rows(&join.measures, &union.rows);
    union.joint = join.measures.iter().map(|measure| measure.name.clone()).zip(values).collect();
}

/// Adds to each union the groups that go with it; false where there are none.
fn accompany(stage: &Stage<'_, '_>, table: &Table, unions: &mut [Union], along: Vec<Fired>) -> bool {
    let Some(on) = parts_on(stage, table.width).filter(|_| !along.is_empty()) else { return false };
    let of = |member: &Fired| -> Key { on.iter().map(|&at| member.key[at]).collect() };
    // Unions have their keys for themselves: that is what they were put together by.
    let first = |(at, union): (usize, &Union)| Some((of(union.members.first()?), at));
    let places: HashMap<Key, usize, FixedState> = unions.iter().enumerate().filter_map(first).collect();
    let mut added = false;
    for group in along {
        if let Some(&at) = places.get(&of(&group)) {
            unions[at].along.push(group);
            added = true;
        }
    }
    added
}

/// Where in a key the columns stand that the rule joins on, with the calendar span where it cuts groups by one.
pub fn joined_on(stage: &Stage<'_, '_>, width: usize) -> Option<Vec<usize>> {
    let join = stage.rule.join.as_ref()?;
    Some(key_places(stage, &join.on, width))
}

/// Where in a key the columns stand that tell findings apart.
fn parts_on(stage: &Stage<'_, '_>, width: usize) -> Option<Vec<usize>> {
    let join = stage.rule.join.as_ref()?;
    let columns: Vec<String> = join.on.iter().chain(&join.apart).cloned().collect();
    Some(key_places(stage, &columns, width))
}

/// Where in a key columns stand, after the vantage and before the calendar span.
fn key_places(stage: &Stage<'_, '_>, columns: &[String], width: usize) -> Vec<usize> {
    let at = |name: &String| stage.level.iter().position(|column| column == name).map(|at| at + 1);
    let span = matches!(stage.rule.within, Within::Calendar(_)).then_some(width - 1);
    std::iter::once(0).chain(columns.iter().filter_map(at)).chain(span).collect()
}

/// Groups put together by the columns that the rule joins on, and by the calendar span where it cuts groups by one; each
/// alone when it has no join.
fn join(stage: &Stage<'_, '_>, table: &Table, fired: Vec<Fired>) -> Vec<Union> {
    let on = joined_on(stage, table.width);
    let (mut unions, index) = put_together(fired, on.as_deref());
    for (group, on) in (0..table.len()).filter_map(|group| on.as_ref().map(|on| (group, on))) {
        let key: Key = on.iter().map(|&at| table.key(group)[at]).collect();
        if let Some(&at) = index.get(&key) {
            unions[at].groups += 1;
        }
    }
    unions
}

/// Groups that have parts of their keys in common, and where each such union stands; each group alone without parts.
fn put_together(fired: Vec<Fired>, on: Option<&[usize]>) -> (Vec<Union>, HashMap<Key, usize, FixedState>) {
    let mut unions: Vec<Union> = Vec::new();
    let mut index: HashMap<Key, usize, FixedState> = HashMap::default();
    for (number, member) in fired.into_iter().enumerate() {
        let key = match on {
            Some(on) => on.iter().map(|&at| member.key[at]).collect(),
            None => vec![number as u32],
        };
        let at = *index.entry(key).or_insert(unions.len());
        if at == unions.len() {
            unions.push(Union::default());
        }
        unions[at].members.push(member);
    }
    (unions, index)
}

/// The number of a union, the first and last time of one of its groups, and the time after which its evidence begins.
type Place = (usize, (i64, i64), i64);

/// Fills in the rows of each union, in place of those that it has: one scan over all rows, in total order.
fn gather<'a>(stage: &Stage<'_, 'a>, keys: &[Arc<Codes<'a>>], unions: &mut [Union], taken: &FixedBitSet) {
    let whole = matches!(stage.rule.within, Within::WholeLog | Within::Calendar(_));
    let mut index: HashMap<Key, Vec<Place>, FixedState> = HashMap::default();
    for (at, union) in unions.iter_mut().enumerate() {
        union.rows.clear();
        union.evidence.clear();
        for member in union.members.iter().chain(&union.along) {
            index.entry(member.key.clone()).or_default().push((at, member.span, member.after));
        }
    }
    let condition = stage.masks.get(&stage.rule.condition);
    let evidence = stage.masks.get(&stage.rule.evidence);
    let mut wanted = condition.clone();
    wanted.union_with(evidence);
    wanted.difference_with(taken);
    let wanted = stage.shelf.rows(&wanted);
    // Where all rows have their groups numbered, the numbers of the groups that fired are looked up once.
    let numbered = stage.index(keys, wanted.len());
    let by_number: Vec<Option<&Vec<Place>>> = numbered
        .iter()
        .flat_map(|numbered| {
            std::iter::once(None).chain((1..=numbered.len() as u32).map(|number| index.get(numbered.key(number))))
        })
        .collect();
    let places_of = |row: u32| match &numbered {
        Some(numbered) => by_number[numbered.of_row[row as usize] as usize],
        None => key_of(keys, row).and_then(|key| index.get(&key)),
    };
    for row in wanted {
        let at = row as usize;
        let Some(places) = places_of(row) else { continue };
        let ts = stage.shelf.requests.facts.ts(at).unwrap_or(i64::MIN);
        for &(union, (first, last), after) in places {
            if whole || (first..=last).contains(&ts) {
                if condition.contains(at) {
                    unions[union].rows.push(row);
                }
                if evidence.contains(at) && (after == i64::MIN || ts > after) {
                    unions[union].evidence.push(row);
                }
            }
        }
    }
    let pointed = stage.rule.evidence_at.filter(|_| !unions.is_empty()).and_then(|at| stage.pointed(keys, at));
    for union in unions.iter_mut() {
        if let Some(pointed) = &pointed {
            union.evidence.retain(|&row| pointed.rows.contains(row as usize));
        }
        union.evidence.dedup();
        union.rows.dedup();
    }
}

/// Joint measures as a scope; what they do not name is that of one of the joined groups.
pub struct JointScope<'a> {
    joint: &'a [(String, f64)],
    members: usize,
    groups: usize,
    group: GroupScope<'a>,
}

impl Scope for JointScope<'_> {
    fn name(&self, name: &str) -> Value<'_> {
        match name {
            "members" => return Value::Number(self.members as f64),
            "groups" => return Value::Number(self.groups as f64),
            _ => {}
        }
        match self.joint.iter().find(|(known, _)| known == name) {
            Some((_, value)) if value.is_nan() => Value::Null,
            Some((_, value)) => Value::Number(*value),
            None => self.group.name(name),
        }
    }

    fn call(&self, name: &str, arguments: &[Expr]) -> Value<'_> {
        self.group.call(name, arguments)
    }
}
