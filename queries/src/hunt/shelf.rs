//! What several rules of one hunt need, made once: row conditions, columns, the groups that rows fall into, totals.
//!
//! Rules are judged one after another, so the shelf is not shared between threads; what it hands out is. What is kept
//! is bounded: when conditions and group numbers outgrow their room they are forgotten and made again when asked for.

use super::blast::Backdrop;
use super::columns::Codes;
use super::coverage::gaps;
use super::group::{Groups, KeyIndex, key_index};
use super::measuring::Inside;
use super::outside::{Habits, Homes, Pointed};
use crate::expr::Expr;
use crate::expr::vector::{self, Atoms};
use crate::finding::Gap;
use crate::measure::spread::Distinct;
use crate::postings::Postings;
use crate::requests::{Auth, Requests};
use breachline_parsers::table::ABSENT;
use fixedbitset::FixedBitSet;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use std::cell::{OnceCell, RefCell, RefMut};
use std::rc::Rc;
use std::sync::{Arc, Mutex, OnceLock};

type Known<T> = RefCell<HashMap<String, T, FixedState>>;

/// Rows per code of a column.
pub type Totals = Vec<u32>;

/// Of each (family, route)'s successful answers, the share that went to requests with a credential.
pub type KeyedShares = HashMap<(u32, u32), f64, FixedState>;

/// Of each (family, route)'s requests by ordinary clients, the share whose object is common.
pub type CommonShares = HashMap<(u32, u32), Option<f64>, FixedState>;

/// Groups with what they are told apart by, and the rows that were grouped.
struct Grouped {
    names: Vec<String>,
    rows: FixedBitSet,
    groups: Arc<Groups>,
}

/// Made once in a hunt, for all its rules.
pub struct Shelf<'a> {
    /// The table.
    pub requests: &'a Requests,
    room: usize,
    atoms: RefCell<Atoms>,
    masks: Known<Arc<FixedBitSet>>,
    columns: Known<Arc<Codes<'a>>>,
    /// By names of columns, the one used last at the end.
    indices: RefCell<Vec<(Vec<String>, Arc<KeyIndex>)>>,
    /// The groups made last.
    groups: RefCell<Option<Grouped>>,
    totals: Known<Arc<Vec<Totals>>>,
    /// Rows that count in order of a column's codes, by the column.
    by_code: Known<Arc<Postings>>,
    /// The only value of one column that goes with each of another, by both.
    partners: Known<Arc<Vec<u32>>>,
    /// Whose each object is, by the columns of objects and owners.
    homes: Known<Arc<Homes>>,
    /// The actors of a level with where they go, by its columns, the one used last at the end.
    habits: RefCell<Vec<(String, Rc<Habits>)>>,
    /// By measure and (family, route) the share of common objects, as far as anybody asked; NULL where there is none.
    common: RefCell<HashMap<String, CommonShares, FixedState>>,
    there: Known<bool>,
    keyed: OnceCell<Arc<KeyedShares>>,
    /// By what was asked, the answer given last.
    pointed: RefCell<Option<(String, Arc<Pointed>)>>,
    in_order: OnceCell<bool>,
    backdrop: OnceCell<Backdrop>,
    gaps: OnceCell<Vec<Gap>>,
    /// These logs are a selection of what there was.
    extract: bool,
    /// Rows that count, where exchanges make some rows stand for others.
    counted: OnceCell<FixedBitSet>,
    /// Time that is known to be clean, if any of it has requests.
    pub clean: Option<CleanTime>,
    /// Tables of distinct codes that nobody uses at the moment.
    pub spare: Mutex<Vec<Distinct>>,
    /// Which addresses are inside.
    pub inside: OnceLock<Inside>,
}

/// Time that is known to be clean.
pub struct CleanTime {
    /// Its rows.
    pub rows: FixedBitSet,
    /// The time of the log over the part of the log's time that is clean, at least 1.
    pub scale: f64,
}

impl<'a> Shelf<'a> {
    /// An empty shelf; `memory` is what a hunt may use for the index of groups, a quarter of which may stay here. `extract`
    /// says that these logs are a selection of what there was.
    pub fn new(requests: &'a Requests, memory: u64, extract: bool) -> Self {
        Self {
            requests,
            room: usize::try_from(memory / 4).unwrap_or(usize::MAX),
            atoms: RefCell::default(),
            masks: RefCell::default(),
            columns: RefCell::default(),
            indices: RefCell::default(),
            groups: RefCell::default(),
            totals: RefCell::default(),
            by_code: RefCell::default(),
            partners: RefCell::default(),
            homes: RefCell::default(),
            habits: RefCell::default(),
            common: RefCell::default(),
            there: RefCell::default(),
            keyed: OnceCell::new(),
            pointed: RefCell::default(),
            in_order: OnceCell::new(),
            backdrop: OnceCell::new(),
            gaps: OnceCell::new(),
            extract,
            counted: OnceCell::new(),
            clean: None,
            spare: Mutex::default(),
            inside: OnceLock::new(),
        }
    }

