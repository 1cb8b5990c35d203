//! Everything a key can do, once: the key handler, the footer and the help are made from this table.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// What a command does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // each has its words in COMMANDS
pub enum Action {
    Down,
    Up,
    PageDown,
    PageUp,
    HalfDown,
    HalfUp,
    First,
    Last,
    NextPane,
    PreviousPane,
    Findings,
    Timeline,
    Sources,
    Open,
    Back,
    Quit,
    QuitNow,
    Search,
    SearchNext,
    SearchPrevious,
    ZoomIn,
    ZoomOut,
    Earlier,
    Later,
    WholeRange,
    NextFinding,
    PreviousFinding,
    Left,
    Right,
    Keep,
    LeaveOut,
    Window,
    Entities,
    Pivot,
    Sort,
    Choose,
    Why,
    Sql,
    Case,
    Mark,
    Annotate,
    Export,
    Delete,
    Run,
    Complete,
    HistoryBack,
    HistoryForward,
    InsertScope,
    Editor,
    Filters,
    Undo,
    Redo,
    FilterToggle,
    FilterEdit,
    FilterDelete,
    FilterKeep,
    FilterLeaveOut,
    RuleText,
    Raw,
    Copy,
    Stop,
    Suspend,
    Help,
}

/// Places in which a command works, as bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Where(u16);

impl Where {
    /// The list of findings.
    pub const FINDINGS: Self = Self(1);
    /// Requests over time.
    pub const TIMELINE: Self = Self(2);
    /// One request.
    pub const DETAIL: Self = Self(4);
    /// What was read.
    pub const SOURCES: Self = Self(8);
    /// What could not be read.
    pub const REJECTS: Self = Self(16);
    /// Text over the screen.
    pub const OVERLAY: Self = Self(32);
    /// The filters of the scope.
    pub const FILTERS: Self = Self(64);
    /// A list to choose from.
    pub const CHOICE: Self = Self(128);
    /// Who there is.
    pub const ENTITIES: Self = Self(256);
    /// All about one entity.
    pub const PROFILE: Self = Self(512);
    /// The text of a query: all other keys are typed.
    pub const EDITOR: Self = Self(1024);
    /// The answer to a query.
    pub const ANSWER: Self = Self(2048);
    /// What was marked and written.
    pub const CASE: Self = Self(4096);
    /// What can be marked.
    pub const MARKABLE: Self = Self(1 | 2 | 4 | 256 | 512);
    /// All but what lies over the screen and what is typed in.
    pub const VIEWS: Self = Self(!(32 | 64 | 128 | 1024));
    /// Everywhere but where keys are typed.
    pub const ALL: Self = Self(!1024);
    /// Everywhere but in lists over the screen, which have keys of their own.
    pub const TEXTS: Self = Self(!(64 | 128 | 1024));
    /// Requests, in a list or one.
    pub const REQUESTS: Self = Self(2 | 4);

    /// Either place.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the two have a place in common.
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Command {
    /// What it does.
    pub action: Action,
    /// Its name, for scripts and for keys of one's own.
    pub name: &'static str,
    /// Its keys, as [`key_name`] writes them; the first is the one that is shown.
    pub keys: &'static [&'static str],
    /// Where it works.
    pub place: Where,
    /// In a word or two, for the footer; empty to keep it out of there.
    pub short: &'static str,
    /// In a line, for the help.
    pub long: &'static str,
}

const fn row(
    action: Action,
    name: &'static str,
    keys: &'static [&'static str],
    place: Where,
    short: &'static str,
    long: &'static str,
) -> Command {
    Command { action, name, keys, place, short, long }
}

