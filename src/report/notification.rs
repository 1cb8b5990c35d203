//! The facts that authorities ask for, as far as logs have them; what only people know is left blank, and says so.
//!
//! Nothing here is a legal conclusion, and no deadline follows from it.

use crate::export::Export;
use crate::export::affected::Totals;
use crate::render::Micros;
use anyhow::Context;
use breachline_parsers::value::hex;
use breachline_queries::finding::{Finding, Outcome};
use breachline_queries::requests::{ObjectKind, Requests};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

/// The name and version of this shape.
pub const SCHEMA: &str = "breachline.notification/1";

/// Something that only people know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Blank {
    /// What the analyst gave, or wrote into the notification before; `null` until then.
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

    /// Keeps what people wrote into an earlier notification, unless it is given anew.
    fn keep(&mut self, earlier: &Value) {
        if let (None, Some(value)) = (&self.value, earlier["value"].as_str().filter(|value| !value.is_empty())) {
            (self.value, self.blank) = (Some(value.to_owned()), false);
        }
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
    /// Its number among those of the incident, from 1.
    pub number: u64,
    /// SHA-256 of the one before, in hex.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_sha256: Option<String>,
    /// When the organisation became aware.
    pub aware: Blank,
    /// First evidence of what was answered, or of all where nothing was.
    pub occurred_from: Option<Micros>,
    /// Last evidence, likewise.
    pub occurred_until: Option<Micros>,
    /// Endpoints whose answers gave data; those of all evidence where none did.
    pub routes: Vec<String>,
    /// Further endpoints of the evidence, which were asked and gave none.
    pub routes_without_data: usize,
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
        let mut evidence: Vec<u32> = export.marks().into_iter().map(|(row, _)| row).collect();
        evidence.dedup();
        let data = telling(requests, &evidence);
        let (routes, routes_without_data) = routes(requests, &data, &evidence);
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
            number: 1,
            previous_sha256: None,
            aware: Blank::new(
                "the analyst: when the organisation became aware",
                aware.map(|ts| Micros(ts).to_string()),
            ),
            occurred_from: told.iter().filter_map(|finding| finding.first).min().map(Micros),
            occurred_until: told.iter().filter_map(|finding| finding.last).max().map(Micros),
            routes,
            routes_without_data,
            patterns: hunt.findings.iter().map(pattern).collect(),
            cause: Blank::new("the analyst: why it could happen", None),
            data_items: items(requests, &data),
            data_items_confirmed: Blank::new("the analyst: which items the answers held, by category", None),
            personal_ids: personal_ids(requests, &evidence),
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

    /// Makes it a supplement to an earlier one: what people wrote into that stays, and what changed is listed. Fails when
    /// that cannot be read.
    pub fn supplement(&mut self, text: &str) -> anyhow::Result<()> {
        let earlier: Value = serde_json::from_str(text).context("this is no JSON")?;
        if earlier["schema"] != SCHEMA {
            anyhow::bail!("this is no notification.json ({SCHEMA})");
        }
        let blanks = [
            ("aware", &mut self.aware),
            ("cause", &mut self.cause),
            ("data_items_confirmed", &mut self.data_items_confirmed),
            ("measures_taken", &mut self.measures_taken),
            ("contact", &mut self.contact),
        ];
        for (name, blank) in blanks {
            blank.keep(&earlier[name]);
        }
        self.number = earlier["number"].as_u64().unwrap_or(1) + 1;
        self.previous_sha256 = Some(hex(&Sha256::digest(text)));
        let now = serde_json::to_value(&*self)?;
        let compared = ["aware.value", "occurred_from", "occurred_until", "routes", "subjects", "records"];
        for what in compared {
            let of = |document: &Value| what.split('.').fold(document.clone(), |value, key| value[key].clone());
            differences(what, &of(&earlier), &of(&now), &mut self.difference);
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

fn requests_method(requests: &Requests, code: u32) -> String {
    requests.text("method").map_or_else(String::new, |methods| methods.dictionary.text(code).to_owned())
}

fn pattern(finding: &Finding) -> Pattern {
    Pattern { finding: finding.id.clone(), rule: finding.rule.clone(), title: finding.title.clone() }
}

/// Rows of the evidence whose answers gave data; all of it where none did.
fn telling(requests: &Requests, evidence: &[u32]) -> Vec<u32> {
    let answered: Vec<u32> = evidence.iter().copied().filter(|&row| requests.is_hit(row)).collect();
    if answered.is_empty() { evidence.to_vec() } else { answered }
}

/// Endpoints whose answers gave data, sorted, and how many more were asked.
fn routes(requests: &Requests, data: &[u32], evidence: &[u32]) -> (Vec<String>, usize) {
    let Some(view) = requests.text("route") else { return (Vec::new(), 0) };
    let codes = |rows: &[u32]| -> BTreeSet<u32> {
        rows.iter().map(|&row| view.code(row as usize)).filter(|&code| code != 0).collect()
    };
    let (told, all) = (codes(data), codes(evidence));
    let mut routes: Vec<String> = told.iter().map(|&code| view.dictionary.text(code).to_owned()).collect();
    routes.sort();
    (routes, all.len() - told.len())
}

/// What the analyst's context says that these endpoints return.
fn items(requests: &Requests, data: &[u32]) -> Vec<Items> {
    let Some(paths) = requests.text("path") else { return Vec::new() };
    let of_evidence = |returns: &breachline_queries::context::Returns| {
        data.iter().any(|&row| returns.paths.contains(paths.code(row as usize) as usize))
    };
    let returns = requests.derived.declared.returns.iter();
    returns
        .filter(|returns| !returns.data.is_empty() && of_evidence(returns))
        .map(|returns| Items { route: returns.route.clone(), items: returns.data.clone() })
        .collect()
}

/// Kinds of ids in the evidence that name people by themselves.
fn personal_ids(requests: &Requests, evidence: &[u32]) -> Vec<&'static str> {
    let Some(objects) = requests.text("object_id") else { return Vec::new() };
    let kind = |row: u32| requests.derived.kind_of_object.get(objects.code(row as usize) as usize).copied();
    let kinds: BTreeSet<ObjectKind> =
        evidence.iter().filter_map(|&row| kind(row)).filter(|kind| kind.is_personal()).collect();
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
