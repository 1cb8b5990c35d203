//! Which format a source is in, by its content and never by its name.
//!
//! Every format decodes the sample; the share of records that become plausible rows decides,
//! then how much of them it understands.

mod ambiguity;
mod explain;
mod infer;
mod refused;
mod sample;
mod shape;

pub use explain::{Ambiguity, Candidate, Explained, Explanation, Reading, Refused, explain};
pub use sample::Unsampled;
pub(crate) use sample::{HEAD, sample};

use crate::decode::{Verdict, host};
use crate::format::{DecodeContext, Format, builtin};
use crate::frame::is_hole;
use crate::mask;
use crate::report::{Basis, Mapped};
use crate::schema::{Number, Text};
use crate::table::{FactTable, Place};
use crate::wrap::Wrap;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write;

/// What a sample of records looks like.
#[derive(Clone, Debug)]
pub struct Detection<'f> {
    /// The formats found, with the wrappers around each, most frequent first; empty where none fits.
    pub(crate) layers: Vec<Found<'f>>,
    /// Why, in one sentence.
    pub sentence: String,
}

/// A format found in a sample.
#[derive(Clone, Debug)]
pub(crate) struct Found<'f> {
    pub(crate) format: Cow<'f, Format>,
    /// The wrappers around its records, outermost first.
    pub(crate) chain: Vec<Wrap>,
    /// Which key is which column, where the format is of no vendor.
    pub(crate) mapped: Vec<Mapped>,
}

impl<'f> Detection<'f> {
    /// That format, and why.
    pub fn into_parts(self) -> (Option<Cow<'f, Format>>, String) {
        (self.layers.into_iter().next().map(|found| found.format), self.sentence)
    }

    /// The format that most records are in, if one fits.
    pub fn format(&self) -> Option<&Format> {
        self.layers.first().map(|found| &*found.format)
    }
}

/// How well one format fits.
struct Score<'f> {
    format: &'f Format,
    /// Records of the sample that are rows, or hold some.
    rows: usize,
    /// Records that are no requests by design.
    skips: usize,
    /// Facts read per row, and what speaks for the format beside them.
    weight: f64,
    /// The records that do not fit.
    failed: Vec<usize>,
    /// Why the first of them does not.
    first_failure: Option<(usize, String)>,
}

/// The sample as it looks without some wrappers: each record with its number in the sample.
#[derive(Clone)]
struct View<'s> {
    chain: Vec<Wrap>,
    records: Vec<Seen<'s>>,
}

/// Number in the sample, bytes, and when as a wrapper says it.
type Seen<'s> = (usize, Cow<'s, [u8]>, Option<Vec<u8>>);

/// More records are not needed to be sure, and every format reads all of them.
const ENOUGH: usize = 400;

/// More formats than this are not mixed in one file.
pub(crate) const MIXED: usize = 4;

/// Wrappers nested deeper than this are none.
const DEEPEST: usize = 4;

/// Of a wrapper that holds several records, so many are looked at.
const HELD: usize = 20;

/// Records that tell which formats are worth the reading of all.
const PROBE: usize = 8;

/// Fewer records are all read as every format.
const FEW: usize = 8;

/// So many records of a format with keys of its own are no accident, whatever stands between them.
const SURE: usize = 3;

/// Recognises the format of a sample of records among those built in.
///
/// A source with damaged records is still recognised: a format must fit a quarter of the sample,
/// and more of it than any other.
pub fn detect(sample: &[&[u8]]) -> Detection<'static> {
    let formats: Vec<&Format> = builtin().iter().collect();
    detect_among(sample, &formats)
}

