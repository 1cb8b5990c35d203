//! Decoding: a block of lines to a batch of facts.

use super::headers::Headers;
use super::later::MOST;
use super::{LoadOptions, REJECTS_KEPT};
use crate::decode::Verdict;
use crate::decode::layers::Layers;
use crate::frame::{Block, Hole, Long, Record, is_blank, is_hole, records};
use crate::mask::{Places, mask_hiding};
use crate::report::{Reject, SourceReport};
use crate::schema::Number;
use crate::table::{FactTable, Notes, Place};
use memchr::{memchr, memmem};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes of a rejected record that are kept.
const SHOWN: usize = 4 << 10;

/// Of a hole, where all bytes are alike.
const HOLE_SHOWN: usize = 16;

/// So many NUL bytes in a row inside a record are no value that somebody sent: what stands before them and what stands
/// behind them were two records.
const SPOILING: [u8; 16] = [0; 16];

const HOLE: &str = "NUL bytes only: nothing was written here, or it was lost";
const SPOILED: &str = "NUL bytes in it: a part was not written, or was lost";

/// How the records of one source are decoded.
pub(super) struct Plan {
    pub(super) source: u32,
    /// What is known of it before its records are read.
    pub(super) known: SourceReport,
    pub(super) readings: Readings,
    /// Rejects merged so far: past the limit their text need not be made.
    pub(super) rejected: Arc<AtomicU64>,
}

/// How the records of a source are read.
#[derive(Clone, Default)]
pub(super) struct Readings {
    /// Why records before the first of the layers are not.
    pub(super) lack: String,
    /// Layers, and the offset of the first record that they are for: formats may come to be known later on.
    pub(super) layers: Vec<(u64, Layers)>,
}

impl Readings {
    /// The layers of a record that begins here, and where others are next.
    fn at(&self, offset: u64) -> (Option<&Layers>, u64) {
        let next = self.layers.partition_point(|(from, _)| *from <= offset);
        let here = next.checked_sub(1).map(|here| &self.layers[here].1);
        (here, self.layers.get(next).map_or(u64::MAX, |(from, _)| *from))
    }

    /// Takes note of the header lines of a block that is handed on.
    pub(super) fn heed(&self, block: &[u8], headers: &mut Headers) {
        match self.heeds_headers() {
            Some(wrapped) => headers.pass(block, wrapped),
            // What is not read may name columns that hold secrets.
            None if self.layers.is_empty() => headers.pass_unread(block),
            None => {}
        }
    }

    /// Whether header lines decide how the records after them are read, and whether these may stand in wrappers.
    fn heeds_headers(&self) -> Option<bool> {
        let heeds = self.layers.iter().any(|(_, layers)| layers.is_header_driven());
        heeds.then(|| self.layers.iter().any(|(_, layers)| layers.is_wrapped()))
    }
}

/// One block to decode, and its place in the order of everything.
pub(super) struct Job {
    pub(super) number: u64,
    pub(super) plan: Arc<Plan>,
    pub(super) block: Block,
    /// Header lines in force where the block begins.
    pub(super) headers: Headers,
    /// An empty table to decode into.
    pub(super) facts: FactTable,
}

/// The memory of a block that has been merged, to be used again.
#[derive(Default)]
pub(super) struct Spare {
    /// For bytes.
    pub(super) buffer: Vec<u8>,
    /// Empty.
    pub(super) facts: FactTable,
}

/// What happened, in numbers.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub(super) records: u64,
    pub(super) rows: u64,
    pub(super) rejects: u64,
    pub(super) skips: u64,
    /// Rejects that NUL bytes made such.
    pub(super) spoiled: u64,
    pub(super) first: Option<i64>,
    pub(super) last: Option<i64>,
    /// What had to be assumed about the times.
    pub(super) notes: Notes,
    /// Rows of each format found.
    pub(super) by_format: [u64; MOST],
}

impl Tally {
    /// Counts a row of one of the formats found.
    fn count_of(&mut self, found: usize) {
        if let Some(rows) = self.by_format.get_mut(found) {
            *rows += 1;
        }
    }

