//! What was read: each source with its count of records, and the records that could not be read.

use super::list::{Cell, Column, RowCells, column, number, path};
use super::{labelled, list, pane, paragraph};
use crate::korean::phrase;
use crate::session::about;
use crate::tui::layout;
use crate::tui::state::{Seen, State};
use crate::tui::text::{bytes, count, span, visible};
use crate::tui::words::Word;
use breachline_parsers::report::{Basis, Completeness, MixedIn, SourceReport};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;

const LABEL: usize = 12;

const COLUMNS: [Column; 10] = [
    number(Word::HNumber, 3, 0),
    path(Word::HSource, 0, 0),
    column(Word::HFormat, 14, 0),
    column(Word::HVantage, 11, 90),
    column(Word::HZone, 12, 104),
    number(Word::HRecords, 11, 0),
    number(Word::HRows, 11, 90),
    number(Word::HRejects, 8, 0),
    number(Word::HSkips, 7, 104),
    column(Word::HRead, 7, 0),
];

const WHILE_READING: [Column; 6] = [
    path(Word::HSource, 0, 0),
    number(Word::HRead, 10, 0),
    number(Word::HShare, 6, 0),
    number(Word::HRecords, 12, 0),
    number(Word::HRate, 12, 0),
    number(Word::HLeft, 10, 0),
];

const REJECTS: [Column; 3] = [number(Word::HLine, 10, 0), column(Word::HReason, 30, 0), column(Word::HRecord, 0, 0)];

pub(super) fn draw(state: &State, screen: &mut Buffer) {
    let (above, below) = layout::sources(state);
    let cursor = state.source_list.cursor;
    let Some(sources) = &state.sources else {
        return draw_reading(state, screen, above, below);
    };
    let title = state.counted(Word::NSources, state.source_count());
    let inner = pane(state, screen, above, true, &title, &state.fill(Word::EnterRejects, &[]));
    list::draw(state, screen, inner, &COLUMNS, cursor, state.source_count(), &|at| {
        if let Some(report) = sources.reports.get(at) {
            return Some(RowCells::Cells(report_cells(state, report)));
        }
        let problem = sources.problems.get(at - sources.reports.len())?;
        let words = about(&problem.path, &problem.message);
        Some(RowCells::Heading((visible(&words).into_owned(), state.theme.warning())))
    });
    let inner = pane(state, screen, below, false, state.word(Word::ThisSource), "");
    if let Some(report) = sources.reports.get(cursor.at) {
        paragraph(screen, inner, &report_lines(state, report, layout::inner_width(below)), 0);
    } else if let Some(problem) = sources.problems.get(cursor.at.saturating_sub(sources.reports.len())) {
        let lines =
            labelled(state.theme, state.word(Word::NoSource), LABEL, &problem.message, layout::inner_width(below));
        paragraph(screen, inner, &lines, 0);
    }
}

/// What a search looks at.
pub(super) fn texts(state: &State) -> Vec<String> {
    match &state.sources {
        None => state.seen.iter().map(|seen| seen.path.clone()).collect(),
        Some(sources) => sources
            .reports
            .iter()
            .map(|report| format!("{} {} {}", report.path, report.format.as_deref().unwrap_or_default(), report.sha256))
            .chain(sources.problems.iter().map(|problem| format!("{} {}", problem.path, problem.message)))
            .collect(),
    }
}

