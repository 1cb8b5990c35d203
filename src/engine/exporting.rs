//! Writing evidence from the view: the bundle that `export` writes, and the notes beside it.

use super::answer::{Exported, Wanted};
use super::scopes::Verdicts;
use crate::export::{self, Contents, Export, HashedFile};
use crate::output::sheet::Sheet;
use crate::session::Session;
use anyhow::{Context, anyhow};
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
        self.write().map_err(|error| format!("{error:#}"))
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
        let contents = Contents { at: self.wanted.at, key: self.given.key, ..Contents::default() };
        let directory = Path::new(&self.wanted.directory);
        let rules = &self.given.rules;
        let all = Export { session: &self.session, hunt: &hunt, rules, options: &options, contents: &contents };
        let written = export::write(all, directory)?;
        let notes = if self.wanted.notes.is_empty() {
            None
        } else {
            let beside = self.write_notes(directory)?;
            Some((self.wanted.notes.len(), beside.display().to_string()))
        };
        Ok(Exported {
            directory: directory.display().to_string(),
            findings: hunt.findings.len(),
            rows: written.evidence_rows as usize,
            root: written.root,
            notes,
        })
    }

    /// The notes go beside the bundle, whose file of hashes lists what belongs to it.
    fn write_notes(&self, directory: &Path) -> anyhow::Result<PathBuf> {
        let name = directory.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let parent = directory.parent().unwrap_or(Path::new(""));
        let name = format!("{name}-notes.csv");
        let file = HashedFile::create(parent, &name)?;
        let mut sheet = Sheet::new(file, &Wanted::COLUMNS)?;
        for note in &self.wanted.notes {
            sheet.row(note).with_context(|| format!("{name}: cannot be written"))?;
        }
        sheet.finish()?.finish(self.wanted.notes.len() as u64)?;
        Ok(parent.join(name))
    }
}
