//! Columns of facts to derivations, rules, findings and SQL answers.
//!
//! ```text
//! FactTable ─► derive ─► requests ─► hunt (rules: measure, compare, collect) ─► finding ─► incident
//!                                └─► frame (polars) ─► sql
//! ```
//!
//! The only crate that names polars. It prints nothing and knows no terminal.

pub mod breakdown;
pub mod context;
pub mod derive;
pub mod endpoint;
pub mod exchanges;
pub mod expr;
pub mod finding;
mod frame;
pub mod hunt;
pub mod indicators;
pub mod measure;
pub mod networks;
pub mod parquet;
pub mod pattern;
mod postings;
pub mod profile;
pub mod reach;
pub mod requests;
pub mod rule;
pub mod segment;
pub mod selection;
pub mod sigma;
pub mod sorting;
pub mod sql;
pub mod summary;
pub mod tally;
#[doc(hidden)]
pub mod testing;
mod things;
pub mod timeline;
