//! Draws the state. Pure: the same state gives the same screen.
//!
//! ```text
//!  breachline │ 3 sources │ 4,812,331 requests │ first .. last                UTC │ judging rules     head
//!  [1 Findings]   2 Timeline   6 Sources                            Findings > object-walk           tabs, path
//!  scope: evidence of HIGH object-walk │ 212 of 4,812,331 requests                                   scope
//!  ┌─ panes ────────────────────────────────────────────────────────────────────────────────────┐   body
//!  └────────────────────────────────────────────────────────────────────────────────────────────┘
//!  the last message, or the search being typed                                                       message
//!  enter open  esc back  tab pane ...                                                                footer
//! ```
//!
//! All text that comes from logs goes through [`text::visible`] before it is drawn.

mod case;
mod coverage;
mod detail;
mod entities;
mod extent;
mod filters;
mod findings;
mod help;
mod list;
mod picture;
mod profile;
mod prompt;
mod sources;
mod sql;
mod tabs;
mod timeline;

pub(super) use detail::{detail_lines, field_at_cursor};
pub(super) use entities::{order_heading, order_word};
pub(super) use extent::all_requests;
pub(super) use findings::{finding_lines, nothing_read};
pub(super) use profile::profile_lines;
pub(super) use sql::{EXAMPLE, cell_text};
pub(super) use tabs::tab_at;
pub(super) use timeline::{AXIS, order_words};

use super::commands::{Action, COMMANDS};
use super::layout;
use super::state::{HomeLine, OverlayKind, Place, Stage, State};
use super::text::{self, Clock, cut, visible, width};
use super::theme::{Theme, level_word};
use super::update::{case_items, place_bits};
use super::words::Word;
use crate::engine::Slot;
use crate::engine::answer::{Named, Subject};
use breachline_queries::finding::{Outcome, Role};
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Widget};

/// Draws the screen.
pub fn view(state: &State, frame: &mut Frame<'_>) {
    let area = frame.area();
    let screen = frame.buffer_mut();
    if !layout::fits(state) {
        let (columns, rows) = layout::SMALLEST;
        let (least, now) = (format!("{columns}x{rows}"), format!("{}x{}", area.width, area.height));
        let sentence = state.fill(Word::TooSmall, &[&least, &now]);
        return put(screen, area, 0, 0, &Line::raw(sentence));
    }
    if area.width < state.size.0 || area.height < state.size.1 {
        // The screen shrank between the message and the drawing; the next message says so.
        return;
    }
    head(state, screen);
    tabs::draw(state, screen);
    scope(state, screen);
    match state.place() {
        Place::Findings => findings::draw(state, screen),
        Place::Timeline | Place::Detail => timeline::draw(state, screen),
        Place::Entities => entities::draw(state, screen),
        Place::Profile => profile::draw(state, screen),
        Place::Sql => sql::draw(state, screen),
        Place::Case => case::draw(state, screen),
        Place::Sources => sources::draw(state, screen),
        Place::Rejects => sources::draw_rejects(state, screen),
    }
    message(state, screen);
    footer(state, screen);
    if state.overlay.is_some() {
        overlay(state, screen);
    }
    if let Some(typed) = &state.prompt {
        prompt::draw(state, screen, typed);
    }
}

/// Writes a line at a place of an area; what does not fit is left out.
fn put(screen: &mut Buffer, area: Rect, x: u16, y: u16, line: &Line<'_>) {
    if y < area.height && x < area.width {
        screen.set_line(area.x + x, area.y + y, line, area.width - x);
    }
}

/// A line with a second part at its right end; the left part gives way.
fn put_both(screen: &mut Buffer, state: &State, y: u16, left: &str, right: &str, style: Style) {
    let cells = state.size.0 as usize;
    let right = cut(right, cells / 2, state.theme.ellipsis());
    let left = text::left(left, cells.saturating_sub(width(&right) + 2), state.theme.ellipsis());
    let area = Rect { x: 0, y: 0, width: state.size.0, height: state.size.1 };
    put(screen, area, 0, y, &Line::styled(format!("{left} {right} "), style));
}

