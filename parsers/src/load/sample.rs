//! Looking at a source without reading it: its beginning, and its end where that is cheap.
//!
//! In: a source and how much of it may be read. Out: its report, counting only what was looked at, the facts of that,
//! and how far the look reaches. The stages are those of a load; only the amount differs. Small sources are read whole
//! by it and come out exact.

use super::Setup;
use super::batch::{Batch, Plan, Tally, decode};
use super::headers::Headers;
use super::merge::blank_report;
use super::open::Opened;
use super::read::{End, broken, judge};
use crate::frame::{Block, Framer, Framing, Piece};
use crate::raw::{Store, lies_as_it_is};
use crate::report::{Completeness, Reject, SourceReport};
use crate::source::{Archive, Compression, Encoding, Extent, Inflated, Listing, Origin, Source, Stamp, list};
use crate::table::FactTable;
use crate::time::FoldClock;
use foldhash::fast::FixedState;
use std::hash::BuildHasher;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Bytes at either end that must agree in copies.
const PRINT: usize = 16 << 10;

/// Stands for the offset of a tail, which may not be known.
const TAIL: u64 = 1 << 62;

/// How much of a source is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// Bytes from its start, as decompressed.
    pub(crate) head: usize,
    /// Bytes up to its end.
    pub(crate) tail: usize,
    /// A compressed source of at most so many stored bytes is decompressed to its end.
    pub(crate) drained: u64,
    /// Bytes of an archive that are gone through to list its members.
    pub(crate) listed: u64,
}

/// How far a look reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// All of it: every figure is exact.
    Whole,
    /// Its beginning and its end, so that its hours are known.
    Ends,
    /// Its beginning only.
    Head,
}

/// What an opened file turned out to be.
pub(crate) enum Look {
    Text(Box<Sample>),
    Archive(Box<SourceReport>, Listing),
    Refused(Box<SourceReport>),
}

/// A source that was looked at.
pub(crate) struct Sample {
    /// As after a load, but of the part looked at: `bytes` is the stored size, records are those seen.
    pub(crate) report: SourceReport,
    pub(crate) reach: Reach,
    /// Bytes as stored, where the source says how many.
    pub(crate) stored: Option<u64>,
    /// Bytes as decompressed, where they were all counted.
    pub(crate) text: Option<u64>,
    /// Stored bytes that the head took, and what they became.
    pub(crate) taken: u64,
    pub(crate) head: u64,
    /// Bytes decoded: head and tail without records cut at their edges.
    pub(crate) decoded: u64,
    /// Bytes of the longer of these.
    pub(crate) cut: u64,
    pub(crate) facts: FactTable,
    pub(crate) reject: Option<Reject>,
    /// What copies have in common: the begin, and the end if it was reached.
    pub(crate) prints: (u64, Option<u64>),
    /// Time for opening and recognising, and for decoding.
    pub(crate) spent: (Duration, Duration),
}

