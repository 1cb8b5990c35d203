//! The answer to `match` for people: what was looked for, who accounts for it, each value, and what nobody explains.

use super::hunt_table::Layout;
use super::lines;
use super::match_json::{MatchReport, Unexplained, shown};
use super::reach;
use super::table;
use crate::render;
use breachline_queries::indicators::{Covering, Seen};
use breachline_queries::reach::reach;
use breachline_queries::requests::Answer;
use std::io::{self, Write};

/// Line ranges that are named beside times; the JSON names all.
const RANGES: usize = 1;

/// Writes the answer, at most `limit` entities and values.
pub fn write(out: &mut impl Write, report: &MatchReport<'_>, layout: Layout, limit: usize) -> io::Result<()> {
    write_list(out, report, layout)?;
    write_hours(out, report, layout)?;
    writeln!(out, "\n{}", layout.strong("WHO"))?;
    write_entities(out, report, layout, limit)?;
    writeln!(out, "\n{}", layout.strong("VALUES"))?;
    write_values(out, report, layout, limit)?;
    writeln!(out, "\n{}", layout.strong("NOT EXPLAINED"))?;
    write_unexplained(out, report, layout)
}

fn write_list(out: &mut impl Write, report: &MatchReport<'_>, layout: Layout) -> io::Result<()> {
    let found = report.found;
    writeln!(out, "{}", layout.strong("LIST"))?;
    let repeated = match found.repeated {
        0 => String::new(),
        lines => format!(", {} repeated", render::counted(lines as usize, "line")),
    };
    layout.labelled(
        out,
        "list",
        &format!("{} in {}{repeated}", render::counted(found.seen.len(), "value"), report.list),
    )?;
    for (kind, why) in report.kinds() {
        let why: Vec<String> =
            why.iter().map(|(why, count)| format!("{} {}", render::count(*count), said(why))).collect();
        layout.labelled(out, "taken for", &format!("{}: {}", kind.name(), why.join(", ")))?;
    }
    let asked = found.seen.iter().filter(|seen| !seen.rows.is_empty()).count() as u64;
    let answered = found.seen.iter().filter(|seen| seen.answered()).count() as u64;
    let all = found.seen.len() as u64;
    let of = |part: u64| format!("{} of {} ({})", render::count(part), render::count(all), render::share(part, all));
    layout.labelled(out, "in these logs", &of(asked))?;
    layout.labelled(out, "answered", &format!("{} with data", of(answered)))
}

fn said(why: &str) -> &'static str {
    match why {
        "given" => "as given",
        "look" => "by look",
        "logs" => "as these logs know it",
        "list" => "like the rest of the list",
        _ => "as such values mostly are",
    }
}

fn write_hours(out: &mut impl Write, report: &MatchReport<'_>, layout: Layout) -> io::Result<()> {
    let options = report.options;
    reach::write(out, &reach(report.requests), report.requests, layout)?;
    if options.extract {
        let told = "these logs are a selection: who else asked, and what chance would give, cannot be told";
        layout.labelled(out, "extract", told)?;
    }
    Ok(())
}

fn write_entities(out: &mut impl Write, report: &MatchReport<'_>, layout: Layout, limit: usize) -> io::Result<()> {
    let all = &report.found.entities;
    if all.is_empty() {
        return layout.labelled(out, "nobody", "in these logs touched anything of the list, or they do not say who");
    }
    let had = if report.is_answered() {
        "had = got an answer with data"
    } else {
        "had = asked for it (nobody got an answer with data)"
    };
    let how = format!(
        "{had}; share = its part of the values that anybody had; chance = the share it would have of as many values drawn \
         at random from the comparable ones; together = the share with all of its kind ranked above"
    );
    layout.labelled(out, "share", &how)?;
    let header = ["KIND", "VALUE", "ASKED", "GOT", "SHARE", "CHANCE", "TOGETHER", "FIRST", "LAST", "LINES"];
    let right = [false, false, true, true, true, true, true];
    let rows: Vec<Vec<String>> = all.iter().take(limit).map(|entity| entity_row(report, entity, layout)).collect();
    table::write_table(out, &header, &rows, &right, layout.columns)?;
    more(out, all.len(), limit, "entities")
}

