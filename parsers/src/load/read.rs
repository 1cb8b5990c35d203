//! Reading: sources one after the other into blocks, on one thread.

use super::batch::{Job, Plan, Readings, Spare};
use super::headers::Headers;
use super::later::Watch;
use super::merge::{Event, Results};
use super::scout::Scouts;
use super::{LoadOptions, Setup, ZoneRule};
use crate::decode::layers::{Layer, Layers};
use crate::detect::{Detection, Found, HEAD, detect_among, sample};
use crate::format::{DecodeContext, Format, known, of_source};
use crate::frame::{Block, Framer, Framing, Piece};
use crate::raw::{Access, Kept, Spooling, Store};
use crate::report::{Completeness, MixedIn, Nuls, SourceReport};
use crate::source::{Compression, Encoding, Inflated, Seen, Source, why};
use crate::table::FactTable;
use crate::value::thousands;
use crate::wrap::Wrap;
use chrono::NaiveDate;
use std::borrow::Cow;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender};

/// Room made first for that.
const HEAD_FIRST: usize = 16 << 10;

/// Bytes asked for at a time.
const READ: usize = 1 << 20;

/// A buffer that grew beyond this for one long record is not kept.
const BUFFER_KEPT: usize = 8 << 20;

/// The first stage.
pub(super) struct Reader<'a> {
    pub(super) setup: &'a Setup<'a>,
    jobs: SyncSender<Job>,
    results: Results,
    spares: Receiver<Spare>,
    /// Number of the next event.
    next: u64,
    /// Header lines of the source so far.
    headers: Headers,
    pub(super) spool: Result<Spooling, String>,
    buffer: Vec<u8>,
    /// Sources known of: members of archives are found on the way.
    pub(super) known: usize,
    pub(super) seen: Seen,
    /// Copies of what cannot be read again at a place.
    pub(super) store: Option<Arc<Store>>,
    /// The way back to each source that has been read.
    pub(super) ways: Vec<Access>,
    /// Who looks ahead, if anybody does, and the number of the source at hand among theirs.
    pub(super) scouts: Option<&'a Scouts<'a>>,
    pub(super) at: Option<usize>,
}

/// How far a source was read.
pub(super) enum End {
    Whole,
    Stopped,
    Failed(io::Error),
}

impl<'a> Reader<'a> {
    pub(super) fn new(setup: &'a Setup<'a>, jobs: SyncSender<Job>, results: Results, spares: Receiver<Spare>) -> Self {
        Self {
            setup,
            jobs,
            results,
            spares,
            next: 0,
            headers: Headers::default(),
            spool: Err(String::new()),
            buffer: Vec::new(),
            known: 0,
            seen: Seen::default(),
            store: None,
            ways: Vec::new(),
            scouts: None,
            at: None,
        }
    }

    /// Reads one source. The second value is the copy of its text, or why there is none.
    pub(super) fn read(
        &mut self,
        source: &Source,
        mut from: Inflated,
        mut report: SourceReport,
    ) -> (SourceReport, Result<Kept, String>) {
        let name = &source.name;
        let foreign = from.foreign();
        report.compression = from.compression().map(Compression::name);
        report.encoding = from.encoding().map(Encoding::name);
        let spools = self.spools(source, &from);
        if spools && let Ok(spool) = &mut self.spool {
            spool.begin();
        }
        if self.setup.options.hash_text && report.compression.is_some() {
            from.hash();
        }
        let (end, lost, lacks) = self.read_blocks(source, &mut from, foreign, spools, &mut report);
        let spooled = match &mut self.spool {
            Ok(spool) if spools => spool.end(),
            Ok(_) => Err(String::new()),
            Err(why) => Err(why.clone()),
        };
        report.completeness = judge(source, &report, &end, lost, lacks);
        // The hash of a part would pass for the hash of the whole.
        report.sha256_decompressed = from.hashed().filter(|_| matches!(end, End::Whole));
        let hashed = from.into_stored().map(|stored| stored.finish(|| !self.setup.stopped())).transpose();
        match hashed {
            Ok(hashed) => {
                let (bytes, sha256) = hashed.unwrap_or_default();
                report.bytes = bytes;
                report.sha256 = if matches!(end, End::Stopped) { String::new() } else { sha256 };
            }
            Err(error) if report.completeness == Completeness::Whole => {
                report.completeness =
                    Completeness::Cut(format!("{name} cannot be read to its end ({}); copy it anew", why(&error)));
            }
            Err(_) => {}
        }
        if let Some(why) = source.lacks(report.bytes)
            && matches!(report.completeness, Completeness::Whole | Completeness::Unknown(_))
        {
            report.completeness = Completeness::Cut(why);
        }
        (report, spooled)
    }

