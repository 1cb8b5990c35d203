//! Pictures: strips of bars, hours of the week, ids against time, values on a ruler.

use super::put;
use crate::engine::answer::{Profile, Sketch};
use crate::tui::state::State;
use crate::tui::text::{self, count, span};
use crate::tui::theme::Theme;
use crate::tui::words::Word;
use breachline_queries::finding::Measured;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::symbols::Marker;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;
use ratatui::widgets::canvas::{Canvas, Points};

const DAYS: [Word; 7] = [Word::Mon, Word::Tue, Word::Wed, Word::Thu, Word::Fri, Word::Sat, Word::Sun];

/// Cells of a label before a strip.
const LABEL: usize = 9;

/// Numbers as a strip of bars, as many as there are cells; a number that is not 0 shows at least the smallest bar.
pub(super) fn strip(theme: Theme, numbers: &[u64], cells: usize, most: u64) -> String {
    let bars = theme.bars();
    let cells = cells.min(numbers.len());
    (0..cells)
        .map(|cell| {
            let (from, until) = (cell * numbers.len() / cells, (cell + 1) * numbers.len() / cells);
            // The highest of those in a cell: a short burst must not vanish.
            let number =
                numbers.get(from..until.max(from + 1)).and_then(|part| part.iter().max()).copied().unwrap_or(0);
            if number == 0 || most == 0 {
                return " ";
            }
            let step = (u128::from(number) * bars.len() as u128).div_ceil(u128::from(most)) as usize;
            bars[step.clamp(1, bars.len()) - 1]
        })
        .collect()
}

/// What became of requests over time, and how the objects grew: a strip each, one scale for the answers.
pub(super) fn strips(state: &State, sketch: &Sketch, cells: usize) -> Vec<Line<'static>> {
    let theme = state.theme;
    let parts = [
        (Word::SData, &sketch.hits),
        (Word::SNothing, &sketch.misses),
        (Word::SRefused, &sketch.denied),
        (Word::SOther, &sketch.others),
    ];
    let most = parts.iter().flat_map(|(_, bars)| bars.iter()).copied().max().unwrap_or(0);
    let room = cells.saturating_sub(LABEL + 12);
    let line = |label: Word, numbers: &[u64], most: u64, at_end: String| {
        Line::from(vec![
            Span::styled(text::left(state.word(label), LABEL, ""), theme.dim()),
            Span::styled(text::left(&strip(theme, numbers, room, most), room, ""), theme.bar()),
            Span::raw(format!(" {at_end}")),
        ])
    };
    let mut lines: Vec<Line<'static>> = parts
        .iter()
        .filter(|(_, bars)| bars.iter().any(|&n| n > 0))
        .map(|(label, bars)| line(*label, bars, most, count(bars.iter().sum::<u64>())))
        .collect();
    let objects = sketch.growth.last().copied().unwrap_or(0);
    if objects > 0 {
        lines.push(line(Word::SObjects, &sketch.growth, objects, count(objects)));
    }
    if let (false, Some(until)) = (lines.is_empty(), until(sketch)) {
        let words =
            state.fill(Word::ABarOrMore, &[&state.clock.stretch(sketch.from, until), &span(state.lang, sketch.step)]);
        let wrapped = text::wrap(&words, cells.saturating_sub(LABEL));
        lines.extend(wrapped.iter().map(|words| Line::styled(format!("{:LABEL$}{words}", ""), theme.dim())));
    }
    lines
}

fn until(sketch: &Sketch) -> Option<i64> {
    (!sketch.hits.is_empty()).then(|| sketch.from.saturating_add(sketch.step.saturating_mul(sketch.hits.len() as i64)))
}

/// Hours of the day in one line, all days together.
pub(super) fn hours(state: &State, rhythm: &[[u64; 24]; 7]) -> String {
    let mut hours = [0_u64; 24];
    for day in rhythm {
        for (hour, n) in hours.iter_mut().zip(day) {
            *hour += n;
        }
    }
    let most = hours.iter().copied().max().unwrap_or(0);
    let dots: String = strip(state.theme, &hours, 24, most).chars().map(|c| if c == ' ' { '.' } else { c }).collect();
    state.fill(Word::HoursLegend, &[&dots, state.clock.name()])
}

/// Everything beside a profile.
pub(super) fn profile(state: &State, screen: &mut Buffer, area: Rect, profile: &Profile) {
    let mut lines = strips(state, &profile.sketch, area.width as usize);
    lines.push(Line::raw(""));
    lines.extend(week(state, &profile.found.rhythm));
    for (line, y) in lines.iter().zip(0..area.height) {
        put(screen, area, 0, y, line);
    }
    let used = (lines.len() as u16 + 1).min(area.height);
    let rest = Rect { y: area.y + used, height: area.height - used, ..area };
    ids(state, screen, rest, &profile.sketch);
}

