//! Home: coverage, incidents and findings, and all about the one under the cursor.

use super::list::{Cell, Column, RowCells, column, number};
use super::{all_requests, coverage, labelled, list, outcome_word, pane, paragraph, picture, role_word, section};
use crate::engine::answer::{Card, Findings, Subject};
use crate::notes::About;
use crate::render::float;
use crate::tui::layout;
use crate::tui::state::{HomeLine, Pane, Stage, State};
use crate::tui::text::{self, bytes, count, span, visible};
use crate::tui::theme::level_word;
use crate::tui::words::Word;
use breachline_queries::finding::{Entity, Incident, Measured, Role, Subjects};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

const LABEL: usize = 14;

/// Names of measures are longer.
const MEASURE: usize = 18;

const COLUMNS: [Column; 7] = [
    column(Word::HSev, 4, 0),
    number(Word::HSure, 4, 0),
    column(Word::HRule, 24, 0),
    column(Word::HWho, 0, 0),
    column(Word::HOutcome, 20, 100),
    column(Word::HFirst, 16, 90),
    number(Word::HRequests, 10, 0),
];

pub(super) fn draw(state: &State, screen: &mut Buffer) {
    let areas = layout::home(state);
    coverage::draw(state, screen, areas.coverage);
    draw_list(state, screen, areas.list);
    for (which, area) in [(Pane::Why, Some(areas.why)), (Pane::Who, areas.who)] {
        let Some(area) = area.filter(|area| area.height > 0) else { continue };
        let focused = state.home.pane == which;
        let title = match (which, areas.who) {
            (Pane::Who, _) => Word::WhoNext,
            (_, Some(_)) => Word::WhyTitle,
            _ => Word::WhyWhoNext,
        };
        let title = state.word(title);
        let lines = finding_lines(state, which, layout::inner_width(area));
        let height = layout::inner_height(area);
        let scroll = if focused { state.home.scroll } else { 0 };
        let below = lines.len().saturating_sub(scroll + height);
        let note = match (below, focused) {
            (0, _) => String::new(),
            (_, true) => state.counted(Word::NMoreLines, below),
            (_, false) => state.fill(Word::MoreTab, &[&state.counted(Word::NMoreLines, below)]),
        };
        let inner = pane(state, screen, area, focused, title, &note);
        paragraph(screen, inner, &lines, scroll);
    }
}

fn draw_list(state: &State, screen: &mut Buffer, area: Rect) {
    let (title, note) = match &state.findings {
        Some(findings) => (
            format!(
                "{}, {}",
                state.counted(Word::NIncidents, findings.incidents.len()),
                state.counted(Word::NFindings, findings.cards.len())
            ),
            levels(state, findings),
        ),
        None => (state.word(Word::Findings).to_owned(), String::new()),
    };
    let inner = pane(state, screen, area, state.home.pane == Pane::List, &title, &note);
    let Some(findings) = state.findings.as_deref().filter(|findings| !findings.cards.is_empty()) else {
        return paragraph(screen, inner, &empty(state, layout::inner_width(area)), 0);
    };
    list::draw(state, screen, inner, &COLUMNS, state.home.cursor, state.home.lines.len(), &|at| {
        Some(match state.home.lines.get(at)? {
            HomeLine::Incident(at) => RowCells::Heading(incident_words(state, findings.incidents.get(*at)?)),
            HomeLine::Finding(at) => {
                let card = findings.cards.get(*at)?;
                let cells = card_cells(state, card);
                let marked = state.case.is_marked(&About::Finding(card.finding.id.clone()));
                if marked { RowCells::Marked(cells) } else { RowCells::Cells(cells) }
            }
            HomeLine::Apart => RowCells::Heading((state.word(Word::Apart).to_owned(), state.theme.dim())),
        })
    });
}

/// How many findings of each level, worst first.
fn levels(state: &State, findings: &Findings) -> String {
    let mut words = Vec::new();
    for level in breachline_queries::finding::Level::ALL.iter().rev() {
        let n = findings.cards.iter().filter(|card| card.finding.level == *level).count();
        if n > 0 {
            words.push(format!("{n} {}", state.word(level_word(*level))));
        }
    }
    words.join(", ")
}

