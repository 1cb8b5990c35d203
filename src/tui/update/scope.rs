//! Which requests are looked at: windows, filters, and the way back.

use super::super::commands::Action;
use super::super::state::{Cursor, Effect, OverlayKind, Place, PromptKind, Spot, State};
use super::super::text::{span, visible};
use super::super::view;
use super::super::words::Word;
use super::{ask_buckets, ask_rows, keys, prompt, settings};
use crate::engine::answer::{Filter, Scope, Subject, Value};

/// The shortest window that zooming goes to, microseconds.
const SHORTEST: i64 = 1_000_000;

/// Changes of the scope that can be taken back.
const REMEMBERED: usize = 200;

/// Looks at other requests; what was looked at before can be gone back to. The request under the cursor stays under it
/// where it can.
pub(super) fn change(state: &mut State, mut scope: Scope) -> Vec<Effect> {
    // An order that is being made is one for what is looked at from now on.
    scope.order = state.timeline.wanted.take().or(scope.order);
    let keep = kept(state, &scope);
    if scope == state.timeline.scope {
        state.tell(Word::ChangesNothing);
        return Vec::new();
    }
    let before = std::mem::replace(&mut state.timeline.scope, scope);
    if state.timeline.undo.len() >= REMEMBERED {
        state.timeline.undo.remove(0);
    }
    state.timeline.undo.push(before);
    state.timeline.redo.clear();
    look(state, keep)
}

/// The request that stays under the cursor in another scope. Who sorts the same requests wants to see what comes first;
/// who goes back to the order of time, what happened around the request that was found.
fn kept(state: &State, next: &Scope) -> Option<u32> {
    let now = &state.timeline.scope;
    let is_sorted_anew = next.order.is_some() && next.order != now.order && next.holds_as(now);
    state.row_at_cursor().filter(|_| !is_sorted_anew).map(|row| row.row)
}

/// Looks again at what was looked at one level above.
pub(super) fn come_back(state: &mut State, spot: Spot) -> Vec<Effect> {
    let Spot { scope, row, undo, redo, .. } = spot;
    state.timeline.undo = undo;
    state.timeline.redo = redo;
    state.timeline.scope = scope;
    if state.trail.contains(&Place::Timeline) { look(state, row) } else { Vec::new() }
}

/// Asks for what the scope holds.
pub(super) fn look(state: &mut State, keep: Option<u32>) -> Vec<Effect> {
    state.timeline.cursor = Cursor::default();
    if state.sources.is_none() {
        state.tell(Word::RequestsLater);
        return Vec::new();
    }
    // What is looked at now is not what was to be sorted.
    let stopped = state.timeline.wanted.take().and_then(|_| state.give_up_sort()).map(Effect::StopSort);
    stopped.into_iter().chain([ask_rows(state, keep), ask_buckets(state)]).collect()
}

/// Takes the last change back.
pub(super) fn undo(state: &mut State) -> Vec<Effect> {
    let Some(before) = state.timeline.undo.pop() else {
        state.tell(Word::NothingToUndo);
        return Vec::new();
    };
    let keep = kept(state, &before);
    let now = std::mem::replace(&mut state.timeline.scope, before);
    state.timeline.redo.push(now);
    state.tell(Word::Undone);
    look(state, keep)
}

/// Makes the change again that was taken back last.
pub(super) fn redo(state: &mut State) -> Vec<Effect> {
    let Some(after) = state.timeline.redo.pop() else {
        state.tell(Word::NothingToRedo);
        return Vec::new();
    };
    let keep = kept(state, &after);
    let now = std::mem::replace(&mut state.timeline.scope, after);
    state.timeline.undo.push(now);
    state.tell(Word::Redone);
    look(state, keep)
}

/// Keeps or leaves out what has the value under the cursor.
pub(super) fn by_value(state: &mut State, out: bool) -> Vec<Effect> {
    let found = match state.place() {
        Place::Detail if !state.timeline.list_focused => view::field_at_cursor(state)
            .filter(|field| field.time.is_none())
            .map(|field| (field.name, literal(&field.value, field.number))),
        _ => state.row_at_cursor().and_then(|row| state.timeline.column.value(state, row)),
    };
    let Some((column, value)) = found else {
        state.tell(Word::NoValue);
        return Vec::new();
    };
    let filter = Filter::value(column, &value, out);
    let leaves = out && state.place() == Place::Detail;
    let mut effects = add(state, filter);
    if leaves {
        // The request that was open is left out.
        effects.extend(keys::back(state));
    }
    effects
}

fn literal(value: &str, number: bool) -> Value {
    match value.parse() {
        Ok(parsed) if number => Value::Number(parsed),
        _ => Value::Text(value.to_owned()),
    }
}

