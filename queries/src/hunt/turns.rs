//! When each rule is judged, and by which thread.
//!
//! A rule waits for those it yields to, and for no others. What it is given are their claims, so neither the number of
//! threads nor who is done first changes what it finds.

use crate::rule::Rule;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Rules such that each comes after those it yields to; otherwise by id.
pub fn in_order(rules: &[Rule]) -> Vec<&Rule> {
    let mut waiting: Vec<&Rule> = rules.iter().collect();
    waiting.sort_by(|a, b| a.id.cmp(&b.id));
    let mut order: Vec<&Rule> = Vec::new();
    while !waiting.is_empty() {
        let ready = waiting.iter().position(|rule| {
            rule.yields_to.iter().all(|id| *id == rule.id || !waiting.iter().any(|other| other.id == *id))
        });
        // A circle of rules that yield to one another is broken at its first by id.
        order.push(waiting.remove(ready.unwrap_or(0)));
    }
    order
}

/// Of each rule, by its place: the places before it of those that it yields to.
fn awaited(rules: &[&Rule]) -> Vec<Vec<usize>> {
    let of =
        |(at, rule): (usize, &&Rule)| (0..at).filter(|&before| rule.yields_to.contains(&rules[before].id)).collect();
    rules.iter().enumerate().map(of).collect()
}

/// How far the rules are, by place.
struct Progress<T> {
    waiting: Vec<usize>,
    claims: Vec<Option<Arc<Vec<u32>>>>,
    judged: Vec<Option<T>>,
}

/// Judges rules that stand [`in_order`], on so many threads; `judge` is given the claims of the rules that a rule yields to,
/// and hands back what it came to and the rule's own claim. What they came to stands in the order of the rules.
pub fn each_in_turn<'r, T: Send>(
    rules: &[&'r Rule],
    workers: usize,
    judge: impl Fn(&'r Rule, &[Arc<Vec<u32>>]) -> (T, Vec<u32>) + Sync,
) -> Vec<T> {
    let awaited = awaited(rules);
    let progress = Mutex::new(Progress {
        waiting: (0..rules.len()).collect(),
        claims: vec![None; rules.len()],
        judged: (0..rules.len()).map(|_| None).collect(),
    });
    let done = Condvar::new();
    let work = || {
        while let Some((at, claims)) = next(&progress, &done, &awaited) {
            let alarm = Alarm { progress: &progress, done: &done };
            let (judged, claim) = judge(rules[at], &claims);
            drop(alarm);
            let mut progress = locked(&progress);
            progress.claims[at] = Some(Arc::new(claim));
            progress.judged[at] = Some(judged);
            done.notify_all();
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..workers {
            scope.spawn(work);
        }
        work();
    });
    let progress = progress.into_inner().unwrap_or_else(PoisonError::into_inner);
    progress.judged.into_iter().flatten().collect()
}

/// The first of the waiting rules that need not wait any more, with the claims it waited for; `None` when none is left.
fn next<T>(
    progress: &Mutex<Progress<T>>,
    done: &Condvar,
    awaited: &[Vec<usize>],
) -> Option<(usize, Vec<Arc<Vec<u32>>>)> {
    let mut progress = locked(progress);
    loop {
        if progress.waiting.is_empty() {
            return None;
        }
        let of = |at: usize| -> Option<Vec<_>> {
            awaited[at].iter().map(|&before| progress.claims[before].clone()).collect()
        };
        let ready = progress.waiting.iter().enumerate().find_map(|(place, &at)| Some((place, at, of(at)?)));
        if let Some((place, at, claims)) = ready {
            progress.waiting.remove(place);
            return Some((at, claims));
        }
        // The first that waits waits for rules that are being judged: those before it are all begun.
        progress = done.wait(progress).unwrap_or_else(PoisonError::into_inner);
    }
}

/// Sends everybody home when a thread panics, for nobody else would end the others' waiting.
struct Alarm<'a, T> {
    progress: &'a Mutex<Progress<T>>,
    done: &'a Condvar,
}

impl<T> Drop for Alarm<'_, T> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            locked(self.progress).waiting.clear();
            self.done.notify_all();
        }
    }
}

fn locked<T>(progress: &Mutex<Progress<T>>) -> MutexGuard<'_, Progress<T>> {
    progress.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Rules with these ids, each of which yields to others.
    fn rules(ids: &[(&str, &[&str])]) -> Vec<Rule> {
        let made = |(id, others): &(&str, &[&str])| Rule {
            id: (*id).to_owned(),
            yields_to: others.iter().map(|other| (*other).to_owned()).collect(),
            ..crate::rule::builtin().remove(0)
        };
        ids.iter().map(made).collect()
    }

    /// Each rule with the claims that it was given, by name; a rule claims the row of its first letter.
    fn given(rules: &[Rule], workers: usize) -> Vec<(String, String)> {
        each_in_turn(&in_order(rules), workers, |rule, claims| {
            let names = claims.iter().flat_map(|claim| claim.iter()).map(|&row| char::from_u32(row).unwrap());
            ((rule.id.clone(), names.collect()), vec![u32::from(rule.id.chars().next().unwrap())])
        })
    }

    #[test]
    fn a_rule_is_given_the_claims_of_those_it_yields_to() {
        let rules = rules(&[("a", &["d", "b"]), ("b", &["c"]), ("c", &[]), ("d", &["d", "unknown"]), ("e", &[])]);
        let expected = [("c", ""), ("b", "c"), ("d", ""), ("a", "bd"), ("e", "")];
        let expected: Vec<(String, String)> =
            expected.iter().map(|(id, given)| ((*id).to_owned(), (*given).to_owned())).collect();
        for workers in [1, 2, 8] {
            assert_eq!(given(&rules, workers), expected, "{workers} workers");
        }
    }

    #[test]
    fn a_circle_is_broken_at_its_first() {
        let rules = rules(&[("x", &["y"]), ("y", &["x"])]);
        for workers in [1, 3] {
            let given = given(&rules, workers);
            assert_eq!(given, [("x".to_owned(), String::new()), ("y".to_owned(), "x".to_owned())]);
        }
    }

    #[test]
    fn who_waits_for_a_thread_that_panicked_goes_home() {
        let rules = rules(&[("a", &[]), ("b", &["a"])]);
        let hunt = || {
            each_in_turn(&in_order(&rules), 4, |rule, _| {
                std::thread::sleep(std::time::Duration::from_millis(20));
                assert_ne!(rule.id, "a", "said on purpose");
                ((), Vec::new())
            })
        };
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(hunt)).is_err());
    }
}
