//! YAML as a tree that knows where everything stands, so that a mistake in a rule can be pointed at.
//!
//! In: the text of a file. Out: its documents as [`Node`]s, or a [`Fault`] with line and column.

use crate::expr::parse::caret;
use crate::expr::{Span, parse::nearest};
use serde_saphyr::granit_parser::{Event, Parser, ScalarStyle, Span as Marked};
use std::collections::HashMap;

/// Nodes that a file may have, aliases written out.
const MOST_NODES: usize = 500_000;

/// Levels that lists and mappings may be nested.
const DEEPEST: usize = 64;

/// Where something stands: bytes of the text.
pub type Place = Span;

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub at: Place,
    /// What.
    pub message: String,
}

impl Fault {
    /// A fault at a place.
    pub fn new(at: Place, message: impl Into<String>) -> Self {
        Self { at, message: message.into() }
    }

    /// The message with file, line, the line's text and a caret.
    pub fn render(&self, name: &str, text: &str) -> String {
        let start = self.at.start.min(text.len());
        let line = text.as_bytes()[..start].split(|&byte| byte == b'\n').count();
        format!("{name}:{line}: {}", caret(text, self.at, &self.message))
    }
}

/// A value of a document.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// `true` or `false`, unquoted.
    Bool(bool),
    /// An unquoted number, as written.
    Number(String),
    /// Any other text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A mapping, in the order of the file.
    Map(Vec<Entry>),
}

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Where it stands.
    pub at: Place,
}

/// A key of a mapping with its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key stands.
    pub at: Place,
    /// The value.
    pub value: Node,
}

impl Node {
    /// The entries of a mapping.
    pub fn map(&self) -> Option<&[Entry]> {
        if let Value::Map(entries) = &self.value { Some(entries) } else { None }
    }

    /// The value of a key of a mapping.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.map()?.iter().find(|entry| entry.key == key).map(|entry| &entry.value)
    }

    /// A text, or what is written as a number or a truth value, as text.
    pub fn text(&self) -> Option<String> {
        match &self.value {
            Value::Text(text) | Value::Number(text) => Some(text.clone()),
            Value::Bool(value) => Some(value.to_string()),
            Value::Null | Value::List(_) | Value::Map(_) => None,
        }
    }

    /// The elements of a list; what is no list is a list of one.
    pub fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            Value::Null => &[],
            _ => std::slice::from_ref(self),
        }
    }

    /// The texts of a list of texts, or of one text.
    pub fn texts(&self, what: &str) -> Result<Vec<String>, Fault> {
        let text =
            |item: &Self| item.text().ok_or_else(|| Fault::new(item.at, format!("{what}: a text is needed here")));
        self.items().iter().map(text).collect()
    }

    /// An error for keys of a mapping that are not among `known`.
    pub fn only(&self, what: &str, known: &[&str]) -> Result<(), Fault> {
        let Some(entries) = self.map() else {
            return Err(Fault::new(self.at, format!("{what}: a mapping is needed here ({})", known.join(", "))));
        };
        let Some(odd) = entries.iter().find(|entry| !known.contains(&entry.key.as_str())) else { return Ok(()) };
        let hint = nearest(&odd.key, known.iter().copied())
            .map_or_else(|| format!("known are {}", known.join(", ")), |near| format!("did you mean `{near}`?"));
        Err(Fault::new(odd.at, format!("{what} has no `{}`; {hint}", odd.key)))
    }
}

/// Reads all documents of a text. Empty documents are left out.
pub fn read(text: &str) -> Result<Vec<Node>, Fault> {
    let mut reader = Reader { parser: Parser::new_from_str(text), text, anchors: HashMap::new(), nodes: 0 };
    let mut documents = Vec::new();
    while let Some((event, at)) = reader.next()? {
        match event {
            Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd => {}
            Event::StreamEnd => break,
            event => documents.push(reader.node(&event, at, 0)?),
        }
    }
    documents.retain(|document| document.value != Value::Null);
    Ok(documents)
}

struct Reader<'a> {
    parser: Parser<'a, serde_saphyr::granit_parser::StrInput<'a>>,
    text: &'a str,
    anchors: HashMap<usize, Node>,
    nodes: usize,
}

impl<'a> Reader<'a> {
    fn place(&self, at: &Marked) -> Place {
        let range = at.byte_range().unwrap_or(0..0);
        let end = range.end.min(self.text.len()).max(range.start);
        // A block's span runs to its end; the caret stands under its first line.
        Span { start: range.start.min(self.text.len()), end }
    }

    fn next(&mut self) -> Result<Option<(Event<'a>, Place)>, Fault> {
        match self.parser.next_event() {
            None => Ok(None),
            Some(Ok((event, at))) => Ok(Some((event, self.place(&at)))),
            Some(Err(error)) => {
                let start = error.marker().byte_offset().unwrap_or(0).min(self.text.len());
                Err(Fault::new(Span { start, end: start }, format!("not readable as YAML: {}", error.info())))
            }
        }
    }

