//! `breachline export`: findings, evidence lines and hashes, for another person to check.

use super::exit::{Exit, say};
use super::hunt::RuleArgs;
use super::read::{ReadArgs, ReportArgs};
use super::value;
use crate::export::{self, Export};
use crate::render;
use anyhow::anyhow;
use breachline_queries::finding::Hunt;
use clap::Args;
use std::path::PathBuf;

#[derive(Args)]
pub struct ExportArgs {
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    report: ReportArgs,
    #[command(flatten)]
    rules: RuleArgs,
    /// Directory to write into; made when it does not exist, and it must be empty.
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    out: PathBuf,
    /// Exports this finding only; repeat for several.
    #[arg(long, value_name = "ID", help_heading = "Output")]
    finding: Vec<String>,
}

pub fn run(args: &ExportArgs) -> anyhow::Result<Exit> {
    let mut options = args.read.options()?;
    let rules = args.rules.load(&mut options.hunt)?;
    args.report.apply(&mut options)?;
    options.load.keep_raw = true;
    export::check_directory(&args.out)?;
    let reading = match args.read.open(&options)?.usable() {
        Ok(reading) => reading,
        Err(exit) => return Ok(exit),
    };
    let mut hunt = reading.session.hunt(&rules, &options.hunt);
    keep(&mut hunt, &args.finding)?;
    let given = described(args);
    let export = Export { session: &reading.session, hunt: &hunt, rules: &rules, options: &given };
    let rows = export::write(export, &args.out)?;
    if !args.read.quiet {
        say(
            "",
            &format!(
                "{}: {}, {}",
                args.out.display(),
                render::counted(hunt.findings.len(), "finding"),
                render::counted(rows as usize, "evidence row")
            ),
        );
    }
    Ok(reading.finish(Exit::Done))
}

/// Leaves only these findings, and the incidents they are part of.
fn keep(hunt: &mut Hunt, ids: &[String]) -> anyhow::Result<()> {
    for id in ids {
        if !hunt.findings.iter().any(|finding| finding.id == *id) {
            let near = value::nearest(id, hunt.findings.iter().map(|finding| finding.id.as_str()));
            let hint = near.map_or_else(
                || "`breachline hunt` prints the ids of what it found".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            return Err(anyhow!("there is no finding `{id}` in these logs; {hint}"));
        }
    }
    if !ids.is_empty() {
        hunt.findings.retain(|finding| ids.contains(&finding.id));
        let left: Vec<String> = hunt.findings.iter().map(|finding| finding.id.clone()).collect();
        hunt.incidents.retain(|incident| incident.findings.iter().any(|id| left.contains(id)));
    }
    Ok(())
}

/// The options that change what is exported, as they would be typed. Where it was written to is not among them:
/// the same evidence in two places is the same evidence.
fn described(args: &ExportArgs) -> Vec<String> {
    let read = &args.read;
    let report = &args.report;
    let mut given = Vec::new();
    let mut add = |name: &str, value: Option<String>| given.extend(value.map(|value| format!("{name}={value}")));
    add("--input-format", read.input_format.clone());
    add("--log-format", read.log_format.clone());
    add("--log-format-kind", read.log_format_kind.map(|kind| format!("{kind:?}").to_lowercase()));
    for rule in &read.assume_tz {
        let glob = rule.glob.as_deref().map(|glob| format!("{glob}=")).unwrap_or_default();
        add("--assume-tz", Some(format!("{glob}{}", rule.zone.name())));
    }
    add("--display-tz", (read.display_tz != chrono_tz::Tz::UTC).then(|| read.display_tz.name().to_owned()));
    add("--load-since", read.load_since.clone());
    add("--load-until", read.load_until.clone());
    add("--openapi", read.openapi.as_ref().map(|path| path.display().to_string()));
    add("--context", read.context.as_ref().map(|path| path.display().to_string()));
    read.trusted_proxy.iter().for_each(|proxy| add("--trusted-proxy", Some(proxy.clone())));
    let selection = &report.selection;
    add("--since", selection.since.clone());
    add("--until", selection.until.clone());
    add("--where", selection.condition.clone());
    add("--baseline", report.baseline.clone());
    args.rules.rule.iter().for_each(|id| add("--rule", Some(id.clone())));
    args.rules.rules.iter().for_each(|path| add("--rules", Some(path.display().to_string())));
    let level = args.rules.min_level;
    add("--min-level", (level != breachline_queries::finding::Level::Informational).then(|| level.name().to_owned()));
    args.finding.iter().for_each(|id| add("--finding", Some(id.clone())));
    if report.extract {
        given.push("--extract".to_owned());
    }
    given
}
