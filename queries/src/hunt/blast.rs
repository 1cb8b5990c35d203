//! What was answered with success within a set of rows: objects, bytes, and of how many subjects at least and at most.
//!
//! At least: distinct objects whose whole answer went out for certain. At most: all distinct objects that were answered,
//! where every answer names one; a page, a wildcard, an export or an answer far larger than usual holds any number, and then
//! nothing bounds it. What a client got that went away after bytes had been sent (499) counts so, too. Nothing bounds it
//! either where requests may have been answered that nobody can tell of: no status was logged, or the log leaves requests
//! out. 204, 304, HEAD and the empty answers of a route hold nothing to begin with.

use super::coverage::pauses;
use crate::finding::{BlastRadius, Gap, Outcome, Subjects};
use crate::measure::spread::median;
use crate::pattern::{catches_many, page_of};
use crate::reach::holes_between;
use crate::requests::{Answer, Requests, TextView};
use crate::things;
use breachline_parsers::schema::Number;
use breachline_parsers::table::{ABSENT, NO_NUMBER};
use breachline_parsers::value::{counted, thousands};
use foldhash::fast::FixedState;
use hashbrown::HashMap;

/// Rows that got data as an answer.
fn hits<'a>(requests: &'a Requests, rows: &'a [u32]) -> impl Iterator<Item = u32> + 'a {
    rows.iter().copied().filter(|&row| requests.is_hit(row))
}

/// What the answers of a set of rows are held against: all others, and what the log leaves out.
pub struct Backdrop {
    /// What the successful answers of each route usually weigh: the lower median of their sizes, by route.
    usual: HashMap<u32, i64, FixedState>,
    /// Stretches of sources without records, and the hours between sources.
    gaps: Vec<Gap>,
    holes: Vec<(i64, i64)>,
    /// What was left out everywhere, in words.
    selection: Option<&'static str>,
}

impl Backdrop {
    /// Weighs the answers of rows that count. `extract`: the logs are a selection of what there was; `gaps` are those that
    /// can be seen in them.
    pub fn new(requests: &Requests, extract: bool, gaps: Vec<Gap>) -> Self {
        let mut sizes: HashMap<u32, Vec<i64>, FixedState> = HashMap::default();
        let bytes = requests.told_number(Number::BytesOut);
        if let Some(routes) = requests.text("route").filter(|routes| !routes.is_absent()) {
            let is_whole = |row: &u32| {
                requests.is_hit(*row) && requests.facts.status(*row as usize) != Some(206) && !requests.is_cut_off(*row)
            };
            for row in requests.counted().filter(is_whole) {
                if let Some(&size) = bytes.get(row as usize).filter(|&&size| size != NO_NUMBER) {
                    sizes.entry(routes.code(row as usize)).or_default().push(size);
                }
            }
        }
        let middle = |(route, mut sizes): (u32, Vec<i64>)| median(&mut sizes).map(|middle| (route, middle));
        let hours = requests.sources.iter().filter_map(|source| Some((source.first?, source.last?)));
        let mut holes = holes_between(hours.collect());
        if !holes.is_empty() {
            // One log in several files is as quiet between them as within.
            let times = requests.order.iter().filter_map(|&row| requests.facts.ts(row as usize));
            let quiet = pauses(&times.collect::<Vec<i64>>());
            holes.retain(|hole| quiet.contains(hole));
        }
        Self {
            usual: sizes.into_iter().filter_map(middle).collect(),
            gaps,
            holes,
            selection: extract.then_some("these logs are a selection (--extract)"),
        }
    }

    /// What the logs of these rows leave out while they went on, in words.
    fn left_out(&self, requests: &Requests, rows: &[u32]) -> Option<String> {
        if let Some(selection) = self.selection {
            return Some(selection.to_owned());
        }
        let mut families: Vec<u32> = rows.iter().map(|&row| requests.family_of(row)).collect();
        families.sort_unstable();
        families.dedup();
        let mine = |source: u32| families.contains(&requests.family(source));
        if requests.sources.iter().any(|source| mine(source.id) && source.sampled().is_some()) {
            return Some("the log is a sample".to_owned());
        }
        let times = || rows.iter().filter_map(|&row| requests.facts.ts(row as usize));
        let (first, last) = (times().min()?, times().max()?);
        let during = |from: i64, until: i64| from <= last && until >= first;
        let gap = self.gaps.iter().find(|gap| mine(gap.source) && during(gap.from, gap.until));
        let hole = || self.holes.iter().copied().find(|&(from, until)| during(from, until));
        let (from, until) = gap.map(|gap| (gap.from, gap.until)).or_else(hole)?;
        let at = crate::selection::rfc3339;
        Some(format!("the log has no records from {} until {}", at(from), at(until)))
    }
}

