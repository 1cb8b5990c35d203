//! What a sample leaves open: formats that accept the same records and read them differently, times without a zone or
//! without a year.
//!
//! Nothing here knows of pairs of formats. A rival is any format that accepts exactly the records of the one chosen and
//! understands about as much of them; what differs is found by comparing the facts, column by column.

use super::explain::{Ambiguity, Judged, Reading};
use super::refused::Finder;
use super::{View, decode, unassuming};
use crate::format::{DecodeContext, Format, find as builtin};
use crate::schema::{Number, Text};
use crate::table::{FactTable, extra_pairs};
use chrono::{DateTime, Datelike, NaiveDate, SecondsFormat};
use chrono_tz::Tz;
use std::collections::BTreeSet;
use std::fmt::Write;

/// A rival understands less by no more than this many facts a record.
const CLOSE: f64 = 1.0;

/// Requests seldom take less or more (microseconds).
const USUAL: std::ops::RangeInclusive<i64> = 500..=10_000_000;

/// What was chosen, and what might have been.
pub(super) struct Chosen<'a> {
    pub(super) layers: &'a [(Judged<'a>, View<'static>)],
    pub(super) all: &'a [&'a Format],
    /// The format that the options name.
    pub(super) given: Option<&'a Format>,
    /// The zone that the options name.
    pub(super) zone: Option<Tz>,
    /// The day that dates times without a year.
    pub(super) day: Option<NaiveDate>,
    pub(super) finder: &'a Finder<'a>,
}

/// A column of facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Ts,
    Status,
    Number(Number),
    Text(Text),
}

impl Column {
    /// All that a format decides; `extra` holds what the others leave.
    fn all() -> impl Iterator<Item = Self> {
        let numbers = Number::ALL.into_iter().filter(|which| !matches!(which, Number::LineSpan | Number::Item));
        let texts = Text::ALL.into_iter().filter(|&which| which != Text::Extra);
        [Self::Ts, Self::Status].into_iter().chain(numbers.map(Self::Number)).chain(texts.map(Self::Text))
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Ts => "ts",
            Self::Status => "status",
            Self::Number(which) => which.name(),
            Self::Text(which) => which.name(),
        }
    }

    fn value(self, table: &FactTable, row: usize) -> Option<String> {
        match self {
            Self::Ts => table.ts(row).map(time),
            Self::Status => table.status(row).map(|status| status.to_string()),
            Self::Number(which) => table.number(which).get(row).map(|number| number.to_string()),
            Self::Text(which) => table.text(which).get(row).map(str::to_owned),
        }
    }
}

/// A format that accepts the same records.
struct Rival<'f> {
    judged: Judged<'f>,
    /// Columns in which it differs.
    columns: Vec<Column>,
    /// The first row in which it does.
    row: usize,
}

/// Everything that is open, formats first.
pub(super) fn find(open: &Chosen<'_>) -> Vec<Ambiguity> {
    let mut found = Vec::new();
    for (judged, view) in open.layers {
        if open.given.is_none() {
            found.extend(open.formats(judged, view));
        }
        found.extend(open.zones(judged, view));
        found.extend(open.years(judged, view));
    }
    found
}

