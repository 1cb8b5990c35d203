//! The rhythm of a group: windows, days, schedules.
//!
//! All take times in microseconds UTC in ascending order.

const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;

/// Most rows in any half-open window `[t, t + width)`.
///
/// Two pointers; equal times count together, so ties do not matter.
pub fn busiest(times: &[i64], width: i64) -> u64 {
    let (mut best, mut start) = (0, 0);
    for end in 0..times.len() {
        while times[end] - times[start] >= width {
            start += 1;
        }
        best = best.max(end - start + 1);
    }
    best as u64
}

/// Most distinct values in any half-open window `[t, t + width)`; `visits` are `(time, code)` in order of time.
pub fn busiest_unique(visits: &[(i64, u32)], width: i64) -> u64 {
    let mut inside: hashbrown::HashMap<u32, u32, foldhash::fast::FixedState> = hashbrown::HashMap::default();
    let (mut best, mut start) = (0, 0);
    for &(time, code) in visits {
        *inside.entry(code).or_insert(0) += 1;
        while time - visits[start].0 >= width {
            if let Some(count) = inside.get_mut(&visits[start].1) {
                *count -= 1;
                if *count == 0 {
                    inside.remove(&visits[start].1);
                }
            }
            start += 1;
        }
        best = best.max(inside.len());
    }
    best as u64
}

/// Distinct buckets of that width with a row.
pub fn buckets(times: &[i64], width: i64) -> u64 {
    let mut count = 0;
    let mut last = None;
    for bucket in times.iter().map(|time| time.div_euclid(width)) {
        count += u64::from(last != Some(bucket));
        last = Some(bucket);
    }
    count
}

/// Distinct UTC days with a row.
pub fn days(times: &[i64]) -> u64 {
    buckets(times, DAY)
}

/// Distinct calendar hours with a row.
pub fn hours(times: &[i64]) -> u64 {
    buckets(times, HOUR)
}

/// Of the hours of the calendar from `first` to `last`: those with one of `times` (in order).
pub fn presence(times: &[i64], (first, last): (i64, i64)) -> f64 {
    let all = last.div_euclid(HOUR).saturating_sub(first.div_euclid(HOUR)).saturating_add(1);
    hours(times) as f64 / all as f64
}

/// Largest sum over one UTC day; `amounts` are `(time, amount)` in order of time.
pub fn busiest_day(amounts: &[(i64, i64)]) -> f64 {
    let mut best = 0.0_f64;
    let mut sum = 0_i128;
    let mut day = None;
    for &(time, amount) in amounts {
        if day != Some(time.div_euclid(DAY)) {
            day = Some(time.div_euclid(DAY));
            sum = 0;
        }
        sum += i128::from(amount);
        best = best.max(sum as f64);
    }
    best
}

/// Entropy of the hour of the day over `ln 24`: 0 for one hour only, 1 for round the clock.
pub fn evenness(times: &[i64]) -> Option<f64> {
    if times.is_empty() {
        return None;
    }
    let mut counts = [0_u64; 24];
    for time in times {
        counts[(time.rem_euclid(DAY) / HOUR) as usize] += 1;
    }
    let all = times.len() as f64;
    let entropy: f64 =
        counts.iter().filter(|&&count| count > 0).map(|&count| count as f64 / all).map(|p| -p * p.ln()).sum();
    Some((entropy / 24_f64.ln()).max(0.0))
}

/// Standard deviation over mean of the counts per hour, over the whole hours between first and last row.
///
/// `NULL` under six whole hours: a rhythm cannot be told from less.
pub fn pace_cv(times: &[i64]) -> Option<f64> {
    let (first, last) = (*times.first()?, *times.last()?);
    let hours = ((last - first) / HOUR) as usize;
    if hours < 6 {
        return None;
    }
    let mut counts = vec![0_u64; hours];
    for time in times {
        if let Some(count) = counts.get_mut(((time - first) / HOUR) as usize) {
            *count += 1;
        }
    }
    let mean = counts.iter().sum::<u64>() as f64 / hours as f64;
    let variance = counts.iter().map(|&count| (count as f64 - mean).powi(2)).sum::<f64>() / hours as f64;
    (mean > 0.0).then(|| variance.sqrt() / mean)
}

