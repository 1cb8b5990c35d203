//! SQL LIKE: `%` any run, `_` any one character. Made ready to be asked for text after text, by bytes.
//!
//! Values and patterns are UTF-8, so a literal never begins within a character, and `_` is skipped byte by byte.

use memchr::memmem::Finder;

/// Whether a text fits a pattern.
pub fn like(text: &str, pattern: &str) -> bool {
    Like::new(pattern).fits(text.as_bytes())
}

/// A pattern: how the text begins and ends, and what it holds in between, one after another.
pub struct Like<'a> {
    /// Whether the pattern has no `%`: its head is then the whole text.
    is_whole: bool,
    head: Part<'a>,
    tail: Part<'a>,
    middle: Vec<Part<'a>>,
}

/// What stands between two `%`.
struct Part<'a> {
    /// Literals, each parted from the next by any one character (`_`).
    pieces: Vec<&'a [u8]>,
    /// Which of them is the longest: the one that is looked for.
    longest: usize,
    finder: Finder<'a>,
}

impl<'a> Like<'a> {
    /// Of a pattern.
    pub fn new(pattern: &'a str) -> Self {
        let (head, rest) = pattern.split_once('%').unwrap_or((pattern, ""));
        let (middle, tail) = rest.rsplit_once('%').unwrap_or(("", rest));
        Self {
            is_whole: !pattern.contains('%'),
            head: Part::new(head),
            tail: Part::new(tail),
            middle: middle.split('%').filter(|part| !part.is_empty()).map(Part::new).collect(),
        }
    }

    /// Whether a text in UTF-8 fits it.
    pub fn fits(&self, text: &[u8]) -> bool {
        let Some(text) = behind(&self.head.pieces, text) else { return false };
        if self.is_whole {
            return text.is_empty();
        }
        let Some(mut text) = before(&self.tail.pieces, text) else { return false };
        self.middle.iter().all(|part| part.find(text).inspect(|rest| text = rest).is_some())
    }

    /// The longest literal: it stands in every text that fits.
    pub fn literal(&self) -> &'a [u8] {
        let parts = self.middle.iter().chain([&self.head, &self.tail]);
        parts.map(|part| part.pieces[part.longest]).max_by_key(|literal| literal.len()).unwrap_or_default()
    }
}

impl<'a> Part<'a> {
    fn new(part: &'a str) -> Self {
        let pieces: Vec<&[u8]> = part.split('_').map(str::as_bytes).collect();
        let longest = (0..pieces.len()).max_by_key(|&at| pieces[at].len()).unwrap_or(0);
        let finder = Finder::new(pieces[longest]);
        Self { pieces, longest, finder }
    }

    /// What follows the first place of a text where the part stands.
    fn find<'t>(&self, text: &'t [u8]) -> Option<&'t [u8]> {
        let length = self.finder.needle().len();
        let (first, last) = self.pieces.split_at(self.longest);
        if length == 0 {
            return behind(&self.pieces, text);
        }
        let mut from = 0;
        loop {
            let at = from + self.finder.find(&text[from..])?;
            if first.is_empty() || without_last(&text[..at]).is_some_and(|text| before(first, text).is_some()) {
                if last.len() == 1 {
                    return Some(&text[at + length..]);
                }
                if let Some(rest) = behind(last, &text[at..]) {
                    return Some(rest);
                }
            }
            from = at + 1;
        }
    }
}

/// What follows the pieces that a text begins with.
fn behind<'t>(pieces: &[&[u8]], text: &'t [u8]) -> Option<&'t [u8]> {
    let (first, others) = pieces.split_first()?;
    others.iter().try_fold(text.strip_prefix(*first)?, |text, piece| without_first(text)?.strip_prefix(*piece))
}

/// What stands before the pieces that a text ends with.
fn before<'t>(pieces: &[&[u8]], text: &'t [u8]) -> Option<&'t [u8]> {
    let (last, others) = pieces.split_last()?;
    others.iter().rev().try_fold(text.strip_suffix(*last)?, |text, piece| without_last(text)?.strip_suffix(*piece))
}

/// A text without its first character.
fn without_first(text: &[u8]) -> Option<&[u8]> {
    let (_, rest) = text.split_first()?;
    Some(&rest[rest.iter().take_while(|byte| is_within(**byte)).count()..])
}

/// A text without its last character.
fn without_last(text: &[u8]) -> Option<&[u8]> {
    let start = text.iter().rposition(|&byte| !is_within(byte))?;
    Some(&text[..start])
}

/// Whether a byte goes on with a character that began before it.
const fn is_within(byte: u8) -> bool {
    byte & 0xc0 == 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Character by character, with one step back to the last `%`.
    fn by_characters(text: &str, pattern: &str) -> bool {
        let (text, pattern): (Vec<char>, Vec<char>) = (text.chars().collect(), pattern.chars().collect());
        let (mut t, mut p) = (0, 0);
        let mut retry: Option<(usize, usize)> = None;
        while t < text.len() {
            match pattern.get(p) {
                Some('%') => {
                    retry = Some((p + 1, t));
                    p += 1;
                }
                Some(&c) if c == '_' || c == text[t] => {
                    p += 1;
                    t += 1;
                }
                _ => match retry {
                    Some((after, from)) => {
                        p = after;
                        t = from + 1;
                        retry = Some((after, from + 1));
                    }
                    None => return false,
                },
            }
        }
        pattern[p..].iter().all(|&c| c == '%')
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(4_000))]

        #[test]
        fn in_parts_is_character_by_character(text in "[aab가é/]{0,9}", pattern in "[aab가é/%_]{0,7}") {
            let ready = Like::new(&pattern);
            proptest::prop_assert_eq!(ready.fits(text.as_bytes()), by_characters(&text, &pattern));
            let holds = memchr::memmem::find(text.as_bytes(), ready.literal()).is_some();
            proptest::prop_assert!(holds || !ready.fits(text.as_bytes()));
        }
    }

    #[test]
    fn it_does_not_blow_up() {
        assert!(!like(&"a".repeat(20_000), &format!("{}b", "a%".repeat(10))));
        assert!(like("", "%"));
        assert!(!like("", "_"));
    }
}
