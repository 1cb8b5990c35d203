//! The answer to `match` as data, `breachline.match/1`.

use super::fields::Field;
use super::hunt_json::{Source, Tool, source_out};
use super::json::{self, stable};
use super::reach::ReachOut;
use super::sheet::Sheet;
use super::summary::{CELLS, SummaryOut, cells, summary};
use crate::render;
use breachline_parsers::schema::column;
use breachline_queries::indicators::{Basis, Covering, Kind, Options, Seen, Sightings};
use breachline_queries::reach::reach;
use breachline_queries::requests::{ObjectKind, Requests};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// The name and version of this shape.
pub const SCHEMA: &str = "breachline.match/1";

/// How shares are made, in a sentence.
pub const FORMULA: &str = "share = k / m: of the m values of the list that anybody had, the entity had k. chance = d / D: \
    of the D different values that stood at the same places of the same routes (or in the same column) and that anybody \
    had, the entity had d; a value that stands for s of them (a network) counts 1 - (1 - d/D)^s. had = got an answer with \
    data, or asked for where basis is `asked`. Ranked by share minus chance.";

/// What one line of jsonl or csv is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum RowsOf {
    /// A value of the list.
    Values,
    /// An entity that touched something of it.
    Entities,
    /// A request that touched a value: who, what, when, with what outcome.
    Requests,
}

/// What is being written, with everything that ids in it refer to.
#[derive(Clone, Copy)]
pub struct MatchReport<'a> {
    /// The answer.
    pub found: &'a Sightings,
    /// The requests that it refers to.
    pub requests: &'a Requests,
    /// Where the list came from.
    pub list: &'a str,
    /// What was asked.
    pub options: &'a Options,
}

/// The value as it is shown: who is named by it keeps its last characters only.
#[must_use]
pub fn shown(seen: &Seen) -> Cow<'_, str> {
    if seen.personal { render::mask_object(&seen.shown, ObjectKind::Phone) } else { Cow::Borrowed(&seen.shown) }
}

/// Values that nobody asked for, and values that were asked for and never answered with data.
pub struct Unexplained {
    /// Lines of the list whose values are in no request.
    pub absent: Vec<u32>,
    /// Lines of the list whose values were asked for in vain.
    pub unanswered: Vec<u32>,
}

impl Unexplained {
    /// Those of an answer.
    #[must_use]
    pub fn of(found: &Sightings) -> Self {
        let lines = |holds: fn(&&Seen) -> bool| found.seen.iter().filter(holds).map(|seen| seen.line).collect();
        Self {
            absent: lines(|seen| seen.rows.is_empty()),
            unanswered: lines(|seen| !seen.rows.is_empty() && !seen.answered()),
        }
    }
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    tool: Tool,
    list: ListOut<'a>,
    sources: Vec<Source<'a>>,
    coverage: ReachOut<'a>,
    extract: bool,
    basis: &'static str,
    formula: &'static str,
    values: Values<'a>,
    entities: Entities<'a>,
    unexplained: UnexplainedOut,
}

#[derive(Serialize)]
struct ListOut<'a> {
    path: &'a str,
    values: usize,
    repeated: u32,
    asked: usize,
    answered: usize,
    kinds: BTreeMap<&'static str, BTreeMap<&'static str, u64>>,
}

#[derive(Serialize)]
struct UnexplainedOut {
    not_in_logs: Vec<u32>,
    never_answered: Vec<u32>,
}

struct Values<'a>(MatchReport<'a>);
struct Entities<'a>(MatchReport<'a>);

impl Serialize for Values<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut all = serializer.serialize_seq(Some(self.0.found.seen.len()))?;
        for seen in &self.0.found.seen {
            all.serialize_element(&ValueOut::new(seen, self.0, None))?;
        }
        all.end()
    }
}

impl Serialize for Entities<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut all = serializer.serialize_seq(Some(self.0.found.entities.len()))?;
        for entity in &self.0.found.entities {
            all.serialize_element(&EntityOut::new(entity, self.0, None))?;
        }
        all.end()
    }
}

/// One value of the list.
struct ValueOut<'a> {
    seen: &'a Seen,
    report: MatchReport<'a>,
    schema: Option<&'static str>,
}

impl<'a> ValueOut<'a> {
    const fn new(seen: &'a Seen, report: MatchReport<'a>, schema: Option<&'static str>) -> Self {
        Self { seen, report, schema }
    }
}

