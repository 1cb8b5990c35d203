//! Which 204 say that there is nothing.
//!
//! In: requests that read and were answered 204 or with data, by route and object. Out: the 204 that are misses.
//!
//! A 204 to a question for one object says that there is none, where the route otherwise answers such questions with data.
//! It says something else where a client asks for news of a thing it knows: there the same object is asked for again and
//! again, and is now answered, now not. So the 204 of a route are misses where [`ENOUGH`] of its answers are data, fewer
//! than half of the objects that got a 204 got data too, and such an object got fewer than [`AGAIN`] of them on average.

use foldhash::fast::FixedState;
use hashbrown::HashMap;

/// Answers with data from which a route is one that answers.
const ENOUGH: usize = 20;
/// So many 204 an object, on average, are those of a client that waits for something.
const AGAIN: usize = 3;

/// A request that reads: its row, route and object, and whether it was answered with data or with 204.
#[derive(Clone, Copy)]
pub struct Asked {
    /// The row.
    pub row: u32,
    /// Its route.
    pub route: u32,
    /// The object it names.
    pub object: u32,
    /// Whether it was answered with data.
    pub found: bool,
}

#[derive(Default)]
struct Habit {
    found: usize,
    empty: usize,
    /// Objects that got a 204, and those of them that got data too.
    objects: usize,
    both: usize,
}

impl Habit {
    fn is_lookup(&self) -> bool {
        self.found >= ENOUGH && self.both * 2 < self.objects && self.empty < self.objects * AGAIN
    }
}

/// The rows of 204 that are misses, of requests that read and name an object.
pub fn nothing_there(mut asked: Vec<Asked>) -> Vec<u32> {
    asked.sort_unstable_by_key(|one| (one.route, one.object));
    let mut habits: HashMap<u32, Habit, FixedState> = HashMap::default();
    for same in asked.chunk_by(|a, b| (a.route, a.object) == (b.route, b.object)) {
        let found = same.iter().filter(|one| one.found).count();
        let empty = same.len() - found;
        let habit = habits.entry(same[0].route).or_default();
        habit.found += found;
        habit.empty += empty;
        habit.objects += usize::from(empty > 0);
        habit.both += usize::from(empty > 0 && found > 0);
    }
    let is_lookup = |route: u32| habits.get(&route).is_some_and(Habit::is_lookup);
    asked.iter().filter(|one| !one.found && is_lookup(one.route)).map(|one| one.row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(of: impl Iterator<Item = (u32, bool)>) -> Vec<Asked> {
        (0..).zip(of).map(|(row, (object, found))| Asked { row, route: 1, object, found }).collect()
    }

    #[test]
    fn what_is_looked_up_is_not_there() {
        let log = asked((0..40).map(|i| (i, i % 4 > 0)));
        assert_eq!(nothing_there(log).len(), 10);
        let few = asked((0..20).map(|i| (i, i % 4 > 0)));
        assert!(nothing_there(few).is_empty(), "too few answers to know the route");
    }

    #[test]
    fn what_is_waited_for_is_not_missing() {
        let news = asked((0..90).map(|i| (i % 10, i / 10 % 3 == 0)));
        assert!(nothing_there(news).is_empty(), "the same things are answered at other times");
        let never = asked((0..90).map(|i| (i % 30, i % 30 < 20)));
        assert!(nothing_there(never).is_empty(), "what has no news is asked for again and again");
    }
}
