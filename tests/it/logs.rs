//! Logs that the tests write themselves.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// One request of the small world below.
struct Hit {
    second: u32,
    client: String,
    target: String,
    status: u16,
    bytes: u32,
    agent: &'static str,
}

/// A line as nginx and Apache write it by default.
fn combined(hit: &Hit) -> String {
    let (hour, minute, second) = (hit.second / 3600, hit.second / 60 % 60, hit.second % 60);
    format!(
        "{} - - [04/Mar/2026:{hour:02}:{minute:02}:{second:02} +0000] \"GET {} HTTP/1.1\" {} {} \"-\" \"{}\"",
        hit.client, hit.target, hit.status, hit.bytes, hit.agent
    )
}

/// A small generator of numbers that look random and are the same each time.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn roll(&mut self, below: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 32) as u32) % below
    }
}

/// Customers who look at their own few orders all day.
fn everyday(dice: &mut Dice) -> Vec<Hit> {
    let mut hits = Vec::new();
    for customer in 0..120_u32 {
        let client = format!("198.51.{}.{}", 100 + customer / 60, 10 + customer % 60);
        for visit in 0..6 + dice.roll(6) {
            let start = 3600 * (1 + dice.roll(20)) + dice.roll(3000);
            for step in 0..2 + dice.roll(4) {
                let order = 500_000 + customer * 7919 % 40_000 + (visit + step) % 3;
                let (target, bytes) = match step {
                    0 => ("/shop/v2/catalogue?page=1".to_owned(), 5200 + dice.roll(300)),
                    _ => (format!("/shop/v2/orders/{order}"), 700 + dice.roll(120)),
                };
                let second = start + step * (3 + dice.roll(20));
                let status = if dice.roll(60) == 0 { 404 } else { 200 };
                hits.push(Hit {
                    second,
                    client: client.clone(),
                    target,
                    status,
                    bytes,
                    agent: "ShopApp/3.1 (Android 14)",
                });
            }
        }
    }
    hits
}

/// One address that asks for order after order.
fn walk(dice: &mut Dice) -> Vec<Hit> {
    (0..1500)
        .map(|step| Hit {
            second: 36_000 + step * 2,
            client: "203.0.113.77".to_owned(),
            target: format!("/shop/v2/orders/{}", 500_100 + step),
            status: if dice.roll(6) == 0 { 404 } else { 200 },
            bytes: 700 + dice.roll(120),
            agent: "python-requests/2.31",
        })
        .collect()
}

fn lines(mut hits: Vec<Hit>) -> Vec<String> {
    hits.sort_by_key(|hit| hit.second);
    hits.iter().map(combined).collect()
}

/// A day in which orders are walked; more than five thousand lines of the combined format.
pub fn walked() -> Vec<String> {
    let mut dice = Dice::new(7);
    let mut hits = everyday(&mut dice);
    hits.extend(walk(&mut dice));
    lines(hits)
}

/// The same day without the walk.
pub fn quiet() -> Vec<String> {
    lines(everyday(&mut Dice::new(7)))
}

/// The client that walks in [`walked`].
pub const WALKER: &str = "203.0.113.77";

/// Lines as a file holds them.
pub fn text(lines: &[String]) -> String {
    lines.iter().fold(String::new(), |mut text, line| {
        writeln!(text, "{line}").unwrap();
        text
    })
}

/// Writes a file and gives its path.
pub fn put(directory: &Path, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let path = directory.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

/// Bytes compressed as gzip.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A path as an argument.
pub fn arg(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Every file below a directory by its name there.
pub fn files(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            all.extend(files(&path).into_iter().map(|(inner, bytes)| (format!("{name}/{inner}"), bytes)));
        } else {
            all.insert(name, std::fs::read(&path).unwrap());
        }
    }
    all
}

/// The manifest of a bundle.
pub fn manifest(bundle: &Path) -> serde_json::Value {
    serde_json::from_slice(&std::fs::read(bundle.join("manifest.json")).unwrap()).unwrap()
}

/// An archive in the oldest form there is, of files with their texts.
pub fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = Vec::new();
    for (name, bytes) in files {
        let mut header = [0_u8; 512];
        let mut put = |at: usize, text: &str| header[at..at + text.len()].copy_from_slice(text.as_bytes());
        put(0, name);
        put(100, "0000644\0");
        put(124, &format!("{:011o}\0", bytes.len()));
        put(136, "00000000000\0");
        put(148, "        ");
        put(156, "0");
        put(257, "ustar\x0000");
        let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        archive.extend_from_slice(&header);
        archive.extend_from_slice(bytes);
        archive.resize(archive.len().next_multiple_of(512), 0);
    }
    archive.resize(archive.len() + 1024, 0);
    archive
}
