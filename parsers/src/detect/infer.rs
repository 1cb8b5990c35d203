//! Formats of no vendor: which key of a record is which column, by its name and by the look of its values.
//!
//! The generic formats know many names. Where the sample shows that a name does not hold what it says, or that a column
//! has none, a key whose values look like it stands in; the format is then one of this source alone. What was mapped,
//! and why, is said in the report of the source. Numbers without a unit and names of users have no look of their own
//! and are never guessed.

use super::shape::Shape;
use super::{Score, View, score};
use crate::decode::csv::{self, Unnamed};
use crate::decode::pairs;
use crate::decode::paths::{alias_path, normal_path};
use crate::format::{Family, Format, find};
use crate::report::{Basis, Mapped};
use crate::value;
use crate::wrap::Wrap;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// The format that knows most names.
const COMMON: &str = "generic-json";

/// Fewer values tell nothing by their look.
const FEW: usize = 3;

/// Objects nested deeper than this are not looked into.
const DEEP: usize = 6;

/// So many keys of which nothing is known are kept.
const MOST_KEPT: usize = 24;

/// Columns that are told by look, and the look; those without which there is no request come first.
const LOOKS: [(&str, Shape); 9] = [
    ("ts", Shape::Time),
    ("status", Shape::Status),
    ("request", Shape::Request),
    ("method", Shape::Method),
    ("target", Shape::Target),
    ("peer_ip", Shape::Address),
    ("forwarded", Shape::Chain),
    ("user_agent", Shape::Agent),
    ("duration_us", Shape::Duration),
];

/// A generic format fitted to a sample.
pub(super) struct Inferred {
    /// The format as fitted, where it differs from the one built in.
    pub(super) format: Option<Format>,
    /// Which key is which column, by column.
    pub(super) mapped: Vec<Mapped>,
}

/// The values of one key, in order of records.
#[derive(Default)]
struct Values {
    texts: Vec<Vec<u8>>,
    /// When it was first seen, among the keys.
    place: usize,
}

/// All keys of a sample.
struct Keys {
    values: BTreeMap<String, Values>,
    records: usize,
    /// How the columns are separated where no line names them.
    unnamed: Option<Unnamed>,
}

/// Fits a generic format to what stands in a view. `None` where it is not generic, or the sample has no keys.
pub(super) fn infer(format: &Format, view: &View<'_>) -> Option<Inferred> {
    let records: Vec<&[u8]> = view.records.iter().map(|(_, record, _)| &**record).collect();
    let keys = Keys::of(format.family()?, &records)?;
    let names = format.names();
    let mut choice = Choice { keys: &keys, mapped: BTreeMap::new(), own: BTreeMap::new() };
    choice.by_name(&names, false);
    // The owner of a server chooses keys: what this format does not know may be called as elsewhere.
    if format.id != COMMON || matches!(format.family(), Some(Family::Json)) {
        choice.by_name(&find(COMMON).map(Format::names).unwrap_or_default(), true);
    }
    choice.by_look();
    let left = if format.id.starts_with("generic-") { choice.left(&names) } else { Vec::new() };
    let (mut own, mapped) = (choice.own, choice.mapped);
    let mut mapped: Vec<Mapped> = mapped.into_values().collect();
    for key in left {
        own.entry("extra".to_owned()).or_default().push(format!("{key} as extra:{key}"));
        mapped.push(Mapped { column: "extra".to_owned(), key, basis: Basis::Kept });
    }
    let format = if own.is_empty() && keys.unnamed.is_none() { None } else { format.fitted(own, keys.unnamed).ok() };
    Some(Inferred { format, mapped })
}

