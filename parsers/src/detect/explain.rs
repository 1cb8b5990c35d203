//! Why a source is taken for what it is taken for: what every candidate makes of its sample, where each stops fitting,
//! and what the sample leaves open.
//!
//! In: the beginning of each source ([`super::sample`]). Out: one [`Explained`] a source. The scores are those of
//! detection; what is added here (places, values, other readings) is computed for explanations only.

use super::ambiguity::{self, Chosen};
use super::refused::{self, Finder};
use super::sample::{Head, Opening, Unsampled, read_heads, sample};
use super::{Decoded, Found, View, decode, detect_among, facts, looks_alike_json, unassuming, views};
use crate::decode::layers::Layers;
use crate::format::{DecodeContext, Format, known, of_source};
use crate::load::{Given, LoadError, LoadOptions, ZoneRule, context_of, day_of, given_format, layers};
use crate::report::{Container, Vantage};
use crate::source::{Source, Window};
use crate::wrap::Wrap;
use std::borrow::Cow;
use std::rc::Rc;

/// Candidates that accept records and are shown beside the one chosen.
const SHOWN: usize = 5;

/// Candidates in all that are shown beside the one chosen, with such as come close and accept none.
const CLOSE: usize = 2;

/// A source and what its sample says.
#[derive(Clone, Debug)]
pub struct Explained {
    /// Path as given; `-` is standard input, `a.tar.gz!b.log` a file in an archive.
    pub path: String,
    /// The archive on disk that it lies in.
    pub container: Option<Container>,
    /// Outermost compression.
    pub compression: Option<&'static str>,
    /// Encoding, where it is not UTF-8.
    pub encoding: Option<&'static str>,
    /// What its sample says, or why there is none.
    pub sample: Result<Explanation, String>,
}

/// What a sample says.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// Bytes of the beginning that the sample was taken from, as decompressed.
    pub bytes: usize,
    /// Whether that is all of the source.
    pub whole: bool,
    /// Records in the sample.
    pub records: usize,
    /// The line of the last of them.
    pub last_line: u64,
    /// Whether the options say which format it is.
    pub named: bool,
    /// What it was taken for, in one sentence.
    pub sentence: String,
    /// Sampled records that a load would make rows of.
    pub rows: usize,
    /// Sampled records that a load would skip by name.
    pub skips: usize,
    /// Sampled records that a load would reject.
    pub rejects: usize,
    /// The first of these, and where it stops fitting.
    pub refused: Option<Refused>,
    /// The formats found, most frequent first; empty where none fits.
    pub layers: Vec<Candidate>,
    /// Other formats: those that accept most, and those that come closest.
    pub others: Vec<Candidate>,
    /// What the sample leaves open.
    pub ambiguities: Vec<Ambiguity>,
}

/// A format, and what it makes of the sample.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Its id.
    pub format: String,
    /// Its title.
    pub title: String,
    /// Where such a log usually stands.
    pub vantage: Option<Vantage>,
    /// What would have to stand around its records, outermost first.
    pub wrappers: Vec<&'static str>,
    /// Records that it was tried on.
    pub of: usize,
    /// Records that it makes rows of.
    pub accepts: usize,
    /// Records that it skips by name.
    pub skips: usize,
    /// Facts that it understands per row.
    pub facts: f64,
    /// The first record that it refuses, and where.
    pub refused: Option<Refused>,
    /// What decided for it or against it.
    pub because: String,
}

/// A record that a format refuses. The text is masked and printable but for tabs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Its line in the source, counted from 1.
    pub line: u64,
    /// The byte of that line at which it stops fitting, counted from 1, where that is known.
    pub byte: Option<usize>,
    /// Why, in a few words.
    pub reason: String,
    /// The record before that place; its beginning may be cut.
    pub before: String,
    /// The record from there on; its end may be cut.
    pub after: String,
}

