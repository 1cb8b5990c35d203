//! What is made once and handed on, to whichever thread asks.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// Things by key: the first who asks makes one, and who asks meanwhile waits for it. Those that were asked for last stay, as
/// far as there is room; what was dropped is made again.
///
/// Making one may ask for others, as long as none asks for the one that is being made.
pub struct Kept<K, T> {
    room: usize,
    /// The one asked for last at the end.
    known: Mutex<Vec<Slot<K, T>>>,
}

struct Slot<K, T> {
    key: K,
    made: Arc<OnceLock<Arc<T>>>,
    /// What it takes, once it is made.
    bytes: usize,
}

impl<K, T> Kept<K, T> {
    /// Nothing yet; `room` is in bytes. One thing alone may take more than that.
    pub const fn within(room: usize) -> Self {
        Self { room, known: Mutex::new(Vec::new()) }
    }

    /// Nothing yet, and all of it stays.
    pub const fn all() -> Self {
        Self::within(usize::MAX)
    }

    /// The thing whose key `is` the one asked for; `bytes` says what it takes.
    pub fn get(
        &self,
        is: impl Fn(&K) -> bool,
        key: impl FnOnce() -> K,
        make: impl FnOnce() -> T,
        bytes: impl FnOnce(&T) -> usize,
    ) -> Arc<T> {
        let slot = self.slot(is, key);
        let mut fresh = false;
        let made = slot.get_or_init(|| {
            fresh = true;
            Arc::new(make())
        });
        if fresh {
            self.weigh(&slot, bytes(made));
        }
        Arc::clone(made)
    }

    /// Where the thing is, or will be when it is made.
    fn slot(&self, is: impl Fn(&K) -> bool, key: impl FnOnce() -> K) -> Arc<OnceLock<Arc<T>>> {
        let mut known = self.known();
        let slot = match known.iter().position(|slot| is(&slot.key)) {
            Some(at) => known.remove(at),
            None => Slot { key: key(), made: Arc::default(), bytes: 0 },
        };
        let made = Arc::clone(&slot.made);
        known.push(slot);
        made
    }

    /// Notes what a new thing takes, and drops those asked for longest ago where that is too much.
    fn weigh(&self, made: &Arc<OnceLock<Arc<T>>>, bytes: usize) {
        let mut known = self.known();
        if let Some(slot) = known.iter_mut().find(|slot| Arc::ptr_eq(&slot.made, made)) {
            slot.bytes = bytes;
        }
        let mut all: usize = known.iter().map(|slot| slot.bytes).sum();
        while all > self.room && known.len() > 1 {
            all -= known.remove(0).bytes;
        }
    }

    /// The best of the things that are made, by what `rank` says of their keys; those without a rank do not count.
    pub fn best<R: Ord>(&self, rank: impl Fn(&K) -> Option<R>) -> Option<Arc<T>> {
        let known = self.known();
        let made = known.iter().filter_map(|slot| Some((rank(&slot.key)?, slot.made.get()?)));
        made.max_by(|a, b| a.0.cmp(&b.0)).map(|(_, made)| Arc::clone(made))
    }

    fn known(&self) -> MutexGuard<'_, Vec<Slot<K, T>>> {
        // A thread that panicked ends the hunt; what it left is whole.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Kept<String, T> {
    /// The thing with a name, which takes next to nothing.
    pub fn named(&self, name: &str, make: impl FnOnce() -> T) -> Arc<T> {
        self.weighed(name, make, |_| 0)
    }

    /// The thing with a name.
    pub fn weighed(&self, name: &str, make: impl FnOnce() -> T, bytes: impl FnOnce(&T) -> usize) -> Arc<T> {
        self.get(|known| known == name, || name.to_owned(), make, bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn each_is_made_once_however_many_ask() {
        let kept: Kept<String, usize> = Kept::all();
        let made = AtomicUsize::new(0);
        let ask = |name: &str| *kept.named(name, || made.fetch_add(1, Ordering::SeqCst) + 10);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| assert_eq!(ask("one"), 10));
            }
        });
        assert_eq!((ask("two"), ask("one"), made.load(Ordering::SeqCst)), (11, 10, 2));
    }

    #[test]
    fn what_was_asked_for_longest_ago_is_dropped_first() {
        let kept: Kept<String, u32> = Kept::within(10);
        let made = AtomicUsize::new(0);
        let ask = |name: &str| {
            let make = || made.fetch_add(1, Ordering::SeqCst) as u32;
            *kept.weighed(name, make, |_| 4)
        };
        assert_eq!((ask("a"), ask("b"), ask("a"), ask("c")), (0, 1, 0, 2));
        assert_eq!((ask("a"), ask("c"), ask("b")), (0, 2, 3));
        // What is larger than the room stays until the next one comes.
        let large: Kept<String, u32> = Kept::within(10);
        let twice = |name: &str, value: u32| *large.weighed(name, || value, |_| 20);
        assert_eq!((twice("x", 1), twice("x", 2), twice("y", 3), twice("x", 4)), (1, 1, 3, 4));
    }

    #[test]
    fn the_best_is_one_that_is_made() {
        let kept: Kept<String, u32> = Kept::all();
        kept.named("a", || 1);
        kept.named("a b", || 2);
        let longest = |of: &'static str| kept.best(move |key| of.starts_with(key.as_str()).then_some(key.len()));
        assert_eq!((longest("a b c").as_deref(), longest("a c").as_deref(), longest("z")), (Some(&2), Some(&1), None));
    }
}
