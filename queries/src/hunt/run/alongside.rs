//! Groups that would not fire by themselves, and go with some that did (`join: {alongside: condition}`).

use super::Stage;
use crate::expr::Expr;
use crate::expr::scalar::evaluate;
use crate::hunt::collect::{Fired, joined_on};
use crate::hunt::columns::{Codes, Key};
use crate::hunt::population::{GroupScope, Population, Table};
use fixedbitset::FixedBitSet;
use foldhash::fast::FixedState;
use hashbrown::HashSet;
use std::sync::Arc;

impl<'r> Stage<'_, 'r> {
    /// Takes all measures of the groups that have in common with a fired one what the rule joins on, and says which these
    /// are. They were not measured before where they are under the floors of `when`.
    pub(super) fn measure_alongside(
        &self,
        keys: &[Arc<Codes<'r>>],
        rows: &FixedBitSet,
        fired: &[Fired],
        table: &mut Table,
    ) -> Vec<usize> {
        let Some((alongside, on)) = self.alongside().zip(joined_on(self, table.width)) else { return Vec::new() };
        let of = |key: &[u32]| -> Key { on.iter().map(|&at| key[at]).collect() };
        let joined: HashSet<Key, FixedState> = fired.iter().map(|member| of(&member.key)).collect();
        let firing: HashSet<usize, FixedState> = fired.iter().map(|member| member.group).collect();
        let floors = self.floors_of(alongside);
        let measures: Vec<usize> = (0..self.rule.measures.len()).filter(|&at| self.may_measure(at)).collect();
        let outer: Vec<usize> = measures.iter().copied().filter(|&at| self.is_outer(at)).collect();
        let mut found = Vec::new();
        let mut base = 0;
        self.each_pass(keys, rows, |groups| {
            let mut chosen = self.large_enough(groups, &floors);
            chosen.retain(|&group| {
                let group = base + group as usize;
                !firing.contains(&group) && joined.contains(&of(table.key(group)))
            });
            let outside = self.look_around(keys, &outer, groups, &chosen, (base, table));
            self.fill(&self.bench(Some(&outside)), &measures, groups, &chosen, base, table);
            found.extend(chosen.iter().map(|&group| base + group as usize));
            base += groups.len();
        });
        found
    }

    /// Those of the measured groups for which the condition holds.
    pub(super) fn that_go_along(&self, measured: &[usize], table: &Table, population: &Population<'_>) -> Vec<Fired> {
        let Some(alongside) = self.alongside() else { return Vec::new() };
        let holds = |&&group: &&usize| {
            let scope = GroupScope { rule: self.rule, table, group, population: Some(population) };
            evaluate(alongside, &scope).truth() == Some(true)
        };
        measured.iter().filter(holds).map(|&group| self.fired(group, table, population)).collect()
    }

    pub(super) fn alongside(&self) -> Option<&Expr> {
        self.rule.join.as_ref()?.alongside.as_ref()
    }
}
