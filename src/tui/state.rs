//! All that the screen depends on, and what can happen to it.

use super::columns::ListColumn;
use super::commands::{COMMANDS, Keymap};
use super::input::Input;
use super::text::Clock;
use super::theme::{Palette, Theme};
use super::words::Word;
use crate::engine::answer::{
    Actors, Buckets, Detail, Findings, Named, Order, Page, Profile, Queried, Rare, Rejects, Row, Scope, Sketch,
    Sorting, Sources, Subject,
};
use crate::engine::{Ask, Event, Glimpse, Reading, Request, Slot};
use crate::notes::{About, Notes, RowPlace};
use crate::words::Lang;
use breachline_queries::indicators::Kind;
use chrono_tz::Tz;
use crossterm::event::{KeyEvent, MouseEvent};
use ratatui_textarea::TextArea;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What happens.
#[derive(Clone, Debug)]
pub enum Msg {
    /// A key was pressed.
    Key(KeyEvent),
    /// The mouse moved, or one of its buttons or wheels.
    Mouse(MouseEvent),
    /// A text was pasted.
    Paste(String),
    /// The notes were written, or why not.
    Saved(Result<(), String>),
    /// What the file of that name holds, or why it cannot be read.
    Notes(String, Result<Box<Notes>, String>),
    /// The screen is this many columns and rows now.
    Resize(u16, u16),
    /// The engine has something to tell.
    Engine(Event),
    /// The operating system or a closed terminal ends the program.
    End,
}

/// What is to be done outside of the state.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Ask the engine.
    Ask(Ask),
    /// End sorting up to that request.
    StopSort(u64),
    /// Stop reading.
    StopReading,
    /// Stop judging rules.
    StopJudging,
    /// End queries up to that request.
    StopQuery(u64),
    /// Hand this text to the terminal's clipboard.
    Copy(String),
    /// Write the notes into their file.
    Save(Box<Notes>),
    /// The same when nothing more is pressed for a moment: only the view moved.
    SaveSoon(Box<Notes>),
    /// Read notes from a file and keep them there from now on.
    OpenNotes(String),
    /// Take the mouse from the terminal, or leave it to it.
    Mouse(bool),
    /// Give the terminal back until `fg`.
    Suspend,
    /// Leave.
    Quit,
}

/// How far the engine is.
#[derive(Clone, Debug, Default)]
pub enum Stage {
    /// Nothing is open yet.
    #[default]
    Opening,
    /// Sources are being read.
    Reading(Reading),
    /// Requests can be looked at, rules are being judged.
    Judging,
    /// All is done.
    Idle,
    /// Work ended with an error.
    Failed(String),
}

/// A level of the breadcrumb.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Home.
    Findings,
    /// The requests of the scope.
    Timeline,
    /// The request under the cursor.
    Detail,
    /// Who there is.
    Entities,
    /// All about one entity.
    Profile,
    /// SQL.
    Sql,
    /// What was marked and written.
    Case,
    /// What was read.
    Sources,
    /// Rejects of a source.
    Rejects,
}

/// A pane of the home view.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pane {
    /// What the logs can speak for.
    Coverage,
    /// Incidents and findings.
    #[default]
    List,
    /// Why it fired.
    Why,
    /// Who and what is involved (wide screens).
    Who,
}

/// A line of the list at home.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HomeLine {
    /// An incident, by position.
    Incident(usize),
    /// A finding, by position.
    Finding(usize),
    /// The heading over findings of no incident.
    Apart,
}

/// A cursor in a list, and the first line shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// The line under the cursor.
    pub at: usize,
    /// The first line on the screen.
    pub top: usize,
}

impl Cursor {
    /// Puts the cursor on a line and scrolls so that it can be seen.
    pub fn set(&mut self, at: usize, len: usize, height: usize) {
        self.at = at.min(len.saturating_sub(1));
        let height = height.max(1);
        self.top = self.top.min(len.saturating_sub(height)).clamp(self.at.saturating_sub(height - 1), self.at);
    }
}

