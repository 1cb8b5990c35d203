//! What the engine and its rules say, in Korean, for the view and for reports.
//!
//! ```text
//! a sentence as it was filled in ─► its template (rule, phrase) ─► values ─► the Korean template, filled with them
//! ```
//!
//! The values are read back from the sentence, so that nothing is counted or rounded a second time and the engine knows
//! no language. What fits no template stays as it is: rules of the analyst's own, messages of the system.

mod phrases;

use crate::engine::answer::RuleText;
use crate::words::Lang;
use breachline_queries::finding::{Finding, Hunt};
use breachline_queries::rule::Rule;
use phrases::PHRASES;
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// What findings say, by rule.
const RULES: &str = include_str!("korean/rules.ko.toml");

/// What rules say of themselves.
const TEXTS: &str = include_str!("korean/texts.ko.toml");

/// What one rule says.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sentences {
    title: String,
    headline: String,
    innocent_if: String,
    next_steps: String,
    #[serde(default)]
    says: BTreeMap<String, String>,
    /// By the number of the look-alike, in the order of the rule.
    #[serde(default)]
    ruled_out: BTreeMap<String, Vec<String>>,
    /// By the number of the look-alike.
    #[serde(default)]
    open: BTreeMap<String, String>,
}

/// What one rule says of itself.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    what: String,
    why: String,
    looks_alike: Vec<String>,
}

/// The verdicts in a language, as far as they are translated.
#[must_use]
pub fn in_language(mut hunt: Hunt, rules: &[Rule], lang: Lang) -> Hunt {
    if lang == Lang::Ko {
        Korean::get().tell(&mut hunt, rules);
    }
    hunt
}

/// A sentence that does not come from a rule, in a language.
#[must_use]
pub fn phrase(text: &str, lang: Lang) -> Cow<'_, str> {
    match lang {
        Lang::En => Cow::Borrowed(text),
        Lang::Ko => tell(text).map_or(Cow::Borrowed(text), Cow::Owned),
    }
}

/// Rules in Korean, by id.
pub struct Korean {
    rules: BTreeMap<String, Sentences>,
    texts: BTreeMap<String, Text>,
}

