//! Correlations: matches of rules put into groups, and the spans of time in which they are related as asked.

use super::report::{Case, MOST, Reporter};
use super::windows::{Event, Found, MOST_RULES, look};
use super::{Judged, Matches, Unable, counted_elsewhere, verdict};
use crate::finding::{Finding, Measured, Side};
use crate::hunt::shelf::Shelf;
use crate::sigma::check::Order;
use crate::sigma::field::{self, Field};
use crate::sigma::matching::Bench;
use crate::sigma::pack::Pack;
use crate::sigma::{Body, Correlation, Kind, SigmaRule};
use std::collections::BTreeMap;

/// Judges the correlations of a pack, each after those that it refers to.
pub fn judge<'p, 'r>(
    shelf: &Shelf<'r>,
    pack: &'p Pack,
    bench: &mut Bench<'r>,
    matches: &mut BTreeMap<&'p str, Matches>,
    judged: &mut Judged,
) {
    let mut waiting: Vec<(&SigmaRule, &Correlation)> = pack
        .rules
        .iter()
        .filter_map(|rule| match &rule.body {
            Body::Correlation(correlation) => Some((rule, correlation)),
            Body::Detection(_) => None,
        })
        .collect();
    while !waiting.is_empty() {
        let is_settled = |word: &String| pack.called(word).is_none_or(|rule| matches.contains_key(rule.id.as_str()));
        let (ready, rest): (Vec<_>, Vec<_>) =
            waiting.into_iter().partition(|(_, correlation)| correlation.rules.iter().all(is_settled));
        waiting = rest;
        if ready.is_empty() {
            for (rule, _) in waiting.drain(..) {
                let why = "it refers to itself, by way of the correlations that it relates".to_owned();
                matches.insert(&rule.id, Err(Unable { missing: Vec::new(), why }));
            }
        }
        for (rule, correlation) in ready {
            let related = Relation { shelf, pack, correlation }.groups(bench, matches);
            let outcome = related.map(|(groups, open)| {
                let reporter = Reporter { shelf, bench: &*bench };
                if pack.reports(rule) {
                    let findings = of_groups(&reporter, rule, correlation, &groups);
                    judged.verdicts.push(verdict(shelf, rule, (&findings, groups.len()), &open));
                    judged.findings.extend(findings);
                } else {
                    judged.verdicts.push(counted_elsewhere(pack, rule, groups.len()));
                }
                let mut completed: Vec<u32> = groups.into_iter().flat_map(|group| group.found.completed).collect();
                reporter.sort(&mut completed);
                completed.dedup();
                completed
            });
            matches.insert(&rule.id, outcome);
        }
    }
}

/// Matches that have the group's fields in common, and what was found among them.
struct Group {
    family: u32,
    /// Values of the fields that matches are grouped by.
    key: Vec<String>,
    found: Found,
}

/// What matches of a group have in common: which sources are counted together, and the values of the fields.
type Key = (u32, Vec<String>);

/// Requests by time and row, with the rules that each matched, a bit each.
type ByTime = BTreeMap<(i64, u32), u64>;

type Grouped = BTreeMap<Key, ByTime>;

struct Relation<'a, 'r> {
    shelf: &'a Shelf<'r>,
    pack: &'a Pack,
    correlation: &'a Correlation,
}

impl Relation<'_, '_> {
    /// The groups in which it holds, and what was left open; or why it cannot be judged.
    fn groups(
        &self,
        bench: &mut Bench<'_>,
        matches: &BTreeMap<&str, Matches>,
    ) -> Result<(Vec<Group>, Vec<String>), Unable> {
        let unable = |why: String| Unable { missing: Vec::new(), why };
        let correlation = self.correlation;
        if correlation.rules.len() > MOST_RULES {
            return Err(unable(format!("it relates more than {MOST_RULES} rules")));
        }
        let mut grouped = Grouped::new();
        let mut open = Vec::new();
        for (number, word) in correlation.rules.iter().enumerate() {
            let Some(rule) = self.pack.called(word) else {
                return Err(unable(format!("it refers to the rule `{word}`, which is not loaded")));
            };
            match matches.get(rule.id.as_str()) {
                Some(Ok(rows)) => self.put(bench, rule, number, rows, &mut grouped)?,
                Some(Err(why)) => open.push((why.missing.clone(), format!("`{word}`: {}", why.why))),
                None => return Err(unable(format!("`{word}` was not judged"))),
            }
        }
        let by_name = matches!(correlation.kind, Kind::Temporal | Kind::TemporalOrdered);
        let said: Vec<String> = open.iter().map(|(_, said)| said.clone()).collect();
        if !open.is_empty() && (by_name || open.len() == correlation.rules.len()) {
            let mut missing: Vec<String> = open.into_iter().flat_map(|(missing, _)| missing).collect();
            missing.sort();
            missing.dedup();
            return Err(Unable { missing, why: said.join("; ") });
        }
        let measured = self.fields(bench, None, &correlation.fields)?;
        let found = |((family, key), requests): (Key, ByTime)| {
            let event =
                |((ts, row), rules): ((i64, u32), u64)| Event { ts, row, rules, value: value(bench, &measured, row) };
            let events: Vec<Event> = requests.into_iter().map(event).collect();
            Group { family, key, found: look(correlation, &events) }
        };
        let groups = grouped.into_iter().map(found).filter(|group| !group.found.rows.is_empty()).collect();
        Ok((groups, said))
    }

