//! What several rules of one hunt need, made once: row conditions, columns, the groups that rows fall into, totals.
//!
//! Rules are judged on several threads at a time, and all ask the same shelf. What is kept is bounded: what was asked for
//! longest ago is dropped when the others outgrow their room, and made again when somebody asks.

use super::blast::Backdrop;
use super::columns::Codes;
use super::coverage::gaps;
use super::group::{Groups, KeyIndex, key_index};
use super::kept::Kept;
use super::measuring::Inside;
use super::outside::{Habits, Homes, Pointed};
use super::overlap::Everyone;
use crate::expr::Expr;
use crate::expr::vector::{self, Atoms};
use crate::finding::Gap;
use crate::measure::spread::Distinct;
use crate::postings::Postings;
use crate::requests::{Auth, Requests};
use breachline_parsers::schema::Number;
use breachline_parsers::table::{ABSENT, NO_NUMBER};
use fixedbitset::FixedBitSet;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Rows per code of a column.
pub type Totals = Vec<u32>;

/// Of each (family, route)'s successful answers, the share that went to requests with a credential.
pub type KeyedShares = HashMap<(u32, u32), f64, FixedState>;

/// Of each (family, route)'s requests by ordinary clients, the share whose object is common.
pub type CommonShares = HashMap<(u32, u32), Option<f64>, FixedState>;

/// What groups are told apart by, and the rows that were grouped.
type Grouping = (Vec<String>, FixedBitSet);

