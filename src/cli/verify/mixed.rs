//! A case whose ingests read by different options, made again from its logs: an ingest for each, as it was.

use super::{Replay, replay};
use crate::case::{self, Case, Ingest, KeepRaw, Lock};
use crate::export::manifest::Taken;
use crate::export::verify::{Bundle, Origin};
use crate::progress::Meter;
use crate::session::Session;
use anyhow::Context;
use std::path::Path;
use tempfile::TempDir;

/// The case, made again; it is there as long as this is.
pub(super) struct Mixed {
    pub(super) session: Session,
    /// The options of the export, without those of the ingest that stand before them in the manifest.
    pub(super) replay: Replay,
    pub(super) place: TempDir,
}

/// Makes it again with a key. `None` where a source of it is not among the logs as it was, or is no file of its own.
pub(super) fn again(
    bundle: &Bundle,
    origins: &[Origin],
    key: [u8; 32],
    meter: &mut Meter,
) -> anyhow::Result<Option<Mixed>> {
    let stated = &bundle.stated;
    let file = |cited: &String| {
        let origin = origins.iter().find(|origin| origin.cited == *cited && origin.same)?;
        let (path, _) = origin.found.as_ref()?;
        Path::new(path).is_file().then(|| path.clone())
    };
    let paths = |taken: &Taken| taken.sources.iter().map(file).collect::<Option<Vec<String>>>();
    let Some(paths) = stated.ingests.iter().map(paths).collect::<Option<Vec<_>>>() else { return Ok(None) };
    let place =
        tempfile::tempdir().context("no temporary directory can be made; set TMPDIR to one that can be written")?;
    let directory = place.path().join("case");
    let case = Case::open_or_make(&directory, "", None, Some(key))?;
    let lock = Lock::exclusive(&directory)?;
    for (taken, paths) in stated.ingests.iter().zip(&paths) {
        let options = replay(&taken.options, paths)?.export.read.options()?;
        let ingest = Ingest {
            options: &options,
            given: taken.options.clone(),
            // The logs are here.
            keep_raw: KeepRaw::None,
            at: taken.at.clone(),
            by: taken.by.clone(),
        };
        ingest.run(&case, &lock, &mut |progress| meter.show(progress))?;
    }
    drop(lock);
    let settled = case::settled(&stated.ingests);
    let own = stated.options.iter().position(|option| !settled.contains(option)).unwrap_or(stated.options.len());
    let replay = replay(&stated.options[own..], &[directory.display().to_string()])?;
    let mut options = replay.export.read.options()?;
    replay.export.report.apply(&mut options)?;
    options.load.keep_raw = true;
    options.load.key = key;
    options.case = Some(directory);
    let session = Session::open(&options, &mut |progress| meter.show(progress))?;
    Ok(Some(Mixed { session, replay, place }))
}
