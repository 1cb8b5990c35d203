//! Which kind each value of a list is of.
//!
//! Its look leaves it a few kinds. Where there are several, values of one look are taken for the kind as which these
//! logs know most of them: a leaked list is seldom mixed. A value that they know as another kind only is that one.

use super::look::{Look, look};
use super::space::Space;
use super::{Kind, List, Options};
use std::collections::BTreeMap;

/// Why a value was taken for what it was taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Why {
    /// The analyst says so.
    Given,
    /// Nothing else looks like that.
    Look,
    /// These logs know it as that.
    Logs,
    /// These logs do not know it; they know others of its look, or else of the list, as that.
    List,
    /// These logs know nothing of the list; what such a value is most often.
    Guess,
}

impl Why {
    /// The name in output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Given => "given",
            Self::Look => "look",
            Self::Logs => "logs",
            Self::List => "list",
            Self::Guess => "guess",
        }
    }
}

/// What a value was taken for.
pub struct Decided {
    /// Number of the space of its kind.
    pub space: usize,
    /// Its values there.
    pub values: Vec<u32>,
    /// Why.
    pub why: Why,
    /// Other kinds as which these logs know it.
    pub also: Vec<Kind>,
}

/// Spaces that know a value, with its values there.
type Known = Vec<(usize, Vec<u32>)>;

/// The kinds that have to be looked at.
pub fn kinds(list: &List, options: &Options) -> Vec<Kind> {
    if let Some(kind) = options.kind {
        return vec![kind];
    }
    let mut kinds: Vec<Kind> = list.items().flat_map(|(_, text)| look(text).kinds()).copied().collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

/// Decides on all values.
pub fn decide(list: &List, spaces: &[Space<'_>], options: &Options) -> Vec<Decided> {
    if options.kind.is_some() {
        let given = |text| Decided {
            space: 0,
            values: spaces[0].find(text, &options.key, true),
            why: Why::Given,
            also: Vec::new(),
        };
        return list.items().map(|(_, text)| given(text)).collect();
    }
    let found: Vec<(Look, Known)> = list.items().map(|(_, text)| known(text, spaces, options)).collect();
    let mut of_looks: BTreeMap<Look, Vec<u64>> = BTreeMap::new();
    let mut of_all = vec![0; spaces.len()];
    for (look, known) in &found {
        let counts = of_looks.entry(*look).or_insert_with(|| vec![0; spaces.len()]);
        for (space, _) in known {
            counts[*space] += 1;
            of_all[*space] += 1;
        }
    }
    found.into_iter().map(|(look, known)| settle(look, known, &of_looks[&look], &of_all, spaces)).collect()
}

/// As which kinds the logs know a value, likeliest first.
fn known(text: &str, spaces: &[Space<'_>], options: &Options) -> (Look, Known) {
    let look = look(text);
    let of_kind = |kind: &Kind| spaces.iter().position(|space| space.kind == *kind);
    let known = look
        .kinds()
        .iter()
        .filter_map(of_kind)
        .map(|space| (space, spaces[space].find(text, &options.key, false)))
        .filter(|(_, values)| !values.is_empty())
        .collect();
    (look, known)
}

fn settle(look: Look, mut known: Known, of_look: &[u64], of_all: &[u64], spaces: &[Space<'_>]) -> Decided {
    let candidates: Vec<usize> =
        look.kinds().iter().filter_map(|kind| spaces.iter().position(|space| space.kind == *kind)).collect();
    // The first of those with the highest count; none where all are 0.
    let most = |counts: &[u64]| {
        let best = candidates.iter().copied().filter(|&space| counts[space] > 0);
        best.fold(None, |best: Option<usize>, space| match best {
            Some(before) if counts[before] >= counts[space] => Some(before),
            _ => Some(space),
        })
    };
    let usual = most(of_look).or_else(|| most(of_all));
    let (space, values) = match known.iter().position(|(space, _)| Some(*space) == usual) {
        Some(at) => known.remove(at),
        None if known.is_empty() => (usual.or(candidates.first().copied()).unwrap_or_default(), Vec::new()),
        None => known.remove(0),
    };
    let why = match (candidates.as_slice(), values.is_empty(), usual) {
        ([_], ..) => Why::Look,
        (_, false, _) => Why::Logs,
        (_, true, Some(_)) => Why::List,
        (_, true, None) => Why::Guess,
    };
    Decided { space, values, why, also: known.iter().map(|(space, _)| spaces[*space].kind).collect() }
}
