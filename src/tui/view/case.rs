//! What the analyst marked and wrote, in order of time.

use super::list::{self, Column, RowCells, column, number};
use super::{labelled, pane, paragraph, remark};
use crate::tui::layout;
use crate::tui::state::{Saved, State};
use crate::tui::text::visible;
use crate::tui::update::case_items;
use crate::tui::words::Word;
use crate::when;
use chrono_tz::Tz;
use ratatui::buffer::Buffer;
use ratatui::style::Style;

const COLUMNS: [Column; 6] = [
    number(Word::HNumber, 3, 0),
    column(Word::HTime, 19, 0),
    column(Word::HKind, 7, 0),
    column(Word::HWhat, 0, 0),
    column(Word::HTags, 14, 90),
    column(Word::HNote, 30, 100),
];

/// Cells of a label.
const LABEL: usize = 10;

pub(super) fn draw(state: &State, screen: &mut Buffer) {
    let (above, below) = layout::case(state);
    let items = case_items(state);
    let title = state.counted(Word::NMarks, items.len());
    let inner = pane(state, screen, above, true, &title, &kept(state));
    if items.is_empty() {
        return remark(state, screen, inner, &state.fill(Word::NothingMarked, &[]));
    }
    list::draw(state, screen, inner, &COLUMNS, state.case.cursor, items.len(), &|at| {
        let item = items.get(at)?;
        let note = state.case.notes.notes.get(item.note)?;
        let plain = Style::new();
        let time = item.time.map_or_else(String::new, |time| state.clock.second(time));
        let cells = [
            (at + 1).to_string(),
            time,
            state.word(item.kind.word()).to_owned(),
            visible(&item.what).into_owned(),
            visible(&note.tags.join(" ")).into_owned(),
            visible(&note.text).into_owned(),
        ];
        Some(RowCells::Cells(cells.into_iter().map(|cell| (cell, plain)).collect()))
    });
    let inner = pane(state, screen, below, false, state.word(Word::ThisMark), "");
    let Some(item) = items.get(state.case.cursor.at) else { return };
    let Some(note) = state.case.notes.notes.get(item.note) else { return };
    let cells = layout::inner_width(below);
    let typed = note.typed();
    let words = if typed.is_empty() { state.fill(Word::NoNote, &[]) } else { typed };
    let mut lines = labelled(state.theme, state.word(Word::LMemo), LABEL, &words, cells);
    lines.extend(labelled(state.theme, state.word(item.kind.word()), LABEL, &item.what, cells));
    let marked = when::time(&note.at, Tz::UTC);
    let marked =
        marked.map_or_else(|_| note.at.clone(), |at| format!("{} {}", state.clock.second(at), state.clock.name()));
    lines.extend(labelled(state.theme, state.word(Word::LMarked), LABEL, &marked, cells));
    paragraph(screen, inner, &lines, 0);
}

/// Where the notes are kept, and whether they are.
fn kept(state: &State) -> String {
    match (&state.case.file, &state.case.saved) {
        (None, _) => state.word(Word::KeptNowhere).to_owned(),
        (Some(_), Saved::Failed(why)) => visible(why).into_owned(),
        (Some(file), Saved::Pending) => state.fill(Word::BeingSaved, &[&visible(file)]),
        (Some(file), Saved::Done) => state.fill(Word::SavedTo, &[&visible(file)]),
    }
}
