//! `affected.csv`: whose data was answered, one row an object and one an account that the findings call a victim.
//!
//! Requests are counted, not lines: of the lines that several vantages wrote of one request, one counts. An object is
//! listed when at least one request for it was answered with data. Where ids are masked two of them can look alike;
//! `n` keeps them apart. Where a condition (`--where`) chooses requests and no finding cites any of them, these are what
//! is asked about, and their objects are listed.

use super::Export;
use super::file::Parts;
use super::manifest::Output;
use super::veil::Veil;
use crate::case::EXTRACT;
use crate::render::rfc3339;
use breachline_parsers::schema::Number;
use breachline_queries::finding::{Finding, Incident, Role};
use breachline_queries::hunt::radius;
use breachline_queries::requests::{ObjectKind, Requests};
use std::collections::BTreeMap;
use std::path::Path;

/// The columns.
pub const COLUMNS: [&str; 13] = [
    "n",
    "kind",
    "value",
    "value_kind",
    "route",
    "first",
    "last",
    "requests",
    "answered",
    "bytes",
    "findings",
    "subjects_at_most",
    "subjects_basis",
];

/// What the evidence says of one object or account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Access {
    first: Option<i64>,
    last: Option<i64>,
    requests: u64,
    answered: u64,
    bytes: u64,
    /// Positions of the findings, sorted.
    findings: Vec<u32>,
}

/// Stands for a finding where a condition chose the requests.
const CHOSEN: u32 = u32::MAX;

/// The requests that a condition chooses, where no finding cites any of them.
fn chosen(export: Export<'_>) -> Option<Vec<(u32, u32)>> {
    let selected = export.session.requests.derived.selected.as_ref().filter(|selected| selected.by_condition)?;
    let nothing_found = export.hunt.findings.iter().all(|finding| finding.evidence.is_empty());
    nothing_found.then(|| selected.rows.ones().map(|row| (row as u32, CHOSEN)).collect())
}

/// What the evidence of all findings adds up to, each request once.
pub(crate) struct Totals {
    /// Requests.
    pub(crate) requests: u64,
    /// Of these, those answered with data.
    pub(crate) answered: u64,
    /// Distinct objects in these answers.
    pub(crate) objects: u64,
    /// Bytes of these answers.
    pub(crate) bytes: u64,
    /// No more subjects than this; `None` where nothing in the logs bounds them.
    pub(crate) subjects_at_most: Option<u64>,
    /// Requests that change data and were answered with success, by code of the method.
    pub(crate) changed: BTreeMap<u32, u64>,
}

impl Totals {
    /// Adds them up.
    pub(crate) fn of(export: Export<'_>) -> Self {
        let marks = chosen(export).unwrap_or_else(|| export.marks());
        let objects = objects(export, &marks).len() as u64;
        Self::over(export, &marks, objects)
    }

    /// The same, where the evidence and its objects have been gone through.
    fn over(export: Export<'_>, marks: &[(u32, u32)], objects: u64) -> Self {
        let requests = &export.session.requests;
        let access = access(requests, marks.iter().copied().filter(|&(row, _)| requests.counts(row)));
        let mut changed = BTreeMap::new();
        let methods = requests.text("method");
        let mut before = None;
        for &(row, _) in marks.iter().filter(|&&(row, _)| requests.counts(row)) {
            let Some(methods) = methods.filter(|_| before.replace(row) != Some(row)) else { continue };
            let changes = matches!(methods.get(row as usize), Some("POST" | "PUT" | "PATCH" | "DELETE"));
            // What has no body to give back answers 204, which is no answer with data.
            let done = requests.is_hit(row) || requests.facts.status(row as usize) == Some(204);
            if changes && done {
                *changed.entry(methods.code(row as usize)).or_insert(0) += 1;
            }
        }
        let subjects_at_most = match access.answered {
            0 => Some(0),
            _ => at_most(export, marks).map(|most| most.max(objects)),
        };
        Self {
            requests: access.requests,
            answered: access.answered,
            objects,
            bytes: access.bytes,
            subjects_at_most,
            changed,
        }
    }
}