    /// Returns how reading ended, the bytes of a line lost to a cut, and why no format fits if none does.
    fn read_blocks(
        &mut self,
        source: &Source,
        from: &mut Inflated,
        foreign: Option<&'static str>,
        spools: bool,
        report: &mut SourceReport,
    ) -> (End, u64, Option<String>) {
        let setup = self.setup;
        let (head, mut end) = setup.read_head(from, HEAD, Vec::new());
        let ended = end.is_some();
        let framing = Framing::of(&head, ended);
        let mut first = Block { bytes: head, first_line: 1, offset: 0, lines: 0, framing, first_item: 0, more: !ended };
        let ahead = self.at.take().and_then(|at| self.scouts?.take(at, &first.bytes));
        let (plan, mut lacks, mut watch) = setup.plan(source, (&first, ended), ahead, foreign, report);
        let mut plan = Arc::new(plan);
        self.headers = Headers::default();
        let buffer = std::mem::take(&mut self.buffer);
        let framer = Framer::new(setup.block, setup.options.max_record, framing, buffer);
        let mut feed = Feed { framer, facts: FactTable::default(), spools, nuls: None };
        let (mut window, mut spare) = (std::mem::take(&mut first.bytes), Vec::new());
        // A window is handed on when the one after it has been looked at.
        let end = loop {
            let at = report.bytes_decompressed;
            let next = if end.is_some() {
                Vec::new()
            } else {
                let (next, next_end) = setup.read_head(from, HEAD, spare);
                end = next_end;
                next
            };
            if let Some(watch) = watch.as_mut().filter(|_| !next.is_empty())
                && watch.look(&next, end.is_some())
            {
                plan = Arc::new(setup.extend(&plan, at, source, watch, report));
                lacks = None;
            }
            self.feed(&plan, &mut feed, &window, at);
            report.bytes_decompressed += window.len() as u64;
            (window, spare) = (next, window);
            if let Some(end) = end.take_if(|_| window.is_empty()) {
                break end;
            }
        };
        report.nuls = feed.nuls;
        let Feed { mut framer, mut facts, .. } = feed;
        let (piece, lost) = match end {
            End::Whole => (framer.finish(|| take(&self.spares, &mut facts)), 0),
            _ => framer.finish_cut(|| take(&self.spares, &mut facts)),
        };
        if let Some(piece) = piece {
            self.send(&plan, piece, &mut facts);
        }
        report.lines = framer.lines();
        self.buffer = framer.into_buffer(BUFFER_KEPT);
        (end, lost, lacks)
    }

    /// Cuts text, of which so many bytes came before it, into pieces and hands them on.
    fn feed(&mut self, plan: &Arc<Plan>, feed: &mut Feed, text: &[u8], mut before: u64) {
        // Small blocks are for tests; larger pieces would make them large again.
        for piece in text.chunks(READ.min(self.setup.block)) {
            feed.framer.room(piece.len())[..piece.len()].copy_from_slice(piece);
            feed.count_nuls(piece, before);
            before += piece.len() as u64;
            if feed.spools
                && let Ok(spool) = &mut self.spool
            {
                spool.write(feed.framer.latest(piece.len()));
            }
            if let Some(piece) = feed.framer.advance(piece.len(), || take(&self.spares, &mut feed.facts)) {
                self.send(plan, piece, &mut feed.facts);
            }
        }
    }
}

