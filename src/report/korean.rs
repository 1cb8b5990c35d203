//! What rules say, in Korean: sentences of `rules.ko.toml` with the values that the English ones were filled with.
//!
//! Findings hold their sentences as they were filled in. The values are read back from them by the sentence of the rule
//! that they were filled into, so that nothing is counted or rounded a second time. What fits no sentence stays as it is.

use breachline_queries::finding::Finding;
use breachline_queries::rule::Rule;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The sentences of all rules.
const RULES: &str = include_str!("rules.ko.toml");

/// Sentences that do not come from rules.
const OTHERS: &[(&str, &str)] = &[
    (
        "{name} {value} (bound {bound}); {n} {of}: median {p50}, p99 {p99}",
        "{name} {value} (기준 {bound}), 비교 대상 {n}개({of}): 중앙값 {p50}, p99 {p99}",
    ),
    ("{name} {value} (bound {bound})", "{name} {value} (기준 {bound})"),
    (
        "Compared with only {n} {whom}, fewer than {enough}: one level lower for it.",
        "비교 대상이 {n}개({whom})뿐으로 {enough}개에 못 미쳐 한 등급 낮춤.",
    ),
    (
        "Only {n} {whom} to compare with, fewer than {enough}: told by its own figures, one level lower for it.",
        "비교 대상이 {n}개({whom})뿐으로 {enough}개에 못 미쳐 자체 수치로 판단하고 한 등급 낮춤.",
    ),
    (
        "{inside} of its {all} requests lie in the time that --baseline marks as clean: either this is normal there, or \
         that time is not clean.",
        "요청 {all}건 중 {inside}건이 --baseline이 깨끗하다고 한 시간에 있음. 거기서는 정상이거나, 그 시간이 깨끗하지 않음.",
    ),
    (
        "Cited with it: {n} more of the same {what}, not enough by itself to tell.",
        "함께 인용: 같은 {what}의 {n}개 더. 그것만으로는 판단하기에 모자람.",
    ),
    ("The context says: {what}.", "배경 정보: {what}."),
];

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
}

/// Rules in Korean, by id.
pub(super) struct Korean(BTreeMap<String, Sentences>);

impl Korean {
    /// All that is translated.
    pub(super) fn read() -> Self {
        // A test sees to it that this can be read.
        Self(toml::from_str(RULES).unwrap_or_default())
    }

    /// Puts the sentences of a finding into Korean, as far as its rule has them.
    pub(super) fn tell(&self, finding: &mut Finding, rules: &[Rule]) {
        let rule = rules.iter().find(|rule| rule.id == finding.rule);
        let Some((rule, korean)) = rule.and_then(|rule| Some((rule, self.0.get(&rule.id)?))) else { return };
        let title = self.title(finding, rules);
        finding.why = finding.why.iter().map(|sentence| why(sentence, finding, rule, korean, &title)).collect();
        finding.title = title;
        finding.innocent_if.clone_from(&korean.innocent_if);
        finding.next_steps.clone_from(&korean.next_steps);
    }

    /// The finding in a sentence.
    pub(super) fn title(&self, finding: &Finding, rules: &[Rule]) -> String {
        let rule = rules.iter().find(|rule| rule.id == finding.rule);
        let told = rule.and_then(|rule| retell(&rule.headline, &finding.title, &self.0.get(&rule.id)?.headline));
        told.unwrap_or_else(|| finding.title.clone())
    }

    /// The title of an incident: that of its first finding, and how many more there are.
    pub(super) fn incident(&self, title: &str, findings: &[Finding], rules: &[Rule]) -> String {
        let of = |words: &str| {
            let finding = findings.iter().find(|finding| finding.title == words)?;
            Some(self.title(finding, rules))
        };
        let more = || {
            let parts = values("{title} (and {more} more findings)", title)?;
            Some(format!("{} (외 {}건)", of(parts[0].1)?, parts[1].1))
        };
        of(title).or_else(more).unwrap_or_else(|| title.to_owned())
    }
}