/// Number of distinct objects with a successful answer.
pub fn count_objects(requests: &Requests, rows: &[u32]) -> u64 {
    things::objects(requests, hits(requests, rows)).len() as u64
}

/// Of how many subjects a successful answer tells.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Held {
    /// Any number: no object was named, a page or a wildcard was asked for, the route is declared to answer in bulk, or the
    /// answer weighs more than ten times what is usual on the route. Otherwise the one whose object was asked for.
    many: bool,
    /// Whether it tells of the one whose object was asked for, whatever else it holds: what the context says of a route
    /// takes nothing away from what its answers are known to be of.
    named: bool,
    /// Whether it tells of them for certain.
    sure: Sure,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sure {
    Yes,
    /// A part of an object, or a body without bytes.
    Part,
    /// The client went away while it was sent.
    CutOff,
    /// Its size is that of the route's errors.
    Doubtful,
}

/// Answers so many times larger than usual are taken for lists.
const LIST: i64 = 10;

/// Objects, subjects and bytes of the answers, of rows that count and are counted together: each exchange once.
pub fn radius(requests: &Requests, backdrop: &Backdrop, rows: &[u32]) -> BlastRadius {
    let sizes = requests.told_number(Number::BytesOut);
    let bytes =
        hits(requests, rows).filter_map(|row| u64::try_from(sizes.get(row as usize).copied().unwrap_or(-1)).ok()).sum();
    let objects = count_objects(requests, rows);
    BlastRadius { objects, subjects: subjects(requests, backdrop, rows, objects), bytes }
}

/// Answers of one set of rows, counted.
#[derive(Default)]
struct Counts {
    answered: u64,
    /// May hold many subjects; those of them that do for certain hold one at least.
    many: u64,
    many_sure: u64,
    part: u64,
    doubtful: u64,
    /// Went out, whole or in part, as far as anybody knows.
    unknown: u64,
    /// Cut off by the client after bytes had been sent.
    gone: u64,
    /// Only asked whether something is there.
    asked: u64,
}

fn subjects(requests: &Requests, backdrop: &Backdrop, rows: &[u32], objects: u64) -> Subjects {
    let mut counts = Counts::default();
    let mut whole: Vec<u32> = Vec::new();
    let looked = Looked::new(requests, backdrop);
    for &row in rows {
        if !requests.is_hit(row) {
            let status = requests.facts.status(row as usize);
            let answer = requests.derived.answer.get(row as usize).copied();
            counts.unknown += u64::from(status.is_none() && matches!(answer, None | Some(Answer::Other)));
            counts.asked += u64::from(answer == Some(Answer::Hit));
            continue;
        }
        let held = looked.held(row);
        counts.answered += 1;
        counts.many += u64::from(held.many);
        counts.many_sure += u64::from(held.many && held.sure == Sure::Yes);
        counts.part += u64::from(held.sure == Sure::Part);
        counts.gone += u64::from(held.sure == Sure::CutOff);
        counts.doubtful += u64::from(held.sure == Sure::Doubtful);
        if held.named && held.sure == Sure::Yes {
            whole.push(row);
        }
    }
    let certain = things::objects(requests, whole.into_iter()).len() as u64;
    let open = open(&counts, backdrop.left_out(requests, rows));
    Subjects {
        // What an answer of many holds is at least one subject, unless it was one of those counted already.
        at_least: certain.max(u64::from(counts.many_sure > 0)),
        at_most: (counts.many == 0 && open.is_none()).then_some(objects),
        basis: basis(&counts, objects, open),
    }
}

/// Why more may have been answered than these rows show, if they leave that open.
fn open(counts: &Counts, left_out: Option<String>) -> Option<String> {
    let mut why: Vec<String> = Vec::new();
    if counts.unknown > 0 {
        let were = if counts.unknown == 1 { "was" } else { "were" };
        let requests = counted(counts.unknown, "request");
        why.push(format!("{requests} {were} logged without a status and may have been answered"));
    }
    why.extend(left_out);
    (!why.is_empty()).then(|| why.join("; "))
}

