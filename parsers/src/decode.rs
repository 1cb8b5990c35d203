//! From the bytes of one record to facts.

pub(crate) mod facts;
pub(crate) mod field;
pub(crate) mod json;
pub(crate) mod keyed;
pub(crate) mod paths;
pub(crate) mod repair;
pub(crate) mod request;
pub(crate) mod text;

use crate::table::{FactTable, Place};
use std::borrow::Cow;

/// What became of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is a row of the table now.
    Row,
    /// It is no request by design (blank line, header, directive, control message).
    Skip(&'static str),
    /// It could not be read; why, in a few words. The table is as it was before.
    Reject(Cow<'static, str>),
}

/// Decoders of one format. Stateless between records, so that blocks can be decoded on any thread.
pub trait Decode: Send + Sync {
    /// Appends one row to `table`, or explains why not. Never panics, whatever the bytes.
    fn decode(&self, record: &[u8], source: u32, place: Place, table: &mut FactTable) -> Verdict;
}
