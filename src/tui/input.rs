//! A line of text being typed, with a cursor.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A line and the place in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Input {
    text: String,
    /// In bytes, always at the edge of a character.
    at: usize,
}

impl Input {
    /// A line with the cursor at its end.
    pub fn new(text: &str) -> Self {
        Self { text: text.to_owned(), at: text.len() }
    }

    /// The line.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The parts before and behind the cursor.
    pub fn parts(&self) -> (&str, &str) {
        self.text.split_at(self.at)
    }

    /// Puts a text in at the cursor. Line ends become blanks: it is one line.
    pub fn insert(&mut self, text: &str) {
        let text: String = text.chars().map(|c| if matches!(c, '\n' | '\r') { ' ' } else { c }).collect();
        self.text.insert_str(self.at, &text);
        self.at += text.len();
    }

    /// Applies a key, as shells do; gives whether it meant anything.
    pub fn key(&mut self, key: KeyEvent) -> bool {
        let held = key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
        match key.code {
            KeyCode::Char(c) if held => return self.control(c),
            KeyCode::Char(c) => self.insert(c.encode_utf8(&mut [0; 4])),
            KeyCode::Backspace => self.remove(self.before(), self.at),
            KeyCode::Delete => self.remove(self.at, self.behind()),
            KeyCode::Left => self.at = self.before(),
            KeyCode::Right => self.at = self.behind(),
            KeyCode::Home => self.at = 0,
            KeyCode::End => self.at = self.text.len(),
            _ => return false,
        }
        true
    }

    fn control(&mut self, c: char) -> bool {
        match c {
            'a' => self.at = 0,
            'e' => self.at = self.text.len(),
            'u' => self.remove(0, self.at),
            'k' => self.text.truncate(self.at),
            'w' => self.remove(self.word(), self.at),
            _ => return false,
        }
        true
    }

    fn remove(&mut self, from: usize, until: usize) {
        self.text.replace_range(from..until, "");
        self.at = from;
    }

    fn before(&self) -> usize {
        self.text[..self.at].char_indices().next_back().map_or(0, |(at, _)| at)
    }

    fn behind(&self) -> usize {
        self.text[self.at..].chars().next().map_or(self.at, |c| self.at + c.len_utf8())
    }

    /// Where the word before the cursor begins.
    fn word(&self) -> usize {
        let before = self.text[..self.at].trim_end();
        before.rfind(char::is_whitespace).map_or(0, |at| at + before[at..].chars().next().map_or(0, char::len_utf8))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_and_ends_go_as_in_a_shell() {
        let mut line = Input::new("status = 404 ");
        let press = |line: &mut Input, c| line.key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL));
        press(&mut line, 'w');
        assert_eq!(line.text(), "status = ");
        press(&mut line, 'a');
        line.key(KeyEvent::from(KeyCode::Delete));
        assert_eq!(line.parts(), ("", "tatus = "));
        press(&mut line, 'e');
        line.insert("5\n00");
        assert_eq!(line.text(), "tatus = 5 00");
        assert!(!line.key(KeyEvent::from(KeyCode::Enter)));
    }

    proptest! {
        #[test]
        fn no_keys_leave_the_edge_of_a_character(text in "\\PC{0,20}", keys in prop::collection::vec(0..12_u8, 0..40)) {
            let mut line = Input::new(&text);
            for key in keys {
                let code = [KeyCode::Left, KeyCode::Right, KeyCode::Home, KeyCode::End, KeyCode::Backspace, KeyCode::Delete];
                match code.get(key as usize) {
                    Some(code) => line.key(KeyEvent::from(*code)),
                    None => line.key(KeyEvent::new(KeyCode::Char(['a', 'e', 'u', 'k', 'w', 'x'][key as usize - 6]), KeyModifiers::CONTROL)),
                };
                let (before, behind) = line.parts();
                prop_assert_eq!(format!("{before}{behind}"), line.text());
                line.insert("한");
            }
        }
    }
}
