//! What the analyst marked and wrote: kept in a file on every change, exported on demand.

use super::super::commands::Action;
use super::super::state::{Cursor, Effect, HomeLine, Place, PromptKind, Saved, State};
use super::super::text::visible;
use super::super::words::Word;
use super::{ask_buckets, ask_page, ask_rows, entities, keys, prompt};
use crate::engine::Request;
use crate::engine::answer::{Exported, Named, Row, Scope, Subject, Wanted};
use crate::notes::{About, Note, Notes, RowPlace};
use crate::render::Micros;

/// What a line of the list is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) enum ItemKind {
    Case,
    Request,
    Finding,
    Entity,
}

impl ItemKind {
    /// As the view says it.
    pub(in crate::tui) const fn word(self) -> Word {
        match self {
            Self::Case => Word::KCase,
            Self::Request => Word::KRequest,
            Self::Finding => Word::KFinding,
            Self::Entity => Word::KEntity,
        }
    }
}

/// A line of the list, in order of time.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::tui) struct Item {
    /// The place of the note.
    pub note: usize,
    /// When it happened, where that is known.
    pub time: Option<i64>,
    /// What it is about.
    pub kind: ItemKind,
    /// In words; from logs, so not safe to draw yet.
    pub what: String,
}

/// Shows the view.
pub(super) fn open(state: &mut State) -> Vec<Effect> {
    keys::go(state, vec![Place::Findings, Place::Case]);
    ask_marked(state).into_iter().collect()
}

/// Asks for the requests that are marked and not here yet.
pub(super) fn ask_marked(state: &mut State) -> Option<Effect> {
    state.sources.as_ref()?;
    let missing = |note: &Note| match &note.about {
        About::Row(place) if !state.case.rows.contains_key(place) => Some(place.clone()),
        _ => None,
    };
    let mut places: Vec<RowPlace> = state.case.notes.notes.iter().filter_map(missing).collect();
    let left = state.case.left_row.iter().chain(state.spots.iter().filter_map(|spot| spot.place.as_ref()));
    places.extend(left.filter(|place| !state.case.rows.contains_key(place)).cloned());
    (!places.is_empty()).then(|| state.ask(Request::Marked { places }))
}

/// Takes requests that are marked, and those that the cursor was on when the view was left.
pub(super) fn take_marked(state: &mut State, found: Vec<(RowPlace, Option<Row>)>) -> Vec<Effect> {
    state.case.rows.extend(found.into_iter().filter_map(|(place, row)| Some((place, row?))));
    let rows = &state.case.rows;
    for spot in state.spots.iter_mut().filter(|spot| spot.row.is_none()) {
        spot.row = spot.place.as_ref().and_then(|place| rows.get(place)).map(|row| row.row);
    }
    match state.case.left_row.take().and_then(|place| rows.get(&place)).map(|row| row.row) {
        Some(row) if state.trail.contains(&Place::Timeline) => vec![ask_rows(state, Some(row))],
        _ => Vec::new(),
    }
}

/// The notes in order of time; what has none comes last.
pub(in crate::tui) fn items(state: &State) -> Vec<Item> {
    let item = |(note, of): (usize, &Note)| {
        let (time, kind, what) = match &of.about {
            About::Case => (None, ItemKind::Case, String::new()),
            About::Row(place) => match state.case.rows.get(place) {
                Some(row) => (row.ts, ItemKind::Request, words(state, row)),
                None => (None, ItemKind::Request, state.fill(Word::UnreadLine, &[&place.line_no.to_string()])),
            },
            About::Finding(id) => {
                let card = state.findings.as_ref().and_then(|all| all.cards.iter().find(|card| card.finding.id == *id));
                match card {
                    Some(card) => {
                        (card.finding.first, ItemKind::Finding, format!("{} {}", card.finding.rule, card.finding.title))
                    }
                    None => (None, ItemKind::Finding, state.fill(Word::UnfoundFinding, &[id])),
                }
            }
            About::Entity { kind, value } => (None, ItemKind::Entity, format!("{kind} {value}")),
        };
        Item { note, time, kind, what }
    };
    let mut items: Vec<Item> = state.case.notes.notes.iter().enumerate().map(item).collect();
    items.sort_by_key(|item| (item.time.is_none(), item.time, item.note));
    items
}

fn words(state: &State, row: &Row) -> String {
    let parts = [row.method.clone(), row.target.clone(), row.status.map(|status| status.to_string())];
    let told = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
    match &row.client {
        Some(client) => state.fill(Word::FromClient, &[&told, &client.value]),
        None => told,
    }
}

