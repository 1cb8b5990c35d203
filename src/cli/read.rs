//! Options of every command that reads logs, checked, and the reading itself.

use super::exit::{Exit, complain, note, say};
use super::hunt::columns;
use super::{formats, value};
use crate::case::{self, BASELINE, Case, EXTRACT};
use crate::output::hunt_table::Layout;
use crate::progress::Meter;
use crate::render;
use crate::session::{Condition, Session, SessionOptions};
use anyhow::{Context, anyhow};
use breachline_parsers::format::{NamedDirective, compile, configured};
use breachline_parsers::load::{DirectiveKind, LoadOptions, Progress, Sink, ZoneRule};
use breachline_parsers::report::VantageRule;
use breachline_parsers::survey::Survey;
use breachline_queries::context as known;
use breachline_queries::derive::DeriveOptions;
use breachline_queries::hunt::HuntOptions;
use breachline_queries::networks::{Database, Networks};
use breachline_queries::selection::{self, Selection};
use chrono_tz::Tz;
use clap::{Args, ValueEnum};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Whose directive language a `--log-format` is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs)] // the vendors; help that says their names twice would help nobody
pub enum Kind {
    Nginx,
    Apache,
    Haproxy,
    Envoy,
}

impl From<Kind> for DirectiveKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Nginx => Self::Nginx,
            Kind::Apache => Self::Apache,
            Kind::Haproxy => Self::Haproxy,
            Kind::Envoy => Self::Envoy,
        }
    }
}

/// Options of every command that reads logs, as typed.
#[derive(Args)]
pub struct ReadArgs {
    /// Logs: files, compressed files and archives, directories (walked), globs, or `-` for standard input.
    #[arg(value_name = "PATH", required_unless_present = "case")]
    pub paths: Vec<String>,
    /// The case to work on, in place of paths (`breachline ingest` makes one).
    #[arg(long, value_name = "DIR", help_heading = "Case")]
    pub case: Option<PathBuf>,

    /// Reads every source as this format instead of recognising it (`breachline formats list`).
    #[arg(long, value_name = "ID", help_heading = "Format")]
    pub input_format: Option<String>,
    /// The directive that produced the logs, as it stands in the server's configuration.
    #[arg(long, value_name = "DIRECTIVE", help_heading = "Format", conflicts_with = "input_format")]
    pub log_format: Option<String>,
    /// Whose directive that is; guessed from its look when left out.
    #[arg(long, value_name = "KIND", help_heading = "Format", requires = "log_format")]
    pub log_format_kind: Option<Kind>,
    /// nginx's configuration: the logs it names are read in the formats it gives them.
    #[arg(long, value_name = "FILE", help_heading = "Format", conflicts_with_all = ["input_format", "log_format"])]
    pub nginx_conf: Option<PathBuf>,
    /// Apache's configuration, likewise.
    #[arg(long, value_name = "FILE", help_heading = "Format", conflicts_with_all = ["input_format", "log_format"])]
    pub apache_conf: Option<PathBuf>,
    /// Names of the headers that HAProxy captures, in order: those of the request, then those of the response.
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', help_heading = "Format")]
    pub captures: Vec<String>,

    /// The zone of logs that carry none, for all or for those whose path fits a glob [default: UTC].
    #[arg(long, value_name = "[GLOB=]ZONE", value_parser = value::zone_rule, help_heading = "Time")]
    pub assume_tz: Vec<ZoneRule>,
    /// The zone of times on screen and of times given without one; data is UTC.
    #[arg(long, value_name = "ZONE", value_parser = value::zone, default_value = "UTC", help_heading = "Time")]
    pub display_tz: Tz,
    /// Reads requests from this time on: 2026-03-04T02:11Z, or 2026-03-04 02:11 in the zone of --display-tz.
    #[arg(long, value_name = "T", help_heading = "Time")]
    pub load_since: Option<String>,
    /// Reads requests before this time.
    #[arg(long, value_name = "T", help_heading = "Time")]
    pub load_until: Option<String>,

