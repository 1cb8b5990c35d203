//! The program: everything is in the library, so that tests can reach it.

use std::process::ExitCode;

fn main() -> ExitCode {
    breachline::cli::main(std::env::args_os())
}
