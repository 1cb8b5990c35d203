//! Reports for people: one HTML file that needs nothing else, or Markdown, in English or Korean.
//!
//! ```text
//! session, hunt ─► Report ─► content (what is said, in order) ─► paper: html · markdown
//!                     └─► Notification ─► a section of both · notification.json
//! ```
//!
//! Log text is somebody else's: hidden characters are spelt out before anything is escaped, and the HTML forbids itself
//! scripts and every request to anywhere.

mod content;
mod covered;
mod draw;
mod html;
mod markdown;
mod markup;
pub mod notification;
mod paper;
mod words;

pub use words::{Lang, Word};

use crate::export::{Export, Veil};
use crate::render::{self, in_zone};
use anyhow::Context;
use breachline_parsers::value::hex;
use breachline_queries::finding::{Finding, Level, Outcome, RuleState, RuleVerdict, Subjects};
use content::Writer;
use notification::Notification;
use sha2::{Digest, Sha256};
use std::io::{self, Write};

/// Lines of a finding that a report shows.
const EXCERPTS: usize = 8;
/// Entities of a finding that a report lists.
const ENTITIES: usize = 20;

/// What a report is made of.
pub struct Report<'a> {
    export: Export<'a>,
    lang: Lang,
    notification: &'a Notification,
    /// Lines of each finding that are shown.
    excerpts: Vec<Vec<Excerpt>>,
}

/// A line of the evidence as it is shown.
struct Excerpt {
    ts: Option<i64>,
    /// `path:line`.
    place: String,
    sha256: String,
    text: String,
}

impl<'a> Report<'a> {
    /// Puts a report together. Fails when a line that it shows cannot be read back.
    pub fn new(export: Export<'a>, notification: &'a Notification, lang: Lang) -> anyhow::Result<Self> {
        let excerpts =
            export.hunt.findings.iter().map(|finding| excerpts(export, finding)).collect::<anyhow::Result<_>>()?;
        Ok(Self { export, lang, notification, excerpts })
    }

    /// Writes it as one HTML file.
    pub fn write_html(&self, out: &mut impl Write) -> io::Result<()> {
        let mut page = html::Html::default();
        Writer { report: self, paper: &mut page }.write();
        out.write_all(page.finish(self.lang.tag(), self.word(Word::Title)).as_bytes())
    }

    /// Writes it as Markdown.
    pub fn write_markdown(&self, out: &mut impl Write) -> io::Result<()> {
        let mut page = markdown::Markdown::default();
        Writer { report: self, paper: &mut page }.write();
        out.write_all(page.finish().as_bytes())
    }