/// Adds a filter to the scope.
pub(super) fn add(state: &mut State, filter: Filter) -> Vec<Effect> {
    let mut scope = state.timeline.scope.clone();
    let same = scope.filters.iter().position(|other| other.text() == filter.text() && other.out == filter.out);
    let words = visible(&filter.words()).into_owned();
    match same {
        Some(at) => scope.filters[at].on = true,
        None => scope.filters.push(filter),
    }
    state.tell_of(Word::Filtered, &[&words]);
    change(state, scope)
}

/// What a key does in the list of filters.
pub(super) fn in_filters(state: &mut State, action: Action) -> Vec<Effect> {
    let count = state.timeline.scope.filters.len();
    let at = state.overlay.as_ref().map_or(0, |overlay| overlay.scroll).min(count.saturating_sub(1));
    let mut scope = state.timeline.scope.clone();
    match action {
        Action::Back | Action::Quit | Action::Help => {
            state.overlay = None;
            return Vec::new();
        }
        Action::QuitNow => return vec![Effect::Quit],
        Action::Mouse => return settings::switch_mouse(state),
        Action::Suspend => return vec![Effect::Suspend],
        Action::FilterKeep => return prompt::open(state, PromptKind::Filter { out: false, edit: None }, ""),
        Action::FilterLeaveOut => return prompt::open(state, PromptKind::Filter { out: true, edit: None }, ""),
        Action::FilterEdit if count > 0 => {
            let filter = &scope.filters[at];
            let kind = PromptKind::Filter { out: filter.out, edit: Some(at) };
            return prompt::open(state, kind, filter.text());
        }
        Action::FilterToggle if count > 0 => scope.filters[at].on = !scope.filters[at].on,
        Action::FilterDelete if count > 0 => {
            scope.filters.remove(at);
        }
        _ => {
            if let Some(overlay) = &mut state.overlay {
                overlay.scroll = super::motion::moved(action, at, count, 10);
            }
            return Vec::new();
        }
    }
    if let Some(overlay) = &mut state.overlay {
        overlay.scroll = at.min(scope.filters.len().saturating_sub(1));
        debug_assert_eq!(overlay.kind, OverlayKind::Filters);
    }
    change(state, scope)
}

/// Narrows or widens the window.
pub(super) fn set_window(state: &mut State, window: Option<(i64, i64)>) -> Vec<Effect> {
    state.message = match window {
        Some((from, until)) => state.fill(Word::WindowOf, &[&span(state.lang, until.saturating_sub(from))]),
        None => state.word(Word::WholeTime).to_owned(),
    };
    let scope = Scope { window, ..state.timeline.scope.clone() };
    change(state, scope)
}

pub(super) fn zoom(state: &mut State, times: i64, part: i64) -> Vec<Effect> {
    let Some((from, until)) = shown_window(state) else {
        return no_times(state);
    };
    let middle = state.row_at_cursor().and_then(|row| row.ts).unwrap_or(from + (until - from) / 2);
    let half = ((until - from).saturating_mul(times) / part / 2).max(SHORTEST / 2);
    if let (Some((first, last)), true) = (range(state), times > part)
        && middle.saturating_sub(half) <= first
        && middle.saturating_add(half) > last
    {
        return set_window(state, None);
    }
    set_window(state, Some((middle.saturating_sub(half), middle.saturating_add(half))))
}

pub(super) fn shift(state: &mut State, direction: i64) -> Vec<Effect> {
    let Some((from, until)) = shown_window(state) else {
        return no_times(state);
    };
    if state.timeline.scope.window.is_none() {
        state.tell(Word::ZoomFirst);
        return Vec::new();
    }
    let by = (until - from) / 2 * direction;
    let (from, until) = (from.saturating_add(by), until.saturating_add(by));
    if let Some((first, last)) = range(state)
        && (until <= first || from > last)
    {
        state.tell(Word::NothingBeyond);
        return Vec::new();
    }
    set_window(state, Some((from, until)))
}

fn no_times(state: &mut State) -> Vec<Effect> {
    state.tell(Word::NoTimesToZoom);
    Vec::new()
}

/// Earliest and latest request of the subject.
pub(super) fn range(state: &State) -> Option<(i64, i64)> {
    let findings = state.findings.as_ref();
    match state.timeline.scope.subject {
        Subject::All => state.sources.as_ref()?.range,
        Subject::Finding(at) => findings?.cards.get(at).and_then(|card| card.finding.first.zip(card.finding.last)),
        Subject::Incident(at) => findings?.incidents.get(at).and_then(|incident| incident.first.zip(incident.last)),
    }
}

/// The time that the histogram shows.
fn shown_window(state: &State) -> Option<(i64, i64)> {
    let buckets = &state.timeline.buckets;
    state.timeline.scope.window.or_else(|| {
        let until = buckets.from + buckets.step * buckets.counts.len() as i64;
        (buckets.scope.holds_as(&state.timeline.scope) && until > buckets.from).then_some((buckets.from, until))
    })
}
