//! Query parameters that identify something whatever they are called, told by the values that a route gets in them.
//!
//! An id is one of many of its like, and comes back or does not exist: others ask for it again, or the route answers
//! that there is none; or it is built as no chance builds it (`K024117733`, `25-0153008`). Numbers of pages begin
//! where most requests are; quantities are round; times lie where times lie; what is made up for one request (to get
//! past a cache) is never seen again and never missing.

use super::parameter::{is_national_name, is_other, is_phone_name, parts};
use super::{Context, decoded, query};
use crate::derive::route::look::{self, Look, look};
use breachline_parsers::table::{ABSENT, Dictionary};
use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashSet};
use std::hash::BuildHasher;

/// Different values from which a parameter is looked at.
const ENOUGH: usize = 30;
/// Where another route gets ids of the same build under the same name.
const FEW: usize = 5;
/// Longest name and value that are looked at, in bytes.
const LONGEST: (usize, usize) = (64, 128);
/// Times that numbers may be: seconds since 1970, from 2001 to 2038.
const SECONDS: std::ops::RangeInclusive<u64> = 1_000_000_000..=2_147_483_647;

/// A value that is asked for again so much later, in microseconds, is not tried again.
const LATER: i64 = 3_600_000_000;
/// More than one client.
const SEVERAL: u32 = u32::MAX;

/// How often a target was asked for, how often there was no such thing, by whom and when.
#[derive(Clone, Copy, Default)]
pub struct Use {
    pub rows: u32,
    pub missed: u32,
    /// Code of the client, [`ABSENT`] where it is not known.
    client: u32,
    /// First and last time.
    times: Option<(i64, i64)>,
}

impl Use {
    /// Takes a request in.
    pub fn add(&mut self, missed: bool, client: u32, ts: Option<i64>) {
        self.join(&Self { rows: 1, missed: u32::from(missed), client, times: ts.map(|ts| (ts, ts)) });
    }

    fn join(&mut self, other: &Self) {
        self.client = match (self.client, other.client) {
            (client, ABSENT) | (ABSENT, client) => client,
            (one, other) if one == other => one,
            _ => SEVERAL,
        };
        self.times = match (self.times, other.times) {
            (Some(one), Some(other)) => Some((one.0.min(other.0), one.1.max(other.1))),
            (one, other) => one.or(other),
        };
        self.rows = self.rows.saturating_add(other.rows);
        self.missed = self.missed.saturating_add(other.missed);
    }

    /// Whether somebody else asks for it, or the same client much later: nobody tries again so.
    fn came_back(&self) -> bool {
        self.client == SEVERAL || self.times.is_some_and(|(first, last)| last.saturating_sub(first) >= LATER)
    }
}

/// What a value looks like.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Number(u64),
    /// Long or built so that it can be nothing else.
    Id,
    /// Letters with digits, of this length.
    Code(usize),
    /// Letters, of this length: a word, or a code that has no digit by chance.
    Word(usize),
    Other,
}

impl Kind {
    /// How many values of its like there are at least.
    fn room(self) -> u64 {
        match self {
            Self::Number(number) => number,
            Self::Id => u64::MAX,
            // Letters and digits are of sixteen kinds at least.
            Self::Code(length) | Self::Word(length) => 16_u64.saturating_pow(u32::try_from(length).unwrap_or(u32::MAX)),
            Self::Other => 1,
        }
    }
}

#[derive(Default)]
struct Values {
    by_hash: HashMap<u64, (Kind, Use), FixedState>,
    /// How many of them are built in which way.
    built: HashMap<u64, usize, FixedState>,
}

/// The parameter of each route that identifies something, by name in lower case.
#[derive(Default)]
pub struct Learnt {
    of_route: HashMap<u32, Vec<u8>, FixedState>,
}

