//! Secrets in text of which no more is known than its bytes: raw lines, bodies, messages.

use super::header::lasting;
use super::{fingerprint_decoded, is_masked, jwt, looks_random, offset, path, shape, split_scheme, values_of_cookies};
use regex::bytes::{Captures, Regex};
use std::fmt::Write;
use std::ops::Range;
use std::sync::LazyLock;

/// A quote: bare, escaped for JSON within JSON, by nginx (`\x22`), by JSON (`\u0022`), for URLs, by `HAProxy`.
const QUOTE: &str = r#"(?:\\*"|\\+x22|\\+u0022|%(?:25)*22|#22|&quot;)"#;

/// What stands between a key and its value.
const COLON: &str = r"(?:\s|\+|%(?:25)*20)*(?::|%(?:25)*3A)(?:\s|\+|\[|%(?:25)*(?:20|5B))*";

/// What ends in one of these names a secret, whatever precedes it.
const NAMES: &str = "authorization|api@key|access@key|secret@key|private@key|cookie|password|passwd|passphrase|pwd|\
                     secret|token|assertion|signature|session|session@id|sessid|sid|otp|saml(?:response|request)";

/// What joins the words of a name.
const JOINT: &str = "(?:[_-]|%(?:25)*(?:5F|2D))?";

/// Names of secrets that would also end harmless words.
const WHOLE_NAMES: &str = "(?:(?:old|new|user|login|admin|current|confirm|db|member|card|atm|upi)@)?(?:pass|pw|pin)|sig|jwt|\
                           bearer|hmac|ticket|credentials?|passcode|cvv2?|cvc2?|card@cv[vc]|ssn|rrn|jumin(?:@(?:no|num))?|\
                           resident@(?:no|number)|security@(?:code|answer)|(?:crtfc|confm|enc|encryption|signing|master)@key|\
                           (?:sms|verification|recovery|backup)@code|mnemonic|seed@phrase";

/// Names of what may be the number of a payment card.
const CARDS: &str = "(?:credit@|debit@)?card(?:@(?:no|num|number))?|cc@(?:no|num|number)|pan";

/// Every secret that its surroundings give away; the groups are the secrets.
static SECRETS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let [names, whole, cards] = [NAMES, WHOLE_NAMES, CARDS].map(|names| names.replace('@', JOINT));
    let name = format!(r"(?:[\w.%-]*(?:{names})|(?:{whole}))");
    Regex::new(&format!(
        concat!(
            "(?i-u)",
            // JSON keys with a text, whose quotes are escaped within it, and with anything else.
            r#""{name}"\s*:\s*\[?\s*"(?P<json>(?:[^"\\]|\\.)+)"?"#,
            r#"|{quote}{name}{quote}{colon}{quote}(?P<escaped>.+?)(?:{quote}|$)"#,
            r#"|{quote}{name}{quote}{colon}(?P<bare>[^\s",}}\]]+)"#,
            // Lists of cookies, whatever their names.
            r#"|\bcookie(?:=|:\s?)(?P<cookies>[^\s;="]+=[^;\s"]*(?:;[\s+]?[^\s;="]+=[^;\s"]*)*)"#,
            // Authorization values.
            r"|\b(?:bearer|basic|token|negotiate|ntlm|apikey)(?:\s+|%20|\+|\\x20|#20)(?P<scheme>[A-Za-z0-9._~+/=%-]{{8,}})",
            r#"|\b(?:response|nonce|oauth_signature)="(?P<digest>[^"]{{16,}})""#,
            // Headers and parameters; a value may begin with its scheme.
            r"|\b{name}(?:\]|%5D)?(?:\[\])?(?:=|:\s?|%(?:25)*3D)(?:(?:basic|bearer|token|apikey)(?:\s+|%20|\+)(?:token=)?)?",
            r#"(?P<value>"[^"\s]+"|[^\s&"'#,;\\<>)|}}]+)"#,
            r#"|(?:[?&;#]|%(?:25)*(?:3F|26))(?:key|code|auth|state|nonce|hash)(?:=|%(?:25)*3D)(?P<perhaps>[^\s&"'#\\]{{8,}})"#,
            // Numbers of cards under their names; those of cards and residents that their groups tell.
            r#"|\b(?:{cards})(?:"|%(?:25)*22)?{colon_or_equals}"?(?P<card>[0-9][0-9 +-]{{11,24}}[0-9])"#,
            r"|\b(?P<telling>[0-9]{{4}}(?:[ +-]|%20)[0-9]{{4}}(?:[ +-]|%20)[0-9]{{4}}(?:[ +-]|%20)[0-9]{{4}}|[0-9]{{6}}-[1-8][0-9]{{6}})\b",
            // Fields of forms and of XML.
            r#"|\bname=(?:\\*"|\\x22)?{name}(?:\\*"|\\x22)?(?:\s|\\x0[da]|\\[rn])+(?P<part>[^\\\s"]+)"#,
            r"|<(?:\w+:)?{name}(?:\s[^>]*)?>(?P<xml>[^<]+)",
            // User info of URLs.
            r#"|://(?P<user>[^\s/@:"]+:[^\s/@"]+)@"#,
            // What HAProxy captured of a header has no name.
            r"|[{{|](?P<captured>[A-Za-z0-9._~+/=-]{{16,}})",
        ),
        name = name,
        quote = QUOTE,
        colon = COLON,
        cards = cards,
        colon_or_equals = r"\s*(?:=|:|%(?:25)*3[DA])\s*",
    ))
    .ok()
});

