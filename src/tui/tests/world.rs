//! Invented logs: two sources, 240 requests, a walk over object ids, one hostile line.

use crate::engine::{Desk, Glimpse, Watched};
use crate::session::Session;
use breachline_parsers::load::Problem;
use breachline_parsers::report::{Completeness, Reject, SourceReport, Vantage};
use breachline_parsers::schema::{Number, Text};
use breachline_parsers::table::{Dictionary, FactTable, Place};
use breachline_queries::finding::{
    BlastRadius, Coverage, Entity, Finding, Gap, Hunt, Incident, Level, Measured, Outcome, Population, Role, RuleState,
    RuleVerdict, Side, Subjects,
};
use breachline_queries::requests::{Answer, Derived, Requests};
use std::collections::BTreeMap;

/// 2026-03-04T02:00:00Z.
const START: i64 = 1_772_589_600_000_000;
const SECOND: i64 = 1_000_000;

/// Every fourth request is the walk.
fn is_walk(at: i64) -> bool {
    at % 4 == 1
}

fn facts() -> FactTable {
    let mut facts = FactTable::default();
    for at in 0..240_i64 {
        let place = Place { line_no: at as u32 % 120 + 1, byte_offset: at as u64 % 120 * 90, byte_len: 89 };
        facts.push((at / 120) as u32, place);
        facts.set_ts(START + at * 7 * SECOND);
        facts.set_text(Text::Method, b"GET");
        let (ip, target, status) = match at {
            17 => ("198.51.100.90".to_owned(), "/evil\x1b[2J\u{202e}".to_owned(), 403),
            _ if is_walk(at) => ("203.0.113.7".to_owned(), format!("/api/v2/users/{}", 100 + at), 200),
            _ => (format!("192.0.2.{}", at % 50), format!("/api/v2/items?page={}", at % 9), 200),
        };
        facts.set_text(Text::PeerIp, ip.as_bytes());
        facts.set_text(Text::Target, target.as_bytes());
        facts.set_status(status);
        facts.set_number(Number::BytesOut, 900 + at * 13);
        if at % 3 == 0 {
            facts.set_text(Text::Principal, b"m.okafor");
        }
    }
    facts.finish();
    facts
}

fn report(id: u32, path: &str, vantage: Vantage, rejects: u64) -> SourceReport {
    SourceReport {
        id,
        path: path.to_owned(),
        sha256: format!("{:064x}", 0xfeed_u32 + id),
        sha256_decompressed: None,
        bytes: 10_800,
        bytes_decompressed: 10_800,
        lines: 120 + rejects,
        records: 120 + rejects,
        rows: 120,
        rejects,
        skips: 0,
        format: Some("combined".to_owned()),
        wrappers: Vec::new(),
        others: Vec::new(),
        mapped: Vec::new(),
        vantage: Some(vantage),
        zone: if id == 0 { "stated" } else { "assumed UTC" }.to_owned(),
        folded: 0,
        gaps: 0,
        first: Some(START + i64::from(id) * 840 * SECOND),
        last: Some(START + (i64::from(id) * 840 + 833) * SECOND),
        compression: None,
        encoding: None,
        container: None,
        records_identity: true,
        sampling: None,
        nuls: None,
        completeness: Completeness::Whole,
    }
}

/// What came while it was read.
pub(super) fn glimpse() -> Glimpse {
    let mut watched = Watched::default();
    let reject = Reject {
        source: 0,
        line_no: 9,
        byte_offset: 810,
        byte_len: 12,
        reason: "no time".to_owned(),
        raw: "\\x16\\x03\\x01 junk".to_owned(),
    };
    watched.take(&report(0, "gw-1/access.log", Vantage::Gateway, 3), &facts(), &[reject]);
    watched.glimpse()
}

/// What the engine holds.
pub(super) fn desk() -> Desk {
    let facts = facts();
    let rows = facts.rows() as u32;
    // The derivations are of another layer; the view needs none but the tables that hang off codes.
    let targets = facts.text(Text::Target).dictionary.len();
    let mut client_ips = Dictionary::default();
    let peers = facts.text(Text::PeerIp);
    let client_ip =
        peers.codes().iter().map(|&code| client_ips.intern(peers.dictionary.text(code).as_bytes())).collect();
    let mut derived = Derived {
        net_of_client: vec![0; client_ips.len()],
        client_ip,
        client_ips,
        answer: (0..rows).map(|row| if row == 17 { Answer::Denied } else { Answer::Hit }).collect(),
        path_of_target: vec![0; targets],
        object_of_target: vec![0; targets],
        route_of_target: vec![0; targets],
        version_of_route: vec![0],
        ..Derived::default()
    };
    derived.notes.push("the peer is taken for the client: no address is a known proxy".to_owned());
    let sources =
        vec![report(0, "gw-1/access.log", Vantage::Gateway, 3), report(1, "gw-2/access.log", Vantage::Edge, 0)];
    let requests = Requests { facts, sources, derived, order: (0..rows).collect() };
    let reject = |line_no, reason: &str| Reject {
        source: 0,
        line_no,
        byte_offset: u64::from(line_no) * 90,
        byte_len: 12,
        reason: reason.to_owned(),
        raw: "\\x16\\x03\\x01 junk".to_owned(),
    };
    let rejects = vec![reject(9, "no time"), reject(40, "cut short"), reject(77, "no time")];
    let problem =
        Problem { path: "gw-3/access.log".to_owned(), message: "there is no such file; check the path".to_owned() };
    Desk::new(Session::of_parts(requests, rejects, vec![problem]), [7; 32])
}

