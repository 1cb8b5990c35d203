//! The answer to `route` as data, `breachline.route/1`.

use super::hunt_json::{BlastOut, Source, Tool, source_out};
use super::json;
use super::reach::ReachOut;
use super::sheet::Sheet;
use super::summary::{CELLS, SummaryOut, cells, summary};
use breachline_queries::breakdown::Breakdown;
use breachline_queries::endpoint::{Endpoint, How, State};
use breachline_queries::hunt::radius;
use breachline_queries::requests::Requests;
use breachline_queries::summary::Summary;
use serde::{Serialize, Serializer};
use std::io::{self, Write};

/// The name and version of this shape.
pub const SCHEMA: &str = "breachline.route/1";

/// What is being written, with everything that ids in it refer to.
#[derive(Clone, Copy)]
pub struct RouteReport<'a> {
    /// The answer.
    pub found: &'a Endpoint,
    /// The requests that it refers to.
    pub requests: &'a Requests,
    /// These logs are a selection: nothing can be said of what is not in them.
    pub extract: bool,
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    tool: Tool,
    route: RouteOut<'a>,
    sources: Vec<Source<'a>>,
    coverage: ReachOut<'a>,
    extract: bool,
    /// Whether any request of it was seen.
    seen: bool,
    total: Counted<'a>,
    blast_radius: BlastOut<'a>,
    states: Vec<StateOut<'a>>,
    without_credential: BareOut<'a>,
    methods: BreakdownOut<'a>,
    statuses: BreakdownOut<'a>,
    clients: BreakdownOut<'a>,
    principals: BreakdownOut<'a>,
    client_apps: BreakdownOut<'a>,
}

#[derive(Serialize)]
struct RouteOut<'a> {
    asked: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<&'a str>,
    found_by: &'static str,
    routes: &'a [String],
    did_you_mean: &'a [String],
}

/// Rows in numbers, with the lines behind them: all of an exchange.
pub(super) struct Counted<'a> {
    pub rows: &'a [u32],
    pub summary: &'a Summary,
    pub requests: &'a Requests,
    pub with_path: bool,
}

impl Serialize for Counted<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let cited = self.requests.cited(self.rows);
        let out: SummaryOut<'_> = summary(self.summary, &cited, self.requests, self.with_path);
        out.serialize(serializer)
    }
}

#[derive(Serialize)]
struct StateOut<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    schema: Option<&'static str>,
    auth: &'static str,
    answer: &'static str,
    #[serde(flatten)]
    rows: Counted<'a>,
}

#[derive(Serialize)]
struct BareOut<'a> {
    /// Whether these logs would show a credential at this endpoint; if not, the rest says nothing.
    recorded: bool,
    answered: Counted<'a>,
    refused_before: Counted<'a>,
    refused_after: Counted<'a>,
}

/// The largest parts of some rows.
#[derive(Serialize)]
pub(super) struct BreakdownOut<'a> {
    distinct: u64,
    requests_without: u64,
    top: Vec<PartOut<'a>>,
}

#[derive(Serialize)]
struct PartOut<'a> {
    value: Option<&'a str>,
    #[serde(flatten)]
    rows: Counted<'a>,
}

/// A breakdown as data.
pub(super) fn breakdown<'a>(found: &'a Breakdown, requests: &'a Requests) -> BreakdownOut<'a> {
    let rows = |rows: &'a [u32], summary: &'a Summary| Counted { rows, summary, requests, with_path: false };
    let top =
        found.top.iter().map(|part| PartOut { value: part.value.as_deref(), rows: rows(&part.rows, &part.summary) });
    BreakdownOut { distinct: found.distinct, requests_without: found.without, top: top.collect() }
}

impl<'a> RouteReport<'a> {
    fn rows(&self, rows: &'a [u32], summary: &'a Summary, with_path: bool) -> Counted<'a> {
        Counted { rows, summary, requests: self.requests, with_path }
    }

    fn state(&self, state: &'a State, schema: Option<&'static str>) -> StateOut<'a> {
        StateOut {
            schema,
            auth: state.auth.name(),
            answer: state.answer.name(),
            rows: self.rows(&state.rows, &state.summary, schema.is_some()),
        }
    }

    /// Writes one JSON document.
    pub fn write_json(&self, out: &mut impl Write) -> io::Result<()> {
        let (found, requests) = (self.found, self.requests);
        let clocks = &requests.derived.exchanges.clocks;
        let bare = &found.bare;
        let parts = |found: &'a Breakdown| breakdown(found, requests);
        let blast = radius(requests, &found.rows, self.extract);
        let document = Document {
            schema: SCHEMA,
            tool: Tool::THIS,
            route: RouteOut {
                asked: &found.named.asked,
                method: found.named.method.as_deref(),
                found_by: found.named.how.name(),
                routes: &found.named.routes,
                did_you_mean: &found.named.near,
            },
            sources: requests.sources.iter().map(|source| source_out(source, clocks)).collect(),
            coverage: ReachOut::new(&found.reach, &requests.derived.notes),
            extract: self.extract,
            seen: !found.rows.is_empty(),
            total: self.rows(&found.rows, &found.summary, false),
            blast_radius: BlastOut::new(&blast),
            states: found.states.iter().map(|state| self.state(state, None)).collect(),
            without_credential: BareOut {
                recorded: bare.is_recorded,
                answered: self.rows(&bare.rows, &bare.summary, false),
                refused_before: self.rows(&bare.refused_before, &bare.summary_before, false),
                refused_after: self.rows(&bare.refused_after, &bare.summary_after, false),
            },
            methods: parts(&found.methods),
            statuses: parts(&found.statuses),
            clients: parts(&found.clients),
            principals: parts(&found.principals),
            client_apps: parts(&found.client_apps),
        };
        json::write_document(out, &document, 2)
    }

    /// Writes JSON, one state a line.
    pub fn write_jsonl(&self, out: &mut impl Write) -> io::Result<()> {
        let schema = Some("breachline.route.state/1");
        self.found.states.iter().try_for_each(|state| json::write_line(out, &self.state(state, schema)))
    }

    /// Writes CSV (see [`super::sheet`]), one state a row.
    pub fn write_csv(&self, out: &mut impl Write) -> io::Result<()> {
        let mut sheet = Sheet::new(out, &["auth", "answer"].into_iter().chain(CELLS).collect::<Vec<_>>())?;
        for state in &self.found.states {
            let head = [state.auth.name().to_owned(), state.answer.name().to_owned()];
            sheet.row(&head.into_iter().chain(cells(&state.summary)).collect::<Vec<_>>())?;
        }
        sheet.finish()?.flush()
    }

    /// Whether nothing like it is known.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.found.named.how == How::Unknown
    }
}
