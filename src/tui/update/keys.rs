//! What each key does where.

use super::super::commands::{Action, Where, key_name};
use super::super::layout;
use super::super::state::{Cursor, Effect, HomeLine, Overlay, OverlayKind, Pane, Place, PromptKind, Stage, State};
use super::super::text::visible;
use super::super::view;
use super::super::words::Word;
use super::motion::{scrolled, set_home, step, switch_pane};
use super::scope::{self, set_window, shift, zoom};
use super::search::search;
use super::{ahead, case, entities, prompt, settings, sorting, sql};
use super::{ask_detail, ask_rejects, move_to, open_requests, subject};
use crate::engine::Request;
use crate::engine::answer::Subject;
use crossterm::event::KeyEvent;

/// Applies a key.
pub(super) fn key(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    if let Some(effects) = ahead::wait(state, key) {
        return effects;
    }
    let name = key_name(key);
    if state.prompt.is_some() && name != "ctrl-c" {
        return prompt::key(state, key);
    }
    if state.overlay.is_none() && state.place() == Place::Sql && !state.sql.in_answer {
        return sql::key_in_editor(state, key);
    }
    let place = place_bits(state);
    let Some(command) = state.keymap.command(&name, place) else {
        state.quit_asked = false;
        let help = state.keymap.key_of(Action::Help).to_owned();
        state.tell_of(Word::NoKey, &[&name, &help]);
        return Vec::new();
    };
    if command.action != Action::Quit {
        state.quit_asked = false;
        state.message.clear();
    }
    if state.overlay.is_some() { in_overlay(state, command.action) } else { act(state, command.action) }
}

/// The place that keys are looked up for.
pub(in crate::tui) fn place_bits(state: &State) -> Where {
    match state.overlay.as_ref().map(|overlay| &overlay.kind) {
        None => place_below(state),
        Some(OverlayKind::Filters) => Where::FILTERS,
        Some(OverlayKind::Help) => Where::OVERLAY.or(Where::HELP),
        Some(OverlayKind::Pivot(_)) => Where::CHOICE,
        Some(OverlayKind::Why) => Where::OVERLAY.or(Where::DRAWN),
        Some(_) => Where::OVERLAY,
    }
}

/// The place under the overlay, if there is one.
pub(in crate::tui) fn place_below(state: &State) -> Where {
    match state.place() {
        Place::Findings => Where::FINDINGS,
        Place::Timeline => Where::TIMELINE,
        Place::Detail if state.timeline.list_focused => Where::TIMELINE.or(Where::DETAIL),
        Place::Detail => Where::DETAIL,
        Place::Entities => Where::ENTITIES,
        Place::Profile => Where::PROFILE,
        Place::Sql if state.sql.in_answer => Where::ANSWER,
        Place::Sql => Where::EDITOR,
        Place::Case => Where::CASE,
        Place::Sources => Where::SOURCES,
        Place::Rejects => Where::REJECTS,
    }
}

pub(super) fn in_overlay(state: &mut State, action: Action) -> Vec<Effect> {
    if matches!(&state.overlay, Some(overlay) if overlay.kind == OverlayKind::Filters) {
        return scope::in_filters(state, action);
    }
    if let Some(Overlay { kind: OverlayKind::Pivot(choice), scroll }) = &state.overlay {
        let at = *scroll;
        if action == Action::Choose {
            return choice.get(at).cloned().map_or_else(Vec::new, |(_, named)| entities::open(state, named));
        }
        let moved = super::motion::moved(action, at, choice.len(), 10);
        if let Some(overlay) = &mut state.overlay {
            overlay.scroll = moved;
        }
        if !matches!(
            action,
            Action::Back
                | Action::Quit
                | Action::Help
                | Action::QuitNow
                | Action::Suspend
                | Action::Mouse
                | Action::Palette
        ) {
            return Vec::new();
        }
    }
    let lines = view::overlay_lines(state).len();
    let height = layout::inner_height(layout::overlay(state));
    match action {
        Action::Mouse => return settings::switch_mouse(state),
        Action::Search if is_help(state) => return prompt::open(state, PromptKind::Search, ""),
        Action::Palette => {
            state.overlay = None;
            return prompt::open(state, PromptKind::Command, "");
        }
        Action::Back | Action::Quit | Action::Help => state.overlay = None,
        // What was drawn is opened, as from the list below it.
        Action::Open => {
            state.overlay = None;
            state.home.pane = Pane::List;
            return open(state);
        }
        Action::QuitNow => return vec![Effect::Quit],
        Action::Suspend => return vec![Effect::Suspend],
        _ => {
            if let Some(overlay) = &mut state.overlay {
                overlay.scroll = scrolled(action, overlay.scroll, lines, height);
            }
        }
    }
    Vec::new()
}

