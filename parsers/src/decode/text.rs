//! Text records, read along a plan: fields and the literals between them.

use super::facts::Facts;
use super::field::Field;
use super::{Decode, Verdict, tail};
use crate::format::DecodeContext;
use crate::table::{FactTable, Place};
use crate::value;
use std::borrow::Cow;
use std::sync::Arc;

/// How far a field reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// To the literal that follows.
    Bare,
    /// To the closing quote, escaped quotes skipped.
    Quoted,
    /// To the literal that follows and after which a day of the month stands: user names hold spaces.
    BeforeDay,
    /// To a slash, which belongs to the next field.
    BeforeSlash,
}

/// One field and what follows it.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub field: Field,
    pub reach: Reach,
    /// The literal after the field; empty for the last one.
    pub until: Vec<u8>,
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
    /// How many fields a record has at least.
    pub required: usize,
    /// Whether text may follow the last field (formats grow).
    pub tail: bool,
    /// Whether backslashes escape.
    pub escapes: bool,
    /// Whether times carry their zone.
    pub states_zone: bool,
    /// Whether runs of spaces separate fields as one does.
    pub pad: bool,
    /// Whether hosts and addresses must look like ones.
    pub strict: bool,
    /// Whether values that look like several fields are taken nevertheless: a user name may be anything.
    pub lenient: bool,
    /// Whether the writer leaves quotes in values as they are: the last quoted value then ends at the last quote.
    pub raw_quotes: bool,
    /// What `name=value` pairs after the last field mean.
    pub tail_pairs: Vec<(String, Field)>,
}

impl Plan {
    /// Reads one record into facts.
    fn read<'a>(&self, record: &'a [u8], facts: &mut Facts<'a>) -> Result<(), String> {
        // One look at the record spares two at every quoted value.
        let escapes = self.escapes && memchr::memchr(b'\\', record).is_some();
        let mut rest = record
            .strip_prefix(self.lead.as_slice())
            .ok_or_else(|| format!("does not begin with `{}`", String::from_utf8_lossy(&self.lead)))?;
        for (index, step) in self.steps.iter().enumerate() {
            let Some((end, next)) = self.find_end(step, self.steps.get(index + 1), rest, escapes) else {
                // The last field that is there ends the record when the ones after it are optional.
                if index + 1 >= self.required
                    && let Some(value) = ends_here(step, rest)
                {
                    return self.take(step, value, escapes, facts);
                }
                return Err(missing(step));
            };
            self.take(step, &rest[..end], escapes, facts)?;
            rest = &rest[next..];
            if self.pad && step.until.ends_with(b" ") {
                rest = rest.trim_ascii_start();
            }
        }
        if !rest.is_empty() {
            if !self.tail || rest[0] != b' ' {
                return Err(format!("text after the last field: {}", super::facts::shown(rest)));
            }
            let rest = rest.trim_ascii();
            if !rest.is_empty() && !tail::take_pairs(&self.tail_pairs, rest, facts) {
                facts.take_extra("tail", rest);
            }
        }
        Ok(())
    }

    fn take<'a>(&self, step: &Step, value: &'a [u8], escapes: bool, facts: &mut Facts<'a>) -> Result<(), String> {
        let value = match step.reach {
            Reach::Quoted if escapes => value::unescape(value),
            Reach::Quoted => Cow::Borrowed(value),
            _ if self.pad => Cow::Borrowed(value.trim_ascii()),
            _ => Cow::Borrowed(value),
        };
        if !tail::is_fit(self, step, &value) {
            return Err(format!("{} cannot be {}", step.name, super::facts::shown(&value)));
        }
        facts.take(step.field, value, &self.names)
    }

    /// Where the value ends and where the next one begins.
    fn find_end(&self, step: &Step, after: Option<&Step>, rest: &[u8], escapes: bool) -> Option<(usize, usize)> {
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
            return Some(self.find_last(rest));
        };
        let mut from = 0;
        loop {
            let end = from + memchr::memchr(first, &rest[from..])?;
            let next = end + until.len();
            if rest[end..].starts_with(until) {
                let fits = match step.reach {
                    // Not every writer escapes quotes: where a number is next, one must follow the closing one.
                    Reach::Quoted => {
                        (!escapes || !is_escaped(&rest[..end]))
                            && after.is_none_or(|after| tail::may_begin(after, &rest[next..]))
                    }
                    Reach::BeforeDay => is_day(&rest[next..]),
                    // A request without quotes is a method and a target.
                    Reach::Bare if step.field == Field::Request && until == b" " => {
                        rest[..end].contains(&b' ') || &rest[..end] == b"-"
                    }
                    Reach::Bare | Reach::BeforeSlash => !(step.field.is_list() && first == b' ' && in_list(rest, end)),
                };
                if fits {
                    return Some((end, next));
                }
            }
            from = end + 1;
        }
    }

    fn is_last_quoted(&self, step: &Step) -> bool {
        self.steps.iter().rfind(|other| other.reach == Reach::Quoted).is_some_and(|last| std::ptr::eq(last, step))
    }

    /// The last field reaches to the end, or to a space where text may follow.
    fn find_last(&self, rest: &[u8]) -> (usize, usize) {
        let end = if self.tail { memchr::memchr(b' ', rest).unwrap_or(rest.len()) } else { rest.len() };
        (end, end)
    }
}

/// The value, if the record may end with it although more fields could follow.
fn ends_here<'a>(step: &Step, rest: &'a [u8]) -> Option<&'a [u8]> {
    match step.reach {
        Reach::Bare => (!rest.is_empty() && memchr::memchr(b' ', rest).is_none()).then_some(rest),
        Reach::Quoted => rest.strip_suffix(b"\"").filter(|value| !is_escaped(value)),
        Reach::BeforeDay | Reach::BeforeSlash => None,
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

/// Whether the space at `at` stands between two elements of a list (`a, b` or `a : b`).
fn in_list(bytes: &[u8], at: usize) -> bool {
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

/// Decodes records along a plan.
pub(crate) struct TextDecoder {
    pub plan: Arc<Plan>,
    pub context: DecodeContext,
}

impl Decode for TextDecoder {
    fn decode(&self, record: &[u8], source: u32, place: Place, table: &mut FactTable) -> Verdict {
        let record = record.strip_suffix(b"\r").unwrap_or(record);
        if record.trim_ascii().is_empty() {
            return Verdict::Skip("blank");
        }
        let mut facts = Facts::new(&self.context, simdutf8::basic::from_utf8(record).is_ok());
        match self.plan.read(record, &mut facts) {
            Ok(()) => facts.finish(source, place, table),
            Err(reason) => Verdict::Reject(reason.into()),
        }
    }
}
