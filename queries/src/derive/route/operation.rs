//! Operations that stand in a parameter: `/graphql?operationName=ScanTicket` is a route of its own.
//!
//! In: targets with the routes of their paths, and how often and by how many clients each was sent. Out: the route of each
//! target. One address that answers everything would otherwise be one route, and whoever does one thing there would be
//! compared with those who do another.
//!
//! A parameter tells the operation where it is called so ([`STRICT`], [`LOOSE`]) and the data says so: nearly all requests
//! of the path have one, with few values, each an identifier that comes back. Names that are used for other things too are
//! only believed where most values read like operations. Search terms and ids are never parts of a route.

use super::Routes;
use super::look::{Look, is_operation, look};
use breachline_parsers::mask::percent_decode;
use breachline_parsers::table::{ABSENT, Dictionary};
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use std::borrow::Cow;

/// Names that are used for operations only, in lower case without separators; the first counts before the others.
const STRICT: &[&str] = &[
    "operationname",
    "operation",
    "opname",
    "soapaction",
    "rpcmethod",
    "operacion",
    "operacao",
    "operazione",
    "operacja",
    "operace",
    "vorgang",
    "операция",
    "작업명",
    "操作名",
];
/// Names that are used for other things as well.
const LOOSE: &[&str] = &[
    "op",
    "action",
    "act",
    "cmd",
    "command",
    "method",
    "func",
    "function",
    "fn",
    "do",
    "procedure",
    "proc",
    "rpc",
    "call",
    "request",
    "service",
    "task",
    "verb",
    "api",
    "aktion",
    "befehl",
    "accion",
    "acao",
    "azione",
    "akcja",
    "akce",
    "akcia",
    "aksi",
    "islem",
    "handling",
    "toiminto",
    "действие",
    "команда",
    "작업",
    "동작",
    "操作",
    "动作",
    "処理",
];
/// Names that hold the hash of a persisted query.
const HASHES: &[&str] = &["sha256hash", "queryhash", "persistedqueryhash", "persistedqueryid", "docid", "queryid"];

/// Requests of a path from which its parameters are believed.
const ENOUGH: u32 = 20;
/// Clients, or else requests, from which a value has come back.
const CLIENTS: u8 = 2;
const REQUESTS: u32 = 5;
/// Values that come back on one path at most.
const MOST: usize = 500;
/// Longest value.
const LONGEST: usize = 64;

/// A parameter that may tell the operation: name and value as a route shows them.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Operation {
    name: String,
    value: String,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Kind {
    Strict,
    Hash,
    Loose,
}

/// How a value is used.
#[derive(Clone, Copy, Default)]
struct Used {
    rows: u32,
    clients: [u64; CLIENTS as usize],
    count: u8,
}

impl Used {
    fn add(&mut self, client: u64) {
        self.rows = self.rows.saturating_add(1);
        let count = usize::from(self.count);
        if self.count < CLIENTS && !self.clients[..count].contains(&client) {
            self.clients[count] = client;
            self.count += 1;
        }
    }

    /// A hash must come from several clients: whoever reads one file again and again makes no operation of it.
    fn comes_back(self, kind: Kind) -> bool {
        self.count >= CLIENTS && (kind != Kind::Hash || self.rows >= REQUESTS)
            || self.rows >= REQUESTS && kind != Kind::Hash
    }
}

/// The route of each target. `requests` gives target and client of every request that counts.
pub fn by_operation(
    targets: &Dictionary,
    path_of_target: &[u32],
    routes: &mut Routes,
    requests: impl Iterator<Item = (u32, u64)>,
) -> Vec<u32> {
    let of_path = |target: u32, routes: &Routes| routes.of_path[path_of_target[target as usize] as usize];
    let mut found: HashMap<u32, Operation, FixedState> = HashMap::default();
    for (code, target) in targets.iter() {
        if let Some(operation) = operation(target)
            && !routes.shapes[of_path(code, routes) as usize].asset
        {
            found.insert(code, operation);
        }
    }
    let mut route_of: Vec<u32> = (0..targets.len() as u32).map(|target| of_path(target, routes)).collect();
    if found.is_empty() {
        return route_of;
    }
    let mut accepted = accepted(&found, &route_of, requests);
    let mut split: Vec<(u32, &Operation)> = found.iter().map(|(&target, operation)| (target, operation)).collect();
    split.sort_unstable_by_key(|(target, _)| *target);
    for (target, operation) in split {
        let route = route_of[target as usize];
        if let Some(code) = accepted.get_mut(&(route, operation)) {
            route_of[target as usize] =
                *code.get_or_insert_with(|| routes.add_operation(route, &operation.name, &operation.value));
        }
    }
    route_of
}

