//! All checks of one column over its distinct values, in one pass.

use super::column::Column;
use super::literal;
use crate::sigma::check::{Check, Texts, texts};
use crate::sigma::field::{Facet, Field, decoded};
use crate::sigma::pattern::fold;
use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use regex::RegexSet;
use std::ops::Range;

/// Values of a column that one thread takes at least.
const LEAST: usize = 4_096;

/// What is looked for in a column.
struct Search<'c> {
    checks: &'c [(&'c Field, &'c Check)],
    /// Whether values are also looked at percent-decoded.
    decodes: bool,
    automaton: Option<AhoCorasick>,
    /// By literal: the checks whose patterns hold it.
    of_literal: Vec<Vec<usize>>,
    /// Regular expressions by facet, with their checks.
    regexes: Vec<(Facet, RegexSet, Vec<usize>)>,
    /// Checks that every value is held against.
    always: Vec<usize>,
}

/// For each check the codes of the values it holds for, ascending.
pub fn scan(column: &Column<'_>, decodes: bool, checks: &[(&Field, &Check)], threads: usize) -> Vec<Vec<u32>> {
    let search = Search::new(checks, decodes);
    let codes = 1..column.distinct();
    let parts = (codes.len() / LEAST).clamp(1, threads.max(1));
    if parts == 1 {
        return search.over(column, codes);
    }
    let share = codes.len().div_ceil(parts);
    let ranges = (0..parts).map(|part| (1 + part * share)..(1 + (part + 1) * share).min(codes.end));
    let found: Vec<Vec<Vec<u32>>> = std::thread::scope(|scope| {
        let search = &search;
        let started: Vec<_> =
            ranges.map(|range| (range.clone(), scope.spawn(move || search.over(column, range)))).collect();
        // A part whose thread is lost is looked at again here.
        started.into_iter().map(|(range, part)| part.join().unwrap_or_else(|_| search.over(column, range))).collect()
    });
    let mut all = vec![Vec::new(); checks.len()];
    for part in found {
        for (all, hits) in all.iter_mut().zip(part) {
            all.extend(hits);
        }
    }
    all
}

impl<'c> Search<'c> {
    fn new(checks: &'c [(&'c Field, &'c Check)], decodes: bool) -> Self {
        let mut literals: Vec<String> = Vec::new();
        let mut of_literal: Vec<Vec<usize>> = Vec::new();
        let mut known: HashMap<String, usize, FixedState> = HashMap::default();
        let mut regexes: Vec<(Facet, Vec<&str>, Vec<usize>)> = Vec::new();
        let mut always = Vec::new();
        for (at, (field, check)) in checks.iter().enumerate() {
            let made = field.facet == Facet::Millis;
            let text = match check {
                // What no text of the column holds cannot be found in it.
                Check::Pattern(pattern) if !made && !check.is_blank() => literal(pattern),
                Check::Regex(regex) if !made => {
                    match regexes.iter_mut().find(|(facet, ..)| *facet == field.facet) {
                        Some((_, texts, of)) => {
                            texts.push(regex.as_str());
                            of.push(at);
                        }
                        None => regexes.push((field.facet.clone(), vec![regex.as_str()], vec![at])),
                    }
                    continue;
                }
                _ => None,
            };
            let Some(text) = text else {
                always.push(at);
                continue;
            };
            let number = *known.entry(text).or_insert_with_key(|text| {
                literals.push(text.clone());
                of_literal.push(Vec::new());
                literals.len() - 1
            });
            of_literal[number].push(at);
        }
        let automaton = AhoCorasickBuilder::new().match_kind(MatchKind::Standard).build(&literals).ok();
        if automaton.is_none() {
            always.extend(of_literal.iter().flatten());
        }
        let mut sets = Vec::new();
        for (facet, texts, of) in regexes {
            match RegexSet::new(texts) {
                Ok(set) => sets.push((facet, set, of)),
                // Too large together: each by itself.
                Err(_) => always.extend(of),
            }
        }
        Self { checks, decodes, automaton, of_literal, regexes: sets, always }
    }

    fn over(&self, column: &Column<'_>, codes: Range<usize>) -> Vec<Vec<u32>> {
        let mut hits = vec![Vec::new(); self.checks.len()];
        let mut seen = vec![0_u32; self.checks.len()];
        let mut likely: Vec<usize> = Vec::new();
        for code in codes {
            let code = code as u32;
            let value = column.text(code);
            likely.clear();
            let mut look = |text: &str| {
                let found = self.automaton.iter().flat_map(|automaton| automaton.find_overlapping_iter(text));
                for at in found.flat_map(|found| &self.of_literal[found.pattern().as_usize()]) {
                    if seen[*at] != code {
                        seen[*at] = code;
                        likely.push(*at);
                    }
                }
            };
            look(&fold(&value));
            if self.decodes
                && let Some(decoded) = decoded(&value)
            {
                look(&fold(&decoded));
            }
            let mut facets = Facets { value: &value, known: Vec::new() };
            for &at in likely.iter().chain(&self.always) {
                let (field, check) = self.checks[at];
                let proven = matches!(field.facet, Facet::Whole | Facet::Uri | Facet::Query)
                    && matches!(check, Check::Pattern(pattern) if pattern.is_contained())
                    && seen[at] == code;
                if proven || facets.hold(field, check) {
                    hits[at].push(code);
                }
            }
            for (facet, set, of) in &self.regexes {
                let mut found: Vec<usize> =
                    facets.texts(facet).iter().flat_map(|(text, _)| set.matches(text)).collect();
                found.sort_unstable();
                found.dedup();
                for at in found {
                    hits[of[at]].push(code);
                }
            }
        }
        hits
    }
}

/// What facets make of a value, each made once.
struct Facets<'v> {
    value: &'v str,
    known: Vec<(Facet, Texts<'v>)>,
}

impl<'v> Facets<'v> {
    fn texts(&mut self, facet: &Facet) -> &Texts<'v> {
        let at = self.known.iter().position(|(known, _)| known == facet).unwrap_or_else(|| {
            self.known.push((facet.clone(), texts(facet, self.value)));
            self.known.len() - 1
        });
        &self.known[at].1
    }

    fn hold(&mut self, field: &Field, check: &Check) -> bool {
        if matches!(check, Check::Exists) || check.is_blank() || !field.facet.is_in(self.value) {
            return check.holds_for(field, Some(self.value));
        }
        check.holds(self.texts(&field.facet))
    }
}
