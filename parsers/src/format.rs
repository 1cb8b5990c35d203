//! Log formats: built in (one TOML file each) or compiled from a vendor's directive.

mod file;
mod groups;
mod named;
mod sample;

pub use crate::directive::{DirectiveError, config};
pub use named::{Configured, NamedDirective, configured, known, of_source};

use crate::decode::Decode;
use crate::decode::csv::{CsvDecoder, Unnamed};
use crate::decode::haproxy::Captures;
use crate::decode::json::JsonDecoder;
use crate::decode::keyed::Keyed;
use crate::decode::layouts::LayoutsDecoder;
use crate::decode::pairs::{PairsDecoder, Syntax};
use crate::decode::paths::Paths;
use crate::decode::table::{Table, TableDecoder};
use crate::decode::text::{Logs, Plan, TextDecoder};
use crate::directive::{self, Compiled};
use crate::load::DirectiveKind;
use crate::report::Vantage;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Arc, LazyLock};

include!(concat!(env!("OUT_DIR"), "/formats.rs"));

/// One log format.
#[derive(Clone, Debug)]
pub struct Format {
    /// Short name, as in `--input-format`.
    pub id: String,
    /// One line for people.
    pub title: String,
    /// Where the vendor documents it.
    pub docs: String,
    /// Where such a log usually stands.
    pub vantage: Option<Vantage>,
    /// Whether a record has a place for a principal or a credential.
    pub records_identity: bool,
    reading: Reading,
    /// Whether a record must have a time, a request and a status: set where the keys alone tell nothing.
    strict: bool,
    told_by: ToldBy,
    /// Whether its names are those of no vendor, but whatever services call things.
    generic: bool,
    /// Beginnings of lines that are no requests.
    skips: Arc<[String]>,
    /// What every record matches.
    shape: Option<regex::bytes::Regex>,
    /// The directive or the paths, as the file has them, for people.
    written: String,
    /// Byte strings that every record holds.
    marks: Vec<String>,
    /// Byte strings of which every record holds at least one.
    any: Vec<String>,
    /// Byte strings that speak for this format where another reads the record as well.
    tells: Vec<String>,
    /// Breaks the tie with a format of the same shape.
    pub(crate) prefer: f64,
    samples: Vec<sample::Sample>,
}

#[derive(Clone, Debug)]
enum Reading {
    /// Layouts, tried in order.
    Text(Vec<Arc<Plan>>),
    Json(Arc<Paths>),
    Table(Arc<Table>),
    Pairs(Syntax, Arc<Paths>),
    Csv(Arc<Paths>, Option<Unnamed>),
}

/// How records of a generic format say which value is which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// By keys of JSON objects.
    Json,
    /// By the columns of a first line, or their order.
    Csv,
    /// By labels.
    Pairs(Syntax),
}

/// What it takes to know that records are of a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ToldBy {
    /// The records themselves.
    Records,
    /// Its name: records alone do not tell (units of durations).
    Name,
    /// A wrapper that says when: the records do not.
    Wrapper,
}

/// What decoding needs beside the bytes.
#[derive(Clone, Debug)]
pub struct DecodeContext {
    /// Key of the fingerprints that stand in for secrets.
    pub key: [u8; 32],
    /// Zone of times that carry none.
    pub zone: chrono_tz::Tz,
    /// The last day that times without a year can be of: that of the log's last change.
    pub year_hint: Option<chrono::NaiveDate>,
    /// Names of the headers that HAProxy captures, in order: those of the request, then those of the response.
    pub captures: Arc<[String]>,
}

/// Why a format file does not load: which file, what is wrong, what is expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FormatError(pub String);

impl Format {
    /// A decoder of this format.
    pub fn decoder(&self, context: &DecodeContext) -> Box<dyn Decode> {
        let context = context.clone();
        match &self.reading {
            Reading::Text(plans) => self.text_decoder(plans, &context),
            Reading::Json(paths) => {
                Box::new(JsonDecoder(Keyed { paths: Arc::clone(paths), context, strict: self.strict }))
            }
            Reading::Table(table) => Box::new(TableDecoder::new(table, context)),
            Reading::Csv(paths, unnamed) => Box::new(CsvDecoder::new(paths, *unnamed, context)),
            // Labels are the owner's choice, and alone tell nothing.
            Reading::Pairs(syntax, paths) => {
                let keyed = Keyed { paths: Arc::clone(paths), context, strict: !self.is_timeless() };
                Box::new(PairsDecoder { syntax: *syntax, keyed })
            }
        }
    }

    /// A decoder that tells the format from others: what could belong to another layout does not fit.
    pub(crate) fn detector(&self, context: &DecodeContext) -> Box<dyn Decode> {
        match &self.reading {
            Reading::Text(plans) => self.layouts(plans.iter().cloned(), context),
            _ => self.decoder(context),
        }
    }

