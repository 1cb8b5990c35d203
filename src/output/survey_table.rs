//! The answer to a survey for people: what is here, which hours, what it can answer, and what to do next.
//!
//! ```text
//! FILES      found, opened, one line a file or group of like files
//! HOURS      by vantage, with gaps
//! ZONES      assumed ones, and the flag that settles them
//! FIELDS     what each format lacks          RULES      which can be judged
//! COPIES · NOT READ                          NEXT       the command, and how long it takes
//! ```

mod picture;

pub use picture::Picture;

use super::hunt_table::Layout;
use super::table;
use crate::render;
use crate::session::about;
use breachline_parsers::report::{Completeness, MixedIn, SourceReport};
use breachline_parsers::schema::{COLUMNS, Origin};
use breachline_parsers::survey::{Group, Hours, Reach, Surveyed};
use breachline_queries::hunt::Prospect;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Groups of so few files have a line for each.
const EACH: usize = 4;

/// Lines of a list before the rest is counted.
const LINES: usize = 40;
const NAMES: usize = 10;

/// Columns that identify or tie together, beside those that are looked at by themselves.
const TELLING: [&str; 5] = ["ts", "forwarded", "target", "bytes_out", "request_id"];

/// Writes the survey. `threads` is what a hunt will run on.
pub fn write(out: &mut impl Write, picture: Picture<'_>, threads: usize, layout: Layout) -> io::Result<()> {
    write_files(out, picture, layout)?;
    // Of files that are no logs there is nothing to tell but why.
    if has_rows(picture) {
        write_hours(out, picture, layout)?;
        write_zones(out, picture, layout)?;
        write_fields(out, picture, layout)?;
        write_rules(out, picture, layout)?;
    }
    write_copies(out, picture, layout)?;
    write_unread(out, picture, layout)?;
    write_next(out, picture, threads, layout)
}

fn has_rows(picture: Picture<'_>) -> bool {
    picture.survey.sources.iter().any(|source| source.report.rows > 0)
}

fn title(out: &mut impl Write, name: &str, layout: Layout) -> io::Result<()> {
    writeln!(out, "\n{}", layout.strong(name))
}

/// A number, marked where it is estimated.
fn figure(value: Option<u64>, exact: bool) -> String {
    match value {
        None => "?".to_owned(),
        Some(value) if exact => render::count(value),
        Some(value) => format!("~{}", render::count(rounded(value))),
    }
}

/// The first two digits of an estimate; the others would pretend.
fn rounded(value: u64) -> u64 {
    let digits = value.checked_ilog10().unwrap_or(0);
    let unit = 10_u64.pow(digits.saturating_sub(1));
    (value + unit / 2) / unit * unit
}

fn write_files(out: &mut impl Write, picture: Picture<'_>, layout: Layout) -> io::Result<()> {
    let survey = picture.survey;
    let ((records, exact), (text, counted)) = (survey.records(), survey.text());
    writeln!(out, "{}", layout.strong("FILES"))?;
    let found = format!("{}, {}", render::counted(survey.files, "file"), render::bytes(survey.bytes));
    layout.labelled(out, "found", &found)?;
    let about = if counted { "" } else { "about " };
    let noun = if records == 1 { "record" } else { "records" };
    let holds = format!("{about}{} of text, {} {noun}", render::bytes(text), figure(Some(records), exact));
    let without = match survey.uncounted() {
        0 => String::new(),
        files => format!(
            " without those of {} with a line so long that it tells nothing of the others",
            render::counted(files, "file")
        ),
    };
    layout.labelled(out, "holding", &format!("{holds}{without}"))?;
    // The first is about fields and rules, and stands there.
    for note in picture.notes().iter().skip(1) {
        layout.labelled(out, "note", note)?;
    }
    let mut lines: Vec<Vec<String>> = survey.groups.iter().flat_map(|group| lines(group, picture, layout)).collect();
    if lines.is_empty() {
        return Ok(());
    }
    let folder = common_folder(lines.iter().filter_map(|line| line.first()));
    if !folder.is_empty() {
        layout.labelled(out, "in", &folder)?;
    }
    lines.iter_mut().filter_map(|line| line.first_mut()).for_each(|name| drop(name.drain(..folder.len())));
    let (first, last) = (format!("FIRST ({})", layout.zone.name()), format!("LAST ({})", layout.zone.name()));
    let header = ["SOURCE", "FORMAT", "VANTAGE", "SIZE", "RECORDS", first.as_str(), last.as_str(), "LOOKED AT"];
    let right = [false, false, false, true, true, false, false, false];
    writeln!(out)?;
    table::write_table(out, &header, &lines[..lines.len().min(LINES)], &right, layout.columns)?;
    if lines.len() > LINES {
        writeln!(out, "and {} lines more (--format json names them all)", render::count(lines.len() - LINES))?;
    }
    Ok(())
}

