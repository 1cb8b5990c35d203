//! `breachline hunt`: judges the rules and prints coverage, incidents and findings.

use super::exit::{Exit, complain, note};
use super::read::{ReadArgs, ReportArgs};
use super::rules;
use crate::export::findings;
use crate::output::hunt_json::{EvidenceShape, HuntReport};
use crate::output::hunt_table;
use breachline_queries::finding::{Hunt, Level, RuleState};
use breachline_queries::hunt::HuntOptions;
use breachline_queries::rule::Rule;
use clap::{Args, ValueEnum};
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::PathBuf;
use std::sync::Arc;

/// Shapes of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Text for people.
    Table,
    /// One document (schema `breachline.hunt/1`).
    Json,
    /// One finding a line.
    Jsonl,
    /// One finding a row.
    Csv,
}

/// Which rules are judged, and which findings count.
#[derive(Args)]
pub struct RuleArgs {
    /// Judges this rule only; repeat for several.
    #[arg(long, value_name = "ID", help_heading = "Rules")]
    pub rule: Vec<String>,
    /// Adds rules (*.yml) of a directory, ours or Sigma's; one with a built-in rule's id takes its place.
    #[arg(long, value_name = "DIR", help_heading = "Rules")]
    pub rules: Vec<PathBuf>,
    /// Stops when a rule file is broken, instead of going on without it.
    #[arg(long, help_heading = "Rules")]
    pub strict: bool,
    /// Leaves findings below this level out.
    #[arg(long, value_name = "LEVEL", default_value = "informational", help_heading = "Rules")]
    pub min_level: Level,
}

#[derive(Args)]
pub struct HuntArgs {
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    report: ReportArgs,
    #[command(flatten)]
    rules: RuleArgs,
    /// The shape of the answer.
    #[arg(long, value_enum, default_value_t = Format::Table, help_heading = "Output")]
    format: Format,
    /// Whether every line of the evidence is named, or only counted (json and jsonl).
    #[arg(long, value_enum, default_value_t = EvidenceShape::Full, help_heading = "Output")]
    evidence: EvidenceShape,
    /// Exits with 1 when there is a finding at or above this level.
    #[arg(long, value_name = "LEVEL", help_heading = "Output")]
    fail_on: Option<Level>,
    /// Exits with 4 when some rule could not be judged.
    #[arg(long, help_heading = "Output")]
    require_coverage: bool,
}

impl RuleArgs {
    /// The rules to judge: ours; Sigma's go into the options of the hunt, with what else these arguments say.
    pub fn load(&self, options: &mut HuntOptions) -> anyhow::Result<Vec<Rule>> {
        let files = rules::with_directories(&self.rules)?;
        let broken = &files.broken;
        for error in broken {
            complain(error);
        }
        if self.strict && !broken.is_empty() {
            anyhow::bail!("broken rule files ({}) and --strict: nothing was read", broken.len());
        }
        if !broken.is_empty() {
            note(&format!("the hunt goes on without {} broken rule file(s); --strict would stop here", broken.len()));
        }
        options.broken = broken.iter().filter_map(|error| error.lines().next()).map(str::to_owned).collect();
        let files = rules::select(files, &self.rule)?;
        options.sigma = Arc::new(files.sigma);
        options.min_level = self.min_level;
        Ok(files.own)
    }
}

pub fn run(args: &HuntArgs) -> anyhow::Result<Exit> {
    let mut options = args.read.options()?;
    let rules = args.rules.load(&mut options.hunt)?;
    args.report.apply(&mut options)?;
    let reading = match args.read.open(&options)?.usable() {
        Ok(reading) => reading,
        Err(exit) => return Ok(exit),
    };
    let hunt = reading.session.hunt(&rules, &options.hunt);
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let report = HuntReport { hunt: &hunt, requests: &reading.session.requests, evidence: args.evidence };
    match args.format {
        Format::Json => report.write_json(&mut out)?,
        Format::Jsonl => report.write_jsonl(&mut out)?,
        Format::Csv => findings::write(&mut out, &hunt.findings.iter().collect::<Vec<_>>())?,
        Format::Table => {
            let layout = args.read.layout();
            hunt_table::write(&mut out, &hunt, &reading.session.requests, layout)?;
        }
    }
    out.flush()?;
    Ok(reading.finish(verdict(args, &hunt)))
}

/// Columns of the terminal; 120 where there is none, so that files look the same everywhere.
pub fn columns() -> usize {
    if io::stdout().is_terminal() {
        crossterm::terminal::size().map_or(80, |(columns, _)| usize::from(columns).max(40))
    } else {
        120
    }
}

/// Columns of the terminal; 0 where there is none: lists of names and docs are not cut in files.
pub fn columns_or_all() -> usize {
    if io::stdout().is_terminal() { columns() } else { 0 }
}

fn verdict(args: &HuntArgs, hunt: &Hunt) -> Exit {
    if args.require_coverage && hunt.rules.iter().any(|rule| rule.state == RuleState::NotEvaluable) {
        return Exit::NotJudged;
    }
    match args.fail_on {
        Some(level) if hunt.findings.iter().any(|finding| finding.level >= level) => Exit::Findings,
        _ => Exit::Done,
    }
}
