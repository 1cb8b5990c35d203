//! What routes are for, and which attempts at them failed or succeeded.
//!
//! In: route templates, statuses, sizes, clients. Out: per route its kind, told by the words at the end of its template
//! ([`words`]) or, where they say nothing, by signed-in use that begins there ([`beginnings`]), and per row whether an
//! attempt to sign in, to recover, to verify or to sign up failed or succeeded.
//!
//! An attempt is a request that sends something (no GET, HEAD or OPTIONS) to a route of such a kind. Where the route
//! refuses by status (4xx to two clients or more, and to one attempt in fifty), 4xx failed and 2xx and 3xx succeeded.
//! Forms answer 200 to a wrong password: there, attempts are parted by redirect or, where none is answered so, by the most
//! frequent size, and that part succeeded whose clients go on to other routes within [`GOES_ON`] clearly more often or,
//! where all go on alike, are clearly more often signed in then.
//! Where a route refuses a few by status, a size tells only if some devices got that and others: else it says who asked.
//! Where neither tells them apart, attempts stay unjudged, which is not the same as failed.

mod beginnings;
mod words;

#[cfg(test)]
mod tests;

pub(in crate::derive) use words::is_mark;

use super::route::Routes;

use crate::exchanges::Exchanges;
use crate::requests::Answer;
use breachline_parsers::schema::{Number, Text};
use breachline_parsers::table::{ABSENT, Dictionary, FactTable};
use foldhash::fast::FixedState;
use hashbrown::HashMap;

/// Time within which a client that got in goes on (microseconds).
const GOES_ON: i64 = 600_000_000;
/// Attempts in either part from which parts are compared.
const ENOUGH: usize = 5;
/// Clients that must have been asked who they are.
const STRANGERS: usize = 5;
/// Devices that must have got either answer where sizes tell them apart.
const MISTYPED: usize = 2;
/// How much more often the clients of one part must go on.
const CLEARLY: f64 = 0.3;

/// What a route is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouteKind {
    /// Where a session or token begins.
    SignIn,
    /// Where it ends.
    SignOut,
    /// Where a token is exchanged for a fresh one.
    Renewal,
    /// Forgotten passwords.
    Recovery,
    /// One-time codes and the like.
    Verification,
    /// New accounts.
    SignUp,
    /// Where a user allows an application something.
    Consent,
    /// What an account is reached and reset by: password, e-mail address, telephone number.
    Setting,
}

impl RouteKind {
    const ALL: [Self; 8] = [
        Self::SignIn,
        Self::SignOut,
        Self::Renewal,
        Self::Recovery,
        Self::Verification,
        Self::SignUp,
        Self::Consent,
        Self::Setting,
    ];

    /// The value in the column `route_kind`.
    const fn name(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::SignOut => "sign_out",
            Self::Renewal => "renewal",
            Self::Recovery => "recovery",
            Self::Verification => "verification",
            Self::SignUp => "sign_up",
            Self::Consent => "consent",
            Self::Setting => "setting",
        }
    }

    /// Whether requests to it try something that can fail for want of a secret or an account.
    const fn is_tried(self) -> bool {
        !matches!(self, Self::SignOut | Self::Consent | Self::Setting)
    }
}

/// The columns `route_kind` and `attempt`.
#[derive(Default)]
pub struct Purposes {
    /// `route` code -> code into `kinds`; empty when no route has a kind.
    pub kind_of_route: Vec<u32>,
    /// The values of `route_kind`.
    pub kinds: Dictionary,
    /// Code into `attempts` of each row; empty when no attempt was judged.
    pub attempt: Vec<u32>,
    /// The values of `attempt`.
    pub attempts: Dictionary,
    /// Code of `failed`; `ABSENT` when no attempt was judged.
    failed: u32,
}

/// Rows, and what purposes are told from.
pub struct Seen<'a> {
    /// The facts.
    pub facts: &'a FactTable,
    /// Which rows count.
    pub exchanges: &'a Exchanges,
    /// `target` code -> route.
    pub route_of_target: &'a [u32],
    /// Client of each row; may be empty.
    pub client_of_row: &'a [u32],
    /// Answer class of each row.
    pub answer: &'a [Answer],
}

