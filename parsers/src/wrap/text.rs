//! Wrappers of lines of text: containers, times in front, quotes, journald's export.

use super::Peeled;
use memchr::{memchr, memmem};
use std::borrow::Cow;

/// `TIME stdout F message`; a message that came in parts has several such lines.
pub(super) fn cri(record: &[u8]) -> Option<Peeled<'_>> {
    let first = cri_line(record.split(|&byte| byte == b'\n').next()?)?;
    if memchr(b'\n', record).is_none() {
        return Some(Peeled::one(Cow::Borrowed(first.message), Some(Cow::Borrowed(first.time))));
    }
    let mut joined = Vec::with_capacity(record.len());
    for line in record.split(|&byte| byte == b'\n') {
        // Lines of the other stream between them are records of their own.
        let line = cri_line(line)?;
        if line.stream == first.stream {
            joined.extend_from_slice(line.message);
        }
    }
    Some(Peeled::one(Cow::Owned(joined), Some(Cow::Borrowed(first.time))))
}

/// A line of a container's log as the runtime writes it.
pub(crate) struct CriLine<'a> {
    pub(crate) time: &'a [u8],
    pub(crate) stream: &'a [u8],
    /// Whether the message goes on in the next line of the same stream.
    pub(crate) is_part: bool,
    pub(crate) message: &'a [u8],
}

pub(crate) fn cri_line(line: &[u8]) -> Option<CriLine<'_>> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let (time, rest) = iso_stamp(line)?;
    let stream = &rest[..memchr(b' ', rest)?];
    if !matches!(stream, b"stdout" | b"stderr") {
        return None;
    }
    let rest = &rest[stream.len() + 1..];
    let flags = &rest[..memchr(b' ', rest).unwrap_or(rest.len())];
    let tag = flags.split(|&byte| byte == b':').next()?;
    if !matches!(tag, b"F" | b"P") {
        return None;
    }
    let message = rest.get(flags.len() + 1..).unwrap_or_default();
    Some(CriLine { time, stream, is_part: tag == b"P", message })
}

/// An ISO 8601 time and a space before the record.
pub(super) fn stamp(record: &[u8]) -> Option<Peeled<'_>> {
    let (time, rest) = iso_stamp(record)?;
    (!rest.is_empty()).then(|| Peeled::one(Cow::Borrowed(rest), Some(Cow::Borrowed(time))))
}

fn iso_stamp(record: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = memchr(b' ', &record[..record.len().min(48)])?;
    let time = &record[..end];
    let is_time = time.len() >= 19
        && time[4] == b'-'
        && time[7] == b'-'
        && time[10] == b'T'
        && time[13] == b':'
        && time[..4].iter().all(u8::is_ascii_digit);
    is_time.then_some((time, &record[end + 1..]))
}

/// `name  | record` or `[pod/name/container] record`.
pub(super) fn container(record: &[u8]) -> Option<Peeled<'_>> {
    if let Some(rest) = record.strip_prefix(b"[pod/") {
        let end = memchr(b']', &rest[..rest.len().min(512)])?;
        let name = &rest[..end];
        let record = rest[end + 1..].strip_prefix(b" ")?;
        return is_name(name).then(|| Peeled::one(Cow::Borrowed(record), None));
    }
    let bar = memmem::find(&record[..record.len().min(160)], b"| ")?;
    let name = record[..bar].trim_ascii_end();
    (bar > name.len() && is_name(name)).then(|| Peeled::one(Cow::Borrowed(&record[bar + 2..]), None))
}

fn is_name(bytes: &[u8]) -> bool {
    !bytes.is_empty()
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/'))
}

