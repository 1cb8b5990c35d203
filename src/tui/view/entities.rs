//! Who there is in the scope: a kind at a time, sorted by what matters.

use super::list::{self, Cell, Column, RowCells, column, number};
use super::{pane, paragraph, remark, role_word};
use crate::engine::Slot;
use crate::engine::answer::{Actor, Order};
use crate::tui::layout;
use crate::tui::state::{Entities, State};
use crate::tui::text::{bytes, count, visible};
use crate::tui::theme::level_word;
use crate::tui::words::Word;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

const COLUMNS: [Column; 11] = [
    column(Word::HSev, 4, 0),
    column(Word::HPart, 8, 80),
    column(Word::HValue, 0, 0),
    number(Word::HRequests, 10, 0),
    number(Word::HData, 9, 70),
    number(Word::HNothing, 9, 90),
    number(Word::HRefused, 9, 0),
    number(Word::HObjects, 9, 80),
    number(Word::HBytes, 9, 100),
    column(Word::HFirst, 16, 60),
    column(Word::HLast, 16, 118),
];

pub(super) fn draw(state: &State, screen: &mut Buffer) {
    let area = layout::body(state);
    let entities = &state.entities;
    let actors = entities.actors.as_ref().filter(|actors| actors.kind == entities.kind());
    let title = match actors {
        Some(actors) if actors.needle.is_empty() => {
            state.fill(Word::KindsCounted, &[&count(actors.distinct as u64), plural(state)])
        }
        Some(actors) => {
            let (total, distinct) = (count(actors.total as u64), count(actors.distinct as u64));
            state.fill(Word::KindsContaining, &[&total, &distinct, plural(state), &visible(&actors.needle)])
        }
        None => plural(state).to_owned(),
    };
    let inner =
        pane(state, screen, area, true, &title, &state.fill(Word::SortedBy, &[state.word(order_word(entities.order))]));
    let (kinds, rows) = (Rect { height: inner.height.min(1), ..inner }, below(inner));
    paragraph(screen, kinds, &[kind_line(state)], 0);
    let fresh = actors.filter(|actors| actors.scope.holds_as(&state.timeline.scope));
    let Some(actors) = actors else {
        let words = state.word(if state.waits_for(Slot::Actors) { Word::BeingCounted } else { Word::ShownWhenRead });
        return remark(state, screen, rows, words);
    };
    if actors.total == 0 {
        let words = match actors.distinct {
            0 => Word::NoneOfKind,
            _ => Word::NoneContains,
        };
        return remark(state, screen, rows, &state.fill(words, &[]));
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

fn plural(state: &State) -> &'static str {
    use breachline_queries::indicators::Kind;
    let word = match state.entities.kind() {
        Kind::Ip => Word::Addresses,
        Kind::Object => Word::Objects,
        Kind::Principal => Word::Accounts,
        Kind::ClientApp => Word::Applications,
        Kind::Credential => Word::Credentials,
        Kind::Session => Word::Sessions,
        Kind::UserAgent => Word::UserAgents,
        Kind::Host => Word::Hosts,
        Kind::Path => Word::Paths,
        Kind::Route => Word::Routes,
        Kind::TlsFingerprint => Word::TlsFingerprints,
        Kind::RequestId => Word::RequestIds,
        Kind::TraceId => Word::TraceIds,
    };
    state.word(word)
}

/// What a list is sorted by.
pub(in crate::tui) const fn order_word(order: Order) -> Word {
    match order {
        Order::Level => Word::OLevel,
        Order::Requests => Word::ORequests,
        Order::Denied => Word::ODenied,
        Order::Misses => Word::OMisses,
        Order::Objects => Word::OObjects,
        Order::Bytes => Word::OBytes,
        Order::First => Word::OFirst,
        Order::Last => Word::OLast,
        Order::Value => Word::OValue,
    }
}

/// The heading over what the list is sorted by.
pub(in crate::tui) const fn order_heading(order: Order) -> Word {
    match order {
        Order::Level => Word::HSev,
        Order::Requests => Word::HRequests,
        Order::Denied => Word::HRefused,
        Order::Misses => Word::HNothing,
        Order::Objects => Word::HObjects,
        Order::Bytes => Word::HBytes,
        Order::First => Word::HFirst,
        Order::Last => Word::HLast,
        Order::Value => Word::HValue,
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
        actor.level.map_or_else(Default::default, |level| {
            (state.word(level_word(level)).to_owned(), state.theme.level(level))
        }),
        (actor.role.map_or_else(String::new, |role| state.word(role_word(role)).to_owned()), plain),
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
