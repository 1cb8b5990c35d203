//! The terminal view: from the first screen down to the raw line.
//!
//! ```text
//! keyboard, signals ──┐
//! engine (own thread) ┴─► one channel ─► update(state, message) ─► effects ─► engine, clipboard, ...
//!                                             └─► view(state) ─► screen, at most 60 times a second
//! ```
//!
//! [`update`] and [`view`] are pure; [`run`] is the only part that touches the world.

mod columns;
pub mod commands;
mod complete;
mod input;
mod keeper;
mod layout;
mod run;
mod span;
pub mod state;
pub mod terminal;
pub mod text;
pub mod theme;
mod update;
mod view;
pub mod words;

#[cfg(test)]
mod tests;

pub use run::{Start, run};
pub use update::update;
pub use view::view;