/// The same among these formats.
pub(crate) fn detect_among<'f>(sample: &[&[u8]], formats: &[&'f Format]) -> Detection<'f> {
    let records: Vec<&[u8]> =
        sample.iter().copied().filter(|record| !record.trim_ascii().is_empty()).take(ENOUGH).collect();
    if records.is_empty() {
        return Detection { layers: Vec::new(), sentence: "It is empty, or blank lines only.".into() };
    }
    if records.iter().all(|record| is_hole(record)) {
        let sentence =
            "It holds NUL bytes only: nothing was written there, or it was lost; look for another copy.".into();
        return Detection { layers: Vec::new(), sentence };
    }
    let mut found: Vec<(Vec<Wrap>, Score<'_>)> = Vec::new();
    let mut left: Vec<usize> = (0..records.len()).collect();
    while found.len() < MIXED && !left.is_empty() {
        let Some((chain, score)) = best_view(formats, &records, &left) else { break };
        let judged = left.len() - score.skips;
        let sure = score.format.is_specific() && score.rows >= SURE;
        if found.is_empty() && score.rows * 4 < judged && !sure {
            break;
        }
        left.clone_from(&score.failed);
        found.push((chain, score));
    }
    if found.is_empty()
        && let Some(inferred) = infer_all(formats, &records)
    {
        return inferred;
    }
    if found.is_empty() {
        let sentence = if is_binary(&records) {
            "It is binary data, not a log in text; if it is an archive or an export, extract it first.".into()
        } else {
            unknown(&rank(formats, &View::bare(&records)), &records)
        };
        return Detection { layers: Vec::new(), sentence };
    }
    let mut sentence = recognised(&found, records.len());
    let layers: Vec<Found<'_>> = found.into_iter().map(|(chain, score)| fit(chain, &score, &records)).collect();
    for found in &layers {
        sentence += &infer::describe(&found.mapped);
    }
    Detection { layers, sentence }
}

/// A layer as found; a generic format is fitted to the keys that the sample has.
fn fit<'f>(chain: Vec<Wrap>, score: &Score<'f>, records: &[&[u8]]) -> Found<'f> {
    let mut found = Found { format: Cow::Borrowed(score.format), chain, mapped: Vec::new() };
    if score.format.family().is_none() {
        return found;
    }
    let mut view = View { chain: found.chain.clone(), records: Vec::new() };
    for (at, record) in records.iter().enumerate().filter(|(at, _)| score.failed.binary_search(at).is_err()) {
        crate::wrap::unwrap(&found.chain, record, None, &mut |inner, time| {
            view.records.push((at, Cow::Owned(inner.to_vec()), time.map(<[u8]>::to_vec)));
        });
    }
    let Some(inferred) = infer::infer(score.format, &view) else { return found };
    found.mapped = inferred.mapped;
    if let Some(format) = inferred.format {
        let fits = self::score(&format, &view);
        if fits.rows >= score.rows {
            found.format = Cow::Owned(format);
        } else {
            found.mapped.retain(|mapped| mapped.basis == Basis::Name);
        }
    }
    found
}

/// What the values of a sample tell that no format reads by its names.
fn infer_all<'f>(formats: &[&'f Format], records: &[&[u8]]) -> Option<Detection<'f>> {
    let left: Vec<usize> = (0..records.len()).collect();
    let bare = View::bare(records);
    let views = views(records, &left);
    let all = std::iter::once(&bare).chain(&views);
    let (chain, format, mapped, rows) = infer::infer_unknown(formats, all, records.len())?;
    let sentence = format!(
        "No vendor's format fits; read as {} ({}): {rows} of {} sampled records fit.{}",
        format.id,
        format.title,
        records.len(),
        infer::describe(&mapped)
    );
    Some(Detection { layers: vec![Found { format: Cow::Owned(format), chain, mapped }], sentence })
}

/// The format that fits most of the records that are left, and the wrappers around them.
fn best_view<'f>(formats: &[&'f Format], records: &[&[u8]], left: &[usize]) -> Option<(Vec<Wrap>, Score<'f>)> {
    let bare =
        View { chain: Vec::new(), records: left.iter().map(|&at| (at, Cow::Borrowed(records[at]), None)).collect() };
    let likely_of = |view: &View<'_>| -> Option<Score<'f>> {
        let likely = likely(formats, view);
        let found = best(rank(&likely, view), left.len());
        // Three records told which formats are likely; that one reads most of all says that they told the truth.
        let is_few = likely.len() < formats.len() && view.records.len() < 4 * PROBE;
        match found {
            Some(score) if is_few && score.rows * 4 < view.records.len() * 3 => best(rank(formats, view), left.len()),
            found => found,
        }
    };
    let mut best = likely_of(&bare).map(|score| (Vec::new(), score));
    if best.as_ref().is_some_and(|(_, score)| score.failed.is_empty()) {
        return best;
    }
    for view in views(records, left) {
        let Some(score) = likely_of(&view) else { continue };
        // What was looked at only inside the wrapper says nothing of records without it.
        let failed = left.iter().copied().filter(|at| !view.has(*at) || score.failed.contains(at)).collect();
        let score = Score { failed, ..score };
        if best.as_ref().is_none_or(|(_, other)| score.rows > other.rows) {
            best = Some((view.chain, score));
        }
    }
    best
}