impl Serialize for ValueOut<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Out<'a> {
            #[serde(skip_serializing_if = "Option::is_none")]
            schema: Option<&'static str>,
            line: u32,
            value: &'a str,
            kind: &'static str,
            kind_basis: &'static str,
            #[serde(skip_serializing_if = "Vec::is_empty")]
            also: Vec<&'static str>,
            #[serde(flatten)]
            summary: SummaryOut<'a>,
        }
        let requests = self.report.requests;
        let cited = requests.cited(&self.seen.rows);
        Out {
            schema: self.schema,
            line: self.seen.line,
            value: &shown(self.seen),
            kind: self.seen.kind.name(),
            kind_basis: self.seen.why.name(),
            also: self.seen.also.iter().map(|kind| kind.name()).collect(),
            summary: summary(&self.seen.summary, &cited, requests, self.schema.is_some()),
        }
        .serialize(serializer)
    }
}

/// One entity.
struct EntityOut<'a> {
    entity: &'a Covering,
    report: MatchReport<'a>,
    schema: Option<&'static str>,
}

impl<'a> EntityOut<'a> {
    const fn new(entity: &'a Covering, report: MatchReport<'a>, schema: Option<&'static str>) -> Self {
        Self { entity, report, schema }
    }
}

impl Serialize for EntityOut<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Out<'a> {
            #[serde(skip_serializing_if = "Option::is_none")]
            schema: Option<&'static str>,
            kind: &'static str,
            value: &'a str,
            values_asked: u64,
            values_answered: u64,
            share: serde_json::Value,
            chance: Option<serde_json::Value>,
            comparable_had: u64,
            comparable_all: u64,
            together: serde_json::Value,
            #[serde(flatten)]
            summary: SummaryOut<'a>,
        }
        let requests = self.report.requests;
        let cited = requests.cited(&self.entity.rows);
        Out {
            schema: self.schema,
            kind: self.entity.column,
            value: &self.entity.value,
            values_asked: self.entity.asked,
            values_answered: self.entity.answered,
            share: stable(self.entity.share),
            chance: self.entity.chance.map(stable),
            comparable_had: self.entity.own,
            comparable_all: self.entity.of,
            together: stable(self.entity.together),
            summary: summary(&self.entity.summary, &cited, requests, self.schema.is_some()),
        }
        .serialize(serializer)
    }
}

/// Columns of a request that tell who, what, when, with what outcome.
pub(super) const TOUCH: [&str; 14] = [
    "ts",
    "client_ip",
    "principal",
    "credential",
    "client_app",
    "user_agent",
    "method",
    "route",
    "auth",
    "status",
    "answer",
    "bytes_out",
    "source",
    "line_no",
];

