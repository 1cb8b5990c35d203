//! Envoy's command operators.

use super::{Judged, Language, Meaning, Mode, Piece, headers, nearest};
use crate::decode::field::Field;
use crate::decode::text::Escape;
use crate::schema::{Number, Text};
use crate::time::Clock;
use nom::branch::alt;
use nom::bytes::complete::{is_not, tag, take_till1, take_while1};
use nom::character::complete::digit1;
use nom::combinator::{map, opt, recognize};
use nom::multi::{many0, many0_count};
use nom::sequence::{delimited, preceded};
use nom::{IResult, Parser};

// Envoy's text format escapes nothing: a backslash is a backslash.
pub(super) const LANGUAGE: Language =
    Language { name: "Envoy", split, judge, label, rank, known: Vec::new, escapes: Escape::None, is_haproxy: false };

/// Operators with a column. Of several for one column the first here is taken.
const OPERATORS: &[(&str, Field)] = &[
    ("START_TIME", Field::Time(Clock::Any)),
    ("START_TIME_LOCAL", Field::Time(Clock::Any)),
    ("RESPONSE_CODE", Field::Status),
    ("RESPONSE_FLAGS", Field::Plain(Text::Error)),
    ("RESPONSE_FLAGS_LONG", Field::Plain(Text::Error)),
    ("BYTES_RECEIVED", Field::Count(Number::BytesIn)),
    ("BYTES_SENT", Field::Count(Number::BytesOut)),
    ("DURATION", Field::Duration(3)),
    ("UPSTREAM_HOST", Field::Upstream),
    ("UPSTREAM_REMOTE_ADDRESS", Field::Upstream),
    ("UPSTREAM_HOST_NAME", Field::Upstream),
    ("DOWNSTREAM_REMOTE_ADDRESS", Field::Peer),
    ("DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT", Field::Peer),
    ("DOWNSTREAM_DIRECT_REMOTE_ADDRESS", Field::Peer),
    ("DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT", Field::Peer),
    ("DOWNSTREAM_REMOTE_PORT", Field::ClientPort),
    ("DOWNSTREAM_DIRECT_REMOTE_PORT", Field::ClientPort),
    ("DOWNSTREAM_PEER_URI_SAN", Field::Plain(Text::Principal)),
    ("DOWNSTREAM_PEER_SUBJECT", Field::Plain(Text::Principal)),
    ("DOWNSTREAM_PEER_FINGERPRINT_256", Field::Plain(Text::Credential)),
    ("DOWNSTREAM_PEER_FINGERPRINT_1", Field::Plain(Text::Credential)),
    ("TLS_JA4_FINGERPRINT", Field::Plain(Text::TlsFingerprint)),
    ("TLS_JA3_FINGERPRINT", Field::Plain(Text::TlsFingerprint)),
    ("STREAM_ID", Field::Plain(Text::RequestId)),
    ("UNIQUE_ID", Field::Plain(Text::RequestId)),
    ("TRACE_ID", Field::Plain(Text::TraceId)),
    ("REQUESTED_SERVER_NAME", Field::Host),
];

/// Operators that say nothing about a request that anybody would look for.
const IGNORED: &[&str] = &[
    "HOSTNAME",
    "CONNECTION_ID",
    "UPSTREAM_CONNECTION_ID",
    "UPSTREAM_LOCAL_ADDRESS",
    "UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT",
    "UPSTREAM_LOCAL_PORT",
    "UPSTREAM_REMOTE_PORT",
    "DOWNSTREAM_LOCAL_ADDRESS",
    "DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT",
    "DOWNSTREAM_LOCAL_PORT",
    "DOWNSTREAM_DIRECT_LOCAL_ADDRESS",
    "DOWNSTREAM_DIRECT_LOCAL_ADDRESS_WITHOUT_PORT",
    "DOWNSTREAM_LOCAL_SUBJECT",
    "DOWNSTREAM_LOCAL_URI_SAN",
    "DOWNSTREAM_LOCAL_DNS_SAN",
    "REQUEST_HEADER_BYTES_RECEIVED",
    "REQUEST_HEADERS_BYTES",
    "RESPONSE_HEADERS_BYTES",
    "RESPONSE_TRAILERS_BYTES",
    "ACCESS_LOG_TYPE",
];

