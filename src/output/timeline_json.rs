//! The answer to `timeline` as data, `breachline.timeline/1`.

use super::hunt_json::{Source, Time, Tool, source_out};
use super::json;
use super::reach::ReachOut;
use super::route_json::Counted;
use super::sheet::Sheet;
use super::summary::{CELLS, cells};
use crate::render::rfc3339;
use breachline_queries::finding::Hunt;
use breachline_queries::reach::{Reach, reach};
use breachline_queries::requests::Requests;
use breachline_queries::timeline::{Course, Step};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

/// The name and version of this shape.
pub const SCHEMA: &str = "breachline.timeline/1";

/// What is being written, with everything that ids in it refer to.
pub struct TimelineReport<'a> {
    /// The answer.
    pub found: &'a Course,
    /// The requests that it refers to.
    pub requests: &'a Requests,
    /// What these logs cover.
    pub reach: Reach,
    /// Findings by step, as places in the hunt; empty where no rules were judged.
    pub findings: BTreeMap<i64, BTreeSet<usize>>,
    hunt: Option<&'a Hunt>,
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    tool: Tool,
    sources: Vec<Source<'a>>,
    coverage: ReachOut<'a>,
    bucket_us: i64,
    /// Steps from the first to the last; those without requests are left out of `steps`.
    span: u64,
    requests_without_time: u64,
    steps: Vec<StepOut<'a>>,
}

#[derive(Serialize)]
struct StepOut<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    schema: Option<&'static str>,
    from: Time,
    until: Time,
    #[serde(flatten)]
    rows: Counted<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    findings: Option<Vec<&'a str>>,
}

impl<'a> TimelineReport<'a> {
    /// Puts together what is written; with a hunt, findings are named by step.
    #[must_use]
    pub fn new(found: &'a Course, requests: &'a Requests, hunt: Option<&'a Hunt>) -> Self {
        let mut findings: BTreeMap<i64, BTreeSet<usize>> = BTreeMap::new();
        for (at, finding) in hunt.iter().flat_map(|hunt| &hunt.findings).enumerate() {
            for ts in finding.evidence.iter().filter_map(|&row| requests.facts.ts(row as usize)) {
                let step = ts.saturating_sub(ts.rem_euclid(found.width_us.max(1)));
                findings.entry(step).or_default().insert(at);
            }
        }
        Self { found, requests, reach: reach(requests), findings, hunt }
    }

    /// Whether findings are named.
    #[must_use]
    pub const fn has_findings(&self) -> bool {
        self.hunt.is_some()
    }

    /// Findings with evidence in a step, as (rule, id), worst first.
    #[must_use]
    pub fn of_step(&self, step: &Step) -> Vec<(&'a str, &'a str)> {
        let (Some(hunt), Some(places)) = (self.hunt, self.findings.get(&step.from)) else { return Vec::new() };
        let told = places.iter().filter_map(|&at| hunt.findings.get(at));
        told.map(|finding| (finding.rule.as_str(), finding.id.as_str())).collect()
    }

    fn step(&self, step: &'a Step, schema: Option<&'static str>) -> StepOut<'a> {
        StepOut {
            schema,
            from: Time(step.from),
            until: Time(step.from.saturating_add(self.found.width_us)),
            rows: Counted {
                rows: &step.rows,
                summary: &step.summary,
                requests: self.requests,
                with_path: schema.is_some(),
            },
            findings: self.hunt.map(|_| self.of_step(step).into_iter().map(|(_, id)| id).collect()),
        }
    }

    /// Writes one JSON document.
    pub fn write_json(&self, out: &mut impl Write) -> io::Result<()> {
        let requests = self.requests;
        let clocks = &requests.derived.exchanges.clocks;
        let document = Document {
            schema: SCHEMA,
            tool: Tool::THIS,
            sources: requests.sources.iter().map(|source| source_out(source, clocks)).collect(),
            coverage: ReachOut::new(&self.reach, &requests.derived.notes),
            bucket_us: self.found.width_us,
            span: self.found.span,
            requests_without_time: self.found.untimed,
            steps: self.found.steps.iter().map(|step| self.step(step, None)).collect(),
        };
        json::write_document(out, &document, 2)
    }

    /// Writes JSON, one step a line.
    pub fn write_jsonl(&self, out: &mut impl Write) -> io::Result<()> {
        let schema = Some("breachline.timeline.step/1");
        self.found.steps.iter().try_for_each(|step| json::write_line(out, &self.step(step, schema)))
    }

    /// Writes CSV (see [`super::sheet`]), one step a row.
    pub fn write_csv(&self, out: &mut impl Write) -> io::Result<()> {
        let columns: Vec<&str> = ["from", "until"].into_iter().chain(CELLS).chain(["findings"]).collect();
        let mut sheet = Sheet::new(out, &columns)?;
        for step in &self.found.steps {
            let head = [rfc3339(step.from), rfc3339(step.from.saturating_add(self.found.width_us))];
            let findings: Vec<&str> = self.of_step(step).into_iter().map(|(_, id)| id).collect();
            sheet.row(&head.into_iter().chain(cells(&step.summary)).chain([findings.join(" ")]).collect::<Vec<_>>())?;
        }
        sheet.finish()?.flush()
    }
}