/// The whole line in one pair of quotes.
pub(super) fn quotes(record: &[u8]) -> Option<Peeled<'_>> {
    let inner = record.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    if memchr(b'"', inner).is_none() {
        return (memchr(b' ', inner).is_some()).then(|| Peeled::one(Cow::Borrowed(inner), None));
    }
    // Doubled as in comma-separated values, escaped as in programs, or simply put around.
    if let Some(plain) = undouble(inner) {
        return Some(Peeled::one(Cow::Owned(plain), None));
    }
    let escaped = memmem::find(inner, b"\\\"").is_some()
        && memchr::memchr_iter(b'"', inner).all(|at| at > 0 && inner[at - 1] == b'\\');
    if escaped {
        let mut plain = Vec::with_capacity(inner.len());
        let mut rest = inner;
        while let Some(at) = memchr(b'\\', rest) {
            plain.extend_from_slice(&rest[..at]);
            match rest.get(at + 1) {
                Some(&byte @ (b'"' | b'\\')) => plain.push(byte),
                Some(&byte) => plain.extend_from_slice(&[b'\\', byte]),
                None => plain.push(b'\\'),
            }
            rest = rest.get(at + 2..).unwrap_or_default();
        }
        plain.extend_from_slice(rest);
        return Some(Peeled::one(Cow::Owned(plain), None));
    }
    // A line of quoted values is none.
    if inner.starts_with(b"\"")
        || memmem::find(inner, b"\",\"").is_some()
        || memmem::find(inner, b"\" \"").is_some_and(|at| memchr(b'"', &inner[..at]).is_none())
    {
        return None;
    }
    Some(Peeled::one(Cow::Borrowed(inner), None))
}

/// `""` to `"`; none where a quote stands alone.
fn undouble(inner: &[u8]) -> Option<Vec<u8>> {
    let mut plain = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(at) = memchr(b'"', rest) {
        if rest.get(at + 1) != Some(&b'"') {
            return None;
        }
        plain.extend_from_slice(&rest[..=at]);
        rest = &rest[at + 2..];
    }
    plain.extend_from_slice(rest);
    Some(plain)
}

/// The longest quoted value of a line of comma-separated values, as exports of log stores have it.
pub(super) fn cell(record: &[u8]) -> Option<Peeled<'_>> {
    let mut best: Option<&[u8]> = None;
    let mut time: Option<&[u8]> = None;
    let mut cells = 0;
    let mut rest = record;
    loop {
        cells += 1;
        let end = if rest.first() == Some(&b'"') {
            let end = end_of_cell(rest)?;
            let inner = &rest[1..end - 1];
            if best.is_none_or(|best| inner.len() > best.len()) {
                best = Some(inner);
            }
            end
        } else {
            memchr(b',', rest).unwrap_or(rest.len())
        };
        let value = rest[..end].trim_ascii();
        let value = value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\"")).unwrap_or(value);
        if time.is_none() && value.len() >= 10 && value.len() <= 40 && value[..4].iter().all(u8::is_ascii_digit) {
            time = Some(value);
        }
        match rest.get(end) {
            Some(b',') => rest = &rest[end + 1..],
            None => break,
            Some(_) => return None,
        }
    }
    let best = best.filter(|best| cells > 1 && memchr(b' ', best).is_some() || best.starts_with(b"{"))?;
    let plain = undouble(best).map_or(Cow::Borrowed(best), Cow::Owned);
    Some(Peeled::one(plain, time.map(Cow::Borrowed)))
}

/// Past the closing quote of the cell that begins here; doubled quotes are part of it.
fn end_of_cell(cell: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        at += memchr(b'"', cell.get(at..)?)?;
        if cell.get(at + 1) == Some(&b'"') {
            at += 2;
        } else {
            return Some(at + 1);
        }
    }
}

/// An entry of journald's export: `MESSAGE=` and `__REALTIME_TIMESTAMP=` among its fields.
pub(super) fn journal(record: &[u8]) -> Option<Peeled<'_>> {
    memmem::find(record, b"__REALTIME_TIMESTAMP=")?;
    let (mut message, mut time) = (None, None);
    let mut rest = record;
    while !rest.is_empty() {
        let end = memchr(b'\n', rest).unwrap_or(rest.len());
        let line = &rest[..end];
        rest = rest.get(end + 1..).unwrap_or_default();
        if let Some(value) = line.strip_prefix(b"MESSAGE=") {
            message = Some(value);
        } else if let Some(value) = line.strip_prefix(b"__REALTIME_TIMESTAMP=") {
            time = Some(value);
        } else if memchr(b'=', line).is_none() {
            // A binary field: its name, eight bytes of length, the value, a line end.
            let length = rest.get(..8).and_then(|length| length.try_into().ok()).map(u64::from_le_bytes)?;
            let value = rest.get(8..)?.get(..usize::try_from(length).ok()?)?;
            rest = rest.get(8 + value.len() + 1..).unwrap_or_default();
            if line == b"MESSAGE" {
                message = Some(value);
            }
        }
    }
    Some(Peeled::one(Cow::Borrowed(message?), time.map(Cow::Borrowed)))
}
