//! What each key does where.

use super::super::commands::{Action, Where, command, key_name};
use super::super::layout;
use super::super::state::{Cursor, Effect, HomeLine, Overlay, OverlayKind, Pane, Place, Stage, State};
use super::super::text::{counted, visible};
use super::super::view;
use super::{ask_detail, ask_rejects, list_height, move_to, open_requests, set_window, subject};
use crate::engine::Request;
use crate::engine::answer::Subject;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// The shortest window that zooming goes to, microseconds.
const SHORTEST: i64 = 1_000_000;

/// Applies a key.
pub(super) fn key(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    let name = key_name(key);
    if state.prompt.is_some() && name != "ctrl-c" {
        return type_in(state, key);
    }
    let place = place_bits(state);
    let Some(command) = command(&name, place) else {
        state.quit_asked = false;
        state.message = format!("no key {name} here, ? for help");
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
    if state.overlay.is_some() { Where::OVERLAY } else { place_below(state) }
}

/// The place under the overlay, if there is one.
pub(in crate::tui) fn place_below(state: &State) -> Where {
    match state.place() {
        Place::Findings => Where::FINDINGS,
        Place::Timeline => Where::TIMELINE,
        Place::Detail if state.timeline.list_focused => Where::TIMELINE.or(Where::DETAIL),
        Place::Detail => Where::DETAIL,
        Place::Sources => Where::SOURCES,
        Place::Rejects => Where::REJECTS,
    }
}

fn type_in(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    let Some(prompt) = &mut state.prompt else {
        return Vec::new();
    };
    match key.code {
        KeyCode::Esc => state.prompt = None,
        KeyCode::Backspace if prompt.is_empty() => state.prompt = None,
        KeyCode::Backspace => {
            prompt.pop();
        }
        KeyCode::Enter => {
            state.needle = state.prompt.take().unwrap_or_default();
            return search(state, true, true);
        }
        KeyCode::Char('u') if key.modifiers.contains(KeyModifiers::CONTROL) => prompt.clear(),
        KeyCode::Char(c) if !key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) => prompt.push(c),
        _ => {}
    }
    Vec::new()
}

