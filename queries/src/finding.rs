//! Findings: what fired, how sure, on whom, with which lines, and what it means.

use serde::Serialize;
use std::collections::BTreeMap;

/// How bad it would be, in Sigma's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Level {
    Informational,
    Low,
    Medium,
    High,
    Critical,
}

impl Level {
    /// All of them, from least to worst.
    pub const ALL: [Self; 5] = [Self::Informational, Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The name in rules, options and output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Informational => "informational",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// The level so many steps below, and never below the least.
    #[must_use]
    pub const fn lowered(self, steps: usize) -> Self {
        Self::ALL[(self as usize).saturating_sub(steps)]
    }
}

impl std::str::FromStr for Level {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|level| level.name() == text)
            .ok_or_else(|| format!("unknown level `{text}`; levels are informational, low, medium, high and critical"))
    }
}

/// What the answers to the evidence amount to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Outcome {
    /// The statuses are not in the logs.
    Undetermined,
    /// Requests were sent; none was answered with success or refusal.
    Attempted,
    /// Every request was refused.
    Denied,
    /// Some were answered with success; how much was in the answers is not known.
    Answered,
    /// Some were answered with success and with bodies of a size that data has here.
    DataReturnedLikely,
}

impl Outcome {
    /// The name in output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Undetermined => "undetermined",
            Self::Attempted => "attempted",
            Self::Denied => "denied",
            Self::Answered => "answered",
            Self::DataReturnedLikely => "data_returned_likely",
        }
    }
}

/// What part an entity plays in a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Role {
    SuspectedSource,
    Victim,
    Instrument,
    Shared,
    Affected,
    Undetermined,
}

impl Role {
    /// The name in output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SuspectedSource => "suspected_source",
            Self::Victim => "victim",
            Self::Instrument => "instrument",
            Self::Shared => "shared",
            Self::Affected => "affected",
            Self::Undetermined => "undetermined",
        }
    }
}

/// Something named in a finding. An address or an account is never called a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entity {
    /// `client_ip`, `client_net`, `principal`, `credential`, `client_app`, `session`, `route` or `group`.
    pub kind: String,
    /// Its value.
    pub value: String,
    /// The part it plays.
    pub role: Role,
    /// Why it is given that part.
    pub basis: String,
}

/// The group that a measured value was compared with.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Population {
    /// Who they are, in words.
    pub of: String,
    /// How many they are.
    pub n: u64,
    /// Median of the measure over them.
    pub p50: f64,
    /// 99th percentile (nearest rank) of the measure over them.
    pub p99: f64,
}

/// On which side of a threshold a value has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Side {
    /// As much or more.
    #[serde(rename = ">=")]
    AtLeast,
    /// More.
    #[serde(rename = ">")]
    MoreThan,
    /// As much or less.
    #[serde(rename = "<=")]
    AtMost,
    /// Less.
    #[serde(rename = "<")]
    LessThan,
}

impl Side {
    /// The sign, as conditions spell it.
    pub const fn sign(self) -> &'static str {
        match self {
            Self::AtLeast => ">=",
            Self::MoreThan => ">",
            Self::AtMost => "<=",
            Self::LessThan => "<",
        }
    }

    /// In words, before the number.
    pub const fn words(self) -> &'static str {
        match self {
            Self::AtLeast => "at least",
            Self::MoreThan => "more than",
            Self::AtMost => "at most",
            Self::LessThan => "less than",
        }
    }

    /// The same as a reason says it.
    pub const fn threshold(self) -> &'static str {
        match self {
            Self::AtLeast => "threshold at least",
            Self::MoreThan => "threshold more than",
            Self::AtMost => "threshold at most",
            Self::LessThan => "threshold less than",
        }
    }

    /// Whether the value has to be above.
    pub const fn is_above(self) -> bool {
        matches!(self, Self::AtLeast | Self::MoreThan)
    }
}

/// A measured value beside what it was held against.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measured {
    /// The value; of the strongest member where a finding has several.
    pub value: f64,
    /// The threshold in force, if the rule states one for this measure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
    /// On which side of the threshold the value had to be, and is.
    #[serde(rename = "op", skip_serializing_if = "Option::is_none")]
    pub side: Option<Side>,
    /// Whom it was compared with, if anybody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub population: Option<Population>,
}

/// How many people or things the data is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Subjects {
    /// No fewer than this.
    pub at_least: u64,
    /// No more than this; `None` when nothing bounds it.
    pub at_most: Option<u64>,
    /// How it was counted, and what could make it wrong.
    pub basis: String,
}

/// What was answered with success within the evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BlastRadius {
    /// Distinct objects that got an answer with data.
    pub objects: u64,
    /// Whom the data is about.
    pub subjects: Subjects,
    /// Bytes sent in those answers.
    pub bytes: u64,
}