/// Something that the sample leaves open.
#[derive(Clone, Debug)]
pub struct Ambiguity {
    /// What it is about: `format`, `zone` or `year`.
    pub about: &'static str,
    /// What is open, and what speaks for which reading.
    pub sentence: String,
    /// The line that the readings are of.
    pub line: Option<u64>,
    /// How it can be read.
    pub readings: Vec<Reading>,
    /// Options that settle it, the likeliest first.
    pub settled_by: Vec<String>,
}

/// One way to read a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// By which format, or in which zone.
    pub by: String,
    /// The columns whose values depend on it; `None` where it reads none.
    pub values: Vec<(&'static str, Option<String>)>,
}

/// Explains every source that the paths name, by its beginning.
pub fn explain(
    paths: &[String],
    options: &LoadOptions,
    each: &mut dyn FnMut(Explained),
) -> Result<Unsampled, LoadError> {
    let given = given_format(options)?;
    let window = Window { since: options.load_since, until: options.load_until };
    Ok(read_heads(paths, window, &mut |opening| {
        let Opening { source, container, compression, encoding, head } = opening;
        let given = given.as_ref().map(Given::format).or_else(|| of_source(&options.directives, &source.name));
        each(Explained {
            path: source.name.clone(),
            container: container.cloned(),
            compression,
            encoding,
            sample: head.map(|head| Subject { options, source, given, head: &head }.explain()),
        });
    }))
}

/// A source to be explained.
struct Subject<'a> {
    options: &'a LoadOptions,
    source: &'a Source,
    given: Option<&'a Format>,
    head: &'a Head,
}

/// A candidate with what explains it.
pub(super) struct Judged<'f> {
    pub(super) format: &'f Format,
    pub(super) chain: Vec<Wrap>,
    pub(super) decoded: Decoded,
    /// Records that are rows, each once.
    pub(super) taken: Vec<usize>,
    pub(super) of: usize,
}

/// A candidate that was not chosen, and the records that it was tried on.
type Rival<'f> = (Judged<'f>, Rc<View<'static>>);

impl<'f> Judged<'f> {
    pub(super) fn new(format: &'f Format, view: &View<'_>, context: &DecodeContext) -> Self {
        let decoded = decode(format, view, context);
        let mut taken = decoded.taken.clone();
        taken.dedup();
        let mut of: Vec<usize> = view.records.iter().map(|(at, ..)| *at).collect();
        of.dedup();
        Self { format, chain: view.chain.clone(), decoded, taken, of: of.len() }
    }

    /// Facts per row, tells per row.
    pub(super) fn understands(&self) -> (f64, f64) {
        let rows = self.decoded.table.rows().max(1) as f64;
        (facts(&self.decoded.table) as f64 / rows, self.decoded.tells as f64 / rows)
    }

    /// What detection ranks by among formats that accept as many records.
    pub(super) fn weight(&self) -> f64 {
        let (facts, tells) = self.understands();
        facts + tells + if self.format.is_specific() { 3.0 } else { 0.0 } + self.format.prefer
    }
}