/// Reads the purposes of all routes and judges the attempts at them.
pub fn purposes(seen: &Seen<'_>, routes: &Routes) -> Purposes {
    let codes = 0..routes.templates.len() as u32;
    let mut kind_of: Vec<Option<RouteKind>> = codes.map(|code| words::kind(routes.templates.text(code))).collect();
    let targets = seen.facts.text(Text::Target).codes();
    if targets.is_empty() {
        return Purposes::default();
    }
    let is_asset = |route: u32| routes.shapes[route as usize].asset;
    let sends = seen.sends();
    let bare = seen.bare(&sends);
    // Where one changes a password and where one gives it may have the same name.
    let is_open = |route: u32| route != ABSENT && matches!(kind_of[route as usize], None | Some(RouteKind::Setting));
    let learnt = beginnings::sign_ins(seen, &bare, &is_open, &is_asset);
    let asked = strangers_asked(seen, &sends, &|route| kind_of[route as usize] == Some(RouteKind::Setting));
    for route in learnt.into_iter().chain(asked) {
        kind_of[route as usize] = Some(RouteKind::SignIn);
    }
    if kind_of.iter().all(Option::is_none) {
        return Purposes::default();
    }
    let mut purposes = Purposes::default();
    let codes = RouteKind::ALL.map(|kind| purposes.kinds.intern(kind.name().as_bytes()));
    purposes.kind_of_route = kind_of.iter().map(|kind| kind.map_or(ABSENT, |kind| codes[kind as usize])).collect();
    let tried: Vec<bool> = kind_of.iter().map(|kind| kind.is_some_and(RouteKind::is_tried)).collect();
    let mut attempts: HashMap<u32, Vec<u32>, FixedState> = HashMap::default();
    for &row in &sends {
        let route = seen.route_of_target[targets[row as usize] as usize];
        if tried[route as usize] {
            attempts.entry(route).or_default().push(row);
        }
    }
    let mut attempts: Vec<(u32, Vec<u32>)> = attempts.into_iter().collect();
    attempts.sort_unstable_by_key(|(route, _)| *route);
    purposes.judge(seen, &attempts, &is_asset);
    purposes
}

/// Those of some routes that ask who one is again and again: a tenth of what is sent there, of [`STRANGERS`] clients and
/// more, is answered 401. Whoever changes what is his own has been let in before.
fn strangers_asked(seen: &Seen<'_>, sends: &[u32], is_asked: &dyn Fn(u32) -> bool) -> Vec<u32> {
    let mut counts: HashMap<u32, (usize, Vec<u32>), FixedState> = HashMap::default();
    for &row in sends.iter().filter(|&&row| seen.exchanges.counts(row)) {
        let route = seen.route(row);
        if is_asked(route) {
            let (all, refused) = counts.entry(route).or_default();
            *all += 1;
            refused.extend((seen.facts.status_values()[row as usize] == 401).then(|| seen.client(row)));
        }
    }
    let asks = |(route, (all, mut clients)): (u32, (usize, Vec<u32>))| {
        let often = clients.len() * 10 >= all;
        clients.sort_unstable();
        clients.dedup();
        (often && clients.len() >= STRANGERS).then_some(route)
    };
    let mut asked: Vec<u32> = counts.into_iter().filter_map(asks).collect();
    asked.sort_unstable();
    asked
}

impl Purposes {
    /// Judges the attempts at each route.
    fn judge(&mut self, seen: &Seen<'_>, attempts: &[(u32, Vec<u32>)], is_asset: &dyn Fn(u32) -> bool) {
        if attempts.is_empty() {
            return;
        }
        let [failed, succeeded] = ["failed", "succeeded"].map(|name| self.attempts.intern(name.as_bytes()));
        let mut attempt = vec![ABSENT; seen.facts.rows()];
        for (_, rows) in attempts {
            let ways = Ways::of(seen, &self.kind_of_route, rows, is_asset);
            for &row in rows {
                attempt[row as usize] = match ways.succeeded(seen, row) {
                    Some(true) => succeeded,
                    Some(false) => failed,
                    None => ABSENT,
                };
            }
        }
        self.attempt = attempt;
        self.failed = failed;
    }

