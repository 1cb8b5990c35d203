//! Where secrets stand in records that could not be read: what a plan says of the fields behind the one that was refused.

use super::field::Field;
use super::haproxy::Captures;
use super::text::{Plan, Step};
use crate::mask;
use std::ops::Range;

impl Plan {
    /// Which steps read secrets, by their names.
    pub(super) fn secret_steps(&self, captures: &Captures) -> Vec<bool> {
        self.steps.iter().map(|step| self.holds_secret(step, captures)).collect()
    }

    /// Places of secrets, by the steps that read them. A record is cut along the literals, whatever the values are; where
    /// these are missing, all that is left may be the secret that was to come.
    pub(super) fn secrets(&self, record: &[u8], secret: &[bool]) -> Vec<Range<usize>> {
        let Some(last) = secret.iter().rposition(|&secret| secret) else { return Vec::new() };
        let Some(start) = record.strip_prefix(self.lead.as_slice()) else {
            return std::iter::once(0..record.len()).collect();
        };
        let mut found = Vec::new();
        // What looks like no end of a value may be one, since something here is not as it should be.
        for plainly in [false, true] {
            let mut rest = start;
            let mut cut_to = 0;
            for (step, &is_secret) in self.steps.iter().zip(secret) {
                let from = record.len() - rest.len();
                let Some((end, next)) = self.cut(step, rest, plainly) else { break };
                if is_secret && !matches!(&rest[..end], b"" | b"-") {
                    found.push(from..from + end);
                }
                (rest, cut_to) = (&rest[next..], cut_to + 1);
            }
            // A value with the literal in it has moved the others.
            if !rest.is_empty() && (cut_to <= last || cut_to == self.steps.len()) {
                found.push(record.len() - rest.len()..record.len());
            }
        }
        found.sort_by_key(|range| (range.start, range.end));
        found.dedup();
        found
    }

    fn holds_secret(&self, step: &Step, captures: &Captures) -> bool {
        let named = |name: Option<&String>| name.is_some_and(|name| mask::names_secret(name));
        match step.field {
            Field::Extra(name) => named(self.names.get(usize::from(name))),
            Field::Captures => {
                captures.fields.iter().any(|field| field.is_secret())
                    || captures.names.iter().any(|name| named(Some(name)))
            }
            field => field.is_secret(),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::decode::haproxy::Captures;
    use crate::decode::text::Plan;
    use crate::directive::{Compiled, compile};
    use crate::load::DirectiveKind;
    use proptest::prelude::*;

    fn plan(directive: &str) -> std::sync::Arc<Plan> {
        match compile(Some(DirectiveKind::Nginx), directive).unwrap() {
            Compiled::Text(plan) => std::sync::Arc::new(plan),
            Compiled::Json(..) => unreachable!("a directive of text"),
        }
    }

    fn found<'r>(directive: &str, record: &'r str) -> Vec<&'r str> {
        let plan = plan(directive);
        let secret = plan.secret_steps(&Captures::default());
        plan.secrets(record.as_bytes(), &secret).into_iter().map(|range| &record[range]).collect()
    }

    const KEYED: &str = r#"$remote_addr [$time_local] "$request" $status "$http_x_api_key" $body_bytes_sent"#;

    #[test]
    fn what_a_directive_calls_a_secret_is_found_behind_what_is_refused() {
        let start = r#"203.0.113.9 [02/Jan/2026:22:04:05 +0000] "GET / HTTP/1.1""#;
        assert!(found(KEYED, &format!(r#"{start} abc "key" 12"#)).contains(&"key"));
        assert_eq!(found(KEYED, &format!(r#"{start} 200 "key" x"#)), ["key", r#"key" x"#]);
        assert_eq!(found(KEYED, &format!(r#"{start} 200 "-" 12"#)), [""; 0]);
        // Where it ends is not told any more.
        assert_eq!(found(KEYED, &format!(r#"{start} 200 "key and"#)), ["key and"]);
        assert_eq!(found(KEYED, "203.0.113.9 and more"), ["203.0.113.9 and more", "and more"][..1]);
        assert_eq!(found(r#"$msec "$request" $cookie_sid"#, r#"1.5 "GET /" a b"#), ["a b"]);
        assert_eq!(found(r#"$msec "$request" $status"#, "anything at all"), [""; 0]);
    }

    proptest! {
        #[test]
        fn ranges_are_in_order_and_within_the_record(record: Vec<u8>, text in r#"[a "\[\]-]{0,60}"#) {
            let plan = plan(KEYED);
            let secret = plan.secret_steps(&Captures::default());
            for record in [record.as_slice(), text.as_bytes()] {
                for range in plan.secrets(record, &secret) {
                    prop_assert!(range.start <= range.end && range.end <= record.len());
                }
            }
        }
    }
}
