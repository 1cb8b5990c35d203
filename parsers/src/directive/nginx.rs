//! nginx `log_format`.

use super::{Judged, Language, Meaning, Mode, Piece, build, headers};
use crate::decode::field::Field;
use crate::decode::text::Escape;
use crate::schema::{Number, Text};
use crate::time::Clock;
use nom::branch::alt;
use nom::bytes::complete::{tag, take_till1, take_while1};
use nom::combinator::{map, recognize};
use nom::multi::many0;
use nom::sequence::{delimited, preceded};
use nom::{IResult, Parser};
use std::borrow::Cow;

pub(super) const LANGUAGE: Language =
    Language { name: "nginx", split, judge, label, rank, known, escapes: Escape::Backslash, is_haproxy: false };

/// Variables with a column. Of several for one column the first here is taken.
const VARIABLES: &[(&str, Field)] = &[
    ("remote_addr", Field::Peer),
    ("the_real_ip", Field::Peer),
    ("proxy_protocol_addr", Field::Peer),
    ("remote_port", Field::ClientPort),
    ("proxy_protocol_port", Field::ClientPort),
    ("msec", Field::Time(Clock::Epoch(0))),
    ("time_iso8601", Field::Time(Clock::Iso)),
    ("time_local", Field::Time(Clock::Clf)),
    ("request", Field::Request),
    ("request_method", Field::Plain(Text::Method)),
    ("request_uri", Field::Target),
    ("uri", Field::Path),
    ("document_uri", Field::Path),
    ("http_host", Field::Host),
    ("host", Field::Host),
    ("server_name", Field::Host),
    ("ssl_server_name", Field::Host),
    ("ssl_preread_server_name", Field::Host),
    ("status", Field::Status),
    ("body_bytes_sent", Field::Count(Number::BytesOut)),
    ("bytes_sent", Field::Count(Number::BytesOut)),
    ("request_length", Field::Count(Number::BytesIn)),
    ("bytes_received", Field::Count(Number::BytesIn)),
    ("content_length", Field::Count(Number::BytesIn)),
    ("request_time", Field::Duration(0)),
    ("session_time", Field::Duration(0)),
    ("http_referer", Field::Plain(Text::Referer)),
    ("http_user_agent", Field::Plain(Text::UserAgent)),
    ("http_x_forwarded_for", Field::Forwarded),
    ("proxy_add_x_forwarded_for", Field::Forwarded),
    ("upstream_addr", Field::Upstream),
    ("upstream_status", Field::UpstreamStatus),
    ("request_id", Field::Plain(Text::RequestId)),
    ("req_id", Field::Plain(Text::RequestId)),
    ("http_x_request_id", Field::Plain(Text::RequestId)),
    ("kong_request_id", Field::Plain(Text::RequestId)),
    ("apisix_request_id", Field::Plain(Text::RequestId)),
    ("opentelemetry_trace_id", Field::Plain(Text::TraceId)),
    ("otel_trace_id", Field::Plain(Text::TraceId)),
    ("http_traceparent", Field::Plain(Text::TraceId)),
    ("opentracing_context_uber_trace_id", Field::Plain(Text::TraceId)),
    ("jwt_claim_sub", Field::Plain(Text::Principal)),
    ("oidc_claim_sub", Field::Plain(Text::Principal)),
    ("remote_user", Field::Plain(Text::Principal)),
    ("http_x_consumer_username", Field::Plain(Text::Principal)),
    ("ssl_client_s_dn", Field::Plain(Text::Principal)),
    ("ssl_client_s_dn_legacy", Field::Plain(Text::Principal)),
    ("jwt_claim_client_id", Field::Plain(Text::ClientApp)),
    ("jwt_claim_azp", Field::Plain(Text::ClientApp)),
    ("http_x_client_id", Field::Plain(Text::ClientApp)),
    ("jwt_claim_jti", Field::Plain(Text::Credential)),
    ("ssl_client_fingerprint", Field::Plain(Text::Credential)),
    ("jwt_claim_scope", Field::Plain(Text::Scope)),
    ("jwt_claim_scp", Field::Plain(Text::Scope)),
    ("jwt_claim_iat", Field::TokenTime(Number::TokenIat)),
    ("jwt_claim_exp", Field::TokenTime(Number::TokenExp)),
    ("http_authorization", Field::Authorization),
    ("http_ssl_ja4", Field::Plain(Text::TlsFingerprint)),
    ("ssl_ja4", Field::Plain(Text::TlsFingerprint)),
    ("http_ssl_ja3_hash", Field::Plain(Text::TlsFingerprint)),
    ("http_ssl_ja3", Field::Plain(Text::TlsFingerprint)),
    ("ssl_ja3_hash", Field::Plain(Text::TlsFingerprint)),
    ("ssl_ja3", Field::Plain(Text::TlsFingerprint)),
    ("modsec_action", Field::Plain(Text::WafAction)),
    ("waf_action", Field::Plain(Text::WafAction)),
];

