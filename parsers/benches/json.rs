//! JSON lines as Kong and as nginx write them into columns: what it costs.
//!
//! `json [--lines N] [--threads N]`: measures over files of N lines (300,000), made anew in the directory for
//! temporary files and removed after. `json --generate FILE` writes N Kong lines there and ends; `json --load FILE`
//! reads that file into columns once and prints nothing: for comparison with other tools.
#![allow(clippy::print_stdout, clippy::unwrap_used, missing_docs)]

mod shared;

use breachline_parsers::format::{DecodeContext, find};
use breachline_parsers::load::{LoadOptions, load};
use breachline_parsers::table::{FactTable, Place};
use shared::{Dice, cpu_seconds, peak_mib};
use std::fmt::Write as _;
use std::fs;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::sync::Arc;

const AGENTS: [&str; 4] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "okhttp/4.12.0",
    "python-requests/2.32.3",
];

const STATUSES: [u16; 8] = [200, 200, 200, 200, 201, 304, 404, 401];

fn kong(number: u64, dice: &mut Dice, line: &mut String) {
    let user = dice.rank(50_000.0, 0.5);
    let object = dice.rank(900_000.0, 0.4);
    let status = STATUSES[(dice.next() % 8) as usize];
    let agent = AGENTS[(dice.next() % 4) as usize];
    let (port, size, took) = (dice.next() % 40_000 + 1_024, dice.next() % 60_000, dice.next() % 900 + 3);
    let id = dice.next();
    write!(
        line,
        r#"{{"latencies":{{"request":{took},"kong":3,"proxy":{},"receive":0}},"service":{{"host":"orders.internal","created_at":1704067200,"connect_timeout":60000,"id":"5f1dfa4b-9b8b-4b0a-a6f7-7d6a1c1a0c11","protocol":"http","name":"orders","read_timeout":60000,"port":8080,"updated_at":1704067200,"write_timeout":60000,"retries":5}},"request":{{"id":"{id:032x}","querystring":{{"size":"50"}},"size":{},"uri":"/v1/customers/{object}/orders?size=50","url":"https://api.example.com:8443/v1/customers/{object}/orders?size=50","headers":{{"host":"api.example.com","connection":"keep-alive","accept-encoding":"gzip, deflate","accept":"*/*","x-forwarded-for":"198.51.{}.{}, 10.0.0.2","x-forwarded-proto":"https","authorization":"REDACTED","user-agent":"{agent}"}},"tls":{{"version":"TLSv1.3","cipher":"TLS_AES_256_GCM_SHA384","client_verify":"NONE"}},"method":"GET"}},"tries":[{{"balancer_start":{},"balancer_latency":0,"port":8080,"ip":"10.2.0.{}"}}],"client_ip":"10.0.0.{}","workspace":"8e9fd9ac-bf0e-4a55-8b6c-0a3c5de0b4de","upstream_uri":"/customers/{object}/orders?size=50","response":{{"headers":{{"content-type":"application/json; charset=utf-8","date":"Mon, 01 Jun 2026 00:00:00 GMT","connection":"close","content-length":"{size}","via":"kong/3.4.0","x-kong-proxy-latency":"2","x-kong-upstream-latency":"{took}"}},"status":{status},"size":{}}},"route":{{"id":"c1ab8a1b-02cd-41a2-8ef2-2d4b9c6b1a10","paths":["/v1"],"protocols":["http","https"],"strip_path":true,"created_at":1704067200,"hosts":null,"name":"orders"}},"consumer":{{"id":"{user:08x}-0000-4000-8000-000000000000","username":"partner-{user}"}},"started_at":{},"upstream_status":"{status}","source":"upstream"}}"#,
        took - 3,
        port % 900,
        user >> 8 & 255,
        user & 255,
        1_780_272_000_000 + number * 80,
        port % 6,
        port % 9,
        size + 300,
        1_780_272_000_000 + number * 80,
    )
    .unwrap();
}

