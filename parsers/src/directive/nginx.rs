//! nginx `log_format`.

use super::{Language, Meaning, Piece};
use crate::decode::field::Field;
use crate::mask::{Named, judge_name};
use crate::schema::{Number, Text};
use crate::time::Clock;
use nom::branch::alt;
use nom::bytes::complete::{tag, take_till1, take_while1};
use nom::combinator::{map, recognize};
use nom::multi::many0;
use nom::sequence::{delimited, preceded};
use nom::{IResult, Parser};
use std::borrow::Cow;

pub(super) const LANGUAGE: Language = Language { name: "nginx", split, judge, known, escapes: true };

/// Variables with a column; everything else that exists is kept as an extra field or ignored.
const VARIABLES: &[(&str, Field)] = &[
    ("remote_addr", Field::Peer),
    ("binary_remote_addr", Field::Ignore),
    ("realip_remote_addr", Field::Ignore),
    ("remote_port", Field::ClientPort),
    ("proxy_protocol_addr", Field::Peer),
    ("remote_user", Field::Plain(Text::Principal)),
    ("time_local", Field::Time(Clock::Clf)),
    ("time_iso8601", Field::Time(Clock::Iso)),
    ("msec", Field::Time(Clock::Epoch(0))),
    ("request", Field::Request),
    ("request_method", Field::Plain(Text::Method)),
    ("request_uri", Field::Target),
    ("uri", Field::Path),
    ("document_uri", Field::Path),
    ("args", Field::Query),
    ("query_string", Field::Query),
    ("host", Field::Host),
    ("http_host", Field::Host),
    ("server_name", Field::Host),
    ("status", Field::Status),
    ("body_bytes_sent", Field::Count(Number::BytesOut)),
    ("bytes_sent", Field::Count(Number::BytesOut)),
    ("request_length", Field::Count(Number::BytesIn)),
    ("request_time", Field::Duration(0)),
    ("http_referer", Field::Plain(Text::Referer)),
    ("http_user_agent", Field::Plain(Text::UserAgent)),
    ("http_x_forwarded_for", Field::Forwarded),
    ("proxy_add_x_forwarded_for", Field::Forwarded),
    ("upstream_addr", Field::Upstream),
    ("upstream_status", Field::UpstreamStatus),
    ("request_id", Field::Plain(Text::RequestId)),
    ("req_id", Field::Plain(Text::RequestId)),
    ("http_x_request_id", Field::Plain(Text::RequestId)),
    ("http_traceparent", Field::Plain(Text::TraceId)),
    ("opentelemetry_trace_id", Field::Plain(Text::TraceId)),
    ("otel_trace_id", Field::Plain(Text::TraceId)),
    ("http_authorization", Field::Authorization),
    ("http_x_api_key", Field::ApiKey),
    ("http_apikey", Field::ApiKey),
    ("http_api_key", Field::ApiKey),
    ("arg_api_key", Field::ApiKey),
    ("arg_apikey", Field::ApiKey),
    ("http_cookie", Field::Cookies),
    ("jwt_claim_sub", Field::Plain(Text::Principal)),
    ("jwt_claim_client_id", Field::Plain(Text::ClientApp)),
    ("jwt_claim_azp", Field::Plain(Text::ClientApp)),
    ("jwt_claim_jti", Field::Plain(Text::Credential)),
    ("jwt_claim_scope", Field::Plain(Text::Scope)),
    ("jwt_claim_iat", Field::TokenTime(Number::TokenIat)),
    ("jwt_claim_exp", Field::TokenTime(Number::TokenExp)),
    ("http_x_client_id", Field::Plain(Text::ClientApp)),
    ("http_x_consumer_username", Field::Plain(Text::Principal)),
    ("ssl_client_s_dn", Field::Plain(Text::Principal)),
    ("ssl_client_fingerprint", Field::Plain(Text::Credential)),
    ("http_ssl_ja3", Field::Plain(Text::TlsFingerprint)),
    ("http_ssl_ja3_hash", Field::Plain(Text::TlsFingerprint)),
    ("ssl_ja3", Field::Plain(Text::TlsFingerprint)),
    ("ssl_ja4", Field::Plain(Text::TlsFingerprint)),
    ("pid", Field::Ignore),
    ("pipe", Field::Ignore),
    ("scheme", Field::Ignore),
    ("https", Field::Ignore),
    ("server_addr", Field::Ignore),
    ("server_port", Field::Ignore),
    ("server_protocol", Field::Ignore),
    ("connection", Field::Ignore),
    ("connection_requests", Field::Ignore),
    ("connection_time", Field::Ignore),
    ("hostname", Field::Ignore),
    ("is_args", Field::Ignore),
];

