//! Texts with wildcards, as Sigma writes them.
//!
//! `*` stands for any text, `?` for one character; a backslash takes the meaning from a wildcard or a backslash and
//! is itself before anything else. Letter case counts only where a rule says `cased`.

use std::borrow::Cow;
use std::fmt::{self, Write as _};

/// A part of a pattern.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// This text; folded unless letter case counts.
    Text(String),
    /// Any text, also none.
    Any,
    /// One character.
    One,
}

/// A text with wildcards.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pattern {
    parts: Vec<Part>,
    cased: bool,
}

/// A text without letter case: character by character, so that it does not depend on what stands beside them.
pub fn fold(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            Cow::Owned(text.to_ascii_lowercase())
        } else {
            Cow::Borrowed(text)
        };
    }
    Cow::Owned(text.chars().flat_map(char::to_lowercase).collect())
}

impl Pattern {
    /// Reads a value as Sigma writes it.
    pub fn read(text: &str) -> Self {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut chars = text.chars().peekable();
        while let Some(char) = chars.next() {
            match char {
                '\\' => match chars.peek() {
                    Some(&next @ ('*' | '?' | '\\')) => {
                        plain.push(next);
                        chars.next();
                    }
                    _ => plain.push('\\'),
                },
                '*' | '?' => {
                    if !plain.is_empty() {
                        parts.push(Part::Text(std::mem::take(&mut plain)));
                    }
                    parts.push(if char == '*' { Part::Any } else { Part::One });
                }
                _ => plain.push(char),
            }
        }
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        Self { parts, cased: true }.folded()
    }

    /// A pattern of a text in which nothing is a wildcard.
    pub fn literal(text: &str) -> Self {
        let parts = if text.is_empty() { Vec::new() } else { vec![Part::Text(text.to_owned())] };
        Self { parts, cased: true }.folded()
    }

    fn folded(mut self) -> Self {
        self.parts.dedup_by(|a, b| *a == Part::Any && *b == Part::Any);
        self
    }

    /// The same where letter case counts or, as Sigma has it unless told otherwise, does not.
    #[must_use]
    pub fn with_case(mut self, cased: bool) -> Self {
        self.cased = cased;
        if !cased {
            for part in &mut self.parts {
                if let Part::Text(text) = part {
                    *text = fold(text).into_owned();
                }
            }
        }
        self
    }

    /// The same with any text in front.
    #[must_use]
    pub fn after_anything(mut self) -> Self {
        self.parts.insert(0, Part::Any);
        self.folded()
    }

    /// The same with any text behind.
    #[must_use]
    pub fn before_anything(mut self) -> Self {
        self.parts.push(Part::Any);
        self.folded()
    }

    /// The text, if it has no wildcard.
    pub fn plain(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// Whether letter case counts.
    pub fn is_cased(&self) -> bool {
        self.cased
    }

    /// The longest text that must occur, if any.
    pub fn longest(&self) -> Option<&str> {
        let texts =
            self.parts.iter().filter_map(|part| if let Part::Text(text) = part { Some(text.as_str()) } else { None });
        // Of equals the first: max_by_key would give the last.
        texts.rev().max_by_key(|text| text.len())
    }

    /// Whether that its one text occurs is all that it asks.
    pub fn is_contained(&self) -> bool {
        !self.cased && matches!(self.parts.as_slice(), [Part::Any, Part::Text(_), Part::Any])
    }

    /// Whether a value fits; `folded` is the value without letter case.
    pub fn matches(&self, value: &str, folded: &str) -> bool {
        let mut rest = if self.cased { value } else { folded };
        // The part after the last `*`, and where its search goes on when it does not fit.
        let mut back: Option<(usize, &str)> = None;
        let mut at = 0;
        loop {
            let ahead = match self.parts.get(at) {
                Some(Part::Any) => {
                    back = Some((at + 1, rest));
                    at += 1;
                    continue;
                }
                Some(Part::Text(text)) => rest.strip_prefix(text.as_str()),
                Some(Part::One) => rest.chars().next().map(|char| &rest[char.len_utf8()..]),
                None if rest.is_empty() => return true,
                None => None,
            };
            if let Some(ahead) = ahead {
                rest = ahead;
                at += 1;
                continue;
            }
            let Some((after, from)) = back else { return false };
            if after == self.parts.len() {
                return true;
            }
            let Some(next) = self.next_start(after, from) else { return false };
            back = Some((after, next));
            (rest, at) = (next, after);
        }
    }

    /// Where the search after a `*` goes on: one character further, or where its text occurs next.
    fn next_start<'t>(&self, after: usize, from: &'t str) -> Option<&'t str> {
        let width = from.chars().next()?.len_utf8();
        let rest = &from[width..];
        match &self.parts[after] {
            Part::Text(text) => rest.find(text.as_str()).map(|at| &rest[at..]),
            _ => Some(rest),
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.parts {
            match part {
                Part::Any => out.write_char('*')?,
                Part::One => out.write_char('?')?,
                Part::Text(text) => {
                    for char in text.chars() {
                        if matches!(char, '*' | '?') {
                            out.write_char('\\')?;
                        }
                        out.write_char(char)?;
                    }
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(pattern: &str, value: &str) -> bool {
        Pattern::read(pattern).with_case(false).matches(value, &fold(value))
    }

    #[test]
    fn wildcards_and_backslashes_mean_what_sigma_says() {
        for (pattern, value) in [
            ("abc", "ABC"),
            ("*.php", "/a/b.PHP"),
            ("/a?c", "/aéc"),
            (r"a\*b", "a*b"),
            (r"a\?b", "a?b"),
            (r"c:\temp\x", r"C:\temp\x"),
            (r"a\\b", r"a\b"),
            (r"a\\*b", r"a\xyzb"),
            (r"\\\\host", r"\\host"),
            ("*a*b*", "xxbxaxb"),
            ("*ab", "aab"),
            ("a**b", "ab"),
            ("", ""),
            ("*", ""),
            ("*??", "한글"),
            ("ΣΑΣ", "σας".replace('ς', "σ").as_str()),
        ] {
            assert!(fits(pattern, value), "{pattern} {value}");
        }
        for (pattern, value) in
            [("abc", "abcd"), (r"a\*b", "axb"), ("a?c", "ac"), (r"a\\*b", "axb"), ("*a*b", "abc"), ("?", ""), ("", "a")]
        {
            assert!(!fits(pattern, value), "{pattern} {value}");
        }
        let cased = Pattern::read("*GET*").with_case(true);
        assert!(cased.matches("a GET b", "a get b") && !cased.matches("a get b", "a get b"));
    }

    /// The meaning of a pattern, character by character and with no thought of time.
    fn naive(pattern: &[char], value: &[char]) -> bool {
        match (pattern, value) {
            ([], []) => true,
            (['*', rest @ ..], _) => naive(rest, value) || (!value.is_empty() && naive(pattern, &value[1..])),
            (['?', rest @ ..], [_, others @ ..]) => naive(rest, others),
            ([one, rest @ ..], [other, others @ ..]) => one == other && naive(rest, others),
            _ => false,
        }
    }

    proptest::proptest! {
        #[test]
        fn agrees_with_the_naive_meaning(pattern in "[abAB*?é]{0,9}", value in "[abABé]{0,12}") {
            let chars = |text: &str| fold(text).chars().collect::<Vec<_>>();
            proptest::prop_assert_eq!(fits(&pattern, &value), naive(&chars(&pattern), &chars(&value)));
        }
    }
}