/// The home view.
#[derive(Clone, Debug, Default)]
pub struct Home {
    /// Lines of the list.
    pub lines: Vec<HomeLine>,
    /// Where the cursor is.
    pub cursor: Cursor,
    /// The pane that keys go to.
    pub pane: Pane,
    /// First line shown of the finding's text.
    pub scroll: usize,
    /// Pictures of the evidence under the cursor.
    pub sketch: Option<(Subject, Sketch)>,
}

/// Who there is.
#[derive(Clone, Debug, Default)]
pub struct Entities {
    /// Which kind is listed, by position in [`Entities::KINDS`].
    pub kind: usize,
    /// What the list is sorted by.
    pub order: Order,
    /// A text that values must contain.
    pub needle: String,
    /// Where the cursor is.
    pub cursor: Cursor,
    /// The stretch that came last.
    pub actors: Option<Actors>,
}

impl Entities {
    /// The kinds that can be listed.
    pub const KINDS: [Kind; 10] = [
        Kind::Ip,
        Kind::Principal,
        Kind::Credential,
        Kind::ClientApp,
        Kind::Session,
        Kind::UserAgent,
        Kind::Route,
        Kind::Object,
        Kind::Host,
        Kind::TlsFingerprint,
    ];

    /// The kind that is listed.
    pub fn kind(&self) -> Kind {
        Self::KINDS.get(self.kind).copied().unwrap_or(Kind::Ip)
    }
}

/// All about one entity.
#[derive(Clone, Debug, Default)]
pub struct ProfileView {
    /// Those opened one from the other, one a place of the trail; the last one is shown.
    pub path: Vec<Named>,
    /// What is known of the last one, once it came.
    pub profile: Option<Box<Profile>>,
    /// Whether there is nothing to tell of it.
    pub nothing: bool,
    /// The line under the cursor.
    pub cursor: Cursor,
}

/// SQL, its text and its answer.
#[derive(Clone, Debug, Default)]
pub struct SqlView {
    /// The text.
    pub editor: TextArea<'static>,
    /// Whether keys go to the answer.
    pub in_answer: bool,
    /// Queries that ran, oldest first.
    pub history: Vec<String>,
    /// The place in the history that is shown; its length for a new text.
    pub at: usize,
    /// Names that can stand at the cursor, after a completion that is not clear.
    pub names: Vec<String>,
    /// The answer that came last.
    pub queried: Option<Box<Queried>>,
    /// Where the cursor is in its rows.
    pub cursor: Cursor,
    /// The column under the cursor.
    pub column: usize,
    /// Whether a query that was given up is still being ended.
    pub ending: bool,
}

impl SqlView {
    /// The text.
    pub fn text(&self) -> String {
        self.editor.lines().join("\n")
    }
}

/// Whether the notes are in their file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Saved {
    /// All of them.
    #[default]
    Done,
    /// They are being written.
    Pending,
    /// They could not be written.
    Failed(String),
}

/// What was marked and written.
#[derive(Clone, Debug, Default)]
pub struct CaseView {
    /// The notes.
    pub notes: Notes,
    /// The file that they are kept in.
    pub file: Option<String>,
    /// Whether they are.
    pub saved: Saved,
    /// Why they cannot be kept where they were read from.
    pub kept_from: Option<String>,
    /// Marked requests, as far as they are here.
    pub rows: BTreeMap<RowPlace, Row>,
    /// What the note being typed is about.
    pub noting: Option<About>,
    /// Where the cursor is.
    pub cursor: Cursor,
    /// Whether a deletion was asked for just now.
    pub delete_asked: bool,
    /// Whether the view is where it was left, as far as it can be, or somebody went elsewhere.
    pub returned: bool,
    /// Whether a key was pressed or the mouse used: merely opening changes no file.
    pub touched: bool,
    /// The request that the cursor was on.
    pub left_row: Option<RowPlace>,
}

impl CaseView {
    /// Whether something is marked.
    pub fn is_marked(&self, about: &About) -> bool {
        self.notes.position(about).is_some()
    }
}

