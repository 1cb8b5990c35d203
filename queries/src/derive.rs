//! Derivations: what follows from all records together and from the analyst's flags.
//!
//! ```text
//! times, ids, paths ─► exchange ─► exchanges (all below: once an exchange)
//! peers, chains ─► client ─► client_ip, client_net, addresses_usable ─► networks ─► asn, as_org, country
//! targets ─► paths ─► route, spelling ─► routes, versions, operations, resources, editions ─► object ─► objects
//! principals, statuses ─► auth          statuses, sizes ─► answer          times ─► order
//! words of routes, statuses, sizes, what clients go on to do ─► route_kind, attempt ─► answer
//! ```
//!
//! Text is looked at once per distinct value; only codes are looked at per row.

mod answer;
mod audience;
mod auth;
pub(crate) mod client;
mod exchange;
mod object;
mod order;
mod purpose;
mod route;
mod stored;

pub use stored::{REVISION, restore, store};

pub(crate) use answer::GONE;
pub(crate) use client::address;
pub(crate) use object::{cut_matrix, decoded, identifying_parameters, number as number_of_object};
pub(crate) use route::{segments, without_origin};

use crate::context::openapi::OpenApi;
use crate::context::{Context, Declared};
use crate::exchanges::Exchanges;
use crate::networks::{Networks, Whereabouts};
use crate::pattern::leads_to;
use crate::requests::{Derived, Requests};
use breachline_parsers::report::{SourceReport, VantageRule};
use breachline_parsers::schema::{Number, Text};
use breachline_parsers::table::{ABSENT, Dictionary, FactTable};
use std::sync::{Arc, OnceLock};

/// What the analyst says about the network and the sources.
#[derive(Clone, Debug, Default)]
pub struct DeriveOptions {
    /// Where sources stand, whatever their format says; the last rule that fits counts.
    pub vantages: Vec<VantageRule>,
    /// Networks of trusted proxies (`10.0.0.0/8`) or a number of trusted hops (`2`).
    pub trusted_proxies: Vec<String>,
    /// What is known of the system.
    pub context: Option<Arc<Context>>,
    /// The operations of the system, as its `OpenAPI` document has them.
    pub openapi: Option<Arc<OpenApi>>,
    /// Who runs the networks of client addresses, and where they lie.
    pub networks: Option<Arc<Networks>>,
}

/// A flag that cannot be used, in a sentence that says what to do.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct DeriveError(pub String);

/// Derivations that one record and the flags tell, for rows that pass by: the columns of
/// [`breachline_parsers::schema::Column::by_record`]. All others are absent from what it makes.
pub struct ByRecord {
    trust: client::Trust,
    vantages: Vec<VantageRule>,
    networks: Option<Arc<Networks>>,
}

impl ByRecord {
    /// Fails on flags that cannot be used.
    pub fn new(options: &DeriveOptions) -> Result<Self, DeriveError> {
        Ok(Self {
            trust: client::Trust::parse(&options.trusted_proxies)?,
            vantages: options.vantages.clone(),
            networks: options.networks.clone(),
        })
    }

    /// Adds the derivations to facts of these sources; `order` is the order of the records.
    ///
    /// A client address is told from the record alone: where several vantages log one request, [`derive`] takes the
    /// outermost one's word.
    pub fn requests(&self, facts: FactTable, mut sources: Vec<SourceReport>) -> Requests {
        place(&mut sources, &self.vantages);
        let (path_of_target, paths) = paths(&facts.text(Text::Target).dictionary);
        let clients = client::by_record(&facts, &self.trust);
        let derived = Derived {
            whereabouts: whereabouts(self.networks.as_deref(), &clients.ips, &mut Vec::new()),
            client_ip: clients.of_row,
            client_ips: clients.ips,
            net_of_client: clients.net_of_ip,
            client_nets: clients.nets,
            path_of_target,
            paths,
            ..Derived::default()
        };
        let order = (0..facts.rows() as u32).collect();
        Requests { facts, sources, derived, order }
    }
}

/// Who runs the networks of addresses, as far as there are databases.
fn whereabouts(networks: Option<&Networks>, addresses: &Dictionary, notes: &mut Vec<String>) -> Whereabouts {
    networks.map_or_else(Whereabouts::default, |networks| networks.whereabouts(addresses, notes))
}

/// Puts sources where the analyst says they stand.
fn place(sources: &mut [SourceReport], rules: &[VantageRule]) {
    for source in sources {
        source.vantage = VantageRule::of(rules, &source.path).or(source.vantage);
    }
}

/// Adds derivations to facts.
pub fn derive(facts: FactTable, sources: Vec<SourceReport>, options: &DeriveOptions) -> Result<Requests, DeriveError> {
    let mut requests = from_logs(facts, sources, options)?;
    declare(&mut requests, options);
    Ok(requests)
}