impl Korean {
    /// All that is translated, read once.
    #[must_use]
    pub fn get() -> &'static Self {
        static KOREAN: LazyLock<Korean> = LazyLock::new(|| Korean {
            // Tests see to it that these can be read.
            rules: toml::from_str(RULES).unwrap_or_default(),
            texts: toml::from_str(TEXTS).unwrap_or_default(),
        });
        &KOREAN
    }

    /// Puts what a rule says of itself into Korean, as far as it is translated.
    pub fn put(&self, rule: &str, text: &mut RuleText) {
        if let Some(told) = self.rules.get(rule) {
            text.title.clone_from(&told.title);
            text.next_steps.clone_from(&told.next_steps);
        }
        if let Some(told) = self.texts.get(rule) {
            text.what.clone_from(&told.what);
            text.why.clone_from(&told.why);
            text.falsepositives.clone_from(&told.looks_alike);
        }
    }

    fn tell(&self, hunt: &mut Hunt, rules: &[Rule]) {
        // Incidents and their steps are called by findings, whose titles change next.
        for incident in &mut hunt.incidents {
            incident.title = self.incident(&incident.title, &hunt.findings, rules);
            for step in &mut incident.steps {
                if let Some(finding) = hunt.findings.iter().find(|finding| finding.id == step.finding) {
                    step.what = self.title(finding, rules);
                }
            }
            in_place(&mut incident.subjects.basis);
            incident.links.iter_mut().for_each(|link| in_place(&mut link.basis));
        }
        hunt.findings.iter_mut().for_each(|finding| self.finding(finding, rules));
        for verdict in &mut hunt.rules {
            in_place(&mut verdict.why);
            verdict.open.iter_mut().for_each(in_place);
        }
        hunt.coverage.notes.iter_mut().for_each(in_place);
    }

    /// Puts the sentences of a finding into Korean, as far as they are translated.
    fn finding(&self, finding: &mut Finding, rules: &[Rule]) {
        let title = self.title(finding, rules);
        let rule = rules.iter().find(|rule| rule.id == finding.rule);
        let told = rule.and_then(|rule| Some((rule, self.rules.get(&rule.id)?)));
        finding.why = finding.why.iter().map(|sentence| why(sentence, finding, told, &title)).collect();
        if let Some((rule, korean)) = told {
            finding.ruled_out.iter_mut().for_each(|sentence| {
                *sentence =
                    ruled_out(sentence, rule, korean).or_else(|| tell(sentence)).unwrap_or_else(|| sentence.clone());
            });
            finding.not_ruled_out.iter_mut().for_each(|sentence| {
                *sentence = self.open(sentence, rule, korean).unwrap_or_else(|| sentence.clone());
            });
        } else {
            finding.ruled_out.iter_mut().for_each(in_place);
        }
        finding.title = title;
        if let Some((_, korean)) = told {
            finding.innocent_if.clone_from(&korean.innocent_if);
            finding.next_steps.clone_from(&korean.next_steps);
        } else {
            in_place(&mut finding.innocent_if);
            in_place(&mut finding.next_steps);
        }
        finding.entities.iter_mut().for_each(|entity| in_place(&mut entity.basis));
        in_place(&mut finding.blast_radius.subjects.basis);
        let populations = finding.measures.values_mut().filter_map(|measured| measured.population.as_mut());
        populations.for_each(|population| in_place(&mut population.of));
    }

    /// A look-alike that stays open.
    fn open(&self, sentence: &str, rule: &Rule, korean: &Sentences) -> Option<String> {
        let number = (1..=rule.falsepositives.len()).find(|&number| rule.not_ruled_out(number) == sentence)?;
        let look_alike = self.texts.get(&rule.id)?.looks_alike.get(number - 1)?;
        Some(match (rule.open.get(&number), korean.open.get(&number.to_string())) {
            (None, _) => format!("{look_alike} 이 탐지의 수치로는 배제되지 않음."),
            (Some(_), Some(ask)) => format!("{look_alike} 이 수치로는 구별되지 않음: {ask}."),
            (Some(_), None) => return None,
        })
    }

    /// The finding in a sentence.
    fn title(&self, finding: &Finding, rules: &[Rule]) -> String {
        let rule = rules.iter().find(|rule| rule.id == finding.rule);
        rule.and_then(|rule| self.title_of(&finding.title, rule)).unwrap_or_else(|| finding.title.clone())
    }

    /// The title of a finding of a rule, or of several that are told as one.
    fn title_of(&self, title: &str, rule: &Rule) -> Option<String> {
        let headline = &self.rules.get(&rule.id)?.headline;
        let alike = title.strip_suffix(" more alike)").and_then(|title| title.rsplit_once(" (and "));
        match alike {
            Some((largest, others)) => {
                Some(format!("{} (같은 모양 외 {others}건)", retell(&rule.headline, largest, headline)?))
            }
            None => retell(&rule.headline, title, headline),
        }
    }

    /// The title of an incident: that of its first finding, and how many more there are.
    fn incident(&self, title: &str, findings: &[Finding], rules: &[Rule]) -> String {
        let of = |words: &str| {
            let finding = findings.iter().find(|finding| finding.title == words)?;
            Some(self.title(finding, rules))
        };
        let more = || {
            let counted = title.strip_suffix(" more findings)").or_else(|| title.strip_suffix(" more finding)"))?;
            let (first, more) = counted.rsplit_once(" (and ")?;
            Some(format!("{} (외 {more}건)", of(first)?))
        };
        of(title).or_else(more).unwrap_or_else(|| title.to_owned())
    }
}

