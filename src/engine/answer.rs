//! What the view gets to see: plain structs, a few screens of rows at most.

use super::extent::Extent;
use crate::notes::{Note, RowPlace};
use crate::session::Condition;
use breachline_parsers::load::Problem;
use breachline_parsers::report::{Reject, SourceReport};
use breachline_queries::expr::Expr;
use breachline_queries::finding::Role;
use breachline_queries::finding::{Coverage, Finding, Incident, Level, RuleVerdict};
use breachline_queries::indicators::Kind;
use breachline_queries::profile;
use breachline_queries::requests::Answer;
use breachline_queries::selection::condition;
use breachline_queries::sql;
use breachline_queries::tally::Tally;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

pub use super::sketch::Sketch;
pub use super::sorting::Sorting;

/// Whose requests are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Subject {
    /// Every request read.
    #[default]
    All,
    /// The evidence of a finding, by its position in [`Findings::cards`].
    Finding(usize),
    /// The evidence of all findings of an incident, by its position in [`Findings::incidents`].
    Incident(usize),
}

/// A condition over requests, as `--where` spells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// The condition.
    text: String,
    /// Whether requests for which it holds are left out; otherwise they alone are kept.
    pub out: bool,
    /// Whether it is applied.
    pub on: bool,
}

impl Filter {
    /// A filter that is applied. Fails with a caret under the place where the condition cannot be read.
    pub fn new(text: &str, out: bool) -> Result<Self, String> {
        condition(text)?;
        Ok(Self { text: text.trim().to_owned(), out, on: true })
    }

    /// A filter on one value of a column.
    pub fn value(column: &str, value: &Value, out: bool) -> Self {
        let literal = match value {
            Value::Text(text) => Expr::Text(text.clone()).to_string(),
            Value::Number(number) => number.to_string(),
            Value::Absent => return Self { text: format!("{column} IS NULL"), out, on: true },
        };
        Self { text: format!("{column} = {literal}"), out, on: true }
    }

    /// The condition.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The condition, with what is done with it.
    pub fn words(&self) -> String {
        if self.out { format!("not ({})", self.text) } else { self.text.clone() }
    }
}

/// A value that a filter can be made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// There is none.
    Absent,
    /// Text.
    Text(String),
    /// A whole number.
    Number(i64),
}

/// Which requests are meant.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Scope {
    /// Whose.
    pub subject: Subject,
    /// Only from the first (included) to the second (not included), microseconds UTC.
    pub window: Option<(i64, i64)>,
    /// All of these.
    pub filters: Vec<Filter>,
    /// The order in which they are listed; that of time where there is none.
    pub order: Option<Sorting>,
}

impl Scope {
    /// The same requests in order of time.
    #[must_use]
    pub fn in_time(&self) -> Self {
        Self { order: None, ..self.clone() }
    }

    /// Whether both hold the same requests, in whatever order.
    pub fn holds_as(&self, other: &Self) -> bool {
        (self.subject, self.window) == (other.subject, other.window) && self.filters == other.filters
    }
}

/// A value and the column that it stands in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The column.
    pub column: &'static str,
    /// The value.
    pub value: String,
}

/// One request in a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// Its row in the table.
    pub row: u32,
    /// Where it stands in its source.
    pub place: RowPlace,
    /// When, microseconds UTC.
    pub ts: Option<i64>,
    /// Worst level of the findings whose evidence it is.
    pub level: Option<Level>,
    /// Number of its source, from 1.
    pub source: u32,
    /// Client address, or else the peer, with its column.
    pub client: Option<Told>,
    /// Principal, or else application, or else credential fingerprint, with its column.
    pub identity: Option<Told>,
    /// Method.
    pub method: Option<String>,
    /// Status.
    pub status: Option<u16>,
    /// Bytes sent.
    pub bytes: Option<i64>,
    /// Target, secrets masked.
    pub target: Option<String>,
}

/// A stretch of a scope's requests in time order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The scope it is of.
    pub scope: Scope,
    /// Position of the first row in the scope.
    pub first: usize,
    /// Rows in the scope: lines, also those that tell of one request.
    pub total: usize,
    /// Requests in the scope.
    pub extent: Extent,
    /// The rows.
    pub rows: Vec<Row>,
    /// Where the row that was looked for stands.
    pub at: Option<usize>,
}

