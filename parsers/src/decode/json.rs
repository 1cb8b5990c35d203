//! JSON records, read along a tree of the paths that are wanted.

use super::facts::Facts;
use super::field::Field;
use super::haproxy::Captures;
use super::paths::{Node, Paths};
use super::repair::repair;
use super::{Decode, Verdict};
use crate::format::DecodeContext;
use crate::table::{FactTable, Place};
use crate::value;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// A value of a record. Whole numbers stay what they are until somebody wants text.
#[derive(Clone)]
enum Scalar<'de> {
    Text(Cow<'de, str>),
    Whole(i64),
}

impl<'de> Scalar<'de> {
    fn into_text(self) -> Cow<'de, str> {
        match self {
            Self::Text(text) => text,
            Self::Whole(number) => Cow::Owned(number.to_string()),
        }
    }
}

type Slot<'de> = Option<(u8, Field, Scalar<'de>)>;

/// Reads a value at a node.
struct Walk<'p, 'v, 'de> {
    node: &'p Node,
    slots: &'v mut [Slot<'de>],
}

impl<'de> Walk<'_, '_, 'de> {
    fn offer(&mut self, value: Scalar<'de>) {
        if matches!(&value, Scalar::Text(text) if value::is_absent(text.as_bytes())) {
            return;
        }
        if let Some((&last, others)) = self.node.wanted.split_last() {
            for &wanted in others {
                hold(&mut self.slots[wanted.0], wanted, value.clone());
            }
            hold(&mut self.slots[last.0], last, value);
        }
    }
}

/// Puts a value into its slot unless a better one is there.
fn hold<'de>(held: &mut Slot<'de>, (_, rank, field): (usize, u8, Field), value: Scalar<'de>) {
    match held {
        Some((best, _, text)) if *best == rank => match field {
            // Repeated headers make one list; of several servers the last answered.
            Field::Forwarded | Field::ForwardedPeer => {
                let chain = format!("{}, {}", text.clone().into_text(), value.into_text());
                *text = Scalar::Text(Cow::Owned(chain));
            }
            Field::Upstream | Field::UpstreamStatus => *text = value,
            _ => {}
        },
        Some((best, ..)) if *best < rank => {}
        _ => *held = Some((rank, field, value)),
    }
}

impl<'de> DeserializeSeed<'de> for Walk<'_, '_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_, '_, 'de> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(child) = map.next_key_seed(Key(self.node))? {
            match child {
                Some(node) => map.next_value_seed(Walk { node, slots: &mut *self.slots })?,
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(Walk { node: self.node, slots: &mut *self.slots })?.is_some() {}
        Ok(())
    }

    fn visit_borrowed_str<E>(mut self, text: &'de str) -> Result<(), E> {
        self.offer(Scalar::Text(Cow::Borrowed(text)));
        Ok(())
    }

    fn visit_str<E>(mut self, text: &str) -> Result<(), E> {
        self.offer(Scalar::Text(Cow::Owned(text.to_owned())));
        Ok(())
    }

    fn visit_u64<E>(mut self, number: u64) -> Result<(), E> {
        let whole = i64::try_from(number).map(Scalar::Whole);
        self.offer(whole.unwrap_or_else(|_| Scalar::Text(Cow::Owned(number.to_string()))));
        Ok(())
    }

    fn visit_i64<E>(mut self, number: i64) -> Result<(), E> {
        self.offer(Scalar::Whole(number));
        Ok(())
    }

    fn visit_f64<E>(mut self, number: f64) -> Result<(), E> {
        self.offer(Scalar::Text(Cow::Owned(number.to_string())));
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

/// Reads a key and looks its node up.
struct Key<'p>(&'p Node);

impl<'de, 'p> DeserializeSeed<'de> for Key<'p> {
    type Value = Option<&'p Node>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'p> Visitor<'_> for Key<'p> {
    type Value = Option<&'p Node>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(self.0.child(key.as_bytes()))
    }
}

/// Decodes one JSON object a record.
pub(crate) struct JsonDecoder {
    pub paths: Arc<Paths>,
    pub context: DecodeContext,
    /// Whether a record without a time, a request or a status is none of this format.
    pub strict: bool,
}

impl JsonDecoder {
    fn walk<'de>(&self, text: &'de str) -> Result<Vec<Slot<'de>>, serde_json::Error> {
        let mut slots = Vec::new();
        slots.resize_with(self.paths.slots, || None);
        let mut deserializer = serde_json::Deserializer::from_str(text);
        Walk { node: &self.paths.root, slots: &mut slots }.deserialize(&mut deserializer)?;
        deserializer.end()?;
        Ok(slots)
    }

    fn row(&self, slots: Vec<Slot<'_>>, source: u32, place: Place, table: &mut FactTable) -> Verdict {
        let mut parts = Vec::new();
        let mut facts = Facts::new(&self.context, true);
        for (_, field, value) in slots.into_iter().flatten() {
            match field {
                Field::Part(number) => {
                    parts.push((usize::from(number), value.into_text()));
                    continue;
                }
                Field::Patterned(number) => {
                    let text = value.into_text();
                    if let Some(pattern) = self.paths.patterns.get(usize::from(number)) {
                        facts.take_pattern(pattern, text.as_bytes());
                    }
                    continue;
                }
                _ => {}
            }
            if let Scalar::Whole(number) = value
                && facts.take_whole(field, number)
            {
                continue;
            }
            let value = match value.into_text() {
                Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
                Cow::Owned(text) => Cow::Owned(text.into_bytes()),
            };
            // A count that is none is no reason to lose the record: keys are the owner's choice.
            if let Err(reason) = facts.take(field, value, &self.paths.names)
                && !matches!(field, Field::Count(_))
            {
                return Verdict::Reject(reason.into());
            }
        }
        for (number, text) in &parts {
            let Some((plan, path)) = self.paths.parts.get(*number) else { continue };
            if plan.read(text.as_bytes(), &mut facts, &Captures::default(), false).is_err() {
                facts.take_extra(path, text.as_bytes());
            }
        }
        if let Some(lack) = facts.lacks(table).filter(|_| self.strict) {
            return Verdict::Reject(lack.into());
        }
        facts.finish(source, place, table)
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
            Ok(slots) => return self.row(slots, source, place, table),
            Err(error) => error,
        };
        // An object that is cut short stays cut short: repairing it would invent its end.
        if record.last() == Some(&b'}') {
            let repaired = value::clean(&repair(&clean)).into_owned();
            if let Ok(text) = std::str::from_utf8(&repaired)
                && let Ok(slots) = self.walk(text)
            {
                return self.row(slots, source, place, table);
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
