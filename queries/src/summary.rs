//! What became of some requests, in numbers: the same for a value of a list, a route, an entity.
//!
//! Vantages that could not be linked may tell of the same requests, so nothing is added up over them: requests, answers
//! and bytes are those of the vantages that tell of most of them, distinct values the most that any of them tell of.
//! The others are in [`Summary::apart`].

use crate::requests::{Answer, Auth, Requests};
use crate::things::objects;
use breachline_parsers::schema::Number;
use breachline_parsers::table::ABSENT;
use std::collections::BTreeMap;

/// Some requests in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Requests, each counted once however many vantages logged it.
    pub requests: u64,
    /// Requests by answer, in the order of [`Answer::ALL`].
    pub answers: [u64; 5],
    /// Requests by what was shown, in the order of [`Auth::ALL`].
    pub auth: [u64; 5],
    /// Requests by status; those without one are left out.
    pub statuses: BTreeMap<u16, u64>,
    /// Bytes sent in answers with data.
    pub bytes: u64,
    /// The first time, microseconds UTC.
    pub first: Option<i64>,
    /// The last time, microseconds UTC.
    pub last: Option<i64>,
    /// Different client addresses.
    pub clients: u64,
    /// Different principals.
    pub principals: u64,
    /// Different credentials.
    pub credentials: u64,
    /// Different applications.
    pub client_apps: u64,
    /// Different objects, each once however many editions of its route it was asked for at.
    pub objects: u64,
    /// Different objects that somebody got an answer with data for.
    pub objects_answered: u64,
    /// What vantages tell that could not be linked with those above, which may be the same requests; most first.
    pub apart: Vec<Apart>,
}

/// What some vantages tell that is not added to the rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Apart {
    /// The vantages, from the client inwards: `edge, balancer`.
    pub vantages: String,
    /// Requests, each counted once.
    pub requests: u64,
    /// Requests by answer, in the order of [`Answer::ALL`].
    pub answers: [u64; 5],
    /// Bytes sent in answers with data.
    pub bytes: u64,
}

impl Summary {
    /// Requests with this answer.
    pub const fn answered(&self, answer: Answer) -> u64 {
        self.answers[answer as usize]
    }
}

/// Puts rows that count into numbers.
pub fn summarise(requests: &Requests, rows: &[u32]) -> Summary {
    let mut families = families(requests, rows);
    if families.len() < 2 {
        return summarise_together(requests, rows);
    }
    families.sort_by_key(|(family, rows)| (std::cmp::Reverse(rows.len()), *family));
    let mut parts = families.iter().map(|(family, rows)| (*family, summarise_together(requests, rows)));
    let mut summary = parts.next().map_or_else(Summary::default, |(_, summary)| summary);
    for (family, part) in parts {
        summary.first = summary.first.into_iter().chain(part.first).min();
        summary.last = summary.last.into_iter().chain(part.last).max();
        summary.clients = summary.clients.max(part.clients);
        summary.principals = summary.principals.max(part.principals);
        summary.credentials = summary.credentials.max(part.credentials);
        summary.client_apps = summary.client_apps.max(part.client_apps);
        summary.objects = summary.objects.max(part.objects);
        summary.objects_answered = summary.objects_answered.max(part.objects_answered);
        let vantages = requests.vantages_of(family);
        summary.apart.push(Apart { vantages, requests: part.requests, answers: part.answers, bytes: part.bytes });
    }
    summary
}

/// Rows by the vantages that are counted together, in the order given; one part where nothing is apart.
pub(crate) fn families(requests: &Requests, rows: &[u32]) -> Vec<(u32, Vec<u32>)> {
    let mut families: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    if !requests.derived.exchanges.family.is_empty() {
        for &row in rows {
            families.entry(requests.family_of(row)).or_default().push(row);
        }
    }
    families.into_iter().collect()
}

