//! What a rule says of many alike is said once.
//!
//! A rule that fires for one caller after another has met one campaign, or a habit of the service that it mistakes. Both are
//! one thing to look into, and nobody reads the fortieth of forty findings. What is alike is told by the route that most of
//! a finding's requests are on, else by the user agent that most of them come with, else, where they are very many, by
//! the rule alone. What a reader is told of are the figures of the largest, beside the lines, answers and entities of all.

use super::collect::Union;
use super::population::{Population, Table};
use super::report;
use super::run::Stage;
use crate::finding::{Finding, Level};
use breachline_parsers::value::{hex, thousands};
use sha2::{Digest, Sha256};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Findings of a rule from which they are told together where they have something in common.
pub const MANY: usize = 8;
/// The same where they have nothing in common but the rule.
pub const CROWD: usize = 20;

/// What most requests of each of some findings have in common.
struct Common {
    column: &'static str,
    value: String,
    /// Why they are one finding.
    say: String,
}

/// A finding with what it is made of.
type Told = (Union, Finding);

/// Each finding by itself, but for those that are many alike.
pub fn told_once(
    stage: &Stage<'_, '_>,
    table: &Table,
    population: &Population<'_>,
    mut left: Vec<Told>,
) -> Vec<Finding> {
    if left.len() < MANY {
        return left.into_iter().map(|(_, finding)| finding).collect();
    }
    let mut told = Vec::new();
    for column in ["route", "user_agent"] {
        for (value, group) in taken_together(&mut left, MANY, |union| main_value(stage, column, union)) {
            told.push(together(stage, table, population, group, &common(column, value)));
        }
    }
    for (_, group) in taken_together(&mut left, CROWD, |_| Some(String::new())) {
        let say = format!("with nothing in common but the rule: {DOUBT}");
        told.push(together(stage, table, population, group, &Common { column: "", value: String::new(), say }));
    }
    told.extend(left.into_iter().map(|(_, finding)| finding));
    told
}

/// What it may be, and what is told of it.
const DOUBT: &str = "one campaign, or a habit of this service that the rule mistakes. Figures are those of the largest; \
                     lines, answers and entities are those of all.";

fn common(column: &'static str, value: String) -> Common {
    let what = if column == "route" { "on the route" } else { "by the user agent" };
    let say = format!("most requests of each {what} {value}: {DOUBT}");
    Common { column, value, say }
}

/// Takes out what is alike, if it is as much as `least`: of one value, of one level, of sources that are counted together.
fn taken_together(
    left: &mut Vec<Told>,
    least: usize,
    value: impl Fn(&Union) -> Option<String>,
) -> Vec<(String, Vec<Told>)> {
    let mut alike: BTreeMap<(String, Level, u32), Vec<Told>> = BTreeMap::new();
    let mut others = Vec::new();
    for told in std::mem::take(left) {
        let family = told.0.members.first().and_then(|member| member.key.first().copied());
        match value(&told.0) {
            Some(value) => alike.entry((value, told.1.level, family.unwrap_or(0))).or_default().push(told),
            None => others.push(told),
        }
    }
    let (many, few): (Vec<_>, Vec<_>) = alike.into_iter().partition(|(_, group)| group.len() >= least);
    *left = few.into_iter().flat_map(|(_, group)| group).chain(others).collect();
    many.into_iter().map(|((value, ..), group)| (value, group)).collect()
}

/// The value of a column that at least half of a finding's requests have.
fn main_value(stage: &Stage<'_, '_>, column: &str, union: &Union) -> Option<String> {
    let view = stage.shelf.requests.told(column)?;
    let codes = stage.shelf.column(column);
    let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
    for &row in &union.evidence {
        *counts.entry(codes.at(row)).or_insert(0) += 1;
    }
    let most = counts.into_iter().max_by_key(|&(code, count)| (count, Reverse(view.dictionary.text(code))));
    let (code, count) = most.filter(|&(code, _)| code != 0)?;
    (2 * count >= union.evidence.len()).then(|| view.dictionary.text(code).to_owned())
}

/// One finding of several: told by the largest, over the rows of all.
fn together(
    stage: &Stage<'_, '_>,
    table: &Table,
    population: &Population<'_>,
    group: Vec<Told>,
    common: &Common,
) -> Finding {
    let others = group.len() - 1;
    let (mut all, mut findings) = (Union::default(), Vec::new());
    for (union, finding) in group {
        all.members.extend(union.members);
        all.along.extend(union.along);
        all.rows.extend(union.rows);
        all.evidence.extend(union.evidence);
        all.reported.extend(union.reported);
        all.groups += union.groups;
        findings.push((union.joint, finding));
    }
    for rows in [&mut all.rows, &mut all.evidence, &mut all.reported] {
        stage.shelf.requests.put_in_order(rows);
    }
    let largest = findings.into_iter().max_by_key(|(_, finding)| (finding.exchanges, Reverse(finding.id.clone())));
    let Some((joint, largest)) = largest else { return report::finding(stage, table, population, &all) };
    all.joint = joint;
    let whole = report::finding(stage, table, population, &all);
    let title = format!("{} (and {} more alike)", largest.title, thousands(others as u64));
    let mut why = vec![
        format!("{title} (rule {}: {}).", stage.rule.id, stage.rule.title),
        format!("{} findings of this rule are told as one, {}", thousands(others as u64 + 1), common.say),
    ];
    why.extend(largest.why.into_iter().skip(1));
    Finding {
        id: id(&whole.id, common),
        title,
        level: largest.level,
        confidence: largest.confidence,
        measures: largest.measures,
        why,
        ruled_out: largest.ruled_out,
        not_ruled_out: largest.not_ruled_out,
        ..whole
    }
}

