//! `breachline route`: what one endpoint answered, to whom, since when without a credential.

use super::exit::Exit;
use super::read::{ReadArgs, ReportArgs};
use crate::output::route_json::RouteReport;
use crate::output::route_table;
use breachline_queries::endpoint::endpoint;
use clap::{Args, ValueEnum};
use std::io::{self, BufWriter, Write};

/// Shapes of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Text for people.
    Table,
    /// One document (schema `breachline.route/1`).
    Json,
    /// One state (what was shown, what was answered) a line.
    Jsonl,
    /// One state a row.
    Csv,
}

#[derive(Args)]
pub struct RouteArgs {
    /// The endpoint: a template as `breachline` learnt it (`/v1/orders/{id}`; `:id`, `<id>` and `*` do as well), or one
    /// path; a method may stand in front ("POST /v1/orders").
    #[arg(value_name = "TEMPLATE")]
    template: String,
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    report: ReportArgs,
    /// The shape of the answer.
    #[arg(long, value_enum, default_value_t = Format::Table, help_heading = "Output")]
    format: Format,
}

pub fn run(args: &RouteArgs) -> anyhow::Result<Exit> {
    let mut options = args.read.options()?;
    args.report.apply(&mut options)?;
    if !args.template.contains('/') {
        anyhow::bail!(
            "`{}` is no endpoint; the first argument is a template or path, such as /v1/orders/{{id}}",
            args.template
        );
    }
    let reading = match args.read.open(&options)?.usable() {
        Ok(reading) => reading,
        Err(exit) => return Ok(exit),
    };
    let requests = &reading.session.requests;
    let found = endpoint(requests, &args.template);
    let layout = args.read.layout();
    let report = RouteReport { found: &found, requests, extract: options.hunt.extract };
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    match args.format {
        Format::Json => report.write_json(&mut out)?,
        Format::Jsonl => report.write_jsonl(&mut out)?,
        Format::Csv => report.write_csv(&mut out)?,
        Format::Table => route_table::write(&mut out, &report, layout)?,
    }
    out.flush()?;
    Ok(reading.finish(Exit::Done))
}
