//! Looking ahead: where many small sources are read one after another, others are recognised meanwhile.
//!
//! ```text
//! sources ─► scouts: open, head, detect ─► found by number ─► the reader, which comes by later
//! ```
//!
//! What a source is recognised as follows from its beginning alone: it does not matter which thread finds out, or
//! whether one did before. The beginning is compared, for a file may have changed in between.

use super::Setup;
use super::open::{Opened, open_source};
use crate::detect::{Detection, HEAD};
use crate::frame::{Block, Framing};
use crate::source::{Origin, Source};
use foldhash::fast::FixedState;
use std::collections::BTreeMap;
use std::hash::BuildHasher;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// Larger files take longer to read than to recognise.
const SMALL: u64 = 256 << 10;

/// Fewer sources are not worth it.
const LEAST: usize = 8;

/// How far ahead of the reader sources are looked at.
const AHEAD: usize = 128;

/// What was found out of sources that the reader has not come to.
pub(super) struct Scouts<'s> {
    setup: &'s Setup<'s>,
    sources: &'s [Source],
    state: Mutex<State<'s>>,
    moved: Condvar,
}

#[derive(Default)]
struct State<'s> {
    /// The next source that nobody looks at.
    next: usize,
    /// How many sources the reader has come to.
    read: usize,
    ended: bool,
    found: BTreeMap<usize, Option<Ahead<'s>>>,
}

/// What a source with this beginning is recognised as.
struct Ahead<'s> {
    head: u64,
    detection: Detection<'s>,
}

/// Ends the scouting when the reader ends, however that is.
pub(super) struct Ending<'e, 's>(pub(super) &'e Scouts<'s>);

impl Drop for Ending<'_, '_> {
    fn drop(&mut self) {
        self.0.locked().ended = true;
        self.0.moved.notify_all();
    }
}

impl<'s> Scouts<'s> {
    pub(super) fn new(setup: &'s Setup<'s>, sources: &'s [Source]) -> Self {
        Self { setup, sources, state: Mutex::new(State::default()), moved: Condvar::new() }
    }

    /// How many threads should look ahead.
    pub(super) fn threads(&self) -> usize {
        if self.sources.len() < LEAST { 0 } else { self.setup.threads().saturating_sub(1).min(8) }
    }

    /// Looks at sources until there are no more.
    pub(super) fn run(&self) {
        while let Some(number) = self.next() {
            let look = || self.look(&self.sources[number]);
            let found = catch_unwind(AssertUnwindSafe(look)).unwrap_or_default();
            let mut state = self.locked();
            if number + 1 >= state.read {
                state.found.insert(number, found);
            }
            drop(state);
            self.moved.notify_all();
        }
    }

    /// What a source is recognised as whose beginning is this, if somebody has looked; the reader comes by in order.
    pub(super) fn take(&self, number: usize, head: &[u8]) -> Option<Detection<'s>> {
        let mut state = self.locked();
        state.read = number + 1;
        self.moved.notify_all();
        if state.next <= number {
            state.next = number + 1;
            return None;
        }
        // Somebody is at it, and has been for a while.
        while !state.found.contains_key(&number) {
            state = self.moved.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let later = state.found.split_off(&(number + 1));
        let found = std::mem::replace(&mut state.found, later).remove(&number).flatten();
        found.filter(|ahead| ahead.head == print(head)).map(|ahead| ahead.detection)
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, State<'s>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self) -> Option<usize> {
        let mut state = self.locked();
        loop {
            if state.ended || state.next >= self.sources.len() || self.setup.stopped() {
                return None;
            }
            if state.next < state.read + AHEAD {
                state.next += 1;
                return Some(state.next - 1);
            }
            state = self.moved.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn look(&self, source: &Source) -> Option<Ahead<'s>> {
        if !matches!(source.origin, Origin::File(_, bytes) if bytes <= SMALL) {
            return None;
        }
        // Progress is what the reader has read.
        let uncounted = Arc::new(AtomicU64::new(0));
        let Ok(Opened::Text(mut from)) = open_source(source, Some(HEAD), &uncounted, &|| self.setup.stopped()) else {
            return None;
        };
        if from.foreign().is_some() {
            return None;
        }
        let (bytes, end) = self.setup.read_head(&mut from, HEAD, Vec::new());
        let ended = end.is_some();
        let head = print(&bytes);
        let framing = Framing::of(&bytes, ended);
        let block = Block { bytes, first_line: 1, offset: 0, lines: 0, framing, first_item: 0, more: !ended };
        Some(Ahead { head, detection: self.setup.recognise(source, &block, ended) })
    }
}

fn print(head: &[u8]) -> u64 {
    FixedState::with_seed(11).hash_one(head)
}