impl Learnt {
    /// Learns from the targets that name no object otherwise: their codes and routes.
    pub fn new(targets: &Dictionary, open: &[(u32, u32)], uses: &[Use]) -> Self {
        let mut names = Dictionary::default();
        let mut values: HashMap<(u32, u32), Values, FixedState> = HashMap::default();
        let hasher = FixedState::with_seed(17);
        // There are few names, each written in few ways.
        let mut written: HashMap<Vec<u8>, Option<u32>, FixedState> = HashMap::default();
        for &(target, route) in open {
            let used = uses.get(target as usize).copied().unwrap_or_default();
            for (name, value) in pairs(&query(targets.get(target))) {
                let name = *written.entry_ref(name).or_insert_with(|| name_of(name).map(|name| names.intern(&name)));
                let Some(name) = name else { continue };
                let value = decoded(value);
                let value = referred(&value);
                let of = values.entry((route, name)).or_default();
                // A collision would make a parameter vary by one less.
                let built = &mut of.built;
                let known = of.by_hash.entry(hasher.hash_one(value)).or_insert_with(|| {
                    *built.entry(build(value)).or_default() += 1;
                    (kind(value), Use::default())
                });
                known.1.join(&used);
            }
        }
        let sure: HashMap<(u32, u32), bool, FixedState> =
            values.iter().map(|(&of, values)| (of, values.identify())).collect();
        // What identifies on one route does so on others that get few values, built alike.
        let mut builds: HashMap<u32, HashSet<u64, FixedState>, FixedState> = HashMap::default();
        for (of, values) in values.iter().filter(|(of, _)| sure[*of]) {
            builds.entry(of.1).or_default().extend(values.common_build());
        }
        let known = |name: u32, values: &Values| {
            let common = values.common_build().filter(|_| values.by_hash.len() >= FEW);
            common.is_some_and(|build| builds.get(&name).is_some_and(|builds| builds.contains(&build)))
        };
        let identify = values.into_iter().filter(|(of, values)| sure[of] || known(of.1, values));
        let mut found: Vec<(u32, usize, Vec<u8>)> =
            identify.map(|((route, name), values)| (route, values.by_hash.len(), names.get(name).to_vec())).collect();
        // Of several the one that varies most.
        found.sort_unstable_by(|a, b| (a.0, a.1, &b.2).cmp(&(b.0, b.1, &a.2)));
        Self { of_route: found.into_iter().map(|(route, _, name)| (route, name)).collect() }
    }

    /// What a target of a route names, and what the parameter's name says about it.
    pub fn object(&self, route: u32, target: &[u8]) -> Option<(Vec<u8>, Context)> {
        let wanted = self.of_route.get(&route)?;
        let query = query(target);
        let (_, value) = pairs(&query).find(|(name, _)| decoded(name).eq_ignore_ascii_case(wanted))?;
        let name = std::str::from_utf8(wanted).unwrap_or_default();
        let context = Context { phone: is_phone_name(name), national: is_national_name(name) };
        let value = referred(&decoded(value)).to_vec();
        (kind(&value) != Kind::Other).then_some((value, context))
    }
}

/// Names and values as they are written, of parameters that are not too long to identify something.
fn pairs(query: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let query = memchr::memchr(b'#', query).map_or(query, |at| &query[..at]);
    query.split(|&byte| byte == b'&').filter_map(|pair| {
        let at = memchr::memchr(b'=', pair)?;
        let (name, value) = (&pair[..at], &pair[at + 1..]);
        let fits = !name.is_empty() && !value.is_empty() && name.len() <= LONGEST.0 && value.len() <= LONGEST.1;
        fits.then_some((name, value))
    })
}

/// A name in lower case, unless it says that something else stands there.
fn name_of(written: &[u8]) -> Option<Vec<u8>> {
    let name = decoded(written).to_ascii_lowercase();
    // `jsessionid` is one word.
    let is_session = |part: &str| part.contains("sess") && part.ends_with("id");
    let is_not = |part: &String| is_other(part) || is_made_up(part) || is_session(part);
    let may = parts(&name).is_some_and(|parts| !parts.iter().any(is_not));
    may.then_some(name)
}

