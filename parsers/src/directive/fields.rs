//! Our own layout for vendors that have no directive: `{column}` and the literals between.

use super::{Judged, Language, Meaning, Mode, Piece};
use crate::decode::field::Field;
use crate::decode::text::Escape;
use crate::schema::{Number, Text};
use crate::time::Clock;
use nom::branch::alt;
use nom::bytes::complete::{tag, take_till1, take_while1};
use nom::combinator::{map, recognize};
use nom::multi::many0;
use nom::sequence::delimited;
use nom::{IResult, Parser};

pub(super) const LANGUAGE: Language = Language {
    name: "layout",
    split,
    judge,
    label,
    rank: |_| 0,
    known: Vec::new,
    escapes: Escape::Backslash,
    is_haproxy: false,
};

fn pieces(input: &str) -> IResult<&str, Vec<Piece<'_>>> {
    let name = take_while1(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == ':');
    many0(alt((
        map(tag("{{"), |_| Piece::Literal("{")),
        map(recognize(delimited(tag("{"), name, tag("}"))), Piece::Variable),
        map(take_till1(|c| c == '{'), Piece::Literal),
        map(tag("{"), Piece::Broken),
    )))
    .parse(input)
}

fn split(directive: &str) -> Vec<Piece<'_>> {
    pieces(directive).map_or_else(|_| vec![Piece::Broken(directive)], |(_, pieces)| pieces)
}

fn judge(text: &str, _: &mut Mode) -> Result<Judged, String> {
    let name = text.trim_matches(['{', '}']);
    if name == "extra" || name.starts_with("extra:") {
        return Ok(Meaning::Extra.into());
    }
    if name == "ts:local" {
        return Ok(Meaning::Zoneless(Clock::Any).into());
    }
    field(name)
        .map(|field| Meaning::Known(field).into())
        .ok_or_else(|| format!("`{text}` is no field; a column name, `{{ignore}}` or `{{extra:name}}` is expected"))
}

fn label(text: &str) -> String {
    let name = text.trim_matches(['{', '}']);
    name.strip_prefix("extra:").unwrap_or(name).to_owned()
}

/// The field of a column name, with the unit after a colon where one is needed.
pub(crate) fn field(name: &str) -> Option<Field> {
    let (name, unit) = name.split_once(':').unwrap_or((name, ""));
    let scale = match unit {
        "ms" => 3,
        "us" => 6,
        "ns" => 9,
        _ => 0,
    };
    Some(match name {
        "ignore" => Field::Ignore,
        "ts" => Field::Time(match unit {
            "clf" => Clock::Clf,
            "iso" => Clock::Iso,
            "s" | "ms" | "us" | "ns" => Clock::Epoch(scale),
            _ => Clock::Any,
        }),
        "duration_us" => Field::Duration(scale),
        "ended" => Field::Ended(scale),
        "duration_part" => Field::DurationPart(scale),
        "peer_ip" => Field::Peer,
        "client_port" => Field::ClientPort,
        "forwarded" => Field::Forwarded,
        "forwarded_peer" => Field::ForwardedPeer,
        "request" => Field::Request,
        "target" => Field::Target,
        "url" => Field::Url,
        "path" => Field::Path,
        "query" => Field::Query,
        "stage" => Field::Stage,
        "host" => Field::Host,
        "status" => Field::Status,
        "upstream" => Field::Upstream,
        "upstream_status" => Field::UpstreamStatus,
        "token_iat" => Field::TokenTime(Number::TokenIat),
        "token_exp" => Field::TokenTime(Number::TokenExp),
        "bytes_out" => Field::Count(Number::BytesOut),
        "bytes_in" => Field::Count(Number::BytesIn),
        "authorization" => Field::Authorization,
        "api_key" => Field::ApiKey,
        "cookies" => Field::Cookies,
        "session" => Field::Session,
        "stands_for" => Field::StandsFor,
        "share" => Field::Share,
        _ => Field::Plain(Text::ALL.into_iter().find(|text| text.name() == name)?),
    })
}
