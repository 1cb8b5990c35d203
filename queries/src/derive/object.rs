//! Which object a request names, and what kind of thing its id is.
//!
//! In: distinct targets and the routes of their paths. Out: one object a target at most: the last id of the
//! path, or else the query parameter that identifies something: by its name, or by the values that its route gets in it.

mod global;
mod learnt;
mod parameter;

pub use global::number;
pub use learnt::Use;
pub use parameter::{is_national_name, is_phone_name};

use super::route::{Routes, look, segments, without_origin};
use crate::requests::ObjectKind;
use breachline_parsers::table::{ABSENT, Dictionary};
use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashSet};
use learnt::Learnt;
use parameter::{Parameter, parameters};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::hash::BuildHasher;

/// Longest object id that is kept whole.
const LONGEST: usize = 128;
/// Ids a route must have before its ids are judged together.
const ENOUGH_IDS: u32 = 20;

/// Objects of targets.
#[derive(Default)]
pub struct Objects {
    /// `target` code -> code into `ids`.
    pub of_target: Vec<u32>,
    /// Distinct ids.
    pub ids: Dictionary,
    /// `ids` code -> kind.
    pub kinds: Vec<ObjectKind>,
}

/// What objects are found in.
pub struct Asked<'a> {
    /// Distinct targets.
    pub targets: &'a Dictionary,
    /// Their paths.
    pub paths: &'a Dictionary,
    /// What paths in disguise are, by code.
    pub plain: &'a HashMap<u32, Vec<u8>, FixedState>,
    /// `target` code -> `path` code.
    pub path_of_target: &'a [u32],
    /// `target` code -> route.
    pub route_of_target: &'a [u32],
    /// The routes.
    pub routes: &'a Routes,
    /// `target` code -> how often it was asked for.
    pub uses: &'a dyn Fn() -> Vec<Use>,
}

/// Finds the objects of all targets.
pub fn objects(asked: &Asked<'_>) -> Objects {
    let Asked { targets, paths, plain, path_of_target, route_of_target, routes, uses } = *asked;
    let mut work = Work::new(routes);
    let mut of_path = vec![ABSENT; paths.len()];
    for (code, path) in paths.iter() {
        let route = routes.of_path[code as usize];
        let shape = routes.shapes[route as usize];
        let Some(segment) = shape.segment else {
            continue;
        };
        let path = plain.get(&code).map_or(path, Vec::as_slice);
        let Some(raw) = segments(without_origin(path)).nth(segment) else {
            continue;
        };
        let mut id = decoded(cut_matrix(raw));
        if shape.extension
            && let Some(dot) = memchr::memrchr(b'.', &id)
        {
            id = Cow::Owned(id[..dot].to_vec());
        }
        let context = Context { phone: shape.phone, national: shape.national };
        of_path[code as usize] = work.add(route, &id, context);
    }
    let mut of_target = vec![ABSENT; targets.len()];
    for (code, target) in targets.iter() {
        let path = path_of_target[code as usize];
        let object = of_path[path as usize];
        let route = route_of_target[code as usize];
        of_target[code as usize] = if object != ABSENT || routes.shapes[route as usize].asset {
            object
        } else {
            work.add_from_query(code, route, target)
        };
    }
    work.settle_ambiguous(targets, &mut of_target);
    work.learn(targets, route_of_target, uses, &mut of_target);
    work.judge_routes();
    Objects { of_target, ids: work.ids, kinds: work.kinds }
}

/// Names of the parameters of a query that identify something, as they stand there.
pub fn identifying_parameters(query: &[u8]) -> Vec<Vec<u8>> {
    parameters(query).map(|parameter| parameter.raw.to_vec()).collect()
}

/// A part of a path without its matrix parameters.
pub fn cut_matrix(segment: &[u8]) -> &[u8] {
    match memchr::memchr(b';', segment) {
        Some(at) if at > 0 => &segment[..at],
        _ => segment,
    }
}

/// Percent escapes undone once, where text comes out.
pub fn decoded(raw: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr(b'%', raw).is_none() {
        return Cow::Borrowed(raw);
    }
    let bytes = breachline_parsers::mask::percent_decode(raw);
    // Ids are text on every way out; what is not UTF-8 stays as it was sent.
    if std::str::from_utf8(&bytes).is_ok() { Cow::Owned(bytes) } else { Cow::Borrowed(raw) }
}

/// What the words around an id say about it.
#[derive(Clone, Copy, Default)]
pub struct Context {
    /// A telephone number follows.
    pub phone: bool,
    /// A national identity number follows.
    pub national: bool,
}

/// How the all-digit ids of one route look.
#[derive(Clone, Copy, Default)]
struct Digits {
    ids: u32,
    twelve: u32,
    resident: u32,
    mobile: u32,
    least: u64,
    most: u64,
}

struct Work<'a> {
    routes: &'a Routes,
    ids: Dictionary,
    kinds: Vec<ObjectKind>,
    digits: Vec<Digits>,
    /// (route, id) of ids that may be telephone or identity numbers, depending on their neighbours.
    long: Vec<(u32, u32)>,
    ambiguous: Vec<(u32, u32)>,
}

