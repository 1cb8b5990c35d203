//! The answer to `entity` for people.

use super::entity_json::EntityReport;
use super::hunt_table::Layout;
use super::lines;
use super::match_json::shown;
use super::reach;
use super::route_table::{told, write_parts};
use super::table;
use crate::render;
use std::io::{self, Write};

/// Line ranges that are named beside times; the JSON names all.
const RANGES: usize = 1;

/// Writes the answer.
pub fn write(out: &mut impl Write, report: &EntityReport<'_>, layout: Layout) -> io::Result<()> {
    let found = report.found;
    writeln!(out, "{}", layout.strong("ENTITY"))?;
    layout.labelled(out, found.seen.kind.name(), &shown(&found.seen))?;
    reach::write(out, &found.reach, report.requests, layout)?;
    if found.seen.rows.is_empty() {
        return write_negative(out, report, layout);
    }
    let summary = &found.seen.summary;
    layout.labelled(
        out,
        "seen",
        &format!("{}, on {}", layout.span(summary.first, summary.last), render::counted(found.days as usize, "day")),
    )?;
    layout.labelled(out, "requests", &told(summary))?;
    layout.labelled(out, "lines", &lines::short(report.requests, &report.requests.cited(&found.seen.rows), 8))?;
    write_rhythm(out, report, layout)?;
    if report.hunt.is_some() {
        write_findings(out, report, layout)?;
    }
    write_shared(out, report, layout)?;
    let objects = report.masked_objects();
    for (what, parts) in [
        ("ROUTES", &found.routes),
        ("STATUSES", &found.statuses),
        ("SHOWN", &found.auth),
        ("METHODS", &found.methods),
        ("OBJECTS", &objects),
    ] {
        write_parts(out, what, parts, report.requests, layout)?;
    }
    Ok(())
}

fn write_negative(out: &mut impl Write, report: &EntityReport<'_>, layout: Layout) -> io::Result<()> {
    let found = report.found;
    if report.extract {
        layout.labelled(
            out,
            "not seen",
            "these logs are a selection: that no request of it is among them says nothing",
        )?;
    } else {
        let what = format!("no request of {} {}", found.seen.kind.name(), shown(&found.seen));
        layout.labelled(out, "not seen", &reach::negative(&what, &found.reach, layout))?;
    }
    if !found.other_kinds.is_empty() {
        let kinds: Vec<&str> = found.other_kinds.iter().map(|kind| kind.name()).collect();
        layout.labelled(out, "known as", &kinds.join(", "))?;
    }
    Ok(())
}

/// Requests by hour of the day, all weekdays together; a bar of eight heights an hour.
fn write_rhythm(out: &mut impl Write, report: &EntityReport<'_>, layout: Layout) -> io::Result<()> {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let mut hours = [0_u64; 24];
    for day in &report.found.rhythm {
        for (hour, count) in hours.iter_mut().zip(day) {
            *hour += count;
        }
    }
    let most = hours.iter().copied().max().unwrap_or(0);
    let bar = |count: u64| match count {
        0 => '·',
        _ => BARS[((count * 8).div_ceil(most.max(1)) as usize).clamp(1, 8) - 1],
    };
    let bars: String = hours.iter().map(|&count| bar(count)).collect();
    let busiest = (0..24).rev().max_by_key(|&hour| hours[hour]).unwrap_or(0);
    let weekend: u64 = report.found.rhythm[5..].iter().flatten().sum();
    let said = format!(
        "{bars}  from 0 to 23 h in {}; most at {busiest} h ({}); {} at weekends",
        report.zone.name(),
        render::counted(most as usize, "request"),
        render::share(weekend, report.found.seen.summary.requests)
    );
    layout.labelled(out, "by hour", &said)
}

fn write_findings(out: &mut impl Write, report: &EntityReport<'_>, layout: Layout) -> io::Result<()> {
    writeln!(out, "\n{}", layout.strong("FINDINGS"))?;
    if report.involved.is_empty() {
        return layout.labelled(out, "none", "names it or has requests of it as evidence");
    }
    let header = ["LEVEL", "RULE", "ID", "ROLE", "EVIDENCE", "LINES", "WHAT"];
    let rows: Vec<Vec<String>> = report
        .findings()
        .map(|(involved, finding)| {
            vec![
                finding.level.name().to_owned(),
                finding.rule.clone(),
                finding.id.clone(),
                involved.role.map_or_else(|| "-".to_owned(), render::finding::role),
                format!("{} of {}", render::count(involved.rows.len()), render::count(finding.evidence.len())),
                lines::short(report.requests, &involved.rows, RANGES),
                finding.title.clone(),
            ]
        })
        .collect();
    table::write_table(out, &header, &rows, &[], layout.columns)
}

fn write_shared(out: &mut impl Write, report: &EntityReport<'_>, layout: Layout) -> io::Result<()> {
    if report.found.shared.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}", layout.strong("SEEN WITH"))?;
    let header = ["WHAT", "VALUE", "REQUESTS", "OTHERS WITH IT", "FIRST", "LAST", "LINES"];
    let right = [false, false, true, true];
    let mut rows: Vec<Vec<String>> = Vec::new();
    for shared in &report.found.shared {
        for (part, others) in shared.with.top.iter().zip(&shared.others) {
            rows.push(vec![
                shared.column.to_owned(),
                part.value.clone().unwrap_or_else(|| "-".to_owned()),
                render::count(part.summary.requests),
                render::count(*others),
                layout.time(part.summary.first),
                layout.time(part.summary.last),
                lines::short(report.requests, &report.requests.cited(&part.rows), RANGES),
            ]);
        }
        let left = shared.with.distinct - shared.with.top.len() as u64;
        if left > 0 {
            rows.push(vec![shared.column.to_owned(), format!("and {} more", render::count(left))]);
        }
    }
    table::write_table(out, &header, &rows, &right, layout.columns)
}
