//! `breachline match`: who touched the values of a list, when, with what outcome.

use super::exit::{Exit, note};
use super::read::{ReadArgs, ReportArgs};
use super::value;
use crate::output::match_json::{MatchReport, RowsOf};
use crate::output::match_table;
use breachline_parsers::source::why;
use breachline_queries::indicators::{self, Kind, List, Options};
use clap::{Args, ValueEnum};
use std::io::{self, BufWriter, Read, Write};

/// Shapes of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Text for people.
    Table,
    /// One document (schema `breachline.match/1`).
    Json,
    /// One value, entity or request a line (`--rows`).
    Jsonl,
    /// The same as CSV.
    Csv,
}

#[derive(Args)]
pub struct MatchArgs {
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    report: ReportArgs,
    /// The values to look for, one a line (# begins a comment), or `-` for standard input; the only way for secrets.
    #[arg(long, value_name = "FILE", help_heading = "List")]
    list: String,
    /// What all of them are [default: told by look and by the logs, for each]: ip (also networks), object, principal,
    /// client-app, credential, session, user-agent (any part of it), host, path, route, tls-fingerprint, request-id, trace-id.
    #[arg(long, value_name = "KIND", value_parser = value::kind, help_heading = "List")]
    kind: Option<Kind>,
    /// The shape of the answer.
    #[arg(long, value_enum, default_value_t = Format::Table, help_heading = "Output")]
    format: Format,
    /// What a line of jsonl and csv is.
    #[arg(long, value_enum, default_value_t = RowsOf::Values, help_heading = "Output")]
    rows: RowsOf,
    /// At most so many entities and values in a table.
    #[arg(long, value_name = "N", default_value_t = 20, help_heading = "Output")]
    limit: usize,
}

pub fn run(args: &MatchArgs) -> anyhow::Result<Exit> {
    let mut options = args.read.options()?;
    args.report.apply(&mut options)?;
    let list = read_list(args)?;
    let reading = match args.read.open(&options)?.usable() {
        Ok(reading) => reading,
        Err(exit) => return Ok(exit),
    };
    let requests = &reading.session.requests;
    let looked = Options { kind: args.kind, key: options.load.key, extract: options.hunt.extract };
    let found = indicators::sightings(requests, &list, &looked);
    let report = MatchReport { found: &found, requests, list: &args.list, options: &looked };
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    match args.format {
        Format::Json => report.write_json(&mut out)?,
        Format::Jsonl => report.write_jsonl(&mut out, args.rows)?,
        Format::Csv => report.write_csv(&mut out, args.rows)?,
        Format::Table => {
            let layout = args.read.layout();
            match_table::write(&mut out, &report, layout, args.limit)?;
        }
    }
    out.flush()?;
    if found.seen.iter().any(|seen| seen.kind.is_secret()) && !args.read.quiet {
        let key = if args.read.case.is_some() {
            "the key of these stays with the case"
        } else {
            "the key of these is public, so whoever has a guess can check it"
        };
        note(&format!("secrets are shown by their fingerprints, as in every other answer; {key}"));
    }
    Ok(reading.finish(Exit::Done))
}

fn read_list(args: &MatchArgs) -> anyhow::Result<List> {
    let from_input = args.list == "-";
    if from_input && args.read.paths.iter().any(|path| path == "-") {
        anyhow::bail!("--list - and the path - both want standard input; give one of them as a file");
    }
    let mut bytes = Vec::new();
    let read = if from_input {
        io::stdin().lock().read_to_end(&mut bytes).map(|_| ())
    } else {
        std::fs::read(&args.list).map(|read| bytes = read)
    };
    // The value may be a secret typed in place of a file: it is not repeated.
    read.map_err(|error| {
        anyhow::anyhow!(
            "--list: what was given (not repeated here, for it may be a secret) cannot be read as a file: {}; give a file \
             with one value a line, or - for standard input",
            why(&error)
        )
    })?;
    let name = if from_input { "standard input" } else { args.list.as_str() };
    List::parse(&bytes).map_err(|error| anyhow::anyhow!("{name}: {error}"))
}
