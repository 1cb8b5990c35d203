//! Requests over time: a histogram, the list under it, one request beside it.

use super::list::{self, Cell, Column, RowCells, number};
use super::{detail, pane, put, remark};
use crate::engine::answer::{Buckets, Row, Told};
use crate::engine::{Glimpse, Sorted};
use crate::notes::About;
use crate::tui::columns::{self, ListColumn};
use crate::tui::layout;
use crate::tui::state::{Cursor, Place, State};
use crate::tui::text::{self, Clock, count, span, visible};
use crate::tui::theme::level_word;
use crate::tui::words::Word;
use breachline_queries::finding::Level;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

/// Cells that the scale of the histogram takes at its left.
pub(in crate::tui) const AXIS: usize = 8;

pub(super) fn draw(state: &State, screen: &mut Buffer) {
    let areas = layout::timeline(state);
    if areas.histogram.height > 0 {
        histogram(state, screen, areas.histogram);
    }
    if let Some(area) = areas.list {
        rows(state, screen, area);
    }
    if let Some(area) = areas.detail {
        detail::draw(state, screen, area);
    }
}

/// Two lines at the foot of the histogram carry times.
fn histogram(state: &State, screen: &mut Buffer, area: Rect) {
    let buckets = &state.timeline.buckets;
    let fresh = buckets.scope.holds_as(&state.timeline.scope);
    let note = if buckets.counts.is_empty() {
        String::new()
    } else {
        let words = if buckets.apart { Word::ABarMost } else { Word::ABar };
        state.fill(words, &[&span(state.lang, buckets.step)])
    };
    let silent = buckets.counts.iter().zip(&buckets.gaps).any(|(&n, &gap)| n == 0 && gap);
    let mut title = state.word(Word::OverTime).to_owned();
    if buckets.levels.iter().any(Option::is_some) {
        title.push_str(state.word(Word::LevelsLegend));
    }
    if silent {
        title.push_str(state.word(Word::GapLegend));
    }
    let inner = pane(state, screen, area, false, &title, &note);
    if let (None, Some(glimpse)) = (&state.sources, &state.glimpse) {
        return glimpse_bars(state, screen, inner, glimpse);
    }
    if state.sources.is_none() || !fresh {
        return remark(state, screen, inner, state.word(Word::Waiting));
    }
    let peak = buckets.counts.iter().copied().max().unwrap_or(0);
    if peak == 0 {
        let words = state.word(if buckets.untimed > 0 { Word::NoTimesHere } else { Word::NoneToCount });
        return remark(state, screen, inner, words);
    }
    let tall = inner.height > 1;
    let marked = inner.height > 2 && buckets.levels.iter().any(Option::is_some);
    let bars = inner.height - u16::from(tall) - u16::from(marked);
    draw_bars(state, screen, inner, buckets, bars);
    if let Some((one, other)) = state.drag {
        // What the mouse is dragged over.
        let (from, until) = (one.min(other), one.max(other).min(buckets.counts.len().saturating_sub(1)));
        let x = inner.x + (AXIS + from) as u16;
        let over = Rect { x, width: (until + 1 - from) as u16, height: bars, ..inner };
        screen.set_style(over.intersection(inner), state.theme.cursor());
    }
    if marked {
        put(
            screen,
            inner,
            0,
            bars,
            &Line::styled(text::right(state.word(Word::FoundRow), AXIS - 1, ""), state.theme.dim()),
        );
        let signs = buckets.levels.iter().map(|level| level_sign(state, *level));
        put(screen, inner, AXIS as u16, bars, &Line::from(signs.collect::<Vec<_>>()));
    }
    if tall {
        put(
            screen,
            inner,
            AXIS as u16,
            bars + u16::from(marked),
            &Line::styled(times(state, buckets), state.theme.dim()),
        );
    }
}

/// Bars over so many rows, with the highest count beside the first.
fn draw_bars(state: &State, screen: &mut Buffer, area: Rect, buckets: &Buckets, bars: u16) {
    let peak = buckets.counts.iter().copied().max().unwrap_or(0);
    for y in 0..bars {
        let scale = if y == 0 { count(peak) } else { String::new() };
        put(screen, area, 0, y, &Line::styled(text::right(&scale, AXIS - 1, ""), state.theme.dim()));
        let row: String = (0..buckets.counts.len()).map(|at| bar(state, buckets, at, peak, bars, y)).collect();
        put(screen, area, AXIS as u16, y, &Line::styled(row, state.theme.bar()));
    }
}

/// What came so far, over time: the first and the last time under the bars.
fn glimpse_bars(state: &State, screen: &mut Buffer, area: Rect, glimpse: &Glimpse) {
    let columns = (area.width as usize).saturating_sub(AXIS);
    let Some((from, step, counts)) = glimpse.bars(columns) else {
        return remark(state, screen, area, state.word(Word::NoTimesHere));
    };
    let gaps = vec![false; counts.len()];
    let buckets = Buckets { from, step, counts, gaps, ..Buckets::default() };
    let bars = area.height - u16::from(area.height > 1);
    draw_bars(state, screen, area, &buckets, bars);
    if area.height > 1 {
        put(screen, area, AXIS as u16, bars, &Line::styled(times(state, &buckets), state.theme.dim()));
    }
}

