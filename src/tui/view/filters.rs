//! The filters of the scope, one a line, with a cursor.

use crate::tui::state::State;
use crate::tui::text::{self, visible};
use crate::tui::words::Word;
use ratatui::text::{Line, Span};

pub(super) fn lines(state: &State, cells: usize) -> Vec<Line<'static>> {
    let theme = state.theme;
    let filters = &state.timeline.scope.filters;
    let at = state.overlay.as_ref().map_or(0, |overlay| overlay.scroll);
    let mut lines: Vec<Line<'static>> = filters
        .iter()
        .enumerate()
        .map(|(n, filter)| {
            let cursor = if n == at { "> " } else { "  " };
            let on = state.word(if filter.on { Word::On } else { Word::Off });
            let what = state.word(if filter.out { Word::Not } else { Word::Only });
            let words = text::cut(&visible(filter.text()), cells.saturating_sub(13), theme.ellipsis()).into_owned();
            let line =
                Line::from(vec![Span::raw(cursor), Span::raw(on), Span::styled(what, theme.dim()), Span::raw(words)]);
            if n == at { line.patch_style(theme.cursor()) } else { line }
        })
        .collect();
    if filters.is_empty() {
        lines.push(Line::styled(state.word(Word::NoFilters), theme.dim()));
    }
    lines.push(Line::raw(""));
    lines.push(Line::styled(state.word(Word::AllHold), theme.dim()));
    for example in
        ["status = 404 AND path LIKE '/api/%'", "client_ip IN ('192.0.2.1', '192.0.2.2')", "principal IS NULL"]
    {
        lines.push(Line::styled(format!("  {example}"), theme.dim()));
    }
    lines
}
