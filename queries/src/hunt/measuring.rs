//! Measures of groups, on all cores: the first phase of a rule.

use super::columns::{Codes, Columns, Masks};
use super::group::Groups;
use super::kept::Kept;
use super::meanwhile::{self, Everybody};
use super::outside::Outside;
use super::overlap::{self, Everyone};
use super::sequence;
use crate::expr::Expr;
use crate::measure::spread::Distinct;
use crate::measure::{Measure, bucket, modes, number_at, rhythm, shape, spread};
use crate::pattern::limit_of;
use crate::requests::Requests;
use crate::rule::Rule;
use breachline_parsers::schema::Number;
use breachline_parsers::table::NO_NUMBER;
use fixedbitset::FixedBitSet;
use std::sync::{Arc, Mutex, OnceLock};

/// What measuring needs to know beside the groups.
pub struct Bench<'a, 'r> {
    /// The table.
    pub requests: &'r Requests,
    /// The rule whose measures are taken.
    pub rule: &'a Rule,
    /// Row conditions.
    pub masks: &'a Masks,
    /// Columns that measures read, by name.
    pub columns: &'a Columns<'r>,
    /// Numeric object ids, by object code; `i128::MIN` where the id is no number.
    pub ids: &'a [i128],
    /// What other groups and the rest of the log have.
    pub outside: Option<&'a Outside>,
    /// Tables of distinct codes that nobody uses: they are large, and taken again and again.
    pub spare: &'a Mutex<Vec<Distinct>>,
    /// Which addresses are inside, once anybody asked.
    pub inside: &'a OnceLock<Inside>,
    /// Who chose what on routes, as far as anybody asked.
    pub everyone: &'a Kept<String, Everyone>,
}

/// Of each client address whether it is a private one in a log of public ones, by family and code.
pub type Inside = Vec<Vec<Option<bool>>>;

/// NULL in a column of measures.
pub const NULL: f64 = f64::NAN;

/// Takes `measures` of the chosen groups; one column a measure, NaN for NULL.
pub fn measure(
    bench: &Bench<'_, '_>,
    measures: &[&Measure],
    groups: &Groups,
    chosen: &[u32],
    threads: usize,
) -> Vec<Vec<f64>> {
    let parts = split(groups, chosen, threads.max(1));
    let ready: Vec<Ready<'_>> = measures.iter().map(|measure| Ready::new(bench, measure, chosen.len() > 1)).collect();
    let take = |part: &[u32]| -> Vec<Vec<f64>> {
        let spare = bench.spare.lock().ok().and_then(|mut spare| spare.pop());
        let mut scratch = Scratch { distinct: spare.unwrap_or_default(), ..Scratch::default() };
        let mut columns = vec![Vec::with_capacity(part.len()); measures.len()];
        for &group in part {
            let rows = groups.rows(group as usize);
            for (column, measure) in columns.iter_mut().zip(&ready) {
                let value = value_of(bench, measure, groups.key(group as usize), rows, &mut scratch);
                column.push(value.unwrap_or(NULL));
            }
        }
        if let Ok(mut spare) = bench.spare.lock() {
            spare.push(scratch.distinct);
        }
        columns
    };
    if parts.len() < 2 {
        return take(chosen);
    }
    let results: Vec<Vec<Vec<f64>>> = std::thread::scope(|scope| {
        let workers: Vec<_> = parts.iter().map(|part| scope.spawn(|| take(part))).collect();
        workers.into_iter().map(|worker| worker.join().unwrap_or_default()).collect()
    });
    let mut columns = vec![Vec::with_capacity(chosen.len()); measures.len()];
    for part in results {
        for (column, values) in columns.iter_mut().zip(part) {
            column.extend(values);
        }
    }
    columns
}

/// Parts of about equal numbers of rows, in order.
fn split<'g>(groups: &Groups, chosen: &'g [u32], parts: usize) -> Vec<&'g [u32]> {
    let all: usize = chosen.iter().map(|&group| groups.rows(group as usize).len() + 1).sum();
    if parts == 1 || all < 10_000 {
        return vec![chosen];
    }
    let mut out = Vec::new();
    let (mut from, mut weight) = (0, 0);
    for (at, &group) in chosen.iter().enumerate() {
        weight += groups.rows(group as usize).len() + 1;
        if weight >= all.div_ceil(parts) {
            out.push(&chosen[from..=at]);
            from = at + 1;
            weight = 0;
        }
    }
    if from < chosen.len() {
        out.push(&chosen[from..]);
    }
    out
}

