//! The help, made from the table of commands.

use crate::tui::commands::{COMMANDS, Command};
use crate::tui::state::{Place, State};
use crate::tui::text;
use crate::tui::update::place_below;
use crate::tui::words::Word;
use ratatui::text::{Line, Span};

/// What works here first, then the rest.
pub(super) fn lines(state: &State, cells: usize) -> Vec<Line<'static>> {
    let here = place_below(state);
    let name = match state.place() {
        Place::Findings => Word::Findings,
        Place::Timeline => Word::InTimeline,
        Place::Detail => Word::InRequest,
        Place::Entities => Word::Entities,
        Place::Profile => Word::InProfile,
        Place::Sql => Word::Sql,
        Place::Case => Word::Case,
        Place::Sources => Word::Sources,
        Place::Rejects => Word::InRejects,
    };
    let wanted = COMMANDS.iter().filter(|command| is_wanted(state, command));
    let (works, other): (Vec<&Command>, Vec<&Command>) = wanted.partition(|command| command.place.meets(here));
    if works.is_empty() && other.is_empty() {
        return vec![Line::raw(state.fill(Word::NoHelp, &[&text::visible(&state.help)]))];
    }
    let mut lines = vec![Line::styled(state.fill(Word::KeysIn, &[state.word(name)]), state.theme.heading())];
    lines.extend(works.into_iter().flat_map(|command| command_lines(state, command, cells)));
    if !other.is_empty() {
        lines.push(Line::raw(""));
        lines.push(Line::styled(state.word(Word::KeysElsewhere), state.theme.heading()));
        lines.extend(other.into_iter().flat_map(|command| command_lines(state, command, cells)));
    }
    lines
}

/// Whether a command has in its keys, its name or its words what was searched for.
fn is_wanted(state: &State, command: &Command) -> bool {
    let low = state.help.to_lowercase();
    let told = [command.name, state.lang.of(command.long)].iter().any(|text| text.to_lowercase().contains(&low));
    told || state.keymap.keys(command).contains(&state.help.as_str())
}

fn command_lines(state: &State, command: &Command, cells: usize) -> Vec<Line<'static>> {
    let own = state.keymap.keys(command);
    let keys = if own.is_empty() { format!("  :{}", command.name) } else { format!("  {}", own.join(" ")) };
    let room = cells.saturating_sub(20).max(8);
    text::wrap(state.lang.of(command.long), room)
        .into_iter()
        .enumerate()
        .map(|(at, part)| {
            let keys = if at == 0 { keys.as_str() } else { "" };
            Line::from(vec![
                Span::styled(text::left(keys, 20, state.theme.ellipsis()), state.theme.heading()),
                Span::raw(part),
            ])
        })
        .collect()
}