impl<'a> Work<'a> {
    fn new(routes: &'a Routes) -> Self {
        Self {
            routes,
            ids: Dictionary::default(),
            kinds: vec![ObjectKind::Slug],
            digits: vec![Digits::default(); routes.templates.len()],
            long: Vec::new(),
            ambiguous: Vec::new(),
        }
    }

    fn add(&mut self, route: u32, id: &[u8], context: Context) -> u32 {
        if id.is_empty() {
            return ABSENT;
        }
        let code = if id.len() > LONGEST { self.ids.intern(&shortened(id)) } else { self.ids.intern(id) };
        let kind = kind(id, context);
        match self.kinds.get_mut(code as usize) {
            None => self.kinds.push(kind),
            // One id in several contexts: personal wins, so that it is masked wherever it shows.
            Some(known) if kind.is_personal() && (!known.is_personal() || kind < *known) => {
                *known = kind;
            }
            Some(_) => {}
        }
        if kind == ObjectKind::Int {
            self.count(route, code, id);
        }
        code
    }

    fn count(&mut self, route: u32, code: u32, id: &[u8]) {
        let digits = &mut self.digits[route as usize];
        digits.ids += 1;
        if !(10..=13).contains(&id.len()) || !id.iter().all(u8::is_ascii_digit) {
            return;
        }
        let number = id.iter().fold(0u64, |number, byte| number * 10 + u64::from(byte - b'0'));
        digits.least = if digits.most == 0 { number } else { digits.least.min(number) };
        digits.most = digits.most.max(number);
        digits.twelve += u32::from(is_twelve(id));
        digits.resident += u32::from(is_resident(id));
        digits.mobile += u32::from(is_mobile(id));
        self.long.push((route, code));
    }

    fn add_from_query(&mut self, target: u32, route: u32, text: &[u8]) -> u32 {
        let mut found: Option<Parameter<'_>> = None;
        let mut rivals = false;
        let query = query(text);
        for parameter in parameters(&query) {
            match &found {
                // A person's own number or address says most; between equals the route decides.
                Some(known) if known.personal == parameter.personal => rivals = true,
                Some(known) if known.personal => {}
                _ => {
                    found = Some(parameter);
                    rivals = false;
                }
            }
        }
        if rivals {
            self.ambiguous.push((target, route));
            return ABSENT;
        }
        found.map_or(ABSENT, |found| self.add(route, &found.value, found.context))
    }

    /// Where several parameters identify something, the one that varies most on that route is the object.
    fn settle_ambiguous(&mut self, targets: &Dictionary, of_target: &mut [u32]) {
        let ambiguous = std::mem::take(&mut self.ambiguous);
        let mut names = Dictionary::default();
        // Hashes stand for values: a collision would only make a parameter vary by one less.
        let hasher = FixedState::with_seed(11);
        let mut values: HashMap<(u32, u32), HashSet<u64, FixedState>, FixedState> = HashMap::default();
        for &(target, route) in &ambiguous {
            for parameter in parameters(&query(targets.get(target))) {
                let name = names.intern(&parameter.name);
                values.entry((route, name)).or_default().insert(hasher.hash_one(&*parameter.value));
            }
        }
        let distinct = |route: u32, parameter: &Parameter<'_>| {
            let name = names.code(&parameter.name).unwrap_or(ABSENT);
            (parameter.personal, values.get(&(route, name)).map_or(0, HashSet::len))
        };
        for (target, route) in ambiguous {
            let query = query(targets.get(target));
            let best = parameters(&query).max_by(|a, b| {
                distinct(route, a)
                    .cmp(&distinct(route, b))
                    .then_with(|| b.name.cmp(&a.name))
                    .then_with(|| b.value.cmp(&a.value))
            });
            if let Some(best) = best {
                of_target[target as usize] = self.add(route, &best.value, best.context);
            }
        }
    }

    /// Where a query names nothing by the names of its parameters, their values tell.
    fn learn(
        &mut self,
        targets: &Dictionary,
        route_of_target: &[u32],
        uses: &dyn Fn() -> Vec<Use>,
        of_target: &mut [u32],
    ) {
        let open: Vec<(u32, u32)> = targets
            .iter()
            .map(|(code, target)| (code, route_of_target[code as usize], target))
            .filter(|&(code, route, target)| {
                of_target[code as usize] == ABSENT
                    && !self.routes.shapes[route as usize].asset
                    && !query(target).is_empty()
            })
            .map(|(code, route, _)| (code, route))
            .collect();
        if open.is_empty() {
            return;
        }
        let learnt = Learnt::new(targets, &open, &uses());
        for (target, route) in open {
            if let Some((id, context)) = learnt.object(route, targets.get(target)) {
                of_target[target as usize] = self.add(route, &id, context);
            }
        }
    }

    /// Decides on telephone and identity numbers by all ids of a route.
    fn judge_routes(&mut self) {
        debug_assert_eq!(self.digits.len(), self.routes.templates.len());
        for &(route, code) in &self.long {
            let digits = self.digits[route as usize];
            let id = self.ids.get(code);
            let most = |count: u32| digits.ids >= ENOUGH_IDS && u64::from(count) * 10 >= u64::from(digits.ids) * 9;
            // Numbers handed out one after another are counters, whatever their length.
            let scattered = digits.most - digits.least > u64::from(digits.ids) * 100;
            let kind = if most(digits.twelve) && scattered && is_twelve(id) || most(digits.resident) && is_resident(id)
            {
                ObjectKind::NationalId
            } else if most(digits.mobile) && scattered && is_mobile(id) {
                ObjectKind::Phone
            } else {
                continue;
            };
            let known = &mut self.kinds[code as usize];
            if !known.is_personal() || kind < *known {
                *known = kind;
            }
        }
    }
}

