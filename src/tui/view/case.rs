//! What the analyst marked and wrote, in order of time.

use super::list::{self, Column, RowCells, column, number};
use super::{labelled, pane, paragraph};
use crate::tui::layout;
use crate::tui::state::{Saved, State};
use crate::tui::text::{counted, visible};
use crate::tui::update::case_items;
use ratatui::buffer::Buffer;
use ratatui::style::Style;
use ratatui::text::Line;

const COLUMNS: [Column; 6] = [
    number("#", 3, 0),
    column("TIME", 19, 0),
    column("KIND", 7, 0),
    column("WHAT", 0, 0),
    column("TAGS", 14, 90),
    column("NOTE", 30, 100),
];

pub(super) fn draw(state: &State, screen: &mut Buffer) {
    let (above, below) = layout::case(state);
    let items = case_items(state);
    let title = format!("Case: {}", counted(items.len(), "mark"));
    let inner = pane(state, screen, above, true, &title, &kept(state));
    if items.is_empty() {
        let words = "nothing is marked yet; m marks a request, a finding or an entity, a writes a note on it";
        paragraph(screen, inner, &[Line::styled(words, state.theme.dim())], 0);
    }
    list::draw(state, screen, inner, &COLUMNS, state.case.cursor, items.len(), &|at| {
        let item = items.get(at)?;
        let note = state.case.notes.notes.get(item.note)?;
        let plain = Style::new();
        let time = item.time.map_or_else(String::new, |time| state.clock.second(time));
        let cells = [
            (at + 1).to_string(),
            time,
            item.kind.to_owned(),
            visible(&item.what).into_owned(),
            visible(&note.tags.join(" ")).into_owned(),
            visible(&note.text).into_owned(),
        ];
        Some(RowCells::Cells(cells.into_iter().map(|cell| (cell, plain)).collect()))
    });
    let inner = pane(state, screen, below, false, "This mark", "");
    let Some(item) = items.get(state.case.cursor.at) else { return };
    let Some(note) = state.case.notes.notes.get(item.note) else { return };
    let cells = layout::inner_width(below);
    let typed = note.typed();
    let words = if typed.is_empty() { "none; a writes one, words with # are labels" } else { &typed };
    let mut lines = labelled(state.theme, "note", 9, words, cells);
    lines.extend(labelled(state.theme, item.kind, 9, &item.what, cells));
    lines.extend(labelled(state.theme, "marked", 9, &note.at, cells));
    paragraph(screen, inner, &lines, 0);
}

/// Where the notes are kept, and whether they are.
fn kept(state: &State) -> String {
    match (&state.case.file, &state.case.saved) {
        (None, _) => "kept nowhere".to_owned(),
        (Some(_), Saved::Failed(why)) => visible(why).into_owned(),
        (Some(file), Saved::Pending) => format!("being saved to {}", visible(file)),
        (Some(file), Saved::Done) => format!("saved to {}", visible(file)),
    }
}
