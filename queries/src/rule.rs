//! Rules as data: Sigma's metadata and our own block.

use crate::finding::Level;

/// One detection, read from one YAML file.
#[derive(Clone, Debug)]
pub struct Rule {
    /// File stem and id.
    pub id: String,
    /// One line.
    pub title: String,
    /// Level of its findings.
    pub level: Level,
    /// The documented incident after which it is modelled.
    pub modelled_on: Option<String>,
    /// OWASP, ATT&CK and the like.
    pub tags: Vec<String>,
    /// What it checks.
    pub what: String,
    /// Why that matters.
    pub why: String,
    /// Benign traffic that looks alike.
    pub falsepositives: Vec<String>,
    /// What to do with a finding.
    pub next_steps: String,
    /// Evidence columns.
    pub fields: Vec<String>,
}

/// A rule file that cannot be used: file, line, column, a caret and what to do.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct RuleError(pub String);

/// One sample inside a rule, run.
#[derive(Clone, Debug)]
pub struct SampleResult {
    /// The rule.
    pub rule: String,
    /// The sample's name.
    pub name: String,
    /// `None` when it came out as expected, else what differed.
    pub failure: Option<String>,
}

/// The rules that come with the program, by id.
pub fn builtin() -> Vec<Rule> {
    Vec::new()
}

impl Rule {
    /// Reads a rule from YAML; `name` is used in errors.
    pub fn parse(_yaml: &str, name: &str) -> Result<Self, RuleError> {
        Err(RuleError(format!("{name}: not a rule")))
    }

    /// The plan and the explanation, as `breachline rules show` prints them.
    pub fn explain(&self) -> String {
        String::new()
    }

    /// Runs the samples inside the rule.
    pub fn test(&self) -> Vec<SampleResult> {
        Vec::new()
    }
}
