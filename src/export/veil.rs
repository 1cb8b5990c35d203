//! People out of sight: object ids that name somebody keep their last characters only, wherever a line has them.

use crate::output::fields::{Field, Value, personal_object};
use crate::render;
use breachline_queries::requests::{ObjectKind, Requests};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use std::borrow::Cow;

/// Whether people are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Veil {
    /// They are.
    pub(crate) lifted: bool,
}

impl Veil {
    /// Whom a row names, to be hidden in all that is written of it.
    pub(crate) fn of(self, requests: &Requests, row: usize) -> Hidden {
        let person = if self.lifted { None } else { personal_object(requests, row) };
        Hidden(person.map(|(object, kind)| Person::new(object, kind)))
    }

    /// An object id as it is shown.
    pub(super) fn object(self, value: &str, kind: ObjectKind) -> Cow<'_, str> {
        if self.lifted { Cow::Borrowed(value) } else { render::mask_object(value, kind) }
    }
}

/// What is hidden in the texts of a row.
pub(crate) struct Hidden(Option<Person>);

struct Person {
    /// The id in every spelling that a target may have, longest first: the shorter ones are parts of it.
    forms: Vec<String>,
    masked: String,
}

impl Person {
    fn new(object: &str, kind: ObjectKind) -> Self {
        let mut forms = vec![object.to_owned(), percent_encoded(object, true), percent_encoded(object, false)];
        forms.push(object.trim_start_matches('+').to_owned());
        forms.retain(|form| !form.is_empty());
        forms.sort_by_key(|form| (std::cmp::Reverse(form.len()), form.clone()));
        forms.dedup();
        Self { forms, masked: render::mask_object(object, kind).into_owned() }
    }
}

impl Hidden {
    /// The text with every occurrence of the id masked, however it is encoded.
    pub(crate) fn hide<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let Some(person) = &self.0 else { return Cow::Borrowed(text) };
        person.forms.iter().fold(Cow::Borrowed(text), |text, form| {
            if text.contains(form.as_str()) { Cow::Owned(text.replace(form.as_str(), &person.masked)) } else { text }
        })
    }

    /// The value as text of a cell.
    pub(super) fn cell(&self, value: Value<'_>) -> String {
        match value {
            Value::Text(text) => self.hide(text).into_owned(),
            other => other.cell(),
        }
    }
}

/// Columns of a row as a JSON object, absent ones left out.
pub(super) struct Columns<'a, 'b> {
    pub(super) fields: &'b [Field<'a>],
    pub(super) row: usize,
    pub(super) hidden: &'b Hidden,
}

impl Serialize for Columns<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for field in self.fields {
            match field.get(self.row) {
                Value::Absent => {}
                Value::Text(text) => map.serialize_entry(field.column.name, &self.hidden.hide(text))?,
                other => map.serialize_entry(field.column.name, &other)?,
            }
        }
        map.end()
    }
}

fn percent_encoded(text: &str, capitals: bool) -> String {
    use std::fmt::Write;
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = if capitals { write!(encoded, "%{byte:02X}") } else { write!(encoded, "%{byte:02x}") };
        }
        encoded
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(text: &str, object: &str, kind: ObjectKind) -> String {
        Hidden(Some(Person::new(object, kind))).hide(text).into_owned()
    }

    #[test]
    fn a_person_is_masked_wherever_the_target_names_them() {
        let email = ObjectKind::Email;
        assert_eq!(hidden("/users/kim%40example.com?q=1", "kim@example.com", email), "/users/….com?q=1");
        assert_eq!(hidden("kim@example.com", "kim@example.com", email), "….com");
        assert_eq!(hidden("/p?n=%2B821012345678", "+821012345678", ObjectKind::Phone), "/p?n=…5678");
        assert_eq!(hidden("/p/821012345678", "+821012345678", ObjectKind::Phone), "/p/…5678");
        assert_eq!(Hidden(None).hide("/p/821012345678"), "/p/821012345678");
    }
}