pub(super) fn act(state: &mut State, action: Action) -> Vec<Effect> {
    match action {
        Action::Open => open(state),
        Action::Back => back(state),
        Action::Quit => quit(state),
        Action::QuitNow => vec![Effect::Quit],
        Action::Suspend => vec![Effect::Suspend],
        Action::Findings => go(state, vec![Place::Findings]),
        Action::Timeline => open_requests(state, Subject::All),
        Action::Entities => entities::open_list(state),
        Action::Pivot => entities::pivot(state),
        Action::Sort if state.place() == Place::Entities => entities::sort(state),
        Action::Sort => sorting::by_column(state),
        Action::Why => why(state),
        Action::Sql => sql::open(state),
        Action::Case => case::open(state),
        Action::Mark => case::mark(state),
        Action::Annotate => case::annotate(state),
        Action::Export => case::ask_export(state),
        Action::Delete => case::delete(state),
        Action::Run => sql::run(state),
        Action::Editor => {
            state.sql.in_answer = false;
            Vec::new()
        }
        Action::Sources => go(state, vec![Place::Findings, Place::Sources]),
        Action::NextPane => switch_pane(state, true),
        Action::PreviousPane => switch_pane(state, false),
        Action::Help => show(state, OverlayKind::Help),
        Action::Palette => prompt::open(state, PromptKind::Command, ""),
        Action::GoTo => prompt::open(state, PromptKind::Command, "go-to "),
        Action::Zone => settings::next_zone(state),
        Action::Theme => settings::next_theme(state),
        Action::Language => settings::next_language(state),
        Action::Mouse => settings::switch_mouse(state),
        Action::RuleText => rule_text(state),
        Action::Search => prompt::open(state, PromptKind::Search, ""),
        Action::Window => prompt::open(state, PromptKind::Window, ""),
        Action::Filters => show(state, OverlayKind::Filters),
        Action::Keep => scope::by_value(state, false),
        Action::LeaveOut => scope::by_value(state, true),
        Action::Undo => scope::undo(state),
        Action::Redo => scope::redo(state),
        Action::SearchNext => search(state, true, false),
        Action::SearchPrevious => search(state, false, false),
        Action::ZoomIn => zoom(state, 1, 2),
        Action::ZoomOut => zoom(state, 2, 1),
        Action::Earlier => shift(state, -1),
        Action::Later => shift(state, 1),
        Action::WholeRange => set_window(state, None),
        Action::NextFinding => step_finding(state, true),
        Action::PreviousFinding => step_finding(state, false),
        // From the list it opens the request, raw line first.
        Action::Raw if state.place() == Place::Timeline => {
            let effects = open(state);
            state.timeline.raw = state.place() == Place::Detail;
            effects
        }
        Action::Raw => {
            state.timeline.raw = !state.timeline.raw;
            state.timeline.line = Cursor::default();
            Vec::new()
        }
        Action::Copy => copy(state),
        Action::Stop => stop(state),
        _ => step(state, action),
    }
}

/// Stops reading, or what takes long.
pub(super) fn stop(state: &mut State) -> Vec<Effect> {
    if matches!(state.stage, Stage::Opening | Stage::Reading(_)) {
        state.tell(Word::ReadingStops);
        return vec![Effect::StopReading];
    }
    if let Some(generation) = state.give_up_sort() {
        let mut effects = sorting::given_up(state);
        effects.push(Effect::StopSort(generation));
        return effects;
    }
    let (waited, query) = state.give_up();
    if let Some(generation) = query {
        state.sql.ending = true;
        state.tell(Word::QueryEnds);
        return vec![Effect::StopQuery(generation)];
    }
    if waited {
        state.tell(Word::NoLongerWaited);
    } else if matches!(state.stage, Stage::Judging) {
        state.tell(Word::JudgingStopped);
        return vec![Effect::StopJudging];
    } else {
        state.tell(Word::NothingRuns);
    }
    Vec::new()
}

