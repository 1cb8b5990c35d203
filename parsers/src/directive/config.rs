//! Formats named in the configuration of nginx and Apache, and the logs that are written in them.

pub(crate) mod apache;
pub(crate) mod nginx;

use super::DirectiveError;
use crate::load::DirectiveKind;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A format that a configuration names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Its name; of formats written where a log is named, the path of the log.
    pub name: String,
    /// Whose language it is in.
    pub kind: DirectiveKind,
    /// The directive, quotes undone.
    pub directive: String,
    /// What nginx is told to escape by, where it is told.
    pub escape: Option<String>,
    /// Paths of the logs that are written in it.
    pub logs: Vec<String>,
    /// File and line that name it, for messages.
    pub place: String,
}

impl Named {
    /// The directive as [`crate::format::compile`] takes it.
    pub(crate) fn written(&self) -> String {
        match &self.escape {
            Some(escape) => format!("escape={escape} {}", self.directive),
            None => self.directive.clone(),
        }
    }
}

/// Reads the `log_format` and `access_log` lines of an nginx configuration and of what it includes.
///
/// # Errors
/// The file cannot be read, or is no configuration: where, with a caret.
pub fn nginx(path: &Path) -> Result<Vec<Named>, DirectiveError> {
    nginx::read(path)
}

/// Reads the `LogFormat`, `CustomLog` and `TransferLog` lines of an Apache configuration and of what it includes.
///
/// # Errors
/// The file cannot be read, or a quote does not end: where, with a caret.
pub fn apache(path: &Path) -> Result<Vec<Named>, DirectiveError> {
    apache::read(path)
}

/// Whether a source is a log at this path, or one rotated from it: `access.log`, `access.log.2.gz`,
/// `access-20240131.log`. Folders make no difference, since logs are copied before they are read.
pub(crate) fn writes(log: &str, source: &str) -> bool {
    let base = |path: &str| path.rsplit(['/', '\\', '!']).next().unwrap_or(path).to_owned();
    let (log, mut source) = (base(log), base(source));
    for packed in [".gz", ".zst", ".bz2", ".xz", ".lz4"] {
        source.truncate(source.strip_suffix(packed).map_or(source.len(), str::len));
    }
    // A name may hold a date or a variable: what follows is not known.
    let known = log.find(['%', '$']).unwrap_or(log.len());
    let is_turn =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'_' | b'T'));
    if known < log.len() {
        let stem = log[..known].trim_end_matches(['.', '-', '_']);
        return !stem.is_empty() && source.starts_with(stem);
    }
    if log.is_empty() {
        return false;
    }
    if source.strip_prefix(log.as_str()).is_some_and(is_turn) {
        return true;
    }
    let Some((stem, extension)) = log.rsplit_once('.') else { return false };
    source
        .strip_prefix(stem)
        .and_then(|rest| rest.strip_suffix(extension))
        .and_then(|rest| rest.strip_suffix('.'))
        .is_some_and(is_turn)
}

/// Points at a byte of a file.
fn error(file: &Path, text: &str, byte: usize, sentence: &str) -> DirectiveError {
    let before = text.get(..byte).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let begin = before.rfind('\n').map_or(0, |at| at + 1);
    let shown = text.get(begin..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    let place = before.get(begin..).map_or(0, |column| column.chars().count());
    DirectiveError {
        sentence: format!("{}:{line}: {sentence}", file.display()),
        directive: super::one_line(shown),
        place,
    }
}

/// The text of a file; configurations are small.
fn text_of(path: &Path) -> Result<String, DirectiveError> {
    let read = fs::read(path).map_err(|error| DirectiveError {
        sentence: format!("cannot read the configuration: {}", crate::source::why(&error)),
        directive: path.display().to_string(),
        place: 0,
    })?;
    Ok(String::from_utf8_lossy(&read).into_owned())
}

/// Files that an include names, those seen before left out. What cannot be read is passed over: configurations are
/// often copied without all of their parts.
fn included(pattern: &str, root: &Path, seen: &mut BTreeSet<PathBuf>) -> Vec<PathBuf> {
    let pattern = root.join(pattern.trim_matches('"'));
    let Some(paths) = pattern.to_str().and_then(|pattern| glob::glob(pattern).ok()) else { return Vec::new() };
    let mut files = Vec::new();
    for path in paths.flatten() {
        if path.is_dir() {
            // Apache reads all of a folder.
            let inside = fs::read_dir(&path).into_iter().flatten().flatten().map(|entry| entry.path());
            files.extend(inside.filter(|path| path.is_file()));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files.retain(|path| fs::canonicalize(path).is_ok_and(|path| seen.insert(path)));
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_are_known_by_name_and_rotation() {
        for source in [
            "access.log",
            "/evidence/web1/access.log",
            "logs.tar.gz!var/log/nginx/access.log.3",
            "access.log.12.gz",
            "access.log-20240131.zst",
            "access-20240131.log",
            "access.log.2024-01-31-00",
        ] {
            assert!(writes("/var/log/nginx/access.log", source), "{source}");
        }
        for source in ["error.log", "ssl_access.log", "access.log.old.txt", "access_ssl.log", "access.logs"] {
            assert!(!writes("/var/log/nginx/access.log", source), "{source}");
        }
        assert!(writes("logs/access_%Y%m%d.log", "access_20240131.log.gz"));
        assert!(!writes("/var/log/$host-access.log", "x") && !writes("", "x"));
    }
}
