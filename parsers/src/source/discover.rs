//! From arguments to the list of files.

use super::member::Member;
use super::order::oldest_first;
use super::span::Window;
use super::why::why;
use crate::load::Problem;
use crate::value::thousands;
use std::collections::HashSet;
use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Directories nested deeper than this are not entered.
const MAX_DEPTH: usize = 64;

/// Where the bytes of a source come from.
#[derive(Clone, Debug)]
pub enum Origin {
    /// Standard input.
    Stdin,
    /// A regular file, which can be read again, of so many bytes when it was found.
    File(PathBuf, u64),
    /// A pipe or device: readable once.
    Stream(PathBuf),
    /// A file in an archive, which can be read again.
    Member(Arc<Member>),
}

/// Something to read.
#[derive(Clone, Debug)]
pub struct Source {
    /// Path as given, or as found below the directory given; `-` is standard input, `a.tar!b` a file in an archive.
    pub name: String,
    /// Where its bytes come from.
    pub origin: Origin,
}

impl Source {
    /// When it was last changed, where that is known.
    pub fn modified(&self) -> Option<SystemTime> {
        match &self.origin {
            Origin::File(path, _) => fs::metadata(path).ok()?.modified().ok(),
            Origin::Member(member) => UNIX_EPOCH.checked_add(Duration::from_secs(member.modified?.try_into().ok()?)),
            Origin::Stdin | Origin::Stream(_) => None,
        }
    }

    /// Why something of which so many bytes were read is not whole, in a sentence.
    pub(crate) fn lacks(&self, read: u64) -> Option<String> {
        let name = &self.name;
        match &self.origin {
            Origin::Member(member) if read < member.bytes() => Some(format!(
                "{name} was cut together with its archive: {read} of its {} bytes are there; copy it anew",
                member.bytes()
            )),
            // A log that is rotated while it is read is emptied under the reader.
            Origin::File(_, bytes) if read < *bytes => Some(format!(
                "{name} became shorter while it was read: {read} of its {bytes} bytes came; read a copy that nobody writes to"
            )),
            _ => None,
        }
    }

    /// Says that there is nothing in it.
    pub(crate) fn empty(&self) -> String {
        match self.origin {
            Origin::Stdin => format!("{}: standard input is empty; pipe a log into it", self.name),
            _ => format!("{} is empty; look whether its content was moved elsewhere", self.name),
        }
    }
}

/// Files that are not read because their names state a time outside the one to be loaded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Their names, in natural order.
    pub names: Vec<String>,
    /// Their bytes as stored.
    pub bytes: u64,
}

impl Pruned {
    /// One sentence about all of them; `None` if there are none.
    pub fn sentence(&self) -> Option<String> {
        let why = "outside the loaded time by the time in";
        match self.names.as_slice() {
            [] => None,
            [name] => Some(format!("1 file {why} its name was not read: {name}")),
            [first, .., last] => {
                let count = thousands(self.names.len() as u64);
                Some(format!("{count} files {why} their names were not read, from {first} to {last}"))
            }
        }
    }
}

/// What a list of paths amounts to.
#[derive(Debug, Default)]
pub struct Discovery {
    /// What is to be read, in natural order of name, each file once.
    pub sources: Vec<Source>,
    /// Paths that gave nothing, in order of path.
    pub problems: Vec<Problem>,
    /// What was left out for the time in its name.
    pub pruned: Pruned,
}

/// Finds every file that the paths name. The order of the paths does not matter.
///
/// Files whose names state a time outside the window are left out. Files below a directory are not opened: there may
/// be hundreds of thousands.
pub fn discover(paths: &[String], window: Window) -> Discovery {
    let mut search = Search::default();
    for path in paths {
        search.add(path);
    }
    search.finish(window)
}

/// What makes two names the same file.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Identity {
    #[cfg(unix)]
    Node(u64, u64),
    #[cfg(not(unix))]
    Path(PathBuf),
    Stdin,
}

#[cfg(unix)]
fn identity(_: &Path, metadata: &Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt;
    Identity::Node(metadata.dev(), metadata.ino())
}

#[cfg(not(unix))]
fn identity(path: &Path, _: &Metadata) -> Identity {
    Identity::Path(fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()))
}

/// A file that was found.
struct Candidate {
    source: Source,
    identity: Identity,
    /// Whether its name is that of a link.
    is_link: bool,
}

/// What was found so far.
#[derive(Default)]
struct Search {
    sources: Vec<Candidate>,
    problems: Vec<Problem>,
}

