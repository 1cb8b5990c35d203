//! What a line typed into the palette can mean, best first.

use super::{COMMANDS, Command, Where};
use crate::words::Lang;
use breachline_queries::selection::condition;

/// One meaning.
#[derive(Clone, Debug)]
pub enum Offer {
    /// The row of that number, from 1.
    Row(usize),
    /// A window of time, as [`super::super::span`] reads it.
    Window(String),
    /// Only requests for which this holds.
    Condition(String),
    /// A command, with what follows its name.
    Command(&'static Command, String),
}

/// All meanings of a text; commands that do nothing in the place come last.
pub fn offers(typed: &str, here: Where, lang: Lang) -> Vec<Offer> {
    let typed = typed.trim();
    if let Some((command, rest)) = with_argument(typed) {
        return vec![Offer::Command(command, rest.to_owned())];
    }
    let mut offers = Vec::new();
    let number = typed.replace([',', '_'], "").parse().ok().filter(|row| *row > 0);
    if let Some(row) = number.filter(|_| here.meets(Where::LISTS)) {
        offers.push(Offer::Row(row));
    }
    if here.meets(Where::REQUESTS) {
        if typed.contains("..") || typed.starts_with("last ") || typed.starts_with("+-") {
            offers.push(Offer::Window(typed.to_owned()));
        } else if typed.contains(['=', '<', '>', ' ']) && condition(typed).is_ok() {
            offers.push(Offer::Condition(typed.to_owned()));
        }
    }
    let mut commands: Vec<(bool, u32, &'static Command)> = COMMANDS
        .iter()
        .filter_map(|command| Some((!command.place.meets(here), score(typed, command, lang)?, command)))
        .collect();
    // Stable: commands that fit equally well stay in the order of the table.
    commands.sort_by_key(|(elsewhere, score, _)| (*elsewhere, std::cmp::Reverse(*score)));
    offers.extend(commands.into_iter().map(|(_, _, command)| Offer::Command(command, String::new())));
    offers
}

/// A command that takes something, and what follows its name.
fn with_argument(typed: &str) -> Option<(&'static Command, &str)> {
    let (name, rest) = typed.split_once(' ')?;
    let command = COMMANDS.iter().find(|command| command.name == name && command.takes.is_some())?;
    Some((command, rest.trim()))
}

/// How well a text fits a command; `None` where it does not.
fn score(typed: &str, command: &Command, lang: Lang) -> Option<u32> {
    let low = typed.to_lowercase();
    if command.name == low {
        return Some(u32::MAX);
    }
    let long = lang.of(command.long).to_lowercase();
    let told = || low.split(' ').all(|word| long.contains(word)).then_some(1);
    fuzzy(&low.replace(' ', "-"), command.name).map(|score| score + 2).or_else(told)
}

/// Letters of `typed` found in `name` in their order: more for those at the start of a word or next to each other.
fn fuzzy(typed: &str, name: &str) -> Option<u32> {
    let name: Vec<char> = name.chars().collect();
    let mut score = 0_u32;
    let mut from = 0;
    for wanted in typed.chars() {
        let starts = |at: &usize| name[*at] == wanted && (*at == 0 || name[at - 1] == '-');
        let next = (from < name.len() && name[from] == wanted && from > 0).then_some(from);
        let at = next
            .or_else(|| (from..name.len()).find(starts))
            .or_else(|| (from..name.len()).find(|&at| name[at] == wanted))?;
        score += if at == 0 || name[at - 1] == '-' {
            8
        } else if at == from {
            4
        } else {
            1
        };
        from = at + 1;
    }
    // Of two names that fit alike the shorter one was meant.
    Some((score * 64).saturating_sub(name.len() as u32))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(typed: &str, here: Where) -> Vec<String> {
        let name = |offer: Offer| match offer {
            Offer::Row(row) => format!("row {row}"),
            Offer::Window(text) => format!("window {text}"),
            Offer::Condition(text) => format!("only {text}"),
            Offer::Command(command, argument) => format!("{} {argument}", command.name).trim().to_owned(),
        };
        offers(typed, here, Lang::En).into_iter().map(name).collect()
    }

    #[test]
    fn what_is_typed_is_taken_for_what_it_looks_like() {
        assert_eq!(names("1,200", Where::TIMELINE)[0], "row 1200");
        assert_eq!(names("02:10..02:40", Where::TIMELINE)[0], "window 02:10..02:40");
        assert_eq!(names("status = 404", Where::TIMELINE), ["only status = 404"]);
        assert_eq!(names("keep status = 404", Where::FINDINGS), ["keep status = 404"]);
        assert!(names("status = 404", Where::SOURCES).is_empty());
    }

    #[test]
    fn commands_are_found_by_letters_and_by_what_they_do() {
        assert_eq!(names("zi", Where::TIMELINE)[0], "zoom-in");
        assert_eq!(names("pgd", Where::TIMELINE)[0], "page-down");
        assert_eq!(names("hist", Where::EDITOR)[0], "history-back");
        assert!(names("osc", Where::TIMELINE).contains(&"copy".to_owned()));
        assert_eq!(names("", Where::TIMELINE).len(), COMMANDS.len());
        let sources = names("zoom", Where::SOURCES);
        assert_eq!(sources[..2], ["zoom-in", "zoom-out"], "what does nothing here is still found");
        let all = names("", Where::SOURCES);
        let at = |name: &str| all.iter().position(|other| other == name);
        assert!(at("zoom-in") > at("quit"), "and comes last");
    }
}
