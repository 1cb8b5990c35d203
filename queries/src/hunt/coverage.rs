//! What these logs can speak for.

use crate::finding::{Coverage, Gap, RuleState, RuleVerdict};
use crate::requests::Requests;
use breachline_parsers::report::Completeness;

/// Pauses shorter than this are no gaps, whatever the log's rhythm (ten minutes).
const LEAST_GAP: i64 = 600_000_000;

/// Hours, gaps, judged rules, assumptions.
pub fn cover(requests: &Requests, verdicts: &[RuleVerdict]) -> Coverage {
    let mut notes = requests.derived.notes.clone();
    for source in &requests.sources {
        if !source.zone.starts_with("stated") && source.rows > 0 {
            notes.push(format!("{}: times carry no zone; {}", source.path, source.zone));
        }
        match &source.completeness {
            Completeness::Cut(why) | Completeness::Unreadable(why) => notes.push(why.clone()),
            Completeness::Whole | Completeness::Unknown(_) => {}
        }
        if source.rejects > 0 && source.format.is_some() {
            notes.push(format!(
                "{}: {} of {} records could not be read and were not judged",
                source.path, source.rejects, source.records
            ));
        }
    }
    let unknown: Vec<&str> = requests
        .sources
        .iter()
        .filter(|source| matches!(source.completeness, Completeness::Unknown(_)))
        .map(|source| source.path.as_str())
        .collect();
    if let [first, others @ ..] = unknown.as_slice() {
        let more = if others.is_empty() { String::new() } else { format!(" and {} more", others.len()) };
        notes.push(format!("no known format fits {first}{more}; nothing in there was judged"));
    }
    notes.sort();
    notes.dedup();
    Coverage {
        from: requests.sources.iter().filter_map(|source| source.first).min(),
        until: requests.sources.iter().filter_map(|source| source.last).max(),
        gaps: gaps(requests),
        rules_judged: verdicts.iter().filter(|verdict| verdict.state != RuleState::NotEvaluable).count(),
        rules_total: verdicts.len(),
        notes,
    }
}

/// Pauses of a source of at least ten minutes and twenty times its own 99th percentile pause; sources with fewer
/// than 100 records have no rhythm to miss.
fn gaps(requests: &Requests) -> Vec<Gap> {
    let mut times: Vec<Vec<i64>> = vec![Vec::new(); requests.sources.len()];
    for &row in &requests.order {
        if let Some(ts) = requests.facts.ts(row as usize)
            && let Some(times) = times.get_mut(requests.facts.source(row as usize) as usize)
        {
            times.push(ts);
        }
    }
    let mut gaps = Vec::new();
    for (source, times) in times.iter().enumerate().filter(|(_, times)| times.len() >= 100) {
        let mut pauses: Vec<i64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
        pauses.sort_unstable();
        let usual = pauses[(pauses.len() * 99 / 100).min(pauses.len() - 1)];
        let least = LEAST_GAP.max(usual.saturating_mul(20));
        let pair = |pair: &[i64]| Gap { source: source as u32, from: pair[0], until: pair[1] };
        gaps.extend(times.windows(2).filter(|pair| pair[1] - pair[0] >= least).map(pair));
    }
    gaps
}
