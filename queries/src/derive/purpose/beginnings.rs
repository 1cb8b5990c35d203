//! Which routes are for signing in, told by what follows, where no word tells.
//!
//! In: rows by device (address and user agent) with whether they name an account. Out: routes.
//!
//! A request *begins* a use when it sends something, names no account, and the device's next request within [`GOES_ON`]
//! names one. What a redirect leads through within [`HANDED_OVER`] (a call-back, the exchange of a code) names nobody yet and
//! is stepped over, unless it is the route itself again. A route is where one signs in when
//!
//! - at least [`BEGINNINGS`] uses of [`MANY`] devices and [`MANY`] accounts begin there, a third of all that begin where no
//!   word tells (a second door with a telling name takes nothing away from the first);
//! - its answers part in two, by refusal, redirect or size: half of the one part begins a use, a tenth of the other at most;
//! - at least [`RETRIED`] devices got the other part and then began a use there: whoever mistypes tries again;
//! - of those that its better part begins, at most a fifth are with an account that the device used within the hour before:
//!   that renews a token. Failed tries before a use of another kind say nothing of it.
//!
//! A search before signing in fails the first two, what an app sends at its start the second and third.

use super::{ENOUGH, GOES_ON, Seen, better, is_refusal, usual_size};
use breachline_parsers::schema::Text;
use breachline_parsers::table::ABSENT;
use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashSet};

/// Uses that must begin at a route.
const BEGINNINGS: usize = 20;
/// Devices, and accounts, that they are of.
const MANY: usize = 10;
/// Devices that failed and tried again with success.
const RETRIED: usize = 5;
/// Share of one part that begins a use.
const GOOD: f64 = 0.5;
/// Share of the other part that may.
const BAD: f64 = 0.1;
/// Time within which a redirect is followed to its end (microseconds).
const HANDED_OVER: i64 = 10_000_000;
/// Time within which an account that was used before is only renewed (microseconds).
const RENEWED: i64 = 3_600_000_000;

/// What one request of a device was.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Step {
    ts: i64,
    account: u32,
    route: u32,
}

/// Rows of devices in order of time.
pub struct Devices(HashMap<u64, Vec<Step>, FixedState>);

/// How a use began.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Beginning {
    account: u32,
    /// Whether the device used the account within the hour before.
    renews: bool,
}

impl Devices {
    /// The requests of all devices that made one of the rows, static files left out.
    pub fn of(seen: &Seen<'_>, rows: &[u32], is_asset: &dyn Fn(u32) -> bool) -> Self {
        let accounts = seen.facts.text(Text::Principal);
        let mut devices: HashMap<u64, Vec<Step>, FixedState> =
            rows.iter().map(|&row| (seen.device(row), Vec::new())).collect();
        if accounts.is_absent() {
            return Self(HashMap::default());
        }
        for (row, &target) in (0_u32..).zip(seen.facts.text(Text::Target).codes()) {
            let route = seen.route_of_target[target as usize];
            if is_asset(route) {
                continue;
            }
            if let (Some(steps), Some(ts)) = (devices.get_mut(&seen.device(row)), seen.facts.ts(row as usize)) {
                steps.push(Step { ts, account: accounts.code(row as usize), route });
            }
        }
        for steps in devices.values_mut() {
            steps.sort_unstable();
        }
        Self(devices)
    }

    /// The use that a row begins. Requests of one moment are asked together, so their order does not matter.
    fn begins(&self, seen: &Seen<'_>, row: u32) -> Option<Beginning> {
        let ts = seen.facts.ts(row as usize)?;
        let steps = self.0.get(&seen.device(row))?;
        let next = steps.partition_point(|step| step.ts <= ts);
        let redirected = (300..400).contains(&seen.facts.status_values()[row as usize]);
        let own = seen.route(row);
        let account = steps[next..].chunk_by(|a, b| a.ts == b.ts).find_map(|together| {
            let passed = together[0].ts - ts;
            let account = together.iter().map(|step| step.account).max().filter(|&account| account != ABSENT);
            let leads_on = redirected && passed <= HANDED_OVER && together.iter().all(|step| step.route != own);
            match account {
                Some(_) if passed <= GOES_ON => Some(account),
                None if leads_on => None,
                _ => Some(None),
            }
        });
        let account = account.flatten()?;
        let before = steps.partition_point(|step| step.ts < ts - RENEWED)..steps.partition_point(|step| step.ts < ts);
        Some(Beginning { account, renews: steps[before].iter().any(|step| step.account == account) })
    }

    /// Whether each of the rows begins a use.
    pub fn begin(&self, seen: &Seen<'_>, rows: &[u32]) -> Vec<bool> {
        rows.iter().map(|&row| self.begins(seen, row).is_some()).collect()
    }
}

