//! Sigma's names of fields, and the columns of `requests` that hold what they mean.
//!
//! | field | column | texts it is matched against |
//! | --- | --- | --- |
//! | `c-uri`, `cs-uri` | `target` | as logged, and percent-decoded once |
//! | `cs-uri-query` | `target` | the query, and the whole target, since rules write paths into it; both also decoded |
//! | `cs-uri-stem` | `target` | the path, also decoded |
//! | `c-uri-extension` | `target` | what follows the last point of the path's last segment |
//! | `r-dns`, `cs-host`, `cs-method`, `c-useragent`, `cs-referer`, `c-ip`, ... | their own | the value |
//! | any column of `requests`, and its ECS and OCSF names | itself | the value |

use crate::expr::parse::nearest;
use breachline_parsers::mask::percent_decode;
use breachline_parsers::schema::COLUMNS;
use breachline_parsers::table::extra_pairs;
use std::borrow::Cow;
use std::fmt;

/// What of a column's value a field means.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Facet {
    /// All of it.
    Whole,
    /// The target.
    Uri,
    /// The target's query; patterns may also mean the whole target.
    Query,
    /// The target's path.
    Stem,
    /// The extension of the file that the path names.
    Extension,
    /// An address, without its port.
    Address,
    /// Microseconds, as milliseconds.
    Millis,
    /// A field that the log has and the table has no column for, by the end of its name.
    Extra(&'static str),
}

/// A column and what of its values is meant.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Field {
    /// The column of `requests`.
    pub column: &'static str,
    /// What of it.
    pub facet: Facet,
}

/// Names (in small letters), column, facet.
const NAMES: &[(&[&str], &str, Facet)] = &[
    (&["c-uri", "cs-uri", "uri", "url"], "target", Facet::Uri),
    (&["cs-uri-query", "c-uri-query"], "target", Facet::Query),
    (&["cs-uri-stem", "c-uri-stem", "c-uri-path"], "target", Facet::Stem),
    (&["c-uri-extension", "cs-uri-extension"], "target", Facet::Extension),
    (&["cs-method", "c-method"], "method", Facet::Whole),
    (&["sc-status", "cs-status", "s-status"], "status", Facet::Whole),
    (
        &["c-useragent", "c-user-agent", "cs-useragent", "cs-user-agent", "cs(user-agent)", "useragent"],
        "user_agent",
        Facet::Whole,
    ),
    (&["cs-referer", "cs-referrer", "c-referer", "c-referrer", "cs(referer)", "referrer"], "referer", Facet::Whole),
    (&["cs-host", "r-dns", "cs(host)", "c-dns", "dst_host"], "host", Facet::Whole),
    (&["c-ip", "src_ip", "source.ip", "clientip"], "client_ip", Facet::Address),
    (&["c-port", "src_port"], "client_port", Facet::Whole),
    (&["r-ip", "dst_ip", "destination.ip"], "upstream", Facet::Address),
    (&["cs-username", "cs-user", "c-username"], "principal", Facet::Whole),
    (&["cs-bytes"], "bytes_in", Facet::Whole),
    (&["sc-bytes"], "bytes_out", Facet::Whole),
    (&["time-taken"], "duration_us", Facet::Millis),
    (&["cs-content-type", "c-content-type"], "extra", Facet::Extra("contenttype")),
    (&["cs-version", "cs-protocol", "c-uri-protocol"], "extra", Facet::Extra("protocol")),
];

/// Columns that keywords are looked for in.
pub const KEYWORDS: [&str; 9] =
    ["target", "user_agent", "referer", "host", "method", "principal", "forwarded", "error", "extra"];

/// Finds the column of a field, or says why there is none.
pub fn resolve(name: &str) -> Result<Field, String> {
    let small = name.to_ascii_lowercase();
    if let Some((_, column, facet)) = NAMES.iter().find(|(names, ..)| names.contains(&small.as_str())) {
        return Ok(Field { column, facet: facet.clone() });
    }
    if small.contains("cookie") {
        return Err(format!("{name}: cookies are secrets, of which only fingerprints are kept"));
    }
    let plain = |column: &str| !matches!(column, "ts" | "hour" | "day" | "token_iat" | "token_exp" | "extra");
    let named = |column: &&breachline_parsers::schema::Column| {
        plain(column.name) && (column.name == small || column.ecs == Some(&small) || column.ocsf == Some(&small))
    };
    if let Some(column) = COLUMNS.iter().find(named) {
        return Ok(Field { column: column.name, facet: own_facet(column.name) });
    }
    let names = NAMES.iter().flat_map(|(names, ..)| names.iter().copied());
    let names = names.chain(COLUMNS.iter().map(|column| column.name));
    Err(match nearest(&small, names) {
        Some(near) => format!("{name}: no column of requests has it; did you mean `{near}`?"),
        None => format!("{name}: no column of requests has it"),
    })
}

/// How a column is read where a field bears its own name.
pub fn own_facet(column: &str) -> Facet {
    match column {
        "target" => Facet::Uri,
        "client_ip" | "peer_ip" => Facet::Address,
        _ => Facet::Whole,
    }
}

