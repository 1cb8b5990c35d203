//! The answer to a survey as JSON, `breachline.survey/1`.
//!
//! The same files give the same bytes: what was measured (how long a hunt takes) is left to the table.
//!
//! | key | holds |
//! | --- | --- |
//! | `files` | `found` below the paths given and their `bytes`, `opened` (members of archives included), `pruned` for the time in their names |
//! | `estimate` | `records` and `bytes_decompressed` of everything, likely copies counted once; `exact` if counted |
//! | `groups` | files with like names: `pattern` (what differs is `*`), `files`, `bytes`, `opened` (ids of `sources`; others were listed only), `archives` looked into, `records` |
//! | `archives` | those that go on after the `members` listed, `taken` of `bytes` gone through |
//! | `sources` | each that was opened, named as in `breachline.hunt/1`; `sample` counts what was looked at, `reach` says how far that is (`whole`, `ends`, `head`), `records` and `bytes_decompressed` are of all of it, `exact` if counted; with `head`, `last` is the last time looked at |
//! | `coverage` | `from`, `until`, by vantage `gaps` of an hour or more and in `basis` how many files' hours are known how; `rules_judged` of `rules_total` |
//! | `rules` | `state` `judgeable` or `not_evaluable` with the columns `missing` and, with `--extract`, why it `needs_all` logs, as far as the samples show |
//! | `notes` | limits and assumptions, in sentences |

use super::json;
use super::survey_table::Picture;
use crate::render::Micros;
use breachline_parsers::report::{Completeness, Mapped, MixedIn, Vantage};
use breachline_parsers::survey::{Basis, Hours, Reach, Span, Surveyed};
use serde::{Serialize, Serializer};
use std::io::{self, Write};

/// The name and version of this shape.
pub const SCHEMA: &str = "breachline.survey/1";

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    tool: Tool,
    files: Files,
    estimate: Estimate,
    groups: Vec<Group<'a>>,
    archives: Vec<Archive<'a>>,
    sources: Vec<Source<'a>>,
    coverage: Coverage,
    rules: Vec<Rule<'a>>,
    notes: Vec<String>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Files {
    found: usize,
    bytes: u64,
    opened: usize,
    pruned: Pruned,
}

#[derive(Serialize)]
struct Pruned {
    files: usize,
    bytes: u64,
}

#[derive(Serialize)]
struct Estimate {
    records: u64,
    bytes_decompressed: u64,
    exact: bool,
}

#[derive(Serialize)]
struct Group<'a> {
    pattern: &'a str,
    files: usize,
    bytes: u64,
    opened: Vec<u32>,
    archives: usize,
    records: Option<u64>,
}

#[derive(Serialize)]
struct Archive<'a> {
    path: &'a str,
    members: usize,
    taken: u64,
    bytes: u64,
}

#[derive(Serialize)]
struct Source<'a> {
    id: u32,
    path: &'a str,
    /// The archive on disk that it lies in.
    #[serde(skip_serializing_if = "Option::is_none")]
    container: Option<&'a str>,
    bytes: u64,
    bytes_decompressed: Option<u64>,
    records: Option<u64>,
    exact: bool,
    reach: &'static str,
    format: Option<&'a str>,
    wrappers: &'a [&'static str],
    /// Further formats that records of the sample are in, with the rows of each.
    #[serde(skip_serializing_if = "<[MixedIn]>::is_empty")]
    others: &'a [MixedIn],
    /// Where no vendor's format fits: which key is taken for which column, and why.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    mapped: &'a [Mapped],
    compression: Option<&'static str>,
    encoding: Option<&'static str>,
    vantage: Option<&'static str>,
    zone: &'a str,
    first: Option<Time>,
    last: Option<Time>,
    columns: &'a [&'static str],
    sample: Sample,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_reject: Option<&'a str>,
    /// Id of the source it is likely a copy of.
    #[serde(skip_serializing_if = "Option::is_none")]
    copy_of: Option<u32>,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'a str>,
}

#[derive(Serialize)]
struct Sample {
    records: u64,
    rows: u64,
    rejects: u64,
    skips: u64,
}

struct Time(i64);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&Micros(self.0))
    }
}

#[derive(Serialize)]
struct Stretch {
    from: Time,
    until: Time,
}

impl From<&Span> for Stretch {
    fn from(span: &Span) -> Self {
        Self { from: Time(span.from), until: Time(span.until) }
    }
}

#[derive(Serialize)]
struct Coverage {
    from: Option<Time>,
    until: Option<Time>,
    vantages: Vec<VantageOut>,
    rules_judged: usize,
    rules_total: usize,
}

#[derive(Serialize)]
struct VantageOut {
    vantage: Option<&'static str>,
    from: Option<Time>,
    until: Option<Time>,
    gaps: Vec<Stretch>,
    basis: BasisOut,
}

