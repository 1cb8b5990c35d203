//! SQL: its text, its answer, and the way from a row of the answer to requests.

use super::super::commands::{Action, Where, key_name};
use super::super::complete::complete;
use super::super::state::{Cursor, Effect, Place, State};
use super::super::words::Word;
use super::{entities, keys, settings};
use crate::engine::answer::{Filter, Named, Queried, Scope, Subject, Value};
use crate::engine::{Request, kind_of};
use crate::render::Micros;
use breachline_parsers::schema::COLUMNS;
use breachline_queries::indicators::Kind;
use breachline_queries::sql::{self, Answer, Cell};
use crossterm::event::{KeyCode, KeyEvent};
use ratatui_textarea::{CursorMove, TextArea};

/// Words of SQL that are worth completing.
const WORDS: [&str; 16] = [
    "SELECT",
    "FROM",
    "WHERE",
    "GROUP BY",
    "ORDER BY",
    "HAVING",
    "LIMIT",
    "COUNT",
    "DISTINCT",
    "BETWEEN",
    "LIKE",
    "IS NULL",
    "IS NOT NULL",
    "DESC",
    "JOIN",
    "CASE WHEN",
];

const HOUR: i64 = 3_600_000_000;

/// Queries that are remembered.
const REMEMBERED: usize = 200;

/// Shows the view.
pub(super) fn open(state: &mut State) -> Vec<Effect> {
    if state.place() != Place::Sql {
        keys::go(state, vec![Place::Findings, Place::Sql]);
    }
    state.sql.in_answer = false;
    Vec::new()
}

/// Shows the view and asks that.
pub(super) fn ask(state: &mut State, text: &str) -> Vec<Effect> {
    open(state);
    set_text(state, text);
    run(state)
}

/// A key while the text has the keys.
pub(super) fn key_in_editor(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    state.quit_asked = false;
    let name = key_name(key);
    if let Some(command) = state.keymap.command(&name, Where::EDITOR) {
        state.message.clear();
        return act(state, command.action);
    }
    match key.code {
        KeyCode::BackTab => return to_answer(state),
        KeyCode::Enter if state.sql.text().trim_end().ends_with(';') => return run(state),
        _ => {
            state.sql.names.clear();
            state.sql.editor.input(key);
        }
    }
    Vec::new()
}

fn act(state: &mut State, action: Action) -> Vec<Effect> {
    match action {
        Action::Run => return run(state),
        Action::Leave if state.sql.names.is_empty() => return keys::back(state),
        Action::Leave => state.sql.names.clear(),
        Action::Complete => complete_name(state),
        Action::HistoryBack => history(state, false),
        Action::HistoryForward => history(state, true),
        Action::InsertScope => insert_scope(state),
        Action::QuitNow => return vec![Effect::Quit],
        Action::Suspend => return vec![Effect::Suspend],
        Action::Stop => return keys::stop(state),
        Action::Mouse => return settings::switch_mouse(state),
        _ => {}
    }
    Vec::new()
}

/// Runs the text.
pub(super) fn run(state: &mut State) -> Vec<Effect> {
    let text = state.sql.text();
    let sql = text.trim().trim_end_matches(';').to_owned();
    if sql.is_empty() {
        state.tell_of(Word::NothingToRun, &[super::super::view::EXAMPLE]);
        return Vec::new();
    }
    if state.sources.is_none() {
        state.tell(Word::SqlLater);
        return Vec::new();
    }
    if state.sql.history.last() != Some(&text) {
        if state.sql.history.len() >= REMEMBERED {
            state.sql.history.remove(0);
        }
        state.sql.history.push(text);
    }
    state.sql.at = state.sql.history.len();
    vec![state.ask(Request::Query { sql })]
}

/// Takes an answer.
pub(super) fn take(state: &mut State, queried: Box<Queried>) {
    // A query that was stopped while it waited leaves no answer of its own.
    state.sql.ending = false;
    state.sql.in_answer = queried.answer.as_ref().is_ok_and(|answer| !answer.rows.is_empty());
    state.sql.cursor = Cursor::default();
    state.sql.column = 0;
    state.sql.queried = Some(queried);
}

fn to_answer(state: &mut State) -> Vec<Effect> {
    state.sql.in_answer = state.sql.queried.is_some();
    if !state.sql.in_answer {
        state.tell(Word::NoAnswer);
    }
    Vec::new()
}

fn complete_name(state: &mut State) {
    let at = state.sql.editor.cursor();
    let line = state.sql.editor.lines().get(at.0).cloned().unwrap_or_default();
    let before: String = line.chars().take(at.1).collect();
    let tables = sql::tables().iter().map(|table| table.name);
    let columns: Vec<&str> = sql::tables().iter().flat_map(sql::Table::columns).map(|column| column.name).collect();
    let functions = sql::functions().iter().map(|(name, ..)| name.split('(').next().unwrap_or(name));
    let found = complete(&before, tables.chain(columns).chain(functions).chain(WORDS));
    state.sql.editor.insert_str(&found.more);
    state.sql.names = if found.candidates.len() > 1 { found.candidates } else { Vec::new() };
    if found.more.is_empty() && state.sql.names.is_empty() {
        state.tell(Word::NoNameBegins);
    }
}

