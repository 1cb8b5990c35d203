//! Findings of one campaign, linked.

mod bonds;

use super::blast;
use super::shelf::Shelf;
use crate::finding::{Finding, Incident, Link, Step, Subjects};
use bonds::bonds;

/// Links findings of one campaign ([`bonds`]), names the incidents in the findings, and returns them in the order of their
/// worst finding.
pub fn link(shelf: &Shelf<'_>, findings: &mut [Finding]) -> Vec<Incident> {
    let (campaigns, links) = campaigns(shelf, findings);
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
        let links = links.iter().filter(|link| members.iter().any(|member| member.id == link.findings[0]));
        incidents.push(incident(shelf, id, &members, links.cloned().collect()));
    }
    incidents
}

/// For each finding the first one of its campaign, and the bonds that put the campaigns together: one fewer than each has
/// findings.
fn campaigns(shelf: &Shelf<'_>, findings: &[Finding]) -> (Vec<usize>, Vec<Link>) {
    let mut parent: Vec<usize> = (0..findings.len()).collect();
    let mut links = Vec::new();
    for bond in bonds(shelf, findings) {
        let (one, other) = (root(&mut parent, bond.earlier), root(&mut parent, bond.later));
        if one != other {
            parent[one.max(other)] = one.min(other);
            let ids = [bond.earlier, bond.later].map(|at| findings[at].id.clone());
            links.push(Link { findings: ids, basis: bond.basis });
        }
    }
    ((0..findings.len()).map(|at| root(&mut parent, at)).collect(), links)
}

fn root(parent: &mut [usize], mut at: usize) -> usize {
    while parent[at] != at {
        parent[at] = parent[parent[at]];
        at = parent[at];
    }
    at
}

fn incident(shelf: &Shelf<'_>, id: String, members: &[&Finding], links: Vec<Link>) -> Incident {
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
        title: match members.len() {
            0 | 1 => title,
            2 => format!("{title} (and 1 more finding)"),
            findings => format!("{title} (and {} more findings)", findings - 1),
        },
        id,
        findings: members.iter().map(|finding| finding.id.clone()).collect(),
        first: members.iter().filter_map(|finding| finding.first).min(),
        last: members.iter().filter_map(|finding| finding.last).max(),
        steps: steps(members),
        links,
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
