//! A finding in words and numbers: entities with their parts, measures beside bounds, why it fired.

use super::blast;
use super::collect::Union;
use super::extract::ALONE;
use super::lookalikes::{LookAlikes, look_alikes};
use super::parts::entities;
use super::population::{Basis, GroupScope, Population, Table};
use super::run::Stage;
use crate::expr::scalar::{Scope, Value, evaluate};
use crate::expr::{Expr, Op};
use crate::finding::{Entity, Finding, Level, Measured, Outcome, Population as Compared, Side};
use crate::requests::Requests;
use crate::rule::{Among, Counted, Rule};
use breachline_parsers::report::SourceReport;
use breachline_parsers::value::{hex, thousands};
use fixedbitset::FixedBitSet;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Builds one finding.
pub fn finding(stage: &Stage<'_, '_>, table: &Table, population: &Population<'_>, union: &Union) -> Finding {
    let (requests, rule) = (stage.shelf.requests, stage.rule);
    let strongest = strongest(stage, table, union);
    let scope = GroupScope { rule, table, group: strongest, population: Some(population) };
    let measures = measures(stage, table, population, union, &scope);
    let entities = entities(stage, union);
    let (all, reported) = (&union.evidence, &union.reported);
    let blast_radius = blast::radius(requests, stage.shelf.backdrop(), reported);
    let evidence = requests.cited(reported);
    let times =
        |rows: &'_ [u32]| -> Vec<i64> { rows.iter().filter_map(|&row| requests.facts.ts(row as usize)).collect() };
    let shown = times(reported);
    let exchanges_unlimited = (reported.len() < all.len()).then_some(all.len() as u64);
    let confidence = evaluate(&rule.confidence, &scope).number().unwrap_or(0.5).clamp(0.05, 0.99);
    let confidence = (confidence * 100.0).round() / 100.0;
    let objects = match exchanges_unlimited {
        Some(_) => blast::count_objects(requests, all),
        None => blast_radius.objects,
    };
    let words = Words { stage, union, scope: &scope, entities: &entities, objects };
    let LookAlikes { ruled_out, open } = look_alikes(stage, table, &scope, &words);
    let questions = undecided(stage, table, population, union);
    let mut why = vec![format!("{} (rule {}: {}).", words.fill(&rule.headline), rule.id, rule.title)];
    why.extend(signs(stage, &scope, &words));
    why.extend(questions.iter().map(|question| words.fill(&question.say)));
    why.extend((!questions.is_empty()).then(|| UNDECIDED.to_owned()));
    why.extend(compared(&measures));
    why.extend(returned(stage, union));
    why.extend(gone_along(stage, union));
    why.extend(few_peers(stage, union));
    why.extend(in_clean_time(stage, union));
    why.extend(limited(requests, reported, all));
    Finding {
        id: id(stage, union, times(all).into_iter().min()),
        supersedes: Vec::new(),
        rule: rule.id.clone(),
        title: words.fill(&rule.headline),
        tags: rule.tags.clone(),
        modelled_on: rule.modelled_on.clone(),
        level: level(rule, blast::outcome(requests, all), told_from(union), !questions.is_empty()),
        confidence,
        outcome: blast::outcome(requests, reported),
        first: shown.iter().min().copied(),
        last: shown.iter().max().copied(),
        measures,
        digest: digest(requests, &evidence),
        exchanges: reported.len() as u64,
        exchanges_unlimited,
        evidence,
        blast_radius,
        incident: None,
        why,
        ruled_out,
        not_ruled_out: open,
        innocent_if: rule.innocent_if.clone(),
        next_steps: rule.next_steps.clone(),
        entities,
    }
}

/// That only a part of the evidence is reported, and what is told over all of it.
pub(super) fn limited(requests: &Requests, reported: &[u32], all: &[u32]) -> Option<String> {
    let selected = requests.derived.selected.as_ref()?;
    (reported.len() < all.len()).then(|| {
        format!(
            "Limited by {}: {} of {} requests of the evidence are reported, and with them times, outcome, answers and \
             entities; title, level, confidence and measures are those of all.",
            selected.words,
            number(reported.len() as f64),
            number(all.len() as f64)
        )
    })
}

