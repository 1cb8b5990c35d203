//! Decoding: a block of lines to a batch of facts.

use super::headers::Headers;
use super::{LoadOptions, REJECTS_KEPT};
use crate::decode::{Decode, Verdict};
use crate::frame::{Block, Long, Record, is_blank, records};
use crate::mask::mask_line;
use crate::report::Reject;
use crate::table::{FactTable, Notes, Place};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes of a rejected record that are kept.
const SHOWN: usize = 4 << 10;

/// How the records of one source are decoded.
pub(super) struct Plan {
    pub(super) source: u32,
    /// The decoder, or why there is none.
    pub(super) decoder: Result<Box<dyn Decode>, String>,
    /// Rejects merged so far: past the limit their text need not be made.
    pub(super) rejected: AtomicU64,
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
    pub(super) first: Option<i64>,
    pub(super) last: Option<i64>,
    /// What had to be assumed about the times.
    pub(super) notes: Notes,
}

impl Tally {
    pub(super) fn add(&mut self, other: Self) {
        self.records += other.records;
        self.rows += other.rows;
        self.rejects += other.rejects;
        self.skips += other.skips;
        self.first = [self.first, other.first].into_iter().flatten().min();
        self.last = self.last.max(other.last);
        self.notes.add(other.notes);
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

/// Decodes the records of a block. Every one ends as a row, a reject or a skip.
fn decode(plan: Arc<Plan>, block: Block, headers: &Headers, mut facts: FactTable, options: &LoadOptions) -> Batch {
    let mut tally = Tally::default();
    let mut rejects = Vec::new();
    let mut reject = |record: Record<'_>, len: usize, reason: &str, already: u64| {
        if options.keep_all_rejects || already + plan.rejected.load(Ordering::Relaxed) < REJECTS_KEPT {
            rejects.push(rejected(plan.source, record, len as u64, reason, &options.key));
        }
    };
    let mut headed = plan.decoder.as_ref().ok().and_then(|decoder| headers.decoder(decoder.as_ref()));
    for record in records(&block) {
        tally.records += 1;
        let bytes = record.bytes;
        if is_blank(bytes) {
            tally.skips += 1;
            continue;
        }
        if bytes.len() > options.max_record {
            reject(record, bytes.len(), &too_long(options.max_record), tally.rejects);
            tally.rejects += 1;
            continue;
        }
        let decoder = match &plan.decoder {
            Ok(decoder) => headed.as_deref().unwrap_or(decoder.as_ref()),
            Err(reason) => {
                reject(record, bytes.len(), reason, tally.rejects);
                tally.rejects += 1;
                continue;
            }
        };
        let place = Place { line_no: line_no(record.line), byte_offset: record.offset, byte_len: bytes.len() as u32 };
        let (before, noted) = (facts.rows(), facts.notes());
        // A decoder that panics is a bug; the record is a reject all the same, and the rest is read.
        let verdict = catch_unwind(AssertUnwindSafe(|| decoder.decode(bytes, plan.source, place, &mut facts)))
            .unwrap_or(Verdict::Reject("the decoder failed on this record; please report it".into()));
        let verdict = match verdict {
            Verdict::Row if facts.rows() != before + 1 => {
                Verdict::Reject("the decoder made no row of this record".into())
            }
            Verdict::Row => within(&facts, before, options),
            other => other,
        };
        if !matches!(verdict, Verdict::Row) {
            while facts.rows() > before {
                facts.pop();
            }
            facts.set_notes(noted);
        }
        if matches!(verdict, Verdict::Skip(_))
            && let Some(next) = decoder.heed(bytes)
        {
            headed = Some(next);
        }
        match verdict {
            Verdict::Row => {
                tally.rows += 1;
                if let Some(ts) = facts.ts(before) {
                    tally.first = Some(tally.first.map_or(ts, |first| first.min(ts)));
                    tally.last = Some(tally.last.map_or(ts, |last| last.max(ts)));
                }
            }
            Verdict::Skip(_) => tally.skips += 1,
            Verdict::Reject(reason) => {
                reject(record, bytes.len(), &reason, tally.rejects);
                tally.rejects += 1;
            }
        }
    }
    facts.finish();
    tally.notes = facts.notes();
    debug_assert_eq!(tally.rows + tally.rejects + tally.skips, tally.records);
    debug_assert_eq!(tally.records, block.lines);
    Batch { plan, facts, rejects, tally, buffer: block.bytes }
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
    let record = Record { bytes: &long.head, line: long.line, offset: long.offset };
    rejected(source, record, long.len, &too_long(options.max_record), &options.key)
}

fn rejected(source: u32, record: Record<'_>, byte_len: u64, reason: &str, key: &[u8; 32]) -> Reject {
    let shown = &record.bytes[..record.bytes.len().min(SHOWN)];
    Reject {
        source,
        line_no: line_no(record.line),
        byte_offset: record.offset,
        byte_len,
        reason: reason.to_owned(),
        // Losing a thread here would leave the merging stage waiting for its block.
        raw: catch_unwind(|| mask_line(shown, key)).unwrap_or_default(),
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