/// The generic format that reads most of a sample which no format reads, if one reads half of it.
pub(super) fn infer_unknown<'v, 's>(
    formats: &[&Format],
    views: impl Iterator<Item = &'v View<'s>>,
    records: usize,
) -> Option<(Vec<Wrap>, Format, Vec<Mapped>, usize)>
where
    's: 'v,
{
    let mut best: Option<(Vec<Wrap>, Format, Vec<Mapped>, usize)> = None;
    for view in views {
        for base in formats.iter().filter(|format| format.family().is_some()) {
            let Some(Inferred { format: Some(format), mapped }) = infer(base, view) else { continue };
            let Score { rows, skips, .. } = score(&format, view);
            let is_named = mapped.iter().all(|mapped| mapped.basis != Basis::Look);
            let is_enough = (rows >= FEW || is_named && rows > 0) && rows * 2 >= records - skips;
            if is_enough && best.as_ref().is_none_or(|(.., most)| rows > *most) {
                best = Some((view.chain.clone(), format, mapped, rows));
            }
        }
    }
    best
}

impl Keys {
    fn of(family: Family, records: &[&[u8]]) -> Option<Self> {
        let mut keys = Self { values: BTreeMap::new(), records: 0, unnamed: None };
        match family {
            Family::Json => records.iter().for_each(|record| keys.add_json(record)),
            Family::Csv => keys.add_csv(records),
            Family::Pairs(syntax) => {
                for pairs in records.iter().filter_map(|record| pairs::pairs(record, syntax)) {
                    keys.records += 1;
                    for (key, value) in pairs {
                        keys.add(&String::from_utf8_lossy(key), &value);
                    }
                }
            }
        }
        (keys.records > 0 && !keys.values.is_empty()).then_some(keys)
    }

    fn add(&mut self, key: &str, value: &[u8]) {
        let is_nothing =
            value::is_absent(value) || matches!(value, b"null" | b"None" | b"N/A" | b"undefined" | b"(null)");
        // Such keys cannot be written as a path, or hold what is no name.
        let is_odd = key.is_empty()
            || key.len() > 128
            || key.chars().any(|c| c.is_control() || c == '\u{fffd}')
            || [" as ", " when ", " + ", "[]", "|"].iter().any(|word| key.contains(word));
        if is_odd {
            return;
        }
        let place = self.values.len();
        let values = self.values.entry(key.to_owned()).or_insert_with(|| Values { texts: Vec::new(), place });
        if !is_nothing {
            values.texts.push(value.to_vec());
        }
    }

    fn add_json(&mut self, record: &[u8]) {
        let Ok(serde_json::Value::Object(object)) = serde_json::from_slice(record) else { return };
        self.records += 1;
        self.add_object("", &object, DEEP);
    }

    fn add_object(&mut self, before: &str, object: &serde_json::Map<String, serde_json::Value>, depth: usize) {
        for (key, value) in object {
            let path = if before.is_empty() { key.clone() } else { format!("{before}.{key}") };
            match value {
                serde_json::Value::Object(inner) if depth > 0 => self.add_object(&path, inner, depth - 1),
                serde_json::Value::String(text) => self.add(&path, text.as_bytes()),
                serde_json::Value::Number(number) => self.add(&path, number.to_string().as_bytes()),
                _ => {}
            }
        }
    }

    /// Adds what the first line names, or numbers the columns where it names none.
    fn add_csv(&mut self, records: &[&[u8]]) {
        let Some(first) = records.iter().find(|record| !record.trim_ascii().is_empty()) else { return };
        let first = first.trim_ascii_end();
        let (separator, names) = match csv::names(first) {
            Some((separator, names)) if !has_values(&names) => {
                (separator, names.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect::<Vec<_>>())
            }
            _ => {
                let Some(layout) = csv::layout(records) else { return };
                self.unnamed = Some(layout);
                (layout.separator, (1..=layout.columns).map(|number| number.to_string()).collect())
            }
        };
        let is_named = self.unnamed.is_none();
        for record in records.iter().map(|record| record.trim_ascii_end()) {
            if is_named && record == first {
                continue;
            }
            let cells: Result<Vec<_>, _> = csv::cells(record, separator).collect();
            let Ok(cells) = cells else { continue };
            if cells.len() == names.len() {
                self.records += 1;
                names.iter().zip(&cells).for_each(|(name, cell)| self.add(name, cell));
            }
        }
    }

