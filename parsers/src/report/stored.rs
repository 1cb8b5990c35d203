//! A report of a source that can be written down and read again by a later run.

use super::{Basis, Completeness, Container, Mapped, MixedIn, Nuls, SourceReport, Vantage};
use crate::source::{Compression, Encoding};
use crate::wrap::Wrap;
use serde::{Deserialize, Serialize};

/// [`SourceReport`] with every name spelt out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)] // each is the field of the same name there
pub struct StoredReport {
    pub path: String,
    pub container: Option<Container>,
    pub sha256: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256_decompressed: Option<String>,
    pub bytes: u64,
    pub bytes_decompressed: u64,
    pub lines: u64,
    pub records: u64,
    pub rows: u64,
    pub rejects: u64,
    pub skips: u64,
    pub format: Option<String>,
    wrappers: Vec<String>,
    others: Vec<(String, Vec<String>, u64)>,
    mapped: Vec<(String, String, bool)>,
    vantage: Option<Vantage>,
    pub zone: String,
    folded: u64,
    gaps: u64,
    pub first: Option<i64>,
    pub last: Option<i64>,
    compression: Option<String>,
    encoding: Option<String>,
    records_identity: bool,
    /// In millionths, so that it compares.
    sampling: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nuls: Option<Nuls>,
    /// How far it was read, and why no further.
    pub read: (String, String),
}

/// The name among those of this program; a report of another version may know more.
fn known(names: impl Iterator<Item = &'static str>, name: &str) -> Option<&'static str> {
    let mut names = names;
    names.find(|known| *known == name)
}

fn wrappers(names: &[String]) -> Vec<&'static str> {
    names.iter().filter_map(|name| known(Wrap::ALL.into_iter().map(Wrap::name), name)).collect()
}

fn owned(names: &[&'static str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

impl From<&SourceReport> for StoredReport {
    fn from(report: &SourceReport) -> Self {
        let (read, why) = match &report.completeness {
            Completeness::Whole => ("whole", ""),
            Completeness::Cut(why) => ("cut", why.as_str()),
            Completeness::Unreadable(why) => ("unreadable", why.as_str()),
            Completeness::Unknown(why) => ("unknown", why.as_str()),
            Completeness::Duplicate(why) => ("copy", why.as_str()),
        };
        Self {
            path: report.path.clone(),
            container: report.container.clone(),
            sha256: report.sha256.clone(),
            sha256_decompressed: report.sha256_decompressed.clone(),
            bytes: report.bytes,
            bytes_decompressed: report.bytes_decompressed,
            lines: report.lines,
            records: report.records,
            rows: report.rows,
            rejects: report.rejects,
            skips: report.skips,
            format: report.format.clone(),
            wrappers: owned(&report.wrappers),
            others: report
                .others
                .iter()
                .map(|other| (other.format.clone(), owned(&other.wrappers), other.rows))
                .collect(),
            mapped: report
                .mapped
                .iter()
                .map(|mapped| (mapped.column.clone(), mapped.key.clone(), mapped.basis == Basis::Name))
                .collect(),
            vantage: report.vantage,
            zone: report.zone.clone(),
            folded: report.folded,
            gaps: report.gaps,
            first: report.first,
            last: report.last,
            compression: report.compression.map(str::to_owned),
            encoding: report.encoding.map(str::to_owned),
            records_identity: report.records_identity,
            sampling: report.sampling.map(|share| (share * 1e6).round() as u64),
            nuls: report.nuls,
            read: (read.to_owned(), why.to_owned()),
        }
    }
}

impl StoredReport {
    /// SHA-256 of its text: as decompressed where that is known, as stored where nothing was compressed.
    #[must_use]
    pub fn content(&self) -> &str {
        self.sha256_decompressed.as_ref().unwrap_or(&self.sha256)
    }

    /// The report again, under the number that it has in a later run.
    #[must_use]
    pub fn report(&self, id: u32) -> SourceReport {
        let compressions =
            [Compression::Gzip, Compression::Zstd, Compression::Bzip2, Compression::Xz, Compression::Lz4];
        let compressions = compressions.into_iter().map(Compression::name);
        let why = self.read.1.clone();
        SourceReport {
            id,
            path: self.path.clone(),
            container: self.container.clone(),
            sha256: self.sha256.clone(),
            sha256_decompressed: self.sha256_decompressed.clone(),
            bytes: self.bytes,
            bytes_decompressed: self.bytes_decompressed,
            lines: self.lines,
            records: self.records,
            rows: self.rows,
            rejects: self.rejects,
            skips: self.skips,
            format: self.format.clone(),
            wrappers: wrappers(&self.wrappers),
            others: self
                .others
                .iter()
                .map(|(format, around, rows)| MixedIn {
                    format: format.clone(),
                    wrappers: wrappers(around),
                    rows: *rows,
                })
                .collect(),
            mapped: self
                .mapped
                .iter()
                .map(|(column, key, by_name)| Mapped {
                    column: column.clone(),
                    key: key.clone(),
                    basis: if *by_name { Basis::Name } else { Basis::Look },
                })
                .collect(),
            vantage: self.vantage,
            zone: self.zone.clone(),
            folded: self.folded,
            gaps: self.gaps,
            first: self.first,
            last: self.last,
            compression: self.compression.as_deref().and_then(|name| known(compressions, name)),
            encoding: self
                .encoding
                .as_deref()
                .and_then(|name| known(Encoding::ALL.into_iter().map(Encoding::name), name)),
            records_identity: self.records_identity,
            sampling: self.sampling.map(|millionths| millionths as f64 / 1e6),
            nuls: self.nuls,
            completeness: match self.read.0.as_str() {
                "whole" => Completeness::Whole,
                "cut" => Completeness::Cut(why),
                "unknown" => Completeness::Unknown(why),
                "copy" => Completeness::Duplicate(why),
                _ => Completeness::Unreadable(why),
            },
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::load::{LoadOptions, load};

    #[test]
    fn a_report_comes_back_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let line = "<134>Mar  4 02:29:00 gw nginx: 198.51.100.7 - - [04/Mar/2026:02:29:00 +0000] \"GET /a HTTP/1.1\" 200 12 \"-\" \"x\"\n";
        let path = folder.path().join("a.log");
        std::fs::write(&path, line.repeat(30) + "no record\n\0\0\n").unwrap();
        let reports = load(&[path.to_str().unwrap().to_owned()], &LoadOptions::default(), &mut |_| {}).unwrap().sources;
        assert!(
            !reports[0].wrappers.is_empty() && reports[0].rejects > 0 && reports[0].nuls.is_some(),
            "{:?}",
            reports[0]
        );
        let stored = StoredReport::from(&reports[0]);
        let text = serde_json::to_string(&stored).unwrap();
        let again: StoredReport = serde_json::from_str(&text).unwrap();
        assert_eq!(again, stored);
        assert_eq!(format!("{:?}", again.report(0)), format!("{:?}", reports[0]));
    }
}