/// A measure with its mask and columns looked up once, not once a group.
struct Ready<'a> {
    measure: &'a Measure,
    /// Rows it looks at; all where it has no condition.
    mask: Option<&'a FixedBitSet>,
    columns: [Option<&'a Codes<'a>>; 2],
    number: Option<&'a [i64]>,
    steps: Option<sequence::Steps<'a>>,
    everybody: Option<Everybody>,
    /// How many entries each target asks for, by code.
    limits: Vec<Option<u32>>,
    /// First and last time of each family's log, by family.
    whole: Vec<Option<(i64, i64)>>,
    /// Which addresses are inside.
    inside: &'a [Vec<Option<bool>>],
}

impl<'a> Ready<'a> {
    /// `many`: there are several groups to measure.
    fn new(bench: &Bench<'a, 'a>, measure: &'a Measure, many: bool) -> Self {
        let mask = measure.condition.as_ref().map(|condition| bench.masks.get(condition));
        let column = |at: usize| measure.columns.get(at).and_then(|name| bench.columns.get(name)).map(Arc::as_ref);
        Self {
            measure,
            mask,
            columns: [column(0), column(1)],
            number: measure.columns.first().and_then(|name| {
                let which = Number::ALL.into_iter().find(|number| number.name() == name)?;
                Some(bench.requests.told_number(which))
            }),
            steps: match &bench.rule.sequence {
                Some(steps) if measure.function == "sequences" => Some(sequence::Steps::new(bench, steps)),
                _ => None,
            },
            limits: match measure.columns.first().and_then(|name| bench.requests.told(name)) {
                Some(view) if measure.function == "asked_for" => {
                    (0..view.dictionary.len() as u32).map(|code| limit_of(view.dictionary.text(code))).collect()
                }
                _ => Vec::new(),
            },
            whole: if measure.function == "presence" { whole(bench.requests) } else { Vec::new() },
            inside: match measure.function {
                "inside_share" => bench.inside.get_or_init(|| inside(bench.requests)),
                _ => &[],
            },
            everybody: (many && measure.function == "meanwhile_share").then(|| Everybody::new(bench, mask)),
        }
    }
}

/// The first and last time of each family's log, by family: what is counted together is seen from its own hours.
fn whole(requests: &Requests) -> Vec<Option<(i64, i64)>> {
    let mut whole: Vec<Option<(i64, i64)>> = Vec::new();
    for source in &requests.sources {
        let family = requests.family(source.id) as usize;
        whole.resize(whole.len().max(family + 1), None);
        if let (Some(first), Some(last)) = (source.first, source.last) {
            let known = whole[family].get_or_insert((first, last));
            *known = (known.0.min(first), known.1.max(last));
        }
    }
    whole
}

/// Of each client address whether it is private, by family and code; where half of a family's are, none stands out by it.
fn inside(requests: &Requests) -> Inside {
    let Some(view) = requests.told("client_ip") else { return Vec::new() };
    let of = |code: u32| if code == 0 { None } else { crate::derive::is_private(view.dictionary.text(code)) };
    let private: Vec<Option<bool>> = (0..view.dictionary.len() as u32).map(of).collect();
    let mut families: Vec<u32> = requests.sources.iter().map(|source| requests.family(source.id)).collect();
    families.sort_unstable();
    families.dedup();
    let mut by_family = vec![Vec::new(); families.last().map_or(0, |&last| last as usize + 1)];
    if let [family] = families.as_slice() {
        by_family[*family as usize] = private;
    } else {
        for family in &families {
            by_family[*family as usize] = vec![None; private.len()];
        }
        for row in 0..requests.rows() {
            let code = view.code(row) as usize;
            by_family[requests.family_of(row as u32) as usize][code] = private[code];
        }
    }
    for inside in &mut by_family {
        let count = |which: bool| inside.iter().filter(|&&private| private == Some(which)).count();
        if count(true) >= count(false) {
            inside.iter_mut().flatten().for_each(|private| *private = false);
        }
    }
    by_family
}

/// Buffers kept from group to group.
#[derive(Default)]
pub struct Scratch {
    /// Tells distinct codes.
    pub distinct: Distinct,
    wide: Vec<u64>,
    numbers: Vec<i64>,
    times: Vec<i64>,
    times_of: Option<Of>,
    coded: Vec<(i64, u32)>,
    visits: Vec<shape::Visit>,
    visits_of: Option<Of>,
}

/// Whose times or visits a buffer holds: where the rows of the group, its mask and its column lie. Several measures of a
/// group look at the same.
type Of = (*const u32, usize, *const FixedBitSet, *const ());

impl Scratch {
    /// The times of some rows of a group.
    fn times(&mut self, of: Of, times: impl Iterator<Item = i64>) -> &[i64] {
        if self.times_of != Some(of) {
            self.times.clear();
            self.times.extend(times);
            self.times_of = Some(of);
        }
        &self.times
    }

    /// The visits of some rows of a group, settled.
    fn visits(&mut self, of: Of, visits: impl Iterator<Item = shape::Visit>) -> &[shape::Visit] {
        if self.visits_of != Some(of) {
            self.visits.clear();
            self.visits.extend(visits);
            shape::settle(&mut self.visits);
            self.visits_of = Some(of);
        }
        &self.visits
    }
}

