//! Why sources are taken for what they are taken for, as JSON: `breachline.detect/1`.

use super::json::{self, stable};
use breachline_parsers::detect::{Ambiguity, Candidate, Explained, Explanation, Reading, Refused, Unsampled};
use breachline_parsers::report::{Container, Vantage};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// The name and version of this shape.
pub const SCHEMA: &str = "breachline.detect/1";

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    tool: Tool,
    sources: Vec<Source<'a>>,
    problems: Vec<Problem<'a>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pruned: &'a [String],
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Problem<'a> {
    path: &'a str,
    message: &'a str,
}

#[derive(Serialize)]
struct Source<'a> {
    path: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    container: Option<&'a Container>,
    #[serde(skip_serializing_if = "Option::is_none")]
    compression: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encoding: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    #[serde(flatten)]
    sample: Option<Sample<'a>>,
}

#[derive(Serialize)]
struct Sample<'a> {
    format: Option<&'a str>,
    named: bool,
    why: &'a str,
    sampled: Sampled,
    read: Counts,
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<RefusedOut<'a>>,
    candidates: Vec<CandidateOut<'a>>,
    ambiguities: Vec<AmbiguityOut<'a>>,
}

/// What the sample was taken from.
#[derive(Serialize)]
struct Sampled {
    records: usize,
    last_line: u64,
    bytes: usize,
    whole: bool,
}

/// What a load would make of it.
#[derive(Serialize)]
struct Counts {
    rows: usize,
    rejects: usize,
    skips: usize,
}

#[derive(Serialize)]
struct CandidateOut<'a> {
    format: &'a str,
    title: &'a str,
    chosen: bool,
    vantage: Option<&'static str>,
    wrappers: &'a [&'static str],
    accepts: usize,
    skips: usize,
    of: usize,
    facts: serde_json::Value,
    because: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<RefusedOut<'a>>,
}

#[derive(Serialize)]
struct RefusedOut<'a> {
    line: u64,
    byte: Option<usize>,
    reason: &'a str,
    before: &'a str,
    after: &'a str,
}

#[derive(Serialize)]
struct AmbiguityOut<'a> {
    about: &'static str,
    sentence: &'a str,
    line: Option<u64>,
    readings: Vec<ReadingOut<'a>>,
    settled_by: &'a [String],
}

#[derive(Serialize)]
struct ReadingOut<'a> {
    by: &'a str,
    values: BTreeMap<&'static str, Option<&'a str>>,
}

/// Writes the document.
pub fn write(out: &mut impl Write, explained: &[Explained], left: &Unsampled) -> io::Result<()> {
    let document = Document {
        schema: SCHEMA,
        tool: Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
        sources: explained.iter().map(source).collect(),
        problems: left
            .problems
            .iter()
            .map(|problem| Problem { path: &problem.path, message: &problem.message })
            .collect(),
        pruned: &left.pruned.names,
    };
    json::write_document(out, &document, 4)
}

fn source(explained: &Explained) -> Source<'_> {
    Source {
        path: &explained.path,
        container: explained.container.as_ref(),
        compression: explained.compression,
        encoding: explained.encoding,
        error: explained.sample.as_ref().err().map(String::as_str),
        sample: explained.sample.as_ref().ok().map(sample),
    }
}

fn sample(found: &Explanation) -> Sample<'_> {
    let chosen = found.layers.iter().map(|candidate| candidate_out(candidate, true));
    let others = found.others.iter().map(|candidate| candidate_out(candidate, false));
    Sample {
        format: found.layers.first().map(|layer| layer.format.as_str()),
        named: found.named,
        why: &found.sentence,
        sampled: Sampled { records: found.records, last_line: found.last_line, bytes: found.bytes, whole: found.whole },
        read: Counts { rows: found.rows, rejects: found.rejects, skips: found.skips },
        refused: found.refused.as_ref().map(refused),
        candidates: chosen.chain(others).collect(),
        ambiguities: found.ambiguities.iter().map(ambiguity).collect(),
    }
}

fn candidate_out(candidate: &Candidate, chosen: bool) -> CandidateOut<'_> {
    CandidateOut {
        format: &candidate.format,
        title: &candidate.title,
        chosen,
        vantage: candidate.vantage.map(Vantage::name),
        wrappers: &candidate.wrappers,
        accepts: candidate.accepts,
        skips: candidate.skips,
        of: candidate.of,
        facts: stable(candidate.facts),
        because: &candidate.because,
        refused: candidate.refused.as_ref().map(refused),
    }
}

fn refused(refused: &Refused) -> RefusedOut<'_> {
    let Refused { line, byte, reason, before, after } = refused;
    RefusedOut { line: *line, byte: *byte, reason, before, after }
}

fn ambiguity(open: &Ambiguity) -> AmbiguityOut<'_> {
    AmbiguityOut {
        about: open.about,
        sentence: &open.sentence,
        line: open.line,
        readings: open.readings.iter().map(reading).collect(),
        settled_by: &open.settled_by,
    }
}

fn reading(reading: &Reading) -> ReadingOut<'_> {
    ReadingOut {
        by: &reading.by,
        values: reading.values.iter().map(|(column, value)| (*column, value.as_deref())).collect(),
    }
}
