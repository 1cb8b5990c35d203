//! One request logged at several vantages: linked into one exchange, exactly or by inference.
//!
//! ```text
//! ids ──► exact links ─┐
//!                      ├─► clock offsets, what usually agrees ─► inferred links ─► which vantages are counted together
//! times, paths ────────┘
//! ```
//!
//! A wrong link hides a request, a missing one counts it twice: so a link needs the only candidate that fits, and
//! vantages of which too few requests link are not counted together at all. Near-linear: sorted by method and path,
//! then by time. Costs nothing where all rows have one vantage.

mod clock;
mod id;
mod judge;
mod likeness;
mod links;
mod pair;
mod say;
mod settle;
mod twice;

pub use settle::{spread_answer, spread_auth};

use crate::exchanges::Exchanges;
use breachline_parsers::report::{SourceReport, Vantage};
use breachline_parsers::schema::{Number, Text};
use breachline_parsers::table::{ABSENT, FactTable, NO_NUMBER};
use likeness::Likenesses;
use links::Links;
use std::net::IpAddr;

/// Vantages in order from the client inwards; sources that state none stand before the application.
const RANKS: usize = 5;

fn rank(vantage: Option<Vantage>) -> u8 {
    match vantage {
        Some(Vantage::Edge) => 0,
        Some(Vantage::Balancer) => 1,
        Some(Vantage::Gateway) => 2,
        None => 3,
        Some(Vantage::Application) => 4,
    }
}

/// The name of a rank in sentences.
const fn rank_name(rank: u8) -> &'static str {
    match rank {
        0 => "edge",
        1 => "balancer",
        2 => "gateway",
        3 => "unknown vantage",
        _ => "application",
    }
}

/// The name of a rank, as text that lives as long as the program.
pub(super) fn rank_called(name: &str) -> Option<&'static str> {
    (0..=4).map(rank_name).find(|known| *known == name)
}

/// What linking looks at.
struct World<'a> {
    facts: &'a FactTable,
    sources: &'a [SourceReport],
    /// Per source: where it stands.
    rank: Vec<u8>,
    /// Per row: when the request began by the source's own clock; `NO_NUMBER` where unknown.
    start: Vec<i64>,
    /// `target` code -> path code.
    path_of_target: &'a [u32],
    /// `target` code -> whether it has a query.
    has_query: Vec<bool>,
    /// `peer_ip` code -> address.
    peers: Vec<Option<IpAddr>>,
    /// `forwarded` code -> addresses.
    chains: Vec<Vec<IpAddr>>,
    /// Per source: its clock minus the innermost one's, as far as estimated.
    offset: Vec<i64>,
    /// Per source: how far the times of one request may lie apart beside its duration.
    slack: Vec<i64>,
    /// Per source: how far they usually do; `None` where no clock could be compared.
    tight: Vec<Option<i64>>,
    /// Per source: times of its first and last request, by the clock of the innermost vantage.
    span: Vec<Option<(i64, i64)>>,
    /// Per source: where its rows are; rows of a source stand together.
    rows: Vec<std::ops::Range<u32>>,
}

/// How far the times of one request may lie apart where nothing better is known (two seconds).
const DEFAULT_SLACK: i64 = 2_000_000;

impl<'a> World<'a> {
    fn new(facts: &'a FactTable, sources: &'a [SourceReport], path_of_target: &'a [u32]) -> Self {
        let targets = &facts.text(Text::Target).dictionary;
        let (peers, chains) = (&facts.text(Text::PeerIp).dictionary, &facts.text(Text::Forwarded).dictionary);
        let codes = |len: usize| 0..len as u32;
        let hops = |chain: &str| chain.split([',', ' ']).filter_map(super::client::address).collect();
        Self {
            facts,
            sources,
            rank: sources.iter().map(|source| rank(source.vantage)).collect(),
            start: starts(facts, sources),
            path_of_target,
            has_query: codes(targets.len()).map(|code| targets.text(code).contains('?')).collect(),
            peers: codes(peers.len()).map(|code| super::client::address(peers.text(code))).collect(),
            chains: codes(chains.len()).map(|code| hops(chains.text(code))).collect(),
            offset: vec![0; sources.len()],
            slack: vec![DEFAULT_SLACK; sources.len()],
            tight: vec![None; sources.len()],
            span: Vec::new(),
            rows: rows_of(facts, sources.len()),
        }
    }

    fn rank_of(&self, row: u32) -> u8 {
        self.rank[self.source_of(row)]
    }

    fn source_of(&self, row: u32) -> usize {
        self.facts.source(row as usize) as usize
    }

    /// When a request began, by the clock of the innermost vantage.
    fn time(&self, row: u32) -> Option<i64> {
        let start = self.start[row as usize];
        (start != NO_NUMBER).then(|| start.saturating_sub(self.offset[self.source_of(row)]))
    }

    fn rows_of(&self, source: usize) -> impl Iterator<Item = u32> + use<> {
        self.rows[source].clone()
    }

    fn measure_spans(&mut self) {
        let span = |source: usize| {
            let times = || self.rows_of(source).filter_map(|row| self.time(row));
            times().min().zip(times().max())
        };
        self.span = (0..self.sources.len()).map(span).collect();
    }

