//! Which vantages are counted together, which row stands for each exchange, and what it is told by the others.

use super::links::Links;
use super::{RANKS, Verdict, World};
use crate::exchanges::Exchanges;
use crate::requests::{Answer, Auth};
use breachline_parsers::schema::{Number, Text};
use breachline_parsers::table::{ABSENT, FactTable, NO_NUMBER};

/// What says who asked, with its weight when the vantage that knows most is chosen.
const IDENTITY: [(Text, u64); 4] =
    [(Text::Principal, 4), (Text::ClientApp, 3), (Text::Credential, 2), (Text::Session, 1)];
/// What the row that counts is told where it has none itself.
const FILLED: [Text; 6] =
    [Text::Principal, Text::ClientApp, Text::Credential, Text::Session, Text::Scope, Text::Forwarded];
/// What the client sent, and hops on the way may have replaced: the outermost word counts.
const OUTERMOST: [Text; 3] = [Text::UserAgent, Text::TlsFingerprint, Text::Referer];
const FILLED_NUMBERS: [Number; 2] = [Number::BytesOut, Number::DurationUs];

/// Puts the links into tables.
pub fn settle(world: &World<'_>, links: &Links, verdicts: &[Verdict], doubtful: &[bool]) -> Exchanges {
    let mut exchanges = number(world, links);
    exchanges.family = families(world, verdicts);
    let order = richest_first(world, &exchanges);
    exchanges.counted = counted(world, &exchanges, &order, doubtful);
    tell(world, &mut exchanges);
    exchanges
}

/// Numbers the exchanges by their first rows and lists the rows of each.
fn number(world: &World<'_>, links: &Links) -> Exchanges {
    let rows = world.facts.rows();
    let mut exchanges = Exchanges { of_row: vec![u32::MAX; rows], starts: vec![0], ..Exchanges::default() };
    exchanges.rows.reserve_exact(rows);
    for row in 0..rows as u32 {
        if links.leader(row) != row {
            continue;
        }
        let from = exchanges.rows.len();
        exchanges.rows.extend(links.ring(row));
        exchanges.rows[from..].sort_unstable_by_key(|&member| (world.rank_of(member), member));
        for &member in &exchanges.rows[from..] {
            exchanges.of_row[member as usize] = exchanges.starts.len() as u32 - 1;
        }
        exchanges.starts.push(exchanges.rows.len() as u32);
    }
    exchanges.basis = (0..rows as u32).map(|row| links.basis(row)).collect();
    exchanges
}

/// Per source: a number that sources that are counted together share.
///
/// Linked sources go with their innermost vantage, and so do the other sources of that vantage, unless they may hold
/// requests that a linked source further out has as well and could not be matched.
fn families(world: &World<'_>, verdicts: &[Verdict]) -> Vec<u32> {
    let sources = world.sources.len();
    let mut innermost: Vec<u8> = world.rank.clone();
    let joins = || verdicts.iter().flat_map(|verdict| &verdict.joins);
    for _ in 0..RANKS {
        for &(outer, inner) in joins() {
            let deepest = innermost[outer].max(innermost[inner]);
            (innermost[outer], innermost[inner]) = (deepest, deepest);
        }
    }
    let linked = |source: usize| joins().any(|join| join.0 == source || join.1 == source);
    let accounted = |source: usize| verdicts.iter().any(|verdict| verdict.accounted.contains(&source));
    let overlap = |a: usize, b: usize| match (world.span[a], world.span[b]) {
        (Some(a), Some(b)) => a.0 <= b.1 && b.0 <= a.1,
        _ => true,
    };
    let may_repeat = |source: usize| {
        let outer = (0..sources).filter(|&other| innermost[other] == world.rank[source] && linked(other));
        outer
            .filter(|&other| world.rank[other] != world.rank[source])
            .any(|other| !accounted(other) && overlap(source, other))
    };
    (0..sources)
        .map(|source| {
            let family = u32::from(innermost[source]) + 1;
            if linked(source) || !may_repeat(source) { family } else { family + RANKS as u32 }
        })
        .collect()
}

/// Vantages in the order in which they stand for an exchange: who knows most of who asked, then the outermost.
fn richest_first(world: &World<'_>, exchanges: &Exchanges) -> Vec<u8> {
    let mut known = [(0_u64, 0_u64); RANKS];
    for row in 0..world.facts.rows() as u32 {
        if exchanges.members(row).len() > 1 {
            let of = &mut known[world.rank_of(row) as usize];
            of.0 += 1;
            let says = |text: Text| world.facts.text(text).code(row as usize) != ABSENT;
            of.1 += IDENTITY.iter().filter(|(text, _)| says(*text)).map(|(_, weight)| weight * 1_000).sum::<u64>();
        }
    }
    let mut order: Vec<u8> = (0..RANKS as u8).collect();
    order.sort_by_key(|&rank| {
        let (rows, weight) = known[rank as usize];
        (std::cmp::Reverse(weight / rows.max(1)), rank)
    });
    order
}

