//! Several layouts of one text format, tried in order; and lines of a log that are no requests.

use super::text::TextDecoder;
use super::{Decode, Refusal, Verdict};
use crate::table::{FactTable, Place};
use std::sync::Arc;

/// Decodes a record by the first layout that fits.
pub(crate) struct LayoutsDecoder {
    pub layouts: Vec<TextDecoder>,
    /// Beginnings of lines that are no requests.
    pub skips: Arc<[String]>,
}

impl Decode for LayoutsDecoder {
    fn decode(&self, record: &[u8], source: u32, place: Place, table: &mut FactTable) -> Verdict {
        if self.skips.iter().any(|start| record.starts_with(start.as_bytes())) {
            return Verdict::Skip("no request");
        }
        let mut first = None;
        for layout in &self.layouts {
            match layout.decode(record, source, place, table) {
                Verdict::Reject(reason) => {
                    // The first layout is the usual one: what it lacks is what people look for.
                    first.get_or_insert(reason);
                }
                verdict => return verdict,
            }
        }
        Verdict::Reject(first.unwrap_or("no layout fits".into()))
    }

    /// That of the layout which fits furthest; of such as fit as far, the usual one.
    fn refusal(&self, record: &[u8]) -> Option<Refusal> {
        let refusals = self.layouts.iter().filter_map(|layout| layout.refusal(record));
        refusals.reduce(|best, other| if other.at > best.at { other } else { best })
    }
}
