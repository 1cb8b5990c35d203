//! Rows as a Parquet file that is written while they come in.
//!
//! In: [`Requests`], some rows at a time. Out: one file of row groups of [`GROUP`] rows or a little more, so that
//! memory is bounded by a row group, however many rows there are.

use crate::frame::frame;
use crate::requests::Requests;
use breachline_parsers::schema::{Column, Kind};
use polars::prelude::{DataFrame, DataType, IntoColumn, NewChunkedArray, PolarsError, Schema, StringChunked, TimeUnit};
use polars_io::parquet::write::BatchedWriter;
use polars_io::prelude::{ParquetCompression, ParquetWriter};
use std::io::{self, Write};

/// Rows from which a row group is written.
const GROUP: usize = 100_000;

/// A Parquet file being written.
pub struct ParquetRows<W: Write> {
    columns: Vec<&'static str>,
    writer: BatchedWriter<W>,
    /// Rows of the next row group.
    pending: Option<DataFrame>,
    group: usize,
    /// Whether places of secrets in raw lines stand beside the columns.
    hidden: bool,
}

/// The column of the places of secrets in raw lines; it is none of `requests`.
pub(crate) const HIDDEN: &str = "hidden";

impl<W: Write> ParquetRows<W> {
    /// Begins a file of these columns. Fails when the output does.
    pub fn new(out: W, columns: &[&'static Column]) -> io::Result<Self> {
        Self::begin(out, columns, false)
    }

    /// The same with one more, which says where raw lines have secrets ([`FactTable::hidden`]).
    ///
    /// [`FactTable::hidden`]: breachline_parsers::table::FactTable::hidden
    pub(crate) fn with_hidden(out: W, columns: &[&'static Column]) -> io::Result<Self> {
        Self::begin(out, columns, true)
    }

    fn begin(out: W, columns: &[&'static Column], hidden: bool) -> io::Result<Self> {
        let fields = columns.iter().map(|column| {
            let kind = match column.kind {
                Kind::Time => DataType::Datetime(TimeUnit::Microseconds, None),
                Kind::Number => DataType::Int64,
                Kind::Text => DataType::String,
            };
            (column.name.into(), kind)
        });
        let fields = fields.chain(hidden.then(|| (HIDDEN.into(), DataType::String)));
        let writer = ParquetWriter::new(out)
            .with_compression(ParquetCompression::Zstd(None))
            .batched(&fields.collect::<Schema>())
            .map_err(plain)?;
        Ok(Self {
            columns: columns.iter().map(|column| column.name).collect(),
            writer,
            pending: None,
            group: GROUP,
            hidden,
        })
    }

    /// Adds rows, in the order of `requests`. Fails when the output does.
    pub fn write(&mut self, requests: &Requests) -> io::Result<()> {
        requests.selected().chunks(self.group).try_for_each(|rows| {
            let mut frame = frame(requests, &self.columns, Some(rows)).map_err(plain)?;
            if self.hidden {
                let places = rows.iter().map(|&row| requests.facts.hidden(row as usize));
                let places = StringChunked::from_iter_options(HIDDEN.into(), places);
                frame.with_column(places.into_column()).map_err(plain)?;
            }
            let rows = frame;
            let pending = match self.pending.take() {
                None => rows,
                Some(mut pending) => {
                    pending.vstack_mut(&rows).map_err(plain)?;
                    pending
                }
            };
            if pending.height() < self.group {
                self.pending = Some(pending);
                return Ok(());
            }
            self.write_group(pending)
        })
    }

    fn write_group(&mut self, mut rows: DataFrame) -> io::Result<()> {
        // A chunk would become a row group of its own.
        rows.rechunk_mut_par();
        self.writer.write_batch(&rows).map_err(plain)
    }

    /// Writes what is still held back, and the end of the file.
    pub fn finish(mut self) -> io::Result<()> {
        if let Some(pending) = self.pending.take() {
            self.write_group(pending)?;
        }
        self.writer.finish().map_err(plain)?;
        Ok(())
    }
}

/// The error of the output itself, so that a closed pipe is known for what it is.
pub(crate) fn plain(error: PolarsError) -> io::Error {
    match error {
        PolarsError::IO { error, .. } => io::Error::new(error.kind(), error),
        other => io::Error::other(other.to_string()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::frame::sample::six;
    use breachline_parsers::schema::COLUMNS;
    use polars_io::prelude::{ParquetReader, SerReader};

    fn read(parts: usize, group: usize) -> DataFrame {
        let columns: Vec<&Column> = COLUMNS.iter().collect();
        let mut bytes = Vec::new();
        let mut rows = ParquetRows::new(&mut bytes, &columns).unwrap();
        rows.group = group;
        (0..parts).for_each(|_| rows.write(&six()).unwrap());
        rows.finish().unwrap();
        ParquetReader::new(io::Cursor::new(bytes)).finish().unwrap()
    }

    #[test]
    fn what_comes_in_parts_is_one_table_whatever_the_row_groups() {
        let expected = read(3, GROUP);
        assert_eq!((expected.height(), expected.width()), (18, COLUMNS.len()));
        assert_eq!(expected.column("ts").unwrap().null_count(), 3);
        assert_eq!(expected.column("status").unwrap().i64().unwrap().get(7), Some(200));
        assert_eq!(expected.column("path").unwrap().str().unwrap().get(17), Some("/login"));
        for group in [1, 4, 7, 18] {
            assert!(read(3, group).equals_missing(&expected), "{group}");
        }
    }

    #[test]
    fn a_file_without_rows_still_has_its_columns() {
        let none = read(0, GROUP);
        assert_eq!((none.height(), none.width()), (0, COLUMNS.len()));
    }
}