/// Documented variables that say nothing about a request that anybody would look for.
const IGNORED: &[&str] = &[
    "binary_remote_addr",
    "pid",
    "pipe",
    "https",
    "server_addr",
    "server_port",
    "connection",
    "connection_requests",
    "connection_time",
    "connections_active",
    "connections_reading",
    "connections_writing",
    "connections_waiting",
    "hostname",
    "is_args",
    "is_request_port",
    "request_port",
    "nginx_version",
    "document_root",
    "realpath_root",
    "limit_rate",
    "msie",
    "slice_range",
    "memcached_key",
    "fastcgi_path_info",
    "tcpinfo_rtt",
    "tcpinfo_rttvar",
    "tcpinfo_snd_cwnd",
    "tcpinfo_rcv_space",
    "secure_link_expires",
];

/// Documented variables that are worth keeping though no column fits.
const EXTRAS: &[&str] = &[
    "scheme",
    "server_protocol",
    "protocol",
    "content_type",
    "gzip_ratio",
    "request_body",
    "request_body_file",
    "request_completion",
    "request_filename",
    "fastcgi_script_name",
    "realip_remote_addr",
    "realip_remote_port",
    "proxy_protocol_server_addr",
    "proxy_protocol_server_port",
    "early_data",
    "ssl_early_data",
    "ssl_alpn_protocol",
    "ssl_cipher",
    "ssl_ciphers",
    "ssl_curve",
    "ssl_curves",
    "ssl_protocol",
    "ssl_session_id",
    "ssl_session_reused",
    "ssl_sigalg",
    "ssl_client_sigalg",
    "ssl_client_cert",
    "ssl_client_raw_cert",
    "ssl_client_escaped_cert",
    "ssl_client_i_dn",
    "ssl_client_i_dn_legacy",
    "ssl_client_serial",
    "ssl_client_v_start",
    "ssl_client_v_end",
    "ssl_client_v_remain",
    "ssl_client_verify",
    "ssl_preread_protocol",
    "ssl_preread_alpn_protocols",
    "upstream_bytes_received",
    "upstream_bytes_sent",
    "upstream_cache_status",
    "upstream_cache_key",
    "upstream_cache_age",
    "upstream_cache_last_modified",
    "upstream_connect_time",
    "upstream_first_byte_time",
    "upstream_session_time",
    "upstream_header_time",
    "upstream_queue_time",
    "upstream_response_length",
    "upstream_response_time",
    "upstream_last_addr",
    "upstream_last_server_name",
    "proxy_host",
    "proxy_port",
    "proxy_upstream_name",
    "proxy_alternative_upstream_name",
    "proxy_internal_body_length",
    "proxy_protocol_tlv_authority",
    "grpc_status",
    "grpc_message",
    "http2",
    "http3",
    "limit_req_status",
    "limit_conn_status",
    "jwt_payload",
    "jwt_header_alg",
    "jwt_header_kid",
    "jwt_header_typ",
    "ancient_browser",
    "modern_browser",
    "geoip_area_code",
    "geoip_city",
    "geoip_city_continent_code",
    "geoip_city_country_code",
    "geoip_city_country_code3",
    "geoip_city_country_name",
    "geoip_country_code",
    "geoip_country_code3",
    "geoip_country_name",
    "geoip_dma_code",
    "geoip_latitude",
    "geoip_longitude",
    "geoip_org",
    "geoip_postal_code",
    "geoip_region",
    "geoip_region_name",
    "geoip2_country_code",
    "geoip2_city_name",
    "invalid_referer",
    "date_gmt",
    "date_local",
    "uid_got",
    "uid_reset",
    "uid_set",
    "session_log_id",
    "session_log_binary_id",
    "secure_link",
    "service_name",
    "namespace",
    "ingress_name",
    "resource_name",
    "resource_namespace",
    "otel_parent_id",
    "otel_parent_sampled",
    "otel_span_id",
];