impl<'a> MatchReport<'a> {
    /// Values by kind and by why they were taken for it.
    #[must_use]
    pub fn kinds(&self) -> BTreeMap<Kind, BTreeMap<&'static str, u64>> {
        let mut kinds: BTreeMap<Kind, BTreeMap<&'static str, u64>> = BTreeMap::new();
        for seen in &self.found.seen {
            *kinds.entry(seen.kind).or_default().entry(seen.why.name()).or_default() += 1;
        }
        kinds
    }

    /// Writes one JSON document; each source, value and entity stands on a line of its own.
    pub fn write_json(&self, out: &mut impl Write) -> io::Result<()> {
        let clocks = &self.requests.derived.exchanges.clocks;
        let unexplained = Unexplained::of(self.found);
        let reach = reach(self.requests);
        let document = Document {
            schema: SCHEMA,
            tool: Tool::THIS,
            list: ListOut {
                path: self.list,
                values: self.found.seen.len(),
                repeated: self.found.repeated,
                asked: self.found.seen.iter().filter(|seen| !seen.rows.is_empty()).count(),
                answered: self.found.seen.iter().filter(|seen| seen.answered()).count(),
                kinds: self.kinds().into_iter().map(|(kind, why)| (kind.name(), why)).collect(),
            },
            sources: self.requests.sources.iter().map(|source| source_out(source, clocks)).collect(),
            coverage: ReachOut::new(&reach, &self.requests.derived.notes),
            extract: self.options.extract,
            basis: self.found.basis.name(),
            formula: FORMULA,
            values: Values(*self),
            entities: Entities(*self),
            unexplained: UnexplainedOut { not_in_logs: unexplained.absent, never_answered: unexplained.unanswered },
        };
        json::write_document(out, &document, 2)
    }

    /// Writes JSON, one object a line.
    pub fn write_jsonl(&self, out: &mut impl Write, rows: RowsOf) -> io::Result<()> {
        match rows {
            RowsOf::Values => self.found.seen.iter().try_for_each(|seen| {
                json::write_line(out, &ValueOut::new(seen, *self, Some("breachline.match.value/1")))
            }),
            RowsOf::Entities => self.found.entities.iter().try_for_each(|entity| {
                json::write_line(out, &EntityOut::new(entity, *self, Some("breachline.match.entity/1")))
            }),
            RowsOf::Requests => {
                let fields = self.fields();
                self.touches().try_for_each(|(seen, row)| json::write_line(out, &Touch { seen, row, fields: &fields }))
            }
        }
    }

    /// Writes CSV (see [`super::sheet`]).
    pub fn write_csv(&self, out: &mut impl Write, rows: RowsOf) -> io::Result<()> {
        match rows {
            RowsOf::Values => self.values_csv(out),
            RowsOf::Entities => self.entities_csv(out),
            RowsOf::Requests => {
                let fields = self.fields();
                let columns: Vec<&str> = ["list_line", "kind", "value"].into_iter().chain(TOUCH).collect();
                let mut sheet = Sheet::new(out, &columns)?;
                for (seen, row) in self.touches() {
                    let what = [seen.line.to_string(), seen.kind.name().to_owned(), shown(seen).into_owned()];
                    let cells = what.into_iter().chain(fields.iter().map(|field| field.get(row as usize).cell()));
                    sheet.row(&cells.collect::<Vec<_>>())?;
                }
                sheet.finish()?.flush()
            }
        }
    }

    fn values_csv(&self, out: &mut impl Write) -> io::Result<()> {
        let columns = ["list_line", "kind", "kind_basis", "value"];
        let mut sheet = Sheet::new(out, &columns.into_iter().chain(CELLS).collect::<Vec<_>>())?;
        for seen in &self.found.seen {
            let head = [
                seen.line.to_string(),
                seen.kind.name().to_owned(),
                seen.why.name().to_owned(),
                shown(seen).into_owned(),
            ];
            sheet.row(&head.into_iter().chain(cells(&seen.summary)).collect::<Vec<_>>())?;
        }
        sheet.finish()?.flush()
    }

    fn entities_csv(&self, out: &mut impl Write) -> io::Result<()> {
        let columns = ["kind", "value", "values_asked", "values_answered", "share", "chance", "together"];
        let mut sheet = Sheet::new(out, &columns.into_iter().chain(CELLS).collect::<Vec<_>>())?;
        for entity in &self.found.entities {
            let head = [
                entity.column.to_owned(),
                entity.value.clone(),
                entity.asked.to_string(),
                entity.answered.to_string(),
                stable(entity.share).to_string(),
                entity.chance.map(|chance| stable(chance).to_string()).unwrap_or_default(),
                stable(entity.together).to_string(),
            ];
            sheet.row(&head.into_iter().chain(cells(&entity.summary)).collect::<Vec<_>>())?;
        }
        sheet.finish()?.flush()
    }

    fn fields(&self) -> Vec<Field<'a>> {
        TOUCH.iter().filter_map(|name| Field::new(self.requests, column(name)?)).collect()
    }

    /// Every touch, in order of the list and of time; all lines of an exchange.
    fn touches(&self) -> impl Iterator<Item = (&'a Seen, u32)> + 'a {
        let requests = self.requests;
        let found = self.found;
        found.seen.iter().flat_map(move |seen| requests.cited(&seen.rows).into_iter().map(move |row| (seen, row)))
    }

    /// Whether shares are of answers.
    #[must_use]
    pub fn is_answered(&self) -> bool {
        self.found.basis == Basis::Answered
    }
}

/// A request that touched a value.
struct Touch<'a, 'b> {
    seen: &'a Seen,
    row: u32,
    fields: &'b [Field<'a>],
}

impl Serialize for Touch<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("schema", "breachline.match.request/1")?;
        map.serialize_entry("list_line", &self.seen.line)?;
        map.serialize_entry("kind", self.seen.kind.name())?;
        map.serialize_entry("value", &*shown(self.seen))?;
        for field in self.fields {
            let value = field.get(self.row as usize);
            if value != super::fields::Value::Absent {
                map.serialize_entry(field.column.name, &value)?;
            }
        }
        map.end()
    }
}
