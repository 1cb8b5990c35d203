//! `breachline rules`: lists, shows and tests rules; and the rules that other commands use.

use super::exit::{Exit, complain_all};
use super::value;
use crate::output::table;
use crate::render;
use anyhow::{Context, anyhow, bail};
use breachline_parsers::source::why;
use breachline_queries::rule::{self, Rule};
use breachline_queries::sigma::pack::RuleFiles;
use clap::{Args, Subcommand};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

#[derive(Args)]
pub struct RulesArgs {
    #[command(subcommand)]
    what: Option<What>,
    /// Adds rules (*.yml) of a directory, ours or Sigma's; one with a built-in rule's id takes its place.
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
        What::Show { id } => show(&id, &args.rules),
        What::Test { mut paths } => {
            paths.extend(args.rules);
            test(&paths)
        }
    }
}

fn show(id: &str, directories: &[PathBuf]) -> anyhow::Result<Exit> {
    let files = with_directories(directories)?;
    complain_all(&files.broken);
    // What relates a rule and what is added to it is shown, too.
    let sigma = files.sigma.clone();
    let files = select(files, &[id.to_owned()])?;
    let mut out = io::stdout().lock();
    for rule in &files.own {
        writeln!(out, "{}", rule.explain().trim_end())?;
    }
    for rule in files.sigma.rules.iter().filter(|rule| rule.is_called(id)) {
        writeln!(out, "{}", sigma.explain(rule).lines().map(render::visible).collect::<Vec<_>>().join("\n"))?;
    }
    out.flush()?;
    Ok(Exit::Done)
}

fn list(directories: &[PathBuf]) -> anyhow::Result<Exit> {
    let files = with_directories(directories)?;
    complain_all(&files.broken);
    let own = files.own.iter().map(|rule| {
        let model = rule.modelled_on.clone().unwrap_or_else(|| "-".to_owned());
        vec![rule.id.clone(), rule.level.name().to_owned(), model, rule.title.clone()]
    });
    let sigma = files.sigma.rules.iter().map(|rule| {
        let title =
            rule.never_runs().map_or_else(|| rule.title.clone(), |why| format!("{} (never runs: {why})", rule.title));
        vec![rule.id.clone(), rule.level.name().to_owned(), "Sigma".to_owned(), title]
    });
    let rows: Vec<Vec<String>> = own.chain(sigma).collect();
    let mut out = io::stdout().lock();
    table::write_table(&mut out, &["ID", "LEVEL", "MODELLED ON", "TITLE"], &rows, &[], super::hunt::columns_or_all())?;
    out.flush()?;
    Ok(if files.broken.is_empty() { Exit::Done } else { Exit::CannotWork })
}

fn test(paths: &[PathBuf]) -> anyhow::Result<Exit> {
    let mut files = RuleFiles::default();
    if paths.is_empty() {
        files.own = rule::builtin();
    } else {
        let mut texts = Vec::new();
        let mut broken = Vec::new();
        for path in paths {
            read_texts(path, &mut texts, &mut broken)?;
        }
        files = RuleFiles::read(&texts);
        broken.append(&mut files.broken);
        files.broken = broken;
    }
    complain_all(&files.broken);
    let mut results: Vec<_> = files.own.iter().flat_map(Rule::test).collect();
    results.extend(files.sigma.rules.iter().flat_map(|rule| files.sigma.test(rule)));
    let mut out = io::stdout().lock();
    let mut failed = 0;
    for result in &results {
        match &result.failure {
            None => match &result.doubt {
                None => writeln!(out, "ok    {}: {}", result.rule, result.name)?,
                Some(why) => writeln!(out, "doubt {}: {}\n{}", result.rule, result.name, indent(why))?,
            },
            Some(why) => {
                failed += 1;
                writeln!(out, "FAIL  {}: {}\n{}", result.rule, result.name, indent(why))?;
            }
        }
    }
    for rule in files.own.iter().filter(|rule| !results.iter().any(|result| result.rule == rule.id)) {
        failed += 1;
        writeln!(out, "FAIL  {}: the rule has no samples", rule.id)?;
    }
    for (rule, what) in files.own.iter().flat_map(|rule| notes(rule).into_iter().map(move |what| (rule, what))) {
        writeln!(out, "note  {}: {}", rule.id, render::visible(&what))?;
    }
    // Sigma has no samples by itself, so a rule without them is no fault.
    let untested = files.sigma.rules.iter().filter(|rule| rule.samples.is_empty()).count();
    if untested > 0 {
        writeln!(
            out,
            "{} of Sigma read, without samples (`breachline: tests:` in the rule would hold them)",
            render::counted(untested, "rule")
        )?;
    }
    let rules = files.own.len() + files.sigma.rules.len();
    let (samples, rules) = (render::counted(results.len(), "sample"), render::counted(rules, "rule"));
    writeln!(out, "{samples} of {rules}, {failed} failed")?;
    out.flush()?;
    Ok(if failed == 0 && files.broken.is_empty() { Exit::Done } else { Exit::CannotWork })
}

