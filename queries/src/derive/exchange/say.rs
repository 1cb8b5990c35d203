//! What was linked and what was not, in sentences for the coverage.

use super::{RANKS, Verdict, World, rank_name};
use crate::exchanges::{Basis, Clock, Exchanges};
use breachline_parsers::value::{counted, thousands};

const SECOND: i64 = 1_000_000;
const QUARTER: i64 = 900 * SECOND;
/// How far from a whole quarter of an hour a zone mistake may look.
const NEAR_QUARTER: i64 = 90 * SECOND;

/// Adds the sentences.
pub fn say(world: &World<'_>, exchanges: &mut Exchanges, verdicts: &[Verdict], notes: &mut Vec<String>) {
    counted_together(world, exchanges, verdicts, notes);
    exchanges.apart = apart(world, exchanges, verdicts);
    notes.extend_from_slice(&exchanges.apart);
    at_one_only(world, verdicts, notes);
    for clock in &exchanges.clocks {
        notes.push(of_clock(world, clock));
    }
}

fn counted_together(world: &World<'_>, exchanges: &Exchanges, verdicts: &[Verdict], notes: &mut Vec<String>) {
    let mut shared = 0_u64;
    let mut bases = [0_u64; 3];
    let mut ranks = [false; RANKS];
    let mut doubtful = 0_u64;
    for row in 0..world.facts.rows() as u32 {
        if exchanges.members(row).len() < 2 {
            doubtful += u64::from(!exchanges.counts(row));
            continue;
        }
        let siblings = exchanges.siblings(row, world.facts.source_values());
        if !exchanges.counts(row) || siblings.clone().nth(1).is_none() {
            continue;
        }
        shared += 1;
        siblings.clone().for_each(|sibling| ranks[world.rank_of(sibling) as usize] = true);
        // The weakest basis is what the exchange rests on.
        let weakest = siblings.filter_map(|sibling| exchanges.basis(sibling as usize)).max();
        bases[weakest.unwrap_or(Basis::Inferred) as usize] += 1;
    }
    if shared > 0 {
        let names: Vec<&str> = (0..RANKS as u8).filter(|&rank| ranks[rank as usize]).map(rank_name).collect();
        let words = ["by request id", "by trace id", "by inference"];
        let bases: Vec<String> = bases
            .iter()
            .zip(words)
            .filter(|(n, _)| **n > 0)
            .map(|(n, word)| format!("{} {word}", thousands(*n)))
            .collect();
        let shares: Vec<String> = verdicts.iter().filter(|verdict| !verdict.joins.is_empty()).map(share).collect();
        let seen = if names.len() > 1 { "seen at 2 or more vantages" } else { "logged by 2 or more sources" };
        let (were, once) = if shared == 1 { ("was", "and counts once") } else { ("were", "and count once") };
        let mut text = format!(
            "{} {were} {seen} ({}) {once}; basis: {}",
            counted(shared, "request"),
            names.join(", "),
            bases.join(", ")
        );
        for share in shares {
            text.push_str("; ");
            text.push_str(&share);
        }
        notes.push(text + ".");
    }
    if doubtful > 0 {
        notes.push(format!(
            "{} lines tell of requests that another vantage tells of as well, but so alike that none could be matched with \
             its own; they are not counted, so that none counts twice.",
            thousands(doubtful)
        ));
    }
}

/// `share of gateway rows linked to the edge 99.1 %`, of the vantage that is linked better.
fn share(verdict: &Verdict) -> String {
    let shares = [0, 1].map(|side| verdict.linked[side] as f64 / verdict.rows[side].max(1) as f64);
    let side = usize::from(shares[1] >= shares[0]);
    let names = [verdict.outer, verdict.inner].map(rank_name);
    format!("share of {} rows linked to the {} {:.1} %", names[side], names[1 - side], shares[side] * 100.0)
}

/// Pairs of vantages that could not be linked.
fn apart(world: &World<'_>, exchanges: &Exchanges, verdicts: &[Verdict]) -> Vec<String> {
    let mut notes = Vec::new();
    for verdict in verdicts.iter().filter(|verdict| verdict.joins.is_empty()) {
        let together = |rank: u8| -> Vec<u32> {
            let of_rank = world.rank.iter().zip(&exchanges.family).filter(|(of, _)| **of == rank);
            of_rank.map(|(_, family)| *family).collect()
        };
        // Vantages that are linked through a third one.
        if together(verdict.outer).iter().any(|family| together(verdict.inner).contains(family)) {
            continue;
        }
        let [outer, inner] = [verdict.outer, verdict.inner].map(rank_name);
        notes.push(if verdict.rows.contains(&0) {
            format!("{outer} and {inner} cover no hour together: they are judged apart and never added up.")
        } else {
            format!(
                "{outer} and {inner} could not be linked ({}, within the hours that both cover): they are judged \
                 apart and never added up.",
                share(verdict)
            )
        });
    }
    notes
}