impl Setup<'_> {
    /// Looks at a source. `store` gives the place for members of compressed archives.
    pub(crate) fn look(
        &self,
        source: &Arc<Source>,
        bounds: Bounds,
        store: &mut dyn FnMut() -> io::Result<Arc<Store>>,
    ) -> Look {
        let started = Instant::now();
        let mut report = blank_report(0, &source.name);
        if let Origin::Member(member) = &source.origin {
            report.container = Some(member.container().clone());
        }
        report.bytes = stored_bytes(source).unwrap_or(0);
        match self.open(source, Some(bounds.head)) {
            Err(completeness) => {
                report.completeness = completeness;
                Look::Refused(Box::new(report))
            }
            Ok(Opened::Archive(kind, from)) => self.look_into(source, kind, from, report, bounds, store),
            Ok(Opened::Text(from)) => Look::Text(Box::new(self.look_at(source, from, report, bounds, started))),
        }
    }

    fn look_into(
        &self,
        source: &Arc<Source>,
        kind: Archive,
        from: Inflated,
        mut report: SourceReport,
        bounds: Bounds,
        store: &mut dyn FnMut() -> io::Result<Arc<Store>>,
    ) -> Look {
        report.compression = from.compression().map(Compression::name);
        let listing = list(source, kind, from, store, &|| !self.stopped(), bounds.listed);
        if let Some(why) = &listing.trouble {
            report.completeness = match listing.members.as_slice() {
                [] => Completeness::Unreadable(why.clone()),
                _ => Completeness::Cut(why.clone()),
            };
        }
        Look::Archive(Box::new(report), listing)
    }

    fn look_at(
        &self,
        source: &Arc<Source>,
        mut from: Inflated,
        mut report: SourceReport,
        bounds: Bounds,
        started: Instant,
    ) -> Sample {
        let foreign = from.foreign();
        report.compression = from.compression().map(Compression::name);
        report.encoding = from.encoding().map(Encoding::name);
        let (mut head, mut end) = self.read_head(&mut from, bounds.head, Vec::new());
        let (taken, head_len) = (from.taken(), head.len() as u64);
        let mut after = Vec::new();
        if end.is_none() {
            // Where next to nothing is left, the whole is as cheap.
            (after, end) = self.read_head(&mut from, bounds.tail, Vec::new());
            if end.is_some() {
                head.append(&mut after);
            }
        }
        let ended = end.is_some();
        let framing = Framing::of(&head, ended);
        let block = Block { bytes: head, first_line: 1, offset: 0, lines: 0, framing, first_item: 0, more: !ended };
        let (plan, mut lacks, mut watch) = self.plan(source, (&block, ended), None, foreign, &mut report);
        let rest = if ended { Rest::default() } else { self.read_rest(source, &mut from, &block, after, bounds) };
        let opened = started.elapsed();
        let begin = print(&block.bytes[..block.bytes.len().min(PRINT)]);
        let mut decoded = Decoded {
            setup: self,
            plan: Arc::new(plan),
            headers: Headers::default(),
            clock: FoldClock::default(),
            sum: Sum::default(),
        };
        let (lost, lines) = decoded.head(block, end.as_ref());
        let edge = lost.max(memchr::memchr(b'\n', &rest.tail).unwrap_or(rest.tail.len()) as u64);
        // Its end may be in another format than its beginning.
        if let Some(watch) = watch.as_mut()
            && watch.look_apart(&rest.tail)
        {
            decoded.plan = Arc::new(self.extend(&decoded.plan, TAIL, source, watch, &mut report));
            lacks = None;
        }
        let (text, tail) = match &end {
            Some(_) => (Some(decoded.sum.text), Some(decoded.sum.last)),
            None => (rest.text, rest.print()),
        };
        let reach = match (&end, decoded.tail(rest.tail)) {
            (Some(_), _) => Reach::Whole,
            (None, true) => Reach::Ends,
            (None, false) => Reach::Head,
        };
        report.lines = lines;
        report.bytes_decompressed = decoded.sum.text;
        report.completeness = match (&end, rest.failed, lacks) {
            (Some(end), _, lacks) => judge(source, &report, end, lost, lacks),
            (None, Some(why), _) => Completeness::Cut(why),
            (None, None, Some(lacks)) => Completeness::Unknown(lacks),
            (None, None, None) => Completeness::Whole,
        };
        let cut = cut_by_archive(source);
        let spent = (opened, started.elapsed().saturating_sub(opened));
        let Sum { facts, reject, bytes, tally, .. } = decoded.sum;
        report.zone = self.zone_said(&report, tally);
        report.folded = decoded.clock.unsettled();
        fill(&mut report, tally);
        Sample {
            reach: if cut { Reach::Head } else { reach },
            stored: stored_bytes(source),
            text: text.filter(|_| !cut),
            taken,
            head: head_len,
            decoded: bytes,
            cut: edge,
            facts,
            reject,
            prints: (begin, tail.filter(|_| !cut)),
            spent,
            report,
        }
    }

    /// Reads the end of a source whose beginning has been read: at its place where it lies as it is, by decompressing
    /// all of it where that is little, else not at all.
    fn read_rest(
        &self,
        source: &Arc<Source>,
        from: &mut Inflated,
        head: &Block,
        after: Vec<u8>,
        bounds: Bounds,
    ) -> Rest {
        let compressed = from.compression().is_some();
        let seen = (head.bytes.len() + after.len()) as u64;
        // Other records than lines cannot be told apart from the middle.
        let is_lines = head.framing == Framing::Lines;
        if lies_as_it_is(source, compressed, from.encoding())
            && let Some(extent) = extent_of(source)
        {
            let len = extent.len();
            let start = len.saturating_sub(bounds.tail as u64).max(seen);
            let tail = extent.read(start, usize::try_from(len.saturating_sub(start)).unwrap_or(0)).ok();
            return Rest { text: Some(len), tail: tail.filter(|_| is_lines).unwrap_or_default(), failed: None };
        }
        match stored_bytes(source) {
            Some(stored) if stored <= bounds.drained => self.drain(source, from, seen, after, bounds.tail, is_lines),
            _ => Rest::default(),
        }
    }

    /// Decompresses to the end, and keeps the last bytes only.
    fn drain(
        &self,
        source: &Source,
        from: &mut Inflated,
        seen: u64,
        mut last: Vec<u8>,
        keep: usize,
        is_lines: bool,
    ) -> Rest {
        let mut text = seen;
        loop {
            // A piece no smaller than what is kept, so that bytes are moved about once.
            let (piece, end) = self.read_head(from, keep.max(64 << 10), Vec::new());
            text += piece.len() as u64;
            last.extend_from_slice(&piece);
            last.drain(..last.len().saturating_sub(keep));
            match end {
                None => {}
                Some(End::Whole) => {
                    return Rest { text: Some(text), tail: if is_lines { last } else { Vec::new() }, failed: None };
                }
                Some(End::Stopped) => return Rest::default(),
                Some(End::Failed(error)) => {
                    let compression = from.compression().map(Compression::name);
                    let failed = format!("{}; copy it anew", broken(&source.name, compression, &error));
                    return Rest { failed: Some(failed), ..Rest::default() };
                }
            }
        }
    }
}

