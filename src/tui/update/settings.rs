//! How things are shown: zone, theme, language, mouse.

use super::super::state::{Effect, State};
use super::super::text::visible;
use super::super::theme::Palette;
use super::super::words::Word;
use super::{Place, entities};
use crate::when;
use crate::words::Lang;
use breachline_queries::expr::parse::nearest;
use chrono_tz::{TZ_VARIANTS, Tz};

/// Shows times in the next of the zones that are known.
pub(super) fn next_zone(state: &mut State) -> Vec<Effect> {
    let zones = &state.zones;
    let here = zones.iter().position(|zone| *zone == state.clock.zone);
    let next = here.map_or(0, |here| (here + 1) % zones.len().max(1));
    if let Some(zone) = zones.get(next).copied().filter(|zone| *zone != state.clock.zone) {
        return set_zone(state, zone);
    }
    state.tell(Word::ZoneAlone);
    Vec::new()
}

/// Shows times in a zone of that name.
pub(super) fn zone_named(state: &mut State, name: &str) -> Result<Vec<Effect>, String> {
    if name.eq_ignore_ascii_case("local")
        && let Some(zone) = state.local
    {
        return Ok(set_zone(state, zone));
    }
    let meant = when::zone(name).or_else(|| TZ_VARIANTS.iter().copied().find(|zone| is_named(*zone, name)));
    let Some(zone) = meant else {
        let hint = match nearest(name, TZ_VARIANTS.iter().map(|zone| zone.name())) {
            Some(near) => state.fill(Word::DidYouMean, &[near]),
            None => state.word(Word::ZoneExamples).to_owned(),
        };
        return Err(state.fill(Word::ZoneUnknown, &[&visible(name), &hint]));
    };
    if !state.zones.contains(&zone) {
        state.zones.push(zone);
    }
    Ok(set_zone(state, zone))
}

/// Whether a zone is meant by a name with blanks in it, or by its city alone.
fn is_named(zone: Tz, name: &str) -> bool {
    let own = zone.name();
    let city = own.rsplit('/').next().unwrap_or(own);
    [own, city].iter().any(|own| own.eq_ignore_ascii_case(&name.replace(' ', "_")))
}

fn set_zone(state: &mut State, zone: Tz) -> Vec<Effect> {
    state.clock.zone = zone;
    state.chosen.zone = Some(zone);
    state.message = Word::ZoneNow.fill(state.lang, &[zone.name()]);
    // Hours of the day are counted in the zone.
    if state.place() == Place::Profile { entities::ask_profile_again(state) } else { Vec::new() }
}

/// The theme after this one.
pub(super) fn next_theme(state: &mut State) -> Vec<Effect> {
    let next = match state.theme.palette {
        Palette::Dark => Palette::Light,
        Palette::Light => Palette::Mono,
        Palette::Mono => Palette::Dark,
    };
    set_theme(state, next)
}

/// The theme of that name.
pub(super) fn theme_named(state: &mut State, name: &str) -> Result<Vec<Effect>, String> {
    let palette = Palette::ALL.into_iter().find(|palette| palette.name() == name);
    palette
        .map(|palette| set_theme(state, palette))
        .ok_or_else(|| Word::ThemeUnknown.fill(state.lang, &[&visible(name)]))
}

fn set_theme(state: &mut State, palette: Palette) -> Vec<Effect> {
    state.theme.palette = palette;
    state.chosen.theme = Some(palette);
    state.message = Word::ThemeNow.fill(state.lang, &[palette.name()]);
    Vec::new()
}

/// The other language.
pub(super) fn next_language(state: &mut State) -> Vec<Effect> {
    set_language(state, if state.lang == Lang::En { Lang::Ko } else { Lang::En })
}

/// The language of that tag.
pub(super) fn language_named(state: &mut State, tag: &str) -> Result<Vec<Effect>, String> {
    let lang = [Lang::En, Lang::Ko].into_iter().find(|lang| lang.tag() == tag);
    lang.map(|lang| set_language(state, lang)).ok_or_else(|| Word::LanguageUnknown.fill(state.lang, &[&visible(tag)]))
}

fn set_language(state: &mut State, lang: Lang) -> Vec<Effect> {
    state.speak(lang);
    state.chosen.lang = Some(lang);
    state.tell(Word::LanguageNow);
    Vec::new()
}

/// Mouse on or off.
pub(super) fn switch_mouse(state: &mut State) -> Vec<Effect> {
    state.mouse = !state.mouse;
    state.drag = None;
    state.tell(if state.mouse { Word::MouseOn } else { Word::MouseOff });
    vec![Effect::Mouse(state.mouse)]
}
