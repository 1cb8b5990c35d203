//! `breachline view`, and `breachline PATH...`: the terminal view.

use super::exit::Exit;
use super::export::described_read;
use super::hunt::RuleArgs;
use super::read::{ReadArgs, ReportArgs};
use super::value;
use crate::tui::Start;
use crate::tui::terminal::Surroundings;
use anyhow::bail;
use clap::Args;
use std::path::{Path, PathBuf};

#[derive(Args)]
pub struct ViewArgs {
    #[command(flatten)]
    pub read: ReadArgs,
    #[command(flatten)]
    report: ReportArgs,
    #[command(flatten)]
    rules: RuleArgs,
    /// Keeps marks, notes and the scope in this file, on every change, and opens them again as they were left.
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    notes: Option<PathBuf>,
}

pub fn run(args: &ViewArgs) -> anyhow::Result<Exit> {
    refuse_mistyped_command(&args.read.paths)?;
    args.read.check_case()?;
    if let Some(objection) = Surroundings::of_process().objection() {
        bail!(objection);
    }
    let mut options = args.read.options()?;
    let rules = args.rules.load(&mut options.hunt)?;
    args.report.apply(&mut options)?;
    options.load.keep_raw = true;
    let words = described_read(&args.read, &args.report, &args.rules);
    // A case keeps its own notes.
    let of_case = || args.read.case.as_ref().map(|case| case.join("notes.json"));
    let start = Start { colours: args.read.colours(), notes: args.notes.clone().or_else(of_case), words };
    crate::tui::run(options, rules, start)?;
    Ok(Exit::Done)
}

/// A first word that is no file was meant as a command.
fn refuse_mistyped_command(paths: &[String]) -> anyhow::Result<()> {
    let Some(first) = paths.first().filter(|first| is_word(first) && !Path::new(first).exists()) else {
        return Ok(());
    };
    let verbs = super::verbs();
    let hint = value::nearest(first, verbs.iter().map(String::as_str))
        .map_or_else(|| format!("the commands are {}", verbs.join(", ")), |near| format!("did you mean `{near}`?"));
    bail!("`{first}` is neither a file nor a command of this version; {hint}");
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') && text != "-"
}
