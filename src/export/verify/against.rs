//! The bundle against logs: which of its sources these are, and whether every cited line stands where it is said to.

use super::bundle::{Bundle, StatedSource};
use super::{Fault, MOST, again, rows};
use crate::export::{Contents, Export, MARKS};
use crate::render;
use crate::session::Session;
use breachline_parsers::report::SourceReport;
use breachline_parsers::source::why;
use breachline_parsers::table::Place;
use breachline_parsers::value::hex;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Which of the logs given a source of the bundle is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Its path as the bundle cites it.
    pub cited: String,
    /// Its path as it was given now, and its number in this load, from 0.
    pub found: Option<(String, u32)>,
    /// Whether its bytes are those that were read for the bundle.
    pub same: bool,
}

/// A way to know a source again.
type Way<'a> = dyn Fn(&StatedSource, &SourceReport) -> bool + 'a;

/// Finds the sources of a bundle among those given, by content first, then by path, then by the name of the file; those
/// found are renamed to how the bundle cites them.
pub fn match_sources(stated: &[StatedSource], given: &mut [SourceReport]) -> Vec<Origin> {
    let mut taken: BTreeSet<usize> = BTreeSet::new();
    let mut found: Vec<Option<usize>> = vec![None; stated.len()];
    let name = |path: &str| Path::new(path).file_name().map(|name| name.to_string_lossy().into_owned());
    let by_content = |source: &StatedSource, given: &SourceReport| source.sha256 == given.sha256;
    let by_path = |source: &StatedSource, given: &SourceReport| source.path == given.path;
    let by_name = |source: &StatedSource, given: &SourceReport| name(&source.path) == name(&given.path);
    let ways: [&Way<'_>; 3] = [&by_content, &by_path, &by_name];
    for is_it in ways {
        for (source, slot) in stated.iter().zip(&mut found).filter(|(_, slot)| slot.is_none()) {
            // Of several with the same content the one of the same name is meant.
            let mut fitting: Vec<usize> =
                (0..given.len()).filter(|at| !taken.contains(at) && is_it(source, &given[*at])).collect();
            fitting.sort_by_key(|&at| (!by_path(source, &given[at]), !by_name(source, &given[at]), at));
            if let Some(&at) = fitting.first() {
                taken.insert(at);
                *slot = Some(at);
            }
        }
    }
    let mut origins = Vec::new();
    for (source, at) in stated.iter().zip(found) {
        let same = at.is_some_and(|at| by_content(source, &given[at]));
        let found = at.map(|at| (std::mem::replace(&mut given[at].path, source.path.clone()), given[at].id));
        origins.push(Origin { cited: source.path.clone(), found, same });
    }
    origins
}

impl Bundle {
    /// Reads every cited line back and looks whether it is the one that was hashed.
    pub fn check_lines(&mut self, session: &Session, origins: &[Origin]) {
        let mut cited: BTreeMap<usize, (u64, u64)> = BTreeMap::new();
        for name in ["rows.jsonl", MARKS] {
            self.check_lines_of(name, session, origins, &mut cited);
        }
        self.say_sources(origins, &cited);
    }

    /// The same for one file; adds how many lines of each source are as cited, and how many are not.
    fn check_lines_of(
        &mut self,
        name: &str,
        session: &Session,
        origins: &[Origin],
        cited: &mut BTreeMap<usize, (u64, u64)>,
    ) {
        let Ok(file) = self.open(name) else { return };
        let mut faults: Vec<Fault> = Vec::new();
        let is_stated = |row: &rows::Line| self.stated.sources.get(row.source.wrapping_sub(1) as usize);
        for (number, row) in rows::rows(file) {
            // What cannot be read is named already.
            let Ok(row) = row else { continue };
            let at = row.source.wrapping_sub(1) as usize;
            if is_stated(&row).is_none_or(|source| source.path != row.path) {
                let what = format!("source {} is not `{}` in the manifest", row.source, row.path);
                faults.push(Fault::field(name, number, "source", what));
                continue;
            }
            let Some(origin) = origins.get(at) else { continue };
            let Some((path, id)) = &origin.found else { continue };
            let (held, wrong) = cited.entry(at).or_default();
            let place = Place { line_no: row.line_no, byte_offset: row.byte_offset, byte_len: row.byte_len };
            let why = match session.raw.read(*id, place) {
                Ok(bytes) => {
                    let hash = hex(&Sha256::digest(&bytes));
                    (hash != row.line_sha256)
                        .then(|| format!("its SHA-256 is {hash}, and {} is cited", row.line_sha256))
                }
                Err(error) => Some(format!("it cannot be read back: {}", why(&error))),
            };
            self.checked.lines_read_back += 1;
            let Some(why) = why else {
                *held += 1;
                continue;
            };
            *wrong += 1;
            if *wrong <= MOST as u64 {
                faults.push(if origin.same {
                    let what = format!(
                        "does not fit the line at byte {}, though the source is unchanged: {why}",
                        row.byte_offset
                    );
                    Fault::field(name, number, "line_sha256", what)
                } else {
                    Fault::at(path, u64::from(row.line_no), format!("is not the line that was cited: {why}"))
                });
            }
        }
        self.faults.extend(faults);
    }

    /// The options of the first ingest that read by others than the ingest before it, and its number.
    pub fn ingests_differ(&self) -> Option<(String, usize)> {
        let first = self.stated.ingests.first()?;
        let (other, number) = self.stated.ingests.iter().zip(1..).find(|(taken, _)| taken.options != first.options)?;
        let words = if other.options.is_empty() { "none".to_owned() } else { other.options.join(" ") };
        Some((words, number))
    }

    /// Says of every source whether it is there and what became of its lines.
    fn say_sources(&mut self, origins: &[Origin], cited: &BTreeMap<usize, (u64, u64)>) {
        for (origin, at) in origins.iter().zip(0..) {
            let (held, wrong) = cited.get(&at).copied().unwrap_or_default();
            match &origin.found {
                Some(_) if origin.same => self.checked.sources += 1,
                Some((path, _)) => {
                    let lines = match (held, wrong) {
                        (0, 0) => "none of its lines is cited".to_owned(),
                        (held, 0) => format!("all {} cited are as they were", render::counted(held as usize, "line")),
                        (held, wrong) => {
                            format!("of {} cited {} changed", render::count(held + wrong), render::count(wrong))
                        }
                    };
                    let what = format!("is not byte for byte what was read as {}; {lines}", origin.cited);
                    self.faults.push(Fault::of(path, what));
                }
                None => {
                    self.notes
                        .push(format!("{} is not among the logs given: its lines were not checked", origin.cited));
                }
            }
        }
    }

    /// Makes the bundle again from the same logs and compares; from other logs nothing would follow.
    ///
    /// `mixed`: the session is the case made again, ingest by ingest.
    pub fn derive_again(&mut self, export: Export<'_>, origins: &[Origin], mixed: bool) -> anyhow::Result<()> {
        let Export { session, hunt, contents, .. } = export;
        if origins.iter().any(|origin| !origin.same) || session.sources().len() != origins.len() {
            let why = "findings were not derived again: these are not the same logs as those of the bundle";
            self.notes.push(why.to_owned());
            return Ok(());
        }
        if let Some((other, number)) = self.ingests_differ().filter(|_| !mixed) {
            self.notes.push(format!(
                "findings were not derived again: ingest {number} of the case read its logs by other options ({}) than \
                 the first, and the case cannot be made again from these logs: some are not there as they were, or lie \
                 in archives beside others",
                render::visible(&other)
            ));
            return Ok(());
        }
        if self.stated.version != env!("CARGO_PKG_VERSION") {
            self.notes.push(format!(
                "the bundle was made by version {}, this is {}: where findings differ, ask that version",
                render::visible(&self.stated.version),
                env!("CARGO_PKG_VERSION")
            ));
        }
        let digests: BTreeMap<&str, &str> =
            hunt.findings.iter().map(|finding| (finding.id.as_str(), finding.digest.as_str())).collect();
        let found = |id: &str, digest: &str| digests.get(id).is_some_and(|known| *known == digest);
        let same = self.stated.findings.iter().filter(|finding| found(&finding.id, &finding.digest)).count();
        self.checked.findings = same as u64;
        // A case that is made again says the names of now in its notes.
        let as_cited = |(origin, at): (&Origin, u32)| {
            origin.found.as_ref().is_some_and(|(path, id)| *id == at && (!mixed || *path == origin.cited))
        };
        let in_order = origins.iter().zip(0..).all(as_cited);
        if !in_order {
            // Ids of sources go by their names, and the order of lines by these ids.
            let note =
                "the logs have other names here and stand in another order: findings are compared by their evidence";
            self.notes.push(note.to_owned());
            let differing = self.stated.findings.iter().filter(|finding| !found(&finding.id, &finding.digest));
            let what = |id: &str| Fault::of("findings.csv", format!("finding {id} does not follow from these logs"));
            let faults: Vec<Fault> = differing.map(|finding| what(&finding.id)).collect();
            self.faults.extend(faults);
            return Ok(());
        }
        let options = self.stated.options.clone();
        // Who took the logs in, and when, follows from no log.
        let contents = &Contents { ingests: self.stated.ingests.clone(), ..contents.clone() };
        let export = Export { options: &options, contents, ..export };
        let faults = again::compare(self, export)?;
        self.faults.extend(faults);
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use breachline_parsers::load::{LoadOptions, load};

    #[test]
    fn sources_are_known_by_content_then_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let line = "198.51.100.7 - - [04/Mar/2026:02:29:00 +0000] \"GET /a HTTP/1.1\" 200 12 \"-\" \"x\"\n";
        let put = |name: &str, text: &str| {
            std::fs::write(folder.path().join(name), text).unwrap();
            folder.path().join(name).to_str().unwrap().to_owned()
        };
        let (one, two) = (put("a.log", line), put("b.log", &line.replace("/a", "/b")));
        let mut loaded = load(&[one.clone(), two.clone()], &LoadOptions::default(), &mut |_| {}).unwrap().sources;
        let stated =
            |path: &str, sha256: &str| StatedSource { id: 1, path: path.to_owned(), sha256: sha256.to_owned() };
        let hash = loaded[0].sha256.clone();
        let stated = [stated("old/b.log", "0"), stated("old/x.log", &hash), stated("gone.log", "1")];
        let origins = match_sources(&stated, &mut loaded);
        assert_eq!(origins[0].found, Some((two, 1)));
        assert_eq!(origins[1].found, Some((one, 0)));
        assert_eq!((origins[0].same, origins[1].same, origins[2].same), (false, true, false));
        assert_eq!(origins[2].found, None);
        assert_eq!(loaded[0].path, "old/x.log");
    }
}
