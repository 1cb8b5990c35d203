//! Writing evidence from the view: the bundle that `export --marks` writes.

use super::answer::{Exported, Wanted};
use super::scopes::Verdicts;
use crate::case;
use crate::export::rule_set::RuleHash;
use crate::export::{self, Contents, Export};
use crate::render::sentence;
use crate::session::Session;
use anyhow::anyhow;
use breachline_queries::rule::Rule;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What does not change while the view runs.
#[derive(Debug, Default)]
pub struct Given {
    /// The rules.
    pub rules: Vec<Rule>,
    /// The options as typed, for the manifest.
    pub options: Vec<String>,
    /// Key of the fingerprints that stand in for secrets.
    pub key: [u8; 32],
    /// The case that the logs are in.
    pub case: Option<PathBuf>,
    /// Rules of Sigma's that are judged, by their hashes.
    pub sigma: Vec<RuleHash>,
}

/// An export with all that it reads.
pub struct Exporting {
    pub(super) session: Arc<Session>,
    pub(super) verdicts: Option<Arc<Verdicts>>,
    pub(super) given: Arc<Given>,
    pub(super) wanted: Wanted,
}

impl Exporting {
    /// Writes; gives what was written, or why it was not.
    pub fn run(&self) -> Result<Exported, String> {
        self.write().map_err(|error| sentence(&error))
    }

    fn write(&self) -> anyhow::Result<Exported> {
        let verdicts = self.verdicts.as_ref().ok_or_else(|| anyhow!("the rules are still being judged"))?;
        let mut hunt = verdicts.hunt.clone();
        let ids = &self.wanted.findings;
        if !ids.is_empty() {
            hunt.findings.retain(|finding| ids.contains(&finding.id));
            hunt.incidents.retain(|incident| incident.findings.iter().any(|id| ids.contains(id)));
        }
        let mut options = self.given.options.clone();
        options.extend(ids.iter().map(|id| format!("--finding={id}")));
        let (options, ingests) = case::read_by(self.given.case.as_deref(), options)?;
        let notes = &self.wanted.notes;
        let contents = Contents {
            marks: (!notes.is_empty()).then(|| notes.clone()),
            at: self.wanted.at,
            key: self.given.key,
            sigma: self.given.sigma.clone(),
            ingests,
            ..Contents::default()
        };
        let directory = Path::new(&self.wanted.directory);
        let rules = &self.given.rules;
        let all = Export { session: &self.session, hunt: &hunt, rules, options: &options, contents: &contents };
        let written = export::write(all, directory)?;
        if let Some(case) = &self.given.case {
            case::record(case, &contents, export::custody::left(all, &written.root))?;
        }
        Ok(Exported {
            directory: directory.display().to_string(),
            findings: hunt.findings.len(),
            rows: written.evidence_rows as usize,
            root: written.root,
            notes: notes.len(),
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::case::{Acquisition, Case, Ingest, KeepRaw, Lock, Log};
    use crate::session::SessionOptions;
    use breachline_parsers::load::LoadOptions;
    use breachline_queries::derive::DeriveOptions;
    use breachline_queries::hunt::HuntOptions;
    use breachline_queries::rule;
    use breachline_queries::selection::Selection;
    use serde_json::Value;

    fn options(paths: Vec<String>, case: Option<PathBuf>) -> SessionOptions {
        SessionOptions {
            case,
            paths,
            load: LoadOptions::default(),
            derive: DeriveOptions::default(),
            report: Selection::default(),
            hunt: HuntOptions::default(),
            display_tz: chrono_tz::UTC,
        }
    }

    #[test]
    fn what_leaves_a_case_says_how_its_logs_came_in_and_is_recorded() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("a.log");
        let line = |at: usize| {
            format!("198.51.100.7 - - [04/Mar/2026:02:29:{at:02} +0000] \"GET /a/{at} HTTP/1.1\" 200 12 \"-\" \"x\"\n")
        };
        std::fs::write(&log, (0..9).map(line).collect::<String>()).unwrap();
        let directory = folder.path().join("case");
        let case = Case::open_or_make(&directory, "2026-03-06T09:00:00Z", None, Some([7; 32])).unwrap();
        let of_logs = options(vec![log.display().to_string()], None);
        let given = vec!["--input-format=nginx-combined".to_owned()];
        let acquisition = Acquisition::default();
        let (at, by) = ("2026-03-06T09:00:00Z".to_owned(), Some("k. lee".to_owned()));
        let ingest = Ingest { options: &of_logs, given: given.clone(), keep_raw: KeepRaw::All, at, by, acquisition };
        let lock = Lock::exclusive(&directory).unwrap();
        ingest.run(&case, &lock, &mut |_| {}).unwrap();
        drop(lock);
        let of_case = options(Vec::new(), Some(directory.clone()));
        let session = Arc::new(Session::open(&of_case, &mut |_| {}).unwrap());
        let rules = rule::builtin();
        let hunt = session.hunt(&rules, &of_case.hunt);
        let verdicts = Some(Arc::new(Verdicts::new(&session.requests, hunt)));
        let sigma = vec![RuleHash { id: "theirs".to_owned(), sha256: "00".to_owned() }];
        let given_now = vec!["--since=2026-03-04".to_owned()];
        let given_to = Given { rules, options: given_now, key: [7; 32], case: Some(directory.clone()), sigma };
        let bundle = folder.path().join("out");
        let wanted = Wanted { directory: bundle.display().to_string(), ..Wanted::default() };
        let exporting = Exporting { session, verdicts, given: Arc::new(given_to), wanted };
        let exported = exporting.run().unwrap();
        let manifest: Value = serde_json::from_slice(&std::fs::read(bundle.join("manifest.json")).unwrap()).unwrap();
        assert_eq!(manifest["options"], serde_json::json!([given[0], "--since=2026-03-04"]));
        assert_eq!(
            (&manifest["ingests"][0]["by"], &manifest["ingests"][0]["options"][0]),
            (&"k. lee".into(), &given[0].clone().into())
        );
        let rules = manifest["rule_set"]["rules"].as_array().unwrap();
        assert!(rules.iter().any(|rule| rule["id"] == "theirs"));
        let entries = Log::of(&directory).entries().unwrap();
        let last = entries.last().unwrap();
        assert_eq!((last.act.as_str(), &last.detail["root"]), ("exported", &Value::from(exported.root)));
    }
}
