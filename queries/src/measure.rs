//! Measures: one number from the rows of a group.
//!
//! In: the rows of a group in total order. Out: a number, or NULL where the group has nothing to measure.
//! Each measure is exact and does not depend on how rows with equal times are ordered. Formulas stand with
//! each function in the modules below; tests hold every one against a brute-force twin.

pub mod bucket;
pub mod modes;
pub mod rhythm;
pub mod shape;
pub mod spread;

use crate::expr::parse::{ExprError, nearest};
use crate::expr::{Expr, Span};
use crate::requests::Requests;
use breachline_parsers::schema::{COLUMNS, Kind, Number, Text};
use breachline_parsers::table::{ABSENT, Dictionary, NO_NUMBER};

/// Every measure: name, usage, what it gives.
pub const MEASURES: &[(&str, &str, &str)] = &[
    ("count", "count([condition])", "Rows, or rows for which the condition holds."),
    ("share", "share(condition)", "Rows for which the condition holds, of all rows of the group."),
    ("n_unique", "n_unique(column [, condition])", "Distinct values of the column."),
    ("pairs", "pairs(a, b [, condition])", "Distinct pairs of values of two columns."),
    ("per_each", "per_each(a, b [, condition])", "Median over the values of a of how many distinct b each has."),
    (
        "fan_out",
        "fan_out(user, subject [, condition])",
        "Distinct subjects over distinct users, of the rows that have both: subjects for each user.",
    ),
    ("top_share", "top_share(column [, condition])", "Rows with the most frequent value, of all rows that have one."),
    ("sum", "sum(number [, condition])", "Sum of a numeric column."),
    ("max", "max(number [, condition])", "Largest value of a numeric column."),
    ("median", "median(number [, condition])", "Median of a numeric column (the lower one of two)."),
    (
        "asked_for",
        "asked_for(target [, condition])",
        "Sum of how many entries the targets ask for (limit=, per_page=, ...), over those that say so.",
    ),
    (
        "two_mode_share",
        "two_mode_share(number [, condition])",
        "Rows in the tight mode, where the numbers are of two modes far apart and one of them is tight; else 0.",
    ),
    ("first", "first([condition])", "Time of the first row, in seconds since 1970."),
    ("last", "last([condition])", "Time of the last row, in seconds since 1970."),
    ("days", "days([condition])", "Distinct UTC days with a row."),
    ("hours", "hours([condition])", "Distinct hours (of the calendar, not of the day) with a row."),
    (
        "presence",
        "presence([condition])",
        "Distinct hours (of the calendar) with a row, of those from the first to the last of these sources.",
    ),
    (
        "inside_share",
        "inside_share([condition])",
        "Rows from private addresses, of all that have one; 0 where half of all addresses of the log or more are private.",
    ),
    ("busiest", "busiest('10m' [, condition])", "Most rows in any window of that length."),
    (
        "busiest_unique",
        "busiest_unique(column, '10m' [, condition])",
        "Most distinct values in any window of that length.",
    ),
    (
        "leaky",
        "leaky('10s' [, condition])",
        "Highest level of a bucket into which each row adds one and from which one leaks in that time.",
    ),
    (
        "leaky_unique",
        "leaky_unique(column, '10s' [, condition])",
        "The same, each value adding one when it is first seen.",
    ),
    (
        "returns",
        "returns(column, '10m' [, condition])",
        "How often a value comes back within that time although another came in between: use from two places at once.",
    ),
    (
        "alternates",
        "alternates('10m')",
        "How often the group comes back within that time although a peer of the same part came in between.",
    ),
    ("span", "span([condition])", "Seconds from the first row to the last."),
    (
        "rows_after",
        "rows_after(condition)",
        "Rows of the group later than the first row for which the condition holds; NULL where there is none.",
    ),
    (
        "meanwhile_share",
        "meanwhile_share(condition)",
        "Share of everybody else's rows on the same route in the same ten minutes for which the condition holds.",
    ),
    (
        "steady_share",
        "steady_share([condition])",
        "Of the pauses between successive rows: those within a tenth (at least a second) of the median pause.",
    ),
    ("busiest_day", "busiest_day(number [, condition])", "Largest sum of a numeric column over one UTC day."),
    ("scheduled", "scheduled([condition])", "1 when it recurs daily at the same few hours with like volume, else 0."),
    ("evenness", "evenness([condition])", "Entropy of the hour of day over ln 24: 1 is round the clock."),
    ("pace_cv", "pace_cv([condition])", "Coefficient of variation of the counts per hour between first and last row."),
    (
        "step_share",
        "step_share(column, k [, condition])",
        "Steps between successive numeric ids that are 1 to k wide, of all steps.",
    ),
    (
        "ascending_share",
        "ascending_share(column [, condition])",
        "Steps in the prevailing direction, of all steps that move.",
    ),
    (
        "longest_run",
        "longest_run(column [, condition])",
        "Longest run of successive ids with one constant step, in ids.",
    ),
    ("density", "density(column [, condition])", "Distinct numeric ids over the width of their range."),
    ("repeat_share", "repeat_share(column [, condition])", "1 minus distinct values over rows that have one."),
    ("focus", "focus(column)", "Rows of the group, of all rows in the log with the same value of the column."),
    (
        "common_share",
        "common_share(column, other [, k])",
        "Of the route's rows: those whose value of the column at least k (5) distinct values of the other column share.",
    ),
    ("keyed_share", "keyed_share()", "Of the route's successful answers: those to requests that showed a credential."),
    (
        "exclusive_share",
        "exclusive_share(column)",
        "Distinct values that occur in no other group of the population, of all.",
    ),
    (
        "new_share",
        "new_share(column)",
        "Distinct values that the group of the population seen first does not have, of all.",
    ),
    (
        "odd_share",
        "odd_share(number, k [, condition])",
        "Rows whose number is more than k (3) deviations from the median of the route's other answers, of all that can be told.",
    ),
    (
        "usual_share",
        "usual_share(column)",
        "Rows with the value that most other addresses got on the route, of all that have one.",
    ),
    (
        "crowd_share",
        "crowd_share(column)",
        "Smallest over its routes: distinct values in rows of the rule's where, of all that the route serves; NULL under 20.",
    ),
    (
        "elsewhere_share",
        "elsewhere_share(a, b)",
        "Distinct values of a that also occur in the log outside this value of b, of all.",
    ),
    (
        "fellow_share",
        "fellow_share(place, person)",
        "Of the other people at the place that its part was seen at first, those seen at this place too.",
    ),
    (
        "overlap_ratio",
        "overlap_ratio(value, member [, condition])",
        "Values that two members have in common, over what would be if each drew from what everybody else asks for there.",
    ),
    ("foreign_share", "foreign_share(object, owner)", "Distinct objects whose home is another owner, of all."),
    ("foreign_owners", "foreign_owners(object, owner)", "Distinct other owners of the group's objects."),
    (
        "cold_share",
        "cold_share('30m')",
        "Rows before which the actor was nowhere that leads there, and nobody named the object elsewhere, of all that can be told.",
    ),
    (
        "kinship",
        "kinship()",
        "Largest share of other routes that another caller of the route has in common with the actor.",
    ),
    (
        "everyday",
        "everyday()",
        "Of the other routes that the actor is answered on: those that a tenth of all other actors use.",
    ),
    (
        "skips",
        "skips('12h' [, condition])",
        "Rows, of those for which the condition holds, before which the group was not where nearly all others were in that time.",
    ),
    (
        "pauses",
        "pauses('10m')",
        "Stretches of at least that length without a row, in time that is busy in other groups or on other days.",
    ),
    (
        "strays",
        "strays('12h')",
        "Most ids that its paths begin with, within that time and other than the one it had kept to for that long, where nearly all others keep to one.",
    ),
    (
        "copies",
        "copies()",
        "Rows that say what an earlier row says: time, request id, client, method, target, status and size.",
    ),
    (
        "holes",
        "holes(column)",
        "Most numbers missing in a row where the column counts: nine in ten of the numbers that it spans are in the logs.",
    ),
    ("sequences", "sequences()", "How often the rule's sequence was completed."),
    ("absences", "absences()", "1 when the rule's absent step is missing before the group's first row, else 0."),
];

