//! One request as named values: every column of the schema, read from facts, derivations and sources.

use crate::render::Micros;
use breachline_parsers::report::SourceReport;
use breachline_parsers::schema::{Column, Number};
use breachline_parsers::table::{ABSENT, NumberColumn};
use breachline_queries::exchanges::Basis;
use breachline_queries::requests::{ObjectKind, Requests, TextView};
use serde::{Serialize, Serializer};

const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;

/// A value of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// The request has none.
    Absent,
    /// A whole number.
    Number(i64),
    /// Text.
    Text(&'a str),
    /// Microseconds UTC.
    Time(i64),
}

impl Value<'_> {
    /// The value as text of a cell; empty when absent.
    #[must_use]
    pub fn cell(self) -> String {
        match self {
            Self::Absent => String::new(),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.to_owned(),
            Self::Time(time) => Micros(time).to_string(),
        }
    }
}

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            Self::Absent => serializer.serialize_none(),
            Self::Number(number) => serializer.serialize_i64(number),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Time(time) => serializer.collect_str(&Micros(time)),
        }
    }
}

/// Reads one column of requests.
#[derive(Clone, Copy)]
pub struct Field<'a> {
    /// The column.
    pub column: &'static Column,
    requests: &'a Requests,
    from: From<'a>,
}

#[derive(Clone, Copy)]
enum From<'a> {
    Ts { cut_to: i64 },
    Status,
    Auth,
    Answer,
    Exchange,
    ExchangeBasis,
    Query,
    ObjectKind(TextView<'a>),
    Text(TextView<'a>),
    Number(&'a NumberColumn),
    TimeNumber(&'a NumberColumn),
    Source(fn(&SourceReport) -> Option<&str>),
    Line,
    Offset,
    Length,
}

impl<'a> Field<'a> {
    /// A reader of a column; `None` when the schema has no such column.
    #[must_use]
    pub fn new(requests: &'a Requests, column: &'static Column) -> Option<Self> {
        let number = || Number::ALL.into_iter().find(|number| number.name() == column.name);
        let from = match column.name {
            "ts" => From::Ts { cut_to: 1 },
            "hour" => From::Ts { cut_to: HOUR },
            "day" => From::Ts { cut_to: DAY },
            "status" => From::Status,
            "auth" => From::Auth,
            "answer" => From::Answer,
            "exchange" => From::Exchange,
            "exchange_basis" => From::ExchangeBasis,
            "query" => From::Query,
            "object_kind" => From::ObjectKind(requests.text("object_id")?),
            "format" => From::Source(|source| source.format.as_deref()),
            "vantage" => From::Source(|source| source.vantage.map(breachline_parsers::report::Vantage::name)),
            "ts_zone" => From::Source(|source| source.zone.split(' ').next()),
            "source" => From::Source(|source| Some(&source.path)),
            "line_no" => From::Line,
            "byte_offset" => From::Offset,
            "byte_len" => From::Length,
            "token_iat" | "token_exp" => From::TimeNumber(requests.facts.number(number()?)),
            name => match requests.text(name) {
                Some(view) => From::Text(view),
                None => From::Number(requests.facts.number(number()?)),
            },
        };
        Some(Self { column, requests, from })
    }

    /// Readers of columns, in this order.
    #[must_use]
    pub fn of(requests: &'a Requests, columns: &[&'static Column]) -> Vec<Self> {
        columns.iter().filter_map(|column| Self::new(requests, column)).collect()
    }

    /// The value of a row.
    #[must_use]
    pub fn get(&self, row: usize) -> Value<'a> {
        let facts = &self.requests.facts;
        let derived = &self.requests.derived;
        let text = |text: Option<&'a str>| text.map_or(Value::Absent, Value::Text);
        let number = |number: Option<i64>| number.map_or(Value::Absent, Value::Number);
        match self.from {
            From::Ts { cut_to } => {
                facts.ts(row).map_or(Value::Absent, |ts| Value::Time(ts.div_euclid(cut_to) * cut_to))
            }
            From::Status => number(facts.status(row).map(i64::from)),
            From::Auth => text(derived.auth.get(row).map(|auth| auth.name())),
            From::Answer => text(derived.answer.get(row).map(|answer| answer.name())),
            From::Exchange => Value::Number(i64::from(derived.exchanges.number(row))),
            From::ExchangeBasis => text(derived.exchanges.basis(row).map(Basis::name)),
            From::Query => text(self.requests.query(row)),
            From::ObjectKind(objects) => text(kind(self.requests, objects, row).map(ObjectKind::name)),
            From::Text(view) => text(view.get(row)),
            From::Number(column) => number(column.get(row)),
            From::TimeNumber(column) => column.get(row).map_or(Value::Absent, Value::Time),
            From::Source(read) => text(self.requests.sources.get(facts.source(row) as usize).and_then(read)),
            From::Line => Value::Number(i64::from(facts.place(row).line_no)),
            From::Offset => Value::Number(facts.place(row).byte_offset as i64),
            From::Length => Value::Number(i64::from(facts.place(row).byte_len)),
        }
    }
}

/// What kind of thing the object of a row is.
fn kind(requests: &Requests, objects: TextView<'_>, row: usize) -> Option<ObjectKind> {
    match objects.code(row) {
        ABSENT => None,
        code => requests.derived.kind_of_object.get(code as usize).copied(),
    }
}

/// The object of a row, if it names a person by itself.
#[must_use]
pub fn personal_object(requests: &Requests, row: usize) -> Option<(&str, ObjectKind)> {
    let objects = requests.text("object_id")?;
    let kind = kind(requests, objects, row).filter(|kind| kind.is_personal())?;
    Some((objects.get(row)?, kind))
}
