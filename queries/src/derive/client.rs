//! Who opened the connection: the peer, or the first untrusted address of the forwarded chain.

use super::DeriveError;
use crate::exchanges::Exchanges;
use breachline_parsers::report::SourceReport;
use breachline_parsers::schema::Text;
use breachline_parsers::table::{ABSENT, Dictionary, FactTable, TextColumn};
use breachline_parsers::value::counted;
use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Rows below which a source says nothing about its addresses.
const ENOUGH_ROWS: u32 = 100;
/// Distinct user agents or principals from which one address is taken for a proxy.
const MANY_CLIENTS: usize = 20;

/// The client addresses of a table.
#[derive(Default)]
pub struct Clients {
    /// Per row: code into `ips`.
    pub of_row: Vec<u32>,
    /// Distinct addresses, canonical.
    pub ips: Dictionary,
    /// Per address: code into `nets`.
    pub net_of_ip: Vec<u32>,
    /// Distinct networks.
    pub nets: Dictionary,
    /// Per source.
    pub usable: Vec<bool>,
    /// What was assumed.
    pub notes: Vec<String>,
}

/// Which hops are believed.
#[derive(Default)]
pub struct Trust {
    networks: Vec<(u128, u32)>,
    hops: usize,
}

impl Trust {
    /// Reads the values of `--trusted-proxy`: networks, addresses, or a number of hops.
    pub fn parse(values: &[String]) -> Result<Self, DeriveError> {
        let mut trust = Self::default();
        for value in values.iter().flat_map(|value| value.split(',')).map(str::trim).filter(|value| !value.is_empty()) {
            if let Ok(hops) = value.parse::<usize>() {
                trust.hops = trust.hops.max(hops);
                continue;
            }
            let network = network(value).ok_or_else(|| {
                DeriveError(format!(
                    "--trusted-proxy {value}: this is neither a network (10.0.0.0/8, 2001:db8::/32), nor an address, \
                     nor a number of hops; give one of these."
                ))
            })?;
            trust.networks.push(network);
        }
        Ok(trust)
    }

    fn names(&self, address: IpAddr) -> bool {
        let key = key(address);
        self.networks.iter().any(|&(base, bits)| mask(key, bits) == base)
    }

    fn is_given(&self) -> bool {
        self.hops > 0 || !self.networks.is_empty()
    }
}