/// What a mark would be on here.
fn about_here(state: &State) -> Option<About> {
    let of_entity = |named: Named| About::Entity { kind: named.kind.name().to_owned(), value: named.value };
    match state.place() {
        Place::Findings => match state.home_line()? {
            HomeLine::Finding(at) => Some(About::Finding(state.findings.as_ref()?.cards.get(at)?.finding.id.clone())),
            HomeLine::Incident(_) | HomeLine::Apart => None,
        },
        Place::Timeline | Place::Detail => Some(About::Row(state.row_at_cursor()?.place.clone())),
        Place::Entities => entities::at_cursor(state).map(of_entity),
        Place::Profile => state.profile.path.last().cloned().map(of_entity),
        Place::Case => {
            let items = items(state);
            let item = items.get(state.case.cursor.at)?;
            Some(state.case.notes.notes.get(item.note)?.about.clone())
        }
        _ => None,
    }
}

/// The place of the note about something, which is made where there is none.
fn note_about(state: &mut State, about: About) -> usize {
    if let (About::Row(place), Some(row)) = (&about, state.row_at_cursor().cloned()) {
        state.case.rows.entry(place.clone()).or_insert(row);
    }
    if let Some(at) = state.case.notes.position(&about) {
        return at;
    }
    let at = Micros(state.now).to_string();
    state.case.notes.notes.push(Note { about, text: String::new(), tags: Vec::new(), at, by: None });
    state.case.notes.notes.len() - 1
}

/// Marks what is under the cursor, or takes a mark without words away.
pub(super) fn mark(state: &mut State) -> Vec<Effect> {
    let Some(about) = about_here(state) else {
        state.tell(Word::CannotMark);
        return Vec::new();
    };
    match state.case.notes.position(&about) {
        Some(at) if state.case.notes.notes[at].typed().is_empty() => {
            state.case.notes.notes.remove(at);
            state.tell(Word::Unmarked);
        }
        Some(_) => {
            state.tell(Word::HasNote);
            return Vec::new();
        }
        None => {
            note_about(state, about);
            state.tell(Word::Marked);
        }
    }
    save(state)
}

/// Begins a note on what is under the cursor.
pub(super) fn annotate(state: &mut State) -> Vec<Effect> {
    let Some(about) = about_here(state) else {
        state.tell(Word::CannotNote);
        return Vec::new();
    };
    let known = state.case.notes.position(&about).and_then(|at| state.case.notes.notes.get(at));
    let typed = known.map(Note::typed).unwrap_or_default();
    state.case.noting = Some(about);
    prompt::open(state, PromptKind::Note, &typed)
}

/// Writes a note on what is under the cursor.
pub(super) fn annotate_with(state: &mut State, typed: &str) -> Vec<Effect> {
    let effects = annotate(state);
    if state.prompt.take().is_none() {
        return effects;
    }
    write(state, typed)
}

/// Takes what was typed about what the line was begun for.
pub(super) fn write(state: &mut State, typed: &str) -> Vec<Effect> {
    let Some(about) = state.case.noting.take() else { return Vec::new() };
    let at = note_about(state, about);
    state.case.notes.notes[at].take_typed(typed);
    state.tell(Word::Noted);
    save(state)
}

/// Hands the notes to the file, or asks for one.
fn save(state: &mut State) -> Vec<Effect> {
    if state.case.file.is_none() {
        return prompt::open(state, PromptKind::NotesFile, "breachline-notes.json");
    }
    keep(state)
}

/// Hands the notes to the file, where there is one.
pub(super) fn keep(state: &mut State) -> Vec<Effect> {
    if state.case.file.is_none() {
        return Vec::new();
    }
    state.case.saved = Saved::Pending;
    vec![Effect::Save(Box::new(state.case.notes.clone()))]
}

/// Keeps notes in a file from now on; what it holds already is added.
pub(super) fn keep_in(state: &State, path: &str) -> Result<Vec<Effect>, String> {
    if path.trim().is_empty() {
        return Err(state.word(Word::NameFile).to_owned());
    }
    Ok(vec![Effect::OpenNotes(path.trim().to_owned())])
}

