//! What the engine says, in the words of somebody who asked a question.

use super::compare::NO_REGEX;
use super::functions::OURS;
use super::names::{CAST, Named, SUBQUERY};
use super::place::Fault;
use polars::prelude::PolarsError;
use sqlparser::tokenizer::Span;

/// Words of the engine that mean nothing to an analyst; a message that has one is not shown.
const INTERNAL: [&str; 30] = [
    "dtype",
    "DataFrame",
    "LazyFrame",
    "Series",
    "Expr",
    "polars",
    "Polars",
    "pl.",
    "lit(",
    "col(",
    "i64",
    "i32",
    "u32",
    "f64",
    "Int64",
    "Int32",
    "UInt",
    "Float64",
    "Utf8",
    "String(",
    "Datetime",
    "datetime[",
    "Some(",
    "None",
    "Ident",
    "Span",
    "::",
    "{",
    "UDF",
    "struct",
];

/// A sentence for an error of the engine. `places` tells where names stand.
pub(super) fn explain(error: &PolarsError, places: &[Named]) -> Fault {
    let error = root(error);
    let message = error.to_string();
    if let Some((_, ours)) = message.split_once(OURS) {
        return Fault::whole(ours.lines().next().unwrap_or(ours));
    }
    match error {
        PolarsError::ColumnNotFound(_) => column_not_found(&message, places),
        PolarsError::Duplicate(_) => {
            Fault::whole("two columns of the answer have the same name; give one another name with AS")
        }
        PolarsError::ShapeMismatch(_) => Fault::whole(
            "parts of the query give different numbers of rows; with GROUP BY, select what ORDER BY sorts by",
        ),
        PolarsError::SQLInterface(_) | PolarsError::SQLSyntax(_) => unsupported(&message, places),
        PolarsError::InvalidOperation(_) | PolarsError::SchemaMismatch(_) | PolarsError::ComputeError(_) => {
            types(&message, places)
        }
        PolarsError::OutOfBounds(_) => Fault::whole("a position in the query lies outside of what there is"),
        _ => last_resort(),
    }
}

/// The error itself, without the engine's trail of where it happened.
fn root(error: &PolarsError) -> &PolarsError {
    match error {
        PolarsError::Context { error, .. } | PolarsError::ExprContext { error, .. } => root(error),
        other => other,
    }
}

const SELECT_IT: &str =
    "QUALIFY, and whoever reads a subquery or WITH, sees only what was selected: select it there too";

fn column_not_found(message: &str, places: &[Named]) -> Fault {
    // The message names the missing column first and then those that are there.
    let mut words = message.split(|c: char| !(c.is_alphanumeric() || c == '_'));
    match words.find_map(|word| places.iter().rev().find(|named| named.name == word)) {
        Some(named) => Fault::new(named.span, format!("`{}` is not there at this point; {SELECT_IT}", named.name)),
        None => Fault::whole(format!("a column is not there at this point; {SELECT_IT}")),
    }
}

/// Where a name stands, if it stands once; of a column, where it stands first.
fn place(name: &str, places: &[Named]) -> Span {
    let mut found = places.iter().filter(|named| named.name == name);
    let first = found.next().map_or_else(Span::empty, |named| named.span);
    if matches!(name, CAST | SUBQUERY) && found.next().is_some() { Span::empty() } else { first }
}

fn unsupported(message: &str, places: &[Named]) -> Fault {
    let first = message.lines().next().unwrap_or_default().trim_end_matches(':').trim();
    if let Some((name, _)) =
        first.strip_prefix('\'').and_then(|rest| rest.split_once("' should participate in the GROUP BY"))
    {
        return Fault::new(
            place(name, places),
            format!("`{name}` has to stand in GROUP BY or inside a function such as max or count"),
        );
    }
    if first.starts_with("HAVING clause not valid") {
        return Fault::whole("HAVING goes with GROUP BY; without groups use WHERE");
    }
    if first == "unexpected subquery" || first.starts_with("subquery comparisons") {
        return Fault::new(
            place(SUBQUERY, places),
            "a subquery can stand in FROM, IN and EXISTS only; put it into WITH and CROSS JOIN it",
        );
    }
    if first.starts_with("expression Exists") {
        return Fault::whole(
            "EXISTS cannot look back into the table it stands in; write x IN (SELECT x FROM …) instead",
        );
    }
    if first.is_empty() || INTERNAL.iter().any(|word| first.contains(word)) {
        return last_resort();
    }
    Fault::whole(format!("the query uses what is not supported: {first}"))
}

fn types(message: &str, places: &[Named]) -> Fault {
    let lower = message.to_lowercase();
    let has = |word: &str| lower.contains(word);
    let sentence = if has("regex") {
        NO_REGEX
    } else if has("compare") && has("str") {
        "text is compared with what is no text; turn one into the other with CAST(… AS BIGINT) or CAST(… AS VARCHAR)"
    } else if has("conversion") || has("cast") || has("parse") {
        return Fault::new(
            place(CAST, places),
            "a value cannot be turned into the type asked for; TRY_CAST gives NULL for such values",
        );
    } else if has("divi") && has("zero") {
        "a number is divided by zero"
    } else {
        "an operation is used on values that it does not work on, such as arithmetic on text"
    };
    Fault::whole(sentence)
}

/// A fault that nobody foresaw.
pub(super) fn last_resort() -> Fault {
    Fault::whole(
        "the query uses a combination that is not supported; make it simpler, or split it with WITH \
         (`breachline schema` lists columns and functions)",
    )
}
