//! What these logs can speak for.

use super::HuntOptions;
use super::missing_files::missing_files;
use super::shelf::Shelf;
use crate::finding::{Coverage, Finding, Gap, RuleState, RuleVerdict};
use crate::requests::Requests;
use crate::selection::rfc3339;
use breachline_parsers::report::{Basis, Completeness, SourceReport};
use breachline_parsers::table::NO_NUMBER;
use breachline_parsers::value::thousands;

/// Pauses shorter than this are no gaps, whatever the log's rhythm (ten minutes).
const LEAST_GAP: i64 = 600_000_000;

/// Requests that are usual at a time, so that none at all is a gap.
pub const BUSY: usize = 30;

/// Records from which a source has a rhythm to miss.
pub const RHYTHM: usize = 100;

const DAY: i64 = 86_400_000_000;

/// Lines this far behind an earlier one are out of order; less is how long requests take (one minute).
const OUT_OF_ORDER: i64 = 60_000_000;

/// Hours, gaps, judged rules, assumptions.
pub fn cover(shelf: &Shelf<'_>, verdicts: &[RuleVerdict], findings: &[Finding], options: &HuntOptions) -> Coverage {
    let requests = shelf.requests;
    let mut notes = requests.derived.notes.clone();
    if options.extract {
        notes.push(
            "--extract: these logs are a selection of what there was: counts are lower bounds, comparisons with others, \
             absences and first-seen claims were not judged, and a gap or a silent rule says nothing."
                .to_owned(),
        );
    }
    notes.extend(declared(requests));
    notes.extend(limited(requests));
    notes.extend(clean(shelf, findings, options));
    notes.extend(out_of_order(requests));
    for source in &requests.sources {
        if !source.zone.starts_with("stated") && source.rows > 0 {
            notes.push(format!("{}: times carry no zone; {}", source.path, source.zone));
        }
        if let Some(rate) = source.sampled() {
            // Rows may stand for different numbers: 1 in 1.5 is not 1 in 2.
            let digits = usize::from(rate > 0.1 && (1.0 / rate).fract() > 0.05);
            notes.push(format!("{}: sampled 1 in {:.digits$}: counts are lower bounds", source.path, 1.0 / rate));
        }
        notes.extend(doubts(source));
        match &source.completeness {
            Completeness::Cut(why) | Completeness::Unreadable(why) => notes.push(why.clone()),
            Completeness::Whole | Completeness::Unknown(_) | Completeness::Duplicate(_) => {}
        }
        if source.rejects > 0 && source.format.is_some() {
            notes.push(format!(
                "{}: {} of {} records could not be read and were not judged",
                source.path,
                thousands(source.rejects),
                thousands(source.records)
            ));
        }
    }
    notes.extend(copies(&requests.sources));
    notes.extend(missing_files(&requests.sources));
    notes.sort();
    notes.dedup();
    Coverage {
        from: requests.sources.iter().filter_map(|source| source.first).min(),
        until: requests.sources.iter().filter_map(|source| source.last).max(),
        gaps: shelf.gaps().to_vec(),
        rules_judged: verdicts.iter().filter(|verdict| verdict.state != RuleState::NotEvaluable).count(),
        rules_total: verdicts.len(),
        suppressed: Vec::new(),
        notes,
    }
}

/// What the analyst declared, or what was assumed since nothing was.
fn declared(requests: &Requests) -> Vec<String> {
    let declared = &requests.derived.declared;
    let mut notes = declared.notes.clone();
    if let Some((path, sha256)) = &declared.openapi {
        notes.push(format!(
            "--openapi {path} (SHA-256 {sha256}): routes, required credentials and what is documented are taken from it."
        ));
    }
    let Some((path, sha256)) = &declared.file else {
        notes.push(
            "without --context: no route is known to be public or protected, and nobody to be a partner, crawler, scanner or \
             health check; what is ordinary was learnt from these logs."
                .to_owned(),
        );
        return notes;
    };
    notes.push(format!("--context {path} (SHA-256 {sha256}): what it declares was not checked against anything."));
    notes
}

/// From which time populations were drawn.
fn clean(shelf: &Shelf<'_>, findings: &[Finding], options: &HuntOptions) -> Option<String> {
    let (from, until) = options.baseline?;
    let range = format!("--baseline {}..{}", rfc3339(from), rfc3339(until));
    let Some(clean) = &shelf.clean else {
        return Some(format!("{range}: no request lies in it, so populations are drawn from all that was read."));
    };
    let inside = |finding: &&Finding| finding.evidence.iter().any(|&row| shelf.is_clean(row));
    Some(format!(
        "{range}: peers, routes' own rates and first-seen are drawn from its {} of {} requests (counts of peers scaled by \
         {:.2} to the whole time); findings are not looked for less there, and {} have evidence in it.",
        thousands(clean.rows.ones().filter(|&row| shelf.requests.counts(row as u32)).count() as u64),
        thousands(shelf.requests.counted().count() as u64),
        clean.scale,
        findings.iter().filter(inside).count()
    ))
}

