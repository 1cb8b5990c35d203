//! One entity: when it was here, what it asked for and got, with whom it shares what, at which hours, and which
//! findings name it.
//!
//! In: a kind and a value as an analyst writes it. Out: [`Profile`]. Pure data; rendered in the root package.

use crate::breakdown::{Breakdown, by};
use crate::finding::{Hunt, Role};
use crate::indicators::{Kind, List, Options, Seen, sightings};
use crate::reach::{Reach, reach, rows};
use crate::requests::Requests;
use breachline_parsers::table::ABSENT;
use chrono::{DateTime, Datelike, Timelike};
use chrono_tz::Tz;
use fixedbitset::FixedBitSet;

/// The parts of a breakdown that are named.
const TOP: usize = 10;

/// The columns that tell who, or with what: what entities share with one another.
const IDENTITY: [&str; 8] =
    ["client_ip", "client_net", "principal", "client_app", "credential", "session", "user_agent", "tls_fingerprint"];

/// One entity.
#[derive(Clone, Debug)]
pub struct Profile {
    /// The entity with its requests (each counted once) and what became of them.
    pub seen: Seen,
    /// Kinds as which these logs know the value, where they do not know it as the one asked for.
    pub other_kinds: Vec<Kind>,
    /// What these logs cover.
    pub reach: Reach,
    /// By route.
    pub routes: Breakdown,
    /// By method.
    pub methods: Breakdown,
    /// By status.
    pub statuses: Breakdown,
    /// By what was shown.
    pub auth: Breakdown,
    /// By object.
    pub objects: Breakdown,
    /// What it was seen with, and who else was.
    pub shared: Vec<Shared>,
    /// Requests by weekday (from Monday) and hour of the day, in the zone asked for.
    pub rhythm: [[u64; 24]; 7],
    /// Days (in that zone) on which it was here.
    pub days: u64,
}

/// Values of another column that the entity was seen with.
#[derive(Clone, Debug)]
pub struct Shared {
    /// The column.
    pub column: &'static str,
    /// Its requests by value of the column.
    pub with: Breakdown,
    /// For each part of `with.top`: how many other entities of the same kind were seen with that value.
    pub others: Vec<u64>,
}

/// A finding with which an entity has to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Involved {
    /// The place of the finding in the hunt.
    pub finding: usize,
    /// The part it plays, where the finding names it.
    pub role: Option<Role>,
    /// Rows of the evidence that are requests of the entity.
    pub rows: Vec<u32>,
}

/// Looks at one entity. Hours and days are those of `zone`.
pub fn profile(requests: &Requests, kind: Kind, value: &List, options: &Options, zone: Tz) -> Option<Profile> {
    let options = Options { kind: Some(kind), ..options.clone() };
    let seen = sightings(requests, value, &options).seen.into_iter().next()?;
    let other_kinds = if seen.rows.is_empty() { known_as(requests, value, &options) } else { Vec::new() };
    let parts = |column: &str| by(requests, &seen.rows, column, TOP);
    let (rhythm, days) = rhythm(requests, &seen.rows, zone);
    Some(Profile {
        other_kinds,
        reach: reach(requests),
        routes: parts("route"),
        methods: parts("method"),
        statuses: parts("status"),
        auth: parts("auth"),
        objects: parts("object_id"),
        shared: shared(requests, kind, &seen),
        rhythm,
        days,
        seen,
    })
}

fn known_as(requests: &Requests, value: &List, options: &Options) -> Vec<Kind> {
    let found = sightings(requests, value, &Options { kind: None, ..options.clone() }).seen.into_iter().next();
    let Some(found) = found.filter(|found| !found.rows.is_empty()) else { return Vec::new() };
    let mut kinds = vec![found.kind];
    kinds.extend(found.also);
    kinds
}

/// The column whose values are entities of a kind.
const fn column_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Object => "object_id",
        _ => kind.columns()[0],
    }
}

fn shared(requests: &Requests, kind: Kind, seen: &Seen) -> Vec<Shared> {
    let own = column_of(kind);
    let is_itself = |column: &str| kind.is_itself(column) || (kind == Kind::Ip && column == "client_net");
    IDENTITY
        .into_iter()
        .filter(|column| !is_itself(column))
        .map(|column| {
            let with = by(requests, &seen.rows, column, TOP);
            Shared { column, others: others(requests, own, column, &with, seen), with }
        })
        .filter(|shared| shared.with.distinct > 0)
        .collect()
}

/// For each named part of a column, how many values of `own` were seen with it, those of the entity left out.
fn others(requests: &Requests, own: &str, column: &str, with: &Breakdown, seen: &Seen) -> Vec<u64> {
    let mut counts = vec![0; with.top.len()];
    let (Some(own), Some(view)) = (requests.told(own), requests.told(column)) else { return counts };
    let mut itself = FixedBitSet::with_capacity(own.dictionary.len());
    itself.extend(seen.rows.iter().map(|&row| own.code(row as usize) as usize));
    itself.insert(ABSENT as usize);
    let mut part_of = vec![None; view.dictionary.len()];
    for (at, part) in with.top.iter().enumerate() {
        if let Some(code) = part.value.as_deref().and_then(|value| view.dictionary.code(value.as_bytes())) {
            part_of[code as usize] = Some(at);
        }
    }
    let mut pairs: Vec<(usize, u32)> = rows(requests)
        .into_iter()
        .filter_map(|row| Some((part_of[view.code(row as usize) as usize]?, own.code(row as usize))))
        .filter(|&(_, code)| !itself.contains(code as usize))
        .collect();
    pairs.sort_unstable();
    pairs.dedup();
    for (at, _) in pairs {
        counts[at] += 1;
    }
    counts
}