/// The id of all together: that of the rule and the day, and what they have in common.
fn id(whole: &str, common: &Common) -> String {
    let text = format!("{whole}\0alike\0{}={}", common.column, common.value);
    hex(&Sha256::digest(text.as_bytes())[..8])
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::hunt::{HuntOptions, hunt};
    use crate::rule::Rule;
    use crate::testing::{Log, Row};

    /// A rule that finds fault with everybody who is refused five times on a route.
    const REFUSED: &str = "title: Refused\nid: refused\nstatus: test\nlevel: medium\nfalsepositives: [x]\nbreachline:\n  what: w\n  why: w\n  \
        innocent_if: i\n  next_steps: n\n  headline: \"{client_ip} was refused {refused} times\"\n  per: [client_ip, route]\n  \
        measure: {refused: \"count(answer = 'denied')\"}\n  when: refused >= 5\n  evidence: answer = 'denied'\n  attempted: medium\n  roles: {client_ip: suspected_source}\n";

    /// Addresses that are refused, each on a page of its own or on the same, and with a program of its own or the same.
    fn hunted(callers: usize, target: impl Fn(usize) -> String, program: impl Fn(usize) -> String) -> Vec<Finding> {
        let fill = |row: Row, at: usize| {
            let caller = at / 10;
            let times = if caller == 2 { 10 } else { 6 };
            let status = if at % 10 < times { 403 } else { 200 };
            row.at(at as f64).ip(&format!("192.0.2.{caller}")).get(&target(caller)).status(status).ua(&program(caller))
        };
        let log = Log::new().rows(callers * 10, fill);
        let rule = Rule::parse(REFUSED, "t.yml").unwrap();
        hunt(&log.build(), &[rule], &HuntOptions::default()).findings
    }

    const WORDS: [&str; 24] = [
        "apples", "bread", "cheese", "dates", "eggs", "figs", "grapes", "honey", "ice", "jam", "kale", "lemons",
        "milk", "nuts", "oil", "peas", "quince", "rice", "salt", "tea", "udon", "veal", "wine", "yeast",
    ];

    #[test]
    fn many_on_one_route_are_one_finding_over_all_rows() {
        let apart = hunted(MANY - 1, |_| "/orders".to_owned(), |at| WORDS[at].to_owned());
        assert_eq!(apart.len(), MANY - 1);
        let once = hunted(MANY, |_| "/orders".to_owned(), |at| WORDS[at].to_owned());
        assert_eq!(once.len(), 1, "{once:?}");
        let finding = &once[0];
        // The largest tells; the rows are those of all.
        assert_eq!(finding.title, "192.0.2.2 was refused 10 times (and 7 more alike)");
        assert!((finding.measures["refused"].value - 10.0).abs() < f64::EPSILON);
        assert_eq!(
            (finding.evidence.len(), finding.exchanges, finding.level),
            (MANY * 6 + 4, MANY as u64 * 6 + 4, Level::Medium)
        );
        assert_eq!(finding.entities.iter().filter(|entity| entity.kind == "client_ip").count(), MANY);
        assert!(
            finding.why[1].starts_with(
                "8 findings of this rule are told as one, most requests of each on the route /orders: one campaign"
            ),
            "{:?}",
            finding.why
        );
        assert!(apart.iter().all(|other| other.id != finding.id));
    }

    #[test]
    fn a_program_or_a_crowd_will_do() {
        let page = |at: usize| format!("/{}", WORDS[at]);
        let program = hunted(MANY, page, |_| "kit/1".to_owned());
        assert_eq!(program.len(), 1);
        assert!(program[0].why[1].contains("by the user agent kit/1"), "{:?}", program[0].why);
        let apart = hunted(CROWD - 1, page, |at| WORDS[at].to_owned());
        assert_eq!(apart.len(), CROWD - 1);
        let crowd = hunted(CROWD, page, |at| WORDS[at].to_owned());
        assert_eq!(crowd.len(), 1);
        assert!(crowd[0].why[1].contains("with nothing in common but the rule"), "{:?}", crowd[0].why);
    }
}