/// The parameters of a target: those of the query, and before them those of the path's parts (`/card;no=17/state`).
fn query(target: &[u8]) -> Cow<'_, [u8]> {
    let (path, query) = match memchr::memchr(b'?', target) {
        Some(at) => (&target[..at], &target[at + 1..]),
        None => (target, &[][..]),
    };
    let path = memchr::memchr(b'#', path).map_or(path, |at| &path[..at]);
    if memchr::memchr(b';', path).is_none() {
        return Cow::Borrowed(query);
    }
    let behind = |part| memchr::memchr(b';', part).map(|at| &part[at + 1..]);
    let named = |part: &&[u8]| memchr::memchr(b'=', part).is_some();
    let mut all: Vec<u8> = Vec::new();
    for part in path.split(|&byte| byte == b'/').filter_map(behind).filter(named) {
        all.extend(part.iter().map(|&byte| if byte == b';' { b'&' } else { byte }));
        all.push(b'&');
    }
    if all.is_empty() {
        return Cow::Borrowed(query);
    }
    all.extend_from_slice(query);
    Cow::Owned(all)
}

fn shortened(id: &[u8]) -> Vec<u8> {
    let mut end = LONGEST / 2;
    while end > 0 && id[end] & 0xc0 == 0x80 {
        end -= 1;
    }
    let mut short = id[..end].to_vec();
    short.push(b'~');
    for byte in &Sha256::digest(id)[..8] {
        short.extend_from_slice(format!("{byte:02x}").as_bytes());
    }
    short
}

fn kind(id: &[u8], context: Context) -> ObjectKind {
    let digits = id.iter().filter(|byte| byte.is_ascii_digit()).count();
    let numeric =
        id.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b' ' | b'(' | b')' | b'.'));
    if let Some(at) = memchr::memchr(b'@', id)
        && at > 0
        && id.len() > at + 3
    {
        return ObjectKind::Email;
    }
    if numeric && context.national && (9..=13).contains(&digits) || is_dashed_national(id) {
        return ObjectKind::NationalId;
    }
    if numeric && (10..=13).contains(&digits) && (context.phone || matches!(id, [b'+', ..]))
        || (10..=11).contains(&digits) && digits == id.len() && id[0] == b'0'
    {
        return ObjectKind::Phone;
    }
    let unsigned = id.strip_prefix(b"-").unwrap_or(id);
    if !unsigned.is_empty() && unsigned.iter().all(u8::is_ascii_digit) {
        return ObjectKind::Int;
    }
    let text = std::str::from_utf8(id).unwrap_or_default();
    if let Some(inner) = global::unpacked(text) {
        return match look::look(inner.as_bytes()) {
            look::Look::Hole(look::ID) => ObjectKind::Int,
            look::Look::Hole(look::UUID) => ObjectKind::Uuid,
            _ => ObjectKind::Slug,
        };
    }
    match look::look(id) {
        look::Look::Hole(look::UUID) => ObjectKind::Uuid,
        look::Look::Hole(look::HEX) => ObjectKind::Hex,
        _ => ObjectKind::Slug,
    }
}

/// Six digits of a birth date, a dash, seven digits; or three, two and four digits.
fn is_dashed_national(id: &[u8]) -> bool {
    let shape = |groups: &[usize]| {
        let mut parts = id.split(|&byte| byte == b'-');
        groups
            .iter()
            .all(|&len| parts.next().is_some_and(|part| part.len() == len && part.iter().all(u8::is_ascii_digit)))
            && parts.next().is_none()
    };
    shape(&[3, 2, 4]) || (shape(&[6, 7]) && is_birth_date(id))
}

fn is_birth_date(id: &[u8]) -> bool {
    let two = |at: usize| (id[at] - b'0') * 10 + (id[at + 1] - b'0');
    (1..=12).contains(&two(2)) && (1..=31).contains(&two(4))
}

fn is_twelve(id: &[u8]) -> bool {
    id.len() == 12 && (b'2'..=b'9').contains(&id[0])
}

fn is_resident(id: &[u8]) -> bool {
    id.len() == 13 && is_birth_date(id) && (b'1'..=b'8').contains(&id[6])
}

fn is_mobile(id: &[u8]) -> bool {
    match id.len() {
        10 => (b'6'..=b'9').contains(&id[0]),
        11 => id[0] == b'1' && (b'3'..=b'9').contains(&id[1]),
        _ => false,
    }
}
