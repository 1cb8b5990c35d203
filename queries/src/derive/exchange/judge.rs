//! Which sources of two vantages are counted together: those whose requests nearly all turn up at the other vantage.
//!
//! It takes one side only. A CDN answers from its cache what no gateway sees, a gateway has callers from inside that
//! no CDN sees; but nine in ten of the rows of one of them must be linked, or requests would count twice.

use super::links::Links;
use super::{DEFAULT_SLACK, Verdict, World};
use std::collections::BTreeMap;

/// Inferred links from which two sources can be counted together.
const ENOUGH: usize = 8;

/// Judges two vantages by the links they have and those that were inferred.
pub fn judge(world: &World<'_>, links: &Links, found: &[(u32, u32)], outer: u8, inner: u8) -> Verdict {
    let mut pairs: Vec<(u32, u32)> = exact(world, links, outer, inner);
    let exact = pairs.len();
    pairs.extend_from_slice(found);
    let mut verdict = Verdict { outer, inner, ..Verdict::default() };
    let mut per_source = Vec::new();
    for side in [0, 1] {
        let own = |pair: &(u32, u32)| [pair.0, pair.1][side];
        let other = |pair: &(u32, u32)| [pair.0, pair.1][1 - side];
        let mut partners: BTreeMap<usize, BTreeMap<usize, usize>> = BTreeMap::new();
        for pair in &pairs {
            let of = partners.entry(world.source_of(own(pair))).or_default();
            *of.entry(world.source_of(other(pair))).or_default() += 1;
        }
        // A few links to a source may be chance.
        for of in partners.values_mut() {
            let all: usize = of.values().sum();
            of.retain(|_, links| *links * 20 >= all);
        }
        let mut linked: Vec<u32> = pairs.iter().map(own).collect();
        linked.sort_unstable();
        linked.dedup();
        for source in (0..world.sources.len()).filter(|&source| world.rank[source] == [outer, inner][side]) {
            let of: Vec<usize> = partners.get(&source).map(|of| of.keys().copied().collect()).unwrap_or_default();
            let (rows, shared) = count(world, source, &of, [outer, inner][1 - side], &linked);
            let proven = pairs[..exact].iter().any(|pair| world.source_of(own(pair)) == source);
            if shared > 0 && shared * 10 >= rows * 9 && (proven || shared >= ENOUGH) {
                verdict.joins.extend(of.iter().map(
                    |&partner| {
                        if side == 0 { (source, partner) } else { (partner, source) }
                    },
                ));
                verdict.accounted.push(source);
            }
            per_source.push((side, source, rows, shared));
        }
    }
    verdict.joins.sort_unstable();
    verdict.joins.dedup();
    let joined = |side: usize, source: usize| {
        verdict.joins.is_empty() || verdict.joins.iter().any(|join| [join.0, join.1][side] == source)
    };
    for (side, _, rows, shared) in per_source.into_iter().filter(|of| joined(of.0, of.1)) {
        verdict.rows[side] += rows;
        verdict.linked[side] += shared;
    }
    verdict
}

/// Pairs of rows that are linked already.
fn exact(world: &World<'_>, links: &Links, outer: u8, inner: u8) -> Vec<(u32, u32)> {
    let rows = (0..world.facts.rows() as u32).filter(|&row| world.rank_of(row) == outer);
    rows.flat_map(|row| {
        let inside = links.ring(row).filter(|&member| world.rank_of(member) == inner);
        inside.map(move |member| (row, member))
    })
    .collect()
}

/// Rows of a source within the hours of its partners (of the whole other vantage where it has none), and those linked.
fn count(world: &World<'_>, source: usize, partners: &[usize], other: u8, linked: &[u32]) -> (usize, usize) {
    let all: Vec<usize> = (0..world.sources.len()).filter(|&of| world.rank[of] == other).collect();
    let partners = if partners.is_empty() { &all } else { partners };
    let spans = || partners.iter().filter_map(|&partner| world.span[partner]);
    let (Some(first), Some(last)) = (spans().map(|span| span.0).min(), spans().map(|span| span.1).max()) else {
        return (0, 0);
    };
    let shared = first - DEFAULT_SLACK..=last + DEFAULT_SLACK;
    let mut counts = (0, 0);
    for row in world.rows_of(source) {
        if world.time(row).is_some_and(|time| shared.contains(&time)) {
            counts.0 += 1;
            counts.1 += usize::from(linked.binary_search(&row).is_ok());
        }
    }
    counts
}