fn draw_reading(state: &State, screen: &mut Buffer, above: Rect, below: Rect) {
    let cursor = state.source_list.cursor;
    let inner = pane(state, screen, above, true, state.word(Word::Sources), &state.fill(Word::StopsKeeps, &[]));
    list::draw(state, screen, inner, &WHILE_READING, cursor, state.seen.len(), &|at| {
        Some(RowCells::Cells(seen_cells(state, state.seen.get(at)?, at + 1 == state.seen.len())))
    });
    let inner = pane(state, screen, below, false, state.word(Word::HowFar), "");
    let cells = layout::inner_width(below);
    let crate::tui::state::Stage::Reading(reading) = &state.stage else {
        let words = super::stage_words(state);
        return paragraph(screen, inner, &labelled(state.theme, state.word(Word::LState), LABEL, &words, cells), 0);
    };
    let progress = &reading.progress;
    let seconds = reading.elapsed.as_secs_f64();
    let rate = if seconds > 0.0 { progress.bytes as f64 / seconds } else { 0.0 };
    let nth = state.fill(Word::Of, &[&progress.nth.to_string(), &progress.of.to_string()]);
    let mut lines = labelled(state.theme, state.word(Word::LSource), LABEL, &nth, cells);
    let so_far = state.fill(Word::RecordsSoFar, &[&count(progress.records)]);
    let read = match progress.total {
        0 => state.fill(Word::NotKnownTotal, &[&bytes(progress.bytes)]),
        total => state.fill(Word::Of, &[&bytes(progress.bytes), &bytes(total)]),
    };
    lines.extend(labelled(state.theme, state.word(Word::LRead), LABEL, &read, cells));
    lines.extend(labelled(state.theme, state.word(Word::LRecords), LABEL, &so_far, cells));
    lines.extend(labelled(state.theme, state.word(Word::LRate), LABEL, &format!("{}/s", bytes(rate as u64)), cells));
    if progress.total > progress.bytes && rate > 0.0 {
        let left = ((progress.total - progress.bytes) as f64 / rate).ceil() as i64;
        let left = state.fill(Word::AboutLeft, &[&span(state.lang, left.saturating_mul(1_000_000))]);
        lines.extend(labelled(state.theme, state.word(Word::LLeft), LABEL, &left, cells));
    }
    paragraph(screen, inner, &lines, 0);
}

/// A source so far; the last one of those begun is being read, those before it are done.
fn seen_cells(state: &State, seen: &Seen, at_hand: bool) -> Vec<Cell> {
    let none = || "-".to_owned();
    let took = seen.bytes.1.saturating_sub(seen.bytes.0);
    let seconds = seen.seconds.1 - seen.seconds.0;
    let rate = if seconds > 0.0 { took as f64 / seconds } else { 0.0 };
    // Blocks are read ahead of what is told, so a source may seem to have more than it has.
    let took = if seen.size > 0 { took.min(seen.size) } else { took };
    let left = seen.size.saturating_sub(took);
    let (share, left) = match (at_hand, seen.size) {
        (false, _) => (state.word(Word::ReadDone).to_owned(), String::new()),
        (true, 0) => (none(), none()),
        (true, size) => (
            format!("{} %", took.saturating_mul(100) / size),
            if rate > 0.0 {
                span(state.lang, ((left as f64 / rate).ceil() as i64).saturating_mul(1_000_000))
            } else {
                none()
            },
        ),
    };
    let rate = if rate > 0.0 { format!("{}/s", bytes(rate as u64)) } else { none() };
    let plain = Style::new();
    vec![
        (visible(&seen.path).into_owned(), plain),
        (bytes(took), plain),
        (share, plain),
        (count(seen.records.1.saturating_sub(seen.records.0)), plain),
        (rate, plain),
        (left, plain),
    ]
}

fn report_cells(state: &State, report: &SourceReport) -> Vec<Cell> {
    let plain = Style::new();
    let (read, style) = match &report.completeness {
        Completeness::Whole => (Word::Whole, plain),
        Completeness::Cut(_) => (Word::Cut, state.theme.warning()),
        Completeness::Unreadable(_) => (Word::Unreadable, state.theme.warning()),
        Completeness::Unknown(_) if report.is_empty() => (Word::ReadEmpty, plain),
        Completeness::Unknown(_) => (Word::Unknown, state.theme.warning()),
        Completeness::Duplicate(_) => (Word::CopyOf, plain),
    };
    vec![
        ((report.id + 1).to_string(), plain),
        (visible(&report.path).into_owned(), plain),
        (format_cell(state, report), plain),
        (report.vantage.map_or("-", |vantage| vantage.name()).to_owned(), plain),
        (visible(&phrase(&report.zone, state.lang)).into_owned(), plain),
        (count(report.records), plain),
        (count(report.rows), plain),
        (count(report.rejects), if report.rejects > 0 { state.theme.warning() } else { plain }),
        (count(report.skips), plain),
        (state.word(read).to_owned(), style),
    ]
}

