//! How the records of one source are read: which wrappers stand around them, and which formats are in those.
//!
//! A source may mix formats and wrappers (a container that logs requests and messages); each record is read by the
//! first layer that takes it. A wrapper may hold several records: each comes to its own end.

use super::{Decode, Verdict, csv};
use crate::table::{FactTable, Place};
use crate::wrap::{self, Wrap};
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

/// A format, and the wrappers around its records, outermost first.
#[derive(Clone)]
pub(crate) struct Layer {
    pub(crate) chain: Vec<Wrap>,
    pub(crate) decoder: Arc<dyn Decode>,
    /// Which of the formats found it is of: one may be asked twice.
    pub(crate) found: usize,
    /// Whether it takes only what fits well. All that do are asked before any that does not, whatever the wrappers.
    pub(crate) strict: bool,
}

impl Layer {
    /// Whether a record is peeled once for both.
    fn goes_with(&self, other: &Self) -> bool {
        self.chain == other.chain && self.strict == other.strict
    }
}

/// All layers of a source, in the order in which they are asked.
#[derive(Clone, Default)]
pub(crate) struct Layers(Vec<Layer>);

/// A record, or one of several in its wrapper, and what became of it.
pub(crate) struct End<'r> {
    /// Which of several in its wrapper it is.
    pub(crate) item: Option<u32>,
    /// The bytes that a decoder saw.
    pub(crate) bytes: &'r [u8],
    pub(crate) verdict: Verdict,
    /// Which of the formats found read it; 0 where none did.
    pub(crate) found: usize,
}

/// Takes what became of a record.
pub(crate) type Each<'e> = dyn FnMut(&mut FactTable, End<'_>) + 'e;

/// A record in a wrapper that holds several, and when.
type Held = (Vec<u8>, Option<Vec<u8>>);

impl Layers {
    pub(crate) fn of(layers: Vec<Layer>) -> Self {
        Self(layers)
    }

    /// Whether header lines decide how the records after them are read.
    pub(crate) fn is_header_driven(&self) -> bool {
        self.0.iter().any(|layer| layer.decoder.is_header_driven())
    }

    /// Whether records stand in cells, as a log store exports them; a line that names the cells is then first.
    fn is_export(&self) -> bool {
        self.0.iter().any(|layer| matches!(layer.chain.first(), Some(wrap::Wrap::Cell | wrap::Wrap::Quotes)))
    }

    /// Whether header lines may stand in wrappers too.
    pub(crate) fn is_wrapped(&self) -> bool {
        self.0.iter().any(|layer| !layer.chain.is_empty())
    }

    /// The layers of the records that follow, where `record` is a header line for one of them.
    pub(crate) fn heed(&self, record: &[u8]) -> Option<Self> {
        let mut changed = false;
        let mut layers = self.0.clone();
        for layer in &mut layers {
            let mut next = None;
            wrap::unwrap(&layer.chain, record, None, &mut |inner, _| next = layer.decoder.heed(inner));
            if let Some(next) = next {
                layer.decoder = Arc::from(next);
                changed = true;
            }
        }
        changed.then_some(Self(layers))
    }

    /// Where in a record that was refused secrets may stand which only their place shows.
    pub(crate) fn secrets(&self, record: &[u8]) -> Vec<Range<usize>> {
        let mut all = Vec::new();
        for layer in &self.0 {
            let peeled = wrap::unwrap(&layer.chain, record, None, &mut |inner, _| {
                let found = layer.decoder.secrets(inner);
                all.extend(found.into_iter().flat_map(|range| places(record, inner, range)));
            });
            // One of several is out of its wrapper already.
            if !peeled {
                all.extend(layer.decoder.secrets(record));
            }
        }
        all
    }

    /// Reads a record. `each` is called once for it, or once for each record that its wrapper holds.
    pub(crate) fn decode(&self, record: &[u8], source: u32, place: Place, table: &mut FactTable, each: &mut Each<'_>) {
        // The layer that most records are in says best what is wrong with this one.
        let mut reason: Option<Cow<'static, str>> = None;
        for (index, layer) in self.0.iter().enumerate() {
            if self.0[..index].iter().any(|other| other.goes_with(layer)) {
                continue;
            }
            let group = Group { layers: &self.0[index..], first: layer, source, place };
            let taken = if layer.chain.iter().all(|wrap| wrap.is_single()) {
                group.one(record, table, &mut reason, each)
            } else {
                group.several(record, table, &mut reason, each)
            };
            if taken {
                return;
            }
        }
        let verdict = if place.line_no == 1 && self.is_export() && is_header(record) {
            Verdict::Skip("header")
        } else {
            Verdict::Reject(reason.unwrap_or_else(|| "no format reads this record".into()))
        };
        each(table, End { item: None, bytes: record, verdict, found: 0 });
    }
}

