//! What the records before looked like, as a guess at how the next one goes on.
//!
//! Programs write the members of an object in the same order time and again, and much of what nobody wants never
//! changes. So each place of the tree remembers which key followed which, as the bytes that were written, and what
//! stood behind the keys that are passed over. A guess is compared with the bytes before it counts for anything:
//! what was learned, and from which records, changes how fast a record is read and never what is read in it.

use crate::decode::paths::{Node, Way};

/// Of one place, so many keys are learned: where the keys are data, they have no order.
const STEPS: usize = 64;

/// Keys that may be missing before the guess is given up.
const HOPS: usize = 3;

/// Where surprises outweigh the objects without one by so much, nothing more is learned.
const DOUBT: u32 = 4_000;

/// What one key that was not guessed weighs.
const SURPRISE: u32 = 4;

/// Values that are longer, with the byte behind them, are not worth their memory.
const KEPT: usize = 4096;

/// Keys and values that are longer together are not joined.
const JOINED: usize = 1024;

/// A value that was the same so often is joined with its key and what follows.
const STEADY: u8 = 8;

/// So often a value waits for the one after it to be joined first, and so often a run of them may fail.
const PATIENCE: u8 = 64;

/// So often a value to compare with is replaced; after that it stays what it is.
const RENEWALS: u8 = 32;

/// No step: the end of an object.
const NONE: u16 = u16::MAX;

/// What is known of every place of a tree of paths.
#[derive(Debug, Default)]
pub(super) struct Trail {
    /// By the number of the place.
    places: Vec<Place>,
    /// Of all places.
    steps: Vec<Step>,
}

/// What is known of the objects at one place.
#[derive(Clone, Debug)]
struct Place {
    /// The step that comes first.
    first: u16,
    /// How many steps there are, all told.
    steps: usize,
    doubt: u32,
}

/// A key, as it was written.
#[derive(Debug)]
struct Step {
    /// From its opening quote to past the colon, and the space after that.
    key: Literal,
    /// The place it is a key of.
    place: u32,
    /// The way to its own place; without steps for a key that nobody wants.
    way: Way,
    /// The step that comes next.
    next: u16,
    renewals: u8,
    /// The value that stood behind it, with the byte that follows, if nobody wants it.
    value: Option<Literal>,
    /// How often that value was the same, one time after the other.
    same: u8,
    run: Option<Run>,
}

/// Keys that nobody wants with the values that always stand behind them, compared as one.
#[derive(Debug)]
struct Run {
    /// From the first key up to the value of the last, which is not part of it.
    text: Literal,
    /// The step of the last key.
    to: u16,
    /// How often it was not what is written, one time after the other.
    failures: u8,
}

/// Where in the order of an object a reader is: the last step, if it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stand(u16);

impl Stand {
    /// Nowhere that is known: a key that is not learned went before.
    const LOST: Self = Self(NONE);
}

impl Trail {
    /// A trail for a tree of so many places.
    pub(super) fn new(places: usize) -> Self {
        Self { places: vec![Place { first: NONE, steps: 0, doubt: 0 }; places], steps: Vec::new() }
    }

    /// The step that follows, or comes first where there is no stand yet.
    #[inline]
    fn next(&self, node: &Node, stand: Option<Stand>) -> u16 {
        match stand {
            Some(Stand(at)) => self.steps.get(usize::from(at)).map_or(NONE, |step| step.next),
            None => self.places.get(node.number()).map_or(NONE, |place| place.first),
        }
    }

    /// Guesses what is written at `at`: a key, or several with values that nobody wants between them. Returns where
    /// the reader then stands, how long that is with the last colon, and the way to the place of the last key.
    #[inline]
    pub(super) fn guess(
        &mut self,
        node: &Node,
        stand: Option<Stand>,
        text: &[u8],
        at: usize,
    ) -> Option<(Stand, usize, Way)> {
        let mut guess = self.next(node, stand);
        for _ in 0..HOPS {
            let step = self.steps.get(usize::from(guess))?;
            if let Some(run) = &step.run {
                if run.text.stands_at(text, at) {
                    return Some((Stand(run.to), run.text.bytes.len(), self.steps.get(usize::from(run.to))?.way));
                }
                self.fail(guess);
            }
            let step = self.steps.get(usize::from(guess))?;
            if step.key.stands_at(text, at) {
                return Some((Stand(guess), step.key.bytes.len(), step.way));
            }
            guess = step.next;
        }
        None
    }

    /// Notes that a run was not what is written.
    #[cold]
    fn fail(&mut self, guess: u16) {
        let Some(step) = self.steps.get_mut(usize::from(guess)) else { return };
        if let Some(run) = &mut step.run {
            run.failures += 1;
            if run.failures >= PATIENCE {
                (step.run, step.same) = (None, 0);
            }
        }
    }