    pub(super) fn add(&mut self, other: Self) {
        self.records += other.records;
        self.rows += other.rows;
        self.rejects += other.rejects;
        self.skips += other.skips;
        self.spoiled += other.spoiled;
        self.first = [self.first, other.first].into_iter().flatten().min();
        self.last = self.last.max(other.last);
        self.notes.add(other.notes);
        self.by_format.iter_mut().zip(other.by_format).for_each(|(mine, theirs)| *mine += theirs);
    }
}

impl Tally {
    /// The share of the requests that was logged, where rows say that it was not all.
    pub(super) fn sampling(&self) -> Option<f64> {
        let logged = self.rows as f64 * 1_000.0;
        (self.notes.unlogged > 0).then(|| logged / (logged + self.notes.unlogged as f64))
    }
}

/// A decoded block.
pub(super) struct Batch {
    pub(super) plan: Arc<Plan>,
    pub(super) facts: FactTable,
    pub(super) rejects: Vec<Reject>,
    pub(super) tally: Tally,
    /// The block's memory, to be used again.
    pub(super) buffer: Vec<u8>,
}

/// Decodes blocks until there are no more.
pub(super) fn decode_all(
    work: &Mutex<Receiver<Job>>,
    results: &SyncSender<(u64, super::merge::Event)>,
    options: &LoadOptions,
) {
    loop {
        let job = work.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else { return };
        let batch = decode(job.plan, job.block, &job.headers, job.facts, options);
        if results.send((job.number, super::merge::Event::Batch(Box::new(batch)))).is_err() {
            return;
        }
    }
}

/// Header lines that are heeded in a block that no format reads: no log has more kinds of them.
const MOST_HEADERS: usize = 64;

/// Decodes the records of a block. Every one ends as a row, a reject or a skip.
pub(super) fn decode(
    plan: Arc<Plan>,
    block: Block,
    headers: &Headers,
    mut facts: FactTable,
    options: &LoadOptions,
) -> Batch {
    let has_nuls = memchr(0, &block.bytes).is_some();
    let mut decoding = Decoding { plan: &plan, options, has_nuls, tally: Tally::default(), rejects: Vec::new() };
    // Where no format fits, headers may tell all the same what is a secret.
    let mut places = if plan.readings.at(block.offset).0.is_none() { headers.places() } else { Vec::new() };
    let (mut layers, mut next) = plan.readings.at(block.offset);
    let mut headed = layers.and_then(|layers| headers.layers(layers));
    for record in records(&block) {
        let bytes = record.bytes;
        if record.offset >= next {
            (layers, next) = plan.readings.at(record.offset);
            headed = layers.and_then(|layers| headers_at(headers, &block, record.offset, layers).layers(layers));
        }
        if is_blank(bytes) {
            decoding.count(record, bytes, Verdict::Skip("blank"), &Vec::new);
            continue;
        }
        if is_hole(bytes) {
            decoding.tally.spoiled += 1;
            let shown = &bytes[..bytes.len().min(HOLE_SHOWN)];
            decoding.count(record, shown, Verdict::Reject(HOLE.into()), &Vec::new);
            continue;
        }
        if bytes.len() > options.max_record {
            decoding.count(record, bytes, Verdict::Reject(too_long(options.max_record).into()), &Vec::new);
            continue;
        }
        let Some(layers) = headed.as_ref().or(layers) else {
            let names_columns = record.offset == 0 || bytes.contains(&b'#');
            let named = if names_columns && places.len() < MOST_HEADERS { Places::of(bytes) } else { None };
            places.extend(named.filter(|named| !places.contains(named)));
            let hidden = || places.iter().flat_map(|places| places.secrets(bytes)).collect();
            decoding.count(record, bytes, Verdict::Reject(plan.readings.lack.clone().into()), &hidden);
            continue;
        };
        let skips = decoding.tally.skips;
        decoding.decode(layers, record, &mut facts);
        if decoding.tally.skips > skips
            && layers.is_header_driven()
            && let Some(next) = layers.heed(bytes)
        {
            headed = Some(next);
        }
    }
    let Decoding { mut tally, rejects, .. } = decoding;
    facts.finish();
    tally.notes = facts.notes();
    debug_assert_eq!(tally.rows + tally.rejects + tally.skips, tally.records);
    Batch { plan, facts, rejects, tally, buffer: block.bytes }
}

