//! From gateway and access logs to findings a person can check.
//!
//! ```text
//! arguments ─► cli ─► session (read, derive) ─► hunt, query ─► output, export ─► stdout, files
//!               └───► tui (the same logs, looked at by hand)
//! ```
//!
//! [`render`] makes text from logs safe to show; [`when`] reads times as people type them; [`progress`] is the one line that moves while files are read.

pub mod case;
pub mod cli;
pub mod engine;
pub mod export;
pub mod korean;
pub mod notes;
pub mod output;
pub mod progress;
pub mod render;
pub mod report;
pub mod session;
pub mod tui;
pub mod when;
pub mod words;