/// What stands in the place of findings.
fn empty(state: &State, cells: usize) -> Vec<Line<'static>> {
    let words = match (&state.stage, &state.findings) {
        (Stage::Failed(sentence), None) => sentence.clone(),
        (Stage::Opening | Stage::Reading(_), _) => state.word(Word::Withheld).to_owned(),
        (_, None) => state.word(Word::BeingJudged).to_owned(),
        (_, Some(findings)) => nothing_found(state, findings),
    };
    labelled(state.theme, "", 0, &words, cells)
}

fn nothing_found(state: &State, findings: &Findings) -> String {
    let coverage = &findings.coverage;
    if let Some(words) = nothing_read(state) {
        return words;
    }
    if coverage.rules_total == 0 {
        return state.fill(Word::NoRule, &[&all_requests(state)]);
    }
    let unjudged = coverage.rules_total.saturating_sub(coverage.rules_judged);
    let rules = state.counted(Word::NRules, coverage.rules_judged);
    let mut words = state.fill(Word::NothingFound, &[&rules, &all_requests(state)]);
    let mut limits = Vec::new();
    if unjudged > 0 {
        limits.push(state.fill(Word::CouldNotBeJudged, &[&state.counted(Word::NRules, unjudged)]));
    }
    if !coverage.gaps.is_empty() {
        limits.push(state.fill(Word::GapsInLogs, &[&state.counted(Word::NGaps, coverage.gaps.len())]));
    }
    if limits.is_empty() {
        words.push_str(state.word(Word::SpeaksFor));
    } else {
        words.push_str(&state.fill(Word::NoProof, &[&limits.join(", ")]));
    }
    words
}

/// Where there is no request at all: that is no clean bill, and why it is so matters most.
pub(in crate::tui) fn nothing_read(state: &State) -> Option<String> {
    let sources = state.sources.as_ref().filter(|sources| sources.extent.requests() == 0)?;
    let why = coverage::unread(state, sources);
    Some(match why.as_str() {
        "" => state.fill(Word::ReadNothing, &[]),
        // The sentence ends by itself.
        why => state.fill(Word::ReadNothingWhy, &[why.trim_end_matches('.')]),
    })
}

/// The bounds come before the title, which is as long as it is.
fn incident_words(state: &State, incident: &Incident) -> Cell {
    let when = match (incident.first, incident.last) {
        (Some(first), Some(last)) => format!(", {} .. {}", state.clock.short(first), state.clock.short(last)),
        _ => String::new(),
    };
    let words = format!("{} {}{when}: {}", incident.id, subjects(state, &incident.subjects), visible(&incident.title));
    (words, state.theme.heading())
}

/// The count of subjects with both its bounds.
fn subjects(state: &State, subjects: &Subjects) -> String {
    let least = count(subjects.at_least);
    let bounds = match subjects.at_most {
        Some(most) if most == subjects.at_least => least,
        Some(most) => state.fill(Word::Bounds, &[&least, &count(most)]),
        None => state.fill(Word::AtLeast, &[&least]),
    };
    state.fill(Word::Subjects, &[&bounds])
}

/// A value beside its threshold and beside what the others do.
fn measured_words(state: &State, measured: &Measured) -> String {
    let mut words = float(measured.value);
    if let Some(threshold) = crate::render::finding::threshold(measured, state.lang) {
        words = state.fill(Word::MThreshold, &[&words, &threshold]);
    }
    if let Some(others) = &measured.population {
        let (n, p50, p99) = (count(others.n), float(others.p50), float(others.p99));
        words = state.fill(Word::MOthers, &[&words, &n, &others.of, &p50, &p99]);
    }
    words
}

/// The entity that a list shows: the suspected source, else the first; always with its part.
fn leading(entities: &[Entity]) -> Option<&Entity> {
    entities.iter().find(|entity| entity.role == Role::SuspectedSource).or_else(|| entities.first())
}

