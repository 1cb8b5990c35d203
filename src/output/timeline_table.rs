//! The answer to `timeline` for people: a row a step, with a bar; steps without requests are folded.

use super::hunt_table::Layout;
use super::reach;
use super::table;
use super::timeline_json::TimelineReport;
use crate::render;
use breachline_queries::requests::Answer;
use breachline_queries::timeline::Step;
use std::io::{self, Write};

/// Columns of the longest bar.
const BAR: u64 = 24;

/// Writes the answer.
pub fn write(out: &mut impl Write, report: &TimelineReport<'_>, layout: Layout) -> io::Result<()> {
    let found = report.found;
    writeln!(out, "{}", layout.strong("TIMELINE"))?;
    reach::write(out, &report.reach, report.requests, layout)?;
    let steps = render::counted(found.steps.len(), "step");
    let width = render::duration(found.width_us);
    layout.labelled(out, "steps", &format!("{steps} of {width} with requests, of {}", render::count(found.span)))?;
    if found.untimed > 0 {
        layout.labelled(
            out,
            "without time",
            &format!("{} in no step", render::counted(found.untimed as usize, "request")),
        )?;
    }
    writeln!(out)?;
    if found.steps.is_empty() {
        return layout.labelled(out, "nothing", "within the hours above");
    }
    write_steps(out, report, layout)
}

fn write_steps(out: &mut impl Write, report: &TimelineReport<'_>, layout: Layout) -> io::Result<()> {
    let mut header =
        vec!["FROM", "REQUESTS", "", "HIT", "MISS", "DENIED", "ERROR", "CLIENTS", "PRINCIPALS", "OBJECTS", "SIZE"];
    let right = [false, true, false, true, true, true, true, true, true, true, true];
    if report.has_findings() {
        header.push("FINDINGS");
    }
    let most = report.found.steps.iter().map(|step| step.summary.requests).max().unwrap_or(1);
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut due: Option<i64> = None;
    for step in &report.found.steps {
        if let Some(due) = due.filter(|&due| step.from > due) {
            let empty = (step.from - due) / report.found.width_us.max(1);
            rows.push(vec![format!("… {} without requests", render::counted(empty as usize, "step"))]);
        }
        due = step.from.checked_add(report.found.width_us);
        rows.push(row(report, step, most, layout));
    }
    table::write_table(out, &header, &rows, &right, layout.columns)
}

fn row(report: &TimelineReport<'_>, step: &Step, most: u64, layout: Layout) -> Vec<String> {
    let summary = &step.summary;
    let bar = (summary.requests * BAR).div_ceil(most.max(1)) as usize;
    let mut row = vec![layout.time(Some(step.from)), render::count(summary.requests), "█".repeat(bar)];
    row.extend(
        [Answer::Hit, Answer::Miss, Answer::Denied, Answer::Error]
            .map(|answer| render::count(summary.answered(answer))),
    );
    row.extend([summary.clients, summary.principals, summary.objects_answered].map(render::count));
    row.push(render::bytes(summary.bytes));
    if report.has_findings() {
        let mut rules: Vec<&str> = report.of_step(step).into_iter().map(|(rule, _)| rule).collect();
        rules.dedup();
        row.push(rules.join(" "));
    }
    row
}
