//! Which object a request names, and what kind of thing its id is.
//!
//! In: distinct targets and the routes of their paths. Out: one object a target at most: the last id of the
//! path, or else the query parameter that identifies something.

use super::route::{Routes, look, without_origin};
use crate::requests::ObjectKind;
use breachline_parsers::table::{ABSENT, Dictionary};
use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashSet};
use sha2::{Digest, Sha256};
use std::borrow::Cow;

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

/// Finds the objects of all targets.
pub fn objects(targets: &Dictionary, paths: &Dictionary, path_of_target: &[u32], routes: &Routes) -> Objects {
    let mut work = Work::new(routes);
    let mut of_path = vec![ABSENT; paths.len()];
    for (code, path) in paths.iter() {
        let route = routes.of_path[code as usize];
        let shape = routes.shapes[route as usize];
        let Some(segment) = shape.segment else { continue };
        let Some(raw) =
            without_origin(path).split(|&byte| byte == b'/').filter(|part| !part.is_empty()).nth(segment)
        else {
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
        let route = routes.of_path[path as usize];
        of_target[code as usize] = if object != ABSENT || routes.shapes[route as usize].asset {
            object
        } else {
            work.add_from_query(code, route, target)
        };
    }
    work.settle_ambiguous(targets, &mut of_target);
    work.judge_routes();
    Objects { of_target, ids: work.ids, kinds: work.kinds }
}

fn cut_matrix(segment: &[u8]) -> &[u8] {
    match memchr::memchr(b';', segment) {
        Some(at) if at > 0 => &segment[..at],
        _ => segment,
    }
}

fn decoded(raw: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr(b'%', raw).is_none() {
        return Cow::Borrowed(raw);
    }
    let bytes = super::percent_decode(raw);
    // Ids are text on every way out; what is not UTF-8 stays as it was sent.
    if std::str::from_utf8(&bytes).is_ok() { Cow::Owned(bytes) } else { Cow::Borrowed(raw) }
}

/// What the words around an id say about it.
#[derive(Clone, Copy, Default)]
struct Context {
    phone: bool,
    national: bool,
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
            Some(known) if kind.is_personal() && (!known.is_personal() || kind < *known) => *known = kind,
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
        let Some(at) = memchr::memchr(b'?', text) else { return ABSENT };
        let mut first = None;
        for parameter in parameters(&text[at + 1..]) {
            if first.is_some() {
                self.ambiguous.push((target, route));
                return ABSENT;
            }
            first = Some(parameter);
        }
        first.map_or(ABSENT, |found| self.add(route, &found.value, found.context))
    }

    /// Where several parameters identify something, the one that varies most on that route is the object.
    fn settle_ambiguous(&mut self, targets: &Dictionary, of_target: &mut [u32]) {
        type Values = HashMap<(u32, Vec<u8>), HashSet<Vec<u8>, FixedState>, FixedState>;
        let query = |text: &'_ [u8]| memchr::memchr(b'?', text).map_or(text.len(), |at| at + 1);
        let mut values = Values::default();
        let ambiguous = std::mem::take(&mut self.ambiguous);
        for &(target, route) in &ambiguous {
            let text = targets.get(target);
            for parameter in parameters(&text[query(text)..]) {
                values.entry((route, parameter.name)).or_default().insert(parameter.value.into_owned());
            }
        }
        for (target, route) in ambiguous {
            let text = targets.get(target);
            let best = parameters(&text[query(text)..]).max_by(|a, b| {
                let distinct = |name: &Vec<u8>| values.get(&(route, name.clone())).map_or(0, HashSet::len);
                (distinct(&a.name), a.personal)
                    .cmp(&(distinct(&b.name), b.personal))
                    .then_with(|| b.name.cmp(&a.name))
                    .then_with(|| b.value.cmp(&a.value))
            });
            if let Some(best) = best {
                of_target[target as usize] = self.add(route, &best.value, best.context);
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
            let kind = if most(digits.twelve) && scattered && is_twelve(id) || most(digits.resident) && is_resident(id) {
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
    let numeric = id.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b' ' | b'(' | b')' | b'.'));
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
        groups.iter().all(|&len| {
            parts.next().is_some_and(|part| part.len() == len && part.iter().all(u8::is_ascii_digit))
        }) && parts.next().is_none()
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

/// A parameter that identifies something.
struct Parameter<'a> {
    name: Vec<u8>,
    value: Cow<'a, [u8]>,
    personal: bool,
    context: Context,
}

fn parameters(query: &[u8]) -> impl Iterator<Item = Parameter<'_>> {
    let query = memchr::memchr(b'#', query).map_or(query, |at| &query[..at]);
    query.split(|&byte| byte == b'&').filter_map(|pair| {
        let at = memchr::memchr(b'=', pair)?;
        let (raw, value) = (&pair[..at], &pair[at + 1..]);
        if value.is_empty() || raw.is_empty() || raw.len() > 64 {
            return None;
        }
        let name = decoded(raw);
        let (name, personal) = identifying(&name, value)?;
        let name_text = std::str::from_utf8(&name).unwrap_or_default();
        let context = Context { phone: is_phone_name(name_text), national: is_national_name(name_text) };
        let plus = if context.phone { Cow::Borrowed(value) } else { spaced(value) };
        let value = match plus {
            Cow::Borrowed(value) => decoded(value),
            Cow::Owned(value) => Cow::Owned(decoded(&value).into_owned()),
        };
        Some(Parameter { name, value, personal, context })
    })
}

/// In queries a plus sign is a space, except where a telephone number begins with it.
fn spaced(value: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr(b'+', &value[1..]).is_none() {
        return Cow::Borrowed(value);
    }
    Cow::Owned(value.iter().map(|&byte| if byte == b'+' { b' ' } else { byte }).collect())
}

const PERSONAL: &[&str] = &[
    "mobile", "phone", "tel", "telephone", "msisdn", "email", "mail", "ssn", "aadhaar", "aadhar", "imei", "imsi", "iccid",
    "vin", "pan", "passport", "cpf", "nric", "rrn",
];
const NAMES: &[&str] = &["uid", "user", "username", "account", "login", "customer", "member", "subscriber", "owner"];
const ENDINGS: &[&str] = &["id", "uuid", "guid", "no", "num", "number", "code", "key"];
/// Words that make an id-like name something else: paging, applications, sessions, tracking, classifications.
const OTHERS: &[&str] = &[
    "page", "limit", "offset", "size", "count", "cursor", "lat", "lon", "lng", "ts", "time", "date", "version", "client",
    "app", "application", "api", "apikey", "token", "session", "sess", "jsession", "php", "callback", "utm", "gcl", "fbcl",
    "msclk", "dclid", "yclid", "ga", "click", "campaign", "tracking", "track", "trace", "span", "request", "req", "correlation",
    "transaction", "nonce", "state", "country", "currency", "lang", "language", "locale", "region", "zip", "post", "postal",
    "zone", "area", "status", "error", "response", "auth", "otp", "verification", "sort", "order_by", "cache", "build",
    "access", "secret", "public", "private", "sid", "s", "x", "grid", "valid", "paid", "void", "hybrid", "android", "visitor",
    "anonymous", "experiment", "variant", "gclid", "fbclid", "msclkid", "row", "start", "end", "last", "min", "max", "per",
];

/// The name in parts: lower case, cut at case changes and separators. `None` when it holds odd bytes.
fn parts(name: &[u8]) -> Option<Vec<String>> {
    let mut parts = vec![String::new()];
    let mut before = b'_';
    for &byte in name {
        match byte {
            b'_' | b'-' | b'.' | b'[' | b']' | b':' | b'$' => parts.push(String::new()),
            _ if byte.is_ascii_alphanumeric() => {
                if byte.is_ascii_uppercase() && before.is_ascii_lowercase() {
                    parts.push(String::new());
                }
                if let Some(last) = parts.last_mut() {
                    last.push(byte.to_ascii_lowercase() as char);
                }
            }
            _ => return None,
        }
        before = byte;
    }
    parts.retain(|part| !part.is_empty());
    (!parts.is_empty()).then_some(parts)
}

/// The normal form of a parameter name that identifies something, and whether it names a person.
fn identifying(name: &[u8], value: &[u8]) -> Option<(Vec<u8>, bool)> {
    let parts = parts(name)?;
    let last = parts.last()?.as_str();
    if matches!(value, b"null" | b"undefined" | b"true" | b"false" | b"none") || value.iter().all(|&byte| byte == b'*') {
        return None;
    }
    let full = parts.join("_").into_bytes();
    if parts.iter().any(|part| PERSONAL.contains(&part.as_str())) && !parts.iter().any(|part| part == "verified") {
        return Some((full, true));
    }
    if parts.iter().any(|part| OTHERS.contains(&part.as_str())) {
        return None;
    }
    if NAMES.contains(&last) {
        return Some((full, false));
    }
    if ENDINGS.contains(&last) {
        // `code` alone is what an authorisation server hands out, `key` alone is mostly a credential.
        return (parts.len() > 1 || !matches!(last, "code" | "key")).then_some((full, false));
    }
    // Written together (`orderid`, `invoiceno`): the value has to look the part.
    let stem = ENDINGS.iter().find_map(|ending| last.strip_suffix(ending))?;
    let plausible = stem.len() >= 2 && !OTHERS.contains(&stem) && value.iter().any(u8::is_ascii_digit);
    plausible.then_some((full, PERSONAL.contains(&stem)))
}

/// Whether a parameter or segment name says that a telephone number follows.
pub fn is_phone_name(name: &str) -> bool {
    parts(name.as_bytes()).is_some_and(|parts| {
        parts.iter().any(|part| {
            ["phone", "phones", "mobile", "mobiles", "tel", "telephone", "msisdn", "cell", "whatsapp", "sms"]
                .contains(&part.as_str())
                || ["phone", "phoneno", "phonenumber", "mobileno", "mobilenumber"].iter().any(|end| part.ends_with(end))
        })
    })
}

/// Whether a parameter or segment name says that a national identity number follows.
pub fn is_national_name(name: &str) -> bool {
    parts(name.as_bytes()).is_some_and(|parts| {
        parts.iter().any(|part| {
            ["ssn", "aadhaar", "aadhar", "rrn", "nric", "cpf", "nationalid", "national", "personnummer", "nin"]
                .contains(&part.as_str())
        })
    })
}