fn basis(counts: &Counts, objects: u64, open: Option<String>) -> String {
    let Counts { part, gone, asked, doubtful, .. } = counts;
    let (answered, many, has_objects) = (thousands(counts.answered), thousands(counts.many), objects > 0);
    let objects = thousands(objects);
    let told = if counts.answered == 0 {
        "nothing is known to have been answered with success".to_owned()
    } else if counts.many == 0 {
        format!(
            "{objects} distinct object ids in {answered} successful answers, none of them a page, a wildcard or larger \
             than ten times what is usual on its route: each id is taken for one subject"
        )
    } else if has_objects {
        format!(
            "{objects} distinct object ids in {answered} successful answers; {many} of these may hold many subjects \
             (no id, a page, a wildcard, in bulk, or ten times the usual size), so nothing bounds it from above"
        )
    } else {
        format!("{answered} successful answers name no object id in these logs, so subjects cannot be counted")
    };
    let notes = [
        (*part > 0).then(|| format!("{} answers hold a part or nothing (206, no bytes)", thousands(*part))),
        (*gone > 0).then(|| {
            format!(
                "in {} of these the client went away after bytes had been sent (499), so they count in at most only",
                thousands(*gone)
            )
        }),
        (*asked > 0)
            .then(|| format!("{} answers to HEAD say that something is there and hold nothing", thousands(*asked))),
        (*doubtful > 0).then(|| {
            format!("{} answers are as large as the errors of their route and may be such", thousands(*doubtful))
        }),
        open.map(|open| format!("{open}: no upper bound")),
    ];
    std::iter::once(told).chain(notes.into_iter().flatten()).collect::<Vec<_>>().join("; ")
}

/// What answers are told by, looked up once for all rows.
struct Looked<'a> {
    requests: &'a Requests,
    backdrop: &'a Backdrop,
    ids: Option<TextView<'a>>,
    targets: Option<TextView<'a>>,
    routes: Option<TextView<'a>>,
    sizes: &'a [i64],
}

impl<'a> Looked<'a> {
    fn new(requests: &'a Requests, backdrop: &'a Backdrop) -> Self {
        let text = |name: &str| requests.text(name).filter(|view| !view.is_absent());
        let (ids, targets, routes) = (text("object_id"), text("target"), text("route"));
        Self { requests, backdrop, ids, targets, routes, sizes: requests.told_number(Number::BytesOut) }
    }

    /// Of how many subjects the answer to a row tells; the row was answered with success.
    fn held(&self, row: u32) -> Held {
        let size = size_of(self.sizes, row);
        let sure = if self.requests.is_doubtful(row) {
            Sure::Doubtful
        } else if self.requests.is_cut_off(row) {
            Sure::CutOff
        } else if self.requests.facts.status(row as usize) == Some(206) || size == Some(0) {
            Sure::Part
        } else {
            Sure::Yes
        };
        let many = self.may_hold_many(row, size);
        Held { many: many || in_bulk(self.requests, row as usize), named: !many, sure }
    }

    fn may_hold_many(&self, row: u32, size: Option<i64>) -> bool {
        let at = row as usize;
        if self.ids.is_none_or(|ids| ids.code(at) == ABSENT) {
            return true;
        }
        let asks_for_many = |target: &str| page_of(target).is_some() || catches_many(target);
        if self.targets.and_then(|targets| targets.get(at)).is_some_and(asks_for_many) {
            return true;
        }
        let route = self.routes.map_or(ABSENT, |routes| routes.code(at));
        let usual = self.backdrop.usual.get(&route);
        matches!((size, usual), (Some(size), Some(&usual)) if size > usual.max(1).saturating_mul(LIST))
    }
}

/// The size of an answer, of all sizes.
fn size_of(sizes: &[i64], row: u32) -> Option<i64> {
    sizes.get(row as usize).copied().filter(|&size| size != NO_NUMBER)
}

/// Whether the context says that an answer of this path holds many objects.
fn in_bulk(requests: &Requests, row: usize) -> bool {
    let returns = &requests.derived.declared.returns;
    let Some(paths) = requests.text("path").filter(|paths| !returns.is_empty() && !paths.is_absent()) else {
        return false;
    };
    let path = paths.code(row) as usize;
    returns.iter().any(|returns| returns.bulk && returns.paths.contains(path))
}