/// Operators without a column, listed so that a misspelt one is noticed.
const EXTRAS: &[&str] = &[
    "PROTOCOL",
    "UPSTREAM_PROTOCOL",
    "RESPONSE_CODE_DETAILS",
    "CONNECTION_TERMINATION_DETAILS",
    "UPSTREAM_TRANSPORT_FAILURE_REASON",
    "DOWNSTREAM_TRANSPORT_FAILURE_REASON",
    "UPSTREAM_DETECTED_CLOSE_TYPE",
    "DOWNSTREAM_DETECTED_CLOSE_TYPE",
    "UPSTREAM_CLUSTER",
    "UPSTREAM_CLUSTER_RAW",
    "UPSTREAM_HOSTS_ATTEMPTED",
    "UPSTREAM_HOSTS_ATTEMPTED_WITHOUT_PORT",
    "UPSTREAM_HOST_NAMES_ATTEMPTED",
    "UPSTREAM_CONNECTION_POOL_READY_DURATION",
    "UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT",
    "UPSTREAM_WIRE_BYTES_SENT",
    "UPSTREAM_WIRE_BYTES_RECEIVED",
    "UPSTREAM_HEADER_BYTES_SENT",
    "UPSTREAM_HEADER_BYTES_RECEIVED",
    "UPSTREAM_REQUEST_ATTEMPT_COUNT",
    "UPSTREAM_METADATA",
    "UPSTREAM_FILTER_STATE",
    "UPSTREAM_TLS_CIPHER",
    "UPSTREAM_TLS_VERSION",
    "UPSTREAM_TLS_SESSION_ID",
    "UPSTREAM_PEER_SUBJECT",
    "UPSTREAM_PEER_ISSUER",
    "UPSTREAM_PEER_URI_SAN",
    "UPSTREAM_PEER_DNS_SAN",
    "UPSTREAM_PEER_CERT",
    "UPSTREAM_PEER_CERT_V_START",
    "UPSTREAM_PEER_CERT_V_END",
    "UPSTREAM_LOCAL_SUBJECT",
    "UPSTREAM_LOCAL_URI_SAN",
    "DOWNSTREAM_WIRE_BYTES_SENT",
    "DOWNSTREAM_WIRE_BYTES_RECEIVED",
    "DOWNSTREAM_HEADER_BYTES_SENT",
    "DOWNSTREAM_HEADER_BYTES_RECEIVED",
    "DOWNSTREAM_TLS_VERSION",
    "DOWNSTREAM_TLS_CIPHER",
    "DOWNSTREAM_TLS_SESSION_ID",
    "DOWNSTREAM_PEER_ISSUER",
    "DOWNSTREAM_PEER_SERIAL",
    "DOWNSTREAM_PEER_DNS_SAN",
    "DOWNSTREAM_PEER_EMAIL_SAN",
    "DOWNSTREAM_PEER_IP_SAN",
    "DOWNSTREAM_PEER_OTHERNAME_SAN",
    "DOWNSTREAM_PEER_CERT",
    "DOWNSTREAM_PEER_CERT_V_START",
    "DOWNSTREAM_PEER_CERT_V_END",
    "DOWNSTREAM_PEER_CHAIN_FINGERPRINTS_1",
    "DOWNSTREAM_PEER_CHAIN_FINGERPRINTS_256",
    "DOWNSTREAM_PEER_CHAIN_SERIALS",
    "ROUTE_NAME",
    "VIRTUAL_CLUSTER_NAME",
    "FILTER_CHAIN_NAME",
    "GRPC_STATUS",
    "GRPC_STATUS_NUMBER",
    "REQUEST_DURATION",
    "REQUEST_TX_DURATION",
    "RESPONSE_DURATION",
    "RESPONSE_TX_DURATION",
    "DOWNSTREAM_HANDSHAKE_DURATION",
    "ROUNDTRIP_DURATION",
    "COMMON_DURATION",
    "EMIT_TIME",
    "DYNAMIC_METADATA",
    "CLUSTER_METADATA",
    "FILTER_STATE",
    "METADATA",
    "ENVIRONMENT",
    "FILE_CONTENT",
    "CEL",
    "TYPED_CEL",
    "QUERY_PARAM",
    "QUERY_PARAMS",
    "PATH",
    "CUSTOM_FLAGS",
    "LOCAL_REPLY_BODY",
    "SPAN_ID",
    "STREAM_ID_HEX",
    "REQ",
    "RESP",
    "TRAILER",
    "REQ_WITHOUT_QUERY",
];

fn argument(input: &str) -> IResult<&str, &str> {
    // Expressions have parentheses of their own.
    let inner = many0_count(alt((recognize(is_not("()")), argument)));
    recognize(delimited(tag("("), inner, tag(")"))).parse(input)
}

