//! Which findings belong to one campaign, and by what.
//!
//! Two findings are bound by whom both suspect, by the requests that are evidence of both, or by an account that was taken
//! over in the one and is used in the other. None of these counts where it binds by chance: a few of many suspects, an
//! address or a credential that others use as well, single requests of many.

use super::super::shelf::Shelf;
use crate::finding::{Entity, Finding, Role};
use crate::requests::Requests;
use crate::selection::rfc3339;
use breachline_parsers::table::ABSENT;
use fixedbitset::FixedBitSet;
use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashSet};
use std::collections::{BTreeMap, BTreeSet};

/// Other accounts that use a credential or an address, from which it says nothing of who uses it.
const OTHERS: usize = 3;
/// Other addresses that do, where no accounts are known.
const OTHER_ADDRESSES: usize = 20;

/// Two findings, by number, and what binds them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bond {
    pub earlier: usize,
    pub later: usize,
    pub basis: String,
}

/// A kind of entity and its value.
type Named<'a> = (&'a str, &'a str);

/// All bonds, by the numbers of the findings.
pub fn bonds(shelf: &Shelf<'_>, findings: &[Finding]) -> Vec<Bond> {
    let mut bonds = by_suspects(shelf, findings);
    bonds.extend(by_rows(findings));
    bonds.extend(by_accounts(shelf.requests, findings));
    bonds.sort_by_key(|bond| (bond.earlier, bond.later));
    bonds
}

/// Who is suspected, or was used, other than a route, which everybody uses.
fn is_suspect(entity: &Entity) -> bool {
    entity.role == Role::SuspectedSource || (entity.role == Role::Instrument && entity.kind != "route")
}

fn name(entity: &Entity) -> Named<'_> {
    (&entity.kind, &entity.value)
}

/// Findings of whose suspects of one kind at least half are the same, held against the one that has fewer.
fn by_suspects(shelf: &Shelf<'_>, findings: &[Finding]) -> Vec<Bond> {
    let entities = || findings.iter().flat_map(|finding| &finding.entities);
    let shared: HashSet<Named<'_>, FixedState> =
        entities().filter(|entity| entity.role == Role::Shared).map(name).collect();
    let mut of: BTreeMap<Named<'_>, Vec<usize>> = BTreeMap::new();
    for (at, finding) in findings.iter().enumerate() {
        for entity in finding.entities.iter().filter(|entity| is_suspect(entity) && !shared.contains(&name(entity))) {
            of.entry(name(entity)).or_default().push(at);
        }
    }
    let used: BTreeSet<Named<'_>> = entities().filter(|entity| entity.role == Role::Instrument).map(name).collect();
    let asked = used.into_iter().filter(|named| of.get(named).is_some_and(|of| of.len() > 1)).collect();
    let common = common(shelf, findings, &asked);
    of.retain(|named, _| !common.contains(named));
    let mut counts: HashMap<(usize, &str), usize, FixedState> = HashMap::default();
    let mut pairs: BTreeMap<(usize, usize, &str), (usize, &str)> = BTreeMap::new();
    for (&(kind, value), of) in &of {
        for (at, &one) in of.iter().enumerate() {
            *counts.entry((one, kind)).or_default() += 1;
            for &other in &of[at + 1..] {
                pairs.entry((one, other, kind)).or_insert((0, value)).0 += 1;
            }
        }
    }
    let bond = |(&(earlier, later, kind), &(both, value)): (&(usize, usize, &str), &(usize, &str))| {
        let fewer = counts.get(&(earlier, kind))?.min(counts.get(&(later, kind))?);
        // Pairs are many, and those that are bound few: only these are told of.
        (both * 2 >= *fewer).then(|| {
            let basis = if both == 1 {
                format!("both name {kind} {value}")
            } else {
                format!("both name {both} of the same {kind}, of {fewer} in the one that names fewer")
            };
            Bond { earlier, later, basis }
        })
    };
    pairs.iter().filter_map(bond).collect()
}

