//! The time that a file name states, so that files outside the loaded time need not be opened.
//!
//! Conservative: only known patterns count, and each is widened by what its producer may be late or off by
//! (delivery, local zones, weekly or monthly rotation). A name without a pattern is always read.
//!
//! | name | holds | widened by |
//! | --- | --- | --- |
//! | `20240312T101500Z_20240312T102000Z_…` (Logpush) | that range | 6 h |
//! | `…_20240312T1015Z_…` (balancers, WAF, flow and trail logs) | the hour before, to 5 min after | 6 h |
//! | `NAME.2024-03-12-10.…` (`CloudFront`) | that hour | a day |
//! | `2024-03-12-10-15-32-…` (S3 access logs, Firehose) | what was delivered then | 3 days before, a day after |
//! | `access.log-20240312.gz` (rotation) | up to a month before that day | 35 days before, 2 after |
//! | `access-2024-03-12.log` (day opened or closed) | a month around that day | 35 days |
//! | `/year=2024/month=03/day=12/`, `/dt=2024-03-12/`, `/2024/03/12/` (folders) | that day | a day |

use chrono::NaiveDate;
use regex::{Captures, Regex};
use std::sync::LazyLock;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// The time to be loaded, in microseconds UTC; absent ends are open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// Nothing before this is wanted.
    pub since: Option<i64>,
    /// Nothing at or after this is wanted.
    pub until: Option<i64>,
}

impl Window {
    /// Whether it ends anywhere.
    pub fn is_open(self) -> bool {
        self.since.is_none() && self.until.is_none()
    }

    /// Whether the name states a time that lies outside for certain.
    pub fn excludes(self, name: &str) -> bool {
        if self.is_open() {
            return false;
        }
        let Some((start, end)) = stated(name) else { return false };
        let before = self.since.is_some_and(|since| end.saturating_mul(1_000_000) < since);
        before || self.until.is_some_and(|until| start.saturating_mul(1_000_000) >= until)
    }
}

/// A pattern, and the seconds around the instants it captures that may be in the file.
struct Pattern {
    regex: Regex,
    before: i64,
    after: i64,
    /// Of those, the ones that are in the file if its producer is neither late nor off: before, and after.
    likely: (i64, i64),
}

/// The time that a file most likely holds by its name, from and until in microseconds UTC: the hour or day it states,
/// without the margins of [`Window::excludes`]; of rotated files, that day and the one before.
pub(crate) fn likely(path: &str) -> Option<(i64, i64)> {
    let (start, end, pattern) = find(path)?;
    let (before, after) = pattern.likely;
    Some(((start - before).saturating_mul(1_000_000), (end + after).saturating_mul(1_000_000)))
}

/// Patterns of file names and of folders, the most precise first.
static NAMES: LazyLock<Vec<Pattern>> = LazyLock::new(|| {
    let stamp = |name: &str| format!(r"(?P<y{name}>\d{{4}})(?P<m{name}>\d\d)(?P<d{name}>\d\d)T(?P<h{name}>\d\d)");
    let day = r"[-_.](?P<y>\d{4})-?(?P<m>\d\d)-?(?P<d>\d\d)";
    patterns(&[
        (format!(r"(?:^|\D){}\d{{4}}Z_{}\d{{4}}Z(?:\D|$)", stamp(""), stamp("2")), 6 * HOUR, 7 * HOUR, (0, HOUR)),
        (format!(r"_{}\d{{2}}(?:\d{{2}})?Z_", stamp("")), 7 * HOUR, 7 * HOUR, (0, HOUR)),
        (
            r"(?:^|\D)(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)-(?P<h>\d\d)-\d\d-\d\d-[0-9A-Za-z]".to_owned(),
            3 * DAY,
            DAY + HOUR,
            (0, HOUR),
        ),
        (
            r"\.(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)-(?P<h>\d\d)\.[0-9A-Za-z]+(?:\.|$)".to_owned(),
            DAY,
            DAY + HOUR,
            (0, HOUR),
        ),
        (format!(r"{day}(?:\.(?:gz|bz2|xz|zst|lz4))?$"), 35 * DAY, 3 * DAY, (DAY, DAY)),
        (format!(r"{day}(?:\.[a-z0-9]{{1,4}}){{1,3}}$"), 35 * DAY, 36 * DAY, (DAY, DAY)),
    ])
});

