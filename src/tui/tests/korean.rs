//! The view in Korean: every word of it, and the widths of Hangul.

use super::Bench;
use crate::engine::Event;
use crate::tui::words::Word;
use crate::words::Lang;
use insta::assert_snapshot;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use std::path::Path;
use std::sync::Arc;

fn korean(width: u16, height: u16) -> Bench {
    let mut bench = Bench::opening(width, height);
    bench.state.lang = Lang::Ko;
    bench.open();
    bench
}

#[test]
fn home_korean() {
    assert_snapshot!(korean(120, 36).keys("j").screen());
}

#[test]
fn a_request_korean_narrow() {
    assert_snapshot!(korean(80, 24).keys("2 j <enter>").screen());
}

/// Scripts that lead through every view, overlay and prompt.
const WALK: [&str; 26] = [
    "j",
    "G",
    "j w",
    "j i",
    "<shift-tab> <enter>",
    "?",
    ":",
    "2",
    "2 <enter>",
    "2 <enter> r",
    "2 f F",
    "2 t",
    "2 /",
    "2 x x",
    "3",
    "3 S l",
    "3 <enter>",
    "j p",
    "4",
    "4 <F5>",
    "5",
    "2 m",
    "2 m <esc> 5",
    "e",
    "6",
    "6 <enter>",
];

#[test]
fn nothing_is_said_in_english() {
    // Sentences only: a single word may stand in data.
    let english: Vec<&str> = Word::ALL
        .iter()
        .filter(|word| !word.text(Lang::Ko).contains(word.text(Lang::En)))
        .map(|word| word.text(Lang::En))
        .filter(|text| text.contains(' ') && text.trim().len() > 9 && !text.contains('{'))
        .collect();
    assert!(english.len() > 100);
    for script in WALK {
        for size in [(120, 36), (80, 24), (60, 15)] {
            let mut bench = korean(size.0, size.1);
            let screen = bench.keys(script).screen();
            assert!(
                screen.chars().filter(|c| ('가'..='힣').contains(c)).count() > 20,
                "{script} at {size:?}:\n{screen}"
            );
            for words in &english {
                assert!(!screen.contains(words.trim()), "`{words}` after {script}:\n{screen}");
            }
        }
    }
}

/// Each Hangul syllable takes two cells: borders stand one under the other at every size.
#[test]
fn borders_stand_in_line() {
    for script in WALK {
        for (width, height) in [(120, 36), (81, 24), (60, 15)] {
            let mut bench = korean(width, height);
            bench.keys(script);
            let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
            terminal.draw(|frame| super::view(&bench.state, frame)).unwrap();
            let buffer = terminal.backend().buffer();
            let corners: Vec<(u16, u16)> = (0..height)
                .flat_map(|y| (0..width).map(move |x| (x, y)))
                .filter(|&(x, y)| matches!(buffer[(x, y)].symbol(), "┐" | "┓"))
                .collect();
            for (x, top) in corners {
                let below = (top + 1..height).map(|y| buffer[(x, y)].symbol());
                let edge = below.take_while(|sign| !matches!(*sign, "┘" | "┛")).all(|sign| {
                    // Something over the pane may hide a part of the border.
                    !sign.chars().any(|c| ('가'..='힣').contains(&c))
                });
                assert!(edge, "a border is broken at {x},{top} after {script} at {width}x{height}\n{}", bench.screen());
            }
        }
    }
}

/// What is drawn or said comes from the table: literals in the code that draws are names of columns, keys and SQL.
#[test]
fn no_words_stand_outside_of_the_table() {
    const NAMES: [&str; 20] = [
        "asc",
        "desc",
        "sort ",
        "client",
        "identity",
        "level",
        "finding",
        "evidence",
        "local",
        "hour",
        "day",
        "kind",
        "value",
        "ctrl-c",
        "go-to ",
        "last ",
        "breachline-notes.json",
        " breachline",
        "{} ({}, sha256 {})",
        "client_net",
    ];
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tui");
    let mut files: Vec<_> = ["view", "update"]
        .iter()
        .flat_map(|part| std::fs::read_dir(folder.join(part)).unwrap().map(|entry| entry.unwrap().path()))
        .collect();
    // What the file of notes says of the place is no word of the screen.
    files.retain(|file| !file.ends_with("update/left.rs"));
    files.extend(["view.rs", "update.rs", "columns.rs", "span.rs"].map(|name| folder.join(name)));
    assert!(files.len() > 20);
    let mut seen = 0;
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let code = text.split("\nmod tests {").next().unwrap();
        let code: Vec<&str> = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        for literal in literals(&code.join("\n")) {
            seen += 1;
            let is_sql =
                ["SELECT", "WHERE", "AND", "IS N", "IN (", "BY", "WHEN"].iter().any(|word| literal.contains(word))
                    || literal.chars().all(|c| c.is_ascii_uppercase());
            let is_column = breachline_parsers::schema::COLUMNS.iter().any(|column| column.name == literal);
            let letters = plain(&literal).split(|c: char| !c.is_ascii_alphabetic()).any(|word| word.len() > 1);
            assert!(
                !letters || is_sql || is_column || NAMES.contains(&literal.as_str()),
                "{}: \"{literal}\" is not in the table of words",
                file.display()
            );
        }
    }
    assert!(seen > 100);
}

/// String literals of Rust code without raw strings.
fn literals(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = code;
    while let Some(start) = rest.find('"') {
        // A quotation mark as a character.
        if rest[..start].ends_with('\'') {
            rest = &rest[start + 1..];
            continue;
        }
        let body = &rest[start + 1..];
        let mut escaped = false;
        let end = body.find(|c| {
            let ends = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            ends
        });
        let Some(end) = end else { break };
        found.push(body[..end].to_owned());
        rest = &body[end + 1..];
    }
    found
}

/// Without what is filled in.
fn plain(literal: &str) -> String {
    let mut text = String::new();
    let mut depth = 0;
    for c in literal.replace("\\n", " ").chars() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ if depth == 0 => text.push(c),
            _ => {}
        }
    }
    text
}

#[test]
fn a_path_that_gave_no_source_is_told_in_korean() {
    let mut bench = Bench::opening(120, 36);
    bench.state.lang = Lang::Ko;
    let mut sources = bench.desk.sources();
    sources.problems[0].path = "x.log".to_owned();
    sources.problems[0].message = "x.log does not exist; check the spelling and the working directory".to_owned();
    bench.tell(Event::Ready(Arc::new(sources)));
    let screen = bench.keys("6 G").screen();
    assert_eq!(screen.matches("철자와 작업 디렉터리를 확인하십시오").count(), 2, "{screen}");
}
