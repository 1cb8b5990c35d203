//! What a selection of the logs (`--extract`) cannot answer.

use crate::measure::Measure;
use crate::rule::Rule;

/// Why a rule needs all of the logs, in a few words each; empty when counting what is there is enough for it.
pub fn needs_all(rule: &Rule) -> Vec<String> {
    let mut why = Vec::new();
    if rule.among.is_some() {
        why.push("it compares with peers, who may have been left out".to_owned());
    }
    let joint = rule.join.iter().flat_map(|join| &join.measures);
    let measures: Vec<&Measure> = rule.measures.iter().chain(joint).collect();
    if rule.absent.is_some() || measures.iter().any(|measure| measure.function == "absences") {
        why.push("it looks for a step that is missing".to_owned());
    }
    if let Some(measure) = measures.iter().find(|measure| measure.function == "new_share") {
        why.push(format!("what is seen first here ({}) may have been seen before", measure.text));
    }
    let share = |measure: &&&Measure| {
        (measure.looks_outside() && measure.function != "new_share")
            || matches!(measure.function, "share" | "top_share" | "repeat_share" | "meanwhile_share")
    };
    if let Some(measure) = measures.iter().find(share) {
        why.push(format!("a share of what was selected is no share of what there was ({})", measure.text));
    }
    if reads(rule, "audience") {
        why.push("who may use a route (audience) is learnt from all its users".to_owned());
    }
    if reads(rule, "auth") {
        why.push("that a request showed no credential (auth) is learnt from how others did".to_owned());
    }
    why
}

/// Whether a condition reads a column.
fn reads(rule: &Rule, column: &str) -> bool {
    super::measuring::conditions(rule).iter().any(|condition| condition.names().contains(&column))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn built_in_rules_that_compare_say_what_they_need() {
        let rules = crate::rule::builtin();
        let of = |id: &str| needs_all(rules.iter().find(|rule| rule.id == id).unwrap()).join("; ");
        assert!(of("object-walk").contains("compares with peers"), "{}", of("object-walk"));
        assert!(of("unauthenticated-answers").contains("auth"), "{}", of("unauthenticated-answers"));
        assert!(of("foreign-administration").contains("audience"), "{}", of("foreign-administration"));
        assert!(of("credential-elsewhere").contains("new_share(user_agent)"), "{}", of("credential-elsewhere"));
    }
}
