//! What these logs can speak for: hours, vantages, gaps, zones, rules judged.

use super::{labelled, pane, paragraph};
use crate::engine::answer::{Findings, Sources};
use crate::korean::phrase;
use crate::session::about;
use crate::tui::layout::{inner_height, inner_width, nothing_found};
use crate::tui::state::{Pane, Stage, State};
use crate::tui::text::{count, span};
use crate::tui::words::Word;
use breachline_parsers::report::{Completeness, SourceReport};
use breachline_queries::finding::{Gap, RuleState, RuleVerdict};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use std::collections::BTreeMap;

const LABEL: usize = 10;

pub(super) fn draw(state: &State, screen: &mut Buffer, area: Rect) {
    let focused = state.home.pane == Pane::Coverage;
    let cells = inner_width(area);
    let room = inner_height(area);
    // With nothing found the verdict on each rule is the answer.
    let lines: Vec<Vec<Line<'_>>> = entries(state, nothing_found(state))
        .into_iter()
        .map(|(label, words)| labelled(state.theme, state.word(label), LABEL, &words, cells))
        .collect();
    let below = lines.iter().map(Vec::len).sum::<usize>().saturating_sub(room);
    let note = match (below, focused) {
        (_, true) => state.fill(Word::EnterShowsAll, &[]),
        (0, false) => String::new(),
        (_, false) => state.fill(Word::MoreShiftTab, &[&state.counted(Word::NMoreLines, below)]),
    };
    let inner = pane(state, screen, area, focused, state.word(Word::Coverage), &note);
    // One line each first; the rest of a long entry only where there is room.
    let spare = room.saturating_sub(lines.len());
    let mut shown: Vec<Line<'_>> = Vec::new();
    let mut extra = spare;
    for mut entry in lines {
        let more = entry.len().saturating_sub(1).min(extra);
        let cut = entry.len() > more + 1;
        entry.truncate(more + 1);
        extra -= more;
        if cut && let Some(last) = entry.last_mut() {
            last.push_span(format!(" {}", state.theme.ellipsis()));
        }
        shown.extend(entry);
    }
    paragraph(screen, inner, &shown, 0);
}

/// Everything, for reading.
pub(super) fn lines(state: &State, cells: usize) -> Vec<Line<'static>> {
    entries(state, true)
        .into_iter()
        .flat_map(|(label, words)| labelled(state.theme, state.word(label), LABEL, &words, cells))
        .collect()
}

/// A label and its words, most important first.
fn entries(state: &State, full: bool) -> Vec<(Word, String)> {
    let Some(sources) = &state.sources else {
        let words = match &state.stage {
            Stage::Failed(sentence) => sentence.clone(),
            Stage::Reading(reading) => {
                let progress = &reading.progress;
                let (nth, of) = (progress.nth.to_string(), progress.of.to_string());
                state.fill(Word::ReadingSource, &[&nth, &of, &count(progress.records)])
            }
            _ => state.word(Word::NothingRead).to_owned(),
        };
        return vec![(Word::LState, words)];
    };
    let findings = state.findings.as_deref();
    let mut entries = vec![(Word::LHours, hours(state, sources, findings)), (Word::LRules, rules(state, findings))];
    let optional = |entries: &mut Vec<_>, label, words: String| {
        if !words.is_empty() {
            entries.push((label, words));
        }
    };
    optional(&mut entries, Word::LUnread, unread(state, sources));
    optional(&mut entries, Word::LMissing, findings.map(|found| missing(state, found)).unwrap_or_default());
    entries.push((Word::LGaps, gaps(state, sources, findings)));
    optional(&mut entries, Word::LVantages, vantages(state, sources));
    optional(&mut entries, Word::LZones, zones(state, sources));
    optional(&mut entries, Word::LFiles, passed_over(state, sources));
    let notes = findings.map_or(&sources.notes, |findings| &findings.coverage.notes);
    entries.extend(notes.iter().map(|note| (Word::LNote, phrase(note, state.lang).into_owned())));
    if full && let Some(findings) = findings {
        entries.extend(findings.rules.iter().map(|rule| (state_word(rule.state), rule_words(rule))));
        if !findings.coverage.gaps.is_empty() {
            entries.extend(findings.coverage.gaps.iter().map(|gap| (Word::LGap, gap_words(state, sources, gap))));
        }
    }
    entries
}

fn hours(state: &State, sources: &Sources, findings: Option<&Findings>) -> String {
    let range = findings.and_then(|found| found.coverage.from.zip(found.coverage.until)).or(sources.range);
    match range {
        None => state.word(Word::NoRequestTime).to_owned(),
        Some((from, until)) => format!(
            "{} .. {} {} ({})",
            state.clock.minute(from),
            state.clock.minute(until),
            state.clock.name(),
            span(state.lang, until.saturating_sub(from))
        ),
    }
}

