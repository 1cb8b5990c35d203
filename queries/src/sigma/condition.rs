//! The condition of a detection: `selection and not 1 of filter_*`.
//!
//! In: its text. Out: [`Condition`] over names of searches, or an error with a caret.

use crate::expr::Span;
use crate::expr::parse::{ExprError, nearest};

/// Levels that parentheses and `not` may be nested.
const DEEPEST: usize = 64;

/// A condition over named searches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// All of these.
    And(Vec<Condition>),
    /// One of these.
    Or(Vec<Condition>),
    /// Not this.
    Not(Box<Condition>),
    /// One search.
    Name(String, Span),
    /// All of several searches, by a pattern over their names; `None` stands for `them`.
    All(Option<String>, Span),
    /// One of several searches.
    One(Option<String>, Span),
}

/// Reads a condition.
pub fn parse(text: &str) -> Result<Condition, ExprError> {
    let mut reader = Reader { words: words(text), at: 0, end: text.len() };
    let condition = reader.or(0)?;
    match reader.peek() {
        None => Ok(condition),
        Some((word, span)) => Err(ExprError::at(span, after(word))),
    }
}

fn after(word: &str) -> String {
    match word {
        "|" => "aggregations behind `|` are no longer part of Sigma; write a correlation (event_count and the like)"
            .to_owned(),
        ")" => "this parenthesis was never opened".to_owned(),
        _ => format!("`and` or `or` is needed before `{word}`"),
    }
}

/// Words, parentheses and bars, each with its place.
fn words(text: &str) -> Vec<(&str, Span)> {
    let mut words = Vec::new();
    let mut from = None;
    for (at, char) in text.char_indices().chain([(text.len(), ' ')]) {
        let alone = matches!(char, '(' | ')' | '|');
        if char.is_whitespace() || alone {
            if let Some(start) = from.take() {
                words.push((&text[start..at], Span { start, end: at }));
            }
            if alone {
                words.push((&text[at..=at], Span { start: at, end: at + 1 }));
            }
        } else {
            from.get_or_insert(at);
        }
    }
    words
}

struct Reader<'a> {
    words: Vec<(&'a str, Span)>,
    at: usize,
    end: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<(&'a str, Span)> {
        self.words.get(self.at).copied()
    }

    fn next(&mut self) -> Option<(&'a str, Span)> {
        let word = self.peek();
        self.at += 1;
        word
    }

    fn takes(&mut self, word: &str) -> bool {
        let is_next = self.peek().is_some_and(|(next, _)| next.eq_ignore_ascii_case(word));
        self.at += usize::from(is_next);
        is_next
    }

    fn or(&mut self, depth: usize) -> Result<Condition, ExprError> {
        let mut parts = vec![self.and(depth)?];
        while self.takes("or") {
            parts.push(self.and(depth)?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Condition::Or(parts) })
    }

    fn and(&mut self, depth: usize) -> Result<Condition, ExprError> {
        let mut parts = vec![self.not(depth)?];
        while self.takes("and") {
            parts.push(self.not(depth)?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Condition::And(parts) })
    }

    fn not(&mut self, depth: usize) -> Result<Condition, ExprError> {
        let end = Span { start: self.end, end: self.end };
        if depth > DEEPEST {
            return Err(ExprError::at(end, format!("nested more than {DEEPEST} levels deep")));
        }
        if self.takes("not") {
            return Ok(Condition::Not(Box::new(self.not(depth + 1)?)));
        }
        let Some((word, span)) = self.next() else {
            return Err(ExprError::at(end, "a search is missing here"));
        };
        if word == "(" {
            let inner = self.or(depth + 1)?;
            return match self.next() {
                Some((")", _)) => Ok(inner),
                Some((word, span)) => Err(ExprError::at(span, after(word))),
                None => Err(ExprError::at(span, "this parenthesis is not closed")),
            };
        }
        if matches!(word, ")" | "|") || ["and", "or"].iter().any(|known| word.eq_ignore_ascii_case(known)) {
            return Err(ExprError::at(span, format!("a search is missing before `{word}`")));
        }
        if self.peek().is_some_and(|(next, _)| next.eq_ignore_ascii_case("of")) {
            return self.of(word, span);
        }
        Ok(Condition::Name(word.to_owned(), span))
    }

    /// What stands after `1`, `any` or `all`.
    fn of(&mut self, how: &str, from: Span) -> Result<Condition, ExprError> {
        self.next();
        let Some((name, span)) = self.next() else {
            return Err(ExprError::at(from, format!("`{how} of` what? Write `them` or a name with `*`")));
        };
        let named = (!name.eq_ignore_ascii_case("them")).then(|| name.to_owned());
        let span = Span { start: from.start, end: span.end };
        match how.to_ascii_lowercase().as_str() {
            "1" | "any" => Ok(Condition::One(named, span)),
            "all" => Ok(Condition::All(named, span)),
            _ => {
                Err(ExprError::at(from, format!("`{how} of` is not part of Sigma; write `1 of`, `any of` or `all of`")))
            }
        }
    }
}

