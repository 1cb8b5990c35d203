//! Runs rules over requests.

use crate::finding::{Hunt, Level};
use crate::requests::Requests;
use crate::rule::Rule;

/// What to report and how much memory to use.
#[derive(Clone, Debug)]
pub struct HuntOptions {
    /// Findings below this level are left out (the rules still run).
    pub min_level: Level,
    /// Evidence before this time (microseconds UTC) is not reported.
    pub since: Option<i64>,
    /// Evidence at or after this time (microseconds UTC) is not reported.
    pub until: Option<i64>,
    /// Bytes that measuring may use at a time; groups are partitioned to fit.
    pub memory: u64,
    /// These logs are a selection: ratios, absences and first-seen claims are off.
    pub extract: bool,
    /// Threads to use; 0 means one per core.
    pub threads: usize,
}

impl Default for HuntOptions {
    fn default() -> Self {
        Self { min_level: Level::Informational, since: None, until: None, memory: 1 << 30, extract: false, threads: 0 }
    }
}

/// Judges every rule and collects findings and incidents.
pub fn hunt(_requests: &Requests, _rules: &[Rule], _options: &HuntOptions) -> Hunt {
    Hunt::default()
}
