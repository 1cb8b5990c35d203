//! The answer to `route` for people.

use super::hunt_table::Layout;
use super::lines;
use super::reach;
use super::route_json::RouteReport;
use super::table;
use crate::render;
use breachline_queries::breakdown::Breakdown;
use breachline_queries::endpoint::{Bare, How};
use breachline_queries::requests::{Answer, Requests};
use breachline_queries::summary::Summary;
use std::io::{self, Write};

/// Line ranges that are named beside times; the JSON names all.
const RANGES: usize = 1;

/// Writes the answer.
pub fn write(out: &mut impl Write, report: &RouteReport<'_>, layout: Layout) -> io::Result<()> {
    let found = report.found;
    writeln!(out, "{}", layout.strong("ROUTE"))?;
    write_name(out, report, layout)?;
    reach::write(out, &found.reach, report.requests, layout)?;
    if found.rows.is_empty() {
        return write_negative(out, report, layout);
    }
    layout.labelled(out, "requests", &told(&found.summary))?;
    writeln!(out, "\n{}", layout.strong("WITHOUT A CREDENTIAL"))?;
    write_bare(out, report, layout)?;
    writeln!(out, "\n{}", layout.strong("WHAT WAS SHOWN AND ANSWERED"))?;
    write_states(out, report, layout)?;
    for (what, parts) in [
        ("METHODS", &found.methods),
        ("STATUSES", &found.statuses),
        ("CLIENTS", &found.clients),
        ("PRINCIPALS", &found.principals),
        ("APPLICATIONS", &found.client_apps),
    ] {
        write_parts(out, what, parts, report.requests, layout)?;
    }
    Ok(())
}

fn write_name(out: &mut impl Write, report: &RouteReport<'_>, layout: Layout) -> io::Result<()> {
    let named = &report.found.named;
    let method = named.method.as_ref().map_or_else(String::new, |method| format!("{method} "));
    layout.labelled(out, "asked for", &format!("{method}{}", named.asked))?;
    match named.how {
        How::Template | How::Unknown => Ok(()),
        How::OpenParts => layout.labelled(out, "routes", &named.routes.join("  ")),
        How::Path => layout.labelled(out, "path of", &named.routes.join("  ")),
    }
}

fn write_negative(out: &mut impl Write, report: &RouteReport<'_>, layout: Layout) -> io::Result<()> {
    let named = &report.found.named;
    let method = named.method.as_ref().map_or_else(String::new, |method| format!("{method} "));
    if report.extract {
        let said = "these logs are a selection: that no request of it is among them says nothing";
        layout.labelled(out, "not seen", said)?;
    } else {
        let what = format!("no request for {method}{}", named.asked);
        layout.labelled(out, "not seen", &reach::negative(&what, &report.found.reach, layout))?;
    }
    if !named.near.is_empty() {
        layout.labelled(out, "did you mean", &named.near.join("  "))?;
    }
    Ok(())
}

/// `36 requests (33 hit, 3 denied) by 7 clients and 6 principals; 33 objects answered, 1.6 kB`; what other vantages
/// tell is named, and not added.
pub(super) fn told(summary: &Summary) -> String {
    let answers: Vec<String> = [Answer::Hit, Answer::Miss, Answer::Denied, Answer::Error, Answer::Other]
        .into_iter()
        .filter(|&answer| summary.answered(answer) > 0)
        .map(|answer| format!("{} {}", render::count(summary.answered(answer)), answer.name()))
        .collect();
    let apart: Vec<String> = summary
        .apart
        .iter()
        .map(|apart| {
            format!(
                "; not added: {} as told by {} ({} hit)",
                render::counted(apart.requests as usize, "request"),
                apart.vantages,
                render::count(apart.answers[Answer::Hit as usize])
            )
        })
        .collect();
    format!(
        "{} ({}) by {} and {}; {} answered, {}{}",
        render::counted(summary.requests as usize, "request"),
        answers.join(", "),
        render::counted(summary.clients as usize, "client"),
        render::counted(summary.principals as usize, "principal"),
        render::counted(summary.objects_answered as usize, "object"),
        render::bytes(summary.bytes),
        apart.concat()
    )
}

