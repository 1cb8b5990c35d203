//! The answer to a hunt as JSON, `breachline.hunt/1`.
//!
//! Evidence is not copied: the ranges of a finding are made while it is being written.

use super::json::{self, stable};
use super::lines::Lines;
use super::source_json::Particulars;
use crate::render::Micros;
use breachline_parsers::report::{Container, SourceReport};
use breachline_queries::exchanges::Clock;
use breachline_queries::finding::{
    BlastRadius, Coverage, Finding, Gap, Hunt, Incident, Link, Measured, RuleVerdict, Side, Step, Subjects, Suppressed,
};
use breachline_queries::requests::Requests;
use serde::ser::SerializeSeq;
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;
use std::io::{self, Write};

/// The name and version of this shape.
pub const SCHEMA: &str = "breachline.hunt/1";
/// The name and version of one finding on a line.
pub const FINDING_SCHEMA: &str = "breachline.finding/1";

/// How much of the evidence is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum EvidenceShape {
    /// Every line, as ranges.
    Full,
    /// The number of rows and the digest only.
    Summary,
}

/// What is being written, with everything that ids in it refer to.
#[derive(Clone, Copy)]
pub struct HuntReport<'a> {
    /// The findings.
    pub hunt: &'a Hunt,
    /// The requests that evidence refers to.
    pub requests: &'a Requests,
    /// How much of the evidence is written.
    pub evidence: EvidenceShape,
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    tool: Tool,
    sources: Vec<Source<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<ContextOut<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    openapi: Option<ContextOut<'a>>,
    coverage: CoverageOut<'a>,
    rules: &'a [RuleVerdict],
    findings: Findings<'a>,
    incidents: Vec<IncidentOut<'a>>,
}

/// Who answers.
#[derive(Serialize)]
pub(super) struct Tool {
    name: &'static str,
    version: &'static str,
}

/// A source as every answer in JSON tells of it.
#[derive(Serialize)]
pub(super) struct Source<'a> {
    id: u32,
    path: &'a str,
    /// The archive on disk that it lies in.
    #[serde(skip_serializing_if = "Option::is_none")]
    container: Option<&'a Container>,
    sha256: &'a str,
    bytes: u64,
    lines: u64,
    records: u64,
    rows: u64,
    rejects: u64,
    skips: u64,
    format: Option<&'a str>,
    vantage: Option<&'static str>,
    zone: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sampling: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    clock: Option<ClockOut>,
    first: Option<Time>,
    last: Option<Time>,
    #[serde(flatten)]
    particulars: Particulars<'a>,
}

/// How far the clock of a source is off.
#[derive(Serialize)]
struct ClockOut {
    offset_us: i64,
    spread_us: i64,
    requests: usize,
    basis: &'static str,
}

/// A time as RFC 3339 in UTC.
pub(super) struct Time(pub i64);

impl Tool {
    /// This program.
    pub(super) const THIS: Self = Self { name: "breachline", version: env!("CARGO_PKG_VERSION") };
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&Micros(self.0))
    }
}

/// A file of what the analyst knows.
#[derive(Serialize)]
pub(crate) struct ContextOut<'a> {
    path: &'a str,
    sha256: &'a str,
}

impl<'a> ContextOut<'a> {
    /// Of the context that requests were read with.
    pub(crate) fn of(requests: &'a Requests) -> Option<Self> {
        requests.derived.declared.file.as_ref().map(|(path, sha256)| Self { path, sha256 })
    }

    /// Of the OpenAPI document that requests were read with.
    pub(crate) fn of_openapi(requests: &'a Requests) -> Option<Self> {
        requests.derived.declared.openapi.as_ref().map(|(path, sha256)| Self { path, sha256 })
    }
}

#[derive(Serialize)]
struct CoverageOut<'a> {
    from: Option<Time>,
    until: Option<Time>,
    gaps: Vec<GapOut>,
    rules_judged: usize,
    rules_total: usize,
    suppressed: &'a [Suppressed],
    notes: &'a [String],
}

/// A stretch without records.
#[derive(Serialize)]
pub(super) struct GapOut {
    source: u32,
    from: Time,
    until: Time,
}