fn history(state: &mut State, forward: bool) {
    let view = &mut state.sql;
    let next = if forward { view.at + 1 } else { view.at.wrapping_sub(1) };
    let text = match view.history.get(next) {
        Some(text) => text.clone(),
        None if forward && next >= view.history.len() => String::new(),
        None => return state.tell(Word::OldestQuery),
    };
    view.at = next.min(view.history.len());
    set_text(state, &text);
}

pub(super) fn set_text(state: &mut State, text: &str) {
    state.sql.editor = TextArea::new(text.lines().map(str::to_owned).collect());
    state.sql.editor.move_cursor(CursorMove::Bottom);
    state.sql.editor.move_cursor(CursorMove::End);
}

/// Writes filters and window of the scope at the cursor, as a whole query where there is no text yet.
fn insert_scope(state: &mut State) {
    let scope = &state.timeline.scope;
    let mut parts: Vec<String> = scope
        .filters
        .iter()
        .filter(|filter| filter.on)
        // A filter leaves out only what it says; NOT would leave NULL out as well.
        .map(
            |filter| {
                if filter.out { format!("(({}) IS NOT TRUE)", filter.text()) } else { format!("({})", filter.text()) }
            },
        )
        .collect();
    if let Some((from, until)) = scope.window {
        parts.push(format!("ts >= '{}' AND ts < '{}'", Micros(from), Micros(until)));
    }
    if parts.is_empty() {
        return state.tell(Word::NoScope);
    }
    let condition = parts.join(" AND ");
    if state.sql.text().trim().is_empty() {
        set_text(state, &format!("SELECT * FROM requests\nWHERE {condition}"));
    } else {
        state.sql.editor.insert_str(condition);
    }
    if scope_is_found(state) {
        state.tell(Word::EvidenceTable);
    }
}

fn scope_is_found(state: &State) -> bool {
    state.timeline.scope.subject != Subject::All
}

/// The rows of the answer.
pub(in crate::tui) fn answer(state: &State) -> Option<&Answer> {
    state.sql.queried.as_ref()?.answer.as_ref().ok()
}

/// The next column of the answer.
pub(super) fn step_column(state: &mut State, action: Action) {
    let columns = answer(state).map_or(0, |answer| answer.columns.len());
    let column = &mut state.sql.column;
    *column =
        if action == Action::Left { column.saturating_sub(1) } else { (*column + 1).min(columns.saturating_sub(1)) };
}

/// Opens the requests that the row under the cursor speaks of.
pub(super) fn drill(state: &mut State) -> Vec<Effect> {
    let Some(scope) = scope_of_row(state) else {
        state.tell(Word::NoWayDown);
        return Vec::new();
    };
    entities::nest(state, scope)
}

fn scope_of_row(state: &State) -> Option<Scope> {
    let answer = answer(state)?;
    let row = answer.rows.get(state.sql.cursor.at)?;
    let cells = || answer.columns.iter().map(String::as_str).zip(row);
    let text = |name: &str| cells().find_map(|(column, cell)| (column == name).then(|| text_of(cell))?);
    let mut scope = Scope::default();
    for (column, cell) in cells() {
        match (column, cell) {
            ("hour", Cell::Time(from)) => scope.window = Some((*from, from.saturating_add(HOUR))),
            ("day", Cell::Time(from)) => scope.window = Some((*from, from.saturating_add(24 * HOUR))),
            ("finding", Cell::Text(id)) => {
                let findings = state.findings.as_ref();
                let at = findings.and_then(|all| all.cards.iter().position(|card| card.finding.id == *id));
                scope.subject = at.map_or(Subject::All, Subject::Finding);
            }
            // Numbers that are sums or counts of many requests carry other names.
            (column, cell) if COLUMNS.iter().any(|known| known.name == column) => {
                let value = match cell {
                    Cell::Text(text) => Value::Text(text.clone()),
                    Cell::Int(number) => Value::Number(*number),
                    _ => continue,
                };
                scope.filters.push(Filter::value(column, &value, false));
            }
            _ => {}
        }
    }
    // Rows of `actors`.
    if let Some((kind, value)) = text("kind").zip(text("value"))
        && let Some(kind) = kind_of(&kind)
    {
        scope.filters.push(entities::filter_of(&Named { kind, value }));
    }
    (scope != Scope::default()).then_some(scope)
}

fn text_of(cell: &Cell) -> Option<String> {
    match cell {
        Cell::Text(text) => Some(text.clone()),
        _ => None,
    }
}

/// The entity under the cursor of the answer.
pub(super) fn at_cursor(state: &State) -> Option<Named> {
    let answer = answer(state)?;
    let column = answer.columns.get(state.sql.column)?;
    let row = answer.rows.get(state.sql.cursor.at)?;
    let value = text_of(row.get(state.sql.column)?)?;
    let kind: Option<Kind> = match column.as_str() {
        "value" => {
            let at = answer.columns.iter().position(|column| column == "kind")?;
            kind_of(&text_of(row.get(at)?)?)
        }
        column => kind_of(column),
    };
    Some(Named { kind: kind?, value })
}

/// The cell under the cursor, as text.
pub(super) fn cell(state: &State) -> Option<String> {
    let cell = answer(state)?.rows.get(state.sql.cursor.at)?.get(state.sql.column)?;
    Some(super::super::view::cell_text(state, cell))
}
