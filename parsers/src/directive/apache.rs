//! Apache `LogFormat`, and the dialects of varnishncsa and Tomcat where they use other letters.

use super::{Judged, Language, Meaning, Mode, Piece, headers};
use crate::decode::field::Field;
use crate::decode::text::Escape;
use crate::schema::{Number, Text};
use crate::time::Clock;
use nom::branch::alt;
use nom::bytes::complete::{tag, take_till, take_till1, take_while};
use nom::character::complete::{none_of, one_of};
use nom::combinator::{map, opt, recognize};
use nom::multi::many0;
use nom::sequence::delimited;
use nom::{IResult, Parser};
use std::borrow::Cow;

pub(super) const LANGUAGE: Language = Language {
    name: "Apache",
    split,
    judge,
    label,
    rank,
    known: Vec::new,
    escapes: Escape::Backslash,
    is_haproxy: false,
};

fn variable(input: &str) -> IResult<&str, &str> {
    recognize((
        tag("%"),
        take_while(|character: char| character.is_ascii_digit() || matches!(character, '!' | ',' | '<' | '>')),
        opt(delimited(tag("{"), take_till(|character| character == '}'), tag("}"))),
        alt((recognize((tag("^t"), one_of("io"))), tag("^FB"), tag("^FU"), recognize(none_of("{}% \"'")))),
    ))
    .parse(input)
}

fn pieces(input: &str) -> IResult<&str, Vec<Piece<'_>>> {
    many0(alt((
        map(tag("%%"), |_| Piece::Literal("%")),
        map(variable, Piece::Variable),
        map(take_till1(|character| character == '%'), Piece::Literal),
        map(recognize((tag("%"), take_till(|character: char| character.is_whitespace()))), Piece::Broken),
    )))
    .parse(input)
}

fn split(directive: &str) -> Vec<Piece<'_>> {
    pieces(directive).map_or_else(|_| vec![Piece::Broken(directive)], |(_, pieces)| pieces)
}

/// The argument and the letter of a variable.
fn parts(text: &str) -> (Option<&str>, &str) {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '%' | '!' | ',' | '<' | '>'));
    match rest.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
        Some((argument, letter)) => (Some(argument), letter),
        None => (None, rest),
    }
}

#[allow(clippy::unnecessary_wraps)] // the signature of every language
fn judge(text: &str, _: &mut Mode) -> Result<Judged, String> {
    let (argument, letter) = parts(text);
    let field = match (letter, argument) {
        ("h" | "a", _) => Field::Peer,
        ("p", Some("remote")) => Field::ClientPort,
        ("l" | "A" | "k" | "L" | "P" | "p", _) => Field::Ignore,
        ("u", _) => Field::Plain(Text::Principal),
        ("t", argument) => return Ok(time(argument.unwrap_or_default())),
        ("r", None) => Field::Request,
        ("s", None) => Field::Status,
        ("b" | "B" | "O", _) => Field::Count(Number::BytesOut),
        // Tomcat writes the name of a thread by this letter.
        ("I", _) => Field::CountIfNumber(Number::BytesIn),
        ("D", _) | ("T", Some("us")) => Field::Duration(6),
        ("T", Some("ms")) => Field::Duration(3),
        ("T", Some("ns")) => Field::Duration(9),
        ("T", _) => Field::Duration(0),
        ("v" | "V", _) => Field::Host,
        ("m", _) => Field::Plain(Text::Method),
        ("U", _) => Field::Path,
        ("q", _) => return Ok(Meaning::Continues.into()),
        ("i", Some(header)) => return Ok(headers::request(header).into()),
        ("C" | "c", Some(cookie)) => return Ok(headers::cookie(cookie).into()),
        // Tomcat's session; the bytes of both ways in Apache.
        ("S", None) => Field::SessionUnlessNumber,
        ("e" | "n" | "x", Some(name)) => return Ok(environment(name).into()),
        _ => return Ok(Meaning::Extra.into()),
    };
    Ok(Meaning::Known(field).into())
}

fn label(text: &str) -> String {
    let (argument, letter) = parts(text);
    let name = match letter {
        "i" | "n" | "e" | "x" => return headers::label("", argument.unwrap_or_default()),
        "o" => return headers::label("sent_", argument.unwrap_or_default()),
        "C" | "c" => return headers::label("cookie_", argument.unwrap_or_default()),
        "^ti" => return headers::label("trailer_", argument.unwrap_or_default()),
        "^to" => return headers::label("sent_trailer_", argument.unwrap_or_default()),
        "r" | "s" if argument.is_some() => return headers::label("attribute_", argument.unwrap_or_default()),
        "a" => "remote_ip",
        "h" => "remote_host",
        "u" => "remote_user",
        "v" | "V" => "server_name",
        "s" => "status",
        "b" | "B" => "body_bytes",
        "O" => "bytes_sent",
        "I" => "bytes_received",
        "D" | "T" => "request_time",
        "^FB" | "F" => "first_byte_time",
        "^FU" => "body_received_time",
        "f" => "filename",
        "H" => "protocol",
        "R" => "handler",
        "X" => "connection_status",
        "S" => "bytes_transferred",
        "t" => "time",
        other => other,
    };
    name.to_owned()
}

/// Of several variables for one column the better one has the lower rank.
fn rank(text: &str) -> u8 {
    match parts(text) {
        (None, "a" | "B" | "b" | "D" | "V") | (_, "i") => 0,
        (None, "s") if text.contains('>') => 0,
        (None, "T") | (Some("c"), "a") => 3,
        _ => 1,
    }
}

