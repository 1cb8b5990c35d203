//! What analysts write in words that the engine understands.
//!
//! Calls that the engine lacks are spelt differently, times become exact, comparisons of things that cannot be
//! compared are refused with the column's name, and columns of the answer are named as they are written.

use super::place::Fault;
use super::scope::Scope;
use super::{compare, functions};
use sqlparser::ast::helpers::attached_token::AttachedToken;
use sqlparser::ast::{
    BinaryOperator, CaseWhen, DuplicateTreatment, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList,
    FunctionArguments, Ident, ObjectName, OrderByExpr, Query, Select, SelectItem, Spanned, Value, VisitMut, VisitorMut,
};
use std::ops::ControlFlow;

/// Rewrites a resolved query.
pub(super) fn rewrite(query: &mut Query, scope: &Scope) -> Result<(), Fault> {
    match query.visit(&mut Rewriter { scope }) {
        ControlFlow::Break(fault) => Err(fault),
        ControlFlow::Continue(()) => Ok(()),
    }
}

struct Rewriter<'a> {
    scope: &'a Scope,
}

impl VisitorMut for Rewriter<'_> {
    type Break = Fault;

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<Fault> {
        for item in &mut select.projection {
            if let SelectItem::UnnamedExpr(expr) = item
                && !matches!(expr, Expr::Identifier(_) | Expr::CompoundIdentifier(_))
            {
                let alias = Ident::with_quote('"', expr.to_string());
                *item = SelectItem::ExprWithAlias { expr: expr.clone(), alias };
            }
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Fault> {
        let result = match expr {
            Expr::Function(function) => compare::arguments(function, self.scope).and_then(|()| call(function)),
            Expr::IsDistinctFrom(left, right) | Expr::IsNotDistinctFrom(left, right) => distinct(left, right),
            Expr::AtTimeZone { timestamp, .. } => {
                let sentence = "AT TIME ZONE is not supported; times are UTC, add INTERVAL '9 hours' or the like";
                Err(Fault::new(timestamp.span(), sentence))
            }
            Expr::Rollup(_) | Expr::Cube(_) | Expr::GroupingSets(_) => {
                let sentence = "ROLLUP, CUBE and GROUPING SETS are not supported; write one query per level and join them by UNION ALL";
                Err(Fault::new(expr.span(), sentence))
            }
            _ => compare::settle(expr, self.scope),
        };
        result.map_or_else(ControlFlow::Break, ControlFlow::Continue)
    }
}

/// The parser takes all that follows DISTINCT FROM as one operand, AND and OR included.
fn distinct(left: &Expr, right: &Expr) -> Result<(), Fault> {
    match right {
        Expr::BinaryOp { op: BinaryOperator::And | BinaryOperator::Or, .. } => {
            Err(Fault::new(left.span(), "put parentheses around the comparison: (a IS DISTINCT FROM b) AND …"))
        }
        _ => Ok(()),
    }
}

fn call(function: &mut Function) -> Result<(), Fault> {
    let name = function.name.to_string().to_lowercase();
    match name.as_str() {
        "count_if" | "countif" => {
            let condition = single(function, &name)?;
            let counted = Expr::Case {
                case_token: AttachedToken::empty(),
                end_token: AttachedToken::empty(),
                operand: None,
                conditions: vec![CaseWhen { condition, result: Expr::value(Value::Number("1".to_owned(), false)) }],
                else_result: None,
            };
            respell(function, "count", vec![counted], None);
        }
        "approx_count_distinct" => {
            let counted = single(function, &name)?;
            respell(function, "count", vec![counted], Some(DuplicateTreatment::Distinct));
        }
        "percentile_cont" | "quantile" | "percentile" => quantile(function, &name, "quantile_cont")?,
        "percentile_disc" => quantile(function, &name, "quantile_disc")?,
        "mean" => function.name = ObjectName::from(Ident::new("avg")),
        "regexp_matches" => function.name = ObjectName::from(Ident::new("regexp_like")),
        _ => {}
    }
    Ok(())
}

fn misuse(function: &Function, name: &str) -> Fault {
    let usage = functions::functions().iter().find(|(known, ..)| *known == name).map_or(name, |(_, usage, _)| usage);
    Fault::new(function.name.span(), format!("{name} is written as {usage}"))
}

/// The arguments that are plain expressions.
fn arguments(function: &Function, name: &str) -> Result<Vec<Expr>, Fault> {
    let FunctionArguments::List(list) = &function.args else { return Err(misuse(function, name)) };
    list.args
        .iter()
        .map(|argument| match argument {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Ok(expr.clone()),
            _ => Err(misuse(function, name)),
        })
        .collect()
}

fn single(function: &Function, name: &str) -> Result<Expr, Fault> {
    let mut arguments = arguments(function, name)?;
    match (arguments.pop(), arguments.is_empty()) {
        (Some(argument), true) => Ok(argument),
        _ => Err(misuse(function, name)),
    }
}

/// `percentile_cont(q) WITHIN GROUP (ORDER BY x)` and `percentile_cont(x, q)`.
fn quantile(function: &mut Function, name: &str, engine: &str) -> Result<(), Fault> {
    let mut given = arguments(function, name)?;
    let arguments = match (given.len(), function.within_group.as_slice()) {
        (2, []) => given,
        (1, [OrderByExpr { expr, options, .. }]) if options.asc != Some(false) => {
            given.insert(0, expr.clone());
            given
        }
        _ => return Err(misuse(function, name)),
    };
    function.within_group.clear();
    respell(function, engine, arguments, None);
    Ok(())
}

fn respell(function: &mut Function, name: &str, arguments: Vec<Expr>, treatment: Option<DuplicateTreatment>) {
    function.name = ObjectName::from(Ident::new(name));
    function.args = FunctionArguments::List(FunctionArgumentList {
        duplicate_treatment: treatment,
        args: arguments.into_iter().map(|expr| FunctionArg::Unnamed(FunctionArgExpr::Expr(expr))).collect(),
        clauses: Vec::new(),
    });
}
