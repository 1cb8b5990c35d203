//! From a case to a table of requests, as if its logs had been read just now.

use super::derived::Derivations;
use super::{Case, Lock, Manifest, lines};
use crate::export::verify::sha256;
use crate::session::SessionOptions;
use anyhow::{Context, bail};
use breachline_parsers::load::{Problem, RawLines};
use breachline_parsers::raw::{Earlier, Lines};
use breachline_parsers::report::{Completeness, Reject, SourceReport};
use breachline_parsers::source::oldest_first;
use breachline_parsers::table::FactTable;
use breachline_queries::derive;
use breachline_queries::requests::Requests;
use breachline_queries::segment;
use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::time::{Duration, UNIX_EPOCH};

/// What a case holds.
pub struct Opened {
    /// Every request, with derivations.
    pub requests: Requests,
    /// Records that could not be read, the first of each source.
    pub rejects: Vec<Reject>,
    /// Paths that gave no source.
    pub problems: Vec<Problem>,
    /// Paths of the ingests, as typed.
    pub paths: Vec<String>,
    /// The original bytes of records, kept or where they came from.
    pub raw: RawLines,
}

/// A source of the case: which ingest it came with, and as which of its sources.
struct Held<'a> {
    directory: &'a PathBuf,
    manifest: &'a Manifest,
    at: usize,
}

impl Case {
    /// Reads the facts and derives what follows from them.
    pub fn read(&self, options: &SessionOptions) -> anyhow::Result<Opened> {
        let _lock = Lock::shared(self.directory())?;
        self.read_held(options)
    }

    /// The same, for whoever holds the lock.
    pub(super) fn read_held(&self, options: &SessionOptions) -> anyhow::Result<Opened> {
        let ingests = self.ingests()?;
        if ingests.is_empty() {
            bail!("{}: the case is empty; `breachline ingest LOGS --case …` fills it", self.directory().display());
        }
        let mut held: Vec<Held<'_>> = ingests
            .iter()
            .flat_map(|(directory, manifest)| {
                (0..manifest.sources.len()).map(move |at| Held { directory, manifest, at })
            })
            .collect();
        // As a load of all of them would have numbered them.
        oldest_first(&mut held, |held| held.path());
        let sources: Vec<SourceReport> = held.iter().zip(0..).map(|(held, id)| held.report(id)).collect();
        let rejects = held.iter().zip(0..).flat_map(|(held, id)| held.rejects(id)).collect();
        // What could not be read then and came in later is there.
        let is_missing = |path: &String| !sources.iter().any(|source| source.path == *path);
        let problems = ingests.iter().flat_map(|(_, manifest)| &manifest.problems).filter(|(path, _)| is_missing(path));
        let problems = problems.map(|(path, message)| self.missed(path, message)).collect();
        let raw = self.raw(&held, &sources);
        let derivations = Derivations::new(self.directory(), &ingests, &sources, &options.derive)?;
        let mut requests = if let Some(requests) = derivations.read(&sources, &options.derive) {
            requests
        } else {
            let requests = derive::from_logs(facts(&held)?, sources, &options.derive)?;
            derivations.keep(&requests);
            requests
        };
        derive::declare(&mut requests, &options.derive);
        requests.limit(&options.report);
        let paths = ingests.iter().flat_map(|(_, manifest)| manifest.paths.clone()).collect();
        Ok(Opened { requests, rejects, problems, paths, raw })
    }

    /// What an ingest did not find. The case speaks for less than was meant to be in it, which nothing but that log, or a
    /// case without it, can settle: nobody knows whether the name was a mistake.
    fn missed(&self, path: &str, message: &str) -> Problem {
        let (cause, case) = (message.split("; ").next().unwrap_or(message), self.directory().display());
        let message = format!(
            "an ingest of this case was to take in what it did not find: {cause}; `breachline ingest {path} --case {case}` adds \
             it once it is there; if it was named by mistake, ingest the others into a new case"
        );
        Problem { path: path.to_owned(), message }
    }

    fn raw(&self, held: &[Held<'_>], sources: &[SourceReport]) -> RawLines {
        let earlier: Vec<Earlier<'_>> = held
            .iter()
            .zip(sources)
            .map(|(held, report)| Earlier {
                report,
                modified: held
                    .manifest
                    .modified
                    .get(held.at)
                    .copied()
                    .flatten()
                    .map(|ns| UNIX_EPOCH + Duration::from_nanos(ns)),
            })
            .collect();
        let numbers: BTreeMap<String, u32> = sources
            .iter()
            .filter(|source| !matches!(source.completeness, Completeness::Duplicate(_)))
            .map(|source| (source.sha256.clone(), source.id))
            .collect();
        let directory = self.directory().to_owned();
        let keeper = move || -> io::Result<BTreeMap<u32, Lines>> {
            let mut lines: BTreeMap<u32, Lines> = BTreeMap::new();
            lines::each(&directory, &mut |line| {
                if let Some(&id) = numbers.get(&line.source) {
                    let place = (line.byte_offset, line.bytes.len() as u32);
                    lines.entry(id).or_default().insert(place, line.bytes);
                }
            })?;
            Ok(lines)
        };
        RawLines::later(&earlier, Box::new(keeper))
    }
}

/// The facts of all sources.
fn facts(held: &[Held<'_>]) -> anyhow::Result<FactTable> {
    let mut facts = FactTable::default();
    for (held, id) in held.iter().zip(0..) {
        held.read(id, &mut facts)?;
    }
    Ok(facts)
}

impl Held<'_> {
    fn path(&self) -> &str {
        &self.manifest.sources[self.at].path
    }

    fn report(&self, id: u32) -> SourceReport {
        self.manifest.sources[self.at].report(id)
    }

    /// Adds the rows of the source.
    fn read(&self, id: u32, facts: &mut FactTable) -> anyhow::Result<()> {
        let mut rows = 0;
        for segment in self.manifest.segments.iter().filter(|segment| segment.source as usize == self.at) {
            let path = self.directory.join(&segment.file);
            let wrong = || format!("{}: the segment cannot be read; the case is damaged", path.display());
            if sha256(&path).with_context(wrong)? != segment.sha256 {
                bail!("{}: is not what was ingested, by its SHA-256; the case is damaged", path.display());
            }
            let read = segment::read(&path, id, facts).with_context(wrong)?;
            if read != segment.rows {
                bail!("{}: holds {read} rows and should hold {}; the case is damaged", path.display(), segment.rows);
            }
            rows += read;
        }
        let expected = self.manifest.sources[self.at].rows;
        if rows != expected {
            bail!(
                "{}: {} should have {expected} rows and has {rows}; the case is damaged",
                self.directory.display(),
                self.path()
            );
        }
        Ok(())
    }

    fn rejects(&self, id: u32) -> impl Iterator<Item = Reject> {
        let mine = self.manifest.rejects.iter().filter(|reject| reject.source as usize == self.at);
        mine.map(move |reject| Reject {
            source: id,
            line_no: reject.line_no,
            byte_offset: reject.byte_offset,
            byte_len: reject.byte_len,
            reason: reject.reason.clone(),
            raw: reject.raw.clone(),
        })
    }
}
