//! `breachline rules`: lists, shows and tests rules; and the rules that other commands use.

use super::exit::{Exit, complain_all};
use super::value;
use crate::output::table;
use anyhow::{Context, anyhow, bail};
use breachline_queries::rule::{self, Rule};
use clap::{Args, Subcommand};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

#[derive(Args)]
pub struct RulesArgs {
    #[command(subcommand)]
    what: Option<What>,
    /// Adds the rules (*.yml) of a directory; one with the id of a built-in rule takes its place.
    #[arg(long, value_name = "DIR", global = true)]
    rules: Vec<PathBuf>,
}

#[derive(Subcommand)]
enum What {
    /// Lists all rules (the default).
    List,
    /// Shows what a rule checks, how it is judged and what to do with a finding.
    Show {
        /// The rule.
        id: String,
    },
    /// Runs the samples inside rules: of all rules, or of these files and directories.
    Test {
        /// Rule files or directories of them.
        #[arg(value_name = "PATH")]
        paths: Vec<PathBuf>,
    },
}

pub fn run(args: RulesArgs) -> anyhow::Result<Exit> {
    match args.what.unwrap_or(What::List) {
        What::List => list(&args.rules),
        What::Show { id } => {
            let (rules, broken) = with_directories(&args.rules)?;
            complain_all(&broken);
            let rules = select(rules, &[id])?;
            let mut out = io::stdout().lock();
            for rule in rules {
                writeln!(out, "{}", rule.explain().trim_end())?;
            }
            out.flush()?;
            Ok(Exit::Done)
        }
        What::Test { mut paths } => {
            paths.extend(args.rules);
            test(&paths)
        }
    }
}

fn list(directories: &[PathBuf]) -> anyhow::Result<Exit> {
    let (rules, broken) = with_directories(directories)?;
    complain_all(&broken);
    let rows: Vec<Vec<String>> = rules
        .iter()
        .map(|rule| {
            let model = rule.modelled_on.clone().unwrap_or_else(|| "-".to_owned());
            vec![rule.id.clone(), rule.level.name().to_owned(), model, rule.title.clone()]
        })
        .collect();
    let mut out = io::stdout().lock();
    table::write_table(&mut out, &["ID", "LEVEL", "MODELLED ON", "TITLE"], &rows, &[], super::hunt::columns_or_all())?;
    out.flush()?;
    Ok(if broken.is_empty() { Exit::Done } else { Exit::CannotWork })
}

fn test(paths: &[PathBuf]) -> anyhow::Result<Exit> {
    let mut rules = Vec::new();
    let mut broken = Vec::new();
    if paths.is_empty() {
        rules = rule::builtin();
    }
    for path in paths {
        read_rules(path, &mut rules, &mut broken)?;
    }
    complain_all(&broken);
    let results: Vec<_> = rules.iter().flat_map(Rule::test).collect();
    let mut out = io::stdout().lock();
    let mut failed = 0;
    for result in &results {
        match &result.failure {
            None => writeln!(out, "ok    {}: {}", result.rule, result.name)?,
            Some(why) => {
                failed += 1;
                writeln!(out, "FAIL  {}: {}\n{}", result.rule, result.name, indent(why))?;
            }
        }
    }
    for rule in rules.iter().filter(|rule| !results.iter().any(|result| result.rule == rule.id)) {
        failed += 1;
        writeln!(out, "FAIL  {}: the rule has no samples", rule.id)?;
    }
    writeln!(out, "{} samples of {} rules, {failed} failed", results.len(), rules.len())?;
    out.flush()?;
    Ok(if failed == 0 && broken.is_empty() { Exit::Done } else { Exit::CannotWork })
}

fn indent(text: &str) -> String {
    text.lines().map(|line| format!("      {}", crate::render::visible(line))).collect::<Vec<_>>().join("\n")
}

/// The built-in rules and those of directories, by id, and the errors of broken files.
pub fn with_directories(directories: &[PathBuf]) -> anyhow::Result<(Vec<Rule>, Vec<String>)> {
    let mut rules: BTreeMap<String, Rule> = BTreeMap::new();
    rules.extend(rule::builtin().into_iter().map(|rule| (rule.id.clone(), rule)));
    let mut broken = Vec::new();
    for directory in directories {
        let mut more = Vec::new();
        read_rules(directory, &mut more, &mut broken)?;
        rules.extend(more.into_iter().map(|rule| (rule.id.clone(), rule)));
    }
    Ok((rules.into_values().collect(), broken))
}

/// Reads a rule file or every rule file of a directory.
fn read_rules(path: &Path, rules: &mut Vec<Rule>, broken: &mut Vec<String>) -> anyhow::Result<()> {
    let shown = path.display();
    let metadata = std::fs::metadata(path)
        .with_context(|| format!("{shown}: no such rule file or directory, or it cannot be read"))?;
    let mut files = vec![path.to_owned()];
    if metadata.is_dir() {
        files = std::fs::read_dir(path)
            .with_context(|| format!("{shown}: the directory cannot be read"))?
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .filter(|file| file.extension().is_some_and(|extension| extension == "yml" || extension == "yaml"))
            .collect();
        files.sort();
        if files.is_empty() {
            bail!("{shown}: there are no rules (*.yml) in this directory");
        }
    }
    for file in files {
        let name = file.display().to_string();
        let text = match std::fs::read(&file) {
            Ok(bytes) => String::from_utf8(bytes).map_err(|error| {
                let line = error.as_bytes()[..error.utf8_error().valid_up_to()].split(|byte| *byte == b'\n').count();
                format!("{name}:{line}: the rule is not UTF-8; save it as UTF-8")
            }),
            Err(error) => Err(format!("{name}: the rule cannot be read: {error}")),
        };
        match text.and_then(|text| Rule::parse(&text, &name).map_err(|error| error.to_string())) {
            Ok(rule) => rules.push(rule),
            Err(error) => broken.push(error),
        }
    }
    Ok(())
}

/// The rules with these ids; all when none is named.
pub fn select(rules: Vec<Rule>, ids: &[String]) -> anyhow::Result<Vec<Rule>> {
    for id in ids {
        if !rules.iter().any(|rule| rule.id == *id) {
            let hint = value::nearest(id, rules.iter().map(|rule| rule.id.as_str())).map_or_else(
                || "`breachline rules list` names them all".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            return Err(anyhow!("unknown rule `{id}`; {hint}"));
        }
    }
    Ok(rules.into_iter().filter(|rule| ids.is_empty() || ids.contains(&rule.id)).collect())
}
