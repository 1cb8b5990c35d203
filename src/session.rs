//! Logs opened for work: what both the commands and the terminal view stand on.
//!
//! In: [`SessionOptions`], checked. Out: [`Session`], the table of requests with what was rejected, what went
//! wrong and access to the original bytes; [`Session::condition`] says how far the logs can be relied on.

use crate::case::{Case, Opened};
use crate::render;
use breachline_parsers::load::{self, Load, LoadOptions, Onlooker, Problem, Progress, RawLines, Sink};
use breachline_parsers::report::{Completeness, Reject, SourceReport};
use breachline_parsers::source::Pruned;
use breachline_parsers::survey::{self, Survey};
use breachline_queries::derive::{self, ByRecord, DeriveOptions};
use breachline_queries::finding::Hunt;
use breachline_queries::hunt::{self, HuntOptions};
use breachline_queries::requests::Requests;
use breachline_queries::rule::Rule;
use breachline_queries::selection::Selection;
use std::path::PathBuf;

/// What to open and how; every value is checked.
#[derive(Clone)]
pub struct SessionOptions {
    /// The case to work on instead of paths.
    pub case: Option<PathBuf>,
    /// Files, directories, globs, `-`.
    pub paths: Vec<String>,
    /// How to read them.
    pub load: LoadOptions,
    /// What is known about the network.
    pub derive: DeriveOptions,
    /// What answers are limited to.
    pub report: Selection,
    /// Which findings to leave out and how much memory to use.
    pub hunt: HuntOptions,
    /// The zone of times on screen.
    pub display_tz: chrono_tz::Tz,
}

/// Logs that are open.
pub struct Session {
    /// Every request read, with derivations.
    pub requests: Requests,
    /// Records that could not be read.
    pub rejects: Vec<Reject>,
    /// Paths that gave no source.
    pub problems: Vec<Problem>,
    /// Files left out because their names state a time outside the one to be loaded.
    pub pruned: Pruned,
    /// The original bytes of records.
    pub raw: RawLines,
    /// Paths as the analyst gave them.
    paths: Vec<String>,
}

/// Records of all sources, counted: `rows + rejects + skips = records`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Totals {
    /// Records framed.
    pub records: u64,
    /// Records that became rows.
    pub rows: u64,
    /// Records that could not be read.
    pub rejects: u64,
    /// Records that are no requests by design.
    pub skips: u64,
    /// Lines of all sources as decompressed.
    pub lines: u64,
}

/// How far the logs can be relied on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Condition {
    /// Every source was read to its end.
    #[default]
    Whole,
    /// Some source is missing, unreadable or cut short.
    Partial,
    /// There is nothing to work on.
    Nothing,
}

impl Session {
    /// Reads the logs and adds derivations. Fails on bad options only; bad sources are in [`Session::complaints`].
    pub fn open(options: &SessionOptions, progress: &mut dyn FnMut(&Progress)) -> anyhow::Result<Self> {
        Self::open_as(options, progress, &mut |_| {})
    }

    /// The same; `watch` sees the rows and the rejects of each block as they come, before anything is derived.
    pub fn open_watched(
        options: &SessionOptions,
        progress: &mut dyn FnMut(&Progress),
        watch: &mut Onlooker<'_>,
    ) -> anyhow::Result<Self> {
        if let Some(directory) = &options.case {
            return Self::of_case(&Case::open(directory)?, options);
        }
        let loaded = load::load_watched(&options.paths, &options.load, progress, watch)?;
        Self::of_load(loaded, options)
    }

    /// The same; `rename` may give sources the paths under which they were cited before.
    pub fn open_as(
        options: &SessionOptions,
        progress: &mut dyn FnMut(&Progress),
        rename: &mut dyn FnMut(&mut [SourceReport]),
    ) -> anyhow::Result<Self> {
        if let Some(directory) = &options.case {
            return Self::of_case(&Case::open(directory)?, options);
        }
        let mut loaded = load::load(&options.paths, &options.load, progress)?;
        rename(&mut loaded.sources);
        Self::of_load(loaded, options)
    }

