//! Answers read from the table: a page, counts over time, one request, rejects, a search.
//!
//! Rows of a scope are a sorted slice in time order, so a window is two binary searches and a histogram
//! is one a bucket: neither grows with the number of requests.

use super::answer::{Buckets, Detail, Field, Found, Page, Rejects, Row, Scope, Told};
use super::desk::Desk;
use super::extent;
use super::scopes::{ts, within};
use crate::notes::RowPlace;
use crate::output::fields::{self, Value};
use crate::render::Micros;
use breachline_parsers::schema::{COLUMNS, Number};
use breachline_parsers::source::why;
use breachline_parsers::table::NO_NUMBER;
use breachline_queries::finding::Level;
use breachline_queries::requests::{Requests, TextView};
use std::collections::BTreeMap;

/// Widths of buckets that people can read, in seconds.
const STEPS: [i64; 20] =
    [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172_800, 604_800];
const SECOND: i64 = 1_000_000;

/// The columns that a search looks at.
const SEARCHED: [&str; 10] = [
    "client_ip",
    "peer_ip",
    "principal",
    "client_app",
    "credential",
    "session",
    "method",
    "host",
    "target",
    "user_agent",
];

/// Where a row stands in a sorted slice of rows, if it does.
fn position(requests: &Requests, rows: &[u32], row: u32) -> Option<usize> {
    let key = (ts(requests, row), row);
    rows.binary_search_by_key(&key, |&other| (ts(requests, other), other)).ok()
}

/// A stretch of a scope.
pub(super) fn page(desk: &mut Desk, scope: &Scope, first: usize, count: usize, keep: Option<u32>) -> Page {
    let (all, window) = desk.listed(scope);
    let extent = desk.extent(scope);
    let desk = &*desk;
    let rows = within(desk.requests(), &all, window);
    let at = keep.and_then(|row| match scope.order {
        Some(_) => rows.iter().position(|&other| other == row),
        None => position(desk.requests(), rows, row),
    });
    let first = at.map_or(first, |at| at.saturating_sub(count / 3)).min(rows.len().saturating_sub(1));
    let columns = ListColumns::of(desk.requests());
    let shown = rows.iter().skip(first).take(count).map(|&row| columns.row(desk, row)).collect();
    Page { scope: scope.clone(), first, total: rows.len(), extent, rows: shown, at }
}

/// The columns of a list row, looked up once a page.
struct ListColumns<'a> {
    clients: [(&'static str, Option<TextView<'a>>); 2],
    identities: [(&'static str, Option<TextView<'a>>); 3],
    method: Option<TextView<'a>>,
    target: Option<TextView<'a>>,
}

fn first_of(columns: &[(&'static str, Option<TextView<'_>>)], row: usize) -> Option<Told> {
    columns.iter().find_map(|(column, view)| Some(Told { column, value: view.as_ref()?.get(row)?.to_owned() }))
}

impl<'a> ListColumns<'a> {
    fn of(requests: &'a Requests) -> Self {
        Self {
            clients: ["client_ip", "peer_ip"].map(|name| (name, requests.text(name))),
            identities: ["principal", "client_app", "credential"].map(|name| (name, requests.text(name))),
            method: requests.text("method"),
            target: requests.text("target"),
        }
    }

    fn row(&self, desk: &Desk, number: u32) -> Row {
        let row = number as usize;
        let facts = &desk.requests().facts;
        let text = |column: Option<TextView<'_>>| column.and_then(|column| column.get(row)).map(str::to_owned);
        Row {
            row: number,
            place: place_of(desk.requests(), number),
            ts: facts.ts(row),
            level: level_of(desk, number),
            source: facts.source(row) + 1,
            client: first_of(&self.clients, row),
            identity: first_of(&self.identities, row),
            method: text(self.method),
            status: facts.status(row),
            bytes: facts.number(Number::BytesOut).get(row),
            target: text(self.target),
        }
    }
}

