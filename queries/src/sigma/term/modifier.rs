//! What stands behind a field's name: modifiers, and what values mean under them.

use super::{Fit, Placeholders, Term};
use crate::expr::parse::nearest;
use crate::sigma::check::{Check, Network, Order};
use crate::sigma::field::{self, Field};
use crate::sigma::pattern::Pattern;
use crate::sigma::yaml::{Entry, Fault, Node, Place, Value};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::sync::Arc;

/// How bytes of a text are written before they are encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wide {
    Little,
    Big,
    Marked,
}

/// What stands behind a field's name.
#[derive(Default)]
#[allow(clippy::struct_excessive_bools)] // each is a word that stands there or does not
pub struct Modifiers {
    all: bool,
    contains: bool,
    starts: bool,
    ends: bool,
    exists: bool,
    cased: bool,
    differs: bool,
    regex: bool,
    flags: String,
    network: bool,
    order: Option<Order>,
    base64: bool,
    offsets: bool,
    wide: Option<Wide>,
    dashes: bool,
    expand: bool,
    reference: bool,
    time: Option<String>,
}

const MODIFIERS: [&str; 31] = [
    "all",
    "contains",
    "startswith",
    "endswith",
    "exists",
    "cased",
    "neq",
    "re",
    "i",
    "m",
    "s",
    "cidr",
    "lt",
    "lte",
    "gt",
    "gte",
    "base64",
    "base64offset",
    "wide",
    "utf16",
    "utf16le",
    "utf16be",
    "windash",
    "expand",
    "fieldref",
    "minute",
    "hour",
    "day",
    "week",
    "month",
    "year",
];

