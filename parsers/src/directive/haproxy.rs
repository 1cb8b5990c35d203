//! HAProxy `log-format`.

use super::{Judged, Language, Meaning, Mode, Piece, headers};
use crate::decode::field::Field;
use crate::decode::text::Escape;
use crate::schema::{Number, Text};
use crate::time::Clock;
use nom::branch::alt;
use nom::bytes::complete::{is_not, tag, take_till, take_till1, take_while1};
use nom::combinator::{map, opt, recognize};
use nom::multi::{many0, many0_count};
use nom::sequence::delimited;
use nom::{IResult, Parser};
use std::borrow::Cow;

pub(super) const LANGUAGE: Language =
    Language { name: "HAProxy", split, judge, label, rank, known: Vec::new, escapes: Escape::Hash, is_haproxy: true };

/// What `option httplog` and its kin stand for.
const OPTIONS: &[(&str, &str)] = &[
    (
        "option httplog clf",
        r#"%{+Q}o %{-Q}ci - - [%trg] %r %ST %B "" "" %cp %ms %ft %b %s %TR %Tw %Tc %Tr %Ta %tsc %ac %fc %bc %sc %rc %sq %bq %CC %CS %hrl %hsl"#,
    ),
    (
        "option httpslog",
        "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc %ac/%fc/%bc/%sc/%rc %sq/%bq %hr %hs %{+Q}r %[fc_err]/%[ssl_fc_err,hex]/%[ssl_c_err]/%[ssl_c_ca_err]/%[ssl_fc_is_resumed] %[ssl_fc_sni]/%sslv/%sslc",
    ),
    (
        "option httplog",
        "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc %ac/%fc/%bc/%sc/%rc %sq/%bq %hr %hs %{+Q}r",
    ),
    ("option tcplog", "%ci:%cp [%t] %ft %b/%s %Tw/%Tc/%Tt %B %ts %ac/%fc/%bc/%sc/%rc %sq/%bq"),
];

/// Aliases and what they mean, the best of each column first; unknown ones are kept.
const ALIASES: &[(&str, Field)] = &[
    ("ci", Field::Peer),
    ("cp", Field::ClientPort),
    ("T", Field::Time(Clock::Clf)),
    ("Tl", Field::Time(Clock::Clf)),
    ("trg", Field::Time(Clock::Clf)),
    ("trl", Field::Time(Clock::Clf)),
    ("ft", Field::Frontend),
    ("f", Field::Frontend),
    ("s", Field::Server),
    ("si", Field::Upstream),
    ("Ta", Field::Duration(3)),
    ("Tt", Field::Duration(3)),
    ("ST", Field::Status),
    ("B", Field::Count(Number::BytesOut)),
    ("U", Field::Count(Number::BytesIn)),
    ("CC", Field::Cookies),
    ("r", Field::Request),
    ("HM", Field::Plain(Text::Method)),
    ("HU", Field::Target),
    ("HP", Field::Path),
    ("HPO", Field::Path),
    ("ID", Field::Plain(Text::RequestId)),
    ("tsc", Field::Termination),
    ("ts", Field::Termination),
];

/// Aliases of counters, timers of phases and the proxy's own addresses.
const IGNORED: &[&str] = &[
    "CS", "H", "HV", "TR", "Tc", "Td", "Th", "Ti", "Tq", "Tr", "Tu", "Tw", "ac", "bc", "bi", "bp", "bq", "fc", "fi",
    "fp", "lc", "pid", "rc", "rt", "sc", "sp", "sq",
];

/// An expression in brackets, which may hold brackets in quotes or parentheses.
fn expression(input: &str) -> IResult<&str, &str> {
    fn arguments(input: &str) -> IResult<&str, &str> {
        let inner = many0_count(alt((quoted, recognize(is_not("()'\"")), arguments)));
        recognize(delimited(tag("("), inner, tag(")"))).parse(input)
    }
    fn quoted(input: &str) -> IResult<&str, &str> {
        alt((
            recognize(delimited(tag("'"), take_till(|c| c == '\''), tag("'"))),
            recognize(delimited(tag("\""), take_till(|c| c == '"'), tag("\""))),
        ))
        .parse(input)
    }
    recognize(delimited(tag("["), many0_count(alt((quoted, arguments, recognize(is_not("[]()'\""))))), tag("]")))
        .parse(input)
}