impl Chosen<'_> {
    fn formats(&self, best: &Judged<'_>, view: &View<'_>) -> Vec<Ambiguity> {
        let context = DecodeContext { key: *self.finder.key, ..unassuming() };
        let dated = view.records.iter().any(|(.., time)| time.is_some());
        let others = self.all.iter().filter(|format| format.id != best.format.id && (dated || !format.is_timeless()));
        let rivals = others.map(|format| Judged::new(format, view, &context)).filter(|rival| is_rival(rival, best));
        let (alike, different): (Vec<Rival<'_>>, Vec<Rival<'_>>) =
            rivals.filter_map(|rival| compare(rival, best)).partition(|rival| rival.columns.is_empty());
        let mut found = Vec::new();
        let mut left = different;
        while let Some(first) = left.first() {
            let columns = first.columns.clone();
            let (group, rest) = left.into_iter().partition(|rival| rival.columns == columns);
            left = rest;
            found.push(self.differ(best, &columns, &group));
        }
        found.extend((!alike.is_empty()).then(|| of_one_mind(best, &alike)));
        found
    }

    /// Formats that read some columns differently.
    fn differ(&self, best: &Judged<'_>, columns: &[Column], rivals: &[Rival<'_>]) -> Ambiguity {
        let judged: Vec<&Judged<'_>> = std::iter::once(best).chain(rivals.iter().map(|rival| &rival.judged)).collect();
        let row = telling(&judged, columns, rivals.iter().map(|rival| rival.row).min().unwrap_or(0));
        let reading = |judged: &&Judged<'_>| Reading {
            by: judged.format.id.clone(),
            values: columns.iter().map(|column| (column.name(), column.value(&judged.decoded.table, row))).collect(),
        };
        let columns_named = listed(columns.iter().map(|column| column.name()));
        let (verb, reads) = if rivals.len() == 1 { ("accepts", "reads") } else { ("accept", "read") };
        let mut sentence = format!(
            "{} {verb} the same records as {} and {reads} {columns_named} differently.",
            listed(rivals.iter().map(|rival| rival.judged.format.id.as_str())),
            best.format.id
        );
        let mut likely = None;
        if columns.contains(&Column::Number(Number::DurationUs)) {
            let (said, unit) = durations(best, rivals);
            sentence.push(' ');
            sentence.push_str(&said);
            likely = unit;
        }
        Ambiguity {
            about: "format",
            sentence,
            line: best.decoded.taken.get(row).and_then(|&at| self.finder.line(at)),
            readings: judged.iter().map(reading).collect(),
            settled_by: settled_by(likely, rivals),
        }
    }

    /// Times that depend on the zone assumed.
    fn zones(&self, judged: &Judged<'_>, view: &View<'_>) -> Option<Ambiguity> {
        // No summer time there, so that every hour is nine apart.
        let other = Tz::Asia__Seoul;
        let moved = decode(judged.format, view, &DecodeContext { zone: other, ..unassuming() });
        let (utc, moved) = (&judged.decoded.table, &moved.table);
        let mut rows = (0..utc.rows().min(moved.rows())).filter(|&row| utc.ts(row) != moved.ts(row));
        let first = rows.next().filter(|_| self.zone.is_none())?;
        let number = 1 + rows.count();
        let reading =
            |by: &str, table| Reading { by: by.to_owned(), values: vec![("ts", Column::Ts.value(table, first))] };
        Some(Ambiguity {
            about: "zone",
            sentence: format!(
                "{number} of {} times of {} carry no zone and are read as UTC; if they were written elsewhere, all of \
                 them are off by hours.",
                utc.rows(),
                judged.format.id
            ),
            line: judged.decoded.taken.get(first).and_then(|&at| self.finder.line(at)),
            readings: vec![reading("UTC", utc), reading(other.name(), moved)],
            settled_by: vec!["--assume-tz ZONE".to_owned()],
        })
    }

    /// Times that depend on the day on which the file was last changed.
    fn years(&self, judged: &Judged<'_>, view: &View<'_>) -> Option<Ambiguity> {
        let day = self.day.or_else(|| NaiveDate::from_ymd_opt(2000, 12, 31));
        let shown = decode(judged.format, view, &DecodeContext { year_hint: day, ..unassuming() });
        let four_before = day.and_then(|day| NaiveDate::from_ymd_opt(day.year() - 4, day.month(), day.day()));
        let earlier = decode(judged.format, view, &DecodeContext { year_hint: four_before, ..unassuming() });
        let (shown, earlier) = (&shown.table, &earlier.table);
        let mut rows = (0..shown.rows().min(earlier.rows())).filter(|&row| shown.ts(row) != earlier.ts(row));
        let first = rows.next()?;
        let number = 1 + rows.count();
        let said = match self.day {
            Some(day) => format!(
                "are dated by the day on which the file was last changed, {day}; a copy keeps it only if told to"
            ),
            None => "cannot be dated, since a stream has no day of change; read the log from its file".to_owned(),
        };
        let reading = |by: String, table| Reading { by, values: vec![("ts", Column::Ts.value(table, first))] };
        let readings = self.day.zip(four_before).map_or_else(Vec::new, |(day, before)| {
            vec![reading(format!("changed {day}"), shown), reading(format!("changed {before}"), earlier)]
        });
        Some(Ambiguity {
            about: "year",
            sentence: format!("{number} of {} times of {} carry no year and {said}.", shown.rows(), judged.format.id),
            line: judged.decoded.taken.get(first).and_then(|&at| self.finder.line(at)),
            readings,
            settled_by: Vec::new(),
        })
    }
}