/// What text goes through on its way to the decoders.
struct Feed {
    framer: Framer,
    /// Memory for the facts of the next block.
    facts: FactTable,
    /// Whether it is kept beside.
    spools: bool,
    nuls: Option<Nuls>,
}

impl Feed {
    /// Counts the NUL bytes of the text that comes next, of which so many bytes came before it.
    fn count_nuls(&mut self, text: &[u8], before: u64) {
        let Some(first) = memchr::memchr(0, text) else { return };
        let (line_no, byte_offset) = (self.framer.line_at(first), before + first as u64);
        let nuls = self.nuls.get_or_insert(Nuls { bytes: 0, line_no, byte_offset, spoiled: 0 });
        nuls.bytes += memchr::memchr_iter(0, text).count() as u64;
    }
}

impl Setup<'_> {
    /// The next bytes, at most so many, and how reading ended if it has. They are put into a buffer that is not needed
    /// any more.
    pub(super) fn read_head(&self, from: &mut Inflated, most: usize, buffer: Vec<u8>) -> (Vec<u8>, Option<End>) {
        let mut head = buffer;
        let mut filled = 0;
        let end = loop {
            if filled == most {
                break None;
            }
            if filled == head.len() {
                // Grows with what there is: a small source costs little.
                head.resize((4 * filled).clamp(HEAD_FIRST.min(most), most), 0);
            }
            if self.stopped() {
                break Some(End::Stopped);
            }
            match from.read(&mut head[filled..]) {
                Ok(0) => break Some(End::Whole),
                Ok(got) => filled += got,
                Err(error) => break Some(End::Failed(error)),
            }
        };
        head.truncate(filled);
        (head, end)
    }

    /// The format that was named for a source.
    fn named(&self, source: &Source) -> Option<&Format> {
        self.given().or_else(|| of_source(&self.options.directives, &source.name))
    }

    /// What a source is recognised as by its beginning.
    pub(super) fn recognise(&self, source: &Source, head: &Block, ended: bool) -> Detection<'_> {
        let formats = match self.named(source) {
            Some(format) => vec![format],
            None => known(&self.options.directives),
        };
        let records: Vec<&[u8]> = sample(head, ended).into_iter().map(|record| record.bytes).collect();
        detect_among(&records, &formats)
    }

    /// Decides how the source is read, and says so in its report. What it is may be known already. What is not named is
    /// watched, for other formats may begin later.
    pub(super) fn plan<'s>(
        &'s self,
        source: &Source,
        (head, ended): (&Block, bool),
        ahead: Option<Detection<'s>>,
        foreign: Option<&'static str>,
        report: &mut SourceReport,
    ) -> (Plan, Option<String>, Option<Watch<'s>>) {
        let name = &source.name;
        let given = self.named(source);
        if let Some(foreign) = foreign.filter(|_| given.is_none()) {
            let lacks = format!("{name} is compressed as {foreign}, which is not read; decompress it first");
            return (unread(format!("compressed as {foreign}"), report), Some(lacks), None);
        }
        let watch = |found| {
            // Records that are not lines cannot be told apart from the middle.
            let is_watched = given.is_none() && !ended && head.framing == Framing::Lines;
            is_watched.then(|| Watch::new(self, source, found, &head.bytes))
        };
        let mut found = ahead.unwrap_or_else(|| self.recognise(source, head, ended));
        if let Some(format) = given.filter(|_| found.layers.is_empty()) {
            found.layers.push(Found { format: Cow::Borrowed(format), chain: Vec::new(), mapped: Vec::new() });
        }
        if found.layers.is_empty() {
            let lacks = format!("{name}: {}", found.sentence);
            return (unread(found.sentence, report), Some(lacks), watch(Vec::new()));
        }
        let layers = self.describe(source, &found.layers, report);
        let readings = Readings { lack: String::new(), layers: vec![(0, layers)] };
        (plan_of(readings, report), None, watch(found.layers))
    }

    /// The plan once more formats are known, which are asked from this offset on.
    pub(super) fn extend(
        &self,
        plan: &Plan,
        from: u64,
        source: &Source,
        watch: &Watch<'_>,
        report: &mut SourceReport,
    ) -> Plan {
        let layers = self.describe(source, watch.found(), report);
        let mut readings = plan.readings.clone();
        readings.layers.push((from, layers));
        Plan { rejected: Arc::clone(&plan.rejected), ..plan_of(readings, report) }
    }

    /// What decoding needs beside the bytes of a source.
    pub(super) fn context(&self, source: &Source) -> DecodeContext {
        context_of(self.options, source)
    }

    /// The layers of a source in these formats; what they say of it goes into its report.
    fn describe(&self, source: &Source, found: &[Found<'_>], report: &mut SourceReport) -> Layers {
        let context = self.context(source);
        let (zone, names) = (context.zone, &self.options.captures);
        if let Some(first) = found.first() {
            report.format = Some(first.format.id.clone());
            report.vantage = first.format.vantage;
            report.wrappers = wrapper_names(&first.chain);
            let mixed_in = |found: &Found<'_>| MixedIn {
                format: found.format.id.clone(),
                wrappers: wrapper_names(&found.chain),
                rows: 0,
            };
            report.others = found.iter().skip(1).map(mixed_in).collect();
            report.mapped.clone_from(&first.mapped);
            let states = first.format.states_zone();
            report.zone =
                if states { "stated".to_owned() } else { format!("assumed {}", crate::time::zone_said(zone)) };
        }
        // Where some of the records could not show who asks, an absence proves nothing.
        report.records_identity =
            found.iter().all(|found| found.format.records_identity || found.format.captures_identity(names));
        layers(found, &context)
    }
}

