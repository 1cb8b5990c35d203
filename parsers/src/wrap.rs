//! Wrappers: what stands around a record because somebody carried it (syslog, a container's log, a bucket export).
//!
//! ```text
//! line ─► peel ─► inner record ─► peel ─► … ─► decoder
//! ```
//!
//! Each wrapper is recognised on the bytes of one record; a source's chain of wrappers is found in its sample.
//! A wrapper may hold several records (`logEvents`, `records`, an array): they are numbered as items.
//! What a wrapper says about time stands in for records that say nothing about it themselves.

mod json;
mod preface;
mod syslog;
mod text;

pub(crate) use json::docker_line;
pub(crate) use text::cri_line;

use crate::decode::facts::Value;

/// What stands around a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Wrap {
    /// RFC 5424, RFC 3164, or what syslog daemons write into files.
    Syslog,
    /// Kubernetes' container runtime: `TIME stdout F message`.
    Cri,
    /// An ISO 8601 time and a space before the record (`kubectl logs --timestamps`, exports of `CloudWatch`).
    Stamp,
    /// A container's name and a bar before the record (`docker compose logs`), or in brackets (`kubectl --prefix`).
    Container,
    /// The whole line in double quotes, inner ones doubled or escaped.
    Quotes,
    /// One value of a line of comma-separated values, in quotes.
    Cell,
    /// journald's export format: an entry of `FIELD=value` lines.
    Journal,
    /// A text member of a JSON object that holds the line as it was written (docker, fluentd, filebeat, journald).
    Message,
    /// An object member of a JSON object that is the record (`_source`, `result`, `event`).
    Document,
    /// An array of records, bare or as a member of an object (`records`, `logEvents`, `hits`).
    List,
    /// Several JSON objects one after the other on a line.
    Sequence,
    /// OTLP's nesting of resources and scopes around log records.
    Otlp,
    /// Loki's streams of `[time, line]`.
    Loki,
    /// Words in front that nothing else explains: a logger's time and level, the name of a file and the number of a line.
    Preface,
}

/// What is in a wrapper.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Peeled<'a> {
    /// The records in it; always one but for lists and sequences.
    pub(crate) records: Vec<Inner<'a>>,
}

/// A record out of a wrapper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Inner<'a> {
    pub(crate) bytes: Value<'a>,
    /// When, as the wrapper writes it.
    pub(crate) time: Option<Value<'a>>,
}

impl<'a> Peeled<'a> {
    fn one(bytes: Value<'a>, time: Option<Value<'a>>) -> Self {
        Self { records: vec![Inner { bytes, time }] }
    }

    fn many(records: Vec<Inner<'a>>) -> Self {
        Self { records }
    }
}

impl Wrap {
    /// All of them, in the order in which they are tried.
    pub(crate) const ALL: [Self; 14] = [
        Self::Syslog,
        Self::Cri,
        Self::Stamp,
        Self::Container,
        Self::Quotes,
        Self::Cell,
        Self::Journal,
        Self::Otlp,
        Self::Message,
        Self::Document,
        Self::List,
        Self::Sequence,
        Self::Loki,
        Self::Preface,
    ];

    /// The name in reports.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Syslog => "syslog",
            Self::Cri => "CRI",
            Self::Stamp => "a time in front",
            Self::Container => "a container's name in front",
            Self::Quotes => "quotes",
            Self::Cell => "a cell of comma-separated values",
            Self::Journal => "journald's export",
            Self::Message => "a member of a JSON object",
            Self::Document => "an object in a JSON object",
            Self::List => "a JSON list",
            Self::Sequence => "JSON objects on one line",
            Self::Otlp => "OTLP",
            Self::Loki => "Loki's streams",
            Self::Preface => "words in front",
        }
    }

    /// Whether it holds one record by its nature.
    pub(crate) const fn is_single(self) -> bool {
        !matches!(self, Self::List | Self::Sequence | Self::Otlp | Self::Loki)
    }

    /// Takes the wrapper off, if this is it.
    pub(crate) fn peel(self, record: &[u8]) -> Option<Peeled<'_>> {
        match self {
            Self::Syslog => syslog::peel(record),
            Self::Cri => text::cri(record),
            Self::Stamp => text::stamp(record),
            Self::Container => text::container(record),
            Self::Quotes => text::quotes(record),
            Self::Cell => text::cell(record),
            Self::Journal => text::journal(record),
            Self::Message => json::message(record),
            Self::Document => json::document(record),
            Self::List => json::list(record),
            Self::Sequence => json::sequence(record),
            Self::Otlp => json::otlp(record),
            Self::Loki => json::loki(record),
            Self::Preface => preface::peel(record),
        }
    }
}

/// Takes a record out of its wrappers, and the time that they state.
pub(crate) type Take<'t> = dyn FnMut(&[u8], Option<&[u8]>) + 't;

/// Takes a chain of wrappers off, outermost first, and hands each record in it to `each`, with the innermost time
/// that a wrapper states. Returns whether every wrapper was there.
pub(crate) fn unwrap(chain: &[Wrap], record: &[u8], time: Option<&[u8]>, each: &mut Take<'_>) -> bool {
    let Some((first, rest)) = chain.split_first() else {
        each(record, time);
        return true;
    };
    let Some(peeled) = first.peel(record) else { return false };
    let mut whole = true;
    for inner in &peeled.records {
        let time = inner.time.as_deref().or(time);
        if !unwrap(rest, &inner.bytes, time, each) {
            whole = false;
            // It is a record all the same, and must be counted.
            if !first.is_single() {
                each(&inner.bytes, time);
            }
        }
    }
    whole || !first.is_single()
}

#[cfg(test)]
#[path = "wrap/tests.rs"]
mod tests;
