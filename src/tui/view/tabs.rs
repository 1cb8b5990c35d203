//! The second line: the views, and the way from home to here.

use super::put_both;
use crate::engine::answer::Subject;
use crate::tui::commands::Action;
use crate::tui::state::{Place, State};
use crate::tui::text::{self, cut, visible, width};
use crate::tui::words::Word;
use ratatui::buffer::Buffer;

/// The number of the view that is shown.
fn view_number(state: &State) -> usize {
    match state.place() {
        Place::Findings => 1,
        Place::Timeline | Place::Detail => 2,
        Place::Entities | Place::Profile => 3,
        Place::Sql => 4,
        Place::Case => 5,
        Place::Sources | Place::Rejects => 6,
    }
}

pub(super) fn draw(state: &State, screen: &mut Buffer) {
    let (tabs, way) = tab_line(state);
    put_both(screen, state, 1, &tabs.concat(), &way, state.theme.heading());
}

/// The views and the way from home to here. Where both have no room, names of other views go, then the middle of the way.
fn tab_line(state: &State) -> ([String; 6], String) {
    let view = view_number(state);
    let parts = path(state);
    let ellipsis = state.theme.ellipsis();
    let room = |tabs: &[String; 6]| {
        let taken: usize = tabs.iter().map(|words| width(words)).sum();
        (state.size.0 as usize).saturating_sub(taken + 2)
    };
    let named = tab_words(state, view, state.size.0 < 80);
    if let Some(way) = shortened(&parts, room(&named), ellipsis) {
        return (named, way);
    }
    let short = tab_words(state, view, true);
    let cells = room(&short).min(state.size.0 as usize / 2);
    // The end of the way says more than its start.
    let way = shortened(&parts, cells, ellipsis)
        .unwrap_or_else(|| text::cut_front(&parts.join(" > "), cells, ellipsis).into_owned());
    (short, way)
}

/// A way without its middle, or without all but its end, if one of them fits.
fn shortened(parts: &[String], cells: usize, ellipsis: &str) -> Option<String> {
    let (first, last) = (parts.first()?, parts.last()?);
    let mut ways = vec![parts.join(" > ")];
    if parts.len() > 2 {
        let end = |from: usize| format!("{first} > {ellipsis} > {}", parts[from..].join(" > "));
        ways.extend((2..parts.len()).map(end));
    }
    if parts.len() > 1 {
        ways.push(format!("{ellipsis} > {last}"));
    }
    ways.into_iter().find(|way| width(way) <= cells)
}

/// The views, the one that is shown in brackets.
fn tab_words(state: &State, view: usize, narrow: bool) -> [String; 6] {
    let names = [Word::Findings, Word::Timeline, Word::Entities, Word::Sql, Word::Case, Word::Sources];
    let mut key = 0;
    names.map(|name| {
        let name = state.word(name);
        key += 1;
        match (key == view, narrow) {
            (true, _) => format!(" [{key} {name}]"),
            (false, false) => format!("  {key} {name} "),
            (false, true) => format!("  {key} "),
        }
    })
}

/// The view whose name is in a column of the second line.
pub(in crate::tui) fn tab_at(state: &State, x: u16) -> Option<Action> {
    let views = [Action::Findings, Action::Timeline, Action::Entities, Action::Sql, Action::Case, Action::Sources];
    let mut end = 0;
    tab_line(state).0.iter().zip(views).find_map(|(words, view)| {
        end += width(words);
        ((x as usize) < end).then_some(view)
    })
}

/// The way from home to here.
fn path(state: &State) -> Vec<String> {
    let mut profiles = state.profile.path.iter();
    // Each list that was opened from within left what was looked at above it beside the trail.
    let mut within = 0;
    state
        .trail
        .iter()
        .enumerate()
        .map(|(depth, place)| match place {
            Place::Findings => state.word(Word::Findings).to_owned(),
            Place::Timeline => {
                within += usize::from(depth > 1);
                let scope = state.spots.get(within).map_or(&state.timeline.scope, |spot| &spot.scope);
                match subject_name(state, scope.subject) {
                    Some(name) => format!("{name} > {}", state.word(Word::Timeline)),
                    None => state.word(Word::Timeline).to_owned(),
                }
            }
            Place::Entities => state.word(Word::Entities).to_owned(),
            Place::Sql => state.word(Word::Sql).to_owned(),
            Place::Case => state.word(Word::Case).to_owned(),
            Place::Profile => profiles.next().map_or_else(String::new, |named| {
                let value = visible(&named.value);
                format!("{} {}", named.kind.name(), cut(&value, 24, state.theme.ellipsis()))
            }),
            Place::Detail => {
                let at = state.spots.get(within).map_or(state.timeline.cursor.at, |spot| spot.at);
                state.counted(Word::RequestAt, at + 1)
            }
            Place::Sources => state.word(Word::Sources).to_owned(),
            Place::Rejects => state.word(Word::RejectsPlace).to_owned(),
        })
        .collect()
}

/// The rule or incident that the timeline is scoped to.
fn subject_name(state: &State, subject: Subject) -> Option<String> {
    let findings = state.findings.as_ref();
    Some(match subject {
        Subject::All => return None,
        Subject::Finding(at) => findings?.cards.get(at)?.finding.rule.clone(),
        Subject::Incident(at) => findings?.incidents.get(at)?.id.clone(),
    })
}
