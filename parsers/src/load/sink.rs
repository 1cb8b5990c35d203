//! Rows handed on while they are read, instead of being kept.

use crate::report::{Reject, SourceReport};
use crate::table::FactTable;
use std::io;

/// Takes the rows of a load in the order of the input: source by source, record by record.
///
/// An error ends the load.
pub trait Sink {
    /// Takes the rows of one block, all of one source. The report says what is known of the source before its records
    /// are read: its name, format and vantage. Codes are those of the block and mean nothing beyond it.
    fn rows(&mut self, source: &SourceReport, facts: &mut FactTable) -> io::Result<()>;

    /// Takes rejected records: all of them with [`super::LoadOptions::keep_all_rejects`], else the first 1,000 of each
    /// source.
    fn rejects(&mut self, source: &SourceReport, rejects: &[Reject]) -> io::Result<()>;
}

/// A sink that may be missing or have failed.
pub(super) struct Outlet<'a> {
    sink: Option<&'a mut dyn Sink>,
    failed: Option<io::Error>,
}

impl<'a> Outlet<'a> {
    pub(super) fn new(sink: Option<&'a mut dyn Sink>) -> Self {
        Self { sink, failed: None }
    }

    /// Whether rows go to a sink.
    pub(super) fn is_there(&self) -> bool {
        self.sink.is_some()
    }

    /// Whether the sink takes no more.
    pub(super) fn has_failed(&self) -> bool {
        self.failed.is_some()
    }

    /// Hands rows and rejects of a source on, unless nobody takes them.
    pub(super) fn put(&mut self, source: &SourceReport, facts: &mut FactTable, rejects: &[Reject]) {
        let Some(sink) = self.sink.as_mut().filter(|_| self.failed.is_none()) else { return };
        let mut put = || {
            if facts.rows() > 0 {
                sink.rows(source, facts)?;
            }
            if !rejects.is_empty() {
                sink.rejects(source, rejects)?;
            }
            Ok(())
        };
        self.failed = put().err();
    }

    /// Fails as the sink did.
    pub(super) fn finish(self) -> io::Result<()> {
        self.failed.map_or(Ok(()), Err)
    }
}