static FOLDERS: LazyLock<Vec<Pattern>> = LazyLock::new(|| {
    patterns(&[
        (r"(?:^|/)year=(?P<y>\d{4})/month=(?P<m>\d\d?)/day=(?P<d>\d\d?)/".to_owned(), DAY, 2 * DAY, (0, DAY)),
        (r"(?:^|/)(?:dt|date|day|ds)=(?P<y>\d{4})-?(?P<m>\d\d)-?(?P<d>\d\d)/".to_owned(), DAY, 2 * DAY, (0, DAY)),
        (r"(?:^|/)(?P<y>\d{4})/(?P<m>\d\d)/(?P<d>\d\d)/(?:\d\d/)?$".to_owned(), DAY, 2 * DAY, (0, DAY)),
    ])
});

fn patterns(list: &[(String, i64, i64, (i64, i64))]) -> Vec<Pattern> {
    // All of them compile: a test goes through every one.
    let compiled = list.iter().filter_map(|(text, before, after, likely)| {
        Some(Pattern { regex: Regex::new(text).ok()?, before: *before, after: *after, likely: *likely })
    });
    compiled.collect()
}

/// Seconds UTC between which everything in the file of this name lies, if the name says so.
fn stated(path: &str) -> Option<(i64, i64)> {
    find(path).map(|(start, end, pattern)| (start - pattern.before, end + pattern.after))
}

/// The instants that a name states, in order, and by which pattern.
fn find(path: &str) -> Option<(i64, i64, &'static Pattern)> {
    let cut = path.rfind(['/', '\\']).map_or(0, |at| at + 1);
    let (folder, name) = path.split_at(cut);
    let found = |patterns: &'static [Pattern], text: &str| {
        patterns.iter().find_map(|pattern| {
            let captures = pattern.regex.captures(text)?;
            let start = instant(&captures, ["y", "m", "d", "h"])?;
            let end = instant(&captures, ["y2", "m2", "d2", "h2"]).unwrap_or(start);
            Some((start.min(end), end.max(start), pattern))
        })
    };
    // What the file says of itself is nearer than where somebody put it.
    found(&NAMES, name).or_else(|| found(&FOLDERS, folder))
}