/// The folder that all names begin with, its slash included; nothing where it is short.
fn common_folder<'n>(mut names: impl Iterator<Item = &'n String>) -> String {
    const SHORT: usize = 12;
    let Some(first) = names.next() else { return String::new() };
    let folder = |name: &str| name.rfind('/').map_or(0, |at| at + 1);
    let mut common = folder(first);
    for name in names {
        let same = first.bytes().take(common).zip(name.bytes()).take_while(|(a, b)| a == b).count();
        // Cut after a slash, so that no character is.
        common = first.as_bytes()[..same].iter().rposition(|&byte| byte == b'/').map_or(0, |at| at + 1);
    }
    if common < SHORT { String::new() } else { first[..common].to_owned() }
}

/// A time to the minute; the zone stands over the column.
fn minute(time: Option<i64>, layout: Layout) -> String {
    time.map_or_else(|| "-".to_owned(), |time| render::in_zone(time, layout.zone).chars().take(16).collect())
}

/// A group on one line, or each file of a small one on its own. What cannot be read is told elsewhere.
fn lines(group: &Group, picture: Picture<'_>, layout: Layout) -> Vec<Vec<String>> {
    let readable = opened(group, picture).filter(|source| !is_unread(&source.report));
    let readable: Vec<&Surveyed> = readable.collect();
    if readable.is_empty() {
        return Vec::new();
    }
    if group.files <= EACH {
        return readable.iter().map(|source| line(source, picture, layout)).collect();
    }
    let whole = readable.iter().filter(|source| source.reach == Reach::Whole).count();
    let exact = group.unopened() == 0 && whole == readable.len();
    let files = render::counted(group.files, "file");
    let looked = match (group.unopened(), whole == readable.len()) {
        (0, true) => format!("all {files}"),
        (0, false) => format!("parts of {files}"),
        (_, true) => format!("{} of {files}", render::count(readable.len())),
        (_, false) => format!("parts of {} of {files}", render::count(readable.len())),
    };
    let formats = distinct(readable.iter().map(|source| source.report.format.clone()));
    let vantages = distinct(
        readable.iter().map(|source| picture.vantage(source.report.id).map(|vantage| vantage.name().to_owned())),
    );
    let named = group.by_name.1.iter().chain(&group.by_neighbours.1);
    let from =
        readable.iter().filter_map(|source| source.report.first).chain(named.clone().map(|span| span.from)).min();
    let until = readable.iter().filter_map(|source| source.report.last).chain(named.map(|span| span.until)).max();
    let open = readable.iter().filter(|source| source.report.last == until).any(|source| source.reach == Reach::Head);
    vec![vec![
        group.pattern.clone(),
        formats,
        vantages,
        render::bytes(group.bytes),
        figure(group.records, exact),
        minute(from, layout),
        if open { "not read".to_owned() } else { minute(until, layout) },
        looked,
    ]]
}

fn line(source: &Surveyed, picture: Picture<'_>, layout: Layout) -> Vec<String> {
    let report = &source.report;
    let looked = match source.reach {
        Reach::Whole => "all",
        Reach::Ends => "both ends",
        Reach::Head => "beginning",
    };
    vec![
        report.path.clone(),
        format_of(report),
        picture.vantage(report.id).map_or("-", |vantage| vantage.name()).to_owned(),
        render::bytes(report.bytes),
        figure(source.records, source.reach == Reach::Whole),
        minute(report.first, layout),
        if source.reach == Reach::Head { "not read".to_owned() } else { minute(report.last, layout) },
        looked.to_owned(),
    ]
}

