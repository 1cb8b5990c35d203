//! Wrappers in JSON: a text member that holds the line, an object that is the record, lists of records.

use super::{Inner, Peeled};
use crate::scan::{self, Extent};
use memchr::memchr;
use std::borrow::Cow;

/// Members that hold a line as it was written, best first.
const MESSAGES: [&[u8]; 17] = [
    b"log",
    b"message",
    b"MESSAGE",
    b"msg",
    b"textPayload",
    b"@message",
    b"_raw",
    b"line",
    b"original",
    b"rawLog",
    b"RawData",
    b"Message",
    b"log_message",
    b"LogMessage",
    b"LogEntry",
    // Of Azure, where the record is an object in quotes.
    b"properties",
    b"body",
];

/// Members whose object holds the line, and under which keys: a container's line in Azure's export, OTLP's body.
const NESTED: [(&[u8], &[&[u8]]); 2] =
    [(b"properties", &[b"LogMessage", b"LogEntry", b"log"]), (b"body", &[b"stringValue", b"string_value"])];

/// Members that say when, best first.
const TIMES: [&[u8]; 10] = [
    b"time",
    b"timestamp",
    b"@timestamp",
    b"__REALTIME_TIMESTAMP",
    b"ts",
    b"date",
    b"_time",
    b"TimeGenerated",
    b"timeUnixNano",
    b"observedTimeUnixNano",
];

/// Members that are the record.
const DOCUMENTS: [&[u8]; 9] =
    [b"_source", b"result", b"event", b"jsonPayload", b"log", b"json", b"content", b"attributes", b"LogMessage"];

/// Members that are lists of records.
const LISTS: [&[u8]; 12] = [
    b"records",
    b"Records",
    b"logEvents",
    b"events",
    b"logs",
    b"hits",
    b"value",
    b"entries",
    b"results",
    b"data",
    b"items",
    b"log_events",
];

fn object(record: &[u8]) -> Option<&[u8]> {
    let record = record.trim_ascii();
    (record.first() == Some(&b'{') && record.last() == Some(&b'}')).then_some(record)
}

fn time_of(object: &[u8]) -> Option<Cow<'_, [u8]>> {
    let (mut best, mut found) = (TIMES.len(), None);
    for (key, range) in scan::members(object, 0) {
        if let Some(rank) = TIMES.iter().position(|time| *time == key).filter(|&rank| rank < best) {
            let value = &object[range];
            best = rank;
            found = if value.first() == Some(&b'"') { scan::text(value) } else { Some(Cow::Borrowed(value)) };
        }
    }
    found
}

/// The text member that holds the line, its line end cut.
pub(super) fn message(record: &[u8]) -> Option<Peeled<'_>> {
    let object = object(record)?;
    if docker_line(object).is_some() && memchr(b'\n', object).is_some() {
        return parts(object);
    }
    let (mut best, mut found) = (MESSAGES.len(), None);
    for (key, range) in scan::members(object, 0) {
        let value = &object[range];
        // `event.original`, as one key or nested.
        if key == b"event" && value.first() == Some(&b'{') {
            if let Some(original) = scan::member(value, b"original").filter(|value| value.first() == Some(&b'"')) {
                (best, found) = (0, Some(original));
            }
            continue;
        }
        // Journald writes what is no UTF-8 as a list of bytes.
        if key == b"MESSAGE" && value.first() == Some(&b'[') {
            let line = bytes(value)?;
            return (line.len() >= 16).then(|| Peeled::one(Cow::Owned(line), time_of(object)));
        }
        let nested = NESTED.iter().find(|(outer, _)| *outer == key).filter(|_| value.first() == Some(&b'{'));
        if let Some((_, inner)) = nested {
            let text = inner.iter().find_map(|key| scan::member(value, key));
            if let Some(text) = text.filter(|text| best == MESSAGES.len() && text.first() == Some(&b'"')) {
                (best, found) = (MESSAGES.len() - 1, Some(text));
            }
            continue;
        }
        let rank = if key == b"event.original" { Some(0) } else { MESSAGES.iter().position(|message| *message == key) };
        if let Some(rank) = rank.filter(|&rank| rank < best || found.is_none())
            && value.first() == Some(&b'"')
        {
            (best, found) = (rank, Some(value));
        }
    }
    let line = scan::text(found?)?;
    let line = match line {
        Cow::Borrowed(line) => Cow::Borrowed(line.trim_ascii()),
        Cow::Owned(line) => Cow::Owned(line.trim_ascii().to_vec()),
    };
    // A word is no record.
    (line.len() >= 16).then(|| Peeled::one(line, time_of(object)))
}

