//! Which rules judged, by the hashes of their files, so that it can be told later whether they were these.

use breachline_parsers::value::hex;
use breachline_queries::hunt::HuntOptions;
use breachline_queries::rule::Rule;
use breachline_queries::sigma::SigmaRule;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A rule and its hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleHash {
    /// The rule.
    pub id: String,
    /// SHA-256 of its file, in hex.
    pub sha256: String,
}

/// Rules and what they hash to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleSet {
    /// SHA-256 over the lines `HASH  ID` of all rules, by id, as `sha256sum` writes them.
    pub sha256: String,
    /// The rules, by id.
    pub rules: Vec<RuleHash>,
}

impl RuleSet {
    /// Of the rules of this program, and of the files of Sigma's that were judged beside them.
    #[must_use]
    pub fn of(rules: &[Rule], sigma: &[RuleHash]) -> Self {
        let own = rules.iter().map(|rule| RuleHash { id: rule.id.clone(), sha256: rule.sha256.clone() });
        let mut rules: Vec<RuleHash> = own.chain(sigma.iter().cloned()).collect();
        rules.sort_by(|a, b| (&a.id, &a.sha256).cmp(&(&b.id, &b.sha256)));
        let mut lines = Sha256::new();
        for rule in &rules {
            lines.update(format!("{}  {}\n", rule.sha256, rule.id));
        }
        Self { sha256: hex(&lines.finalize()), rules }
    }
}

/// The rules of Sigma's among what is judged, each with the hash of its file.
#[must_use]
pub fn of_sigma(options: &HuntOptions) -> Vec<RuleHash> {
    let hashed = |rule: &SigmaRule| RuleHash { id: rule.id.clone(), sha256: rule.sha256.clone() };
    options.sigma.rules.iter().map(hashed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use breachline_queries::rule;
    use std::path::Path;

    #[test]
    fn hashes_are_those_of_the_files() {
        let set = RuleSet::of(&rule::builtin(), &[]);
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("queries/rules");
        assert!(set.rules.len() > 40);
        for rule in &set.rules {
            let file = crate::export::verify::sha256(&folder.join(format!("{}.yml", rule.id)));
            assert_eq!(Some(&rule.sha256), file.ok().as_ref(), "{}", rule.id);
        }
        assert_eq!(set, RuleSet::of(&rule::builtin().into_iter().rev().collect::<Vec<_>>(), &[]));
        assert_ne!(set.sha256, RuleSet::of(&rule::builtin()[1..], &[]).sha256);
    }
}
