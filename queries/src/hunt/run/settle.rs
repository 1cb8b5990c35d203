//! Groups that are decided before all is measured: one part of `when` is FALSE for them, whatever the others say.
//!
//! What costs most is what looks beyond the group, and most groups fall short of something plain. So parts of `when` are
//! judged as soon as what they read is known, and the rest is measured of the groups that are left.

use super::{Stage, keep_above};
use crate::expr::scalar::evaluate;
use crate::expr::{Expr, Op};
use crate::hunt::columns::Codes;
use crate::hunt::extract;
use crate::hunt::group::Groups;
use crate::hunt::outside::Outside;
use crate::hunt::population::{Clean, GroupScope, Population, Table};
use crate::rule::is_of_population;
use breachline_parsers::table::NO_NUMBER;
use fixedbitset::FixedBitSet;
use foldhash::fast::FixedState;
use hashbrown::HashSet;
use std::sync::Arc;

/// A part of a condition over measures, which is FALSE where the part is.
pub(super) struct Part<'a> {
    of: &'a Expr,
    /// The measures that it reads, through signs as well.
    reads: Vec<usize>,
    /// Whether it compares with peers.
    compares: bool,
    /// Where it holds one measure against a number: the measure, how, and the number.
    plain: Option<(usize, Op, f64)>,
}

impl Part<'_> {
    /// Whether it is FALSE for a group.
    fn is_false(&self, scope: &GroupScope<'_>) -> bool {
        if let Some((at, op, bound)) = self.plain {
            let value = scope.table.value(at, scope.group);
            // NULL is neither TRUE nor FALSE.
            match op {
                Op::Ge => return value < bound,
                Op::Gt => return value <= bound,
                Op::Le => return value > bound,
                Op::Lt => return value >= bound,
                _ => {}
            }
        }
        evaluate(self.of, scope).truth() == Some(false)
    }
}

/// Parts of `when`, and of `when_alone` where the rule has one: a group is decided where one of each is FALSE.
pub(super) struct Parts<'a>(Vec<Vec<Part<'a>>>);

impl Parts<'_> {
    /// Whether a group is decided by those parts that may be judged.
    fn decide(&self, scope: &GroupScope<'_>, may: &dyn Fn(&Part<'_>) -> bool) -> bool {
        self.0.iter().all(|parts| parts.iter().any(|part| may(part) && part.is_false(scope)))
    }
}

/// Which measures are taken when.
pub(super) struct Plan<'a> {
    parts: Parts<'a>,
    /// Of all groups, since peers are compared by them: those that look at the group alone, and the others.
    pub(super) inner: Vec<usize>,
    outer: Vec<usize>,
    /// Plain floors, and the measures that they are of.
    floors: Vec<(usize, f64)>,
    pub(super) floored: Vec<usize>,
    /// Those of the group alone that parts read which can be judged by it alone, in the order of these.
    pub(super) early: Vec<usize>,
    /// All others.
    pub(super) late: Vec<usize>,
}

impl<'a> Plan<'a> {
    /// Of a rule's level.
    pub(super) fn of(stage: &Stage<'a, '_>) -> Self {
        let measures = &stage.rule.measures;
        let compared = stage.compared();
        let floors = stage.floors();
        let is_floored = |at: usize| floors.iter().any(|&(floor, _)| floor == at);
        let conditions = std::iter::once(&stage.rule.when).chain(&stage.rule.when_alone);
        let parts = Parts(conditions.map(|when| parts(stage, when)).collect());
        let plain = parts.0.iter().flatten().filter(|part| is_alone(stage, part));
        let mut early: Vec<usize> = Vec::new();
        for &at in plain.flat_map(|part| &part.reads) {
            if !compared[at] && !is_floored(at) && !early.contains(&at) {
                early.push(at);
            }
        }
        let may = |at: usize| stage.may_measure(at);
        let which = |is: &dyn Fn(usize) -> bool| -> Vec<usize> {
            (0..measures.len()).filter(|&at| may(at) && is(at)).collect()
        };
        Self {
            inner: which(&|at| compared[at] && !stage.is_outer(at)),
            outer: which(&|at| compared[at] && stage.is_outer(at)),
            floored: which(&|at| !compared[at] && is_floored(at)),
            late: which(&|at| !compared[at] && !is_floored(at) && !early.contains(&at)),
            early: early.iter().copied().filter(|&at| may(at)).collect(),
            parts,
            floors,
        }
    }
}

