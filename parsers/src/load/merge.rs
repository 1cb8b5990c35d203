//! Merging: batches in order, into one table and one report a source.

use super::batch::{Batch, Plan, Spare, Tally, rejected_hole, rejected_long};
use super::sink::{Outlet, Sink};
use super::{Progress, REJECTS_KEPT, Setup, total_bytes};
use crate::frame::{Hole, Long};
use crate::report::{Completeness, Nuls, Reject, SourceReport};
use crate::source::Source;
use crate::table::{FactTable, NO_NUMBER};
use crate::time::FoldClock;
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender};
use std::time::{Duration, Instant};

/// Time between two calls of the progress callback.
const TICK: Duration = Duration::from_millis(100);

/// Something that happened to a source, numbered in the order of the input.
pub(super) enum Event {
    /// Reading of it begins; the numbers are its own and how many are known of.
    Begin(u32, usize, String),
    /// A block was decoded.
    Batch(Box<Batch>),
    /// A record was too long to be held.
    Long(Arc<Plan>, Long),
    /// A line held NUL bytes only.
    Hole(Arc<Plan>, Hole),
    /// Reading of it ended; the report lacks what only decoding knows.
    End(Box<SourceReport>),
}

pub(super) type Results = SyncSender<(u64, Event)>;

/// Puts the events in order and adds them up.
pub(super) struct Merger<'a> {
    setup: &'a Setup<'a>,
    notify: &'a mut dyn FnMut(&Progress),
    progress: Progress,
    told: Instant,
    facts: FactTable,
    outlet: Outlet<'a>,
    /// Sees the rows of each block.
    pub(super) watch: Option<&'a mut super::Onlooker<'a>>,
    tallies: Vec<Tally>,
    /// The clock of each source, as its lines show it.
    clocks: Vec<FoldClock>,
    reports: Vec<SourceReport>,
    rejects: Vec<Reject>,
}

impl<'a> Merger<'a> {
    pub(super) fn new(
        sources: &[Source],
        setup: &'a Setup<'a>,
        notify: &'a mut dyn FnMut(&Progress),
        sink: Option<&'a mut dyn Sink>,
    ) -> Self {
        Self {
            setup,
            notify,
            progress: Progress {
                source: String::new(),
                nth: 0,
                of: sources.len(),
                bytes: 0,
                total: total_bytes(sources),
                records: 0,
                rejects: 0,
            },
            tallies: Vec::with_capacity(sources.len()),
            clocks: Vec::with_capacity(sources.len()),
            told: Instant::now(),
            facts: FactTable::default(),
            outlet: Outlet::new(sink),
            watch: None,
            reports: Vec::new(),
            rejects: Vec::new(),
        }
    }