/// A text percent-decoded once; `None` where that changes nothing.
pub fn decoded(text: &str) -> Option<String> {
    if !text.contains('%') {
        return None;
    }
    let bytes = percent_decode(text.as_bytes());
    (bytes.len() != text.len()).then(|| String::from_utf8_lossy(&bytes).into_owned())
}

impl fmt::Display for Field {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.facet {
            Facet::Query => out.write_str("query"),
            Facet::Stem => out.write_str("path"),
            Facet::Extension => out.write_str("extension"),
            Facet::Extra(name) => write!(out, "extra {name}"),
            _ => out.write_str(self.column),
        }
    }
}

impl Facet {
    /// Whether a value of the column has what is meant.
    pub fn is_in(&self, value: &str) -> bool {
        match self {
            Self::Query => value.contains('?'),
            Self::Extension => extension(value).is_some(),
            Self::Extra(name) => extra(value, name).is_some(),
            _ => true,
        }
    }

    /// The texts that patterns are matched against: one of them must fit.
    pub fn texts<'v>(&self, value: &'v str) -> Vec<Cow<'v, str>> {
        let with_decoded = |text: &'v str| {
            let mut texts = vec![Cow::Borrowed(text)];
            texts.extend(decoded(text).map(Cow::Owned));
            texts
        };
        match self {
            Self::Whole => vec![Cow::Borrowed(value)],
            Self::Uri => with_decoded(value),
            Self::Query => {
                let mut texts = value.split_once('?').map_or_else(Vec::new, |(_, query)| with_decoded(query));
                texts.extend(with_decoded(value));
                texts
            }
            Self::Stem => with_decoded(stem(value)),
            Self::Extension => extension(value).map(Cow::Borrowed).into_iter().collect(),
            Self::Address => vec![Cow::Borrowed(address(value))],
            Self::Millis => {
                value.parse::<f64>().map(|micros| Cow::Owned((micros / 1_000.0).to_string())).into_iter().collect()
            }
            Self::Extra(name) => extra(value, name).map(Cow::Borrowed).into_iter().collect(),
        }
    }
}

fn stem(target: &str) -> &str {
    target.split_once('?').map_or(target, |(stem, _)| stem)
}

fn extension(target: &str) -> Option<&str> {
    let file = stem(target).rsplit('/').next()?;
    file.rsplit_once('.').map(|(_, extension)| extension).filter(|extension| !extension.is_empty())
}

/// An address as it stands in `client_ip`, or before the port in `upstream`.
fn address(value: &str) -> &str {
    if let Some(rest) = value.strip_prefix('[') {
        return rest.split_once(']').map_or(rest, |(address, _)| address);
    }
    match value.split_once(':') {
        Some((address, port)) if !port.contains(':') => address,
        _ => value,
    }
}

/// The value of a pair in `extra` whose name, letters and digits alone, ends so.
fn extra<'v>(pairs: &'v str, name: &str) -> Option<&'v str> {
    extra_pairs(pairs).find_map(|(key, value)| {
        let plain: String = key.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
        plain.ends_with(name).then_some(value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_of_the_names_is_there() {
        for (names, column, _) in NAMES {
            assert!(breachline_parsers::schema::column(column).is_some(), "{column}");
            assert!(names.iter().all(|name| resolve(name).is_ok_and(|field| field.column == *column)), "{names:?}");
        }
        assert!(KEYWORDS.iter().all(|column| breachline_parsers::schema::column(column).is_some()));
        assert_eq!(resolve("url.path").map(|field| field.column), Ok("path"));
        assert_eq!(resolve("object_id").map(|field| field.column), Ok("object_id"));
        assert!(resolve("cs-cookie").is_err_and(|why| why.contains("secrets")));
        assert!(resolve("c-usragent").is_err_and(|why| why.contains("`c-useragent`")));
        assert!(resolve("CommandLine").is_err_and(|why| why == "CommandLine: no column of requests has it"));
    }

    #[test]
    fn facets_take_their_part_of_a_value() {
        let target = "/a%2Fb/c.PHP?x=%3Cy";
        let all = |facet: Facet, value: &str| facet.texts(value).join(" ");
        assert_eq!(all(Facet::Uri, target), "/a%2Fb/c.PHP?x=%3Cy /a/b/c.PHP?x=<y");
        assert_eq!(all(Facet::Stem, target), "/a%2Fb/c.PHP /a/b/c.PHP");
        assert_eq!(all(Facet::Query, "/a?b=%41"), "b=%41 b=A /a?b=%41 /a?b=A");
        assert_eq!(all(Facet::Extension, target), "PHP");
        assert!(!Facet::Extension.is_in("/a.b/c") && !Facet::Query.is_in("/a"));
        assert_eq!(all(Facet::Address, "192.0.2.1:80"), "192.0.2.1");
        assert_eq!(all(Facet::Address, "[2001:db8::1]:80"), "2001:db8::1");
        assert_eq!(all(Facet::Address, "2001:db8::1"), "2001:db8::1");
        assert_eq!(all(Facet::Millis, "1500"), "1.5");
        assert_eq!(all(Facet::Extra("contenttype"), "a=b\u{1f}cs(Content-Type)=text/html"), "text/html");
    }
}
