//! Conditions at some of the rows: what is dear to ask is asked only of values that rows have where it matters.
//!
//! Rules ask long lists of words of targets and user agents, most of them on few requests: writes, redirects, refusals. So
//! the cheaper side of an AND is evaluated first, and the other only where that side is not FALSE. What is told of other
//! rows means nothing, and the AND is FALSE there whatever it is.

use super::column::Test;
use super::{Atoms, OneValue, Part, Truth, UNKNOWN, Value, around_call, evaluate, of_text, tri};
use crate::expr::Expr;
use crate::requests::{Requests, TextView};
use fixedbitset::FixedBitSet;
use std::borrow::Cow;

/// Values from which a column is dear to ask; tests have few.
const DEAR: usize = if cfg!(test) { 2 } else { 1_000 };
/// It pays where no more than one row in so many is left.
const FEW: usize = 4;
/// The same for functions, whose results all conditions share once every value was asked.
const FEWER: usize = 16;

/// Whether a condition is dear: it reads the values of a long column, or several columns row by row.
pub(super) fn is_dear(expr: &Expr, requests: &Requests) -> bool {
    match expr {
        Expr::Not(inner) => is_dear(inner, requests),
        Expr::Binary(super::Op::And | super::Op::Or, left, right) => {
            is_dear(left, requests) || is_dear(right, requests)
        }
        Expr::Call(name, arguments, _) if name == "coalesce" => {
            arguments.iter().any(|argument| is_dear(argument, requests))
        }
        Expr::IsNull(of, _) if matches!(**of, Expr::Name(..)) => false,
        _ => match expr.names().as_slice() {
            [] => false,
            [name] => {
                let name = if *name == "query" { "target" } else { *name };
                // Numbers are asked row by row, but no text is read.
                requests.told(name).is_some_and(|view| !view.is_absent() && view.dictionary.len() >= DEAR)
            }
            _ => true,
        },
    }
}

/// The rows where a condition may still be TRUE or NULL, given the truth of another that stands beside it by AND, if they
/// are few.
pub(super) fn left(beside: &Truth, within: Option<&FixedBitSet>) -> Option<FixedBitSet> {
    let mut open = beside.yes.clone();
    open.union_with(&beside.unknown);
    if let Some(within) = within {
        open.intersect_with(within);
    }
    are_few(&open).then_some(open)
}

/// Whether so few rows are left that it pays to ask them alone.
pub(super) fn are_few(rows: &FixedBitSet) -> bool {
    rows.count_ones(..) * FEW <= rows.len()
}

/// The truth at some rows of a test of one text, or of a part of it.
pub(super) fn tested(test: Test<'_>, view: TextView<'_>, part: Part, null: u8, within: &FixedBitSet) -> Truth {
    let asked = codes(view, within);
    looked_up(view, &test.of_some(view.dictionary, &asked, part, null), within)
}

/// The truth at some rows of a condition that reads one text column and nothing else; `None` where it is to be asked of all
/// values: they are few, or the results serve others.
pub(super) fn of_text_column(
    expr: &Expr,
    name: &str,
    requests: &Requests,
    atoms: &Atoms,
    within: &FixedBitSet,
) -> Option<Truth> {
    let view = requests.told(name).filter(|view| !view.is_absent() && view.dictionary.len() >= DEAR)?;
    let mut truths = vec![tri(evaluate(expr, &OneValue(Value::Null)).truth()); view.dictionary.len()];
    let asked = codes(view, within);
    let texts = asked.ones().filter(|&code| code != 0).map(|code| (code, view.dictionary.text(code as u32)));
    if let Some((condition, call)) = around_call(expr) {
        let shared = atoms.calls.contains_key(&call.to_string());
        if shared || within.count_ones(..) * FEWER > within.len() {
            return None;
        }
        let Expr::Call(function, ..) = call else { return None };
        for (code, text) in texts {
            truths[code] = tri(evaluate(&condition, &OneValue(of_text(function, text))).truth());
        }
    } else {
        for (code, text) in texts {
            truths[code] = tri(evaluate(expr, &OneValue(Value::Text(Cow::Borrowed(text)))).truth());
        }
    }
    Some(looked_up(view, &truths, within))
}

/// The truth at some rows, asked row by row.
pub(super) fn by_row(within: &FixedBitSet, mut truth: impl FnMut(usize) -> u8) -> Truth {
    let mut told = Truth::always(within.len(), super::NO);
    for row in within.ones() {
        match truth(row) {
            super::YES => told.yes.insert(row),
            UNKNOWN => told.unknown.insert(row),
            _ => {}
        }
    }
    told
}

/// The codes that some rows have.
fn codes(view: TextView<'_>, within: &FixedBitSet) -> FixedBitSet {
    let mut asked = FixedBitSet::with_capacity(view.dictionary.len());
    within.ones().for_each(|row| asked.insert(view.code(row) as usize));
    asked
}

fn looked_up(view: TextView<'_>, truths: &[u8], within: &FixedBitSet) -> Truth {
    by_row(within, |row| truths[view.code(row) as usize])
}
