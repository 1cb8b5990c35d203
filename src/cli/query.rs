//! `breachline query`: SQL over requests, findings, evidence, routes and actors.

use super::exit::{Exit, note};
use super::hunt::{RuleArgs, columns};
use super::read::{ReadArgs, ReportArgs};
use crate::output::answer;
use breachline_queries::sql;
use clap::{Args, ValueEnum};
use std::io::{self, BufWriter, Write};

/// Rows of a table when no limit is given.
const TABLE_ROWS: usize = 100;

/// Shapes of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Text for people.
    Table,
    /// One row a line; a cell that a spreadsheet would run gets a leading '.
    Csv,
    /// One array of objects.
    Json,
    /// One object a line.
    Jsonl,
    /// A Parquet file.
    Parquet,
}

#[derive(Args)]
pub struct QueryArgs {
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    report: ReportArgs,
    #[command(flatten)]
    rules: RuleArgs,
    /// The query, over the tables requests, findings, evidence, routes and actors (`breachline schema` lists their columns);
    /// rules are judged only if it names findings or evidence.
    #[arg(long, value_name = "SQL")]
    sql: String,
    /// The shape of the answer.
    #[arg(long, value_enum, default_value_t = Format::Table, help_heading = "Output")]
    format: Format,
    /// At most so many rows [default: 100 for a table, all otherwise].
    #[arg(long, value_name = "N", help_heading = "Output")]
    limit: Option<usize>,
}

pub fn run(args: &QueryArgs) -> anyhow::Result<Exit> {
    let mut options = args.read.options()?;
    let rules = args.rules.load(&mut options.hunt)?;
    args.report.apply(&mut options)?;
    if args.format == Format::Parquet && args.limit.is_some() {
        anyhow::bail!("--limit does not go with --format parquet; write LIMIT in the SQL");
    }
    let reading = match args.read.open(&options)?.usable() {
        Ok(reading) => reading,
        Err(exit) => return Ok(exit),
    };
    let hunt = || reading.session.hunt(&rules, &options.hunt);
    let tables = sql::Tables::new(&reading.session.requests, &hunt);
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    if args.format == Format::Parquet {
        sql::query_to_parquet(&tables, &args.sql, &mut out)?;
        out.flush()?;
        return Ok(reading.finish(Exit::Done));
    }
    let limit = args.limit.or((args.format == Format::Table).then_some(TABLE_ROWS));
    let answer = sql::query_tables(&tables, &args.sql, limit)?;
    match args.format {
        Format::Table => answer::write_table(&mut out, &answer, options.display_tz, columns())?,
        Format::Csv => answer::write_csv(&mut out, &answer)?,
        Format::Json => answer::write_json(&mut out, &answer)?,
        Format::Jsonl => answer::write_jsonl(&mut out, &answer)?,
        Format::Parquet => {}
    }
    out.flush()?;
    if answer.cut {
        let rows = match answer.rows.len() {
            1 => "row is".to_owned(),
            rows => format!("{} rows are", crate::render::count(rows)),
        };
        note(&format!("only the first {rows} shown; --limit N shows more"));
    }
    Ok(reading.finish(Exit::Done))
}
