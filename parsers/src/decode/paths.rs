//! The tree of the paths that are wanted of records with keys (JSON, and any `key=value`), and the look for a key in it.

use super::field::Field;
use super::text::Plan;
use crate::time::pattern::Pattern;
use crate::value;

/// What a value is good for.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// Number of its slot.
    pub(super) slot: usize,
    /// How eagerly, among the paths of its slot; 0 first.
    pub(super) rank: u8,
    pub(super) field: Field,
    /// What is done to the text before the field takes it.
    pub(super) edit: Edit,
    /// The slot that must have a value for this one to count.
    pub(super) when: Option<usize>,
}

/// What is done to the text of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Edit {
    /// Nothing.
    Keep,
    /// `%HH` becomes the byte.
    Percent,
    /// A slash is put before it unless one is there.
    Slash,
    /// `http://` is put before it unless a scheme is there.
    Scheme,
    /// The host and port of a URL.
    Authority,
    /// A duration counts only where its unit is written with it (`12ms`).
    Stated,
    /// It follows the value of the slot of the condition, with a space between: a date and its time.
    Join,
    /// All up to this text, without the separator before it.
    Until(Box<[u8]>),
    /// All after this text, where it is there.
    After(Box<[u8]>),
    /// The chain among the headers of proxies, as Zeek writes them: `X-FORWARDED-FOR -> 192.0.2.1`.
    Proxied,
}

/// One path of a column, as a format file has it: `PATH [as COLUMN[:unit][:edit]] [when PATH|PATH]`.
#[derive(Clone, Debug)]
pub(crate) struct Alias {
    pub path: String,
    pub field: Field,
    pub edit: Edit,
    /// Paths of which one must have a value.
    pub when: Vec<String>,
}

/// A place in the tree of wanted paths.
#[derive(Clone, Debug, Default)]
pub(crate) struct Node {
    /// Which of all places of its tree it is; 0 is the root.
    number: usize,
    children: Vec<Node>,
    /// Children by key as the format spells it.
    spelt: Table,
    /// Children by normalised key.
    normal: Table,
    /// Which pairs of first and last letter the keys of the children have.
    ends: [u64; 4],
    /// What a value here is good for.
    pub(super) wanted: Vec<Wanted>,
    /// Whether an array here holds `{name, value}` objects, to be read as one object.
    pub(super) pairs: bool,
}

/// What to look for in records of one format.
#[derive(Clone, Debug, Default)]
pub(crate) struct Paths {
    pub(super) root: Node,
    /// Places below the root.
    below: usize,
    pub(super) slots: usize,
    /// Names of the extra fields.
    pub(super) names: Vec<String>,
    /// Plans of texts that hold several values, each with its path.
    pub(crate) parts: Vec<(Plan, String)>,
    /// How times are written that no clock knows.
    pub(crate) patterns: Vec<Pattern>,
    /// Texts that mean "nothing" beside `-` and the empty one.
    pub(super) missing: Vec<Box<[u8]>>,
    /// Records that are no requests.
    pub(super) others: Vec<Other>,
}

/// The slot of a key that says what a record is which is no request, the value that says so (any where there is none),
/// and the reason of its reject.
pub(super) type Other = (usize, Option<Box<[u8]>>, String);

impl Paths {
    /// Adds the paths of one column, best first. Those under a condition come after, and win; a date and a time in
    /// two keys come before, and lose.
    pub(crate) fn add(&mut self, aliases: &[Alias]) {
        let (stated, others): (Vec<&Alias>, Vec<&Alias>) = aliases.iter().partition(|alias| alias.edit == Edit::Stated);
        // Each by itself: whether one counts is seen at its value only.
        for alias in stated.into_iter().rev() {
            self.add_slot(&[alias], None);
        }
        let (under, plain): (Vec<&Alias>, Vec<&Alias>) = others.into_iter().partition(|alias| !alias.when.is_empty());
        let (joined, under): (Vec<&Alias>, Vec<&Alias>) = under.into_iter().partition(|alias| alias.edit == Edit::Join);
        for alias in joined {
            self.add_under(alias);
        }
        self.add_slot(&plain, None);
        for alias in under {
            self.add_under(alias);
        }
    }

