//! What these logs cover, in words and as data: the bounds of every negative answer.

use super::hunt_json::{GapOut, Time, gap_out};
use super::hunt_table::Layout;
use crate::render;
use breachline_queries::reach::Reach;
use breachline_queries::requests::Requests;
use serde::Serialize;
use std::io::{self, Write};

/// Gaps that are named one by one.
const NAMED: usize = 3;

/// What these logs cover, as data.
#[derive(Serialize)]
pub struct ReachOut<'a> {
    from: Option<Time>,
    until: Option<Time>,
    gaps: Vec<GapOut>,
    /// Stretches between the hours of all sources.
    uncovered: Vec<(Time, Time)>,
    unread_records: u64,
    requests_without_time: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    limited_by: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    sampled: &'a [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    cut: &'a [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    notes: &'a [String],
}

impl<'a> ReachOut<'a> {
    /// The data of a reach, with what was assumed.
    #[must_use]
    pub fn new(reach: &'a Reach, notes: &'a [String]) -> Self {
        Self {
            from: reach.from.map(Time),
            until: reach.until.map(Time),
            gaps: reach.gaps.iter().map(gap_out).collect(),
            uncovered: reach.holes.iter().map(|&(from, until)| (Time(from), Time(until))).collect(),
            unread_records: reach.unread,
            requests_without_time: reach.untimed,
            limited_by: reach.limited.as_deref(),
            sampled: &reach.sampled,
            cut: &reach.cut,
            notes,
        }
    }
}

/// What is not covered, a clause each; nothing where all is.
#[must_use]
pub fn limits(reach: &Reach, layout: Layout) -> Vec<String> {
    let span = |from: i64, until: i64| format!("{} .. {}", layout.time(Some(from)), layout.time(Some(until)));
    let mut limits = Vec::new();
    let mut gaps: Vec<(i64, i64, u32)> = reach.gaps.iter().map(|gap| (gap.from, gap.until, gap.source)).collect();
    // The longest gaps hide most.
    gaps.sort_by_key(|&(from, until, source)| (from - until, from, source));
    for &(from, until, source) in gaps.iter().take(NAMED) {
        limits.push(format!("no records in source {} between {}", source + 1, span(from, until)));
    }
    if gaps.len() > NAMED {
        limits.push(format!("{} more such gaps", render::count(gaps.len() - NAMED)));
    }
    for &(from, until) in reach.holes.iter().take(NAMED) {
        limits.push(format!("no source covers {}", span(from, until)));
    }
    if reach.holes.len() > NAMED {
        limits.push(format!("{} more such stretches", render::count(reach.holes.len() - NAMED)));
    }
    if reach.unread > 0 {
        limits.push(format!(
            "{} could not be read and may be anything",
            render::counted(reach.unread as usize, "record")
        ));
    }
    if reach.untimed > 0 {
        limits.push(format!("{} carry no time", render::counted(reach.untimed as usize, "request")));
    }
    limits.extend(reach.sampled.iter().map(|path| format!("{path} keeps only some of its requests")));
    limits.extend(reach.cut.iter().map(|path| format!("{path} was not read to its end")));
    limits
}

/// A negative answer with its bounds: `no … was seen between A and B; gaps: …`.
#[must_use]
pub fn negative(what: &str, reach: &Reach, layout: Layout) -> String {
    let (Some(from), Some(until)) = (reach.from, reach.until) else {
        return format!("{what} was seen, but these logs cover nothing of the time that was asked about");
    };
    let limits = limits(reach, layout);
    let gaps = if limits.is_empty() { "no gaps are known".to_owned() } else { format!("gaps: {}", limits.join("; ")) };
    let limited = reach.limited.as_ref().map_or_else(String::new, |words| format!(" (looked at: {words})"));
    format!("{what} was seen between {} and {}{limited}; {gaps}", layout.time(Some(from)), layout.time(Some(until)))
}

/// Writes hours, what they leave out, and the sources by the numbers that lines are named with.
pub fn write(out: &mut impl Write, reach: &Reach, requests: &Requests, layout: Layout) -> io::Result<()> {
    layout.labelled(out, "hours", &layout.span(reach.from, reach.until))?;
    if let Some(words) = &reach.limited {
        layout.labelled(out, "looked at", words)?;
    }
    let limits = limits(reach, layout);
    if !limits.is_empty() {
        layout.labelled(out, "not covered", &limits.join("; "))?;
    }
    for note in &reach.apart {
        layout.labelled(out, "vantages", note)?;
    }
    for source in requests.sources.iter().filter(|source| source.rows > 0) {
        layout.labelled(out, &format!("source {}", source.id + 1), &source.path)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use breachline_queries::finding::Gap;

    #[test]
    fn a_negative_answer_has_its_bounds() {
        let layout = Layout { columns: 100, colours: false, zone: chrono_tz::Tz::UTC };
        let mut reach = Reach { from: Some(0), until: Some(3_600_000_000), ..Reach::default() };
        let said = |reach: &Reach| negative("no request for /a", reach, layout);
        assert_eq!(
            said(&reach),
            "no request for /a was seen between 1970-01-01 00:00:00Z and 1970-01-01 01:00:00Z; no gaps are known"
        );
        reach.gaps.push(Gap { source: 0, from: 60_000_000, until: 900_000_000 });
        reach.unread = 1;
        assert!(said(&reach).ends_with(
            "; gaps: no records in source 1 between 1970-01-01 00:01:00Z .. 1970-01-01 00:15:00Z; 1 record could not be \
             read and may be anything"
        ));
        assert!(said(&Reach::default()).contains("cover nothing"));
    }
}
