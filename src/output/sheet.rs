//! CSV after RFC 4180 that a spreadsheet can open without running any of it.
//!
//! A cell that a spreadsheet would take for a formula gets a leading `'`, and the last column of the row,
//! `neutralised`, names the columns where that was done: strip one `'` there to get the value.

use crate::render;
use std::borrow::Cow;
use std::io::{self, Write};

/// The column that names the cells which were changed.
pub const NEUTRALISED: &str = "neutralised";

/// A CSV file being written.
pub struct Sheet<W: Write> {
    columns: Vec<String>,
    writer: csv::Writer<W>,
}

impl<W: Write> Sheet<W> {
    /// Writes the header: the columns and [`NEUTRALISED`].
    pub fn new(out: W, columns: &[impl AsRef<str>]) -> io::Result<Self> {
        let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
        let columns: Vec<String> = columns.iter().map(|name| name.as_ref().to_owned()).collect();
        let header = columns.iter().map(|name| safe(name).0).chain([NEUTRALISED.into()]);
        writer.write_record(header.map(Cow::into_owned)).map_err(plain)?;
        Ok(Self { columns, writer })
    }

    /// Writes a row; there must be as many cells as columns.
    pub fn row(&mut self, cells: &[impl AsRef<str>]) -> io::Result<()> {
        let mut changed = Vec::new();
        for (cell, name) in cells.iter().zip(&self.columns) {
            let (text, neutralised) = safe(cell.as_ref());
            self.writer.write_field(text.as_bytes()).map_err(plain)?;
            if neutralised {
                changed.push(name.as_str());
            }
        }
        self.writer.write_field(changed.join(" ")).map_err(plain)?;
        self.writer.write_record(None::<&[u8]>).map_err(plain)
    }

    /// Writes what is still held back and gives the output back.
    pub fn finish(self) -> io::Result<W> {
        self.writer.into_inner().map_err(csv::IntoInnerError::into_error)
    }
}

/// The error of the output itself, so that a closed pipe is known for what it is.
fn plain(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

/// Whether a spreadsheet would take the text for a formula.
#[must_use]
pub fn runs(text: &str) -> bool {
    // Spreadsheets look past leading blanks in some import paths.
    let bare = text.trim_start_matches(|c: char| c.is_whitespace() || render::is_hidden(c));
    text.starts_with(['\t', '\r', '\n']) || bare.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
}

/// The text with hidden characters spelt out, and whether a `'` was put in front.
fn safe(text: &str) -> (Cow<'_, str>, bool) {
    let shown = render::visible(text);
    if runs(text) { (format!("'{shown}").into(), true) } else { (shown, false) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(rows: &[[&str; 2]]) -> String {
        let mut sheet = Sheet::new(Vec::new(), &["a", "b"]).unwrap();
        for row in rows {
            sheet.row(row).unwrap();
        }
        String::from_utf8(sheet.finish().unwrap()).unwrap()
    }

    #[test]
    fn formulas_are_neutralised_and_named() {
        let text = written(&[["=1+1", "x"], ["a,\"b\"", "＠sum"], ["-", "\tx"], ["1-2", " =2"]]);
        assert_eq!(text, "a,b,neutralised\r\n'=1+1,x,a\r\n\"a,\"\"b\"\"\",'＠sum,b\r\n'-,'\\tx,a b\r\n1-2,' =2,b\r\n");
    }

    proptest! {
        #[test]
        fn nothing_runs_and_every_cell_comes_back(cells in proptest::collection::vec(("[=+@ -]?.*", ".*"), 0..8)) {
            let rows: Vec<[&str; 2]> = cells.iter().map(|(a, b)| [a.as_str(), b.as_str()]).collect();
            let text = written(&rows);
            let mut reader = csv::Reader::from_reader(text.as_bytes());
            for (record, row) in reader.records().zip(&rows) {
                let record = record.unwrap();
                for (index, name) in ["a", "b"].iter().enumerate() {
                    prop_assert!(!runs(&record[index]));
                    let stripped = if record[2].split(' ').any(|changed| changed == *name) {
                        record[index].strip_prefix('\'').unwrap()
                    } else {
                        &record[index]
                    };
                    let shown = render::visible(row[index]);
                    prop_assert_eq!(stripped, shown.as_ref());
                }
            }
        }
    }
}