fn head(state: &State, screen: &mut Buffer) {
    let divider = state.theme.divider();
    let long = [
        (Slot::Actors, Word::Counting),
        (Slot::Profile, Word::Looking),
        (Slot::Sketch, Word::Drawing),
        (Slot::Query, Word::Querying),
    ];
    let stage = match long.iter().find(|(slot, _)| state.waits_for(*slot)) {
        Some((_, words)) => state.fill(*words, &[]),
        None if state.waits_for(Slot::Sort) => state.fill(Word::Sorting, &[]),
        None if state.waits_for(Slot::Page) && state.timeline.page.scope != state.timeline.scope => {
            state.word(Word::Filtering).to_owned()
        }
        None if state.sql.ending => state.word(Word::Ending).to_owned(),
        None => stage_words(state),
    };
    let right = format!("{} {divider} {stage}", state.clock.name());
    let room = (state.size.0 as usize).saturating_sub(width(&right) + 2);
    // The end of the time matters more than its minutes.
    let forms: [fn(Clock, i64) -> String; 3] = [Clock::minute, Clock::short, Clock::month_day];
    let mut left = String::new();
    for form in forms {
        left = head_words(state, divider, form);
        if width(&left) <= room {
            break;
        }
    }
    put_both(screen, state, 0, &left, &right, Style::new().add_modifier(Modifier::REVERSED));
}

/// What was read: how many sources and requests, and their time.
fn head_words(state: &State, divider: &str, time: fn(Clock, i64) -> String) -> String {
    let mut words = " breachline".to_owned();
    let Some(sources) = &state.sources else { return words };
    let time = |ts: i64| time(state.clock, ts);
    let parts = [
        Some(state.counted(Word::NSources, sources.reports.len())),
        Some(all_requests(state)),
        sources.range.map(|(first, last)| format!("{} .. {}", time(first), time(last))),
    ];
    for part in parts.into_iter().flatten() {
        words = format!("{words} {divider} {part}");
    }
    words
}

fn stage_words(state: &State) -> String {
    let word = match &state.stage {
        Stage::Opening => Word::Opening,
        Stage::Reading(reading) => match reading.progress.total {
            0 => Word::Reading,
            total => {
                let share = (reading.progress.bytes.min(total) * 100 / total).to_string();
                return state.fill(Word::ReadingShare, &[&share]);
            }
        },
        Stage::Judging => Word::JudgingStops,
        Stage::Idle => Word::Idle,
        Stage::Failed(_) => Word::Stopped,
    };
    state.fill(word, &[])
}

fn scope(state: &State, screen: &mut Buffer) {
    let (words, of) = match (state.place(), &state.stage) {
        (_, Stage::Opening | Stage::Reading(_)) => (state.word(Word::ScopeWithheld).to_owned(), String::new()),
        (Place::Timeline | Place::Detail | Place::Entities, _) => {
            let timeline = &state.timeline;
            let subject = match subject_words(state) {
                Some(words) => state.fill(Word::ScopeOf, &[&words]),
                None => state.word(Word::ScopeAll).to_owned(),
            };
            let window = timeline
                .scope
                .window
                .map_or_else(String::new, |(from, until)| format!(", {}", state.clock.stretch(from, until)));
            let mut filters = String::new();
            for filter in timeline.scope.filters.iter().filter(|filter| filter.on) {
                filters.push_str(", ");
                filters.push_str(&visible(&filter.words()));
            }
            let total = match state.place() {
                Place::Entities => {
                    let actors = state.entities.actors.as_ref();
                    actors.filter(|actors| actors.scope.holds_as(&timeline.scope)).map(|actors| &actors.extent)
                }
                _ => timeline.page.scope.holds_as(&timeline.scope).then_some(&timeline.page.extent),
            };
            (state.fill(Word::Scope, &[&subject, &filters, &window]), extent::n_of_m(state, total))
        }
        _ => (
            state.word(Word::ScopeNone).to_owned(),
            extent::n_of_m(state, state.sources.as_ref().map(|sources| &sources.extent)),
        ),
    };
    // The count stands apart, so that no long scope pushes it off the screen.
    put_both(screen, state, 2, &format!(" {words}"), &of, Style::new());
}

