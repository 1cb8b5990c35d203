//! Format files.

use super::{FILES, Format, Reading, ToldBy, groups, identifies, sample};
use crate::decode::csv::Unnamed;
use crate::decode::field::Field;
use crate::decode::hop_id::HopIds;
use crate::decode::pairs::Syntax;
use crate::decode::paths::{Alias, Edit, Paths, alias_path};
use crate::decode::right::Free;
use crate::decode::table::{Layout, Table};
use crate::decode::text::{Logs, Plan};
use crate::directive::{self, Compiled};
use crate::load::DirectiveKind;
use crate::report::Vantage;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::Arc;

/// One layout or several, tried in order; `<? … ?>` marks a part that may be missing.
#[derive(Deserialize)]
#[serde(untagged)]
enum Layouts {
    One(String),
    Several(Vec<String>),
}

impl Layouts {
    fn all(&self) -> &[String] {
        match self {
            Self::One(layout) => std::slice::from_ref(layout),
            Self::Several(layouts) => layouts,
        }
    }
}

/// A format file as written; exactly one of the directives, `json` or `table` with its `columns` is there.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(clippy::struct_excessive_bools)] // as they stand in the file
struct File {
    title: String,
    docs: String,
    vantage: Option<Vantage>,
    records_identity: Option<bool>,
    nginx: Option<Layouts>,
    apache: Option<Layouts>,
    envoy: Option<Layouts>,
    haproxy: Option<Layouts>,
    fields: Option<Layouts>,
    json: Option<BTreeMap<String, Vec<String>>>,
    /// Names of columns, as in `json`, of a table whose header lines name them.
    columns: Option<BTreeMap<String, Vec<String>>>,
    /// A format whose columns count too, after this one's own.
    like: Option<String>,
    /// Whether its first line names the columns of comma-separated values.
    #[serde(default)]
    csv: bool,
    /// The layout of such columns where no line names them.
    #[serde(skip)]
    unnamed: Option<Unnamed>,
    /// Whether its names are those of no vendor: a log may call things otherwise.
    #[serde(default)]
    generic: bool,
    /// The syntax of labelled values, whose names `columns` has.
    pairs: Option<Syntax>,
    /// How such a table is laid out.
    table: Option<Layout>,
    /// Texts that mean "nothing", beside `-` and the empty one.
    #[serde(default)]
    missing: Vec<String>,
    /// Paths (`path`, or `path=value`) of records that are no requests, and what to say of them.
    #[serde(default)]
    others: BTreeMap<String, String>,
    /// Fields that every record has; those after may be missing.
    required: Option<usize>,
    /// Whether text may follow the last field.
    tail: Option<bool>,
    /// Whether a JSON record must have a time, a request and a status; in text, whether hosts and addresses
    /// must look like ones, so that fields too many or too few are noticed.
    #[serde(default)]
    strict: bool,
    /// Whether runs of spaces separate fields as one does.
    #[serde(default)]
    pad: bool,
    /// Whether the writer leaves quotes in values as they are.
    #[serde(default)]
    raw_quotes: bool,
    /// The field that clients choose and the writer does not escape, and what stands behind it up to the end.
    free: Option<(String, String)>,
    /// Columns of `name=value` pairs after the last field; other pairs are kept under their names.
    #[serde(default)]
    tail_pairs: BTreeMap<String, String>,
    /// Whether records have no time of their own: it stands in what they are wrapped in.
    #[serde(default)]
    timeless: bool,
    /// Whether records tell of connections, which ask for nothing and get no status.
    #[serde(default)]
    connections: bool,
    /// Whether it is read only where it is named.
    #[serde(default)]
    named: bool,
    /// A regular expression that every record matches; looked at only where formats are told apart.
    shape: Option<String>,
    /// Beginnings of lines that are no requests.
    #[serde(default)]
    skips: Vec<String>,
    #[serde(default)]
    marks: Vec<String>,
    #[serde(default)]
    any: Vec<String>,
    #[serde(default)]
    tells: Vec<String>,
    /// Breaks the tie with a format of the same shape.
    #[serde(default)]
    prefer: f64,
    #[serde(default)]
    sample: Vec<sample::Sample>,
}

