//! Requests that wait for the engine: one a slot, the newest.

use super::{Ask, Slot, Sort, Verdicts};
use breachline_queries::finding::Hunt;
use breachline_queries::rule::Rule;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Something for the engine to do.
pub(super) enum Task {
    /// Answer this.
    Ask(Ask),
    /// The rules were judged.
    Hunted(Box<Hunt>, Vec<Rule>),
    /// Rows were sorted for that.
    Sorted(Ask, Box<Sort>, Vec<u32>),
    /// What was found stands, and evidence can be looked at.
    Found(Arc<Verdicts>),
}

#[derive(Default)]
struct Waiting {
    asks: [Option<Ask>; Slot::COUNT],
    hunted: Option<(Box<Hunt>, Vec<Rule>)>,
    found: Option<Arc<Verdicts>>,
    sorted: Option<(Ask, Box<Sort>, Vec<u32>)>,
    closed: bool,
}

/// The waiting requests.
#[derive(Default)]
pub struct Mailbox {
    waiting: Mutex<Waiting>,
    bell: Condvar,
}

impl Mailbox {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Nothing in here can be left half done, so a poisoned lock is still good.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands a request in, in place of an older one of its slot.
    pub fn ask(&self, ask: Ask) {
        let slot = ask.request.slot() as usize;
        self.lock().asks[slot] = Some(ask);
        self.bell.notify_one();
    }

    /// Hands the verdicts in.
    pub(super) fn hunted(&self, hunt: Hunt, rules: Vec<Rule>) {
        self.lock().hunted = Some((Box::new(hunt), rules));
        self.bell.notify_one();
    }

    /// Hands over rows that were sorted.
    pub(super) fn sorted(&self, ask: Ask, sort: Sort, rows: Vec<u32>) {
        self.lock().sorted = Some((ask, Box::new(sort), rows));
        self.bell.notify_one();
    }

    /// Hands over what stands.
    pub(super) fn found(&self, verdicts: Arc<Verdicts>) {
        self.lock().found = Some(verdicts);
        self.bell.notify_one();
    }

    /// Ends [`Mailbox::wait`] for good.
    pub fn close(&self) {
        self.lock().closed = true;
        self.bell.notify_all();
    }

    /// Waits for something to do; `None` once closed.
    pub(super) fn wait(&self) -> Option<Task> {
        let mut waiting = self.lock();
        loop {
            if waiting.closed {
                return None;
            }
            if let Some((hunt, rules)) = waiting.hunted.take() {
                return Some(Task::Hunted(hunt, rules));
            }
            if let Some(verdicts) = waiting.found.take() {
                return Some(Task::Found(verdicts));
            }
            if let Some((ask, sort, rows)) = waiting.sorted.take() {
                return Some(Task::Sorted(ask, sort, rows));
            }
            if let Some(ask) = waiting.asks.iter_mut().find_map(Option::take) {
                return Some(Task::Ask(ask));
            }
            waiting = self.bell.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;
    use crate::engine::Request;

    #[test]
    fn the_newest_request_of_a_slot_replaces_the_one_that_waits() {
        let mailbox = Mailbox::default();
        for generation in 1..=3 {
            mailbox.ask(Ask { generation, request: Request::Detail { row: generation as u32 } });
        }
        mailbox.ask(Ask { generation: 1, request: Request::Rejects { source: 0, first: 0, count: 9 } });
        let mut seen = Vec::new();
        for _ in 0..2 {
            match mailbox.wait() {
                Some(Task::Ask(ask)) => seen.push((ask.request.slot(), ask.generation)),
                _ => panic!("two requests wait"),
            }
        }
        assert_eq!(seen, [(Slot::Detail, 3), (Slot::Rejects, 1)]);
        mailbox.close();
        assert!(mailbox.wait().is_none());
    }
}
