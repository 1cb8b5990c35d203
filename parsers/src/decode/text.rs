//! Text records, read along a plan: fields and the literals between them.

mod decoder;

use super::facts::Facts;
use super::field::Field;
use super::haproxy::{self, Captures};
use super::right::Free;
use super::tail;
use crate::time::Clock;
use crate::time::pattern::Pattern;
use crate::value;
use memchr::memmem::Finder;
use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

pub(crate) use decoder::TextDecoder;

/// What ends a target; making a search costs as much as it takes to run it over a line.
static VERSION: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b" HTTP/"));

/// How far a field reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// To the literal that follows.
    Bare,
    /// To the closing quote, escaped quotes skipped.
    Quoted,
    /// To the last quote of the record.
    LastQuote,
    /// To the literal that follows and after which a day of the month stands: user names hold spaces.
    BeforeDay,
    /// To a slash, which belongs to the next field.
    BeforeSlash,
    /// To the last colon of the word: addresses hold colons too.
    BeforePort,
    /// To the space before the version of the protocol: targets hold spaces.
    BeforeVersion,
    /// As far as there are digits: nothing stands before the next field.
    Digits,
    /// So many bytes, or the dash of a missing value.
    Width(u8),
    /// As far as the pattern of this number reads a time.
    Pattern(u16),
    /// To the closing brace; without an opening one the field is not there, nor is the literal after it.
    Braces,
}

/// How a vendor writes what would break its format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Escape {
    /// As it is: a quote in a value looks like its end.
    #[default]
    None,
    /// With a backslash.
    Backslash,
    /// As `#HH`.
    Hash,
}

/// What a record is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Logs {
    #[default]
    Requests,
    /// Connections have neither a request nor a status.
    Connections,
}

/// One field and what follows it.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub field: Field,
    pub reach: Reach,
    /// The literal after the field; empty for the last one.
    pub until: Vec<u8>,
    /// Whether the next field begins with a digit or a dash, which tells the end of a value that is not escaped.
    pub before_number: bool,
    /// The field's name in the directive, for messages.
    pub name: String,
}

/// A compiled directive.
#[derive(Clone, Debug, Default)]
#[allow(clippy::struct_excessive_bools)] // each is a habit of a writer by itself
pub(crate) struct Plan {
    /// The literal before the first field.
    pub lead: Vec<u8>,
    pub steps: Vec<Step>,
    /// Names of the extra fields.
    pub names: Vec<String>,
    /// How times are written that no clock knows.
    pub patterns: Vec<Pattern>,
    /// How many fields a record has at least.
    pub required: usize,
    /// Whether text may follow the last field (formats grow).
    pub tail: bool,
    pub escapes: Escape,
    /// Whether times carry their zone.
    pub states_zone: bool,
    /// Whether the log is HAProxy's: long lines are cut short, and notices stand between.
    pub is_haproxy: bool,
    pub logs: Logs,
    /// How many headers HAProxy captures of a request, and of a request and its response, where it writes some of the
    /// latter by number.
    pub captured: Option<(usize, usize)>,
    /// Whether runs of spaces separate fields as one does.
    pub pad: bool,
    /// Whether hosts and addresses must look like ones.
    pub strict: bool,
    /// Whether values that look like several fields are taken nevertheless: a user name may be anything.
    pub lenient: bool,
    /// Whether the writer leaves quotes in values as they are: the last quoted value then ends at the last quote.
    pub raw_quotes: bool,
    /// A value that a client chooses and nobody escapes, if there is one.
    pub free: Option<Arc<Free>>,
    /// What `name=value` pairs after the last field mean.
    pub tail_pairs: Vec<(String, Field)>,
}

/// How one record is read.
#[derive(Clone, Copy)]
struct Manner<'p> {
    escapes: Escape,
    captures: &'p Captures,
}

