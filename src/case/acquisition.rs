//! How logs were collected before they came into a case, as people state it, and the hashes that they were to have.

use crate::export::verify::sha256;
use anyhow::{Context, bail};
use breachline_parsers::source::{Window, discover};
use breachline_parsers::value::hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::path::Path;

/// Who collected logs, where, how and when.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Acquisition {
    /// Who, as they call themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Where: a machine, a bucket, a carrier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// How: with which command or tool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub how: Option<String>,
    /// When, RFC 3339 in UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// The list of hashes that the logs were compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<Expected>,
}

impl Acquisition {
    /// Whether nothing is stated.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A list of hashes, as `sha256sum` writes it, that logs were compared with and fitted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expected {
    /// Its path as given.
    pub list: String,
    /// SHA-256 of the list, in hex.
    pub sha256: String,
    /// Files that were compared.
    pub compared: usize,
    /// Files on the list that were not among the logs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub absent: Vec<String>,
}

impl Expected {
    /// Compares the files named with a list. Fails where one has another hash than it should, or none.
    pub fn compare(list: &Path, paths: &[String]) -> anyhow::Result<Self> {
        let shown = list.display().to_string();
        let text = std::fs::read_to_string(list).with_context(|| format!("--expect: {shown} cannot be read"))?;
        let lines = lines(&text, &shown)?;
        let mut met = BTreeSet::new();
        let mut compared = 0;
        for source in discover(paths, Window::default()).sources {
            let meant = meant(&lines, &source.name);
            if meant.is_empty() {
                bail!("--expect: {shown} has no hash for {}", source.name);
            }
            let actual = sha256(Path::new(&source.name)).with_context(|| format!("{}: cannot be read", source.name))?;
            let hits: Vec<usize> =
                meant.iter().copied().filter(|&at| actual.eq_ignore_ascii_case(lines[at].0)).collect();
            if hits.is_empty() {
                let hash = lines[meant[0]].0;
                bail!("{}: its SHA-256 is {actual}, and {shown} says {hash}; nothing was ingested", source.name);
            }
            met.extend(hits);
            compared += 1;
        }
        let absent = lines.iter().zip(0..).filter(|(_, at)| !met.contains(at)).map(|((_, name), _)| (*name).to_owned());
        let absent = absent.collect();
        Ok(Self { sha256: hex(&Sha256::digest(&text)), list: shown, compared, absent })
    }
}

/// Hashes and names of a list.
fn lines<'t>(text: &'t str, shown: &str) -> anyhow::Result<Vec<(&'t str, &'t str)>> {
    let mut lines = Vec::new();
    for (line, number) in text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty()) {
        let parts = line.split_once([' ', '\t']).map(|(hash, name)| (hash, name.trim_start_matches([' ', '*', '\t'])));
        let Some(entry) = parts.filter(|(hash, name)| hash.len() == 64 && !name.is_empty()) else {
            bail!("--expect: {shown}:{number}: is no line of hashes; write `sha256sum` lines: hash, two blanks, name");
        };
        lines.push(entry);
    }
    Ok(lines)
}

/// The lines of a list that mean a file: of its name, and of those the ones whose folders agree furthest, since the list
/// was made where the logs lay then.
fn meant(lines: &[(&str, &str)], path: &str) -> Vec<usize> {
    let agree = |name: &str| {
        let parts = name.rsplit(['/', '\\']).zip(path.rsplit(['/', '\\']));
        parts.take_while(|(theirs, mine)| theirs == mine).count()
    };
    let agreeing: Vec<usize> = lines.iter().map(|(_, name)| agree(name)).collect();
    let most = agreeing.iter().copied().max().unwrap_or(0);
    (0..lines.len()).filter(|&at| most > 0 && agreeing[at] == most).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn files_of_one_name_are_told_apart_by_their_folders() {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, text).unwrap();
            path.to_str().unwrap().to_owned()
        };
        let (a, b) = (put("gw-a/access.log", "one\n"), put("gw-b/access.log", "two\n"));
        let hash = |path: &str| sha256(Path::new(path)).unwrap();
        let list = format!(
            "{}  /srv/gw-a/access.log\n{} */srv/gw-b/access.log\n{}  error.log\n",
            hash(&a),
            hash(&b),
            "0".repeat(64)
        );
        let list = put("list", &list);
        let compared = Expected::compare(Path::new(&list), &[a.clone(), b.clone()]).unwrap();
        assert_eq!((compared.compared, compared.absent), (2, vec!["error.log".to_owned()]));
        assert_eq!(compared.sha256, hash(&list));
        std::fs::write(&b, "one\n").unwrap();
        let error = Expected::compare(Path::new(&list), &[a, b]).unwrap_err().to_string();
        assert!(error.contains("gw-b/access.log: its SHA-256 is"), "{error}");
    }
}
