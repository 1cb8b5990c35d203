//! Which requests are reported: a time, a condition, or both. Baselines know nothing of it.
//!
//! In: [`Selection`], from `--since`, `--until` and `--where`. Out: [`Selected`], the rows of one load that answers
//! are limited to, and the words that say so.

use crate::expr::Expr;
use crate::expr::parse::parse;
use crate::expr::vector::{Atoms, evaluate_rows};
use crate::measure::check_row_names;
use crate::requests::Requests;
use chrono::{DateTime, SecondsFormat};
use fixedbitset::FixedBitSet;

/// What is reported; by default everything.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selection {
    /// Nothing before this time (microseconds UTC).
    pub since: Option<i64>,
    /// Nothing at or after this time (microseconds UTC).
    pub until: Option<i64>,
    /// Nothing where this does not hold; NULL counts as FALSE.
    pub condition: Option<Expr>,
}

/// The rows of a load that answers are limited to.
#[derive(Clone, Debug, Default)]
pub struct Selected {
    /// The rows, a bit each.
    pub rows: FixedBitSet,
    /// The rows in total order.
    pub order: Vec<u32>,
    /// The time that they lie in (from, until; microseconds UTC, until not included); `None` is open.
    pub window: (Option<i64>, Option<i64>),
    /// Whether a condition chose them, beside any time.
    pub by_condition: bool,
    /// By which options, as they would be typed.
    pub words: String,
}

impl Selection {
    /// Whether it leaves nothing out.
    pub fn is_everything(&self) -> bool {
        *self == Self::default()
    }

    /// The options as they would be typed, times in UTC.
    pub fn words(&self) -> String {
        let time = |name: &str, ts: Option<i64>| ts.map(|ts| format!("{name} {}", rfc3339(ts)));
        let condition = self.condition.as_ref().map(|condition| format!("--where \"{condition}\""));
        let parts = [time("--since", self.since), time("--until", self.until), condition];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    /// Finds the rows; `None` when nothing is left out.
    pub fn select(&self, requests: &Requests) -> Option<Selected> {
        if self.is_everything() {
            return None;
        }
        let mut rows = FixedBitSet::with_capacity(requests.rows());
        rows.insert_range(..);
        if let Some(condition) = &self.condition {
            rows = evaluate_rows(condition, requests, &mut Atoms::default()).yes;
        }
        let within = |row: u32| {
            let ts = requests.facts.ts(row as usize);
            self.since.is_none_or(|since| ts.is_some_and(|ts| ts >= since))
                && self.until.is_none_or(|until| ts.is_some_and(|ts| ts < until))
        };
        let mut order = requests.order.clone();
        order.retain(|&row| {
            let kept = rows.contains(row as usize) && within(row);
            rows.set(row as usize, kept);
            kept
        });
        let by_condition = self.condition.is_some();
        Some(Selected { rows, order, window: (self.since, self.until), by_condition, words: self.words() })
    }
}

/// Reads a condition over rows as rules spell them. The error carries a caret and the nearest column.
pub fn condition(text: &str) -> Result<Expr, String> {
    let expr = parse(text).map_err(|error| error.render(text))?;
    check_row_names(&expr).map_err(|error| error.render(text))?;
    Ok(expr)
}

/// A time in UTC to the second, or finer where it is.
pub(crate) fn rfc3339(ts: i64) -> String {
    DateTime::from_timestamp_micros(ts)
        .map_or_else(|| format!("{ts} µs"), |time| time.to_rfc3339_opts(SecondsFormat::AutoSi, true))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::expr::scalar::evaluate;
    use crate::expr::vector::RowScope;
    use crate::testing::Log;
    use proptest::prelude::*;

    #[test]
    fn it_says_what_it_is_and_what_it_does_not_understand() {
        assert!(Selection::default().is_everything());
        let condition = condition("status = 200 AND client_ip LIKE '192.0.2.%'").unwrap();
        let selection = Selection { since: Some(0), until: Some(1_500_000), condition: Some(condition) };
        assert_eq!(
            selection.words(),
            "--since 1970-01-01T00:00:00Z --until 1970-01-01T00:00:01.500Z \
             --where \"status = 200 AND client_ip LIKE '192.0.2.%'\""
        );
        let wrong = super::condition("statsu = 200").unwrap_err();
        assert!(wrong.contains("did you mean `status`?") && wrong.contains("\n    ^^^^^^"), "{wrong}");
        assert!(super::condition("status = ").unwrap_err().contains("ends too early"));
    }

    proptest! {
        #[test]
        fn rows_like_one_by_one(
            lines in prop::collection::vec((0_u32..100, 0_u8..4, any::<bool>()), 1..60),
            since in prop::option::of(0_i64..100),
            until in prop::option::of(0_i64..100),
            limited in any::<bool>(),
        ) {
            let log = lines.iter().fold(Log::new(), |log, &(second, client, found)| {
                log.row(|row| {
                    row.at(f64::from(second)).ip(&format!("192.0.2.{client}")).get("/a").status(if found { 200 } else { 404 })
                })
            });
            let requests = log.build();
            let start = 1_772_582_400_000_000;
            let at = |second: i64| start + second * 1_000_000;
            let condition = limited.then(|| condition("status = 200 OR client_ip = '192.0.2.1'").unwrap());
            let selection = Selection { since: since.map(at), until: until.map(at), condition: condition.clone() };
            let wanted: Vec<u32> = requests.order.iter().copied().filter(|&row| {
                let ts = requests.facts.ts(row as usize).unwrap();
                let scope = RowScope { requests: &requests, row: row as usize };
                condition.as_ref().is_none_or(|expr| evaluate(expr, &scope).truth() == Some(true))
                    && selection.since.is_none_or(|since| ts >= since)
                    && selection.until.is_none_or(|until| ts < until)
            }).collect();
            match selection.select(&requests) {
                None => prop_assert!(selection.is_everything()),
                Some(selected) => {
                    let mut bits: Vec<u32> = selected.rows.ones().map(|row| row as u32).collect();
                    prop_assert_eq!(&selected.order, &wanted);
                    let mut sorted = wanted;
                    sorted.sort_unstable();
                    bits.sort_unstable();
                    prop_assert_eq!(bits, sorted);
                }
            }
        }
    }
}
