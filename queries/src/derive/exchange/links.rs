//! Rows put together: rings of rows, at most one row of a source in each.

use super::World;
use crate::exchanges::Basis;

/// Rings of rows.
pub struct Links {
    /// The lowest row of each row's ring.
    leader: Vec<u32>,
    /// The next row of the ring.
    next: Vec<u32>,
    basis: Vec<Option<Basis>>,
}

impl Links {
    /// Every row alone.
    pub fn new(rows: usize) -> Self {
        Self { leader: (0..rows as u32).collect(), next: (0..rows as u32).collect(), basis: vec![None; rows] }
    }

    /// The rows of a row's ring, itself first.
    pub fn ring(&self, row: u32) -> impl Iterator<Item = u32> + '_ {
        let after = move |&at: &u32| Some(self.next[at as usize]).filter(|&next| next != row);
        std::iter::successors(Some(row), after)
    }

    /// The row that names the ring.
    pub fn leader(&self, row: u32) -> u32 {
        self.leader[row as usize]
    }

    /// The basis on which a row was first linked.
    pub fn basis(&self, row: u32) -> Option<Basis> {
        self.basis[row as usize]
    }

    /// Whether the ring of a row has a row of a vantage.
    pub fn reaches(&self, world: &World<'_>, row: u32, rank: u8) -> bool {
        self.ring(row).any(|member| world.rank_of(member) == rank)
    }

    /// Makes one ring of two, unless a source would then be in it twice, or a vantage without a request id as proof.
    pub fn join(&mut self, world: &World<'_>, a: u32, b: u32, basis: Basis) -> bool {
        if self.leader(a) == self.leader(b) {
            return true;
        }
        let conflict = |one: u32, other: u32| {
            world.source_of(one) == world.source_of(other)
                || (basis != Basis::RequestId && world.rank_of(one) == world.rank_of(other))
        };
        if self.ring(a).any(|one| self.ring(b).any(|other| conflict(one, other))) {
            return false;
        }
        let leader = self.leader(a).min(self.leader(b));
        self.next.swap(a as usize, b as usize);
        let members: Vec<u32> = self.ring(a).collect();
        for member in members {
            self.leader[member as usize] = leader;
        }
        for row in [a, b] {
            self.basis[row as usize].get_or_insert(basis);
        }
        true
    }
}
