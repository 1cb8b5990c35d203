//! `findings.csv`: one row a finding.

use crate::output::json::stable;
use crate::output::sheet::Sheet;
use crate::render::rfc3339;
use breachline_queries::finding::Finding;
use std::io::{self, Write};

/// The columns.
pub const COLUMNS: [&str; 22] = [
    "id",
    "rule",
    "level",
    "confidence",
    "outcome",
    "title",
    "first",
    "last",
    "entities",
    "rows",
    "digest",
    "objects",
    "subjects_at_least",
    "subjects_at_most",
    "bytes",
    "measures",
    "incident",
    "modelled_on",
    "tags",
    "why",
    "innocent_if",
    "next_steps",
];

/// Writes findings as CSV.
pub fn write(out: &mut impl Write, findings: &[&Finding]) -> io::Result<()> {
    let mut sheet = Sheet::new(out, &COLUMNS)?;
    for finding in findings {
        sheet.row(&cells(finding))?;
    }
    sheet.finish()?.flush()
}

fn cells(finding: &Finding) -> [String; 22] {
    let time = |time: Option<i64>| time.map(rfc3339).unwrap_or_default();
    let entities: Vec<String> = finding
        .entities
        .iter()
        .map(|entity| format!("{} {} ({})", entity.kind, entity.value, entity.role.name()))
        .collect();
    let measures: Vec<String> =
        finding.measures.iter().map(|(name, measured)| format!("{name}={}", stable(measured.value))).collect();
    let blast = &finding.blast_radius;
    [
        finding.id.clone(),
        finding.rule.clone(),
        finding.level.name().to_owned(),
        stable(finding.confidence).to_string(),
        finding.outcome.name().to_owned(),
        finding.title.clone(),
        time(finding.first),
        time(finding.last),
        entities.join("; "),
        finding.evidence.len().to_string(),
        finding.digest.clone(),
        blast.objects.to_string(),
        blast.subjects.at_least.to_string(),
        blast.subjects.at_most.map(|most| most.to_string()).unwrap_or_default(),
        blast.bytes.to_string(),
        measures.join("; "),
        finding.incident.clone().unwrap_or_default(),
        finding.modelled_on.clone().unwrap_or_default(),
        finding.tags.join(" "),
        finding.why.join(" "),
        finding.innocent_if.clone(),
        finding.next_steps.clone(),
    ]
}