    fn add_under(&mut self, alias: &Alias) {
        let guard = self.slots;
        let when: Vec<Alias> = alias.when.iter().map(|path| Alias::of(path, Field::Ignore)).collect();
        self.add_slot(&when.iter().collect::<Vec<_>>(), None);
        self.add_slot(&[alias], Some(guard));
    }

    /// Adds a key (`key`) or a value (`key=value`) whose presence tells why a record is no request.
    pub(crate) fn add_other(&mut self, told: &str, reason: &str) {
        let (path, value) = told.split_once('=').map_or((told, None), |(path, value)| (path, Some(value)));
        self.others.push((self.slots, value.map(|value| value.as_bytes().into()), reason.to_owned()));
        self.add_slot(&[&Alias::of(path, Field::Ignore)], None);
    }

    /// Whether a value counts as it stands wherever it is found: nothing is done to it, nothing else must be there.
    pub(crate) fn is_plain(&self) -> bool {
        self.others.is_empty() && self.root.is_plain()
    }

    /// How many places the tree has.
    pub(super) fn places(&self) -> usize {
        self.below + 1
    }

    /// Whether a key is wanted.
    pub(crate) fn knows(&self, key: &[u8]) -> bool {
        self.root.child(key).is_some_and(|node| !node.wanted.is_empty())
    }

    /// Whether a text means "nothing".
    pub(super) fn is_missing(&self, text: &[u8]) -> bool {
        value::is_absent(text) || self.missing.iter().any(|missing| **missing == *text)
    }

    /// Adds a text that means "nothing".
    pub(crate) fn add_missing(&mut self, text: &str) {
        self.missing.push(text.as_bytes().into());
    }

    /// The number of the name of an extra field.
    pub(crate) fn name(&mut self, name: &str) -> u16 {
        let known = self.names.iter().position(|known| known == name);
        known.unwrap_or_else(|| {
            self.names.push(name.to_owned());
            self.names.len() - 1
        }) as u16
    }

    /// Whether something is wanted at a path.
    #[cfg(test)]
    pub(super) fn child_at(&self, path: &str) -> bool {
        let end = path.split('.').try_fold(&self.root, |node, key| node.child(key.as_bytes()));
        end.is_some_and(|node| !node.wanted.is_empty())
    }

    fn add_slot(&mut self, aliases: &[&Alias], when: Option<usize>) {
        if aliases.is_empty() {
            return;
        }
        for (rank, alias) in aliases.iter().enumerate() {
            let below = &mut self.below;
            let node = alias.path.split('.').fold(&mut self.root, |node, key| node.child_mut(key, below));
            let (field, edit) = (alias.field, alias.edit.clone());
            node.wanted.push(Wanted { slot: self.slots, rank: rank.min(255) as u8, field, edit, when });
        }
        self.slots += 1;
    }
}

impl Alias {
    /// A path as it is.
    pub(crate) fn of(path: &str, field: Field) -> Self {
        Self { path: path.to_owned(), field, edit: Edit::Keep, when: Vec::new() }
    }
}

/// The key of a part of a path: `[]` after it says that an array there holds pairs.
fn bare(part: &str) -> &str {
    part.strip_suffix("[]").unwrap_or(part)
}

impl Node {
    fn is_plain(&self) -> bool {
        self.wanted.iter().all(|wanted| wanted.edit == Edit::Keep && wanted.when.is_none())
            && self.children.iter().all(Self::is_plain)
    }

    /// The child of a part of a path, made if it is not there; `places` counts those made.
    fn child_mut(&mut self, part: &str, places: &mut usize) -> &mut Self {
        let spelling = bare(part).as_bytes();
        let key: Vec<u8> = normal(spelling).collect();
        let at = self.normal.find(Word::of(&key), &key).unwrap_or_else(|| {
            if let Some(pair) = pair(&key) {
                self.ends[pair / 64] |= 1 << (pair % 64);
            }
            *places += 1;
            self.children.push(Self { number: *places, ..Self::default() });
            self.normal.add(&key, self.children.len() - 1);
            self.children.len() - 1
        });
        if self.spelt.find(Word::of(spelling), spelling).is_none() {
            self.spelt.add(spelling, at);
        }
        let child = &mut self.children[at];
        child.pairs |= spelling.len() != part.len();
        child
    }

    /// Which of all places of its tree it is.
    pub(super) const fn number(&self) -> usize {
        self.number
    }

