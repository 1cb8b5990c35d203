//! `manifest.json`: what went in, what came out, and the hashes of both.

use super::Export;
use super::affected::Totals;
use super::rule_set::RuleSet;
use crate::case::Acquisition;
use crate::output::hunt_json::ContextOut;
use crate::output::json;
use crate::render::Micros;
use breachline_parsers::report::{Completeness, Container, SourceReport, Vantage};
use breachline_queries::finding::{Finding, RuleVerdict, Subjects, Suppressed};
use serde::{Deserialize, Serialize};
use std::io::{self, Write};

/// The name and version of this shape.
pub const SCHEMA: &str = "breachline.manifest/1";

/// What fingerprints are worth without a case.
const PUBLIC_KEY: &str = "fingerprints of secrets are made with the key that comes with the program: anybody can compute \
                          them, so a guessed secret can be confirmed by its fingerprint";

/// What they are worth with one.
const CASE_KEY: &str = "fingerprints of secrets are made with the key of the case, which is not in this bundle: \
                        `verify --against LOGS --key FILE` needs it";

/// A file of the bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// Name in the bundle.
    pub path: String,
    /// SHA-256 of its bytes, in hex.
    pub sha256: String,
    /// Its size.
    pub bytes: u64,
    /// Rows, header not counted.
    pub rows: u64,
}

/// How logs came into a case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Taken {
    /// When, RFC 3339 in UTC.
    pub at: String,
    /// By whom, as they call themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// By which options, as typed.
    pub options: Vec<String>,
    /// Who collected them, where, how and when.
    #[serde(skip_serializing_if = "Acquisition::is_empty")]
    pub acquisition: Acquisition,
    /// Which sources.
    pub sources: Vec<String>,
}

/// What is written.
pub struct Manifest<'a> {
    /// What was exported.
    pub export: Export<'a>,
    /// The files, this one not included.
    pub outputs: &'a [Output],
    /// Lines left out of the timeline, since they state no time.
    pub undated: u64,
    /// What the evidence adds up to.
    pub(crate) totals: &'a Totals,
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    tool: &'static str,
    version: &'static str,
    options: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    ingests: &'a [Taken],
    rule_set: RuleSet,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<ContextOut<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    openapi: Option<ContextOut<'a>>,
    suppressed: &'a [Suppressed],
    sources: Vec<Source<'a>>,
    totals: crate::session::Totals,
    coverage: Covered<'a>,
    findings: Vec<Cited<'a>>,
    subjects: Whose,
    undated: u64,
    outputs: &'a [Output],
    key_id: String,
    key_note: &'static str,
    masked: bool,
    sealed: bool,
}

/// What these logs can speak for.
#[derive(Serialize)]
struct Covered<'a> {
    from: Option<Micros>,
    until: Option<Micros>,
    rules: &'a [RuleVerdict],
    notes: &'a [String],
}

/// A finding and what it stands on.
#[derive(Serialize)]
struct Cited<'a> {
    id: &'a str,
    rule: &'a str,
    rows: usize,
    digest: &'a str,
    subjects: &'a Subjects,
}

/// Whom the data is about, over all findings; `at_most` is null where it is unknown.
#[derive(Serialize)]
struct Whose {
    at_least: u64,
    at_most: Option<u64>,
}

#[derive(Serialize)]
struct Source<'a> {
    id: u32,
    path: &'a str,
    /// The archive on disk that it lies in.
    #[serde(skip_serializing_if = "Option::is_none")]
    container: Option<&'a Container>,
    sha256: &'a str,
    /// The same of its text, where it is compressed.
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256_decompressed: Option<&'a str>,
    bytes: u64,
    bytes_decompressed: u64,
    compression: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encoding: Option<&'static str>,
    format: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vantage: Option<&'static str>,
    zone: &'a str,
    records: u64,
    rows: u64,
    rejects: u64,
    skips: u64,
    read: &'a str,
}

impl<'a> From<&'a SourceReport> for Source<'a> {
    fn from(source: &'a SourceReport) -> Self {
        Self {
            id: source.id + 1,
            path: &source.path,
            container: source.container.as_ref(),
            sha256: &source.sha256,
            sha256_decompressed: source.sha256_decompressed.as_deref(),
            bytes: source.bytes,
            bytes_decompressed: source.bytes_decompressed,
            compression: source.compression,
            encoding: source.encoding,
            format: source.format.as_deref(),
            vantage: source.vantage.map(Vantage::name),
            zone: &source.zone,
            records: source.records,
            rows: source.rows,
            rejects: source.rejects,
            skips: source.skips,
            read: match &source.completeness {
                Completeness::Whole => "whole",
                Completeness::Cut(why)
                | Completeness::Unreadable(why)
                | Completeness::Unknown(why)
                | Completeness::Duplicate(why) => why,
            },
        }
    }
}

impl<'a> Manifest<'a> {
    /// Writes it as JSON.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let hunt = self.export.hunt;
        let cited = |finding: &'a Finding| Cited {
            id: &finding.id,
            rule: &finding.rule,
            rows: finding.evidence.len(),
            digest: &finding.digest,
            subjects: &finding.blast_radius.subjects,
        };
        let totals = self.totals;
        let contents = self.export.contents;
        let document = Document {
            schema: SCHEMA,
            tool: "breachline",
            version: env!("CARGO_PKG_VERSION"),
            options: self.export.options,
            ingests: &contents.ingests,
            rule_set: self.export.rule_set(),
            context: ContextOut::of(&self.export.session.requests),
            openapi: ContextOut::of_openapi(&self.export.session.requests),
            suppressed: &self.export.hunt.coverage.suppressed,
            sources: self.export.session.sources().iter().map(Source::from).collect(),
            totals: self.export.session.totals(),
            coverage: Covered {
                from: hunt.coverage.from.map(Micros),
                until: hunt.coverage.until.map(Micros),
                rules: &hunt.rules,
                notes: &hunt.coverage.notes,
            },
            findings: hunt.findings.iter().map(cited).collect(),
            subjects: Whose {
                at_least: totals.objects.max(u64::from(totals.answered > 0)),
                at_most: totals.subjects_at_most,
            },
            undated: self.undated,
            outputs: self.outputs,
            key_note: if contents.key_id().is_none() { PUBLIC_KEY } else { CASE_KEY },
            key_id: contents.key_id().unwrap_or_else(|| "public-1".to_owned()),
            masked: !self.export.contents.unmask,
            sealed: self.export.contents.raw,
        };
        json::write_document(out, &document, 2)
    }
}
