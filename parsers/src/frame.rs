//! From a stream of bytes to blocks of whole lines, and from a block to its records.
//!
//! In: decompressed bytes as they come. Out: [`Piece`]s in order. Memory is bounded by the block size and
//! by the longest record allowed: a longer one is counted and passed over without being held.
//! A **record** is a line without `\n`, without one `\r` before it and without NUL bytes in front
//! (a log truncated while it was being written has a hole there); a byte order mark at the start of the
//! source belongs to no record. A line of NUL bytes only is a **hole**, and keeps them: something was lost.

mod cut;

pub use cut::Framing;

use memchr::{memchr, memchr_iter};

/// Of a record that is too long, this much is kept to be shown.
const SHOWN: usize = 4 << 10;

/// The byte order mark of UTF-8.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// Whole lines (the last one of a source may lack its line end).
#[derive(Debug, PartialEq, Eq)]
pub struct Block {
    /// The lines.
    pub bytes: Vec<u8>,
    /// Number of the first line, counted from 1.
    pub first_line: u64,
    /// Offset of the first byte in the source as decompressed.
    pub offset: u64,
    /// Lines held.
    pub lines: u64,
    /// How its records are told apart.
    pub framing: Framing,
    /// How many records began before it on its first line.
    pub first_item: u32,
    /// Whether another record follows.
    pub more: bool,
}

/// What framing yields.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece {
    /// Lines to decode.
    Block(Block),
    /// One record longer than allowed.
    Long(Long),
    /// A line of NUL bytes only, too long to hold.
    Hole(Hole),
}

/// A line of NUL bytes only that was passed over because of its length.
#[derive(Debug, PartialEq, Eq)]
pub struct Hole {
    /// Its line, counted from 1.
    pub line: u64,
    /// Where it starts in the source as decompressed.
    pub offset: u64,
    /// Its bytes, line end excluded.
    pub len: u64,
}

/// A record that was passed over because of its length.
#[derive(Debug, PartialEq, Eq)]
pub struct Long {
    /// Its line, counted from 1.
    pub line: u64,
    /// Where it starts in the source as decompressed.
    pub offset: u64,
    /// Its bytes, line end excluded.
    pub len: u64,
    /// The first few KiB of it.
    pub head: Vec<u8>,
}

/// Cuts a stream into pieces.
pub struct Framer {
    buffer: Vec<u8>,
    filled: usize,
    /// Bytes of `buffer` known to hold no line end.
    searched: usize,
    offset: u64,
    line: u64,
    block: usize,
    max_record: usize,
    skipping: Option<Skipping>,
    framing: Framing,
    /// Records that began on the line that goes on.
    item: u32,
    /// Whether what was handed out last ended in the middle of a line.
    mid_line: bool,
}

struct Skipping {
    long: Long,
    /// NUL bytes in front of it.
    nuls: u64,
    ends_in_cr: bool,
}

impl Framer {
    /// Blocks of about `block` bytes; records of at most `max_record` bytes.
    pub fn new(block: usize, max_record: usize, framing: Framing, buffer: Vec<u8>) -> Self {
        Self {
            buffer,
            filled: 0,
            searched: 0,
            offset: 0,
            line: 1,
            block: block.max(1),
            max_record,
            skipping: None,
            framing,
            item: 0,
            mid_line: false,
        }
    }

    /// Lines seen so far, one that has not ended included.
    pub fn lines(&self) -> u64 {
        self.line - 1 + u64::from(self.is_mid_line())
    }

    /// Whether bytes came after the last line end that has been handed out.
    fn is_mid_line(&self) -> bool {
        self.skipping.is_some() || self.filled > 0 || self.mid_line
    }

    /// Room for the next bytes, at least one and at most `wanted`; report them with [`Framer::advance`].
    pub fn room(&mut self, wanted: usize) -> &mut [u8] {
        let end = self.filled + wanted.max(1);
        if self.buffer.len() < end {
            self.buffer.resize(end, 0);
        }
        &mut self.buffer[self.filled..end]
    }

    /// The line that a byte of those most recently written into the room is on, counted from 1.
    pub fn line_at(&self, latest: usize) -> u64 {
        self.line + memchr_iter(b'\n', &self.buffer[..self.filled + latest]).count() as u64
    }

    /// The bytes most recently written into the room.
    pub fn latest(&self, got: usize) -> &[u8] {
        &self.buffer[self.filled..self.filled + got]
    }