/// The header lines in force in the middle of a block.
fn headers_at(headers: &Headers, block: &Block, offset: u64, layers: &Layers) -> Headers {
    let mut headers = headers.clone();
    if layers.is_header_driven() {
        headers.pass(&block.bytes[..(offset - block.offset) as usize], layers.is_wrapped());
    }
    headers
}

/// A block while it is being decoded.
struct Decoding<'d> {
    plan: &'d Plan,
    options: &'d LoadOptions,
    /// Whether any record of it can hold some.
    has_nuls: bool,
    tally: Tally,
    rejects: Vec<Reject>,
}

impl Decoding<'_> {
    /// Decodes one record of the framer, which may hold several.
    fn decode(&mut self, layers: &Layers, record: Record<'_>, facts: &mut FactTable) {
        if self.has_nuls && memmem::find(record.bytes, &SPOILING).is_some() {
            // It may read as a row, and would be one of two requests.
            self.tally.spoiled += 1;
            let hidden = || layers.secrets(record.bytes);
            self.count(record, record.bytes, Verdict::Reject(SPOILED.into()), &hidden);
            return;
        }
        let place =
            Place { line_no: line_no(record.line), byte_offset: record.offset, byte_len: record.bytes.len() as u32 };
        let (mut rows, mut notes) = (facts.rows(), facts.notes());
        // A decoder that panics is a bug; the record is a reject all the same, and the rest is read.
        let ended = catch_unwind(AssertUnwindSafe(|| {
            layers.decode(record.bytes, self.plan.source, place, facts, &mut |facts, end| {
                let verdict = self.blame(record, end.verdict);
                let verdict = self.settle(facts, rows, record, end.item, verdict);
                if matches!(verdict, Verdict::Row) {
                    self.tally.count_of(end.found);
                } else {
                    drop_rows(facts, rows, notes);
                }
                self.count_row(facts, rows, &verdict);
                (rows, notes) = (facts.rows(), facts.notes());
                self.count(record, end.bytes, verdict, &|| layers.secrets(end.bytes));
            });
        }));
        if ended.is_err() {
            drop_rows(facts, rows, notes);
            facts.carry(None);
            let reason = "the decoder failed on this record; please report it";
            self.count(record, record.bytes, Verdict::Reject(reason.into()), &|| layers.secrets(record.bytes));
        }
    }

    /// Says of a record that could not be read that the NUL bytes in it are why, where there are some.
    fn blame(&mut self, record: Record<'_>, verdict: Verdict) -> Verdict {
        if !self.has_nuls || !matches!(verdict, Verdict::Reject(_)) || memchr(0, record.bytes).is_none() {
            return verdict;
        }
        self.tally.spoiled += 1;
        Verdict::Reject(SPOILED.into())
    }

    /// Puts its place into a row, and looks whether it is to be loaded.
    fn settle(
        &self,
        facts: &mut FactTable,
        row: usize,
        record: Record<'_>,
        item: Option<u32>,
        verdict: Verdict,
    ) -> Verdict {
        match verdict {
            Verdict::Row if facts.rows() != row + 1 => Verdict::Reject("the decoder made no row of this record".into()),
            Verdict::Row => {
                if record.span > 1 {
                    facts.set_number(Number::LineSpan, i64::from(record.span));
                }
                if let Some(item) = number(record.item, item) {
                    facts.set_number(Number::Item, item);
                }
                within(facts, row, self.options)
            }
            other => other,
        }
    }

    fn count_row(&mut self, facts: &FactTable, row: usize, verdict: &Verdict) {
        if matches!(verdict, Verdict::Row)
            && let Some(ts) = facts.ts(row)
        {
            self.tally.first = Some(self.tally.first.map_or(ts, |first| first.min(ts)));
            self.tally.last = Some(self.tally.last.map_or(ts, |last| last.max(ts)));
        }
    }

    /// Counts what became of a record, of which `bytes` are the part that a decoder saw; `hidden` says where secrets may
    /// stand in them that only their place shows.
    fn count(&mut self, record: Record<'_>, bytes: &[u8], verdict: Verdict, hidden: &dyn Fn() -> Vec<Range<usize>>) {
        self.tally.records += 1;
        match verdict {
            Verdict::Row => self.tally.rows += 1,
            Verdict::Skip(_) => self.tally.skips += 1,
            Verdict::Reject(reason) => {
                let already = self.tally.rejects + self.plan.rejected.load(Ordering::Relaxed);
                if self.options.keep_all_rejects || already < REJECTS_KEPT {
                    let len = record.bytes.len() as u64;
                    let shown = Record { bytes, ..record };
                    // A decoder that fails over it would take the thread with it.
                    let hidden = catch_unwind(AssertUnwindSafe(hidden)).unwrap_or_default();
                    self.rejects.push(rejected(self.plan.source, shown, len, &reason, &self.options.key, &hidden));
                }
                self.tally.rejects += 1;
            }
        }
    }
}

