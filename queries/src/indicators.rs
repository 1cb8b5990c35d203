//! A list of values held against the logs: who touched them, when, with what outcome.
//!
//! In: a [`List`] (a leaked sample, indicators of an authority, a stolen credential) and [`Requests`].
//! Out: [`Sightings`]: each value with its requests, and entities ranked by how much of the list they account for.
//!
//! ```text
//! list ─► look (what a value may be) ─► space (the values of that kind in these logs) ─► decide ─► touches
//!                                                        touches ─► seen (by value) · cover (by entity)
//! ```

mod cover;
mod decide;
mod kind;
mod list;
mod look;
mod places;
mod space;
mod touches;

pub use cover::{Basis, Covering, WHO};
pub use decide::Why;
pub use kind::Kind;
pub use list::{List, ListError};
pub use look::{is_shaped_secret, network};

use crate::requests::{Answer, Requests};
use crate::summary::{Summary, summarise};
use decide::Decided;
use space::Space;
use std::borrow::Cow;

/// What to look for and where.
#[derive(Clone, Debug)]
pub struct Options {
    /// Every value of the list is of this kind; `None`: what each is follows from its look and from the logs.
    pub kind: Option<Kind>,
    /// Key of the fingerprints that stand in for secrets in the table.
    pub key: [u8; 32],
    /// These logs are a selection: no share of chance can be told.
    pub extract: bool,
}

/// One value of the list and its requests.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Its line in the list, from 1.
    pub line: u32,
    /// The value as it may be shown: credentials as the table has them; what may be a secret and is not in it as a
    /// fingerprint (`~…`).
    pub shown: String,
    /// Whether it names a person by itself and must be masked.
    pub personal: bool,
    /// What it was taken for.
    pub kind: Kind,
    /// Why.
    pub why: Why,
    /// Other kinds of which these logs know the same value.
    pub also: Vec<Kind>,
    /// Rows of its requests that count, in total order.
    pub rows: Vec<u32>,
    /// What became of them.
    pub summary: Summary,
}

impl Seen {
    /// Whether somebody got an answer with data for it.
    pub fn answered(&self) -> bool {
        self.summary.answers[Answer::Hit as usize] > 0
    }
}

/// The answer.
#[derive(Clone, Debug)]
pub struct Sightings {
    /// Every value, in order of the list.
    pub seen: Vec<Seen>,
    /// Lines of the list that repeat an earlier value.
    pub repeated: u32,
    /// What shares are made of.
    pub basis: Basis,
    /// Entities that touched something of the list, those first whose share exceeds that of chance most.
    pub entities: Vec<Covering>,
}

/// Looks for every value of a list.
pub fn sightings(requests: &Requests, list: &List, options: &Options) -> Sightings {
    let kinds = decide::kinds(list, options);
    let mut spaces: Vec<Space<'_>> = kinds.iter().map(|&kind| Space::new(requests, kind)).collect();
    let decided = decide::decide(list, &spaces, options);
    for (at, space) in spaces.iter_mut().enumerate() {
        space.keep(decided.iter().filter(|item| item.space == at).flat_map(|item| item.values.iter().copied()));
    }
    let of_items = touches::by_item(requests, &spaces, &decided);
    let seen: Vec<Seen> = list
        .items()
        .zip(&decided)
        .zip(of_items)
        .map(|((item, decided), rows)| see(requests, &spaces, item, decided, rows, options))
        .collect();
    let (basis, entities) = cover::cover(requests, &spaces, &seen, &decided, options);
    Sightings { seen, repeated: list.repeated, basis, entities }
}

fn see(
    requests: &Requests,
    spaces: &[Space<'_>],
    (line, text): (u32, &str),
    decided: &Decided,
    rows: Vec<u32>,
    options: &Options,
) -> Seen {
    let (space, kind) = (&spaces[decided.space], spaces[decided.space].kind);
    // What is found stands in the logs in clear, and a credential as every answer writes it: by its fingerprint, or by the
    // id that a gateway logs in its place. What is not may be a secret that only looks like an id.
    let plain = if kind.is_secret() {
        decided.values.iter().map(|&value| Cow::Borrowed(space.text(value))).min()
    } else if !decided.values.is_empty() || options.kind.is_some() {
        Some(look::masked_path(text, &options.key))
    } else {
        look::harmless(text, &options.key)
    };
    let personal = !kind.is_secret() && plain.is_some() && look::is_personal(requests, text);
    let shown = plain.map_or_else(|| space::shown_print(text, &options.key), Cow::into_owned);
    let summary = summarise(requests, &rows);
    Seen { line, shown, personal, kind, why: decided.why, also: decided.also.clone(), rows, summary }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
