//! A hunt with all rules, stage by stage: what reading, deriving and judging cost, and their shares.
//!
//! `stages FILE... [--threads N] [--rounds N]`: CPU seconds of the whole process, the least of some rounds (3).
#![allow(clippy::print_stdout, clippy::unwrap_used, missing_docs)]

#[path = "../../parsers/benches/shared/mod.rs"]
#[allow(dead_code)] // what makes logs up is for the others
mod shared;

use breachline_parsers::load::{LoadOptions, load};
use breachline_queries::derive::{DeriveOptions, derive};
use breachline_queries::hunt::{HuntOptions, hunt};
use breachline_queries::rule::builtin;
use shared::{cpu_seconds, peak_mib};
use std::fs;
use std::time::Instant;

const STAGES: [&str; 3] = ["parse", "normalise", "rules"];

/// CPU and wall seconds of each stage.
type Costs = [(f64, f64); STAGES.len()];

fn main() {
    let (mut paths, mut threads, mut rounds) = (Vec::new(), 0, 3);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--bench" => {}
            "--threads" => threads = arguments.next().unwrap().parse().unwrap(),
            "--rounds" => rounds = arguments.next().unwrap().parse().unwrap(),
            _ => paths.push(argument),
        }
    }
    if paths.is_empty() {
        println!("no FILE given: benches/compare.sh writes one");
        return;
    }
    let bytes: u64 = paths.iter().map(|path| fs::metadata(path).unwrap().len()).sum();
    let mut least = [(f64::INFINITY, f64::INFINITY); STAGES.len()];
    for _ in 0..rounds {
        for (least, cost) in least.iter_mut().zip(measure(&paths, threads)) {
            *least = (least.0.min(cost.0), least.1.min(cost.1));
        }
    }
    let whole: f64 = least.iter().map(|(cpu, _)| cpu).sum();
    let megabytes = bytes as f64 / 1e6;
    for (stage, (cpu, wall)) in STAGES.iter().zip(least) {
        println!("{stage}: cpu_seconds {cpu:.2} share {:.0} % wall_seconds {wall:.2}", 100.0 * cpu / whole);
    }
    println!("megabytes {megabytes:.1} cpu_seconds {whole:.2} mb_per_second_per_core {:.0}", megabytes / whole);
    println!("peak_mib {:.0}", peak_mib());
}

/// Hunts once.
fn measure(paths: &[String], threads: usize) -> Costs {
    let rules = builtin();
    let (loaded, parse) =
        timed(|| load(paths, &LoadOptions { threads, ..LoadOptions::default() }, &mut |_| {}).unwrap());
    let (requests, normalise) = timed(|| derive(loaded.facts, loaded.sources, &DeriveOptions::default()).unwrap());
    let (found, judge) = timed(|| hunt(&requests, &rules, &HuntOptions { threads, ..HuntOptions::default() }));
    println!("rows {} rules {} findings {}", requests.rows(), rules.len(), found.findings.len());
    [parse, normalise, judge]
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, (f64, f64)) {
    let (cpu, wall) = (cpu_seconds(), Instant::now());
    let made = work();
    (made, (cpu_seconds() - cpu, wall.elapsed().as_secs_f64()))
}
