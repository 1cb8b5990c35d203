//! The values of one kind in these logs, and which of them each request holds.

use super::Kind;
use super::look::{address_key, form, is_print, leading, masked_path, network};
use super::places::{Slot, each, each_print};
use crate::derive::address;
use crate::requests::{Requests, TextView};
use breachline_parsers::mask;
use breachline_parsers::table::{ABSENT, Dictionary};
use fixedbitset::FixedBitSet;
use foldhash::fast::FixedState;
use hashbrown::HashMap;

/// Values of one kind. A value is a number; the same thing, however spelt and in whichever column, is the same number.
pub struct Space<'a> {
    /// The kind.
    pub kind: Kind,
    /// Forms of the values: the number of a value is its code.
    forms: Dictionary,
    parts: Vec<Part<'a>>,
}

/// A column with the values of its codes.
struct Part<'a> {
    codes: TextView<'a>,
    /// Values by code, as stretches of `values`; a stretch ends where the next begins.
    starts: Vec<u32>,
    values: Vec<u32>,
    /// The place where each value stands; empty where the column has but one.
    places: Vec<u32>,
}

impl Part<'_> {
    fn of(&self, code: u32) -> &[u32] {
        let code = code as usize;
        &self.values[self.starts[code] as usize..self.starts[code + 1] as usize]
    }

    /// Keeps only values at places where a wanted one stands; all go when there is no such place.
    fn keep(&mut self, wanted: &FixedBitSet) {
        let is_wanted = |value: u32| wanted.contains(value as usize);
        if self.places.is_empty() {
            if !self.values.iter().any(|&value| is_wanted(value)) {
                self.values.clear();
                self.starts.fill(0);
            }
            return;
        }
        let mut kept = FixedBitSet::with_capacity(self.places.iter().max().map_or(0, |&most| most as usize + 1));
        for (&place, _) in self.places.iter().zip(&self.values).filter(|(_, value)| is_wanted(**value)) {
            kept.insert(place as usize);
        }
        let (values, places) = (std::mem::take(&mut self.values), std::mem::take(&mut self.places));
        let mut before = 0;
        for start in &mut self.starts {
            let end = *start as usize;
            for at in before..end {
                if kept.contains(places[at] as usize) {
                    self.values.push(values[at]);
                }
            }
            before = end;
            *start = self.values.len() as u32;
        }
    }
}

