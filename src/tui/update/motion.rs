//! Movements: of cursors in lists, of texts, from pane to pane.

use super::super::columns;
use super::super::commands::Action;
use super::super::layout;
use super::super::state::{Cursor, Effect, Pane, Place, State};
use super::super::view;
use super::super::words::Word;
use super::{ask_rejects, ask_sketch, entities, list_height, move_to};

/// Where a movement leads in a list.
pub(super) fn moved(action: Action, at: usize, len: usize, height: usize) -> usize {
    let height = height.max(1);
    let last = len.saturating_sub(1);
    match action {
        Action::Down => at.saturating_add(1),
        Action::Up => at.saturating_sub(1),
        Action::PageDown => at.saturating_add(height),
        Action::PageUp => at.saturating_sub(height),
        Action::HalfDown => at.saturating_add(height.div_ceil(2)),
        Action::HalfUp => at.saturating_sub(height.div_ceil(2)),
        Action::First => 0,
        Action::Last => last,
        _ => at,
    }
    .min(last)
}

/// The first line shown of a text after a movement.
pub(super) fn scrolled(action: Action, top: usize, lines: usize, height: usize) -> usize {
    let last = lines.saturating_sub(height);
    match action {
        Action::Last => last,
        _ => moved(action, top, last + 1, height),
    }
}

/// The cursor of the list that has the keys, and how many rows the list has.
pub(super) fn cursor_of(state: &State) -> Option<(Cursor, usize)> {
    let timeline = &state.timeline;
    Some(match state.place() {
        Place::Findings => (state.home.cursor, state.home.lines.len()),
        Place::Detail if !timeline.list_focused => {
            let cells = layout::timeline(state).detail.map(layout::inner_width)?;
            (timeline.line, view::detail_lines(state, cells).len())
        }
        Place::Timeline | Place::Detail => (timeline.cursor, timeline.page.total),
        Place::Entities => (state.entities.cursor, state.entities.actors.as_ref().map_or(0, |actors| actors.total)),
        Place::Profile => {
            let cells = layout::inner_width(layout::profile(state).0);
            (state.profile.cursor, view::profile_lines(state, cells).len())
        }
        Place::Sql => (state.sql.cursor, super::sql::answer(state).map_or(0, |answer| answer.rows.len())),
        Place::Case => (state.case.cursor, state.case.notes.notes.len()),
        Place::Sources => (state.source_list.cursor, state.source_count()),
        Place::Rejects => (state.source_list.reject_cursor, state.source_list.rejects.held),
    })
}

/// Rows of the list that has the keys that fit the screen.
fn height_of(state: &State) -> usize {
    match state.place() {
        Place::Findings => layout::list_height(layout::home(state).list),
        Place::Detail if !state.timeline.list_focused => layout::timeline(state).detail.map_or(1, layout::inner_height),
        Place::Timeline | Place::Detail => list_height(state),
        Place::Entities | Place::Rejects => layout::list_height(layout::body(state)),
        Place::Profile => layout::inner_height(layout::profile(state).0),
        Place::Sql => layout::list_height(layout::sql(state).answer),
        Place::Case => layout::list_height(layout::case(state).0),
        Place::Sources => layout::list_height(layout::sources(state).0),
    }
}

/// Puts the cursor of the list that has the keys on a row, the last one where there are fewer; `None` without rows.
pub(super) fn put_cursor(state: &mut State, at: usize) -> Option<Vec<Effect>> {
    let (_, len) = cursor_of(state).filter(|(_, len)| *len > 0)?;
    let (at, height) = (at.min(len - 1), height_of(state));
    Some(match state.place() {
        Place::Findings => {
            state.home.pane = Pane::List;
            set_home(state, at);
            ask_sketch(state).into_iter().collect()
        }
        Place::Detail if !state.timeline.list_focused => {
            state.timeline.line.set(at, len, height);
            Vec::new()
        }
        Place::Timeline | Place::Detail => move_to(state, at),
        Place::Entities => entities::move_to(state, at),
        Place::Profile => {
            state.profile.cursor.set(at, len, height);
            Vec::new()
        }
        Place::Sql => {
            state.sql.cursor.set(at, len, height);
            Vec::new()
        }
        Place::Case => {
            state.case.cursor.set(at, len, height);
            state.case.delete_asked = false;
            Vec::new()
        }
        Place::Sources => {
            state.source_list.cursor.set(at, len, height);
            Vec::new()
        }
        Place::Rejects => {
            state.source_list.reject_cursor.set(at, len, height);
            ask_rejects(state).into_iter().collect()
        }
    })
}

/// A movement in the pane that has the keys.
pub(super) fn step(state: &mut State, action: Action) -> Vec<Effect> {
    match (state.place(), action) {
        (Place::Findings, _) => return step_home(state, action),
        (Place::Entities, Action::Left | Action::Right) => return entities::step_kind(state, action),
        (Place::Sql, Action::Left | Action::Right) => super::sql::step_column(state, action),
        (Place::Timeline | Place::Detail, Action::Left | Action::Right) => step_column(state, action),
        _ => {
            let Some((cursor, len)) = cursor_of(state) else { return Vec::new() };
            return put_cursor(state, moved(action, cursor.at, len, height_of(state))).unwrap_or_default();
        }
    }
    Vec::new()
}

/// The next column of the list of requests.
fn step_column(state: &mut State, action: Action) {
    let shown = columns::shown(state);
    let here = shown.iter().position(|column| *column == state.timeline.column).unwrap_or(0);
    let next = if action == Action::Left { here.saturating_sub(1) } else { here + 1 };
    if let Some(column) = shown.get(next) {
        state.timeline.column = *column;
    }
}

fn step_home(state: &mut State, action: Action) -> Vec<Effect> {
    let areas = layout::home(state);
    if matches!(state.home.pane, Pane::Why | Pane::Who) {
        let area = areas.who.filter(|_| state.home.pane == Pane::Who).unwrap_or(areas.why);
        let lines = view::finding_lines(state, state.home.pane, layout::inner_width(area)).len();
        state.home.scroll = scrolled(action, state.home.scroll, lines, layout::inner_height(area));
        return Vec::new();
    }
    state.home.pane = Pane::List;
    let at = moved(action, state.home.cursor.at, state.home.lines.len(), layout::list_height(areas.list));
    set_home(state, at);
    ask_sketch(state).into_iter().collect()
}

pub(super) fn set_home(state: &mut State, at: usize) {
    let height = layout::list_height(layout::home(state).list);
    let len = state.home.lines.len();
    state.home.cursor.set(at, len, height);
    state.home.scroll = 0;
}

pub(super) fn switch_pane(state: &mut State, forward: bool) -> Vec<Effect> {
    match state.place() {
        Place::Findings if layout::nothing_found(state) => {
            state.home.pane = if state.home.pane == Pane::List { Pane::Coverage } else { Pane::List };
        }
        Place::Findings => {
            let wide = layout::is_wide(state);
            state.home.pane = match (state.home.pane, forward, wide) {
                (Pane::Coverage, true, _) | (Pane::Why, false, _) => Pane::List,
                (Pane::List, true, _) | (Pane::Who, false, true) | (Pane::Coverage, false, false) => Pane::Why,
                (Pane::Why, true, true) | (Pane::Coverage, false, true) => Pane::Who,
                _ => Pane::Coverage,
            };
            state.home.scroll = 0;
        }
        Place::Sql => state.sql.in_answer = !state.sql.in_answer,
        Place::Detail if layout::is_wide(state) => state.timeline.list_focused = !state.timeline.list_focused,
        _ => state.tell(Word::OneList),
    }
    Vec::new()
}
