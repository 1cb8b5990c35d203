//! The rows of the tables beside `requests`, made when a query names them.

use super::stop::Stop;
use super::tables::Table;
use crate::breakdown::{Part, by};
use crate::finding::{Finding, Hunt};
use crate::frame::frame;
use crate::indicators::WHO;
use crate::reach::rows;
use crate::requests::{Answer, Auth, Requests};
use crate::summary::distinct;
use polars::prelude::{
    Column, DataFrame, DataType, Float64Chunked, Int64Chunked, IntoColumn, NewChunkedArray, PolarsError, PolarsResult,
    StringChunked, TimeUnit,
};
use std::cell::OnceCell;

/// What queries read.
pub struct Tables<'a> {
    /// The requests.
    pub requests: &'a Requests,
    hunt: &'a dyn Fn() -> Hunt,
    hunted: OnceCell<Hunt>,
    stop: Stop,
}

impl<'a> Tables<'a> {
    /// Tables over requests. `hunt` is called only if a query names findings or evidence, and once at most.
    pub fn new(requests: &'a Requests, hunt: &'a dyn Fn() -> Hunt) -> Self {
        Self { requests, hunt, hunted: OnceCell::new(), stop: Stop::default() }
    }

    /// The same for a query that somebody may end.
    #[must_use]
    pub fn until(self, stop: &Stop) -> Self {
        Self { stop: stop.clone(), ..self }
    }

    /// The hand on the query.
    pub(super) const fn stop(&self) -> &Stop {
        &self.stop
    }

    fn findings(&self) -> &[Finding] {
        &self.hunted.get_or_init(self.hunt).findings
    }

    /// The named columns of a table; unknown names are left out.
    pub(super) fn frame(&self, table: &Table, columns: &[&str]) -> PolarsResult<DataFrame> {
        match table.name {
            "findings" => of(self.findings(), columns, finding),
            "evidence" => self.evidence(table, columns),
            "routes" => of(&self.routes(), columns, |part, column| route(self.requests, part, column)),
            "actors" => of(&self.actors(), columns, |part, column| actor(self.requests, part, column)),
            _ => self.all(columns),
        }
    }

    /// Columns of all requests; a query that was ended gets no more of them.
    fn all(&self, columns: &[&str]) -> PolarsResult<DataFrame> {
        let mut built: Vec<Column> = Vec::new();
        for column in columns {
            if self.stop.is_asked() {
                return Err(PolarsError::ComputeError("stopped".into()));
            }
            built.extend(frame(self.requests, &[column], None)?.into_columns());
        }
        DataFrame::new(self.requests.selected().len(), built)
    }

    fn evidence(&self, table: &Table, columns: &[&str]) -> PolarsResult<DataFrame> {
        let lines: Vec<(&Finding, u32)> = self
            .findings()
            .iter()
            .flat_map(|finding| finding.evidence.iter().map(move |&row| (finding, row)))
            .collect();
        let (own, shared): (Vec<&str>, Vec<&str>) = columns.iter().copied().partition(|column| table.is_own(column));
        let own = of(&lines, &own, |(finding, _), column| finding_text(finding, column))?;
        let rows: Vec<u32> = lines.iter().map(|&(_, row)| row).collect();
        let shared = frame(self.requests, &shared, Some(&rows))?;
        let all: Vec<Column> = own.columns().iter().chain(shared.columns()).cloned().collect();
        DataFrame::new(lines.len(), all)
    }

    fn all_rows(&self) -> Vec<u32> {
        rows(self.requests)
    }

    /// Routes by name.
    fn routes(&self) -> Vec<Part> {
        let mut parts = by(self.requests, &self.all_rows(), "route", usize::MAX).top;
        parts.sort_by(|a, b| a.value.cmp(&b.value));
        parts
    }

    /// Actors by kind and value.
    fn actors(&self) -> Vec<(&'static str, Part)> {
        let all = self.all_rows();
        let mut actors = Vec::new();
        for kind in WHO {
            let mut parts = by(self.requests, &all, kind, usize::MAX).top;
            parts.sort_by(|a, b| a.value.cmp(&b.value));
            actors.extend(parts.into_iter().map(|part| (kind, part)));
        }
        actors
    }
}

/// A cell before it is part of a column. The kind of a cell depends on the column alone.
enum Cell {
    Text(Option<String>),
    Number(Option<i64>),
    Real(f64),
    Time(Option<i64>),
}

/// Columns of things, a row each.
fn of<T>(things: &[T], columns: &[&str], cell: impl Fn(&T, &str) -> Cell) -> PolarsResult<DataFrame> {
    let built = columns.iter().map(|column| build(column, things, &cell)).collect::<PolarsResult<Vec<_>>>()?;
    DataFrame::new(things.len(), built)
}

fn build<T>(name: &str, things: &[T], cell: &impl Fn(&T, &str) -> Cell) -> PolarsResult<Column> {
    let cells = || things.iter().map(|thing| cell(thing, name));
    let numbers = || {
        Int64Chunked::from_iter_options(
            name.into(),
            cells().map(|cell| match cell {
                Cell::Number(number) | Cell::Time(number) => number,
                Cell::Text(_) | Cell::Real(_) => None,
            }),
        )
    };
    match kind(name, cells().next().as_ref()) {
        Shape::Number => Ok(numbers().into_column()),
        Shape::Time => numbers().into_column().cast(&DataType::Datetime(TimeUnit::Microseconds, None)),
        Shape::Real => {
            let reals = cells().map(|cell| if let Cell::Real(real) = cell { Some(real) } else { None });
            Ok(Float64Chunked::from_iter_options(name.into(), reals).into_column())
        }
        Shape::Text => {
            let texts = cells().map(|cell| if let Cell::Text(text) = cell { text } else { None });
            Ok(StringChunked::from_iter_options(name.into(), texts).into_column())
        }
    }
}

