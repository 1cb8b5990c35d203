//! What a value looks like, whatever its key is called.

use crate::decode::request::{split_absolute, split_request};
use crate::time::{self, Clock};
use crate::value::{self, is_address};

/// A look that values of one column share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Shape {
    /// A time with its day, or a count since 1970.
    Time,
    /// A day alone.
    Day,
    /// A time of day alone.
    TimeOfDay,
    /// The status of an answer.
    Status,
    /// A method alone.
    Method,
    /// A method and a target, perhaps with the version of the protocol.
    Request,
    /// A path or a URL.
    Target,
    /// One address, perhaps with its port.
    Address,
    /// Several addresses with commas between.
    Chain,
    /// What a client calls itself.
    Agent,
    /// A number with its unit behind it.
    Duration,
}

/// Methods that are in use (RFC 9110, RFC 5789, RFC 4918).
const METHODS: [&str; 16] = [
    "GET",
    "POST",
    "PUT",
    "DELETE",
    "HEAD",
    "OPTIONS",
    "PATCH",
    "CONNECT",
    "TRACE",
    "PROPFIND",
    "PROPPATCH",
    "REPORT",
    "MKCOL",
    "MOVE",
    "COPY",
    "LOCK",
];

/// Statuses that nearly all answers have; other numbers of three digits are mostly something else.
const STATUSES: [i64; 26] = [
    200, 201, 202, 204, 206, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 405, 409, 410, 422, 429, 499, 500, 501,
    502, 503, 504,
];

impl Shape {
    /// Whether a value looks so.
    pub(super) fn fits(self, value: &[u8]) -> bool {
        match self {
            Self::Time => is_time(value),
            Self::Day => is_day(value),
            Self::TimeOfDay => is_time_of_day(value),
            Self::Status => value.len() == 3 && value::integer(value).is_some_and(|value| STATUSES.contains(&value)),
            Self::Method => is_method(value),
            Self::Request => is_request(value),
            Self::Target => is_target(value),
            Self::Address => is_address(value),
            Self::Chain => {
                value.contains(&b',') && value.split(|&byte| byte == b',').all(|part| is_address(part.trim_ascii()))
            }
            Self::Agent => is_agent(value),
            Self::Duration => is_duration(value),
        }
    }
}

fn is_method(value: &[u8]) -> bool {
    METHODS.iter().any(|method| method.as_bytes() == value)
}

fn is_request(value: &[u8]) -> bool {
    let request = split_request(value);
    value.contains(&b' ') && request.method.is_some_and(is_method) && request.target.is_some()
}

fn is_target(value: &[u8]) -> bool {
    !value.contains(&b' ') && (value.starts_with(b"/") || split_absolute(value).is_some())
}

/// `product/version`, as the first word.
fn is_agent(value: &[u8]) -> bool {
    let word = value.split(|&byte| byte == b' ').next().unwrap_or_default();
    let Some(slash) = memchr::memchr(b'/', word) else { return false };
    let name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'+');
    slash > 0
        && word[..slash].iter().all(name)
        && word[0].is_ascii_alphabetic()
        && word.get(slash + 1).is_some_and(u8::is_ascii_digit)
}

/// A number and a unit of time.
fn is_duration(value: &[u8]) -> bool {
    let digits = value.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
    digits > 0
        && matches!(value[digits..].trim_ascii_start(), b"s" | b"ms" | b"us" | b"\xc2\xb5s" | b"\xce\xbcs" | b"ns")
}

fn is_time(value: &[u8]) -> bool {
    let whole = value.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let rest = &value[whole..];
    let is_count = matches!(whole, 10 | 13 | 16 | 19)
        && (rest.is_empty() || (rest[0] == b'.' && rest.len() > 1 && rest[1..].iter().all(u8::is_ascii_digit)));
    // A day without a time of day is none: all requests of a day would be one moment.
    let is_text = whole < 10 && (memchr::memchr(b':', value).is_some() || (whole == 8 && rest.len() >= 6));
    // 2001 (from where on counts of seconds have ten digits) to 2100.
    (is_count || is_text || (whole == 14 && rest.is_empty()))
        && !is_time_of_day(value)
        && time::read(value, Clock::Any, chrono_tz::UTC)
            .is_some_and(|micros| (978_307_200_000_000..4_102_444_800_000_000).contains(&micros))
}

