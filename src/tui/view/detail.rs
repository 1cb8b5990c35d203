//! One request: every field, the findings it is evidence of, the line as it stands in its source.

use super::{labelled, pane, paragraph};
use crate::engine::answer::Field;
use crate::tui::layout;
use crate::tui::state::State;
use crate::tui::text::{self, count, visible};
use crate::tui::theme::{Theme, level_word};
use crate::tui::words::Word;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

const LABEL: usize = 17;

/// A line of the open request, and the field that it tells.
pub(in crate::tui) type DetailLine = (Line<'static>, Option<usize>);

pub(super) fn draw(state: &State, screen: &mut Buffer, area: Rect) {
    let timeline = &state.timeline;
    let focused = !timeline.list_focused;
    let lines = detail_lines(state, layout::inner_width(area));
    let height = layout::inner_height(area);
    let at = timeline.line.at.min(lines.len().saturating_sub(1));
    let below = lines.len().saturating_sub(timeline.line.top + height);
    let note = if below > 0 { state.counted(Word::NMoreLines, below) } else { String::new() };
    let title = state.word(if timeline.raw { Word::RawLine } else { Word::Request });
    let inner = pane(state, screen, area, focused, title, &note);
    let lines: Vec<Line<'_>> = lines
        .into_iter()
        .enumerate()
        .map(|(n, (line, _))| if n == at && focused { marked(line).patch_style(state.theme.cursor()) } else { line })
        .collect();
    paragraph(screen, inner, &lines, timeline.line.top);
}

/// The line with the sign of the cursor, where it leaves room for one.
fn marked(mut line: Line<'static>) -> Line<'static> {
    if let Some(first) = line.spans.first_mut()
        && first.content.starts_with("  ")
    {
        let style = first.style;
        *first = Span::styled(first.content.replacen("  ", "> ", 1), style);
    }
    line
}

/// The field that the cursor is on.
pub(in crate::tui) fn field_at_cursor(state: &State) -> Option<&Field> {
    let cells = layout::timeline(state).detail.map(layout::inner_width)?;
    let lines = detail_lines(state, cells);
    let (_, field) = lines.get(state.timeline.line.at)?;
    state.timeline.detail.as_ref()?.fields.get((*field)?)
}

/// The lines of the open request.
pub(in crate::tui) fn detail_lines(state: &State, cells: usize) -> Vec<DetailLine> {
    let (theme, timeline) = (state.theme, &state.timeline);
    let Some(detail) = &timeline.detail else {
        return vec![(Line::styled(state.word(Word::WaitingRequest), theme.dim()), None)];
    };
    let plain = |lines: Vec<Line<'static>>| lines.into_iter().map(|line| (line, None));
    let mut lines: Vec<DetailLine> = plain(labelled(theme, "", 0, &detail.place, cells)).collect();
    if state.timeline.raw {
        // Before the line, which may be longer than the screen.
        let hint = text::wrap(state.word(Word::RawExport), cells);
        lines.extend(plain(hint.into_iter().map(|line| Line::styled(line, theme.dim())).collect()));
        lines.push((Line::raw(""), None));
        lines.extend(plain(raw_lines(state, detail.raw.as_deref(), 0, cells)));
        return lines;
    }
    // As the findings themselves are told: in the language of the view.
    let told = |at: &usize| state.findings.as_ref()?.cards.get(*at).map(|card| &card.finding);
    for finding in detail.findings.iter().filter_map(told) {
        let words = format!("{} {}", state.word(level_word(finding.level)), finding.title);
        lines.extend(plain(labelled(theme, &format!("  {}", state.word(Word::EvidenceOf)), LABEL + 2, &words, cells)));
    }
    for (at, field) in detail.fields.iter().enumerate() {
        let value = field.time.map_or_else(|| shortened(state, &field.value), |time| state.clock.full(time));
        let mut told = labelled(theme, &format!("  {}", field.name), LABEL + 2, &value, cells);
        beside(&mut told, how_often(state, field.name), cells, theme);
        lines.extend(told.into_iter().map(|line| (line, Some(at))));
    }
    lines.extend(plain(labelled(
        theme,
        &format!("  {}", state.word(Word::Absent)),
        LABEL + 2,
        &detail.absent.join(", "),
        cells,
    )));
    if timeline.rare.row == detail.row && timeline.rare.of > 0 {
        let legend = state.fill(Word::RareLegend, &[&count(timeline.rare.of)]);
        lines.push((Line::raw(""), None));
        lines.extend(plain(labelled(theme, "", 2, &legend, cells)));
    }
    lines.push((Line::raw(""), None));
    lines.push((Line::styled(state.word(Word::RawHeading), theme.heading()), None));
    let short = detail.raw.as_ref().map(|raw| shortened(state, raw));
    lines.extend(plain(raw_lines(state, short.as_deref().map_err(|why| *why), 2, cells)));
    lines
}

/// How many records have the value of a column of the open request.
fn how_often(state: &State, column: &str) -> Option<String> {
    let timeline = &state.timeline;
    let here = timeline.detail.as_ref().is_some_and(|detail| detail.row == timeline.rare.row);
    let (_, n) = timeline.rare.counts.iter().find(|(name, _)| here && *name == column)?;
    Some(state.counted(Word::NRequests, usize::try_from(*n).unwrap_or(usize::MAX)))
}

/// Writes something behind the last line of a value, or under it where there is no room.
fn beside(lines: &mut Vec<Line<'static>>, words: Option<String>, cells: usize, theme: Theme) {
    let Some(words) = words else { return };
    let words = Span::styled(format!("  {words}"), theme.dim());
    match lines.last_mut() {
        Some(last) if last.width() + words.width() <= cells => last.push_span(words),
        _ => lines.push(Line::from(vec![Span::raw(" ".repeat(LABEL)), words])),
    }
}

/// The beginning of a value: a header of a mebibyte must not bury the other fields.
fn shortened(state: &State, value: &str) -> String {
    const MOST: usize = 300;
    match value.char_indices().nth(MOST) {
        None => value.to_owned(),
        Some((at, _)) => {
            let all = count(value.chars().count() as u64);
            state.fill(Word::Shortened, &[&value[..at], &MOST.to_string(), &all])
        }
    }
}

fn raw_lines(state: &State, raw: Result<&str, &String>, indent: usize, cells: usize) -> Vec<Line<'static>> {
    match raw {
        Ok(line) => text::chop(&visible(line), cells.saturating_sub(indent))
            .into_iter()
            .map(|piece| Line::raw(format!("{:indent$}{piece}", "")))
            .collect(),
        Err(why) => labelled(state.theme, "", indent, why, cells),
    }
}