    fn word(&self, word: Word) -> &'static str {
        word.text(self.lang)
    }

    fn fill(&self, word: Word, values: &[&str]) -> String {
        word.fill(self.lang, values)
    }

    fn time(&self, ts: Option<i64>) -> String {
        ts.map_or_else(String::new, |ts| time(ts, self.lang))
    }

    /// The sentences at the head.
    fn summary(&self) -> Vec<String> {
        let hunt = self.export.hunt;
        let coverage = &hunt.coverage;
        let mut sentences = Vec::new();
        sentences.push(match (coverage.from, coverage.until) {
            (Some(from), Some(until)) => self.fill(Word::Covers, &[&time(from, self.lang), &time(until, self.lang)]),
            _ => self.word(Word::NoTimes).to_owned(),
        });
        if let Some(worst) = hunt.findings.iter().map(|finding| finding.level).max() {
            let (findings, incidents) = (render::count(hunt.findings.len()), render::count(hunt.incidents.len()));
            sentences.push(self.fill(Word::Counted, &[&findings, &incidents, self.level(worst)]));
            let outcome = hunt.findings.iter().map(|finding| finding.outcome).max().unwrap_or(Outcome::Undetermined);
            sentences.push(self.fill(Word::Reached, &[self.outcome(outcome)]));
            let records = &self.notification.records;
            let (objects, answered) = (render::count(records.objects), render::count(records.answered));
            sentences.push(self.fill(Word::Affected, &[&objects, &answered, &render::bytes(records.bytes)]));
        } else {
            sentences.push(self.word(Word::NothingFound).to_owned());
        }
        let (judged, total) = (coverage.rules_judged.to_string(), coverage.rules_total.to_string());
        sentences.push(self.fill(Word::Judged, &[&judged, &total]));
        sentences.push(self.word(Word::LogsShow).to_owned());
        sentences
    }

    /// Beginnings and ends of findings in order of time.
    fn events(&self) -> Vec<(i64, Word, &'a Finding)> {
        let mut events: Vec<(i64, bool, usize)> = Vec::new();
        for (at, finding) in self.export.hunt.findings.iter().enumerate() {
            events.extend(finding.first.map(|ts| (ts, false, at)));
            events.extend(finding.last.map(|ts| (ts, true, at)));
        }
        events.sort_unstable();
        let word = |is_last| if is_last { Word::LastEvidence } else { Word::FirstEvidence };
        events.into_iter().map(|(ts, is_last, at)| (ts, word(is_last), &self.export.hunt.findings[at])).collect()
    }

    /// Verdicts on rules that these logs cannot answer.
    fn blind(&self) -> Vec<&'a RuleVerdict> {
        self.export.hunt.rules.iter().filter(|rule| rule.state == RuleState::NotEvaluable).collect()
    }

    /// The questions of a notification with what the logs say; an empty answer is a blank.
    fn answers(&self) -> Vec<(Word, Vec<String>)> {
        let facts = self.notification;
        let records = &facts.records;
        let given = |blank: &notification::Blank| blank.value.iter().cloned().collect::<Vec<_>>();
        let period = match (facts.occurred_from, facts.occurred_until) {
            (Some(from), Some(until)) => {
                vec![format!("{} – {}", time(from.0, self.lang), time(until.0, self.lang))]
            }
            _ => Vec::new(),
        };
        let patterns = facts.patterns.iter().map(|pattern| format!("{}: {}", pattern.rule, pattern.title));
        let items = facts.data_items.iter().map(|items| format!("{}: {}", items.route, items.items.join(", ")));
        let possible = match facts.subjects.possible_at_most {
            Some(most) => render::count(most),
            None => self.word(Word::Unbounded).to_owned(),
        };
        let counted = self.fill(
            Word::Affected,
            &[&render::count(records.objects), &render::count(records.answered), &render::bytes(records.bytes)],
        );
        let further = (facts.routes_without_data > 0)
            .then(|| self.fill(Word::AndEndpoints, &[&render::count(facts.routes_without_data)]));
        let changed: Vec<String> =
            records.changed.iter().map(|(method, count)| format!("{method}: {}", render::count(*count))).collect();
        let changed = if changed.is_empty() { vec!["0".to_owned()] } else { changed };
        vec![
            (Word::Awareness, given(&facts.aware)),
            (Word::Occurred, period),
            (Word::RouteAndCause, facts.routes.iter().cloned().chain(further).chain(patterns).collect()),
            (Word::Cause, given(&facts.cause)),
            (Word::DataItems, items.chain(given(&facts.data_items_confirmed)).collect()),
            (Word::SubjectsConfirmed, vec![render::count(facts.subjects.confirmed_at_least)]),
            (Word::SubjectsPossible, vec![possible]),
            (Word::RecordsCounted, vec![counted]),
            (Word::Integrity, changed),
            (Word::MeasuresTaken, given(&facts.measures_taken)),
            (Word::Contact, given(&facts.contact)),
        ]
    }

    /// With what, and when.
    fn made(&self) -> String {
        self.fill(Word::Made, &[env!("CARGO_PKG_VERSION"), &time(self.export.contents.at, self.lang)])
    }

    /// How many subjects, with both bounds.
    fn bounds(&self, subjects: &Subjects) -> String {
        let at_least = render::count(subjects.at_least);
        match subjects.at_most {
            Some(most) if most == subjects.at_least => at_least,
            Some(most) => self.fill(Word::Between, &[&at_least, &render::count(most)]),
            None => self.fill(Word::AtLeast, &[&at_least]),
        }
    }

    fn level(&self, level: Level) -> &'static str {
        self.word(match level {
            Level::Informational => Word::Informational,
            Level::Low => Word::Low,
            Level::Medium => Word::Medium,
            Level::High => Word::High,
            Level::Critical => Word::Critical,
        })
    }

    fn outcome(&self, outcome: Outcome) -> &'static str {
        self.word(match outcome {
            Outcome::Undetermined => Word::Undetermined,
            Outcome::Attempted => Word::Attempted,
            Outcome::Denied => Word::Denied,
            Outcome::Answered => Word::Answered,
            Outcome::DataReturnedLikely => Word::DataReturnedLikely,
        })
    }
}

/// A time in UTC; in Korean with KST beside it.
fn time(ts: i64, lang: Lang) -> String {
    let utc = in_zone(ts, chrono_tz::Tz::UTC);
    match lang {
        Lang::En => utc,
        Lang::Ko => {
            let kst = in_zone(ts, chrono_tz::Tz::Asia__Seoul).replace("+09:00", " KST");
            // The day is said again only where it is another one.
            let same_day = kst.get(..10) == utc.get(..10);
            let kst = if same_day { kst.get(11..).unwrap_or_default() } else { &kst };
            format!("{utc} ({kst})")
        }
    }
}

/// The first and the last lines of a finding.
fn excerpts(export: Export<'_>, finding: &Finding) -> anyhow::Result<Vec<Excerpt>> {
    let rows = &finding.evidence;
    let shown: Vec<u32> = if rows.len() <= EXCERPTS {
        rows.clone()
    } else {
        let (head, tail) = (&rows[..EXCERPTS - 2], &rows[rows.len() - 2..]);
        head.iter().chain(tail).copied().collect()
    };
    shown.into_iter().map(|row| excerpt(export, row as usize)).collect()
}

fn excerpt(export: Export<'_>, row: usize) -> anyhow::Result<Excerpt> {
    let requests = &export.session.requests;
    let (source, place) = (requests.facts.source(row), requests.facts.place(row));
    let path = export.session.path(source);
    let at = format!("{path}:{}", place.line_no);
    let bytes =
        export.session.raw.read(source, place).with_context(|| format!("{at}: the line cannot be read back"))?;
    let shown = requests.facts.mask(row, &bytes, &export.contents.key);
    let hidden = Veil { lifted: export.contents.unmask }.of(requests, row);
    Ok(Excerpt {
        ts: requests.facts.ts(row),
        place: at,
        sha256: hex(&Sha256::digest(&bytes)),
        text: hidden.hide(&shown).into_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn korean_times_have_kst_beside_utc() {
        let ts = 1_772_590_300_000_000;
        assert_eq!(time(ts, Lang::En), "2026-03-04 02:11:40Z");
        assert_eq!(time(ts, Lang::Ko), "2026-03-04 02:11:40Z (11:11:40 KST)");
        assert_eq!(time(ts + 50_400_000_000, Lang::Ko), "2026-03-04 16:11:40Z (2026-03-05 01:11:40 KST)");
    }
}