fn write_bare(out: &mut impl Write, report: &RouteReport<'_>, layout: Layout) -> io::Result<()> {
    let bare = &report.found.bare;
    if !bare.is_recorded {
        return layout.labelled(
            out,
            "not told",
            "these logs show no credential of anybody here, so whether answers were given without one is unknown",
        );
    }
    if bare.rows.is_empty() {
        let what = "no answer with data to a request without a credential";
        let said = if report.extract {
            "none among these; they are a selection, so that says nothing of the others".to_owned()
        } else {
            reach::negative(what, &report.found.reach, layout)
        };
        return layout.labelled(out, "not seen", &said);
    }
    layout.labelled(out, "since", &layout.time(bare.summary.first))?;
    layout.labelled(out, "until", &layout.time(bare.summary.last))?;
    layout.labelled(out, "answered", &told(&bare.summary))?;
    layout.labelled(out, "lines", &lines::short(report.requests, &report.requests.cited(&bare.rows), 8))?;
    write_refusals(out, bare, report.requests, layout)
}

fn write_refusals(out: &mut impl Write, bare: &Bare, requests: &Requests, layout: Layout) -> io::Result<()> {
    let said = |rows: &[u32], summary: &Summary| {
        let lines = lines::short(requests, &requests.cited(rows), RANGES);
        let span = layout.span(summary.first, summary.last);
        format!(
            "{} without a valid credential were refused, {span}; lines {lines}",
            render::counted(rows.len(), "request")
        )
    };
    if bare.refused_before.is_empty() {
        layout.labelled(
            out,
            "before that",
            "none was refused for want of a credential: it may have been open all along",
        )?;
    } else {
        layout.labelled(out, "before that", &said(&bare.refused_before, &bare.summary_before))?;
    }
    if !bare.refused_after.is_empty() {
        layout.labelled(out, "after that", &said(&bare.refused_after, &bare.summary_after))?;
    }
    Ok(())
}

const HEADER: [&str; 9] = ["REQUESTS", "HIT", "CLIENTS", "PRINCIPALS", "OBJECTS", "SIZE", "FIRST", "LAST", "LINES"];

fn row(summary: &Summary, rows: &[u32], requests: &Requests, layout: Layout) -> [String; 9] {
    [
        render::count(summary.requests),
        render::count(summary.answered(Answer::Hit)),
        render::count(summary.clients),
        render::count(summary.principals),
        render::count(summary.objects_answered),
        render::bytes(summary.bytes),
        layout.time(summary.first),
        layout.time(summary.last),
        lines::short(requests, &requests.cited(rows), RANGES),
    ]
}

fn write_states(out: &mut impl Write, report: &RouteReport<'_>, layout: Layout) -> io::Result<()> {
    let header: Vec<&str> = ["SHOWN", "ANSWER"].into_iter().chain(HEADER).collect();
    let right = [false, false, true, true, true, true, true, true];
    let rows: Vec<Vec<String>> = report
        .found
        .states
        .iter()
        .map(|state| {
            let head = [state.auth.name().to_owned(), state.answer.name().to_owned()];
            head.into_iter().chain(row(&state.summary, &state.rows, report.requests, layout)).collect()
        })
        .collect();
    table::write_table(out, &header, &rows, &right, layout.columns)
}

/// Writes the largest parts, where there are any.
pub(super) fn write_parts(
    out: &mut impl Write,
    what: &str,
    parts: &Breakdown,
    requests: &Requests,
    layout: Layout,
) -> io::Result<()> {
    if parts.top.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}", layout.strong(what))?;
    let header: Vec<&str> = ["VALUE"].into_iter().chain(HEADER).collect();
    let right = [false, true, true, true, true, true, true];
    let rows: Vec<Vec<String>> = parts
        .top
        .iter()
        .map(|part| {
            let head = part.value.clone().unwrap_or_else(|| "-".to_owned());
            std::iter::once(head).chain(row(&part.summary, &part.rows, requests, layout)).collect()
        })
        .collect();
    table::write_table(out, &header, &rows, &right, layout.columns)?;
    let left = parts.distinct - parts.top.len() as u64;
    if left > 0 {
        writeln!(out, "and {} more", render::count(left))?;
    }
    Ok(())
}