/// The finding or incident that the timeline is scoped to, in words.
fn subject_words(state: &State) -> Option<String> {
    let findings = state.findings.as_ref()?;
    match state.timeline.scope.subject {
        Subject::All => None,
        Subject::Finding(at) => {
            let finding = &findings.cards.get(at)?.finding;
            Some(format!("{} {}", state.word(level_word(finding.level)), finding.rule))
        }
        Subject::Incident(at) => Some(state.fill(Word::IncidentNamed, &[&findings.incidents.get(at)?.id])),
    }
}

fn message(state: &State, screen: &mut Buffer) {
    let row = state.size.1.saturating_sub(2);
    let (words, style) = match &state.prompt {
        Some(_) => return,
        None if matches!(state.stage, Stage::Failed(_)) => {
            (format!(" {}", visible(&state.message)), state.theme.warning())
        }
        None => (format!(" {}", visible(&state.message)), Style::new()),
    };
    if width(&words) + 2 > state.size.0 as usize {
        return long_message(state, screen, row, style);
    }
    put_both(screen, state, row, &words, "", style);
}

/// A sentence of more than a line, in full over what is above it until the next key: it may end in a hash to write down.
fn long_message(state: &State, screen: &mut Buffer, row: u16, style: Style) {
    // A value of a log in it may be of a mebibyte.
    const LINES: usize = 8;
    let cells = (state.size.0 as usize).saturating_sub(4);
    let words = visible(&state.message);
    let words = cut(&words, cells * LINES, state.theme.ellipsis());
    let lines: Vec<Line<'_>> = text::wrap(&words, cells).into_iter().map(|line| Line::styled(line, style)).collect();
    let height = (lines.len() as u16 + 2).min(row.saturating_sub(2));
    let over = Rect { x: 0, y: (row + 1).saturating_sub(height), width: state.size.0, height };
    Clear.render(over, screen);
    let inner = pane(state, screen, over, true, "", "");
    paragraph(screen, inner, &lines, 0);
}

/// Whether a key that is known here changes anything now.
fn does_something(state: &State, action: Action) -> bool {
    if state.overlay.is_some() {
        return true;
    }
    let timeline = &state.timeline;
    let place = state.place();
    match action {
        Action::Open => place != Place::Rejects && (place != Place::Detail || timeline.list_focused),
        Action::NextPane => match place {
            Place::Findings | Place::Sql => true,
            Place::Detail => layout::is_wide(state),
            _ => false,
        },
        Action::Undo => !timeline.undo.is_empty(),
        // A raw line has no value under the cursor.
        Action::Keep | Action::LeaveOut => place != Place::Detail || timeline.list_focused || !timeline.raw,
        Action::RuleText if place != Place::Findings => matches!(timeline.scope.subject, Subject::Finding(_)),
        Action::RuleText => matches!(state.home_line(), Some(HomeLine::Finding(_))),
        _ => true,
    }
}

/// The keys that do something here and now.
fn footer(state: &State, screen: &mut Buffer) {
    let row = state.size.1.saturating_sub(1);
    let area = Rect { x: 0, y: 0, width: state.size.0, height: state.size.1 };
    let here = place_bits(state);
    let more = state.fill(Word::More, &[state.keymap.key_of(Action::Help)]);
    let mut helped = false;
    let mut spans = vec![Span::raw(" ")];
    let mut used = 1;
    for command in COMMANDS.iter().filter(|command| command.place.meets(here) && does_something(state, command.action))
    {
        let (key, short) = (state.keymap.first(command), state.lang.of(command.short));
        if short.is_empty() || key.is_empty() {
            continue;
        }
        let cells = width(key) + width(short) + 3;
        if used + cells + width(&more) > state.size.0 as usize {
            // The help tells the rest; where it is named already, that is enough.
            spans.push(Span::raw(if helped { String::new() } else { more }));
            break;
        }
        used += cells;
        helped |= command.action == Action::Help;
        spans.push(Span::styled(key, state.theme.heading()));
        spans.push(Span::styled(format!(" {short}  "), state.theme.dim()));
    }
    put(screen, area, 0, row, &Line::from(spans));
}

