//! Envoy's command operators.

use super::{Language, Meaning, Piece};
use crate::decode::field::Field;
use crate::schema::{Number, Text};
use crate::time::Clock;
use nom::branch::alt;
use nom::bytes::complete::{tag, take_till, take_till1, take_while1};
use nom::character::complete::digit1;
use nom::combinator::{map, opt, recognize};
use nom::multi::many0;
use nom::sequence::{delimited, preceded};
use nom::{IResult, Parser};

// Envoy's text format escapes nothing: a backslash is a backslash.
pub(super) const LANGUAGE: Language = Language { name: "Envoy", split, judge, known, escapes: false };

const OPERATORS: &[(&str, Field)] = &[
    ("START_TIME", Field::Time(Clock::Any)),
    ("PROTOCOL", Field::Ignore),
    ("RESPONSE_CODE", Field::Status),
    ("RESPONSE_FLAGS", Field::Plain(Text::Error)),
    ("RESPONSE_FLAGS_LONG", Field::Plain(Text::Error)),
    ("BYTES_RECEIVED", Field::Count(Number::BytesIn)),
    ("BYTES_SENT", Field::Count(Number::BytesOut)),
    ("DURATION", Field::Duration(3)),
    ("UPSTREAM_HOST", Field::Upstream),
    ("DOWNSTREAM_REMOTE_ADDRESS", Field::Peer),
    ("DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT", Field::Peer),
    ("DOWNSTREAM_DIRECT_REMOTE_ADDRESS", Field::Ignore),
    ("DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT", Field::Ignore),
    ("DOWNSTREAM_REMOTE_PORT", Field::ClientPort),
    ("DOWNSTREAM_PEER_SUBJECT", Field::Plain(Text::Principal)),
    ("DOWNSTREAM_PEER_URI_SAN", Field::Plain(Text::Principal)),
    ("DOWNSTREAM_PEER_FINGERPRINT_256", Field::Plain(Text::Credential)),
    ("TLS_JA3_FINGERPRINT", Field::Plain(Text::TlsFingerprint)),
    ("TLS_JA4_FINGERPRINT", Field::Plain(Text::TlsFingerprint)),
    ("STREAM_ID", Field::Plain(Text::RequestId)),
    ("TRACE_ID", Field::Plain(Text::TraceId)),
];

/// Operators without a column, listed so that a misspelt one is noticed.
const EXTRAS: &[&str] = &[
    "RESPONSE_CODE_DETAILS",
    "CONNECTION_TERMINATION_DETAILS",
    "UPSTREAM_TRANSPORT_FAILURE_REASON",
    "UPSTREAM_CLUSTER",
    "UPSTREAM_LOCAL_ADDRESS",
    "DOWNSTREAM_LOCAL_ADDRESS",
    "REQUESTED_SERVER_NAME",
    "ROUTE_NAME",
    "GRPC_STATUS",
    "REQUEST_DURATION",
    "RESPONSE_DURATION",
    "RESPONSE_TX_DURATION",
    "HOSTNAME",
    "DOWNSTREAM_TLS_VERSION",
    "DOWNSTREAM_TLS_CIPHER",
    "VIRTUAL_CLUSTER_NAME",
    "CONNECTION_ID",
    "UPSTREAM_REQUEST_ATTEMPT_COUNT",
    "DYNAMIC_METADATA",
    "FILTER_STATE",
    "ENVIRONMENT",
    "METADATA",
];

fn operator(input: &str) -> IResult<&str, Piece<'_>> {
    let name = take_while1(|c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    let argument = delimited(tag("("), take_till(|c| c == ')'), tag(")"));
    let length = preceded(tag(":"), digit1);
    map(recognize((tag("%"), name, opt(argument), opt(length), tag("%"))), Piece::Variable).parse(input)
}

fn pieces(input: &str) -> IResult<&str, Vec<Piece<'_>>> {
    many0(alt((
        map(tag("%%"), |_| Piece::Literal("%")),
        operator,
        map(take_till1(|c| c == '%'), Piece::Literal),
        map(tag("%"), Piece::Broken),
    )))
    .parse(input)
}

fn split(directive: &str) -> Vec<Piece<'_>> {
    pieces(directive).map_or_else(|_| vec![Piece::Broken(directive)], |(_, pieces)| pieces)
}

fn judge(text: &str) -> Result<Meaning, String> {
    let inner = text.trim_matches('%');
    let (name, argument) = match inner.split_once('(') {
        Some((name, rest)) => (name, rest.split_once(')').map_or(rest, |(argument, _)| argument)),
        None => (inner.split(':').next().unwrap_or(inner), ""),
    };
    match name {
        "REQ" | "REQUEST_HEADER" => Ok(header(argument)),
        "RESP" | "TRAILER" => Ok(Meaning::Extra),
        // A custom strftime format may leave the zone out; the default is ISO 8601 in UTC.
        "START_TIME"
            if !argument.is_empty()
                && !argument.contains("%s")
                && !argument.contains("%z")
                && !argument.ends_with('Z') =>
        {
            Ok(Meaning::Zoneless)
        }
        _ => match OPERATORS.iter().find(|(known, _)| *known == name) {
            Some((_, field)) => Ok(Meaning::Known(*field)),
            None if EXTRAS.contains(&name) => Ok(Meaning::Extra),
            None => {
                let close = OPERATORS
                    .iter()
                    .map(|(known, _)| *known)
                    .chain(EXTRAS.iter().copied())
                    .min_by_key(|known| super::distance(name, known));
                Err(format!("`{text}` is no Envoy operator; did you mean `%{}%`?", close.unwrap_or("START_TIME")))
            }
        },
    }
}

fn header(argument: &str) -> Meaning {
    // `A?B` reads B where A is missing; either means the same here.
    let name = argument.split('?').next_back().unwrap_or(argument).to_ascii_lowercase();
    let field = match name.as_str() {
        ":method" => Field::Plain(Text::Method),
        ":path" | "x-envoy-original-path" => Field::Target,
        ":authority" | "host" => Field::Host,
        ":scheme" => Field::Ignore,
        "x-forwarded-for" => Field::Forwarded,
        "user-agent" => Field::Plain(Text::UserAgent),
        "x-request-id" => Field::Plain(Text::RequestId),
        "referer" => Field::Plain(Text::Referer),
        "authorization" => Field::Authorization,
        "x-api-key" | "apikey" => Field::ApiKey,
        "cookie" => Field::Cookies,
        "traceparent" | "x-b3-traceid" => Field::Plain(Text::TraceId),
        _ => return Meaning::Extra,
    };
    Meaning::Known(field)
}

fn known() -> Vec<String> {
    Vec::new() // unknown operators are errors already, with a suggestion
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_with_arguments() {
        let text = "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH):512%";
        assert_eq!(split(&format!("[{text}]")), [Piece::Literal("["), Piece::Variable(text), Piece::Literal("]")]);
        assert_eq!(judge(text), Ok(Meaning::Known(Field::Target)));
        assert_eq!(judge("%START_TIME(%Y/%m/%d)%"), Ok(Meaning::Zoneless));
        assert!(judge("%RESPONSE_CODES%").is_err_and(|error| error.contains("%RESPONSE_CODE%")));
    }
}