/// What a reference with the kind of thing in front refers to: `17` of `Patient/17`.
fn referred(value: &[u8]) -> &[u8] {
    match memchr::memchr(b'/', value) {
        Some(at) if at > 0 && value[..at].iter().all(u8::is_ascii_alphabetic) => &value[at + 1..],
        _ => value,
    }
}

/// How a value is built of letters, digits and signs, where it has two sorts of them; 0 where it has one.
fn build(value: &[u8]) -> u64 {
    let class = |&byte: &u8| match byte {
        b'0'..=b'9' => b'0',
        byte if byte.is_ascii_alphabetic() => b'a',
        byte => byte,
    };
    let built: Vec<u8> = value.iter().map(class).collect();
    let is_mixed = built.iter().any(|class| *class != built[0]);
    if is_mixed { FixedState::with_seed(19).hash_one(&built).max(1) } else { 0 }
}

/// Names of what is made up for each request, or measures something.
fn is_made_up(part: &str) -> bool {
    const NAMES: &[&str] = &[
        "r",
        "t",
        "v",
        "z",
        "cb",
        "rnd",
        "rand",
        "random",
        "nocache",
        "cachebust",
        "cachebuster",
        "bust",
        "dc",
        "seed",
        "uniq",
        "unique",
        "amount",
        "price",
        "sum",
        "total",
        "width",
        "height",
        "w",
        "h",
        "quality",
        "radius",
        "distance",
        "year",
        "month",
        "day",
        "hour",
        "quantity",
        "qty",
        "rating",
        "score",
        "percent",
        "plz",
        "postcode",
        "zipcode",
        "port",
        "skip",
        "take",
        "top",
        "pg",
        "p",
    ];
    NAMES.contains(&part)
}

fn kind(value: &[u8]) -> Kind {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if value.iter().all(u8::is_ascii_digit) {
        let Ok(number) = std::str::from_utf8(value).unwrap_or_default().parse::<u64>() else { return Kind::Id };
        return if is_time(number) { Kind::Other } else { Kind::Number(number) };
    }
    if let Some(number) = numbered(value) {
        return kind(&number);
    }
    match look(value) {
        Look::Hole(look::UUID | look::HEX | look::EMAIL) => Kind::Id,
        // `+31612345678`; a minus is a quantity's.
        Look::Hole(look::ID) if value[0] == b'+' => Kind::Id,
        Look::Hole(look::SLUG) if value.iter().all(is_plain) => Kind::Id,
        Look::Mixed if (4..=40).contains(&value.len()) && value.iter().all(is_plain) => Kind::Code(value.len()),
        Look::Word if value.iter().all(u8::is_ascii_alphanumeric) => Kind::Word(value.len()),
        _ => Kind::Other,
    }
}

/// A number with strokes in it, as files and cases have them (`2024-0012345/3`), with dashes for strokes; no day (`1/3/2024`).
fn numbered(value: &[u8]) -> Option<Vec<u8>> {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'/');
    let groups = || value.split(|byte| matches!(byte, b'-' | b'/'));
    let is_long = groups().any(|group| group.len() >= 5 && group.iter().all(u8::is_ascii_digit));
    let may = value.contains(&b'/') && is_long && value.iter().all(is_part) && groups().all(|group| !group.is_empty());
    may.then(|| value.iter().map(|&byte| if byte == b'/' { b'-' } else { byte }).collect())
}

/// Seconds or milliseconds since 1970, or a day written as a number.
fn is_time(number: u64) -> bool {
    let is_day = (19_000_101..=20_991_231).contains(&number)
        && (1..=12).contains(&(number / 100 % 100))
        && (1..=31).contains(&(number % 100));
    SECONDS.contains(&number) || SECONDS.contains(&(number / 1_000)) || is_day
}

