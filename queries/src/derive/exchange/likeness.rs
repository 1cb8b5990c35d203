//! What two rows of one request have in common, and which of it can be relied on between two vantages.

use super::World;
use breachline_parsers::schema::{Number, Text};
use breachline_parsers::table::ABSENT;
use foldhash::fast::FixedState;
use hashbrown::HashMap;

/// What may agree: each is compared where both rows log it.
///
/// In this order: the outer hop's peer stands in the inner hop's chain or is its peer too; user agent; host; bytes.
const TRAITS: usize = 4;
const ADDRESS: usize = 0;
const AGENT: usize = 1;

/// Requests from which a trait is trusted or dismissed.
const ENOUGH: u32 = 8;
/// What headers may add to a body.
const HEADERS: i64 = 2_048;

/// Whether two statuses can be those of one request: the outer hop may have given up, or answered from its cache.
pub fn statuses_fit(world: &World<'_>, outer: u32, inner: u32) -> bool {
    let [so, si] = [outer, inner].map(|row| world.facts.status(row as usize));
    let (Some(so), Some(si)) = (so, si) else { return true };
    let behind = world.facts.number(Number::UpstreamStatus).get(outer as usize);
    so == si
        || behind == Some(i64::from(si))
        || matches!(so, 460 | 499 | 504)
        || matches!((so, si), (502, 499) | (200, 304 | 206) | (304 | 206, 200))
}

/// Whether two targets of one path can be those of one request.
pub fn queries_fit(world: &World<'_>, outer: u32, inner: u32) -> bool {
    let [a, b] = [outer, inner].map(|row| world.facts.text(Text::Target).code(row as usize));
    a == b || !world.has_query[a as usize] || !world.has_query[b as usize]
}

/// Each trait: agrees, does not, or cannot be compared.
fn compare(world: &World<'_>, outer: u32, inner: u32) -> [Option<bool>; TRAITS] {
    let same = |text: Text| {
        let [a, b] = [outer, inner].map(|row| world.facts.text(text).code(row as usize));
        (a != ABSENT && b != ABSENT).then_some(a == b)
    };
    let bytes = world.facts.number(Number::BytesOut);
    let sizes = bytes.get(outer as usize).zip(bytes.get(inner as usize));
    [
        address(world, outer, inner),
        same(Text::UserAgent),
        same(Text::Host),
        sizes.map(|(a, b)| a.abs_diff(b) <= (HEADERS + a.max(b) / 50) as u64),
    ]
}

fn address(world: &World<'_>, outer: u32, inner: u32) -> Option<bool> {
    let (peers, chains) = (world.facts.text(Text::PeerIp), world.facts.text(Text::Forwarded));
    let client = world.peers[peers.code(outer as usize) as usize]?;
    let peer = world.peers[peers.code(inner as usize) as usize];
    let chain = &world.chains[chains.code(inner as usize) as usize];
    if peer == Some(client) || chain.contains(&client) {
        return Some(true);
    }
    // An inner hop that logs the hop before it as its peer, and no chain, says nothing of the client.
    (!chain.is_empty() || peer.is_some_and(|peer| !super::super::client::is_internal(peer))).then_some(false)
}

/// What agrees between two vantages, learnt from requests that are known to be the same.
#[derive(Clone, Copy, Default)]
pub struct Likeness {
    compared: [u32; TRAITS],
    agreed: [u32; TRAITS],
    learnt: u32,
}

impl Likeness {
    /// Whether the two vantages were ever compared.
    pub fn is_learnt(&self) -> bool {
        self.learnt >= ENOUGH
    }

    /// Whether a trait agrees so regularly that its absence speaks against a link.
    fn is_in_force(&self, which: usize) -> bool {
        self.compared[which] >= ENOUGH && self.agreed[which] * 20 >= self.compared[which] * 19
    }

    /// Whether what the rows log beside time, method and path allows them to be one request. Where nothing was
    /// learnt the address must say so: two sites may well be asked for the same path in the same second.
    pub fn allows(&self, world: &World<'_>, outer: u32, inner: u32) -> bool {
        if !statuses_fit(world, outer, inner) || !queries_fit(world, outer, inner) {
            return false;
        }
        let traits = compare(world, outer, inner);
        if !self.is_learnt() {
            return traits[ADDRESS] == Some(true) && traits[AGENT] != Some(false);
        }
        (0..TRAITS).all(|which| traits[which] != Some(false) || !self.is_in_force(which))
    }
}

/// What agrees, by outer and inner vantage.
#[derive(Default)]
pub struct Likenesses(HashMap<(u8, u8), Likeness, FixedState>);

impl Likenesses {
    /// Learns from a request that both rows are taken for.
    pub fn learn(&mut self, world: &World<'_>, outer: u32, inner: u32) {
        let known = self.0.entry((world.rank_of(outer), world.rank_of(inner))).or_default();
        known.learnt += 1;
        for (which, agrees) in compare(world, outer, inner).into_iter().enumerate() {
            known.compared[which] += u32::from(agrees.is_some());
            known.agreed[which] += u32::from(agrees == Some(true));
        }
    }

    /// What agrees between two vantages.
    pub fn between(&self, outer: u8, inner: u8) -> Likeness {
        self.0.get(&(outer, inner)).copied().unwrap_or_default()
    }
}