fn drop_rows(facts: &mut FactTable, rows: usize, notes: Notes) {
    while facts.rows() > rows {
        facts.pop();
    }
    facts.set_notes(notes);
}

/// The number of a record on its line: of the framer, of its wrapper, or of both.
fn number(framed: Option<u32>, wrapped: Option<u32>) -> Option<i64> {
    match (framed, wrapped) {
        (Some(framed), Some(wrapped)) => Some(i64::from(framed) << 16 | i64::from(wrapped)),
        (one, other) => one.or(other).map(i64::from),
    }
}

/// Rows outside the time to be loaded are skips; rows without a time stay.
fn within(facts: &FactTable, row: usize, options: &LoadOptions) -> Verdict {
    let Some(ts) = facts.ts(row) else { return Verdict::Row };
    if options.load_since.is_some_and(|since| ts < since) || options.load_until.is_some_and(|until| ts >= until) {
        return Verdict::Skip("outside the loaded time");
    }
    Verdict::Row
}

/// The reject that a record too long to hold is.
pub(super) fn rejected_long(source: u32, long: &Long, options: &LoadOptions) -> Reject {
    let record = Record { bytes: &long.head, line: long.line, offset: long.offset, span: 1, item: None };
    rejected(source, record, long.len, &too_long(options.max_record), &options.key, &[])
}

/// The reject that a hole too long to hold is.
pub(super) fn rejected_hole(source: u32, hole: &Hole, options: &LoadOptions) -> Reject {
    let bytes = [0; HOLE_SHOWN];
    let record = Record { bytes: &bytes, line: hole.line, offset: hole.offset, span: 1, item: None };
    rejected(source, record, hole.len, HOLE, &options.key, &[])
}

fn rejected(
    source: u32,
    record: Record<'_>,
    byte_len: u64,
    reason: &str,
    key: &[u8; 32],
    hidden: &[Range<usize>],
) -> Reject {
    let shown = &record.bytes[..record.bytes.len().min(SHOWN)];
    Reject {
        source,
        line_no: line_no(record.line),
        byte_offset: record.offset,
        byte_len,
        reason: reason.to_owned(),
        // Losing a thread here would leave the merging stage waiting for its block.
        raw: catch_unwind(|| mask_hiding(shown, key, hidden)).unwrap_or_default(),
    }
}

/// Line numbers are `u32`; lines past the four-billionth share the last number, their offset still tells them apart.
fn line_no(line: u64) -> u32 {
    u32::try_from(line).unwrap_or(u32::MAX)
}

fn too_long(max_record: usize) -> String {
    const MIB: usize = 1 << 20;
    if max_record.is_multiple_of(MIB) {
        format!("record longer than {} MiB", max_record / MIB)
    } else {
        format!("record longer than {max_record} bytes")
    }
}
