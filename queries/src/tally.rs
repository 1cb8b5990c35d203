//! Requests by the values of a column, in one pass: for lists of many thousand values.
//!
//! [`crate::breakdown`] tells more of each value and holds its rows; this holds a line of numbers a value.

use crate::requests::{Answer, Requests};
use crate::things::named;
use breachline_parsers::schema::Number;
use breachline_parsers::table::ABSENT;

/// One value in numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// The value.
    pub value: String,
    /// Requests.
    pub requests: u64,
    /// Requests by answer, in the order of [`Answer::ALL`].
    pub answers: [u64; 5],
    /// Bytes sent in answers with data.
    pub bytes: u64,
    /// Different objects asked for, each once however many editions of its route it was asked for at.
    pub objects: u64,
    /// The first time, microseconds UTC.
    pub first: Option<i64>,
    /// The last time, microseconds UTC.
    pub last: Option<i64>,
}

/// Counts rows by a text column, as rules read it; by value. Rows without a value and columns that do not exist give nothing.
pub fn tally(requests: &Requests, rows: &[u32], column: &str) -> Vec<Tally> {
    let Some(view) = requests.told(column).filter(|view| !view.is_absent()) else { return Vec::new() };
    let bytes = requests.told_number(Number::BytesOut);
    let mut tallies: Vec<Option<Tally>> = vec![None; view.dictionary.len()];
    for &row in rows {
        let at = row as usize;
        let code = view.code(at);
        if code == ABSENT {
            continue;
        }
        let tally = tallies[code as usize].get_or_insert_with(|| Tally {
            value: view.dictionary.text(code).to_owned(),
            requests: 0,
            answers: [0; 5],
            bytes: 0,
            objects: 0,
            first: None,
            last: None,
        });
        let answer = requests.derived.answer.get(at).copied().unwrap_or(Answer::Other);
        tally.requests += 1;
        tally.answers[answer as usize] += 1;
        if requests.is_hit(at as u32) {
            tally.bytes += bytes.get(at).and_then(|&bytes| u64::try_from(bytes).ok()).unwrap_or(0);
        }
        if let Some(ts) = requests.facts.ts(at) {
            tally.first = Some(tally.first.map_or(ts, |first| first.min(ts)));
            tally.last = Some(tally.last.map_or(ts, |last| last.max(ts)));
        }
    }
    count_objects(requests, rows, column, &mut tallies);
    let mut tallies: Vec<Tally> = tallies.into_iter().flatten().collect();
    tallies.sort_by(|a, b| a.value.cmp(&b.value));
    // A dictionary may hold a value twice where a column hangs off another one.
    tallies.dedup_by(|later, kept| later.value == kept.value && merge(kept, later));
    tallies
}

fn merge(kept: &mut Tally, later: &Tally) -> bool {
    kept.requests += later.requests;
    kept.bytes += later.bytes;
    kept.objects += later.objects;
    for (sum, count) in kept.answers.iter_mut().zip(later.answers) {
        *sum += count;
    }
    kept.first = [kept.first, later.first].into_iter().flatten().min();
    kept.last = [kept.last, later.last].into_iter().flatten().max();
    true
}

fn count_objects(requests: &Requests, rows: &[u32], column: &str, tallies: &mut [Option<Tally>]) {
    let (Some(view), Some(named)) = (requests.told(column), named(requests)) else { return };
    let of_row = |&row: &u32| (view.code(row as usize), named(row));
    let mut touched: Vec<(u32, (u32, u32))> =
        rows.iter().map(of_row).filter(|&(code, (_, id))| code != ABSENT && id != ABSENT).collect();
    touched.sort_unstable();
    touched.dedup();
    for (code, _) in touched {
        if let Some(tally) = &mut tallies[code as usize] {
            tally.objects += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::breakdown::by;
    use crate::testing::Log;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_counts_what_the_breakdown_counts(lines in prop::collection::vec((0_u32..50, 0_u8..4, 0_u8..6, any::<bool>()), 0..60)) {
            let log = lines.iter().fold(Log::new(), |log, &(second, client, item, found)| {
                log.row(|row| {
                    let row = row.at(f64::from(second)).ip(&format!("192.0.2.{client}")).get(&format!("/v1/items/{}", 100 + u32::from(item)));
                    row.status(if found { 200 } else { 404 }).bytes(10 + i64::from(item))
                })
            });
            let requests = log.build();
            let rows = crate::reach::rows(&requests);
            for column in ["client_ip", "route", "object_id", "principal", "nothing"] {
                let mut parts = by(&requests, &rows, column, usize::MAX).top;
                parts.sort_by(|a, b| a.value.cmp(&b.value));
                let wanted: Vec<Tally> = parts.into_iter().map(|part| Tally {
                    value: part.value.unwrap_or_default(),
                    requests: part.summary.requests,
                    answers: part.summary.answers,
                    bytes: part.summary.bytes,
                    objects: part.summary.objects,
                    first: part.summary.first,
                    last: part.summary.last,
                }).collect();
                prop_assert_eq!(tally(&requests, &rows, column), wanted);
            }
        }
    }
}