/// An attempt that got nothing is two levels less bad than one that was answered, if the rule does not say otherwise;
/// what too few peers tell is one level less; what the logs leave open is a hint.
fn level(rule: &Rule, outcome: Outcome, basis: Basis, is_open: bool) -> Level {
    let level = match outcome {
        Outcome::Attempted | Outcome::Denied => rule.attempted.unwrap_or_else(|| rule.level.lowered(2)),
        _ => rule.level,
    };
    let level = level.lowered(usize::from(basis != Basis::Sound));
    if is_open { level.min(Level::Low) } else { level }
}

/// What is said of a finding that comes with an open question.
pub const UNDECIDED: &str = "These logs do not tell it from that: level low until somebody knows.";

/// The rule's questions that nothing answers: each holds of all members, so that one that stands out more keeps the level.
fn undecided<'s>(
    stage: &'s Stage<'_, '_>,
    table: &Table,
    population: &Population<'_>,
    union: &Union,
) -> Vec<&'s crate::rule::Sign> {
    let of = |group: usize| GroupScope { rule: stage.rule, table, group, population: Some(population) };
    let holds = |when: &Expr| {
        union.members.iter().all(|member| evaluate(when, &union.scope(of(member.group))).truth() == Some(true))
    };
    stage.rule.undecided.iter().filter(|question| holds(&question.when)).collect()
}

/// What the best founded of the members was told from.
fn told_from(union: &Union) -> Basis {
    let peers = |basis: &Basis| match *basis {
        Basis::Sound => (2, 0),
        Basis::Few(n) => (1, n),
        Basis::Alone(n) => (0, n),
    };
    union.members.iter().map(|member| member.basis).max_by_key(peers).unwrap_or(Basis::Sound)
}

/// That some of the evidence comes from groups that would not be enough by themselves.
fn gone_along(stage: &Stage<'_, '_>, union: &Union) -> Option<String> {
    let on = &stage.rule.join.as_ref()?.on;
    let whose = if on.is_empty() { String::new() } else { format!(" of the same {}", on.join(", ")) };
    (!union.along.is_empty()).then(|| {
        format!("Cited with it: {} more{whose}, not enough by itself to tell.", number(union.along.len() as f64))
    })
}

/// That there was hardly anybody to compare with.
fn few_peers(stage: &Stage<'_, '_>, union: &Union) -> Option<String> {
    let among = stage.rule.among.as_ref()?;
    let whom = |n: usize| match n {
        1 => peers_in_words(stage, among, false).replacen("groups", "group", 1),
        _ => peers_in_words(stage, among, false),
    };
    match told_from(union) {
        Basis::Sound => None,
        _ if among.at_least == ALONE => Some(
            "These logs are a selection (--extract): told by its own figures, with nobody to compare with, one level lower for it."
                .to_owned(),
        ),
        Basis::Few(n) => {
            Some(format!("Compared with only {n} {}, fewer than {}: one level lower for it.", whom(n), among.enough))
        }
        Basis::Alone(n) => Some(format!(
            "Only {n} {} to compare with, fewer than {}: told by its own figures, one level lower for it.",
            whom(n),
            among.at_least
        )),
    }
}

/// What the context says that the answers hold.
fn returned(stage: &Stage<'_, '_>, union: &Union) -> Option<String> {
    let requests = stage.shelf.requests;
    let declared = &requests.derived.declared;
    if declared.returns.is_empty() {
        return None;
    }
    let paths = requests.text("path").filter(|paths| !paths.is_absent())?;
    let hit = |row: &&u32| requests.is_hit(**row);
    let answered: FixedBitSet =
        union.reported.iter().filter(hit).map(|&row| paths.code(row as usize) as usize).collect();
    let said: Vec<String> = declared
        .returned_by(&answered)
        .iter()
        .map(|returns| {
            let data = if returns.data.is_empty() { "many objects".to_owned() } else { returns.data.join(", ") };
            let bulk = if returns.bulk { " (in bulk: an answer holds many)" } else { "" };
            format!("{} returns {data}{bulk}", returns.route)
        })
        .collect();
    (!said.is_empty()).then(|| format!("The context says: {}.", said.join("; ")))
}

/// Who the peers are.
fn peers_in_words(stage: &Stage<'_, '_>, among: &Among, clean: bool) -> String {
    let groups = format!("groups of {}", stage.level.join(" and "));
    let of = match among.peers_on.as_slice() {
        [] => groups,
        on => format!("{groups} on the same {}", on.join(" and ")),
    };
    if clean { format!("{of} in the time marked clean") } else { of }
}

