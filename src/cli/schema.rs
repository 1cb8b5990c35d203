//! `breachline schema`: the tables that SQL reads, their columns and the functions, from the one definition.

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
    /// All tables; `requests` among them once more, with what SQL knows of it.
    tables: Vec<TableOut>,
    functions: Vec<Function>,
}

#[derive(Serialize)]
struct TableOut {
    name: &'static str,
    doc: &'static str,
    columns: Vec<TableColumnOut>,
}

#[derive(Serialize)]
struct TableColumnOut {
    name: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    doc: &'static str,
}

fn table_out(table: &sql::Table) -> TableOut {
    let column =
        |column: sql::TableColumn| TableColumnOut { name: column.name, kind: column.kind.name(), doc: column.doc };
    TableOut { name: table.name, doc: table.doc, columns: table.columns().map(column).collect() }
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
                &Document {
                    schema: "breachline.schema/1",
                    table: "requests",
                    columns,
                    tables: sql::tables().iter().map(table_out).collect(),
                    functions,
                },
                2,
            )?;
        }
        Format::Table => write_tables(&mut out)?,
    }
    out.flush()?;
    Ok(Exit::Done)
}

/// Columns of `requests` with where they come from; of the other tables those that are their own.
fn write_tables(out: &mut impl Write) -> io::Result<()> {
    let rows: Vec<Vec<String>> = COLUMNS
        .iter()
        .map(|column| [column.name, column.kind.name(), column.origin.name(), column.doc].map(str::to_owned).to_vec())
        .collect();
    table::write_table(out, &["COLUMN", "TYPE", "ORIGIN", "WHAT IT IS"], &rows, &[], columns_or_all())?;
    for of in sql::tables().iter().filter(|of| of.name != "requests") {
        writeln!(out, "\nTABLE {}: {}", of.name, of.doc)?;
        let own = of.columns().filter(|column| !of.shares(column.name));
        let rows: Vec<Vec<String>> =
            own.map(|column| [column.name, column.kind.name(), column.doc].map(str::to_owned).to_vec()).collect();
        table::write_table(out, &["COLUMN", "TYPE", "WHAT IT IS"], &rows, &[], columns_or_all())?;
    }
    writeln!(out)?;
    let rows: Vec<Vec<String>> =
        sql::functions().iter().map(|&(_, usage, doc)| vec![usage.to_owned(), doc.to_owned()]).collect();
    table::write_table(out, &["SQL FUNCTION", "WHAT IT GIVES"], &rows, &[], columns_or_all())
}