/// Where a row stands. Several records may stand at one place (lists in one line): they are counted.
fn place_of(requests: &Requests, number: u32) -> RowPlace {
    let facts = &requests.facts;
    let row = number as usize;
    let (source, place) = (facts.source(row), facts.place(row));
    let same = |other: &usize| facts.source(*other) == source && facts.place(*other).byte_offset == place.byte_offset;
    let item = (0..row).rev().take_while(same).count() as u32;
    let sha256 = requests.sources.get(source as usize).map(|report| report.sha256.clone());
    RowPlace { source_sha256: sha256.unwrap_or_default(), line_no: place.line_no, byte_offset: place.byte_offset, item }
}

/// The row at each place, where the source is among those read.
pub(super) fn marked(desk: &Desk, places: &[RowPlace]) -> Vec<(RowPlace, Option<Row>)> {
    let requests = desk.requests();
    let columns = ListColumns::of(requests);
    let find = |place: &RowPlace| place.find(requests).map(|row| columns.row(desk, row));
    places.iter().map(|place| (place.clone(), find(place))).collect()
}

/// The worst level of the findings whose evidence a row is.
fn level_of(desk: &Desk, row: u32) -> Option<Level> {
    let found = desk.found()?;
    found.findings_of(row).filter_map(|at| found.hunt.findings.get(at)).map(|finding| finding.level).max()
}

/// Counts of a scope over its window, or else over its whole time.
pub(super) fn buckets(desk: &mut Desk, scope: &Scope, columns: usize) -> Buckets {
    let all = desk.rows(scope);
    let families = desk.families(scope, &all);
    let apart = families.as_ref().as_ref().is_some_and(|families| families.len() > 1);
    let desk = &*desk;
    let rows = within(desk.requests(), &all, scope.window);
    let scope = scope.clone();
    let untimed = rows.partition_point(|&row| ts(desk.requests(), row) == NO_NUMBER);
    let timed = rows.get(untimed..).unwrap_or_default();
    let range = scope.window.or_else(|| {
        let first = ts(desk.requests(), *timed.first()?);
        Some((first, ts(desk.requests(), *timed.last()?).saturating_add(1)))
    });
    let Some((from, until)) = range.filter(|_| columns > 0) else {
        return Buckets { scope, untimed, ..Buckets::default() };
    };
    let (from, step, count) = grid(from, until, columns);
    let edge = |bucket: usize| from.saturating_add(step.saturating_mul(bucket as i64));
    // A window may begin within the first bucket and end within the last.
    let inside = |at: i64| scope.window.map_or(at, |(from, until)| at.clamp(from, until));
    let edges: Vec<i64> = (0..=count).map(|bucket| inside(edge(bucket))).collect();
    let (counts, untimed) = extent::counts(desk.requests(), &all, &families, &edges);
    let untimed = if scope.window.is_some() { 0 } else { untimed };
    let silent = desk.found().map_or(&[][..], |found| &found.hunt.coverage.gaps);
    let gaps = (0..count)
        .map(|bucket| silent.iter().any(|gap| gap.from <= edge(bucket) && gap.until >= edge(bucket + 1)))
        .collect();
    let worst = |bucket: usize| desk.found()?.worst(desk.requests(), edge(bucket), edge(bucket + 1));
    let levels = (0..count).map(worst).collect();
    Buckets { scope, from, step, counts, gaps, levels, untimed, apart }
}

/// Start, width and number of buckets: the narrowest readable width that needs no more than `columns`, else
/// equal parts (a clock that is wrong by centuries, or an edge that no readable width avoids).
fn grid(from: i64, until: i64, columns: usize) -> (i64, i64, usize) {
    let readable = |step: i64| {
        let start = from.div_euclid(step).saturating_mul(step);
        let count = until.saturating_sub(start).max(1) as u64;
        (start, step, count.div_ceil(step as u64) as usize)
    };
    STEPS.iter().map(|step| readable(step * SECOND)).find(|&(_, _, count)| count <= columns).unwrap_or_else(|| {
        let span = until.saturating_sub(from).max(1) as u64;
        let step = span.div_ceil(columns as u64);
        (from, step as i64, span.div_ceil(step) as usize)
    })
}

