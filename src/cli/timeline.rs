//! `breachline timeline`: what happened, step by step.

use super::exit::Exit;
use super::hunt::RuleArgs;
use super::read::{ReadArgs, ReportArgs};
use super::value;
use crate::output::timeline_json::TimelineReport;
use crate::output::timeline_table;
use crate::render;
use breachline_queries::timeline::{MOST_STEPS, course};
use clap::{Args, ValueEnum};
use std::io::{self, BufWriter, Write};

/// Steps at most where no width is given.
const STEPS: usize = 60;

/// Shapes of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Text for people.
    Table,
    /// One document (schema `breachline.timeline/1`).
    Json,
    /// One step a line.
    Jsonl,
    /// One step a row.
    Csv,
}

#[derive(Args)]
pub struct TimelineArgs {
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    report: ReportArgs,
    #[command(flatten)]
    rules: RuleArgs,
    /// How long a step is: 30s, 1m, 15m, 1h, 1d [default: such that there are at most 60].
    #[arg(long, value_name = "SPAN", value_parser = value::span, help_heading = "Output")]
    bucket: Option<i64>,
    /// Judges the rules, and names for each step the findings with evidence in it.
    #[arg(long, help_heading = "Rules")]
    findings: bool,
    /// The shape of the answer.
    #[arg(long, value_enum, default_value_t = Format::Table, help_heading = "Output")]
    format: Format,
}

pub fn run(args: &TimelineArgs) -> anyhow::Result<Exit> {
    let mut options = args.read.options()?;
    let rules = if args.findings { args.rules.load(&mut options.hunt)? } else { Vec::new() };
    args.report.apply(&mut options)?;
    let reading = match args.read.open(&options)?.usable() {
        Ok(reading) => reading,
        Err(exit) => return Ok(exit),
    };
    let requests = &reading.session.requests;
    let found = course(requests, args.bucket, STEPS).map_err(|steps| {
        let (steps, most) = (render::count(steps), render::count(MOST_STEPS));
        anyhow::anyhow!("--bucket is too short: that would be {steps} steps ({most} at most); make it longer, or narrow --since and --until")
    })?;
    let hunt = args.findings.then(|| reading.session.hunt(&rules, &options.hunt));
    let report = TimelineReport::new(&found, requests, hunt.as_ref());
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    match args.format {
        Format::Json => report.write_json(&mut out)?,
        Format::Jsonl => report.write_jsonl(&mut out)?,
        Format::Csv => report.write_csv(&mut out)?,
        Format::Table => {
            let layout = args.read.layout();
            timeline_table::write(&mut out, &report, layout)?;
        }
    }
    out.flush()?;
    Ok(reading.finish(Exit::Done))
}
