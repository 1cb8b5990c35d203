//! Text to one query, or a sentence about what is wrong with it.

use super::place::Fault;
use sqlparser::ast::{Query, Statement};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::{Parser, ParserError, ParserOptions};
use sqlparser::tokenizer::{Location, Span};

/// Parses exactly one query.
pub(super) fn parse(sql: &str) -> Result<Query, Fault> {
    // The same dialect and options as the engine's own parser, which reads the text that comes out of here.
    let options = ParserOptions { trailing_commas: true, ..ParserOptions::default() };
    let statements = Parser::new(&GenericDialect)
        .with_options(options)
        .try_with_sql(sql)
        .and_then(|mut parser| parser.parse_statements())
        .map_err(|error| syntax(&error))?;
    let mut statements = statements.into_iter();
    match (statements.next(), statements.next()) {
        (Some(Statement::Query(query)), None) => Ok(*query),
        (None, _) => Err(Fault::whole("there is no query; write for example SELECT * FROM requests LIMIT 10")),
        (Some(_), Some(_)) => Err(Fault::whole("only one query can be run at a time; remove what follows the `;`")),
        (Some(other), None) => {
            let verb = other.to_string().split_whitespace().next().unwrap_or_default().to_uppercase();
            Err(Fault::new(
                first_word(sql),
                format!("{verb} is not a query; only SELECT (and WITH … SELECT) can be run, logs are never changed"),
            ))
        }
    }
}

/// Where the first word of a text stands.
fn first_word(sql: &str) -> Span {
    let Some((line, text)) = (1..).zip(sql.lines()).find(|(_, text)| !text.trim().is_empty()) else {
        return Span::empty();
    };
    let begin = text.chars().take_while(|c| c.is_whitespace()).count() as u64 + 1;
    let word = text.trim_start().chars().take_while(|c| c.is_alphanumeric()).count() as u64;
    Span::new(Location::new(line, begin), Location::new(line, begin + word))
}

/// "Expected: X, found: Y at Line: 1, Column: 2" as a sentence with a place.
fn syntax(error: &ParserError) -> Fault {
    let message = match error {
        ParserError::ParserError(message) | ParserError::TokenizerError(message) => message.as_str(),
        ParserError::RecursionLimitExceeded => {
            return Fault::whole("the query is nested too deeply; split it with WITH");
        }
    };
    let (what, span) = match message.rsplit_once(" at Line: ") {
        Some((what, place)) => (what, location(place)),
        None => (message, Span::empty()),
    };
    let what = match what.strip_prefix("Expected: ").and_then(|rest| rest.split_once(", found: ")) {
        Some((expected, "EOF")) => format!("the query ends where {} was expected", plain(expected)),
        Some((expected, found)) => format!("{} was expected, not `{found}`", plain(expected)),
        None => lower_first(what),
    };
    Fault::new(span, format!("the query cannot be read: {what}"))
}

fn location(place: &str) -> Span {
    let numbers = place
        .split_once(", Column: ")
        .and_then(|(line, column)| Some(Location::new(line.trim().parse().ok()?, column.trim().parse().ok()?)));
    numbers.map_or_else(Span::empty, |start| Span::new(start, Location::new(start.line, start.column + 1)))
}

/// The parser's name of a thing in the words of somebody who writes SQL.
fn plain(expected: &str) -> &str {
    match expected {
        "an expression" | "an expression:" => "a column, value or function",
        "identifier" => "a name",
        "end of statement" => "the end of the query",
        "an SQL statement" => "SELECT",
        "joined table" => "a table",
        other => other,
    }
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}
