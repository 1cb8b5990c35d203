//! The functions an analyst can call, and those of them that the engine lacks.
//!
//! The engine calls these with whole columns. Arguments that are the same for every row (a pattern, a width,
//! a network) are read once, and a text function is evaluated once per distinct text.

mod network;
mod time;
mod words;

use polars::prelude::{
    BaseColumnUdf, Column, DataType, Field, PolarsError, PolarsResult, Schema, TimeUnit, UserDefinedFunction,
    polars_err,
};
use polars::sql::{FunctionOptions, FunctionRegistry};
use std::collections::BTreeMap;

/// What the message of an error begins with when the sentence after it is ours and can be shown.
pub(super) const OURS: &str = "breachline: ";

/// Time in microseconds without a zone, the type of every time in `requests`.
pub(super) const TIME: DataType = DataType::Datetime(TimeUnit::Microseconds, None);

type Body = fn(&[Column]) -> PolarsResult<Column>;

/// A function that the engine calls.
struct Called {
    name: &'static str,
    arguments: std::ops::RangeInclusive<usize>,
    output: DataType,
    body: Body,
}

const CALLED: &[Called] = &[
    Called { name: "date_trunc", arguments: 2..=2, output: TIME, body: time::date_trunc },
    Called { name: "time_bucket", arguments: 2..=2, output: TIME, body: time::time_bucket },
    Called { name: "ip_in", arguments: 2..=2, output: DataType::Boolean, body: network::ip_in },
    Called { name: "regexp_extract", arguments: 2..=3, output: DataType::String, body: words::regexp_extract },
    Called { name: "regexp_replace", arguments: 3..=3, output: DataType::String, body: words::regexp_replace },
    Called { name: "url_decode", arguments: 1..=1, output: DataType::String, body: words::url_decode },
    Called { name: "contains", arguments: 2..=2, output: DataType::Boolean, body: words::contains },
];

/// Functions that are written in other words before the engine sees them (see `rewrite`).
const REWRITTEN: [&str; 9] = [
    "count_if",
    "countif",
    "approx_count_distinct",
    "percentile_cont",
    "percentile_disc",
    "quantile",
    "percentile",
    "mean",
    "regexp_matches",
];

/// Names that the engine knows beyond those it lists.
const MORE: [&str; 14] = [
    "date",
    "datetime",
    "div",
    "group_concat",
    "if",
    "listagg",
    "split_part",
    "stdev",
    "string_agg",
    "string_to_array",
    "time",
    "timestamp",
    "trunc",
    "var",
];

/// Functions that can be called with nothing in their parentheses.
pub(super) const EMPTY: [&str; 5] = ["count", "pi", "row_number", "rank", "dense_rank"];

/// Functions that read files or pick columns behind the query's back.
const REFUSED: [&str; 2] = ["columns", "normalize"];

const DOCS: &[(&str, &str, &str)] = &[
    (
        "approx_count_distinct",
        "approx_count_distinct(x)",
        "How many different values there are; exact here, the name is for habit.",
    ),
    ("avg", "avg(x)", "The mean of the numbers."),
    ("contains", "contains(text, part)", "Whether the text has the part in it, letter for letter."),
    (
        "count",
        "count(*), count(x), count(DISTINCT x)",
        "How many rows, rows with a value, or different values there are.",
    ),
    ("count_if", "count_if(condition)", "How many rows fulfil the condition."),
    (
        "date_part",
        "date_part('hour', ts)",
        "One part of a time as a number: year, month, day, hour, minute, second, dow, epoch.",
    ),
    (
        "date_trunc",
        "date_trunc('hour', ts)",
        "The time cut to the second, minute, hour, day, week (from Monday), month, quarter or year.",
    ),
    (
        "ip_in",
        "ip_in(client_ip, '10.0.0.0/8, 2001:db8::/32')",
        "Whether the address lies in one of the networks; NULL where it is no address.",
    ),
    ("lag", "lag(x) OVER (PARTITION BY y ORDER BY ts)", "The value of the row before."),
    ("max", "max(x)", "The largest value."),
    ("median", "median(x)", "The middle of the numbers."),
    ("min", "min(x)", "The smallest value."),
    (
        "percentile_cont",
        "percentile_cont(0.95) WITHIN GROUP (ORDER BY x), percentile_cont(x, 0.95)",
        "The number below which that share of the numbers lies, interpolated.",
    ),
    ("quantile", "quantile(x, 0.95)", "The same as percentile_cont(x, 0.95)."),
    (
        "regexp_extract",
        "regexp_extract(text, pattern[, group])",
        "What the pattern, or its group of that number, matches first; NULL where it does not match.",
    ),
    ("regexp_like", "regexp_like(text, pattern)", "Whether the pattern matches anywhere in the text."),
    (
        "regexp_replace",
        "regexp_replace(text, pattern, replacement)",
        "The text with every match replaced; $1 is the first group.",
    ),
    ("row_number", "row_number() OVER (PARTITION BY x ORDER BY ts)", "The number of the row in its partition, from 1."),
    ("split_part", "split_part(text, '/', 2)", "The n-th of the parts between separators, from 1."),
    ("strftime", "strftime(ts, '%H:%M')", "The time as text."),
    ("string_agg", "string_agg(x, ', ')", "The texts of the group joined."),
    ("sum", "sum(x)", "The sum of the numbers."),
    ("time_bucket", "time_bucket('5m', ts)", "The time cut to steps of that width: a number with s, m, h, d or w."),
    (
        "url_decode",
        "url_decode(text)",
        "The text with %XX and + decoded once; what is not valid UTF-8 stays as it was.",
    ),
];

