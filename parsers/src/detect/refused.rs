//! Where records stop fitting, in terms of the lines of their source.

use super::explain::{Candidate, Judged, Refused};
use super::{Found, View};
use crate::decode::layers::Layers;
use crate::decode::{Decode, Refusal, Verdict};
use crate::format::DecodeContext;
use crate::frame::Record;
use crate::mask::{self, mask_around};
use crate::table::{FactTable, Place};
use crate::wrap;
use std::ops::Range;

/// Characters shown on either side of the place.
const SHOWN: usize = 160;

/// Finds places in a sample.
pub(super) struct Finder<'a> {
    pub(super) sample: &'a [Record<'a>],
    pub(super) key: &'a [u8; 32],
    /// How a load would read it.
    pub(super) layers: &'a Layers,
}

/// What a load would make of the sample.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) rows: usize,
    pub(super) skips: usize,
    pub(super) rejects: usize,
    pub(super) refused: Option<Refused>,
}

impl Finder<'_> {
    /// The line of a record.
    pub(super) fn line(&self, at: usize) -> Option<u64> {
        self.sample.get(at).map(|record| record.line)
    }

    /// A candidate, in words.
    pub(super) fn candidate(&self, judged: &Judged<'_>, view: &View<'_>, because: String) -> Candidate {
        let format = judged.format;
        let mut skipped = judged.decoded.skipped.clone();
        skipped.dedup();
        Candidate {
            format: format.id.clone(),
            title: format.title.clone(),
            vantage: format.vantage,
            wrappers: judged.chain.iter().map(|wrap| wrap.name()).collect(),
            of: judged.of,
            accepts: judged.taken.len(),
            skips: skipped.len(),
            facts: judged.understands().0,
            refused: self.first(judged, view),
            because,
        }
    }

    /// The first record of a view that a format refuses.
    fn first(&self, judged: &Judged<'_>, view: &View<'_>) -> Option<Refused> {
        let (at, reason) = judged.decoded.first_failure.clone()?;
        let mut inner = view.records.iter().filter(|(record, ..)| *record == at).map(|(_, inner, _)| inner.as_ref());
        let first = inner.next()?;
        // Of several in one wrapper the one that is refused is not told apart.
        if inner.next().is_some() || !judged.format.may_hold(first) {
            return self.refused(at, first, None, reason, None);
        }
        let decoder = judged.format.detector(&super::unassuming());
        match decoder.refusal(first) {
            Some(Refusal { at: place, reason }) => self.refused(at, first, Some(place), reason, Some(&*decoder)),
            None => self.refused(at, first, None, reason, Some(&*decoder)),
        }
    }

    /// A record in terms of its line. Where its wrapper escaped it, the record itself is shown.
    fn refused(
        &self,
        at: usize,
        inner: &[u8],
        place: Option<usize>,
        reason: String,
        decoder: Option<&dyn Decode>,
    ) -> Option<Refused> {
        let record = self.sample.get(at)?;
        let offset = memchr::memmem::find(record.bytes, inner);
        let shown = if offset.is_some() { record.bytes } else { inner };
        let place = place.map(|place| (place + offset.unwrap_or(0)).min(shown.len()));
        let front = &shown[..place.unwrap_or(0)];
        let lines = memchr::memchr_iter(b'\n', front).count();
        let begin = memchr::memrchr(b'\n', front).map_or(0, |end| end + 1);
        let end = memchr::memchr(b'\n', &shown[front.len()..]).map_or(shown.len(), |end| front.len() + end);
        let hidden: Vec<Range<usize>> = self.hidden(at, shown, inner, decoder);
        let line = hidden.iter().map(|range| range.start.max(begin) - begin..range.end.max(begin) - begin);
        let (before, after) = mask_around(&shown[begin..end], self.key, front.len() - begin, &line.collect::<Vec<_>>());
        Some(Refused {
            line: record.line + lines as u64,
            byte: place.filter(|_| offset.is_some()).map(|place| place - begin + 1),
            reason,
            before: last(&before),
            after: first(&after),
        })
    }

    /// Where secrets may stand in what is shown of a record that only their place gives away: as the decoder that refused it
    /// knows, or the header lines before it.
    fn hidden(&self, at: usize, shown: &[u8], inner: &[u8], decoder: Option<&dyn Decode>) -> Vec<Range<usize>> {
        let records: Vec<&[u8]> = self.sample[..at].iter().map(|record| record.bytes).collect();
        let mut found = mask::hidden_by_headers(&records, shown);
        found.extend(self.layers.secrets(shown));
        let shift = memchr::memmem::find(shown, inner).unwrap_or(0);
        let own = decoder.map(|decoder| decoder.secrets(inner)).unwrap_or_default();
        found.extend(own.into_iter().map(|range| range.start + shift..range.end + shift));
        found
    }

    /// Reads the sample by these layers.
    pub(super) fn read(&self, layers: &Layers, found: &[Found<'_>], context: &DecodeContext) -> Read {
        let mut read = Read::default();
        let mut table = FactTable::default();
        let mut headed = None;
        for (at, record) in self.sample.iter().enumerate() {
            let layers = headed.as_ref().unwrap_or(layers);
            let mut refused: Option<String> = None;
            let place = Place { line_no: u32::try_from(record.line).unwrap_or(u32::MAX), ..Place::default() };
            layers.decode(record.bytes, 0, place, &mut table, &mut |_, end| match end.verdict {
                Verdict::Row => read.rows += 1,
                Verdict::Skip(_) => read.skips += 1,
                Verdict::Reject(reason) => {
                    read.rejects += 1;
                    refused.get_or_insert(reason.into_owned());
                }
            });
            if let Some(reason) = refused.filter(|_| read.refused.is_none()) {
                read.refused = self.place(at, found, context, reason);
            }
            if layers.is_header_driven()
                && let Some(next) = layers.heed(record.bytes)
            {
                headed = Some(next);
            }
        }
        read
    }

    /// The place up to which the layer that gets furthest can read a record.
    fn place(&self, at: usize, found: &[Found<'_>], context: &DecodeContext, reason: String) -> Option<Refused> {
        let record = self.sample.get(at)?;
        let mut best: Option<(Vec<u8>, Refusal, Box<dyn Decode>)> = None;
        for Found { format, chain, .. } in found {
            let mut inside: Option<Vec<u8>> = None;
            wrap::unwrap(chain, record.bytes, None, &mut |inner, _| {
                inside.get_or_insert_with(|| inner.to_vec());
            });
            let Some(inside) = inside else { continue };
            let decoder = format.decoder(context);
            let refusal = decoder.refusal(&inside);
            if let Some(refusal) = refusal.filter(|new| best.as_ref().is_none_or(|(_, old, _)| new.at > old.at)) {
                best = Some((inside, refusal, decoder));
            }
        }
        match best {
            Some((inside, Refusal { at: place, reason }, decoder)) => {
                self.refused(at, &inside, Some(place), reason, Some(&*decoder))
            }
            None => self.refused(at, record.bytes, None, reason, None),
        }
    }
}

/// The end of a text, marked where something is left out.
fn last(text: &str) -> String {
    let length = text.chars().count();
    if length <= SHOWN {
        return text.to_owned();
    }
    let kept: String = text.chars().skip(length - SHOWN).collect();
    format!("…{kept}")
}

/// The beginning of a text, likewise.
fn first(text: &str) -> String {
    let mut kept: String = text.chars().take(SHOWN).collect();
    if kept.len() < text.len() {
        kept.push('…');
    }
    kept
}
