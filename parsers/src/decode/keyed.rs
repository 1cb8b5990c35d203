//! Records whose values have keys, whatever the syntax: values are offered by key, the best of each column makes the row.

use super::Verdict;
use super::facts::Facts;
use super::field::Field;
use super::haproxy::Captures;
use super::paths::{Edit, Node, Paths, Wanted};
use crate::format::DecodeContext;
use crate::mask::{Spots, percent_decode};
use crate::schema::Text;
use crate::table::{FactTable, Place};
use crate::value;
use std::borrow::Cow;
use std::sync::Arc;

/// Makes rows of records with keys.
pub(crate) struct Keyed {
    pub paths: Arc<Paths>,
    pub context: DecodeContext,
    /// Whether a record without a time, a request or a status is none of this format.
    pub strict: bool,
}

/// A value of a record. Whole numbers stay what they are until somebody wants text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Scalar<'v> {
    Text(Cow<'v, [u8]>),
    Whole(i64),
    Flag(bool),
}

impl<'v> Scalar<'v> {
    fn into_text(self) -> Cow<'v, [u8]> {
        match self {
            Self::Text(text) => text,
            Self::Whole(number) => Cow::Owned(number.to_string().into_bytes()),
            Self::Flag(true) => Cow::Borrowed(b"true"),
            Self::Flag(false) => Cow::Borrowed(b"false"),
        }
    }
}

type Slot<'p, 'v> = Option<(&'p Wanted, Scalar<'v>)>;

/// The best value so far of each column of one record.
pub(crate) struct Slots<'p, 'v> {
    paths: &'p Paths,
    held: Vec<Slot<'p, 'v>>,
    /// Whether all of it is known to be UTF-8.
    valid: bool,
    /// Secrets among values that need not be wanted.
    secrets: Spots,
}

impl<'p, 'v> Slots<'p, 'v> {
    pub(crate) fn new(paths: &'p Paths) -> Self {
        let mut held = Vec::new();
        held.resize_with(paths.slots, || None);
        Self { paths, held, valid: true, secrets: Spots::default() }
    }

    /// Says that what is offered may be no UTF-8.
    pub(crate) fn unchecked(self) -> Self {
        Self { valid: false, ..self }
    }

    /// Notes a part of a value as a secret that its raw line may not show.
    pub(crate) fn hide(&mut self, value: &[u8], part: &[u8]) {
        self.secrets.note(value, part);
    }

    /// Offers a value under its key as written; a key with dots is a path.
    pub(crate) fn offer(&mut self, key: &[u8], value: Cow<'v, [u8]>) {
        if let Some(node) = self.paths.root.child(key) {
            self.offer_at(node, Scalar::Text(value));
        }
    }

    /// Offers a text found at a place in the tree.
    #[inline]
    pub(super) fn offer_text(&mut self, node: &'p Node, text: &'v [u8]) {
        if !self.paths.is_missing(text) {
            for wanted in &node.wanted {
                hold(&mut self.held[wanted.slot], wanted, Scalar::Text(Cow::Borrowed(text)));
            }
        }
    }

    /// Offers a value found at a place in the tree.
    pub(super) fn offer_at(&mut self, node: &'p Node, value: Scalar<'v>) {
        if matches!(&value, Scalar::Text(text) if self.paths.is_missing(text)) {
            return;
        }
        if let Some((last, others)) = node.wanted.split_last() {
            for wanted in others {
                hold(&mut self.held[wanted.slot], wanted, value.clone());
            }
            hold(&mut self.held[last.slot], last, value);
        }
    }

    /// What is held, for comparisons.
    #[cfg(test)]
    pub(super) fn told(&self) -> Vec<Option<(u8, Field, Scalar<'v>)>> {
        self.held
            .iter()
            .map(|held| held.as_ref().map(|(wanted, value)| (wanted.rank, wanted.field, value.clone())))
            .collect()
    }
}

/// Puts a value into its slot unless a better one is there.
#[inline(always)]
#[allow(clippy::inline_always)] // the value would go through memory twice
fn hold<'p, 'v>(held: &mut Slot<'p, 'v>, wanted: &'p Wanted, value: Scalar<'v>) {
    if held.is_none() && !matches!(value, Scalar::Flag(_)) {
        *held = Some((wanted, value));
    } else {
        hold_best(held, wanted, value);
    }
}

