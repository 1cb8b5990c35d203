//! Reads expressions and points at what is wrong.
//!
//! In: text in SQL spelling. Out: [`Expr`], or an error whose message carries the line with a caret.

use super::{Expr, Op, Span};
use nom::branch::alt;
use nom::bytes::complete::{tag, tag_no_case, take_while, take_while1};
use nom::character::complete::{char, multispace0, satisfy};
use nom::combinator::{not, opt, peek, recognize};
use nom::multi::separated_list1;
use nom::number::complete::double;
use nom::sequence::{delimited, pair, preceded, terminated};
use nom::{IResult, Parser};

/// An expression that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExprError {
    /// What is wrong, without the text.
    pub message: String,
    /// Where in the text.
    pub span: Span,
}

impl ExprError {
    /// An error at a place.
    pub fn at(span: Span, message: impl Into<String>) -> Self {
        Self { message: message.into(), span }
    }

    /// The message with the offending line and a caret under the place.
    pub fn render(&self, text: &str) -> String {
        caret(text, self.span, &self.message)
    }
}

/// The line of `text` that holds the span, a caret line under it, and the message.
pub fn caret(text: &str, span: Span, message: &str) -> String {
    let start = span.start.min(text.len());
    let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
    let line = &text[line_start..line_end];
    let before = text[line_start..start].chars().count();
    let wide = text[start..span.end.clamp(start, line_end)].chars().count().max(1);
    format!("{message}\n    {line}\n    {}{}", " ".repeat(before), "^".repeat(wide))
}

/// The nearest of `names` to a misspelt one, if any is near.
pub fn nearest<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    names
        .into_iter()
        .map(|name| (distance(wrong, name), name))
        .filter(|(distance, name)| *distance <= 1 + name.len() / 4)
        .min()
        .map(|(_, name)| name)
}

/// Edits (insert, delete, replace) between two words.
pub(crate) fn distance(left: &str, right: &str) -> usize {
    let mut row: Vec<usize> = (0..=right.chars().count()).collect();
    for (i, a) in left.chars().enumerate() {
        let mut corner = i;
        row[0] = i + 1;
        for (j, b) in right.chars().enumerate() {
            let cost = corner + usize::from(a != b);
            corner = row[j + 1];
            row[j + 1] = cost.min(row[j] + 1).min(corner + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

/// Reads a whole text as one expression.
pub fn parse(text: &str) -> Result<Expr, ExprError> {
    let input = Input { text, depth: 0 };
    let failed = |rest: &str, message: &str| {
        let at = text.len() - rest.len();
        let end = at + rest.split_whitespace().next().map_or(1, str::len);
        ExprError::at(Span { start: at, end }, message)
    };
    match input.expression(text, 0) {
        Ok((rest, expr)) => {
            let rest = rest.trim_start();
            if rest.is_empty() { Ok(expr) } else { Err(failed(rest, "expected an operator or the end here")) }
        }
        Err(nom::Err::Error(error) | nom::Err::Failure(error)) => {
            let rest = error.input.trim_start();
            let message = if rest.is_empty() {
                "the expression ends too early"
            } else if error.code == nom::error::ErrorKind::TooLarge {
                "the expression is nested too deeply"
            } else {
                "expected a column, a number, a 'text' or ( here"
            };
            Err(failed(rest, message))
        }
        Err(nom::Err::Incomplete(_)) => Err(failed("", "the expression ends too early")),
    }
}

/// How deep parentheses and NOT may nest; deeper ones are a mistake or an attack.
const MAX_DEPTH: usize = 64;

#[derive(Clone, Copy)]
struct Input<'a> {
    text: &'a str,
    depth: usize,
}

/// A test after an operand; the inner error means that there is none here.
type Postfix<'a> = Result<Result<(&'a str, Expr), ()>, nom::Err<nom::error::Error<&'a str>>>;

type Parsed<'a, T> = IResult<&'a str, T>;

fn space<'a, T>(
    inner: impl Parser<&'a str, Output = T, Error = nom::error::Error<&'a str>>,
) -> impl Parser<&'a str, Output = T, Error = nom::error::Error<&'a str>> {
    preceded(multispace0, inner)
}

fn word_end(input: &str) -> Parsed<'_, ()> {
    not(peek(satisfy(|c| c.is_ascii_alphanumeric() || c == '_'))).parse(input)
}

fn keyword<'a>(word: &'static str) -> impl Parser<&'a str, Output = &'a str, Error = nom::error::Error<&'a str>> {
    space(terminated(tag_no_case(word), word_end))
}

fn identifier(input: &str) -> Parsed<'_, &str> {
    recognize(pair(
        satisfy(|c| c.is_ascii_alphabetic() || c == '_'),
        take_while(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.'),
    ))
    .parse(input)
}

