//! The commands: arguments in, exit code out.
//!
//! ```text
//! arguments ─► clap structs (syntax) ─► options (checked) ─► session ─► verb ─► Exit
//! ```
//!
//! One file a verb. Standard output carries data only; progress, notes and errors go to standard error.

mod entity;
mod exit;
mod export;
mod formats;
mod hunt;
mod ingest;
mod match_list;
mod parse;
mod query;
mod read;
mod report;
mod route;
mod rules;
mod schema;
mod survey;
mod timeline;
mod value;
mod verify;
mod view;

pub use exit::Exit;
pub use read::ReadArgs;

use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};
use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

const EXIT_CODES: &str = "\
Exit codes, the highest that applies in the order 2, 3, 4, 1, 0:
  0  done
  1  findings at or above --fail-on; for verify, something does not hold
  4  with --require-coverage, some rule could not be judged
  3  done, but some source was unreadable or cut short
  2  could not do the work (bad arguments, no readable source, broken rule with --strict)";

/// Finds out from gateway and access logs, offline, whether data was taken, how, by whom, when and whose.
///
/// With paths and no command it opens the terminal view.
#[derive(Parser)]
#[command(
    name = "breachline",
    version,
    after_help = EXIT_CODES,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    disable_help_subcommand = true,
    arg_required_else_help = true
)]
struct Cli {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    view: view::ViewArgs,
}

#[derive(Subcommand)]
enum Verb {
    /// Opens the terminal view (the same as giving paths without a command).
    View(Box<view::ViewArgs>),
    /// Says from samples what is here: formats, hours, gaps, and what a hunt could judge.
    Survey(Box<survey::SurveyArgs>),
    /// Judges the rules and prints coverage, incidents and findings.
    Hunt(Box<hunt::HuntArgs>),
    /// Says who touched the values of a list (a leaked sample, indicators, a stolen key), when, with what outcome.
    Match(Box<match_list::MatchArgs>),
    /// Says what one endpoint answered, to whom, since when without a credential, or that nobody asked for it.
    Route(Box<route::RouteArgs>),
    /// Tells of one client, account, credential or object: when, what, with whom, and which findings name it.
    Entity(Box<entity::EntityArgs>),
    /// Counts requests, outcomes and who in steps of time.
    Timeline(Box<timeline::TimelineArgs>),
    /// Answers SQL over requests, findings, evidence, routes and actors.
    Query(Box<query::QueryArgs>),
    /// Prints every request as data.
    Parse(Box<parse::ParseArgs>),
    /// Takes logs into a case, where every command can work on them without reading them again.
    Ingest(Box<ingest::IngestArgs>),
    /// Writes findings, their evidence lines, a timeline, who was affected and hashes of it all into a directory.
    Export(Box<export::ExportArgs>),
    /// Writes a report for people, one HTML file or Markdown, in English or Korean.
    Report(Box<report::PageArgs>),
    /// Checks an evidence bundle: sums, custody and counts, and every cited line and finding against the logs.
    Verify(verify::VerifyArgs),
    /// Lists, shows and tests rules.
    Rules(rules::RulesArgs),
    /// Lists, shows, recognises and tests log formats.
    Formats(Box<formats::FormatsArgs>),
    /// Prints the tables that SQL reads with their columns, and the SQL functions.
    Schema(schema::SchemaArgs),
    /// Prints a completion script for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Prints the manual page.
    Man,
}

/// Names of the commands, for suggestions.
pub(crate) fn verbs() -> Vec<String> {
    Cli::command().get_subcommands().map(|verb| verb.get_name().to_owned()).collect()
}

/// Runs the program with these arguments (the first is its own name).
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let read = Cli::command().try_get_matches_from(arguments);
    let read = read.and_then(|given| Ok((Cli::from_arg_matches(&given).map_err(of_program)?, given)));
    let (cli, given) = match read {
        Ok(read) => read,
        Err(error) => {
            let asked_for = !error.use_stderr();
            // Help that nobody reads (a closed pipe) is no fault.
            let _ = error.print();
            return if asked_for { Exit::Done.into() } else { Exit::CannotWork.into() };
        }
    };
    match run(cli, &given) {
        Ok(exit) => exit.into(),
        Err(error) if exit::is_closed_pipe(&error) => Exit::Done.into(),
        Err(error) => {
            exit::complain(&crate::render::sentence(&error));
            Exit::CannotWork.into()
        }
    }
}

/// An error about an argument, with the usage of the program below it.
fn of_program(error: clap::Error) -> clap::Error {
    error.format(&mut Cli::command())
}

/// Runs the verb; `given` says of each argument whether it was typed.
fn run(cli: Cli, given: &ArgMatches) -> anyhow::Result<Exit> {
    match cli.verb {
        None => view::run(&cli.view, given),
        Some(Verb::View(args)) => view::run(&args, given.subcommand_matches("view").unwrap_or(given)),
        Some(Verb::Survey(args)) => survey::run(&args),
        Some(Verb::Hunt(args)) => hunt::run(&args),
        Some(Verb::Match(args)) => match_list::run(&args),
        Some(Verb::Route(args)) => route::run(&args),
        Some(Verb::Entity(args)) => entity::run(&args),
        Some(Verb::Timeline(args)) => timeline::run(&args),
        Some(Verb::Query(args)) => query::run(&args),
        Some(Verb::Parse(args)) => parse::run(&args),
        Some(Verb::Export(args)) => export::run(&args),
        Some(Verb::Ingest(args)) => ingest::run(&args),
        Some(Verb::Report(args)) => report::run(&args),
        Some(Verb::Verify(args)) => verify::run(&args),
        Some(Verb::Rules(args)) => rules::run(args),
        Some(Verb::Formats(args)) => formats::run(*args),
        Some(Verb::Schema(args)) => schema::run(&args),
        Some(Verb::Completions { shell }) => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "breachline", &mut script);
            print(&script)
        }
        Some(Verb::Man) => print(&manual()?),
    }
}

/// The manual page: the program and each of its commands in turn.
fn manual() -> std::io::Result<Vec<u8>> {
    let mut page = Vec::new();
    let mut command = Cli::command();
    command.build();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    for verb in command.get_subcommands() {
        let name = format!("breachline {}", verb.get_name());
        let verb = verb.clone().display_name(&name);
        let man = clap_mangen::Man::new(verb);
        writeln!(page, ".SH \"{}\"", name.to_uppercase())?;
        man.render_description_section(&mut page)?;
        man.render_options_section(&mut page)?;
    }
    writeln!(page, ".SH KEYS")?;
    writeln!(page, "Keys of the terminal view, with the name of each command for the palette (:) and for keys.toml.")?;
    for [keys, name, what] in crate::tui::commands::listed(crate::words::Lang::En) {
        // A backslash begins a request of the page, a dash may be drawn as something that cannot be typed.
        let plain = |text: &str| text.replace('\\', "\\e").replace('-', "\\-");
        writeln!(page, ".TP\n\\fB{}\\fR {}\n{}", plain(&keys), plain(&name), plain(&what))?;
    }
    Ok(page)
}

fn print(bytes: &[u8]) -> anyhow::Result<Exit> {
    let mut out = std::io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()?;
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Cli::command().debug_assert();
    }
}
