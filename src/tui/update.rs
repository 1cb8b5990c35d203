//! What happens, applied to the state: `(state, message) -> effects`, pure.

mod ahead;
mod case;
mod entities;
mod keys;
mod left;
mod motion;
mod mouse;
mod palette;
mod prompt;
mod scope;
mod search;
mod settings;
mod sorting;
mod sql;

#[cfg(test)]
pub(super) use case::exported;
pub(super) use case::{export_words, items as case_items};
pub(super) use entities::{Target, filter_of};
pub(super) use keys::{place_below, place_bits};
pub(super) use left::{Given, take_looks};
pub(super) use palette::meanings;
#[cfg(test)]
pub(super) use sql::answer as sql_answer;

use super::commands::Action;
use super::layout;
use super::state::{Cursor, Effect, HomeLine, Msg, Place, Saved, Seen, Stage, State};
use super::view::{all_requests, nothing_read};
use super::words::Word;
use crate::engine::answer::{Findings, Found, Page, Scope, Subject};
use crate::engine::{Event, Reading, Reply, Request, Slot};

/// Applies a message.
pub fn update(state: &mut State, msg: Msg) -> Vec<Effect> {
    state.case.touched |= matches!(msg, Msg::Key(_) | Msg::Mouse(_) | Msg::Paste(_));
    let mut effects = apply(state, msg);
    effects.extend(left::keep(state));
    effects
}

fn apply(state: &mut State, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Key(key) => keys::key(state, key),
        Msg::Mouse(event) => mouse::mouse(state, event),
        Msg::Saved(Ok(())) => {
            state.case.saved = Saved::Done;
            Vec::new()
        }
        Msg::Saved(Err(why)) => {
            // Told once: every step on would say it again.
            if state.case.saved != Saved::Failed(why.clone()) {
                state.message.clone_from(&why);
            }
            state.case.saved = Saved::Failed(why);
            Vec::new()
        }
        Msg::Notes(path, notes) => case::take_notes(state, path, notes),
        Msg::Paste(text) => prompt::paste(state, &text),
        Msg::Resize(width, height) => resize(state, (width, height)),
        Msg::Engine(event) => {
            let mut effects = engine(state, event);
            effects.extend(ahead::apply(state));
            effects
        }
        Msg::End => vec![Effect::Quit],
    }
}

fn resize(state: &mut State, size: (u16, u16)) -> Vec<Effect> {
    state.size = size;
    // Where there is room for one of the two, the request has it.
    state.timeline.list_focused &= layout::is_wide(state);
    let home = layout::list_height(layout::home(state).list);
    set(&mut state.home.cursor, state.home.lines.len(), home);
    let height = layout::list_height(layout::sources(state).0);
    let sources = state.source_count();
    set(&mut state.source_list.cursor, sources, height);
    match state.place() {
        Place::Timeline | Place::Detail => {
            let height = list_height(state);
            let total = state.timeline.page.total;
            set(&mut state.timeline.cursor, total, height);
            vec![ask_page(state, None), ask_buckets(state)]
        }
        Place::Rejects => ask_rejects(state).into_iter().collect(),
        // The cursor stays where it is, in sight.
        Place::Entities | Place::Profile | Place::Sql | Place::Case => motion::step(state, Action::Help),
        Place::Findings | Place::Sources => Vec::new(),
    }
}

fn set(cursor: &mut Cursor, len: usize, height: usize) {
    cursor.set(cursor.at, len, height);
}

fn engine(state: &mut State, event: Event) -> Vec<Effect> {
    match event {
        Event::Reading(reading) => {
            note_progress(&mut state.seen, &reading);
            state.stage = Stage::Reading(reading);
        }
        Event::Glimpse(glimpse) => state.glimpse = Some(glimpse),
        Event::Ready(sources) => {
            state.glimpse = None;
            state.stage = Stage::Judging;
            state.sources = Some(sources);
            let read = all_requests(state);
            state.tell_of(Word::ReadJudging, &[&read]);
            state.seen = Vec::new();
            let effects = left::come_back(state);
            if !effects.is_empty() {
                return effects;
            }
            let mut effects: Vec<Effect> = case::ask_marked(state).into_iter().collect();
            effects.extend(ask_again(state));
            return effects;
        }
        Event::Hunted(findings) => {
            state.stage = Stage::Idle;
            state.home.lines = home_lines(&findings);
            state.home.cursor = Cursor::default();
            // The cursor starts on something that fired, not on a heading.
            if let Some(at) = state.home.lines.iter().position(|line| *line != HomeLine::Apart) {
                state.home.cursor.at = at;
            }
            state.message = found(state, &findings);
            state.told = Some(findings);
            state.speak(state.lang);
            left::take_home(state);
            // Rows and entities carry the levels of findings from now on.
            let mut effects = left::come_back(state);
            if effects.is_empty() {
                effects = ask_again(state);
            }
            left::tell(state);
            effects.extend(ask_sketch(state));
            return effects;
        }
        Event::Answer { slot, generation, reply } => {
            if state.is_newest(slot, generation) {
                return answer(state, reply);
            }
            if slot == Slot::Query && std::mem::take(&mut state.sql.ending) {
                state.tell(Word::QueryEnded);
            }
        }
        Event::Failed(sentence) => {
            state.message.clone_from(&sentence);
            state.stage = Stage::Failed(sentence);
        }
    }
    Vec::new()
}

