//! Sigma rules, correlations and filters over the requests table.
//!
//! ```text
//! file ─► yaml (tree with places) ─► document ─► term (what is asked of a request) ─► matching (rows) ─► report
//!                                        └─► correlation over matched rows          ─► correlate ───────┘
//! ```
//!
//! A rule's conditions are evaluated once per distinct value of a column, all rules together in one pass
//! ([`matching`]), then combined over rows as bit sets. What a rule asks of fields that requests do not have is left
//! open (Kleene's logic): such a rule runs where it can hold without them, and otherwise says what it lacks.

pub mod check;
pub mod condition;
mod document;
mod explain;
pub mod field;
pub mod matching;
pub mod pack;
pub mod pattern;
pub mod term;
pub mod yaml;

use crate::finding::Level;
use crate::rule::Sample;
use check::Order;
use condition::Condition;
pub use document::{Document, read};
use term::Term;

/// What a rule, correlation or filter is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogSource {
    /// `webserver`, `proxy`, ...
    pub category: Option<String>,
    /// `windows`, `apache`, ...
    pub product: Option<String>,
    /// `access`, `nginx`, ...
    pub service: Option<String>,
}

/// Which requests a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All requests.
    Requests,
    /// Requests of one's own clients: whoever asks is affected rather than suspected.
    Proxy,
    /// The error log of a server, which is looked for in `error` only.
    Errors,
}

/// What makes a rule match.
#[derive(Clone, Debug)]
pub enum Body {
    /// A condition over single requests.
    Detection(Term),
    /// A relation between matches of other rules.
    Correlation(Correlation),
}

/// Kinds of correlation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // each is the type of its name
pub enum Kind {
    EventCount,
    ValueCount,
    Temporal,
    TemporalOrdered,
    ValueSum,
    ValueAvg,
    ValueMin,
    ValueMax,
    ValueMedian,
    ValuePercentile,
}

impl Kind {
    /// All of them with their names.
    pub const ALL: [(&'static str, Self); 10] = [
        ("event_count", Self::EventCount),
        ("value_count", Self::ValueCount),
        ("temporal", Self::Temporal),
        ("temporal_ordered", Self::TemporalOrdered),
        ("value_sum", Self::ValueSum),
        ("value_avg", Self::ValueAvg),
        ("value_min", Self::ValueMin),
        ("value_max", Self::ValueMax),
        ("value_median", Self::ValueMedian),
        ("value_percentile", Self::ValuePercentile),
    ];

    /// The name in rules.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name)
    }

    /// Whether it measures values of a field.
    pub const fn reads_field(self) -> bool {
        !matches!(self, Self::EventCount | Self::Temporal | Self::TemporalOrdered)
    }
}

/// A name that stands for a field of each rule: (alias, [(rule, field)]).
pub type Alias = (String, Vec<(String, String)>);

/// A relation between matches of other rules.
#[derive(Clone, Debug)]
pub struct Correlation {
    /// What is measured or asked.
    pub kind: Kind,
    /// Ids or names of the rules whose matches it relates.
    pub rules: Vec<String>,
    /// Fields that related matches have in common.
    pub group_by: Vec<String>,
    /// How far apart they may be, in microseconds.
    pub span: i64,
    /// What the measure must be.
    pub bounds: Vec<(Order, f64)>,
    /// The fields whose values are measured.
    pub fields: Vec<String>,
    /// Which percentile, from 0 to 100.
    pub percentile: f64,
    /// Which of the rules must and must not match, where that is written as a condition.
    pub condition: Option<Condition>,
    /// Names that stand for fields.
    pub aliases: Vec<Alias>,
    /// Whether the related rules report their own matches, too.
    pub generate: bool,
}

/// A Sigma rule or correlation.
#[derive(Clone, Debug)]
pub struct SigmaRule {
    /// `id`, or else `name`, or else made of the title.
    pub id: String,
    /// The name by which correlations may call it.
    pub name: Option<String>,
    /// One line.
    pub title: String,
    /// Level of its findings; low where the rule states none.
    pub level: Level,
    /// stable, test, experimental, deprecated or unsupported; empty where the rule states none.
    pub status: String,
    /// What it looks for.
    pub description: String,
    /// ATT&CK and the like.
    pub tags: Vec<String>,
    /// Benign traffic that looks alike.
    pub falsepositives: Vec<String>,
    /// Where to read more.
    pub references: Vec<String>,
    /// Columns that its author wants shown, as far as requests have them.
    pub fields: Vec<String>,
    /// What it is about.
    pub logsource: LogSource,
    /// Which requests that means, or why it means none.
    pub scope: Result<Scope, String>,
    /// What makes it match.
    pub body: Body,
    /// Its samples.
    pub samples: Vec<Sample>,
    /// Where it was read from, `file:line`.
    pub file: String,
    /// SHA-256 of that file, in hex.
    pub sha256: String,
}

impl SigmaRule {
    /// Whether a correlation, a filter or the command line means this rule by a word.
    pub fn is_called(&self, word: &str) -> bool {
        self.id == word || self.name.as_deref() == Some(word)
    }

    /// Why no log can answer it, if that is so.
    pub fn never_runs(&self) -> Option<String> {
        if let Err(why) = &self.scope {
            return Some(why.clone());
        }
        match &self.body {
            Body::Detection(term) if !term.can_be(true) => Some(term.unknowns().join("; ")),
            _ => None,
        }
    }
}

/// A condition that is added to rules.
#[derive(Clone, Debug)]
pub struct Filter {
    /// `id`, or else made of the title.
    pub id: String,
    /// One line.
    pub title: String,
    /// Ids or names of the rules it is added to; empty means all of its log source.
    pub rules: Vec<String>,
    /// What it is about.
    pub logsource: LogSource,
    /// What must hold besides the rule's own condition.
    pub term: Term,
}

impl Filter {
    /// Whether it is added to a rule.
    pub fn is_for(&self, rule: &SigmaRule) -> bool {
        let same = |mine: &Option<String>, other: &Option<String>| mine.is_none() || mine == other;
        let source = &self.logsource;
        let fits = same(&source.category, &rule.logsource.category)
            && same(&source.product, &rule.logsource.product)
            && same(&source.service, &rule.logsource.service);
        fits && (self.rules.is_empty() || self.rules.iter().any(|word| rule.is_called(word)))
    }
}