pub(super) fn go(state: &mut State, trail: Vec<Place>) -> Vec<Effect> {
    state.trail = trail;
    state.spots.clear();
    state.profile.path.clear();
    Vec::new()
}

/// Whether the help lies over the screen.
pub(super) fn is_help(state: &State) -> bool {
    matches!(&state.overlay, Some(overlay) if overlay.kind == OverlayKind::Help)
}

pub(super) fn show(state: &mut State, kind: OverlayKind) -> Vec<Effect> {
    state.help.clear();
    state.overlay = Some(Overlay { kind, scroll: 0 });
    Vec::new()
}

fn open(state: &mut State) -> Vec<Effect> {
    match state.place() {
        Place::Findings if state.home.pane == Pane::Coverage => show(state, OverlayKind::Coverage),
        Place::Findings => match subject(state) {
            Subject::All => {
                state.tell(Word::NothingToOpen);
                Vec::new()
            }
            subject => open_requests(state, subject),
        },
        Place::Timeline => {
            let ask = ask_detail(state);
            if ask.is_none() {
                state.tell(Word::NoRequestYet);
                return Vec::new();
            }
            state.trail.push(Place::Detail);
            state.timeline.line = Cursor::default();
            state.timeline.raw = false;
            state.timeline.list_focused = false;
            // The list is narrower now or gone, the cursor stays in sight.
            let at = state.timeline.cursor.at;
            let mut effects = move_to(state, at);
            effects
                .retain(|effect| !matches!(effect, Effect::Ask(ask) if matches!(ask.request, Request::Detail { .. })));
            effects.extend(ask_detail(state));
            effects
        }
        Place::Detail => switch_pane(state, true),
        Place::Entities => {
            if let Some(named) = entities::at_cursor(state) {
                return entities::open(state, named);
            }
            state.tell(Word::NothingUnder);
            Vec::new()
        }
        Place::Profile => entities::follow(state),
        Place::Sql => sql::drill(state),
        Place::Case => case::follow(state),
        Place::Sources => open_rejects(state),
        Place::Rejects => {
            state.tell(Word::RejectsInFull);
            Vec::new()
        }
    }
}

/// The finding under the cursor, drawn.
fn why(state: &mut State) -> Vec<Effect> {
    if matches!(state.home_line(), Some(HomeLine::Finding(_) | HomeLine::Incident(_))) {
        return show(state, OverlayKind::Why);
    }
    state.tell(Word::NoFindingUnder);
    Vec::new()
}

fn open_rejects(state: &mut State) -> Vec<Effect> {
    let at = state.source_list.cursor.at;
    let Some(report) = state.sources.as_ref().and_then(|sources| sources.reports.get(at)) else {
        state.tell(Word::PathNoSource);
        return Vec::new();
    };
    if report.rejects == 0 {
        state.tell(Word::AllRead);
        return Vec::new();
    }
    state.trail.push(Place::Rejects);
    state.source_list.reject_cursor = Cursor::default();
    state.source_list.rejects = crate::engine::answer::Rejects::default();
    ask_rejects(state).into_iter().collect()
}

pub(super) fn back(state: &mut State) -> Vec<Effect> {
    if state.place() == Place::Sql && state.sql.in_answer {
        state.sql.in_answer = false;
        return Vec::new();
    }
    if state.trail.len() > 1 {
        match state.trail.pop() {
            Some(Place::Detail) => {
                state.timeline.list_focused = false;
                let at = state.timeline.cursor.at;
                return move_to(state, at);
            }
            // Requests that were opened from within: what was looked at comes back as it was left.
            Some(Place::Timeline) => {
                if let Some(spot) = state.spots.pop() {
                    let mut effects = scope::come_back(state, spot);
                    effects.extend(now_seen(state));
                    return effects;
                }
            }
            Some(Place::Profile) => {
                state.profile.path.pop();
                if state.place() == Place::Profile {
                    return entities::ask_profile(state);
                }
            }
            _ => {}
        }
        return now_seen(state);
    } else if state.home.pane == Pane::List {
        state.tell(Word::ThisIsHome);
    } else {
        state.home.pane = Pane::List;
        state.home.scroll = 0;
    }
    Vec::new()
}