/// A raw line with its secrets masked and everything unprintable escaped.
///
/// Secrets become `~` and a fingerprint, control and invisible characters `\x1b` and `\u{202e}`,
/// bytes that are no UTF-8 `\xff`: the result is one line of printable text.
pub(crate) fn mask_line(line: &[u8], key: &[u8; 32]) -> String {
    mask_hiding(line, key, &[])
}

/// The same, with more secrets of which the place is known.
pub(crate) fn mask_hiding(line: &[u8], key: &[u8; 32], hidden: &[Range<usize>]) -> String {
    let mut out = String::with_capacity(line.len());
    let mut copied = 0;
    for range in with(secrets(line), line, hidden) {
        escape(&line[copied..range.start], &mut out);
        out.push('~');
        out.push_str(&print(key, line, &range));
        copied = range.end;
    }
    escape(&line[copied..], &mut out);
    out
}

/// A raw line as [`mask_line`] shows it, in two parts: what stands before the byte `at`, and the rest. A secret is never
/// parted: it belongs to the rest.
pub(crate) fn mask_around(line: &[u8], key: &[u8; 32], at: usize, hidden: &[Range<usize>]) -> (String, String) {
    let mut at = at.min(line.len());
    while at < line.len() && line[at] & 0xc0 == 0x80 && at > 0 {
        at -= 1;
    }
    let secrets = with(secrets(line), line, hidden);
    let at = secrets.iter().find(|range| range.contains(&at)).map_or(at, |range| range.start);
    let part = |from: usize, until: usize| {
        let mut out = String::with_capacity(until - from);
        let mut copied = from;
        for range in secrets.iter().filter(|range| (from..until).contains(&range.start)) {
            escape(&line[copied..range.start], &mut out);
            out.push('~');
            out.push_str(&print(key, line, range));
            copied = range.end;
        }
        escape(&line[copied..until], &mut out);
        out
    };
    (part(0, at), part(at, line.len()))
}

/// A text with its secrets masked; `None` where it has none.
pub(crate) fn mask_text(text: &[u8], key: &[u8; 32]) -> Option<Vec<u8>> {
    let ranges = secrets(text);
    if ranges.is_empty() {
        return None;
    }
    let mut out = Vec::with_capacity(text.len());
    let mut copied = 0;
    for range in ranges {
        out.extend_from_slice(&text[copied..range.start]);
        out.push(b'~');
        out.extend_from_slice(print(key, text, &range).as_bytes());
        copied = range.end;
    }
    out.extend_from_slice(&text[copied..]);
    Some(out)
}

/// The fingerprint of a secret in a text: the one that columns have of it.
fn print(key: &[u8; 32], text: &[u8], secret: &Range<usize>) -> String {
    fingerprint_decoded(key, &lasting(&text[..secret.start], &text[secret.clone()]))
}