/// Every command, in the order of the footer and of the help.
pub const COMMANDS: &[Command] = &[
    row(
        Action::Open,
        "open",
        &["enter"],
        Where::VIEWS,
        "open",
        "open what is under the cursor: requests, request, rejects",
    ),
    row(
        Action::Back,
        "back",
        &["esc", "backspace"],
        Where::ALL,
        "back",
        "one level back; the path is in the second line",
    ),
    row(Action::Down, "down", &["j", "down"], Where::ALL, "", "one line down"),
    row(Action::Up, "up", &["k", "up"], Where::ALL, "", "one line up"),
    row(
        Action::Left,
        "left",
        &["h", "left"],
        Where::TIMELINE.or(Where::ENTITIES).or(Where::ANSWER),
        "",
        "the column, or the kind of entity, to the left",
    ),
    row(
        Action::Right,
        "right",
        &["l", "right"],
        Where::TIMELINE.or(Where::ENTITIES).or(Where::ANSWER),
        "column",
        "the column, or the kind of entity, to the right",
    ),
    row(Action::PageDown, "page-down", &["space", "pgdn", "ctrl-f"], Where::TEXTS, "", "one screen down"),
    row(Action::PageUp, "page-up", &["b", "pgup", "ctrl-b"], Where::TEXTS, "", "one screen up"),
    row(Action::HalfDown, "half-page-down", &["ctrl-d"], Where::ALL, "", "half a screen down"),
    row(Action::HalfUp, "half-page-up", &["ctrl-u"], Where::ALL, "", "half a screen up"),
    row(Action::First, "first", &["g", "home"], Where::ALL, "", "the first line"),
    row(Action::Last, "last", &["G", "end"], Where::ALL, "", "the last line"),
    row(Action::NextPane, "next-pane", &["tab"], Where::VIEWS, "pane", "the next pane"),
    row(Action::PreviousPane, "previous-pane", &["shift-tab"], Where::VIEWS, "", "the pane before"),
    row(Action::Keep, "keep", &["f"], Where::REQUESTS, "only", "only requests with the value under the cursor"),
    row(Action::LeaveOut, "leave-out", &["x"], Where::REQUESTS, "not", "no requests with the value under the cursor"),
    row(
        Action::Filters,
        "filters",
        &["F"],
        Where::REQUESTS,
        "filters",
        "the filters of the scope: switch, edit, delete, or type a condition as --where takes it",
    ),
    row(
        Action::Window,
        "window",
        &["t"],
        Where::REQUESTS,
        "time",
        "type a window of time: 02:10..02:40, last 2h, +-10m",
    ),
    row(
        Action::Pivot,
        "pivot",
        &["p"],
        Where::REQUESTS.or(Where::FINDINGS).or(Where::ANSWER),
        "who",
        "all about the address, account, credential, route or object under the cursor, or choose one",
    ),
    row(Action::Sort, "sort", &["S"], Where::ENTITIES, "sort", "sort by the next number"),
    row(Action::Choose, "choose", &["enter", "space"], Where::CHOICE, "open", "take what is under the cursor"),
    row(
        Action::Why,
        "why",
        &["w"],
        Where::FINDINGS,
        "why",
        "why it fired, drawn: values beside bounds and others, ids against time",
    ),
    row(
        Action::Mark,
        "mark",
        &["m"],
        Where::MARKABLE,
        "mark",
        "mark the request, finding or entity under the cursor, or take the mark away",
    ),
    row(
        Action::Annotate,
        "annotate",
        &["a"],
        Where::MARKABLE.or(Where::CASE),
        "note",
        "write a note on it; words with # are labels",
    ),
    row(Action::Delete, "delete", &["d"], Where::CASE, "delete", "delete the mark and its note; asked twice"),
    row(
        Action::Export,
        "export",
        &["e"],
        Where::MARKABLE.or(Where::CASE),
        "export",
        "write findings with their evidence, hashes and your notes into a directory",
    ),
    row(Action::Undo, "undo", &["u"], Where::REQUESTS, "undo", "take the last change of the scope back"),
    row(Action::Redo, "redo", &["U"], Where::REQUESTS, "", "make it again"),
    row(
        Action::FilterToggle,
        "filter-toggle",
        &["space", "enter"],
        Where::FILTERS,
        "on/off",
        "switch the filter off or on",
    ),
    row(Action::FilterEdit, "filter-edit", &["e"], Where::FILTERS, "edit", "write the condition anew"),
    row(
        Action::FilterDelete,
        "filter-delete",
        &["d", "delete"],
        Where::FILTERS,
        "delete",
        "delete the filter (u in the list of requests brings it back)",
    ),
    row(
        Action::FilterKeep,
        "filter-keep",
        &["f", "a"],
        Where::FILTERS,
        "only where",
        "type a condition; requests for which it holds are kept",
    ),
    row(
        Action::FilterLeaveOut,
        "filter-leave-out",
        &["x"],
        Where::FILTERS,
        "not where",
        "type a condition; requests for which it holds are left out",
    ),
    row(Action::ZoomIn, "zoom-in", &["+", "="], Where::TIMELINE, "zoom", "half the time, round the cursor"),
    row(Action::ZoomOut, "zoom-out", &["-"], Where::TIMELINE, "", "twice the time"),
    row(Action::Earlier, "shift-earlier", &["["], Where::TIMELINE, "shift", "half a window earlier"),
    row(Action::Later, "shift-later", &["]"], Where::TIMELINE, "", "half a window later"),
    row(Action::WholeRange, "whole-range", &["0"], Where::TIMELINE, "all", "the whole time"),
    row(Action::Raw, "raw", &["r"], Where::DETAIL, "raw line", "the line as it stands in its source, or the fields"),
    row(
        Action::NextFinding,
        "next-finding",
        &["}"],
        Where::FINDINGS.or(Where::REQUESTS),
        "finding",
        "the next finding",
    ),
    row(
        Action::PreviousFinding,
        "previous-finding",
        &["{"],
        Where::FINDINGS.or(Where::REQUESTS),
        "",
        "the finding before",
    ),
    row(
        Action::RuleText,
        "rule-text",
        &["R"],
        Where::FINDINGS.or(Where::REQUESTS),
        "rule",
        "what the rule checks, why, and what looks alike",
    ),
    row(Action::Search, "search", &["/"], Where::VIEWS, "search", "search in the list; small letters match both cases"),
    row(Action::SearchNext, "search-next", &["n"], Where::VIEWS, "", "the next hit"),
    row(Action::SearchPrevious, "search-previous", &["N"], Where::VIEWS, "", "the hit before"),
    row(
        Action::Copy,
        "copy",
        &["y"],
        Where::FINDINGS.or(Where::REQUESTS).or(Where::SOURCES),
        "copy",
        "copy through the terminal (OSC 52): finding id, path:line, SHA-256",
    ),
    row(
        Action::Findings,
        "findings",
        &["1"],
        Where::VIEWS,
        "",
        "view 1: what was found, and what these logs can speak for",
    ),
    row(Action::Timeline, "timeline", &["2"], Where::VIEWS, "", "view 2: all requests over time"),
    row(
        Action::Entities,
        "entities",
        &["3"],
        Where::VIEWS,
        "",
        "view 3: addresses, accounts, credentials, routes, objects in the scope",
    ),
    row(
        Action::Sql,
        "sql",
        &["4", ";"],
        Where::VIEWS,
        "",
        "view 4: SQL over requests, findings, evidence, routes and actors",
    ),
    row(
        Action::Run,
        "run-query",
        &["F5", "ctrl-r"],
        Where::EDITOR.or(Where::ANSWER),
        "run",
        "run the query; enter does too where it ends with ;",
    ),
    row(
        Action::Complete,
        "complete",
        &["tab"],
        Where::EDITOR,
        "complete",
        "complete the name of a table, column or function",
    ),
    row(Action::HistoryBack, "history-back", &["ctrl-p"], Where::EDITOR, "history", "the query before"),
    row(Action::HistoryForward, "history-forward", &["ctrl-n"], Where::EDITOR, "", "the query after"),
    row(
        Action::InsertScope,
        "insert-scope",
        &["ctrl-s"],
        Where::EDITOR,
        "scope",
        "write the scope's filters and window as a condition",
    ),
    row(Action::Editor, "editor", &["i"], Where::ANSWER, "edit", "back to the text of the query"),
    row(Action::Case, "case", &["5"], Where::VIEWS, "", "view 5: what you marked and wrote, in order of time"),
    row(Action::Sources, "sources", &["6"], Where::VIEWS, "", "view 6: what was read, and what could not be"),
    row(
        Action::Stop,
        "stop",
        &["ctrl-x"],
        Where::VIEWS.or(Where::EDITOR),
        "",
        "stop reading, counting or a query; what is there is kept",
    ),
    row(Action::Help, "help", &["?"], Where::ALL, "help", "this help"),
    row(Action::Quit, "quit", &["q"], Where::ALL, "quit", "back; at home, asked twice, quit"),
    row(Action::QuitNow, "quit-now", &["ctrl-c"], Where::ALL.or(Where::EDITOR), "", "quit at once"),
    row(Action::Suspend, "suspend", &["ctrl-z"], Where::ALL.or(Where::EDITOR), "", "to the shell; `fg` comes back"),
];

