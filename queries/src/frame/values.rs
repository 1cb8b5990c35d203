//! Every column of `requests` as something that can be read by row: the one place that knows where each lives.
//!
//! In: a column name. Out: [`Values`], a reader of text codes or of numbers. Names no data frame,
//! so that counting values does not need one.

use crate::exchanges::Basis;
use crate::requests::{Answer, Auth, Requests, TextView};
use breachline_parsers::report::{SourceReport, Vantage};
use breachline_parsers::schema::{Kind, Number, Text, column};
use breachline_parsers::table::{ABSENT, NO_NUMBER};

const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;

/// Reads the number at a row.
pub(crate) type NumberAt<'a> = Box<dyn Fn(usize) -> Option<i64> + 'a>;

type CodeAt<'a> = Box<dyn Fn(usize) -> u32 + 'a>;
type ValueOf<'a> = Box<dyn Fn(u32) -> Option<&'a str> + 'a>;

/// A text column: rows carry codes, codes carry values.
pub(crate) struct TextValues<'a> {
    code: CodeAt<'a>,
    value: ValueOf<'a>,
    codes: usize,
}

impl<'a> TextValues<'a> {
    /// The code at a row, below [`TextValues::codes`].
    pub(crate) fn code(&self, row: usize) -> u32 {
        (self.code)(row)
    }

    /// The value of a code; several codes may carry the same one.
    pub(crate) fn value(&self, code: u32) -> Option<&'a str> {
        (self.value)(code)
    }

    /// How many codes there are.
    pub(crate) fn codes(&self) -> usize {
        self.codes
    }
}

/// The values of a column.
pub(crate) enum Values<'a> {
    /// Text.
    Text(TextValues<'a>),
    /// Whole numbers.
    Number(NumberAt<'a>),
    /// Microseconds UTC.
    Time(NumberAt<'a>),
}

/// The values of a column of `requests`, or `None` if there is no such column.
pub(crate) fn values<'a>(requests: &'a Requests, name: &str) -> Option<Values<'a>> {
    match column(name)?.kind {
        Kind::Time => times(requests, name).map(Values::Time),
        Kind::Number => numbers(requests, name).map(Values::Number),
        Kind::Text => texts(requests, name).map(Values::Text),
    }
}

fn times<'a>(requests: &'a Requests, name: &str) -> Option<NumberAt<'a>> {
    let facts = &requests.facts;
    Some(match name {
        "ts" => Box::new(|row| facts.ts(row)),
        "hour" => Box::new(|row| facts.ts(row).map(|ts| floor(ts, HOUR))),
        "day" => Box::new(|row| facts.ts(row).map(|ts| floor(ts, DAY))),
        _ => return fact_number(requests, name),
    })
}

/// The start of the step that a time falls into; times before 1970 fall into steps as well.
pub(crate) fn floor(ts: i64, step: i64) -> i64 {
    ts.saturating_sub(ts.rem_euclid(step))
}

fn numbers<'a>(requests: &'a Requests, name: &str) -> Option<NumberAt<'a>> {
    let facts = &requests.facts;
    Some(match name {
        "status" => Box::new(|row| facts.status(row).map(i64::from)),
        "exchange" => Box::new(|row| Some(i64::from(requests.derived.exchanges.number(row)))),
        "line_no" => Box::new(|row| Some(i64::from(facts.place(row).line_no))),
        "byte_offset" => Box::new(|row| i64::try_from(facts.place(row).byte_offset).ok()),
        "byte_len" => Box::new(|row| Some(i64::from(facts.place(row).byte_len))),
        _ => return fact_number(requests, name),
    })
}

fn fact_number<'a>(requests: &'a Requests, name: &str) -> Option<NumberAt<'a>> {
    let which = Number::ALL.into_iter().find(|number| number.name() == name)?;
    let column = requests.facts.number(which).values();
    Some(Box::new(|row| column.get(row).copied().filter(|&value| value != NO_NUMBER)))
}

fn texts<'a>(requests: &'a Requests, name: &str) -> Option<TextValues<'a>> {
    if let Some(view) = requests.text(name) {
        return Some(dictionary(view));
    }
    Some(match name {
        "query" => {
            let targets = dictionary(requests.text(Text::Target.name())?);
            let value = targets.value;
            TextValues { value: Box::new(move |code| Some(value(code)?.split_once('?')?.1)), ..targets }
        }
        "auth" => names(&requests.derived.auth, &Auth::ALL, Auth::name),
        "answer" => names(&requests.derived.answer, &Answer::ALL, Answer::name),
        "exchange_basis" => TextValues {
            code: Box::new(|row| requests.derived.exchanges.basis(row).map_or(ABSENT, |basis| basis as u32 + 1)),
            value: Box::new(|code| Basis::ALL.get((code as usize).checked_sub(1)?).map(|basis| basis.name())),
            codes: Basis::ALL.len() + 1,
        },
        "object_kind" => {
            let objects = dictionary(requests.text("object_id")?);
            let kinds = &requests.derived.kind_of_object;
            let value = move |code| match code {
                ABSENT => None,
                code => kinds.get(code as usize).map(|kind| kind.name()),
            };
            TextValues { value: Box::new(value), ..objects }
        }
        "source" => by_source(requests, |source| Some(source.path.as_str())),
        "format" => by_source(requests, |source| source.format.as_deref()),
        "vantage" => by_source(requests, |source| source.vantage.map(Vantage::name)),
        // The report says "stated" or "assumed" and then which zone.
        "ts_zone" => by_source(requests, |source| source.zone.split_whitespace().next()),
        _ => return None,
    })
}

fn dictionary(view: TextView<'_>) -> TextValues<'_> {
    let codes = view.dictionary.len();
    let value = move |code| match code {
        ABSENT => None,
        code => Some(view.dictionary.text(code)),
    };
    TextValues { code: Box::new(move |row| view.code(row)), value: Box::new(value), codes }
}

/// One of a few names per row.
fn names<'a, T: Copy + PartialEq>(
    rows: &'a [T],
    all: &'static [T],
    name: impl Fn(T) -> &'static str + 'a,
) -> TextValues<'a> {
    let code = |row: usize| {
        let here = rows.get(row).and_then(|value| all.iter().position(|other| other == value));
        here.map_or(ABSENT, |index| index as u32 + 1)
    };
    let value = move |code: u32| match code {
        ABSENT => None,
        code => all.get(code as usize - 1).map(|&value| name(value)),
    };
    TextValues { code: Box::new(code), value: Box::new(value), codes: all.len() + 1 }
}

/// One value per source, code = source id.
fn by_source<'a>(requests: &'a Requests, value: impl Fn(&'a SourceReport) -> Option<&'a str> + 'a) -> TextValues<'a> {
    let sources = &requests.sources;
    TextValues {
        code: Box::new(|row| requests.facts.source(row)),
        value: Box::new(move |code| value(sources.get(code as usize)?)),
        codes: sources.len(),
    }
}