/// The routes at which uses begin. `sends` are the rows of all routes that send something and name no account;
/// `is_open` tells routes of which no word says what they are for.
pub fn sign_ins(
    seen: &Seen<'_>,
    sends: &[u32],
    is_open: &dyn Fn(u32) -> bool,
    is_asset: &dyn Fn(u32) -> bool,
) -> Vec<u32> {
    let mut by_route: HashMap<u32, Vec<u32>, FixedState> = HashMap::default();
    for &row in sends {
        let target = seen.facts.text(Text::Target).code(row as usize);
        by_route.entry(seen.route_of_target[target as usize]).or_default().push(row);
    }
    by_route.retain(|route, _| is_open(*route));
    if !by_route.values().any(|rows| rows.len() >= BEGINNINGS) {
        return Vec::new();
    }
    let open: Vec<u32> = by_route.values().flatten().copied().collect();
    let devices = Devices::of(seen, &open, is_asset);
    let all = devices.begin(seen, &open).into_iter().filter(|begins| *begins).count();
    let mut found: Vec<u32> = by_route
        .into_iter()
        .filter(|(_, rows)| rows.len() >= BEGINNINGS && is_sign_in(seen, &devices, rows, all))
        .map(|(route, _)| route)
        .collect();
    found.sort_unstable();
    found
}

fn is_sign_in(seen: &Seen<'_>, devices: &Devices, rows: &[u32], all: usize) -> bool {
    let begun: Vec<Option<Beginning>> = rows.iter().map(|&row| devices.begins(seen, row)).collect();
    let (mut of_devices, mut accounts) = (HashSet::<u64, FixedState>::default(), HashSet::<u32, FixedState>::default());
    let mut count = 0;
    for (&row, beginning) in rows.iter().zip(&begun) {
        let Some(beginning) = beginning else { continue };
        count += 1;
        of_devices.insert(seen.device(row));
        accounts.insert(beginning.account);
    }
    let many = count >= BEGINNINGS && count * 3 >= all && of_devices.len() >= MANY && accounts.len() >= MANY;
    if !many {
        return false;
    }
    let begins: Vec<bool> = begun.iter().map(Option::is_some).collect();
    let Some(failed) = failed(seen, rows, &begins) else { return false };
    let succeeded = begun.iter().zip(&failed).filter(|(_, failed)| !**failed).filter_map(|(beginning, _)| *beginning);
    let (count, renewed) = succeeded
        .fold((0_usize, 0_usize), |(count, renewed), beginning| (count + 1, renewed + usize::from(beginning.renews)));
    if renewed * 5 > count {
        return false;
    }
    retried(seen, rows, &begins, &failed) >= RETRIED
}

/// Which of the rows failed, where the answers part in two.
fn failed(seen: &Seen<'_>, rows: &[u32], begins: &[bool]) -> Option<Vec<bool>> {
    let status = |row: u32| seen.facts.status_values()[row as usize];
    let usual = usual_size(seen, rows);
    let parts: [&dyn Fn(u32) -> bool; 3] =
        [&|row| is_refusal(status(row)), &|row| (300..400).contains(&status(row)), &|row| {
            usual.is_some() && seen.size(row) == usual
        }];
    parts.into_iter().find_map(|part| {
        let is_success = better(rows, begins, part)?;
        let failed: Vec<bool> = rows.iter().map(|&row| part(row) != is_success).collect();
        let rate = |of: bool| {
            let begun = failed.iter().zip(begins).filter(|(failed, _)| **failed == of).map(|(_, begins)| *begins);
            let (all, count) = begun.fold((0, 0), |(all, count), begins| (all + 1, count + usize::from(begins)));
            (all >= ENOUGH).then(|| count as f64 / all as f64)
        };
        (rate(false)? >= GOOD && rate(true)? <= BAD).then_some(failed)
    })
}

/// Devices that failed and within [`GOES_ON`] began a use.
fn retried(seen: &Seen<'_>, rows: &[u32], begins: &[bool], failed: &[bool]) -> usize {
    let mut tries: HashMap<u64, Vec<(i64, bool)>, FixedState> = HashMap::default();
    for ((&row, &begins), &failed) in rows.iter().zip(begins).zip(failed) {
        if let Some(ts) = seen.facts.ts(row as usize).filter(|_| begins || failed) {
            tries.entry(seen.device(row)).or_default().push((ts, begins));
        }
    }
    let again = |tries: &mut Vec<(i64, bool)>| {
        tries.sort_unstable();
        tries.windows(2).any(|two| !two[0].1 && two[1].1 && two[1].0 - two[0].0 <= GOES_ON)
    };
    tries.values_mut().map(again).filter(|again| *again).count()
}
