//! Taking logs into a case: facts into segments, in a directory that appears as a whole or not at all.
//!
//! Killed at any moment and started again, an ingest ends with the same rows: what was half written is thrown away, and
//! sources that are in the case already are not taken twice.

use super::{
    Acquisition, Case, Lock, Log, Manifest, Segment, StoredReject, make_private, pretty, private, sync_directory,
    write_whole,
};
use super::{derived, lines};
use crate::export::custody;
use crate::export::rule_set::RuleSet;
use crate::session::{Condition, Session, SessionOptions};
use anyhow::{Context, bail};
use breachline_parsers::load::{Progress, Sink};
use breachline_parsers::report::{Reject, SourceReport, StoredReport};
use breachline_parsers::table::FactTable;
use breachline_parsers::value::hex;
use breachline_queries::rule;
use breachline_queries::segment::SegmentWriter;
use breachline_queries::selection::Selection;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// Rows of a segment, about: one at a time is in memory when a case is opened.
const ROWS_A_SEGMENT: u64 = 250_000;

/// Which raw lines a case keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum KeepRaw {
    /// None: lines are read from the logs, as long as they are there and unchanged.
    None,
    /// Those that findings of the built-in rules cite.
    #[default]
    Cited,
    /// All.
    All,
}

/// What is asked of an ingest.
pub struct Ingest<'a> {
    /// Where logs are and how they are read.
    pub options: &'a SessionOptions,
    /// The options, as typed.
    pub given: Vec<String>,
    /// Which raw lines to keep.
    pub keep_raw: KeepRaw,
    /// When, RFC 3339 in UTC.
    pub at: String,
    /// Who, as they call themselves.
    pub by: Option<String>,
    /// Who collected the logs, where, how and when.
    pub acquisition: Acquisition,
}

/// What an ingest gave.
pub struct Ingested {
    /// The logs as they were read; it holds no rows.
    pub session: Session,
    /// Paths of sources that were in the case already.
    pub known: Vec<String>,
    /// Sources that were added.
    pub added: usize,
    /// Their rows.
    pub rows: u64,
    /// Raw lines that were kept.
    pub kept: u64,
}

impl Ingest<'_> {
    /// Takes the logs in. The lock is held by whoever calls.
    pub fn run(&self, case: &Case, _lock: &Lock, progress: &mut dyn FnMut(&Progress)) -> anyhow::Result<Ingested> {
        let ingests = case.directory().join("ingests");
        make_private(&ingests).with_context(|| format!("{}: cannot be made", ingests.display()))?;
        clear(&ingests)?;
        derived::clear(case.directory());
        Self::recover(case)?;
        let before = case.ingests()?;
        let number = before.len() + 1;
        let partial = ingests.join(format!(".partial-{number:06}"));
        make_private(&partial).with_context(|| format!("{}: cannot be made", partial.display()))?;
        let _half = Half(&partial);
        let mut segments = Segments::new(&partial);
        let mut options = self.options.clone();
        options.load.key = case.key();
        options.load.keep_raw = self.keep_raw == KeepRaw::All;
        options.load.hash_text = true;
        let session = Session::stream(&options, progress, &mut segments)?;
        let segments = segments.finish()?;
        if session.condition() == Condition::Nothing {
            // An ingest that could not do its work changes nothing.
            return Ok(Ingested { session, known: Vec::new(), added: 0, rows: 0, kept: 0 });
        }
        let mut manifest = self.manifest(&session, segments);
        let known = leave_out_known(&mut manifest, &before, &partial)?;
        let (added, rows) = (manifest.sources.len(), manifest.sources.iter().map(|source| source.rows).sum());
        if added > 0 {
            write_whole(&partial.join("ingest.json"), &pretty(&manifest)?)?;
            let target = ingests.join(format!("{number:06}"));
            std::fs::rename(&partial, &target)
                .and_then(|()| sync_directory(&ingests))
                .with_context(|| format!("{}: cannot be made", target.display()))?;
            Self::note(case, number, &manifest)?;
        }
        let now = case.ingests()?;
        let kept = if now.is_empty() {
            0
        } else {
            // Opened once here, as it will be from now on, the case opens at once then.
            options.report = Selection::default();
            options.derive.vantages.clear();
            options.derive.trusted_proxies = super::trusted(now.iter().flat_map(|(_, of)| &of.options));
            let opened = case.read_held(&options)?;
            lines::keep(case, &opened, self.options, &session)?
        };
        Ok(Ingested { session, known, added, rows, kept })
    }

    fn manifest(&self, session: &Session, segments: Vec<Segment>) -> Manifest {
        let sources: Vec<StoredReport> = session.sources().iter().map(StoredReport::from).collect();
        let problems = session.problems.iter().map(|problem| (problem.path.clone(), problem.message.clone()));
        let reject = |reject: &Reject| StoredReject {
            source: reject.source,
            line_no: reject.line_no,
            byte_offset: reject.byte_offset,
            byte_len: reject.byte_len,
            reason: reject.reason.clone(),
            raw: reject.raw.clone(),
        };
        Manifest {
            at: self.at.clone(),
            by: self.by.clone(),
            acquisition: self.acquisition.clone(),
            paths: self.options.paths.clone(),
            options: self.given.clone(),
            keep_raw: self.keep_raw,
            modified: sources.iter().map(|source| modified(Path::new(&source.path))).collect(),
            sources,
            problems: problems.collect(),
            segments,
            rejects: session.rejects.iter().map(reject).collect(),
            rule_set: RuleSet::of(&rule::builtin(), &[]),
            places_of_secrets: true,
        }
    }

    /// Writes the entry of an ingest into the custody log.
    fn note(case: &Case, number: usize, manifest: &Manifest) -> anyhow::Result<()> {
        let deed = custody::ingested(number, manifest);
        Log::of(case.directory()).add(&manifest.at, manifest.by.as_deref(), deed)
    }

    /// Ingests that are there and not in the log: a run was killed between the two.
    fn recover(case: &Case) -> anyhow::Result<()> {
        let entries = Log::of(case.directory()).entries()?;
        let noted = entries.iter().filter(|entry| entry.act == custody::INGESTED).count();
        for ((_, manifest), number) in case.ingests()?.iter().zip(1..).skip(noted) {
            Self::note(case, number, manifest)?;
        }
        Ok(())
    }
}