/// The format of a source, with those that other records of it are in.
fn format_of(report: &SourceReport) -> String {
    let first = report.format.clone().unwrap_or_else(|| "unknown".to_owned());
    let all: Vec<String> = std::iter::once(first).chain(report.others.iter().map(MixedIn::named)).collect();
    all.join(", ")
}

fn opened<'p>(group: &'p Group, picture: Picture<'p>) -> impl Iterator<Item = &'p Surveyed> {
    group.opened.iter().filter_map(move |&id| picture.survey.sources.get(id as usize))
}

/// Distinct values with their number, most frequent first; one alone without it.
fn distinct(values: impl Iterator<Item = Option<String>>) -> String {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for value in values {
        *counts.entry(value.unwrap_or_else(|| "-".to_owned())).or_default() += 1;
    }
    let mut counts: Vec<(String, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    match counts.as_slice() {
        [(value, _)] => value.clone(),
        _ => counts.iter().map(|(value, count)| format!("{value} {count}")).collect::<Vec<_>>().join(", "),
    }
}

const fn is_unread(report: &SourceReport) -> bool {
    matches!(report.completeness, Completeness::Unreadable(_) | Completeness::Unknown(_))
}

fn write_hours(out: &mut impl Write, picture: Picture<'_>, layout: Layout) -> io::Result<()> {
    title(out, "HOURS", layout)?;
    if picture.hours.is_empty() {
        return layout.labelled(out, "none", "no file could be read");
    }
    for hours in picture.hours {
        let name = hours.vantage.map_or("unknown vantage", |vantage| vantage.name());
        let span = match hours.span {
            Some(span) if hours.basis.open > 0 => {
                format!("{}, or longer", layout.span(Some(span.from), Some(span.until)))
            }
            Some(span) => layout.span(Some(span.from), Some(span.until)),
            None => "no time in the records looked at".to_owned(),
        };
        layout.labelled(out, name, &format!("{span}; {}", basis(hours)))?;
        for gap in hours.gaps.iter().take(NAMES) {
            let gap = format!("{}: no file covers it", layout.span(Some(gap.from), Some(gap.until)));
            layout.labelled(out, "gap", &gap)?;
        }
        if hours.gaps.len() > NAMES {
            layout.labelled(out, "", &format!("and {} gaps more", render::count(hours.gaps.len() - NAMES)))?;
        }
    }
    layout.labelled(out, "note", "gaps are hours between files; those inside a file are told by a hunt")
}

/// How the hours are known.
fn basis(hours: &Hours) -> String {
    let basis = hours.basis;
    let parts = [
        (basis.read, "by first and last record"),
        (basis.begun, "by first record and next file"),
        (basis.open, "by first record only"),
        (basis.named, "by name"),
        (basis.between, "by the files beside them"),
        (basis.none, "without a time"),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(files, _)| *files > 0)
        .map(|(files, how)| format!("{} {how}", render::counted(files, "file")))
        .collect();
    parts.join(", ")
}

fn write_zones(out: &mut impl Write, picture: Picture<'_>, layout: Layout) -> io::Result<()> {
    title(out, "ZONES", layout)?;
    let mut zones: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for source in picture.survey.sources.iter().filter(|source| source.report.rows > 0) {
        zones.entry(&source.report.zone).or_default().push(&source.report.path);
    }
    if zones.is_empty() {
        return layout.labelled(out, "none", "no record with a time was read");
    }
    for (zone, paths) in zones {
        let sources = render::counted(paths.len(), "source");
        if zone == "stated" {
            layout.labelled(out, "stated", &format!("in {sources}"))?;
        } else {
            let shown = render::names(&paths);
            let how = "if that is wrong, give --assume-tz ZONE, or --assume-tz 'GLOB=ZONE' for some";
            layout.labelled(out, zone, &format!("in {sources} whose times carry none: {shown}; {how}"))?;
        }
    }
    Ok(())
}

fn write_fields(out: &mut impl Write, picture: Picture<'_>, layout: Layout) -> io::Result<()> {
    title(out, "FIELDS", layout)?;
    let telling = |name: &str, pivot: bool| (pivot || TELLING.contains(&name)) && name != "source";
    let telling = COLUMNS.iter().filter(|column| column.origin == Origin::Fact && telling(column.name, column.pivot));
    let mut formats: BTreeMap<&str, Vec<&Surveyed>> = BTreeMap::new();
    for source in picture.survey.sources.iter().filter(|source| source.report.rows > 0) {
        formats.entry(source.report.format.as_deref().unwrap_or("unknown")).or_default().push(source);
    }
    if formats.is_empty() {
        return layout.labelled(out, "none", "no record was read");
    }
    for (format, sources) in formats {
        let lacks = |name: &&str| !sources.iter().any(|source| source.columns.contains(name));
        let missing: Vec<&str> = telling.clone().map(|column| column.name).filter(lacks).collect();
        let missing = if missing.is_empty() { "nothing that tells".to_owned() } else { missing.join(", ") };
        layout.labelled(out, "lacks", &format!("{format}: {missing}"))?;
    }
    write_mapped(out, picture, layout)
}

/// Which keys are taken for which columns where no vendor's format fits.
fn write_mapped(out: &mut impl Write, picture: Picture<'_>, layout: Layout) -> io::Result<()> {
    let mapped = || picture.survey.sources.iter().filter(|source| !source.report.mapped.is_empty());
    for source in mapped().take(NAMES) {
        let taken = source.report.mapped.iter().map(|mapped| format!("{} from {}", mapped.column, mapped.key));
        let text = format!("{}: {}", source.report.path, taken.collect::<Vec<_>>().join(", "));
        layout.labelled(out, "taken for", &text)?;
    }
    let more = mapped().count().saturating_sub(NAMES);
    if more > 0 {
        layout.labelled(out, "", &format!("and {} more (--format json names them all)", render::count(more)))?;
    }
    Ok(())
}

fn write_rules(out: &mut impl Write, picture: Picture<'_>, layout: Layout) -> io::Result<()> {
    title(out, "RULES", layout)?;
    let (can, cannot): (Vec<&Prospect>, Vec<&Prospect>) =
        picture.prospects.iter().partition(|prospect| prospect.is_judgeable());
    let ids: Vec<&str> = can.iter().map(|prospect| prospect.id.as_str()).collect();
    let judged = format!("{} of {}", can.len(), picture.prospects.len());
    let judged = if ids.is_empty() { judged } else { format!("{judged}: {}", ids.join(", ")) };
    layout.labelled(out, "can be judged", &judged)?;
    for prospect in cannot {
        let lacks = (!prospect.missing.is_empty()).then(|| format!("lacks {}", prospect.missing.join(", ")));
        let why: Vec<String> = lacks.into_iter().chain(prospect.needs_all.iter().cloned()).collect();
        layout.labelled(out, "not evaluable", &format!("{}: {}", prospect.id, why.join("; ")))?;
    }
    layout.labelled(out, "note", picture::SAMPLES_ONLY)
}

fn write_copies(out: &mut impl Write, picture: Picture<'_>, layout: Layout) -> io::Result<()> {
    let copies: Vec<&Surveyed> = picture.survey.sources.iter().filter(|source| source.copy_of.is_some()).collect();
    if copies.is_empty() {
        return Ok(());
    }
    title(out, "LIKELY COPIES", layout)?;
    for source in copies.iter().take(NAMES) {
        let of = source.copy_of.map_or("?", |id| picture.session.path(id));
        layout.labelled(out, "copy", &format!("{} of {of}: as large, and equal at both ends", source.report.path))?;
    }
    if copies.len() > NAMES {
        layout.labelled(out, "", &format!("and {} more", render::count(copies.len() - NAMES)))?;
    }
    layout.labelled(out, "note", "counted once above; a hunt compares all bytes and reads each content once")
}

fn write_unread(out: &mut impl Write, picture: Picture<'_>, layout: Layout) -> io::Result<()> {
    const PASSED_OVER: usize = 3;
    let session = picture.session;
    let mut faults: Vec<(&str, String)> =
        session.problems.iter().map(|problem| ("missing", about(&problem.path, &problem.message))).collect();
    let mut beside = Vec::new();
    for source in session.sources() {
        let (label, why) = match &source.completeness {
            Completeness::Whole | Completeness::Duplicate(_) => continue,
            Completeness::Unreadable(why) => ("unreadable", why),
            Completeness::Unknown(why) if source.is_empty() => ("empty", why),
            Completeness::Unknown(why) => ("unknown", why),
            Completeness::Cut(why) => ("cut short", why),
        };
        let list = if session.is_passed_over(source) { &mut beside } else { &mut faults };
        list.push((label, about(&source.path, why)));
    }
    if faults.is_empty() && beside.is_empty() {
        return Ok(());
    }
    title(out, "NOT READ", layout)?;
    for (list, most) in [(&faults, NAMES), (&beside, PASSED_OVER)] {
        for (label, why) in list.iter().take(most) {
            layout.labelled(out, label, why)?;
        }
        if list.len() > most {
            let more = format!("and {} more (--format json names them all)", render::count(list.len() - most));
            layout.labelled(out, "", &more)?;
        }
    }
    Ok(())
}

fn write_next(out: &mut impl Write, picture: Picture<'_>, threads: usize, layout: Layout) -> io::Result<()> {
    title(out, "NEXT", layout)?;
    if !has_rows(picture) {
        return layout.labelled(
            out,
            "first",
            "name logs, or their format: `breachline formats list`, --log-format DIRECTIVE",
        );
    }
    let time = format!(
        "`breachline hunt` takes {}, as fast as these samples were read ({threads} threads)",
        words(picture.time(threads))
    );
    layout.labelled(out, "hunt", &time)?;
    layout.labelled(
        out,
        "",
        "with the same paths and options; --load-since and --load-until leave files out by their names",
    )
}

/// A time as roughly as it is known.
fn words(micros: i64) -> String {
    let seconds = micros / 1_000_000;
    match seconds {
        i64::MIN..2 => "a second or two".to_owned(),
        2..8 => "some seconds".to_owned(),
        8..50 => format!("about {} seconds", (seconds + 5) / 10 * 10),
        50..90 => "about a minute".to_owned(),
        90..3_000 => format!("about {} minutes", (seconds + 30) / 60),
        3_000..5_400 => "about an hour".to_owned(),
        _ => format!("about {} hours", (seconds + 1_800) / 3_600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimates_do_not_pretend() {
        assert_eq!(figure(Some(7_380), true), "7,380");
        assert_eq!(figure(Some(1_234_567), false), "~1,200,000");
        assert_eq!([0, 7, 99, 104, 996].map(rounded), [0, 7, 99, 100, 1_000]);
        assert_eq!(figure(None, true), "?");
    }

    #[test]
    fn names_are_shown_below_their_folder() {
        let common =
            |names: &[&str]| common_folder(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>().iter());
        assert_eq!(common(&["/evidence/2026/a.log", "/evidence/2026/b/c.log"]), "/evidence/2026/");
        assert_eq!(common(&["/증거물/서울/감사/a", "/증거물/서울/감독/b"]), "/증거물/서울/");
        assert_eq!(common(&["logs/a", "logs/b"]), "");
        assert_eq!(common(&["a.log"]), "");
    }

    #[test]
    fn times_are_said_in_words() {
        let said = [0, 5, 34, 60, 150, 3_600, 9_000].map(|seconds| words(seconds * 1_000_000));
        assert_eq!(
            said,
            [
                "a second or two",
                "some seconds",
                "about 30 seconds",
                "about a minute",
                "about 3 minutes",
                "about an hour",
                "about 3 hours"
            ]
        );
    }
}
