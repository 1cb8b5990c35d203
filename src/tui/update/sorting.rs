//! The order in which requests are listed: by the column under the cursor, or by one that is named.

use super::super::columns::{self, ListColumn};
use super::super::complete::{Completion, complete};
use super::super::state::{Effect, Place, State};
use super::super::text::visible;
use super::super::view;
use super::super::words::Word;
use super::{ask_rows, entities, scope};
use crate::engine::Request;
use crate::engine::answer::{Order, Scope, Sorting};
use crate::words::Lang;
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
    if state.place() == Place::Entities {
        return entities_by(state, typed);
    }
    let mut words = typed.split_whitespace();
    let name = words.next().unwrap_or_default();
    let down = match (words.next(), words.next()) {
        (None, _) => None,
        (Some("desc"), None) => Some(true),
        (Some("asc"), None) => Some(false),
        _ => return Err(state.fill(Word::SortWays, &[])),
    };
    match column_of(name).and_then(|name| Sorting::new(name, down)) {
        Some(by) if by.by() == TIME && !by.is_down() => Ok(sort(state, None)),
        Some(by) => Ok(sort(state, Some(by))),
        None => Err(unknown(state, name, &names().iter().map(String::as_str).collect::<Vec<_>>())),
    }
}

/// The column that is called so: by its own name, or by its heading in the list.
fn column_of(name: &str) -> Option<&'static str> {
    let own = Sorting::names().find(|known| known.eq_ignore_ascii_case(name));
    let headed = || ListColumn::ALL.into_iter().find(|column| is_word(column.heading(), name));
    own.or_else(|| headed().map(ListColumn::order))
}

/// Whether a word of the view is meant, in either language.
fn is_word(word: Word, typed: &str) -> bool {
    [Lang::En, Lang::Ko].iter().any(|lang| word.text(*lang).eq_ignore_ascii_case(typed))
}

/// Names of columns, and headings that are no such names.
fn names() -> Vec<String> {
    let headings = ListColumn::ALL.iter().map(|column| column.heading().text(Lang::En).to_ascii_lowercase());
    let other = headings.filter(|heading| Sorting::names().all(|name| name != heading));
    Sorting::names().map(str::to_owned).chain(other).collect()
}

/// Sorts the list of entities by what is named.
fn entities_by(state: &mut State, typed: &str) -> Result<Vec<Effect>, String> {
    // Each has one way only, which may be said.
    let bare = |order: &Order| {
        let way = if matches!(order, Order::First | Order::Value) { "asc" } else { "desc" };
        typed.rsplit_once(' ').filter(|(_, said)| *said == way).map_or(typed, |(name, _)| name)
    };
    let is_meant = |order: &Order| {
        let name = bare(order).trim();
        let words = [view::order_heading(*order), view::order_word(*order)];
        order.name().eq_ignore_ascii_case(name) || words.into_iter().any(|word| is_word(word, name))
    };
    match Order::ALL.into_iter().find(is_meant) {
        Some(order) => Ok(entities::sort_by(state, order)),
        None => Err(unknown(state, typed, &Order::ALL.map(Order::name))),
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
        (_, false) => complete(typed, names().iter().map(String::as_str)),
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

/// Says what the list is sorted by, and where that cannot be seen in it.
fn tell(state: &mut State) {
    let words = view::order_words(state).unwrap_or_else(|| state.word(Word::InTime).to_owned());
    let shown = columns::shown(state);
    let order = state.timeline.scope.order;
    let is_seen = order.is_none_or(|by| shown.iter().any(|column| by.is_seen_in(column.order())));
    state.tell_of(if is_seen { Word::SortedUndo } else { Word::SortedUnseen }, &[&words]);
}

/// Takes word that a scope is in its order.
pub(super) fn take(state: &mut State, scope: Scope, has_values: bool) -> Vec<Effect> {
    if scope == state.timeline.scope {
        let keep = state.timeline.keep.take();
        return vec![super::ask_page(state, keep)];
    }
    let wanted = state.timeline.wanted.filter(|wanted| scope.order == Some(*wanted));
    let Some(by) = wanted.filter(|_| scope.holds_as(&state.timeline.scope)) else { return Vec::new() };
    if !has_values {
        state.timeline.wanted = None;
        state.tell_of(Word::NothingToSortBy, &[by.by()]);
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
