//! What a rule says of the benign look-alikes that it names: by which figure a finding is not one, or whom to ask.

use super::document::Reader;
use super::{Counted, Join, Rule, RuleError};
use crate::expr::Expr;
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
    let is_named = |number: &usize, text: &str| {
        if (1..=look_alikes).contains(number) {
            return Ok(());
        }
        let message = format!("there is no look-alike {number}: `falsepositives` has {look_alikes}, from 1");
        Err(reader.plain(text, message))
    };
    open.iter().try_for_each(|(number, ask)| is_named(number, ask))?;
    let mut out = BTreeMap::new();
    for (number, text) in said {
        let mut ways = Vec::new();
        spread(text, &mut |when, say| {
            is_named(number, say)?;
            ways.push(values.way(reader, when, say)?);
            Ok(())
        })?;
        out.insert(*number, ways);
    }
    Ok(out)
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
        let known = |name: &str| {
            Counted::named(name).is_some() || self.measures.iter().chain(joint()).any(|measure| measure.name == name)
        };
        let figures: Vec<&str> = super::figures(say).collect();
        if let Some(name) = figures.iter().find(|name| !known(name)) {
            return Err(reader.plain(say, format!("there is no measure `{name}` in this rule")));
        }
        if figures.is_empty() {
            let message = "a look-alike is ruled out by a figure; name a measure, as {share%}";
            return Err(reader.plain(say, message.to_owned()));
        }
        let mut names = self.names.to_vec();
        names.extend(self.join.iter().flat_map(|_| ["members", "groups"]));
        names.extend(joint().map(|measure| measure.name.as_str()));
        let when = when.map(|text| reader.values(text, &names, self.compared)).transpose()?;
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
        assert!(error("  ruled_out: {1: no figure}\n").contains("is ruled out by a figure"));
        assert!(error("  ruled_out: {1: {when: m > 1, say: \"{n}\"}}\n").contains("no measure or sign `m`"));
        let rule =
            Rule::parse(&yaml("  ruled_out: {1: [{when: n > 9, say: \"{n}\"}, \"just {n}\"]}\n"), "t.yml").unwrap();
        assert_eq!((rule.ruled_out[&1].len(), rule.unsaid()), (2, Vec::new()));
    }
}
