//! Editions of one resource: routes that differ in their version, or in what stands where others have one.
//!
//! ```text
//! /api/v2/customers/{id}/account  ─► /api/{version}/customers/{id}   v2
//! /api/v1/customers/{id}/export   ─► the same                        v1
//! /api/beta/customers/{id}        ─► the same                        beta   (no version, but v2 stands in its place)
//! /api/customers/{id}             ─► the same                        none
//! ```
//!
//! A resource is a route up to its first placeholder: operations on one thing belong together. Routes without a version
//! are editions of another one's resource only where the rest of them is that of a versioned route with a word behind the
//! version, so no name is taken for a stage of development by itself. Any other route is a resource of one edition.

use super::Routes;
use breachline_parsers::table::{ABSENT, Dictionary};
use foldhash::fast::FixedState;
use hashbrown::HashMap;

/// Resources and editions of routes.
#[derive(Default)]
pub struct Editions {
    /// `route` code -> code into `resources`.
    pub resource_of: Vec<u32>,
    /// Distinct resources.
    pub resources: Dictionary,
    /// `route` code -> code into `editions`.
    pub edition_of: Vec<u32>,
    /// Distinct editions.
    pub names: Dictionary,
}

const SLOT: &str = "{version}";

/// The edition of a route that has nothing where others have a version.
const NONE: &str = "none";

/// Resources by how they are compared; what they are called is the first of each.
type Known = HashMap<String, String, FixedState>;

/// Finds the editions among routes. `documented`: some of them are an `OpenAPI` document's, which calls what varies by
/// names of its own: then placeholders are one whatever they are called.
pub fn editions(routes: &Routes, documented: bool) -> Editions {
    let alike = |resource: &str| if documented { without_names(resource) } else { resource.to_owned() };
    let template = |code: u32| routes.templates.text(code);
    let codes = 1..routes.templates.len() as u32;
    // The document's routes came last, and theirs are the names that are wanted.
    let mut order: Vec<u32> = codes.clone().collect();
    if documented {
        order.reverse();
    }
    let mut known = Known::default();
    let mut found: Vec<(String, String)> = vec![(String::new(), String::new()); routes.templates.len()];
    for &code in &order {
        let version = routes.version_of.get(code as usize).copied().unwrap_or(ABSENT);
        if version != ABSENT
            && let Some((resource, edition)) = versioned(template(code), routes.versions.text(version))
        {
            let resource = known.entry(alike(&resource)).or_insert(resource).clone();
            found[code as usize] = (resource, edition);
        }
    }
    let mut named = known.clone();
    for &code in &order {
        if !found[code as usize].0.is_empty() {
            continue;
        }
        let version = routes.version_of.get(code as usize).copied().unwrap_or(ABSENT);
        let alone = || {
            let edition = if version == ABSENT { NONE } else { routes.versions.text(version) };
            (format!("/{}", head(template(code)).join("/")), edition.to_owned())
        };
        let other = (version == ABSENT).then(|| unversioned(template(code), &known, &alike)).flatten();
        found[code as usize] = other.unwrap_or_else(alone);
        let resource = &mut found[code as usize].0;
        *resource = named.entry(alike(resource)).or_insert_with(|| resource.clone()).clone();
    }
    let mut out = Editions { resource_of: vec![ABSENT], edition_of: vec![ABSENT], ..Editions::default() };
    for code in codes {
        let (resource, edition) = &found[code as usize];
        out.resource_of.push(out.resources.intern(resource.as_bytes()));
        out.edition_of.push(out.names.intern(edition.as_bytes()));
    }
    out
}

/// A resource with its placeholders as one, but for the version.
fn without_names(resource: &str) -> String {
    let plain = |segment: &str| match segment.split_once('{') {
        Some((before, rest)) if segment != SLOT => {
            format!("{before}{{}}{}", rest.split_once('}').map_or("", |(_, after)| after))
        }
        _ => segment.to_owned(),
    };
    resource.split('/').map(plain).collect::<Vec<_>>().join("/")
}

/// The segments up to the first that varies.
fn head(template: &str) -> Vec<&str> {
    let segments = template.split('/').filter(|segment| !segment.is_empty());
    let mut head = Vec::new();
    for segment in segments {
        head.push(segment);
        if segment.contains('{') {
            break;
        }
    }
    head
}

/// The segments as a resource, if a word stands behind the slot.
fn resource(before: &[&str], after: &[&str]) -> Option<String> {
    if !after.iter().any(|segment| !segment.contains('{')) {
        return None;
    }
    let mut text = String::new();
    for segment in before.iter().chain([&SLOT]).chain(after) {
        text.push('/');
        text.push_str(segment);
    }
    Some(text)
}

fn versioned(template: &str, version: &str) -> Option<(String, String)> {
    let head = head(template);
    let at = head.iter().position(|segment| *segment == version)?;
    Some((resource(&head[..at], &head[at + 1..])?, version.to_owned()))
}

/// A route that has another word, or nothing, where a versioned one has its version; the first place that fits.
fn unversioned(template: &str, known: &Known, alike: &impl Fn(&str) -> String) -> Option<(String, String)> {
    let head = head(template);
    let as_known = |resource: String| known.get(&alike(&resource)).cloned();
    (0..head.len()).find_map(|at| {
        let word =
            (!head[at].contains('{')).then(|| resource(&head[..at], &head[at + 1..])).flatten().and_then(as_known);
        let nothing =
            || resource(&head[..at], &head[at..]).and_then(as_known).map(|resource| (resource, NONE.to_owned()));
        word.map(|resource| (resource, head[at].to_owned())).or_else(nothing)
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::Log;

    #[test]
    fn versions_stages_and_nothing_are_editions_of_one_resource() {
        let targets = [
            "/api/v2/customers/17/account",
            "/api/v1/customers/18/export",
            "/api/beta/customers/19",
            "/api/customers/20",
            "/api/v2/home",
            "/shop/customers/21",
            "/v3/33",
            "/preview/34",
        ];
        let log = targets.iter().fold(Log::new(), |log, target| log.row(|row| row.get(target).status(200)));
        let requests = log.build();
        let found: Vec<String> = (0..targets.len())
            .map(|row| {
                let text = |name: &str| requests.text(name).and_then(|view| view.get(row)).unwrap_or("-").to_owned();
                format!("{} {}", text("resource"), text("edition"))
            })
            .collect();
        assert_eq!(
            found,
            [
                "/api/{version}/customers/{id} v2",
                "/api/{version}/customers/{id} v1",
                "/api/{version}/customers/{id} beta",
                "/api/{version}/customers/{id} none",
                "/api/{version}/home v2",
                "/shop/customers/{id} none",
                "/v3/{id} v3",
                "/preview/{id} none",
            ]
        );
    }
}
