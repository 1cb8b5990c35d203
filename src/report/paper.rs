//! What a report can be written on: the same parts, in the same order, as HTML or as Markdown.

use super::markup::Markup;

/// A cell of a table.
pub(super) enum Cell {
    /// Text.
    Text(String),
    /// A time.
    Time(String),
    /// A number, set to the right.
    Number(String),
    /// Text as it stands in a log.
    Code(String),
    /// A place in a log and the hash of what is there.
    Hashed(String, String),
    /// A level: its name in data, and in the language.
    Level(&'static str, &'static str),
    /// Something for people to fill in.
    Blank(String),
    /// Texts on lines of their own.
    Lines(Vec<String>),
}

/// A report being written.
pub(super) trait Paper {
    /// A heading; 1 is the title.
    fn heading(&mut self, depth: usize, text: &str);
    /// A finding begins: its level and title, and its id.
    fn begin(&mut self, level: (&'static str, &'static str), title: &str, id: &str);
    /// It ends.
    fn end(&mut self);
    /// A paragraph.
    fn paragraph(&mut self, text: &str);
    /// A remark.
    fn note(&mut self, text: &str);
    /// Sentences, each for itself.
    fn bullets(&mut self, sentences: &[String]);
    /// Names and values.
    fn facts(&mut self, facts: &[(&'static str, String)]);
    /// A table; nothing where it has no rows.
    fn table(&mut self, head: &[&'static str], rows: &[Vec<Cell>]);
    /// A drawing, where it can be shown.
    fn drawing(&mut self, drawing: &Markup);
}
