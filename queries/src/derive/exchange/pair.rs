//! Inferred links between two vantages: same method and path, and nothing else that fits.
//!
//! Rows of both are put side by side by method and path, then by time. Rows that could be each other's make a tie
//! group; a group of as many rows on either side is linked in order, any other is left alone. A first round allows
//! only as much time as clocks usually leave, a second one whatever may be.

use super::judge::judge;
use super::likeness::Likeness;
use super::links::Links;
use super::{Likenesses, Verdict, World};
use crate::exchanges::Basis;

/// Candidates of one row beyond which time says nothing.
const MOST_CANDIDATES: usize = 256;

/// An entry of [`World::entries`].
type Entry = (u64, i64, u32);

/// Links what can be linked between two vantages, and judges whether that is enough to count them together.
pub fn link(
    world: &World<'_>,
    links: &mut Links,
    [outer, inner]: [u8; 2],
    likenesses: &Likenesses,
    doubtful: &mut [bool],
) -> Verdict {
    let open = |rank: u8, other: u8| {
        let links = &*links;
        world.entries(move |row| world.rank_of(row) == rank && !links.reaches(world, row, other))
    };
    let sides = [open(outer, inner), open(inner, outer)];
    let search = Search { world, likeness: likenesses.between(outer, inner), tight: tight(world, [outer, inner]) };
    let found = search.all(&sides);
    let verdict = judge(world, links, &found.links, outer, inner);
    // What fits here and there may be chance; only where nearly all fits it is not.
    let joined = |a: u32, b: u32| verdict.joins.binary_search(&(world.source_of(a), world.source_of(b))).is_ok();
    for &(a, b) in found.links.iter().filter(|link| joined(link.0, link.1)) {
        links.join(world, a, b, Basis::Inferred);
    }
    for &(row, (a, b)) in found.doubtful.iter().filter(|(_, (a, b))| joined(*a, *b)) {
        debug_assert!(row == a || row == b);
        doubtful[row as usize] = true;
    }
    verdict
}

/// How far apart rows of two vantages usually are, where both clocks could be compared.
fn tight(world: &World<'_>, ranks: [u8; 2]) -> Option<i64> {
    // The innermost vantage is what others are compared with, so one comparison will do.
    ranks
        .iter()
        .flat_map(|rank| world.rank.iter().zip(&world.tight).filter(move |(of, _)| *of == rank))
        .filter_map(|(_, tight)| *tight)
        .max()
}

struct Search<'a, 'w> {
    world: &'a World<'w>,
    likeness: Likeness,
    tight: Option<i64>,
}

/// Rows, each with itself and a row of the other vantage, the outer one first.
type Doubtful = Vec<(u32, (u32, u32))>;

#[derive(Default)]
struct Found {
    links: Vec<(u32, u32)>,
    /// Rows that are told of at the other vantage as well, only that nobody can say by which row.
    doubtful: Doubtful,
}

impl Search<'_, '_> {
    fn all(&self, sides: &[Vec<Entry>; 2]) -> Found {
        let mut found = Found::default();
        let mut from = 0;
        for outer in sides[0].chunk_by(|a, b| a.0 == b.0) {
            let key = outer[0].0;
            from += sides[1][from..].partition_point(|entry| entry.0 < key);
            let inner = &sides[1][from..from + sides[1][from..].partition_point(|entry| entry.0 == key)];
            if inner.is_empty() {
                continue;
            }
            let mut open = [outer.to_vec(), inner.to_vec()];
            if self.tight.is_some() {
                let links = self.round(&open, self.tight, None);
                for (side, rows) in open.iter_mut().enumerate() {
                    let mut linked: Vec<u32> = links.iter().map(|link| [link.0, link.1][side]).collect();
                    linked.sort_unstable();
                    rows.retain(|entry| linked.binary_search(&entry.2).is_err());
                }
                found.links.extend(links);
            }
            let links = self.round(&open, None, Some(&mut found.doubtful));
            found.links.extend(links);
        }
        found
    }

