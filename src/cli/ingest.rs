//! `breachline ingest`: takes logs into a case.

use super::exit::{Exit, say};
use super::export::described_reading;
use super::read::{KindArgs, ReadArgs};
use super::value;
use crate::case::{self, Case, Ingest, KeepRaw, Lock};
use crate::progress::Meter;
use crate::render;
use anyhow::{Context, bail};
use clap::Args;
use std::collections::BTreeMap;
use std::path::PathBuf;

#[derive(Args)]
pub struct IngestArgs {
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    kind: KindArgs,
    /// Which raw lines the case keeps, so that they can be read after the logs have left.
    #[arg(long, value_enum, default_value_t = KeepRaw::Cited, help_heading = "Case")]
    keep_raw: KeepRaw,
    /// The key of the fingerprints of a new case: a file of 64 hexadecimal digits [default: a fresh one].
    #[arg(long, value_name = "FILE", help_heading = "Case")]
    key: Option<PathBuf>,
    /// Hashes that the logs must have: a list as `sha256sum` writes it. A log with another hash is refused.
    #[arg(long, value_name = "FILE", help_heading = "Case")]
    expect: Option<PathBuf>,
    /// Who ingests, for the custody log.
    #[arg(long, value_name = "NAME", help_heading = "Case")]
    by: Option<String>,
    /// The time of the custody entry [default: `SOURCE_DATE_EPOCH`, or now].
    #[arg(long, value_name = "T", help_heading = "Case")]
    at: Option<String>,
}

pub fn run(args: &IngestArgs) -> anyhow::Result<Exit> {
    let Some(directory) = &args.read.case else {
        bail!("an ingest needs a case: add --case DIR; it is made when it does not exist");
    };
    let mut options = args.read.options()?;
    options.case = None;
    args.kind.apply(&mut options)?;
    let at = render::rfc3339(value::moment(args.at.as_deref(), options.display_tz).context("--at")?);
    let key = args.key.as_deref().map(case::read_key).transpose().context("--key")?;
    let case = Case::open_or_make(directory, &at, args.by.as_deref(), key)?;
    if key.is_some_and(|key| key != case.key()) {
        bail!("--key: the case has another key ({}); its key cannot be changed", case.identity().key_id);
    }
    let lock = Lock::exclusive(directory)?;
    if let Some(list) = &args.expect {
        expected(list, &args.read.paths)?;
    }
    let ingest = Ingest {
        options: &options,
        given: described_reading(&args.read).into_iter().chain(args.kind.described(options.display_tz)?).collect(),
        keep_raw: args.keep_raw,
        at,
        by: args.by.clone(),
    };
    let mut meter = Meter::new(args.read.quiet);
    let ingested = ingest.run(&case, &lock, &mut |progress| meter.show(progress))?;
    meter.clear();
    let reading = args.read.reading(ingested.session);
    for path in &ingested.known {
        args.read.remark(&format!("{path}: is in the case already"));
    }
    if !args.read.quiet {
        say(
            "",
            &format!(
                "{}: {} added, {} rows, {} kept",
                directory.display(),
                render::counted(ingested.added, "source"),
                render::count(ingested.rows),
                render::counted(ingested.kept as usize, "raw line")
            ),
        );
    }
    Ok(reading.finish(Exit::Done))
}

/// Compares the files named with a list of hashes.
fn expected(list: &std::path::Path, paths: &[String]) -> anyhow::Result<()> {
    let shown = list.display();
    let text = std::fs::read_to_string(list).with_context(|| format!("--expect: {shown} cannot be read"))?;
    let mut hashes: BTreeMap<&str, &str> = BTreeMap::new();
    for (line, number) in text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty()) {
        let parts = line.split_once([' ', '\t']).map(|(hash, name)| (hash, name.trim_start_matches([' ', '*', '\t'])));
        let Some((hash, name)) = parts.filter(|(hash, name)| hash.len() == 64 && !name.is_empty()) else {
            bail!("--expect: {shown}:{number}: is no line of hashes; write `sha256sum` lines: hash, two blanks, name");
        };
        hashes.insert(name.rsplit(['/', '\\']).next().unwrap_or(name), hash);
    }
    for path in breachline_parsers::source::discover(paths, breachline_parsers::source::Window::default()).sources {
        let name = path.name.rsplit(['/', '\\']).next().unwrap_or_default();
        let Some(hash) = hashes.get(name) else {
            bail!("--expect: {shown} has no hash for {}", path.name);
        };
        let actual = crate::export::verify::sha256(std::path::Path::new(&path.name))
            .with_context(|| format!("{}: cannot be read", path.name))?;
        if !actual.eq_ignore_ascii_case(hash) {
            bail!("{}: its SHA-256 is {actual}, and {shown} says {hash}; nothing was ingested", path.name);
        }
    }
    Ok(())
}
