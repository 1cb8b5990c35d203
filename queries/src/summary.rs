//! What became of some requests, in numbers: the same for a value of a list, a route, an entity.

use crate::requests::{Answer, Auth, Requests};
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
    /// Different objects (route and id).
    pub objects: u64,
    /// Different objects that somebody got an answer with data for.
    pub objects_answered: u64,
}

impl Summary {
    /// Requests with this answer.
    pub const fn answered(&self, answer: Answer) -> u64 {
        self.answers[answer as usize]
    }
}

/// Puts rows that count into numbers.
pub fn summarise(requests: &Requests, rows: &[u32]) -> Summary {
    let mut summary = Summary { requests: rows.len() as u64, ..Summary::default() };
    let bytes = requests.told_number(Number::BytesOut);
    for at in rows.iter().map(|&row| row as usize) {
        let answer = requests.derived.answer.get(at).copied().unwrap_or(Answer::Other);
        summary.answers[answer as usize] += 1;
        summary.auth[requests.derived.auth.get(at).copied().unwrap_or(Auth::Unknown) as usize] += 1;
        if let Some(status) = requests.facts.status(at) {
            *summary.statuses.entry(status).or_default() += 1;
        }
        if answer == Answer::Hit {
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
    summary.objects = objects(requests, rows.iter().copied());
    summary.objects_answered = objects(requests, rows.iter().copied().filter(hit));
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

/// Different objects (route and id) in some rows.
fn objects(requests: &Requests, rows: impl Iterator<Item = u32>) -> u64 {
    let (Some(routes), Some(ids)) = (requests.text("route"), requests.text("object_id")) else { return 0 };
    if ids.is_absent() {
        return 0;
    }
    let mut objects: Vec<(u32, u32)> =
        rows.map(|row| (routes.code(row as usize), ids.code(row as usize))).filter(|&(_, id)| id != ABSENT).collect();
    objects.sort_unstable();
    objects.dedup();
    objects.len() as u64
}