/// Beginnings of variables that are named after something of the request, or of the owner's configuration.
const FAMILIES: &[&str] = &[
    "http_",
    "arg_",
    "cookie_",
    "sent_http_",
    "sent_trailer_",
    "upstream_http_",
    "upstream_trailer_",
    "upstream_cookie_",
    "trailer_",
    "jwt_claim_",
    "jwt_header_",
    "oidc_claim_",
    "geoip2_",
    "proxy_protocol_tlv_",
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

fn label(text: &str) -> String {
    let name = bare(text);
    let family = FAMILIES.iter().find_map(|family| name.strip_prefix(family).map(|rest| (family, rest)));
    family.map_or_else(|| name.to_owned(), |(family, rest)| headers::label(family, rest))
}

#[allow(clippy::unnecessary_wraps)] // the signature of every language
fn judge(text: &str, _: &mut Mode) -> Result<Judged, String> {
    let name = bare(text);
    if matches!(name, "is_args" | "args" | "query_string") {
        return Ok(Meaning::Continues.into());
    }
    let meaning = if let Some((_, field)) = VARIABLES.iter().find(|(known, _)| *known == name) {
        Meaning::Known(*field)
    } else if IGNORED.contains(&name) {
        Meaning::Known(Field::Ignore)
    } else if let Some(header) = name.strip_prefix("http_") {
        headers::request(header)
    } else if let Some(cookie) = name.strip_prefix("cookie_") {
        headers::cookie(cookie)
    } else if let Some(argument) = name.strip_prefix("arg_") {
        headers::argument(argument)
    } else {
        Meaning::Extra
    };
    Ok(meaning.into())
}

fn rank(text: &str) -> u8 {
    let name = bare(text);
    VARIABLES.iter().position(|(known, _)| *known == name).map_or(u8::MAX, |at| at.min(254) as u8)
}

/// A name of a family is never misspelt, since the owner's clients and configuration choose it.
fn known() -> Vec<String> {
    let continued = ["args", "query_string"];
    let all = VARIABLES.iter().map(|(name, _)| *name).chain(IGNORED.iter().chain(EXTRAS).copied()).chain(continued);
    all.filter(|name| FAMILIES.iter().all(|family| !name.starts_with(family))).map(|name| format!("${name}")).collect()
}

/// Takes the directive out of a configuration line: `log_format name escape=json 'a' 'b';`. What is said of
/// escapes may also stand before a directive alone.
pub(super) fn unwrap<'d>(directive: &'d str, mode: &mut Mode) -> Cow<'d, str> {
    let trimmed = directive.trim();
    let line = trimmed.strip_prefix("log_format").filter(|rest| rest.starts_with(char::is_whitespace));
    let mut rest = line.unwrap_or(trimmed);
    let before_quote = &rest[..rest.find(['\'', '"', '$', '{']).unwrap_or(0)];
    if let Some((_, word)) = before_quote.split_once("escape=") {
        let word = word.split_whitespace().next().unwrap_or_default();
        mode.escapes = build::nginx_escapes(word);
        if line.is_none()
            && let Some((_, after)) = rest.split_once(word)
        {
            rest = after.trim_start();
            return if rest.starts_with('\'') { Cow::Owned(unquote(rest)) } else { Cow::Borrowed(rest) };
        }
    }
    match line.and_then(|line| line.find(['\'', '"']).map(|start| &line[start..])) {
        Some(quoted) => Cow::Owned(unquote(quoted)),
        None if line.is_some() => Cow::Owned(unnamed(rest)),
        None if trimmed.starts_with('\'') && trimmed.trim_end_matches(';').ends_with(['\'', '"']) => {
            Cow::Owned(unquote(trimmed))
        }
        None => Cow::Borrowed(directive.trim_end_matches(['\n', '\r'])),
    }
}

/// The directive of a line without quotes: all after the name.
fn unnamed(rest: &str) -> String {
    let rest = rest.trim().trim_end_matches(';');
    rest.split_once(char::is_whitespace).map_or(rest, |(_, directive)| directive.trim_start()).to_owned()
}

/// Puts quoted pieces together, as nginx does.
fn unquote(quoted: &str) -> String {
    let mut out = String::new();
    let mut quote = None;
    let mut characters = quoted.chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (None, '\'' | '"') => quote = Some(character),
            (Some(open), _) if open == character => quote = None,
            (Some(_), '\\') => match characters.next() {
                Some(escaped @ ('"' | '\'' | '\\')) => out.push(escaped),
                Some('t') => out.push('\t'),
                Some('n') => out.push('\n'),
                Some('r') => out.push('\r'),
                Some(escaped) => out.extend(['\\', escaped]),
                None => out.push('\\'),
            },
            (Some(_), _) => out.push(character),
            (None, _) => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_line_is_unwrapped() {
        let mut mode = Mode::default();
        let line = "log_format main escape=json '$remote_addr - $remote_user '\n    '\"$request\" $status';";
        assert_eq!(unwrap(line, &mut mode), "$remote_addr - $remote_user \"$request\" $status");
        assert_eq!(mode.escapes, Some(Escape::Backslash));
        assert_eq!(unwrap("$status", &mut mode), "$status");
        assert_eq!(unwrap("escape=none $msec $status", &mut mode), "$msec $status");
        assert_eq!(mode.escapes, Some(Escape::None));
        assert_eq!(unwrap("'$msec ' \"$status\"", &mut mode), "$msec $status");
        assert_eq!(unwrap("log_format short $msec;", &mut mode), "$msec");
    }

    #[test]
    fn braces_and_own_variables() {
        assert_eq!(
            split("a${status}b$x"),
            [Piece::Literal("a"), Piece::Variable("${status}"), Piece::Literal("b"), Piece::Variable("$x")]
        );
        let judge = |text: &str| judge(text, &mut Mode::default()).map(|judged| judged.meaning);
        assert_eq!(judge("${status}"), Ok(Meaning::Known(Field::Status)));
        assert_eq!(judge("$cookie_sessionid"), Ok(Meaning::Known(Field::Session)));
        assert_eq!(judge("$cookie_theme"), Ok(Meaning::Extra));
        assert_eq!(judge("$http_x_api_key"), Ok(Meaning::Known(Field::ApiKey)));
    }

    #[test]
    fn every_name_is_listed_once() {
        let mut names: Vec<&str> =
            VARIABLES.iter().map(|(name, _)| *name).chain(IGNORED.iter().chain(EXTRAS).copied()).collect();
        names.sort_unstable();
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
