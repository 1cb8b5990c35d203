//! Colours and signs. Only the sixteen names of a terminal's own palette, so that the user's contrast wins.

use super::words::Word;
use breachline_queries::finding::Level;
use ratatui::style::{Color, Modifier, Style};
use ratatui::symbols::border;

/// Which colours to use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Palette {
    /// For light text on a dark ground.
    #[default]
    Dark,
    /// For dark text on a light ground.
    Light,
    /// No colour: bold, reverse and underline only.
    Mono,
}

impl Palette {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Dark, Self::Light, Self::Mono];

    /// Its name, as it is typed.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
            Self::Mono => "mono",
        }
    }
}

/// How things look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Theme {
    /// Colours.
    pub palette: Palette,
    /// Only ASCII signs.
    pub ascii: bool,
}

const ASCII: border::Set<'static> = border::Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};

const ASCII_FOCUS: border::Set<'static> =
    border::Set { vertical_left: "#", vertical_right: "#", horizontal_top: "=", horizontal_bottom: "=", ..ASCII };

impl Theme {
    const fn colour(self, dark: Color, light: Color) -> Style {
        match self.palette {
            Palette::Dark => Style::new().fg(dark),
            Palette::Light => Style::new().fg(light),
            Palette::Mono => Style::new(),
        }
    }

    /// A level; the word stands beside the colour, always.
    pub const fn level(self, level: Level) -> Style {
        match level {
            Level::Critical => self.colour(Color::LightRed, Color::Red).add_modifier(Modifier::BOLD),
            Level::High => self.colour(Color::LightYellow, Color::Magenta).add_modifier(Modifier::BOLD),
            Level::Medium => self.colour(Color::LightCyan, Color::Blue),
            Level::Low | Level::Informational => self.dim(),
        }
    }

    /// Labels and what is of less interest.
    pub const fn dim(self) -> Style {
        self.colour(Color::DarkGray, Color::DarkGray)
    }

    /// Headings.
    pub const fn heading(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// What needs attention.
    pub const fn warning(self) -> Style {
        self.colour(Color::LightYellow, Color::Magenta).add_modifier(Modifier::BOLD)
    }

    /// The row under the cursor.
    pub const fn cursor(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    /// The column under the cursor.
    pub const fn column(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD).add_modifier(Modifier::UNDERLINED)
    }

    /// Bars of a histogram.
    pub const fn bar(self) -> Style {
        self.colour(Color::Cyan, Color::Blue)
    }

    /// The border of a pane.
    pub const fn border(self, focused: bool) -> border::Set<'static> {
        match (self.ascii, focused) {
            (false, false) => border::PLAIN,
            (false, true) => border::THICK,
            (true, false) => ASCII,
            (true, true) => ASCII_FOCUS,
        }
    }

    /// What stands in for text that was cut.
    pub const fn ellipsis(self) -> &'static str {
        if self.ascii { "~" } else { "…" }
    }

    /// Which way a list is sorted by a column.
    pub const fn order(self, down: bool) -> &'static str {
        match (self.ascii, down) {
            (false, false) => "▲",
            (false, true) => "▼",
            (true, false) => "^",
            (true, true) => "v",
        }
    }

    /// The line between two parts of the top line.
    pub const fn divider(self) -> &'static str {
        if self.ascii { "|" } else { "│" }
    }

    /// Bars from one eighth (or one fifth) of a cell to a full one.
    pub const fn bars(self) -> &'static [&'static str] {
        if self.ascii { &[".", ":", "-", "=", "#"] } else { &["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"] }
    }
}

/// The level as the word of four cells at most that lists use.
pub const fn level_word(level: Level) -> Word {
    match level {
        Level::Critical => Word::Crit,
        Level::High => Word::High,
        Level::Medium => Word::Med,
        Level::Low => Word::Low,
        Level::Informational => Word::Info,
    }
}