    /// Where the logs were written, whatever their format says: edge, balancer, gateway or application.
    #[arg(long, value_name = "[GLOB=]VANTAGE", value_parser = value::vantage_rule, help_heading = "Network")]
    pub vantage: Vec<VantageRule>,
    /// A network of trusted proxies or their number; repeat for several.
    #[arg(long, value_name = "CIDR|N", help_heading = "Network")]
    pub trusted_proxy: Vec<String>,

    /// A database of autonomous systems (.mmdb): fills the columns `asn` and `as_org`.
    #[arg(long, value_name = "FILE", help_heading = "Network")]
    pub asn_db: Option<PathBuf>,
    /// A database of countries (.mmdb): fills the column `country`.
    #[arg(long, value_name = "FILE", help_heading = "Network")]
    pub geo_db: Option<PathBuf>,

    /// What is known of the system, in TOML: public, protected and bulk routes, partners, consents, crawlers, scanners,
    /// health checks.
    #[arg(long, value_name = "FILE", help_heading = "Context")]
    pub context: Option<PathBuf>,

    /// An OpenAPI document (3.0 or 3.1, JSON or YAML): routes, required credentials, deprecated and undocumented
    /// operations.
    #[arg(long, value_name = "FILE", help_heading = "Context")]
    pub openapi: Option<PathBuf>,

    /// Memory that measuring may use at a time.
    #[arg(long, value_name = "SIZE", value_parser = value::size, default_value = "1G", help_heading = "Run")]
    pub memory: u64,
    /// Threads; 0 means one per core.
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true, help_heading = "Run")]
    pub threads: usize,
    /// When to use colour.
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = Color::Auto, help_heading = "Run")]
    pub color: Color,
    /// Prints no progress, notes or summary, only errors.
    #[arg(short, long, help_heading = "Run")]
    pub quiet: bool,
    /// Prints what was read as what.
    #[arg(short, long, help_heading = "Run", conflicts_with = "quiet")]
    pub verbose: bool,
}

/// Options of the commands that answer from requests: what is reported. Baselines still use all that was read.
#[derive(Args)]
pub struct SelectionArgs {
    /// Reports requests from this time on (written as for --load-since); rules still compare all that was read.
    #[arg(long, value_name = "T", help_heading = "Report")]
    pub since: Option<String>,
    /// Reports requests before this time, likewise.
    #[arg(long, value_name = "T", help_heading = "Report")]
    pub until: Option<String>,
    /// Reports requests where a condition over the columns of `breachline schema` holds, likewise.
    #[arg(long = "where", value_name = "EXPR", help_heading = "Report")]
    pub condition: Option<String>,
}

/// Options of the commands that judge rules: what is reported, and what kind of logs these are.
#[derive(Args)]
pub struct ReportArgs {
    #[command(flatten)]
    pub selection: SelectionArgs,
    #[command(flatten)]
    pub kind: KindArgs,
}

/// What kind of logs these are, as far as rules care. A case keeps what its ingests said.
#[derive(Args)]
pub struct KindArgs {
    /// These logs are a selection (a grep for one address, say): ratios, absences and first-seen claims are off.
    #[arg(long, help_heading = "Report")]
    pub extract: bool,
    /// Time known to be clean: what is compared with others is compared with how they were then.
    #[arg(long, value_name = "T..T", help_heading = "Report")]
    pub baseline: Option<String>,
}

