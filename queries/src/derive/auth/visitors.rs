//! Sessions that every visitor is given: a cookie which counts visits proves nobody.
//!
//! A session that follows a sign-in begins after something was sent or the client was led elsewhere. One that is
//! handed to whoever comes begins after nothing but a page or two. Which of the two a source logs shows where its
//! sessions begin within the log.

use breachline_parsers::schema::Text;
use breachline_parsers::table::{ABSENT, FactTable};
use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashSet};

/// How long before its first session a client's requests tell how it came by it, in microseconds.
const BEFORE: i64 = 1_800_000_000;

/// Beginnings that must be seen before a source's sessions are called visitors'.
const BEGINNINGS: u32 = 20;

/// How many times as many begin with nothing but pages as begin with anything else.
const TIMES: u32 = 4;

/// What a client did without a session.
struct Bare {
    last: i64,
    /// Whether it sent something, was led elsewhere, or was refused: it may have signed in, here or elsewhere.
    more: bool,
}

/// For each source, whether its sessions are given to every visitor. `order` is the order of time.
pub(super) fn visitors(facts: &FactTable, sources: usize, order: &[u32]) -> Vec<bool> {
    let [sessions, peers, agents, methods] =
        [Text::Session, Text::PeerIp, Text::UserAgent, Text::Method].map(|text| facts.text(text));
    let mut handed = vec![(0_u32, 0_u32); sources];
    if sessions.is_absent() {
        return vec![false; sources];
    }
    let reads = super::flags(facts, Text::Method, |method| matches!(method, "GET" | "HEAD"));
    let mut bare: HashMap<(u32, u32, u32), Bare, FixedState> = HashMap::default();
    let mut known: HashSet<(u32, u32), FixedState> = HashSet::default();
    for &row in order {
        let row = row as usize;
        let (source, ts) = (facts.source(row), facts.ts_values()[row]);
        let client = (source, peers.code(row), agents.code(row));
        let session = sessions.code(row);
        if session == ABSENT {
            let plain = reads[methods.code(row) as usize] && matches!(facts.status_values()[row], 200..300 | 304);
            let before = bare.entry(client).or_insert(Bare { last: ts, more: false });
            let goes_on = ts.saturating_sub(before.last) <= BEFORE;
            *before = Bare { last: ts, more: !plain || (goes_on && before.more) };
        } else {
            let came = bare.remove(&client).filter(|before| ts.saturating_sub(before.last) <= BEFORE);
            // A session used before was not begun here; the cookie may have been left out once.
            if known.insert((source, session))
                && let (Some(came), Some(tally)) = (came, handed.get_mut(source as usize))
            {
                if came.more { tally.1 += 1 } else { tally.0 += 1 }
            }
        }
    }
    handed.into_iter().map(|(plain, more)| plain >= BEGINNINGS && plain >= TIMES * more).collect()
}