/// The functions worth knowing: name, usage and a sentence.
pub fn functions() -> &'static [(&'static str, &'static str, &'static str)] {
    DOCS
}

/// The names of all functions that can be called, sorted.
pub(super) fn names() -> Vec<&'static str> {
    let engine = polars::sql::keywords::all_functions();
    let mut names: Vec<&str> = engine
        .into_iter()
        .filter(|name| !name.starts_with("read_") && !REFUSED.contains(name))
        .chain(MORE)
        .chain(REWRITTEN)
        .chain(CALLED.iter().map(|function| function.name))
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Whether it is one of ours, which take plain arguments only, and how many.
pub(super) fn called(name: &str) -> Option<std::ops::RangeInclusive<usize>> {
    CALLED.iter().find(|function| function.name == name).map(|function| function.arguments.clone())
}

/// The kind of what a function of ours gives.
pub(super) fn gives_time(name: &str) -> bool {
    CALLED.iter().any(|function| function.name == name && function.output == TIME)
}

/// Our functions, for one query. The engine asks twice whether two calls are the same and compares
/// the function by identity, so each is made once.
pub(super) struct Registry(BTreeMap<&'static str, UserDefinedFunction>);

impl Registry {
    /// All of them.
    pub(super) fn new() -> Self {
        Self(CALLED.iter().map(|function| (function.name, made(function))).collect())
    }
}

fn made(function: &'static Called) -> UserDefinedFunction {
    let field = |_: &Schema, fields: &[Field]| {
        let name = fields.first().map_or(function.name.into(), |field| field.name().clone());
        Ok(Field::new(name, function.output.clone()))
    };
    let run = |columns: &mut [Column]| (function.body)(columns);
    let mut made = UserDefinedFunction::new(function.name.into(), BaseColumnUdf::new(run, field));
    // A row's result depends on that row alone.
    made.options = FunctionOptions::elementwise();
    made
}

impl FunctionRegistry for Registry {
    fn register(&mut self, name: &str, _: UserDefinedFunction) -> PolarsResult<()> {
        Err(refusal(format!("{name} cannot be added")))
    }

    fn get_udf(&self, name: &str) -> PolarsResult<Option<UserDefinedFunction>> {
        Ok(self.0.get(name).cloned())
    }

    fn contains(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}

/// An error whose sentence reaches the analyst.
fn refusal(sentence: impl std::fmt::Display) -> PolarsError {
    polars_err!(ComputeError: "{OURS}{sentence}")
}

/// The argument that is the same for all rows, as text.
fn constant(columns: &[Column], index: usize, function: &str, what: &str) -> PolarsResult<String> {
    let complaint =
        || refusal(format!("{function} takes {what} as its {} argument, written out in the query", ordinal(index)));
    let column = columns.get(index).filter(|column| column.len() == 1 || column.as_scalar_column().is_some());
    let value = column.ok_or_else(complaint)?.get(0).map_err(|_| complaint())?;
    value.get_str().map(str::to_owned).ok_or_else(complaint)
}

fn ordinal(index: usize) -> &'static str {
    ["first", "second", "third"].get(index).copied().unwrap_or("next")
}

/// The first or other argument as a column of text.
fn text<'a>(columns: &'a [Column], index: usize, function: &str) -> PolarsResult<&'a Column> {
    let column = columns.get(index).ok_or_else(|| refusal(format!("{function} lacks an argument")))?;
    if column.dtype() == &DataType::String || column.dtype() == &DataType::Null {
        return Ok(column);
    }
    Err(refusal(format!("{function} takes text as its {} argument", ordinal(index))))
}
