//! SQL: the text, the columns that can be named, the answer.

use super::list::{self, Cell as Shown, Column, RowCells};
use super::{pane, paragraph};
use crate::engine::Slot;
use crate::render::Micros;
use crate::tui::layout;
use crate::tui::state::State;
use crate::tui::text::{self, count, visible, width};
use crate::tui::words::Word;
use breachline_parsers::schema::Kind;
use breachline_queries::sql::{self, Answer, Cell};
use chrono_tz::Tz;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

/// What a query looks like.
pub(in crate::tui) const EXAMPLE: &str =
    "SELECT client_ip, count(*) AS n FROM requests WHERE status = 404 GROUP BY client_ip ORDER BY n DESC";

/// The widest that a column of an answer gets while others need room.
const WIDEST: usize = 40;

pub(super) fn draw(state: &State, screen: &mut Buffer) {
    let areas = layout::sql(state);
    if areas.editor.height > 0 {
        draw_editor(state, screen, areas.editor);
    }
    draw_answer(state, screen, areas.answer);
    if let Some(area) = areas.columns {
        draw_columns(state, screen, area);
    }
}

fn draw_editor(state: &State, screen: &mut Buffer, area: Rect) {
    let focused = !state.sql.in_answer;
    let inner = pane(state, screen, area, focused, state.word(Word::Sql), &state.fill(Word::ReadOnly, &[]));
    let mut editor = state.sql.editor.clone();
    editor.set_cursor_line_style(Style::new());
    editor.set_cursor_style(if focused { state.theme.cursor() } else { Style::new() });
    editor.set_placeholder_text(EXAMPLE);
    editor.set_placeholder_style(state.theme.dim());
    (&editor).render(inner, screen);
    if !state.sql.names.is_empty() && inner.height > 1 {
        let names = state.sql.names.join("  ");
        let foot = Rect { y: inner.y + inner.height - 1, height: 1, ..inner };
        let words = text::left(&names, foot.width as usize, state.theme.ellipsis());
        paragraph(screen, foot, &[Line::styled(words, state.theme.warning())], 0);
    }
}

fn draw_answer(state: &State, screen: &mut Buffer, area: Rect) {
    let waits = state.waits_for(Slot::Query);
    let (title, note) = match state.sql.queried.as_deref() {
        _ if waits => (state.word(Word::Answer).to_owned(), state.fill(Word::WorkedOut, &[])),
        None => (state.word(Word::Answer).to_owned(), String::new()),
        Some(queried) => match &queried.answer {
            Err(_) => (state.word(Word::NotUnderstood).to_owned(), String::new()),
            Ok(answer) => {
                let mut title = state.counted(Word::NRows, answer.rows.len());
                if answer.cut {
                    title = state.fill(Word::FirstRows, &[&title]);
                }
                if let Some(took) = queried.took {
                    title = state.fill(Word::InMillis, &[&title, &count(took.as_millis())]);
                }
                (title, state.counted(Word::RowAt, state.sql.cursor.at + 1))
            }
        },
    };
    let inner = pane(state, screen, area, state.sql.in_answer, &title, &note);
    match state.sql.queried.as_deref().map(|queried| &queried.answer) {
        None => {
            let words = [Word::RunHint, Word::SameText].map(|words| state.fill(words, &[]));
            let lines: Vec<Line<'_>> =
                words.iter().map(|words| Line::styled(words.as_str(), state.theme.dim())).collect();
            paragraph(screen, inner, &lines, 0);
        }
        Some(Err(error)) => {
            paragraph(screen, inner, &super::prompt::error_lines(state, error, inner.width as usize), 0);
        }
        Some(Ok(answer)) => draw_rows(state, screen, inner, answer),
    }
}

