//! Which key is which command: the table's keys, and those that the analyst gives them in `keys.toml`.
//!
//! ```toml
//! mark = "M"                 # a key in place of those of the table
//! raw = ["v", "ctrl-v"]      # several
//! theme = "F3"               # one for a command that has none
//! ```

use super::{Action, COMMANDS, Command, Where};
use breachline_queries::expr::parse::nearest;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use toml::de::{DeTable, DeValue};

/// Keys that have names.
const NAMES: [&str; 15] = [
    "space",
    "enter",
    "esc",
    "backspace",
    "tab",
    "shift-tab",
    "up",
    "down",
    "left",
    "right",
    "home",
    "end",
    "pgup",
    "pgdn",
    "delete",
];

/// The keys of every command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keymap {
    /// Commands that have other keys than those of the table, by name.
    own: BTreeMap<&'static str, Vec<String>>,
}

impl Keymap {
    /// Reads keys of the analyst's own; `file` is named in what is wrong.
    ///
    /// # Errors
    /// A sentence that begins with file and line.
    pub fn parse(text: &str, file: &str) -> Result<Self, String> {
        let at = |offset: usize| text.get(..offset).unwrap_or(text).matches('\n').count() + 1;
        let table = DeTable::parse(text).map_err(|error| {
            format!("{file}:{}: {}", at(error.span().map_or(0, |span| span.start)), error.message())
        })?;
        let mut map = Self::default();
        let mut lines = BTreeMap::new();
        for (name, keys) in table.get_ref() {
            let line = at(name.span().start);
            let command = named(name.get_ref()).map_err(|wrong| format!("{file}:{line}: {wrong}"))?;
            let keys = strings(keys.get_ref())
                .and_then(|keys| keys.iter().try_for_each(|key| check(key, command)).map(|()| keys))
                .map_err(|wrong| format!("{file}:{line}: {}: {wrong}", command.name))?;
            map.own.insert(command.name, keys);
            lines.insert(command.name, line);
        }
        // In the order of the file, so that the line named is the one at fault.
        let mut lines: Vec<_> = lines.into_iter().collect();
        lines.sort_by_key(|(_, line)| *line);
        for (name, line) in lines {
            map.refuse_clash(name).map_err(|wrong| format!("{file}:{line}: {wrong}"))?;
        }
        Ok(map)
    }

    /// The keys of a command; the first is the one that is shown.
    pub fn keys(&self, command: &Command) -> Vec<&str> {
        match self.own.get(command.name) {
            Some(own) => own.iter().map(String::as_str).collect(),
            None => command.keys.to_vec(),
        }
    }

    /// The key that is shown; empty where there is none.
    pub fn first(&self, command: &Command) -> &str {
        match self.own.get(command.name) {
            Some(own) => own.first().map_or("", String::as_str),
            None => command.keys.first().copied().unwrap_or_default(),
        }
    }

    /// The key that is shown for an action.
    pub fn key_of(&self, action: Action) -> &str {
        COMMANDS.iter().find(|command| command.action == action).map_or("", |command| self.first(command))
    }

    /// The command of a key in a place.
    pub fn command(&self, key: &str, place: Where) -> Option<&'static Command> {
        COMMANDS.iter().find(|command| command.place.meets(place) && self.keys(command).contains(&key))
    }

    fn refuse_clash(&self, name: &str) -> Result<(), String> {
        let Some(command) = COMMANDS.iter().find(|command| command.name == name) else { return Ok(()) };
        for key in self.keys(command) {
            let other = COMMANDS.iter().find(|other| {
                other.name != name && other.place.meets(command.place) && self.keys(other).contains(&key)
            });
            if let Some(other) = other {
                let mut words = format!("the key `{key}` of `{name}` is that of `{}` ({})", other.name, other.long[0]);
                let free = self.free(command, key);
                if let Some(free) = free {
                    let _ = write!(words, "; free here is `{free}`");
                }
                let _ = write!(words, ", or give `{}` another key in this file", other.name);
                return Err(words);
            }
        }
        Ok(())
    }

    /// A key that nothing in the same places has, near the one that was wanted.
    fn free(&self, command: &Command, wanted: &str) -> Option<String> {
        let letter = wanted.chars().last().filter(char::is_ascii_alphabetic)?.to_ascii_lowercase();
        let taken = |key: &str| {
            COMMANDS.iter().any(|other| other.place.meets(command.place) && self.keys(other).contains(&key))
        };
        [format!("alt-{letter}"), format!("ctrl-{letter}")].into_iter().find(|key| !taken(key))
    }
}