fn entity_row(report: &MatchReport<'_>, entity: &Covering, layout: Layout) -> Vec<String> {
    vec![
        entity.column.to_owned(),
        entity.value.clone(),
        render::count(entity.asked),
        render::count(entity.answered),
        percent(entity.share),
        entity.chance.map_or_else(|| "-".to_owned(), percent),
        percent(entity.together),
        layout.time(entity.summary.first),
        layout.time(entity.summary.last),
        lines::short(report.requests, &report.requests.cited(&entity.rows), RANGES),
    ]
}

fn percent(share: f64) -> String {
    if share > 0.0 && share < 0.001 { "<0.1 %".to_owned() } else { format!("{:.1} %", share * 100.0) }
}

fn write_values(out: &mut impl Write, report: &MatchReport<'_>, layout: Layout, limit: usize) -> io::Result<()> {
    let mut all: Vec<&Seen> = report.found.seen.iter().filter(|seen| !seen.rows.is_empty()).collect();
    all.sort_by_key(|seen| (std::cmp::Reverse(seen.summary.answered(Answer::Hit)), seen.line));
    if all.is_empty() {
        return layout.labelled(out, "none", "of them is in a request");
    }
    let header = [
        "LIST", "KIND", "VALUE", "REQUESTS", "HIT", "MISS", "DENIED", "ERROR", "OTHER", "CLIENTS", "FIRST", "LAST",
        "LINES",
    ];
    let right = [true, false, false, true, true, true, true, true, true, true];
    let rows: Vec<Vec<String>> = all.iter().take(limit).map(|seen| value_row(report, seen, layout)).collect();
    table::write_table(out, &header, &rows, &right, layout.columns)?;
    more(out, all.len(), limit, "values")
}

fn value_row(report: &MatchReport<'_>, seen: &Seen, layout: Layout) -> Vec<String> {
    let answers = [Answer::Hit, Answer::Miss, Answer::Denied, Answer::Error, Answer::Other];
    let mut row = vec![seen.line.to_string(), seen.kind.name().to_owned(), shown(seen).into_owned()];
    row.push(render::count(seen.summary.requests));
    row.extend(answers.map(|answer| render::count(seen.summary.answered(answer))));
    row.push(render::count(seen.summary.clients));
    row.push(layout.time(seen.summary.first));
    row.push(layout.time(seen.summary.last));
    row.push(lines::short(report.requests, &report.requests.cited(&seen.rows), RANGES));
    row
}

fn more(out: &mut impl Write, all: usize, limit: usize, what: &str) -> io::Result<()> {
    if all > limit {
        writeln!(out, "and {} more {what}; --limit N shows more, --format json all", render::count(all - limit))?;
    }
    Ok(())
}

fn write_unexplained(out: &mut impl Write, report: &MatchReport<'_>, layout: Layout) -> io::Result<()> {
    let Unexplained { absent, unanswered } = Unexplained::of(report.found);
    if absent.is_empty() && unanswered.is_empty() {
        return layout.labelled(
            out,
            "nothing",
            "every value of the list was answered with data to somebody in these logs",
        );
    }
    let named = |lines: &[u32]| format!("{}: {} of the list", render::counted(lines.len(), "value"), in_ranges(lines));
    if !absent.is_empty() {
        layout.labelled(out, "in no request", &named(&absent))?;
    }
    if !unanswered.is_empty() {
        layout.labelled(out, "never answered", &named(&unanswered))?;
    }
    layout.labelled(out, "so", "they came from elsewhere, at a time that these logs do not cover, or in a body or field that they do not record")
}

/// `lines 3-9, 12` with at most ten ranges.
fn in_ranges(lines: &[u32]) -> String {
    const SHOWN: usize = 10;
    let ranges: Vec<String> = lines
        .chunk_by(|a, b| a + 1 == *b)
        .map(|range| match range {
            [one] => one.to_string(),
            _ => format!("{}-{}", range[0], range[range.len() - 1]),
        })
        .collect();
    let more = if ranges.len() > SHOWN { " and more" } else { "" };
    let word = if lines.len() == 1 { "line" } else { "lines" };
    format!("{word} {}{more}", ranges[..ranges.len().min(SHOWN)].join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_put_into_ranges() {
        assert_eq!(in_ranges(&[3]), "line 3");
        assert_eq!(in_ranges(&[3, 4, 5, 9]), "lines 3-5, 9");
        let many: Vec<u32> = (0..30).map(|at| at * 2).collect();
        assert_eq!(in_ranges(&many), "lines 0, 2, 4, 6, 8, 10, 12, 14, 16, 18 and more");
    }
}
