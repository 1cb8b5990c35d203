//! `breachline view`, and `breachline PATH...`: the terminal view.

use super::exit::Exit;
use super::export::described_read;
use super::hunt::RuleArgs;
use super::read::{ReadArgs, ReportArgs};
use super::value;
use crate::tui::Start;
use crate::tui::commands::Keymap;
use crate::tui::terminal::Surroundings;
use crate::tui::theme::Palette;
use crate::words::Lang;
use anyhow::{Context as _, anyhow, bail};
use clap::parser::ValueSource;
use clap::{ArgMatches, Args};
use std::path::{Path, PathBuf};

#[derive(Args)]
pub struct ViewArgs {
    #[command(flatten)]
    pub read: ReadArgs,
    #[command(flatten)]
    report: ReportArgs,
    #[command(flatten)]
    rules: RuleArgs,
    /// Keeps marks, notes and where the view is in this file, on every change, and opens them again as they were left.
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    notes: Option<PathBuf>,
    /// Colours for a dark ground, for a light one, or none (`NO_COLOR` and `--color never` mean mono) [default: as the
    /// terminal says].
    #[arg(long, value_enum, value_name = "NAME", help_heading = "View")]
    theme: Option<Palette>,
    /// Draws borders and bars with ASCII signs only [default where the locale is not UTF-8].
    #[arg(long, help_heading = "View")]
    ascii: bool,
    /// The language of the view [default: that of the locale].
    #[arg(long, value_enum, help_heading = "View")]
    lang: Option<Lang>,
    /// Leaves the mouse to the terminal, which then selects text (F2 switches).
    #[arg(long, help_heading = "View")]
    no_mouse: bool,
    /// Keys of one's own, `command = "key"` a line [default: keys.toml in the folder `breachline` of the configuration].
    #[arg(long, value_name = "FILE", help_heading = "View")]
    keys: Option<PathBuf>,
}

/// Opens the view; `given` says of each argument whether it was typed.
pub fn run(args: &ViewArgs, given: &ArgMatches) -> anyhow::Result<Exit> {
    refuse_mistyped_command(&args.read.paths)?;
    args.read.check_case()?;
    if let Some(objection) = Surroundings::of_process().objection() {
        bail!(objection);
    }
    let mut options = args.read.options()?;
    let rules = args.rules.load(&mut options.hunt)?;
    args.report.apply(&mut options)?;
    options.load.for_evidence();
    let words = described_read(&args.read, &args.report, &args.rules)?;
    // A case keeps its own notes.
    let of_case = || args.read.case.as_ref().map(|case| case.join("notes.json"));
    let start = Start {
        colours: args.read.colours(),
        theme: args.theme,
        zone: (given.value_source("display_tz") == Some(ValueSource::CommandLine)).then_some(args.read.display_tz),
        ascii: args.ascii,
        lang: args.lang,
        no_mouse: args.no_mouse,
        keymap: keymap(args.keys.as_deref())?,
        notes: args.notes.clone().or_else(of_case),
        words,
    };
    crate::tui::run(options, rules, start)?;
    Ok(Exit::Done)
}

/// Keys of the analyst's own, where there is a file of them.
fn keymap(given: Option<&Path>) -> anyhow::Result<Keymap> {
    let path = match given {
        Some(path) => path.to_owned(),
        None => match configured("keys.toml").filter(|path| path.exists()) {
            Some(path) => path,
            None => return Ok(Keymap::default()),
        },
    };
    let text = std::fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    Keymap::parse(&text, &path.display().to_string()).map_err(|wrong| anyhow!(wrong))
}

/// A file in the folder of this program's configuration: `$XDG_CONFIG_HOME/breachline`, or `~/.config/breachline`.
fn configured(name: &str) -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = set("XDG_CONFIG_HOME").or_else(|| set("HOME").map(|home| home.join(".config")))?;
    Some(folder.join("breachline").join(name))
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