    /// The format is known, so whatever can be read as it is: first what fits well, then what fits at all.
    fn text_decoder(&self, plans: &[Arc<Plan>], context: &DecodeContext) -> Box<dyn Decode> {
        let lenient = |plan: &Arc<Plan>| Arc::new(Plan { lenient: true, ..Plan::clone(plan) });
        match plans {
            [plan] if self.skips.is_empty() => Box::new(layout(lenient(plan), context)),
            _ => self.layouts(plans.iter().cloned().chain(plans.iter().map(lenient)), context),
        }
    }

    fn layouts(&self, plans: impl Iterator<Item = Arc<Plan>>, context: &DecodeContext) -> Box<dyn Decode> {
        let layouts = plans.map(|plan| layout(plan, context)).collect();
        Box::new(LayoutsDecoder { layouts, skips: Arc::clone(&self.skips) })
    }

    /// Whether its times carry their zone, as far as the format says: in JSON the records show it
    /// ([`crate::report::SourceReport::zone`] follows them).
    pub fn states_zone(&self) -> bool {
        match &self.reading {
            Reading::Text(plans) => plans.iter().all(|plan| plan.states_zone),
            Reading::Json(_) | Reading::Table(_) | Reading::Pairs(..) | Reading::Csv(..) => true,
        }
    }

    /// What `formats show` prints: title, place, directive or paths, samples.
    pub fn describe(&self) -> String {
        let mut out = format!("{}: {}\n", self.id, self.title);
        let vantage = self.vantage.map_or("not stated", Vantage::name);
        let identity = if self.records_identity { "yes" } else { "no" };
        // Writing to a String cannot fail.
        let _ = writeln!(out, "documented at {}\nvantage: {vantage}\nrecords who asks: {identity}\n", self.docs);
        let _ = writeln!(out, "{}", self.written.trim_end());
        for sample in &self.samples {
            let _ = writeln!(out, "\n{} sample:\n{}", sample.kind, sample.log);
        }
        out
    }

    /// Runs the format's own samples and returns what went wrong, one sentence each.
    pub fn test(&self) -> Vec<String> {
        sample::run(self)
    }

    /// Whether a record has what every record of this format has.
    pub(crate) fn may_hold(&self, record: &[u8]) -> bool {
        let holds = |mark: &String| memchr::memmem::find(record, mark.as_bytes()).is_some();
        self.marks.iter().all(holds)
            && (self.any.is_empty() || self.any.iter().any(holds))
            && self.shape.as_ref().is_none_or(|shape| shape.is_match(record))
    }

    /// How many of the format's tells a record holds.
    pub(crate) fn tells(&self, record: &[u8]) -> usize {
        self.tells.iter().filter(|tell| memchr::memmem::find(record, tell.as_bytes()).is_some()).count()
    }

    /// How its records say which value is which, if its names are those of no vendor.
    pub(crate) fn family(&self) -> Option<Family> {
        match &self.reading {
            _ if !self.generic => None,
            Reading::Json(_) => Some(Family::Json),
            Reading::Csv(..) => Some(Family::Csv),
            Reading::Pairs(syntax, _) => Some(Family::Pairs(*syntax)),
            Reading::Text(_) | Reading::Table(_) => None,
        }
    }

    /// The names that it knows of each column, best first; none where it has no names.
    pub(crate) fn names(&self) -> BTreeMap<String, Vec<String>> {
        file::names(&self.id)
    }

    /// The same format, with more names of columns before its own.
    pub(crate) fn fitted(
        &self,
        names: BTreeMap<String, Vec<String>>,
        unnamed: Option<Unnamed>,
    ) -> Result<Self, FormatError> {
        file::fitted(&self.id, names, unnamed).map_err(|reason| FormatError(format!("format {}: {reason}", self.id)))
    }

    /// Whether header lines name its columns.
    pub(crate) fn has_header(&self) -> bool {
        matches!(self.reading, Reading::Table(_))
    }

    /// Whether its records state no time: what wraps them must.
    pub(crate) fn is_timeless(&self) -> bool {
        self.told_by == ToldBy::Wrapper
    }

    /// Whether records alone may tell that they are of this format.
    pub(crate) fn is_recognisable(&self) -> bool {
        self.told_by == ToldBy::Records
    }

    /// Whether its records are JSON.
    pub(crate) fn is_json(&self) -> bool {
        matches!(self.reading, Reading::Json(_))
    }

    /// Whether its records are connections, which have neither a request nor a status.
    pub(crate) fn logs_connections(&self) -> bool {
        matches!(&self.reading, Reading::Text(plans) if plans.iter().all(|plan| plan.logs == Logs::Connections))
    }

    /// Whether headers captured under these names show who asks.
    pub(crate) fn captures_identity(&self, names: &[String]) -> bool {
        matches!(&self.reading, Reading::Text(plans) if plans.iter().any(|plan| plan.is_haproxy))
            && directive::captures(names).fields.iter().any(|field| field.is_identity())
    }

