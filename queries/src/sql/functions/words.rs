//! Patterns and encodings in text.

use super::{constant, refusal, text};
use hashbrown::HashMap;
use memchr::memmem;
use polars::prelude::{BooleanChunked, Column, DataType, IntoColumn, PolarsResult, StringChunked};
use regex::Regex;

/// Wraps an evaluation so that each distinct text is evaluated once.
pub(super) fn once_per_text<'a, T: Clone>(
    evaluate: impl Fn(&'a str) -> Option<T>,
) -> impl FnMut(Option<&'a str>) -> Option<T> {
    let mut known: HashMap<&'a str, Option<T>> = HashMap::new();
    move |text| {
        let text = text?;
        known.entry(text).or_insert_with(|| evaluate(text)).clone()
    }
}

fn texts(columns: &[Column], function: &str) -> PolarsResult<Column> {
    text(columns, 0, function)?.cast(&DataType::String)
}

fn pattern(columns: &[Column], function: &str) -> PolarsResult<Regex> {
    let written = constant(columns, 1, function, "a pattern such as '/users/([0-9]+)'")?;
    Regex::new(&written).map_err(|_| refusal(format!("{function} does not understand the pattern '{written}'")))
}

/// `regexp_extract(text, pattern[, group])`.
pub(super) fn regexp_extract(columns: &[Column]) -> PolarsResult<Column> {
    let texts = texts(columns, "regexp_extract")?;
    let pattern = pattern(columns, "regexp_extract")?;
    let complaint = || refusal("regexp_extract takes the number of a group as its third argument, such as 1");
    let group = match columns.get(2) {
        None => 0,
        Some(group) => {
            let group = group.cast(&DataType::Int64).map_err(|_| complaint())?;
            let group =
                group.get(0).ok().and_then(|value| value.extract::<i64>()).and_then(|n| usize::try_from(n).ok());
            group.ok_or_else(complaint)?
        }
    };
    if group >= pattern.captures_len() {
        let groups = pattern.captures_len() - 1;
        return Err(refusal(format!("the pattern of regexp_extract has {groups} groups, not {group}")));
    }
    let find = once_per_text(|text: &str| Some(pattern.captures(text)?.get(group)?.as_str().to_owned()));
    let found: StringChunked = texts.str()?.iter().map(find).collect();
    Ok(found.into_column().with_name(texts.name().clone()))
}

/// `regexp_replace(text, pattern, replacement)`.
pub(super) fn regexp_replace(columns: &[Column]) -> PolarsResult<Column> {
    let texts = texts(columns, "regexp_replace")?;
    let pattern = pattern(columns, "regexp_replace")?;
    let replacement = constant(columns, 2, "regexp_replace", "a text")?;
    let replace = once_per_text(|text: &str| Some(pattern.replace_all(text, replacement.as_str()).into_owned()));
    let replaced: StringChunked = texts.str()?.iter().map(replace).collect();
    Ok(replaced.into_column().with_name(texts.name().clone()))
}

/// `contains(text, part)`.
pub(super) fn contains(columns: &[Column]) -> PolarsResult<Column> {
    let texts = texts(columns, "contains")?;
    let part = constant(columns, 1, "contains", "a text")?;
    let finder = memmem::Finder::new(part.as_bytes());
    let found: BooleanChunked =
        texts.str()?.iter().map(|text| text.map(|text| finder.find(text.as_bytes()).is_some())).collect();
    Ok(found.into_column().with_name(texts.name().clone()))
}

/// `url_decode(text)`.
pub(super) fn url_decode(columns: &[Column]) -> PolarsResult<Column> {
    let texts = texts(columns, "url_decode")?;
    let decoded: StringChunked = texts.str()?.iter().map(once_per_text(|text: &str| Some(decode(text)))).collect();
    Ok(decoded.into_column().with_name(texts.name().clone()))
}

/// Decodes `%XX` and `+` once. If the bytes that come out are no text, the text stays as it was.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let hex = |index: usize| after.get(index).and_then(|&byte| char::from(byte).to_digit(16));
        if let (b'%', Some(high), Some(low)) = (first, hex(0), hex(1)) {
            bytes.push((high * 16 + low) as u8);
            rest = &after[2..];
        } else {
            bytes.push(if first == b'+' { b' ' } else { first });
            rest = after;
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn decoding_happens_once_and_never_breaks_text() {
        assert_eq!(decode("a%20b+c"), "a b c");
        assert_eq!(decode("%252e"), "%2e");
        assert_eq!(decode("%ea%b2%bd"), "경");
        for same in ["%ff", "%", "%2", "%zz", ""] {
            assert_eq!(decode(same), same);
        }
    }
}