/// The command of a name.
fn named(name: &str) -> Result<&'static Command, String> {
    COMMANDS.iter().find(|command| command.name == name).ok_or_else(|| {
        let near = nearest(name, COMMANDS.iter().map(|command| command.name));
        let hint = near.map_or_else(
            || "`breachline man` lists the commands under KEYS".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        format!("there is no command `{name}`; {hint}")
    })
}

fn strings(value: &DeValue<'_>) -> Result<Vec<String>, String> {
    let one = |value: &DeValue<'_>| match value {
        DeValue::String(key) => Ok(key.clone().into_owned()),
        _ => Err("a key is a text, such as \"m\" or [\"m\", \"ctrl-k\"]".to_owned()),
    };
    match value {
        DeValue::Array(keys) => keys.iter().map(|key| one(key.get_ref())).collect(),
        value => Ok(vec![one(value)?]),
    }
}

/// Whether a text is the name of a key, and one that can be pressed where the command works.
fn check(key: &str, command: &Command) -> Result<(), String> {
    let (held, plain) = match key.split_once('-') {
        Some((held @ ("ctrl" | "alt"), plain)) if !plain.is_empty() => (Some(held), plain),
        _ => (None, key),
    };
    let mut letters = plain.chars();
    let letter = letters.next().filter(|c| letters.next().is_none() && !c.is_control() && *c != ' ');
    let function =
        plain.strip_prefix('F').and_then(|number| number.parse().ok()).is_some_and(|n| (1..=24).contains(&n));
    if letter.is_none() && !function && !NAMES.contains(&plain) {
        let near = nearest(key, NAMES).or_else(|| {
            // Of what is held only two are known.
            let (held, _) = key.split_once('-')?;
            nearest(held, ["ctrl", "alt"])
        });
        let hint = near.map_or_else(
            || "keys are written m, G, +, space, enter, pgdn, F5, ctrl-x, alt-x".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        return Err(format!("`{key}` is no key; {hint}"));
    }
    if command.place.meets(Where::EDITOR) && held.is_none() && letter.is_some() {
        return Err(format!("`{key}` is typed into the query here; take a key with ctrl- or alt-, or F1 to F24"));
    }
    Ok(())
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
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_named_as_the_table_writes_them() {
        let name = |code, held| key_name(KeyEvent::new(code, held));
        assert_eq!(name(KeyCode::Char('G'), KeyModifiers::SHIFT), "G");
        assert_eq!(name(KeyCode::Char('x'), KeyModifiers::CONTROL), "ctrl-x");
        assert_eq!(name(KeyCode::BackTab, KeyModifiers::SHIFT), "shift-tab");
        let table = Keymap::default();
        assert_eq!(table.command("+", Where::TIMELINE).map(|command| command.action), Some(Action::ZoomIn));
        assert!(table.command("+", Where::SOURCES).is_none());
        for key in COMMANDS.iter().flat_map(|command| command.keys) {
            assert_eq!(check(key, &COMMANDS[0]), Ok(()), "{key}");
        }
    }

    #[test]
    fn keys_of_ones_own_take_the_place_of_the_tables() {
        let map = Keymap::parse("# mine\nmark = \"M\"\ntheme = [\"F3\", \"alt-t\"]\n", "keys.toml").unwrap();
        let action = |key| map.command(key, Where::TIMELINE).map(|command| command.action);
        assert_eq!((action("M"), action("m")), (Some(Action::Mark), None));
        assert_eq!((action("alt-t"), action("t")), (Some(Action::Theme), Some(Action::Window)));
        assert_eq!(Keymap::parse("", "keys.toml"), Ok(Keymap::default()));
        // Two commands may change keys with each other.
        assert!(Keymap::parse("keep = \"x\"\nleave-out = \"f\"\n", "keys.toml").is_ok());
    }

    #[test]
    fn what_cannot_be_is_refused_with_its_line_and_what_was_meant() {
        for (text, line, words) in [
            ("mark = \"M\"\nmrak = \"k\"\n", 2, "did you mean `mark`?"),
            ("mark = \"q\"\n", 1, "is that of `quit`"),
            ("\nmark = \"w\"\n", 2, "free here is `alt-w`"),
            ("raw = \"crtl-r\"\n", 1, "did you mean `ctrl`?"),
            ("raw = \"spcae\"\n", 1, "did you mean `space`?"),
            ("run-query = \"r\"\n", 1, "is typed into the query"),
            ("raw = 3\n", 1, "a key is a text"),
            ("raw = \"v\"\nraw = \"w\"\n", 2, "duplicate key"),
            ("raw = \n", 1, ""),
        ] {
            let wrong = Keymap::parse(text, "keys.toml").unwrap_err();
            assert!(wrong.starts_with(&format!("keys.toml:{line}: ")) && wrong.contains(words), "{text}: {wrong}");
        }
    }
}
