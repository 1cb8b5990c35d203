//! Samples: the beginning of each source, and the records in it that detection looks at. No more of a source is read;
//! of an archive only what it takes to find its members.

use crate::frame::{Block, Framing, Record, is_blank, is_hole, records};
use crate::load::{Opened, Problem, open_source};
use crate::raw::Store;
use crate::report::{Completeness, Container};
use crate::source::{Archive, Compression, Discovery, Encoding, Inflated, Origin, Pruned, Source, discover, unpack};
use crate::source::{Unpacked, Window, why};
use std::io::Read;
use std::sync::Arc;

/// Bytes looked at to recognise a format: the same whatever the block size.
pub(crate) const HEAD: usize = 1 << 20;

/// Records looked at to recognise a format.
const SAMPLE: usize = 200;

/// Of one record, this much is looked at.
pub(super) const SAMPLE_RECORD: usize = 64 << 10;

/// The beginning of a source.
pub(crate) struct Head {
    /// As decompressed, in UTF-8.
    pub(crate) block: Block,
    /// Whether this is all of it.
    pub(crate) ended: bool,
}

/// A source of which the beginning was read, or why it was not.
pub(crate) struct Opening<'s> {
    pub(crate) source: &'s Source,
    pub(crate) container: Option<&'s Container>,
    pub(crate) compression: Option<&'static str>,
    pub(crate) encoding: Option<&'static str>,
    pub(crate) head: Result<Head, String>,
}

/// What became of paths that gave no sample.
#[derive(Debug, Default)]
pub struct Unsampled {
    /// Paths that gave no source.
    pub problems: Vec<Problem>,
    /// Files left out because their names state a time outside the one to be loaded.
    pub pruned: Pruned,
}

/// Reads the beginning of every source that the paths name, in the order of a load.
pub(crate) fn read_heads(paths: &[String], window: Window, each: &mut dyn FnMut(Opening<'_>)) -> Unsampled {
    let Discovery { sources, problems, pruned } = discover(paths, window);
    let mut sampler = Sampler { store: None, each };
    for source in sources {
        sampler.read_any(source);
    }
    Unsampled { problems, pruned }
}

/// The first records that say something, and more from further on. One that the head cuts is used only where it is
/// all there is, and so are holes.
pub(crate) fn sample(head: &Block, ended: bool) -> Vec<Record<'_>> {
    let whole = head.bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at as u64);
    let (holes, all): (Vec<Record<'_>>, Vec<Record<'_>>) = records(head)
        .filter(|record| ended || whole == 0 || record.offset <= whole)
        .map(|record| Record { bytes: &record.bytes[..record.bytes.len().min(SAMPLE_RECORD)], ..record })
        .filter(|record| !is_blank(record.bytes))
        .partition(|record| is_hole(record.bytes));
    if all.is_empty() {
        return holes;
    }
    if all.len() <= SAMPLE {
        return all;
    }
    // A program's first words are seldom requests.
    let (first, rest) = all.split_at(SAMPLE / 2);
    let step = rest.len().div_ceil(SAMPLE / 2);
    let spread = rest.iter().enumerate().filter(|(at, record)| at % step == 0 || record.bytes.first() == Some(&b'#'));
    first.iter().copied().chain(spread.map(|(_, record)| *record)).take(2 * SAMPLE).collect()
}

struct Sampler<'e> {
    /// Where members of compressed archives are kept.
    store: Option<Arc<Store>>,
    each: &'e mut dyn FnMut(Opening<'_>),
}

impl Sampler<'_> {
    fn read_any(&mut self, source: Source) {
        let source = Arc::new(source);
        match open_source(&source, Some(HEAD), &Arc::default(), &|| false) {
            Err(completeness) => self.tell(&source, None, Err(sentence(completeness))),
            Ok(Opened::Archive(kind, from)) => self.read_archive(&source, kind, from),
            Ok(Opened::Text(mut from)) => {
                let head = match from.foreign() {
                    Some(foreign) => Err(format!(
                        "{} is compressed as {foreign}, which is not read; decompress it first",
                        source.name
                    )),
                    None => read_head(&source, &mut from),
                };
                self.tell(&source, Some(&from), head);
            }
        }
    }

    fn read_archive(&mut self, source: &Arc<Source>, kind: Archive, from: Inflated) {
        let place = &mut self.store;
        let mut store = || match place {
            Some(store) => Ok(Arc::clone(store)),
            None => Store::new().inspect(|store| *place = Some(Arc::clone(store))),
        };
        let Unpacked { members, trouble, .. } = unpack(source, kind, from, &mut store, &|| true);
        if let Some(why) = trouble {
            self.tell(source, None, Err(why));
        }
        for member in members {
            self.read_any(member);
        }
    }

    fn tell(&mut self, source: &Source, from: Option<&Inflated>, head: Result<Head, String>) {
        let container = match &source.origin {
            Origin::Member(member) => Some(member.container()),
            _ => None,
        };
        (self.each)(Opening {
            source,
            container,
            compression: from.and_then(Inflated::compression).map(Compression::name),
            encoding: from.and_then(Inflated::encoding).map(Encoding::name),
            head,
        });
    }
}

fn read_head(source: &Source, from: &mut Inflated) -> Result<Head, String> {
    let name = &source.name;
    let mut bytes = Vec::new();
    // Where the source is damaged further on, what comes before the damage tells its format all the same.
    let ended = match from.take(HEAD as u64).read_to_end(&mut bytes) {
        Ok(got) => got < HEAD,
        Err(error) if bytes.is_empty() => return Err(format!("{name} cannot be read ({}); copy it anew", why(&error))),
        Err(_) => false,
    };
    if bytes.is_empty() {
        return Err(source.empty());
    }
    let framing = Framing::of(&bytes, ended);
    let block = Block { bytes, first_line: 1, offset: 0, lines: 0, framing, first_item: 0, more: !ended };
    Ok(Head { block, ended })
}

fn sentence(completeness: Completeness) -> String {
    match completeness {
        Completeness::Cut(why)
        | Completeness::Unreadable(why)
        | Completeness::Unknown(why)
        | Completeness::Duplicate(why) => why,
        Completeness::Whole => String::new(),
    }
}