struct Findings<'a>(HuntReport<'a>);

impl Serialize for Findings<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut findings = serializer.serialize_seq(Some(self.0.hunt.findings.len()))?;
        for finding in &self.0.hunt.findings {
            findings.serialize_element(&FindingOut::new(finding, self.0, None))?;
        }
        findings.end()
    }
}

#[derive(Serialize)]
struct FindingOut<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    schema: Option<&'static str>,
    id: &'a str,
    supersedes: &'a [String],
    rule: &'a str,
    title: &'a str,
    tags: &'a [String],
    modelled_on: Option<&'a str>,
    level: &'static str,
    confidence: serde_json::Value,
    outcome: &'static str,
    entities: &'a [breachline_queries::finding::Entity],
    first: Option<Time>,
    last: Option<Time>,
    measures: BTreeMap<&'a str, MeasuredOut<'a>>,
    evidence: EvidenceOut<'a>,
    blast_radius: BlastOut<'a>,
    incident: Option<&'a str>,
    why: &'a [String],
    ruled_out: &'a [String],
    not_ruled_out: &'a [String],
    innocent_if: &'a str,
    next_steps: &'a str,
}

/// Of how much answers tell.
#[derive(Serialize)]
pub(super) struct BlastOut<'a> {
    objects: u64,
    subjects: &'a Subjects,
    bytes: u64,
}

impl<'a> BlastOut<'a> {
    /// As findings have it.
    pub(super) fn new(blast: &'a BlastRadius) -> Self {
        Self { objects: blast.objects, subjects: &blast.subjects, bytes: blast.bytes }
    }
}

#[derive(Serialize)]
struct MeasuredOut<'a> {
    value: serde_json::Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    threshold: Option<serde_json::Value>,
    /// How the value compares with the threshold.
    #[serde(skip_serializing_if = "Option::is_none")]
    op: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    population: Option<PopulationOut<'a>>,
}

#[derive(Serialize)]
struct PopulationOut<'a> {
    of: &'a str,
    n: u64,
    p50: serde_json::Value,
    p99: serde_json::Value,
}

#[derive(Serialize)]
struct EvidenceOut<'a> {
    rows: usize,
    exchanges: u64,
    /// Requests without a limit on what is reported, where there is one that leaves some out.
    #[serde(skip_serializing_if = "Option::is_none")]
    exchanges_unlimited: Option<u64>,
    digest: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    lines: Option<Lines<'a>>,
}

impl<'a> FindingOut<'a> {
    /// With `schema` the finding stands alone on a line and names its sources by path.
    fn new(finding: &'a Finding, report: HuntReport<'a>, schema: Option<&'static str>) -> Self {
        let lines = (report.evidence == EvidenceShape::Full).then_some(Lines {
            rows: &finding.evidence,
            requests: report.requests,
            with_path: schema.is_some(),
        });
        let blast = &finding.blast_radius;
        Self {
            schema,
            id: &finding.id,
            supersedes: &finding.supersedes,
            rule: &finding.rule,
            title: &finding.title,
            tags: &finding.tags,
            modelled_on: finding.modelled_on.as_deref(),
            level: finding.level.name(),
            confidence: stable(finding.confidence),
            outcome: finding.outcome.name(),
            entities: &finding.entities,
            first: finding.first.map(Time),
            last: finding.last.map(Time),
            measures: finding.measures.iter().map(|(name, measured)| (name.as_str(), measured_out(measured))).collect(),
            evidence: EvidenceOut {
                rows: finding.evidence.len(),
                exchanges: finding.exchanges,
                exchanges_unlimited: finding.exchanges_unlimited,
                digest: &finding.digest,
                lines,
            },
            blast_radius: BlastOut::new(blast),
            incident: finding.incident.as_deref(),
            why: &finding.why,
            ruled_out: &finding.ruled_out,
            not_ruled_out: &finding.not_ruled_out,
            innocent_if: &finding.innocent_if,
            next_steps: &finding.next_steps,
        }
    }
}