fn value_of(bench: &Bench<'_, '_>, ready: &Ready<'_>, key: &[u32], rows: &[u32], scratch: &mut Scratch) -> Option<f64> {
    let (measure, mask) = (ready.measure, ready.mask);
    let filtered = |row: &&u32| mask.is_none_or(|mask| mask.contains(**row as usize));
    let kept = || rows.iter().filter(filtered).copied();
    let column = |index: usize| ready.columns[index];
    let number = |row: u32| match ready.number {
        Some(values) => values.get(row as usize).copied().filter(|&value| value != NO_NUMBER),
        None => measure.columns.first().and_then(|name| number_at(bench.requests, name, row)),
    };
    let all_times = bench.requests.facts.ts_values();
    let ts = |row: u32| Some(all_times[row as usize]).filter(|&ts| ts != NO_NUMBER);
    let of = (rows.as_ptr(), rows.len(), mask.map_or(std::ptr::null(), std::ptr::from_ref));
    match measure.function {
        "count" => Some(kept().count() as f64),
        "share" => (!rows.is_empty()).then(|| kept().count() as f64 / rows.len() as f64),
        "n_unique" | "top_share" | "repeat_share" => {
            let codes = column(0)?;
            let codes = kept().map(|row| codes.at(row));
            match measure.function {
                "n_unique" => Some(scratch.distinct.n_unique(codes, rows.len()) as f64),
                "top_share" => scratch.distinct.top_share(codes, rows.len()),
                _ => scratch.distinct.repeat_share(codes, rows.len()),
            }
        }
        "pairs" | "per_each" | "fan_out" => {
            let (a, b) = (column(0)?, column(1)?);
            pairs_of(measure.function, kept().map(|row| u64::from(a.at(row)) << 32 | u64::from(b.at(row))), scratch)
        }
        "sum" => {
            let mut any = false;
            let sum: i128 = kept().filter_map(number).inspect(|_| any = true).map(i128::from).sum();
            any.then_some(sum as f64)
        }
        "asked_for" => {
            let codes = column(0)?;
            let limits = kept().filter_map(|row| ready.limits.get(codes.at(row) as usize).copied().flatten());
            limits.map(u64::from).reduce(|sum, limit| sum + limit).map(|sum| sum as f64)
        }
        "overlap_ratio" => overlap::ratio(bench, measure, (column(0)?, column(1)?), mask, rows),
        "max" => kept().filter_map(number).max().map(|value| value as f64),
        "median" | "two_mode_share" => {
            scratch.numbers.clear();
            scratch.numbers.extend(kept().filter_map(number));
            if measure.function == "two_mode_share" {
                return modes::two_mode_share(&mut scratch.numbers);
            }
            spread::median(&mut scratch.numbers).map(|value| value as f64)
        }
        "first" => kept().filter_map(ts).min().map(|ts| ts as f64 / 1e6),
        "last" => kept().filter_map(ts).max().map(|ts| ts as f64 / 1e6),
        "span" => {
            let (first, last) = (kept().filter_map(ts).min()?, kept().filter_map(ts).max()?);
            Some((last - first) as f64 / 1e6)
        }
        "rows_after" => {
            let since = kept().filter_map(ts).min()?;
            Some(rows.iter().filter(|&&row| ts(row).is_some_and(|ts| ts > since)).count() as f64)
        }
        "meanwhile_share" => match &ready.everybody {
            Some(everybody) => everybody.share(bench, mask, rows),
            None => meanwhile::share(bench, mask, rows),
        },
        function @ ("busiest_unique" | "returns" | "leaky_unique") => {
            let codes = column(0)?;
            scratch.coded.clear();
            let visits = kept().filter_map(|row| Some((ts(row)?, codes.at(row))));
            scratch.coded.extend(visits.filter(|visit| visit.1 != 0));
            if function == "leaky_unique" {
                return bucket::leaky_unique(&scratch.coded, measure.parameter? as i64);
            }
            let counted = if function == "returns" { rhythm::returns } else { rhythm::busiest_unique };
            Some(counted(&scratch.coded, measure.parameter? as i64) as f64)
        }
        "busiest_day" => {
            let amounts: Vec<(i64, i64)> = kept().filter_map(|row| Some((ts(row)?, number(row)?))).collect();
            (!amounts.is_empty()).then(|| rhythm::busiest_day(&amounts))
        }
        "inside_share" => share_inside(bench, ready.inside.get(*key.first()? as usize)?, kept()),
        "presence" => {
            let whole = ready.whole.get(*key.first()? as usize).copied().flatten()?;
            Some(rhythm::presence(scratch.times((of.0, of.1, of.2, std::ptr::null()), kept().filter_map(ts)), whole))
        }
        "days" | "hours" | "busiest" | "leaky" | "scheduled" | "evenness" | "pace_cv" | "steady_share" => {
            rhythm_of(measure, scratch.times((of.0, of.1, of.2, std::ptr::null()), kept().filter_map(ts)))
        }
        "step_share" | "ascending_share" | "longest_run" | "density" => {
            let codes = column(0)?;
            let visits = kept().filter_map(|row| Some((ts(row)?, *bench.ids.get(codes.at(row) as usize)?)));
            let of = (of.0, of.1, of.2, std::ptr::from_ref(codes).cast());
            shape_of(measure, scratch.visits(of, visits.filter(|visit| visit.1 != i128::MIN)))
        }
        "sequences" => ready.steps.as_ref().map(|steps| sequence::count(steps, rows) as f64),
        _ if mask.is_some() => bench.outside?.value(bench, measure, key, &kept().collect::<Vec<u32>>(), scratch),
        _ => bench.outside?.value(bench, measure, key, rows, scratch),
    }
}

