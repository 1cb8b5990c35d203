//! `breachline formats`: lists, shows, recognises and tests log formats.

use super::exit::{Exit, complain, complain_all, note};
use super::read::{ReadArgs, ReportArgs};
use super::value;
use crate::case::Case;
use crate::output::{detect_json, detect_table, table};
use crate::render;
use crate::session::about;
use anyhow::{Context, anyhow, bail};
use breachline_parsers::detect::{Explained, Unsampled, explain};
use breachline_parsers::format::{self, Format};
use clap::{Args, Subcommand, ValueEnum};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Shapes of an explanation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Shape {
    /// Text for people, a block a source.
    Table,
    /// One document (schema `breachline.detect/1`).
    Json,
}

#[derive(Args)]
struct DetectArgs {
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    report: ReportArgs,
    /// The shape of the answer.
    #[arg(long, value_enum, default_value_t = Shape::Table, help_heading = "Output")]
    format: Shape,
}

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
    /// Says which format logs are in and why, what else they could be, and what settles it; reads samples only.
    Detect(Box<DetectArgs>),
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
        What::Detect(args) => detect(&args),
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

/// Explains every source by its beginning.
fn detect(args: &DetectArgs) -> anyhow::Result<Exit> {
    let mut options = args.read.options()?;
    args.report.apply(&mut options)?;
    args.report.remark_unused(&args.read, "a format is told from the beginning of each source");
    let options = options.load;
    let mut explained = Vec::new();
    let paths = paths(&args.read)?;
    let left = explain(&paths, &options, &mut |one| explained.push(one))?;
    let problems = left.problems.iter().map(|problem| about(&problem.path, &problem.message));
    let unread = explained.iter().filter_map(|one| Some(about(&one.path, one.sample.as_ref().err()?)));
    complain_all(&problems.chain(unread).collect::<Vec<_>>());
    if let Some(pruned) = left.pruned.sentence().filter(|_| !args.read.quiet) {
        note(&pruned);
    }
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    match args.format {
        Shape::Json => detect_json::write(&mut out, &explained, &left)?,
        Shape::Table => {
            let layout = args.read.layout();
            for one in &explained {
                detect_table::write(&mut out, one, paths.contains(&one.path), layout)?;
            }
        }
    }
    out.flush()?;
    Ok(ending(&paths, &explained, &left))
}

/// The paths given, or the files that the sources of a case came from: a case holds facts, and a format is recognised
/// by the text.
fn paths(read: &ReadArgs) -> anyhow::Result<Vec<String>> {
    let Some(directory) = &read.case else { return Ok(read.paths.clone()) };
    let ingests = Case::open(directory)?.ingests()?;
    let sources = || ingests.iter().flat_map(|(_, manifest)| &manifest.sources);
    let mut paths: Vec<String> = sources()
        .map(|source| source.container.as_ref().map_or(&source.path, |archive| &archive.path).clone())
        .collect();
    paths.sort();
    paths.dedup();
    if !paths.iter().any(|path| Path::new(path).exists()) {
        let known = sources().map(|source| {
            format!("{}: {}", render::visible(&source.path), source.format.as_deref().unwrap_or("no known format"))
        });
        bail!(
            "{}: the logs of the case are not where they were, and a format is recognised by their text; give their \
             paths now. At the ingest they were read as: {}",
            directory.display(),
            known.collect::<Vec<_>>().join("; ")
        );
    }
    Ok(paths)
}

/// What no format fits is a fault only where it was named: a README beside logs is none.
fn ending(paths: &[String], explained: &[Explained], left: &Unsampled) -> Exit {
    let is_known = |one: &Explained| one.sample.as_ref().is_ok_and(|found| !found.layers.is_empty());
    let is_fault = |one: &Explained| !is_known(one) && (one.sample.is_err() || paths.contains(&one.path));
    if !explained.iter().any(is_known) {
        Exit::CannotWork
    } else if !left.problems.is_empty() || explained.iter().any(is_fault) {
        Exit::Partial
    } else {
        Exit::Done
    }
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
