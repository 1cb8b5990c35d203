//! Writes `sample-logs/`: six stories modelled on documented incidents, one that three hops
//! tell at once, and quiet logs that must stay quiet.
//!
//! `cargo run --example sample_logs -- DIR` writes every log, `attack.ranges` and `expected.toml` below DIR, the same
//! bytes each time. All of it is invented: the companies, the people, the paths; addresses come from the ranges set
//! aside for documentation and benchmarking. The README of each folder is written by hand and is left alone.

mod clean;
mod folder;
mod format;
mod hops;
mod kit;
mod lookup;
mod membership;
mod storage;
mod third_party;

use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(dir) = std::env::args_os().nth(1).map(PathBuf::from) else {
        return complain("name the folder to write to: cargo run --example sample_logs -- DIR");
    };
    let folders = [
        lookup::aadhaar(),
        membership::linkedin(),
        lookup::justdial(),
        third_party::facebook(),
        storage::uber(),
        membership::tmobile(),
        clean::all(),
    ];
    for folder in folders {
        let place = dir.join(folder.name);
        if let Err(error) = folder.write(&place) {
            return complain(&format!("{}: {error}", place.display()));
        }
    }
    let place = dir.join("three-hops");
    if let Err(error) = hops::write(&place) {
        return complain(&format!("{}: {error}", place.display()));
    }
    ExitCode::SUCCESS
}

fn complain(what: &str) -> ExitCode {
    use std::io::Write;
    // Nothing is left to do when even this cannot be written.
    let _ = writeln!(std::io::stderr(), "sample_logs: {what}");
    ExitCode::FAILURE
}