/// Asks for what came to light, where it is not here or is of another scope.
fn now_seen(state: &mut State) -> Vec<Effect> {
    let listed = state.entities.actors.as_ref().map(|actors| &actors.scope);
    match state.place() {
        Place::Entities
            if state.sources.is_some() && !listed.is_some_and(|listed| listed.holds_as(&state.timeline.scope)) =>
        {
            vec![entities::ask(state)]
        }
        Place::Profile if state.profile.profile.is_none() && !state.profile.nothing => {
            entities::ask_profile_again(state)
        }
        Place::Detail if state.timeline.detail.is_none() => ask_detail(state).into_iter().collect(),
        _ => Vec::new(),
    }
}

fn quit(state: &mut State) -> Vec<Effect> {
    if state.trail.len() > 1 {
        return back(state);
    }
    if state.quit_asked {
        return vec![Effect::Quit];
    }
    state.quit_asked = true;
    state.tell(Word::QuitAsk);
    if state.case.file.is_none() && !state.case.notes.notes.is_empty() {
        state.tell(Word::QuitForgets);
    }
    Vec::new()
}

fn step_finding(state: &mut State, forward: bool) -> Vec<Effect> {
    let is_finding = |line: &HomeLine| matches!(line, HomeLine::Finding(_));
    let lines = &state.home.lines;
    let here = state.home.cursor.at;
    let next = if forward {
        lines.iter().skip(here + 1).position(is_finding).map(|at| here + 1 + at)
    } else {
        lines.iter().take(here).rposition(is_finding)
    };
    let Some(next) = next else {
        state.tell(if forward { Word::LastFinding } else { Word::FirstFinding });
        return Vec::new();
    };
    set_home(state, next);
    let keys = [Action::NextFinding, Action::PreviousFinding].map(|action| state.keymap.key_of(action).to_owned());
    state.tell_of(if forward { Word::TeachNext } else { Word::TeachPrevious }, &[&keys[0], &keys[1]]);
    match (state.place(), state.home_line()) {
        (Place::Timeline | Place::Detail, Some(HomeLine::Finding(at))) => open_requests(state, Subject::Finding(at)),
        _ => Vec::new(),
    }
}

/// The rule of a finding: that under the cursor, or that of the scope.
fn rule_text(state: &mut State) -> Vec<Effect> {
    let Some(findings) = state.findings.clone() else {
        state.tell(Word::RulesNotJudged);
        return Vec::new();
    };
    match subject(state) {
        Subject::Finding(at) if at < findings.cards.len() => {
            show(state, OverlayKind::Rule(findings.cards[at].finding.rule.clone()))
        }
        _ => {
            state.tell(Word::NoFindingUnder);
            Vec::new()
        }
    }
}

fn copy(state: &mut State) -> Vec<Effect> {
    let text = match state.place() {
        Place::Findings => match (state.home_line(), &state.findings) {
            (Some(HomeLine::Finding(at)), Some(findings)) => findings.cards.get(at).map(|card| card.finding.id.clone()),
            (Some(HomeLine::Incident(at)), Some(findings)) => {
                findings.incidents.get(at).map(|incident| incident.id.clone())
            }
            _ => None,
        },
        Place::Timeline => state.row_at_cursor().and_then(|row| row.target.clone()),
        Place::Detail => {
            state.timeline.detail.as_ref().map(|detail| match (&detail.raw, view::field_at_cursor(state)) {
                (Ok(raw), _) if state.timeline.raw => raw.clone(),
                (_, Some(field)) => field.value.clone(),
                _ => detail.place.clone(),
            })
        }
        Place::Sources => {
            let at = state.source_list.cursor.at;
            state.sources.as_ref().and_then(|sources| sources.reports.get(at)).map(|report| report.sha256.clone())
        }
        Place::Entities => entities::at_cursor(state).map(|named| named.value),
        Place::Sql => sql::cell(state),
        Place::Case => case::items(state).get(state.case.cursor.at).map(|item| item.what.clone()),
        Place::Profile => state.profile.path.last().map(|named| named.value.clone()),
        Place::Rejects => None,
    };
    let Some(text) = text else {
        state.tell(Word::NothingToCopy);
        return Vec::new();
    };
    // Control bytes must not come out of a paste either.
    let text = visible(&text).into_owned();
    state.tell_of(Word::Copied, &[&text]);
    vec![Effect::Copy(text)]
}
