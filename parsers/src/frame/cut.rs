//! Records that are not lines: values of JSON over several lines or several on one, parts of a line joined,
//! entries with a blank line between.
//!
//! A block is cut where a record begins, so that each can be read by itself.

use super::{Block, Record, trim};
use crate::scan::{self, Extent};
use crate::wrap::{cri_line, docker_line};
use memchr::{memchr, memmem, memrchr};

/// How a stream is cut into records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Framing {
    /// One a line.
    #[default]
    Lines,
    /// Lines of a container runtime (CRI, docker), those of a message that came in parts taken together.
    Parts,
    /// JSON values: over several lines, or several on one; the elements of an outermost array or `records` member.
    Values,
    /// Entries of journald's export, blank lines between.
    Entries,
}

impl Framing {
    /// Up to where the bytes can be handed out: the begin of the last record that may go on. `None` while not one
    /// record is known to be whole.
    pub(super) fn boundary(self, bytes: &[u8]) -> Option<usize> {
        match self {
            Self::Lines => memrchr(b'\n', bytes).map(|at| at + 1),
            Self::Parts => parts_boundary(bytes),
            Self::Entries => memmem::rfind(bytes, b"\n\n").map(|at| at + 2),
            Self::Values => values_boundary(bytes),
        }
    }

    /// The records of a block.
    pub(super) fn records(self, block: &Block) -> Vec<Record<'_>> {
        match self {
            Self::Lines => super::lines(block).collect(),
            Self::Parts => joined(block),
            Self::Entries => entries(block),
            Self::Values => values(block),
        }
    }

    /// What the first bytes of a source call for.
    pub(crate) fn of(head: &[u8], ended: bool) -> Self {
        let start = scan::skip_space(head, if head.starts_with(super::MARK) { super::MARK.len() } else { 0 });
        match head.get(start) {
            _ if has_parts(&head[start..]) => Self::Parts,
            Some(b'{' | b'[') => of_json(head, start, ended),
            _ if head[start..].starts_with(b"__CURSOR=") => Self::Entries,
            _ => Self::Lines,
        }
    }
}

/// Values are called for where one takes several lines, several stand on one line, or a list holds them.
fn of_json(head: &[u8], start: usize, ended: bool) -> Framing {
    let mut at = start;
    // Where the last record ended.
    let mut last = None;
    let mut in_list = false;
    loop {
        match step(head, at) {
            Next::Between(next) => {
                match head[scan::skip_space(head, at)] {
                    b'[' => in_list = true,
                    // A list without its brackets.
                    b',' if last.is_some() => return Framing::Values,
                    _ => {}
                }
                at = next;
            }
            Next::Record(from, end) => {
                let is_json = head[from] == b'{';
                let line = |range: &[u8]| memchr(b'\n', range).is_some();
                let several = last.is_some_and(|last: usize| !line(&head[last..from]));
                if is_json && (line(&head[from..end]) || several || in_list) {
                    return Framing::Values;
                }
                (last, at) = (Some(end), end);
            }
            // Larger than the head, and not one a line so far.
            Next::Open(_) if last.is_none() && !ended => return Framing::Values,
            Next::Open(from) if !ended && memchr(b'\n', &head[from..]).is_some() => return Framing::Values,
            Next::Open(_) | Next::End => return Framing::Lines,
        }
    }
}

/// Whether it is a container runtime that writes the lines: some message may go on in the next.
fn has_parts(head: &[u8]) -> bool {
    let mut lines = head.split(|&byte| byte == b'\n');
    lines.next().is_some_and(|first| cri_line(first).is_some() || docker_line(first).is_some())
}

/// Lines of other messages after which a message is given up that was to go on: its writer is gone.
const MOST_BETWEEN: usize = 64;

/// The messages of a container that go on, one of each stream at most.
#[derive(Default)]
struct Open<'a>(Vec<(&'a [u8], Message)>);

/// A message that goes on.
#[derive(Clone, Copy)]
struct Message {
    /// Which record it is.
    record: usize,
    /// Lines since its last part.
    since: usize,
}

impl<'a> Open<'a> {
    /// The record that a line goes on, if it does; `record` is the one that it begins if not.
    fn pass(&mut self, line: &'a [u8], record: usize) -> Option<usize> {
        self.0.iter_mut().for_each(|(_, message)| message.since += 1);
        self.0.retain(|(_, message)| message.since <= MOST_BETWEEN);
        let (stream, is_part) = match cri_line(line) {
            Some(line) => (line.stream, line.is_part),
            None => docker_line(line)?,
        };
        let goes_on = self.0.iter().position(|(open, _)| *open == stream).map(|at| self.0.swap_remove(at).1.record);
        if is_part {
            self.0.push((stream, Message { record: goes_on.unwrap_or(record), since: 0 }));
        }
        goes_on
    }

    fn is_none(&self) -> bool {
        self.0.is_empty()
    }
}

