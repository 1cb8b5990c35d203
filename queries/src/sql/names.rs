//! Columns and functions that a query names: checked, and spelt as the table spells them.

use super::functions;
use super::place::{Fault, suggestion};
use super::scope::Scope;
use super::tables::{Table, table, tables};
use sqlparser::ast::{
    CastKind, Expr, Function, FunctionArguments, Ident, ObjectName, ObjectNamePart, Query, Spanned, VisitMut,
    VisitorMut,
};
use sqlparser::tokenizer::Span;
use std::ops::ControlFlow;

/// A column or alias at a place of the query.
pub(super) struct Named {
    /// As the table spells it.
    pub name: String,
    /// Where it stands.
    pub span: Span,
}

/// Stands for the name of a CAST, among names with their places.
pub(super) const CAST: &str = "CAST(";

/// Stands for the name of a subquery that gives a value.
pub(super) const SUBQUERY: &str = "(SELECT";

/// Resolves every name, and returns them with their places; with them the places of what else may fail.
pub(super) fn resolve(query: &mut Query, scope: &Scope) -> Result<Vec<Named>, Fault> {
    let mut resolver = Resolver { scope, functions: functions::names(), named: Vec::new() };
    match query.visit(&mut resolver) {
        ControlFlow::Break(fault) => Err(fault),
        ControlFlow::Continue(()) => Ok(resolver.named),
    }
}

struct Resolver<'a> {
    scope: &'a Scope,
    functions: Vec<&'static str>,
    named: Vec<Named>,
}

impl Resolver<'_> {
    /// Resolves a name, in one table if one is named.
    fn name(&mut self, ident: &mut Ident, of: Option<&'static Table>) -> Result<(), Fault> {
        let quoted = ident.quote_style.is_some();
        let lower = ident.value.to_lowercase();
        let column = |name: &str| match of {
            Some(table) => table.column(name),
            None => self.scope.column(name),
        };
        let known = if self.scope.aliases.contains(&ident.value) || column(&ident.value).is_some() {
            Some(ident.value.clone())
        } else if quoted {
            None
        } else {
            column(&lower).map(|column| column.name.to_owned()).or_else(|| self.scope.alias(&lower).map(str::to_owned))
        };
        match known {
            Some(known) => {
                ident.value.clone_from(&known);
                self.named.push(Named { name: known, span: ident.span });
                Ok(())
            }
            // GROUP BY ALL and ORDER BY ALL reach us as a name.
            None if lower == "all" && !quoted => Ok(()),
            None => Err(self.unknown(ident, of)),
        }
    }

    fn unknown(&self, ident: &Ident, of: Option<&'static Table>) -> Fault {
        let read: Vec<&'static str> = match of {
            Some(table) => table.columns().map(|column| column.name).collect(),
            None => self.scope.reads().flat_map(|table| table.columns().map(|column| column.name)).collect(),
        };
        let names = read.into_iter().chain(self.scope.aliases.iter().map(String::as_str));
        let near = suggestion(&ident.value, names);
        let elsewhere = tables().iter().find(|table| table.column(&ident.value.to_lowercase()).is_some());
        let hint = match (near.is_empty(), ident.quote_style, elsewhere) {
            (_, _, Some(table)) => format!(" here; it is one of `{}`", table.name),
            (true, Some('"'), None) => format!("; text is written in single quotes: '{}'", ident.value),
            (true, _, None) => "; `breachline schema` lists the columns".to_owned(),
            (false, ..) => near,
        };
        Fault::new(ident.span, format!("there is no column `{}`{hint}", ident.value))
    }

    fn compound(&mut self, idents: &mut [Ident]) -> Result<(), Fault> {
        let [table, name] = idents else {
            let span = idents.first().map_or_else(Span::empty, |ident| ident.span);
            return Err(Fault::new(span, "a column is written as `column` or `table.column`"));
        };
        if !self.scope.tables.contains_key(&table.value)
            && let Some(ours) = self::table(&table.value)
        {
            ours.name.clone_into(&mut table.value);
        }
        let Some(&of) = self.scope.tables.get(&table.value) else {
            let known: Vec<String> = self.scope.tables.keys().map(|name| format!("`{name}`")).collect();
            let sentence = format!("there is no table `{}` in this query (it has {})", table.value, known.join(", "));
            return Err(Fault::new(table.span, sentence));
        };
        self.name(name, of)
    }

    fn function(&self, function: &Function) -> Result<(), Fault> {
        let name = function.name.to_string().to_lowercase();
        let span = function.name.span();
        if !self.functions.iter().any(|known| *known == name) {
            let near = suggestion(&name, self.functions.iter().copied());
            let hint = if near.is_empty() { "; `breachline schema` lists the functions".to_owned() } else { near };
            return Err(Fault::new(span, format!("there is no function `{name}`{hint}")));
        }
        let empty = match &function.args {
            FunctionArguments::List(list) => list.args.is_empty(),
            _ => true,
        };
        if empty && !functions::EMPTY.contains(&name.as_str()) {
            return Err(Fault::new(span, format!("{name} needs something in its parentheses{}", written(&name))));
        }
        let Some(arguments) = functions::called(&name) else { return Ok(()) };
        if function.over.is_some() || function.filter.is_some() {
            return Err(Fault::new(span, format!("{name} looks at one row; OVER and FILTER do not go with it")));
        }
        match &function.args {
            FunctionArguments::List(list) if arguments.contains(&list.args.len()) => Ok(()),
            _ => Err(Fault::new(span, format!("{name} takes another number of arguments{}", written(&name)))),
        }
    }
}

/// " (usage)", where there is one to show.
fn written(name: &str) -> String {
    let documented = functions::functions().iter().find(|(known, ..)| *known == name);
    documented.map_or_else(String::new, |(_, usage, _)| format!("; it is written as {usage}"))
}

impl VisitorMut for Resolver<'_> {
    type Break = Fault;

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Fault> {
        let result = match expr {
            Expr::Identifier(ident) => self.name(ident, None),
            Expr::CompoundIdentifier(idents) => self.compound(idents),
            Expr::Function(function) => self.function(function),
            Expr::Cast { kind: CastKind::Cast, .. } => {
                self.named.push(Named { name: CAST.to_owned(), span: expr.span() });
                Ok(())
            }
            Expr::Subquery(_) => {
                self.named.push(Named { name: SUBQUERY.to_owned(), span: expr.span() });
                Ok(())
            }
            _ => Ok(()),
        };
        result.map_or_else(ControlFlow::Break, ControlFlow::Continue)
    }

    fn pre_visit_relation(&mut self, relation: &mut ObjectName) -> ControlFlow<Fault> {
        if let [ObjectNamePart::Identifier(ident)] = relation.0.as_mut_slice()
            && !self.scope.tables.contains_key(&ident.value)
            && let Some(table) = table(&ident.value)
        {
            table.name.clone_into(&mut ident.value);
        }
        ControlFlow::Continue(())
    }
}