    /// Marks a time (from, until; microseconds UTC, until not included) as clean. Without requests in it nothing is.
    pub fn mark_clean(&mut self, (from, until): (i64, i64)) {
        let facts = &self.requests.facts;
        let times = || (0..facts.rows()).filter_map(|row| facts.ts(row).map(|ts| (row, ts)));
        let rows: FixedBitSet = times().filter(|(_, ts)| (from..until).contains(ts)).map(|(row, _)| row).collect();
        let (first, last) = (times().map(|(_, ts)| ts).min(), times().map(|(_, ts)| ts).max());
        let (Some(first), Some(last)) = (first, last) else { return };
        if rows.is_clear() {
            return;
        }
        let clean = until.min(last.saturating_add(1)).saturating_sub(from.max(first)).max(1);
        let scale = last.saturating_sub(first).max(clean) as f64 / clean as f64;
        self.clean = Some(CleanTime { rows, scale });
    }

    /// Whether a row is in time known to be clean.
    pub fn is_clean(&self, row: u32) -> bool {
        self.clean.as_ref().is_some_and(|clean| clean.rows.contains(row as usize))
    }

    /// The rows where a condition holds; only rows that count, one an exchange.
    pub fn mask(&self, condition: &Expr) -> Arc<FixedBitSet> {
        let text = condition.to_string();
        if let Some(known) = self.masks.borrow().get(&text) {
            return Arc::clone(known);
        }
        let mut atoms = self.atoms.borrow_mut();
        let mut holds = vector::evaluate_rows(condition, self.requests, &mut atoms).yes;
        if !self.requests.derived.exchanges.is_empty() {
            let counted = || self.requests.counted().map(|row| row as usize).collect();
            holds.intersect_with(self.counted.get_or_init(counted));
        }
        let mut masks = self.masks.borrow_mut();
        // An atom holds two bits a row, a mask one.
        if (2 * atoms.count() + masks.len()) * self.requests.rows() / 8 > self.room / 2 {
            atoms.clear();
            masks.clear();
        }
        let holds = Arc::new(holds);
        masks.insert(text, Arc::clone(&holds));
        holds
    }