    /// Lets answers say what attempts came to: a form that sends its page again has refused, a redirect has let in.
    pub fn settle(&self, answer: &mut [Answer]) {
        for (answer, &attempt) in answer.iter_mut().zip(&self.attempt) {
            match (*answer, attempt) {
                (_, ABSENT) | (Answer::Denied | Answer::Error, _) => {}
                (_, attempt) if attempt == self.failed => *answer = Answer::Denied,
                (Answer::Other | Answer::Miss, _) => *answer = Answer::Hit,
                _ => {}
            }
        }
    }
}

/// How a route tells success from failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ways {
    /// 4xx is failure.
    Status,
    /// 3xx and 2xx are different things; the flag says whether 3xx is success.
    Redirect(bool),
    /// One size and all others are different things; the flag says whether that size is success.
    Size(i64, bool),
    /// It cannot be told.
    Untold,
}

fn is_refusal(status: u16) -> bool {
    matches!(status, 400 | 401 | 403 | 404 | 407 | 409 | 410 | 418 | 422 | 423 | 429)
}

impl Ways {
    fn of(seen: &Seen<'_>, kind_of_route: &[u32], rows: &[u32], is_asset: &dyn Fn(u32) -> bool) -> Self {
        let status = |row: u32| seen.facts.status_values()[row as usize];
        let counted: Vec<u32> = rows.iter().copied().filter(|&row| seen.exchanges.counts(row)).collect();
        let refused: Vec<u32> = counted.iter().copied().filter(|&row| is_refusal(status(row))).collect();
        let mut refused_clients: Vec<u32> = refused.iter().map(|&row| seen.client(row)).collect();
        refused_clients.sort_unstable();
        refused_clients.dedup();
        let refuses = refused_clients.len() >= 2;
        if refuses && refused.len() * 50 >= counted.len() {
            return Self::Status;
        }
        let passed: Vec<u32> = counted.iter().copied().filter(|&row| (200..400).contains(&status(row))).collect();
        let untold = if refused.is_empty() { Self::Untold } else { Self::Status };
        // Neither part would be large enough; most such routes are a scanner's, and each costs a pass over the log.
        if passed.len() < 2 * ENOUGH {
            return untold;
        }
        let told = Self::told_by(seen, &passed, &goes_on(seen, kind_of_route, &passed), refuses).or_else(|| {
            let devices = beginnings::Devices::of(seen, &passed, is_asset);
            Self::told_by(seen, &passed, &devices.begin(seen, &passed), refuses)
        });
        told.unwrap_or(untold)
    }

    /// Parts answers by redirect or by size, where one part goes on clearly more often.
    /// Where the route `refuses` some by status, sizes need more to tell.
    fn told_by(seen: &Seen<'_>, passed: &[u32], goes_on: &[bool], refuses: bool) -> Option<Self> {
        let redirect = |row: u32| seen.facts.status_values()[row as usize] >= 300;
        if let Some(is_success) = better(passed, goes_on, &redirect) {
            return Some(Self::Redirect(is_success));
        }
        let size = usual_size(seen, passed)?;
        let of_size = |row: u32| seen.size(row) == Some(size);
        let is_success = better(passed, goes_on, &of_size)?;
        (!refuses || mistypes(seen, passed, &of_size)).then_some(Self::Size(size, is_success))
    }

    fn succeeded(self, seen: &Seen<'_>, row: u32) -> Option<bool> {
        let status = seen.facts.status_values()[row as usize];
        if is_refusal(status) {
            return Some(false);
        }
        if !(200..400).contains(&status) {
            return None;
        }
        match self {
            Self::Status => Some(true),
            Self::Redirect(is_success) => Some((status >= 300) == is_success),
            Self::Size(size, is_success) => seen.size(row).map(|own| (own == size) == is_success),
            Self::Untold => None,
        }
    }
}