    /// Adds derivations to what was read.
    fn of_load(loaded: Load, options: &SessionOptions) -> anyhow::Result<Self> {
        let mut requests = derive::derive(loaded.facts, loaded.sources, &options.derive)?;
        requests.limit(&options.report);
        Ok(Self {
            requests,
            rejects: loaded.rejects,
            problems: loaded.problems,
            pruned: loaded.pruned,
            raw: loaded.raw,
            paths: options.paths.clone(),
        })
    }

    /// Opens what was ingested into a case.
    fn of_case(case: &Case, options: &SessionOptions) -> anyhow::Result<Self> {
        let Opened { requests, rejects, problems, paths, raw } = case.read(options)?;
        Ok(Self { requests, rejects, problems, pruned: Pruned::default(), raw, paths })
    }

    /// Reads the logs and hands their rows to a sink: the session holds none. Fails on bad options and as the sink does.
    pub fn stream(
        options: &SessionOptions,
        progress: &mut dyn FnMut(&Progress),
        sink: &mut dyn Sink,
    ) -> anyhow::Result<Self> {
        let loaded = load::stream(&options.paths, &options.load, progress, sink)?;
        Ok(Self {
            requests: ByRecord::new(&options.derive)?.requests(loaded.facts, loaded.sources),
            rejects: loaded.rejects,
            problems: loaded.problems,
            pruned: loaded.pruned,
            raw: loaded.raw,
            paths: options.paths.clone(),
        })
    }

    /// Opens samples of the logs only; the session holds what was looked at. Fails as [`Session::open`] does.
    pub fn survey(options: &SessionOptions, progress: &mut dyn FnMut(&Progress)) -> anyhow::Result<(Self, Survey)> {
        let mut survey = survey::survey(&options.paths, &options.load, progress)?;
        let reports = survey.sources.iter().map(|source| source.report.clone()).collect();
        let requests = derive::derive(std::mem::take(&mut survey.facts), reports, &options.derive)?;
        let session = Self {
            requests,
            rejects: survey.rejects.clone(),
            problems: survey.problems.clone(),
            pruned: survey.pruned.clone(),
            raw: RawLines::default(),
            paths: options.paths.clone(),
        };
        Ok((session, survey))
    }

    /// Logs made up for a test.
    #[cfg(test)]
    pub(crate) fn of_parts(requests: Requests, rejects: Vec<Reject>, problems: Vec<Problem>) -> Self {
        let (pruned, raw) = (Pruned::default(), RawLines::default());
        Self { requests, rejects, problems, pruned, raw, paths: Vec::new() }
    }

    /// Judges rules over the requests. What could not be opened or was left unread stands among the notes: a report
    /// goes on where what was said on the way does not.
    pub fn hunt(&self, rules: &[Rule], options: &HuntOptions) -> Hunt {
        let mut hunt = hunt::hunt(&self.requests, rules, options);
        let unread = self.problems.iter().map(|problem| about(&problem.path, &problem.message));
        hunt.coverage.notes.extend(unread.chain(self.pruned.sentence()));
        hunt.coverage.notes.sort();
        hunt
    }

    /// The sources, by the id that rows carry.
    pub fn sources(&self) -> &[SourceReport] {
        &self.requests.sources
    }

    /// Path of a source as given; `?` for an id that no source has.
    pub fn path(&self, source: u32) -> &str {
        self.sources().get(source as usize).map_or("?", |source| source.path.as_str())
    }

    /// Records of all sources, counted.
    pub fn totals(&self) -> Totals {
        self.sources().iter().fold(Totals::default(), |sum, source| Totals {
            records: sum.records + source.records,
            rows: sum.rows + source.rows,
            rejects: sum.rejects + source.rejects,
            skips: sum.skips + source.skips,
            lines: sum.lines + source.lines,
        })
    }

    /// Whether no known format fits a file that the analyst did not name but that was found in a directory: a
    /// README beside logs is no fault. Nor is a log that is empty, whoever named it.
    pub fn is_passed_over(&self, source: &SourceReport) -> bool {
        matches!(source.completeness, Completeness::Unknown(_))
            && (source.is_empty() || !self.paths.contains(&source.path))
    }