/// That evidence lies in time which the analyst marked as clean.
fn in_clean_time(stage: &Stage<'_, '_>, union: &Union) -> Option<String> {
    let inside = union.reported.iter().filter(|&&row| stage.shelf.is_clean(row)).count();
    (inside > 0).then(|| {
        format!(
            "{} of its {} requests lie in the time that --baseline marks as clean: either this is normal there, or that \
             time is not clean.",
            number(inside as f64),
            number(union.reported.len() as f64)
        )
    })
}

/// The member with most rows; of equals, the one whose key reads first.
fn strongest(stage: &Stage<'_, '_>, table: &Table, union: &Union) -> usize {
    let rank = |group: usize| (table.sizes[group], std::cmp::Reverse(key_text(stage, table.key(group))));
    union.members.iter().map(|member| member.group).max_by_key(|&group| rank(group)).unwrap_or(0)
}

fn key_text(stage: &Stage<'_, '_>, key: &[u32]) -> Vec<String> {
    stage
        .level
        .iter()
        .zip(&key[1..])
        .map(|(name, &code)| match stage.shelf.requests.told(name) {
            Some(view) => view.dictionary.text(code).to_owned(),
            None if name == "source" => source_path(stage.shelf.requests, code),
            None => code.to_string(),
        })
        .collect()
}

/// The name of a source by its code in keys, which is one more than its number.
fn source_path(requests: &Requests, code: u32) -> String {
    let source = code.checked_sub(1).and_then(|id| requests.sources.get(id as usize));
    source.map_or_else(String::new, |source| source.path.clone())
}

/// Thresholds that measures passed, as the conditions state them: `measure >= expression`, the tightest of several.
///
/// One that was not passed belongs to a sign that is not there, and would only confuse.
fn thresholds<'r>(stage: &'r Stage<'_, '_>, scope: &'r GroupScope<'_>) -> BTreeMap<&'r str, (f64, Side)> {
    let mut thresholds = BTreeMap::new();
    let conditions = std::iter::once(&stage.rule.when).chain(stage.rule.signs.iter().map(|sign| &sign.when));
    for condition in conditions {
        condition.walk(&mut |part| {
            if let Expr::Binary(op, left, right) = part
                && let Some(side) = side(*op)
                && let Expr::Name(name, _) = left.as_ref()
                && let Some(threshold) = evaluate(right, scope).number()
                && evaluate(part, scope).truth() == Some(true)
            {
                let known: &mut (f64, Side) = thresholds.entry(name.as_str()).or_insert((threshold, side));
                let tighter = if side.is_above() { threshold > known.0 } else { threshold < known.0 };
                if side.is_above() == known.1.is_above() && tighter {
                    *known = (threshold, side);
                }
            }
        });
    }
    thresholds
}

/// The side of a threshold that a comparison asks for.
const fn side(op: Op) -> Option<Side> {
    Some(match op {
        Op::Ge => Side::AtLeast,
        Op::Gt => Side::MoreThan,
        Op::Le => Side::AtMost,
        Op::Lt => Side::LessThan,
        _ => return None,
    })
}

fn measures(
    stage: &Stage<'_, '_>,
    table: &Table,
    population: &Population<'_>,
    union: &Union,
    scope: &GroupScope<'_>,
) -> BTreeMap<String, Measured> {
    let thresholds = thresholds(stage, scope);
    let group = scope.group;
    let mut out = BTreeMap::new();
    for (at, measure) in stage.rule.measures.iter().enumerate() {
        let value = table.value(at, group);
        // Times are in the finding's own first and last; as bare seconds they tell nobody anything.
        if value.is_nan() || matches!(measure.function, "first" | "last") {
            continue;
        }
        let among = stage.rule.among.as_ref().filter(|_| population.suffices(group));
        let compared = among.and_then(|among| {
            let of = peers_in_words(stage, among, population.is_clean());
            let n = population.known(group, at) as u64;
            let peers = |q: f64| population.quantile(group, at, q);
            Some(Compared { of, n, p50: peers(0.5)?, p99: peers(0.99)? })
        });
        let (threshold, side) = thresholds.get(measure.name.as_str()).copied().unzip();
        // Measures that only candidates have say nothing about peers.
        let compared = compared.filter(|compared| compared.n as usize >= population.size(group));
        out.insert(measure.name.clone(), Measured { value, threshold, side, population: compared });
    }
    if let Some(join) = &stage.rule.join {
        let plain = |value: f64| Measured { value, threshold: None, side: None, population: None };
        out.insert("members".to_owned(), plain(union.members.len() as f64));
        for measure in &join.measures {
            if let Some((_, value)) = union.joint.iter().find(|(name, value)| *name == measure.name && !value.is_nan())
            {
                out.insert(measure.name.clone(), plain(*value));
            }
        }
    }
    out
}

