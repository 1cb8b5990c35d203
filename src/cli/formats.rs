//! `breachline formats`: lists, shows, recognises and tests log formats.

use super::exit::{Exit, complain};
use super::read::ReadArgs;
use super::value;
use crate::output::table;
use crate::render;
use crate::session::Session;
use anyhow::{Context, anyhow};
use breachline_parsers::detect::detect;
use breachline_parsers::format::{self, Format};
use breachline_parsers::report::{Completeness, SourceReport};
use clap::{Args, Subcommand};
use std::io::{self, Write};
use std::path::PathBuf;

/// Lines of a source that the recogniser looks at again, to say why.
const SAMPLE: usize = 100;

#[derive(Args)]
pub struct FormatsArgs {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Subcommand)]
enum What {
    /// Lists all formats (the default).
    List,
    /// Shows the fields of a format and where they go.
    Show {
        /// The format.
        id: String,
    },
    /// Says which format logs are in, and why.
    Detect(Box<ReadArgs>),
    /// Runs the samples inside formats: of all formats, or of these files.
    Test {
        /// Format files (*.toml).
        #[arg(value_name = "PATH")]
        paths: Vec<PathBuf>,
    },
}

pub fn run(args: FormatsArgs) -> anyhow::Result<Exit> {
    match args.what.unwrap_or(What::List) {
        What::List => list(),
        What::Show { id } => show(&id),
        What::Detect(read) => detect_all(&read),
        What::Test { paths } => test(&paths),
    }
}

fn list() -> anyhow::Result<Exit> {
    let rows: Vec<Vec<String>> = format::builtin()
        .iter()
        .map(|format| {
            let vantage = format.vantage.map_or("-", |vantage| vantage.name());
            let identity = if format.records_identity { "yes" } else { "no" };
            [&format.id, vantage, identity, &format.title].map(str::to_owned).to_vec()
        })
        .collect();
    let mut out = io::stdout().lock();
    table::write_table(&mut out, &["ID", "VANTAGE", "IDENTITY", "TITLE"], &rows, &[], super::hunt::columns_or_all())?;
    out.flush()?;
    Ok(Exit::Done)
}

/// The format of that name.
pub fn named(id: &str) -> anyhow::Result<&'static Format> {
    format::find(id).ok_or_else(|| {
        let near = value::nearest(id, format::builtin().iter().map(|format| format.id.as_str()));
        let hint = near.map_or_else(
            || "`breachline formats list` names them all".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        anyhow!("unknown format `{id}`; {hint}")
    })
}

fn show(id: &str) -> anyhow::Result<Exit> {
    let format = named(id)?;
    let mut out = io::stdout().lock();
    writeln!(out, "{}", format.describe().trim_end())?;
    out.flush()?;
    Ok(Exit::Done)
}

fn detect_all(read: &ReadArgs) -> anyhow::Result<Exit> {
    let mut options = read.options()?;
    options.load.keep_raw = true;
    let reading = read.open(&options)?;
    let session = &reading.session;
    let rows: Vec<Vec<String>> = session
        .sources()
        .iter()
        .map(|source| {
            vec![
                source.path.clone(),
                source.format.clone().unwrap_or_else(|| "unknown".to_owned()),
                source.vantage.map_or("-", |vantage| vantage.name()).to_owned(),
                source.zone.clone(),
                render::share(source.rows, source.records),
                why(session, source),
            ]
        })
        .collect();
    let mut out = io::stdout().lock();
    let header = ["SOURCE", "FORMAT", "VANTAGE", "ZONE", "READ", "WHY"];
    let right = [false, false, false, false, true];
    // The reasons are what was asked for: they are not cut.
    table::write_table(&mut out, &header, &rows, &right, 0)?;
    out.flush()?;
    Ok(reading.finish(Exit::Done))
}

/// Why a source was taken for what it was taken for.
fn why(session: &Session, source: &SourceReport) -> String {
    if let Completeness::Unknown(why) | Completeness::Unreadable(why) = &source.completeness {
        return why.clone();
    }
    let facts = &session.requests.facts;
    let lines: Vec<Vec<u8>> = (0..facts.rows())
        .filter(|&row| facts.source(row) == source.id)
        .take(SAMPLE)
        .filter_map(|row| session.raw.read(source.id, facts.place(row)).ok())
        .collect();
    let sample: Vec<&[u8]> = lines.iter().map(Vec::as_slice).collect();
    detect(&sample).sentence
}

fn test(paths: &[PathBuf]) -> anyhow::Result<Exit> {
    let mut own: Vec<Format> = Vec::new();
    let mut failed = 0;
    for path in paths {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).with_context(|| format!("{name}: the format cannot be read"))?;
        match format::parse_format(&text, &name) {
            Ok(format) => own.push(format),
            Err(error) => {
                failed += 1;
                complain(&error.to_string());
            }
        }
    }
    let formats = if paths.is_empty() { format::builtin() } else { own.as_slice() };
    let mut out = io::stdout().lock();
    for format in formats {
        let failures = format.test();
        failed += usize::from(!failures.is_empty());
        writeln!(out, "{}  {}", if failures.is_empty() { "ok  " } else { "FAIL" }, render::visible(&format.id))?;
        for failure in failures {
            for line in failure.lines() {
                writeln!(out, "      {}", render::visible(line))?;
            }
        }
    }
    writeln!(out, "{} formats, {failed} failed", formats.len())?;
    out.flush()?;
    Ok(if failed == 0 { Exit::Done } else { Exit::CannotWork })
}
