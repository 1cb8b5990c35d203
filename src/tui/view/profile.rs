//! All about one entity: when, what, with whom, and which findings; pictures beside it on wide screens.

use super::{labelled, pane, paragraph, picture, role_word};
use crate::engine::answer::{Filter, Named, Profile, Value};
use crate::engine::kind_of;
use crate::tui::layout;
use crate::tui::state::State;
use crate::tui::text::{self, bytes, count, visible};
use crate::tui::theme::level_word;
use crate::tui::update::{Target, filter_of};
use crate::tui::words::Word;
use breachline_queries::breakdown::Breakdown;
use breachline_queries::indicators::Kind;
use breachline_queries::requests::Answer;
use ratatui::buffer::Buffer;
use ratatui::text::{Line, Span};

const LABEL: usize = 12;

/// A line and where it leads.
pub(in crate::tui) type ProfileLine = (Line<'static>, Option<Target>);

pub(super) fn draw(state: &State, screen: &mut Buffer) {
    let (left, right) = layout::profile(state);
    let view = &state.profile;
    let lines = profile_lines(state, layout::inner_width(left));
    let below = lines.len().saturating_sub(view.cursor.top + layout::inner_height(left));
    let title = view.path.last().map_or_else(String::new, |named| named.kind.name().to_owned());
    let note = if below > 0 { state.counted(Word::NMoreLines, below) } else { state.fill(Word::EnterFollows, &[]) };
    let inner = pane(state, screen, left, true, &title, &note);
    let at = view.cursor.at.min(lines.len().saturating_sub(1));
    let lines: Vec<Line<'_>> = lines
        .into_iter()
        .enumerate()
        .map(|(n, (line, target))| {
            let sign = match (n == at, target.is_some()) {
                (true, _) => ">",
                (false, true) => "+",
                (false, false) => " ",
            };
            let mut line = line;
            line.spans.insert(0, Span::styled(format!("{sign} "), state.theme.dim()));
            if n == at { line.patch_style(state.theme.cursor()) } else { line }
        })
        .collect();
    paragraph(screen, inner, &lines, view.cursor.top);
    let (Some(area), Some(profile)) = (right, &view.profile) else { return };
    let inner = pane(state, screen, area, false, state.word(Word::When), "");
    picture::profile(state, screen, inner, profile);
}

/// The lines of a profile, without the two cells of the cursor.
pub(in crate::tui) fn profile_lines(state: &State, cells: usize) -> Vec<ProfileLine> {
    let cells = cells.saturating_sub(2);
    let theme = state.theme;
    let plain = |lines: Vec<Line<'static>>| lines.into_iter().map(|line| (line, None)).collect::<Vec<_>>();
    let Some(profile) = &state.profile.profile else {
        let words = state.word(if state.profile.nothing { Word::NothingToTell } else { Word::BeingLookedAt });
        return vec![(Line::styled(words, theme.dim()), None)];
    };
    let found = &profile.found;
    let summary = &found.seen.summary;
    let own = filter_of(&profile.named);
    let mut lines: Vec<ProfileLine> = Vec::new();
    let name = text::cut(&visible(&profile.shown), cells, theme.ellipsis()).into_owned();
    lines.push((Line::styled(name, theme.heading()), Some(Target::Requests(vec![own.clone()]))));
    if summary.requests == 0 {
        let others: Vec<&str> = found.other_kinds.iter().map(|kind| kind.name()).collect();
        lines.extend(plain(labelled(theme, state.word(Word::LNotSeen), LABEL, state.word(Word::NotInLogs), cells)));
        if !others.is_empty() {
            lines.extend(plain(labelled(theme, state.word(Word::LKnownAs), LABEL, &others.join(", "), cells)));
        }
        return lines;
    }
    lines.extend(plain(labelled(theme, state.word(Word::LSeen), LABEL, &seen(state, profile), cells)));
    lines.extend(plain(labelled(theme, state.word(Word::LRequests), LABEL, &answers(state, profile), cells)));
    let (asked, answered) = (count(summary.objects), count(summary.objects_answered));
    let touched = state.fill(Word::ObjectsTouched, &[&asked, &answered, &bytes(summary.bytes)]);
    lines.extend(plain(labelled(theme, state.word(Word::LObjects), LABEL, &touched, cells)));
    if layout::profile(state).1.is_none() {
        lines.extend(plain(labelled(
            theme,
            state.word(Word::LByHour),
            LABEL,
            &picture::hours(state, &found.rhythm),
            cells,
        )));
    }
    findings(state, profile, cells, &mut lines);
    let part = |column: &'static str, number: bool| {
        let own = own.clone();
        move |value: &str| {
            let value = match (number, value.parse()) {
                (true, Ok(number)) => Value::Number(number),
                _ => Value::Text(value.to_owned()),
            };
            Target::Requests(vec![own.clone(), Filter::value(column, &value, false)])
        }
    };
    breakdown(state, Word::TRoutes, &found.routes, cells, &part("route", false), &mut lines);
    breakdown(state, Word::TStatuses, &found.statuses, cells, &part("status", true), &mut lines);
    breakdown(state, Word::TCredential, &found.auth, cells, &part("auth", false), &mut lines);
    breakdown(state, Word::TMethods, &found.methods, cells, &part("method", false), &mut lines);
    shared(state, profile, cells, &mut lines);
    objects(state, profile, cells, &mut lines);
    lines
}