    /// How far a row of the inner vantage may be from one of the outer: what happens inside happens meanwhile.
    fn window(&self, outer: u32, tight: Option<i64>) -> i64 {
        tight
            .unwrap_or_else(|| self.world.slack[self.world.source_of(outer)].saturating_add(self.world.duration(outer)))
    }

    /// One pass over the rows of a method and path; links sorted by outer row.
    fn round(
        &self,
        open: &[Vec<Entry>; 2],
        tight: Option<i64>,
        mut doubtful: Option<&mut Doubtful>,
    ) -> Vec<(u32, u32)> {
        let [outer, inner] = open;
        let edges = self.edges(outer, inner, tight);
        let mut groups = Groups::new(outer.len() + inner.len());
        for &(a, b) in &edges {
            groups.join(a, outer.len() as u32 + b);
        }
        let mut links = Vec::new();
        for group in groups.all() {
            let split = group.partition_point(|&at| (at as usize) < outer.len());
            let (a, b) = group.split_at(split);
            let index = |b: u32| b - outer.len() as u32;
            let in_order = || a.iter().zip(b).all(|(&a, &b)| edges.binary_search(&(a, index(b))).is_ok());
            if a.len() == b.len() && in_order() {
                links.extend(a.iter().zip(b).map(|(&a, &b)| (outer[a as usize].2, inner[index(b) as usize].2)));
            } else if let Some(doubtful) = doubtful.as_deref_mut().filter(|_| !a.is_empty() && !b.is_empty()) {
                // The side with more rows is counted, so that none is counted twice.
                let outermost = a.iter().map(|&a| outer[a as usize].2);
                let innermost = b.iter().map(|&b| inner[index(b) as usize].2);
                if let (true, Some(other)) = (a.len() < b.len(), innermost.clone().next()) {
                    doubtful.extend(outermost.map(|row| (row, (row, other))));
                } else if let Some(other) = outermost.clone().next() {
                    doubtful.extend(innermost.map(|row| (row, (other, row))));
                }
            }
        }
        links.sort_unstable();
        links
    }

    /// Rows that can be one request, by position, sorted.
    fn edges(&self, outer: &[Entry], inner: &[Entry], tight: Option<i64>) -> Vec<(u32, u32)> {
        let mut edges = Vec::new();
        for (a, &(_, time, row)) in outer.iter().enumerate() {
            let window = self.window(row, tight);
            let from = inner.partition_point(|entry| entry.1 < time.saturating_sub(window));
            let near = inner[from..].partition_point(|entry| entry.1 <= time.saturating_add(window));
            // Among so many time decides nothing, and trying them all would take for ever.
            if near > MOST_CANDIDATES {
                continue;
            }
            let allowed = |&(_, entry): &(u32, &Entry)| self.likeness.allows(self.world, row, entry.2);
            let candidates = (from as u32..).zip(&inner[from..from + near]).filter(allowed);
            edges.extend(candidates.map(|(b, _)| (a as u32, b)));
        }
        edges
    }
}

/// Positions put together.
struct Groups(Vec<u32>);

impl Groups {
    fn new(len: usize) -> Self {
        Self((0..len as u32).collect())
    }

    fn root(&mut self, mut at: u32) -> u32 {
        while self.0[at as usize] != at {
            self.0[at as usize] = self.0[self.0[at as usize] as usize];
            at = self.0[at as usize];
        }
        at
    }

    fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b) as usize] = a.min(b);
    }

    /// Groups of more than one, each in ascending order.
    fn all(mut self) -> Vec<Vec<u32>> {
        let mut members: Vec<(u32, u32)> = (0..self.0.len() as u32).map(|at| (self.root(at), at)).collect();
        members.sort_unstable();
        let groups = members.chunk_by(|a, b| a.0 == b.0).filter(|group| group.len() > 1);
        groups.map(|group| group.iter().map(|member| member.1).collect()).collect()
    }
}