/// `2024-01-31`, `2024/01/31`, `20240131`.
fn is_day(value: &[u8]) -> bool {
    let number = |part: &[u8]| value::integer(part);
    let (year, month, day) = match value.len() {
        8 => (&value[..4], &value[4..6], &value[6..]),
        10 if matches!(value[4], b'-' | b'/' | b'.') && value[7] == value[4] => {
            (&value[..4], &value[5..7], &value[8..])
        }
        _ => return false,
    };
    let is_digits = [year, month, day].concat().iter().all(u8::is_ascii_digit);
    is_digits
        && number(year).is_some_and(|year| (1990..2100).contains(&year))
        && number(month).is_some_and(|month| (1..=12).contains(&month))
        && number(day).is_some_and(|day| (1..=31).contains(&day))
}

/// `23:59:59`, with or without a fraction.
fn is_time_of_day(value: &[u8]) -> bool {
    let (clock, fraction) = value.split_at(value.len().min(8));
    let digits = |at: usize| clock.get(at).is_some_and(u8::is_ascii_digit);
    clock.len() == 8
        && [0, 1, 3, 4, 6, 7].into_iter().all(digits)
        && clock[2] == b':'
        && clock[5] == b':'
        && (fraction.is_empty() || (matches!(fraction[0], b'.' | b',') && fraction[1..].iter().all(u8::is_ascii_digit)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL: [Shape; 11] = [
        Shape::Time,
        Shape::Day,
        Shape::TimeOfDay,
        Shape::Status,
        Shape::Method,
        Shape::Request,
        Shape::Target,
        Shape::Address,
        Shape::Chain,
        Shape::Agent,
        Shape::Duration,
    ];

    #[test]
    fn values_are_told_by_their_look() {
        for (text, shapes) in [
            ("2024-03-12T10:15:32Z", vec![Shape::Time]),
            ("12/Mar/2024:10:15:32 +0900", vec![Shape::Time]),
            ("1710238532", vec![Shape::Time]),
            ("1710238532.5", vec![Shape::Time]),
            ("1710238532123", vec![Shape::Time]),
            ("20240312T101532Z", vec![Shape::Time]),
            ("20240312101532", vec![Shape::Time]),
            ("2024-03-12", vec![Shape::Day]),
            ("20240312", vec![Shape::Day]),
            ("10:15:32.123", vec![Shape::TimeOfDay]),
            ("0123456789", vec![]),
            ("9999999999999", vec![]),
            ("200", vec![Shape::Status]),
            ("0200", vec![]),
            ("234", vec![]),
            ("GET", vec![Shape::Method]),
            ("get", vec![]),
            ("GET /a HTTP/1.1", vec![Shape::Request]),
            ("GET /a", vec![Shape::Request]),
            ("got /a", vec![]),
            ("/a?b", vec![Shape::Target]),
            ("https://h/a", vec![Shape::Target]),
            ("198.51.100.4", vec![Shape::Address]),
            ("[2001:db8::1]:443", vec![Shape::Address]),
            ("1.2.3", vec![]),
            ("198.51.100.4, 192.0.2.1", vec![Shape::Chain]),
            ("Mozilla/5.0 (X11)", vec![Shape::Agent]),
            ("okhttp/4.9", vec![Shape::Agent]),
            ("text/html", vec![]),
            ("12.5ms", vec![Shape::Duration]),
            ("12", vec![]),
            ("", vec![]),
        ] {
            let fitting: Vec<Shape> = ALL.into_iter().filter(|shape| shape.fits(text.as_bytes())).collect();
            assert_eq!(fitting, shapes, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_value_is_taken(value: Vec<u8>, text in "[0-9:/.,TZ -]{0,24}") {
            for shape in ALL {
                shape.fits(&value);
                shape.fits(text.as_bytes());
            }
        }
    }
}