fn operator(input: &str) -> IResult<&str, Piece<'_>> {
    let name = take_while1(|c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
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

/// The name and the argument of an operator.
fn parts(text: &str) -> (&str, &str) {
    let inner = text.trim_matches('%');
    match inner.split_once('(') {
        Some((name, rest)) => (name, rest.rsplit_once(')').map_or(rest, |(argument, _)| argument)),
        None => (inner.split(':').next().unwrap_or(inner), ""),
    }
}

fn judge(text: &str, _: &mut Mode) -> Result<Judged, String> {
    let (name, argument) = parts(text);
    let meaning = match name {
        "REQ" | "REQUEST_HEADER" => header(argument),
        "REQ_WITHOUT_QUERY" => match header(argument) {
            Meaning::Known(Field::Target) => Meaning::Known(Field::Path),
            meaning => meaning,
        },
        "PATH" => Meaning::Known(if argument.starts_with("NQ") { Field::Path } else { Field::Target }),
        "QUERY_PARAM" => headers::argument(argument.split(':').next().unwrap_or_default()),
        "QUERY_PARAMS" => Meaning::Known(Field::Query),
        // A custom format may leave the zone out; the default is ISO 8601 in UTC.
        "START_TIME" | "START_TIME_LOCAL" if !argument.is_empty() => Meaning::Time(argument.to_owned()),
        "COMMON_DURATION" => duration(argument),
        _ => match OPERATORS.iter().find(|(known, _)| *known == name) {
            Some((_, field)) => Meaning::Known(*field),
            None if IGNORED.contains(&name) => Meaning::Known(Field::Ignore),
            None => {
                if let Some(close) = nearest(name, &known()) {
                    return Err(format!("`{text}` is no Envoy operator; did you mean `%{close}%`?"));
                }
                Meaning::Extra
            }
        },
    };
    Ok(meaning.into())
}

fn label(text: &str) -> String {
    let (name, argument) = parts(text);
    let argument = argument.to_ascii_lowercase();
    match name {
        "REQ" | "REQUEST_HEADER" => headers::label("", argument.split('?').next().unwrap_or(&argument)),
        "RESP" => headers::label("resp_", argument.split('?').next().unwrap_or(&argument)),
        "QUERY_PARAM" | "ENVIRONMENT" | "TRAILER" => {
            headers::label("", argument.split(':').next().unwrap_or(&argument))
        }
        name if argument.is_empty() => name.to_ascii_lowercase(),
        name => format!("{}({argument})", name.to_ascii_lowercase()),
    }
}

fn rank(text: &str) -> u8 {
    let (name, argument) = parts(text);
    let rank = OPERATORS.iter().position(|(known, _)| *known == name).map_or(0, |at| at.min(200) as u8);
    // A header that the client fills is worth more than what stands in for it.
    if name == "REQ" && argument.eq_ignore_ascii_case("x-envoy-original-path") { 1 } else { rank }
}

/// The duration of the whole exchange; others are of its parts.
fn duration(argument: &str) -> Meaning {
    let mut points = argument.split(':');
    match (points.next(), points.next(), points.next()) {
        (Some("DS_RX_BEG"), Some("DS_TX_END"), unit) => Meaning::Known(Field::Duration(match unit {
            Some("us") => 6,
            Some("ns") => 9,
            _ => 3,
        })),
        _ => Meaning::Extra,
    }
}

fn header(argument: &str) -> Meaning {
    // `A?B` reads B where A is missing; either means the same here.
    let mut names = argument.split('?').map(headers::request);
    let first = names.next().unwrap_or(Meaning::Extra);
    if first == Meaning::Extra { names.next().unwrap_or(Meaning::Extra) } else { first }
}

fn known() -> Vec<String> {
    OPERATORS.iter().map(|(name, _)| *name).chain(IGNORED.iter().chain(EXTRAS).copied()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meaning(text: &str) -> Result<Meaning, String> {
        judge(text, &mut Mode::default()).map(|judged| judged.meaning)
    }

    #[test]
    fn operators_with_arguments() {
        let text = "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH):512%";
        assert_eq!(split(&format!("[{text}]")), [Piece::Literal("["), Piece::Variable(text), Piece::Literal("]")]);
        assert_eq!(meaning(text), Ok(Meaning::Known(Field::Target)));
        assert_eq!(meaning("%START_TIME(%Y/%m/%d)%"), Ok(Meaning::Time("%Y/%m/%d".into())));
        assert_eq!(meaning("%COMMON_DURATION(DS_RX_BEG:DS_TX_END:us)%"), Ok(Meaning::Known(Field::Duration(6))));
        assert_eq!(meaning("%SOMETHING_NEW(a:b)%"), Ok(Meaning::Extra));
        assert!(meaning("%RESPONSE_CODES%").is_err_and(|error| error.contains("%RESPONSE_CODE%")));
        let cel = "%CEL(request.headers['x'].contains(\"(\"))%";
        assert!(matches!(split(cel).as_slice(), [Piece::Broken(_), ..]), "quotes hide nothing in Envoy either");
        let cel = "%CEL(size(request.path) > 3)%";
        assert_eq!(split(cel), [Piece::Variable(cel)]);
        assert_eq!(label("%RESP(Set-Cookie)%"), "set-cookie");
        assert_eq!(label("%DYNAMIC_METADATA(ns:key)%"), "dynamic_metadata(ns:key)");
    }
}