/// One row of each exchange and family counts; of tie groups that could not be told apart, one vantage.
fn counted(world: &World<'_>, exchanges: &Exchanges, order: &[u8], doubtful: &[bool]) -> Vec<bool> {
    let place = |row: u32| order.iter().position(|&rank| rank == world.rank_of(row));
    (0..world.facts.rows() as u32)
        .map(|row| {
            if exchanges.members(row).len() < 2 {
                return !doubtful[row as usize];
            }
            let siblings = exchanges.siblings(row, world.facts.source_values());
            !siblings.clone().any(|sibling| doubtful[sibling as usize])
                && siblings.min_by_key(|&sibling| (place(sibling), sibling)) == Some(row)
        })
        .collect()
}

/// Fills in at the rows that count what other rows of the exchange say.
fn tell(world: &World<'_>, exchanges: &mut Exchanges) {
    let linked: Vec<u32> = (0..world.facts.rows() as u32)
        .filter(|&row| exchanges.counts(row) && exchanges.siblings(row, world.facts.source_values()).nth(1).is_some())
        .collect();
    let mut told = Vec::new();
    for text in FILLED.into_iter().chain(OUTERMOST) {
        let codes = world.facts.text(text).codes();
        let own_first = FILLED.contains(&text);
        let found = |row: u32| {
            let own = codes[row as usize];
            if own_first && own != ABSENT {
                return own;
            }
            let siblings = exchanges.siblings(row, world.facts.source_values());
            siblings.map(|sibling| codes[sibling as usize]).find(|&code| code != ABSENT).unwrap_or(ABSENT)
        };
        if !codes.is_empty() && linked.iter().any(|&row| found(row) != codes[row as usize]) {
            let mut filled = codes.to_vec();
            for &row in &linked {
                filled[row as usize] = found(row);
            }
            told.push((text, filled));
        }
    }
    let mut told_numbers = Vec::new();
    for number in FILLED_NUMBERS {
        let values = world.facts.number(number).values();
        let lacking: Vec<u32> = linked
            .iter()
            .copied()
            .filter(|&row| values.get(row as usize).is_some_and(|&value| value == NO_NUMBER))
            .collect();
        if lacking.is_empty() {
            continue;
        }
        let mut filled = values.to_vec();
        for row in lacking {
            let siblings = exchanges.siblings(row, world.facts.source_values());
            let known = siblings.map(|sibling| values[sibling as usize]).find(|&value| value != NO_NUMBER);
            filled[row as usize] = known.unwrap_or(NO_NUMBER);
        }
        told_numbers.push((number, filled));
    }
    (exchanges.told, exchanges.told_numbers) = (told, told_numbers);
}

/// Gives every row of an exchange what the vantage that knows most says of its authentication.
pub fn spread_auth(facts: &FactTable, exchanges: &Exchanges, auth: &mut [Auth]) {
    for_each_shared(facts, exchanges, |rows| {
        // Refused outweighs verified, which outweighs presented, none and unknown.
        let known = rows.iter().map(|&row| auth[row as usize]).max().unwrap_or(Auth::Unknown);
        for &row in rows {
            auth[row as usize] = known;
        }
    });
}

/// Gives every row of an exchange the answer that the client saw: the outermost one's, but where both have the same
/// status that of the row that counts, whose sizes were compared.
pub fn spread_answer(facts: &FactTable, exchanges: &Exchanges, answers: &mut [Answer]) {
    for_each_shared(facts, exchanges, |rows| {
        let outermost = rows[0];
        let counts = rows.iter().copied().find(|&row| exchanges.counts(row)).unwrap_or(outermost);
        let [outer, own] = [outermost, counts].map(|row| facts.status(row as usize));
        let seen = answers[if outer.is_none() || outer == own { counts } else { outermost } as usize];
        for &row in rows {
            answers[row as usize] = seen;
        }
    });
}

/// Calls with the rows of each exchange that are counted together, the outermost first, where they are several.
fn for_each_shared(facts: &FactTable, exchanges: &Exchanges, mut each: impl FnMut(&[u32])) {
    let mut shared: Vec<u32> = Vec::new();
    for row in (0..facts.rows() as u32).filter(|&row| exchanges.counts(row) && exchanges.members(row).len() > 1) {
        shared.clear();
        shared.extend(exchanges.siblings(row, facts.source_values()));
        if shared.len() > 1 {
            each(&shared);
        }
    }
}
