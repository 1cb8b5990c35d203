//! Conditions over all rows at once: work on distinct values, then one table look-up a row.
//!
//! A part of a condition that reads one coded column (text, status, auth, answer) is evaluated once per distinct
//! value by the scalar interpreter and looked up per row; AND, OR and NOT combine such parts by Kleene's rules;
//! what reads several columns at once is evaluated row by row.

use super::scalar::{self, Scope, Value, evaluate};
use super::{Expr, Op};
use crate::requests::{Answer, Auth, ObjectKind, Requests, TextView};
use breachline_parsers::schema::Number;
use breachline_parsers::table::{ABSENT, NO_NUMBER};
use std::borrow::Cow;

const NO: u8 = 0;
const YES: u8 = 1;
const UNKNOWN: u8 = 2;

fn tri(value: Option<bool>) -> u8 {
    match value {
        Some(false) => NO,
        Some(true) => YES,
        None => UNKNOWN,
    }
}

/// The value of a column of `requests` at a row, for rules.
pub fn value_at<'a>(requests: &'a Requests, name: &str, row: usize) -> Value<'a> {
    let number = |value: Option<i64>| value.map_or(Value::Null, |value| Value::Number(value as f64));
    let facts = &requests.facts;
    match name {
        "ts" => number(facts.ts(row)),
        "hour" => number(facts.ts(row).map(|ts| ts.div_euclid(3_600_000_000) * 3_600_000_000)),
        "day" => number(facts.ts(row).map(|ts| ts.div_euclid(86_400_000_000) * 86_400_000_000)),
        "status" => number(facts.status(row).map(i64::from)),
        "exchange" => number(Some(i64::from(requests.derived.exchanges.number(row)))),
        "exchange_basis" => match requests.derived.exchanges.basis(row) {
            Some(basis) => Value::Text(Cow::Borrowed(basis.name())),
            None => Value::Null,
        },
        "line_no" => number(Some(i64::from(facts.place(row).line_no))),
        "byte_offset" => number(Some(facts.place(row).byte_offset as i64)),
        "byte_len" => number(Some(i64::from(facts.place(row).byte_len))),
        "auth" => requests.derived.auth.get(row).map_or(Value::Null, |auth| Value::Text(Cow::Borrowed(auth.name()))),
        "answer" => {
            requests.derived.answer.get(row).map_or(Value::Null, |answer| Value::Text(Cow::Borrowed(answer.name())))
        }
        "object_kind" => object_kind(requests, row).map_or(Value::Null, |kind| Value::Text(Cow::Borrowed(kind.name()))),
        "query" => requests.query(row).map_or(Value::Null, |query| Value::Text(Cow::Borrowed(query))),
        "source" | "format" | "vantage" | "ts_zone" => {
            let Some(source) = requests.sources.get(facts.source(row) as usize) else { return Value::Null };
            let text = match name {
                "source" => Some(source.path.as_str()),
                "format" => source.format.as_deref(),
                "vantage" => source.vantage.map(breachline_parsers::report::Vantage::name),
                _ => Some(if source.zone.starts_with("stated") { "stated" } else { "assumed" }),
            };
            text.map_or(Value::Null, |text| Value::Text(Cow::Borrowed(text)))
        }
        _ => {
            if let Some(&which) = Number::ALL.iter().find(|number| number.name() == name) {
                return number(requests.told_number(which).get(row).copied().filter(|&value| value != NO_NUMBER));
            }
            requests
                .told(name)
                .and_then(|view| view.get(row))
                .map_or(Value::Null, |text| Value::Text(Cow::Borrowed(text)))
        }
    }
}

/// The kind of the object that a row names.
pub fn object_kind(requests: &Requests, row: usize) -> Option<ObjectKind> {
    match requests.text("object_id")?.code(row) {
        ABSENT => None,
        code => requests.derived.kind_of_object.get(code as usize).copied(),
    }
}

/// One row as a scope.
pub struct RowScope<'a> {
    /// The table.
    pub requests: &'a Requests,
    /// The row.
    pub row: usize,
}

impl Scope for RowScope<'_> {
    fn name(&self, name: &str) -> Value<'_> {
        value_at(self.requests, name, self.row)
    }
}

/// One value of one column as a scope.
struct OneValue<'a>(Value<'a>);

impl Scope for OneValue<'_> {
    fn name(&self, _name: &str) -> Value<'_> {
        self.0.clone()
    }
}

/// Whether a condition holds at each row; NULL counts as no.
pub fn holds(expr: &Expr, requests: &Requests) -> Vec<bool> {
    evaluate_rows(expr, requests).into_iter().map(|value| value == YES).collect()
}

