//! The tree of all paths, and which of its words are values.

use super::look::{self, FILE, HEX, ID, Look, Place, SLUG, is_action, is_operation, is_version};
use super::{Use, segments, without_origin};
use foldhash::fast::FixedState;
use hashbrown::{HashSet, HashTable};
use std::borrow::Cow;
use std::hash::BuildHasher;

/// Segments after this many are one placeholder.
const DEEPEST: usize = 12;
/// Mixed segments beside each other from which they are ids.
const MANY_MIXED: usize = 8;
/// Words beside each other from which they can be ids.
const MANY_WORDS: usize = 50;
/// Words beside each other, each hardly used, from which they are ids or probes.
const TOO_MANY: usize = 200;
/// Requests from which a word is in use, however few paths it has.
const IN_USE: u64 = 20;

#[derive(Clone, Copy)]
#[allow(clippy::struct_excessive_bools)] // four independent observations
struct Node {
    parent: u32,
    first_child: u32,
    next_sibling: u32,
    /// Where it went when it was merged; itself while it lives.
    into: u32,
    token_start: u32,
    token_len: u16,
    hole: bool,
    mixed: bool,
    terminal: bool,
    found: bool,
    children: u32,
    paths: u32,
    rows: u64,
}

/// No node.
const NIL: u32 = u32::MAX;
/// Paths that start with a slash hang here, all others below the next.
const ROOT: u32 = 0;
const RELATIVE: u32 = 1;

/// All paths, segment by segment.
pub struct Tree {
    nodes: Vec<Node>,
    bytes: Vec<u8>,
    index: HashTable<u32>,
    hasher: FixedState,
}

impl Tree {
    /// A tree without paths.
    pub fn new() -> Self {
        let mut tree =
            Self { nodes: Vec::new(), bytes: Vec::new(), index: HashTable::new(), hasher: FixedState::with_seed(7) };
        for root in [ROOT, RELATIVE] {
            tree.nodes.push(Node {
                parent: NIL,
                first_child: NIL,
                next_sibling: NIL,
                into: root,
                token_start: 0,
                token_len: 0,
                hole: false,
                mixed: false,
                terminal: false,
                found: false,
                children: 0,
                paths: 0,
                rows: 0,
            });
        }
        tree
    }

    fn token(&self, node: u32) -> &[u8] {
        let node = &self.nodes[node as usize];
        &self.bytes[node.token_start as usize..node.token_start as usize + usize::from(node.token_len)]
    }

