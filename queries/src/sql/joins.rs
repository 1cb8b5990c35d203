//! Joins in portions: what a join gives is counted before any of it is made, and then made portion by portion.
//!
//! The engine makes a join in one step that nothing can end, and a self-join of busy addresses gives rows by the
//! billion. So both sides of each join are worked out first; how many rows each row of one side will find on the other
//! follows from counting keys. A join that gives more than can be held is refused with a sentence. Any other is made by
//! the engine from slices of one side, with a look at whether to stop after each.

mod ranges;

use super::functions::OURS;
use breachline_parsers::value::thousands;
use polars::prelude::{
    Column, DataFrame, IntoLazy, JoinArgs, JoinType, MaintainOrderJoin, PolarsResult, col, len, lit, polars_err,
};
use polars_expr::ExpressionConversionState;
use polars_expr::planner::create_physical_expressions_from_irs;
use polars_expr::state::ExecutionState;
use polars_mem_engine::create_physical_plan;
use polars_plan::plans::expr_ir::ExprIR;
use polars_plan::plans::{IR, IRPlan};
use polars_plan::prelude::{JoinOptionsIR, JoinTypeOptionsIR, Node};
use std::sync::Arc;

/// How much a join may take.
#[derive(Clone, Copy)]
pub(super) struct Bounds {
    /// Rows, or pairs that are looked at, between two looks at whether to stop.
    pub portion: u64,
    /// Cells that an answer of a join may have.
    pub cells: u64,
}

/// Sixteen million rows take seconds; a hundred million cells take one to two gigabytes.
pub(super) const BOUNDS: Bounds = Bounds { portion: 1 << 24, cells: 100_000_000 };

/// Works out all joins of a plan, innermost first; each leaves its rows in its place.
pub(super) fn settle(plan: &mut IRPlan, state: &mut ExecutionState, bounds: Bounds) -> PolarsResult<()> {
    let top = plan.lp_top;
    below(plan, top, state, bounds)
}

fn below(plan: &mut IRPlan, node: Node, state: &mut ExecutionState, bounds: Bounds) -> PolarsResult<()> {
    let inputs: Vec<Node> = plan.lp_arena.get(node).inputs().collect();
    for input in inputs {
        below(plan, input, state, bounds)?;
    }
    let IR::Join { input_left, input_right, left_on, right_on, options, schema } = plan.lp_arena.get(node) else {
        return Ok(());
    };
    let (left, right) = (*input_left, *input_right);
    let join = Join {
        on: (left_on.clone(), right_on.clone()),
        options: Arc::clone(options),
        columns: schema.len() as u64,
        sides: (DataFrame::empty(), DataFrame::empty()),
    };
    let sides = (run(plan, left, state)?, run(plan, right, state)?);
    let join = Join { sides, ..join };
    match join.portions(plan, state, bounds)? {
        // Little, or what cannot become more than there is: the engine does it as part of the plan.
        None => {
            plan.lp_arena.replace(left, scan(join.sides.0));
            plan.lp_arena.replace(right, scan(join.sides.1));
        }
        Some(portions) => {
            let made = join.make(plan, node, &portions, state, bounds)?;
            plan.lp_arena.replace(node, scan(made));
        }
    }
    Ok(())
}

/// A join whose sides are here.
struct Join {
    on: (Vec<ExprIR>, Vec<ExprIR>),
    options: Arc<JoinOptionsIR>,
    columns: u64,
    sides: (DataFrame, DataFrame),
}

/// The side that is taken in slices.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sliced {
    Left,
    Right,
    /// Rows of both sides that find none come out once: only all at once.
    Neither,
}

/// How many rows each row of one side finds on the other.
struct Found {
    each: Vec<u64>,
    /// Whether it finds as many, or that many at most.
    is_exact: bool,
}

/// Slices of one side, by their first row and their length.
struct Portions {
    of: Sliced,
    slices: Vec<(usize, usize)>,
}

