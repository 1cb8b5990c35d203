//! Raw lines that a case keeps, so that they can be read after the logs have left.

use super::{Case, KeepRaw, Opened, make_private, private, sync_directory};
use crate::session::{Session, SessionOptions};
use anyhow::Context;
use breachline_parsers::load::RawLines;
use breachline_parsers::source::why;
use breachline_parsers::table::Place;
use breachline_queries::hunt::{self, HuntOptions};
use breachline_queries::rule;
use breachline_queries::segment::{KeptLine, LinesWriter, read_lines};
use std::collections::BTreeSet;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

/// A line by the hash of its source, its offset and its length.
type Key = (String, u64, u32);

/// Keeps the lines that the ingests of a case ask for and that are not kept yet. Gives how many were added. Lines that
/// cannot be read any more stay out.
pub(super) fn keep(case: &Case, opened: &Opened, options: &SessionOptions, read: &Session) -> anyhow::Result<u64> {
    let ingests = case.ingests()?;
    if ingests.iter().all(|(_, manifest)| manifest.keep_raw == KeepRaw::None) {
        return Ok(0);
    }
    let policy = |sha256: &str| {
        let of = ingests.iter().find(|(_, manifest)| manifest.sources.iter().any(|source| source.sha256 == sha256));
        of.map_or(KeepRaw::None, |(_, manifest)| manifest.keep_raw)
    };
    let requests = &opened.requests;
    let policies: Vec<KeepRaw> = requests.sources.iter().map(|source| policy(&source.sha256)).collect();
    let mut wanted: BTreeSet<u32> = (0..requests.rows() as u32)
        .filter(|&row| policies[requests.facts.source(row as usize) as usize] == KeepRaw::All)
        .collect();
    if policies.contains(&KeepRaw::Cited) {
        let hunt = hunt::hunt(
            requests,
            &rule::builtin(),
            &HuntOptions {
                memory: options.hunt.memory,
                threads: options.hunt.threads,
                extract: options.hunt.extract,
                baseline: options.hunt.baseline,
                ..HuntOptions::default()
            },
        );
        let cited = hunt.findings.iter().flat_map(|finding| &finding.evidence);
        wanted.extend(cited.filter(|&&row| policies[requests.facts.source(row as usize) as usize] != KeepRaw::None));
    }
    let mut there: BTreeSet<Key> = BTreeSet::new();
    each(case.directory(), &mut |line| {
        there.insert((line.source, line.byte_offset, line.bytes.len() as u32));
    })?;
    // The logs that were read just now know their lines better than a case does: members of archives, standard input.
    let now: Vec<Option<u32>> = requests
        .sources
        .iter()
        .map(|source| read.sources().iter().find(|other| other.sha256 == source.sha256).map(|other| other.id))
        .collect();
    let mut writer = Writer::new(case);
    for row in wanted {
        let (source, place) = (requests.facts.source(row as usize), requests.facts.place(row as usize));
        let sha256 = &requests.sources[source as usize].sha256;
        if !there.insert((sha256.clone(), place.byte_offset, place.byte_len)) {
            continue;
        }
        let bytes = now[source as usize].and_then(|id| read.raw.read(id, place).ok());
        if let Some(bytes) = bytes.or_else(|| from_case(&opened.raw, source, place)) {
            writer.write(KeptLine { source: sha256.clone(), byte_offset: place.byte_offset, bytes })?;
        }
    }
    writer.finish()
}

fn from_case(raw: &RawLines, source: u32, place: Place) -> Option<Vec<u8>> {
    raw.read(source, place).ok()
}

/// Reads every kept line.
pub(super) fn each(directory: &Path, each: &mut dyn FnMut(KeptLine)) -> io::Result<()> {
    for path in files(directory) {
        read_lines(&path, each).map_err(|error| io::Error::other(format!("{}: {}", path.display(), why(&error))))?;
    }
    Ok(())
}

/// Files of kept lines, in order.
fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory.join("lines")).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "parquet"))
        .collect();
    files.sort();
    files
}

/// A file of lines that appears when it is whole, and only if it has any.
struct Writer<'a> {
    case: &'a Case,
    out: Option<(PathBuf, LinesWriter<BufWriter<std::fs::File>>)>,
    count: u64,
}

impl<'a> Writer<'a> {
    fn new(case: &'a Case) -> Self {
        Self { case, out: None, count: 0 }
    }

    fn write(&mut self, line: KeptLine) -> anyhow::Result<()> {
        self.count += 1;
        let (_, out) = match &mut self.out {
            Some(out) => out,
            none => {
                let folder = self.case.directory().join("lines");
                make_private(&folder).with_context(|| format!("{}: cannot be made", folder.display()))?;
                let path = folder.join(".partial");
                let file = private().create(true).truncate(true).open(&path)?;
                none.insert((path, LinesWriter::new(BufWriter::with_capacity(1 << 20, file))?))
            }
        };
        Ok(out.write(line)?)
    }

    fn finish(self) -> anyhow::Result<u64> {
        let Some((path, out)) = self.out else { return Ok(0) };
        out.finish()?;
        let folder = self.case.directory().join("lines");
        let target = folder.join(format!("{:06}.parquet", files(self.case.directory()).len() + 1));
        std::fs::File::open(&path)?.sync_all()?;
        std::fs::rename(&path, &target)
            .and_then(|()| sync_directory(&folder))
            .with_context(|| format!("{}: cannot be made", target.display()))?;
        Ok(self.count)
    }
}
