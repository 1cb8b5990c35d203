//! Parts of findings as people read them.

use super::{count, float};
use crate::words::Lang;
use breachline_queries::finding::{Measured, Outcome, Role, Side, Subjects};

/// How many people, with both bounds: `680`, `58 to 60`, `at least 680`.
#[must_use]
pub fn bounds(subjects: &Subjects) -> String {
    let at_least = count(subjects.at_least);
    match subjects.at_most {
        Some(most) if most == subjects.at_least => at_least,
        Some(most) => format!("{at_least} to {}", count(most)),
        None => format!("at least {at_least}"),
    }
}

/// The threshold that a value was held against, with the side that it had to be on: `at least 50`.
#[must_use]
pub fn threshold(measured: &Measured, lang: Lang) -> Option<String> {
    let number = float(measured.threshold?);
    Some(match (measured.side, lang) {
        (None, _) => number,
        (Some(side), Lang::En) => format!("{} {number}", side.words()),
        (Some(Side::AtLeast), Lang::Ko) => format!("{number} 이상"),
        (Some(Side::MoreThan), Lang::Ko) => format!("{number} 초과"),
        (Some(Side::AtMost), Lang::Ko) => format!("{number} 이하"),
        (Some(Side::LessThan), Lang::Ko) => format!("{number} 미만"),
    })
}

/// A value beside its threshold and beside what the others do.
#[must_use]
pub fn measured(measured: &Measured) -> String {
    let mut words = float(measured.value);
    if let Some(threshold) = threshold(measured, Lang::En) {
        words = format!("{words}, threshold {threshold}");
    }
    if let Some(others) = &measured.population {
        let (n, p50, p99) = (count(others.n), float(others.p50), float(others.p99));
        words = format!("{words}; {n} {}: median {p50}, 99th percentile {p99}", others.of);
    }
    words
}

/// An outcome in words; its name is for machines.
#[must_use]
pub fn outcome(outcome: Outcome) -> String {
    outcome.name().replace('_', " ")
}

/// A role in words; its name is for machines.
#[must_use]
pub fn role(role: Role) -> String {
    role.name().replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use breachline_queries::finding::Population;

    #[test]
    fn people_are_counted_with_both_bounds() {
        let subjects = |at_least, at_most| Subjects { at_least, at_most, basis: String::new() };
        assert_eq!(bounds(&subjects(1680, None)), "at least 1,680");
        assert_eq!(bounds(&subjects(58, Some(60))), "58 to 60");
        assert_eq!(bounds(&subjects(58, Some(58))), "58");
    }

    #[test]
    fn a_value_stands_beside_its_threshold_and_the_others() {
        let population = Population { of: "actors on the route".to_owned(), n: 812, p50: 2.0, p99: 14.0 };
        let mut value = Measured { value: 4117.0, threshold: None, side: None, population: None };
        assert_eq!(measured(&value), "4,117");
        (value.threshold, value.side) = (Some(50.0), Some(Side::AtLeast));
        assert_eq!(measured(&value), "4,117, threshold at least 50");
        assert_eq!(threshold(&value, Lang::Ko).as_deref(), Some("50 이상"));
        value.population = Some(population);
        assert_eq!(
            measured(&value),
            "4,117, threshold at least 50; 812 actors on the route: median 2, 99th percentile 14"
        );
    }
}