/// How many subjects at most over all findings: by incident, where objects that several findings share count once, or
/// by finding where that is less (some of an incident's may be left out). `None` where nothing bounds one of them.
fn at_most(export: Export<'_>, marks: &[(u32, u32)]) -> Option<u64> {
    let hunt = export.hunt;
    if marks.first().is_some_and(|&(_, finding)| finding == CHOSEN) {
        let rows: Vec<u32> = marks.iter().map(|&(row, _)| row).collect();
        let extract = export.options.iter().any(|option| option == EXTRACT);
        return radius(&export.session.requests, &rows, extract).subjects.at_most;
    }
    let of = |findings: &mut dyn Iterator<Item = &Finding>| -> Option<u64> {
        findings.map(|finding| finding.blast_radius.subjects.at_most).sum()
    };
    let of_incident = |incident: &Incident| {
        let mut members = hunt.findings.iter().filter(|finding| finding.incident.as_deref() == Some(&incident.id));
        match (incident.subjects.at_most, of(&mut members)) {
            (Some(together), Some(apart)) => Some(together.min(apart)),
            (together, apart) => together.or(apart),
        }
    };
    let known = |id: &str| hunt.incidents.iter().any(|incident| incident.id == id);
    let mut alone = hunt.findings.iter().filter(|finding| !finding.incident.as_deref().is_some_and(known));
    let incidents: Option<u64> = hunt.incidents.iter().map(of_incident).sum();
    Some(incidents? + of(&mut alone)?)
}

/// One row.
struct Affected<'a> {
    kind: &'static str,
    value: &'a str,
    value_kind: ObjectKind,
    route: &'a str,
    access: Access,
}

/// Writes the file. Gives it, in parts where a spreadsheet would be full, and what it adds up to.
pub(super) fn write(
    export: Export<'_>,
    marks: &[(u32, u32)],
    directory: &Path,
) -> anyhow::Result<(Vec<Output>, Totals)> {
    let chosen = chosen(export);
    let marks = chosen.as_deref().unwrap_or(marks);
    let mut all = objects(export, marks);
    let totals = Totals::over(export, marks, all.len() as u64);
    all.extend(accounts(export, marks));
    let is_bounded = chosen.is_none() || totals.subjects_at_most.is_some();
    all.sort_by(|a, b| {
        (std::cmp::Reverse(a.kind), a.access.first, a.route, a.value).cmp(&(
            std::cmp::Reverse(b.kind),
            b.access.first,
            b.route,
            b.value,
        ))
    });
    let veil = Veil { lifted: export.contents.unmask };
    let mut sheet = Parts::new(directory, "affected", &COLUMNS)?;
    for (one, n) in all.iter().zip(1u64..) {
        let time = |time: Option<i64>| time.map(rfc3339).unwrap_or_default();
        let access = &one.access;
        let at_most = one.at_most(export, is_bounded);
        let findings: Vec<&str> = access.findings.iter().map(|&at| export.finding(at).id.as_str()).collect();
        sheet.row(&[
            n.to_string(),
            one.kind.to_owned(),
            veil.object(one.value, one.value_kind).into_owned(),
            one.value_kind.name().to_owned(),
            one.route.to_owned(),
            time(access.first),
            time(access.last),
            access.requests.to_string(),
            access.answered.to_string(),
            access.bytes.to_string(),
            findings.join(" "),
            at_most.map(|most| most.to_string()).unwrap_or_default(),
            one.basis(at_most).to_owned(),
        ])?;
    }
    Ok((sheet.finish()?, totals))
}

impl Affected<'_> {
    /// How many subjects it can stand for; `None` where that is unknown. `is_bounded`: as far as a condition chose it.
    fn at_most(&self, export: Export<'_>, is_bounded: bool) -> Option<u64> {
        let mut findings = self.access.findings.iter().map(|&at| export.finding(at));
        let bounded = is_bounded && findings.all(|finding| finding.blast_radius.subjects.at_most.is_some());
        (self.kind == "account" || bounded).then_some(1)
    }

    /// Why, in a sentence.
    fn basis(&self, at_most: Option<u64>) -> &'static str {
        match (self.kind, at_most) {
            ("account", _) => "one account is taken for one subject",
            (_, Some(_)) => "one id is taken for one subject",
            (_, None) if self.access.findings.is_empty() => {
                "unknown: some answers of the requests chosen may tell of many subjects, and nothing bounds them"
            }
            (_, None) => "unknown: some answers of these findings may tell of many subjects, and nothing bounds them",
        }
    }
}