impl Join {
    /// How it is made; `None` where it is small or gives no more rows than one side has.
    fn portions(&self, plan: &mut IRPlan, state: &ExecutionState, bounds: Bounds) -> PolarsResult<Option<Portions>> {
        let (left, right) = (&self.sides.0, &self.sides.1);
        let pairs = (left.height() as u64).saturating_mul(right.height() as u64);
        let args = &self.options.args;
        let of = match args.how {
            JoinType::Inner | JoinType::Left | JoinType::Cross | JoinType::IEJoin => Sliced::Left,
            JoinType::Right => Sliced::Right,
            JoinType::Full => Sliced::Neither,
            // Those that only keep or leave out rows of one side.
            _ => return Ok(None),
        };
        if pairs <= bounds.portion {
            return Ok(None);
        }
        let Found { each, is_exact } = self.found(plan, state, of)?;
        state.should_stop()?;
        // What finds nothing comes out once where its side is kept whole.
        let whole = !matches!(args.how, JoinType::Inner | JoinType::Cross | JoinType::IEJoin);
        let given = |found: u64| if whole { found.max(1) } else { found };
        let mut rows = each.iter().fold(0_u64, |rows, &found| rows.saturating_add(given(found)));
        if of == Sliced::Neither {
            rows = rows.saturating_add(right.height() as u64);
        }
        // A LIMIT may want few of them.
        if is_exact && args.slice.is_none() && rows.saturating_mul(self.columns.max(1)) > bounds.cells {
            return Err(too_many(&thousands(rows), self.columns, bounds));
        }
        // A pair that a condition is asked of costs more than one that keys bring together.
        let portion = if is_exact { bounds.portion } else { bounds.portion / 8 };
        let slices = if of == Sliced::Neither { vec![(0, left.height())] } else { sliced(&each, portion) };
        Ok(Some(Portions { of, slices }))
    }

    /// How many rows each row of the sliced side finds.
    fn found(&self, plan: &mut IRPlan, state: &ExecutionState, of: Sliced) -> PolarsResult<Found> {
        let (left, right) = (&self.sides.0, &self.sides.1);
        let how = &self.options.options;
        if self.on.0.is_empty() {
            // Of a cross join with a condition nobody knows how many pairs pass it.
            return Ok(Found { each: vec![right.height() as u64; left.height()], is_exact: how.is_none() });
        }
        let keys = (keys(plan, left, &self.on.0, state)?, keys(plan, right, &self.on.1, state)?);
        if let Some(JoinTypeOptionsIR::IEJoin(how)) = how {
            let how: Vec<_> = std::iter::once(how.operator1).chain(how.operator2).collect();
            return ranges::found(&keys.0, &keys.1, &how);
        }
        let (of, among) = if of == Sliced::Right { (keys.1, keys.0) } else { keys };
        Ok(Found { each: found(of, among, self.options.args.nulls_equal)?, is_exact: true })
    }

    /// Makes it from slices of one side.
    fn make(
        &self,
        plan: &mut IRPlan,
        node: Node,
        portions: &Portions,
        state: &mut ExecutionState,
        bounds: Bounds,
    ) -> PolarsResult<DataFrame> {
        let template = plan.lp_arena.get(node).clone();
        let mut options = JoinOptionsIR::clone(&self.options);
        let wanted = options.args.slice.take();
        let options = Arc::new(options);
        // A slice that counts from the end needs all rows.
        let enough = wanted.and_then(|(offset, length)| Some(usize::try_from(offset).ok()?.saturating_add(length)));
        let mut made: Option<DataFrame> = None;
        for &(first, length) in &portions.slices {
            state.should_stop()?;
            let slice = |side: &DataFrame| side.slice(first as i64, length);
            let (left, right) = match portions.of {
                Sliced::Left => (slice(&self.sides.0), self.sides.1.clone()),
                Sliced::Right => (self.sides.0.clone(), slice(&self.sides.1)),
                Sliced::Neither => self.sides.clone(),
            };
            let (left, right) = (plan.lp_arena.add(scan(left)), plan.lp_arena.add(scan(right)));
            let mut part = template.clone();
            if let IR::Join { input_left, input_right, options: own, .. } = &mut part {
                (*input_left, *input_right, *own) = (left, right, Arc::clone(&options));
            }
            let part = plan.lp_arena.add(part);
            let part = run(plan, part, state)?;
            let all = match made.take() {
                None => part,
                Some(mut made) => {
                    made.vstack_mut(&part)?;
                    made
                }
            };
            if (all.height() as u64).saturating_mul(self.columns.max(1)) > bounds.cells {
                return Err(too_many(&format!("more than {}", thousands(all.height() as u64)), self.columns, bounds));
            }
            let done = enough.is_some_and(|enough| all.height() >= enough);
            made = Some(all);
            if done {
                break;
            }
        }
        let made = made.unwrap_or_default();
        Ok(wanted.map_or_else(|| made.clone(), |(offset, length)| made.slice(offset, length)))
    }
}

