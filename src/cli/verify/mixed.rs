//! A case whose ingests read by different options, made again from its logs: an ingest for each, as it was.

use super::{Replay, moved, replay};
use crate::case::{self, Case, Ingest, KeepRaw, Lock};
use crate::export::manifest::Taken;
use crate::export::verify::{Bundle, Origin, StatedSource};
use crate::progress::Meter;
use crate::session::Session;
use anyhow::Context;
use breachline_parsers::report::SourceReport;
use breachline_queries::hunt::HuntOptions;
use std::collections::BTreeSet;
use std::path::Path;
use tempfile::TempDir;

/// The case, made again; it is there as long as this is.
pub(super) struct Mixed {
    pub(super) session: Session,
    /// The options of the export, without those of the ingest that stand before them in the manifest.
    pub(super) replay: Replay,
    /// What its ingests say of what kind of logs theirs are, among others.
    pub(super) hunt: HuntOptions,
    pub(super) place: TempDir,
}

/// Makes it again with a key, from logs that were read. `None` where a source of it is not among them as it was, or where
/// with the archive that it lies in others come that the case did not hold.
pub(super) fn again(
    bundle: &Bundle,
    read: &Session,
    origins: &[Origin],
    key: [u8; 32],
    meter: &mut Meter,
) -> anyhow::Result<Option<Mixed>> {
    let stated = &bundle.stated;
    let file = |cited: &String| {
        let origin = origins.iter().find(|origin| origin.cited == *cited && origin.same)?;
        let (path, id) = origin.found.as_ref()?;
        // What lies in an archive is taken in with it.
        let container = read.sources().get(*id as usize).and_then(|source| source.container.as_ref());
        let path = container.map_or(path, |container| &container.path);
        Path::new(path).is_file().then(|| path.clone())
    };
    let paths = |taken: &Taken| taken.sources.iter().map(file).collect::<Option<BTreeSet<String>>>();
    let in_archives = read.sources().iter().any(|source| source.container.is_some());
    let Some(paths) = stated.ingests.iter().map(paths).collect::<Option<Vec<_>>>() else { return Ok(None) };
    let place = tempfile::tempdir().context("no temporary directory can be made (TMPDIR says where)")?;
    let directory = place.path().join("case");
    let case = Case::open_or_make(&directory, "", None, Some(key))?;
    let lock = Lock::exclusive(&directory)?;
    for (taken, paths) in stated.ingests.iter().zip(&paths) {
        let logs: Vec<String> = super::logs(paths);
        let mut options = replay(&of_facts(taken), &logs)?.export.read.options()?;
        options.load.assume_tz = moved::zones(&options.load.assume_tz, origins).unwrap_or(options.load.assume_tz);
        options.derive.vantages = moved::vantages(&options.derive.vantages, origins).unwrap_or(options.derive.vantages);
        let ingest = Ingest {
            options: &options,
            given: taken.options.clone(),
            // The logs are here, but a case looks into no archive again.
            keep_raw: if in_archives { KeepRaw::All } else { KeepRaw::None },
            at: taken.at.clone(),
            by: taken.by.clone(),
            acquisition: taken.acquisition.clone(),
        };
        ingest.run(&case, &lock, &mut |progress| meter.show(progress))?;
    }
    drop(lock);
    let of_case = format!("--case={}", directory.display());
    let replay = replay(own(bundle), &[of_case])?;
    let mut options = replay.export.read.options()?;
    replay.export.report.apply(&mut options)?;
    options.load.for_evidence();
    let session = Session::open(&options, &mut |progress| meter.show(progress))?;
    Ok(is_whole(&stated.sources, session.sources()).then_some(Mixed { session, replay, hunt: options.hunt, place }))
}

/// The options of the export, without those of its ingests that stand before them in the manifest.
pub(super) fn own(bundle: &Bundle) -> &[String] {
    let stated = &bundle.stated;
    let settled = case::settled(&stated.ingests);
    let own = stated.options.iter().position(|option| !settled.contains(option)).unwrap_or(stated.options.len());
    &stated.options[own..]
}

/// The options of an ingest that facts follow from. What is known of the system and of networks is given to whoever works
/// on a case, and need not be there any more.
fn of_facts(taken: &Taken) -> Vec<String> {
    const KNOWN: [&str; 4] = ["--context=", "--openapi=", "--asn-db=", "--geo-db="];
    taken.options.iter().filter(|option| !KNOWN.iter().any(|name| option.starts_with(name))).cloned().collect()
}

/// Whether a case holds the sources stated, and no others.
fn is_whole(stated: &[StatedSource], there: &[SourceReport]) -> bool {
    let mut stated: Vec<&str> = stated.iter().map(|source| source.sha256.as_str()).collect();
    let mut there: Vec<&str> = there.iter().map(|source| source.sha256.as_str()).collect();
    stated.sort_unstable();
    there.sort_unstable();
    stated == there
}
