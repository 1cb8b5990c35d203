//! Paths in disguise: another spelling of a path whose gate it goes round.
//!
//! In: paths with their routes and how each was answered. Out: paths that are another one in disguise, how they are
//! spelt, and what they are then; the route of what they are becomes theirs.
//!
//! A gate compares paths letter by letter, what stands behind it does not: it folds case, undoes escapes more than once,
//! takes `\` for `/`, ends a segment at `;` or NUL, or passes over what follows the page (`/page/x.css`, `/page.css`). Each
//! of that is ordinary somewhere. It is a disguise only where the plain spelling is guarded ([`Guard::is_shut`]): refused
//! to whoever shows nothing, or answered only to those who show something. The disguise must be the rarer spelling, and
//! what is taken for a suffix must be answered in sizes that vary, as the pages do and a file does not.

use super::look::{DATE, FILE, Look, look};
use super::{Routes, Use, without_origin};
use crate::pattern::odd_spelling;
use breachline_parsers::mask::percent_decode;
use breachline_parsers::table::{ABSENT, Dictionary};
use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashSet};

/// Answers with something shown from which a route is taken to need it.
const ENOUGH: u32 = 20;
/// One page in so many may be open to everybody on a route that needs something.
const OPEN: u32 = 20;
/// Ends that are put behind a path so that it passes for a file.
const ENDS: &[&[u8]] = &[
    b"css", b"js", b"mjs", b"map", b"json", b"xml", b"txt", b"html", b"htm", b"png", b"jpg", b"jpeg", b"gif", b"svg",
    b"webp", b"avif", b"ico", b"woff", b"woff2", b"ttf", b"otf", b"eot", b"pdf", b"mp3", b"mp4", b"wasm",
];
/// Longest path that is looked at.
const LONGEST: usize = 2_048;
/// How often escapes are undone.
const ESCAPES: usize = 3;

/// Paths in disguise.
#[derive(Default)]
pub struct Spellings {
    /// `path` code -> code into `names`; empty where none is in disguise.
    pub of_path: Vec<u32>,
    /// How paths are spelt.
    pub names: Dictionary,
    /// `path` code -> what it is.
    pub plain: HashMap<u32, Vec<u8>, FixedState>,
}

/// How a path is spelt.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Disguise {
    Case,
    Escape,
    Suffix,
}

impl Disguise {
    const fn name(self) -> &'static str {
        match self {
            Self::Case => "case",
            Self::Escape => "escape",
            Self::Suffix => "suffix",
        }
    }
}

/// How a route was answered in its plain spelling.
#[derive(Clone, Copy, Default)]
struct Guard {
    rows: u32,
    refused: u32,
    shown_hits: u32,
    /// Paths that were answered to whoever shows nothing, and to those who show something.
    bare_paths: u32,
    shown_paths: u32,
}

impl Guard {
    /// Whether nobody gets in without showing something, but for a page in twenty that is there to be looked at (a
    /// sample, a demonstration). Where the log tells nothing of that, refusals decide.
    fn is_shut(self, tells: bool) -> bool {
        let is_bare = self.bare_paths.saturating_mul(OPEN) > self.shown_paths;
        if tells { !is_bare && (self.refused > 0 || self.shown_hits >= ENOUGH) } else { self.refused > 0 }
    }

    fn add(&mut self, used: Use) {
        self.rows = self.rows.saturating_add(used.rows);
        self.refused = self.refused.saturating_add(used.refused);
        self.shown_hits = self.shown_hits.saturating_add(used.shown_hits);
        self.bare_paths += u32::from(used.bare_hits > 0);
        self.shown_paths += u32::from(used.shown_hits > 0);
    }
}

/// Finds the paths in disguise and gives them the routes of what they are.
pub fn undisguise(paths: &Dictionary, uses: &[Use], routes: &mut Routes) -> Spellings {
    let tells = uses.iter().any(|used| used.shown_hits > 0);
    let known = Known::of(routes, uses);
    let mut guards = vec![Guard::default(); routes.templates.len()];
    let mut found: Vec<(u32, Disguise, u32, Vec<u8>)> = Vec::new();
    for (code, path) in paths.iter() {
        let (route, used) = (routes.of_path[code as usize], uses.get(code as usize).copied().unwrap_or_default());
        let text = paths.text(code);
        let others = if path.len() <= LONGEST { candidates(path, &known, route) } else { Vec::new() };
        if others.is_empty() && !odd_spelling(text) {
            guards[route as usize].add(used);
        }
        found.extend(others.into_iter().map(|(disguise, other, plain)| (code, disguise, other, plain)));
    }
    found.retain(|(_, _, other, _)| guards[*other as usize].is_shut(tells));
    let kept = groups(&found, uses, &guards, routes);
    let mut spellings = Spellings::default();
    for (code, disguise, other, plain) in found {
        if !kept.contains(&(disguise, other)) || spellings.plain.contains_key(&code) {
            continue;
        }
        if spellings.of_path.is_empty() {
            spellings.of_path = vec![ABSENT; paths.len()];
        }
        spellings.of_path[code as usize] = spellings.names.intern(disguise.name().as_bytes());
        spellings.plain.insert(code, plain);
        routes.of_path[code as usize] = other;
    }
    spellings
}