/// Adds what follows from the logs, and nothing that the analyst brings along but how requests came there and which
/// routes there are. [`declare`] adds the rest.
pub fn from_logs(
    mut facts: FactTable,
    mut sources: Vec<SourceReport>,
    options: &DeriveOptions,
) -> Result<Requests, DeriveError> {
    facts.finish();
    let trust = client::Trust::parse(&options.trusted_proxies)?;
    place(&mut sources, &options.vantages);
    let (path_of_target, paths) = paths(&facts.text(Text::Target).dictionary);
    let mut notes = Vec::new();
    let exchanges = exchange::link(&facts, &sources, &path_of_target, &mut notes);
    let clients = client::clients(&facts, &sources, &trust, &exchanges);
    notes.extend(clients.notes);
    let uses = uses(&facts, &exchanges, &path_of_target, paths.len());
    let mut routes = route::learn(&paths, &uses);
    if let Some(openapi) = &options.openapi {
        routes.take_templates(&openapi.templates(&paths));
    }
    let spellings = route::undisguise(&paths, &uses, &mut routes);
    let targets = &facts.text(Text::Target).dictionary;
    let asked = asked(&facts, &exchanges, &clients.of_row);
    let route_of_target = route::by_operation(targets, &path_of_target, &mut routes, asked);
    let editions = route::editions(&routes, options.openapi.is_some());
    let objects = object::objects(&object::Asked {
        targets,
        paths: &paths,
        plain: &spellings.plain,
        path_of_target: &path_of_target,
        route_of_target: &route_of_target,
        routes: &routes,
        uses: &|| target_uses(&facts, &exchanges, &clients.of_row),
    });
    let (leads_of_target, leads) = leads(targets);
    let order = order::order(&facts);
    let mut auth = auth::auth(&facts, &sources, &order, &mut notes);
    exchange::spread_auth(&facts, &exchanges, &mut auth);
    let bases = route::bases(&routes);
    let (mut answer, doubtful) =
        answer::answers(&facts, &exchanges, &route_of_target, &bases, &clients.of_row, &objects.of_target);
    exchange::spread_answer(&facts, &exchanges, &mut answer);
    let seen = purpose::Seen {
        facts: &facts,
        exchanges: &exchanges,
        route_of_target: &route_of_target,
        client_of_row: &clients.of_row,
        answer: &answer,
    };
    let purposes = purpose::purposes(&seen, &routes);
    purposes.settle(&mut answer);
    let (audience_of_route, audiences) =
        audience::audiences(&facts, &route_of_target, &answer, &clients.of_row, routes.templates.len());
    let derived = Derived {
        whereabouts: Whereabouts::default(),
        client_ip: clients.of_row,
        client_ips: clients.ips,
        net_of_client: clients.net_of_ip,
        client_nets: clients.nets,
        path_of_target,
        paths,
        route_of_target,
        routes: routes.templates,
        audience_of_route,
        audiences,
        kind_of_route: purposes.kind_of_route,
        route_kinds: purposes.kinds,
        attempt: purposes.attempt,
        attempts: purposes.attempts,
        version_of_route: routes.version_of,
        versions: routes.versions,
        things: OnceLock::new(),
        leads_of_target,
        leads,
        object_of_target: objects.of_target,
        objects: objects.ids,
        kind_of_object: objects.kinds,
        auth,
        answer,
        doubtful,
        exchanges,
        notes,
        addresses_usable: clients.usable,
        resource_of_route: editions.resource_of,
        resources: editions.resources,
        edition_of_route: editions.edition_of,
        spelling_of_path: spellings.of_path,
        spellings: spellings.names,
        editions: editions.names,
        declared: Declared::default(),
        selected: None,
    };
    Ok(Requests { facts, sources, derived, order })
}

/// Where the parameters of targets lead elsewhere, by `target` code. That none does is known as well: the column is there.
fn leads(targets: &Dictionary) -> (Vec<u32>, Dictionary) {
    let mut leads = Dictionary::default();
    let place = |code: u32| leads_to(targets.text(code)).map_or(ABSENT, |place| leads.intern(place.as_bytes()));
    let of_target = (0..targets.len() as u32).map(place).collect();
    (of_target, leads)
}

/// Adds what the analyst says of routes and callers, and who runs their networks.
pub fn declare(requests: &mut Requests, options: &DeriveOptions) {
    let Derived { whereabouts, client_ips, notes, .. } = &mut requests.derived;
    *whereabouts = self::whereabouts(options.networks.as_deref(), client_ips, notes);
    if let Some(openapi) = &options.openapi {
        requests.derived.declared = openapi.declare(requests);
        restrict(&mut requests.derived);
    }
    if let Some(context) = &options.context {
        let documented = std::mem::take(&mut requests.derived.declared);
        requests.derived.declared = context.declare(requests, documented);
    }
}