/// Of each route the one that it is an operation of, or [`ABSENT`].
pub fn bases(routes: &Routes) -> Vec<u32> {
    let base = |code: u32| {
        let text = routes.templates.text(code);
        text.split_once('?').and_then(|(path, _)| routes.templates.code(path.as_bytes())).unwrap_or(ABSENT)
    };
    (0..routes.templates.len() as u32).map(base).collect()
}

/// The operations that become routes, by route, where its requests tell them; the code of each is still to come.
fn accepted<'f>(
    found: &'f HashMap<u32, Operation, FixedState>,
    route_of: &[u32],
    requests: impl Iterator<Item = (u32, u64)>,
) -> HashMap<(u32, &'f Operation), Option<u32>, FixedState> {
    let mut rows: HashMap<u32, u32, FixedState> = found.keys().map(|&target| (route_of[target as usize], 0)).collect();
    let mut used: HashMap<(u32, &Operation), Used, FixedState> = HashMap::default();
    for (target, client) in requests {
        let route = route_of[target as usize];
        let Some(rows) = rows.get_mut(&route) else { continue };
        *rows = rows.saturating_add(1);
        if let Some(operation) = found.get(&target) {
            used.entry((route, operation)).or_default().add(client);
        }
    }
    let mut by_route: HashMap<u32, Vec<(&Operation, Used)>, FixedState> = HashMap::default();
    for ((route, operation), used) in used {
        by_route.entry(route).or_default().push((operation, used));
    }
    let judged = by_route.into_iter().flat_map(|(route, mut values)| {
        values.sort_unstable_by_key(|(operation, _)| *operation);
        judge(&values, rows[&route]).into_iter().map(move |operation| ((route, operation), None))
    });
    judged.collect()
}

/// The operations of one route, if its parameters tell operations.
fn judge<'f>(values: &[(&'f Operation, Used)], rows: u32) -> Vec<&'f Operation> {
    let mut kept: Vec<(&'f Operation, Used)> = Vec::new();
    for of_name in values.chunk_by(|a, b| a.0.name == b.0.name) {
        let kind = of_name[0].0.kind;
        let back: Vec<&(&Operation, Used)> = of_name.iter().filter(|(_, used)| used.comes_back(kind)).collect();
        let reads = back.iter().filter(|(operation, _)| reads_like_one(&operation.value)).count();
        if kind == Kind::Loose && reads * 2 < back.len() {
            continue;
        }
        // A few that nobody else uses are operations too; many are guesses or free text.
        let rare = of_name.len() - back.len();
        if rare > back.len() { kept.extend(back) } else { kept.extend(of_name) }
    }
    let told: u32 = kept.iter().map(|(_, used)| used.rows).sum();
    let is_strict = kept.iter().any(|(operation, _)| operation.kind == Kind::Strict);
    let nearly_all = u64::from(told) * 10 >= u64::from(rows) * if is_strict { 5 } else { 9 };
    let few = (2..=MOST).contains(&kept.len()) && kept.len() * 3 <= told as usize;
    if rows < ENOUGH || !nearly_all || !few {
        return Vec::new();
    }
    kept.into_iter().map(|(operation, _)| operation).collect()
}

/// Whether a value reads like an operation: a verb, or words that begin with capitals.
fn reads_like_one(value: &str) -> bool {
    let humps = value.as_bytes().windows(2).filter(|two| two[0].is_ascii_lowercase() && two[1].is_ascii_uppercase());
    is_operation(value.as_bytes()) || humps.count() > 0
}

