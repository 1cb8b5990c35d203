//! A bucket of small compressed objects, as balancers write them: what finding and reading them costs.
//!
//! `objects [--count N] [--lines N] [--threads N]`: N objects (20,000) of N lines (20), made anew in the directory for
//! temporary files and removed after.
#![allow(clippy::print_stdout, clippy::unwrap_used, missing_docs)]

mod shared;

use breachline_parsers::load::{LoadOptions, load};
use breachline_parsers::source::{Window, discover};
use flate2::write::GzEncoder;
use shared::{Dice, cpu_seconds, peak_mib};
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

/// Objects of one interval: one a node of the balancer.
const NODES: u64 = 4;

fn main() {
    let (mut count, mut lines, mut threads) = (20_000, 20, 1);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--count" => count = arguments.next().unwrap().parse().unwrap(),
            "--lines" => lines = arguments.next().unwrap().parse().unwrap(),
            "--threads" => threads = arguments.next().unwrap().parse().unwrap(),
            _ => {}
        }
    }
    let bucket = tempfile::tempdir().unwrap();
    let bytes = generate(bucket.path(), count, lines);
    println!("objects {count}, megabytes {:.1}", bytes as f64 / 1e6);
    let paths = [bucket.path().display().to_string()];
    measure("discover", count, || discover(&paths, Window::default()).sources.len() as u64);
    let hour = 1_710_201_600_000_000 + 3_600_000_000;
    let window = Window { since: Some(hour), until: Some(hour + 3_600_000_000) };
    measure("prune", count, || discover(&paths, window).pruned.names.len() as u64);
    for keep_raw in [false, true] {
        let options = LoadOptions { threads, keep_raw, ..LoadOptions::default() };
        measure(if keep_raw { "load, raw kept" } else { "load" }, count, || {
            let loaded = load(&paths, &options, &mut |_| {}).unwrap();
            assert_eq!(loaded.facts.rows() as u64, count * lines);
            loaded.sources.len() as u64
        });
    }
    println!("peak_mib {:.0}", peak_mib());
}

fn measure(name: &str, count: u64, work: impl FnOnce() -> u64) {
    let (cpu, wall) = (cpu_seconds(), Instant::now());
    let made = work();
    let (cpu, wall) = (cpu_seconds() - cpu, wall.elapsed().as_secs_f64());
    let each = cpu * 1e6 / count as f64;
    println!("{name}: {made} in cpu_seconds {cpu:.2} wall_seconds {wall:.2} cpu_microseconds_per_object {each:.0}");
}

/// Writes the objects of a bucket; returns their bytes.
fn generate(bucket: &Path, count: u64, lines: u64) -> u64 {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut bytes = 0;
    let mut text = String::new();
    for object in 0..count {
        let end = 1_710_201_600 + object / NODES * 300;
        let time = chrono::DateTime::from_timestamp(i64::try_from(end).unwrap(), 0).unwrap();
        let folder = bucket.join(time.format("AWSLogs/1/elasticloadbalancing/eu-west-1/%Y/%m/%d").to_string());
        fs::create_dir_all(&folder).unwrap();
        text.clear();
        for line in 0..lines {
            let at = time - chrono::TimeDelta::seconds(i64::try_from(lines - line).unwrap());
            let (stamp, user, object) = (at.format("%Y-%m-%dT%H:%M:%S"), dice.rank(5e4, 0.5), dice.rank(9e5, 0.4));
            writeln!(
                text,
                r#"https {stamp}.{:06}Z app/web/50dc6c495c0c9188 198.51.{}.{}:{} 10.0.0.1:80 0.000 0.{:03} 0.000 200 200 {} {} "GET https://api.example.com:443/v1/customers/{object}?size=50 HTTP/1.1" "okhttp/4.12.0" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/web/73e2d6bc24d8a067 "Root=1-58337262-{:024x}" "api.example.com" "arn:aws:acm:eu-west-1:1:certificate/12345678" 0 {stamp}.000000Z "forward" "-" "-" "10.0.0.1:80" "200" "-" "-""#,
                dice.next() % 1_000_000,
                user >> 8 & 255,
                user & 255,
                dice.next() % 60_000 + 1_024,
                dice.next() % 1_000,
                dice.next() % 900,
                dice.next() % 9_000,
                dice.next()
            )
            .unwrap();
        }
        let name = time.format("1_elasticloadbalancing_eu-west-1_app.web.50dc6c495c0c9188_%Y%m%dT%H%MZ");
        let path = folder.join(format!("{name}_192.0.2.{}_{:08x}.log.gz", object % NODES, dice.next() as u32));
        let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        let packed = encoder.finish().unwrap();
        bytes += packed.len() as u64;
        fs::write(path, packed).unwrap();
    }
    bytes
}
