//! Syslog headers: RFC 5424, RFC 3164, and what daemons make of them in files.

use super::Peeled;
use memchr::memchr;
use std::borrow::Cow;

/// The byte order mark that RFC 5424 puts before UTF-8 messages.
const MARK: &[u8] = b"\xef\xbb\xbf";

pub(super) fn peel(record: &[u8]) -> Option<Peeled<'_>> {
    let (rest, has_priority) = priority(record);
    if has_priority && let Some(rest) = rest.strip_prefix(b"1 ") {
        return version_1(rest);
    }
    let Some((time, rest)) = traditional_time(rest).or_else(|| iso_time(rest)) else {
        // A priority and a tag alone, as programs send them to the daemon of their machine.
        let message = tag(rest).filter(|_| has_priority)?;
        return Some(Peeled::one(Cow::Borrowed(message), None));
    };
    let is_iso = time.contains(&b'T');
    let (host, after) = word(rest)?;
    if host.contains(&b'"') {
        return None;
    }
    // `%ASA-…` and the like have no tag; neither have messages of some appliances.
    let message = tag(after);
    if message.is_none() && (is_iso && !has_priority) {
        return version_1_in_file(rest, time);
    }
    Some(Peeled::one(Cow::Borrowed(message.unwrap_or(after)), Some(Cow::Borrowed(time))))
}

/// Passes over `123 ` (octets, RFC 6587) and `<134>`.
fn priority(record: &[u8]) -> (&[u8], bool) {
    let counted = record.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let framed = match &record[counted..] {
        [b' ', rest @ ..] if (1..=6).contains(&counted) && rest.first() == Some(&b'<') => rest,
        _ => record,
    };
    let Some(rest) = framed.strip_prefix(b"<") else { return (record, false) };
    match memchr(b'>', &rest[..rest.len().min(4)]) {
        Some(end) if end > 0 && rest[..end].iter().all(u8::is_ascii_digit) => (&rest[end + 1..], true),
        _ => (record, false),
    }
}

/// `TIMESTAMP HOST APP PROCID MSGID SD MSG`
fn version_1(rest: &[u8]) -> Option<Peeled<'_>> {
    let (time, rest) = word(rest)?;
    let time = (time != b"-").then_some(Cow::Borrowed(time));
    let rest = (0..4).try_fold(rest, |rest, _| word(rest).map(|(_, rest)| rest))?;
    let rest = structured_data(rest)?;
    let message = rest.strip_prefix(b" ").unwrap_or(rest);
    Some(Peeled::one(Cow::Borrowed(message.strip_prefix(MARK).unwrap_or(message)), time))
}

/// The same without priority and version, as some collectors write it: the structured data shows it.
fn version_1_in_file<'a>(rest: &'a [u8], time: &'a [u8]) -> Option<Peeled<'a>> {
    let rest = (0..4).try_fold(rest, |rest, _| word(rest).map(|(_, rest)| rest))?;
    let rest = structured_data(rest)?;
    Some(Peeled::one(Cow::Borrowed(rest.strip_prefix(b" ")?), Some(Cow::Borrowed(time))))
}

fn structured_data(rest: &[u8]) -> Option<&[u8]> {
    if let Some(rest) = rest.strip_prefix(b"-") {
        return (rest.is_empty() || rest.starts_with(b" ")).then_some(rest);
    }
    let mut rest = rest;
    while rest.first() == Some(&b'[') {
        rest = &rest[end_of_element(rest)?..];
    }
    rest.starts_with(b" ").then_some(rest).or(rest.is_empty().then_some(rest))
}

/// Past the `]` that ends an element; values in quotes may hold one.
fn end_of_element(rest: &[u8]) -> Option<usize> {
    let mut quoted = false;
    let mut at = 1;
    while let Some(&byte) = rest.get(at) {
        match byte {
            b'\\' if quoted => at += 1,
            b'"' => quoted = !quoted,
            b']' if !quoted => return Some(at + 1),
            _ => {}
        }
        at += 1;
    }
    None
}

/// `Mar 12 10:15:32 `, also with a year or a fraction.
fn traditional_time(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    const MONTHS: [&[u8]; 12] =
        [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];
    let month = rest.get(..3)?;
    if rest.get(3) != Some(&b' ') || !MONTHS.contains(&month) {
        return None;
    }
    let day = skip_spaces(rest, 3);
    let mut at = digits(rest, day, 2)?;
    at = skip_spaces(rest, at);
    // `Mar 12 2024 10:15:32`
    if let Some(year) = digits(rest, at, 4).filter(|&end| end == at + 4 && rest.get(end) == Some(&b' ')) {
        at = year + 1;
    }
    let clock = rest.get(at..at + 8)?;
    if clock[2] != b':' || clock[5] != b':' || !clock[..2].iter().all(u8::is_ascii_digit) {
        return None;
    }
    let end = at + memchr(b' ', &rest[at..])?;
    Some((rest[..end].strip_suffix(b":").unwrap_or(&rest[..end]), &rest[end + 1..]))
}

fn iso_time(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let (time, rest) = word(rest)?;
    (time.len() >= 19 && time[4] == b'-' && time[10] == b'T' && time[..4].iter().all(u8::is_ascii_digit))
        .then_some((time, rest))
}

/// What follows `tag: `, `tag[123]: ` or `tag[123] `.
fn tag(rest: &[u8]) -> Option<&[u8]> {
    let name = rest
        .iter()
        .take_while(|byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/' | b'@' | b'(' | b')')
        })
        .count();
    if !(1..=64).contains(&name) {
        return None;
    }
    let mut after = &rest[name..];
    let mut numbered = false;
    if let Some(inner) = after.strip_prefix(b"[") {
        let end = memchr(b']', &inner[..inner.len().min(64)])?;
        after = &inner[end + 1..];
        numbered = true;
    }
    match after {
        [b':', b' ', message @ ..] | [b':', message @ ..]
            if numbered || message.first() == Some(&b' ') || after.get(1) == Some(&b' ') =>
        {
            Some(message)
        }
        // A JSON message may follow the colon without a space.
        [b':', message @ ..] if message.first() == Some(&b'{') => Some(message),
        [b' ', message @ ..] if numbered => Some(message),
        _ => None,
    }
}

fn word(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = memchr(b' ', rest).filter(|&end| end > 0)?;
    Some((&rest[..end], &rest[end + 1..]))
}

fn skip_spaces(bytes: &[u8], at: usize) -> usize {
    at + bytes.get(at..).unwrap_or_default().iter().take_while(|&&byte| byte == b' ').count()
}

/// The end of one to `most` digits at `at`.
fn digits(bytes: &[u8], at: usize, most: usize) -> Option<usize> {
    let count = bytes.get(at..)?.iter().take(most).take_while(|byte| byte.is_ascii_digit()).count();
    (count > 0).then_some(at + count)
}
