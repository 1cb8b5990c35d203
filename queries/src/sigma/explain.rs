//! A rule in words: what it is about, what it asks of a request, and why it cannot be judged if so.

use super::pack::Pack;
use super::{Body, Correlation, Scope, SigmaRule};
use std::fmt::Write as _;

impl Pack {
    /// The rule and its plan, as `breachline rules show` prints them.
    pub fn explain(&self, rule: &SigmaRule) -> String {
        let mut out = String::new();
        let mut line = |name: &str, text: &str| {
            if !text.is_empty() {
                let _ = writeln!(out, "{name:<12} {}", text.split_whitespace().collect::<Vec<_>>().join(" "));
            }
        };
        let status = if rule.status.is_empty() { "no status" } else { &rule.status };
        line("rule", &format!("{} ({}, {status}), of Sigma, {}", rule.id, rule.level.name(), rule.file));
        line("title", &rule.title);
        line("what", &rule.description);
        line("tags", &rule.tags.join(", "));
        rule.falsepositives.iter().for_each(|text| line("looks alike", text));
        rule.references.iter().for_each(|text| line("read more", text));
        if let Some(why) = rule.never_runs() {
            line("never runs", &why);
        }
        let _ = writeln!(out, "\nplan");
        match &rule.body {
            Body::Detection(term) => {
                let mut step = |name: &str, text: String| {
                    let _ = writeln!(out, "  {name:<9} {text}");
                };
                step("about", about(rule));
                step("where", term.to_string());
                for filter in self.filters.iter().filter(|filter| filter.is_for(rule)) {
                    step("and", format!("{}    -- filter {}", filter.term, filter.id));
                }
                for why in term.unknowns() {
                    step("open", why);
                }
                step("per", "vantage, client_ip".to_owned());
                for other in self.correlations_of(rule) {
                    step("counted", format!("by the correlation {}", other.id));
                }
            }
            Body::Correlation(correlation) => out.push_str(&relation(correlation)),
        }
        out
    }
}

fn about(rule: &SigmaRule) -> String {
    let source = &rule.logsource;
    let words = [("category", &source.category), ("product", &source.product), ("service", &source.service)];
    let named: Vec<String> =
        words.iter().filter_map(|(name, word)| word.as_ref().map(|word| format!("{name} {word}"))).collect();
    let read = match &rule.scope {
        Ok(Scope::Requests) => "all requests",
        Ok(Scope::Proxy) => "all requests; who asks is affected rather than suspected",
        Ok(Scope::Errors) => "the column error",
        Err(_) => "no requests",
    };
    format!("{}: {read}", named.join(", "))
}

fn relation(correlation: &Correlation) -> String {
    let mut out = String::new();
    let mut step = |name: &str, text: String| {
        let _ = writeln!(out, "  {name:<9} {text}");
    };
    step("relates", correlation.rules.join(", "));
    step(
        "per",
        std::iter::once("vantage")
            .chain(correlation.group_by.iter().map(String::as_str))
            .collect::<Vec<_>>()
            .join(", "),
    );
    step("within", format!("{} s", correlation.span / 1_000_000));
    let fields = correlation.fields.join(", ");
    let bounds: Vec<String> =
        correlation.bounds.iter().map(|(order, bound)| format!("{} {bound}", order.sign())).collect();
    step("when", format!("{}({fields}) {}", correlation.kind.name(), bounds.join(" and ")).trim_end().to_owned());
    if correlation.generate {
        step("besides", "the rules that it relates report their own matches, too".to_owned());
    }
    out
}
