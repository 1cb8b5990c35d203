//! What the samples of a rule leave out: a finding, each benign look-alike, both sides of a threshold, a missing field.

use super::{Expect, Rule, Sample, expand};
use std::collections::BTreeMap;

/// Lines by which the two logs of a near-threshold pair may differ, whatever their size.
const ANY_PAIR: usize = 3;

/// Beyond that, one line in this many rows of the evidence: the share of one member where a group is counted.
const ONE_IN: u64 = 8;

/// What the samples of a rule do not show, a sentence each; nothing where they are complete.
pub fn untested(rule: &Rule) -> Vec<String> {
    let mut out = Vec::new();
    if !rule.samples.iter().any(|sample| matches!(sample.expect, Expect::Fires(_))) {
        out.push("no sample that fires".to_owned());
    }
    for (number, look_alike) in (1..).zip(&rule.falsepositives) {
        if !rule.samples.iter().any(|sample| sample.look_alikes.contains(&number)) {
            out.push(format!("no sample with `look_alikes: [{number}]` ({look_alike})"));
        }
    }
    if !rule.samples.iter().any(|sample| sample.just_under.is_some()) {
        out.push("no silent sample with `just_under: NAME`, close to one that fires".to_owned());
    }
    out.extend(rule.samples.iter().filter_map(|sample| far_apart(rule, sample)));
    if !rule.needs.is_empty() && !rule.samples.iter().any(|sample| matches!(sample.expect, Expect::NotEvaluable(_))) {
        out.push("no sample with `not_evaluable`, whose log lacks what the rule needs".to_owned());
    }
    out
}

/// Says so when a sample and the one that it is said to be just under have too little in common to show the threshold.
fn far_apart(rule: &Rule, sample: &Sample) -> Option<String> {
    let over = sample.just_under.as_ref()?;
    let firing = rule.samples.iter().find(|other| other.name == *over)?;
    let (Expect::Fires(rows) | Expect::Asks(rows)) = &firing.expect else { return None };
    let allowed = ANY_PAIR.max(usize::try_from(rows.iter().sum::<u64>() / ONE_IN).unwrap_or(usize::MAX));
    let differing = differing_lines(&expand(&firing.log).ok()?, &expand(&sample.log).ok()?);
    let said = || {
        format!(
            "`{}` differs from `{over}` in {differing} lines, more than {allowed}: no near-threshold pair",
            sample.name
        )
    };
    (differing > allowed).then(said)
}

/// Lines that only one of two logs has, each as often as it has it more than the other.
fn differing_lines(one: &str, other: &str) -> usize {
    let mut balance: BTreeMap<&str, isize> = BTreeMap::new();
    for line in one.lines() {
        *balance.entry(line).or_default() += 1;
    }
    for line in other.lines() {
        *balance.entry(line).or_default() -= 1;
    }
    balance.values().map(|count| count.unsigned_abs()).sum()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::rule::BUILTIN;

    #[test]
    fn the_samples_of_builtin_rules_are_complete() {
        let lacking: Vec<String> = super::super::builtin()
            .iter()
            .flat_map(|rule| untested(rule).into_iter().map(|what| format!("{}: {what}", rule.id)))
            .collect();
        assert!(lacking.is_empty(), "{}", lacking.join("\n"));
    }

    #[test]
    fn what_is_left_out_is_named() {
        let (name, text) = BUILTIN[0];
        let whole = Rule::parse(text, name).unwrap();
        let without = |keep: fn(&Sample) -> bool| {
            let mut rule = whole.clone();
            rule.samples.retain(keep);
            untested(&rule).join("\n")
        };
        assert_eq!(untested(&whole), Vec::<String>::new());
        assert!(without(|sample| !matches!(sample.expect, Expect::Fires(_))).contains("no sample that fires"));
        assert!(without(|sample| !sample.look_alikes.contains(&1)).contains("look_alikes: [1]"));
        assert!(without(|sample| sample.just_under.is_none()).contains("just_under"));
        assert!(without(|sample| !matches!(sample.expect, Expect::NotEvaluable(_))).contains("not_evaluable"));
        let mut apart = whole.clone();
        for sample in apart.samples.iter_mut().filter(|sample| sample.just_under.is_some()) {
            sample.log = "@each i=1..1000: another line $(i)\n".to_owned();
        }
        assert!(untested(&apart).join("\n").contains("no near-threshold pair"));
    }

    #[test]
    fn lines_differ_as_often_as_one_log_has_them_more() {
        assert_eq!(differing_lines("a\nb\nb\n", "b\na\nc\n"), 2);
        assert_eq!(differing_lines("a\nb", "b\na"), 0);
    }
}