/// Where secrets stand, in order, none within another.
fn secrets(text: &[u8]) -> Vec<Range<usize>> {
    let mut all: Vec<Range<usize>> = Vec::new();
    if let Some(secrets) = SECRETS.as_ref() {
        for found in secrets.captures_iter(text) {
            add(text, &found, &mut all);
        }
    }
    let mut from = 0;
    while let Some((range, _)) = shape::next_or_cut(text, from) {
        from = range.end;
        all.push(range);
    }
    path::secrets(text, |range| all.push(range));
    all.extend(encoded(text));
    joined(all)
}

/// Secrets that a text shows together with those of which the place is known.
fn with(secrets: Vec<Range<usize>>, text: &[u8], hidden: &[Range<usize>]) -> Vec<Range<usize>> {
    if hidden.is_empty() {
        return secrets;
    }
    let within = hidden.iter().map(|range| range.start.min(text.len())..range.end.min(text.len()));
    let meant = within.filter(|range| !range.is_empty() && !is_masked(&text[range.clone()]));
    joined(secrets.into_iter().chain(meant).collect())
}

/// Ranges in order, those that overlap made one.
pub(super) fn joined(mut all: Vec<Range<usize>>) -> Vec<Range<usize>> {
    all.sort_by_key(|range| (range.start, range.end));
    all.dedup_by(|next, before| {
        let overlap = next.start < before.end;
        if overlap {
            before.end = before.end.max(next.end);
        }
        overlap
    });
    all
}

/// Messages that were logged as base64 (analytics keep whole requests so), where secrets stand in them.
fn encoded(text: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(step) = text[at..].iter().position(|&byte| is_base64(byte)) {
        let start = at + step;
        let length = text[start..].iter().take_while(|&&byte| is_base64(byte)).count();
        at = start + length;
        let padding = text[at..].iter().take(2).take_while(|&&byte| byte == b'=').count();
        if length >= SHORTEST_MESSAGE && holds_message(&text[start..start + length - length % 4]) {
            found.push(start..at + padding);
        }
        at += padding;
    }
    found
}

/// Letters of base64 that a message with a header in it has at least.
const SHORTEST_MESSAGE: usize = 32;

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')
}

/// Whether base64 is that of a message in which a secret stands: it may have been cut anywhere.
fn holds_message(base64: &[u8]) -> bool {
    // Text begins with letters, and what is a message has lines or spaces: a look at a few bytes spares ids the rest.
    let Some(bytes) = jwt::decode_base64(base64) else { return false };
    let text = bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    text.len() * 10 >= bytes.len() * 9
        && text.bytes().any(|byte| matches!(byte, b' ' | b'\n' | b'{'))
        && (text.contains("HTTP/") || !secrets(text.as_bytes()).is_empty())
}

/// Adds the secret of a match, or the values of a list of cookies one by one, as columns have them.
fn add(text: &[u8], found: &Captures<'_>, all: &mut Vec<Range<usize>>) {
    let Some(range) = secret(found) else { return };
    let name = &text[found.get(0).map_or(range.start, |whole| whole.start())..range.start];
    let is_cookie = name.windows(6).any(|letters| letters.eq_ignore_ascii_case(b"cookie"));
    let list = &text[range.clone()];
    // Where something is escaped it cannot be told where a value ends.
    if !is_cookie || memchr::memchr(b'=', list).is_none() || memchr::memchr2(b'\\', b'"', list).is_some() {
        return all.push(range);
    }
    values_of_cookies(list, |value| {
        if let Some(at) = offset(text, value).filter(|_| !value.is_empty() && !is_masked(value)) {
            all.push(at..at + value.len());
        }
    });
}