/// A measure, read and checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    /// Its name in the rule.
    pub name: String,
    /// Which measure it is.
    pub function: &'static str,
    /// Columns it reads.
    pub columns: Vec<String>,
    /// A number or a duration (in microseconds) it takes.
    pub parameter: Option<f64>,
    /// Rows it looks at.
    pub condition: Option<Expr>,
    /// As written.
    pub text: String,
}

/// How many columns a measure takes.
fn arity(function: &str) -> usize {
    match function {
        "pairs" | "per_each" | "fan_out" | "overlap_ratio" | "elsewhere_share" | "common_share" | "fellow_share"
        | "foreign_share" | "foreign_owners" => 2,
        "n_unique" | "top_share" | "asked_for" | "holes" | "two_mode_share" | "leaky_unique" | "sum" | "max"
        | "median" | "busiest_unique" | "busiest_day" | "step_share" | "ascending_share" | "longest_run"
        | "density" | "repeat_share" | "focus" | "exclusive_share" | "crowd_share" | "odd_share" | "new_share"
        | "returns" | "usual_share" => 1,
        _ => 0,
    }
}

/// Whether the columns of a measure must be numbers.
fn numeric(function: &str) -> bool {
    matches!(function, "sum" | "max" | "median" | "busiest_day" | "odd_share" | "two_mode_share")
}

