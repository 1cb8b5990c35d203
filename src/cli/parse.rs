//! `breachline parse`: every request as data, every reject with its reason.

use super::exit::{Exit, say};
use super::read::{ReadArgs, ReportArgs};
use crate::output::rows::{self, Rows, Shape};
use crate::output::source_json::Particulars;
use crate::session::{Session, SessionOptions, Totals};
use anyhow::Context;
use breachline_parsers::load::Sink;
use breachline_parsers::report::{Container, Reject, SourceReport};
use breachline_parsers::schema::{COLUMNS, Column};
use breachline_parsers::source::why;
use breachline_parsers::table::FactTable;
use breachline_queries::derive::ByRecord;
use clap::{Args, ValueEnum};
use serde::Serialize;
use std::fs::File;
use std::io::{self, BufWriter, StdoutLock, Write};
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
    #[command(flatten)]
    report: ReportArgs,
    /// The shape of the rows.
    #[arg(long, value_enum, default_value_t = Format::Jsonl, help_heading = "Output")]
    format: Format,
    /// Writes the records that could not be read into a file, one JSON object a line.
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    rejects: Option<PathBuf>,
    /// Adds the columns that take all requests together (route, object, auth, answer, exchange …), which are then all held
    /// in memory; without it rows are written while they are read, in the same little memory however many there are.
    #[arg(long, help_heading = "Output")]
    derived: bool,
    /// Prints the counts as one JSON object on the last line of standard error.
    #[arg(long, help_heading = "Output")]
    stats: bool,
}

pub fn run(args: &ParseArgs) -> anyhow::Result<Exit> {
    let mut options = args.read.options()?;
    args.report.apply(&mut options)?;
    options.load.keep_all_rejects = args.rejects.is_some();
    let mut flow = Flow::new(args, &options)?;
    // What is left out of the report is found with all of it at hand.
    let held = args.derived || options.case.is_some() || !options.report.is_everything();
    let reading = if held { args.read.open(&options)? } else { args.read.stream(&options, &mut flow)? };
    if held {
        let session = &reading.session;
        flow.put_rejects(&session.rejects, |source| session.path(source))?;
    }
    flow.finish_rejects()?;
    let reading = match reading.usable_or_stats(args.stats) {
        Ok(reading) => reading,
        Err(exit) => return Ok(exit),
    };
    if held {
        flow.out()?.write(&reading.session.requests)?;
    }
    flow.finish()?;
    if !args.derived {
        args.read.remark(&left_out());
    }
    let exit = reading.finish(Exit::Done);
    if args.stats {
        print_stats(&reading.session);
    }
    Ok(exit)
}

/// Columns of the rows: those that a record tells by itself, or all.
fn columns(derived: bool) -> Vec<&'static Column> {
    COLUMNS.iter().filter(|column| derived || column.by_record).collect()
}

/// Which columns are not written without `--derived`, and why.
fn left_out() -> String {
    let names: Vec<&str> = COLUMNS.iter().filter(|column| !column.by_record).map(|column| column.name).collect();
    format!("without {}, which take all requests together; --derived adds them", names.join(", "))
}

/// Where rows and rejects go.
struct Flow<'a> {
    args: &'a ParseArgs,
    derive: ByRecord,
    /// Begun with the first row, so that nothing is printed where there is nothing to work on.
    out: Option<Rows<Out>>,
    rejects: Option<(BufWriter<File>, &'a Path)>,
}

type Out = BufWriter<StdoutLock<'static>>;

impl<'a> Flow<'a> {
    fn new(args: &'a ParseArgs, options: &SessionOptions) -> anyhow::Result<Self> {
        let rejects = args.rejects.as_deref().map(|path| anyhow::Ok((create(path)?, path))).transpose()?;
        Ok(Self { args, derive: ByRecord::new(&options.derive)?, out: None, rejects })
    }

    fn out(&mut self) -> io::Result<&mut Rows<Out>> {
        let out = match self.out.take() {
            Some(out) => Ok(out),
            None => self.begin(),
        };
        Ok(self.out.insert(out?))
    }

    fn begin(&self) -> io::Result<Rows<Out>> {
        let shape = match self.args.format {
            Format::Jsonl => Shape::Jsonl,
            Format::Csv => Shape::Csv,
            Format::Parquet => Shape::Parquet,
        };
        let out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
        Rows::new(out, shape, columns(self.args.derived))
    }

    fn put_rejects<'p>(&mut self, rejects: &[Reject], path_of: impl Fn(u32) -> &'p str) -> io::Result<()> {
        let Some((file, path)) = &mut self.rejects else { return Ok(()) };
        rows::write_rejects(file, rejects, path_of).map_err(|error| unwritten(path, &error))
    }

    fn finish_rejects(&mut self) -> io::Result<()> {
        let Some((mut file, path)) = self.rejects.take() else { return Ok(()) };
        file.flush().map_err(|error| unwritten(path, &error))
    }

    fn finish(mut self) -> io::Result<()> {
        self.out()?;
        self.out.take().map_or(Ok(()), Rows::finish)
    }
}

impl Sink for Flow<'_> {
    fn rows(&mut self, source: &SourceReport, facts: &mut FactTable) -> io::Result<()> {
        // One source at a time is enough to name them.
        facts.relabel(0);
        let mut requests = self.derive.requests(std::mem::take(facts), vec![source.clone()]);
        let written = self.out().and_then(|out| out.write(&requests));
        std::mem::swap(facts, &mut requests.facts);
        written
    }

    fn rejects(&mut self, source: &SourceReport, rejects: &[Reject]) -> io::Result<()> {
        self.put_rejects(rejects, |_| source.path.as_str())
    }
}

fn unwritten(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: the rejects cannot be written: {}", path.display(), why(error)))
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
