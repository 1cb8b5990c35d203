//! Records in which a client chooses a value that its writer does not escape: what looks like the end of the value may
//! be part of it. What stands behind it is not the client's to choose, so that the value ends where the end of the
//! record says.

use super::Verdict;
use super::facts::Facts;
use super::host;
use super::text::{Plan, Reach, Step, TextDecoder};
use crate::table::{FactTable, Place};
use regex::bytes::Regex;

/// A value that a client chooses.
#[derive(Clone, Debug)]
pub(crate) struct Free {
    /// Which step reads it.
    step: usize,
    /// What stands behind it, up to the end of a record.
    rest: Regex,
    /// How many quotes a record has that holds none in its values; `None` where quotes tell nothing.
    quotes: Option<usize>,
}

impl Free {
    /// The value of a step, in front of what the steps after it read.
    pub(crate) fn of_quoted(plan: &Plan, step: usize) -> Option<Self> {
        let rest: String = plan.steps[step..].iter().enumerate().map(|(at, step)| pattern(step, at > 0)).collect();
        let literals = std::iter::once(&plan.lead).chain(plan.steps.iter().map(|step| &step.until));
        let quotes = literals.map(|literal| memchr::memchr_iter(b'"', literal).count()).sum();
        Some(Self { step, rest: Regex::new(&format!("(?-u){rest}$")).ok()?, quotes: Some(quotes) })
    }

    /// The same where the format says what stands behind it.
    pub(crate) fn before(step: usize, rest: &str) -> Result<Self, String> {
        let rest = Regex::new(&format!("(?-u){rest}$")).map_err(|error| error.to_string())?;
        Ok(Self { step, rest, quotes: None })
    }

    /// The step, and where its value ends, if a record has to be read from its end.
    fn end(&self, record: &[u8]) -> Option<(usize, usize)> {
        if self.quotes.is_some_and(|usual| memchr::memchr_iter(b'"', record).count() <= usual) {
            return None;
        }
        self.rest.find(record).map(|rest| (self.step, rest.start()))
    }
}

/// What a step reads, and the literal after it.
fn pattern(step: &Step, with_value: bool) -> String {
    let value = match (with_value, step.reach) {
        (false, _) => "",
        (true, Reach::Quoted) => "[^\"]*",
        (true, _) => "[^ \"]*",
    };
    format!("{value}{}", regex::escape(&String::from_utf8_lossy(&step.until)))
}

impl TextDecoder {
    /// Reads a record from its end where it needs to be.
    #[inline(never)] // seldom, and in the way of what is often
    pub(super) fn read_from_end(
        &self,
        free: &Free,
        record: &[u8],
        source: u32,
        place: Place,
        table: &mut FactTable,
    ) -> Option<Verdict> {
        let end = free.end(record)?;
        let valid = simdutf8::basic::from_utf8(record).is_ok();
        let facts = || Facts::new(&self.context, valid);
        let mut right = facts();
        self.plan.read_to(record, &mut right, &self.captures, end).ok()?;
        let mut left = facts();
        if free.quotes.is_some() && self.plan.read(record, &mut left, &self.captures, false).is_ok() {
            match (is_upstream(left.upstream()), is_upstream(right.upstream())) {
                // The record has more columns than the layout.
                (true, false) => return None,
                (true, true) if !self.plan.lenient => {
                    let reason = "more quotes than its layout has, which can be read in two ways; give --log-format";
                    return Some(Verdict::Reject(reason.into()));
                }
                _ => {}
            }
        }
        Some(right.finish(source, place, table))
    }
}

