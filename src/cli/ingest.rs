//! `breachline ingest`: takes logs into a case.

use super::exit::{Exit, say};
use super::export::described_reading;
use super::read::{KindArgs, ReadArgs};
use super::value;
use crate::case::{self, Acquisition, Before, Case, Expected, Ingest, KeepRaw, Lock};
use crate::progress::Meter;
use crate::render;
use anyhow::{Context, anyhow, bail};
use clap::Args;
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
    #[arg(long, value_name = "FILE", help_heading = "Acquisition")]
    expect: Option<PathBuf>,
    /// Who collected the logs, for the record of their acquisition.
    #[arg(long, value_name = "NAME", help_heading = "Acquisition")]
    collected_by: Option<String>,
    /// Where they were collected: a machine, a bucket, a carrier.
    #[arg(long, value_name = "PLACE", help_heading = "Acquisition")]
    collected_from: Option<String>,
    /// How: with which command or tool.
    #[arg(long, value_name = "TEXT", help_heading = "Acquisition")]
    collected_how: Option<String>,
    /// When.
    #[arg(long, value_name = "T", help_heading = "Acquisition")]
    collected_at: Option<String>,
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
    args.remark_unkept();
    let acquisition = args.acquisition(options.display_tz)?;
    let key = args.key.as_deref().map(case::read_key).transpose().context("--key")?;
    let before = Before::look(directory);
    let case = Case::open_or_make(directory, &at, args.by.as_deref(), key)?;
    if key.is_some_and(|key| key != case.key()) {
        bail!("--key: the case has another key ({}); its key cannot be changed", case.identity().key_id);
    }
    let lock = Lock::exclusive(directory)?;
    let ingest = Ingest {
        options: &options,
        given: described_reading(&args.read)?.into_iter().chain(args.kind.described(options.display_tz)?).collect(),
        keep_raw: args.keep_raw,
        at,
        by: args.by.clone(),
        acquisition,
    };
    let mut meter = Meter::new(args.read.quiet);
    let ingested = ingest.run(&case, &lock, &mut |progress| meter.show(progress));
    meter.clear();
    let is_unmade = case.unmake(&before);
    let ingested = ingested?;
    let reading = args.read.reading(ingested.session);
    for path in &ingested.known {
        args.read.remark(&format!("{path}: is in the case already"));
    }
    if is_unmade {
        args.read.remark(&format!("{}: nothing was taken in, so no case was made", directory.display()));
    } else if !args.read.quiet {
        say(
            "",
            &format!(
                "{}: {} added, {}, {} kept",
                directory.display(),
                render::counted(ingested.added, "source"),
                render::counted(ingested.rows, "row"),
                render::counted(ingested.kept as usize, "raw line")
            ),
        );
    }
    Ok(reading.finish(Exit::Done))
}

impl IngestArgs {
    /// Says which options a case does not keep: their files may change, or leave.
    fn remark_unkept(&self) {
        let read = &self.read;
        let given = [
            ("--context", read.context.is_some()),
            ("--openapi", read.openapi.is_some()),
            ("--asn-db", read.asn_db.is_some()),
            ("--geo-db", read.geo_db.is_some()),
        ];
        for (name, _) in given.iter().filter(|(_, given)| *given) {
            read.remark(&format!("{name} is not kept with the case; give it to every command that is to heed it"));
        }
    }

    /// How the logs were collected, and the hashes that they were to have and do.
    fn acquisition(&self, zone: chrono_tz::Tz) -> anyhow::Result<Acquisition> {
        let at = self.collected_at.as_deref().map(|text| value::time(text, zone).map_err(|why| anyhow!(why)));
        let at = at.transpose().context("--collected-at")?;
        let expected = self.expect.as_deref().map(|list| Expected::compare(list, &self.read.paths)).transpose()?;
        if let Some(absent) = expected.as_ref().map(|expected| &expected.absent).filter(|absent| !absent.is_empty()) {
            let absent: Vec<&str> = absent.iter().map(String::as_str).collect();
            self.read.remark(&format!("--expect: the list names logs that were not given: {}", render::names(&absent)));
        }
        Ok(Acquisition {
            by: self.collected_by.clone(),
            from: self.collected_from.clone(),
            how: self.collected_how.clone(),
            at: at.map(render::rfc3339),
            expected,
        })
    }
}