fn variable(input: &str) -> IResult<&str, &str> {
    let name = delimited(tag("("), take_till(|c| c == ')'), tag(")"));
    let flags = delimited(tag("{"), take_till(|c| c == '}'), tag("}"));
    let alias = take_while1(|c: char| c.is_ascii_alphanumeric());
    recognize((tag("%"), opt(name), opt(flags), alt((expression, alias)))).parse(input)
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

/// The name given, the flags, and the alias or expression of a variable.
fn parts(text: &str) -> (Option<&str>, &str, &str) {
    let rest = text.strip_prefix('%').unwrap_or(text);
    let (name, rest) = match rest.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
        // A type may follow the name.
        Some((name, rest)) => (name.split(':').next(), rest),
        None => (None, rest),
    };
    match rest.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
        Some((flags, alias)) => (name, flags, alias),
        None => (name, "", rest),
    }
}

#[allow(clippy::unnecessary_wraps)] // the signature of every language
fn judge(text: &str, mode: &mut Mode) -> Result<Judged, String> {
    let (_, flags, alias) = parts(text);
    let (mut quotes, mut hex) = (mode.quotes, mode.hex);
    for flag in flags.split(',').map(str::trim) {
        match flag {
            "+Q" => quotes = true,
            "-Q" => quotes = false,
            "+X" => hex = true,
            "-X" => hex = false,
            "+E" if alias == "o" => mode.escapes = Some(Escape::Backslash),
            "+json" if alias == "o" => mode.json = true,
            _ => {}
        }
    }
    if alias == "o" {
        (mode.quotes, mode.hex) = (quotes, hex);
        return Ok(Meaning::Nothing.into());
    }
    let meaning = meaning(alias, quotes, hex);
    let wrap = if quotes && is_text(alias) { ("\"", "\"") } else { ("", "") };
    Ok(Judged { meaning, wrap })
}

/// Whether a value gets quotes where they are asked for: times, numbers and states never do, and of a list of captures
/// each value has its own.
fn is_text(alias: &str) -> bool {
    let texts = [
        "ci", "si", "fi", "bi", "ft", "f", "b", "s", "CC", "CS", "r", "H", "HM", "HP", "HPO", "HQ", "HU", "HV", "ID",
        "sslc", "sslv", "hr", "hs",
    ];
    alias.starts_with('[') || texts.contains(&alias)
}

fn meaning(alias: &str, quotes: bool, hex: bool) -> Meaning {
    if let Some(inner) = alias.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')) {
        return fetch(inner.trim());
    }
    match alias {
        "t" | "tr" => Meaning::Zoneless(Clock::Clf),
        "Ts" if !hex => Meaning::Time("%s".into()),
        "ms" => Meaning::Time("%3f".into()),
        "HQ" => Meaning::Continues,
        "hr" | "hs" if !quotes => Meaning::Captures,
        "hr" | "hs" => Meaning::Known(Field::Captures),
        // Addresses and ports, the id, and numbers are then hexadecimal.
        "ci" | "cp" | "si" | "Ts" if hex => Meaning::Extra,
        _ if IGNORED.contains(&alias) => Meaning::Known(Field::Ignore),
        _ => {
            let known = ALIASES.iter().find(|(known, _)| *known == alias);
            known.map_or(Meaning::Extra, |(_, field)| Meaning::Known(*field))
        }
    }
}

/// The name of a fetch and its first argument, converters left out.
fn name_of(expression: &str) -> (&str, &str) {
    let end = expression.find(['(', ',']).unwrap_or(expression.len());
    let (name, rest) = expression.split_at(end);
    let argument = rest.strip_prefix('(').and_then(|rest| rest.split([')', ',']).next()).unwrap_or_default();
    (name, argument.trim().trim_matches(['"', '\'']))
}