impl ReadArgs {
    /// Checks the values and puts the options together.
    pub fn options(&self) -> anyhow::Result<SessionOptions> {
        let (load_since, load_until) =
            range(("--load-since", &self.load_since), ("--load-until", &self.load_until), self.display_tz)?;
        self.check_format()?;
        let directives = self.directives()?;
        let load = LoadOptions {
            input_format: self.input_format.clone(),
            log_format: self.log_format.clone(),
            log_format_kind: self.log_format_kind.map(DirectiveKind::from),
            directives,
            captures: self.captures.clone(),
            assume_tz: self.assume_tz.clone(),
            threads: self.threads,
            load_since,
            load_until,
            ..LoadOptions::default()
        };
        let case = self
            .case
            .as_deref()
            .filter(|directory| directory.join("case.json").exists())
            .map(Case::open)
            .transpose()?;
        let ingests = case.as_ref().map(Case::ingests).transpose()?.unwrap_or_default();
        let said = || ingests.iter().flat_map(|(_, manifest)| &manifest.options);
        // What the ingests of the case were given holds, unless it is given now.
        let trusted_proxies =
            if self.trusted_proxy.is_empty() { case::trusted(said()) } else { self.trusted_proxy.clone() };
        let load = case.map_or(load.clone(), |case| LoadOptions { key: case.key(), ..load });
        let mut options = SessionOptions {
            case: self.case.clone(),
            paths: self.paths.clone(),
            load,
            report: Selection::default(),
            derive: DeriveOptions {
                vantages: self.vantage.clone(),
                trusted_proxies,
                context: self.known()?,
                openapi: self.operations()?,
                networks: self.networks()?,
            },
            hunt: HuntOptions { memory: self.memory, threads: self.threads, ..HuntOptions::default() },
            display_tz: self.display_tz,
        };
        if !ingests.is_empty() {
            KindArgs::said(said()).apply(&mut options)?;
        }
        Ok(options)
    }

    /// Refuses a format that does not exist before anything is opened, the terminal least of all.
    fn check_format(&self) -> anyhow::Result<()> {
        if let Some(id) = &self.input_format {
            formats::named(id).context("--input-format")?;
        }
        if let Some(directive) = &self.log_format {
            let kind = self.log_format_kind.map(DirectiveKind::from);
            compile(kind, directive).map_err(|error| anyhow!("--log-format: {error}"))?;
        }
        Ok(())
    }

