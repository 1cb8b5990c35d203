//! Rules as data: Sigma's metadata and our own block, read from YAML and checked before anything runs.
//!
//! In: one YAML document. Out: [`Rule`], or an error with file, line and a caret. What a rule can say stands in
//! `ARCHITECTURE.md` ("The rule language"); what it measures stands in [`crate::measure`].

mod check;
mod document;
mod explain;
mod look_alikes;
mod sample;
mod sentence;
mod text;
mod unreadable;
mod untested;

use crate::expr::Expr;
use crate::finding::{Level, Role};
use crate::measure::Measure;
pub(crate) use document::is_of_population;
pub use look_alikes::RuledOut;
pub use sample::{SampleResult, expand, requests as sample_requests, run_sigma};
use std::collections::BTreeMap;

/// The window in which rows of a group belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Within {
    /// All rows of the group.
    WholeLog,
    /// Runs of rows with no pause longer than this (microseconds).
    Session(i64),
    /// Calendar spans of this length (microseconds), in UTC.
    Calendar(i64),
    /// The window of this length (microseconds) that holds the most rows.
    Sliding(i64),
}

/// Peers from which on a comparison is sound: with fewer, a finding is one level lower and says so.
pub const ENOUGH_PEERS: usize = 30;

/// The population that a group is compared with.
#[derive(Clone, Debug)]
pub struct Among {
    /// Columns (of `per`) that peers have in common; empty means all groups are peers.
    pub peers_on: Vec<String>,
    /// Fewer peers than this, and population values are NULL and `when_alone` decides.
    pub at_least: usize,
    /// Fewer peers than this, and a finding is one level lower ([`ENOUGH_PEERS`] where the rule states none).
    pub enough: usize,
    /// Which groups count as peers, over measures.
    pub only: Option<Expr>,
    /// The measure by which ordinary peers are told: those at or under its median.
    pub ordinary: Option<String>,
}

/// What a sentence can count beside the measures of its rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// Groups that fired, and those that go along with them.
    Members,
    /// Distinct objects that were answered.
    Objects,
    /// Requests of the evidence.
    Rows,
}

impl Counted {
    /// The one of a name in a template.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "members" => Some(Self::Members),
            "objects" => Some(Self::Objects),
            "rows" => Some(Self::Rows),
            _ => None,
        }
    }
}

/// A named sign: a condition over measures that the explanation can cite.
#[derive(Clone, Debug)]
pub struct Sign {
    /// Its name, usable in `when` and `confidence`.
    pub name: String,
    /// When it is there.
    pub when: Expr,
    /// What it says, with `{measure}` to be filled in.
    pub say: String,
}

/// Ordered steps of one group.
#[derive(Clone, Debug)]
pub struct Sequence {
    /// The steps, in order.
    pub steps: Vec<Expr>,
    /// Longest time from the first step to the last (microseconds).
    pub within: i64,
    /// Columns that must be equal over the steps (NULL equals NULL).
    pub same: Vec<String>,
    /// Columns of which at least one must differ between first and last step.
    pub differs: Vec<String>,
}

/// A step that should have come first.
#[derive(Clone, Debug)]
pub struct Absent {
    /// What should have been there for the same group.
    pub step: Expr,
    /// How long before the group's first row it counts (microseconds).
    pub before: i64,
}

/// A second look at groups that belong together.
#[derive(Clone, Debug)]
pub struct Join {
    /// Columns (of `per`) that joined groups have in common.
    pub on: Vec<String>,
    /// Measures over the rows of all joined groups.
    pub measures: Vec<Measure>,
    /// When the joined groups make a finding; `members` is how many they are.
    pub when: Option<Expr>,
    /// Which groups that do not fire by themselves are cited with those that have the columns in common and do.
    pub alongside: Option<Expr>,
    /// Columns (of `per`) that tell the findings apart which are made where `when` holds for all groups together.
    pub apart: Vec<String>,
}

