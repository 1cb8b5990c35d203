//! A list with a cursor: headings, columns by width, only the rows on the screen.

use super::put;
use crate::tui::state::{Cursor, State};
use crate::tui::text;
use crate::tui::words::Word;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

/// A column of a list.
#[derive(Clone, Copy)]
pub(super) struct Column {
    /// `None` where the caller writes headings of its own.
    pub heading: Option<Word>,
    /// Cells; 0 takes what is left.
    pub cells: usize,
    /// Numbers stand at the right.
    pub right: bool,
    /// The end of a path says more than its start.
    pub path: bool,
    /// Shown from this width of the pane on.
    pub from: u16,
}

pub(super) const fn column(heading: Word, cells: usize, from: u16) -> Column {
    Column { heading: Some(heading), cells, right: false, path: false, from }
}

pub(super) const fn number(heading: Word, cells: usize, from: u16) -> Column {
    Column { heading: Some(heading), cells, right: true, path: false, from }
}

pub(super) const fn path(heading: Word, cells: usize, from: u16) -> Column {
    Column { heading: Some(heading), cells, right: false, path: true, from }
}

/// A column whose heading the caller writes.
pub(super) const fn bare(cells: usize, right: bool) -> Column {
    Column { heading: None, cells, right, path: false, from: 0 }
}

/// A cell's text and how it looks.
pub(super) type Cell = (String, Style);

/// One row of a list.
pub(super) enum RowCells {
    /// A cell a column, those of hidden columns included.
    Cells(Vec<Cell>),
    /// The same of something that is marked.
    Marked(Vec<Cell>),
    /// A text over all columns.
    Heading(Cell),
}

/// Draws headings and rows; `row(at)` is called for the rows on the screen only.
pub(super) fn draw(
    state: &State,
    screen: &mut Buffer,
    area: Rect,
    columns: &[Column],
    cursor: Cursor,
    len: usize,
    row: &dyn Fn(usize) -> Option<RowCells>,
) {
    draw_with_column(state, screen, area, columns, ByColumn::default(), cursor, len, row);
}

/// Columns that something is to be said of, by position.
#[derive(Clone, Copy, Default)]
pub(super) struct ByColumn {
    /// The one that the cursor is in.
    pub selected: Option<usize>,
    /// The one that the list is sorted by, and whether the most comes first.
    pub order: Option<(usize, bool)>,
}

/// A column in which there is room for the sign behind its heading where the list is sorted by it.
fn with_room(state: &State, column: &Column, by: ByColumn, n: usize) -> Column {
    let is_sorted = by.order.is_some_and(|(at, _)| at == n);
    let needed = column.heading.map_or(0, |heading| text::width(state.word(heading)) + 1);
    let cells = if is_sorted && column.cells > 0 { column.cells.max(needed) } else { column.cells };
    Column { cells, ..*column }
}

/// The same where the cursor is in a column too, or one sorts the list.
#[allow(clippy::too_many_arguments)] // what a list is, each named where it is called
pub(super) fn draw_with_column(
    state: &State,
    screen: &mut Buffer,
    area: Rect,
    columns: &[Column],
    by: ByColumn,
    cursor: Cursor,
    len: usize,
    row: &dyn Fn(usize) -> Option<RowCells>,
) {
    let theme = state.theme;
    let selected = by.selected;
    let columns: Vec<Column> = columns.iter().enumerate().map(|(n, column)| with_room(state, column, by, n)).collect();
    let shown: Vec<bool> = columns.iter().map(|column| area.width >= column.from).collect();
    let fixed: usize =
        columns.iter().zip(&shown).filter(|(_, shown)| **shown).map(|(column, _)| column.cells + 1).sum();
    let rest = (area.width as usize).saturating_sub(fixed + 2);
    let cell = |column: &Column, words: &str| {
        let cells = if column.cells == 0 { rest } else { column.cells };
        if column.path {
            text::left(&text::cut_front(words, cells, theme.ellipsis()), cells, theme.ellipsis())
        } else if column.right {
            text::right(words, cells, theme.ellipsis())
        } else {
            text::left(words, cells, theme.ellipsis())
        }
    };
    let visible = || columns.iter().zip(&shown).enumerate().filter(|(_, (_, shown))| **shown);
    let mut headings = vec![Span::raw("  ")];
    for (n, (column, _)) in visible() {
        let style = if selected == Some(n) { theme.column() } else { theme.dim() };
        let heading = column.heading.map_or("", |heading| state.word(heading));
        let sign = by.order.filter(|(at, _)| *at == n).map(|(_, down)| theme.order(down));
        let words = sign.map_or_else(|| heading.to_owned(), |sign| format!("{heading}{sign}"));
        headings.push(Span::styled(cell(column, &words), style));
        headings.push(Span::raw(" "));
    }
    put(screen, area, 0, 0, &Line::from(headings));
    for (at, y) in (cursor.top..len).zip(1..area.height) {
        let here = at == cursor.at;
        let told = row(at);
        let marked = matches!(told, Some(RowCells::Marked(_)));
        let mut spans = vec![Span::raw(match (here, marked) {
            (true, false) => "> ",
            (true, true) => ">*",
            (false, true) => " *",
            (false, false) => "  ",
        })];
        match told {
            Some(RowCells::Cells(cells) | RowCells::Marked(cells)) => {
                for (n, (column, _)) in visible() {
                    if let Some((words, style)) = cells.get(n) {
                        let style = if here && selected == Some(n) { style.patch(theme.column()) } else { *style };
                        spans.push(Span::styled(cell(column, words), style));
                        spans.push(Span::raw(" "));
                    }
                }
            }
            Some(RowCells::Heading((words, style))) => {
                let cells = (area.width as usize).saturating_sub(2);
                spans.push(Span::styled(text::left(&words, cells, theme.ellipsis()), style));
            }
            None => spans.push(Span::styled(theme.ellipsis(), theme.dim())),
        }
        let mut line = Line::from(spans);
        if here {
            line = line.patch_style(theme.cursor());
        }
        put(screen, area, 0, y, &line);
    }
}