impl<'a> Space<'a> {
    /// The values of a kind.
    pub fn new(requests: &'a Requests, kind: Kind) -> Self {
        let mut space = Self { kind, forms: Dictionary::default(), parts: Vec::new() };
        for &column in kind.columns() {
            let Some(view) = requests.told(column).filter(|view| !view.is_absent()) else { continue };
            let read: fn(&str) -> Option<std::borrow::Cow<'_, str>> = match (kind, column) {
                (Kind::Ip, _) => |text| address(text).map(|address| address.to_string().into()),
                // The fingerprint of an API key beside another credential.
                (Kind::Credential, "client_app") => |text| text.strip_prefix("key:").map(Into::into),
                (Kind::Object | Kind::Principal | Kind::ClientApp, _) => |text| Some(form(text)),
                _ => |text| Some(text.into()),
            };
            space.add_column(view, read);
        }
        match kind {
            Kind::Object => space.add_targets(requests),
            Kind::Credential => space.add_prints(requests),
            _ => {}
        }
        space
    }

    fn add_column(&mut self, view: TextView<'a>, read: fn(&str) -> Option<std::borrow::Cow<'_, str>>) {
        let mut part = Part { codes: view, starts: vec![0, 0], values: Vec::new(), places: Vec::new() };
        for (code, _) in view.dictionary.iter() {
            part.values.extend(read(view.dictionary.text(code)).map(|form| self.forms.intern(form.as_bytes())));
            part.starts.push(part.values.len() as u32);
        }
        self.parts.push(part);
    }

    /// Whatever may be an id in a target, with the place of the route at which it stands.
    fn add_targets(&mut self, requests: &'a Requests) {
        let Some(view) = requests.text("target").filter(|view| !view.is_absent()) else { return };
        let derived = &requests.derived;
        let mut part = Part { codes: view, starts: vec![0, 0], values: Vec::new(), places: Vec::new() };
        let mut places: HashMap<(u32, Slot<'a>), u32, FixedState> = HashMap::default();
        for (code, _) in view.dictionary.iter() {
            let route = derived.route_of_target[code as usize];
            each(view.dictionary.text(code), derived.routes.text(route), |slot, value| {
                let Ok(text) = std::str::from_utf8(&value) else { return };
                let next = places.len() as u32;
                part.places.push(*places.entry((route, slot)).or_insert(next));
                part.values.push(self.forms.intern(form(text).as_bytes()));
            });
            part.starts.push(part.values.len() as u32);
        }
        self.parts.push(part);
    }

    /// Fingerprints of secrets that stood in targets.
    fn add_prints(&mut self, requests: &'a Requests) {
        let Some(view) = requests.text("target").filter(|view| !view.is_absent()) else { return };
        let mut part = Part { codes: view, starts: vec![0, 0], values: Vec::new(), places: Vec::new() };
        for (code, _) in view.dictionary.iter() {
            each_print(view.dictionary.text(code), |print| part.values.push(self.forms.intern(print.as_bytes())));
            part.starts.push(part.values.len() as u32);
        }
        self.parts.push(part);
    }

    /// How many values there are; their numbers are below this.
    pub fn len(&self) -> usize {
        self.forms.len()
    }

    /// A value as the table has it.
    pub fn text(&self, value: u32) -> &str {
        self.forms.text(value)
    }

    /// The values that an item of the list means, sorted. `contained`: user agents that hold the text anywhere count.
    pub fn find(&self, text: &str, key: &[u8; 32], contained: bool) -> Vec<u32> {
        let mut values: Vec<u32> = match self.kind {
            Kind::Ip => return self.addresses(text),
            Kind::Credential | Kind::Session => {
                prints(text, key).iter().filter_map(|print| self.forms.code(print.as_bytes())).collect()
            }
            Kind::UserAgent if contained => {
                let wanted = text.to_lowercase();
                let holds = |code: u32| self.forms.text(code).to_lowercase().contains(&wanted);
                (1..self.forms.len() as u32).filter(|&code| holds(code)).collect()
            }
            Kind::Object | Kind::Principal | Kind::ClientApp => {
                self.forms.code(form(text).as_bytes()).into_iter().collect()
            }
            Kind::Path => self.forms.code(masked_path(text, key).as_bytes()).into_iter().collect(),
            Kind::Host => {
                let wanted = text.to_ascii_lowercase();
                let is = |code: u32| self.forms.text(code).eq_ignore_ascii_case(&wanted);
                (1..self.forms.len() as u32).filter(|&code| is(code)).collect()
            }
            _ => self.forms.code(text.as_bytes()).into_iter().collect(),
        };
        values.sort_unstable();
        values.dedup();
        values
    }

    /// The addresses within a network, or the address itself.
    fn addresses(&self, text: &str) -> Vec<u32> {
        match network(text) {
            None => Vec::new(),
            Some((_, 128)) => self.forms.code(form(text).as_bytes()).into_iter().collect(),
            Some((base, bits)) => {
                let within = |code: &u32| {
                    self.forms.text(*code).parse().is_ok_and(|address| leading(address_key(address), bits) == base)
                };
                (1..self.forms.len() as u32).filter(within).collect()
            }
        }
    }

    /// Forgets all but the columns, and the places of routes, where one of these values stands: only what stands
    /// there is comparable with them.
    pub fn keep(&mut self, wanted: impl Iterator<Item = u32>) {
        let mut bits = FixedBitSet::with_capacity(self.forms.len());
        bits.extend(wanted.map(|value| value as usize));
        for part in &mut self.parts {
            part.keep(&bits);
        }
        self.parts.retain(|part| !part.values.is_empty());
    }

    /// Calls `found` with each value of a row; the same may come more than once.
    #[inline]
    pub fn each(&self, row: usize, mut found: impl FnMut(u32)) {
        for part in &self.parts {
            let code = part.codes.code(row);
            if code != ABSENT {
                part.of(code).iter().for_each(|&value| found(value));
            }
        }
    }
}

/// What a secret in clear, or its fingerprint as this program writes it, may be in a table.
fn prints(text: &str, key: &[u8; 32]) -> Vec<String> {
    let mut prints = mask::fingerprints(key, text.as_bytes());
    // Ids that gateways log in place of credentials stand in tables as they are.
    prints.push(if is_print(text) { text[1..].to_owned() } else { text.to_owned() });
    prints
}

/// The fingerprint that stands in for a text which must not be shown.
pub fn shown_print(text: &str, key: &[u8; 32]) -> String {
    if is_print(text) { text.to_owned() } else { format!("~{}", mask::fingerprint(key, text.as_bytes())) }
}