    /// How far the logs can be relied on.
    pub fn condition(&self) -> Condition {
        let readable = |source: &SourceReport| {
            matches!(source.completeness, Completeness::Whole | Completeness::Cut(_)) && source.records > 0
        };
        let all_bytes_are_noise = self.totals().rows == 0 && self.totals().skips == 0;
        if !self.sources().iter().any(readable) || all_bytes_are_noise {
            return Condition::Nothing;
        }
        let at_fault = |source: &SourceReport| match source.completeness {
            Completeness::Whole | Completeness::Duplicate(_) => false,
            Completeness::Cut(_) | Completeness::Unreadable(_) => true,
            Completeness::Unknown(_) => !self.is_passed_over(source),
        };
        if !self.problems.is_empty() || self.sources().iter().any(at_fault) {
            return Condition::Partial;
        }
        Condition::Whole
    }

    /// What went wrong with paths and sources, a sentence each. Where there is nothing to work on, that a log is empty
    /// is why.
    pub fn complaints(&self) -> Vec<String> {
        let is_all = self.condition() == Condition::Nothing;
        let of_paths = self.problems.iter().map(|problem| about(&problem.path, &problem.message));
        let of_sources = self.sources().iter().filter_map(|source| match &source.completeness {
            Completeness::Whole if source.records == 0 => {
                Some(format!("{}: holds no records; check that it is the file you mean", source.path))
            }
            Completeness::Whole | Completeness::Duplicate(_) => None,
            _ if self.is_passed_over(source) && !(is_all && self.paths.contains(&source.path)) => None,
            Completeness::Cut(why) | Completeness::Unreadable(why) | Completeness::Unknown(why) => {
                Some(about(&source.path, why))
            }
        });
        of_paths.chain(of_sources).collect()
    }

    /// Sources that hold what others do and were not read again: no fault.
    pub fn copies(&self) -> Option<String> {
        let mut copies = self.sources().iter().filter_map(|source| match &source.completeness {
            Completeness::Duplicate(why) => Some((source, why)),
            _ => None,
        });
        let (first, why) = copies.next()?;
        Some(match copies.count() {
            0 => about(&first.path, why),
            others => format!("{}; so do {others} more, see the sources of the report", about(&first.path, why)),
        })
    }

    /// Files that were left unread as the loaded time asks for, in a sentence: no fault.
    pub fn pruned(&self) -> Option<String> {
        self.pruned.sentence()
    }

    /// Files found below the directories given that fit no known format: counted and hashed, but no fault.
    pub fn passed_over(&self) -> Option<String> {
        let found: Vec<&str> = self
            .sources()
            .iter()
            .filter(|source| self.is_passed_over(source) && !source.is_empty())
            .map(|source| source.path.as_str())
            .collect();
        (!found.is_empty()).then(|| format!("not read as logs, since no known format fits: {}", render::names(&found)))
    }

    /// Logs that hold nothing, beside others that do: no fault.
    pub fn empty(&self) -> Option<String> {
        let empty: Vec<&str> =
            self.sources().iter().filter(|source| source.is_empty()).map(|source| source.path.as_str()).collect();
        (!empty.is_empty() && self.condition() != Condition::Nothing)
            .then(|| format!("empty, which tells nothing: {}", render::names(&empty)))
    }

    /// Rejects in files that are no logs: which lines of them are records cannot be known, so each is counted as one.
    pub fn strange(&self) -> (u64, usize) {
        let strange = || {
            let unknown = |source: &&SourceReport| matches!(source.completeness, Completeness::Unknown(_));
            self.sources().iter().filter(unknown).filter(|source| source.rejects > 0)
        };
        (strange().map(|source| source.rejects).sum(), strange().count())
    }
}

/// The sentence with the path in front, unless it names the path already.
pub(crate) fn about(path: &str, sentence: &str) -> String {
    if sentence.contains(path) { sentence.to_owned() } else { format!("{path}: {sentence}") }
}
