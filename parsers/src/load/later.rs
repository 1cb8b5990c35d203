//! Formats that begin later than the beginning: every mebibyte of a source a few records are read strictly, and where
//! some of them do not fit, those that do not are looked at as the beginning was.
//!
//! ```text
//! window of 1 MiB ─► 32 lines ─► all fit: on
//!                       └─► some do not ─► 256 lines ─► those that do not ─► recognised? ─► from the window before on
//! ```
//!
//! Windows lie at fixed offsets and are looked at in order, before the window in front of them is handed on, so that
//! what is found depends neither on threads nor on blocks. What leads to nothing is put off for twice as long each
//! time, unless much more of a window does not fit: a source of noise costs no more than a few looks.

use super::Setup;
use super::headers::Headers;
use super::read::strict_layers;
use crate::decode::Verdict;
use crate::decode::layers::Layers;
use crate::detect::{Found, MIXED, detect_among};
use crate::format::{DecodeContext, Format, known};
use crate::frame::{after_hole, is_blank, is_hole};
use crate::source::Source;
use crate::table::{FactTable, Place};
use memchr::{memchr, memrchr};

/// Lines of a window that are read, and those that are where some of the first do not fit.
const FEW: usize = 32;
const MANY: usize = 256;

/// Header lines that are looked at beside them.
const HEADS: usize = 64;

/// A format is found by no fewer records.
const SURE: usize = 3;

/// More formats of one source are not looked for.
pub(super) const MOST: usize = 2 * MIXED;

/// Longer lines are not looked at.
const LONGEST: usize = 64 << 10;

/// Looks at one source while it is read.
pub(super) struct Watch<'f> {
    formats: Vec<&'f Format>,
    context: DecodeContext,
    /// Those known of, in the order in which they were found.
    found: Vec<Found<'f>>,
    /// Reads what fits them well.
    layers: Layers,
    /// Header lines of the windows before.
    headers: Headers,
    /// Whether the window before ended in the middle of a line.
    mid_line: bool,
    rest: Rest,
}

/// How long nothing is looked for after nothing was found.
#[derive(Default)]
struct Rest {
    /// How often nothing was found.
    looks: u32,
    /// Windows that are passed over.
    windows: u64,
    /// Of the few lines, the most that did not fit when nothing was found.
    misfits: usize,
}

impl<'f> Watch<'f> {
    /// After these formats were found at the beginning, whose text this is.
    pub(super) fn new(setup: &'f Setup<'_>, source: &Source, found: Vec<Found<'f>>, begin: &[u8]) -> Self {
        let formats = known(&setup.options.directives);
        let context = setup.context(source);
        let layers = strict_layers(&found, &context);
        let mut watch = Self {
            formats,
            context,
            found,
            layers,
            headers: Headers::default(),
            mid_line: false,
            rest: Rest::default(),
        };
        watch.pass(begin);
        watch
    }

    pub(super) fn found(&self) -> &[Found<'f>] {
        &self.found
    }

    /// Looks at the window that follows; says whether formats were found that nobody knew of. `ends` says that the
    /// source ends with it.
    pub(super) fn look(&mut self, window: &[u8], ends: bool) -> bool {
        let lines = Lines::of(window, self.mid_line, ends);
        let is_new = self.search(&lines);
        self.pass(window);
        is_new
    }

    /// The same with text from further on, up to the end of the source, of which the first line is not whole.
    pub(super) fn look_apart(&mut self, text: &[u8]) -> bool {
        self.mid_line = true;
        self.look(text, true)
    }

    fn pass(&mut self, window: &[u8]) {
        self.mid_line = window.last().is_some_and(|&last| last != b'\n');
        if self.layers.is_header_driven() {
            self.headers.pass(window, self.layers.is_wrapped());
        }
    }

    fn search(&mut self, lines: &Lines<'_>) -> bool {
        let misfits = self.misfits(lines.spread(FEW)).len();
        if !self.rest.ends(misfits) || self.found.len() >= MOST {
            return false;
        }
        let mut strange = self.misfits(lines.spread(MANY));
        if strange.len() < SURE {
            return false;
        }
        strange.splice(0..0, lines.headers().take(HEADS));
        let known = self.found.len();
        for new in detect_among(&strange, &self.formats).layers {
            let is_known = self.found.iter().any(|old| old.format.id == new.format.id && old.chain == new.chain);
            if !is_known && self.found.len() < MOST && self.fits(&new, &strange) {
                self.found.push(new);
            }
        }
        if self.found.len() == known {
            self.rest.begin(misfits);
            return false;
        }
        self.layers = strict_layers(&self.found, &self.context);
        self.rest = Rest::default();
        true
    }

