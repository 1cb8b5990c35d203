//! From paths to one fact table: discover, read, hash, decompress, frame, detect, decode, merge.

mod batch;
mod headers;
mod later;
mod merge;
mod open;
mod read;
pub(crate) mod sample;
mod scout;
mod sink;

pub use crate::raw::RawLines;
pub(crate) use open::{Opened, open_source};
pub(crate) use read::{context_of, day_of, layers};
pub use sink::Sink;

use crate::format::{self, Format, NamedDirective};
use crate::report::{Reject, SourceReport, glob_fits};
use crate::source::{Discovery, Origin, Pruned, Source, Window, discover};
use crate::table::FactTable;
use merge::Merger;
use read::Reader;
use scout::{Ending, Scouts};
use std::io;
use std::num::NonZero;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{channel, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;

/// Lines are handed to the decoders in blocks of about so many bytes.
const BLOCK: usize = 3 << 20;

/// Rejects of a source that are kept with their text, unless all are.
const REJECTS_KEPT: u64 = 1_000;

/// The vendor whose directive language a `--log-format` is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum DirectiveKind {
    Nginx,
    Apache,
    Haproxy,
    Envoy,
}

/// The zone of logs that carry none.
#[derive(Clone, Debug)]
pub struct ZoneRule {
    /// Which sources, by glob over the path; `None` means all.
    pub glob: Option<String>,
    /// The zone to assume.
    pub zone: chrono_tz::Tz,
}

/// How to read.
#[derive(Clone)]
pub struct LoadOptions {
    /// Read every source as this format instead of recognising it.
    pub input_format: Option<String>,
    /// A vendor's directive that produced the logs.
    pub log_format: Option<String>,
    /// Whose directive it is; guessed from its look when absent.
    pub log_format_kind: Option<DirectiveKind>,
    /// Formats that the servers' own configuration names, for the logs that it writes.
    pub directives: Vec<NamedDirective>,
    /// Names of the headers that HAProxy captures, in order: those of the request, then those of the response.
    pub captures: Vec<String>,
    /// Zones of logs that carry none, last match wins; UTC where none matches.
    pub assume_tz: Vec<ZoneRule>,
    /// Decoding threads; 0 means one per core.
    pub threads: usize,
    /// Rows before this time (microseconds UTC) are named skips.
    pub load_since: Option<i64>,
    /// Rows at or after this time (microseconds UTC) are named skips.
    pub load_until: Option<i64>,
    /// Key of the fingerprints that stand in for secrets.
    pub key: [u8; 32],
    /// Hash compressed sources as decompressed too.
    pub hash_text: bool,
    /// Keep the raw text of compressed sources and of standard input readable (spooled, private, removed on drop).
    pub keep_raw: bool,
    /// Longest record in bytes; a longer one is a reject.
    pub max_record: usize,
    /// Set from another thread to stop early: what was read is kept, the sources say they were cut.
    pub stop: Option<Arc<AtomicBool>>,
    /// Keep every reject, not only the first 1,000 of each source (for `--rejects FILE`).
    pub keep_all_rejects: bool,
}

/// How far a load is.
#[derive(Clone, Debug)]
pub struct Progress {
    /// Source being read.
    pub source: String,
    /// Its number, from 1, and how many there are.
    pub nth: usize,
    /// How many sources there are.
    pub of: usize,
    /// Bytes read of all sources, as stored.
    pub bytes: u64,
    /// Bytes of all sources, as stored; 0 when not known (standard input).
    pub total: u64,
    /// Records read so far.
    pub records: u64,
    /// Those of them that could not be read.
    pub rejects: u64,
}

/// A path that gave no source at all: missing, not readable, a directory without logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The path as given.
    pub path: String,
    /// One sentence: what is wrong and what to do.
    pub message: String,
}

/// Everything that was read.
pub struct Load {
    /// The facts, finished.
    pub facts: FactTable,
    /// One report a source, by id.
    pub sources: Vec<SourceReport>,
    /// Rejected records in order; of each source at least the first 1,000, all are counted in the report.
    pub rejects: Vec<Reject>,
    /// Paths that gave no source.
    pub problems: Vec<Problem>,
    /// Files left out because their names state a time outside the one to be loaded.
    pub pruned: Pruned,
    /// Access to the original bytes of records.
    pub raw: RawLines,
}

/// What stops a load: bad options, before it starts, and a sink that takes no more. Bad sources never do.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// No such format id.
    #[error("{0}")]
    UnknownFormat(String),
    /// A directive that does not compile, with a caret under the place.
    #[error("{0}")]
    Directive(String),
    /// The rows were refused by the [`Sink`] that was to take them; reading ended there.
    #[error("the rows cannot be written")]
    Sink(#[source] io::Error),
}

