//! Small tables for tests of rules, SQL and derivations, without log files.
//!
//! ```text
//! Log::new().row(|r| r.ts("2026-03-04T02:00:00Z").ip("192.0.2.4").get("/a/1").status(200).bytes(300)).build()
//! ```

use crate::context::Context;
use crate::context::openapi::OpenApi;
use crate::derive::{DeriveError, DeriveOptions, derive};
use crate::requests::Requests;
use breachline_parsers::report::{Completeness, SourceReport, Vantage};
use breachline_parsers::schema::{Number, Text};
use breachline_parsers::table::{FactTable, Place};
use chrono::DateTime;
use std::sync::Arc;

/// Rows and sources in the making.
#[derive(Clone)]
pub struct Log {
    facts: FactTable,
    sources: Vec<SourceReport>,
    options: DeriveOptions,
}

/// One row in the making.
#[derive(Clone, Default)]
pub struct Row {
    ts: Option<i64>,
    status: u16,
    texts: Vec<(Text, String)>,
    numbers: Vec<(Number, i64)>,
}

impl Default for Log {
    fn default() -> Self {
        Self::new()
    }
}

impl Log {
    /// No rows yet, one source named `test.log` that records identity.
    pub fn new() -> Self {
        Self { facts: FactTable::default(), sources: vec![report(0, "test.log")], options: DeriveOptions::default() }
    }

    /// Names the current source, or starts another one once it has rows.
    #[must_use]
    pub fn source(mut self, path: &str) -> Self {
        if self.sources.last().is_some_and(|source| source.rows == 0) {
            self.sources.pop();
        }
        self.sources.push(report(self.sources.len() as u32, path));
        self
    }

    /// Changes the report of the current source.
    #[must_use]
    pub fn report(mut self, change: impl FnOnce(&mut SourceReport)) -> Self {
        if let Some(source) = self.sources.last_mut() {
            change(source);
        }
        self
    }

    /// Trusts a network or a number of hops, as `--trusted-proxy` does.
    #[must_use]
    pub fn trust(mut self, value: &str) -> Self {
        self.options.trusted_proxies.push(value.to_owned());
        self
    }

    /// Declares what is known of the system, as `--context` does.
    #[must_use]
    pub fn context(mut self, context: Context) -> Self {
        self.options.context = Some(Arc::new(context));
        self
    }

    /// Gives the operations of the system, as `--openapi` does.
    #[must_use]
    pub fn openapi(mut self, openapi: OpenApi) -> Self {
        self.options.openapi = Some(Arc::new(openapi));
        self
    }

    /// Adds a row.
    #[must_use]
    pub fn row(mut self, fill: impl FnOnce(Row) -> Row) -> Self {
        self.push(fill(Row::default()));
        self
    }

    /// Adds `count` rows, made from their numbers.
    #[must_use]
    pub fn rows(mut self, count: usize, mut fill: impl FnMut(Row, usize) -> Row) -> Self {
        for index in 0..count {
            self.push(fill(Row::default(), index));
        }
        self
    }

    fn push(&mut self, row: Row) {
        let id = self.sources.len() as u32 - 1;
        let Some(source) = self.sources.last_mut() else {
            return;
        };
        source.rows += 1;
        source.records += 1;
        source.lines += 1;
        let place = Place { line_no: source.lines as u32, byte_offset: (source.lines - 1) * 100, byte_len: 99 };
        if let Some(ts) = row.ts {
            source.first = Some(source.first.map_or(ts, |first| first.min(ts)));
            source.last = Some(source.last.map_or(ts, |last| last.max(ts)));
        }
        self.facts.push(id, place);
        if let Some(ts) = row.ts {
            self.facts.set_ts(ts);
        }
        self.facts.set_status(row.status);
        for (text, value) in row.texts {
            self.facts.set_text(text, value.as_bytes());
        }
        for (number, value) in row.numbers {
            self.facts.set_number(number, value);
        }
    }

    /// The facts and sources, without derivations.
    pub fn facts(mut self) -> (FactTable, Vec<SourceReport>) {
        self.facts.finish();
        (self.facts, self.sources)
    }