/// The parameter of a target that may tell its operation.
fn operation(target: &[u8]) -> Option<Operation> {
    let at = memchr::memchr(b'?', target)?;
    let query = target[at + 1..].split(|&byte| byte == b'#').next()?;
    let mut best: Option<Operation> = None;
    for pair in query.split(|&byte| byte == b'&').take(64) {
        let Some(at) = memchr::memchr(b'=', pair) else { continue };
        let found = of_pair(&pair[..at], &pair[at + 1..]);
        if let Some(found) = found
            && best.as_ref().is_none_or(|best| found.kind < best.kind)
        {
            best = Some(found);
        }
    }
    best
}

fn of_pair(name: &[u8], value: &[u8]) -> Option<Operation> {
    if name.len() > LONGEST || value.is_empty() {
        return None;
    }
    let name = text(name).filter(|name| name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.')))?;
    let bare: String = name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    if bare == "extensions" {
        return persisted(value);
    }
    let kind = if STRICT.contains(&&*bare) {
        Kind::Strict
    } else if HASHES.contains(&&*bare) {
        Kind::Hash
    } else if LOOSE.contains(&&*bare) {
        Kind::Loose
    } else {
        return None;
    };
    let value = text(value.get(..LONGEST * 3).unwrap_or(value))?;
    let fits = value.len() <= LONGEST && if kind == Kind::Hash { is_hash(&value) } else { is_identifier(&value) };
    fits.then(|| Operation { name: name.into_owned(), value: value.into_owned(), kind })
}

fn text(bytes: &[u8]) -> Option<Cow<'_, str>> {
    if memchr::memchr(b'%', bytes).is_none() {
        return std::str::from_utf8(bytes).ok().map(Cow::Borrowed);
    }
    String::from_utf8(percent_decode(bytes)).ok().map(Cow::Owned)
}

/// The hash of a persisted query in the extensions of GraphQL.
fn persisted(value: &[u8]) -> Option<Operation> {
    const NAME: &str = "sha256Hash";
    let text = text(value)?;
    let at = text.find(NAME)? + NAME.len();
    let rest = text[at..].trim_start_matches(['"', ':', ' ']);
    let hash: String = rest.chars().take_while(char::is_ascii_hexdigit).collect();
    is_hash(&hash).then(|| Operation { name: NAME.to_owned(), value: hash, kind: Kind::Hash })
}

/// Hexadecimal of 32 characters or more, or a number of twelve digits or more.
fn is_hash(value: &str) -> bool {
    let hex = value.len() >= 32 && value.bytes().all(|byte| byte.is_ascii_hexdigit());
    hex || value.len() >= 12 && value.bytes().all(|byte| byte.is_ascii_digit())
}

/// A name as programs have them: letters first, digits few, nothing that routes use for something else.
fn is_identifier(value: &str) -> bool {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':');
    value.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && value.chars().all(is_plain)
        && matches!(look(value.as_bytes()), Look::Word | Look::Mixed)
        && value.chars().filter(char::is_ascii_digit).count() * 3 <= value.chars().count()
}

