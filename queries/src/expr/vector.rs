//! Conditions over all rows at once: work on distinct values, then one table look-up a row.
//!
//! A part of a condition that reads one coded column (text, status, auth, answer) is evaluated once per distinct
//! value by the scalar interpreter and looked up per row; AND, OR and NOT combine such parts by Kleene's rules;
//! what reads several columns at once is evaluated row by row.

use super::scalar::{Scope, Value, compare, evaluate, is_of_text, of_text};
use super::{Expr, Op};
use crate::pattern::names_itself;
use crate::requests::{Answer, Auth, ObjectKind, Requests, TextView};
use breachline_parsers::schema::Number;
use breachline_parsers::table::{ABSENT, NO_NUMBER};
use fixedbitset::FixedBitSet;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use std::borrow::Cow;

mod column;
mod narrow;

use column::Test;

/// Bits of a truth value as tables hold them: none set is FALSE.
const NO: u8 = 0;
const YES: u8 = 1;
const UNKNOWN: u8 = 2;

/// The truth value of a condition at every row, a bit each: TRUE, NULL, or else FALSE.
#[derive(Clone, Debug, PartialEq)]
pub struct Truth {
    /// Rows where it is TRUE.
    pub yes: FixedBitSet,
    /// Rows where it is NULL.
    pub unknown: FixedBitSet,
}

/// Rows whose truth values are put together at a time: a loop without a branch.
const WORD: usize = usize::BITS as usize;

/// The truth values of as many rows as a word has bits, or fewer.
struct Word {
    yes: usize,
    unknown: usize,
}

impl Word {
    #[inline]
    fn of(truths: impl Iterator<Item = u8>) -> Self {
        let mut word = Self { yes: 0, unknown: 0 };
        for (at, truth) in truths.enumerate() {
            word.yes |= usize::from(truth & 1) << at;
            word.unknown |= usize::from(truth >> 1) << at;
        }
        word
    }
}

impl Truth {
    /// Asks for the truth value (`NO`, `YES` or `UNKNOWN`) at each of `rows` rows, in order.
    fn of(rows: usize, mut at: impl FnMut(usize) -> u8) -> Self {
        let words = (0..rows).step_by(WORD).map(|from| Word::of((from..rows.min(from + WORD)).map(&mut at)));
        Self::of_words(rows, words)
    }

    /// Asks for the truth value of each row by what it holds.
    fn of_each<T>(held: &[T], mut truth: impl FnMut(&T) -> u8) -> Self {
        Self::of_words(held.len(), held.chunks(WORD).map(|held| Word::of(held.iter().map(&mut truth))))
    }

    fn of_words(rows: usize, words: impl ExactSizeIterator<Item = Word>) -> Self {
        let (mut yes, mut unknown) = (Vec::with_capacity(words.len()), Vec::with_capacity(words.len()));
        for word in words {
            yes.push(word.yes);
            unknown.push(word.unknown);
        }
        Self {
            yes: FixedBitSet::with_capacity_and_blocks(rows, yes),
            unknown: FixedBitSet::with_capacity_and_blocks(rows, unknown),
        }
    }

    /// The same truth value at each of `rows` rows.
    fn always(rows: usize, value: u8) -> Self {
        let of = |is: bool| {
            let mut rows = FixedBitSet::with_capacity(rows);
            if is {
                rows.toggle_range(..);
            }
            rows
        };
        Self { yes: of(value == YES), unknown: of(value == UNKNOWN) }
    }

    /// The truth values of rows with these codes, given those of the codes; 0 is the code of no value.
    ///
    /// Most conditions hold for no value at all, and most columns have one at every row.
    fn of_codes(codes: &[u32], table: &[u8]) -> Self {
        let values = table.get(1..).unwrap_or_default();
        let same = values.first().copied().filter(|first| values.iter().all(|value| value == first));
        if let Some(same) = same
            && (table[0] == same || !codes.contains(&ABSENT))
        {
            return Self::always(codes.len(), same);
        }
        Self::of_each(codes, |&code| table[code as usize])
    }