impl Reader<'_> {
    fn send(&mut self, plan: &Arc<Plan>, piece: Piece, facts: &mut FactTable) {
        match piece {
            Piece::Block(block) => {
                let number = self.next;
                self.next += 1;
                let headers = self.headers.clone();
                plan.readings.heed(&block.bytes, &mut self.headers);
                let facts = std::mem::take(facts);
                // Decoders end only after this thread does.
                let _ = self.jobs.send(Job { number, plan: Arc::clone(plan), block, headers, facts });
            }
            Piece::Long(long) => self.tell(Event::Long(Arc::clone(plan), long)),
            Piece::Hole(hole) => self.tell(Event::Hole(Arc::clone(plan), hole)),
        }
    }

    pub(super) fn tell(&mut self, event: Event) {
        let number = self.next;
        self.next += 1;
        // The merging thread ends only after this one does.
        let _ = self.results.send((number, event));
    }
}

fn wrapper_names(chain: &[Wrap]) -> Vec<&'static str> {
    chain.iter().map(|wrap| wrap.name()).collect()
}

fn plan_of(readings: Readings, report: &SourceReport) -> Plan {
    Plan { source: report.id, known: report.clone(), readings, rejected: Arc::default() }
}

/// The plan of a source of which nothing is read, and why.
fn unread(lack: String, report: &SourceReport) -> Plan {
    plan_of(Readings { lack, layers: Vec::new() }, report)
}

