//! Some requests in numbers, as every answer writes them, with the lines behind them.

use super::hunt_json::Time;
use super::lines::Lines;
use crate::render::rfc3339;
use breachline_queries::requests::{Answer, Requests};
use breachline_queries::summary::{Apart, Summary};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

/// Some requests in numbers, with the lines behind them.
#[derive(Serialize)]
pub struct SummaryOut<'a> {
    requests: u64,
    answers: Answers<'a>,
    bytes: u64,
    clients: u64,
    principals: u64,
    credentials: u64,
    client_apps: u64,
    objects: u64,
    objects_answered: u64,
    first: Option<Time>,
    last: Option<Time>,
    /// What vantages tell that could not be linked; not in the numbers above.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    apart: Vec<ApartOut<'a>>,
    lines: Lines<'a>,
}

#[derive(Serialize)]
struct ApartOut<'a> {
    vantages: &'a str,
    requests: u64,
    answers: Answers<'a>,
    bytes: u64,
}

struct Answers<'a>(&'a [u64; 5]);

impl Serialize for Answers<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (answer, count) in Answer::ALL.iter().zip(self.0) {
            map.serialize_entry(answer.name(), count)?;
        }
        map.end()
    }
}

/// A summary with the lines of `cited` rows; with `with_path` sources are named by path as well.
#[must_use]
pub fn summary<'a>(summary: &'a Summary, cited: &'a [u32], requests: &'a Requests, with_path: bool) -> SummaryOut<'a> {
    SummaryOut {
        requests: summary.requests,
        answers: Answers(&summary.answers),
        bytes: summary.bytes,
        clients: summary.clients,
        principals: summary.principals,
        credentials: summary.credentials,
        client_apps: summary.client_apps,
        objects: summary.objects,
        objects_answered: summary.objects_answered,
        first: summary.first.map(Time),
        last: summary.last.map(Time),
        apart: summary.apart.iter().map(apart).collect(),
        lines: Lines { rows: cited, requests, with_path },
    }
}

fn apart(apart: &Apart) -> ApartOut<'_> {
    ApartOut {
        vantages: &apart.vantages,
        requests: apart.requests,
        answers: Answers(&apart.answers),
        bytes: apart.bytes,
    }
}

/// The columns of a summary in CSV.
pub const CELLS: [&str; 16] = [
    "requests",
    "hit",
    "miss",
    "denied",
    "error",
    "other",
    "bytes",
    "clients",
    "principals",
    "credentials",
    "client_apps",
    "objects",
    "objects_answered",
    "first",
    "last",
    "apart",
];

/// The cells of a summary in CSV.
#[must_use]
pub fn cells(summary: &Summary) -> [String; 16] {
    let time = |time: Option<i64>| time.map(rfc3339).unwrap_or_default();
    [
        summary.requests.to_string(),
        summary.answered(Answer::Hit).to_string(),
        summary.answered(Answer::Miss).to_string(),
        summary.answered(Answer::Denied).to_string(),
        summary.answered(Answer::Error).to_string(),
        summary.answered(Answer::Other).to_string(),
        summary.bytes.to_string(),
        summary.clients.to_string(),
        summary.principals.to_string(),
        summary.credentials.to_string(),
        summary.client_apps.to_string(),
        summary.objects.to_string(),
        summary.objects_answered.to_string(),
        time(summary.first),
        time(summary.last),
        // `balancer 900; edge 12`: requests that are not in the numbers before.
        summary
            .apart
            .iter()
            .map(|apart| format!("{} {}", apart.vantages, apart.requests))
            .collect::<Vec<_>>()
            .join("; "),
    ]
}