    /// Kleene's AND: TRUE where both are, NULL where neither is FALSE and not both are TRUE.
    fn and(&mut self, other: &Self) {
        let mut possible = self.yes.clone();
        possible.union_with(&self.unknown);
        let mut other_possible = other.yes.clone();
        other_possible.union_with(&other.unknown);
        possible.intersect_with(&other_possible);
        self.yes.intersect_with(&other.yes);
        possible.difference_with(&self.yes);
        self.unknown = possible;
    }

    /// Kleene's OR: TRUE where one is, NULL where none is TRUE and one is NULL.
    fn or(&mut self, other: &Self) {
        self.yes.union_with(&other.yes);
        self.unknown.union_with(&other.unknown);
        self.unknown.difference_with(&self.yes);
    }

    /// What the other says where this is NULL.
    fn or_where_unknown(&mut self, other: &Self) {
        let mut yes = other.yes.clone();
        yes.intersect_with(&self.unknown);
        self.yes.union_with(&yes);
        self.unknown.intersect_with(&other.unknown);
    }

    /// NOT: what is neither TRUE nor NULL.
    fn not(&mut self) {
        self.yes.union_with(&self.unknown);
        self.yes.toggle_range(..);
    }
}

/// Parts of conditions that read one column or none, evaluated once however many conditions share them.
#[derive(Default)]
pub struct Atoms {
    known: HashMap<String, Truth, FixedState>,
    /// What functions give for each value of a column, by their text.
    calls: HashMap<String, Given, FixedState>,
}

/// What a function gives for each distinct value of a column: few results, and which of them each code has.
struct Given {
    results: Vec<Value<'static>>,
    of_code: Vec<u32>,
}

impl Atoms {
    /// How many parts are known.
    pub fn count(&self) -> usize {
        self.known.len()
    }

    /// Forgets all parts.
    pub fn clear(&mut self) {
        self.known.clear();
        self.calls.clear();
    }
}

fn tri(value: Option<bool>) -> u8 {
    match value {
        Some(false) => NO,
        Some(true) => YES,
        None => UNKNOWN,
    }
}

/// The value of a column of `requests` at a row, for rules.
pub fn value_at<'a>(requests: &'a Requests, name: &str, row: usize) -> Value<'a> {
    let number = |value: Option<i64>| value.map_or(Value::Null, |value| Value::Number(value as f64));
    let facts = &requests.facts;
    match name {
        "ts" => number(facts.ts(row)),
        "hour" => number(facts.ts(row).map(|ts| ts.div_euclid(3_600_000_000) * 3_600_000_000)),
        "day" => number(facts.ts(row).map(|ts| ts.div_euclid(86_400_000_000) * 86_400_000_000)),
        "status" => number(facts.status(row).map(i64::from)),
        "exchange" => number(Some(i64::from(requests.derived.exchanges.number(row)))),
        "exchange_basis" => match requests.derived.exchanges.basis(row) {
            Some(basis) => Value::Text(Cow::Borrowed(basis.name())),
            None => Value::Null,
        },
        "line_no" => number(Some(i64::from(facts.place(row).line_no))),
        "byte_offset" => number(Some(facts.place(row).byte_offset as i64)),
        "byte_len" => number(Some(i64::from(facts.place(row).byte_len))),
        "auth" => requests.derived.auth.get(row).map_or(Value::Null, |auth| Value::Text(Cow::Borrowed(auth.name()))),
        "answer" => {
            requests.derived.answer.get(row).map_or(Value::Null, |answer| Value::Text(Cow::Borrowed(answer.name())))
        }
        "object_kind" => object_kind(requests, row).map_or(Value::Null, |kind| Value::Text(Cow::Borrowed(kind.name()))),
        "query" => requests.query(row).map_or(Value::Null, |query| Value::Text(Cow::Borrowed(query))),
        "source" | "format" | "vantage" | "ts_zone" => {
            let Some(source) = requests.sources.get(facts.source(row) as usize) else { return Value::Null };
            let text = match name {
                "source" => Some(source.path.as_str()),
                "format" => source.format.as_deref(),
                "vantage" => source.vantage.map(breachline_parsers::report::Vantage::name),
                _ => Some(if source.zone.starts_with("stated") { "stated" } else { "assumed" }),
            };
            text.map_or(Value::Null, |text| Value::Text(Cow::Borrowed(text)))
        }
        _ => {
            if let Some(&which) = Number::ALL.iter().find(|number| number.name() == name) {
                return number(requests.told_number(which).get(row).copied().filter(|&value| value != NO_NUMBER));
            }
            requests
                .told(name)
                .and_then(|view| view.get(row))
                .map_or(Value::Null, |text| Value::Text(Cow::Borrowed(text)))
        }
    }
}

