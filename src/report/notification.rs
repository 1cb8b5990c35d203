//! The facts that authorities ask for, as far as logs have them; what only people know is left blank, and says so.
//!
//! Nothing here is a legal conclusion, and no deadline follows from it.

use crate::export::Export;
use crate::export::affected::Totals;
use crate::render::Micros;
use anyhow::Context;
use breachline_queries::finding::{Finding, Outcome};
use breachline_queries::requests::ObjectKind;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

/// The name and version of this shape.
pub const SCHEMA: &str = "breachline.notification/1";

/// Something that only people know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Blank {
    /// Always `null`, or what the analyst gave.
    pub value: Option<String>,
    /// Whether it is still to be filled in.
    pub blank: bool,
    /// Who has to, and with what.
    pub ask: &'static str,
}

impl Blank {
    fn new(ask: &'static str, value: Option<String>) -> Self {
        Self { blank: value.is_none(), value, ask }
    }
}

/// Numbers of the evidence of all findings together: a request counts once however many findings cite it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Records {
    /// Requests of the evidence.
    pub requests: u64,
    /// Of these, those answered with data.
    pub answered: u64,
    /// Distinct objects in these answers.
    pub objects: u64,
    /// Bytes of these answers.
    pub bytes: u64,
    /// Requests that change data and were answered with success, by method.
    pub changed: BTreeMap<String, u64>,
}

/// Whom the data is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Subjects {
    /// No fewer than this.
    pub confirmed_at_least: u64,
    /// No more than this; `null` where nothing in the logs bounds it.
    pub possible_at_most: Option<u64>,
    /// How they were counted.
    pub basis: &'static str,
}

/// Data items of an endpoint, as the analyst's context lists them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Items {
    /// The endpoint as the context names it.
    pub route: String,
    /// The items.
    pub items: Vec<String>,
}

/// A pattern that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pattern {
    /// The finding.
    pub finding: String,
    /// The rule.
    pub rule: String,
    /// The finding in a sentence.
    pub title: String,
}

/// A number then and now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What it counts, as the keys down to it.
    pub what: String,
    /// In the last notification.
    pub before: Value,
    /// In this one.
    pub now: Value,
}

/// The facts.
#[derive(Clone, Debug, Serialize)]
pub struct Notification {
    schema: &'static str,
    note: &'static str,
    /// `initial`, or `supplement` where an earlier one was given.
    pub stage: &'static str,
    /// When the organisation became aware.
    pub aware: Blank,
    /// First evidence of what was answered, or of all where nothing was.
    pub occurred_from: Option<Micros>,
    /// Last evidence, likewise.
    pub occurred_until: Option<Micros>,
    /// Endpoints of the evidence.
    pub routes: Vec<String>,
    /// What was found.
    pub patterns: Vec<Pattern>,
    /// Why it could happen.
    pub cause: Blank,
    /// Data items of these endpoints, where `--context` lists them.
    pub data_items: Vec<Items>,
    /// The same, by the analyst.
    pub data_items_confirmed: Blank,
    /// Kinds of ids by which people were asked for.
    pub personal_ids: Vec<&'static str>,
    /// Whom the data is about.
    pub subjects: Subjects,
    /// Numbers.
    pub records: Records,
    /// What was done about it.
    pub measures_taken: Blank,
    /// Whom data subjects can ask.
    pub contact: Blank,
    /// What changed since the last notification.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub difference: Vec<Change>,
}

impl Notification {
    /// Puts the facts together. `aware` is when the organisation became aware, microseconds UTC, as the analyst says.
    #[must_use]
    pub fn new(export: Export<'_>, aware: Option<i64>) -> Self {
        let requests = &export.session.requests;
        let hunt = export.hunt;
        let answered = |finding: &&Finding| matches!(finding.outcome, Outcome::Answered | Outcome::DataReturnedLikely);
        let told: Vec<&Finding> = if hunt.findings.iter().any(|finding| answered(&finding)) {
            hunt.findings.iter().filter(answered).collect()
        } else {
            hunt.findings.iter().collect()
        };
        let totals = Totals::of(export);
        let subjects = Subjects {
            confirmed_at_least: totals.objects.max(u64::from(totals.answered > 0)),
            possible_at_most: totals.subjects_at_most,
            basis: match totals.subjects_at_most {
                Some(_) => {
                    "distinct objects in answers with data, each taken for one subject; none of the answers looks like \
                     a list"
                }
                None => {
                    "distinct objects in answers with data, each taken for one subject; at most is unknown (null): some \
                     answers may be lists, and nothing in the logs says how many subjects these hold"
                }
            },
        };
        Self {
            schema: SCHEMA,
            note: "facts from logs; no legal conclusion and no deadline; blanks are for people",
            stage: "initial",
            aware: Blank::new(
                "the analyst: when the organisation became aware",
                aware.map(|ts| Micros(ts).to_string()),
            ),
            occurred_from: told.iter().filter_map(|finding| finding.first).min().map(Micros),
            occurred_until: told.iter().filter_map(|finding| finding.last).max().map(Micros),
            routes: routes(export),
            patterns: hunt.findings.iter().map(pattern).collect(),
            cause: Blank::new("the analyst: why it could happen", None),
            data_items: items(export),
            data_items_confirmed: Blank::new("the analyst: which items the answers held, by category", None),
            personal_ids: personal_ids(export),
            subjects,
            records: Records {
                requests: totals.requests,
                answered: totals.answered,
                objects: totals.objects,
                bytes: totals.bytes,
                changed: totals
                    .changed
                    .iter()
                    .map(|(method, &count)| (requests_method(requests, *method), count))
                    .collect(),
            },
            measures_taken: Blank::new("the organisation: what was stopped, reset, told", None),
            contact: Blank::new("the organisation: whom data subjects can ask", None),
            difference: Vec::new(),
        }
    }