    /// Takes `got` bytes of the room as read, and returns a piece if one is complete.
    /// `spare` gives the buffer for the bytes after the block.
    pub fn advance(&mut self, got: usize, spare: impl FnOnce() -> Option<Vec<u8>>) -> Option<Piece> {
        self.filled += got;
        if self.skipping.is_some() {
            return self.skip();
        }
        if self.filled < self.block {
            return None;
        }
        // Lines need not be looked for twice; other records are told from their begin.
        let from = if self.framing == Framing::Lines { self.searched } else { 0 };
        if let Some(end) = self.framing.boundary(&self.buffer[from..self.filled]) {
            return Some(Piece::Block(self.cut(from + end, true, spare)?));
        }
        self.searched = self.filled;
        // One byte more may be the `\r` of a line end.
        if self.filled > self.max_record + 1 {
            self.start_skipping();
        }
        None
    }

    /// The rest at the end of the source: lines, and a last one without its line end.
    pub fn finish(&mut self, spare: impl FnOnce() -> Option<Vec<u8>>) -> Option<Piece> {
        if let Some(skipping) = self.skipping.take() {
            self.filled = 0;
            return Some(self.end_of_long(skipping));
        }
        if self.filled == 0 {
            return None;
        }
        self.cut(self.filled, false, spare).map(Piece::Block)
    }

    /// The whole lines left where the source was cut, and the bytes of the line that was cut.
    pub fn finish_cut(&mut self, spare: impl FnOnce() -> Option<Vec<u8>>) -> (Option<Piece>, u64) {
        if let Some(skipping) = self.skipping.take() {
            return (None, skipping.long.len);
        }
        let whole = self.framing.boundary(&self.buffer[..self.filled]).unwrap_or(0);
        let lost = (self.filled - whole) as u64;
        self.filled = whole;
        if whole == 0 { (None, lost) } else { (self.cut(whole, true, spare).map(Piece::Block), lost) }
    }

    /// The memory, for the next source; emptied if it holds more than `keep` bytes.
    pub fn into_buffer(self, keep: usize) -> Vec<u8> {
        if self.buffer.capacity() > keep { Vec::new() } else { self.buffer }
    }

    fn cut(&mut self, end: usize, more: bool, spare: impl FnOnce() -> Option<Vec<u8>>) -> Option<Block> {
        let mut next = spare()?;
        let rest = self.filled - end;
        if next.len() < rest {
            next.resize(rest, 0);
        }
        next[..rest].copy_from_slice(&self.buffer[end..self.filled]);
        let mut bytes = std::mem::replace(&mut self.buffer, next);
        bytes.truncate(end);
        self.filled = rest;
        self.searched = rest;
        let ends = memchr_iter(b'\n', &bytes).count() as u64;
        let (framing, first_item, ends_mid_line) = (self.framing, self.item, bytes.last() != Some(&b'\n'));
        let lines = ends + u64::from(ends_mid_line && !more);
        let block = Block { bytes, first_line: self.line, offset: self.offset, lines, framing, first_item, more };
        self.line += lines;
        self.offset += end as u64;
        self.mid_line = ends_mid_line && more;
        if framing == Framing::Values {
            self.item = cut::items_at_end(&block);
        }
        Some(block)
    }

    /// The line in the buffer is too long, unless what makes it long is no part of the record.
    fn start_skipping(&mut self) {
        if self.offset == 0 && self.buffer.starts_with(MARK) {
            self.drop_front(MARK.len());
            self.offset = MARK.len() as u64;
        }
        let nuls = self.buffer[..self.filled].iter().take_while(|&&byte| byte == 0).count();
        if nuls > 0 && self.buffer[nuls..self.filled] == *b"\r" {
            // Only what comes next tells whether the line ends here, and so holds NUL bytes only.
            return;
        }
        if nuls < self.filled && self.filled - nuls <= self.max_record + 1 {
            self.buffer.copy_within(nuls..self.filled, 0);
            self.filled -= nuls;
            self.searched = self.filled;
            self.offset += nuls as u64;
            return;
        }
        let text = &self.buffer[nuls..self.filled];
        let long = Long {
            line: self.line,
            offset: self.offset + nuls as u64,
            len: text.len() as u64,
            head: text[..text.len().min(SHOWN)].to_vec(),
        };
        self.skipping = Some(Skipping { long, nuls: nuls as u64, ends_in_cr: text.last() == Some(&b'\r') });
        self.offset += self.filled as u64;
        (self.filled, self.searched) = (0, 0);
    }

