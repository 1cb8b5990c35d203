//! Files that are missing from a row of files: `access.log.2` where `access.log.1` and `access.log.3` are there, a day
//! between two days.
//!
//! Files are of one row where their names differ in a number of rotation at the end, or in a day, and in nothing else.
//! A row has three files or more, most of which follow on one another; what is missing at its ends nobody can tell.

use breachline_parsers::report::SourceReport;
use chrono::{Datelike, NaiveDate};
use std::collections::BTreeMap;

/// Endings of compressed files, which rotation adds to some files of a row and not to others.
const COMPRESSED: [&str; 6] = [".gz", ".zst", ".bz2", ".xz", ".lz4", ".Z"];

/// What the names of a row have in common, before and after the number or day, and whether it is a day.
type Row<'a> = (&'a str, &'a str, bool);

/// A sentence for each stretch of missing files.
pub fn missing_files(sources: &[SourceReport]) -> Vec<String> {
    let mut rows: BTreeMap<Row<'_>, BTreeMap<i64, &str>> = BTreeMap::new();
    for source in sources {
        if let Some((row, place)) = place_of(&source.path) {
            rows.entry(row).or_default().insert(place, &source.path);
        }
    }
    let mut out = Vec::new();
    for files in rows.values() {
        let follow = files.keys().zip(files.keys().skip(1)).filter(|&(one, next)| next - one == 1).count();
        // Where files are seldom next to each other, there is one every few days.
        if files.len() < 3 || follow * 2 < files.len() - 1 {
            continue;
        }
        for ((one, before), (next, after)) in files.iter().zip(files.iter().skip(1)) {
            if next - one > 1 {
                let missing = next - one - 1;
                out.push(format!(
                    "{missing} file(s) missing between {before} and {after}: what they hold was not looked at"
                ));
            }
        }
    }
    out
}

/// The row that a file is of, and its place there.
fn place_of(path: &str) -> Option<(Row<'_>, i64)> {
    let plain = COMPRESSED.iter().find_map(|ending| path.strip_suffix(ending)).unwrap_or(path);
    let name = plain.rfind('/').map_or(0, |at| at + 1);
    if let Some((from, until, day)) = day_in(plain, name) {
        return Some(((&plain[..from], &plain[until..], true), day));
    }
    let (stem, number) = plain[name..].rsplit_once('.')?;
    let is_number = (1..=4).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
    let place = number.parse().ok().filter(|_| is_number && !stem.is_empty())?;
    Some(((&plain[..name + stem.len()], "", false), place))
}

/// The only day that a name states, as 2026-03-12 or 20260312: where it stands, and its number.
fn day_in(path: &str, from: usize) -> Option<(usize, usize, i64)> {
    let bytes = path.as_bytes();
    let digits = |at: usize, count: usize| -> Option<u32> {
        let text = path.get(at..at + count).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?;
        text.parse().ok()
    };
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut found = None;
    for at in from..path.len() {
        if at > from && is_digit(at - 1) {
            continue;
        }
        let dashed = bytes.get(at + 4) == Some(&b'-') && bytes.get(at + 7) == Some(&b'-');
        let (month, day, until) = if dashed { (at + 5, at + 8, at + 10) } else { (at + 4, at + 6, at + 8) };
        let (Some(year), Some(month), Some(day)) = (digits(at, 4), digits(month, 2), digits(day, 2)) else { continue };
        let Some(date) = i32::try_from(year).ok().and_then(|year| NaiveDate::from_ymd_opt(year, month, day)) else {
            continue;
        };
        if is_digit(until) || !(1990..2100).contains(&year) {
            continue;
        }
        if found.is_some() {
            return None;
        }
        found = Some((at, until, i64::from(date.num_days_from_ce())));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Log;

    fn missing(names: &[&str]) -> Vec<String> {
        let (_, mut sources) = Log::new().source("").facts();
        let model = sources.remove(0);
        let named = |name: &&str| SourceReport { path: (*name).to_owned(), ..model.clone() };
        missing_files(&names.iter().map(named).collect::<Vec<_>>())
    }

    #[test]
    fn a_file_or_a_day_that_is_not_there() {
        let found = missing(&[
            "/l/access.log",
            "/l/access.log.1",
            "/l/access.log.2.gz",
            "/l/access.log.4.gz",
            "/l/access.log.5.gz",
        ]);
        let said =
            "1 file(s) missing between /l/access.log.2.gz and /l/access.log.4.gz: what they hold was not looked at";
        assert_eq!(found, [said]);
        let days = ["gw-2026-02-27.log", "gw-2026-02-28.log.gz", "gw-2026-03-01.log", "gw-2026-03-04.log"];
        let said =
            "2 file(s) missing between gw-2026-03-01.log and gw-2026-03-04.log: what they hold was not looked at";
        assert_eq!(missing(&days), [said]);
        assert_eq!(missing(&["gw.20260301", "gw.20260302", "gw.20260304"]).len(), 1);
    }

    #[test]
    fn what_is_no_row_lacks_nothing() {
        assert!(missing(&["a.log.1", "a.log.3"]).is_empty(), "two files are no row");
        assert!(
            missing(&["w-20260301.log", "w-20260308.log", "w-20260315.log", "w-20260316.log"]).is_empty(),
            "weekly"
        );
        assert!(missing(&["a.log.1", "a.log.2", "b.log.4", "b.log.5"]).is_empty(), "of two rows");
        assert!(
            missing(&["20260301-20260302.log", "20260302-20260303.log", "20260305-20260306.log"]).is_empty(),
            "two days"
        );
        assert!(missing(&["h10.log", "h12.log", "h13.log"]).is_empty(), "hosts are no row");
        assert!(missing(&["v.1", "v.2", "v.3"]).is_empty());
    }

    proptest::proptest! {
        #[test]
        fn nothing_fails_on_any_name(names in proptest::collection::vec("[a/.0-9é-]{0,24}(gz)?", 0..6)) {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let _ = missing(&names);
        }

        #[test]
        fn as_many_are_missing_as_were_taken_out(taken in proptest::collection::btree_set(2_usize..30, 0..6)) {
            let names: Vec<String> = (1..=40).filter(|at| !taken.contains(at)).map(|at| format!("a.log.{at}")).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let counts = missing(&names).iter().map(|said| said.split(' ').next().map_or(0, |count| count.parse().unwrap_or(0))).sum::<usize>();
            proptest::prop_assert_eq!(counts, taken.len());
        }
    }
}