/// What a fetch means; converters seldom change that.
fn fetch(expression: &str) -> Meaning {
    let (name, argument) = name_of(expression);
    if let Some((_, format)) = expression.split_once("time(")
        && name.contains("date")
    {
        // `ltime` and `utime` take a pattern of strftime, and perhaps an offset.
        let format = format.strip_prefix('"').and_then(|rest| rest.split('"').next()).unwrap_or(format);
        let format = format.rsplit_once(')').map_or(format, |(format, _)| format);
        return Meaning::Time(format.trim_matches('\'').to_owned());
    }
    Meaning::Known(match name {
        "src" | "fc_src" => Field::Peer,
        "src_port" | "fc_src_port" => Field::ClientPort,
        "method" | "capture.req.method" => Field::Plain(Text::Method),
        "path" | "url_path" => Field::Path,
        "pathq" | "url" | "capture.req.uri" | "baseq" => Field::Target,
        "base" => Field::Url,
        "query" | "url_query" => return Meaning::Continues,
        "status" => Field::Status,
        "bytes_in" | "req.bytes_in" => Field::Count(Number::BytesIn),
        "bytes_out" | "res.bytes_out" => Field::Count(Number::BytesOut),
        "txn.timer.total" | "fc.timer.total" => Field::Duration(3),
        "date" | "accept_date" | "request_date" => match argument.rsplit(',').next().unwrap_or_default() {
            "ms" => Field::Time(Clock::Epoch(3)),
            "us" => Field::Time(Clock::Epoch(6)),
            _ => Field::Time(Clock::Epoch(0)),
        },
        "unique-id" | "uuid" => Field::Plain(Text::RequestId),
        "ssl_fc_sni" | "req.ssl_sni" | "req_ssl_sni" => Field::Host,
        "ssl_c_s_dn" | "http_auth_user" => Field::Plain(Text::Principal),
        "ssl_c_sha1" | "ssl_c_serial" => Field::Plain(Text::Credential),
        "srv_name" => Field::Server,
        "fe_name" => Field::Frontend,
        "http_auth_bearer" | "req.hdr" | "hdr" if expression.contains("$.sub") => Field::Plain(Text::Principal),
        "http_auth_bearer" | "req.hdr" | "hdr"
            if expression.contains("$.azp") || expression.contains("$.client_id") =>
        {
            Field::Plain(Text::ClientApp)
        }
        "http_auth_bearer" => Field::Authorization,
        "req.hdr" | "req.fhdr" | "hdr" | "fhdr" | "req.hdr_ip" | "hdr_ip" | "shdr" => {
            return headers::request(argument);
        }
        "req.cook" | "cook" | "capture.req.cookie" => return headers::cookie(argument),
        "capture.req.hdr" => return argument.parse().map_or(Meaning::Extra, Meaning::Captured),
        "capture.res.hdr" => return argument.parse().map_or(Meaning::Extra, Meaning::CapturedOfResponse),
        "url_param" | "urlp" => return headers::argument(argument),
        "var" => return headers::request(argument.rsplit('.').next().unwrap_or(argument)),
        _ => return Meaning::Extra,
    })
}

fn label(text: &str) -> String {
    let (name, _, alias) = parts(text);
    if let Some(name) = name.filter(|name| !name.is_empty()) {
        return name.to_owned();
    }
    if let Some(inner) = alias.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')) {
        return match name_of(inner) {
            ("req.hdr" | "req.fhdr" | "hdr" | "req.cook" | "cook" | "urlp" | "url_param", name) => {
                headers::label("", name)
            }
            ("res.hdr" | "shdr" | "res.fhdr" | "res.cook", name) => headers::label("resp_", name),
            ("var", name) => headers::label("", name.rsplit('.').next().unwrap_or(name)),
            _ => inner.to_owned(),
        };
    }
    match alias {
        "b" => "backend",
        "s" => "server",
        "si" => "server_ip",
        "ci" => "client_ip",
        "sslc" => "tls_cipher",
        "sslv" => "tls_version",
        "hrl" => "captured_request",
        "hsl" => "captured_response",
        "Ta" | "Tt" => "total_time",
        alias => alias,
    }
    .to_owned()
}

fn rank(text: &str) -> u8 {
    let alias = parts(text).2;
    let known = ALIASES.iter().position(|(known, _)| *known == alias);
    known.map_or(if alias.starts_with("[ssl_fc_sni") { 200 } else { 100 }, |at| at.min(99) as u8)
}

