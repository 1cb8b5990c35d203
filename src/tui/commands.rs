//! Everything that can be done, once: keys, footer, help, palette, manual page and README are made from this table.

mod keymap;
mod palette;
mod table;

pub use keymap::{Keymap, key_name};
pub use palette::{Offer, offers};
pub use table::COMMANDS;

use crate::words::Lang;

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
    Leave,
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
    Palette,
    GoTo,
    Zone,
    Theme,
    Language,
    Mouse,
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
    /// The help, a text over the screen that can be searched.
    pub const HELP: Self = Self(8192);
    /// A finding, drawn: a text over the screen that leads to its requests.
    pub const DRAWN: Self = Self(16384);
    /// What can be marked.
    pub const MARKABLE: Self = Self(1 | 2 | 4 | 256 | 512);
    /// All but what lies over the screen and what is typed in.
    pub const VIEWS: Self = Self(!(32 | 64 | 128 | 1024 | 8192 | 16384));
    /// Everywhere but where keys are typed.
    pub const ALL: Self = Self(!1024);
    /// Everywhere but in lists over the screen, which have keys of their own.
    pub const TEXTS: Self = Self(!(64 | 128 | 1024));
    /// Requests, in a list or one.
    pub const REQUESTS: Self = Self(2 | 4);
    /// Lists with columns, or kinds, to go through.
    pub const COLUMNS: Self = Self(2 | 256 | 2048);
    /// Lists with numbered rows.
    pub const LISTS: Self = Self(1 | 2 | 8 | 16 | 256 | 2048 | 4096);
    /// What can be copied.
    pub const COPYABLE: Self = Self(1 | 2 | 4 | 8 | 256 | 512 | 2048 | 4096);

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
    pub short: [&'static str; 2],
    /// In a line, for the help.
    pub long: [&'static str; 2],
    /// What may follow its name in the palette.
    pub takes: Option<Takes>,
}

/// What may follow a command's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // each has its word in `placeholder`
pub enum Takes {
    Row,
    Window,
    Condition,
    Text,
    Zone,
    Theme,
    Language,
    Directory,
    Query,
    Entity,
    Order,
}

impl Takes {
    /// How it is written in lists of commands.
    pub const fn placeholder(self) -> &'static str {
        match self {
            Self::Row => "ROW",
            Self::Window => "T..T",
            Self::Condition => "CONDITION",
            Self::Text => "TEXT",
            Self::Zone => "ZONE",
            Self::Theme => "dark|light|mono",
            Self::Language => "en|ko",
            Self::Directory => "DIR",
            Self::Query => "SELECT",
            Self::Entity => "KIND VALUE",
            Self::Order => "COLUMN [desc]",
        }
    }
}

/// The table as it stands in the manual page and in README: keys, name, what it does.
pub fn listed(lang: Lang) -> Vec<[String; 3]> {
    let row = |command: &Command| {
        let takes = command.takes.map_or_else(String::new, |takes| format!(" {}", takes.placeholder()));
        [command.keys.join(" "), format!(":{}{takes}", command.name), lang.of(command.long).to_owned()]
    };
    COMMANDS.iter().map(row).collect()
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
    fn a_key_and_its_capital_are_opposites() {
        // One value and the list of them is the one pair that is no opposite; the table of keys to build from has it.
        let pairs = [("g", "G"), ("n", "N"), ("u", "U"), ("f", "F")];
        let keys: Vec<&str> = COMMANDS.iter().flat_map(|command| command.keys).copied().collect();
        for small in keys.iter().filter(|key| key.len() == 1 && key.chars().all(|c| c.is_ascii_lowercase())) {
            let capital = small.to_uppercase();
            assert!(
                !keys.contains(&capital.as_str()) || pairs.contains(&(*small, capital.as_str())),
                "{small} and {capital}"
            );
        }
    }

    #[test]
    fn every_command_is_told_in_both_languages() {
        for command in COMMANDS {
            crate::words::check(command.name, command.long[0], command.long[1]);
            assert_eq!(command.short[0].is_empty(), command.short[1].is_empty(), "{}", command.name);
        }
    }
}
