//! All records of all sources with what follows from them: the table that rules, SQL and views read.
//!
//! In: a finished [`FactTable`] and the reports of its sources. Out: [`Requests`], which adds derivations
//! to the facts without touching them. Row numbers are `u32` (a load holds fewer than 2^32 records).

use crate::context::Declared;
use crate::derive::GONE;
use crate::exchanges::Exchanges;
use crate::networks::Whereabouts;
use crate::selection::{Selected, Selection};
use breachline_parsers::report::{SourceReport, Vantage};
use breachline_parsers::schema::{Number, Text};
use breachline_parsers::table::{ABSENT, Dictionary, FactTable};
use fixedbitset::FixedBitSet;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

/// How a request was authenticated, as far as its source can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Auth {
    /// This source does not record credentials (for that host and route).
    Unknown,
    /// The source records credentials here, and this request showed none.
    None,
    /// A credential was shown.
    Presented,
    /// A credential was shown and a principal is known.
    Verified,
    /// Answered 401, or refused by the authoriser.
    Refused,
}

impl Auth {
    /// All of them, in order of their number.
    pub const ALL: [Self; 5] = [Self::Unknown, Self::None, Self::Presented, Self::Verified, Self::Refused];

    /// The value in the column `auth`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::None => "none",
            Self::Presented => "presented",
            Self::Verified => "verified",
            Self::Refused => "refused",
        }
    }
}

/// What a response amounts to for the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Answer {
    /// Redirects, 204, 304, OPTIONS, 1xx, client gone before anything was sent: neither an answer nor a refusal.
    Other,
    /// 2xx that is not known to be empty, 499 after bytes had been sent, and 2xx to a HEAD, which holds nothing and says
    /// that something is there ([`Requests::is_hit`] leaves it out).
    Hit,
    /// 404 or 410, or a 2xx that carries the route's empty answer or the body of its errors.
    Miss,
    /// 401, 403, 405, 407, 429, 451 or stopped by a firewall.
    Denied,
    /// Any other 4xx, and 5xx.
    Error,
}

impl Answer {
    /// All of them, in order of their number.
    pub const ALL: [Self; 5] = [Self::Other, Self::Hit, Self::Miss, Self::Denied, Self::Error];

    /// The value in the column `answer`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Other => "other",
            Self::Hit => "hit",
            Self::Miss => "miss",
            Self::Denied => "denied",
            Self::Error => "error",
        }
    }
}

/// What kind of thing an object id looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum ObjectKind {
    /// A whole number.
    Int,
    /// A UUID.
    Uuid,
    /// A telephone number.
    Phone,
    /// An e-mail address.
    Email,
    /// A twelve- or thirteen-digit national identity number.
    NationalId,
    /// A long hexadecimal string.
    Hex,
    /// Anything else that varies.
    Slug,
}

impl ObjectKind {
    /// All of them, in order of their number.
    pub const ALL: [Self; 7] =
        [Self::Int, Self::Uuid, Self::Phone, Self::Email, Self::NationalId, Self::Hex, Self::Slug];

    /// The value in the column `object_kind`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Int => "int",
            Self::Uuid => "uuid",
            Self::Phone => "phone",
            Self::Email => "email",
            Self::NationalId => "national_id",
            Self::Hex => "hex",
            Self::Slug => "slug",
        }
    }

    /// Whether it names a person by itself.
    pub const fn is_personal(self) -> bool {
        matches!(self, Self::Phone | Self::Email | Self::NationalId)
    }
}