/// A directory that goes away again unless it was renamed.
struct Half<'a>(&'a Path);

impl Drop for Half<'_> {
    fn drop(&mut self) {
        // Where it cannot be removed, the next run tries again and says so.
        let _ = std::fs::remove_dir_all(self.0);
    }
}

/// Throws away what runs left that were killed.
fn clear(ingests: &Path) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(ingests)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(".partial-") {
            std::fs::remove_dir_all(entry.path())
                .with_context(|| format!("{}: cannot be removed", entry.path().display()))?;
        }
    }
    Ok(())
}

/// When a file was changed last, in nanoseconds since 1970.
pub(super) fn modified(path: &Path) -> Option<u64> {
    let time = std::fs::metadata(path).ok()?.modified().ok()?;
    u64::try_from(time.duration_since(UNIX_EPOCH).ok()?.as_nanos()).ok()
}

/// Takes sources out of an ingest that are in the case, compressed or not. Gives their paths. A source of the same path
/// with other content is refused: which of the two is meant cannot be told, and lines in both would count twice.
fn leave_out_known(
    manifest: &mut Manifest,
    before: &[(PathBuf, Manifest)],
    partial: &Path,
) -> anyhow::Result<Vec<String>> {
    let earlier: Vec<&StoredReport> = before.iter().flat_map(|(_, manifest)| &manifest.sources).collect();
    let mut known = Vec::new();
    let mut place: Vec<Option<u32>> = Vec::new();
    let mut left = 0;
    for source in &manifest.sources {
        if earlier.iter().any(|known| known.content() == source.content() && !source.sha256.is_empty()) {
            known.push(source.path.clone());
            place.push(None);
            continue;
        }
        if let Some(other) = earlier.iter().find(|known| known.path == source.path) {
            bail!(
                "{}: is in the case with other content (SHA-256 {}, now {}); a case keeps what it was given, so copy the \
                 file under another name, or begin a new case",
                source.path,
                other.sha256,
                source.sha256
            );
        }
        place.push(Some(left));
        left += 1;
    }
    let at = |source: u32| place.get(source as usize).copied().flatten();
    for segment in manifest.segments.iter().filter(|segment| at(segment.source).is_none()) {
        std::fs::remove_file(partial.join(&segment.file))?;
    }
    let moved = |source: &mut u32| at(*source).map(|to| *source = to).is_some();
    manifest.segments.retain_mut(|segment| moved(&mut segment.source));
    manifest.rejects.retain_mut(|reject| moved(&mut reject.source));
    let mut kept = place.iter().map(Option::is_some);
    manifest.sources.retain(|_| kept.next().unwrap_or(false));
    let mut kept = place.iter().map(Option::is_some);
    manifest.modified.retain(|_| kept.next().unwrap_or(false));
    Ok(known)
}

/// Facts on their way into segments.
struct Segments<'a> {
    directory: &'a Path,
    now: Option<(u32, String, SegmentWriter<BufWriter<File>>)>,
    part: u32,
    done: Vec<Segment>,
}

impl<'a> Segments<'a> {
    fn new(directory: &'a Path) -> Self {
        Self { directory, now: None, part: 0, done: Vec::new() }
    }

    fn close(&mut self) -> io::Result<()> {
        let Some((source, file, writer)) = self.now.take() else { return Ok(()) };
        let (rows, (first, last)) = (writer.count(), writer.span());
        writer.finish()?;
        // What counts is what lies there now.
        let path = self.directory.join(&file);
        let sha256 = hex(&Sha256::digest(std::fs::read(&path)?));
        File::open(&path)?.sync_all()?;
        self.done.push(Segment { file, source, rows, first, last, sha256 });
        Ok(())
    }

    fn finish(mut self) -> io::Result<Vec<Segment>> {
        self.close()?;
        Ok(self.done)
    }
}

impl Sink for Segments<'_> {
    fn rows(&mut self, source: &SourceReport, facts: &mut FactTable) -> io::Result<()> {
        let id = source.id;
        let another = self.now.as_ref().is_some_and(|(now, _, writer)| *now != id || writer.count() >= ROWS_A_SEGMENT);
        if another {
            self.part = if self.now.as_ref().is_some_and(|(now, ..)| *now == id) { self.part + 1 } else { 0 };
            self.close()?;
        }
        if self.now.is_none() {
            let name = format!("{:04}-{:04}.parquet", id + 1, self.part + 1);
            let file = private().create_new(true).open(self.directory.join(&name))?;
            self.now = Some((id, name, SegmentWriter::new(BufWriter::with_capacity(1 << 20, file))?));
        }
        let Some((_, _, writer)) = &mut self.now else { return Ok(()) };
        writer.write(source, facts)
    }

    fn rejects(&mut self, _source: &SourceReport, _rejects: &[Reject]) -> io::Result<()> {
        Ok(())
    }
}