    /// Merges until all stages before have ended. The memory of merged blocks goes back through `spare`.
    pub(super) fn run(&mut self, done: &Receiver<(u64, Event)>, spare: &Sender<Spare>) {
        let mut next = 0;
        let mut early = BTreeMap::new();
        loop {
            match done.recv_timeout(TICK) {
                Ok((number, event)) => {
                    early.insert(number, event);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            while let Some(event) = early.remove(&next) {
                next += 1;
                if let Some(emptied) = self.merge(event) {
                    // The reader may have ended already.
                    let _ = spare.send(emptied);
                }
            }
            self.tell(false);
        }
        self.tell(true);
    }

    /// The table, the reports and the rejects kept. Fails as the sink did.
    pub(super) fn finish(mut self) -> io::Result<(FactTable, Vec<SourceReport>, Vec<Reject>)> {
        self.facts.finish();
        self.outlet.finish()?;
        Ok((self.facts, self.reports, self.rejects))
    }

    fn merge(&mut self, event: Event) -> Option<Spare> {
        match event {
            Event::Begin(source, of, name) => {
                self.progress.nth = source as usize + 1;
                self.progress.of = of;
                self.progress.source = name;
                self.tallies.resize(source as usize + 1, Tally::default());
                self.clocks.resize(source as usize + 1, FoldClock::default());
                None
            }
            Event::Batch(batch) => {
                let Batch { plan, mut facts, rejects, mut tally, buffer } = *batch;
                self.setup.settle(&plan, &mut self.clocks[plan.source as usize], &mut facts, &mut tally);
                if !self.outlet.is_there() {
                    self.facts.append(&facts);
                }
                if let Some(watch) = &mut self.watch {
                    watch(&plan.known, &facts, &rejects);
                }
                self.count(plan.source, tally);
                self.keep(&plan, &mut facts, rejects, tally.rejects);
                facts.clear();
                Some(Spare { buffer, facts })
            }
            Event::Long(plan, long) => {
                let reject = rejected_long(plan.source, &long, self.setup.options);
                self.reject(&plan, reject, 0);
                None
            }
            Event::Hole(plan, hole) => {
                let reject = rejected_hole(plan.source, &hole, self.setup.options);
                self.reject(&plan, reject, 1);
                None
            }
            Event::End(report) => {
                let tally = self.tallies[report.id as usize];
                debug_assert_eq!(tally.rows + tally.rejects + tally.skips, tally.records);
                let mut report = *report;
                report.count_others(&tally.by_format);
                report.nuls = report.nuls.map(|nuls| Nuls { spoiled: tally.spoiled, ..nuls });
                self.reports.push(SourceReport {
                    zone: self.setup.zone_said(&report, tally),
                    folded: self.clocks[report.id as usize].unsettled(),
                    gaps: tally.notes.gaps,
                    sampling: tally.sampling(),
                    records: tally.records,
                    rows: tally.rows,
                    rejects: tally.rejects,
                    skips: tally.skips,
                    first: tally.first,
                    last: tally.last,
                    ..report
                });
                None
            }
        }
    }

    /// Counts and keeps a record that was never held.
    fn reject(&mut self, plan: &Plan, reject: Reject, spoiled: u64) {
        self.count(plan.source, Tally { records: 1, rejects: 1, spoiled, ..Tally::default() });
        if let Some(watch) = &mut self.watch {
            watch(&plan.known, &FactTable::default(), std::slice::from_ref(&reject));
        }
        self.keep(plan, &mut FactTable::default(), vec![reject], 1);
    }

    fn count(&mut self, source: u32, tally: Tally) {
        self.tallies[source as usize].add(tally);
        self.progress.records += tally.records;
        self.progress.rejects += tally.rejects;
    }

    /// Keeps rejects, after handing them on with the rows that they stand among.
    fn keep(&mut self, plan: &Plan, facts: &mut FactTable, mut rejects: Vec<Reject>, counted: u64) {
        let before = plan.rejected.fetch_add(counted, Ordering::Relaxed);
        let room = REJECTS_KEPT.saturating_sub(before) as usize;
        let all = self.setup.options.keep_all_rejects;
        if !all {
            rejects.truncate(room);
        }
        self.outlet.put(&plan.known, facts, &rejects);
        if self.outlet.has_failed() {
            self.setup.halt();
        }
        if self.outlet.is_there() {
            rejects.truncate(room);
        }
        self.rejects.extend(rejects);
    }

    fn tell(&mut self, last: bool) {
        if last || self.told.elapsed() >= TICK {
            self.told = Instant::now();
            self.progress.bytes = self.setup.bytes.load(Ordering::Relaxed);
            (self.notify)(&self.progress);
        }
    }
}

impl Setup<'_> {
    /// Settles which of the times that occur twice are meant, where rows come in order.
    pub(super) fn settle(&self, plan: &Plan, clock: &mut FoldClock, facts: &mut FactTable, tally: &mut Tally) {
        if tally.notes.zoneless == 0 {
            return;
        }
        let zone = self.zone(&plan.known.path);
        if zone == chrono_tz::UTC {
            return;
        }
        facts.settle_twice(clock, zone);
        if tally.notes.folded > 0 {
            let times = || facts.ts_values().iter().copied().filter(|&ts| ts != NO_NUMBER);
            (tally.first, tally.last) = (times().min(), times().max());
        }
    }
}

/// A report of a source of which nothing is known yet.
pub(super) fn blank_report(id: u32, path: &str) -> SourceReport {
    SourceReport {
        id,
        path: path.to_owned(),
        container: None,
        sha256: String::new(),
        sha256_decompressed: None,
        bytes: 0,
        bytes_decompressed: 0,
        lines: 0,
        records: 0,
        rows: 0,
        rejects: 0,
        skips: 0,
        format: None,
        wrappers: Vec::new(),
        others: Vec::new(),
        mapped: Vec::new(),
        vantage: None,
        zone: "unknown".to_owned(),
        folded: 0,
        gaps: 0,
        first: None,
        last: None,
        compression: None,
        encoding: None,
        records_identity: false,
        sampling: None,
        nuls: None,
        completeness: Completeness::Whole,
    }
}
