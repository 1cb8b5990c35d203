//! The answer to a hunt for people: first what the logs can speak for, then incidents, then findings with why.

use super::table;
use crate::render;
use breachline_parsers::report::{Completeness, SourceReport};
use breachline_queries::finding::{Coverage, Entity, Finding, Hunt, Incident, Level, RuleState, Subjects};
use breachline_queries::requests::Requests;
use chrono_tz::Tz;
use std::io::{self, Write};

/// How the text is laid out.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// Columns to fill.
    pub columns: usize,
    /// Whether to colour.
    pub colours: bool,
    /// The zone of times.
    pub zone: Tz,
}

impl Layout {
    fn paint(&self, code: &str, text: &str) -> String {
        if self.colours { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    pub(super) fn strong(&self, text: &str) -> String {
        self.paint("1", text)
    }

    pub(super) fn faint(&self, text: &str) -> String {
        self.paint("2", text)
    }

    fn level(&self, level: Level) -> String {
        let code = match level {
            Level::Critical => "1;31",
            Level::High => "31",
            Level::Medium => "33",
            Level::Low => "36",
            Level::Informational => "2",
        };
        self.paint(code, &level.name().to_uppercase())
    }

    pub(super) fn time(&self, time: Option<i64>) -> String {
        time.map_or_else(|| "no time".to_owned(), |time| render::in_zone(time, self.zone))
    }

    pub(super) fn span(&self, first: Option<i64>, last: Option<i64>) -> String {
        match (first, last) {
            (Some(first), Some(last)) => {
                format!(
                    "{} .. {} ({})",
                    render::in_zone(first, self.zone),
                    render::in_zone(last, self.zone),
                    render::duration(last - first)
                )
            }
            _ => self.time(first.or(last)),
        }
    }

    /// A label and its text, broken into lines that stand under each other.
    pub(super) fn labelled(&self, out: &mut impl Write, label: &str, text: &str) -> io::Result<()> {
        const INDENT: usize = 20;
        let lines = render::wrap(&render::visible(text), self.columns.saturating_sub(INDENT).max(20));
        for (at, line) in lines.iter().enumerate() {
            let label = if at == 0 { label } else { "" };
            writeln!(out, "  {}{line}", self.faint(&render::pad(label, INDENT - 2)))?;
        }
        Ok(())
    }
}

/// Writes coverage, incidents and findings.
pub fn write(out: &mut impl Write, hunt: &Hunt, requests: &Requests, layout: Layout) -> io::Result<()> {
    write_coverage(out, hunt, requests, layout)?;
    if !hunt.incidents.is_empty() {
        writeln!(out, "\n{}", layout.strong("INCIDENTS"))?;
        hunt.incidents.iter().try_for_each(|incident| write_incident(out, incident, layout))?;
    }
    writeln!(out, "\n{}", layout.strong("FINDINGS"))?;
    if hunt.findings.is_empty() {
        return layout.labelled(out, "none", "within what the coverage above can speak for");
    }
    hunt.findings.iter().try_for_each(|finding| write_finding(out, finding, layout))
}

fn write_coverage(out: &mut impl Write, hunt: &Hunt, requests: &Requests, layout: Layout) -> io::Result<()> {
    let coverage = &hunt.coverage;
    writeln!(out, "{}", layout.strong("COVERAGE"))?;
    layout.labelled(out, "hours", &layout.span(coverage.from, coverage.until))?;
    write_gaps(out, coverage, requests, layout)?;
    let judged = format!("{} of {} judged", coverage.rules_judged, coverage.rules_total);
    layout.labelled(out, "rules", &judged)?;
    write_not_judged(out, hunt, layout)?;
    for left_out in &coverage.suppressed {
        let sentence = format!(
            "{}: {} of the {} {} {} left out as expected; {} would rest on that",
            left_out.rule,
            render::counted(left_out.rows, "request"),
            left_out.kind,
            left_out.entry,
            if left_out.rows == 1 { "was" } else { "were" },
            render::counted(left_out.findings as usize, "finding")
        );
        layout.labelled(out, "suppressed", &sentence)?;
    }
    for note in &coverage.notes {
        layout.labelled(out, "note", note)?;
    }
    writeln!(out)?;
    write_sources(out, &requests.sources, layout)
}

/// Rules that could not be judged, each by itself unless many lack the same.
fn write_not_judged(out: &mut impl Write, hunt: &Hunt, layout: Layout) -> io::Result<()> {
    const EACH: usize = 5;
    let mut by_reason: Vec<(&str, Vec<&str>)> = Vec::new();
    for verdict in hunt.rules.iter().filter(|verdict| verdict.state == RuleState::NotEvaluable) {
        match by_reason.iter_mut().find(|(why, _)| *why == verdict.why) {
            Some((_, ids)) => ids.push(&verdict.id),
            None => by_reason.push((verdict.why.as_str(), vec![verdict.id.as_str()])),
        }
    }
    for (why, ids) in by_reason {
        if let [first, second, rest @ ..] = ids.as_slice()
            && ids.len() > EACH
        {
            let said =
                format!("{} rules ({first}, {second} and {} more; JSON names all): {why}", ids.len(), rest.len());
            layout.labelled(out, "not judged", &said)?;
            continue;
        }
        ids.iter().try_for_each(|id| layout.labelled(out, "not judged", &format!("{id}: {why}")))?;
    }
    Ok(())
}

fn write_gaps(out: &mut impl Write, coverage: &Coverage, requests: &Requests, layout: Layout) -> io::Result<()> {
    const SHOWN: usize = 5;
    // The longest gaps hide most.
    let mut gaps: Vec<_> = coverage.gaps.iter().collect();
    gaps.sort_by_key(|gap| (gap.from - gap.until, gap.source, gap.from));
    for gap in gaps.iter().take(SHOWN) {
        let path = requests.sources.get(gap.source as usize).map_or("?", |source| source.path.as_str());
        layout.labelled(out, "gap", &format!("{} in {path}", layout.span(Some(gap.from), Some(gap.until))))?;
    }
    if gaps.len() > SHOWN {
        layout.labelled(out, "", &format!("and {} more", render::count(gaps.len() - SHOWN)))?;
    }
    Ok(())
}

fn write_sources(out: &mut impl Write, sources: &[SourceReport], layout: Layout) -> io::Result<()> {
    let header = ["#", "SOURCE", "FORMAT", "VANTAGE", "ZONE", "ROWS", "REJECTS", "SKIPS", "RECORDS", "READ"];
    let right = [true, false, false, false, false, true, true, true, true, false];
    // When some sources were recognised, those that were not are counted in one line: a walked directory is full of them.
    // So are those that are empty, which is another thing to know.
    let (empty, rest): (Vec<&SourceReport>, Vec<&SourceReport>) = sources.iter().partition(|source| source.is_empty());
    let is_unknown = |source: &&&SourceReport| matches!(source.completeness, Completeness::Unknown(_));
    let unknown: Vec<&SourceReport> = rest.iter().filter(is_unknown).copied().collect();
    let folds = |some: usize| some > 1 && some < sources.len();
    let is_listed = |source: &&SourceReport| match source.completeness {
        Completeness::Unknown(_) if source.is_empty() => !folds(empty.len()),
        Completeness::Unknown(_) => !folds(unknown.len()),
        _ => true,
    };
    let rows: Vec<Vec<String>> = sources
        .iter()
        .filter(is_listed)
        .map(|source| {
            let unknown = if source.is_empty() { "-" } else { "unknown" };
            vec![
                (source.id + 1).to_string(),
                source.path.clone(),
                source.format.clone().unwrap_or_else(|| unknown.to_owned()),
                source.vantage.map_or("-", |vantage| vantage.name()).to_owned(),
                if source.is_empty() { "-".to_owned() } else { source.zone.clone() },
                render::count(source.rows),
                render::count(source.rejects),
                render::count(source.skips),
                render::count(source.records),
                completeness(source).to_owned(),
            ]
        })
        .collect();
    table::write_table(out, &header, &rows, &right, layout.columns)?;
    if folds(unknown.len()) {
        let records: u64 = unknown.iter().map(|source| source.records).sum();
        let (files, records) = (render::count(unknown.len()), render::counted(records, "record"));
        writeln!(
            out,
            "and {files} files of no known format with {records}, none of them judged (the JSON names them)"
        )?;
    }
    if folds(empty.len()) {
        writeln!(out, "and {} empty files (the JSON names them)", render::count(empty.len()))?;
    }
    Ok(())
}

fn completeness(source: &SourceReport) -> &'static str {
    match source.completeness {
        Completeness::Unknown(_) if source.is_empty() => "empty",
        Completeness::Whole => "whole",
        Completeness::Cut(_) => "cut short",
        Completeness::Unreadable(_) => "unreadable",
        Completeness::Unknown(_) => "unknown",
        Completeness::Duplicate(_) => "copy of another",
    }
}

fn subjects(subjects: &Subjects) -> String {
    let bounds = render::finding::bounds(subjects);
    if subjects.basis.is_empty() { bounds } else { format!("{bounds} ({})", subjects.basis) }
}

fn write_incident(out: &mut impl Write, incident: &Incident, layout: Layout) -> io::Result<()> {
    writeln!(out, "{}", layout.strong(&render::visible(&incident.id)))?;
    layout.labelled(out, "what", &incident.title)?;
    layout.labelled(out, "when", &layout.span(incident.first, incident.last))?;
    layout.labelled(out, "findings", &incident.findings.join(" "))?;
    // One finding is its own story.
    for step in incident.steps.iter().filter(|_| incident.steps.len() > 1) {
        let when = layout.span(step.first, step.last);
        layout.labelled(out, "step", &format!("{when}: {} ({})", step.what, render::finding::outcome(step.outcome)))?;
    }
    for link in &incident.links {
        layout.labelled(out, "linked", &format!("{} and {}: {}", link.findings[0], link.findings[1], link.basis))?;
    }
    layout.labelled(out, "subjects", &subjects(&incident.subjects))
}

fn write_finding(out: &mut impl Write, finding: &Finding, layout: Layout) -> io::Result<()> {
    writeln!(
        out,
        "{}  {}  {}",
        layout.level(finding.level),
        layout.strong(&render::visible(&finding.rule)),
        layout.faint(&render::visible(&finding.id))
    )?;
    layout.labelled(out, "what", &finding.title)?;
    layout.labelled(out, "when", &layout.span(finding.first, finding.last))?;
    let sure = format!("{:.2}, outcome {}", finding.confidence, render::finding::outcome(finding.outcome));
    layout.labelled(out, "confidence", &sure)?;
    write_entities(out, &finding.entities, layout)?;
    // The first reason usually says the title again, and reasons may carry measures already.
    for why in finding.why.iter().filter(|why| !why.starts_with(&finding.title)) {
        layout.labelled(out, "why", why)?;
    }
    for look_alike in &finding.ruled_out {
        layout.labelled(out, "ruled out", look_alike)?;
    }
    for look_alike in &finding.not_ruled_out {
        layout.labelled(out, "still open", look_alike)?;
    }
    let told = |name: &str| finding.why.iter().any(|why| why.split(' ').next() == Some(name));
    for (name, measured) in finding.measures.iter().filter(|(name, _)| !told(name)) {
        layout.labelled(out, "measured", &format!("{name} {}", render::finding::measured(measured)))?;
    }
    let blast = &finding.blast_radius;
    layout.labelled(out, "evidence", &format!("{}, digest {}", evidence(finding), finding.digest))?;
    layout.labelled(
        out,
        "answered",
        &format!(
            "{} objects, {}; subjects {}",
            render::count(blast.objects),
            render::bytes(blast.bytes),
            subjects(&blast.subjects)
        ),
    )?;
    if let Some(incident) = &finding.incident {
        layout.labelled(out, "incident", incident)?;
    }
    if let Some(model) = &finding.modelled_on {
        layout.labelled(out, "modelled on", model)?;
    }
    layout.labelled(out, "innocent if", &finding.innocent_if)?;
    layout.labelled(out, "next", &finding.next_steps)?;
    writeln!(out)
}

/// Requests, and lines where several tell of one.
fn evidence(finding: &Finding) -> String {
    let requests = match finding.exchanges_unlimited {
        Some(all) => format!("{} of {} requests", render::count(finding.exchanges), render::count(all)),
        None => render::counted(finding.exchanges, "request"),
    };
    if finding.evidence.len() as u64 == finding.exchanges {
        return requests;
    }
    format!("{requests} in {} lines", render::count(finding.evidence.len()))
}

fn write_entities(out: &mut impl Write, entities: &[Entity], layout: Layout) -> io::Result<()> {
    const SHOWN: usize = 8;
    for entity in entities.iter().take(SHOWN) {
        let role = render::finding::role(entity.role);
        layout.labelled(out, &role, &format!("{} {} ({})", entity.kind, entity.value, entity.basis))?;
    }
    if entities.len() > SHOWN {
        layout.labelled(out, "", &format!("and {} more", render::count(entities.len() - SHOWN)))?;
    }
    Ok(())
}
