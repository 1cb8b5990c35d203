//! Where the view was left: kept beside the notes on every change, and the way back there.
//!
//! Nothing in it depends on what may differ the next time: requests go by their place in their source, findings and
//! incidents by the ids of findings. What is not there any more is left out.

use super::super::state::{Chosen, Cursor, Effect, HomeLine, Place, Spot, State};
use super::super::words::Word;
use super::{ask_again, ask_buckets, ask_rows, case, motion};
use crate::engine::Slot;
use crate::engine::answer::{Filter, Named, Order, Scope, Sorting, Subject};
use crate::notes::RowPlace;
use crate::tui::theme::Palette;
use crate::words::Lang;
use chrono_tz::Tz;
use serde_json::{Map, Value, json};

/// Changes of the scope that are kept to be taken back the next time.
const STEPS: usize = 20;

/// Queries that are kept.
const QUERIES: usize = 50;

/// Places that can be come back to, by name.
const PLACES: [(&str, Place); 9] = [
    ("findings", Place::Findings),
    ("timeline", Place::Timeline),
    ("request", Place::Detail),
    ("entities", Place::Entities),
    ("profile", Place::Profile),
    ("sql", Place::Sql),
    ("case", Place::Case),
    ("sources", Place::Sources),
    ("rejects", Place::Rejects),
];

/// Keeps where the view is, if that changed; not before it came back to where it was left.
pub(super) fn keep(state: &mut State) -> Vec<Effect> {
    // While a list is awaited nothing is known of the request under the cursor.
    let waits = state.sources.is_none() || [Slot::Page, Slot::Sort].iter().any(|&slot| state.waits_for(slot));
    if state.case.file.is_none() || !state.case.touched || waits {
        return Vec::new();
    }
    if !state.case.returned {
        if !has_moved(state) {
            return Vec::new();
        }
        state.case.returned = true;
    }
    let left = left(state);
    if left == state.case.notes.scope {
        return Vec::new();
    }
    state.case.notes.scope = left;
    vec![Effect::SaveSoon(Box::new(state.case.notes.clone()))]
}

/// Whether the analyst went somewhere since the start.
fn has_moved(state: &State) -> bool {
    state.trail.len() > 1 || state.timeline.scope != Scope::default() || !state.timeline.undo.is_empty()
}

/// Comes back to where the view was left, as soon as what it rests on is there and unless somebody went elsewhere.
pub(super) fn come_back(state: &mut State) -> Vec<Effect> {
    let left = state.case.notes.scope.clone();
    let waits = left.is_object() && state.findings.is_none() && names_findings(&left);
    let elsewhere = has_moved(state);
    if state.case.returned || waits && !elsewhere {
        return Vec::new();
    }
    state.case.returned = true;
    if elsewhere || !left.is_object() {
        return Vec::new();
    }
    take_scopes(state, &left);
    take_lists(state, &left);
    state.trail = trail(&left);
    // A path that lost a part is not gone.
    if state.timeline.scope.subject == Subject::All && !left["finding"].is_null() {
        state.trail.truncate(1);
    }
    state.case.left_row = place_of(&left["row"]);
    let mut effects: Vec<Effect> = case::ask_marked(state).into_iter().collect();
    effects.extend(ask_again(state));
    // Requests below what is on the screen: esc leads to them.
    if state.trail.contains(&Place::Timeline) && !matches!(state.place(), Place::Timeline | Place::Detail) {
        effects.extend([ask_rows(state, None), ask_buckets(state)]);
    }
    effects
}

/// Says, after what was found, that the view is where it was, and if need be that notes are kept nowhere.
pub(super) fn tell(state: &mut State) {
    let back = (state.trail.len() > 1 && state.case.returned).then(|| state.fill(Word::WhereLeft, &[]));
    for more in back.iter().chain(&state.case.kept_from) {
        state.message = format!("{}; {more}", state.message);
    }
}

/// Whether something of it can only be found once rules are judged.
fn names_findings(left: &Value) -> bool {
    match left {
        // The line at home is come back to when there are lines.
        Value::Object(parts) => parts.iter().filter(|(name, _)| *name != "home").any(|(name, part)| {
            matches!(name.as_str(), "finding" | "incident") && part.is_string() || names_findings(part)
        }),
        Value::Array(parts) => parts.iter().any(names_findings),
        _ => false,
    }
}

