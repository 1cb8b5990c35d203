//! Header lines on their way: blocks are decoded apart from each other, headers hold beyond a block.

use crate::decode::Decode;
use std::sync::Arc;

/// The last header line of each kind, in the order in which the kinds came first.
#[derive(Clone, Debug, Default)]
pub(super) struct Headers(Arc<Vec<Vec<u8>>>);

/// A longer line is no header.
const LONGEST: usize = 16 << 10;

impl Headers {
    /// Takes note of the header lines (`#Fields: …`, `#fields\t…`) of a block that has been handed on.
    pub(super) fn pass(&mut self, block: &[u8]) {
        let mut from = 0;
        loop {
            if block.get(from) == Some(&b'#') {
                let end = memchr::memchr(b'\n', &block[from..]).map_or(block.len(), |step| from + step);
                self.keep(&block[from..end]);
            }
            match memchr::memmem::find(&block[from..], b"\n#") {
                Some(step) => from += step + 1,
                None => return,
            }
        }
    }

    fn keep(&mut self, line: &[u8]) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let kind = |line: &[u8]| line.iter().take_while(|byte| !matches!(byte, b' ' | b':' | b'\t')).count();
        if line.len() > LONGEST {
            return;
        }
        let lines = Arc::make_mut(&mut self.0);
        match lines.iter().position(|other| other[..kind(other)] == line[..kind(line)]) {
            Some(at) => line.clone_into(&mut lines[at]),
            // Kinds that no product has would only cost memory.
            None if lines.len() < 64 => lines.push(line.to_vec()),
            None => {}
        }
    }

    /// The decoder that these headers make of a source's first one; none where it stays that one.
    pub(super) fn decoder(&self, first: &dyn Decode) -> Option<Box<dyn Decode>> {
        let mut headed: Option<Box<dyn Decode>> = None;
        for line in self.0.iter() {
            if let Some(next) = headed.as_deref().unwrap_or(first).heed(line) {
                headed = Some(next);
            }
        }
        headed
    }
}
