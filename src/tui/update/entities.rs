//! Who there is, and all about one of them.

use super::super::commands::Action;
use super::super::layout;
use super::super::state::{Cursor, Effect, Entities, HomeLine, OverlayKind, Place, Spot, State};
use super::super::text::visible;
use super::super::view;
use super::super::words::Word;
use super::{keys, scope};
use crate::engine::answer::{Actors, Filter, Named, Order, Profile, Scope, Subject, Value};
use crate::engine::{Request, column_of, kind_of};
use breachline_queries::indicators::Kind;

/// What a line of a profile leads to.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::tui) enum Target {
    /// Requests.
    Requests(Vec<Filter>),
    /// Another entity.
    Entity(Named),
    /// The evidence of a finding.
    Finding(usize),
}

/// Shows who there is in the scope.
pub(super) fn open_list(state: &mut State) -> Vec<Effect> {
    if state.place() == Place::Entities {
        return Vec::new();
    }
    keys::go(state, vec![Place::Findings, Place::Entities]);
    if state.sources.is_none() {
        state.tell(Word::EntitiesLater);
        return Vec::new();
    }
    vec![ask(state)]
}

/// Rows of the list on the screen.
fn height(state: &State) -> usize {
    layout::list_height(layout::body(state)).max(1)
}

/// Asks for three screens round what is shown.
pub(super) fn ask(state: &mut State) -> Effect {
    let height = height(state);
    let entities = &state.entities;
    let request = Request::Actors {
        scope: state.timeline.scope.in_time(),
        kind: entities.kind(),
        order: entities.order,
        needle: entities.needle.clone(),
        first: entities.cursor.top.saturating_sub(height),
        count: height * 3,
    };
    state.ask(request)
}

/// Takes a stretch of the list.
pub(super) fn take(state: &mut State, actors: Actors) -> Vec<Effect> {
    let height = height(state);
    let cursor = &mut state.entities.cursor;
    cursor.set(cursor.at, actors.total, height);
    state.entities.actors = Some(actors);
    if needs(state) { vec![ask(state)] } else { Vec::new() }
}

/// Whether rows on the screen are not here.
fn needs(state: &State) -> bool {
    let Some(actors) = &state.entities.actors else { return true };
    let cursor = state.entities.cursor;
    let last = (cursor.top + height(state)).min(actors.total);
    cursor.top < actors.first || last > actors.first + actors.rows.len()
}

/// The next kind.
pub(super) fn step_kind(state: &mut State, action: Action) -> Vec<Effect> {
    let kinds = Entities::KINDS.len();
    let by = if action == Action::Left { kinds - 1 } else { 1 };
    switch(state, (state.entities.kind + by) % kinds)
}

/// Puts the cursor on a row and asks for what that needs.
pub(super) fn move_to(state: &mut State, at: usize) -> Vec<Effect> {
    let total = state.entities.actors.as_ref().map_or(0, |actors| actors.total);
    let height = height(state);
    state.entities.cursor.set(at, total, height);
    if needs(state) && state.sources.is_some() { vec![ask(state)] } else { Vec::new() }
}

fn switch(state: &mut State, kind: usize) -> Vec<Effect> {
    state.entities.kind = kind;
    anew(state)
}

/// The list from its top.
pub(super) fn anew(state: &mut State) -> Vec<Effect> {
    state.entities.cursor = Cursor::default();
    if state.sources.is_some() { vec![ask(state)] } else { Vec::new() }
}

/// Sorts by the next number.
pub(super) fn sort(state: &mut State) -> Vec<Effect> {
    sort_by(state, state.entities.order.next())
}

/// Sorts by that.
pub(super) fn sort_by(state: &mut State, order: Order) -> Vec<Effect> {
    state.entities.order = order;
    let order = state.word(view::order_word(state.entities.order));
    state.tell_of(Word::SortedBy, &[order]);
    anew(state)
}

/// Lists those whose values contain a text.
pub(super) fn search(state: &mut State, needle: &str) -> Vec<Effect> {
    needle.clone_into(&mut state.entities.needle);
    state.message = match needle {
        "" => state.word(Word::AllOfThem).to_owned(),
        _ => state.fill(Word::ThoseContaining, &[&visible(needle)]),
    };
    anew(state)
}

/// The entity under the cursor of the list.
pub(super) fn at_cursor(state: &State) -> Option<Named> {
    let actors = state.entities.actors.as_ref()?;
    let actor = actors.rows.get(state.entities.cursor.at.checked_sub(actors.first)?)?;
    Some(Named { kind: actors.kind, value: actor.tally.value.clone() })
}

/// Opens all about an entity, one level down.
pub(super) fn open(state: &mut State, named: Named) -> Vec<Effect> {
    if state.sources.is_none() {
        state.tell(Word::EntitiesLater);
        return Vec::new();
    }
    state.overlay = None;
    state.trail.push(Place::Profile);
    state.profile.path.push(named);
    ask_profile(state)
}

/// Asks for the entity on the screen.
pub(super) fn ask_profile(state: &mut State) -> Vec<Effect> {
    state.profile.profile = None;
    state.profile.nothing = false;
    state.profile.cursor = Cursor::default();
    ask_profile_again(state)
}