fn hold_best<'p, 'v>(held: &mut Slot<'p, 'v>, wanted: &'p Wanted, value: Scalar<'v>) {
    // Only free text may be yes or no.
    if matches!(value, Scalar::Flag(_))
        && !matches!(wanted.field, Field::Extra(_) | Field::Ignore | Field::Plain(Text::WafAction | Text::Error))
    {
        return;
    }
    match held {
        Some((best, text)) if best.rank == wanted.rank => match wanted.field {
            // Repeated headers make one list; of several servers the last answered.
            Field::Forwarded | Field::ForwardedPeer => {
                let chain = [&*text.clone().into_text(), b", ", &*value.into_text()].concat();
                *text = Scalar::Text(Cow::Owned(chain));
            }
            Field::Upstream | Field::UpstreamStatus => *text = value,
            _ => {}
        },
        Some((best, _)) if best.rank < wanted.rank => {}
        _ => *held = Some((wanted, value)),
    }
}

impl Keyed {
    /// An empty set of slots for one record.
    pub(crate) fn slots<'v>(&self) -> Slots<'_, 'v> {
        Slots::new(&self.paths)
    }

    /// Makes the row of what was offered, or says why there is none.
    pub(crate) fn row(&self, slots: Slots<'_, '_>, source: u32, place: Place, table: &mut FactTable) -> Verdict {
        let mut held = slots.held;
        let mut parts = Vec::new();
        let mut facts = Facts::new(&self.context, slots.valid);
        facts.secrets = slots.secrets;
        let other = self.paths.others.iter().find(|(slot, told, _)| {
            let held = held[*slot].as_ref();
            held.is_some_and(|(_, value)| told.as_ref().is_none_or(|told| *value.clone().into_text() == **told))
        });
        if let Some((.., reason)) = other {
            return Verdict::Reject(reason.clone().into());
        }
        for at in 0..held.len() {
            match &held[at] {
                None => continue,
                Some((Wanted { when: Some(guard), .. }, _)) if held[*guard].is_none() => continue,
                Some(_) => {}
            }
            // A guard comes before what it guards, and is looked at again.
            let Some((wanted, value)) = held[at].take_if(|(wanted, _)| !matches!(wanted.field, Field::Ignore)) else {
                continue;
            };
            if let Field::Part(number) = wanted.field {
                parts.push((usize::from(number), value.into_text()));
                continue;
            }
            let value = match wanted.edit {
                Edit::Join => joined(wanted.when.and_then(|guard| held[guard].as_ref()), value),
                _ => value,
            };
            if let Err(reason) = self.take(&mut facts, wanted, value) {
                return Verdict::Reject(reason.into());
            }
        }
        for (number, text) in &parts {
            let Some((plan, path)) = self.paths.parts.get(*number) else { continue };
            if plan.read(text, &mut facts, &Captures::default(), false).is_err() {
                facts.take_extra(path, text);
            }
        }
        if let Some(lack) = facts.lacks(table).filter(|_| self.strict) {
            return Verdict::Reject(lack.into());
        }
        facts.finish(source, place, table)
    }

    fn take<'v>(&self, facts: &mut Facts<'v>, wanted: &Wanted, value: Scalar<'v>) -> Result<(), String> {
        let field = wanted.field;
        let is_stated = matches!(wanted.edit, Edit::Stated);
        if is_stated && !matches!(value, Scalar::Text(_)) {
            return Ok(());
        }
        if let Scalar::Whole(number) = value
            && facts.take_whole(field, number)
        {
            return Ok(());
        }
        let mut text = value.into_text();
        if !matches!(wanted.edit, Edit::Keep) {
            text = edit(text, &wanted.edit);
            if text.is_empty() && matches!(wanted.edit, Edit::Proxied) {
                return Ok(());
            }
        }
        if matches!(field, Field::Duration(_))
            && let Some(micros) = duration(&text)
        {
            facts.take_whole(Field::Duration(6), micros);
            return Ok(());
        }
        if is_stated {
            return Ok(());
        }
        if let Field::Patterned(number) = field {
            if let Some(pattern) = self.paths.patterns.get(usize::from(number)) {
                facts.take_pattern(pattern, &text);
            }
            return Ok(());
        }
        // A count that is none is no reason to lose the record: keys are the owner's choice.
        match facts.take(field, text, &self.paths.names) {
            Err(_) if matches!(field, Field::Count(_)) => Ok(()),
            taken => taken,
        }
    }
}

