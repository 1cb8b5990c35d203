//! The palette: commands by name, rows by number, windows and conditions as they are.

use super::super::commands::{Action, Command, Offer, Takes, Where, offers};
use super::super::state::{Effect, Prompt, PromptKind, State};
use super::super::text::visible;
use super::super::words::Word;
use super::keys::{act, place_below};
use super::motion::put_cursor;
use super::{case, entities, prompt, search, settings, sorting, sql};
use crate::engine::answer::Named;
use crate::tui::state::Entities;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// What the line being typed can mean.
pub(in crate::tui) fn meanings(state: &State) -> Vec<Offer> {
    match &state.prompt {
        Some(Prompt { kind: PromptKind::Command, input, .. }) => offers(input.text(), place_below(state), state.lang),
        _ => Vec::new(),
    }
}

/// A key that chooses among the meanings; `None` where it is typed.
pub(super) fn choose(state: &mut State, key: KeyEvent) -> Option<()> {
    state.prompt.as_ref().filter(|prompt| prompt.kind == PromptKind::Command)?;
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    let len = meanings(state).len();
    let at = state.prompt.as_ref()?.at.min(len.saturating_sub(1));
    let next = match key.code {
        KeyCode::Down => at + 1,
        KeyCode::Char('n') if control => at + 1,
        KeyCode::Up => at.saturating_sub(1),
        KeyCode::Char('p') if control => at.saturating_sub(1),
        KeyCode::Tab => {
            let before = state.prompt.as_ref()?.input.parts().0.to_owned();
            if let Some(found) = sorting::completion(state, &before) {
                prompt::put_completion(state, found);
                return Some(());
            }
            if let Some(Offer::Command(command, argument)) = meanings(state).get(at)
                && argument.is_empty()
                && let Some(prompt) = &mut state.prompt
            {
                let blank = if command.takes.is_some() { " " } else { "" };
                prompt.input = super::super::input::Input::new(&format!("{}{blank}", command.name));
                prompt.at = 0;
            }
            return Some(());
        }
        _ => return None,
    };
    if let Some(prompt) = &mut state.prompt {
        prompt.at = next.min(len.saturating_sub(1));
    }
    Some(())
}

/// Does what was chosen, or says why not.
pub(super) fn run(state: &mut State, typed: &str, at: usize) -> Result<Vec<Effect>, String> {
    let here = place_below(state);
    let Some(offer) = offers(typed, here, state.lang).into_iter().nth(at) else {
        return Err(Word::NoSuchCommand.fill(state.lang, &[&visible(typed)]));
    };
    state.message.clear();
    match offer {
        Offer::Row(row) => Ok(go_to(state, row)),
        Offer::Window(text) => prompt::window(state, &text),
        Offer::Condition(text) => prompt::filter(state, &text, false, None),
        Offer::Command(command, _) if !command.place.meets(here) => {
            Err(Word::NotHere.fill(state.lang, &[command.name, &places(state, command.place)]))
        }
        Offer::Command(command, argument) => with_argument(state, command, &argument),
    }
}

/// Where a command works, in words.
fn places(state: &State, place: Where) -> String {
    const PLACES: [(Where, Word); 12] = [
        (Where::FINDINGS, Word::Findings),
        (Where::TIMELINE, Word::InTimeline),
        (Where::DETAIL, Word::InRequest),
        (Where::ENTITIES, Word::Entities),
        (Where::PROFILE, Word::InProfile),
        (Where::EDITOR, Word::InEditor),
        (Where::ANSWER, Word::InAnswer),
        (Where::CASE, Word::Case),
        (Where::SOURCES, Word::Sources),
        (Where::REJECTS, Word::InRejects),
        (Where::FILTERS, Word::InList),
        (Where::CHOICE, Word::InList),
    ];
    let mut words: Vec<&str> =
        PLACES.iter().filter(|(known, _)| place.meets(*known)).map(|(_, word)| state.word(*word)).collect();
    words.dedup();
    words.join(", ")
}

fn with_argument(state: &mut State, command: &Command, argument: &str) -> Result<Vec<Effect>, String> {
    let Some(takes) = command.takes.filter(|_| !argument.is_empty()) else {
        if command.takes == Some(Takes::Row) {
            return Err(Word::WriteRow.text(state.lang).to_owned());
        }
        return Ok(act(state, command.action));
    };
    match takes {
        Takes::Row => {
            let row = argument.replace([',', '_'], "").parse().ok().filter(|row| *row > 0);
            row.map(|row| go_to(state, row)).ok_or_else(|| Word::WriteRow.text(state.lang).to_owned())
        }
        Takes::Window => prompt::window(state, argument),
        Takes::Condition => prompt::filter(state, argument, command.action == Action::LeaveOut, None),
        Takes::Text if command.action == Action::Search => {
            argument.clone_into(&mut state.needle);
            Ok(search::search(state, true, true))
        }
        Takes::Text => Ok(case::annotate_with(state, argument)),
        Takes::Zone => settings::zone_named(state, argument),
        Takes::Theme => settings::theme_named(state, argument),
        Takes::Language => settings::language_named(state, argument),
        Takes::Directory => case::export(state, argument),
        Takes::Query => Ok(sql::ask(state, argument)),
        Takes::Entity => entity(state, argument),
        Takes::Order => sorting::named(state, argument),
    }
}

/// All about an entity that is written out.
fn entity(state: &mut State, written: &str) -> Result<Vec<Effect>, String> {
    let named = written.split_once(' ').and_then(|(kind, value)| {
        let value = value.trim();
        Some(Named { kind: kind.parse().ok()?, value: (!value.is_empty()).then(|| value.to_owned())? })
    });
    let kinds = || Entities::KINDS.map(breachline_queries::indicators::Kind::name).join(", ");
    named.map(|named| entities::open(state, named)).ok_or_else(|| Word::WriteEntity.fill(state.lang, &[&kinds()]))
}

/// The row of that number, from 1.
fn go_to(state: &mut State, row: usize) -> Vec<Effect> {
    put_cursor(state, row - 1).unwrap_or_else(|| {
        state.tell(Word::NoRows);
        Vec::new()
    })
}
