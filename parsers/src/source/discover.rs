//! From arguments to the list of files.

use crate::load::Problem;
use std::collections::HashSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// Directories nested deeper than this are not entered.
const MAX_DEPTH: usize = 64;

/// Where the bytes of a source come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Standard input.
    Stdin,
    /// A regular file, which can be read again, of so many bytes when it was found.
    File(PathBuf, u64),
    /// A pipe or device: readable once.
    Stream(PathBuf),
}

/// Something to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Path as given, or as found below the directory given; `-` is standard input.
    pub name: String,
    /// Where its bytes come from.
    pub origin: Origin,
}

/// What a list of paths amounts to.
#[derive(Debug, Default)]
pub struct Discovery {
    /// What is to be read, in order of name, each file once.
    pub sources: Vec<Source>,
    /// Paths that gave nothing, in order of path.
    pub problems: Vec<Problem>,
}

/// Finds every file that the paths name. The order of the paths does not matter.
pub fn discover(paths: &[String]) -> Discovery {
    let mut found = Discovery::default();
    for path in paths {
        found.add(path);
    }
    found.sources.sort_by(|a, b| a.name.cmp(&b.name));
    let mut seen = HashSet::new();
    found.sources.retain(|source| seen.insert(identity(source)));
    found.problems.sort_by(|a, b| (&a.path, &a.message).cmp(&(&b.path, &b.message)));
    found.problems.dedup();
    found
}

/// What makes two names the same file.
fn identity(source: &Source) -> PathBuf {
    match &source.origin {
        Origin::Stdin => PathBuf::from("-"),
        Origin::File(path, _) => fs::canonicalize(path).unwrap_or_else(|_| path.clone()),
        Origin::Stream(path) => path.clone(),
    }
}

impl Discovery {
    fn problem(&mut self, path: &str, message: String) {
        self.problems.push(Problem { path: path.to_owned(), message });
    }

    fn add(&mut self, path: &str) {
        if path == "-" {
            self.sources.push(Source { name: path.to_owned(), origin: Origin::Stdin });
            return;
        }
        match fs::metadata(path) {
            Ok(_) => self.add_existing(path, Path::new(path)),
            Err(error) if error.kind() == io::ErrorKind::NotFound && path.contains(['*', '?', '[']) => {
                self.add_glob(path);
            }
            Err(error) => self.problem(path, explain(path, &error)),
        }
    }

    /// Adds what a pattern matches; the shell of the caller may not have expanded it.
    fn add_glob(&mut self, pattern: &str) {
        let matches = match glob::glob(pattern) {
            Ok(matches) => matches,
            Err(error) => {
                self.problem(pattern, format!("{pattern} is no valid pattern ({error}); check its brackets"));
                return;
            }
        };
        let before = self.sources.len() + self.problems.len();
        for entry in matches {
            match entry {
                Ok(path) if is_hidden(&path) => {}
                Ok(path) => self.add_existing(&path.to_string_lossy(), &path),
                Err(error) => {
                    let path = error.path().to_string_lossy().into_owned();
                    let message = explain(&path, error.error());
                    self.problem(&path, message);
                }
            }
        }
        if self.sources.len() + self.problems.len() == before {
            self.problem(pattern, format!("{pattern} matches no file; check the pattern and the working directory"));
        }
    }

    fn add_existing(&mut self, name: &str, path: &Path) {
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => self.add_directory(name, path),
            Ok(metadata) if metadata.is_file() => self.add_file(name, path, metadata.len()),
            Ok(_) => self.sources.push(Source { name: name.to_owned(), origin: Origin::Stream(path.to_owned()) }),
            Err(error) => self.problem(name, explain(name, &error)),
        }
    }

    /// Opens the file once, so that one that must not be read is said to be so before the work starts.
    fn add_file(&mut self, name: &str, path: &Path, len: u64) {
        match File::open(path) {
            Ok(_) => {
                self.sources.push(Source { name: name.to_owned(), origin: Origin::File(path.to_owned(), len) });
            }
            Err(error) => self.problem(name, explain(name, &error)),
        }
    }

    /// Adds the files below a directory; hidden ones, and pipes and devices, are left alone.
    fn add_directory(&mut self, name: &str, root: &Path) {
        let before = self.sources.len() + self.problems.len();
        let walk = walkdir::WalkDir::new(root).follow_links(true).max_depth(MAX_DEPTH).sort_by_file_name();
        let visible = walk.into_iter().filter_entry(|entry| entry.depth() == 0 || !is_hidden(entry.path()));
        for entry in visible {
            match entry {
                Ok(entry) if entry.file_type().is_file() => {
                    let len = entry.metadata().map_or(0, |metadata| metadata.len());
                    self.add_file(&entry.path().to_string_lossy(), entry.path(), len);
                }
                Ok(_) => {}
                // A link back up is no loss: what it leads to is read where it stands.
                Err(error) if error.loop_ancestor().is_some() => {}
                Err(error) => {
                    let path = error.path().map_or_else(|| name.to_owned(), |path| path.to_string_lossy().into_owned());
                    let message = match error.io_error() {
                        Some(error) => explain(&path, error),
                        None => format!("{path} cannot be walked; name its files instead"),
                    };
                    self.problem(&path, message);
                }
            }
        }
        if self.sources.len() + self.problems.len() == before {
            self.problem(
                name,
                format!("{name} is a directory without files to read; name the directory that holds the logs"),
            );
        }
    }
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
}

