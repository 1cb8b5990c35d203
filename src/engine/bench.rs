//! Answers that take a pass over the requests: who there is, all about one of them, pictures of evidence.
//!
//! They are worked out on a thread of their own, so that lists and details never wait for them.

use super::answer::{Actor, Actors, Named, Order, Profile, Queried, Rare, Scope, Wanted};
use super::exporting::{Exporting, Given};
use super::extent::{Extent, extent};
use super::rarity::Rarity;
use super::scopes::{Scopes, Verdicts, within};
use super::sketch::sketch;
use super::{Reply, Request};
use crate::render;
use crate::session::Session;
use breachline_queries::breakdown::Breakdown;
use breachline_queries::finding::{Level, Role};
use breachline_queries::indicators::{Kind, List, Options};
use breachline_queries::profile::{self, involved};
use breachline_queries::requests::{ObjectKind, Requests};
use breachline_queries::sql::{self, Stop, Tables};
use breachline_queries::tally::{Tally, tally};
use chrono_tz::Tz;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Lists that are kept.
const KEPT: usize = 6;

/// Bars of the pictures beside a profile.
const BARS: usize = 100;

/// What values are looked at with.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Key of the fingerprints that stand in for secrets.
    pub key: [u8; 32],
    /// These logs are a selection.
    pub extract: bool,
}

/// A list that is kept.
struct Kept {
    scope: Scope,
    kind: Kind,
    extent: Extent,
    /// By value.
    actors: Vec<Actor>,
}

/// The requests, for long questions. Has no thread of its own, so that tests can use it directly.
pub struct Bench {
    scopes: Scopes,
    look: Look,
    given: Arc<Given>,
    /// Lists made last, newest last.
    lists: Vec<Kept>,
    rarity: Rarity,
}

impl Bench {
    /// Over requests.
    pub fn new(session: Arc<Session>, look: Look, given: Arc<Given>) -> Self {
        Self { scopes: Scopes::new(session), look, given, lists: Vec::new(), rarity: Rarity::default() }
    }

    /// Takes what was found over.
    pub fn take(&mut self, verdicts: Arc<Verdicts>) {
        self.scopes.take(verdicts);
        self.lists.clear();
    }

    /// Answers a request; `None` for one that others answer.
    pub fn answer(&mut self, request: &Request) -> Option<Reply> {
        Some(match request {
            Request::Actors { scope, kind, order, needle, first, count } => {
                Reply::Actors(self.actors(scope, *kind, *order, needle, *first..first.saturating_add(*count)))
            }
            Request::Profile { named, zone } => Reply::Profile(self.profile(named, *zone).map(Box::new)),
            Request::Sketch { subject } => {
                let parts = self.counted(&Scope { subject: *subject, ..Scope::default() });
                let rows = parts.into_iter().max_by_key(Vec::len).unwrap_or_default();
                Reply::Sketch(*subject, sketch(self.scopes.requests(), &rows, BARS))
            }
            Request::Rarity { row } => {
                let requests = self.scopes.requests();
                let counts = self.rarity.of(requests, *row);
                Reply::Rarity(Rare { row: *row, counts, of: requests.rows() as u64 })
            }
            Request::Query { sql } => Reply::Query(Box::new(self.job(sql).run())),
            Request::Export { wanted } => Reply::Export(self.exporting(wanted).run()),
            _ => return None,
        })
    }

    /// An export that can be made elsewhere.
    pub fn exporting(&self, wanted: &Wanted) -> Exporting {
        Exporting {
            session: Arc::clone(&self.scopes.session),
            verdicts: self.scopes.verdicts().cloned(),
            given: Arc::clone(&self.given),
            wanted: wanted.clone(),
        }
    }

    /// A query that can be run elsewhere.
    pub fn job(&self, sql: &str) -> Job {
        let verdicts = self.scopes.verdicts().cloned();
        Job { sql: sql.to_owned(), session: Arc::clone(&self.scopes.session), verdicts, stop: Stop::default() }
    }

