//! Rule files of either language, read together.
//!
//! In: texts of files. Out: our own rules, a [`Pack`] of Sigma's, and the errors of what cannot be read.

use super::document::{Document, placeholders, read};
use super::term::Placeholders;
use super::{Body, Filter, SigmaRule, yaml};
use crate::rule::{Rule, SampleResult, run_sigma};
use breachline_parsers::value::hex;
use sha2::{Digest, Sha256};

/// Sigma rules and correlations with the filters that are added to them.
#[derive(Clone, Debug, Default)]
pub struct Pack {
    /// Rules and correlations, by id.
    pub rules: Vec<SigmaRule>,
    /// Filters, by id.
    pub filters: Vec<Filter>,
    /// Ids of rules that are there for correlations only and report nothing themselves.
    helpers: Vec<String>,
}

/// What rule files hold.
#[derive(Clone, Debug, Default)]
pub struct RuleFiles {
    /// Rules in our own language, in the order of the files.
    pub own: Vec<Rule>,
    /// Sigma's.
    pub sigma: Pack,
    /// What cannot be read: file, line, a caret and what to do.
    pub broken: Vec<String>,
}

impl RuleFiles {
    /// Reads files, given as name and text. A rule or filter takes the place of an earlier one with its id.
    pub fn read(files: &[(String, String)]) -> Self {
        let mut all = Self::default();
        let mut documents = Vec::new();
        let mut shared = Placeholders::new();
        for (name, text) in files {
            // A value may be used ahead of the file that defines it.
            let nodes = yaml::read(text).and_then(|nodes| {
                nodes.iter().try_for_each(|node| placeholders(node).map(|found| shared.extend(found)))?;
                Ok(nodes)
            });
            match nodes {
                Ok(nodes) => documents.push((name, text, nodes)),
                Err(fault) => all.broken.push(fault.render(name, text)),
            }
        }
        for (name, text, nodes) in documents {
            let alone = nodes.len() == 1;
            let sha256 = hex(&Sha256::digest(text));
            for node in &nodes {
                let line = text.as_bytes()[..node.at.start.min(text.len())].split(|byte| *byte == b'\n').count();
                match read(node, &format!("{name}:{line}"), &shared) {
                    Ok(Document::Rule(mut rule)) => {
                        rule.sha256.clone_from(&sha256);
                        put(&mut all.sigma.rules, *rule, |rule| &rule.id);
                    }
                    Ok(Document::Filter(filter)) => put(&mut all.sigma.filters, *filter, |filter| &filter.id),
                    Ok(Document::Placeholders) => {}
                    Ok(Document::Own) if alone => match Rule::parse(text, name) {
                        Ok(rule) => all.own.push(rule),
                        Err(error) => all.broken.push(error.to_string()),
                    },
                    Ok(Document::Own) => all.broken.push(format!(
                        "{name}:{line}: of several documents in a file each must be a rule, correlation or filter of \
                         Sigma; give this one a file of its own"
                    )),
                    Err(fault) => all.broken.push(fault.render(name, text)),
                }
            }
            if nodes.is_empty() {
                all.broken.push(format!("{name}: there is no rule in this file"));
            }
        }
        all.sigma.rules.sort_by(|a, b| a.id.cmp(&b.id));
        all.sigma.filters.sort_by(|a, b| a.id.cmp(&b.id));
        all
    }
}

fn put<T>(all: &mut Vec<T>, new: T, id: impl Fn(&T) -> &String) {
    match all.iter_mut().find(|known| id(known) == id(&new)) {
        Some(known) => *known = new,
        None => all.push(new),
    }
}

impl Pack {
    /// Whether there is nothing to judge.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The rule that a word means.
    pub fn called(&self, word: &str) -> Option<&SigmaRule> {
        self.rules.iter().find(|rule| rule.is_called(word))
    }

