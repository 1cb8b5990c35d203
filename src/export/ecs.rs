//! `ecs.jsonl`: evidence lines as events of the Elastic Common Schema, for import into a SIEM.
//!
//! Field names come from the table of columns; what they need in another unit or type is translated here.

use super::Export;
use super::evidence::Line;
use super::veil::Hidden;
use crate::output::fields::{Field, Value};
use breachline_parsers::schema::COLUMNS;
use breachline_queries::finding::Level;
use serde_json::{Map, Value as Json, json};
use std::net::IpAddr;

/// The version of the schema that the names are of.
const VERSION: &str = "8.17.0";

/// Makes events.
pub(super) struct Events<'a> {
    export: Export<'a>,
    /// Columns that the schema has a field for.
    fields: Vec<(&'static str, Field<'a>)>,
    answer: Option<Field<'a>>,
}

impl<'a> Events<'a> {
    pub(super) fn new(export: Export<'a>) -> Self {
        let requests = &export.session.requests;
        let field = |column| Field::new(requests, column);
        let fields = COLUMNS.iter().filter_map(|column| Some((column.ecs?, field(column)?))).collect();
        let answer = COLUMNS.iter().find(|column| column.name == "answer").and_then(field);
        Self { export, fields, answer }
    }

    /// A line as an event; `shown` is the line with secrets and people masked.
    pub(super) fn event(&self, line: &Line<'_>, shown: &str, hidden: &Hidden) -> Json {
        let mut event = Map::new();
        for (name, field) in &self.fields {
            for (name, value) in translated(name, field.get(line.row), hidden) {
                set(&mut event, name, value);
            }
        }
        let findings: Vec<_> = line.findings.iter().map(|&at| self.export.finding(at)).collect();
        let mut rules: Vec<&str> = findings.iter().map(|finding| finding.rule.as_str()).collect();
        rules.sort_unstable();
        rules.dedup();
        let mut techniques: Vec<String> =
            findings.iter().flat_map(|finding| &finding.tags).filter_map(|tag| technique(tag)).collect();
        techniques.sort_unstable();
        techniques.dedup();
        let outcome = match self.answer.map(|field| field.get(line.row)) {
            Some(Value::Text("hit")) => "success",
            Some(Value::Text("denied" | "miss" | "error")) => "failure",
            _ => "unknown",
        };
        let level = findings.iter().map(|finding| finding.level).max();
        let ids: Vec<&str> = findings.iter().map(|finding| finding.id.as_str()).collect();
        let of_event: [(&str, Json); 13] = [
            ("ecs.version", json!(VERSION)),
            ("event.kind", json!("alert")),
            ("event.category", json!(["web"])),
            ("event.type", json!(["access"])),
            ("event.dataset", json!("breachline.evidence")),
            ("event.outcome", json!(outcome)),
            ("event.severity", json!(level.map_or(0, severity))),
            ("event.original", json!(shown)),
            ("event.hash", json!(line.digest)),
            ("rule.id", json!(rules)),
            ("threat.technique.id", json!(techniques)),
            ("labels.finding", json!(ids)),
            ("log.file.line", json!(line.place.line_no)),
        ];
        for (name, value) in of_event {
            set(&mut event, name, value);
        }
        Json::Object(event)
    }
}

/// A column under its name and in its unit there.
fn translated(name: &'static str, value: Value<'_>, hidden: &Hidden) -> Vec<(&'static str, Json)> {
    let is_address = |text: &str| text.parse::<IpAddr>().is_ok();
    match (name, value) {
        (_, Value::Absent) => Vec::new(),
        // Nanoseconds there.
        ("event.duration", Value::Number(micros)) => vec![(name, json!(micros.saturating_mul(1000)))],
        ("source.address", Value::Text(text)) if is_address(text) => {
            vec![(name, json!(text)), ("source.ip", json!(text))]
        }
        // Mapped as an address: anything else would be refused.
        ("client.ip", Value::Text(text)) if !is_address(text) => vec![("client.address", json!(text))],
        (_, Value::Text(text)) => vec![(name, json!(hidden.hide(text)))],
        (_, Value::Number(number)) => vec![(name, json!(number))],
        (_, time @ Value::Time(_)) => vec![(name, json!(time.cell()))],
    }
}

/// Sets a value by a name with dots, as an object in an object.
fn set(into: &mut Map<String, Json>, name: &str, value: Json) {
    match name.split_once('.') {
        None => {
            into.insert(name.to_owned(), value);
        }
        Some((first, rest)) => {
            let within = into.entry(first.to_owned()).or_insert_with(|| Json::Object(Map::new()));
            if let Json::Object(within) = within {
                set(within, rest, value);
            }
        }
    }
}

/// The ATT&CK technique that a tag names.
fn technique(tag: &str) -> Option<String> {
    let id = tag.strip_prefix("attack.t")?;
    id.starts_with(|c: char| c.is_ascii_digit()).then(|| format!("T{id}"))
}

/// A level as a number, as Elastic's rules count.
const fn severity(level: Level) -> u8 {
    match level {
        Level::Informational => 1,
        Level::Low => 21,
        Level::Medium => 47,
        Level::High => 73,
        Level::Critical => 99,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_stands_for_a_value_and_for_a_group() {
        let names: Vec<&str> = COLUMNS.iter().filter_map(|column| column.ecs).collect();
        for name in &names {
            assert!(!names.iter().any(|other| other.starts_with(&format!("{name}."))), "{name}");
        }
    }

    #[test]
    fn techniques_are_named_as_they_are_listed() {
        assert_eq!(technique("attack.t1589.002").as_deref(), Some("T1589.002"));
        assert_eq!(technique("attack.collection"), None);
        assert_eq!(technique("owasp-api-2023.api1"), None);
    }
}