/// Sources none of whose requests were found at another vantage, where others were.
fn at_one_only(world: &World<'_>, verdicts: &[Verdict], notes: &mut Vec<String>) {
    let linked = |source: usize| {
        verdicts.iter().flat_map(|verdict| &verdict.joins).any(|join| join.0 == source || join.1 == source)
    };
    let others: Vec<&str> = (0..world.sources.len())
        .filter(|&source| world.sources[source].rows > 0 && !linked(source))
        .map(|source| world.sources[source].path.as_str())
        .collect();
    if !others.is_empty() && verdicts.iter().any(|verdict| !verdict.joins.is_empty()) {
        const SHOWN: usize = 5;
        let more = if others.len() > SHOWN { format!(" and {} more", others.len() - SHOWN) } else { String::new() };
        let shown = others[..others.len().min(SHOWN)].join(", ");
        notes.push(format!("requests of these sources were found at no other vantage: {shown}{more}."));
    }
}

fn of_clock(world: &World<'_>, clock: &Clock) -> String {
    let source = &world.sources[clock.source as usize];
    let reference = clock.against;
    let n = thousands(clock.n as u64);
    let basis = if clock.exact { "linked requests" } else { "requests to rarely used paths, inferred" };
    let rest = format!("from {n} {basis}, half of them within {} s; `ts` is left as logged", seconds(clock.spread_us));
    let path = &source.path;
    if clock.offset_us.abs() < SECOND / 2 {
        return format!(
            "clock of {path} agrees with that of the {reference} to {} s, {rest}.",
            seconds(clock.offset_us.abs())
        );
    }
    let way = if clock.offset_us > 0 { "ahead of" } else { "behind" };
    let mut text =
        format!("clock of {path} is {} s {way} that of the {reference}, {rest}", seconds(clock.offset_us.abs()));
    let quarters = (clock.offset_us + QUARTER / 2).div_euclid(QUARTER);
    if quarters != 0 && (clock.offset_us - quarters * QUARTER).abs() <= NEAR_QUARTER {
        text.push_str(&zone_mistake(&source.path, &source.zone, quarters));
    }
    text.push('.');
    text
}

/// Seconds with as many digits as tell anything.
fn seconds(micros: i64) -> String {
    let digits = if micros < 10_000 { 3 } else { usize::from(micros < 1_000 * SECOND) };
    let text = format!("{:.digits$}", micros as f64 / 1e6);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A difference in whole quarters of an hour is a matter of zones.
fn zone_mistake(path: &str, zone: &str, quarters: i64) -> String {
    let minutes = quarters * 15;
    let sign = if minutes < 0 { '-' } else { '+' };
    let by = format!("{sign}{}:{:02}", minutes.abs() / 60, minutes.abs() % 60);
    match zone.strip_prefix("assumed ") {
        Some("UTC") => match zone_of(minutes) {
            Some(name) => {
                format!(
                    "; that is a zone, not a clock: its times seem to be in UTC{by}, see --assume-tz '{path}={name}'"
                )
            }
            None => format!("; that looks like a zone ({by}) rather than a clock, see --assume-tz '{path}=ZONE'"),
        },
        Some(assumed) => format!(
            "; that is a zone, not a clock: its times seem to be {by} from {assumed}, see --assume-tz '{path}=ZONE'"
        ),
        None => format!("; that looks like a zone ({by}) written wrongly by the logging host rather than a clock"),
    }
}

/// A zone that is so many minutes east of UTC.
fn zone_of(minutes: i64) -> Option<String> {
    if minutes % 60 == 0 {
        // These names count hours west of UTC.
        return (minutes.abs() <= 12 * 60 || minutes / 60 <= 14).then(|| format!("Etc/GMT{:+}", -minutes / 60));
    }
    let name = match minutes {
        -210 => "America/St_Johns",
        210 => "Asia/Tehran",
        270 => "Asia/Kabul",
        330 => "Asia/Kolkata",
        345 => "Asia/Kathmandu",
        390 => "Asia/Yangon",
        525 => "Australia/Eucla",
        570 => "Australia/Darwin",
        630 => "Australia/Lord_Howe",
        765 => "Pacific/Chatham",
        _ => return None,
    };
    Some(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_quarters_of_an_hour_are_zones() {
        assert_eq!(zone_of(540).as_deref(), Some("Etc/GMT-9"));
        assert_eq!(zone_of(-300).as_deref(), Some("Etc/GMT+5"));
        assert_eq!(zone_of(330).as_deref(), Some("Asia/Kolkata"));
        assert_eq!(zone_of(-15), None);
        assert!(zone_mistake("a.log", "assumed UTC", 36).ends_with("--assume-tz 'a.log=Etc/GMT-9'"));
    }

    #[test]
    fn seconds_have_no_idle_digits() {
        assert_eq!([0, 3_200_000, 2_000_000, 4_000, 32_400_000_000].map(seconds), ["0", "3.2", "2", "0.004", "32400"]);
    }
}