fn seen(state: &State, profile: &Profile) -> String {
    let summary = &profile.found.seen.summary;
    match summary.first.zip(summary.last) {
        None => state.word(Word::WithoutTimes).to_owned(),
        Some((first, last)) => {
            let days = state.counted(Word::NDays, profile.found.days as usize);
            state.fill(Word::SeenOn, &[&state.clock.stretch(first, last), state.clock.name(), &days])
        }
    }
}

fn answers(state: &State, profile: &Profile) -> String {
    let summary = &profile.found.seen.summary;
    let told = [
        (Answer::Hit, Word::AHit),
        (Answer::Miss, Word::AMiss),
        (Answer::Denied, Word::ADenied),
        (Answer::Error, Word::AError),
        (Answer::Other, Word::AOther),
    ];
    let parts = told.into_iter().filter(|(answer, _)| summary.answered(*answer) > 0);
    let parts: Vec<String> =
        parts.map(|(answer, words)| state.fill(words, &[&count(summary.answered(answer))])).collect();
    format!("{}: {}", count(summary.requests), parts.join(", "))
}

fn heading(state: &State, words: &str, lines: &mut Vec<ProfileLine>) {
    lines.push((Line::raw(""), None));
    lines.push((Line::styled(words.to_owned(), state.theme.heading()), None));
}

fn findings(state: &State, profile: &Profile, cells: usize, lines: &mut Vec<ProfileLine>) {
    let Some(all) = &state.findings else { return };
    heading(state, state.word(Word::Findings), lines);
    if profile.involved.is_empty() {
        lines.push((Line::styled(state.word(Word::NoneNames), state.theme.dim()), None));
    }
    for involved in &profile.involved {
        let Some(card) = all.cards.get(involved.finding) else { continue };
        let part = state.word(involved.role.map_or(Word::PartEvidence, role_word));
        let (rows, all) = (count(involved.rows.len() as u64), state.counted(Word::NRequests, card.requests));
        let words = format!(" {}", state.fill(Word::InvolvedAs, &[&card.finding.rule, part, &rows, &all]));
        let line = Line::from(vec![
            Span::styled(
                text::left(state.word(level_word(card.finding.level)), 4, ""),
                state.theme.level(card.finding.level),
            ),
            Span::raw(text::cut(&words, cells.saturating_sub(4), state.theme.ellipsis()).into_owned()),
        ]);
        lines.push((line, Some(Target::Finding(involved.finding))));
    }
}

fn more(state: &State, parts: &Breakdown) -> String {
    let left = parts.distinct.saturating_sub(parts.top.len() as u64);
    if left == 0 {
        return String::new();
    }
    state.fill(Word::TopOf, &[&parts.top.len().to_string(), &count(parts.distinct)])
}

fn breakdown(
    state: &State,
    title: Word,
    parts: &Breakdown,
    cells: usize,
    target: &dyn Fn(&str) -> Target,
    lines: &mut Vec<ProfileLine>,
) {
    if parts.top.is_empty() {
        return;
    }
    heading(state, &format!("{}{}", state.word(title), more(state, parts)), lines);
    for part in &parts.top {
        let value = part.value.clone().unwrap_or_default();
        let told = format!("{}  {}", text::right(&count(part.summary.requests), 10, ""), visible(&value));
        let line = Line::raw(text::cut(&told, cells, state.theme.ellipsis()).into_owned());
        lines.push((line, Some(target(&value))));
    }
}

/// What it was seen with: enter leads to that one's profile.
fn shared(state: &State, profile: &Profile, cells: usize, lines: &mut Vec<ProfileLine>) {
    if profile.found.shared.is_empty() {
        return;
    }
    heading(state, state.word(Word::SeenWith), lines);
    for shared in &profile.found.shared {
        for (part, others) in shared.with.top.iter().zip(&shared.others) {
            let value = part.value.clone().unwrap_or_default();
            let others = match others {
                0 => state.word(Word::NoOther).to_owned(),
                n => state.fill(Word::NOthers, &[&count(*n)]),
            };
            let told = format!(
                "{}  {}  {} {}",
                text::right(&count(part.summary.requests), 10, ""),
                text::left(&others, 12, state.theme.ellipsis()),
                shared.column,
                visible(&value)
            );
            let target = kind_of(shared.column).map(|kind| Target::Entity(Named { kind, value }));
            lines.push((Line::raw(text::cut(&told, cells, state.theme.ellipsis()).into_owned()), target));
        }
        if !more(state, &shared.with).is_empty() {
            lines.push((
                Line::styled(format!("{:12}{}{}", "", shared.column, more(state, &shared.with)), state.theme.dim()),
                None,
            ));
        }
    }
}

/// Objects come last: there may be thousands, and those that name people are masked.
fn objects(state: &State, profile: &Profile, cells: usize, lines: &mut Vec<ProfileLine>) {
    let parts = &profile.found.objects;
    if parts.top.is_empty() || profile.named.kind == Kind::Object {
        return;
    }
    heading(state, &format!("{}{}", state.word(Word::TObjects), more(state, parts)), lines);
    for part in &parts.top {
        let value = part.value.clone().unwrap_or_default();
        let told = format!("{}  {}", text::right(&count(part.summary.requests), 10, ""), visible(&value));
        lines.push((Line::raw(text::cut(&told, cells, state.theme.ellipsis()).into_owned()), None));
    }
}