fn too_many(rows: &str, columns: u64, bounds: Bounds) -> polars::prelude::PolarsError {
    let most = thousands(bounds.cells / columns.max(1));
    polars_err!(ComputeError: "{OURS}a join in this query gives {rows} rows, and {most} of its width can be held; \
        narrow both sides with WHERE, or count with GROUP BY before joining")
}

/// Rows as they are, in a plan.
fn scan(frame: DataFrame) -> IR {
    IR::DataFrameScan { schema: frame.schema().clone(), df: Arc::new(frame), output_schema: None }
}

/// Works out a part of a plan.
fn run(plan: &mut IRPlan, node: Node, state: &mut ExecutionState) -> PolarsResult<DataFrame> {
    create_physical_plan(node, &mut plan.lp_arena, &mut plan.expr_arena, None)?.execute(state)
}

/// What a side is joined by, as columns `0`, `1` …
fn keys(plan: &mut IRPlan, side: &DataFrame, on: &[ExprIR], state: &ExecutionState) -> PolarsResult<DataFrame> {
    let mut conversion = ExpressionConversionState::new(true);
    let steps = create_physical_expressions_from_irs(on, &mut plan.expr_arena, side.schema(), &mut conversion)?;
    let named =
        steps.iter().enumerate().map(|(n, step)| Ok(step.evaluate(side, state)?.with_name(n.to_string().into())));
    DataFrame::new(side.height(), named.collect::<PolarsResult<Vec<Column>>>()?)
}

/// How many rows each row of `of` finds `among` the others.
fn found(of: DataFrame, among: DataFrame, nulls_equal: bool) -> PolarsResult<Vec<u64>> {
    const NUMBER: &str = "n";
    let names: Vec<_> = of.get_column_names().into_iter().map(|name| col(name.clone())).collect();
    let counted = among.lazy().group_by(names.clone()).agg([len().alias(NUMBER)]);
    let args = JoinArgs { nulls_equal, maintain_order: MaintainOrderJoin::Left, ..JoinArgs::new(JoinType::Left) };
    let each = of.lazy().join(counted, names.clone(), names, args).select([col(NUMBER).fill_null(lit(0))]).collect()?;
    let each = each.column(NUMBER)?.cast(&polars::prelude::DataType::Int64)?;
    Ok(each.i64()?.iter().map(|number| number.and_then(|number| u64::try_from(number).ok()).unwrap_or(0)).collect())
}

/// Slices that give a portion at most each, or are of one row.
fn sliced(each: &[u64], portion: u64) -> Vec<(usize, usize)> {
    let mut slices = Vec::new();
    let (mut first, mut given) = (0, 0_u64);
    for (at, &found) in each.iter().enumerate() {
        if at > first && given.saturating_add(found) > portion {
            slices.push((first, at - first));
            (first, given) = (at, 0);
        }
        given = given.saturating_add(found);
    }
    slices.push((first, each.len() - first));
    slices
}

#[cfg(test)]
mod tests;
