//! What a rule says of the benign look-alikes that it names: by which figure a finding is not one, or whom to ask.

use super::document::Reader;
use super::{Counted, Join, Rule, RuleError, figures, sentence};
use crate::expr::Expr;
use crate::hunt::needed;
use crate::measure::Measure;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A way to tell a finding from a look-alike.
#[derive(Clone, Debug)]
pub struct RuledOut {
    /// When it tells, over measures and signs; always, where there is none.
    pub when: Option<Expr>,
    /// What it says, with at least one `{measure}` to be filled in.
    pub say: String,
}

/// `1: sentence`, `1: {when: condition, say: sentence}`, or several of these, of which the first that tells is said.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum RuledOutText {
    Always(String),
    If(RuledOutIf),
    Several(Vec<RuledOutText>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuledOutIf {
    when: String,
    say: String,
}

impl Rule {
    /// What a finding says of the look-alike with this number (from 1) where none of its figures rules it out.
    pub fn not_ruled_out(&self, number: usize) -> String {
        let look_alike = number.checked_sub(1).and_then(|at| self.falsepositives.get(at)).map_or("", String::as_str);
        match self.open.get(&number) {
            Some(ask) => format!("{look_alike} These figures do not tell it apart: {ask}."),
            None => format!("{look_alike} The figures of this finding do not rule it out."),
        }
    }

    /// That the rule says nothing of the look-alike with this number, for its author.
    pub fn unsaid_of(&self, number: usize) -> String {
        let look_alike = number.checked_sub(1).and_then(|at| self.falsepositives.get(at)).map_or("", String::as_str);
        format!("neither `ruled_out` nor `open` says anything of look-alike {number} ({look_alike})")
    }

    /// The look-alikes, by number from 1, of which the rule says nothing.
    pub fn unsaid(&self) -> Vec<usize> {
        let is_said = |number: &usize| self.ruled_out.contains_key(number) || self.open.contains_key(number);
        (1..=self.falsepositives.len()).filter(|number| !is_said(number)).collect()
    }
}

/// What a document says of look-alikes: checked to be of those that it names, by figures and conditions that it has.
pub(super) fn read(
    reader: &Reader<'_>,
    said: &BTreeMap<usize, RuledOutText>,
    open: &BTreeMap<usize, String>,
    look_alikes: usize,
    values: &Values<'_>,
) -> Result<BTreeMap<usize, Vec<RuledOut>>, RuleError> {
    let check = |key: &str, number: usize| {
        if (1..=look_alikes).contains(&number) {
            return Ok(());
        }
        let message = format!("there is no look-alike {number}: `falsepositives` has {look_alikes}, from 1");
        Err(reader.numbered(key, number, message))
    };
    open.keys().try_for_each(|number| check("open", *number))?;
    said.keys().try_for_each(|number| check("ruled_out", *number))?;
    let mut out = BTreeMap::new();
    for (number, text) in said {
        let mut ways = Vec::new();
        spread(text, &mut |when, say| {
            ways.push(values.way(reader, when, say)?);
            Ok(())
        })?;
        out.insert(*number, ways);
    }
    Ok(out)
}

/// The first look-alike that the rule has open although every finding is told from it: by a way without a condition, whose
/// figures all have a value where the rule fires.
pub(super) fn never_open(rule: &Rule) -> Option<usize> {
    let mut has_value = needed(&rule.when, rule);
    if let Some(alone) = &rule.when_alone {
        let alone = needed(alone, rule);
        has_value.retain(|name| alone.contains(name));
    }
    let joint = |name: &str| rule.join.iter().flat_map(|join| &join.measures).any(|measure| measure.name == name);
    let counts = |name: &str| {
        let mut measures = rule.measures.iter().filter(|measure| measure.name == name);
        measures.any(|measure| matches!(measure.function, "count" | "n_unique"))
    };
    let always =
        |name: &str| Counted::named(name).is_some() || !joint(name) && (has_value.contains(name) || counts(name));
    let tells_all = |way: &RuledOut| way.when.is_none() && figures(&way.say).all(always);
    let is_told = |number: &usize| rule.ruled_out.get(number).is_some_and(|ways| ways.iter().any(tells_all));
    rule.open.keys().copied().find(is_told)
}

/// Calls `each` with the condition and the sentence of every way, in order.
fn spread<'t>(
    text: &'t RuledOutText,
    each: &mut dyn FnMut(Option<&'t str>, &'t str) -> Result<(), RuleError>,
) -> Result<(), RuleError> {
    match text {
        RuledOutText::Always(say) => each(None, say),
        RuledOutText::If(RuledOutIf { when, say }) => each(Some(when), say),
        RuledOutText::Several(ways) => ways.iter().try_for_each(|way| spread(way, each)),
    }
}

/// What sentences and conditions may name.
pub(super) struct Values<'a> {
    /// Measures and signs.
    pub names: &'a [&'a str],
    pub measures: &'a [Measure],
    pub join: Option<&'a Join>,
    /// Whether there is a population to compare with.
    pub compared: bool,
}