impl Search {
    fn finish(mut self, window: Window) -> Discovery {
        oldest_first(&mut self.sources, |found| &found.source.name);
        self.problems.sort_by(|a, b| (&a.path, &a.message).cmp(&(&b.path, &b.message)));
        self.problems.dedup();
        // A file that is there under its own name is not called by that of a link to it.
        let named: HashSet<&Identity> = self.sources.iter().filter(|of| !of.is_link).map(|of| &of.identity).collect();
        let keep: Vec<bool> = self.sources.iter().map(|of| !of.is_link || !named.contains(&of.identity)).collect();
        let mut seen = HashSet::with_capacity(self.sources.len());
        let mut found = Discovery { problems: self.problems, ..Discovery::default() };
        for (Candidate { source, identity, .. }, _) in self.sources.into_iter().zip(keep).filter(|(_, keep)| *keep) {
            if !seen.insert(identity) {
                continue;
            }
            match source.origin {
                Origin::File(_, len) if window.excludes(&source.name) => {
                    found.pruned.names.push(source.name);
                    found.pruned.bytes += len;
                }
                _ => found.sources.push(source),
            }
        }
        found
    }

    fn problem(&mut self, path: &str, message: String) {
        self.problems.push(Problem { path: path.to_owned(), message });
    }

    fn add(&mut self, path: &str) {
        if path == "-" {
            let source = Source { name: path.to_owned(), origin: Origin::Stdin };
            self.sources.push(Candidate { source, identity: Identity::Stdin, is_link: false });
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
            Ok(metadata) if metadata.is_file() => {
                // Named by hand, so that it is worth saying before the work starts that it must not be read.
                match File::open(path) {
                    Ok(_) => {
                        let is_link = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink());
                        self.add_file(name.to_owned(), path, &metadata, is_link);
                    }
                    Err(error) => self.problem(name, explain(name, &error)),
                }
            }
            Ok(metadata) => {
                let source = Source { name: name.to_owned(), origin: Origin::Stream(path.to_owned()) };
                self.sources.push(Candidate { source, identity: identity(path, &metadata), is_link: false });
            }
            Err(error) => self.problem(name, explain(name, &error)),
        }
    }

    fn add_file(&mut self, name: String, path: &Path, metadata: &Metadata, is_link: bool) {
        let source = Source { name, origin: Origin::File(path.to_owned(), metadata.len()) };
        self.sources.push(Candidate { source, identity: identity(path, metadata), is_link });
    }

    /// Adds the files below a directory; hidden ones, and pipes and devices, are left alone.
    fn add_directory(&mut self, name: &str, root: &Path) {
        let before = self.sources.len() + self.problems.len();
        let walk = walkdir::WalkDir::new(root).follow_links(true).max_depth(MAX_DEPTH).sort_by_file_name();
        let visible = walk.into_iter().filter_entry(|entry| entry.depth() == 0 || !is_hidden(entry.path()));
        for entry in visible {
            match entry {
                Ok(entry) if entry.file_type().is_file() => {
                    let name = entry.path().to_string_lossy().into_owned();
                    match entry.metadata() {
                        Ok(metadata) => self.add_file(name, entry.path(), &metadata, entry.path_is_symlink()),
                        Err(error) => {
                            let message = error.io_error().map_or_else(String::new, |error| explain(&name, error));
                            self.problem(&name, message);
                        }
                    }
                }
                Ok(entry) if entry.depth() == MAX_DEPTH && entry.file_type().is_dir() => {
                    let path = entry.path().to_string_lossy().into_owned();
                    let message = format!("{path} lies {MAX_DEPTH} folders deep and was not entered; name it itself");
                    self.problem(&path, message);
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
    if error.kind() != io::ErrorKind::NotFound {
        return explain_closed(path, error);
    }
    match fs::read_link(path) {
        Ok(target) => format!(
            "{path} is a link to {}, which is not there; name the file that is meant, or mount what it lies on",
            target.display()
        ),
        Err(_) => format!("{path} does not exist; check the spelling and the working directory"),
    }
}

/// The same for a file that was found before.
pub(crate) fn explain_gone(path: &str, error: &io::Error) -> String {
    if error.kind() != io::ErrorKind::NotFound {
        return explain_closed(path, error);
    }
    format!("{path} was there when files were looked for, and is gone: it was moved or rotated since; run again")
}

fn explain_closed(path: &str, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied => {
            format!("{path} may not be read by this user; change its permissions or copy it")
        }
        _ => format!("{path} cannot be opened ({}); copy it to a local disk and try again", why(error)),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn discover(paths: &[String]) -> Discovery {
        super::discover(paths, Window::default())
    }

    fn names(found: &Discovery, root: &Path) -> Vec<String> {
        let root = format!("{}/", root.display());
        found.sources.iter().map(|source| source.name.replace(&root, "")).collect()
    }

    #[test]
    fn a_file_that_became_shorter_is_not_whole() {
        let source = Source { name: "a.log".to_owned(), origin: Origin::File("a.log".into(), 400) };
        assert!(source.lacks(100).unwrap().contains("a.log became shorter while it was read: 100 of its 400 bytes"));
        assert_eq!(
            [400, 900].map(|read| source.lacks(read)),
            [None, None],
            "what grew is whole as far as it was there"
        );
    }

    #[test]
    #[cfg(unix)]
    fn what_is_not_there_is_told_as_what_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name).display().to_string();
        std::os::unix::fs::symlink("/mnt/usb/a.log", dir.path().join("link.log")).unwrap();
        let missing = io::Error::from_raw_os_error(2);
        let told = |name: &str| discover(&[path(name)]).problems[0].message.clone();
        assert!(told("typo.log").ends_with("does not exist; check the spelling and the working directory"));
        assert!(told("link.log").contains("is a link to /mnt/usb/a.log, which is not there"), "{}", told("link.log"));
        let gone = explain_gone("a.log", &missing);
        assert!(gone.starts_with("a.log was there when files were looked for") && !gone.contains("spelling"), "{gone}");
        let below = discover(&[dir.path().display().to_string()]);
        assert!(below.problems[0].message.contains("is a link to"), "{below:?}");
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
        assert!(forward.sources.iter().any(|source| matches!(source.origin, Origin::Stdin)));
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

    #[test]
    fn rotation_sets_come_in_order_of_their_numbers() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["access.log", "access.log.10.gz", "access.log.9.gz", "access.log.1"] {
            fs::write(dir.path().join(name), "x\n").unwrap();
        }
        let found = discover(&[dir.path().display().to_string()]);
        assert_eq!(names(&found, dir.path()), ["access.log.10.gz", "access.log.9.gz", "access.log.1", "access.log"]);
    }

    #[cfg(unix)]
    #[test]
    fn what_lies_too_deep_and_folders_that_must_not_be_entered_are_named() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tree();
        let deep = dir.path().join("d/".repeat(MAX_DEPTH));
        fs::create_dir_all(&deep).unwrap();
        fs::write(deep.join("x.log"), "x\n").unwrap();
        assert!(std::process::Command::new("mkfifo").arg(dir.path().join("pipe")).status().unwrap().success());
        let locked = dir.path().join("locked");
        fs::create_dir(&locked).unwrap();
        fs::set_permissions(&locked, fs::Permissions::from_mode(0o0)).unwrap();
        let found = discover(&[dir.path().display().to_string()]);
        assert_eq!(names(&found, dir.path()), ["a/1.log", "a/b/2.log", "z.log"]);
        assert!(found.problems.iter().any(|problem| problem.message.contains("64 folders deep")));
        // The superuser may enter everything.
        let entered = fs::read_dir(&locked).is_ok();
        assert_eq!(found.problems.len(), if entered { 1 } else { 2 });
    }

    #[test]
    fn pruned_files_are_counted_in_one_sentence() {
        let mut pruned = Pruned::default();
        assert_eq!(pruned.sentence(), None);
        pruned.names = (0..1_532).map(|number| format!("n{number}")).collect();
        let told = pruned.sentence().unwrap();
        assert!(told.starts_with("1,532 files outside") && told.contains("n0") && told.contains("n1531"), "{told}");
    }

    #[cfg(unix)]
    #[test]
    fn links_that_loop_end_and_files_that_must_not_be_read_are_named() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let dir = tree();
        symlink(dir.path(), dir.path().join("a/loop")).unwrap();
        symlink(dir.path().join("z.log"), dir.path().join("a/link.log")).unwrap();
        let found = discover(&[dir.path().display().to_string()]);
        // The link comes first in order of name, and is still not what the file is called.
        assert_eq!(names(&found, dir.path()), ["a/1.log", "a/b/2.log", "z.log"]);
        let linked = discover(&[dir.path().join("a/link.log").display().to_string()]);
        assert_eq!(names(&linked, dir.path()), ["a/link.log"]);
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