/// Routes whose operations ask for a scope that few others ask for are for few, whoever is answered there.
fn restrict(derived: &mut Derived) {
    if derived.declared.restricted.is_empty() {
        return;
    }
    let closed = derived.audiences.intern(b"closed");
    let nobody = derived.audiences.code(b"nobody");
    derived.audience_of_route.resize(derived.routes.len(), ABSENT);
    for (&path, &route) in derived.path_of_target.iter().zip(&derived.route_of_target) {
        let audience = &mut derived.audience_of_route[route as usize];
        if derived.declared.restricted.contains(&path) && Some(*audience) != nobody {
            *audience = closed;
        }
    }
}

/// Whether an address is of a private network; `None` for what is no address.
pub fn is_private(address: &str) -> Option<bool> {
    client::address(address).map(client::is_internal)
}

/// Cuts targets to paths: `target` code -> `path` code.
fn paths(targets: &Dictionary) -> (Vec<u32>, Dictionary) {
    if targets.iter().all(|(_, target)| memchr::memchr2(b'?', b'#', target).is_none()) {
        return ((0..targets.len() as u32).collect(), targets.clone());
    }
    let mut paths = Dictionary::default();
    let mut codes = Vec::with_capacity(targets.len());
    codes.push(ABSENT);
    codes.extend(targets.iter().map(|(_, target)| {
        let end = memchr::memchr2(b'?', b'#', target).unwrap_or(target.len());
        paths.intern(&target[..end])
    }));
    (codes, paths)
}

/// Target and client of each request; clients are addresses with user agents.
fn asked(facts: &FactTable, exchanges: &Exchanges, client_of_row: &[u32]) -> impl Iterator<Item = (u32, u64)> {
    let (targets, agents) = (facts.text(Text::Target).codes(), facts.text(Text::UserAgent));
    let client = move |row: u32| {
        let address = client_of_row.get(row as usize).copied().unwrap_or(ABSENT);
        u64::from(address) << 32 | u64::from(agents.code(row as usize))
    };
    (0_u32..).zip(targets).filter(|(row, _)| exchanges.counts(*row)).map(move |(row, &target)| (target, client(row)))
}

/// How often each target was asked for, how often there was no such thing, by whom and when.
fn target_uses(facts: &FactTable, exchanges: &Exchanges, client_of_row: &[u32]) -> Vec<object::Use> {
    let targets = facts.text(Text::Target);
    let mut uses = vec![object::Use::default(); targets.dictionary.len()];
    let rows = targets.codes().iter().zip(facts.status_values());
    for (row, (&target, &status)) in (0..).zip(rows).filter(|(row, _)| exchanges.counts(*row)) {
        let client = client_of_row.get(row as usize).copied().unwrap_or(ABSENT);
        uses[target as usize].add(matches!(status, 404 | 410), client, facts.ts(row as usize));
    }
    uses
}

/// How often each path was asked for, and how it was answered.
fn uses(facts: &FactTable, exchanges: &Exchanges, path_of_target: &[u32], paths: usize) -> Vec<route::Use> {
    let mut uses = vec![route::Use::default(); paths];
    let [principals, credentials] = [Text::Principal, Text::Credential].map(|text| facts.text(text));
    let methods = facts.text(Text::Method);
    let is_preflight = |code: u32| methods.dictionary.get(code).eq_ignore_ascii_case(b"OPTIONS");
    let asks_leave: Vec<bool> = (0..methods.dictionary.len() as u32).map(is_preflight).collect();
    let rows = facts.text(Text::Target).codes().iter().zip(facts.status_values());
    for (row, (&target, &status)) in (0..).zip(rows).filter(|(row, _)| exchanges.counts(*row)) {
        let used = &mut uses[path_of_target[target as usize] as usize];
        used.rows = used.rows.saturating_add(1);
        used.found |= !matches!(status, 400 | 404 | 405 | 410 | 414);
        let row = row as usize;
        let shows = principals.code(row) != ABSENT || credentials.code(row) != ABSENT;
        match status {
            // A browser that asks for leave is given nothing yet.
            200..=299 if asks_leave[methods.code(row) as usize] => {}
            200..=299 if shows => used.shown_hits = used.shown_hits.saturating_add(1),
            200..=299 => {
                used.bare_hits = used.bare_hits.saturating_add(1);
                used.bytes = used.bytes.max(facts.number(Number::BytesOut).get(row).unwrap_or(0));
            }
            401 | 403 | 407 if !shows => used.refused = used.refused.saturating_add(1),
            _ => {}
        }
    }
    uses
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    mod clients;
    mod endpoints;
    mod exchanges;
    mod outcomes;
    mod properties;
}
