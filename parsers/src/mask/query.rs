//! Secrets in request targets and URLs.
//!
//! A parameter is judged by its name wherever `name=value` stands: in the query, a fragment, a matrix parameter of
//! the path, or a URL within another's parameter, where the delimiters are escaped once (`%3D`) or more (`%253D`).

use super::line::is_opaque;
use super::shape;
use super::{Named, is_card, is_grouped_card, is_masked, judge_name, looks_mixed, looks_random, path, split_scheme};
use std::borrow::Cow;
use std::ops::Range;

/// A target without its secrets, and what the secrets tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Masked {
    /// The target, every secret written `~` and its fingerprint; `None` when there was nothing to mask.
    pub text: Option<Vec<u8>>,
    /// Fingerprint of the first parameter that proves who asks.
    pub credential: Option<String>,
    /// Fingerprint of the first parameter that is a session id.
    pub session: Option<String>,
    /// Where in the original the first application id stands.
    pub client_app: Option<Range<usize>>,
    /// Where in the original the first JSON Web Token stands that proves who asks.
    pub token: Option<Range<usize>>,
}

/// Masks secrets in a target or URL: in its parameters, its path, and the user info of an absolute URL.
pub fn mask_target(target: &[u8], key: &[u8; 32]) -> Masked {
    look(target, key).unwrap_or_default()
}

/// The same; `None` where it is seen at once that there is nothing.
///
/// That costs one look for `=`, `@` and `%`, and a few steps over the path.
pub(crate) fn look(target: &[u8], key: &[u8; 32]) -> Option<Masked> {
    let special = memchr::memchr3(b'=', b'@', b'%', target);
    let long = has_long_part(target);
    if special.is_none() && !long {
        return None;
    }
    let mut masker = Masker { target, key, long, copied: 0, text: Vec::new(), masked: Masked::default() };
    let path_end = memchr::memchr2(b'?', b'#', target).unwrap_or(target.len());
    masker.path(0, path_end, special.is_some_and(|first| first < path_end));
    if special.is_some() {
        masker.parameters(path_end, target.len(), true);
    } else {
        masker.shapes(path_end, target.len());
    }
    Some(masker.finish())
}

/// Whether a text holds a secret that its shape or place gives away.
pub(crate) fn shows_secret(text: &[u8]) -> bool {
    let mut found = false;
    if has_long_part(text) {
        path::secrets(text, |_| found = true);
        found |= shape::next(text, 0).is_some();
    }
    found
}

/// Whether some part between separators has the length of the shortest secret that its shape or place gives away.
pub(crate) fn has_long_part(text: &[u8]) -> bool {
    let separates = |&byte: &u8| PARTS[usize::from(byte)] == Part::Separator;
    let mut rest = text;
    // From the end of the window backwards: a separator there spares the look at what precedes it.
    while let Some((window, after)) = rest.split_first_chunk::<{ path::SHORTEST }>() {
        if let Some(at) = window.iter().rposition(separates) {
            rest = &rest[at + 1..];
            continue;
        }
        let length = window.len() + after.iter().position(separates).unwrap_or(after.len());
        if !is_id(&rest[..length]) {
            return true;
        }
        rest = &rest[length..];
    }
    false
}

/// Whether a part is a uuid or a hash of common length: never a secret, and frequent.
fn is_id(part: &[u8]) -> bool {
    part.len() <= 40 && part.iter().all(|&byte| PARTS[usize::from(byte)] == Part::Hex)
}

/// What a byte is to the parts of a text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// No secret holds it that its shape or place gives away.
    Separator,
    /// A hex digit, or the dash in a uuid.
    Hex,
    Other,
}

static PARTS: [Part; 256] = {
    let mut parts = [Part::Other; 256];
    let mut byte = 0;
    while byte < 256 {
        parts[byte] = match byte as u8 {
            b' ' | b'/' | b'&' | b'=' | b'?' | b',' | b';' | b'(' | b')' | b'"' => Part::Separator,
            b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F' | b'-' => Part::Hex,
            _ => Part::Other,
        };
        byte += 1;
    }
    parts
};