    /// Puts the matches of a rule into their groups. What has no time or lacks a field of the group is in none.
    fn put(
        &self,
        bench: &mut Bench<'_>,
        rule: &SigmaRule,
        number: usize,
        rows: &[u32],
        grouped: &mut Grouped,
    ) -> Result<(), Unable> {
        let fields = self.fields(bench, Some(rule), &self.correlation.group_by)?;
        for &row in rows {
            let key: Option<Vec<String>> = fields.iter().map(|field| bench.value(field, row)).collect();
            if let (Some(key), Some(ts)) = (key, self.shelf.requests.facts.ts(row as usize)) {
                let group = grouped.entry((self.shelf.requests.family_of(row), key)).or_default();
                *group.entry((ts, row)).or_insert(0) |= 1 << number;
            }
        }
        Ok(())
    }

    /// The columns that names of fields mean, for a rule where they stand for other fields of it.
    fn fields(&self, bench: &mut Bench<'_>, rule: Option<&SigmaRule>, names: &[String]) -> Result<Vec<Field>, Unable> {
        let resolved = |name: &String| {
            let alias = self.correlation.aliases.iter().find(|(alias, _)| alias == name);
            let of_rule = alias
                .and_then(|(_, fields)| fields.iter().find(|(word, _)| rule.is_some_and(|rule| rule.is_called(word))));
            let name = of_rule.map_or(name, |(_, field)| field);
            let field = field::resolve(name).map_err(|why| Unable { missing: vec![name.clone()], why })?;
            if bench.is_there(field.column) {
                return Ok(field);
            }
            let why = format!("{} is not in these logs, and it is needed for `{name}`", field.column);
            Err(Unable { missing: vec![field.column.to_owned()], why })
        };
        names.iter().map(resolved).collect()
    }
}

/// What is measured of a request: the value of one field, or the values of several together.
fn value(bench: &Bench<'_>, fields: &[Field], row: u32) -> Option<String> {
    if fields.is_empty() {
        return None;
    }
    let values: Option<Vec<String>> = fields.iter().map(|field| bench.value(field, row)).collect();
    values.map(|values| values.join("\u{1f}"))
}

/// One finding a group, or one for all of a vantage where they are many.
fn of_groups(
    reporter: &Reporter<'_, '_>,
    rule: &SigmaRule,
    correlation: &Correlation,
    groups: &[Group],
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for mine in groups.chunk_by(|a, b| a.family == b.family) {
        if mine.len() > MOST {
            let whom = format!("{} groups by {}", mine.len(), correlation.group_by.join(", "));
            findings.extend(finding(reporter, rule, correlation, mine, (vec!["many groups".to_owned()], whom)));
        } else {
            for group in mine {
                let named: Vec<String> = correlation
                    .group_by
                    .iter()
                    .zip(&group.key)
                    .map(|(name, value)| format!("{name}={value}"))
                    .collect();
                let whom = if named.is_empty() { "all clients together".to_owned() } else { named.join(", ") };
                findings.extend(finding(reporter, rule, correlation, std::slice::from_ref(group), (named, whom)));
            }
        }
    }
    findings
}

/// The side of a threshold that a bound asks for; one number exactly, or any but one, is no threshold.
const fn side(order: Order) -> Option<Side> {
    Some(match order {
        Order::Gte => Side::AtLeast,
        Order::Gt => Side::MoreThan,
        Order::Lte => Side::AtMost,
        Order::Lt => Side::LessThan,
        Order::Eq | Order::Neq => return None,
    })
}

fn finding(
    reporter: &Reporter<'_, '_>,
    rule: &SigmaRule,
    correlation: &Correlation,
    groups: &[Group],
    (key, whom): (Vec<String>, String),
) -> Option<Finding> {
    let mut rows: Vec<u32> = groups.iter().flat_map(|group| &group.found.rows).copied().collect();
    reporter.sort(&mut rows);
    rows.dedup();
    let name = correlation.kind.name();
    let values = groups.iter().filter_map(|group| group.found.measure);
    let value = values.reduce(f64::max);
    let (threshold, side) = correlation.bounds.first().and_then(|(order, bound)| Some((*bound, side(*order)?))).unzip();
    let measured = value.map(|value| (name.to_owned(), Measured { value, threshold, side, population: None }));
    let bounds: Vec<String> =
        correlation.bounds.iter().map(|(order, bound)| format!("{} {bound}", order.sign())).collect();
    let asked = if bounds.is_empty() { String::new() } else { format!(" {}", bounds.join(" and ")) };
    let got = value.map_or_else(String::new, |value| format!("; it was {}", crate::hunt::report::number(value)));
    let span = correlation.span / 1_000_000;
    let why = format!("{name}{asked} of {} within {span} s{got}.", correlation.rules.join(", "));
    reporter.finding(rule, Case { rows, key, whom, measures: measured.into_iter().collect(), why: vec![why] })
}