impl<'s> View<'s> {
    fn bare(records: &[&'s [u8]]) -> Self {
        let records = records.iter().enumerate().map(|(at, record)| (at, Cow::Borrowed(*record), None)).collect();
        Self { chain: Vec::new(), records }
    }

    fn has(&self, record: usize) -> bool {
        self.records.binary_search_by_key(&record, |(at, ..)| *at).is_ok()
    }
}

/// Every chain of wrappers that stands around some of the records, with what is in it; short ones first.
fn views(records: &[&[u8]], left: &[usize]) -> Vec<View<'static>> {
    let mut views: BTreeMap<(usize, Vec<Wrap>), View<'static>> = BTreeMap::new();
    for &at in left {
        look_into(&mut views, &mut Vec::new(), at, records[at], None);
    }
    views.into_values().collect()
}

fn look_into(
    views: &mut BTreeMap<(usize, Vec<Wrap>), View<'static>>,
    chain: &mut Vec<Wrap>,
    at: usize,
    record: &[u8],
    time: Option<&[u8]>,
) {
    if chain.len() == DEEPEST {
        return;
    }
    for wrap in Wrap::ALL {
        // A wrapper in its like is a matter of chance.
        if chain.last() == Some(&wrap) && wrap != Wrap::Message && wrap != Wrap::Syslog {
            continue;
        }
        let Some(peeled) = wrap.peel(record) else { continue };
        chain.push(wrap);
        let view = views
            .entry((chain.len(), chain.clone()))
            .or_insert_with(|| View { chain: chain.clone(), records: Vec::new() });
        for inner in peeled.records.iter().take(HELD) {
            let time = inner.time.as_deref().or(time);
            view.records.push((at, Cow::Owned(inner.bytes.to_vec()), time.map(<[u8]>::to_vec)));
        }
        for inner in peeled.records.iter().take(HELD) {
            look_into(views, chain, at, &inner.bytes, inner.time.as_deref().or(time));
        }
        chain.pop();
    }
}

/// The formats that read some of a few records, where one of them reads all of those: others are not worth the
/// reading of hundreds.
fn likely<'f>(formats: &[&'f Format], view: &View<'_>) -> Vec<&'f Format> {
    if formats.len() == 1 {
        return formats.to_vec();
    }
    // Of few records fewer tell, and every one of them must be read.
    let (probes, slack) = match view.records.len() {
        records if records >= 4 * PROBE => (PROBE, 1),
        records if records >= FEW => (3, 0),
        _ => return formats.to_vec(),
    };
    let step = view.records.len() / probes;
    // Header lines decide how what follows them is read.
    let is_probed = |at: usize, record: &[u8]| at % step == step / 2 || at == 0 || record.first() == Some(&b'#');
    let records: Vec<Seen<'_>> = view
        .records
        .iter()
        .enumerate()
        .filter(|(at, (_, record, _))| is_probed(*at, record))
        .map(|(_, (at, record, time))| (*at, Cow::Borrowed(&**record), time.clone()))
        .collect();
    let probe = View { chain: view.chain.clone(), records };
    let mut scores = rank(formats, &probe);
    scores.retain(|score| score.rows > 0);
    let is_read =
        |score: &Score<'_>| score.rows + score.skips + slack >= probe.records.len() && score.rows + slack >= probes;
    if scores.iter().any(is_read) {
        let mut likely: Vec<&Format> = scores.iter().map(|score| score.format).collect();
        // In order of id, as they are given: ties are decided by it.
        likely.sort_by_key(|format| formats.iter().position(|other| std::ptr::eq(*other, *format)));
        return likely;
    }
    formats.to_vec()
}

