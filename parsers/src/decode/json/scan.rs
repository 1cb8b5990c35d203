//! A record read on its bytes, forward only: what nobody wants is passed over without being looked into.
//!
//! It reads what `serde_json` reads, with the same result, or gives up: the record is then read by [`super::walk`],
//! which also says what is wrong with it.

use super::bytes::{Survey, next_quote, quote_or_backslash};
use super::trail::{Stand, Trail};
use super::walk::{Part, VALUES};
use crate::decode::keyed::{Scalar, Slots};
use crate::decode::paths::Node;
use std::borrow::Cow;

/// Wanted values that lie deeper are left to `serde_json`, which stops at 128.
const DEPTH: usize = 100;

/// Unwanted values that nest deeper are left to `serde_json`.
const SKIPPED_DEPTH: u32 = 64;

/// Reads one record, which is UTF-8, into its slots. The trail is that of the tree of `root`.
pub(super) fn scan<'p, 'de>(
    text: &'de [u8],
    survey: Survey,
    root: &'p Node,
    mut slots: Slots<'p, 'de>,
    trail: &mut Trail,
) -> Option<Slots<'p, 'de>> {
    let Survey { controls, escapes, .. } = survey;
    let mut scan = Scan { text, at: 0, controls, plain: !controls && !escapes, slots: &mut slots, trail };
    scan.value(root, false, 0)?;
    let end = scan.token();
    end.is_none().then_some(slots)
}

struct Scan<'s, 'p, 'de> {
    text: &'de [u8],
    at: usize,
    /// Whether there are bytes below the space.
    controls: bool,
    /// Whether there are neither those nor backslashes: strings then end at the next quote.
    plain: bool,
    slots: &'s mut Slots<'p, 'de>,
    trail: &'s mut Trail,
}

/// A string between its quotes.
struct Quoted<'de> {
    inside: &'de [u8],
    escaped: bool,
}

impl<'de> Quoted<'de> {
    fn text(&self, whole: &'de [u8]) -> Option<Cow<'de, [u8]>> {
        if self.escaped {
            serde_json::from_slice::<String>(whole).ok().map(|text| Cow::Owned(text.into_bytes()))
        } else {
            Some(Cow::Borrowed(self.inside))
        }
    }
}

impl<'p, 'de> Scan<'_, 'p, 'de> {
    /// The next byte that is no space, and stays the next.
    #[inline]
    fn token(&mut self) -> Option<u8> {
        loop {
            match *self.text.get(self.at)? {
                b' ' | b'\n' | b'\t' | b'\r' => self.at += 1,
                byte => return Some(byte),
            }
        }
    }