/// The kind of the object that a row names.
pub fn object_kind(requests: &Requests, row: usize) -> Option<ObjectKind> {
    match requests.text("object_id")?.code(row) {
        ABSENT => None,
        code => requests.derived.kind_of_object.get(code as usize).copied(),
    }
}

/// One row as a scope.
pub struct RowScope<'a> {
    /// The table.
    pub requests: &'a Requests,
    /// The row.
    pub row: usize,
}

impl Scope for RowScope<'_> {
    fn name(&self, name: &str) -> Value<'_> {
        value_at(self.requests, name, self.row)
    }
}

/// One value of one column as a scope.
struct OneValue<'a>(Value<'a>);

impl Scope for OneValue<'_> {
    fn name(&self, _name: &str) -> Value<'_> {
        self.0.clone()
    }
}

/// The truth values of a condition, with `atoms` known from other conditions over the same requests.
pub fn evaluate_rows(expr: &Expr, requests: &Requests, atoms: &mut Atoms) -> Truth {
    evaluate_within(expr, requests, atoms, None)
}

/// The rows of `within` where a condition is TRUE. Where they are few, what is dear to ask is asked of them alone; `None` if
/// that does not pay.
pub fn evaluate_few(expr: &Expr, requests: &Requests, atoms: &mut Atoms, within: &FixedBitSet) -> Option<FixedBitSet> {
    if !narrow::is_dear(expr, requests) || !narrow::are_few(within) {
        return None;
    }
    let mut yes = evaluate_within(expr, requests, atoms, Some(within)).yes;
    yes.intersect_with(within);
    Some(yes)
}

/// The truth values where they are asked for some rows only: what is told of the others means nothing ([`narrow`]).
fn evaluate_within(expr: &Expr, requests: &Requests, atoms: &mut Atoms, within: Option<&FixedBitSet>) -> Truth {
    if let Some(truth) = of_one_text(expr, requests, atoms, within) {
        return truth;
    }
    match expr {
        Expr::Binary(Op::And, left, right) => {
            let swap = narrow::is_dear(left, requests) && !narrow::is_dear(right, requests);
            let (first, second) = if swap { (right, left) } else { (left, right) };
            let mut truth = evaluate_within(first, requests, atoms, within);
            let left = if narrow::is_dear(second, requests) { narrow::left(&truth, within) } else { None };
            truth.and(&evaluate_within(second, requests, atoms, left.as_ref().or(within)));
            truth
        }
        Expr::Binary(Op::Or, left, right) => {
            let mut truth = evaluate_within(left, requests, atoms, within);
            truth.or(&evaluate_within(right, requests, atoms, within));
            truth
        }
        Expr::Call(name, arguments, _) if name == "coalesce" && arguments.iter().all(is_condition) => {
            let mut truth = Truth::always(requests.rows(), UNKNOWN);
            for argument in arguments {
                truth.or_where_unknown(&evaluate_within(argument, requests, atoms, within));
            }
            truth
        }
        Expr::Not(inner) => {
            let mut truth = evaluate_within(inner, requests, atoms, within);
            truth.not();
            truth
        }
        _ => {
            let text = expr.to_string();
            if let Some(known) = atoms.known.get(&text) {
                return known.clone();
            }
            let by_row = |row| tri(evaluate(expr, &RowScope { requests, row }).truth());
            let truth = match (expr.names().as_slice(), within) {
                ([], _) => {
                    let always = tri(evaluate(expr, &OneValue(Value::Null)).truth());
                    Truth::always(requests.rows(), always)
                }
                ([name], within) => {
                    let narrow = within.and_then(|within| narrow::of_text_column(expr, name, requests, atoms, within));
                    if let Some(truth) = narrow {
                        return truth;
                    }
                    called(expr, name, requests, atoms).unwrap_or_else(|| one_column(expr, name, requests))
                }
                _ => match (of_two_texts(expr, requests), within) {
                    (Some(truth), _) => truth,
                    (None, Some(within)) => return narrow::by_row(within, by_row),
                    (None, None) => Truth::of(requests.rows(), by_row),
                },
            };
            atoms.known.insert(text, truth.clone());
            truth
        }
    }
}

