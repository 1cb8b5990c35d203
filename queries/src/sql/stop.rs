//! Ending a query that runs.
//!
//! The engine looks at the flag before each step of its plan (a filter, a grouping) and after each portion of a join
//! ([`super::joins`]), and tables are built column by column; what has begun is finished first. One step over the rows
//! that are there is therefore the longest that a stopped query goes on.

use super::joins::{self, BOUNDS, Bounds};
use polars::prelude::{DataFrame, LazyFrame, PolarsResult};
use polars_expr::state::ExecutionState;
use polars_mem_engine::create_physical_plan;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Tells the engine to stop.
type Bell = Box<dyn Fn() + Send>;

/// A hand on a query that runs; all copies hold the same one.
#[derive(Clone, Default)]
pub struct Stop(Arc<Inner>);

#[derive(Default)]
struct Inner {
    asked: AtomicBool,
    engine: Mutex<Option<Bell>>,
}

impl fmt::Debug for Stop {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("Stop").field(&self.is_asked()).finish()
    }
}

impl Stop {
    /// Ends the query, or keeps it from being begun.
    pub fn stop(&self) {
        self.0.asked.store(true, Ordering::SeqCst);
        if let Some(ring) = &*self.engine() {
            ring();
        }
    }

    /// Whether it was told to end.
    pub fn is_asked(&self) -> bool {
        self.0.asked.load(Ordering::SeqCst)
    }

    fn engine(&self) -> std::sync::MutexGuard<'_, Option<Bell>> {
        // Nothing in here can be left half done, so a poisoned lock is still good.
        self.0.engine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Works out a plan, as `LazyFrame::collect` does, with a hand on it.
    pub(super) fn collect(&self, plan: LazyFrame) -> PolarsResult<DataFrame> {
        self.collect_within(plan, BOUNDS)
    }

    /// The same with joins of other portions.
    pub(super) fn collect_within(&self, plan: LazyFrame, bounds: Bounds) -> PolarsResult<DataFrame> {
        let mut plan = plan.to_alp_optimized()?;
        plan.ensure_root_node_is_sink();
        let mut state = ExecutionState::new();
        let token = state.cancel_token();
        *self.engine() = Some(Box::new(move || token.store(true)));
        // It may have been told to end before there was anything to end.
        if self.is_asked() {
            self.stop();
        }
        let answer = joins::settle(&mut plan, &mut state, bounds).and_then(|()| {
            create_physical_plan(plan.lp_top, &mut plan.lp_arena, &mut plan.expr_arena, None)?.execute(&mut state)
        });
        *self.engine() = None;
        answer
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::frame::sample::six;
    use crate::sql::{Tables, query_tables};
    use polars::prelude::{Column, IntoLazy, col, lit};

    #[test]
    fn a_plan_gives_what_the_engine_gives_and_nothing_once_it_was_ended() {
        let numbers = DataFrame::new(3, vec![Column::new("n".into(), [1_i64, 2, 3])]).unwrap();
        let plan = || numbers.clone().lazy().filter(col("n").gt(lit(1))).select([col("n").sum()]);
        let stop = Stop::default();
        assert!(stop.collect(plan()).unwrap().equals(&plan().collect().unwrap()));
        stop.stop();
        assert!(stop.collect(plan()).is_err() && stop.is_asked());
    }

    #[test]
    fn a_query_that_is_ended_while_it_runs_says_so() {
        let requests = six();
        let stop = Stop::default();
        // Judging is a part of this query: by then it is told to end.
        let hunt = || {
            stop.stop();
            crate::finding::Hunt::default()
        };
        let tables = Tables::new(&requests, &hunt).until(&stop);
        let ended = query_tables(
            &tables,
            "SELECT f.rule, COUNT(*) AS n FROM findings f CROSS JOIN requests r GROUP BY f.rule",
            None,
        );
        assert_eq!(ended.unwrap_err().0, "the query was stopped");
        let whole = Tables::new(&requests, &crate::finding::Hunt::default);
        assert_eq!(query_tables(&whole, "SELECT COUNT(*) AS n FROM requests", None).unwrap().rows.len(), 1);
    }
}