pub(super) fn parse(text: &str, name: &str) -> Result<Format, String> {
    finish(open(text)?, name)
}

fn open(text: &str) -> Result<File, String> {
    let mut file: File = toml::from_str(text).map_err(|error| error.to_string())?;
    if let Some(like) = file.like.take() {
        adopt(&mut file, &like)?;
    }
    Ok(file)
}

/// A built-in file.
fn built_in(id: &str) -> Result<File, String> {
    let (_, text) = FILES.iter().find(|(known, _)| *known == id).ok_or_else(|| format!("there is no format `{id}`"))?;
    open(text)
}

/// The names of each column of a built-in format, best first.
pub(super) fn names(id: &str) -> BTreeMap<String, Vec<String>> {
    built_in(id).ok().and_then(|file| file.json.or(file.columns)).unwrap_or_default()
}

/// A built-in format that knows more names of columns, before its own. A name counts for one column only.
pub(super) fn fitted(
    id: &str,
    names: BTreeMap<String, Vec<String>>,
    unnamed: Option<Unnamed>,
) -> Result<Format, String> {
    let mut file = built_in(id)?;
    file.unnamed = unnamed;
    let columns = if file.json.is_some() { &mut file.json } else { &mut file.columns };
    let columns = columns.get_or_insert_default();
    let taken: BTreeSet<String> = names.values().flatten().map(|alias| alias_path(alias)).collect();
    for aliases in columns.values_mut() {
        aliases.retain(|alias| !taken.contains(&alias_path(alias)));
    }
    for (column, own) in names {
        columns.entry(column).or_default().splice(0..0, own);
    }
    columns.retain(|_, aliases| !aliases.is_empty());
    finish(file, id)
}

fn finish(file: File, name: &str) -> Result<Format, String> {
    let (reading, written, identity) = reading(&file)?;
    let shape = file.shape.as_deref().map(regex::bytes::Regex::new).transpose().map_err(|error| error.to_string())?;
    Ok(Format {
        id: name.to_owned(),
        title: file.title,
        docs: file.docs,
        vantage: file.vantage,
        records_identity: file.records_identity.unwrap_or(identity),
        reading,
        strict: file.strict,
        told_by: match (file.timeless, file.named) {
            (true, _) => ToldBy::Wrapper,
            (false, true) => ToldBy::Name,
            (false, false) => ToldBy::Records,
        },
        generic: file.generic,
        shape,
        skips: file.skips.into(),
        written,
        marks: file.marks,
        any: file.any,
        tells: file.tells,
        prefer: file.prefer,
        samples: file.sample,
    })
}

/// Adds the columns of another built-in format behind the file's own.
fn adopt(file: &mut File, like: &str) -> Result<(), String> {
    let other = built_in(like).map_err(|error| format!("{like}: {error}"))?;
    let theirs = other.json.or(other.columns).ok_or_else(|| format!("`{like}` has no columns by name"))?;
    let columns = if file.json.is_some() { &mut file.json } else { &mut file.columns };
    let columns = columns.get_or_insert_default();
    let own: BTreeSet<String> = columns.values().flatten().map(|alias| alias_path(alias)).collect();
    for (column, names) in theirs {
        // A name that this format knows means what it says here.
        let new = names.into_iter().filter(|alias| !own.contains(&alias_path(alias)));
        columns.entry(column).or_default().extend(new);
    }
    columns.retain(|_, names| !names.is_empty());
    file.missing.extend(other.missing);
    Ok(())
}