impl Modifiers {
    /// Reads the words behind a field's name.
    pub fn read<'k>(words: impl Iterator<Item = &'k str>, at: Place, key: &str) -> Result<Self, Fault> {
        let mut it = Self::default();
        for word in words {
            let start = at.start + key.find(&format!("|{word}")).map_or(0, |found| found + 1);
            let here = Place { start, end: start + word.len() };
            match word {
                "all" => it.all = true,
                "contains" => it.contains = true,
                "startswith" => it.starts = true,
                "endswith" => it.ends = true,
                "exists" => it.exists = true,
                "cased" => it.cased = true,
                "neq" => it.differs = true,
                "re" => it.regex = true,
                "i" | "m" | "s" if it.regex => it.flags.push_str(word),
                "i" | "m" | "s" => return Err(Fault::new(here, format!("`{word}` must follow `re`"))),
                "cidr" => it.network = true,
                "lt" | "lte" | "gt" | "gte" => it.order = Order::of(word),
                "base64" => it.base64 = true,
                "base64offset" => it.offsets = true,
                "wide" | "utf16le" => it.wide = Some(Wide::Little),
                "utf16be" => it.wide = Some(Wide::Big),
                "utf16" => it.wide = Some(Wide::Marked),
                "windash" => it.dashes = true,
                "expand" => it.expand = true,
                "fieldref" => it.reference = true,
                "minute" | "hour" | "day" | "week" | "month" | "year" => it.time = Some(word.to_owned()),
                _ => {
                    let hint = nearest(word, MODIFIERS).map_or_else(
                        || format!("known are {}", MODIFIERS.join(", ")),
                        |near| format!("did you mean `{near}`?"),
                    );
                    return Err(Fault::new(here, format!("there is no modifier `{word}`; {hint}")));
                }
            }
        }
        let texts = it.contains || it.starts || it.ends;
        let encoded = it.base64 || it.offsets || it.wide.is_some() || it.dashes;
        let kinds = [it.regex, it.network, it.order.is_some(), it.exists];
        let several = kinds.iter().filter(|kind| **kind).count() > 1;
        if several || (kinds.contains(&true) && (texts || encoded || it.reference)) {
            return Err(Fault::new(at, format!("`{key}`: these modifiers exclude each other")));
        }
        Ok(it)
    }

    /// A field with its value or values.
    pub fn item(
        &self,
        field: Option<&Result<Field, String>>,
        entry: &Entry,
        placeholders: &Placeholders,
    ) -> Result<Term, Fault> {
        let values = match &entry.value.value {
            Value::List(items) if items.is_empty() => {
                return Err(Fault::new(entry.at, format!("`{}` has no values", entry.key)));
            }
            Value::List(items) => items.as_slice(),
            Value::Map(_) => return Err(Fault::new(entry.at, format!("`{}` must have a value or a list", entry.key))),
            _ => std::slice::from_ref(&entry.value),
        };
        let parts = values.iter().map(|value| self.value(field, value, placeholders)).collect::<Result<Vec<_>, _>>()?;
        let met = Term::joined(parts, self.all);
        Ok(match field {
            // What differs must be there.
            Some(Ok(field)) if self.differs => {
                Term::All(vec![Term::Field(field.clone(), Arc::new(Check::Exists)), Term::Not(Box::new(met))])
            }
            _ if self.differs => Term::Not(Box::new(met)),
            _ => met,
        })
    }

    /// One value.
    pub fn value(
        &self,
        field: Option<&Result<Field, String>>,
        node: &Node,
        placeholders: &Placeholders,
    ) -> Result<Term, Fault> {
        let fault = |message: String| Fault::new(node.at, message);
        if let Some(part) = &self.time {
            return Ok(Term::Unknown(format!("the modifier `{part}` reads times, which requests are not matched by")));
        }
        let field = match field {
            Some(Err(why)) => {
                // The value is read all the same, so that a mistake in it is told.
                self.checks(node, placeholders)?;
                return Ok(Term::Unknown(why.clone()));
            }
            Some(Ok(field)) => Some(field),
            None => None,
        };
        if self.reference {
            return self.beside(field, node);
        }
        if node.value == Value::Null || self.exists {
            let field = field.ok_or_else(|| fault("a keyword must be a text".to_owned()))?;
            let there = Term::Field(field.clone(), Arc::new(Check::Exists));
            let wanted = match node.value {
                Value::Null => false,
                Value::Bool(wanted) => wanted,
                _ => return Err(fault("`exists` needs true or false".to_owned())),
            };
            return Ok(if wanted { there } else { Term::Not(Box::new(there)) });
        }
        let (checks, lacking) = self.checks(node, placeholders)?;
        if let Some(why) = lacking {
            return Ok(Term::Unknown(why));
        }
        let term = |check: Check| match field {
            Some(field) => Term::Field(field.clone(), Arc::new(check)),
            None => Term::Keyword(Arc::new(anywhere(check))),
        };
        Ok(Term::joined(checks.into_iter().map(term).collect(), false))
    }

    fn beside(&self, field: Option<&Field>, node: &Node) -> Result<Term, Fault> {
        let other = node.text().ok_or_else(|| Fault::new(node.at, "`fieldref` needs the name of a field"))?;
        let Some(left) = field else { return Err(Fault::new(node.at, "`fieldref` needs a field to compare")) };
        let fit = match (self.contains, self.starts, self.ends) {
            (true, ..) => Fit::Contains,
            (_, true, _) => Fit::StartsWith,
            (.., true) => Fit::EndsWith,
            _ => Fit::Equals,
        };
        Ok(match field::resolve(&other) {
            Ok(right) => Term::Beside { left: left.clone(), right, fit, cased: self.cased },
            Err(why) => Term::Unknown(why),
        })
    }

    /// What a value means: one of several checks, or why it cannot be told.
    fn checks(&self, node: &Node, placeholders: &Placeholders) -> Result<(Vec<Check>, Option<String>), Fault> {
        let fault = |message: String| Fault::new(node.at, message);
        let Some(text) = node.text() else {
            return if node.value == Value::Null {
                Ok((vec![Check::Exists], None))
            } else {
                Err(fault("a value must be a text or a number".to_owned()))
            };
        };
        if self.exists {
            return Ok((vec![Check::Exists], None));
        }
        if let Some(order) = self.order {
            let bound = text.trim().parse::<f64>().map_err(|_| fault(format!("`{text}` is not a number")))?;
            return Ok((vec![Check::Compare(order, bound)], None));
        }
        if self.network {
            let network = Network::read(&text)
                .ok_or_else(|| fault(format!("`{text}` is no network; write 192.0.2.0/24 or 2001:db8::/32")))?;
            return Ok((vec![Check::Network(network)], None));
        }
        let texts = match self.expanded(&text, placeholders) {
            Ok(texts) => texts,
            Err(why) => return Ok((Vec::new(), Some(why))),
        };
        if self.regex {
            return self.regexes(&texts).map_err(fault);
        }
        let mut patterns = Vec::new();
        for text in texts {
            for text in if self.dashes { dashes(&text) } else { vec![text] } {
                patterns.extend(self.encoded(&text).map_err(fault)?);
            }
        }
        let patterns = patterns.into_iter().map(|mut pattern| {
            if self.contains || self.ends {
                pattern = pattern.after_anything();
            }
            if self.contains || self.starts {
                pattern = pattern.before_anything();
            }
            Check::Pattern(pattern.with_case(self.cased))
        });
        Ok((patterns.collect(), None))
    }

    fn regexes(&self, texts: &[String]) -> Result<(Vec<Check>, Option<String>), String> {
        let mut checks = Vec::new();
        for text in texts {
            let flags = if self.flags.is_empty() { String::new() } else { format!("(?{})", self.flags) };
            match regex::Regex::new(&format!("{flags}{text}")) {
                Ok(regex) => checks.push(Check::Regex(regex)),
                Err(error) => {
                    let why = error.to_string();
                    let why = why.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
                    if why.contains("look-around") || why.contains("backreference") {
                        return Ok((Vec::new(), Some(format!("/{text}/: {why}"))));
                    }
                    return Err(format!("not a regular expression: {why}"));
                }
            }
        }
        Ok((checks, None))
    }

    /// The value as pattern, or its encodings.
    fn encoded(&self, text: &str) -> Result<Vec<Pattern>, String> {
        if !self.base64 && !self.offsets && self.wide.is_none() {
            return Ok(vec![Pattern::read(text)]);
        }
        let bytes = match self.wide {
            None => text.as_bytes().to_vec(),
            Some(Wide::Little) => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Some(Wide::Big) => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            Some(Wide::Marked) => {
                [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
            }
        };
        if self.base64 {
            return Ok(vec![Pattern::literal(&STANDARD.encode(bytes))]);
        }
        if self.offsets {
            return Ok((0..3).map(|shift| Pattern::literal(&shifted(&bytes, shift))).collect());
        }
        let text = String::from_utf8(bytes).map_err(|_| {
            format!("`{text}` in UTF-16 is no text that a log could hold; add `base64` or `base64offset`")
        })?;
        Ok(vec![Pattern::literal(&text)])
    }

    /// The value with its placeholders filled in, in every way.
    fn expanded(&self, text: &str, placeholders: &Placeholders) -> Result<Vec<String>, String> {
        if !self.expand {
            return Ok(vec![text.to_owned()]);
        }
        let mut done = vec![String::new()];
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('%') {
            for text in &mut done {
                text.push_str(before);
            }
            let Some((name, after)) = after.split_once('%') else {
                for text in &mut done {
                    text.push('%');
                }
                rest = after;
                continue;
            };
            let Some(values) = placeholders.get(name) else {
                return Err(format!("the placeholder %{name}% has no values; give them under `placeholders:`"));
            };
            done = done.iter().flat_map(|text| values.iter().map(move |value| format!("{text}{value}"))).collect();
            rest = after;
        }
        for text in &mut done {
            text.push_str(rest);
        }
        Ok(done)
    }
}

