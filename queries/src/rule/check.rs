//! Rules that could never fire: measures that have no value whatever the log shows.

use super::Rule;
use crate::expr::{Expr, Op};
use crate::hunt::needed;
use crate::measure::Measure;

/// What of a rule never has a value and is needed for it to fire, as it is written, and why.
pub fn never(rule: &Rule) -> Option<(String, String)> {
    let joint = rule.join.iter().flat_map(|join| &join.measures);
    let conditions: Vec<&Expr> = std::iter::once(&rule.when)
        .chain(&rule.when_alone)
        .chain(rule.signs.iter().map(|sign| &sign.when))
        .chain(rule.join.iter().filter_map(|join| join.when.as_ref()))
        .chain(rule.undecided.iter().map(|question| &question.when))
        .collect();
    conditions
        .iter()
        .find_map(|condition| against_null(condition))
        .or_else(|| rule.measures.iter().find_map(|measure| of_measure(rule, measure)))
        .or_else(|| joint.into_iter().find_map(|measure| of_joint(rule, measure)))
        .or_else(|| conditions.iter().find_map(|condition| ordinary(rule, condition)))
}

/// Comparisons with NULL are never TRUE.
fn against_null(condition: &Expr) -> Option<(String, String)> {
    let mut found = None;
    condition.walk(&mut |part| {
        if let Expr::Binary(Op::Eq | Op::Ne | Op::Lt | Op::Le | Op::Gt | Op::Ge, left, right) = part
            && (matches!(**left, Expr::Null) || matches!(**right, Expr::Null))
        {
            found = Some(part.to_string());
        }
    });
    let why = "a comparison with NULL is never TRUE, so this never fires; write IS NULL or IS NOT NULL";
    found.map(|text| (text, why.to_owned()))
}

fn of_measure(rule: &Rule, measure: &Measure) -> Option<(String, String)> {
    let told = |why: String| Some((measure.text.clone(), why));
    match measure.function {
        "sequences" if rule.sequence.is_none() => {
            told("`sequences` counts the steps of a `sequence` block, and there is none".to_owned())
        }
        "absences" if rule.absent.is_none() => {
            told("`absences` looks for the step of an `absent` block, and there is none".to_owned())
        }
        "step_share" | "ascending_share" | "longest_run" | "density" if measure.columns != ["object_id"] => {
            told(format!("`{}` takes numeric ids, which only object_id has", measure.function))
        }
        _ => needs_column(rule, measure),
    }
}

/// Measures that are told by a column of the key have none at a level without it.
fn needs_column(rule: &Rule, measure: &Measure) -> Option<(String, String)> {
    let column = measure.keyed_on()?;
    let without = rule.levels.iter().find(|level| !level.iter().any(|name| name == column))?;
    needed(&rule.when, rule).contains(measure.name.as_str()).then(|| {
        let why = format!(
            "`{}` is told by the group's {column}, and `per` has a level without it ({}): it is NULL there, and the rule \
             needs it to fire",
            measure.function,
            without.join(", ")
        );
        (measure.text.clone(), why)
    })
}

fn of_joint(rule: &Rule, measure: &Measure) -> Option<(String, String)> {
    if measure.looks_outside() {
        let why =
            format!("`{}` is told group by group and is NULL for joined groups; measure it above", measure.function);
        return Some((measure.text.clone(), why));
    }
    of_measure(rule, measure)
}