fn text_literal(input: &str) -> Parsed<'_, String> {
    let (mut rest, _) = char('\'').parse(input)?;
    let mut out = String::new();
    loop {
        let (after, part) = take_while(|c| c != '\'').parse(rest)?;
        out.push_str(part);
        let (after, _) = char('\'').parse(after)?;
        if let Some(again) = after.strip_prefix('\'') {
            out.push('\'');
            rest = again;
        } else {
            return Ok((after, out));
        }
    }
}

fn number_literal(input: &str) -> Parsed<'_, f64> {
    // `double` would also read "inf", "nan" and a sign, which are names and operators here.
    let _ = peek(take_while1(|c: char| c.is_ascii_digit() || c == '.')).parse(input)?;
    terminated(double, word_end).parse(input)
}

fn operator(input: &str) -> Parsed<'_, Op> {
    space(alt((
        tag("<=").map(|_| Op::Le),
        tag(">=").map(|_| Op::Ge),
        tag("<>").map(|_| Op::Ne),
        tag("!=").map(|_| Op::Ne),
        tag("=").map(|_| Op::Eq),
        tag("<").map(|_| Op::Lt),
        tag(">").map(|_| Op::Gt),
        tag("+").map(|_| Op::Add),
        tag("-").map(|_| Op::Sub),
        tag("*").map(|_| Op::Mul),
        tag("/").map(|_| Op::Div),
        terminated(tag_no_case("AND"), word_end).map(|_| Op::And),
        terminated(tag_no_case("OR"), word_end).map(|_| Op::Or),
    )))
    .parse(input)
}

fn failure<T>(input: &str, code: nom::error::ErrorKind) -> Parsed<'_, T> {
    Err(nom::Err::Failure(nom::error::Error::new(input, code)))
}