/// The end of the last line after which no message goes on.
fn parts_boundary(bytes: &[u8]) -> Option<usize> {
    let end = memrchr(b'\n', bytes)?;
    if ends_in_whole_messages(&bytes[..end]) { Some(end + 1) } else { last_whole(bytes) }
}

/// Whether no message goes on after the last line, as its last lines tell: what was to go on before these is given up.
fn ends_in_whole_messages(lines: &[u8]) -> bool {
    let is_part = |line: &[u8]| match cri_line(line) {
        Some(line) => line.is_part,
        None => docker_line(line).is_some_and(|(_, is_part)| is_part),
    };
    lines.rsplit(|&byte| byte == b'\n').take(MOST_BETWEEN + 1).all(|line| !is_part(line))
}

/// The same for lines of which some go on.
fn last_whole(bytes: &[u8]) -> Option<usize> {
    let (mut open, mut start, mut whole) = (Open::default(), 0, None);
    for end in memchr::memchr_iter(b'\n', bytes) {
        open.pass(&bytes[start..end], 0);
        start = end + 1;
        if open.is_none() {
            whole = Some(start);
        }
    }
    whole
}

/// Lines, those of one message taken together, with what stands between them: lines of another stream are records too.
fn joined(block: &Block) -> Vec<Record<'_>> {
    let mut records: Vec<Record<'_>> = Vec::new();
    let mut open = Open::default();
    for line in super::lines(block) {
        let goes_on = open.pass(line.bytes, records.len());
        match goes_on.and_then(|at| records.get_mut(at)) {
            Some(first) => {
                let start = (first.offset - block.offset) as usize;
                let end = (line.offset - block.offset) as usize + line.bytes.len();
                first.bytes = &block.bytes[start..end];
                first.span = (line.line - first.line) as u32 + 1;
            }
            None => records.push(line),
        }
    }
    records
}

/// Entries up to a blank line.
fn entries(block: &Block) -> Vec<Record<'_>> {
    let mut records: Vec<Record<'_>> = Vec::new();
    let mut open = false;
    for line in super::lines(block) {
        let blank = line.bytes.is_empty();
        match records.last_mut().filter(|_| open && !blank) {
            Some(entry) => {
                let start = (entry.offset - block.offset) as usize;
                let end = (line.offset - block.offset) as usize + line.bytes.len();
                entry.bytes = &block.bytes[start..end];
                entry.span += 1;
            }
            None if !blank => records.push(line),
            None => {}
        }
        open = !blank;
    }
    records
}

/// What comes next between values.
enum Next {
    /// Punctuation up to here.
    Between(usize),
    /// A record.
    Record(usize, usize),
    /// A record of which the end is not there.
    Open(usize),
    End,
}

/// One step over the bytes between and around records.
fn step(bytes: &[u8], at: usize) -> Next {
    let at = scan::skip_space(bytes, at);
    let Some(&byte) = bytes.get(at) else { return Next::End };
    match byte {
        b',' | b'}' => Next::Between(at + 1),
        b']' => after_list(bytes, at + 1),
        b'[' => match bytes.get(scan::skip_space(bytes, at + 1)) {
            Some(b'{' | b'[' | b']') => Next::Between(at + 1),
            None => Next::Open(at),
            Some(_) => garbage(bytes, at),
        },
        b'{' => match envelope(bytes, at) {
            Some(inside) => Next::Between(inside),
            None => match scan::value(bytes, at) {
                Extent::End(end) => Next::Record(at, end),
                Extent::Open => Next::Open(at),
                Extent::Broken => garbage(bytes, at),
            },
        },
        _ => garbage(bytes, at),
    }
}

/// Members of the envelope that follow its list of records.
fn after_list(bytes: &[u8], at: usize) -> Next {
    let comma = scan::skip_space(bytes, at);
    if bytes.get(comma) != Some(&b',') || bytes.get(scan::skip_space(bytes, comma + 1)) != Some(&b'"') {
        return Next::Between(at);
    }
    // Read as the members of an object that begins at the comma.
    let end = scan::members_after(bytes, comma).max(at);
    match bytes.get(scan::skip_space(bytes, end)) {
        Some(b'}') => Next::Between(end),
        // Perhaps they are not all there yet.
        _ if memchr(b'\n', &bytes[end..]).is_none() || scan::value_after_key(bytes, end) == Extent::Open => {
            Next::Open(at - 1)
        }
        _ => Next::Between(end),
    }
}

/// What is no JSON is a record up to the end of its line.
fn garbage(bytes: &[u8], at: usize) -> Next {
    match memchr(b'\n', &bytes[at..]) {
        Some(end) => Next::Record(at, at + end),
        None => Next::Open(at),
    }
}