/// All of it.
fn left(state: &State) -> Value {
    let timeline = &state.timeline;
    let mut left = scope_words(state, &timeline.scope);
    let scopes = |scopes: &[Scope]| -> Vec<Value> {
        let skipped = scopes.len().saturating_sub(STEPS);
        scopes.iter().skip(skipped).map(|scope| Value::Object(scope_words(state, scope))).collect()
    };
    let name = |place: &Place| PLACES.iter().find(|(_, known)| known == place).map(|(name, _)| *name);
    let spot = |spot: &Spot| {
        let mut words = scope_words(state, &spot.scope);
        words.insert("at".to_owned(), json!(spot.at));
        words.insert("row".to_owned(), json!(spot.place));
        words.insert("undo".to_owned(), json!(scopes(&spot.undo)));
        words
    };
    let in_requests = state.trail.contains(&Place::Timeline);
    let entities = &state.entities;
    let named = |named: &Named| json!({"kind": named.kind.name(), "value": named.value});
    let history = &state.sql.history;
    let order = Order::ALL.iter().position(|order| *order == entities.order);
    let parts = json!({
        "trail": state.trail.iter().filter_map(name).collect::<Vec<_>>(),
        "row": in_requests.then(|| state.row_at_cursor().map(|row| &row.place)).flatten(),
        "at": cursor(timeline.cursor),
        "raw": timeline.raw,
        "undo": scopes(&timeline.undo),
        "redo": scopes(&timeline.redo),
        "spots": state.spots.iter().map(spot).collect::<Vec<_>>(),
        "home": home(state),
        "entities": {"kind": entities.kind, "order": order, "needle": entities.needle,
            "at": cursor(entities.cursor)},
        "profile": state.profile.path.iter().map(named).collect::<Vec<_>>(),
        "sql": {"text": state.sql.text(), "history": &history[history.len().saturating_sub(QUERIES)..]},
        "case": cursor(state.case.cursor),
        "source": cursor(state.source_list.cursor),
        "reject": cursor(state.source_list.reject_cursor),
        "theme": state.chosen.theme.map(Palette::name),
        "zone": state.chosen.zone.map(Tz::name),
        "lang": state.chosen.lang.map(Lang::tag),
    });
    if let Value::Object(parts) = parts {
        left.extend(parts);
    }
    Value::Object(left)
}

/// Takes theme, zone and language as they were chosen last, but for those that the command line gives.
pub(in crate::tui) fn take_looks(state: &mut State, given: Given) {
    let left = &state.case.notes.scope;
    let theme = Palette::ALL.into_iter().find(|palette| left["theme"] == palette.name());
    let zone = left["zone"].as_str().and_then(|name| name.parse::<Tz>().ok());
    let lang = [Lang::En, Lang::Ko].into_iter().find(|lang| left["lang"] == lang.tag());
    // What is not taken this time is still kept for the next.
    state.chosen = Chosen { theme, zone, lang };
    if let Some(lang) = lang.filter(|_| !given.lang) {
        state.speak(lang);
    }
    if let Some(palette) = theme.filter(|_| !given.theme) {
        state.theme.palette = palette;
    }
    if let Some(zone) = zone.filter(|_| !given.zone) {
        state.clock.zone = zone;
        if !state.zones.contains(&zone) {
            state.zones.push(zone);
        }
    }
}

/// What the command line says of how things are to look.
#[derive(Clone, Copy, Debug, Default)]
pub struct Given {
    /// Colours.
    pub theme: bool,
    /// The zone of times.
    pub zone: bool,
    /// The language.
    pub lang: bool,
}

/// A scope by what it means.
fn scope_words(state: &State, scope: &Scope) -> Map<String, Value> {
    let findings = state.findings.as_ref();
    let (finding, incident) = match scope.subject {
        Subject::All => (None, None),
        Subject::Finding(at) => (findings.and_then(|all| Some(all.cards.get(at)?.finding.id.clone())), None),
        Subject::Incident(at) => (None, findings.and_then(|all| all.incidents.get(at)?.findings.first().cloned())),
    };
    let filters: Vec<Value> =
        scope.filters.iter().map(|filter| json!({"text": filter.text(), "out": filter.out, "on": filter.on})).collect();
    let words = [
        ("filters", json!(filters)),
        ("window", json!(scope.window)),
        ("finding", json!(finding)),
        ("incident", json!(incident)),
        ("order", json!(scope.order.map(|order| json!({"by": order.by(), "down": order.is_down()})))),
    ];
    words.map(|(name, value)| (name.to_owned(), value)).into_iter().collect()
}

/// The scope that words mean here.
fn scope_of(state: &State, words: &Value) -> Scope {
    let filter = |kept: &Value| {
        let mut filter = Filter::new(kept["text"].as_str()?, kept["out"].as_bool()?).ok()?;
        filter.on = kept["on"].as_bool()?;
        Some(filter)
    };
    let filters = words["filters"].as_array().map(|all| all.iter().filter_map(filter).collect()).unwrap_or_default();
    let window = words["window"].as_array().and_then(|ends| Some((ends.first()?.as_i64()?, ends.get(1)?.as_i64()?)));
    let findings = state.findings.as_ref();
    let of_finding = |id: &str| findings.and_then(|all| all.cards.iter().position(|card| card.finding.id == id));
    let of_incident = |id: &str| {
        let holds = |ids: &[String]| ids.iter().any(|known| known == id);
        findings.and_then(|all| all.incidents.iter().position(|incident| holds(&incident.findings)))
    };
    let subject =
        match (words["finding"].as_str().and_then(of_finding), words["incident"].as_str().and_then(of_incident)) {
            (Some(at), _) => Subject::Finding(at),
            (None, Some(at)) => Subject::Incident(at),
            (None, None) => Subject::All,
        };
    let order = words["order"]["by"].as_str().and_then(|by| Sorting::new(by, words["order"]["down"].as_bool()));
    Scope { subject, window, filters, order }
}