    /// Learns a key that was not guessed; `key` is how it is written up to its value, `child` the place it leads to.
    #[cold]
    pub(super) fn learn(&mut self, node: &Node, stand: Option<Stand>, key: &[u8], child: Option<&Node>) -> Stand {
        let Some(place) = self.places.get_mut(node.number()).filter(|place| place.doubt < DOUBT) else {
            return Stand::LOST;
        };
        place.doubt += SURPRISE;
        let of_place = node.number() as u32;
        let known = self.steps.iter().position(|step| step.place == of_place && *step.key.bytes == *key);
        let Some(found) = known.map(|at| at as u16).or_else(|| self.add(node, stand, key, child)) else {
            return Stand::LOST;
        };
        match stand {
            Some(Stand(at)) => {
                if let Some(step) = self.steps.get_mut(usize::from(at)) {
                    step.next = found;
                }
            }
            None => self.places[node.number()].first = found,
        }
        Stand(found)
    }

    /// Adds a step between the one before and the one that was guessed.
    fn add(&mut self, node: &Node, stand: Option<Stand>, key: &[u8], child: Option<&Node>) -> Option<u16> {
        let way = child.map_or(Some(Way::default()), |child| node.way_to(child))?;
        let next = self.next(node, stand);
        let number = u16::try_from(self.steps.len()).ok().filter(|&number| number != NONE)?;
        let place = self.places.get_mut(node.number()).filter(|place| place.steps < STEPS)?;
        place.steps += 1;
        let (key, place) = (Literal::of(key), node.number() as u32);
        self.steps.push(Step { key, place, way, next, renewals: 0, value: None, same: 0, run: None });
        Some(number)
    }

    /// Notes that an object ended all keys of which were guessed.
    #[inline]
    pub(super) fn trust(&mut self, node: &Node) {
        if let Some(place) = self.places.get_mut(node.number()) {
            place.doubt = place.doubt.saturating_sub(1);
        }
    }

    /// Where the value at `at` ends, which follows the key at this stand, if it is the same as it was before.
    #[inline]
    pub(super) fn same_value(&mut self, stand: Stand, text: &[u8], at: usize) -> Option<usize> {
        let step = self.steps.get_mut(usize::from(stand.0))?;
        let value = step.value.as_ref().filter(|value| value.stands_at(text, at))?;
        let end = at + value.bytes.len() - 1;
        step.same = step.same.saturating_add(1);
        if step.same >= STEADY && step.run.is_none() && value.bytes.ends_with(b",") {
            self.join(stand.0, text, end + 1);
        }
        Some(end)
    }

    /// Joins a key and its steady value with the key that follows at `at`, or the run that begins there.
    #[cold]
    fn join(&mut self, first: u16, text: &[u8], at: usize) -> Option<()> {
        let step = self.steps.get(usize::from(first))?;
        let next = self.steps.get(usize::from(step.next))?;
        let (rest, to) = match &next.run {
            Some(run) if run.text.stands_at(text, at) => (&run.text, run.to),
            _ if !next.key.stands_at(text, at) => return None,
            // From the back to the front, a run becomes as long as it can.
            None if next.same >= STEADY && next.joins() && step.same < PATIENCE => return None,
            _ => (&next.key, step.next),
        };
        let joined = [&*step.key.bytes, &*step.value.as_ref()?.bytes, &*rest.bytes].concat();
        if joined.len() <= JOINED {
            self.steps[usize::from(first)].run = Some(Run { text: Literal::of(&joined), to, failures: 0 });
        }
        Some(())
    }

    /// Remembers a value that was passed over, `value` with the byte after it: without that `12` would begin `123`.
    #[inline]
    pub(super) fn keep_value(&mut self, stand: Stand, value: Option<&[u8]>) {
        let Some(step) = self.steps.get_mut(usize::from(stand.0)) else { return };
        step.same = 0;
        if step.renewals < RENEWALS
            && let Some(value) = value.filter(|value| value.len() <= KEPT)
        {
            step.renewals += 1;
            step.value = Some(Literal::of(value));
        }
    }
}

impl Step {
    /// Whether its value is followed by another key.
    fn joins(&self) -> bool {
        self.value.as_ref().is_some_and(|value| value.bytes.ends_with(b","))
    }
}

/// Bytes to compare with: most comparisons end with the first eight of them.
#[derive(Debug)]
struct Literal {
    bytes: Box<[u8]>,
    /// The first eight, or as many as there are, and which they are.
    head: u64,
    mask: u64,
    /// The last eight, if there are so many.
    tail: u64,
}

impl Literal {
    fn of(bytes: &[u8]) -> Self {
        let mut head = [0; 8];
        let short = bytes.len().min(8);
        head[..short].copy_from_slice(&bytes[..short]);
        let mask = if short == 8 { u64::MAX } else { (1 << (8 * short)) - 1 };
        let tail = bytes.len().checked_sub(8).and_then(|at| word(bytes, at)).unwrap_or(0);
        Self { bytes: bytes.into(), head: u64::from_le_bytes(head), mask, tail }
    }

    /// Whether these bytes stand in a text at this place. Near the end of the text it may say no.
    #[inline]
    fn stands_at(&self, text: &[u8], at: usize) -> bool {
        let length = self.bytes.len();
        let Some(head) = word(text, at) else { return false };
        if (head ^ self.head) & self.mask != 0 {
            return false;
        }
        match length {
            ..=8 => true,
            9..=16 => word(text, at + length - 8) == Some(self.tail),
            _ => text.get(at..at + length) == Some(&self.bytes),
        }
    }
}

#[inline]
fn word(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|word| u64::from_le_bytes(*word))
}