/// How far a job may be from its hour: clocks are put forward and back in spring and autumn, and none starts on the dot.
const DRIFT: i64 = HOUR + HOUR / 4;

/// Whether the group recurs like a job: on at least two days and on every day of its life, within at most
/// four hours of the day (the same ones, [`DRIFT`] allowed), and no day more than three times the median day.
pub fn scheduled(times: &[i64]) -> bool {
    let (Some(&first), Some(&last)) = (times.first(), times.last()) else { return false };
    // Days are cut where the group is quiet, so that a job that runs over midnight is one run a day.
    let mut runs: Vec<(i64, u64)> = Vec::new();
    let mut before = i64::MIN;
    for &time in times {
        match runs.last_mut() {
            Some(run) if time.saturating_sub(before) < 6 * HOUR => run.1 += 1,
            _ => runs.push((time, 1)),
        }
        before = time;
    }
    let life = (last - first).div_euclid(DAY) as usize + 1;
    if runs.len() < 2 || runs.len() < life || runs.len() > life + 1 {
        return false;
    }
    let busy: u64 = buckets(times, HOUR);
    let drift = |start: i64| {
        let apart = (start - first).rem_euclid(DAY);
        apart.min(DAY - apart)
    };
    let mut sizes: Vec<u64> = runs.iter().map(|run| run.1).collect();
    sizes.sort_unstable();
    let median = sizes[(sizes.len() - 1) / 2];
    runs.iter().all(|&(start, count)| drift(start) <= DRIFT && count <= 3 * median) && busy <= 4 * runs.len() as u64
}

/// How often a value comes back: it was there within `window` before, and another value was there strictly in between.
///
/// Roaming from one network to another gives none; use from two places at once gives one with nearly every request.
/// Visits stand in order of time; those at one and the same time are all before or after none of each other.
pub fn returns(visits: &[(i64, u32)], window: i64) -> u64 {
    each_return(visits, window).iter().map(|(_, count)| count).sum()
}

/// The same for each value that comes back at all.
pub fn each_return(visits: &[(i64, u32)], window: i64) -> Vec<(u32, u64)> {
    let mut seen: Vec<(u32, i64)> = Vec::new();
    let mut counts: std::collections::BTreeMap<u32, u64> = std::collections::BTreeMap::new();
    for moment in visits.chunk_by(|a, b| a.0 == b.0) {
        let now = moment[0].0;
        let mut values: Vec<u32> = moment.iter().map(|visit| visit.1).collect();
        values.sort_unstable();
        values.dedup();
        for &value in &values {
            let before = seen.iter().find(|known| known.0 == value).map(|known| known.1);
            let comes_back = before.is_some_and(|before| {
                now - before <= window && seen.iter().any(|&(other, at)| other != value && at > before)
            });
            if comes_back {
                *counts.entry(value).or_default() += 1;
            }
        }
        for value in values {
            match seen.iter_mut().find(|known| known.0 == value) {
                Some(known) => known.1 = now,
                None => seen.push((value, now)),
            }
        }
        // What was seen longer ago than the window can neither come back nor be in between.
        seen.retain(|known| now - known.1 <= window);
    }
    counts.into_iter().collect()
}

