//! JSON records, read along a tree of the paths that are wanted.

mod walk;

use super::keyed::{Keyed, Slots};
use super::repair::repair;
use super::{Decode, Verdict};
use crate::table::{FactTable, Place};
use crate::value;

/// Decodes one JSON object a record.
pub(crate) struct JsonDecoder(pub Keyed);

impl JsonDecoder {
    fn walk<'de>(&self, text: &'de str) -> Result<Slots<'_, 'de>, serde_json::Error> {
        walk::walk(text, &self.0.paths.root, self.0.slots())
    }
}

impl Decode for JsonDecoder {
    fn decode(&self, record: &[u8], source: u32, place: Place, table: &mut FactTable) -> Verdict {
        let record = record.trim_ascii();
        if record.is_empty() {
            return Verdict::Skip("blank");
        }
        if record[0] != b'{' {
            return Verdict::Reject("no JSON object".into());
        }
        let clean = value::clean(record);
        let Ok(text) = std::str::from_utf8(&clean) else {
            return Verdict::Reject("no JSON object".into());
        };
        let error = match self.walk(text) {
            Ok(slots) => return self.0.row(slots, source, place, table),
            Err(error) => error,
        };
        // An object that is cut short stays cut short: repairing it would invent its end.
        if record.last() == Some(&b'}') {
            let repaired = value::clean(&repair(&clean)).into_owned();
            if let Ok(text) = std::str::from_utf8(&repaired)
                && let Ok(slots) = self.walk(text)
            {
                return self.0.row(slots, source, place, table);
            }
        }
        let reason = if error.is_eof() {
            "the JSON object is cut short".into()
        } else {
            format!("no readable JSON at column {}", error.column())
        };
        Verdict::Reject(reason.into())
    }
}