/// Of the entities asked about: those that others use as well, in requests that are no evidence. Most of its requests are
/// none, and they are of at least [`OTHERS`] accounts or, where none are known, of [`OTHER_ADDRESSES`].
fn common<'a>(shelf: &Shelf<'_>, findings: &[Finding], asked: &BTreeSet<Named<'a>>) -> HashSet<Named<'a>, FixedState> {
    let mut common = HashSet::default();
    if asked.is_empty() {
        return common;
    }
    let mut evidence = FixedBitSet::with_capacity(shelf.requests.rows());
    findings.iter().flat_map(|finding| &finding.evidence).for_each(|&row| evidence.insert(row as usize));
    let kinds: BTreeSet<&str> = asked.iter().map(|named| named.0).collect();
    let (accounts, addresses) = (shelf.column("principal"), shelf.column("client_ip"));
    for kind in kinds {
        let Some(view) = shelf.requests.told(kind).filter(|view| !view.is_absent()) else { continue };
        let values = asked.iter().filter(|named| named.0 == kind);
        let codes: HashMap<u32, Named<'a>, FixedState> =
            values.filter_map(|&named| Some((view.dictionary.code(named.1.as_bytes())?, named))).collect();
        let mut uses: HashMap<u32, Uses, FixedState> = HashMap::default();
        let asked: FixedBitSet = codes.keys().map(|&code| code as usize).collect();
        shelf.each_row_with(kind, &asked, |row| {
            let uses = uses.entry(view.code(row as usize)).or_default();
            uses.all += 1;
            if !evidence.contains(row as usize) {
                uses.outside += 1;
                uses.accounts.insert(accounts.at(row));
                uses.addresses.insert(addresses.at(row));
            }
        });
        common.extend(uses.iter().filter(|(_, uses)| uses.is_common()).filter_map(|(code, _)| codes.get(code)));
    }
    common
}

/// Who uses something.
#[derive(Default)]
struct Uses {
    all: u64,
    /// Of them, requests that are no evidence; and whose these are.
    outside: u64,
    accounts: HashSet<u32, FixedState>,
    addresses: HashSet<u32, FixedState>,
}

impl Uses {
    fn is_common(&self) -> bool {
        let known = |codes: &HashSet<u32, FixedState>| codes.len() - usize::from(codes.contains(&ABSENT));
        let others = match known(&self.accounts) {
            0 => known(&self.addresses) >= OTHER_ADDRESSES,
            accounts => accounts >= OTHERS,
        };
        self.outside * 2 > self.all && others
    }
}

/// Findings of whose requests at least half are the same, held against the one that has fewer.
fn by_rows(findings: &[Finding]) -> Vec<Bond> {
    // One of many addresses, none of them in particular, would be bound to all.
    let names_somebody = |finding: &Finding| {
        finding.entities.is_empty() || finding.entities.iter().any(|entity| entity.role != Role::Undetermined)
    };
    let mut rows: Vec<(u32, u32)> = Vec::new();
    for (at, finding) in (0..).zip(findings).filter(|(_, finding)| names_somebody(finding)) {
        rows.extend(finding.evidence.iter().map(|&row| (row, at)));
    }
    rows.sort_unstable();
    let mut pairs: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for same in rows.chunk_by(|a, b| a.0 == b.0) {
        for (at, &(_, one)) in same.iter().enumerate() {
            for &(_, other) in &same[at + 1..] {
                *pairs.entry((one as usize, other as usize)).or_default() += 1;
            }
        }
    }
    let bond = |((earlier, later), both): ((usize, usize), usize)| {
        let fewer = findings[earlier].evidence.len().min(findings[later].evidence.len());
        let basis = || format!("{both} of the {fewer} lines of the one that cites fewer are evidence of both");
        (both * 2 >= fewer).then(|| Bond { earlier, later, basis: basis() })
    };
    pairs.into_iter().filter_map(bond).collect()
}