/// Takes notes from a file.
pub(super) fn take_notes(state: &mut State, path: String, notes: Result<Box<Notes>, String>) -> Vec<Effect> {
    match notes {
        Err(error) => {
            state.message = error;
            Vec::new()
        }
        Ok(notes) => {
            state.case.notes.merge(*notes);
            state.tell_of(Word::KeptIn, &[&visible(&path)]);
            state.case.file = Some(path);
            let mut effects = keep(state);
            effects.extend(ask_marked(state));
            effects
        }
    }
}

/// Goes to what the note under the cursor is about.
pub(super) fn follow(state: &mut State) -> Vec<Effect> {
    let Some(about) = about_here(state) else {
        state.tell(Word::MarkFirst);
        return Vec::new();
    };
    match about {
        About::Row(place) => {
            let Some(row) = state.case.rows.get(&place).map(|row| row.row) else {
                state.tell(Word::SourceUnread);
                return Vec::new();
            };
            let _ = entities::nest(state, Scope::default());
            state.timeline.cursor = Cursor::default();
            vec![ask_page(state, Some(row)), ask_buckets(state)]
        }
        About::Finding(id) => {
            let findings = state.findings.as_ref();
            let at = findings.and_then(|all| all.cards.iter().position(|card| card.finding.id == id));
            let Some(at) = at else {
                state.tell(Word::FindingUnfound);
                return Vec::new();
            };
            entities::nest(state, Scope { subject: Subject::Finding(at), ..Scope::default() })
        }
        About::Entity { kind, value } => match kind.parse() {
            Ok(kind) => entities::open(state, Named { kind, value }),
            Err(_) => Vec::new(),
        },
        About::Case => Vec::new(),
    }
}

/// Deletes the note under the cursor; asked twice.
pub(super) fn delete(state: &mut State) -> Vec<Effect> {
    let Some(at) = items(state).get(state.case.cursor.at).map(|item| item.note) else { return Vec::new() };
    if !std::mem::replace(&mut state.case.delete_asked, true) {
        let key = state.keymap.key_of(Action::Delete).to_owned();
        state.tell_of(Word::DeleteAsk, &[&key]);
        return Vec::new();
    }
    state.case.delete_asked = false;
    state.case.notes.notes.remove(at);
    state.tell(Word::Deleted);
    let effects = save(state);
    super::motion::step(state, Action::Help);
    effects
}

/// The findings that an export would hold: those that are marked, or else all.
pub(in crate::tui) fn chosen(state: &State) -> Vec<String> {
    let marked = state.case.notes.notes.iter().filter_map(|note| match &note.about {
        About::Finding(id) => Some(id.clone()),
        _ => None,
    });
    let findings = state.findings.as_ref();
    let known = |id: &String| findings.is_some_and(|all| all.cards.iter().any(|card| card.finding.id == *id));
    marked.filter(known).collect()
}

/// Begins an export.
pub(super) fn ask_export(state: &mut State) -> Vec<Effect> {
    if state.findings.is_none() {
        state.tell(Word::ExportLater);
        return Vec::new();
    }
    prompt::open(state, PromptKind::Export, "evidence")
}

/// Exports into a directory.
pub(super) fn export(state: &mut State, directory: &str) -> Result<Vec<Effect>, String> {
    let directory = directory.trim();
    if directory.is_empty() {
        return Err(state.word(Word::NameDirectory).to_owned());
    }
    let notes = state.case.notes.notes.clone();
    let wanted = Wanted { directory: directory.to_owned(), findings: chosen(state), notes, at: state.now };
    state.tell_of(Word::Writing, &[&visible(directory)]);
    Ok(vec![state.ask(Request::Export { wanted: Box::new(wanted) })])
}

/// What was exported, in words.
pub(in crate::tui) fn exported(state: &State, done: &Exported) -> String {
    let findings = state.counted(Word::NFindings, done.findings);
    let rows = state.counted(Word::NRows, done.rows);
    let notes = state.counted(Word::NNotes, done.notes);
    state.fill(Word::Exported, &[&visible(&done.directory), &findings, &rows, &notes, &done.root])
}

/// What an export would hold, in words.
pub(in crate::tui) fn export_words(state: &State) -> String {
    let all = state.findings.as_ref().map_or(0, |findings| findings.cards.len());
    let findings = match chosen(state).len() {
        0 => state.fill(Word::ExportAll, &[&state.counted(Word::NFindings, all)]),
        some => state.fill(Word::ExportSome, &[&some.to_string(), &state.counted(Word::NFindings, all)]),
    };
    format!("{findings}, {}", state.counted(Word::NNotes, state.case.notes.notes.len()))
}