/// One finding.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Rule, canonical entity and anchored start, hashed.
    pub id: String,
    /// Earlier ids of what is the same finding after more data came.
    pub supersedes: Vec<String>,
    /// The rule's id.
    pub rule: String,
    /// What was seen, in a sentence, with its numbers.
    pub title: String,
    /// OWASP, ATT&CK and the like.
    pub tags: Vec<String>,
    /// The documented incident after which the rule is modelled.
    pub modelled_on: Option<String>,
    /// How bad it would be.
    pub level: Level,
    /// How sure, from 0 to 1.
    pub confidence: f64,
    /// What the answers amount to.
    pub outcome: Outcome,
    /// Who and what is involved, in which part.
    pub entities: Vec<Entity>,
    /// First evidence, microseconds UTC.
    pub first: Option<i64>,
    /// Last evidence, microseconds UTC.
    pub last: Option<i64>,
    /// Measured values by name.
    pub measures: BTreeMap<String, Measured>,
    /// Rows of the evidence, in total order: every line that tells of one of the exchanges.
    pub evidence: Vec<u32>,
    /// Requests of the evidence, each counted once however many vantages logged it.
    pub exchanges: u64,
    /// Requests of the evidence without a limit on what is reported, where there is one that leaves some out.
    pub exchanges_unlimited: Option<u64>,
    /// SHA-256 over the sorted (source SHA-256, line, item) of the evidence, in hex.
    pub digest: String,
    /// What was answered with success.
    pub blast_radius: BlastRadius,
    /// The incident it is part of (`I1`, ...).
    pub incident: Option<String>,
    /// Why it fired, in sentences with the numbers.
    pub why: Vec<String>,
    /// Which benign look-alikes are ruled out, each by which figure, in sentences.
    pub ruled_out: Vec<String>,
    /// Which benign look-alikes stay open, each with whom or what to ask.
    pub not_ruled_out: Vec<String>,
    /// What would make it innocent.
    pub innocent_if: String,
    /// What to do next.
    pub next_steps: String,
}

/// What became of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleState {
    /// It has findings.
    Fired,
    /// It was judged and has none.
    Silent,
    /// These logs cannot answer it.
    NotEvaluable,
}

impl RuleState {
    /// The name in output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fired => "fired",
            Self::Silent => "silent",
            Self::NotEvaluable => "not_evaluable",
        }
    }
}

/// One rule's verdict on these logs.
#[derive(Clone, Debug, Serialize)]
pub struct RuleVerdict {
    /// The rule's id.
    pub id: String,
    /// The rule's level.
    pub level: Level,
    /// Fired, silent or not evaluable.
    pub state: RuleState,
    /// Columns that these logs do not have.
    pub missing: Vec<String>,
    /// In a sentence.
    pub why: String,
    /// Why its condition was left open in every group that it came to, which is not the same as nothing found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open: Option<String>,
}

/// A stretch without records in a source that otherwise has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Source id.
    pub source: u32,
    /// Last record before, microseconds UTC.
    pub from: i64,
    /// First record after, microseconds UTC.
    pub until: i64,
}

/// What these logs can speak for.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    /// Earliest time of all sources, microseconds UTC.
    pub from: Option<i64>,
    /// Latest time of all sources, microseconds UTC.
    pub until: Option<i64>,
    /// Stretches without records.
    pub gaps: Vec<Gap>,
    /// Rules that could be judged.
    pub rules_judged: usize,
    /// All rules.
    pub rules_total: usize,
    /// What was left out of rules because the analyst expects it.
    pub suppressed: Vec<Suppressed>,
    /// Assumptions and limits, in sentences.
    pub notes: Vec<String>,
}

/// Requests that an entry of the context, or a Sigma filter, took out of a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Suppressed {
    /// The rule.
    pub rule: String,
    /// What the entry is: partner, crawler and so on, or filter.
    pub kind: &'static str,
    /// Its name, or its route.
    pub entry: String,
    /// Requests that the rule would have looked at.
    pub rows: u64,
    /// Findings that it would have had with evidence among them, and has not.
    pub findings: u64,
}

/// Findings of one campaign.
#[derive(Clone, Debug)]
pub struct Incident {
    /// `I1`, `I2`, ... in order of severity and time.
    pub id: String,
    /// In a sentence.
    pub title: String,
    /// Ids of its findings.
    pub findings: Vec<String>,
    /// First evidence, microseconds UTC.
    pub first: Option<i64>,
    /// Last evidence, microseconds UTC.
    pub last: Option<i64>,
    /// Whom the data is about, over all its findings.
    pub subjects: Subjects,
    /// Its findings in the order in which they happened.
    pub steps: Vec<Step>,
    /// What puts its findings together: one fewer than it has findings.
    pub links: Vec<Link>,
}

/// Why two findings are of one incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Link {
    /// Their ids.
    pub findings: [String; 2],
    /// What they have in common, in a sentence.
    pub basis: String,
}

/// A finding as a step of an incident.
#[derive(Clone, Debug)]
pub struct Step {
    /// The finding's id.
    pub finding: String,
    /// Its first evidence, microseconds UTC.
    pub first: Option<i64>,
    /// Its last evidence, microseconds UTC.
    pub last: Option<i64>,
    /// What was seen, in a sentence.
    pub what: String,
    /// What the answers amount to.
    pub outcome: Outcome,
}

/// The answer to a hunt.
#[derive(Clone, Debug, Default)]
pub struct Hunt {
    /// What these logs can speak for.
    pub coverage: Coverage,
    /// Verdict on each rule, by id.
    pub rules: Vec<RuleVerdict>,
    /// Findings, worst first.
    pub findings: Vec<Finding>,
    /// Incidents, worst first.
    pub incidents: Vec<Incident>,
}