impl<'a> Input<'a> {
    fn deeper(self, at: &'a str) -> Result<Self, nom::Err<nom::error::Error<&'a str>>> {
        if self.depth >= MAX_DEPTH {
            return Err(nom::Err::Failure(nom::error::Error::new(at, nom::error::ErrorKind::TooLarge)));
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }

    fn span(self, from: &str, to: &str) -> Span {
        Span { start: self.text.len() - from.len(), end: self.text.len() - to.len() }
    }

    /// Operators of at least `minimum` precedence, by precedence climbing.
    fn expression(self, input: &'a str, minimum: u8) -> Parsed<'a, Expr> {
        let deeper = self.deeper(input)?;
        let (mut rest, mut left) = deeper.prefixed(input)?;
        loop {
            if let Ok((after, test)) = deeper.postfix(rest, &left, minimum)? {
                left = test;
                rest = after;
                continue;
            }
            let Ok((after, op)) = operator(rest) else { return Ok((rest, left)) };
            if op.precedence() < minimum {
                return Ok((rest, left));
            }
            let (after, right) = require(deeper.expression(after, op.precedence() + 1))?;
            left = Expr::Binary(op, Box::new(left), Box::new(right));
            rest = after;
        }
    }

    fn prefixed(self, input: &'a str) -> Parsed<'a, Expr> {
        if let Ok((rest, _)) = keyword("NOT").parse(input) {
            let (rest, inner) = require(self.expression(rest, 3))?;
            return Ok((rest, Expr::Not(Box::new(inner))));
        }
        if let Ok((rest, _)) = space(char('-')).parse(input) {
            let (rest, inner) = require(self.deeper(input)?.prefixed(rest))?;
            return Ok((rest, Expr::Neg(Box::new(inner))));
        }
        self.atom(input)
    }

    fn atom(self, input: &'a str) -> Parsed<'a, Expr> {
        let (start, _) = multispace0(input)?;
        if let Ok((rest, _)) = char::<_, nom::error::Error<&str>>('(').parse(start) {
            let (rest, inner) = require(self.expression(rest, 0))?;
            return match space(char(')')).parse(rest) {
                Ok((rest, _)) => Ok((rest, inner)),
                Err(nom::Err::Error(error)) => Err(nom::Err::Failure(error)),
                Err(other) => Err(other),
            };
        }
        if let Ok((rest, value)) = text_literal(start) {
            return Ok((rest, Expr::Text(value)));
        }
        if let Ok((rest, value)) = number_literal(start) {
            return Ok((rest, Expr::Number(value)));
        }
        let (rest, name) = identifier(start)?;
        match name.to_ascii_uppercase().as_str() {
            "NULL" => return Ok((rest, Expr::Null)),
            "TRUE" => return Ok((rest, Expr::Bool(true))),
            "FALSE" => return Ok((rest, Expr::Bool(false))),
            "AND" | "OR" | "IN" | "BETWEEN" | "LIKE" | "IS" => {
                return failure(start, nom::error::ErrorKind::Tag);
            }
            _ => {}
        }
        let span = self.span(start, rest);
        let Ok((inside, _)) = char::<_, nom::error::Error<&str>>('(').parse(rest) else {
            return Ok((rest, Expr::Name(name.to_owned(), span)));
        };
        if let Ok((rest, _)) = space(char(')')).parse(inside) {
            return Ok((rest, Expr::Call(name.to_owned(), Vec::new(), span)));
        }
        let (rest, arguments) = require(separated_list1(space(char(',')), |at| self.expression(at, 0)).parse(inside))?;
        match space(char(')')).parse(rest) {
            Ok((rest, _)) => Ok((rest, Expr::Call(name.to_owned(), arguments, span))),
            Err(nom::Err::Error(error)) => Err(nom::Err::Failure(error)),
            Err(other) => Err(other),
        }
    }

    /// IN, BETWEEN, LIKE and IS NULL after `left`; the inner error means "none of them here".
    fn postfix(self, input: &'a str, left: &Expr, minimum: u8) -> Postfix<'a> {
        if minimum > 4 {
            return Ok(Err(()));
        }
        let operand = || Box::new(left.clone());
        if let Ok((rest, _)) = keyword("IS").parse(input) {
            let (rest, negated) = opt(keyword("NOT")).parse(rest)?;
            let (rest, _) = require(keyword("NULL").parse(rest))?;
            return Ok(Ok((rest, Expr::IsNull(operand(), negated.is_some()))));
        }
        let (rest, negated) = opt(keyword("NOT")).parse(input)?;
        let negated = negated.is_some();
        if let Ok((rest, _)) = keyword("IN").parse(rest) {
            let list = delimited(space(char('(')), separated_list1(space(char(',')), literal), space(char(')')));
            let (rest, list) = require({ list }.parse(rest))?;
            return Ok(Ok((rest, Expr::In(operand(), list, negated))));
        }
        if let Ok((rest, _)) = keyword("LIKE").parse(rest) {
            let (rest, pattern) = require(space(text_literal).parse(rest))?;
            return Ok(Ok((rest, Expr::Like(operand(), pattern, negated))));
        }
        if let Ok((rest, _)) = keyword("BETWEEN").parse(rest) {
            let (rest, low) = require(self.expression(rest, 5))?;
            let (rest, _) = require(keyword("AND").parse(rest))?;
            let (rest, high) = require(self.expression(rest, 5))?;
            return Ok(Ok((rest, Expr::Between(operand(), Box::new(low), Box::new(high), negated))));
        }
        if negated {
            return Err(nom::Err::Failure(nom::error::Error::new(rest, nom::error::ErrorKind::Tag)));
        }
        Ok(Err(()))
    }
}

fn literal(input: &str) -> Parsed<'_, Expr> {
    let minus = |value: f64| if value == 0.0 { 0.0 } else { -value };
    space(alt((
        text_literal.map(Expr::Text),
        number_literal.map(Expr::Number),
        preceded(char('-'), number_literal).map(move |value| Expr::Number(minus(value))),
    )))
    .parse(input)
}

/// After an operator or an opening bracket there is no way back: what fails now is the mistake.
fn require<T>(result: Parsed<'_, T>) -> Parsed<'_, T> {
    result.map_err(|error| match error {
        nom::Err::Error(error) => nom::Err::Failure(error),
        other => other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(text: &str) -> String {
        parse(text).map_or_else(|error| error.render(text), |expr| expr.to_string())
    }

    #[test]
    fn precedence_and_spelling() {
        assert_eq!(round("a=1 or b=2 and not c = 3"), "a = 1 OR b = 2 AND NOT c = 3");
        assert_eq!(round("(a or b) and c"), "(a OR b) AND c");
        assert_eq!(round("a - (b - c) - d * -2"), "a - (b - c) - d * -2");
        assert_eq!(round("x not in ('a','b''c') and y is not null"), "x NOT IN ('a', 'b''c') AND y IS NOT NULL");
        assert_eq!(round("x between 1 and 2 and y like 'a%'"), "x BETWEEN 1 AND 2 AND y LIKE 'a%'");
        assert_eq!(round("peers.median( distinct ) > 3"), "peers.median(distinct) > 3");
        assert_eq!(round("android = 1"), "android = 1");
    }

    #[test]
    fn mistakes_are_pointed_at() {
        assert_eq!(
            round("status = = 200"),
            "expected a column, a number, a 'text' or ( here\n    status = = 200\n             ^"
        );
        assert_eq!(round("status ="), "the expression ends too early\n    status =\n            ^");
        assert_eq!(round("a 5"), "expected an operator or the end here\n    a 5\n      ^");
        assert!(round(&"(".repeat(5_000)).contains("nested too deeply"));
    }

    #[test]
    fn nearest_name() {
        assert_eq!(nearest("client_ips", ["client_ip", "principal"]), Some("client_ip"));
        assert_eq!(nearest("zzz", ["client_ip"]), None);
    }

    proptest::proptest! {
        #[test]
        fn what_is_printed_reads_back_the_same(text in "[a-c() =<>+*'0-9.,-]{0,40}") {
            if let Ok(expr) = parse(&text) {
                let printed = expr.to_string();
                let again = parse(&printed).map_err(|error| error.render(&printed));
                proptest::prop_assert_eq!(again.map(|expr| expr.to_string()), Ok(printed));
            }
        }
    }
}