/// What a byte does to a parameter.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// It is of a name or a value.
    Letter,
    /// It ends a value and begins a name.
    Delimiter,
    /// It begins a name, but values hold it too.
    Loose,
    Equals,
    Quote,
    Colon,
}

/// The role of every byte.
static ROLES: [Role; 256] = {
    let mut roles = [Role::Letter; 256];
    let mut byte = 0;
    while byte < 256 {
        roles[byte] = role_of(byte as u8);
        byte += 1;
    }
    roles
};

fn role(byte: u8) -> Role {
    ROLES[usize::from(byte)]
}

const fn role_of(byte: u8) -> Role {
    match byte {
        b'&' | b'#' => Role::Delimiter,
        b'?' | b';' | b'/' | b',' | b' ' | b'{' | b'}' | b'(' | b')' | b'|' | b'\n' | b'\r' => Role::Loose,
        b'=' => Role::Equals,
        b'"' | b'\'' => Role::Quote,
        b':' => Role::Colon,
        _ => Role::Letter,
    }
}

/// A byte, how often it is escaped, and how many bytes spell it.
#[derive(Clone, Copy)]
struct Unit {
    byte: u8,
    level: u8,
    length: usize,
}

fn unit(bytes: &[u8], at: usize) -> Unit {
    let raw = Unit { byte: bytes[at], level: 0, length: 1 };
    if raw.byte != b'%' {
        return raw;
    }
    let mut level = 1;
    let mut digits = at + 1;
    while bytes.get(digits..digits + 2) == Some(b"25") && level < 8 {
        level += 1;
        digits += 2;
    }
    let hex = |at: usize| bytes.get(at).and_then(|&byte| crate::value::hex_digit(byte));
    match hex(digits).zip(hex(digits + 1)) {
        Some((high, low)) => Unit { byte: (high << 4) | low, level, length: digits + 2 - at },
        None => raw,
    }
}

struct Masker<'a> {
    target: &'a [u8],
    key: &'a [u8; 32],
    /// Whether some part is long enough for a secret that its shape or place gives away.
    long: bool,
    /// A copy of the target up to `copied`, made once something is replaced.
    text: Vec<u8>,
    copied: usize,
    masked: Masked,
}