/// Asks anew for what is on the screen.
fn ask_again(state: &mut State) -> Vec<Effect> {
    match state.place() {
        Place::Timeline | Place::Detail => vec![ask_rows(state, None), ask_buckets(state)],
        Place::Entities => vec![entities::ask(state)],
        Place::Profile => entities::ask_profile(state),
        Place::Rejects => ask_rejects(state).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// Asks for the pictures of what is under the cursor at home.
fn ask_sketch(state: &mut State) -> Option<Effect> {
    let subject = match state.home_line()? {
        HomeLine::Finding(at) => Subject::Finding(at),
        HomeLine::Incident(at) => Subject::Incident(at),
        HomeLine::Apart => return None,
    };
    let known = state.home.sketch.as_ref().is_some_and(|(of, _)| *of == subject);
    (!known).then(|| state.ask(Request::Sketch { subject }))
}

/// The sentence under the findings once the rules are judged.
fn found(state: &State, findings: &Findings) -> String {
    if let Some(words) = nothing_read(state) {
        return words;
    }
    let judged = state.counted(Word::NRules, findings.coverage.rules_judged);
    let requests = all_requests(state);
    match findings.cards.len() {
        0 => state.fill(Word::FoundNothing, &[&judged, &requests]),
        found => state.fill(Word::FoundSome, &[&state.counted(Word::NFindings, found), &judged, &requests]),
    }
}

/// Incidents with their findings, then findings of none.
fn home_lines(findings: &Findings) -> Vec<HomeLine> {
    let mut lines = Vec::new();
    let mut listed = vec![false; findings.cards.len()];
    for (at, incident) in findings.incidents.iter().enumerate() {
        lines.push(HomeLine::Incident(at));
        for (card, done) in
            findings.cards.iter().zip(&mut listed).enumerate().map(|(n, (card, done))| ((n, card), done))
        {
            let (n, card) = card;
            if !*done && incident.findings.contains(&card.finding.id) {
                *done = true;
                lines.push(HomeLine::Finding(n));
            }
        }
    }
    if !findings.incidents.is_empty() && listed.contains(&false) {
        lines.push(HomeLine::Apart);
    }
    lines.extend(listed.iter().enumerate().filter(|(_, done)| !**done).map(|(n, _)| HomeLine::Finding(n)));
    lines
}

/// Keeps what each source took while reading.
fn note_progress(seen: &mut Vec<Seen>, reading: &Reading) {
    let progress = &reading.progress;
    let now = reading.elapsed.as_secs_f64();
    if seen.last().is_none_or(|last| last.path != progress.source) {
        if let Some(last) = seen.last_mut().filter(|last| last.size > 0) {
            // Blocks are read ahead: what came beyond the source before is of this one.
            last.bytes.1 = last.bytes.0.saturating_add(last.size).min(progress.bytes);
        }
        let (bytes, records, rejects) =
            seen.last().map_or((0, 0, 0), |last| (last.bytes.1, last.records.1, last.rejects.1));
        seen.push(Seen {
            path: progress.source.clone(),
            bytes: (bytes, bytes),
            records: (records, records),
            rejects: (rejects, rejects),
            size: reading.size,
            seconds: (now, now),
        });
    }
    if let Some(last) = seen.last_mut() {
        last.bytes.1 = progress.bytes;
        last.records.1 = progress.records;
        last.rejects.1 = progress.rejects;
        last.seconds.1 = now;
    }
}

fn answer(state: &mut State, reply: Reply) -> Vec<Effect> {
    match reply {
        Reply::Page(page) => return place_page(state, page),
        Reply::Buckets(buckets) => state.timeline.buckets = buckets,
        Reply::Detail(detail) => {
            let row = detail.row;
            state.timeline.detail = Some(detail);
            // Nothing waits for it: it comes to stand beside the values.
            let known = state.timeline.rare.of > 0 && state.timeline.rare.row == row;
            return (!known).then(|| state.ask(Request::Rarity { row })).into_iter().collect();
        }
        Reply::Rarity(rare) => state.timeline.rare = rare,
        Reply::Sort { scope, has_values } => return sorting::take(state, scope, has_values),
        Reply::Rejects(rejects) => state.source_list.rejects = rejects,
        Reply::Search(found) => return go_to(state, &found),
        Reply::Actors(actors) => return entities::take(state, actors),
        Reply::Profile(profile) => entities::take_profile(state, profile),
        Reply::Marked(found) => return case::take_marked(state, found),
        Reply::Export(done) => state.message = done.map_or_else(|why| why, |done| case::exported(state, &done)),
        Reply::Query(queried) => sql::take(state, queried),
        Reply::Sketch(subject, sketch) => state.home.sketch = Some((subject, sketch)),
    }
    Vec::new()
}

fn place_page(state: &mut State, page: Page) -> Vec<Effect> {
    let height = list_height(state);
    let timeline = &mut state.timeline;
    let at = page.at.unwrap_or(timeline.cursor.at);
    timeline.cursor.set(at, page.total, height);
    timeline.page = page;
    let missing = needs_page(state);
    let mut effects: Vec<Effect> = missing.then(|| ask_page(state, None)).into_iter().collect();
    if !missing && state.place() == Place::Detail {
        effects.extend(ask_detail(state));
    }
    effects
}

fn go_to(state: &mut State, found: &Found) -> Vec<Effect> {
    let needle = super::text::visible(&found.needle).into_owned();
    let Some(at) = found.at.filter(|_| found.scope == state.timeline.scope) else {
        state.tell_of(Word::NotInRequests, &[&needle]);
        return Vec::new();
    };
    let hits = state.counted(Word::NHits, found.hits);
    state.tell_of(Word::HitsOf, &[&needle, &hits]);
    move_to(state, at)
}

/// Rows of the list on the screen.
fn list_height(state: &State) -> usize {
    layout::timeline(state).list.map_or(1, layout::list_height).max(1)
}

/// Puts the cursor of the timeline on a position and asks for what that needs.
fn move_to(state: &mut State, at: usize) -> Vec<Effect> {
    let height = list_height(state);
    let total = state.timeline.page.total;
    state.timeline.cursor.set(at, total, height);
    let mut effects = Vec::new();
    if needs_page(state) {
        effects.push(ask_page(state, None));
    }
    if state.place() == Place::Detail {
        state.timeline.line = Cursor::default();
        effects.extend(ask_detail(state));
    }
    effects
}

/// Whether rows on the screen are not in the page.
fn needs_page(state: &State) -> bool {
    let timeline = &state.timeline;
    let page = &timeline.page;
    let last = (timeline.cursor.top + list_height(state)).min(page.total);
    page.scope != timeline.scope || timeline.cursor.top < page.first || last > page.first + page.rows.len()
}

/// Asks for the rows of another scope: they are put into their order first.
fn ask_rows(state: &mut State, keep: Option<u32>) -> Effect {
    if state.timeline.scope.order.is_none() {
        return ask_page(state, keep);
    }
    state.timeline.keep = keep;
    let scope = state.timeline.scope.clone();
    state.ask(Request::Sort { scope })
}

/// Asks for three screens of rows round what is shown.
fn ask_page(state: &mut State, keep: Option<u32>) -> Effect {
    if state.timeline.scope.order.is_some() && state.timeline.wanted.is_none() && state.waits_for(Slot::Sort) {
        // Pages of a list that is being sorted come when it is.
        return ask_rows(state, keep.or(state.timeline.keep));
    }
    let height = list_height(state);
    let scope = state.timeline.scope.clone();
    let first = state.timeline.cursor.top.saturating_sub(height);
    state.ask(Request::Page { scope, first, count: height * 3, keep })
}

fn ask_buckets(state: &mut State) -> Effect {
    let columns = layout::inner_width(layout::timeline(state).histogram);
    let columns = if columns == 0 { layout::inner_width(layout::body(state)) } else { columns };
    let scope = state.timeline.scope.in_time();
    state.ask(Request::Buckets { scope, columns: columns.saturating_sub(super::view::AXIS) })
}

fn ask_detail(state: &mut State) -> Option<Effect> {
    let row = state.row_at_cursor()?.row;
    Some(state.ask(Request::Detail { row }))
}

fn ask_rejects(state: &mut State) -> Option<Effect> {
    let at = state.source_list.cursor.at;
    let source = state.sources.as_ref()?.reports.get(at)?.id;
    let height = layout::list_height(layout::body(state)).max(1);
    let first = state.source_list.reject_cursor.top.saturating_sub(height);
    Some(state.ask(Request::Rejects { source, first, count: height * 3 }))
}

/// Opens the requests of a subject. What was typed to narrow all requests stays; evidence is shown whole.
fn open_requests(state: &mut State, subject: Subject) -> Vec<Effect> {
    keys::go(state, vec![Place::Findings, Place::Timeline]);
    state.timeline.list_focused = false;
    let before = &state.timeline.scope;
    let stays = subject == Subject::All && before.subject == Subject::All;
    let filters = if stays { before.filters.clone() } else { Vec::new() };
    // An order hides nothing: it is the one in which these requests were listed last.
    let last = std::iter::once(before).chain(state.timeline.undo.iter().rev()).find(|scope| scope.subject == subject);
    let order = last.and_then(|scope| scope.order);
    let scope = Scope { subject, window: None, filters, order };
    if scope == *before {
        return scope::look(state, None);
    }
    scope::change(state, scope)
}

/// What the finding or incident under the cursor, or in the scope, is.
fn subject(state: &State) -> Subject {
    if state.place() != Place::Findings {
        return state.timeline.scope.subject;
    }
    match state.home_line() {
        Some(HomeLine::Finding(at)) => Subject::Finding(at),
        Some(HomeLine::Incident(at)) => Subject::Incident(at),
        _ => Subject::All,
    }
}
