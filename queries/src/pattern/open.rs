//! What stands inside the parameters of a target: members of JSON, what was escaped once more, base64 of a URL or of JSON.
//!
//! In: a target as logged. Out: texts with the name under which they stand. Nothing is opened deeper than [`DEPTH`], and
//! nothing longer than [`LONGEST`]; a text that holds no such thing costs one look at it.

use super::hosts;
use breachline_parsers::mask::{decode_base64, percent_decode};
use serde_json::Value;

/// How often something inside something is opened.
const DEPTH: usize = 3;
/// Longest value that is opened, in bytes.
const LONGEST: usize = 16_384;
/// How base64 of a URL, of `//host`, of `file:`, of `gopher:`, of `dict:`, of `ldap:` and of JSON begins.
const BEGINS: [&str; 8] = ["aHR0c", "SFRUU", "Ly8", "ZmlsZT", "Z29waGVyO", "ZGljdD", "bGRhc", "eyJ"];

/// A text inside a parameter, in lower case.
#[derive(Debug, PartialEq, Eq)]
pub struct Inner {
    /// The name under which it stands: of the member, or of the parameter.
    pub name: String,
    /// The text.
    pub value: String,
}

impl Inner {
    /// Whether it sends a server to a place inside.
    pub fn names_inside(&self) -> bool {
        hosts::leads_inside(&self.name, &self.value)
    }
}

/// What stands inside the parameters of a target.
pub fn opened(target: &str) -> Vec<Inner> {
    let mut found = Vec::new();
    let Some((_, query)) = target.split_once('?') else { return found };
    for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
        if !value.is_empty() && value.len() <= LONGEST && may_hold(value) {
            let decoded = |text: &str| String::from_utf8_lossy(&percent_decode(text.as_bytes())).into_owned();
            open(&decoded(name), &decoded(&value.replace('+', " ")), DEPTH, &mut found);
        }
    }
    found
}

/// Whether a value, as sent, may hold something to open: a brace or bracket in any spelling, two escapes, base64.
fn may_hold(value: &str) -> bool {
    let braces = |text: &str| text.starts_with(['{', '[', '"']);
    let escaped = ["%7b", "%5b", "%22", "%25"];
    braces(value)
        || BEGINS.iter().any(|begin| value.starts_with(begin))
        || escaped.iter().any(|escape| value.get(..3).is_some_and(|start| start.eq_ignore_ascii_case(escape)))
        || value.contains("%25")
}

/// Opens a decoded value.
fn open(name: &str, value: &str, depth: usize, found: &mut Vec<Inner>) {
    if depth == 0 {
        return;
    }
    if value.starts_with(['{', '[', '"'])
        && let Ok(json) = serde_json::from_str::<Value>(value)
    {
        members(name, &json, depth - 1, found);
        return;
    }
    if let Some(text) = from_base64(value) {
        found.push(Inner { name: name.to_lowercase(), value: text.to_lowercase() });
        open(name, &text, depth - 1, found);
        return;
    }
    if value.contains('%') {
        let once_more = String::from_utf8_lossy(&percent_decode(value.as_bytes())).into_owned();
        if once_more != value {
            found.push(Inner { name: name.to_lowercase(), value: once_more.to_lowercase() });
            open(name, &once_more, depth - 1, found);
        }
    }
}

/// The texts of a JSON value, each opened in turn.
fn members(name: &str, json: &Value, depth: usize, found: &mut Vec<Inner>) {
    match json {
        Value::String(text) => {
            found.push(Inner { name: name.to_lowercase(), value: text.to_lowercase() });
            open(name, text, depth, found);
        }
        Value::Array(items) => items.iter().for_each(|item| members(name, item, depth, found)),
        Value::Object(fields) => fields.iter().for_each(|(name, value)| members(name, value, depth, found)),
        _ => {}
    }
}

/// The text of base64 that begins as URLs and JSON do, if it is one.
fn from_base64(value: &str) -> Option<String> {
    if value.len() < 8 || !BEGINS.iter().any(|begin| value.starts_with(begin)) {
        return None;
    }
    // What was a plus sign became a space on the way.
    let value = value.replace(' ', "+");
    String::from_utf8(decode_base64(value.as_bytes())?)
        .ok()
        .filter(|text| !text.contains('\u{fffd}') && text.chars().all(|c| !c.is_control()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(target: &str) -> Vec<String> {
        opened(target).into_iter().map(|inner| format!("{}={}", inner.name, inner.value)).collect()
    }

    #[test]
    fn json_is_opened_however_it_was_sent() {
        for target in [
            r#"/g?variables={"url":"HTTP:\/\/0x7f.1\/a"}"#,
            "/g?variables=%7B%22url%22:%22http://0x7f.1/a%22%7D",
            "/g?variables=%7b%22in%22:[%7b%22url%22:%22http%3A%5Cu002f%2F0x7f.1/a%22%7d]%7d",
        ] {
            assert_eq!(values(target), ["url=http://0x7f.1/a"], "{target}");
        }
        assert_eq!(values("/g?v=%257B%2522url%2522:%2522//h%2522%257D"), [r#"v={"url":"//h"}"#, "url=//h"]);
        assert_eq!(values(r#"/g?v={"a":"{\"b\":\"c\"}"}"#), [r#"a={"b":"c"}"#, "b=c"]);
    }

    #[test]
    fn base64_of_a_url_is_opened() {
        assert_eq!(values("/g?u=aHR0cDovLzEwLjAuMC4xL3g_YT1i"), ["u=http://10.0.0.1/x?a=b"]);
        assert_eq!(values("/g?s=eyJ1IjoiLy8xMC4wLjAuMSJ9&x=1"), [r#"s={"u":"//10.0.0.1"}"#, "u=//10.0.0.1"]);
        for target in ["/g?u=aHR0c", "/g?u=aHR0cHRoaXMgaXMgYmluYXJ5AAEC", "/g?q=eyJub3QganNvbg"] {
            assert!(values(target).iter().all(|value| !value.contains("//")), "{target}");
        }
    }

    #[test]
    fn nothing_is_opened_without_end() {
        let mut target = "x".to_owned();
        for _ in 0..8 {
            target = target.replace('%', "%25").replace('{', "%7B").replace('"', "%22");
            target = format!("{{\"a\":\"{target}\"}}");
        }
        assert!(opened(&format!("/g?v={target}")).len() < 20);
        assert!(opened(&format!("/g?v={}", "[".repeat(20_000))).is_empty());
    }

    proptest::proptest! {
        #[test]
        fn any_text_can_be_asked(text in "[{}\\[\\]\":%a-z0-9=&?+ ]{0,60}") {
            let _ = opened(&text);
        }
    }
}