/// A keyword may stand anywhere.
fn anywhere(check: Check) -> Check {
    match check {
        Check::Pattern(pattern) => Check::Pattern(pattern.after_anything().before_anything()),
        check => check,
    }
}

/// The part of a text's Base64 that does not depend on what stands around it, `shift` bytes after a group begins.
pub fn shifted(bytes: &[u8], shift: usize) -> String {
    let padded: Vec<u8> = std::iter::repeat_n(b' ', shift).chain(bytes.iter().copied()).collect();
    let encoded = STANDARD.encode(&padded);
    // Characters that also hold bits of a neighbour: in front by the shift, behind by what the last group lacks.
    let start = [0, 2, 3][shift];
    let end = encoded.len() - [0, 3, 2][padded.len() % 3];
    encoded.get(start..end).unwrap_or_default().to_owned()
}

/// All ways to write the dashes and slashes that begin a word.
pub fn dashes(text: &str) -> Vec<String> {
    const DASHES: [char; 5] = ['-', '/', '\u{2013}', '\u{2014}', '\u{2015}'];
    const MOST: usize = 3;
    let word = |char: Option<&char>| char.is_some_and(|char| char.is_alphanumeric() || *char == '_');
    let chars: Vec<char> = text.chars().collect();
    let begins =
        |at: usize| DASHES.contains(&chars[at]) && word(chars.get(at + 1)) && !(at > 0 && word(chars.get(at - 1)));
    let places: Vec<usize> = (0..chars.len()).filter(|&at| begins(at)).collect();
    let mut done = vec![chars.clone()];
    if places.len() > MOST {
        // So many ways would be thousands of patterns: the same dash everywhere.
        done.extend(DASHES.map(|dash| {
            let mut chars = chars.clone();
            for &at in &places {
                chars[at] = dash;
            }
            chars
        }));
    } else {
        for at in places {
            let with = |chars: &Vec<char>| {
                DASHES.map(|dash| {
                    let mut chars = chars.clone();
                    chars[at] = dash;
                    chars
                })
            };
            done = done.iter().flat_map(with).collect();
        }
    }
    let mut texts: Vec<String> = done.into_iter().map(String::from_iter).collect();
    texts.sort();
    texts.dedup();
    texts
}