/// Made once in a hunt, for all its rules.
pub struct Shelf<'a> {
    /// The table.
    pub requests: &'a Requests,
    room: usize,
    atoms: Mutex<Atoms>,
    masks: Kept<String, FixedBitSet>,
    columns: Kept<String, Codes<'a>>,
    /// By names of columns.
    indices: Kept<Vec<String>, KeyIndex>,
    groups: Kept<Grouping, Groups>,
    totals: Kept<String, Vec<Totals>>,
    /// Rows that count in order of a column's codes, by the column.
    by_code: Kept<String, Postings>,
    /// The only value of one column that goes with each of another, by both.
    partners: Kept<String, Vec<u32>>,
    /// Whose each object is, by the columns of objects and owners.
    homes: Kept<String, Homes>,
    /// The actors of a level with where they go, by its columns.
    habits: Kept<String, Habits>,
    /// By measure and (family, route) the share of common objects, as far as anybody asked; NULL where there is none.
    common: Kept<String, Mutex<CommonShares>>,
    there: Kept<String, bool>,
    keyed: OnceLock<Arc<KeyedShares>>,
    /// What measures that point at rows count, by what was asked.
    pointed: Kept<String, Pointed>,
    in_order: OnceLock<bool>,
    backdrop: OnceLock<Backdrop>,
    gaps: OnceLock<Vec<Gap>>,
    /// These logs are a selection of what there was.
    extract: bool,
    /// Rows that count, where exchanges make some rows stand for others.
    counted: OnceLock<FixedBitSet>,
    /// Time that is known to be clean, if any of it has requests.
    pub clean: Option<CleanTime>,
    /// Tables of distinct codes that nobody uses at the moment.
    pub spare: Mutex<Vec<Distinct>>,
    /// Which addresses are inside.
    pub inside: OnceLock<Inside>,
    /// Who chose what on routes, by what was asked.
    pub everyone: Kept<String, Everyone>,
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
        let room = usize::try_from(memory / 4).unwrap_or(usize::MAX);
        Self {
            requests,
            room,
            atoms: Mutex::default(),
            masks: Kept::within(room / 4),
            columns: Kept::all(),
            indices: Kept::within(room / 2),
            groups: Kept::within(room / 8),
            totals: Kept::all(),
            by_code: Kept::all(),
            partners: Kept::within(room / 8),
            homes: Kept::within(room / 8),
            habits: Kept::within(room / 4),
            common: Kept::all(),
            there: Kept::all(),
            keyed: OnceLock::new(),
            pointed: Kept::within(room / 8),
            in_order: OnceLock::new(),
            backdrop: OnceLock::new(),
            gaps: OnceLock::new(),
            extract,
            counted: OnceLock::new(),
            clean: None,
            spare: Mutex::default(),
            inside: OnceLock::new(),
            everyone: Kept::within(room / 16),
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
        let bytes = |rows: &FixedBitSet| rows.len() / 8;
        self.masks.weighed(&condition.to_string(), || self.rows_where(condition), bytes)
    }

    /// The same for somebody who looks at some rows only, all of which count. What of it holds of other rows says nothing.
    pub fn mask_within(&self, condition: &Expr, rows: &FixedBitSet) -> Arc<FixedBitSet> {
        let text = condition.to_string();
        if let Some(known) = self.masks.best(|known| (*known == text).then_some(())) {
            return known;
        }
        let mut atoms = self.atoms.lock().unwrap_or_else(PoisonError::into_inner);
        let few = vector::evaluate_few(condition, self.requests, &mut atoms, rows);
        drop(atoms);
        few.map_or_else(|| self.mask(condition), Arc::new)
    }

    fn rows_where(&self, condition: &Expr) -> FixedBitSet {
        let mut atoms = self.atoms.lock().unwrap_or_else(PoisonError::into_inner);
        let mut holds = vector::evaluate_rows(condition, self.requests, &mut atoms).yes;
        // An atom holds two bits a row.
        if 2 * atoms.count() * self.requests.rows() / 8 > self.room / 4 {
            atoms.clear();
        }
        drop(atoms);
        if !self.requests.derived.exchanges.is_empty() {
            let counted = || self.requests.counted().map(|row| row as usize).collect();
            holds.intersect_with(self.counted.get_or_init(counted));
        }
        holds
    }

    /// A column by name.
    pub fn column(&self, name: &str) -> Arc<Codes<'a>> {
        self.columns.named(name, || Codes::open(self.requests, name))
    }

    /// Which group of equal `names` each row falls into, given their `columns`; `None` where that is too much to keep.
    ///
    /// Where the groups of the first few of the names are known, only the other columns are looked at.
    pub fn index(&self, names: &[String], columns: &[Arc<Codes<'a>>]) -> Option<Arc<KeyIndex>> {
        // Keys seldom take more than the group numbers of the rows.
        if self.requests.rows() * 8 > self.room / 2 {
            return None;
        }
        let make = || {
            let begun = self.indices.best(|known| names.starts_with(known).then_some(known.len()));
            key_index(begun.as_deref(), columns, self.requests.rows())
        };
        Some(self.indices.get(|known| known == names, || names.to_owned(), make, KeyIndex::bytes))
    }

    /// Rows put together by `names`. One look at a level asks for the same groups several times over, and so do rules that
    /// look at the same rows.
    pub fn groups(&self, names: &[String], rows: &FixedBitSet, group: impl FnOnce() -> Groups) -> Arc<Groups> {
        let is = |(known, of): &Grouping| known == names && of == rows;
        self.groups.get(is, || (names.to_vec(), rows.clone()), group, |groups| groups.bytes() + rows.len() / 8)
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

    /// What a measure that points at rows counts, by what was asked.
    pub fn pointed(&self, asked: &str, count: impl FnOnce() -> Pointed) -> Arc<Pointed> {
        self.pointed.weighed(asked, count, Pointed::bytes)
    }

    /// The only value of a column that goes with each of another one in the whole log, by both.
    pub fn partners(&self, columns: &str, look: impl FnOnce() -> Vec<u32>) -> Arc<Vec<u32>> {
        self.partners.weighed(columns, look, |partners| partners.len() * size_of::<u32>())
    }

    /// Whose each object is in the whole log, by the columns of objects and owners.
    pub fn homes(&self, columns: &str, look: impl FnOnce() -> Homes) -> Arc<Homes> {
        self.homes.weighed(columns, look, |homes| homes.capacity() * size_of::<(u64, u32)>())
    }

    /// The shares of common objects that a measure was asked for so far.
    pub fn common(&self, measure: &str) -> Arc<Mutex<CommonShares>> {
        self.common.named(measure, Mutex::default)
    }

    /// The actors of a level, by its columns.
    pub fn habits(&self, level: &str, make: impl FnOnce() -> Habits) -> Arc<Habits> {
        self.habits.weighed(level, make, Habits::bytes)
    }

    /// Rows of the whole log per code of a column, by family.
    pub fn totals(&self, name: &str) -> Arc<Vec<Totals>> {
        self.totals.named(name, || self.totals_of(name))
    }

    fn totals_of(&self, name: &str) -> Vec<Totals> {
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
        let by_code = self.by_code.named(name, || {
            let width = codes.widest(self.requests.rows()) as usize + 1;
            Postings::new(width, || self.requests.counted().map(|row| (codes.at(row), row)))
        });
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
        *self.there.named(name, || self.has_values(name))
    }

    fn has_values(&self, name: &str) -> bool {
        let requests = self.requests;
        match name {
            "auth" => requests.derived.auth.iter().any(|&auth| auth != Auth::Unknown),
            "client_ip" | "client_net" => {
                !requests.derived.client_ip.is_empty() && requests.derived.addresses_usable.iter().any(|&usable| usable)
            }
            "object_id" => requests.derived.objects.len() > 1,
            // That no target leads elsewhere is known where there are targets.
            "leads_to" => self.is_there("target"),
            "status" | "answer" => requests.facts.status_values().iter().any(|&status| status != 0),
            "ts" | "hour" | "day" => (0..requests.rows()).any(|row| requests.facts.ts(row).is_some()),
            _ => match (requests.text(name), Number::ALL.into_iter().find(|number| number.name() == name)) {
                (Some(view), _) => !view.is_absent() && (0..requests.rows()).any(|row| view.code(row) != ABSENT),
                (None, Some(which)) => requests.told_number(which).iter().any(|&value| value != NO_NUMBER),
                (None, None) => (0..requests.rows())
                    .any(|row| vector::value_at(requests, name, row) != crate::expr::scalar::Value::Null),
            },
        }
    }
}