/// The rows that came last; they are replaced as others come.
fn glimpse_rows(state: &State, screen: &mut Buffer, area: Rect, glimpse: &Glimpse) {
    let words = state.fill(Word::SoFar, &[&count(glimpse.requests)]);
    put(screen, area, 0, 0, &Line::styled(words, state.theme.warning()));
    let columns = columns::shown(state);
    let specs: Vec<Column> = columns.iter().map(|column| spec(*column, 19)).collect();
    let below = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    let skip = glimpse.rows.len().saturating_sub(below.height.saturating_sub(1) as usize);
    // No row is under the cursor: they do not stay.
    let none = Cursor { at: usize::MAX, top: 0 };
    list::draw(state, screen, below, &specs, none, glimpse.rows.len() - skip, &|at| {
        let row = glimpse.rows.get(skip + at)?;
        let when = row.ts.map_or_else(|| state.word(Word::NoTime).to_owned(), |ts| state.clock.second(ts));
        Some(RowCells::Cells(columns.iter().map(|column| row_cell(state, row, *column, &when)).collect()))
    });
}

/// The worst level of a bar's findings, as a sign.
fn level_sign(state: &State, level: Option<Level>) -> Span<'static> {
    match level {
        None => Span::raw(" "),
        Some(level @ Level::Critical) => Span::styled("#", state.theme.level(level)),
        Some(level @ Level::High) => Span::styled("=", state.theme.level(level)),
        Some(level) => Span::styled("-", state.theme.level(level)),
    }
}

/// One cell of the histogram.
fn bar(state: &State, buckets: &Buckets, at: usize, peak: u64, rows: u16, y: u16) -> &'static str {
    let signs = state.theme.bars();
    let n = buckets.counts.get(at).copied().unwrap_or(0);
    let bottom = y + 1 == rows;
    if n == 0 {
        let gap = buckets.gaps.get(at).copied().unwrap_or(false);
        return if gap && bottom { "!" } else { " " };
    }
    let steps = signs.len() as u128;
    // Every bucket with a request shows at least the smallest bar.
    let filled = (u128::from(n) * u128::from(rows) * steps / u128::from(peak)).max(1);
    let below = u128::from(rows - 1 - y) * steps;
    match filled.saturating_sub(below).min(steps) {
        0 => " ",
        part => signs.get(part as usize - 1).copied().unwrap_or(" "),
    }
}

/// Times under the bars, about every twenty cells, and a mark under the cursor's bar.
fn times(state: &State, buckets: &Buckets) -> String {
    let long = buckets.step.saturating_mul(buckets.counts.len() as i64) > 20 * 3_600_000_000;
    let mut line = String::new();
    let mut at = 0;
    while at < buckets.counts.len() {
        let time = buckets.from.saturating_add(buckets.step.saturating_mul(at as i64));
        let tick = if state.theme.ascii { '|' } else { '╵' };
        let label = if long { state.clock.short(time) } else { state.clock.time(time) };
        let label = format!("{tick}{label}");
        if at + text::width(&label) > buckets.counts.len() {
            break;
        }
        let label = text::left(&label, 20, "");
        line.push_str(&label);
        at += 20;
    }
    let cursor = state.row_at_cursor().and_then(|row| row.ts).and_then(|ts| {
        let at = ts.checked_sub(buckets.from)?.checked_div(buckets.step)?;
        usize::try_from(at).ok().filter(|&at| at < buckets.counts.len())
    });
    let Some(cursor) = cursor else { return line };
    let mut cells: Vec<char> = line.chars().collect();
    cells.resize(cells.len().max(cursor + 1), ' ');
    if let Some(cell) = cells.get_mut(cursor) {
        // On a time its tick gives way; within one the time stays readable.
        if !cell.is_ascii_digit() && !matches!(*cell, ':' | '-') {
            *cell = '^';
        }
    }
    cells.into_iter().collect()
}