    /// Whether a format reads enough of these records.
    fn fits(&self, found: &Found<'_>, records: &[&[u8]]) -> bool {
        let layers = strict_layers(std::slice::from_ref(found), &self.context);
        let mut rows = 0;
        judge(&layers, records.iter().copied(), &mut |_, verdict| rows += usize::from(*verdict == Verdict::Row));
        rows >= SURE
    }

    /// The lines that fit no format known of.
    fn misfits<'w>(&self, lines: impl Iterator<Item = &'w [u8]>) -> Vec<&'w [u8]> {
        let headed = self.headers.layers(&self.layers);
        let mut left = Vec::new();
        judge(headed.as_ref().unwrap_or(&self.layers), lines, &mut |line, verdict| {
            if matches!(verdict, Verdict::Reject(_)) {
                left.push(line);
            }
        });
        left
    }
}

/// Tells what becomes of records in these layers. Of several in a wrapper the best counts, and header lines among
/// them hold for those after them.
fn judge<'w>(layers: &Layers, records: impl Iterator<Item = &'w [u8]>, each: &mut impl FnMut(&'w [u8], &Verdict)) {
    let mut headed: Option<Layers> = None;
    let mut table = FactTable::default();
    for record in records {
        let layers = headed.as_ref().unwrap_or(layers);
        let mut best = Verdict::Reject("no record".into());
        layers.decode(record, 0, Place::default(), &mut table, &mut |_, end| {
            if best != Verdict::Row && !matches!(end.verdict, Verdict::Reject(_)) {
                best = end.verdict;
            }
        });
        if let Some(next) = layers.heed(record) {
            headed = Some(next);
        }
        each(record, &best);
        table.clear();
    }
}

impl Rest {
    /// Whether a window with so many misfits is looked at.
    fn ends(&mut self, misfits: usize) -> bool {
        if misfits == 0 {
            return false;
        }
        let rests = self.windows > 0;
        self.windows = self.windows.saturating_sub(1);
        !rests || misfits > 2 * self.misfits
    }

    fn begin(&mut self, misfits: usize) {
        self.windows = 1 << self.looks.min(20);
        self.looks += 1;
        self.misfits = self.misfits.max(misfits);
    }
}

/// The whole lines of a window.
struct Lines<'w> {
    bytes: &'w [u8],
}

impl<'w> Lines<'w> {
    fn of(window: &'w [u8], mid_line: bool, ends: bool) -> Self {
        let from = if mid_line { memchr(b'\n', window).map_or(window.len(), |end| end + 1) } else { 0 };
        let until = if ends { window.len() } else { memrchr(b'\n', window).map_or(from, |end| end + 1) };
        Self { bytes: window.get(from..until).unwrap_or_default() }
    }

    /// So many lines from all over the window, the last one among them.
    fn spread(&self, number: usize) -> impl Iterator<Item = &'w [u8]> + use<'w> {
        let bytes = self.bytes;
        let mut next = 0;
        let places = (0..number).map(move |nth| bytes.len() / number * nth);
        let spread = places.filter_map(move |place| {
            // Lines that are longer than the way to the next place come once.
            let start = if place == 0 { 0 } else { place + memchr(b'\n', &bytes[place..])? + 1 };
            if start < next || start >= bytes.len() {
                return None;
            }
            let end = memchr(b'\n', &bytes[start..]).map_or(bytes.len(), |length| start + length);
            next = end;
            Some(&bytes[start..end])
        });
        let whole = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        let last = &whole[memrchr(b'\n', whole).map_or(0, |end| end + 1)..];
        spread.chain(Some(last)).map(record).filter(|line| !is_blank(line) && !is_hole(line) && line.len() <= LONGEST)
    }

    /// Lines that say how those after them are read.
    fn headers(&self) -> impl Iterator<Item = &'w [u8]> + use<'w> {
        let bytes = self.bytes;
        let first = bytes.starts_with(b"#").then_some(0);
        let starts = first.into_iter().chain(memchr::memmem::find_iter(bytes, b"\n#").map(|at| at + 1));
        starts.map(move |at| {
            let end = memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |length| at + length);
            record(&bytes[at..end])
        })
    }
}

/// A line without its line end, and without the hole that a log has which was truncated while it was written.
fn record(line: &[u8]) -> &[u8] {
    after_hole(line.strip_suffix(b"\r").unwrap_or(line))
}

#[cfg(test)]
#[path = "later_tests.rs"]
mod tests;
