//! Elements of HTML and SVG: text is escaped because there is no way to write it that does not.

use crate::render;
use std::fmt::Write;

/// Attributes of an element.
pub(super) type Attributes<'a> = &'a [(&'static str, &'a str)];

/// Markup being written.
#[derive(Default)]
pub(super) struct Markup(String);

impl Markup {
    /// An element with what it holds.
    pub(super) fn tag(&mut self, name: &'static str, attributes: Attributes<'_>, inside: impl FnOnce(&mut Self)) {
        self.open(name, attributes);
        self.0.push('>');
        inside(self);
        // Writing to a String cannot fail.
        let _ = write!(self.0, "</{name}>");
    }

    /// An element of HTML that holds nothing and has no end.
    pub(super) fn void(&mut self, name: &'static str, attributes: Attributes<'_>) {
        self.open(name, attributes);
        self.0.push('>');
    }

    /// An element with a text.
    pub(super) fn leaf(&mut self, name: &'static str, attributes: Attributes<'_>, text: &str) {
        self.tag(name, attributes, |inside| inside.text(text));
    }

    /// Text: hidden characters are spelt out, and the rest is escaped.
    pub(super) fn text(&mut self, text: &str) {
        for c in render::visible(text).chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                c => self.0.push(c),
            }
        }
    }

    /// What this program itself wrote as markup.
    pub(super) fn append(&mut self, own: &Self) {
        self.0.push_str(&own.0);
    }

    /// A fixed text of this program that is markup, or a style.
    pub(super) fn fixed(&mut self, text: &'static str) {
        self.0.push_str(text);
    }

    /// A line break, so that people can read the source.
    pub(super) fn line(&mut self) {
        self.0.push('\n');
    }

    pub(super) fn into_string(self) -> String {
        self.0
    }

    fn open(&mut self, name: &'static str, attributes: Attributes<'_>) {
        let _ = write!(self.0, "<{name}");
        for (name, value) in attributes {
            let _ = write!(self.0, " {name}=\"");
            self.text(value);
            self.0.push('"');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_text_neither_acts_nor_hides() {
        let mut page = Markup::default();
        page.leaf("p", &[("class", "a\"b")], "<script>alert(1)</script>\u{202e}\"'&\u{1b}[2J");
        assert_eq!(
            page.into_string(),
            "<p class=\"a&quot;b\">&lt;script&gt;alert(1)&lt;/script&gt;\\u{202e}&quot;&#39;&amp;\\x1b[2J</p>"
        );
    }
}