/// Draws the border of a pane and returns what is inside, a space from each side.
fn pane(state: &State, screen: &mut Buffer, area: Rect, focused: bool, title: &str, note: &str) -> Rect {
    let set = state.theme.border(focused);
    let style = if focused { state.theme.heading() } else { state.theme.dim() };
    let room = (area.width as usize).saturating_sub(4);
    let title = cut(title, room, state.theme.ellipsis());
    let mut block = Block::bordered().border_set(set).border_style(style);
    if !title.is_empty() {
        block = block.title_top(Line::styled(format!(" {title} "), state.theme.heading()));
    }
    if !note.is_empty() && width(&title) + width(note) + 4 <= room {
        block = block.title_top(Line::raw(format!(" {note} ")).right_aligned());
    }
    let inner = block.inner(area);
    block.render(area, screen);
    Rect { x: inner.x.saturating_add(1), width: inner.width.saturating_sub(2), ..inner }
}

/// Writes lines from `scroll` on, and says at the end what is below.
fn paragraph(screen: &mut Buffer, area: Rect, lines: &[Line<'_>], scroll: usize) {
    let scroll = scroll.min(lines.len().saturating_sub(area.height as usize));
    for (line, y) in lines.iter().skip(scroll).zip(0..area.height) {
        put(screen, area, 0, y, line);
    }
}

/// A sentence where a list or a picture would be.
fn remark(state: &State, screen: &mut Buffer, area: Rect, words: &str) {
    let lines: Vec<Line<'_>> =
        text::wrap(words, area.width as usize).into_iter().map(|line| Line::styled(line, state.theme.dim())).collect();
    paragraph(screen, area, &lines, 0);
}

/// The lines of the text over the screen.
pub(super) fn overlay_lines(state: &State) -> Vec<Line<'static>> {
    let width = layout::inner_width(layout::overlay(state));
    match state.overlay.as_ref().map(|overlay| &overlay.kind) {
        None => Vec::new(),
        Some(OverlayKind::Help) => help::lines(state, width),
        Some(OverlayKind::Filters) => filters::lines(state, width),
        Some(OverlayKind::Pivot(choice)) => pivot_lines(state, choice, width),
        Some(OverlayKind::Why) => findings::drawn_lines(state, width),
        Some(OverlayKind::Coverage) => coverage::lines(state, width),
        Some(OverlayKind::Rule(id)) => findings::rule_lines(state, id, width),
    }
}

fn overlay(state: &State, screen: &mut Buffer) {
    let Some(overlay) = &state.overlay else {
        return;
    };
    let title = match &overlay.kind {
        OverlayKind::Help => state.word(Word::Help).to_owned(),
        OverlayKind::Filters => state.word(Word::FiltersTitle).to_owned(),
        OverlayKind::Pivot(_) => state.word(Word::WhichOne).to_owned(),
        OverlayKind::Why => state.word(Word::WhyTitle).to_owned(),
        OverlayKind::Coverage => state.word(Word::CoverageFull).to_owned(),
        OverlayKind::Rule(id) => state.fill(Word::RuleTitle, &[&visible(id)]),
    };
    let area = layout::overlay(state);
    Clear.render(area, screen);
    let lines = overlay_lines(state);
    let height = layout::inner_height(area);
    let is_list = matches!(overlay.kind, OverlayKind::Filters | OverlayKind::Pivot(_));
    let scroll = if is_list { overlay.scroll.saturating_sub(height / 2) } else { overlay.scroll };
    let note = if !is_list && lines.len() > height {
        let seen = (overlay.scroll + height).min(lines.len()).to_string();
        state.fill(Word::LinesOf, &[&seen, &lines.len().to_string()])
    } else {
        state.fill(Word::EscCloses, &[])
    };
    let inner = pane(state, screen, area, true, &title, &note);
    paragraph(screen, inner, &lines, scroll);
}