/// Requests by weekday and hour, and the days on which there were any.
fn rhythm(requests: &Requests, rows: &[u32], zone: Tz) -> ([[u64; 24]; 7], u64) {
    let mut rhythm = [[0; 24]; 7];
    let mut days: Vec<i32> = Vec::new();
    for ts in rows.iter().filter_map(|&row| requests.facts.ts(row as usize)) {
        let Some(time) = DateTime::from_timestamp_micros(ts) else { continue };
        let local = time.with_timezone(&zone);
        rhythm[local.weekday().num_days_from_monday() as usize][local.hour() as usize] += 1;
        days.push(local.num_days_from_ce());
    }
    days.sort_unstable();
    days.dedup();
    (rhythm, days.len() as u64)
}

/// Findings that name an entity, or whose evidence its requests are part of.
pub fn involved(requests: &Requests, hunt: &Hunt, kind: Kind, seen: &Seen) -> Vec<Involved> {
    let mut own = FixedBitSet::with_capacity(requests.rows());
    own.extend(requests.cited(&seen.rows).into_iter().map(|row| row as usize));
    let columns = kind.columns();
    let texts: Vec<&str> = requests
        .told(column_of(kind))
        .map(|view| seen.rows.iter().filter_map(|&row| view.get(row as usize)).collect())
        .unwrap_or_default();
    let is_it = |entity: &crate::finding::Entity| {
        (columns.contains(&entity.kind.as_str()) || entity.kind == column_of(kind))
            && texts.contains(&entity.value.as_str())
    };
    hunt.findings
        .iter()
        .enumerate()
        .map(|(at, finding)| Involved {
            finding: at,
            role: finding.entities.iter().find(|entity| is_it(entity)).map(|entity| entity.role),
            rows: finding.evidence.iter().copied().filter(|&row| own.contains(row as usize)).collect(),
        })
        .filter(|involved| involved.role.is_some() || !involved.rows.is_empty())
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::testing::Log;

    fn options() -> Options {
        Options { kind: None, key: [0; 32], extract: false }
    }

    fn looked(requests: &Requests, kind: Kind, value: &str) -> Profile {
        profile(requests, kind, &List::parse(value.as_bytes()).unwrap(), &options(), Tz::Asia__Seoul).unwrap()
    }

    #[test]
    fn an_entity_is_told_with_what_it_shares() {
        // 2026-03-04T00:00Z is a Wednesday, nine in the morning in Seoul.
        let requests = Log::new()
            .rows(6, |row, at| {
                let row = row.at(at as f64 * 3600.0).ip("192.0.2.1").user(if at < 4 { "ann" } else { "bob" }).ua("x/1");
                row.get(&format!("/v1/items/{}", 10 + at)).status(200).bytes(10)
            })
            .rows(3, |row, at| {
                row.at(9.0).ip(&format!("192.0.2.{}", 5 + at)).user("ann").ua("x/1").get("/v1/me").status(200)
            })
            .row(|row| row.at(86_400.0).ip("192.0.2.1").user("ann").get("/v1/me").status(404))
            .build();
        let found = looked(&requests, Kind::Ip, "192.0.2.1");
        assert_eq!((found.seen.summary.requests, found.days), (7, 2));
        assert_eq!((found.rhythm[2][9], found.rhythm[2][14], found.rhythm[3][9]), (1, 1, 1));
        assert_eq!(found.rhythm.iter().flatten().sum::<u64>(), 7);
        let of = |column: &str| found.shared.iter().find(|shared| shared.column == column).unwrap();
        let told = |shared: &Shared| {
            let values = shared.with.top.iter().map(|part| (part.value.clone().unwrap(), part.rows.len()));
            values.zip(shared.others.iter().copied()).collect::<Vec<_>>()
        };
        assert_eq!(told(of("principal")), [(("ann".to_owned(), 5), 3), (("bob".to_owned(), 2), 0)]);
        assert_eq!(told(of("user_agent")), [(("x/1".to_owned(), 6), 3)]);
        assert!(found.shared.iter().all(|shared| !["client_ip", "client_net"].contains(&shared.column)));
        assert_eq!((found.routes.distinct, found.objects.distinct), (2, 6));
        let ann = looked(&requests, Kind::Principal, "ann");
        assert_eq!((ann.seen.summary.requests, ann.seen.summary.clients), (8, 4));
    }

    #[test]
    fn what_is_known_as_something_else_is_said() {
        let requests =
            Log::new().rows(3, |row, at| row.at(at as f64).ip("192.0.2.1").user("ann").get("/a").status(200)).build();
        let found = looked(&requests, Kind::ClientApp, "ann");
        assert!(found.seen.rows.is_empty());
        assert_eq!(found.other_kinds, [Kind::Principal]);
    }
}