/// One sentence for a path that cannot be opened.
fn explain(path: &str, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => format!("{path} does not exist; check the spelling and the working directory"),
        io::ErrorKind::PermissionDenied => {
            format!("{path} may not be read by this user; change its permissions or copy it")
        }
        _ => format!("{path} cannot be opened ({error}); copy it to a local disk and try again"),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn names(found: &Discovery, root: &Path) -> Vec<String> {
        let root = format!("{}/", root.display());
        found.sources.iter().map(|source| source.name.replace(&root, "")).collect()
    }

    fn tree() -> tempfile::TempDir {
        let dir = tempfile::Builder::new().prefix("logs").tempdir().unwrap();
        fs::create_dir_all(dir.path().join("a/b")).unwrap();
        fs::create_dir(dir.path().join("empty")).unwrap();
        for file in ["z.log", "a/1.log", "a/b/2.log", ".hidden", "a/.DS_Store"] {
            fs::write(dir.path().join(file), "x\n").unwrap();
        }
        dir
    }

    #[test]
    fn directories_are_walked_in_order_and_hidden_files_left_out() {
        let dir = tree();
        let found = discover(&[dir.path().display().to_string()]);
        assert_eq!(names(&found, dir.path()), ["a/1.log", "a/b/2.log", "z.log"]);
        assert!(found.problems.is_empty());
    }

    #[test]
    fn the_order_of_arguments_changes_nothing_and_each_file_comes_once() {
        let dir = tree();
        let root = dir.path().display().to_string();
        let mut paths =
            vec![format!("{root}/z.log"), format!("{root}/a"), format!("{root}/*.log"), root.clone(), "-".into()];
        let forward = discover(&paths);
        paths.reverse();
        paths.push(format!("{root}/a/../z.log"));
        let backward = discover(&paths);
        assert_eq!(names(&forward, dir.path()).len(), 4);
        assert_eq!(forward.sources.len(), backward.sources.len());
        assert!(forward.sources.iter().any(|source| source.origin == Origin::Stdin));
    }

    #[test]
    fn what_gives_nothing_is_a_problem_in_one_sentence() {
        let dir = tree();
        let root = dir.path().display().to_string();
        for (path, says) in [
            (format!("{root}/missing.log"), "does not exist"),
            (format!("{root}/*.nothing"), "matches no file"),
            (format!("{root}/[*"), "no valid pattern"),
            (format!("{root}/empty"), "directory without files"),
        ] {
            let found = discover(std::slice::from_ref(&path));
            assert!(found.sources.is_empty());
            assert_eq!(found.problems.len(), 1, "{path}");
            assert_eq!(found.problems[0].path, path);
            assert!(found.problems[0].message.contains(says) && found.problems[0].message.contains(&path));
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_that_loop_end_and_files_that_must_not_be_read_are_named() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let dir = tree();
        symlink(dir.path(), dir.path().join("a/loop")).unwrap();
        symlink(dir.path().join("z.log"), dir.path().join("a/link.log")).unwrap();
        let found = discover(&[dir.path().display().to_string()]);
        assert_eq!(names(&found, dir.path()), ["a/1.log", "a/b/2.log", "a/link.log"]);
        let secret = dir.path().join("z.log");
        fs::set_permissions(&secret, fs::Permissions::from_mode(0o0)).unwrap();
        let found = discover(&[secret.display().to_string()]);
        // The superuser may read everything.
        if File::open(&secret).is_err() {
            assert!(found.problems[0].message.contains("may not be read"));
        } else {
            assert_eq!(found.sources.len(), 1);
        }
    }
}