    /// The rules that these words mean and what they refer to, which reports nothing itself.
    #[must_use]
    pub fn only(&self, words: &[String]) -> Self {
        let mut chosen: Vec<&SigmaRule> =
            self.rules.iter().filter(|rule| words.iter().any(|word| rule.is_called(word))).collect();
        let named = chosen.len();
        let mut at = 0;
        while let Some(rule) = chosen.get(at) {
            at += 1;
            let Body::Correlation(correlation) = &rule.body else { continue };
            for rule in correlation.rules.iter().filter_map(|word| self.called(word)) {
                if !chosen.iter().any(|known| known.id == rule.id) {
                    chosen.push(rule);
                }
            }
        }
        let mut helpers: Vec<String> = chosen[named..].iter().map(|rule| rule.id.clone()).collect();
        helpers.sort();
        let mut rules: Vec<SigmaRule> = chosen.into_iter().cloned().collect();
        rules.sort_by(|a, b| a.id.cmp(&b.id));
        Self { rules, filters: self.filters.clone(), helpers }
    }

    /// The correlations that relate the matches of a rule.
    pub fn correlations_of<'p>(&'p self, rule: &'p SigmaRule) -> impl Iterator<Item = &'p SigmaRule> {
        self.rules.iter().filter(|other| match &other.body {
            Body::Correlation(correlation) => correlation.rules.iter().any(|word| rule.is_called(word)),
            Body::Detection(_) => false,
        })
    }

    /// Runs the samples inside a rule.
    pub fn test(&self, rule: &SigmaRule) -> Vec<SampleResult> {
        run_sigma(self, rule)
    }

    /// Whether a rule reports its own matches: what correlations relate is theirs, unless one says `generate`.
    pub fn reports(&self, rule: &SigmaRule) -> bool {
        let generates = |other: &SigmaRule| match &other.body {
            Body::Correlation(correlation) => correlation.generate,
            Body::Detection(_) => false,
        };
        let mut correlations = self.correlations_of(rule).peekable();
        let alone = correlations.peek().is_none() && self.helpers.binary_search(&rule.id).is_err();
        alone || correlations.any(generates)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(texts: &[&str]) -> RuleFiles {
        let files: Vec<(String, String)> =
            texts.iter().enumerate().map(|(at, text)| (format!("{at}.yml"), (*text).to_owned())).collect();
        RuleFiles::read(&files)
    }

    const RULE: &str = "title: T\nid: a\nlogsource: {category: webserver}\ndetection: {s: {cs-method|expand: '%verbs%'}, condition: s}\n";

    #[test]
    fn placeholders_may_stand_in_a_later_file_and_ids_replace_one_another() {
        let read = files(&[RULE, "placeholders: {verbs: [PUT, DELETE]}\n", &RULE.replace("title: T", "title: New")]);
        assert_eq!(read.broken, Vec::<String>::new());
        assert_eq!(read.sigma.rules.iter().map(|rule| rule.title.as_str()).collect::<Vec<_>>(), ["New"]);
        assert_eq!(read.sigma.rules[0].file, "2.yml:1");
    }

    #[test]
    fn broken_files_are_named_and_the_others_read() {
        let second = format!("placeholders: {{verbs: [PUT]}}\n---\n{RULE}---\nhello: world\n");
        let read = files(&["a: [", &second, "", "title: X\ndetecton: {}\nlogsource: {category: webserver}\n"]);
        assert_eq!(read.sigma.rules.len(), 1);
        assert_eq!(read.broken.len(), 4, "{:?}", read.broken);
        for (at, words) in
            [(0, "0.yml:"), (1, "of its own"), (2, "2.yml: there is no rule"), (3, "did you mean `detection`?")]
        {
            assert!(read.broken.iter().any(|broken| broken.contains(words)), "{at} {:?}", read.broken);
        }
    }

    #[test]
    fn what_correlations_relate_reports_nothing_itself() {
        let correlation =
            "title: C\nid: c\ncorrelation: {type: event_count, rules: [a], timespan: 1m, condition: {gte: 3}}\n";
        let values = "placeholders: {verbs: [PUT]}\n";
        let pack = files(&[RULE, values, correlation]).sigma;
        let reports = |pack: &Pack| pack.rules.iter().map(|rule| pack.reports(rule)).collect::<Vec<_>>();
        assert_eq!(reports(&pack), [false, true]);
        assert_eq!(reports(&files(&[RULE, values, &format!("{correlation}generate: true\n")]).sigma), [true, true]);
        // Chosen alone, a rule reports; chosen for a correlation, it does not.
        assert_eq!(reports(&pack.only(&["a".to_owned()])), [true]);
        assert_eq!(reports(&pack.only(&["c".to_owned()])), [false, true]);
    }
}