/// Reads a duration such as `10m`, `1h`, `2d`, `30s`, in microseconds.
pub fn duration(text: &str) -> Option<i64> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let number: i64 = text[..digits].parse().ok()?;
    let unit = match text[digits..].trim() {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return None,
    };
    number.checked_mul(unit)?.checked_mul(1_000_000)
}

impl Measure {
    /// Reads a measure from its call, and the text that it was written as.
    pub fn read(name: &str, text: &str, call: &Expr) -> Result<Self, ExprError> {
        let Expr::Call(called, arguments, span) = call else {
            return Err(ExprError::at(
                Span { start: 0, end: text.len() },
                format!("measure `{name}` is not a call such as n_unique(object_id)"),
            ));
        };
        let Some(&(function, usage, _)) = MEASURES.iter().find(|(measure, ..)| measure == called) else {
            let near = nearest(called, MEASURES.iter().map(|(measure, ..)| *measure));
            let hint = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            return Err(ExprError::at(*span, format!("there is no measure `{called}`{hint}")));
        };
        let wrong = |message: String| ExprError::at(*span, format!("{message}; it is written {usage}"));
        let mut rest = arguments.iter();
        let mut columns = Vec::new();
        for _ in 0..arity(function) {
            match rest.next() {
                Some(Expr::Name(column, at)) => {
                    check_column(column, numeric(function), *at)?;
                    columns.push(column.clone());
                }
                _ => return Err(wrong(format!("`{function}` needs {} column(s)", arity(function)))),
            }
        }
        let mut rest = rest.peekable();
        let parameter = match (function, rest.peek()) {
            (
                "busiest" | "busiest_unique" | "leaky" | "leaky_unique" | "returns" | "alternates" | "skips" | "pauses"
                | "strays" | "cold_share",
                first,
            ) => {
                let Some(Expr::Text(text)) = first else {
                    return Err(wrong(format!("`{function}` needs a duration")));
                };
                rest.next();
                Some(duration(text).ok_or_else(|| wrong(format!("`{text}` is no duration such as 10m")))? as f64)
            }
            ("step_share" | "common_share" | "odd_share", Some(Expr::Number(number))) => {
                rest.next();
                Some(*number)
            }
            _ => None,
        };
        let condition = rest.next().cloned();
        if rest.next().is_some() || (matches!(function, "share" | "rows_after") && condition.is_none()) {
            return Err(wrong(format!("`{function}` has the wrong number of arguments")));
        }
        if let Some(condition) = &condition {
            check_row_names(condition)?;
        }
        Ok(Self { name: name.to_owned(), function, columns, parameter, condition, text: text.to_owned() })
    }

    /// Whether it counts rows, or what each row has at most one of: it never exceeds the rows of its group.
    pub fn counts_rows(&self) -> bool {
        matches!(
            self.function,
            "count"
                | "n_unique"
                | "pairs"
                | "per_each"
                | "days"
                | "hours"
                | "busiest"
                | "busiest_unique"
                | "leaky"
                | "leaky_unique"
                | "returns"
                | "sequences"
                | "rows_after"
                | "longest_run"
        )
    }

    /// Whether it can point at the rows that it counts (`evidence_at`).
    pub fn points_at_rows(&self) -> bool {
        matches!(self.function, "skips" | "pauses" | "strays" | "copies" | "holes")
    }

    /// The column of the group's key that it is told by, if it is.
    pub fn keyed_on(&self) -> Option<&str> {
        match self.function {
            "focus" | "fellow_share" => self.columns.first().map(String::as_str),
            "common_share" | "keyed_share" | "cold_share" | "kinship" | "everyday" => Some("route"),
            "strays" => Some("resource"),
            "elsewhere_share" | "foreign_share" | "foreign_owners" => self.columns.get(1).map(String::as_str),
            _ => None,
        }
    }

