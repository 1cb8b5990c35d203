//! How each request was authenticated, as far as its source can say.

mod visitors;

use crate::requests::Auth;
use breachline_parsers::report::SourceReport;
use breachline_parsers::schema::Text;
use breachline_parsers::table::{ABSENT, FactTable};
use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashSet};

/// Rows from which a host is judged by itself rather than with its source.
const ENOUGH_ROWS: u32 = 200;

/// Authentication of all rows, of which `order` is the order of time; adds a note for each source that does not record
/// identity, or only sessions that every visitor is given.
pub fn auth(facts: &FactTable, sources: &[SourceReport], order: &[u32], notes: &mut Vec<String>) -> Vec<Auth> {
    let [principals, credentials, sessions, hosts, methods, actions, errors] =
        [Text::Principal, Text::Credential, Text::Session, Text::Host, Text::Method, Text::WafAction, Text::Error]
            .map(|text| facts.text(text));
    let authenticated = flags(facts, Text::WafAction, |action| action.contains("authenticate"));
    let refused = flags(facts, Text::Error, |error| error.split([',', ' ', ';']).any(|flag| flag == "UAEX"));
    let options = flags(facts, Text::Method, |method| method.eq_ignore_ascii_case("OPTIONS"));
    let public = application_keys(facts);
    let visitors = visitors::visitors(facts, sources.len(), order);
    let visits =
        |row: usize| sessions.code(row) != ABSENT && visitors.get(facts.source(row) as usize).copied().unwrap_or(false);
    let shown = |row: usize| {
        if principals.code(row) != ABSENT || authenticated[actions.code(row) as usize] {
            Some(Auth::Verified)
        } else if (credentials.code(row) != ABSENT && !public.contains(&credentials.code(row)))
            || (sessions.code(row) != ABSENT && !visits(row))
        {
            Some(Auth::Presented)
        } else {
            None
        }
    };
    let seen = seen(facts, sources, |row| shown(row).is_some());
    for (source, report) in sources.iter().enumerate() {
        if visitors[source] {
            notes.push(format!(
                "{}: every visitor is given a session, so a session does not tell who has signed in.",
                report.path
            ));
        } else if report.rows > 0 && !seen.by_source[source] {
            notes.push(format!(
                "{}: identity is not recorded by this source, so whether its requests were authenticated is unknown.",
                report.path
            ));
        }
    }
    (0..facts.rows())
        .map(|row| {
            let found = shown(row);
            if !seen.records(facts.source(row), hosts.code(row)) {
                return found.unwrap_or(Auth::Unknown);
            }
            if matches!(facts.status_values()[row], 401 | 407) || refused[errors.code(row) as usize] {
                return Auth::Refused;
            }
            match found {
                Some(found) => found,
                // A preflight carries no credential by design; a visitor's session may have signed in meanwhile.
                None if options[methods.code(row) as usize] || visits(row) => Auth::Unknown,
                None => Auth::None,
            }
        })
        .collect()
}

/// From how many clients (address and user agent) a key without a principal is taken for an application's.
const MANY_CLIENTS: usize = 20;

/// Keys that ship with an application and authenticate nobody: shown by many clients and never with a principal,
/// in logs whose credentials mostly do come with one. Where all that is ever shown is such a key, it is the
/// credential of those logs.
fn application_keys(facts: &FactTable) -> HashSet<u32, FixedState> {
    let [principals, credentials, peers, agents] =
        [Text::Principal, Text::Credential, Text::PeerIp, Text::UserAgent].map(|text| facts.text(text));
    let mut named = vec![false; credentials.dictionary.len()];
    let mut rows = [0_usize; 2];
    for row in (0..facts.rows()).filter(|&row| credentials.code(row) != ABSENT) {
        let with_principal = principals.code(row) != ABSENT;
        rows[usize::from(with_principal)] += 1;
        named[credentials.code(row) as usize] |= with_principal;
    }
    if rows[1] < rows[0] {
        return HashSet::default();
    }
    let mut clients: HashMap<u32, HashSet<u64, FixedState>, FixedState> = HashMap::default();
    for row in 0..facts.rows() {
        let key = credentials.code(row);
        if key != ABSENT && !named[key as usize] {
            let clients = clients.entry(key).or_default();
            if clients.len() < MANY_CLIENTS {
                clients.insert(u64::from(peers.code(row)) << 32 | u64::from(agents.code(row)));
            }
        }
    }
    clients.into_iter().filter(|(_, clients)| clients.len() >= MANY_CLIENTS).map(|(key, _)| key).collect()
}

/// Evaluates a predicate once per distinct value; index 0 (absent) is false.
fn flags(facts: &FactTable, text: Text, holds: impl Fn(&str) -> bool) -> Vec<bool> {
    let dictionary = &facts.text(text).dictionary;
    (0..dictionary.len() as u32).map(|code| code != ABSENT && holds(dictionary.text(code))).collect()
}

/// Where identities were seen.
struct Seen {
    by_source: Vec<bool>,
    by_host: HashMap<(u32, u32), (u32, bool), FixedState>,
}

impl Seen {
    fn records(&self, source: u32, host: u32) -> bool {
        if !self.by_source.get(source as usize).copied().unwrap_or(false) {
            return false;
        }
        match self.by_host.get(&(source, host)) {
            Some(&(rows, seen)) if host != ABSENT && rows >= ENOUGH_ROWS => seen,
            _ => true,
        }
    }
}

fn seen(facts: &FactTable, sources: &[SourceReport], shown: impl Fn(usize) -> bool) -> Seen {
    let hosts = facts.text(Text::Host);
    let mut seen = Seen { by_source: vec![false; sources.len()], by_host: HashMap::default() };
    for (row, &source) in facts.source_values().iter().enumerate() {
        let Some(report) = sources.get(source as usize) else {
            continue;
        };
        let identity = report.records_identity && shown(row);
        seen.by_source[source as usize] |= identity;
        if !hosts.is_absent() {
            let entry = seen.by_host.entry((source, hosts.code(row))).or_default();
            entry.0 += 1;
            entry.1 |= identity;
        }
    }
    seen
}
