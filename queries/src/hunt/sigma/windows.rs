//! Spans of time in which matches of rules are related as a correlation says.
//!
//! A lower bound (at least so many requests, values, so large a sum; matches of all these rules) is looked for in every
//! span that ends with a match. What asks about a span as a whole (an upper bound, an average, that a rule did not match)
//! is asked of spans that follow one another, the first of which begins with the first match and each later one with the
//! next match after it. Matches of one time belong to the same spans, so their order does not matter.

use crate::sigma::check::Order;
use crate::sigma::condition::{Condition, chosen};
use crate::sigma::{Correlation, Kind};
use foldhash::fast::FixedState;
use hashbrown::HashMap;

/// Rules that a correlation may relate.
pub const MOST_RULES: usize = 64;

/// A request that matched.
#[derive(Clone, Debug)]
pub struct Event {
    /// When, in microseconds UTC.
    pub ts: i64,
    /// Its row.
    pub row: u32,
    /// Which of the correlation's rules it matched, a bit each.
    pub rules: u64,
    /// The value that is measured, if it has one.
    pub value: Option<String>,
}

impl Event {
    fn number(&self) -> Option<f64> {
        self.value.as_ref()?.trim().parse::<f64>().ok().filter(|number| number.is_finite())
    }
}

/// What was found among the matches of one group.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// Rows of the spans that hold, in the order of the events.
    pub rows: Vec<u32>,
    /// The last row of each span that holds while the one before did not.
    pub completed: Vec<u32>,
    /// The measure that is furthest from the bound on the right side of it.
    pub measure: Option<f64>,
}

/// Looks through the matches of one group, which are in order of time.
pub fn look(correlation: &Correlation, events: &[Event]) -> Found {
    match correlation.kind {
        Kind::TemporalOrdered => ordered(correlation, events),
        _ if slides(correlation) => sliding(correlation, events),
        _ => following(correlation, events),
    }
}

/// Whether a longer span can only hold the sooner.
fn slides(correlation: &Correlation) -> bool {
    let lower = correlation.bounds.iter().all(|(order, _)| matches!(order, Order::Gt | Order::Gte));
    match correlation.kind {
        Kind::EventCount | Kind::ValueCount | Kind::ValueSum => lower,
        Kind::Temporal => !correlation.condition.as_ref().is_some_and(denies),
        _ => false,
    }
}

fn denies(condition: &Condition) -> bool {
    match condition {
        Condition::Not(_) => true,
        Condition::And(parts) | Condition::Or(parts) => parts.iter().any(denies),
        Condition::Name(..) | Condition::All(..) | Condition::One(..) => false,
    }
}

/// Numbers of the events at which a time ends.
fn ends(events: &[Event]) -> impl Iterator<Item = usize> + '_ {
    (0..events.len()).filter(|&at| events.get(at + 1).is_none_or(|next| next.ts != events[at].ts))
}

/// What a span holds, kept while its ends move.
#[derive(Default)]
struct Held<'e> {
    count: usize,
    values: HashMap<&'e str, usize, FixedState>,
    sum: f64,
    rules: Vec<usize>,
}

impl<'e> Held<'e> {
    fn add(&mut self, event: &'e Event) {
        self.count += 1;
        if let Some(value) = &event.value {
            *self.values.entry(value.as_str()).or_insert(0) += 1;
        }
        self.sum += event.number().unwrap_or(0.0);
        self.rules.resize(MOST_RULES, 0);
        for (rule, count) in self.rules.iter_mut().enumerate() {
            *count += usize::from(event.rules >> rule & 1 == 1);
        }
    }

    fn drop(&mut self, event: &'e Event) {
        self.count -= 1;
        if let Some(value) = &event.value
            && let Some(count) = self.values.get_mut(value.as_str())
        {
            *count -= 1;
            if *count == 0 {
                self.values.remove(value.as_str());
            }
        }
        self.sum -= event.number().unwrap_or(0.0);
        for (rule, count) in self.rules.iter_mut().enumerate() {
            *count -= usize::from(event.rules >> rule & 1 == 1);
        }
    }

    fn matched(&self) -> u64 {
        self.rules.iter().enumerate().filter(|(_, count)| **count > 0).fold(0, |all, (rule, _)| all | 1 << rule)
    }
}

fn sliding(correlation: &Correlation, events: &[Event]) -> Found {
    let mut held = Held::default();
    let (mut start, mut next) = (0, 0);
    let mut spans = Vec::new();
    for end in ends(events) {
        events[next..=end].iter().for_each(|event| held.add(event));
        next = end + 1;
        while events[end].ts - events[start].ts > correlation.span {
            held.drop(&events[start]);
            start += 1;
        }
        let measure = match correlation.kind {
            Kind::EventCount => Some(held.count as f64),
            Kind::ValueCount => Some(held.values.len() as f64),
            Kind::ValueSum => Some(held.sum),
            _ => None,
        };
        let holds = measure.map_or_else(
            || related(correlation, held.matched()),
            |measure| correlation.bounds.iter().all(|(order, bound)| order.holds(measure, *bound)),
        );
        spans.push(Span { start, end, measure, holds });
    }
    collect(correlation, events, &spans)
}

fn following(correlation: &Correlation, events: &[Event]) -> Found {
    let mut spans = Vec::new();
    let mut start = 0;
    while start < events.len() {
        let until = events[start].ts.saturating_add(correlation.span);
        let end = start + events[start..].partition_point(|event| event.ts <= until) - 1;
        let inside = &events[start..=end];
        let measure = whole(correlation, inside);
        let holds = if correlation.kind == Kind::Temporal {
            related(correlation, inside.iter().fold(0, |all, event| all | event.rules))
        } else {
            measure.is_some_and(|measure| correlation.bounds.iter().all(|(order, bound)| order.holds(measure, *bound)))
        };
        spans.push(Span { start, end, measure, holds });
        start = end + 1;
    }
    collect(correlation, events, &spans)
}