/// Why a rule fired, sentence by sentence.
fn why(sentence: &str, finding: &Finding, told: Option<(&Rule, &Sentences)>, title: &str) -> String {
    let of_rule = || {
        let (rule, korean) = told?;
        if *sentence == format!("{} (rule {}: {}).", finding.title, rule.id, rule.title) {
            return Some(format!("{title} (규칙 {}: {}).", rule.id, korean.title));
        }
        let says = |sign: &breachline_queries::rule::Sign| retell(&sign.say, sentence, korean.says.get(&sign.name)?);
        rule.signs.iter().chain(&rule.undecided).find_map(says)
    };
    of_rule().or_else(|| tell(sentence)).unwrap_or_else(|| sentence.to_owned())
}

/// A look-alike that a rule says itself is ruled out.
fn ruled_out(sentence: &str, rule: &Rule, korean: &Sentences) -> Option<String> {
    let told = |number: &usize| korean.ruled_out.get(&number.to_string()).into_iter().flatten();
    let mut ways = rule.ruled_out.iter().flat_map(|(number, ways)| ways.iter().zip(told(number)));
    ways.find_map(|(way, korean)| retell(&way.say, sentence, korean))
}

/// A sentence that does not come from a rule; what is no phrase as a whole is told part by part.
fn tell(text: &str) -> Option<String> {
    let whole = PHRASES.iter().find_map(|(english, korean)| retell(english, text, korean));
    let stopped = || Some(format!("{}.", tell(text.strip_suffix('.')?)?));
    whole.or_else(stopped).or_else(|| {
        let parts: Vec<&str> = text.split("; ").collect();
        if parts.len() < 2 {
            return None;
        }
        let told: Vec<Option<String>> = parts.iter().map(|part| tell(part)).collect();
        told.iter().any(Option::is_some).then(|| {
            let words = parts.iter().zip(told).map(|(part, told)| told.unwrap_or_else(|| (*part).to_owned()));
            words.collect::<Vec<_>>().join("; ")
        })
    })
}

/// Tells a sentence where it stands.
fn in_place(text: &mut String) {
    if let Some(told) = tell(text) {
        *text = told;
    }
}

/// What a place of a template is filled with, in Korean: its name says what it is.
fn told_value(name: &str, value: &str) -> String {
    let one = |value: &str| tell(value).unwrap_or_else(|| value.to_owned());
    match name.chars().next() {
        Some('>') => one(value),
        Some(',') => value.split(", ").map(one).collect::<Vec<_>>().join(", "),
        Some('#') => value.split(' ').next().unwrap_or(value).to_owned(),
        Some('&') => value.replace(" and ", ", "),
        _ => value.to_owned(),
    }
}

/// The values that a template was filled with, by name; `None` where the text does not come from it.
fn values<'t>(template: &'t str, text: &'t str) -> Option<Vec<(&'t str, &'t str)>> {
    let (first, mut template) = template.split_once('{').unwrap_or((template, ""));
    let mut rest = text.strip_prefix(first)?;
    let mut found = Vec::new();
    while !template.is_empty() {
        let (name, after) = template.split_once('}')?;
        let (literal, next) = after.split_once('{').unwrap_or((after, ""));
        let end = if next.is_empty() {
            rest.len().checked_sub(literal.len()).filter(|end| rest.is_char_boundary(*end) && rest[*end..] == *literal)
        } else {
            rest.find(literal)
        }?;
        found.push((name, &rest[..end]));
        rest = &rest[end + literal.len()..];
        template = next;
    }
    rest.is_empty().then_some(found)
}

/// Fills another template with what a text was filled with.
fn retell(template: &str, text: &str, other: &str) -> Option<String> {
    let values = values(template, text)?;
    let mut out = String::new();
    let mut rest = other;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}')?;
        out.push_str(before);
        out.push_str(&told_value(name, values.iter().find(|(known, _)| *known == name)?.1));
        rest = after;
    }
    out.push_str(rest);
    Some(out)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