fn draw_rows(state: &State, screen: &mut Buffer, area: Rect, answer: &Answer) {
    // Columns from the chosen one on, where not all fit: the chosen one is always on the screen.
    let widths: Vec<usize> = (0..answer.columns.len()).map(|at| natural(state, answer, at)).collect();
    let fits = |from: usize, until: usize| {
        widths[from..=until].iter().map(|cells| cells + 1).sum::<usize>() + 2 <= area.width as usize
    };
    let chosen = state.sql.column.min(answer.columns.len().saturating_sub(1));
    let from = (0..=chosen).find(|&from| from == chosen || fits(from, chosen)).unwrap_or(chosen);
    // The last one that has room ends with the pane, so that a value cut there says so.
    let mut left = (area.width as usize).saturating_sub(2);
    let widths: Vec<usize> = widths
        .iter()
        .enumerate()
        .map(|(at, cells)| if at < from { *cells } else { take_cells(&mut left, *cells) })
        .collect();
    let until = (from..widths.len()).take_while(|&at| widths[at] > 0).last().map_or(from, |at| at + 1);
    // Headings are names of columns here, no words of the view.
    let specs: Vec<Column> = (from..until).map(|at| list::bare(widths[at], is_number(answer, at))).collect();
    let headings: Vec<Span<'_>> = std::iter::once(Span::raw("  "))
        .chain((from..until).flat_map(|at| {
            let name = visible(&answer.columns[at]);
            let words = if is_number(answer, at) {
                text::right(&name, widths[at], state.theme.ellipsis())
            } else {
                text::left(&name, widths[at], state.theme.ellipsis())
            };
            let style = if at == chosen && state.sql.in_answer { state.theme.column() } else { state.theme.dim() };
            [Span::styled(words, style), Span::raw(" ")]
        }))
        .collect();
    let selected = state.sql.in_answer.then_some(chosen - from);
    let by = list::ByColumn { selected, order: None };
    list::draw_with_column(state, screen, area, &specs, by, state.sql.cursor, answer.rows.len(), &|at| {
        let row = answer.rows.get(at)?;
        let cells =
            row.iter().take(until).skip(from).map(|cell| (visible(&cell_text(state, cell)).into_owned(), Style::new()));
        Some(RowCells::Cells(cells.collect::<Vec<Shown>>()))
    });
    super::put(screen, area, 0, 0, &Line::from(headings));
}

/// What a column gets of the cells that are left, with a space behind it; nothing where hardly anything could be read.
fn take_cells(left: &mut usize, wanted: usize) -> usize {
    const LEAST: usize = 4;
    let cells = if *left >= wanted.min(LEAST) { wanted.min(*left) } else { 0 };
    *left = if cells == wanted { left.saturating_sub(wanted + 1) } else { 0 };
    cells
}

/// Cells that a column takes: as wide as its widest value among the first rows, within bounds.
fn natural(state: &State, answer: &Answer, at: usize) -> usize {
    const LOOKED_AT: usize = 200;
    let of_rows = answer
        .rows
        .iter()
        .take(LOOKED_AT)
        .filter_map(|row| row.get(at))
        .map(|cell| width(&visible(&cell_text(state, cell))));
    let heading = width(&visible(&answer.columns[at]));
    of_rows.chain([heading]).max().unwrap_or(1).clamp(1, WIDEST)
}

fn is_number(answer: &Answer, at: usize) -> bool {
    let of_rows = answer.rows.iter().filter_map(|row| row.get(at));
    matches!(of_rows.into_iter().find(|cell| **cell != Cell::Null), Some(Cell::Int(_) | Cell::Float(_)))
}

/// A cell as text; times with the offset of the zone that is shown.
pub(in crate::tui) fn cell_text(state: &State, cell: &Cell) -> String {
    match cell {
        Cell::Null => "-".to_owned(),
        Cell::Bool(truth) => truth.to_string(),
        Cell::Int(number) => number.to_string(),
        Cell::Float(number) => number.to_string(),
        Cell::Text(text) => text.clone(),
        Cell::Time(time) if state.clock.zone == Tz::UTC => Micros(*time).to_string(),
        Cell::Time(time) => state.clock.full(*time),
    }
}

/// The columns of the tables that the text names, or else of all requests.
fn draw_columns(state: &State, screen: &mut Buffer, area: Rect) {
    let text = state.sql.text().to_lowercase();
    let named =
        |table: &&sql::Table| text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == table.name);
    let tables: Vec<&sql::Table> = sql::tables().iter().filter(named).collect();
    let tables = if tables.is_empty() { sql::tables().iter().take(1).collect() } else { tables };
    let mut lines: Vec<Line<'_>> = vec![Line::styled(
        sql::tables().iter().map(|table| table.name).collect::<Vec<_>>().join(" "),
        state.theme.dim(),
    )];
    for table in tables {
        lines.push(Line::styled(table.name, state.theme.heading()));
        for column in table.columns() {
            let kind = match column.kind {
                Kind::Text => Word::KText,
                Kind::Number => Word::KNumber,
                Kind::Time => Word::KTime,
            };
            lines.push(Line::from(vec![
                Span::raw(format!("  {:22}", column.name)),
                Span::styled(state.word(kind), state.theme.dim()),
            ]));
        }
    }
    let inner = pane(state, screen, area, false, state.word(Word::Columns), "");
    paragraph(screen, inner, &lines, 0);
}