/// The part a column's values play in a finding.
#[derive(Clone, Debug)]
pub struct RoleOf {
    /// The column.
    pub column: String,
    /// The part.
    pub role: Role,
}

/// One detection, read from one YAML file.
#[derive(Clone, Debug)]
pub struct Rule {
    /// File stem and id.
    pub id: String,
    /// SHA-256 of its text, in hex.
    pub sha256: String,
    /// One line.
    pub title: String,
    /// Level of its findings.
    pub level: Level,
    /// Questions that the logs leave open: while one of them holds of all members, a finding is no worse than low.
    pub undecided: Vec<Sign>,
    /// Level of a finding that got nothing but refusals; two below `level` where the rule says nothing.
    pub attempted: Option<Level>,
    /// draft, test or stable.
    pub status: String,
    /// The documented incident after which it is modelled.
    pub modelled_on: Option<String>,
    /// Zone of the open-API risk table: end user, client organisation or operating institution.
    pub zone: Option<String>,
    /// OWASP, ATT&CK and the like.
    pub tags: Vec<String>,
    /// What it checks.
    pub what: String,
    /// Why that matters.
    pub why: String,
    /// Benign traffic that looks alike.
    pub falsepositives: Vec<String>,
    /// What would make a finding innocent.
    pub innocent_if: String,
    /// What to do with a finding.
    pub next_steps: String,
    /// Evidence columns.
    pub fields: Vec<String>,
    /// The finding in a sentence, with `{measure}` to be filled in.
    pub headline: String,
    /// Columns without which it cannot be judged.
    pub needs: Vec<String>,
    /// Conditions on rows that several places name, with their texts (`let`).
    pub named: Vec<(String, String)>,
    /// Which rows it looks at.
    pub condition: Expr,
    /// How rows are grouped; each level sees what the levels before it did not claim.
    pub levels: Vec<Vec<String>>,
    /// The window.
    pub within: Within,
    /// What is measured per group.
    pub measures: Vec<Measure>,
    /// The population.
    pub among: Option<Among>,
    /// Named signs.
    pub signs: Vec<Sign>,
    /// When a group fires.
    pub when: Expr,
    /// When it fires although the population is too small to compare with.
    pub when_alone: Option<Expr>,
    /// Ordered steps.
    pub sequence: Option<Sequence>,
    /// A missing step.
    pub absent: Option<Absent>,
    /// How firing groups are put together.
    pub join: Option<Join>,
    /// Rules whose evidence this one leaves alone.
    pub yields_to: Vec<String>,
    /// Which rows of a firing group are evidence.
    pub evidence: Expr,
    /// The measure (by number) that points at the rows which are evidence; all of them where there is none.
    pub evidence_at: Option<usize>,
    /// Time (seconds since 1970, over measures) after which rows of a group are evidence; NULL leaves none out.
    pub evidence_after: Option<Expr>,
    /// The part that values of columns play.
    pub roles: Vec<RoleOf>,
    /// How sure, from 0 to 1, over measures and signs.
    pub confidence: Expr,
    /// What a finding says of look-alikes that it is not, by their numbers from 1, with the figures that tell: the first
    /// way of each that has its values and holds.
    pub ruled_out: BTreeMap<usize, Vec<RuledOut>>,
    /// Whom or what to ask of look-alikes that no figure tells apart, by their numbers from 1.
    pub open: BTreeMap<usize, String>,
    /// Logs that must fire and logs that must stay silent.
    pub samples: Vec<Sample>,
}

/// A log inside a rule, and what it must give.
#[derive(Clone, Debug)]
pub struct Sample {
    /// What it shows.
    pub name: String,
    /// Format id, or `None` to have it recognised.
    pub format: Option<String>,
    /// The lines as the rule has them; those that begin with `@each` stand for many ([`expand`]).
    pub log: String,
    /// What must come out.
    pub expect: Expect,
    /// The benign look-alikes that it shows, by their number (from 1) among the rule's `falsepositives`.
    pub look_alikes: Vec<usize>,
    /// The firing sample that it falls just short of.
    pub just_under: Option<String>,
    /// Countries of client addresses, by what these begin with: what --geo-db would say; the longest beginning counts.
    pub countries: BTreeMap<String, String>,
}