impl Masker<'_> {
    /// Masks a path: what its shape or place gives away, and matrix parameters.
    fn path(&mut self, from: usize, to: usize, has_parameters: bool) {
        let mut at = from;
        if self.long {
            let mut found: Vec<Range<usize>> = Vec::new();
            path::secrets(&self.target[from..to], |range| found.push(from + range.start..from + range.end));
            for range in found {
                self.rest_of_path(at, range.start, has_parameters);
                at = range.end;
                self.secret(range, Named::Secret);
            }
        }
        self.rest_of_path(at, to, has_parameters);
    }

    fn rest_of_path(&mut self, from: usize, to: usize, has_parameters: bool) {
        if has_parameters {
            self.parameters(from, to, false);
        } else {
            self.shapes(from, to);
        }
    }

    /// Judges all `name=value` and `"name":"value"` between two places; what is no parameter is searched for shapes.
    /// Within a query a slash is of a value.
    fn parameters(&mut self, from: usize, to: usize, mut in_query: bool) {
        let target = &self.target[..to];
        let (mut at, mut name, mut searched) = (from, from, from);
        let mut quoted: Option<Range<usize>> = None;
        while at < to {
            if target[at] != b'%' && role(target[at]) == Role::Letter {
                at += 1;
                continue;
            }
            let Unit { byte, level, length } = unit(target, at);
            let next = at + length;
            match role(byte) {
                Role::Letter => {}
                Role::Delimiter | Role::Loose => {
                    in_query |= matches!(byte, b'?' | b'#');
                    // Two slashes begin a host, perhaps with user info before it.
                    if byte == b'/'
                        && name == at
                        && at > from
                        && let Some(end) = user_info_end(target, next, level)
                    {
                        self.shapes(searched, next);
                        if !is_masked(&target[next..end]) {
                            self.secret(next..end, Named::Secret);
                        }
                        (at, name, searched) = (end, end, end);
                        continue;
                    }
                    if byte != b' ' {
                        quoted = None;
                    }
                    name = next;
                }
                Role::Quote => {
                    quoted = Some(name..at);
                    name = next;
                }
                Role::Equals | Role::Colon => {
                    let (named, start, end) = if byte == b'=' {
                        (Some(name..at), next, value_end(target, next, level, in_query))
                    } else {
                        let (start, is_quoted) = after_quote(target, next);
                        (quoted.take(), start, json_end(target, start, is_quoted))
                    };
                    if let Some(named) = named.filter(|named| !named.is_empty() && start < end) {
                        self.shapes(searched, start);
                        searched = start;
                        if self.parameter(named, start..end) {
                            (at, name, searched) = (end, end, end);
                            continue;
                        }
                    }
                    name = next;
                }
            }
            at = next;
        }
        self.shapes(searched, to);
    }

    /// Whether the parameter was masked, or is known to hold nothing more.
    fn parameter(&mut self, name: Range<usize>, range: Range<usize>) -> bool {
        let name = decoded(&self.target[name]);
        let value = &self.target[range.clone()];
        let mut named = judge_name(&name);
        if named == Named::Perhaps {
            named = if super::is_jwt(value) {
                Named::Credential
            } else if name.eq_ignore_ascii_case(b"key") {
                // A short one may be anything, a field to sort by too: hidden, but no proof of who asks.
                if looks_mixed(value) { Named::Credential } else { Named::Secret }
            } else if looks_mixed(value) || looks_random(value) {
                Named::Secret
            } else {
                Named::Plain
            };
        }
        if (named == Named::Card && is_card(value)) || (named == Named::Plain && is_grouped_card(value)) {
            named = Named::Secret;
        }
        match named {
            Named::Plain | Named::Perhaps | Named::Card => self.behind_scheme(range),
            Named::App => {
                let plain = shape::next(value, 0).is_none();
                if plain && self.masked.client_app.is_none() {
                    self.masked.client_app = Some(range);
                }
                plain
            }
            Named::Credential | Named::Secret | Named::Session => {
                if !is_masked(value) {
                    self.secret(range, named);
                }
                true
            }
        }
    }

    /// Masks credentials behind their scheme, whatever the parameter is called.
    fn behind_scheme(&mut self, range: Range<usize>) -> bool {
        let value = &self.target[range.clone()];
        if !matches!(value.first(), Some(b'B' | b'b')) {
            return false;
        }
        let (scheme, secret) = split_scheme(value);
        let known = [b"bearer".as_slice(), b"basic"].iter().any(|name| scheme.eq_ignore_ascii_case(name));
        let found = known && is_opaque(secret) && !is_masked(secret);
        if found {
            self.secret(range.end - secret.len()..range.end, Named::Credential);
        }
        found
    }

    /// Masks what its shape gives away between two places.
    fn shapes(&mut self, mut from: usize, to: usize) {
        // Nothing shorter has a shape.
        while self.long && from + path::SHORTEST <= to {
            let Some((range, _)) = shape::next(&self.target[..to], from) else { return };
            from = range.end;
            self.secret(range, Named::Credential);
        }
    }

    fn secret(&mut self, range: Range<usize>, named: Named) {
        let value = &self.target[range.clone()];
        let print = super::fingerprint_decoded(self.key, value);
        if matches!(named, Named::Credential | Named::Session)
            && self.masked.token.is_none()
            && let Some((token, true)) = shape::next(value, 0)
        {
            self.masked.token = Some(range.start + token.start..range.start + token.end);
        }
        match named {
            Named::Credential if self.masked.credential.is_none() => self.masked.credential = Some(print.clone()),
            Named::Session if self.masked.session.is_none() => self.masked.session = Some(print.clone()),
            _ => {}
        }
        self.replace(range, &print);
    }

    fn replace(&mut self, range: Range<usize>, print: &str) {
        self.text.extend_from_slice(&self.target[self.copied..range.start]);
        self.text.push(b'~');
        self.text.extend_from_slice(print.as_bytes());
        self.copied = range.end;
    }

    fn finish(mut self) -> Masked {
        if self.copied > 0 {
            self.text.extend_from_slice(&self.target[self.copied..]);
            self.masked.text = Some(self.text);
        }
        self.masked
    }
}