    #[inline]
    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.token()? == byte).then(|| self.at += 1)
    }

    fn value(&mut self, node: &'p Node, element: bool, depth: usize) -> Option<()> {
        match self.token()? {
            byte @ (b'{' | b'[') => self.inner(byte, node, element, depth),
            byte => {
                if let Some(scalar) = self.scalar(byte)? {
                    self.slots.offer_at(node, scalar);
                }
                Some(())
            }
        }
    }

    /// Reads an object or array.
    fn inner(&mut self, byte: u8, node: &'p Node, element: bool, depth: usize) -> Option<()> {
        if depth >= DEPTH {
            return None;
        }
        self.at += 1;
        match byte {
            b'{' if element && node.pairs => self.pair(node, depth + 1),
            b'{' => self.object(node, depth + 1),
            _ => self.array(|scan| scan.value(node, true, depth + 1)),
        }
    }

    /// A value that is neither object nor array; nothing for `null`.
    #[allow(clippy::option_option)] // "not readable here" and "null" are different answers
    fn scalar(&mut self, byte: u8) -> Option<Option<Scalar<'de>>> {
        Some(match byte {
            b'"' => {
                let from = self.at;
                let quoted = self.string()?;
                Some(Scalar::Text(quoted.text(&self.text[from..self.at])?))
            }
            b'-' | b'0'..=b'9' => Some(self.number()?),
            b't' => self.literal(b"true").map(|()| Some(Scalar::Flag(true)))?,
            b'f' => self.literal(b"false").map(|()| Some(Scalar::Flag(false)))?,
            b'n' => self.literal(b"null").map(|()| None)?,
            _ => return None,
        })
    }

    /// Reads the members of an object after its brace, guessing the keys.
    fn object(&mut self, node: &'p Node, depth: usize) -> Option<()> {
        if self.token()? == b'}' {
            self.at += 1;
            return Some(());
        }
        // The place is kept apart from the reader while that has nothing to do: it then stays in a register.
        let (text, mut at) = (self.text, self.at);
        let (mut stand, mut surprised) = (None, false);
        loop {
            let (now, child) = if let Some((now, length, way)) = self.trail.guess(node, stand, text, at) {
                at += length;
                (now, node.along(way))
            } else {
                surprised = true;
                self.at = at;
                let key = self.key(node, stand)?;
                at = self.at;
                key
            };
            stand = Some(now);
            at = match child {
                Some(child) => self.wanted(child, at, depth)?,
                None => self.unwanted(now, at)?,
            };
            // A comma is followed by a member.
            if text.get(at..at + 2) == Some(b",\"") {
                at += 1;
                continue;
            }
            self.at = at;
            if self.ends()? {
                if !surprised {
                    self.trail.trust(node);
                }
                return Some(());
            }
            at = self.at;
        }
    }

    /// Whether an object ends here; if not, a key follows.
    fn ends(&mut self) -> Option<bool> {
        match self.token()? {
            b',' => {
                self.at += 1;
                (self.token()? == b'"').then_some(false)
            }
            b'}' => {
                self.at += 1;
                Some(true)
            }
            _ => None,
        }
    }

    /// Reads the value at `at`, which somebody wants; returns where it ends.
    #[inline(always)]
    #[allow(clippy::inline_always)] // as below
    fn wanted(&mut self, node: &'p Node, at: usize, depth: usize) -> Option<usize> {
        if self.plain && self.text.get(at) == Some(&b'"') {
            let end = next_quote(self.text, at + 1)?;
            self.slots.offer_text(node, &self.text[at + 1..end]);
            return Some(end + 1);
        }
        self.at = at;
        self.value(node, false, depth)?;
        Some(self.at)
    }

    /// Passes over the value at `at`, most often one that stood there before; returns where it ends.
    #[inline(always)]
    #[allow(clippy::inline_always)] // as below
    fn unwanted(&mut self, stand: Stand, at: usize) -> Option<usize> {
        if let Some(end) = self.trail.same_value(stand, self.text, at) {
            return Some(end);
        }
        self.at = at;
        self.skip()?;
        self.trail.keep_value(stand, self.text.get(at..=self.at));
        Some(self.at)
    }

    /// Reads a key that was not guessed, and learns it.
    #[cold]
    fn key(&mut self, node: &'p Node, stand: Option<Stand>) -> Option<(Stand, Option<&'p Node>)> {
        let from = self.at;
        let quoted = self.string()?;
        let text = quoted.text(&self.text[from..self.at])?;
        let child = node.child(&text);
        self.expect(b':')?;
        self.token()?;
        Some((self.trail.learn(node, stand, &self.text[from..self.at], child), child))
    }

    fn pair(&mut self, node: &'p Node, depth: usize) -> Option<()> {
        let (mut names, mut values) = (Vec::new(), Vec::new());
        self.members(|scan, key| match Part::of(key) {
            Part::Name => scan.collect(&mut names, depth),
            Part::Value => scan.collect(&mut values, depth),
            Part::Other => scan.skip(),
        })?;
        if let Some(Scalar::Text(name)) = names.first()
            && let Some(child) = node.child(name)
        {
            for value in values {
                self.slots.offer_at(child, value);
            }
        }
        Some(())
    }

    /// Collects the scalars of a value, however deep they lie.
    fn collect(&mut self, into: &mut Vec<Scalar<'de>>, depth: usize) -> Option<()> {
        match self.token()? {
            b'{' if depth < DEPTH => {
                self.at += 1;
                self.members(|scan, _| scan.collect(into, depth + 1))
            }
            b'[' if depth < DEPTH => {
                self.at += 1;
                self.array(|scan| scan.collect(into, depth + 1))
            }
            byte => {
                if let Some(scalar) = self.scalar(byte)?.filter(|_| into.len() < VALUES) {
                    into.push(scalar);
                }
                Some(())
            }
        }
    }

    /// Reads the members of an object after its brace; `each` gets a key and reads its value.
    #[inline]
    fn members(&mut self, mut each: impl FnMut(&mut Self, &[u8]) -> Option<()>) -> Option<()> {
        if self.token()? == b'}' {
            self.at += 1;
            return Some(());
        }
        loop {
            let _quote = self.token()?;
            let from = self.at;
            let quoted = self.string()?;
            if quoted.escaped {
                let key = quoted.text(&self.text[from..self.at])?;
                self.expect(b':')?;
                each(self, &key)?;
            } else {
                self.expect(b':')?;
                each(self, quoted.inside)?;
            }
            match self.token()? {
                b',' => self.at += 1,
                b'}' => {
                    self.at += 1;
                    return Some(());
                }
                _ => return None,
            }
            // A comma is followed by a member.
            if self.token()? != b'"' {
                return None;
            }
        }
    }

    /// Reads the elements of an array after its bracket.
    fn array(&mut self, mut each: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        if self.token()? == b']' {
            self.at += 1;
            return Some(());
        }
        loop {
            each(self)?;
            match self.token()? {
                b',' => self.at += 1,
                b']' => {
                    self.at += 1;
                    return Some(());
                }
                _ => return None,
            }
        }
    }

    /// Passes over a value.
    fn skip(&mut self) -> Option<()> {
        // Of the open containers the kinds, the innermost lowest: 1 for objects.
        let (mut open, mut kinds) = (0_u32, 0_u64);
        loop {
            match self.token()? {
                b'"' => {
                    self.string()?;
                }
                b'{' => {
                    self.at += 1;
                    if self.token()? == b'}' {
                        self.at += 1;
                    } else {
                        open += 1;
                        kinds = (kinds << 1) | 1;
                        self.skip_key()?;
                        if open > SKIPPED_DEPTH {
                            return None;
                        }
                        continue;
                    }
                }
                b'[' => {
                    self.at += 1;
                    if self.token()? == b']' {
                        self.at += 1;
                    } else {
                        open += 1;
                        kinds <<= 1;
                        if open > SKIPPED_DEPTH {
                            return None;
                        }
                        continue;
                    }
                }
                b't' => self.literal(b"true")?,
                b'f' => self.literal(b"false")?,
                b'n' => self.literal(b"null")?,
                b'-' | b'0'..=b'9' => {
                    self.digits()?;
                }
                _ => return None,
            }
            loop {
                if open == 0 {
                    return Some(());
                }
                match (self.token()?, kinds & 1) {
                    (b',', 1) => {
                        self.at += 1;
                        self.token()?;
                        self.skip_key()?;
                        break;
                    }
                    (b',', _) => {
                        self.at += 1;
                        break;
                    }
                    (b'}', 1) | (b']', 0) => {
                        self.at += 1;
                        open -= 1;
                        kinds >>= 1;
                    }
                    _ => return None,
                }
            }
        }
    }

    fn skip_key(&mut self) -> Option<()> {
        self.string()?;
        self.expect(b':')
    }

    #[inline]
    fn literal(&mut self, word: &[u8]) -> Option<()> {
        self.text[self.at..].starts_with(word).then(|| self.at += word.len())
    }

    /// Reads a string from its opening quote to past its closing one.
    #[inline(always)]
    #[allow(clippy::inline_always)] // a call and a result in memory cost as much as a short string
    fn string(&mut self) -> Option<Quoted<'de>> {
        if *self.text.get(self.at)? != b'"' {
            return None;
        }
        let start = self.at + 1;
        if self.plain {
            let end = next_quote(self.text, start)?;
            self.at = end + 1;
            return Some(Quoted { inside: &self.text[start..end], escaped: false });
        }
        self.odd_string(start)
    }

    /// The same in a record with backslashes or control bytes.
    fn odd_string(&mut self, start: usize) -> Option<Quoted<'de>> {
        let end = quote_or_backslash(self.text, start)?;
        let (end, escaped) = if self.text[end] == b'"' { (end, false) } else { (self.escaped_end(end)?, true) };
        let inside = &self.text[start..end];
        self.at = end + 1;
        (!self.controls || inside.iter().all(|&byte| byte >= 0x20)).then_some(Quoted { inside, escaped })
    }

    /// Where a string ends whose first backslash is at `at`.
    #[cold]
    fn escaped_end(&self, mut at: usize) -> Option<usize> {
        loop {
            if self.text[at] == b'"' {
                return Some(at);
            }
            at += match self.text.get(at + 1)? {
                b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => 2,
                b'u' if self.text.get(at + 2..at + 6)?.iter().all(u8::is_ascii_hexdigit) => 6,
                _ => return None,
            };
            at = quote_or_backslash(self.text, at)?;
        }
    }

    /// Passes over a number; the value says whether it is whole.
    fn digits(&mut self) -> Option<bool> {
        let run =
            |text: &[u8], from: usize| from + text[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let text = self.text;
        let mut at = self.at + usize::from(text[self.at] == b'-');
        at = match text.get(at)? {
            b'0' => at + 1,
            b'1'..=b'9' => run(text, at),
            _ => return None,
        };
        let whole = at;
        if text.get(at) == Some(&b'.') {
            let end = run(text, at + 1);
            if end == at + 1 {
                return None;
            }
            at = end;
        }
        if matches!(text.get(at), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(text.get(at + 1), Some(b'+' | b'-')));
            let end = run(text, (at + 1 + sign).min(text.len()));
            if end <= at + 1 + sign {
                return None;
            }
            at = end;
        }
        self.at = at;
        Some(at == whole)
    }

    #[inline]
    fn number(&mut self) -> Option<Scalar<'de>> {
        let rest = &self.text[self.at..];
        if matches!(rest.first(), Some(b'1'..=b'9')) {
            let (mut number, mut digits) = (0_i64, 0);
            while let Some(digit) = rest.get(digits).map(|byte| byte.wrapping_sub(b'0')).filter(|&digit| digit < 10) {
                // Of more digits than an i64 holds the sum is not used.
                number = number.wrapping_mul(10).wrapping_add(i64::from(digit));
                digits += 1;
            }
            if digits <= 18 && !matches!(rest.get(digits), Some(b'.' | b'e' | b'E')) {
                self.at += digits;
                return Some(Scalar::Whole(number));
            }
        }
        self.odd_number()
    }

    fn odd_number(&mut self) -> Option<Scalar<'de>> {
        let from = self.at;
        let whole = self.digits()?;
        let text = &self.text[from..self.at];
        if whole
            && text.len() <= 18
            && text != b"-0"
            && let Some(number) = crate::value::integer(text)
        {
            return Some(Scalar::Whole(number));
        }
        // So few digits come back from a float as they are.
        if !whole && text.len() <= 16 && !text.ends_with(b"0") && !text.contains(&b'e') && !text.contains(&b'E') {
            return Some(Scalar::Text(Cow::Borrowed(text)));
        }
        let number: serde_json::Number = serde_json::from_slice(text).ok()?;
        Some(match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(number), ..) => Scalar::Whole(number),
            (_, Some(number), _) => Scalar::Text(Cow::Owned(number.to_string().into_bytes())),
            (.., number) => Scalar::Text(Cow::Owned(number?.to_string().into_bytes())),
        })
    }
}
