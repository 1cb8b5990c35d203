//! Routes: templates learnt over all distinct paths at once.
//!
//! In: the distinct paths with how often each was asked for and whether it was ever found.
//! Out: one template a path. Segments that look like ids become placeholders at once; words become
//! placeholders only where a position of the tree has too many of them to be names of endpoints.
//! Every decision is on sets and sums, so the order of paths does not matter.

mod edition;
pub mod look;
mod operation;
mod spelling;
mod tree;

pub use edition::editions;
pub use operation::{bases, by_operation};
pub use spelling::undisguise;

use breachline_parsers::table::{ABSENT, Dictionary};
use look::{DATE, FILE, Place, is_version};
use tree::Tree;

/// How a path was used.
#[derive(Clone, Copy, Debug, Default)]
pub struct Use {
    /// Requests.
    pub rows: u32,
    /// Whether one of them was answered with something else than "not found".
    pub found: bool,
    /// Those that were refused and showed nothing.
    pub refused: u32,
    /// Those that were answered and showed nothing.
    pub bare_hits: u32,
    /// Those that were answered and named an account or showed a credential.
    pub shown_hits: u32,
    /// Bytes of the largest answer to those that showed nothing.
    pub bytes: i64,
}

/// Templates of paths.
#[derive(Default)]
pub struct Routes {
    /// `path` code -> code into `templates`.
    pub of_path: Vec<u32>,
    /// Distinct templates.
    pub templates: Dictionary,
    /// `templates` code -> where its object stands.
    pub shapes: Vec<Shape>,
    /// `templates` code -> code into `versions`.
    pub version_of: Vec<u32>,
    /// Distinct versions.
    pub versions: Dictionary,
}

/// Where the object of a route stands in its paths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // four independent observations
pub struct Shape {
    /// Number of the segment among those that count ([`segments`]), if one names an object.
    pub segment: Option<usize>,
    /// Whether an extension follows the object in its segment.
    pub extension: bool,
    /// Whether the segment before it is a word for telephone numbers.
    pub phone: bool,
    /// Whether the segment before it is a word for national identity numbers.
    pub national: bool,
    /// Whether it is a static file.
    pub asset: bool,
}

/// Learns the routes of all paths; `uses` is indexed by path code.
pub fn learn(paths: &Dictionary, uses: &[Use]) -> Routes {
    let mut tree = Tree::new();
    let mut leaves = vec![0u32; paths.len()];
    for (code, path) in paths.iter() {
        let leaf = tree.insert(path);
        tree.used(leaf, uses.get(code as usize).copied().unwrap_or_default());
        leaves[code as usize] = leaf;
    }
    tree.sum_up();
    tree.collapse();
    let mut routes = Routes { version_of: vec![ABSENT], shapes: vec![Shape::default()], ..Routes::default() };
    let mut of_leaf = vec![ABSENT; tree.node_count()];
    routes.of_path = leaves
        .iter()
        .enumerate()
        .map(|(code, &leaf)| {
            if code == ABSENT as usize {
                return ABSENT;
            }
            let leaf = tree.live(leaf);
            if of_leaf[leaf as usize] == ABSENT {
                of_leaf[leaf as usize] = routes.add(&tree.tokens(leaf), tree.is_relative(leaf));
            }
            of_leaf[leaf as usize]
        })
        .collect();
    routes
}

/// The path of an absolute-form target without scheme and host, or the path as it is.
pub fn without_origin(path: &[u8]) -> &[u8] {
    if path.first() == Some(&b'/') {
        return path;
    }
    let Some(at) = memchr::memmem::find(path.get(..16).unwrap_or(path), b"://") else {
        return path;
    };
    if at == 0 || !path[..at].iter().all(u8::is_ascii_alphanumeric) {
        return path;
    }
    let rest = &path[at + 3..];
    memchr::memchr(b'/', rest).map_or(b"/", |slash| &rest[slash..])
}

/// The segments of a path that count: empty ones and those that stay where they are (`.`, however escaped) are none.
pub fn segments(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.split(|&byte| byte == b'/')
        .filter(|segment| !segment.is_empty() && *segment != b"." && !segment.eq_ignore_ascii_case(b"%2e"))
}

impl Routes {
    /// Takes templates that are known over those learnt: of each path, by code, the template if it is of one.
    pub fn take_templates(&mut self, of_path: &[Option<&str>]) {
        for (code, template) in of_path.iter().enumerate() {
            if let (Some(template), Some(_)) = (template, self.of_path.get(code)) {
                let tokens: Vec<&[u8]> =
                    template.split('/').filter(|token| !token.is_empty()).map(str::as_bytes).collect();
                self.of_path[code] = self.add(&tokens, false);
            }
        }
    }

    fn add(&mut self, tokens: &[&[u8]], relative: bool) -> u32 {
        let mut text = Vec::new();
        for token in tokens {
            if !(relative && text.is_empty()) {
                text.push(b'/');
            }
            text.extend_from_slice(token);
        }
        if text.is_empty() {
            text.push(b'/');
        }
        let code = self.templates.intern(&text);
        if code as usize == self.shapes.len() {
            self.shapes.push(Shape::of(tokens));
            let version = tokens.iter().enumerate().find(|(index, token)| is_version(token, place(tokens, *index)));
            self.version_of.push(version.map_or(ABSENT, |(_, version)| self.versions.intern(version)));
        }
        code
    }
}

fn place(tokens: &[&[u8]], index: usize) -> Place {
    let before = index.checked_sub(1).map(|before| tokens[before]);
    Place::of(index, before, tokens.get(index + 1).copied())
}

impl Shape {
    fn of(tokens: &[&[u8]]) -> Self {
        if tokens.last() == Some(&FILE) {
            return Self { asset: true, ..Self::default() };
        }
        let names = |token: &&[u8]| token.first() == Some(&b'{') && *token != DATE && *token != FILE;
        let Some(segment) = tokens.iter().rposition(names) else {
            return Self::default();
        };
        let before = segment.checked_sub(1).map_or("", |at| std::str::from_utf8(tokens[at]).unwrap_or_default());
        Self {
            segment: Some(segment),
            extension: tokens[segment].last() != Some(&b'}'),
            phone: super::object::is_phone_name(before),
            national: super::object::is_national_name(before),
            asset: false,
        }
    }
}
