//! The answer to `entity` as data, `breachline.entity/1`.

use super::fields::{Field, Value};
use super::hunt_json::{BlastOut, Source, Tool, source_out};
use super::json::{self, stable};
use super::lines::Lines;
use super::match_json::{TOUCH, shown};
use super::reach::ReachOut;
use super::route_json::{BreakdownOut, Counted, breakdown};
use super::sheet::Sheet;
use crate::render;
use breachline_parsers::schema::column;
use breachline_queries::breakdown::Breakdown;
use breachline_queries::finding::{Finding, Hunt};
use breachline_queries::hunt::radius;
use breachline_queries::profile::{Involved, Profile};
use breachline_queries::requests::{ObjectKind, Requests};
use chrono_tz::Tz;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use std::io::{self, Write};

/// The name and version of this shape.
pub const SCHEMA: &str = "breachline.entity/1";

/// What is being written, with everything that ids in it refer to.
#[derive(Clone, Copy)]
pub struct EntityReport<'a> {
    /// The answer.
    pub found: &'a Profile,
    /// The requests that it refers to.
    pub requests: &'a Requests,
    /// The hunt, if rules were judged.
    pub hunt: Option<&'a Hunt>,
    /// Its findings that have to do with the entity.
    pub involved: &'a [Involved],
    /// The zone of hours and days.
    pub zone: Tz,
    /// These logs are a selection: nothing can be said of what is not in them.
    pub extract: bool,
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    tool: Tool,
    entity: EntityOut<'a>,
    sources: Vec<Source<'a>>,
    coverage: ReachOut<'a>,
    extract: bool,
    seen: bool,
    total: Counted<'a>,
    blast_radius: BlastOut<'a>,
    days: u64,
    rhythm: RhythmOut<'a>,
    routes: BreakdownOut<'a>,
    methods: BreakdownOut<'a>,
    statuses: BreakdownOut<'a>,
    auth: BreakdownOut<'a>,
    objects: BreakdownOut<'a>,
    shared: Vec<SharedOut<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    findings: Option<Vec<InvolvedOut<'a>>>,
}

#[derive(Serialize)]
struct EntityOut<'a> {
    kind: &'static str,
    value: &'a str,
    known_as: Vec<&'static str>,
}

#[derive(Serialize)]
struct RhythmOut<'a> {
    zone: &'static str,
    /// Requests by weekday, from Monday, and hour of the day.
    hours: &'a [[u64; 24]; 7],
}

#[derive(Serialize)]
struct SharedOut<'a> {
    column: &'static str,
    /// For each of `top`: other entities of this kind that were seen with it.
    others: &'a [u64],
    #[serde(flatten)]
    with: BreakdownOut<'a>,
}

#[derive(Serialize)]
struct InvolvedOut<'a> {
    id: &'a str,
    rule: &'a str,
    level: &'static str,
    confidence: serde_json::Value,
    title: &'a str,
    role: Option<&'static str>,
    evidence_rows: usize,
    of_rows: usize,
    lines: Lines<'a>,
}

impl<'a> EntityReport<'a> {
    /// Findings that have to do with the entity.
    pub fn findings(&self) -> impl Iterator<Item = (&'a Involved, &'a Finding)> + 'a {
        let hunt = self.hunt;
        self.involved.iter().filter_map(move |involved| Some((involved, hunt?.findings.get(involved.finding)?)))
    }

    /// The objects, those that name a person with their last characters only.
    #[must_use]
    pub fn masked_objects(&self) -> Breakdown {
        let mut objects = self.found.objects.clone();
        for part in &mut objects.top {
            let Some(value) = &part.value else { continue };
            let code = self.requests.derived.objects.code(value.as_bytes());
            let kind = code.and_then(|code| self.requests.derived.kind_of_object.get(code as usize)).copied();
            part.value = Some(render::mask_object(value, kind.unwrap_or(ObjectKind::Slug)).into_owned());
        }
        objects
    }

    /// Writes one JSON document.
    pub fn write_json(&self, out: &mut impl Write) -> io::Result<()> {
        let (found, requests) = (self.found, self.requests);
        let clocks = &requests.derived.exchanges.clocks;
        let objects = self.masked_objects();
        let value = shown(&found.seen);
        let blast = radius(requests, &found.seen.rows, self.extract);
        let document = Document {
            schema: SCHEMA,
            tool: Tool::THIS,
            entity: EntityOut {
                kind: found.seen.kind.name(),
                value: &value,
                known_as: found.other_kinds.iter().map(|kind| kind.name()).collect(),
            },
            sources: requests.sources.iter().map(|source| source_out(source, clocks)).collect(),
            coverage: ReachOut::new(&found.reach, &requests.derived.notes),
            extract: self.extract,
            seen: !found.seen.rows.is_empty(),
            total: Counted { rows: &found.seen.rows, summary: &found.seen.summary, requests, with_path: false },
            blast_radius: BlastOut::new(&blast),
            days: found.days,
            rhythm: RhythmOut { zone: self.zone.name(), hours: &found.rhythm },
            routes: breakdown(&found.routes, requests),
            methods: breakdown(&found.methods, requests),
            statuses: breakdown(&found.statuses, requests),
            auth: breakdown(&found.auth, requests),
            objects: breakdown(&objects, requests),
            shared: found
                .shared
                .iter()
                .map(|shared| SharedOut {
                    column: shared.column,
                    others: &shared.others,
                    with: breakdown(&shared.with, requests),
                })
                .collect(),
            findings: self
                .hunt
                .map(|_| self.findings().map(|(involved, finding)| self.involved_out(involved, finding)).collect()),
        };
        json::write_document(out, &document, 2)
    }

    fn involved_out(&self, involved: &'a Involved, finding: &'a Finding) -> InvolvedOut<'a> {
        InvolvedOut {
            id: &finding.id,
            rule: &finding.rule,
            level: finding.level.name(),
            confidence: stable(finding.confidence),
            title: &finding.title,
            role: involved.role.map(breachline_queries::finding::Role::name),
            evidence_rows: involved.rows.len(),
            of_rows: finding.evidence.len(),
            lines: Lines { rows: &involved.rows, requests: self.requests, with_path: false },
        }
    }

    fn fields(&self) -> Vec<Field<'a>> {
        TOUCH.iter().filter_map(|name| Field::new(self.requests, column(name)?)).collect()
    }

    /// Writes JSON, one request of the entity a line: all lines of an exchange.
    pub fn write_jsonl(&self, out: &mut impl Write) -> io::Result<()> {
        let fields = self.fields();
        let rows = self.requests.cited(&self.found.seen.rows);
        rows.iter().try_for_each(|&row| json::write_line(out, &Request { row, fields: &fields }))
    }

    /// Writes CSV (see [`super::sheet`]), one request of the entity a row.
    pub fn write_csv(&self, out: &mut impl Write) -> io::Result<()> {
        let fields = self.fields();
        let mut sheet = Sheet::new(out, &TOUCH)?;
        for row in self.requests.cited(&self.found.seen.rows) {
            sheet.row(&fields.iter().map(|field| field.get(row as usize).cell()).collect::<Vec<_>>())?;
        }
        sheet.finish()?.flush()
    }
}

/// A request: who, what, when, with what outcome.
struct Request<'a, 'b> {
    row: u32,
    fields: &'b [Field<'a>],
}

impl Serialize for Request<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for field in self.fields {
            let value = field.get(self.row as usize);
            if value != Value::Absent {
                map.serialize_entry(field.column.name, &value)?;
            }
        }
        map.end()
    }
}