/// The format, and how many more there are.
fn format_cell(state: &State, report: &SourceReport) -> String {
    match (&report.format, report.others.len(), &report.completeness) {
        (Some(format), 0, _) => format.clone(),
        (Some(format), more, _) => format!("{format} +{more}"),
        (None, _, Completeness::Duplicate(_) | Completeness::Unreadable(_)) => "-".to_owned(),
        (None, ..) if report.is_empty() => "-".to_owned(),
        (None, ..) => state.word(Word::NoneFits).to_owned(),
    }
}

/// What is out of the ordinary comes first: on a small screen only the first lines are seen.
fn report_lines(state: &State, report: &SourceReport, cells: usize) -> Vec<Line<'static>> {
    let sum = format!(
        "{} = {} + {} + {}",
        count(report.records),
        state.counted(Word::NRows, report.rows as usize),
        state.counted(Word::NRejects, report.rejects as usize),
        state.counted(Word::NSkips, report.skips as usize)
    );
    let read = match &report.completeness {
        Completeness::Whole => state.word(Word::ToItsEnd).to_owned(),
        Completeness::Cut(why)
        | Completeness::Unreadable(why)
        | Completeness::Unknown(why)
        | Completeness::Duplicate(why) => phrase(why, state.lang).into_owned(),
    };
    let sampled = report.sampled();
    let times = report.first.zip(report.last).map(|(first, last)| {
        format!("{} .. {} {}", state.clock.second(first), state.clock.second(last), state.clock.name())
    });
    let inside = report
        .container
        .as_ref()
        .map(|container| format!("{} ({}, sha256 {})", container.path, bytes(container.bytes), container.sha256));
    let identity = state.word(if report.records_identity { Word::ShowsIdentity } else { Word::HidesIdentity });
    let entries = [
        (Word::LPath, Some(report.path.clone())),
        (Word::LRecords, Some(sum)),
        (Word::LFormat, report.format.is_some().then(|| format_words(state, report))),
        (Word::LRead, Some(read)),
        (Word::LZone, Some(zone_words(state, report))),
        (Word::LEncoding, report.encoding.map(|name| state.fill(Word::EncodingUtf8, &[name]))),
        (Word::LColumns, (!report.mapped.is_empty()).then(|| mapped_words(state, report))),
        (Word::LSampled, sampled.map(|rate| state.fill(Word::SampledOneIn, &[&format!("{:.0}", 1.0 / rate)]))),
        (Word::LTimes, times),
        (Word::LIdentity, report.format.is_some().then(|| identity.to_owned())),
        (Word::LInside, inside),
        (Word::LSize, Some(size_words(state, report))),
        (Word::LSha, Some(report.sha256.clone())),
    ];
    let told = entries.into_iter().filter_map(|(label, words)| Some((label, words?)));
    told.flat_map(|(label, words)| labelled(state.theme, state.word(label), LABEL, &words, cells)).collect()
}

/// Which key was taken for which column; those told by their look come first.
fn mapped_words(state: &State, report: &SourceReport) -> String {
    let of = |basis: Basis| {
        let mapped = report.mapped.iter().filter(move |mapped| mapped.basis == basis);
        mapped.map(|mapped| format!("{} = {}", mapped.column, mapped.key)).collect::<Vec<_>>().join(", ")
    };
    let (looks, names) = (of(Basis::Look), of(Basis::Name));
    match (looks.is_empty(), names.is_empty()) {
        (true, _) => state.fill(Word::MappedNames, &[&names]),
        (false, true) => state.fill(Word::MappedLooks, &[&looks]),
        (false, false) => state.fill(Word::MappedBoth, &[&looks, &names]),
    }
}