fn reading(file: &File) -> Result<(Reading, String, bool), String> {
    let directives = [
        (&file.nginx, Some(DirectiveKind::Nginx), "nginx"),
        (&file.apache, Some(DirectiveKind::Apache), "apache"),
        (&file.envoy, Some(DirectiveKind::Envoy), "envoy"),
        (&file.haproxy, Some(DirectiveKind::Haproxy), "haproxy"),
        (&file.fields, None, "fields"),
    ];
    let mut given =
        directives.into_iter().filter_map(|(text, kind, name)| text.as_ref().map(|text| (text, kind, name)));
    match (given.next(), given.next(), &file.json, &file.table) {
        (Some((layouts, kind, name)), None, None, None) => text(layouts.all(), kind, name, file),
        (None, None, Some(columns), None) => {
            let (paths, written, identity) = paths(columns, file)?;
            let written = format!("JSON paths, first one present wins:\n{written}");
            Ok((Reading::Json(Arc::new(paths)), written, identity))
        }
        (None, None, None, None) if file.csv => {
            let columns = file.columns.as_ref().ok_or("csv needs [columns], or a format that it is like")?;
            let (paths, written, identity) = paths(columns, file)?;
            let written = format!("columns by the names in the first line, first one present wins:\n{written}");
            Ok((Reading::Csv(Arc::new(paths), file.unnamed), written, identity))
        }
        (None, None, None, None) if let Some((syntax, columns)) = file.pairs.zip(file.columns.as_ref()) => {
            let (paths, written, identity) = paths(columns, file)?;
            let written = format!("labels, first one present wins:\n{written}");
            Ok((Reading::Pairs(syntax, Arc::new(paths)), written, identity))
        }
        (None, None, None, Some(layout)) => {
            let columns = file.columns.as_ref().ok_or("[table] needs [columns]")?;
            let (paths, written, identity) = paths(columns, file)?;
            if !paths.is_plain() {
                return Err("the columns of a [table] take neither edits nor conditions nor [others]".into());
            }
            let written = format!("columns by the names in the header line, first one present wins:\n{written}");
            Ok((Reading::Table(Arc::new(Table { layout: layout.clone(), paths })), written, identity))
        }
        _ => {
            Err("exactly one of nginx, apache, envoy, haproxy, fields, [json], [table], csv or pairs is expected"
                .into())
        }
    }
}

fn text(
    layouts: &[String],
    kind: Option<DirectiveKind>,
    name: &str,
    file: &File,
) -> Result<(Reading, String, bool), String> {
    let mut plans = Vec::new();
    let logs = if file.connections { Logs::Connections } else { Logs::default() };
    for layout in layouts {
        for directive in groups::expand(layout)? {
            let compiled = match kind {
                Some(_) => directive::compile(kind, &directive),
                None if file.timeless => directive::plan_of_fields(&format!("{{ts}}\n{directive}"), Logs::default())
                    .map(|plan| Compiled::Text(without_time(plan))),
                None => directive::plan_of_fields(&directive, logs).map(Compiled::Text),
            };
            let mut plan = match compiled.map_err(|error| error.to_string())? {
                Compiled::Text(plan) => plan,
                json @ Compiled::Json(..) => {
                    let (reading, identity) = Reading::of(json);
                    return Ok((reading, format!("{name} directive: {directive}"), identity));
                }
            };
            adjust(&mut plan, file)?;
            plans.push(Arc::new(plan));
        }
    }
    let identity = plans.iter().any(|plan| identifies(plan));
    let written = format!("{name} directive: {}", layouts.join("\nor, where that does not fit: "));
    Ok((Reading::Text(plans), written, identity))
}

/// Takes the time out again that stood first, on a line of its own.
fn without_time(mut plan: Plan) -> Plan {
    let time = plan.steps.remove(0);
    plan.lead = time.until.get(1..).unwrap_or_default().to_vec();
    plan.required = plan.steps.len();
    plan
}