/// What a sample must give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expect {
    /// Findings with these counts of evidence rows.
    Fires(Vec<u64>),
    /// Findings with these counts, none of which got anything: reported at the lower level of an attempt.
    Attempts(Vec<u64>),
    /// Findings with these counts that come with an open question (`undecided`), and so at level low at most.
    Asks(Vec<u64>),
    /// No finding, though the rule was judged.
    Silent,
    /// The rule cannot be judged; these columns are missing.
    NotEvaluable(Vec<String>),
}

/// A rule file that cannot be used: file, line, column, a caret and what to do.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct RuleError(pub String);

include!(concat!(env!("OUT_DIR"), "/rules.rs"));

/// The rules that come with the program, by id. Those that do not read are left out; [`builtin_errors`] names them.
pub fn builtin() -> Vec<Rule> {
    // Their samples are not written out at every start: tests see to them, and they are most of the work.
    let mut rules: Vec<Rule> = BUILTIN.iter().filter_map(|(name, text)| document::read(text, name).ok()).collect();
    rules.sort_by(|a, b| a.id.cmp(&b.id));
    rules
}

/// What is wrong with rules that come with the program: nothing, as a test sees to.
pub fn builtin_errors() -> Vec<RuleError> {
    BUILTIN.iter().filter_map(|(name, text)| Rule::parse(text, name).err()).collect()
}

/// The measures whose values a sentence gives: `{share%}` and `{bytes:size}` are those of `share` and `bytes`.
pub(crate) fn figures(sentence: &str) -> impl Iterator<Item = &str> {
    self::sentence::braced(sentence).map(|(_, name)| name)
}

impl Rule {
    /// Reads a rule from YAML; `name` is used in errors.
    pub fn parse(yaml: &str, name: &str) -> Result<Self, RuleError> {
        let rule = document::read(yaml, name)?;
        document::check_samples(&rule, yaml, name)?;
        Ok(rule)
    }

    /// The plan and the explanation, as `breachline rules show` prints them.
    pub fn explain(&self) -> String {
        explain::explain(self)
    }

    /// Runs the samples inside the rule.
    pub fn test(&self) -> Vec<SampleResult> {
        sample::run(self)
    }

    /// What the samples leave out, a sentence each: a look-alike, a threshold, a missing field.
    pub fn untested(&self) -> Vec<String> {
        untested::untested(self)
    }

    /// The values that each member of `names` may take in `when`, `confidence` and `headline`.
    pub fn value_names(&self) -> Vec<&str> {
        let measures = self.measures.iter().map(|measure| measure.name.as_str());
        measures.chain(self.signs.iter().map(|sign| sign.name.as_str())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builtin_rules_read_and_say_what_they_must() {
        let errors: Vec<String> = builtin_errors().iter().map(ToString::to_string).collect();
        assert_eq!(errors, Vec::<String>::new());
        for (name, text) in BUILTIN {
            let Ok(rule) = Rule::parse(text, name) else { unreachable!("{name} was read above") };
            assert_eq!(format!("{}.yml", rule.id), *name, "the file is named after the rule");
            assert!(!rule.falsepositives.is_empty(), "{name}: benign look-alikes are missing");
            assert!(!rule.explain().is_empty());
        }
    }

    #[test]
    fn builtin_samples_come_out_as_they_say() {
        let failures: Vec<String> = builtin()
            .iter()
            .flat_map(Rule::test)
            .filter_map(|result| result.failure.map(|failure| format!("{} / {}: {failure}", result.rule, result.name)))
            .collect();
        assert!(failures.is_empty(), "{}", failures.join("\n"));
    }
}