/// The line under the cursor at home.
fn home(state: &State) -> Value {
    let Some(findings) = &state.findings else { return state.case.notes.scope["home"].clone() };
    match state.home_line() {
        Some(HomeLine::Finding(at)) => {
            json!({"finding": findings.cards.get(at).map(|card| &card.finding.id)})
        }
        Some(HomeLine::Incident(at)) => {
            json!({"incident": findings.incidents.get(at).and_then(|incident| incident.findings.first())})
        }
        Some(HomeLine::Apart) | None => Value::Null,
    }
}

fn take_scopes(state: &mut State, left: &Value) {
    let scopes = |words: &Value| -> Vec<Scope> {
        words.as_array().map(|all| all.iter().map(|scope| scope_of(state, scope)).collect()).unwrap_or_default()
    };
    let spot = |words: &Value| Spot {
        scope: scope_of(state, words),
        row: None,
        at: number(&words["at"]),
        place: place_of(&words["row"]),
        undo: scopes(&words["undo"]),
        redo: Vec::new(),
    };
    let spots = left["spots"].as_array().map(|all| all.iter().map(spot).collect()).unwrap_or_default();
    let (undo, redo, scope) = (scopes(&left["undo"]), scopes(&left["redo"]), scope_of(state, left));
    state.spots = spots;
    state.timeline.scope = scope;
    state.timeline.undo = undo;
    state.timeline.redo = redo;
    state.timeline.cursor = cursor_of(&left["at"]);
    state.timeline.raw = left["raw"] == true;
}

fn take_lists(state: &mut State, left: &Value) {
    let entities = &mut state.entities;
    entities.kind = number(&left["entities"]["kind"]).min(super::super::state::Entities::KINDS.len() - 1);
    entities.order = Order::ALL.get(number(&left["entities"]["order"])).copied().unwrap_or_default();
    left["entities"]["needle"].as_str().unwrap_or_default().clone_into(&mut entities.needle);
    entities.cursor = cursor_of(&left["entities"]["at"]);
    let named = |words: &Value| {
        Some(Named { kind: words["kind"].as_str()?.parse().ok()?, value: words["value"].as_str()?.to_owned() })
    };
    state.profile.path =
        left["profile"].as_array().map(|all| all.iter().filter_map(named).collect()).unwrap_or_default();
    let history = left["sql"]["history"].as_array().map(Vec::as_slice).unwrap_or_default();
    state.sql.history = history.iter().filter_map(|text| Some(text.as_str()?.to_owned())).collect();
    state.sql.at = state.sql.history.len();
    if let Some(text) = left["sql"]["text"].as_str().filter(|text| !text.is_empty()) {
        super::sql::set_text(state, text);
    }
    state.case.cursor = cursor_of(&left["case"]);
    state.source_list.cursor = cursor_of(&left["source"]);
    state.source_list.reject_cursor = cursor_of(&left["reject"]);
}

/// Puts the cursor at home where it was, once there is a list.
pub(super) fn take_home(state: &mut State) {
    let line = match scope_of(state, &state.case.notes.scope["home"]).subject {
        Subject::Finding(at) => HomeLine::Finding(at),
        Subject::Incident(at) => HomeLine::Incident(at),
        Subject::All => return,
    };
    if let Some(at) = state.home.lines.iter().position(|known| *known == line) {
        motion::set_home(state, at);
    }
}

/// The path, as far as it makes sense; notes of older versions name the view only.
fn trail(left: &Value) -> Vec<Place> {
    let place = |name: &Value| PLACES.iter().find(|(known, _)| *name == **known).map(|(_, place)| *place);
    let mut trail: Vec<Place> = match left["trail"].as_array() {
        Some(names) => names.iter().filter_map(place).collect(),
        None => [Value::from("findings"), left["place"].clone()].iter().filter_map(place).collect(),
    };
    // Home, by an older version.
    if trail.len() == 2 && trail[1] == Place::Findings {
        trail.truncate(1);
    }
    let profiles = trail.iter().filter(|place| **place == Place::Profile).count();
    let within = trail.iter().skip(2).filter(|place| **place == Place::Timeline).count();
    let size = |words: &Value| words.as_array().map_or(0, Vec::len);
    // What was written by hand, or by another version, may not hold together: home is safe.
    if trail.first() != Some(&Place::Findings) || profiles != size(&left["profile"]) || within != size(&left["spots"]) {
        trail = vec![Place::Findings];
    }
    trail
}

fn place_of(words: &Value) -> Option<RowPlace> {
    serde_json::from_value(words.clone()).ok()
}

fn number(words: &Value) -> usize {
    words.as_u64().and_then(|number| usize::try_from(number).ok()).unwrap_or(0)
}

/// Where a cursor is, and the first line shown.
fn cursor(cursor: Cursor) -> Value {
    json!([cursor.at, cursor.top])
}

fn cursor_of(words: &Value) -> Cursor {
    let at = number(&words[0]);
    Cursor { at, top: number(&words[1]).min(at) }
}
