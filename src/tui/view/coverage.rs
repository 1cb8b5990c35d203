//! What these logs can speak for: hours, vantages, gaps, zones, rules judged.

use super::{labelled, pane, paragraph};
use crate::engine::answer::{Findings, Sources};
use crate::session::about;
use crate::tui::layout::{inner_height, inner_width, nothing_found};
use crate::tui::state::{Pane, Stage, State};
use crate::tui::text::{count, counted, span};
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
        .map(|(label, words)| labelled(state.theme, label, LABEL, &words, cells))
        .collect();
    let below = lines.iter().map(Vec::len).sum::<usize>().saturating_sub(room);
    let note = match (below, focused) {
        (_, true) => "enter shows all".to_owned(),
        (0, false) => String::new(),
        (_, false) => format!("{} more, shift-tab", counted(below, "line")),
    };
    let inner = pane(state, screen, area, focused, "Coverage", &note);
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
        .flat_map(|(label, words)| labelled(state.theme, label, LABEL, &words, cells))
        .collect()
}

/// A label and its words, most important first.
fn entries(state: &State, full: bool) -> Vec<(&'static str, String)> {
    let Some(sources) = &state.sources else {
        let words = match &state.stage {
            Stage::Failed(sentence) => sentence.clone(),
            Stage::Reading(reading) => format!(
                "reading source {} of {}, {} records so far (6 shows more, ctrl-x stops)",
                reading.progress.nth,
                reading.progress.of,
                count(reading.progress.records)
            ),
            _ => "nothing is read yet".to_owned(),
        };
        return vec![("state", words)];
    };
    let findings = state.findings.as_deref();
    let mut entries = vec![("hours", hours(state, sources, findings)), ("rules", rules(state, findings))];
    let optional = |entries: &mut Vec<_>, label, words: String| {
        if !words.is_empty() {
            entries.push((label, words));
        }
    };
    optional(&mut entries, "unread", unread(sources));
    optional(&mut entries, "missing", findings.map(missing).unwrap_or_default());
    entries.push(("gaps", gaps(state, sources, findings)));
    optional(&mut entries, "vantages", vantages(sources));
    optional(&mut entries, "zones", zones(sources));
    optional(&mut entries, "files", passed_over(sources));
    let notes = findings.map_or(&sources.notes, |findings| &findings.coverage.notes);
    entries.extend(notes.iter().map(|note| ("note", note.clone())));
    if full && let Some(findings) = findings {
        entries.extend(findings.rules.iter().map(|rule| (state_word(rule.state), rule_words(rule))));
        if !findings.coverage.gaps.is_empty() {
            entries.extend(findings.coverage.gaps.iter().map(|gap| ("gap", gap_words(state, sources, gap))));
        }
    }
    entries
}

fn hours(state: &State, sources: &Sources, findings: Option<&Findings>) -> String {
    let range = findings.and_then(|found| found.coverage.from.zip(found.coverage.until)).or(sources.range);
    match range {
        None => "no request carries a time".to_owned(),
        Some((from, until)) => format!(
            "{} .. {} {} ({})",
            state.clock.minute(from),
            state.clock.minute(until),
            state.clock.name(),
            span(until.saturating_sub(from))
        ),
    }
}

fn rules(state: &State, findings: Option<&Findings>) -> String {
    let Some(findings) = findings else {
        return match &state.stage {
            Stage::Failed(sentence) => sentence.clone(),
            _ => "being judged".to_owned(),
        };
    };
    format!("{} of {} judged", findings.coverage.rules_judged, findings.coverage.rules_total)
}

/// Rules that could not be judged, each with the columns that these logs have not.
fn missing(findings: &Findings) -> String {
    let mut unjudged: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for rule in findings.rules.iter().filter(|rule| rule.state == RuleState::NotEvaluable) {
        let why = if rule.missing.is_empty() { rule.why.clone() } else { format!("no {}", rule.missing.join(", ")) };
        unjudged.entry(why).or_default().push(&rule.id);
    }
    unjudged.into_iter().map(|(why, rules)| format!("{why}: {}", rules.join(", "))).collect::<Vec<_>>().join("; ")
}

/// A verdict in a word that fits the label.
const fn state_word(state: RuleState) -> &'static str {
    match state {
        RuleState::Fired => "fired",
        RuleState::Silent => "silent",
        RuleState::NotEvaluable => "unjudged",
    }
}

fn rule_words(rule: &RuleVerdict) -> String {
    format!("{} ({}): {}", rule.id, rule.level.name(), rule.why)
}

/// Sources that the analyst counts on and that were not read to their end.
fn unread(sources: &Sources) -> String {
    let of_sources = counted_on(sources).filter_map(|report| match &report.completeness {
        Completeness::Whole | Completeness::Duplicate(_) => None,
        Completeness::Cut(why) | Completeness::Unreadable(why) | Completeness::Unknown(why) => {
            Some(about(&report.path, why))
        }
    });
    let of_paths = sources.problems.iter().map(|problem| about(&problem.path, &problem.message));
    of_paths.chain(of_sources).collect::<Vec<_>>().join("; ")
}

/// All sources but those that were passed over.
fn counted_on(sources: &Sources) -> impl Iterator<Item = &SourceReport> {
    sources.reports.iter().filter(|report| !sources.passed_over.contains(&report.id))
}

fn passed_over(sources: &Sources) -> String {
    match sources.passed_over.len() {
        0 => String::new(),
        n => format!(
            "{} of no known format passed over (6 lists {})",
            counted(n, "file"),
            if n == 1 { "it" } else { "them" }
        ),
    }
}

fn gaps(state: &State, sources: &Sources, findings: Option<&Findings>) -> String {
    let Some(findings) = findings else {
        return "being looked for".to_owned();
    };
    let gaps = &findings.coverage.gaps;
    match gaps.iter().max_by_key(|gap| gap.until.saturating_sub(gap.from)) {
        None => "none seen".to_owned(),
        Some(longest) if gaps.len() == 1 => gap_words(state, sources, longest),
        Some(longest) => format!("{}, the longest: {}", counted(gaps.len(), "gap"), gap_words(state, sources, longest)),
    }
}

fn gap_words(state: &State, sources: &Sources, gap: &Gap) -> String {
    let path = sources.reports.iter().find(|report| report.id == gap.source).map_or("?", |report| report.path.as_str());
    format!(
        "{path} silent {} .. {} ({})",
        state.clock.second(gap.from),
        state.clock.second(gap.until),
        span(gap.until.saturating_sub(gap.from))
    )
}

fn tally(sources: &Sources, what: impl Fn(&SourceReport) -> String) -> String {
    let mut tally: BTreeMap<String, usize> = BTreeMap::new();
    for report in counted_on(sources).filter(|report| report.format.is_some()) {
        *tally.entry(what(report)).or_default() += 1;
    }
    tally.into_iter().map(|(name, n)| format!("{name} ({})", counted(n, "source"))).collect::<Vec<_>>().join(", ")
}

fn vantages(sources: &Sources) -> String {
    tally(sources, |report| report.vantage.map_or("not known", |vantage| vantage.name()).to_owned())
}

fn zones(sources: &Sources) -> String {
    tally(sources, |report| report.zone.clone())
}