/// The same while what is known of it stays on the screen.
pub(super) fn ask_profile_again(state: &mut State) -> Vec<Effect> {
    let Some(named) = state.profile.path.last().cloned() else { return Vec::new() };
    let zone = state.clock.zone;
    vec![state.ask(Request::Profile { named, zone })]
}

/// Takes what is known of an entity.
pub(super) fn take_profile(state: &mut State, profile: Option<Box<Profile>>) {
    state.profile.nothing = profile.is_none();
    state.profile.profile = profile;
}

/// Follows the line under the cursor of a profile.
pub(super) fn follow(state: &mut State) -> Vec<Effect> {
    let cells = layout::inner_width(layout::profile(state).0);
    let lines = view::profile_lines(state, cells);
    let target = lines.into_iter().nth(state.profile.cursor.at).and_then(|(_, target)| target);
    match target {
        Some(Target::Requests(filters)) => nest(state, Scope { filters, ..Scope::default() }),
        Some(Target::Entity(named)) => open(state, named),
        Some(Target::Finding(at)) => nest(state, Scope { subject: Subject::Finding(at), ..Scope::default() }),
        None => {
            state.tell(Word::LeadsNowhere);
            Vec::new()
        }
    }
}

/// Opens requests one level down; esc comes back to what is on the screen.
pub(super) fn nest(state: &mut State, wanted: Scope) -> Vec<Effect> {
    let (row, place) = state.row_at_cursor().map(|row| (row.row, row.place.clone())).unzip();
    let (undo, redo) = (std::mem::take(&mut state.timeline.undo), std::mem::take(&mut state.timeline.redo));
    let before = std::mem::replace(&mut state.timeline.scope, wanted);
    // Each level takes back its own changes: esc, and not undo, leads out of it.
    state.spots.push(Spot { scope: before, row, place, at: state.timeline.cursor.at, undo, redo });
    state.trail.push(Place::Timeline);
    scope::look(state, None)
}

/// The condition under which a request is one of an entity.
pub(in crate::tui) fn filter_of(named: &Named) -> Filter {
    let network = named.kind == Kind::Ip && named.value.contains('/');
    let column = if network { "client_net" } else { column_of(named.kind) };
    Filter::value(column, &Value::Text(named.value.clone()), false)
}

/// All about what is under the cursor, or a choice of what the request or the finding names.
pub(super) fn pivot(state: &mut State) -> Vec<Effect> {
    if let Some(named) = under_cursor(state) {
        return open(state, named);
    }
    let choice = named_here(state);
    match choice.len() {
        0 => {
            state.tell(Word::NoProfile);
            Vec::new()
        }
        1 => choice.into_iter().next().map_or_else(Vec::new, |(_, named)| open(state, named)),
        _ => keys::show(state, OverlayKind::Pivot(choice)),
    }
}

fn under_cursor(state: &State) -> Option<Named> {
    let (column, value) = match state.place() {
        Place::Sql => return super::sql::at_cursor(state),
        Place::Detail if !state.timeline.list_focused => {
            view::field_at_cursor(state).map(|field| (field.name, field.value.clone()))?
        }
        Place::Timeline | Place::Detail => match state.timeline.column.value(state, state.row_at_cursor()?)? {
            (column, Value::Text(value)) => (column, value),
            _ => return None,
        },
        _ => return None,
    };
    Some(Named { kind: kind_of(column)?, value })
}

/// What the request or finding under the cursor names.
fn named_here(state: &State) -> Vec<(String, Named)> {
    match state.place() {
        Place::Findings => {
            let Some(findings) = state.findings.as_ref() else { return Vec::new() };
            let wanted: Vec<&str> = match state.home_line() {
                Some(HomeLine::Finding(at)) => {
                    findings.cards.get(at).map(|card| card.finding.id.as_str()).into_iter().collect()
                }
                Some(HomeLine::Incident(at)) => findings
                    .incidents
                    .get(at)
                    .map(|incident| incident.findings.iter().map(String::as_str).collect())
                    .unwrap_or_default(),
                _ => Vec::new(),
            };
            let cards = findings.cards.iter().filter(|card| wanted.contains(&card.finding.id.as_str()));
            let mut choice: Vec<(String, Named)> = Vec::new();
            for entity in cards.flat_map(|card| &card.finding.entities) {
                let Some(kind) = kind_of(&entity.kind) else { continue };
                let named = Named { kind, value: entity.value.clone() };
                if choice.iter().all(|(_, other)| *other != named) {
                    choice.push((state.word(view::role_word(entity.role)).to_owned(), named));
                }
            }
            choice
        }
        Place::Detail => {
            let fields = state.timeline.detail.iter().flat_map(|detail| &detail.fields);
            let named = fields.filter_map(|field| Some((field.name, kind_of(field.name)?, field.value.clone())));
            named.map(|(column, kind, value)| (column.to_owned(), Named { kind, value })).collect()
        }
        Place::Sql => Vec::new(),
        _ => {
            let told = state.row_at_cursor().map(|row| [row.client.clone(), row.identity.clone()]);
            let told = told.into_iter().flatten().flatten();
            told.filter_map(|told| {
                Some((told.column.to_owned(), Named { kind: kind_of(told.column)?, value: told.value }))
            })
            .collect()
        }
    }
}
