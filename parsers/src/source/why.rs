//! What the system says of a file, in words that a sentence can hold.

use std::io::{self, ErrorKind};

/// What went wrong, without the numbers of the system, and in our words where these are plainer.
#[must_use]
pub fn why(error: &io::Error) -> String {
    if error.raw_os_error().is_none() {
        return error.to_string();
    }
    let plain = match error.kind() {
        ErrorKind::NotFound => "it does not exist",
        ErrorKind::PermissionDenied => "this user may not",
        ErrorKind::IsADirectory => "it is a directory",
        ErrorKind::NotADirectory => "a part of its path is no directory",
        ErrorKind::AlreadyExists => "it is there already",
        ErrorKind::StorageFull => "the disk is full",
        ErrorKind::ReadOnlyFilesystem => "nothing can be written there",
        _ => {
            let said = error.to_string();
            let words = said.split(" (os error").next().unwrap_or_default();
            let (first, rest) = words.split_at(words.chars().next().map_or(0, char::len_utf8));
            return first.to_lowercase() + rest;
        }
    };
    plain.to_owned()
}

/// What to do about it, where the system's word alone tells.
#[must_use]
pub fn advice(error: &io::Error) -> Option<&'static str> {
    error.raw_os_error()?;
    match error.kind() {
        ErrorKind::NotFound => Some("check the spelling and the working directory"),
        ErrorKind::PermissionDenied => Some("change its permissions, or take another place"),
        ErrorKind::IsADirectory => Some("name a file in it"),
        ErrorKind::AlreadyExists => Some("give another name"),
        ErrorKind::StorageFull => Some("make room, or take another place"),
        ErrorKind::ReadOnlyFilesystem | ErrorKind::NotADirectory => Some("take another place"),
        _ => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_system_speaks_in_words_without_numbers() {
        let folder = tempfile::tempdir().unwrap();
        let missing = std::fs::read(folder.path().join("nowhere")).unwrap_err();
        assert_eq!((why(&missing).as_str(), advice(&missing).is_some()), ("it does not exist", true));
        let own = io::Error::new(ErrorKind::NotFound, "line 7 is not there");
        assert_eq!((why(&own).as_str(), advice(&own)), ("line 7 is not there", None));
        #[cfg(unix)]
        assert_eq!(why(&io::Error::from_raw_os_error(5)), "input/output error");
    }
}