fn card_cells(state: &State, card: &Card) -> Vec<Cell> {
    let finding = &card.finding;
    let plain = Style::new();
    let who = leading(&finding.entities).map_or_else(
        || visible(&finding.title).into_owned(),
        |entity| format!("{} {}", state.word(role_word(entity.role)), visible(&entity.value)),
    );
    vec![
        (state.word(level_word(finding.level)).to_owned(), state.theme.level(finding.level)),
        (format!("{:.2}", finding.confidence), plain),
        (finding.rule.clone(), plain),
        (who, plain),
        (state.word(outcome_word(finding.outcome)).to_owned(), plain),
        (finding.first.map_or_else(String::new, |first| state.clock.minute(first)), plain),
        (count(card.requests as u64), plain),
    ]
}

/// The text under the list: why the finding fired, or who is involved, or both where there is one pane.
pub(in crate::tui) fn finding_lines(state: &State, pane: Pane, cells: usize) -> Vec<Line<'static>> {
    let Some(findings) = state.findings.as_deref() else {
        return Vec::new();
    };
    let both = layout::home(state).who.is_none();
    match state.home_line() {
        Some(HomeLine::Finding(at)) => match findings.cards.get(at) {
            Some(card) if both => {
                let mut lines = why_lines(state, card, cells);
                lines.push(Line::raw(""));
                lines.extend(who_lines(state, card, cells));
                lines
            }
            Some(card) if pane == Pane::Who => who_lines(state, card, cells),
            Some(card) => why_lines(state, card, cells),
            None => Vec::new(),
        },
        Some(HomeLine::Incident(at)) => match findings.incidents.get(at) {
            Some(incident) if both => {
                let mut lines = incident_lines(state, findings, incident, cells);
                lines.push(Line::raw(""));
                lines.extend(incident_who_lines(state, findings, incident, cells));
                lines
            }
            Some(incident) if pane == Pane::Who => incident_who_lines(state, findings, incident, cells),
            Some(incident) => incident_lines(state, findings, incident, cells),
            None => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// The findings of an incident, worst first.
fn cards_of<'a>(findings: &'a Findings, incident: &'a Incident) -> impl Iterator<Item = &'a Card> {
    findings.cards.iter().filter(|card| incident.findings.contains(&card.finding.id))
}

fn incident_lines(state: &State, findings: &Findings, incident: &Incident, cells: usize) -> Vec<Line<'static>> {
    let theme = state.theme;
    let mut lines = labelled(theme, "", 0, &format!("{} {}", incident.id, incident.title), cells);
    lines.extend(labelled(theme, state.word(Word::LWhen), LABEL, &when(state, incident.first, incident.last), cells));
    lines.extend(labelled(theme, state.word(Word::LWhoseData), LABEL, &subjects(state, &incident.subjects), cells));
    lines.extend(labelled(theme, state.word(Word::LCountedBy), LABEL, &incident.subjects.basis, cells));
    for card in cards_of(findings, incident) {
        let words = format!("{} {}", state.word(level_word(card.finding.level)), card.finding.title);
        lines.extend(labelled(theme, state.word(Word::LFinding), LABEL, &words, cells));
    }
    for link in &incident.links {
        let words = state.fill(Word::LinkedPair, &[&link.findings[0], &link.findings[1], &link.basis]);
        lines.extend(labelled(theme, state.word(Word::LLinkedBy), LABEL, &words, cells));
    }
    lines
}

/// Who is named in the findings of an incident, each once with each part played; then the outcome, then what to do.
fn incident_who_lines(state: &State, findings: &Findings, incident: &Incident, cells: usize) -> Vec<Line<'static>> {
    let theme = state.theme;
    let mut parts: Vec<(&Entity, usize)> = Vec::new();
    let mut steps: Vec<&str> = Vec::new();
    for Card { finding, .. } in cards_of(findings, incident) {
        for entity in &finding.entities {
            let same =
                |other: &Entity| (other.role, &other.kind, &other.value) == (entity.role, &entity.kind, &entity.value);
            match parts.iter_mut().find(|(other, _)| same(other)) {
                Some((_, times)) => *times += 1,
                None => parts.push((entity, 1)),
            }
        }
        if !steps.contains(&finding.next_steps.as_str()) {
            steps.push(&finding.next_steps);
        }
    }
    parts.sort_by_key(|(entity, _)| entity.role);
    let mut lines = Vec::new();
    for (entity, times) in parts {
        let basis = if times == 1 { entity.basis.clone() } else { state.counted(Word::InFindings, times) };
        let words = format!("{} {} ({basis})", entity.kind, entity.value);
        lines.extend(labelled(theme, state.word(role_word(entity.role)), LABEL, &words, cells));
    }
    if let Some(outcome) = cards_of(findings, incident).map(|card| card.finding.outcome).max() {
        let words = state.fill(Word::Gravest, &[state.word(outcome_word(outcome))]);
        lines.extend(labelled(theme, state.word(Word::LOutcome), LABEL, &words, cells));
    }
    lines.extend(section(theme, state.word(Word::NextSteps), &steps.join("\n"), cells));
    lines
}