impl Values<'_> {
    fn way(&self, reader: &Reader<'_>, when: Option<&str>, say: &str) -> Result<RuledOut, RuleError> {
        let joint = || self.join.iter().flat_map(|join| &join.measures);
        let known: Vec<&str> = self.measures.iter().chain(joint()).map(|measure| measure.name.as_str()).collect();
        sentence::check(reader, say, &[known.as_slice(), &sentence::COUNTED].concat(), "measure")?;
        if figures(say).next().is_none() {
            let message = "a look-alike is ruled out by a figure; name a measure, as {share%}";
            return Err(reader.plain(say, message.to_owned()));
        }
        let mut names = self.names.to_vec();
        names.extend(self.join.iter().flat_map(|_| ["members", "groups"]));
        names.extend(joint().map(|measure| measure.name.as_str()));
        let when = when.map(|text| reader.asking(text, &names, self.compared)).transpose()?;
        Ok(RuledOut { when, say: say.to_owned() })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::hunt::{HuntOptions, hunt};
    use crate::rule::{Expect, builtin, sample_requests};

    /// Silence about a look-alike would read as if it had been looked at.
    #[test]
    fn every_look_alike_of_a_builtin_rule_is_ruled_out_by_a_figure_or_declared_open() {
        let unsaid: Vec<String> = builtin()
            .iter()
            .filter(|rule| !rule.unsaid().is_empty())
            .map(|rule| format!("{}: {:?}", rule.id, rule.unsaid()))
            .collect();
        assert!(unsaid.is_empty(), "neither `ruled_out` nor `open`: {}", unsaid.join("; "));
    }

    /// Over the samples that fire: each look-alike comes out on exactly one side, and every way is said by some finding or
    /// has a condition under which it is not.
    #[test]
    fn a_finding_says_of_each_look_alike_on_which_side_it_is() {
        let mut said = 0;
        for rule in builtin() {
            for sample in rule.samples.iter().filter(|sample| matches!(sample.expect, Expect::Fires(_))) {
                let found =
                    hunt(&sample_requests(sample).unwrap(), std::slice::from_ref(&rule), &HuntOptions::default());
                for finding in &found.findings {
                    let both = finding.ruled_out.len() + finding.not_ruled_out.len();
                    assert_eq!(both, rule.falsepositives.len(), "{} / {}", rule.id, sample.name);
                    let filled = finding.ruled_out.iter().all(|sentence| !sentence.contains(['{', '}']));
                    assert!(
                        filled && !finding.ruled_out.iter().any(|sentence| sentence.contains("unknown")),
                        "{}",
                        rule.id
                    );
                    said += finding.ruled_out.len();
                }
            }
        }
        assert!(said > 500, "{said}");
    }

    #[test]
    fn mistakes_about_look_alikes_are_named() {
        let yaml = |said: &str| {
            format!(
                "title: t\nid: t\nstatus: test\nlevel: low\nfalsepositives: [x]\nbreachline:\n  what: w\n  why: w\n  \
                 innocent_if: i\n  next_steps: n\n  headline: h\n  per: [route]\n  measure: {{n: count()}}\n  when: n > 3\n  \
                 roles: {{}}\n{said}"
            )
        };
        let error = |said: &str| Rule::parse(&yaml(said), "t.yml").unwrap_err().0;
        assert!(error("  ruled_out: {2: \"{n}\"}\n").contains("there is no look-alike 2"));
        assert!(error("  open: {2: ask}\n").contains("there is no look-alike 2"));
        assert!(error("  ruled_out: {1: \"{m} of it\"}\n").contains("there is no measure `m`"));
        let said = error("  open:\n    12: ask at 12 o'clock\n");
        assert!(said.starts_with("t.yml:17: ") && said.ends_with("\n    12: ask at 12 o'clock\n    ^^"), "{said}");
        assert!(error("  ruled_out: {1: {when: 1 = 1, say: \"{n}\"}}\n").contains("names no measure"));
        assert!(error("  ruled_out: {1: no figure}\n").contains("is ruled out by a figure"));
        assert!(error("  ruled_out: {1: {when: m > 1, say: \"{n}\"}}\n").contains("no measure or sign `m`"));
        let rule =
            Rule::parse(&yaml("  ruled_out: {1: [{when: n > 9, say: \"{n}\"}, \"just {n}\"]}\n"), "t.yml").unwrap();
        assert_eq!((rule.ruled_out[&1].len(), rule.unsaid()), (2, Vec::new()));
        let silent = Rule::parse(&yaml(""), "t.yml").unwrap();
        assert_eq!(silent.unsaid(), [1]);
        assert_eq!(silent.unsaid_of(1), "neither `ruled_out` nor `open` says anything of look-alike 1 (x)");
    }

    #[test]
    fn what_is_told_from_every_finding_is_not_open() {
        let yaml = |said: &str| {
            format!(
                "title: t\nid: t\nstatus: test\nlevel: low\nfalsepositives: [x]\nbreachline:\n  what: w\n  why: w\n  \
                 innocent_if: i\n  next_steps: n\n  headline: h\n  per: [route]\n  measure: {{n: count(), s: \
                 repeat_share(object_id), t: repeat_share(client_ip)}}\n  when: n > 3 AND s > 0.5\n  roles: {{}}\n{said}"
            )
        };
        let error = |way: &str| {
            let rule = Rule::parse(&yaml(&format!("  ruled_out: {{1: {way}}}\n  open: {{1: ask}}\n")), "t.yml");
            rule.err().map_or_else(String::new, |error| error.0)
        };
        for way in ["\"{n}\"", "\"{s%}\"", "\"{rows} rows\"", "[{when: n > 9, say: \"{n}\"}, \"{s%}\"]"] {
            assert!(error(way).contains("this is never said"), "{way}: {}", error(way));
        }
        // A share may have no value.
        for way in ["\"{t%}\"", "\"{n} and {t%}\"", "{when: n > 9, say: \"{n}\"}"] {
            assert_eq!(error(way), "", "{way}");
        }
    }
}