    /// The rows of a scope that stand for requests: those that are counted together, apart from others.
    fn counted(&mut self, scope: &Scope) -> Vec<Vec<u32>> {
        let all = self.scopes.rows(scope);
        let families = self.scopes.families(scope, &all);
        let within = |rows: &[u32]| within(self.scopes.requests(), rows, scope.window).to_vec();
        match families.as_ref() {
            None => vec![within(&all)],
            Some(families) => families.iter().map(|(_, rows)| within(rows)).collect(),
        }
    }

    fn actors(
        &mut self,
        scope: &Scope,
        kind: Kind,
        order: Order,
        needle: &str,
        wanted: std::ops::Range<usize>,
    ) -> Actors {
        let known = self.lists.iter().position(|kept| kept.scope == *scope && kept.kind == kind);
        let kept = if let Some(at) = known { self.lists.remove(at) } else { self.list(scope, kind) };
        let exact = needle.chars().any(char::is_uppercase);
        let hit = |actor: &&Actor| {
            needle.is_empty()
                || actor.tally.value.contains(needle)
                || (!exact && actor.tally.value.to_lowercase().contains(needle))
        };
        let mut rows: Vec<&Actor> = kept.actors.iter().filter(hit).collect();
        sort(&mut rows, order);
        let total = rows.len();
        let shown = rows.into_iter().skip(wanted.start).take(wanted.len()).cloned().collect();
        let answer = Actors {
            scope: scope.clone(),
            kind,
            order,
            needle: needle.to_owned(),
            extent: kept.extent.clone(),
            distinct: kept.actors.len(),
            total,
            first: wanted.start,
            rows: shown,
        };
        if self.lists.len() >= KEPT {
            self.lists.remove(0);
        }
        self.lists.push(kept);
        answer
    }

    /// Every value of a kind, by value.
    fn list(&mut self, scope: &Scope, kind: Kind) -> Kept {
        let parts = self.counted(scope);
        let session = Arc::clone(&self.scopes.session);
        let requests = &session.requests;
        let named = self.named_in_findings(kind);
        let all = self.scopes.rows(scope);
        let families = self.scopes.families(scope, &all);
        let extent = extent(requests, &all, &families, scope.window);
        let actors = tallies(requests, &parts, column_of(kind))
            .into_iter()
            .map(|tally| {
                let shown = masked(requests, kind, &tally.value);
                let (level, role) = named.get(tally.value.as_str()).copied().unzip();
                Actor { tally, shown, level, role }
            })
            .collect();
        Kept { scope: scope.clone(), kind, extent, actors }
    }

    /// Values of a kind that findings name, with the worst level and the part played there.
    fn named_in_findings(&self, kind: Kind) -> BTreeMap<String, (Level, Role)> {
        let mut named: BTreeMap<String, (Level, Role)> = BTreeMap::new();
        let Some(verdicts) = self.scopes.verdicts() else { return named };
        for finding in &verdicts.hunt.findings {
            let own = |entity: &&breachline_queries::finding::Entity| kind_of(&entity.kind) == Some(kind);
            for entity in finding.entities.iter().filter(own) {
                let told = named.entry(entity.value.clone()).or_insert((finding.level, entity.role));
                if finding.level > told.0 {
                    *told = (finding.level, entity.role);
                }
            }
        }
        named
    }

    fn profile(&self, named: &Named, zone: Tz) -> Option<Profile> {
        let list = List::one(named.value.as_bytes()).ok()?;
        let options = Options { kind: Some(named.kind), key: self.look.key, extract: self.look.extract };
        let requests = self.scopes.requests();
        let mut found = profile::profile(requests, named.kind, &list, &options, zone)?;
        let involved = self
            .scopes
            .verdicts()
            .map(|verdicts| involved(requests, &verdicts.hunt, named.kind, &found.seen))
            .unwrap_or_default();
        let sketch = sketch(requests, &found.seen.rows, BARS);
        for part in &mut found.objects.top {
            part.value = part.value.as_deref().map(|value| masked(requests, Kind::Object, value));
        }
        // The view shows numbers; rows stay here.
        found.seen.rows = Vec::new();
        let parts = [&mut found.routes, &mut found.methods, &mut found.statuses, &mut found.auth, &mut found.objects];
        parts.into_iter().chain(found.shared.iter_mut().map(|shared| &mut shared.with)).for_each(drop_rows);
        Some(Profile {
            named: named.clone(),
            shown: masked(requests, named.kind, &named.value),
            found,
            involved,
            sketch,
        })
    }
}