    /// The table with its derivations, or what is wrong with the trusted proxies.
    pub fn try_build(self) -> Result<Requests, DeriveError> {
        let options = self.options.clone();
        let (facts, sources) = self.facts();
        derive(facts, sources, &options)
    }

    /// The table with its derivations; trusted proxies that cannot be read are left out.
    pub fn build(mut self) -> Requests {
        let options = std::mem::take(&mut self.options);
        let (facts, sources) = self.facts();
        match derive(facts.clone(), sources.clone(), &options) {
            Ok(requests) => requests,
            Err(error) => {
                let mut derived = crate::requests::Derived::default();
                derived.notes.push(error.0);
                Requests { facts, sources, derived, order: Vec::new() }
            }
        }
    }
}

impl Row {
    /// Sets a text fact.
    #[must_use]
    pub fn text(mut self, text: Text, value: &str) -> Self {
        self.texts.retain(|(known, _)| *known != text);
        self.texts.push((text, value.to_owned()));
        self
    }

    /// Sets a number.
    #[must_use]
    pub fn number(mut self, number: Number, value: i64) -> Self {
        self.numbers.retain(|(known, _)| *known != number);
        self.numbers.push((number, value));
        self
    }

    /// Sets the time, in RFC 3339; what is none stays absent.
    #[must_use]
    pub fn ts(mut self, time: &str) -> Self {
        self.ts = DateTime::parse_from_rfc3339(time).ok().map(|time| time.timestamp_micros());
        self
    }

    /// Sets the time to seconds after 2026-03-04T00:00:00Z.
    #[must_use]
    pub fn at(mut self, seconds: f64) -> Self {
        self.ts = Some(1_772_582_400_000_000 + (seconds * 1e6) as i64);
        self
    }

    /// Sets the peer address.
    #[must_use]
    pub fn ip(self, address: &str) -> Self {
        self.text(Text::PeerIp, address)
    }

    /// Sets the forwarded-for chain.
    #[must_use]
    pub fn forwarded(self, chain: &str) -> Self {
        self.text(Text::Forwarded, chain)
    }

    /// Sets method and target.
    #[must_use]
    pub fn request(self, method: &str, target: &str) -> Self {
        self.text(Text::Method, method).text(Text::Target, target)
    }

    /// A GET of a target.
    #[must_use]
    pub fn get(self, target: &str) -> Self {
        self.request("GET", target)
    }

    /// A POST to a target.
    #[must_use]
    pub fn post(self, target: &str) -> Self {
        self.request("POST", target)
    }

    /// Sets the status.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// Sets the bytes sent to the client.
    #[must_use]
    pub fn bytes(self, bytes: i64) -> Self {
        self.number(Number::BytesOut, bytes)
    }

    /// Sets the principal.
    #[must_use]
    pub fn user(self, principal: &str) -> Self {
        self.text(Text::Principal, principal)
    }

    /// Sets the credential.
    #[must_use]
    pub fn credential(self, credential: &str) -> Self {
        self.text(Text::Credential, credential)
    }

    /// Sets the session.
    #[must_use]
    pub fn session(self, session: &str) -> Self {
        self.text(Text::Session, session)
    }

    /// Sets the user agent.
    #[must_use]
    pub fn ua(self, agent: &str) -> Self {
        self.text(Text::UserAgent, agent)
    }

    /// Sets the host.
    #[must_use]
    pub fn host(self, host: &str) -> Self {
        self.text(Text::Host, host)
    }
}

/// The report of a source in which nothing is out of the ordinary.
pub(crate) fn report(id: u32, path: &str) -> SourceReport {
    SourceReport {
        id,
        path: path.to_owned(),
        sha256: String::new(),
        sha256_decompressed: None,
        bytes: 0,
        bytes_decompressed: 0,
        lines: 0,
        records: 0,
        rows: 0,
        rejects: 0,
        skips: 0,
        format: Some("test".to_owned()),
        wrappers: Vec::new(),
        others: Vec::new(),
        mapped: Vec::new(),
        vantage: Some(Vantage::Gateway),
        zone: "stated".to_owned(),
        folded: 0,
        gaps: 0,
        first: None,
        last: None,
        compression: None,
        encoding: None,
        container: None,
        records_identity: true,
        sampling: None,
        nuls: None,
        completeness: Completeness::Whole,
    }
}