    /// A column by name.
    pub fn column(&self, name: &str) -> Arc<Codes<'a>> {
        let mut columns = self.columns.borrow_mut();
        Arc::clone(columns.entry_ref(name).or_insert_with(|| Arc::new(Codes::open(self.requests, name))))
    }

    /// Which group of equal `names` each row falls into, given their `columns`; `None` where that is too much to keep.
    ///
    /// Where the groups of the first few of the names are known, only the other columns are looked at.
    pub fn index(&self, names: &[String], columns: &[Arc<Codes<'a>>]) -> Option<Arc<KeyIndex>> {
        let mut indices = self.indices.borrow_mut();
        if let Some(at) = indices.iter().position(|(known, _)| known == names) {
            let known = indices.remove(at);
            let index = Arc::clone(&known.1);
            indices.push(known);
            return Some(index);
        }
        // Keys seldom take more than the group numbers of the rows.
        if self.requests.rows() * 8 > self.room / 2 {
            return None;
        }
        let begun = indices.iter().filter(|(known, _)| names.starts_with(known)).max_by_key(|(known, _)| known.len());
        let index = Arc::new(key_index(begun.map(|(_, index)| index.as_ref()), columns, self.requests.rows()));
        indices.push((names.to_owned(), Arc::clone(&index)));
        let mut bytes: usize = indices.iter().map(|(_, index)| index.bytes()).sum();
        while bytes > self.room / 2 && indices.len() > 1 {
            bytes -= indices.remove(0).1.bytes();
        }
        Some(index)
    }

    /// Rows put together by `names`. One look at a level asks for the same groups several times over, and so do rules that
    /// look at the same rows; only the groups made last are kept.
    pub fn groups(&self, names: &[String], rows: &FixedBitSet, group: impl FnOnce() -> Groups) -> Arc<Groups> {
        if let Some(known) = &*self.groups.borrow()
            && known.names == names
            && known.rows == *rows
        {
            return Arc::clone(&known.groups);
        }
        *self.groups.borrow_mut() = None;
        let groups = Arc::new(group());
        if groups.bytes() <= self.room / 2 {
            *self.groups.borrow_mut() =
                Some(Grouped { names: names.to_vec(), rows: rows.clone(), groups: Arc::clone(&groups) });
        }
        groups
    }

    /// The first time in sources of a family, microseconds; the latest there is where none has a time.
    pub fn start_of(&self, family: u32) -> i64 {
        let mine = self.requests.sources.iter().filter(|source| self.requests.family(source.id) == family);
        mine.filter_map(|source| source.first).min().unwrap_or(i64::MAX)
    }

    /// Whether rows stand in total order, so that their numbers say which comes first.
    pub fn in_order(&self) -> bool {
        *self.in_order.get_or_init(|| self.requests.order.iter().zip(0..).all(|(&row, at)| row == at))
    }

    /// What answers are held against, and the gaps in the log.
    pub fn backdrop(&self) -> &Backdrop {
        self.backdrop.get_or_init(|| Backdrop::new(self.requests, self.extract, self.gaps().to_vec()))
    }

    /// Stretches of sources without records.
    pub fn gaps(&self) -> &[Gap] {
        self.gaps.get_or_init(|| gaps(self.requests))
    }

    /// The place of each row in total order; `None` where row numbers say it themselves.
    pub fn ranks(&self) -> Option<Vec<u32>> {
        if self.in_order() {
            return None;
        }
        let mut ranks = vec![0; self.requests.order.len()];
        self.requests.order.iter().zip(0..).for_each(|(&row, rank)| ranks[row as usize] = rank);
        Some(ranks)
    }

    /// The rows of a mask, in total order.
    pub fn rows(&self, mask: &FixedBitSet) -> Vec<u32> {
        let mut rows = Vec::with_capacity(mask.count_ones(..));
        if self.in_order() {
            rows.extend(mask.ones().map(|row| row as u32));
        } else {
            rows.extend(self.requests.order.iter().copied().filter(|&row| mask.contains(row as usize)));
        }
        rows
    }

    /// What a measure that points at rows counts, by what was asked; only the last answer is kept.
    pub fn pointed(&self, asked: String, count: impl FnOnce() -> Pointed) -> Arc<Pointed> {
        if let Some((known, pointed)) = &*self.pointed.borrow()
            && *known == asked
        {
            return Arc::clone(pointed);
        }
        let pointed = Arc::new(count());
        *self.pointed.borrow_mut() = Some((asked, Arc::clone(&pointed)));
        pointed
    }

    /// The only value of a column that goes with each of another one in the whole log, by both.
    pub fn partners(&self, columns: String, look: impl FnOnce() -> Vec<u32>) -> Arc<Vec<u32>> {
        self.kept(&self.partners, columns, look, |partners| partners.len() * size_of::<u32>())
    }

    /// Whose each object is in the whole log, by the columns of objects and owners.
    pub fn homes(&self, columns: String, look: impl FnOnce() -> Homes) -> Arc<Homes> {
        self.kept(&self.homes, columns, look, |homes| homes.capacity() * size_of::<(u64, u32)>())
    }

    /// The shares of common objects that a measure was asked for so far.
    pub fn common(&self, measure: &str) -> RefMut<'_, CommonShares> {
        RefMut::map(self.common.borrow_mut(), |common| common.entry_ref(measure).or_default())
    }

    /// The actors of a level, by its columns; those used last are kept as far as there is room.
    pub fn habits(&self, level: &str, make: impl FnOnce() -> Habits) -> Rc<Habits> {
        let mut known = self.habits.borrow_mut();
        if let Some(at) = known.iter().position(|(of, _)| of == level) {
            let found = known.remove(at);
            let habits = Rc::clone(&found.1);
            known.push(found);
            return habits;
        }
        let habits = Rc::new(make());
        let mut bytes = habits.bytes() + known.iter().map(|(_, habits)| habits.bytes()).sum::<usize>();
        while bytes > self.room / 4 && !known.is_empty() {
            bytes -= known.remove(0).1.bytes();
        }
        if bytes <= self.room / 4 {
            known.push((level.to_owned(), Rc::clone(&habits)));
        }
        habits
    }

    /// What was made under a name, or is made now and kept, unless it takes too much room.
    fn kept<T>(
        &self,
        known: &Known<Arc<T>>,
        name: String,
        make: impl FnOnce() -> T,
        bytes: impl FnOnce(&T) -> usize,
    ) -> Arc<T> {
        if let Some(known) = known.borrow().get(&name) {
            return Arc::clone(known);
        }
        let made = Arc::new(make());
        if bytes(&made) <= self.room / 16 {
            known.borrow_mut().insert(name, Arc::clone(&made));
        }
        made
    }

    /// Rows of the whole log per code of a column, by family.
    pub fn totals(&self, name: &str) -> Arc<Vec<Totals>> {
        if let Some(known) = self.totals.borrow().get(name) {
            return Arc::clone(known);
        }
        let codes = self.column(name);
        let mut counts: Vec<Totals> = Vec::new();
        for row in self.requests.counted() {
            let family = self.requests.family_of(row) as usize;
            let code = codes.at(row) as usize;
            if counts.len() <= family {
                counts.resize(family + 1, Vec::new());
            }
            let counts = &mut counts[family];
            if counts.len() <= code {
                counts.resize((code + 1).max(counts.len() * 2), 0);
            }
            counts[code] += 1;
        }
        let counts = Arc::new(counts);
        self.totals.borrow_mut().insert(name.to_owned(), Arc::clone(&counts));
        counts
    }

    /// Rows of the whole log with a code of a column.
    pub fn total(&self, name: &str, code: u32) -> u64 {
        self.totals(name).iter().filter_map(|counts| counts.get(code as usize)).map(|&count| u64::from(count)).sum()
    }

    /// Hands on the rows that count with one of some codes of a column, each once, in no order that means anything.
    pub fn each_row_with(&self, name: &str, asked: &FixedBitSet, take: impl FnMut(u32)) {
        let codes = self.column(name);
        if self.requests.rows() * size_of::<u32>() > self.room / 8 {
            self.requests.counted().filter(|&row| asked.contains(codes.at(row) as usize)).for_each(take);
            return;
        }
        let by_code = {
            let mut known = self.by_code.borrow_mut();
            let width = codes.widest(self.requests.rows()) as usize + 1;
            let rows = || self.requests.counted().map(|row| (codes.at(row), row));
            let make = || Arc::new(Postings::new(width, rows));
            Arc::clone(known.entry_ref(name).or_insert_with(make))
        };
        asked.ones().flat_map(|code| by_code.of(code)).copied().for_each(take);
    }

    /// Of each route's successful answers: the share that went to requests with a credential; in clean time where the
    /// route was answered then.
    pub fn keyed(&self) -> Arc<KeyedShares> {
        Arc::clone(self.keyed.get_or_init(|| Arc::new(self.keyed_shares())))
    }

    fn keyed_shares(&self) -> KeyedShares {
        let mut counts: HashMap<(u32, u32), (u32, u32), FixedState> = HashMap::default();
        let (derived, routes) = (&self.requests.derived, self.column("route"));
        let hit = |&row: &u32| self.requests.is_hit(row);
        let mut in_clean: HashMap<(u32, u32), (u32, u32), FixedState> = HashMap::default();
        for row in self.requests.counted().filter(hit) {
            let place = (self.requests.family_of(row), routes.at(row));
            let keyed = u32::from(matches!(derived.auth.get(row as usize), Some(Auth::Verified | Auth::Presented)));
            let add = |counts: &mut HashMap<(u32, u32), (u32, u32), FixedState>| {
                let count = counts.entry(place).or_insert((0, 0));
                *count = (count.0 + keyed, count.1 + 1);
            };
            add(&mut counts);
            if self.is_clean(row) {
                add(&mut in_clean);
            }
        }
        counts.extend(in_clean);
        let share = |(place, (keyed, all)): ((u32, u32), (u32, u32))| (place, f64::from(keyed) / f64::from(all));
        counts.into_iter().map(share).collect()
    }

    /// Whether a column has anything to go by in these logs.
    pub fn is_there(&self, name: &str) -> bool {
        if let Some(&known) = self.there.borrow().get(name) {
            return known;
        }
        let requests = self.requests;
        let there = match name {
            "auth" => requests.derived.auth.iter().any(|&auth| auth != Auth::Unknown),
            "client_ip" | "client_net" => {
                !requests.derived.client_ip.is_empty() && requests.derived.addresses_usable.iter().any(|&usable| usable)
            }
            "object_id" => requests.derived.objects.len() > 1,
            // That no target leads elsewhere is known where there are targets.
            "leads_to" => self.is_there("target"),
            "status" | "answer" => requests.facts.status_values().iter().any(|&status| status != 0),
            "ts" | "hour" | "day" => (0..requests.rows()).any(|row| requests.facts.ts(row).is_some()),
            _ => match requests.text(name) {
                Some(view) => !view.is_absent() && (0..requests.rows()).any(|row| view.code(row) != ABSENT),
                None => (0..requests.rows())
                    .any(|row| vector::value_at(requests, name, row) != crate::expr::scalar::Value::Null),
            },
        };
        self.there.borrow_mut().insert(name.to_owned(), there);
        there
    }
}