/// The same for rows of vantages that are counted together.
fn summarise_together(requests: &Requests, rows: &[u32]) -> Summary {
    let mut summary = Summary { requests: rows.len() as u64, ..Summary::default() };
    let bytes = requests.told_number(Number::BytesOut);
    for at in rows.iter().map(|&row| row as usize) {
        let answer = requests.derived.answer.get(at).copied().unwrap_or(Answer::Other);
        summary.answers[answer as usize] += 1;
        summary.auth[requests.derived.auth.get(at).copied().unwrap_or(Auth::Unknown) as usize] += 1;
        if let Some(status) = requests.facts.status(at) {
            *summary.statuses.entry(status).or_default() += 1;
        }
        if requests.is_hit(at as u32) {
            summary.bytes += bytes.get(at).and_then(|&bytes| u64::try_from(bytes).ok()).unwrap_or(0);
        }
    }
    let times = || rows.iter().filter_map(|&row| requests.facts.ts(row as usize));
    (summary.first, summary.last) = (times().min(), times().max());
    summary.clients = distinct(requests, rows, "client_ip");
    summary.principals = distinct(requests, rows, "principal");
    summary.credentials = distinct(requests, rows, "credential");
    summary.client_apps = distinct(requests, rows, "client_app");
    let hit = |row: &u32| requests.is_hit(*row);
    summary.objects = objects(requests, rows.iter().copied()).len() as u64;
    summary.objects_answered = objects(requests, rows.iter().copied().filter(hit)).len() as u64;
    summary
}

/// Different values of a text column in some rows, as rules read it.
pub fn distinct(requests: &Requests, rows: &[u32], column: &str) -> u64 {
    let Some(view) = requests.told(column).filter(|view| !view.is_absent()) else { return 0 };
    let mut codes: Vec<u32> = rows.iter().map(|&row| view.code(row as usize)).filter(|&code| code != ABSENT).collect();
    codes.sort_unstable();
    codes.dedup();
    codes.len() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Log;
    use breachline_parsers::report::Vantage;

    #[test]
    fn an_object_is_one_thing_however_it_is_asked_for() {
        let known = ["/v1/pets/900", "/v2/pets/900", "/v1/pets/900/owner"];
        let log = known.iter().fold(Log::new(), |log, target| {
            log.rows(5, |row, at| row.at(at as f64).get(target).status(200).bytes(400))
        });
        let requests = log.build();
        let summary = summarise(&requests, &requests.order);
        assert_eq!((summary.objects, summary.objects_answered), (1, 1));
        let tallies = crate::tally::tally(&requests, &requests.order, "object_id");
        assert_eq!(tallies.iter().map(|tally| tally.objects).collect::<Vec<_>>(), [1]);
    }

    #[test]
    fn vantages_that_could_not_be_linked_are_not_added_up() {
        // The balancer saw ten requests, the gateway four that agree with none of them in path and time.
        let requests = Log::new()
            .report(|source| source.vantage = Some(Vantage::Balancer))
            .rows(10, |row, at| row.at(at as f64 * 60.0).ip("192.0.2.1").get("/a").status(200).bytes(10))
            .source("gateway.log")
            .report(|source| source.vantage = Some(Vantage::Gateway))
            .rows(4, |row, at| row.at(at as f64 * 60.0 + 25.0).user(&format!("u{at}")).get("/b").status(403).bytes(7))
            .build();
        let summary = summarise(&requests, &requests.order);
        assert_eq!((summary.requests, summary.bytes, summary.answered(Answer::Hit)), (10, 100, 10));
        assert_eq!((summary.clients, summary.principals), (1, 4));
        let apart: Vec<_> = summary.apart.iter().map(|apart| (apart.vantages.as_str(), apart.requests)).collect();
        assert_eq!(apart, [("gateway", 4)]);
        let one = summarise(&requests, &[0, 1]);
        assert_eq!((one.requests, one.apart), (2, Vec::new()));
    }
}
