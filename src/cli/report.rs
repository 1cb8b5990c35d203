//! `breachline report`: what was found, for people, and the facts for a notification.

use super::exit::{Exit, say};
use super::hunt::RuleArgs;
use super::read::{ReadArgs, ReportArgs};
use super::value;
use crate::case::{self, Log};
use crate::export::rule_set::of_sigma;
use crate::export::{Contents, Export, custody};
use crate::korean::in_language;
use crate::render;
use crate::report::notification::Notification;
use crate::report::{Lang, Report};
use anyhow::{Context, anyhow, bail};
use clap::Args;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

#[derive(Args)]
pub struct PageArgs {
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    report: ReportArgs,
    #[command(flatten)]
    rules: RuleArgs,
    /// The file to write: NAME.html or NAME.md; it must not exist yet.
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    out: PathBuf,
    /// The language; in Korean, times stand in KST beside UTC.
    #[arg(long, value_enum, default_value_t = Lang::En, help_heading = "Output")]
    lang: Lang,
    /// Reports this finding only; repeat for several.
    #[arg(long, value_name = "ID", help_heading = "Output")]
    finding: Vec<String>,
    /// Writes object ids that name people out in full.
    #[arg(long, help_heading = "Output")]
    unmask: bool,
    /// Writes the facts that authorities ask for as JSON, blanks marked; it must not exist yet.
    #[arg(long, value_name = "FILE", help_heading = "Notification")]
    notification: Option<PathBuf>,
    /// The JSON of the last notification: this one is a supplement, and says what changed.
    #[arg(long, value_name = "FILE", help_heading = "Notification")]
    previous: Option<PathBuf>,
    /// When the organisation became aware.
    #[arg(long, value_name = "T", help_heading = "Notification")]
    aware: Option<String>,
    /// Who reports, for the custody log of a case.
    #[arg(long, value_name = "NAME", help_heading = "Output")]
    by: Option<String>,
    /// The time that the report states as its own, so that it repeats byte for byte [default: `SOURCE_DATE_EPOCH`, or now].
    #[arg(long, value_name = "T", help_heading = "Output")]
    at: Option<String>,
}

/// The shapes of a report.
#[derive(Clone, Copy)]
enum Shape {
    Html,
    Markdown,
}

pub fn run(args: &PageArgs) -> anyhow::Result<Exit> {
    let shape = shape(&args.out)?;
    let mut options = args.read.options()?;
    let rules = args.rules.load(&mut options.hunt)?;
    args.report.apply(&mut options)?;
    options.load.for_evidence();
    let at = value::moment(args.at.as_deref(), options.display_tz).context("--at")?;
    let aware = args.aware.as_deref().map(|text| value::time(text, options.display_tz).map_err(|why| anyhow!(why)));
    let aware = aware.transpose().context("--aware")?;
    let previous = args.previous.as_deref().map(|path| anyhow::Ok((path, read(path)?))).transpose()?;
    for path in std::iter::once(&args.out).chain(&args.notification) {
        if path.exists() {
            bail!(
                "{}: there is a file of that name; give a new one, so that old and new reports stay apart",
                path.display()
            );
        }
    }
    let reading = match args.read.open(&options)?.usable() {
        Ok(reading) => reading,
        Err(exit) => return Ok(exit),
    };
    let mut hunt = reading.session.hunt(&rules, &options.hunt);
    super::export::keep(&mut hunt, &args.finding)?;
    let hunt = in_language(hunt, &rules, args.lang);
    let given = super::export::described_read(&args.read, &args.report, &args.rules)?;
    let (given, ingests) = case::read_by(options.case.as_deref(), given)?;
    let contents = Contents {
        unmask: args.unmask,
        by: args.by.clone(),
        at,
        key: options.load.key,
        sigma: of_sigma(&options.hunt),
        ingests,
        custody: options.case.as_deref().map(|case| Log::of(case).entries()).transpose()?.unwrap_or_default(),
        ..Contents::default()
    };
    let export = Export { session: &reading.session, hunt: &hunt, rules: &rules, options: &given, contents: &contents };
    let mut notification = Notification::new(export, aware);
    if let Some((path, earlier)) = previous {
        notification.supplement(&earlier).with_context(|| format!("--previous: {}", path.display()))?;
    }
    let report = Report::new(export, &notification, args.lang)?;
    put(&args.out, |out| match shape {
        Shape::Html => report.write_html(out),
        Shape::Markdown => report.write_markdown(out),
    })?;
    if let Some(path) = &args.notification {
        put(path, |out| notification.write(out))?;
    }
    if let Some(directory) = &options.case {
        let files: Vec<&Path> = std::iter::once(&args.out).chain(&args.notification).map(PathBuf::as_path).collect();
        case::record(directory, &contents, custody::reported(export, &files)?)?;
    }
    if !args.read.quiet {
        let findings = render::counted(hunt.findings.len(), "finding");
        say("", &format!("{}: {findings}", args.out.display()));
    }
    Ok(reading.finish(Exit::Done))
}

fn shape(path: &Path) -> anyhow::Result<Shape> {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("html" | "htm") => Ok(Shape::Html),
        Some("md" | "markdown") => Ok(Shape::Markdown),
        _ => bail!("--out: {}: the name says what is written; end it in .html or .md", path.display()),
    }
}

fn read(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("--previous: {} cannot be read", path.display()))
}

fn put(path: &Path, write: impl FnOnce(&mut BufWriter<File>) -> std::io::Result<()>) -> anyhow::Result<()> {
    let wrong = || format!("{}: the file cannot be written", path.display());
    let mut out = BufWriter::new(File::create_new(path).with_context(wrong)?);
    write(&mut out).and_then(|()| out.flush()).with_context(wrong)
}
