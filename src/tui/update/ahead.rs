//! Keys typed before the list that they are for has arrived: they wait for it, in order.

use super::super::commands::{Action, key_name};
use super::super::state::{Effect, Place, Stage, State};
use super::super::words::Word;
use super::keys;
use crate::engine::Slot;
use crossterm::event::KeyEvent;

/// Keys that wait at most; more are a key held down.
const MOST: usize = 64;

/// Takes a key that has to wait; `None` where it can be applied now.
pub(super) fn wait(state: &mut State, key: KeyEvent) -> Option<Vec<Effect>> {
    if state.prompt.is_some() || state.overlay.is_some() {
        return None;
    }
    let action = state.keymap.command(&key_name(key), keys::place_bits(state)).map(|command| command.action);
    if state.ahead.is_empty() && !action.is_some_and(|action| waits(state, action)) {
        return None;
    }
    match action {
        // What stops or leaves does so at once.
        Some(Action::QuitNow | Action::Suspend | Action::Stop) => {
            state.ahead.clear();
            return None;
        }
        // Rules may take minutes to be judged; other lists come in a moment.
        Some(action) if leaves(action) && state.place() == Place::Findings => {
            state.ahead.clear();
            return None;
        }
        Some(Action::Back | Action::Quit) => {
            state.ahead.clear();
            state.tell(Word::Forgotten);
        }
        _ if state.ahead.len() < MOST => {
            state.ahead.push(key);
            let kept: Vec<String> = state.ahead.iter().map(|key| key_name(*key)).collect();
            state.tell_of(Word::Kept, &[&kept.join(" ")]);
        }
        _ => {}
    }
    Some(Vec::new())
}

/// Applies what waited, as far as its list is here.
pub(super) fn apply(state: &mut State) -> Vec<Effect> {
    if matches!(state.stage, Stage::Failed(_)) {
        state.ahead.clear();
    }
    let mut waiting = std::mem::take(&mut state.ahead).into_iter();
    let mut effects = Vec::new();
    for key in waiting.by_ref() {
        effects.extend(keys::key(state, key));
        if !state.ahead.is_empty() {
            break;
        }
    }
    state.ahead.extend(waiting);
    effects
}

/// Whether what an action is about has been asked for and is not here.
fn waits(state: &State, action: Action) -> bool {
    let timeline = &state.timeline;
    let is_move = is_movement(action);
    if !is_move && !is_of_row(action) {
        return false;
    }
    match state.place() {
        Place::Findings => state.findings.is_none() && !matches!(state.stage, Stage::Failed(_)),
        // The list stays usable while another order of it is being made.
        Place::Timeline | Place::Detail
            if state.waits_for(Slot::Page) || state.waits_for(Slot::Sort) && timeline.wanted.is_none() =>
        {
            timeline.page.scope != timeline.scope || !is_move && state.row_at_cursor().is_none()
        }
        Place::Detail => state.waits_for(Slot::Detail) && timeline.detail.is_none(),
        Place::Entities => {
            let entities = &state.entities;
            let fresh = entities.actors.as_ref().is_some_and(|actors| {
                actors.scope.holds_as(&timeline.scope)
                    && (actors.kind, actors.order) == (entities.kind(), entities.order)
                    && actors.needle == entities.needle
            });
            state.waits_for(Slot::Actors) && !fresh
        }
        Place::Profile => state.waits_for(Slot::Profile),
        Place::Sql => state.waits_for(Slot::Query),
        Place::Timeline | Place::Case | Place::Sources | Place::Rejects => false,
    }
}

/// Whether it goes elsewhere.
const fn leaves(action: Action) -> bool {
    matches!(
        action,
        Action::Timeline
            | Action::Entities
            | Action::Sql
            | Action::Case
            | Action::Sources
            | Action::Quit
            | Action::Help
    )
}

/// Whether it moves the cursor.
const fn is_movement(action: Action) -> bool {
    matches!(
        action,
        Action::Down
            | Action::Up
            | Action::PageDown
            | Action::PageUp
            | Action::HalfDown
            | Action::HalfUp
            | Action::First
            | Action::Last
            | Action::NextFinding
            | Action::PreviousFinding
    )
}

/// Whether it is about what is under the cursor.
const fn is_of_row(action: Action) -> bool {
    matches!(
        action,
        Action::Open
            | Action::Raw
            | Action::Keep
            | Action::LeaveOut
            | Action::Mark
            | Action::Annotate
            | Action::Copy
            | Action::Pivot
            | Action::Why
            | Action::RuleText
            | Action::SearchNext
            | Action::SearchPrevious
    )
}
