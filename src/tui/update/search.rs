//! Searching in the list on the screen.

use super::super::state::{Effect, Place, State};
use super::super::text::visible;
use super::super::view;
use super::super::words::Word;
use super::entities;
use super::motion::put_cursor;
use crate::engine::Request;

/// The next place in the list on the screen that has the text searched for.
pub(super) fn search(state: &mut State, forward: bool, fresh: bool) -> Vec<Effect> {
    if state.needle.is_empty() && state.place() != Place::Entities {
        state.tell(Word::NothingToSearch);
        return Vec::new();
    }
    let needle = state.needle.clone();
    if matches!(state.place(), Place::Timeline | Place::Detail) {
        let from = state.timeline.cursor.at;
        let scope = state.timeline.scope.clone();
        return vec![state.ask(Request::Search { scope, needle, from, forward })];
    }
    if state.place() == Place::Entities {
        // The list is narrowed instead: it may be longer than what is here.
        return entities::search(state, &needle);
    }
    let texts = view::list_texts(state);
    let exact = needle.chars().any(char::is_uppercase);
    let hits: Vec<usize> = (0..texts.len())
        .filter(|&at| texts[at].contains(&needle) || (!exact && texts[at].to_lowercase().contains(&needle)))
        .collect();
    let here = match state.place() {
        Place::Findings => state.home.cursor.at,
        Place::Rejects => state.source_list.reject_cursor.at.saturating_sub(state.source_list.rejects.first),
        Place::Profile => state.profile.cursor.at,
        Place::Sql => state.sql.cursor.at,
        Place::Case => state.case.cursor.at,
        _ => state.source_list.cursor.at,
    };
    let next = if forward {
        hits.iter().find(|&&at| at > here || (fresh && at == here)).or(hits.first())
    } else {
        hits.iter().rev().find(|&&at| at < here).or(hits.last())
    };
    let Some(&next) = next else {
        state.tell_of(Word::NotInList, &[&visible(&needle)]);
        return Vec::new();
    };
    // Rejects are held in part; the texts begin at the first of those that are here.
    let first = if state.place() == Place::Rejects { state.source_list.rejects.first } else { 0 };
    let effects = put_cursor(state, first + next).unwrap_or_default();
    let hits = state.counted(Word::NHits, hits.len());
    state.tell_of(Word::HitsOf, &[&visible(&needle), &hits]);
    effects
}