/// A finding in which accounts were taken over, and a later one whose accounts are, at least by half, among them.
fn by_accounts(requests: &Requests, findings: &[Finding]) -> Vec<Bond> {
    let mut taken: BTreeMap<&str, Vec<(usize, i64)>> = BTreeMap::new();
    for (at, finding) in findings.iter().enumerate() {
        for (account, when) in taken_over(requests, finding) {
            taken.entry(account).or_default().push((at, when));
        }
    }
    if taken.is_empty() {
        return Vec::new();
    }
    let mut bonds = Vec::new();
    for (later, finding) in findings.iter().enumerate() {
        let acts = |entity: &&Entity| {
            entity.kind == "principal" && matches!(entity.role, Role::SuspectedSource | Role::Victim)
        };
        let accounts: BTreeSet<&str> =
            finding.entities.iter().filter(acts).map(|entity| entity.value.as_str()).collect();
        let used = uses_of(requests, finding, &accounts);
        let mut from: BTreeMap<usize, Vec<(&str, i64, i64)>> = BTreeMap::new();
        for (&account, &(first, last)) in &used {
            let suspected = finding.entities.iter().any(|entity| {
                entity.kind == "principal" && entity.value == account && entity.role == Role::SuspectedSource
            });
            for &(earlier, when) in taken.get(account).into_iter().flatten().filter(|(earlier, _)| *earlier != later) {
                // The owner's own requests may be evidence where the account is the victim's.
                let after = if suspected { first >= when } else { last > when };
                if after && finding.first >= findings[earlier].first {
                    from.entry(earlier).or_default().push((account, when, if suspected { first } else { last }));
                }
            }
        }
        for (earlier, through) in from {
            if through.len() * 2 >= accounts.len() {
                bonds.push(bond_by_account(earlier, later, &through));
            }
        }
    }
    bonds
}

fn bond_by_account(one: usize, other: usize, through: &[(&str, i64, i64)]) -> Bond {
    let basis = match through {
        [(account, when, used), others @ ..] => {
            let more = match others.len() {
                0 => String::new(),
                1 => " and 1 more account".to_owned(),
                accounts => format!(" and {accounts} more accounts"),
            };
            format!(
                "principal {account}{more}: taken over in the one by {}, used in the other at {}",
                rfc3339(*when),
                rfc3339(*used)
            )
        }
        [] => String::new(),
    };
    Bond { earlier: one.min(other), later: one.max(other), basis }
}

/// The first and last time of each account in the evidence.
fn uses_of<'a>(requests: &Requests, finding: &Finding, accounts: &BTreeSet<&'a str>) -> BTreeMap<&'a str, (i64, i64)> {
    let mut used: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    let Some(view) = requests.told("principal").filter(|_| !accounts.is_empty()) else { return used };
    for &row in &finding.evidence {
        if let (Some(account), Some(ts)) = (view.get(row as usize), requests.facts.ts(row as usize))
            && let Some(&account) = accounts.get(account)
        {
            let span = used.entry(account).or_insert((ts, ts));
            *span = (span.0.min(ts), span.1.max(ts));
        }
    }
    used
}

