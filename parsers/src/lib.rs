//! Gateway and access logs: bytes in, typed columns of facts out.
//!
//! ```text
//! paths ─► source (read, hash, decompress) ─► frame (records) ─► decode (facts) ─► FactTable
//!                     one thread                               many threads        in order
//! ```
//!
//! This crate knows no polars, no terminal and prints nothing. It never drops a record:
//! each one ends as a row, a reject with a reason, or a named skip.

pub mod decode;
pub mod detect;
pub(crate) mod directive;
pub mod format;
pub mod frame;
pub mod load;
pub mod mask;
pub mod near;
pub mod raw;
pub mod report;
pub(crate) mod scan;
pub mod schema;
pub mod source;
pub mod survey;
pub mod table;
pub mod time;
pub mod value;
pub(crate) mod wrap;