enum Shape {
    Text,
    Number,
    Real,
    Time,
}

/// The shape of a column: that of its cells, or, where there are none, that of its name.
fn kind(name: &str, cell: Option<&Cell>) -> Shape {
    match (cell, name) {
        (Some(Cell::Text(_)), _) => Shape::Text,
        (Some(Cell::Number(_)), _) => Shape::Number,
        (Some(Cell::Real(_)), _) | (None, "confidence") => Shape::Real,
        (Some(Cell::Time(_)), _) | (None, "first" | "last" | "bare_since") => Shape::Time,
        (None, _) => {
            let tables = super::tables::tables().iter().filter_map(|table| table.column(name));
            let is_text = tables.map(|column| column.kind).all(|kind| kind == breachline_parsers::schema::Kind::Text);
            if is_text { Shape::Text } else { Shape::Number }
        }
    }
}

fn text(text: impl Into<String>) -> Cell {
    Cell::Text(Some(text.into()))
}

fn count(number: u64) -> Cell {
    Cell::Number(i64::try_from(number).ok())
}

/// What evidence says of its finding.
fn finding_text(finding: &Finding, column: &str) -> Cell {
    match column {
        "rule" => text(&finding.rule),
        "level" => text(finding.level.name()),
        _ => text(&finding.id),
    }
}

fn finding(finding: &Finding, column: &str) -> Cell {
    let blast = &finding.blast_radius;
    match column {
        "confidence" => Cell::Real(finding.confidence),
        "outcome" => text(finding.outcome.name()),
        "title" => text(&finding.title),
        "first" => Cell::Time(finding.first),
        "last" => Cell::Time(finding.last),
        "incident" => Cell::Text(finding.incident.clone()),
        "evidence_rows" => count(finding.evidence.len() as u64),
        "requests" => count(finding.exchanges),
        "objects" => count(blast.objects),
        "subjects_at_least" => count(blast.subjects.at_least),
        "subjects_at_most" => Cell::Number(blast.subjects.at_most.and_then(|most| i64::try_from(most).ok())),
        "bytes" => count(blast.bytes),
        "entities" => {
            let told = finding
                .entities
                .iter()
                .map(|entity| format!("{} {} ({})", entity.kind, entity.value, entity.role.name()));
            text(told.collect::<Vec<_>>().join("; "))
        }
        "modelled_on" => Cell::Text(finding.modelled_on.clone()),
        "tags" => text(finding.tags.join(" ")),
        "digest" => text(&finding.digest),
        "why" => text(finding.why.join(" ")),
        "innocent_if" => text(&finding.innocent_if),
        "next_steps" => text(&finding.next_steps),
        _ => finding_text(finding, column),
    }
}

/// What routes and actors have in common.
fn numbers(part: &Part, column: &str) -> Cell {
    let summary = &part.summary;
    match column {
        "requests" => count(summary.requests),
        "hit" => count(summary.answered(Answer::Hit)),
        "miss" => count(summary.answered(Answer::Miss)),
        "denied" => count(summary.answered(Answer::Denied)),
        "error" => count(summary.answered(Answer::Error)),
        "other" => count(summary.answered(Answer::Other)),
        "bytes" => count(summary.bytes),
        "clients" => count(summary.clients),
        "principals" => count(summary.principals),
        "credentials" => count(summary.credentials),
        "client_apps" => count(summary.client_apps),
        "objects" => count(summary.objects),
        "objects_answered" => count(summary.objects_answered),
        "first" => Cell::Time(summary.first),
        "last" => Cell::Time(summary.last),
        _ => Cell::Text(part.value.clone()),
    }
}

fn route(requests: &Requests, part: &Part, column: &str) -> Cell {
    let of_first = |name: &str| {
        let first = part.rows.first().map(|&row| row as usize);
        Cell::Text(requests.text(name).and_then(|view| view.get(first?)).map(str::to_owned))
    };
    let bare = |row: &&u32| {
        let row = **row as usize;
        requests.derived.auth.get(row) == Some(&Auth::None) && requests.is_hit(row as u32)
    };
    match column {
        "api_version" => of_first("api_version"),
        "audience" => of_first("audience"),
        "bare_hits" if part.summary.auth[Auth::Unknown as usize] == part.summary.requests => Cell::Number(None),
        "bare_hits" => count(part.rows.iter().filter(bare).count() as u64),
        "bare_since" => {
            Cell::Time(part.rows.iter().filter(bare).filter_map(|&row| requests.facts.ts(row as usize)).min())
        }
        _ => numbers(part, column),
    }
}

fn actor(requests: &Requests, (kind, part): &(&'static str, Part), column: &str) -> Cell {
    match column {
        "kind" => text(*kind),
        "routes" => count(distinct(requests, &part.rows, "route")),
        "user_agents" => count(distinct(requests, &part.rows, "user_agent")),
        _ => numbers(part, column),
    }
}