/// Why a rule fired, sentence by sentence.
fn why(sentence: &str, finding: &Finding, rule: &Rule, korean: &Sentences, title: &str) -> String {
    if *sentence == format!("{} (rule {}: {}).", finding.title, rule.id, rule.title) {
        return format!("{title} (규칙 {}: {}).", rule.id, korean.title);
    }
    let of_signs =
        rule.signs.iter().filter_map(|sign| Some((sign.say.as_str(), korean.says.get(&sign.name)?.as_str())));
    let others = OTHERS.iter().copied();
    of_signs
        .chain(others)
        .find_map(|(english, korean)| retell(english, sentence, korean))
        .unwrap_or_else(|| sentence.to_owned())
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
        out.push_str(values.iter().find(|(known, _)| *known == name)?.1);
        rest = after;
    }
    out.push_str(rest);
    Some(out)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use breachline_queries::rule;
    use std::collections::BTreeSet;

    fn names(template: &str) -> BTreeSet<&str> {
        template.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name).collect()
    }

    #[test]
    fn values_are_read_back_from_sentences() {
        let english = "{client_ip} asked {n} times, {share%} in vain";
        let text = "203.0.113.7 asked 1,204 times, 93% in vain";
        assert_eq!(values(english, text).unwrap(), [("client_ip", "203.0.113.7"), ("n", "1,204"), ("share%", "93%")]);
        assert_eq!(
            retell(english, text, "{n}번 중 {share%} 실패, {client_ip}").unwrap(),
            "1,204번 중 93% 실패, 203.0.113.7"
        );
        assert_eq!(values(english, "203.0.113.7 asked nothing"), None);
        assert!(values("no values", "no values").unwrap().is_empty());
        assert_eq!(values("ends {at}", "ends 한글").unwrap(), [("at", "한글")]);
        assert_eq!(values("a {x} b", "a {y} b c"), None);
        assert_eq!(retell("{a} b", "1 b", "{c}"), None);
    }

    /// `src/report/rules.ko.toml` says what the rules say, and nothing that they do not. A sentence that was changed a
    /// moment ago stands in English until somebody tells it in Korean; a rule as a whole, or many, may not.
    #[test]
    fn every_rule_speaks_korean() {
        let korean: BTreeMap<String, Sentences> = toml::from_str(RULES).unwrap();
        let rules = rule::builtin();
        let mut wrong = Vec::new();
        let mut sentences = 0;
        for rule in &rules {
            let Some(told) = korean.get(&rule.id) else {
                wrong.push(format!("{} is missing", rule.id));
                continue;
            };
            let mut pairs = vec![("headline", &rule.headline, &told.headline)];
            for sign in rule.signs.iter().filter(|sign| !sign.say.is_empty()) {
                match told.says.get(&sign.name) {
                    Some(say) => pairs.push((&sign.name, &sign.say, say)),
                    None => wrong.push(format!("{}: says.{} is missing: \"{}\"", rule.id, sign.name, sign.say)),
                }
            }
            for name in told.says.keys().filter(|name| !rule.signs.iter().any(|sign| sign.name == **name)) {
                wrong.push(format!("{}: says.{name} is of no sign", rule.id));
            }
            sentences += pairs.len();
            for (what, english, korean) in pairs {
                if names(english) != names(korean) {
                    wrong.push(format!("{}: {what}: other values than in \"{english}\"", rule.id));
                }
            }
            for text in [&told.title, &told.headline, &told.innocent_if, &told.next_steps] {
                if !text.chars().any(|c| ('가'..='힣').contains(&c)) {
                    wrong.push(format!("{}: \"{text}\" is not Korean", rule.id));
                }
            }
        }
        let strangers = korean.keys().filter(|id| !rules.iter().any(|rule| rule.id == **id));
        wrong.extend(strangers.map(|id| format!("{id} is no rule")));
        let whole = rules.iter().all(|rule| korean.contains_key(&rule.id));
        assert!(whole && wrong.len() * 50 <= sentences, "src/report/rules.ko.toml:\n{}", wrong.join("\n"));
    }

    #[test]
    fn other_sentences_have_the_same_values_in_both_languages() {
        for (english, korean) in OTHERS {
            assert_eq!(names(english), names(korean), "{english}");
        }
    }
}
