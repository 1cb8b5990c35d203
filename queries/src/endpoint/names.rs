//! Which endpoint an analyst means: a template as it was learnt, one with other names in it, or a path.

use super::routes_of;
use crate::expr::parse::distance;
use crate::requests::Requests;
use breachline_parsers::table::ABSENT;

/// Suggestions that are made at most.
const SUGGESTED: usize = 5;

/// How what was asked for was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// A route of this very template.
    Template,
    /// Routes whose templates differ only in how the open parts are called.
    OpenParts,
    /// One path, of the route that is named.
    Path,
    /// These logs hold no such endpoint.
    Unknown,
}

impl How {
    /// The name in output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Template => "template",
            Self::OpenParts => "open_parts",
            Self::Path => "path",
            Self::Unknown => "unknown",
        }
    }
}

/// What was asked for and what it was taken for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// As it was asked for, without the method.
    pub asked: String,
    /// The method, where one stood in front.
    pub method: Option<String>,
    /// How it was found.
    pub how: How,
    /// Templates of the routes, sorted.
    pub routes: Vec<String>,
    /// Known routes that may be meant, where nothing was found: the nearest first. With a path, routes that hold such paths.
    pub near: Vec<String>,
    pub(super) route_codes: Vec<u32>,
    pub(super) path_codes: Vec<u32>,
}

/// Finds the endpoint.
pub fn resolve(requests: &Requests, template: &str) -> Named {
    let (method, asked) = split_method(template.trim());
    let mut named = Named {
        asked: asked.to_owned(),
        method: method.map(str::to_owned),
        how: How::Unknown,
        routes: Vec::new(),
        near: Vec::new(),
        route_codes: Vec::new(),
        path_codes: Vec::new(),
    };
    let routes = &requests.derived.routes;
    named.route_codes = (1..routes.len() as u32).filter(|&code| is_of(routes.text(code), asked)).collect();
    if named.route_codes.is_empty() {
        let wanted: Vec<&str> = parts(asked).collect();
        if wanted.iter().any(|part| is_open(part)) {
            named.route_codes = (1..routes.len() as u32).filter(|&code| is_same(&wanted, routes.text(code))).collect();
        }
        if !named.route_codes.is_empty() {
            named.how = How::OpenParts;
        } else if let Some(path) = requests.derived.paths.code(asked.as_bytes()) {
            (named.how, named.path_codes) = (How::Path, vec![path]);
            named.routes = routes_of(requests, path).into_iter().map(|route| routes.text(route).to_owned()).collect();
            named.routes.sort();
        }
    } else {
        named.how = How::Template;
    }
    if named.routes.is_empty() {
        named.routes = named.route_codes.iter().map(|&code| routes.text(code).to_owned()).collect();
        named.routes.sort();
    }
    if named.how == How::Unknown {
        named.near = near(requests, asked);
    }
    named
}

/// Whether a route is the one asked for, or an operation of it.
fn is_of(route: &str, asked: &str) -> bool {
    route.strip_prefix(asked).is_some_and(|rest| rest.is_empty() || rest.starts_with('?'))
}

/// `GET /v1/users` is a method and a template.
fn split_method(text: &str) -> (Option<&str>, &str) {
    match text.split_once(' ') {
        Some((method, rest)) if !method.is_empty() && method.bytes().all(|byte| byte.is_ascii_alphabetic()) => {
            (Some(method), rest.trim_start())
        }
        _ => (None, text),
    }
}

fn parts(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|part| !part.is_empty())
}

/// Whether a part of a template is open, in any of the spellings that people use: `{id}`, `:id`, `<id>`, `*`.
fn is_open(part: &str) -> bool {
    part.contains('{') || part.starts_with(':') || part.starts_with('<') || part.contains('*')
}

fn is_same(wanted: &[&str], route: &str) -> bool {
    let is_operation = wanted.last().is_some_and(|part| part.contains('?'));
    let path = if is_operation { route } else { route.split('?').next().unwrap_or_default() };
    let known: Vec<&str> = parts(path).collect();
    let open = |part: &str| is_open(part.split('?').next().unwrap_or_default());
    let rest = |part: &str| part.split_once('?').map(|(_, rest)| rest.to_owned());
    known.len() == wanted.len()
        && known
            .iter()
            .zip(wanted)
            .all(|(known, wanted)| known == wanted || (open(known) && open(wanted) && rest(known) == rest(wanted)))
}

/// Routes that hold such a path, then those that lie below it, then those that are spelt alike.
fn near(requests: &Requests, asked: &str) -> Vec<String> {
    let routes = &requests.derived.routes;
    let wanted: Vec<&str> = parts(asked).collect();
    let low = asked.to_lowercase();
    let allowed = (low.chars().count() / 4).clamp(2, 12);
    let mut found: Vec<(u32, usize, &str)> = Vec::new();
    for code in (1..routes.len() as u32).filter(|&code| code != ABSENT) {
        let route = routes.text(code);
        let known: Vec<&str> = parts(route).collect();
        let holds = known.len() == wanted.len()
            && known.iter().zip(&wanted).all(|(known, wanted)| known == wanted || is_open(known));
        let is_below = !wanted.is_empty() && known.len() > wanted.len() && known[..wanted.len()] == wanted[..];
        if holds {
            found.push((0, 0, route));
        } else if is_below {
            found.push((1, known.len(), route));
        } else if route.len().abs_diff(low.len()) <= allowed {
            let far = distance(&low, &route.to_lowercase());
            if far <= allowed {
                found.push((2, far, route));
            }
        }
    }
    found.sort_unstable();
    found.into_iter().take(SUGGESTED).map(|(_, _, route)| route.to_owned()).collect()
}