fn when(state: &State, first: Option<i64>, last: Option<i64>) -> String {
    match first.zip(last) {
        None => state.word(Word::NoTimes).to_owned(),
        Some((first, last)) => format!(
            "{} .. {} {} ({})",
            state.clock.second(first),
            state.clock.second(last),
            state.clock.name(),
            span(state.lang, last.saturating_sub(first))
        ),
    }
}

fn why_lines(state: &State, card: &Card, cells: usize) -> Vec<Line<'static>> {
    let theme = state.theme;
    let finding = &card.finding;
    let mut lines = vec![Line::from(vec![
        Span::styled(state.word(level_word(finding.level)), theme.level(finding.level)),
        Span::raw(format!(" {}", finding.rule)),
    ])];
    lines.extend(labelled(theme, "", 0, &finding.title, cells));
    // The first reason says the title again, and those that begin with a measure say what stands below.
    let says_more = |sentence: &&String| {
        let first = sentence.split(' ').next().unwrap_or_default();
        !sentence.starts_with(&finding.title) && !finding.measures.contains_key(first)
    };
    for sentence in finding.why.iter().filter(says_more) {
        lines.extend(labelled(theme, "  -", 4, sentence, cells));
    }
    lines.extend(labelled(theme, state.word(Word::LWhen), LABEL, &when(state, finding.first, finding.last), cells));
    let outcome = state.word(outcome_word(finding.outcome));
    let sure = state.fill(Word::Sure, &[&format!("{:.2}", finding.confidence), outcome]);
    lines.extend(labelled(theme, state.word(Word::LHowSure), LABEL, &sure, cells));
    if let Some(model) = &finding.modelled_on {
        lines.extend(labelled(theme, state.word(Word::LModelledOn), LABEL, model, cells));
    }
    for look_alike in &finding.ruled_out {
        lines.extend(labelled(theme, state.word(Word::LRuledOut), LABEL, look_alike, cells));
    }
    for look_alike in &finding.not_ruled_out {
        lines.extend(labelled(theme, state.word(Word::LStillOpen), LABEL, look_alike, cells));
    }
    lines.extend(labelled(theme, state.word(Word::LInnocentIf), LABEL, &finding.innocent_if, cells));
    lines.extend(labelled(theme, state.word(Word::LTags), LABEL, &finding.tags.join(" "), cells));
    // What was held against a bound decides; the rest is for reading on.
    let (bound, free): (Vec<_>, Vec<_>) = finding.measures.iter().partition(|(_, value)| value.threshold.is_some());
    for (name, measured) in bound.into_iter().chain(free) {
        lines.extend(labelled(theme, name, MEASURE, &measured_words(state, measured), cells));
    }
    lines
}

fn who_lines(state: &State, card: &Card, cells: usize) -> Vec<Line<'static>> {
    let theme = state.theme;
    let finding = &card.finding;
    let mut lines = Vec::new();
    for entity in &finding.entities {
        let words = format!("{} {} ({})", entity.kind, entity.value, entity.basis);
        lines.extend(labelled(theme, state.word(role_word(entity.role)), LABEL, &words, cells));
    }
    let blast = &finding.blast_radius;
    let objects = state.counted(Word::NObjects, blast.objects as usize);
    let radius = format!("{objects}, {}, {}", subjects(state, &blast.subjects), bytes(blast.bytes));
    lines.extend(labelled(theme, state.word(Word::LAnsweredWith), LABEL, &radius, cells));
    lines.extend(labelled(theme, state.word(Word::LCountedBy), LABEL, &blast.subjects.basis, cells));
    lines.extend(labelled(
        theme,
        state.word(Word::LEvidence),
        LABEL,
        &state.counted(Word::NRequests, card.requests),
        cells,
    ));
    lines.extend(labelled(theme, state.word(Word::LDigest), LABEL, &finding.digest, cells));
    lines.extend(labelled(theme, state.word(Word::LFinding), LABEL, &finding.id, cells));
    lines.extend(section(theme, state.word(Word::NextSteps), &finding.next_steps, cells));
    lines
}

