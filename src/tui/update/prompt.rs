//! The line being typed: what keys do in it, and what becomes of it.

use super::super::complete::{columns, complete};
use super::super::input::Input;
use super::super::span::{self, Around};
use super::super::state::{Effect, Place, Prompt, PromptKind, State};
use super::case;
use super::scope;
use super::search::search;
use crate::engine::answer::{Filter, Scope};
use crossterm::event::{KeyCode, KeyEvent};

/// Names that a completion shows at most.
const SHOWN: usize = 12;

/// Begins a line.
pub(super) fn open(state: &mut State, kind: PromptKind, text: &str) -> Vec<Effect> {
    state.prompt = Some(Prompt { kind, input: Input::new(text), error: None });
    Vec::new()
}

/// Applies a key to the line.
pub(super) fn key(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    let Some(prompt) = &mut state.prompt else {
        return Vec::new();
    };
    match key.code {
        KeyCode::Esc => state.prompt = None,
        KeyCode::Backspace if prompt.input.text().is_empty() && prompt.kind == PromptKind::Search => {
            state.prompt = None;
        }
        KeyCode::Enter => return submit(state),
        KeyCode::Tab if matches!(prompt.kind, PromptKind::Filter { .. }) => {
            let found = complete(prompt.input.parts().0, columns());
            prompt.input.insert(&found.more);
            prompt.error = match found.candidates.len() {
                0 => Some("no column begins like that".to_owned()),
                1 => None,
                _ => Some(found.candidates.into_iter().take(SHOWN).collect::<Vec<_>>().join("  ")),
            };
        }
        _ => {
            if prompt.input.key(key) {
                prompt.error = None;
            }
        }
    }
    Vec::new()
}

/// Puts pasted text into the line, if there is one.
pub(super) fn paste(state: &mut State, text: &str) -> Vec<Effect> {
    let in_editor = state.place() == Place::Sql && !state.sql.in_answer;
    match &mut state.prompt {
        Some(prompt) => prompt.input.insert(text),
        None if in_editor => {
            state.sql.editor.insert_str(text);
        }
        None => state.say("nothing to paste into here; / searches, F takes a condition"),
    }
    Vec::new()
}

/// Does what the line says, or keeps it with what is wrong.
fn submit(state: &mut State) -> Vec<Effect> {
    let Some(prompt) = state.prompt.take() else {
        return Vec::new();
    };
    let text = prompt.input.text();
    let done = match prompt.kind {
        PromptKind::Search => {
            text.clone_into(&mut state.needle);
            return search(state, true, true);
        }
        PromptKind::Window => window(state, text),
        PromptKind::Note => Ok(case::write(state, text)),
        PromptKind::NotesFile => case::keep_in(text),
        PromptKind::Export => case::export(state, text),
        PromptKind::Filter { out, edit } => filter(state, text, out, edit),
    };
    done.unwrap_or_else(|error| {
        state.prompt = Some(Prompt { error: Some(error), ..prompt });
        Vec::new()
    })
}

fn window(state: &mut State, text: &str) -> Result<Vec<Effect>, String> {
    let range = scope::range(state).ok_or("these requests carry no time")?;
    let cursor = state.row_at_cursor().and_then(|row| row.ts).unwrap_or(range.0);
    let window = span::parse(text, Around { zone: state.clock.zone, cursor, range })?;
    Ok(scope::set_window(state, Some(window)))
}

fn filter(state: &mut State, text: &str, out: bool, edit: Option<usize>) -> Result<Vec<Effect>, String> {
    let filter = Filter::new(text, out)?;
    let Some(at) = edit else {
        return Ok(scope::add(state, filter));
    };
    let mut scope: Scope = state.timeline.scope.clone();
    if let Some(old) = scope.filters.get_mut(at) {
        *old = filter;
    }
    Ok(scope::change(state, scope))
}