/// The layers that read a source in these formats.
pub(crate) fn layers(found: &[Found<'_>], context: &DecodeContext) -> Layers {
    let lenient = layers_of(found, context, false);
    if found.len() == 1 {
        return Layers::of(lenient);
    }
    // Each record is of the format that it fits well, and only where there is none, of one that it fits at all.
    Layers::of(layers_of(found, context, true).into_iter().chain(lenient).collect())
}

/// The same where only what fits well is to be read.
pub(super) fn strict_layers(found: &[Found<'_>], context: &DecodeContext) -> Layers {
    Layers::of(layers_of(found, context, true))
}

fn layers_of(found: &[Found<'_>], context: &DecodeContext, strict: bool) -> Vec<Layer> {
    let layer = |(number, found): (usize, &Found<'_>)| {
        let decoder = if strict { found.format.detector(context) } else { found.format.decoder(context) };
        Layer { chain: found.chain.clone(), decoder: Arc::from(decoder), found: number, strict }
    };
    found.iter().enumerate().map(layer).collect()
}

/// Waits for the memory of a merged block: its buffer is returned, its table put into `facts`.
fn take(spares: &Receiver<Spare>, facts: &mut FactTable) -> Option<Vec<u8>> {
    let spare = spares.recv().ok()?;
    *facts = spare.facts;
    Some(spare.buffer)
}

/// What decoding needs beside the bytes of a source.
pub(crate) fn context_of(options: &LoadOptions, source: &Source) -> DecodeContext {
    DecodeContext {
        key: options.key,
        zone: ZoneRule::of(&options.assume_tz, &source.name).unwrap_or(chrono_tz::UTC),
        year_hint: day_of(source),
        captures: options.captures.clone().into(),
    }
}

/// What dates a log whose times have no year: the day of its last change (UTC). Streams have none, and the clock
/// of this machine would make the answer depend on the day of asking.
pub(crate) fn day_of(source: &Source) -> Option<NaiveDate> {
    let modified = source.modified()?;
    let seconds = modified.duration_since(std::time::UNIX_EPOCH).ok()?.as_secs();
    chrono::DateTime::from_timestamp(i64::try_from(seconds).ok()?, 0).map(|time| time.date_naive())
}

/// Whether the source was read to its end, and if not, why and what to do.
pub(super) fn judge(
    source: &Source,
    report: &SourceReport,
    end: &End,
    lost: u64,
    lacks: Option<String>,
) -> Completeness {
    let name = &source.name;
    let left_out = match lost {
        0 => String::new(),
        _ => format!(", without the {lost} bytes of the record at the cut"),
    };
    let kept = match report.lines {
        1 => format!("kept is 1 record up to there{left_out}"),
        lines => format!("kept are {} records up to there{left_out}", thousands(lines)),
    };
    match (end, report.compression, lacks) {
        (End::Whole, _, _) if report.bytes_decompressed == 0 => Completeness::Unknown(source.empty()),
        (End::Whole, _, Some(lacks)) => Completeness::Unknown(match report.nuls {
            Some(nuls) if nuls.bytes == report.bytes_decompressed => format!(
                "{name} holds {} NUL bytes and nothing else: nothing was written there, or it was lost; look for another copy",
                thousands(nuls.bytes)
            ),
            _ => lacks,
        }),
        (End::Whole, _, None) => Completeness::Whole,
        (End::Stopped, _, _) => {
            Completeness::Cut(format!("reading of {name} was stopped; {kept}; load it again for the rest"))
        }
        (End::Failed(error), _, _) if report.bytes_decompressed == 0 => {
            Completeness::Unreadable(format!("{name} cannot be read ({}); copy it anew", why(error)))
        }
        (End::Failed(error), compression, _) => {
            Completeness::Cut(format!("{}; {kept}; copy it anew", broken(name, compression, error)))
        }
    }
}

/// Why something that was begun could not be read to its end.
pub(super) fn broken(name: &str, compression: Option<&str>, error: &io::Error) -> String {
    match compression {
        Some(compression) if error.kind() == io::ErrorKind::UnexpectedEof => {
            format!("{name} ends in the middle of its {compression} data")
        }
        Some(compression) => format!("the {compression} data of {name} is damaged ({})", why(error)),
        None => format!("{name} cannot be read to its end ({})", why(error)),
    }
}