    /// How to come to a place below this one; `None` where that takes too many steps to be noted.
    pub(super) fn way_to(&self, place: &Self) -> Option<Way> {
        let step = |at: usize, rest: Way| {
            let mut way = Way { length: rest.length + 1, ..Way::default() };
            *way.steps.first_mut()? = at as u16;
            way.steps.get_mut(1..=usize::from(rest.length))?.copy_from_slice(&rest.steps[..usize::from(rest.length)]);
            Some(way)
        };
        self.children.iter().enumerate().find_map(|(at, child)| {
            let rest = if child.number == place.number { Some(Way::default()) } else { child.way_to(place) };
            rest.and_then(|rest| step(at, rest))
        })
    }

    /// The place at the end of a way from here; none at the end of the way that has no steps.
    #[inline]
    pub(super) fn along(&self, way: Way) -> Option<&Self> {
        let (&first, rest) = way.steps.get(..usize::from(way.length))?.split_first()?;
        let child = self.children.get(usize::from(first))?;
        rest.iter().try_fold(child, |node, &at| node.children.get(usize::from(at)))
    }

    /// The child of a key as written; a key with dots is a path in itself.
    pub(super) fn child(&self, key: &[u8]) -> Option<&Self> {
        let word = Word::of(key);
        if let Some(at) = self.spelt.find(word, key) {
            return self.children.get(at);
        }
        // Most keys that nobody wants end here.
        let ends = pair(key).is_none_or(|pair| self.ends[pair / 64] & (1 << (pair % 64)) != 0);
        let dotted = word.has_dot(key);
        if !ends && !dotted {
            return None;
        }
        let mut buffer = [0_u8; 64];
        let mut length = 0;
        for byte in normal(key) {
            *buffer.get_mut(length)? = byte;
            length += 1;
        }
        let key = &buffer[..length];
        let direct = |node: &'_ Self, key: &[u8]| node.normal.find(Word::of(key), key);
        if let Some(at) = direct(self, key) {
            return self.children.get(at);
        }
        if !dotted {
            return None;
        }
        key.split(|&byte| byte == b'.').try_fold(self, |node, part| direct(node, part).map(|at| &node.children[at]))
    }
}

/// How to come from one place of a tree to one below it: which child, which child of that.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Way {
    length: u8,
    steps: [u16; 5],
}

/// Numbers by key.
#[derive(Clone, Debug, Default)]
struct Table {
    keys: Vec<(Word, Box<[u8]>, u16)>,
    /// By hash, a power of two of them and never full: one more than the position in `keys`, or 0.
    places: Vec<u16>,
}

impl Table {
    /// Adds a key that is not there.
    fn add(&mut self, key: &[u8], number: usize) {
        self.keys.push((Word::of(key), key.into(), number as u16));
        let places = (self.keys.len() * 4).next_power_of_two();
        self.places = vec![0; places];
        for (number, (word, ..)) in (1..).zip(&self.keys) {
            let mut at = word.hash() & (places - 1);
            while self.places[at] != 0 {
                at = (at + 1) & (places - 1);
            }
            self.places[at] = number;
        }
    }

    #[inline]
    fn find(&self, word: Word, key: &[u8]) -> Option<usize> {
        let mask = self.places.len().wrapping_sub(1);
        let mut at = word.hash() & mask;
        loop {
            let place = usize::from(*self.places.get(at)?);
            let (known, spelt, number) = self.keys.get(place.checked_sub(1)?)?;
            if *known == word && (word.is_whole() || **spelt == *key) {
                return Some(usize::from(*number));
            }
            at = (at + 1) & mask;
        }
    }
}

/// A key in numbers: its length, and its bytes at the begin, in the middle and at the end. Of up to 24 bytes that is
/// all there is to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Word {
    length: usize,
    parts: [u64; 3],
}

impl Word {
    #[inline]
    fn of(key: &[u8]) -> Self {
        let length = key.len();
        let eight = |at: usize| key.get(at..at + 8).and_then(|part| part.try_into().ok()).map_or(0, u64::from_le_bytes);
        let four = |at: usize| key.get(at..at + 4).and_then(|part| part.try_into().ok()).map_or(0, u32::from_le_bytes);
        let parts = match length {
            0 => [0; 3],
            1..4 => [u64::from(key[0]) | u64::from(key[length / 2]) << 8 | u64::from(key[length - 1]) << 16, 0, 0],
            4..8 => [u64::from(four(0)) | u64::from(four(length - 4)) << 32, 0, 0],
            _ => [eight(0), eight(length / 2 - 4), eight(length - 8)],
        };
        Self { length, parts }
    }

