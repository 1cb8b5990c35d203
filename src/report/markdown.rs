//! The report as Markdown. Every text out of logs or rules is escaped, so that it stays text in whatever shows it.

use super::markup::Markup;
use super::paper::{Cell, Paper};
use crate::render;
use std::fmt::Write;

/// A page being written.
#[derive(Default)]
pub(super) struct Markdown(String);

impl Markdown {
    /// The whole file.
    pub(super) fn finish(self) -> String {
        self.0
    }

    fn line(&mut self, text: &str) {
        self.0.push_str(text);
        self.0.push_str("\n\n");
    }
}

impl Paper for Markdown {
    fn heading(&mut self, depth: usize, text: &str) {
        self.line(&format!("{} {}", "#".repeat(depth), escaped(text)));
    }

    fn begin(&mut self, level: (&'static str, &'static str), title: &str, _id: &str) {
        self.line(&format!("### {}: {}", level.1, escaped(title)));
    }

    fn end(&mut self) {}

    fn paragraph(&mut self, text: &str) {
        self.line(&escaped(text));
    }

    fn note(&mut self, text: &str) {
        self.paragraph(text);
    }

    fn bullets(&mut self, sentences: &[String]) {
        for sentence in sentences {
            // Writing to a String cannot fail.
            let _ = writeln!(self.0, "- {}", escaped(sentence));
        }
        self.0.push('\n');
    }

    fn facts(&mut self, facts: &[(&'static str, String)]) {
        let sentences: Vec<String> = facts.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        self.bullets(&sentences);
    }

    fn table(&mut self, head: &[&'static str], rows: &[Vec<Cell>]) {
        if rows.is_empty() {
            return;
        }
        let names: Vec<String> = head.iter().map(|name| escaped(name)).collect();
        let _ = writeln!(self.0, "| {} |\n|{}", names.join(" | "), " --- |".repeat(head.len()));
        for row in rows {
            let cells: Vec<String> = row.iter().map(cell).collect();
            let _ = writeln!(self.0, "| {} |", cells.join(" | "));
        }
        self.0.push('\n');
    }

    /// There are none here: what they show stands in the tables.
    fn drawing(&mut self, _drawing: &Markup) {}
}

fn cell(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) | Cell::Time(text) | Cell::Number(text) | Cell::Code(text) | Cell::Blank(text) => {
            escaped(text)
        }
        Cell::Hashed(place, sha256) => format!("{} (SHA-256 {sha256})", escaped(place)),
        Cell::Level(_, shown) => (*shown).to_owned(),
        Cell::Lines(lines) => lines.iter().map(|line| escaped(line)).collect::<Vec<_>>().join("; "),
    }
}

/// Text that stays text: hidden characters spelt out, and nothing of it is markup or becomes a link.
fn escaped(text: &str) -> String {
    let shown = render::visible(text);
    let mut out = String::with_capacity(shown.len() + 8);
    for c in shown.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '(' | ')' | '#' | '|' | '~' | '!' | '@' | '$' => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    // What looks like an address is made a link by itself.
    out.replace("://", ":\\//").replace("www.", "www\\.").replace("WWW.", "WWW\\.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_is_markup() {
        assert_eq!(escaped("a|b<script>[x](y)`*_"), "a\\|b&lt;script&gt;\\[x\\]\\(y\\)\\`\\*\\_");
        assert_eq!(escaped("http://x.test/\u{1b}"), "http:\\//x.test/\\\\x1b");
        assert_eq!(escaped("line\nbreak"), "line\\\\nbreak");
    }
}