/// Whether a format accepts the same records and understands about as much of each.
fn is_rival(rival: &Judged<'_>, best: &Judged<'_>) -> bool {
    !rival.taken.is_empty()
        && rival.taken == best.taken
        && rival.decoded.table.rows() == best.decoded.table.rows()
        && rival.weight() + CLOSE >= best.weight()
}

/// In which columns the two differ; nothing where the rival only reads less.
fn compare<'f>(rival: Judged<'f>, best: &Judged<'_>) -> Option<Rival<'f>> {
    let (mine, theirs) = (&best.decoded.table, &rival.decoded.table);
    let mut columns = Vec::new();
    let (mut row, mut reads_more) = (usize::MAX, false);
    for column in Column::all() {
        let differs = |&row: &usize| column.value(mine, row) != column.value(theirs, row);
        if let Some(first) = (0..mine.rows()).find(differs) {
            columns.push(column);
            row = row.min(first);
            reads_more |= (first..mine.rows()).any(|row| differs(&row) && column.value(theirs, row).is_some());
        }
    }
    (columns.is_empty() || reads_more).then_some(Rival { judged: rival, columns, row })
}

/// The row, from this one on, in which the readings differ most from each other; the first of such as differ alike.
fn telling(judged: &[&Judged<'_>], columns: &[Column], from: usize) -> usize {
    let rows = judged.first().map_or(0, |first| first.decoded.table.rows());
    let distinct = |row: usize| {
        let values = |judged: &&Judged<'_>| -> Vec<Option<String>> {
            columns.iter().map(|column| column.value(&judged.decoded.table, row)).collect()
        };
        judged.iter().map(values).collect::<BTreeSet<_>>().len()
    };
    (from..rows).rev().max_by_key(|&row| distinct(row)).unwrap_or(from)
}

/// Formats that read the sample as the one chosen does: what decided, and what depends on it.
fn of_one_mind(best: &Judged<'_>, alike: &[Rival<'_>]) -> Ambiguity {
    let format = best.format;
    let names = listed(alike.iter().map(|rival| rival.judged.format.id.as_str()));
    let verb = if alike.len() == 1 { "reads" } else { "read" };
    let mut sentence = format!("{names} {verb} every value of these records as {} does.", format.id);
    let tells = best.understands().1 > 0.0;
    // Writing to a String cannot fail.
    let _ = match (tells, format.is_specific()) {
        (true, _) => write!(sentence, " The records hold what {} writes, which decided.", format.id),
        (_, true) => write!(sentence, " {} has keys of its own, which decided.", format.id),
        _ => write!(sentence, " Nothing in the sample tells them apart; {} is the more usual.", format.id),
    };
    let places = places(std::iter::once(best).chain(alike.iter().map(|rival| &rival.judged)));
    let depends = places.len() > 1;
    if depends {
        let places: Vec<String> = places.iter().map(|(place, ids)| format!("{place} ({})", ids.join(", "))).collect();
        let _ = write!(sentence, " On it depends where the log is taken to be written: {}.", either(places.iter()));
    }
    sentence.push_str(
        " Escapes, missing values and additions after the last field may be read differently elsewhere in the log.",
    );
    Ambiguity {
        about: "format",
        sentence,
        line: None,
        readings: Vec::new(),
        settled_by: {
            let vantage = depends.then(|| "--vantage VANTAGE".to_owned());
            vantage.into_iter().chain(settled_by(None, alike)).collect()
        },
    }
}

/// Where logs in these formats are taken to be written, and the formats of which that is so.
fn places<'j>(judged: impl Iterator<Item = &'j Judged<'j>>) -> Vec<(&'static str, Vec<&'j str>)> {
    let mut places: Vec<(&'static str, Vec<&str>)> = Vec::new();
    for format in judged.map(|judged| judged.format) {
        let place = format.vantage.map_or("not stated", |vantage| vantage.name());
        match places.iter_mut().find(|(known, _)| *known == place) {
            Some((_, ids)) => ids.push(&format.id),
            None => places.push((place, vec![&format.id])),
        }
    }
    places
}