/// The bytes that a list of numbers is, the line end cut.
fn bytes(list: &[u8]) -> Option<Vec<u8>> {
    let inner = list.strip_prefix(b"[")?.strip_suffix(b"]")?;
    let numbers =
        inner.split(|&byte| byte == b',').map(|number| std::str::from_utf8(number.trim_ascii()).ok()?.parse().ok());
    let bytes: Option<Vec<u8>> = numbers.collect();
    bytes.map(|bytes| bytes.trim_ascii().to_vec())
}

/// A line of docker's json-file as far as its message is told from those of others: what it was written to, and whether
/// the message goes on in the next line of that stream, for it is cut at 16 KiB.
pub(crate) fn docker_line(line: &[u8]) -> Option<(&[u8], bool)> {
    let text = line.strip_prefix(b"{\"log\":\"")?;
    // The stream follows the message, and little follows it.
    let tail = text.len().saturating_sub(512);
    let at = tail + memchr::memmem::rfind(&text[tail..], b"\",\"stream\":\"")?;
    let stream = &text[at + b"\",\"stream\":\"".len()..];
    let stream = &stream[..memchr(b'"', stream)?];
    let message = &text[..at];
    let ends = message
        .strip_suffix(b"n")
        .is_some_and(|front| front.iter().rev().take_while(|&&byte| byte == b'\\').count() % 2 == 1);
    matches!(stream, b"stdout" | b"stderr").then_some((stream, !ends))
}

/// The message that several lines of docker hold, without the lines of another stream between them.
fn parts(lines: &[u8]) -> Option<Peeled<'_>> {
    let mut message = Vec::with_capacity(lines.len());
    let (first, _) = docker_line(lines.split(|&byte| byte == b'\n').next()?)?;
    for line in lines.split(|&byte| byte == b'\n') {
        if docker_line(line).is_some_and(|(stream, _)| stream == first) {
            message.extend_from_slice(&scan::text(scan::member(line, b"log")?)?);
        }
    }
    Some(Peeled::one(Cow::Owned(message.trim_ascii().to_vec()), time_of(lines)))
}

/// The object member that is the record.
pub(super) fn document(record: &[u8]) -> Option<Peeled<'_>> {
    let object = object(record)?;
    let (mut best, mut found) = (DOCUMENTS.len(), None);
    for (key, range) in scan::members(object, 0) {
        if let Some(rank) = DOCUMENTS.iter().position(|document| *document == key).filter(|&rank| rank < best)
            && object[range.start] == b'{'
        {
            (best, found) = (rank, Some(&object[range]));
        }
    }
    Some(Peeled::one(Cow::Borrowed(found?), time_of(object)))
}

/// The records of a list: the value itself, or a member that is one. A text element holds its line as it is; of
/// an event of `CloudWatch` the message is taken.
pub(super) fn list(record: &[u8]) -> Option<Peeled<'_>> {
    let record = record.trim_ascii();
    if record.first() == Some(&b'[') {
        return elements(record);
    }
    let object = object(record)?;
    let (mut best, mut found) = (LISTS.len(), None);
    for (key, range) in scan::members(object, 0) {
        let Some(rank) = LISTS.iter().position(|list| *list == key).filter(|&rank| rank < best) else { continue };
        let value = &object[range];
        match value.first() {
            Some(b'[') => (best, found) = (rank, Some(value)),
            // Elasticsearch has `hits.hits`.
            Some(b'{') if key == b"hits" => {
                if let Some(inner) = scan::member(value, b"hits").filter(|inner| inner.first() == Some(&b'[')) {
                    (best, found) = (rank, Some(inner));
                }
            }
            _ => {}
        }
    }
    elements(found?)
}