/// What samples leave out, and the look-alikes of which a finding will say nothing.
fn notes(rule: &Rule) -> Vec<String> {
    let unsaid = rule.unsaid().into_iter().map(|number| rule.unsaid_of(number));
    rule.untested().into_iter().chain(unsaid).collect()
}

fn indent(text: &str) -> String {
    text.lines().map(|line| format!("      {}", render::visible(line))).collect::<Vec<_>>().join("\n")
}

/// The built-in rules and those of directories, by id, and the errors of broken files.
pub fn with_directories(directories: &[PathBuf]) -> anyhow::Result<RuleFiles> {
    let mut texts = Vec::new();
    let mut broken = Vec::new();
    for directory in directories {
        read_texts(directory, &mut texts, &mut broken)?;
    }
    let mut files = RuleFiles::read(&texts);
    let mut rules: BTreeMap<String, Rule> = BTreeMap::new();
    rules.extend(rule::builtin().into_iter().chain(files.own).map(|rule| (rule.id.clone(), rule)));
    files.own = rules.into_values().collect();
    broken.append(&mut files.broken);
    files.broken = broken;
    Ok(files)
}

/// Levels of directories below the one given.
const DEEPEST: usize = 16;

/// Reads a rule file, or every rule file in and below a directory, in order of path.
fn read_texts(path: &Path, texts: &mut Vec<(String, String)>, broken: &mut Vec<String>) -> anyhow::Result<()> {
    let shown = path.display();
    let metadata =
        std::fs::metadata(path).with_context(|| format!("{shown}: the rule file or directory cannot be read"))?;
    let mut files = vec![path.to_owned()];
    if metadata.is_dir() {
        files.clear();
        walk(path, DEEPEST, &mut files).with_context(|| format!("{shown}: the directory cannot be read"))?;
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
            Err(error) => Err(format!("{name}: the rule cannot be read: {}", why(&error))),
        };
        match text {
            Ok(text) => texts.push((name, text)),
            Err(error) => broken.push(error),
        }
    }
    Ok(())
}

/// Finds rule files. Links to directories are not followed, so nothing is walked twice.
fn walk(directory: &Path, levels: usize, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            if levels > 0 && !entry.file_name().as_encoded_bytes().starts_with(b".") {
                walk(&path, levels - 1, files)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "yml" || extension == "yaml") {
            files.push(path);
        }
    }
    Ok(())
}

/// The rules with these ids (Sigma's also by name) and what they refer to; all when none is named.
pub fn select(files: RuleFiles, ids: &[String]) -> anyhow::Result<RuleFiles> {
    if ids.is_empty() {
        return Ok(files);
    }
    let RuleFiles { own, sigma, broken } = files;
    for id in ids {
        if !own.iter().any(|rule| rule.id == *id) && sigma.called(id).is_none() {
            let known = own.iter().map(|rule| rule.id.as_str()).chain(sigma.rules.iter().map(|rule| rule.id.as_str()));
            let hint = value::nearest(id, known).map_or_else(
                || "`breachline rules list` names them all".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            return Err(anyhow!("unknown rule `{id}`; {hint}"));
        }
    }
    let own = own.into_iter().filter(|rule| ids.contains(&rule.id)).collect();
    Ok(RuleFiles { own, sigma: sigma.only(ids), broken })
}
