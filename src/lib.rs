//! Finds out from gateway and access logs, offline, whether data was taken, how, by whom, when and whose.

pub mod engine;
pub mod tui;
