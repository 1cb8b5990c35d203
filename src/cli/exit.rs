//! How a run ends, and the sentences on standard error.

use crate::render;
use std::io::Write;
use std::process::ExitCode;

/// How a run ended, from best to worst: of two, the later one counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Done.
    Done,
    /// Findings at or above the level asked for.
    Findings,
    /// Some rule could not be judged, and that was asked for.
    NotJudged,
    /// Done, but some source was unreadable or cut short.
    Partial,
    /// The work could not be done.
    CannotWork,
}

impl Exit {
    /// The number that the shell sees.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Findings => 1,
            Self::NotJudged => 4,
            Self::Partial => 3,
            Self::CannotWork => 2,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// Whether the reader of our output went away, which ends the work but is no fault.
pub fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let io = cause.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
        let json = cause.downcast_ref::<serde_json::Error>().and_then(serde_json::Error::io_error_kind);
        let csv = cause.downcast_ref::<csv::Error>().and_then(|error| match error.kind() {
            csv::ErrorKind::Io(error) => Some(error.kind()),
            _ => None,
        });
        [io, json, csv].contains(&Some(std::io::ErrorKind::BrokenPipe))
    })
}

/// Prints an error: one sentence, line breaks kept (carets stand under their place), all else made visible.
pub fn complain(sentence: &str) {
    say("error: ", sentence);
}

/// Prints errors, each as a sentence.
pub fn complain_all(sentences: &[String]) {
    for sentence in sentences {
        complain(sentence);
    }
}

/// Prints a note.
pub fn note(sentence: &str) {
    say("note: ", sentence);
}

/// Prints lines on standard error. That nobody can read them is no reason to stop.
pub fn say(prefix: &str, text: &str) {
    let shown: Vec<_> = text.trim_end().split('\n').map(render::visible).collect();
    let _ = writeln!(std::io::stderr().lock(), "{prefix}{}", shown.join("\n"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_counts_in_the_order_2_3_4_1_0() {
        let order = [Exit::CannotWork, Exit::Partial, Exit::NotJudged, Exit::Findings, Exit::Done];
        assert_eq!(order.map(Exit::code), [2, 3, 4, 1, 0]);
        assert!(order.is_sorted_by(|worse, better| worse > better));
    }

    #[test]
    fn a_closed_pipe_is_found_below_other_errors() {
        let io = || std::io::Error::from(std::io::ErrorKind::BrokenPipe);
        assert!(is_closed_pipe(&anyhow::Error::new(io()).context("writing")));
        assert!(is_closed_pipe(&anyhow::Error::new(serde_json::Error::io(io()))));
        assert!(is_closed_pipe(&anyhow::Error::new(csv::Error::from(io()))));
        assert!(!is_closed_pipe(&anyhow::Error::new(std::io::Error::from(std::io::ErrorKind::NotFound))));
    }
}
