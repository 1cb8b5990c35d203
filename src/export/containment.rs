//! `containment.csv`: what to reset, revoke, suspend or block, with what speaks against doing it blindly.
//!
//! An address is not a person, and many people can stand behind one: every address comes with what else it did in
//! these logs. Accounts stand in clear here, since somebody has to act on them.

use super::Export;
use super::file::Parts;
use super::manifest::Output;
use crate::render::{self, rfc3339};
use breachline_queries::finding::{Level, Role};
use breachline_queries::requests::{Requests, TextView};
use std::collections::BTreeMap;
use std::path::Path;

/// The columns.
pub const COLUMNS: [&str; 12] = [
    "action",
    "kind",
    "value",
    "roles",
    "level",
    "first",
    "last",
    "evidence_requests",
    "other_requests",
    "shared",
    "warning",
    "findings",
];

/// Kinds of entities that something can be done about, and what.
const ACTIONS: [(&str, &str); 6] = [
    ("principal", "reset account"),
    ("credential", "revoke credential"),
    ("session", "end session"),
    ("client_app", "suspend or re-key application"),
    ("client_ip", "block address"),
    ("client_net", "watch network"),
];

/// What is known of one value.
#[derive(Default)]
struct Known<'a> {
    roles: Vec<Role>,
    level: Option<Level>,
    findings: Vec<&'a str>,
    first: Option<i64>,
    last: Option<i64>,
    evidence: u64,
    others: u64,
    /// Distinct accounts in requests that are no evidence.
    accounts: usize,
    /// Distinct user agents in requests that are no evidence.
    agents: usize,
}

/// Writes the file.
pub fn write(export: Export<'_>, marks: &[(u32, u32)], directory: &Path) -> anyhow::Result<Vec<Output>> {
    let mut sheet = Parts::new(directory, "containment", &COLUMNS)?;
    for (kind, action) in ACTIONS {
        for (value, known) in known(export, marks, kind) {
            sheet.row(&cells(kind, action, value, &known))?;
        }
    }
    sheet.finish()
}

/// The values of a kind that findings name as more than bystanders.
fn known<'a>(export: Export<'a>, marks: &[(u32, u32)], kind: &str) -> BTreeMap<&'a str, Known<'a>> {
    let requests = &export.session.requests;
    let mut named: BTreeMap<&str, Known<'_>> = BTreeMap::new();
    for finding in &export.hunt.findings {
        let concerned = finding.entities.iter().filter(|entity| entity.kind == kind && entity.role != Role::Affected);
        for entity in concerned {
            let known = named.entry(&entity.value).or_default();
            known.roles.push(entity.role);
            known.level = known.level.max(Some(finding.level));
            known.findings.push(&finding.id);
        }
    }
    if let Some(view) = requests.told(kind).filter(|view| !view.is_absent()) {
        count(requests, marks, view, &mut named);
    }
    for known in named.values_mut() {
        known.roles.sort_unstable();
        known.roles.dedup();
        known.findings.sort_unstable();
        known.findings.dedup();
    }
    named
}

/// Counts the requests of each value, those that are evidence apart from others.
fn count<'a>(
    requests: &'a Requests,
    marks: &[(u32, u32)],
    view: TextView<'_>,
    named: &mut BTreeMap<&'a str, Known<'a>>,
) {
    let mut listed: Vec<&mut Known<'a>> = Vec::new();
    // Position in `listed` and 1, by code.
    let mut slots = vec![0u32; view.dictionary.len()];
    for (value, known) in named {
        if let Some(code) = view.dictionary.code(value.as_bytes()) {
            listed.push(known);
            slots[code as usize] = listed.len() as u32;
        }
    }
    let mut evidence = marks.iter().map(|&(row, _)| row).peekable();
    let (accounts, agents) = (requests.told("principal"), requests.told("user_agent"));
    let code = |view: &Option<TextView<'_>>, row: u32| view.as_ref().map_or(0, |view| view.code(row as usize));
    let mut beside: Vec<(u32, bool, u32)> = Vec::new();
    for row in 0..requests.rows() as u32 {
        while evidence.next_if(|&cited| cited < row).is_some() {}
        let slot = slots[view.code(row as usize) as usize];
        if slot == 0 || !requests.counts(row) {
            continue;
        }
        let known = &mut *listed[slot as usize - 1];
        if evidence.peek() == Some(&row) {
            known.evidence += 1;
            if let Some(ts) = requests.facts.ts(row as usize) {
                known.first = Some(known.first.map_or(ts, |first| first.min(ts)));
                known.last = Some(known.last.map_or(ts, |last| last.max(ts)));
            }
        } else {
            known.others += 1;
            beside.push((slot, true, code(&accounts, row)));
            beside.push((slot, false, code(&agents, row)));
            // What is known already need not be held twice.
            if beside.len() > 1 << 20 {
                beside.sort_unstable();
                beside.dedup();
            }
        }
    }
    beside.sort_unstable();
    beside.dedup();
    for (slot, of_account, _) in beside.into_iter().filter(|&(.., code)| code != 0) {
        let known = &mut *listed[slot as usize - 1];
        if of_account { known.accounts += 1 } else { known.agents += 1 }
    }
}

fn cells(kind: &str, action: &str, value: &str, known: &Known<'_>) -> Vec<String> {
    let time = |time: Option<i64>| time.map(rfc3339).unwrap_or_default();
    let roles: Vec<&str> = known.roles.iter().map(|role| role.name()).collect();
    let shared = is_shared(kind, known);
    vec![
        action.to_owned(),
        kind.to_owned(),
        value.to_owned(),
        roles.join(" "),
        known.level.map_or("", Level::name).to_owned(),
        time(known.first),
        time(known.last),
        known.evidence.to_string(),
        known.others.to_string(),
        if shared { "yes" } else { "no" }.to_owned(),
        warning(kind, known, shared),
        known.findings.join(" "),
    ]
}

/// Whether others than those of the findings stand behind the value.
fn is_shared(kind: &str, known: &Known<'_>) -> bool {
    let network = matches!(kind, "client_ip" | "client_net");
    known.roles.contains(&Role::Shared) || network && known.others > 0 && (known.accounts > 1 || known.agents > 1)
}

/// What speaks against acting on it blindly; empty where these logs show nothing.
fn warning(kind: &str, known: &Known<'_>, shared: bool) -> String {
    if known.others == 0 {
        return String::new();
    }
    let others = render::counted(known.others as usize, "request");
    match kind {
        "client_ip" | "client_net" if shared => format!(
            "shared: {others} from here are no evidence, with {} and {}; blocking it hits them too",
            render::counted(known.accounts, "account"),
            render::counted(known.agents, "user agent")
        ),
        "client_ip" | "client_net" => format!("{others} from here are no evidence; look at them before blocking"),
        "client_app" | "credential" => format!("{others} with it are no evidence and stop working too"),
        _ => format!("{others} of it are no evidence: it has an owner who must be told"),
    }
}
