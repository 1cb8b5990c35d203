//! SQL LIKE: `%` any run, `_` any one character. Linear in the text for each run, no backtracking beyond the last `%`.

use memchr::memmem::Finder;

/// Whether a text fits a pattern.
pub fn like(text: &str, pattern: &str) -> bool {
    Like::new(pattern).map_or_else(|| like_with_blanks(text, pattern), |like| like.fits(text.as_bytes()))
}

/// A pattern without `_`, made ready: how the text begins and ends, and what it holds in between, one after another.
pub struct Like<'a> {
    /// The whole text, where the pattern has no `%`.
    whole: Option<&'a [u8]>,
    head: &'a [u8],
    tail: &'a [u8],
    parts: Vec<Finder<'a>>,
}

impl<'a> Like<'a> {
    /// Of a pattern; `None` where it has a `_`.
    pub fn new(pattern: &'a str) -> Option<Self> {
        if pattern.contains('_') {
            return None;
        }
        let Some((head, rest)) = pattern.split_once('%') else {
            return Some(Self { whole: Some(pattern.as_bytes()), head: b"", tail: b"", parts: Vec::new() });
        };
        let (middle, tail) = rest.rsplit_once('%').unwrap_or(("", rest));
        let parts = middle.split('%').filter(|part| !part.is_empty()).map(Finder::new).collect();
        Some(Self { whole: None, head: head.as_bytes(), tail: tail.as_bytes(), parts })
    }

    /// Whether a text in UTF-8 fits it.
    pub fn fits(&self, text: &[u8]) -> bool {
        if let Some(whole) = self.whole {
            return text == whole;
        }
        let inner = text.strip_prefix(self.head).and_then(|text| text.strip_suffix(self.tail));
        let Some(mut text) = inner else { return false };
        for part in &self.parts {
            match part.find(text) {
                Some(at) => text = &text[at + part.needle().len()..],
                None => return false,
            }
        }
        true
    }
}

fn like_with_blanks(text: &str, pattern: &str) -> bool {
    // Most texts lack something that stands in the pattern.
    if !pattern.split(['%', '_']).all(|part| text.contains(part)) {
        return false;
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn in_parts_is_character_by_character(text in "[abä/]{0,9}", pattern in "[abä/%]{0,7}") {
            proptest::prop_assert_eq!(like(&text, &pattern), like_with_blanks(&text, &pattern));
        }
    }

    #[test]
    fn it_does_not_blow_up() {
        assert!(!like(&"a".repeat(20_000), &format!("{}b", "a%".repeat(10))));
        assert!(like("", "%"));
        assert!(!like("", "_"));
    }
}