/// Derivations over all records. Lookup tables are indexed by the code they hang off.
#[derive(Clone, Default)]
pub struct Derived {
    /// Client address of each row, as a code into `client_ips`.
    pub client_ip: Vec<u32>,
    /// Distinct client addresses, in canonical text.
    pub client_ips: Dictionary,
    /// `client_ip` code -> code into `client_nets`.
    pub net_of_client: Vec<u32>,
    /// Distinct /24 and /48 networks.
    pub client_nets: Dictionary,
    /// Who runs the networks of `client_ips` and where they lie; empty without a database.
    pub whereabouts: Whereabouts,
    /// `target` code -> code into `paths`.
    pub path_of_target: Vec<u32>,
    /// Distinct paths.
    pub paths: Dictionary,
    /// `target` code -> code into `routes`.
    pub route_of_target: Vec<u32>,
    /// Distinct route templates.
    pub routes: Dictionary,
    /// `route` code -> code into `audiences`; empty when no principal is known.
    pub audience_of_route: Vec<u32>,
    /// The values of `audience`.
    pub audiences: Dictionary,
    /// `route` code -> code into `route_kinds`; empty when no route has a kind.
    pub kind_of_route: Vec<u32>,
    /// The values of `route_kind`.
    pub route_kinds: Dictionary,
    /// Code into `attempts` of each row; empty when no attempt was judged.
    pub attempt: Vec<u32>,
    /// The values of `attempt`.
    pub attempts: Dictionary,
    /// `route` code -> code into `versions`.
    pub version_of_route: Vec<u32>,
    /// Distinct API versions.
    pub versions: Dictionary,
    /// `route` code -> code into `resources`.
    pub resource_of_route: Vec<u32>,
    /// Distinct resources: what routes of several versions have in common.
    pub resources: Dictionary,
    /// `route` code -> code into `editions`.
    pub edition_of_route: Vec<u32>,
    /// What stands where the version of a resource stands.
    pub editions: Dictionary,
    /// `path` code -> code into `spellings`; empty where no path is in disguise.
    pub spelling_of_path: Vec<u32>,
    /// How paths in disguise are spelt.
    pub spellings: Dictionary,
    /// `route` code -> number of what its ids are of ([`crate::things`]), once anybody has asked.
    pub things: OnceLock<Vec<u32>>,
    /// `target` code -> code into `leads`.
    pub leads_of_target: Vec<u32>,
    /// Hosts and paths elsewhere that parameters of targets hold.
    pub leads: Dictionary,
    /// `target` code -> code into `objects` (from the path, or else from the query).
    pub object_of_target: Vec<u32>,
    /// Distinct object ids, as text.
    pub objects: Dictionary,
    /// `object` code -> its kind.
    pub kind_of_object: Vec<ObjectKind>,
    /// Authentication of each row.
    pub auth: Vec<Auth>,
    /// Answer class of each row.
    pub answer: Vec<Answer>,
    /// Hits whose size is that of the route's errors, which data may have by chance; may be empty.
    pub doubtful: FixedBitSet,
    /// Which rows are one request, seen at several vantages.
    pub exchanges: Exchanges,
    /// Sentences about what was assumed (proxies stepped over, address rules not evaluable, and why).
    pub notes: Vec<String>,
    /// Per source: whether its client addresses can be told apart (one peer does not carry most of it).
    pub addresses_usable: Vec<bool>,
    /// What the analyst declared of paths and callers.
    pub declared: Declared,
    /// The rows that answers are limited to; `None` means all. What is compared with what stays the same.
    pub selected: Option<Selected>,
}

/// Facts with their derivations.
pub struct Requests {
    /// The facts, in order of source and place.
    pub facts: FactTable,
    /// The sources, by the id that rows carry.
    pub sources: Vec<SourceReport>,
    /// The derivations.
    pub derived: Derived,
    /// Row numbers in total order: (ts, source, `byte_offset`, item); rows without a time come first.
    pub order: Vec<u32>,
}

/// Derived columns that hang off the target.
const BY_TARGET: [&str; 12] = [
    "path",
    "leads_to",
    "spelling",
    "route",
    "api_version",
    "audience",
    "route_kind",
    "resource",
    "edition",
    "access",
    "documented",
    "object_id",
];

/// A text column of facts or derivations, read by code.
#[derive(Clone, Copy)]
pub struct TextView<'a> {
    codes: Codes<'a>,
    /// The distinct values.
    pub dictionary: &'a Dictionary,
}