    /// Makes it a supplement to an earlier one: what changed is listed. Fails when that cannot be read.
    pub fn supplement(&mut self, earlier: &str) -> anyhow::Result<()> {
        let earlier: Value = serde_json::from_str(earlier).context("this is no JSON")?;
        if earlier["schema"] != SCHEMA {
            anyhow::bail!("this is no notification.json ({SCHEMA})");
        }
        let now = serde_json::to_value(&*self)?;
        for what in ["occurred_from", "occurred_until", "routes", "subjects", "records"] {
            differences(what, &earlier[what], &now[what], &mut self.difference);
        }
        self.stage = "supplement";
        Ok(())
    }

    /// Writes it as JSON.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        crate::output::json::write_document(out, self, 2)
    }
}

fn differences(what: &str, before: &Value, now: &Value, changes: &mut Vec<Change>) {
    if let (Value::Object(mine), Value::Object(theirs)) = (before, now) {
        let keys: BTreeSet<&String> = mine.keys().chain(theirs.keys()).collect();
        for key in keys {
            differences(&format!("{what}.{key}"), &before[key], &now[key], changes);
        }
    } else if before != now {
        changes.push(Change { what: what.to_owned(), before: before.clone(), now: now.clone() });
    }
}

fn requests_method(requests: &breachline_queries::requests::Requests, code: u32) -> String {
    requests.text("method").map_or_else(String::new, |methods| methods.dictionary.text(code).to_owned())
}

fn pattern(finding: &Finding) -> Pattern {
    Pattern { finding: finding.id.clone(), rule: finding.rule.clone(), title: finding.title.clone() }
}

/// Endpoints of the evidence, sorted.
fn routes(export: Export<'_>) -> Vec<String> {
    let Some(view) = export.session.requests.text("route") else { return Vec::new() };
    let mut codes: Vec<u32> =
        export.marks().iter().map(|&(row, _)| view.code(row as usize)).filter(|&code| code != 0).collect();
    codes.sort_unstable();
    codes.dedup();
    let mut routes: Vec<String> = codes.into_iter().map(|code| view.dictionary.text(code).to_owned()).collect();
    routes.sort();
    routes
}

/// What the analyst's context says that the endpoints of the evidence return.
fn items(export: Export<'_>) -> Vec<Items> {
    let requests = &export.session.requests;
    let Some(paths) = requests.text("path") else { return Vec::new() };
    let marks = export.marks();
    let of_evidence = |returns: &breachline_queries::context::Returns| {
        marks.iter().any(|&(row, _)| returns.paths.contains(paths.code(row as usize) as usize))
    };
    let returns = requests.derived.declared.returns.iter();
    returns
        .filter(|returns| !returns.data.is_empty() && of_evidence(returns))
        .map(|returns| Items { route: returns.route.clone(), items: returns.data.clone() })
        .collect()
}

/// Kinds of ids in the evidence that name people by themselves.
fn personal_ids(export: Export<'_>) -> Vec<&'static str> {
    let requests = &export.session.requests;
    let Some(objects) = requests.text("object_id") else { return Vec::new() };
    let kind = |row: u32| requests.derived.kind_of_object.get(objects.code(row as usize) as usize).copied();
    let kinds: BTreeSet<ObjectKind> =
        export.marks().iter().filter_map(|&(row, _)| kind(row)).filter(|kind| kind.is_personal()).collect();
    kinds.into_iter().map(ObjectKind::name).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_changed_is_named_by_its_keys() {
        let mut changes = Vec::new();
        let (before, now) = (json!({"a": 1, "b": {"c": [1]}}), json!({"a": 1, "b": {"c": [1, 2]}, "d": 3}));
        differences("records", &before, &now, &mut changes);
        let named: Vec<(&str, &Value, &Value)> =
            changes.iter().map(|change| (change.what.as_str(), &change.before, &change.now)).collect();
        assert_eq!(named, [("records.b.c", &json!([1]), &json!([1, 2])), ("records.d", &Value::Null, &json!(3))]);
    }
}