/// What the durations are in each reading, and which unit is likely.
fn durations<'r>(best: &Judged<'_>, rivals: &'r [Rival<'_>]) -> (String, Option<&'r str>) {
    let words = unread(best);
    let with_point = words.iter().filter(|word| word.contains('.')).count();
    let mut said = match (words.len(), with_point) {
        (0, _) => String::new(),
        (all, 0) => format!("The {all} numbers without a label are whole. "),
        (all, some) => {
            format!("{some} of {all} numbers without a label have decimals, which microseconds never have. ")
        }
    };
    let median = |judged: &Judged<'_>| median(&judged.decoded.table);
    let of_best = median(best).map(|median| (best.format.id.as_str(), median));
    let of_rivals: Vec<(&str, i64)> =
        rivals.iter().filter_map(|rival| Some((rival.judged.format.id.as_str(), median(&rival.judged)?))).collect();
    let spelt = of_best.iter().chain(&of_rivals).map(|(id, median)| format!("{} as {id}", spell(*median)));
    let _ = write!(said, "The median request took {}.", either(spelt));
    let likely: Vec<&str> = of_rivals.iter().filter(|(_, median)| USUAL.contains(median)).map(|(id, _)| *id).collect();
    if let (None, [one]) = (of_best, likely.as_slice()) {
        let _ = write!(said, " {one} is likely.");
        return (said, Some(one));
    }
    said.push_str(" That tells nothing certain.");
    (said, None)
}

/// The first word of what stands unread at the end of each record.
fn unread<'b>(best: &'b Judged<'_>) -> Vec<&'b str> {
    let table = &best.decoded.table;
    let tail = |row| extra_pairs(table.text(Text::Extra).get(row)?).find(|(name, _)| *name == "tail");
    (0..table.rows()).filter_map(tail).filter_map(|(_, tail)| tail.split(' ').next()).collect()
}

fn median(table: &FactTable) -> Option<i64> {
    let mut all: Vec<i64> = (0..table.rows()).filter_map(|row| table.number(Number::DurationUs).get(row)).collect();
    all.sort_unstable();
    all.get(all.len() / 2).copied()
}

/// A duration as people write it.
fn spell(micros: i64) -> String {
    match micros {
        0..1_000 => format!("{micros} µs"),
        1_000..1_000_000 => format!("{:.1} ms", micros as f64 / 1e3),
        1_000_000..120_000_000 => format!("{:.1} s", micros as f64 / 1e6),
        120_000_000..7_200_000_000 => format!("{:.0} min", micros as f64 / 6e7),
        _ => format!("{:.0} h", micros as f64 / 3.6e9),
    }
}

/// The options that say which other format it is.
fn settled_by(likely: Option<&str>, rivals: &[Rival<'_>]) -> Vec<String> {
    let all = rivals.iter().map(|rival| rival.judged.format.id.as_str());
    let mut ids: Vec<&str> = all.filter(|id| builtin(id).is_some()).collect();
    ids.sort_by_key(|id| likely != Some(*id));
    let named = ids.into_iter().map(|id| format!("--input-format {id}"));
    named.chain(std::iter::once("--log-format DIRECTIVE".to_owned())).collect()
}

/// Names in a sentence.
fn listed<T: std::fmt::Display>(names: impl Iterator<Item = T>) -> String {
    joined(names, "and")
}

fn either<T: std::fmt::Display>(names: impl Iterator<Item = T>) -> String {
    joined(names, "or")
}

fn joined<T: std::fmt::Display>(names: impl Iterator<Item = T>, word: &str) -> String {
    let names: Vec<String> = names.map(|name| name.to_string()).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [all @ .., last] => format!("{} {word} {last}", all.join(", ")),
    }
}

fn time(micros: i64) -> String {
    DateTime::from_timestamp_micros(micros)
        .map_or_else(|| micros.to_string(), |time| time.to_rfc3339_opts(SecondsFormat::AutoSi, true))
}
