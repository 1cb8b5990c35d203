//! `breachline survey`: what is here, from samples, before anything is read whole.

use super::exit::Exit;
use super::read::{ReadArgs, ReportArgs};
use super::rules;
use crate::output::survey_json;
use crate::output::survey_table::{self, Picture};
use breachline_queries::hunt::prospects;
use clap::{Args, ValueEnum};
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

/// Shapes of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Text for people.
    Table,
    /// One document (schema `breachline.survey/1`).
    Json,
}

#[derive(Args)]
pub struct SurveyArgs {
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    report: ReportArgs,
    /// Adds the rules (*.yml) of a directory; one with the id of a built-in rule takes its place.
    #[arg(long, value_name = "DIR", help_heading = "Rules")]
    rules: Vec<PathBuf>,
    /// The shape of the answer.
    #[arg(long, value_enum, default_value_t = Format::Table, help_heading = "Output")]
    format: Format,
}

pub fn run(args: &SurveyArgs) -> anyhow::Result<Exit> {
    let files = rules::with_directories(&args.rules)?;
    super::exit::complain_all(&files.broken);
    let mut options = args.read.options()?;
    args.report.apply(&mut options)?;
    args.report.remark_unused(&args.read, "a survey looks at samples of all that is there");
    let (session, survey, exit) = args.read.survey(&options)?;
    let prospects = prospects(&session.requests, &files.own, options.hunt.extract);
    let hours = survey.hours(&options.derive.vantages);
    let picture = Picture { survey: &survey, session: &session, hours: &hours, prospects: &prospects };
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    match args.format {
        Format::Json => survey_json::write(&mut out, picture)?,
        Format::Table => {
            let layout = args.read.layout();
            survey_table::write(&mut out, picture, options.load.threads(), layout)?;
        }
    }
    out.flush()?;
    Ok(exit)
}
