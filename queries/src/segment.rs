//! Facts on disk: Parquet files that any tool reads, and that become a table of facts again without the logs.
//!
//! A segment holds rows of one source in the order of its records, one column a fact (`source` left out, since it is the
//! same in all rows), and one more that says where in its raw line a row has secrets which only their field tells; what a
//! record does not say is null. Kept lines stand in files of their own.

use crate::derive::ByRecord;
use crate::parquet::{HIDDEN, ParquetRows, plain};
use breachline_parsers::report::SourceReport;
use breachline_parsers::schema::{COLUMNS, Column, Kind, Number, Origin, Text};
use breachline_parsers::table::{FactTable, NO_NUMBER, Place};
use polars::prelude::{
    BinaryChunked, ChunkedArray, DataFrame, DataType, Int64Chunked, Int64Type, IntoColumn, NamedFrom, NewChunkedArray,
    Schema, Series, StringChunked,
};
use polars_io::parquet::write::BatchedWriter;
use polars_io::prelude::{ParquetCompression, ParquetReader, ParquetWriter, SerReader};
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

/// The columns of a segment.
pub fn columns() -> Vec<&'static Column> {
    COLUMNS.iter().filter(|column| column.origin == Origin::Fact && column.name != "source").collect()
}

/// A segment being written.
pub struct SegmentWriter<W: Write> {
    rows: ParquetRows<W>,
    by_record: ByRecord,
    count: u64,
    first: Option<i64>,
    last: Option<i64>,
}

impl<W: Write> SegmentWriter<W> {
    /// Begins a segment. Fails when the output does.
    pub fn new(out: W) -> io::Result<Self> {
        let by_record = ByRecord::new(&crate::derive::DeriveOptions::default()).map_err(io::Error::other)?;
        Ok(Self { rows: ParquetRows::with_hidden(out, &columns())?, by_record, count: 0, first: None, last: None })
    }

    /// Adds rows of the source, in the order of its records; the table is emptied.
    pub fn write(&mut self, source: &SourceReport, facts: &mut FactTable) -> io::Result<()> {
        facts.relabel(0);
        self.count += facts.rows() as u64;
        let times = || facts.ts_values().iter().copied().filter(|&ts| ts != NO_NUMBER);
        self.first = self.first.into_iter().chain(times().min()).min();
        self.last = self.last.into_iter().chain(times().max()).max();
        let mut requests = self.by_record.requests(std::mem::take(facts), vec![source.clone()]);
        self.rows.write(&requests)?;
        *facts = std::mem::take(&mut requests.facts);
        facts.clear();
        Ok(())
    }

    /// Rows so far.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Earliest and latest time so far, microseconds UTC.
    pub fn span(&self) -> (Option<i64>, Option<i64>) {
        (self.first, self.last)
    }

    /// Writes the end of the file.
    pub fn finish(self) -> io::Result<()> {
        self.rows.finish()
    }
}

/// Where a column of a segment goes.
enum Target {
    Ts,
    Status,
    LineNo,
    Offset,
    Length,
    Number(Number),
    Text(Text),
}

fn target(name: &str) -> Option<Target> {
    Some(match name {
        "ts" => Target::Ts,
        "status" => Target::Status,
        "line_no" => Target::LineNo,
        "byte_offset" => Target::Offset,
        "byte_len" => Target::Length,
        name => match Text::ALL.into_iter().find(|text| text.name() == name) {
            Some(text) => Target::Text(text),
            None => Target::Number(Number::ALL.into_iter().find(|number| number.name() == name)?),
        },
    })
}

/// A column as it was read.
enum Values {
    Number(Target, Int64Chunked),
    Text(Text, StringChunked),
}