/// Disguises of a route that are rarer than its plain spelling; suffixes only where answers behind them vary as the
/// objects before them do.
fn groups(
    found: &[(u32, Disguise, u32, Vec<u8>)],
    uses: &[Use],
    guards: &[Guard],
    routes: &Routes,
) -> HashSet<(Disguise, u32), FixedState> {
    let mut rows: HashMap<(Disguise, u32), u32, FixedState> = HashMap::default();
    let mut sizes: HashMap<u32, Vec<(&[u8], i64)>, FixedState> = HashMap::default();
    for (code, disguise, other, plain) in found {
        let used = uses.get(*code as usize).copied().unwrap_or_default();
        let count = rows.entry((*disguise, *other)).or_default();
        *count = count.saturating_add(used.rows);
        if *disguise == Disguise::Suffix && used.bare_hits > 0 && used.bytes > 0 {
            sizes.entry(*other).or_default().push((plain, used.bytes));
        }
    }
    let varies = |route: u32| {
        let Some(sizes) = sizes.get(&route) else { return false };
        let pages: HashSet<&[u8], FixedState> = sizes.iter().map(|(plain, _)| *plain).collect();
        let different: HashSet<i64, FixedState> = sizes.iter().map(|(_, bytes)| *bytes).collect();
        pages.len() >= 2 && different.len() * 2 > pages.len() && routes.templates.text(route).contains('{')
    };
    let kept = rows.into_iter().filter(|&((disguise, route), rows)| {
        u64::from(rows) * 2 <= u64::from(guards[route as usize].rows) && (disguise != Disguise::Suffix || varies(route))
    });
    kept.map(|(group, _)| group).collect()
}

/// What a path may be, with the other route that it would have; the nearest first.
fn candidates(path: &[u8], known: &Known, own: u32) -> Vec<(Disguise, u32, Vec<u8>)> {
    let path = without_origin(path);
    let mut found = Vec::new();
    if !may_be_another(path) {
        return found;
    }
    let plain = plain(path);
    let mut add = |disguise: Disguise, segments: &[Vec<u8>]| {
        if let Some(other) = known.find(segments).filter(|&other| known.is_usual(other, own)) {
            found.push((disguise, other, joined(segments)));
        }
    };
    let usual = || path.split(|&byte| byte == b'/').filter(|segment| !segment.is_empty()).map(percent_decode);
    if !usual().eq(plain.iter().cloned()) {
        add(Disguise::Escape, &plain);
    } else if path.iter().any(u8::is_ascii_uppercase) {
        add(Disguise::Case, &plain);
    }
    if let Some((last, before)) = plain.split_last()
        && let Some(dot) = memchr::memrchr(b'.', last)
        && ENDS.iter().any(|end| last[dot + 1..].eq_ignore_ascii_case(end))
    {
        let mut shorter = before.to_vec();
        if !shorter.is_empty() {
            add(Disguise::Suffix, &shorter);
        }
        if dot > 0 {
            shorter.push(last[..dot].to_vec());
            add(Disguise::Suffix, &shorter);
        }
    }
    found
}

/// Whether a path has anything that a disguise needs: most have not, and cost one look.
fn may_be_another(path: &[u8]) -> bool {
    let telling = |byte: &u8| byte.is_ascii_uppercase() || b"%;\\?# \t.".contains(byte);
    path.iter().any(telling) || memchr::memmem::find(path, b"//").is_some()
}

fn joined(segments: &[Vec<u8>]) -> Vec<u8> {
    segments.iter().flat_map(|segment| b"/".iter().chain(segment)).copied().collect()
}