#[derive(Clone, Copy)]
enum Codes<'a> {
    Absent,
    Direct(&'a [u32]),
    Through(&'a [u32], &'a [u32]),
    Twice(&'a [u32], &'a [u32], &'a [u32]),
}

impl<'a> TextView<'a> {
    /// The code at a row.
    #[inline]
    pub fn code(&self, row: usize) -> u32 {
        match self.codes {
            Codes::Absent => ABSENT,
            Codes::Direct(codes) => codes[row],
            Codes::Through(codes, table) => table[codes[row] as usize],
            Codes::Twice(codes, first, second) => second[first[codes[row] as usize] as usize],
        }
    }

    /// The value at a row, if it has one.
    pub fn get(&self, row: usize) -> Option<&'a str> {
        match self.code(row) {
            ABSENT => None,
            code => Some(self.dictionary.text(code)),
        }
    }

    /// A table over the distinct values brought down to the codes that rows hold, so that a row costs one look-up;
    /// `None` when no row has a value.
    pub fn through<T: Copy>(&self, table: Vec<T>) -> Option<(&'a [u32], Vec<T>)> {
        let down = |by: &[u32], table: &[T]| -> Vec<T> { by.iter().map(|&code| table[code as usize]).collect() };
        Some(match self.codes {
            Codes::Absent => return None,
            Codes::Direct(codes) => (codes, table),
            Codes::Through(codes, first) => (codes, down(first, &table)),
            Codes::Twice(codes, first, second) => (codes, down(first, &down(second, &table))),
        })
    }

    /// The code of each row, where they are at hand without a detour over another column's.
    pub fn direct(self) -> Option<&'a [u32]> {
        match self.codes {
            Codes::Direct(codes) => Some(codes),
            _ => None,
        }
    }

    /// Whether no row can have a value.
    pub fn is_absent(&self) -> bool {
        matches!(self.codes, Codes::Absent)
    }
}

/// Columns that hang off the target.
fn direct(codes: &[u32]) -> Codes<'_> {
    if codes.is_empty() { Codes::Absent } else { Codes::Direct(codes) }
}

impl Requests {
    /// Rows held.
    pub fn rows(&self) -> usize {
        self.facts.rows()
    }