/// The truth value at each row: `None` for NULL.
pub fn truths(expr: &Expr, requests: &Requests) -> Vec<Option<bool>> {
    let mask = evaluate_rows(expr, requests);
    mask.into_iter().map(|value| if value == UNKNOWN { None } else { Some(value == YES) }).collect()
}

fn evaluate_rows(expr: &Expr, requests: &Requests) -> Vec<u8> {
    match expr {
        Expr::Binary(op @ (Op::And | Op::Or), left, right) => {
            let mut left = evaluate_rows(left, requests);
            let right = evaluate_rows(right, requests);
            let table = kleene(*op);
            for (left, right) in left.iter_mut().zip(right) {
                *left = table[usize::from(*left * 3 + right)];
            }
            left
        }
        Expr::Not(inner) => {
            let mut mask = evaluate_rows(inner, requests);
            for value in &mut mask {
                *value = [YES, NO, UNKNOWN][usize::from(*value)];
            }
            mask
        }
        _ => match expr.names().as_slice() {
            [] => vec![tri(evaluate(expr, &OneValue(Value::Null)).truth()); requests.rows()],
            [name] => one_column(expr, name, requests),
            _ => (0..requests.rows()).map(|row| tri(evaluate(expr, &RowScope { requests, row }).truth())).collect(),
        },
    }
}

fn kleene(op: Op) -> [u8; 9] {
    let values = [Some(false), Some(true), None];
    std::array::from_fn(|index| {
        let (left, right) = (values[index / 3], values[index % 3]);
        tri(if op == Op::And { scalar::and(left, right) } else { scalar::or(left, right) })
    })
}

/// Evaluates once per distinct value where the column has a dictionary, else once per row.
fn one_column(expr: &Expr, name: &str, requests: &Requests) -> Vec<u8> {
    let rows = requests.rows();
    let of = |value: Value<'_>| tri(evaluate(expr, &OneValue(value)).truth());
    let text = |text: &'static str| of(Value::Text(Cow::Borrowed(text)));
    match name {
        "status" => {
            let table: Vec<u8> = (0..1024)
                .map(|status| of(if status == 0 { Value::Null } else { Value::Number(f64::from(status)) }))
                .collect();
            let slow = |status: u16| of(Value::Number(f64::from(status)));
            let statuses = requests.facts.status_values().iter();
            statuses.map(|&status| table.get(usize::from(status)).copied().unwrap_or_else(|| slow(status))).collect()
        }
        "auth" if requests.derived.auth.len() == rows => {
            let table = Auth::ALL.map(|auth| text(auth.name()));
            requests.derived.auth.iter().map(|&auth| table[auth as usize]).collect()
        }
        "answer" if requests.derived.answer.len() == rows => {
            let table = Answer::ALL.map(|answer| text(answer.name()));
            requests.derived.answer.iter().map(|&answer| table[answer as usize]).collect()
        }
        "object_kind" => {
            let table = ObjectKind::ALL.map(|kind| text(kind.name()));
            let null = of(Value::Null);
            (0..rows).map(|row| object_kind(requests, row).map_or(null, |kind| table[kind as usize])).collect()
        }
        "source" | "format" | "vantage" | "ts_zone" => {
            let mut first: Vec<Option<u8>> = vec![None; requests.sources.len()];
            (0..rows)
                .map(|row| match first.get_mut(requests.facts.source(row) as usize) {
                    Some(slot) => *slot.get_or_insert_with(|| of(value_at(requests, name, row))),
                    None => of(Value::Null),
                })
                .collect()
        }
        _ => {
            if let Some(view) = requests.told(name) {
                return coded(view, rows, of);
            }
            if let Some(&which) = Number::ALL.iter().find(|number| number.name() == name) {
                let null = of(Value::Null);
                let values = requests.told_number(which);
                if values.is_empty() {
                    return vec![null; rows];
                }
                let number = |&value: &i64| if value == NO_NUMBER { null } else { of(Value::Number(value as f64)) };
                return values.iter().map(number).collect();
            }
            (0..rows).map(|row| of(value_at(requests, name, row))).collect()
        }
    }
}

fn coded(view: TextView<'_>, rows: usize, of: impl Fn(Value<'_>) -> u8) -> Vec<u8> {
    let null = of(Value::Null);
    if view.is_absent() {
        return vec![null; rows];
    }
    let mut table = vec![null; view.dictionary.len()];
    for (code, _) in view.dictionary.iter() {
        table[code as usize] = of(Value::Text(Cow::Borrowed(view.dictionary.text(code))));
    }
    (0..rows).map(|row| table[view.code(row) as usize]).collect()
}

#[cfg(test)]
mod tests;