/// Adds the rows of a segment to a table, under the number that its source has there. Gives how many they are.
pub fn read(path: &Path, source: u32, facts: &mut FactTable) -> io::Result<u64> {
    let frame = frame(path)?;
    let values = columns().into_iter().filter_map(|column| values(&frame, column).transpose());
    let values = values.collect::<io::Result<Vec<Values>>>()?;
    let number = |wanted: fn(&Target) -> bool| {
        let found = values.iter().find_map(|values| match values {
            Values::Number(target, values) if wanted(target) => Some(values),
            _ => None,
        });
        found.ok_or_else(|| io::Error::other("a column that says where records stand is missing"))
    };
    let lines = number(|target| matches!(target, Target::LineNo))?;
    let offsets = number(|target| matches!(target, Target::Offset))?;
    let lengths = number(|target| matches!(target, Target::Length))?;
    let hidden = hidden(&frame)?;
    for row in 0..frame.height() {
        let place = Place {
            line_no: lines.get(row).unwrap_or_default() as u32,
            byte_offset: offsets.get(row).unwrap_or_default() as u64,
            byte_len: lengths.get(row).unwrap_or_default() as u32,
        };
        facts.push(source, place);
        if let Some(places) = hidden.as_ref().and_then(|hidden| hidden.get(row)) {
            facts.set_hidden(places);
        }
        for values in &values {
            match values {
                Values::Text(text, values) => {
                    if let Some(value) = values.get(row) {
                        facts.set_text(*text, value.as_bytes());
                    }
                }
                Values::Number(target, values) => match (target, values.get(row)) {
                    (_, None) | (Target::LineNo | Target::Offset | Target::Length | Target::Text(_), _) => {}
                    (Target::Ts, Some(value)) => facts.set_ts(value),
                    (Target::Status, Some(value)) => facts.set_status(u16::try_from(value).unwrap_or_default()),
                    (Target::Number(number), Some(value)) => facts.set_number(*number, value),
                },
            }
        }
    }
    Ok(frame.height() as u64)
}

fn frame(path: &Path) -> io::Result<DataFrame> {
    let mut frame = ParquetReader::new(File::open(path)?).finish().map_err(plain)?;
    // Values are read by row.
    frame.rechunk_mut();
    Ok(frame)
}

/// Where raw lines have secrets, if one has. Segments of versions that did not look for them do not say it.
fn hidden(frame: &DataFrame) -> io::Result<Option<StringChunked>> {
    if !frame.get_column_names().iter().any(|name| name.as_str() == HIDDEN) {
        return Ok(None);
    }
    let places = frame.column(HIDDEN).and_then(|column| column.str().cloned()).map_err(plain)?;
    Ok((places.null_count() < places.len()).then_some(places))
}

/// A column, unless no row has a value.
fn values(frame: &DataFrame, column: &Column) -> io::Result<Option<Values>> {
    let Some(target) = target(column.name) else { return Ok(None) };
    let values = frame.column(column.name).map_err(plain)?;
    if values.null_count() == values.len() && !matches!(target, Target::LineNo | Target::Offset | Target::Length) {
        return Ok(None);
    }
    Ok(Some(match target {
        Target::Text(text) => Values::Text(text, values.str().map_err(plain)?.clone()),
        target => {
            let values =
                if column.kind == Kind::Time { values.cast(&DataType::Int64).map_err(plain)? } else { values.clone() };
            Values::Number(target, values.i64().map_err(plain)?.clone())
        }
    }))
}

/// A line as it stands in its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptLine {
    /// SHA-256 of the source, in hex.
    pub source: String,
    /// Where it begins in the source as decompressed.
    pub byte_offset: u64,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Kept lines being written: `source_sha256`, `byte_offset`, `raw`.
pub struct LinesWriter<W: Write> {
    writer: BatchedWriter<W>,
    pending: Vec<KeptLine>,
}

/// Lines of a row group.
const LINES_A_GROUP: usize = 50_000;

impl<W: Write> LinesWriter<W> {
    /// Begins a file.
    pub fn new(out: W) -> io::Result<Self> {
        let schema: Schema = [
            ("source_sha256".into(), DataType::String),
            ("byte_offset".into(), DataType::Int64),
            ("raw".into(), DataType::Binary),
        ]
        .into_iter()
        .collect();
        let writer = ParquetWriter::new(out).with_compression(ParquetCompression::Zstd(None));
        Ok(Self { writer: writer.batched(&schema).map_err(plain)?, pending: Vec::new() })
    }

    /// Adds a line.
    pub fn write(&mut self, line: KeptLine) -> io::Result<()> {
        self.pending.push(line);
        if self.pending.len() < LINES_A_GROUP { Ok(()) } else { self.flush() }
    }

