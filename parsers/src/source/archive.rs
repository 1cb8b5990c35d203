//! Archives: their members become sources named `archive!member`, numbered in natural order of name.
//!
//! Nothing is extracted under a member's name. Members of an uncompressed tar or zip file are read where they lie;
//! those of a compressed tar, which can only be read from front to back, are copied once into the [`Store`] of the
//! load (private, compressed, gone with the process), so that they can be read in order of name and again at any place.

mod tape;
mod zip;

use super::bound::Growth;
use super::extent::{Extent, Stamp};
use super::inflated::Inflated;
use super::member::{Member, Packing};
use super::order::oldest_first;
use super::{Origin, Source};
use crate::raw::{Keeping, Store};
use crate::report::Container;
use std::io::{self, Read, Write};
use std::sync::Arc;

/// Members listed of one archive.
const MAX_MEMBERS: usize = 1_000_000;

/// Bytes that tell an archive.
pub(super) const HEAD: usize = 512;

/// Kinds of archives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Archive {
    /// tar, of any kind.
    Tar,
    /// zip.
    Zip,
}

impl Archive {
    /// Recognises it by its first bytes.
    pub(super) fn of(head: &[u8]) -> Option<Self> {
        match head {
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Some(Self::Zip),
            _ => tape::is_header(head).then_some(Self::Tar),
        }
    }

    /// The name in output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tar => "tar",
            Self::Zip => "zip",
        }
    }
}

/// What an archive holds.
#[derive(Debug)]
pub struct Unpacked {
    /// Its members, in natural order of name.
    pub members: Vec<Source>,
    /// The file on disk.
    pub container: Container,
    /// Why members may be missing, in a sentence.
    pub trouble: Option<String>,
}

/// A member as an archive lists it.
pub(super) struct Found {
    name: String,
    extent: Extent,
    packing: Packing,
    crc: Option<u32>,
    bytes: u64,
    modified: Option<i64>,
    /// Why it cannot be read, as the end of a sentence that begins with its name.
    barred: Option<String>,
}

/// What listing an archive needs.
pub(super) struct Unpacking<'a> {
    /// Name of the archive.
    name: &'a str,
    /// Where the archive lies as it is, if it does.
    extent: Option<Extent>,
    store: &'a mut dyn FnMut() -> io::Result<Arc<Store>>,
    go_on: &'a dyn Fn() -> bool,
    found: Vec<Found>,
    /// Bytes of the archive that may still be gone through.
    left: u64,
    /// Whether they did not suffice.
    stopped: bool,
}

/// What the beginning of an archive holds.
pub(crate) struct Listing {
    /// Members, in natural order of name; the last one of a tape may be cut.
    pub(crate) members: Vec<Source>,
    /// Why members may be missing, in a sentence.
    pub(crate) trouble: Option<String>,
    /// Whether the archive goes on after what was looked at.
    pub(crate) goes_on: bool,
    /// Bytes of it as stored that were gone through, if it goes on.
    pub(crate) taken: u64,
}

/// Lists the members of an archive. `store` gives the place for those that cannot be read where they lie.
pub fn unpack(
    source: &Arc<Source>,
    kind: Archive,
    mut from: Inflated,
    store: &mut dyn FnMut() -> io::Result<Arc<Store>>,
    go_on: &dyn Fn() -> bool,
) -> Unpacked {
    let name = source.name.as_str();
    let Members { found, trouble: listed, .. } = members(source, kind, &mut from, store, go_on, u64::MAX);
    let mut trouble = listed;
    let stored = from.into_stored();
    let growth = stored.as_ref().map_or_else(Arc::default, super::Stored::growth);
    let (container, depth) = if let Origin::Member(member) = &source.origin {
        (member.container.clone(), member.depth + 1)
    } else {
        let (bytes, sha256) = match stored.map(|stored| stored.finish(go_on)).transpose() {
            Ok(hashed) => hashed.unwrap_or_default(),
            Err(error) => {
                trouble
                    .get_or_insert(format!("{name} cannot be read to its end ({}); copy it anew", super::why(&error)));
                (0, String::new())
            }
        };
        (Container { path: name.to_owned(), sha256, bytes }, 1)
    };
    let members = sources(name, found, &container, depth, &growth);
    Unpacked { members, container, trouble }
}

/// Lists the members that stand in the first `most` bytes of an archive (as decompressed; zip files name all of theirs
/// in a directory). Nothing is hashed, so containers carry no SHA-256. Members of compressed tapes are copied into the
/// store as in [`unpack`], which is what this costs.
pub(crate) fn list(
    source: &Arc<Source>,
    kind: Archive,
    mut from: Inflated,
    store: &mut dyn FnMut() -> io::Result<Arc<Store>>,
    go_on: &dyn Fn() -> bool,
    most: u64,
) -> Listing {
    let Members { found, trouble, goes_on } = members(source, kind, &mut from, store, go_on, most);
    let taken = from.taken();
    let growth = from.into_stored().as_ref().map_or_else(Arc::default, super::Stored::growth);
    let (container, depth) = match &source.origin {
        Origin::Member(member) => (member.container.clone(), member.depth + 1),
        Origin::File(_, bytes) => (Container { path: source.name.clone(), sha256: String::new(), bytes: *bytes }, 1),
        Origin::Stdin | Origin::Stream(_) => {
            (Container { path: source.name.clone(), sha256: String::new(), bytes: 0 }, 1)
        }
    };
    let members = sources(&source.name, found, &container, depth, &growth);
    Listing { members, trouble, goes_on, taken }
}