/// What the report is limited to.
fn limited(requests: &Requests) -> Option<String> {
    let selected = requests.derived.selected.as_ref()?;
    let counted = thousands(selected.order.iter().filter(|&&row| requests.counts(row)).count() as u64);
    Some(format!(
        "{}: findings are reported where their evidence falls into these {counted} of {} requests, and only that part \
         of it; rules measured and compared all that was read.",
        selected.words,
        thousands(requests.counted().count() as u64)
    ))
}

/// What had to be decided while a source was read, a sentence each.
fn doubts(source: &SourceReport) -> Vec<String> {
    let path = &source.path;
    let zone = source.zone.strip_prefix("assumed ").unwrap_or(&source.zone);
    let mut notes = Vec::new();
    if source.folded > 0 {
        let (times, occur) = if source.folded == 1 { ("time", "occurs") } else { ("times", "occur") };
        notes.push(format!(
            "{path}: {} {times} {occur} twice in {zone} (the clock was set back), and the order of lines does not tell which is meant; the earlier was taken",
            source.folded
        ));
    }
    if source.gaps > 0 {
        let (times, never) = if source.gaps == 1 { ("time", "never occurs") } else { ("times", "never occur") };
        notes.push(format!(
            "{path}: {} {times} {never} in {zone} (the clock was set forward): the zone is doubtful, try --assume-tz",
            source.gaps
        ));
    }
    notes.extend(source.holes());
    if let Some(encoding) = source.encoding {
        notes.push(format!("{path}: written in {encoding}; byte offsets count its text in UTF-8"));
    }
    let looked: Vec<String> = source
        .mapped
        .iter()
        .filter(|mapped| mapped.basis == Basis::Look)
        .map(|mapped| format!("{} = {}", mapped.column, mapped.key))
        .collect();
    if !looked.is_empty() {
        notes.push(format!("{path}: columns told by the look of their values: {}", looked.join(", ")));
    }
    if !source.others.is_empty() {
        let mixed: Vec<String> =
            source.others.iter().map(|other| format!("{} in {}", thousands(other.rows), other.named())).collect();
        notes.push(format!("{path}: of its {} rows are {}", thousands(source.rows), mixed.join(" and ")));
    }
    notes
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

/// Sources with lines that stand more than a minute behind an earlier one: several logs in one file, or a clock that
/// was set back.
fn out_of_order(requests: &Requests) -> Vec<String> {
    let mut latest = vec![i64::MIN; requests.sources.len()];
    let mut behind = vec![(0_u64, 0_i64); requests.sources.len()];
    for (&source, &ts) in requests.facts.source_values().iter().zip(requests.facts.ts_values()) {
        let Some(latest) = latest.get_mut(source as usize).filter(|_| ts != NO_NUMBER) else { continue };
        let by = latest.saturating_sub(ts);
        if *latest != i64::MIN && by > OUT_OF_ORDER {
            let behind = &mut behind[source as usize];
            *behind = (behind.0 + 1, behind.1.max(by));
        }
        *latest = (*latest).max(ts);
    }
    let told = requests.sources.iter().zip(behind).filter(|(_, behind)| behind.0 > 0);
    told.map(|(source, (lines, most))| {
        format!(
            "{}: {lines} of {} lines are out of order, by up to {} s; requests are ordered by time",
            source.path,
            source.rows,
            most / 1_000_000
        )
    })
    .collect()
}

/// Pauses of a source of at least ten minutes and twenty times its own 99th percentile pause, or at hours that are busy
/// on other days. Sources with fewer than 100 records have no rhythm to miss, and a pause at the same hours on another
/// day is the night.
pub fn gaps(requests: &Requests) -> Vec<Gap> {
    let mut times: Vec<Vec<i64>> = vec![Vec::new(); requests.sources.len()];
    for &row in &requests.order {
        if let Some(ts) = requests.facts.ts(row as usize)
            && let Some(times) = times.get_mut(requests.facts.source(row as usize) as usize)
        {
            times.push(ts);
        }
    }
    let of_source = |(source, times): (usize, &Vec<i64>)| {
        let gap = move |(from, until): (i64, i64)| Gap { source: source as u32, from, until };
        pauses(times).into_iter().map(gap).collect::<Vec<Gap>>()
    };
    let mut gaps: Vec<Gap> = times.iter().enumerate().flat_map(of_source).collect();
    gaps.sort_by_key(|gap| (gap.from, gap.source));
    gaps
}

/// The same over the ascending times of one source, or of whatever else is logged together.
pub fn pauses(times: &[i64]) -> Vec<(i64, i64)> {
    if times.len() < RHYTHM {
        return Vec::new();
    }
    let between = || times.windows(2).map(|pair| (pair[0], pair[1]));
    let mut lengths: Vec<i64> = between().map(|(from, until)| until - from).collect();
    lengths.sort_unstable();
    let usual = lengths[(lengths.len() * 99 / 100).min(lengths.len() - 1)];
    let least = LEAST_GAP.max(usual.saturating_mul(20));
    let long: Vec<(i64, i64)> = between().filter(|(from, until)| until - from >= least).collect();
    let mut pauses: Vec<(i64, i64)> = long.iter().copied().filter(|&pause| !recurs(pause, &long)).collect();
    let shorter = between().filter(|(from, until)| (LEAST_GAP..least).contains(&(until - from)));
    pauses.extend(shorter.filter(|&(from, until)| is_busy_elsewhere(from, until, times)));
    pauses.sort_unstable();
    pauses
}

/// Whether on other days the same hours are busy: at least three such days lie within the source, and the median of
/// them has [`BUSY`] requests in that time. Where so many are usual, none at all is no chance.
fn is_busy_elsewhere(from: i64, until: i64, times: &[i64]) -> bool {
    let mut counts: Vec<usize> =
        other_days(from, until, times).map(|by| within(times, from + by, until + by)).collect();
    counts.sort_unstable();
    counts.len() >= 3 && counts[(counts.len() - 1) / 2] >= BUSY
}

/// How far away the same hours of other days are, of those that lie within the ascending times of a source; none where
/// the hours are a day or more.
pub fn other_days(from: i64, until: i64, times: &[i64]) -> impl Iterator<Item = i64> + Clone + use<> {
    let (first, last) = if until - from < DAY { (times.first(), times.last()) } else { (None, None) };
    let (first, last) = first.copied().zip(last.copied()).unwrap_or((until, from));
    let days = (first - from).div_euclid(DAY)..=(last - until).div_euclid(DAY);
    days.map(|day| day * DAY).filter(move |by| *by != 0 && from + by >= first && until + by <= last)
}

/// How many of ascending times lie between two, the ends left out.
pub fn within(times: &[i64], from: i64, until: i64) -> usize {
    times.partition_point(|&ts| ts < until).saturating_sub(times.partition_point(|&ts| ts <= from))
}

/// Whether the middle of a pause, on another day, falls into another pause of the same source.
fn recurs((from, until): (i64, i64), pauses: &[(i64, i64)]) -> bool {
    let middle = from + (until - from) / 2;
    pauses.iter().filter(|other| **other != (from, until)).any(|&(from, until)| {
        let same_hour = middle + (from - middle).div_euclid(DAY) * DAY;
        [same_hour, same_hour + DAY].iter().any(|at| (from..=until).contains(at))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Log;

    #[test]
    fn what_had_to_be_decided_is_said() {
        use breachline_parsers::report::MixedIn;
        let mut source = crate::testing::report(0, "a.log");
        assert!(doubts(&source).is_empty());
        source.zone = "assumed Europe/Berlin".to_owned();
        (source.folded, source.gaps, source.encoding, source.rows) = (3, 1, Some("EUC-KR"), 60);
        source.others = vec![
            MixedIn { format: "kong".to_owned(), wrappers: Vec::new(), rows: 20 },
            MixedIn { format: "nginx-combined".to_owned(), wrappers: vec!["syslog"], rows: 10 },
        ];
        assert_eq!(
            doubts(&source),
            [
                "a.log: 3 times occur twice in Europe/Berlin (the clock was set back), and the order of lines does not tell which is meant; the earlier was taken",
                "a.log: 1 time never occurs in Europe/Berlin (the clock was set forward): the zone is doubtful, try --assume-tz",
                "a.log: written in EUC-KR; byte offsets count its text in UTF-8",
                "a.log: of its 60 rows are 20 in kong and 10 in nginx-combined in syslog",
            ]
        );
    }

    #[test]
    fn a_nightly_pause_recurs_and_a_hole_in_the_afternoon_does_not() {
        const HOUR: i64 = 3_600_000_000;
        let gap = |from: i64, until: i64| (from * HOUR, until * HOUR);
        let gaps = [gap(22, 30), gap(46, 55), gap(62, 64)];
        let kept: Vec<bool> = gaps.iter().map(|&gap| recurs(gap, &gaps)).collect();
        assert_eq!(kept, [true, true, false]);
    }

    /// Ten days with a request a minute by day and one in nine minutes by night; on the fifth none between two hours.
    fn days(from: f64, until: f64) -> Vec<Gap> {
        let mut log = Log::new();
        for day in 0..10_i32 {
            let mut at = 0.0;
            while at < 24.0 {
                if day != 4 || !(from..until).contains(&at) {
                    log = log.row(|r| r.at((f64::from(day) * 24.0 + at) * 3_600.0).get("/"));
                }
                at += if (8.0..18.0).contains(&at) { 1.0 / 60.0 } else { 0.15 };
            }
        }
        gaps(&log.build())
    }

    #[test]
    fn a_pause_at_hours_that_are_busy_on_other_days_is_a_gap() {
        assert_eq!(days(0.0, 0.0), [], "nights are none");
        let found = days(11.0, 13.0);
        let [gap] = found.as_slice() else { unreachable!("{found:?}") };
        assert!((120..=123).contains(&((gap.until - gap.from) / 60_000_000)), "{gap:?}");
        assert_eq!(days(11.0, 11.1), [], "six minutes");
        assert_eq!(days(11.0, 11.4), [], "twenty-four requests are usual, which chance may leave out");
        assert_eq!(days(1.0, 3.0), [], "thirteen requests are usual at night");
    }
}
