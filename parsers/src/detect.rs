//! Which format a source is in, by its content and never by its name.
//!
//! Every format decodes the sample; the share of records that become plausible rows decides,
//! then how much of them it understands.

use crate::decode::Verdict;
use crate::format::{DecodeContext, Format, builtin};
use crate::schema::{Number, Text};
use crate::table::{FactTable, Place};
use std::fmt::Write;

/// What a sample of records looks like.
#[derive(Clone, Debug)]
pub struct Detection {
    /// The format, if one fits.
    pub format: Option<&'static Format>,
    /// Formats of the records that it does not read, most frequent first.
    pub others: Vec<&'static Format>,
    /// Why, in one sentence.
    pub sentence: String,
}

/// How well one format fits.
struct Score {
    format: &'static Format,
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

/// More records are not needed to be sure, and every format reads all of them.
const ENOUGH: usize = 400;

/// Recognises the format of a sample of records.
///
/// A source with damaged records is still recognised: a format must fit a quarter of the sample, or a few records where
/// it has keys of its own, and more of it than any other.
pub fn detect(sample: &[&[u8]]) -> Detection {
    let records: Vec<&[u8]> =
        sample.iter().copied().filter(|record| !record.trim_ascii().is_empty()).take(ENOUGH).collect();
    if records.is_empty() {
        return Detection { format: None, others: Vec::new(), sentence: "It is empty, or blank lines only.".into() };
    }
    let scores = rank(&records);
    let enough: Vec<&Score> = scores.iter().filter(|score| is_enough(score, records.len())).collect();
    if let Some(best) = best(&enough, records.len()) {
        let others = others(best, &records);
        let sentence = recognised(best, records.len(), &others);
        return Detection { format: Some(best.format), others, sentence };
    }
    let sentence = if is_binary(&records) {
        "It is binary data, not a log in text; if it is an archive or an export, extract it first.".into()
    } else {
        unknown(&scores, &records)
    };
    Detection { format: None, others: Vec::new(), sentence }
}

/// How well each format fits, best first.
fn rank(records: &[&[u8]]) -> Vec<Score> {
    let mut scores: Vec<Score> = builtin().iter().map(|format| score(format, records)).collect();
    // Stable: formats that fit equally well stay in order of id.
    scores.sort_by(|a, b| b.rows.cmp(&a.rows).then(b.weight.total_cmp(&a.weight)));
    scores
}

/// A format whose records hold keys of its own needs no more of them to be known.
const FEW: usize = 3;

/// Whether a format reads enough of the sample to be its format: a quarter, or a few records where it has keys of its
/// own. Servers write their requests among much else into one JSON log.
fn is_enough(score: &Score, records: usize) -> bool {
    score.rows * 4 >= records - score.skips || (score.format.is_specific() && score.rows >= FEW)
}

/// The best of scores that are in order.
fn best<'s>(scores: &[&'s Score], records: usize) -> Option<&'s Score> {
    let most = scores.first().map_or(0, |best| best.rows);
    // A format that reads nearly as many records and understands more of each is meant: the
    // few that it cannot read are damaged.
    let slack = records / 50;
    scores
        .iter()
        .copied()
        .filter(|score| score.rows > 0 && score.rows + slack >= most)
        .reduce(|best, other| if other.weight > best.weight { other } else { best })
}

/// More formats than this are not mixed in one file.
const MIXED: usize = 4;

/// The formats of the records that the best one does not read. What is damaged fits none.
fn others(first: &Score, records: &[&[u8]]) -> Vec<&'static Format> {
    let mut others = Vec::new();
    let mut rest: Vec<&[u8]> = first.failed.iter().map(|&at| records[at]).collect();
    while !rest.is_empty() && others.len() + 1 < MIXED {
        let scores = rank(&rest);
        let Some(next) = best(&scores.iter().collect::<Vec<_>>(), rest.len()) else { break };
        others.push(next.format);
        rest = next.failed.iter().map(|&at| rest[at]).collect();
    }
    others
}