/// Documented variables that are worth keeping though no column fits.
const EXTRAS: &[&str] = &[
    "content_length",
    "content_type",
    "document_root",
    "gzip_ratio",
    "limit_rate",
    "nginx_version",
    "request_body",
    "request_body_file",
    "request_completion",
    "request_filename",
    "ssl_cipher",
    "ssl_protocol",
    "ssl_server_name",
    "ssl_session_reused",
    "ssl_session_id",
    "ssl_client_verify",
    "ssl_client_i_dn",
    "ssl_client_serial",
    "ssl_curve",
    "upstream_bytes_received",
    "upstream_bytes_sent",
    "upstream_cache_status",
    "upstream_connect_time",
    "upstream_first_byte_time",
    "upstream_header_time",
    "upstream_queue_time",
    "upstream_response_length",
    "upstream_response_time",
    "proxy_host",
    "proxy_port",
    "proxy_upstream_name",
    "proxy_alternative_upstream_name",
    "geoip_country_code",
    "geoip2_country_code",
    "limit_req_status",
    "limit_conn_status",
    "tcpinfo_rtt",
    "time_to_first_byte",
    "http2",
    "http3",
    "realip_remote_port",
    "proxy_protocol_port",
    "proxy_protocol_server_addr",
];

fn is_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

fn variable(input: &str) -> IResult<&str, Piece<'_>> {
    let braced = delimited(tag("{"), take_while1(is_name), tag("}"));
    map(recognize(preceded(tag("$"), alt((take_while1(is_name), braced)))), Piece::Variable).parse(input)
}

fn pieces(input: &str) -> IResult<&str, Vec<Piece<'_>>> {
    many0(alt((variable, map(take_till1(|character| character == '$'), Piece::Literal), map(tag("$"), Piece::Broken))))
        .parse(input)
}

fn split(directive: &str) -> Vec<Piece<'_>> {
    pieces(directive).map_or_else(|_| vec![Piece::Broken(directive)], |(_, pieces)| pieces)
}

fn bare(text: &str) -> &str {
    text.trim_start_matches('$').trim_start_matches('{').trim_end_matches('}')
}

#[allow(clippy::unnecessary_wraps)] // the signature of every language
fn judge(text: &str) -> Result<Meaning, String> {
    let name = bare(text);
    if matches!(name, "is_args" | "args" | "query_string") {
        return Ok(Meaning::Continues);
    }
    if let Some((_, field)) = VARIABLES.iter().find(|(known, _)| *known == name) {
        return Ok(Meaning::Known(*field));
    }
    let part = ["http_", "arg_", "cookie_"].iter().find_map(|prefix| name.strip_prefix(prefix));
    Ok(match part.map(|part| judge_name(part.as_bytes())) {
        Some(Named::Credential) => Meaning::Known(Field::Authorization),
        Some(Named::Session) => Meaning::Known(Field::Session),
        Some(Named::App) => Meaning::Known(Field::Plain(Text::ClientApp)),
        _ => Meaning::Extra,
    })
}

fn known() -> Vec<String> {
    VARIABLES.iter().map(|(name, _)| *name).chain(EXTRAS.iter().copied()).map(|name| format!("${name}")).collect()
}

/// Takes the directive out of a configuration line: `log_format name escape=json 'a' 'b';`.
pub(super) fn unwrap(directive: &str) -> Cow<'_, str> {
    let trimmed = directive.trim();
    let Some(rest) = trimmed.strip_prefix("log_format").filter(|rest| rest.starts_with(char::is_whitespace)) else {
        return Cow::Borrowed(directive.trim_end_matches(['\n', '\r']));
    };
    let Some(start) = rest.find(['\'', '"']) else {
        return Cow::Borrowed(trimmed);
    };
    let mut out = String::new();
    let mut quote = None;
    let mut characters = rest[start..].chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (None, '\'' | '"') => quote = Some(character),
            (Some(open), _) if open == character => quote = None,
            (Some(open), '\\') => match characters.next() {
                Some(escaped) if escaped == open || escaped == '\\' => out.push(escaped),
                Some(escaped) => out.extend(['\\', escaped]),
                None => out.push('\\'),
            },
            (Some(_), _) => out.push(character),
            (None, _) => {}
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_line_is_unwrapped() {
        let line = "log_format main escape=default '$remote_addr - $remote_user '\n    '\"$request\" $status';";
        assert_eq!(unwrap(line), "$remote_addr - $remote_user \"$request\" $status");
        assert_eq!(unwrap("$status"), "$status");
    }

    #[test]
    fn braces_and_own_variables() {
        assert_eq!(
            split("a${status}b$x"),
            [Piece::Literal("a"), Piece::Variable("${status}"), Piece::Literal("b"), Piece::Variable("$x")]
        );
        assert_eq!(judge("${status}"), Ok(Meaning::Known(Field::Status)));
        assert_eq!(judge("$cookie_sessionid"), Ok(Meaning::Known(Field::Session)));
        assert_eq!(judge("$cookie_theme"), Ok(Meaning::Extra));
    }
}