impl Seen<'_> {
    /// Rows that send something.
    fn sends(&self) -> Vec<u32> {
        let methods = self.facts.text(Text::Method);
        let sends: Vec<bool> = (0..methods.dictionary.len() as u32)
            .map(|code| {
                let method = methods.dictionary.text(code).to_ascii_uppercase();
                code != ABSENT && !matches!(method.as_str(), "GET" | "HEAD" | "OPTIONS" | "DELETE" | "TRACE")
            })
            .collect();
        (0..self.facts.rows() as u32).filter(|&row| sends[methods.code(row as usize) as usize]).collect()
    }

    /// Those of the rows that name no account; none where no row of the log names one.
    fn bare(&self, rows: &[u32]) -> Vec<u32> {
        let accounts = self.facts.text(Text::Principal);
        if accounts.is_absent() {
            return Vec::new();
        }
        let is_bare = |row: &u32| accounts.code(*row as usize) == ABSENT && self.exchanges.counts(*row);
        rows.iter().copied().filter(is_bare).collect()
    }

    fn route(&self, row: u32) -> u32 {
        self.route_of_target[self.facts.text(Text::Target).code(row as usize) as usize]
    }

    fn client(&self, row: u32) -> u32 {
        self.client_of_row.get(row as usize).copied().unwrap_or(ABSENT)
    }

    fn size(&self, row: u32) -> Option<i64> {
        self.facts.number(Number::BytesOut).get(row as usize)
    }

    /// Address and user agent: as near as these facts come to one device.
    fn device(&self, row: u32) -> u64 {
        u64::from(self.client(row)) << 32 | u64::from(self.facts.text(Text::UserAgent).code(row as usize))
    }
}

/// The most frequent size, where it is a fifth of all and there are others.
fn usual_size(seen: &Seen<'_>, rows: &[u32]) -> Option<i64> {
    let mut sizes: Vec<i64> = rows.iter().filter_map(|&row| seen.size(row)).collect();
    sizes.sort_unstable();
    let all = sizes.len();
    let most = sizes.chunk_by(|a, b| a == b).max_by_key(|same| (same.len(), std::cmp::Reverse(same[0])))?;
    (most.len() * 5 >= all && most.len() < all).then_some(most[0])
}

/// Whether [`MISTYPED`] devices got both parts of the rows: who mistypes tries again. Answers that differ by who asks, not by
/// what came of it, are of one size for some devices and of another for the rest.
fn mistypes(seen: &Seen<'_>, rows: &[u32], part: &dyn Fn(u32) -> bool) -> bool {
    let mut got: HashMap<u64, [bool; 2], FixedState> = HashMap::default();
    for &row in rows {
        got.entry(seen.device(row)).or_default()[usize::from(part(row))] = true;
    }
    got.values().filter(|got| **got == [true, true]).count() >= MISTYPED
}

/// Whether the part of the rows is the successful one; `None` where the parts are too small or too alike.
fn better(rows: &[u32], goes_on: &[bool], part: &dyn Fn(u32) -> bool) -> Option<bool> {
    let mut counts = [[0_usize; 2]; 2];
    for (&row, &on) in rows.iter().zip(goes_on) {
        let of = &mut counts[usize::from(part(row))];
        of[0] += 1;
        of[1] += usize::from(on);
    }
    if counts.iter().any(|of| of[0] < ENOUGH) {
        return None;
    }
    let [other, own] = counts.map(|of| of[1] as f64 / of[0] as f64);
    ((own - other).abs() >= CLEARLY).then_some(own > other)
}

/// For each of the rows: whether its device is answered on a route of no kind before it tries again, within [`GOES_ON`].
fn goes_on(seen: &Seen<'_>, kind_of_route: &[u32], rows: &[u32]) -> Vec<bool> {
    let mut later: HashMap<u64, Vec<(i64, bool)>, FixedState> = HashMap::default();
    for &row in rows {
        if let Some(ts) = seen.facts.ts(row as usize) {
            later.entry(seen.device(row)).or_default().push((ts, false));
        }
    }
    for (row, &target) in (0_u32..).zip(seen.facts.text(Text::Target).codes()) {
        let route = seen.route_of_target[target as usize];
        if route == ABSENT || kind_of_route[route as usize] != ABSENT || seen.answer[row as usize] != Answer::Hit {
            continue;
        }
        if let (Some(times), Some(ts)) = (later.get_mut(&seen.device(row)), seen.facts.ts(row as usize)) {
            times.push((ts, true));
        }
    }
    for times in later.values_mut() {
        times.sort_unstable();
    }
    let goes = |row: &u32| {
        let Some(ts) = seen.facts.ts(*row as usize) else { return false };
        let Some(times) = later.get(&seen.device(*row)) else { return false };
        let next = times.partition_point(|&(time, _)| time <= ts);
        times.get(next).is_some_and(|&(time, on)| on && time - ts <= GOES_ON)
    };
    rows.iter().map(goes).collect()
}
