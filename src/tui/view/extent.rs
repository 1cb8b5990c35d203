//! How many requests, in words: at which vantages where several could not be linked.

use crate::engine::{Extent, Part};
use crate::tui::state::State;
use crate::tui::text::{count, visible};
use crate::tui::words::Word;

/// `60 of 240 requests`, of the vantages that tell of most of the scope; others are named, and never added.
pub(super) fn n_of_m(state: &State, scope: Option<&Extent>) -> String {
    let Some(all) = state.sources.as_ref().map(|sources| &sources.extent) else { return String::new() };
    let of = |shown: &str, all: usize| state.fill(Word::Of, &[shown, &state.counted(Word::NRequests, all)]);
    let Some(scope) = scope else { return of("?", all.requests()) };
    let Some((most, others)) = scope.parts.split_first() else { return of("0", all.requests()) };
    let words = of(&count(most.requests as u64), all.of(most.family));
    apart(state, words, &most.vantages, others)
}

/// Requests in all, as above.
pub(in crate::tui) fn all_requests(state: &State) -> String {
    let Some(all) = state.sources.as_ref().map(|sources| &sources.extent) else {
        return state.counted(Word::NRequests, 0);
    };
    let words = state.counted(Word::NRequests, all.requests());
    let vantages = all.parts.first().map_or("", |most| most.vantages.as_str());
    apart(state, words, vantages, &[])
}

/// A count with the vantages that it is of and what stands beside it.
fn apart(state: &State, words: String, vantages: &str, others: &[Part]) -> String {
    if vantages.is_empty() {
        return words;
    }
    let words = state.fill(Word::AtVantage, &[&words, &visible(vantages)]);
    let others: Vec<String> = others
        .iter()
        .filter(|part| part.requests > 0)
        .map(|part| format!("{} {}", visible(&part.vantages), count(part.requests as u64)))
        .collect();
    if others.is_empty() { words } else { state.fill(Word::NotAdded, &[&words, &others.join(", ")]) }
}