fn nginx(number: u64, dice: &mut Dice, line: &mut String) {
    let user = dice.rank(50_000.0, 0.5);
    let object = dice.rank(900_000.0, 0.4);
    let status = STATUSES[(dice.next() % 8) as usize];
    let agent = AGENTS[(dice.next() % 4) as usize];
    let (size, took) = (dice.next() % 60_000, dice.next() % 900);
    let id = dice.next();
    let second = number / 12;
    write!(
        line,
        r#"{{"time_iso8601":"2026-06-{:02}T{:02}:{:02}:{:02}+00:00","remote_addr":"198.51.{}.{}","remote_user":"","request_method":"GET","request_uri":"/v1/customers/{object}/orders?size=50","server_protocol":"HTTP/1.1","http_host":"api.example.com","status":{status},"body_bytes_sent":{size},"request_length":{},"request_time":{}.{:03},"http_referer":"https://shop.example.com/pages/{}","http_user_agent":"{agent}","http_x_forwarded_for":"","upstream_addr":"10.2.0.{}:8080","upstream_status":"{status}","upstream_response_time":"0.{:03}","ssl_protocol":"TLSv1.3","ssl_cipher":"TLS_AES_256_GCM_SHA384","jwt_sub":"u-{user}","jwt_client_id":"app-{}","request_id":"{id:032x}"}}"#,
        second / 86_400 + 1,
        second / 3_600 % 24,
        second / 60 % 60,
        second % 60,
        user >> 8 & 255,
        user & 255,
        size % 900,
        took / 1_000,
        took % 1_000,
        size % 40,
        size % 6,
        took % 1_000,
        user % 7,
    )
    .unwrap();
}

fn main() {
    let (mut lines, mut threads) = (300_000, 1);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--lines" => lines = arguments.next().unwrap().parse().unwrap(),
            "--threads" => threads = arguments.next().unwrap().parse().unwrap(),
            "--generate" => return generate(Path::new(&arguments.next().unwrap()), lines, kong),
            "--load" => {
                let options = LoadOptions { threads, ..LoadOptions::default() };
                load(&[arguments.next().unwrap()], &options, &mut |_| {}).unwrap();
                return;
            }
            _ => {}
        }
    }
    for (name, write) in [("kong", kong as fn(u64, &mut Dice, &mut String)), ("nginx-json", nginx)] {
        let file = tempfile::Builder::new().suffix(".log").tempfile().unwrap();
        generate(file.path(), lines, write);
        measure(name, file.path(), threads);
        measure_decoder(name, file.path());
    }
    println!("peak_mib {:.0}", peak_mib());
}

fn generate(path: &Path, lines: u64, write: fn(u64, &mut Dice, &mut String)) {
    let mut out = BufWriter::with_capacity(1 << 20, fs::File::create(path).unwrap());
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut line = String::new();
    for number in 0..lines {
        line.clear();
        write(number, &mut dice, &mut line);
        line.push('\n');
        out.write_all(line.as_bytes()).unwrap();
    }
    out.flush().unwrap();
}

/// Reads the file three times; the middle one counts.
fn measure(name: &str, path: &Path, threads: usize) {
    let options = LoadOptions { threads, ..LoadOptions::default() };
    let mut costs = Vec::new();
    for _ in 0..3 {
        let before = cpu_seconds();
        let loaded = load(&[path.display().to_string()], &options, &mut |_| {}).unwrap();
        costs.push(cpu_seconds() - before);
        let source = &loaded.sources[0];
        assert_eq!((source.format.as_deref(), source.rejects), (Some(name), 0));
    }
    costs.sort_by(f64::total_cmp);
    let megabytes = fs::metadata(path).unwrap().len() as f64 / 1e6;
    println!(
        "{name}: megabytes {megabytes:.1} cpu_seconds {:.2} mb_per_second_per_core {:.0}",
        costs[1],
        megabytes / costs[1]
    );
}

/// Decodes the records out of memory, without reading, hashing and merging, five times; the middle one counts.
fn measure_decoder(name: &str, path: &Path) {
    let bytes = fs::read(path).unwrap();
    let records: Vec<&[u8]> = bytes.split(|&byte| byte == b'\n').filter(|record| !record.is_empty()).collect();
    let context =
        DecodeContext { key: [0; 32], zone: "UTC".parse().unwrap(), year_hint: None, captures: Arc::default() };
    let decoder = find(name).unwrap().decoder(&context);
    let mut table = FactTable::default();
    let mut costs = Vec::new();
    for _ in 0..5 {
        let before = cpu_seconds();
        for block in records.chunks(2_000) {
            table.clear();
            for record in block {
                decoder.decode(record, 0, Place::default(), &mut table);
            }
        }
        costs.push(cpu_seconds() - before);
    }
    costs.sort_by(f64::total_cmp);
    let megabytes = bytes.len() as f64 / 1e6;
    println!(
        "{name} decoder: cpu_seconds {:.2} mb_per_second_per_core {:.0} ns_per_record {:.0}",
        costs[2],
        megabytes / costs[2],
        costs[2] * 1e9 / records.len() as f64
    );
}