/// Past the bracket of `{"records": [`, where the list is the first member: it may be larger than memory.
fn envelope(bytes: &[u8], at: usize) -> Option<usize> {
    let key = scan::skip_space(bytes, at + 1);
    let rest = bytes.get(key..)?;
    let name = [&b"\"records\""[..], b"\"Records\"", b"\"value\""].into_iter().find(|name| rest.starts_with(name))?;
    let colon = scan::skip_space(bytes, key + name.len());
    let list = scan::skip_space(bytes, colon + 1);
    let first = scan::skip_space(bytes, list + 1);
    // A block may end where the first record begins.
    let holds_records = matches!(bytes.get(first), Some(b'{' | b']') | None);
    (bytes.get(colon) == Some(&b':') && bytes.get(list) == Some(&b'[') && holds_records).then_some(list + 1)
}

fn values_boundary(bytes: &[u8]) -> Option<usize> {
    let (mut at, mut last, mut records) = (start_of(bytes), 0, 0);
    loop {
        match step(bytes, at) {
            Next::Between(next) => at = next,
            Next::Record(start, end) => {
                (last, at) = (start, end);
                records += 1;
            }
            Next::Open(start) => return (records > 0).then_some(start),
            // The last whole record stays, until it is known what follows it.
            Next::End => return (records > 1).then_some(last),
        }
    }
}

fn start_of(bytes: &[u8]) -> usize {
    if bytes.starts_with(super::MARK) { super::MARK.len() } else { 0 }
}

/// The values of a block; of several that begin on one line each has its number.
fn values(block: &Block) -> Vec<Record<'_>> {
    let bytes = block.bytes.as_slice();
    let mut records: Vec<Record<'_>> = Vec::new();
    let (mut line, mut counted) = (block.first_line, 0);
    let mut item = block.first_item;
    let mut at = start_of(bytes);
    loop {
        let (start, end) = match step(bytes, at) {
            Next::Between(next) => {
                at = next;
                continue;
            }
            Next::Record(start, end) => (start, end),
            // The source ends in the middle of a record.
            Next::Open(start) => (start, bytes.len()),
            Next::End => break,
        };
        let lines = memchr::memchr_iter(b'\n', &bytes[counted..start]).count() as u64;
        if lines > 0 {
            (line, item) = (line + lines, 0);
        }
        let spanned = memchr::memchr_iter(b'\n', &bytes[start..end]).count() as u64;
        let mut record = trim(&bytes[start..end], block.offset + start as u64, line);
        record.span = spanned as u32 + 1;
        record.item = Some(item);
        records.push(record);
        (line, counted, at) = (line + spanned, end, end);
        item = if spanned > 0 { 1 } else { item + 1 };
    }
    // Alone on its line, it needs no number.
    let goes_on = block.more && memchr(b'\n', &bytes[counted..]).is_none();
    for index in 0..records.len() {
        let record = records[index];
        let end_line = record.line + u64::from(record.span) - 1;
        let followed = match records.get(index + 1) {
            Some(next) => next.line == end_line && record.span == 1,
            None => goes_on && record.span == 1,
        };
        if record.item == Some(0) && !followed {
            records[index].item = None;
        }
    }
    records
}

/// How many records begin on the line that a block ends in.
pub(super) fn items_at_end(block: &Block) -> u32 {
    let records = values(block);
    let Some(last) = records.last() else {
        return if memchr(b'\n', &block.bytes).is_some() { 0 } else { block.first_item };
    };
    let end = (last.offset - block.offset) as usize + last.bytes.len();
    if memchr(b'\n', &block.bytes[end.min(block.bytes.len())..]).is_some() {
        0
    } else if last.span > 1 {
        1
    } else {
        last.item.unwrap_or(0) + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// The look at the last lines says what a walk over all of them says.
        #[test]
        fn the_end_of_parts_is_found_from_either_side(
            lines in prop::collection::vec((0..9_u8, 0..40_usize), 0..9),
            rest in prop::option::of("[a-z]{0,5}"),
        ) {
            let mut text = String::new();
            for (kind, times) in lines {
                let line = match kind {
                    0 => "2024-03-12T10:15:32.1Z stdout P a",
                    1 => "2024-03-12T10:15:32.1Z stderr P a",
                    2 => "{\"log\":\"a\",\"stream\":\"stdout\",\"time\":\"2024-03-12T10:15:32Z\"}",
                    3 => "{\"log\":\"a\\n\",\"stream\":\"stdout\",\"time\":\"2024-03-12T10:15:32Z\"}",
                    4 => "2024-03-12T10:15:32.1Z stdout F a",
                    5 => "2024-03-12T10:15:32.1Z stderr F a",
                    _ => "something else",
                };
                for _ in 0..if kind < 3 { 1 } else { times } {
                    text.push_str(line);
                    text.push('\n');
                }
            }
            text.push_str(&rest.unwrap_or_default());
            prop_assert_eq!(parts_boundary(text.as_bytes()), last_whole(text.as_bytes()));
        }
    }
}