/// Counts over time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Buckets {
    /// The scope it is of.
    pub scope: Scope,
    /// Start of the first bucket, microseconds UTC.
    pub from: i64,
    /// Width of a bucket, microseconds.
    pub step: i64,
    /// Requests in each.
    pub counts: Vec<u64>,
    /// Whether some source is silent during all of the bucket.
    pub gaps: Vec<bool>,
    /// Worst level of the findings with evidence in the bucket, within the scope or not.
    pub levels: Vec<Option<Level>>,
    /// Requests without a time, which are in no bucket.
    pub untimed: usize,
    /// Whether vantages could not be linked, so that a bucket counts those of the one that tells of most there.
    pub apart: bool,
}

/// A column of one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Name of the column.
    pub name: &'static str,
    /// Its value; times in UTC.
    pub value: String,
    /// The value as microseconds UTC, where the column is a time.
    pub time: Option<i64>,
    /// Whether the value is a number.
    pub number: bool,
}

/// All that is known of one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detail {
    /// Its row.
    pub row: u32,
    /// Path and line, as `path:line`.
    pub place: String,
    /// Every column that has a value, in the order of the schema.
    pub fields: Vec<Field>,
    /// Columns without a value.
    pub absent: Vec<&'static str>,
    /// The findings whose evidence it is, by position in [`Findings::cards`].
    pub findings: Vec<usize>,
    /// The line as it stands in the source, secrets masked; or why it cannot be shown.
    pub raw: Result<String, String>,
}

/// How often the values of one request occur.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rare {
    /// Its row.
    pub row: u32,
    /// Columns, with the number of records that have the same value there.
    pub counts: Vec<(&'static str, u64)>,
    /// Records in all.
    pub of: u64,
}

/// A stretch of a source's rejects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rejects {
    /// The source.
    pub source: u32,
    /// Position of the first one.
    pub first: usize,
    /// How many are held (the report of the source counts all).
    pub held: usize,
    /// The rejects.
    pub rejects: Vec<Reject>,
    /// Reasons with their counts over those held, most frequent first.
    pub reasons: Vec<(String, usize)>,
}

/// The answer to a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The scope that was searched.
    pub scope: Scope,
    /// What was looked for.
    pub needle: String,
    /// Where the next hit stands, if there is one.
    pub at: Option<usize>,
    /// Hits in all of the scope.
    pub hits: usize,
}

/// What was exported.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exported {
    /// The directory.
    pub directory: String,
    /// How many findings.
    pub findings: usize,
    /// Rows of their evidence.
    pub rows: usize,
    /// The hash over all hashes.
    pub root: String,
    /// How many marks and notes.
    pub notes: usize,
}

/// What is to be exported.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The directory; empty or not there yet.
    pub directory: String,
    /// Ids of the findings; none means all.
    pub findings: Vec<String>,
    /// What was marked and written.
    pub notes: Vec<Note>,
    /// When, microseconds UTC.
    pub at: i64,
}

/// Something that a profile can be made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// What it is.
    pub kind: Kind,
    /// Its value, a secret by its fingerprint.
    pub value: String,
}

/// What a list of entities is sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)] // each is the number of its name
pub enum Order {
    /// The worst finding that names it, then requests.
    #[default]
    Level,
    Requests,
    Denied,
    Misses,
    Objects,
    Bytes,
    First,
    Last,
    Value,
}

impl Order {
    /// All of them, in the order in which a key goes through them.
    pub const ALL: [Self; 9] = [
        Self::Level,
        Self::Requests,
        Self::Denied,
        Self::Misses,
        Self::Objects,
        Self::Bytes,
        Self::First,
        Self::Last,
        Self::Value,
    ];

