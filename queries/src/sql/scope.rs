//! Which tables a query reads and which names it makes itself.

use super::TABLE;
use super::place::{Fault, suggestion};
use super::tables::{Table, TableColumn, listed, table, tables};
use breachline_parsers::schema::Kind;
use sqlparser::ast::{
    Ident, JoinConstraint, JoinOperator, ObjectName, Query, Select, SelectItem, SelectItemQualifiedWildcardKind,
    SetExpr, Spanned, TableAlias, TableFactor, Visit, Visitor,
};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

/// What the query makes itself.
#[derive(Default)]
pub(super) struct Scope {
    /// Names given with AS, and those of columns of WITH and of subqueries.
    pub aliases: BTreeSet<String>,
    /// Tables, their aliases, and names of WITH; with the table that the name stands for, where it is one of ours.
    pub tables: BTreeMap<String, Option<&'static Table>>,
    /// Names of our tables of which a `*` or the like stands for all columns.
    pub everything: BTreeSet<&'static str>,
}

impl Scope {
    /// The tables of ours that the query reads, each once.
    pub(super) fn reads(&self) -> impl Iterator<Item = &'static Table> + '_ {
        tables().iter().filter(|table| self.tables.values().flatten().any(|read| read.name == table.name))
    }

    /// The first column of that name in the tables that the query reads.
    pub(super) fn column(&self, name: &str) -> Option<TableColumn> {
        self.reads().find_map(|table| table.column(name))
    }

    /// What a column of that name is, if all tables that the query reads agree.
    pub(super) fn kind(&self, name: &str) -> Option<Kind> {
        let mut kinds = self.reads().filter_map(|table| table.column(name)).map(|column| column.kind);
        let first = kinds.next()?;
        kinds.all(|kind| kind == first).then_some(first)
    }

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
    fn alias(&mut self, alias: Option<&TableAlias>, of: Option<&'static Table>) {
        if let Some(alias) = alias {
            self.scope.tables.insert(alias.name.value.clone(), of);
            self.scope.aliases.extend(alias.columns.iter().map(|column| column.name.value.clone()));
        }
    }

    fn table(&mut self, name: &ObjectName) -> Result<(), Fault> {
        let written = name.to_string();
        if self.with.contains(&written) {
            self.scope.tables.insert(written, None);
            return Ok(());
        }
        if let Some(table) = table(&written) {
            self.scope.tables.insert(table.name.to_owned(), Some(table));
            return Ok(());
        }
        let known = || tables().iter().map(|table| table.name).chain(self.with.iter().map(String::as_str));
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
        let mut read = BTreeSet::new();
        relations.into_iter().for_each(|relation| reads(relation, &mut read));
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
                    self.scope.everything.extend(&read);
                }
                SelectItem::QualifiedWildcard(..) | SelectItem::UnnamedExpr(_) => {}
            }
        }
        // Columns named by USING are no expressions and are not seen by whoever walks those.
        let is_named = |join: &sqlparser::ast::Join| {
            matches!(constraint(&join.join_operator), Some(JoinConstraint::Using(_) | JoinConstraint::Natural))
        };
        if joins().any(is_named) {
            self.scope.everything.extend(&read);
        }
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

/// Adds the tables of ours that stand in a relation.
fn reads(factor: &TableFactor, read: &mut BTreeSet<&'static str>) {
    match factor {
        TableFactor::Table { name, .. } => read.extend(table(&name.to_string()).map(|table| table.name)),
        TableFactor::NestedJoin { table_with_joins, .. } => {
            reads(&table_with_joins.relation, read);
            table_with_joins.joins.iter().for_each(|join| reads(&join.relation, read));
        }
        _ => {}
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
                if let Some(table) = table(value) {
                    let sentence = format!("`{}` is a table already; give this WITH another name", table.name);
                    return ControlFlow::Break(Fault::new(*span, sentence));
                }
                self.with.insert(value.clone());
                self.alias(Some(&cte.alias), None);
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
                let written = name.to_string();
                self.alias(alias.as_ref(), if self.with.contains(&written) { None } else { table(&written) });
                flow(self.table(name))
            }
            TableFactor::Table { name, .. } | TableFactor::Function { name, .. } => {
                let sentence =
                    format!("`{name}` cannot be read from; queries read the tables {} and no files", listed());
                ControlFlow::Break(Fault::new(name.span(), sentence))
            }
            TableFactor::Derived { alias, .. } | TableFactor::NestedJoin { alias, .. } => {
                self.alias(alias.as_ref(), None);
                ControlFlow::Continue(())
            }
            other => {
                let sentence = format!("this cannot be read from; queries read the tables {}", listed());
                ControlFlow::Break(Fault::new(other.span(), sentence))
            }
        }
    }
}