impl Default for LoadOptions {
    fn default() -> Self {
        Self {
            input_format: None,
            log_format: None,
            log_format_kind: None,
            directives: Vec::new(),
            captures: Vec::new(),
            assume_tz: Vec::new(),
            threads: 0,
            load_since: None,
            load_until: None,
            key: *b"breachline public fingerprint k1",
            hash_text: false,
            keep_raw: false,
            max_record: 16 << 20,
            stop: None,
            keep_all_rejects: false,
        }
    }
}

/// Reads every path (files, directories, globs, `-`) into one table.
///
/// Sources are read in order of path, whatever the order of the arguments, and the result depends neither on
/// the number of threads nor on their timing. What is wrong with a source is said in its report.
pub fn load(paths: &[String], options: &LoadOptions, progress: &mut dyn FnMut(&Progress)) -> Result<Load, LoadError> {
    load_in_blocks(paths, options, progress, (BLOCK, None))
}

/// What sees the rows of each block as they come, with their source, and the rejects of it that are kept.
pub type Onlooker<'o> = dyn FnMut(&SourceReport, &FactTable, &[Reject]) + 'o;

/// The same; `watch` sees the rows of each block as they come, in the order of the input. What is seen is what was
/// decoded: nothing follows from it yet.
pub fn load_watched(
    paths: &[String],
    options: &LoadOptions,
    progress: &mut dyn FnMut(&Progress),
    watch: &mut Onlooker<'_>,
) -> Result<Load, LoadError> {
    load_with(paths, options, progress, (BLOCK, None), Some(watch))
}

/// Reads every path as [`load`] does and hands the rows to a sink instead of keeping them: the table of the load is
/// empty, and of the rejects only the first 1,000 of each source are kept. Memory does not grow with the input.
///
/// What the sink gets, and in which order, depends neither on the number of threads nor on their timing.
pub fn stream(
    paths: &[String],
    options: &LoadOptions,
    progress: &mut dyn FnMut(&Progress),
    sink: &mut dyn Sink,
) -> Result<Load, LoadError> {
    load_in_blocks(paths, options, progress, (BLOCK, Some(sink)))
}

fn load_in_blocks(
    paths: &[String],
    options: &LoadOptions,
    progress: &mut dyn FnMut(&Progress),
    into: (usize, Option<&mut dyn Sink>),
) -> Result<Load, LoadError> {
    load_with(paths, options, progress, into, None)
}

fn load_with(
    paths: &[String],
    options: &LoadOptions,
    progress: &mut dyn FnMut(&Progress),
    (block, sink): (usize, Option<&mut dyn Sink>),
    watch: Option<&mut Onlooker<'_>>,
) -> Result<Load, LoadError> {
    let setup = Setup::new(options, block)?;
    let Discovery { sources, problems, pruned } = discover(paths, options.window());
    let threads = options.threads();
    let mut merger = Merger::new(&sources, &setup, progress, sink.map(|sink| sink as &mut dyn Sink));
    merger.watch = watch.map(|watch| watch as &mut Onlooker<'_>);
    let (jobs, work) = sync_channel::<batch::Job>(threads);
    let work = Mutex::new(work);
    let (results, done) = sync_channel(2 * threads);
    // A block is read only when it holds one of these, so that few are in memory however slow the decoding is.
    let (spare, spares) = channel();
    for _ in 0..=2 * threads {
        // The receiver lives until the reader has ended.
        let _ = spare.send(batch::Spare::default());
    }
    let (work, setup, sources) = (&work, &setup, sources.as_slice());
    let scouts = Scouts::new(setup, sources);
    let scouts = &scouts;
    let raw = thread::scope(|scope| {
        for _ in 0..threads {
            let results = results.clone();
            scope.spawn(move || batch::decode_all(work, &results, options));
        }
        for _ in 0..scouts.threads() {
            scope.spawn(|| scouts.run());
        }
        let reader = scope.spawn(move || {
            let _ending = Ending(scouts);
            let mut reader = Reader::new(setup, jobs, results, spares);
            reader.scouts = Some(scouts).filter(|scouts| scouts.threads() > 0);
            reader.read_all(sources)
        });
        merger.run(&done, &spare);
        reader.join()
    });
    let raw = match raw {
        Ok(raw) => raw,
        Err(panic) => std::panic::resume_unwind(panic),
    };
    let (facts, sources, rejects) = merger.finish().map_err(LoadError::Sink)?;
    Ok(Load { facts, sources, rejects, problems, pruned, raw })
}

impl LoadOptions {
    /// Keeps what evidence needs: lines that can be read back, and hashes of the texts that logs hold.
    pub fn for_evidence(&mut self) {
        (self.keep_raw, self.hash_text) = (true, true);
    }

    /// The time to be loaded.
    pub(crate) fn window(&self) -> Window {
        Window { since: self.load_since, until: self.load_until }
    }

    /// Threads to start.
    pub fn threads(&self) -> usize {
        match self.threads {
            0 => thread::available_parallelism().map_or(1, NonZero::get),
            threads => threads,
        }
    }
}

/// What the stages of one load share.
pub(crate) struct Setup<'a> {
    options: &'a LoadOptions,
    given: Option<Given>,
    block: usize,
    /// Bytes read of all sources, as stored.
    bytes: Arc<AtomicU64>,
    /// Set when nobody takes the rows any more.
    halted: AtomicBool,
}