/// Entities to choose from.
fn pivot_lines(state: &State, choice: &[(String, Named)], cells: usize) -> Vec<Line<'static>> {
    let at = state.overlay.as_ref().map_or(0, |overlay| overlay.scroll);
    let line = |(n, (label, named)): (usize, &(String, Named))| {
        let cursor = if n == at { "> " } else { "  " };
        let words = format!(
            "{cursor}{}{} {}",
            text::left(label, 20, state.theme.ellipsis()),
            named.kind.name(),
            visible(&named.value)
        );
        let line = Line::raw(cut(&words, cells, state.theme.ellipsis()).into_owned());
        if n == at { line.patch_style(state.theme.cursor()) } else { line }
    };
    choice.iter().enumerate().map(line).collect()
}

/// The part an entity plays, in a word.
pub(super) const fn role_word(role: Role) -> Word {
    match role {
        Role::SuspectedSource => Word::Suspect,
        Role::Victim => Word::Victim,
        Role::Instrument => Word::Tool,
        Role::Shared => Word::Shared,
        Role::Affected => Word::Affected,
        Role::Undetermined => Word::Unclear,
    }
}

/// What became of a finding's requests.
const fn outcome_word(outcome: Outcome) -> Word {
    match outcome {
        Outcome::Undetermined => Word::Undetermined,
        Outcome::Attempted => Word::Attempted,
        Outcome::Denied => Word::Denied,
        Outcome::Answered => Word::Answered,
        Outcome::DataReturnedLikely => Word::DataReturned,
    }
}

/// What a search looks at in the list on the screen, a text a line.
pub(super) fn list_texts(state: &State) -> Vec<String> {
    match state.place() {
        Place::Findings => state.home.lines.iter().map(|line| home_text(state, *line)).collect(),
        Place::Rejects => {
            state.source_list.rejects.rejects.iter().map(|reject| format!("{} {}", reject.reason, reject.raw)).collect()
        }
        Place::Case => case_items(state)
            .iter()
            .map(|item| format!("{} {}", item.what, state.case.notes.notes[item.note].typed()))
            .collect(),
        Place::Sql => {
            let rows = state
                .sql
                .queried
                .iter()
                .filter_map(|queried| queried.answer.as_ref().ok())
                .flat_map(|answer| &answer.rows);
            rows.map(|row| row.iter().map(|cell| cell_text(state, cell)).collect::<Vec<_>>().join(" ")).collect()
        }
        Place::Profile => {
            let cells = layout::inner_width(layout::profile(state).0);
            profile_lines(state, cells).iter().map(|(line, _)| line.to_string()).collect()
        }
        _ => sources::texts(state),
    }
}

fn home_text(state: &State, line: HomeLine) -> String {
    let Some(findings) = &state.findings else {
        return String::new();
    };
    match line {
        HomeLine::Incident(at) => findings
            .incidents
            .get(at)
            .map_or_else(String::new, |incident| format!("{} {}", incident.id, incident.title)),
        HomeLine::Finding(at) => findings.cards.get(at).map_or_else(String::new, |card| {
            let finding = &card.finding;
            let entities: Vec<&str> = finding.entities.iter().map(|entity| entity.value.as_str()).collect();
            format!("{} {} {} {}", finding.id, finding.rule, finding.title, entities.join(" "))
        }),
        HomeLine::Apart => String::new(),
    }
}

/// A label of fixed width and a text that is wrapped beside it.
fn labelled(theme: Theme, label: &str, label_cells: usize, words: &str, cells: usize) -> Vec<Line<'static>> {
    let words = visible(words);
    let room = cells.saturating_sub(label_cells).max(8);
    text::wrap(&words, room)
        .into_iter()
        .enumerate()
        .map(|(at, part)| {
            let label = if at == 0 { label } else { "" };
            Line::from(vec![
                Span::styled(text::left(label, label_cells, theme.ellipsis()), theme.dim()),
                Span::raw(part),
            ])
        })
        .collect()
}

/// A heading and a text under it, if there is one.
fn section(theme: Theme, heading: &str, words: &str, cells: usize) -> Vec<Line<'static>> {
    if words.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![Line::styled(heading.to_owned(), theme.heading())];
    lines.extend(words.lines().flat_map(|line| labelled(theme, "", 2, line, cells)));
    lines
}
