//! Where in a target an id may stand: the parts of the path that the route leaves open, and query parameters.

use crate::derive::{cut_matrix, decoded, identifying_parameters, without_origin};
use std::borrow::Cow;

/// Parameters whose name says nothing count only from this length on: shorter values are pages and limits.
const TELLING: usize = 6;

/// A place of a route where ids stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Slot<'a> {
    /// A part of the path, counted from 0.
    Segment(u32),
    /// The query parameter of this name.
    Parameter(&'a [u8]),
}

/// Calls `found` with everything in a target that may be an id. `route` is the template of its path.
pub fn each<'a>(target: &'a str, route: &str, mut found: impl FnMut(Slot<'a>, Cow<'a, [u8]>)) {
    let cut = target.find(['?', '#']).unwrap_or(target.len());
    let (path, rest) = target.split_at(cut);
    let parts = without_origin(path.as_bytes()).split(|&byte| byte == b'/').filter(|part| !part.is_empty());
    let names = route.split('?').next().unwrap_or_default().split('/').filter(|name| !name.is_empty());
    for (at, (part, name)) in (0..).zip(parts.zip(names)).filter(|(_, (_, name))| name.contains('{')) {
        let value = decoded(cut_matrix(part));
        let has_extension = !name.ends_with('}');
        let stem = memchr::memrchr(b'.', &value).filter(|_| has_extension);
        found(Slot::Segment(at), stem.map_or(value.clone(), |dot| Cow::Owned(value[..dot].to_vec())));
    }
    let Some(query) = rest.strip_prefix('?') else { return };
    let query = query.split('#').next().unwrap_or(query).as_bytes();
    let named = identifying_parameters(query);
    for pair in query.split(|&byte| byte == b'&') {
        let Some(at) = memchr::memchr(b'=', pair) else { continue };
        let (name, value) = (&pair[..at], decoded(&pair[at + 1..]));
        let is_named = named.iter().any(|named| named == name) || is_plural(name, &value);
        for one in value.split(|&byte| byte == b',').filter(|one| !one.is_empty()) {
            if is_named || one.len() >= TELLING {
                found(Slot::Parameter(name), Cow::Owned(one.to_vec()));
            }
        }
    }
}

/// Whether a name is that of an id with an s at its end: `user_ids=1,2`.
fn is_plural(name: &[u8], values: &[u8]) -> bool {
    let (Some(one), Some(value)) = (name.strip_suffix(b"s"), values.split(|&byte| byte == b',').next()) else {
        return false;
    };
    !identifying_parameters(&[one, b"=", value].concat()).is_empty()
}

/// Calls `found` with every fingerprint of a masked secret in a target, without its mark.
pub fn each_print<'a>(target: &'a str, mut found: impl FnMut(&'a str)) {
    for (at, _) in target.match_indices('~') {
        let Some(print) = target.get(at + 1..at + 17) else { continue };
        let ends = target.as_bytes().get(at + 17).is_none_or(|byte| !byte.is_ascii_alphanumeric());
        if ends && print.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            found(print);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(target: &str, route: &str) -> Vec<String> {
        let mut found = Vec::new();
        each(target, route, |slot, value| {
            let slot = match slot {
                Slot::Segment(at) => at.to_string(),
                Slot::Parameter(name) => String::from_utf8_lossy(name).into_owned(),
            };
            found.push(format!("{slot}={}", String::from_utf8_lossy(&value)));
        });
        found
    }

    #[test]
    fn ids_stand_where_the_route_is_open() {
        assert_eq!(all("/users/48/orders/17.pdf?page=2", "/users/{id}/orders/{id}.pdf"), ["1=48", "3=17"]);
        assert_eq!(all("https://h/v1//u/k%40x;a=b", "/v1/u/{slug}"), ["2=k@x"]);
        assert_eq!(all("/list?user_id=5&limit=100&q=abcdefg,h", "/list"), ["user_id=5", "q=abcdefg"]);
        assert_eq!(all("/list?user_ids=5,6&pages=7", "/list"), ["user_ids=5", "user_ids=6"]);
        assert_eq!(all("/users/me", "/users/me"), [""; 0]);
    }

    #[test]
    fn fingerprints_are_found_in_targets() {
        let mut found = Vec::new();
        each_print("/a/~0123456789abcdef/b?t=~fedcba9876543210&u=~00112233445566778&v=~short", |print| {
            found.push(print);
        });
        assert_eq!(found, ["0123456789abcdef", "fedcba9876543210"]);
    }
}
