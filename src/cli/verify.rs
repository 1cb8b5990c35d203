//! `breachline verify`: whether an evidence bundle is as it was made, and whether it follows from the logs.

mod mixed;
mod moved;

use super::exit::{Exit, note, say};
use super::export::ExportArgs;
use crate::case;
use crate::export::verify::{self, Bundle, Fault, Origin};
use crate::export::{Export, MANIFEST};
use crate::output::json;
use crate::progress::Meter;
use crate::render;
use crate::session::{Session, SessionOptions};
use anyhow::{Context, bail};
use clap::{Args, Parser, ValueEnum};
use serde::Serialize;
use std::io::{self, Write};
use std::path::PathBuf;

/// Shapes of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Text for people.
    Text,
    /// One document (schema `breachline.verify/1`).
    Json,
}

#[derive(Args)]
pub struct VerifyArgs {
    /// The bundle.
    #[arg(value_name = "DIR")]
    bundle: PathBuf,
    /// The logs that it was made from: every cited line is read back, and the findings are derived again.
    #[arg(long, value_name = "PATH", num_args = 1..)]
    against: Vec<String>,
    /// The root as it was written down when the bundle was made.
    #[arg(long, value_name = "SHA256")]
    root: Option<String>,
    /// The key of the case that the bundle was made from (`key` in the case; it is in no bundle).
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// The shape of the answer.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Prints no progress and no explanation.
    #[arg(short, long)]
    quiet: bool,
}

/// The options of the export, read back from the manifest.
#[derive(Parser)]
struct Replay {
    #[command(flatten)]
    export: ExportArgs,
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    holds: bool,
    root: &'a str,
    checked: &'a verify::Checked,
    faults: &'a [Fault],
    notes: &'a [String],
}

pub fn run(args: &VerifyArgs) -> anyhow::Result<Exit> {
    let mut bundle = Bundle::check(&args.bundle)?;
    if let Some(root) = &args.root {
        compare_root(&mut bundle, root)?;
    }
    let mut exit = Exit::Done;
    if !args.against.is_empty() && !against(args, &mut bundle)? {
        exit = Exit::Partial;
    }
    let mut out = io::stdout().lock();
    match args.format {
        Format::Text => text(args, &bundle, &mut out)?,
        Format::Json => {
            let document = Document {
                schema: "breachline.verify/1",
                holds: bundle.faults.is_empty(),
                root: &bundle.root,
                checked: &bundle.checked,
                faults: &bundle.faults,
                notes: &bundle.notes,
            };
            json::write_document(&mut out, &document, 2)?;
        }
    }
    out.flush()?;
    Ok(if bundle.faults.is_empty() { exit } else { Exit::Findings })
}

fn compare_root(bundle: &mut Bundle, root: &str) -> anyhow::Result<()> {
    let root = root.trim().to_ascii_lowercase();
    if root.len() != 64 || !root.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        bail!("--root: `{root}` is no SHA-256, which has 64 hexadecimal digits");
    }
    if root != bundle.root {
        bundle.faults.push(Fault {
            file: crate::export::SUMS.to_owned(),
            line: None,
            field: None,
            what: format!("is not that of the root given: its SHA-256 is {}, and {root} was written down", bundle.root),
        });
    }
    Ok(())
}

/// Checks the bundle against the logs. Gives whether all of its sources were there.
fn against(args: &VerifyArgs, bundle: &mut Bundle) -> anyhow::Result<bool> {
    // By which the first of several read, none of the others may have to be read at all.
    let differ = bundle.ingests_differ().is_some();
    let stated = if differ { mixed::own(bundle) } else { &bundle.stated.options };
    let logs: Vec<String> = logs(&args.against);
    let mut replayed = match replay(stated, &logs) {
        Ok(replay) => replay,
        // What a changed manifest says of options is worth nothing; lines can be read back all the same.
        Err(_) if !bundle.is_intact(MANIFEST) => replay(&[], &logs)?,
        Err(error) => return Err(error),
    };
    let export = &replayed.export;
    let mut options = export.read.options()?;
    let rules = export.rules.load(&mut options.hunt)?;
    export.report.apply(&mut options)?;
    options.load.for_evidence();
    let keyed = bundle.stated.key_id.starts_with("case-");
    if let Some(path) = &args.key {
        options.load.key = case::read_key(path).context("--key")?;
        let id = case::key_id(&options.load.key);
        if keyed && id != bundle.stated.key_id {
            bail!("--key: this is the key {id}, and the bundle was made with {}", bundle.stated.key_id);
        }
    }
    let mut meter = Meter::new(args.quiet);
    let (mut session, mut origins) = open(bundle, &options, &mut meter)?;
    if let Some(zones) = moved::zones(&options.load.assume_tz, &origins) {
        options.load.assume_tz = zones;
        (session, origins) = open(bundle, &options, &mut meter)?;
    }
    for problem in &session.problems {
        bundle.notes.push(format!("{}: {}", problem.path, problem.message));
    }
    bundle.check_lines(&session, &origins);
    let all_there = origins.iter().all(|origin| origin.found.is_some());
    let mut made = None;
    if differ && (args.key.is_some() || !keyed) {
        made = mixed::again(bundle, &session, &origins, options.load.key, &mut meter)?;
        meter.clear();
    }
    let mixed = made.is_some();
    // It is kept for as long as lines are read from it.
    let _place = made.map(|made| {
        session = made.session;
        replayed = made.replay;
        (options.hunt.extract, options.hunt.baseline) = (made.hunt.extract, made.hunt.baseline);
        origins = verify::match_sources(&bundle.stated.sources, &mut session.requests.sources);
        made.place
    });
    let export = &replayed.export;
    let mut hunt = session.hunt(&rules, &options.hunt);
    super::export::keep_those(&mut hunt, &export.finding);
    let contents = export.contents(0, &options);
    if keyed && args.key.is_none() {
        let note =
            "findings were not derived again: fingerprints were made with the key of a case; give it with --key FILE";
        bundle.notes.push(note.to_owned());
    } else {
        bundle.derive_again(
            Export { session: &session, hunt: &hunt, rules: &rules, options: &[], contents: &contents },
            &origins,
            mixed,
        )?;
    }
    Ok(all_there)
}