    fn node(&mut self, event: &Event<'a>, at: Place, depth: usize) -> Result<Node, Fault> {
        self.nodes += 1;
        if self.nodes > MOST_NODES || depth > DEEPEST {
            return Err(Fault::new(at, format!("more than {MOST_NODES} values, or more than {DEEPEST} levels")));
        }
        let (value, anchor) = match event {
            Event::Scalar(text, style, anchor, _) => (scalar(text, *style), *anchor),
            Event::SequenceStart(_, anchor, _) => (Value::List(self.list(depth)?), *anchor),
            Event::MappingStart(_, anchor, _) => (Value::Map(self.mapping(depth)?), *anchor),
            Event::Alias(anchor) => {
                let known = self.anchors.get(anchor).cloned();
                let known = known.ok_or_else(|| Fault::new(at, "an alias of nothing"))?;
                self.nodes += size(&known);
                (known.value, 0)
            }
            _ => return Err(Fault::new(at, "a value is needed here")),
        };
        let node = Node { value, at };
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Node>, Fault> {
        let mut items = Vec::new();
        while let Some((event, at)) = self.next()? {
            if event == Event::SequenceEnd {
                break;
            }
            items.push(self.node(&event, at, depth + 1)?);
        }
        Ok(items)
    }

    fn mapping(&mut self, depth: usize) -> Result<Vec<Entry>, Fault> {
        let mut entries: Vec<Entry> = Vec::new();
        while let Some((event, at)) = self.next()? {
            if event == Event::MappingEnd {
                break;
            }
            let key = self.node(&event, at, depth + 1)?;
            let name = match key.value {
                Value::Null => String::new(),
                _ => key.text().ok_or_else(|| Fault::new(at, "a key must be a text"))?,
            };
            if entries.iter().any(|entry| entry.key == name) {
                return Err(Fault::new(at, format!("`{name}` stands here twice; one of them would be lost")));
            }
            let Some((event, value_at)) = self.next()? else {
                return Err(Fault::new(at, format!("`{name}` has no value")));
            };
            let value = self.node(&event, value_at, depth + 1)?;
            entries.push(Entry { key: name, at, value });
        }
        Ok(entries)
    }
}

fn size(node: &Node) -> usize {
    1 + match &node.value {
        Value::List(items) => items.iter().map(size).sum(),
        Value::Map(entries) => entries.iter().map(|entry| 1 + size(&entry.value)).sum(),
        _ => 0,
    }
}

/// What an unquoted scalar means; quoted ones are text.
fn scalar(text: &str, style: ScalarStyle) -> Value {
    if style != ScalarStyle::Plain {
        return Value::Text(text.to_owned());
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ if is_number(text) => Value::Number(text.to_owned()),
        _ => Value::Text(text.to_owned()),
    }
}

/// Digits with at most one point, and a sign.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let all = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    all(whole) && all(part)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn scalars_are_what_their_quotes_say() {
        let documents =
            read("a: 200\nb: '200'\nc:\nd: null\ne: 'null'\nf: no\ng: 1.5\nh: 2024-01-02\n---\n- x\n").unwrap();
        assert_eq!(documents.len(), 2);
        let of = |key: &str| documents[0].get(key).unwrap().value.clone();
        assert_eq!(of("a"), Value::Number("200".to_owned()));
        assert_eq!(of("b"), Value::Text("200".to_owned()));
        assert_eq!(of("c"), Value::Null);
        assert_eq!(of("d"), Value::Null);
        assert_eq!(of("e"), Value::Text("null".to_owned()));
        assert_eq!(of("f"), Value::Text("no".to_owned()));
        assert_eq!(of("g"), Value::Number("1.5".to_owned()));
        assert_eq!(of("h"), Value::Text("2024-01-02".to_owned()));
        assert_eq!(documents[1].items().len(), 1);
    }

    #[test]
    fn mistakes_have_a_line_and_a_caret() {
        let text = "a: 1\nb: [x\nc: 2\n";
        let fault = read(text).unwrap_err().render("r.yml", text);
        assert!(fault.starts_with("r.yml:") && fault.contains('^'), "{fault}");
        let text = "a: 1\n한글: 가\na: 2\n";
        let fault = read(text).unwrap_err().render("r.yml", text);
        assert_eq!(fault, "r.yml:3: `a` stands here twice; one of them would be lost\n    a: 2\n    ^");
    }

    #[test]
    fn aliases_are_written_out_and_bounded() {
        let documents = read("a: &x [1, 2]\nb: *x\n").unwrap();
        assert_eq!(documents[0].get("a").unwrap().value, documents[0].get("b").unwrap().value);
        let mut bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
        for at in 1..9 {
            let before = format!("*a{}", at - 1);
            bomb = format!("{bomb}a{at}: &a{at} [{}]\n", vec![before; 10].join(","));
        }
        assert!(read(&bomb).unwrap_err().message.contains("more than"));
    }
}