/// Whether a proxy may have sent a request there: an address, or nowhere.
fn is_upstream(value: &[u8]) -> bool {
    value.is_empty() || host::is_address_of_peer(value) || (value.contains(&b':') && host::is_server(value))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::format::{DecodeContext, Format, compile, find};
    use crate::load::DirectiveKind;
    use crate::schema::Text;

    fn read(format: &Format, record: &str, strict: bool) -> Result<[String; 5], String> {
        let context = DecodeContext {
            key: [0; 32],
            zone: chrono_tz::Tz::UTC,
            year_hint: None,
            captures: std::sync::Arc::default(),
        };
        let decoder = if strict { format.detector(&context) } else { format.decoder(&context) };
        let mut table = FactTable::default();
        match decoder.decode(record.as_bytes(), 0, Place::default(), &mut table) {
            Verdict::Row => {}
            other => return Err(format!("{other:?}")),
        }
        table.finish();
        let columns = [Text::UserAgent, Text::RequestId, Text::Host, Text::Upstream, Text::Principal];
        Ok(columns.map(|which| table.text(which).get(0).unwrap_or("-").to_owned()))
    }

    fn envoy(agent: &str, more: &str) -> String {
        format!(
            r#"[2024-04-15T20:17:00.310Z] "GET /a HTTP/1.1" 200 - 0 3 26 25 "203.0.113.9" "{agent}" "req-1" "www.example.com" "10.0.2.1:80"{more}"#
        )
    }

    #[test]
    fn no_user_agent_of_a_client_moves_the_columns_behind_it() {
        let format = find("envoy").unwrap();
        for agent in [r#"evil" "x" ua"#, r#"a" "b" "c" "d"#, r#"""#, r#"" ""#, "plain", r#"a"b"#] {
            let expected = [agent, "req-1", "www.example.com", "10.0.2.1:80", "-"].map(str::to_owned);
            assert_eq!(read(format, &envoy(agent, ""), false), Ok(expected), "{agent}");
        }
        // It wrote an upstream of its own: told apart from other layouts the record says nothing, known it does.
        let forged = envoy(r#"a" "b" "c" "10.9.9.9:1"#, "");
        assert!(read(format, &forged, true).unwrap_err().contains("two ways"));
        assert_eq!(read(format, &forged, false).unwrap()[1..4], ["req-1", "www.example.com", "10.0.2.1:80"]);
    }

    #[test]
    fn columns_that_were_added_behind_are_left_alone() {
        let format = find("envoy").unwrap();
        for more in [r#" "added""#, " 17", r#" "a" 17"#] {
            let expected = ["curl", "req-1", "www.example.com", "10.0.2.1:80", "-"].map(str::to_owned);
            for strict in [true, false] {
                assert_eq!(read(format, &envoy("curl", more), strict), Ok(expected.clone()), "{more}");
            }
        }
    }

    #[test]
    fn directives_of_envoy_are_read_so_as_well() {
        let directive = r#"[%START_TIME%] "%REQ(:METHOD)% %REQ(:PATH)% %PROTOCOL%" %RESPONSE_CODE% "%REQ(USER-AGENT)%" "%REQ(X-REQUEST-ID)%" %DURATION%"#;
        let format = compile(Some(DirectiveKind::Envoy), directive).unwrap();
        let record = r#"[2024-04-15T20:17:00.310Z] "GET /a HTTP/1.1" 200 "a" "b" 5" "req-1" 26"#;
        assert_eq!(read(&format, record, false).unwrap()[..2], [r#"a" "b" 5"#, "req-1"]);
    }

    #[test]
    fn a_blank_in_a_url_makes_no_user() {
        let format = find("squid").unwrap();
        let line = |url: &str| {
            format!("1710238532.576    111 192.0.2.10 TCP_MISS/200 491 GET {url} bob HIER_DIRECT/10.0.0.1 text/html")
        };
        for url in ["http://a.example/a b?x=1", "http://a.example/a alice HIER_DIRECT/10.0.0.9 x", "http://a.example/"]
        {
            for strict in [true, false] {
                let row = read(format, &line(url), strict).unwrap();
                assert_eq!(row[2..], ["a.example", "10.0.0.1", "bob"].map(str::to_owned), "{url}");
            }
        }
    }
}