    /// When it has no value, in words.
    pub fn null_when(&self) -> &'static str {
        match self.function {
            "odd_share" => "NULL where the route has fewer than 20 ordinary answers with a number",
            "crowd_share" => "NULL where the route serves fewer than 20 values",
            "usual_share" => "NULL where nobody else has a value on the route",
            "common_share" => "NULL where no ordinary caller names objects on the route",
            "keyed_share" => "NULL where the route has no successful answer",
            "fellow_share" => "NULL at the first place itself, and where under five others were there",
            "meanwhile_share" => "NULL where nobody else was there",
            "rows_after" => "NULL where its condition holds for no row",
            "sum" | "max" | "median" | "busiest_day" => "NULL where no row has a number",
            "asked_for" => "NULL where no target says how many",
            "two_mode_share" => "NULL under 20 numbers",
            "fan_out" => "NULL where no row has both",
            "overlap_ratio" => "NULL where fewer than 5 pairs in common are to be expected",
            "first" | "last" | "span" | "leaky" => "NULL where no row has a time",
            "step_share" | "ascending_share" | "longest_run" | "density" => "NULL where too few ids are whole numbers",
            "presence" => "NULL where the log has no time",
            "inside_share" => "NULL where no row has an address",
            "evenness" | "pace_cv" | "steady_share" => "NULL where too few rows have a time",
            "copies" => "NULL where no row has a request id",
            "holes" => "NULL where the column does not count, or under 100 numbers",
            "pauses" => "NULL under 100 rows",
            "cold_share" => "NULL where nothing leads to the route in what five other actors or more do",
            "kinship" => "NULL where the route has no other caller, or more than twenty",
            "everyday" => "NULL where the actor goes nowhere else, or where there are under twenty actors",
            "skips" => "NULL where no step has a way to it that enough others take",
            "strays" => "NULL where too few others keep to one id that their paths begin with",
            _ => "NULL where no row has a value",
        }
    }

    /// Whether it needs a look at the log beyond the rows of its own group.
    pub fn looks_outside(&self) -> bool {
        matches!(
            self.function,
            "focus"
                | "common_share"
                | "keyed_share"
                | "exclusive_share"
                | "new_share"
                | "odd_share"
                | "crowd_share"
                | "elsewhere_share"
                | "fellow_share"
                | "foreign_share"
                | "absences"
                | "foreign_owners"
                | "alternates"
                | "usual_share"
                | "cold_share"
                | "kinship"
                | "everyday"
                | "skips"
                | "pauses"
                | "strays"
                | "copies"
                | "holes"
        )
    }
}

/// Columns that rules may name.
pub fn check_column(name: &str, numeric: bool, span: Span) -> Result<(), ExprError> {
    let Some(column) = COLUMNS.iter().find(|column| column.name == name) else {
        let near = nearest(name, COLUMNS.iter().map(|column| column.name));
        let hint = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
        return Err(ExprError::at(span, format!("there is no column `{name}`{hint}")));
    };
    if numeric && column.kind == Kind::Text {
        return Err(ExprError::at(span, format!("`{name}` is text; a number is needed here")));
    }
    Ok(())
}

/// Checks that a row condition names only columns, and only functions that exist.
pub fn check_row_names(expr: &Expr) -> Result<(), ExprError> {
    let mut error = None;
    expr.walk(&mut |part| {
        let found = match part {
            Expr::Name(name, span) => check_column(name, false, *span).err(),
            Expr::Call(name, _, span) if !crate::expr::scalar::FUNCTIONS.iter().any(|(known, ..)| known == name) => {
                Some(ExprError::at(*span, format!("there is no function `{name}` for rows")))
            }
            _ => None,
        };
        error = error.take().or(found);
    });
    error.map_or(Ok(()), Err)
}