/// All that is known of one request.
pub(super) fn detail(desk: &Desk, number: u32) -> Detail {
    let requests = desk.requests();
    let row = number as usize;
    if row >= requests.rows() {
        return Detail {
            row: number,
            place: String::new(),
            fields: Vec::new(),
            absent: Vec::new(),
            findings: Vec::new(),
            raw: Err("there is no such request".to_owned()),
        };
    }
    let mut fields = Vec::new();
    let mut absent = Vec::new();
    // `hour` and `day` are for SQL to group by; beside the time they say nothing.
    for column in COLUMNS.iter().filter(|column| !matches!(column.name, "hour" | "day")) {
        let name = column.name;
        match fields::Field::new(requests, column).map_or(Value::Absent, |field| field.get(row)) {
            Value::Absent => absent.push(name),
            Value::Time(time) => {
                fields.push(Field { name, value: Micros(time).to_string(), time: Some(time), number: false });
            }
            value => {
                let number = matches!(value, Value::Number(_));
                fields.push(Field { name, value: value.cell(), time: None, number });
            }
        }
    }
    let place = requests.facts.place(row);
    let source = requests.facts.source(row);
    let path = requests.sources.get(source as usize).map_or("?", |source| source.path.as_str());
    let raw = desk
        .session()
        .raw
        .read(source, place)
        .map(|bytes| requests.facts.mask(row, &bytes, &desk.key))
        .map_err(|error| format!("the line cannot be read back from {path}: {}", why(&error)));
    let findings = desk.found().map(|found| found.findings_of(number).collect()).unwrap_or_default();
    Detail { row: number, place: format!("{path}:{}", place.line_no), fields, absent, findings, raw }
}

/// A stretch of a source's rejects.
pub(super) fn rejects(desk: &Desk, source: u32, first: usize, count: usize) -> Rejects {
    let session = desk.session();
    let of_source = || session.rejects.iter().filter(|reject| reject.source == source);
    let mut tally: BTreeMap<&str, usize> = BTreeMap::new();
    for reject in of_source() {
        *tally.entry(&reject.reason).or_default() += 1;
    }
    let mut reasons: Vec<(String, usize)> =
        tally.into_iter().map(|(reason, count)| (reason.to_owned(), count)).collect();
    reasons.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let rejects = of_source().skip(first).take(count).cloned().collect();
    Rejects { source, first, held: of_source().count(), rejects, reasons }
}

/// The next request of a scope that contains `needle`, round the end.
pub(super) fn search(desk: &mut Desk, scope: &Scope, needle: &str, from: usize, forward: bool) -> Found {
    let (all, window) = desk.listed(scope);
    let desk = &*desk;
    let rows = within(desk.requests(), &all, window);
    let columns: Vec<(TextView<'_>, Vec<bool>)> = SEARCHED
        .iter()
        .filter_map(|name| desk.requests().text(name))
        .filter(|column| !column.is_absent())
        .map(|column| (column, matching(&column, needle)))
        .collect();
    let status: Option<u16> = needle.parse().ok();
    let hit = |row: u32| {
        let row = row as usize;
        status.is_some_and(|status| desk.requests().facts.status(row) == Some(status))
            || columns.iter().any(|(column, codes)| codes.get(column.code(row) as usize).copied().unwrap_or(false))
    };
    let hits: Vec<usize> = (0..rows.len()).filter(|&at| hit(rows[at])).collect();
    let at = if forward {
        hits.iter().find(|&&at| at > from).or_else(|| hits.first())
    } else {
        hits.iter().rev().find(|&&at| at < from).or_else(|| hits.last())
    };
    Found { scope: scope.clone(), needle: needle.to_owned(), at: at.copied(), hits: hits.len() }
}

/// Which codes of a column contain the text. Small letters match both cases, as in `less -i`.
fn matching(column: &TextView<'_>, needle: &str) -> Vec<bool> {
    let exact = needle.chars().any(char::is_uppercase);
    let mut codes = vec![false; column.dictionary.len()];
    for (code, _) in column.dictionary.iter() {
        let text = column.dictionary.text(code);
        let hit = text.contains(needle) || (!exact && text.to_lowercase().contains(needle));
        if let Some(slot) = codes.get_mut(code as usize) {
            *slot = hit;
        }
    }
    codes
}

#[cfg(test)]
mod tests;