/// Shares of ordinary peers need to know who is ordinary.
fn ordinary(rule: &Rule, condition: &Expr) -> Option<(String, String)> {
    if rule.among.as_ref().is_some_and(|among| among.ordinary.is_some()) {
        return None;
    }
    let mut found = None;
    condition.walk(&mut |part| {
        if matches!(part, Expr::Call(name, ..) if name == "ordinary.share") {
            found = Some(part.to_string());
        }
    });
    let why = "who is ordinary is told by a measure: `ordinary:` under `among` is missing, so this is always NULL";
    found.map(|text| (text, why.to_owned()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::Rule;

    fn refused(per: &str, block: &str) -> String {
        let yaml = format!(
            "title: t\nid: t\nstatus: test\nlevel: low\nfalsepositives: [x]\nbreachline:\n  what: w\n  why: w\n  \
             innocent_if: i\n  next_steps: n\n  headline: h\n  per: {per}\n  roles: {{}}\n{block}"
        );
        Rule::parse(&yaml, "t.yml").err().map_or_else(String::new, |error| error.0)
    }

    #[test]
    fn what_can_never_fire_is_refused_with_its_place_and_its_reason() {
        let said = refused("[client_ip]", "  measure: {n: count(), s: sequences()}\n  when: n > 3 AND s > 0\n");
        assert!(said.starts_with("t.yml:14: ") && said.contains("there is none"), "{said}");
        let said = refused("[client_ip]", "  measure: {n: count(), k: keyed_share()}\n  when: n > 3 AND k > 0.5\n");
        assert!(said.contains("told by the group's route") && said.contains("(client_ip)"), "{said}");
        let said = refused(
            "[client_ip]",
            "  measure: {n: count(), k: keyed_share()}\n  when: n > 3 AND coalesce(k, 1) > 0.5\n",
        );
        assert_eq!(said, "", "a rule that says what NULL is fires");
        let said = refused("[[route], [client_ip]]", "  measure: {k: keyed_share()}\n  when: k > 0.5\n");
        assert!(said.contains("a level without it (client_ip)"), "{said}");
        let said = refused("[client_ip]", "  measure: {n: count()}\n  when: n = NULL\n");
        assert!(said.contains("write IS NULL"), "{said}");
        let said = refused(
            "[client_ip]",
            "  measure: {n: count()}\n  among: {at_least: 3}\n  when: n > ordinary.share(n, n)\n",
        );
        assert!(said.contains("`ordinary:` under `among` is missing"), "{said}");
        let said = refused(
            "[client_ip]",
            "  measure: {n: count()}\n  when: n > 3\n  join: {on: [client_ip], measure: {k: focus(client_ip)}, when: k > 0.5}\n",
        );
        assert!(said.contains("NULL for joined groups"), "{said}");
        assert!(refused("[client_ip]", "  measure: {d: density(principal)}\n  when: d > 3\n").contains("numeric ids"));
        assert_eq!(refused("[client_ip]", "  measure: {n: count()}\n  when: n > 3\n"), "");
    }

    #[test]
    fn conditions_with_a_name_stand_for_what_they_say() {
        let when = "  measure: {n: count(big), few: count(NOT asked)}\n  when: n > 3 AND few = 0\n  evidence: asked\n";
        let named = |block: &str| refused("[client_ip]", &format!("  let: {block}\n{when}"));
        let fine = "{asked: \"method = 'GET' OR method = 'HEAD'\", big: asked AND bytes_out > 9}";
        assert_eq!(named(fine), "");
        let yaml = format!(
            "title: t\nid: t\nstatus: test\nlevel: low\nfalsepositives: [x]\nbreachline:\n  what: w\n  why: w\n  \
             innocent_if: i\n  next_steps: n\n  headline: h\n  per: [client_ip]\n  roles: {{}}\n  let: {fine}\n{when}"
        );
        let rule = Rule::parse(&yaml, "t.yml").map_err(|error| error.0);
        let plain = crate::expr::parse::parse("(method = 'GET' OR method = 'HEAD') AND bytes_out > 9").ok();
        assert_eq!(
            rule.map(|rule| rule.measures[0].condition.as_ref().map(ToString::to_string)),
            Ok(plain.map(|expr| expr.to_string()))
        );
        assert!(named("{asked: status = 200, big: status > 5, path: status > 7}").contains("`path` is a column"));
        assert!(named("{asked: status = 200, big: status > 5, more: status > 7}").contains("nothing uses `more`"));
        assert!(named("{asked: status = 200, big: larger > 5}").contains("there is no column `larger`"));
        assert!(named("{asked: status = 200}").contains("there is no column `big`"));
    }
}
