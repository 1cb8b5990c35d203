//! Which tables a query reads and which names it makes itself.

use super::TABLE;
use super::place::{Fault, suggestion};
use sqlparser::ast::{
    Ident, JoinConstraint, JoinOperator, ObjectName, Query, Select, SelectItem, SelectItemQualifiedWildcardKind,
    SetExpr, Spanned, TableAlias, TableFactor, Visit, Visitor,
};
use std::collections::BTreeSet;
use std::ops::ControlFlow;

/// What the query makes itself.
#[derive(Default)]
pub(super) struct Scope {
    /// Names given with AS, and those of columns of WITH and of subqueries.
    pub aliases: BTreeSet<String>,
    /// Tables, their aliases, and names of WITH.
    pub tables: BTreeSet<String>,
    /// Whether a `*` or the like stands for all columns of `requests`.
    pub everything: bool,
}

impl Scope {
    /// The alias that a name means: the same, or the same but for upper and lower case.
    pub(super) fn alias(&self, name: &str) -> Option<&str> {
        let exact = self.aliases.get(name);
        exact.or_else(|| self.aliases.iter().find(|alias| alias.eq_ignore_ascii_case(name))).map(String::as_str)
    }
}

/// Reads the scope, and refuses tables that do not exist.
pub(super) fn scope(query: &Query) -> Result<Scope, Fault> {
    let mut reader = Reader::default();
    match query.visit(&mut reader) {
        ControlFlow::Break(fault) => Err(fault),
        ControlFlow::Continue(()) => Ok(reader.scope),
    }
}

#[derive(Default)]
struct Reader {
    scope: Scope,
    with: BTreeSet<String>,
}

impl Reader {
    fn alias(&mut self, alias: Option<&TableAlias>) {
        if let Some(alias) = alias {
            self.scope.tables.insert(alias.name.value.clone());
            self.scope.aliases.extend(alias.columns.iter().map(|column| column.name.value.clone()));
        }
    }

    fn table(&mut self, name: &ObjectName) -> Result<(), Fault> {
        let written = name.to_string();
        if written.eq_ignore_ascii_case(TABLE) || self.with.contains(&written) {
            self.scope.tables.insert(written);
            return Ok(());
        }
        let known = || std::iter::once(TABLE).chain(self.with.iter().map(String::as_str));
        let near = suggestion(&written, known());
        let all: Vec<String> = known().map(|name| format!("`{name}`")).collect();
        Err(Fault::new(name.span(), format!("there is no table `{written}`{near} (tables: {})", all.join(", "))))
    }

    fn select(&mut self, select: &Select) -> Result<(), Fault> {
        if let Some(into) = &select.into {
            return Err(Fault::new(into.name.span(), "SELECT INTO is not supported; nothing is stored by a query"));
        }
        let joins = || select.from.iter().flat_map(|from| &from.joins);
        let relations = select.from.iter().map(|from| &from.relation).chain(joins().map(|join| &join.relation));
        let reads_requests = relations.into_iter().any(reads_requests);
        if select.projection.is_empty() {
            let sentence = "SELECT names no column; write SELECT * for all of them";
            return Err(Fault::new(select.select_token.0.span, sentence));
        }
        for item in &select.projection {
            match item {
                SelectItem::ExprWithAlias { alias, .. } => {
                    self.scope.aliases.insert(alias.value.clone());
                }
                SelectItem::ExprWithAliases { aliases, .. } => {
                    self.scope.aliases.extend(aliases.iter().map(|alias| alias.value.clone()));
                }
                SelectItem::Wildcard(_)
                | SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(_), _) => {
                    self.scope.everything |= reads_requests;
                }
                SelectItem::QualifiedWildcard(..) | SelectItem::UnnamedExpr(_) => {}
            }
        }
        // Columns named by USING are no expressions and are not seen by whoever walks those.
        self.scope.everything |= joins().any(|join| {
            matches!(constraint(&join.join_operator), Some(JoinConstraint::Using(_) | JoinConstraint::Natural))
        });
        Ok(())
    }
}

/// Refuses what is no query in the place of a query.
fn check(body: &SetExpr) -> Result<(), Fault> {
    match body {
        SetExpr::Select(_) | SetExpr::Query(_) | SetExpr::Values(_) => Ok(()),
        SetExpr::SetOperation { left, right, .. } => check(left).and_then(|()| check(right)),
        SetExpr::Table(_) => Err(Fault::whole(format!("TABLE is not supported; write SELECT * FROM {TABLE}"))),
        _ => Err(Fault::whole("only SELECT can be run; logs are never changed")),
    }
}

fn reads_requests(factor: &TableFactor) -> bool {
    match factor {
        TableFactor::Table { name, .. } => name.to_string().eq_ignore_ascii_case(TABLE),
        TableFactor::NestedJoin { table_with_joins, .. } => {
            reads_requests(&table_with_joins.relation)
                || table_with_joins.joins.iter().any(|join| reads_requests(&join.relation))
        }
        _ => false,
    }
}

fn constraint(join: &JoinOperator) -> Option<&JoinConstraint> {
    match join {
        JoinOperator::Join(constraint)
        | JoinOperator::Inner(constraint)
        | JoinOperator::Left(constraint)
        | JoinOperator::LeftOuter(constraint)
        | JoinOperator::Right(constraint)
        | JoinOperator::RightOuter(constraint)
        | JoinOperator::FullOuter(constraint)
        | JoinOperator::CrossJoin(constraint)
        | JoinOperator::Semi(constraint)
        | JoinOperator::LeftSemi(constraint)
        | JoinOperator::RightSemi(constraint)
        | JoinOperator::Anti(constraint)
        | JoinOperator::LeftAnti(constraint)
        | JoinOperator::RightAnti(constraint) => Some(constraint),
        _ => None,
    }
}

fn flow(result: Result<(), Fault>) -> ControlFlow<Fault> {
    result.map_or_else(ControlFlow::Break, ControlFlow::Continue)
}

impl Visitor for Reader {
    type Break = Fault;

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<Fault> {
        if let Some(with) = &query.with {
            if with.recursive {
                return ControlFlow::Break(Fault::new(with.with_token.0.span, "WITH RECURSIVE is not supported"));
            }
            for cte in &with.cte_tables {
                let Ident { value, span, .. } = &cte.alias.name;
                if value.eq_ignore_ascii_case(TABLE) {
                    let sentence = format!("`{TABLE}` is the table of all requests; give this WITH another name");
                    return ControlFlow::Break(Fault::new(*span, sentence));
                }
                self.with.insert(value.clone());
                self.alias(Some(&cte.alias));
            }
        }
        flow(check(&query.body))
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<Fault> {
        flow(self.select(select))
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<Fault> {
        match factor {
            TableFactor::Table { name, alias, args: None, .. } => {
                self.alias(alias.as_ref());
                flow(self.table(name))
            }
            TableFactor::Table { name, .. } | TableFactor::Function { name, .. } => {
                let sentence = format!("`{name}` cannot be read from; queries read the table `{TABLE}` and no files");
                ControlFlow::Break(Fault::new(name.span(), sentence))
            }
            TableFactor::Derived { alias, .. } | TableFactor::NestedJoin { alias, .. } => {
                self.alias(alias.as_ref());
                ControlFlow::Continue(())
            }
            other => {
                let sentence = format!("this cannot be read from; queries read the table `{TABLE}`");
                ControlFlow::Break(Fault::new(other.span(), sentence))
            }
        }
    }
}