    /// Its samples that are rows.
    #[cfg(test)]
    pub(crate) fn rows(&self) -> impl Iterator<Item = &[u8]> {
        self.samples
            .iter()
            .filter(|sample| matches!(sample.kind.as_str(), "easy" | "hard"))
            .flat_map(|sample| sample.log.lines().map(str::as_bytes))
    }

    /// Whether it names keys of its own, so that a match is worth more than one by alias.
    pub(crate) fn is_specific(&self) -> bool {
        !self.marks.is_empty() || !self.any.is_empty()
    }
}

/// Looks a built-in format up by id.
pub fn find(id: &str) -> Option<&'static Format> {
    let formats = builtin();
    formats.binary_search_by(|format| format.id.as_str().cmp(id)).ok().map(|at| &formats[at])
}

/// All built-in formats, sorted by id.
pub fn builtin() -> &'static [Format] {
    static FORMATS: LazyLock<Vec<Format>> = LazyLock::new(|| {
        // Every file is checked by the tests of this crate, so none is left out here.
        FILES.iter().filter_map(|(id, text)| parse_format(text, id).ok()).collect()
    });
    &FORMATS
}

/// Compiles a vendor's directive, or a line of its configuration that holds one.
///
/// The vendor is guessed where `kind` is absent (`$x` nginx, `%NAME%` Envoy, `%x` Apache).
///
/// # Errors
/// A sentence and a caret under the place.
pub fn compile(kind: Option<DirectiveKind>, directive: &str) -> Result<Format, DirectiveError> {
    let (reading, identity) = Reading::of(directive::compile(kind, directive)?);
    Ok(Format {
        id: "directive".into(),
        title: "the directive given".into(),
        docs: String::new(),
        vantage: None,
        records_identity: identity,
        reading,
        strict: false,
        told_by: ToldBy::Records,
        generic: false,
        skips: Arc::default(),
        shape: None,
        written: format!("directive: {directive}"),
        marks: Vec::new(),
        any: Vec::new(),
        tells: Vec::new(),
        prefer: 0.0,
        samples: Vec::new(),
    })
}

fn layout(plan: Arc<Plan>, context: &DecodeContext) -> TextDecoder {
    let mut captures = if plan.is_haproxy { directive::captures(&context.captures) } else { Captures::default() };
    // Names come in one row: with more of them, or fewer, nobody knows which is the first of the response.
    if let Some((requests, all)) = plan.captured.filter(|(_, all)| captures.fields.len() != *all) {
        captures.fields.truncate(requests.min(all));
    }
    TextDecoder::new(plan, context.clone(), captures)
}

impl Reading {
    /// A compiled directive, and whether it could show who asks.
    fn of(compiled: Compiled) -> (Self, bool) {
        match compiled {
            Compiled::Text(plan) => {
                let identity = identifies(&plan);
                (Self::Text(vec![Arc::new(plan)]), identity)
            }
            Compiled::Json(paths, fields) => {
                (Self::Json(Arc::from(paths)), fields.iter().any(|field| field.is_identity()))
            }
        }
    }
}

fn identifies(plan: &Plan) -> bool {
    plan.steps.iter().any(|step| step.field.is_identity())
}

/// Reads a format file; `name` is its file stem and becomes the id.
///
/// # Errors
/// The file and what is wrong in it.
pub fn parse_format(toml: &str, name: &str) -> Result<Format, FormatError> {
    file::parse(toml, name).map_err(|reason| FormatError(format!("format {name}: {reason}")))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_file_loads_and_its_samples_come_out_right() {
        let mut failures = Vec::new();
        for (id, text) in FILES {
            match parse_format(text, id) {
                Ok(format) => failures.extend(format.test()),
                Err(error) => failures.push(error.to_string()),
            }
        }
        assert!(failures.is_empty(), "{}", failures.join("\n"));
        assert_eq!(builtin().len(), FILES.len());
        assert!(FILES.iter().all(|(id, _)| find(id).is_some()));
    }

    #[test]
    fn identity_follows_from_the_fields() {
        for (id, records) in [("nginx-combined", true), ("aws-alb", true), ("envoy", false), ("kong", true)] {
            assert_eq!(find(id).unwrap().records_identity, records, "{id}");
        }
        assert!(!compile(None, r#"$remote_addr [$time_local] "$request" $status"#).unwrap().records_identity);
    }

    #[test]
    fn a_broken_file_is_named() {
        for text in [
            "",
            "title = 1",
            "title = 'a'\ndocs = 'b'\nnginx = '$status'",
            "title='a'\ndocs='b'\n[json]\nnonsense = ['x']",
        ] {
            let error = parse_format(text, "mine").unwrap_err().to_string();
            assert!(error.starts_with("format mine: "), "{error}");
        }
    }
}
