//! Conditions over one text column, however they are put together, made ready to be asked for value after value.
//!
//! Dictionaries of paths and user agents are long, and rules ask them for many words. So a whole condition is asked of a value
//! at once, by bytes, with its lower case made once; and where it is one of many patterns, one look tells that none fits.

use crate::expr::like::Like;
use crate::expr::{Expr, Op};
use aho_corasick::{AhoCorasick, AhoCorasickBuilder};
use breachline_parsers::table::Dictionary;
use fixedbitset::FixedBitSet;

/// Values from which it pays to make many patterns one; tests have few.
const MANY_VALUES: usize = if cfg!(test) { 2 } else { 500 };
/// Patterns that are many.
const MANY: usize = 4;

/// A condition that is TRUE or FALSE for every value that is there.
pub enum Test<'a> {
    All(Vec<Self>),
    Any(Vec<Self>),
    /// One of several patterns, with what finds their literals in any case, once it is made.
    Patterns(Vec<(Form, Like<'a>)>, Option<AhoCorasick>),
    Not(Box<Self>),
    /// The value is one of these.
    OneOf(Form, Vec<&'a [u8]>),
    /// The value has these parts.
    Like(Form, Box<Like<'a>>),
    /// Whether there is a value, and there is.
    There(bool),
}

/// In which form a value is looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Form {
    AsItIs,
    Lower,
}

impl<'a> Test<'a> {
    /// A condition as a test of the values of a column, unless it asks for more than these.
    pub fn new(expr: &'a Expr, column: &str) -> Option<Self> {
        let of = |expr: &'a Expr| Self::new(expr, column);
        let unless = |negated: bool, test: Self| if negated { Self::Not(Box::new(test)) } else { test };
        Some(match expr {
            Expr::Binary(Op::And, left, right) => Self::All(vec![of(left)?, of(right)?]),
            Expr::Binary(Op::Or, left, right) => Self::any(of(left)?, of(right)?),
            Expr::Not(inner) => Self::Not(Box::new(of(inner)?)),
            Expr::Binary(op @ (Op::Eq | Op::Ne), left, right) => {
                let Expr::Text(value) = right.as_ref() else { return None };
                unless(*op == Op::Ne, Self::OneOf(form(left, column)?, vec![value.as_bytes()]))
            }
            Expr::In(inner, list, negated) => {
                let value = |item: &'a Expr| if let Expr::Text(value) = item { Some(value.as_bytes()) } else { None };
                let values: Option<Vec<&[u8]>> = list.iter().map(value).collect();
                unless(*negated, Self::OneOf(form(inner, column)?, values?))
            }
            Expr::Like(inner, pattern, negated) => {
                unless(*negated, Self::Like(form(inner, column)?, Box::new(Like::new(pattern))))
            }
            Expr::IsNull(inner, negated) if form(inner, column).is_some() => Self::There(*negated),
            _ => return None,
        })
    }

    /// Either of two; patterns stand together.
    fn any(one: Self, other: Self) -> Self {
        match (one, other) {
            (Self::Like(form, like), Self::Like(other_form, other)) => {
                Self::Patterns(vec![(form, *like), (other_form, *other)], None)
            }
            (Self::Patterns(mut patterns, made), Self::Like(form, like)) => {
                patterns.push((form, *like));
                Self::Patterns(patterns, made)
            }
            (one, other) => Self::Any(vec![one, other]),
        }
    }

    /// Makes what finds the literals of many patterns at once.
    fn make_ready(&mut self) {
        match self {
            Self::All(tests) | Self::Any(tests) => tests.iter_mut().for_each(Self::make_ready),
            Self::Not(test) => test.make_ready(),
            Self::Patterns(patterns, literals) if patterns.len() >= MANY => {
                let mut all = patterns.iter().map(|(_, like)| like.literal());
                if !all.clone().any(<[u8]>::is_empty) {
                    // Without it all patterns are tried.
                    *literals = AhoCorasickBuilder::new().ascii_case_insensitive(true).build(&mut all).ok();
                }
            }
            _ => {}
        }
    }

    fn holds(&self, value: &[u8], lower: &mut Lower<'_>) -> bool {
        match self {
            Self::All(tests) => tests.iter().all(|test| test.holds(value, lower)),
            Self::Any(tests) => tests.iter().any(|test| test.holds(value, lower)),
            Self::Not(test) => !test.holds(value, lower),
            Self::OneOf(Form::AsItIs, values) => values.contains(&value),
            Self::OneOf(Form::Lower, values) => values.contains(&lower.of(value)),
            Self::Like(form, like) => fits(*form, like, value, lower),
            Self::Patterns(patterns, literals) => {
                // Lower case of what is no ASCII may be other bytes.
                let may = literals.as_ref().is_none_or(|literals| !value.is_ascii() || literals.is_match(value));
                may && patterns.iter().any(|(form, like)| fits(*form, like, value, lower))
            }
            Self::There(holds) => *holds,
        }
    }

    /// The truth of each value of a dictionary, or of a `part` of it, by code; `null` where there is none.
    pub fn of_each(self, dictionary: &Dictionary, part: fn(&[u8]) -> Option<&[u8]>, null: u8) -> Vec<u8> {
        self.of_those(dictionary, dictionary.iter(), part, null)
    }

    /// The same of some values; of the others it is `null`, too.
    pub fn of_some(
        self,
        dictionary: &Dictionary,
        asked: &FixedBitSet,
        part: fn(&[u8]) -> Option<&[u8]>,
        null: u8,
    ) -> Vec<u8> {
        let values = asked.ones().filter(|&code| code != 0).map(|code| (code as u32, dictionary.get(code as u32)));
        self.of_those(dictionary, values, part, null)
    }

    fn of_those<'d>(
        mut self,
        dictionary: &'d Dictionary,
        values: impl Iterator<Item = (u32, &'d [u8])>,
        part: fn(&[u8]) -> Option<&[u8]>,
        null: u8,
    ) -> Vec<u8> {
        if dictionary.len() >= MANY_VALUES {
            self.make_ready();
        }
        let mut truths = vec![null; dictionary.len()];
        let mut made = Vec::new();
        for (code, value) in values {
            // What is no text reads as none at all.
            let value = if value.is_ascii() { value } else { dictionary.text(code).as_bytes() };
            if let Some(value) = part(value) {
                let mut lower = Lower { made: &mut made, is_made: false };
                truths[code as usize] = u8::from(self.holds(value, &mut lower));
            }
        }
        truths
    }
}

fn fits(form: Form, like: &Like<'_>, value: &[u8], lower: &mut Lower<'_>) -> bool {
    like.fits(if form == Form::Lower { lower.of(value) } else { value })
}

/// The form in which an expression is the value of a column.
fn form(expr: &Expr, column: &str) -> Option<Form> {
    let is_column = |expr: &Expr| matches!(expr, Expr::Name(name, _) if name == column);
    match expr {
        Expr::Call(name, arguments, _) if name == "lower" => {
            matches!(arguments.as_slice(), [only] if is_column(only)).then_some(Form::Lower)
        }
        expr => is_column(expr).then_some(Form::AsItIs),
    }
}

/// The lower case of one value, made when it is first asked for.
struct Lower<'a> {
    made: &'a mut Vec<u8>,
    is_made: bool,
}

impl Lower<'_> {
    fn of(&mut self, value: &[u8]) -> &[u8] {
        if !self.is_made {
            self.is_made = true;
            self.made.clear();
            if value.is_ascii() {
                self.made.extend_from_slice(value);
                self.made.make_ascii_lowercase();
            } else {
                let text = std::str::from_utf8(value).unwrap_or_default();
                self.made.extend_from_slice(text.to_lowercase().as_bytes());
            }
        }
        self.made
    }
}
