//! What was answered with success within a set of rows.

use crate::finding::{BlastRadius, Outcome, Subjects};
use crate::requests::{Answer, Requests};
use breachline_parsers::schema::Number;

/// Rows that got data as an answer.
fn hits<'a>(requests: &'a Requests, rows: &'a [u32]) -> impl Iterator<Item = u32> + 'a {
    rows.iter().copied().filter(|&row| requests.derived.answer.get(row as usize) == Some(&Answer::Hit))
}

/// Distinct objects (route and id) with a successful answer, sorted.
pub fn objects(requests: &Requests, rows: &[u32]) -> Vec<(u32, u32)> {
    let (Some(routes), Some(ids)) = (requests.text("route"), requests.text("object_id")) else { return Vec::new() };
    if routes.is_absent() || ids.is_absent() {
        return Vec::new();
    }
    let mut objects: Vec<(u32, u32)> = hits(requests, rows)
        .map(|row| (routes.code(row as usize), ids.code(row as usize)))
        .filter(|&(_, id)| id != 0)
        .collect();
    objects.sort_unstable();
    objects.dedup();
    objects
}

/// Objects, subjects and bytes of the answers, of rows that count and are counted together: each exchange once.
pub fn radius(requests: &Requests, rows: &[u32]) -> BlastRadius {
    let objects = objects(requests, rows).len() as u64;
    let answered = hits(requests, rows).count() as u64;
    let bytes = hits(requests, rows)
        .filter_map(|row| requests.told_number(Number::BytesOut).get(row as usize).copied())
        .filter_map(|bytes| u64::try_from(bytes).ok())
        .sum();
    let basis = if objects > 0 {
        format!(
            "{objects} distinct object ids in {answered} successful answers; one id may stand for one subject, \
             a list or an export may hold many, so nothing bounds it from above"
        )
    } else {
        format!("{answered} successful answers name no object id in these logs, so subjects cannot be counted")
    };
    let at_least = if objects > 0 { objects } else { u64::from(answered > 0) };
    BlastRadius { objects, subjects: Subjects { at_least, at_most: (answered == 0).then_some(0), basis }, bytes }
}

/// What the answers amount to, taken together.
pub fn outcome(requests: &Requests, rows: &[u32]) -> Outcome {
    let answers: Vec<Answer> =
        rows.iter().filter_map(|&row| requests.derived.answer.get(row as usize).copied()).collect();
    let known = rows.iter().any(|&row| requests.facts.status(row as usize).is_some());
    if !known {
        return Outcome::Undetermined;
    }
    if answers.contains(&Answer::Hit) {
        let body = |row: u32| requests.told_number(Number::BytesOut).get(row as usize).is_some_and(|&bytes| bytes > 0);
        return if hits(requests, rows).any(body) { Outcome::DataReturnedLikely } else { Outcome::Answered };
    }
    if rows.iter().any(|&row| is_done(requests, row as usize)) {
        return Outcome::Answered;
    }
    if !answers.is_empty() && answers.iter().all(|&answer| answer == Answer::Denied) {
        return Outcome::Denied;
    }
    Outcome::Attempted
}

/// Whether a request that changes something was answered with "done", which has no body.
fn is_done(requests: &Requests, row: usize) -> bool {
    let changes = |method: &str| matches!(method, "POST" | "PUT" | "PATCH" | "DELETE");
    requests.facts.status(row) == Some(204)
        && requests.text("method").and_then(|methods| methods.get(row).map(changes)).unwrap_or(false)
}