impl<'a> Setup<'a> {
    /// Fails on options that name no format.
    pub(crate) fn new(options: &'a LoadOptions, block: usize) -> Result<Self, LoadError> {
        Ok(Self {
            options,
            given: given_format(options)?,
            block,
            bytes: Arc::new(AtomicU64::new(0)),
            halted: AtomicBool::new(false),
        })
    }

    /// Threads to start.
    pub(crate) fn threads(&self) -> usize {
        self.options.threads()
    }

    /// Bytes read of all sources so far, as stored.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    pub(crate) fn stopped(&self) -> bool {
        self.halted.load(Ordering::Relaxed)
            || self.options.stop.as_ref().is_some_and(|stop| stop.load(Ordering::Relaxed))
    }

    /// Ends the reading early.
    fn halt(&self) {
        self.halted.store(true, Ordering::Relaxed);
    }

    /// The zone of a source whose times carry none.
    fn zone(&self, name: &str) -> chrono_tz::Tz {
        ZoneRule::of(&self.options.assume_tz, name).unwrap_or(chrono_tz::UTC)
    }

    /// What is known about the zone of the times of a source once its records are decoded.
    fn zone_said(&self, report: &SourceReport, tally: batch::Tally) -> String {
        // The records know better than the format, where there are any.
        match (tally.rows, tally.notes.zoneless) {
            (0, _) => report.zone.clone(),
            (_, 0) => "stated".to_owned(),
            (_, _) => format!("assumed {}", crate::time::zone_said(self.zone(&report.path))),
        }
    }

    fn given(&self) -> Option<&Format> {
        self.given.as_ref().map(Given::format)
    }
}

impl ZoneRule {
    /// What the last rule that matches a source says, if one does.
    pub(crate) fn of(rules: &[Self], name: &str) -> Option<chrono_tz::Tz> {
        let matches = |rule: &&Self| rule.glob.as_ref().is_none_or(|pattern| glob_fits(pattern, name));
        rules.iter().rev().find(matches).map(|rule| rule.zone)
    }
}

/// The format that the options name.
pub(crate) enum Given {
    Builtin(&'static Format),
    Compiled(Box<Format>),
}

impl Given {
    pub(crate) fn format(&self) -> &Format {
        match self {
            Self::Builtin(format) => format,
            Self::Compiled(format) => format,
        }
    }
}

/// A directive says more than an id, so it wins where both are given.
pub(crate) fn given_format(options: &LoadOptions) -> Result<Option<Given>, LoadError> {
    if let Some(directive) = &options.log_format {
        let format = format::compile(options.log_format_kind, directive)
            .map_err(|error| LoadError::Directive(error.to_string()))?;
        return Ok(Some(Given::Compiled(Box::new(format))));
    }
    let Some(id) = &options.input_format else { return Ok(None) };
    format::find(id).map(|format| Some(Given::Builtin(format))).ok_or_else(|| {
        let known: Vec<&str> = format::builtin().iter().map(|format| format.id.as_str()).collect();
        LoadError::UnknownFormat(format!("there is no format {id}; choose one of {}", known.join(", ")))
    })
}

/// Bytes of all sources as stored, or 0 where one of them does not say.
fn total_bytes(sources: &[Source]) -> u64 {
    let sizes = sources.iter().map(|source| match source.origin {
        Origin::File(_, len) => Some(len),
        Origin::Stdin | Origin::Stream(_) | Origin::Member(_) => None,
    });
    sizes.sum::<Option<u64>>().unwrap_or(0)
}

#[cfg(test)]
#[path = "load/tests.rs"]
mod tests;

#[cfg(test)]
#[path = "load/nul_tests.rs"]
mod nul_tests;

#[cfg(test)]
#[path = "load/secrets_tests.rs"]
mod secrets_tests;

#[cfg(test)]
#[path = "load/place_tests.rs"]
mod place_tests;

#[cfg(test)]
#[path = "load/time_tests.rs"]
mod time_tests;

#[cfg(test)]
#[path = "load/wrap_tests.rs"]
mod wrap_tests;

#[cfg(test)]
#[path = "load/hidden_tests.rs"]
mod hidden_tests;