/// The searches that a pattern over names means; `None` stands for `them`: all but those that begin with `_`.
pub fn chosen<'n>(pattern: Option<&str>, names: &[&'n str]) -> Vec<&'n str> {
    let fits = |name: &&&str| match pattern {
        None => !name.starts_with('_'),
        Some(pattern) => super::pattern::Pattern::read(pattern).with_case(true).matches(name, name),
    };
    names.iter().filter(fits).copied().collect()
}

/// An error where a condition names a search that is not there.
pub fn unknown(name: &str, span: Span, names: &[&str]) -> ExprError {
    let hint = nearest(name, names.iter().copied())
        .map_or_else(|| format!("there are {}", names.join(", ")), |near| format!("did you mean `{near}`?"));
    ExprError::at(span, format!("there is no search `{name}`; {hint}"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn shown(condition: &Condition) -> String {
        let all = |parts: &[Condition], word: &str| {
            format!("({})", parts.iter().map(shown).collect::<Vec<_>>().join(&format!(" {word} ")))
        };
        match condition {
            Condition::And(parts) => all(parts, "&"),
            Condition::Or(parts) => all(parts, "|"),
            Condition::Not(inner) => format!("!{}", shown(inner)),
            Condition::Name(name, _) => name.clone(),
            Condition::All(name, _) => format!("all:{}", name.as_deref().unwrap_or("them")),
            Condition::One(name, _) => format!("1:{}", name.as_deref().unwrap_or("them")),
        }
    }

    #[test]
    fn the_grammar_binds_as_sigma_says() {
        for (text, expected) in [
            ("selection", "selection"),
            ("a or b and not c", "(a | (b & !c))"),
            ("(a or b) and not (c or d)", "((a | b) & !(c | d))"),
            ("all of selection_* and not 1 of filter_*", "(all:selection_* & !1:filter_*)"),
            ("1 of them", "1:them"),
            ("ANY OF them OR All of x*", "(1:them | all:x*)"),
            ("not not a", "!!a"),
        ] {
            assert_eq!(shown(&parse(text).unwrap()), expected, "{text}");
        }
    }

    #[test]
    fn mistakes_have_a_caret() {
        for (text, word, at) in [
            ("a and", "missing", 5),
            ("a b", "`and` or `or`", 2),
            ("(a or b", "not closed", 0),
            ("a)", "never opened", 1),
            ("a | count() > 5", "correlation", 2),
            ("3 of them", "1 of", 0),
            ("a and or b", "missing before `or`", 6),
            ("", "missing", 0),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.message.contains(word) && error.span.start == at, "{text}: {error:?}");
        }
        let deep = format!("{}a{}", "(".repeat(5_000), ")".repeat(5_000));
        assert!(parse(&deep).unwrap_err().message.contains("levels"));
    }

    #[test]
    fn them_leaves_out_what_begins_with_an_underscore() {
        let names = ["selection_a", "selection_b", "_helper", "filter"];
        assert_eq!(chosen(None, &names), ["selection_a", "selection_b", "filter"]);
        assert_eq!(chosen(Some("selection_*"), &names), ["selection_a", "selection_b"]);
        assert!(chosen(Some("x*"), &names).is_empty());
    }
}
