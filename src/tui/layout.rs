//! Where things stand on the screen: one arithmetic for the view and for paging.

use super::state::{Pane, Place, State};
use ratatui::layout::Rect;

/// The smallest screen that is drawn on.
pub const SMALLEST: (u16, u16) = (60, 15);

/// From this width on, a request is shown beside its list.
const WIDE: u16 = 100;

/// Whether the screen is wide enough for two panes.
pub const fn is_wide(state: &State) -> bool {
    state.size.0 >= WIDE
}

/// Whether anything can be drawn.
pub const fn fits(state: &State) -> bool {
    state.size.0 >= SMALLEST.0 && state.size.1 >= SMALLEST.1
}

/// Between the three head lines and the two foot lines.
pub const fn body(state: &State) -> Rect {
    Rect { x: 0, y: 3, width: state.size.0, height: state.size.1.saturating_sub(5) }
}

const fn split(area: Rect, above: u16) -> (Rect, Rect) {
    let above = if above < area.height { above } else { area.height };
    let top = Rect { height: above, ..area };
    let rest = Rect { y: area.y + above, height: area.height - above, ..area };
    (top, rest)
}

const fn halves(area: Rect) -> (Rect, Rect) {
    let left = area.width / 2;
    (Rect { width: left, ..area }, Rect { x: area.x + left, width: area.width - left, ..area })
}

/// The panes of the home view.
#[derive(Clone, Copy, Debug)]
pub struct Home {
    /// What the logs can speak for.
    pub coverage: Rect,
    /// Incidents and findings.
    pub list: Rect,
    /// Why the finding fired; without [`Home::who`], all about it.
    pub why: Rect,
    /// Who and what is involved, on wide screens.
    pub who: Option<Rect>,
}

/// Whether the rules are judged and none fired.
pub const fn nothing_found(state: &State) -> bool {
    state.findings.is_some() && state.home.lines.is_empty()
}

/// Coverage on top, the list, and the finding under the cursor below.
pub const fn home(state: &State) -> Home {
    let body = body(state);
    let coverage = match body.height {
        28.. => 9,
        16.. => 5,
        _ => 3,
    };
    if nothing_found(state) {
        // There is nothing to explain, so all that the logs can speak for gets the room.
        const SENTENCE: u16 = 6;
        let (coverage, list) = split(body, body.height.saturating_sub(SENTENCE));
        return Home { coverage, list, why: Rect { height: 0, ..list }, who: None };
    }
    let (coverage, rest) = split(body, coverage);
    // Too low for two panes: the one that has the keys is shown.
    let above = match (rest.height < 10, state.home.pane) {
        (false, _) => list_share(state.home.lines.len(), rest.height),
        (true, Pane::Why | Pane::Who) => 0,
        (true, _) => rest.height,
    };
    let (list, below) = split(rest, above);
    if is_wide(state) {
        let (why, who) = halves(below);
        Home { coverage, list, why, who: Some(who) }
    } else {
        Home { coverage, list, why: below, who: None }
    }
}

/// Rows for a list of that many lines: as many as it needs, so that the panes below get the rest, but not more than
/// three fifths.
const fn list_share(lines: usize, height: u16) -> u16 {
    const LEAST: usize = 6;
    // The border and the headings take three.
    let needed = if lines + 3 < LEAST { LEAST } else { lines + 3 };
    let most = height * 3 / 5;
    if needed < most as usize { needed as u16 } else { most }
}

/// The panes of the timeline.
#[derive(Clone, Copy, Debug)]
pub struct Timeline {
    /// Counts over time.
    pub histogram: Rect,
    /// The list; absent where the detail has the whole screen.
    pub list: Option<Rect>,
    /// The request under the cursor, when open.
    pub detail: Option<Rect>,
}

/// Histogram above, list below, the open request beside it or in its place.
pub fn timeline(state: &State) -> Timeline {
    let body = body(state);
    let open = state.place() == Place::Detail;
    if open && !is_wide(state) {
        return Timeline { histogram: Rect::default(), list: None, detail: Some(body) };
    }
    let (histogram, rest) = split(
        body,
        match body.height {
            26.. => 9,
            16.. => 5,
            _ => 3,
        },
    );
    if open {
        let (list, detail) = halves(rest);
        Timeline { histogram, list: Some(list), detail: Some(detail) }
    } else {
        Timeline { histogram, list: Some(rest), detail: None }
    }
}

/// All about one entity, and pictures beside it on wide screens.
pub const fn profile(state: &State) -> (Rect, Option<Rect>) {
    let body = body(state);
    if is_wide(state) {
        let (left, right) = halves(body);
        (left, Some(right))
    } else {
        (body, None)
    }
}

/// The panes of the view of SQL.
#[derive(Clone, Copy, Debug)]
pub struct Sql {
    /// The text.
    pub editor: Rect,
    /// The answer.
    pub answer: Rect,
    /// Columns that can be named, on wide screens.
    pub columns: Option<Rect>,
}

/// The text above, the answer below; on low screens the one that has the keys.
pub fn sql(state: &State) -> Sql {
    let body = body(state);
    let lines = state.sql.editor.lines().len() as u16 + 2;
    let above = match (body.height, state.sql.in_answer) {
        (..16, true) => 0,
        (..16, false) => body.height / 2,
        _ => lines.clamp(6, body.height / 2),
    };
    let (editor, below) = split(body, above);
    if !is_wide(state) {
        return Sql { editor, answer: below, columns: None };
    }
    let answer = Rect { width: below.width - 36, ..below };
    let columns = Rect { x: below.x + answer.width, width: 36, ..below };
    Sql { editor, answer, columns: Some(columns) }
}

/// What is marked, and the note under the cursor below it.
pub const fn case(state: &State) -> (Rect, Rect) {
    let body = body(state);
    let below = if body.height >= 16 { 7 } else { 4 };
    split(body, body.height.saturating_sub(below))
}

/// The list of sources, and the one under the cursor below it.
pub const fn sources(state: &State) -> (Rect, Rect) {
    let body = body(state);
    let below = if body.height >= 26 { 12 } else { body.height / 2 };
    split(body, body.height - below)
}

/// Lines of text in a pane with a border.
pub const fn inner_height(area: Rect) -> usize {
    area.height.saturating_sub(2) as usize
}

/// Cells of a line in a pane with a border and a space on each side.
pub const fn inner_width(area: Rect) -> usize {
    area.width.saturating_sub(4) as usize
}

/// Rows of a list in a pane with a border and a line of headings.
pub const fn list_height(area: Rect) -> usize {
    area.height.saturating_sub(3) as usize
}

/// Where text over the screen stands: the scope above it stays to be read.
pub const fn overlay(state: &State) -> Rect {
    let (width, height) = state.size;
    let margin = if width >= WIDE { 4 } else { 1 };
    Rect { x: margin, y: 3, width: width.saturating_sub(2 * margin), height: height.saturating_sub(5) }
}