fn size_words(state: &State, report: &SourceReport) -> String {
    let (stored, lines) = (bytes(report.bytes), count(report.lines));
    match report.compression {
        Some(name) => state.fill(Word::SizePacked, &[&stored, name, &bytes(report.bytes_decompressed), &lines]),
        None => state.fill(Word::SizeLines, &[&stored, &lines]),
    }
}

/// The formats of a source, with the rows in each where there are several, and what stands around the records.
fn format_words(state: &State, report: &SourceReport) -> String {
    let of = |format: &str, wrappers: &[&'static str], rows| {
        MixedIn { format: format.to_owned(), wrappers: wrappers.to_vec(), rows }.named()
    };
    let first = of(report.format.as_deref().unwrap_or_default(), &report.wrappers, report.rows);
    if report.others.is_empty() {
        return first;
    }
    let elsewhere: u64 = report.others.iter().map(|other| other.rows).sum();
    let others = report
        .others
        .iter()
        .map(|other| format!("{}: {}", other.named(), state.counted(Word::NRows, other.rows as usize)));
    let all = std::iter::once(format!(
        "{first}: {}",
        state.counted(Word::NRows, report.rows.saturating_sub(elsewhere) as usize)
    ));
    all.chain(others).collect::<Vec<_>>().join("; ")
}

/// The zone, and the times that make it doubtful.
fn zone_words(state: &State, report: &SourceReport) -> String {
    let times = |number: u64, words: Word| match number {
        0 => String::new(),
        _ => state.counted(words, number as usize),
    };
    let folded = times(report.folded, Word::Folded);
    let gaps = times(report.gaps, Word::NeverOccur);
    format!("{}{folded}{gaps}", phrase(&report.zone, state.lang))
}

/// Rejects of the source under the cursor.
pub(super) fn draw_rejects(state: &State, screen: &mut Buffer) {
    let area = layout::body(state);
    let list = &state.source_list;
    let report = state.sources.as_ref().and_then(|sources| sources.reports.get(list.cursor.at));
    let path = report.map_or("", |report| report.path.as_str());
    let all = report.map_or(0, |report| report.rejects);
    let title = state.fill(Word::RejectsOf, &[&visible(path)]);
    let note = if list.rejects.held as u64 == all {
        state.counted(Word::NRejects, list.rejects.held)
    } else {
        state.fill(Word::FirstOf, &[&count(list.rejects.held as u64), &count(all)])
    };
    let inner = pane(state, screen, area, true, &title, &note);
    let (rows, foot) = split_foot(inner);
    list::draw(state, screen, rows, &REJECTS, list.reject_cursor, list.rejects.held, &|at| {
        let reject = list.rejects.rejects.get(at.checked_sub(list.rejects.first)?)?;
        let plain = Style::new();
        Some(RowCells::Cells(vec![
            (count(reject.line_no), plain),
            (visible(&reject.reason).into_owned(), plain),
            (visible(&reject.raw).into_owned(), plain),
        ]))
    });
    if let Some((reason, n)) = list.rejects.reasons.first() {
        let (n, held) = (count(*n as u64), count(list.rejects.held as u64));
        let words = state.fill(Word::Because, &[&n, &held, &visible(reason)]);
        paragraph(screen, foot, &[Line::styled(words, state.theme.dim())], 0);
    }
}

/// The last line of a pane, apart.
const fn split_foot(area: Rect) -> (Rect, Rect) {
    let height = area.height.saturating_sub(1);
    let foot = Rect { y: area.y + height, height: area.height - height, ..area };
    (Rect { height, ..area }, foot)
}
