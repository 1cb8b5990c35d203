//! The order in which requests are listed: by the column under the cursor, or by one that is named.

use super::super::complete::{Completion, complete};
use super::super::state::{Effect, Place, State};
use super::super::text::visible;
use super::super::view;
use super::super::words::Word;
use super::{ask_rows, entities, scope};
use crate::engine::Request;
use crate::engine::answer::{Order, Scope, Sorting};
use breachline_queries::expr::parse::nearest;

/// By the column under the cursor; again turns it round, a third time goes back to time.
pub(super) fn by_column(state: &mut State) -> Vec<Effect> {
    let Some(first) = Sorting::new(state.timeline.column.order(), None) else { return Vec::new() };
    // Up is the order of time itself.
    let first = if first.by() == TIME { first.turned() } else { first };
    let now = state.timeline.wanted.or(state.timeline.scope.order);
    let next = match now.filter(|now| now.by() == first.by()) {
        None => Some(first),
        Some(now) if now == first && first.by() != TIME => Some(first.turned()),
        Some(_) => None,
    };
    sort(state, next)
}

/// The column that the order of time is of.
const TIME: &str = "ts";

/// By what is named, and which way.
pub(super) fn named(state: &mut State, typed: &str) -> Result<Vec<Effect>, String> {
    let mut words = typed.split_whitespace();
    let name = words.next().unwrap_or_default();
    if state.place() == Place::Entities {
        let meant = Order::ALL.into_iter().find(|order| order.name() == name);
        return match (meant, words.next()) {
            (Some(order), None) => Ok(entities::sort_by(state, order)),
            _ => Err(unknown(state, typed, &Order::ALL.map(Order::name))),
        };
    }
    let down = match (words.next(), words.next()) {
        (None, _) => None,
        (Some("desc"), None) => Some(true),
        (Some("asc"), None) => Some(false),
        _ => return Err(state.fill(Word::SortWays, &[])),
    };
    match Sorting::new(name, down) {
        Some(by) if by.by() == TIME && !by.is_down() => Ok(sort(state, None)),
        Some(by) => Ok(sort(state, Some(by))),
        None => Err(unknown(state, name, &Sorting::names().collect::<Vec<_>>())),
    }
}

fn unknown(state: &State, typed: &str, names: &[&str]) -> String {
    let hint = match nearest(typed, names.iter().copied()) {
        Some(near) => state.fill(Word::DidYouMean, &[near]),
        None => names.join(", "),
    };
    state.fill(Word::SortUnknown, &[&visible(typed), &hint])
}

/// What can stand behind `sort ` as far as it is typed; `None` where something else is being typed.
pub(super) fn completion(state: &State, before: &str) -> Option<Completion> {
    let typed = before.trim_start().strip_prefix("sort ")?;
    Some(match (state.place(), typed.trim_start().contains(' ')) {
        (Place::Entities, _) => complete(typed, Order::ALL.map(Order::name)),
        (_, false) => complete(typed, Sorting::names()),
        (_, true) => complete(typed, ["asc", "desc"]),
    })
}

/// Has the list put into an order. Until it is, the list stays as it is; that of time is there at once.
fn sort(state: &mut State, order: Option<Sorting>) -> Vec<Effect> {
    if state.sources.is_none() {
        state.tell(Word::RequestsLater);
        return Vec::new();
    }
    let stopped = state.give_up_sort().map(Effect::StopSort);
    state.timeline.wanted = None;
    let scope = Scope { order, ..state.timeline.scope.clone() };
    let mut effects: Vec<Effect> = stopped.into_iter().collect();
    match order {
        Some(by) if scope != state.timeline.scope => {
            state.timeline.wanted = Some(by);
            state.tell_of(Word::BeingSorted, &[by.by()]);
            effects.push(state.ask(Request::Sort { scope }));
        }
        _ => {
            effects.extend(scope::change(state, scope));
            tell(state);
        }
    }
    effects
}

/// Says what the list is sorted by.
fn tell(state: &mut State) {
    let words = view::order_words(state).unwrap_or_else(|| state.word(Word::InTime).to_owned());
    state.tell_of(Word::SortedUndo, &[&words]);
}

/// Takes word that a scope is in its order.
pub(super) fn take(state: &mut State, scope: Scope) -> Vec<Effect> {
    if scope == state.timeline.scope {
        let keep = state.timeline.keep.take();
        return vec![super::ask_page(state, keep)];
    }
    let wanted = state.timeline.wanted.is_some() && state.timeline.wanted == scope.order;
    if !wanted || !scope.holds_as(&state.timeline.scope) {
        return Vec::new();
    }
    let effects = scope::change(state, scope);
    tell(state);
    effects
}

/// What is to be done when nobody waits for an order any more.
pub(super) fn given_up(state: &mut State) -> Vec<Effect> {
    state.tell(Word::SortStopped);
    if state.timeline.wanted.take().is_some() {
        return Vec::new();
    }
    // Another scope was to come in that order: it comes in the order of time.
    state.timeline.scope.order = None;
    let keep = state.timeline.keep.take();
    vec![ask_rows(state, keep)]
}