    /// The keys by their paths as they compare; without the types that a log store puts behind (`status_d`).
    fn by_path(&self) -> BTreeMap<String, &str> {
        let plain = self.values.keys().map(|key| (normal_path(key), key.as_str()));
        let typed = self.values.keys().filter_map(|key| {
            let bare = ["_s", "_d", "_g", "_b", "_t"].iter().find_map(|kind| key.strip_suffix(kind))?;
            Some((normal_path(bare), key.as_str()))
        });
        // A key as it is comes before one that only begins so.
        typed.chain(plain).collect()
    }

    /// Share of a key's values that look so; 0 where it has none.
    fn fit(&self, key: &str, shape: Shape) -> f64 {
        let Some(values) = self.values.get(key).filter(|values| !values.texts.is_empty()) else { return 0.0 };
        let fitting = values.texts.iter().filter(|text| shape.fits(text)).count();
        fitting as f64 / values.texts.len() as f64
    }

    fn count(&self, key: &str) -> usize {
        self.values.get(key).map_or(0, |values| values.texts.len())
    }
}

/// Which key is which column.
struct Choice<'k> {
    keys: &'k Keys,
    mapped: BTreeMap<String, Mapped>,
    /// The names that the format must know beside its own.
    own: BTreeMap<String, Vec<String>>,
}