/// Of the pauses between successive rows, the share that is within a tenth of the median pause, or within a second of it.
///
/// `NULL` under four pauses. People are irregular; a device that tries again by the clock is not.
pub fn steady_share(times: &[i64]) -> Option<f64> {
    let pauses: Vec<i64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    if pauses.len() < 4 {
        return None;
    }
    let mut sorted = pauses.clone();
    sorted.sort_unstable();
    let median = sorted[(sorted.len() - 1) / 2];
    let slack = (median / 10).max(1_000_000);
    let steady = pauses.iter().filter(|&&pause| (pause - median).abs() <= slack).count();
    Some(steady as f64 / pauses.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nightly_job_is_scheduled_and_a_long_drain_is_not() {
        let nightly: Vec<i64> =
            (0..4).flat_map(|day| (0..50).map(move |i| day * DAY + 2 * HOUR + i * 20_000_000)).collect();
        assert!(scheduled(&nightly));
        let once: Vec<i64> = nightly[..50].to_vec();
        assert!(!scheduled(&once));
        let drain: Vec<i64> = (0..2_000).map(|i| i * 100_000_000).collect();
        assert!(!scheduled(&drain));
        let mut burst = nightly;
        burst.extend((0..500).map(|i| 4 * DAY + 2 * HOUR + i * 2_000_000));
        assert!(!scheduled(&burst), "ten times the usual night is not the usual job");
    }

    #[test]
    fn evenness_of_one_hour_and_of_a_day() {
        assert_eq!(evenness(&[0, 1, 2]), Some(0.0));
        let round: Vec<i64> = (0..24).map(|hour| hour * HOUR).collect();
        assert!(evenness(&round).is_some_and(|value| (value - 1.0).abs() < 1e-12));
        assert_eq!(evenness(&[]), None);
    }

    proptest::proptest! {
        #[test]
        fn returns_like_brute_force(mut visits in proptest::collection::vec((0_i64..40, 1_u32..4), 0..40), window in 1_i64..20) {
            visits.sort_unstable_by_key(|visit| visit.0);
            let mut distinct = visits.clone();
            distinct.sort_unstable();
            distinct.dedup();
            let back = distinct.iter().filter(|&&(now, value)| {
                let before = distinct.iter().filter(|visit| visit.1 == value && visit.0 < now).map(|visit| visit.0).max();
                before.is_some_and(|before| {
                    now - before <= window && distinct.iter().any(|visit| visit.1 != value && before < visit.0 && visit.0 < now)
                })
            });
            proptest::prop_assert_eq!(returns(&visits, window), back.count() as u64);
        }

        #[test]
        fn steady_pauses_like_brute_force(mut times in proptest::collection::vec(0_i64..90_000_000, 0..12)) {
            times.sort_unstable();
            let pauses: Vec<i64> = (1..times.len()).map(|at| times[at] - times[at - 1]).collect();
            let expected = (pauses.len() >= 4).then(|| {
                let under = |pause: i64| pauses.iter().filter(|&&other| other < pause).count();
                let upto = |pause: i64| pauses.iter().filter(|&&other| other <= pause).count();
                let middle = (pauses.len() - 1) / 2;
                let median = pauses.iter().copied().find(|&pause| under(pause) <= middle && upto(pause) > middle).unwrap_or(0);
                let near = |pause: i64| (pause - median).abs() <= 1_000_000 || (pause - median).abs() <= median / 10;
                pauses.iter().filter(|&&pause| near(pause)).count() as f64 / pauses.len() as f64
            });
            proptest::prop_assert_eq!(steady_share(&times), expected);
        }

        #[test]
        fn windows_like_brute_force(mut visits in proptest::collection::vec((0_i64..60, 0_u32..6), 0..50), width in 1_i64..20) {
            visits.sort_unstable();
            let times: Vec<i64> = visits.iter().map(|visit| visit.0).collect();
            let inside = |from: i64| visits.iter().filter(move |visit| (from..from + width).contains(&visit.0));
            let most = times.iter().map(|&from| inside(from).count() as u64).max().unwrap_or(0);
            proptest::prop_assert_eq!(busiest(&times, width), most);
            let distinct = |from: i64| inside(from).map(|visit| visit.1).collect::<std::collections::BTreeSet<_>>().len() as u64;
            let most = times.iter().map(|&from| distinct(from)).max().unwrap_or(0);
            proptest::prop_assert_eq!(busiest_unique(&visits, width), most);
        }
    }
}