    fn duration(&self, row: u32) -> i64 {
        self.facts.number(Number::DurationUs).get(row as usize).unwrap_or(0).max(0)
    }

    /// Method and path of a row as one number; `None` where either is unknown.
    fn key(&self, row: u32) -> Option<u64> {
        let row = row as usize;
        let method = self.facts.text(Text::Method).code(row);
        let path = self.path_of_target.get(self.facts.text(Text::Target).code(row) as usize).copied()?;
        (method != ABSENT && path != ABSENT).then(|| u64::from(method) << 32 | u64::from(path))
    }

    /// Rows with a time, a method and a path that a condition lets in: (key, time, row), sorted.
    fn entries(&self, wanted: impl Fn(u32) -> bool) -> Vec<(u64, i64, u32)> {
        let mut entries: Vec<(u64, i64, u32)> = (0..self.facts.rows() as u32)
            .filter(|&row| wanted(row))
            .filter_map(|row| Some((self.key(row)?, self.time(row)?, row)))
            .collect();
        entries.sort_unstable();
        entries
    }

    /// Vantages that have rows, from the client inwards.
    fn ranks(&self) -> Vec<u8> {
        let has = |rank: &u8| self.rank.iter().zip(self.sources).any(|(of, source)| of == rank && source.rows > 0);
        (0..RANKS as u8).filter(has).collect()
    }
}

/// Formats that write a line when the answer has been sent, under the time of that moment.
///
/// Kong, Envoy, API Gateway and Apache log the time at which the request began; what is not known is taken as such.
fn logs_end(format: &str) -> bool {
    ["nginx", "aws-alb", "aws-cloudfront", "cloudfront", "iis", "caddy"].iter().any(|known| format.starts_with(known))
}

fn starts(facts: &FactTable, sources: &[SourceReport]) -> Vec<i64> {
    let ends: Vec<bool> = sources.iter().map(|source| source.format.as_deref().is_some_and(logs_end)).collect();
    let durations = facts.number(Number::DurationUs);
    let start = |(row, &ts): (usize, &i64)| match durations.get(row) {
        Some(duration) if ts != NO_NUMBER && ends[facts.source(row) as usize] => ts.saturating_sub(duration.max(0)),
        _ => ts,
    };
    facts.ts_values().iter().enumerate().map(start).collect()
}

/// Where the rows of each source are: the sources stand one after another.
fn rows_of(facts: &FactTable, sources: usize) -> Vec<std::ops::Range<u32>> {
    let of_row = facts.source_values();
    let place = |source: usize| of_row.partition_point(|&of| (of as usize) < source) as u32;
    (0..sources).map(|source| place(source)..place(source + 1)).collect()
}

/// Two vantages, looked at together.
#[derive(Clone, Debug, Default)]
struct Verdict {
    outer: u8,
    inner: u8,
    /// Rows of each within the hours that both cover, and how many of them are linked to the other; of the sources
    /// that are counted together where there are any.
    rows: [usize; 2],
    linked: [usize; 2],
    /// Sources that are counted together, outer and inner, sorted.
    joins: Vec<(usize, usize)>,
    /// Sources whose requests are nearly all linked.
    accounted: Vec<usize>,
}

/// Links rows of several vantages, and says what was and what could not be linked.
pub fn link(facts: &FactTable, sources: &[SourceReport], path_of_target: &[u32], notes: &mut Vec<String>) -> Exchanges {
    let mut seen = sources.iter().filter(|source| source.rows > 0).map(|source| source.vantage);
    let first = seen.next();
    if seen.all(|vantage| Some(vantage) == first) {
        let exchanges = Exchanges::default();
        let apart = twice::notes(facts, sources, path_of_target, &exchanges, None);
        notes.extend_from_slice(&apart);
        return Exchanges { apart, ..exchanges };
    }
    let mut world = World::new(facts, sources, path_of_target);
    let ids = id::Ids::of(&world);
    let mut links = Links::new(facts.rows());
    ids.link(&world, &mut links, false);
    let mut likenesses = Likenesses::default();
    let clocks = clock::estimate(&mut world, &links, &mut likenesses);
    // Now that clocks can be compared, an id that was sent again at another time is seen to be one.
    if id::disagree(&world, &links) {
        links = Links::new(facts.rows());
        ids.link(&world, &mut links, true);
    }
    world.measure_spans();
    let ranks = world.ranks();
    let mut doubtful = vec![false; facts.rows()];
    let mut verdicts = Vec::new();
    // Neighbours first: what lies further apart is linked through them, or else by itself.
    for distance in 1..ranks.len() {
        for (&outer, &inner) in ranks.iter().zip(&ranks[distance..]) {
            verdicts.push(pair::link(&world, &mut links, [outer, inner], &likenesses, &mut doubtful));
        }
    }
    let mut exchanges = settle::settle(&world, &links, &verdicts, &doubtful);
    exchanges.clocks = clocks;
    say::say(&world, &mut exchanges, &verdicts, notes);
    let twice = twice::notes(facts, sources, path_of_target, &exchanges, Some(&world.start));
    notes.extend_from_slice(&twice);
    exchanges.apart.extend(twice);
    exchanges
}
