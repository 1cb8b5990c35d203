//! Header lines on their way: blocks are decoded apart from each other, headers hold beyond a block.

use crate::decode::layers::Layers;
use crate::mask::Places;
use std::sync::Arc;

/// The last header line of each kind, with its kind, in the order in which the kinds came first.
#[derive(Clone, Debug, Default)]
pub(super) struct Headers(Arc<Vec<(Vec<u8>, Vec<u8>)>>);

/// A longer line is no header.
const LONGEST: usize = 16 << 10;

impl Headers {
    /// Takes note of whatever may name columns in a block that nothing reads: header lines, bare and in any wrapper.
    pub(super) fn pass_unread(&mut self, block: &[u8]) {
        self.pass(block, false);
        self.pass_wrapped(block);
    }

    /// Takes note of the header lines (`#Fields: …`, `#fields\t…`) of a block that has been handed on.
    pub(super) fn pass(&mut self, block: &[u8], wrapped: bool) {
        if self.0.is_empty() {
            self.keep_first(block);
        }
        if wrapped {
            self.pass_wrapped(block);
            return;
        }
        let mut from = 0;
        loop {
            if block.get(from) == Some(&b'#') {
                let end = memchr::memchr(b'\n', &block[from..]).map_or(block.len(), |step| from + step);
                self.keep(&block[from..end], 0);
            }
            match memchr::memmem::find(&block[from..], b"\n#") {
                Some(step) => from += step + 1,
                None => return,
            }
        }
    }

    /// The first line that says something may name the columns whatever it begins with.
    fn keep_first(&mut self, block: &[u8]) {
        let block = block.strip_prefix(b"\xef\xbb\xbf").unwrap_or(block);
        let first = block.split(|&byte| byte == b'\n').find(|line| !line.trim_ascii().is_empty());
        let first = first.map(|line| line.strip_suffix(b"\r").unwrap_or(line)).filter(|line| line.len() <= LONGEST);
        // Kept under a kind of its own, though it be empty: the first is looked for once.
        Arc::make_mut(&mut self.0).push((b"first".to_vec(), first.unwrap_or_default().to_vec()));
    }

    /// The same where something stands before and after the header on its line.
    fn pass_wrapped(&mut self, block: &[u8]) {
        for at in memchr::memchr_iter(b'#', block).filter(|&at| names_columns(&block[at + 1..])) {
            let start = memchr::memrchr(b'\n', &block[..at]).map_or(0, |start| start + 1);
            let end = memchr::memchr(b'\n', &block[at..]).map_or(block.len(), |step| at + step);
            self.keep(&block[start..end], at - start);
        }
    }

    /// Keeps a line whose header begins at `at`, in place of the last of its kind.
    fn keep(&mut self, line: &[u8], at: usize) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.len() > LONGEST {
            return;
        }
        let length = line[at..].iter().take_while(|byte| !matches!(byte, b' ' | b':' | b'\t')).count();
        let kind = &line[at..at + length];
        let lines = Arc::make_mut(&mut self.0);
        match lines.iter().position(|(other, _)| other == kind) {
            Some(known) => line.clone_into(&mut lines[known].1),
            // Kinds that no product has would only cost memory.
            None if lines.len() < 64 => lines.push((kind.to_vec(), line.to_vec())),
            None => {}
        }
    }

    /// What these headers say of secrets.
    pub(super) fn places(&self) -> Vec<Places> {
        self.0.iter().filter_map(|(_, line)| Places::of(line)).collect()
    }

    /// The layers that these headers make of a source's first ones; none where they stay as they are.
    pub(super) fn layers(&self, first: &Layers) -> Option<Layers> {
        let mut headed: Option<Layers> = None;
        for (_, line) in self.0.iter() {
            if let Some(next) = headed.as_ref().unwrap_or(first).heed(line) {
                headed = Some(next);
            }
        }
        headed
    }
}

/// Whether what stands behind a `#` is the header that names columns.
fn names_columns(rest: &[u8]) -> bool {
    rest.get(..6).is_some_and(|word| word.eq_ignore_ascii_case(b"fields"))
}