/// How things are to look, as far as that was chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Chosen {
    /// Colours.
    pub theme: Option<Palette>,
    /// The zone of times.
    pub zone: Option<Tz>,
    /// The language.
    pub lang: Option<Lang>,
}

/// Where requests were left for others, one level down.
#[derive(Clone, Debug, Default)]
pub struct Spot {
    /// Which requests were shown.
    pub scope: Scope,
    /// The request under the cursor.
    pub row: Option<u32>,
    /// Where it stands in its source.
    pub place: Option<RowPlace>,
    /// Its position.
    pub at: usize,
    /// Scopes to go back to from there, newest last.
    pub undo: Vec<Scope>,
    /// Scopes that were gone back from, newest last.
    pub redo: Vec<Scope>,
}

/// Requests over time.
#[derive(Clone, Debug, Default)]
pub struct Timeline {
    /// Which requests.
    pub scope: Scope,
    /// Where the cursor is, as a position in the scope.
    pub cursor: Cursor,
    /// The rows that came last; of another scope while an answer is under way.
    pub page: Page,
    /// Counts over time.
    pub buckets: Buckets,
    /// The column under the cursor.
    pub column: ListColumn,
    /// Scopes to go back to, newest last.
    pub undo: Vec<Scope>,
    /// Scopes that were gone back from, newest last.
    pub redo: Vec<Scope>,
    /// The order that is being made; the list stays usable in the one that it has.
    pub wanted: Option<Sorting>,
    /// The request to put the cursor on once the list is in its order.
    pub keep: Option<u32>,
    /// The request that was opened last.
    pub detail: Option<Box<Detail>>,
    /// How often its values occur, or those of one before it.
    pub rare: Rare,
    /// The line of it under the cursor.
    pub line: Cursor,
    /// Whether keys go to the list although a request is open beside it.
    pub list_focused: bool,
    /// Whether the raw line alone is shown.
    pub raw: bool,
}

/// What was read.
#[derive(Clone, Debug, Default)]
pub struct SourceList {
    /// Where the cursor is.
    pub cursor: Cursor,
    /// Where the cursor is among rejects.
    pub reject_cursor: Cursor,
    /// The rejects that came last.
    pub rejects: Rejects,
}

/// A source while it is being read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Seen {
    /// Its path.
    pub path: String,
    /// Bytes read before it and by now.
    pub bytes: (u64, u64),
    /// Records read before it and by now.
    pub records: (u64, u64),
    /// Records that could not be read, likewise.
    pub rejects: (u64, u64),
    /// Its bytes as stored; 0 where nobody knows.
    pub size: u64,
    /// Seconds since the start at which it began, and by now.
    pub seconds: (f64, f64),
}

/// What is being typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PromptKind {
    /// Something to search for.
    Search,
    /// A command, a row, a window or a condition.
    Command,
    /// A window of time.
    Window,
    /// A note on something.
    Note,
    /// The file that notes are kept in.
    NotesFile,
    /// The directory that evidence is written into.
    Export,
    /// A condition: a new one, or another text for the one at that place.
    Filter {
        /// Whether it leaves out.
        out: bool,
        /// The place of the filter that is edited.
        edit: Option<usize>,
    },
}

/// A line being typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// What for.
    pub kind: PromptKind,
    /// The line.
    pub input: Input,
    /// What is wrong with it, with a caret under the place; the line is kept.
    pub error: Option<String>,
    /// Names that can stand at the cursor, after a completion that is not clear.
    pub names: Vec<String>,
    /// Which of its meanings is chosen, where it has several.
    pub at: usize,
}

/// Text over the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OverlayKind {
    /// The commands.
    Help,
    /// The filters of the scope, with a cursor.
    Filters,
    /// Entities to choose from, with a cursor.
    Pivot(Vec<(String, Named)>),
    /// Why the finding under the cursor fired, drawn.
    Why,
    /// What the logs can speak for, in full.
    Coverage,
    /// The words of a rule, by id.
    Rule(String),
}