fn time(argument: &str) -> Judged {
    let format = argument.strip_prefix("begin:").or_else(|| argument.strip_prefix("end:")).unwrap_or(argument);
    let pattern = match format {
        "" | "begin" | "end" => return Judged { meaning: Meaning::Known(Field::Time(Clock::Clf)), wrap: ("[", "]") },
        "sec" => "%s".to_owned(),
        "msec" => "%Q".to_owned(),
        "usec" => "%q".to_owned(),
        "msec_frac" => "%3f".to_owned(),
        "usec_frac" => "%6f".to_owned(),
        java if !java.contains('%') && (java.contains("yy") || java.contains("HH")) => of_java(java),
        strftime => strftime.to_owned(),
    };
    Meaning::Time(pattern).into()
}

/// Java's way to write a pattern, as Tomcat knows it.
fn of_java(java: &str) -> String {
    let mut out = String::new();
    let mut characters = java.chars().peekable();
    let mut quoted = false;
    while let Some(letter) = characters.next() {
        if letter == '\'' {
            quoted = !quoted;
            continue;
        }
        if quoted || !letter.is_ascii_alphabetic() {
            out.push(letter);
            continue;
        }
        let mut count = 1;
        while characters.next_if_eq(&letter).is_some() {
            count += 1;
        }
        out.push_str(match (letter, count) {
            ('y' | 'u', 2) => "%y",
            ('y' | 'u', _) => "%Y",
            ('M', 1 | 2) => "%m",
            ('M', _) => "%b",
            ('d', _) => "%d",
            ('H' | 'k', _) => "%H",
            ('h' | 'K', _) => "%I",
            ('a', _) => "%p",
            ('m', _) => "%M",
            ('s', _) => "%S",
            ('S', _) => "%f",
            ('Z' | 'X' | 'x', _) => "%z",
            ('z', _) => "%Z",
            ('E', _) => "%a",
            // No pattern has it, so that the time is refused and not misread.
            _ => "%?",
        });
    }
    out
}

fn environment(name: &str) -> Meaning {
    Meaning::Known(match name.to_ascii_uppercase().as_str() {
        "UNIQUE_ID" => Field::Plain(Text::RequestId),
        "REMOTE_USER" | "SSL_CLIENT_S_DN" | "SSL_CLIENT_S_DN_CN" | "OIDC_CLAIM_SUB" => Field::Plain(Text::Principal),
        "OIDC_CLAIM_AZP" | "OIDC_CLAIM_CLIENT_ID" => Field::Plain(Text::ClientApp),
        "SSL_CLIENT_FINGERPRINT" => Field::Plain(Text::Credential),
        "SSL_SESSION_ID" => return Meaning::Extra,
        name => return headers::cookie(name),
    })
}

/// Takes the directive out of a configuration line: `LogFormat "…" name`, quotes escaped.
pub(super) fn unwrap(directive: &str) -> Cow<'_, str> {
    let trimmed = directive.trim();
    let Some(rest) = ["LogFormat", "CustomLog", "GlobalLog"].iter().find_map(|word| trimmed.strip_prefix(word)) else {
        let escaped = trimmed.contains("\\\"") && !trimmed.replace("\\\"", "").contains('"');
        return if escaped {
            Cow::Owned(trimmed.replace("\\\"", "\"").replace("\\t", "\t"))
        } else {
            Cow::Borrowed(directive.trim_end_matches(['\n', '\r']))
        };
    };
    // A log's path may come first, and is quoted or not.
    let format = super::config::apache::words(rest).into_iter().find(|word| word.contains('%'));
    format.map_or(Cow::Borrowed(trimmed), |format| Cow::Owned(unescape(&format)))
}

/// Undoes what `LogFormat` lets a backslash say.
pub(super) fn unescape(format: &str) -> String {
    format.replace("\\t", "\t").replace("\\n", "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meaning(text: &str) -> Option<Meaning> {
        judge(text, &mut Mode::default()).ok().map(|judged| judged.meaning)
    }

    #[test]
    fn a_configuration_line_is_unwrapped() {
        assert_eq!(unwrap(r#"LogFormat "%h %t \"%r\" %>s" short"#), r#"%h %t "%r" %>s"#);
        assert_eq!(unwrap(r#"CustomLog "|bin/rotatelogs a b" "%t %m""#), "%t %m");
        assert_eq!(unwrap(r#"%h \"%r\""#), r#"%h "%r""#);
    }

    #[test]
    fn variables_with_arguments_and_modifiers() {
        assert_eq!(
            split("%>s%{User-Agent}i x%%%{c}a%^FB"),
            [
                Piece::Variable("%>s"),
                Piece::Variable("%{User-Agent}i"),
                Piece::Literal(" x"),
                Piece::Literal("%"),
                Piece::Variable("%{c}a"),
                Piece::Variable("%^FB"),
            ]
        );
        assert_eq!(split("a %{x y"), [Piece::Literal("a "), Piece::Broken("%{x"), Piece::Literal(" y")]);
        assert_eq!(meaning("%400,501{User-Agent}i"), Some(Meaning::Known(Field::Plain(Text::UserAgent))));
        assert_eq!(meaning("%!200{X-Key}o"), Some(Meaning::Extra));
        assert_eq!(meaning("%{ms}T"), Some(Meaning::Known(Field::Duration(3))));
        assert_eq!(meaning("%{%d/%b/%Y %T}t"), Some(Meaning::Time("%d/%b/%Y %T".into())));
        assert_eq!(meaning("%{yyyy-MM-dd'T'HH:mm:ss.SSSXXX}t"), Some(Meaning::Time("%Y-%m-%dT%H:%M:%S.%f%z".into())));
        assert_eq!(meaning("%Z"), Some(Meaning::Extra));
        assert_eq!(label("%{X-Tenant}^ti"), "trailer_X-Tenant");
    }
}