fn instant(captures: &Captures<'_>, names: [&str; 4]) -> Option<i64> {
    let [year, month, day] =
        [names[0], names[1], names[2]].map(|name| captures.name(name).and_then(|text| text.as_str().parse().ok()));
    let hour = captures.name(names[3]).map_or(Some(0), |text| text.as_str().parse().ok().filter(|hour| *hour < 24))?;
    let date = NaiveDate::from_ymd_opt(i32::try_from(year?).ok()?, month?, day?)?;
    // Numbers that happen to look like a date are none.
    let likely = (1990..2100).contains(&year?);
    likely.then(|| date.and_hms_opt(hour, 0, 0).map(|time| time.and_utc().timestamp())).flatten()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn at(text: &str) -> i64 {
        chrono::DateTime::parse_from_rfc3339(text).unwrap().timestamp_micros()
    }

    const STATED: [&str; 15] = [
        "AWSLogs/1/elasticloadbalancing/eu/2024/03/12/1_elasticloadbalancing_eu-west-1_app.web.5f_20240312T1015Z_192.0.2.9_3x.log.gz",
        "E2ABC.2024-03-12-10.a1b2c3d4.gz",
        "s3/2024-03-12-10-15-32-0123456789ABCDEF",
        "waf/aws-waf-logs-x-1-2024-03-12-10-15-32-0c3f6e9a-1111-2222.gz",
        "cf/20240312T101500Z_20240312T102000Z_ab12.log.gz",
        "/var/log/nginx/access.log-20240312",
        "/var/log/nginx/access.log-20240312.gz",
        "logs/localhost_access_log.2024-03-12.txt",
        "logs/access-2024-03-12.log.1.gz",
        "b/year=2024/month=03/day=12/x.gz",
        "b/dt=2024-03-12/hour=10/part-1.gz",
        "b/date=20240312/part-1.gz",
        "bucket/2024/03/12/part.gz",
        "bucket/2024/03/12/10/part.gz",
        "1_vpcflowlogs_eu_fl-1_20240312T1015Z_ab.log.gz",
    ];

    #[test]
    fn every_pattern_states_its_time() {
        assert_eq!((NAMES.len(), FOLDERS.len()), (6, 3));
        let about = Window { since: Some(at("2024-03-12T10:00:00Z")), until: Some(at("2024-03-12T11:00:00Z")) };
        let long_after = Window { since: Some(at("2024-04-20T00:00:00Z")), until: None };
        let long_before = Window { since: None, until: Some(at("2024-01-15T00:00:00Z")) };
        for name in STATED {
            assert!(!about.excludes(name), "{name}");
            assert!(long_after.excludes(name), "{name}");
            assert!(long_before.excludes(name), "{name}");
            assert!(!Window::default().excludes(name));
        }
    }

    #[test]
    fn margins_keep_what_may_be_late_or_local() {
        let day_before = Window { since: None, until: Some(at("2024-03-11T12:00:00Z")) };
        let names = ["access.log-20240312", "s/2024-03-12-10-15-32-0123456789ABCDEF", "b/dt=2024-03-12/x"];
        assert!(names.iter().all(|name| !day_before.excludes(name)));
        let hours_after = Window { since: Some(at("2024-03-12T14:00:00Z")), until: None };
        assert!(!hours_after.excludes("1_elasticloadbalancing_x_20240312T1015Z_1.log.gz"));
        // Weekly and monthly rotation: the file of the twelfth holds what came long before.
        let weeks_before = Window { since: None, until: Some(at("2024-02-20T00:00:00Z")) };
        assert!(!weeks_before.excludes("access.log-20240312"));
    }

    #[test]
    fn the_likely_time_is_the_one_stated() {
        for (name, from, until) in [
            ("x_20240312T1015Z_1.log.gz", "2024-03-12T10:00:00Z", "2024-03-12T11:00:00Z"),
            ("E2.2024-03-12-10.a1.gz", "2024-03-12T10:00:00Z", "2024-03-12T11:00:00Z"),
            ("b/2024/03/12/part.gz", "2024-03-12T00:00:00Z", "2024-03-13T00:00:00Z"),
            ("access.log-20240312.gz", "2024-03-11T00:00:00Z", "2024-03-13T00:00:00Z"),
        ] {
            assert_eq!(likely(name), Some((at(from), at(until))), "{name}");
        }
        for name in STATED {
            let (start, end) = stated(name).unwrap();
            let (from, until) = likely(name).unwrap();
            assert!(start * 1_000_000 <= from && from < until && until <= end * 1_000_000, "{name}");
        }
        assert_eq!(likely("access.log"), None);
    }

    #[test]
    fn names_without_a_pattern_are_always_read() {
        let never = Window { since: Some(at("2099-01-01T00:00:00Z")), until: Some(at("2099-01-02T00:00:00Z")) };
        for name in [
            "access.log",
            "access.log.1",
            "access.log.20240312x",
            "order-99999999.log",
            "build-20241399.log",
            "20240312/access.log",
            "collected/2024/03/12/host1/access.log",
            "id_12345678",
            "",
        ] {
            assert!(!never.excludes(name), "{name}");
        }
    }
}