/// The segments of a path as the most lenient server reads it.
fn plain(path: &[u8]) -> Vec<Vec<u8>> {
    let mut text = path.to_vec();
    for _ in 0..ESCAPES {
        if memchr::memchr(b'%', &text).is_none() {
            break;
        }
        text = percent_decode(&text);
    }
    let mut segments: Vec<Vec<u8>> = Vec::new();
    for segment in text.split(|&byte| matches!(byte, b'/' | b'\\')) {
        let end = segment.iter().position(|byte| b";?#\0\r\n".contains(byte)).unwrap_or(segment.len());
        let segment = &segment[..end];
        if segment == b".." {
            segments.pop();
            continue;
        }
        let end = segment.iter().rposition(|byte| !b". \t".contains(byte)).map_or(0, |last| last + 1);
        if end > 0 {
            segments.push(segment[..end].to_vec());
        }
    }
    segments
}

/// The templates of all routes, by segment in small letters.
struct Known {
    nodes: Vec<Node>,
    /// Requests of each route.
    rows: Vec<u64>,
}

#[derive(Default)]
struct Node {
    children: HashMap<Vec<u8>, usize, FixedState>,
    /// Routes that end here, the most used one last; several where they differ in case.
    routes: Vec<u32>,
}

impl Known {
    fn of(routes: &Routes, uses: &[Use]) -> Self {
        let mut rows = vec![0_u64; routes.templates.len()];
        for (&route, used) in routes.of_path.iter().zip(uses) {
            rows[route as usize] += u64::from(used.rows);
        }
        let mut known = Self { nodes: vec![Node::default()], rows };
        for (code, template) in routes.templates.iter() {
            if routes.shapes[code as usize].asset {
                continue;
            }
            let mut at = 0;
            for segment in template.split(|&byte| byte == b'/').filter(|segment| !segment.is_empty()) {
                let next = known.nodes.len();
                let child = *known.nodes[at].children.entry(segment.to_ascii_lowercase()).or_insert(next);
                if child == next {
                    known.nodes.push(Node::default());
                }
                at = child;
            }
            known.nodes[at].routes.push(code);
        }
        for node in &mut known.nodes {
            node.routes.sort_unstable_by_key(|&route| (known.rows[route as usize], std::cmp::Reverse(route)));
        }
        known
    }

    /// Whether a route is more used than another: the rarer spelling is the disguise.
    fn is_usual(&self, route: u32, other: u32) -> bool {
        self.rows[route as usize] > self.rows[other as usize]
    }

    /// The route of segments, whatever their case. Where case alone tells routes apart, the most used one.
    fn find(&self, segments: &[Vec<u8>]) -> Option<u32> {
        self.below(0, segments)
    }

