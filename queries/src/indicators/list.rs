//! The list: one value a line, `#` comments, any line ends, with or without a byte order mark.

use super::look::form;
use foldhash::fast::FixedState;
use hashbrown::HashSet;

/// Values to look for. Its text may be secret: nothing here prints it.
pub struct List {
    items: Vec<(u32, String)>,
    /// Lines that repeat an earlier value.
    pub repeated: u32,
}

/// A list that cannot be read, in a sentence that says what to do.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// Nothing but blank lines and comments.
    #[error("holds no value; write one a line (lines that begin with # are comments)")]
    Empty,
    /// A line that is no text.
    #[error("line {0} is no UTF-8 text; save the list as UTF-8")]
    NotText(u32),
}

impl List {
    /// Reads a list. Blank lines and comments are passed over; a value that occurs again counts once.
    pub fn parse(bytes: &[u8]) -> Result<Self, ListError> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut known: HashSet<String, FixedState> = HashSet::default();
        let mut list = Self { items: Vec::new(), repeated: 0 };
        for (line, bytes) in (1..).zip(bytes.split(|&byte| byte == b'\n')) {
            let text = std::str::from_utf8(bytes).map_err(|_| ListError::NotText(line))?.trim();
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            if known.insert(form(text).into_owned()) {
                list.items.push((line, text.to_owned()));
            } else {
                list.repeated += 1;
            }
        }
        if list.items.is_empty() { Err(ListError::Empty) } else { Ok(list) }
    }

    /// A list of one value, which may be anything that is text: also what would be a comment in a file.
    pub fn one(bytes: &[u8]) -> Result<Self, ListError> {
        let text = std::str::from_utf8(bytes).map_err(|_| ListError::NotText(1))?.trim();
        if text.is_empty() {
            Err(ListError::Empty)
        } else {
            Ok(Self { items: vec![(1, text.to_owned())], repeated: 0 })
        }
    }

    /// The values with their lines.
    pub(super) fn items(&self) -> impl Iterator<Item = (u32, &str)> {
        self.items.iter().map(|(line, text)| (*line, text.as_str()))
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
}
