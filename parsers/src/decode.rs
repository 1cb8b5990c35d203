//! From the bytes of one record to facts.

mod cef;
pub(crate) mod csv;
pub(crate) mod facts;
pub(crate) mod field;
pub(crate) mod haproxy;
mod hidden;
pub mod hop_id;
pub(crate) mod host;
pub(crate) mod json;
pub(crate) mod keyed;
pub(crate) mod layers;
pub(crate) mod layouts;
pub(crate) mod pairs;
pub(crate) mod paths;
pub(crate) mod repair;
pub(crate) mod request;
pub(crate) mod right;
pub(crate) mod table;
pub(crate) mod tail;
pub(crate) mod text;
mod xml;

use crate::table::{FactTable, Place};
use std::borrow::Cow;
use std::ops::Range;

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

/// Where a record stops fitting a format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// How many of its bytes fit.
    pub at: usize,
    /// Why no more do, in a few words.
    pub reason: String,
}

/// Decoders of one format. Stateless between records, so that blocks can be decoded on any thread;
/// where header lines say how records are read, each header makes another decoder.
pub trait Decode: Send + Sync {
    /// Appends one row to `table`, or explains why not. Never panics, whatever the bytes.
    fn decode(&self, record: &[u8], source: u32, place: Place, table: &mut FactTable) -> Verdict;

    /// Whether header lines decide how the records after them are read.
    fn is_header_driven(&self) -> bool {
        false
    }

    /// Where a record that was refused stops fitting, for explanations; nothing where the decoder cannot tell.
    fn refusal(&self, _record: &[u8]) -> Option<Refusal> {
        None
    }

    /// Where in a record that was refused secrets may stand which only their place shows.
    fn secrets(&self, _record: &[u8]) -> Vec<Range<usize>> {
        Vec::new()
    }

    /// The decoder of the records that follow, where `record` is a header line that changes how they are read.
    fn heed(&self, _record: &[u8]) -> Option<Box<dyn Decode>> {
        None
    }
}
