//! Clock offsets: how far each source is ahead of the innermost vantage, estimated, never applied to `ts`.
//!
//! From ids where there are any: the median difference of the times at which requests began. Else from requests to
//! rarely used paths: of all differences between what could be the same request, the true offset is the one that
//! comes up again and again.

use super::likeness::{Likenesses, queries_fit, statuses_fit};
use super::links::Links;
use super::{DEFAULT_SLACK, World};
use crate::exchanges::Clock;

/// Exact links from which an offset is taken.
const ENOUGH_EXACT: usize = 5;
/// Where ids link fewer rows of a source than one in so many, they are not the only ones asked.
const FEW: usize = 10;
/// Equal differences from which an offset is inferred.
const ENOUGH_INFERRED: usize = 8;
/// Most pairs of rows that one method and path may offer: more are no rare path.
const MOST_PAIRS: usize = 64;
/// Clocks and zones are not further apart than this.
const FARTHEST: i64 = 27 * 3_600_000_000;
/// Differences within this of each other are equal, given logs of whole seconds.
const EQUAL: i64 = 2_000_000;

/// One request as two rows may tell it: difference of times, outer row, inner row.
type Difference = (i64, u32, u32);

/// Estimates the clocks of all sources but the innermost, from the inside outwards.
pub fn estimate(world: &mut World<'_>, links: &Links, likenesses: &mut Likenesses) -> Vec<Clock> {
    let mut clocks = Vec::new();
    let ranks = world.ranks();
    for (at, &rank) in ranks.iter().enumerate().rev().skip(1) {
        let inner = world.entries(|row| ranks[at + 1..].contains(&world.rank_of(row)));
        for source in (0..world.sources.len()).filter(|&source| world.rank[source] == rank).collect::<Vec<_>>() {
            let exact = linked(world, links, source, &ranks[at + 1..]);
            let (found, is_exact) = differences(world, source, exact, &inner);
            for &(_, outer, inner) in &found {
                likenesses.learn(world, outer, inner);
            }
            let Some((offset, spread, farthest)) = middle(&found) else { continue };
            world.offset[source] = offset;
            world.tight[source] = Some((4 * spread).clamp(5_000, DEFAULT_SLACK));
            if is_exact && found.len() >= 20 {
                world.slack[source] = (2 * farthest).clamp(DEFAULT_SLACK / 2, 15 * DEFAULT_SLACK);
            }
            let mut rows: Vec<u32> = found.iter().map(|found| found.1).collect();
            rows.sort_unstable();
            rows.dedup();
            let against = found.iter().map(|found| world.rank_of(found.2)).max().unwrap_or(rank);
            let clock = Clock {
                source: source as u32,
                against: super::rank_name(against),
                offset_us: offset,
                n: rows.len(),
                spread_us: spread,
                exact: is_exact,
            };
            clocks.push(clock);
        }
    }
    clocks.sort_by_key(|clock| clock.source);
    clocks
}

/// The differences that tell a clock, and whether ids prove them. Ids that few requests have may be a client's own: where
/// what recurs says otherwise, it is believed.
fn differences(
    world: &World<'_>,
    source: usize,
    exact: Vec<Difference>,
    inner: &[(u64, i64, u32)],
) -> (Vec<Difference>, bool) {
    let rows = world.rows[source].len();
    if exact.len() >= ENOUGH_EXACT && exact.len() * FEW >= rows {
        return (exact, true);
    }
    let recurring = recurring(world, source, inner);
    let agree = |(a, b): ((i64, i64, i64), (i64, i64, i64))| (a.0 - b.0).abs() <= EQUAL;
    let is_exact = exact.len() >= ENOUGH_EXACT && middle(&exact).zip(middle(&recurring)).is_none_or(agree);
    (if is_exact { exact } else { recurring }, is_exact)
}

/// Median difference, median deviation from it, and the deviation that one in a hundred exceeds.
fn middle(found: &[Difference]) -> Option<(i64, i64, i64)> {
    let mut differences: Vec<i64> = found.iter().map(|found| found.0).collect();
    differences.sort_unstable();
    let offset = *differences.get(differences.len() / 2)?;
    let mut deviations: Vec<i64> = differences.iter().map(|difference| (difference - offset).abs()).collect();
    deviations.sort_unstable();
    let farthest = deviations[(deviations.len() * 99 / 100).min(deviations.len() - 1)];
    Some((offset, deviations[deviations.len() / 2], farthest))
}

/// Differences of the rows of a source that ids link to rows further in.
fn linked(world: &World<'_>, links: &Links, source: usize, inner: &[u8]) -> Vec<Difference> {
    let mut found = Vec::new();
    for row in world.rows_of(source) {
        for member in links.ring(row).filter(|&member| inner.contains(&world.rank_of(member))) {
            if let (Some(own), Some(other)) = (world.time(row), world.time(member)) {
                found.push((own - other, row, member));
            }
        }
    }
    found
}

/// The differences that recur most among requests to paths that few ask for; none where no difference stands out.
fn recurring(world: &World<'_>, source: usize, inner: &[(u64, i64, u32)]) -> Vec<Difference> {
    let mine = world.entries(|row| world.source_of(row) == source);
    let mut found: Vec<Difference> = Vec::new();
    let (mut keys, mut from) = (0, 0);
    for own in mine.chunk_by(|a, b| a.0 == b.0) {
        let key = own[0].0;
        from += inner[from..].partition_point(|entry| entry.0 < key);
        let others = &inner[from..from + inner[from..].partition_point(|entry| entry.0 == key)];
        if others.is_empty() || own.len() * others.len() > MOST_PAIRS {
            continue;
        }
        keys += 1;
        for &(_, time, row) in own {
            let fits = |&&(_, other, member): &&(u64, i64, u32)| {
                (time - other).abs() <= FARTHEST && statuses_fit(world, row, member) && queries_fit(world, row, member)
            };
            found.extend(others.iter().filter(fits).map(|&(_, other, member)| (time - other, row, member)));
        }
    }
    found.sort_unstable();
    let (best, second) = densest(&found);
    let support = best.len();
    if support < ENOUGH_INFERRED || support * 4 < keys || second * 2 > support {
        return Vec::new();
    }
    found[best].to_vec()
}

/// Where most differences are equal, and how many are at the place that comes second, well apart from it.
fn densest(found: &[Difference]) -> (std::ops::Range<usize>, usize) {
    let windows = |from: &mut usize, at: usize| {
        while found[at].0 - found[*from].0 > EQUAL {
            *from += 1;
        }
        *from..at + 1
    };
    let (mut best, mut from) = (0..0, 0);
    for at in 0..found.len() {
        let window = windows(&mut from, at);
        // Of equally dense places the one nearest to no offset at all.
        let off = |range: &std::ops::Range<usize>| found[range.start + range.len() / 2].0.abs();
        if window.len() > best.len() || (window.len() == best.len() && off(&window) < off(&best)) {
            best = window;
        }
    }
    let (mut second, mut from) = (0, 0);
    for at in 0..found.len() {
        let window = windows(&mut from, at);
        let apart = found[window.start].0 - EQUAL > found[best.end - 1].0
            || found[window.end - 1].0 + EQUAL < found[best.start].0;
        if apart {
            second = second.max(window.len());
        }
    }
    (best, second)
}