/// The measure of a whole span; `None` where it has no value to measure.
fn whole(correlation: &Correlation, events: &[Event]) -> Option<f64> {
    let mut numbers: Vec<f64> = events.iter().filter_map(Event::number).collect();
    numbers.sort_unstable_by(f64::total_cmp);
    let rank = |percent: f64| {
        let rank = (percent / 100.0 * numbers.len() as f64).ceil() as usize;
        numbers.get(rank.max(1) - 1).copied()
    };
    match correlation.kind {
        Kind::EventCount => Some(events.len() as f64),
        Kind::ValueCount => {
            let mut values: Vec<&String> = events.iter().filter_map(|event| event.value.as_ref()).collect();
            values.sort_unstable();
            values.dedup();
            Some(values.len() as f64)
        }
        Kind::ValueSum => Some(numbers.iter().sum()),
        Kind::ValueAvg if numbers.is_empty() => None,
        Kind::ValueAvg => Some(numbers.iter().sum::<f64>() / numbers.len() as f64),
        Kind::ValueMin => numbers.first().copied(),
        Kind::ValueMax => numbers.last().copied(),
        Kind::ValueMedian => {
            let upper = numbers.get(numbers.len() / 2)?;
            let lower = numbers.get((numbers.len() - 1) / 2)?;
            Some(f64::midpoint(*lower, *upper))
        }
        Kind::ValuePercentile => rank(correlation.percentile),
        Kind::Temporal | Kind::TemporalOrdered => None,
    }
}

/// Whether these rules having matched is what is asked for; all of them where nothing else is said.
fn related(correlation: &Correlation, matched: u64) -> bool {
    let names: Vec<&str> = correlation.rules.iter().map(String::as_str).collect();
    let did = |name: &str| names.iter().position(|known| *known == name).is_some_and(|at| matched >> at & 1 == 1);
    match &correlation.condition {
        None => names.iter().all(|name| did(name)),
        Some(condition) => asked(condition, &names, &did),
    }
}

fn asked(condition: &Condition, names: &[&str], did: &dyn Fn(&str) -> bool) -> bool {
    match condition {
        Condition::And(parts) => parts.iter().all(|part| asked(part, names, did)),
        Condition::Or(parts) => parts.iter().any(|part| asked(part, names, did)),
        Condition::Not(inner) => !asked(inner, names, did),
        Condition::Name(name, _) => did(name),
        Condition::All(pattern, _) => chosen(pattern.as_deref(), names).into_iter().all(did),
        Condition::One(pattern, _) => chosen(pattern.as_deref(), names).into_iter().any(did),
    }
}

/// Events from one to another, both counted.
struct Span {
    start: usize,
    end: usize,
    measure: Option<f64>,
    holds: bool,
}

fn collect(correlation: &Correlation, events: &[Event], spans: &[Span]) -> Found {
    let mut found = Found::default();
    let (mut taken, mut held_before) = (0, false);
    let most = !correlation.bounds.iter().any(|(order, _)| matches!(order, Order::Lt | Order::Lte));
    for span in spans {
        if span.holds {
            // Later spans neither begin nor end earlier.
            let from = span.start.max(taken);
            found.rows.extend(events[from..=span.end].iter().map(|event| event.row));
            taken = span.end + 1;
            if !held_before {
                found.completed.push(events[span.end].row);
            }
            found.measure = match (found.measure, span.measure) {
                (Some(known), Some(new)) => Some(if most { known.max(new) } else { known.min(new) }),
                (known, new) => known.or(new),
            };
        }
        held_before = span.holds;
    }
    found
}

/// Where a chain of matches began, and with which row it ended.
type Chain = Option<(i64, u32)>;

/// The rules one after the other: each step is a later request, or another one of the same time.
fn ordered(correlation: &Correlation, events: &[Event]) -> Found {
    let steps = correlation.rules.len();
    // For each step the chain that began last; chains of the time now are kept apart.
    let mut before: Vec<Chain> = vec![None; steps];
    let mut found = Found::default();
    let mut marked = vec![false; events.len()];
    let (mut start, mut held_before) = (0, false);
    for end in ends(events) {
        let now = &events[start..=end];
        let mut chains = before.clone();
        for step in 0..steps {
            for event in now.iter().filter(|event| event.rules >> step & 1 == 1) {
                let begun = if step == 0 {
                    Some(event.ts)
                } else {
                    let of_now = chains[step - 1].filter(|(_, row)| *row != event.row).map(|(begun, _)| begun);
                    of_now.max(before[step - 1].map(|(begun, _)| begun))
                };
                if let Some(begun) = begun
                    && chains[step].is_none_or(|(known, _)| begun >= known)
                {
                    chains[step] = Some((begun, event.row));
                }
            }
        }
        let done = chains.last().copied().flatten().filter(|chain| Some(*chain) != before.last().copied().flatten());
        let holds = done.is_some_and(|(begun, _)| events[end].ts - begun <= correlation.span);
        if let (true, Some((begun, _))) = (holds, done) {
            let from = events.partition_point(|event| event.ts < begun);
            marked[from..=end].fill(true);
            if !held_before {
                found.completed.push(events[end].row);
            }
        }
        held_before = holds;
        before = chains;
        start = end + 1;
    }
    found.rows = events.iter().zip(&marked).filter(|(_, marked)| **marked).map(|(event, _)| event.row).collect();
    found
}

#[cfg(test)]
#[path = "windows_tests.rs"]
mod tests;