/// Objects of which data was answered.
fn objects<'a>(export: Export<'a>, marks: &[(u32, u32)]) -> Vec<Affected<'a>> {
    let requests = &export.session.requests;
    let (Some(routes), Some(ids)) = (requests.text("route"), requests.text("object_id")) else { return Vec::new() };
    if routes.is_absent() || ids.is_absent() {
        return Vec::new();
    }
    let mut named: Vec<(u32, u32, u32, u32)> = marks
        .iter()
        .filter(|&&(row, _)| requests.counts(row) && ids.code(row as usize) != 0)
        .map(|&(row, finding)| (routes.code(row as usize), ids.code(row as usize), row, finding))
        .collect();
    named.sort_unstable();
    let of_one = |run: &[(u32, u32, u32, u32)]| {
        let &(route, id, ..) = run.first()?;
        let access = access(requests, run.iter().map(|&(_, _, row, finding)| (row, finding)));
        (access.answered > 0).then(|| Affected {
            kind: "object",
            value: ids.dictionary.text(id),
            value_kind: requests.derived.kind_of_object.get(id as usize).copied().unwrap_or(ObjectKind::Slug),
            route: routes.dictionary.text(route),
            access,
        })
    };
    named.chunk_by(|left, right| left.0 == right.0 && left.1 == right.1).filter_map(of_one).collect()
}

/// Accounts that findings call victims, or whose data they call affected.
fn accounts<'a>(export: Export<'a>, marks: &[(u32, u32)]) -> Vec<Affected<'a>> {
    let requests = &export.session.requests;
    let Some(principals) = requests.told("principal").filter(|view| !view.is_absent()) else { return Vec::new() };
    let mut victims: Vec<(u32, u32)> = Vec::new();
    for (finding, at) in export.hunt.findings.iter().zip(0..) {
        let of_finding = finding
            .entities
            .iter()
            .filter(|entity| entity.kind == "principal" && matches!(entity.role, Role::Victim | Role::Affected));
        let codes = of_finding.filter_map(|entity| principals.dictionary.code(entity.value.as_bytes()));
        victims.extend(codes.map(|code| (code, at)));
    }
    victims.sort_unstable();
    let mut named: Vec<(u32, u32, u32)> = marks
        .iter()
        .filter(|&&(row, _)| requests.counts(row))
        .map(|&(row, finding)| (principals.code(row as usize), row, finding))
        .filter(|&(code, _, finding)| victims.binary_search(&(code, finding)).is_ok())
        .collect();
    named.sort_unstable();
    let of_one = |run: &[(u32, u32, u32)]| {
        let &(code, ..) = run.first()?;
        let value = principals.dictionary.text(code);
        let access = access(requests, run.iter().map(|&(_, row, finding)| (row, finding)));
        Some(Affected { kind: "account", value, value_kind: kind_of_account(value), route: "", access })
    };
    named.chunk_by(|left, right| left.0 == right.0).filter_map(of_one).collect()
}

/// Whether the name of an account names somebody by itself.
pub(super) fn kind_of_account(name: &str) -> ObjectKind {
    let digits = name.bytes().filter(u8::is_ascii_digit).count();
    let is_number = name.bytes().all(|byte| byte.is_ascii_digit() || b"-+ ".contains(&byte));
    match name.split_once('@') {
        Some((local, domain)) if !local.is_empty() && domain.len() > 2 => ObjectKind::Email,
        _ if is_number && (10..=13).contains(&digits) => ObjectKind::Phone,
        _ if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit()) => ObjectKind::Int,
        _ => ObjectKind::Slug,
    }
}

/// What some rows, each with a finding that cites it and sorted, add up to.
fn access(requests: &Requests, rows: impl Iterator<Item = (u32, u32)>) -> Access {
    let bytes_out = requests.told_number(Number::BytesOut);
    let mut access = Access::default();
    let mut before = None;
    for (row, finding) in rows {
        if let Err(at) = access.findings.binary_search(&finding)
            && finding != CHOSEN
        {
            access.findings.insert(at, finding);
        }
        if before.replace(row) == Some(row) {
            continue;
        }
        let row = row as usize;
        if let Some(ts) = requests.facts.ts(row) {
            access.first = Some(access.first.map_or(ts, |first| first.min(ts)));
            access.last = Some(access.last.map_or(ts, |last| last.max(ts)));
        }
        access.requests += 1;
        if requests.is_hit(row as u32) {
            access.answered += 1;
            access.bytes += bytes_out.get(row).and_then(|&bytes| u64::try_from(bytes).ok()).unwrap_or(0);
        }
    }
    access
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_that_name_people_are_known_by_their_look() {
        assert!(kind_of_account("kim@example.com").is_personal());
        assert!(kind_of_account("+82 10-1234-5678").is_personal());
        assert!(!kind_of_account("48211").is_personal());
        assert!(!kind_of_account("svc-billing").is_personal());
        assert!(!kind_of_account("").is_personal());
    }
}
