//! The line being typed: what keys do in it, and what becomes of it.

use super::super::complete::{Completion, columns, complete};
use super::super::input::Input;
use super::super::span::{self, Around};
use super::super::state::{Effect, Place, Prompt, PromptKind, State};
use super::scope;
use super::search::search;
use super::{case, keys, palette};
use crate::engine::answer::{Filter, Scope};
use crate::tui::words::Word;
use crossterm::event::{KeyCode, KeyEvent};

/// Begins a line.
pub(super) fn open(state: &mut State, kind: PromptKind, text: &str) -> Vec<Effect> {
    state.prompt = Some(Prompt { kind, input: Input::new(text), error: None, names: Vec::new(), at: 0 });
    Vec::new()
}

/// Applies a key to the line.
pub(super) fn key(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    if palette::choose(state, key).is_some() {
        return Vec::new();
    }
    let Some(prompt) = &mut state.prompt else {
        return Vec::new();
    };
    match key.code {
        KeyCode::Esc => state.prompt = None,
        KeyCode::Backspace
            if prompt.input.text().is_empty() && matches!(prompt.kind, PromptKind::Search | PromptKind::Command) =>
        {
            state.prompt = None;
        }
        KeyCode::Enter => return submit(state),
        KeyCode::Tab if matches!(prompt.kind, PromptKind::Filter { .. }) => {
            let found = complete(prompt.input.parts().0, columns());
            put_completion(state, found);
        }
        _ => {
            if prompt.input.key(key) {
                prompt.error = None;
                prompt.names.clear();
                prompt.at = 0;
            }
        }
    }
    Vec::new()
}

/// Writes what all names have in common, and says which there are.
pub(super) fn put_completion(state: &mut State, found: Completion) {
    let Some(prompt) = &mut state.prompt else { return };
    prompt.input.insert(&found.more);
    prompt.error = found.candidates.is_empty().then(|| Word::NoColumnBegins.text(state.lang).to_owned());
    prompt.names = if found.candidates.len() > 1 { found.candidates } else { Vec::new() };
}

/// Puts pasted text into the line, if there is one.
pub(super) fn paste(state: &mut State, text: &str) -> Vec<Effect> {
    let in_editor = state.place() == Place::Sql && !state.sql.in_answer;
    match &mut state.prompt {
        Some(prompt) => prompt.input.insert(text),
        None if in_editor => {
            state.sql.editor.insert_str(text);
        }
        None => state.tell(Word::NowhereToPaste),
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
        PromptKind::Search if keys::is_help(state) => {
            // The list is narrowed: what is looked for is on one screen then.
            text.clone_into(&mut state.help);
            if let Some(overlay) = &mut state.overlay {
                overlay.scroll = 0;
            }
            return Vec::new();
        }
        PromptKind::Search => {
            text.clone_into(&mut state.needle);
            return search(state, true, true);
        }
        PromptKind::Command => palette::run(state, text, prompt.at),
        PromptKind::Window => window(state, text),
        PromptKind::Note => Ok(case::write(state, text)),
        PromptKind::NotesFile => case::keep_in(state, text),
        PromptKind::Export => case::export(state, text),
        PromptKind::Filter { out, edit } => filter(state, text, out, edit),
    };
    done.unwrap_or_else(|error| {
        state.prompt = Some(Prompt { error: Some(error), names: Vec::new(), ..prompt });
        Vec::new()
    })
}

pub(super) fn window(state: &mut State, text: &str) -> Result<Vec<Effect>, String> {
    let range = scope::range(state).ok_or_else(|| state.word(Word::NoTimesHere).to_owned())?;
    let cursor = state.row_at_cursor().and_then(|row| row.ts).unwrap_or(range.0);
    let window = span::parse(text, Around { zone: state.clock.zone, cursor, range, lang: state.lang })?;
    Ok(scope::set_window(state, Some(window)))
}

pub(super) fn filter(state: &mut State, text: &str, out: bool, edit: Option<usize>) -> Result<Vec<Effect>, String> {
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
