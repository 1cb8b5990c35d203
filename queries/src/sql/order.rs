//! One order of rows for one query, whatever order the engine's threads finish in.

use super::tables::table;
use sqlparser::ast::{
    Distinct, Expr, GroupByExpr, OrderBy, OrderByExpr, OrderByKind, OrderByOptions, Query, Select, SelectItem, SetExpr,
    TableFactor, Value, VisitMut, VisitorMut, With,
};
use std::ops::ControlFlow;

/// Adds to ORDER BY what makes the order of rows certain.
pub(super) fn settle(query: &mut Query) {
    let mut settler = Settler { depth: 0, with: query.with.clone() };
    // The visitor never breaks.
    let _: ControlFlow<()> = query.visit(&mut settler);
}

/// `ORDER BY count(*)` sorts by the column of the answer that is `count(*)`; the engine only knows its number.
fn number_expressions(query: &mut Query) {
    let SetExpr::Select(select) = query.body.as_ref() else { return };
    let Some(OrderBy { kind: OrderByKind::Expressions(exprs), .. }) = &mut query.order_by else { return };
    for ordered in exprs {
        if matches!(ordered.expr, Expr::Identifier(_) | Expr::CompoundIdentifier(_) | Expr::Value(_)) {
            continue;
        }
        let written = ordered.expr.to_string();
        let same = |item: &SelectItem| match item {
            SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => {
                expr.to_string().eq_ignore_ascii_case(&written)
            }
            _ => false,
        };
        if let Some(column) = select.projection.iter().position(same) {
            ordered.expr = ordinal(column + 1).expr;
        }
    }
}

struct Settler {
    depth: usize,
    with: Option<With>,
}

impl VisitorMut for Settler {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        self.depth += 1;
        number_expressions(query);
        // The order of a subquery matters only if some of its rows are left out.
        let matters = self.depth == 1 || query.limit_clause.is_some() || query.fetch.is_some();
        if matters && !keeps_order(query, self.with.as_ref()) {
            add_columns(query);
        }
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &mut Query) -> ControlFlow<()> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }
}

/// Whether rows come out in the order in which their table has them.
fn keeps_order(query: &Query, with: Option<&With>) -> bool {
    match query.body.as_ref() {
        SetExpr::Select(select) => select_keeps_order(select, with),
        SetExpr::Query(inner) => inner.order_by.is_some() || keeps_order(inner, with),
        SetExpr::Values(_) => true,
        _ => false,
    }
}

fn select_keeps_order(select: &Select, with: Option<&With>) -> bool {
    let groups = match &select.group_by {
        GroupByExpr::Expressions(exprs, _) => !exprs.is_empty(),
        GroupByExpr::All(_) => true,
    };
    let distinct = matches!(select.distinct, Some(Distinct::Distinct | Distinct::On(_)));
    let [from] = select.from.as_slice() else { return select.from.is_empty() };
    if groups || distinct || !from.joins.is_empty() {
        return false;
    }
    match &from.relation {
        TableFactor::Table { name, .. } => {
            let name = name.to_string();
            let cte = with.and_then(|with| with.cte_tables.iter().find(|cte| cte.alias.name.value == name));
            // A WITH may read another WITH above it, never itself, so this ends.
            table(&name).is_some()
                || cte.is_some_and(|cte| cte.query.order_by.is_some() || keeps_order(&cte.query, with))
        }
        TableFactor::Derived { subquery, .. } => subquery.order_by.is_some() || keeps_order(subquery, with),
        _ => false,
    }
}

/// Sorts by all columns of the answer, after whatever the query sorts by itself.
fn add_columns(query: &mut Query) {
    let columns = width(&query.body);
    match &mut query.order_by {
        Some(OrderBy { kind: OrderByKind::Expressions(exprs), .. }) => {
            exprs.extend(columns.unwrap_or_default().into_iter().map(ordinal));
        }
        Some(_) => {}
        None => {
            let kind = columns.map_or(OrderByKind::All(OrderByOptions { asc: None, nulls_first: None }), |columns| {
                OrderByKind::Expressions(columns.into_iter().map(ordinal).collect())
            });
            query.order_by = Some(OrderBy { kind, interpolate: None });
        }
    }
}

fn ordinal(column: usize) -> OrderByExpr {
    OrderByExpr {
        expr: Expr::Value(Value::Number(column.to_string(), false).with_empty_span()),
        options: OrderByOptions { asc: None, nulls_first: None },
        with_fill: None,
    }
}

/// The numbers of the columns that can be sorted by; `None` when a `*` hides how many there are.
fn width(body: &SetExpr) -> Option<Vec<usize>> {
    match body {
        SetExpr::Select(select) => {
            let wild = |item: &SelectItem| matches!(item, SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..));
            if select.projection.iter().any(wild) || select.projection.is_empty() {
                return None;
            }
            let sortable = |item: &SelectItem| !item.to_string().to_lowercase().contains("array_agg");
            let numbered = select.projection.iter().zip(1..);
            Some(numbered.filter(|(item, _)| sortable(item)).map(|(_, number)| number).collect())
        }
        SetExpr::Query(query) => width(&query.body),
        SetExpr::SetOperation { left, .. } => width(left),
        _ => None,
    }
}
