//! The line being typed, and what stands over it: what it can mean, what can stand in it, or what is wrong with it.

use super::{pane, paragraph, put};
use crate::tui::commands::{Offer, Takes};
use crate::tui::state::{Prompt, PromptKind, State};
use crate::tui::text::{self, cut, visible, width};
use crate::tui::update::{export_words, meanings, place_below};
use crate::tui::words::Word;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Widget};

/// The line being typed, its cursor, and over it what is wrong with it.
pub(super) fn draw(state: &State, screen: &mut Buffer, typed: &Prompt) {
    let row = state.size.1.saturating_sub(2);
    let area = Rect { x: 0, y: 0, width: state.size.0, height: state.size.1 };
    let label = match typed.kind {
        PromptKind::Search => " /",
        PromptKind::Command => " :",
        PromptKind::Window => state.word(Word::AskWindow),
        PromptKind::Note => state.word(Word::AskNote),
        PromptKind::NotesFile => state.word(Word::AskNotesFile),
        PromptKind::Export => state.word(Word::AskExport),
        PromptKind::Filter { out: false, .. } => state.word(Word::AskKeep),
        PromptKind::Filter { out: true, .. } => state.word(Word::AskLeaveOut),
    };
    let exported = export_words(state);
    let help = match typed.kind {
        PromptKind::Search => state.word(Word::HelpSearch),
        PromptKind::Command => state.word(Word::PaletteHelp),
        PromptKind::Window => state.word(Word::HelpWindow),
        PromptKind::Note => state.word(Word::HelpNote),
        PromptKind::NotesFile => state.word(Word::HelpNotesFile),
        PromptKind::Export => exported.as_str(),
        PromptKind::Filter { .. } => state.word(Word::HelpFilter),
    };
    let (before, behind) = typed.input.parts();
    let (before, behind) = (visible(before), visible(behind));
    let room = (state.size.0 as usize).saturating_sub(width(label) + 2);
    let help = if width(&before) + width(&behind) + width(help) + 3 <= room { help } else { "" };
    let shown = text::cut_front(&before, room.saturating_sub(1), state.theme.ellipsis());
    let mut rest = behind.chars();
    let under = rest.next().map_or_else(|| " ".to_owned(), String::from);
    let line = Line::from(vec![
        Span::styled(label, state.theme.heading()),
        Span::raw(shown.into_owned()),
        Span::styled(under, state.theme.cursor()),
        Span::raw(rest.as_str().to_owned()),
        Span::styled(format!("   {help}"), state.theme.dim()),
    ]);
    put(screen, area, 0, row, &line);
    let Some(error) = &typed.error else {
        if !typed.names.is_empty() {
            names(state, screen, &typed.names);
        } else if typed.kind == PromptKind::Command {
            palette(state, screen, typed.at);
        }
        return;
    };
    let lines = error_lines(state, error, (state.size.0 as usize).saturating_sub(4));
    let height = (lines.len() as u16 + 2).min(row.saturating_sub(3));
    let over = Rect { x: 0, y: row.saturating_sub(height), width: state.size.0, height };
    Clear.render(over, screen);
    let inner = pane(state, screen, over, true, state.word(Word::NotUnderstood), "");
    paragraph(screen, inner, &lines, 0);
}

/// Names that can stand at the cursor, over the line; what has no room is counted.
fn names(state: &State, screen: &mut Buffer, names: &[String]) {
    let row = state.size.1.saturating_sub(2);
    let cells = (state.size.0 as usize).saturating_sub(4);
    // The head of the screen and the border stay.
    let room = row.saturating_sub(5).max(1) as usize;
    let mut lines: Vec<String> = vec![String::new()];
    let mut shown = 0;
    for name in names {
        if lines.last().is_some_and(|line| !line.is_empty() && width(line) + 2 + width(name) > cells) {
            if lines.len() == room {
                break;
            }
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            line.push_str(if line.is_empty() { "" } else { "  " });
            line.push_str(name);
        }
        shown += 1;
    }
    let note = match names.len().saturating_sub(shown) {
        0 => names.len().to_string(),
        more => state.fill(Word::More, &[&more.to_string()]),
    };
    let lines: Vec<Line<'_>> = lines.into_iter().map(Line::raw).collect();
    let height = lines.len() as u16 + 2;
    let over = Rect { x: 0, y: row.saturating_sub(height), width: state.size.0, height };
    Clear.render(over, screen);
    let inner = pane(state, screen, over, true, state.word(Word::CanStandHere), &note);
    paragraph(screen, inner, &lines, 0);
}