    fn flush(&mut self) -> io::Result<()> {
        let lines = std::mem::take(&mut self.pending);
        let sources = lines.iter().map(|line| Some(line.source.as_str()));
        let offsets: Vec<i64> = lines.iter().map(|line| line.byte_offset as i64).collect();
        let raw = lines.iter().map(|line| Some(line.bytes.as_slice()));
        let columns = vec![
            StringChunked::from_iter_options("source_sha256".into(), sources).into_column(),
            Series::new("byte_offset".into(), offsets).into_column(),
            BinaryChunked::from_iter_options("raw".into(), raw).into_column(),
        ];
        let frame = DataFrame::new(lines.len(), columns).map_err(plain)?;
        self.writer.write_batch(&frame).map_err(plain)
    }

    /// Writes the end of the file.
    pub fn finish(mut self) -> io::Result<()> {
        if !self.pending.is_empty() {
            self.flush()?;
        }
        self.writer.finish().map_err(plain)?;
        Ok(())
    }
}

/// Reads kept lines.
pub fn read_lines(path: &Path, each: &mut dyn FnMut(KeptLine)) -> io::Result<()> {
    let frame = frame(path)?;
    let sources = frame.column("source_sha256").and_then(|column| column.str().cloned()).map_err(plain)?;
    let offsets: ChunkedArray<Int64Type> =
        frame.column("byte_offset").and_then(|column| column.i64().cloned()).map_err(plain)?;
    let raw = frame.column("raw").and_then(|column| column.binary().cloned()).map_err(plain)?;
    for row in 0..frame.height() {
        if let (Some(source), Some(offset), Some(bytes)) = (sources.get(row), offsets.get(row), raw.get(row)) {
            each(KeptLine { source: source.to_owned(), byte_offset: offset as u64, bytes: bytes.to_vec() });
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::frame::sample::six;

    #[test]
    fn facts_come_back_as_they_were() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.parquet");
        let sample = six();
        let mut writer = SegmentWriter::new(File::create(&path).unwrap()).unwrap();
        for places in [None, Some("0-4,5-9")] {
            let mut rows = sample.facts.clone();
            if let Some(places) = places {
                rows.set_hidden(places);
            }
            writer.write(&sample.sources[0], &mut rows).unwrap();
        }
        assert_eq!(writer.count(), 12);
        let times = sample.facts.ts_values().iter().copied().filter(|&ts| ts != NO_NUMBER);
        assert_eq!(writer.span(), (times.clone().min(), times.max()));
        writer.finish().unwrap();
        let mut facts = FactTable::default();
        assert_eq!(read(&path, 0, &mut facts).unwrap(), 12);
        facts.finish();
        for row in 0..12 {
            let before = row % 6;
            assert_eq!(facts.ts(row), sample.facts.ts(before));
            assert_eq!(facts.status(row), sample.facts.status(before));
            assert_eq!(facts.place(row), sample.facts.place(before));
            assert_eq!(facts.hidden(row), (row == 11).then_some("0-4,5-9"));
            for text in Text::ALL {
                assert_eq!(facts.text(text).get(row), sample.facts.text(text).get(before), "{}", text.name());
            }
            for number in Number::ALL {
                assert_eq!(facts.number(number).get(row), sample.facts.number(number).get(before), "{}", number.name());
            }
        }
    }

    #[test]
    fn a_segment_of_a_version_that_knew_no_places_of_secrets_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.parquet");
        let mut rows = ParquetRows::new(File::create(&path).unwrap(), &columns()).unwrap();
        rows.write(&six()).unwrap();
        rows.finish().unwrap();
        let mut facts = FactTable::default();
        assert_eq!(read(&path, 0, &mut facts).unwrap(), 6);
        facts.finish();
        assert!((0..6).all(|row| facts.hidden(row).is_none()));
    }

    #[test]
    fn lines_come_back_byte_for_byte() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lines.parquet");
        let line = |n: u64| KeptLine { source: "ab".to_owned(), byte_offset: n, bytes: vec![n as u8, 0xff, 0] };
        let mut writer = LinesWriter::new(File::create(&path).unwrap()).unwrap();
        (0..300).for_each(|n| writer.write(line(n)).unwrap());
        writer.finish().unwrap();
        let mut seen = Vec::new();
        read_lines(&path, &mut |line| seen.push(line)).unwrap();
        assert_eq!(seen, (0..300).map(line).collect::<Vec<_>>());
    }
}