/// The parts of a condition.
fn parts<'a>(stage: &Stage<'a, '_>, condition: &'a Expr) -> Vec<Part<'a>> {
    let part = |of: &'a Expr| {
        let mut part = Part { of, reads: Vec::new(), compares: false, plain: plain(stage, of) };
        read(stage, of, &mut part);
        part
    };
    condition.conjuncts().into_iter().map(part).collect()
}

/// A bound of a measure, as `measure >= number`: which, how and what.
pub(super) fn plain(stage: &Stage<'_, '_>, expr: &Expr) -> Option<(usize, Op, f64)> {
    let Expr::Binary(op, left, right) = expr else { return None };
    let (Expr::Name(name, _), Expr::Number(bound)) = (left.as_ref(), right.as_ref()) else { return None };
    let at = stage.rule.measures.iter().position(|measure| measure.name == *name)?;
    Some((at, *op, *bound))
}

fn read<'a>(stage: &Stage<'a, '_>, expr: &'a Expr, part: &mut Part<'_>) {
    expr.walk(&mut |inner| match inner {
        Expr::Name(name, _) => {
            if let Some(at) = stage.rule.measures.iter().position(|measure| measure.name == *name) {
                part.reads.extend((!part.reads.contains(&at)).then_some(at));
            } else if let Some(sign) = stage.rule.signs.iter().find(|sign| sign.name == *name) {
                read(stage, &sign.when, part);
            } else {
                part.compares = true;
            }
        }
        Expr::Call(name, ..) => part.compares |= is_of_population(name),
        _ => {}
    });
}

/// Whether a part can be judged by the group alone.
fn is_alone(stage: &Stage<'_, '_>, part: &Part<'_>) -> bool {
    !part.compares && part.reads.iter().all(|&at| !stage.is_outer(at))
}