impl Plan {
    /// Reads one record into facts.
    ///
    /// # Errors
    /// A few words on why it does not fit.
    #[inline]
    pub(crate) fn read<'a>(
        &self,
        record: &'a [u8],
        facts: &mut Facts<'a>,
        captures: &Captures,
        padded: bool,
    ) -> Result<(), String> {
        self.read_along(record, facts, captures, (padded, None), &mut |_| ())
    }

    /// The same, where the value of a step is known to end at this place.
    ///
    /// # Errors
    /// As [`Plan::read`].
    pub(super) fn read_to<'a>(
        &self,
        record: &'a [u8],
        facts: &mut Facts<'a>,
        captures: &Captures,
        end: (usize, usize),
    ) -> Result<(), String> {
        self.read_along(record, facts, captures, (false, Some(end)), &mut |_| ())
    }

    /// The same, with `reached` told what is left of the record before each field.
    fn read_along<'a>(
        &self,
        record: &'a [u8],
        facts: &mut Facts<'a>,
        captures: &Captures,
        (padded, known): (bool, Option<(usize, usize)>),
        reached: &mut impl FnMut(&[u8]),
    ) -> Result<(), String> {
        let padded = padded || self.pad;
        // One look at the record spares two at every quoted value.
        let escapes = match self.escapes {
            Escape::Backslash if memchr::memchr(b'\\', record).is_some() => Escape::Backslash,
            Escape::Hash if memchr::memchr(b'#', record).is_some() => Escape::Hash,
            _ => Escape::None,
        };
        let manner = Manner { escapes, captures };
        let mut captured = 0;
        let mut rest = record
            .strip_prefix(self.lead.as_slice())
            .ok_or_else(|| format!("does not begin with `{}`", String::from_utf8_lossy(&self.lead)))?;
        for (index, step) in self.steps.iter().enumerate() {
            if padded {
                rest = rest.trim_ascii_start();
            }
            reached(rest);
            if self.is_haproxy && step.reach == Reach::Braces {
                let Some(block) = rest.strip_prefix(b"{") else {
                    // Of two spaces that would meet only one is written.
                    let until = step.until.strip_prefix(b" ").unwrap_or(&step.until);
                    rest = rest.strip_prefix(until).ok_or_else(|| missing(step))?;
                    continue;
                };
                let Some((end, next)) = end_of_block(block, &step.until) else { return Err(missing(step)) };
                captured = facts.take_captures(&block[..end], captured, captures)?;
                rest = &block[next..];
                continue;
            }
            let found = match known {
                Some((free, end)) if free == index => {
                    let end = end.checked_sub(record.len() - rest.len()).ok_or_else(|| missing(step))?;
                    Some((end, end + step.until.len()))
                }
                _ => self.find_end(step, rest, escapes),
            };
            let Some((end, next)) = found else {
                // The last field that is there ends the record when the ones after it are optional, and where a
                // record was cut short.
                if index + 1 >= self.required
                    && !self.ends_in_a_word(index)
                    && let Some(value) = ends_here(step, rest)
                {
                    return self.take(step, value, manner, facts);
                }
                // Told apart from other formats it must be whole: a line of any other log may be cut as well.
                if self.is_haproxy
                    && self.lenient
                    && step.reach == Reach::Quoted
                    && step.field == Field::Request
                    && memchr::memchr(b'"', rest).is_none()
                {
                    return self.take(step, rest, manner, facts);
                }
                return Err(missing(step));
            };
            self.take(step, &rest[..end], manner, facts)?;
            rest = &rest[next..];
        }
        reached(rest);
        if !rest.is_empty() {
            if !self.tail || rest[0] != b' ' {
                if padded && rest.trim_ascii().is_empty() {
                    return Ok(());
                }
                return Err(format!("text after the last field: {}", super::facts::shown(rest.trim_ascii())));
            }
            let rest = rest.trim_ascii();
            if !rest.is_empty() && !tail::take_pairs(&self.tail_pairs, rest, facts) {
                facts.take_extra("tail", rest);
            }
        }
        Ok(())
    }

    fn take<'a>(&self, step: &Step, value: &'a [u8], manner: Manner<'_>, facts: &mut Facts<'a>) -> Result<(), String> {
        let value = match step.reach {
            Reach::Pattern(number) => return self.take_time(step, number, value, facts),
            reach => match manner.escapes {
                Escape::Backslash if reach == Reach::Quoted => value::unescape(value),
                Escape::None | Escape::Backslash if self.pad && reach != Reach::Quoted => {
                    Cow::Borrowed(value.trim_ascii())
                }
                Escape::None | Escape::Backslash => Cow::Borrowed(value),
                Escape::Hash => haproxy::unescape(value),
            },
        };
        if self.is_haproxy && step.field == Field::Captures {
            // Between quotes instead of braces.
            let Cow::Borrowed(block) = value else { return facts.take(step.field, value, &self.names) };
            let inner = block.strip_prefix(b"{").and_then(|block| block.strip_suffix(b"}")).unwrap_or(block);
            return facts.take_captures(inner, 0, manner.captures).map(drop);
        }
        if let Field::Captured(nth, _) = step.field
            && let Some(&field) = manner.captures.fields.get(usize::from(nth))
        {
            return facts.take(field, value, &manner.captures.names);
        }
        if !tail::is_fit(self, step, &value, facts) {
            return Err(format!("{} cannot be {}", step.name, super::facts::shown(&value)));
        }
        let value = match value {
            Cow::Borrowed(value) if step.reach == Reach::BeforeDay => Cow::Borrowed(value.trim_ascii()),
            value => value,
        };
        facts.take(step.field, value, &self.names)
    }

    fn take_time<'a>(&self, step: &Step, number: u16, value: &'a [u8], facts: &mut Facts<'a>) -> Result<(), String> {
        if step.field == Field::Ignore {
            return Ok(());
        }
        let pattern = self.patterns.get(usize::from(number));
        match pattern.and_then(|pattern| facts.take_pattern(pattern, value)) {
            Some(length) if length == value.len() => Ok(()),
            // Written before or after the directive was changed.
            _ => facts.take(Field::Time(Clock::Any), Cow::Borrowed(value), &[]),
        }
    }

    /// Where a value ends and the next one begins, whatever it is; `plainly` heeds only the literal after it.
    pub(super) fn cut(&self, step: &Step, rest: &[u8], plainly: bool) -> Option<(usize, usize)> {
        match step.reach {
            _ if plainly && !step.until.is_empty() => {
                memchr::memmem::find(rest, &step.until).map(|end| (end, end + step.until.len()))
            }
            Reach::Braces => match rest.strip_prefix(b"{") {
                Some(block) => end_of_block(block, &step.until).map(|(end, next)| (end + 1, next + 1)),
                None => after(rest, 0, step.until.strip_prefix(b" ").unwrap_or(&step.until)),
            },
            // Whatever stands there instead of a time or a number ends where the literal stands.
            Reach::Pattern(_) | Reach::Digits | Reach::Width(_) if !step.until.is_empty() => self
                .find_end(step, rest, self.escapes)
                .or_else(|| memchr::memmem::find(rest, &step.until).map(|end| (end, end + step.until.len()))),
            _ => self.find_end(step, rest, self.escapes),
        }
    }

    /// Where the value ends and where the next one begins.
    fn find_end(&self, step: &Step, rest: &[u8], escapes: Escape) -> Option<(usize, usize)> {
        if !matches!(step.reach, Reach::Bare | Reach::Quoted | Reach::BeforeDay | Reach::BeforeSlash)
            && let Some(end) = self.find_special(step, rest)
        {
            return end;
        }
        let until = step.until.as_slice();
        if self.raw_quotes && self.is_last_quoted(step) {
            let end = memchr::memmem::rfind(rest, until)?;
            return Some((end, end + until.len()));
        }
        let Some(&first) = until.first() else {
            if step.reach == Reach::BeforeSlash {
                let end = memchr::memchr(b'/', rest)?;
                return Some((end, end));
            }
            return Some(self.find_last(step, rest));
        };
        let mut from = 0;
        loop {
            let end = from + memchr::memchr(first, &rest[from..])?;
            let next = end + until.len();
            if rest[end..].starts_with(until) {
                let fits = match step.reach {
                    // Not every writer escapes quotes: where a number is next, one must follow the closing one.
                    Reach::Quoted => {
                        (escapes != Escape::Backslash || !is_escaped(&rest[..end]))
                            && (!step.before_number || begins_number(&rest[next..]))
                    }
                    Reach::BeforeDay => is_day(&rest[next..]),
                    // A request without quotes is a method and a target.
                    Reach::Bare if step.field == Field::Request && until == b" " => {
                        rest[..end].contains(&b' ') || &rest[..end] == b"-"
                    }
                    _ => !(step.field.is_list() && in_list(rest, end, until)),
                };
                if fits {
                    return Some((end, next));
                }
            }
            from = end + 1;
        }
    }

    /// Whether the layout ends with this field and a word behind it (`15 ms`), which is no field that may be missing.
    fn ends_in_a_word(&self, index: usize) -> bool {
        index + 1 == self.steps.len() && self.steps[index].until.iter().any(u8::is_ascii_alphabetic)
    }

    /// The same plan with every quoted value ending at its first quote; nothing where they do so anyway.
    fn without_search(&self) -> Option<Self> {
        let searches = |step: &Step| step.reach == Reach::Quoted && step.before_number;
        self.steps.iter().any(searches).then(|| {
            let steps = self.steps.iter().map(|step| Step { before_number: false, ..step.clone() });
            Self { steps: steps.collect(), ..self.clone() }
        })
    }

    fn is_last_quoted(&self, step: &Step) -> bool {
        self.steps.iter().rfind(|other| other.reach == Reach::Quoted).is_some_and(|last| std::ptr::eq(last, step))
    }

    /// The same where more than the literal tells; nothing where the literal tells after all.
    #[allow(clippy::option_option)] // "nowhere" and "look for the literal" are different answers
    #[inline(never)] // seldom, and in the way of what is often
    fn find_special(&self, step: &Step, rest: &[u8]) -> Option<Option<(usize, usize)>> {
        match step.reach {
            Reach::Pattern(number) => {
                return self.end_of_time(step, number, rest).map(Some);
            }
            Reach::Width(width) => {
                let width = if rest.first() == Some(&b'-') { 1 } else { usize::from(width) };
                return Some(after(rest, width, &step.until));
            }
            Reach::Digits => {
                let digits =
                    rest.iter().take_while(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-')).count();
                return Some(after(rest, digits, &step.until));
            }
            Reach::BeforePort => {
                let word = rest
                    .iter()
                    .position(|byte| matches!(byte, b' ' | b'"' | b',' | b'|' | b'\t'))
                    .unwrap_or(rest.len());
                let colon = memchr::memrchr(b':', &rest[..word]);
                return Some(colon.and_then(|end| after(rest, end, &step.until)));
            }
            Reach::BeforeVersion => {
                if let Some(end) = VERSION.find(rest)
                    && memchr::memchr(b'"', &rest[..end]).is_none()
                {
                    return Some(Some((end, end + 1)));
                }
            }
            // The last quote, since nothing is escaped and nothing follows.
            Reach::LastQuote => {
                let end = rest.len().checked_sub(step.until.len()).filter(|_| rest.ends_with(&step.until));
                return Some(end.map(|end| (end, rest.len())));
            }
            _ => {}
        }
        None
    }

    /// A time ends where its pattern ends, or where the literal after a dash begins.
    fn end_of_time(&self, step: &Step, number: u16, rest: &[u8]) -> Option<(usize, usize)> {
        // The zone moves the instant and not the end.
        let pattern = self.patterns.get(usize::from(number))?;
        let read = pattern.read(rest, chrono_tz::Tz::UTC).and_then(|(_, length)| after(rest, length, &step.until));
        read.or_else(|| after(rest, 1, &step.until).filter(|_| rest.starts_with(b"-")))
    }

    /// The last field reaches to the end, or to a space where text may follow. A number holds none: what stands behind
    /// it is something else, and blanks at the end of a line are nothing.
    fn find_last(&self, step: &Step, rest: &[u8]) -> (usize, usize) {
        let end = match (self.tail, step.field.is_number()) {
            (true, _) => memchr::memchr(b' ', rest),
            (false, true) => memchr::memchr2(b' ', b'\t', rest),
            (false, false) => None,
        };
        let end = end.unwrap_or(rest.len());
        let is_all = !self.tail && rest[end..].trim_ascii().is_empty();
        (end, if is_all { rest.len() } else { end })
    }
}