/// Whether a line names columns: every cell is a short word or two, and none a value.
fn is_header(line: &[u8]) -> bool {
    let is_name = |cell: &[u8]| {
        let letters = cell.iter().filter(|byte| byte.is_ascii_alphabetic() || !byte.is_ascii()).count();
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || !byte.is_ascii() || b"@_.- ".contains(byte);
        cell.len() <= 48 && letters * 2 > cell.len() && cell.iter().all(plain)
    };
    csv::cells(line.trim_ascii(), b',').all(|cell| cell.is_ok_and(|cell| is_name(&cell)))
}

/// Where a part of what stood in a wrapper is in the whole record: everywhere where the same bytes are, or, where the
/// wrapper spells them otherwise, nobody knows, and all of it is.
fn places(record: &[u8], inner: &[u8], part: Range<usize>) -> Vec<Range<usize>> {
    let shift = (inner.as_ptr() as usize).wrapping_sub(record.as_ptr() as usize);
    if shift.checked_add(inner.len()).is_some_and(|end| end <= record.len()) {
        return std::iter::once(part.start + shift..part.end + shift).collect();
    }
    let part = &inner[part];
    let found: Vec<Range<usize>> = memchr::memmem::find_iter(record, part).map(|at| at..at + part.len()).collect();
    if found.is_empty() { std::iter::once(0..record.len()).collect() } else { found }
}

/// The layers that go together, and the first of them.
struct Group<'g> {
    layers: &'g [Layer],
    first: &'g Layer,
    source: u32,
    place: Place,
}

impl Group<'_> {
    /// Offers a record out of its wrapper to each decoder; the second value says which format took it.
    fn offer(&self, inner: &[u8], time: Option<&[u8]>, table: &mut FactTable) -> (Verdict, usize) {
        let mut first = None;
        for layer in self.layers.iter().filter(|layer| layer.goes_with(self.first)) {
            table.carry(time);
            match layer.decoder.decode(inner, self.source, self.place, table) {
                Verdict::Reject(why) => drop(first.get_or_insert(why)),
                taken => {
                    table.carry(None);
                    return (taken, layer.found);
                }
            }
        }
        table.carry(None);
        (Verdict::Reject(first.unwrap_or_default()), 0)
    }

    /// Reads a record whose wrappers hold one record each, if any.
    fn one(
        &self,
        record: &[u8],
        table: &mut FactTable,
        reason: &mut Option<Cow<'static, str>>,
        each: &mut Each<'_>,
    ) -> bool {
        let mut taken = false;
        let peeled =
            wrap::unwrap(&self.first.chain, record, None, &mut |inner, time| match self.offer(inner, time, table) {
                (Verdict::Reject(why), _) => drop(reason.get_or_insert(why)),
                (verdict, found) => {
                    taken = true;
                    each(table, End { item: None, bytes: inner, verdict, found });
                }
            });
        if !peeled {
            reason.get_or_insert_with(|| self.not_wrapped());
        }
        taken
    }

    /// Reads every record of a wrapper that holds several, if one of them can be read.
    fn several(
        &self,
        record: &[u8],
        table: &mut FactTable,
        reason: &mut Option<Cow<'static, str>>,
        each: &mut Each<'_>,
    ) -> bool {
        let mut held: Vec<Held> = Vec::new();
        let peeled = wrap::unwrap(&self.first.chain, record, None, &mut |inner, time| {
            held.push((inner.to_vec(), time.map(<[u8]>::to_vec)));
        });
        if !peeled {
            reason.get_or_insert_with(|| self.not_wrapped());
            return false;
        }
        let (rows, notes) = (table.rows(), table.notes());
        let readable = held.iter().any(|(inner, time)| {
            let (verdict, _) = self.offer(inner, time.as_deref(), table);
            while table.rows() > rows {
                table.pop();
            }
            table.set_notes(notes);
            match verdict {
                Verdict::Reject(why) => {
                    reason.get_or_insert(why);
                    false
                }
                _ => true,
            }
        });
        if readable {
            for (number, (inner, time)) in (0..).zip(&held) {
                let (verdict, found) = self.offer(inner, time.as_deref(), table);
                each(table, End { item: Some(number), bytes: inner, verdict, found });
            }
        }
        readable
    }

    fn not_wrapped(&self) -> Cow<'static, str> {
        let names: Vec<&str> = self.first.chain.iter().map(|wrap| wrap.name()).collect();
        format!("it is not wrapped as the others are ({})", names.join(", ")).into()
    }
}
