//! All that a survey found, what is to be said about it, and how long a hunt will take.

use crate::render;
use crate::session::Session;
use breachline_parsers::report::Vantage;
use breachline_parsers::source::Window;
use breachline_parsers::survey::{Group, Hours, Survey};
use breachline_queries::hunt::Prospect;

/// Everything that a survey found.
#[derive(Clone, Copy)]
pub struct Picture<'a> {
    /// Files, groups and estimates.
    pub survey: &'a Survey,
    /// The samples, opened for work.
    pub session: &'a Session,
    /// Hours by vantage.
    pub hours: &'a [Hours],
    /// Rules, by id.
    pub prospects: &'a [Prospect],
}

/// The first of the notes.
pub(super) const SAMPLES_ONLY: &str =
    "Fields and rules are those of the samples: a field that only other records have counts as missing.";

impl Picture<'_> {
    /// Where a source stands, by flag or format.
    pub fn vantage(&self, id: u32) -> Option<Vantage> {
        self.session.sources().get(id as usize).and_then(|source| source.vantage)
    }

    /// Limits and assumptions, in sentences.
    pub fn notes(&self) -> Vec<String> {
        let survey = self.survey;
        let mut notes = vec![SAMPLES_ONLY.to_owned()];
        notes.extend(survey.pruned.sentence());
        let unopened: usize = survey.groups.iter().map(Group::unopened).sum();
        if unopened > 0 {
            notes.push(format!(
                "{} were listed and not opened; their hours come from their names or from the files opened beside them.",
                render::counted(unopened, "file")
            ));
        }
        for group in survey.groups.iter().filter(|group| group.archives > 0 && group.unopened() > 0) {
            let archives = render::counted(group.unopened(), "archive");
            notes.push(format!("{}: {archives} were not opened; what is in them is in no figure.", group.pattern));
        }
        for archive in &survey.listings {
            let share = if archive.bytes == 0 {
                String::new()
            } else {
                format!(" ({} of it)", render::share(archive.taken, archive.bytes))
            };
            notes.push(format!(
                "{}: {} were found in its beginning{share}; what follows was not looked at and is in no figure.",
                archive.path,
                render::counted(archive.members, "file")
            ));
        }
        let open: usize = self.hours.iter().map(|hours| hours.basis.open).sum();
        if open > 0 {
            notes.push(format!(
                "Of {} only the beginning was read, so that the last hour is not known and no gap after the first is \
                 claimed.",
                render::counted(open, "file")
            ));
        }
        if survey.window != Window::default() {
            notes.push(
                "Records and bytes include what lies outside the loaded time in files that were opened.".to_owned(),
            );
        }
        notes
    }

    /// What a hunt will take, in microseconds: reading on one thread beside decoding on all, then judging.
    pub(super) fn time(&self, threads: usize) -> i64 {
        let pace = self.survey.pace;
        let ((records, _), (text, _)) = (self.survey.records(), self.survey.text());
        let reading = pace.opening.as_secs_f64() + text.saturating_sub(pace.opened) as f64 / READING;
        let decoding = pace.decoding.as_secs_f64() * (text as f64 / f64::from(1 << 20)) / threads.max(1) as f64;
        let judging = records as f64 / JUDGING;
        ((reading.max(decoding) + judging) * 1e6) as i64
    }
}

/// Bytes of text a second that are decompressed and hashed on one thread.
const READING: f64 = 250e6;

/// Records a second that are ordered, linked and judged by the built-in rules.
const JUDGING: f64 = 700e3;
