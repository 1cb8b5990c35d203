//! The help, made from the table of commands.

use crate::tui::commands::{COMMANDS, Command};
use crate::tui::state::{Place, State};
use crate::tui::text;
use crate::tui::update::place_below;
use ratatui::text::{Line, Span};

/// What works here first, then the rest.
pub(super) fn lines(state: &State, cells: usize) -> Vec<Line<'static>> {
    let here = place_below(state);
    let name = match state.place() {
        Place::Findings => "Findings",
        Place::Timeline => "the timeline",
        Place::Detail => "a request",
        Place::Entities => "Entities",
        Place::Profile => "a profile",
        Place::Sql => "SQL",
        Place::Case => "Case",
        Place::Sources => "Sources",
        Place::Rejects => "rejects",
    };
    let (works, other): (Vec<&Command>, Vec<&Command>) = COMMANDS.iter().partition(|command| command.place.meets(here));
    let mut lines = vec![Line::styled(format!("Keys in {name}"), state.theme.heading())];
    lines.extend(works.into_iter().flat_map(|command| command_lines(state, command, cells)));
    if !other.is_empty() {
        lines.push(Line::raw(""));
        lines.push(Line::styled("Keys elsewhere", state.theme.heading()));
        lines.extend(other.into_iter().flat_map(|command| command_lines(state, command, cells)));
    }
    lines
}

fn command_lines(state: &State, command: &Command, cells: usize) -> Vec<Line<'static>> {
    let keys = format!("  {}", command.keys.join(" "));
    let room = cells.saturating_sub(20).max(8);
    text::wrap(command.long, room)
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