    /// Its name, as it is typed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Level => "level",
            Self::Requests => "requests",
            Self::Denied => "denied",
            Self::Misses => "misses",
            Self::Objects => "objects",
            Self::Bytes => "bytes",
            Self::First => "first",
            Self::Last => "last",
            Self::Value => "value",
        }
    }

    /// The next one, round the end.
    #[must_use]
    pub fn next(self) -> Self {
        let at = Self::ALL.iter().position(|order| *order == self).unwrap_or(0);
        Self::ALL[(at + 1) % Self::ALL.len()]
    }
}

/// One entity in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The value in numbers, requests counted once however many vantages logged them.
    pub tally: Tally,
    /// The value as it may be shown.
    pub shown: String,
    /// Worst level of the findings that name it.
    pub level: Option<Level>,
    /// The part it plays there.
    pub role: Option<Role>,
}

impl Actor {
    /// Requests that were refused.
    pub const fn denied(&self) -> u64 {
        self.tally.answers[Answer::Denied as usize]
    }

    /// Requests that found nothing.
    pub const fn misses(&self) -> u64 {
        self.tally.answers[Answer::Miss as usize]
    }

    /// Requests that were answered with data.
    pub const fn hits(&self) -> u64 {
        self.tally.answers[Answer::Hit as usize]
    }
}

/// A stretch of a list of entities.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actors {
    /// The requests that were looked at.
    pub scope: Scope,
    /// What they are.
    pub kind: Kind,
    /// What they are sorted by.
    pub order: Order,
    /// What their values contain.
    pub needle: String,
    /// Requests in the scope.
    pub extent: Extent,
    /// How many there are.
    pub distinct: usize,
    /// How many contain the text.
    pub total: usize,
    /// Position of the first row.
    pub first: usize,
    /// The rows.
    pub rows: Vec<Actor>,
}

/// All about one entity; rows are left out.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Which.
    pub named: Named,
    /// Its value as it may be shown.
    pub shown: String,
    /// When, what, with whom.
    pub found: profile::Profile,
    /// The findings that it has to do with.
    pub involved: Vec<profile::Involved>,
    /// Pictures.
    pub sketch: Sketch,
}

/// The answer to SQL.
#[derive(Clone, Debug, PartialEq)]
pub struct Queried {
    /// The query.
    pub sql: String,
    /// Its rows, or what is wrong with it, with a caret.
    pub answer: Result<sql::Answer, String>,
    /// How long it took.
    pub took: Option<Duration>,
}

impl Queried {
    /// Rows at most.
    pub const MOST: usize = 1000;
}

/// What was read.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// One report a source, logs before what was passed over.
    pub reports: Vec<SourceReport>,
    /// Paths that gave no source.
    pub problems: Vec<Problem>,
    /// Ids of sources that were found in a directory and fit no known format.
    pub passed_over: Vec<u32>,
    /// Requests in all.
    pub extent: Extent,
    /// Assumptions of the derivations, in sentences.
    pub notes: Vec<String>,
    /// Earliest and latest request, microseconds UTC.
    pub range: Option<(i64, i64)>,
    /// How far the logs can be relied on.
    pub condition: Condition,
    /// What went wrong with paths and sources, a sentence each.
    pub complaints: Vec<String>,
}

/// A finding without its evidence, which stays with the engine.
#[derive(Clone, Debug)]
pub struct Card {
    /// The finding, `evidence` empty.
    pub finding: Finding,
    /// Requests in its evidence.
    pub requests: usize,
}

/// The words of a rule.
#[derive(Clone, Debug, Default)]
pub struct RuleText {
    /// One line.
    pub title: String,
    /// What it checks.
    pub what: String,
    /// Why that matters.
    pub why: String,
    /// Benign traffic that looks alike.
    pub falsepositives: Vec<String>,
    /// What to do with a finding.
    pub next_steps: String,
}

/// What the hunt found.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// What these logs can speak for.
    pub coverage: Coverage,
    /// Verdict on each rule.
    pub rules: Vec<RuleVerdict>,
    /// Incidents, worst first.
    pub incidents: Vec<Incident>,
    /// Findings, worst first.
    pub cards: Vec<Card>,
    /// The rules' words, by id.
    pub texts: BTreeMap<String, RuleText>,
    /// The same in Korean, where this is in English.
    pub korean: Option<Arc<Findings>>,
}
