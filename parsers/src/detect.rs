//! Which format a source is in, by its content and never by its name.
//!
//! Every format decodes the sample; the share of records that become plausible rows decides,
//! then how much of them it understands.

mod infer;
mod shape;

use crate::decode::Verdict;
use crate::format::{DecodeContext, Format, builtin};
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
struct View<'s> {
    chain: Vec<Wrap>,
    records: Vec<Seen<'s>>,
}

/// Number in the sample, bytes, and when as a wrapper says it.
type Seen<'s> = (usize, Cow<'s, [u8]>, Option<Vec<u8>>);

/// More records are not needed to be sure, and every format reads all of them.
const ENOUGH: usize = 400;

/// More formats than this are not mixed in one file.
const MIXED: usize = 4;

/// Wrappers nested deeper than this are none.
const DEEPEST: usize = 4;

/// Of a wrapper that holds several records, so many are looked at.
const HELD: usize = 20;

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
    let bare = View::bare(&records);
    let scores = rank(formats, &bare);
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
            unknown(&scores, &records)
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
    let mut best = best(rank(formats, &bare), left.len()).map(|score| (Vec::new(), score));
    if best.as_ref().is_some_and(|(_, score)| score.failed.is_empty()) {
        return best;
    }
    for view in views(records, left) {
        let Some(score) = self::best(rank(formats, &view), left.len()) else { continue };
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
    // Any year will do, a leap year for the sake of the 29th of February.
    let year_hint = chrono::NaiveDate::from_ymd_opt(2000, 12, 31);
    let context =
        DecodeContext { key: [0; 32], zone: chrono_tz::Tz::UTC, year_hint, captures: std::sync::Arc::default() };
    let mut decoder = format.detector(&context);
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
    // How far into the sample a format got says how close it is; ties stay in order of id.
    let mut close: Vec<&Score<'_>> = scores.iter().collect();
    close.sort_by(|a, b| b.rows.cmp(&a.rows).then(looks_alike(b, records).cmp(&looks_alike(a, records))));
    let names: Vec<&str> = close.iter().take(2).map(|score| score.format.id.as_str()).collect();
    let (index, reason) = close.first().and_then(|score| score.first_failure.clone()).unwrap_or((0, String::new()));
    let record = records.get(index).copied().unwrap_or_default();
    let shown: String = crate::mask::mask_line(record, &[0; 32]).chars().take(80).collect();
    format!(
        "No known format fits; closest are {} ({reason}). The first record that fails: {shown} … Give --input-format, or --log-format with the directive that wrote it.",
        names.join(" and ")
    )
}