fn signs(stage: &Stage<'_, '_>, scope: &GroupScope<'_>, words: &Words<'_, '_>) -> Vec<String> {
    let there = |sign: &&crate::rule::Sign| evaluate(&sign.when, scope).truth() == Some(true);
    stage.rule.signs.iter().filter(there).map(|sign| words.fill(&sign.say)).collect()
}

fn compared(measures: &BTreeMap<String, Measured>) -> Vec<String> {
    let mut lines = Vec::new();
    for (name, measured) in measures {
        let mut line = format!("{name} {}", number(measured.value));
        if let Some(threshold) = measured.threshold {
            let side = measured.side.map_or("threshold", Side::threshold);
            let _ = write!(line, " ({side} {})", number(threshold));
        }
        if let Some(peers) = &measured.population {
            let (n, p50, p99) = (thousands(peers.n), number(peers.p50), number(peers.p99));
            let _ = write!(line, "; {n} {}: median {p50}, p99 {p99}", peers.of);
        }
        if measured.threshold.is_some() {
            lines.push(line);
        }
    }
    lines
}

/// A number for people: thousands separated, fractions with three digits.
pub fn number(value: f64) -> String {
    if value.fract() != 0.0 && value.abs() < 1_000.0 {
        let text = format!("{value:.3}");
        return text.trim_end_matches('0').trim_end_matches('.').to_owned();
    }
    let out = thousands(value.abs().round_ties_even() as u64);
    if value < 0.0 { format!("-{out}") } else { out }
}

/// Bytes for people.
fn size(bytes: f64) -> String {
    for (unit, name) in [(1e9, "GB"), (1e6, "MB"), (1e3, "kB")] {
        if bytes >= unit {
            return format!("{:.1} {name}", bytes / unit);
        }
    }
    format!("{bytes:.0} bytes")
}

/// Fills `{name}` in sentences: measures (`{share%}`, `{bytes:size}`), `members`, `objects`,
/// `rows`, `identity`, and the values of the finding's columns.
pub(super) struct Words<'a, 'r> {
    stage: &'a Stage<'a, 'r>,
    union: &'a Union,
    scope: &'a GroupScope<'a>,
    entities: &'a [Entity],
    objects: u64,
}

impl Scope for Words<'_, '_> {
    fn name(&self, name: &str) -> Value<'_> {
        let plain = |value: f64| if value.is_nan() { Value::Null } else { Value::Number(value) };
        match (name, self.joint(name)) {
            (_, Some(value)) => plain(value),
            ("members", _) => plain(self.union.members.len() as f64),
            ("groups", _) => plain(self.union.groups as f64),
            _ => self.scope.name(name),
        }
    }

    fn call(&self, name: &str, arguments: &[Expr]) -> Value<'_> {
        self.scope.call(name, arguments)
    }
}

impl Words<'_, '_> {
    /// Whether a figure has a value here.
    pub(super) fn knows(&self, name: &str) -> bool {
        matches!(name, "members" | "objects" | "rows") || self.name(name).number().is_some()
    }

    /// A measure over all groups that were joined.
    fn joint(&self, name: &str) -> Option<f64> {
        self.union.joint.iter().find(|(known, _)| known == name).map(|(_, value)| *value)
    }

