//! Opening: from a file to what there is to read in it — itself, the members of an archive, or a copy of another.

use super::Setup;
use super::merge::{Event, blank_report};
use super::read::Reader;
use crate::raw::{Access, RawLines, Spooling, Store, access, lies_as_it_is, unkept};
use crate::report::{Completeness, SourceReport};
use crate::source::{Archive, Compression, Encoding, Inflated, Origin, Source, Stored, explain_gone, unpack, why};
use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// Archives inside archives are opened so deep.
const MAX_DEPTH: usize = 4;

/// What a source turned out to be.
pub(crate) enum Opened {
    Text(Inflated),
    Archive(Archive, Inflated),
}

/// Opens a source, or says why it cannot be. With `ahead` only its beginning is wanted: nothing is hashed, and so many
/// bytes decide on the encoding.
pub(crate) fn open_source(
    source: &Source,
    ahead: Option<usize>,
    bytes: &Arc<AtomicU64>,
    stopped: &dyn Fn() -> bool,
) -> Result<Opened, Completeness> {
    let name = &source.name;
    if stopped() {
        let why = format!("{name} was not read: the load was stopped before it");
        return Err(Completeness::Unreadable(why));
    }
    if let Origin::Member(member) = &source.origin
        && let Some(why) = member.barred()
    {
        return Err(Completeness::Unreadable(why.to_owned()));
    }
    let stored = match Stored::open(source, Arc::clone(bytes)) {
        Ok(stored) => stored,
        Err(error) => return Err(Completeness::Unreadable(explain_gone(name, &error))),
    };
    let mut from = Inflated::new(if ahead.is_some() { stored.unhashed() } else { stored });
    let Some(kind) = from.archive() else {
        match ahead {
            Some(bytes) => from.recognise_within(bytes, &|| !stopped()),
            None => from.recognise(&|| !stopped()),
        }
        return Ok(Opened::Text(from));
    };
    match &source.origin {
        Origin::Member(member) if member.depth() >= MAX_DEPTH => Err(Completeness::Unreadable(format!(
            "{name} is an archive in {MAX_DEPTH} others, which is as deep as they are opened; extract it first"
        ))),
        _ => Ok(Opened::Archive(kind, from)),
    }
}

impl Reader<'_> {
    /// Reads every source, and returns the way back to their bytes.
    pub(super) fn read_all(mut self, sources: &[Source]) -> RawLines {
        if self.setup.options.keep_raw {
            self.spool = self.store().map(|store| Spooling::new(&store)).map_err(|error| unkept(&error));
        }
        self.known = sources.len();
        for (at, source) in sources.iter().enumerate() {
            self.at = Some(at);
            self.read_any(source.clone());
        }
        RawLines::new(self.ways)
    }

    /// The store of the load, made when it is first needed.
    fn store(&mut self) -> io::Result<Arc<Store>> {
        store(&mut self.store)
    }

    /// Reads a source, or what is in it if it is an archive.
    fn read_any(&mut self, source: Source) {
        let source = Arc::new(source);
        let mut report = blank_report(self.ways.len() as u32, &source.name);
        if let Origin::Member(member) = &source.origin {
            report.container = Some(member.container().clone());
        }
        match self.setup.open(&source, None) {
            Err(completeness) => {
                report.completeness = completeness;
                self.tell_of(report);
            }
            Ok(Opened::Archive(kind, from)) => self.read_archive(&source, kind, from, report),
            Ok(Opened::Text(from)) => self.read_text(&source, from, report),
        }
    }

    /// Reads the members of an archive in order of name. The archive itself is reported only if something is wrong.
    fn read_archive(&mut self, source: &Arc<Source>, kind: Archive, from: Inflated, mut report: SourceReport) {
        let compression = from.compression().map(Compression::name);
        let (setup, place) = (self.setup, &mut self.store);
        let unpacked = unpack(source, kind, from, &mut || store(place), &|| !setup.stopped());
        self.known += unpacked.members.len();
        if let Some(why) = unpacked.trouble {
            (report.sha256, report.bytes) = (unpacked.container.sha256, unpacked.container.bytes);
            report.compression = compression;
            report.completeness = match unpacked.members.as_slice() {
                [] => Completeness::Unreadable(why),
                _ => Completeness::Cut(why),
            };
            self.tell_of(report);
        } else {
            self.known -= 1;
        }
        // Members were not looked at ahead.
        self.at = None;
        for member in unpacked.members {
            self.read_any(member);
        }
    }

    fn read_text(&mut self, source: &Arc<Source>, mut from: Inflated, report: SourceReport) {
        self.begin(&report);
        let setup = self.setup;
        let (head, earlier) = self.seen.earlier(source, &mut from, &|| !setup.stopped());
        if let Some(earlier) = earlier {
            let report = self.pass_over(source, &earlier, from, report);
            let why = format!("the lines of {} are those of {}", source.name, earlier.name);
            self.end(report, Access::Gone(why));
            return;
        }
        let encoding = from.encoding();
        let (report, kept) = self.read(source, from, report);
        if let (Some(head), Completeness::Whole | Completeness::Unknown(_)) = (head, &report.completeness) {
            self.seen.remember(head, source, &report, encoding);
        }
        let way = access(source, report.bytes, report.compression.is_some(), encoding, kept);
        self.end(report, way);
    }

    /// The report of a source that holds what another did.
    fn pass_over(&self, source: &Source, earlier: &Source, from: Inflated, mut report: SourceReport) -> SourceReport {
        let name = &source.name;
        report.compression = from.compression().map(Compression::name);
        report.encoding = from.encoding().map(Encoding::name);
        let text = if from.compression().is_some() { "text" } else { "bytes" };
        report.completeness = Completeness::Duplicate(format!(
            "{name} holds the same {text} as {}; it was read once, under that name",
            earlier.name
        ));
        match from.into_stored().map(|stored| stored.finish(|| !self.setup.stopped())) {
            Some(Ok((bytes, sha256))) => (report.bytes, report.sha256) = (bytes, sha256),
            Some(Err(error)) => {
                report.completeness =
                    Completeness::Cut(format!("{name} cannot be read to its end ({}); copy it anew", why(&error)));
            }
            None => {}
        }
        report
    }

    /// Reports what has no records.
    fn tell_of(&mut self, report: SourceReport) {
        let why = format!("no line of {} was read", report.path);
        self.begin(&report);
        self.end(report, Access::Gone(why));
    }

    fn begin(&mut self, report: &SourceReport) {
        self.tell(Event::Begin(report.id, self.known, report.path.clone()));
    }

    fn end(&mut self, report: SourceReport, way: Access) {
        self.ways.push(way);
        self.tell(Event::End(Box::new(report)));
    }

    /// Whether the text goes into the spool while it is read.
    pub(super) fn spools(&self, source: &Source, from: &Inflated) -> bool {
        self.spool.is_ok() && !lies_as_it_is(source, from.compression().is_some(), from.encoding())
    }
}

impl Setup<'_> {
    /// Opens a source of this load.
    pub(super) fn open(&self, source: &Source, ahead: Option<usize>) -> Result<Opened, Completeness> {
        open_source(source, ahead, &self.bytes, &|| self.stopped())
    }
}

fn store(slot: &mut Option<Arc<Store>>) -> io::Result<Arc<Store>> {
    if let Some(store) = slot {
        return Ok(Arc::clone(store));
    }
    let store = Store::new()?;
    *slot = Some(Arc::clone(&store));
    Ok(store)
}

#[cfg(test)]
#[path = "open/tests.rs"]
mod tests;
