//! How the records of one source are read: which wrappers stand around them, and which formats are in those.
//!
//! A source may mix formats and wrappers (a container that logs requests and messages); each record is read by the
//! first layer that takes it. A wrapper may hold several records: each comes to its own end.

use super::{Decode, Verdict, csv};
use crate::mask::{Spots, Within, offset};
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
    /// Whether its wrappers hold one record each.
    fn is_single(&self) -> bool {
        self.chain.iter().all(|wrap| wrap.is_single())
    }

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

/// A record in a wrapper that holds several.
struct Held {
    bytes: Vec<u8>,
    /// When, as the wrapper says.
    time: Option<Vec<u8>>,
    /// Where in the whole record it is, if it is a piece of it.
    at: Option<usize>,
}

/// What became of a record that was offered to the decoders.
struct Offered {
    verdict: Verdict,
    /// Which of the formats took it.
    found: usize,
    /// Secrets that only their field tells.
    spots: Spots,
}

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
            let mut within = Within::of(record, !layer.is_single());
            let peeled = wrap::unwrap(&layer.chain, record, None, &mut |inner, _| {
                within.add(inner, offset(record, inner), &layer.decoder.secrets(inner));
            });
            all.extend(within.finish());
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
            let taken = if layer.is_single() {
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

/// The layers that go together, and the first of them.
struct Group<'g> {
    layers: &'g [Layer],
    first: &'g Layer,
    source: u32,
    place: Place,
}

impl Group<'_> {
    /// Offers a record out of its wrapper to each decoder.
    fn offer(&self, inner: &[u8], time: Option<&[u8]>, table: &mut FactTable) -> Offered {
        let mut first = None;
        for layer in self.layers.iter().filter(|layer| layer.goes_with(self.first)) {
            table.carry(time);
            match layer.decoder.decode(inner, self.source, self.place, table) {
                Verdict::Reject(why) => drop(first.get_or_insert(why)),
                verdict => {
                    table.carry(None);
                    return Offered { verdict, found: layer.found, spots: table.take_spots() };
                }
            }
        }
        table.carry(None);
        Offered { verdict: Verdict::Reject(first.unwrap_or_default()), found: 0, spots: Spots::default() }
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
        let peeled = wrap::unwrap(&self.first.chain, record, None, &mut |inner, time| {
            let Offered { verdict, found, spots } = self.offer(inner, time, table);
            if let Verdict::Reject(why) = verdict {
                reason.get_or_insert(why);
                return;
            }
            taken = true;
            if !spots.is_empty() {
                let mut within = Within::of(record, false);
                within.add(inner, offset(record, inner), &spots.places(inner));
                table.hide(table.rows().saturating_sub(1), &within.finish());
            }
            each(table, End { item: None, bytes: inner, verdict, found });
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
            let (bytes, time) = (inner.to_vec(), time.map(<[u8]>::to_vec));
            held.push(Held { bytes, time, at: offset(record, inner) });
        });
        if !peeled {
            reason.get_or_insert_with(|| self.not_wrapped());
            return false;
        }
        let (rows, notes) = (table.rows(), table.notes());
        let readable = held.iter().any(|held| {
            let verdict = self.offer(&held.bytes, held.time.as_deref(), table).verdict;
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
            // They share a line, which is shown with any of them.
            let mut within = Within::of(record, true);
            for (number, held) in (0..).zip(&held) {
                let Offered { verdict, found, spots } = self.offer(&held.bytes, held.time.as_deref(), table);
                if matches!(verdict, Verdict::Reject(_)) {
                    within.add(&held.bytes, held.at, &self.secrets(&held.bytes));
                } else if !spots.is_empty() {
                    within.add(&held.bytes, held.at, &spots.places(&held.bytes));
                }
                each(table, End { item: Some(number), bytes: &held.bytes, verdict, found });
            }
            table.hide(rows, &within.finish());
        }
        readable
    }

    /// Where in what no decoder took secrets may stand which only their place shows.
    fn secrets(&self, inner: &[u8]) -> Vec<Range<usize>> {
        let layers = self.layers.iter().filter(|layer| layer.goes_with(self.first));
        layers.flat_map(|layer| layer.decoder.secrets(inner)).collect()
    }

    fn not_wrapped(&self) -> Cow<'static, str> {
        let names: Vec<&str> = self.first.chain.iter().map(|wrap| wrap.name()).collect();
        format!("it is not wrapped as the others are ({})", names.join(", ")).into()
    }
}
