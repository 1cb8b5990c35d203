//! The terminal view.

use crate::session::SessionOptions;
use breachline_queries::rule::Rule;

/// Opens the terminal view over logs and returns when the analyst leaves it.
pub fn run(_options: SessionOptions, _rules: Vec<Rule>) -> anyhow::Result<()> {
    anyhow::bail!("the terminal view is not part of this build; `breachline hunt` prints what it would show")
}
