//! Searching in the list on the screen.

use super::super::layout;
use super::super::state::{Effect, Pane, Place, State};
use super::super::text::{counted, visible};
use super::super::view;
use super::entities;
use super::motion::set_home;
use crate::engine::Request;

/// The next place in the list on the screen that has the text searched for.
pub(super) fn search(state: &mut State, forward: bool, fresh: bool) -> Vec<Effect> {
    if state.needle.is_empty() && state.place() != Place::Entities {
        state.say("nothing to search for; / starts a search");
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
        state.message = format!("`{}` is not in this list", visible(&needle));
        return Vec::new();
    };
    match state.place() {
        Place::Findings => {
            state.home.pane = Pane::List;
            set_home(state, next);
        }
        Place::Case => {
            let height = layout::list_height(layout::case(state).0);
            state.case.cursor.set(next, texts.len(), height);
        }
        Place::Sql => {
            let height = layout::list_height(layout::sql(state).answer);
            state.sql.cursor.set(next, texts.len(), height);
        }
        Place::Profile => {
            let area = layout::profile(state).0;
            let lines = texts.len();
            state.profile.cursor.set(next, lines, layout::inner_height(area));
        }
        Place::Rejects => {
            let height = layout::list_height(layout::body(state));
            let (first, held) = (state.source_list.rejects.first, state.source_list.rejects.held);
            state.source_list.reject_cursor.set(first + next, held, height);
        }
        _ => {
            let height = layout::list_height(layout::sources(state).0);
            let len = state.source_count();
            state.source_list.cursor.set(next, len, height);
        }
    }
    state.message = format!("`{}`: {}  (n next, N previous)", visible(&needle), counted(hits.len(), "hit"));
    Vec::new()
}
