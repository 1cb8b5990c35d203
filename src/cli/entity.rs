//! `breachline entity`: one client, account, credential or object: when, what, with whom, and which findings name it.

use super::exit::Exit;
use super::hunt::RuleArgs;
use super::read::{ReadArgs, ReportArgs};
use super::value;
use crate::output::entity_json::EntityReport;
use crate::output::entity_table;
use anyhow::Context;
use breachline_queries::indicators::{Kind, List, Options, is_shaped_secret, network};
use breachline_queries::profile::{involved, profile};
use clap::{Args, ValueEnum};
use std::io::{self, BufWriter, Read, Write};

/// Shapes of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Text for people.
    Table,
    /// One document (schema `breachline.entity/1`).
    Json,
    /// One request of it a line.
    Jsonl,
    /// One request of it a row.
    Csv,
}

#[derive(Args)]
pub struct EntityArgs {
    /// What it is: ip (also a network), object, principal, client-app, credential, session, user-agent, host, path, route,
    /// tls-fingerprint, request-id, trace-id.
    #[arg(value_name = "KIND", value_parser = value::kind)]
    kind: Kind,
    /// Its value, a secret by its fingerprint (~…) only; `-` reads it from standard input, where it may be the secret.
    #[arg(value_name = "VALUE", allow_hyphen_values = true)]
    value: String,
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    report: ReportArgs,
    #[command(flatten)]
    rules: RuleArgs,
    /// Judges no rules: findings that name it are left out.
    #[arg(long, help_heading = "Rules")]
    no_hunt: bool,
    /// The shape of the answer.
    #[arg(long, value_enum, default_value_t = Format::Table, help_heading = "Output")]
    format: Format,
}

pub fn run(args: &EntityArgs) -> anyhow::Result<Exit> {
    let mut options = args.read.options()?;
    let rules = if args.no_hunt { Vec::new() } else { args.rules.load(&mut options.hunt)? };
    args.report.apply(&mut options)?;
    let value = read_value(args)?;
    let reading = match args.read.open(&options)?.usable() {
        Ok(reading) => reading,
        Err(exit) => return Ok(exit),
    };
    let requests = &reading.session.requests;
    let looked = Options { kind: Some(args.kind), key: options.load.key, extract: options.hunt.extract };
    let found =
        profile(requests, args.kind, &value, &looked, options.display_tz).context("there is no value to look for")?;
    let hunt = (!args.no_hunt).then(|| reading.session.hunt(&rules, &options.hunt));
    let involved = hunt.as_ref().map(|hunt| involved(requests, hunt, args.kind, &found.seen)).unwrap_or_default();
    let report = EntityReport {
        found: &found,
        requests,
        hunt: hunt.as_ref(),
        involved: &involved,
        zone: options.display_tz,
        extract: options.hunt.extract,
    };
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    match args.format {
        Format::Json => report.write_json(&mut out)?,
        Format::Jsonl => report.write_jsonl(&mut out)?,
        Format::Csv => report.write_csv(&mut out)?,
        Format::Table => {
            let layout = args.read.layout();
            entity_table::write(&mut out, &report, layout)?;
        }
    }
    out.flush()?;
    Ok(reading.finish(Exit::Done))
}

fn read_value(args: &EntityArgs) -> anyhow::Result<List> {
    let from_input = args.value == "-";
    if from_input && args.read.paths.iter().any(|path| path == "-") {
        anyhow::bail!("the value - and the path - both want standard input; give the logs as a file");
    }
    if !from_input && is_shaped_secret(&args.value) {
        // It is in the history of the shell by now; it is not repeated here.
        anyhow::bail!(
            "a secret does not belong on the command line; give - and the secret on standard input, or its fingerprint ~…"
        );
    }
    if !from_input && args.kind == Kind::Ip && network(args.value.trim()).is_none() {
        // That nobody of that name was seen would be true, and would mislead.
        anyhow::bail!("`{}` is no address and no network; write 192.0.2.9 or 192.0.2.0/24", args.value);
    }
    let mut text = Vec::new();
    if from_input {
        io::stdin().lock().read_to_end(&mut text).context("standard input")?;
    } else {
        text.extend_from_slice(args.value.as_bytes());
    }
    let list = List::one(&text).map_err(|error| anyhow::anyhow!("the value {error}"))?;
    Ok(list)
}
