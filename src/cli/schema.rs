//! `breachline schema`: the columns of `requests`, from the one definition.

use super::exit::Exit;
use super::hunt::columns_or_all;
use crate::output::{json, table};
use breachline_parsers::schema::COLUMNS;
use breachline_queries::sql;
use clap::{Args, ValueEnum};
use serde::Serialize;
use std::io::{self, Write};

/// Shapes of the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Text for people.
    Table,
    /// One document.
    Json,
}

#[derive(Args)]
pub struct SchemaArgs {
    /// The shape.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Serialize)]
struct Document {
    schema: &'static str,
    table: &'static str,
    columns: Vec<ColumnOut>,
    functions: Vec<Function>,
}

#[derive(Serialize)]
struct Function {
    name: &'static str,
    usage: &'static str,
    doc: &'static str,
}

#[derive(Serialize)]
struct ColumnOut {
    name: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    origin: &'static str,
    doc: &'static str,
    ecs: Option<&'static str>,
    ocsf: Option<&'static str>,
    pivot: bool,
    by_record: bool,
}

pub fn run(args: &SchemaArgs) -> anyhow::Result<Exit> {
    let mut out = io::stdout().lock();
    match args.format {
        Format::Json => {
            let columns = COLUMNS
                .iter()
                .map(|column| ColumnOut {
                    name: column.name,
                    kind: column.kind.name(),
                    origin: column.origin.name(),
                    doc: column.doc,
                    ecs: column.ecs,
                    ocsf: column.ocsf,
                    pivot: column.pivot,
                    by_record: column.by_record,
                })
                .collect();
            let functions = sql::functions().iter().map(|&(name, usage, doc)| Function { name, usage, doc }).collect();
            json::write_document(
                &mut out,
                &Document { schema: "breachline.schema/1", table: "requests", columns, functions },
                2,
            )?;
        }
        Format::Table => {
            let rows: Vec<Vec<String>> = COLUMNS
                .iter()
                .map(|column| {
                    [column.name, column.kind.name(), column.origin.name(), column.doc].map(str::to_owned).to_vec()
                })
                .collect();
            table::write_table(&mut out, &["COLUMN", "TYPE", "ORIGIN", "WHAT IT IS"], &rows, &[], columns_or_all())?;
            writeln!(out)?;
            let rows: Vec<Vec<String>> =
                sql::functions().iter().map(|&(_, usage, doc)| vec![usage.to_owned(), doc.to_owned()]).collect();
            table::write_table(&mut out, &["SQL FUNCTION", "WHAT IT GIVES"], &rows, &[], columns_or_all())?;
        }
    }
    out.flush()?;
    Ok(Exit::Done)
}