impl<'r> Stage<'_, 'r> {
    /// Whether a measure can be taken: of a selection not all can.
    pub(super) fn may_measure(&self, at: usize) -> bool {
        !(self.options.extract && extract::is_open(&self.rule.measures[at]))
    }

    /// Whether a measure looks beyond the group.
    pub(super) fn is_outer(&self, at: usize) -> bool {
        self.rule.measures[at].looks_outside()
    }

    /// The first phase for some groups: candidates and what they and their peers are first judged by. `whole` says that
    /// these are all groups; with `only_peers` there are no candidates.
    pub(super) fn measure_pass(
        &self,
        keys: &[Arc<Codes<'r>>],
        groups: &Groups,
        plan: &Plan<'_>,
        (only_peers, whole): (bool, bool),
        table: &mut Table,
    ) {
        let base = table.len();
        let all: Vec<u32> = (0..groups.len() as u32).collect();
        self.open_table(groups, table);
        let bench = self.bench(None);
        self.fill(&bench, &plan.inner, groups, &all, base, table);
        let mut chosen = if only_peers { Vec::new() } else { self.large_enough(groups, &plan.floors) };
        keep_above(&plan.floors, &plan.inner, &mut chosen, base, table);
        self.fill(&bench, &plan.floored, groups, &chosen, base, table);
        keep_above(&plan.floors, &plan.floored, &mut chosen, base, table);
        self.settle_early(groups, plan, &mut chosen, base, table);
        if !plan.outer.is_empty() {
            let near = if only_peers || !whole { all } else { self.beside(groups, &chosen) };
            let outside = self.look_around(keys, &plan.outer, groups, &near, (base, table));
            self.fill(&self.bench(Some(&outside)), &plan.outer, groups, &near, base, table);
        }
        table.candidates.extend(chosen.iter().map(|group| base as u32 + group));
    }

    /// Adds groups without measures to a table.
    fn open_table(&self, groups: &Groups, table: &mut Table) {
        let times = self.shelf.requests.facts.ts_values();
        let ts = |row: Option<&u32>| {
            let ts = row.map_or(NO_NUMBER, |&row| times[row as usize]);
            if ts == NO_NUMBER { i64::MIN } else { ts }
        };
        table.keys.extend_from_slice(&groups.keys);
        for group in 0..groups.len() {
            let rows = groups.rows(group);
            table.spans.push((ts(rows.first()), ts(rows.last())));
            table.sizes.push(rows.len() as u32);
        }
    }

    /// Measures what can be judged by the groups alone, and sorts out those that are decided by it.
    fn settle_early(&self, groups: &Groups, plan: &Plan<'_>, chosen: &mut Vec<u32>, base: usize, table: &mut Table) {
        let several = plan.parts.0.len() > 1;
        for known in 0..=plan.early.len() {
            let (known, next) = plan.early.split_at(known);
            let is_known = |at: &usize| known.contains(at) || !plan.early.contains(at);
            // What was judged before is not judged again, but where two conditions must be FALSE.
            let is_new = |part: &Part<'_>| several || known.last().is_none_or(|last| part.reads.contains(last));
            let may = |part: &Part<'_>| is_alone(self, part) && part.reads.iter().all(is_known) && is_new(part);
            let mut settled = Vec::new();
            chosen.retain(|&group| {
                let number = base + group as usize;
                let scope = GroupScope { rule: self.rule, table, group: number, population: None };
                let is_settled = plan.parts.decide(&scope, &may);
                settled.extend(is_settled.then_some(number as u32));
                !is_settled
            });
            table.settled.extend(settled);
            if let Some(&next) = next.first() {
                self.fill(&self.bench(None), &[next], groups, chosen, base, table);
            }
        }
    }

    /// The groups of the same parts of the population as some of them: all where others are looked at, too.
    fn beside(&self, groups: &Groups, chosen: &[u32]) -> Vec<u32> {
        let all = 0..groups.len() as u32;
        if chosen.is_empty() {
            return Vec::new();
        }
        let at = Population::partition(self.rule, self.level);
        let part = |group: u32| -> u64 {
            let key = groups.key(group as usize);
            at.iter().fold(0, |part, &at| part << 32 | u64::from(key[at]))
        };
        if self.alongside().is_some() || at.len() > 2 {
            return all.collect();
        }
        let parts: HashSet<u64, FixedState> = chosen.iter().map(|&group| part(group)).collect();
        all.filter(|&group| parts.contains(&part(group))).collect()
    }

    /// Sorts out the candidates that are decided by what is known of them and their peers.
    pub(super) fn settle(&self, plan: &Plan<'_>, table: &mut Table, clean: Option<&Clean>) {
        let population = Population::new(self.rule, table, self.level, clean);
        let may = |part: &Part<'_>| part.reads.iter().all(|at| !plan.late.contains(at));
        let is_settled = |group: &u32| {
            let group = *group as usize;
            let scope = GroupScope { rule: self.rule, table, group, population: Some(&population) };
            match &plan.parts.0[..] {
                // Which of two conditions holds for a group is known by now.
                [when, alone] => {
                    let parts = if population.suffices(group) { when } else { alone };
                    parts.iter().any(|part| may(part) && part.is_false(&scope))
                }
                _ => plan.parts.decide(&scope, &may),
            }
        };
        let (settled, open): (Vec<u32>, Vec<u32>) = table.candidates.iter().copied().partition(is_settled);
        drop(population);
        table.candidates = open;
        table.settled.extend(settled);
    }

    /// The second phase: measures that are still to be taken of some groups.
    pub(super) fn measure_late(
        &self,
        keys: &[Arc<Codes<'r>>],
        rows: &FixedBitSet,
        measures: &[usize],
        which: &[u32],
        table: &mut Table,
    ) {
        let (outer, inner): (Vec<usize>, Vec<usize>) = measures.iter().copied().partition(|&at| self.is_outer(at));
        if which.is_empty() || measures.is_empty() {
            return;
        }
        let mut base = 0;
        self.each_pass(keys, rows, |groups| {
            let mine = base as u32..(base + groups.len()) as u32;
            let chosen: Vec<u32> =
                which.iter().filter(|group| mine.contains(group)).map(|group| group - base as u32).collect();
            self.fill(&self.bench(None), &inner, groups, &chosen, base, table);
            let outside = self.look_around(keys, &outer, groups, &chosen, (base, table));
            self.fill(&self.bench(Some(&outside)), &outer, groups, &chosen, base, table);
            base += groups.len();
        });
    }

    /// What some groups need to know of everything else, for some of the measures.
    pub(super) fn look_around(
        &self,
        keys: &[Arc<Codes<'r>>],
        which: &[usize],
        groups: &Groups,
        chosen: &[u32],
        (base, table): (usize, &Table),
    ) -> Outside {
        if chosen.is_empty() || which.is_empty() {
            return Outside::default();
        }
        let looked: Vec<_> = chosen
            .iter()
            .map(|&group| (groups.key(group as usize).to_vec(), table.spans[base + group as usize].0))
            .collect();
        let outward: Vec<_> = which.iter().map(|&at| &self.rule.measures[at]).collect();
        Outside::look(&self.around(keys), &outward, &looked)
    }
}