/// What the answers amount to, taken together.
pub fn outcome(requests: &Requests, rows: &[u32]) -> Outcome {
    let answers: Vec<Answer> =
        rows.iter().filter_map(|&row| requests.derived.answer.get(row as usize).copied()).collect();
    let known = rows.iter().any(|&row| requests.facts.status(row as usize).is_some());
    if !known {
        return Outcome::Undetermined;
    }
    if answers.contains(&Answer::Hit) {
        let sizes = requests.told_number(Number::BytesOut);
        let answered = |&row: &u32| !requests.is_cut_off(row);
        let body = |row: u32| !requests.is_doubtful(row) && size_of(sizes, row).is_some_and(|bytes| bytes > 0);
        let is_hit = |&row: &u32| requests.derived.answer.get(row as usize) == Some(&Answer::Hit);
        return if hits(requests, rows).filter(answered).any(body) {
            Outcome::DataReturnedLikely
        } else if rows.iter().filter(|row| is_hit(row)).any(answered) {
            Outcome::Answered
        } else {
            Outcome::Undetermined
        };
    }
    if rows.iter().any(|&row| is_done(requests, row as usize)) {
        return Outcome::Answered;
    }
    if !answers.is_empty() && answers.iter().all(|&answer| answer == Answer::Denied) {
        return Outcome::Denied;
    }
    Outcome::Attempted
}

