//! A rule in words: what it does, its plan, and what it leaves alone.

use super::{Rule, Within};
use crate::measure::MEASURES;
use std::fmt::Write as _;

fn span(micros: i64) -> String {
    let seconds = micros / 1_000_000;
    match seconds {
        s if s % 86_400 == 0 => format!("{}d", s / 86_400),
        s if s % 3_600 == 0 => format!("{}h", s / 3_600),
        s if s % 60 == 0 => format!("{}m", s / 60),
        s => format!("{s}s"),
    }
}

/// The plan and the explanation, as `breachline rules show` prints them.
pub fn explain(rule: &Rule) -> String {
    let mut out = String::new();
    let mut line = |name: &str, text: &str| {
        let _ = writeln!(out, "{name:<12} {}", text.split_whitespace().collect::<Vec<_>>().join(" "));
    };
    line("rule", &format!("{} ({}, {})", rule.id, rule.level.name(), rule.status));
    line("title", &rule.title);
    if let Some(incident) = &rule.modelled_on {
        line("modelled on", &format!("{incident} (the pattern; not that company's logs)"));
    }
    line("tags", &rule.tags.join(", "));
    line("what", &rule.what);
    line("why", &rule.why);
    for (number, text) in (1..).zip(&rule.falsepositives) {
        line("looks alike", text);
        for way in rule.ruled_out.get(&number).into_iter().flatten() {
            let when = way.when.as_ref().map_or(String::new(), |when| format!("    -- where {when}"));
            line("  not so", &format!("{}{when}", way.say));
        }
        if let Some(ask) = rule.open.get(&number) {
            line("  else", ask);
        }
    }
    line("innocent if", &rule.innocent_if);
    line("next steps", &rule.next_steps);
    let _ = writeln!(out, "\nplan");
    out.push_str(&plan(rule));
    out
}

fn plan(rule: &Rule) -> String {
    let mut out = String::new();
    let mut step = |phase: &str, text: String| {
        let _ = writeln!(out, "  {phase:<9} {text}");
    };
    if !rule.needs.is_empty() {
        step("needs", rule.needs.join(", "));
    }
    if !rule.yields_to.is_empty() {
        step("after", format!("{} (their evidence is left alone)", rule.yields_to.join(", ")));
    }
    for (name, text) in &rule.named {
        step("let", format!("{name} := {text}"));
    }
    step("where", rule.condition.to_string());
    for (number, level) in rule.levels.iter().enumerate() {
        let rest = if number > 0 { " (of what the level before did not claim)" } else { "" };
        step("per", format!("vantage, {}{rest}", level.join(", ")));
    }
    step(
        "within",
        match rule.within {
            Within::WholeLog => "whole log".to_owned(),
            Within::Session(gap) => format!("sessions with no pause over {}", span(gap)),
            Within::Calendar(length) => format!("calendar spans of {} (UTC)", span(length)),
            Within::Sliding(length) => format!("the busiest window of {}", span(length)),
        },
    );
    for measure in &rule.measures {
        let doc = MEASURES.iter().find(|(name, ..)| *name == measure.function).map_or("", |(.., doc)| doc);
        step("measure", format!("{} = {}    -- {doc}", measure.name, measure.text));
    }
    if let Some(sequence) = &rule.sequence {
        let steps: Vec<String> = sequence.steps.iter().map(ToString::to_string).collect();
        step("sequence", format!("{} within {}", steps.join("  then  "), span(sequence.within)));
        if !sequence.same.is_empty() || !sequence.differs.is_empty() {
            step("", format!("same {}; differs in {}", sequence.same.join(", "), sequence.differs.join(" or ")));
        }
    }
    if let Some(absent) = &rule.absent {
        step("absent", format!("{} in the {} before", absent.step, span(absent.before)));
    }
    if let Some(among) = &rule.among {
        let whom = if among.peers_on.is_empty() {
            "all groups".to_owned()
        } else {
            format!("groups of the same {}", among.peers_on.join(", "))
        };
        let only = among.only.as_ref().map_or(String::new(), |only| format!(" with {only}"));
        step("compare", format!("among {whom}{only}, if there are {} others or more", among.at_least));
        if among.enough > among.at_least {
            step(
                "",
                format!("one level lower where there are fewer than {}, unless they are one actor's", among.enough),
            );
        }
    }
    for sign in &rule.signs {
        step("sign", format!("{} := {}", sign.name, sign.when));
    }
    step("when", rule.when.to_string());
    match (&rule.when_alone, &rule.among) {
        (Some(alone), _) => step("when", format!("{alone}    -- where peers are too few, one level lower")),
        (None, Some(_)) => {
            step("", "not evaluable for a group with too few peers that nothing else decides".to_owned());
        }
        _ => {}
    }
    if let Some(join) = &rule.join {
        step("join", format!("groups of the same {} into one finding", join.on.join(", ")));
        for measure in &join.measures {
            step("measure", format!("{} = {}    -- over all of them", measure.name, measure.text));
        }
        if let Some(when) = &join.when {
            step("when", when.to_string());
        }
        if !join.apart.is_empty() {
            step("apart", format!("then a finding for each {}", join.apart.join(", ")));
        }
        if let Some(alongside) = &join.alongside {
            step("with", format!("groups that have these in common, do not fire, and have {alongside}"));
        }
    }
    step("collect", format!("rows of the groups where {}", rule.evidence));
    if let Some(measure) = rule.evidence_at.and_then(|at| rule.measures.get(at)) {
        step("", format!("of these the ones that {} counts", measure.name));
    }
    if let Some(after) = &rule.evidence_after {
        step("", format!("later than {after}"));
    }
    if let Some(level) = rule.attempted {
        step("level", format!("{} where nothing but refusals came of it", level.name()));
    }
    for question in &rule.undecided {
        step("level", format!("low at most where {} ({})", question.when, question.say));
    }
    for role in &rule.roles {
        step("role", format!("{} is {}", role.column, role.role.name()));
    }
    step("sure", rule.confidence.to_string());
    out
}