fn entity(kind: &str, value: &str, role: Role, basis: &str) -> Entity {
    Entity { kind: kind.to_owned(), value: value.to_owned(), role, basis: basis.to_owned() }
}

fn finding(id: &str, rule: &str, level: Level, entities: Vec<Entity>, evidence: Vec<u32>) -> Finding {
    let population = Population { of: "actors on the route".to_owned(), n: 51, p50: 2.0, p99: 14.0 };
    let distinct =
        Measured { value: 60.0, threshold: Some(50.0), side: Some(Side::AtLeast), population: Some(population) };
    let steps = Measured { value: 0.983, threshold: Some(0.6), side: Some(Side::AtLeast), population: None };
    let time = |row: u32| START + i64::from(row) * 7 * SECOND;
    Finding {
        id: id.to_owned(),
        supersedes: Vec::new(),
        rule: rule.to_owned(),
        title: format!("{} objects of /api/v2/users/{{id}} read in order by one address", evidence.len()),
        tags: vec!["owasp-api-2023.api1".to_owned()],
        modelled_on: None,
        level,
        confidence: 0.93,
        outcome: Outcome::DataReturnedLikely,
        first: evidence.first().map(|&row| time(row)),
        last: evidence.last().map(|&row| time(row)),
        entities,
        measures: BTreeMap::from([("distinct".to_owned(), distinct), ("steps".to_owned(), steps)]),
        digest: "7d1e".repeat(16),
        blast_radius: BlastRadius {
            objects: 60,
            subjects: Subjects { at_least: 58, at_most: None, basis: "an object names one person here".to_owned() },
            bytes: 151_320,
        },
        incident: Some("I1".to_owned()),
        why: vec!["60 distinct objects, 30 times the median of 51 actors.".to_owned()],
        ruled_out: Vec::new(),
        not_ruled_out: Vec::new(),
        innocent_if: "a backup or a partner with a contract reads these objects on purpose".to_owned(),
        next_steps: "Ask who owns the address. Compare the objects with the users it may see.".to_owned(),
        exchanges: evidence.len() as u64,
        exchanges_unlimited: None,
        evidence,
    }
}

/// The same logs, in which the rules found nothing.
pub(super) fn nothing() -> Hunt {
    Hunt { findings: Vec::new(), incidents: Vec::new(), ..hunt() }
}

/// What the rules say.
pub(super) fn hunt() -> Hunt {
    let walk: Vec<u32> = (0..240).filter(|&at| is_walk(at)).map(|at| at as u32).collect();
    let taken: Vec<u32> = (0..240).step_by(60).collect();
    let verdict = |id: &str, state, missing: &[&str], why: &str| RuleVerdict {
        id: id.to_owned(),
        level: Level::High,
        state,
        missing: missing.iter().map(|&column| column.to_owned()).collect(),
        why: why.to_owned(),
        open: None,
    };
    Hunt {
        coverage: Coverage {
            from: Some(START),
            until: Some(START + 1673 * SECOND),
            gaps: vec![Gap { source: 1, from: START + 900 * SECOND, until: START + 1200 * SECOND }],
            rules_judged: 5,
            rules_total: 6,
            suppressed: Vec::new(),
            notes: vec!["gw-2/access.log carries no zone; UTC is assumed".to_owned()],
        },
        rules: vec![
            verdict("object-walk", RuleState::Fired, &[], "one actor"),
            verdict("token-replay", RuleState::NotEvaluable, &["credential"], "no source records credentials"),
        ],
        findings: vec![
            finding(
                "f1",
                "object-walk",
                Level::High,
                vec![
                    entity("client_ip", "203.0.113.7", Role::SuspectedSource, "sent every request of the evidence"),
                    entity("route", "/api/v2/users/{id}", Role::Affected, "the route that answered"),
                ],
                walk,
            ),
            finding(
                "f2",
                "account-takeover",
                Level::Medium,
                vec![entity("principal", "m.okafor", Role::Victim, "the account that was used from elsewhere")],
                taken,
            ),
        ],
        incidents: vec![Incident {
            id: "I1".to_owned(),
            title: "Users read one by one from 203.0.113.7".to_owned(),
            findings: vec!["f1".to_owned()],
            first: Some(START + 7 * SECOND),
            last: Some(START + 1659 * SECOND),
            subjects: Subjects { at_least: 58, at_most: Some(60), basis: "distinct objects answered".to_owned() },
            steps: Vec::new(),
            links: Vec::new(),
        }],
    }
}
