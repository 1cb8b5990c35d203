//! Findings of Sigma rules: matches of one client address together, or of all where they are many.

use super::affects;
use crate::finding::{Entity, Finding, Measured, Role};
use crate::hunt::blast;
use crate::hunt::parts::{Reported, parts};
use crate::hunt::report::{digest, limited};
use crate::hunt::shelf::Shelf;
use crate::sigma::SigmaRule;
use crate::sigma::matching::{Bench, Plan};
use breachline_parsers::value::hex;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Groups of a rule that have findings of their own; where there are more, one finding names them all.
pub const MOST: usize = 25;

/// Formats of forward proxies and of sensors that see what clients ask of others.
const OUTGOING: [&str; 6] = ["squid", "squid-combined", "suricata-eve", "zeek-http", "zeek-json", "zscaler-web"];

/// Rows whose reasons are told.
const TOLD: usize = 20;

/// Reasons that are told.
const REASONS: usize = 6;

/// Makes findings of matches.
pub struct Reporter<'a, 'r> {
    pub shelf: &'a Shelf<'r>,
    pub bench: &'a Bench<'r>,
}

/// What a finding is made of.
pub struct Case {
    /// The requests that count, in total order.
    pub rows: Vec<u32>,
    /// What they have in common, for the id.
    pub key: Vec<String>,
    /// From whom, or what they share, in words.
    pub whom: String,
    /// Measures beside the number of requests.
    pub measures: BTreeMap<String, Measured>,
    /// Sentences about why.
    pub why: Vec<String>,
}

impl Reporter<'_, '_> {
    /// Findings of the matches of a rule, which are in total order.
    pub fn of_matches(&self, rule: &SigmaRule, plan: &Plan, rows: &[u32]) -> Vec<Finding> {
        let clients = self.shelf.is_there("client_ip").then(|| self.shelf.column("client_ip"));
        let mut groups: BTreeMap<(u32, u32), Vec<u32>> = BTreeMap::new();
        for &row in rows {
            let client = clients.as_ref().map_or(0, |clients| clients.at(row));
            groups.entry((self.shelf.requests.family_of(row), client)).or_default().push(row);
        }
        let mut families: Vec<u32> = groups.keys().map(|(family, _)| *family).collect();
        families.dedup();
        let mut cases = Vec::new();
        for family in families {
            let mine: Vec<(u32, Vec<u32>)> = groups
                .range((family, 0)..=(family, u32::MAX))
                .map(|((_, client), rows)| (*client, rows.clone()))
                .collect();
            cases.extend(self.cases(plan, mine));
        }
        cases.into_iter().filter_map(|case| self.finding(rule, case)).collect()
    }

    fn cases(&self, plan: &Plan, groups: Vec<(u32, Vec<u32>)>) -> Vec<Case> {
        let case = |rows: Vec<u32>, key: String, whom: String| Case {
            why: self.reasons(plan, &rows),
            measures: BTreeMap::new(),
            key: vec![key],
            rows,
            whom,
        };
        if groups.len() > MOST {
            let whom = format!("{} addresses", groups.len());
            let mut rows: Vec<u32> = groups.into_iter().flat_map(|(_, rows)| rows).collect();
            self.sort(&mut rows);
            return vec![case(rows, "many addresses".to_owned(), whom)];
        }
        let of = |(client, rows): (u32, Vec<u32>)| {
            let whom = self.client(client);
            case(rows, format!("client_ip={whom}"), whom)
        };
        groups.into_iter().map(of).collect()
    }

    fn client(&self, code: u32) -> String {
        let view = self.shelf.requests.told("client_ip").filter(|_| code != 0);
        view.map_or_else(
            || "clients that cannot be told apart".to_owned(),
            |view| view.dictionary.text(code).to_owned(),
        )
    }

    /// Puts rows into total order: rows stand in order of source and place.
    pub fn sort(&self, rows: &mut [u32]) {
        let times = self.shelf.requests.facts.ts_values();
        rows.sort_unstable_by_key(|&row| (times[row as usize], row));
    }

    fn reasons(&self, plan: &Plan, rows: &[u32]) -> Vec<String> {
        let mut words = Vec::new();
        rows.iter().take(TOLD).for_each(|&row| self.bench.told(plan, row, &mut words));
        let more = words.len().saturating_sub(REASONS);
        words.truncate(REASONS);
        if more > 0 {
            words.push(format!("{more} more"));
        }
        if words.is_empty() { Vec::new() } else { vec![format!("It matched {}.", words.join(", "))] }
    }

