//! One million combined log lines into columns, and a group-by over them: what it costs.
//!
//! `combined [FILE] [--generate LINES] [--threads N]`: measures over FILE; with `--generate` writes it first.
//! Without FILE a file of a million lines is written to the directory for temporary files and removed after.
#![allow(clippy::print_stdout, clippy::unwrap_used, missing_docs)]

mod shared;

use breachline_parsers::load::{LoadOptions, load};
use breachline_parsers::schema::{Number, Text};
use shared::{Dice, cpu_seconds, peak_mib};
use std::fmt::Write as _;
use std::fs;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

const AGENTS: [&str; 6] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36",
    "okhttp/4.12.0",
    "python-requests/2.32.3",
];

fn generate(path: &Path, lines: u64) {
    let mut out = BufWriter::with_capacity(1 << 20, fs::File::create(path).unwrap());
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut line = String::new();
    for number in 0..lines {
        line.clear();
        if number % 8_200 == 4_100 {
            out.write_all(b"\x16\x03\x01 damaged \" line\n").unwrap();
            continue;
        }
        let client = dice.rank(200_000.0, 0.42).wrapping_mul(2_654_435_761);
        let second = number / 12;
        let (day, hour, minute) = (second / 86_400 + 1, second / 3_600 % 24, second / 60 % 60);
        let (a, b, c, d) = (client >> 24 & 127 | 1, client >> 16 & 255, client >> 8 & 255, client & 255);
        write!(line, "{a}.{b}.{c}.{d} - - [{day:02}/Jun/2026:{hour:02}:{minute:02}:{:02} +0000] \"", second % 60)
            .unwrap();
        let object = dice.rank(4_000_000.0, 0.28);
        match dice.next() % 4 {
            0 => write!(line, "GET /api/v1/customers/{object}/orders?page={}&size=50", dice.next() % 3),
            1 => write!(line, "GET /api/v2/catalogue/items/{object}"),
            2 => write!(line, "POST /api/v1/sessions/{object}/renew"),
            _ => write!(line, "GET /static/assets/{}.js", object % 3_000),
        }
        .unwrap();
        let status = [200, 200, 200, 200, 200, 200, 304, 404, 401, 500][(dice.next() % 10) as usize];
        let agent = AGENTS[dice.rank(7.0, 1.0) as usize % AGENTS.len()];
        let page = dice.next() % 40;
        write!(line, " HTTP/1.1\" {status} {} ", dice.next() % 60_000).unwrap();
        writeln!(line, "\"https://shop.example.com/pages/{page}\" \"{agent}\"").unwrap();
        out.write_all(line.as_bytes()).unwrap();
    }
    out.flush().unwrap();
}

fn main() {
    let mut path: Option<PathBuf> = std::env::var_os("BREACHLINE_BENCH_FILE").map(PathBuf::from);
    let (mut lines, mut threads) = (None, 0);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--bench" => {}
            "--generate" => lines = Some(arguments.next().unwrap().parse().unwrap()),
            "--threads" => threads = arguments.next().unwrap().parse().unwrap(),
            file => path = Some(file.into()),
        }
    }
    let scratch = path.is_none().then(|| tempfile::Builder::new().suffix(".log").tempfile().unwrap());
    let path = path.unwrap_or_else(|| scratch.as_ref().unwrap().path().to_owned());
    if scratch.is_some() || lines.is_some() {
        generate(&path, lines.unwrap_or(1_000_000));
        if scratch.is_none() {
            return;
        }
    }
    measure(&path, threads);
}

fn measure(path: &Path, threads: usize) {
    let (cpu, wall) = (cpu_seconds(), Instant::now());
    let options = LoadOptions { threads, ..LoadOptions::default() };
    let loaded = load(&[path.display().to_string()], &options, &mut |_| {}).unwrap();
    let loading = cpu_seconds() - cpu;
    let facts = &loaded.facts;
    let clients = facts.text(Text::PeerIp);
    let sizes = facts.number(Number::BytesOut);
    let mut groups = vec![(0u64, 0i64, 0u64); clients.dictionary.len()];
    for row in 0..facts.rows() {
        let group = &mut groups[clients.code(row) as usize];
        group.0 += 1;
        group.1 += sizes.get(row).unwrap_or(0);
        group.2 += u64::from(facts.status(row).is_some_and(|status| status >= 400));
    }
    let mut order: Vec<usize> = (1..groups.len()).collect();
    order.sort_by_key(|&code| std::cmp::Reverse((groups[code].0, code)));
    let (cpu, wall) = (cpu_seconds() - cpu, wall.elapsed().as_secs_f64());
    let source = &loaded.sources[0];
    println!("sha256 {} format {:?}", source.sha256, source.format);
    let (records, rows, rejects) = (source.records, source.rows, source.rejects);
    println!(
        "records {records} rows {rows} rejects {rejects} clients {} targets {}",
        clients.dictionary.len() - 1,
        facts.text(Text::Target).dictionary.len() - 1
    );
    for &code in order.iter().take(3) {
        let (count, bytes, errors) = groups[code];
        println!(
            "  {:<16} {count:>7} requests {bytes:>12} bytes {errors:>6} errors",
            clients.dictionary.text(code as u32)
        );
    }
    let megabytes = source.bytes_decompressed as f64 / 1e6;
    println!("megabytes {megabytes:.1}");
    println!("cpu_seconds {cpu:.2} (load {loading:.2})");
    println!("wall_seconds {wall:.2}");
    println!("mb_per_second_per_core {:.0}", megabytes / cpu);
    println!("peak_mib {:.0}", peak_mib());
}