impl Choice<'_> {
    /// Takes the first name of each column that the sample has, and whose values are what they should be.
    fn by_name(&mut self, names: &BTreeMap<String, Vec<String>>, are_foreign: bool) {
        let taken: BTreeSet<String> = self.mapped.values().map(|mapped| mapped.key.clone()).collect();
        let known = self.keys.by_path();
        for (column, aliases) in names {
            if self.mapped.contains_key(column) || (are_foreign && self.is_told_otherwise(column)) {
                continue;
            }
            let mut is_first = true;
            let shape = LOOKS.iter().find(|(looked, _)| looked == column).map(|(_, shape)| *shape);
            for alias in aliases {
                let path = alias.split(" as ").next().unwrap_or(alias).split(" when ").next().unwrap_or(alias);
                let present = path.split(" + ").map(|part| {
                    let path = normal_path(part.trim());
                    let within = || known.iter().find(|(known, _)| are_foreign && is_tail(known, &path, column));
                    known.get_key_value(&path).or_else(within).map(|(_, key)| *key)
                });
                let Some(present) = present.collect::<Option<Vec<&str>>>() else { continue };
                if present.iter().any(|key| self.keys.count(key) == 0 || taken.contains(*key)) {
                    continue;
                }
                let is_checked = matches!(column.as_str(), "ts" | "status" | "method" | "request" | "peer_ip");
                if let ([key], Some(shape)) = (present.as_slice(), shape.filter(|_| is_checked))
                    && !self.holds(key, column, shape)
                {
                    is_first = false;
                    continue;
                }
                let key = present.join(" + ");
                // The format's own name, whatever its spelling, needs no other.
                if are_foreign || !is_first || normal_path(&key) != normal_path(path) {
                    let meaning = alias.strip_prefix(path).unwrap_or_default();
                    self.own.insert(column.clone(), vec![format!("{key}{meaning}")]);
                }
                self.mapped.insert(column.clone(), Mapped { column: column.clone(), key, basis: Basis::Name });
                break;
            }
        }
    }

    /// Whether the values under a name may be what it says.
    fn holds(&self, key: &str, column: &str, shape: Shape) -> bool {
        let share = |fits: &dyn Fn(&[u8]) -> bool| {
            let texts = self.keys.values.get(key).map_or(&[][..], |values| &values.texts);
            texts.iter().filter(|text| fits(text)).count() * 2 >= texts.len()
        };
        match column {
            "status" => share(&|text| value::integer(text).is_some_and(|status| (100..600).contains(&status))),
            "method" => share(&|text| shape.fits(text.to_ascii_uppercase().as_slice())),
            // Names of hosts are as good.
            "peer_ip" => share(&|text| memchr::memchr(b' ', text).is_none()),
            // A day alone is completed by another key.
            _ => share(&|text| shape.fits(text)),
        }
    }

    /// Looks for the columns that no name has.
    fn by_look(&mut self) {
        for (column, shape) in LOOKS {
            if self.mapped.contains_key(column) || self.is_told_otherwise(column) {
                continue;
            }
            let key = self.best(column, shape).or_else(|| {
                let (day, time) = (self.best(column, Shape::Day)?, self.best(column, Shape::TimeOfDay)?);
                (column == "ts").then(|| format!("{day} + {time}"))
            });
            if let Some(key) = key {
                let alias = if column == "duration_us" { format!("{key} as duration_us:stated") } else { key.clone() };
                self.own.insert(column.to_owned(), vec![alias]);
                self.mapped.insert(column.to_owned(), Mapped { column: column.to_owned(), key, basis: Basis::Look });
            }
        }
    }

    /// Keys that no column is known to have, in order: they are kept as they are. Such as would stand in for another that a
    /// record lacks are known; columns without names say nothing.
    fn left(&self, names: &BTreeMap<String, Vec<String>>) -> Vec<String> {
        if self.keys.unnamed.is_some() {
            return Vec::new();
        }
        let known: BTreeSet<String> =
            names.values().flatten().flat_map(|alias| alias.split(" + ").map(alias_path)).collect();
        let taken: BTreeSet<&str> = self.mapped.values().flat_map(|mapped| mapped.key.split(" + ")).collect();
        let mut left: Vec<(&String, usize)> = self
            .keys
            .values
            .iter()
            .filter(|(key, values)| {
                let bare = ["_s", "_d", "_g", "_b", "_t"].iter().find_map(|kind| key.strip_suffix(kind));
                !taken.contains(key.as_str())
                    && !known.contains(&normal_path(key))
                    && !bare.is_some_and(|bare| known.contains(&normal_path(bare)))
                    && !values.texts.is_empty()
                    && !key.contains(':')
            })
            .map(|(key, values)| (key, values.place))
            .collect();
        left.sort_by_key(|(_, place)| *place);
        left.into_iter().take(MOST_KEPT).map(|(key, _)| key.clone()).collect()
    }

    /// Whether another column says what this one would.
    fn is_told_otherwise(&self, column: &str) -> bool {
        let has = |column: &str| self.mapped.contains_key(column);
        match column {
            "request" => has("target") || has("path"),
            "method" => has("request"),
            "target" => has("request") || has("path"),
            _ => false,
        }
    }

    /// The key whose values look so; where several do, the one with a fitting name, then the one that says most.
    fn best(&self, column: &str, shape: Shape) -> Option<String> {
        let taken: BTreeSet<&str> = self.mapped.values().flat_map(|mapped| mapped.key.split(" + ")).collect();
        let is_essential = matches!(column, "ts" | "status" | "request" | "target");
        let mut keys: Vec<(&String, &Values)> = self
            .keys
            .values
            .iter()
            .filter(|(key, values)| {
                let count = values.texts.len();
                !taken.contains(key.as_str())
                    && count >= FEW
                    && (!is_essential || count * 2 >= self.keys.records)
                    && self.keys.fit(key, shape) >= 0.95
                    && !names_another(column, key)
            })
            .collect();
        keys.sort_by_key(|(_, values)| values.place);
        // Of two addresses one is not who asked; without a word for it neither is taken.
        let named: Vec<_> = keys.iter().filter(|(key, _)| names(column, key)).copied().collect();
        if !named.is_empty() {
            keys = named;
        } else if matches!(column, "peer_ip" | "duration_us") && keys.len() > 1 {
            return None;
        }
        let distinct = |values: &Values| values.texts.iter().collect::<BTreeSet<_>>().len();
        let mut best: Option<(&String, usize)> = None;
        for (key, values) in keys {
            let count = distinct(values);
            if best.is_none_or(|(_, most)| count > most) {
                best = Some((key, count));
            }
        }
        best.map(|(key, _)| key.clone())
    }
}

