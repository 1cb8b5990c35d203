//! Original bytes of records that another run has read: from lines that were kept, or from the files if they still are
//! what was read.

use super::{Access, RawLines, access};
use crate::report::SourceReport;
use crate::source::{Encoding, Origin, Window, discover};
use crate::table::Place;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

/// Lines of a source by offset and length.
pub type Lines = BTreeMap<(u64, u32), Vec<u8>>;

/// Gives the kept lines of all sources, by the number of the source; asked for at most once.
pub type Keeper = Box<dyn Fn() -> io::Result<BTreeMap<u32, Lines>> + Send + Sync>;

/// A source that was read before.
#[derive(Clone, Copy, Debug)]
pub struct Earlier<'a> {
    /// What was reported of it.
    pub report: &'a SourceReport,
    /// When its file had been changed last.
    pub modified: Option<SystemTime>,
}

/// Lines that were kept, fetched when the first of them is asked for.
pub(crate) struct Shelf {
    keeper: Keeper,
    lines: OnceLock<Result<BTreeMap<u32, Lines>, String>>,
}

impl Shelf {
    /// A line, if it was kept.
    pub(super) fn line(&self, source: u32, place: Place) -> io::Result<Option<Vec<u8>>> {
        let lines = self.lines.get_or_init(|| (self.keeper)().map_err(|error| error.to_string()));
        let lines = lines.as_ref().map_err(|why| io::Error::other(why.clone()))?;
        Ok(lines.get(&source).and_then(|lines| lines.get(&(place.byte_offset, place.byte_len))).cloned())
    }
}

impl RawLines {
    /// Access to lines of sources that were read before, by their number. Nothing is opened yet but to look whether files
    /// are as they were; what was kept comes first.
    pub fn later(sources: &[Earlier<'_>], keeper: Keeper) -> Self {
        let sources = sources.iter().map(file).collect();
        Self { shelf: Some(Shelf { keeper, lines: OnceLock::new() }), ..Self::new(sources) }
    }
}

/// The way back to the file of a source.
fn file(earlier: &Earlier<'_>) -> Access {
    let Earlier { report, modified } = *earlier;
    let gone = |why: &str| Access::Gone(format!("this line was not kept, and {} {why}", report.path));
    if report.container.is_some() {
        return gone("lies in an archive, which is not looked into again; ingest with --keep-raw all");
    }
    // A name is a name here, not a pattern, and a directory that took the place of a file is none.
    if !Path::new(&report.path).is_file() {
        return gone("is not there any more");
    }
    let found = discover(std::slice::from_ref(&report.path), Window::default()).sources;
    let [source] = found.as_slice() else { return gone("is not there any more") };
    let same_size = matches!(source.origin, Origin::File(_, bytes) if bytes == report.bytes);
    if !same_size || source.modified() != modified {
        return gone("has changed since it was ingested");
    }
    let encoding = Encoding::ALL.into_iter().find(|encoding| Some(encoding.name()) == report.encoding);
    access(&Arc::new(source.clone()), report.bytes, report.compression.is_some(), encoding, Err(String::new()))
}
