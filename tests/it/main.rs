//! The one integration binary: runs the built program as an analyst or a script would.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreadable_literal)]

mod case;
mod cli;
mod conservation;
mod context;
mod detect;
mod entity;
mod export;
mod hunt;
mod limits;
mod logs;
mod match_list;
mod networks;
mod pages;
mod pty;
mod report;
mod route;
mod scenarios;
mod secrets;
mod sigma;
mod survey;
mod vantages;
mod verify;
mod worlds;

use std::ffi::OsStr;
use std::io::Write;
use std::process::{Command, Stdio};

/// What a run gave.
struct Run {
    code: i32,
    out: String,
    err: String,
}

/// A run of the program that is not started yet, away from any terminal.
fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_breachline"));
    command.stdin(Stdio::null()).env_remove("NO_COLOR").env("COLUMNS", "100").env("TERM", "xterm");
    command
}

/// Runs the program to its end.
fn run(arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Run {
    finished(program().args(arguments).output().unwrap())
}

/// Runs the program with bytes on standard input.
fn run_with_input(arguments: &[&str], input: &[u8]) -> Run {
    let mut child =
        program().args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut pipe = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || pipe.write_all(&input).ok());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    finished(output)
}

fn finished(output: std::process::Output) -> Run {
    let err = String::from_utf8(output.stderr).unwrap();
    assert!(!err.contains("panicked at"), "{err}");
    Run {
        code: output.status.code().expect("no signal ends it"),
        out: String::from_utf8(output.stdout).expect("standard output is text"),
        err,
    }
}

/// Says loudly that something was not looked at.
#[allow(clippy::print_stderr)]
fn skipped(why: &str) {
    eprintln!("SKIPPED: {why}");
}

impl Run {
    /// Standard output as one JSON document.
    fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}\n{}\n{}", self.out, self.err))
    }

    /// Standard output as one JSON document a line.
    fn json_lines(&self) -> Vec<serde_json::Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Fails unless the run ended like this, with each of these words in what it said.
    #[track_caller]
    fn expect_end(&self, code: i32, words: &[&str]) -> &Self {
        assert_eq!(self.code, code, "stderr: {}\nstdout: {}", self.err, self.out);
        for word in words {
            assert!(self.err.contains(word), "`{word}` is not in: {}", self.err);
        }
        self
    }
}
