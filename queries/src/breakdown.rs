//! Rows cut by the values of a column, each part in numbers.

use crate::frame::{Values, values};
use crate::requests::Requests;
use crate::summary::{Summary, summarise};
use std::collections::BTreeMap;

/// Rows that share a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The value; `None` where rows have none. Numbers are written in digits.
    pub value: Option<String>,
    /// The rows, in the order given.
    pub rows: Vec<u32>,
    /// What became of them.
    pub summary: Summary,
}

/// How many parts there are, and the largest of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Breakdown {
    /// Different values.
    pub distinct: u64,
    /// Rows without a value.
    pub without: u64,
    /// The parts with most rows: more first, then by value. Rows without a value are no part.
    pub top: Vec<Part>,
}

/// Cuts rows by a column, as rules read it, and keeps the `top` largest parts. A column that does not exist has no values.
pub fn by(requests: &Requests, rows: &[u32], column: &str, top: usize) -> Breakdown {
    let mut parts: Vec<(String, Vec<u32>)> = match requests.told(column) {
        Some(view) => {
            let mut by_code: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
            for &row in rows {
                by_code.entry(view.code(row as usize)).or_default().push(row);
            }
            by_code.remove(&breachline_parsers::table::ABSENT);
            let mut by_text: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
            for (code, rows) in by_code {
                by_text.entry(view.dictionary.text(code)).or_default().extend(rows);
            }
            by_text.into_iter().map(|(text, rows)| (text.to_owned(), rows)).collect()
        }
        None => by_value(requests, rows, column),
    };
    let with: usize = parts.iter().map(|(_, rows)| rows.len()).sum();
    let distinct = parts.len() as u64;
    parts.sort_by(|a, b| (b.1.len(), &a.0).cmp(&(a.1.len(), &b.0)));
    parts.truncate(top);
    let part = |(value, rows): (String, Vec<u32>)| {
        let summary = summarise(requests, &rows);
        Part { value: Some(value), rows, summary }
    };
    Breakdown { distinct, without: (rows.len() - with) as u64, top: parts.into_iter().map(part).collect() }
}

/// The same for columns that are no dictionary.
fn by_value(requests: &Requests, rows: &[u32], column: &str) -> Vec<(String, Vec<u32>)> {
    let mut by_text: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    match values(requests, column) {
        Some(Values::Text(texts)) => {
            for &row in rows {
                if let Some(text) = texts.value(texts.code(row as usize)) {
                    by_text.entry(text.to_owned()).or_default().push(row);
                }
            }
        }
        Some(Values::Number(at) | Values::Time(at)) => {
            for &row in rows {
                if let Some(number) = at(row as usize) {
                    by_text.entry(number.to_string()).or_default().push(row);
                }
            }
        }
        None => {}
    }
    by_text.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Log;

    #[test]
    fn parts_are_the_largest_first_and_add_up() {
        let requests = Log::new()
            .rows(5, |row, at| row.at(at as f64).ip("192.0.2.1").get("/a").status(200))
            .rows(3, |row, at| row.at(at as f64).ip("192.0.2.3").post("/b").status(404))
            .rows(3, |row, at| row.at(at as f64).ip("192.0.2.2").get("/b").status(404))
            .row(|row| row.at(1.0).get("/c"))
            .build();
        let rows: Vec<u32> = (0..12).collect();
        let told = |column: &str, top: usize| {
            let found = by(&requests, &rows, column, top);
            let parts: Vec<(String, usize)> =
                found.top.iter().map(|part| (part.value.clone().unwrap_or_default(), part.rows.len())).collect();
            (found.distinct, found.without, parts)
        };
        let pair = |text: &str, count: usize| (text.to_owned(), count);
        assert_eq!(told("client_ip", 2), (3, 1, vec![pair("192.0.2.1", 5), pair("192.0.2.2", 3)]));
        assert_eq!(told("status", 9), (2, 1, vec![pair("404", 6), pair("200", 5)]));
        assert_eq!(told("answer", 9).2, [pair("miss", 6), pair("hit", 5), pair("other", 1)]);
        assert_eq!(told("nothing", 9), (0, 12, Vec::new()));
    }
}
