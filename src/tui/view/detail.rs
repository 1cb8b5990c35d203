//! One request: every field, the findings it is evidence of, the line as it stands in its source.

use super::{labelled, pane, paragraph};
use crate::engine::answer::Detail;
use crate::tui::layout;
use crate::tui::state::State;
use crate::tui::text::{self, counted, visible};
use crate::tui::theme::level_word;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

const LABEL: usize = 17;

pub(super) fn draw(state: &State, screen: &mut Buffer, area: Rect) {
    let timeline = &state.timeline;
    let lines = detail_lines(state, layout::inner_width(area));
    let height = layout::inner_height(area);
    let below = lines.len().saturating_sub(timeline.scroll + height);
    let note = if below > 0 { format!("{} more", counted(below, "line")) } else { String::new() };
    let title = if timeline.raw { "Raw line" } else { "Request" };
    let inner = pane(state, screen, area, !timeline.list_focused, title, &note);
    paragraph(screen, inner, &lines, timeline.scroll);
}

/// The lines of the open request.
pub(in crate::tui) fn detail_lines(state: &State, cells: usize) -> Vec<Line<'static>> {
    let theme = state.theme;
    let Some(detail) = &state.timeline.detail else {
        return vec![Line::styled("waiting for the request", theme.dim())];
    };
    let mut lines = labelled(theme, "", 0, &detail.place, cells);
    if state.timeline.raw {
        lines.push(Line::raw(""));
        lines.extend(raw_lines(state, detail, 0, cells));
        return lines;
    }
    for (level, title) in &detail.findings {
        lines.extend(labelled(theme, "evidence of", LABEL, &format!("{} {title}", level_word(*level)), cells));
    }
    for field in &detail.fields {
        let value = field.time.map_or_else(|| field.value.clone(), |time| state.clock.full(time));
        lines.extend(labelled(theme, field.name, LABEL, &value, cells));
    }
    lines.extend(labelled(theme, "(absent)", LABEL, &detail.absent.join(", "), cells));
    lines.push(Line::raw(""));
    lines.push(Line::styled("Raw line (secrets masked, control bytes spelt out)", theme.heading()));
    lines.extend(raw_lines(state, detail, 2, cells));
    lines
}

fn raw_lines(state: &State, detail: &Detail, indent: usize, cells: usize) -> Vec<Line<'static>> {
    match &detail.raw {
        Ok(line) => text::chop(&visible(line), cells.saturating_sub(indent))
            .into_iter()
            .map(|piece| Line::raw(format!("{:indent$}{piece}", "")))
            .collect(),
        Err(why) => labelled(state.theme, "", indent, why, cells),
    }
}