/// Whether an expression is TRUE, FALSE or NULL and nothing else, whatever its columns hold.
fn is_condition(expr: &Expr) -> bool {
    match expr {
        Expr::Binary(op, ..) => !matches!(op, Op::Add | Op::Sub | Op::Mul | Op::Div),
        Expr::Not(_) | Expr::In(..) | Expr::Like(..) | Expr::IsNull(..) | Expr::Between(..) | Expr::Bool(_) => true,
        _ => false,
    }
}

/// A condition over one text column alone, however it is put together: each distinct value is asked once for all of it.
/// `None` where the condition is no such one.
fn of_one_text(expr: &Expr, requests: &Requests, atoms: &mut Atoms, within: Option<&FixedBitSet>) -> Option<Truth> {
    let names = expr.names();
    let &[name] = names.as_slice() else { return None };
    let (view, part): (_, Part) = if name == "query" {
        (requests.text("target")?, query_of)
    } else if matches!(expr, Expr::IsNull(of, _) if matches!(**of, Expr::Name(..))) {
        // Whether there is a value needs no look at the values.
        return None;
    } else {
        (requests.told(name)?, |value| Some(value))
    };
    let test = Test::new(expr, name).filter(|_| !view.is_absent())?;
    let text = expr.to_string();
    if let Some(known) = atoms.known.get(&text) {
        return Some(known.clone());
    }
    let null = tri(evaluate(expr, &OneValue(Value::Null)).truth());
    if let Some(within) = within.filter(|_| narrow::is_dear(expr, requests)) {
        return Some(narrow::tested(test, view, part, null, within));
    }
    let truth = looked_up(view, requests.rows(), test.of_each(view.dictionary, part, null), null);
    atoms.known.insert(text, truth.clone());
    Some(truth)
}

/// Whether accounts name themselves: of each row the two texts alone are looked at. `None` where the condition is another.
fn of_two_texts(expr: &Expr, requests: &Requests) -> Option<Truth> {
    let Expr::Call(name, arguments, _) = expr else { return None };
    let [Expr::Name(object, _), Expr::Name(account, _)] = arguments.as_slice() else { return None };
    if name != "names_itself" {
        return None;
    }
    let (objects, accounts) = (requests.told(object)?, requests.told(account)?);
    if objects.is_absent() || accounts.is_absent() {
        return Some(Truth::always(requests.rows(), UNKNOWN));
    }
    // Requests of one account for one thing come in a row.
    let mut last = ((ABSENT, ABSENT), UNKNOWN);
    Some(Truth::of(requests.rows(), |row| {
        let codes = (objects.code(row), accounts.code(row));
        if codes.0 == ABSENT || codes.1 == ABSENT {
            return UNKNOWN;
        }
        if codes != last.0 {
            let (object, account) = (objects.dictionary.text(codes.0), accounts.dictionary.text(codes.1));
            last = (codes, tri(Some(names_itself(object, account))));
        }
        last.1
    }))
}

/// What a column holds of a value of another one, if anything.
type Part = fn(&[u8]) -> Option<&[u8]>;

/// The query of a target.
fn query_of(target: &[u8]) -> Option<&[u8]> {
    memchr::memchr(b'?', target).map(|at| &target[at + 1..])
}