/// A value behind the one it follows, with a space between.
fn joined<'v>(before: Option<&(&Wanted, Scalar<'v>)>, value: Scalar<'v>) -> Scalar<'v> {
    let Some((_, before)) = before else { return value };
    Scalar::Text(Cow::Owned([&*before.clone().into_text(), b" ", &*value.into_text()].concat()))
}

fn edit<'v>(text: Cow<'v, [u8]>, edit: &Edit) -> Cow<'v, [u8]> {
    let at = |literal: &[u8]| memchr::memmem::find(&text, literal);
    match edit {
        Edit::Percent if memchr::memchr(b'%', &text).is_some() => {
            Cow::Owned(value::clean(&percent_decode(&text)).into_owned())
        }
        Edit::Scheme if at(b"://").is_none() && !text.starts_with(b"/") => Cow::Owned([b"http://", &*text].concat()),
        Edit::Slash if !text.starts_with(b"/") && at(b"://").is_none() => Cow::Owned([b"/", &*text].concat()),
        Edit::Authority => {
            let rest = at(b"://").map_or(&*text, |scheme| &text[scheme + 3..]);
            let end = memchr::memchr3(b'/', b'?', b'#', rest).unwrap_or(rest.len());
            Cow::Owned(rest[..end].to_vec())
        }
        Edit::Until(literal) => match at(literal) {
            Some(end) => Cow::Owned(text[..end].strip_suffix(b"&").unwrap_or(&text[..end]).to_vec()),
            None => text,
        },
        Edit::After(literal) => match at(literal) {
            Some(from) => Cow::Owned(text[from + literal.len()..].to_vec()),
            None => text,
        },
        Edit::Proxied => Cow::Owned(proxied(&text)),
        Edit::Keep | Edit::Join | Edit::Stated | Edit::Percent | Edit::Slash | Edit::Scheme => text,
    }
}

/// The chains of addresses among `HEADER -> value` with commas between.
pub(super) fn proxied(text: &[u8]) -> Vec<u8> {
    const CHAIN: &[u8] = b"X-FORWARDED-FOR -> ";
    let mut chains: Vec<&[u8]> = Vec::new();
    let mut is_chain = false;
    for part in text.split(|&byte| byte == b',').map(<[u8]>::trim_ascii) {
        let value = part.strip_prefix(CHAIN);
        // What has no header of its own goes on with the value before.
        is_chain = value.is_some() || (is_chain && memchr::memmem::find(part, b" -> ").is_none());
        if is_chain {
            chains.push(value.unwrap_or(part));
        }
    }
    chains.join(&b", "[..])
}