/// What is known of a source beyond its beginning.
#[derive(Default)]
struct Rest {
    /// Bytes as decompressed, of all of it.
    text: Option<u64>,
    /// The last bytes, if they can be told apart into records.
    tail: Vec<u8>,
    /// Why it does not go on, in a sentence.
    failed: Option<String>,
}

impl Rest {
    fn print(&self) -> Option<u64> {
        (!self.tail.is_empty()).then(|| print(&self.tail[self.tail.len().saturating_sub(PRINT)..]))
    }
}

/// What was decoded so far.
#[derive(Default)]
struct Sum {
    facts: FactTable,
    reject: Option<Reject>,
    tally: Tally,
    /// Bytes handed to decoders.
    bytes: u64,
    /// Bytes of the head, and a print of its end.
    text: u64,
    last: u64,
}

/// A source being decoded, head before tail.
struct Decoded<'s> {
    setup: &'s Setup<'s>,
    plan: Arc<Plan>,
    headers: Headers,
    /// The clock of the source, as far as its lines were looked at.
    clock: FoldClock,
    sum: Sum,
}

impl Decoded<'_> {
    /// Decodes the beginning; returns the bytes of a record that the end of it cuts, and its lines.
    fn head(&mut self, head: Block, end: Option<&End>) -> (u64, u64) {
        let Block { bytes, framing, .. } = head;
        self.sum.text = bytes.len() as u64;
        self.sum.last = print(&bytes[bytes.len().saturating_sub(PRINT)..]);
        let mut framer = Framer::new(bytes.len() + 1, self.setup.options.max_record, framing, Vec::new());
        framer.room(bytes.len())[..bytes.len()].copy_from_slice(&bytes);
        let early = framer.advance(bytes.len(), || Some(Vec::new()));
        debug_assert!(early.is_none(), "the block is larger than its bytes");
        let (piece, lost) = match end {
            Some(End::Whole) => (framer.finish(|| Some(Vec::new())), 0),
            _ => framer.finish_cut(|| Some(Vec::new())),
        };
        let lines = framer.lines();
        if let Some(Piece::Block(block)) = piece {
            self.decode(block);
        }
        (lost, lines)
    }

    /// Decodes the end, from the first line that begins in it; returns whether that says when.
    fn tail(&mut self, mut tail: Vec<u8>) -> bool {
        let Some(at) = memchr::memchr(b'\n', &tail) else { return false };
        tail.drain(..=at);
        if tail.is_empty() {
            return false;
        }
        // Neither line numbers nor places are known here, and nothing shows them.
        let (lines, framing) = (memchr::memchr_iter(b'\n', &tail).count() as u64, Framing::Lines);
        self.decode(Block { bytes: tail, first_line: 1, offset: TAIL, lines, framing, first_item: 0, more: false })
    }

    /// Decodes a block; returns whether it says when.
    fn decode(&mut self, block: Block) -> bool {
        let headers = self.headers.clone();
        self.plan.readings.heed(&block.bytes, &mut self.headers);
        self.sum.bytes += block.bytes.len() as u64;
        let first = self.sum.tally.records == 0;
        let batch = decode(Arc::clone(&self.plan), block, &headers, FactTable::default(), self.setup.options);
        let Batch { mut facts, rejects, mut tally, .. } = batch;
        self.setup.settle(&self.plan, &mut self.clock, &mut facts, &mut tally);
        self.sum.facts.append(&facts);
        self.sum.facts.finish();
        self.sum.tally.add(tally);
        if first {
            self.sum.reject = rejects.into_iter().next();
        }
        tally.last.is_some()
    }
}

fn fill(report: &mut SourceReport, tally: Tally) {
    report.records = tally.records;
    report.rows = tally.rows;
    report.rejects = tally.rejects;
    report.skips = tally.skips;
    report.first = tally.first;
    report.last = tally.last;
    report.gaps = tally.notes.gaps;
    report.sampling = tally.sampling();
    report.count_others(&tally.by_format);
}

fn print(bytes: &[u8]) -> u64 {
    FixedState::default().hash_one(bytes)
}

/// Bytes as stored, of a member as extracted; `None` for streams.
pub(crate) fn stored_bytes(source: &Source) -> Option<u64> {
    match &source.origin {
        Origin::File(_, bytes) => Some(*bytes),
        Origin::Member(member) => Some(member.bytes()),
        Origin::Stdin | Origin::Stream(_) => None,
    }
}

/// Where a source lies that lies as it is.
fn extent_of(source: &Arc<Source>) -> Option<Extent> {
    match &source.origin {
        Origin::File(_, bytes) => Stamp::new(source, *bytes).map(Extent::file),
        Origin::Member(member) => member.extent().cloned(),
        Origin::Stdin | Origin::Stream(_) => None,
    }
}

/// Whether a member goes on where the look at its archive ended.
fn cut_by_archive(source: &Source) -> bool {
    let Origin::Member(member) = &source.origin else { return false };
    member.extent().is_some_and(|extent| extent.len() < member.bytes())
}
