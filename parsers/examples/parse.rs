//! Reads logs and prints the facts as JSON lines: the work on formats needs no polars to look at its results.
//!
//! `cargo run -p breachline-parsers --example parse -- [parse] PATH... [--rejects FILE] [--log-format D
//! [--log-format-kind K]] [--input-format ID] [--stats]`. Derivations (`client_ip`, `route`) are not there; `path` and `query`
//! are `target` cut at its question mark.

#![allow(clippy::print_stdout, clippy::print_stderr)]

use breachline_parsers::load::{DirectiveKind, Load, LoadOptions, load};
use breachline_parsers::schema::{Number, Text};
use serde_json::{Map, Value, json};
use std::fs::File;
use std::io::{self, BufWriter, Write};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1).peekable();
    if arguments.peek().is_some_and(|first| first == "parse") {
        arguments.next();
    }
    let (mut options, mut paths, mut rejects, mut stats) = (LoadOptions::default(), Vec::new(), None, false);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--rejects" => rejects = arguments.next(),
            "--log-format" => options.log_format = arguments.next(),
            "--log-format-kind" => {
                options.log_format_kind = match arguments.next().as_deref() {
                    Some("nginx") => Some(DirectiveKind::Nginx),
                    Some("apache") => Some(DirectiveKind::Apache),
                    Some("haproxy") => Some(DirectiveKind::Haproxy),
                    Some("envoy") => Some(DirectiveKind::Envoy),
                    _ => return Err("--log-format-kind is nginx, apache, haproxy or envoy".into()),
                };
            }
            "--captures" => {
                options.captures = arguments.next().unwrap_or_default().split(',').map(str::to_owned).collect();
            }
            "--input-format" => options.input_format = arguments.next(),
            "--format" => drop(arguments.next()),
            "--stats" => stats = true,
            _ => paths.push(argument),
        }
    }
    options.keep_all_rejects = rejects.is_some();
    let loaded = load(&paths, &options, &mut |_| {})?;
    if let Some(path) = rejects {
        let mut out = BufWriter::new(File::create(path)?);
        for reject in &loaded.rejects {
            let source = &loaded.sources[reject.source as usize].path;
            let line = json!({"source": source, "line_no": reject.line_no, "reason": reject.reason, "raw": reject.raw});
            writeln!(out, "{line}")?;
        }
        out.flush()?;
    }
    let mut out = BufWriter::new(io::stdout().lock());
    for row in 0..loaded.facts.rows() {
        writeln!(out, "{}", Value::Object(object(&loaded, row)))?;
    }
    out.flush()?;
    for source in &loaded.sources {
        eprintln!("{}: {:?}, {:?}", source.path, source.format, source.completeness);
    }
    if stats {
        let sum = |of: fn(&breachline_parsers::report::SourceReport) -> u64| loaded.sources.iter().map(of).sum::<u64>();
        let line = json!({
            "records": sum(|s| s.records), "rows": sum(|s| s.rows), "rejects": sum(|s| s.rejects),
            "skips": sum(|s| s.skips), "lines": sum(|s| s.lines),
        });
        eprintln!("{line}");
    }
    // The exit code of `breachline parse` where nothing was recognised.
    if loaded.facts.rows() == 0 {
        return Err("no row".into());
    }
    Ok(())
}

fn object(loaded: &Load, row: usize) -> Map<String, Value> {
    let facts = &loaded.facts;
    let mut object = Map::new();
    if let Some(ts) = facts.ts(row).and_then(chrono::DateTime::from_timestamp_micros) {
        object.insert("ts".into(), ts.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string().into());
    }
    if let Some(status) = facts.status(row) {
        object.insert("status".into(), status.into());
    }
    for text in Text::ALL {
        if let Some(value) = facts.text(text).get(row) {
            object.insert(text.name().into(), value.into());
        }
    }
    for number in Number::ALL {
        if let Some(value) = facts.number(number).get(row) {
            object.insert(number.name().into(), value.into());
        }
    }
    if let Some(target) = object.get("target").and_then(Value::as_str).map(str::to_owned) {
        let (path, query) = target.split_once('?').map_or((target.as_str(), None), |(path, query)| (path, Some(query)));
        object.insert("path".into(), path.into());
        if let Some(query) = query {
            object.insert("query".into(), query.into());
        }
    }
    object.insert("source".into(), loaded.sources[facts.source(row) as usize].path.clone().into());
    object.insert("line_no".into(), facts.place(row).line_no.into());
    object
}
