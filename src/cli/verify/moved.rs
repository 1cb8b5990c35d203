//! Options that name logs by their paths, for logs that lie elsewhere now.

use crate::export::verify::Origin;
use breachline_parsers::load::ZoneRule;
use breachline_parsers::report::{VantageRule, glob_fits};

/// The zones of the logs, told by the paths of now. `None` where they are the same.
pub(super) fn zones(rules: &[ZoneRule], origins: &[Origin]) -> Option<Vec<ZoneRule>> {
    follow(rules, origins, |rule| rule.glob.as_deref(), |rule, glob| ZoneRule { glob, zone: rule.zone })
}

/// Where the logs were written, likewise.
pub(super) fn vantages(rules: &[VantageRule], origins: &[Origin]) -> Option<Vec<VantageRule>> {
    follow(rules, origins, |rule| rule.glob.as_deref(), |rule, glob| VantageRule { glob, vantage: rule.vantage })
}

/// Rules for the logs that theirs fitted then, by the paths of now; `None` where it does not matter that logs have moved.
fn follow<R>(
    rules: &[R],
    origins: &[Origin],
    glob: impl Fn(&R) -> Option<&str>,
    with: impl Fn(&R, Option<String>) -> R,
) -> Option<Vec<R>> {
    let moved = |origin: &Origin| origin.found.as_ref().is_some_and(|(path, _)| *path != origin.cited);
    let told = rules.iter().any(|rule| glob(rule).is_some()) && origins.iter().any(moved);
    let here = |rule: &R| now(glob(rule), origins).into_iter().map(|glob| with(rule, glob)).collect::<Vec<_>>();
    told.then(|| rules.iter().flat_map(here).collect())
}

/// The globs of now that fit the logs which a glob fitted then.
fn now(glob: Option<&str>, origins: &[Origin]) -> Vec<Option<String>> {
    let Some(pattern) = glob else { return vec![None] };
    let fits = |origin: &&Origin| glob_fits(pattern, &origin.cited);
    let found = origins.iter().filter(fits).filter_map(|origin| origin.found.as_ref());
    found.map(|(path, _)| Some(glob::Pattern::escape(path))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::Tz;

    #[test]
    fn rules_follow_the_logs_that_they_were_for() {
        let origin = |cited: &str, now: &str, id: u32| Origin {
            cited: cited.to_owned(),
            found: Some((now.to_owned(), id)),
            same: true,
        };
        let rule = |glob: Option<&str>, zone: Tz| ZoneRule { glob: glob.map(str::to_owned), zone };
        let given = [rule(None, Tz::UTC), rule(Some("usb/*"), Tz::Asia__Seoul)];
        let moved = [origin("usb/a[1].log", "lab/x[1].log", 0), origin("disk/b.log", "usb/b.log", 1)];
        let rules = zones(&given, &moved).unwrap_or_default();
        let globs: Vec<Option<&str>> = rules.iter().map(|rule| rule.glob.as_deref()).collect();
        assert_eq!(globs, [None, Some("lab/x[[]1[]].log")]);
        assert!(zones(&given, &[origin("usb/a.log", "usb/a.log", 0)]).is_none());
        assert!(zones(&given[..1], &moved).is_none());
    }
}