/// A query with what it reads.
pub struct Job {
    sql: String,
    session: Arc<Session>,
    verdicts: Option<Arc<Verdicts>>,
    stop: Stop,
}

impl Job {
    /// The hand that ends it.
    pub fn stop(&self) -> Stop {
        self.stop.clone()
    }

    /// Runs it.
    pub fn run(&self) -> Queried {
        let hunt = || self.verdicts.as_ref().map(|verdicts| verdicts.hunt.clone()).unwrap_or_default();
        let low = self.sql.to_lowercase();
        let answer = if self.verdicts.is_none() && (low.contains("findings") || low.contains("evidence")) {
            // An empty table would say that nothing was found.
            Err("the rules are still being judged; ask for findings and evidence again when they are".to_owned())
        } else {
            sql::query_tables(
                &Tables::new(&self.session.requests, &hunt).until(&self.stop),
                &self.sql,
                Some(Queried::MOST),
            )
            .map_err(|error| error.to_string())
        };
        Queried { sql: self.sql.clone(), answer, took: None }
    }
}

fn drop_rows(parts: &mut Breakdown) {
    for part in &mut parts.top {
        part.rows = Vec::new();
    }
}

/// The column whose values are of a kind.
pub const fn column_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Object => "object_id",
        _ => kind.columns()[0],
    }
}

/// The kind of the values of a column, if they are something that a profile can be made of.
pub fn kind_of(column: &str) -> Option<Kind> {
    match column {
        "object_id" => Some(Kind::Object),
        "peer_ip" | "client_net" => Some(Kind::Ip),
        // An application is found before the credential that may stand in its column.
        "client_app" => Some(Kind::ClientApp),
        "session" => Some(Kind::Session),
        _ => Kind::ALL.into_iter().find(|kind| kind.columns().contains(&column)),
    }
}

/// Values in numbers; of vantages that could not be linked those of the one that tells of most of a value.
fn tallies(requests: &Requests, parts: &[Vec<u32>], column: &str) -> Vec<Tally> {
    let mut all: Vec<Tally> = parts.iter().flat_map(|rows| tally(requests, rows, column)).collect();
    if parts.len() > 1 {
        all.sort_by(|a, b| (&a.value, Reverse(a.requests)).cmp(&(&b.value, Reverse(b.requests))));
        all.dedup_by(|less, most| {
            let same = less.value == most.value;
            if same {
                most.first = most.first.into_iter().chain(less.first).min();
                most.last = most.last.into_iter().chain(less.last).max();
                most.objects = most.objects.max(less.objects);
            }
            same
        });
    }
    all
}

/// A value as it may be shown: what names a person by itself keeps its last characters only.
fn masked(requests: &Requests, kind: Kind, value: &str) -> String {
    if kind != Kind::Object {
        return value.to_owned();
    }
    let code = requests.derived.objects.code(value.as_bytes());
    let of = code.and_then(|code| requests.derived.kind_of_object.get(code as usize)).copied();
    render::mask_object(value, of.unwrap_or(ObjectKind::Slug)).into_owned()
}

/// More first; then by value.
fn sort(rows: &mut [&Actor], order: Order) {
    match order {
        Order::Level => rows.sort_by_key(|actor| (Reverse(actor.level), Reverse(actor.tally.requests))),
        Order::Requests => rows.sort_by_key(|actor| Reverse(actor.tally.requests)),
        Order::Denied => rows.sort_by_key(|actor| Reverse(actor.denied())),
        Order::Misses => rows.sort_by_key(|actor| Reverse(actor.misses())),
        Order::Objects => rows.sort_by_key(|actor| Reverse(actor.tally.objects)),
        Order::Bytes => rows.sort_by_key(|actor| Reverse(actor.tally.bytes)),
        Order::First => rows.sort_by_key(|actor| (actor.tally.first.is_none(), actor.tally.first)),
        Order::Last => rows.sort_by_key(|actor| Reverse(actor.tally.last)),
        Order::Value => {}
    }
}
