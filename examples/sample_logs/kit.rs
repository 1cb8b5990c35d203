//! What every story is built from: a fixed random sequence, a clock, callers, requests.
//!
//! Whole numbers only, so that the same bytes come out on every machine.

use std::fmt::Write as _;

/// One minute in milliseconds.
pub const MINUTE: i64 = 60_000;
/// One hour in milliseconds.
pub const HOUR: i64 = 60 * MINUTE;
/// One day in milliseconds.
pub const DAY: i64 = 24 * HOUR;

/// Splitmix64: small, and the same everywhere.
pub struct Rng(u64);

impl Rng {
    /// A sequence of its own for each name.
    pub fn named(name: &str) -> Self {
        Self(
            name.bytes()
                .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)),
        )
    }

    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to, and without, `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low + 1) as u64) as i64
    }

    /// True in `percent` of cases.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of them.
    pub fn pick<'a, T>(&mut self, among: &'a [T]) -> &'a T {
        &among[self.below(among.len() as u64) as usize]
    }

    /// One of `count`, the first ones far more often than the last: how fame is spread.
    pub fn famous(&mut self, count: u64) -> u64 {
        let first = self.below(count);
        let second = self.below(count);
        first * second / count
    }

    /// Hexadecimal digits.
    pub fn hex(&mut self, digits: usize) -> String {
        let mut text = String::with_capacity(digits + 16);
        while text.len() < digits {
            let next = self.next();
            let _ = write!(text, "{next:016x}");
        }
        text.truncate(digits);
        text
    }

    /// A random order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for index in (1..items.len()).rev() {
            items.swap(index, self.below(index as u64 + 1) as usize);
        }
    }

    /// A time of day at which people are awake, in milliseconds after local midnight.
    pub fn waking(&mut self) -> i64 {
        const WEIGHTS: [u64; 24] =
            [2, 1, 1, 1, 1, 2, 4, 8, 11, 12, 12, 11, 12, 11, 10, 10, 11, 12, 13, 14, 13, 11, 8, 4];
        let mut left = self.below(WEIGHTS.iter().sum());
        let mut hour = 0;
        while left >= WEIGHTS[hour] {
            left -= WEIGHTS[hour];
            hour += 1;
        }
        hour as i64 * HOUR + self.below(HOUR as u64) as i64
    }

    /// A time of day within office hours.
    pub fn office(&mut self) -> i64 {
        9 * HOUR + self.below(8 * HOUR as u64) as i64
    }
}

/// Who sends requests.
#[derive(Clone, Default)]
pub struct Caller {
    /// Address.
    pub ip: String,
    /// User agent.
    pub agent: String,
    /// Account, consumer or subject.
    pub principal: String,
    /// Application.
    pub app: String,
    /// What identifies the credential.
    pub token: String,
}

/// User agents of people.
pub const BROWSERS: [&str; 14] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/145.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Safari/537.36 Edg/146.0.0.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:148.0) Gecko/20100101 Firefox/148.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.2 Safari/605.1.15",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:148.0) Gecko/20100101 Firefox/148.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 26_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.2 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 15; SM-S928B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 13; M2101K6G) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/144.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 16; SM-A556E) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Mobile Safari/537.36",
];

impl Caller {
    /// A person at home: an address of their own out of the benchmarking and documentation ranges, a browser.
    pub fn at_home(rng: &mut Rng) -> Self {
        let ip = if rng.chance(22) {
            format!(
                "2001:db8:{:x}:{:x}::{:x}",
                rng.between(0x10, 0xffff),
                rng.between(1, 0xfff),
                rng.between(2, 0xffff)
            )
        } else {
            format!("198.{}.{}.{}", rng.between(18, 19), rng.below(256), rng.between(1, 254))
        };
        Self { ip, agent: (*rng.pick(&BROWSERS)).to_owned(), ..Self::default() }
    }

    /// Any caller from a given address with a given user agent.
    pub fn at(ip: &str, agent: &str) -> Self {
        Self { ip: ip.to_owned(), agent: agent.to_owned(), ..Self::default() }
    }

    /// The same with an account.
    #[must_use]
    pub fn named(mut self, principal: impl Into<String>) -> Self {
        self.principal = principal.into();
        self
    }

    /// The same with an application.
    #[must_use]
    pub fn through(mut self, app: impl Into<String>) -> Self {
        self.app = app.into();
        self
    }

    /// The same with a credential.
    #[must_use]
    pub fn with_token(mut self, token: impl Into<String>) -> Self {
        self.token = token.into();
        self
    }
}

/// One request with its answer.
pub struct Event {
    /// Milliseconds since 1970 UTC.
    pub at: i64,
    /// Who.
    pub caller: Caller,
    /// Method.
    pub method: &'static str,
    /// Path and query.
    pub target: String,
    /// Status.
    pub status: u16,
    /// Size of the body sent.
    pub bytes: u64,
    /// How long it took.
    pub millis: i64,
    /// Page that led here.
    pub referer: &'static str,
    /// Whether it belongs to the attack.
    pub attack: bool,
    /// Number of the rule that routed it, where a format prints one.
    pub rule: u16,
}

/// Requests of one log file in the making.
pub struct Story {
    /// The random sequence.
    pub rng: Rng,
    /// Local midnight of the first day, in milliseconds since 1970 UTC.
    pub start: i64,
    /// Days covered.
    pub days: i64,
    /// The requests, in no order yet.
    pub events: Vec<Event>,
}

impl Story {
    /// An empty story.
    pub fn new(name: &str, start: i64, days: i64) -> Self {
        Self { rng: Rng::named(name), start, days, events: Vec::new() }
    }

    /// Adds a request and gives it back for changes.
    pub fn say(
        &mut self,
        at: i64,
        caller: &Caller,
        method: &'static str,
        target: impl Into<String>,
        status: u16,
        bytes: i64,
    ) -> &mut Event {
        let millis = 4 + self.rng.below(60) as i64 + if self.rng.chance(6) { self.rng.between(60, 900) } else { 0 };
        let index = self.events.len();
        self.events.push(Event {
            at,
            caller: caller.clone(),
            method,
            target: target.into(),
            status,
            bytes: bytes as u64,
            millis,
            referer: "",
            attack: false,
            rule: 0,
        });
        &mut self.events[index]
    }

    /// A body size between two bounds.
    pub fn size(&mut self, low: i64, high: i64) -> i64 {
        self.rng.between(low, high)
    }

    /// Some time on a day (0 is the first) at which people are awake.
    pub fn waking(&mut self, day: i64) -> i64 {
        self.start + day * DAY + self.rng.waking()
    }

    /// Some time on a day within office hours.
    pub fn office(&mut self, day: i64) -> i64 {
        self.start + day * DAY + self.rng.office()
    }

    /// Puts the requests in the order of time; what came first stays first where times are equal.
    pub fn in_order(mut self) -> Vec<Event> {
        let until = self.start + self.days * DAY;
        let start = self.start;
        self.events.retain(|event| event.at >= start && event.at < until);
        self.events.sort_by_key(|event| event.at);
        self.events
    }
}