    /// What is known of the system.
    fn known(&self) -> anyhow::Result<Option<Arc<known::Context>>> {
        let Some(path) = &self.context else { return Ok(None) };
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).with_context(|| format!("--context: {name} cannot be read"))?;
        let context = known::Context::parse(&text, &name).map_err(|error| anyhow!("--context: {error}"))?;
        Ok(Some(Arc::new(context)))
    }

    /// The operations of the system.
    fn operations(&self) -> anyhow::Result<Option<Arc<known::openapi::OpenApi>>> {
        let Some(path) = &self.openapi else { return Ok(None) };
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).with_context(|| format!("--openapi: {name} cannot be read"))?;
        let openapi = known::openapi::OpenApi::parse(&text, &name).map_err(|error| anyhow!("--openapi: {error}"))?;
        Ok(Some(Arc::new(openapi)))
    }

    /// Who runs the networks of client addresses.
    fn networks(&self) -> anyhow::Result<Option<Arc<Networks>>> {
        let open = |option: &str, path: &Option<PathBuf>| {
            let opened = path.as_deref().map(Database::open).transpose();
            opened.map_err(|error| anyhow!("{option}: {error}"))
        };
        let networks = Networks { asn: open("--asn-db", &self.asn_db)?, geo: open("--geo-db", &self.geo_db)? };
        Ok((!networks.is_empty()).then(|| Arc::new(networks)))
    }

    /// The formats of the configurations given.
    fn directives(&self) -> anyhow::Result<Vec<NamedDirective>> {
        let given = [
            ("--nginx-conf", &self.nginx_conf, DirectiveKind::Nginx),
            ("--apache-conf", &self.apache_conf, DirectiveKind::Apache),
        ];
        let mut directives = Vec::new();
        for (option, path, kind) in given {
            let Some(path) = path else { continue };
            let configured = configured(kind, path).map_err(|error| anyhow!("{option}: {error}"))?;
            if !self.quiet {
                configured.notes.iter().for_each(|left_out| note(left_out));
            }
            directives.extend(configured.directives);
        }
        Ok(directives)
    }

    /// Whether to colour standard output.
    pub fn colours(&self) -> bool {
        match self.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()),
        }
    }

    /// How text for people is laid out on this terminal.
    pub fn layout(&self) -> Layout {
        Layout { columns: columns(), colours: self.colours(), zone: self.display_tz }
    }

    /// Reads the logs and says what went wrong. Fails when nothing is left to work on.
    pub fn open(&self, options: &SessionOptions) -> anyhow::Result<Reading> {
        self.open_by(|progress| Session::open(options, progress))
    }

    /// Reads the logs as [`ReadArgs::open`] does, their rows handed to a sink.
    pub fn stream(&self, options: &SessionOptions, sink: &mut dyn Sink) -> anyhow::Result<Reading> {
        self.open_by(|progress| Session::stream(options, progress, sink))
    }

    fn open_by(
        &self,
        open: impl FnOnce(&mut dyn FnMut(&Progress)) -> anyhow::Result<Session>,
    ) -> anyhow::Result<Reading> {
        self.check_case()?;
        let mut meter = Meter::new(self.quiet);
        let session = open(&mut |progress| meter.show(progress))?;
        meter.clear();
        Ok(self.reading(session))
    }

    /// Says what went wrong with logs that were read.
    pub fn reading(&self, session: Session) -> Reading {
        let exit = self.complain(&session);
        self.describe(&session);
        Reading { session, exit, quiet: self.quiet }
    }

    /// Refuses what a case has settled already.
    pub fn check_case(&self) -> anyhow::Result<()> {
        let Some(directory) = &self.case else { return Ok(()) };
        if !self.paths.is_empty() {
            return Err(anyhow!(
                "--case stands in place of paths; `breachline ingest PATH --case DIR` adds logs to it"
            ));
        }
        let settled = [
            ("--input-format", self.input_format.is_some()),
            ("--log-format", self.log_format.is_some()),
            ("--nginx-conf", self.nginx_conf.is_some()),
            ("--apache-conf", self.apache_conf.is_some()),
            ("--captures", !self.captures.is_empty()),
            ("--assume-tz", !self.assume_tz.is_empty()),
            ("--load-since", self.load_since.is_some()),
            ("--load-until", self.load_until.is_some()),
        ];
        match settled.iter().find(|(_, given)| *given) {
            Some((option, _)) => {
                Err(anyhow!("{option} says how logs are read, which was settled when they were ingested"))
            }
            None => self.remark_older(directory),
        }
    }

    /// Says where a case is of a version that knew less of secrets.
    fn remark_older(&self, directory: &Path) -> anyhow::Result<()> {
        if Case::open(directory)?.ingests()?.iter().any(|(_, manifest)| !manifest.places_of_secrets) {
            self.remark(
                "the case was ingested by a version that masked raw lines by their bytes alone: a secret that only a \
                 column or a directive names may show in them; before lines are handed on, ingest the logs into a new case",
            );
        }
        Ok(())
    }

    /// Opens samples of the logs and says what went wrong, and how the run ends for it.
    pub fn survey(&self, options: &SessionOptions) -> anyhow::Result<(Session, Survey, Exit)> {
        if self.case.is_some() {
            return Err(anyhow!("a survey looks at logs; give it paths, or `hunt --case` for what a case holds"));
        }
        let mut meter = Meter::new(self.quiet);
        let (session, survey) = Session::survey(options, &mut |progress| meter.show(progress))?;
        meter.clear();
        let exit = self.complain(&session);
        Ok((session, survey, exit))
    }

    /// Says what went wrong, and how the run ends for it.
    fn complain(&self, session: &Session) -> Exit {
        let complaints = session.complaints();
        if complaints.is_empty() && session.condition() == Condition::Nothing {
            complain(
                "no record could be read as a request, so there is nothing to work on; `breachline formats detect` says what these logs look like",
            );
        }
        for complaint in complaints {
            // A sentence of one line, whatever the name of the file is.
            complain(&render::visible(&complaint));
        }
        let left_unread = [session.passed_over(), session.empty(), session.pruned(), session.copies()];
        for sentence in left_unread.into_iter().flatten().filter(|_| !self.quiet) {
            note(&sentence);
        }
        match session.condition() {
            Condition::Whole => Exit::Done,
            Condition::Partial => Exit::Partial,
            Condition::Nothing => Exit::CannotWork,
        }
    }

    /// Says something that is good to know, unless nothing is to be said.
    pub fn remark(&self, sentence: &str) {
        if !self.quiet {
            note(sentence);
        }
    }

    fn describe(&self, session: &Session) {
        if self.quiet {
            return;
        }
        for source in session.sources() {
            if self.verbose {
                say(
                    "",
                    &format!(
                        "{}: {}, {}, zone {}, {}, {}, {}",
                        source.path,
                        source.format.as_deref().unwrap_or("unknown format"),
                        source.vantage.map_or("unknown vantage", |vantage| vantage.name()),
                        source.zone,
                        render::counted(source.rows, "row"),
                        render::counted(source.rejects, "reject"),
                        render::counted(source.skips, "skip")
                    ),
                );
            }
            if let Some(holes) = source.holes() {
                note(&holes);
            }
            let first = session.rejects.iter().find(|reject| reject.source == source.id);
            if let Some(first) = first.filter(|_| source.format.is_some()) {
                note(&format!(
                    "{}:{}: {} ({} of {} records could not be read; `breachline parse --rejects FILE` lists them)",
                    source.path,
                    first.line_no,
                    first.reason,
                    render::count(source.rejects),
                    render::count(source.records)
                ));
            }
        }
    }
}