    /// As deep as the path, with two ways a segment: its word, or its placeholder.
    fn below(&self, at: usize, segments: &[Vec<u8>]) -> Option<u32> {
        let node = self.nodes.get(at)?;
        let Some((segment, rest)) = segments.split_first() else {
            return node.routes.last().copied();
        };
        let word = node.children.get(&segment.to_ascii_lowercase());
        let hole = match look(segment) {
            Look::Hole(hole) if hole == FILE || hole == DATE => None,
            Look::Hole(hole) => node.children.get(hole),
            Look::Named(hole, dot) => node.children.get(&[hole, &segment[dot..]].concat()),
            Look::Word | Look::Mixed => None,
        };
        let slug = || node.children.get(super::look::SLUG);
        word.and_then(|&child| self.below(child, rest))
            .or_else(|| hole.and_then(|&child| self.below(child, rest)))
            .or_else(|| slug().and_then(|&child| self.below(child, rest)))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::testing::Log;

    /// Sixty documents that are given to those who are signed in and refused to whoever is not, then these answers to
    /// somebody who is not: route, object and spelling of the last.
    fn seen(paths: &[&str], bytes: impl Fn(usize) -> i64) -> Vec<String> {
        let mut log = Log::new()
            .rows(60, |r, i| {
                r.at(i as f64)
                    .ip(&format!("192.0.2.{i}"))
                    .get(&format!("/docs/{}.pdf", 700 + i))
                    .user("u")
                    .status(200)
                    .bytes(90_000 + i as i64 * 31)
            })
            .rows(60, |r, i| r.at(i as f64).get(&format!("/docs/list/{}", 700 + i)).user("u").status(200).bytes(90_000))
            .rows(3, |r, i| r.at(90.0).ip("203.0.113.9").get(&format!("/docs/{}.pdf", 700 + i)).status(401).bytes(40));
        for (i, path) in paths.iter().enumerate() {
            log = log.row(|r| r.at(100.0 + i as f64).ip("203.0.113.9").get(path).status(200).bytes(bytes(i)));
        }
        let requests = log.build();
        let text =
            |name: &str, row: usize| requests.text(name).and_then(|view| view.get(row)).unwrap_or("-").to_owned();
        (123..requests.rows())
            .map(|row| format!("{} {} {}", text("route", row), text("object_id", row), text("spelling", row)))
            .collect()
    }

    #[test]
    fn disguises_have_the_route_and_object_of_what_they_are() {
        let varying = |i: usize| 90_000 + i as i64 * 31;
        for (path, spelling) in [
            ("/DOCS/700.pdf", "case"),
            ("/docs/x%5C..%5C700.pdf", "escape"),
            ("/docs%252f700.pdf", "escape"),
            ("/open/..;/docs/700.pdf", "escape"),
            ("/docs/700.pdf%0a.css", "escape"),
            ("/docs/700.pdf%20", "escape"),
        ] {
            assert_eq!(seen(&[path], varying), [format!("/docs/{{id}}.pdf 700 {spelling}")], "{path}");
        }
        let suffixes = ["/docs/700.pdf/x.css", "/docs/701.pdf.js", "/docs/702.pdf/a.json"];
        let expected = ["700", "701", "702"].map(|id| format!("/docs/{{id}}.pdf {id} suffix"));
        assert_eq!(seen(&suffixes, varying), expected);
    }

    #[test]
    fn files_beside_pages_are_files() {
        // One size for all: a file, or the page that an application gives for everything.
        assert!(seen(&["/docs/700.pdf/x.css", "/docs/701.pdf/x.css"], |_| 512).iter().all(|seen| seen.ends_with(" -")));
        // One page alone tells nothing.
        assert!(seen(&["/docs/list/700/x.css"], |_| 90_000).iter().all(|seen| seen.ends_with(" -")));
    }

    #[test]
    fn a_sample_that_anybody_may_see_and_browsers_that_ask_for_leave_open_no_route() {
        let answered = |open: usize| {
            let requests = Log::new()
                .rows(60, |r, i| r.at(i as f64).get(&format!("/docs/{}", 700 + i)).user("u").status(200).bytes(900))
                .rows(60, |r, i| r.at(i as f64).request("OPTIONS", &format!("/docs/{}", 700 + i)).status(204))
                .rows(open, |r, i| r.at(70.0).get(&format!("/docs/{}", 700 + i)).status(200).bytes(900))
                .rows(9, |r, i| r.at(90.0).get(&format!("/img/..;/docs/{}", 700 + i)).status(200).bytes(900))
                .build();
            let view = requests.text("spelling").unwrap();
            (0..requests.rows()).filter(|&row| view.get(row).is_some()).count()
        };
        assert_eq!(answered(3), 9);
        assert_eq!(answered(4), 0);
    }

    #[test]
    fn where_anybody_gets_in_nothing_is_a_disguise() {
        let requests = Log::new()
            .rows(40, |r, i| r.at(i as f64).get(&format!("/shop/item/{i}")).status(200).bytes(900 + i as i64))
            .rows(9, |r, i| r.at(50.0 + i as f64).get(&format!("/Shop/Item/{i}")).status(200).bytes(900 + i as i64))
            .rows(9, |r, i| {
                r.at(70.0 + i as f64).get(&format!("/shop/item/{i}/x.css")).status(200).bytes(900 + i as i64)
            })
            .rows(1, |r, _| r.at(90.0).get("/account").user("u").status(200))
            .build();
        let view = requests.text("spelling").unwrap();
        assert!((0..requests.rows()).all(|row| view.get(row).is_none()));
    }

    #[test]
    fn lenient_servers_read_paths_so() {
        let read = |path: &str| String::from_utf8(joined(&plain(path.as_bytes()))).unwrap();
        for (path, expected) in [
            ("/a//b/./c/", "/a/b/c"),
            ("/a/%2e%2e/b", "/b"),
            ("/a/x/..%255cb", "/a/b"),
            ("/a;v=1/b%3bx.css", "/a/b"),
            ("/a/b. /c%00.js", "/a/b/c"),
            ("/../..", ""),
            ("/%25252561", "/%61"),
        ] {
            assert_eq!(read(path), expected, "{path}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_path_can_be_read(path in "[/a-zA-Z0-9%.;\\\\]{0,40}") {
            let _ = plain(path.as_bytes());
        }
    }
}