    const fn is_whole(self) -> bool {
        self.length <= 24
    }

    #[inline]
    const fn hash(self) -> usize {
        let [first, middle, last] = self.parts;
        let mixed = first ^ middle.rotate_left(21) ^ last.rotate_left(42) ^ (self.length as u64) << 56;
        (mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48) as usize
    }

    #[inline]
    fn has_dot(self, key: &[u8]) -> bool {
        const ONES: u64 = u64::from_le_bytes([1; 8]);
        if !self.is_whole() {
            return memchr::memchr(b'.', key).is_some();
        }
        self.parts.iter().any(|part| {
            let difference = part ^ (ONES * u64::from(b'.'));
            difference.wrapping_sub(ONES) & !difference & (ONES << 7) != 0
        })
    }
}

/// First and last letter as a number below 256; none for keys whose ends are dropped when they are compared.
fn pair(key: &[u8]) -> Option<usize> {
    let (first, last) = (*key.first()?, *key.last()?);
    if matches!(first, b'_' | b'-') || matches!(last, b'_' | b'-') {
        return None;
    }
    let (first, last) = (first.to_ascii_lowercase(), last.to_ascii_lowercase());
    Some(usize::from(first.wrapping_mul(29).wrapping_add(last.wrapping_mul(11))))
}

/// Keys compare without case, `_` and `-`: owners choose them.
fn normal(key: &[u8]) -> impl Iterator<Item = u8> {
    key.iter().filter(|byte| !matches!(byte, b'_' | b'-')).map(u8::to_ascii_lowercase)
}

/// A path as keys compare.
pub(crate) fn normal_path(path: &str) -> String {
    String::from_utf8_lossy(&normal(path.as_bytes()).collect::<Vec<u8>>()).into_owned()
}

/// Whether two paths are the same as keys compare.
pub(crate) fn same_path(one: &str, other: &str) -> bool {
    normal(one.as_bytes()).eq(normal(other.as_bytes()))
}

/// The path of an alias as formats write it (`PATH as KIND`, `PATH when …`), as keys compare.
pub(crate) fn alias_path(alias: &str) -> String {
    normal_path(alias.split(" as ").next().unwrap_or(alias).split(" when ").next().unwrap_or(alias))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::schema::Text;
    use proptest::prelude::*;

    fn paths() -> Paths {
        let mut paths = Paths::default();
        let path = |path: &str| Alias::of(path, Field::Plain(Text::Host));
        paths.add(&[path("request_uri"), path("http.request.method"), path(":path")]);
        paths.add(&[path("request.headers.x-api-key"), path("ua"), path("a")]);
        paths.add(&[path("msec"), path("remote_addr"), path("requestURI")]);
        paths
    }

    /// What `child` finds, found slowly.
    fn slowly<'a>(node: &'a Node, key: &[u8]) -> Option<&'a Node> {
        let same = |known: &[u8], key: &[u8]| known == normal(key).collect::<Vec<u8>>();
        let direct = |node: &'a Node, key: &[u8]| {
            let found = node.normal.keys.iter().find(|(_, known, _)| same(known, key));
            found.map(|(.., at)| &node.children[usize::from(*at)])
        };
        direct(node, key).or_else(|| {
            key.contains(&b'.').then_some(())?;
            key.split(|&byte| byte == b'.').try_fold(node, direct)
        })
    }

    proptest! {
        #[test]
        fn keys_are_found_however_they_are_spelt(
            key in prop_oneof![
                "[-_]?(request|REQUEST|ua|a|msec|remote|:path|http|uri|xy)([-_.]?(uri|URI|addr|headers|request|method|x-api-key)){0,3}[-_]?",
                "[a-z._-]{0,12}",
            ]
        ) {
            let paths = paths();
            let (found, wanted) = (paths.root.child(key.as_bytes()), slowly(&paths.root, key.as_bytes()));
            prop_assert_eq!(found.map(std::ptr::from_ref), wanted.map(std::ptr::from_ref), "{}", key);
        }
    }
}