/// A condition on what a function gives for a text: the function is asked once per distinct text for all conditions on
/// it, the condition once per distinct result. `None` where the condition is no such one.
fn called(expr: &Expr, name: &str, requests: &Requests, atoms: &mut Atoms) -> Option<Truth> {
    let (condition, call) = around_call(expr)?;
    let view = requests.told(name).filter(|view| !view.is_absent())?;
    let given = atoms.calls.entry(call.to_string()).or_insert_with(|| Given::new(call, view));
    let truth = |result: &Value<'static>| tri(evaluate(&condition, &OneValue(result.clone())).truth());
    let truths: Vec<u8> = given.results.iter().map(truth).collect();
    let table = given.of_code.iter().map(|&result| truths[result as usize]).collect();
    Some(looked_up(view, requests.rows(), table, truths[0]))
}

/// A condition over a call that looks into one text, as a condition over its result, and the call.
fn around_call(expr: &Expr) -> Option<(Expr, &Expr)> {
    let result = |call: &Expr| match call {
        Expr::Call(name, arguments, span) if is_of_text(name) => {
            matches!(arguments.as_slice(), [Expr::Name(..)]).then(|| Box::new(Expr::Name(String::new(), *span)))
        }
        _ => None,
    };
    Some(match expr {
        Expr::Binary(op, call, right) => (Expr::Binary(*op, result(call)?, right.clone()), call),
        Expr::In(call, list, negated) => (Expr::In(result(call)?, list.clone(), *negated), call),
        Expr::IsNull(call, negated) => (Expr::IsNull(result(call)?, *negated), call),
        call => (*result(call)?, call),
    })
}

impl Given {
    /// Asks for every value of a column. The first result is that of NULL, which these functions answer with NULL.
    fn new(call: &Expr, view: TextView<'_>) -> Self {
        let mut given = Self { results: vec![Value::Null], of_code: vec![0; view.dictionary.len()] };
        let mut numbers: HashMap<(u8, u64), u32, FixedState> = HashMap::default();
        let Expr::Call(name, ..) = call else { return given };
        for (code, _) in view.dictionary.iter() {
            let result = of_text(name, view.dictionary.text(code));
            let key = match &result {
                Value::Null => continue,
                Value::Bool(value) => (0, u64::from(*value)),
                Value::Number(value) => (1, value.to_bits()),
                // Words of the program, each in one place.
                Value::Text(word) => (2, word.as_ptr() as u64),
            };
            given.of_code[code as usize] = *numbers.entry(key).or_insert_with(|| {
                given.results.push(result);
                given.results.len() as u32 - 1
            });
        }
        given
    }
}