impl Routes {
    /// The route of an operation of a route.
    fn add_operation(&mut self, route: u32, name: &str, value: &str) -> u32 {
        let text = format!("{}?{name}={value}", self.templates.text(route));
        let code = self.templates.intern(text.as_bytes());
        if code as usize == self.shapes.len() {
            self.shapes.push(self.shapes[route as usize]);
            self.version_of.push(self.version_of.get(route as usize).copied().unwrap_or(ABSENT));
        }
        code
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::testing::Log;

    /// The distinct routes of targets that are asked for in turn by nine clients.
    fn routes(targets: &[String]) -> Vec<String> {
        let log = targets.iter().enumerate().fold(Log::new(), |log, (i, target)| {
            log.row(|row| row.at(i as f64).ip(&format!("192.0.2.{}", i % 9)).get(target).status(200))
        });
        let requests = log.build();
        let view = requests.text("route").unwrap();
        let mut routes: Vec<String> = (0..requests.rows()).map(|row| view.get(row).unwrap().to_owned()).collect();
        routes.sort();
        routes.dedup();
        routes
    }

    fn each(count: usize, target: impl Fn(usize) -> String) -> Vec<String> {
        (0..count).map(target).collect()
    }

    #[test]
    fn operations_are_routes() {
        let names = ["Order", "Event", "Search"];
        let graph = each(30, |i| format!("/graphql?operationName={}&variables=%7B%22id%22:{i}%7D", names[i % 3]));
        assert_eq!(
            routes(&graph),
            ["/graphql?operationName=Event", "/graphql?operationName=Order", "/graphql?operationName=Search"]
        );
        // Two parameters of one path, one for each way of asking; a path with an id and a version.
        let two = each(40, |i| {
            let name = ["op=signIn", "operationName=Order"][i % 2];
            format!("/v2/shops/{}/rpc?{name}&x=1", 100 + i / 4)
        });
        assert_eq!(routes(&two), ["/v2/shops/{id}/rpc?op=signIn", "/v2/shops/{id}/rpc?operationName=Order"]);
        let soap = each(30, |i| format!("/ws?cmd={}", ["getUser", "listOrders", "login"][i % 3]));
        assert_eq!(routes(&soap), ["/ws?cmd=getUser", "/ws?cmd=listOrders", "/ws?cmd=login"]);
    }

    #[test]
    fn a_persisted_query_is_told_by_its_hash() {
        let hash = |i: usize| ["a1".repeat(32), "0f".repeat(32)][i % 2].clone();
        let asked = each(40, |i| {
            format!(
                "/graphql?extensions=%7B%22persistedQuery%22:%7B%22version%22:1,%22sha256Hash%22:%22{}%22%7D%7D",
                hash(i)
            )
        });
        let expected = [hash(1), hash(0)].map(|hash| format!("/graphql?sha256Hash={hash}"));
        assert_eq!(routes(&asked), expected);
    }

    #[test]
    fn what_varies_freely_is_no_operation() {
        let words = ["red", "blue", "green", "ash", "oak", "elm"];
        for (asked, route) in [
            (each(60, |i| format!("/find?request={}{}", words[i % 6], words[i / 6 % 6])), "/find"),
            (each(60, |i| format!("/pay?method={}", ["card", "paypal", "invoice"][i % 3])), "/pay"),
            (each(60, |i| format!("/w?operation={}", 70_000 + i)), "/w"),
            (each(60, |i| format!("/w?action=item{i}")), "/w"),
            (each(60, |i| if i % 3 == 0 { format!("/w?action=getUser{}", i % 2) } else { "/w".to_owned() }), "/w"),
            (each(6, |i| format!("/w?op={}", ["getUser", "setUser"][i % 2])), "/w"),
            (each(60, |_| "/w?op=getUser".to_owned()), "/w"),
            (each(60, |i| format!("/w?op=%7Bid%7D%2F{}", i % 2)), "/w"),
        ] {
            assert_eq!(routes(&asked), [route], "{}", asked[0]);
        }
    }

    #[test]
    fn names_that_nobody_else_uses_do_not_spoil_it() {
        let mut asked = each(60, |i| format!("/graphql?operationName={}", ["Order", "Event", "Cart"][i % 3]));
        asked.push("/graphql?operationName=DropAll".to_owned());
        asked.push("/graphql?operationName=a'b".to_owned());
        asked.push("/graphql".to_owned());
        let found = routes(&asked);
        assert!(found.contains(&"/graphql?operationName=DropAll".to_owned()), "{found:?}");
        assert!(found.contains(&"/graphql".to_owned()) && found.len() == 5, "{found:?}");
        // A list of guesses is not made into routes.
        let mut asked = each(60, |i| format!("/graphql?operationName={}", ["Order", "Event", "Cart"][i % 3]));
        asked.extend(each(40, |i| {
            format!("/graphql?operationName=probe{}", char::from(b'a' + (i % 26) as u8)) + &"x".repeat(i)
        }));
        assert_eq!(
            routes(&asked),
            ["/graphql", "/graphql?operationName=Cart", "/graphql?operationName=Event", "/graphql?operationName=Order"]
        );
    }
}
