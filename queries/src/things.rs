//! Which objects are one: an id, and what it is the id of.
//!
//! A pet is the same pet at every edition of its route, and what hangs off it is of the same pet. Whatever counts objects,
//! in findings, tables and numbers of anything else, counts these.

use crate::requests::Requests;
use breachline_parsers::table::{ABSENT, Dictionary};

/// Numbers of what the ids of each route are of: a route up to the last part that varies, its version left open.
fn of_routes(requests: &Requests) -> Vec<u32> {
    let derived = &requests.derived;
    let mut known = Dictionary::default();
    let thing = |route: u32| {
        let text = derived.routes.text(route);
        // What an operation is done to stands in the path where that varies.
        let path = text.split('?').next().unwrap_or_default();
        let template = if path.contains('{') { path } else { text };
        let cut = template.rfind('{').and_then(|at| template[at..].find('/').map(|end| at + end));
        let mine = &template[..cut.unwrap_or(template.len())];
        let resource = derived.resource_of_route.get(route as usize).map_or("", |&code| derived.resources.text(code));
        // The resource ends with the first part that varies; what follows is the route's own.
        let rest = mine.find('{').and_then(|at| mine[at..].find('/').map(|end| &mine[at + end..])).unwrap_or("");
        let name = if resource.is_empty() { mine.to_owned() } else { format!("{resource}{rest}") };
        known.intern(name.as_bytes())
    };
    (0..derived.routes.len() as u32).map(thing).collect()
}

/// What the object of each of some rows is, and its id: 0 where a row names none; `None` where no row can name one.
pub fn named(requests: &Requests) -> Option<impl Fn(u32) -> (u32, u32) + '_> {
    let (routes, ids) = (requests.text("route")?, requests.text("object_id")?);
    if routes.is_absent() || ids.is_absent() {
        return None;
    }
    let things = requests.derived.things.get_or_init(|| of_routes(requests));
    Some(move |row: u32| {
        let route = routes.code(row as usize);
        (things.get(route as usize).copied().unwrap_or(route), ids.code(row as usize))
    })
}

/// Distinct objects that some rows name (what the id is of, and the id), sorted.
pub fn objects(requests: &Requests, rows: impl Iterator<Item = u32>) -> Vec<(u32, u32)> {
    let Some(named) = named(requests) else { return Vec::new() };
    let mut objects: Vec<(u32, u32)> = rows.map(named).filter(|&(_, id)| id != ABSENT).collect();
    objects.sort_unstable();
    objects.dedup();
    objects
}
