//! What is wrong with the YAML of a rule, in the words of its language and not of its reader's.

use super::RuleError;
use crate::expr::Span;
use crate::expr::parse::{caret, nearest};
use serde_saphyr::Error;

/// What the reader found, with file, line and caret.
pub(super) fn told(error: &Error, yaml: &str, name: &str) -> RuleError {
    let error = error.without_snippet();
    let message = words(error);
    let Some(place) = error.location() else { return RuleError(format!("{name}: {message}")) };
    let number = usize::try_from(place.line()).unwrap_or(1).max(1);
    let line = yaml.lines().nth(number - 1).unwrap_or_default();
    let before = usize::try_from(place.column()).unwrap_or(1).saturating_sub(1);
    let start = line.char_indices().nth(before).map_or(line.len(), |(at, _)| at);
    let word = line[start..].find(|c: char| !(c.is_alphanumeric() || "_-.".contains(c))).unwrap_or(line.len() - start);
    let indent = line.len() - line.trim_start().len();
    let start = start.saturating_sub(indent);
    let shown = caret(line.trim(), Span { start, end: start + word }, &message);
    RuleError(format!("{name}:{number}: {shown}"))
}

fn words(error: &Error) -> String {
    match error {
        Error::SerdeUnknownField { field, expected, .. } => {
            format!("there is no key `{field}` here; {}", hint(field, expected))
        }
        Error::SerdeUnknownVariant { variant, expected, .. } => {
            format!("`{variant}` cannot stand here; {}", hint(variant, expected))
        }
        Error::SerdeMissingField { field, .. } => format!("the key `{field}` is missing in what ends here"),
        Error::InvalidScalar { ty, .. } => format!("expected {} here", kind(ty)),
        Error::SerdeInvalidType { unexpected, expected, .. } => {
            format!("expected {} here, not {}", plain(expected), plain(unexpected))
        }
        Error::Unexpected { expected, .. } => format!("expected {} here", plain(expected)),
        Error::DuplicateMappingKey { .. } => "this key stands here twice".to_owned(),
        other => {
            let said = other.to_string();
            match said.rsplit_once("untagged enum ") {
                Some((_, what)) if what.starts_with("RuledOutText") => {
                    "expected a sentence, `{when: condition, say: sentence}` or a list of these".to_owned()
                }
                Some(_) => "expected the name of a column, or a list of them".to_owned(),
                None => format!("not a readable rule: {}", without_place(&said)),
            }
        }
    }
}

/// The name that is meant, or all that there are.
fn hint(wrong: &str, names: &[&str]) -> String {
    match nearest(wrong, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("it may be {}", names.join(", ")),
    }
}

/// A type of the reader's, in words.
fn kind(name: &str) -> &'static str {
    match name {
        "bool" => "true or false",
        "f32" | "f64" => "a number",
        name if name.starts_with(['u', 'i']) => "a whole number from 0",
        _ => "another value",
    }
}

fn plain(what: &str) -> String {
    let unit =
        |text: &str| text.replace("unit value", "nothing").replace("a map", "a mapping").replace("sequence", "list");
    match what {
        "map" | "mapping start" => "a mapping".to_owned(),
        "sequence" | "sequence start" => "a list".to_owned(),
        "a string" => "a text".to_owned(),
        "usize" | "u64" => kind(what).to_owned(),
        other if other.starts_with("struct ") => "a mapping".to_owned(),
        other if other.starts_with("string ") => other.replacen("string ", "the text ", 1),
        other if other.contains("mapping") => other.to_owned(),
        other => unit(other),
    }
}

/// The sentence without the place, which is told in front of it.
fn without_place(said: &str) -> &str {
    let said = said.trim_start_matches("error: ").trim_end();
    let rest = said.strip_prefix("line ").and_then(|rest| rest.split_once(": "));
    let said = rest.map_or(said, |(_, rest)| rest);
    said.split_once(" at line ").map_or(said, |(said, _)| said)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::Rule;

    const RULE: &str = "title: t\nid: t\nstatus: test\nlevel: low\nfalsepositives: [x]\nbreachline:\n  what: w\n  why: w\n  \
                        innocent_if: i\n  next_steps: n\n  headline: h\n  per: [route]\n  measure: {n: count()}\n  when: n > 3\n  \
                        roles: {client_ip: victim}\n";

    fn refused(old: &str, new: &str) -> String {
        Rule::parse(&RULE.replacen(old, new, 1), "t.yml").unwrap_err().0
    }

    #[test]
    fn mistakes_are_told_in_words_of_the_language() {
        assert!(Rule::parse(RULE, "t.yml").is_ok());
        let said = refused("  when:", "  open:\n    one: ask\n  when:");
        assert_eq!(said, "t.yml:15: expected a whole number from 0 here\n    one: ask\n    ^^^");
        let said = refused("  when:", "  among: {at_least: -3}\n  when:");
        assert!(said.starts_with("t.yml:14: expected a whole number from 0 here\n"), "{said}");
        let said = refused("  measure:", "  measures:");
        let expected = "t.yml:13: there is no key `measures` here; did you mean `measure`?\n    measures: {n: count()}\n    ^^^^^^^^";
        assert_eq!(said, expected);
        assert!(
            refused("victim", "suspect").contains("`suspect` cannot stand here; it may be suspected_source, victim")
        );
        assert!(refused("  per: [route]\n", "").contains("the key `per` is missing"));
        let said = refused("measure: {n: count()}", "measure: n");
        assert!(said.contains("expected a mapping here"), "{said}");
        assert!(refused("per: [route]", "per: [{a: b}]").contains("expected the name of a column, or a list of them"));
        assert!(refused("  when:", "  what: again\n  when:").contains("this key stands here twice"));
        for wrong in ["usize", "u64", "enum", "struct", "variant"] {
            assert!(!said.contains(wrong), "{said}");
        }
    }
}