/// Text over the screen, scrolled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overlay {
    /// Which text.
    pub kind: OverlayKind,
    /// First line shown; in a list, the line under the cursor.
    pub scroll: usize,
}

/// All that the screen depends on.
#[derive(Clone, Debug)]
pub struct State {
    /// Columns and rows of the screen.
    pub size: (u16, u16),
    /// Colours and signs.
    pub theme: Theme,
    /// How times are shown.
    pub clock: Clock,
    /// Zones that a key goes through.
    pub zones: Vec<Tz>,
    /// The zone of this machine, where it is known.
    pub local: Option<Tz>,
    /// The language of all that is neither data nor a rule's.
    pub lang: Lang,
    /// Which key is which command.
    pub keymap: Keymap,
    /// Whether the mouse is ours.
    pub mouse: bool,
    /// The bars of the histogram that are being dragged over: the first one and the last one so far.
    pub drag: Option<(usize, usize)>,
    /// How far the engine is.
    pub stage: Stage,
    /// Sources begun, while reading.
    pub seen: Vec<Seen>,
    /// What came so far, while reading.
    pub glimpse: Option<Box<Glimpse>>,
    /// What was read, once it is.
    pub sources: Option<Arc<Sources>>,
    /// What was found, once the rules are judged.
    pub findings: Option<Arc<Findings>>,
    /// The same as it came, in both languages.
    pub told: Option<Arc<Findings>>,
    /// The path from home; the last one is shown. Never empty.
    pub trail: Vec<Place>,
    /// The home view.
    pub home: Home,
    /// Requests over time.
    pub timeline: Timeline,
    /// What was looked at below each list of requests that was opened from a place within, innermost last.
    pub spots: Vec<Spot>,
    /// Who there is.
    pub entities: Entities,
    /// All about one entity.
    pub profile: ProfileView,
    /// SQL.
    pub sql: SqlView,
    /// What was marked and written.
    pub case: CaseView,
    /// What was chosen in the view, to be kept; what the command line gives is not.
    pub chosen: Chosen,
    /// Microseconds UTC by the clock, when the last message came.
    pub now: i64,
    /// What was read.
    pub source_list: SourceList,
    /// Text over the screen, if any.
    pub overlay: Option<Overlay>,
    /// The line being typed, if any.
    pub prompt: Option<Prompt>,
    /// What commands in the help must contain.
    pub help: String,
    /// The search that `n` repeats.
    pub needle: String,
    /// The line above the footer.
    pub message: String,
    /// Whether `q` was pressed at home just now.
    pub quit_asked: bool,
    /// Keys that wait for a list.
    pub ahead: Vec<KeyEvent>,
    generations: [u64; Slot::COUNT],
    answered: [u64; Slot::COUNT],
}

impl State {
    /// The state before anything is open.
    pub fn new(size: (u16, u16), theme: Theme, clock: Clock) -> Self {
        Self {
            size,
            theme,
            clock,
            zones: vec![Tz::UTC],
            local: None,
            lang: Lang::En,
            keymap: Keymap::default(),
            mouse: false,
            drag: None,
            stage: Stage::default(),
            seen: Vec::new(),
            glimpse: None,
            sources: None,
            findings: None,
            told: None,
            trail: vec![Place::Findings],
            home: Home::default(),
            timeline: Timeline::default(),
            spots: Vec::new(),
            entities: Entities::default(),
            profile: ProfileView::default(),
            sql: SqlView::default(),
            case: CaseView::default(),
            chosen: Chosen::default(),
            now: 0,
            source_list: SourceList::default(),
            overlay: None,
            prompt: None,
            help: String::new(),
            needle: String::new(),
            message: String::new(),
            quit_asked: false,
            ahead: Vec::new(),
            generations: [0; Slot::COUNT],
            answered: [0; Slot::COUNT],
        }
    }

    /// Sets the line above the footer.
    pub fn say(&mut self, words: &str) {
        words.clone_into(&mut self.message);
    }

