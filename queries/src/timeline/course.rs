//! What happened, step by step: requests, outcomes and who, in steps of time.

use super::{steps, width};
use crate::frame::floor;
use crate::reach::rows;
use crate::requests::Requests;
use crate::summary::{Summary, summarise};
use std::collections::BTreeMap;

/// Steps that a course may have; more would be no help to anybody.
pub const MOST_STEPS: usize = 1_000_000;

/// One step of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Where it starts, microseconds UTC; a whole multiple of the width.
    pub from: i64,
    /// Rows that count, in total order.
    pub rows: Vec<u32>,
    /// What became of them.
    pub summary: Summary,
}

/// Steps of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Course {
    /// Width of a step in microseconds.
    pub width_us: i64,
    /// Steps with requests, in order of time.
    pub steps: Vec<Step>,
    /// Steps from the first to the last, those without requests among them.
    pub span: u64,
    /// Requests without a time, in no step.
    pub untimed: u64,
}

/// Cuts requests into steps of a width in microseconds, or, without one, of the narrowest customary width that gives at
/// most `most` steps. `Err` names how many steps it would have taken, where those are more than [`MOST_STEPS`].
pub fn course(requests: &Requests, width_us: Option<i64>, most: usize) -> Result<Course, i128> {
    let rows = rows(requests);
    let mut timed: BTreeMap<i64, Vec<u32>> = BTreeMap::new();
    let times = || rows.iter().filter_map(|&row| requests.facts.ts(row as usize));
    let (first, last) = (times().min(), times().max());
    let untimed = rows.iter().filter(|&&row| requests.facts.ts(row as usize).is_none()).count() as u64;
    let (Some(first), Some(last)) = (first, last) else {
        return Ok(Course { width_us: width_us.unwrap_or(0), steps: Vec::new(), span: 0, untimed });
    };
    let width_us = width_us.filter(|&width| width > 0).or_else(|| width(first, last, most.max(2))).unwrap_or(i64::MAX);
    let span = steps(first, last, width_us);
    if span > MOST_STEPS as i128 {
        return Err(span);
    }
    for &row in &rows {
        if let Some(ts) = requests.facts.ts(row as usize) {
            timed.entry(floor(ts, width_us)).or_default().push(row);
        }
    }
    let step = |(from, rows): (i64, Vec<u32>)| Step { from, summary: summarise(requests, &rows), rows };
    Ok(Course { width_us, steps: timed.into_iter().map(step).collect(), span: span as u64, untimed })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::testing::Log;
    use proptest::prelude::*;

    #[test]
    fn a_width_that_gives_too_many_steps_is_refused() {
        let requests = Log::new()
            .row(|row| row.at(0.0).get("/a").status(200))
            .row(|row| row.at(2_000_000.0).get("/a").status(200))
            .row(|row| row.get("/a").status(200))
            .build();
        assert_eq!(course(&requests, Some(1_000_000), 60), Err(2_000_001));
        let found = course(&requests, None, 60).unwrap();
        assert_eq!((found.steps.len(), found.untimed, found.width_us), (2, 1, 43_200_000_000));
        assert!(course(&Log::new().build(), None, 60).unwrap().steps.is_empty());
    }

    proptest! {
        #[test]
        fn every_timed_request_is_in_its_step(
            times in proptest::collection::vec(0_u32..50_000, 1..40),
            width in 1_i64..7_200,
        ) {
            let requests =
                Log::new().rows(times.len(), |row, at| row.at(f64::from(times[at])).get("/a").status(200)).build();
            let found = course(&requests, Some(width * 1_000_000), 60).unwrap();
            let mut all: Vec<u32> = Vec::new();
            for step in &found.steps {
                prop_assert_eq!(step.from.rem_euclid(found.width_us), 0);
                for &row in &step.rows {
                    let ts = requests.facts.ts(row as usize).unwrap();
                    prop_assert!(ts >= step.from && ts < step.from + found.width_us);
                }
                prop_assert_eq!(step.summary.requests, step.rows.len() as u64);
                all.extend(&step.rows);
            }
            prop_assert_eq!(all, requests.order.clone());
            prop_assert!(found.steps.windows(2).all(|pair| pair[0].from < pair[1].from));
        }
    }
}
