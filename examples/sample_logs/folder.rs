//! A folder of `sample-logs/`: its logs, and what a hunt over them must find.

use crate::format::{Format, line};
use crate::kit::{Rng, Story};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

/// One log file; its name decides the compression.
pub struct Log {
    /// File name; `.gz` and `.zst` are compressed.
    pub name: &'static str,
    /// How requests are written down.
    pub format: Format,
    /// The requests.
    pub story: Story,
}

/// Who must be named in the finding.
pub struct Suspects {
    /// Kind of entity.
    pub kind: &'static str,
    /// Values, of which at least one must be named.
    pub any_of: Vec<String>,
}

/// What must be found.
pub struct Attack {
    /// Name of the incident.
    pub modelled_on: &'static str,
    /// Who must be named.
    pub suspects: Suspects,
}

/// A folder with its logs. With an attack it holds one log.
pub struct Folder {
    /// Name of the folder.
    pub name: &'static str,
    /// Its logs.
    pub logs: Vec<Log>,
    /// What must be found, if anything.
    pub attack: Option<Attack>,
}

impl Folder {
    /// Writes everything into `dir`.
    pub fn write(self, dir: &Path) -> std::io::Result<()> {
        std::fs::create_dir_all(dir)?;
        let mut expected = String::from("# Written by `cargo run --example sample_logs`.\n");
        if self.attack.is_none() {
            expected.push_str("findings = 0  # of level medium or above\n");
        }
        for log in self.logs {
            let mut rng = Rng::named(log.name);
            let mut text = String::new();
            let mut attacked = Vec::new();
            for (index, event) in log.story.in_order().iter().enumerate() {
                if event.attack {
                    attacked.push(index + 1);
                }
                text.push_str(&line(log.format, event, &mut rng));
                text.push('\n');
            }
            write_log(&dir.join(log.name), text.as_bytes())?;
            if let Some(attack) = &self.attack {
                expected.push_str(&expectation(attack, log.name, attacked.len()));
                std::fs::write(dir.join("attack.ranges"), ranges(&attacked))?;
            }
        }
        std::fs::write(dir.join("expected.toml"), expected)
    }
}

/// Writes a log; its name decides the compression.
pub fn write_log(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let file = std::fs::File::create(path)?;
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("gz") => {
            let mut encoder = flate2::write::GzEncoder::new(file, flate2::Compression::best());
            encoder.write_all(bytes)?;
            encoder.finish()?.flush()
        }
        Some("zst") => {
            let mut encoder = zstd::Encoder::new(file, 19)?;
            encoder.write_all(bytes)?;
            encoder.finish()?.flush()
        }
        _ => std::io::BufWriter::new(file).write_all(bytes),
    }
}

/// Nine in ten of the attack's lines must be cited, and nine in ten of what is cited must be the attack's.
fn expectation(attack: &Attack, file: &str, lines: usize) -> String {
    let mut suspects = String::new();
    for suspect in &attack.suspects.any_of {
        let _ = write!(suspects, "{}\"{suspect}\"", if suspects.is_empty() { "" } else { ", " });
    }
    format!(
        r#"
[[finding]]
modelled_on = "{}"
level_at_least = "high"
entities = [{{ kind = "{}", role = "suspected_source", any_of = [{suspects}] }}]
evidence_lines = {{ file = "{file}", at_least = {}, at_most = {} }}  # the attack has {lines}
precision = 0.9
recall = 0.9
attack_ranges = "attack.ranges"
"#,
        attack.modelled_on,
        attack.suspects.kind,
        (lines * 9).div_ceil(10),
        lines * 10 / 9,
    )
}

/// Inclusive ranges of 1-based line numbers, one a line.
pub fn ranges(lines: &[usize]) -> String {
    let mut text = String::new();
    for run in lines.chunk_by(|left, right| left + 1 == *right) {
        if let (Some(first), Some(last)) = (run.first(), run.last()) {
            let _ = writeln!(text, "{first}-{last}");
        }
    }
    text
}
