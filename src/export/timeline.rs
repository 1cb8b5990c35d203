//! `timeline.csv` and `timeline.jsonl`: what happened in order of time, as Timesketch imports it.
//!
//! Timesketch asks for `message`, `datetime` (ISO 8601 with an offset) and `timestamp_desc`; `timestamp` is the same
//! time in microseconds, `tag` becomes its labels. A line is one event however many findings cite it; the first and the
//! last evidence of each finding are events of their own. Lines without a time cannot stand in a timeline and are counted.

use super::Export;
use super::file::{HashedFile, Lines, Parts};
use super::manifest::Output;
use super::veil::{Columns, Veil};
use crate::output::fields::{Field, Value};
use crate::render::rfc3339;
use breachline_parsers::schema::column;
use breachline_queries::finding::{Finding, Level};
use serde::Serialize;
use std::path::Path;

/// Columns that stand in front of every event.
pub const LEADING: [&str; 9] =
    ["message", "datetime", "timestamp_desc", "timestamp", "data_type", "tag", "finding", "rule", "level"];

/// Columns of `requests` that follow.
const STANDARD: [&str; 15] = [
    "client_ip",
    "principal",
    "client_app",
    "credential",
    "method",
    "host",
    "target",
    "route",
    "object_id",
    "status",
    "bytes_out",
    "answer",
    "user_agent",
    "source",
    "line_no",
];

/// Something that happened; the order of the kinds is that of events at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    /// A finding begins.
    First(u32),
    /// A request, by row and the run of its marks.
    Request { row: u32, from: u32, until: u32 },
    /// A finding ends.
    Last(u32),
}

/// One event, the columns of a request left out.
#[derive(Serialize)]
struct Event<'a> {
    message: String,
    datetime: String,
    timestamp_desc: &'static str,
    timestamp: i64,
    data_type: &'static str,
    tag: Vec<&'a str>,
    finding: Vec<&'a str>,
    rule: Vec<&'a str>,
    level: &'static str,
    #[serde(flatten)]
    columns: Option<Columns<'a, 'a>>,
}

/// Writes both files. Gives them, and how many events have no time.
pub fn write(export: Export<'_>, marks: &[(u32, u32)], directory: &Path) -> anyhow::Result<(Vec<Output>, u64)> {
    let (events, undated) = events(export, marks);
    let requests = &export.session.requests;
    let fields: Vec<Field<'_>> =
        STANDARD.into_iter().filter_map(column).filter_map(|column| Field::new(requests, column)).collect();
    let names: Vec<&str> = LEADING.into_iter().chain(fields.iter().map(|field| field.column.name)).collect();
    let mut sheet = Parts::new(directory, "timeline", &names)?;
    let mut lines = Lines::new(HashedFile::create(directory, "timeline.jsonl")?);
    let veil = Veil { lifted: export.contents.unmask };
    for (ts, what) in events {
        match what {
            What::First(at) => {
                let event = of_finding(export.finding(at), ts, "First evidence of a finding");
                sheet.row(&cells(&event, fields.iter().map(|_| String::new())))?;
                lines.write(&event)?;
            }
            What::Last(at) => {
                let event = of_finding(export.finding(at), ts, "Last evidence of a finding");
                sheet.row(&cells(&event, fields.iter().map(|_| String::new())))?;
                lines.write(&event)?;
            }
            What::Request { row, from, until } => {
                let row = row as usize;
                let hidden = veil.of(requests, row);
                let mut event = of_request(export, &marks[from as usize..until as usize], ts);
                event.message = format!("{}, {}", message(&fields, row, &hidden), event.message);
                sheet.row(&cells(&event, fields.iter().map(|field| hidden.cell(field.get(row)))))?;
                event.columns = Some(Columns { fields: &fields, row, hidden: &hidden });
                lines.write(&event)?;
            }
        }
    }
    let mut outputs = sheet.finish()?;
    outputs.push(lines.finish()?);
    Ok((outputs, undated))
}

/// All events in order of time, and how many have none.
fn events(export: Export<'_>, marks: &[(u32, u32)]) -> (Vec<(i64, What)>, u64) {
    let facts = &export.session.requests.facts;
    let mut events = Vec::new();
    let mut undated = 0;
    let mut from = 0;
    for of_row in marks.chunk_by(|left, right| left.0 == right.0) {
        let until = from + of_row.len() as u32;
        let row = of_row.first().map_or(0, |&(row, _)| row);
        match facts.ts(row as usize) {
            Some(ts) => events.push((ts, What::Request { row, from, until })),
            None => undated += 1,
        }
        from = until;
    }
    for (finding, at) in export.hunt.findings.iter().zip(0..) {
        events.extend(finding.first.map(|ts| (ts, What::First(at))));
        events.extend(finding.last.map(|ts| (ts, What::Last(at))));
    }
    events.sort_unstable();
    (events, undated)
}

fn of_finding<'a>(finding: &'a Finding, ts: i64, desc: &'static str) -> Event<'a> {
    Event {
        message: format!("{} {}: {}", finding.level.name(), finding.rule, finding.title),
        datetime: datetime(ts),
        timestamp_desc: desc,
        timestamp: ts,
        data_type: "breachline:finding",
        tag: vec!["breachline", &finding.rule],
        finding: vec![&finding.id],
        rule: vec![&finding.rule],
        level: finding.level.name(),
        columns: None,
    }
}

fn of_request<'a>(export: Export<'a>, marks: &[(u32, u32)], ts: i64) -> Event<'a> {
    let findings = || marks.iter().map(|&(_, at)| &export.hunt.findings[at as usize]);
    let mut rules: Vec<&str> = findings().map(|finding| finding.rule.as_str()).collect();
    rules.sort_unstable();
    rules.dedup();
    Event {
        message: format!("evidence of {}", rules.join(" and ")),
        datetime: datetime(ts),
        timestamp_desc: "Request logged",
        timestamp: ts,
        data_type: "breachline:request",
        tag: std::iter::once("breachline").chain(rules.iter().copied()).collect(),
        finding: findings().map(|finding| finding.id.as_str()).collect(),
        rule: rules,
        level: findings().map(|finding| finding.level).max().map_or("", Level::name),
        columns: None,
    }
}

/// A request in a few words.
fn message(fields: &[Field<'_>], row: usize, hidden: &super::veil::Hidden) -> String {
    let value = |name: &str| {
        let value = fields.iter().find(|field| field.column.name == name).map(|field| field.get(row));
        value.filter(|value| *value != Value::Absent).map(|value| hidden.cell(value))
    };
    let mut words =
        format!("{} {}", value("method").as_deref().unwrap_or("?"), value("target").as_deref().unwrap_or("?"));
    for (before, name) in [(" answered ", "status"), (" from ", "client_ip"), (" as ", "principal")] {
        if let Some(value) = value(name) {
            words.push_str(before);
            words.push_str(&value);
        }
    }
    words
}

/// ISO 8601 with an offset and microseconds.
fn datetime(ts: i64) -> String {
    rfc3339(ts).replace('Z', "+00:00")
}

fn cells(event: &Event<'_>, columns: impl Iterator<Item = String>) -> Vec<String> {
    let leading = [
        event.message.clone(),
        event.datetime.clone(),
        event.timestamp_desc.to_owned(),
        event.timestamp.to_string(),
        event.data_type.to_owned(),
        event.tag.join(","),
        event.finding.join(" "),
        event.rule.join(" "),
        event.level.to_owned(),
    ];
    leading.into_iter().chain(columns).collect()
}