/// The secret of a match, if it is one after all, without the scheme and the quotes around it.
fn secret(found: &Captures<'_>) -> Option<Range<usize>> {
    let secret = found.iter().skip(1).flatten().next()?;
    let value = secret.as_bytes();
    let unquoted = value.strip_prefix(b"\"").and_then(|inner| inner.strip_suffix(b"\"")).unwrap_or(value);
    let bare = split_scheme(unquoted).1;
    if is_masked(bare) || is_print(bare) {
        return None;
    }
    let range = offset(value, bare).map(|at| secret.start() + at..secret.start() + at + bare.len())?;
    let is = |name: &str| found.name(name).is_some();
    if is("bare") && value.iter().all(|byte| b"{[\\".contains(byte)) {
        // An object begins, whose members are looked at by their own names.
        return None;
    }
    let meant = if is("scheme") {
        is_opaque(value)
    } else if is("card") {
        super::is_card(value)
    } else if is("telling") {
        super::is_grouped_card(value) || super::number::is_resident_number(value)
    } else if is("perhaps") {
        looks_random(value) || super::looks_mixed(value)
    } else if is("captured") {
        looks_random(value) && !is_id(value)
    } else {
        true
    };
    meant.then_some(range)
}

/// Whether it begins with a fingerprint that ends there.
fn is_print(value: &[u8]) -> bool {
    value.get(..17).is_some_and(is_masked) && value[0] == b'~' && !value.get(17).is_some_and(u8::is_ascii_alphanumeric)
}

/// Whether what follows a scheme is a credential rather than a word.
pub(super) fn is_opaque(value: &[u8]) -> bool {
    let has_cases = value.len() >= 8
        && value.iter().any(u8::is_ascii_lowercase)
        && value.iter().skip(1).filter(|byte| byte.is_ascii_uppercase()).count() > 1;
    super::looks_mixed(value) || value.len() >= 16 || has_cases || is_user_and_password(value)
}

/// What stands before credentials in prose.
static SCHEME: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i-u)\b(?:bearer|basic)(?:\s|\+|%20|\\x20|#20)").ok());

/// Whether a text may hold credentials behind their scheme.
pub(crate) fn may_hold_scheme(text: &[u8]) -> bool {
    // Without a blank in any spelling there is none, and most ids have none.
    text.iter().any(|byte| matches!(byte, b' ' | b'+' | b'%' | b'#' | b'\\'))
        && SCHEME.as_ref().is_some_and(|scheme| scheme.is_match(text))
}

/// Whether it is base64 of `user:password`, as it follows `Basic`.
fn is_user_and_password(value: &[u8]) -> bool {
    jwt::decode_base64(value).is_some_and(|bytes| {
        memchr::memchr(b':', &bytes).is_some()
            && std::str::from_utf8(&bytes).is_ok_and(|text| !text.contains(char::is_control))
    })
}

/// Whether a captured value is a host, a version or a number in hex rather than a secret.
fn is_id(value: &[u8]) -> bool {
    value.iter().all(|&byte| byte.is_ascii_hexdigit() || byte == b'-')
        || (memchr::memchr(b'.', value).is_some() && !jwt::is_jwt(value))
        || memchr::memchr(b'/', value).is_some()
}

fn escape(bytes: &[u8], out: &mut String) {
    if let Ok(text) = simdutf8::basic::from_utf8(bytes) {
        return escape_text(text, out);
    }
    for chunk in bytes.utf8_chunks() {
        escape_text(chunk.valid(), out);
        for byte in chunk.invalid() {
            let _ = write!(out, "\\x{byte:02x}"); // writing to a String cannot fail
        }
    }
}

fn escape_text(mut rest: &str, out: &mut String) {
    loop {
        // Nearly all of a line is printable ASCII, which is copied as it is.
        let plain = rest.bytes().position(|byte| !matches!(byte, b' '..=b'~' | b'\t')).unwrap_or(rest.len());
        let (now, next) = rest.split_at(plain);
        out.push_str(now);
        let mut characters = next.chars();
        let Some(character) = characters.next() else { return };
        rest = characters.as_str();
        // Writing to a String cannot fail.
        let _ = match character {
            c if (c as u32) < 0x20 || c as u32 == 0x7f => write!(out, "\\x{:02x}", c as u32),
            c if is_invisible(c) => write!(out, "\\u{{{:x}}}", c as u32),
            c => {
                out.push(c);
                Ok(())
            }
        };
    }
}

/// Characters that change how a line looks without being seen: C1 controls, marks of direction,
/// zero-width characters, line separators, tags.
fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{80}'..='\u{9f}' | '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
#[path = "line_tests.rs"]
mod tests;