fn measured_out(measured: &Measured) -> MeasuredOut<'_> {
    MeasuredOut {
        value: stable(measured.value),
        threshold: measured.threshold.map(stable),
        op: measured.side.map(Side::sign),
        population: measured.population.as_ref().map(|population| PopulationOut {
            of: &population.of,
            n: population.n,
            p50: stable(population.p50),
            p99: stable(population.p99),
        }),
    }
}

#[derive(Serialize)]
struct IncidentOut<'a> {
    id: &'a str,
    title: &'a str,
    findings: &'a [String],
    first: Option<Time>,
    last: Option<Time>,
    subjects: &'a Subjects,
    timeline: Vec<StepOut<'a>>,
    /// What puts its findings together.
    links: &'a [Link],
}

/// A finding as a step of its incident.
#[derive(Serialize)]
struct StepOut<'a> {
    finding: &'a str,
    first: Option<Time>,
    last: Option<Time>,
    what: &'a str,
    outcome: &'static str,
}

/// What is told of a source.
pub(super) fn source_out<'a>(source: &'a SourceReport, clocks: &[Clock]) -> Source<'a> {
    let clock = clocks.iter().find(|clock| clock.source == source.id);
    Source {
        id: source.id + 1,
        path: &source.path,
        container: source.container.as_ref(),
        sha256: &source.sha256,
        bytes: source.bytes,
        lines: source.lines,
        records: source.records,
        rows: source.rows,
        rejects: source.rejects,
        skips: source.skips,
        format: source.format.as_deref(),
        vantage: source.vantage.map(breachline_parsers::report::Vantage::name),
        zone: &source.zone,
        sampling: source.sampling,
        clock: clock.map(|clock| ClockOut {
            offset_us: clock.offset_us,
            spread_us: clock.spread_us,
            requests: clock.n,
            basis: if clock.exact { "ids" } else { "inferred" },
        }),
        first: source.first.map(Time),
        last: source.last.map(Time),
        particulars: Particulars::of(source),
    }
}

fn coverage_out(coverage: &Coverage) -> CoverageOut<'_> {
    CoverageOut {
        from: coverage.from.map(Time),
        until: coverage.until.map(Time),
        gaps: coverage.gaps.iter().map(gap_out).collect(),
        rules_judged: coverage.rules_judged,
        rules_total: coverage.rules_total,
        suppressed: &coverage.suppressed,
        notes: &coverage.notes,
    }
}

pub(super) fn gap_out(gap: &Gap) -> GapOut {
    GapOut { source: gap.source + 1, from: Time(gap.from), until: Time(gap.until) }
}

fn incident_out(incident: &Incident) -> IncidentOut<'_> {
    IncidentOut {
        id: &incident.id,
        title: &incident.title,
        findings: &incident.findings,
        first: incident.first.map(Time),
        last: incident.last.map(Time),
        subjects: &incident.subjects,
        timeline: incident.steps.iter().map(step_out).collect(),
        links: &incident.links,
    }
}

fn step_out(step: &Step) -> StepOut<'_> {
    StepOut {
        finding: &step.finding,
        first: step.first.map(Time),
        last: step.last.map(Time),
        what: &step.what,
        outcome: step.outcome.name(),
    }
}

impl HuntReport<'_> {
    /// Writes one JSON document; each source, rule, finding and incident stands on a line of its own.
    pub fn write_json(&self, out: &mut impl Write) -> io::Result<()> {
        let clocks = &self.requests.derived.exchanges.clocks;
        let document = Document {
            schema: SCHEMA,
            tool: Tool::THIS,
            sources: self.requests.sources.iter().map(|source| source_out(source, clocks)).collect(),
            context: ContextOut::of(self.requests),
            openapi: ContextOut::of_openapi(self.requests),
            coverage: coverage_out(&self.hunt.coverage),
            rules: &self.hunt.rules,
            findings: Findings(*self),
            incidents: self.hunt.incidents.iter().map(incident_out).collect(),
        };
        json::write_document(out, &document, 2)
    }

    /// Writes one finding a line.
    pub fn write_jsonl(&self, out: &mut impl Write) -> io::Result<()> {
        self.hunt
            .findings
            .iter()
            .try_for_each(|finding| json::write_line(out, &FindingOut::new(finding, *self, Some(FINDING_SCHEMA))))
    }
}
