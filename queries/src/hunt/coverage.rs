//! What these logs can speak for.

use crate::finding::{Coverage, Gap, RuleState, RuleVerdict};
use crate::requests::Requests;
use breachline_parsers::report::{Completeness, SourceReport};

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
            Completeness::Whole | Completeness::Unknown(_) | Completeness::Duplicate(_) => {}
        }
        if source.rejects > 0 && source.format.is_some() {
            notes.push(format!(
                "{}: {} of {} records could not be read and were not judged",
                source.path, source.rejects, source.records
            ));
        }
    }
    notes.extend(copies(&requests.sources));
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

/// Sources that were read once, under another name: each in a sentence, or all in one where they are many.
fn copies(sources: &[SourceReport]) -> Vec<String> {
    const EACH: usize = 10;
    let found: Vec<&String> = sources
        .iter()
        .filter_map(|source| match &source.completeness {
            Completeness::Duplicate(why) => Some(why),
            _ => None,
        })
        .collect();
    match found.as_slice() {
        [first, ..] if found.len() > EACH => {
            vec![format!("{} sources hold what others hold and were read once; the first: {first}", found.len())]
        }
        _ => found.into_iter().cloned().collect(),
    }
}

/// Pauses of a source of at least ten minutes and twenty times its own 99th percentile pause. Sources with fewer
/// than 100 records have no rhythm to miss, and a pause at the same hours on another day is the night.
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
        let of_source: Vec<Gap> = times.windows(2).filter(|pair| pair[1] - pair[0] >= least).map(pair).collect();
        gaps.extend(of_source.iter().filter(|gap| !recurs(gap, &of_source)).cloned());
    }
    gaps.sort_by_key(|gap| (gap.from, gap.source));
    gaps
}

/// Whether the middle of a pause, on another day, falls into another pause of the same source.
fn recurs(gap: &Gap, gaps: &[Gap]) -> bool {
    const DAY: i64 = 86_400_000_000;
    let middle = gap.from + (gap.until - gap.from) / 2;
    gaps.iter().filter(|other| *other != gap).any(|other| {
        let same_hour = middle + (other.from - middle).div_euclid(DAY) * DAY;
        [same_hour, same_hour + DAY].iter().any(|at| (other.from..=other.until).contains(at))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nightly_pause_recurs_and_a_hole_in_the_afternoon_does_not() {
        const HOUR: i64 = 3_600_000_000;
        let gap = |from: i64, until: i64| Gap { source: 0, from: from * HOUR, until: until * HOUR };
        let gaps = [gap(22, 30), gap(46, 55), gap(62, 64)];
        let kept: Vec<bool> = gaps.iter().map(|gap| recurs(gap, &gaps)).collect();
        assert_eq!(kept, [true, true, false]);
    }
}