fn elements(array: &[u8]) -> Option<Peeled<'_>> {
    if scan::value(array, 0) != Extent::End(array.len()) {
        return None;
    }
    let mut records = Vec::new();
    for range in scan::elements(array, 0) {
        let element = &array[range];
        match element.first() {
            Some(b'{') => records.push(Inner { bytes: Cow::Borrowed(element), time: time_of(element) }),
            Some(b'"') => records.push(Inner { bytes: scan::text(element)?, time: None }),
            _ => return None,
        }
    }
    (!records.is_empty()).then(|| Peeled::many(records))
}

/// `{…}{…}` or `{…} {…}` on one line.
pub(super) fn sequence(record: &[u8]) -> Option<Peeled<'_>> {
    let mut records = Vec::new();
    let mut at = scan::skip_space(record, 0);
    while at < record.len() {
        if record[at] != b'{' {
            return None;
        }
        let Extent::End(end) = scan::value(record, at) else {
            // The last one may be cut short: it is a record that cannot be read.
            if records.is_empty() {
                return None;
            }
            records.push(Inner { bytes: Cow::Borrowed(&record[at..]), time: None });
            break;
        };
        records.push(Inner { bytes: Cow::Borrowed(&record[at..end]), time: None });
        at = scan::skip_space(record, end);
        if record.get(at) == Some(&b',') {
            at = scan::skip_space(record, at + 1);
        }
    }
    (records.len() > 1).then(|| Peeled::many(records))
}

/// `streams[].values[]` or `data.result[].values[]`, each value a time in nanoseconds and a line.
pub(super) fn loki(record: &[u8]) -> Option<Peeled<'_>> {
    let object = object(record)?;
    let streams =
        scan::member(object, b"streams").or_else(|| scan::member(scan::member(object, b"data")?, b"result"))?;
    if streams.first() != Some(&b'[') {
        return None;
    }
    let mut records = Vec::new();
    for stream in scan::elements(streams, 0) {
        let Some(values) = scan::member(&streams[stream], b"values").filter(|values| values.first() == Some(&b'['))
        else {
            continue;
        };
        for pair in scan::elements(values, 0) {
            let pair = &values[pair];
            if pair.first() != Some(&b'[') {
                return None;
            }
            let mut parts = scan::elements(pair, 0).map(|range| &pair[range]);
            let (time, line) = (scan::text(parts.next()?)?, scan::text(parts.next()?)?);
            records.push(Inner { bytes: line, time: Some(time) });
        }
    }
    (!records.is_empty()).then(|| Peeled::many(records))
}

/// `resourceLogs[].scopeLogs[].logRecords[]`, and likewise the spans of traces.
pub(super) fn otlp(record: &[u8]) -> Option<Peeled<'_>> {
    let object = object(record)?;
    let mut records = Vec::new();
    let nested = |value: &'_ [u8], keys: &[&[u8]]| -> Option<std::ops::Range<usize>> {
        scan::members(value, 0).find(|(key, _)| keys.contains(key)).map(|(_, range)| range)
    };
    let resources = &object[nested(object, &[b"resourceLogs", b"resource_logs", b"resourceSpans", b"resource_spans"])?];
    for resource in scan::elements(resources, 0) {
        let resource = &resources[resource];
        let scopes = nested(resource, &[b"scopeLogs", b"scope_logs", b"scopeSpans", b"scope_spans"]);
        let Some(scopes) = scopes else { continue };
        let scopes = &resource[scopes];
        for scope in scan::elements(scopes, 0) {
            let scope = &scopes[scope];
            let Some(logs) = nested(scope, &[b"logRecords", b"log_records", b"spans"]) else { continue };
            let logs = &scope[logs];
            for log in scan::elements(logs, 0) {
                let log = &logs[log];
                records.push(Inner { bytes: Cow::Borrowed(log), time: time_of(log) });
            }
        }
    }
    (!records.is_empty()).then(|| Peeled::many(records))
}