    pub(super) fn fill(&self, template: &str) -> String {
        let mut out = String::new();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            let Some((name, after)) = after.split_once('}') else {
                out.push('{');
                rest = after;
                continue;
            };
            out.push_str(&self.value(name));
            rest = after;
        }
        out.push_str(rest);
        out
    }

    fn value(&self, name: &str) -> String {
        match Counted::named(name) {
            Some(Counted::Members) => return number((self.union.members.len() + self.union.along.len()) as f64),
            Some(Counted::Objects) => return number(self.objects as f64),
            Some(Counted::Rows) => return number(self.union.evidence.len() as f64),
            None => {}
        }
        if name == "identity" {
            let key = self.union.members.first().map(|member| key_text(self.stage, &member.key));
            let value = key.and_then(|key| key.first().cloned()).unwrap_or_default();
            return format!("{} {value}", self.stage.level.first().map_or("", String::as_str));
        }
        if let Some(measure) = name.strip_suffix(":size") {
            return match self.joint(measure).or_else(|| self.scope.name(measure).number()) {
                Some(value) if !value.is_nan() => size(value),
                _ => "unknown".to_owned(),
            };
        }
        if let Some(value) = self.joint(name) {
            return number(value);
        }
        if let Some(share) = name.strip_suffix('%') {
            return match self.joint(share).or_else(|| self.scope.name(share).number()) {
                Some(value) if !value.is_nan() => format!("{} %", number((value * 1000.0).round() / 10.0)),
                _ => "unknown".to_owned(),
            };
        }
        if self.stage.rule.measures.iter().any(|measure| measure.name == name) {
            return match self.scope.name(name) {
                Value::Number(value) => number(value),
                _ => "unknown".to_owned(),
            };
        }
        let values: Vec<&str> =
            self.entities.iter().filter(|entity| entity.kind == name).map(|entity| entity.value.as_str()).collect();
        match values.as_slice() {
            [] => {
                let at = self.stage.level.iter().position(|column| column == name);
                let member = self.union.members.first();
                at.zip(member)
                    .and_then(|(at, member)| key_text(self.stage, &member.key).get(at).cloned())
                    .unwrap_or_else(|| "unknown".to_owned())
            }
            [one] => (*one).to_owned(),
            [one, others @ ..] => format!("{one} and {} more", others.len()),
        }
    }
}

/// Rule, entity and the day of the first evidence, hashed: stable when more data of the same kind comes.
fn id(stage: &Stage<'_, '_>, union: &Union, first: Option<i64>) -> String {
    let mut hasher = Sha256::new();
    hasher.update(stage.rule.id.as_bytes());
    // What joined groups have in common names the finding; who joined may change with more data.
    let join = stage.rule.join.as_ref();
    let mut parts: Vec<String> = Vec::new();
    for member in &union.members {
        let names = stage.level.iter().zip(key_text(stage, &member.key));
        parts.extend(
            names
                .filter(|(name, _)| join.is_none_or(|join| join.on.contains(name) || join.apart.contains(name)))
                .map(|(name, text)| format!("{name}={text}")),
        );
    }
    parts.extend(union.evidence.first().map(|&row| {
        let family = stage.shelf.requests.family_of(row);
        let counted_together = |source: &&SourceReport| stage.shelf.requests.family(source.id) == family;
        let together = stage.shelf.requests.sources.iter().filter(counted_together);
        // Of vantages that are counted together the innermost names them all.
        let vantage = together.map(|source| source.vantage).max().flatten();
        format!("vantage={vantage:?} level={:?}", stage.level)
    }));
    parts.sort();
    parts.dedup();
    for part in parts {
        hasher.update([0]);
        hasher.update(part.as_bytes());
    }
    hasher.update(first.unwrap_or(0).div_euclid(86_400_000_000).to_le_bytes());
    hex(&hasher.finalize()[..8])
}

/// SHA-256 over the evidence as (SHA-256 of the source, line, item), sorted.
pub(super) fn digest(requests: &Requests, rows: &[u32]) -> String {
    let facts = &requests.facts;
    let mut lines: Vec<(&str, u32, i64)> = rows
        .iter()
        .map(|&row| {
            let row = row as usize;
            let source = requests.sources.get(facts.source(row) as usize);
            let item = facts.number(breachline_parsers::schema::Number::Item).get(row).unwrap_or(0);
            (source.map_or("", |source| source.sha256.as_str()), facts.place(row).line_no, item)
        })
        .collect();
    lines.sort_unstable();
    let mut hasher = Sha256::new();
    for (sha256, line, item) in lines {
        hasher.update(format!("{sha256} {line} {item}\n").as_bytes());
    }
    hex(&hasher.finalize())
}