/// How well each format fits, best first.
fn rank<'f>(formats: &[&'f Format], view: &View<'_>) -> Vec<Score<'f>> {
    // Where nothing says when, a format without times cannot be meant; a single one was named.
    let dated = view.records.iter().any(|(.., time)| time.is_some());
    let may_be = |format: &&&Format| format.is_recognisable() || formats.len() == 1 || (format.is_timeless() && dated);
    let mut scores: Vec<Score<'_>> = formats.iter().filter(may_be).map(|format| score(format, view)).collect();
    // Stable: formats that fit equally well stay in order of id.
    scores.sort_by(|a, b| b.rows.cmp(&a.rows).then(b.weight.total_cmp(&a.weight)));
    scores
}

fn best(scores: Vec<Score<'_>>, records: usize) -> Option<Score<'_>> {
    let most = scores.first().map_or(0, |best| best.rows);
    // A format that reads nearly as many records and understands more of each is meant: the
    // few that it cannot read are damaged.
    let slack = records / 50;
    scores
        .into_iter()
        .filter(|score| score.rows > 0 && score.rows + slack >= most)
        .reduce(|best, other| if other.weight > best.weight { other } else { best })
}

fn score<'f>(format: &'f Format, view: &View<'_>) -> Score<'f> {
    let Decoded { table, tells, mut taken, mut skipped, first_failure } = decode(format, view, &unassuming());
    let rows = table.rows();
    let weight = if rows == 0 {
        0.0
    } else {
        let bonus = if format.is_specific() { 3.0 } else { 0.0 };
        (facts(&table) + tells) as f64 / rows as f64 + bonus + format.prefer
    };
    // A record counts as read where one of those in it is.
    taken.dedup();
    skipped.dedup();
    let mut failed: Vec<usize> = view.records.iter().map(|(at, ..)| *at).collect();
    failed.dedup();
    failed.retain(|at| taken.binary_search(at).is_err() && skipped.binary_search(at).is_err());
    Score { format, rows: taken.len(), skips: skipped.len(), weight, failed, first_failure }
}

/// A view read as one format.
struct Decoded {
    table: FactTable,
    /// Tells of the format in the records of the rows.
    tells: usize,
    /// The record of each row.
    taken: Vec<usize>,
    /// Records that are no requests by design.
    skipped: Vec<usize>,
    /// The first record that does not fit, and why.
    first_failure: Option<(usize, String)>,
}

/// Any year will do, a leap year for the sake of the 29th of February.
fn unassuming() -> DecodeContext {
    let year_hint = chrono::NaiveDate::from_ymd_opt(2000, 12, 31);
    DecodeContext { key: [0; 32], zone: chrono_tz::Tz::UTC, year_hint, captures: std::sync::Arc::default() }
}

fn decode(format: &Format, view: &View<'_>, context: &DecodeContext) -> Decoded {
    let mut decoder = format.detector(context);
    let mut table = FactTable::default();
    let mut first_failure = None;
    let (mut tells, mut taken, mut skipped) = (0, Vec::new(), Vec::new());
    for (at, record, time) in &view.records {
        let before = table.rows();
        if let Some(next) = decoder.heed(record) {
            decoder = next;
        }
        let verdict = if format.may_hold(record) {
            table.carry(time.as_deref());
            decoder.decode(record, 0, Place::default(), &mut table)
        } else {
            Verdict::Reject("it lacks the keys of the format".into())
        };
        let reason = match verdict {
            Verdict::Row if is_plausible(&table, before, format) => {
                tells += format.tells(record);
                taken.push(*at);
                continue;
            }
            Verdict::Row => {
                table.pop();
                "no time, or no plausible status".to_owned()
            }
            Verdict::Reject(reason) => reason.into_owned(),
            Verdict::Skip(_) => {
                skipped.push(*at);
                continue;
            }
        };
        first_failure.get_or_insert((*at, reason));
    }
    table.finish();
    Decoded { table, tells, taken, skipped, first_failure }
}

fn is_plausible(table: &FactTable, row: usize, format: &Format) -> bool {
    let ts = table.ts(row);
    // From 1990 to 2100: other times are other numbers.
    let in_time = match ts {
        Some(ts) => (631_152_000_000_000..4_102_444_800_000_000).contains(&ts),
        // A header says what the columns are, whatever became of the times.
        None => format.has_header(),
    };
    let status = table.status(row);
    in_time
        && table.text(Text::PeerIp).get(row).is_none_or(|peer| host::is_peer(peer.as_bytes()))
        && status.is_none_or(|status| (100..600).contains(&status))
        && (format.logs_connections() || status.is_some() || table.text(Text::Target).get(row).is_some())
}

/// How many facts the rows have; text that no field claimed counts against.
fn facts(table: &FactTable) -> usize {
    let numbers: usize = Number::ALL
        .iter()
        .map(|&which| (0..table.rows()).filter(|&row| table.number(which).get(row).is_some()).count())
        .sum();
    let texts: usize = Text::ALL
        .iter()
        .filter(|&&which| which != Text::Extra)
        .map(|&which| (0..table.rows()).filter(|&row| table.text(which).get(row).is_some()).count())
        .sum();
    let tails = (0..table.rows())
        .filter(|&row| table.text(Text::Extra).get(row).is_some_and(|extra| extra.starts_with("tail=")))
        .count();
    (numbers + texts).saturating_sub(tails)
}

fn recognised(found: &[(Vec<Wrap>, Score<'_>)], records: usize) -> String {
    let Some(((chain, score), others)) = found.split_first() else { return String::new() };
    let Score { format, rows, skips, .. } = score;
    let records = records - skips;
    let fit = if *rows == records { format!("all {records}") } else { format!("{rows} of {records}") };
    let within = |chain: &[Wrap]| {
        let names: Vec<&str> = chain.iter().map(|wrap| wrap.name()).collect();
        if names.is_empty() { String::new() } else { format!(" in {}", names.join(", in it ")) }
    };
    let wrapped = within(chain);
    let mut sentence = format!("It is {} ({}){wrapped}: {fit} sampled records fit.", format.id, format.title);
    if !others.is_empty() {
        let names: Vec<String> =
            others.iter().map(|(chain, score)| format!("{}{}", score.format.id, within(chain))).collect();
        // Writing to a String cannot fail.
        let _ = write!(sentence, " Among them are records in {}.", names.join(" and "));
    }
    sentence
}

fn unknown(scores: &[Score<'_>], records: &[&[u8]]) -> String {
    // How far into the sample and its records a format got says how close it is; ties stay in order of id.
    let json = looks_alike_json(records);
    let mut close: Vec<(&Score<'_>, f64)> =
        scores.iter().map(|score| (score, explain::reach(score.format, records))).collect();
    close.sort_by(|(a, a_reach), (b, b_reach)| {
        let alike = |score: &Score<'_>| score.format.is_json() == json;
        b.rows.cmp(&a.rows).then(alike(b).cmp(&alike(a))).then(b_reach.total_cmp(a_reach))
    });
    let names: Vec<&str> = close.iter().take(2).map(|(score, _)| score.format.id.as_str()).collect();
    let failure = close.first().and_then(|(score, _)| score.first_failure.clone());
    let (index, reason) = failure.unwrap_or((0, String::new()));
    let record = records.get(index).copied().unwrap_or_default();
    if records.len() == 1 && record.len() >= sample::SAMPLE_RECORD {
        return "No known format can be told: the first line does not end where records do. Look whether its line ends were lost; where they were not, give --input-format (a record may be 16 MiB long)."
            .to_owned();
    }
    let hidden = mask::hidden_by_headers(&records[..index.min(records.len())], record);
    let shown: String = mask::mask_hiding(record, &[0; 32], &hidden).chars().take(80).collect();
    format!(
        "No known format fits; closest are {} ({reason}). The first record that fails: {shown} … Give --input-format, or --log-format with the directive that wrote it.",
        names.join(" and ")
    )
}

/// JSON is closer to JSON, text to text.
fn looks_alike_json(records: &[&[u8]]) -> bool {
    records.first().is_some_and(|record| record.trim_ascii_start().starts_with(b"{"))
}

fn is_binary(records: &[&[u8]]) -> bool {
    let bytes: usize = records.iter().map(|record| record.len()).sum();
    let odd: usize = records
        .iter()
        .map(|record| {
            record.iter().filter(|&&byte| byte == 0 || (byte < 0x20 && !matches!(byte, b'\t' | b'\r' | 0x1b))).count()
        })
        .sum();
    let broken = records.iter().filter(|record| simdutf8::basic::from_utf8(record).is_err()).count();
    odd * 20 > bytes || (broken * 2 > records.len() && odd > 0)
}

#[cfg(test)]
#[path = "detect/tests.rs"]
mod tests;