/// The accounts that a finding shows taken over, each with the time by which it was: victims of whom it cites a sign-in, a
/// change of settings or the like that succeeded, or whose credential or session it names as what was used.
fn taken_over<'a>(requests: &Requests, finding: &'a Finding) -> BTreeMap<&'a str, i64> {
    let victims: BTreeSet<&str> = finding
        .entities
        .iter()
        .filter(|entity| entity.kind == "principal" && entity.role == Role::Victim)
        .map(|entity| entity.value.as_str())
        .collect();
    let mut taken = BTreeMap::new();
    let Some(view) = requests.told("principal").filter(|_| !victims.is_empty()) else { return taken };
    let stolen = finding
        .entities
        .iter()
        .any(|entity| entity.role == Role::Instrument && matches!(entity.kind.as_str(), "credential" | "session"));
    let kinds = requests.text("route_kind");
    for &row in &finding.evidence {
        let at = row as usize;
        let (Some(account), Some(ts)) = (view.get(at).and_then(|account| victims.get(account)), requests.facts.ts(at))
        else {
            continue;
        };
        let passed = requests.facts.status(at).is_some_and(|status| (200..400).contains(&status));
        let opens = || kinds.as_ref().and_then(|kinds| kinds.get(at)).is_some_and(|kind| kind != "sign_up");
        let refused = requests.text("attempt").and_then(|attempts| attempts.get(at)) == Some("failed");
        if passed && !refused && (stolen || opens()) {
            let when = taken.entry(*account).or_insert(ts);
            *when = ts.min(*when);
        }
    }
    taken
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::finding::{BlastRadius, Level, Outcome, Subjects};
    use crate::testing::{Log, Row};

    fn found(entities: &[(&str, &str, Role)], evidence: &[u32], requests: &Requests) -> Finding {
        let times = || evidence.iter().filter_map(|&row| requests.facts.ts(row as usize));
        let entity = |&(kind, value, role): &(&str, &str, Role)| Entity {
            kind: kind.to_owned(),
            value: value.to_owned(),
            role,
            basis: String::new(),
        };
        Finding {
            id: String::new(),
            supersedes: Vec::new(),
            rule: String::new(),
            title: String::new(),
            tags: Vec::new(),
            modelled_on: None,
            level: Level::High,
            confidence: 0.5,
            outcome: Outcome::Answered,
            entities: entities.iter().map(entity).collect(),
            first: times().min(),
            last: times().max(),
            measures: BTreeMap::new(),
            evidence: evidence.to_vec(),
            exchanges: evidence.len() as u64,
            exchanges_unlimited: None,
            digest: String::new(),
            blast_radius: BlastRadius {
                objects: 0,
                subjects: Subjects { at_least: 0, at_most: None, basis: String::new() },
                bytes: 0,
            },
            incident: None,
            why: Vec::new(),
            ruled_out: Vec::new(),
            not_ruled_out: Vec::new(),
            innocent_if: String::new(),
            next_steps: String::new(),
        }
    }

    fn told(requests: &Requests, findings: &[Finding]) -> Vec<String> {
        let shelf = Shelf::new(requests, 1 << 20, false);
        bonds(&shelf, findings)
            .into_iter()
            .map(|bond| format!("{} {} {}", bond.earlier, bond.later, bond.basis))
            .collect()
    }

    fn read(row: Row, at: usize) -> Row {
        row.at(at as f64).ip(&format!("192.0.2.{}", at % 50)).get(&format!("/a/{at}")).status(200)
    }

    const SOURCE: Role = Role::SuspectedSource;

    #[test]
    fn whom_both_suspect_binds_and_one_of_many_does_not() {
        let requests = Log::new().rows(50, read).build();
        let of = |entities: &[(&str, &str, Role)], rows: &[u32]| found(entities, rows, &requests);
        let one = of(&[("client_ip", "192.0.2.1", SOURCE)], &[1]);
        let same = of(&[("client_ip", "192.0.2.1", SOURCE), ("route", "/a/{id}", Role::Affected)], &[2]);
        assert_eq!(told(&requests, &[one.clone(), same]), ["0 1 both name client_ip 192.0.2.1"]);
        let three = ["192.0.2.1", "192.0.2.2", "192.0.2.3"].map(|value| ("client_ip", value, SOURCE));
        let others = ["192.0.2.3", "192.0.2.4", "192.0.2.5"].map(|value| ("client_ip", value, SOURCE));
        assert!(told(&requests, &[of(&three, &[1]), of(&others, &[2])]).is_empty());
        let two = ["192.0.2.2", "192.0.2.3", "192.0.2.9"].map(|value| ("client_ip", value, SOURCE));
        let bound = told(&requests, &[of(&three, &[1]), of(&two, &[2])]);
        assert_eq!(bound, ["0 1 both name 2 of the same client_ip, of 3 in the one that names fewer"]);
        let again = of(&[("client_ip", "192.0.2.1", SOURCE)], &[2]);
        let shared = of(&[("client_ip", "192.0.2.1", Role::Shared)], &[3]);
        assert!(told(&requests, &[one, again, shared]).is_empty(), "an address that others use");
    }

    #[test]
    fn half_of_the_requests_bind_and_one_of_three_does_not() {
        let requests = Log::new().rows(50, read).build();
        let of = |rows: &[u32]| found(&[], rows, &requests);
        assert!(told(&requests, &[of(&[1, 2, 3]), of(&[3, 4, 5, 6])]).is_empty());
        let bound = told(&requests, &[of(&[1, 2, 3]), of(&[2, 3, 4, 5, 6])]);
        assert_eq!(bound, ["0 1 2 of the 3 lines of the one that cites fewer are evidence of both"]);
        let nobody = found(&[("client_ip", "192.0.2.1", Role::Undetermined)], &[1, 2, 3], &requests);
        assert!(told(&requests, &[of(&[1, 2, 3]), nobody]).is_empty());
    }

    #[test]
    fn a_credential_that_everybody_uses_binds_nothing() {
        let key = |users: usize| {
            let log = Log::new().rows(60, |row, at| {
                let row = read(row, at).credential("k1");
                if users == 0 { row } else { row.user(&format!("u{}", at % users)) }
            });
            let requests = log.build();
            let of = |rows: &[u32]| found(&[("credential", "k1", Role::Instrument)], rows, &requests);
            told(&requests, &[of(&[1, 2]), of(&[3, 4])]).len()
        };
        assert_eq!([key(1), key(2), key(3), key(30)], [1, 1, 0, 0]);
        assert_eq!(key(0), 0, "fifty addresses, no accounts");
    }

    #[test]
    fn an_account_that_was_taken_over_and_is_used_later_binds() {
        let log = |used: f64| {
            Log::new()
                .rows(5, |row, at| {
                    row.at(100.0 + at as f64).ip("203.0.113.9").user("m4").request("POST", "/login").status(401)
                })
                .row(|row| row.at(110.0).ip("203.0.113.9").user("m4").request("POST", "/login").status(200))
                .rows(5, |row, at| {
                    row.at(used + at as f64).ip("198.51.100.7").user("m4").get(&format!("/plan/{at}")).status(200)
                })
                .rows(9, |row, at| row.at(at as f64).ip("192.0.2.3").user("m5").request("POST", "/login").status(401))
                .rows(9, |row, at| row.at(at as f64).ip("192.0.2.4").user("m4").request("POST", "/login").status(401))
                .build()
        };
        let bound = |used: f64, opened: &[u32], accounts: &[&str]| {
            let requests = log(used);
            let taken =
                found(&[("principal", "m4", Role::Victim), ("client_ip", "203.0.113.9", SOURCE)], opened, &requests);
            let entities: Vec<(&str, &str, Role)> =
                accounts.iter().map(|&account| ("principal", account, SOURCE)).collect();
            told(&requests, &[taken, found(&entities, &[6, 7, 8, 9, 10], &requests)])
        };
        let all = [0, 1, 2, 3, 4, 5];
        assert_eq!(
            bound(500.0, &all, &["m4"]),
            [
                "0 1 principal m4: taken over in the one by 2026-03-04T00:01:50Z, used in the other at 2026-03-04T00:08:20Z"
            ]
        );
        assert!(bound(50.0, &all, &["m4"]).is_empty(), "before it was taken over");
        assert!(bound(500.0, &[0, 1, 2, 3, 4], &["m4"]).is_empty(), "it was tried, not opened");
        assert!(bound(500.0, &all, &["m4", "m5", "m6"]).is_empty(), "one of three");
    }
}