    /// The same with a word of the table.
    pub fn tell(&mut self, word: Word) {
        self.message = self.fill(word, &[]);
    }

    /// The same with a sentence of the table, filled in.
    pub fn tell_of(&mut self, word: Word, values: &[&str]) {
        self.message = self.fill(word, values);
    }

    /// A word in the language of the view, one that names no key.
    pub fn word(&self, word: Word) -> &'static str {
        let text = word.text(self.lang);
        debug_assert!(!text.contains('{'), "{word:?} is to be filled in");
        text
    }

    /// A sentence in the language of the view, filled in; commands in braces become their keys.
    pub fn fill(&self, word: Word, values: &[&str]) -> String {
        let key = |name: &str| {
            let command = COMMANDS.iter().find(|command| command.name == name)?;
            Some(self.keymap.first(command))
        };
        crate::words::fill_with(word.text(self.lang), values, &key)
    }

    /// A number and what is counted.
    pub fn counted(&self, word: Word, number: usize) -> String {
        word.counted(self.lang, number)
    }

    /// What is shown.
    pub fn place(&self) -> Place {
        self.trail.last().copied().unwrap_or(Place::Findings)
    }

    /// Numbers a request: answers to older ones of its slot are dropped from now on.
    pub fn ask(&mut self, request: Request) -> Effect {
        let generation = &mut self.generations[request.slot() as usize];
        *generation += 1;
        Effect::Ask(Ask { generation: *generation, request })
    }

    /// Notes an answer; gives whether it is to the newest request of its slot.
    pub fn is_newest(&mut self, slot: Slot, generation: u64) -> bool {
        let newest = self.generations[slot as usize] == generation;
        if newest {
            self.answered[slot as usize] = generation;
        }
        newest
    }

    /// Whether an answer of a slot is waited for.
    pub fn waits_for(&self, slot: Slot) -> bool {
        self.generations[slot as usize] != self.answered[slot as usize]
    }

    /// Says everything in a language from now on.
    pub fn speak(&mut self, lang: Lang) {
        self.lang = lang;
        self.findings = self.told.as_ref().map(|told| match (lang, &told.korean) {
            (Lang::Ko, Some(korean)) => Arc::clone(korean),
            _ => Arc::clone(told),
        });
    }

    /// Waits no longer for a list to be sorted; gives the number of the request, if one is under way.
    pub fn give_up_sort(&mut self) -> Option<u64> {
        let slot = Slot::Sort as usize;
        let asked = self.waits_for(Slot::Sort).then(|| self.generations[slot])?;
        self.generations[slot] += 1;
        self.answered[slot] = self.generations[slot];
        Some(asked)
    }

    /// Waits no longer for long answers; gives whether one was waited for, and the number of a query that was.
    pub fn give_up(&mut self) -> (bool, Option<u64>) {
        let long = [Slot::Actors, Slot::Profile, Slot::Sketch, Slot::Query];
        let query = self.waits_for(Slot::Query).then(|| self.generations[Slot::Query as usize]);
        let waited = long.iter().any(|&slot| self.waits_for(slot));
        for slot in long {
            // What was numbered higher than any request is answered by none.
            self.generations[slot as usize] += 1;
            self.answered[slot as usize] = self.generations[slot as usize];
        }
        (waited, query)
    }

    /// The line under the cursor at home.
    pub fn home_line(&self) -> Option<HomeLine> {
        self.home.lines.get(self.home.cursor.at).copied()
    }

    /// How many lines the list of sources has.
    pub fn source_count(&self) -> usize {
        match &self.sources {
            Some(sources) => sources.reports.len() + sources.problems.len(),
            None => self.seen.len(),
        }
    }

    /// The row under the cursor of the timeline, if it is here.
    pub fn row_at_cursor(&self) -> Option<&crate::engine::answer::Row> {
        let timeline = &self.timeline;
        let at = timeline.cursor.at.checked_sub(timeline.page.first)?;
        timeline.page.rows.get(at).filter(|_| timeline.page.scope == timeline.scope)
    }
}