/// Takes the directive out of a configuration line: `log-format "…"`, or an option that stands for one.
pub(super) fn unwrap(directive: &str) -> Cow<'_, str> {
    let trimmed = directive.trim();
    let spaced = trimmed.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((_, format)) = OPTIONS.iter().find(|(option, _)| spaced == *option) {
        return Cow::Borrowed(format);
    }
    let words = ["log-format-sd", "log-format", "error-log-format"];
    let line =
        words.iter().find_map(|word| trimmed.strip_prefix(word)).filter(|rest| rest.starts_with(char::is_whitespace));
    if let Some(rest) = line {
        return Cow::Owned(unquote(rest.trim_start()));
    }
    let is_escaped = trimmed.contains("\\ ") || trimmed.contains("\\\"");
    let is_quoted =
        trimmed.len() > 1 && trimmed.starts_with('"') && trimmed.ends_with('"') && trimmed.matches('"').count() == 2;
    if is_escaped || is_quoted {
        Cow::Owned(unquote(trimmed))
    } else {
        Cow::Borrowed(directive.trim_end_matches(['\n', '\r']))
    }
}

/// Reads one word as the configuration has it: quotes go, and so do backslashes.
fn unquote(word: &str) -> String {
    let mut out = String::new();
    let mut quote = None;
    let mut characters = word.chars().peekable();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (Some('\''), '\'') | (Some('"'), '"') => quote = None,
            (None, '"' | '\'') => quote = Some(character),
            (None, ' ' | '\t') if word.starts_with(['"', '\'']) => break,
            (None | Some('"'), '\\') => match characters.next() {
                Some('t') => out.push('\t'),
                Some('n') => out.push('\n'),
                Some(escaped) => out.push(escaped),
                None => {}
            },
            _ => out.push(character),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meaning(text: &str) -> Meaning {
        judge(text, &mut Mode::default()).map_or(Meaning::Nothing, |judged| judged.meaning)
    }

    #[test]
    fn variables_end_where_haproxy_ends_them() {
        assert_eq!(
            split("%ci:%cp %{+Q}r %[req.hdr(a]b),lower] %(n)[src]%%"),
            [
                Piece::Variable("%ci"),
                Piece::Literal(":"),
                Piece::Variable("%cp"),
                Piece::Literal(" "),
                Piece::Variable("%{+Q}r"),
                Piece::Literal(" "),
                Piece::Variable("%[req.hdr(a]b),lower]"),
                Piece::Literal(" "),
                Piece::Variable("%(n)[src]"),
                Piece::Literal("%"),
            ]
        );
        assert_eq!(split("%[src"), [Piece::Broken("%[src")]);
        assert_eq!(split("%{+Q"), [Piece::Broken("%{+Q")]);
    }

    #[test]
    fn aliases_and_fetches() {
        for (text, expected) in [
            ("%ST", Meaning::Known(Field::Status)),
            ("%{+X}ci", Meaning::Extra),
            ("%hr", Meaning::Captures),
            ("%{+Q}hr", Meaning::Known(Field::Captures)),
            ("%tr", Meaning::Zoneless(Clock::Clf)),
            ("%[src]", Meaning::Known(Field::Peer)),
            ("%[req.hdr(User-Agent)]", Meaning::Known(Field::Plain(Text::UserAgent))),
            ("%[var(txn.host)]", Meaning::Known(Field::Host)),
            ("%[var(txn.tenant)]", Meaning::Extra),
            ("%[capture.req.hdr(1),lower]", Meaning::Captured(1)),
            ("%[capture.res.hdr(0)]", Meaning::CapturedOfResponse(0)),
            ("%[http_auth_bearer,jwt_payload_query('$.sub')]", Meaning::Known(Field::Plain(Text::Principal))),
            ("%[request_date(ms)]", Meaning::Known(Field::Time(Clock::Epoch(3)))),
            ("%[accept_date,utime(%Y-%m-%dT%H:%M:%SZ)]", Meaning::Time("%Y-%m-%dT%H:%M:%SZ".into())),
            ("%unheard", Meaning::Extra),
        ] {
            assert_eq!(meaning(text), expected, "{text}");
        }
        assert_eq!(label("%[var(txn.tenant)]"), "tenant");
        assert_eq!(label("%(who)[src]"), "who");
    }

    #[test]
    fn a_configuration_line_is_unwrapped() {
        assert_eq!(unwrap("option  httplog").get(..7), Some("%ci:%cp"));
        assert_eq!(unwrap(r#"log-format "%ci %{+Q}r \"%ST\"" # why"#), "%ci %{+Q}r \"%ST\"");
        assert_eq!(unwrap(r"log-format %ci\ [%t]\ %ST"), "%ci [%t] %ST");
        assert_eq!(unwrap(r#"%ci "%r""#), r#"%ci "%r""#);
        assert_eq!(unwrap("log-format '%ci \\ %ST'"), "%ci \\ %ST");
    }
}
