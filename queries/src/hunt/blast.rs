//! What was answered with success within a set of rows: objects, bytes, and of how many subjects at least and at most.
//!
//! At least: distinct objects whose whole answer went out. At most: all distinct objects that were answered, where every
//! answer names one; a page, a wildcard, an export or an answer far larger than usual holds any number, and then nothing
//! bounds it. 204, 304, 499, HEAD and the empty answers of a route are no hits to begin with.

use crate::finding::{BlastRadius, Outcome, Subjects};
use crate::measure::spread::median;
use crate::pattern::{catches_many, page_of};
use crate::requests::{Answer, Requests};
use breachline_parsers::schema::Number;
use breachline_parsers::table::{ABSENT, NO_NUMBER};
use foldhash::fast::FixedState;
use hashbrown::HashMap;

/// Rows that got data as an answer.
fn hits<'a>(requests: &'a Requests, rows: &'a [u32]) -> impl Iterator<Item = u32> + 'a {
    rows.iter().copied().filter(|&row| requests.is_hit(row))
}

/// Distinct objects (route and id) with a successful answer, sorted.
pub fn objects(requests: &Requests, rows: &[u32]) -> Vec<(u32, u32)> {
    let (Some(routes), Some(ids)) = (requests.text("route"), requests.text("object_id")) else { return Vec::new() };
    if routes.is_absent() || ids.is_absent() {
        return Vec::new();
    }
    let mut objects: Vec<(u32, u32)> = hits(requests, rows)
        .map(|row| (routes.code(row as usize), ids.code(row as usize)))
        .filter(|&(_, id)| id != 0)
        .collect();
    objects.sort_unstable();
    objects.dedup();
    objects
}

/// What the successful answers of each route usually weigh: the lower median of their sizes, by route.
pub struct Usual(HashMap<u32, i64, FixedState>);

impl Usual {
    /// Weighs the answers of rows that count.
    pub fn new(requests: &Requests) -> Self {
        let mut sizes: HashMap<u32, Vec<i64>, FixedState> = HashMap::default();
        let bytes = requests.told_number(Number::BytesOut);
        if let Some(routes) = requests.text("route").filter(|routes| !routes.is_absent()) {
            for row in requests.counted().filter(|&row| requests.is_hit(row)) {
                if let Some(&size) = bytes.get(row as usize).filter(|&&size| size != NO_NUMBER) {
                    sizes.entry(routes.code(row as usize)).or_default().push(size);
                }
            }
        }
        let middle = |(route, mut sizes): (u32, Vec<i64>)| median(&mut sizes).map(|middle| (route, middle));
        Self(sizes.into_iter().filter_map(middle).collect())
    }
}

/// Of how many subjects a successful answer tells.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Held {
    /// Of the one whose object was asked for.
    One,
    /// Of that one, perhaps: a part of the object, or a body without bytes.
    Part,
    /// Of any number: no object was named, a page or a wildcard was asked for, the route is declared to answer in bulk,
    /// or the answer weighs more than ten times what is usual on the route.
    Many,
}

/// Answers so many times larger than usual are taken for lists.
const LIST: i64 = 10;

/// Objects, subjects and bytes of the answers, of rows that count and are counted together: each exchange once.
pub fn radius(requests: &Requests, usual: &Usual, rows: &[u32]) -> BlastRadius {
    let objects = objects(requests, rows).len() as u64;
    let answered = hits(requests, rows).count() as u64;
    let sizes = requests.told_number(Number::BytesOut);
    let bytes =
        hits(requests, rows).filter_map(|row| u64::try_from(sizes.get(row as usize).copied().unwrap_or(-1)).ok()).sum();
    BlastRadius { objects, subjects: subjects(requests, usual, rows, objects, answered), bytes }
}

fn subjects(requests: &Requests, usual: &Usual, rows: &[u32], objects: u64, answered: u64) -> Subjects {
    if answered == 0 {
        return Subjects { at_least: 0, at_most: Some(0), basis: "nothing was answered with success".to_owned() };
    }
    let mut whole: Vec<u32> = Vec::new();
    let (mut many, mut part) = (0_u64, 0_u64);
    for row in hits(requests, rows) {
        match held(requests, usual, row) {
            Held::One => whole.push(row),
            Held::Part => part += 1,
            Held::Many => many += 1,
        }
    }
    let certain = self::objects(requests, &whole).len() as u64;
    // What an answer of many holds is at least one subject, unless it was one of those counted already.
    let at_least = certain.max(u64::from(many > 0));
    let parts =
        if part > 0 { format!("; {part} answers hold a part or nothing (206, no bytes)") } else { String::new() };
    if many == 0 {
        let basis = format!(
            "{objects} distinct object ids in {answered} successful answers, none of them a page, a wildcard or larger \
             than ten times what is usual on its route: each id is taken for one subject{parts}"
        );
        return Subjects { at_least, at_most: Some(objects), basis };
    }
    let basis = if objects > 0 {
        format!(
            "{objects} distinct object ids in {answered} successful answers; {many} of these may hold many subjects \
             (no id, a page, a wildcard, in bulk, or ten times the usual size), so nothing bounds it from above{parts}"
        )
    } else {
        format!("{answered} successful answers name no object id in these logs, so subjects cannot be counted{parts}")
    };
    Subjects { at_least, at_most: None, basis }
}

/// Of how many subjects the answer to a row tells; the row was answered with success.
fn held(requests: &Requests, usual: &Usual, row: u32) -> Held {
    let at = row as usize;
    if !requests.text("object_id").is_some_and(|ids| !ids.is_absent() && ids.code(at) != ABSENT) {
        return Held::Many;
    }
    let asks_for_many = |target: &str| page_of(target).is_some() || catches_many(target);
    if requests.text("target").and_then(|targets| targets.get(at)).is_some_and(asks_for_many) || in_bulk(requests, at) {
        return Held::Many;
    }
    let size = requests.told_number(Number::BytesOut).get(at).copied().filter(|&size| size != NO_NUMBER);
    let route = requests.text("route").map_or(ABSENT, |routes| routes.code(at));
    if let (Some(size), Some(&usual)) = (size, usual.0.get(&route))
        && size > usual.max(1).saturating_mul(LIST)
    {
        return Held::Many;
    }
    if requests.facts.status(at) == Some(206) || size == Some(0) { Held::Part } else { Held::One }
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
        let body = |row: u32| requests.told_number(Number::BytesOut).get(row as usize).is_some_and(|&bytes| bytes > 0);
        return if hits(requests, rows).any(body) { Outcome::DataReturnedLikely } else { Outcome::Answered };
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
        radius(&requests, &Usual::new(&requests), &rows)
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
        assert_eq!(bounds(&[|row| row.request("HEAD", "/pets/3").status(200).bytes(0)]), (0, Some(0)));
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
    fn what_the_context_calls_bulk_bounds_nothing() {
        let context = Context::parse("[[route]]\npath = \"/pets/{id}\"\nbulk = true\n", "c.toml");
        let log = Log::new().row(|row| row.at(0.0).get("/pets/1").status(200).bytes(400));
        let requests = log.context(context.unwrap()).build();
        assert_eq!(radius(&requests, &Usual::new(&requests), &[0]).subjects.at_most, None);
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
            let told = radius(&requests, &Usual::new(&requests), &rows);
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
            prop_assert_eq!(told.objects, of(&|_| true));
            prop_assert_eq!(told.subjects.at_least, of(&whole).max(u64::from(lists)));
            prop_assert_eq!(told.subjects.at_most, (!lists).then(|| of(&|_| true)));
        }
    }
}