/// Why the finding or incident under the cursor fired: its evidence over time, its values on rulers.
pub(super) fn drawn_lines(state: &State, cells: usize) -> Vec<Line<'static>> {
    let Some(findings) = state.findings.as_deref() else { return Vec::new() };
    let theme = state.theme;
    let mut lines = Vec::new();
    let card = match state.home_line() {
        Some(HomeLine::Finding(at)) => {
            let Some(card) = findings.cards.get(at) else { return lines };
            lines.extend(labelled(theme, state.word(level_word(card.finding.level)), 5, &card.finding.title, cells));
            Some(card)
        }
        Some(HomeLine::Incident(at)) => {
            let Some(incident) = findings.incidents.get(at) else { return lines };
            lines.extend(labelled(theme, &incident.id, 5, &incident.title, cells));
            None
        }
        _ => return lines,
    };
    if let Some((_, sketch)) = state.home.sketch.as_ref().filter(|(of, _)| Some(*of) == home_subject(state)) {
        lines.push(Line::raw(""));
        lines.extend(picture::strips(state, sketch, cells));
        lines.extend(picture::id_lines(state, sketch, cells));
    }
    lines.extend(card.map(|card| ruler_lines(state, card, cells)).unwrap_or_default());
    lines
}

/// What was measured, beside bounds and others; what was compared with others first.
fn ruler_lines(state: &State, card: &Card, cells: usize) -> Vec<Line<'static>> {
    let theme = state.theme;
    let mut lines = Vec::new();
    let mut measures: Vec<_> = card.finding.measures.iter().collect();
    measures.retain(|(_, measured)| measured.threshold.is_some() || measured.population.is_some());
    measures.sort_by_key(|(_, measured)| measured.population.is_none());
    for (name, measured) in measures {
        let label = text::left(name, MEASURE - 1, theme.ellipsis());
        let mut line = Line::from(vec![Span::styled(format!("{label} "), theme.dim())]);
        line.spans.extend(picture::ruler(state, measured, cells.saturating_sub(MEASURE).min(60)).spans);
        lines.push(line);
        lines.extend(labelled(theme, "", MEASURE, &measured_words(state, measured), cells));
    }
    if !lines.is_empty() {
        let legend = text::wrap(state.word(Word::RulerLegend), cells);
        let legend = legend.into_iter().map(|words| Line::styled(words, theme.dim()));
        lines.splice(0..0, std::iter::once(Line::raw("")).chain(legend));
    }
    lines
}

/// Whose evidence is under the cursor.
fn home_subject(state: &State) -> Option<Subject> {
    match state.home_line()? {
        HomeLine::Finding(at) => Some(Subject::Finding(at)),
        HomeLine::Incident(at) => Some(Subject::Incident(at)),
        HomeLine::Apart => None,
    }
}

/// The words of a rule.
pub(super) fn rule_lines(state: &State, id: &str, cells: usize) -> Vec<Line<'static>> {
    let Some(words) = state.findings.as_ref().and_then(|findings| findings.texts.get(id)) else {
        return vec![Line::raw(state.word(Word::NoText))];
    };
    let theme = state.theme;
    let mut lines = labelled(theme, "", 0, &words.title, cells);
    for (heading, words) in [
        (Word::Checks, words.what.clone()),
        (Word::Matters, words.why.clone()),
        (Word::LooksAlike, words.falsepositives.join("\n")),
        (Word::NextSteps, words.next_steps.clone()),
    ] {
        if !words.is_empty() {
            lines.push(Line::raw(""));
            lines.extend(section(theme, state.word(heading), &words, cells));
        }
    }
    lines
}
