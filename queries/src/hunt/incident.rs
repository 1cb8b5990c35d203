//! Findings of one campaign, linked.

use super::blast;
use crate::finding::{Finding, Incident, Role, Subjects};
use crate::requests::Requests;

/// Links findings that share a suspected source or evidence rows, names the incidents in the findings,
/// and returns them in the order of their worst finding.
pub fn link(requests: &Requests, findings: &mut [Finding]) -> Vec<Incident> {
    let mut parent: Vec<usize> = (0..findings.len()).collect();
    for a in 0..findings.len() {
        for b in 0..a {
            if related(&findings[a], &findings[b]) {
                let (one, other) = (root(&mut parent, a), root(&mut parent, b));
                parent[one.max(other)] = one.min(other);
            }
        }
    }
    let mut incidents: Vec<Incident> = Vec::new();
    let mut heads: Vec<usize> = Vec::new();
    for (at, finding) in findings.iter_mut().enumerate() {
        let head = root(&mut parent, at);
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
        incidents.push(incident(requests, id, &members));
    }
    incidents
}

fn root(parent: &mut [usize], mut at: usize) -> usize {
    while parent[at] != at {
        parent[at] = parent[parent[at]];
        at = parent[at];
    }
    at
}

fn related(a: &Finding, b: &Finding) -> bool {
    let suspects = |finding: &Finding| -> Vec<(String, String)> {
        let named = finding.entities.iter().filter(|entity| {
            entity.role == Role::SuspectedSource || (entity.role == Role::Instrument && entity.kind != "route")
        });
        named.map(|entity| (entity.kind.clone(), entity.value.clone())).collect()
    };
    let others = suspects(b);
    suspects(a).iter().any(|suspect| others.contains(suspect)) || overlap(&a.evidence, &b.evidence)
}

fn overlap(a: &[u32], b: &[u32]) -> bool {
    let (few, many) = if a.len() < b.len() { (a, b) } else { (b, a) };
    let mut many = many.to_vec();
    many.sort_unstable();
    few.iter().any(|row| many.binary_search(row).is_ok())
}

fn incident(requests: &Requests, id: String, members: &[&Finding]) -> Incident {
    let mut rows: Vec<u32> = members.iter().flat_map(|finding| &finding.evidence).copied().collect();
    rows.sort_unstable();
    rows.dedup();
    rows.retain(|&row| requests.counts(row));
    // Vantages that could not be linked may tell of the same requests: the one that saw most counts.
    let mut families: Vec<u32> = rows.iter().map(|&row| requests.family_of(row)).collect();
    families.sort_unstable();
    families.dedup();
    let of = |which: &u32| -> u64 {
        let rows: Vec<u32> = rows.iter().copied().filter(|&row| requests.family_of(row) == *which).collect();
        blast::radius(requests, &rows).subjects.at_least
    };
    let at_least = families.iter().map(of).max().unwrap_or(0);
    let title = members.first().map_or(String::new(), |finding| finding.title.clone());
    Incident {
        title: if members.len() > 1 { format!("{title} (and {} more findings)", members.len() - 1) } else { title },
        id,
        findings: members.iter().map(|finding| finding.id.clone()).collect(),
        first: members.iter().filter_map(|finding| finding.first).min(),
        last: members.iter().filter_map(|finding| finding.last).max(),
        subjects: Subjects {
            at_least,
            at_most: members.iter().all(|finding| finding.blast_radius.subjects.at_most == Some(0)).then_some(0),
            basis: "distinct objects over all its findings, each vantage that could not be linked counted by itself"
                .to_owned(),
        },
    }
}