/// Members as listed, in natural order of name.
struct Members {
    found: Vec<Found>,
    trouble: Option<String>,
    goes_on: bool,
}

fn members(
    source: &Arc<Source>,
    kind: Archive,
    from: &mut Inflated,
    store: &mut dyn FnMut() -> io::Result<Arc<Store>>,
    go_on: &dyn Fn() -> bool,
    most: u64,
) -> Members {
    let name = source.name.as_str();
    let extent = if from.compression().is_some() { None } else { extent_of(source) };
    let mut unpacking = Unpacking { name, extent, store, go_on, found: Vec::new(), left: most, stopped: false };
    let listed = match kind {
        Archive::Tar => unpacking.list_tape(from),
        Archive::Zip => unpacking.list_zip(from),
    };
    let (mut found, goes_on) = (unpacking.found, unpacking.stopped);
    oldest_first(&mut found, |source| &source.name);
    let mut trouble = listed.err();
    if trouble.is_none() && found.is_empty() {
        trouble = Some(format!("{name} is a {} archive without files to read", kind.name()));
    }
    Members { found, trouble, goes_on }
}

/// Where an uncompressed source lies.
fn extent_of(source: &Arc<Source>) -> Option<Extent> {
    match &source.origin {
        Origin::File(_, len) => Stamp::new(source, *len).map(Extent::file),
        Origin::Member(member) => member.extent().cloned(),
        Origin::Stdin | Origin::Stream(_) => None,
    }
}

/// Names that stand twice (a tape that was appended to) are told apart by `#2`, `#3`, ….
fn sources(archive: &str, found: Vec<Found>, container: &Container, depth: usize, growth: &Arc<Growth>) -> Vec<Source> {
    let mut sources: Vec<Source> = Vec::with_capacity(found.len());
    let (mut last, mut times) = (String::new(), 1);
    for mut member in found {
        times = if member.name == last { times + 1 } else { 1 };
        let again = if times > 1 { format!("#{times}") } else { String::new() };
        let name = format!("{archive}!{}{again}", member.name);
        last = std::mem::take(&mut member.name);
        let barred = member.barred.take().map(|why| format!("{name} {why}"));
        let member = Member {
            container: container.clone(),
            extent: member.extent,
            packing: member.packing,
            crc: member.crc,
            bytes: member.bytes,
            modified: member.modified,
            depth,
            growth: Arc::clone(growth),
            barred,
        };
        sources.push(Source { name, origin: Origin::Member(Arc::new(member)) });
    }
    sources
}

impl Unpacking<'_> {
    /// Adds a member; an error, in a sentence, once there are too many.
    fn add(&mut self, found: Found) -> Result<(), String> {
        if self.found.len() == MAX_MEMBERS {
            return Err(format!("{} holds more than {MAX_MEMBERS} files; the others were not read", self.name));
        }
        self.found.push(found);
        Ok(())
    }

    /// Copies bytes into the store. The second value says why there are fewer than there should be.
    fn keep(&mut self, from: &mut dyn Read) -> Result<(Extent, Option<io::Error>), String> {
        let name = self.name;
        let full = |error: io::Error| {
            format!(
                "{name} could not be unpacked in the directory for temporary files ({}); make room or set TMPDIR",
                super::why(&error)
            )
        };
        let mut keeping = Keeping::new(&(self.store)().map_err(full)?);
        let mut buffer = vec![0; 64 << 10];
        let cut = loop {
            if !(self.go_on)() {
                break Some(io::Error::other("the load was stopped"));
            }
            if self.left == 0 {
                self.stopped = true;
                break None;
            }
            let room = usize::try_from(self.left).map_or(buffer.len(), |left| left.min(buffer.len()));
            match from.read(&mut buffer[..room]) {
                Ok(0) => break None,
                Ok(got) => {
                    keeping.write_all(&buffer[..got]).map_err(full)?;
                    self.left -= got as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => break Some(error),
            }
        };
        Ok((Extent::kept(keeping.finish().map_err(full)?), cut))
    }

    /// The sentence for an archive that cannot be read to its end.
    fn cut(&self, error: &io::Error) -> String {
        let name = self.name;
        if !(self.go_on)() {
            return format!("reading of {name} was stopped; load it again for the rest");
        }
        // The tar crate says so in words only.
        let text = error.to_string();
        if error.kind() == io::ErrorKind::UnexpectedEof || text.contains("EOF") || text.contains("entire block") {
            format!("{name} ends in the middle of the archive; kept are its files up to there; copy it anew")
        } else {
            format!("{name} is damaged as an archive ({text}); kept are its files up to there; copy it anew")
        }
    }
}

/// The name of a member as text, and `None` for one that is passed over: hidden, or a resource fork.
fn name_of(bytes: &[u8]) -> Option<String> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        // Korean Windows writes names in CP949.
        Err(_) => encoding_rs::EUC_KR.decode_without_bom_handling(bytes).0.into_owned(),
    };
    let text: String = text.chars().map(|char| if char.is_control() { '\u{fffd}' } else { char }).collect();
    let text = text.replace('\\', "/");
    let parts: Vec<&str> = text.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    let hidden = |part: &&str| (part.starts_with('.') && *part != "..") || *part == "__MACOSX";
    if parts.is_empty() || parts.iter().any(hidden) { None } else { Some(parts.join("/")) }
}