/// A column as one code a row; equal values have equal codes, 0 means absent.
///
/// Text columns give their dictionary codes; numbers are given codes of their own.
pub fn codes_of(requests: &Requests, name: &str) -> Vec<u32> {
    let rows = requests.rows();
    if let Some(view) = requests.told(name) {
        // What hangs off other columns is brought down to the codes that rows hold first.
        return match view.through((0..view.dictionary.len() as u32).collect()) {
            Some((codes, table)) => codes.iter().map(|&code| table[code as usize]).collect(),
            None => vec![ABSENT; rows],
        };
    }
    if let Some(&which) = Number::ALL.iter().find(|number| number.name() == name) {
        return numbered(requests.told_number(which), rows);
    }
    let derived = &requests.derived;
    match name {
        "auth" => derived.auth.iter().map(|&auth| auth as u32 + 1).collect(),
        "answer" => derived.answer.iter().map(|&answer| answer as u32 + 1).collect(),
        "status" => requests.facts.status_values().iter().map(|&status| u32::from(status)).collect(),
        "source" => requests.facts.source_values().iter().map(|&source| source + 1).collect(),
        "object_kind" => (0..rows)
            .map(|row| crate::expr::vector::object_kind(requests, row).map_or(ABSENT, |kind| kind as u32 + 1))
            .collect(),
        "query" => {
            // A part of the target: each distinct one is looked at once.
            let targets = requests.facts.text(Text::Target);
            let mut queries = Dictionary::default();
            let mut of_target = vec![ABSENT; targets.dictionary.len()];
            for (code, _) in targets.dictionary.iter() {
                if let Some((_, query)) = targets.dictionary.text(code).split_once('?') {
                    of_target[code as usize] = queries.intern(query.as_bytes());
                }
            }
            (0..rows).map(|row| of_target[targets.code(row) as usize]).collect()
        }
        _ => {
            let mut index = hashbrown::HashMap::with_hasher(foldhash::fast::FixedState::default());
            let mut texts = Dictionary::default();
            (0..rows)
                .map(|row| match crate::expr::vector::value_at(requests, name, row) {
                    crate::expr::scalar::Value::Number(value) => {
                        let next = index.len() as u32 + 1;
                        *index.entry(value.to_bits()).or_insert(next)
                    }
                    crate::expr::scalar::Value::Text(text) => texts.intern(text.as_bytes()),
                    _ => ABSENT,
                })
                .collect()
        }
    }
}

/// Numbers of the distinct values of a numeric column, from 1, by first appearance.
fn numbered(values: &[i64], rows: usize) -> Vec<u32> {
    if values.is_empty() {
        return vec![ABSENT; rows];
    }
    let mut index = hashbrown::HashMap::with_hasher(foldhash::fast::FixedState::default());
    let mut number = |value: i64| {
        let next = index.len() as u32 + 1;
        // Values are compared as rules read them.
        *index.entry((value as f64).to_bits()).or_insert(next)
    };
    values.iter().map(|&value| if value == NO_NUMBER { ABSENT } else { number(value) }).collect()
}

/// A numeric column at a row.
pub fn number_at(requests: &Requests, name: &str, row: u32) -> Option<i64> {
    let row = row as usize;
    match name {
        "ts" => requests.facts.ts(row),
        "status" => requests.facts.status(row).map(i64::from),
        _ => {
            let which = Number::ALL.iter().find(|number| number.name() == name)?;
            requests.told_number(*which).get(row).copied().filter(|&value| value != NO_NUMBER)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        assert_eq!(duration("10m"), Some(600_000_000));
        assert_eq!(duration("2d"), Some(172_800_000_000));
        assert_eq!(duration("m"), None);
        assert_eq!(duration("10 parsecs"), None);
        assert_eq!(duration("99999999999999999d"), None);
    }

    #[test]
    fn mistakes_say_what_would_be_right() {
        let read = |text: &str| Measure::read("m", text, &crate::expr::parse::parse(text)?);
        let error = |text: &str| read(text).map_or_else(|error| error.message, |_| "read".to_owned());
        assert_eq!(error("n_uniqe(object_id)"), "there is no measure `n_uniqe`; did you mean `n_unique`?");
        assert_eq!(error("n_unique(objectid)"), "there is no column `objectid`; did you mean `object_id`?");
        assert_eq!(error("sum(host)"), "`host` is text; a number is needed here");
        assert!(error("n_unique()").contains("n_unique(column [, condition])"));
        assert!(error("busiest('soon')").contains("no duration"));
        assert_eq!(error("count(answer = 'miss')"), "read");
    }

    #[test]
    fn every_measure_has_a_doc_sentence() {
        for (name, usage, doc) in MEASURES {
            assert!(usage.starts_with(name) && doc.ends_with('.'), "{name}");
        }
    }
}
