//! Apache `LogFormat`.

use super::{Language, Meaning, Piece};
use crate::decode::field::Field;
use crate::mask::{Named, judge_name};
use crate::schema::{Number, Text};
use crate::time::Clock;
use nom::branch::alt;
use nom::bytes::complete::{tag, take_till, take_till1, take_while};
use nom::character::complete::{anychar, one_of};
use nom::combinator::{map, opt, recognize};
use nom::multi::many0;
use nom::sequence::delimited;
use nom::{IResult, Parser};
use std::borrow::Cow;

pub(super) const LANGUAGE: Language = Language { name: "Apache", split, judge, known: Vec::new, escapes: true };

fn variable(input: &str) -> IResult<&str, &str> {
    recognize((
        tag("%"),
        take_while(|character: char| character.is_ascii_digit() || matches!(character, '!' | ',' | '<' | '>')),
        opt(delimited(tag("{"), take_till(|character| character == '}'), tag("}"))),
        alt((recognize((tag("^t"), one_of("io"))), recognize(anychar))),
    ))
    .parse(input)
}

fn pieces(input: &str) -> IResult<&str, Vec<Piece<'_>>> {
    many0(alt((
        map(tag("%%"), |_| Piece::Literal("%")),
        map(variable, Piece::Variable),
        map(take_till1(|character| character == '%'), Piece::Literal),
        map(tag("%"), Piece::Broken),
    )))
    .parse(input)
}

fn split(directive: &str) -> Vec<Piece<'_>> {
    pieces(directive).map_or_else(|_| vec![Piece::Broken(directive)], |(_, pieces)| pieces)
}

fn judge(text: &str) -> Result<Meaning, String> {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '%' | '!' | ',' | '<' | '>'));
    let (argument, letter) = match rest.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
        Some((argument, letter)) => (Some(argument), letter),
        None => (None, rest),
    };
    let field = match (letter, argument) {
        ("h" | "a", _) => Field::Peer,
        ("l" | "A" | "H" | "k" | "L" | "P" | "X" | "p", _) => Field::Ignore,
        ("u", _) => Field::Plain(Text::Principal),
        ("t", argument) => return Ok(time(argument.unwrap_or_default())),
        ("r", _) => Field::Request,
        ("s", _) => Field::Status,
        ("b" | "B" | "O", _) => Field::Count(Number::BytesOut),
        ("I", _) => Field::Count(Number::BytesIn),
        ("D", _) | ("T", Some("us")) => Field::Duration(6),
        ("T", Some("ms")) => Field::Duration(3),
        ("T", _) => Field::Duration(0),
        ("v" | "V", _) => Field::Host,
        ("m", _) => Field::Plain(Text::Method),
        ("U", _) => Field::Path,
        ("q", _) => return Ok(Meaning::Continues),
        ("i", Some(header)) => return Ok(header_field(header)),
        ("C", Some(cookie)) if judge_name(cookie.as_bytes()) == Named::Session => Field::Session,
        ("e" | "n" | "x", Some(name)) => return Ok(environment(name)),
        ("f" | "R" | "S" | "o" | "C" | "c" | "^ti" | "^to", _) => return Ok(Meaning::Extra),
        _ => {
            let close = if argument.is_some() { "%{Header}i" } else { "%h, %u, %t, %r, %>s or %b" };
            return Err(format!("`{text}` is no Apache variable; did you mean `{close}`?"));
        }
    };
    Ok(Meaning::Known(field))
}

fn time(format: &str) -> Meaning {
    let format = format.trim_start_matches("begin:").trim_start_matches("end:");
    let clock = match format {
        "sec" => Clock::Epoch(0),
        "msec" => Clock::Epoch(3),
        "usec" => Clock::Epoch(6),
        "msec_frac" | "usec_frac" => return Meaning::Known(Field::Ignore),
        "" | "begin" | "end" => return Meaning::Bracketed,
        custom if custom.contains("%z") || custom.contains("%s") || custom.ends_with('Z') => Clock::Any,
        _ => return Meaning::Zoneless,
    };
    Meaning::Known(Field::Time(clock))
}

fn header_field(header: &str) -> Meaning {
    let field = match header.to_ascii_lowercase().as_str() {
        "referer" => Field::Plain(Text::Referer),
        "user-agent" => Field::Plain(Text::UserAgent),
        "x-forwarded-for" => Field::Forwarded,
        "host" => Field::Host,
        "authorization" => Field::Authorization,
        "x-api-key" | "apikey" | "api-key" => Field::ApiKey,
        "cookie" => Field::Cookies,
        "x-request-id" | "x-correlation-id" => Field::Plain(Text::RequestId),
        "traceparent" | "x-b3-traceid" | "x-amzn-trace-id" => Field::Plain(Text::TraceId),
        "x-client-id" => Field::Plain(Text::ClientApp),
        name => match judge_name(name.as_bytes()) {
            Named::Credential => Field::Authorization,
            Named::Session => Field::Session,
            _ => return Meaning::Extra,
        },
    };
    Meaning::Known(field)
}

fn environment(name: &str) -> Meaning {
    match name.to_ascii_uppercase().as_str() {
        "UNIQUE_ID" => Meaning::Known(Field::Plain(Text::RequestId)),
        "REMOTE_USER" | "SSL_CLIENT_S_DN" => Meaning::Known(Field::Plain(Text::Principal)),
        _ => Meaning::Extra,
    }
}

/// Takes the directive out of a configuration line: `LogFormat "…" name`, quotes escaped.
pub(super) fn unwrap(directive: &str) -> Cow<'_, str> {
    let trimmed = directive.trim();
    let Some(rest) = trimmed.strip_prefix("LogFormat").or_else(|| trimmed.strip_prefix("CustomLog")) else {
        let escaped = trimmed.contains("\\\"") && !trimmed.replace("\\\"", "").contains('"');
        return if escaped {
            Cow::Owned(trimmed.replace("\\\"", "\""))
        } else {
            Cow::Borrowed(directive.trim_end_matches(['\n', '\r']))
        };
    };
    let (Some(start), Some(end)) = (rest.find('"'), rest.rfind('"')) else {
        return Cow::Borrowed(trimmed);
    };
    if start == end {
        return Cow::Borrowed(trimmed);
    }
    Cow::Owned(rest[start + 1..end].replace("\\\"", "\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_line_is_unwrapped() {
        assert_eq!(unwrap(r#"LogFormat "%h %t \"%r\" %>s" short"#), r#"%h %t "%r" %>s"#);
        assert_eq!(unwrap(r#"%h \"%r\""#), r#"%h "%r""#);
    }

    #[test]
    fn variables_with_arguments_and_modifiers() {
        assert_eq!(
            split("%>s%{User-Agent}i x%%%{c}a"),
            [
                Piece::Variable("%>s"),
                Piece::Variable("%{User-Agent}i"),
                Piece::Literal(" x"),
                Piece::Literal("%"),
                Piece::Variable("%{c}a")
            ]
        );
        assert_eq!(judge("%400,501{User-Agent}i"), Ok(Meaning::Known(Field::Plain(Text::UserAgent))));
        assert_eq!(judge("%{ms}T"), Ok(Meaning::Known(Field::Duration(3))));
        assert_eq!(judge("%{%d/%b/%Y %T}t"), Ok(Meaning::Zoneless));
        assert!(judge("%Z").is_err());
    }
}
