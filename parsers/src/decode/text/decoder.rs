//! Decoders along a plan, and why they refuse a record.

use super::{Logs, Plan};
use crate::decode::facts::Facts;
use crate::decode::haproxy::{self, Captures};
use crate::decode::{Decode, Refusal, Verdict};
use crate::format::DecodeContext;
use crate::table::{FactTable, Place};
use std::sync::{Arc, OnceLock};

/// Decodes records along a plan.
pub(crate) struct TextDecoder {
    pub plan: Arc<Plan>,
    pub context: DecodeContext,
    pub captures: Captures,
    /// Which steps of the plan read secrets, once somebody asks.
    secret: OnceLock<Vec<bool>>,
    /// The plan with every quoted value ending at its first quote, where it has one that does not.
    plain: OnceLock<Option<Plan>>,
}

impl TextDecoder {
    pub(crate) fn new(plan: Arc<Plan>, context: DecodeContext, captures: Captures) -> Self {
        Self { plan, context, captures, secret: OnceLock::new(), plain: OnceLock::new() }
    }

    /// Where a record stops fitting and why. A quoted value reaches to a quote with a number behind it, for not every
    /// writer escapes quotes; where something else stands in that number's place the search runs past it, and would blame
    /// whatever it met there.
    #[inline(never)]
    fn refuse(&self, record: &[u8]) -> Option<Refusal> {
        let (steps, refusal) = self.refuse_along(&self.plan, record)?;
        match self.plain().and_then(|plain| self.refuse_along(plain, record)) {
            Some((further, plainly)) if further >= steps => Some(plainly),
            _ => Some(refusal),
        }
    }

    fn plain(&self) -> Option<&Plan> {
        self.plain.get_or_init(|| self.plan.without_search()).as_ref()
    }

    /// The same along a plan, and how many of its fields were reached.
    fn refuse_along(&self, plan: &Plan, record: &[u8]) -> Option<(usize, Refusal)> {
        let valid = simdutf8::basic::from_utf8(record).is_ok();
        let (mut steps, mut left) = (0, record.len());
        let mut facts = Facts::new(&self.context, valid);
        let read = plan.read_along(record, &mut facts, &self.captures, (false, None), &mut |rest| {
            steps += 1;
            left = rest.len();
        });
        read.err().map(|reason| (steps, Refusal { at: record.len() - left, reason }))
    }

    /// Reads a record whose columns are padded with spaces. It is the second guess, since two spaces may also be an
    /// empty field.
    #[inline(never)]
    fn read_padded(&self, record: &[u8], source: u32, place: Place, table: &mut FactTable) -> Option<Verdict> {
        memchr::memmem::find(record, b"  ")?;
        let mut facts = Facts::new(&self.context, simdutf8::basic::from_utf8(record).is_ok());
        facts.is_connection = self.plan.logs == Logs::Connections;
        self.plan.read(record, &mut facts, &self.captures, true).ok()?;
        Some(facts.finish(source, place, table)).filter(|verdict| *verdict == Verdict::Row)
    }
}

impl Decode for TextDecoder {
    fn decode(&self, record: &[u8], source: u32, place: Place, table: &mut FactTable) -> Verdict {
        let record = record.strip_suffix(b"\r").unwrap_or(record);
        if record.trim_ascii().is_empty() {
            return Verdict::Skip("blank");
        }
        if let Some(free) = &self.plan.free
            && let Some(verdict) = self.read_from_end(free, record, source, place, table)
        {
            return verdict;
        }
        let valid = simdutf8::basic::from_utf8(record).is_ok();
        let mut facts = Facts::new(&self.context, valid);
        facts.is_connection = self.plan.logs == Logs::Connections;
        let read = self.plan.read(record, &mut facts, &self.captures, false);
        let verdict = match read {
            Ok(()) => facts.finish(source, place, table),
            Err(_) if self.plan.is_haproxy && haproxy::is_notice(record) => return Verdict::Skip("notice"),
            Err(reason) => Verdict::Reject(reason.into()),
        };
        match verdict {
            Verdict::Reject(_) => match self.read_padded(record, source, place, table) {
                Some(row) => row,
                // Whoever tells formats apart asks for no reason.
                None if self.plan.lenient && self.plain().is_some() => {
                    self.refuse(record).map_or(verdict, |refusal| Verdict::Reject(refusal.reason.into()))
                }
                None => verdict,
            },
            verdict => verdict,
        }
    }

    fn secrets(&self, record: &[u8]) -> Vec<std::ops::Range<usize>> {
        self.plan.secrets(record, self.secret.get_or_init(|| self.plan.secret_steps(&self.captures)))
    }

    fn refusal(&self, record: &[u8]) -> Option<Refusal> {
        self.refuse(record.strip_suffix(b"\r").unwrap_or(record))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::decode::Verdict;
    use crate::format::{DecodeContext, compile};
    use crate::table::{FactTable, Place};

    /// Why a record does not fit; empty where it does.
    fn refused(directive: &str, record: &str) -> String {
        let context = DecodeContext {
            key: [0; 32],
            zone: chrono_tz::Tz::UTC,
            year_hint: None,
            captures: std::sync::Arc::default(),
        };
        let decoder = compile(None, directive).unwrap().decoder(&context);
        match decoder.decode(record.as_bytes(), 0, Place::default(), &mut FactTable::default()) {
            Verdict::Reject(reason) => reason.into_owned(),
            _ => String::new(),
        }
    }

    #[test]
    fn what_stands_behind_the_last_number_is_not_swallowed() {
        for (last, value) in [("$request_time", "0.010"), ("$body_bytes_sent", "12"), ("$upstream_status", "200, 502")]
        {
            let directive = format!(r#"$remote_addr [$time_local] "$request" $status {last}"#);
            let why = |end: &str| {
                let start = r#"203.0.113.9 [04/Mar/2026:10:00:00 +0000] "GET /a HTTP/1.1" 200 "#;
                refused(&directive, &format!("{start}{end}"))
            };
            for end in ["-", value, &format!("{value} "), &format!("{value}\t")] {
                assert_eq!(why(end), "", "{last} {end}");
            }
            let reason = why(&format!(r#"{value} "-" "curl/8""#));
            assert!(reason.contains(r#""-" "curl/8""#), "{reason}");
        }
    }

    #[test]
    fn a_value_that_is_no_number_is_the_reason() {
        let directive = r#"$remote_addr [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" $request_time"#;
        let start = r#"203.0.113.9 [04/Mar/2026:10:00:00 +0000] "GET /a HTTP/1.1" "#;
        for (end, reason) in [
            (r#"200 12 "-" "curl" 0.010"#, ""),
            (r#"200 12 "-" "curl" -"#, ""),
            (r#"200 12 "-" "cu" rl" 0.010"#, ""),
            (r#"abc xyz 12 "-" "curl" 0.010"#, "no status: `abc`"),
            (r#"abc 12 "-" "curl" 0.010"#, "no status: `abc`"),
            (r#"200 xx "-" "curl" 0.010"#, "bytes_out is no number: `xx`"),
            (r#"200 12 "-" "curl" slow"#, "$request_time cannot be `slow`"),
            (r#"200 12 "-" "curl" 0.010 "-" x"#, r#"text after the last field: `"-" x`"#),
            // Cut short: nothing stands in place of the number.
            (r#"200 12 "-" "curl"#, "no closing quote after $http_user_agent"),
        ] {
            assert_eq!(refused(directive, &format!("{start}{end}")), reason, "{end}");
        }
    }
}