fn rules(state: &State, findings: Option<&Findings>) -> String {
    let Some(findings) = findings else {
        return match &state.stage {
            Stage::Failed(sentence) => sentence.clone(),
            _ => state.word(Word::BeingJudgedShort).to_owned(),
        };
    };
    {
        let (judged, total) = (findings.coverage.rules_judged.to_string(), findings.coverage.rules_total.to_string());
        state.fill(Word::RulesJudged, &[&judged, &total])
    }
}

/// Rules that could not be judged, each with the columns that these logs have not.
fn missing(state: &State, findings: &Findings) -> String {
    let mut unjudged: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for rule in findings.rules.iter().filter(|rule| rule.state == RuleState::NotEvaluable) {
        let lacks = || state.fill(Word::Lacks, &[&rule.missing.join(", ")]);
        let why = if rule.missing.is_empty() { rule.why.clone() } else { lacks() };
        unjudged.entry(why).or_default().push(&rule.id);
    }
    unjudged.into_iter().map(|(why, rules)| format!("{why}: {}", rules.join(", "))).collect::<Vec<_>>().join("; ")
}

/// A verdict in a word that fits the label.
const fn state_word(state: RuleState) -> Word {
    match state {
        RuleState::Fired => Word::LFired,
        RuleState::Silent => Word::LSilent,
        RuleState::NotEvaluable => Word::LUnjudged,
    }
}

fn rule_words(rule: &RuleVerdict) -> String {
    format!("{} ({}): {}", rule.id, rule.level.name(), rule.why)
}

/// What could not be read, or not to its end, and why.
pub(super) fn unread(state: &State, sources: &Sources) -> String {
    let of_sources = counted_on(sources).filter_map(|report| match &report.completeness {
        Completeness::Whole | Completeness::Duplicate(_) => None,
        Completeness::Cut(why) | Completeness::Unreadable(why) | Completeness::Unknown(why) => {
            Some(about(&report.path, &phrase(why, state.lang)))
        }
    });
    let of_paths = sources.problems.iter().map(|problem| about(&problem.path, &phrase(&problem.message, state.lang)));
    of_paths.chain(of_sources).collect::<Vec<_>>().join("; ")
}

/// All sources but those that were passed over.
fn counted_on(sources: &Sources) -> impl Iterator<Item = &SourceReport> {
    sources.reports.iter().filter(|report| !sources.passed_over.contains(&report.id))
}

/// Files that are no logs, and those that are empty, each counted.
fn passed_over(state: &State, sources: &Sources) -> String {
    let over = || sources.reports.iter().filter(|report| sources.passed_over.contains(&report.id));
    let empty = over().filter(|report| report.is_empty()).count();
    let counted = |word: Word, n: usize| (n > 0).then(|| state.fill(word, &[&state.counted(Word::NFiles, n)]));
    let parts = [counted(Word::PassedOver, over().count() - empty), counted(Word::EmptyFiles, empty)];
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

fn gaps(state: &State, sources: &Sources, findings: Option<&Findings>) -> String {
    let Some(findings) = findings else {
        return state.word(Word::BeingLookedFor).to_owned();
    };
    let gaps = &findings.coverage.gaps;
    match gaps.iter().max_by_key(|gap| gap.until.saturating_sub(gap.from)) {
        None => state.word(Word::NoGaps).to_owned(),
        Some(longest) if gaps.len() == 1 => gap_words(state, sources, longest),
        Some(longest) => {
            let gaps = state.counted(Word::NGaps, gaps.len());
            state.fill(Word::Longest, &[&gaps, &gap_words(state, sources, longest)])
        }
    }
}

fn gap_words(state: &State, sources: &Sources, gap: &Gap) -> String {
    let path = sources.reports.iter().find(|report| report.id == gap.source).map_or("?", |report| report.path.as_str());
    let (from, until) = (state.clock.second(gap.from), state.clock.second(gap.until));
    state.fill(Word::SilentFor, &[path, &from, &until, &span(state.lang, gap.until.saturating_sub(gap.from))])
}

fn tally(state: &State, sources: &Sources, what: impl Fn(&SourceReport) -> String) -> String {
    let mut tally: BTreeMap<String, usize> = BTreeMap::new();
    for report in counted_on(sources).filter(|report| report.format.is_some()) {
        *tally.entry(what(report)).or_default() += 1;
    }
    tally
        .into_iter()
        .map(|(name, n)| format!("{name} ({})", state.counted(Word::NSources, n)))
        .collect::<Vec<_>>()
        .join(", ")
}

fn vantages(state: &State, sources: &Sources) -> String {
    tally(state, sources, |report| {
        report.vantage.map_or(state.word(Word::NotKnown), |vantage| vantage.name()).to_owned()
    })
}

fn zones(state: &State, sources: &Sources) -> String {
    tally(state, sources, |report| phrase(&report.zone, state.lang).into_owned())
}
