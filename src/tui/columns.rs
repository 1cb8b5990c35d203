//! The columns of the list of requests.

use super::layout;
use super::state::State;
use super::words::Word;
use crate::engine::answer::{Row, Told, Value};

/// A column of the list of requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)] // each is the column of its name
pub enum ListColumn {
    Time,
    Level,
    Source,
    #[default]
    Client,
    Identity,
    Method,
    Status,
    Bytes,
    Target,
}

impl ListColumn {
    /// All of them, from left to right.
    pub const ALL: [Self; 9] = [
        Self::Time,
        Self::Level,
        Self::Source,
        Self::Client,
        Self::Identity,
        Self::Method,
        Self::Status,
        Self::Bytes,
        Self::Target,
    ];

    /// The heading.
    pub const fn heading(self) -> Word {
        match self {
            Self::Time => Word::HTime,
            Self::Level => Word::HSev,
            Self::Source => Word::HSrc,
            Self::Client => Word::HClient,
            Self::Identity => Word::HIdentity,
            Self::Method => Word::HMethod,
            Self::Status => Word::HStatus,
            Self::Bytes => Word::HBytes,
            Self::Target => Word::HTarget,
        }
    }

    /// Cells that it takes; 0 takes what is left, and the time knows better.
    pub const fn cells(self) -> usize {
        match self {
            Self::Time => 19,
            Self::Level => 4,
            Self::Source => 3,
            Self::Client => 15,
            Self::Identity => 14,
            Self::Method => 7,
            Self::Status => 6,
            Self::Bytes => 11,
            Self::Target => 0,
        }
    }

    /// What the list is sorted by where it is sorted by this column.
    pub const fn order(self) -> &'static str {
        match self {
            Self::Time => "ts",
            Self::Level => "level",
            Self::Source => "source",
            Self::Client => "client",
            Self::Identity => "identity",
            Self::Method => "method",
            Self::Status => "status",
            Self::Bytes => "bytes_out",
            Self::Target => "target",
        }
    }

    /// Whether it stands at the right.
    pub const fn is_number(self) -> bool {
        matches!(self, Self::Source | Self::Status | Self::Bytes)
    }

    /// The width of the pane from which on it is shown.
    pub const fn from(self) -> u16 {
        match self {
            Self::Source => 100,
            Self::Identity => 72,
            Self::Method | Self::Bytes => 86,
            _ => 0,
        }
    }

    /// Column and value of a row, for a filter; `None` where a filter says nothing.
    pub fn value(self, state: &State, row: &Row) -> Option<(&'static str, Value)> {
        let told = |told: &Option<Told>, else_in: &'static str| match told {
            Some(told) => (told.column, Value::Text(told.value.clone())),
            None => (else_in, Value::Absent),
        };
        let text = |text: &Option<String>| text.clone().map_or(Value::Absent, Value::Text);
        let number = |number: Option<i64>| number.map_or(Value::Absent, Value::Number);
        Some(match self {
            Self::Time | Self::Level => return None,
            Self::Source => {
                let sources = state.sources.as_ref()?;
                let report = sources.reports.iter().find(|report| report.id + 1 == row.source)?;
                ("source", Value::Text(report.path.clone()))
            }
            Self::Client => told(&row.client, "client_ip"),
            Self::Identity => told(&row.identity, "principal"),
            Self::Method => ("method", text(&row.method)),
            Self::Status => ("status", number(row.status.map(i64::from))),
            Self::Bytes => ("bytes_out", number(row.bytes)),
            Self::Target => ("target", text(&row.target)),
        })
    }
}

/// The columns that there is room for in the list of requests.
pub fn shown(state: &State) -> Vec<ListColumn> {
    // A border and a space on each side.
    let width = layout::timeline(state).list.map_or(0, |area| area.width.saturating_sub(4));
    ListColumn::ALL.into_iter().filter(|column| width >= column.from()).collect()
}
