//! Who and what plays a part in a finding, and which part.

use super::collect::Union;
use super::columns::Codes;
use super::run::Stage;
use super::shelf::Shelf;
use crate::finding::{Entity, Role};
use breachline_parsers::value::thousands;
use fixedbitset::FixedBitSet;
use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashSet};
use std::collections::BTreeMap;

/// Kinds that a finding may name.
const KINDS: [&str; 7] = ["client_ip", "client_net", "principal", "credential", "client_app", "session", "route"];

/// What tells one user of an address from another, the best first.
const USERS: [(&str, &str); 3] =
    [("principal", "account(s)"), ("session", "session(s)"), ("user_agent", "user agent(s)")];

/// Values of the columns that play a part in what is reported; which part is told over all the evidence. Sorted by
/// kind and value.
pub fn entities(stage: &Stage<'_, '_>, union: &Union) -> Vec<Entity> {
    let requests = stage.shelf.requests;
    let mut entities = Vec::new();
    for role in stage.rule.roles.iter().filter(|role| KINDS.contains(&role.column.as_str())) {
        let codes = stage.shelf.column(&role.column);
        let Some(view) = requests.told(&role.column) else { continue };
        let mut mine: BTreeMap<u32, u64> = BTreeMap::new();
        let reported = Reported::new(&union.reported, &union.evidence, |row| codes.at(row));
        for &row in &union.evidence {
            if codes.at(row) != 0 && reported.names(codes.at(row)) {
                *mine.entry(codes.at(row)).or_insert(0) += 1;
            }
        }
        let totals: BTreeMap<u32, (u64, u64)> = mine
            .into_iter()
            .map(|(code, count)| (code, (count, stage.shelf.total(&role.column, code).max(count))))
            .collect();
        for (code, (part, basis)) in parts(stage.shelf, &role.column, role.role, &totals, &union.evidence) {
            let value = view.dictionary.text(code).to_owned();
            entities.push(Entity { kind: role.column.clone(), value, role: part, basis: reported.say(code, basis) });
        }
    }
    entities.sort_by(|a, b| (&a.kind, &a.value).cmp(&(&b.kind, &b.value)));
    entities
}

/// The values of a column in what is reported, and whether that is all of the evidence.
pub struct Reported {
    counts: HashMap<u32, u64, FixedState>,
    is_all: bool,
}

impl Reported {
    /// Those of some rows of the evidence.
    pub fn new(rows: &[u32], evidence: &[u32], code: impl Fn(u32) -> u32) -> Self {
        let mut counts: HashMap<u32, u64, FixedState> = HashMap::default();
        for &row in rows {
            *counts.entry(code(row)).or_insert(0) += 1;
        }
        Self { counts, is_all: rows.len() == evidence.len() }
    }

    /// Whether a value is in it.
    pub fn names(&self, code: u32) -> bool {
        self.counts.contains_key(&code)
    }

    /// The basis of a part, which is told over all the evidence, with how much of that is reported.
    pub fn say(&self, code: u32, basis: String) -> String {
        if self.is_all {
            return basis;
        }
        format!("{basis}; reported here: {} of that evidence", self.counts.get(&code).copied().unwrap_or(0))
    }
}

/// Who else uses an address: how many, and what they were told by.
type Others = (usize, &'static str);

/// For each suspected address most of whose requests are no evidence: who else uses it. An address that nobody else uses
/// is not among them.
fn others(
    shelf: &Shelf<'_>,
    column: &str,
    role: Role,
    totals: &BTreeMap<u32, (u64, u64)>,
    evidence: &[u32],
) -> HashMap<u32, Others, FixedState> {
    let mut found = HashMap::default();
    let in_question = |(&code, &(count, total)): (&u32, &(u64, u64))| (count * 2 < total).then_some(code as usize);
    let asked: FixedBitSet = totals.iter().filter_map(in_question).collect();
    if role != Role::SuspectedSource || !matches!(column, "client_ip" | "client_net") || asked.is_clear() {
        return found;
    }
    let addresses = shelf.column(column);
    let mut rows: Vec<u32> = Vec::new();
    shelf.each_row_with(column, &asked, |row| rows.push(row));
    let mine: HashSet<u32, FixedState> = evidence.iter().copied().collect();
    for (name, words) in USERS {
        let users = shelf.column(name);
        if matches!(*users, Codes::Absent) {
            continue;
        }
        let pair = |row: u32| (addresses.at(row), users.at(row));
        let own: HashSet<(u32, u32), FixedState> =
            rows.iter().filter(|row| mine.contains(*row)).map(|&row| pair(row)).collect();
        let other = |row: &u32| !mine.contains(row) && users.at(*row) != 0 && !own.contains(&pair(*row));
        let else_used: HashSet<(u32, u32), FixedState> = rows.iter().copied().filter(other).map(pair).collect();
        for &(address, _) in &else_used {
            // The first kind that tells users apart counts; the same people again by another kind add nothing.
            let entry = found.entry(address).or_insert((0, words));
            if entry.1 == words {
                entry.0 += 1;
            }
        }
    }
    // A second user agent may be one user's second tool.
    found.retain(|_, (users, by)| *users > 1 || *by != USERS[2].1);
    found
}

/// The part of each value of a column, given its requests among the evidence and all its requests, and why.
///
/// An address is shared when most of its requests are no evidence and others than those of the evidence use it. That it
/// did other things does not alone make it anybody else's: a scanner's requests are seldom all of one kind.
pub fn parts(
    shelf: &Shelf<'_>,
    column: &str,
    role: Role,
    totals: &BTreeMap<u32, (u64, u64)>,
    evidence: &[u32],
) -> BTreeMap<u32, (Role, String)> {
    let others = others(shelf, column, role, totals, evidence);
    let part = |(&code, &(count, total)): (&u32, &(u64, u64))| {
        let (count_said, total_said) = (thousands(count), thousands(total));
        let counted = format!("{count_said} of its {total_said} requests in these logs are evidence");
        let part = match others.get(&code) {
            Some((users, by)) => {
                (Role::Shared, format!("{counted}; {users} {by} use it that are not among those of the evidence"))
            }
            None if role == Role::SuspectedSource && count * 2 < total => {
                (role, format!("{counted}; nothing tells the rest from the same user"))
            }
            None => (role, counted),
        };
        (code, part)
    };
    totals.iter().map(part).collect()
}
