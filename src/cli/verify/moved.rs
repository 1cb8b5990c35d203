//! Options that name logs by their paths, for logs that lie elsewhere now.

use crate::export::verify::Origin;
use breachline_parsers::load::ZoneRule;
use breachline_parsers::report::VantageRule;

/// The zones of the logs, told by the paths of now. `None` where they are the same.
pub(super) fn zones(rules: &[ZoneRule], origins: &[Origin]) -> Option<Vec<ZoneRule>> {
    let here = |rule: &ZoneRule| {
        let zone = rule.zone;
        now(rule.glob.as_deref(), origins).into_iter().map(move |glob| ZoneRule { glob, zone })
    };
    told(rules.iter().any(|rule| rule.glob.is_some()), origins).then(|| rules.iter().flat_map(here).collect())
}

/// Where the logs were written, likewise.
pub(super) fn vantages(rules: &[VantageRule], origins: &[Origin]) -> Option<Vec<VantageRule>> {
    let here = |rule: &VantageRule| {
        let vantage = rule.vantage;
        now(rule.glob.as_deref(), origins).into_iter().map(move |glob| VantageRule { glob, vantage })
    };
    told(rules.iter().any(|rule| rule.glob.is_some()), origins).then(|| rules.iter().flat_map(here).collect())
}

/// Whether it matters that logs have moved.
fn told(by_path: bool, origins: &[Origin]) -> bool {
    by_path && origins.iter().any(|origin| origin.found.as_ref().is_some_and(|(path, _)| *path != origin.cited))
}

/// The globs of now that fit the logs which a glob fitted then.
fn now(glob: Option<&str>, origins: &[Origin]) -> Vec<Option<String>> {
    let Some(pattern) = glob else { return vec![None] };
    let compiled = glob::Pattern::new(pattern);
    let fits = |path: &str| path == pattern || compiled.as_ref().is_ok_and(|compiled| compiled.matches(path));
    let found = origins.iter().filter(|origin| fits(&origin.cited)).filter_map(|origin| origin.found.as_ref());
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
