//! A column of requests as codes of distinct values, whatever it is stored as, with the rows of each code.

use crate::expr::scalar::Value;
use crate::expr::vector::value_at;
use crate::postings::Postings;
use crate::requests::Requests;
use breachline_parsers::schema::Number;
use breachline_parsers::table::{Dictionary, NO_NUMBER};
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use std::borrow::Cow;

enum Values<'a> {
    Dictionary(&'a Dictionary),
    Own(Vec<String>),
}

/// A column; code 0 is "no value".
pub struct Column<'a> {
    codes: Vec<u32>,
    values: Values<'a>,
    rows: Postings,
}

impl<'a> Column<'a> {
    /// Opens a column by name; `None` when no row has a value.
    pub fn open(requests: &'a Requests, name: &str) -> Option<Self> {
        let count = requests.rows();
        let (codes, values) = if let Some(view) = requests.told(name) {
            if view.is_absent() {
                return None;
            }
            ((0..count).map(|row| view.code(row)).collect(), Values::Dictionary(view.dictionary))
        } else if let Some(&which) = Number::ALL.iter().find(|number| number.name() == name) {
            numbers(requests.told_number(which).iter().copied())
        } else if name == "status" {
            let statuses = requests.facts.status_values().iter();
            numbers(statuses.map(|&status| if status == 0 { NO_NUMBER } else { i64::from(status) }))
        } else {
            others(requests, name)
        };
        if codes.iter().all(|&code| code == 0) {
            return None;
        }
        let distinct = match &values {
            Values::Dictionary(dictionary) => dictionary.len(),
            Values::Own(values) => values.len(),
        };
        let rows = Postings::new(distinct, || codes.iter().copied().zip(0..));
        Some(Self { codes, values, rows })
    }

    /// Distinct values, the absent one counted.
    pub fn distinct(&self) -> usize {
        self.rows.codes()
    }

    /// The code at a row.
    pub fn code(&self, row: usize) -> u32 {
        self.codes[row]
    }

    /// The value of a code.
    pub fn text(&self, code: u32) -> Cow<'_, str> {
        match &self.values {
            Values::Dictionary(dictionary) => Cow::Borrowed(dictionary.text(code)),
            Values::Own(values) => Cow::Borrowed(&values[code as usize]),
        }
    }

    /// The rows of a code, ascending.
    pub fn rows_of(&self, code: u32) -> &[u32] {
        self.rows.of(code as usize)
    }
}

/// Numbers as texts, each distinct one once.
fn numbers<'a>(numbers: impl Iterator<Item = i64>) -> (Vec<u32>, Values<'a>) {
    let mut known: HashMap<i64, u32, FixedState> = HashMap::default();
    let mut values = vec![String::new()];
    let mut code = |number: i64| {
        if number == NO_NUMBER {
            return 0;
        }
        *known.entry(number).or_insert_with(|| {
            values.push(number.to_string());
            values.len() as u32 - 1
        })
    };
    let codes = numbers.map(&mut code).collect();
    (codes, Values::Own(values))
}

/// A column that has neither a dictionary nor an array of numbers.
fn others<'a>(requests: &Requests, name: &str) -> (Vec<u32>, Values<'a>) {
    let mut known: HashMap<String, u32, FixedState> = HashMap::default();
    let mut values = vec![String::new()];
    let mut code = |row: usize| {
        let text = match value_at(requests, name, row) {
            Value::Text(text) => text.into_owned(),
            Value::Number(number) => number.to_string(),
            Value::Bool(value) => value.to_string(),
            Value::Null => return 0,
        };
        *known.entry(text).or_insert_with_key(|text| {
            values.push(text.clone());
            values.len() as u32 - 1
        })
    };
    let codes = (0..requests.rows()).map(&mut code).collect();
    (codes, Values::Own(values))
}