/// What is wrong with a text: the sentence wrapped, the text slid so that what the caret points at can be seen.
pub(super) fn error_lines(state: &State, error: &str, cells: usize) -> Vec<Line<'static>> {
    let shown = visible_lines(error);
    let caret = shown.iter().find_map(|line| {
        let (_, under) = line.split_once("| ")?;
        (under.trim_matches([' ', '^']).is_empty()).then(|| width(under.trim_end()))
    });
    let lines = shown.iter().flat_map(|line| match line.split_once('|') {
        Some((gutter, text)) if gutter.trim().chars().all(|c| c.is_ascii_digit()) => {
            let room = cells.saturating_sub(width(gutter) + 2);
            let hidden = caret.map_or(0, |end| (end + 1).saturating_sub(room));
            vec![format!("{gutter}|{}", slid(text, hidden, state.theme.ellipsis()))]
        }
        _ => text::wrap(line, cells),
    });
    lines.map(|line| Line::styled(line, state.theme.warning())).collect()
}

fn visible_lines(text: &str) -> Vec<String> {
    text.lines().map(|line| visible(line).into_owned()).collect()
}

/// A text without its first cells, which a sign stands for.
fn slid(text: &str, hidden: usize, ellipsis: &str) -> String {
    if hidden == 0 || width(text) <= hidden {
        return text.to_owned();
    }
    let mut left = hidden + width(ellipsis) + 1;
    let rest = text.trim_start_matches(|c: char| {
        let cells = width(c.encode_utf8(&mut [0; 4]));
        let goes = left > 0;
        left = left.saturating_sub(cells);
        goes
    });
    let sign = if text.trim().is_empty() || text.trim_matches([' ', '^']).is_empty() { "" } else { ellipsis };
    format!(" {}{rest}", text::left(sign, width(ellipsis), ""))
}

/// What the line can mean, over the line: the best at the top, the chosen one with a cursor.
fn palette(state: &State, screen: &mut Buffer, chosen: usize) {
    const NAME: usize = 30;
    const KEYS: usize = 12;
    let offers = meanings(state);
    let row = state.size.1.saturating_sub(2);
    let height = (offers.len() as u16 + 2).clamp(3, row.saturating_sub(3).max(3));
    let over = Rect { x: 0, y: row.saturating_sub(height), width: state.size.0, height };
    Clear.render(over, screen);
    let chosen = chosen.min(offers.len().saturating_sub(1));
    let note = format!("{} / {}", (chosen + 1).min(offers.len()), offers.len());
    let inner = pane(state, screen, over, true, ":", &note);
    let here = place_below(state);
    let ellipsis = state.theme.ellipsis();
    let lines: Vec<Line<'_>> = offers
        .iter()
        .enumerate()
        .map(|(n, offer)| {
            let sign = if n == chosen { "> " } else { "  " };
            let (words, style) = match offer {
                Offer::Row(row) => (state.counted(Word::OfferRow, *row), Style::new()),
                Offer::Window(text) => (state.fill(Word::OfferWindow, &[&visible(text)]), Style::new()),
                Offer::Condition(text) => (state.fill(Word::OfferCondition, &[&visible(text)]), Style::new()),
                Offer::Command(command, argument) => {
                    let takes = command.takes.map_or("", Takes::placeholder);
                    let takes = if argument.is_empty() { takes.into() } else { visible(argument) };
                    let name = text::left(&format!("{} {takes}", command.name), NAME, ellipsis);
                    let keys = text::left(&state.keymap.keys(command).join(" "), KEYS, ellipsis);
                    let style = if command.place.meets(here) { Style::new() } else { state.theme.dim() };
                    (format!("{name} {keys} {}", state.lang.of(command.long)), style)
                }
            };
            let words = format!("{sign}{}", cut(&words, (inner.width as usize).saturating_sub(2), ellipsis));
            let line = Line::styled(words, style);
            if n == chosen { line.patch_style(state.theme.cursor()) } else { line }
        })
        .collect();
    paragraph(screen, inner, &lines, chosen.saturating_sub(inner.height as usize / 2));
}
