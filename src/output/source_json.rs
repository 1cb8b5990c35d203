//! What is told of a source in JSON only where there is something to tell.

use breachline_parsers::report::{Completeness, Mapped, MixedIn, Nuls, SourceReport};
use serde::Serialize;

/// The keys that most sources do not have, to be added to those that all have.
#[derive(Serialize)]
pub struct Particulars<'a> {
    /// `cut`, `unreadable`, `unknown` or `copy`; absent where it was read to its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    read: Option<&'static str>,
    /// Why it was not, and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    compression: Option<&'static str>,
    /// Its encoding, where it is not UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    encoding: Option<&'static str>,
    /// What stands around its records, outermost first.
    #[serde(skip_serializing_if = "<[&str]>::is_empty")]
    wrappers: &'a [&'static str],
    /// Further formats, with the rows in each.
    #[serde(skip_serializing_if = "<[MixedIn]>::is_empty")]
    others: &'a [MixedIn],
    /// Which key was taken for which column, where the format is of no vendor.
    #[serde(skip_serializing_if = "<[Mapped]>::is_empty")]
    mapped: &'a [Mapped],
    /// Times that occur twice in the assumed zone.
    #[serde(skip_serializing_if = "is_zero")]
    folded: u64,
    /// Times that never occur in the assumed zone.
    #[serde(skip_serializing_if = "is_zero")]
    gaps: u64,
    /// NUL bytes in its text, where the first is, and how many records they spoil.
    #[serde(skip_serializing_if = "Option::is_none")]
    nuls: Option<Nuls>,
    /// `false` where the format has no field that would show who asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    records_identity: Option<bool>,
}

impl<'a> Particulars<'a> {
    /// Those of a source.
    pub fn of(source: &'a SourceReport) -> Self {
        let (read, why) = match &source.completeness {
            Completeness::Whole => (None, None),
            Completeness::Cut(why) => (Some("cut"), Some(why)),
            Completeness::Unreadable(why) => (Some("unreadable"), Some(why)),
            Completeness::Unknown(why) => (Some("unknown"), Some(why)),
            Completeness::Duplicate(why) => (Some("copy"), Some(why)),
        };
        Self {
            read,
            why: why.map(String::as_str),
            compression: source.compression,
            encoding: source.encoding,
            wrappers: &source.wrappers,
            others: &source.others,
            mapped: &source.mapped,
            folded: source.folded,
            gaps: source.gaps,
            nuls: source.nuls,
            records_identity: (source.format.is_some() && !source.records_identity).then_some(false),
        }
    }
}

#[allow(clippy::trivially_copy_pass_by_ref)] // as serde asks
const fn is_zero(count: &u64) -> bool {
    *count == 0
}
