//! A source whose records are in several formats: each record is read by the first that takes it.

use super::{Decode, Verdict};
use crate::table::{FactTable, Place};
use std::sync::Arc;

/// Decoders in the order in which they are asked.
pub(crate) struct Mixed(Vec<Arc<dyn Decode>>);

impl Mixed {
    /// One decoder of several; the first is the format that most records are in.
    pub(crate) fn of(decoders: Vec<Box<dyn Decode>>) -> Self {
        Self(decoders.into_iter().map(Arc::from).collect())
    }
}

impl Decode for Mixed {
    fn decode(&self, record: &[u8], source: u32, place: Place, table: &mut FactTable) -> Verdict {
        let mut reason = None;
        for decoder in &self.0 {
            match decoder.decode(record, source, place, table) {
                // The format that most records are in says best what is wrong with this one.
                Verdict::Reject(why) => drop(reason.get_or_insert(why)),
                taken => return taken,
            }
        }
        Verdict::Reject(reason.unwrap_or_else(|| "no format reads this record".into()))
    }

    fn is_header_driven(&self) -> bool {
        self.0.iter().any(|decoder| decoder.is_header_driven())
    }

    fn heed(&self, record: &[u8]) -> Option<Box<dyn Decode>> {
        let next: Vec<Option<Box<dyn Decode>>> = self.0.iter().map(|decoder| decoder.heed(record)).collect();
        if next.iter().all(Option::is_none) {
            return None;
        }
        let both = self.0.iter().zip(next).map(|(now, next)| next.map_or_else(|| Arc::clone(now), Arc::from));
        Some(Box::new(Self(both.collect())))
    }
}
