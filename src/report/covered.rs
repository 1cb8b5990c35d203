//! Which entries of the catalogues of risks the rules speak of, and what became of these rules here.

use super::words::Word;
use breachline_queries::finding::{Hunt, RuleState};
use breachline_queries::rule::Rule;
use std::collections::{BTreeMap, BTreeSet};

/// An entry and its rules, by what became of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) fired: Vec<String>,
    pub(super) silent: Vec<String>,
    pub(super) blind: Vec<String>,
}

/// A catalogue: its name and its entries.
pub(super) struct Catalogue {
    pub(super) name: Name,
    pub(super) entries: Vec<Entry>,
}

/// A name that is the same in every language, or a word.
#[derive(Clone, Copy)]
pub(super) enum Name {
    Fixed(&'static str),
    Word(Word),
}

/// The entries of OWASP's lists, whether rules speak of them or not; of ATT&CK, those that rules name.
pub(super) fn catalogues(rules: &[Rule], hunt: &Hunt) -> Vec<Catalogue> {
    let owasp = |year: &str| {
        (1..=10).map(|n| (format!("owasp-api-{year}.api{n}"), format!("API{n}:{year}"))).collect::<Vec<_>>()
    };
    let techniques: BTreeSet<&str> = rules
        .iter()
        .flat_map(|rule| &rule.tags)
        .filter_map(|tag| tag.strip_prefix("attack.t"))
        .filter(|id| id.starts_with(|c: char| c.is_ascii_digit()))
        .collect();
    let techniques =
        techniques.into_iter().map(|id| (format!("attack.t{id}"), format!("T{}", id.to_uppercase()))).collect();
    let zones = [
        ("end user", Word::EndUser),
        ("client organisation", Word::ClientOrganisation),
        ("operating institution", Word::OperatingInstitution),
    ];
    let tagged = |tags: Vec<(String, String)>| {
        tags.into_iter().map(|(tag, name)| entry(rules, hunt, name, &|rule| rule.tags.contains(&tag))).collect()
    };
    vec![
        Catalogue { name: Name::Fixed("OWASP API Security Top 10, 2023"), entries: tagged(owasp("2023")) },
        Catalogue { name: Name::Fixed("OWASP API Security Top 10, 2019"), entries: tagged(owasp("2019")) },
        Catalogue { name: Name::Fixed("MITRE ATT&CK"), entries: tagged(techniques) },
        Catalogue {
            name: Name::Word(Word::RiskTable),
            entries: zones
                .into_iter()
                .map(|(zone, _)| entry(rules, hunt, zone.to_owned(), &|rule| rule.zone.as_deref() == Some(zone)))
                .collect(),
        },
    ]
}

/// The word for a zone of the risk table.
pub(super) fn zone(name: &str) -> Option<Word> {
    match name {
        "end user" => Some(Word::EndUser),
        "client organisation" => Some(Word::ClientOrganisation),
        "operating institution" => Some(Word::OperatingInstitution),
        _ => None,
    }
}

fn entry(rules: &[Rule], hunt: &Hunt, name: String, speaks: &dyn Fn(&Rule) -> bool) -> Entry {
    let states: BTreeMap<&str, RuleState> = hunt.rules.iter().map(|rule| (rule.id.as_str(), rule.state)).collect();
    let mut entry = Entry { name, ..Entry::default() };
    for rule in rules.iter().filter(|rule| speaks(rule)) {
        let into = match states.get(rule.id.as_str()) {
            Some(RuleState::Fired) => &mut entry.fired,
            Some(RuleState::Silent) => &mut entry.silent,
            _ => &mut entry.blind,
        };
        into.push(rule.id.clone());
    }
    entry
}

#[cfg(test)]
mod tests {
    use super::*;
    use breachline_queries::rule;

    #[test]
    fn every_rule_stands_in_the_risk_table_and_in_a_list_of_owasp() {
        let rules = rule::builtin();
        let all = catalogues(&rules, &Hunt::default());
        let listed = |catalogue: &Catalogue| -> BTreeSet<String> {
            catalogue.entries.iter().flat_map(|entry| entry.blind.clone()).collect()
        };
        for catalogue in &all[..2] {
            assert_eq!(catalogue.entries.len(), 10);
            assert!(listed(catalogue).len() > 20);
        }
        assert_eq!(listed(&all[3]).len(), rules.iter().filter(|rule| rule.zone.is_some()).count());
        assert!(all[3].entries.iter().all(|entry| zone(&entry.name).is_some() && !entry.blind.is_empty()));
    }
}