/// Where a value ends whose equals sign is escaped `level` times: at a delimiter escaped as often or less.
fn value_end(bytes: &[u8], start: usize, level: u8, in_query: bool) -> usize {
    let mut at = start;
    while at < bytes.len() {
        let unit = unit(bytes, at);
        if unit.level <= level {
            let ends = match role(unit.byte) {
                Role::Delimiter => true,
                Role::Loose if unit.byte == b'/' || (unit.byte == b';' && !in_query) => !in_query,
                // A space may stand behind a scheme (`Basic x`): rather too much is masked.
                Role::Loose => unit.byte != b' ' && begins_parameter(bytes, at + unit.length),
                _ => false,
            };
            if ends {
                return at;
            }
        }
        at += unit.length;
    }
    bytes.len()
}

/// Whether a name and an equals sign come next, and a value: base64 ends in equals signs.
fn begins_parameter(bytes: &[u8], from: usize) -> bool {
    let mut at = from;
    while at < bytes.len().min(from + 40) {
        let Unit { byte, length, .. } = unit(bytes, at);
        if !(byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'[' | b']')) {
            return byte == b'='
                && at > from
                && bytes.get(at + length).is_some_and(|&next| !matches!(next, b'=' | b'&'));
        }
        at += length;
    }
    false
}

/// Where the value of a JSON key begins, behind spaces, brackets and its quote, and whether it has one.
fn after_quote(bytes: &[u8], mut at: usize) -> (usize, bool) {
    while at < bytes.len() {
        let Unit { byte, length, .. } = unit(bytes, at);
        match byte {
            b' ' | b'+' | b'[' => at += length,
            b'"' | b'\'' => return (at + length, true),
            _ => break,
        }
    }
    (at, false)
}

/// Where the value of a JSON key ends: at its quote, or where a number does.
fn json_end(bytes: &[u8], start: usize, is_quoted: bool) -> usize {
    let mut at = start;
    while at < bytes.len() {
        let Unit { byte, length, .. } = unit(bytes, at);
        if matches!(byte, b'"' | b'\'') || (!is_quoted && matches!(byte, b',' | b'}' | b']' | b'&')) {
            break;
        }
        at += length;
    }
    at
}

/// Where the user info ends that begins at `start`, behind two slashes: at the last `@` before the host ends.
fn user_info_end(bytes: &[u8], start: usize, level: u8) -> Option<usize> {
    let mut at = start;
    let mut last = None;
    while at < bytes.len() {
        let Unit { byte, level: escaped, length } = unit(bytes, at);
        match byte {
            b'/' | b'?' | b'#' | b'&' | b' ' if escaped <= level => break,
            b'@' if escaped <= level => last = Some(at),
            _ => {}
        }
        at += length;
    }
    last.filter(|&end| end > start)
}

/// The bytes without percent escapes, however often they are escaped.
pub(super) fn decoded(bytes: &[u8]) -> Cow<'_, [u8]> {
    let mut bytes = Cow::Borrowed(bytes);
    for _ in 0..4 {
        if memchr::memchr(b'%', &bytes).is_none() {
            break;
        }
        let once = percent_decode(&bytes);
        if once.len() == bytes.len() {
            break;
        }
        bytes = Cow::Owned(once);
    }
    bytes
}

/// Undoes percent escapes once; broken ones stay as they are.
pub fn percent_decode(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let decoded = match bytes.get(at..at + 3) {
            Some([b'%', high, low]) => crate::value::hex_digit(*high).zip(crate::value::hex_digit(*low)),
            _ => None,
        };
        if let Some((high, low)) = decoded {
            out.push((high << 4) | low);
            at += 3;
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    out
}

#[cfg(test)]
#[path = "query_tests.rs"]
mod tests;
