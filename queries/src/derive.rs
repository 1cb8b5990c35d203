//! Derivations: what follows from all records together and from the analyst's flags.

use crate::requests::{Derived, Requests};
use breachline_parsers::report::SourceReport;
use breachline_parsers::table::FactTable;

/// What the analyst says about the network and the sources.
#[derive(Clone, Debug, Default)]
pub struct DeriveOptions {
    /// Networks of trusted proxies (`10.0.0.0/8`) or a number of trusted hops (`2`).
    pub trusted_proxies: Vec<String>,
}

/// A flag that cannot be used, in a sentence that says what to do.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct DeriveError(pub String);

/// Adds derivations to facts.
pub fn derive(
    facts: FactTable,
    sources: Vec<SourceReport>,
    _options: &DeriveOptions,
) -> Result<Requests, DeriveError> {
    Ok(Requests { facts, sources, derived: Derived::default(), order: Vec::new() })
}