impl Values {
    /// Whether these are ids.
    fn identify(&self) -> bool {
        let distinct = self.by_hash.len();
        let rows: usize = self.by_hash.values().map(|(_, used)| used.rows as usize).sum();
        distinct >= ENOUGH && distinct * 500 >= rows && self.look_like_ids() && self.is_of_something(rows)
    }

    fn look_like_ids(&self) -> bool {
        let distinct = self.by_hash.len();
        let kinds = || self.by_hash.values().map(|(kind, _)| *kind);
        let mut lengths: HashMap<usize, usize, FixedState> = HashMap::default();
        for kind in kinds() {
            if let Kind::Code(length) = kind {
                *lengths.entry(length).or_default() += 1;
            }
        }
        let usual = lengths.iter().max_by_key(|&(length, count)| (*count, *length)).map(|(length, _)| *length);
        let sure = kinds().filter(|kind| matches!(kind, Kind::Number(_) | Kind::Id | Kind::Code(_))).count();
        // Of random letters and digits a few have no digit.
        let chance = kinds().filter(|kind| matches!(kind, Kind::Word(length) if Some(*length) == usual)).count();
        sure * 10 >= distinct * 6 && (sure + chance) * 10 >= distinct * 9 && !self.are_quantities()
    }

    /// Whether these are numbers that are round, or those of pages: a few small ones that most requests have.
    fn are_quantities(&self) -> bool {
        let mut numbers: Vec<(u64, u32)> = Vec::new();
        for (kind, used) in self.by_hash.values() {
            if let Kind::Number(number) = kind {
                numbers.push((*number, used.rows));
            }
        }
        if numbers.len() * 10 < self.by_hash.len() * 9 {
            return false;
        }
        numbers.sort_unstable();
        let round = numbers.iter().filter(|(number, _)| number.is_multiple_of(5)).count();
        let mut rows: Vec<u32> = numbers.iter().map(|&(_, rows)| rows).collect();
        rows.sort_unstable();
        let (first, usual) = (numbers[0], rows[rows.len() / 2]);
        round * 2 > numbers.len() || first.0 <= 1 && first.1.saturating_mul(2) >= usual.saturating_mul(3).max(6)
    }

    /// Whether there is something behind the values: they come back, are missing, were handed out in
    /// order, or are all built alike.
    fn is_of_something(&self, rows: usize) -> bool {
        let distinct = self.by_hash.len();
        let again = self.by_hash.values().filter(|(_, used)| used.rows > 1).count();
        let missed: usize = self.by_hash.values().map(|(_, used)| used.missed as usize).sum();
        let numbers = || {
            self.by_hash.values().filter_map(|(kind, _)| match kind {
                Kind::Number(number) => Some(*number),
                _ => None,
            })
        };
        let span = numbers().max().unwrap_or(0) - numbers().min().unwrap_or(0);
        let in_order = numbers().count() * 10 >= distinct * 9 && span <= distinct as u64 * 20;
        let alike = self.common_build().is_some();
        alike
            || again >= 3.max(distinct / 20)
            || self.come_back(rows)
            || missed >= 5 && missed * 50 >= rows && missed < rows
            || in_order
    }

    /// The build that nearly all have, if they have two sorts of characters.
    fn common_build(&self) -> Option<u64> {
        let distinct = self.by_hash.len();
        self.built.iter().find(|&(&build, &count)| build != 0 && count * 20 >= distinct * 19).map(|(&build, _)| build)
    }