/// A duration with its unit behind each number (`0.034s`, `12ms`, `1m2.5s`), in microseconds.
pub(super) fn duration(text: &[u8]) -> Option<i64> {
    if !text.last()?.is_ascii_alphabetic() {
        return None;
    }
    let (mut rest, mut sum) = (text, 0_i64);
    while !rest.is_empty() {
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
        let unit = rest[digits..].iter().take_while(|byte| byte.is_ascii_alphabetic() || **byte >= 0x80).count();
        // Written with a space too: `12 ms`.
        let (number, rest_of) = rest.split_at(digits);
        let (space, rest_of) = if unit == 0 && rest_of.starts_with(b" ") { (1, &rest_of[1..]) } else { (0, rest_of) };
        let unit = if space == 0 { unit } else { rest_of.iter().take_while(|byte| byte.is_ascii_alphabetic()).count() };
        let (name, next) = rest_of.split_at(unit);
        let (times, scale) = match name {
            b"h" => (3_600, 6),
            b"m" | b"min" => (60, 6),
            b"s" | b"sec" | b"seconds" => (1, 6),
            b"ms" | b"milliseconds" => (1, 3),
            b"us" | b"\xc2\xb5s" | b"\xce\xbcs" => (1, 0),
            b"ns" => (1, -3),
            _ => return None,
        };
        sum = sum.checked_add(value::decimal(number, scale)?.checked_mul(times)?)?;
        rest = next;
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Number;
    use proptest::prelude::*;

    #[test]
    fn durations_with_units() {
        for (text, micros) in [
            ("0.034s", Some(34_000)),
            ("12ms", Some(12_000)),
            ("12 ms", Some(12_000)),
            ("1.5µs", Some(1)),
            ("250μs", Some(250)),
            ("1m2.5s", Some(62_500_000)),
            ("1h0m0.25s", Some(3_600_250_000)),
            ("900ns", Some(0)),
            ("12", None),
            ("s", None),
            ("1x", None),
            ("", None),
        ] {
            assert_eq!(duration(text.as_bytes()), micros, "{text}");
        }
    }

    #[test]
    fn texts_are_edited() {
        for (text, how, result) in [
            ("a%20b%7e", Edit::Percent, "a b~"),
            ("%ff", Edit::Percent, "\u{fffd}"),
            ("a/b", Edit::Slash, "/a/b"),
            ("h/b", Edit::Scheme, "http://h/b"),
            ("/a/b", Edit::Scheme, "/a/b"),
            ("https://h/b", Edit::Scheme, "https://h/b"),
            ("/a/b", Edit::Slash, "/a/b"),
            ("http://10.0.0.1:80/x", Edit::Authority, "10.0.0.1:80"),
            ("10.0.0.1:80", Edit::Authority, "10.0.0.1:80"),
            ("a=1&X-B=2", Edit::Until(Box::from(b"X-".as_slice())), "a=1"),
            ("projects/p/traces/t", Edit::After(Box::from(b"/traces/".as_slice())), "t"),
            ("VIA -> 1.1 x, X-FORWARDED-FOR -> 192.0.2.1, 10.0.0.1, XROXY -> y", Edit::Proxied, "192.0.2.1, 10.0.0.1"),
            ("VIA -> 1.1 x", Edit::Proxied, ""),
        ] {
            assert_eq!(&*edit(Cow::Borrowed(text.as_bytes()), &how), result.as_bytes(), "{text}");
        }
    }

    #[test]
    fn pairs_of_any_syntax_make_a_row() {
        let mut paths = Paths::default();
        for (path, name) in [("time", "ts"), ("sc-status", "status"), ("cs-uri-stem", "path"), ("took", "duration_us")]
        {
            if let Some(field) = crate::directive::fields::field(name) {
                paths.add(&[super::super::paths::Alias::of(path, field)]);
            }
        }
        paths.add_missing("n/a");
        let context =
            DecodeContext { key: [0; 32], zone: chrono_tz::Tz::UTC, year_hint: None, captures: Arc::default() };
        let keyed = Keyed { paths: Arc::new(paths), context, strict: true };
        let mut slots = keyed.slots();
        for (key, value) in
            [("time", "1710238532"), ("SC_Status", "200"), ("cs-uri-stem", "/a"), ("took", "n/a"), ("x", "y")]
        {
            slots.offer(key.as_bytes(), Cow::Borrowed(value.as_bytes()));
        }
        let mut table = FactTable::default();
        assert_eq!(keyed.row(slots, 0, Place::default(), &mut table), Verdict::Row);
        table.finish();
        assert_eq!((table.status(0), table.text(Text::Target).get(0)), (Some(200), Some("/a")));
        assert_eq!(table.number(Number::DurationUs).get(0), None);
    }

    proptest! {
        #[test]
        fn no_text_breaks_them(text: Vec<u8>, unit in "[0-9.]{0,22}(h|m|s|ms|us|µs|ns| ){0,3}") {
            duration(&text);
            duration(unit.as_bytes());
            for how in [Edit::Percent, Edit::Slash, Edit::Authority, Edit::Until(Box::from(b"a".as_slice()))] {
                edit(Cow::Borrowed(&text), &how);
            }
        }
    }
}