/// A line a weekday, a cell an hour: the more requests, the denser.
fn week(state: &State, rhythm: &[[u64; 24]; 7]) -> Vec<Line<'static>> {
    let signs: [&str; 5] =
        if state.theme.ascii { [" ", ".", ":", "+", "#"] } else { [" ", "░", "▒", "▓", "█"] };
    let most = rhythm.iter().flatten().copied().max().unwrap_or(0).max(1);
    let most_words = state.fill(Word::WeekMost, &[&count(most)]);
    let mut lines = vec![Line::styled(state.fill(Word::WeekLegend, &[state.clock.name()]), state.theme.dim())];
    for (day, hours) in DAYS.iter().zip(rhythm) {
        let cells: String = hours
            .iter()
            .map(|&n| {
                let step = (u128::from(n) * 4).div_ceil(u128::from(most)) as usize;
                signs[step.min(4)]
            })
            .collect();
        lines.push(Line::from(vec![
            Span::styled(text::left(state.word(*day), 4, ""), state.theme.dim()),
            Span::styled(cells, state.theme.bar()),
        ]));
    }
    // Beside the last day, where it is read last.
    if let Some(last) = lines.last_mut() {
        last.push_span(Span::styled(format!("  {most_words}"), state.theme.dim()));
    }
    lines
}

/// Numeric ids against time: a walk is a line, guessing a cloud, one object a level.
pub(super) fn ids(state: &State, screen: &mut Buffer, area: Rect, sketch: &Sketch) {
    let (Some(first), Some(last)) = (sketch.ids.first(), sketch.ids.last()) else { return };
    if area.height < 5 || area.width < 20 {
        return;
    }
    let low = sketch.ids.iter().map(|point| point.1).fold(f64::INFINITY, f64::min);
    let high = sketch.ids.iter().map(|point| point.1).fold(f64::NEG_INFINITY, f64::max);
    let words = state.fill(Word::IdsLegend, &[&count(low as i128), &count(high as i128)]);
    put(screen, area, 0, 0, &Line::styled(words, state.theme.dim()));
    let points: Vec<(f64, f64)> = sketch.ids.iter().map(|&(ts, id)| ((ts - first.0) as f64, id)).collect();
    let span = ((last.0 - first.0) as f64).max(1.0);
    let margin = ((high - low) * 0.02).max(0.5);
    let below = Rect { y: area.y + 1, height: area.height - 1, ..area };
    let colour = state.theme.bar().fg.unwrap_or(ratatui::style::Color::Reset);
    Canvas::default()
        .marker(if state.theme.ascii { Marker::Custom('*') } else { Marker::Braille })
        .x_bounds([0.0, span])
        .y_bounds([low - margin, high + margin])
        .paint(|painter| painter.draw(&Points { coords: &points, color: colour }))
        .render(below, screen);
}

/// The same as lines, for texts that scroll.
pub(super) fn id_lines(state: &State, sketch: &Sketch, cells: usize) -> Vec<Line<'static>> {
    const HEIGHT: u16 = 9;
    if sketch.ids.is_empty() {
        return Vec::new();
    }
    let area = Rect { x: 0, y: 0, width: cells.min(200) as u16, height: HEIGHT };
    let mut drawn = Buffer::empty(area);
    ids(state, &mut drawn, area, sketch);
    let rows = drawn.content.chunks(area.width.max(1) as usize);
    // The cell behind a wide sign belongs to it.
    let text = |row: &[ratatui::buffer::Cell]| {
        let mut taken = 0_usize;
        let mut words = String::new();
        for symbol in row.iter().map(ratatui::buffer::Cell::symbol) {
            if taken == 0 {
                words.push_str(symbol);
                taken = text::width(symbol).max(1);
            }
            taken -= 1;
        }
        words
    };
    rows.enumerate()
        .map(|(at, row)| Line::styled(text(row), if at == 0 { state.theme.dim() } else { state.theme.bar() }))
        .collect()
}

/// A value on a ruler beside its bound and beside what the others do. Distances are logarithmic.
pub(super) fn ruler(state: &State, measured: &Measured, cells: usize) -> Line<'static> {
    let theme = state.theme;
    let peers = measured.population.as_ref();
    let marks = [(peers.map(|peers| peers.p50), 'm'), (peers.map(|peers| peers.p99), '9'), (measured.threshold, '|')];
    let finite = |value: f64| if value.is_finite() { value.max(0.0) } else { 0.0 };
    let most = marks.iter().filter_map(|(value, _)| *value).chain([measured.value]).map(finite).fold(0.0, f64::max);
    // Shares are drawn as they are; counts reach over orders of magnitude.
    let scale = |value: f64| {
        if most > 2.0 { finite(value).ln_1p() / most.ln_1p() } else { finite(value) / most.max(f64::MIN_POSITIVE) }
    };
    let place =
        |value: f64| ((scale(value) * cells.saturating_sub(1) as f64).round() as usize).min(cells.saturating_sub(1));
    let filled = place(measured.value);
    let (full, empty) = if theme.ascii { ('=', '.') } else { ('━', '·') };
    let mut ruler: Vec<(char, Style)> =
        (0..cells).map(|at| if at <= filled { (full, theme.bar()) } else { (empty, theme.dim()) }).collect();
    for (value, sign) in marks {
        if let Some(cell) = value.and_then(|value| ruler.get_mut(place(value))) {
            *cell = (sign, theme.warning());
        }
    }
    Line::from(ruler.into_iter().map(|(c, style)| Span::styled(c.to_string(), style)).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::Palette;

    #[test]
    fn a_burst_of_one_is_seen_between_a_thousand_quiet_bars() {
        let theme = Theme { palette: Palette::Mono, ascii: true };
        let mut numbers = vec![0; 1000];
        numbers[503] = 1;
        let shown = strip(theme, &numbers, 40, 50);
        assert_eq!(shown.len(), 40);
        assert_eq!(shown.trim(), ".");
        assert_eq!(strip(theme, &[5, 10, 0], 9, 10), "-# ");
        assert_eq!(strip(theme, &[], 9, 10), "");
    }
}