/// A value of known length, if the literal stands behind it.
fn after(rest: &[u8], length: usize, until: &[u8]) -> Option<(usize, usize)> {
    rest.get(length..)?.starts_with(until).then_some((length, length + until.len()))
}

/// Where a block in braces ends: old versions did not escape braces inside, so the literal after it counts as well.
fn end_of_block(block: &[u8], until: &[u8]) -> Option<(usize, usize)> {
    memchr::memchr_iter(b'}', block).find_map(|end| {
        let next = &block[end + 1..];
        (next.starts_with(until) || next.is_empty()).then(|| (end, (end + 1 + until.len()).min(block.len())))
    })
}

fn begins_number(bytes: &[u8]) -> bool {
    matches!(bytes.first(), Some(b'0'..=b'9' | b'-'))
}

/// The value, if the record may end with it although more fields could follow.
fn ends_here<'a>(step: &Step, rest: &'a [u8]) -> Option<&'a [u8]> {
    match step.reach {
        Reach::Bare => (!rest.is_empty() && memchr::memchr(b' ', rest).is_none()).then_some(rest),
        Reach::Quoted => rest.strip_suffix(b"\"").filter(|value| !is_escaped(value)),
        _ => None,
    }
}

/// Whether a day of the month, a year, or the `-` of a missing time comes next.
fn is_day(bytes: &[u8]) -> bool {
    let digits = bytes.iter().take(5).take_while(|byte| byte.is_ascii_digit()).count();
    matches!((digits, bytes.get(digits)), (2, Some(b'/')) | (4, Some(b'-'))) || bytes.starts_with(b"-]")
}

/// Whether the byte after `before` is escaped: an odd number of backslashes precedes it.
fn is_escaped(before: &[u8]) -> bool {
    before.iter().rev().take_while(|&&byte| byte == b'\\').count() % 2 == 1
}

/// Whether the literal at `at` stands between two elements of a list (`a, b` or `a : b`).
fn in_list(bytes: &[u8], at: usize, until: &[u8]) -> bool {
    if until[0] == b',' {
        return until.len() == 1 && bytes.get(at + 1) == Some(&b' ');
    }
    if until[0] != b' ' {
        return false;
    }
    let before = at.checked_sub(1).map(|index| bytes[index]);
    let colon_before = before == Some(b':') && at >= 2 && bytes[at - 2] == b' ';
    before == Some(b',') || colon_before || bytes[at..].starts_with(b" : ")
}

fn missing(step: &Step) -> String {
    let name = &step.name;
    match step.reach {
        Reach::Quoted if step.field == Field::Request => "no closing quote after the request".to_owned(),
        Reach::Quoted => format!("no closing quote after {name}"),
        _ if step.until.is_empty() => format!("the record ends before {name}"),
        _ => format!("no `{}` after {name}", String::from_utf8_lossy(&step.until)),
    }
}