/// JSON is closer to JSON, text to text.
fn looks_alike(score: &Score<'_>, records: &[&[u8]]) -> bool {
    let json = records.first().is_some_and(|record| record.trim_ascii_start().starts_with(b"{"));
    score.format.is_json() == json
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
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn id(lines: &[&str]) -> Option<&'static str> {
        let records: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
        detect(&records).format().and_then(|found| crate::format::find(&found.id)).map(|format| format.id.as_str())
    }

    const COMBINED: &str = r#"192.0.2.1 - - [02/Jan/2024:03:04:05 +0000] "GET /a?b HTTP/1.1" 200 17 "-" "curl/8""#;

    #[test]
    fn every_format_recognises_its_own_samples() {
        for format in builtin().iter().filter(|format| format.is_recognisable()) {
            let good: Vec<&[u8]> = format.rows().collect();
            assert_eq!(detect(&good).format().map(|found| &found.id), Some(&format.id), "{}", detect(&good).sentence);
        }
    }

    #[test]
    fn damage_does_not_hide_a_format() {
        assert_eq!(id(&[COMBINED, "", "junk", &COMBINED[..60], COMBINED]), Some("nginx-combined"));
    }

    #[test]
    fn apache_is_told_by_its_escapes_and_dashes() {
        let escaped = COMBINED.replace("curl/8", r#"a \"b\""#);
        assert_eq!(id(&[COMBINED, &escaped]), Some("apache-combined"));
        assert_eq!(id(&[COMBINED, &COMBINED.replace(" 200 17 ", " 304 - ")]), Some("apache-combined"));
    }

    #[test]
    fn formats_mixed_in_one_file_are_all_seen() {
        let json = r#"{"time":"2024-01-02T03:04:05Z","method":"GET","path":"/a","status":200}"#;
        let found = detect(&[COMBINED.as_bytes(), json.as_bytes(), COMBINED.as_bytes(), b"junk"]);
        assert_eq!(found.format().map(|format| format.id.as_str()), Some("nginx-combined"));
        let others: Vec<&str> = found.layers[1..].iter().map(|found| found.format.id.as_str()).collect();
        assert_eq!(others, ["generic-json"], "{}", found.sentence);
        assert!(found.sentence.contains("records in generic-json"), "{}", found.sentence);
        assert!(detect(&[COMBINED.as_bytes(), b"junk"]).layers.len() == 1);
    }

    #[test]
    fn what_stands_before_the_time_tells_layouts_apart() {
        let line = |start: &str| COMBINED.replace("192.0.2.1 - -", start);
        for (start, format) in [
            ("192.0.2.1 ident ann", "apache-combined"),
            ("192.0.2.1 - ann lee", "nginx-combined"),
            ("192.0.2.1 -  - ", "apache-combined"),
            ("host.example - -", "nginx-combined"),
            ("www.example.com 192.0.2.1 - ann", "nginx-vhost"),
            ("www.example.com:8443 192.0.2.1 ident ann", "apache-vhost-combined"),
            ("192.0.2.1 www.example.com ann", "lighttpd"),
            ("198.51.100.1 192.0.2.1 - ann", "nginx-combined"),
            ("198.51.100.1, 192.0.2.1 ident ann", "apache-forwarded"),
        ] {
            assert_eq!(id(&[&line(start)]), Some(format), "{start}");
        }
    }

    #[test]
    fn a_user_name_hides_no_request() {
        let forged = COMBINED.replace("- -", "- - x - [y");
        let format = crate::format::find("nginx-combined").unwrap();
        let captures = std::sync::Arc::default();
        let context = DecodeContext { key: [0; 32], zone: chrono_tz::Tz::UTC, year_hint: None, captures };
        let mut table = FactTable::default();
        let verdict = format.decoder(&context).decode(forged.as_bytes(), 0, Place::default(), &mut table);
        assert_eq!(verdict, Verdict::Row);
        table.finish();
        assert_eq!(table.text(Text::Principal).get(0), Some("- x - [y"));
    }

    #[test]
    fn a_few_requests_among_other_json_are_enough_where_the_keys_tell() {
        let caddy = crate::format::find("caddy").and_then(|format| format.rows().next()).unwrap();
        let other = br#"{"level":"info","ts":1710238532.1,"logger":"tls","msg":"cleaning storage unit"}"#;
        let mut records = vec![other.as_slice(); 35];
        records.extend([caddy; SURE]);
        assert_eq!(detect(&records).format().map(|format| format.id.as_str()), Some("caddy"));
        records.pop();
        assert!(detect(&records).format().is_none());
        // Keys that anybody chooses tell nothing.
        let generic = br#"{"time":"2024-01-02T03:04:05Z","method":"GET","path":"/a","status":200}"#;
        records.extend([generic.as_slice(); SURE]);
        assert!(detect(&records).format().is_none());
    }

    #[test]
    fn what_is_unknown_says_so() {
        let found = detect(&[b"hello world", b"token=abcdefgh"]);
        assert!(found.format().is_none());
        assert!(found.sentence.contains("closest are") && found.sentence.contains("hello world"), "{}", found.sentence);
        assert!(detect(&[b"\x7fELF\x02\x01\x01\0\0\0\0\0\0", b"\0\0\x03"]).sentence.contains("binary"));
        assert!(detect(&[b"", b"  "]).sentence.contains("blank"));
        assert_eq!(id(&[r#"{"time":"2024-01-02T03:04:05Z","level":"info","msg":"started"}"#]), None);
    }
}

#[cfg(test)]
mod properties {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Damaged samples: whatever the bytes, a record is a row or leaves the table as it was.
        #[test]
        fn decoding_never_panics_and_rejects_leave_no_row(
            which in 0_usize..64, cut in 0_usize..900, at in 0_usize..900, noise in proptest::collection::vec(any::<u8>(), 0..12),
        ) {
            let context = DecodeContext { key: [1; 32], zone: chrono_tz::Tz::Asia__Seoul, year_hint: None, captures: std::sync::Arc::default() };
            for format in builtin() {
                let samples: Vec<&[u8]> = format.rows().collect();
                let mut record = samples[which % samples.len()].to_vec();
                let at = at.min(record.len());
                record.splice(at..(at + noise.len() / 2).min(record.len()), noise.iter().copied());
                record.truncate(record.len().saturating_sub(cut / 3));
                for bytes in [&record, &noise] {
                    let mut table = FactTable::default();
                    table.push(0, Place::default());
                    let verdict = format.decoder(&context).decode(bytes, 0, Place::default(), &mut table);
                    prop_assert_eq!(table.rows(), 1 + usize::from(verdict == Verdict::Row));
                    for text in Text::ALL {
                        let dictionary = &table.text(text).dictionary;
                        prop_assert!(dictionary.iter().all(|(_, value)| std::str::from_utf8(value).is_ok()));
                    }
                }
            }
            detect(&[&record_of(&noise), &noise]);
        }
    }

    fn record_of(noise: &[u8]) -> Vec<u8> {
        [b"{\"", noise, b"\":1}"].concat()
    }
}
