//! Findings of one campaign, linked.

use super::blast;
use super::shelf::Shelf;
use crate::finding::{Finding, Incident, Role, Step, Subjects};
use foldhash::fast::FixedState;
use hashbrown::HashMap;

/// Links findings that share a suspected source or evidence rows, names the incidents in the findings,
/// and returns them in the order of their worst finding.
pub fn link(shelf: &Shelf<'_>, findings: &mut [Finding]) -> Vec<Incident> {
    let campaigns = campaigns(findings);
    let mut incidents: Vec<Incident> = Vec::new();
    let mut heads: Vec<usize> = Vec::new();
    for (at, finding) in findings.iter_mut().enumerate() {
        let head = campaigns[at];
        let number = heads.iter().position(|&known| known == head).unwrap_or_else(|| {
            heads.push(head);
            heads.len() - 1
        });
        finding.incident = Some(format!("I{}", number + 1));
    }
    for number in 0..heads.len() {
        let id = format!("I{}", number + 1);
        let members: Vec<&Finding> =
            findings.iter().filter(|finding| finding.incident.as_deref() == Some(id.as_str())).collect();
        incidents.push(incident(shelf, id, &members));
    }
    incidents
}

/// For each finding the first one of its campaign.
fn campaigns(findings: &[Finding]) -> Vec<usize> {
    let mut parent: Vec<usize> = (0..findings.len()).collect();
    let mut join = |a: usize, b: usize| {
        let (one, other) = (root(&mut parent, a), root(&mut parent, b));
        parent[one.max(other)] = one.min(other);
    };
    let mut of_suspect: HashMap<(&str, &str), usize, FixedState> = HashMap::default();
    let mut of_row: HashMap<u32, usize, FixedState> = HashMap::default();
    for (at, finding) in findings.iter().enumerate().filter(|(_, finding)| links(finding)) {
        for suspect in suspects(finding) {
            join(*of_suspect.entry(suspect).or_insert(at), at);
        }
        for row in &finding.evidence {
            join(*of_row.entry(*row).or_insert(at), at);
        }
    }
    (0..findings.len()).map(|at| root(&mut parent, at)).collect()
}

fn root(parent: &mut [usize], mut at: usize) -> usize {
    while parent[at] != at {
        parent[at] = parent[parent[at]];
        at = parent[at];
    }
    at
}

/// Whether a finding belongs with others: one of many addresses, none of them in particular, would link them all.
fn links(finding: &Finding) -> bool {
    finding.entities.is_empty() || finding.entities.iter().any(|entity| entity.role != Role::Undetermined)
}

/// Who is suspected, or was used, other than a route, which everybody uses.
fn suspects(finding: &Finding) -> impl Iterator<Item = (&str, &str)> {
    let named = finding.entities.iter().filter(|entity| {
        entity.role == Role::SuspectedSource || (entity.role == Role::Instrument && entity.kind != "route")
    });
    named.map(|entity| (entity.kind.as_str(), entity.value.as_str()))
}

fn incident(shelf: &Shelf<'_>, id: String, members: &[&Finding]) -> Incident {
    let requests = shelf.requests;
    let mut rows: Vec<u32> = members.iter().flat_map(|finding| &finding.evidence).copied().collect();
    rows.sort_unstable();
    rows.dedup();
    rows.retain(|&row| requests.counts(row));
    // Vantages that could not be linked may tell of the same requests: the one that saw most counts.
    let mut families: Vec<u32> = rows.iter().map(|&row| requests.family_of(row)).collect();
    families.sort_unstable();
    families.dedup();
    let of = |which: &u32| {
        let rows: Vec<u32> = rows.iter().copied().filter(|&row| requests.family_of(row) == *which).collect();
        blast::radius(requests, shelf.backdrop(), &rows).subjects
    };
    let subjects: Vec<Subjects> = families.iter().map(of).collect();
    let title = members.first().map_or(String::new(), |finding| finding.title.clone());
    Incident {
        title: if members.len() > 1 { format!("{title} (and {} more findings)", members.len() - 1) } else { title },
        id,
        findings: members.iter().map(|finding| finding.id.clone()).collect(),
        first: members.iter().filter_map(|finding| finding.first).min(),
        last: members.iter().filter_map(|finding| finding.last).max(),
        steps: steps(members),
        subjects: Subjects {
            at_least: subjects.iter().map(|subjects| subjects.at_least).max().unwrap_or(0),
            at_most: subjects.iter().map(|subjects| subjects.at_most).sum(),
            basis: "distinct objects over all its findings, each vantage that could not be linked counted by itself"
                .to_owned(),
        },
    }
}

/// The findings as steps of one story: by the time of their first evidence, then of their last, then by rule.
fn steps(members: &[&Finding]) -> Vec<Step> {
    let mut steps: Vec<Step> = members
        .iter()
        .map(|finding| Step {
            finding: finding.id.clone(),
            first: finding.first,
            last: finding.last,
            what: finding.title.clone(),
            outcome: finding.outcome,
        })
        .collect();
    steps.sort_by(|a, b| (a.first, a.last, &a.finding).cmp(&(b.first, b.last, &b.finding)));
    steps
}