/// Evaluates once per distinct value where the column has a dictionary, else once per row.
fn one_column(expr: &Expr, name: &str, requests: &Requests) -> Truth {
    let rows = requests.rows();
    let of = |value: Value<'_>| tri(evaluate(expr, &OneValue(value)).truth());
    let text = |text: &'static str| of(Value::Text(Cow::Borrowed(text)));
    match name {
        "status" => {
            let value = |status: usize| of(if status == 0 { Value::Null } else { Value::Number(status as f64) });
            let table: Vec<u8> = (0..1024).map(value).collect();
            let statuses = requests.facts.status_values();
            Truth::of_each(statuses, |&status| {
                let status = usize::from(status);
                table.get(status).copied().unwrap_or_else(|| value(status))
            })
        }
        "auth" if requests.derived.auth.len() == rows => {
            let table = Auth::ALL.map(|auth| text(auth.name()));
            Truth::of_each(&requests.derived.auth, |&auth| table[auth as usize])
        }
        "answer" if requests.derived.answer.len() == rows => {
            let table = Answer::ALL.map(|answer| text(answer.name()));
            Truth::of_each(&requests.derived.answer, |&answer| table[answer as usize])
        }
        "object_kind" => {
            let null = of(Value::Null);
            let kinds = ObjectKind::ALL.map(|kind| text(kind.name()));
            let Some(objects) = requests.text("object_id") else { return Truth::always(rows, null) };
            let of_code =
                |code: usize| requests.derived.kind_of_object.get(code).map_or(null, |&kind| kinds[kind as usize]);
            let table = (0..objects.dictionary.len()).map(|code| if code == 0 { null } else { of_code(code) });
            looked_up(objects, rows, table.collect(), null)
        }
        "query" => {
            let null = of(Value::Null);
            let Some(targets) = requests.text("target") else { return Truth::always(rows, null) };
            let mut table = vec![null; targets.dictionary.len().max(1)];
            for (code, _) in targets.dictionary.iter() {
                if let Some((_, query)) = targets.dictionary.text(code).split_once('?') {
                    table[code as usize] = of(Value::Text(Cow::Borrowed(query)));
                }
            }
            looked_up(targets, rows, table, null)
        }
        "source" | "format" | "vantage" | "ts_zone" => {
            let mut first: Vec<Option<u8>> = vec![None; requests.sources.len()];
            Truth::of(rows, |row| match first.get_mut(requests.facts.source(row) as usize) {
                Some(slot) => *slot.get_or_insert_with(|| of(value_at(requests, name, row))),
                None => of(Value::Null),
            })
        }
        _ => {
            if let Some(view) = requests.told(name) {
                let asks_for_values = matches!(expr, Expr::IsNull(of, _) if matches!(**of, Expr::Name(..)));
                return if asks_for_values { valued(view, rows, of) } else { coded(view, rows, of) };
            }
            if let Some(&which) = Number::ALL.iter().find(|number| number.name() == name) {
                let null = of(Value::Null);
                let values = requests.told_number(which);
                if values.is_empty() {
                    return Truth::always(rows, null);
                }
                if let Some((op, bound)) = bound_of(expr) {
                    let truth = |value: f64| tri(compare(op, &Value::Number(value), &Value::Number(bound)));
                    let number = |value: i64| if value == NO_NUMBER { null } else { truth(value as f64) };
                    return Truth::of_each(values, |&value| number(value));
                }
                let number = |value: i64| if value == NO_NUMBER { null } else { of(Value::Number(value as f64)) };
                return Truth::of_each(values, |&value| number(value));
            }
            Truth::of(rows, |row| of(value_at(requests, name, row)))
        }
    }
}

/// What a column is compared with, and how, where that is all there is to a condition: it is asked at every row.
fn bound_of(expr: &Expr) -> Option<(Op, f64)> {
    match expr {
        Expr::Binary(op @ (Op::Eq | Op::Ne | Op::Lt | Op::Le | Op::Gt | Op::Ge), left, right) => {
            match (left.as_ref(), right.as_ref()) {
                (Expr::Name(..), Expr::Number(bound)) => Some((*op, *bound)),
                _ => None,
            }
        }
        _ => None,
    }
}

/// What does not depend on which value it is, only on whether there is one.
fn valued(view: TextView<'_>, rows: usize, of: impl Fn(Value<'_>) -> u8) -> Truth {
    let null = of(Value::Null);
    let mut table = vec![of(Value::Text(Cow::Borrowed(""))); view.dictionary.len().max(1)];
    table[ABSENT as usize] = null;
    looked_up(view, rows, table, null)
}

fn coded(view: TextView<'_>, rows: usize, of: impl Fn(Value<'_>) -> u8) -> Truth {
    let null = of(Value::Null);
    if view.is_absent() {
        return Truth::always(rows, null);
    }
    let mut table = vec![null; view.dictionary.len()];
    for (code, _) in view.dictionary.iter() {
        table[code as usize] = of(Value::Text(Cow::Borrowed(view.dictionary.text(code))));
    }
    looked_up(view, rows, table, null)
}

/// The truth values of a coded column, given those of its values.
fn looked_up(view: TextView<'_>, rows: usize, table: Vec<u8>, null: u8) -> Truth {
    match view.through(table) {
        Some((codes, table)) => Truth::of_codes(codes, &table),
        None => Truth::always(rows, null),
    }
}

#[cfg(test)]
mod tests;