impl SelectionArgs {
    /// Adds what answers are limited to.
    pub fn apply(&self, options: &mut SessionOptions) -> anyhow::Result<()> {
        let (since, until) = range(("--since", &self.since), ("--until", &self.until), options.display_tz)?;
        let read = |text: &str| selection::condition(text).map_err(|why| anyhow!("--where: {why}"));
        let condition = self.condition.as_deref().map(read).transpose()?;
        options.report = Selection { since, until, condition };
        Ok(())
    }
}

impl ReportArgs {
    /// Adds what is reported to the options.
    pub fn apply(&self, options: &mut SessionOptions) -> anyhow::Result<()> {
        self.selection.apply(options)?;
        self.kind.apply(options)
    }
}

impl ReportArgs {
    /// Says that what limits reports changes nothing here, where it was given, and why.
    pub fn remark_unused(&self, read: &ReadArgs, why: &str) {
        let selection = &self.selection;
        let given = [
            ("--since", selection.since.is_some()),
            ("--until", selection.until.is_some()),
            ("--where", selection.condition.is_some()),
            ("--baseline", self.kind.baseline.is_some()),
        ];
        let given: Vec<&str> = given.into_iter().filter(|(_, given)| *given).map(|(name, _)| name).collect();
        if !given.is_empty() {
            read.remark(&format!("{} changes nothing here: {why}", given.join(", ")));
        }
    }
}

impl KindArgs {
    /// Adds it to what the case says already, where there is one; of two clean times the one given now counts.
    pub fn apply(&self, options: &mut SessionOptions) -> anyhow::Result<()> {
        options.hunt.extract |= self.extract;
        if let Some(clean) = self.clean(options.display_tz)? {
            options.hunt.baseline = Some(clean);
        }
        Ok(())
    }

    /// The options as they would be typed, whatever the zone on screen.
    pub fn described(&self, zone: Tz) -> anyhow::Result<Vec<String>> {
        let clean = self.clean(zone)?;
        let clean =
            clean.map(|(from, until)| format!("{BASELINE}{}..{}", render::rfc3339(from), render::rfc3339(until)));
        Ok(clean.into_iter().chain(self.extract.then(|| EXTRACT.to_owned())).collect())
    }