    /// Passes over bytes of a line that is too long; all bytes in the buffer are new, save a `\r` after NUL bytes only.
    fn skip(&mut self) -> Option<Piece> {
        let mut skipping = self.skipping.take()?;
        let end = memchr(b'\n', &self.buffer[..self.filled]);
        let part = &self.buffer[..end.unwrap_or(self.filled)];
        if skipping.long.len == 0 {
            // Nothing but NUL bytes up to here: what follows them is an ordinary line.
            let nuls = part.iter().take_while(|&&byte| byte == 0).count();
            self.offset += nuls as u64;
            skipping.long.offset += nuls as u64;
            skipping.nuls += nuls as u64;
            let may_end = part[nuls..] == *b"\r";
            let ended = may_end && end.is_some();
            if nuls < part.len() && !may_end {
                self.drop_front(nuls);
                return None;
            }
            // A `\r` that no `\n` follows yet waits in the buffer.
            self.drop_front(nuls + usize::from(ended));
            self.offset += u64::from(ended);
        } else {
            let head = &mut skipping.long.head;
            head.extend_from_slice(&part[..part.len().min(SHOWN - head.len().min(SHOWN))]);
            skipping.long.len += part.len() as u64;
            skipping.ends_in_cr = part.last().map_or(skipping.ends_in_cr, |&byte| byte == b'\r');
            let passed = part.len();
            self.offset += passed as u64;
            self.drop_front(passed);
        }
        if end.is_none() {
            self.skipping = Some(skipping);
            return None;
        }
        self.drop_front(1);
        self.offset += 1;
        Some(self.end_of_long(skipping))
    }

    fn drop_front(&mut self, bytes: usize) {
        self.buffer.copy_within(bytes..self.filled, 0);
        self.filled -= bytes;
        self.searched = 0;
    }

    fn end_of_long(&mut self, skipping: Skipping) -> Piece {
        self.line += 1;
        let mut long = skipping.long;
        if long.len == 0 {
            let (offset, len) = (long.offset - skipping.nuls, skipping.nuls);
            return Piece::Hole(Hole { line: long.line, offset, len });
        }
        if skipping.ends_in_cr {
            long.len -= 1;
            long.head.truncate(long.len as usize);
        }
        Piece::Long(long)
    }
}

/// One record of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// Its bytes.
    pub bytes: &'a [u8],
    /// Its line, counted from 1.
    pub line: u64,
    /// Where it starts in the source as decompressed.
    pub offset: u64,
    /// How many lines it takes.
    pub span: u32,
    /// Which of several records on its line it is, from 0.
    pub item: Option<u32>,
}

/// The records of a block.
pub fn records(block: &Block) -> impl Iterator<Item = Record<'_>> {
    // Lines come one by one, so that a block of them costs no memory.
    let lines = (block.framing == Framing::Lines).then(|| lines(block));
    let others = if lines.is_some() { Vec::new() } else { block.framing.records(block) };
    lines.into_iter().flatten().chain(others)
}

/// The lines of a block.
fn lines(block: &Block) -> impl Iterator<Item = Record<'_>> {
    let bytes = block.bytes.as_slice();
    let mut ends = memchr_iter(b'\n', bytes);
    let mut start = 0;
    let mut line = block.first_line;
    std::iter::from_fn(move || {
        if start >= bytes.len() {
            return None;
        }
        let end = ends.next().unwrap_or(bytes.len());
        let record = trim(&bytes[start..end], block.offset + start as u64, line);
        start = end + 1;
        line += 1;
        Some(record)
    })
}

fn trim(line_bytes: &[u8], offset: u64, line: u64) -> Record<'_> {
    let mut bytes = line_bytes.strip_suffix(b"\r").unwrap_or(line_bytes);
    let whole = bytes.len();
    if offset == 0 {
        bytes = bytes.strip_prefix(MARK).unwrap_or(bytes);
    }
    bytes = after_hole(bytes);
    Record { bytes, line, offset: offset + (whole - bytes.len()) as u64, span: 1, item: None }
}

/// A line without NUL bytes in front, unless there is nothing else in it.
pub(crate) fn after_hole(line: &[u8]) -> &[u8] {
    if line.first() != Some(&0) {
        return line;
    }
    match line.iter().position(|&byte| byte != 0) {
        Some(text) => &line[text..],
        None => line,
    }
}

/// Whether a record holds NUL bytes only: others do not begin with one.
pub fn is_hole(record: &[u8]) -> bool {
    record.first() == Some(&0)
}

/// Whether a record holds nothing to see.
pub fn is_blank(record: &[u8]) -> bool {
    // The first byte of nearly every record decides.
    record.first().is_none_or(|&first| first <= b' ' && record.iter().all(u8::is_ascii_whitespace))
}

#[cfg(test)]
#[path = "frame/tests.rs"]
mod tests;