fn score(format: &'static Format, records: &[&[u8]]) -> Score {
    // Any year will do, a leap year for the sake of the 29th of February.
    let year_hint = chrono::NaiveDate::from_ymd_opt(2000, 12, 31);
    let context =
        DecodeContext { key: [0; 32], zone: chrono_tz::Tz::UTC, year_hint, captures: std::sync::Arc::default() };
    let mut decoder = format.decoder(&context);
    let mut table = FactTable::default();
    let mut first_failure = None;
    let mut failed = Vec::new();
    let (mut tells, mut skips) = (0, 0);
    for (index, record) in records.iter().enumerate() {
        let before = table.rows();
        if let Some(next) = decoder.heed(record) {
            decoder = next;
        }
        let verdict = if format.may_hold(record) {
            decoder.decode(record, 0, Place::default(), &mut table)
        } else {
            Verdict::Reject("it lacks the keys of the format".into())
        };
        let reason = match verdict {
            Verdict::Row if is_plausible(&table, before, format.logs_connections()) => {
                tells += format.tells(record);
                continue;
            }
            Verdict::Row => {
                table.pop();
                "no time, or no plausible status".to_owned()
            }
            Verdict::Reject(reason) => reason.into_owned(),
            Verdict::Skip(_) => {
                skips += 1;
                continue;
            }
        };
        failed.push(index);
        first_failure.get_or_insert((index, reason));
    }
    table.finish();
    let rows = table.rows();
    let weight = if rows == 0 { 0.0 } else { (facts(&table) + tells) as f64 / rows as f64 };
    let bonus = if format.is_specific() { 3.0 } else { 0.0 };
    let weight = weight + bonus + format.prefer;
    Score { format, rows, skips, weight, failed, first_failure }
}

fn is_plausible(table: &FactTable, row: usize, connections: bool) -> bool {
    let ts = table.ts(row);
    // From 1990 to 2100: other times are other numbers.
    let in_time = ts.is_some_and(|ts| (631_152_000_000_000..4_102_444_800_000_000).contains(&ts));
    let status = table.status(row);
    in_time
        && status.is_none_or(|status| (100..600).contains(&status))
        && (connections || status.is_some() || table.text(Text::Target).get(row).is_some())
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

fn recognised(best: &Score, records: usize, others: &[&Format]) -> String {
    let Score { format, rows, skips, .. } = best;
    let records = records - skips;
    let fit = if *rows == records { format!("all {records}") } else { format!("{rows} of {records}") };
    let mut sentence = format!("It is {} ({}): {fit} sampled records fit.", format.id, format.title);
    if !others.is_empty() {
        let names: Vec<&str> = others.iter().map(|format| format.id.as_str()).collect();
        // Writing to a String cannot fail.
        let _ = write!(sentence, " Among them are records in {}.", names.join(" and "));
    }
    sentence
}

fn unknown(scores: &[Score], records: &[&[u8]]) -> String {
    // How far into the sample a format got says how close it is; ties stay in order of id.
    let mut close: Vec<&Score> = scores.iter().collect();
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
fn looks_alike(score: &Score, records: &[&[u8]]) -> bool {
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
    use crate::format::find;

    fn id(lines: &[&str]) -> Option<&'static str> {
        let records: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
        detect(&records).format.map(|format| format.id.as_str())
    }

    const COMBINED: &str = r#"192.0.2.1 - - [02/Jan/2024:03:04:05 +0000] "GET /a?b HTTP/1.1" 200 17 "-" "curl/8""#;

    #[test]
    fn every_format_recognises_its_own_samples() {
        for format in builtin() {
            let good: Vec<&[u8]> = format.rows().collect();
            assert_eq!(detect(&good).format.map(|found| &found.id), Some(&format.id), "{}", detect(&good).sentence);
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
        assert_eq!(found.format.map(|format| format.id.as_str()), Some("nginx-combined"));
        let others: Vec<&str> = found.others.iter().map(|format| format.id.as_str()).collect();
        assert_eq!(others, ["generic-json"], "{}", found.sentence);
        assert!(found.sentence.contains("records in generic-json"), "{}", found.sentence);
        assert!(detect(&[COMBINED.as_bytes(), b"junk"]).others.is_empty());
    }

    #[test]
    fn a_few_requests_among_other_json_are_enough_where_the_keys_tell() {
        let caddy = find("caddy").and_then(|format| format.rows().next()).unwrap();
        let other = br#"{"level":"info","ts":1710238532.1,"logger":"tls","msg":"cleaning storage unit"}"#;
        let mut records = vec![other.as_slice(); 35];
        records.extend([caddy; FEW]);
        assert_eq!(detect(&records).format.map(|format| format.id.as_str()), Some("caddy"));
        records.pop();
        assert!(detect(&records).format.is_none());
        // Keys that anybody chooses tell nothing.
        let generic = br#"{"time":"2024-01-02T03:04:05Z","method":"GET","path":"/a","status":200}"#;
        records.extend([generic.as_slice(); FEW]);
        assert!(detect(&records).format.is_none());
    }

    #[test]
    fn what_is_unknown_says_so() {
        let found = detect(&[b"hello world", b"token=abcdefgh"]);
        assert!(found.format.is_none());
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