/// How many files' hours are known how.
#[derive(Serialize)]
struct BasisOut {
    first_and_last_record: usize,
    first_record_and_next_file: usize,
    first_record: usize,
    name: usize,
    neighbours: usize,
    unknown: usize,
}

#[derive(Serialize)]
struct Rule<'a> {
    id: &'a str,
    level: &'static str,
    state: &'static str,
    missing: &'a [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    needs_all: &'a [String],
}

/// Writes the document.
pub fn write(out: &mut impl Write, picture: Picture<'_>) -> io::Result<()> {
    let survey = picture.survey;
    let ((records, exact), (text, _)) = (survey.records(), survey.text());
    let groups = survey.groups.iter().map(|group| Group {
        pattern: &group.pattern,
        files: group.files,
        bytes: group.bytes,
        opened: group.opened.iter().map(|id| id + 1).collect(),
        archives: group.archives,
        records: group.records,
    });
    let archives = survey.listings.iter().map(|archive| Archive {
        path: &archive.path,
        members: archive.members,
        taken: archive.taken,
        bytes: archive.bytes,
    });
    let document = Document {
        schema: SCHEMA,
        tool: Tool { name: "breachline", version: env!("CARGO_PKG_VERSION") },
        files: Files {
            found: survey.files,
            bytes: survey.bytes,
            opened: survey.sources.len(),
            pruned: Pruned { files: survey.pruned.names.len(), bytes: survey.pruned.bytes },
        },
        estimate: Estimate { records, bytes_decompressed: text, exact },
        groups: groups.collect(),
        archives: archives.collect(),
        sources: survey.sources.iter().map(|source| Source::new(source, picture)).collect(),
        coverage: Coverage::new(picture),
        rules: picture
            .prospects
            .iter()
            .map(|rule| Rule {
                id: &rule.id,
                level: rule.level.name(),
                state: if rule.is_judgeable() { "judgeable" } else { "not_evaluable" },
                missing: &rule.missing,
                needs_all: &rule.needs_all,
            })
            .collect(),
        notes: picture.notes(),
    };
    json::write_document(out, &document, 2)
}

impl<'a> Source<'a> {
    fn new(source: &'a Surveyed, picture: Picture<'a>) -> Self {
        let report = &source.report;
        let reject = picture.session.rejects.iter().find(|reject| reject.source == report.id);
        Self {
            id: report.id + 1,
            path: &report.path,
            container: report.container.as_ref().map(|container| container.path.as_str()),
            bytes: report.bytes,
            bytes_decompressed: source.text,
            records: source.records,
            exact: source.reach == Reach::Whole,
            reach: match source.reach {
                Reach::Whole => "whole",
                Reach::Ends => "ends",
                Reach::Head => "head",
            },
            format: report.format.as_deref(),
            wrappers: &report.wrappers,
            others: &report.others,
            mapped: &report.mapped,
            compression: report.compression,
            encoding: report.encoding,
            vantage: picture.vantage(report.id).map(Vantage::name),
            zone: &report.zone,
            first: report.first.map(Time),
            last: report.last.map(Time),
            columns: &source.columns,
            sample: Sample { records: report.records, rows: report.rows, rejects: report.rejects, skips: report.skips },
            first_reject: reject.map(|reject| reject.reason.as_str()),
            copy_of: source.copy_of.map(|id| id + 1),
            state: match report.completeness {
                Completeness::Whole | Completeness::Duplicate(_) => "readable",
                Completeness::Cut(_) => "cut",
                Completeness::Unreadable(_) => "unreadable",
                Completeness::Unknown(_) => "unknown",
            },
            why: match &report.completeness {
                Completeness::Whole => None,
                Completeness::Cut(why)
                | Completeness::Unreadable(why)
                | Completeness::Unknown(why)
                | Completeness::Duplicate(why) => Some(why),
            },
        }
    }
}

impl Coverage {
    fn new(picture: Picture<'_>) -> Self {
        let spans = || picture.hours.iter().filter_map(|hours| hours.span);
        Self {
            from: spans().map(|span| span.from).min().map(Time),
            until: spans().map(|span| span.until).max().map(Time),
            vantages: picture.hours.iter().map(VantageOut::from).collect(),
            rules_judged: picture.prospects.iter().filter(|rule| rule.is_judgeable()).count(),
            rules_total: picture.prospects.len(),
        }
    }
}

impl From<&Hours> for VantageOut {
    fn from(hours: &Hours) -> Self {
        let Basis { read, begun, open, named, between, none } = hours.basis;
        Self {
            vantage: hours.vantage.map(Vantage::name),
            from: hours.span.map(|span| Time(span.from)),
            until: hours.span.map(|span| Time(span.until)),
            gaps: hours.gaps.iter().map(Stretch::from).collect(),
            basis: BasisOut {
                first_and_last_record: read,
                first_record_and_next_file: begun,
                first_record: open,
                name: named,
                neighbours: between,
                unknown: none,
            },
        }
    }
}