    /// Whether some come back to others or later, one in a hundred and far more than would if each were drawn anew:
    /// somebody who asks for everything once hides how often things come back, but not that they do.
    fn come_back(&self, rows: usize) -> bool {
        let distinct = self.by_hash.len();
        let back = self.by_hash.values().filter(|(_, used)| used.came_back()).count();
        let mut rooms: Vec<u64> = self.by_hash.values().map(|(kind, _)| kind.room()).collect();
        rooms.sort_unstable();
        // So many pairs of requests, each alike by chance once in so many.
        let by_chance = (rows as u64).pow(2) / rooms[distinct / 2].saturating_mul(2).max(1);
        back >= 5.max(distinct / 200) && back as u64 >= 5 * by_chance
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The value that the last of some targets names; each was asked for so often and missed so often.
    fn object(targets: &[(String, u32, u32)]) -> Option<String> {
        let mut known = Dictionary::default();
        let mut uses = vec![Use::default()];
        for (target, rows, missed) in targets {
            let code = known.intern(target.as_bytes()) as usize;
            uses.resize(uses.len().max(code + 1), Use::default());
            (0..*rows).for_each(|row| uses[code].add(row < *missed, ABSENT, None));
        }
        let open: Vec<(u32, u32)> =
            known.iter().filter(|(code, _)| *code != ABSENT).map(|(code, _)| (code, 1)).collect();
        let learnt = Learnt::new(&known, &open, &uses);
        let (last, ..) = targets.last()?;
        learnt.object(1, last.as_bytes()).map(|(value, _)| String::from_utf8_lossy(&value).into_owned())
    }

    /// 60 targets: what stands in the parameter, how often each is asked for.
    fn named(name: &str, value: impl Fn(u64) -> String, rows: impl Fn(u64) -> u32) -> Option<String> {
        let target = |at: u64| (format!("/a?lang=en&{name}={}", value(at)), rows(at), 0);
        object(&(0..60).map(target).collect::<Vec<_>>())
    }

    fn scattered(at: u64) -> u64 {
        100_000 + at * 7_919 % 900_001
    }

    #[test]
    fn ids_are_known_by_what_they_are_whatever_their_name() {
        let twice = |_| 2;
        assert_eq!(named("nr", |at| scattered(at).to_string(), twice).as_deref(), Some("567221"));
        for name in ["ref", "n", "code", "ZZ", "dossier", "번호표"] {
            assert!(named(name, |at| scattered(at).to_string(), twice).is_some(), "{name}");
        }
        let base36 = |at: u64| {
            let digit =
                |place: u32| char::from_digit(((at * 2_654_435_761) >> (5 * place)) as u32 % 36, 36).unwrap_or('0');
            (0..6).map(digit).collect::<String>()
        };
        assert!(named("ref", base36, twice).is_some());
        assert!(named("ref", |at| base36(at).to_ascii_uppercase(), twice).is_some());
        assert!(named("u", |at| format!("kim{at}@mail.example"), twice).is_some());
        assert!(named("nach", |at| format!("010-2345-{}", 1_000 + at * 97), twice).is_some());
        // Asked for once each: all built alike, handed out in order, or missing now and then.
        let once = |_| 1;
        assert_eq!(named("kvnr", |at| format!("K{:09}", scattered(at) * 997), once).as_deref(), Some("K565519337"));
        assert!(named("fall", |at| format!("25-0{}", scattered(at)), once).is_some());
        assert_eq!(named("subject", |at| format!("Patient/{}", scattered(at)), twice).as_deref(), Some("567221"));
        assert!(named("nr", |at| (4_100 + at * 3).to_string(), |_| 1).is_some());
        let missing: Vec<_> =
            (0..60).map(|at| (format!("/a?nr={}", scattered(at)), 1, u32::from(at % 3 == 0))).collect();
        assert!(object(&missing).is_some());
    }

    #[test]
    fn ids_that_come_back_to_others_are_known_although_one_caller_asks_for_all() {
        let learns = |name: &str, client: fn(u64) -> u32| {
            let mut known = Dictionary::default();
            let mut uses = vec![Use::default()];
            for at in 0..2_000 {
                let code = known.intern(format!("/a?{name}=x{}q", scattered(at) * 7_919 % 99_991).as_bytes());
                uses.resize(known.len(), Use::default());
                uses[code as usize].add(false, 1, Some(at.cast_signed() * 1_000_000));
                // One in a hundred again, a second later.
                if at % 100 == 0 {
                    uses[code as usize].add(false, client(at), Some(at.cast_signed() * 1_000_000 + 1_000_000));
                }
            }
            let open: Vec<(u32, u32)> =
                known.iter().filter(|(code, _)| *code != ABSENT).map(|(code, _)| (code, 1)).collect();
            Learnt::new(&known, &open, &uses).object(1, known.get(known.len() as u32 - 1)).is_some()
        };
        assert!(learns("a", |_| 2));
        assert!(!learns("a", |_| 1), "tried again");
        assert!(!learns("jsessionid", |_| 2));
    }

    #[test]
    fn numbers_with_strokes_are_ids_and_days_are_not() {
        assert!(named("case", |at| format!("2024-{:07}/{}", scattered(at), at % 3), |_| 1).is_some());
        assert!(named("am", |at| format!("{}/{}/2024", at % 28 + 1, at % 12 + 1), |_| 2).is_none());
        assert!(named("page", |at| format!("{at}/60"), |_| 2).is_none());
    }

    #[test]
    fn a_name_that_identifies_elsewhere_does_so_where_values_are_few_and_built_alike() {
        let mut known = Dictionary::default();
        for at in 0..40 {
            known.intern(format!("/a?pol=K{:06}-X", scattered(at)).as_bytes());
        }
        let many = known.len() as u32;
        for at in 0..6 {
            known.intern(format!("/b?pol=K{:06}-X", scattered(at + 50)).as_bytes());
        }
        let few = known.len() as u32;
        for colour in ["red", "blue"] {
            known.intern(format!("/c?pol={colour}").as_bytes());
        }
        let route = |code: u32| 1 + u32::from(code >= many) + u32::from(code >= few);
        let open: Vec<(u32, u32)> = (1..known.len() as u32).map(|code| (code, route(code))).collect();
        let mut uses = vec![Use::default(); known.len()];
        for used in &mut uses {
            used.add(false, ABSENT, None);
        }
        let learnt = Learnt::new(&known, &open, &uses);
        assert!(learnt.object(2, b"/b?pol=K100000-X").is_some());
        assert!(learnt.object(3, b"/c?pol=red").is_none());
    }

    #[test]
    fn pages_times_quantities_words_and_what_is_made_up_are_no_ids() {
        let twice = |_| 2;
        let pages = |at: u64| (60 - at.min(59)) as u32;
        for (name, value, rows) in [
            ("blatt", (|at| (at + 1).to_string()) as fn(u64) -> String, pages as fn(u64) -> u32),
            ("ab", |at| (at * 20).to_string(), twice),
            ("seit", |at| (1_772_582_400 + at * 61).to_string(), twice),
            ("seit", |at| (1_772_582_400_123 + at * 61_017).to_string(), twice),
            ("tag", |at| format!("202603{:02}", 1 + at % 31), twice),
            ("tag", |at| format!("2026-03-{:02}", 1 + at % 31), twice),
            ("preis", |at| (at * 50).to_string(), twice),
            ("ort", |at| format!("{}.{}", 48 + at % 5, 1_000 + at * 37), twice),
            ("was", |at| format!("{}{}", ["rot", "blau", "gelb"][at as usize % 3], "x".repeat(at as usize)), twice),
            ("w3", |at| scattered(at).wrapping_mul(2_654_435_761).to_string(), |_| 1),
            ("page", |at| scattered(at).to_string(), twice),
            ("_", |at| scattered(at).to_string(), twice),
            ("rnd", |at| scattered(at).to_string(), twice),
        ] {
            assert_eq!(named(name, value, rows), None, "{name}={}", value(7));
        }
        assert_eq!(named("typ", |at| (100 + at % 20).to_string(), twice), None, "too few");
        assert_eq!(named("nr", |at| (100 + at * 7).to_string(), |_| 900), None, "a classification");
    }
}