fn adjust(plan: &mut Plan, file: &File) -> Result<(), String> {
    if let Some(required) = file.required {
        plan.required = required.min(plan.steps.len());
    }
    if let Some(tail) = file.tail {
        plan.tail = tail;
    }
    plan.pad = file.pad;
    plan.raw_quotes = file.raw_quotes;
    plan.strict = file.strict;
    if let Some((name, rest)) = &file.free {
        let step = plan.steps.iter().position(|step| step.name == *name);
        let step = step.ok_or_else(|| format!("`{name}` in `free` is no field of the layout"))?;
        plan.free = Some(Arc::new(Free::before(step, rest)?));
    }
    for (label, column) in &file.tail_pairs {
        let field = directive::fields::field(column).ok_or_else(|| format!("`{column}` is no column"))?;
        plan.tail_pairs.push((label.clone(), field));
    }
    Ok(())
}

/// The tree of the names, what was written, and whether one of them shows who asks.
fn paths(columns: &BTreeMap<String, Vec<String>>, file: &File) -> Result<(Paths, String, bool), String> {
    let mut paths = Paths::default();
    let mut written = String::new();
    let mut identity = false;
    // The columns of a table are those of its header line.
    let hop_ids = file.table.is_none().then(|| HopIds::of(columns));
    for (column, written_as) in columns {
        let mut aliases = Vec::new();
        let kept_beside = |(rank, text): &(usize, &String)| {
            hop_ids.as_ref().is_some_and(|hop_ids| hop_ids.takes(column, *rank, text))
        };
        for (_, text) in written_as.iter().enumerate().filter(|of| !kept_beside(of)) {
            let alias = alias(text, column, &mut paths)?;
            identity |= alias.field.is_identity();
            aliases.push(alias);
        }
        if matches!(column.as_str(), "extra" | "duration_part") {
            // Each counts by itself.
            for alias in &aliases {
                paths.add(std::slice::from_ref(alias));
            }
        } else {
            paths.add(&aliases);
        }
        let _ = writeln!(written, "  {column}: {}", written_as.join(" | ")); // writing to a String cannot fail
    }
    if let Some(hop_ids) = hop_ids {
        written.push_str(&hop_ids.add(&mut paths));
    }
    for text in &file.missing {
        paths.add_missing(text);
        let _ = writeln!(written, "  missing: `{text}`");
    }
    for (path, reason) in &file.others {
        paths.add_other(path, reason);
        let _ = writeln!(written, "  no request with {path}: {reason}");
    }
    Ok((paths, written, identity))
}

/// Reads `PATH [as COLUMN[:unit][:edit]] [when PATH|PATH]`, or `DATE + TIME` for a time in two keys.
fn alias(text: &str, column: &str, paths: &mut Paths) -> Result<Alias, String> {
    let (text, when) = text.split_once(" when ").unwrap_or((text, ""));
    let (path, name) = text.split_once(" as ").unwrap_or((text, column));
    let (path, mut edit, mut plain) = (path.trim(), Edit::Keep, Vec::new());
    for part in name.trim().split(':') {
        match part.split_once('=').unwrap_or((part, "")) {
            ("percent", _) => edit = Edit::Percent,
            ("slash", _) => edit = Edit::Slash,
            ("stated", _) => edit = Edit::Stated,
            ("scheme", _) => edit = Edit::Scheme,
            ("authority", _) => edit = Edit::Authority,
            ("proxied", _) => edit = Edit::Proxied,
            ("until", literal) => edit = Edit::Until(literal.as_bytes().into()),
            ("after", literal) => edit = Edit::After(literal.as_bytes().into()),
            _ => plain.push(part),
        }
    }
    let name = plain.join(":");
    let field = if column == "extra" {
        let last = path.rsplit('.').next().unwrap_or(path);
        Field::Extra(paths.name(name.strip_prefix("extra:").unwrap_or(last)))
    } else {
        directive::fields::field(&name).ok_or_else(|| format!("`{name}` is no column"))?
    };
    let mut when: Vec<String> =
        when.split('|').map(str::trim).filter(|path| !path.is_empty()).map(str::to_owned).collect();
    let path = match path.split_once(" + ") {
        Some((date, time)) => {
            (when, edit) = (vec![date.trim().to_owned()], Edit::Join);
            time.trim()
        }
        None => path,
    };
    Ok(Alias { path: path.to_owned(), field, edit, when })
}
