//! `breachline export`: findings, evidence lines and hashes, for another person to check.

use super::exit::{Exit, note, say};
use super::hunt::RuleArgs;
use super::read::{ReadArgs, ReportArgs, range};
use super::value;
use crate::case;
use crate::export::rule_set::of_sigma;
use crate::export::{self, Contents, Export};
use crate::notes::{Note, Notes};
use crate::render;
use crate::session::SessionOptions;
use anyhow::{Context, anyhow, bail};
use breachline_queries::finding::Hunt;
use clap::Args;
use std::path::{Path, PathBuf};

#[derive(Args)]
#[allow(clippy::struct_excessive_bools)] // switches of a command line, each its own
pub struct ExportArgs {
    #[command(flatten)]
    pub(super) read: ReadArgs,
    #[command(flatten)]
    pub(super) report: ReportArgs,
    #[command(flatten)]
    pub(super) rules: RuleArgs,
    /// Directory to write into; made when it does not exist, and it must be empty.
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    out: PathBuf,
    /// Exports this finding only; repeat for several.
    #[arg(long, value_name = "ID", help_heading = "Output")]
    pub(super) finding: Vec<String>,
    /// Adds the exact bytes of the evidence lines, secrets and all, in `sealed/`; the custody log says so.
    #[arg(long, help_heading = "Output")]
    raw: bool,
    /// Writes object ids that name people out in full; the custody log says so.
    #[arg(long, help_heading = "Output")]
    unmask: bool,
    /// Adds `containment.csv`: accounts to reset, credentials to revoke, addresses with what else they did.
    #[arg(long, help_heading = "Output")]
    containment: bool,
    /// Adds `marks.csv` and `marks.jsonl`: what was marked and written in the view, with the marked lines.
    #[arg(long, help_heading = "Output")]
    marks: bool,
    /// Where these are; those of the case when left out.
    #[arg(long, value_name = "FILE", requires = "marks", help_heading = "Output")]
    notes: Option<PathBuf>,
    /// Adds `ecs.jsonl`: the evidence in the Elastic Common Schema.
    #[arg(long, help_heading = "Output")]
    ecs: bool,
    /// Who exports, for the custody log.
    #[arg(long, value_name = "NAME", help_heading = "Output")]
    by: Option<String>,
    /// The time of the custody entries, so that a bundle repeats byte for byte [default: `SOURCE_DATE_EPOCH`, or now].
    #[arg(long, value_name = "T", help_heading = "Output")]
    at: Option<String>,
}

pub fn run(args: &ExportArgs) -> anyhow::Result<Exit> {
    let mut options = args.read.options()?;
    let rules = args.rules.load(&mut options.hunt)?;
    args.report.apply(&mut options)?;
    options.load.for_evidence();
    export::check_directory(&args.out)?;
    let at = value::moment(args.at.as_deref(), options.display_tz).context("--at")?;
    let reading = match args.read.open(&options)?.usable() {
        Ok(reading) => reading,
        Err(exit) => return Ok(exit),
    };
    let mut hunt = reading.session.hunt(&rules, &options.hunt);
    keep(&mut hunt, &args.finding)?;
    // How the logs were read, for whoever reads them again.
    let (given, ingests) = case::read_by(options.case.as_deref(), described(args)?)?;
    let marks = args.marks(options.case.as_deref())?;
    let contents = Contents { marks, ingests, ..args.contents(at, &options) };
    let export = Export { session: &reading.session, hunt: &hunt, rules: &rules, options: &given, contents: &contents };
    let written = export::write(export, &args.out)?;
    if let Some(directory) = &options.case {
        case::record(directory, &contents, export::custody::left(export, &written.root))?;
    }
    if !args.read.quiet {
        say(
            "",
            &format!(
                "{}: {}, {}\nroot {} (SHA-256 of SHA256SUMS; write it down where nobody can change it)",
                args.out.display(),
                render::counted(hunt.findings.len(), "finding"),
                render::counted(written.evidence_rows as usize, "evidence row"),
                written.root
            ),
        );
        if written.undated > 0 {
            note(&format!(
                "{} without a time: in evidence.csv and rows.jsonl, not in the timeline",
                render::counted(written.undated as usize, "evidence line")
            ));
        }
    }
    Ok(reading.finish(Exit::Done))
}

/// Leaves only these findings, and the incidents they are part of.
pub(super) fn keep(hunt: &mut Hunt, ids: &[String]) -> anyhow::Result<()> {
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
    keep_those(hunt, ids);
    Ok(())
}

/// The same, for ids of which some may be of no finding.
pub(super) fn keep_those(hunt: &mut Hunt, ids: &[String]) {
    if !ids.is_empty() {
        hunt.findings.retain(|finding| ids.contains(&finding.id));
        let left: Vec<String> = hunt.findings.iter().map(|finding| finding.id.clone()).collect();
        hunt.incidents.retain(|incident| incident.findings.iter().any(|id| left.contains(id)));
    }
}