/// The share of rows from addresses inside, of those that have one.
fn share_inside(bench: &Bench<'_, '_>, inside: &[Option<bool>], rows: impl Iterator<Item = u32>) -> Option<f64> {
    let view = bench.requests.told("client_ip")?;
    let told = rows.filter_map(|row| inside.get(view.code(row as usize) as usize).copied().flatten());
    let (within, all) = told.fold((0_u32, 0_u32), |(within, all), private| (within + u32::from(private), all + 1));
    (all > 0).then(|| f64::from(within) / f64::from(all))
}

/// What is measured over the pairs of two columns.
fn pairs_of(function: &str, pairs: impl Iterator<Item = u64>, scratch: &mut Scratch) -> Option<f64> {
    scratch.wide.clear();
    scratch.wide.extend(pairs);
    let pairs = spread::pairs(&mut scratch.wide) as f64;
    let each = || scratch.wide.chunk_by(|a, b| a >> 32 == b >> 32);
    match function {
        "pairs" => Some(pairs),
        "fan_out" => {
            let users = each().count();
            let subjects = scratch.wide.iter().map(|&pair| pair as u32);
            let subjects = scratch.distinct.n_unique(subjects, scratch.wide.len());
            (users > 0).then(|| subjects as f64 / users as f64)
        }
        _ => {
            scratch.numbers.clear();
            scratch.numbers.extend(each().map(|each| each.len() as i64));
            spread::median(&mut scratch.numbers).map(|each| each as f64)
        }
    }
}

fn rhythm_of(measure: &Measure, times: &[i64]) -> Option<f64> {
    match measure.function {
        "days" => Some(rhythm::days(times) as f64),
        "hours" => Some(rhythm::hours(times) as f64),
        "busiest" => Some(rhythm::busiest(times, measure.parameter? as i64) as f64),
        "leaky" => bucket::leaky(times.iter().copied(), measure.parameter? as i64),
        "scheduled" => Some(f64::from(u8::from(rhythm::scheduled(times)))),
        "evenness" => rhythm::evenness(times),
        "steady_share" => rhythm::steady_share(times),
        _ => rhythm::pace_cv(times),
    }
}

fn shape_of(measure: &Measure, visits: &[shape::Visit]) -> Option<f64> {
    match measure.function {
        "step_share" => shape::step_share(visits, measure.parameter.unwrap_or(1.0) as i128),
        "ascending_share" => shape::ascending_share(visits),
        "longest_run" => shape::longest_run(visits),
        _ => shape::density(visits),
    }
}

/// Conditions, beside the rule's own, that it asks of any rows there are.
pub fn conditions(rule: &Rule) -> Vec<&Expr> {
    let mut all: Vec<&Expr> = vec![&rule.evidence];
    all.extend(
        measures(rule).filter(|measure| looks_anywhere(measure)).filter_map(|measure| measure.condition.as_ref()),
    );
    all.extend(rule.absent.iter().map(|absent| &absent.step));
    all
}

/// Conditions that it asks of those rows alone that it looks at.
pub fn conditions_within(rule: &Rule) -> Vec<&Expr> {
    let within = measures(rule).filter(|measure| !looks_anywhere(measure));
    let mut all: Vec<&Expr> = within.filter_map(|measure| measure.condition.as_ref()).collect();
    all.extend(rule.sequence.iter().flat_map(|sequence| &sequence.steps));
    all
}

fn measures(rule: &Rule) -> impl Iterator<Item = &Measure> {
    rule.measures.iter().chain(rule.join.iter().flat_map(|join| &join.measures))
}

/// Whether a measure asks its condition of rows that the rule does not look at.
fn looks_anywhere(measure: &Measure) -> bool {
    measure.looks_outside() || measure.function == "meanwhile_share"
}