    /// Builds a finding, unless none of its requests is to be reported.
    pub fn finding(&self, rule: &SigmaRule, case: Case) -> Option<Finding> {
        let requests = self.shelf.requests;
        let Case { rows: all, key, whom, mut measures, mut why } = case;
        let rows: Vec<u32> = all.iter().copied().filter(|&row| requests.is_selected(row)).collect();
        let times =
            |rows: &[u32]| -> Vec<i64> { rows.iter().filter_map(|&row| requests.facts.ts(row as usize)).collect() };
        let shown = times(&rows);
        let count = rows.len() as u64;
        if count == 0 {
            return None;
        }
        let plain = |value: f64| Measured { value, threshold: None, side: None, population: None };
        measures.insert("requests".to_owned(), plain(all.len() as f64));
        why.extend(limited(requests, &rows, &all));
        let strangers = affects(&rule.scope) && !all.iter().any(|&row| self.is_outgoing(row));
        if strangers {
            why.push(
                "The rule is about what one's own clients ask of others, as a forward proxy logs it; these logs show what \
                 strangers asked: two levels lower for it."
                    .to_owned(),
            );
        }
        let evidence = requests.cited(&rows);
        let counted = if count == 1 { "1 request".to_owned() } else { format!("{count} requests") };
        let status = if rule.status.is_empty() { "no status" } else { &rule.status };
        let head = format!("Sigma rule {} ({status}), {}.", rule.id, rule.file);
        let references = rule.references.first().map_or_else(String::new, |page| format!(" About the pattern: {page}"));
        Some(Finding {
            id: self.id(rule, &key, &all, times(&all).into_iter().min()),
            supersedes: Vec::new(),
            rule: rule.id.clone(),
            title: format!("{}: {counted} from {whom}", rule.title),
            tags: rule.tags.clone(),
            modelled_on: None,
            level: if strangers { rule.level.lowered(2) } else { rule.level },
            confidence: confidence(&rule.status),
            outcome: blast::outcome(requests, &rows),
            entities: self.entities(rule, &all, &rows),
            first: shown.iter().min().copied(),
            last: shown.iter().max().copied(),
            measures,
            digest: digest(requests, &evidence),
            exchanges: count,
            exchanges_unlimited: (rows.len() < all.len()).then_some(all.len() as u64),
            evidence,
            blast_radius: blast::radius(requests, self.shelf.backdrop(), &rows),
            incident: None,
            why: std::iter::once(head).chain(why).collect(),
            ruled_out: Vec::new(),
            not_ruled_out: Vec::new(),
            innocent_if: if rule.falsepositives.is_empty() {
                "The rule names no benign look-alikes; a match says what was sent, not that it worked.".to_owned()
            } else {
                rule.falsepositives.join("; ")
            },
            next_steps: format!("Read the cited lines and what they were answered with.{references}"),
        })
    }

    /// Whether a row is of a forward proxy or a sensor beside one, which log one's own clients.
    fn is_outgoing(&self, row: u32) -> bool {
        let requests = self.shelf.requests;
        let source = requests.sources.get(requests.facts.source(row as usize) as usize);
        source.and_then(|source| source.format.as_deref()).is_some_and(|format| OUTGOING.contains(&format))
    }

    fn entities(&self, rule: &SigmaRule, all: &[u32], rows: &[u32]) -> Vec<Entity> {
        let requests = self.shelf.requests;
        let mut entities = Vec::new();
        let clients = self.shelf.is_there("client_ip").then(|| requests.told("client_ip")).flatten();
        if let Some(view) = clients {
            let reported = Reported::new(rows, all, |row| view.code(row as usize));
            let mut counts: BTreeMap<u32, u64> = BTreeMap::new();
            all.iter().map(|&row| view.code(row as usize)).for_each(|code| *counts.entry(code).or_insert(0) += 1);
            counts.remove(&breachline_parsers::table::ABSENT);
            let many = counts.len() > MOST;
            counts.retain(|&code, _| reported.names(code));
            let total = |(code, count): (u32, u64)| (code, (count, self.shelf.total("client_ip", code).max(count)));
            let totals: BTreeMap<u32, (u64, u64)> = counts.into_iter().map(total).collect();
            let role = if affects(&rule.scope) { Role::Affected } else { Role::SuspectedSource };
            for (code, (role, basis)) in parts(self.shelf, "client_ip", role, &totals, all) {
                // So many are told by the rule alone; which of them mean harm is not.
                let role = if many { Role::Undetermined } else { role };
                let value = view.dictionary.text(code).to_owned();
                entities.push(Entity { kind: "client_ip".to_owned(), value, role, basis: reported.say(code, basis) });
            }
        }
        entities.sort_by(|a, b| a.value.cmp(&b.value));
        entities
    }

    /// Rule, vantage, what the requests have in common, and the day of the first, hashed.
    fn id(&self, rule: &SigmaRule, key: &[String], rows: &[u32], first: Option<i64>) -> String {
        let requests = self.shelf.requests;
        let family = rows.first().map(|&row| requests.family_of(row));
        let together = requests.sources.iter().filter(|source| Some(requests.family(source.id)) == family);
        let vantage = together.map(|source| source.vantage).max().flatten();
        let mut hasher = Sha256::new();
        hasher.update(rule.id.as_bytes());
        for part in key.iter().cloned().chain([format!("vantage={vantage:?}")]) {
            hasher.update([0]);
            hasher.update(part.as_bytes());
        }
        hasher.update(first.unwrap_or(0).div_euclid(86_400_000_000).to_le_bytes());
        hex(&hasher.finalize()[..8])
    }
}

/// How sure a match is, by how long the rule has stood.
fn confidence(status: &str) -> f64 {
    match status {
        "stable" => 0.8,
        "test" => 0.7,
        "experimental" => 0.5,
        _ => 0.6,
    }
}