    /// What kind of logs the ingests of a case say that theirs are. One that is a selection makes the case one.
    fn said<'o>(options: impl Iterator<Item = &'o String> + Clone) -> Self {
        let kinds: Vec<&String> = case::kinds(options).collect();
        let baseline = kinds.iter().find_map(|option| option.strip_prefix(BASELINE));
        Self { extract: kinds.iter().any(|option| *option == EXTRACT), baseline: baseline.map(str::to_owned) }
    }

    /// The time known to be clean.
    fn clean(&self, zone: Tz) -> anyhow::Result<Option<(i64, i64)>> {
        let Some(text) = &self.baseline else { return Ok(None) };
        let Some((from, until)) = text.split_once("..").filter(|(from, until)| !from.is_empty() && !until.is_empty())
        else {
            return Err(anyhow!("--baseline: `{text}` is no stretch of time; write 2026-03-01..2026-03-04"));
        };
        let (from, until) = (Some(from.to_owned()), Some(until.to_owned()));
        let both = range(("the start of --baseline", &from), ("its end", &until), zone)?;
        Ok(both.0.zip(both.1))
    }
}

/// Two optional times, the first before the second.
pub fn range(
    (since_name, since): (&str, &Option<String>),
    (until_name, until): (&str, &Option<String>),
    zone: Tz,
) -> anyhow::Result<(Option<i64>, Option<i64>)> {
    let parse = |name: &str, text: &Option<String>| {
        text.as_deref()
            .map(|text| value::time(text, zone).map_err(|why| anyhow!(why)))
            .transpose()
            .context(name.to_owned())
    };
    let (since, until) = (parse(since_name, since)?, parse(until_name, until)?);
    if let (Some(since), Some(until)) = (since, until)
        && since >= until
    {
        return Err(anyhow!("{since_name} is not before {until_name}: nothing could be in between"));
    }
    Ok((since, until))
}

/// Logs that were read, and how the run would end so far.
pub struct Reading {
    /// The logs.
    pub session: Session,
    /// How the run would end so far.
    exit: Exit,
    quiet: bool,
}

impl Reading {
    /// Whether there is anything to work on.
    pub fn is_usable(&self) -> bool {
        self.exit != Exit::CannotWork
    }

    /// Fails when there is nothing to work on (the reasons have been said).
    pub fn usable(self) -> Result<Self, Exit> {
        if !self.is_usable() {
            self.summarise();
            return Err(Exit::CannotWork);
        }
        Ok(self)
    }

    /// Says how many records became what, and gives the exit code of the run.
    pub fn finish(&self, exit: Exit) -> Exit {
        self.summarise();
        exit.max(self.exit)
    }

    fn summarise(&self) {
        if self.quiet {
            return;
        }
        if let Some(selected) = &self.session.requests.derived.selected {
            let (shown, all) = (selected.order.len(), self.session.requests.rows());
            note(&format!(
                "limited to {} of {} rows by {}; what is compared is all that was read",
                render::count(shown),
                render::count(all),
                render::visible(&selected.words)
            ));
        }
        let totals = self.session.totals();
        say(
            "",
            &format!(
                "{} + {} + {} = {} in {} of {}",
                render::counted(totals.rows, "row"),
                render::counted(totals.rejects, "reject"),
                render::counted(totals.skips, "skip"),
                render::counted(totals.records, "record"),
                render::counted(totals.lines, "line"),
                render::counted(self.session.sources().len(), "source")
            ),
        );
        let (lines, files) = self.session.strange();
        if files > 0 && totals.rows > 0 {
            note(&format!(
                "{} of the rejects {} in {} that no known format fits, where each line counts as one",
                render::count(lines),
                if lines == 1 { "is" } else { "are" },
                render::counted(files, "file")
            ));
        }
    }
}