/// Whether a path ends in a name, inside other objects. Who asks is not told so: many objects have a user.
fn is_tail(known: &str, name: &str, column: &str) -> bool {
    let is_identity = matches!(
        column,
        "principal" | "client_app" | "credential" | "authorization" | "api_key" | "session" | "cookies" | "scope"
    );
    !is_identity
        && known.strip_suffix(name).is_some_and(|before| before.ends_with('.'))
        && !names_another(column, known)
        && !["response.", "server.", "upstream."].iter().any(|other| column == "user_agent" && known.contains(other))
}

/// Whether values stand where names would.
fn has_values(cells: &[Vec<u8>]) -> bool {
    let is_value = |cell: &Vec<u8>| [Shape::Time, Shape::Address, Shape::Target].iter().any(|shape| shape.fits(cell));
    cells.iter().any(is_value)
}

/// Whether a key is called like a column.
fn names(column: &str, key: &str) -> bool {
    let words: &[&str] = match column {
        "ts" => &["time", "date", "stamp", "when", "zeit", "fecha", "heure", "hora", "시각", "일시", "시간", "時"],
        "status" => &["status", "code", "result", "resp", "상태", "코드", "결과", "statut", "estado"],
        "target" | "request" => {
            &["url", "uri", "path", "request", "target", "endpoint", "경로", "주소", "요청", "chemin", "ruta", "pfad"]
        }
        "peer_ip" => {
            &["client", "remote", "source", "src", "user", "caller", "peer", "visitor", "접속", "사용자", "cliente"]
        }
        _ => &[],
    };
    is_called(key, words)
}

/// Whether a key is called like something else that looks the same.
fn names_another(column: &str, key: &str) -> bool {
    let words: &[&str] = match column {
        "ts" => &["expir", "birth", "until", "last", "next", "만료", "생년"],
        "status" => &["upstream", "backend", "origin", "cache", "target_"],
        "target" | "request" => {
            &["refer", "upstream", "backend", "file", "log", "agent", "redirect", "location", "traceparent"]
        }
        "peer_ip" => &[
            "server", "upstream", "backend", "dest", "dst", "target", "local", "node", "pod", "proxy", "listen", "서버",
        ],
        "user_agent" => &["server", "proto", "version", "type", "accept"],
        _ => &[],
    };
    is_called(key, words)
}

fn is_called(key: &str, words: &[&str]) -> bool {
    let key = key.to_lowercase();
    words.iter().any(|word| key.contains(word))
}

/// What was mapped, in sentences; empty where nothing was.
pub(super) fn describe(mapped: &[Mapped]) -> String {
    let list = |basis: Basis| -> String {
        let of: Vec<String> = mapped
            .iter()
            .filter(|mapped| mapped.basis == basis)
            .map(|mapped| format!("{} = {}", mapped.column, mapped.key))
            .collect();
        of.join(", ")
    };
    let (names, looks) = (list(Basis::Name), list(Basis::Look));
    let kept: Vec<&str> = mapped.iter().filter(|of| of.basis == Basis::Kept).map(|of| of.key.as_str()).collect();
    let mut out = String::new();
    // Writing to a String cannot fail.
    if !names.is_empty() {
        let _ = write!(out, " Columns by name: {names}.");
    }
    if !looks.is_empty() {
        let _ = write!(out, " By the look of the values: {looks}.");
    }
    if !kept.is_empty() {
        let _ = write!(out, " Of no known meaning, kept in extra: {}.", kept.join(", "));
    }
    out
}

#[cfg(test)]
#[path = "infer_tests.rs"]
mod tests;