    /// A dictionary column by name: text facts, `client_ip`, `client_net`, `asn`, `as_org`, `country`, `path`, `route`, `api_version`,
    /// `audience`, `route_kind`, `attempt`, `spelling`, `resource`, `edition`, `access`, `documented`, `claims`, `leads_to`,
    /// `object_id`.
    pub fn text(&self, name: &str) -> Option<TextView<'_>> {
        if let Some(&text) = Text::ALL.iter().find(|text| text.name() == name) {
            let column = self.facts.text(text);
            return Some(TextView { codes: direct(column.codes()), dictionary: &column.dictionary });
        }
        let derived = &self.derived;
        let targets = self.facts.text(Text::Target).codes();
        Some(match name {
            "client_ip" => TextView { codes: direct(&derived.client_ip), dictionary: &derived.client_ips },
            "client_net" => self.by_client(&derived.net_of_client, &derived.client_nets),
            "asn" => self.by_client(&derived.whereabouts.asn_of, &derived.whereabouts.asns),
            "as_org" => self.by_client(&derived.whereabouts.org_of, &derived.whereabouts.orgs),
            "country" => self.by_client(&derived.whereabouts.country_of, &derived.whereabouts.countries),
            "attempt" => TextView { codes: direct(&derived.attempt), dictionary: &derived.attempts },
            _ if targets.is_empty() && BY_TARGET.contains(&name) => {
                TextView { codes: Codes::Absent, dictionary: &derived.paths }
            }
            "path" => TextView { codes: Codes::Through(targets, &derived.path_of_target), dictionary: &derived.paths },
            "route" => {
                TextView { codes: Codes::Through(targets, &derived.route_of_target), dictionary: &derived.routes }
            }
            // Rows that pass by are not told where they lead.
            "leads_to" if derived.leads_of_target.is_empty() => {
                TextView { codes: Codes::Absent, dictionary: &derived.leads }
            }
            "leads_to" => {
                TextView { codes: Codes::Through(targets, &derived.leads_of_target), dictionary: &derived.leads }
            }
            "spelling" => self.by_path(&derived.spelling_of_path, &derived.spellings),
            "api_version" => self.by_route(&derived.version_of_route, &derived.versions),
            "audience" => self.by_route(&derived.audience_of_route, &derived.audiences),
            "route_kind" => self.by_route(&derived.kind_of_route, &derived.route_kinds),
            "resource" => self.by_route(&derived.resource_of_route, &derived.resources),
            "edition" => self.by_route(&derived.edition_of_route, &derived.editions),
            "access" => self.by_path(&derived.declared.access_of_path, &derived.declared.accesses),
            "documented" => self.by_path(&derived.declared.documented_of_path, &derived.declared.documents),
            "claims" => TextView { codes: direct(&derived.declared.claims), dictionary: &derived.declared.claimed },
            "object_id" => {
                TextView { codes: Codes::Through(targets, &derived.object_of_target), dictionary: &derived.objects }
            }
            _ => return None,
        })
    }

    /// A column that hangs off the client address; an empty table is a column without values.
    fn by_client<'a>(&'a self, of_client: &'a [u32], dictionary: &'a Dictionary) -> TextView<'a> {
        let clients = &self.derived.client_ip;
        let is_absent = clients.is_empty() || of_client.is_empty();
        let codes = if is_absent { Codes::Absent } else { Codes::Through(clients, of_client) };
        TextView { codes, dictionary }
    }

    /// A column that hangs off the route; an empty table is a column without values.
    fn by_route<'a>(&'a self, of_route: &'a [u32], dictionary: &'a Dictionary) -> TextView<'a> {
        let (derived, targets) = (&self.derived, self.facts.text(Text::Target).codes());
        let codes =
            if of_route.is_empty() { Codes::Absent } else { Codes::Twice(targets, &derived.route_of_target, of_route) };
        TextView { codes, dictionary }
    }

    /// A column that hangs off the path, likewise.
    fn by_path<'a>(&'a self, of_path: &'a [u32], dictionary: &'a Dictionary) -> TextView<'a> {
        let targets = self.facts.text(Text::Target).codes();
        let codes = if of_path.is_empty() {
            Codes::Absent
        } else {
            Codes::Twice(targets, &self.derived.path_of_target, of_path)
        };
        TextView { codes, dictionary }
    }

    /// The same with what other rows of the exchange say filled in at rows that count: what rules read.
    pub fn told(&self, name: &str) -> Option<TextView<'_>> {
        let view = self.text(name)?;
        let text = Text::ALL.into_iter().find(|text| text.name() == name);
        Some(match text.and_then(|text| self.derived.exchanges.told(text)) {
            Some(codes) => TextView { codes: Codes::Direct(codes), ..view },
            None => view,
        })
    }

    /// A numeric column with what other rows of the exchange say filled in at rows that count: what rules read.
    pub fn told_number(&self, number: Number) -> &[i64] {
        let told = self.derived.exchanges.told_numbers.iter().find(|(known, _)| *known == number);
        told.map_or_else(|| self.facts.number(number).values(), |(_, values)| values)
    }

    /// Limits answers to a selection. Rules still measure and compare everything.
    pub fn limit(&mut self, selection: &Selection) {
        self.derived.selected = selection.select(self);
    }

    /// Whether a row is among those that answers are limited to.
    pub fn is_selected(&self, row: u32) -> bool {
        self.derived.selected.as_ref().is_none_or(|selected| selected.rows.contains(row as usize))
    }

    /// The rows that answers are limited to, in total order.
    pub fn selected(&self) -> &[u32] {
        self.derived.selected.as_ref().map_or(&self.order, |selected| &selected.order)
    }

    /// Whether a row stands for its exchange: requests are counted by the rows that do.
    #[inline]
    pub fn counts(&self, row: u32) -> bool {
        self.derived.exchanges.counts(row)
    }

    /// Whether a row was answered with data.
    #[inline]
    pub fn is_hit(&self, row: u32) -> bool {
        self.derived.answer.get(row as usize) == Some(&Answer::Hit) && !self.asks(row)
    }

    /// Whether a row only asked whether something is there: no answer to it holds anything.
    #[inline]
    pub fn asks(&self, row: u32) -> bool {
        let methods = self.facts.text(Text::Method);
        methods.dictionary.get(methods.code(row as usize)).eq_ignore_ascii_case(b"HEAD")
    }

    /// Whether the client went away while an answer was sent to it, so that nobody knows what it got.
    pub fn is_cut_off(&self, row: u32) -> bool {
        self.facts.status(row as usize) == Some(GONE) && self.is_hit(row)
    }

    /// Whether a row was answered with what may be the body of an error, whatever its status says.
    #[inline]
    pub fn is_doubtful(&self, row: u32) -> bool {
        self.derived.doubtful.contains(row as usize) && self.is_hit(row)
    }

    /// The rows that stand for their exchanges, by number.
    pub fn counted(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.rows() as u32).filter(|&row| self.counts(row))
    }

    /// A number, never 0, that sources share whose requests are counted together.
    pub fn family(&self, source: u32) -> u32 {
        if let Some(&family) = self.derived.exchanges.family.get(source as usize) {
            return family;
        }
        let vantage = self.sources.get(source as usize).and_then(|source| source.vantage);
        vantage.map_or(1, |vantage| vantage as u32 + 2)
    }

    /// The family of the source that a row is of.
    #[inline]
    pub fn family_of(&self, row: u32) -> u32 {
        self.family(self.facts.source(row as usize))
    }

    /// The vantages of the sources of a family, from the client inwards: `edge, balancer`; sources are named where
    /// another family has the same vantages.
    pub fn vantages_of(&self, family: u32) -> String {
        let mut families: BTreeMap<u32, BTreeSet<Option<Vantage>>> = BTreeMap::new();
        for source in self.sources.iter().filter(|source| source.rows > 0) {
            families.entry(self.family(source.id)).or_default().insert(source.vantage);
        }
        let Some(own) = families.remove(&family) else { return String::new() };
        let name = own.iter().map(|vantage| vantage.map_or("unknown vantage", Vantage::name));
        let name = name.collect::<Vec<_>>().join(", ");
        if families.values().all(|other| *other != own) {
            return name;
        }
        let paths = self.sources.iter().filter(|source| source.rows > 0 && self.family(source.id) == family);
        let paths: Vec<&str> = paths.map(|source| source.path.as_str()).collect();
        format!("{name} ({})", paths.join(", "))
    }

    /// The rows with all others of their exchanges that are counted together with them, in total order.
    pub fn cited(&self, rows: &[u32]) -> Vec<u32> {
        let exchanges = &self.derived.exchanges;
        if exchanges.is_empty() {
            return rows.to_vec();
        }
        let mut cited: Vec<u32> = Vec::with_capacity(rows.len());
        for &row in rows {
            let mut siblings = exchanges.siblings(row, self.facts.source_values()).peekable();
            if siblings.peek().is_none() {
                cited.push(row);
            }
            cited.extend(siblings);
        }
        self.put_in_order(&mut cited);
        cited
    }

    /// Puts rows in total order, each once.
    pub fn put_in_order(&self, rows: &mut Vec<u32>) {
        // Rows stand in order of source and place, so (ts, row) is the total order.
        let times = self.facts.ts_values();
        rows.sort_unstable_by_key(|&row| (times[row as usize], row));
        rows.dedup();
    }

    /// The query part of the target at a row, secrets masked.
    pub fn query(&self, row: usize) -> Option<&str> {
        self.facts.text(Text::Target).get(row)?.split_once('?').map(|(_, query)| query)
    }
}
