//! How many rows each row finds where sides are joined by comparisons (`a.ts < b.ts`) and not by equal keys.

use super::Found;
use polars::prelude::{Column, DataFrame, DataType, InequalityOperator, PolarsResult};
use std::ops::Range;

/// What each row of one side finds among the other's, by one comparison or two that hold together. Of two it is known
/// exactly where the other side is in the same order by both, as in a window of time round each row; else it is the
/// lesser of the two.
pub(super) fn found(of: &DataFrame, among: &DataFrame, how: &[InequalityOperator]) -> PolarsResult<Found> {
    let (of, among) = (numbers(of)?, numbers(among)?);
    let Some(rows) = among.first().map(Vec::len) else { return Ok(Found { each: Vec::new(), is_exact: false }) };
    // A row that lacks a value finds nothing and is found by nothing.
    let whole = |row: &usize| among.iter().all(|numbers| numbers.get(*row).is_some_and(|number| !number.is_nan()));
    let mut order: Vec<usize> = (0..rows).filter(whole).collect();
    if let Some(first) = among.first() {
        order.sort_by(|&one, &other| first[one].total_cmp(&first[other]));
    }
    let mut sorted: Vec<Vec<f64>> =
        among.iter().map(|numbers| order.iter().map(|&row| numbers[row]).collect()).collect();
    let is_exact = sorted.iter().all(|numbers| numbers.is_sorted());
    for numbers in &mut sorted {
        numbers.sort_by(f64::total_cmp);
    }
    let of_row = |row: usize| {
        let ranges = of.iter().zip(&sorted).zip(how).map(|((of, sorted), how)| range(of[row], sorted, *how));
        if is_exact {
            let common = ranges.reduce(|one, other| one.start.max(other.start)..one.end.min(other.end));
            common.map_or(0, |common| common.len())
        } else {
            ranges.map(|range| range.len()).min().unwrap_or(0)
        }
    };
    let each = (0..of.first().map_or(0, Vec::len)).map(|row| of_row(row) as u64).collect();
    Ok(Found { each, is_exact })
}

/// The sorted numbers that a number compares with as asked.
fn range(number: f64, sorted: &[f64], how: InequalityOperator) -> Range<usize> {
    let below = || sorted.partition_point(|other| *other < number);
    let up_to = || sorted.partition_point(|other| *other <= number);
    match how {
        _ if number.is_nan() => 0..0,
        InequalityOperator::Gt => 0..below(),
        InequalityOperator::GtEq => 0..up_to(),
        InequalityOperator::Lt => up_to()..sorted.len(),
        InequalityOperator::LtEq => below()..sorted.len(),
    }
}

/// The columns as numbers, NaN where there is none.
fn numbers(frame: &DataFrame) -> PolarsResult<Vec<Vec<f64>>> {
    let number = |column: &Column| {
        let column = column.to_physical_repr().cast(&DataType::Float64)?;
        Ok(column.f64()?.iter().map(|number| number.unwrap_or(f64::NAN)).collect())
    };
    frame.columns().iter().map(number).collect()
}