/// The command of a key in a place.
pub fn command(key: &str, place: Where) -> Option<&'static Command> {
    COMMANDS.iter().find(|command| command.place.meets(place) && command.keys.contains(&key))
}

/// The name of a key: `j`, `G`, `space`, `enter`, `ctrl-x`, `pgdn`.
pub fn key_name(key: KeyEvent) -> String {
    let name = match key.code {
        KeyCode::Char(' ') => "space".to_owned(),
        KeyCode::Char(c) => c.to_string(),
        KeyCode::Enter => "enter".to_owned(),
        KeyCode::Esc => "esc".to_owned(),
        KeyCode::Backspace => "backspace".to_owned(),
        KeyCode::Tab => "tab".to_owned(),
        KeyCode::BackTab => return "shift-tab".to_owned(),
        KeyCode::Up => "up".to_owned(),
        KeyCode::Down => "down".to_owned(),
        KeyCode::Left => "left".to_owned(),
        KeyCode::Right => "right".to_owned(),
        KeyCode::Home => "home".to_owned(),
        KeyCode::End => "end".to_owned(),
        KeyCode::PageUp => "pgup".to_owned(),
        KeyCode::PageDown => "pgdn".to_owned(),
        KeyCode::Delete => "delete".to_owned(),
        KeyCode::F(number) => format!("F{number}"),
        _ => "that key".to_owned(),
    };
    let held = key.modifiers;
    if held.contains(KeyModifiers::CONTROL) {
        format!("ctrl-{name}")
    } else if held.contains(KeyModifiers::ALT) {
        format!("alt-{name}")
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_means_two_things_in_one_place() {
        for (at, one) in COMMANDS.iter().enumerate() {
            assert!(COMMANDS[..at].iter().all(|other| other.name != one.name), "{} twice", one.name);
            for other in &COMMANDS[..at] {
                let shared = one.keys.iter().find(|key| other.keys.contains(key));
                assert!(
                    shared.is_none() || !one.place.meets(other.place),
                    "{shared:?}: {} and {}",
                    one.name,
                    other.name
                );
            }
        }
    }

    #[test]
    fn keys_are_named_as_the_table_writes_them() {
        let name = |code, held| key_name(KeyEvent::new(code, held));
        assert_eq!(name(KeyCode::Char('G'), KeyModifiers::SHIFT), "G");
        assert_eq!(name(KeyCode::Char('x'), KeyModifiers::CONTROL), "ctrl-x");
        assert_eq!(name(KeyCode::BackTab, KeyModifiers::SHIFT), "shift-tab");
        assert_eq!(command("+", Where::TIMELINE).map(|command| command.action), Some(Action::ZoomIn));
        assert!(command("+", Where::SOURCES).is_none());
    }
}
