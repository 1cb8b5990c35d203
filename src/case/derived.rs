//! Derivations that a case keeps, so that it opens at once: `derived/FACTS-FLAGS.pack`.
//!
//! They are no evidence and hold nothing that cannot be made again: a file is valid for the very facts, flags and version
//! that its name stands for, and is left alone where it is damaged, missing, or made by others. Facts are never written
//! for them; new sources and flags make a new file.

use super::{Manifest, make_private, private};
use breachline_parsers::report::SourceReport;
use breachline_parsers::table::packed::{Pack, PackWriter};
use breachline_parsers::value::hex;
use breachline_queries::derive::{self, DeriveOptions};
use breachline_queries::requests::Requests;
use sha2::{Digest, Sha256};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

/// The derivations by some flags of what a case holds.
pub(super) struct Derivations {
    folder: PathBuf,
    /// Stands for the facts and for the version of the program.
    facts: String,
    /// Stands for the flags.
    flags: String,
}

impl Derivations {
    pub(super) fn new(
        directory: &Path,
        ingests: &[(PathBuf, Manifest)],
        sources: &[SourceReport],
        options: &DeriveOptions,
    ) -> anyhow::Result<Self> {
        let mut facts = Sha256::new();
        facts.update(derive::REVISION);
        for (_, manifest) in ingests {
            facts.update(serde_json::to_vec(manifest)?);
        }
        // Rows carry the numbers of sources, which stand in an order that a version gives them.
        for source in sources {
            facts.update(format!("{}\n{}\n", source.path, source.sha256));
        }
        // What the others bring is added after these derivations.
        let DeriveOptions { vantages, trusted_proxies, openapi, context: _, networks: _ } = options;
        let openapi = openapi.as_ref().map(|openapi| &openapi.sha256);
        let flags = Sha256::digest(format!("{vantages:?} {trusted_proxies:?} {openapi:?}"));
        let cut = |hash: &[u8]| hex(hash)[..16].to_owned();
        Ok(Self { folder: directory.join("derived"), facts: cut(&facts.finalize()), flags: cut(&flags) })
    }

    /// The requests as they were derived before, if they were.
    pub(super) fn read(&self, sources: &[SourceReport], options: &DeriveOptions) -> Option<Requests> {
        let pack = Pack::read(&self.folder.join(self.name())).ok()?;
        derive::restore(pack, sources.to_vec(), options)
    }

    /// Keeps requests as they were derived just now, and removes what is of other facts. That it cannot (on a medium
    /// that is read-only or full) costs time at the next opening, and nothing else.
    pub(super) fn keep(&self, requests: &Requests) {
        if self.write(requests).is_ok() {
            let outdated = |name: &str| !name.starts_with(&self.facts) && !name.starts_with(NEW);
            remove(&self.folder, &outdated);
        }
    }

    fn write(&self, requests: &Requests) -> io::Result<()> {
        make_private(&self.folder)?;
        let name = self.name();
        let new = self.folder.join(format!("{NEW}{}-{name}", std::process::id()));
        let written = private().create(true).truncate(true).open(&new).and_then(|file| {
            let mut out = PackWriter::new(BufWriter::with_capacity(1 << 20, file));
            derive::store(requests, &mut out)?;
            out.finish()?;
            std::fs::rename(&new, self.folder.join(&name))
        });
        if written.is_err() {
            let _ = std::fs::remove_file(&new);
        }
        written
    }

    fn name(&self) -> String {
        format!("{}-{}.pack", self.facts, self.flags)
    }
}

/// How names of files begin that are being written.
const NEW: &str = ".new-";

/// Removes what a run left half written that was killed here; nobody else may be at work on the case.
pub(super) fn clear(directory: &Path) {
    remove(&directory.join("derived"), &|name| name.starts_with(NEW));
}

fn remove(folder: &Path, which: &dyn Fn(&str) -> bool) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name().to_str().is_some_and(which) {
            // What stays behind is never read.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}
