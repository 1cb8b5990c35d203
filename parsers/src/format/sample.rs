//! Samples that a format file carries, and what must become of them.

use super::{DecodeContext, Format};
use crate::decode::Verdict;
use crate::schema::{Number, Text};
use crate::table::{FactTable, Place};
use crate::time::{self, Clock};
use serde::Deserialize;
use std::collections::BTreeMap;

/// One record and its facts, or why it is none.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sample {
    /// `easy`, `hard` or `reject`.
    pub kind: String,
    /// The record, header lines before it where the format has some.
    pub log: String,
    /// Columns and their values.
    #[serde(default)]
    expect: BTreeMap<String, toml::Value>,
    /// Columns without a value.
    #[serde(default)]
    absent: Vec<String>,
    /// A part of the reason of a reject.
    reason: Option<String>,
}

pub(super) fn run(format: &Format) -> Vec<String> {
    let mut failures = Vec::new();
    for kind in ["easy", "hard", "reject"] {
        if !format.samples.iter().any(|sample| sample.kind == kind) {
            failures.push(format!("{}: there is no sample of kind `{kind}`; add one", format.id));
        }
    }
    for (index, sample) in format.samples.iter().enumerate() {
        let place = format!("{}: sample {} ({})", format.id, index + 1, sample.kind);
        failures.extend(check(format, sample).into_iter().map(|failure| format!("{place}: {failure}")));
    }
    failures
}

fn check(format: &Format, sample: &Sample) -> Vec<String> {
    let context = DecodeContext {
        key: *b"breachline public fingerprint k1",
        zone: chrono_tz::Tz::UTC,
        year_hint: None,
        captures: std::sync::Arc::default(),
    };
    let mut table = FactTable::default();
    let mut decoder = format.decoder(&context);
    // Header lines stand before the record.
    let (headers, record) = sample.log.rsplit_once('\n').unwrap_or(("", &sample.log));
    for header in headers.lines() {
        if let Some(next) = decoder.heed(header.as_bytes()) {
            decoder = next;
        }
    }
    let verdict = decoder.decode(record.as_bytes(), 0, Place::default(), &mut table);
    table.finish();
    match (verdict, sample.kind.as_str()) {
        (Verdict::Reject(reason), "reject") => {
            let wanted = sample.reason.as_deref().unwrap_or_default();
            if reason.contains(wanted) { Vec::new() } else { vec![format!("the reason is `{reason}`, not `{wanted}`")] }
        }
        (Verdict::Row, "easy" | "hard") => compare(&table, sample),
        (verdict, _) => vec![format!("it came out as {verdict:?}")],
    }
}

fn compare(table: &FactTable, sample: &Sample) -> Vec<String> {
    let mut failures = Vec::new();
    for (column, expected) in &sample.expect {
        let expected = match expected {
            toml::Value::String(text) if column == "ts" => {
                time::read(text.as_bytes(), Clock::Iso, chrono_tz::Tz::UTC).map(|ts| ts.to_string())
            }
            toml::Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        };
        let found = fact(table, column);
        if found != expected {
            failures.push(format!("{column} is {found:?}, not {expected:?}"));
        }
    }
    for column in &sample.absent {
        if let Some(found) = fact(table, column) {
            failures.push(format!("{column} is {found:?}, and should be absent"));
        }
    }
    failures
}

/// A fact of the first row as text; a column that is no fact reads as absent.
fn fact(table: &FactTable, column: &str) -> Option<String> {
    match column {
        "ts" => table.ts(0).map(|ts| ts.to_string()),
        "status" => table.status(0).map(|status| status.to_string()),
        _ => {
            if let Some(text) = Text::ALL.into_iter().find(|text| text.name() == column) {
                return table.text(text).get(0).map(str::to_owned);
            }
            let number = Number::ALL.into_iter().find(|number| number.name() == column)?;
            table.number(number).get(0).map(|number| number.to_string())
        }
    }
}