/// Whether a request that changes something was answered with "done", which has no body.
fn is_done(requests: &Requests, row: usize) -> bool {
    let changes = |method: &str| matches!(method, "POST" | "PUT" | "PATCH" | "DELETE");
    requests.facts.status(row) == Some(204)
        && requests.text("method").and_then(|methods| methods.get(row).map(changes)).unwrap_or(false)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::coverage::gaps;
    use super::*;
    use crate::context::Context;
    use crate::testing::{Log, Row};
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    /// A route whose answers usually weigh 400 bytes, and what somebody got there besides.
    fn told(got: &[fn(Row) -> Row]) -> BlastRadius {
        let usual = 40_usize;
        let log = Log::new()
            .rows(usual, |row, at| row.at(at as f64).get(&format!("/pets/{}", 900 + at)).status(200).bytes(400));
        let requests = log.rows(got.len(), |row, at| got[at](row.at(100.0 + at as f64))).build();
        let rows: Vec<u32> = (usual as u32..requests.rows() as u32).collect();
        radius(&requests, &Backdrop::new(&requests, false, gaps(&requests)), &rows)
    }

    fn bounds(got: &[fn(Row) -> Row]) -> (u64, Option<u64>) {
        let told = told(got).subjects;
        (told.at_least, told.at_most)
    }

    #[test]
    fn answers_that_hold_one_many_part_or_none() {
        let one: fn(Row) -> Row = |row| row.get("/pets/1").status(200).bytes(410);
        let two: fn(Row) -> Row = |row| row.get("/pets/2").status(200).bytes(390);
        assert_eq!(bounds(&[one, two, one]), (2, Some(2)));
        assert_eq!(bounds(&[|row| row.get("/pets/3").status(404).bytes(60)]), (0, Some(0)));
        assert_eq!(bounds(&[|row| row.get("/pets/3").status(304), |row| row.get("/pets/4").status(499)]), (0, Some(0)));
        let asked: fn(Row) -> Row = |row| row.request("HEAD", "/pets/3").status(200).bytes(400);
        assert_eq!(bounds(&[asked]), (0, Some(0)), "whatever length a log has for it");
        assert_eq!((told(&[one, asked]).objects, bounds(&[one, asked])), (1, (1, Some(1))));
        assert!(told(&[asked]).subjects.basis.contains("1 answers to HEAD"));
        assert_eq!(bounds(&[one, |row| row.get("/pets/3").status(206).bytes(100)]), (1, Some(2)));
        assert_eq!(bounds(&[one, |row| row.get("/pets/3").status(200).bytes(0)]), (1, Some(2)));
        let page: fn(Row) -> Row = |row| row.get("/pets/7?page=3").status(200).bytes(400);
        assert_eq!(bounds(&[one, two, page]), (2, None));
        assert_eq!(bounds(&[|row| row.get("/pets/8?name=*").status(200).bytes(400)]), (1, None));
        assert_eq!(bounds(&[one, |row| row.get("/pets/9").status(200).bytes(4_001)]), (1, None));
        assert_eq!(bounds(&[one, |row| row.get("/pets/9").status(200).bytes(4_000)]), (2, Some(2)));
        assert_eq!(bounds(&[|row| row.get("/export").status(200).bytes(90_000)]), (1, None));
    }

    #[test]
    fn what_nobody_can_tell_of_opens_the_upper_bound() {
        let one: fn(Row) -> Row = |row| row.get("/pets/1").status(200).bytes(410);
        assert_eq!(bounds(&[one, |row| row.get("/pets/3").bytes(60)]), (1, None), "no status");
        assert_eq!(bounds(&[|row| row.get("/pets/3")]), (0, None), "no status");
        let gone: fn(Row) -> Row = |row| row.get("/pets/3").status(499).bytes(60);
        assert_eq!(bounds(&[one, gone]), (1, Some(2)), "bytes before the client went");
        let told = told(&[one, gone]);
        assert!(told.subjects.basis.contains("in 1 of these the client went away"), "{told:?}");
        assert_eq!(bounds(&[|row| row.get("/export").status(499).bytes(60)]), (0, None), "of any number");
        assert_eq!(bounds(&[|row| row.get("/pets/3").status(499).bytes(0)]), (0, Some(0)));
        assert_eq!(
            bounds(&[|row| row.get("/pets/3").text(breachline_parsers::schema::Text::WafAction, "block")]),
            (0, Some(0))
        );
        assert_eq!(bounds(&[one, |row| row.get("/export").status(200).bytes(0)]), (1, None), "an export of nothing");
        assert_eq!(bounds(&[|row| row.get("/export").status(200).bytes(0)]), (0, None));
    }

    /// Reads of three pets; the source is changed before the last.
    fn three(change: impl FnOnce(Log) -> Log, extract: bool) -> (u64, Option<u64>, String) {
        let read = |row: Row, at: f64, id: u32| row.at(at).get(&format!("/pets/{id}")).status(200).bytes(400);
        let log = Log::new().rows(200, |row, at| read(row, 60.0 * at as f64, at as u32 % 2));
        let requests = change(log).row(|row| read(row, 30_000.0, 7)).build();
        let rows = [198, 199, requests.rows() as u32 - 1];
        let told = radius(&requests, &Backdrop::new(&requests, extract, gaps(&requests)), &rows).subjects;
        (told.at_least, told.at_most, told.basis)
    }

    #[test]
    fn gaps_samples_and_selections_open_the_upper_bound() {
        let busy = |log: Log| log.rows(60, |row, at| row.at(12_000.0 + 300.0 * at as f64).get("/").status(200));
        assert_eq!((three(busy, false).0, three(busy, false).1), (3, Some(3)));
        let (least, most, basis) = three(|log| log, false);
        assert_eq!((least, most), (3, None));
        assert!(
            basis.ends_with(
                "the log has no records from 2026-03-04T03:19:00Z until 2026-03-04T08:20:00Z: no upper bound"
            )
        );
        let (_, most, basis) = three(|log| busy(log).report(|source| source.sampling = Some(0.1)), false);
        assert!(most.is_none() && basis.ends_with("the log is a sample: no upper bound"), "{basis}");
        let (_, most, basis) = three(busy, true);
        assert!(most.is_none() && basis.contains("--extract"), "{basis}");
        // The hours between two files are as open.
        let (_, most, basis) = three(|log| log.source("later.log"), false);
        assert!(most.is_none() && basis.contains("no records from"), "{basis}");
    }

    #[test]
    fn an_object_at_two_editions_of_a_route_is_one() {
        let count = |targets: &[&str]| {
            let known = ["/v1/pets/900", "/v2/pets/900", "/v1/pets/900/visits/3", "/v1/pets/901/owner"];
            let log = known.iter().chain(targets).fold(Log::new(), |log, target| {
                log.rows(5, |row, at| row.at(at as f64).get(target).status(200).bytes(400))
            });
            let requests = log.build();
            let rows: Vec<u32> = (5 * known.len() as u32..requests.rows() as u32).collect();
            radius(&requests, &Backdrop::new(&requests, false, gaps(&requests)), &rows).subjects.at_least
        };
        assert_eq!(count(&["/v1/pets/1", "/v2/pets/1"]), 1);
        assert_eq!(count(&["/v1/pets/1", "/v2/pets/2"]), 2);
        assert_eq!(count(&["/v1/pets/1", "/v1/pets/1/owner"]), 1, "what hangs off an object is of the same");
        assert_eq!(count(&["/v1/pets/1", "/v1/pets/7/visits/1"]), 2, "a visit is no pet");
    }

    #[test]
    fn answers_as_large_as_errors_are_not_counted_for_certain() {
        // Every answer weighs as much as the error.
        let requests = Log::new()
            .rows(30, |row, at| row.at(at as f64).get(&format!("/pets/{at}")).status(200).bytes(120))
            .rows(10, |row, at| row.at(40.0 + at as f64).get(&format!("/pets/{}", 90 + at)).status(404).bytes(120))
            .build();
        let rows: Vec<u32> = (0..40).collect();
        let told = radius(&requests, &Backdrop::new(&requests, false, gaps(&requests)), &rows);
        assert_eq!((told.subjects.at_least, told.subjects.at_most), (0, Some(30)));
        assert!(told.subjects.basis.contains("30 answers are as large as the errors of their route"), "{told:?}");
        assert_eq!(outcome(&requests, &rows), Outcome::Answered);
    }

    #[test]
    fn what_the_context_calls_bulk_bounds_nothing() {
        let context = Context::parse("[[route]]\npath = \"/pets/{id}\"\nbulk = true\n", "c.toml");
        let log = Log::new().rows(3, |row, at| row.at(at as f64).get(&format!("/pets/{at}")).status(200).bytes(400));
        let rows = [0, 1, 2];
        let told = |log: Log| {
            let requests = log.build();
            let subjects = radius(&requests, &Backdrop::new(&requests, false, gaps(&requests)), &rows).subjects;
            (subjects.at_least, subjects.at_most)
        };
        assert_eq!(told(log.clone()), (3, Some(3)));
        assert_eq!(told(log.context(context.unwrap())), (3, None), "what is said of it takes nothing away");
    }

    proptest! {
        #[test]
        fn bounds_hold_their_objects(
            got in prop::collection::vec((0_u32..9, prop::sample::select(vec![200_u16, 206, 304, 404]), 0_i64..9_000), 0..30),
        ) {
            let usual = 40_usize;
            let log = Log::new().rows(usual, |row, at| row.at(at as f64).get(&format!("/pets/{}", 900 + at)).status(200).bytes(400));
            let fill = |row: Row, at: usize| {
                let (id, status, bytes) = got[at];
                row.at(100.0 + at as f64).get(&format!("/pets/{id}")).status(status).bytes(bytes)
            };
            let requests = log.rows(got.len(), fill).build();
            let rows: Vec<u32> = (usual as u32..requests.rows() as u32).collect();
            let told = radius(&requests, &Backdrop::new(&requests, false, gaps(&requests)), &rows);
            let answer = |at: usize| requests.derived.answer[usual + at];
            let hits: Vec<usize> = (0..got.len()).filter(|&at| answer(at) == Answer::Hit).collect();
            let of = |which: &dyn Fn(&(u32, u16, i64)) -> bool| -> u64 {
                hits.iter().filter(|&&at| which(&got[at])).map(|&at| got[at].0).collect::<BTreeSet<u32>>().len() as u64
            };
            // The median counts these answers, too; what became the route's empty answer does not count.
            let ordinary = (0..usual).filter(|&at| requests.derived.answer[at] == Answer::Hit).count();
            let mut sizes: Vec<i64> = vec![400; ordinary];
            sizes.extend(hits.iter().map(|&at| got[at].2));
            sizes.sort_unstable();
            let middle = sizes.get(sizes.len().saturating_sub(1) / 2).copied().unwrap_or(0);
            let many = |&(_, _, bytes): &(u32, u16, i64)| bytes > middle.max(1) * 10;
            let whole = |got: &(u32, u16, i64)| !many(got) && got.1 == 200 && got.2 > 0;
            let lists = hits.iter().any(|&at| many(&got[at]));
            let whole_list = hits.iter().any(|&at| many(&got[at]) && got[at].1 == 200);
            prop_assert_eq!(told.objects, of(&|_| true));
            prop_assert_eq!(told.subjects.at_least, of(&whole).max(u64::from(whole_list)));
            prop_assert_eq!(told.subjects.at_most, (!lists).then(|| of(&|_| true)));
        }
    }
}