fn rows(state: &State, screen: &mut Buffer, area: Rect) {
    let timeline = &state.timeline;
    let page = &timeline.page;
    let fresh = page.scope == timeline.scope;
    let focused = state.place() == Place::Timeline || timeline.list_focused;
    let day = day_of_page(state);
    let note = if fresh && page.total > 0 {
        let day = day.as_deref().map_or_else(String::new, |day| format!("{day}   "));
        format!("{day}{}", state.fill(Word::Of, &[&count(timeline.cursor.at as u64 + 1), &count(page.total as u64)]))
    } else {
        String::new()
    };
    let title = match order_words(state) {
        Some(order) => format!("{}  {order}", state.word(Word::Requests)),
        None => state.word(Word::Requests).to_owned(),
    };
    let inner = pane(state, screen, area, focused, &title, &note);
    if let (None, Some(glimpse)) = (&state.sources, &state.glimpse) {
        return glimpse_rows(state, screen, inner, glimpse);
    }
    if state.sources.is_none() {
        return remark(state, screen, inner, state.word(Word::WhenRead));
    }
    if fresh && page.total == 0 {
        let words = match timeline.undo.last() {
            Some(_) => Word::EmptyUndo,
            None => Word::EmptyScope,
        };
        return remark(state, screen, inner, &state.fill(words, &[]));
    }
    // Of an older scope: stays to be read, dimmed, until the answer comes.
    let dim = (!fresh).then(|| state.theme.dim());
    let millis = inner.width >= 100 && page.rows.iter().any(|row| row.ts.is_some_and(|ts| ts % 1_000_000 != 0));
    // The day stands in the title where one says it for all rows, or where there is no room beside the time.
    let (cells, time): (_, fn(Clock, i64) -> String) = match (day.is_some() || inner.width < 70, millis) {
        (true, true) => (12, Clock::time_milli),
        (true, false) => (8, Clock::time),
        (false, true) => (23, Clock::milli),
        (false, false) => (19, Clock::second),
    };
    let columns = columns::shown(state);
    let specs: Vec<Column> = columns.iter().map(|column| spec(*column, cells)).collect();
    let selected = columns.iter().position(|column| *column == timeline.column).filter(|_| focused);
    let order = timeline.scope.order.and_then(|order| {
        let at = columns.iter().position(|column| column.order() == order.by())?;
        Some((at, order.is_down()))
    });
    let by = list::ByColumn { selected, order };
    list::draw_with_column(state, screen, inner, &specs, by, timeline.cursor, page.total, &|at| {
        let row = page.rows.get(at.checked_sub(page.first)?)?;
        let when = row.ts.map_or_else(|| state.word(Word::NoTime).to_owned(), |ts| time(state.clock, ts));
        let mut cells: Vec<Cell> = columns.iter().map(|column| row_cell(state, row, *column, &when)).collect();
        if let Some(dim) = dim {
            for (_, style) in &mut cells {
                *style = dim;
            }
        }
        let marked = state.case.is_marked(&About::Row(row.place.clone()));
        Some(if marked { RowCells::Marked(cells) } else { RowCells::Cells(cells) })
    });
}

/// What the list is sorted by and which way, unless it is in order of time.
pub(in crate::tui) fn order_words(state: &State) -> Option<String> {
    let order = state.timeline.scope.order?;
    let way = match (order.of(), order.is_down()) {
        (Sorted::Number, true) => Word::MostFirst,
        (Sorted::Number, false) => Word::LeastFirst,
        (Sorted::Text, false) => Word::AToZ,
        (Sorted::Text, true) => Word::ZToA,
        (Sorted::Time, true) => Word::LatestFirst,
        (Sorted::Time, false) => Word::EarliestFirst,
        (Sorted::Level, true) => Word::WorstFirst,
        (Sorted::Level, false) => Word::MildestFirst,
    };
    Some(state.fill(Word::SortedWay, &[order.by(), state.word(way)]))
}

/// The day of all rows here, if it is one; on narrow screens the day of the row under the cursor.
fn day_of_page(state: &State) -> Option<String> {
    let page = &state.timeline.page;
    let day = |ts: Option<i64>| ts.map(|ts| state.clock.day(ts));
    let first = day(page.rows.first()?.ts)?;
    let last = day(page.rows.last()?.ts)?;
    // In order of time those between are of the same day.
    let sorted = page.scope.order.is_some();
    if first == last && (!sorted || page.rows.iter().all(|row| day(row.ts).as_ref() == Some(&first))) {
        return Some(first);
    }
    (!layout::is_wide(state)).then(|| day(state.row_at_cursor()?.ts))?
}

fn spec(column: ListColumn, time: usize) -> Column {
    let cells = if column == ListColumn::Time { time } else { column.cells() };
    if column.is_number() { number(column.heading(), cells, 0) } else { list::column(column.heading(), cells, 0) }
}

fn row_cell(state: &State, row: &Row, column: ListColumn, when: &str) -> Cell {
    let text = |value: Option<&str>| value.map_or_else(|| "-".to_owned(), |value| visible(value).into_owned());
    let told = |told: &Option<Told>| text(told.as_ref().map(|told| told.value.as_str()));
    let plain = Style::new();
    let words = match column {
        ListColumn::Time => when.to_owned(),
        ListColumn::Level => match row.level {
            Some(level) => return (state.word(level_word(level)).to_owned(), state.theme.level(level)),
            None => String::new(),
        },
        ListColumn::Source => row.source.to_string(),
        ListColumn::Client => told(&row.client),
        ListColumn::Identity => told(&row.identity),
        ListColumn::Method => text(row.method.as_deref()),
        ListColumn::Status => row.status.map_or_else(|| "-".to_owned(), |status| status.to_string()),
        ListColumn::Bytes => row.bytes.map_or_else(|| "-".to_owned(), count),
        ListColumn::Target => text(row.target.as_deref()),
    };
    (words, plain)
}
