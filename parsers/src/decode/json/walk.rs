//! A record read with `serde_json`: what JSON is and means is what it says.

use crate::decode::keyed::{Scalar, Slots};
use crate::decode::paths::Node;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// Of the values of one `{name, value}` pair, so many are kept.
pub(super) const VALUES: usize = 16;

/// Reads one record into its slots.
pub(super) fn walk<'p, 'de>(
    text: &'de str,
    root: &'p Node,
    mut slots: Slots<'p, 'de>,
) -> Result<Slots<'p, 'de>, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    Walk { node: root, slots: &mut slots, element: false }.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(slots)
}

/// What a key of a pair is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Name,
    Value,
    Other,
}

impl Part {
    pub(super) fn of(key: &[u8]) -> Self {
        if key.eq_ignore_ascii_case(b"name") || key.eq_ignore_ascii_case(b"key") {
            Self::Name
        } else if key.eq_ignore_ascii_case(b"value") {
            Self::Value
        } else {
            Self::Other
        }
    }
}

/// Reads a value at a node.
struct Walk<'s, 'p, 'de> {
    node: &'p Node,
    slots: &'s mut Slots<'p, 'de>,
    /// Whether it is an element of an array.
    element: bool,
}

impl<'de> DeserializeSeed<'de> for Walk<'_, '_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Walk<'_, '_, 'de> {
    fn read_pair<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let (mut names, mut values) = (Vec::new(), Vec::new());
        while let Some(part) = map.next_key_seed(PartKey)? {
            match part {
                Part::Name => map.next_value_seed(Collect(&mut names))?,
                Part::Value => map.next_value_seed(Collect(&mut values))?,
                Part::Other => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        if let Some(Scalar::Text(name)) = names.first()
            && let Some(child) = self.node.child(name)
        {
            for value in values {
                self.slots.offer_at(child, value);
            }
        }
        Ok(())
    }
}

impl<'de> Visitor<'de> for Walk<'_, '_, 'de> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        if self.element && self.node.pairs {
            return self.read_pair(map);
        }
        while let Some(child) = map.next_key_seed(Key(self.node))? {
            match child {
                Some(node) => map.next_value_seed(Walk { node, slots: &mut *self.slots, element: false })?,
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(Walk { node: self.node, slots: &mut *self.slots, element: true })?.is_some() {}
        Ok(())
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<(), E> {
        self.slots.offer_at(self.node, Scalar::Text(Cow::Borrowed(text.as_bytes())));
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.slots.offer_at(self.node, Scalar::Text(Cow::Owned(text.as_bytes().to_vec())));
        Ok(())
    }

    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        self.slots.offer_at(self.node, whole(number));
        Ok(())
    }

    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        self.slots.offer_at(self.node, Scalar::Whole(number));
        Ok(())
    }

    fn visit_f64<E>(self, number: f64) -> Result<(), E> {
        self.slots.offer_at(self.node, fraction(number));
        Ok(())
    }

    fn visit_bool<E>(self, flag: bool) -> Result<(), E> {
        self.slots.offer_at(self.node, Scalar::Flag(flag));
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

fn whole<'v>(number: u64) -> Scalar<'v> {
    let text = || Scalar::Text(Cow::Owned(number.to_string().into_bytes()));
    i64::try_from(number).map_or_else(|_| text(), Scalar::Whole)
}

fn fraction<'v>(number: f64) -> Scalar<'v> {
    Scalar::Text(Cow::Owned(number.to_string().into_bytes()))
}

/// Collects the scalars of a value, however deep they lie.
struct Collect<'c, 'de>(&'c mut Vec<Scalar<'de>>);

impl<'de> Collect<'_, 'de> {
    fn push(self, value: Scalar<'de>) {
        if self.0.len() < VALUES {
            self.0.push(value);
        }
    }
}

impl<'de> DeserializeSeed<'de> for Collect<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Collect<'_, 'de> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_key::<IgnoredAny>()?.is_some() {
            map.next_value_seed(Collect(&mut *self.0))?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(Collect(&mut *self.0))?.is_some() {}
        Ok(())
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<(), E> {
        self.push(Scalar::Text(Cow::Borrowed(text.as_bytes())));
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.push(Scalar::Text(Cow::Owned(text.as_bytes().to_vec())));
        Ok(())
    }

    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        self.push(whole(number));
        Ok(())
    }

    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        self.push(Scalar::Whole(number));
        Ok(())
    }

    fn visit_f64<E>(self, number: f64) -> Result<(), E> {
        self.push(fraction(number));
        Ok(())
    }

    fn visit_bool<E>(self, flag: bool) -> Result<(), E> {
        self.push(Scalar::Flag(flag));
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

/// Reads a key of a pair.
struct PartKey;

impl<'de> DeserializeSeed<'de> for PartKey {
    type Value = Part;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for PartKey {
    type Value = Part;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(Part::of(key.as_bytes()))
    }
}
