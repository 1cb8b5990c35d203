//! Requests that were logged at several vantages: which rows are one exchange, and which of them counts.
//!
//! Made by `derive`, read by everything that counts. Where all rows have one vantage every table here is empty and
//! every row counts by itself.

use breachline_parsers::schema::{Number, Text};

/// How two rows are known to be one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Basis {
    /// Both name the same request id.
    RequestId,
    /// Both name the same trace id.
    TraceId,
    /// Time, method, path, status and whatever else both log fit each other and nothing else.
    Inferred,
}

impl Basis {
    /// All of them, the surest first.
    pub const ALL: [Self; 3] = [Self::RequestId, Self::TraceId, Self::Inferred];

    /// The value in the column `exchange_basis`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::RequestId => "request_id",
            Self::TraceId => "trace_id",
            Self::Inferred => "inferred",
        }
    }
}

/// How far the clock of a source is off, as estimated from requests that it shares with sources behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clock {
    /// The source.
    pub source: u32,
    /// The vantage whose clock it was held against.
    pub against: &'static str,
    /// Its times minus those of that vantage, in microseconds.
    pub offset_us: i64,
    /// Requests that the estimate rests on.
    pub n: usize,
    /// Half of them are no further than this from the estimate, in microseconds.
    pub spread_us: i64,
    /// Whether ids prove those requests to be shared, rather than inference.
    pub exact: bool,
}

/// Rows of the same request, put together.
#[derive(Clone, Default)]
pub struct Exchanges {
    /// The exchange of each row, numbered from 0 in order of first row.
    pub of_row: Vec<u32>,
    /// How each row is known to belong to the others of its exchange; `None` for a row that is alone.
    pub basis: Vec<Option<Basis>>,
    /// Whether a row stands for its exchange when requests are counted.
    pub counted: Vec<bool>,
    /// Per source: sources with the same number are counted together. Never 0.
    pub family: Vec<u32>,
    /// Text columns with what other rows of the exchange say filled in; at rows that count only.
    pub told: Vec<(Text, Vec<u32>)>,
    /// Numeric columns likewise.
    pub told_numbers: Vec<(Number, Vec<i64>)>,
    /// Clocks that could be compared.
    pub clocks: Vec<Clock>,
    /// Where the rows of each exchange start in `rows`; one more than there are exchanges.
    pub starts: Vec<u32>,
    /// Rows by exchange, the outermost vantage first.
    pub rows: Vec<u32>,
    /// Which vantages could not be linked, and which sources of one vantage tell of the same requests, in sentences.
    pub apart: Vec<String>,
}

impl Exchanges {
    /// Whether no two rows are one request as far as is known.
    pub fn is_empty(&self) -> bool {
        self.of_row.is_empty()
    }

    /// Whether a row stands for its exchange when requests are counted.
    #[inline]
    pub fn counts(&self, row: u32) -> bool {
        self.counted.is_empty() || self.counted[row as usize]
    }

    /// The number of a row's exchange, from 1.
    #[inline]
    pub fn number(&self, row: usize) -> u32 {
        self.of_row.get(row).map_or(row as u32, |&exchange| exchange) + 1
    }

    /// How a row is known to belong to the others of its exchange.
    #[inline]
    pub fn basis(&self, row: usize) -> Option<Basis> {
        self.basis.get(row).copied().flatten()
    }

    /// All rows of a row's exchange, the outermost vantage first; nothing where every row is its own.
    pub fn members(&self, row: u32) -> &[u32] {
        let Some(&exchange) = self.of_row.get(row as usize) else { return &[] };
        let exchange = exchange as usize;
        &self.rows[self.starts[exchange] as usize..self.starts[exchange + 1] as usize]
    }

    /// Members of a row's exchange that are counted together with it, itself among them, the outermost first.
    pub fn siblings<'a>(&'a self, row: u32, sources: &'a [u32]) -> impl Iterator<Item = u32> + Clone + 'a {
        let of = move |row: u32| self.family.get(sources[row as usize] as usize);
        let family = of(row);
        self.members(row).iter().copied().filter(move |&member| of(member) == family)
    }

    /// The text column with what other rows of the exchange say filled in, where that differs from the facts.
    pub fn told(&self, text: Text) -> Option<&[u32]> {
        self.told.iter().find(|(known, _)| *known == text).map(|(_, codes)| codes.as_slice())
    }
}