    fn hash(&self, parent: u32, token: &[u8]) -> u64 {
        self.hasher.hash_one(token) ^ u64::from(parent).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)
    }

    fn find(&self, parent: u32, token: &[u8]) -> Option<u32> {
        let hash = self.hash(parent, token);
        self.index.find(hash, |&node| self.nodes[node as usize].parent == parent && self.token(node) == token).copied()
    }

    fn child(&mut self, parent: u32, token: &[u8], hole: bool, mixed: bool) -> u32 {
        if let Some(found) = self.find(parent, token) {
            return found;
        }
        let id = self.nodes.len() as u32;
        let token_start = self.bytes.len() as u32;
        self.bytes.extend_from_slice(token);
        let siblings = &mut self.nodes[parent as usize];
        let next_sibling = std::mem::replace(&mut siblings.first_child, id);
        siblings.children += 1;
        self.nodes.push(Node {
            parent,
            first_child: NIL,
            next_sibling,
            into: id,
            token_start,
            token_len: token.len() as u16,
            hole,
            mixed,
            terminal: false,
            found: false,
            children: 0,
            paths: 0,
            rows: 0,
        });
        self.enter(id);
        id
    }

    fn enter(&mut self, id: u32) {
        let Self { nodes, bytes, index, hasher } = self;
        let hash = |id: &u32| {
            let node = &nodes[*id as usize];
            let start = node.token_start as usize;
            hasher.hash_one(&bytes[start..start + usize::from(node.token_len)])
                ^ u64::from(node.parent).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)
        };
        index.insert_unique(hash(&id), id, hash);
    }

    /// Adds a path and returns its leaf.
    pub fn insert(&mut self, path: &[u8]) -> u32 {
        let path = without_origin(path);
        let mut node = if path.first() == Some(&b'/') || path.is_empty() { ROOT } else { RELATIVE };
        let mut parts = segments(path).enumerate().peekable();
        let mut before: Option<Cow<'_, [u8]>> = None;
        while let Some((depth, segment)) = parts.next() {
            if depth == DEEPEST {
                return self.child(node, SLUG, true, false);
            }
            let Some(plain) = look::plain(segment) else {
                node = self.child(node, SLUG, true, false);
                before = None;
                continue;
            };
            let place = Place::of(depth, before.as_deref(), parts.peek().map(|(_, after)| *after));
            node = if place != Place::Elsewhere && is_version(&plain, place) {
                self.child(node, &plain, false, false)
            } else {
                match look::look(&plain) {
                    Look::Word => self.child(node, &plain, false, false),
                    Look::Mixed => self.child(node, &plain, false, true),
                    Look::Hole(hole) => self.child(node, hole, true, false),
                    Look::Named(hole, dot) => self.child(node, &[hole, &plain[dot..]].concat(), true, false),
                }
            };
            before = Some(plain);
        }
        node
    }

    /// Nodes made, merged ones included.
    pub fn node_count(&self) -> usize {
        self.nodes.len()
    }

    /// Adds the use of a path to its leaf.
    pub fn used(&mut self, leaf: u32, used: Use) {
        let leaf = &mut self.nodes[leaf as usize];
        leaf.terminal = true;
        leaf.paths += 1;
        leaf.rows += u64::from(used.rows);
        leaf.found |= used.found;
    }

    /// Adds the figures of children to their parents. Children are younger than parents here.
    pub fn sum_up(&mut self) {
        for id in (2..self.nodes.len()).rev() {
            let node = self.nodes[id];
            let parent = &mut self.nodes[node.parent as usize];
            parent.paths += node.paths;
            parent.rows += node.rows;
            parent.found |= node.found;
        }
    }

    fn children(&self, parent: u32) -> Vec<u32> {
        let mut children = Vec::with_capacity(self.nodes[parent as usize].children as usize);
        let mut next = self.nodes[parent as usize].first_child;
        while next != NIL {
            children.push(next);
            next = self.nodes[next as usize].next_sibling;
        }
        children
    }

    /// Replaces words that vary by placeholders, from the root down.
    pub fn collapse(&mut self) {
        let mut open = vec![ROOT, RELATIVE];
        while let Some(parent) = open.pop() {
            let children = self.children(parent);
            if children.len() > 1 {
                let varying = self.varying(parent, &children);
                if !varying.is_empty() {
                    let slug = self.child(parent, SLUG, true, false);
                    self.merge_all(slug, &varying);
                    self.unlink_merged(parent);
                }
                self.fold_holes(parent);
            }
            open.extend(self.children(parent));
        }
    }

    /// The children of a node that are values rather than names.
    fn varying(&self, parent: u32, children: &[u32]) -> Vec<u32> {
        let root = parent == ROOT || parent == RELATIVE;
        let node = |child: u32| &self.nodes[child as usize];
        let words: Vec<u32> = children.iter().copied().filter(|&child| !node(child).hole).collect();
        if words.len() < MANY_MIXED {
            return Vec::new();
        }
        let in_use = |child: u32| node(child).rows >= IN_USE;
        let mut chosen: HashSet<u32, FixedState> = HashSet::default();
        let mixed: Vec<u32> = words
            .iter()
            .copied()
            .filter(|&child| node(child).mixed && node(child).token_len >= 5 && !(root && in_use(child)))
            .collect();
        if mixed.len() >= MANY_MIXED {
            chosen.extend(mixed);
        }
        let words: Vec<u32> = words.into_iter().filter(|&child| !is_action(self.token(child))).collect();
        if !root {
            chosen.extend(self.alike(&words));
        }
        let rare = words.iter().copied().filter(|&child| node(child).paths <= 2 && !in_use(child));
        // At the root probes stand beside endpoints: what was never found must not take the found ones along.
        let (found, missed): (Vec<u32>, Vec<u32>) = rare.partition(|&child| node(child).found || !root);
        chosen.extend([found, missed].into_iter().filter(|group| group.len() > TOO_MANY).flatten());
        children.iter().copied().filter(|child| chosen.contains(child)).collect()
    }

    /// Words with the same few things below them, too many to be names of operations.
    fn alike(&self, words: &[u32]) -> Vec<u32> {
        // A word with ids right below it is a collection, and its name is part of the API.
        let collection = |word: u32| {
            self.children(word).iter().any(|&child| self.nodes[child as usize].hole && self.token(child) != FILE)
        };
        let alike: Vec<u32> = words.iter().copied().filter(|&word| !collection(word)).collect();
        let found = alike.iter().filter(|&&word| self.nodes[word as usize].found).count();
        if found < MANY_WORDS {
            return Vec::new();
        }
        let operations = alike.iter().filter(|&&word| is_operation(self.token(word))).count();
        let below: HashSet<&[u8], FixedState> =
            alike.iter().flat_map(|&word| self.children(word)).map(|child| self.token(child)).collect();
        let names = operations * 2 >= alike.len() || below.len() * 4 > alike.len();
        if names && alike.len() < MANY_WORDS * 8 { Vec::new() } else { alike }
    }

    fn merge_all(&mut self, into: u32, from: &[u32]) {
        for &node in from {
            self.merge(into, node);
        }
    }

    /// Merges a subtree into another. As deep as the tree, which is bounded.
    fn merge(&mut self, into: u32, from: u32) {
        let children = self.children(from);
        let node = self.nodes[from as usize];
        let target = &mut self.nodes[into as usize];
        target.terminal |= node.terminal;
        target.found |= node.found;
        target.paths += node.paths;
        target.rows += node.rows;
        self.nodes[from as usize].into = into;
        self.nodes[from as usize].first_child = NIL;
        for child in children {
            if let Some(same) = self.find(into, self.token(child)) {
                self.merge(same, child);
            } else {
                self.adopt(into, child);
            }
        }
    }

    fn adopt(&mut self, parent: u32, child: u32) {
        let hash = self.hash(self.nodes[child as usize].parent, self.token(child));
        if let Ok(entry) = self.index.find_entry(hash, |&node| node == child) {
            entry.remove();
        }
        let siblings = &mut self.nodes[parent as usize];
        let next = std::mem::replace(&mut siblings.first_child, child);
        siblings.children += 1;
        self.nodes[child as usize].parent = parent;
        self.nodes[child as usize].next_sibling = next;
        self.enter(child);
    }

    fn unlink_merged(&mut self, parent: u32) {
        let living: Vec<u32> =
            self.children(parent).into_iter().filter(|&child| self.nodes[child as usize].into == child).collect();
        let mut next = NIL;
        for &child in living.iter().rev() {
            self.nodes[child as usize].next_sibling = next;
            next = child;
        }
        self.nodes[parent as usize].first_child = next;
        self.nodes[parent as usize].children = living.len() as u32;
    }

    /// Folds the few all-digit values of a position of random ids into those.
    fn fold_holes(&mut self, parent: u32) {
        for (minor, major) in [(ID, HEX), (ID, SLUG), (HEX, SLUG)] {
            let (Some(few), Some(many)) = (self.find(parent, minor), self.find(parent, major)) else {
                continue;
            };
            let [few_node, many_node] = [few, many].map(|id| self.nodes[id as usize]);
            let living = few_node.into == few && many_node.into == many;
            if living && u64::from(few_node.paths) * 20 < u64::from(many_node.paths) {
                self.merge(many, few);
                self.unlink_merged(parent);
            }
        }
    }

    /// The node that a node was merged into in the end.
    pub fn live(&self, mut node: u32) -> u32 {
        while self.nodes[node as usize].into != node {
            node = self.nodes[node as usize].into;
        }
        node
    }

    /// The segments from the root to a leaf, values replaced by placeholders.
    pub fn tokens(&self, leaf: u32) -> Vec<&[u8]> {
        let mut tokens = Vec::new();
        let mut node = leaf;
        while self.nodes[node as usize].parent != NIL {
            tokens.push(self.token(node));
            node = self.nodes[node as usize].parent;
        }
        tokens.reverse();
        tokens
    }

    /// Whether the paths of a leaf start without a slash.
    pub fn is_relative(&self, leaf: u32) -> bool {
        let mut node = leaf;
        while self.nodes[node as usize].parent != NIL {
            node = self.nodes[node as usize].parent;
        }
        node == RELATIVE
    }
}
