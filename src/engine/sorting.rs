//! Requests in the order of a column: by what, which way, and the work itself, which may run on a thread of its own.

use super::answer::{Scope, Subject};
use super::scopes::{Rows, Verdicts, within};
use crate::session::Session;
use breachline_parsers::schema::{COLUMNS, Kind};
use breachline_queries::finding::Level;
use breachline_queries::requests::Requests;
use breachline_queries::sorting::{Key, Way, has_value, sort};
use breachline_queries::sql::Stop;
use std::sync::Arc;

/// The worst level of the findings whose evidence a request is.
const LEVEL: &str = "level";

/// What the list shows as client and as identity: the first of some columns that has a value.
const SHOWN: [(&str, &[&str]); 2] =
    [("client", &["client_ip", "peer_ip"]), ("identity", &["principal", "client_app", "credential"])];

/// What a list of requests is sorted by; what is alike stays in order of time, what has no value comes last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sorting {
    by: &'static str,
    down: bool,
}

/// What the values are that a list is sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sorted {
    /// Text, by its bytes.
    Text,
    /// Numbers.
    Number,
    /// Times.
    Time,
    /// Levels of findings.
    Level,
}

impl Sorting {
    /// By that, and which way; `None` where nothing is called so. No way given: what is looked for most comes first.
    pub fn new(by: &str, down: Option<bool>) -> Option<Self> {
        let by = Self::names().find(|name| *name == by)?;
        let first = Self { by, down: false };
        Some(Self { down: down.unwrap_or(matches!(first.of(), Sorted::Number | Sorted::Level)), ..first })
    }

    /// Everything that requests can be sorted by.
    pub fn names() -> impl Iterator<Item = &'static str> {
        let shown = SHOWN.iter().map(|(name, _)| *name);
        std::iter::once(LEVEL).chain(shown).chain(COLUMNS.iter().map(|column| column.name))
    }

    /// What it is sorted by.
    pub const fn by(self) -> &'static str {
        self.by
    }

    /// Whether the most, the latest or the worst comes first.
    pub const fn is_down(self) -> bool {
        self.down
    }

    /// The other way round.
    #[must_use]
    pub const fn turned(self) -> Self {
        Self { down: !self.down, ..self }
    }

    /// The columns of requests that it reads, unless it is by level.
    fn columns(&self) -> Key<'_> {
        match SHOWN.iter().find(|(name, _)| *name == self.by) {
            Some((_, columns)) => Key::Columns(columns),
            None => Key::Columns(std::slice::from_ref(&self.by)),
        }
    }

    /// Whether a list that shows `other` shows what it is sorted by, at least where that is what it shows.
    pub fn is_seen_in(self, other: &str) -> bool {
        let read = SHOWN.iter().find(|(name, _)| *name == other).map(|(_, columns)| *columns);
        self.by == other || read.is_some_and(|columns| columns.contains(&self.by))
    }

    /// What its values are.
    pub fn of(self) -> Sorted {
        let kind = COLUMNS.iter().find(|column| column.name == self.by).map(|column| column.kind);
        match kind {
            _ if self.by == LEVEL => Sorted::Level,
            Some(Kind::Number) => Sorted::Number,
            Some(Kind::Time) => Sorted::Time,
            Some(Kind::Text) | None => Sorted::Text,
        }
    }
}

/// Whether a row has a value that a list could be sorted by.
pub(super) fn is_sortable(requests: &Requests, verdicts: Option<&Verdicts>, by: Sorting, row: u32) -> bool {
    if by.by == LEVEL {
        return verdicts.is_some_and(|verdicts| verdicts.findings_of(row).next().is_some());
    }
    has_value(requests, row, &by.columns())
}

/// Rows to be sorted.
pub struct Sort {
    /// The scope, its order included.
    pub scope: Scope,
    by: Sorting,
    rows: Rows,
    session: Arc<Session>,
    verdicts: Option<Arc<Verdicts>>,
    stop: Stop,
}

impl Sort {
    pub(super) fn new(
        scope: Scope,
        by: Sorting,
        rows: Rows,
        session: Arc<Session>,
        verdicts: Option<Arc<Verdicts>>,
    ) -> Self {
        Self { scope, by, rows, session, verdicts, stop: Stop::default() }
    }

    /// The hand that ends it.
    pub fn stop(&self) -> Stop {
        self.stop.clone()
    }

    /// The rows of the scope in its order; `None` where it was told to end.
    pub fn run(&self) -> Option<Vec<u32>> {
        let requests = &self.session.requests;
        let rows = within(requests, &self.rows, self.scope.window);
        let way = if self.by.down { Way::Down } else { Way::Up };
        let sorted = |key: &Key<'_>| sort(requests, rows, key, way, &|| self.stop.is_asked());
        if self.by.by == LEVEL {
            let rank = |level: Level| Level::ALL.iter().position(|other| *other == level).map_or(0, |at| at as u8 + 1);
            let levels = self.verdicts.as_ref().map(|verdicts| verdicts.levels(requests.rows(), rank));
            return sorted(&Key::Numbers(&levels.unwrap_or_default()));
        }
        sorted(&self.by.columns())
    }

    /// Whether what was found, as far as the order rests on it, is still what it was.
    pub(super) fn rests_on(&self, verdicts: Option<&Arc<Verdicts>>) -> bool {
        let same = match (&self.verdicts, verdicts) {
            (Some(own), Some(other)) => Arc::ptr_eq(own, other),
            (own, other) => own.is_none() && other.is_none(),
        };
        same || !rests_on_findings(&self.scope)
    }
}

/// Whether the order of a scope changes with what was found.
pub(super) fn rests_on_findings(scope: &Scope) -> bool {
    scope.subject != Subject::All || scope.order.is_some_and(|order| order.by == LEVEL)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_order_has_a_name_of_its_own_and_a_way() {
        let names: Vec<&str> = Sorting::names().collect();
        assert!(names.iter().enumerate().all(|(at, name)| !names[..at].contains(name)), "{names:?}");
        let way = |by| Sorting::new(by, None).unwrap().is_down();
        assert_eq!((way("bytes_out"), way("level"), way("client"), way("ts")), (true, true, false, false));
        assert_eq!(Sorting::new("bytes", None), None);
        assert!(SHOWN.iter().flat_map(|(_, columns)| *columns).all(|name| names.contains(name)));
    }
}