fn in_overlay(state: &mut State, action: Action) -> Vec<Effect> {
    let lines = view::overlay_lines(state).len();
    let height = layout::inner_height(layout::overlay(state));
    match action {
        Action::Back | Action::Quit | Action::Help => state.overlay = None,
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

fn act(state: &mut State, action: Action) -> Vec<Effect> {
    match action {
        Action::Open => open(state),
        Action::Back => back(state),
        Action::Quit => quit(state),
        Action::QuitNow => vec![Effect::Quit],
        Action::Suspend => vec![Effect::Suspend],
        Action::Findings => go(state, vec![Place::Findings]),
        Action::Timeline => open_requests(state, Subject::All),
        Action::Sources => go(state, vec![Place::Findings, Place::Sources]),
        Action::NextPane => switch_pane(state, true),
        Action::PreviousPane => switch_pane(state, false),
        Action::Help => show(state, OverlayKind::Help),
        Action::RuleText => rule_text(state),
        Action::Search => {
            state.prompt = Some(String::new());
            Vec::new()
        }
        Action::SearchNext => search(state, true, false),
        Action::SearchPrevious => search(state, false, false),
        Action::ZoomIn => zoom(state, 1, 2),
        Action::ZoomOut => zoom(state, 2, 1),
        Action::Earlier => shift(state, -1),
        Action::Later => shift(state, 1),
        Action::WholeRange => set_window(state, None),
        Action::NextFinding => step_finding(state, true),
        Action::PreviousFinding => step_finding(state, false),
        Action::Raw => {
            state.timeline.raw = !state.timeline.raw;
            state.timeline.scroll = 0;
            Vec::new()
        }
        Action::Copy => copy(state),
        Action::Stop => {
            if matches!(state.stage, Stage::Opening | Stage::Reading(_)) {
                state.say("reading stops; what was read is kept, and the sources say that they were cut");
                return vec![Effect::StopReading];
            }
            state.say("nothing is being read");
            Vec::new()
        }
        _ => step(state, action),
    }
}

fn go(state: &mut State, trail: Vec<Place>) -> Vec<Effect> {
    state.trail = trail;
    Vec::new()
}

fn show(state: &mut State, kind: OverlayKind) -> Vec<Effect> {
    state.overlay = Some(Overlay { kind, scroll: 0 });
    Vec::new()
}

/// Where a movement leads in a list.
fn moved(action: Action, at: usize, len: usize, height: usize) -> usize {
    let height = height.max(1);
    let last = len.saturating_sub(1);
    match action {
        Action::Down => at.saturating_add(1),
        Action::Up => at.saturating_sub(1),
        Action::PageDown => at.saturating_add(height),
        Action::PageUp => at.saturating_sub(height),
        Action::HalfDown => at.saturating_add(height.div_ceil(2)),
        Action::HalfUp => at.saturating_sub(height.div_ceil(2)),
        Action::First => 0,
        Action::Last => last,
        _ => at,
    }
    .min(last)
}

/// The first line shown of a text after a movement.
fn scrolled(action: Action, top: usize, lines: usize, height: usize) -> usize {
    let last = lines.saturating_sub(height);
    match action {
        Action::Last => last,
        _ => moved(action, top, last + 1, height),
    }
}

/// A movement in the pane that has the keys.
fn step(state: &mut State, action: Action) -> Vec<Effect> {
    match state.place() {
        Place::Findings => step_home(state, action),
        Place::Timeline => step_rows(state, action),
        Place::Detail if state.timeline.list_focused && layout::is_wide(state) => step_rows(state, action),
        Place::Detail => {
            if let Some(area) = layout::timeline(state).detail {
                let lines = view::detail_lines(state, layout::inner_width(area)).len();
                let height = layout::inner_height(area);
                state.timeline.scroll = scrolled(action, state.timeline.scroll, lines, height);
            }
            Vec::new()
        }
        Place::Sources => {
            let height = layout::list_height(layout::sources(state).0);
            let len = state.source_count();
            let cursor = &mut state.source_list.cursor;
            cursor.set(moved(action, cursor.at, len, height), len, height);
            Vec::new()
        }
        Place::Rejects => {
            let height = layout::list_height(layout::body(state));
            let len = state.source_list.rejects.held;
            let cursor = &mut state.source_list.reject_cursor;
            cursor.set(moved(action, cursor.at, len, height), len, height);
            ask_rejects(state).into_iter().collect()
        }
    }
}

fn step_rows(state: &mut State, action: Action) -> Vec<Effect> {
    let at = moved(action, state.timeline.cursor.at, state.timeline.page.total, list_height(state));
    move_to(state, at)
}

fn step_home(state: &mut State, action: Action) -> Vec<Effect> {
    let areas = layout::home(state);
    if matches!(state.home.pane, Pane::Why | Pane::Who) {
        let area = areas.who.filter(|_| state.home.pane == Pane::Who).unwrap_or(areas.why);
        let lines = view::finding_lines(state, state.home.pane, layout::inner_width(area)).len();
        state.home.scroll = scrolled(action, state.home.scroll, lines, layout::inner_height(area));
        return Vec::new();
    }
    state.home.pane = Pane::List;
    let at = moved(action, state.home.cursor.at, state.home.lines.len(), layout::list_height(areas.list));
    set_home(state, at);
    Vec::new()
}

fn set_home(state: &mut State, at: usize) {
    let height = layout::list_height(layout::home(state).list);
    let len = state.home.lines.len();
    state.home.cursor.set(at, len, height);
    state.home.scroll = 0;
}

fn switch_pane(state: &mut State, forward: bool) -> Vec<Effect> {
    match state.place() {
        Place::Findings if layout::nothing_found(state) => {
            state.home.pane = if state.home.pane == Pane::List { Pane::Coverage } else { Pane::List };
        }
        Place::Findings => {
            let wide = layout::is_wide(state);
            state.home.pane = match (state.home.pane, forward, wide) {
                (Pane::Coverage, true, _) | (Pane::Why, false, _) => Pane::List,
                (Pane::List, true, _) | (Pane::Who, false, true) | (Pane::Coverage, false, false) => Pane::Why,
                (Pane::Why, true, true) | (Pane::Coverage, false, true) => Pane::Who,
                _ => Pane::Coverage,
            };
            state.home.scroll = 0;
        }
        Place::Detail if layout::is_wide(state) => state.timeline.list_focused = !state.timeline.list_focused,
        _ => state.say("there is one list here"),
    }
    Vec::new()
}

fn open(state: &mut State) -> Vec<Effect> {
    match state.place() {
        Place::Findings if state.home.pane == Pane::Coverage => show(state, OverlayKind::Coverage),
        Place::Findings => match subject(state) {
            Subject::All => {
                state.say("nothing to open on this line; 2 shows all requests");
                Vec::new()
            }
            subject => open_requests(state, subject),
        },
        Place::Timeline => {
            let ask = ask_detail(state);
            if ask.is_none() {
                state.say("no request is under the cursor yet");
                return Vec::new();
            }
            state.trail.push(Place::Detail);
            state.timeline.scroll = 0;
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
        Place::Sources => open_rejects(state),
        Place::Rejects => {
            state.say("`breachline parse --rejects FILE` writes every rejected record in full");
            Vec::new()
        }
    }
}

fn open_rejects(state: &mut State) -> Vec<Effect> {
    let at = state.source_list.cursor.at;
    let Some(report) = state.sources.as_ref().and_then(|sources| sources.reports.get(at)) else {
        state.say("this path gave no source");
        return Vec::new();
    };
    if report.rejects == 0 {
        state.say("every record of this source was read");
        return Vec::new();
    }
    state.trail.push(Place::Rejects);
    state.source_list.reject_cursor = Cursor::default();
    state.source_list.rejects = crate::engine::answer::Rejects::default();
    ask_rejects(state).into_iter().collect()
}

fn back(state: &mut State) -> Vec<Effect> {
    if state.trail.len() > 1 {
        let left = state.trail.pop();
        if left == Some(Place::Detail) {
            state.timeline.list_focused = false;
            let at = state.timeline.cursor.at;
            return move_to(state, at);
        }
    } else if state.home.pane == Pane::List {
        state.say("this is home; q quits");
    } else {
        state.home.pane = Pane::List;
        state.home.scroll = 0;
    }
    Vec::new()
}

fn quit(state: &mut State) -> Vec<Effect> {
    if state.trail.len() > 1 {
        return back(state);
    }
    if state.quit_asked {
        return vec![Effect::Quit];
    }
    state.quit_asked = true;
    state.say("quit? q again");
    Vec::new()
}

fn zoom(state: &mut State, times: i64, part: i64) -> Vec<Effect> {
    let Some((from, until)) = shown_window(state) else {
        return no_times(state);
    };
    let middle = state.row_at_cursor().and_then(|row| row.ts).unwrap_or(from + (until - from) / 2);
    let half = ((until - from).saturating_mul(times) / part / 2).max(SHORTEST / 2);
    if let (Some((first, last)), true) = (range(state), times > part)
        && middle.saturating_sub(half) <= first
        && middle.saturating_add(half) > last
    {
        return set_window(state, None);
    }
    set_window(state, Some((middle.saturating_sub(half), middle.saturating_add(half))))
}

fn shift(state: &mut State, direction: i64) -> Vec<Effect> {
    let Some((from, until)) = shown_window(state) else {
        return no_times(state);
    };
    if state.timeline.scope.window.is_none() {
        state.say("the whole time is shown; + zooms in first");
        return Vec::new();
    }
    let by = (until - from) / 2 * direction;
    let (from, until) = (from.saturating_add(by), until.saturating_add(by));
    if let Some((first, last)) = range(state)
        && (until <= first || from > last)
    {
        state.say("there are no requests beyond");
        return Vec::new();
    }
    set_window(state, Some((from, until)))
}

fn no_times(state: &mut State) -> Vec<Effect> {
    state.say("no times to zoom into");
    Vec::new()
}

/// Earliest and latest request of the subject.
fn range(state: &State) -> Option<(i64, i64)> {
    let findings = state.findings.as_ref();
    match state.timeline.scope.subject {
        Subject::All => state.sources.as_ref()?.range,
        Subject::Finding(at) => findings?.cards.get(at).and_then(|card| card.finding.first.zip(card.finding.last)),
        Subject::Incident(at) => findings?.incidents.get(at).and_then(|incident| incident.first.zip(incident.last)),
    }
}

/// The time that the histogram shows.
fn shown_window(state: &State) -> Option<(i64, i64)> {
    let buckets = &state.timeline.buckets;
    state.timeline.scope.window.or_else(|| {
        let until = buckets.from + buckets.step * buckets.counts.len() as i64;
        (buckets.scope == state.timeline.scope && until > buckets.from).then_some((buckets.from, until))
    })
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
        let which = if forward { "last" } else { "first" };
        state.message = format!("this is the {which} finding");
        return Vec::new();
    };
    set_home(state, next);
    state.say(if forward { "} next finding, { previous" } else { "{ previous finding, } next" });
    match (state.place(), state.home_line()) {
        (Place::Timeline | Place::Detail, Some(HomeLine::Finding(at))) => open_requests(state, Subject::Finding(at)),
        _ => Vec::new(),
    }
}

/// The rule of a finding: that under the cursor, or that of the scope.
fn rule_text(state: &mut State) -> Vec<Effect> {
    let Some(findings) = state.findings.clone() else {
        state.say("the rules are not judged yet");
        return Vec::new();
    };
    match subject(state) {
        Subject::Finding(at) if at < findings.cards.len() => {
            show(state, OverlayKind::Rule(findings.cards[at].finding.rule.clone()))
        }
        _ => {
            state.say("no finding is under the cursor");
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
        Place::Detail => state.timeline.detail.as_ref().map(|detail| match (&detail.raw, state.timeline.raw) {
            (Ok(raw), true) => raw.clone(),
            _ => detail.place.clone(),
        }),
        Place::Sources => {
            let at = state.source_list.cursor.at;
            state.sources.as_ref().and_then(|sources| sources.reports.get(at)).map(|report| report.sha256.clone())
        }
        Place::Rejects => None,
    };
    let Some(text) = text else {
        state.say("nothing to copy here");
        return Vec::new();
    };
    // Control bytes must not come out of a paste either.
    let text = visible(&text).into_owned();
    state.message = format!("sent to the terminal's clipboard: {text}");
    vec![Effect::Copy(text)]
}

/// The next place in the list on the screen that has the text searched for.
fn search(state: &mut State, forward: bool, fresh: bool) -> Vec<Effect> {
    if state.needle.is_empty() {
        state.say("nothing to search for; / starts a search");
        return Vec::new();
    }
    let needle = state.needle.clone();
    if matches!(state.place(), Place::Timeline | Place::Detail) {
        let from = state.timeline.cursor.at;
        let scope = state.timeline.scope;
        return vec![state.ask(Request::Search { scope, needle, from, forward })];
    }
    let texts = view::list_texts(state);
    let exact = needle.chars().any(char::is_uppercase);
    let hits: Vec<usize> = (0..texts.len())
        .filter(|&at| texts[at].contains(&needle) || (!exact && texts[at].to_lowercase().contains(&needle)))
        .collect();
    let here = match state.place() {
        Place::Findings => state.home.cursor.at,
        Place::Rejects => state.source_list.reject_cursor.at.saturating_sub(state.source_list.rejects.first),
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