impl ExportArgs {
    /// What goes into the bundle, made at a time (microseconds UTC).
    pub(super) fn contents(&self, at: i64, options: &SessionOptions) -> Contents {
        Contents {
            unmask: self.unmask,
            raw: self.raw,
            ecs: self.ecs,
            containment: self.containment,
            by: self.by.clone(),
            at,
            key: options.load.key,
            sigma: of_sigma(&options.hunt),
            ..Contents::default()
        }
    }

    /// What the analyst marked and wrote, where it is asked for.
    fn marks(&self, case: Option<&Path>) -> anyhow::Result<Option<Vec<Note>>> {
        if !self.marks {
            return Ok(None);
        }
        let Some(path) = self.notes.clone().or_else(|| case.map(|case| case.join("notes.json"))) else {
            bail!("--marks: marks are kept in a case, or in the file that the view was given: add --notes FILE");
        };
        if self.notes.is_some() && !path.exists() {
            bail!("--notes: {}: there is no such file", path.display());
        }
        Ok(Some(Notes::read(&path)?.notes))
    }
}

/// The options that change what is exported, as they would be typed. Where it was written to is not among them:
/// the same evidence in two places is the same evidence.
fn described(args: &ExportArgs) -> anyhow::Result<Vec<String>> {
    let mut given = described_read(&args.read, &args.report, &args.rules)?;
    given.extend(args.finding.iter().map(|id| format!("--finding={id}")));
    let flags =
        [(args.raw, "--raw"), (args.unmask, "--unmask"), (args.containment, "--containment"), (args.ecs, "--ecs")];
    given.extend(flags.iter().filter(|(on, _)| *on).map(|(_, name)| (*name).to_owned()));
    Ok(given)
}

/// The options of reading and judging, likewise.
pub(super) fn described_read(read: &ReadArgs, report: &ReportArgs, rules: &RuleArgs) -> anyhow::Result<Vec<String>> {
    let zone = read.display_tz;
    let mut given = described_reading(read)?;
    given.extend((zone != chrono_tz::Tz::UTC).then(|| format!("--display-tz={}", zone.name())));
    let selection = &report.selection;
    given.extend(described_times(("--since", &selection.since), ("--until", &selection.until), zone)?);
    let mut add = |name: &str, value: Option<String>| given.extend(value.map(|value| format!("{name}={value}")));
    add("--where", selection.condition.clone());
    rules.rule.iter().for_each(|id| add("--rule", Some(id.clone())));
    rules.rules.iter().for_each(|path| add("--rules", Some(path.display().to_string())));
    let level = rules.min_level;
    add("--min-level", (level != breachline_queries::finding::Level::Informational).then(|| level.name().to_owned()));
    given.extend(report.kind.described(zone)?);
    Ok(given)
}

/// Two times as instants, so that they mean the same whatever zone others type theirs in.
fn described_times(
    since: (&str, &Option<String>),
    until: (&str, &Option<String>),
    zone: chrono_tz::Tz,
) -> anyhow::Result<Vec<String>> {
    let (from, before) = range(since, until, zone)?;
    let of = |name: &str, at: Option<i64>| at.map(|at| format!("{name}={}", render::rfc3339(at)));
    Ok([of(since.0, from), of(until.0, before)].into_iter().flatten().collect())
}

/// The options of reading, likewise.
pub(super) fn described_reading(read: &ReadArgs) -> anyhow::Result<Vec<String>> {
    let mut given = Vec::new();
    let mut add = |name: &str, value: Option<String>| given.extend(value.map(|value| format!("{name}={value}")));
    add("--input-format", read.input_format.clone());
    add("--log-format", read.log_format.clone());
    add("--log-format-kind", read.log_format_kind.map(|kind| format!("{kind:?}").to_lowercase()));
    for rule in &read.assume_tz {
        let glob = rule.glob.as_deref().map(|glob| format!("{glob}=")).unwrap_or_default();
        add("--assume-tz", Some(format!("{glob}{}", rule.zone.name())));
    }
    for rule in &read.vantage {
        let glob = rule.glob.as_deref().map(|glob| format!("{glob}=")).unwrap_or_default();
        add("--vantage", Some(format!("{glob}{}", rule.vantage.name())));
    }
    add("--captures", (!read.captures.is_empty()).then(|| read.captures.join(",")));
    add("--nginx-conf", read.nginx_conf.as_ref().map(|path| path.display().to_string()));
    add("--apache-conf", read.apache_conf.as_ref().map(|path| path.display().to_string()));
    add("--openapi", read.openapi.as_ref().map(|path| path.display().to_string()));
    add("--asn-db", read.asn_db.as_ref().map(|path| path.display().to_string()));
    add("--geo-db", read.geo_db.as_ref().map(|path| path.display().to_string()));
    add("--context", read.context.as_ref().map(|path| path.display().to_string()));
    read.trusted_proxy.iter().for_each(|proxy| add("--trusted-proxy", Some(proxy.clone())));
    let times = [("--load-since", &read.load_since), ("--load-until", &read.load_until)];
    given.extend(described_times(times[0], times[1], read.display_tz)?);
    Ok(given)
}
