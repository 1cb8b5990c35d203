//! What the mouse does: rows, wheel, views, and a window dragged on the histogram. Everything has a key as well.

use super::super::commands::Action;
use super::super::layout;
use super::super::state::{Effect, Pane, Place, State};
use super::super::view::{AXIS, tab_at};
use super::super::words::Word;
use super::keys::{act, in_overlay};
use super::motion::{cursor_of, put_cursor, step};
use super::scope;
use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};

/// Lines that a notch of the wheel goes.
const NOTCH: usize = 3;

/// Applies what the mouse did.
pub(super) fn mouse(state: &mut State, event: MouseEvent) -> Vec<Effect> {
    if !state.mouse || !layout::fits(state) || state.prompt.is_some() {
        return Vec::new();
    }
    let at = Position { x: event.column, y: event.row };
    match event.kind {
        MouseEventKind::ScrollDown => wheel(state, at, Action::Down),
        MouseEventKind::ScrollUp => wheel(state, at, Action::Up),
        MouseEventKind::Down(MouseButton::Left) => press(state, at),
        MouseEventKind::Drag(MouseButton::Left) => {
            if let (Some((from, _)), Some(bar)) = (state.drag, bar_at(state, at.x)) {
                state.drag = Some((from, bar));
            }
            Vec::new()
        }
        MouseEventKind::Up(MouseButton::Left) => release(state),
        _ => Vec::new(),
    }
}

fn wheel(state: &mut State, at: Position, action: Action) -> Vec<Effect> {
    if state.overlay.is_some() {
        return (0..NOTCH).flat_map(|_| in_overlay(state, action)).collect();
    }
    focus(state, at);
    (0..NOTCH).flat_map(|_| step(state, action)).collect()
}

fn press(state: &mut State, at: Position) -> Vec<Effect> {
    state.drag = None;
    if state.overlay.is_some() {
        return press_overlay(state, at);
    }
    if at.y == 1 {
        return tab_at(state, at.x).map_or_else(Vec::new, |action| act(state, action));
    }
    if is_timeline(state) && layout::timeline(state).histogram.contains(at) {
        if let Some(bar) = bar_at(state, at.x) {
            state.drag = Some((bar, bar));
            state.tell(Word::DragHint);
        }
        return Vec::new();
    }
    let focused = focus(state, at);
    let Some(row) = row_at(state, at) else { return Vec::new() };
    // A second click on a row opens it, as enter does; the one that gives its pane the keys is the first.
    if !focused && cursor_of(state).is_some_and(|(cursor, _)| cursor.at == row) {
        return act(state, Action::Open);
    }
    put_cursor(state, row).unwrap_or_default()
}

/// Outside of the text that lies over the screen a click closes it.
fn press_overlay(state: &mut State, at: Position) -> Vec<Effect> {
    if layout::overlay(state).contains(at) {
        return Vec::new();
    }
    in_overlay(state, Action::Back)
}

fn is_timeline(state: &State) -> bool {
    matches!(state.place(), Place::Timeline | Place::Detail)
}

/// The bar of the histogram in a column of the screen; beyond the ends the nearest.
fn bar_at(state: &State, x: u16) -> Option<usize> {
    let area = layout::timeline(state).histogram;
    let bars = state.timeline.buckets.counts.len();
    let fresh = state.timeline.buckets.scope.holds_as(&state.timeline.scope);
    let first = area.x as usize + 2 + AXIS;
    (fresh && bars > 0 && area.height > 0).then(|| (x as usize).saturating_sub(first).min(bars - 1))
}

/// What was dragged over becomes the window.
fn release(state: &mut State) -> Vec<Effect> {
    let Some((one, other)) = state.drag.take() else { return Vec::new() };
    if one == other {
        return Vec::new();
    }
    let buckets = &state.timeline.buckets;
    let edge = |bar: usize| buckets.from.saturating_add(buckets.step.saturating_mul(bar as i64));
    let window = (edge(one.min(other)), edge(one.max(other) + 1));
    scope::set_window(state, Some(window))
}

/// The pane under the mouse gets the keys; gives whether another one had them.
fn focus(state: &mut State, at: Position) -> bool {
    let before = (state.home.pane, state.timeline.list_focused, state.sql.in_answer);
    match state.place() {
        Place::Findings => {
            let areas = layout::home(state);
            let panes = [
                (Pane::Coverage, Some(areas.coverage)),
                (Pane::List, Some(areas.list)),
                (Pane::Why, Some(areas.why)),
                (Pane::Who, areas.who),
            ];
            let under = panes.into_iter().find(|(_, area)| area.is_some_and(|area| area.contains(at)));
            if let Some((pane, _)) = under.filter(|(pane, _)| *pane != state.home.pane) {
                state.home.pane = pane;
                state.home.scroll = 0;
            }
        }
        Place::Detail => {
            let areas = layout::timeline(state);
            if let (Some(list), Some(detail)) = (areas.list, areas.detail)
                && (list.contains(at) || detail.contains(at))
            {
                state.timeline.list_focused = list.contains(at);
            }
        }
        Place::Sql => {
            let areas = layout::sql(state);
            if areas.editor.contains(at) {
                state.sql.in_answer = false;
            } else if areas.answer.contains(at) && state.sql.queried.is_some() {
                state.sql.in_answer = true;
            }
        }
        _ => {}
    }
    before != (state.home.pane, state.timeline.list_focused, state.sql.in_answer)
}

/// The row of the list under the mouse, from 0.
fn row_at(state: &State, at: Position) -> Option<usize> {
    // Above the rows: the border, and the headings where there are any.
    let (area, above) = match state.place() {
        Place::Findings => (layout::home(state).list, 2),
        Place::Timeline => (layout::timeline(state).list?, 2),
        Place::Detail if state.timeline.list_focused => (layout::timeline(state).list?, 2),
        Place::Detail => (layout::timeline(state).detail?, 1),
        Place::Entities => (layout::body(state), 3),
        Place::Profile => (layout::profile(state).0, 1),
        Place::Sql => (layout::sql(state).answer, 2),
        Place::Case => (layout::case(state).0, 2),
        Place::Sources => (layout::sources(state).0, 2),
        Place::Rejects => (layout::body(state), 2),
    };
    let rows = Rect { y: area.y + above, height: area.height.saturating_sub(above + 1), ..area };
    let (cursor, len) = cursor_of(state)?;
    let row = cursor.top + usize::from(at.y.checked_sub(rows.y)?);
    (rows.contains(at) && row < len).then_some(row)
}
