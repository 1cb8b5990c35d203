//! Columns of facts to derivations, rules, findings and SQL answers.
//!
//! ```text
//! FactTable ─► requests (derivations) ─► rule (measure, compare, collect) ─► finding ─► incident
//!                                    └─► frame (polars) ─► sql
//! ```
//!
//! The only crate that names polars. It prints nothing and knows no terminal.

pub mod finding;
pub mod requests;