/// A network or an address, as its first address and the length of its prefix, of 128 bits.
pub(crate) fn network(text: &str) -> Option<(u128, u32)> {
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => (address, Some(bits.parse::<u32>().ok()?)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().ok()?;
    let bits = match (address, bits) {
        (_, None) => 128,
        (IpAddr::V4(_), Some(bits)) if bits <= 32 => bits + 96,
        (IpAddr::V6(_), Some(bits)) if bits <= 128 => bits,
        _ => return None,
    };
    Some((mask(key(address), bits), bits))
}

/// An address as a number; version 4 as mapped into version 6.
pub(crate) fn key(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

/// The first `bits` of an address.
pub(crate) fn mask(key: u128, bits: u32) -> u128 {
    if bits == 0 { 0 } else { key & (u128::MAX << (128 - bits)) }
}

/// Reads an address as logs write it: with a port, in brackets, quoted, with a zone.
pub fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"');
    let text = text.strip_prefix("for=").unwrap_or(text).trim_matches('"');
    let bare = if let Some(rest) = text.strip_prefix('[') {
        rest.split(']').next()?
    } else if text.bytes().filter(|&byte| byte == b':').count() == 1 {
        text.split(':').next()?
    } else {
        text
    };
    let bare = bare.split('%').next()?;
    bare.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

/// Loopback, private, link-local, carrier-grade NAT.
pub fn is_internal(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            v4.is_loopback() || v4.is_private() || v4.is_link_local() || (a == 100 && (64..128).contains(&b))
        }
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

fn net_of(address: IpAddr) -> String {
    match address {
        IpAddr::V4(v4) => format!("{}/24", Ipv4Addr::from_bits(v4.to_bits() & 0xffff_ff00)),
        IpAddr::V6(v6) => format!("{}/48", Ipv6Addr::from_bits(mask(v6.to_bits(), 48))),
    }
}

/// How a peer and its chain came to a client address.
#[derive(Clone, Copy)]
struct Choice {
    client: u32,
    stepped: bool,
    ignored: bool,
}

/// Chooses client addresses, once for every pair of peer and chain.
struct Chooser<'a> {
    trust: &'a Trust,
    peers: &'a TextColumn,
    chains: &'a TextColumn,
    /// `peer_ip` code -> address.
    addresses: Vec<Option<IpAddr>>,
    /// `peer_ip` code -> what was chosen where it sent no chain.
    direct: Vec<Option<Choice>>,
    chosen: HashMap<(u32, u32), Choice, FixedState>,
}

impl<'a> Chooser<'a> {
    /// `None` where no row can have an address.
    fn new(facts: &'a FactTable, trust: &'a Trust) -> Option<Self> {
        let (peers, chains) = (facts.text(Text::PeerIp), facts.text(Text::Forwarded));
        if peers.is_absent() && chains.is_absent() {
            return None;
        }
        let addresses: Vec<Option<IpAddr>> =
            (0..peers.dictionary.len() as u32).map(|code| address(peers.dictionary.text(code))).collect();
        let direct = vec![None; addresses.len()];
        Some(Self { trust, peers, chains, addresses, direct, chosen: HashMap::default() })
    }

    /// The choice for a row; a new address is added to `ips`.
    fn of(&mut self, row: usize, ips: &mut Dictionary) -> Choice {
        let (peer, chain) = (self.peers.code(row), self.chains.code(row));
        let known = if chain == ABSENT { self.direct[peer as usize] } else { self.chosen.get(&(peer, chain)).copied() };
        if let Some(known) = known {
            return known;
        }
        let sent = (chain != ABSENT).then(|| self.chains.dictionary.text(chain));
        let found = choose(self.trust, self.addresses[peer as usize], sent);
        let client = match found.address {
            Some(address) => ips.intern(address.to_string().as_bytes()),
            None if peer == ABSENT => ABSENT,
            None => ips.intern(self.peers.dictionary.get(peer)),
        };
        let choice = Choice { client, stepped: found.stepped, ignored: found.ignored };
        if chain == ABSENT {
            self.direct[peer as usize] = Some(choice);
        } else {
            self.chosen.insert((peer, chain), choice);
        }
        choice
    }
}

/// Client addresses as far as single records tell them: nothing is judged over all rows.
pub fn by_record(facts: &FactTable, trust: &Trust) -> Clients {
    let mut out = Clients::default();
    if let Some(mut chooser) = Chooser::new(facts, trust) {
        out.of_row = (0..facts.rows()).map(|row| chooser.of(row, &mut out.ips).client).collect();
        networks(&mut out);
    }
    out
}

/// Derives client addresses for all rows.
pub fn clients(facts: &FactTable, sources: &[SourceReport], trust: &Trust, exchanges: &Exchanges) -> Clients {
    let mut out = Clients { usable: vec![true; sources.len()], ..Clients::default() };
    let mut stepped = vec![0u64; sources.len()];
    let mut ignored = vec![0u64; sources.len()];
    if let Some(mut chooser) = Chooser::new(facts, trust) {
        let linked = !exchanges.is_empty();
        out.of_row.reserve_exact(facts.rows());
        for (row, &source) in facts.source_values().iter().enumerate() {
            let choice = chooser.of(row, &mut out.ips);
            out.of_row.push(choice.client);
            // Where the hop in front logged the request too, its word is taken (see `outermost`).
            if linked && exchanges.siblings(row as u32, facts.source_values()).next() != Some(row as u32) {
                continue;
            }
            if let Some(count) = stepped.get_mut(source as usize) {
                *count += u64::from(choice.stepped);
                ignored[source as usize] += u64::from(choice.ignored);
            }
        }
        outermost(facts, exchanges, &mut out.of_row);
        networks(&mut out);
        judge_sources(facts, sources, &mut out);
    }
    say(sources, trust, &stepped, &ignored, &mut out.notes);
    out
}

/// Gives every row of an exchange the client address that its outermost row has: no chain need be believed for it.
fn outermost(facts: &FactTable, exchanges: &Exchanges, of_row: &mut [u32]) {
    for row in (0..of_row.len() as u32).filter(|&row| exchanges.members(row).len() > 1) {
        let mut siblings = exchanges.siblings(row, facts.source_values()).map(|sibling| of_row[sibling as usize]);
        of_row[row as usize] = siblings.find(|&client| client != ABSENT).unwrap_or(of_row[row as usize]);
    }
}

struct Found {
    address: Option<IpAddr>,
    stepped: bool,
    ignored: bool,
}

fn choose(trust: &Trust, peer: Option<IpAddr>, chain: Option<&str>) -> Found {
    let stay = Found { address: peer, stepped: false, ignored: false };
    let Some(chain) = chain.filter(|chain| !chain.trim().is_empty() && chain.trim() != "-") else {
        return stay;
    };
    // A peer that was not logged (a socket on the same machine) is as internal as loopback.
    let mut trusted = peer.is_none_or(|peer| is_internal(peer) || trust.names(peer)) || trust.hops > 0;
    if !trusted {
        return Found { ignored: true, ..stay };
    }
    let mut client = None;
    let hops: Vec<&str> = chain.split([',', ' ']).filter(|hop| !hop.is_empty()).collect();
    for (index, hop) in hops.iter().rev().enumerate() {
        // Nothing left of a hop that cannot be read can be believed.
        let Some(hop) = address(hop) else { break };
        if !trusted {
            break;
        }
        client = Some(hop);
        trusted = is_internal(hop) || trust.names(hop) || index + 1 < trust.hops;
    }
    // A chain of trusted hops to its left end names no client: the left end is the client's own word.
    match client {
        Some(client) if !trusted || is_reported_client(trust, peer, client) => {
            Found { address: Some(client), stepped: true, ignored: false }
        }
        _ => stay,
    }
}

/// Whether an internal address at the left end was put there by a trusted peer: an internal client.
fn is_reported_client(trust: &Trust, peer: Option<IpAddr>, client: IpAddr) -> bool {
    is_internal(client) && !trust.names(client) && peer.is_none_or(is_internal)
}

fn networks(out: &mut Clients) {
    out.net_of_ip = vec![ABSENT; out.ips.len()];
    for code in 1..out.ips.len() as u32 {
        if let Some(address) = address(out.ips.text(code)) {
            out.net_of_ip[code as usize] = out.nets.intern(net_of(address).as_bytes());
        }
    }
}

/// Switches address rules off where one address stands for many clients.
///
/// A single loud address is no reason: only one that shows many user agents and, where the source
/// knows principals, many of them.
fn judge_sources(facts: &FactTable, sources: &[SourceReport], out: &mut Clients) {
    let mut rows = vec![0u32; sources.len()];
    let mut counts: HashMap<(u32, u32), u32, FixedState> = HashMap::default();
    // Runs of one source and one address are counted before the map is asked.
    let mut run = ((u32::MAX, u32::MAX), 0u32);
    for (&source, &client) in facts.source_values().iter().zip(&out.of_row) {
        if let Some(count) = rows.get_mut(source as usize) {
            *count += 1;
        }
        if run.0 == (source, client) {
            run.1 += 1;
        } else {
            if run.1 > 0 {
                *counts.entry(run.0).or_default() += run.1;
            }
            run = ((source, client), 1);
        }
    }
    if run.1 > 0 {
        *counts.entry(run.0).or_default() += run.1;
    }
    let mut loud: Vec<Option<u32>> = vec![None; sources.len()];
    let mut any = false;
    for (source, count) in rows.iter().enumerate().filter(|&(_, &count)| count > ENOUGH_ROWS) {
        // At most one address can carry more than half, so the order of the map does not matter.
        #[allow(clippy::iter_over_hash_type)]
        for (&(of, client), &carried) in &counts {
            if of as usize == source && client != ABSENT && carried > count / 2 {
                loud[source] = Some(client);
                any = true;
            }
        }
    }
    if !any {
        return;
    }
    let [agents, principals] = [Text::UserAgent, Text::Principal].map(|text| facts.text(text));
    let mut seen: Vec<[HashSet<u32, FixedState>; 3]> = sources.iter().map(|_| Default::default()).collect();
    for (row, (&source, &client)) in facts.source_values().iter().zip(&out.of_row).enumerate() {
        let Some(&Some(address)) = loud.get(source as usize) else {
            continue;
        };
        let principal = principals.code(row);
        let sets = &mut seen[source as usize];
        if principal != ABSENT {
            sets[2].insert(principal);
        }
        if client == address {
            sets[0].insert(agents.code(row));
            if principal != ABSENT {
                sets[1].insert(principal);
            }
        }
    }
    for (source, report) in sources.iter().enumerate() {
        let Some(client) = loud[source] else { continue };
        let [agents, principals, all] = seen[source].each_ref().map(HashSet::len);
        // Rotating user agents is cheap, so where principals are known they decide.
        let proxy = if all >= MANY_CLIENTS { principals >= MANY_CLIENTS } else { agents >= MANY_CLIENTS };
        if proxy {
            out.usable[source] = false;
            out.notes.push(format!(
                "{}: more than half of the requests come from {}, which looks like a proxy ({agents} user agents, \
                 {principals} principals), so rules on client addresses are not evaluated there; if it is one, and a \
                 forwarded-for chain is logged, name it with --trusted-proxy.",
                report.path,
                out.ips.text(client)
            ));
        }
    }
}

fn say(sources: &[SourceReport], trust: &Trust, stepped: &[u64], ignored: &[u64], notes: &mut Vec<String>) {
    for (source, report) in sources.iter().enumerate() {
        if stepped[source] > 0 {
            let whom = if trust.is_given() { "internal and trusted peers" } else { "internal peers" };
            notes.push(format!(
                "{}: {whom} were stepped over in {}; client_ip is the first other address from the right of the \
                 forwarded-for chain.",
                report.path,
                counted(stepped[source], "request")
            ));
        }
        if ignored[source] > 0 {
            notes.push(format!(
                "{}: the forwarded-for chain of {} was ignored because the peer is a public address that is not known to \
                 be a proxy; name it with --trusted-proxy if it is.",
                report.path,
                counted(ignored[source], "request")
            ));
        }
    }
}
