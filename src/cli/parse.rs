//! `breachline parse`: every request as data, every reject with its reason.

use super::exit::{Exit, say};
use super::read::ReadArgs;
use crate::output::rows;
use crate::output::source_json::Particulars;
use crate::session::{Session, Totals};
use anyhow::Context;
use breachline_parsers::report::Container;
use breachline_queries::sql;
use clap::{Args, ValueEnum};
use serde::Serialize;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Shapes of the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One object a line, absent values left out.
    Jsonl,
    /// One row a line; a cell that a spreadsheet would run gets a leading ' and is named in `neutralised`.
    Csv,
    /// A Parquet file.
    Parquet,
}

#[derive(Args)]
pub struct ParseArgs {
    #[command(flatten)]
    read: ReadArgs,
    /// The shape of the rows.
    #[arg(long, value_enum, default_value_t = Format::Jsonl, help_heading = "Output")]
    format: Format,
    /// Writes the records that could not be read into a file, one JSON object a line.
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    rejects: Option<PathBuf>,
    /// Prints the counts as one JSON object on the last line of standard error.
    #[arg(long, help_heading = "Output")]
    stats: bool,
}

pub fn run(args: &ParseArgs) -> anyhow::Result<Exit> {
    let mut options = args.read.options()?;
    options.load.keep_all_rejects = args.rejects.is_some();
    let rejects = args.rejects.as_deref().map(create).transpose()?;
    let reading = args.read.open(&options)?;
    let session = &reading.session;
    if let (Some(mut file), Some(path)) = (rejects, &args.rejects) {
        rows::write_rejects(&mut file, &session.rejects, |source| session.path(source).to_owned())
            .and_then(|()| file.flush())
            .with_context(|| format!("{}: the rejects cannot be written", path.display()))?;
    }
    let reading = match reading.usable_or_stats(args.stats) {
        Ok(reading) => reading,
        Err(exit) => return Ok(exit),
    };
    let requests = &reading.session.requests;
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    match args.format {
        Format::Jsonl => rows::write_jsonl(&mut out, requests)?,
        Format::Csv => rows::write_csv(&mut out, requests)?,
        Format::Parquet => {
            sql::parquet(requests, &mut out)?;
        }
    }
    out.flush()?;
    let exit = reading.finish(Exit::Done);
    if args.stats {
        print_stats(&reading.session);
    }
    Ok(exit)
}

fn create(path: &Path) -> anyhow::Result<BufWriter<File>> {
    let file = File::create(path).with_context(|| format!("{}: the file cannot be made", path.display()))?;
    Ok(BufWriter::new(file))
}

impl super::read::Reading {
    /// As [`super::read::Reading::usable`], with the counts printed in either case.
    fn usable_or_stats(self, stats: bool) -> Result<Self, Exit> {
        if !self.is_usable() {
            let exit = self.finish(Exit::CannotWork);
            if stats {
                print_stats(&self.session);
            }
            return Err(exit);
        }
        Ok(self)
    }
}

#[derive(Serialize)]
struct Stats<'a> {
    #[serde(flatten)]
    totals: Totals,
    sources: Vec<SourceStats<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pruned: Option<PrunedStats>,
}

/// Files left out for the time in their names.
#[derive(Serialize)]
struct PrunedStats {
    files: usize,
    bytes: u64,
}

#[derive(Serialize)]
struct SourceStats<'a> {
    path: &'a str,
    format: Option<&'a str>,
    records: u64,
    rows: u64,
    rejects: u64,
    skips: u64,
    lines: u64,
    bytes: u64,
    bytes_decompressed: u64,
    sha256: &'a str,
    zone: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    container: Option<&'a Container>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sampling: Option<f64>,
    #[serde(flatten)]
    particulars: Particulars<'a>,
}

/// Prints the counts, on one line.
fn print_stats(session: &Session) {
    let sources = session
        .sources()
        .iter()
        .map(|source| SourceStats {
            path: &source.path,
            format: source.format.as_deref(),
            records: source.records,
            rows: source.rows,
            rejects: source.rejects,
            skips: source.skips,
            lines: source.lines,
            bytes: source.bytes,
            bytes_decompressed: source.bytes_decompressed,
            sha256: &source.sha256,
            zone: &source.zone,
            container: source.container.as_ref(),
            sampling: source.sampling,
            particulars: Particulars::of(source),
        })
        .collect();
    let pruned = PrunedStats { files: session.pruned.names.len(), bytes: session.pruned.bytes };
    let pruned = Some(pruned).filter(|pruned| pruned.files > 0);
    let mut line = Vec::new();
    // Writing into memory cannot fail.
    let _ = crate::output::json::write_line(&mut line, &Stats { totals: session.totals(), sources, pruned });
    say("", &String::from_utf8_lossy(&line));
}