/// Reads the logs given now under the paths by which the bundle cites them.
fn open(bundle: &Bundle, options: &SessionOptions, meter: &mut Meter) -> anyhow::Result<(Session, Vec<Origin>)> {
    let mut origins = Vec::new();
    let session = Session::open_as(options, &mut |progress| meter.show(progress), &mut |sources| {
        origins = verify::match_sources(&bundle.stated.sources, sources);
    })?;
    meter.clear();
    Ok((session, origins))
}

/// Paths as operands, whatever they begin with.
fn logs<'p>(paths: impl IntoIterator<Item = &'p String>) -> Vec<String> {
    std::iter::once("--".to_owned()).chain(paths.into_iter().cloned()).collect()
}

/// The export that made the bundle, over what is given now.
fn replay(options: &[String], over: &[String]) -> anyhow::Result<Replay> {
    let mut words = vec!["breachline".to_owned(), "--quiet".to_owned(), "--out=unused".to_owned()];
    for option in options {
        // A manifest is somebody else's text: it may say how logs are read, not what is written where.
        let name = case::option_name(option);
        if !name.starts_with("--") || ["--out", "--case", "--memory", "--threads", "--color"].contains(&name) {
            bail!("manifest.json: options: `{}` is no option of an export", render::visible(option));
        }
        words.push(option.clone());
    }
    words.extend(over.iter().cloned());
    Replay::try_parse_from(words).map_err(|error| {
        let first = error.to_string().lines().next().unwrap_or_default().to_owned();
        anyhow::anyhow!("manifest.json: options: {first}")
    })
}

fn text(args: &VerifyArgs, bundle: &Bundle, out: &mut impl Write) -> io::Result<()> {
    for fault in &bundle.faults {
        writeln!(out, "{fault}")?;
    }
    let checked = &bundle.checked;
    let shown = args.bundle.display().to_string();
    let verdict = match bundle.faults.len() {
        0 => "holds".to_owned(),
        faults => format!("DOES NOT HOLD: {}", render::counted(faults, "fault")),
    };
    writeln!(out, "{}: {verdict}", render::visible(&shown))?;
    writeln!(
        out,
        "looked at: {}, {} of the custody log, {}",
        render::counted(checked.files as usize, "file"),
        render::counted(checked.custody_entries as usize, "line"),
        render::counted(checked.lines as usize, "line")
    )?;
    if !args.against.is_empty() {
        writeln!(
            out,
            "against the logs: {} unchanged, {} read back, {} derived again",
            render::counted(checked.sources as usize, "source"),
            render::counted(checked.lines_read_back as usize, "line"),
            render::counted(checked.findings as usize, "finding")
        )?;
    }
    writeln!(out, "root {}", bundle.root)?;
    if args.quiet {
        return Ok(());
    }
    for known in &bundle.notes {
        note(known);
    }
    explain(args);
    Ok(())
}

/// Says what it proves, and what it does not.
fn explain(args: &VerifyArgs) {
    let anchor = if args.root.is_some() {
        "The root is the one given: nothing in the bundle was changed since that was written down."
    } else {
        "The sums fit each other. Whoever can write to the bundle can write new sums, so this proves something only \
         once the root is the one that was written down when the bundle was made (--root compares)."
    };
    let logs = if args.against.is_empty() {
        "Whether the lines are those of the logs, and whether the findings follow from them, only --against tells."
    } else {
        "What follows from the logs was compared with the logs given; whether these are what the servers wrote, no \
         program can tell."
    };
    say("", &format!("{anchor}\n{logs}"));
}