impl Subject<'_> {
    fn explain(&self) -> Explanation {
        let all = known(&self.options.directives);
        let formats = self.given.map_or_else(|| all.clone(), |given| vec![given]);
        let sample = sample(&self.head.block, self.head.ended);
        let records: Vec<&[u8]> = sample.iter().map(|record| record.bytes).collect();
        let mut detection = detect_among(&records, &formats);
        if let Some(format) = self.given.filter(|_| detection.layers.is_empty()) {
            detection.layers.push(Found { format: Cow::Borrowed(format), chain: Vec::new(), mapped: Vec::new() });
        }
        let context = DecodeContext { key: self.options.key, ..unassuming() };
        let read_as = self.layers(&detection.layers);
        let finder = Finder { sample: &sample, key: &self.options.key, layers: &read_as };
        let chosen = choose(&detection.layers, &records, &context);
        let rivals = self.rivals(&all, &detection.layers, &records, &context);
        let read = self.read(&detection.layers, &finder);
        let ambiguities = if chosen.is_empty() {
            Vec::new()
        } else {
            let zone = ZoneRule::of(&self.options.assume_tz, &self.source.name);
            let day = day_of(self.source);
            ambiguity::find(&Chosen { layers: &chosen, all: &all, given: self.given, zone, day, finder: &finder })
        };
        Explanation {
            bytes: self.head.block.bytes.len(),
            whole: self.head.ended,
            records: records.len(),
            last_line: sample.iter().map(|record| record.line + u64::from(record.span) - 1).max().unwrap_or(0),
            named: self.given.is_some(),
            sentence: detection.sentence,
            rows: read.rows,
            skips: read.skips,
            rejects: read.rejects,
            refused: read.refused,
            layers: chosen.iter().map(|(judged, view)| finder.candidate(judged, view, String::new())).collect(),
            others: others(rivals, &chosen, &records, &finder),
            ambiguities,
        }
    }

    /// Every other format with the wrappers in which it accepts most.
    fn rivals<'f>(
        &self,
        all: &[&'f Format],
        layers: &[Found<'_>],
        records: &[&[u8]],
        context: &DecodeContext,
    ) -> Vec<Rival<'f>> {
        let everything: Vec<usize> = (0..records.len()).collect();
        let bare = owned(View::bare(records));
        let views: Vec<Rc<View<'static>>> =
            std::iter::once(bare).chain(views(records, &everything)).map(Rc::new).collect();
        let is_chosen = |format: &Format| {
            layers.iter().any(|layer| layer.format.id == format.id) || self.given.is_some_and(|g| g.id == format.id)
        };
        let mut rivals = Vec::new();
        for &format in all.iter().filter(|format| !is_chosen(format)) {
            let mut best: Option<Rival<'f>> = None;
            for view in &views {
                let dated = view.records.iter().any(|(.., time)| time.is_some());
                if format.is_timeless() && !dated {
                    continue;
                }
                let judged = Judged::new(format, view, context);
                let accepts_all = judged.taken.len() == records.len();
                if best.as_ref().is_none_or(|(best, _)| judged.taken.len() > best.taken.len()) {
                    best = Some((judged, Rc::clone(view)));
                }
                if accepts_all {
                    break;
                }
            }
            rivals.extend(best);
        }
        rivals
    }

    /// What is known of the source when it is read.
    fn context(&self) -> DecodeContext {
        context_of(self.options, self.source)
    }

    /// The layers that a load would read the source by.
    fn layers(&self, found: &[Found<'_>]) -> Layers {
        layers(found, &self.context())
    }

    /// Reads the sample as a load would.
    fn read(&self, found: &[Found<'_>], finder: &Finder<'_>) -> refused::Read {
        if found.is_empty() {
            return refused::Read { rejects: finder.sample.len(), ..refused::Read::default() };
        }
        finder.read(finder.layers, found, &self.context())
    }
}

fn owned(view: View<'_>) -> View<'static> {
    let records = view.records.into_iter().map(|(at, record, time)| (at, Cow::Owned(record.into_owned()), time));
    View { chain: view.chain, records: records.collect() }
}

/// The layers as detection found them, each over the records that those before it left.
fn choose<'f>(found: &'f [Found<'_>], records: &[&[u8]], context: &DecodeContext) -> Vec<(Judged<'f>, View<'static>)> {
    let mut left: Vec<usize> = (0..records.len()).collect();
    let mut chosen = Vec::new();
    for Found { format, chain, .. } in found {
        let view = if chain.is_empty() {
            let records = left.iter().map(|&at| (at, Cow::Owned(records[at].to_vec()), None)).collect();
            View { chain: Vec::new(), records }
        } else {
            let found = views(records, &left).into_iter().find(|view| &view.chain == chain);
            found.unwrap_or(View { chain: chain.clone(), records: Vec::new() })
        };
        let judged = Judged::new(format, &view, context);
        left.retain(|at| !judged.taken.contains(at) && !judged.decoded.skipped.contains(at));
        chosen.push((judged, view));
    }
    chosen
}

/// The other candidates that are worth showing: first what accepts most, then what comes closest.
fn others(
    mut rivals: Vec<Rival<'_>>,
    chosen: &[(Judged<'_>, View<'static>)],
    records: &[&[u8]],
    finder: &Finder<'_>,
) -> Vec<Candidate> {
    let close = rivals.iter().filter(|(judged, _)| judged.taken.is_empty() && judged.format.is_recognisable());
    let json = looks_alike_json(records);
    let close = close.filter(|(judged, _)| judged.format.is_json() == json);
    let mut close: Vec<(f64, &Rival<'_>)> =
        close.map(|rival| (reach(rival.0.format, records), rival)).filter(|(reach, _)| *reach > 0.0).collect();
    close.sort_by(|a, b| b.0.total_cmp(&a.0));
    let wanted = if chosen.is_empty() { CLOSE + 1 } else { CLOSE };
    let accepting = rivals.iter().filter(|(judged, _)| !judged.taken.is_empty()).count();
    let near: Vec<Candidate> = close
        .iter()
        .take(wanted.saturating_sub(accepting))
        .map(|(reach, (judged, view))| {
            let fits = format!("the first {:.0} % of a record fit", reach * 100.0);
            let other_keys = "objects, but with other keys".to_owned();
            finder.candidate(judged, view, if json && *reach > 0.99 { other_keys } else { fits })
        })
        .collect();
    rivals.retain(|(judged, _)| !judged.taken.is_empty());
    rivals.sort_by(|(a, _), (b, _)| b.taken.len().cmp(&a.taken.len()).then(b.weight().total_cmp(&a.weight())));
    let best = chosen.first().map(|(judged, _)| judged);
    let shown = rivals.iter().take(SHOWN).map(|(judged, view)| {
        let because = best.map_or_else(|| "it accepts too few".to_owned(), |best| behind(judged, best));
        finder.candidate(judged, view, because)
    });
    shown.chain(near).collect()
}

/// How far a format gets into the records: the mean share of each that fits.
pub(super) fn reach(format: &Format, records: &[&[u8]]) -> f64 {
    const LOOKED_AT: usize = 20;
    let decoder = format.detector(&unassuming());
    let shares = records.iter().take(LOOKED_AT).map(|record| {
        let fits = match decoder.refusal(record) {
            _ if record.is_empty() || !format.may_hold(record) => 0,
            Some(refusal) => refusal.at,
            // An object that can be read holds other keys.
            None if format.is_json() => record.len(),
            None => 0,
        };
        fits as f64 / record.len().max(1) as f64
    });
    shares.sum::<f64>() / records.len().clamp(1, LOOKED_AT) as f64
}

/// What decided against a candidate.
fn behind(judged: &Judged<'_>, best: &Judged<'_>) -> String {
    if !judged.format.is_recognisable() && !judged.format.is_timeless() {
        return "taken only where it is named".to_owned();
    }
    if judged.taken.len() < best.taken.len() {
        return "accepts fewer".to_owned();
    }
    let ((facts, tells), (most, told)) = (judged.understands(), best.understands());
    if best.format.is_specific() && !judged.format.is_specific() {
        return "has no keys of its own".to_owned();
    }
    if most - facts > 0.05 {
        return format!("understands fewer facts a record ({facts:.1}, not {most:.1})");
    }
    if told > tells {
        return format!("the records hold what {} writes", best.format.id);
    }
    if best.format.prefer > judged.format.prefer {
        return "nothing tells them apart; it is the less usual".to_owned();
    }
    "nothing tells them apart; the first by name is taken".to_owned()
}

#[cfg(test)]
#[path = "explain_tests.rs"]
#[allow(clippy::unwrap_used)]
mod tests;
