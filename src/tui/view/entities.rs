//! Who there is in the scope: a kind at a time, sorted by what matters.

use super::list::{self, Cell, Column, RowCells, column, number};
use super::{pane, paragraph, role_word};
use crate::engine::Slot;
use crate::engine::answer::Actor;
use crate::tui::layout;
use crate::tui::state::{Entities, State};
use crate::tui::text::{bytes, count, visible};
use crate::tui::theme::level_word;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

const COLUMNS: [Column; 11] = [
    column("SEV", 4, 0),
    column("PART", 8, 80),
    column("VALUE", 0, 0),
    number("REQUESTS", 10, 0),
    number("DATA", 9, 70),
    number("NOTHING", 9, 90),
    number("REFUSED", 9, 0),
    number("OBJECTS", 9, 80),
    number("BYTES", 9, 100),
    column("FIRST SEEN", 16, 60),
    column("LAST SEEN", 16, 118),
];

pub(super) fn draw(state: &State, screen: &mut Buffer) {
    let area = layout::body(state);
    let entities = &state.entities;
    let actors = entities.actors.as_ref().filter(|actors| actors.kind == entities.kind());
    let title = match actors {
        Some(actors) if actors.needle.is_empty() => format!("{} {}", count(actors.distinct as u64), plural(entities)),
        Some(actors) => format!(
            "{} of {} {} that contain `{}`",
            count(actors.total as u64),
            count(actors.distinct as u64),
            plural(entities),
            visible(&actors.needle)
        ),
        None => plural(entities).to_owned(),
    };
    let inner = pane(state, screen, area, true, &title, &format!("sorted by {}", entities.order.words()));
    let (kinds, rows) = (Rect { height: inner.height.min(1), ..inner }, below(inner));
    paragraph(screen, kinds, &[kind_line(state)], 0);
    let fresh = actors.filter(|actors| actors.scope == state.timeline.scope);
    let Some(actors) = actors else {
        let words = if state.waits_for(Slot::Actors) { "being counted" } else { "shown when all is read" };
        return paragraph(screen, rows, &[Line::styled(words, state.theme.dim())], 0);
    };
    if actors.total == 0 {
        let words = match actors.distinct {
            0 => "none: these logs do not record it, or no request in the scope has one",
            _ => "no value contains that; / and enter shows all",
        };
        return paragraph(screen, rows, &[Line::styled(words, state.theme.dim())], 0);
    }
    list::draw(state, screen, rows, &COLUMNS, entities.cursor, actors.total, &|at| {
        let mut cells = cells(state, actors.rows.get(at.checked_sub(actors.first)?)?);
        if fresh.is_none() {
            for (_, style) in &mut cells {
                *style = state.theme.dim();
            }
        }
        Some(RowCells::Cells(cells))
    });
}

const fn below(area: Rect) -> Rect {
    Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area }
}

fn plural(entities: &Entities) -> &'static str {
    use breachline_queries::indicators::Kind;
    match entities.kind() {
        Kind::Ip => "addresses",
        Kind::Object => "objects",
        Kind::Principal => "accounts",
        Kind::ClientApp => "applications",
        Kind::Credential => "credentials",
        Kind::Session => "sessions",
        Kind::UserAgent => "user agents",
        Kind::Host => "hosts",
        Kind::Path => "paths",
        Kind::Route => "routes",
        Kind::TlsFingerprint => "TLS fingerprints",
        Kind::RequestId => "request ids",
        Kind::TraceId => "trace ids",
    }
}

/// The kinds, the listed one in brackets; what does not fit is left out at the far end.
fn kind_line(state: &State) -> Line<'static> {
    let mut spans = Vec::new();
    // On narrow screens the line begins at the kind that is listed.
    let skip = if layout::is_wide(state) { 0 } else { state.entities.kind.saturating_sub(1) };
    for (at, kind) in Entities::KINDS.iter().enumerate().skip(skip) {
        let chosen = at == state.entities.kind;
        let words = if chosen { format!("[{}] ", kind.name()) } else { format!(" {}  ", kind.name()) };
        spans.push(Span::styled(words, if chosen { state.theme.heading() } else { state.theme.dim() }));
    }
    Line::from(spans)
}

fn cells(state: &State, actor: &Actor) -> Vec<Cell> {
    let plain = Style::new();
    let time = |ts: Option<i64>| ts.map_or_else(String::new, |ts| state.clock.minute(ts));
    vec![
        actor.level.map_or_else(Default::default, |level| (level_word(level).to_owned(), state.theme.level(level))),
        (actor.role.map_or_else(String::new, |role| role_word(role).to_owned()), plain),
        (visible(&actor.shown).into_owned(), plain),
        (count(actor.tally.requests), plain),
        (count(actor.hits()), plain),
        (count(actor.misses()), plain),
        (count(actor.denied()), plain),
        (count(actor.tally.objects), plain),
        (bytes(actor.tally.bytes), plain),
        (time(actor.tally.first), plain),
        (time(actor.tally.last), plain),
    ]
}
